# SPDX-License-Identifier: MIT
"""Every quantity of a scenario is set by the name that reports show; the rest of the file stays as it is."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from txsim.errors import InputError
from txsim.forecast import all_quantities
from txsim.forecast.settable import settable
from txsim.priors.distributions import quantile
from txsim.scenario import load

TEXT = """\
# our case
title: Desk
organisation:
  currency: EUR
  customers: 24000   # of March
  churn_per_month: 1.6 %
  arpu_per_month: 40
  contribution_margin: 0.4
  index:
    ex: {value: 12, scale: enps}
    cx: 60
  staff:
    front_line: {headcount: 100, salary_per_year: 40000, turnover_per_year: 0.2, meets_customers: true}
drivers:
  - name: desk
    title: Same-day desk
    pushes:
      - {node: ex, effect: 9, scale: enps, months: 6}   # in eNPS
    one_off: 22000
    # paid monthly
    monthly:
      median: 1400
      factor: 1.5
"""


def call(verb: str, *args: str | Path, answers: str = "") -> Any:
    command = importlib.import_module(f"txsim.cli.priors_{verb}").command
    return CliRunner().invoke(command, [str(arg) for arg in args], input=answers)


def put(file: Path, name: str, *how: str) -> Any:
    return call("set", name, file, *how, "--by", "Ada", "--why", "workshop", "--date", "2026-11-28")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "case.yaml"
    found.write_text(TEXT, "utf-8")
    return found


@pytest.mark.parametrize(("name", "path"), [("horizon_months", "horizon_months"), ("desk.start", "drivers[0].start")])
def test_what_is_stated_says_how_it_is_changed(file: Path, name: str, path: str) -> None:
    with pytest.raises(InputError, match=f"--set {re.escape(path)}=…"):
        settable(file).name_of(name)


def test_each_quantity_is_reached_by_its_name(file: Path) -> None:
    found = settable(file)
    scenario = load(file)
    # all that is drawn with the scenario, baselines by the entry of the file
    drawn = {name for name in all_quantities(scenario) if not name.startswith("index.")}
    assert drawn <= set(found.parameters) | {"pilot.boost", "pilot.spill"}
    for name in found.places:
        now = found.parameters[name].prior
        assert now is not None
        value = quantile(now, 0.5)
        before = file.read_text("utf-8")
        result = put(file, name, "--value", repr(float(value)))
        assert result.exit_code == 0, (name, result.output, result.exception)
        after = settable(file).parameters[name].prior
        assert after is not None
        assert quantile(after, 0.5) == pytest.approx(value, abs=1e-12)
        file.write_text(before, "utf-8")


@pytest.mark.parametrize(
    "name",
    ["desk.pushes[0].effect", "drivers[0].pushes[0].effect", "drivers.desk.pushes[0].effect",
     "Effect of “Same-day desk” on ex, if executed as designed"],
)  # fmt: skip
def test_names_of_a_drivers_effect(file: Path, name: str) -> None:
    assert put(file, name, "--interval", "3,12").exit_code == 0
    text = file.read_text("utf-8")
    # one line changed, one came above it; comments and order stay
    expected = TEXT.replace(
        "      - {node: ex, effect: 9,",
        "      # Ada, 2026-11-28: workshop; before: 9\n      - {node: ex, effect: {interval: [3, 12]},",
    )
    assert text == expected
    effect = load(file).drivers[0].pushes[0].effect
    assert (quantile(effect, 0.05), quantile(effect, 0.95)) == pytest.approx((3, 12))  # eNPS, as the file has it


def test_what_the_file_does_not_say_is_added_in_its_place(file: Path) -> None:
    assert put(file, "desk.delivery", "--interval", "0.3,0.8").exit_code == 0
    assert put(file, "desk.monthly", "--median", "1600", "--factor", "2").exit_code == 0
    assert put(file, "index.ex", "--interval", "5,20", "--family", "normal").exit_code == 0
    assert put(file, "index.cx", "--value", "62").exit_code == 0
    data = yaml.safe_load(file.read_text("utf-8"))
    assert data["drivers"][0]["delivery"] == {"interval": [0.3, 0.8]}
    assert data["drivers"][0]["monthly"] == {"median": 1600, "factor": 2}
    assert data["organisation"]["index"] == {
        "ex": {"value": {"interval": [5, 20], "family": "normal"}, "scale": "enps"},
        "cx": 62,
    }
    assert "# paid monthly" in file.read_text("utf-8")
    load(file)


def test_lists_of_another_file_are_not_written_anew(tmp_path: Path, file: Path) -> None:
    child = tmp_path / "child.yaml"
    child.write_text("extends: case.yaml\n", "utf-8")
    assert "does not stand in this file" in str(put(child, "desk.one_off", "--value", "9000").exception)
    assert child.read_text("utf-8") == "extends: case.yaml\n"
    assert put(child, "churn_per_month", "--value", "0.02").exit_code == 0
    assert yaml.safe_load(child.read_text("utf-8"))["organisation"] == {"churn_per_month": 0.02}
    assert load(child).organisation.customers is not None


def test_what_is_hardly_true_is_said_at_this_door_too(file: Path) -> None:
    done = json.loads(
        call("set", "churn_per_month", file, "--value", "0.3", "--by", "A", "--why", "w", "--json").output
    )
    assert any("leave each month" in text for text in done["warnings"])
    assert "leave each month" in put(file, "churn_per_month", "--value", "0.31").output
    with pytest.raises(InputError):
        raise put(file, "churn_per_month", "--value", "1.3").exception
    assert "0.31" in file.read_text("utf-8")
    message = str(put(file, "desk.one_of", "--value", "1").exception)
    assert "did you mean `desk.one_off`" in message


def test_an_interview_about_a_drivers_effect_which_may_harm(file: Path) -> None:
    answers = "1\nAda\nquartiles\n2\n-1\n6\nyes\n\nworkshop\nyes\n"
    result = call("elicit", file, "desk.pushes[0].effect", answers=answers)
    assert result.exit_code == 0, result.output
    assert "eNPS points" in result.output
    effect = load(file).drivers[0].pushes[0].effect
    assert [quantile(effect, p) for p in (0.25, 0.5, 0.75)] == pytest.approx([-1, 2, 6], abs=0.6)
    assert "# in eNPS" in file.read_text("utf-8")
    # a cost cannot be below nothing
    result = call("elicit", file, "desk.one_off", "--fresh", answers="1\nAda\nquartiles\n-5\nquit\n")
    assert "outside what is possible" in result.output


def test_the_name_without_its_list_is_the_nearest(file: Path) -> None:
    with pytest.raises(InputError, match=r"did you mean `desk.pushes\[0\].effect`"):
        settable(file).name_of("desk.effect")
    with pytest.raises(InputError, match=r"did you mean `desk.pushes\[0\].months`"):
        settable(file).name_of("desk.months")


def test_show_knows_what_set_knows(file: Path) -> None:
    found = call("show", "desk.pushes[0].effect", file, "--quiet")
    assert isinstance(found.exception, InputError)
    told = str(found.exception)
    assert "is a value of the scenario, 9 " in told
    assert "eNPS points" in told
    assert "txsim priors set desk.pushes[0].effect" in told
