# SPDX-License-Identifier: MIT
"""What claims do to the answer: the payoff under other beliefs, claim by claim, and where each claim stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from txsim.desk.association import gap_of
from txsim.desk.desk import Desk
from txsim.desk.library import statement_of
from txsim.desk.listing import interval
from txsim.errors import CalibrationError
from txsim.evidence import ScoredClaim
from txsim.forecast import draw
from txsim.inference import CalibrationSpec
from txsim.inference.bounds import quantities
from txsim.inference.claim_arrays import Layout
from txsim.inference.spec import prior_draws
from txsim.inference.weighing import cluster_log_likelihood
from txsim.language import Words
from txsim.priors.density import has_density, log_density
from txsim.results.belief_comparison import (
    ClaimStanding,
    ClaimUnder,
    Conflict,
    Influence,
    Leaning,
    PriorsCompare,
    RestsOnEvidence,
    Spread,
)
from txsim.results.belief_comparison import Variant as Under
from txsim.results.beliefs import Gap
from txsim.scenario import Scenario
from txsim.simulate.points import BATCHES
from txsim.types import Array

_PRIOR = 2**14


@dataclass(frozen=True)
class Variant:
    """A belief to compare: what it is called and what kind it is, with the scenario that holds it.

    ``kind`` is ``credibility``, ``pack``, ``no_claims``, ``face_value`` or ``set``.
    """

    label: Words
    kind: str
    scenario: Scenario


def comparison(
    desk: Desk,
    variants: Sequence[Variant] = (),
    *,
    leave_one_out: bool = True,
    conflicts: bool = True,
    power_scaling: bool = True,
) -> PriorsCompare:
    """Return what beliefs and claims do to a scenario's payoff.

    Raises :class:`CalibrationError` if the scenario's own beliefs give no draws that can be trusted; a variant that
    gives none says so in its row.
    """
    base = desk.base
    return PriorsCompare(
        desk.scenario.label,
        desk.scenario.organisation.currency,
        desk.draws,
        base.forecast.seed,
        tuple(desk.scenario.packs),
        base.row(),
        tuple(_variant(desk, variant) for variant in variants),
        _influence(desk) if leave_one_out else None,
        _claims(desk, with_conflicts=conflicts),
        _sensitivity(desk) if power_scaling else None,
        _gap(desk),
        _evidence(desk),
    )


def _variant(desk: Desk, variant: Variant) -> Under:
    touched = _touched(desk, variant.scenario)
    try:
        new_payoff = desk.payoff(variant.scenario)
    except CalibrationError as error:
        return Under(variant.label, variant.kind, str(error), touched=touched)
    row = new_payoff.row(desk.base)
    return Under(
        variant.label,
        variant.kind,
        None,
        row.how,
        row.how_in_words,
        row.k_hat,
        row.effective_draws,
        row.verdict,
        row.options,
        {claim.id: claim.posterior_credibility for claim in new_payoff.tuned.calibration.claims},
        touched,
    )


def _touched(desk: Desk, scenario: Scenario) -> tuple[ClaimUnder, ...]:
    """Return the claims whose credibility before evidence another belief changes, that it drops or adds."""
    own, other = desk.scenario.selection(), scenario.selection()
    before = {claim.id: claim.credibility for claim in own.claims}
    after = {claim.id: claim.credibility for claim in other.claims}
    return tuple(
        ClaimUnder(name, before.get(name), after.get(name), "" if name in after else other.dropped.get(name, ""))
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    )


def _influence(desk: Desk) -> tuple[Influence, ...]:
    """Return what leaving out each claim does, the strongest on the NPV of committing first."""
    rows = []
    own = desk.base.row().verdict.option
    for claim in desk.spec.claims:
        try:
            payoff_row = desk.under(desk.without([claim.id])).row(desk.base)
        except CalibrationError as error:
            rows.append(Influence(claim.id, claim.cluster, None, None, None, None, None, None, str(error)))
            continue
        commit = payoff_row.options["commit"]
        change, best = commit.change, payoff_row.verdict.option
        # A change within its Monte Carlo error flips nothing.
        flips = best != own and change is not None and abs(change.mean) > 2 * change.mcse
        rows.append(
            Influence(
                claim.id,
                claim.cluster,
                change,
                commit.change_p_loss,
                best,
                flips,
                payoff_row.how,
                payoff_row.k_hat,
                None,
            )
        )
    return tuple(sorted(rows, key=lambda row: -abs(row.change_npv.mean) if row.change_npv else 0.0))


def _claims(desk: Desk, *, with_conflicts: bool) -> tuple[ClaimStanding, ...]:
    entries = desk.scenario.claims()
    after = {claim.id: claim for claim in desk.base.tuned.calibration.claims}
    prior = prior_draws(desk.spec, _PRIOR, 1) if with_conflicts and desk.spec.claims else {}
    others: dict[str, Mapping[str, Array] | None] = {}
    rows = []
    for claim in desk.spec.claims:
        entry = entries[claim.id]
        clashes = None
        if with_conflicts:
            if claim.cluster not in others:
                others[claim.cluster] = _without_cluster(desk, claim.cluster)
            implied = others[claim.cluster]
            if implied is not None:
                under_prior = percentiles(desk.spec, claim, prior)
                under_others = percentiles(desk.spec, claim, implied)
                clashes = conflicts(claim, under_prior, under_others)
        rows.append(
            ClaimStanding(
                claim.id,
                statement_of(entry),
                claim.cluster,
                claim.design,
                entry.read,
                claim.credibility,
                after[claim.id].posterior_credibility if claim.id in after else None,
                clashes,
            )
        )
    return tuple(rows)


def _without_cluster(desk: Desk, cluster: str) -> Mapping[str, Array] | None:
    members = [claim.id for claim in desk.spec.claims if claim.cluster == cluster]
    try:
        calibration = desk.tuned(desk.without(members)).calibration
    except CalibrationError:
        return None
    return dict(zip(calibration.names, calibration.draws.reshape(len(calibration.names), -1), strict=True))


def _sensitivity(desk: Desk) -> tuple[Leaning, ...] | None:
    calibration = desk.base.tuned.calibration
    if calibration.source == "point":
        return None
    par = draw(desk.scenario, calibration, draws=desk.draws, seed=desk.base.forecast.seed).parameters
    return sensitivity(desk.spec, par, desk.base.npv("commit"))


def _gap(desk: Desk) -> Gap:
    calibration = desk.base.tuned.calibration
    par = dict(zip(calibration.names, calibration.draws.reshape(len(calibration.names), -1), strict=True))
    return gap_of(desk.spec.graph, "ex -> cx", par)


def _evidence(desk: Desk) -> RestsOnEvidence:
    """Return how much of the answer rests on evidence: the payoff with and without claims."""
    alone = _spread(desk.payoff(desk.no_claims()).npv("commit"))
    with_claims = _spread(desk.base.npv("commit"))
    width, p_width = with_claims.p95 - with_claims.p05, alone.p95 - alone.p05
    return RestsOnEvidence(alone, with_claims, 1 - width / p_width if p_width > 0 else 0.0)


def _spread(values: Array) -> Spread:
    held = interval(values)
    return Spread(float(values.mean()), held.p05, held.p95, held.median)


# --- Power-scaling sensitivity: how the payoff moves when one prior, or one cluster, counts a little more or less
# By parameter and by cluster, for over the whole prior at once everything would be flagged. A value above 0.05 means
# that the answer leans on it.
# Source: Kallioinen, Paananen, Bürkner & Vehtari (2024), Detecting and diagnosing prior and likelihood sensitivity with
# power-scaling, Statistics and Computing 34, 57; computed by ArviZ.


#: Above this the answer leans on the prior or the claims in question.
LEANS = 0.05
_ALPHAS = (0.99, 1.01)


def sensitivity(spec: CalibrationSpec, par: Mapping[str, Array], npv: Array) -> tuple[Leaning, ...]:
    """Return how much a payoff moves with each prior and each cluster, the strongest first.

    ``spec``: priors and claims that the draws were made under; ``par``: parameters joined to the scenario's draws,
    ``(draw,)`` by name; ``npv``: payoff ``(draw,)``.
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
