# SPDX-License-Identifier: MIT
"""Policies that choose on what was measured, and what can be chosen today.

Two policies stand beside committing and doing nothing (docs/model.md, section 7): `pilot_then_decide` scales or stops
on the pilot's reading, `commit_review` rolls out at once and keeps or stops on a reading without a control group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from txsim.decide.reading import Reading, Signal, blind, read, signal
from txsim.decide.survey import BILL_SD, Sensor, bills, noise_sd, sensors
from txsim.forecast import Draws, Forecast, npv_of
from txsim.forecast.criterion import Candidate
from txsim.priors.distributions import median
from txsim.scenario import Scenario
from txsim.simulate.engine import Outcome, run
from txsim.simulate.layout import Scene
from txsim.simulate.points import BATCHES
from txsim.simulate.statistics import quantiles
from txsim.types import Array

__all__ = ["Policies", "Readable", "candidates", "noise_of", "policies", "readable"]


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
    seen = bills(scenario, drawn.quantities, drawn.count)
    if seen is not None:
        dims, full = [*dims, seen], [*full, seen]
    go = np.column_stack([values["pilot_stop"], values["pilot_scale"]])
    keep = np.column_stack([values["commit_stop"], values["commit"]])
    return Readable(read_by, signal(go, np.column_stack(dims)), signal(keep, np.column_stack(full)), seen is not None)


def noise_of(
    scenario: Scenario, found: Readable, respondents: float, control: bool, scope: float, units: float, *, review: bool
) -> Array:
    """Return the sd of noise in each dimension; nothing is read, the bills either, where nobody is asked."""
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
        for sensor in found.sensors
    ]
    if found.bills:
        sd.append(BILL_SD if np.isfinite(sd).any() else np.inf)
    return np.array(sd)


@dataclass(frozen=True)
class Policies:
    """The two policies of a scenario with a pilot.

    Attributes
    ----------
    pilot, review
        What the readings are worth and lead to; options are (stop, scale) and (stop, keep).
    readable, noise
        What is read and with how much noise, for the rule.
    """

    pilot: Reading
    review: Reading
    readable: Readable | None
    noise: Array


def policies(forecast: Forecast) -> Policies | None:
    """Return the policies of a forecast, ``None`` without a pilot."""
    scenario = forecast.scenario
    if scenario.pilot is None:
        return None
    values = {path: forecast.worth(path) for path in forecast.options}
    return policies_of(scenario, forecast.scene, forecast.drawn, values)


def policies_of(scenario: Scenario, scene: Scene, drawn: Draws, values: dict[str, Array]) -> Policies:
    """Return the policies from what was simulated; ``values`` are net present values ``(draw,)`` by path."""
    pilot = scenario.pilot
    if pilot is None:
        message = "the scenario has no pilot"
        raise ValueError(message)
    if not median(pilot.respondents) > 0:
        # Nobody is asked, so that nothing is read: the choice is made on what is known today.
        readings = [blind(np.column_stack([values[p] for p in paths]), batches=BATCHES) for paths in _ACTIONS.values()]
        return Policies(readings[1], readings[0], None, np.array([]))
    found = readable(scenario, scene, drawn, values)
    scope, respondents = median(pilot.scope), median(pilot.respondents)
    sd = noise_of(scenario, found, respondents, pilot.control, scope, pilot.units, review=False)
    later = noise_of(scenario, found, respondents, False, scope, pilot.units, review=True)
    return Policies(read(found.pilot, sd, batches=BATCHES), read(found.review, later, batches=BATCHES), found, sd)


def _weighted_quantile(values: Array, weights: Array, q: float) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][min(int(np.searchsorted(total, q * total[-1])), values.size - 1)])


def _policy(reading: Reading, values: Sequence[Array], peaks: Sequence[Array], costs: Sequence[Array]) -> Candidate:
    npv = np.column_stack(values)
    loss = float(reading.outcome((npv < 0).astype(np.float64)).mean())
    peak = _weighted_quantile(np.concatenate(peaks), reading.chosen.T.reshape(-1), 0.95)
    cost = float(reading.outcome(np.column_stack(costs)).mean())
    stopped = float((reading.chosen[:, 0] * (npv[:, 0] < 0)).mean())
    return Candidate(reading.outcome(npv), loss, peak, cost, stopped, float(costs[0].mean()))


def candidates(
    scenario: Scenario, outcome: Outcome, values: dict[str, Array], chosen: Policies | None
) -> dict[str, Candidate]:
    """Return the options that can be chosen today: doing nothing, committing, and policies where there is a pilot."""
    draws = outcome.result.shape[2]
    found = {"do_nothing": Candidate(np.zeros(draws), 0.0, 0.0)}
    commit = values["commit"]
    peak, cost = ({path: outcome.field(path, name) for path in values} for name in ("peak_funding", "pv_cost"))
    highest = quantiles(peak["commit"], (0.95,))[0]
    found["commit"] = Candidate(commit, float((commit < 0).mean()), highest, float(cost["commit"].mean()))
    by: dict[str, tuple[Reading | None, Sequence[str]]] = {"commit": (None, ("commit",))}
    if chosen is not None:
        for (name, paths), reading in zip(_ACTIONS.items(), (chosen.review, chosen.pilot), strict=True):
            if name == "commit_review" and not reading.evsi.value > 0 and reading.value.value <= commit.mean():
                continue  # a review that changes nothing is committing
            found[name] = _policy(reading, *([of[path] for path in paths] for of in (values, peak, cost)))
            by[name] = (reading, paths)
    month = "payback_after_tax" if scenario.decision.after_tax else "payback"
    within = {path: np.isfinite(outcome.field(path, month)).astype(np.float64) for path in values}
    for name, (known, told) in by.items():
        back = within[told[0]] if known is None else known.outcome(np.column_stack([within[path] for path in told]))
        if found[name].pv_cost > 0:
            found[name] = replace(found[name], paid_back=float(back.mean()))
    if scenario.finance is None:
        return found
    for name, (known, told) in by.items():
        both = []
        for after_tax in (False, True):
            each = [npv_of(scenario, outcome, path, after_tax=after_tax) for path in told]
            both.append(each[0] if known is None else known.outcome(np.column_stack(each)))
        found[name] = replace(found[name], npv=both[0], npv_after_tax=both[1])
    return found
