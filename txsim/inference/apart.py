# SPDX-License-Identifier: MIT
"""A parameter that no calibration holds, and the claims about it alone: its posterior on a grid, without a sampler.

What only some scenarios compute is independent of all else, before evidence and after it, so that one dimension is all
there is (docs/model.md, sections 8 and 10). The density of its standard-normal score, times the likelihood of the
clusters, is summed on a fine grid; draws are quantiles of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from txsim.evidence import ScoredClaim, ScoredStatement
from txsim.inference.bounds import soundness
from txsim.inference.calibration import ClaimResult, results_of
from txsim.inference.claim_arrays import Layout
from txsim.inference.spec import CalibrationSpec
from txsim.pathways import Graph
from txsim.priors.distributions import Distribution, from_scores
from txsim.types import Array

#: Standard-normal scores at which the density is summed; the outermost holds 1e-15 of the prior.
_SCORES = np.linspace(-8.0, 8.0, 16_001)


@dataclass(frozen=True)
class Conditioned:
    """The posterior of one parameter."""

    prior: Distribution  #: Its prior.
    below: Array  #: ``(score,)`` posterior probability of each score and below.
    claims: tuple[ClaimResult, ...]  #: What became of each claim.

    def quantiles(self, probability: Array) -> Array:
        """Return the values below which the parameter lies with these probabilities, any shape."""
        return np.asarray(from_scores(self.prior, np.interp(probability, self.below, _SCORES)))


def condition(prior: Distribution, claims: Sequence[ScoredClaim], within_cluster_correlation: float) -> Conditioned:
    """Return what claims make of one parameter.

    ``within_cluster_correlation``: as in :class:`~txsim.inference.spec.CalibrationSpec`.
    """
    from scipy.special import log_ndtr, ndtri

    spec = CalibrationSpec(Graph((), ()), {}, tuple(claims), within_cluster_correlation)
    layout = Layout(spec)
    even = np.asarray(from_scores(prior, ndtri((np.arange(2**14) + 0.5) / 2**14)))

    def predicted(statements: Sequence[ScoredStatement]) -> Array:
        return np.repeat(even[:, None], len(statements), axis=1)

    for cluster in range(len(layout.clusters)):
        layout.unsound[cluster] += layout.chance_of_bounds(cluster, predicted)
        layout.unsound[cluster] += layout.density_of_reported(cluster, predicted)
    values = np.asarray(from_scores(prior, _SCORES))
    natural = np.repeat(values[:, None], len(layout.statements), axis=1)
    with np.errstate(divide="ignore"):
        sound = np.log(layout.credibility) + layout.sound(natural, np, log_ndtr)
        total = np.logaddexp(sound, np.log1p(-layout.credibility) + layout.unsound).sum(axis=1)
    weight = np.exp(total - total.max() - 0.5 * _SCORES**2)
    below = np.cumsum(0.5 * (weight + np.roll(weight, 1)))
    below -= below[0]
    posterior = Conditioned(prior, below / below[-1], ())
    # Equally likely values stand for draws of what statements speak of, and of how sound they are.
    drawn = np.repeat(posterior.quantiles((np.arange(2**14) + 0.5) / 2**14)[:, None], len(layout.statements), axis=1)
    return Conditioned(prior, posterior.below, results_of(spec, layout, drawn, soundness(layout, drawn)))
