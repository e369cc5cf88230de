# SPDX-License-Identifier: MIT
"""What is drawn with a scenario: its own uncertain quantities, and what ties them (docs/model.md, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from txsim.priors.catalogue import delivery_prior, overrun_prior, reading_priors, slip_prior
from txsim.priors.distributions import Distribution, point, rescale
from txsim.priors.moments import median
from txsim.scenario.actions import Driver
from txsim.scenario.models import Scenario
from txsim.types import Array

#: Order and correlation of what execution does to a driver (docs/model.md, section 4).
COPULA = (("cost_overrun", "delivery", "slip"), np.array([[1.0, -0.3, 0.3], [-0.3, 1.0, 0.0], [0.3, 0.0, 1.0]]))

#: Quantities of the organisation itself, in the order in which they are drawn.
FIRM = (
    "coordination",
    "customers",
    "churn_per_month",
    "joins_per_month",
    "arpu_per_month",
    "revenue_per_month",
    "contribution_margin",
    "digital_bad",
    "contacts_per_month",
    "cost_per_contact",
    "productivity_ex",
    "arpu_growth",
    "cost_growth",
)


#: What sections 13 and 14 of docs/model.md add to :data:`FIRM`.
STAFF_TIME = ("time_realised", "absence_cover")
#: Quantities of a segment of customers, the most important first.
SEGMENT = (
    "responds",
    "customers",
    "churn_per_month",
    "arpu_per_month",
    "joins_per_month",
    "contribution_margin",
    "digital_bad",
    "contacts_per_month",
    "cost_per_contact",
    "arpu_growth",
)


def own_quantities(scenario: Scenario) -> dict[str, Distribution]:
    """Return every quantity that only the scenario has, by name, the most important first, the latest added last."""
    return _first_quantities(scenario) | late_quantities(scenario)


def late_quantities(scenario: Scenario) -> dict[str, Distribution]:
    """Return what sections 11 to 16 of docs/model.md add, by name; drawn after all else, so that nothing moves."""
    quantities: dict[str, Distribution | None] = {}
    for driver in scenario.drivers:
        for j, benefit in enumerate(driver.benefits):
            for key in ("monthly", "time_saved", "realised", "months"):
                quantities[f"{driver.name}.benefits[{j}].{key}"] = getattr(benefit, key)
        for j, push in enumerate(driver.pushes):
            if push.tires is not None:
                quantities[f"{driver.name}.pushes[{j}].tires.half_life"] = push.tires.half_life
                quantities[f"{driver.name}.pushes[{j}].tires.lasts"] = push.tires.lasts
        for j, cost in enumerate(driver.costs):
            quantities[f"{driver.name}.costs[{j}].amount"] = cost.amount
    for j, cost in enumerate(() if scenario.pilot is None else scenario.pilot.costs):
        quantities[f"pilot.costs[{j}].amount"] = cost.amount
    firm = scenario.organisation
    quantities |= {key: getattr(firm, key) for key in STAFF_TIME}
    quantities |= {f"staff.{name}.absence_rate": group.absence_rate for name, group in firm.staff.items()}
    for name, segment in firm.segments.items():
        quantities |= {f"segments.{name}.{key}": getattr(segment, key) for key in SEGMENT}
    return {name: value for name, value in quantities.items() if value is not None}


def _first_quantities(scenario: Scenario) -> dict[str, Distribution]:
    quantities: dict[str, Distribution] = {}
    for driver in scenario.drivers:
        name = driver.name
        for j, push in enumerate(driver.pushes):
            quantities[f"{name}.pushes[{j}].effect"] = rescale(push.effect, push.scale.points_per_unit)
        quantities[f"{name}.delivery"] = driver.delivery or delivery_prior(driver.owner)
        quantities[f"{name}.cost_overrun"] = driver.cost_overrun or overrun_prior(driver.kind)
        quantities[f"{name}.slip"] = driver.slip or slip_prior(longest_ramp(driver))
    for driver in scenario.drivers:
        name = driver.name
        for j, push in enumerate(driver.pushes):
            quantities[f"{name}.pushes[{j}].months"] = push.months
        for key in ("one_off", "monthly", "per_head_monthly", "heads", "fade"):
            value = getattr(driver, key)
            if value is not None:
                quantities[f"{name}.{key}"] = value
        if driver.coordination is not None:
            quantities[f"{name}.coordination.to"] = driver.coordination.to
            quantities[f"{name}.coordination.months"] = driver.coordination.months
    pilot, rivals, firm = scenario.pilot, scenario.rivals, scenario.organisation
    if rivals is not None:
        quantities |= {"rivals.share": rivals.share, "rivals.months": rivals.months}
    if pilot is not None:
        for key in (
            "scope",
            "one_off",
            "monthly",
            "reusable",
            "respondents",
            "cost_per_response",
            "response",
            "wave_correlation",
            "chosen_below",
        ):
            quantities[f"pilot.{key}"] = getattr(pilot, key)
        if pilot.control_respondents is not None:
            quantities["pilot.control_respondents"] = pilot.control_respondents
    for name in scenario.network().nodes:
        baseline = scenario.baseline(name)
        quantities[f"index.{name}"] = baseline.index if baseline is not None else point(50.0)
    for key in FIRM:
        value = getattr(firm, key)
        if value is not None:
            quantities[key] = value
    for group, staff in firm.staff.items():
        for key in ("headcount", "turnover_per_year", "salary_per_year", "reach"):
            value = getattr(staff, key)
            if value is not None:
                quantities[f"staff.{group}.{key}"] = value
    return quantities


def longest_ramp(driver: Driver) -> float:
    """Return the longest planned ramp of a driver in months, coordination included: what its default slip is of.

    A driver that neither pushes nor coordinates has the longest ramp of its benefits, 1 where they state none.
    """
    ramps = [median(push.months) for push in driver.pushes]
    ramps += [median(driver.coordination.months)] if driver.coordination else []
    if not ramps:
        ramps = [median(benefit.months) for benefit in driver.benefits if benefit.months is not None]
    return max(ramps, default=1.0)


def reading_quantities(scenario: Scenario) -> dict[str, Distribution]:
    """Return what a pilot's reading suffers from, by name; no path depends on it, and there is none without a pilot."""
    if scenario.pilot is None:
        return {}
    return {f"pilot.{name}": scenario.priors.get(name, prior) for name, prior in reading_priors().items()}


def copulas(scenario: Scenario) -> list[tuple[tuple[str, ...], Array]]:
    """Return what ties a driver's delivery, overrun and slip."""
    names, matrix = COPULA
    return [(tuple(f"{driver.name}.{name}" for name in names), matrix) for driver in scenario.drivers]


class Values:
    """Values of quantities and parameters, numbers as numbers, draws as arrays."""

    def __init__(
        self, quantities: Mapping[str, Distribution], drawn: Mapping[str, Array], par: Mapping[str, Any]
    ) -> None:
        self._quantities, self._drawn, self._par = quantities, drawn, par

    def __call__(self, name: str, default: Any = 0.0) -> Any:
        """Return a quantity of the scenario, ``(draw,)`` or a number; ``default`` where it says nothing."""
        if name in self._drawn:
            return self._drawn[name]
        if name in self._quantities:
            return self._quantities[name].args[0]
        return default

    def par(self, name: str) -> Any:
        """Return a parameter of the calibration, ``(draw,)``."""
        return self._par[name]
