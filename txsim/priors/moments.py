# SPDX-License-Identifier: MIT
"""What distributions come to: medians, moments, and the figures that say how large a quantity is."""

from __future__ import annotations

import math

import numpy as np

from txsim.priors.distributions import Z95, Distribution, from_scores, plain_quantiles, quantile, support
from txsim.priors.splines import SPLINES

#: Shape of a gamma below which it is looked whether it has quantiles.
_LEAST_SHAPE = 1e-6


def median_at_most(d: Distribution) -> float:
    """Return the median, or of a beta a number that it does not exceed and that needs no quantile function.

    With one peak it lies between mean and mode (Groeneveld and Meeden 1977), else within one standard deviation of the
    mean (Hotelling and Solomons 1932). SciPy's quantile functions take longer to import than a scenario to check.
    """
    if d.family != "beta":
        return median(d)
    a, b, low, high = d.args
    mean = a / (a + b)
    sd = math.sqrt(a * b / (a + b + 1.0)) / (a + b)
    most = max(mean, (a - 1.0) / (a + b - 2.0)) if a > 1.0 and b > 1.0 else min(mean + sd, 1.0)
    return min(max(low + (high - low) * most, d.least), d.most)


def median(d: Distribution) -> float:
    """Return the median."""
    if d.family == "lognormal":
        return min(max(math.exp(d.args[0]), d.least), d.most)
    if d.family in ("point", "normal"):
        return min(max(d.args[0], d.least), d.most)
    return quantile(d, 0.5)


def mean(d: Distribution) -> float:
    """Return the mean."""
    return _moments(d)[0]


def sd(d: Distribution) -> float:
    """Return the standard deviation."""
    return math.sqrt(_moments(d)[1])


def _moments(d: Distribution) -> tuple[float, float]:
    """Return mean and variance."""
    a = d.args
    if d.least != -math.inf or d.most != math.inf or d.family in ("split_lognormal", *SPLINES):
        # Limits cut a thin tail, a split log-normal or spline has no closed form; the trapezoid rule over scores is far
        # finer than anything shown.
        z = np.linspace(-9.0, 9.0, 18001)
        weight = np.exp(-(z**2) / 2)
        values = from_scores(d, z)
        middle = float(np.average(values, weights=weight))
        return middle, float(np.average((values - middle) ** 2, weights=weight))
    if d.family == "point":
        return a[0], 0.0
    if d.family == "normal":
        return a[0], a[1] ** 2
    if d.family == "lognormal":
        with np.errstate(over="ignore"):
            middle = float(np.exp(a[0] + a[1] ** 2 / 2))
            return middle, float(np.exp(2 * a[0] + a[1] ** 2) * np.expm1(a[1] ** 2))
    if d.family == "split_normal":
        step = (a[2] - a[1]) / math.sqrt(2 * math.pi)
        return a[0] + step, (a[1] ** 2 + a[2] ** 2) / 2 - step**2
    if d.family == "lognormal_mixture":
        (m1, v1), (m2, v2) = _moments(Distribution("lognormal", a[1:3])), _moments(Distribution("lognormal", a[3:5]))
        return a[0] * m1 + (1 - a[0]) * m2, a[0] * v1 + (1 - a[0]) * v2 + a[0] * (1 - a[0]) * (m1 - m2) ** 2
    if d.family == "gamma":
        square = a[1] ** 2  # 0 where it is below all numbers
        return a[0] / a[1], a[0] / square if square else math.inf
    if d.family == "uniform":
        return (a[0] + a[1]) / 2, (a[1] - a[0]) ** 2 / 12
    if d.family == "triangular":
        low, mode, high = a
        return sum(a) / 3, ((high - low) ** 2 - (mode - low) * (high - mode)) / 18
    total, width = a[0] + a[1], a[3] - a[2]
    return a[2] + width * a[0] / total, width**2 * a[0] * a[1] / (total**2 * (total + 1))


def typical_figures(d: Distribution) -> dict[str, float]:
    """Return the figures that say how large a quantity is: by name, infinite or not a number where they overflow.

    Of a quantity that lies between two ends these are the ends, of a gamma its mean, twenty times which its 95 %
    quantile cannot exceed (Markov), of a mixture the larger ones of its parts: none needs a quantile function. Of any
    other its median, its 5 % and its 95 % quantile and its mean.
    """
    bottom, top = support(d)
    if math.isfinite(bottom) and math.isfinite(top):
        return {"lowest": bottom, "highest": top}
    with np.errstate(all="ignore"):
        if d.family == "gamma":
            # Of a shape that is hardly one, no quantile can be found.
            figures = {"median": quantile(d, 0.5)} if d.args[0] < _LEAST_SHAPE else {}
            return {"mean": mean(d)} | figures
        if d.family == "lognormal_mixture":
            one, two = (typical_figures(Distribution("lognormal", part)) for part in (d.args[1:3], d.args[3:5]))
            return {name: max(one[name], two[name]) for name in one}
        low, middle, high = (float(value) for value in from_scores(d, (-Z95, 0.0, Z95)))
        return {"5 %": low, "median": middle, "95 %": high, "mean": mean(d)}


def describe(d: Distribution) -> str:
    """Return median and 90 % interval in words: ``0.3 ×/÷ 7.5 (0.04 … 2.25)``, ``0.264 (0.0628 … 0.582)``.

    >>> from txsim.priors.distributions import lognormal
    >>> describe(lognormal(3.0, 2.0))
    '3 ×/÷ 2 (1.5 … 6)'
    """
    if d.family == "point":
        return _plain(d.args[0], 4)
    factor = f" ×/÷ {math.exp(d.args[1] * Z95):.3g}" if d.family == "lognormal" else ""
    low, middle, high = (_plain(value, 3) for value in plain_quantiles(d, (0.05, 0.5, 0.95)))
    return f"{middle}{factor} ({low} … {high})"


def _plain(value: float, digits: int) -> str:
    """Return a number with so many digits that count, those before the point all of them: 22000, not 2.2e+04."""
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:.0f}" if 1000 <= abs(rounded) < 1e15 else f"{rounded:g}"
