# SPDX-License-Identifier: MIT
"""A small valid scenario, and what is wrong with variations of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from txsim.errors import InputError, Problem
from txsim.scenario import loads

VALID = """\
title: Desk
question: Does it pay?
organisation:
  name: Nord
  currency: EUR
  index:
    ex: {value: 10, scale: enps}
    cx: {value: 30, scale: nps}
  staff:
    front: {headcount: 80, meets_customers: true, turnover_per_year: 22 %, salary_per_year: 38000}
    office: {headcount: 40, meets_customers: false, turnover_per_year: 10 %, salary_per_year: 45000}
  customers: 2500
  churn_per_month: 1.5 %
  arpu_per_month: 400
  contribution_margin: 30 %
drivers:
  - name: desk
    pushes:
      - {node: ex, group: front, effect: {median: 6, factor: 1.8}, scale: enps, months: 6}
    one_off: 8000
    monthly: 300
pilot:
  months: 6
  scope: 25 %
  one_off: 2500
horizon_months: 36
discount_rate: 0.1
"""


Change = Callable[..., str]
Wrong = Callable[..., tuple[Problem, ...]]
Only = Callable[..., Problem]


def _changed(old: str, new: str, text: str = VALID) -> str:
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)


def _wrong(text: str, **more: Any) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        loads(text, name="desk.yaml", **more)
    assert caught.value.exit_code == 2
    return caught.value.problems


def _only(text: str, **more: Any) -> Problem:
    found = _wrong(text, **more)
    assert len(found) == 1, [str(problem) for problem in found]
    return found[0]


@pytest.fixture(scope="session")
def valid() -> str:
    """A small valid scenario."""
    return VALID


@pytest.fixture(scope="session")
def changed() -> Change:
    """Return the valid text (or another) with one change."""
    return _changed


@pytest.fixture(scope="session")
def wrong() -> Wrong:
    """Return what is wrong with a text; fails if nothing is."""
    return _wrong


@pytest.fixture(scope="session")
def only() -> Only:
    """Return the one problem of a text; fails if there are more."""
    return _only
