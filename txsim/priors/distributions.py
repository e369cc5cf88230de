# SPDX-License-Identifier: MIT
"""Distributions as values: a family and its numbers.

Nothing here samples: a draw is ``from_scores(distribution, z)`` at a standard-normal score, so that points, copulas
and quantiles all come from one place. scipy is imported only by the families that need it.

A quantity with a physical limit, such as a share, may be believed with a thin tail beyond it; then ``least`` or
``most`` holds the limit, and every value beyond is moved onto it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from txsim.language import lazy
from txsim.priors.splines import SPLINES, check_spline, moved, scores_of, spline_args, spline_parts, values_at
from txsim.types import Array

#: Standard-normal 95 % quantile: a 90 % interval is ± this many sd.
Z95 = 1.6448536269514722

#: Families and the names of their numbers; splines, which have as many as were stated, are
#: :data:`txsim.priors.splines.SPLINES`.
FAMILIES: dict[str, tuple[str, ...]] = {
    "point": ("value",),
    "lognormal": ("mu", "sigma"),
    "normal": ("mean", "sd"),
    "beta": ("a", "b", "low", "high"),
    "gamma": ("shape", "rate"),
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "split_lognormal": ("mu", "below", "above"),
    "split_normal": ("median", "below", "above"),
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

    family: str  #: A key of :data:`FAMILIES`, or a spline.
    #: Its numbers; ``mu`` and ``sigma`` are those of ln x, a gamma has a rate, not a scale. A split normal has half its
    #: mass on each side of its median, with an sd for each side (for a split log-normal of ln x): a monotone spline of
    #: the quantile function over normal scores, with one knot.
    args: tuple[float, ...]
    #: Values beyond these are moved onto them; infinite unless set by :func:`clipped`.
    least: float = -math.inf
    most: float = math.inf
    #: Probabilities and values that a person stated and that it was fitted to; not part of what it is.
    stated: tuple[tuple[float, float], ...] = field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.family in SPLINES:
            check_spline(self.family, self.args)
            self._check_limits()
            return
        if self.family not in FAMILIES or len(self.args) != len(FAMILIES[self.family]):
            raise ValueError(
                lazy("unknown family or wrong count of numbers: {family} {args}", family=self.family, args=self.args)
            )
        named = dict(zip(FAMILIES[self.family], self.args, strict=True))
        if not all(math.isfinite(number) for number in self.args):
            raise ValueError(lazy("{family}: every number must be finite", family=self.family))
        for name in ("sigma", "sigma2", "sd", "a", "b", "shape", "rate", "below", "above"):
            if name in named and named[name] <= 0:
                message = lazy(
                    "{family}: {name} must be above 0, it is {value:g}",
                    family=self.family,
                    name=name,
                    value=named[name],
                )
                raise ValueError(message)
        if "low" in named and not named["low"] < named["high"]:
            message = lazy(
                "{family}: low must be below high, they are {low:g} and {high:g}",
                family=self.family,
                low=named["low"],
                high=named["high"],
            )
            raise ValueError(message)
        if "mode" in named and not named["low"] <= named["mode"] <= named["high"]:
            raise ValueError(lazy("triangular: the mode {mode:g} must lie between low and high", mode=named["mode"]))
        if "weight" in named and not 0 < named["weight"] < 1:
            message = lazy("lognormal_mixture: the weight {weight:g} must lie between 0 and 1", weight=named["weight"])
            raise ValueError(message)
        self._check_limits()

    def _check_limits(self) -> None:
        if not self.least < self.most:
            message = lazy(
                "the least possible value must be below the most, they are {least:g} and {most:g}",
                least=self.least,
                most=self.most,
            )
            raise ValueError(message)


def point(value: float) -> Distribution:
    """Return a known number.

    >>> point(3).args
    (3.0,)
    """
    return Distribution("point", (float(value),))


def lognormal(median: float, factor: float) -> Distribution:
    """Return ``median ×/÷ factor``: a log-normal whose 90 % interval is ``median/factor … median·factor``.

    Raises
    ------
    ValueError
        If the median is not above 0 or the factor not above 1 (a known number is a :func:`point`).

    Examples
    --------
    >>> round(quantile(lognormal(3.0, 2.0), 0.95), 12)
    6.0
    """
    if not (median > 0 and factor > 1):
        message = lazy(
            "median must be above 0 and the factor above 1, they are {median:g} and {factor:g}",
            median=median,
            factor=factor,
        )
        raise ValueError(message)
    return Distribution("lognormal", (math.log(median), math.log(factor) / Z95))


def beta(a: float, b: float, low: float = 0.0, high: float = 1.0) -> Distribution:
    """Return a beta distribution, on 0 … 1 unless stated."""
    return Distribution("beta", (float(a), float(b), float(low), float(high)))


def clipped(d: Distribution, least: float = -math.inf, most: float = math.inf) -> Distribution:
    """Return the distribution with every value beyond ``least`` or ``most`` moved onto it."""
    return replace(d, least=max(d.least, float(least)), most=min(d.most, float(most)))


def is_point(d: Distribution) -> bool:
    """Whether the quantity is a known number."""
    return d.family == "point"


def from_scores(d: Distribution, z: ArrayLike) -> Array:
    """Return the values at standard-normal scores: ``ppf(Φ(z))``, shape of ``z``."""
    scores = np.asarray(z, dtype=np.float64)
    if d.family == "point":
        return np.full(scores.shape, d.args[0])
    if d.family == "lognormal":
        return _held(d, np.exp(d.args[0] + d.args[1] * scores))
    if d.family == "normal":
        return _held(d, d.args[0] + d.args[1] * scores)
    if d.family in ("split_lognormal", "split_normal"):
        values = d.args[0] + np.where(scores < 0, d.args[1], d.args[2]) * scores
        return _held(d, values if d.family == "split_normal" else np.exp(values))
    if d.family == "lognormal_mixture":
        return _held(d, _mixture_values(d.args, scores))
    if d.family in SPLINES:
        return _held(d, values_at(d.family, d.args, scores))
    from scipy.special import ndtr

    return ppf(d, np.clip(ndtr(scores), 1e-300, 1.0 - 2.0**-53))


def ppf(d: Distribution, u: ArrayLike) -> Array:
    """Return the quantile function at probabilities ``u``, shape of ``u``."""
    from scipy import special

    p = np.asarray(u, dtype=np.float64)
    a = d.args
    if d.family in ("point", "lognormal", "normal", "lognormal_mixture", "split_lognormal", "split_normal", *SPLINES):
        return from_scores(d, special.ndtri(p))
    if d.family == "beta":
        values = a[2] + (a[3] - a[2]) * np.asarray(special.betaincinv(a[0], a[1], p), dtype=np.float64)
    elif d.family == "gamma":
        values = np.asarray(special.gammaincinv(a[0], p), dtype=np.float64) / a[1]
    elif d.family == "uniform":
        values = a[0] + (a[1] - a[0]) * p
    else:
        low, mode, high = a
        values = np.where(
            p * (high - low) < mode - low,
            low + np.sqrt(p * (high - low) * (mode - low)),
            high - np.sqrt((1 - p) * (high - low) * (high - mode)),
        )
    return _held(d, values)


def _held(d: Distribution, values: Array) -> Array:
    """Return the values, those beyond the limits moved onto them."""
    if d.least == -math.inf and d.most == math.inf:
        return values
    return np.clip(values, d.least, d.most)


def _mixture_values(a: tuple[float, ...], z: Array) -> Array:
    """Return the values of a log-normal mixture at scores, by bisection on ln x between its parts' own quantiles."""
    from scipy.special import ndtr

    one, two = a[1] + a[2] * z, a[3] + a[4] * z
    lo, hi = np.minimum(one, two), np.maximum(one, two)
    # The smaller tail is compared, so that the upper one is as exact as the lower.
    side = np.where(z > 0, -1.0, 1.0)
    wanted = ndtr(side * z)
    for _ in range(60):
        middle = (lo + hi) / 2
        tail = a[0] * ndtr(side * (middle - a[1]) / a[2]) + (1 - a[0]) * ndtr(side * (middle - a[3]) / a[4])
        below = side * (wanted - tail) > 0
        lo, hi = np.where(below, middle, lo), np.where(below, hi, middle)
    return np.exp((lo + hi) / 2)


def cdf(d: Distribution, x: ArrayLike) -> Array:
    """Return the distribution function at ``x``, shape of ``x``."""
    v = np.asarray(x, dtype=np.float64)
    return np.where(v < d.least, 0.0, np.where(v >= d.most, 1.0, _cdf(d, v)))


def _cdf(d: Distribution, v: Array) -> Array:
    """Return the distribution function as if there were no limits."""
    from scipy import special

    a = d.args
    if d.family == "point":
        return np.where(v >= a[0], 1.0, 0.0)
    if d.family in SPLINES:
        return np.asarray(special.ndtr(scores_of(d.family, a, v)), dtype=np.float64)
    if d.family == "normal":
        return np.asarray(special.ndtr((v - a[0]) / a[1]), dtype=np.float64)
    if d.family == "split_normal":
        return np.asarray(special.ndtr((v - a[0]) / np.where(v < a[0], a[1], a[2])), dtype=np.float64)
    if d.family in ("lognormal", "split_lognormal", "lognormal_mixture"):
        logs = np.log(np.where(v > 0, v, 1.0))
        if d.family == "split_lognormal":
            below = special.ndtr((logs - a[0]) / np.where(logs < a[0], a[1], a[2]))
        elif d.family == "lognormal":
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


def support(d: Distribution) -> tuple[float, float]:
    """Return the smallest and the largest possible value."""
    low, high = _support(d)
    return min(max(low, d.least), d.most), max(min(high, d.most), d.least)


def _support(d: Distribution) -> tuple[float, float]:
    a = d.args
    if d.family == "point":
        return a[0], a[0]
    if d.family in ("normal", "split_normal", "spline_normal"):
        return -math.inf, math.inf
    if d.family == "spline_logitnormal":
        return a[0], a[1]
    if d.family == "beta":
        return a[2], a[3]
    if d.family in ("uniform", "triangular"):
        return a[0], a[-1]
    return 0.0, math.inf


def rescale(d: Distribution, factor: float, offset: float = 0.0) -> Distribution:
    """Return the distribution of ``offset + factor · x``.

    Raises
    ------
    ValueError
        Where the family cannot hold the result (a negative factor or an offset of a log-normal).
    """
    if factor == 0.0:
        return point(offset)
    moved = _moved(replace(d, least=-math.inf, most=math.inf), factor, offset)
    limits = sorted(offset + factor * limit for limit in (d.least, d.most))
    return replace(moved, least=limits[0], most=limits[1])


def _moved(d: Distribution, factor: float, offset: float) -> Distribution:
    a = d.args
    if d.family == "point":
        return point(offset + factor * a[0])
    if d.family == "normal":
        return Distribution("normal", (offset + factor * a[0], abs(factor) * a[1]))
    if d.family == "split_normal":
        sides = a[1:] if factor > 0 else a[:0:-1]
        return Distribution(d.family, (offset + factor * a[0], *(abs(factor) * side for side in sides)))
    if d.family in ("uniform", "triangular"):
        return Distribution(d.family, tuple(sorted(offset + factor * number for number in a)))
    if d.family == "beta":
        ends = sorted(offset + factor * number for number in a[2:])
        return beta(*(a[:2] if factor > 0 else a[1::-1]), *ends)
    if d.family in SPLINES and (numbers := moved(d.family, a, factor, offset)) is not None:
        return Distribution(d.family, numbers)
    if offset == 0.0 and factor > 0:
        shift = math.log(factor)
        if d.family == "lognormal":
            return Distribution("lognormal", (a[0] + shift, a[1]))
        if d.family == "split_lognormal":
            return Distribution(d.family, (a[0] + shift, *a[1:]))
        if d.family == "lognormal_mixture":
            return Distribution(d.family, (a[0], a[1] + shift, a[2], a[3] + shift, a[4]))
        return Distribution("gamma", (a[0], a[1] / factor))
    raise ValueError(lazy("a {family} cannot be shifted or mirrored", family=d.family))


def to_data(d: Distribution) -> dict[str, Any]:
    """Return plain data, the same for equal distributions; limits only where there are some."""
    data: dict[str, Any] = {"distribution": d.family}
    if d.family in SPLINES:
        low, high, levels, values = spline_parts(d.family, d.args)
        data |= {"probabilities": list(levels), "values": list(values)}
        data |= {"low": low, "high": high} if math.isfinite(high) else {}
    else:
        data |= dict(zip(FAMILIES[d.family], d.args, strict=True))
    limits = {"least": d.least, "most": d.most}
    return data | {name: limit for name, limit in limits.items() if math.isfinite(limit)}


def from_data(data: Mapping[str, Any]) -> Distribution:
    """Return the distribution of :func:`to_data`."""
    family = str(data["distribution"])
    args: tuple[float, ...]
    if family in SPLINES:
        levels = [float(level) for level in data["probabilities"]]
        stated = dict(zip(levels, map(float, data["values"]), strict=True))
        args = spline_args(stated, family, float(data.get("low", 0.0)), float(data.get("high", 1.0)))
        return Distribution(family, args, float(data.get("least", -math.inf)), float(data.get("most", math.inf)))
    args = tuple(float(data[name]) for name in FAMILIES[family])
    return Distribution(family, args, float(data.get("least", -math.inf)), float(data.get("most", math.inf)))


def plain_quantiles(d: Distribution, levels: Sequence[float]) -> list[float]:
    """Return quantiles as they are told: 0 where nothing but rounding is left of what the others are."""
    values = [quantile(d, level) for level in levels]
    width = max(map(abs, values))
    return [value if abs(value) > 1e-12 * width else 0.0 for value in values]
