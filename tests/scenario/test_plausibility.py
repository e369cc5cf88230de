# SPDX-License-Identifier: MIT
"""What is possible but hardly true is said with the right figure; and nothing is said of what is ordinary."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from txsim.scenario import loads
from txsim.scenario.plausibility import warnings


def said(text: str) -> str:
    return "\n".join(str(problem) for problem in warnings(loads(text, name="desk.yaml")))


def test_an_ordinary_firm_is_not_remarked_on(valid: str) -> None:
    assert "desk.yaml" not in said(valid.replace("pushes:", "delivery: 60 %\n    pushes:"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        # 80 · 60,000 and 40 · 105,000 a year are 750,000 a month; 2,500 · 360 are 900,000 of revenue
        (
            "salary_per_year: 38000|salary_per_year: 45000|arpu_per_month: 400",
            "salary_per_year: 60000|salary_per_year: 105000|arpu_per_month: 360",
            "a payroll of 750,000 a month, 83% of revenue",
        ),
        ("churn_per_month: 1.5 %", "churn_per_month: 12.5 %", "12.5% of customers leave each month"),
        ("churn_per_month: 1.5 %", "churn_per_month: 0", "nobody ever leaves"),
        ("churn_per_month: 1.5 %",
        "churn_per_month: 2 %\n  joins_per_month: 120", "120 customers join a month, but 50 leave"),
        ("churn_per_month: 1.5 %",
        "churn_per_month: 2 %\n  joins_per_month: 20", "20 customers join a month, but 50 leave"),
        ("contribution_margin: 30 %", "contribution_margin: 75 %", "a contribution margin of 75%"),
        ("arpu_per_month: 400",
        "arpu_per_month: 400\n  revenue_per_month: 600000", "600,000 a month, but customers × arpu make 1,000,000"),
        # 40,000 at once and 110,000 a month over 36: 4.0 of 36 M
        ("one_off: 8000|monthly: 300", "one_off: 40000|monthly: 110000", "costs 11% of the revenue of the horizon"),
        ("one_off: 8000|monthly: 300", "one_off: 0|monthly: 0", "costs nothing"),
        ("turnover_per_year: 22 %", "turnover_per_year: 130 %", "130% of the group leave in a year"),
        # 25 % of 80 are 20
        ("one_off: 2500", "one_off: 2500\n  respondents: 31", "31 respondents, but 20 people are in the pilot"),
        ("one_off: 2500", "one_off: 9500", "costs more at once (9,500) than all of it (8,000)"),
        ("months: 6\n  scope", "months: 3\n  scope", "a pilot of 3 months ends before"),
        ("horizon_months: 36", "horizon_months: 13", "the horizon ends 7 months after the full effect is there"),
        ("discount_rate: 0.1", "discount_rate: 0.6", "a discount rate of 60% a year"),
        # 90 eNPS are 45 points, from 55
        ("effect: {median: 6, factor: 1.8}", "effect: 92", "leads from 55 to 101 index points"),
        ("effect: {median: 6, factor: 1.8}", "effect: -6", "lowers the index by 3 points"),
    ],
)  # fmt: skip
def test_remarks_by_hand(valid: str, old: str, new: str, message: str, changed: Callable[..., str]) -> None:
    text = valid
    for a, b in zip(old.split("|"), new.split("|"), strict=True):
        text = changed(a, b, text)
    assert message in said(text)


@pytest.mark.parametrize(
    ("old", "new", "silent"),
    [
        ("churn_per_month: 1.5 %", "churn_per_month: 9.9 %", "leave each month"),
        ("churn_per_month: 1.5 %", "churn_per_month: 2 %\n  joins_per_month: 99", "customers join"),
        ("contribution_margin: 30 %", "contribution_margin: 69 %", "contribution margin"),
        ("arpu_per_month: 400", "arpu_per_month: 400\n  revenue_per_month: 910000", "customers × arpu"),
        ("monthly: 300", "monthly: 99000", "of the horizon"),
        ("one_off: 2500", "one_off: 2500\n  respondents: 20", "respondents, but"),
        ("months: 6\n  scope", "months: 4\n  scope", "ends before"),
        ("horizon_months: 36", "horizon_months: 14", "the horizon ends"),
        ("discount_rate: 0.1", "discount_rate: 0.5", "discount rate"),
    ],
)
def test_what_is_just_ordinary(valid: str, old: str, new: str, silent: str, changed: Callable[..., str]) -> None:
    assert silent not in said(changed(old, new, valid))
