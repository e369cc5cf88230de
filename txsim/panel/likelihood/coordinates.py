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
from txsim.panel.likelihood.lag_path import Path
from txsim.types import Array

#: Points from here on have no density: trials of a step size that is far too long.
_FAR = 30.0


class Transport:
    """The map from standard normal coordinates to a panel's parameters.

    ``along``: from :func:`txsim.panel.likelihood.lag_path.path`: one node if the lag is known. ``draws``: ``(draw,
    dim)`` points that a former map led to, where it did not fit: the map is then linear, as they lie.
    """

    def __init__(self, model: PanelModel, along: Path, draws: Array | None = None) -> None:
        self.model = model
        self.lag = model.at.get("phi", -1)
        #: Which coordinate the others follow; none in a linear map.
        self.place = -1 if draws is not None else self.lag
        self.rest = np.array([i for i in range(model.dim) if i != self.place])
        self.size = len(self.rest)
        self.lower = np.tril_indices(self.size)
        self.nodes = np.zeros(1)
        if draws is not None:
            self.center = draws.mean(axis=0)
            self.root = np.linalg.cholesky(np.cov(draws.T) + 1e-10 * np.eye(model.dim))
            return
        if self.place < 0:
            self.center, self.root = along.modes[0].theta, along.modes[0].root
            return
        from scipy.interpolate import PchipInterpolator

        self.nodes = np.log(along.phi) - np.log1p(-along.phi)
        table = np.stack([np.concatenate([m.theta, m.root[self.lower]]) for m in along.modes])
        self.table = PchipInterpolator(self.nodes, table)
        self.slopes = self.table.derivative()
        fine = np.linspace(self.nodes[0] - 1.5, self.nodes[-1] + 1.5, 801)
        mean, width = model.data.lag_prior
        height = np.interp(fine, self.nodes, along.evidence) - 0.5 * ((fine - mean) / width) ** 2
        weight = np.exp(height - height.max())
        weight /= weight.sum()
        self.middle = float(weight @ fine)
        self.width = float(np.sqrt(weight @ (fine - self.middle) ** 2))

    def theta(self, v: Array) -> Array:
        """Return the unconstrained parameters of one point ``(dim,)`` or of many ``(draw, dim)``."""
        many = np.atleast_2d(v)
        theta = self.points(many)[0]
        return theta[0] if v.ndim == 1 else theta

    def points(self, v: Array) -> tuple[Array, Array]:
        """Return the unconstrained parameters ``(draw, dim)`` of many points, and the log volume ``(draw,)``."""
        theta, volume = self._many(v)
        phi = self._phi(theta)
        *_, held = self._held(theta, phi)
        return theta, volume - 2.0 * np.log(held)

    def __call__(self, v: Array) -> tuple[float, Array]:
        """Return the log density in these coordinates at one point ``(dim,)``, with its gradient ``(dim,)``."""
        theta, root, along, volume, by_volume = self._linear(v[None])
        if not np.abs(theta).max() < _FAR:
            return -np.inf, np.zeros_like(v)
        phi = self._phi(theta)
        a1, a2, held = (float(x[0]) for x in self._held(theta, phi))
        value, gradient = self.model(theta[0])
        if not np.isfinite(value):
            return -np.inf, np.zeros_like(v)
        room = float((1.0 - phi[0]) ** 2)
        # through b = a held^-1/2, whose Jacobian is held^-2
        by_held = float(-0.5 * (gradient[0] * theta[0, 0] + gradient[1] * theta[0, 1]) - 2.0) / held
        gradient[:2] /= np.sqrt(held)
        gradient[0] += by_held * np.sign(a1) * abs(a2) / room
        gradient[1] += by_held * np.sign(a2) * abs(a1) / room
        if self.lag >= 0:
            gradient[self.lag] += by_held * 2.0 * abs(a1 * a2) / room * phi[0]  # dφ/dx = φ (1 − φ)
        value += float(volume[0]) - 2.0 * float(np.log(held))
        if self.place < 0:
            return value, gradient @ root[0]
        others = gradient[self.rest]
        by_v = np.empty_like(v)
        by_v[0] = self.width * (gradient[self.place] + others @ along[0] + by_volume[0])
        by_v[1:] = others @ root[0]
        return value, by_v

    def _linear(self, v: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Return points before the wall, roots, slopes along the lag, log volumes and their slopes."""
        draws, nothing = len(v), np.zeros(len(v))
        if self.place < 0:
            volume = np.full(draws, np.log(np.diag(self.root)).sum())
            return self.center + v @ self.root.T, self.root[None], nothing[:, None], volume, nothing
        x = self.middle + self.width * v[:, 0]
        held = np.clip(x, self.nodes[0], self.nodes[-1])  # further out the map stays as it is
        z = v[:, 1:]
        told, slope = self.table(held), self.slopes(held) * (held == x)[:, None]
        root, by_root = np.zeros((2, draws, self.size, self.size))
        root[:, *self.lower], by_root[:, *self.lower] = told[:, self.size :], slope[:, self.size :]
        theta = np.empty((draws, self.model.dim))
        theta[:, self.place] = x
        theta[:, self.rest] = told[:, : self.size] + (root @ z[..., None])[..., 0]
        along = slope[:, : self.size] + (by_root @ z[..., None])[..., 0]
        own = np.arange(self.size)
        size, by_size = root[:, own, own], by_root[:, own, own]
        return theta, root, along, np.log(size).sum(axis=1), (by_size / size).sum(axis=1)

    def _many(self, v: Array) -> tuple[Array, Array]:
        """Return many points before the wall and their log volumes: the splines' pieces as products of matrices."""
        if self.place < 0:
            theta, _, _, volume, _ = self._linear(v)
            return theta, volume
        x, z, h = self.middle + self.width * v[:, 0], v[:, 1:], np.diff(self.nodes)
        held = np.clip(x, self.nodes[0], self.nodes[-1])
        piece = np.clip(np.searchsorted(self.nodes, held, side="right") - 1, 0, len(h) - 1)
        t = (held - self.nodes[piece]) / h[piece]
        # a cubic by its values and slopes at both ends of its piece (Hermite)
        share = np.stack([(1 + 2 * t) * (1 - t) ** 2, t * (1 - t) ** 2 * h[piece], t * t * (3 - 2 * t)])
        share = np.concatenate([share, (t * t * (t - 1) * h[piece])[None]])
        ends = [self.table(self.nodes), self.slopes(self.nodes)]
        theta, volume = np.empty((len(v), self.model.dim)), np.empty(len(v))
        theta[:, self.place] = x
        for k in np.unique(piece):
            here = piece == k
            rest, size = np.zeros((2, int(here.sum()), self.size))
            for part, row in zip(share[:, here], (ends[0][k], ends[1][k], ends[0][k + 1], ends[1][k + 1]), strict=True):
                root = np.zeros((self.size, self.size))
                root[self.lower] = row[self.size :]
                rest += part[:, None] * (row[: self.size] + z[here] @ root.T)
                size += part[:, None] * np.diag(root)
            theta[np.ix_(here, self.rest)] = rest
            volume[here] = np.log(size).sum(axis=1)
        return theta, volume

    def _phi(self, theta: Array) -> Array:
        if self.lag < 0:
            return np.full(len(theta), float(self.model.phi or 0.0))
        share: Array = 1.0 / (1.0 + np.exp(-theta[:, self.lag]))
        return share

    @staticmethod
    def _held(theta: Array, phi: Array) -> tuple[Array, Array, Array]:
        """Put both effects inside the wall, in place; return them as they were, and by how much their square shrank."""
        a1, a2 = theta[:, 0].copy(), theta[:, 1].copy()
        held = 1.0 + np.abs(a1 * a2) / np.maximum(1.0 - phi, 1e-9) ** 2
        theta[:, :2] /= np.sqrt(held)[:, None]
        return a1, a2, held
