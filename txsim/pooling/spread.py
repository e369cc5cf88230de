# SPDX-License-Identifier: MIT
"""The posterior of the spread between studies, and what meta-analysis searches and integrates over it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from txsim.language import lazy
from txsim.pooling.intervals import inverted, shortest_interval
from txsim.pooling.quadrature import Panels, nodes_between
from txsim.types import Array


@dataclass(frozen=True)
class Spread:
    """The posterior of the between-study standard deviation τ."""

    panels: Panels | None  #: Nodes and panels of the posterior; ``None`` where τ is taken as known.
    log_density: Callable[[Array], Array]  #: Log density up to the constant in ``panels``.
    known: float | None  #: τ where it is taken as known.
    tail: float  #: α of a posterior that falls as ``τ ** −α``, see :func:`txsim.pooling.quadrature.tail_exponent`.

    def pdf(self, tau: ArrayLike) -> Array:
        """Return the density, shape of ``tau``; not defined where τ is known."""
        if self.panels is None:
            return np.full(np.shape(tau), np.nan)
        v = np.atleast_1d(np.asarray(tau, dtype=float))
        inside = np.maximum(v, 1e-12 * self.panels.edges[-1] * 2.0**-60)
        densities = np.where(v >= 0, np.exp(self.log_density(inside) - self.panels.log_total), 0.0)
        return np.asarray(densities).reshape(np.shape(tau))

    def cdf(self, tau: ArrayLike) -> Array:
        """Return the distribution function, shape of ``tau``."""
        v = np.atleast_1d(np.asarray(tau, dtype=float))
        if self.panels is None:
            return np.asarray(np.where(v >= self.known, 1.0, 0.0)).reshape(np.shape(tau))
        edges = self.panels.edges
        inside = np.clip(v, 0, edges[-1])
        at = np.clip(np.searchsorted(edges, inside, side="right") - 1, 0, len(edges) - 2)
        nodes, weights = nodes_between(edges[at], inside)
        parts = np.exp(self.log_density(np.maximum(nodes, 1e-300).ravel()) - self.panels.log_total)
        probabilities = self.panels.below[at] + (weights * parts.reshape(nodes.shape)).sum(1)
        return np.asarray(np.where(v <= 0, 0.0, np.minimum(probabilities, 1.0))).reshape(np.shape(tau))

    def quantile(self, p: ArrayLike) -> Array:
        """Return the quantile function, shape of ``p``."""
        levels = np.atleast_1d(np.asarray(p, dtype=float))
        if self.panels is None:
            return np.full(np.shape(p), float(self.known or 0.0))
        edges, below = self.panels.edges, self.panels.below
        inner = np.clip(levels, 0.0, below[-1])
        at = np.clip(np.searchsorted(below, inner, side="left") - 1, 0, len(edges) - 2)
        values = inverted(self.cdf, self.pdf, inner, edges[at], edges[at + 1])
        return np.asarray(np.where(levels <= 0, 0.0, np.where(levels >= 1, np.inf, values))).reshape(np.shape(p))

    def _moment(self, power: int) -> float:
        if self.panels is None:
            return float(self.known or 0.0) ** power
        if self.tail <= power + 1.001:
            return math.inf
        return float(self.panels.weights @ self.panels.nodes**power)

    @property
    def mean(self) -> float:
        """Mean; infinite where the tail is too heavy for one."""
        return self._moment(1)

    @property
    def sd(self) -> float:
        """Standard deviation; infinite where the tail is too heavy for one."""
        second, first = self._moment(2), self._moment(1)
        return math.sqrt(max(second - first**2, 0.0)) if math.isfinite(second) else math.inf

    @property
    def mean_square(self) -> float:
        """Mean of τ², the variance between studies."""
        return self._moment(2)

    @property
    def median(self) -> float:
        """Median."""
        return float(self.quantile(0.5))

    @property
    def mode(self) -> float:
        """Where the density is highest, often 0."""
        if self.panels is None:
            return float(self.known or 0.0)
        return _highest(self.log_density, self.panels)

    def central(self, level: float = 0.95) -> tuple[float, float]:
        """Return the interval with equal tails."""
        ends = self.quantile(np.array([(1 - level) / 2, (1 + level) / 2]))
        return float(ends[0]), float(ends[1])

    def shortest(self, level: float = 0.95) -> tuple[float, float]:
        """Return the shortest interval that holds the probability."""
        if self.panels is None:
            return self.central(level)
        return shortest_interval(self.quantile, self.pdf, level, 0.0)

    def above(self, tau: float) -> float:
        """Return the probability of a spread above ``tau``."""
        return float(1 - self.cdf(tau))


def _highest(log_density: Callable[[Array], Array], panels: Panels) -> float:
    """Return where a density over τ ≥ 0 is highest, 0 included."""
    from scipy.optimize import minimize_scalar

    logs = log_density(panels.nodes)
    best = int(np.argmax(logs))
    if best == 0:
        return 0.0
    left, right = panels.nodes[max(best - 1, 0)], panels.nodes[min(best + 1, len(logs) - 1)]
    optimum = minimize_scalar(
        lambda x: -float(log_density(np.array([x]))[0]),
        bounds=(left, right),
        method="bounded",
        options={"xatol": 1e-11 * right},
    )
    return float(optimum.x)


def read_studies_arrays(estimates: ArrayLike, se: ArrayLike) -> tuple[Array, Array]:
    """Return estimates and standard errors as arrays of one length; ``ValueError`` if they are impossible."""
    y, s = (np.atleast_1d(np.asarray(part, dtype=float)) for part in (estimates, se))
    if y.shape != s.shape or y.ndim != 1 or y.size == 0:
        message = lazy(
            "one standard error for each estimate is needed, found {estimates} and {errors}",
            estimates=y.size,
            errors=s.size,
        )
        raise ValueError(message)
    if not (np.all(np.isfinite(y)) and np.all(np.isfinite(s)) and np.all(s > 0)):
        raise ValueError(lazy("estimates must be finite and standard errors above 0"))
    return y, s


def log_likelihood(y: Array, s: Array, tau: Array, centre: float, sd: float | None) -> tuple[Array, Array, Array]:
    """Return log p(y | τ) with μ integrated over a normal prior (or 1), and mean and variance of μ given τ."""
    w = 1 / (s**2 + tau[:, None] ** 2)
    known = 0.0 if sd is None else 1 / sd**2
    variance = 1 / (w.sum(1) + known)
    # Deviations from a centre near the data keep digits where estimates are far from 0.
    origin = float(np.average(y, weights=1 / s**2))
    mean = ((w * (y - origin)).sum(1) + known * (centre - origin)) * variance
    logs = 0.5 * (np.log(w).sum(1) - len(y) * math.log(2 * math.pi) + np.log(variance))
    logs -= 0.5 * (w * (y - origin - mean[:, None]) ** 2).sum(1)
    if sd is None:
        logs += 0.5 * math.log(2 * math.pi)
    else:
        logs -= math.log(sd) + 0.5 * ((centre - origin - mean) / sd) ** 2
    return logs, mean + origin, variance


def highest_spread(log_density: Callable[[Array], Array], scale: float, most: float) -> float:
    """Return where a function of τ ≥ 0 is highest."""
    from scipy.optimize import minimize_scalar

    top = max(most, scale) * 4
    grid = np.concatenate((scale * np.array([1e-9, 1e-6, 1e-4]), np.geomspace(scale * 1e-3, top, 400)))
    logs = log_density(grid)
    best = int(np.argmax(logs))
    if best == 0:
        return 0.0
    optimum = minimize_scalar(
        lambda x: -float(log_density(np.array([x]))[0]),
        bounds=(grid[best - 1], grid[min(best + 1, len(grid) - 1)]),
        method="bounded",
        options={"xatol": 1e-12 * grid[best]},
    )
    return float(optimum.x)
