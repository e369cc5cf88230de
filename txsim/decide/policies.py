# SPDX-License-Identifier: MIT
"""Policies that choose on what was measured, and what can be chosen today.

Two policies stand beside committing and doing nothing (docs/model.md, section 7): `pilot_then_decide` scales or stops
on the pilot's reading, `commit_review` rolls out at once and keeps or stops on a reading without a control group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from txsim.decide.reading import Reading, Signal, read, signal
from txsim.decide.rules import ThresholdRule, best_rule, bills_read, survey_read
from txsim.decide.survey import Sensor, comes_back, noise_sd, sensors
from txsim.forecast import Draws, Forecast, npv_of
from txsim.forecast.criterion import Candidate
from txsim.forecast.pilot_evidence import BILL_SD, bills_shown
from txsim.priors.moments import median
from txsim.scenario import Scenario
from txsim.simulate.engine import Outcome, run
from txsim.simulate.layout import Scene
from txsim.simulate.points import BATCHES
from txsim.simulate.statistics import quantiles, weighted_quantiles
from txsim.types import Array

#: What each policy chooses between, the cautious action first.
_ACTIONS = {"commit_review": ("commit_stop", "commit"), "pilot_then_decide": ("pilot_stop", "pilot_scale")}


def _early(scene: Scene, paths: Sequence[str], nodes: Sequence[str], months: int) -> Outcome:
    """Simulate the first months alone, keeping every month of some nodes."""
    plan = scene.plan
    short = replace(
        plan, months=months, discount_one_off=plan.discount_one_off[:months], discount_rest=plan.discount_rest[:months]
    )
    return run(short, scene.matrix, paths=tuple(paths), monthly=(tuple(paths), tuple(nodes)))


@dataclass(frozen=True)
class Readable:
    """What can be read of one pilot, before anybody is asked."""

    sensors: tuple[Sensor, ...]
    pilot: Signal
    review: Signal
    bills: bool


def readable(scenario: Scenario, scene: Scene, drawn: Draws, values: dict[str, Array]) -> Readable:
    """Return what a pilot's survey and a review can read, from net present values ``(draw,)`` by path."""
    pilot = scenario.pilot
    if pilot is None:  # pragma: no cover - callers ask only with a pilot
        message = "the scenario has no pilot"
        raise ValueError(message)
    read_by = sensors(scenario)
    nodes = tuple(dict.fromkeys(name for sensor in read_by for name, _ in sensor.members))
    last = scenario.start + pilot.months
    outcome = _early(scene, ("commit", "pilot_scale"), nodes, last)
    months = slice(scenario.start, last)

    def own(name: str) -> Array | float:
        prior = scenario.priors.get(name)
        if f"pilot.{name}" in drawn.quantities:
            return drawn.quantities[f"pilot.{name}"]
        return median(prior) if prior is not None else {"boost": 1.0, "spill": 0.0}[name]

    factor = own("boost") * (1.0 - np.asarray(own("spill")))
    dims = [factor * s.mean(outcome, "commit" if s.by_unit else "pilot_scale", months) for s in read_by]
    full = [factor * s.mean(outcome, "commit", months) for s in read_by]
    seen = bills_shown(scenario, drawn.quantities, drawn.count)
    if seen is not None:
        dims, full = [*dims, seen], [*full, seen]
    go = np.column_stack([values["pilot_stop"], values["pilot_scale"]])
    keep = np.column_stack([values["commit_stop"], values["commit"]])
    return Readable(read_by, signal(go, np.column_stack(dims)), signal(keep, np.column_stack(full)), seen is not None)


def noise_of(
    scenario: Scenario,
    signals: Readable,
    respondents: float,
    control: bool,
    scope: float,
    units: float,
    *,
    review: bool,
) -> Array:
    """Return the sd of noise in each dimension: of a survey infinite where nobody is asked; bills are always seen."""
    pilot = scenario.pilot
    if pilot is None:  # pragma: no cover - callers ask only with a pilot
        return np.array([])
    others = None if pilot.control_respondents is None else median(pilot.control_respondents)
    sd = [
        noise_sd(
            sensor,
            pilot,
            scope=scope,
            respondents=respondents,
            control=control,
            units=units,
            control_respondents=others,
            control_units=None if pilot.control_units is None else float(pilot.control_units),
            everybody=review,
        )
        for sensor in signals.sensors
    ]
    if signals.bills:
        sd.append(BILL_SD)
    return np.array(sd)


@dataclass(frozen=True)
class Policy:
    """A policy: what its reading is worth in ideal use, and the rule by which it will be decided."""

    reading: Reading  #: Its EVSI.
    rule: ThresholdRule  #: What is expected of the policy follows from this rule, never from ideal use.


@dataclass(frozen=True)
class Policies:
    """The two policies of a scenario with a pilot."""

    #: ``pilot``, ``review``: By what they lead to; actions are (stop, scale) and (stop, keep).
    pilot: Policy
    review: Policy
    readable: Readable  #: What is read.


def policy_of(scenario: Scenario, signals: Readable, sd: Array, *, review: bool) -> Policy:
    """Return a policy on what can be read, with noise ``sd`` ``(dimension,)`` as of :func:`noise_of`."""
    prepared = signals.review if review else signals.pilot
    pilot = scenario.pilot
    surveys = {}
    for i, sensor in enumerate(signals.sensors):
        shift = 0.0
        if i == 0 and not review and pilot is not None:
            shift = comes_back(sensor, median(pilot.chosen_below))
        if np.isfinite(sd[i]):
            surveys[i] = survey_read(prepared.means[:, i], float(sd[i]), sensor.scale.points_per_unit, shift)
    bills = bills_read(prepared.means[:, -1], float(sd[-1])) if signals.bills else None
    rule = best_rule(prepared.net_benefit, surveys, bills, batches=BATCHES)
    return Policy(read(prepared, sd, batches=BATCHES), rule)


def policies(forecast: Forecast) -> Policies | None:
    """Return the policies of a forecast, ``None`` without a pilot."""
    scenario = forecast.scenario
    if scenario.pilot is None:
        return None
    return policies_of(scenario, forecast.scene, forecast.drawn, forecast.worths())


def policies_of(scenario: Scenario, scene: Scene, drawn: Draws, values: dict[str, Array]) -> Policies:
    """Return the policies from what was simulated; ``values`` are net present values ``(draw,)`` by path."""
    pilot = scenario.pilot
    if pilot is None:
        message = "the scenario has no pilot"
        raise ValueError(message)
    signals = readable(scenario, scene, drawn, values)
    scope, respondents = median(pilot.scope), median(pilot.respondents)
    sd = noise_of(scenario, signals, respondents, pilot.control, scope, pilot.units, review=False)
    later = noise_of(scenario, signals, respondents, False, scope, pilot.units, review=True)
    return Policies(
        policy_of(scenario, signals, sd, review=False), policy_of(scenario, signals, later, review=True), signals
    )


def committed(payoff: Array, peak: Array, cost: Array) -> Candidate:
    """Return the figures of committing, from its payoff, peak funding and present value of cost ``(draw,)``."""
    return Candidate(
        payoff,
        float((payoff < 0).mean()),
        quantiles(peak, (0.95,))[0],
        float(cost.mean()),
        lost=(payoff < 0).astype(np.float64),
        costs=cost,
        peaks=((peak, np.ones(payoff.size)),),
    )


def decided_by(
    rule: ThresholdRule, values: Sequence[Array], peaks: Sequence[Array], costs: Sequence[Array]
) -> Candidate:
    """Return the figures of a policy from those ``(draw,)`` of its two actions, the cautious one first."""
    npv = np.column_stack(values)
    loss = float(rule.outcome((npv < 0).astype(np.float64)).mean())
    peak = weighted_quantiles(np.concatenate(peaks), rule.chosen.T.reshape(-1), (0.95,))[0]
    cost = float(rule.outcome(np.column_stack(costs)).mean())
    # Told of just those futures that are counted as stopped: where a rule reads the bills, these are the dear ones.
    stopped = rule.chosen[:, 0] * (npv[:, 0] < 0)
    stopping = float(np.average(costs[0], weights=stopped)) if stopped.any() else None
    return Candidate(
        rule.outcome(npv),
        loss,
        peak,
        cost,
        float(stopped.mean()),
        stopping,
        rule_value=rule.value,
        lost=rule.outcome((npv < 0).astype(np.float64)),
        costs=rule.outcome(np.column_stack(costs)),
        peaks=tuple(zip(peaks, rule.chosen.T, strict=True)),
    )


def offered(forecast: Forecast, chosen: Policies | None) -> dict[str, Candidate]:
    """Return the options of a forecast that can be chosen today, with its policies."""
    return candidates(forecast.scenario, forecast.outcome, forecast.worths(), chosen)


def candidates(
    scenario: Scenario, outcome: Outcome, values: dict[str, Array], chosen: Policies | None
) -> dict[str, Candidate]:
    """Return the options that can be chosen today: doing nothing, committing, and policies where there is a pilot."""
    draws = outcome.result.shape[2]
    options = {"do_nothing": Candidate(np.zeros(draws), 0.0, 0.0)}
    peak, cost = ({path: outcome.field(path, name) for path in values} for name in ("peak_funding", "pv_cost"))
    options["commit"] = committed(values["commit"], peak["commit"], cost["commit"])
    by: dict[str, tuple[ThresholdRule | None, Sequence[str]]] = {"commit": (None, ("commit",))}
    if chosen is not None:
        for (name, paths), policy in zip(_ACTIONS.items(), (chosen.review, chosen.pilot), strict=True):
            rule = policy.rule
            if name == "commit_review" and not rule.asks and rule.chosen[0, 1] == 1:
                continue  # a review that changes nothing is committing
            options[name] = decided_by(rule, *([of[path] for path in paths] for of in (values, peak, cost)))
            by[name] = (rule, paths)
    month = "payback_after_tax" if scenario.decision.after_tax else "payback"
    within = {path: np.isfinite(outcome.field(path, month)).astype(np.float64) for path in values}
    for name, (known, branches) in by.items():
        back = (
            within[branches[0]]
            if known is None
            else known.outcome(np.column_stack([within[path] for path in branches]))
        )
        if options[name].pv_cost > 0:
            options[name] = replace(options[name], paid_back=float(back.mean()))
    if scenario.finance is None:
        return options
    for name, (known, branches) in by.items():
        both = []
        for after_tax in (False, True):
            each = [npv_of(scenario, outcome, path, after_tax=after_tax) for path in branches]
            both.append(each[0] if known is None else known.outcome(np.column_stack(each)))
        options[name] = replace(options[name], npv=both[0], npv_after_tax=both[1])
    return options
