# SPDX-License-Identifier: MIT
"""What a panel of EX and CX says about both slopes and the lag: density, mode, draws (docs/link.md).

The model is that of docs/model.md, section 3, near the baseline, with unit effects, common shocks by period, own
autoregressive disturbances and survey noise. Latent states are integrated out (:mod:`txsim.inference.panel_kernel`), so
that only the handful of parameters that all units share is sampled. Values are standardised by the caller: one unit is
one within-unit standard deviation of the series.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.errors import CalibrationError
from txsim.inference.spec import seed_for

__all__ = ["CHAINS", "Mode", "PanelData", "PanelDraws", "PanelModel", "records", "sample"]

Array = NDArray[np.float64]
Progress = Callable[[str, float | None], None]

CHAINS = 4
#: Numbers in the records from which a value costs so much that proposals without gradient are tried first; such panels
#: are also those whose posterior is nearly normal.
_LARGE = 8000
#: What is said while it samples.
_FIRST, _AGAIN = "sampling the panel", "sampling the panel, again and longer"
#: Numbers from which NUTS is no way out any more.
_HUGE = 100_000
_FREE = (
    "b_ex_cx",
    "b_cx_ex",
    "phi",
    "rho_ex",
    "rho_cx",
    "sd_ex",
    "sd_cx",
    "r_shock",
    "between_ex",
    "between_cx",
    "between_shared",
    "first_ex",
    "first_cx",
    "first_shared",
    "noise_ex",
    "noise_cx",
    "r_noise",
)


@dataclass(frozen=True)
class PanelData:
    """A standardised panel, ready for the filter.

    Attributes
    ----------
    y, w
        ``(record, period, 2)`` values, and expected noise variance of each (``w < 0``: no value). Without counts ``w``
        is 1 and the noise scale is a parameter on its own.
    c, g
        ``(record,)`` weight of the period mean, and of the log determinants; both 1 for a plain unit.
    span
        ``(record, 2)`` first period with a value, and the one after the last.
    total_sd
        ``(2,)`` sd over everything, in within-unit sd; sets the width of the prior of unit effects.
    counted
        Whether the noise of each series is known from counts.
    shared_raters
        Whether the same people answer both questions, so that their noise correlates.
    means
        Whether period means are parameters; False where they are integrated out exactly.
    noise_width
        Log sd of the noise scale where counts are known, else the scale of the half-normal prior of the noise's sd.
    lag_prior
        Mean and sd of the normal prior of the share that persists, on the logit; the default is nearly flat on 0 … 1.
    """

    y: Array
    w: Array
    c: Array
    g: Array
    span: NDArray[np.int64]
    total_sd: tuple[float, float]
    counted: tuple[bool, bool]
    shared_raters: bool = False
    means: bool = True
    noise_width: tuple[float, float] = (0.25, 0.25)
    lag_prior: tuple[float, float] = (0.0, 1.6)


def records(
    y: Array,
    w: Array,
    *,
    counted: tuple[bool, bool],
    shared_raters: bool = False,
    noise_width: tuple[float, float] = (0.25, 0.25),
    lag_prior: tuple[float, float] = (0.0, 1.6),
    group: bool = True,
) -> PanelData:
    """Return records for the filter, with units of one pattern of waves and noise drawn together where that is less.

    Parameters
    ----------
    y, w
        ``(unit, period, 2)`` standardised values (NaN where missing) and noise variances.
    counted, shared_raters, noise_width, lag_prior
        As in :class:`PanelData`.
    group
        Whether to group at all; False keeps one record per unit.

    Notes
    -----
    The likelihood of N units with one covariance V depends on the data through their mean and scatter alone. A root of
    the scatter matrix, column by column, is a set of at most 2T pseudo-units with the same likelihood. If all units
    share one pattern, period means with a flat prior integrate out exactly: the mean drops, and one log determinant.
    """
    present = np.isfinite(y) & np.isfinite(w) & (w >= 0)
    some = present.any(axis=(1, 2))
    y, w, present = y[some], w[some], present[some]
    w = np.where(present, w, -1.0)
    y = np.where(present, y, 0.0)
    units, periods = y.shape[:2]
    spread = float(np.sqrt(max(np.mean(y[present] ** 2), 1e-12)))
    total = []
    for o in range(2):
        values = y[..., o][present[..., o]]
        total.append(float(values.std()) if values.size > 1 else spread)
    settings: dict[str, Any] = {
        "total_sd": (max(total[0], 1.0), max(total[1], 1.0)),
        "counted": counted,
        "shared_raters": shared_raters,
        "noise_width": noise_width,
        "lag_prior": lag_prior,
    }
    keys = np.round(w.reshape(units, -1), 10)
    patterns, of = np.unique(keys, axis=0, return_inverse=True)
    of = of.ravel()
    if not group:
        patterns = keys[:0]
    one = len(patterns) == 1
    rows_y, rows_w, rows_c, rows_g = [], [], [], []
    single = np.ones(units, dtype=bool)
    for which in range(len(patterns)):
        members = np.flatnonzero(of == which)
        cells = patterns[which] >= 0
        size = int(cells.sum())
        if one:
            values = y[members].reshape(len(members), -1)
            centred = values - values.mean(axis=0)
            if len(members) - 1 <= size:  # drop the mean by an orthogonal rotation: N − 1 units are left
                rotated = np.linalg.qr(np.column_stack([np.ones(len(members)), np.eye(len(members))[:, 1:]]))[0][:, 1:]
                root = rotated.T @ values
            else:
                root = _root(centred[:, cells], cells)
            weight = (len(members) - 1) / max(len(root), 1)
            rows_y.append(root.reshape(-1, periods, 2))
            rows_w.append(np.broadcast_to(w[members[0]], (len(root), periods, 2)))
            rows_c.append(np.zeros(len(root)))
            rows_g.append(np.full(len(root), weight))
            single[members] = False
        elif len(members) > size + 1:
            values = y[members].reshape(len(members), -1)
            mean = values.mean(axis=0)
            root = np.vstack([_root((values - mean)[:, cells], cells), np.sqrt(len(members)) * mean])
            rows_y.append(root.reshape(-1, periods, 2))
            rows_w.append(np.broadcast_to(w[members[0]], (len(root), periods, 2)))
            rows_c.append(np.r_[np.zeros(len(root) - 1), np.sqrt(len(members))])
            rows_g.append(np.full(len(root), len(members) / len(root)))
            single[members] = False
    if single.any():
        rows_y.append(y[single])
        rows_w.append(w[single])
        rows_c.append(np.ones(int(single.sum())))
        rows_g.append(np.ones(int(single.sum())))
    all_y, all_w = np.concatenate(rows_y), np.ascontiguousarray(np.concatenate(rows_w))
    seen = (all_w >= 0).any(axis=2)
    span = np.stack([seen.argmax(axis=1), periods - seen[:, ::-1].argmax(axis=1)], axis=1).astype(np.int64)
    return PanelData(
        np.ascontiguousarray(all_y),
        all_w,
        np.concatenate(rows_c),
        np.concatenate(rows_g),
        span,
        means=not one,
        **settings,
    )


def _root(centred: Array, cells: NDArray[np.bool_]) -> Array:
    values, vectors = np.linalg.eigh(centred.T @ centred)
    root = np.zeros((len(values), cells.size))
    root[:, cells] = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    return root


@dataclass(frozen=True)
class Mode:
    """Where the density is highest, and how it falls there.

    Attributes
    ----------
    theta
        ``(dim,)`` unconstrained parameters.
    root
        ``(dim, dim)`` lower root of the inverse curvature.
    logp
        Log density at ``theta``.
    """

    theta: Array
    root: Array
    logp: float

    @property
    def covariance(self) -> Array:
        """Covariance of the normal approximation."""
        found: Array = self.root @ self.root.T
        return found


@dataclass(frozen=True)
class PanelDraws:
    """Draws of the parameters of a panel.

    Attributes
    ----------
    values
        Natural parameters by name, ``(chain, draw)``; standardised units.
    means
        ``(chain, draw, period, 2)`` period means, or ``None`` where they were integrated out.
    diagnostics
        R-hat, effective sample sizes and divergences.
    theta
        ``(chain, draw, dim)`` unconstrained.
    """

    values: dict[str, Array]
    means: Array | None
    diagnostics: dict[str, Any]
    theta: Array = field(repr=False)

    def __getitem__(self, name: str) -> Array:
        """Return the draws ``(chain, draw)`` of one parameter."""
        return self.values[name]


class PanelModel:
    """Log posterior density of a panel's parameters, with its gradient.

    Parameters
    ----------
    data
        From :func:`records`.
    phi
        Known share of last period's state that persists, or ``None`` to estimate it.
    """

    def __init__(self, data: PanelData, phi: float | None = None) -> None:
        self.data = data
        self.phi = phi
        self.names = tuple(
            name
            for name in _FREE
            if not (name == "phi" and phi is not None) and not (name == "r_noise" and not data.shared_raters)
        )
        self.at = {name: i for i, name in enumerate(self.names)}
        self.periods = data.y.shape[1]
        self.dim = len(self.names) + (2 * self.periods if data.means else 0)
        # Standard deviations that may be zero are scaled normals with a sign that nothing depends on: their density is
        # smooth at zero, where that of a logarithm has an endless tail.
        self._folded = {
            "between_ex": 1.5 * data.total_sd[0],
            "between_cx": data.total_sd[1],
            "between_shared": data.total_sd[1],
            **{name: data.noise_width[o] for o, name in enumerate(("noise_ex", "noise_cx")) if not data.counted[o]},
        }
        groups = (("between_ex", "between_shared"), ("between_cx",), ("noise_ex",), ("noise_cx",))
        self._mirrors = [[self.at[name] for name in group] for group in groups if group[0] in self._folded]
        from txsim.inference.panel_kernel import density

        self._density = density
        index = np.array([self.at.get(name, -1) for name in _FREE], dtype=np.int64)
        order = ("between_ex", "between_cx", "between_shared", "noise_ex", "noise_cx")
        self._told = (
            index,
            -1.0 if phi is None else float(phi),
            np.array(data.lag_prior, dtype=np.float64),
            np.array([self._folded.get(name, 1.0) for name in order]),
            np.array(data.noise_width, dtype=np.float64),
            np.array(data.counted),
        )
        seen = (data.w >= 0) & (data.c[:, None, None] != 0)
        count = np.maximum(seen.sum(axis=0), 1)
        self._start_means = np.where(seen, data.y / np.where(data.c == 0, 1, data.c)[:, None, None], 0).sum(0) / count

    def start(self) -> Array:
        """Return a plausible point to begin the search at."""
        told = {
            "phi": 0.0,
            "rho_ex": 0.3,
            "rho_cx": 0.3,
            "sd_ex": np.log(0.7),
            "sd_cx": np.log(0.7),
            "between_ex": 0.4,
            "between_cx": 0.4,
            "between_shared": 0.1,
            "noise_ex": 0.0 if self.data.counted[0] else 0.7,
            "noise_cx": 0.0 if self.data.counted[1] else 0.7,
        }
        theta = np.array([told.get(name, 0.0) for name in self.names])
        return np.concatenate([theta, self._start_means.ravel()]) if self.data.means else theta

    def natural(self, theta: Array) -> dict[str, Array]:
        """Return natural parameters from unconstrained ones ``(..., dim)``; standard deviations positive."""
        found = self._signed(theta)
        shared = found.pop("between_shared") * np.sign(found["between_ex"])
        found |= {name: np.abs(found[name]) for name in self._folded if name in found}
        found["between_cx"] = np.hypot(shared, found["between_cx"])
        found["r_between"] = shared / np.maximum(found["between_cx"], 1e-300)
        return found

    def unconstrained(self, n: Mapping[str, float]) -> Array:
        """Return the unconstrained point of natural parameters, period means at zero."""
        theta = np.zeros(self.dim)
        r, bc = n["r_between"], n["between_cx"]
        told = {**n, "between_shared": r * bc, "between_cx": bc * np.sqrt(max(1 - r * r, 1e-9))}
        for name, i in self.at.items():
            x = float(told[name])
            if name in ("b_ex_cx", "b_cx_ex", "first_shared"):
                theta[i] = x
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
        found = theta.copy()
        for group in self._mirrors:
            found[..., group] *= np.where(found[..., group[:1]] < 0, -1.0, 1.0)
        return found

    def _signed(self, theta: Array) -> dict[str, Array]:
        found: dict[str, Array] = {}
        for name, i in self.at.items():
            x = theta[..., i]
            if name in ("b_ex_cx", "b_cx_ex", "first_shared"):
                found[name] = x
            elif name == "phi":
                found[name] = 1.0 / (1.0 + np.exp(-x))
            elif name.startswith(("rho", "r_")):
                found[name] = np.tanh(x)
            elif name in self._folded:
                found[name] = x * self._folded[name]
            else:
                found[name] = np.exp(x)
        if self.phi is not None:
            found["phi"] = np.full(theta.shape[:-1], self.phi)
        if "r_noise" not in found:
            found["r_noise"] = np.zeros(theta.shape[:-1])
        return found

    def means(self, theta: Array) -> Array:
        """Return period means ``(..., period, 2)``."""
        if not self.data.means:
            return np.zeros((*theta.shape[:-1], self.periods, 2))
        return theta[..., len(self.names) :].reshape(*theta.shape[:-1], self.periods, 2)

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """Return log density and gradient at one point."""
        found = self._density(theta, *self._told, *self._records(), 1)
        return float(found[0]), found[1]

    def value(self, theta: Array) -> float:
        """Return the log density at one point."""
        return float(self._density(theta, *self._told, *self._records(), 0)[0])

    def by_record(self, theta: Array) -> Array:
        """Return the log likelihood of each record."""
        found: Array = self._density(theta, *self._told, *self._records(), 0)[2]
        return found

    def _records(self) -> tuple[Any, ...]:
        d = self.data
        return d.y, d.w, d.c, d.g, d.span

    def like(self, data: PanelData) -> PanelModel:
        """Return the same model of other records with the same periods."""
        found = copy(self)
        found.data = data
        return found

    def prior_gradient(self, theta: Array) -> Array:
        """Return the gradient of the log prior alone."""
        d = self.data
        none = replace(d, y=d.y[:1], w=np.full_like(d.w[:1], -1.0), c=d.c[:1], g=d.g[:1], span=d.span[:1])
        return self.like(none)(theta)[1]

    def mode_from(self, starts: list[Array]) -> Mode:
        """Return the highest of the modes found from some starting points, with a root of the inverse curvature."""
        from scipy.optimize import minimize

        def down(theta: Array) -> tuple[float, Array]:
            value, grad = self(theta)
            return (-value, -grad) if np.isfinite(value) else (1e12, np.zeros_like(grad))

        best = None
        for begin in starts:
            found = minimize(down, begin, jac=True, method="L-BFGS-B", options={"maxiter": 500, "maxcor": 30})
            if best is None or found.fun < best.fun - 1e-6:
                best = found
        assert best is not None  # noqa: S101 - at least one start
        theta = self.canonical(np.asarray(best.x, dtype=np.float64))
        step = 1e-4
        curvature = np.empty((self.dim, self.dim))
        for i in range(self.dim):
            move = np.zeros(self.dim)
            move[i] = step
            curvature[i] = -(self(theta + move)[1] - self(theta - move)[1]) / (2 * step)
        curvature = (curvature + curvature.T) / 2
        values, vectors = np.linalg.eigh(curvature)
        values = np.maximum(values, 0.2)  # a direction that the data leave open is about as wide as its prior
        inverse = (vectors / values) @ vectors.T
        return Mode(theta, np.linalg.cholesky((inverse + inverse.T) / 2), -float(best.fun))

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


class _Proposal:
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


def sample(
    model: PanelModel,
    seed: int,
    *,
    along: Path | None = None,
    draws: int = 1000,
    workers: int = 2,
    stream: str = "panel",
    progress: Progress | None = None,
) -> PanelDraws:
    """Draw from the posterior: 4 chains of independent proposals, and NUTS where these do not fit.

    Parameters
    ----------
    model
        Density and gradient.
    seed, stream
        Seed, and name of the stream of random numbers.
    along
        From :func:`path`, where it is known already.
    draws
        Draws kept of each chain.
    workers
        Threads; the draws do not depend on their number.
    progress
        Told what takes long.

    Raises
    ------
    CalibrationError
        If no sampler passes the gate: R-hat under 1.01 and effective sample sizes of at least 400.

    Notes
    -----
    Given the lag, the posterior of so few parameters from so many numbers is nearly normal. Proposals come from
    normal approximations along the lag, with heavier tails, and are accepted by Metropolis and Hastings' rule with the
    exact density: no approximation is left in the draws. Costs one value of the likelihood a draw, without gradient.
    """
    if model.data.y.size > _LARGE:
        along = along or path(model.data, model.phi, workers=workers)
        found = _hybrid(model, along, seed, draws, workers, stream, 1)
        if _good(found):
            return found
        if model.phi is not None:  # proposals as the first draws lie, instead of as the curvature at the mode has it
            center, root = _whitened(found)
            along = Path(along.phi, (Mode(model.canonical(center), 1.05 * root, 0.0),), along.evidence)
            found = _hybrid(model, along, seed, draws, workers, f"{stream} again", 2)
            if _good(found):
                return found
        d = found.diagnostics
        if model.data.y.size > _HUGE and d["r_hat"] < 1.05 and d["ess_bulk"] >= 100:
            d["rough"] = True  # NUTS would take hours
            return found
        if progress is not None:
            progress("the panel is far from normal: sampling by NUTS", None)
    for attempt in range(2):
        if progress is not None:
            progress(_AGAIN if attempt else _FIRST, None)
        factor = 1 + attempt
        if attempt == 0:
            center, root = model.mode.theta, model.mode.root
        else:
            center, root = _whitened(found)
        found = _nuts(model, center, root, seed, draws * factor, 500, workers, stream, 0.9 if attempt else 0.85)
        if _good(found):
            return found
    d = found.diagnostics
    if d["r_hat"] < 1.05 and d["ess_bulk"] >= 100:  # usable, and said to be rough
        d["rough"] = True
        return found
    message = (
        f"the panel's draws cannot be trusted: R-hat {d['r_hat']:.3f} (must be under 1.01), effective draws "
        f"{min(d['ess_bulk'], d['ess_tail']):.0f} (400 needed), worst for {d['worst']}. The data leave the model open "
        "there: give the lag (--lag), respondents' counts, or more waves."
    )
    raise CalibrationError(message)


def _good(found: PanelDraws) -> bool:
    d = found.diagnostics
    return bool(d["r_hat"] < 1.01 and min(d["ess_bulk"], d["ess_tail"]) >= 400)


def _hybrid(model: PanelModel, along: Path, seed: int, draws: int, workers: int, stream: str, thin: int) -> PanelDraws:
    from concurrent.futures import ThreadPoolExecutor

    proposal = _Proposal(model, along)
    burn = draws // 10
    streams = seed_for(seed, stream).spawn(CHAINS)

    def chain(which: int) -> tuple[Array, float]:
        rng = np.random.default_rng(streams[which])
        count = draws * thin + burn
        points, log_q = proposal.draw(count, rng)
        here = points[0]
        value = -np.inf
        for k in range(count):  # begin where the density exists
            value = model.value(points[k])
            if np.isfinite(value):
                here, here_q = points[k], log_q[k]
                break
        kept, accepted = np.empty((draws, model.dim)), 0
        for k in range(count):
            there = model.value(points[k])
            if np.log(rng.random()) < there - log_q[k] - value + here_q:
                here, value, here_q = points[k], there, log_q[k]
                accepted += 1
            moved = proposal.step(here, rng)
            there = model.value(moved)
            if np.log(rng.random()) < there - value:
                here, value = model.canonical(moved), there
                here_q = proposal.density(here)
            if k >= burn and (k - burn) % thin == thin - 1:
                kept[(k - burn) // thin] = here
        return kept, accepted / count

    with ThreadPoolExecutor(workers) as pool:
        ran = list(pool.map(chain, range(CHAINS)))
    theta = np.stack([kept for kept, _ in ran])
    found = _draws(model, theta, np.zeros((CHAINS, draws), dtype=bool))
    found.diagnostics["sampler"] = "independent proposals and local moves"
    found.diagnostics["accepted"] = float(np.mean([share for _, share in ran]))
    return found


def _draws(model: PanelModel, theta: Array, diverging: NDArray[np.bool_]) -> PanelDraws:
    theta = model.canonical(theta)
    values = model.natural(theta)
    means = model.means(theta) if model.data.means else None
    return PanelDraws(values, means, _diagnostics(values, diverging), theta)


def _whitened(found: PanelDraws) -> tuple[Array, Array]:
    """Return mean and root of the covariance of draws that were not good enough, for the next attempt's coordinates."""
    flat = found.theta.reshape(-1, found.theta.shape[-1])
    spread = np.cov(flat.T) + 1e-8 * np.eye(flat.shape[1])
    return flat.mean(axis=0), np.linalg.cholesky(spread)


def _nuts(
    model: PanelModel,
    center: Array,
    root: Array,
    seed: int,
    draws: int,
    tune: int,
    cores: int,
    stream: str,
    target_accept: float,
) -> PanelDraws:
    import nutpie
    from nutpie.compiled_pyfunc import from_pyfunc

    def logp(z: Array, **_: Any) -> tuple[float, Array]:
        value, grad = model(center + root @ z)
        if not np.isfinite(value):
            return -1e300, np.zeros_like(z)
        return value, root.T @ grad

    def expand(seed1: int, seed2: int, chain: int) -> Any:
        def told(z: Array, **_: Any) -> dict[str, Array]:
            return {"z": z}

        return told

    words = seed_for(seed, f"{stream} nuts").generate_state(2, np.uint32)

    def begin(chain_seed: int) -> Array:
        return 0.5 * np.random.default_rng([int(words[1]), int(chain_seed)]).standard_normal(model.dim)

    compiled = from_pyfunc(
        model.dim, lambda: logp, expand, [np.dtype("float64")], [(model.dim,)], ["z"], make_initial_point_fn=begin
    )
    trace = nutpie.sample(
        compiled,
        draws=draws,
        tune=tune,
        chains=CHAINS,
        cores=cores,
        seed=int(words[0]),
        target_accept=target_accept,
        progress_bar=False,
    )
    z = np.asarray(trace["posterior"]["z"])
    found = _draws(model, center + z @ root.T, np.asarray(trace["sample_stats"]["diverging"]))
    found.diagnostics["sampler"] = "NUTS"
    return found


def _diagnostics(values: dict[str, Array], diverging: NDArray[np.bool_]) -> dict[str, Any]:
    import arviz_stats

    azs: Any = arviz_stats
    table = {}
    for name, x in values.items():
        if np.ptp(x) < 1e-12:
            continue
        table[name] = {
            "r_hat": float(azs.rhat(x)),
            "ess_bulk": float(azs.ess(x, method="bulk")),
            "ess_tail": float(azs.ess(x, method="tail", prob=(0.05, 0.95))),
        }
    worst = max(table, key=lambda name: table[name]["r_hat"])
    return {
        "r_hat": max(row["r_hat"] for row in table.values()),
        "ess_bulk": min(row["ess_bulk"] for row in table.values()),
        "ess_tail": min(row["ess_tail"] for row in table.values()),
        "divergences": int(diverging.sum()),
        "divergent_share": float(diverging.mean()),
        "worst": worst,
    }
