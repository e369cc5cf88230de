# SPDX-License-Identifier: MIT
"""Weighted draws as figures: weights from log likelihoods, quantiles, payoffs, and a reading held against them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from txsim.forecast import Forecast
from txsim.forecast.pilot_evidence import bills_shown, during, log_bills, log_reading, months_of
from txsim.language import N_, Figure, Message, Words, lazy
from txsim.pilot.did import DiffInDiff
from txsim.pilot.scenario_record import Record
from txsim.results.quantities import Interval
from txsim.results.update import Choice, Payoff, Surprise
from txsim.scenario import Scenario
from txsim.scenario.network_checks import reading_fits
from txsim.scenario.pilot_log import PilotReading, entry_of_line
from txsim.types import Array
from txsim.units import Scale

#: Effective draws below which that is said.
_FEWEST_EFFECTIVE = 400
#: Probability of a reading as far off, below which it may contradict what was believed.
_SURPRISING = 0.01


@dataclass(frozen=True)
class Paths:
    """What is known of scaling and of stopping after a pilot, beside what is expected of them."""

    gap: float  #: Money below which they are too near each other to choose by.
    #: ``p_loss``, ``peak_funding``: Of scaling and of stopping: probability of a loss, 95 % quantile of peak funding.
    p_loss: tuple[float, float]
    peak_funding: tuple[float, float]


@dataclass(frozen=True)
class Conflict:
    """A reading that what is believed cannot explain, even after it has learnt from it."""

    against: Choice  #: The choice that the reading speaks against: scaling where it is worse than believed.
    reason: Message  #: What is believed, what was measured, and what the belief cannot hold.


def weights(log: Array) -> Array:
    """Return weights ``(draw,)`` that sum to 1, from log likelihoods up to a constant."""
    weight = np.exp(log - log.max())
    shares: Array = weight / weight.sum()
    return shares


def weighted_figures(values: Array, weight: Array) -> Interval:
    """Return median and 90 % interval of weighted draws, and the probability of a positive value."""
    order = np.argsort(values)
    cumulative = np.cumsum(weight[order])
    at = np.minimum(np.searchsorted(cumulative, [0.05, 0.5, 0.95]), values.size - 1)
    low, middle, high = values[order][at]
    return Interval(float(middle), float(low), float(high), float(weight @ (values > 0)))


def in_unit(points: Interval, factor: float) -> Interval:
    """Return an interval of index points in a unit of which each is ``factor`` points."""
    middle, low, high = (value / factor for value in (points.median, points.p05, points.p95))
    if factor < 0:
        return Interval(middle, high, low, 1 - points.p_positive)
    return Interval(middle, low, high, points.p_positive)


def weighted_payoff(values: Array, weight: Array) -> Payoff:
    """Return what weighted draws of a net present value come to."""
    interval = weighted_figures(values, weight)
    loss = float(weight @ (values < 0))
    return Payoff(float(weight @ values), interval.median, interval.p05, interval.p95, loss)


@dataclass(frozen=True)
class Weighed:
    """Weights ``(draw,)`` of the forecast's draws before this pilot and after it, which sum to 1."""

    before: Array
    after: Array

    @property
    def effective(self) -> float:
        """Effective number of draws after it, ``1/Σ w²``."""
        return 1.0 / float((self.after**2).sum())


def weighed_draws(
    scenario: Scenario, prior: Forecast, reading: PilotReading, record: Record, warnings: list[Message | str]
) -> Weighed:
    """Weigh the forecast's draws by how likely each makes what earlier pilots measured, and this one."""
    log_before = np.zeros(prior.draws)
    log_overrun = bills_shown(scenario, prior.drawn.quantities, prior.draws)
    for earlier in map(entry_of_line, record.entries):
        fault = next(reading_fits(scenario, earlier), None)
        if fault is not None:
            warnings.append(lazy("{fault}; left out", fault=fault[1]))
            continue
        deviation = during(scenario, prior.outcome, earlier.node, months_of(scenario, earlier))
        log_before += log_reading(earlier, deviation, scenario.priors)
        if earlier.bills is not None:
            log_before += log_bills(earlier.bills, log_overrun)
    inside = during(scenario, prior.outcome, reading.node, months_of(scenario, reading))
    log_after = log_before + log_reading(reading, inside, scenario.priors)
    if reading.bills is not None:
        log_after = log_after + log_bills(reading.bills, log_overrun)
    weighed = Weighed(weights(log_before), weights(log_after))
    if weighed.effective < min(_FEWEST_EFFECTIVE, prior.draws / 2):
        warnings.append(
            lazy(
                "only {n} of {draws:,} draws agree with what was measured, and figures are rough; more --draws help",
                n=Figure(weighed.effective, "number", digits=0),
                draws=prior.draws,
            )
        )
    return weighed


def paths_after(prior: Forecast, weighed: Weighed, p_loss: tuple[float, float]) -> Paths:
    """Return what is known of scaling and stopping after the pilot, draws weighed."""
    weight, names = weighed.after, ("pilot_scale", "pilot_stop")
    ahead = prior.worth(names[0]) - prior.worth(names[1])
    error = math.sqrt(float(weight**2 @ (ahead - weight @ ahead) ** 2))
    costs = [float(weight @ prior.outcome.field(name, "pv_cost")) for name in names]
    material = prior.scenario.decision.material * max(costs)
    peaks = [weighted_figures(prior.outcome.field(name, "peak_funding"), weight).p95 for name in names]
    return Paths(max(2 * error, material), p_loss, (peaks[0], peaks[1]))


def surprise_of(predicted: Array, weighed: Weighed, points: float) -> Surprise:
    """Return how surprising a reading of ``points`` is beside the readings ``(draw,)`` that were expected."""
    before, after = weighed.before, weighed.after
    below = float(before @ (predicted <= points))
    bits = float((after * np.log2(np.maximum(after, 1e-300) / np.maximum(before, 1e-300))).sum())
    return Surprise(2 * min(below, 1 - below), bits)


def conflict_of(believed: Interval, measured: Interval, tail: float, scale: Scale, digits: int) -> Conflict | None:
    """Return what the belief cannot hold of a reading, or ``None`` where it can.

    It cannot where so far a reading had a probability below 1 % and, after the belief has learnt from it, its 90 %
    interval and that of the reading still have no value in common: no draw of the belief comes near.

    ``believed``: effect on pilot units as it is believed after the pilot, and ``measured``, in index points;
    ``tail``: probability of a reading as far off; ``scale``, ``digits``: how figures are told.
    """
    worse = measured.p95 < believed.p05
    if tail >= _SURPRISING or not (worse or measured.p05 > believed.p95):
        return None
    if worse and measured.p95 < 0:
        words = N_("{believed} is believed even after the pilot, and {measured} was measured (90 %): the belief cannot "
                   "hold so harmful an effect; widen it, or stop")  # fmt: skip
    elif worse:
        words = N_("{believed} is believed even after the pilot, and {measured} was measured (90 %): the belief cannot "
                   "hold so small an effect; widen it, or stop")  # fmt: skip
    else:
        words = N_("{believed} is believed even after the pilot, and {measured} was measured (90 %): the belief cannot "
                   "hold so large an effect; widen it before what is expected is used")  # fmt: skip

    def told(of: Interval) -> Message:
        ends = sorted(end / scale.points_per_unit for end in (of.p05, of.p95))
        low, high = (Figure(end, "number+", digits=digits) for end in ends)
        return lazy("{low} … {high} {unit}", low=low, high=high, unit=lazy(scale.unit))

    return Conflict("go" if worse else "stop", lazy(words, believed=told(believed), measured=told(measured)))


def weakness(comparison: DiffInDiff, expected: Interval, unit: Words) -> Message | None:
    """Return why a pilot could hardly tell an effect from none, or ``None`` where it could.

    It could hardly tell where the least effect that its 90 % interval would leave nought out of with a probability of
    0.8 is larger than what was to be expected of it at most.

    ``comparison``: error and degrees of freedom, in units of the measure. ``expected``: effect on pilot units that was
    expected before, without the error of measuring, in the same unit.
    """
    from scipy.special import stdtrit

    least = comparison.error * float(stdtrit(comparison.degrees, [0.95, 0.8]).sum())
    most = max(abs(expected.p05), abs(expected.p95))
    if least <= most:
        return None
    words = (
        N_("{treated} pilot and {control} control units could only show an effect of {least} {unit} or more (in 8 of "
           "10 such pilots), and hardly more than {most} was expected of it by then")
        if comparison.control
        else N_("{treated} pilot units alone could only show an effect of {least} {unit} or more (in 8 of 10 such "
                "pilots), and hardly more than {most} was expected of it by then")
    )  # fmt: skip
    return lazy(
        words,
        treated=comparison.treated,
        control=comparison.control,
        least=Figure(least, "number"),
        unit=unit,
        most=Figure(most, "number"),
    )
