# SPDX-License-Identifier: MIT
"""Options that can be chosen today as what they become: paths of the simulation, each with a probability by future.

Committing is one path. A policy is two, and which it takes depends on a reading: its figures are those of all futures
of both, each counted with the probability of taking it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from txsim.decide.policies import Policies
from txsim.decide.ranking import batch_errors
from txsim.forecast import Forecast, npv_of
from txsim.forecast.figures import delta_of, payback_levels
from txsim.forecast.worth import tax_rate
from txsim.language import lazy
from txsim.results.quantities import Distribution, Estimate
from txsim.results.run import Option, Payback
from txsim.scenario import Scenario
from txsim.simulate.engine import Outcome, run
from txsim.simulate.points import BATCHES, stable_order
from txsim.simulate.statistics import alike, reached, weighted_quantiles
from txsim.types import Array


def acting(chosen: Policies | None, options: Sequence[str]) -> list[str]:
    """Return the options that can be chosen today and do something, among ``options``."""
    known = ["commit", *(["commit_review", "pilot_then_decide"] if chosen is not None else [])]
    return [name for name in known if name in options]


def paths_taken(forecast: Forecast, option: str, chosen: Policies | None) -> dict[str, Array]:
    """Return with what probability ``(draw,)`` an option takes each path; the one that goes on is named last.

    Raises :class:`ValueError` if it is a policy and ``chosen`` is not given.
    """
    if option in forecast.options:
        return {option: np.ones(forecast.draws)}
    if chosen is None:
        raise ValueError(lazy("`{option}` is no path of this forecast; give its policies", option=option))
    return branches(option, chosen)


def branches(policy: str, chosen: Policies) -> dict[str, Array]:
    """Return with what probability ``(draw,)`` a policy takes each of its two paths; the one that goes on is last."""
    if policy == "pilot_then_decide":
        stop, scale = chosen.pilot.rule.chosen.T
        return {"pilot_stop": stop, "pilot_scale": scale}
    stop, keep = chosen.review.rule.chosen.T
    return {"commit_stop": stop, "commit": keep}


@dataclass(frozen=True)
class Spread:
    """How a policy's net present value spreads over all futures of both its paths, each as likely as it is taken."""

    #: ``npv``, ``npv_after_tax``: Before and after tax, the currency of the scenario.
    npv: Distribution
    npv_after_tax: Distribution
    cvar05: Estimate  #: Mean of the worst 5 % of what it is chosen by.


def spread_of(scenario: Scenario, outcome: Outcome, taken: Mapping[str, Array]) -> Spread:
    """Return the spread of a policy that takes each path with probability ``(draw,)``."""
    before, after = ({path: npv_of(scenario, outcome, path, after_tax=tax) for path in taken} for tax in (False, True))
    together, weights = _together(after if scenario.decision.after_tax else before, taken)
    batch = np.tile(np.arange(together.size // len(taken)) * BATCHES // (together.size // len(taken)), len(taken))
    tails = [_worst(together[batch == i], weights[batch == i]) for i in range(BATCHES)]
    error = float(np.std(tails, ddof=1) / np.sqrt(BATCHES))
    return Spread(_distribution(before, taken), _distribution(after, taken), Estimate(_worst(together, weights), error))


def expected(values: Mapping[str, Array], taken: Mapping[str, Array]) -> Array:
    """Return what is expected ``(draw,)`` of a figure by path."""
    expectation: Array = np.sum([values[path] * weight for path, weight in taken.items()], axis=0)
    return expectation


def _distribution(values: Mapping[str, Array], taken: Mapping[str, Array]) -> Distribution:
    each = expected(values, taken)
    mean = float(each.mean())
    together, weights = _together(values, taken)
    low, middle, high = weighted_quantiles(together, weights, (0.05, 0.5, 0.95))
    sd = math.sqrt(max(float(weights @ (together - mean) ** 2 / weights.sum()), 0.0))
    return Distribution(mean, sd, middle, low, high, float(batch_errors(each, BATCHES)[0]))


def _together(values: Mapping[str, Array], taken: Mapping[str, Array]) -> tuple[Array, Array]:
    return np.concatenate([values[path] for path in taken]), np.concatenate(list(taken.values()))


def _worst(values: Array, weights: Array, level: float = 0.05) -> float:
    """Return the mean of the worst share of futures that count with weights."""
    order = stable_order(values)
    ranked, size = values[order], weights[order]
    most = level * size.sum()
    counted = np.clip(most - (np.cumsum(size) - size), 0.0, size)
    return float(counted @ ranked / most)


def option_figures(forecast: Forecast, option: str, chosen: Policies) -> Option:
    """Return the figures of a policy as ``txsim run`` gives them of a path: all futures of both paths, weighted."""
    taken = paths_taken(forecast, option, chosen)
    after_tax = forecast.scenario.decision.after_tax

    def of(name: str) -> dict[str, Array]:
        return {path: forecast.outcome.field(path, name) for path in taken}

    worth = {path: forecast.worth(path) for path in taken}
    spread = spread_of(forecast.scenario, forecast.outcome, taken)
    cost = _distribution(of("pv_cost"), taken)
    loss = expected({path: (value < 0).astype(float) for path, value in worth.items()}, taken)
    plan = forecast.scene.plan
    both = plan.customers and plan.margin
    kept = 1.0 - tax_rate(forecast.scenario) if after_tax else 1.0
    runoff = {path: kept * value for path, value in of("runoff").items()}
    runs_off = forecast.scenario.bridge == "customers" and all(np.isfinite(v).all() for v in runoff.values())
    mean = float(expected(worth, taken).mean())
    return Option(
        npv=spread.npv,
        npv_after_tax=spread.npv_after_tax,
        npv_other_bridge=_distribution(of("npv_other"), taken) if both else None,
        pv_cost=cost,
        roi=mean / cost.mean if cost.mean > 0 else None,
        payback_month=_payback(of("payback_after_tax" if after_tax else "payback"), taken, cost.mean),
        peak_funding=_distribution(of("peak_funding"), taken),
        p_loss=Estimate(float(loss.mean()), float(batch_errors(loss, BATCHES)[0])),
        cvar05=spread.cvar05,
        runoff=_distribution(runoff, taken) if runs_off else None,
        capacity_freed=_distribution(of("capacity_freed"), taken) if plan.extended else None,
        payoff_by_segment={name: _distribution(of(f"payoff.{name}"), taken) for name in plan.segments}
        if plan.segments and plan.pays == "customers"
        else None,
        delta={node: delta_of(forecast, node, _distribution(of(node), taken)) for node in forecast.outcome.nodes},
    )


def _payback(months: Mapping[str, Array], taken: Mapping[str, Array], cost: float) -> Payback | None:
    if not cost > 0:
        return None
    together, weights = _together(months, taken)
    within = np.isfinite(together)
    if alike(weights):  # a policy that always goes one way has the months of that way
        levels = payback_levels(together[weights > 0])
    else:
        months_of = reached(np.where(within, together, np.inf), weights, (0.05, 0.5, 0.95))
        low, middle, high = (month if math.isfinite(month) else None for month in months_of)
        levels = (low, middle, high)
    share = float(weights[within].sum() / weights.sum())
    given = float(weights[within] @ together[within] / weights[within].sum()) if share > 0 else None
    return Payback(*levels, share, given)


def present_flows(forecast: Forecast, paths: tuple[str, ...]) -> dict[str, tuple[Array, Array]]:
    """Return present values ``(month, draw)`` by path: of all but one-offs, and of one-offs, as costs below 0."""
    plan = forecast.scene.plan
    taxed = forecast.scenario.decision.after_tax
    fields = ("payoff", "one_off", "tax") if taxed else ("payoff", "one_off")
    outcome = run(plan, forecast.scene.matrix, paths=paths, monthly=(paths, fields))
    rest, at_start = np.asarray(plan.discount_rest)[:, None], np.asarray(plan.discount_one_off)[:, None]
    flows = {}
    for path in paths:
        one_off = outcome.by_month(path, "one_off")
        flow = np.diff(outcome.by_month(path, "payoff"), axis=0, prepend=0.0)
        if taxed:
            flow = flow - outcome.by_month(path, "tax")
        flows[path] = (flow + one_off) * rest, -one_off * at_start
    return flows
