# SPDX-License-Identifier: MIT
"""Which paths carry the payoff: switched off one at a time, and by Shapley values over all of them.

A path is an edge of the causal graph (or several that belong together) or a channel through which experience turns
into money. Each is switched off in the kernel's own rows, on the same draws, so that nothing else changes. Shapley
values need every combination; two facts keep that affordable: money that staff bring (turnover, productivity) adds to
the rest, and cost does not depend on any path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from txsim.decide.advice import advise
from txsim.decide.shares import coalitions, shapley
from txsim.decide.switches import EDGES, paths_of
from txsim.errors import InputError
from txsim.forecast import Forecast
from txsim.results.codec import plain
from txsim.results.recommendation import Recommendation
from txsim.simulate.engine import run
from txsim.simulate.layout import Scene
from txsim.simulate.points import prefix

__all__ = ["PATH_NAMES", "Explanation", "PathShare", "explain"]


#: What each path is called in reports.
PATH_NAMES = {
    "ex_to_cx": "EX → CX",
    "tools_to_ex": "tools → EX",
    "tools_to_cx": "tools → CX directly",
    "digital_to_cx": "digital channels → CX",
    "journeys_to_cx": "seamless journeys → CX",
    "coordination": "coordination",
    "feedback": "feedback, CX → EX",
    "internal_service": "internal service, back office → front line",
    "retention": "retention",
    "referral": "referral",
    "spend": "spend",
    "cost_to_serve": "cost to serve",
    "digital_leavers": "digital leavers",
    "margin": "CX → margin",
    "staff_turnover": "staff turnover",
    "productivity": "productivity",
    "time": "time",
    "absence": "absence",
    "direct": "direct push on CX",
    "direct_benefits": "direct benefits",
    "programme_cost": "programme cost",
}
#: Draws on which every combination is simulated at most.
MOST_DRAWS = 2**13
#: Most paths of experience and of customers' money whose combinations are all simulated.
_MOST = 8


@dataclass(frozen=True)
class PathShare:
    """What one path carries.

    Attributes
    ----------
    path
        A key of :data:`PATH_NAMES`, or the name of an edge that the scenario adds.
    shapley_npv, shapley_delta
        Its share of the payoff (currency) and of the change in customer experience at the horizon (index points).
    switched_off_npv
        The payoff that is left when this path alone is switched off.
    """

    path: str
    shapley_npv: float
    shapley_delta: float
    switched_off_npv: float


@dataclass(frozen=True)
class Explanation:
    """What `txsim explain` finds.

    Attributes
    ----------
    npv, delta
        Expected payoff of the option, and change of customer experience in the last month, index points.
    paths
        By falling size of their share of the payoff; shares sum to the totals.
    edges
        Expected share of the payoff that each edge of the graph carries, for the picture.
    npv_after_tax
        ``npv`` less tax, which no path carries: the difference is the line *tax*.
    capacity_freed
        Expected present value of what is freed and is not cash; in no path.
    segments
        Expected part of the payoff, before tax and programme cost, that each segment of customers carries; ``None``
        without.
    """

    forecast: Forecast
    option: str
    npv: float
    delta: float
    paths: tuple[PathShare, ...]
    edges: Mapping[str, float]
    recommendation: Recommendation
    npv_after_tax: float
    capacity_freed: float
    segments: Mapping[str, float] | None

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, keys in docs/schema.md."""
        return {
            "scenario": self.forecast.scenario.title or self.forecast.scenario.source,
            "hash": self.forecast.hash,
            "currency": self.forecast.scenario.organisation.currency,
            "seed": self.forecast.seed,
            "draws": min(self.forecast.draws, MOST_DRAWS),
            "option": self.option,
            "total": {
                "npv": self.npv,
                "delta": self.delta,
                "tax": self.npv_after_tax - self.npv,
                "npv_after_tax": self.npv_after_tax,
                "capacity_freed": self.capacity_freed,
            },
            "payoff_by_segment": None if self.segments is None else dict(self.segments),
            "edges": dict(self.edges),
            "paths": [
                {
                    "path": each.path,
                    "meaning": PATH_NAMES.get(each.path, each.path),
                    "shapley_npv": each.shapley_npv,
                    "shapley_delta": each.shapley_delta,
                    "switched_off_npv": each.switched_off_npv,
                }
                for each in self.paths
            ],
            "recommendation": plain(self.recommendation),
        }


class _Simulator:
    def __init__(self, forecast: Forecast, option: str, workers: int) -> None:
        self.scene: Scene = forecast.scene
        self.matrix = np.ascontiguousarray(forecast.scene.matrix[:, prefix(forecast.draws, MOST_DRAWS)])
        self.option, self.workers = option, workers
        self.runoff = forecast.scenario.terminal == "runoff" and forecast.scenario.bridge == "customers"

    def __call__(self, off: Sequence[list[tuple[int, float]]]) -> tuple[float, float]:
        """Return expected payoff and change of customer experience with some paths off."""
        matrix = self.matrix
        if off:
            matrix = matrix.copy()
            for rows in off:
                for row, value in rows:
                    matrix[row] = value
        outcome = run(self.scene.plan, matrix, paths=(self.option,), workers=self.workers)
        npv = float(outcome.field(self.option, "npv").mean())
        if self.runoff:
            npv += float(outcome.field(self.option, "runoff").mean())
        return npv, float(outcome.field(self.option, "cx").mean())


def explain(forecast: Forecast, *, option: str = "commit", workers: int = 1) -> Explanation:
    """Decompose the payoff of an option, and the change of customer experience, by path.

    Parameters
    ----------
    forecast
        Of one scenario.
    option
        Which option.
    workers
        Threads of the kernel.

    Returns
    -------
    Explanation

    Raises
    ------
    InputError
        If the scenario has no such option, or its graph has more paths than can be combined.
    """
    if option not in forecast.options:
        message = f"the scenario has no option `{option}`; there are {', '.join(forecast.options)}"
        raise InputError(message)
    switches = paths_of(forecast)
    simulate = _Simulator(forecast, option, workers)
    inner, outer = list(switches.experience), list(switches.customers)
    if len(inner) > _MOST:
        message = (
            f"{len(inner)} paths of experience are at work; combinations of at most {_MOST} can be simulated: "
            "switch edges off that do not matter, by `edges: {a -> b: off}`"
        )
        raise InputError(message)
    kept = prefix(forecast.draws, MOST_DRAWS)
    cost = -float(forecast.outcome.field(option, "pv_cost")[kept].mean())
    staff = list(switches.staff)
    everything = [*inner, *outer, *staff]
    worth = np.zeros(1 << len(everything))
    delta = np.zeros(1 << len(inner))
    base = np.zeros((1 << len(inner), 1 + len(staff)))
    by_customers = np.zeros((1 << len(inner), 1 << len(outer)))
    no_staff = [switches.staff[name] for name in staff]
    for m, row in enumerate(coalitions(len(inner))):
        off = [switches.experience[name] for name, on in zip(inner, row, strict=True) if not on]
        for k, money in enumerate(coalitions(len(outer))):
            gone = [switches.customers[name] for name, on in zip(outer, money, strict=True) if not on]
            by_customers[m, k], delta[m] = simulate([*off, *gone, *no_staff])
        all_money = [switches.customers[name] for name in outer]
        base[m, 0] = by_customers[m, 0]
        for j in range(len(staff)):
            others = [switches.staff[name] for i, name in enumerate(staff) if i != j]
            base[m, 1 + j] = simulate([*off, *all_money, *others])[0] - base[m, 0]
    shift_outer, shift_staff = len(inner), len(inner) + len(outer)
    masks = np.arange(worth.size)
    which_inner = masks & ((1 << len(inner)) - 1)
    which_outer = masks >> shift_outer & ((1 << len(outer)) - 1)
    worth = by_customers[which_inner, which_outer]
    for j in range(len(staff)):
        worth = worth + np.where(masks >> (shift_staff + j) & 1 == 1, base[which_inner, 1 + j], 0.0)
    total, change = simulate([])
    # The sum over staff is exact up to rounding; the rounding goes where it cannot be seen.
    worth[-1] = total
    shares = shapley(worth)
    of_delta = dict(zip(inner, shapley(delta).tolist(), strict=True))
    found = []
    for i, name in enumerate(everything):
        left = worth[(1 << len(everything)) - 1 - (1 << i)]
        found.append(PathShare(name, float(shares[i]), of_delta.get(name, 0.0), float(left)))
    direct = float(delta[0])
    if direct != 0.0:
        found.append(PathShare("direct", 0.0, direct, total))
    # What is left with every path switched off: cost, and what drivers earn beside experience.
    beside = float(worth[0])
    if forecast.scene.plan.benefit_shape:
        found.append(PathShare("direct_benefits", beside - cost, 0.0, total - (beside - cost)))
        beside = cost
    found.append(PathShare("programme_cost", beside, 0.0, total - cost))
    found.sort(key=lambda each: (each.path == "programme_cost", -abs(each.shapley_npv), -abs(each.shapley_delta)))
    edges = {edge: share for edge, share in _by_edge(forecast, dict(zip(everything, shares.tolist(), strict=True)))}
    plan, outcome = forecast.scene.plan, forecast.outcome
    segments = None
    if plan.segments and plan.pays == "customers":
        segments = {name: float(outcome.field(option, f"payoff.{name}")[kept].mean()) for name in plan.segments}
    return Explanation(
        forecast,
        option,
        total,
        change,
        tuple(found),
        edges,
        advise(forecast),
        total if plan.tax_rate is None else float(forecast.npv_after_tax(option)[kept].mean()),
        float(outcome.field(option, "capacity_freed")[kept].mean()),
        segments,
    )


def _by_edge(forecast: Forecast, shares: Mapping[str, float]) -> list[tuple[str, float]]:
    found = []
    for edge in dict.fromkeys(link.edge for link in forecast.scenario.network().links):
        share = shares.get(EDGES.get(edge, edge))
        if share is not None:
            found.append((edge, share))
    return found
