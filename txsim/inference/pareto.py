# SPDX-License-Identifier: MIT
"""Pareto-smoothed importance weights.

ArviZ has them too, but importing it costs more than a whole weighing of draws is allowed to take; a test holds both to
the same weights. Sources: Vehtari, Simpson, Gelman, Yao & Gabry (2024), Pareto smoothed importance sampling, Journal of
Machine Learning Research 25(72); Zhang & Stephens (2009), A new and efficient estimation method for the generalized
Pareto distribution, Technometrics 51(3), 316-325.
"""

from __future__ import annotations

import math

import numpy as np

from txsim.types import Array

#: Above this shape of the tail the weights cannot be trusted.
K_HAT_LIMIT = 0.7


def smoothed(log_ratio: Array) -> tuple[Array, float]:
    """Return normalised weights ``(draw,)`` that add up to one, and the shape k̂ of their upper tail.

    ``log_ratio``: log of the new density over the old one at each draw, ``(draw,)``, up to a constant. Returns weights,
    and k̂: infinite where too few draws have any weight at all.
    """
    x = np.asarray(log_ratio, dtype=np.float64).reshape(-1)
    if not np.isfinite(x).any():
        return np.full(x.size, 1.0 / x.size), math.inf
    x = x - x.max()
    if float(np.ptp(x)) < 1e-12:
        return np.full(x.size, 1.0 / x.size), -math.inf
    tail = math.floor(3.0 * math.sqrt(x.size)) if x.size > 225 else x.size // 5
    order = np.argsort(x, kind="stable")
    above, cut = order[-tail:], float(x[order[-tail - 1]])
    excess = np.exp(x[above]) - math.exp(cut)
    k_hat, sigma = _fit(excess)
    if math.isfinite(k_hat):
        p = (np.arange(tail) + 0.5) / tail
        spread = -np.log1p(-p) if abs(k_hat) < 1e-30 else np.expm1(-k_hat * np.log1p(-p)) / k_hat
        x = x.copy()
        x[above] = np.minimum(np.log(sigma * spread + math.exp(cut)), 0.0)
    weights = np.exp(x)
    return weights / weights.sum(), k_hat


def effective(weights: Array) -> float:
    """Return how many equally weighted draws the weights are worth, ``1/Σw²``."""
    return float(1.0 / (weights**2).sum())


def _fit(excess: Array) -> tuple[float, float]:
    """Return shape and scale of a generalised Pareto distribution; ``excess`` is in rising order."""
    n = excess.size
    first_quartile = excess[int(n / 4 + 0.5) - 1]
    if first_quartile <= excess[0]:  # many equal weights: no such tail
        return (-math.inf if excess[-1] - excess[0] < 1e-9 else math.inf), math.nan
    count = 30 + int(math.sqrt(n))
    b = 1.0 - np.sqrt(count / (np.arange(1, count + 1) - 0.5))
    b = b / (3.0 * first_quartile) + 1.0 / excess[-1]
    k = np.log1p(-b[:, None] * excess).mean(axis=1)
    score = n * (np.log(-b / k) - k - 1.0)
    with np.errstate(over="ignore"):
        weight = 1.0 / np.exp(score - score[:, None]).sum(axis=1)
    weight[weight < 10 * np.finfo(np.float64).eps] = 0.0
    weight /= weight.sum()
    at = float((b * weight).sum())
    shape = float(np.log1p(-at * excess).mean())
    scale = -shape / at
    # A weak prior on the shape, worth ten draws at one half, keeps small tails from extremes.
    return (n * shape + 10 * 0.5) / (n + 10), scale
