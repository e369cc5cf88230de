# SPDX-License-Identifier: MIT
"""What mixtures of conjugate priors become under data, and what they predict.

Every part is updated by its own rule and its weight multiplied by the probability that it gave the data, so that a
*robust* prior, one with a wide part, gives way where data contradict the informative part.

Schmidli et al., Robust meta-analytic-predictive priors in clinical trials with historical control information,
Biometrics 70 (2014), 1023-1032.
"""

from __future__ import annotations

import math

import numpy as np

from txsim.pooling.mixtures import Mixture, beta_mixture, combine, gamma_mixture, normal_mixture
from txsim.types import Array


def robust(
    prior: Mixture, weight: float, mean: float | None = None, n: float = 1.0, sigma: float | None = None
) -> Mixture:
    """Return the prior with a wide part added, which takes over where data contradict the rest.

    Parameters
    ----------
    prior
        The informative prior.
    weight
        Prior weight of the wide part, 0 … 1; the others share the rest.
    mean
        Mean of the wide part; by default 1/2 for a beta, else the mean of the prior.
    n
        Observations that it is worth. A beta gets ``n + 1``, so that the default is uniform on 0 … 1.
    sigma
        Standard deviation of one observation; needed for normals.

    Raises
    ------
    ValueError
        If the weight is outside 0 … 1, or ``sigma`` is missing for a normal.
    """
    if not 0 <= weight <= 1:
        message = f"the weight of the wide part lies between 0 and 1, it is {weight:g}"
        raise ValueError(message)
    centre = (0.5 if prior.family == "beta" else prior.mean) if mean is None else float(mean)
    if prior.family == "beta":
        wide = beta_mixture([1.0], [centre * (n + 1)], [(1 - centre) * (n + 1)])
    elif prior.family == "gamma":
        wide = gamma_mixture([1.0], [centre * n], [n])
    elif sigma is None:
        message = "sigma, the standard deviation of one observation, is needed for normals"
        raise ValueError(message)
    else:
        wide = normal_mixture([1.0], [centre], [sigma / math.sqrt(n)])
    return combine([prior, wide], [1 - weight, weight])


def _updated(prior: Mixture, family: str, log_evidence: Array, first: Array, second: Array) -> Mixture:
    """Return the posterior: weights times the probability that each part gave the data."""
    with np.errstate(divide="ignore"):
        logs = np.log(prior.weights) + log_evidence
    return Mixture(family, np.exp(logs - logs.max()), first, second)


def _needs(prior: Mixture, family: str) -> None:
    if prior.family != family:
        message = f"a mixture of {family}s is needed, this one is of {prior.family}s"
        raise ValueError(message)


def update_normal(prior: Mixture, mean: float, se: float) -> Mixture:
    """Return the posterior of a mean, given an estimate.

    Parameters
    ----------
    prior
        Mixture of normals.
    mean, se
        The estimate and its standard error (for ``n`` observations of standard deviation σ: ``σ/√n``).

    Raises
    ------
    ValueError
        If the prior is not of normals or ``se`` not above 0.
    """
    _needs(prior, "normal")
    if not se > 0:
        message = f"the standard error must be above 0, it is {se:g}"
        raise ValueError(message)
    m, v = prior.first, prior.second**2
    after = 1 / (1 / v + 1 / se**2)
    evidence = -0.5 * (mean - m) ** 2 / (v + se**2) - 0.5 * np.log(v + se**2)
    return _updated(prior, "normal", evidence, after * (m / v + mean / se**2), np.sqrt(after))


def update_binomial(prior: Mixture, events: float, n: float) -> Mixture:
    """Return the posterior of a share, given ``events`` among ``n``; the prior is a mixture of betas.

    Raises
    ------
    ValueError
        If the prior is not of betas or the counts are impossible.

    Examples
    --------
    >>> posterior = update_binomial(beta_mixture([1], [1], [1]), 3, 10)
    >>> float(posterior.first[0]), float(posterior.second[0])
    (4.0, 8.0)
    """
    from scipy.special import betaln

    _needs(prior, "beta")
    if not 0 <= events <= n:
        message = f"events lie between 0 and n, they are {events:g} of {n:g}"
        raise ValueError(message)
    a, b = prior.first + events, prior.second + n - events
    return _updated(prior, "beta", betaln(a, b) - betaln(prior.first, prior.second), a, b)


def update_poisson(prior: Mixture, events: float, exposure: float = 1.0) -> Mixture:
    """Return the posterior of a rate, given events over an exposure; the prior is a mixture of gammas.

    Raises
    ------
    ValueError
        If the prior is not of gammas or the counts are impossible.
    """
    from scipy.special import gammaln

    _needs(prior, "gamma")
    if not (events >= 0 and exposure > 0):
        message = f"events are at least 0 and the exposure above 0, they are {events:g} and {exposure:g}"
        raise ValueError(message)
    a, b = prior.first, prior.second
    evidence = a * np.log(b) - gammaln(a) + gammaln(a + events) - (a + events) * np.log(b + exposure)
    return _updated(prior, "gamma", evidence, a + events, b + exposure)


def update_exponential(prior: Mixture, n: float, total: float) -> Mixture:
    """Return the posterior of a rate, given ``n`` waiting times that add up to ``total``; the prior is of gammas."""
    return update_poisson(prior, n, total)


def predict_normal(prior: Mixture, sigma: float, n: float = 1.0) -> Mixture:
    """Return what the prior says about the mean of ``n`` future observations of standard deviation ``sigma``."""
    _needs(prior, "normal")
    return normal_mixture(prior.weights, prior.first, np.hypot(prior.second, sigma / math.sqrt(n)))


def predict_binomial(prior: Mixture, n: int) -> Array:
    """Return the probabilities of 0 … ``n`` events among ``n``, a mixture of beta-binomials. Shape ``(n + 1,)``."""
    from scipy.special import betaln, gammaln

    _needs(prior, "beta")
    r = np.arange(n + 1)[:, None]
    choose = gammaln(n + 1) - gammaln(r + 1) - gammaln(n - r + 1)
    logs = choose + betaln(prior.first + r, prior.second + n - r) - betaln(prior.first, prior.second)
    return np.asarray(np.exp(logs) @ prior.weights)


def predict_poisson(prior: Mixture, exposure: float, most: int) -> Array:
    """Return the probabilities of 0 … ``most`` events over an exposure, a mixture of negative binomials."""
    from scipy.special import gammaln

    _needs(prior, "gamma")
    y, a, b = np.arange(most + 1)[:, None], prior.first, prior.second
    logs = gammaln(a + y) - gammaln(a) - gammaln(y + 1) + a * np.log(b / (b + exposure))
    return np.asarray(np.exp(logs + y * np.log(exposure / (b + exposure))) @ prior.weights)


def difference_above(one: Mixture, other: Mixture, x: float = 0.0) -> float:
    """Return the probability that ``one − other`` exceeds ``x``, for independent quantities of one family."""
    if one.family == other.family == "normal":
        means = one.first[:, None] - other.first
        pairs = normal_mixture(
            np.outer(one.weights, other.weights).ravel(),
            means.ravel(),
            np.hypot(one.second[:, None], other.second).ravel(),
        )
        return pairs.above(x)
    # P = ∫ P(one > v + x) dF(v), by Gauss-Legendre over the probability of the second.
    nodes, weights = np.polynomial.legendre.leggauss(400)
    # Nodes are crowded towards both ends (p = s²(3 − 2s)), where quantiles change fastest.
    s = (nodes + 1) / 2
    p, density = s**2 * (3 - 2 * s), 6 * s * (1 - s)
    return float(np.sum(weights / 2 * density * (1 - one.cdf(other.quantile(p) + x))))
