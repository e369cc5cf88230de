# SPDX-License-Identifier: MIT
"""Draws of a panel's parameters by importance: from the map, weighed by what the map leaves over.

The transport map of :mod:`txsim.panel.likelihood.coordinates` leads from a few standard numbers to a point of the
posterior. Here these numbers are Student's t, so that tails are covered; φ comes from its own marginal density along the
lag. What the map does not fit is in the weights, whose tail is smoothed by a generalised Pareto distribution: its shape
k̂ tells whether they can be trusted (Vehtari et al. 2024, JMLR 25(72)). Where they cannot, the numbers are drawn anew as
the weighed ones lie (adaptive importance sampling: Cappé et al. 2008, Statistics and Computing 18, 447–459), a few
times; then another sampler must do.

Points are Sobol' points, scrambled, four times over: what is reported hangs on the seed far less than with random ones,
and the four replicates tell how much (Owen 1997, Annals of Statistics 25(4), 1541–1562).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from txsim.inference.spec import seed_for
from txsim.panel.likelihood.coordinates import Transport
from txsim.types import Array

__all__ = ["K_HAT", "LEAST", "Weighed", "weighed"]

#: The shape of the weights' tail up to which they can be trusted, and how many effective draws there must be.
K_HAT, LEAST = 0.7, 1000.0
#: Replicates, each of its own scramble, as chains are.
REPLICATES = 4
#: Numbers are normal, a little wider than they should be, and with one in five Student's t: share, degrees of freedom and
#: scale of each.
_MIXED = ((0.8, np.inf, 1.1), (0.2, 5.0, 1.2))
#: Points of a replicate: to adapt by, and to report; more where weights are uneven, but numbers of the panel read at most.
_TRIAL, _POINTS, _MOST = 1024, 1024, 8192
_READ = 2e9
#: Rounds of adapting at most, and the share of effective points from which they are even enough.
_ROUNDS, _EVEN = 4, 0.2
#: Effective draws that are aimed at: more than are needed, so that tails are settled too.
_GOAL = 4000.0
#: Points whose maps are held in memory at once.
_CHUNK = 128
#: Share of the draws of φ that come from its prior, whatever the data say.
_DEFENCE = 0.1


@dataclass(frozen=True)
class Weighed:
    """Points with their weights.

    Attributes
    ----------
    theta
        ``(replicate, point, dim)``.
    weight
        ``(replicate, point)``; they sum to one.
    k_hat
        Shape of the weights' tail.
    effective
        Effective draws, 1 / Σ weight².
    """

    theta: Array
    weight: Array
    k_hat: float
    effective: float

    @property
    def trusted(self) -> bool:
        """Whether they can be reported."""
        return self.k_hat < K_HAT and self.effective >= LEAST


class _Lag:
    """φ on the logit from a uniform number: its marginal density along the lag, and a share of its prior."""

    def __init__(self, transport: Transport, evidence: Array) -> None:
        mean, width = transport.model.data.lag_prior
        self.edge = np.linspace(mean - 5 * width, mean + 5 * width, 1001)
        x = 0.5 * (self.edge[1:] + self.edge[:-1])
        prior = -0.5 * ((x - mean) / width) ** 2
        height = np.interp(x, transport.nodes, evidence) + prior
        parts = [np.exp(each - each.max()) for each in (height, prior)]
        share = sum(s * part / part.sum() for s, part in zip((1 - _DEFENCE, _DEFENCE), parts, strict=True))
        self.density = share / (self.edge[1] - self.edge[0])
        self.total = np.concatenate([[0.0], np.cumsum(share)])

    def __call__(self, u: Array) -> tuple[Array, Array]:
        x = np.interp(u, self.total, self.edge)
        at = np.clip(np.searchsorted(self.edge, x) - 1, 0, len(self.density) - 1)
        return x, np.log(self.density[at])


def _smoothed(log_weight: Array) -> tuple[Array, float, float]:
    from arviz_stats.base import array_stats

    told, k_hat = array_stats.psislw(-log_weight)  # the library takes them with the sign of a log likelihood
    weight = np.exp(told - told.max())
    weight /= weight.sum()
    return weight, float(k_hat), 1.0 / float(weight @ weight)


def weighed(transport: Transport, evidence: Array, seed: int) -> Weighed:
    """Return weighed points of the posterior; whether they can be trusted, they say themselves.

    Parameters
    ----------
    transport
        The map.
    evidence
        ``(node,)`` log marginal density along the lag, of :class:`txsim.panel.likelihood.lag_path.Path`.
    seed
        Seed of the streams of random numbers.
    """
    core = len(transport.model.names)
    center, root = np.zeros(core), np.eye(core)
    lag = _Lag(transport, evidence) if transport.place >= 0 else None

    def drawn(points: int, name: str) -> tuple[Array, Array, Weighed]:
        """Return numbers, log weights, and the points."""
        numbers, thetas, logs = [], [], []
        for generator in seed_for(seed, f"panel importance {name}").spawn(REPLICATES):
            s, density = _numbers(np.random.default_rng(generator), points, transport.model.dim, center, root)
            theta, target = _targets(transport, lag, s)
            numbers.append(s[:, :core])
            thetas.append(theta)
            logs.append(target - density)
        log_weight = np.nan_to_num(np.concatenate(logs), nan=-np.inf)
        weight, k_hat, effective = _smoothed(log_weight)
        shape = (REPLICATES, points)
        made = Weighed(np.stack(thetas), weight.reshape(shape), k_hat, effective)
        return np.concatenate(numbers), log_weight, made

    # of a panel that takes long to read, fewer points
    cells = transport.model.data.lanes.cells.size
    trial = _TRIAL if cells * _TRIAL < _READ / 100 else _TRIAL // 4
    for round_ in range(_ROUNDS):
        s, log_weight, made = drawn(trial, f"trial {round_}")
        if made.k_hat < K_HAT and made.effective > _EVEN * log_weight.size:
            break
        # as they lie; weights are flattened as long as few points hold them all
        power = 1.0
        weight = made.weight.ravel()
        while 1.0 / float(weight @ weight) < 6 * core and power > 0.05:
            power *= 0.7
            weight = made.weight.ravel() ** power
            weight = weight / weight.sum()
        center = weight @ s
        away = s - center
        spread = (away.T * weight) @ away / power
        root = np.linalg.cholesky(0.95 * spread + 0.05 * np.diag(np.diag(spread)) + 1e-8 * np.eye(core))
    points = _POINTS
    share = made.effective / made.weight.size
    while share * points * REPLICATES < _GOAL and points < _MOST and points * cells < _READ:
        points *= 2
    return drawn(points, "draws")[2]


def _numbers(rng: np.random.Generator, points: int, dim: int, center: Array, root: Array) -> tuple[Array, Array]:
    """Return numbers ``(point, dim)``, the first with the given centre and root, the rest normal; log densities."""
    from scipy.special import chdtri, gammaln, ndtri
    from scipy.stats import qmc

    core = len(center)
    u = np.clip(qmc.Sobol(dim + 2, scramble=True, rng=rng).random(points), 1e-12, 1 - 1e-12)
    z = ndtri(u[:, 2:])
    kind = np.searchsorted(np.cumsum([share for share, *_ in _MIXED[:-1]]), u[:, 1])
    stretch = np.empty(points)
    for k, (_, free, scale) in enumerate(_MIXED):
        stretch[kind == k] = scale * (1.0 if np.isinf(free) else np.sqrt(free / chdtri(free, u[kind == k, 0])))
    away = z[:, :core] * stretch[:, None]
    squares = (away**2).sum(axis=1)
    parts = []
    for share, free, scale in _MIXED:
        height = np.log(share) - core * np.log(scale)
        if np.isinf(free):
            parts.append(height - 0.5 * squares / scale**2 - 0.5 * core * np.log(2 * np.pi))
            continue
        height += gammaln((free + core) / 2) - gammaln(free / 2) - 0.5 * core * np.log(free * np.pi)
        parts.append(height - 0.5 * (free + core) * np.log1p(squares / scale**2 / free))
    s = z.copy()
    s[:, :core] = center + away @ root.T
    rest = z[:, core:]
    density = np.logaddexp.reduce(parts, axis=0) - np.log(np.diag(root)).sum()
    return s, density - 0.5 * (rest * rest).sum(axis=1) - 0.5 * rest.shape[1] * np.log(2 * np.pi)


def _targets(transport: Transport, lag: _Lag | None, s: Array) -> tuple[Array, Array]:
    """Return points and log densities of numbers: those of the parameters times the volume of the map."""
    from scipy.special import ndtr

    theta, volume = np.empty((len(s), transport.model.dim)), np.empty(len(s))
    v = s
    extra: Array | float = 0.0
    if lag is not None:
        x, density = lag(ndtr(s[:, 0]))
        extra = -0.5 * s[:, 0] ** 2 - 0.5 * np.log(2 * np.pi) - density
        v = np.column_stack([(x - transport.middle) / transport.width, s[:, 1:]])
    for begin in range(0, len(s), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        theta[part], volume[part] = transport.points(v[part])
    with np.errstate(invalid="ignore"):
        return theta, transport.model.values(theta) + volume + extra
