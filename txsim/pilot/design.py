# SPDX-License-Identifier: MIT
"""One pilot that could be run: what it costs, what its reading is worth, and how often it misleads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from txsim.decide.policies import Policy, Readable, committed, decided_by, readable
from txsim.decide.ranking import mean_estimate
from txsim.forecast import Forecast, simulate, worth_of
from txsim.forecast.criterion import Candidate, allowed, decision_limits
from txsim.forecast.worth import tax_rate
from txsim.priors.distributions import point
from txsim.priors.moments import median
from txsim.results.pilot import Design
from txsim.scenario import Driver, Pilot, Scenario
from txsim.scenario.respondents import can_answer
from txsim.simulate.points import BATCHES
from txsim.types import Array


@dataclass(frozen=True)
class Variant:
    """Another pilot of the same drivers, simulated before the cost of its survey."""

    #: ``scenario``, ``values``, ``readable``: What was simulated, net present values ``(draw,)`` by path, and what can
    #: be read of it.
    scenario: Scenario
    values: dict[str, Array]
    readable: Readable
    #: What a unit of money paid once in each month costs today, after tax where the decision is.
    discount: tuple[float, ...]
    #: ``peaks``, ``costs``: Peak funding and present value of cost ``(draw,)`` by path, by which limits judge.
    peaks: dict[str, Array] = field(default_factory=dict)
    costs: dict[str, Array] = field(default_factory=dict)


def variant_of(forecast: Forecast, scope: float, months: int) -> Variant:
    """Simulate another pilot of the same drivers, before the cost of its survey."""
    scenario, stated = forecast.scenario, forecast.scenario.pilot
    if stated is None:  # pragma: no cover - callers ask only with a pilot
        message = "the scenario has no pilot"
        raise ValueError(message)
    size = scope / median(stated.scope)
    pilot = stated.model_copy(
        update={"months": months, "scope": point(scope), "respondents": point(0.0), "control_respondents": None}
    )
    changed = {"pilot.scope", "pilot.respondents", "pilot.control_respondents"}
    if size != 1:
        pilot = pilot.model_copy(update=_costs(scenario, stated, size))
        changed |= {"pilot.one_off", "pilot.monthly", *(f"pilot.costs[{j}].amount" for j in range(len(stated.costs)))}
    drawn = replace(forecast.drawn, quantities={k: v for k, v in forecast.drawn.quantities.items() if k not in changed})
    other = scenario.replaced(pilot=pilot)
    scene, outcome = simulate(other, drawn)
    values = {path: worth_of(other, outcome, path) for path in outcome.paths}
    plan, tax = scene.plan, tax_rate(other) if scenario.decision.after_tax else 0.0
    # Tax falls with what is paid, at the end of the month.
    paid = tuple(once - tax * rest for once, rest in zip(plan.discount_one_off, plan.discount_rest, strict=True))
    peaks, costs = ({path: outcome.field(path, name) for path in values} for name in ("peak_funding", "pv_cost"))
    return Variant(other, values, readable(other, scene, drawn, values), paid, peaks, costs)


def _costs(scenario: Scenario, stated: Pilot, size: float) -> dict[str, Any]:
    """Return a pilot's costs at another size: in proportion, one-offs up to those of rolling out or of the stated."""
    rolled, own = _one_offs(scenario.drivers), _one_offs([stated])
    grown = size if own <= 0 else min(size, max(rolled, own) / own)
    costs = (
        cost.model_copy(update={"amount": point(median(cost.amount) * (size if cost.month is None else grown))})
        for cost in stated.costs
    )
    return {
        "one_off": point(median(stated.one_off) * grown),
        "monthly": point(median(stated.monthly) * size),
        "costs": tuple(costs),
    }


def _one_offs(payers: Sequence[Driver | Pilot]) -> float:
    """Return what is paid once, under ``one_off`` and under ``costs``."""
    return sum(
        median(payer.one_off) + sum(median(cost.amount) for cost in payer.costs if cost.month is not None)
        for payer in payers
    )


def survey_cost(variant: Variant, stated: Any, respondents: float, control: bool) -> float:
    """Return the present value of the answers that the pilot pays for: those of people who are there and answer."""
    pilot = variant.scenario.pilot
    steps = () if pilot is None else pilot.survey_steps
    factors = sum(variant.discount[min(variant.scenario.start + step, len(variant.discount) - 1)] for step in steps)
    return _wave_cost(variant, stated, respondents, control) * float(factors)


def survey_bill(variant: Variant, stated: Any, respondents: float, control: bool) -> float:
    """Return what all waves of the survey cost together, undiscounted."""
    pilot = variant.scenario.pilot
    waves = 0 if pilot is None else len(pilot.survey_steps)
    return _wave_cost(variant, stated, respondents, control) * waves


def _wave_cost(variant: Variant, stated: Any, respondents: float, control: bool) -> float:
    scope = median(stated.scope if variant.scenario.pilot is None else variant.scenario.pilot.scope)
    people = min(respondents, can_answer(variant.scenario, scope))
    if control:
        others = respondents if stated.control_respondents is None else median(stated.control_respondents)
        people += min(others, can_answer(variant.scenario, 1.0 - scope))
    return float(people * median(stated.cost_per_response))


def designed(
    variant: Variant, pilot: Policy, review: Policy, cost: float, key: tuple[float, int, float, bool], bill: float = 0.0
) -> Design:
    """Return what a design is worth.

    ``pilot``, ``review``: how it is decided after the pilot, and after a review of rolling out. ``key``: scope, months,
    respondents and whether there are control units. ``bill``: the survey's cost, undiscounted. Where peak funding is
    limited all of it counts as spent at the peak, which lies behind the last wave or is overstated by what later waves
    cost.
    """
    values = variant.values
    truth = np.column_stack([values["pilot_stop"], values["pilot_scale"]])
    by_rule = pilot.rule.outcome(truth)
    paid = by_rule - cost
    blind = truth[:, int(truth.mean(axis=0).argmax())]
    commit, limits = values["commit"], decision_limits(variant.scenario)
    kept = review.rule.outcome(np.column_stack([values["commit_stop"], commit]))
    without = {"do_nothing": np.zeros_like(commit), "commit": commit, "commit_review": kept}
    excluded = None
    if limits.stated:
        asked = _figures(variant, review, ("commit_stop", "commit"))
        own = _figures(variant, pilot, ("pilot_stop", "pilot_scale"), cost, bill)
        nothing = Candidate(without["do_nothing"], 0.0, 0.0)
        committing = committed(commit, variant.peaks["commit"], variant.costs["commit"])
        within = allowed({"do_nothing": nothing, "commit": committing, "commit_review": asked}, limits)
        without = {name: without[name] for name in within}
        excluded = None if limits.allow(own) else limits.broken("pilot_then_decide", own)
    instead = max(without.values(), key=lambda payoff: float(payoff.mean()))
    false_go, false_stop = pilot.rule.misses(truth, BATCHES)
    better, scaled = truth[:, 1] > truth[:, 0], pilot.rule.chosen[:, 1]
    right = np.where(better, scaled, 1.0 - scaled)
    stated = variant.scenario.pilot
    delay = key[1] + (0 if stated is None else stated.decision_months)
    return Design(
        *key,
        pilot.reading.evsi,
        mean_estimate(paid - instead, BATCHES),
        mean_estimate(right, BATCHES),
        false_go,
        false_stop,
        delay,
        mean_estimate(by_rule - blind, BATCHES),
        excluded,
    )


def _figures(
    variant: Variant, policy: Policy, paths: tuple[str, str], cost: float = 0.0, bill: float = 0.0
) -> Candidate:
    """Return the figures of a policy by which limits judge, the survey's cost included."""
    return decided_by(
        policy.rule,
        [variant.values[path] - cost for path in paths],
        [variant.peaks[path] + bill for path in paths],
        [variant.costs[path] + cost for path in paths],
    )
