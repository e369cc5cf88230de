# SPDX-License-Identifier: MIT
"""What a panel is worth in money: the figures of ``run`` without the data and with them, and what is refused."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import txsim
from txsim.cli.main import cli
from txsim.decide.panel_worth import _weight, _width_left, refuse_without_money
from txsim.decide.sensitivity import sensitivity
from txsim.errors import InputError
from txsim.panel.scenario_data import naming
from txsim.panel.synthetic import simulate_panel, write_simulated
from txsim.results.quantities import Interval

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")

DRAWS = 1024


def answer(*words: Any) -> Any:
    told = CliRunner().invoke(cli, [*map(str, words), "--json", "--quiet"], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    return json.loads(told.stdout)


@pytest.fixture(scope="module")
def known(firm: Path) -> Any:
    return answer("link", "--scenario", firm / "mine.yaml", "--draws", DRAWS)


def test_figures_are_those_of_run_without_and_with_the_data(firm: Path, known: Any) -> None:
    worth = known["worth"]
    runs = {}
    for side, name in (("before", "service_desk_pilot.yaml"), ("after", "mine.yaml")):
        run = runs[side] = answer("run", firm / name, "--draws", DRAWS)
        told = worth[side]
        assert told["calibration"] == run["calibration"]["hash"]
        assert told["option"] == run["recommendation"]["option"]
        assert told["state"] == run["recommendation"]["state"]
        paid = run["options"] | run["policies"]
        assert set(told["options"]) == {"commit", "commit_review", "pilot_then_decide"}
        for option, figures in told["options"].items():
            assert {key: figures["npv"][key] for key in ("mean", "p05", "p95", "mcse")} == {
                key: paid[option]["npv"][key] for key in ("mean", "p05", "p95", "mcse")
            }, option
            assert figures["p_loss"]["value"] == paid[option]["p_loss"]["value"], option
    assert (worth["hash"], worth["seed"], worth["currency"]) == (runs["after"]["hash"], runs["after"]["seed"], "EUR")
    assert known["calibration"]["after"]["hash"] == worth["after"]["calibration"]
    for name, change in worth["change"].items():
        means = [runs[side]["options" if name == "commit" else "policies"][name]["npv"]["mean"] for side in runs]
        assert change["value"] == pytest.approx(means[1] - means[0], abs=1e-6 * abs(means[1]))
        assert change["mcse"] > 0


def test_the_link_is_worth_knowing_as_sensitivity_says(firm: Path, known: Any) -> None:
    for side, name in (("before", "service_desk_pilot.yaml"), ("after", "mine.yaml")):
        every = {each.name: each.evppi for each in sensitivity(txsim.load(firm / name), draws=DRAWS).parameters}
        told = known["worth"][side]["evppi"]["ex_cx"]
        assert (told["value"], told["mcse"]) == (every["ex_cx"].value, every["ex_cx"].mcse)


def test_a_scenario_that_does_not_name_the_panel_yet_gives_the_same_answer(firm: Path, known: Any) -> None:
    words = (firm / "link.csv", "--spec", firm / "link.yaml", "--scenario", firm / "service_desk_pilot.yaml")
    other = answer("link", *words, "--draws", DRAWS)
    assert other["worth"].pop("line") == "data: {file: link.csv, spec: link.yaml}"
    assert known["worth"]["line"] == ""
    assert other["worth"] == {key: value for key, value in known["worth"].items() if key != "line"}


def test_contributions_are_in_the_unit_of_the_parameter(known: Any) -> None:
    """On an index a point is a point: the data alone say of the slope what they say of the settled effect."""
    slope = known["worth"]["contributions"]["ex_cx"]
    assert slope["prior"] == known["prior"]["ex_cx"]
    assert slope["posterior"] == known["posterior"]["ex_cx"]
    for key in ("median", "p05", "p95"):
        assert slope["data"][key] == pytest.approx(known["settled"]["ex_cx"][key], rel=1e-9)
    assert 0.0 < slope["data_share"] < 1.0
    assert known["worth"]["contributions"]["lag_people"]["data"] is None  # it was given


def test_the_share_of_the_data_is_how_far_the_middle_moves_in_logarithms() -> None:
    """Prior times likelihood on a grid, both log-normal: the share is the part of the way from prior to data."""
    prior, data = (math.log(0.11), math.log(0.216 / 0.055) / 3.29), (math.log(0.64), math.log(1.07 / 0.36) / 3.29)
    grid = np.linspace(-8, 4, 20_001)
    density = np.exp(-sum(((grid - middle) / sd) ** 2 for middle, sd in (prior, data)) / 2)
    both = float(grid @ density / density.sum())
    moved = (both - prior[0]) / (data[0] - prior[0])
    share = _weight(Interval(0.11, 0.055, 0.216, 1.0), Interval(0.64, 0.36, 1.07, 1.0), Interval(0.30, 0.13, 0.61, 1.0))
    assert share == pytest.approx(moved, abs=0.01)
    # in logarithms half as wide, and wider; where one reaches nought by plain widths
    one = Interval(2.0, 1.0, 4.0, 1.0)
    assert _width_left(one, Interval(2.0, math.sqrt(2), 2 * math.sqrt(2), 1.0)) == pytest.approx(0.5)
    assert _width_left(one, Interval(2.0, 1.0, 16.0, 1.0)) == pytest.approx(2.0)
    assert _width_left(one, Interval(2.0, -1.0, 5.0, 0.9)) == pytest.approx(2.0)


def test_a_panel_without_effect_speaks_against_the_link_and_the_money(firm: Path) -> None:
    """By priors alone, without claims that would have to be left out one by one."""
    write_simulated(firm / "null.csv", simulate_panel(60, 12, 400, ex_cx=0.0, cx_ex=0.0, seed=7))
    text = (firm / "mine.yaml").read_text().replace("link.csv", "null.csv")
    assert "\npriors:" not in text
    assert "\nevidence:" not in text
    (firm / "null.yaml").write_text(f"{text}\npriors: {{doubt: {{ex_cx: 0.3}}}}\nevidence: {{use: none}}\n")
    worth = answer("link", "--scenario", firm / "null.yaml", "--draws", DRAWS)["worth"]
    assert worth["after"]["doubt"]["ex_cx"] > worth["before"]["doubt"]["ex_cx"]
    change = worth["change"]["commit"]
    assert change["value"] < -2 * change["mcse"]
    slope = worth["contributions"]["ex_cx"]
    assert slope["posterior"]["median"] < slope["prior"]["median"]


def test_another_panel_or_reading_than_the_scenarios_is_refused_at_its_line(firm: Path) -> None:
    shutil.copy(firm / "link.csv", firm / "other.csv")
    (firm / "other.yaml").write_text("scale: index\n")
    scenario = txsim.load(firm / "mine.yaml")
    line = 1 + (firm / "mine.yaml").read_text().splitlines().index("data: {file: link.csv, spec: link.yaml}")
    for panel, spec, what in (("other.csv", None, "another panel"), ("link.csv", "other.yaml", "another spec")):
        with pytest.raises(InputError, match=what) as refused:
            naming(scenario, firm / panel, spec and firm / spec)
        (problem,) = refused.value.problems
        assert problem.line == line
        assert problem.file == str(firm / "mine.yaml")


def test_a_panel_that_the_scenario_cannot_name_is_refused(firm: Path, tmp_path: Path) -> None:
    scenario = txsim.load(firm / "service_desk_pilot.yaml")
    shutil.copy(firm / "link.csv", tmp_path / "link.csv")
    for panel, what in ((None, "names no panel"), (tmp_path / "link.csv", "outside"), (firm / "x.csv", "no file")):
        with pytest.raises(InputError, match=what):
            naming(scenario, panel)


def test_money_without_a_currency_and_beliefs_that_nothing_moves_are_refused(firm: Path) -> None:
    organisation = firm / "organisations" / "nordlicht.yaml"
    text = organisation.read_text()
    assert "  currency: EUR\n" in text
    organisation.write_text(text.replace("  currency: EUR\n", ""))
    try:
        with pytest.raises(InputError, match="currency is not stated") as refused:
            refuse_without_money(txsim.load(firm / "mine.yaml"))
    finally:
        organisation.write_text(text)
    (problem,) = refused.value.problems
    assert problem.file
    assert problem.line is not None


@pytest.mark.parametrize(
    "words", [("--scale", "index"), ("--no-priors",), ("--lag", "4"), ("--simulate", "x.csv"), ("more.csv", "two.csv")]
)
def test_what_a_scenario_could_not_say_is_refused(firm: Path, words: tuple[str, ...]) -> None:
    told = CliRunner().invoke(cli, ["link", "--scenario", str(firm / "mine.yaml"), *words])
    assert told.exit_code == 2
    assert "--scenario" in told.output
    assert not Path("x.csv").exists()
