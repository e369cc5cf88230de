# SPDX-License-Identifier: MIT
"""A percent sign or a span of time behind a number is told by what its key is, and the cure is read as it says."""

from __future__ import annotations

import re

import pytest

from tests.scenario.conftest import VALID
from txsim.elicit.interview import Question, answered
from txsim.errors import InputError, Problem
from txsim.forecast.settable import settable_in
from txsim.language import lazy
from txsim.priors.typed_numbers import typed_number
from txsim.priors.written_numbers import explained, meant_by
from txsim.scenario import loads
from txsim.scenario.findings import sort_at
from txsim.scenario.vocabulary import parameter_table
from txsim.units import Sort

FIRM, DRIVER, SHOP = "organisation", "drivers[0]", "organisation.staff.front"
#: Where it stands, what was written, and the number that was meant, by hand.
MEANT = [
    # percent
    (f"{DRIVER}.cost_overrun", "20 %", 1.2), (f"{DRIVER}.cost_overrun", "+20 %", 1.2),
    (f"{DRIVER}.cost_overrun", "-10 %", 0.9), (f"{DRIVER}.cost_overrun", "120 %", 1.2),
    (f"{DRIVER}.cost_overrun.median", "20 %", 1.2), ("priors.boost", "15 %", 1.15),
    (f"{DRIVER}.pushes[0].effect", "9 %", 9), (f"{FIRM}.productivity_ex", "0.1 %", 0.1), ("priors.cx_margin", "1 %", 1),
    ("priors.rival_gain", "5 %", 5), ("priors.replacement_cost", "50 %", 0.5), (f"{SHOP}.reach", "50 %", 0.5),
    (f"{FIRM}.absence_cover", "50 %", 0.5), (f"{FIRM}.contacts_per_month", "5 %", 0.05), ("priors.ex_cx", "20 %", 0.2),
    # durations
    (f"{DRIVER}.pushes[0].months", "1 year", 12), (f"{DRIVER}.pushes[0].months", "2 Jahre", 24),
    (f"{DRIVER}.pushes[0].months", "1 год", 12), (f"{DRIVER}.pushes[0].months", "26 weeks", 6),
    (f"{DRIVER}.pushes[0].months", "6 months", 6), (f"{DRIVER}.pushes[0].months", "73 days", 2.4),
    (f"{DRIVER}.pushes[0].months", "half a year", 6), (f"{DRIVER}.fade", "1½ years", 18),
    (f"{DRIVER}.pushes[0].tires.half_life", "1 year", 12), ("priors.lag_people", "2 quarters", 6),
    (f"{DRIVER}.pushes[0].months.median", "1 year", 12), ("horizon_months", "3 years", 36),
    ("horizon_months", "1000 days", 33), ("pilot.months", "26 weeks", 6), (f"{DRIVER}.months", "2 года", 24),
    # of another span: amounts add up, growth compounds, of those who stay as many stay again
    (f"{SHOP}.salary_per_year", "3300 / month", 39600), (f"{DRIVER}.monthly", "16800 per year", 1400),
    (f"{FIRM}.arpu_per_month", "24000 a year", 2000), ("discount_rate", "1 % a month", 0.127),
    ("discount_rate", "~9 %", 0.09), (f"{FIRM}.churn_per_month", "ca. 1,8 %", 0.018),
    (f"{DRIVER}.pushes[0].effect", "approx. 9 %", 9), ("discount_rate", "0.12 p.a.", 0.12),
    (f"{FIRM}.arpu_growth", "1 % im Monat", 0.127),
    (f"{FIRM}.churn_per_month", "20 % a year", 0.0184), (f"{FIRM}.churn_per_month", "0.2 в год", 0.0184),
    (f"{SHOP}.turnover_per_year", "2 % a month", 0.215),
]  # fmt: skip
TEXT = VALID.replace("22 %,", "22 %, absence_rate: 5 %,") + "priors:\n  ex_cx: {median: 0.3, factor: 4}\n"


def refused(place: str, written: str) -> list[Problem]:
    """Return what is wrong with a scenario in which this stands."""
    try:
        loads(TEXT, overrides=(f"{place}={written}",))
    except InputError as error:
        return list(error.problems)
    return []


@pytest.mark.parametrize(("place", "written", "meant"), MEANT)
def test_the_cure_is_what_was_meant(place: str, written: str, meant: float) -> None:
    whole = f"{{median: {written}, factor: 2}}" if place.endswith(".median") else written
    place = place.removesuffix(".median")
    told = str(refused(place, whole)[0].hint)
    cure = re.search(r"write ([-\d.]+(?: %)?)", told)
    assert cure is not None, told
    assert typed_number(cure[1], share=True) == pytest.approx(meant)
    assert not any(problem.path.startswith(place) for problem in refused(place, whole.replace(written, cure[1])))


@pytest.mark.parametrize(
    ("place", "written", "says"),
    [
        (f"{DRIVER}.one_off", "20 %", "20 % of 1,000 are 200"), ("pilot.respondents", "55 %", "55 % of 1,000 are 550"),
        (f"{FIRM}.joins_per_month", "2 %", "2 % of 1,000 are 20"), (f"{DRIVER}.slip", "20 %", "a number of months"),
        (f"{DRIVER}.cost_overrun", "120 %", "for 120 % of it write 1.2, for 120 % more 2.2"),
        (f"{DRIVER}.start", "2026-03-01", "0 is its first"), (f"{DRIVER}.start", "01.03.2026", "0 is its first"),
        (f"{FIRM}.arpu_growth", "1.02", "a factor of 1.02 is a growth of 2 %"),
        ("priors.digital_leave", "{interval: [10, 50]}", "write {interval: [10 %, 50 %]}"),
        ("priors.copy", "30", "write 30 % or 0.3"),
        ("discount_rate", "8-10 %", "one number is needed: this value cannot be uncertain"),
        ("discount_rate", "WACC 9 %", "write one number, in percent or as a fraction"),
        ("priors.copy", "{median: 30 %, factor: 1.2}", "write {interval: [0.25, 0.36]}"),
        ("priors.cx_margin", "{interval: [2 %, 8 %]}", "are expected: write {interval: [2, 8]}"),
        (f"{FIRM}.index.cx", "50,5 %", "for a share of favourable answers write {value: 50.5, scale: percent}"),
        ("priors", "{delivery.shared: 0.5}", "write `delivery` in the driver"),
        ("ex_cx", "0.2", "write `priors.ex_cx`"),
        ("desk.one_off", "5", "write `drivers.desk.…`"),
    ],
)  # fmt: skip
def test_what_cannot_be_worked_out_is_said(place: str, written: str, says: str) -> None:
    assert any(says in str(problem.hint) for problem in refused(place, written))


@pytest.mark.parametrize("name", ["digital_leave", "copy", "spill", "confounding"])
def test_a_belief_about_a_share_is_read_in_percent(name: str) -> None:
    def read(text: str) -> object:
        return loads(TEXT, overrides=(f"priors.{name}={text}",)).priors[name]

    assert read("29 %") == read("0.29")
    assert read("{interval: [10 %, 50 %]}") == read("{interval: [0.1, 0.5]}") == read("{interval: [0.1, 50 %]}")
    assert read("{interval: [10 %, 50 %]}") == read("{interval: [0.1, 0.5], family: beta}")


def test_every_belief_has_a_kind() -> None:
    kinds = {name: parameter.sort.name for name, parameter in parameter_table().items()}
    assert "number" not in kinds.values()
    assert {name for name, kind in kinds.items() if kind == "share"} == {
        "confounding", "copy", "digital_leave", "spill", "delivery"}  # fmt: skip
    assert sort_at(("priors", "doubt", "ex_cx")).share


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("desk.cost_overrun", "20 %", "for 20 % more write 1.2"),
        ("desk.pushes[0].effect", "9 %", "for points of its scale write 9;"),
        ("desk.pushes[0].months", "1 year", "write 12"), ("churn_per_month", "20 % a year", "write 1.84 %"),
        ("replacement_cost", "50 %", "write 0.5"), ("desk.monthly", "16800 per year", "write 1400"),
    ],
)  # fmt: skip
def test_questions_and_options_say_the_same(name: str, text: str, says: str) -> None:
    scenario = loads(TEXT.replace("    one_off: 8000", "    one_off: 8000\n    cost_overrun: 1.2"))
    known = settable_in(scenario, parameter_table()).parameters
    with pytest.raises(ValueError, match=re.escape(says)):
        answered(known, Question(f"{name}/1/median", lazy("?"), "number"), text, [])
    assert says in str(explained(ValueError("x"), f"{text} .. {text}", known[name].sort))


@pytest.mark.parametrize("text", ["1", "22000", "12,5", "a lot", "20 EUR", "2026", "3-5", "1/2", "month"])
def test_what_has_neither_is_left_to_others(text: str) -> None:
    for sort in (Sort("months"), Sort("money", "year"), Sort("share", "month"), Sort("ratio"), Sort("points")):
        assert meant_by(text, sort) is None
