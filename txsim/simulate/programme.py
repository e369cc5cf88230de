# SPDX-License-Identifier: MIT
"""Drivers and pilot as the kernel reads them: pushes, waves and cost items (docs/model.md, section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.pathways import Network
from txsim.scenario.models import Scenario
from txsim.simulate.plan import OPTIONS, PATHS, Wave
from txsim.simulate.quantities import Values

__all__ = ["Shapes", "lay_out_drivers", "share_of"]

Array = NDArray[np.float64]

#: A month beyond every horizon: what never ends.
_NEVER = 10_000


def share_of(amount: Any, whole: Any, empty: float = 0.0) -> Any:
    """Return a part's share of the whole; ``empty`` where the whole is nothing (a group of nobody)."""
    whole = np.asarray(whole, dtype=np.float64)
    return np.where(whole > 0, np.asarray(amount) / np.where(whole > 0, whole, 1.0), empty)


@dataclass(frozen=True)
class Shapes:
    """Which node each push acts on, and the waves that pushes and coordination follow; as in :class:`Plan`."""

    push_node: tuple[int, ...]
    push_shape: tuple[int, ...]
    coordination_shape: tuple[int, ...]
    waves: tuple[tuple[Wave, ...], ...]


def lay_out_drivers(
    scenario: Scenario, network: Network, value: Values, rows: dict[str, Any]
) -> tuple[Shapes, tuple[tuple[tuple[int, int], ...], ...], tuple[bool, ...], tuple[bool, ...]]:
    """Lay out pushes, coordination and costs; fills their rows."""
    pilot, decide = scenario.pilot, scenario.decision_month
    push_node: list[int] = []
    push_shape: list[int] = []
    coordination_shape: list[int] = []
    waves: list[tuple[Wave, ...]] = []
    items: list[tuple[dict[str, tuple[int, int]], bool, bool]] = []
    planned = [np.asarray(value(f"{driver.name}.one_off")) for driver in scenario.drivers]
    together = sum(planned) if planned else np.zeros(())

    def item(amount: Any, spans: dict[str, tuple[int, int]], *, once: bool, grows: bool) -> None:
        rows[f"item[{len(items)}]"] = amount
        items.append((spans, once, grows))

    for d, driver in enumerate(scenario.drivers):
        name, start = driver.name, driver.start
        second = None if decide is None else decide + start - scenario.start
        end = _NEVER if driver.months is None else start + driver.months
        last = _NEVER if driver.months is None or second is None else second + driver.months
        delivery, slip = value(f"{name}.delivery"), value(f"{name}.slip")
        fade = np.asarray(value(f"{name}.fade"), dtype=np.float64)
        with np.errstate(divide="ignore"):
            decay = np.where(fade > 0, 0.5 ** (1.0 / np.where(fade > 0, fade, 1.0)), 0.0)
        times = _waves(start, end, second, last, decide)

        def shape(ramp: Any, slip: Any = slip, decay: Any = decay, times: tuple[Wave, ...] = times) -> int:
            rows[f"ramp[{len(waves)}]"], rows[f"slip[{len(waves)}]"] = ramp, slip
            rows[f"decay[{len(waves)}]"] = decay
            waves.append(times)
            return len(waves) - 1

        for j, push in enumerate(driver.pushes):
            effect = value(f"{name}.pushes[{j}].effect")
            amount = effect * (1.0 if push.effect_basis == "delivered" else delivery)
            at = shape(value(f"{name}.pushes[{j}].months"))
            for node in network.members(f"{push.node}[{push.group}]" if push.group else push.node):
                rows[f"push[{len(push_node)}]"] = amount
                push_node.append(node)
                push_shape.append(at)
        if driver.coordination is not None:
            aim = value(f"{name}.coordination.to") - value("coordination")
            rows[f"coordination[{len(coordination_shape)}]"] = aim * delivery
            coordination_shape.append(shape(value(f"{name}.coordination.months")))
        over = value(f"{name}.cost_overrun")
        running = 1.0 + 0.3 * (over - 1.0)
        one_off, monthly = value(f"{name}.one_off"), value(f"{name}.monthly")
        reached = (value(f"staff.{group}.headcount") for group in scenario.groups_reached(driver))
        heads = value(f"{name}.heads", sum(reached, 0.0))
        per_head = value(f"{name}.per_head_monthly") * heads
        now = (start, start + 1)
        if decide is None or second is None or pilot is None:
            item(one_off * over, {"commit": now}, once=True, grows=False)
            item((monthly + per_head) * running, {"commit": (start, end)}, once=False, grows=True)
            continue
        item(one_off * over, {"commit": now, "commit_stop": now}, once=True, grows=False)
        spans = {"commit": (start, end), "commit_stop": (start, min(end, decide))}
        item((monthly + per_head) * running, spans, once=False, grows=True)
        # A pilot's own costs are shared between drivers by their one-off cost.
        part = share_of(planned[d], together, 1.0 / len(planned))
        trial, scope = part * value("pilot.one_off"), value("pilot.scope")
        item(trial * over, {"pilot_scale": now, "pilot_stop": now}, once=True, grows=False)
        spans = {"pilot_scale": (start, second), "pilot_stop": (start, decide)}
        item(part * value("pilot.monthly") * running, spans, once=False, grows=True)
        spans = {"pilot_scale": (start, end), "pilot_stop": (start, min(end, decide))}
        item(scope * per_head * running, spans, once=False, grows=True)
        left = np.maximum(0.0, one_off - value("pilot.reusable") * trial)
        item(left * over, {"pilot_scale": (second, second + 1)}, once=True, grows=False)
        item(monthly * running, {"pilot_scale": (second, last)}, once=False, grows=True)
        item((1.0 - scope) * per_head * running, {"pilot_scale": (second, last)}, once=False, grows=True)
    if pilot is not None:
        people = value("pilot.respondents")
        if pilot.control:
            people = people + value("pilot.control_respondents", people)
        asked = people * value("pilot.cost_per_response")
        for step in pilot.survey_steps if np.any(np.asarray(asked) > 0) else []:
            month = (scenario.start + step, scenario.start + step + 1)
            item(asked, {"pilot_scale": month, "pilot_stop": month}, once=True, grows=False)
    found = Shapes(tuple(push_node), tuple(push_shape), tuple(coordination_shape), tuple(waves))
    months = tuple(tuple(spans.get(path, (0, 0)) for path in PATHS) for spans, _, _ in items)
    return found, months, tuple(once for _, once, _ in items), tuple(grows for _, _, grows in items)


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
