# SPDX-License-Identifier: MIT
"""Which paths carry a payoff, and the rows of the kernel's matrix that switch each of them off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from txsim.forecast import Forecast

#: Which path an edge of the graph belongs to.
EDGES = {
    "ex -> cx": "ex_to_cx",
    "ux_employee -> ex": "tools_to_ex",
    "ux_employee -> cx": "tools_to_cx",
    "ux_customer -> cx": "digital_to_cx",
    "mx -> cx": "journeys_to_cx",
    "cx -> ex": "feedback",
    "ex -> ex": "internal_service",
    "ex[internal] -> ex[customer_facing]": "internal_service",
    "coordination -> mx": "coordination",
}


@dataclass(frozen=True)
class Switches:
    """Rows of the matrix that each path switches off, and to what."""

    experience: dict[str, list[tuple[int, float]]]
    customers: dict[str, list[tuple[int, float]]]
    staff: dict[str, list[tuple[int, float]]]


def paths_of(forecast: Forecast) -> Switches:
    """Return the paths that are there in a forecast, with the rows that switch them off."""
    scene, scenario = forecast.scene, forecast.scenario
    plan, network = scene.plan, scenario.network()
    place = {name: i for i, name in enumerate(plan.rows())}
    moving = _moved(forecast)

    def alive(rows: Sequence[int]) -> bool:
        return bool(np.any(scene.matrix[list(rows)] != 0))

    experience: dict[str, list[tuple[int, float]]] = {}
    for i, link in enumerate(network.links):
        row = place[f"beta[{i}]"]
        if not alive([row]) or (link.source >= 0 and link.source not in moving):
            continue
        if link.source < 0 and not plan.coordination_shape:
            continue
        experience.setdefault(EDGES.get(link.edge, link.edge), []).append((row, 0.0))
    if plan.coordination_shape:
        rows = [place[f"coordination[{i}]"] for i in range(len(plan.coordination_shape))]
        experience["coordination"] = [(row, 0.0) for row in rows]  # its pull on edges across silos included
    customers: dict[str, list[tuple[int, float]]] = {}
    if plan.pays == "margin":
        customers["margin"] = [(place["cx_margin"], 0.0)]
    else:
        for path, name in (("retention", "churn_cx"), ("referral", "referral_cx"), ("spend", "spend_cx")):
            customers[path] = [(place[name], 0.0)]
        heads = [f"segment[{i}]." for i in range(len(plan.segments))] or [""]
        if alive([place[f"{head}serve"] for head in heads]):
            customers["cost_to_serve"] = [(place["serve_cx"], 0.0)]
        often = max((plan.interactions, *plan.segment_interactions))
        if often > 1 and plan.ux_customer in moving and alive([place[f"{head}digital_gain"] for head in heads]):
            gains = [(place[f"{head}digital_gain"], 0.0) for head in heads]
            customers["digital_leavers"] = gains + [(place[f"{head}digital_rest"], 1.0) for head in heads]
    if plan.cx not in moving:
        customers = {name: rows for name, rows in customers.items() if name == "digital_leavers"}
    staff: dict[str, list[tuple[int, float]]] = {}
    if any(group in moving for group in plan.groups):
        groups = range(len(plan.groups))
        for path, name, of in (("staff_turnover", "attrition", "leave"), ("productivity", "work", "work")):
            if alive([place[f"{of}[{i}]"] for i in groups]):
                staff[path] = [(place[f"{name}[{i}]"], 0.0) for i in groups]
        if plan.absence:
            staff["absence"] = [(place[f"absent[{i}]"], 0.0) for i in groups]
    if any(tools in moving for tools in plan.tools):
        staff["time"] = [(place[f"time[{i}]"], 0.0) for i in range(len(plan.tools))]
    return Switches(experience, customers, staff)


def _moved(forecast: Forecast) -> set[int]:
    """Return the nodes that move at all under committing."""
    outcome = forecast.outcome
    return {i for i, node in enumerate(outcome.nodes) if np.any(outcome.field("commit", node) != 0)}
