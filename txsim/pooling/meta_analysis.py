# SPDX-License-Identifier: MIT
"""Random-effects meta-analysis: several estimates of the same thing become one.

``y_i ~ N(θ_i, se_i²)``, ``θ_i ~ N(μ, τ²)``: each study measured its own truth θ_i, and these scatter by τ around μ. A
new organisation is one more θ. With a normal prior for μ (or a mixture of normals, or none) everything but τ has a
closed form, so the posterior is a finite mixture of normals over nodes of τ and needs no sampling: the same studies
give the same digits everywhere.

Röver, Bayesian random-effects meta-analysis using the bayesmeta R package, Journal of Statistical Software 93(6), 2020.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from txsim.language import lazy, lazy_plural
from txsim.pooling.classical import classical
from txsim.pooling.heterogeneity import TauPrior
from txsim.pooling.mixtures import Mixture, normal_mixture
from txsim.pooling.quadrature import LEFT_OUT, direct_grid, integrate, scale_grid, tail_exponent
from txsim.pooling.spread import Spread, highest_spread, log_likelihood, read_studies_arrays
from txsim.types import Array

#: Mean and sd of one part of the prior of μ; no sd: improper uniform.
_Centre = tuple[float, float | None]

#: Nodes of τ that weigh less than this are left out of the mixtures.
_NEGLIGIBLE = 1e-16


@dataclass(frozen=True)
class Pooled:
    """The posterior of a meta-analysis."""

    labels: tuple[str, ...]  #: Names of the studies.
    #: ``estimates``, ``se``: What they found, shape ``(k,)``.
    estimates: Array
    se: Array
    #: ``mu_prior``, ``tau_prior``: Priors; ``mu_prior`` ``None`` is the improper uniform.
    mu_prior: Mixture | None
    tau_prior: TauPrior
    tau: Spread  #: Spread between studies.
    mu: Mixture  #: Mean over studies, a mixture of normals.
    prediction: Mixture  #: Effect in a new organisation, θ of one more study.
    effects: tuple[Mixture, ...]  #: Effect in each study, shrunken towards the others; one mixture each.
    #: ``weights``, ``prior_weight``: Mean weight of each study in μ, and of its prior; they add up to 1.
    weights: Array
    prior_weight: float
    component_weights: Array  #: Posterior weight of each part of a mixture prior of μ.
    log_marginal: float | None  #: Log marginal likelihood; ``None`` for improper priors.
    #: ``bayes_factor_tau_zero``, ``bayes_factor_mu_zero``: How many times more probable the studies are under no
    #: spread, or a mean of 0, than under the priors; ``None`` for improper priors.
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

    @property
    def ml_joint(self) -> tuple[float, float]:
        """``(tau, mu)`` that make the studies most probable."""
        maximum = classical(self.estimates, self.se).ml
        return maximum.tau, maximum.mu

    @property
    def map_joint(self) -> tuple[float, float]:
        """``(tau, mu)`` of highest posterior density."""
        return _map_joint(self)

    @property
    def ml_marginal_mu(self) -> float:
        """μ that makes the studies most probable, τ integrated over its prior."""
        return pool(self.estimates, self.se, tau=self.tau_prior, grid="exact").mu.mode

    @property
    def minimum_bayes_factor_mu_zero(self) -> float | None:
        """Bayes factor of μ = 0 against the single best μ, the most that can be held against it; needs a proper τ."""
        if not self.tau_prior.proper:
            return None
        y, s, prior = self.estimates, self.se, self.tau_prior
        return _bayes_factor(_log_at_mu(y, s, prior, 0.0), _log_at_mu(y, s, prior, self.ml_marginal_mu))

    @property
    def minimum_bayes_factor_tau_zero(self) -> float | None:
        """Bayes factor of no spread against the single best τ; needs a proper prior of μ."""
        if self.mu_prior is None:
            return None
        logs = _log_by_tau(self.estimates, self.se, self.mu_prior)
        log_marginals = logs(np.array([0.0, self.ml_marginal_tau]))
        return _bayes_factor(float(log_marginals[0]), float(log_marginals[1]))

    @property
    def ml_marginal_tau(self) -> float:
        """τ that makes the studies most probable, μ integrated over its prior."""
        y, s = self.estimates, self.se
        logs = _log_by_tau(y, s, self.mu_prior)
        return highest_spread(logs, float(np.median(s)), float(np.ptp(y)) + float(s.max()))


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

    Raises
    ------
    ValueError
        If the numbers are impossible, or the posterior would be no distribution (too few studies for a prior of τ
        without end).
    """
    y, s = read_studies_arrays(estimates, se)
    if grid not in ("direct", "exact"):
        raise ValueError(lazy("the grid is direct or exact, not {grid}", grid=grid))
    prior = TauPrior("half_cauchy", (float(np.median(s)),)) if tau is None else tau
    if prior.family == "i2" and len(y) < 2:
        raise ValueError(lazy("the prior i2 needs two studies at least"))
    centres: list[_Centre] = [(0.0, None)] if mu is None else list(zip(mu.means.tolist(), mu.sds.tolist(), strict=True))
    with np.errstate(divide="ignore"):
        shares = np.log(np.ones(1) if mu is None else mu.weights)

    def log_parts(t: Array) -> Array:
        return np.stack([log_likelihood(y, s, t, *centre)[0] for centre in centres], 1) + shares

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
        if tail <= 1.001 and prior.proper:  # then the posterior is a distribution, whatever the numbers
            message = lazy(
                "the numbers lie too far apart to be added up: estimates {low:.3g} … {high:.3g}, standard errors from "
                "{least:.3g}, the prior {prior}; is one of them in another unit?",
                low=float(y.min()),
                high=float(y.max()),
                least=float(s.min()),
                prior=prior,
            )
            raise ValueError(message)
        if tail <= 1.001:
            few = lazy_plural(
                "{n} study is too few for the prior {prior}",
                "{n} studies are too few for the prior {prior}",
                len(y),
                prior=prior,
            )
            raise ValueError(
                lazy("{few}: the posterior would be no distribution; take a proper prior such as half_normal", few=few)
            )
        panels = integrate(log_density, scale)
        spread = Spread(panels, log_density, None, tail)
        keep = panels.weights > _NEGLIGIBLE
        nodes, weights, log_total = panels.nodes[keep], panels.weights[keep], panels.log_total
    parts = np.exp(log_parts(nodes) - _log_sum(log_parts(nodes))[:, None]) * weights[:, None]
    if grid == "direct" and spread.panels is not None:
        nodes, parts = _direct(y, s, centres, prior, spread, parts.sum(0))
    moments = [log_likelihood(y, s, nodes, *centre) for centre in centres]
    means, variances = np.stack([m for _, m, _ in moments], 1), np.stack([v for _, _, v in moments], 1)
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
        prior_weight=0.0 if mu is None else float(np.sum(parts * variances / mu.sds**2)),
        component_weights=parts.sum(0),
        log_marginal=log_total if proper else None,
        bayes_factor_tau_zero=_bayes_factor(float(_log_sum(log_parts(np.zeros(1)))[0]), log_total) if proper else None,
        bayes_factor_mu_zero=_bayes_factor(_log_at_mu(y, s, prior, 0.0), log_total) if proper else None,
    )


def _log_sum(parts: Array) -> Array:
    most = parts.max(1, keepdims=True)
    most = np.where(np.isfinite(most), most, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.exp(parts - most).sum(1)) + most[:, 0])


def _log_by_tau(y: Array, s: Array, mu: Mixture | None) -> Callable[[Array], Array]:
    """Return log p(y | τ), μ integrated over its prior, as a function of τ."""
    centres: list[_Centre] = [(0.0, None)] if mu is None else list(zip(mu.means, mu.sds, strict=True))
    with np.errstate(divide="ignore"):
        shares = np.log(np.ones(1) if mu is None else mu.weights)
    return lambda t: _log_sum(np.stack([log_likelihood(y, s, t, *centre)[0] for centre in centres], 1) + shares)


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
            return log_likelihood(y, s, t, *centre)[0] + prior.log_density(t, s)

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
    _, mean, variance = log_likelihood(y, s, np.array([tau]), centre, sd)
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


def _map_joint(posterior: Pooled) -> tuple[float, float]:
    """Return the highest point of the joint posterior: the best μ by τ, then the best τ."""
    y, s, prior, centre = posterior.estimates, posterior.se, posterior.tau_prior, posterior.mu_prior

    def best_mu(tau: float) -> tuple[float, float]:
        w = 1 / (s**2 + tau**2)
        logs = 0.5 * float(np.log(w).sum())
        if centre is None:
            m = float((w @ y) / w.sum())
            return logs - 0.5 * float(w @ (y - m) ** 2), m
        options = []
        for start in [*centre.means, float((w @ y) / w.sum())]:
            m = float(start)
            for _ in range(200):  # the pull of each part, in turn, until it rests
                part = np.exp(centre.parts_log_pdf(m)[0]) * centre.weights
                pull = part / part.sum() / centre.sds**2
                after = float((w @ y + pull @ centre.means) / (w.sum() + pull.sum()))
                if abs(after - m) <= 1e-15 * (1 + abs(m)):
                    break
                m = after
            options.append((logs - 0.5 * float(w @ (y - m) ** 2) + math.log(float(centre.pdf(m))), m))
        return max(options)

    def log_density(tau: Array) -> Array:
        return np.array([best_mu(float(t))[0] for t in tau]) + prior.log_density(tau, s)

    if posterior.tau.panels is None:
        return float(posterior.tau.known or 0.0), best_mu(float(posterior.tau.known or 0.0))[1]
    tau = highest_spread(log_density, float(np.median(s)), float(posterior.tau.quantile(0.999)))
    return tau, best_mu(tau)[1]


def prior_prediction(tau: TauPrior, mu: Mixture | None = None, se: ArrayLike = (1.0,), grid: str = "direct") -> Mixture:
    """Return what the priors alone say of a new study's effect.

    ``tau``: a proper prior of the spread. ``mu``: prior of the mean; without one, the difference of an effect from the
    mean is returned. ``se``: standard errors, for priors that adapt to them. ``grid``: ``direct`` or ``exact``, see
    :func:`pool`; with a prior of the mean it is always exact. Raises ValueError if the prior of τ is improper.
    """
    spread = np.atleast_1d(np.asarray(se, dtype=float))
    if not tau.proper:
        raise ValueError(lazy("{tau} is no probability distribution, so it predicts nothing", tau=tau))
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
    return _mixture(parts, np.broadcast_to(mu.means, parts.shape), mu.sds**2 + nodes[:, None] ** 2)


def _bayes_factor(log_one: float, log_other: float) -> float:
    """Return the ratio of two likelihoods from their logs; infinite where no number holds it."""
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
