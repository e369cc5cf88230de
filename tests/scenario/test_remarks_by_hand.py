# SPDX-License-Identifier: MIT
"""Figures of remarks on programmes, segments, tax and ways of writing: worked out by hand, and their limits."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.scenario.test_plausibility import said

Changed = Callable[..., str]

SEGMENTS = """
  segments:
    big: {customers: 100, churn_per_month: 0.5 %, arpu_per_month: 5000}
    small: {customers: 2400, churn_per_month: 1.5 %, arpu_per_month: 208.33}
"""
FIRM = "  contribution_margin: 30 %"
COST = "one_off: 8000|monthly: 300"
PUSH = "months: 6}"


def spoken(valid: str, old: str, new: str, changed: Changed) -> str:
    text = valid
    for a, b in zip(old.split("|"), new.split("|"), strict=True):
        text = changed(a, b, text)
    return said(text).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        # what a driver costs while it is active, of a revenue of 36 M
        (COST, "one_off: 0|monthly: 350000\n    months: 12", "costs 12 % of the revenue of the horizon"),
        (COST, "one_off: 0|per_head_monthly: 1500", "costs 12 % of the revenue"),  # 80 heads
        (COST, "one_off: 0|per_head_monthly: 1500\n    heads: 100", "costs 15 % of the revenue"),
        (COST, "one_off: 0|costs: [{amount: 200000, from: 12}]", "costs 13 % of the revenue"),  # 24 months
        (COST, "one_off: 0|costs: [{amount: 200000, from: 12, months: 20}]", "costs 11 % of the revenue"),
        (COST, "one_off: 0|costs: [{amount: 200000, from: 12, months: 99}]", "costs 13 % of the revenue"),
        (COST, "one_off: 0|costs: [{amount: 5400000, month: 3}]", "costs 15 % of the revenue"),
        ("one_off: 2500", "one_off: 2500\n  respondents: 31\n  response: 50 %",
         "31 respondents, but 10 people in the pilot answer"),
        # tired after the full effect is there, and the pilot is over then
        (PUSH, "months: 6, tires: {half_life: 9}}", "the pilot of 6 months is over before anything has tired, after 6"),
        # decided in month 7, and 29 more are 36
        (COST, "one_off: 8000|costs: [{amount: 9, month: 29, name: late}]",
         "`late` would be paid in month 36, the horizon is 36"),
        (COST, "one_off: 8000|costs: [{amount: 9, from: 40}]", "it would be paid in month 47, the horizon is 36"),
        ("one_off: 8000|monthly: 300", "start: 2\n    one_off: 8000|costs: [{amount: 9, from: 27}]",
         "it would be paid in month 36"),
        # 5 % and 95 % at −0.1 and 0.5: 0.2 ± 0.182, of which 14 % lie below nothing
        ("discount_rate: 0.1", "discount_rate: 0.1\npriors: {ex_cx: {interval: [-0.1, 0.5]}}",
         "you allow that it harms: 14 % of this prior"),
        # before tax 10 % are 7.5 % after a quarter
        ("discount_rate: 0.1",
         "discount_rate: 0.1\nfinance: {tax_rate: 25 %, rate_basis: before_tax}\ndecision: {after_tax: true}",
         "after tax it is about 0.075"),
        # how an interval is read: half its upper end, or a log-normal of median 10 within a factor of 10
        ("effect: {median: 6, factor: 1.8}", "effect: {interval: [0, 20]}",
         "the interval 0 … 20 is read as a normal with the mean 10"),
        ("effect: {median: 6, factor: 1.8}", "effect: {interval: [0, 20]}",
         "[0.2, 20] would be a log-normal with the mean 5.33"),
        ("one_off: 8000", "one_off: {interval: [1, 100]}",
         "the interval 1 … 100 is read as a log-normal with the mean 26.6"),
        ("one_off: 8000", "one_off: {interval: [1, 100]}", "from 0 on it would be a normal with the mean 50"),
        ("effect: {median: 6, factor: 1.8}, scale: enps", "effect: 44", "an effect of 44 index points"),
        ("effect: {median: 6, factor: 1.8}, scale: enps", "effect: 6",
         "the effect is in index points, but `ex` is measured in eNPS points: 6 are 12"),
        ("ex: {value: 10, scale: enps}|effect: {median: 6, factor: 1.8}",
         "ex: {value: 90, scale: enps}|effect: 12", "leads from 90 to 102 eNPS points, off the scale from −100 to 100"),
    ],
)  # fmt: skip
def test_remarks_on_programmes_by_hand(valid: str, old: str, new: str, message: str, changed: Changed) -> None:
    assert message in spoken(valid, old, new, changed)


@pytest.mark.parametrize(
    ("old", "new", "silent"),
    [
        (COST, "one_off: 0|monthly: 250000\n    months: 12", "of the horizon"),
        (PUSH, "months: 5, tires: {half_life: 9}}", "before anything has tired"),
        (COST, "one_off: 8000|costs: [{amount: 9, month: 28, name: late}]", "would be paid"),
        ("one_off: 8000", "one_off: {interval: [3, 100]}", "is read as a log-normal"),
        ("effect: {median: 6, factor: 1.8}", "effect: {interval: [0, 20], family: normal}", "is read as a normal"),
        ("discount_rate: 0.1", "discount_rate: 0.1\npriors: {ex_cx: {median: 0.2, factor: 3}}", "it harms"),
        ("effect: {median: 6, factor: 1.8}", "effect: {interval: [4, 8]}", "less than one point"),
    ],
)
def test_what_programmes_may_do(valid: str, old: str, new: str, silent: str, changed: Changed) -> None:
    assert silent not in spoken(valid, old, new, changed)


@pytest.mark.parametrize(
    ("segments", "more", "message"),
    [
        # of 2,500 customers 0.5 % of 100 and 1.5 % of 2,400 leave: 36.5
        ("", "", "`churn_per_month` of the organisation is 1.50 %, but its segments make 1.46 %"),
        ("", "\n  revenue_per_month: 1030000", "`revenue_per_month` of the organisation is 1,030,000, but its segments "
         "make 999,992"),
        ("", "\n  joins_per_month: 40", "`joins_per_month` of the organisation is 40.00, but its segments make 36.50"),
        ("5000}|5000, joins_per_month: 9}", "\n  joins_per_month: 40", "is 40.00, but its segments make 45.00"),
        ("208.33}|100}", "", "`arpu_per_month` of the organisation is 400, but its segments make 296"),
        ("customers: 100,|customers: 300,", "",
         "`customers` of the organisation is 2,500, but its segments make 2,700"),
        # half of the revenue each: (3 + 0.2) / 2
        ("5000}|5000, responds: 3}|208.33}|208.33, responds: 0.2}", "",
         "by revenue the segments respond 1.60 times as strongly"),
        ("5000}|5000, responds: 0.4}", "", "by revenue the segments respond 0.70 times as strongly"),
    ],
)  # fmt: skip
def test_sums_of_segments_by_hand(valid: str, segments: str, more: str, message: str, changed: Changed) -> None:
    parts, pairs = SEGMENTS.rstrip(), segments.split("|") if segments else []
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        parts = changed(old, new, parts)
    assert message in spoken(valid, FIRM, FIRM + more + parts, changed).replace("999,992.00", "999,992")


@pytest.mark.parametrize(("responds", "usual"), [("0.5", False), ("0.7", True), ("1.4", True), ("1.6", False)])
def test_a_mean_response_near_one_is_usual(valid: str, responds: str, usual: bool, changed: Changed) -> None:
    """Half of the revenue responds so, half as the average does: 0.75, 0.85, 1.2 and 1.3."""
    parts = changed("5000}", f"5000, responds: {responds}}}", SEGMENTS.rstrip())
    assert ("times as strongly" not in spoken(valid, FIRM, FIRM + parts, changed)) is usual


def test_who_leaves_for_digital_reasons_by_hand(valid: str, changed: Changed) -> None:
    """Six at 9 %: 1 − 0.91⁶ − 6 · 0.09 · 0.91⁵ = 9.5 % see two bad ones; 12 % of them leave: 1.14 % of customers.

    Of the 1.5 % who leave, as rates that add up, these are 1 − e^(−1.14 / 1.5) = 53 %.
    """
    figures = "\n  digital_bad: 9 %\n  digital_interactions: 6"
    text = changed("discount_rate: 0.1", "discount_rate: 0.1\npriors: {digital_leave: 0.12}", valid)
    told = spoken(text, FIRM, FIRM + figures, changed)
    assert "with 6 a month 1.14 % of customers leave after two bad ones" in told
    assert "the stated churn is 1.50 %; 53 % of that churn" in told
    rare = figures.replace("9 %", "8 %")  # 7.7 % of customers, and 46 % of the churn
    assert "two bad ones" not in spoken(text, FIRM, FIRM + rare, changed)


def test_revenue_is_that_of_segments_where_there_are_any(valid: str, changed: Changed) -> None:
    """A payroll of 403,333 a month and 2,500 customers: by their number it would be more than they bring."""
    parted = FIRM + SEGMENTS.rstrip()
    assert "a payroll of" not in spoken(valid, FIRM, parted, changed)
    poorer = SEGMENTS.rstrip().replace("5000}", "1000}").replace("208.33}", "150}")  # 100,000 and 360,000
    assert "a payroll of 403 k EUR a month, 88 % of revenue" in spoken(valid, FIRM, FIRM + poorer, changed)


def test_a_driver_costs_from_its_start_to_the_horizon(valid: str, changed: Changed) -> None:
    """From month 30 on six months of 610,000 are 3.66 M of 36 M; the whole horizon would be six times that."""
    alone = valid[: valid.index("pilot:")] + valid[valid.index("horizon_months") :]
    late = "one_off: 0|start: 30\n    monthly: 610000"
    assert "costs 10 % of the revenue of the horizon" in spoken(alone, COST, late, changed)


def test_what_a_pilot_pays_by_month_is_not_paid_at_once(valid: str, changed: Changed) -> None:
    by_month = "one_off: 2500\n  costs: [{amount: 6000, from: 1}]"
    assert "costs more at once" not in spoken(valid, "one_off: 2500", by_month, changed)
    assert "costs more at once (8,500 EUR)" in spoken(
        valid, "one_off: 2500", by_month.replace("from", "month"), changed
    )


def test_the_slowest_effect_is_waited_for(valid: str, changed: Changed) -> None:
    """A push of 6 months and one of 30: of 36 months six are left."""
    push = "scale: enps, months: 6}"
    both = push + "\n      - {node: cx, effect: 2, scale: nps, months: 30}"
    assert "the horizon ends 6 months after the full effect" in spoken(valid, push, both, changed)
