# SPDX-License-Identifier: MIT
"""Where each claim sits in what others imply: prior predictive tail probabilities (docs/model.md, section 8.2).

A claim that is sound says ``exaggeration · f(θ)`` with its error and the design's spread. Its percentile is the
probability that such a study, under the prior or under the other clusters' claims, would have said less than it does.
The whole cluster is left out for the second, since claims of a cluster are sound or not together.

Source: Evans & Moshonov (2006), Checking for prior-data conflict, Bayesian Analysis 1(4), 893-914.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from txsim.evidence import ScoredClaim
from txsim.inference import CalibrationSpec
from txsim.inference.bounds import quantities
from txsim.inference.claim_arrays import Layout
from txsim.results.belief_comparison import Conflict
from txsim.types import Array

#: A two-sided tail below this is called a conflict.
CONFLICT = 0.05


def percentiles(spec: CalibrationSpec, claim: ScoredClaim, par: Mapping[str, Array]) -> list[float]:
    """Return for each statement of a claim the probability that a sound study would have said less.

    For a bound it is the probability that the bound holds.

    ``par``: draws by parameter ``(draw,)`` of what the others imply.
    """
    from scipy.special import ndtr

    alone = spec.scoring([claim])
    layout = Layout(alone)
    natural = quantities(alone, layout.statements, par)
    away = layout.standardised(natural)
    side = np.where(layout.side == 0.0, 1.0, layout.side)
    # 0 over 0, where links may be nothing, says neither more nor less.
    return [float(value) for value in np.nan_to_num(ndtr(away * side), nan=0.5).mean(axis=0)]


def tail(percentile: float, bound: str | None) -> float:
    """Return the tail probability: two-sided for a value, one-sided for a bound."""
    return percentile if bound is not None else 2 * min(percentile, 1 - percentile)


def conflicts(claim: ScoredClaim, under_prior: list[float], under_others: list[float]) -> tuple[Conflict, ...]:
    """Return where each statement of a claim sits, by its percentiles under the prior and under the others."""
    rows = []
    for statement, prior, others in zip(claim.statements, under_prior, under_others, strict=True):
        of_prior, of_others = tail(prior, statement.bound), tail(others, statement.bound)
        rows.append(
            Conflict(
                statement.statistic,
                statement.about,
                statement.bound,
                statement.value,
                prior,
                others,
                of_prior,
                of_others,
                min(of_prior, of_others) < CONFLICT,
            )
        )
    return tuple(rows)
