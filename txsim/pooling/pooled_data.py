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
from txsim.plain_data import finite
from txsim.pooling.classical import classical
from txsim.pooling.heterogeneity import TAU_PRIORS, read_tau_prior
from txsim.pooling.meta_analysis import Pooled, pool
from txsim.pooling.mixtures import Mixture, read_normals
from txsim.pooling.pooled_claim import DEFAULT_TAU, pooled_claim
from txsim.pooling.spread import Spread
from txsim.pooling.studies import read_studies
from txsim.results import pooling as results
from txsim.units import SCALES

__all__ = ["pooled_result", "pooled_studies", "summary"]


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

    Parameters
    ----------
    file
        CSV of estimates or of what they follow from, see :func:`txsim.pooling.studies.read_studies`.
    measure
        What is pooled, where the columns leave a choice.
    mu_prior, tau_prior
        Priors of the mean and of the spread, as people write them; the latter by default weakly informative for the
        measure.
    level, interval
        Probability of the intervals, and which are shown.
    grid
        ``direct`` or ``exact``, see :func:`txsim.pooling.meta_analysis.pool`.
    claim
        Arguments of :func:`txsim.pooling.pooled_claim.pooled_claim`, where a claim is wanted.

    Raises
    ------
    InputError
        If the file, a prior or the claim is wrong, each with its place.
    """
    unit = None if claim is None or claim.get("factor", 1.0) != 1 else claim.get("conversion", {}).get("unit")
    studies = read_studies(file, measure, SCALES.get(unit or ""))
    mu = _prior("--mu-prior", mu_prior, read_normals, None)
    text = tau_prior or DEFAULT_TAU.get(studies.measure)
    known = lazy("known: {names}", names=", ".join(TAU_PRIORS))
    tau = None if text is None else _prior("--tau-prior", text, read_tau_prior, known)
    try:
        found = pool(studies.estimates, studies.se, mu=mu, tau=tau, labels=studies.labels, grid=grid)
    except ValueError as error:
        raise InputError(Problem(message_of(error), file=str(file))) from None
    made = None if claim is None else pooled_claim(found, studies.measure, file=file.name, **claim)
    return pooled_result(
        found, studies.measure, level=level, interval=interval, grid=grid, ignored=tuple(studies.ignored), claim=made
    )


def _prior(option: str, text: str, read: Callable[[str], Any], hint: Message | None) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise InputError(Problem(message_of(error), option, None, 1, source=text, hint=hint, width=len(text))) from None


def summary(found: Mixture | Spread, level: float = 0.95) -> results.Pooled:
    """Return mean, sd, median, mode and both intervals; ``None`` for a moment that does not exist."""
    return results.Pooled(**_moments(found, level))


def _moments(found: Mixture | Spread, level: float) -> dict[str, Any]:
    return {
        "mean": finite(found.mean),
        "sd": finite(found.sd),
        "median": found.median,
        "mode": found.mode,
        "central": found.central(level),
        "shortest": found.shortest(level),
    }


def pooled_result(
    found: Pooled,
    measure: str = "estimate",
    *,
    level: float = 0.95,
    interval: Literal["shortest", "central"] = "shortest",
    grid: str = "direct",
    ignored: tuple[str, ...] = (),
    claim: Mapping[str, Any] | None = None,
) -> results.EvidencePool:
    """Return everything about a meta-analysis.

    Parameters
    ----------
    found
        The posterior.
    measure
        What its numbers are, a key of :data:`txsim.evidence.effect_sizes.MEASURES`.
    level, interval
        Probability of the intervals, and which are shown.
    grid, ignored, claim
        How it was computed, columns that were not used, and the claim that was made of it.
    """
    return results.EvidencePool(
        measure=measure,
        grid=grid,
        ignored=ignored,
        level=level,
        interval=interval,
        priors=_priors(found),
        studies=_studies(found, level),
        mu=_mean(found, found.mu, level),
        tau=summary(found.tau, level),
        prediction=_mean(found, found.prediction, level),
        i2=results.Heterogeneity(found.i2(found.tau.median) if len(found.se) > 1 else None),
        bayes_factors=results.BayesFactors(
            found.bayes_factor_tau_zero,
            found.bayes_factor_mu_zero,
            found.minimum_bayes_factor_tau_zero,
            found.minimum_bayes_factor_mu_zero,
        ),
        log_marginal=math.nan if found.log_marginal is None else found.log_marginal,
        maximum=results.Maximum(
            results.Pair(*found.ml_joint),
            results.Pair(*found.map_joint),
            found.ml_marginal_mu if found.tau_prior.proper or len(found.se) > 2 else None,
        ),
        classical=_classical(found),
        claim=claim,
    )


def _priors(found: Pooled) -> results.PoolingPriors:
    prior = found.mu_prior
    if prior is None:
        return results.PoolingPriors(None, str(found.tau_prior), None)
    parts = tuple(
        results.PartOfPrior(float(w), float(m), float(s))
        for w, m, s in zip(prior.weights, prior.first, prior.second, strict=True)
    )
    return results.PoolingPriors(parts, str(found.tau_prior), tuple(found.component_weights.tolist()))


def _studies(found: Pooled, level: float) -> tuple[results.Study, ...]:
    reach = NormalDist().inv_cdf((1 + level) / 2)
    weights = found.weights
    rows = []
    for i, effect in enumerate(found.effects):
        estimate, se = float(found.estimates[i]), float(found.se[i])
        ends = (estimate - reach * se, estimate + reach * se)
        rows.append(results.Study(found.labels[i], estimate, se, float(weights[i]), summary(effect, level), ends))
    return tuple(rows)


def _mean(found: Pooled, of: Mixture, level: float) -> results.PooledMean:
    moments = _moments(of, level)
    if not found.has_mean:
        moments["mean"] = None
    if not found.has_sd:
        moments["sd"] = None
    return results.PooledMean(**moments, p_above_0=of.above(0.0))


def _classical(found: Pooled) -> results.Classical:
    plain = classical(found.estimates, found.se)
    return results.Classical(
        q=plain.q,
        p_value=None if math.isnan(plain.p_value) else plain.p_value,
        i2=plain.i2,
        common=results.Common(*plain.common),
        dersimonian_laird=results.WithoutPriors(*plain.dersimonian_laird),
        paule_mandel=results.WithoutPriors(*plain.paule_mandel),
        reml=results.WithoutPriors(*plain.reml),
        ml=results.WithoutPriors(*plain.ml),
    )
