# SPDX-License-Identifier: MIT
"""Distributions that are fitted to what an expert states: the families of the Sheffield Elicitation Framework.

A scenario cannot hold all of them; :meth:`Elicited.as_prior` gives those that it can.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from txsim.priors.density import log_density
from txsim.priors.distributions import Distribution, beta, cdf, ppf
from txsim.priors.moments import mean, sd
from txsim.priors.splines import SPLINES
from txsim.types import Array

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

#: Families that SHELF does not have: through three quantiles exactly, see :mod:`txsim.priors.distributions`.
SPLIT = ("split_lognormal", "split_normal")

#: Families that go through what was stated: through three quantiles, and through as many as there are.
THROUGH = (*SPLIT, *SPLINES)

#: A fit that misses by no more probability than this is called one.
GOOD_FIT = 0.02


#: Families that need a lower, and an upper, limit.
LOWER = ("gamma", "lognormal", "logt", "beta", "hist")
UPPER = ("mirrorgamma", "mirrorlognormal", "mirrorlogt", "beta", "hist")


@dataclass(frozen=True)
class Elicited:
    """A fitted distribution of one quantity."""

    family: str  #: A key of :data:`ELICITED`.
    #: Its numbers; for ``hist`` the values between which it is uniform, then the probabilities below them.
    params: tuple[float, ...]
    #: ``lower``, ``upper``: Limits of the quantity, infinite where there are none.
    lower: float = -math.inf
    upper: float = math.inf
    ssq: float = 0.0  #: Sum of squared differences between stated and fitted probabilities.
    misfit: float = 0.0  #: Largest of these differences.

    @property
    def fits(self) -> bool:
        """Whether no stated probability is missed by more than :data:`GOOD_FIT`."""
        return self.misfit <= GOOD_FIT

    def cdf(self, x: ArrayLike) -> Array:
        """Return the distribution function, shape of ``x``."""
        v = np.asarray(x, dtype=float)
        if self.family in THROUGH:
            return cdf(self._split, v)
        if self.family == "hist":
            half = len(self.params) // 2
            return np.asarray(np.interp(v, self.params[:half], self.params[half:]))
        if self.family.startswith("mirror"):
            return np.asarray(1 - cdf_of(self.family[6:], self.params, self.upper - v))
        return cdf_of(self.family, self.params, self._inner(v))

    def pdf(self, x: ArrayLike) -> Array:
        """Return the density, shape of ``x``."""
        v = np.asarray(x, dtype=float)
        if self.family in THROUGH:
            return np.exp(log_density(self._split, v))
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
        if self.family in THROUGH:
            return ppf(self._split, u)
        if self.family == "hist":
            half = len(self.params) // 2
            return np.asarray(np.interp(u, self.params[half:], self.params[:half]))
        if self.family.startswith("mirror"):
            return np.asarray(self.upper - _ppf(self.family[6:], self.params, 1 - u))
        inner = _ppf(self.family, self.params, u)
        if self.family == "beta":
            return np.asarray(self.lower + (self.upper - self.lower) * inner)
        return np.asarray(self.lower + inner) if self.family in LOWER else inner

    @property
    def _split(self) -> Distribution:
        return Distribution(self.family, self.params)

    def _inner(self, v: Array) -> Array:
        if self.family == "beta":
            return (v - self.lower) / (self.upper - self.lower)
        return np.asarray(v - self.lower) if self.family in LOWER else v

    @property
    def mean(self) -> float:
        """Mean; infinite for a log-t."""
        return self._moments()[0]

    @property
    def sd(self) -> float:
        """Standard deviation; infinite for a log-t and a t of no more than two degrees of freedom."""
        return self._moments()[1]

    def _moments(self) -> tuple[float, float]:
        if self.family in THROUGH:
            return mean(self._split), sd(self._split)
        mirrored = self.family.startswith("mirror")
        family = self.family.removeprefix("mirror")
        if family == "hist":
            half = len(self.params) // 2
            edges, mass = np.array(self.params[:half]), np.diff(self.params[half:])
            middle = (edges[1:] + edges[:-1]) / 2
            centre = float(mass @ middle)
            return centre, math.sqrt(float(mass @ ((middle - centre) ** 2 + np.diff(edges) ** 2 / 12)))
        middle, spread = _moments(family, self.params)
        if family == "beta":
            return self.lower + (self.upper - self.lower) * middle, (self.upper - self.lower) * spread
        if mirrored:
            return self.upper - middle, spread
        return (self.lower + middle if family in LOWER else middle), spread

    def as_prior(self) -> Distribution | None:
        """Return it as a distribution that a scenario can hold, or ``None`` where it cannot."""
        if self.family in ("normal", *THROUGH):
            return Distribution(self.family, self.params)
        if self.family in ("lognormal", "gamma") and self.lower == 0:
            return Distribution(self.family, self.params)
        if self.family == "beta":
            return beta(self.params[0], self.params[1], self.lower, self.upper)
        return None


def cdf_of(family: str, params: tuple[float, ...], x: Array) -> Array:
    """Return the distribution function of a family in its own terms, without limits; shape of ``x``."""
    from scipy import special

    v = np.asarray(x, dtype=float)
    if family in ("lognormal", "logt"):
        logs = np.log(np.where(v > 0, v, 1.0))
        below = cdf_of("normal" if family == "lognormal" else "t", params, logs)
        return np.where(v > 0, below, 0.0)
    if family == "gamma":
        return np.asarray(special.gammainc(params[0], np.maximum(v, 0) * params[1]))
    if family == "beta":
        return np.asarray(special.betainc(params[0], params[1], np.clip(v, 0, 1)))
    z = (v - params[0]) / params[1]
    if family == "t":
        return np.asarray(special.stdtr(params[2], z))
    if family == "skewnormal":
        return np.asarray(np.clip(special.ndtr(z) - 2 * special.owens_t(z, params[2]), 0.0, 1.0))
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
        below = cdf_of("skewnormal", params, middle) < flat
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
