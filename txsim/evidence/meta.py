# SPDX-License-Identifier: MIT
"""Random-effects meta-analysis: several estimates of the same thing become one.

``y_i ~ N(θ_i, se_i²)``, ``θ_i ~ N(μ, τ²)``: each study measured its own truth θ_i, and these scatter by τ around μ. A
new organisation is one more θ. With a normal prior for μ (or a mixture of normals, or none) everything but τ has a
closed form, so the posterior is a finite mixture of normals over nodes of τ and needs no sampling: the same studies
give the same digits everywhere.

Röver, Bayesian random-effects meta-analysis using the bayesmeta R package, Journal of Statistical Software 93(6), 2020;
classical figures: DerSimonian and Laird 1986, Paule and Mandel 1982, Viechtbauer 2005 (REML), Higgins and Thompson 2002.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from txsim.evidence.direct import LEFT_OUT, direct_grid, scale_grid
from txsim.evidence.heterogeneity import TauPrior
from txsim.evidence.intervals import inverted, shortest_interval
from txsim.evidence.mixtures import Mixture, normal_mixture
from txsim.evidence.quadrature import Panels, integrate, nodes_between, tail_exponent

__all__ = ["Classical", "Pooled", "Spread", "as_data", "classical", "pool", "prior_prediction", "summary"]

Array = NDArray[np.float64]

#: Mean and sd of one part of the prior of μ; no sd: improper uniform.
_Centre = tuple[float, float | None]

#: Nodes of τ that weigh less than this are left out of the mixtures.
_NEGLIGIBLE = 1e-16


@dataclass(frozen=True)
class Spread:
    """The posterior of the between-study standard deviation τ.

    Attributes
    ----------
    panels
        Nodes and panels of the posterior; ``None`` where τ is taken as known.
    log_density
        Log density up to the constant in ``panels``.
    known
        τ where it is taken as known.
    tail
        α of a posterior that falls as ``τ ** −α``, see :func:`txsim.evidence.quadrature.tail_exponent`.
    """

    panels: Panels | None
    log_density: Callable[[Array], Array]
    known: float | None
    tail: float

    def pdf(self, tau: ArrayLike) -> Array:
        """Return the density, shape of ``tau``; not defined where τ is known."""
        if self.panels is None:
            return np.full(np.shape(tau), np.nan)
        v = np.atleast_1d(np.asarray(tau, dtype=float))
        inside = np.maximum(v, 1e-12 * self.panels.edges[-1] * 2.0**-60)
        found = np.where(v >= 0, np.exp(self.log_density(inside) - self.panels.log_total), 0.0)
        return np.asarray(found).reshape(np.shape(tau))

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
        found = self.panels.below[at] + (weights * parts.reshape(nodes.shape)).sum(1)
        return np.asarray(np.where(v <= 0, 0.0, np.minimum(found, 1.0))).reshape(np.shape(tau))

    def quantile(self, p: ArrayLike) -> Array:
        """Return the quantile function, shape of ``p``."""
        told = np.atleast_1d(np.asarray(p, dtype=float))
        if self.panels is None:
            return np.full(np.shape(p), float(self.known or 0.0))
        edges, below = self.panels.edges, self.panels.below
        inner = np.clip(told, 0.0, below[-1])
        at = np.clip(np.searchsorted(below, inner, side="left") - 1, 0, len(edges) - 2)
        found = inverted(self.cdf, self.pdf, inner, edges[at], edges[at + 1])
        return np.asarray(np.where(told <= 0, 0.0, np.where(told >= 1, np.inf, found))).reshape(np.shape(p))

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
    found = minimize_scalar(
        lambda x: -float(log_density(np.array([x]))[0]), bounds=(left, right), method="bounded",
        options={"xatol": 1e-11 * right},
    )
    return float(found.x)


@dataclass(frozen=True, slots=True)
class Classical:
    """What is estimated without priors.

    Attributes
    ----------
    q, p_value, i2, h2
        Cochran's Q, its p-value under no spread, the share of variance between studies (Q-based), Q over its degrees.
    common
        Estimate and standard error of a common effect (τ = 0).
    dersimonian_laird, paule_mandel, reml, ml
        Each ``(tau, mu, se)``.
    """

    q: float
    p_value: float
    i2: float
    h2: float
    common: tuple[float, float]
    dersimonian_laird: tuple[float, float, float]
    paule_mandel: tuple[float, float, float]
    reml: tuple[float, float, float]
    ml: tuple[float, float, float]


@dataclass(frozen=True)
class Pooled:
    """The posterior of a meta-analysis.

    Attributes
    ----------
    labels
        Names of the studies.
    estimates, se
        What they found, shape ``(k,)``.
    mu_prior, tau_prior
        Priors; ``mu_prior`` ``None`` is the improper uniform.
    tau
        Spread between studies.
    mu
        Mean over studies, a mixture of normals.
    prediction
        Effect in a new organisation, θ of one more study.
    effects
        Effect in each study, shrunken towards the others; one mixture each.
    weights
        Mean weight of each study in μ, and of the prior where it has one; they add up to 1.
    component_weights
        Posterior weight of each part of a mixture prior of μ.
    log_marginal
        Log marginal likelihood; ``None`` for improper priors.
    bayes_factor_tau_zero, bayes_factor_mu_zero
        How many times more probable the studies are under no spread, or a mean of 0, than under the priors; ``None``
        for improper priors.
    """

    labels: tuple[str, ...]
    estimates: Array
    se: Array
    mu_prior: Mixture | None
    tau_prior: TauPrior
    tau: Spread
    mu: Mixture
    prediction: Mixture
    effects: tuple[Mixture, ...]
    weights: Array
    prior_weight: float
    component_weights: Array
    log_marginal: float | None
    bayes_factor_tau_zero: float | None
    bayes_factor_mu_zero: float | None

    @property
    def has_mean(self) -> bool:
        """Whether μ has a mean; with few studies and a prior of τ without end it has none."""
        return self.tau.tail > 2.001

    @property
    def has_sd(self) -> bool:
        """Whether μ has a standard deviation."""
        return self.tau.tail > 3.001

    def i2(self, tau: float) -> float:
        """Return the share of variance that is between studies, for a typical study, at one τ."""
        w = 1 / self.se**2
        if len(w) < 2:
            return math.nan
        typical = (len(w) - 1) * w.sum() / (w.sum() ** 2 - (w**2).sum())
        return float(tau**2 / (tau**2 + typical))

    def p_between(self, low: float, high: float) -> float:
        """Return the probability that μ lies in an interval."""
        return float(self.mu.cdf(high) - self.mu.cdf(low))

    @property
    def ml_joint(self) -> tuple[float, float]:
        """``(tau, mu)`` that make the studies most probable."""
        found = classical(self.estimates, self.se).ml
        return found[0], found[1]

    @property
    def map_joint(self) -> tuple[float, float]:
        """``(tau, mu)`` of highest posterior density."""
        return _map_joint(self)

    @property
    def ml_marginal_mu(self) -> float:
        """μ that makes the studies most probable, τ integrated over its prior."""
        return pool(self.estimates, self.se, tau=self.tau_prior, grid="exact").mu.mode

    @property
    def ml_marginal_tau(self) -> float:
        """τ that makes the studies most probable, μ integrated over its prior."""
        return pool(self.estimates, self.se, mu=self.mu_prior, tau=TauPrior("uniform")).tau.mode


def pool(
    estimates: ArrayLike,
    se: ArrayLike,
    *,
    mu: Mixture | None = None,
    tau: TauPrior | None = None,
    labels: Sequence[str] | None = None,
    grid: str = "direct",
) -> Pooled:
    """Pool estimates of the same quantity by a Bayesian random-effects model.

    Parameters
    ----------
    estimates, se
        Estimates and their standard errors, on a scale on which they are about normal. Shape ``(k,)``.
    mu
        Prior of the mean: a mixture of normals (one part is a normal; a wide second part makes it robust), or ``None``
        for the improper uniform.
    tau
        Prior of the spread; half-Cauchy of the median standard error by default.
    labels
        Names of the studies.
    grid
        Over which values of τ the normals are mixed. ``direct``: some dozens, so that no neighbours differ by more than
        a divergence of 0.01, as bayesmeta does and as published figures are computed; means and standard deviations are
        within 0.2 % of the exact ones. ``exact``: every node of the quadrature. τ itself is exact with both.

    Returns
    -------
    Pooled

    Raises
    ------
    ValueError
        If the numbers are impossible, or the posterior would be no distribution (too few studies for a prior of τ
        without end).
    """
    y, s = _studies(estimates, se)
    if grid not in ("direct", "exact"):
        message = f"the grid is direct or exact, not {grid}"
        raise ValueError(message)
    prior = TauPrior("half_cauchy", (float(np.median(s)),)) if tau is None else tau
    if mu is not None and mu.family != "normal":
        message = f"the prior of the mean is a mixture of normals, not of {mu.family}s"
        raise ValueError(message)
    if prior.family == "i2" and len(y) < 2:
        message = "the prior i2 needs two studies at least"
        raise ValueError(message)
    centres: list[_Centre] = (
        [(0.0, None)] if mu is None else list(zip(mu.first.tolist(), mu.second.tolist(), strict=True))
    )
    with np.errstate(divide="ignore"):
        shares = np.log(np.ones(1) if mu is None else mu.weights)

    def log_parts(t: Array) -> Array:
        return np.stack([_log_likelihood(y, s, t, *centre)[0] for centre in centres], 1) + shares

    def log_density(t: Array) -> Array:
        return _log_sum(log_parts(t)) + prior.log_density(t, s)

    if prior.known is not None:
        nodes, weights = np.array([prior.known]), np.ones(1)
        spread = Spread(None, log_density, prior.known, math.inf)
        log_total = float(_log_sum(log_parts(nodes))[0])
    else:
        scale = math.sqrt(max(prior.scale(s), 1e-300) * float(np.median(s)))
        if prior.family == "uniform_to":
            scale = prior.args[0]  # its jump falls on an edge of a panel
        tail = tail_exponent(log_density, scale)
        if tail <= 1.001:
            few = f"{len(y)} {'study is' if len(y) == 1 else 'studies are'} too few for the prior {prior}"
            message = f"{few}: the posterior would be no distribution; take a proper prior such as half_normal"
            raise ValueError(message)
        panels = integrate(log_density, scale)
        spread = Spread(panels, log_density, None, tail)
        keep = panels.weights > _NEGLIGIBLE
        nodes, weights, log_total = panels.nodes[keep], panels.weights[keep], panels.log_total
    parts = np.exp(log_parts(nodes) - _log_sum(log_parts(nodes))[:, None]) * weights[:, None]
    if grid == "direct" and spread.panels is not None:
        nodes, parts = _direct(y, s, centres, prior, spread, parts.sum(0))
    told = [_log_likelihood(y, s, nodes, *centre) for centre in centres]
    means, variances = np.stack([m for _, m, _ in told], 1), np.stack([v for _, _, v in told], 1)
    proper = mu is not None and prior.proper
    square = nodes[:, None] ** 2
    return Pooled(
        labels=tuple(labels) if labels is not None else tuple(f"study {i + 1}" for i in range(len(y))),
        estimates=y,
        se=s,
        mu_prior=mu,
        tau_prior=prior,
        tau=spread,
        mu=_mixture(parts, means, variances),
        prediction=_mixture(parts, means, variances + square),
        effects=tuple(_effect(float(y[i]), float(s[i]), square, parts, means, variances) for i in range(len(y))),
        weights=np.array([float(np.sum(parts * variances / (s[i] ** 2 + square))) for i in range(len(y))]),
        prior_weight=0.0 if mu is None else float(np.sum(parts * variances / mu.second**2)),
        component_weights=parts.sum(0),
        log_marginal=log_total if proper else None,
        bayes_factor_tau_zero=_factor(float(_log_sum(log_parts(np.zeros(1)))[0]), log_total) if proper else None,
        bayes_factor_mu_zero=_factor(_log_at_mu(y, s, prior, 0.0), log_total) if proper else None,
    )


def _studies(estimates: ArrayLike, se: ArrayLike) -> tuple[Array, Array]:
    y, s = (np.atleast_1d(np.asarray(part, dtype=float)) for part in (estimates, se))
    if y.shape != s.shape or y.ndim != 1 or y.size == 0:
        message = f"one standard error for each estimate is needed, found {y.size} and {s.size}"
        raise ValueError(message)
    if not (np.all(np.isfinite(y)) and np.all(np.isfinite(s)) and np.all(s > 0)):
        message = "estimates must be finite and standard errors above 0"
        raise ValueError(message)
    return y, s


def _log_likelihood(
    y: Array, s: Array, tau: Array, centre: float, sd: float | None
) -> tuple[Array, Array, Array]:
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


def _log_sum(parts: Array) -> Array:
    most = parts.max(1, keepdims=True)
    most = np.where(np.isfinite(most), most, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.exp(parts - most).sum(1)) + most[:, 0])


def _direct(
    y: Array, s: Array, centres: list[_Centre], prior: TauPrior, spread: Spread, shares: Array
) -> tuple[Array, Array]:
    """Return the few values of τ that stand for all, and their weights by part of the prior of μ."""
    values, parts = [], []
    scale = float(np.median(s))
    for j, centre in enumerate(centres):
        if shares[j] <= 0:
            continue

        def log_density(t: Array, centre: _Centre = centre) -> Array:
            return _log_likelihood(y, s, t, *centre)[0] + prior.log_density(t, s)

        def conditional(t: float, centre: _Centre = centre) -> tuple[Array, Array]:
            return _conditional(y, s, t, *centre)

        part = spread if len(centres) == 1 else Spread(integrate(log_density, scale), log_density, None, spread.tail)
        most = float(part.quantile(1 - LEFT_OUT))
        nodes, weights = direct_grid(conditional, part.cdf, most, scale)
        values.append(nodes)
        parts.append(np.zeros((len(nodes), len(centres))))
        parts[-1][:, j] = shares[j] * weights
    return np.concatenate(values), np.concatenate(parts)


def _conditional(y: Array, s: Array, tau: float, centre: float, sd: float | None) -> tuple[Array, Array]:
    """Return means and variances of μ, of a new effect and of each study's effect, given τ."""
    _, mean, variance = _log_likelihood(y, s, np.array([tau]), centre, sd)
    pull = s**2 / (s**2 + tau**2)
    means = np.concatenate((mean, mean, pull * mean + (1 - pull) * y))
    return means, np.concatenate((variance, variance + tau**2, (1 - pull) * s**2 + pull**2 * variance))


def _mixture(parts: Array, means: Array, variances: Array) -> Mixture:
    keep = parts > _NEGLIGIBLE
    return normal_mixture(parts[keep], np.broadcast_to(means, parts.shape)[keep], np.sqrt(variances)[keep])


def _effect(y: float, s: float, square: Array, parts: Array, means: Array, variances: Array) -> Mixture:
    """Return θ of one study: between its own estimate and μ, by their precisions."""
    pull = s**2 / (s**2 + square)
    return _mixture(parts, pull * means + (1 - pull) * y, (1 - pull) * s**2 + pull**2 * variances)


def _factor(log_one: float, log_other: float) -> float:
    difference = log_one - log_other
    return math.exp(difference) if difference < 700 else math.inf


def _log_at_mu(y: Array, s: Array, prior: TauPrior, mu: float) -> float:
    """Return log p(y | μ), τ integrated over its prior."""

    def logs(tau: Array) -> Array:
        v = s**2 + tau[:, None] ** 2
        return np.asarray((-0.5 * (y - mu) ** 2 / v - 0.5 * np.log(2 * math.pi * v)).sum(1))

    if prior.known is not None:
        return float(logs(np.array([prior.known]))[0])
    scale = prior.args[0] if prior.family == "uniform_to" else math.sqrt(prior.scale(s) * float(np.median(s)))
    return integrate(lambda tau: logs(tau) + prior.log_density(tau, s), scale).log_total


def _map_joint(found: Pooled) -> tuple[float, float]:
    """Return the highest point of the joint posterior: the best μ by τ, then the best τ."""
    y, s, prior, centre = found.estimates, found.se, found.tau_prior, found.mu_prior

    def best_mu(tau: float) -> tuple[float, float]:
        w = 1 / (s**2 + tau**2)
        logs = 0.5 * float(np.log(w).sum())
        if centre is None:
            m = float((w @ y) / w.sum())
            return logs - 0.5 * float(w @ (y - m) ** 2), m
        options = []
        for start in [*centre.first, float((w @ y) / w.sum())]:
            m = float(start)
            for _ in range(200):  # the pull of each part, in turn, until it rests
                part = np.exp(centre.parts_log_pdf(m)[0]) * centre.weights
                pull = part / part.sum() / centre.second**2
                after = float((w @ y + pull @ centre.first) / (w.sum() + pull.sum()))
                if abs(after - m) <= 1e-15 * (1 + abs(m)):
                    break
                m = after
            options.append((logs - 0.5 * float(w @ (y - m) ** 2) + math.log(float(centre.pdf(m))), m))
        return max(options)

    def log_density(tau: Array) -> Array:
        return np.array([best_mu(float(t))[0] for t in tau]) + prior.log_density(tau, s)

    if found.tau.panels is None:
        return float(found.tau.known or 0.0), best_mu(float(found.tau.known or 0.0))[1]
    tau = _argmax(log_density, float(np.median(s)), float(found.tau.quantile(0.999)))
    return tau, best_mu(tau)[1]


def _argmax(log_density: Callable[[Array], Array], scale: float, most: float) -> float:
    """Return where a function of τ ≥ 0 is highest."""
    from scipy.optimize import minimize_scalar

    top = max(most, scale) * 4
    grid = np.concatenate((scale * np.array([1e-9, 1e-6, 1e-4]), np.geomspace(scale * 1e-3, top, 400)))
    logs = log_density(grid)
    best = int(np.argmax(logs))
    if best == 0:
        return 0.0
    found = minimize_scalar(
        lambda x: -float(log_density(np.array([x]))[0]),
        bounds=(grid[best - 1], grid[min(best + 1, len(grid) - 1)]),
        method="bounded",
        options={"xatol": 1e-12 * grid[best]},
    )
    return float(found.x)


def prior_prediction(
    tau: TauPrior, mu: Mixture | None = None, se: ArrayLike = (1.0,), grid: str = "direct"
) -> Mixture:
    """Return what the priors alone say of a new study's effect.

    Parameters
    ----------
    tau
        A proper prior of the spread.
    mu
        Prior of the mean; without one, the difference of an effect from the mean is returned.
    se
        Standard errors, for priors that adapt to them.
    grid
        ``direct`` or ``exact``, see :func:`pool`; with a prior of the mean it is always exact.

    Raises
    ------
    ValueError
        If the prior of τ is improper.
    """
    spread = np.atleast_1d(np.asarray(se, dtype=float))
    if not tau.proper:
        message = f"{tau} is no probability distribution, so it predicts nothing"
        raise ValueError(message)
    if tau.known is not None:
        nodes, weights = np.array([max(tau.known, 1e-300)]), np.ones(1)
    else:
        panels = integrate(lambda t: tau.log_density(t, spread), tau.scale(spread))
        keep = panels.weights > 0
        nodes, weights = panels.nodes[keep], panels.weights[keep]
        if grid == "direct" and mu is None:
            known = Spread(panels, lambda t: tau.log_density(t, spread), None, math.inf)
            least, most = known.quantile(np.array([LEFT_OUT / 2, 1 - LEFT_OUT / 2]))
            nodes, weights = scale_grid(known.cdf, float(least), float(most))
    if mu is None:
        return normal_mixture(weights, np.zeros_like(nodes), nodes)
    parts = np.outer(weights, mu.weights)
    return _mixture(parts, np.broadcast_to(mu.first, parts.shape), mu.second**2 + nodes[:, None] ** 2)


def classical(estimates: ArrayLike, se: ArrayLike) -> Classical:
    """Return what is estimated without priors, for comparison.

    Raises
    ------
    ValueError
        If the numbers are impossible.
    """
    from scipy.optimize import brentq
    from scipy.special import gammaincc

    y, s = _studies(estimates, se)
    k, w = len(y), 1 / s**2
    common = float((w @ y) / w.sum())
    q = float(w @ (y - common) ** 2)
    spare = float(w.sum() - (w**2).sum() / w.sum())

    def generalised(tau: float) -> float:
        v = 1 / (s**2 + tau**2)
        return float(v @ (y - (v @ y) / v.sum()) ** 2) - (k - 1)

    def at(tau: float) -> tuple[float, float, float]:
        v = 1 / (s**2 + tau**2)
        return tau, float((v @ y) / v.sum()), float(1 / math.sqrt(v.sum()))

    moment = math.sqrt(max(q - (k - 1), 0.0) / spare) if spare > 0 else 0.0
    paule = 0.0
    if generalised(0.0) > 0:
        top = float(np.ptp(y)) + float(s.max())
        while generalised(top) > 0:
            top *= 2
        paule = float(brentq(generalised, 0.0, top, xtol=1e-14))
    scale, most = float(np.median(s)), float(np.ptp(y)) + float(s.max())

    def full(t: Array) -> Array:
        v = 1 / (s**2 + t[:, None] ** 2)
        m = (v * y).sum(1) / v.sum(1)
        return np.asarray(0.5 * np.log(v).sum(1) - 0.5 * (v * (y - m[:, None]) ** 2).sum(1))

    restricted = _argmax(lambda t: _log_likelihood(y, s, t, 0.0, None)[0], scale, most) if k > 1 else 0.0
    whole = _argmax(full, scale, most) if k > 1 else 0.0
    return Classical(
        q=q,
        p_value=float(gammaincc((k - 1) / 2, q / 2)) if k > 1 else math.nan,
        i2=max(0.0, 1 - (k - 1) / q) if q > 0 else 0.0,
        h2=q / (k - 1) if k > 1 else math.nan,
        common=(common, float(1 / math.sqrt(w.sum()))),
        dersimonian_laird=at(moment),
        paule_mandel=at(paule),
        reml=at(restricted),
        ml=at(whole),
    )


def summary(found: Mixture | Spread, level: float = 0.95) -> dict[str, Any]:
    """Return mean, sd, median, mode and both intervals as plain data; ``None`` for a moment that does not exist."""

    def finite(value: float) -> float | None:
        return value if math.isfinite(value) else None

    return {
        "mean": finite(found.mean),
        "sd": finite(found.sd),
        "median": found.median,
        "mode": found.mode,
        "central": list(found.central(level)),
        "shortest": list(found.shortest(level)),
    }


def as_data(found: Pooled, level: float = 0.95) -> dict[str, Any]:
    """Return everything about a meta-analysis as plain data, the form of ``txsim evidence pool --json``.

    Parameters
    ----------
    found
        The posterior.
    level
        Probability of the intervals.
    """
    plain = classical(found.estimates, found.se)
    mu, prediction, tau = summary(found.mu, level), summary(found.prediction, level), summary(found.tau, level)
    for told in (mu, prediction):
        if not found.has_mean:
            told["mean"] = None
        if not found.has_sd:
            told["sd"] = None
    weights = found.weights
    return {
        "level": level,
        "priors": {
            "mu": None
            if found.mu_prior is None
            else [
                {"weight": float(w), "mean": float(m), "sd": float(s)}
                for w, m, s in zip(found.mu_prior.weights, found.mu_prior.first, found.mu_prior.second, strict=True)
            ],
            "tau": str(found.tau_prior),
            "mu_posterior_weights": None if found.mu_prior is None else found.component_weights.tolist(),
        },
        "studies": [
            {
                "study": found.labels[i],
                "estimate": float(found.estimates[i]),
                "se": float(found.se[i]),
                "weight": float(weights[i]),
                "shrunken": summary(effect, level),
            }
            for i, effect in enumerate(found.effects)
        ],
        "mu": {**mu, "p_above_0": found.mu.above(0.0)},
        "tau": tau,
        "prediction": {**prediction, "p_above_0": found.prediction.above(0.0)},
        "i2": {"median": found.i2(found.tau.median) if len(found.se) > 1 else None},
        "bayes_factors": {"tau_zero": found.bayes_factor_tau_zero, "mu_zero": found.bayes_factor_mu_zero},
        "log_marginal": found.log_marginal,
        "maximum": {
            "ml_joint": _pair(found.ml_joint),
            "map_joint": _pair(found.map_joint),
            "ml_marginal_mu": found.ml_marginal_mu if found.tau_prior.proper or len(found.se) > 2 else None,
        },
        "classical": {
            "q": plain.q,
            "p_value": None if math.isnan(plain.p_value) else plain.p_value,
            "i2": plain.i2,
            "common": {"mu": plain.common[0], "se": plain.common[1]},
            **{
                name: {"tau": values[0], "mu": values[1], "se": values[2]}
                for name, values in (
                    ("dersimonian_laird", plain.dersimonian_laird),
                    ("paule_mandel", plain.paule_mandel),
                    ("reml", plain.reml),
                    ("ml", plain.ml),
                )
            },
        },
    }


def _pair(values: tuple[float, float]) -> dict[str, float]:
    return {"tau": values[0], "mu": values[1]}
