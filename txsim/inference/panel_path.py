# SPDX-License-Identifier: MIT
"""The posterior of a panel along the lag: a chain of normal approximations, and proposals drawn from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from txsim.inference.panel import Mode, PanelModel
from txsim.inference.panel_data import PanelData

__all__ = ["Path", "Proposal", "path"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Path:
    """The posterior as a chain of normal approximations along the lag.

    Attributes
    ----------
    phi
        ``(node,)`` shares that persist from period to period; one node where the lag is known.
    modes
        Mode of all other parameters given each.
    evidence
        ``(node,)`` log marginal density of the data at each ``phi`` by Laplace's method, prior of ``phi`` left out.
    """

    phi: Array
    modes: tuple[Mode, ...]
    evidence: Array


#: Nodes along the lag: shares that persist from period to period.
PHI_NODES = np.array([0.005, 0.03, 0.1, 0.22, 0.36, 0.5, 0.62, 0.73, 0.82, 0.89, 0.94, 0.97, 0.99])


def path(data: PanelData, phi: float | None = None, *, nodes: Array = PHI_NODES, workers: int = 2) -> Path:
    """Return the normal approximations along the lag; each is independent of the others, so that workers may share."""
    from concurrent.futures import ThreadPoolExecutor

    told = np.array([phi]) if phi is not None else nodes

    def one(value: float, near: Mode | None) -> Mode:
        model = PanelModel(data, float(value))
        other = model.start()
        other[model.at["rho_ex"]] = other[model.at["rho_cx"]] = 0.8
        return model.mode_from([model.start(), other] if near is None else [near.theta, other])

    middle = len(told) // 2
    first = one(told[middle], None)

    def walk(values: Array) -> list[Mode]:
        found, near = [], first
        for value in values:
            near = one(value, near)
            found.append(near)
        return found

    with ThreadPoolExecutor(workers) as pool:
        below, above = pool.map(walk, (told[:middle][::-1], told[middle + 1 :]))
    modes = (*below[::-1], first, *above)
    half = 0.5 * len(modes[0].theta) * np.log(2 * np.pi)
    evidence = np.array([m.logp + half + float(np.log(np.diag(m.root)).sum()) for m in modes])
    return Path(told, modes, evidence)


class Proposal:
    """A normal-to-heavy-tailed envelope of the posterior, interpolated along the lag and folded at mirrored signs."""

    DEGREES = 5.0
    HEAVY = 0.25

    def __init__(self, model: PanelModel, along: Path) -> None:
        self.model, self.path = model, along
        self.core = len(model.names) - (model.phi is None)
        self.x = np.log(along.phi) - np.log1p(-along.phi) if model.phi is None else np.zeros(1)
        self.center = np.stack([m.theta for m in along.modes])
        self.root = np.stack([m.root for m in along.modes])
        if model.phi is None:
            fine = np.linspace(self.x[0] - 1.5, self.x[-1] + 1.5, 801)
            mean, width = model.data.lag_prior
            height = np.interp(fine, self.x, along.evidence) - 0.5 * ((fine - mean) / width) ** 2
            density = np.exp(height - height.max())
            density = 0.9 * density / density.mean() + 0.1
            self.fine, self.cdf = fine, np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
            self.cdf /= self.cdf[-1]
            self.log_density = np.log(np.diff(self.cdf) / np.diff(fine))
        from scipy.linalg import solve_triangular
        from scipy.special import gammaln

        v, core = self.DEGREES, self.core
        self._solve = solve_triangular
        self.constant = gammaln((v + core) / 2) - gammaln(v / 2) - core / 2 * np.log(v / 2)  # relative to the normal's
        place = self.place = model.at.get("phi", -1)
        rest = model.dim - (place >= 0)
        self.signs = np.ones((1, rest))
        for group in model._mirrors:
            flipped = self.signs.copy()
            flipped[:, [i - (place >= 0 and i > place) for i in group]] *= -1
            self.signs = np.concatenate([self.signs, flipped])

    def _at(self, x: float) -> tuple[Array, Array]:
        if self.model.phi is not None:
            return self.center[0], self.root[0]
        i = int(np.clip(np.searchsorted(self.x, x) - 1, 0, len(self.x) - 2))
        w = float(np.clip((x - self.x[i]) / (self.x[i + 1] - self.x[i]), 0.0, 1.0))
        return (1 - w) * self.center[i] + w * self.center[i + 1], (1 - w) * self.root[i] + w * self.root[i + 1]

    def density(self, theta: Array) -> float:
        """Return the log density of proposals at one canonical point."""
        place = self.place
        x = float(theta[place]) if place >= 0 else 0.0
        others = np.delete(theta, place) if place >= 0 else theta
        center, root = self._at(x)
        deviations = self._solve(root, (self.signs * others - center).T, lower=True, check_finite=False)
        core = self.core
        squares = (deviations[:core] ** 2).sum(0)
        heavy = self.constant - 0.5 * (self.DEGREES + core) * np.log1p(squares / self.DEGREES)
        log_q = np.logaddexp(np.log(1 - self.HEAVY) - 0.5 * squares, np.log(self.HEAVY) + heavy)
        log_q -= 0.5 * (deviations[core:] ** 2).sum(0)
        found = float(np.logaddexp.reduce(log_q) - np.log(np.diag(root)).sum())
        if place >= 0:
            at = int(np.searchsorted(self.fine, x)) - 1
            if not 0 <= at < len(self.log_density):
                return -np.inf
            found += float(self.log_density[at])
        return found

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
        """Return points ``(count, dim)``, signs made canonical, and their log densities."""
        rest = self.model.dim - (self.place >= 0)
        points = np.empty((count, self.model.dim))
        u, chi = rng.random(count), rng.chisquare(self.DEGREES, count) / self.DEGREES
        z = rng.standard_normal((count, rest))
        z[:, : self.core] /= np.where(rng.random(count) < self.HEAVY, np.sqrt(chi), 1.0)[:, None]
        for k in range(count):
            x = float(np.interp(u[k], self.cdf, self.fine)) if self.place >= 0 else 0.0
            center, root = self._at(x)
            points[k] = self._joined(center + root @ z[k], x)
        points = self.model.canonical(points)
        return points, np.array([self.density(point) for point in points])

    def step(self, theta: Array, rng: np.random.Generator) -> Array:
        """Return a point near by, drawn symmetrically: along the lag, the others following, or beside it."""
        if self.place < 0:
            moved: Array = theta + 0.5 * self.root[0] @ rng.standard_normal(len(theta))
            return moved
        x = float(theta[self.place])
        others = np.delete(theta, self.place)
        if rng.random() < 0.4:
            there = x + 1.2 * float(rng.standard_normal())
            return self._joined(others + self._at(there)[0] - self._at(x)[0], there)
        return self._joined(others + 0.5 * self._at(x)[1] @ rng.standard_normal(len(others)), x)

    def _joined(self, others: Array, x: float) -> Array:
        found: Array = np.insert(others, self.place, x) if self.place >= 0 else others
        return found
