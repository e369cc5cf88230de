# SPDX-License-Identifier: MIT
"""Weighted draws as figures: weights from log likelihoods, quantiles, payoffs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from txsim.forecast import Forecast
from txsim.forecast.pilot_evidence import bills_shown, during, log_bills, log_reading, months_of
from txsim.language import Figure, Message, lazy
from txsim.pilot.go_or_stop import Paths
from txsim.pilot.scenario_record import Record
from txsim.results.quantities import Interval
from txsim.results.update import Payoff
from txsim.scenario import Scenario
from txsim.scenario.network_checks import reading_fits
from txsim.scenario.pilot_log import PilotReading, entry_of_line
from txsim.types import Array

#: Effective draws below which that is said.
_FEWEST_EFFECTIVE = 400


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


def paths_after(prior: Forecast, weighed: Weighed, p_loss: float) -> Paths:
    """Return what is known of scaling and stopping after the pilot, draws weighed."""
    weight, names = weighed.after, ("pilot_scale", "pilot_stop")
    ahead = prior.worth(names[0]) - prior.worth(names[1])
    error = math.sqrt(float(weight**2 @ (ahead - weight @ ahead) ** 2))
    costs = [float(weight @ prior.outcome.field(name, "pv_cost")) for name in names]
    material = prior.scenario.decision.material * max(costs)
    peaks = prior.outcome.field(names[0], "peak_funding")
    order = np.argsort(peaks)
    at = min(int(np.searchsorted(np.cumsum(weight[order]), 0.95)), peaks.size - 1)
    return Paths(max(2 * error, material), p_loss, float(peaks[order][at]))
