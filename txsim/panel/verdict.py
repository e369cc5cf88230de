# SPDX-License-Identifier: MIT
"""What draws of a panel, or an estimate, mean: figures, verdicts, how much confounding would explain an effect away."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from txsim.results.link import Effect, LinkVerdict
from txsim.results.quantities import Interval
from txsim.types import Array

#: Probability of one sign from which an effect is called supported.
SUPPORTED = 0.975
#: Within-unit sd of one series per sd of the other below which an effect is as good as none, a period later.
ABSENT = 0.05
#: Settled effect, in the unit in which it is told, below which it is as good as none: small beside the catalogue's.
_SETTLED = 0.1
#: Width of the 90 % interval, in the same unit, beyond which the data cannot say anything.
_WIDE = 1.5


def figures(draws: Array) -> Interval:
    """Return median, 90 % interval and probability of a positive value of draws of any shape."""
    low, middle, high = np.quantile(draws, [0.05, 0.5, 0.95])
    return Interval(float(middle), float(low), float(high), float(np.mean(draws > 0)))


def student_figures(middle: float, error: float, degrees: float) -> Interval:
    """Return median and 90 % interval of an estimate with Student's t, and the probability of a rise."""
    from scipy.special import stdtr, stdtrit

    half = float(stdtrit(degrees, 0.95)) * error
    p_positive = float(stdtr(degrees, middle / error)) if error > 0 else float(middle > 0)
    return Interval(middle, middle - half, middle + half, p_positive)


def verdict(standardised: Array | None, settled: Interval | Effect) -> LinkVerdict:
    """Return `supported`, `absent`, `opposite`, `inconclusive` or `cannot_say` for one direction.

    ``standardised``: draws of the one-period effect, within-unit sd of the target per sd of the source; ``None`` where
    too little was measured for any statement. ``settled``: what a lasting change comes to, as it is told: points per
    point, or sd per sd where points are not known.

    Notes
    -----
    *Supported*: positive with a probability of at least 0.975. *Absent*: with 90 % probability smaller than 0.05 sd per
    sd in size a period later, and settled smaller than 0.1 in size from end to end of its 90 % interval, which no
    noise in the sd can excuse. *Opposite*: not so small, and negative with a probability of at least 0.975. *Cannot
    say*: too little was measured, or the 90 % interval is wider than 1.5 sd per sd. All else is *inconclusive*.
    """
    if standardised is None:
        return "cannot_say"
    effect = figures(standardised)
    if effect.p95 - effect.p05 > _WIDE:
        return "cannot_say"
    sign = by_sign(effect)
    if sign == "supported":
        return sign
    if max(-settled.p05, settled.p95) < _SETTLED and float(np.mean(np.abs(standardised) < ABSENT)) >= 0.9:
        return "absent"
    return sign


def by_sign(effect: Interval) -> Literal["supported", "opposite", "inconclusive"]:
    """Return what the probability of one sign alone says of an effect, however small it is."""
    if effect.p_positive >= SUPPORTED:
        return "supported"
    return "opposite" if effect.p_positive <= 1 - SUPPORTED else "inconclusive"


def robustness_value(effect: float, error: float, free: float) -> float:
    """Return how strong an unmeasured confounder would have to be to explain an effect away.

    The robustness value of Cinelli and Hazlett (2020, JRSS B 82(1), 39–67): the share of what is left unexplained in
    both source and target that a confounder would have to explain, so that the effect vanishes.
    """
    if error <= 0 or free <= 1:
        return 0.0
    f = abs(effect / error) / math.sqrt(free)
    return 0.5 * (math.sqrt(f**4 + 4 * f**2) - f**2)
