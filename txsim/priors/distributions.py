# SPDX-License-Identifier: MIT
"""Distributions as values: a family and its numbers.

Nothing here samples: a draw is ``from_scores(distribution, z)`` at a standard-normal score, so that points, copulas
and quantiles all come from one place. scipy is imported only by the families that need it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "FAMILIES",
    "Z95",
    "Distribution",
    "beta",
    "cdf",
    "describe",
    "fit_quantiles",
    "from_data",
    "from_interval",
    "from_scores",
    "is_point",
    "lognormal",
    "mean",
    "median",
    "point",
    "ppf",
    "quantile",
    "rescale",
    "sd",
    "support",
    "to_data",
]

Array = NDArray[np.float64]

#: Standard-normal 95 % quantile: a 90 % interval is ± this many sd.
Z95 = 1.6448536269514722

#: Families and the names of their numbers.
FAMILIES: dict[str, tuple[str, ...]] = {
    "point": ("value",),
    "lognormal": ("mu", "sigma"),
    "normal": ("mean", "sd"),
    "beta": ("a", "b", "low", "high"),
    "gamma": ("shape", "rate"),
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "lognormal_mixture": ("weight", "mu", "sigma", "mu2", "sigma2"),
}


@dataclass(frozen=True, slots=True)
class Distribution:
    """A family and its numbers, in the order of :data:`FAMILIES`.

    Raises
    ------
    ValueError
        If the family is unknown or the numbers are impossible.
    """

    family: str
    args: tuple[float, ...]

    def __post_init__(self) -> None:
        if self.family not in FAMILIES or len(self.args) != len(FAMILIES[self.family]):
            message = f"unknown family or wrong count of numbers: {self.family} {self.args}"
            raise ValueError(message)
        named = dict(zip(FAMILIES[self.family], self.args, strict=True))
        if not all(math.isfinite(number) for number in self.args):
            message = f"{self.family}: every number must be finite"
            raise ValueError(message)
        for name in ("sigma", "sigma2", "sd", "a", "b", "shape", "rate"):
            if name in named and named[name] <= 0:
                message = f"{self.family}: {name} must be above 0, it is {named[name]:g}"
                raise ValueError(message)
        if "low" in named and not named["low"] < named["high"]:
            message = f"{self.family}: low must be below high, they are {named['low']:g} and {named['high']:g}"
            raise ValueError(message)
        if "mode" in named and not named["low"] <= named["mode"] <= named["high"]:
            message = f"triangular: the mode {named['mode']:g} must lie between low and high"
            raise ValueError(message)
        if "weight" in named and not 0 < named["weight"] < 1:
            message = f"lognormal_mixture: the weight {named['weight']:g} must lie between 0 and 1"
            raise ValueError(message)


def point(value: float) -> Distribution:
    """Return a known number."""
    return Distribution("point", (float(value),))


def lognormal(median: float, factor: float) -> Distribution:
    """Return ``median ×/÷ factor``: a log-normal whose 90 % interval is ``median/factor … median·factor``."""
    if median <= 0 or factor <= 1:
        message = f"median must be above 0 and the factor above 1, they are {median:g} and {factor:g}"
        raise ValueError(message)
    return Distribution("lognormal", (math.log(median), math.log(factor) / Z95))


def beta(a: float, b: float, low: float = 0.0, high: float = 1.0) -> Distribution:
    """Return a beta distribution, on 0 … 1 unless stated."""
    return Distribution("beta", (float(a), float(b), float(low), float(high)))


def is_point(d: Distribution) -> bool:
    """Whether the quantity is a known number."""
    return d.family == "point"


def from_interval(low: float, high: float, median: float | None = None, family: str | None = None) -> Distribution:
    """Return a distribution with the 90 % interval ``low … high``.

    Parameters
    ----------
    low, high
        5 % and 95 % quantiles.
    median
        Kept exactly where given (docs/model.md, section 8): for a log-normal ``sigma = ln(high/low) / (2 · 1.6449)``.
    family
        ``lognormal`` (default where ``low > 0``), ``normal`` or ``uniform``.

    Raises
    ------
    ValueError
        If the numbers are out of order or lie outside the family's support.
    """
    if not low < high:
        message = f"an interval goes from low to high, this one from {low:g} to {high:g}"
        raise ValueError(message)
    if median is not None and not low < median < high:
        message = f"the median {median:g} must lie inside the interval {low:g} … {high:g}"
        raise ValueError(message)
    chosen = family or ("lognormal" if low > 0 else "normal")
    if chosen == "lognormal":
        if low <= 0:
            message = f"a log-normal lies above 0, the interval begins at {low:g}"
            raise ValueError(message)
        middle = math.log(median) if median is not None else (math.log(low) + math.log(high)) / 2
        return Distribution("lognormal", (middle, math.log(high / low) / (2 * Z95)))
    if chosen == "normal":
        middle = median if median is not None else (low + high) / 2
        return Distribution("normal", (middle, (high - low) / (2 * Z95)))
    if chosen == "uniform":
        margin = (high - low) / 18  # 5 % of the width beyond each end
        return Distribution("uniform", (low - margin, high + margin))
    return fit_quantiles({0.05: low, 0.95: high} | ({0.5: median} if median is not None else {}), chosen)[0]


def fit_quantiles(quantiles: Mapping[float, float], family: str | None = None) -> tuple[Distribution, float]:
    """Return the distribution that fits stated quantiles best, and how far it misses.

    Parameters
    ----------
    quantiles
        Value by probability, two at least, in order.
    family
        ``lognormal``, ``normal``, ``gamma`` or ``beta``; by default log-normal for positive values, else normal.

    Returns
    -------
    tuple
        The fit by least squares on the distribution function, and the largest difference of probability.

    Raises
    ------
    ValueError
        If probabilities or values are out of order or outside the family's support.
    """
    levels = sorted(quantiles)
    values = [float(quantiles[level]) for level in levels]
    if len(levels) < 2:
        message = "at least two quantiles are needed"
        raise ValueError(message)
    if not all(0 < level < 1 for level in levels):
        message = "probabilities of quantiles lie between 0 and 1"
        raise ValueError(message)
    if any(later <= earlier for earlier, later in itertools.pairwise(values)):
        message = "quantiles must rise with their probability"
        raise ValueError(message)
    chosen = family or ("lognormal" if values[0] > 0 else "normal")
    if chosen in ("lognormal", "gamma") and values[0] <= 0:
        message = f"a {chosen} lies above 0, the smallest quantile is {values[0]:g}"
        raise ValueError(message)
    if chosen == "beta" and not (values[0] > 0 and values[-1] < 1):
        message = "a beta lies between 0 and 1"
        raise ValueError(message)
    if chosen not in ("lognormal", "normal", "gamma", "beta"):
        message = f"quantiles can be fitted by lognormal, normal, gamma or beta, not by {chosen}"
        raise ValueError(message)
    from scipy.optimize import least_squares
    from scipy.special import ndtri

    told = np.array(levels)
    scores = ndtri(told)
    known = np.array(values)
    on = np.log(known) if chosen == "lognormal" else known
    slope, start = np.polyfit(scores, on, 1)
    if chosen in ("lognormal", "normal"):
        first = np.array([start, math.log(slope)])

        def made(theta: Array) -> Distribution:
            return Distribution(chosen, (float(theta[0]), math.exp(float(theta[1]))))
    else:
        level, spread = float(np.interp(0.5, told, known)), max(float(slope), 1e-9)
        size = (level / spread) ** 2 if chosen == "gamma" else max(level * (1 - level) / spread**2 - 1, 0.5)
        pair = (size, size / level) if chosen == "gamma" else (level * size, (1 - level) * size)
        first = np.log(np.array(pair))

        def made(theta: Array) -> Distribution:
            a, b = (math.exp(float(np.clip(part, -30, 30))) for part in theta)
            return beta(a, b) if chosen == "beta" else Distribution("gamma", (a, b))

    found = least_squares(lambda theta: cdf(made(theta), known) - told, first, xtol=1e-15, ftol=1e-15, gtol=1e-15)
    best = made(found.x)
    return best, float(np.max(np.abs(cdf(best, known) - told)))


def from_scores(d: Distribution, z: ArrayLike) -> Array:
    """Return the values at standard-normal scores: ``ppf(Φ(z))``, shape of ``z``."""
    scores = np.asarray(z, dtype=np.float64)
    if d.family == "point":
        return np.full(scores.shape, d.args[0])
    if d.family == "lognormal":
        return np.exp(d.args[0] + d.args[1] * scores)
    if d.family == "normal":
        return d.args[0] + d.args[1] * scores
    from scipy.special import ndtr

    return ppf(d, np.clip(ndtr(scores), 1e-300, 1.0 - 2.0**-53))


def ppf(d: Distribution, u: ArrayLike) -> Array:
    """Return the quantile function at probabilities ``u``, shape of ``u``."""
    from scipy import special

    p = np.asarray(u, dtype=np.float64)
    a = d.args
    if d.family in ("point", "lognormal", "normal"):
        return from_scores(d, special.ndtri(p))
    if d.family == "beta":
        return a[2] + (a[3] - a[2]) * np.asarray(special.betaincinv(a[0], a[1], p), dtype=np.float64)
    if d.family == "gamma":
        return np.asarray(special.gammaincinv(a[0], p), dtype=np.float64) / a[1]
    if d.family == "uniform":
        return a[0] + (a[1] - a[0]) * p
    if d.family == "triangular":
        low, mode, high = a
        left = (mode - low) / (high - low)
        return np.where(
            p < left,
            low + np.sqrt(p * (high - low) * (mode - low)),
            high - np.sqrt((1 - p) * (high - low) * (high - mode)),
        )
    # Mixture: bisection on the score scale between the two parts' own quantiles, which bracket it.
    z = special.ndtri(p)
    one, two = a[1] + a[2] * z, a[3] + a[4] * z
    lo, hi = np.minimum(one, two), np.maximum(one, two)
    for _ in range(60):
        middle = (lo + hi) / 2
        below = a[0] * special.ndtr((middle - a[1]) / a[2]) + (1 - a[0]) * special.ndtr((middle - a[3]) / a[4]) < p
        lo, hi = np.where(below, middle, lo), np.where(below, hi, middle)
    return np.asarray(np.exp((lo + hi) / 2), dtype=np.float64)


def cdf(d: Distribution, x: ArrayLike) -> Array:
    """Return the distribution function at ``x``, shape of ``x``."""
    from scipy import special

    v = np.asarray(x, dtype=np.float64)
    a = d.args
    if d.family == "point":
        return np.where(v >= a[0], 1.0, 0.0)
    if d.family == "normal":
        return np.asarray(special.ndtr((v - a[0]) / a[1]), dtype=np.float64)
    if d.family in ("lognormal", "lognormal_mixture"):
        logs = np.log(np.where(v > 0, v, 1.0))
        if d.family == "lognormal":
            below = special.ndtr((logs - a[0]) / a[1])
        else:
            below = a[0] * special.ndtr((logs - a[1]) / a[2]) + (1 - a[0]) * special.ndtr((logs - a[3]) / a[4])
        return np.where(v > 0, below, 0.0)
    if d.family == "beta":
        return np.asarray(special.betainc(a[0], a[1], np.clip((v - a[2]) / (a[3] - a[2]), 0, 1)), dtype=np.float64)
    if d.family == "gamma":
        return np.asarray(special.gammainc(a[0], np.maximum(v, 0) * a[1]), dtype=np.float64)
    if d.family == "uniform":
        return np.clip((v - a[0]) / (a[1] - a[0]), 0.0, 1.0)
    low, mode, high = a
    rising = (np.clip(v, low, mode) - low) ** 2 / ((high - low) * max(mode - low, 1e-300))
    falling = 1 - (high - np.clip(v, mode, high)) ** 2 / ((high - low) * max(high - mode, 1e-300))
    return np.where(v < mode, rising, falling)


def quantile(d: Distribution, q: float) -> float:
    """Return one quantile."""
    if d.family == "point":
        return d.args[0]
    return float(ppf(d, q))


def median(d: Distribution) -> float:
    """Return the median."""
    if d.family == "lognormal":
        return math.exp(d.args[0])
    return d.args[0] if d.family in ("point", "normal") else quantile(d, 0.5)


def mean(d: Distribution) -> float:
    """Return the mean."""
    return _moments(d)[0]


def sd(d: Distribution) -> float:
    """Return the standard deviation."""
    first, second = _moments(d)
    return math.sqrt(max(second - first * first, 0.0))


def _moments(d: Distribution) -> tuple[float, float]:
    """Return the first two raw moments."""
    a = d.args
    if d.family == "point":
        return a[0], a[0] ** 2
    if d.family == "normal":
        return a[0], a[0] ** 2 + a[1] ** 2
    if d.family == "lognormal":
        return math.exp(a[0] + a[1] ** 2 / 2), math.exp(2 * a[0] + 2 * a[1] ** 2)
    if d.family == "lognormal_mixture":
        one, two = _moments(Distribution("lognormal", a[1:3])), _moments(Distribution("lognormal", a[3:5]))
        return a[0] * one[0] + (1 - a[0]) * two[0], a[0] * one[1] + (1 - a[0]) * two[1]
    if d.family == "gamma":
        return a[0] / a[1], a[0] * (a[0] + 1) / a[1] ** 2
    if d.family == "uniform":
        middle, variance = (a[0] + a[1]) / 2, (a[1] - a[0]) ** 2 / 12
    elif d.family == "triangular":
        middle = sum(a) / 3
        variance = (a[0] ** 2 + a[1] ** 2 + a[2] ** 2 - a[0] * a[1] - a[0] * a[2] - a[1] * a[2]) / 18
    else:
        total, width = a[0] + a[1], a[3] - a[2]
        middle = a[2] + width * a[0] / total
        variance = width**2 * a[0] * a[1] / (total**2 * (total + 1))
    return middle, middle**2 + variance


def support(d: Distribution) -> tuple[float, float]:
    """Return the smallest and the largest possible value."""
    a = d.args
    return {
        "point": lambda: (a[0], a[0]),
        "normal": lambda: (-math.inf, math.inf),
        "beta": lambda: (a[2], a[3]),
        "uniform": lambda: (a[0], a[1]),
        "triangular": lambda: (a[0], a[2]),
    }.get(d.family, lambda: (0.0, math.inf))()


def rescale(d: Distribution, factor: float, offset: float = 0.0) -> Distribution:
    """Return the distribution of ``offset + factor · x``.

    Raises
    ------
    ValueError
        Where the family cannot hold the result (a negative factor or an offset of a log-normal).
    """
    a = d.args
    if d.family == "point":
        return point(offset + factor * a[0])
    if d.family == "normal":
        return Distribution("normal", (offset + factor * a[0], abs(factor) * a[1]))
    if d.family in ("uniform", "triangular"):
        ends = sorted(offset + factor * number for number in a)
        return Distribution(d.family, tuple(ends))
    if d.family == "beta":
        ends = sorted(offset + factor * number for number in a[2:])
        return beta(*(a[:2] if factor > 0 else a[1::-1]), *ends)
    if offset == 0.0 and factor > 0:
        shift = math.log(factor)
        if d.family == "lognormal":
            return Distribution("lognormal", (a[0] + shift, a[1]))
        if d.family == "lognormal_mixture":
            return Distribution(d.family, (a[0], a[1] + shift, a[2], a[3] + shift, a[4]))
        return Distribution("gamma", (a[0], a[1] / factor))
    message = f"a {d.family} cannot be shifted or mirrored"
    raise ValueError(message)


def to_data(d: Distribution) -> dict[str, Any]:
    """Return plain data, the same for equal distributions."""
    return {"distribution": d.family, **dict(zip(FAMILIES[d.family], d.args, strict=True))}


def from_data(data: Mapping[str, Any]) -> Distribution:
    """Return the distribution of :func:`to_data`."""
    family = str(data["distribution"])
    return Distribution(family, tuple(float(data[name]) for name in FAMILIES[family]))


def describe(d: Distribution) -> str:
    """Return the median and the 90 % interval in words, such as ``0.3 (0.04 … 2.25)``."""
    if d.family == "point":
        return f"{d.args[0]:.4g}"
    return f"{median(d):.3g} ({quantile(d, 0.05):.3g} … {quantile(d, 0.95):.3g})"
