# SPDX-License-Identifier: MIT
"""What a panel of EX and CX says about both slopes and the lag: log density with its gradient, and mode (docs/link.md).

The model is that of docs/model.md, section 3, near the baseline, with unit effects, common shocks by period, own
autoregressive disturbances and survey noise. Latent states are integrated out (:mod:`txsim.panel.likelihood.marginal`),
so that only the handful of parameters that all units share is sampled. Values are standardised by the caller: one unit
is one within-unit standard deviation of the series.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from txsim.panel.likelihood.kalman import gradient, values
from txsim.panel.likelihood.marginal import BRIEF, FREE, SHOCK, Priors, packed, slope_of_means, split, unpacked
from txsim.panel.likelihood.records import PanelData
from txsim.types import Array


@dataclass(frozen=True)
class Mode:
    """Where the density is highest, and how it falls there."""

    theta: Array  #: ``(dim,)`` unconstrained parameters.
    root: Array  #: ``(dim, dim)`` lower root of the inverse curvature.
    logp: float  #: Log density at ``theta``.

    @property
    def covariance(self) -> Array:
        """Covariance of the normal approximation."""
        matrix: Array = self.root @ self.root.T
        return matrix


class PanelModel:
    """Log posterior density of a panel's parameters, with its gradient.

    ``data``: from :func:`records`. ``phi``: known share of last period's state that persists, or ``None`` to estimate
    it.
    """

    def __init__(self, data: PanelData, phi: float | None = None) -> None:
        self.data = data
        self.phi = phi
        gone = {f"noise_{series}" for series, width in zip(("ex", "cx"), data.noise_width, strict=True) if not width}
        gone |= {"r_noise"} if gone or not data.shared_raters else set()
        gone |= {"phi"} if phi is not None else set()
        self.names = tuple(name for name in FREE if name not in gone)
        self.at = {name: i for i, name in enumerate(self.names)}
        self.periods = data.y.shape[1]
        seen = (data.w >= 0) & (data.c[:, None, None] != 0)
        count = seen.sum(axis=0).ravel()
        #: Places of the period means that are parameters: a series that nobody was asked in a period has none there.
        self.measured = np.flatnonzero(count) if data.means else np.empty(0, dtype=np.intp)
        self.dim = len(self.names) + len(self.measured)
        # Standard deviations that may be zero are scaled normals with a sign that nothing depends on: their density is
        # smooth at zero, where that of a logarithm has an endless tail.
        self._folded = {
            "sd_ex": SHOCK,
            "sd_cx": SHOCK,
            "between_ex": 1.5 * data.total_sd[0],
            "between_cx": data.total_sd[1],
            "between_shared": data.total_sd[1],
            **{
                name: data.noise_width[o]
                for o, name in enumerate(("noise_ex", "noise_cx"))
                if not data.counted[o] and data.noise_width[o]
            },
        }
        level = [0.0, 0.0]
        for o, variance in enumerate(data.typical_noise):
            if data.noise_is_open(o) and variance**0.5 >= BRIEF:
                level[o] = variance**0.5
        self._level = (level[0], level[1])
        self._folded |= {name: BRIEF for o, name in enumerate(("brief_ex", "brief_cx")) if not self._level[o]}
        groups = (
            ("sd_ex", "r_shock"),
            ("sd_cx", "r_shock"),
            ("between_ex", "between_shared"),
            ("between_cx",),
            ("brief_ex",),
            ("brief_cx",),
            ("noise_ex",),
            ("noise_cx",),
        )
        #: Groups of places whose signs may be turned together without any change; the first of each is made positive.
        self.mirrors = [
            [self.at[name] for name in group]
            for group in groups
            if group[0] in self.at and (group[0] in self._folded or "brief" in group[0])
        ]
        self.priors = Priors(
            self.at, phi, data.lag_prior, data.effect_width, self._folded, data.noise_width, self._level
        )
        sums = np.where(seen, data.y / np.where(data.c == 0, 1, data.c)[:, None, None], 0).sum(axis=0).ravel()
        self._start_means = sums[self.measured] / count[self.measured]

    def start(self) -> Array:
        """Return a plausible point to begin the search at."""
        guesses = {
            "phi": 0.0,
            "rho_ex": 0.3,
            "rho_cx": 0.3,
            "sd_ex": 0.5,
            "sd_cx": 0.5,
            "brief_ex": 0.1,
            "brief_cx": 0.1,
            "between_ex": 0.4,
            "between_cx": 0.4,
            "between_shared": 0.1,
            "noise_ex": 0.0 if self.data.counted[0] else 0.7,
            "noise_cx": 0.0 if self.data.counted[1] else 0.7,
        }
        theta = np.array([guesses.get(name, 0.0) for name in self.names])
        return np.concatenate([theta, self._start_means])

    def natural(self, theta: Array) -> dict[str, Array]:
        """Return natural parameters from unconstrained ones ``(..., dim)``; standard deviations positive."""
        parameters = self._signed(self.canonical(theta))
        shared = parameters.pop("between_shared")
        parameters["between_cx"] = np.hypot(shared, parameters["between_cx"])
        parameters["r_between"] = shared / np.maximum(parameters["between_cx"], 1e-300)
        return parameters

    def unconstrained(self, n: Mapping[str, float]) -> Array:
        """Return the unconstrained point of natural parameters, period means at zero."""
        theta = np.zeros(self.dim)
        r, bc = n["r_between"], n["between_cx"]
        parameters = {
            "brief_ex": 0.0,
            "brief_cx": 0.0,
            **n,
            "between_shared": r * bc,
            "between_cx": bc * np.sqrt(max(1 - r * r, 1e-9)),
        }
        for name, i in self.at.items():
            x = float(parameters[name])
            o = int(name.endswith("cx"))
            if name in ("b_ex_cx", "b_cx_ex", "first_shared"):
                theta[i] = x
            elif self._level[o] and name.startswith(("noise", "brief")):
                noise, brief = (float(parameters[f"{part}_{('ex', 'cx')[o]}"]) for part in ("noise", "brief"))
                brief /= self._level[o]
                theta[i] = np.log(np.hypot(noise, brief)) if name.startswith("noise") else brief / noise
            elif name == "phi":
                theta[i] = np.log(x) - np.log1p(-x)
            elif name.startswith(("rho", "r_")):
                theta[i] = np.arctanh(np.clip(x, -0.999, 0.999))
            elif name in self._folded:
                theta[i] = x / self._folded[name]
            else:
                theta[i] = np.log(max(x, 1e-9))
        return theta

    def canonical(self, theta: Array) -> Array:
        """Return ``theta`` with the signs that nothing depends on made positive."""
        point = theta.copy()
        for group in self.mirrors:
            point[..., group] *= np.where(point[..., group[:1]] < 0, -1.0, 1.0)
        return point

    def _signed(self, theta: Array) -> dict[str, Array]:
        parameters: dict[str, Array] = {}
        for name, i in self.at.items():
            x = theta[..., i]
            if name in ("b_ex_cx", "b_cx_ex", "first_shared"):
                parameters[name] = x
            elif name == "phi":
                parameters[name] = 1.0 / (1.0 + np.exp(-x))
            elif name.startswith(("rho", "r_")):
                parameters[name] = np.tanh(x)
            elif name in self._folded:
                parameters[name] = x * self._folded[name]
            else:
                parameters[name] = np.exp(x)
        for o, series in enumerate(("ex", "cx")):
            if self._level[o]:
                total, tangent = (theta[..., self.at[f"{part}_{series}"]] for part in ("noise", "brief"))
                log, brief = split(total, tangent, self._level[o])
                parameters[f"noise_{series}"], parameters[f"brief_{series}"] = np.exp(log), brief
        if self.phi is not None:
            parameters["phi"] = np.full(theta.shape[:-1], self.phi)
        for name in ("noise_ex", "noise_cx", "r_noise"):
            if name not in parameters:
                parameters[name] = np.zeros(theta.shape[:-1])
        return parameters

    def means(self, theta: Array) -> Array:
        """Return period means ``(..., period, 2)``; nought where none is a parameter."""
        means = np.zeros((*theta.shape[:-1], 2 * self.periods))
        means[..., self.measured] = theta[..., len(self.names) :]
        return means.reshape(*theta.shape[:-1], self.periods, 2)

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """Return log density and gradient at one point."""
        ((value, slope),) = self._told(theta[None])
        return value, slope

    def _told(self, theta: Array) -> Iterator[tuple[float, Array]]:
        """Yield log density and gradient at many points ``(point, dim)``."""
        par, mu, prior, made = packed(theta, self.priors, self.periods, self.measured)
        for i, point in enumerate(theta):
            value = -np.inf
            if np.isfinite(prior[i]):
                each, by_par, by_mu = gradient(*self.data.lanes.arrays, par[i], mu[i])
                value = float(prior[i] + each.sum())
            if np.isfinite(value):
                yield value, unpacked(point, self.priors, by_par, by_mu.ravel()[self.measured], made, i)
            else:
                yield -np.inf, np.zeros(self.dim)

    def _slopes(self, theta: Array) -> Array:
        return np.array([slope for _, slope in self._told(theta)])

    def values(self, theta: Array) -> Array:
        """Return the log densities ``(draw,)`` at many points ``(draw, dim)``."""
        par, mu, value, _ = packed(theta, self.priors, self.periods, self.measured)
        inside = np.isfinite(value)
        value[inside] += values(*self.data.lanes.arrays, par[inside], mu[inside]).sum(axis=(1, 2))
        value[~np.isfinite(value)] = -np.inf
        return value

    def value(self, theta: Array) -> float:
        """Return the log density at one point."""
        return float(self.values(theta[None])[0])

    def by_record(self, theta: Array) -> Array:
        """Return the log likelihood of each record."""
        par, mu, _, _ = packed(theta[None], self.priors, self.periods, self.measured)
        by_lane: Array = values(*self.data.lanes.arrays, par, mu)[0]
        return by_lane.ravel()[self.data.lanes.place]

    def like(self, data: PanelData) -> PanelModel:
        """Return the same model of other records with the same periods."""
        model = copy(self)
        model.data = data
        return model

    def prior_gradient(self, theta: Array) -> Array:
        """Return the gradient of the log prior alone."""
        d = self.data
        none = replace(d, y=d.y[:1], w=np.full_like(d.w[:1], -1.0), c=d.c[:1], g=d.g[:1], span=d.span[:1])
        return self.like(none)(theta)[1]

    def inverse_curvature(self, theta: Array) -> Array:
        """Return the covariance ``(dim, dim)`` of a normal approximation at one point, by differences of gradients."""
        core, step = len(self.names), 1e-4
        curvature = np.zeros((self.dim, self.dim))
        moves = step * np.eye(core, self.dim)
        ahead, behind = self._slopes(theta + moves), self._slopes(theta - moves)
        curvature[:core] = -(ahead - behind) / (2 * step)
        curvature[core:, :core] = curvature[:core, core:].T
        (par,), mu, _, _ = packed(theta[None], self.priors, self.periods, self.measured)

        def by_means(means: Array) -> Array:
            by_mu = gradient(*self.data.lanes.arrays, par, means.reshape(self.periods, 2))[2]
            return slope_of_means(by_mu.ravel()[self.measured], means[self.measured])

        here = by_means(mu.ravel())
        for i, place in enumerate(self.measured, core):  # quadratic in period means: one step of any length is exact
            moved = mu.ravel().copy()
            moved[place] += 1.0
            curvature[i, core:] = here - by_means(moved)
        curvature = (curvature + curvature.T) / 2
        values, vectors = np.linalg.eigh(curvature)
        values = np.maximum(values, 0.2)  # a direction that the data leave open is about as wide as its prior
        inverse: Array = (vectors / values) @ vectors.T
        return inverse

    def mode_from(self, starts: list[Array], root: Array | None = None) -> Mode:
        """Return the highest of the modes found from some starting points, with a root of the inverse curvature.

        ``starts``: where to begin. ``root``: ``(dim, dim)`` root of the inverse curvature of a density like this one:
        steps are then nearly Newton's.
        """
        from scipy.optimize import minimize

        best = None
        for begin in starts:

            def down(z: Array, begin: Array = begin) -> tuple[float, Array]:
                value, slope = self(begin + (z if root is None else root @ z))
                if not np.isfinite(value):
                    return 1e12, np.zeros_like(slope)
                return -value, -slope if root is None else -(slope @ root)

            fit = minimize(
                down, np.zeros(self.dim), jac=True, method="L-BFGS-B", options={"maxiter": 500, "maxcor": 30}
            )
            found = begin + (fit.x if root is None else root @ fit.x)
            if best is None or fit.fun < best[0] - 1e-6:
                best = (fit.fun, found)
        assert best is not None  # noqa: S101 - at least one start
        theta = self.canonical(np.asarray(best[1], dtype=np.float64))
        inverse = self.inverse_curvature(theta)
        return Mode(theta, np.linalg.cholesky((inverse + inverse.T) / 2), -float(best[0]))

    @cached_property
    def mode(self) -> Mode:
        """The mode, from a few starting points."""
        starts = [self.start()]
        for phi, rho in ((1.1, 0.6), (-1.1, 0.1)):
            other = self.start()
            if "phi" in self.at:
                other[self.at["phi"]] = phi
            other[self.at["rho_ex"]] = other[self.at["rho_cx"]] = rho
            starts.append(other)
        return self.mode_from(starts)
