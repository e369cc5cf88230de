# SPDX-License-Identifier: MIT
"""Bayes factors of a pooling: how well a value of the mean holds, and the ratio of two such likelihoods."""

from __future__ import annotations

import math

import numpy as np

from txsim.pooling.heterogeneity import TauPrior
from txsim.pooling.quadrature import integrate
from txsim.types import Array


def bayes_factor(log_one: float, log_other: float) -> float:
    """Return the ratio of two likelihoods from their logs; infinite where no number holds it."""
    difference = log_one - log_other
    return math.exp(difference) if difference < 700 else math.inf


def log_at_mu(y: Array, s: Array, prior: TauPrior, mu: float) -> float:
    """Return log p(y | μ), τ integrated over its prior."""

    def logs(tau: Array) -> Array:
        v = s**2 + tau[:, None] ** 2
        return np.asarray((-0.5 * (y - mu) ** 2 / v - 0.5 * np.log(2 * math.pi * v)).sum(1))

    if prior.known is not None:
        return float(logs(np.array([prior.known]))[0])
    scale = prior.args[0] if prior.family == "uniform_to" else math.sqrt(prior.scale(s) * float(np.median(s)))
    return integrate(lambda tau: logs(tau) + prior.log_density(tau, s), scale).log_total
