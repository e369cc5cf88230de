# SPDX-License-Identifier: MIT
"""Coordinates in which a panel's posterior is nearly a standard normal one, so that NUTS moves freely in it.

Given the lag, the posterior is nearly normal; along it centre and spread change, and a sampler in plain coordinates
crawls. Normal approximations at nodes of the lag, joined by monotone cubic splines, are a *transport map*: a smooth
one-to-one map under which the posterior is close to a standard normal (Parno & Marzouk 2018, SIAM/ASA JUQ 6(2),
645–682). Its Jacobian is part of the density, so that no approximation is left in the draws.

Both effects pass one more map, ``b = a / √(1 + |a₁ a₂| / (1 − φ)²)``: whatever ``a``, the loop of both does not feed
itself without end, and no trajectory runs into that wall.
"""

from __future__ import annotations

import numpy as np

from txsim.panel.likelihood.density import PanelModel
from txsim.panel.likelihood.kalman import compiled
from txsim.panel.likelihood.lag_path import Path
from txsim.types import Array

__all__ = ["Transport"]

#: Points from here on have no density: trials of a step size that is far too long.
_FAR = 30.0


@compiled
def _carried(x, z, nodes, centers, roots):  # type: ignore[no-untyped-def]  # numba's signature
    """Return point, root, derivative of the point along x, log determinant, and its derivative, of piecewise cubics."""
    size = z.size
    point, along = np.empty(size), np.empty(size)
    root = np.zeros((size, size))
    last = nodes.size - 2
    k = 0
    while k < last and x > nodes[k + 1]:
        k += 1
    h = min(max(x, nodes[0]), nodes[last + 1]) - nodes[k]
    inside = nodes[0] <= x <= nodes[last + 1]
    volume, by_volume = 0.0, 0.0
    for i in range(size):
        c0, c1, c2, c3 = centers[0, k, i], centers[1, k, i], centers[2, k, i], centers[3, k, i]
        value = ((c0 * h + c1) * h + c2) * h + c3
        slope = (3.0 * c0 * h + 2.0 * c1) * h + c2 if inside else 0.0
        for j in range(i + 1):
            c0, c1, c2, c3 = roots[0, k, i, j], roots[1, k, i, j], roots[2, k, i, j], roots[3, k, i, j]
            r = ((c0 * h + c1) * h + c2) * h + c3
            dr = (3.0 * c0 * h + 2.0 * c1) * h + c2 if inside else 0.0
            root[i, j] = r
            value += r * z[j]
            slope += dr * z[j]
            if i == j:
                volume += np.log(r)
                by_volume += dr / r
        point[i], along[i] = value, slope
    return point, root, along, volume, by_volume


class Transport:
    """The map from standard normal coordinates to a panel's parameters.

    Parameters
    ----------
    model
        Density and gradient.
    along
        From :func:`txsim.panel.likelihood.lag_path.path`: one node if the lag is known.
    draws
        ``(draw, dim)`` points that a former map led to, where it did not fit: the map is then linear, as they lie.
    """

    def __init__(self, model: PanelModel, along: Path, draws: Array | None = None) -> None:
        from scipy.interpolate import PchipInterpolator

        self.model = model
        self.lag = model.at.get("phi", -1)
        #: Which coordinate the others follow; none in a linear map.
        self.place = -1 if draws is not None else self.lag
        self.rest = np.array([i for i in range(model.dim) if i != self.place])
        centers = np.stack([m.theta for m in along.modes])
        roots = np.stack([m.root for m in along.modes])
        if draws is not None:
            centers = draws.mean(axis=0)[None]
            roots = np.linalg.cholesky(np.cov(draws.T) + 1e-10 * np.eye(model.dim))[None]
        if self.place < 0:
            self.nodes, self.middle, self.width = np.array([-1.0, 1.0]), 0.0, 1.0
            flat = np.zeros((3, 1))
            self.centers = np.stack([*(flat * centers), centers[0]])[:, None]
            self.roots = np.stack([*(flat[..., None] * roots), roots[0]])[:, None]
            return
        self.nodes = np.log(along.phi) - np.log1p(-along.phi)
        self.centers = np.ascontiguousarray(PchipInterpolator(self.nodes, centers).c)
        self.roots = np.ascontiguousarray(PchipInterpolator(self.nodes, roots).c)
        fine = np.linspace(self.nodes[0] - 1.5, self.nodes[-1] + 1.5, 801)
        mean, width = model.data.lag_prior
        height = np.interp(fine, self.nodes, along.evidence) - 0.5 * ((fine - mean) / width) ** 2
        weight = np.exp(height - height.max())
        weight /= weight.sum()
        self.middle = float(weight @ fine)
        self.width = float(np.sqrt(weight @ (fine - self.middle) ** 2))

    def theta(self, v: Array) -> Array:
        """Return the unconstrained parameters ``(dim,)`` at one point."""
        theta = self._linear(v)[0]
        self._held(theta, self._phi(theta))
        return theta

    def __call__(self, v: Array) -> tuple[float, Array]:
        """Return the log density in these coordinates, with its gradient ``(dim,)``."""
        theta, root, along, volume, by_volume = self._linear(v)
        if not np.abs(theta).max() < _FAR:
            return -np.inf, np.zeros_like(v)
        phi = self._phi(theta)
        a1, a2, loop = self._held(theta, phi)
        value, gradient = self.model(theta)
        if not np.isfinite(value):
            return -np.inf, np.zeros_like(v)
        room = (1.0 - phi) ** 2
        held = 1.0 + loop / room
        # through b = a held^-1/2, whose Jacobian is held^-2
        by_held = -0.5 * (gradient[0] * theta[0] + gradient[1] * theta[1]) / held - 2.0 / held
        gradient[:2] /= np.sqrt(held)
        gradient[0] += by_held * np.sign(a1) * abs(a2) / room
        gradient[1] += by_held * np.sign(a2) * abs(a1) / room
        if self.lag >= 0:
            gradient[self.lag] += by_held * 2.0 * loop / room * phi  # dφ/dx = φ (1 − φ)
        if self.place >= 0:
            others = gradient[self.rest]
            by_v = np.empty_like(v)
            by_v[0] = self.width * (gradient[self.place] + others @ along + by_volume)
            by_v[1:] = others @ root
        else:
            by_v = gradient @ root
        return value + volume - 2.0 * float(np.log(held)), by_v

    def _linear(self, v: Array) -> tuple[Array, Array, Array, float, float]:
        if self.place < 0:
            theta, root, along, volume, by_volume = _carried(0.0, v, self.nodes, self.centers, self.roots)
            return theta, root, along, volume, by_volume
        x = self.middle + self.width * float(v[0])
        point, *others = _carried(x, np.ascontiguousarray(v[1:]), self.nodes, self.centers, self.roots)
        theta = np.empty(self.model.dim)
        theta[self.place], theta[self.rest] = x, point
        return theta, *others

    def _phi(self, theta: Array) -> float:
        return 1.0 / (1.0 + float(np.exp(-theta[self.lag]))) if self.lag >= 0 else float(self.model.phi or 0.0)

    @staticmethod
    def _held(theta: Array, phi: float) -> tuple[float, float, float]:
        """Put both effects inside the wall, in place; return them as they were, and the size of their loop."""
        a1, a2 = float(theta[0]), float(theta[1])
        loop = abs(a1 * a2)
        theta[:2] /= np.sqrt(1.0 + loop / (1.0 - phi) ** 2)
        return a1, a2, loop
