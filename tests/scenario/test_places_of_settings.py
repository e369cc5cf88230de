# SPDX-License-Identifier: MIT
"""What is wrong with a value is told where a person wrote it: at ``--set``, ``--vary``, ``--try``, or in a sweep."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from tests.command import txsim
from txsim.errors import InputError
from txsim.panel.scenario_data import look_at
from txsim.scenario import load
from txsim.scenario.layers import Setting
from txsim.scenario.yaml_reader import Place

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "scenarios" / "service_desk_pilot.yaml"
#: What may be wrong with a value: its size, its kind, its YAML, its path, what it names, what it is beside others.
WRONG = {
    "drivers.service_desk.one_off": ["-9", ".nan", "abc", "[1", "1e309", "{median: 0}", "yes"],
    "drivers.servic_desk.one_off": ["1"],
    "drivers[7].one_off": ["1"],
    "drivers[-1].one_off": ["1"],
    "drivers[service_desk].one_off": ["1"],
    "horizon_month": ["12"],
    "horizon_months.x": ["12"],
    "pilot.months": ["900"],
    "data.file": ["../x.csv", "nope.csv"],
    "data": ["/dev/null"],
    "organisation.staff.x.headcount": ["3"],
    "priors.ex_cxx": ["1"],
    "evidence.drop": ["[nobody]"],
}
ALL = [(path, value) for path, values in WRONG.items() for value in values]


def _problems(setting: str) -> list[Any]:
    with pytest.raises(InputError) as caught:
        look_at(load(DEMO, overrides=(setting,)))
    return list(caught.value.problems)


@pytest.mark.parametrize(("path", "value"), ALL)
def test_at_an_option(path: str, value: str) -> None:
    for option in ("--set", "--try"):
        setting = f"{path}={value}" if option == "--set" else Setting.of(f"{path}={value}", option)
        for problem in _problems(setting):
            assert problem.file == option
            assert problem.line is None
            assert problem.source == f"{path}={value}"
            assert 1 <= problem.column <= len(problem.source) + 1


@pytest.mark.parametrize(("path", "value"), ALL)
def test_at_the_place_that_it_has(path: str, value: str) -> None:
    place = Place("sweep.yaml", 7, 5, "    x: 3", 3)
    plain = _problems(f"{path}={value}")
    placed = _problems(Setting(f"{path}={value}", place))
    assert [str(each.message) for each in placed] == [str(each.message) for each in plain]
    for problem in placed:
        assert (problem.file, problem.line, problem.column, problem.source, problem.width) == (
            *("sweep.yaml", 7, 5, "    x: 3"),
            3,
        )


def test_a_range_that_no_number_spans() -> None:
    done = txsim("whatif", DEMO, "--vary", "driver.effect=1e308..-1e308:5")
    assert done.returncode == 2
    assert "at most 1e15" in done.stderr


@pytest.mark.parametrize("value", ["nan", "[1", "{median: 0}"])
@pytest.mark.parametrize("verb", ["whatif", "run", "priors"])
def test_at_the_option_of_a_verb(verb: str, value: str) -> None:
    option = "--vary" if verb == "whatif" else "--try"
    words = {"whatif": ["whatif", DEMO], "run": ["run", DEMO], "priors": ["priors", "compare", DEMO]}[verb]
    done = txsim(*words, option, f"drivers.service_desk.one_off={value}", "--draws", "128")
    assert done.returncode == 2
    assert done.stderr.startswith(f"{option}  ")
    assert "--set" not in done.stderr
    source, caret = done.stderr.splitlines()[1:3]
    assert source[caret.index("^") :].startswith(value[:1])


@pytest.mark.parametrize("design", ["grid", "list", "latin_hypercube", "set"])
def test_in_a_sweep(tmp_path: Path, design: str) -> None:
    text = DEMO.read_text().replace("extends: organisations/", "extends: ")
    (tmp_path / "base.yaml").write_text(text)
    (tmp_path / "nordlicht.yaml").write_text((DEMO.parent / "organisations" / "nordlicht.yaml").read_text())
    lines = ["base: base.yaml"]
    if design == "set":
        lines += [
            "grid:",
            "  horizon_months: [12]",
            "set:",
            *(f"  {path}: {json.dumps(v[0])}" for path, v in WRONG.items()),
        ]
    elif design == "list":
        lines += ["list:", *(f"  - {path}: {json.dumps(value)}" for path, value in ALL)]
    else:
        lines += [f"{design}:", *(["  samples: 2", "  over:"] if design != "grid" else [])]
        lines += [f"{'  ' if design == 'grid' else '    '}{path}: [{json.dumps(v[0])}]" for path, v in WRONG.items()]
    (tmp_path / "sweep.yaml").write_text("\n".join(lines) + "\n")
    out = tmp_path / "out"
    done = txsim("batch", tmp_path / "sweep.yaml", "--out", out, "--prior-only", "--draws", "128")
    assert done.returncode == 1
    failures = [json.loads(line) for line in (out / "failures.jsonl").read_text().splitlines()]
    assert len(failures) == {"grid": 1, "list": len(ALL), "latin_hypercube": 2, "set": 1}[design]
    for failure in failures:
        for problem in failure["problems"]:
            assert problem["file"] == str(tmp_path / "sweep.yaml")
            line = lines[problem["line"] - 1]
            path, _, _ = line.strip().removeprefix("- ").partition(":")
            assert path in WRONG
            assert line[problem["column"] - 1] == ("[" if design == "latin_hypercube" else '"')
            assert "--set" not in failure["message"]
        if design == "list":
            number = int(failure["path"].partition("#")[2])
            assert {problem["line"] for problem in failure["problems"]} == {2 + number}


def test_what_is_set_below_a_value_is_where_the_whole_is_wrong() -> None:
    """`data` is wrong for what its file is, which only `--set` says: not the first line of the scenario."""
    (problem,) = _problems("data.file=/etc/nowhere.csv")
    assert (problem.file, problem.path) == ("--set", "data")
    (problem,) = _problems("question.x=1")
    assert problem.file == "--set"


def test_what_a_setting_names_lies_beside_the_scenario_wherever_the_setting_is_written(tmp_path: Path) -> None:
    """A panel, a pack, a log of pilots: found beside the scenario that is changed, not beside the sweep."""
    base, sweep = tmp_path / "base", tmp_path / "sweeps"
    base.mkdir()
    sweep.mkdir()
    text = DEMO.read_text().replace("extends: organisations/nordlicht", "extends: firm")
    (base / "x.yaml").write_text(text)
    (base / "firm.yaml").write_text((DEMO.parent / "organisations" / "nordlicht.yaml").read_text())
    rows = [f"u{i},2023-{m:02d},{10 + (7 * i + m) % 5},{30 + (3 * i + m) % 7}" for i in range(8) for m in range(1, 9)]
    (base / "panel.csv").write_text("\n".join(["unit,period,ex,cx", *rows]) + "\n")
    (base / "link.yaml").write_text("scale: nps\n")
    (base / "pack.yaml").write_text("priors: {ex_cx: {median: 0.1, factor: 2}}\n")
    place = Place(str(sweep / "sweep.yaml"), 3, 4, "  - data: …", 2)
    for setting in ("data={file: panel.csv, spec: link.yaml}", "priors.pack=pack.yaml"):
        plain = load(base / "x.yaml", overrides=(setting,))
        placed = load(base / "x.yaml", overrides=(Setting(setting, place),))
        assert plain.hash == placed.hash
        assert look_at(plain) == look_at(placed)
    assert look_at(load(base / "x.yaml", overrides=("data={file: panel.csv, spec: link.yaml}",)))[0]


def test_a_setting_is_the_text_that_it_is_and_keeps_its_place() -> None:
    place = Place("sweep.yaml", 7, 5, "    x: 3", 3)
    setting = Setting("horizon_months=12", place)
    assert setting == "horizon_months=12"
    assert json.dumps([setting]) == '["horizon_months=12"]'
    for other in (pickle.loads(pickle.dumps(setting)), copy.deepcopy(setting)):
        assert (other, other.place) == (setting, place)
    assert load(DEMO, overrides=(setting,)).hash == load(DEMO, overrides=("horizon_months=12",)).hash
