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
from numpy.typing import ArrayLike, NDArray

from txsim.errors import did_you_mean
from txsim.priors.distributions import Distribution, beta
from txsim.priors.fits import minimise
from txsim.priors.simplex import nelder_mead

__all__ = [
    "ELICITED",
    "Elicited",
    "Elicitation",
    "chips_to_cdf",
    "elicit",
    "fit_dirichlet",
    "fit_family",
    "fit_precision",
    "from_interval_and_mode",
]

Array = NDArray[np.float64]

#: Families, and what their numbers are. The mirrored ones are the family of ``upper − x``; gamma, log-normal and log-t
#: speak of ``x − lower``, a beta of ``(x − lower)/(upper − lower)``.
ELICITED: dict[str, tuple[str, ...]] = {
    "normal": ("mean", "sd"),
    "t": ("location", "scale", "df"),
    "skewnormal": ("location", "scale", "shape"),
    "gamma": ("shape", "rate"),
    "lognormal": ("mean_log", "sd_log"),
    "logt": ("location_log", "scale_log", "df"),
    "beta": ("a", "b"),
    "mirrorgamma": ("shape", "rate"),
    "mirrorlognormal": ("mean_log", "sd_log"),
    "mirrorlogt": ("location_log", "scale_log", "df"),
    "hist": (),
}

#: A fit that misses by no more probability than this is called one.
GOOD_FIT = 0.02

#: A sum of squares below this is a perfect fit; two that differ by less than the second fit equally well.
_PERFECT, _EQUAL = 1e-10, 1e-8

_LOWER = ("gamma", "lognormal", "logt", "beta", "hist")
_UPPER = ("mirrorgamma", "mirrorlognormal", "mirrorlogt", "beta", "hist")


@dataclass(frozen=True)
class Elicited:
    """A fitted distribution of one quantity.

    Attributes
    ----------
    family
        A key of :data:`ELICITED`.
    params
        Its numbers; for ``hist`` the values between which it is uniform, then the probabilities below them.
    lower, upper
        Limits of the quantity, infinite where there are none.
    ssq
        Sum of squared differences between stated and fitted probabilities.
    misfit
        Largest of these differences.
    """

    family: str
    params: tuple[float, ...]
    lower: float = -math.inf
    upper: float = math.inf
    ssq: float = 0.0
    misfit: float = 0.0

    @property
    def fits(self) -> bool:
        """Whether no stated probability is missed by more than :data:`GOOD_FIT`."""
        return self.misfit <= GOOD_FIT

    def cdf(self, x: ArrayLike) -> Array:
        """Return the distribution function, shape of ``x``."""
        v = np.asarray(x, dtype=float)
        if self.family == "hist":
            half = len(self.params) // 2
            return np.interp(v, self.params[:half], self.params[half:])
        if self.family.startswith("mirror"):
            return np.asarray(1 - _cdf(self.family[6:], self.params, self.upper - v))
        return _cdf(self.family, self.params, self._inner(v))

    def pdf(self, x: ArrayLike) -> Array:
        """Return the density, shape of ``x``."""
        v = np.asarray(x, dtype=float)
        if self.family == "hist":
            half = len(self.params) // 2
            edges, below = np.array(self.params[:half]), np.array(self.params[half:])
            at = np.clip(np.searchsorted(edges, v, side="right") - 1, 0, half - 2)
            inside = (v >= edges[0]) & (v <= edges[-1])
            return np.where(inside, (np.diff(below) / np.diff(edges))[at], 0.0)
        if self.family.startswith("mirror"):
            return _pdf(self.family[6:], self.params, self.upper - v)
        width = self.upper - self.lower if self.family == "beta" else 1.0
        return np.asarray(_pdf(self.family, self.params, self._inner(v)) / width)

    def quantile(self, p: ArrayLike) -> Array:
        """Return the quantile function, shape of ``p``."""
        u = np.asarray(p, dtype=float)
        if self.family == "hist":
            half = len(self.params) // 2
            return np.interp(u, self.params[half:], self.params[:half])
        if self.family.startswith("mirror"):
            return np.asarray(self.upper - _ppf(self.family[6:], self.params, 1 - u))
        inner = _ppf(self.family, self.params, u)
        if self.family == "beta":
            return np.asarray(self.lower + (self.upper - self.lower) * inner)
        return np.asarray(self.lower + inner) if self.family in _LOWER else inner

    def _inner(self, v: Array) -> Array:
        if self.family == "beta":
            return (v - self.lower) / (self.upper - self.lower)
        return v - self.lower if self.family in _LOWER else v

    @property
    def mean(self) -> float:
        """Mean; infinite for a log-t."""
        return self._moments()[0]

    @property
    def sd(self) -> float:
        """Standard deviation; infinite for a log-t and a t of no more than two degrees of freedom."""
        return self._moments()[1]

    def _moments(self) -> tuple[float, float]:
        mirrored = self.family.startswith("mirror")
        family = self.family.removeprefix("mirror")
        if family == "hist":
            half = len(self.params) // 2
            edges, mass = np.array(self.params[:half]), np.diff(self.params[half:])
            middle = (edges[1:] + edges[:-1]) / 2
            mean = float(mass @ middle)
            return mean, math.sqrt(float(mass @ ((middle - mean) ** 2 + np.diff(edges) ** 2 / 12)))
        mean, sd = _moments(family, self.params)
        if family == "beta":
            return self.lower + (self.upper - self.lower) * mean, (self.upper - self.lower) * sd
        if mirrored:
            return self.upper - mean, sd
        return (self.lower + mean if family in _LOWER else mean), sd

    def as_prior(self) -> Distribution | None:
        """Return it as a distribution that a scenario can hold, or ``None`` where it cannot."""
        if self.family == "normal":
            return Distribution("normal", self.params)
        if self.family in ("lognormal", "gamma") and self.lower == 0:
            return Distribution(self.family, self.params)
        if self.family == "beta":
            return beta(*self.params, self.lower, self.upper)
        return None


@dataclass(frozen=True)
class Elicitation:
    """What one expert said, and every family fitted to it.

    Attributes
    ----------
    values, probabilities
        ``P(X ≤ values[i]) = probabilities[i]``.
    fits
        By family, in the order of :data:`ELICITED`.
    """

    values: tuple[float, ...]
    probabilities: tuple[float, ...]
    lower: float
    upper: float
    fits: Mapping[str, Elicited]

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
        ``P(X ≤ values[i]) = probabilities[i]``, both rising. Shape ``(n,)``, two at least.
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
    fits = {}
    for family in names:
        if family not in ELICITED:
            message = f"unknown family `{family}`{did_you_mean(family, ELICITED)}"
            raise ValueError(message)
        possible = (family not in _LOWER or lower > -math.inf) and (family not in _UPPER or upper < math.inf)
        enough = family != "skewnormal" or len(x) > 2
        if possible and enough:
            fits[family] = _fit(family, x, p, w, lower, upper, df)
        elif families is not None:
            needs = "three probabilities" if not enough else "limits" if family in ("beta", "hist") else "a limit"
            message = f"a {family} needs {needs}"
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
    if x.shape != p.shape or x.ndim != 1 or len(x) < 2:
        message = f"one probability for each value is needed, two at least; found {x.size} values, {p.size} of them"
        raise ValueError(message)
    if not (np.all(np.isfinite(x)) and np.all((p >= 0) & (p <= 1)) and np.all(w >= 0)):
        message = "values must be finite, probabilities between 0 and 1, weights at least 0"
        raise ValueError(message)
    for what, numbers in (("values", x), ("probabilities", p)):
        for earlier, later in itertools.pairwise(numbers.tolist()):
            if later <= earlier if what == "values" else later < earlier:
                message = f"{what} must rise: {later:g} comes after {earlier:g}"
                raise ValueError(message)
    if not lower < upper:
        message = f"the lower limit must be below the upper one, they are {lower:g} and {upper:g}"
        raise ValueError(message)
    if x[0] < lower or x[-1] > upper:
        outside = x[0] if x[0] < lower else x[-1]
        message = f"{outside:g} lies outside the limits {lower:g} … {upper:g}"
        raise ValueError(message)
    if p[0] > 0.4 or p[-1] < 0.6:
        message = "the smallest probability must be below 0.4 and the largest above 0.6, else the middle is unknown"
        raise ValueError(message)
    if not df > 0:
        message = f"degrees of freedom must be above 0, they are {df:g}"
        raise ValueError(message)
    return x, p, w


def _fit(family: str, x: Array, p: Array, w: Array, lower: float, upper: float, df: float) -> Elicited:
    if family == "hist":
        inside = (x > lower) & (x < upper)
        edges, below = [lower, *x[inside], upper], [0.0, *p[inside], 1.0]
        return Elicited("hist", (*map(float, edges), *map(float, below)), lower, upper)
    mirrored, plain = family.startswith("mirror"), family.removeprefix("mirror")
    if mirrored:
        inner, below, share = (upper - x)[::-1], (1 - p)[::-1], w[::-1]
    elif plain == "beta":
        inner, below, share = (x - lower) / (upper - lower), p, w
    else:
        inner, below, share = (x - lower if plain in _LOWER else x), p, w
    params = _least_squares(plain, inner, below, share, df)
    missed = _cdf(plain, params, inner) - below
    return Elicited(family, params, lower, upper, float(share @ missed**2), float(np.max(np.abs(missed))))


def _least_squares(family: str, x: Array, p: Array, w: Array, df: float) -> tuple[float, ...]:
    """Return the numbers of the best member of a family.

    Where the sum of squares has a long flat valley, many members fit equally well; then the one is returned at which
    the search of the published fits ends. A perfect fit, or one that is clearly better, is taken instead.
    """
    tries = [
        minimise(lambda theta: _cdf(family, _numbers(family, theta, df), x), p, start, w)
        for start in _starts(family, x, p)
    ]
    best, least = min(tries, key=lambda found: found[1])
    if least > _PERFECT and 0 < p[0] < 0.4 and 0.6 < p[-1] < 1:
        published, ssq = _published(family, x, p, w, df)
        if ssq - least <= _EQUAL:
            best = published
    return _numbers(family, best, df)


def _published(family: str, x: Array, p: Array, w: Array, df: float) -> tuple[Array, float]:
    """Return where the downhill simplex ends from SHELF's first guesses."""
    from scipy.special import ndtri

    def error(theta: Array) -> float:
        return float(w @ (_cdf(family, _numbers(family, theta, df), x) - p) ** 2)

    low, high = float(ndtri(p[0])), float(ndtri(p[-1]))
    middle = (x[0] * high - x[-1] * low) / (high - low)
    variance = ((x[-1] - x[0]) / (high - low)) ** 2
    plain = np.array([middle, 0.5 * math.log(variance)])
    if family in ("normal", "t"):
        return nelder_mead(error, plain)
    if family == "skewnormal":
        mean, log_sd = nelder_mead(lambda theta: float(w @ (_cdf("normal", _numbers("normal", theta, df), x) - p) ** 2),
                                   plain)[0]
        return _published_skew(error, float(mean), math.exp(log_sd))
    with np.errstate(divide="ignore", invalid="ignore"):
        if family == "gamma":
            return nelder_mead(error, np.log([middle**2 / variance, middle / variance]))
        if family == "beta":
            a = abs(middle**3 / variance * (1 / middle - 1) - middle)
            return nelder_mead(error, np.log([a, abs(a / middle - a)]))
        inner = np.interp([0.4, 0.6], p, x)
        spread = math.log(math.log(inner[1] / inner[0]) / 1.35)
        first = (math.log(x[0]) * high - math.log(x[-1]) * low) / (high - low)
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
    scores, told = (ndtri(p[inner]), x[inner]) if inner.sum() > 1 else (ndtri(np.clip(p, 0.01, 0.99)), x)
    if family in ("lognormal", "logt"):
        told = np.log(np.maximum(told, 1e-300))
    slope, middle = np.polyfit(scores, told, 1)
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
        return [np.array([guess, guess - math.log(max(float(np.mean(told)), 1e-300))]) for guess in guesses]
    centre = min(max(float(middle), 0.02), 0.98)
    size = max(centre * (1 - centre) / slope**2 - 1, 0.5)
    return [np.log([centre * size, (1 - centre) * size]), np.zeros(2)]


def _cdf(family: str, params: tuple[float, ...], x: Array) -> Array:
    from scipy import special

    v = np.asarray(x, dtype=float)
    if family in ("lognormal", "logt"):
        logs = np.log(np.where(v > 0, v, 1.0))
        below = _cdf("normal" if family == "lognormal" else "t", params, logs)
        return np.where(v > 0, below, 0.0)
    if family == "gamma":
        return np.asarray(special.gammainc(params[0], np.maximum(v, 0) * params[1]))
    if family == "beta":
        return np.asarray(special.betainc(params[0], params[1], np.clip(v, 0, 1)))
    z = (v - params[0]) / params[1]
    if family == "t":
        return np.asarray(special.stdtr(params[2], z))
    if family == "skewnormal":
        return np.clip(special.ndtr(z) - 2 * special.owens_t(z, params[2]), 0.0, 1.0)
    return np.asarray(special.ndtr(z))


def _pdf(family: str, params: tuple[float, ...], x: Array) -> Array:
    from scipy import special

    v = np.asarray(x, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if family in ("lognormal", "logt"):
            logs = np.log(np.where(v > 0, v, 1.0))
            inner = _pdf("normal" if family == "lognormal" else "t", params, logs)
            return np.where(v > 0, inner / np.where(v > 0, v, 1.0), 0.0)
        if family == "gamma":
            a, b = params
            logs = a * math.log(b) - special.gammaln(a) + special.xlogy(a - 1, v) - b * v
            return np.where(v >= 0, np.exp(logs), 0.0)
        if family == "beta":
            a, b = params
            logs = special.xlogy(a - 1, v) + special.xlog1py(b - 1, -v) - special.betaln(a, b)
            return np.where((v >= 0) & (v <= 1), np.exp(logs), 0.0)
        z = (v - params[0]) / params[1]
        if family == "t":
            df = params[2]
            constant = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - 0.5 * math.log(df * math.pi)
            return np.asarray(np.exp(constant - (df + 1) / 2 * np.log1p(z**2 / df)) / params[1])
        plain = np.exp(-0.5 * z**2) / (math.sqrt(2 * math.pi) * params[1])
        return np.asarray(2 * plain * special.ndtr(params[2] * z) if family == "skewnormal" else plain)


def _ppf(family: str, params: tuple[float, ...], u: Array) -> Array:
    from scipy import special

    p = np.asarray(u, dtype=float)
    if family in ("lognormal", "logt"):
        return np.asarray(np.exp(_ppf("normal" if family == "lognormal" else "t", params, p)))
    if family == "gamma":
        return np.asarray(special.gammaincinv(params[0], p) / params[1])
    if family == "beta":
        return np.asarray(special.betaincinv(params[0], params[1], p))
    if family == "t":
        return np.asarray(params[0] + params[1] * special.stdtrit(params[2], p))
    if family == "skewnormal":
        return _skewed(params, p)
    return np.asarray(params[0] + params[1] * special.ndtri(p))


def _skewed(params: tuple[float, ...], p: Array) -> Array:
    """Return the quantiles of a skew normal, by bisection between those of the half-normals that enclose it."""
    from scipy.special import ndtri

    flat = np.atleast_1d(p).ravel()
    # |Z| bounds it from above and −|Z| from below.
    low = params[0] - params[1] * ndtri((2 - flat) / 2) - 1e-12
    high = params[0] + params[1] * ndtri((1 + flat) / 2) + 1e-12
    low = np.where(flat <= 0, -np.inf, np.where(np.isfinite(low), low, params[0] - 40 * params[1]))
    high = np.where(flat >= 1, np.inf, np.where(np.isfinite(high), high, params[0] + 40 * params[1]))
    for _ in range(200):
        middle = (low + high) / 2
        below = _cdf("skewnormal", params, middle) < flat
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2).reshape(np.shape(p))


def _moments(family: str, params: tuple[float, ...]) -> tuple[float, float]:
    """Return mean and standard deviation."""
    a, b = params[:2]
    if family == "normal":
        return a, b
    if family == "t":
        df = params[2]
        return (a if df > 1 else math.nan), (b * math.sqrt(df / (df - 2)) if df > 2 else math.inf)
    if family == "skewnormal":
        d = params[2] / math.hypot(1.0, params[2])
        return a + b * d * math.sqrt(2 / math.pi), b * math.sqrt(1 - 2 * d**2 / math.pi)
    if family == "gamma":
        return a / b, math.sqrt(a) / b
    if family == "lognormal":
        mean = math.exp(a + b**2 / 2)
        return mean, mean * math.sqrt(math.expm1(b**2))
    if family == "logt":
        return math.inf, math.inf
    return a / (a + b), math.sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))


def chips_to_cdf(edges: ArrayLike, chips: ArrayLike) -> tuple[Array, Array]:
    """Return values and probabilities from the roulette method: chips laid on bins.

    Parameters
    ----------
    edges
        Bounds of the bins, rising. Shape ``(n + 1,)``.
    chips
        Chips on each bin. Shape ``(n,)``.

    Returns
    -------
    tuple
        Inner values and the share of chips below each, without the empty ends: an end that holds no chip is not
        impossible, it was not believed worth a chip.

    Raises
    ------
    ValueError
        If bounds do not rise, there are not one more of them than bins, or fewer than two bins hold chips.
    """
    ends, counts = np.asarray(edges, dtype=float), np.asarray(chips, dtype=float)
    if ends.ndim != 1 or counts.shape != (len(ends) - 1,):
        message = f"one more bound than bins is needed, found {ends.size} bounds and {counts.size} bins"
        raise ValueError(message)
    if np.any(np.diff(ends) <= 0) or not np.all(np.isfinite(ends)):
        message = "bounds of bins must rise"
        raise ValueError(message)
    if np.any(counts < 0) or np.sum(counts > 0) < 2:
        message = "chips must be at least 0 and lie on two bins at least"
        raise ValueError(message)
    below = np.cumsum(counts) / counts.sum()
    used = np.nonzero(counts)[0]
    first, last = int(used[0]), int(used[-1])
    values = np.concatenate(([ends[first]], ends[1:][first : last + 1]))
    return values, np.concatenate(([0.0], below[first : last + 1]))


def from_interval_and_mode(
    low: float, high: float, most_likely: float, *, mass: float = 0.9, family: str = "lognormal",
    lower: float = 0.0, upper: float = 1.0,
) -> Elicited:
    """Return the distribution of a family that is most spread out, given an interval and the most likely value.

    Maximum entropy, by PreliZ: of all members that hold ``mass`` between ``low`` and ``high`` and have their mode at
    ``most_likely``, the one that adds least.

    Parameters
    ----------
    low, high, mass
        The interval, and how probable it is.
    most_likely
        The mode.
    family
        ``lognormal``, ``gamma``, ``normal`` or ``beta``.
    lower, upper
        Limits of a beta; ``lower`` also of a log-normal and gamma.

    Raises
    ------
    ValueError
        If the numbers are out of order or outside the family's support.
    """
    if not low < most_likely < high:
        message = f"the most likely value {most_likely:g} must lie inside {low:g} … {high:g}"
        raise ValueError(message)
    if not 0 < mass < 1:
        message = f"the probability of the interval lies between 0 and 1, it is {mass:g}"
        raise ValueError(message)
    if family not in ("lognormal", "gamma", "normal", "beta"):
        message = f"lognormal, gamma, normal or beta can be fitted to a most likely value, not {family}"
        raise ValueError(message)
    if (family != "normal" and low < lower) or (family == "beta" and high > upper):
        message = f"the interval {low:g} … {high:g} leaves the support of a {family}, from {lower:g}" + (
            f" to {upper:g}" if family == "beta" else ""
        )
        raise ValueError(message)
    shift, width = (0.0, 1.0) if family == "normal" else (lower, upper - lower if family == "beta" else 1.0)
    params = _most_spread(family, (low - shift) / width, (high - shift) / width, (most_likely - shift) / width, mass)
    bounds = {"normal": (-math.inf, math.inf), "beta": (lower, upper)}.get(family, (lower, math.inf))
    fit = Elicited(family, params, *bounds)
    missed = abs(float(fit.cdf(high) - fit.cdf(low)) - mass)
    return Elicited(family, params, *bounds, missed**2, missed)


def _most_spread(family: str, low: float, high: float, mode: float, mass: float) -> tuple[float, ...]:
    """Return the numbers of the distribution of maximum entropy."""
    import warnings

    # PreliZ and what it imports warn of their own affairs.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import preliz

        made = {"lognormal": preliz.LogNormal, "gamma": preliz.Gamma, "normal": preliz.Normal, "beta": preliz.Beta}
        chosen = made[family]()
        # In units of the most likely value, so that the optimiser sees numbers near 1 whatever the scale.
        unit = 1.0 if family == "beta" else (high - low if family == "normal" else mode)
        origin = mode if family == "normal" else 0.0
        ends, middle = ((low - origin) / unit, (high - origin) / unit), (mode - origin) / unit
        preliz.maxent(chosen, *ends, mass, fixed_stat=("mode", middle), plot=False)
    first = float(chosen.sigma if family in ("normal", "lognormal") else chosen.alpha)
    numbers = _held(family, middle, first, ends, mass)
    if family == "normal":
        return origin, numbers[1] * unit
    if family == "lognormal":
        return numbers[0] + math.log(unit), numbers[1]
    return (numbers[0], numbers[1] / unit) if family == "gamma" else numbers


def _held(family: str, mode: float, first: float, ends: tuple[float, float], mass: float) -> tuple[float, ...]:
    """Return numbers near PreliZ's that keep the mode and hold the mass to all digits, where there are such."""
    from scipy.optimize import brentq

    def numbers(size: float) -> tuple[float, float]:
        if family == "normal":
            return mode, size
        if family == "lognormal":
            return math.log(mode) + size**2, size
        # A gamma's rate, a beta's second number, from the mode.
        second = (size - 1) / mode if family == "gamma" else 1 + (size - 1) * (1 - mode) / mode
        return size, second

    def excess(size: float) -> float:
        at_low, at_high = _cdf(family, numbers(size), np.array(ends))
        return float(at_high - at_low - mass)

    # Sizes of a gamma and beta are counted from 1, below which there is no inner mode.
    base = 1.0 if family in ("gamma", "beta") else 0.0
    for reach in (1.05, 1.3, 3.0):
        low, high = (base + max(first - base, 1e-6) * factor for factor in (1 / reach, reach))
        if excess(low) * excess(high) < 0:
            return numbers(float(brentq(excess, low, high, xtol=1e-14)))
    return numbers(max(first, base + 1e-6))


def fit_dirichlet(marginals: ArrayLike, total: str = "opt") -> Array:
    """Return the parameters of a Dirichlet from elicited betas of shares that add up to 1.

    Means are scaled to add up to 1; what is left to choose is the sum of the parameters, the equivalent sample size.
    Zapata-Vázquez, O'Hagan and Bastos, Eliciting expert judgements about a set of proportions, Journal of Applied
    Statistics 41 (2014), 1919-1933.

    Parameters
    ----------
    marginals
        ``(a, b)`` of each share. Shape ``(k, 2)``.
    total
        ``opt``: standard deviations of the marginals are matched; ``min``: the smallest ``a + b``, cautious; ``mean``;
        ``med``: midway between smallest and largest.

    Raises
    ------
    ValueError
        If the numbers are impossible or ``total`` is unknown.
    """
    told = np.asarray(marginals, dtype=float)
    if told.ndim != 2 or told.shape[1] != 2 or len(told) < 2 or not np.all(told > 0):
        message = "the two numbers of a beta, above 0, are needed for two shares at least"
        raise ValueError(message)
    n = told.sum(1)
    means = told[:, 0] / n
    variances = means * (1 - means) / (n + 1)
    sizes = {
        "opt": (np.sum(variances * (n + 1)) / np.sum(variances * np.sqrt(n + 1))) ** 2 - 1,
        "min": n.min(),
        "mean": n.mean(),
        "med": (n.min() + n.max()) / 2,
    }
    if total not in sizes:
        message = f"the sum is chosen by {', '.join(sizes)}, not by `{total}`"
        raise ValueError(message)
    return np.asarray(sizes[total] * means / means.sum())


def fit_precision(
    interval: tuple[float, float], shares: tuple[float, float], probabilities: tuple[float, float] = (0.05, 0.95),
    *, median: float | None = None, transform: str = "identity",
) -> dict[str, Elicited]:
    """Return a gamma and a log-normal of a population's precision (1/variance), from judged shares of its members.

    The expert says which share of the population lies between the median and a value, with a lower and an upper
    quantile; a normal population (of logs or logits, by ``transform``) turns both into precisions.

    Parameters
    ----------
    interval
        Two values; one of them is the median of the population. An end may be infinite, then ``median`` is needed.
    shares
        The two quantiles of the share that lies in the interval, between 0 and 1/2 (or 1 for an infinite end).
    probabilities
        Their probabilities.
    median
        Median of the population; by default the lower end.
    transform
        ``identity``, ``log`` or ``logit``.

    Raises
    ------
    ValueError
        If the numbers are impossible.
    """
    from scipy.special import logit, ndtri

    change = {"identity": float, "log": math.log, "logit": lambda x: float(logit(x))}
    if transform not in change:
        message = f"the transform is {', '.join(change)}, not `{transform}`"
        raise ValueError(message)
    low, high = interval
    told = np.array(shares, dtype=float)
    middle = low if median is None else float(median)
    if not math.isfinite(middle):
        message = "the median of the population is needed where an end of the interval is infinite"
        raise ValueError(message)
    if not (np.all(told > 0) and np.all(told < 0.5)):
        message = "shares lie between 0 and 1/2"
        raise ValueError(message)
    if math.isinf(low) or math.isinf(high):
        told = np.sort(0.5 - told)
        far = high if math.isinf(low) else low
    elif middle not in (low, high):
        message = "the median must be one end of the interval"
        raise ValueError(message)
    else:
        far = high if middle == low else low
    distance = abs(change[transform](far) - change[transform](middle))
    precisions = (ndtri(told + 0.5) / distance) ** 2
    return dict(elicit(precisions, probabilities, 0.0, families=["gamma", "lognormal"]).fits)
