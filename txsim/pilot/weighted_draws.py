# SPDX-License-Identifier: MIT
"""Weighted draws as figures: weights from log likelihoods, quantiles, payoffs."""

from __future__ import annotations

import numpy as np

from txsim.results.quantities import Interval
from txsim.results.update import Payoff
from txsim.types import Array


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
