# SPDX-License-Identifier: MIT
"""What drives a decision and what is worth knowing before it, for one forecast (docs/model.md, section 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from txsim.decide.advice import advise
from txsim.decide.discovery import Region, discover
from txsim.decide.indices import sensitivity_indices
from txsim.decide.policies import policies
from txsim.decide.response import BreakEven, break_even, tornado, two_way
from txsim.decide.value import Estimate, evpi, evppi
from txsim.forecast import Forecast
from txsim.results.codec import plain
from txsim.results.recommendation import Recommendation
from txsim.simulate.points import BATCHES, prefix
from txsim.simulate.quantities import FIRM, STAFF_TIME

__all__ = ["GROUPS", "Driving", "Group", "Sensitivity", "analyse_sensitivity", "groups_of"]


#: Groups of parameters by what a study of them would be about.
GROUPS = {
    "experience": "how experience travels between staff, tools, channels and customers",
    "lags": "how long that takes",
    "money": "what a point of experience is worth in customers and staff",
    "effect": "what the drivers would do if executed as designed",
    "execution": "delivery, cost overrun and slip",
    "rivals": "what rivals do and gain",
    "firm": "the firm's own figures",
}
#: Draws that the regressions use at most.
MOST_DRAWS = 2**15
_LAGS = ("lag_tools", "lag_people", "margin_lag")
_MONEY = (
    "churn_cx",
    "referral_cx",
    "spend_cx",
    "serve_cx",
    "digital_leave",
    "cx_margin",
    "attrition_ex",
    "replacement_cost",
    "time_ux",
    "absence_ex",
)
#: What a driver's benefits and its wearing out are called within its name.
_DRIVER = ("benefits[", "tires.")
_RIVALS = ("rival_gain", "copy", "rivals.share", "rivals.months")


@dataclass(frozen=True)
class Driving:
    """What one parameter does to the payoff of committing, and to the decision.

    Attributes
    ----------
    name
        Parameter, or quantity of the scenario.
    evppi
        What knowing it alone would be worth.
    first_order, total
        Variance-based indices of the payoff.
    low, high
        Expected payoff with the parameter at its 5 % and at its 95 % quantile, all others free.
    at
        These quantiles.
    even
        Break-even value and probability of being on its good side.
    """

    name: str
    evppi: Estimate
    first_order: Estimate
    total: Estimate
    low: Estimate
    high: Estimate
    at: tuple[float, float]
    even: BreakEven

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "name": self.name,
            "evppi": self.evppi.as_dict(),
            "first_order": self.first_order.as_dict(),
            "total": self.total.as_dict(),
            "low": self.low.as_dict(),
            "high": self.high.as_dict(),
            "p05": self.at[0],
            "p95": self.at[1],
            "break_even": None if self.even.value is None else _finite(self.even.value),
            "good_above": self.even.above,
            "p_good": _finite(self.even.p_good),
        }


def _finite(estimate: Estimate) -> dict[str, float | None]:
    """Return plain data; a standard error that cannot be told is null."""
    return {"value": estimate.value, "mcse": estimate.mcse if np.isfinite(estimate.mcse) else None}


@dataclass(frozen=True)
class Group:
    """What knowing a group of parameters together would be worth."""

    name: str
    members: tuple[str, ...]
    evppi: Estimate


@dataclass(frozen=True)
class Sensitivity:
    """What `txsim sensitivity` finds.

    Attributes
    ----------
    evpi
        What it would be worth to know everything before choosing between committing and doing nothing.
    parameters
        By falling EVPPI, then total index.
    groups
        Groups of parameters, by falling EVPPI.
    explained
        Share of the payoff's variance that the indices account for.
    map
        Break-even map over the two parameters with the largest total index: names, grids and expected payoff.
    regions
        Where the pilot (or committing, without one) loses money, if that was asked for.
    """

    forecast: Forecast
    evpi: Estimate
    parameters: tuple[Driving, ...]
    groups: tuple[Group, ...]
    explained: float
    map: dict[str, Any] | None
    regions: tuple[Region, ...] | None
    recommendation: Recommendation

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, keys in docs/schema.md."""
        return {
            "scenario": self.forecast.scenario.title or self.forecast.scenario.source,
            "hash": self.forecast.hash,
            "currency": self.forecast.scenario.organisation.currency,
            "seed": self.forecast.seed,
            "draws": min(self.forecast.draws, MOST_DRAWS),
            "options": ["do_nothing", "commit"],
            "after_tax": self.forecast.scenario.decision.after_tax,
            "evpi": self.evpi.as_dict(),
            "parameters": [each.as_dict() for each in self.parameters],
            "groups": [
                {"name": g.name, "meaning": GROUPS[g.name], "members": list(g.members), "evppi": g.evppi.as_dict()}
                for g in self.groups
            ],
            "explained": self.explained,
            "map": self.map,
            "regions": None if self.regions is None else [region.as_dict() for region in self.regions],
            "recommendation": plain(self.recommendation),
        }


def groups_of(names: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return which parameters belong to which group of :data:`GROUPS`."""
    found: dict[str, list[str]] = {name: [] for name in GROUPS}
    for name in names:
        last = name.rpartition(".")[2]
        if name in _LAGS or name.startswith("lag_"):
            found["lags"].append(name)
        elif name in _MONEY:
            found["money"].append(name)
        elif name in _RIVALS:
            found["rivals"].append(name)
        elif last == "effect" or name.endswith("coordination.to") or any(part in name for part in _DRIVER):
            found["effect"].append(name)
        elif last in ("delivery", "cost_overrun", "slip"):
            found["execution"].append(name)
        elif "." in name or name in FIRM or name in STAFF_TIME:
            found["firm"].append(name)
        else:
            found["experience"].append(name)
    return {name: tuple(members) for name, members in found.items() if members}


def analyse_sensitivity(forecast: Forecast, *, scenario_discovery: bool = False) -> Sensitivity:
    """Find out what drives a forecast's payoff and what is worth knowing.

    Parameters
    ----------
    forecast
        Of one scenario.
    scenario_discovery
        Whether to describe by rules where the pilot loses money.

    Returns
    -------
    Sensitivity
    """
    kept = prefix(forecast.draws, MOST_DRAWS)
    payoff = forecast.worth("commit")[kept]
    choice = np.column_stack([np.zeros_like(payoff), payoff])
    # A pilot's own uncertainties do not touch what committing pays.
    uncertain = {
        name: values[kept] for name, values in forecast.drawn.uncertain.items() if not name.startswith("pilot.")
    }
    names = list(uncertain)
    whole = evpi(choice, batches=BATCHES)
    found: list[Driving] = []
    explained = 1.0
    if names:
        table = np.column_stack([uncertain[name] for name in names])
        indices = sensitivity_indices(payoff, table, batches=BATCHES)
        explained = indices.explained
        for i, name in enumerate(names):
            values = table[:, i]
            low, high = tornado(payoff, values, batches=BATCHES)
            found.append(
                Driving(
                    name,
                    evppi(choice, values, batches=BATCHES),
                    indices.first_order[i],
                    indices.total[i],
                    low,
                    high,
                    (float(np.quantile(values, 0.05)), float(np.quantile(values, 0.95))),
                    break_even(payoff, values, batches=BATCHES),
                )
            )
    found.sort(key=lambda each: (-each.evppi.value, -each.total.value, each.name))
    groups = [
        Group(name, members, evppi(choice, np.column_stack([uncertain[m] for m in members]), batches=BATCHES))
        for name, members in groups_of(uncertain).items()
    ]
    groups.sort(key=lambda each: -each.evppi.value)
    shown = sorted(found, key=lambda each: -each.total.value)[:2]
    table_map = None
    if len(shown) == 2:
        one, other = (uncertain[each.name] for each in shown)
        x, y, z = two_way(forecast.npv("commit")[kept], one, other)
        table_map = {"x": shown[0].name, "y": shown[1].name, "at_x": x.tolist(), "at_y": y.tolist(), "npv": z.tolist()}
        if forecast.scenario.decision.after_tax:
            table_map["npv_after_tax"] = two_way(payoff, one, other)[2].tolist()
    chosen = policies(forecast)
    regions = None
    if scenario_discovery:
        lost = payoff
        if chosen is not None:
            actions = np.column_stack([forecast.worth("pilot_stop"), forecast.worth("pilot_scale")])
            lost = chosen.pilot.outcome(actions)[kept]
        # Where it loses money, found over everything uncertain.
        regions = discover(lost < 0, uncertain)
    return Sensitivity(
        forecast, whole, tuple(found), tuple(groups), explained, table_map, regions, advise(forecast, chosen)
    )
