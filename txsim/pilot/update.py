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

from txsim.decide.survey import RELIABILITY, comes_back, sensors
from txsim.errors import InputError, Problem
from txsim.forecast import Forecast, forecast
from txsim.forecast.labels import label_of
from txsim.forecast.pilot_evidence import during, months_of, shown_quantities
from txsim.inference.links import link_name
from txsim.inference.spec import seed_for
from txsim.language import Figure, Message, lazy
from txsim.panel.reader.link_spec import AUTO, RAW, LinkSpec
from txsim.panel.verdict import student_figures
from txsim.pilot.before_start import blind, cautions, drift, drifted_apart
from txsim.pilot.did import DiffInDiff, before_start, difference, summary
from txsim.pilot.far_cells import far_cells
from txsim.pilot.go_or_stop import basis, decision_after, sentence
from txsim.pilot.leaving import leaving
from txsim.pilot.measurement import (
    ask_scale,
    check_measure,
    node_of,
    pushed,
    scale_of,
    slopes,
    taken_for_granted,
)
from txsim.pilot.pilot_file import read_pilot
from txsim.pilot.pilot_panel import Pilot
from txsim.pilot.scenario_record import record_of
from txsim.pilot.weighted_draws import (
    Weighed,
    conflict_of,
    in_unit,
    paths_after,
    surprise_of,
    weakness,
    weighed_draws,
    weighted_figures,
    weighted_payoff,
)
from txsim.priors.moments import median
from txsim.results.codec import plain
from txsim.results.panel_data import FileReading
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
    Update,
)
from txsim.scenario import Scenario
from txsim.scenario.pilot_log import PilotReading
from txsim.types import Array, Progress
from txsim.units import Scale

#: Sd of what a comparison with chosen control units misses, and one of before and after alone, index points
#: (docs/model.md, section 7).
_BIAS_CONTROL, _BIAS_ALONE = 0.7, 3.0


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
    again: bool | None = None,
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
    again
        Whether it takes the place of another reading of this pilot in the log; ``False`` if that was another pilot.
    progress
        Told what takes long.

    Raises
    ------
    InputError
        If the scenario has no pilot or driver, the file cannot be read, or its log holds another reading of the pilot.
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
    shown = summary(measured.effect)
    record = record_of(scenario, pilot, measured.likelihood, plain(shown), read=log, again=again)
    if record.repeated:
        warnings.append(lazy("this pilot stands in the log already and is not counted twice"))
    weighed = weighed_draws(scenario, prior, measured.reading, record, warnings)
    npv = {path: prior.npv(path) for path in prior.options if path in ("commit", "pilot_scale", "pilot_stop")}
    worth = [weighted_payoff(prior.worth(path), weighed.after) for path in ("pilot_scale", "pilot_stop")]
    expected = ExpectedNpv(*(of.mean for of in worth), *(of.grain(weighed.effective) for of in worth))
    apart = drifted_apart(measured.before_start, measured.effect.effect)
    # the saved rule counts on what comes back by itself in its threshold
    read = measured.reading.model_copy(update={"points": measured.reading.points + measured.returned})
    paths = paths_after(prior, weighed, (worth[0].p_loss, worth[1].p_loss))
    expected_reading = in_unit(weighted_figures(true, weighed.before), measured.scale.points_per_unit)
    weak = weakness(measured.effect, expected_reading, lazy(measured.scale.unit))
    conflict = conflict_of(
        weighted_figures(true, weighed.after),
        student_figures(read.points, read.error, read.degrees),
        surprise_of(predicted, weighed, read.points).tail_probability,
        measured.scale,
        shown.digits,
    )
    if conflict is not None and conflict.against == "go":
        weak = None  # a reading on the wrong side of the belief overstates nothing
    decision = decision_after(
        rule, read, expected, scenario, warnings,
        apart=apart, digits=shown.digits, paths=paths, weak=weak is not None, conflict=conflict,
    )  # fmt: skip
    said = sentence(
        measured.comparison.measure, shown, decision, controls=measured.effect.control > 0, unit=measured.scale.unit,
        apart=apart, weak=weak, drifts=blind(measured.before_start, measured.effect.effect), conflict=conflict,
    )  # fmt: skip
    entry = LogEntry(
        file=str(record.path),
        entry=len(record.entries) + 1,
        earlier=len(record.entries),
        appended=log and not record.repeated,
        used_by_run=scenario.pilots is not None and bool(scenario.pilots.file),
        line=f"pilots: {record.path.name}",
        kept=log,
    )
    result = _result(scenario, prior, measured, predicted, weighed, npv, decision, said, entry, warnings)
    if entry.appended:
        record.append(prior.hash, measured.likelihood, plain(shown), decision.choice)
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
    returned: float  #: Index points of what was measured that come back by themselves and are no effect.

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
    name = node_of(scenario, comparison.measure, node)
    unit = scale_of(scenario, name, scale)
    effect = difference(comparison, no_control_sd=_BIAS_ALONE / abs(unit.points_per_unit))
    earlier, left = before_start(comparison), leaving(comparison)
    warnings += [*far_cells(comparison, effect.effect), *cautions(earlier, left, effect.effect)]
    warnings += taken_for_granted(scenario, comparison, name, unit, named=node is not None)
    # without units to compare with there is nothing that a lot could have made alike
    randomised = randomised and effect.control > 0
    bias = _BIAS_CONTROL if effect.control and not randomised else 0.0
    # arms that moved apart before the start may have gone on to: the reading counts with as large an error, as it says
    apart = abs(unit.points_per_unit) * drift(earlier, effect.effect)
    if effect.lone:
        warnings.append(lazy("one control unit shows nothing of how far units move by themselves, and is left out"))
    if not effect.control:
        warnings.append(
            lazy(
                "without control units a rise that happened everywhere looks like an effect; "
                "the interval allows for an sd of 3 index points of it"
            )
        )
    if effect.treated == 1:
        warnings.append(lazy("one pilot unit: its interval is as wide as single units move by themselves"))
    returned = _returned(scenario, name, randomised=randomised, warnings=warnings)
    likelihood = {
        "node": name,
        "points": unit.points_per_unit * effect.effect - returned,
        "error": math.hypot(unit.points_per_unit * effect.error, bias, apart),
        "degrees": effect.degrees,
        "randomised": randomised,
        "start": scenario.start,
        "months": 0 if scenario.pilot is None else scenario.pilot.months,
        "drivers": [driver.name for driver in scenario.drivers],
        **({"apart": apart} if apart else {}),
        **({} if bills is None else {"bills": bills}),
    }
    return _Measured(effect, earlier, left, comparison, unit, likelihood, returned)


def _returned(scenario: Scenario, node: str, *, randomised: bool, warnings: list[Message | str]) -> float:
    """Return how many index points come back by themselves, as units were chosen for bad scores (docs/model.md, 7)."""
    first = sensors(scenario)[:1]
    below = 0.0 if scenario.pilot is None else median(scenario.pilot.chosen_below)
    if not below or not first or set(scenario.nodes_read(first[0].node)) != set(scenario.nodes_read(node)):
        return 0.0
    if randomised:
        warnings.append(
            lazy(
                "units were drawn at random, so that nothing of `chosen_below` comes back by itself: the saved rule "
                "counts on it"
            )
        )
        return 0.0
    points: float = comes_back(first[0], below)
    warnings.append(
        lazy(
            "pilot units were chosen {below} below the others (`chosen_below`): {share} of it, {points} index points, "
            "come back by themselves and are subtracted from what was measured",
            below=Figure(below, "number", first[0].scale.unit),
            share=Figure(1 - RELIABILITY, "percent"),
            points=Figure(points, "number"),
        )
    )
    return points


def _predicted(prior: Forecast, measured: _Measured) -> tuple[Array, Array]:
    """Return the effect that the forecast expected this pilot to show, and to read with its noise ``(draw,)``.

    Both in index points.
    """
    reading, draws = measured.reading, prior.draws
    rng = np.random.default_rng(seed_for(prior.seed, "reading of the pilot"))
    # what a pilot unit shows of the effect at full strength
    boost, spill = (
        prior.drawn.quantities.get(f"pilot.{name}", np.full(draws, median(of)))
        for name, of in shown_quantities(prior.scenario.priors).items()
    )
    boost = np.ones(draws) if reading.randomised else boost
    inside = during(prior.scenario, prior.outcome, reading.node, months_of(prior.scenario, reading))
    partial: Array = boost * (1.0 - spill) * inside + measured.returned
    noise: Array = rng.standard_t(measured.effect.degrees, draws) * reading.error
    return partial, partial + noise


def _result(
    scenario: Scenario,
    prior: Forecast,
    measured: _Measured,
    predicted: Array,
    weighed: Weighed,
    npv: dict[str, Array],
    decision: Decision,
    said: Message,
    entry: LogEntry,
    warnings: list[Message | str],
) -> Update:
    """Return what is known now."""
    reading, effect = measured.reading, measured.effect
    before, after = weighed.before, weighed.after
    full = pushed(prior)
    calibration = prior.calibration
    data = scenario.data is not None and calibration.source == "mcmc"
    comparison, unit = measured.comparison, lazy(measured.scale.unit)
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
            measured=summary(effect),
            unit=unit,
            points=PilotPoints(reading.points, reading.error),
            predicted=in_unit(weighted_figures(predicted, before), measured.scale.points_per_unit),
            prior=weighted_figures(full, before),
            posterior=weighted_figures(full, after),
            basis=basis(effect),
            believed=_believed(scenario, full, weighed),
        ),
        surprise=surprise_of(predicted, weighed, reading.points + measured.returned),
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
        sentence=said,
        log=entry,
        warnings=tuple(dict.fromkeys(warnings)),
        taxed=scenario.finance is not None,
        after_tax=scenario.decision.after_tax,
        before_start=measured.before_start,
        leaving=measured.leaving,
    )


def _believed(scenario: Scenario, full: Array, weighed: Weighed) -> Believed | None:
    """Return the effect of the first push before the pilot and after it, as its author counts it."""
    push = next((push for driver in scenario.drivers for push in driver.pushes), None)
    if push is None:
        return None
    each = [in_unit(weighted_figures(full, of), push.scale.points_per_unit) for of in (weighed.before, weighed.after)]
    return Believed(each[0], each[1], lazy(push.scale.unit), push.target)


def _doubt(prior: Forecast, name: str, weight: Array) -> float:
    """Return the probability that a link does nothing."""
    return float(weight @ (prior.drawn.parameters[link_name(name)] == 0.0))
