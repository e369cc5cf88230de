# SPDX-License-Identifier: MIT
"""Drivers as the kernel reads them: pushes, waves and benefits (docs/model.md, sections 4, 11 and 13)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from txsim.pathways import Network
from txsim.scenario.actions import Driver
from txsim.scenario.models import Scenario
from txsim.simulate.costs import NEVER
from txsim.simulate.plan import OPTIONS, PATHS, Wave
from txsim.simulate.quantities import Values


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
