# SPDX-License-Identifier: MIT
"""Shared by all tests: a cache of their own and the folder of real data, where it is there."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

# As the command line does, before numpy is imported: many small products are slower on several threads.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from hypothesis import settings

# Speed is measured in benchmarks, never asserted by a clock in a test.
settings.register_profile("txsim", deadline=None)
settings.register_profile("fast", deadline=None, max_examples=20)
settings.load_profile("txsim")

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer a selection that follows from what a test does, not from a list that grows old."""
    text = "skip what samples, opens a browser, starts processes or is marked slow; fewer examples of properties"
    parser.addoption("--fast", action="store_true", help=text)


def pytest_configure(config: pytest.Config) -> None:
    """Give the fast selection fewer examples, unless a profile is asked for; give workers one cache."""
    if config.getoption("--fast") and not config.getoption("--hypothesis-profile", None):
        settings.load_profile("fast")
    starts_workers = getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput")
    if starts_workers and "TXSIM_TEST_CACHE" not in os.environ:
        # Workers share one cache, as runs on one machine do: what one has compiled or sampled, all load.
        folder = tempfile.TemporaryDirectory(prefix="txsim-tests-")
        config.add_cleanup(folder.cleanup)
        config.add_cleanup(lambda: os.environ.pop("TXSIM_TEST_CACHE", None))
        if "TXSIM_TEST_CACHE_FROM" in os.environ:
            shutil.copytree(os.environ["TXSIM_TEST_CACHE_FROM"], folder.name, dirs_exist_ok=True)
            Path(folder.name).chmod(0o700)
        os.environ["TXSIM_TEST_CACHE"] = folder.name


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, with ``--fast``, what is marked ``slow``: it computes for long without sampling."""
    if config.getoption("--fast"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="left out by --fast"))


@pytest.fixture(scope="session", autouse=True)
def only_fast(pytestconfig: pytest.Config) -> Iterator[None]:
    """With ``--fast``, skip a test the moment it begins to build a model, to sample, or to start a process."""
    if not pytestconfig.getoption("--fast"):
        yield
        return
    import multiprocessing
    import subprocess

    import nutpie
    import pymc

    from txsim.inference import compiled_model

    def slow(*_: Any, **__: Any) -> None:
        pytest.skip("left out by --fast")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pymc.Model, "__init__", slow)
        patch.setattr(nutpie, "sample", slow)
        patch.setattr(compiled_model, "sample_chains", slow)
        patch.setattr(subprocess.Popen, "__init__", slow)
        patch.setattr(multiprocessing.process.BaseProcess, "start", slow)
        with contextlib.suppress(ImportError):  # a browser that is skipped halfway fails while it is put away
            from playwright import sync_api

            patch.setattr(sync_api, "sync_playwright", slow)
        yield


@pytest.fixture(scope="session", autouse=True)
def private_cache() -> Iterator[Path]:
    """Give the whole session one cache of its own, so that compiling and sampling are paid once."""
    told = os.environ.get("TXSIM_TEST_CACHE")  # lets a developer keep compiled code between runs
    model = os.environ.get("TXSIM_TEST_CACHE_FROM")  # or begin with a copy of what was compiled, and leave it as it is
    before = os.environ.get("TXSIM_CACHE")
    with tempfile.TemporaryDirectory(prefix="txsim-tests-") as folder:
        if model and not told:
            shutil.copytree(model, folder, dirs_exist_ok=True)
            Path(folder).chmod(0o700)
        os.environ["TXSIM_CACHE"] = told or folder
        yield Path(os.environ["TXSIM_CACHE"])
        if before is None:
            del os.environ["TXSIM_CACHE"]
        else:
            os.environ["TXSIM_CACHE"] = before


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of published answers, reference cases and tables of evidence; every clone has it."""
    return ROOT / "tests" / "data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder beside the repository with real panels, which are not ours to pass on."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("no folder `shared` with real panels beside the repository")
    return folder


@pytest.fixture(scope="session")
def scenarios() -> Path:
    """Folder of the shipped scenarios."""
    return ROOT / "scenarios"


@pytest.fixture(scope="session")
def plain() -> Callable[[Any], Any]:
    """Return a result of a verb as the plain data that ``--json`` prints, whichever type carries it."""

    def as_plain(result: Any) -> Any:
        if isinstance(result, Mapping | list):
            return result
        for told in ("to_json", "as_dict"):
            if hasattr(result, told):
                return getattr(result, told)()
        from txsim.results.codec import plain as part_of_a_result

        return part_of_a_result(result)

    return as_plain


@pytest.fixture
def event_loop() -> Iterator[None]:
    """Give the main thread a loop, as in a fresh process: servers of other tests may have closed the one it had."""
    import asyncio

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()
