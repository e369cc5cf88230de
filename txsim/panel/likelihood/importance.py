# SPDX-License-Identifier: MIT
"""Draws of a panel's parameters by importance: from the map, weighed by what the map leaves over.

The transport map of :mod:`txsim.panel.likelihood.coordinates` leads from a few standard numbers to a point of the
posterior. Here these numbers are Student's t, so that tails are covered; φ comes from its own marginal density along
the lag. What the map does not fit is in the weights, whose tail is smoothed by a generalised Pareto distribution: its
shape k̂ tells whether they can be trusted (Vehtari et al. 2024, JMLR 25(72)). Where weights are uneven, the numbers
are drawn anew as the weighed ones lie, from one t distribution and then from a mixture of a few (adaptive importance
sampling: Cappé et al. 2008, Statistics and Computing 18, 447–459). Where that does not help, another sampler must do.

Standard deviations have a sign that nothing depends on, so that the posterior has hills that are mirror images of each
other. What is weighed is one of them (:class:`_Sides`): where a standard deviation may be nought they run into each
other, and a map that leads to one would be weighed as if it missed the rest.

Points are Sobol' points, scrambled, four times over: what is reported hangs on the seed far less than with random ones,
and the four replicates tell how much (Owen 1997, Annals of Statistics 25(4), 1541–1562).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from txsim.inference.pareto import effective, smoothed
from txsim.inference.spec import seed_for
from txsim.panel.likelihood.coordinates import Transport
from txsim.panel.likelihood.density import PanelModel
from txsim.types import Array

#: The shape of the weights' tail up to which they can be trusted, and how many effective draws there must be.
K_HAT, LEAST = 0.7, 1000.0
#: Replicates, each of its own scramble, as chains are.
REPLICATES = 4
#: Degrees of freedom of the numbers that are drawn: of the first round, which defends the tails of all others (their
#: points count under all mixtures), and of later ones, which lie as the weighed points do.
_FIRST_FREE, _FREE = 5.0, 9.0
#: Points of a replicate in the first two rounds, as powers of two: as many as read so many numbers of the panel, within
#: bounds; later ones are so many times as long, but not where the panel is so large that even the least reads more.
_READ_TRIAL, _TRIAL, _LATER = 1.5e7, (8, 12), 4
#: Components of the mixture at most.
_COMPONENTS = 8
#: Effective draws that are aimed at, of all and at the worst end of both intervals: an end then hangs on the seed by
#: 1.7 % of the posterior's sd (one sd), and over eight seeds by about 5 %. Where so many numbers of the panel have been
#: read, as many at an end as of all are enough.
_GOAL, _ENDS, _READ = 4000.0, 16000.0, 5.5e8
#: Numbers of a panel that a point stands for at least: its map and its weight take their time, however small the panel.
_LEAST_READ = 6000
#: Points of a replicate at most, as long as no more numbers are read.
_MOST, _READ_MOST = 65536, 9e9
#: Share of the draws of φ that come from its prior, whatever the data say.
_DEFENCE = 0.1


@dataclass(frozen=True)
class Weighed:
    """Points with their weights."""

    theta: Array  #: ``(replicate, point, dim)``.
    weight: Array  #: ``(replicate, point)``; they sum to one.
    k_hat: float  #: Shape of the weights' tail.
    effective: float  #: Effective draws, 1 / Σ weight².

    @classmethod
    def of(cls, theta: Array, log_weight: Array) -> Weighed:
        """Return points with the tail of their weights smoothed, from log weights ``(replicate, point)``."""
        weight, k_hat = smoothed(np.nan_to_num(log_weight.ravel(), nan=-np.inf))
        return cls(theta, weight.reshape(log_weight.shape), k_hat, effective(weight))

    @property
    def ends(self) -> float:
        """Effective draws at the worst of both ends of the 90 % intervals of both effects."""
        worst = np.inf
        for x in self.theta.reshape(-1, self.theta.shape[2])[:, :2].T:
            order = np.argsort(x)
            w = self.weight.ravel()[order]
            total = np.cumsum(w)
            for p in (0.05, 0.95):
                worst = min(worst, p * (1 - p) / float((w**2 * ((total < p) - p) ** 2).sum()))
        return float(worst)

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


@dataclass(frozen=True)
class _Drawn:
    """Points of one mixture: numbers ``(replicate, point, core)``, what they lead to, and log densities.

    ``target`` is the log density of the posterior in these numbers, ``rest`` that of the numbers that are normal in
    every mixture; ``heights`` that of the others under the mixture of each set, in their order.
    """

    numbers: Array
    theta: Array
    target: Array
    rest: Array
    mixture: _Mixture
    heights: list[Array]

    @staticmethod
    def weighed(sets: Sequence[_Drawn], sides: _Sides) -> tuple[Array, Weighed]:
        """Return the numbers ``(point, core)`` of some sets, and their points, weighed by what all came from.

        Points of a mixture that fits badly are thereby few among those of a better one (balance heuristic: Veach &
        Guibas 1995; of adapted mixtures Cornuet et al. 2012, Scandinavian Journal of Statistics 39(4), 798–812).
        """
        for one in sets:
            flat = one.numbers.reshape(-1, one.numbers.shape[2])
            for other in sets[len(one.heights) :]:
                height = np.logaddexp.reduce(other.mixture.densities(flat), axis=0)
                one.heights.append(height.reshape(one.rest.shape) + one.rest)
        total = sum(one.rest.size for one in sets)
        share = np.log([one.rest.size / total for one in sets])
        density = [
            np.logaddexp.reduce([log + height for log, height in zip(share, one.heights, strict=True)], axis=0)
            for one in sets
        ]
        numbers, theta, target = (
            np.concatenate([getattr(one, name) for one in sets], axis=1) for name in ("numbers", "theta", "target")
        )
        log_weight = target + sides(theta) - np.concatenate(density, axis=1)
        return numbers.reshape(-1, numbers.shape[2]), Weighed.of(theta, log_weight)


def weighed(transport: Transport, evidence: Array, seed: int, done: Callable[[float], None] | None = None) -> Weighed:
    """Return weighed points of the posterior; whether they can be trusted, they say themselves.

    ``evidence``: ``(node,)`` log marginal density along the lag, of :class:`txsim.panel.likelihood.lag_path.Path`;
    ``seed``: seed of the streams of random numbers; ``done``: told the share of the work that is done, by the points
    that are still to be drawn as far as can be seen.
    """
    core = len(transport.model.names)
    drawn_points = 0
    lag = _Lag(transport, evidence) if transport.place >= 0 else None
    numbers = np.random.default_rng(seed_for(seed, "panel importance sides")).standard_normal(
        (2048, transport.model.dim)
    )
    sides = _Sides.of(transport.model, transport.points(numbers)[0], np.full(2048, 1 / 2048))

    def drawn(mixture: _Mixture, points: int, name: str, after: int) -> _Drawn:
        """Return points of a mixture; ``after`` points are to be drawn yet."""
        nonlocal drawn_points
        numbers, thetas, targets, rests = [], [], [], []
        for i, generator in enumerate(seed_for(seed, f"panel importance {name}").spawn(REPLICATES)):
            s = mixture.drawn(np.random.default_rng(generator), points, transport.model.dim)
            theta, target = _targets(transport, lag, s)
            numbers.append(s[:, :core])
            thetas.append(theta)
            targets.append(target)
            rests.append(-0.5 * (s[:, core:] ** 2).sum(axis=1) - 0.5 * (s.shape[1] - core) * np.log(2 * np.pi))
            drawn_points += points
            if done is not None:
                done(drawn_points / (drawn_points + (REPLICATES - 1 - i) * points + after))
        return _Drawn(np.stack(numbers), np.stack(thetas), np.stack(targets), np.stack(rests), mixture, [])

    cells = max(transport.model.data.lanes.cells.size, _LEAST_READ)
    trial = 2 ** int(np.clip(np.log2(_READ_TRIAL / cells), *_TRIAL))
    dear = trial * cells > _READ_TRIAL  # points of so large a panel are few
    most = int(min(_MOST, max(_READ_MOST / (REPLICATES * cells), 2 * trial)))
    mixture = _Mixture(np.ones(1), np.zeros((1, core)), np.eye(core)[None], _FIRST_FREE)
    sets: list[_Drawn] = []
    points, left = trial, 4 * trial
    while True:
        sets.append(drawn(mixture, points, f"round {len(sets)}", REPLICATES * left))
        s, made = _Drawn.weighed(sets, sides)
        spent = made.weight.shape[1]
        read = REPLICATES * spent * cells >= _READ
        reached = min(made.effective / _GOAL, made.ends / (_GOAL if read else _ENDS))
        if (made.trusted and reached >= 1) or spent >= most:
            if done is not None:
                done(1.0)
            return made
        mixture = mixture.adapted(s, made.weight.ravel(), 1 if len(sets) == 1 else _COMPONENTS)
        sides = _Sides.of(
            transport.model, made.theta.reshape(-1, transport.model.dim), _tempered(made.weight.ravel(), 200.0)
        )
        left = int(np.clip(spent * (1 / max(reached, 1e-3) - 1), 1, max(most - spent, 1)))
        longest = trial * (1 if dear or len(sets) == 1 else _LATER)
        points = min(longest, max(trial, 2 ** int(np.ceil(np.log2(left)))))


def _tempered(weight: Array, least: float) -> Array:
    """Return weights of which at least so many are effective: evened out as long as few points hold them all."""
    while 1.0 / float(weight @ weight) < least:
        weight = weight**0.8
        weight = weight / weight.sum()
    return weight


@dataclass(frozen=True)
class _Sides:
    """Which share of the density at a point belongs to the hill that is weighed; the others are its mirror images.

    A sign's share is a logistic curve in its standard deviation: shares of a point and of its image sum to one, so that
    points with their signs taken off have the density of the model whatever ``slope`` is. The best slope is that of two
    normal hills at ±m with spread σ, 2 m / σ², by second and fourth moments; nought where the hill stands at nought.
    """

    at: NDArray[np.intp]
    slope: Array

    @classmethod
    def of(cls, model: PanelModel, theta: Array, weight: Array) -> _Sides:
        """Return the best slopes for weighed points ``(point, dim)``."""
        at = np.array([group[0] for group in model.mirrors], dtype=np.intp)
        squares = theta[:, at] ** 2
        second, fourth = weight @ squares, weight @ squares**2
        kurtosis = np.clip(fourth / np.maximum(second**2, 1e-300), 1.001, 3.0)
        ratio = (3 - kurtosis + np.sqrt(2 * (3 - kurtosis))) / (kurtosis - 1)  # m² / σ²
        return cls(at, 2 * np.sqrt(ratio * (1 + ratio) / np.maximum(second, 1e-12)))

    def __call__(self, theta: Array) -> Array:
        """Return the logarithm of the share at points ``(..., dim)``."""
        share: Array = -np.logaddexp(0.0, -self.slope * theta[..., self.at]).sum(axis=-1)
        return share


@dataclass(frozen=True)
class _Mixture:
    """Student's t distributions: shares, centres ``(component, core)`` and roots of their spread."""

    share: Array
    center: Array
    root: Array
    free: float = _FREE

    def densities(self, s: Array) -> Array:
        """Return the log density of each component ``(component, point)``, its share included."""
        from scipy.special import gammaln

        core = s.shape[1]
        constant = gammaln((self.free + core) / 2) - gammaln(self.free / 2) - 0.5 * core * np.log(self.free * np.pi)
        parts = []
        for share, center, root in zip(self.share, self.center, self.root, strict=True):
            squares = (((s - center) @ np.linalg.inv(root).T) ** 2).sum(axis=1)
            height = np.log(share) + constant - np.log(np.diag(root)).sum()
            parts.append(height - 0.5 * (self.free + core) * np.log1p(squares / self.free))
        return np.array(parts)

    def drawn(self, rng: np.random.Generator, points: int, dim: int) -> Array:
        """Return numbers ``(point, dim)``, the first from the mixture and the rest normal."""
        from scipy.special import chdtri, ndtri
        from scipy.stats import qmc

        core = self.center.shape[1]
        u = np.clip(qmc.Sobol(dim + 2, scramble=True, rng=rng).random(points), 1e-12, 1 - 1e-12)
        z = ndtri(u[:, 2:])
        away = z[:, :core] * np.sqrt(self.free / chdtri(self.free, u[:, :1]))
        which = np.searchsorted(np.cumsum(self.share)[:-1], u[:, 1])
        s: Array = z.copy()
        for k, (center, root) in enumerate(zip(self.center, self.root, strict=True)):
            s[which == k, :core] = center + away[which == k] @ root.T
        return s

    def adapted(self, s: Array, weight: Array, components: int) -> _Mixture:
        """Return the mixture as weighed points lie: one step of expectation and maximisation, or a first split."""
        core = s.shape[1]
        weight = _tempered(weight, 6.0 * core)
        center = weight @ s
        whole = ((s - center).T * weight) @ (s - center) + 1e-8 * np.eye(core)
        components = min(components, int(1.0 / float(weight @ weight) / (3 * core)))
        if components < 2:
            return _Mixture(np.ones(1), center[None], np.linalg.cholesky(whole)[None])
        if len(self.share) == 1:
            belongs = _clusters((s - center) / np.sqrt(np.diag(whole)), weight, components)
        else:
            heights = self.densities(s)
            belongs = np.exp(heights - np.logaddexp.reduce(heights, axis=0))
        shares, centers, roots = [], [], []
        for belonging in belongs * weight:
            share = float(belonging.sum())
            if share < 0.02:
                continue
            own = belonging / share
            middle = own @ s
            spread = ((s - middle).T * own) @ (s - middle)
            known = 1.0 / float(own @ own)
            trust = known / (known + 3 * core)  # of few points the spread of all is the better guess
            shares.append(share)
            centers.append(middle)
            roots.append(np.linalg.cholesky(trust * spread + (1 - trust) * whole + 1e-8 * np.eye(core)))
        return _Mixture(np.array(shares) / sum(shares), np.stack(centers), np.stack(roots))


def _clusters(s: Array, weight: Array, count: int) -> Array:
    """Return to which of some clusters each point belongs, ``(cluster, point)`` of 0 and 1."""
    from scipy.cluster.vq import kmeans2, vq

    rng = np.random.default_rng(0)
    chosen = s[rng.choice(len(s), 2000, p=weight)]
    centers, _ = kmeans2(chosen, count, seed=rng, minit="++")
    return np.asarray(vq(s, centers)[0] == np.arange(count)[:, None], dtype=np.float64)


def _targets(transport: Transport, lag: _Lag | None, s: Array) -> tuple[Array, Array]:
    """Return points and log densities of numbers: those of the parameters times the volume of the map."""
    from scipy.special import ndtr

    v = s
    extra: Array | float = 0.0
    if lag is not None:
        x, density = lag(ndtr(s[:, 0]))
        extra = -0.5 * s[:, 0] ** 2 - 0.5 * np.log(2 * np.pi) - density
        v = np.column_stack([(x - transport.middle) / transport.width, s[:, 1:]])
    theta, volume = transport.points(v)
    with np.errstate(invalid="ignore"):
        return theta, transport.model.values(theta) + volume + extra
