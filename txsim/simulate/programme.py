# SPDX-License-Identifier: MIT
"""Drivers as the kernel reads them: pushes, waves, benefits and costs (docs/model.md, sections 4, 11, 13 and 16)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from txsim.pathways import Network
from txsim.priors.moments import median
from txsim.scenario.actions import Driver
from txsim.scenario.models import Scenario
from txsim.scenario.respondents import can_answer
from txsim.simulate.plan import OPTIONS, PATHS, Wave
from txsim.simulate.quantities import Values
from txsim.types import Array


@dataclass(frozen=True)
class Shapes:
    """Which node each push acts on, and what pushes, coordination and benefits follow; as in :class:`Plan`."""

    push_node: tuple[int, ...]
    push_shape: tuple[int, ...]
    coordination_shape: tuple[int, ...]
    waves: tuple[tuple[Wave, ...], ...]
    tiring: tuple[int, ...]
    benefit_shape: tuple[int, ...]


def lay_out_drivers(scenario: Scenario, network: Network, value: Values, rows: dict[str, Any]) -> Shapes:
    """Lay out pushes, coordination and benefits; fills their rows."""
    decide = scenario.decision_month
    push_node: list[int] = []
    push_shape: list[int] = []
    coordination_shape: list[int] = []
    benefit_shape: list[int] = []
    tiring: list[int] = []
    waves: list[tuple[Wave, ...]] = []

    def shape(ramp: Any, slip: Any, decay: Any, times: tuple[Wave, ...]) -> int:
        rows[f"ramp[{len(waves)}]"], rows[f"slip[{len(waves)}]"] = ramp, slip
        rows[f"decay[{len(waves)}]"] = decay
        waves.append(times)
        return len(waves) - 1

    for driver in scenario.drivers:
        name, start = driver.name, driver.start
        second = None if decide is None else decide + start - scenario.start
        end = NEVER if driver.months is None else start + driver.months
        last = NEVER if driver.months is None or second is None else second + driver.months
        delivery, slip = value(f"{name}.delivery"), value(f"{name}.slip")
        fade = np.asarray(value(f"{name}.fade"), dtype=np.float64)
        with np.errstate(divide="ignore"):
            decay = np.where(fade > 0, 0.5 ** (1.0 / np.where(fade > 0, fade, 1.0)), 0.0)
        times = _waves(start, end, second, last, decide)
        for j, push in enumerate(driver.pushes):
            effect = value(f"{name}.pushes[{j}].effect")
            amount = effect * (1.0 if push.effect_basis == "delivered" else delivery)
            months = value(f"{name}.pushes[{j}].months")
            at = shape(months, slip, decay, times)
            if push.tires is not None:
                _tires(f"{name}.pushes[{j}].tires", months, len(tiring), value, rows)
                tiring.append(at)
            for node in network.members(f"{push.node}[{push.group}]" if push.group else push.node):
                rows[f"push[{len(push_node)}]"] = amount
                push_node.append(node)
                push_shape.append(at)
        if driver.coordination is not None:
            aim = value(f"{name}.coordination.to") - value("coordination")
            rows[f"coordination[{len(coordination_shape)}]"] = aim * delivery
            coordination_shape.append(shape(value(f"{name}.coordination.months"), slip, decay, times))
    # Benefits come after everything that acts on experience, so that they move no place there.
    for driver in scenario.drivers:
        second = None if decide is None else decide + driver.start - scenario.start
        for j, benefit in enumerate(driver.benefits):
            prefix = f"{driver.name}.benefits[{j}]"
            ramp = value(f"{prefix}.months", _longest_ramp(driver, value))
            times = _benefit_waves(scenario, driver, benefit.in_pilot, second)
            # A benefit ends with its wave: nothing is saved by what is gone.
            benefit_shape.append(shape(ramp, value(f"{driver.name}.slip"), 0.0, times))
            if benefit.time_saved is None:
                amount = value(f"{prefix}.monthly")
            else:
                group = f"staff.{benefit.group}"
                payroll = value(f"{group}.headcount") * value(f"{group}.salary_per_year") / 12.0
                amount = value(f"{prefix}.time_saved") * payroll
            if benefit.benefit_basis == "designed":
                amount = amount * value(f"{driver.name}.delivery")
            realised = 1.0 if benefit.is_cash else value(f"{prefix}.realised")
            i = len(benefit_shape) - 1
            rows[f"benefit[{i}]"], rows[f"freed[{i}]"] = amount * realised, amount * (1.0 - realised)
    return Shapes(
        tuple(push_node),
        tuple(push_shape),
        tuple(coordination_shape),
        tuple(waves),
        tuple(tiring),
        tuple(benefit_shape),
    )


def _tires(name: str, months: Any, i: int, value: Values, rows: dict[str, Any]) -> None:
    """Fill the rows of how a push tires: from when on, how fast, what lasts."""
    half_life = np.asarray(value(f"{name}.half_life"), dtype=np.float64)
    rows[f"tires_after[{i}]"] = np.maximum(months, 1.0)
    # A draw may be as close to 0 as there are numbers, and its rate beyond them.
    rows[f"tires_rate[{i}]"] = np.where(half_life > 0, math.log(2.0) / np.maximum(half_life, 1e-15), 0.0)
    rows[f"tires_slowly[{i}]"] = np.where(half_life > 0, 1.0, 0.0)
    rows[f"tires_lasts[{i}]"] = value(f"{name}.lasts")


def _longest_ramp(driver: Driver, value: Values) -> Any:
    """Return the longest ramp of a driver's pushes and coordination in each draw, that of benefits which state none.

    1 month if it has neither; :func:`~txsim.simulate.quantities.longest_ramp` is the plan of which a slip is a part.
    """
    ramps = [value(f"{driver.name}.pushes[{j}].months") for j in range(len(driver.pushes))]
    if driver.coordination is not None:
        ramps.append(value(f"{driver.name}.coordination.months"))
    longest: Any = ramps[0] if ramps else 1.0
    for ramp in ramps[1:]:
        longest = np.maximum(longest, ramp)
    return longest


def _benefit_waves(scenario: Scenario, driver: Driver, in_pilot: bool, second: int | None) -> tuple[Wave, ...]:
    start, decide = driver.start, scenario.decision_month
    end = NEVER if driver.months is None else start + driver.months
    last = NEVER if driver.months is None or second is None else second + driver.months
    times = _waves(start, end, second, last, decide)
    if in_pilot or second is None:
        return times
    whole = {"pilot_scale": Wave(1, second, last), "pilot_stop": Wave()}
    return tuple(whole.get(path, wave) for path, wave in zip(PATHS, times, strict=True))


def _waves(start: int, end: int, second: int | None, last: int, decide: int | None) -> tuple[Wave, ...]:
    """Return the waves of one driver under each path (docs/model.md, section 4)."""
    if second is None or decide is None:
        return tuple(Wave(1, start, end) if path == "commit" else Wave() for path in PATHS)
    by_path = dict(
        zip(
            OPTIONS,
            (
                Wave(1, start, end),
                Wave(1, start, min(end, decide)),
                Wave(2, start, end, 1, second, last),
                Wave(2, start, min(end, decide)),
            ),
            strict=True,
        )
    )
    return tuple(by_path.get(path, Wave()) for path in PATHS)


# --- Costs of drivers and of a pilot as items of the kernel, month by month (docs/model.md, sections 4 and 16)


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
