# SPDX-License-Identifier: MIT
"""Meta-analytic-predictive priors: what earlier studies say of the next one, as a mixture that can be used as a prior.

Neuenschwander, Capkun-Niggli, Branson and Spiegelhalter, Summarizing historical information on controls in clinical
trials, Clinical Trials 7 (2010), 5-18; Schmidli et al., Biometrics 70 (2014), 1023-1032. Everything is quadrature, so
the same studies give the same digits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from txsim.pooling.heterogeneity import TauPrior
from txsim.pooling.meta_analysis import pool
from txsim.pooling.mixtures import Mixture, normal_mixture
from txsim.types import Array

#: Rounds after which the search for a mixture ends in any case.
_ROUNDS = 2000


def map_prior(
    estimates: ArrayLike, se: ArrayLike, tau: TauPrior, mu: Mixture | None = None, parts: int | None = None
) -> Mixture:
    """Return the predictive distribution of a new study's effect.

    Parameters
    ----------
    estimates, se, tau, mu
        As for :func:`txsim.pooling.meta_analysis.pool`.
    parts
        Parts of the mixture that approximates it, see :func:`fit_mixture`; ``None`` for the exact one of many parts.
    """
    mixture = pool(estimates, se, mu=mu, tau=tau, grid="exact").prediction
    return mixture if parts is None else fit_mixture(_points(mixture), "normal", parts)


@dataclass(frozen=True)
class BinomialPooled:
    """Shares of several groups pooled on the logit scale, with the binomial likelihood itself."""

    #: ``mu``, ``prediction``: Mean of the log odds, and log odds of a new group; mixtures of normals.
    mu: Mixture
    prediction: Mixture
    #: ``tau_mean``, ``tau_sd``, ``tau_median``: Spread between groups, on the logit scale.
    tau_mean: float
    tau_sd: float
    tau_median: float

    @property
    def share_mean(self) -> float:
        """Mean of the share in a new group."""
        return _share_moment(self.prediction, 1)

    @property
    def share_sd(self) -> float:
        """Standard deviation of the share in a new group."""
        return math.sqrt(_share_moment(self.prediction, 2) - self.share_mean**2)

    def map_prior(self, parts: int = 2) -> Mixture:
        """Return the predictive distribution of the share as a mixture of betas."""
        return fit_mixture(_points(self.prediction, inverse=True), "beta", parts)


def pool_binomial(
    events: ArrayLike, n: ArrayLike, tau: TauPrior, mu_mean: float = 0.0, mu_sd: float = 2.0
) -> BinomialPooled:
    """Pool shares: ``events_i ~ Binomial(n_i, logit⁻¹ θ_i)``, ``θ_i ~ N(μ, τ²)``, ``μ ~ N(mu_mean, mu_sd²)``.

    Parameters
    ----------
    events, n
        Counts, shape ``(k,)``.
    tau
        A proper prior of the spread of log odds.
    mu_mean, mu_sd
        Normal prior of the mean of log odds.

    Raises
    ------
    ValueError
        If counts are impossible or the prior of τ is improper.
    """
    r, size = np.atleast_1d(np.asarray(events, dtype=float)), np.atleast_1d(np.asarray(n, dtype=float))
    if r.shape != size.shape or np.any(r < 0) or np.any(r > size) or np.any(size <= 0):
        message = "events lie between 0 and n, and n is above 0, one of each for every group"
        raise ValueError(message)
    if not tau.proper:
        message = f"a proper prior of the spread is needed, {tau} is none"
        raise ValueError(message)
    if not mu_sd > 0:
        message = f"mu_sd must be above 0, it is {mu_sd:g}"
        raise ValueError(message)
    nodes, gauss = np.polynomial.legendre.leggauss(96)
    if tau.known is not None:
        spreads, log_weights = np.array([max(tau.known, 1e-9)]), np.zeros(1)
    else:
        u = (nodes + 1) / 2  # τ = scale · u/(1 − u) spreads the nodes over 0 … ∞
        scale = tau.scale(np.ones(1))
        spreads = scale * u / (1 - u)
        log_weights = np.log(gauss * scale / (1 - u) ** 2) + tau.log_density(spreads, np.ones(1))
    raw = np.log((r + 0.5) / (size - r + 0.5))
    low = min(float(raw.min()), mu_mean - 2 * mu_sd) - 4.0
    high = max(float(raw.max()), mu_mean + 2 * mu_sd) + 4.0
    around = math.log((r.sum() + 0.5) / (size.sum() - r.sum() + 0.5))
    # Fine around what the data say, coarse far from it; then narrowed to where μ is.
    reach = math.asinh(20 * max(high - around, around - low))
    for i in range(4):
        if i == 0:
            means, step = around + np.sinh(reach * nodes) / 20, gauss * np.cosh(reach * nodes)
        else:
            means, step = low + (high - low) * (nodes + 1) / 2, gauss
        logs = np.stack([_log_evidence(r, size, means, float(t)) for t in spreads])
        logs += -0.5 * ((means - mu_mean) / mu_sd) ** 2 + log_weights[:, None]
        joint = np.exp(logs - logs.max()) * step
        joint /= joint.sum()
        by_mu = joint.sum(0)
        centre = float(by_mu @ means)
        sd = math.sqrt(float(by_mu @ (means - centre) ** 2))
        low, high = max(low, centre - 10 * sd), min(high, centre + 10 * sd)
    used = joint.sum(1) > 1e-12
    joint, spreads = joint[used], spreads[used]
    by_tau = joint.sum(1) / joint.sum()
    tau_mean = float(by_tau @ spreads)
    mu_nodes, mu_parts = [], []
    for row in joint / joint.sum(1, keepdims=True):
        # Nodes of μ become narrow normals that keep its mean and variance, so that small τ leave no gaps.
        middle = float(row @ means)
        variance = float(row @ (means - middle) ** 2)
        gap = min((high - low) / len(means), 0.9 * math.sqrt(variance))
        mu_nodes.append(middle + (means - middle) * math.sqrt(1 - gap**2 / variance))
        mu_parts.append(gap)
    places, gaps = np.array(mu_nodes), np.repeat(np.array(mu_parts)[:, None], len(means), axis=1)
    keep = joint > 1e-13
    grid_tau = np.repeat(spreads[:, None], len(means), axis=1)
    return BinomialPooled(
        mu=normal_mixture(joint[keep], places[keep], gaps[keep]),
        prediction=normal_mixture(joint[keep], places[keep], np.hypot(grid_tau, gaps)[keep]),
        tau_mean=tau_mean,
        tau_sd=math.sqrt(float(by_tau @ (spreads - tau_mean) ** 2)),
        tau_median=float(np.interp(0.5, np.cumsum(by_tau) - by_tau / 2, spreads)),
    )


def _share_moment(log_odds: Mixture, power: int) -> float:
    """Return a moment of the share behind normally distributed log odds."""
    x, w = np.polynomial.hermite.hermgauss(40)
    at = log_odds.first[:, None] + math.sqrt(2) * log_odds.second[:, None] * x
    return float(log_odds.weights @ ((1 / (1 + np.exp(-at))) ** power @ w)) / math.sqrt(math.pi)


def _log_evidence(r: Array, n: Array, mu: Array, tau: float) -> Array:
    """Return log p(events | μ, τ), each θ integrated by Gauss-Hermite around its own mode. Shape of ``mu``."""
    x, w = np.polynomial.hermite.hermgauss(24)
    theta = np.broadcast_to(mu[:, None], (len(mu), len(r))).copy()
    for _ in range(100):  # Newton's steps towards the mode of a log-concave density, held to a bounded length
        p = 1 / (1 + np.exp(-theta))
        bend = n * p * (1 - p) + 1 / tau**2
        step = (r - n * p - (theta - mu[:, None]) / tau**2) / bend
        theta += np.clip(step, -2, 2)
        if np.max(np.abs(step)) < 1e-10:
            break
    p = 1 / (1 + np.exp(-theta))
    width = np.sqrt(2 / (n * p * (1 - p) + 1 / tau**2))
    at = theta[..., None] + width[..., None] * x
    logs = r[:, None] * at - n[:, None] * np.logaddexp(0, at)
    logs += -0.5 * ((at - mu[:, None, None]) / tau) ** 2 - math.log(tau) - 0.5 * math.log(2 * math.pi)
    most = logs.max(-1, keepdims=True)
    inner = np.log((np.exp(logs - most + x**2) * w).sum(-1)) + most[..., 0] + np.log(width)
    return np.asarray(inner.sum(1))


def _points(mixture: Mixture, *, inverse: bool = False, count: int = 2000) -> Array:
    """Return equally probable values of a distribution, on the share scale where it is of log odds."""
    reach = 14 * mixture.sd
    grid = mixture.mean + reach * np.sinh(np.linspace(-3, 3, 4001)) / math.sinh(3.0)  # finest in the middle
    below = np.concatenate([mixture.cdf(chunk) for chunk in np.array_split(grid, 40)])
    rising = np.concatenate(([True], np.diff(below) > 0))
    values = np.interp((np.arange(count) + 0.5) / count, below[rising], grid[rising])
    return np.asarray(1 / (1 + np.exp(-values)) if inverse else values)


def fit_mixture(values: ArrayLike, family: str, parts: int) -> Mixture:
    """Return the mixture with so many parts that is most probable to have given the values (EM).

    Parameters
    ----------
    values
        Draws, or equally probable values, of a distribution. Shape ``(n,)``.
    family
        ``normal``, ``beta`` or ``gamma``.
    parts
        Number of parts.

    Raises
    ------
    ValueError
        If the values lie outside the family's support or are fewer than the parts.
    """
    x = np.sort(np.atleast_1d(np.asarray(values, dtype=float)))
    if parts < 1 or len(x) < 2 * parts:
        message = f"{parts} parts need at least {2 * max(parts, 1)} values, found {len(x)}"
        raise ValueError(message)
    if (family == "beta" and not (x[0] > 0 and x[-1] < 1)) or (family == "gamma" and not x[0] > 0):
        message = f"values of a {family} lie {'between 0 and 1' if family == 'beta' else 'above 0'}"
        raise ValueError(message)
    # Parts begin nested around the middle, the way a robust prior looks, and slightly apart.
    spread = np.geomspace(0.5, 2.0, parts) if parts > 1 else np.ones(1)
    shift = np.linspace(-0.3, 0.3, parts) if parts > 1 else np.zeros(1)
    mean, variance = float(x.mean()), float(x.var())
    means, variances = mean + shift * math.sqrt(variance), variance * spread
    if family == "beta":
        means = np.clip(means, 1e-6, 1 - 1e-6)
        variances = np.minimum(variances, 0.9 * means * (1 - means))
    mixture = _of_moments(
        family, np.full(parts, 1 / parts), np.maximum(means, 1e-12) if family == "gamma" else means, variances
    )
    before = -math.inf
    for _ in range(_ROUNDS):
        logs = mixture.parts_log_pdf(x) + np.log(np.maximum(mixture.weights, 1e-300))
        top = logs.max(1, keepdims=True)
        total = np.log(np.exp(logs - top).sum(1)) + top[:, 0]
        likelihood = float(total.mean())
        if likelihood - before < 1e-9:
            break
        before = likelihood
        mixture = _maximised(family, x, np.exp(logs - total[:, None]), mixture)
    return mixture


def _of_moments(family: str, weights: Array, means: Array, variances: Array) -> Mixture:
    if family == "normal":
        return Mixture("normal", weights, means, np.sqrt(variances))
    if family == "beta":
        size = means * (1 - means) / variances - 1
        return Mixture("beta", weights, means * size, (1 - means) * size)
    if family == "gamma":
        return Mixture("gamma", weights, means**2 / variances, means / variances)
    message = f"unknown family `{family}`; known: normal, beta, gamma"
    raise ValueError(message)


def _maximised(family: str, x: Array, shares: Array, before: Mixture) -> Mixture:
    """Return the mixture that is most probable given which value belongs to which part."""
    weights = shares.mean(0)
    total = np.maximum(shares.sum(0), 1e-300)
    if family == "normal":
        means = shares.T @ x / total
        variances = np.array([shares[:, j] @ (x - means[j]) ** 2 for j in range(len(means))]) / total
        return Mixture("normal", weights, means, np.sqrt(np.maximum(variances, 1e-24)))
    logs = np.log(x)
    if family == "gamma":
        ratio = np.log(shares.T @ x / total) - shares.T @ logs / total
        shape = _newton_gamma(ratio)
        return Mixture("gamma", weights, shape, shape / (shares.T @ x / total))
    one, two = shares.T @ logs / total, shares.T @ np.log1p(-x) / total
    a, b = _newton_beta(one, two, before.first, before.second)
    return Mixture("beta", weights, a, b)


def _newton_gamma(ratio: Array) -> Array:
    """Return the shapes for which ``log shape − ψ(shape) = ratio``."""
    from scipy.special import polygamma, psi

    shape = (3 - ratio + np.sqrt((ratio - 3) ** 2 + 24 * ratio)) / (12 * ratio)
    for _ in range(50):
        step = (np.log(shape) - psi(shape) - ratio) / (1 / shape - polygamma(1, shape))
        shape = np.maximum(shape - step, shape / 10)
        if np.all(np.abs(step) < 1e-12 * shape):
            break
    return np.asarray(shape)


def _newton_beta(one: Array, two: Array, a: Array, b: Array) -> tuple[Array, Array]:
    """Return the numbers for which the means of log x and log(1 − x) are as given."""
    from scipy.special import polygamma, psi

    for _ in range(50):
        both: Any = psi(a + b)
        f, g = psi(a) - both - one, psi(b) - both - two
        common = polygamma(1, a + b)
        aa, bb = polygamma(1, a) - common, polygamma(1, b) - common
        det = aa * bb - common**2
        step_a, step_b = (f * bb + g * common) / det, (g * aa + f * common) / det
        a, b = np.maximum(a - step_a, a / 10), np.maximum(b - step_b, b / 10)
        if np.all(np.abs(step_a) < 1e-12 * a) and np.all(np.abs(step_b) < 1e-12 * b):
            break
    return np.asarray(a), np.asarray(b)
