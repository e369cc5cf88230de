# SPDX-License-Identifier: MIT
"""A sample of fuzzed calls: docs/testing.md says how to run more of them by hand, and how many were."""

from __future__ import annotations

import collections
import importlib
import json
import os
import sys
from pathlib import Path

import pytest

# As `python -m tests.fuzz.scenarios` has it: these modules are run by hand, too.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

campaigns, calls, mutations = (
    importlib.import_module(f"tests.fuzz.{name}") for name in ("campaign", "calls", "mutations")
)

#: Inputs of all kinds together.
SAMPLE = 1500


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(campaigns.KINDS))
def test_no_input_is_a_fault(name: str, tmp_path: Path) -> None:
    kind = importlib.import_module(f"tests.fuzz.{name}")
    numbers = range(round(SAMPLE * campaigns.KINDS[name]))
    found = campaigns.campaign(name, kind.prepare, kind.case, tmp_path, seed=0, numbers=numbers)
    faults = [f"--only {number}: {each.args}\n{each.faults}" for number, each in found if each.faults]
    assert not faults, "\n".join(faults)
    # A sample in which nothing goes well, or nothing ill, tries little.
    codes = collections.Counter(each.code for _, each in found)
    assert codes[0] >= len(found) // 50, codes
    assert name == "caches" or codes[2] > 0, codes
    if name == "caches":
        for number, each in found:
            assert kind.same_answer(each, tmp_path / "base"), number


def test_the_sample_is_as_large_as_it_says() -> None:
    assert sum(round(SAMPLE * share) for share in campaigns.KINDS.values()) == SAMPLE


@pytest.mark.slow
def test_a_case_is_the_same_by_its_number(tmp_path: Path) -> None:
    kind = importlib.import_module("tests.fuzz.pools")
    folders = tmp_path / "a", tmp_path / "b"
    for folder in folders:
        folder.mkdir()
    many = campaigns.campaign("pools", kind.prepare, kind.case, folders[0], seed=5, numbers=range(7))
    content = (folders[0] / "case" / "studies.csv").read_bytes()
    one = campaigns.campaign("pools", kind.prepare, kind.case, folders[1], seed=5, numbers=[6])
    assert (folders[1] / "case" / "studies.csv").read_bytes() == content
    assert one[0][1].code == many[6][1].code


@pytest.mark.slow
def test_what_may_not_be_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fuzzers would be quiet, too, if they could see nothing."""
    main = importlib.import_module("txsim.cli.main")
    file = tmp_path / "half.json"

    def faults(*lines: str) -> str:
        def verb(_args: list[str]) -> None:
            exec("\n".join(lines), {"file": file, "sys": sys, "json": json})

        monkeypatch.setattr(main, "main", verb)
        file.unlink(missing_ok=True)
        return " ".join(calls.call(["run", "--json"], tmp_path).faults)

    assert "ZeroDivisionError" in faults("1 / 0")
    assert "exit code 3" in faults("sys.exit(3)")
    assert "without a word" in faults("sys.exit(2)")
    assert "half.json" in faults("file.write_text('x')", "print('no')", "sys.exit(2)")
    assert "no JSON" in faults("print('NaN')")
    assert "traceback" in faults("print('Traceback (most recent call last)'); sys.exit(1)")
    assert "steers" in faults("print('\\x1b[2J'); sys.exit(2)")
    assert "MB" in faults("b = bytearray(700 * 2**20); b[::4096] = b'x' * len(b[::4096]); print('{}')")
    assert "UserWarning" in faults("import warnings; warnings.warn('hm')")
    assert faults("print('{}')") == ""


def test_mutations_change_what_they_are_given() -> None:
    import random

    rng = random.Random(1)
    data = {"a": [1, 2, {"b": "x"}], "c": {"d": 0.5}}
    before = json.dumps(data)
    changed = [mutations.edited(rng, data) for _ in range(200)]
    assert json.dumps(data) == before, "the original stays"
    assert sum(each != data for each in changed) > 150
    assert len({mutations.damaged(rng, before.encode()) for _ in range(200)}) > 100
    assert os.environ.get("TXSIM_DEBUG") is None
