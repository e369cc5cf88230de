# SPDX-License-Identifier: MIT
"""Monotone splines through stated quantiles: as many as were stated, all of them exactly.

The quantile function is a broken line over standard-normal scores, of x, of ln x or of the log odds of x between two
limits: between two stated quantiles x is a piece of a normal (log-normal, logit-normal) distribution, and beyond the
outermost ones the outermost pieces go on. With two quantiles it is that distribution itself; with three, one of them
the median, a split normal. It is monotone because stated quantiles are, has a density, and mixes nothing in that
nobody said; the density jumps at the stated values (docs/elicitation.md).

Numbers of a spline are ``(p_1, x_1, …, p_n, x_n)``, probabilities and values as stated; of a logit-normal its limits
come first, ``(low, high, p_1, x_1, …)``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist

import numpy as np

from txsim.language import lazy
from txsim.types import Array

#: Logarithm of the largest value that a float holds, and room to spare.
_LARGEST = 700.0

#: Splines, by what their pieces are.
SPLINES = ("spline_lognormal", "spline_normal", "spline_logitnormal")


def spline_args(
    quantiles: Mapping[float, float], family: str, low: float = 0.0, high: float = 1.0
) -> tuple[float, ...]:
    """Return the numbers of the spline through stated quantiles; ``low`` and ``high`` are limits of a logit-normal."""
    ends = (low, high) if family == "spline_logitnormal" else ()
    pairs = (float(part) for level in sorted(quantiles) for part in (level, quantiles[level]))
    return (*ends, *pairs)


def spline_parts(family: str, args: Sequence[float]) -> tuple[float, float, tuple[float, ...], tuple[float, ...]]:
    """Return the limits, the probabilities and the values of a spline."""
    bounded = family == "spline_logitnormal"
    pairs = tuple(args[2:] if bounded else args)
    low, high = (args[0], args[1]) if bounded else (0.0 if family == "spline_lognormal" else -math.inf, math.inf)
    return low, high, pairs[::2], pairs[1::2]


def check_spline(family: str, args: Sequence[float]) -> None:
    """Refuse numbers that are no spline.

    Raises :class:`ValueError` if there are fewer than two quantiles, they do not rise, or they lie outside the limits.
    """
    least, most, levels, values = spline_parts(family, args)
    if len(levels) < 2 or len(levels) != len(values):
        raise ValueError(lazy("at least two values with their probability are needed"))
    if not all(0 < level < 1 for level in levels):
        raise ValueError(lazy("probabilities lie between 0 and 1"))
    rising = [
        all(a < b for a, b in itertools.pairwise(numbers)) and all(map(math.isfinite, numbers))
        for numbers in (levels, values)
    ]
    if not all(rising):
        raise ValueError(lazy("values must rise with their probability"))
    if not (least < values[0] and values[-1] < most):
        message = lazy("a {family} lies between {low:g} and {high:g}", family=family, low=least, high=most)
        raise ValueError(message if math.isfinite(most) else lazy("a {family} lies above 0, the smallest quantile is "
                         "{values:g}", family=family, values=values[0]))  # fmt: skip


def knots(family: str, args: Sequence[float]) -> tuple[Array, Array]:
    """Return scores of the stated quantiles, and their values on the scale of the pieces; both ``(n,)``."""
    _, _, levels, values = spline_parts(family, args)
    scores = np.array([NormalDist().inv_cdf(level) for level in levels])
    return scores, _inner(family, args, np.array(values, dtype=np.float64))


def _inner(family: str, args: Sequence[float], x: Array) -> Array:
    if family == "spline_lognormal":
        return np.log(x)
    if family == "spline_logitnormal":
        return np.log(x - args[0]) - np.log(args[1] - x)
    return x


def values_at(family: str, args: Sequence[float], z: Array) -> Array:
    """Return the values at scores, shape of ``z``; scores beyond share exp(700), the largest value that is held."""
    scores, inner = knots(family, args)
    slopes = np.diff(inner) / np.diff(scores)
    at = np.clip(np.searchsorted(scores, z, side="right") - 1, 0, len(slopes) - 1)
    line = inner[at] + slopes[at] * (z - scores[at])
    if family == "spline_lognormal":
        return np.exp(np.minimum(line, _LARGEST))
    if family == "spline_logitnormal":
        low, high = args[:2]
        share = np.where(line < 0, np.exp(np.minimum(line, 0)), 1.0) / (1.0 + np.exp(-np.abs(line)))
        return np.asarray(low + (high - low) * share)
    return np.asarray(line)


def scores_of(family: str, args: Sequence[float], x: Array) -> Array:
    """Return the scores of values, ``-inf`` and ``inf`` beyond the limits; shape of ``x``."""
    least, most, _, values = spline_parts(family, args)
    scores, inner = knots(family, args)
    slopes = np.diff(inner) / np.diff(scores)
    possible = (x > least) & (x < most)
    line = _inner(family, args, np.where(possible, x, values[0]))
    at = np.clip(np.searchsorted(inner, line, side="right") - 1, 0, len(slopes) - 1)
    z = scores[at] + (line - inner[at]) / slopes[at]
    return np.where(possible, z, np.where(x <= least, -np.inf, np.inf))


def log_slope(family: str, args: Sequence[float], x: Array) -> Array:
    """Return the log of how fast the score rises with the value, NaN beyond the limits; shape of ``x``."""
    least, most, _, values = spline_parts(family, args)
    scores, inner = knots(family, args)
    slopes = np.diff(inner) / np.diff(scores)
    possible = (x > least) & (x < most)
    held = np.where(possible, x, values[0])
    at = np.clip(np.searchsorted(inner, _inner(family, args, held), side="right") - 1, 0, len(slopes) - 1)
    rise = -np.log(slopes[at])
    if family == "spline_lognormal":
        rise = rise - np.log(held)
    elif family == "spline_logitnormal":
        low, high = args[:2]
        rise = rise + math.log(high - low) - np.log(held - low) - np.log(high - held)
    return np.where(possible, rise, np.nan)


def moved(family: str, args: Sequence[float], factor: float, offset: float) -> tuple[float, ...] | None:
    """Return the numbers of ``offset + factor · x``; ``None`` where the family cannot hold it."""
    if family == "spline_lognormal" and not (offset == 0.0 and factor > 0):
        return None
    low, high, levels, values = spline_parts(family, args)
    pairs = [(p if factor > 0 else 1 - p, offset + factor * x) for p, x in zip(levels, values, strict=True)]
    ends = sorted(offset + factor * end for end in (low, high)) if family == "spline_logitnormal" else ()
    return (*ends, *(number for pair in sorted(pairs) for number in pair))
