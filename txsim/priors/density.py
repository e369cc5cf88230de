# SPDX-License-Identifier: MIT
"""Log densities of priors, for weighing draws made under one belief by another (docs/model.md, section 8)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from txsim.priors.distributions import Distribution
from txsim.priors.splines import SPLINES, log_slope, scores_of
from txsim.types import Array

_LOG_2PI = math.log(2 * math.pi)


def has_density(d: Distribution) -> bool:
    """Whether it has a density: no known number, and nothing moved onto a limit."""
    return d.family != "point" and not math.isfinite(d.least) and not math.isfinite(d.most)


def log_density(d: Distribution, x: ArrayLike) -> Array:
    """Return the log density at ``x``, minus infinity outside of the support; shape of ``x``.

    Raises :class:`ValueError` for a known number, and for a distribution with mass moved onto a limit: they have no
    density.
    """
    if not has_density(d):
        message = f"a {d.family} with limits or without spread has no density"
        raise ValueError(message)
    v = np.asarray(x, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = _log_density(d, v)
    return np.asarray(np.where(np.isnan(logs), -np.inf, logs), dtype=np.float64)


def _log_normal(logs: Array, mu: float, sigma: float) -> Array:
    z = (logs - mu) / sigma
    return -0.5 * z * z - math.log(sigma) - 0.5 * _LOG_2PI - logs


def _log_density(d: Distribution, v: Array) -> Array:
    a = d.args
    if d.family in SPLINES:
        z = scores_of(d.family, a, v)
        return np.asarray(-0.5 * z * z - 0.5 * _LOG_2PI + log_slope(d.family, a, v))
    if d.family == "normal":
        z = (v - a[0]) / a[1]
        return -0.5 * z * z - math.log(a[1]) - 0.5 * _LOG_2PI
    if d.family == "split_normal":
        sd = np.where(v < a[0], a[1], a[2])
        return np.asarray(-0.5 * ((v - a[0]) / sd) ** 2 - np.log(sd) - 0.5 * _LOG_2PI)
    if d.family in ("lognormal", "split_lognormal", "lognormal_mixture"):
        logs = np.log(np.where(v > 0, v, np.nan))
        if d.family == "split_lognormal":
            sd = np.where(logs < a[0], a[1], a[2])
            return np.asarray(-0.5 * ((logs - a[0]) / sd) ** 2 - np.log(sd) - 0.5 * _LOG_2PI - logs)
        if d.family == "lognormal":
            return _log_normal(logs, a[0], a[1])
        one, two = _log_normal(logs, a[1], a[2]), _log_normal(logs, a[3], a[4])
        return np.asarray(np.logaddexp(math.log(a[0]) + one, math.log1p(-a[0]) + two))
    if d.family == "beta":
        width = a[3] - a[2]
        u = (v - a[2]) / width
        u = np.where((u > 0) & (u < 1), u, np.nan)
        norm = math.lgamma(a[0] + a[1]) - math.lgamma(a[0]) - math.lgamma(a[1]) - math.log(width)
        return (a[0] - 1) * np.log(u) + (a[1] - 1) * np.log1p(-u) + norm
    if d.family == "gamma":
        u = np.where(v > 0, v, np.nan)
        return (a[0] - 1) * np.log(u) - a[1] * u + a[0] * math.log(a[1]) - math.lgamma(a[0])
    if d.family == "uniform":
        return np.where((v >= a[0]) & (v <= a[1]), -math.log(a[1] - a[0]), -np.inf)
    low, mode, high = a
    rising = 2 * (v - low) / ((high - low) * max(mode - low, 1e-300))
    falling = 2 * (high - v) / ((high - low) * max(high - mode, 1e-300))
    return np.log(np.where((v < low) | (v > high), 0.0, np.where(v < mode, rising, falling)))
