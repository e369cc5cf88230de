# SPDX-License-Identifier: MIT
"""``txsim update``: the pilot has run; what is known now, and whether it is go or stop.

Draws of the forecast are weighed by how likely each makes what was measured, together with every pilot in the log: one
likelihood with priors, claims and the organisation's own data behind them (docs/link.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from txsim.errors import InputError, Problem
from txsim.forecast import Forecast, forecast
from txsim.forecast.labels import label_of
from txsim.forecast.pilot_evidence import bills_shown, during, log_bills, log_reading, months_of
from txsim.inference.links import link_name
from txsim.inference.spec import seed_for
from txsim.language import Figure, Message, lazy
from txsim.panel.reader.link_spec import AUTO, RAW, LinkSpec
from txsim.pilot.before_start import blind, cautions, drift, drifted_apart
from txsim.pilot.did import DiffInDiff, before_start, difference, summary
from txsim.pilot.far_cells import far_cells
from txsim.pilot.go_or_stop import basis, decision_after, sentence, weakness
from txsim.pilot.leaving import leaving
from txsim.pilot.measurement import (
    ask_scale,
    check_measure,
    measurable,
    node_of,
    pushed,
    scale_of,
    slopes,
    taken_for_granted,
)
from txsim.pilot.pilot_file import read_pilot
from txsim.pilot.pilot_panel import Pilot
from txsim.pilot.scenario_record import Record, record_of
from txsim.pilot.weighted_draws import in_unit, weighted_figures, weighted_payoff, weights
from txsim.results.codec import plain
from txsim.results.reading import FileReading
from txsim.results.run import CalibrationNote
from txsim.results.update import (
    BeforeStart,
    Believed,
    Decision,
    DoubtUpdate,
    ExpectedNpv,
    Leaving,
    LinkUpdate,
    LogEntry,
    NpvUpdate,
    PilotEffect,
    PilotPoints,
    PilotUnits,
    Surprise,
    Update,
)
from txsim.scenario import Scenario
from txsim.scenario.pilot_log import PilotReading, entry_of_line
from txsim.types import Array, Progress
from txsim.units import Scale

#: Sd of what a comparison with chosen control units misses, and one of before and after alone, index points
#: (docs/model.md, section 7).
_BIAS_CONTROL, _BIAS_ALONE = 0.7, 3.0
_FEWEST_EFFECTIVE = 400


def update(
    scenario: Scenario,
    pilot: Path,
    *,
    measure: str | None = None,
    node: str | None = None,
    scale: str | None = None,
    spec: LinkSpec | None = None,
    randomised: bool = False,
    rule: Path | None = None,
    bills: float | None = None,
    draws: int = 16384,
    seed: int | None = None,
    log: bool = True,
    progress: Progress | None = None,
) -> Update:
    """Condition a scenario on a finished pilot.

    Parameters
    ----------
    scenario
        From :func:`txsim.load`; with a `pilot`.
    pilot
        File with the pilot's waves.
    measure
        Column that holds the measure; found if left out.
    node
        Node that was measured; by the column's name, else what the first driver pushes.
    scale
        Scale of the measure; by default that of the node's baseline.
    spec
        How the file is read, as of a panel.
    randomised
        Whether units were drawn at random, so that nothing is missed by the comparison.
    rule
        The decision rule that was saved by `txsim pilot --out`.
    bills
        Share of plan by which the pilot's bills ran over it, negative for below; needed where the rule asks for it.
    draws, seed
        As in a forecast.
    log
        Whether the scenario's log is read and the pilot appended to it.
    progress
        Told what takes long.

    Raises
    ------
    InputError
        If the scenario has no pilot or driver, or the file cannot be read.
    """
    if scenario.pilot is None or not scenario.drivers:
        message = lazy("the scenario has no `pilot`, or no driver: there is nothing to update")
        raise InputError(Problem(message, file=scenario.source))

    link_spec = spec or LinkSpec()

    def told(called: str) -> str | None:
        own = link_spec.scale_of(called)
        return own if scale is None and own not in (AUTO, RAW) else scale

    def scale_by(called: str) -> Scale:
        check_measure(scenario, called, node, told(called), str(pilot))
        return scale_of(scenario, node_of(scenario, called, node), told(called))

    comparison = read_pilot(pilot, measure, randomised=randomised, spec=link_spec, scale_of=scale_by)
    scale = told(comparison.measure)
    if scale is None:
        ask_scale(comparison, str(pilot))
    warnings: list[Message | str] = list(comparison.warnings)
    # The log is weighed here, so that the forecast must not know of it already.
    prior = forecast(scenario.replaced(pilots=None), draws=draws, seed=seed, trajectories=True, progress=progress)
    measured = _measured(scenario, comparison, node, scale, warnings, randomised=randomised, bills=bills)
    true, predicted = _predicted(prior, measured)
    record = record_of(scenario, pilot, read=log)
    if record.repeated:
        warnings.append(lazy("this pilot stands in the log already and is not counted twice"))
    weighed = _weighed(scenario, prior, measured.reading, record, warnings)
    npv = {path: prior.npv(path) for path in prior.options if path in ("commit", "pilot_scale", "pilot_stop")}
    worth = [weighted_payoff(prior.worth(path), weighed.after) for path in ("pilot_scale", "pilot_stop")]
    expected = ExpectedNpv(*(of.mean for of in worth), *(of.grain(weighed.effective) for of in worth))
    apart = drifted_apart(measured.before_start, measured.effect.effect)
    digits = summary(measured.effect).digits
    decision = decision_after(rule, measured.reading, expected, scenario, warnings, apart=apart, digits=digits)
    entry = LogEntry(
        file=str(record.path),
        entry=len(record.entries) + 1,
        earlier=len(record.entries),
        appended=log and not record.repeated,
        used_by_run=scenario.pilots is not None and bool(scenario.pilots.file),
        line=f"pilots: {record.path.name}",
        kept=log,
    )
    result = _result(scenario, prior, measured, true, predicted, weighed, npv, decision, entry, warnings)
    if entry.appended:
        record.append(prior.hash, measured.likelihood, plain(summary(measured.effect)), decision.choice)
    return result


@dataclass(frozen=True)
class _Measured:
    """What a pilot measured, as the model has it."""

    effect: DiffInDiff  #: The difference in differences, in units of the measure.
    #: ``before_start``, ``leaving``: What speaks against the comparison: a start that never was, and units that left.
    before_start: BeforeStart | None
    leaving: Leaving | None
    comparison: Pilot  #: The pilot's file as read.
    scale: Scale  #: The scale of what was measured.
    likelihood: dict[str, Any]  #: The reading as the log keeps it.

    @cached_property
    def reading(self) -> PilotReading:
        """The reading, checked."""
        return PilotReading.model_validate(self.likelihood)


def _measured(
    scenario: Scenario,
    comparison: Pilot,
    node: str | None,
    scale: str | None,
    warnings: list[Message | str],
    *,
    randomised: bool,
    bills: float | None,
) -> _Measured:
    """Return a comparison in index points of the node that it speaks of, with what it may have missed in its error."""
    effect = difference(comparison)
    earlier, left = before_start(comparison), leaving(comparison)
    warnings += [*far_cells(comparison, effect.effect), *cautions(earlier, left)]
    name = node_of(scenario, comparison.measure, node)
    unit = scale_of(scenario, name, scale)
    warnings += taken_for_granted(scenario, comparison, name, unit, named=node is not None)
    # without units to compare with there is nothing that a lot could have made alike
    randomised = randomised and effect.control >= 2
    bias = 0.0 if randomised else _BIAS_CONTROL if effect.control >= 2 else _BIAS_ALONE
    # arms that moved apart before the start may have gone on to: the reading counts with as large an error, as it says
    apart = abs(unit.points_per_unit) * drift(earlier, effect.effect)
    if effect.control < 2:
        warnings.append(
            lazy(
                "without control units a rise that happened everywhere looks like an effect; "
                "the interval allows for 3 points of it"
            )
        )
    if effect.treated == 1:
        warnings.append(lazy("one pilot unit: its interval is as wide as single units move by themselves"))
    likelihood = {
        "node": name,
        "points": unit.points_per_unit * effect.effect,
        "error": math.hypot(unit.points_per_unit * effect.error, bias, apart),
        "degrees": effect.degrees,
        "randomised": randomised,
        "start": scenario.start,
        "months": 0 if scenario.pilot is None else scenario.pilot.months,
        "drivers": [driver.name for driver in scenario.drivers],
        **({"apart": apart} if apart else {}),
        **({} if bills is None else {"bills": bills}),
    }
    return _Measured(effect, earlier, left, comparison, unit, likelihood)


def _predicted(prior: Forecast, measured: _Measured) -> tuple[Array, Array]:
    """Return the effect that the forecast expected this pilot to show, and to read with its noise ``(draw,)``.

    Both in index points.
    """
    reading, draws = measured.reading, prior.draws
    rng = np.random.default_rng(seed_for(prior.seed, "reading of the pilot"))
    # what a pilot unit shows of the effect at full strength
    boost = np.ones(draws)
    if not reading.randomised:
        boost = np.exp(np.log(1.15) + np.log(1.3) / 1.6449 * rng.standard_normal(draws))
    inside = during(prior.scenario, prior.outcome, reading.node, months_of(prior.scenario, reading))
    partial: Array = boost * (1.0 - rng.beta(1.0, 9.0, draws)) * inside
    noise: Array = rng.standard_t(measured.effect.degrees, draws) * reading.error
    return partial, partial + noise


@dataclass(frozen=True)
class _Weighed:
    """Weights ``(draw,)`` of the forecast's draws before this pilot and after it, which sum to 1."""

    before: Array
    after: Array

    @property
    def effective(self) -> float:
        """Effective number of draws after it, ``1/Σ w²``."""
        return 1.0 / float((self.after**2).sum())


def _weighed(
    scenario: Scenario, prior: Forecast, reading: PilotReading, record: Record, warnings: list[Message | str]
) -> _Weighed:
    """Weigh the forecast's draws by how likely each makes what earlier pilots measured, and this one."""
    log_before = np.zeros(prior.draws)
    log_overrun = bills_shown(scenario, prior.drawn.quantities, prior.draws)
    for earlier in map(entry_of_line, record.entries):
        if earlier.node not in measurable(prior.outcome.nodes):
            warnings.append(
                lazy(
                    "a pilot in the log measured `{node}`, which this scenario does not have; left out",
                    node=earlier.node,
                )
            )
            continue
        deviation = during(scenario, prior.outcome, earlier.node, months_of(scenario, earlier))
        log_before += log_reading(earlier, deviation)
        if earlier.bills is not None:
            log_before += log_bills(earlier.bills, log_overrun)
    inside = during(scenario, prior.outcome, reading.node, months_of(scenario, reading))
    log_after = log_before + log_reading(reading, inside)
    if reading.bills is not None:
        log_after = log_after + log_bills(reading.bills, log_overrun)
    weighed = _Weighed(weights(log_before), weights(log_after))
    if weighed.effective < _FEWEST_EFFECTIVE:
        warnings.append(
            lazy(
                "only {n} draws agree with what was measured: it is a surprise, and figures are rough; more --draws "
                "help",
                n=Figure(weighed.effective, "number", digits=0),
            )
        )
    return weighed


def _result(
    scenario: Scenario,
    prior: Forecast,
    measured: _Measured,
    true: Array,
    predicted: Array,
    weighed: _Weighed,
    npv: dict[str, Array],
    decision: Decision,
    entry: LogEntry,
    warnings: list[Message | str],
) -> Update:
    """Return what is known now."""
    reading, effect = measured.reading, measured.effect
    before, after = weighed.before, weighed.after
    below = float(before @ (predicted <= reading.points))
    full = pushed(prior)
    bits = float((after * np.log2(np.maximum(after, 1e-300) / np.maximum(before, 1e-300))).sum())
    calibration = prior.calibration
    data = scenario.data is not None and calibration.source == "mcmc"
    difference, comparison, unit = summary(effect), measured.comparison, lazy(measured.scale.unit)
    weak = weakness(effect, in_unit(weighted_figures(true, before), measured.scale.points_per_unit), unit)
    drifts = blind(measured.before_start, effect.effect)
    return Update(
        scenario=scenario.label,
        organisation=scenario.organisation.name,
        hash=prior.hash,
        calibration=CalibrationNote(calibration.hash, calibration.source, data),
        node=reading.node,
        measure=comparison.measure,
        reading=None if comparison.reading is None else FileReading(**comparison.reading),
        units=PilotUnits(effect.treated, effect.control),
        currency=scenario.organisation.currency,
        effect=PilotEffect(
            measured=difference,
            unit=unit,
            points=PilotPoints(reading.points, reading.error),
            predicted=in_unit(weighted_figures(predicted, before), measured.scale.points_per_unit),
            prior=weighted_figures(full, before),
            posterior=weighted_figures(full, after),
            basis=basis(effect),
            believed=_believed(scenario, full, weighed),
        ),
        surprise=Surprise(2 * min(below, 1 - below), bits),
        links={
            name: LinkUpdate(weighted_figures(values, before), weighted_figures(values, after))
            for name, values in slopes(prior).items()
        },
        doubt={
            link.name: DoubtUpdate(
                _doubt(prior, link.name, before), _doubt(prior, link.name, after), label_of(scenario, link.name).meaning
            )
            for link in prior.calibration.links
        },
        npv={
            option: NpvUpdate(weighted_payoff(values, before), weighted_payoff(values, after))
            for option, values in npv.items()
        },
        decision=decision,
        effective_draws=weighed.effective,
        draws=prior.draws,
        seed=prior.seed,
        sentence=sentence(
            comparison.measure, difference, decision, controls=effect.control > 0, weak=weak, drifts=drifts
        ),
        log=entry,
        warnings=tuple(dict.fromkeys(warnings)),
        taxed=scenario.finance is not None,
        after_tax=scenario.decision.after_tax,
        before_start=measured.before_start,
        leaving=measured.leaving,
    )


def _believed(scenario: Scenario, full: Array, weighed: _Weighed) -> Believed | None:
    """Return the effect of the first push before the pilot and after it, as its author counts it."""
    push = next((push for driver in scenario.drivers for push in driver.pushes), None)
    if push is None:
        return None
    each = [in_unit(weighted_figures(full, of), push.scale.points_per_unit) for of in (weighed.before, weighed.after)]
    return Believed(each[0], each[1], lazy(push.scale.unit), push.target)


def _doubt(prior: Forecast, name: str, weight: Array) -> float:
    """Return the probability that a link does nothing."""
    return float(weight @ (prior.drawn.parameters[link_name(name)] == 0.0))
