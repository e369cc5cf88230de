# SPDX-License-Identifier: MIT
"""Sweep files: what cases they make, and what is wrong with faulty ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import txsim
from txsim.batch.cases import cases_of
from txsim.batch.sweep import is_sweep, read_sweep
from txsim.errors import InputError
from txsim.scenario import load


def _sweep(tmp_path: Path, text: str) -> Any:
    path = tmp_path / "sweep.yaml"
    path.write_text(text)
    return read_sweep(str(path))


def test_a_grid_is_every_combination(tmp_path: Path) -> None:
    found = _sweep(
        tmp_path, "base: unit.yaml\nset: {horizon_months: 48}\ngrid:\n  pilot.scope: [10 %, 0.2]\n  a.b: [1, 2]"
    )
    assert found.base == str(tmp_path / "unit.yaml")
    assert found.overrides == tuple(
        ("horizon_months=48", f"pilot.scope={scope}", f"a.b={b}") for scope in ('"10 %"', "0.2") for b in (1, 2)
    )


def test_a_list_names_its_cases(tmp_path: Path) -> None:
    text = (
        "base: u.yaml\nlist:\n  - pilot: null\n  - drivers[0].pushes[0].effect: {median: 7, factor: 2}\n    title: x\n"
    )
    found = _sweep(tmp_path, text).overrides
    assert found == (("pilot=null",), ('drivers[0].pushes[0].effect={"median": 7, "factor": 2}', 'title="x"'))


@pytest.mark.parametrize("design", ["latin_hypercube", "sobol"])
def test_points_fill_every_range_evenly(tmp_path: Path, design: str) -> None:
    text = f"""base: u.yaml
{design}:
  samples: 16
  over:
    a: {{from: 10, to: 26}}
    b: {{from: 1, to: 65536, log: true}}
    c: {{from: 1, to: 4, whole: true}}
    d: [x, z]
    e: {{median: 2, factor: 3}}
    f: {{from: 10 %, to: 20 %}}
    g: {{from: 10, to: 1000, log: true}}
"""
    found = [dict(text.split("=") for text in case) for case in _sweep(tmp_path, text).overrides]
    assert sorted(int(float(case["a"])) for case in found) == list(range(10, 26))  # one in each sixteenth
    assert sorted(len(f"{int(float(case['b'])):b}") for case in found) == list(range(1, 17))
    assert sorted(case["c"] for case in found) == sorted("1234" * 4)
    assert sorted(case["d"] for case in found) == ['"x"'] * 8 + ['"z"'] * 8
    assert sum(float(case["e"]) < 2 for case in found) == 8
    assert all(0.1 <= float(case["f"]) <= 0.2 for case in found)
    assert [sum(float(case["g"]) < end for case in found) for end in (10, 100, 1000)] == [0, 8, 16]
    again = _sweep(tmp_path, text)
    other = _sweep(tmp_path, text.replace("samples: 16", "samples: 16\n  seed: 2"))
    assert again.overrides != other.overrides
    assert again == _sweep(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("base: u.yaml\n", 1, "one design was expected, found none"),
        ("base: u.yaml\ngrid: {a: [1]}\nlist: [{a: 1}]\n", 3, "found grid, list"),
        ("base: u.yaml\ngird: {a: [1]}\n", 2, "did you mean `grid`"),
        ("base: /etc/u.yaml\ngrid: {a: [1]}\n", 1, "relative path"),
        ("base: u.yaml\ngrid:\n  a: 1\n", 3, "expected a list of values"),
        ("base: u.yaml\ngrid:\n  a..b: [1]\n", 3, "expected a path"),
        ("base: u.yaml\ngrid:\n  a: [.inf]\n", 3, "not a finite number"),
        ("base: u.yaml\nsobol:\n  samples: 10\n  over: {a: [1, 2]}\n", 3, "powers of two"),
        ("base: u.yaml\nsobol:\n  samples: 8\n  over:\n    a: {from: 2, to: 1}\n", 5, "from a smaller to a larger"),
        ("base: u.yaml\nsobol:\n  samples: 8\n  over:\n    a: {from: 0, to: 1, log: true}\n", 5, "above 0"),
        ("base: u.yaml\nsobol:\n  samples: 8\n  over:\n    a: {from: 0, too: 1}\n", 5, "did you mean `to`"),
        ("base: u.yaml\nlatin_hypercube:\n  samples: 8\n  over:\n    a: {mediam: 1}\n", 5, "did you mean `median`"),
    ],
)
def test_faults_are_told_at_their_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        _sweep(tmp_path, text)
    assert line in [problem.line for problem in caught.value.problems]


def test_a_scenario_is_no_sweep(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("title: 'x'\n# base: no\nquestion: base\n")
    assert not is_sweep(str(tmp_path / "a.yaml"))
    assert not is_sweep(str(tmp_path))


def test_cases_run_like_overrides_of_the_base(tmp_path: Path, units_of: Any) -> None:
    units = units_of(tmp_path / "units", 1)
    (units / "costs.yaml").write_text("base: unit0000.yaml\ngrid:\n  drivers.desk.one_off: [9000, 12000, -1]\n")
    found = txsim.batch(units / "costs.yaml", tmp_path / "out", draws=128, prior_only=True, workers=1)
    assert list(found.scenarios["path"]) == [f"{units / 'costs.yaml'}#{i:05d}" for i in (1, 2, 3)]
    assert list(found.scenarios["status"]) == ["done", "done", "failed"]
    assert [list(told) for told in found.scenarios["settings"]][1:] == [
        ["drivers.desk.one_off=12000"],
        ["drivers.desk.one_off=-1"],
    ]
    single = load(units / "unit0000.yaml", overrides=["drivers.desk.one_off=12000"])
    assert found.scenarios["hash"][1] == single.hash


def test_paths_become_cases_in_order(tmp_path: Path, units_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    units_of(tmp_path / "units" / "deep", 2)
    (tmp_path / "units" / ".hidden").mkdir()
    (tmp_path / "units" / ".hidden" / "x.yaml").write_text("title: x")
    monkeypatch.chdir(tmp_path)
    by_folder, _, _ = cases_of(["units"])
    by_glob, _, _ = cases_of(["units/**/unit*.yaml"])
    assert [case.path for case in by_folder] == [f"units/deep/{name}.yaml" for name in ("firm", "unit0000", "unit0001")]
    assert [case.path for case in by_glob] == ["units/deep/unit0000.yaml", "units/deep/unit0001.yaml"]
    assert {case.root for case in (*by_folder, *by_glob)} == {"units"}
    twice, _, _ = cases_of(["units", "units/deep/unit0000.yaml"])
    assert len(twice) == 3
