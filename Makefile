# SPDX-License-Identifier: MIT
# `make` or `make help` lists what can be done. Everything happens in .venv in this folder.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python
# Tests run side by side, a file at a time; a session holds about a gigabyte.
WORKERS ?= auto
PYTEST := $(PY) -m pytest -n $(WORKERS) --maxprocesses=4 --dist=loadfile
STAMP := .venv/.ready
DEV := .venv/.dev

.PHONY: help demo test test-fast test-elsewhere mutants lint types contracts bench docs browser clean setup

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

setup: $(STAMP) ## make .venv with pinned versions

$(STAMP): pyproject.toml constraints.txt tools/setup.sh
	@tools/setup.sh
	@touch $(STAMP)

$(DEV): $(STAMP)
	@tools/setup.sh --group dev
	@touch $(DEV)

demo: $(STAMP) ## run the service-desk pilot
	@.venv/bin/txsim run scenarios/service_desk_pilot.yaml

test: $(DEV) browser ## run the tests
	@$(PYTEST) $(PYTEST_ARGS)

test-fast: $(DEV) ## the tests that neither sample nor look at pages
	@TXSIM_TEST_CACHE=$(CURDIR)/build/test-cache $(PYTEST) --fast -q $(PYTEST_ARGS)

test-elsewhere: $(DEV) ## the tests as on another processor, shuffled, with other examples
	@NUMBA_CPU_NAME=generic NUMBA_CPU_FEATURES= OPENBLAS_CORETYPE=Prescott $(PYTEST) --random-order --hypothesis-seed=$${SEED:-$$RANDOM} $(PYTEST_ARGS)

mutants: $(DEV) ## would the tests notice wrong lines? a sample of each package; SAMPLE=0 for all, a night
	@$(PY) tools/mutants.py --sample $${SAMPLE:-10} --out build/mutants.json $(PACKAGES)

lint: $(DEV) types ## style, types, and the floors of the house
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/lint-imports

types: $(DEV) ## static types of the package, its tools and benchmarks
	@.venv/bin/mypy

docs: $(DEV) ## build the site in build/site
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --quiet && echo "build/site/index.html"

browser: # the tests of reports look at them in Chromium; without it they are skipped
	@tools/browser.sh

bench: $(DEV) ## the figures of docs/benchmarks.md that take minutes
	@for script in kernel/kernel_bench.py kernel/pm_do_bench.py start_bench.py sampling_bench.py precision_bench.py voi_bench.py compare_bench.py tuning_bench.py batch_bench.py peers/peers_bench.py report_bench.py link_bench.py memory_bench.py; do $(PY) benchmarks/$$script || exit 1; done

clean: ## remove .venv and caches of tools
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
