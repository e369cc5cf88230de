# SPDX-License-Identifier: MIT
"""From what an expert states to distributions, by least squares on the distribution function.

The families, limits and criterion are those of the Sheffield Elicitation Framework (Oakley and O'Hagan, SHELF: the
Sheffield Elicitation Framework; R package SHELF), so that its published fits come out again: every family that the
limits allow is fitted, and the one with the smallest sum of squared differences of probability fits best. How far a fit
misses what was said is part of it and is always shown.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from txsim.elicit.families import ELICITED, LOWER, UPPER, Elicited, cdf_of
from txsim.errors import did_you_mean
from txsim.language import lazy
from txsim.priors.fits import minimise, one_sided
from txsim.types import Array

#: A sum of squares below this is a perfect fit; two that differ by less than the second fit equally well.
_PERFECT, _EQUAL = 1e-10, 1e-8


@dataclass(frozen=True)
class Elicitation:
    """What one expert said, and every family fitted to it."""

    #: ``values``, ``probabilities``: ``P(X ≤ values[i]) = probabilities[i]``.
    values: tuple[float, ...]
    probabilities: tuple[float, ...]
    lower: float
    upper: float
    fits: Mapping[str, Elicited]  #: By family, in the order of :data:`ELICITED`.

    @property
    def best(self) -> Elicited:
        """The fit with the smallest sum of squares; the histogram, which fits anything, is left out."""
        candidates = [fit for family, fit in self.fits.items() if family != "hist"]
        smallest = min(fit.ssq for fit in candidates)
        # What differs by rounding only fits equally well: the simpler family, which comes first, is taken.
        return next(fit for fit in candidates if fit.ssq <= smallest + 1e-13)


def elicit(
    values: ArrayLike,
    probabilities: ArrayLike,
    lower: float = -math.inf,
    upper: float = math.inf,
    *,
    weights: ArrayLike | None = None,
    df: float = 3.0,
    families: Sequence[str] | None = None,
) -> Elicitation:
    """Fit every family that the limits allow to stated probabilities.

    Parameters
    ----------
    values, probabilities
        ``P(X ≤ values[i]) = probabilities[i]``, both rising. Shape ``(n,)``. Probabilities of 0 and 1 count for the
        histogram only. Where all lie on one side of the middle, only a gamma of shape 1 above a lower or below an
        upper limit is fitted.
    lower, upper
        Limits of the quantity. Gamma, log-normal and log-t need a lower one, the mirrored ones an upper one, a beta
        and a histogram both. They are not taken as stated probabilities.
    weights
        Weight of each squared difference.
    df
        Degrees of freedom of t and log-t, which are not fitted.
    families
        Which to fit; all by default.

    Returns
    -------
    Elicitation

    Raises
    ------
    ValueError
        If the numbers are out of order, outside the limits, or cannot be fitted.
    """
    x, p, w = _checked(values, probabilities, lower, upper, weights, df)
    names = list(ELICITED) if families is None else list(families)
    two_sided = one_sided(p.tolist()) is None
    inner = (p > 0) & (p < 1)
    if not inner.any() or (two_sided and inner.sum() < 2):
        raise ValueError(lazy("probabilities strictly between 0 and 1 are needed, two of them if they span the middle"))
    fits = {}
    for family in names:
        if family not in ELICITED:
            raise ValueError(
                lazy("unknown family `{family}`{suggestion}", family=family, suggestion=did_you_mean(family, ELICITED))
            )
        possible = (family not in LOWER or lower > -math.inf) and (family not in UPPER or upper < math.inf)
        enough = family != "skewnormal" or inner.sum() > 2
        if not possible or not enough:
            if families is not None:
                limits = lazy("limits") if family in ("beta", "hist") else lazy("a limit")
                needs = limits if enough else lazy("three probabilities")
                raise ValueError(lazy("a {family} needs {needs}", family=family, needs=needs))
        elif two_sided or family == "hist":
            fits[family] = _fit(family, x, p, w, lower, upper, df)
        elif family in ("gamma", "mirrorgamma"):
            fits[family] = _exponential(family, x[inner], p[inner], w[inner], lower, upper)
    if not fits or (families is not None and len(fits) < len(names)):
        message = lazy(
            "the smallest probability must be below 0.4 and the largest above 0.6, else the middle is unknown "
            "(with a limit, a gamma of shape 1 can be fitted)"
        )
        raise ValueError(message)
    return Elicitation(tuple(x.tolist()), tuple(p.tolist()), lower, upper, fits)


def fit_family(
    family: str,
    values: ArrayLike,
    probabilities: ArrayLike,
    lower: float = -math.inf,
    upper: float = math.inf,
    *,
    weights: ArrayLike | None = None,
    df: float = 3.0,
) -> Elicited:
    """Fit one family; see :func:`elicit`."""
    return elicit(values, probabilities, lower, upper, weights=weights, df=df, families=[family]).fits[family]


def _checked(
    values: ArrayLike, probabilities: ArrayLike, lower: float, upper: float, weights: ArrayLike | None, df: float
) -> tuple[Array, Array, Array]:
    x, p = np.atleast_1d(np.asarray(values, dtype=float)), np.atleast_1d(np.asarray(probabilities, dtype=float))
    w = np.ones_like(p) if weights is None else np.broadcast_to(np.asarray(weights, dtype=float), p.shape)
    if x.shape != p.shape or x.ndim != 1 or len(x) < 1:
        message = lazy(
            "one probability for each value is needed; found {values} values, {probabilities} of them",
            values=x.size,
            probabilities=p.size,
        )
        raise ValueError(message)
    if not (np.all(np.isfinite(x)) and np.all((p >= 0) & (p <= 1)) and np.all(w >= 0)):
        raise ValueError(lazy("values must be finite, probabilities between 0 and 1, weights at least 0"))
    for what, numbers in (("values", x), ("probabilities", p)):
        for earlier, later in itertools.pairwise(numbers.tolist()):
            if later <= earlier if what == "values" else later < earlier:
                raise ValueError(
                    lazy("{what} must rise: {later:g} comes after {earlier:g}", what=what, later=later, earlier=earlier)
                )
    if not lower < upper:
        message = lazy(
            "the lower limit must be below the upper one, they are {lower:g} and {upper:g}", lower=lower, upper=upper
        )
        raise ValueError(message)
    if x[0] < lower or x[-1] > upper:
        outside = x[0] if x[0] < lower else x[-1]
        raise ValueError(
            lazy("{outside:g} lies outside the limits {lower:g} … {upper:g}", outside=outside, lower=lower, upper=upper)
        )
    if not df > 0:
        raise ValueError(lazy("degrees of freedom must be above 0, they are {df:g}", df=df))
    return x, p, w


def _fit(family: str, x: Array, p: Array, w: Array, lower: float, upper: float, df: float) -> Elicited:
    if family == "hist":
        inside = (x > lower) & (x < upper)
        edges, below = [lower, *x[inside], upper], [0.0, *p[inside], 1.0]
        return Elicited("hist", (*map(float, edges), *map(float, below)), lower, upper)
    # Probabilities of 0 and 1 are limits in other words: no family without an end reaches them.
    inner = (p > 0) & (p < 1)
    x, p, w = x[inner], p[inner], w[inner]
    mirrored, plain = family.startswith("mirror"), family.removeprefix("mirror")
    if mirrored:
        x, p, w = (upper - x)[::-1], (1 - p)[::-1], w[::-1]
    elif plain == "beta":
        x = (x - lower) / (upper - lower)
    elif plain in LOWER:
        x = x - lower
    params = _least_squares(plain, x, p, w, df, mirrored=mirrored)
    missed = cdf_of(plain, params, x) - p
    return Elicited(family, params, lower, upper, float(w @ missed**2), float(np.max(np.abs(missed))))


def _exponential(family: str, x: Array, p: Array, w: Array, lower: float, upper: float) -> Elicited:
    """Return a gamma of shape 1, the most that probabilities on one side of the middle can tell."""
    from scipy.optimize import minimize_scalar

    y, below = (upper - x, 1 - p) if family == "mirrorgamma" else (x - lower, p)
    guess = float(np.mean(-np.log1p(-below) / y))
    optimum = minimize_scalar(
        lambda log_rate: float(w @ (-np.expm1(-math.exp(log_rate) * y) - below) ** 2),
        bounds=(math.log(guess) - 3, math.log(guess) + 3),
        method="bounded",
        options={"xatol": 1e-12},
    )
    missed = -np.expm1(-math.exp(optimum.x) * y) - below
    ssq, misfit = float(w @ missed**2), float(np.max(np.abs(missed)))
    return Elicited(family, (1.0, math.exp(optimum.x)), lower, upper, ssq, misfit)


def _least_squares(
    family: str, x: Array, p: Array, w: Array, df: float, *, mirrored: bool = False
) -> tuple[float, ...]:
    """Return the numbers of the best member of a family.

    Where the sum of squares has a long flat valley, many members fit equally well; then the one is returned at which
    the search of the published fits ends. A perfect fit, or one that is clearly better, is taken instead.
    """
    tries = [
        minimise(lambda theta: cdf_of(family, _numbers(family, theta, df), x), p, start, w)
        for start in _starts(family, x, p)
    ]
    best, least = min(tries, key=lambda found: found[1])
    if least > _PERFECT and p[0] < 0.4 and p[-1] > 0.6:
        published, ssq = _published(family, x, p, w, df, mirrored)
        if ssq - least <= _EQUAL:
            best = published
    return _numbers(family, best, df)


def _published(family: str, x: Array, p: Array, w: Array, df: float, mirrored: bool) -> tuple[Array, float]:
    """Return where the downhill simplex ends from SHELF's first guesses."""
    from scipy.special import ndtri

    def error(theta: Array) -> float:
        return float(w @ (cdf_of(family, _numbers(family, theta, df), x) - p) ** 2)

    low, high = float(ndtri(p[0])), float(ndtri(p[-1]))
    middle = (x[0] * high - x[-1] * low) / (high - low)
    variance = ((x[-1] - x[0]) / (high - low)) ** 2
    plain = np.array([middle, 0.5 * math.log(variance)])
    if family in ("normal", "t"):
        return nelder_mead(error, plain)
    if family == "skewnormal":
        mean, log_sd = nelder_mead(
            lambda theta: float(w @ (cdf_of("normal", _numbers("normal", theta, df), x) - p) ** 2), plain
        )[0]
        return _published_skew(error, float(mean), math.exp(log_sd))
    with np.errstate(divide="ignore", invalid="ignore"):
        if family == "gamma":
            return nelder_mead(error, np.log([middle**2 / variance, middle / variance]))
        if family == "beta":
            a = abs(middle**3 / variance * (1 / middle - 1) - middle)
            return nelder_mead(error, np.log([a, abs(a / middle - a)]))
        inner = np.interp([0.4, 0.6], p, x)
        spread = math.log(math.log(inner[1] / inner[0]) / 1.35)
        one = 1.0 if mirrored else 0.0  # the published first guess of a mirrored log-normal is shifted so
        first = (math.log(x[0]) * (high + one) - math.log(x[-1]) * (low + one)) / (high - low)
        return nelder_mead(error, np.array([first if family == "lognormal" else math.log(middle), spread]))


def _published_skew(error: Callable[[Array], float], mean: float, sd: float) -> tuple[Array, float]:
    """Return the end of a search in two stages: location and scale over given shapes, then all three."""
    guesses = []
    for shape in (-20.0, -10.0, *map(float, range(-5, 6)), 10.0, 20.0):
        d = shape / math.hypot(1.0, shape)
        scale = sd / math.sqrt(1 - 2 * d**2 / math.pi)
        start = np.array([mean - scale * d * math.sqrt(2 / math.pi), math.log(scale)])
        _, ssq = nelder_mead(lambda theta, shape=shape: error(np.append(theta, shape)), start)  # type: ignore[misc]
        guesses.append((ssq, start, shape))
    _, start, shape = min(guesses, key=lambda guess: guess[0])
    return nelder_mead(error, np.append(start, shape))


def _numbers(family: str, theta: Array, df: float) -> tuple[float, ...]:
    """Return a family's numbers from what is searched: numbers above 0 are searched as logs."""
    first = math.exp(min(max(float(theta[0]), -60), 60)) if family in ("gamma", "beta") else float(theta[0])
    second = math.exp(min(max(float(theta[1]), -60), 60))
    if family in ("t", "logt"):
        return first, second, df
    return (first, second, float(theta[2])) if family == "skewnormal" else (first, second)


def _starts(family: str, x: Array, p: Array) -> list[Array]:
    from scipy.special import ndtri

    inner = (p > 0) & (p < 1)
    scores, values = (ndtri(p[inner]), x[inner]) if inner.sum() > 1 else (ndtri(np.clip(p, 0.01, 0.99)), x)
    if family in ("lognormal", "logt"):
        values = np.log(np.maximum(values, 1e-300))
    slope, middle = np.polyfit(scores, values, 1)
    slope = max(float(slope), 1e-12)
    if family in ("normal", "t", "lognormal", "logt"):
        return [np.array([middle, math.log(slope)])]
    if family == "skewnormal":
        around = [np.array([middle, math.log(slope), 0.0])]
        for shape in (1.0, 3.0, 10.0):
            d = shape / math.hypot(1, shape)
            scale = slope / math.sqrt(1 - 2 * d**2 / math.pi)
            around += [
                np.array([middle - sign * d * scale * math.sqrt(2 / math.pi), math.log(scale), sign * shape])
                for sign in (1, -1)
            ]
        return around
    if family == "gamma":
        size = max((middle / slope) ** 2 if middle > 0 else 0.0, 0.05)
        guesses = [math.log(size), 0.0, math.log(0.5)]
        return [np.array([guess, guess - math.log(max(float(np.mean(values)), 1e-300))]) for guess in guesses]
    centre = min(max(float(middle), 0.02), 0.98)
    size = max(centre * (1 - centre) / slope**2 - 1, 0.5)
    return [np.log([centre * size, (1 - centre) * size]), np.zeros(2)]


# --- The downhill simplex of Nelder and Mead, in the form of Nash's Compact Numerical Methods for Computers, algorithm
# 19
# Published elicitation fits were found by it (it is the default of R's ``optim``), from stated first guesses and with a
# stated tolerance. Where the sum of squares hardly changes along a valley the answer depends on where the search stops,
# so the same search is needed to find the same numbers; scipy's differs in its first simplex and its end.


#: Value of a point where the function is not finite.
_BAD = 1e35


def nelder_mead(
    function: Callable[[Array], float], start: Array, *, tolerance: float = 2.0**-26, most: int = 500
) -> tuple[Array, float]:
    """Return the point where the search ends, and the function there.

    ``function``: what is minimised; ``start``: first guess, shape ``(n,)``; ``tolerance``: the search ends when the
    best and the worst corner differ by no more, relative to the function at the start; ``most``: evaluations after
    which it ends in any case.
    """
    count = 0

    def value(x: Array) -> float:
        nonlocal count
        count += 1
        objective = float(function(x))
        return objective if np.isfinite(objective) else _BAD

    n = len(start)
    first = value(start)
    near = tolerance * (abs(first) + tolerance)
    step = float(np.max(0.1 * np.abs(start))) or 0.1
    corners = np.repeat(start[None].astype(float), n + 1, axis=0)
    for j in range(n):
        corners[j + 1, j] += step
    heights = np.array([first] + [value(corner) for corner in corners[1:]])
    size = n * step * 10
    low = 0
    while count <= most:
        # Of equal corners the one that was best before stays best.
        smallest = heights.min()
        if heights[low] > smallest:
            low = int(np.argmin(heights))
        high = int(np.argmax(heights)) if heights.max() > heights[low] else low
        if heights[high] <= heights[low] + near:
            break
        centre = (corners.sum(0) - corners[high]) / n
        mirrored = 2 * centre - corners[high]
        at_mirrored = value(mirrored)
        if at_mirrored < heights[low]:
            beyond = 2 * mirrored - centre
            at_beyond = value(beyond)
            better = at_beyond < at_mirrored
            corners[high] = beyond if better else mirrored
            heights[high] = at_beyond if better else at_mirrored
            continue
        before = heights[high]
        if at_mirrored < before:
            corners[high], heights[high] = mirrored, at_mirrored
        nearer = (corners[high] + centre) / 2
        at_nearer = value(nearer)
        if at_nearer < heights[high]:
            corners[high], heights[high] = nearer, at_nearer
        elif at_mirrored >= before:
            corners = (corners + corners[low]) / 2
            left = float(np.abs(corners - corners[low]).sum())
            if left >= size:
                break
            size = left
            heights = np.array([heights[j] if j == low else value(corners[j]) for j in range(n + 1)])
    return corners[low], float(heights[low])
