# SPDX-License-Identifier: MIT
"""A meta-analysis as plain data, the form of ``txsim evidence pool --json``."""

from __future__ import annotations

import math
from typing import Any

from txsim.plain_data import finite
from txsim.pooling.classical import classical
from txsim.pooling.meta_analysis import Pooled
from txsim.pooling.mixtures import Mixture
from txsim.pooling.spread import Spread

__all__ = ["as_data", "summary"]


def summary(found: Mixture | Spread, level: float = 0.95) -> dict[str, Any]:
    """Return mean, sd, median, mode and both intervals as plain data; ``None`` for a moment that does not exist."""
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
        "bayes_factors": {
            "tau_zero": found.bayes_factor_tau_zero,
            "mu_zero": found.bayes_factor_mu_zero,
            "tau_zero_minimum": found.minimum_bayes_factor_tau_zero,
            "mu_zero_minimum": found.minimum_bayes_factor_mu_zero,
        },
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
