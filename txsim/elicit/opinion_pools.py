# SPDX-License-Identifier: MIT
"""Several experts as one: the linear pool, and pools by precision.

The *linear* pool is the weighted mean of the densities: whoever draws from it asks one expert at random. Where experts
disagree it stays wide. A pool *by precision* multiplies the densities, each to the power of its weight, so that who is
surer counts more: with weights that add up to 1 (the *logarithmic* pool) agreement among experts makes nobody surer
than they are on average, which is right where they know the same things; with weight 1 for each (the *product*) they
count as independent witnesses. For normals both have closed forms: the mean is weighted by precision, and the precision
is the mean, or the sum, of theirs.

O'Hagan et al., Uncertain Judgements, Wiley 2006, chapter 9; Genest and Zidek, Combining probability distributions,
Statistical Science 1 (1986), 114-148.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from txsim.language import N_, lazy
from txsim.types import Array

#: Ways to pool, as they are named in files.
POOLS = {
    N_("linear"): N_("mean of the densities: stays wide where experts disagree"),
    N_("precision"): N_("product of the densities, weights adding up to 1: who is surer counts more"),
    N_("product"): N_("product of the densities: experts as independent witnesses, surer than each of them"),
}


class Density(Protocol):
    """What can be pooled."""

    def cdf(self, x: ArrayLike) -> Array:
        """Return the distribution function."""
        ...

    def pdf(self, x: ArrayLike) -> Array:
        """Return the density."""
        ...

    def quantile(self, p: ArrayLike) -> Array:
        """Return the quantile function."""
        ...


def _shares(count: int, weights: ArrayLike | None) -> Array:
    shares = np.ones(count) if weights is None else np.asarray(weights, dtype=float)
    if shares.shape != (count,) or not np.all(np.isfinite(shares)) or np.any(shares < 0) or shares.sum() <= 0:
        raise ValueError(lazy("one weight at least 0 for each of {count} experts is needed, not all 0", count=count))
    return shares


@dataclass(frozen=True)
class LinearPool:
    """The weighted mean of several distributions."""

    #: ``parts``, ``weights``: Distributions and their weights, which add up to 1.
    parts: tuple[Density, ...]
    weights: Array

    def cdf(self, x: ArrayLike) -> Array:
        """Return the distribution function, shape of ``x``."""
        return np.asarray(sum(w * part.cdf(x) for w, part in zip(self.weights, self.parts, strict=True)))

    def pdf(self, x: ArrayLike) -> Array:
        """Return the density, shape of ``x``."""
        return np.asarray(sum(w * part.pdf(x) for w, part in zip(self.weights, self.parts, strict=True)))

    def quantile(self, p: ArrayLike) -> Array:
        """Return the quantile function, shape of ``p``; by bisection between the parts' own quantiles."""
        u = np.atleast_1d(np.asarray(p, dtype=float))
        ends = np.stack(
            [np.atleast_1d(part.quantile(u)) for w, part in zip(self.weights, self.parts, strict=True) if w > 0]
        )
        low, high = ends.min(0), ends.max(0)
        known = ~(np.isfinite(low) & np.isfinite(high))
        low, high = np.where(known, 0.0, low), np.where(known, 0.0, high)
        for _ in range(200):
            middle = (low + high) / 2
            below = self.cdf(middle) < u
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        quantiles = np.where(known, np.where(u < 0.5, ends.min(0), ends.max(0)), (low + high) / 2)
        return np.asarray(quantiles).reshape(np.shape(p))

    @property
    def mean(self) -> float:
        """Mean, from the parts' own where they state it."""
        return float(sum(w * part.mean for w, part in zip(self.weights, self.parts, strict=True)))  # type: ignore[attr-defined]

    @property
    def sd(self) -> float:
        """Standard deviation, from the parts' own where they state it."""
        second = sum(
            w * (part.sd**2 + part.mean**2)  # type: ignore[attr-defined]
            for w, part in zip(self.weights, self.parts, strict=True)
        )
        return math.sqrt(float(second) - self.mean**2)


@dataclass(frozen=True)
class DensityPool:
    """A density known at points, with its distribution function."""

    #: ``edges``, ``below``: Points, rising, and the probability below each.
    edges: Array
    below: Array
    heights: Array  #: Density at the points.
    mean: float
    sd: float

    def cdf(self, x: ArrayLike) -> Array:
        """Return the distribution function, shape of ``x``."""
        return np.asarray(np.interp(np.asarray(x, dtype=float), self.edges, self.below))

    def pdf(self, x: ArrayLike) -> Array:
        """Return the density, shape of ``x``."""
        return np.asarray(np.interp(np.asarray(x, dtype=float), self.edges, self.heights, left=0.0, right=0.0))

    def quantile(self, p: ArrayLike) -> Array:
        """Return the quantile function, shape of ``p``."""
        rising = np.concatenate(([True], np.diff(self.below) > 0))
        return np.asarray(np.interp(np.asarray(p, dtype=float), self.below[rising], self.edges[rising]))


def linear_pool(parts: Sequence[Density], weights: ArrayLike | None = None) -> LinearPool:
    """Return the linear pool.

    ``parts``: distributions of the experts. ``weights``: their weights, scaled to add up to 1; equal by default. Raises
    ValueError if there is nobody, or not one weight for each.
    """
    shares = _shares(len(parts), weights)
    return LinearPool(tuple(parts), shares / shares.sum())


def logarithmic_pool(parts: Sequence[Density], weights: ArrayLike | None = None) -> DensityPool:
    """Return the product of the densities to the power of weights that add up to 1.

    Raises :class:`ValueError` if there is nobody, not one weight for each, or the experts share no possible value.
    """
    shares = _shares(len(parts), weights)
    return _multiplied(parts, shares / shares.sum())


def product_pool(parts: Sequence[Density], weights: ArrayLike | None = None) -> DensityPool:
    """Return the product of the densities, each to the power of its weight, 1 by default; see the module."""
    return _multiplied(parts, _shares(len(parts), weights))


def _multiplied(parts: Sequence[Density], powers: Array) -> DensityPool:
    levels = np.concatenate(
        (np.geomspace(1e-12, 1e-3, 40), np.linspace(0.0015, 0.9985, 400), 1 - np.geomspace(1e-3, 1e-12, 40))
    )
    used = [(part, power) for part, power in zip(parts, powers, strict=True) if power > 0]
    marks = np.unique(np.concatenate([np.asarray(part.quantile(levels)) for part, _ in used]))
    # Experts far apart meet between their own quantiles, where only the even marks lie.
    marks = np.unique(np.concatenate((marks, np.linspace(marks[0], marks[-1], 401))))
    # Between the marks the density is integrated by Gauss-Legendre; then everything is interpolated on fine edges.
    x, w = np.polynomial.legendre.leggauss(4)
    edges = np.concatenate((np.linspace(marks[:-1], marks[1:], 13)[:-1].T.ravel(), marks[-1:]))
    left, width = edges[:-1, None], np.diff(edges)[:, None]
    nodes = left + width * (x + 1) / 2

    def logs(at: Array) -> Array:
        with np.errstate(divide="ignore"):
            return np.asarray(sum(power * np.log(part.pdf(at)) for part, power in used))

    inner = logs(nodes)
    most = float(inner.max())
    if not math.isfinite(most):
        raise ValueError(lazy("the experts share no possible value, so their densities cannot be multiplied"))
    mass = np.exp(inner - most) * w / 2 * width
    total = float(mass.sum())
    below = np.concatenate(([0.0], np.cumsum(mass.sum(1)))) / total
    with np.errstate(over="ignore", invalid="ignore"):
        heights = np.nan_to_num(np.exp(logs(edges) - most), nan=0.0, posinf=float(np.exp(inner - most).max())) / total
    mean = float((mass * nodes).sum() / total)
    return DensityPool(edges, below, heights, mean, math.sqrt(float((mass * (nodes - mean) ** 2).sum() / total)))


def pool_experts(
    parts: Sequence[Density], how: str = "linear", weights: ArrayLike | None = None
) -> LinearPool | DensityPool | Density:
    """Return the pool of the experts by one of :data:`POOLS`; one expert alone stays as they are.

    Raises :class:`ValueError` if the way is unknown or there is nobody.
    """
    if how not in POOLS:
        from txsim.errors import did_you_mean

        message = lazy(
            "experts are pooled by {pools}, not by `{how}`{suggestion}",
            pools=", ".join(POOLS),
            how=how,
            suggestion=did_you_mean(how, POOLS),
        )
        raise ValueError(message)
    if len(parts) == 1:
        return parts[0]
    if how == "linear":
        return linear_pool(parts, weights)
    return logarithmic_pool(parts, weights) if how == "precision" else product_pool(parts, weights)
