# SPDX-License-Identifier: MIT
"""What a pilot measured, as the model has it: which node, on which scale, and what the forecast expected of it."""

from __future__ import annotations

import numpy as np

from txsim.errors import InputError
from txsim.forecast import Forecast
from txsim.scenario import Scenario
from txsim.types import Array
from txsim.units import SCALES, Scale

__all__ = ["measurable", "node_of", "pushed", "scale_of", "slopes"]


def measurable(prior: Forecast) -> set[str]:
    """Return the names that a measure can have: nodes, and kinds of nodes over all staff groups."""
    kinds = {name.partition("[")[0] for name in prior.outcome.nodes}
    return kinds | set(prior.outcome.nodes)


def node_of(scenario: Scenario, prior: Forecast, measure: str, node: str | None) -> str:
    """Return the node that was measured: as told, as the measure is called, or what the first driver pushes.

    Raises
    ------
    InputError
        If no such node is there.
    """
    nodes = measurable(prior)
    if node is not None:
        if node not in nodes:
            from txsim.errors import did_you_mean

            message = f"there is no node `{node}`{did_you_mean(node, nodes)}"
            raise InputError(message)
        return node
    pilot = scenario.pilot
    stated = [each.node for each in pilot.measures] if pilot is not None else []
    for wanted in (*stated, *(push.target for driver in scenario.drivers for push in driver.pushes)):
        if wanted in nodes and measure in (wanted, wanted.partition("[")[0]):
            return wanted  # `ex` of a pilot among the front line is that of the front line
    if measure in nodes:
        return measure
    push = scenario.drivers[0].pushes[0] if scenario.drivers[0].pushes else None
    if push is None:
        return "cx"
    return f"{push.node}[{push.group}]" if push.group and f"{push.node}[{push.group}]" in nodes else str(push.node)


def scale_of(
    scenario: Scenario, node: str, scale: str | None, before: Array, warnings: list[str]
) -> tuple[Scale | None, float]:
    """Return the measure's scale and index points per unit."""
    if scale is not None:
        if scale not in SCALES:
            from txsim.errors import did_you_mean

            message = f"unknown scale `{scale}`{did_you_mean(scale, SCALES)}; known: {', '.join(SCALES)}"
            raise InputError(message)
        return SCALES[scale], SCALES[scale].points_per_unit
    seen = before[np.isfinite(before)]
    if seen.size and seen.min() >= 0 and seen.max() <= 1:
        warnings.append("the measure lies between 0 and 1: taken for a share, 0.01 of it for one point")
        return None, 100.0
    baseline = scenario.baseline(node)
    if baseline is None:
        return SCALES["index"], 1.0
    return baseline.scale, baseline.scale.points_per_unit


def pushed(prior: Forecast) -> Array:
    """Return the first driver's push at full strength, delivery included, index points ``(draw,)``."""
    rows = list(prior.scene.plan.rows())
    place = next((i for i, name in enumerate(rows) if name.startswith("push[")), None)
    return np.zeros(prior.draws) if place is None else np.asarray(prior.scene.matrix[place], dtype=np.float64)


def slopes(prior: Forecast) -> dict[str, Array]:
    """Return the slopes of the links that the scenario uses, draw by draw, as the kernel read them."""
    rows = list(prior.scene.plan.rows())
    network = prior.scenario.network()
    by_link: dict[str, Array] = {}
    for i, link in enumerate(network.links):
        name = f"beta[{i}]"
        if name not in rows:
            continue
        source = "coordination" if link.source < 0 else network.nodes[link.source]
        values = np.asarray(prior.scene.matrix[rows.index(name)], dtype=np.float64)
        if np.ptp(values) > 0:
            by_link[f"{source} -> {network.nodes[link.target]}"] = values
    return by_link
