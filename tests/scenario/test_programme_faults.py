# SPDX-License-Identifier: MIT
"""Faults in benefits, costs, segments, time and tax: each is told at its line, with what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

import txsim
from txsim.errors import InputError
from txsim.scenario import load, warnings

FIRM = """\
organisation:
  index: {ux_employee: 55, ex: 60, cx: 66}
  staff:
    front: {headcount: 100, turnover_per_year: 0.25, salary_per_year: 40000, absence_rate: 6 %}
    back: {headcount: 50, meets_customers: false}
  contribution_margin: 0.25
  ORGANISATION
drivers:
  - name: desk
    months: 20
    one_off: 40000
    pushes:
      - {node: ux_employee, effect: 8, months: 7 PUSH}
    DRIVER
pilot:
  months: 6
  scope: 0.2
  PILOT
horizon_months: 36
REST
"""
OWN = "customers: 4000\n  churn_per_month: 0.018\n  arpu_per_month: 200"
PARTS = "segments:\n    big: {customers: 400, churn_per_month: 0.006, arpu_per_month: 900}\n"
TAIL = "    tail: {customers: 3600, churn_per_month: 0.02, arpu_per_month: 120 MORE}"


def text_of(organisation: str = "", push: str = "", driver: str = "", pilot: str = "", rest: str = "") -> str:
    told = {"ORGANISATION": organisation or OWN, "PUSH": push, "DRIVER": driver, "PILOT": pilot, "REST": rest}
    text = FIRM
    for key, value in told.items():
        text = text.replace(key, value)
    return text


def segments(more: str = "", beside: str = "") -> str:
    return PARTS + TAIL.replace(" MORE", more) + beside


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        ({"driver": "benefits: [{monthly: -1}]"}, "drivers[0].benefits[0].monthly", "0"),
        ({"driver": "benefits: [{time_saved: 1.2, group: front}]"}, "drivers[0].benefits[0].time_saved", "1"),
        ({"driver": "benefits: [{time_saved: 4 %, group: fornt}]"}, "drivers[0].benefits[0].group", "`front`"),
        (
            {"driver": "benefits: [{time_saved: 4 %, group: back}]"},
            "drivers[0].benefits[0].group",
            "no salary_per_year",
        ),
        ({"driver": "benefits: [{time_saved: 4 %}]"}, "drivers[0].benefits[0]", "staff group"),
        (
            {"driver": "benefits: [{time_saved: 4 %, group: front, kind: cash}]"},
            "drivers[0].benefits[0].kind",
            "not cash",
        ),
        ({"driver": "benefits: [{monthly: 5, time_saved: 4 %, group: front}]"}, "drivers[0].benefits[0]", "either"),
        ({"driver": "benefits: [{monthly: 5, realised: 0.5}]"}, "drivers[0].benefits[0].realised", "in full"),
        ({"driver": "benefits: [{monthly: 5, kind: chash}]"}, "drivers[0].benefits[0].kind", "`cash`"),
        ({"driver": f"benefits: [{', '.join(['{monthly: 1}'] * 51)}]"}, "drivers[0].benefits", "51 entries"),
        ({"driver": f"costs: [{', '.join(['{amount: 1, month: 0}'] * 51)}]"}, "drivers[0].costs", "51 entries"),
        ({"driver": "costs: [{amount: -5, month: 1}]"}, "drivers[0].costs[0].amount", "0"),
        ({"driver": "costs: [{amount: 5}]"}, "drivers[0].costs[0]", "`from`"),
        ({"driver": "costs: [{amount: 5, month: 1, form: 2}]"}, "drivers[0].costs[0].form", "`from`"),
        ({"driver": "costs: [{amount: 5, month: 1, months: 2}]"}, "drivers[0].costs[0].months", "one-off"),
        ({"driver": "costs: [{amount: 5, month: 1, kind: capex}]"}, "drivers[0].costs[0].kind", "`life`"),
        ({"driver": "costs: [{amount: 5, month: 1, life: 12}]"}, "drivers[0].costs[0].life", "capex alone"),
        ({"driver": "costs: [{amount: 5, month: 1, kind: capex, life: 0}]"}, "drivers[0].costs[0].life", "1 …"),
        (
            {"driver": "costs: [{amount: 5, month: 1, kind: capex, life: 1.5}]"},
            "drivers[0].costs[0].life",
            "whole number",
        ),
        ({"driver": "costs: [{amount: 5, from: 1, kind: capex, life: 9}]"}, "drivers[0].costs[0].kind", "one-off"),
        ({"driver": "one_off_kind: capex"}, "drivers[0].one_off_kind", "`one_off_life`"),
        ({"driver": "one_off_life: 12"}, "drivers[0].one_off_life", "capex alone"),
        ({"push": ", tires: {half_life: -1}"}, "drivers[0].pushes[0].tires.half_life", "0"),
        ({"push": ", tires: {half_life: 9, lasts: 130 %}"}, "drivers[0].pushes[0].tires.lasts", "1"),
        ({"push": ", tires: {lasts: 0.5}"}, "drivers[0].pushes[0].tires.half_life", "needed"),
        ({"push": ", group: fornt"}, "drivers[0].pushes[0].group", "`front`"),
        ({"pilot": "costs: [{amount: 5, month: 7}]"}, "pilot.costs[0].month", "decided in month 7"),
        ({"pilot": "costs: [{amount: 5, from: 9}]"}, "pilot.costs[0].from", "decided in month 7"),
        ({"pilot": "one_off_kind: capex"}, "pilot.one_off_kind", "`desk`"),
        ({"pilot": "one_off_life: 12"}, "pilot.one_off_life", "capex alone"),
        ({"organisation": f"{OWN}\n  time_realised: 1.4"}, "organisation.time_realised", "1"),
        ({"organisation": f"{OWN}\n  absence_cover: 2.5"}, "organisation.absence_cover", "2"),
        ({"organisation": segments().replace(TAIL.replace(" MORE", ""), "")}, "organisation.segments", "segments: 1;"),
        ({"organisation": segments(", responds: -1")}, "organisation.segments.tail.responds", "0"),
        ({"organisation": segments(", digital_bad: 8 %")}, "organisation.segments.tail", "belong together"),
        ({"organisation": segments(", respond: 1")}, "organisation.segments.tail.respond", "`responds`"),
        ({"organisation": segments().replace("churn_per_month: 0.02, ", "")}, "organisation.segments.tail", "needed"),
        ({"rest": "finance: {tax_rate: 130 %}"}, "finance.tax_rate", "1"),
        ({"rest": "finance: {write_off: true}"}, "finance.tax_rate", "needed"),
        ({"rest": "decision: {after_tax: true}"}, "decision.after_tax", "no tax"),
    ],
)
def test_a_fault_is_told_at_its_place(change: dict[str, str], path: str, message: str) -> None:
    with pytest.raises(txsim.InputError) as caught:
        txsim.loads(text_of(**change))
    problems = caught.value.problems
    told = [problem for problem in problems if problem.path.startswith(path)]
    assert told, [(problem.path, problem.message) for problem in problems]
    assert any(message in f"{problem.message} {problem.hint}" for problem in told), told
    assert all(problem.line is not None and problem.column is not None for problem in told)


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        ({"push": ", tires: {half_life: 9}"}, "drivers[0].pushes[0].tires", "before anything has tired"),
        (
            {"organisation": f"{OWN}\n  time_realised: 0.4", "driver": "benefits: [{time_saved: 4 %, group: front}]"},
            "drivers[0].benefits[0].time_saved",
            "same minutes twice",
        ),
        ({"organisation": f"{OWN}\n  productivity_ex: 0.05"}, "organisation.productivity_ex", "present"),
        ({"driver": "costs: [{name: renewal, amount: 5, month: 33}]"}, "drivers[0].costs[0].month", "pilot_scale"),
        ({"organisation": segments(beside="\n  customers: 5000")}, "organisation.customers", "4,000"),
        ({"organisation": segments(", responds: 2")}, "organisation.segments", "1.55"),
        (
            {"organisation": segments(", digital_bad: 20 %, digital_interactions: 9")},
            "organisation.segments.tail.digital_bad",
            "of that churn is then counted as digital",
        ),
        (
            {"organisation": f"{OWN}\n  digital_bad: 20 %\n  digital_interactions: 9"},
            "organisation.digital_bad",
            "digital_interactions",
        ),
        (
            {
                "organisation": segments(
                    beside="\n  digital_bad: 20 %\n  digital_interactions: 9\n  churn_per_month: 5 %"
                )
            },
            "organisation.digital_bad",
            "is then counted as digital",
        ),
        (
            {"organisation": segments(beside="\n  churn_per_month: 5 %")},
            "organisation.churn_per_month",
            "is 5.00\N{NO-BREAK SPACE}%, but its segments make",
        ),
        ({"rest": "finance: {tax_rate: 0.25}\ndecision: {after_tax: true}"}, "discount_rate", "after-tax rate"),
    ],
)
def test_what_is_hardly_meant_is_remarked(change: dict[str, str], path: str, message: str) -> None:
    told = [p for p in warnings(txsim.loads(text_of(**change))) if p.path.startswith(path)]
    assert any(message in f"{problem.message} {problem.hint}" for problem in told), told


def test_segments_that_add_up_are_not_remarked() -> None:
    told = warnings(txsim.loads(text_of(organisation=segments(beside="\n  customers: 4000"))))
    assert not [problem for problem in told if problem.path.startswith("organisation.customers")]


def test_keys_enter_the_content_only_where_they_are_stated() -> None:
    plain = txsim.loads(text_of().replace(", absence_rate: 6 %", ""))
    silent = {"benefits", "costs", "one_off_kind", "one_off_life", "tires", "absence_rate", "time_realised", "segments"}
    silent |= {"absence_cover", "after_tax", "finance"}

    def keys(value: object) -> set[str]:
        if isinstance(value, dict):
            return set(value) | {key for inner in value.values() for key in keys(inner)}
        return {key for inner in value for key in keys(inner)} if isinstance(value, list) else set()

    assert not keys(plain.content) & silent
    told = txsim.loads(text_of(driver="benefits: [{monthly: 5}]", rest="finance: {tax_rate: 0.2}"))
    assert {"benefits", "finance", "absence_rate"} <= keys(told.content)
    assert told.hash != plain.hash


def test_plain_numbers_count_as_fixed_by_the_author() -> None:
    driver = "benefits: [{monthly: 5}, {time_saved: {interval: [1 %, 4 %]}, group: front, realised: 0.2}]"
    push = ", tires: {half_life: 9}"
    fixed = txsim.loads(text_of(organisation=f"{OWN}\n  time_realised: 0", driver=driver, push=push)).fixed_by_author
    assert {
        "desk.benefits[0].monthly",
        "desk.benefits[1].realised",
        "desk.pushes[0].tires.half_life",
        "organisation.time_realised",
        "organisation.staff.front.absence_rate",
    } <= set(fixed)
    assert "desk.benefits[1].time_saved" not in fixed


@pytest.mark.parametrize(("start", "fits"), [(2, True), (8, True), (9, False), (10, False)])
def test_drivers_begin_before_their_pilot_is_decided(start: int, fits: bool) -> None:
    """The first begins in month 2 and six months are piloted; one month later, in month 9, the decision acts."""
    two = f"drivers:\n  - {{name: late, start: {start}, one_off: 1, pushes: [{{node: cx, effect: 2}}]}}"
    text = text_of(driver="start: 2").replace("drivers:", two).replace("months: 20", "months: 24")
    if fits:
        assert txsim.loads(text).decision_month == 9
        return
    with pytest.raises(txsim.InputError, match=f"starts in month {start}, but the pilot is decided in month 9"):
        txsim.loads(text)


@pytest.mark.parametrize(
    ("change", "part", "nearest"),
    [
        ("organisation.staff.front_lin.headcount=5", "organisation.staff", "front_line"),
        ("organisation.staff.nobody.salary_per_year=5", "organisation.staff", "front_line, support"),
        ("organisation.segments.tale.customers=5", "organisation.segments", "tail"),
    ],
)
def test_a_slip_in_a_name_that_is_set_makes_no_new_part(scenarios: Path, change: str, part: str, nearest: str) -> None:
    file = scenarios / ("b2b_three_segments.yaml" if "segments" in part else "employee_tools_redesign.yaml")
    with pytest.raises(InputError) as caught:
        load(file, overrides=[change])
    (problem,) = caught.value.problems
    assert f"`{part}` has no entry" in str(problem.message)
    assert nearest in f"{problem.message} {problem.hint}"
