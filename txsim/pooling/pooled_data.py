# SPDX-License-Identifier: MIT
"""What ``txsim evidence pool`` does: reads studies, pools them, and makes a claim of it where one is wanted."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import NormalDist
from typing import Any, Literal

from txsim.errors import InputError, Problem, message_of
from txsim.language import Message, lazy
from txsim.pooling.classical import classical
from txsim.pooling.heterogeneity import TAU_PRIORS, read_tau_prior
from txsim.pooling.meta_analysis import Pooled, pool
from txsim.pooling.mixtures import Mixture, read_normals
from txsim.pooling.pooled_claim import DEFAULT_TAU, pooled_claim
from txsim.pooling.spread import Spread
from txsim.pooling.studies import read_studies
from txsim.results import pooling as results
from txsim.results.codec import plain
from txsim.units import SCALES


def pooled_studies(
    file: Path,
    *,
    measure: str | None = None,
    mu_prior: str = "uniform",
    tau_prior: str | None = None,
    level: float = 0.95,
    interval: Literal["shortest", "central"] = "shortest",
    grid: str = "direct",
    claim: Mapping[str, Any] | None = None,
) -> results.EvidencePool:
    """Pool the studies of a file by a random-effects model.

    ``file``: CSV of estimates or of what they follow from, see :func:`txsim.pooling.studies.read_studies`. ``measure``:
    what is pooled, where the columns leave a choice. ``mu_prior``, ``tau_prior``: priors of the mean and of the spread,
    as people write them; the latter by default weakly informative for the measure. ``level``, ``interval``: probability
    of the intervals, and which are shown. ``grid``: ``direct`` or ``exact``, see
    :func:`txsim.pooling.meta_analysis.pool`. ``claim``: arguments of :func:`txsim.pooling.pooled_claim.pooled_claim`,
    where a claim is wanted. Raises InputError if the file, a prior or the claim is wrong, each with its place.
    """
    unit = None if claim is None or claim.get("factor", 1.0) != 1 else claim.get("conversion", {}).get("unit")
    studies = read_studies(file, measure, SCALES.get(unit or ""))
    mu = _prior("--mu-prior", mu_prior, read_normals, None)
    text = tau_prior or DEFAULT_TAU.get(studies.measure)
    known = lazy("known: {names}", names=", ".join(TAU_PRIORS))
    tau = None if text is None else _prior("--tau-prior", text, read_tau_prior, known)
    try:
        posterior = pool(studies.estimates, studies.se, mu=mu, tau=tau, labels=studies.labels, grid=grid)
    except ValueError as error:
        raise InputError(Problem(message_of(error), file=str(file))) from None
    made = None if claim is None else pooled_claim(posterior, studies.measure, file=file.name, **claim)
    return pooled_result(
        posterior,
        studies.measure,
        level=level,
        interval=interval,
        grid=grid,
        ignored=studies.ignored,
        left_out=studies.left_out,
        empty=studies.empty,
        taken=studies.taken,
        claim=made,
    )


def _prior(option: str, text: str, read: Callable[[str], Any], hint: Message | None) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise InputError(Problem(message_of(error), option, None, 1, source=text, hint=hint, width=len(text))) from None


def summary(distribution: Mixture | Spread, level: float = 0.95) -> results.Pooled:
    """Return mean, sd, median, mode and both intervals; ``None`` for a moment that does not exist."""
    return results.Pooled(**_moments(distribution, level))


def _moments(distribution: Mixture | Spread, level: float) -> dict[str, Any]:
    return {
        "mean": plain(distribution.mean),
        "sd": plain(distribution.sd),
        "median": distribution.median,
        "mode": distribution.mode,
        "central": distribution.central(level),
        "shortest": distribution.shortest(level),
    }


def pooled_result(
    posterior: Pooled,
    measure: str = "estimate",
    *,
    level: float = 0.95,
    interval: Literal["shortest", "central"] = "shortest",
    grid: str = "direct",
    ignored: tuple[str, ...] = (),
    left_out: tuple[str, ...] = (),
    empty: tuple[str, ...] = (),
    taken: tuple[tuple[str, str], ...] = (),
    claim: Mapping[str, Any] | None = None,
) -> results.EvidencePool:
    """Return everything about a meta-analysis.

    ``measure``: what its numbers are, a key of :data:`txsim.evidence.effect_sizes.MEASURES`; ``level``, ``interval``:
    probability of the intervals, and which are shown; ``grid``, ``ignored``, ``left_out``, ``empty``, ``taken``,
    ``claim``: how it was computed, columns and rows that were not used, what columns under other titles were taken for,
    and the claim that was made of it.
    """
    return results.EvidencePool(
        measure=measure,
        grid=grid,
        ignored=ignored,
        level=level,
        interval=interval,
        priors=_priors(posterior),
        studies=_studies(posterior, level),
        mu=_mean(posterior, posterior.mu, level),
        tau=summary(posterior.tau, level),
        prediction=_mean(posterior, posterior.prediction, level),
        i2=results.Heterogeneity(posterior.i2(posterior.tau.median) if len(posterior.se) > 1 else None),
        bayes_factors=results.BayesFactors(
            posterior.bayes_factor_tau_zero,
            posterior.bayes_factor_mu_zero,
            posterior.minimum_bayes_factor_tau_zero,
            posterior.minimum_bayes_factor_mu_zero,
        ),
        log_marginal=math.nan if posterior.log_marginal is None else posterior.log_marginal,
        maximum=results.Maximum(
            results.Pair(*posterior.ml_joint),
            results.Pair(*posterior.map_joint),
            posterior.ml_marginal_mu if posterior.tau_prior.proper or len(posterior.se) > 2 else None,
        ),
        classical=classical(posterior.estimates, posterior.se),
        claim=claim,
        left_out=left_out,
        empty=empty,
        taken=taken,
    )


def _priors(posterior: Pooled) -> results.PoolingPriors:
    prior = posterior.mu_prior
    if prior is None:
        return results.PoolingPriors(None, str(posterior.tau_prior), None)
    parts = tuple(
        results.PartOfPrior(float(w), float(m), float(s))
        for w, m, s in zip(prior.weights, prior.means, prior.sds, strict=True)
    )
    return results.PoolingPriors(parts, str(posterior.tau_prior), tuple(posterior.component_weights.tolist()))


def _studies(posterior: Pooled, level: float) -> tuple[results.Study, ...]:
    reach = NormalDist().inv_cdf((1 + level) / 2)
    weights = posterior.weights
    rows = []
    for i, effect in enumerate(posterior.effects):
        estimate, se = float(posterior.estimates[i]), float(posterior.se[i])
        ends = (estimate - reach * se, estimate + reach * se)
        rows.append(results.Study(posterior.labels[i], estimate, se, float(weights[i]), summary(effect, level), ends))
    return tuple(rows)


def _mean(posterior: Pooled, of: Mixture, level: float) -> results.PooledMean:
    moments = _moments(of, level)
    if not posterior.has_mean:
        moments["mean"] = None
    if not posterior.has_sd:
        moments["sd"] = None
    return results.PooledMean(**moments, p_above_0=of.above(0.0))
