# SPDX-License-Identifier: MIT
"""Power-scaling sensitivity: how the payoff moves when one prior, or one cluster, counts a little more or less.

By parameter and by cluster, for over the whole prior at once everything would be flagged. A value above 0.05 means that
the answer leans on it.

Source: Kallioinen, Paananen, Bürkner & Vehtari (2024), Detecting and diagnosing prior and likelihood sensitivity with
power-scaling, Statistics and Computing 34, 57; computed by ArviZ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from txsim.inference import CalibrationSpec
from txsim.inference.weighing import cluster_log_likelihood
from txsim.priors.density import has_density, log_density
from txsim.results.belief_comparison import Leaning
from txsim.simulate.points import BATCHES
from txsim.types import Array

#: Above this the answer leans on the prior or the claims in question.
LEANS = 0.05
_ALPHAS = (0.99, 1.01)


def sensitivity(spec: CalibrationSpec, par: Mapping[str, Array], npv: Array) -> tuple[Leaning, ...]:
    """Return how much a payoff moves with each prior and each cluster, the strongest first.

    Parameters
    ----------
    spec
        Priors and claims that the draws were made under.
    par
        Parameters joined to the scenario's draws, ``(draw,)`` by name.
    npv
        Payoff ``(draw,)``.
    """
    prior = {
        name: log_density(distribution, par[name])
        for name, distribution in spec.priors.items()
        if has_density(distribution) and float(np.ptp(par[name])) > 0
    }
    claims = cluster_log_likelihood(spec, par)
    moved = [Leaning("prior", name, value, value > LEANS) for name, value in _each(prior, npv)]
    moved += [Leaning("claims", name, value, value > LEANS) for name, value in _each(claims, npv)]
    return tuple(sorted(moved, key=lambda row: -row.sensitivity))


def _each(terms: Mapping[str, Array], npv: Array) -> Iterator[tuple[str, float]]:
    for name, log_term in terms.items():
        yield name, _moved(npv, log_term)


def _moved(npv: Array, log_term: Array) -> float:
    """Return how fast the distribution of the payoff moves as one term of the log posterior is scaled."""
    from arviz_stats import base

    if float(np.ptp(log_term)) < 1e-9:
        return 0.0  # the same at every draw: scaling it changes nothing
    shape = (BATCHES, npv.size // BATCHES)
    lower, upper = (_weights(log_term.reshape(shape), alpha) for alpha in _ALPHAS)
    stats: Any = base.array_stats  # type: ignore[attr-defined]
    return float(stats.power_scale_sense(npv.reshape(shape), lower, upper, *_ALPHAS))


def _weights(log_term: Array, alpha: float) -> Array:
    from arviz_stats import base

    stats: Any = base.array_stats  # type: ignore[attr-defined]
    try:
        log_weights = stats.power_scale_lw(log_term, alpha, axis=(0, 1))
    except ValueError:  # a tail without spread has nothing to smooth
        log_weights = (alpha - 1) * (log_term - log_term.max())
    weights = np.exp(np.asarray(log_weights))
    return np.asarray(weights / weights.sum(), dtype=np.float64)
