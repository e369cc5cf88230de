# SPDX-License-Identifier: MIT
"""Beliefs outside sense: the same belief is refused, or asked about, whatever door it comes by."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from scipy.stats import beta

from tests.command import txsim
from txsim.elicit.interview import Question, answered
from txsim.elicit.judgements import from_interval_and_mode
from txsim.elicit.sheet import SheetError, read_sheet
from txsim.priors.distributions import point
from txsim.priors.fits import from_interval
from txsim.priors.sense import doubtful, impossible
from txsim.scenario.vocabulary import parameter_table

UNIT = "CX points per EX point"


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "s.yaml"
    assert txsim("init", path, "--quiet", "--no-schema").returncode == 0
    return path


@pytest.mark.parametrize(
    ("unit", "value", "refused"),
    [
        (UNIT, 9.9, False),  # ten points move the other score by 99 of 100
        (UNIT, 10.1, True),
        (UNIT, -10.1, True),
        ("log hazard per CX point", 0.45, False),  # e^4.5 is ninety times
        ("log hazard per CX point", 0.47, True),  # e^4.7 is 110 times
        ("pp of revenue per CX point", 10.1, True),
        ("months", 400.0, False),  # no slope
    ],
)
def test_a_slope_moves_no_more_than_the_whole_scale(unit: str, value: float, refused: bool) -> None:
    found = impossible(unit, "something", point(value))
    assert (found is not None) == refused
    if found is not None:  # the cure is a tenth, per point rather than for ten points
        assert f"{abs(value) / 10:.3g}" in str(found[1])


def test_the_tail_of_a_belief_reaches_at_most_twice_as_far() -> None:
    assert impossible(UNIT, "something", from_interval(1.0, 19.0)) is None
    assert impossible(UNIT, "something", from_interval(1.0, 21.0)) is not None
    # The longer tail counts, on whichever side of 0 it lies.
    found = impossible(UNIT, "something", from_interval(-22.0, 4.0))
    assert found is not None
    assert str(found[0]).startswith("the lower end, −22, is beyond sense")
    assert impossible(UNIT, "something", from_interval(11.0, 19.0)) is not None  # its median is beyond the scale


def test_what_lies_wholly_outside_the_packaged_belief_is_asked_about() -> None:
    ex_cx = parameter_table()["ex_cx"]  # 0.3 ×/÷ 7.5: 0.04 … 2.25
    assert doubtful(ex_cx, point(2.2)) is None
    assert doubtful(ex_cx, point(0.0)) is None  # nothing at all is a statement of its own
    assert "0.04 … 2.25" in str(doubtful(ex_cx, point(2.3)))
    assert "0.04 … 2.25" in str(doubtful(ex_cx, point(0.03)))


def _doors(scenario: Path, tmp_path: Path) -> dict[str, list[str | Path]]:
    """Return how the belief 5 … 50 (per ten points, or in percent) comes in."""
    raw = yaml.safe_load(scenario.read_text(encoding="utf-8"))
    written = tmp_path / "written.yaml"
    written.write_text(yaml.safe_dump({**raw, "priors": {"ex_cx": {"interval": [5, 50]}}}), encoding="utf-8")
    pack = tmp_path / "pack.yaml"
    pack.write_text("kind: prior pack\nname: ours\npriors:\n  ex_cx: {interval: [5, 50]}\n", encoding="utf-8")
    sheet = tmp_path / "sheet.yaml"
    expert = {"name": "Ada", "interval": [5, 50], "most_likely": 12, "mass": 0.9}
    sheet.write_text(yaml.safe_dump({"parameters": {"ex_cx": {"experts": [expert]}}}), encoding="utf-8")
    note = ["--by", "P", "--why", "w"]
    return {
        "yaml": ["check", written],
        "--set": ["check", scenario, "--set", "priors.ex_cx={interval: [5, 50]}"],
        "--vary": ["whatif", scenario, "--vary", "priors.ex_cx=0.1,50"],
        "pack": ["check", scenario, "--pack", pack],
        "priors set": ["priors", "set", "ex_cx", scenario, "--interval", "5,50", *note],
        "elicit": ["priors", "elicit", scenario, "--from", sheet],
    }


def test_every_door_refuses_the_same_belief(scenario: Path, tmp_path: Path) -> None:
    before = scenario.read_bytes()
    for door, words in _doors(scenario, tmp_path).items():
        left = txsim(*words)
        said = " ".join(left.stderr.split())
        assert left.returncode == 2, (door, said)
        assert "beyond sense" in said or door == "pack", (door, said)
        assert scenario.read_bytes() == before, door


def test_a_doubtful_belief_is_asked_about_by_check_set_and_elicit(scenario: Path, tmp_path: Path) -> None:
    asks = "wholly outside the packaged belief"
    checked = txsim("check", scenario, "--set", "drivers.service_desk.delivery=0.09")
    assert asks in " ".join(checked.stdout.split())
    note = ["--by", "P", "--why", "w"]
    told = txsim("priors", "set", "service_desk.delivery", scenario, "--value", "0.09", *note)
    assert " ".join(told.stdout.split()).count(asks) == 1
    sheet = tmp_path / "sheet.yaml"
    expert = {"name": "Ada", "interval": [3, 6], "most_likely": 4, "mass": 0.9}
    sheet.write_text(yaml.safe_dump({"parameters": {"ex_cx": {"experts": [expert]}}}), encoding="utf-8")
    assert asks in " ".join(txsim("priors", "elicit", scenario, "--from", sheet).stdout.split())
    pack = tmp_path / "pack.yaml"
    pack.write_text("priors:\n  ex_cx: {interval: [0.1, 1]}\n", encoding="utf-8")
    told = txsim("priors", "set", "ex_cx", pack, "--interval", "3,6", *note)
    assert asks in " ".join(told.stdout.split()), told.stderr


@pytest.mark.parametrize("typed", ["30,80", "30;80", "30 to 80"])
def test_percents_of_a_share_are_refused_with_the_share(scenario: Path, typed: str) -> None:
    words = ["priors", "set", "service_desk.delivery", scenario, "--by", "P", "--why", "w"]
    left = txsim(*words, "--interval", typed)
    assert left.returncode == 2
    cure = "{interval: [30 %, 80 %]}"
    assert f"write {cure}" in left.stderr
    assert txsim(*words, "--interval", cure).returncode == 0


@pytest.mark.parametrize("typed", ["0.3,0.8", "30 %,80 %", "30%;80%", "0,3;0,8", "0,3 … 0,8;", "[0.3, 0.8]"])
def test_an_interval_of_a_share_as_people_write_it(scenario: Path, typed: str) -> None:
    words = ["priors", "set", "service_desk.delivery", scenario, "--by", "P", "--why", "w", "--interval", typed]
    left = txsim(*words)
    if typed.endswith(";"):  # three parts
        assert left.returncode == 2
        return
    assert "0.3 … 0.8" in left.stdout, left.stderr


@pytest.mark.parametrize(("mass", "cure"), [(0.09, "90 %"), (0.095, "95 %"), (0.3, "0.9")])
def test_hardly_sure_is_asked_in_file_and_interview(mass: float, cure: str) -> None:
    known = {"ex_cx": parameter_table()["ex_cx"]}
    expert = {"name": "Di", "interval": [0.05, 0.6], "most_likely": 0.2, "mass": mass}
    with pytest.raises(SheetError) as refused:
        read_sheet({"parameters": {"ex_cx": {"experts": [expert]}}}, known)
    assert cure in str(refused.value.findings[0][2])
    with pytest.raises(ValueError, match=cure):
        answered(known, Question("ex_cx/0/mass", "How sure?", "number"), f"{mass}", [])
    assert answered(known, Question("ex_cx/0/mass", "How sure?", "number"), "0.5", []) == "50"


def test_probabilities_in_percent_are_refused_with_the_fraction() -> None:
    known = {"ex_cx": parameter_table()["ex_cx"]}
    for said, cure in (
        ({"quantiles": {5: 0.1, 50: 0.3, 95: 0.9}}, "0.05, 0.5, 0.95"),
        ({"interval": [0.1, 0.9], "most_likely": 0.3, "mass": 90}, "0.9"),
    ):
        with pytest.raises(SheetError) as refused:
            read_sheet({"parameters": {"ex_cx": {"experts": [{"name": "Di", **said}]}}}, known)
        assert cure in str(refused.value.findings[0][2])


@pytest.mark.parametrize(("likely", "asked"), [(0.09, True), (0.9, False), (0.5, False), (0.3, False)])
def test_a_most_likely_value_that_leaves_an_end_empty_is_asked_about(
    scenario: Path, tmp_path: Path, likely: float, asked: bool
) -> None:
    sheet = tmp_path / "sheet.yaml"
    expert = {"name": "Di", "interval": [0.05, 0.99], "most_likely": likely, "mass": 0.9}
    entry = {"experts": [expert]}
    sheet.write_text(yaml.safe_dump({"parameters": {"service_desk.delivery": entry}}), encoding="utf-8")
    left = txsim("priors", "elicit", scenario, "--from", sheet)
    assert (left.returncode == 2 and f"is {likely:g} meant" in " ".join(left.stderr.split())) == asked, left.stderr
    sheet.write_text(
        yaml.safe_dump({"parameters": {"service_desk.delivery": entry | {"accept_misfit": True}}}), encoding="utf-8"
    )
    assert txsim("priors", "elicit", scenario, "--from", sheet).returncode == 0


@pytest.mark.parametrize("likely", [0.06, 0.08, 0.12])
def test_a_wide_interval_of_a_share_keeps_its_most_likely_value(likely: float) -> None:
    """The flattest beta that peaks there and holds nine in ten from 0.05 to 0.99, not a level one that holds more."""
    fit = from_interval_and_mode(0.05, 0.99, likely, mass=0.9, family="beta")
    a, b = fit.params[:2]
    assert (a - 1) / (a + b - 2) == pytest.approx(likely, rel=1e-9)
    if likely < 0.1:  # beyond, none holds as little as nine in ten
        assert beta.cdf(0.99, a, b) - beta.cdf(0.05, a, b) == pytest.approx(0.9, abs=1e-9)


@pytest.mark.parametrize("pool", ["linear", "precision", "product"])
def test_people_whose_intervals_do_not_meet_are_asked_about(pool: str) -> None:
    """A product of 0.2 and of 2 lies at 0.22, where one of them believes in nothing; a mean of both stays wide."""
    known = {"ex_cx": parameter_table()["ex_cx"]}
    people = [{"name": "Ada", "quartiles": [0.1, 0.2, 0.4]}, {"name": "Ben", "quartiles": [1.9, 2, 2.1]}]
    entry = {"experts": people, "pool": pool, "accept_misfit": True}
    (judged,) = read_sheet({"parameters": {"ex_cx": entry}}, known)
    assert "do not meet: Ada 0.0369 … 1.08; Ben 1.76 … 2.24" in str(judged.told(known["ex_cx"]).doubt)
    if pool != "linear":
        with pytest.raises(SheetError, match="do not meet"):
            read_sheet({"parameters": {"ex_cx": entry | {"accept_misfit": False}}}, known)
    people[1]["quartiles"] = [0.3, 0.5, 0.9]
    (judged,) = read_sheet({"parameters": {"ex_cx": {"experts": people, "pool": pool}}}, known)
    assert not judged.told(known["ex_cx"]).doubt
