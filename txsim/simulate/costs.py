# SPDX-License-Identifier: MIT
"""Costs of drivers and of a pilot as items of the kernel, month by month (docs/model.md, sections 4 and 16)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from txsim.priors.moments import median
from txsim.scenario.actions import Driver
from txsim.scenario.models import Scenario
from txsim.scenario.respondents import can_answer
from txsim.simulate.plan import PATHS
from txsim.simulate.quantities import Values
from txsim.types import Array

Spans = dict[str, tuple[int, int]]

#: A month beyond every horizon: what never ends.
NEVER = 10_000


def share_of(amount: Any, whole: Any, empty: float = 0.0) -> Any:
    """Return a part's share of the whole; ``empty`` where the whole is nothing (a group of nobody)."""
    whole = np.asarray(whole, dtype=np.float64)
    return np.where(whole > 0, np.asarray(amount) / np.where(whole > 0, whole, 1.0), empty)


@dataclass
class Items:
    """Cost items, filled one after the other; fields as in :class:`~txsim.simulate.plan.Plan`."""

    rows: dict[str, Any]
    spans: list[Spans] = field(default_factory=list)
    one_off: list[bool] = field(default_factory=list)
    grows: list[bool] = field(default_factory=list)
    life: list[int] = field(default_factory=list)

    def add(self, amount: Any, spans: Spans, *, once: bool, life: int = 0) -> None:
        """Add an item: an amount of money, and the months in which each path pays it. Running cost grows."""
        self.rows[f"item[{len(self.spans)}]"] = amount
        self.spans.append(spans)
        self.one_off.append(once)
        self.grows.append(not once)
        self.life.append(life)

    @property
    def months(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """Months by item and path."""
        return tuple(tuple(spans.get(path, (0, 0)) for path in PATHS) for spans in self.spans)


def lay_out_costs(scenario: Scenario, value: Values, rows: dict[str, Any]) -> Items:
    """Lay out what drivers, the pilot and its surveys cost; fills the rows of the items."""
    items = Items(rows)
    planned = [_planned(driver, value) for driver in scenario.drivers]
    together = sum(planned) if planned else np.zeros(())
    for d, driver in enumerate(scenario.drivers):
        # A pilot's own costs are shared between drivers by their one-off cost.
        _driver(scenario, driver, share_of(planned[d], together, 1.0 / len(planned)), value, items)
    pilot = scenario.pilot
    if pilot is not None:
        people, scope = value("pilot.respondents"), median(pilot.scope)
        answers = np.minimum(people, can_answer(scenario, scope))
        if pilot.control:
            answers = answers + np.minimum(
                value("pilot.control_respondents", people), can_answer(scenario, 1.0 - scope)
            )
        asked = answers * value("pilot.cost_per_response")
        for step in pilot.survey_steps if np.any(np.asarray(asked) > 0) else []:
            month = _at(scenario.start + step)
            items.add(asked, {"pilot_scale": month, "pilot_stop": month}, once=True)
    return items


def _planned(driver: Driver, value: Values) -> Array:
    """Return a driver's planned one-offs, of both kinds."""
    total = np.asarray(value(f"{driver.name}.one_off"))
    for j, cost in enumerate(driver.costs):
        if cost.month is not None:
            total = total + value(f"{driver.name}.costs[{j}].amount")
    return total


def _at(month: int) -> tuple[int, int]:
    return month, month + 1


def _cut(first: int, last: int, end: int) -> tuple[int, int]:
    """Return months from ``first`` until ``last`` that lie before ``end``."""
    return (first, min(last, end)) if first < min(last, end) else (0, 0)


def _driver(scenario: Scenario, driver: Driver, part: Any, value: Values, items: Items) -> None:
    name, start, pilot, decide = driver.name, driver.start, scenario.pilot, scenario.decision_month
    over = value(f"{name}.cost_overrun")
    running = 1.0 + 0.3 * (over - 1.0)
    one_off, monthly = value(f"{name}.one_off"), value(f"{name}.monthly")
    reached = (value(f"staff.{group}.headcount") for group in scenario.groups_reached(driver))
    per_head = value(f"{name}.per_head_monthly") * value(f"{name}.heads", sum(reached, 0.0))
    life = driver.one_off_life or 0
    end = NEVER if driver.months is None else start + driver.months
    amounts = [value(f"{name}.costs[{j}].amount") for j in range(len(driver.costs))]
    if decide is None or pilot is None:
        items.add(one_off * over, {"commit": _at(start)}, once=True, life=life)
        items.add((monthly + per_head) * running, {"commit": (start, end)}, once=False)
        for cost, amount in zip(driver.costs, amounts, strict=True):
            if cost.month is not None:
                items.add(amount * over, {"commit": _at(start + cost.month)}, once=True, life=cost.life or 0)
            elif cost.from_month is not None:
                first = start + cost.from_month
                months = _cut(first, NEVER if cost.months is None else first + cost.months, end)
                items.add(amount * running, {"commit": months}, once=False)
        return
    second = decide + start - scenario.start
    last = NEVER if driver.months is None else second + driver.months
    items.add(one_off * over, {"commit": _at(start), "commit_stop": _at(start)}, once=True, life=life)
    spans = {"commit": (start, end), "commit_stop": (start, min(end, decide))}
    items.add((monthly + per_head) * running, spans, once=False)
    trial, scope = part * value("pilot.one_off"), value("pilot.scope")
    kind = driver.one_off_kind if pilot.one_off_kind is None else pilot.one_off_kind
    trial_life = (pilot.one_off_life or driver.one_off_life or 0) if kind == "capex" else 0
    items.add(trial * over, {"pilot_scale": _at(start), "pilot_stop": _at(start)}, once=True, life=trial_life)
    spans = {"pilot_scale": (start, second), "pilot_stop": (start, decide)}
    items.add(part * value("pilot.monthly") * running, spans, once=False)
    spans = {"pilot_scale": (start, end), "pilot_stop": (start, min(end, decide))}
    items.add(scope * per_head * running, spans, once=False)
    tried = trial
    for j, cost in enumerate(pilot.costs):
        amount = part * value(f"pilot.costs[{j}].amount")
        if cost.month is not None:
            month = start + cost.month
            spans = {"pilot_scale": _at(month), "pilot_stop": _cut(*_at(month), decide)}
            items.add(amount * over, spans, once=True, life=cost.life or 0)
            tried = tried + amount
        elif cost.from_month is not None:
            first = start + cost.from_month
            until = NEVER if cost.months is None else first + cost.months
            spans = {"pilot_scale": _cut(first, until, second), "pilot_stop": _cut(first, until, decide)}
            items.add(amount * running, spans, once=False)
    credit = value("pilot.reusable") * tried
    items.add(np.maximum(0.0, one_off - credit) * over, {"pilot_scale": _at(second)}, once=True, life=life)
    items.add(monthly * running, {"pilot_scale": (second, last)}, once=False)
    items.add((1.0 - scope) * per_head * running, {"pilot_scale": (second, last)}, once=False)
    # What the pilot has paid already is credited against the driver's one-offs, the earliest first.
    credit = np.maximum(0.0, credit - one_off)
    for j in sorted(range(len(driver.costs)), key=lambda j: driver.costs[j].month or 0):
        cost, amount = driver.costs[j], amounts[j]
        if cost.month is not None:
            month = start + cost.month
            spans = {"commit": _at(month), "commit_stop": _cut(*_at(month), decide)}
            items.add(amount * over, spans, once=True, life=cost.life or 0)
            left = np.maximum(0.0, amount - credit)
            credit = np.maximum(0.0, credit - amount)
            items.add(left * over, {"pilot_scale": _at(second + cost.month)}, once=True, life=cost.life or 0)
        elif cost.from_month is not None:
            first, again = start + cost.from_month, second + cost.from_month
            until = NEVER if cost.months is None else first + cost.months
            later = NEVER if cost.months is None else again + cost.months
            spans = {
                "commit": _cut(first, until, end),
                "commit_stop": _cut(first, until, min(end, decide)),
                "pilot_scale": _cut(again, later, last),
            }
            items.add(amount * running, spans, once=False)
