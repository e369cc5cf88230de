# SPDX-License-Identifier: MIT
"""What a path is worth: before and after tax, with or without what lies beyond the horizon (docs/model.md)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from txsim.scenario import Scenario
from txsim.simulate.engine import Outcome
from txsim.simulate.layout import Scene

Array = NDArray[np.float64]


def npv_of(scenario: Scenario, outcome: Outcome, path: str, *, after_tax: bool = False) -> Array:
    """Return NPV ``(draw,)`` of a path, with the value after the horizon where the scenario says `terminal: runoff`.

    Before tax, unless ``after_tax``.
    """
    value = outcome.field(path, "npv_after_tax" if after_tax else "npv")
    if not scenario.counts_runoff:
        return value
    return with_runoff(value, outcome.field(path, "runoff"), tax_rate(scenario) if after_tax else 0.0)


def with_runoff(npv: Array, runoff: Array, rate: float = 0.0) -> Array:
    """Return NPV with what customers kept are worth after the horizon, less a tax at that rate."""
    return np.asarray(npv + (1.0 - rate) * runoff)


def worth_of(scenario: Scenario, outcome: Outcome, path: str) -> Array:
    """Return NPV ``(draw,)`` of a path as the decision reads it: after tax where it says so."""
    return npv_of(scenario, outcome, path, after_tax=scenario.decision.after_tax)


def tax_rate(scenario: Scenario) -> float:
    """Return the share of profit that is taken, 0 without `finance`."""
    return 0.0 if scenario.finance is None else float(scenario.finance.tax_rate)


def has_margin(scenario: Scenario) -> bool:
    """Return whether all revenue has a stated contribution margin."""
    firm = scenario.organisation
    stated = [segment.contribution_margin is not None for segment in firm.segments.values()]
    return firm.contribution_margin is not None or (bool(stated) and all(stated))


def revenue_margin(scene: Scene) -> Array:
    """Return the present value ``(draw,)`` of what revenue contributes on the margin bridge, all segments together."""
    plan, matrix = scene.plan, scene.matrix
    place = {name: i for i, name in enumerate(plan.rows())}
    weights = np.asarray(plan.discount_rest) * np.asarray(plan.season)[np.arange(plan.months) % 12]
    total = np.zeros(matrix.shape[1])
    for head in [f"segment[{i}]." for i in range(len(plan.segments))] or [""]:
        growth, factor = matrix[place[f"{head}arpu_growth"]], np.zeros(matrix.shape[1])
        price = np.ones(matrix.shape[1])
        for weight in weights:
            factor += weight * price
            price *= growth
        revenue = matrix[place["revenue_start"]]
        if head:
            revenue = matrix[place[f"{head}customers_start"]] * matrix[place[f"{head}arpu"]]
        total += matrix[place[f"{head}contribution_margin"]] * revenue * factor
    return total
