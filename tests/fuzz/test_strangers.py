# SPDX-License-Identifier: MIT
"""One stranger's file stops nobody: two hundred kinds of bad neighbours in the folder of a batch."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from strangers import write_strangers

from tests.command import txsim
from txsim import batch

UNITS = 6


def _rows(out: Path) -> pd.DataFrame:
    files = sorted((out / "results").rglob("*.parquet"))
    found = pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)
    found["path"] = found["path"].astype(str).map(lambda path: Path(path).name)
    return found.sort_values(["path", "option", "metric"]).reset_index(drop=True)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory, units_of: Callable[[Path, int], Path]) -> dict[str, Any]:
    top = tmp_path_factory.mktemp("strangers")
    alone = units_of(top / "alone", UNITS)
    among = units_of(top / "among", UNITS)
    strangers = write_strangers(among) - UNITS - 1  # the firm
    settings: dict[str, Any] = {"draws": 128, "prior_only": True, "workers": 1}
    batch([alone], top / "out_alone", **settings)
    report = batch([among], top / "out_among", **settings).report
    return {"top": top, "strangers": strangers, "report": report}


@pytest.mark.slow
def test_every_good_result_is_there_bit_for_bit(places: dict[str, Any]) -> None:
    assert places["strangers"] >= 200
    assert places["report"].finished
    assert places["report"].scenarios == UNITS
    pd.testing.assert_frame_equal(
        _rows(places["top"] / "out_among"),
        _rows(places["top"] / "out_alone"),
        check_exact=True,
        check_categorical=False,
    )


@pytest.mark.slow
def test_every_stranger_is_told_with_its_file_and_none_is_a_fault(places: dict[str, Any]) -> None:
    lines = (places["top"] / "out_among" / "failures.jsonl").read_text("utf-8").splitlines()
    failures = [json.loads(line) for line in lines]
    assert len(failures) == places["strangers"]
    assert [each for each in failures if each["kind"] != "input"] == []
    for each in failures:
        assert each["message"], each["path"]
        assert "root:x:0:0" not in json.dumps(each), "a file outside of the folder was read"
        each["path"].encode()


def _calls(file: Path) -> tuple[tuple[int, str], tuple[int, str]]:
    """Return how `check` and `run` end, with the first problem that each names."""
    found = []
    for args in (["check", os.fspath(file)], ["run", os.fspath(file), "--prior-only", "--draws", "128", "--quiet"]):
        ended = txsim(*args)
        lines = [line for line in ended.stderr.splitlines() if not line.startswith("warning:")]
        found.append((ended.returncode, lines[0] if lines and ended.returncode else ""))
    return found[0], found[1]


@pytest.mark.slow
def test_check_refuses_what_run_refuses_and_for_the_same_reason(places: dict[str, Any]) -> None:
    """Whatever `run` reads, `check` looks at: data, how to read them, logs of pilots, packs, what is extended."""
    folder = places["top"] / "among"
    files = sorted(path for path in folder.iterdir() if path.name.endswith(".yaml") and path.name != "firm.yaml")
    assert len(files) >= 200
    for file in files:
        check, run = _calls(file)
        assert check == run, file.name
        assert check[0] == (0 if file.name.startswith("unit") else 2), file.name


@pytest.mark.parametrize("kind", ["yaml", "faults"])
def test_check_and_run_agree_on_every_case(kind: str, data: Path, request: pytest.FixtureRequest) -> None:
    folder = data / "cases" / "yaml"
    if kind == "faults":
        folder = request.getfixturevalue("shared") / "cases" / "faults"
    for file in sorted(folder.glob("*.yaml")):
        check, run = _calls(file)
        assert check == run, file.name


def test_a_fault_of_txsim_stays_with_its_case(
    tmp_path: Path, units_of: Callable[[Path, int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody has thought of: a case that raises something else, while it is read or simulated."""
    work, work_plan = (importlib.import_module(f"txsim.batch.{name}") for name in ("work", "work_plan"))
    units = units_of(tmp_path / "units", 5)
    real_load, real_forecast = work_plan.load, work.forecast_from
    monkeypatch.setenv("TXSIM_DEBUG", "1")

    def load(file: str, **told: Any) -> Any:
        if file.endswith("unit0001.yaml"):
            raise ZeroDivisionError("nobody thought of it")
        if file.endswith("unit0002.yaml"):
            raise MemoryError
        return real_load(file, **told)

    def fit(scenario: Any, *args: Any, **told: Any) -> Any:
        if scenario.title == "Unit 3":
            raise RecursionError("too deep")
        return real_forecast(scenario, *args, **told)

    monkeypatch.setattr(work_plan, "load", load)
    monkeypatch.setattr(work, "forecast_from", fit)
    report = batch([units], tmp_path / "out", draws=128, prior_only=True, workers=1).report
    assert report.scenarios == 2
    kinds = {Path(each.path).name: each.kind for each in report.broken}
    assert kinds == {"unit0001.yaml": "fault", "unit0002.yaml": "memory", "unit0003.yaml": "fault"}
    told = [json.loads(line) for line in (tmp_path / "out" / "failures.jsonl").read_text().splitlines()]
    assert "nobody thought of it" in told[0]["traceback"]
    assert told[0]["problems"][0]["file"].endswith("unit0001.yaml")
    assert "traceback" not in told[1]
    assert "too deep" in told[2]["traceback"]
    # Neither want of memory nor a fault is kept: once it is mended, the same command ends well.
    monkeypatch.undo()
    again = batch([units], tmp_path / "out", draws=128, prior_only=True, workers=1).report
    assert again.scenarios == 5
    assert again.broken == ()
