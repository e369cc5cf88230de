# SPDX-License-Identifier: MIT
"""Is a pilot worth it, and which: policies that choose on what was measured, and a table of designs.

Two policies stand beside committing and doing nothing (docs/model.md, section 7): `pilot_then_decide` scales or stops
on the pilot's reading, `commit_review` rolls out at once and keeps or stops on a reading without a control group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.decide.choice import Candidate, Limits
from txsim.decide.ranking import batch_errors
from txsim.decide.reading import Line, Reading, Signal, blind, read, signal
from txsim.decide.survey import BILL_SD, RELIABILITY, Sensor, bills, noise_sd, sensors
from txsim.decide.value import Estimate, evpi
from txsim.forecast import Draws, Forecast, simulate
from txsim.priors.distributions import median, point
from txsim.scenario import Scenario
from txsim.simulate.engine import Outcome, run
from txsim.simulate.layout import Scene
from txsim.simulate.points import BATCHES

__all__ = ["Design", "PilotAnalysis", "Policies", "analyse_pilot", "candidates", "limits_of", "policies", "varied"]

Array = NDArray[np.float64]

#: Designs that are tried beside the stated one.
SCOPES = (0.1, 0.2, 0.3, 0.5)
MONTHS = (3, 6, 9, 12)
RESPONDENTS = (25.0, 50.0, 100.0, 200.0, 400.0, 800.0)
#: What each policy chooses between, the cautious action first.
_ACTIONS = {"commit_review": ("commit_stop", "commit"), "pilot_then_decide": ("pilot_stop", "pilot_scale")}


def varied(scenario: Scenario, **changes: Any) -> Scenario:
    """Return a scenario with other fields; checks of the loader are not repeated."""
    found = scenario.model_copy(update=changes)
    for name in ("content", "hash"):  # computed once and copied along
        found.__dict__.pop(name, None)
    return found


def npv_of(scenario: Scenario, outcome: Outcome, path: str) -> Array:
    """Return the net present value ``(draw,)`` of a path, with what comes after the horizon where that counts."""
    value = outcome.field(path, "npv")
    if scenario.terminal == "runoff" and scenario.bridge == "customers":
        value = value + outcome.field(path, "runoff")
    return value


def _early(scene: Scene, paths: Sequence[str], nodes: Sequence[str], months: int) -> Outcome:
    """Simulate the first months alone, keeping every month of some nodes."""
    plan = scene.plan
    short = replace(
        plan, months=months, discount_one_off=plan.discount_one_off[:months], discount_rest=plan.discount_rest[:months]
    )
    return run(short, scene.matrix, paths=tuple(paths), monthly=(tuple(paths), tuple(nodes)))


@dataclass(frozen=True)
class _Readable:
    """What can be read of one pilot, before anybody is asked."""

    sensors: tuple[Sensor, ...]
    pilot: Signal
    review: Signal
    bills: bool


def _readable(scenario: Scenario, scene: Scene, drawn: Draws, values: dict[str, Array]) -> _Readable:
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
    return _Readable(read_by, signal(go, np.column_stack(dims)), signal(keep, np.column_stack(full)), seen is not None)


def _noise(
    scenario: Scenario, found: _Readable, respondents: float, control: bool, scope: float, units: float, *, review: bool
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
    readable: _Readable | None
    noise: Array


def policies(forecast: Forecast) -> Policies | None:
    """Return the policies of a forecast, ``None`` without a pilot."""
    scenario = forecast.scenario
    if scenario.pilot is None:
        return None
    values = {path: forecast.npv(path) for path in forecast.options}
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
    found = _readable(scenario, scene, drawn, values)
    scope, respondents = median(pilot.scope), median(pilot.respondents)
    sd = _noise(scenario, found, respondents, pilot.control, scope, pilot.units, review=False)
    later = _noise(scenario, found, respondents, False, scope, pilot.units, review=True)
    return Policies(read(found.pilot, sd, batches=BATCHES), read(found.review, later, batches=BATCHES), found, sd)


def limits_of(scenario: Scenario, pv_cost: float) -> Limits:
    """Return the scenario's criterion; what is material is a share of the present value of cost."""
    told = scenario.decision
    return Limits(told.max_p_loss, told.max_peak_funding, told.material * pv_cost)


def _weighted_quantile(values: Array, weights: Array, q: float) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][min(int(np.searchsorted(total, q * total[-1])), values.size - 1)])


def _policy(reading: Reading, values: Sequence[Array], peaks: Sequence[Array]) -> Candidate:
    npv = np.column_stack(values)
    loss = float(reading.outcome((npv < 0).astype(np.float64)).mean())
    peak = _weighted_quantile(np.concatenate(peaks), reading.chosen.T.reshape(-1), 0.95)
    return Candidate(reading.outcome(npv), loss, peak)


def candidates(
    scenario: Scenario, outcome: Outcome, values: dict[str, Array], chosen: Policies | None
) -> dict[str, Candidate]:
    """Return the options that can be chosen today: doing nothing, committing, and policies where there is a pilot."""
    draws = outcome.result.shape[2]
    found = {"do_nothing": Candidate(np.zeros(draws), 0.0, 0.0)}
    commit = values["commit"]
    peak = {path: outcome.field(path, "peak_funding") for path in values}
    found["commit"] = Candidate(commit, float((commit < 0).mean()), float(np.quantile(peak["commit"], 0.95)))
    if chosen is not None:
        for (name, paths), reading in zip(_ACTIONS.items(), (chosen.review, chosen.pilot), strict=True):
            if name == "commit_review" and not reading.evsi.value > 0 and reading.value.value <= commit.mean():
                continue  # a review that changes nothing is committing
            found[name] = _policy(reading, [values[path] for path in paths], [peak[path] for path in paths])
    return found


@dataclass(frozen=True)
class Design:
    """One pilot that could be run.

    Attributes
    ----------
    scope, months, respondents, control
        Share of the population, months, people who answer a wave in pilot units, and whether there are control units.
    evsi, pilot_net
        What the reading is worth for the choice to scale or stop, and what running the pilot is worth against the best
        of committing, committing with a review, and doing nothing.
    assurance, false_go, false_stop
        Probabilities that it leads to what is right in truth, that it scales what should stop, and that it stops what
        should scale; they sum to 1.
    delay_months
        Months from the start to the decision.
    """

    scope: float
    months: int
    respondents: float
    control: bool
    evsi: Estimate
    pilot_net: Estimate
    assurance: Estimate
    false_go: Estimate
    false_stop: Estimate
    delay_months: int

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "scope": self.scope,
            "months": self.months,
            "respondents": self.respondents,
            "control": self.control,
            **{
                name: getattr(self, name).as_dict()
                for name in ("evsi", "pilot_net", "assurance", "false_go", "false_stop")
            },
            "delay_months": self.delay_months,
        }


@dataclass(frozen=True)
class Rule:
    """What will be done after the pilot, in the scale of the measure.

    Attributes
    ----------
    node, unit
        What is read, and what one unit of it is called.
    threshold
        Difference in that unit from which the driver is scaled; ``None`` where no reading would change the choice.
    rises
        Whether scaling needs a rise (else a fall, where less is better).
    threshold_if_over_budget
        The threshold if the bills run a quarter above plan; ``None`` without bills or without a threshold.
    overrun_limit
        How far above plan the bills may run (a fraction) before stopping is better, the survey at its median; ``None``
        if no bill would change the choice.
    always
        ``scale`` or ``stop`` where the choice does not depend on the reading.
    months, control, by_unit
        When it is read, whether against control units, and whether by unit or in the firm as a whole.
    p_scale
        Probability that the pilot ends in scaling.
    """

    node: str
    unit: str
    threshold: float | None
    rises: bool
    threshold_if_over_budget: float | None
    overrun_limit: float | None
    always: str | None
    months: int
    control: bool
    by_unit: bool
    p_scale: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class PilotAnalysis:
    """What `txsim pilot` finds.

    Attributes
    ----------
    forecast, policies
        What it rests on.
    evpi, evsi, pilot_net
        Of the stated pilot.
    stated
        The stated pilot as a design.
    design
        All designs that were tried, the stated one among them.
    rule
        What will be done after the stated pilot, or the best one where that is worth it.
    reasons
        Why no pilot is worth it: ``nobody_changes_mind``, ``cannot_be_read``, ``review_is_better``,
        ``costs_more_than_it_tells``; empty where one is.
    capped
        Respondents that the stated pilot can reach, where it states more.
    """

    forecast: Forecast
    policies: Policies
    evpi: Estimate
    evsi: Estimate
    pilot_net: Estimate
    stated: Design
    design: tuple[Design, ...]
    rule: Rule
    reasons: tuple[str, ...]
    capped: float | None
    review: Estimate

    @cached_property
    def best_design(self) -> Design | None:
        """The design that is worth most, if any is worth more than nothing."""
        best = max(self.design, key=lambda each: each.pilot_net.value)
        return best if best.pilot_net.value > 0 else None

    @property
    def worth_it(self) -> bool:
        """Whether the stated pilot is worth more than the best option without one."""
        return self.pilot_net.value > 0

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, keys in docs/schema.md; the words of the rule are added by the report."""
        forecast, best = self.forecast, self.best_design
        return {
            "scenario": forecast.scenario.title or forecast.scenario.source,
            "hash": forecast.hash,
            "calibration": forecast.calibration.hash,
            "currency": forecast.scenario.organisation.currency,
            "seed": forecast.seed,
            "draws": forecast.draws,
            "evpi": self.evpi.as_dict(),
            "evsi": self.evsi.as_dict(),
            "pilot_net": self.pilot_net.as_dict(),
            "commit_review": self.review.as_dict(),
            "worth_it": self.worth_it,
            "reasons": list(self.reasons),
            "stated": self.stated.as_dict(),
            "best_design": None if best is None else best.as_dict(),
            "design": [each.as_dict() for each in self.design],
            "capped_respondents": self.capped,
            "rule_details": self.rule.as_dict(),
        }


def _estimate(values: Array) -> Estimate:
    return Estimate(float(values.mean()), float(batch_errors(values, BATCHES)[0]))


@dataclass(frozen=True)
class _Variant:
    scenario: Scenario
    values: dict[str, Array]
    readable: _Readable
    discount: tuple[float, ...]


def _variant(forecast: Forecast, scope: float, months: int) -> _Variant:
    """Simulate another pilot of the same drivers, before the cost of its survey."""
    scenario, told = forecast.scenario, forecast.scenario.pilot
    if told is None:  # pragma: no cover - callers ask only with a pilot
        message = "the scenario has no pilot"
        raise ValueError(message)
    size = scope / median(told.scope)
    most = sum(median(driver.one_off) for driver in scenario.drivers)
    pilot = told.model_copy(
        update={
            "months": months,
            "scope": point(scope),
            "respondents": point(0.0),
            # A pilot's own cost grows with its size, up to what rolling out would cost.
            "one_off": told.one_off if size == 1 else point(min(median(told.one_off) * size, max(most, 0.0))),
            "monthly": told.monthly if size == 1 else point(median(told.monthly) * size),
            "control_respondents": None,
        }
    )
    changed = {"pilot.scope", "pilot.respondents", "pilot.control_respondents"}
    changed |= set() if size == 1 else {"pilot.one_off", "pilot.monthly"}
    drawn = replace(forecast.drawn, quantities={k: v for k, v in forecast.drawn.quantities.items() if k not in changed})
    other = varied(scenario, pilot=pilot)
    scene, outcome = simulate(other, drawn)
    values = {path: npv_of(other, outcome, path) for path in outcome.paths}
    return _Variant(other, values, _readable(other, scene, drawn, values), scene.plan.discount_one_off)


def _survey_cost(variant: _Variant, told: Any, respondents: float, control: bool) -> float:
    """Return the present value of the answers that the pilot pays for."""
    people = respondents
    if control:
        people += respondents if told.control_respondents is None else median(told.control_respondents)
    steps = [round(variant.scenario.pilot.months * wave / max(told.waves - 1, 1)) for wave in range(told.waves)]  # type: ignore[union-attr]  # a variant has a pilot
    factors = sum(variant.discount[min(variant.scenario.start + step, len(variant.discount) - 1)] for step in steps)
    return people * median(told.cost_per_response) * float(factors)


def analyse_pilot(
    forecast: Forecast,
    *,
    scopes: Sequence[float] = SCOPES,
    months: Sequence[int] = MONTHS,
    respondents: Sequence[float] = RESPONDENTS,
    controls: Sequence[bool] = (False, True),
) -> PilotAnalysis:
    """Find out whether a pilot is worth it, and which.

    Parameters
    ----------
    forecast
        Of a scenario with a pilot.
    scopes, months, respondents, controls
        Designs to try, every combination; what cannot be (too long for the horizon, more respondents than people) is
        left out. The stated design is always among them.

    Returns
    -------
    PilotAnalysis

    Raises
    ------
    ValueError
        If the scenario has no pilot.
    """
    scenario, told = forecast.scenario, forecast.scenario.pilot
    base = policies(forecast)
    if told is None or base is None:
        message = "the scenario has no pilot"
        raise ValueError(message)
    scope0, n0 = median(told.scope), median(told.respondents)
    variants: dict[tuple[float, int], _Variant] = {}
    reviews: dict[tuple[int, float], Reading] = {}
    designs: dict[tuple[float, int, float, bool], Design] = {}

    def design(scope: float, length: int, people: float, control: bool) -> Design:
        key = (scope, length)
        if key not in variants:
            variants[key] = _variant(forecast, scope, length)
        variant = variants[key]
        units = max(1.0, round(told.units * scope / scope0))
        sd = _noise(variant.scenario, variant.readable, people, control, scope, units, review=False)
        reading = read(variant.readable.pilot, sd, batches=BATCHES)
        if (length, people) not in reviews:
            later = _noise(variant.scenario, variant.readable, people, False, scope, units, review=True)
            reviews[length, people] = read(variant.readable.review, later, batches=BATCHES)
        cost = _survey_cost(variant, told, people, control)
        return _designed(variant, reading, reviews[length, people], cost, (scope, length, people, control))

    stated = design(scope0, told.months, n0, told.control)
    designs[scope0, told.months, n0, told.control] = stated
    longest = scenario.horizon_months - scenario.start - told.decision_months - 1
    ends = [driver.months for driver in scenario.drivers if driver.months is not None]
    longest = min([longest, *ends])
    population = min(sensor.population for sensor in sensors(scenario)) * median(told.response)
    for scope in dict.fromkeys([*scopes, scope0]):
        for length in dict.fromkeys([*(m for m in months if 1 <= m <= longest), told.months]):
            for people in dict.fromkeys([*(n for n in respondents if n <= scope * population), n0]):
                for control in controls:
                    key = (scope, length, people, control)
                    if key not in designs and (people > 0 or not control):
                        designs[key] = design(*key)
    actions = np.column_stack([forecast.npv("pilot_stop"), forecast.npv("pilot_scale")])
    perfect = evpi(actions, batches=BATCHES)
    found = PilotAnalysis(
        forecast,
        base,
        perfect,
        stated.evsi,
        stated.pilot_net,
        stated,
        tuple(designs.values()),
        _rule(scenario, variants[scope0, told.months].readable, base.noise, told.months, told.control),
        (),
        scope0 * population if n0 > scope0 * population else None,
        base.review.value,
    )
    best = found.best_design
    rule = found.rule
    if best is not None and not found.worth_it:
        variant = variants[best.scope, best.months]
        units = max(1.0, round(told.units * best.scope / scope0))
        sd = _noise(variant.scenario, variant.readable, best.respondents, best.control, best.scope, units, review=False)
        rule = _rule(scenario, variant.readable, sd, best.months, best.control)
    return replace(found, rule=rule, reasons=() if best is not None else _reasons(found))


def _designed(
    variant: _Variant, reading: Reading, review: Reading, cost: float, key: tuple[float, int, float, bool]
) -> Design:
    values = variant.values
    truth = np.column_stack([values["pilot_stop"], values["pilot_scale"]])
    paid = reading.outcome(truth) - cost
    kept = review.outcome(np.column_stack([values["commit_stop"], values["commit"]]))
    commit = values["commit"]
    instead = max((np.zeros_like(commit), commit, kept), key=lambda payoff: float(payoff.mean()))
    go = truth[:, 1] > truth[:, 0]
    scaled = reading.chosen[:, 1]
    right = np.where(go, scaled, 1.0 - scaled)
    told = variant.scenario.pilot
    delay = key[1] + (0 if told is None else told.decision_months)
    return Design(
        *key,
        reading.evsi,
        _estimate(paid - instead),
        _estimate(right),
        _estimate(np.where(go, 0.0, scaled)),
        _estimate(np.where(go, 1.0 - scaled, 0.0)),
        delay,
    )


def _turn(line: Line, *, rising: bool = True) -> float | None:
    """Return where the choice turns from stopping to scaling (or back) along a reading, nearest to its median."""
    gain = line.advantage if rising else -line.advantage
    known = np.isfinite(gain) & (line.likely > 1e-6)
    at, gain, likely = line.at[known], gain[known], line.likely[known]
    turns = np.flatnonzero((gain[:-1] <= 0) & (gain[1:] > 0))
    if turns.size == 0:
        return None
    centre = float(at[min(int(np.searchsorted(np.cumsum(likely), 0.5 * likely.sum())), at.size - 1)])
    where = int(turns[np.argmin(np.abs(at[turns] - centre))])
    return float(at[where] - gain[where] * (at[where + 1] - at[where]) / (gain[where + 1] - gain[where]))


def _rule(scenario: Scenario, found: _Readable, sd: Array, months: int, control: bool) -> Rule:
    first, told = found.sensors[0], scenario.pilot
    sd = sd if sd.size else np.full(len(found.pilot.shape), np.inf)
    reading = read(found.pilot, sd)
    threshold = _turn(reading.lines[0])
    over = limit = always = None
    if found.bills and np.isfinite(sd[-1]):
        log_limit = _turn(reading.lines[-1], rising=False)
        limit = None if log_limit is None else float(np.exp(log_limit)) - 1.0
        if threshold is not None:
            medians = [_middle(line) for line in reading.lines[1:-1]]
            over = _turn(read(found.pilot, sd, others=[*medians, float(np.log(1.25))]).lines[0])
    if threshold is None:
        line = reading.lines[0]
        known = np.isfinite(line.advantage)
        always = "scale" if float(line.likely[known] @ line.advantage[known]) > 0 else "stop"
    shift = 0.0
    if told is not None and median(told.chosen_below) > 0:
        shift = abs(first.scale.difference_to_points(median(told.chosen_below))) * (1 - RELIABILITY)

    def shown(points: float | None) -> float | None:
        return None if points is None else first.scale.points_to_difference(points + shift)

    return Rule(
        first.node,
        first.scale.unit,
        shown(threshold),
        first.scale.points_per_unit > 0,
        shown(over),
        limit,
        always,
        months,
        control and first.by_unit,
        first.by_unit,
        float(reading.chosen[:, 1].mean()),
    )


def _middle(line: Line) -> float:
    return float(line.at[min(int(np.searchsorted(np.cumsum(line.likely), 0.5 * line.likely.sum())), line.at.size - 1)])


def _reasons(found: PilotAnalysis) -> tuple[str, ...]:
    """Return why no design is worth it, the weightiest first."""
    reasons = []
    commit = found.forecast.npv("commit")
    stakes = float(np.abs(commit).mean()) or 1.0
    best = max(found.design, key=lambda each: each.evsi.value)
    if found.evpi.value < 0.01 * stakes:
        reasons.append("nobody_changes_mind")
    elif best.evsi.value < 0.2 * found.evpi.value:
        reasons.append("cannot_be_read")
    instead = max(float(commit.mean()), 0.0)
    if found.review.value > instead + 0.01 * stakes and found.review.value > found.policies.pilot.value.value:
        reasons.append("review_is_better")
    if not reasons:
        reasons.append("costs_more_than_it_tells")
    return tuple(reasons)
