# SPDX-License-Identifier: MIT
"""Weights that turn draws of one belief into draws of another: the ratio of the two, Pareto-smoothed.

They are used where the tail of the weights has k̂ < 0.7 and at least 400 effective draws are left (docs/model.md,
section 8).
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from txsim.cachedir import cache_dir, read_checked, write_checked
from txsim.errors import StoreError
from txsim.evidence import ScoredClaim, ScoredStatement
from txsim.inference.bounds import bounded, quantities
from txsim.inference.calibration import CHAINS, DRAWS, Calibration
from txsim.inference.links import link_name
from txsim.inference.outside import inside
from txsim.inference.pareto import K_HAT_LIMIT, effective, smoothed
from txsim.inference.spec import CalibrationSpec
from txsim.language import Message, Words, lazy
from txsim.priors.density import has_density, log_density
from txsim.priors.distributions import is_point, support
from txsim.types import Array

#: Fewest effective draws that are good enough, as in the gate.
LEAST_EFFECTIVE = 400.0


@dataclass(frozen=True)
class DrawWeights:
    """Weights of stored draws under another belief."""

    weights: Array  #: ``(draw,)``, adding up to one.
    #: ``k_hat``, ``effective``: Shape of their tail; how many draws they are worth, autocorrelation of the chains
    #: counted.
    k_hat: float
    effective: float
    refused: Words = ""  #: Why they cannot be used, a clause for people; empty if they can.


class StatementQuantities:
    """What statements speak of at some draws, found once each: weighing asks for it again and again.

    ``par``: draws by parameter, any shape; they must not change.
    """

    def __init__(self, par: Mapping[str, Array]) -> None:
        self.par = par
        self._known: dict[tuple[str, str], Array] = {}

    def of(self, spec: CalibrationSpec, statements: Sequence[ScoredStatement]) -> Array:
        """Return it ``(..., statement)`` for statements about the graph of a specification, the same at every call."""
        new = [s for s in statements if (s.statistic, s.about) not in self._known]
        if new:
            values = quantities(spec, new, self.par)
            self._known |= {(s.statistic, s.about): values[..., i] for i, s in enumerate(new)}
        parts = [self._known[s.statistic, s.about] for s in statements]
        return np.stack(parts, axis=-1) if parts else quantities(spec, (), self.par)


def cluster_log_likelihood(spec: CalibrationSpec, par: Mapping[str, Array] | StatementQuantities) -> dict[str, Array]:
    """Return the log likelihood of each cluster's claims at draws of the parameters, by name of the cluster.

    ``par``: draws by parameter, any shape; with links in doubt effective slopes and ``link[e]``.
    :class:`StatementQuantities` where the same draws are asked about more than once. Returns arrays of the draws'
    shape: ``log[a · sound + (1 − a) · unsound]`` (docs/model.md, section 8.2).
    """
    if not spec.claims:
        return {}
    from scipy.special import log_ndtr

    layout = bounded(spec, keep=False)
    spoken = par if isinstance(par, StatementQuantities) else StatementQuantities(par)
    natural = spoken.of(spec, layout.statements)
    sound = layout.sound(natural, np, log_ndtr, kinds=layout.kinds_at(spoken.par))
    with np.errstate(divide="ignore"):
        log_a, log_rest = np.log(layout.credibility), np.log1p(-layout.credibility)
    both = np.logaddexp(log_a + sound, log_rest + layout.unsound)
    return {name: both[..., i] for i, name in enumerate(layout.clusters)}


def _prior_ratio(before: CalibrationSpec, spec: CalibrationSpec, par: Mapping[str, Array]) -> Any:
    """Return the log ratio of priors at draws, or a clause on why there is none.

    A slope whose link is not in force has its prior still, whatever that is: there the ratio is 1.
    """
    total: Any = 0.0
    for name, now in spec.doubt.items():
        was, force = before.doubt[name], par[link_name(name)]
        total = total + np.where(force > 0, math.log((1.0 - now) / (1.0 - was)), math.log(now / was))
    old = before.priors
    for name, prior in spec.priors.items():
        was_prior = old[name]
        if prior == was_prior:
            continue
        if is_point(prior) or is_point(was_prior):
            return lazy("`{name}` is or was a known number", name=name)
        if not (has_density(prior) and has_density(was_prior)):
            return lazy("`{name}` has mass on a limit", name=name)
        (low, high), (was_low, was_high) = support(prior), support(was_prior)
        if low < was_low or high > was_high:
            return lazy("`{name}` may now be where it could not be before", name=name)
        if name in spec.doubt:
            held = par[link_name(name)] > 0
            ratio = np.zeros(held.shape)
            ratio[held] = log_density(prior, par[name][held]) - log_density(was_prior, par[name][held])
            total = total + ratio
            continue
        total = total + log_density(prior, par[name]) - log_density(was_prior, par[name])
    return total


def log_ratio(
    draws: Mapping[str, Array] | StatementQuantities, before: CalibrationSpec, spec: CalibrationSpec
) -> Array | Words:
    """Return the log of one belief's density over another's, ``(draw,)`` up to a constant, or why there is none.

    ``draws``: by parameter, ``(draw,)``, made under ``before``; :class:`StatementQuantities` where the same are weighed
    more than once.
    """
    spoken = draws if isinstance(draws, StatementQuantities) else StatementQuantities(draws)
    if spec.graph != before.graph or set(spec.priors) != set(before.priors):
        return lazy("the graph is another one")
    if tuple(spec.doubt) != tuple(before.doubt):
        return lazy("other links are in doubt")
    ratio = _prior_ratio(before, spec, spoken.par)
    if isinstance(ratio, str | Message):
        return ratio
    # A cluster that says the same under the same prior cancels out.
    same = _same_clusters(before, spec)
    old = cluster_log_likelihood(_only(before, same), spoken)
    new = cluster_log_likelihood(_only(spec, same), spoken)
    count = next(iter(spoken.par.values())).size
    return np.asarray(np.zeros(count) + ratio + sum(new.values()) - sum(old.values()))


def weigh(
    draws: Mapping[str, Array] | StatementQuantities, before: CalibrationSpec, spec: CalibrationSpec, worth: float = 1.0
) -> DrawWeights:
    """Return the weights that turn draws of one belief into draws of another.

    ``draws``, ``before``, ``spec``: as for :func:`log_ratio`. ``worth``: independent draws that one of them is worth,
    at most 1: draws of a chain are worth less.
    """
    ratio = log_ratio(draws, before, spec)
    if isinstance(ratio, str | Message):
        par = draws.par if isinstance(draws, StatementQuantities) else draws
        count = next(iter(par.values())).size
        return DrawWeights(np.full(count, 1.0 / count), math.inf, 0.0, ratio)
    return judged(*smoothed(ratio), worth)


def judged(weights: Array, k_hat: float, worth: float) -> DrawWeights:
    """Return weights with the reason why they cannot be used, where there is one.

    ``weights``, ``k_hat``: from :func:`txsim.inference.pareto.smoothed`.
    """
    weighing = DrawWeights(weights, k_hat, effective(weights) * worth)
    if k_hat >= K_HAT_LIMIT:
        return replace(
            weighing,
            refused=lazy("k̂ is {k_hat:.2f}, it must be under {k_hat_limit:g}", k_hat=k_hat, k_hat_limit=K_HAT_LIMIT),
        )
    if weighing.effective < LEAST_EFFECTIVE:
        clause = lazy(
            "only {effective:,.0f} effective draws would be left, {least_effective:g} are needed",
            effective=weighing.effective,
            least_effective=LEAST_EFFECTIVE,
        )
        return replace(weighing, refused=clause)
    return weighing


def _clusters(spec: CalibrationSpec) -> dict[str, tuple[ScoredClaim, ...]]:
    clusters: dict[str, tuple[ScoredClaim, ...]] = {}
    for claim in spec.claims:
        clusters[claim.cluster] = (*clusters.get(claim.cluster, ()), claim)
    return clusters


def _same_clusters(before: CalibrationSpec, spec: CalibrationSpec) -> set[str]:
    """Return clusters whose likelihood is the same function of the parameters under both."""
    if spec.within_cluster_correlation != before.within_cluster_correlation:
        return set()
    old, new = _clusters(before), _clusters(spec)
    alike = {name for name, claims in new.items() if old.get(name) == claims}
    if spec.priors == before.priors:
        return alike
    # What an unsound bound, or an effect in its own unit, is worth follows from the prior.
    return {
        name
        for name in alike
        if all(s.bound is None and s.transform != "natural" for claim in new[name] for s in claim.statements)
    }


def _only(spec: CalibrationSpec, without: set[str]) -> CalibrationSpec:
    return spec.scoring(claim for claim in spec.claims if claim.cluster not in without)


# --- How much each claim matters: weights that turn a calibration's draws into those without the claim.
#
# Leaving a claim out by importance weights takes milliseconds where sampling again takes seconds; where too few draws
# would carry the weight, the effective number of draws says so.


def claim_weights(spec: CalibrationSpec, calibration: Calibration) -> dict[str, Array]:
    """Return for each claim the weights of the calibration's draws if the claim were left out.

    ``calibration``: its draws; empty for one without claims. Returns claim to weights ``(chain * draw,)``, largest 1:
    the ratio of the likelihoods without and with the claim, the other claims of its cluster kept.
    """
    spec = inside(spec)
    if calibration.source != "mcmc" or not spec.claims:
        return {}
    names = [claim.id for claim in spec.claims]
    size = calibration.draws.shape[1] * calibration.draws.shape[2]
    path = None
    try:
        which = "" if size == CHAINS * DRAWS else f"-{size}"
        which += f"-{calibration.part}" if calibration.part else ""
        path = cache_dir("influence") / f"{calibration.key}{which}.f4"
        kept = read_checked(path)
    except StoreError:
        kept = None
    if kept is not None and len(kept) == 4 * len(names) * size:
        table = np.frombuffer(kept, dtype=np.float32).reshape(len(names), size).astype(np.float64)
        return dict(zip(names, table, strict=True))
    table = _weights(spec, calibration, size)
    if path is not None:
        with contextlib.suppress(StoreError):
            write_checked(path, table.astype(np.float32).tobytes())
    return dict(zip(names, table.astype(np.float32).astype(np.float64), strict=True))


def _weights(spec: CalibrationSpec, calibration: Calibration, size: int) -> Array:
    spoken = StatementQuantities({name: calibration.draws[i].reshape(size) for i, name in enumerate(calibration.names)})
    everything = _log_likelihood(spec, spoken)
    weights = np.ones((len(spec.claims), size))
    for i in range(len(spec.claims)):
        rest = replace(spec, claims=tuple(claim for j, claim in enumerate(spec.claims) if j != i))
        ratio = _log_likelihood(rest, spoken) - everything
        weights[i] = np.exp(ratio - ratio.max())
    return weights


def _log_likelihood(spec: CalibrationSpec, spoken: StatementQuantities) -> Array:
    """Return the log-likelihood ``(draw,)`` of all clusters (docs/model.md, section 8)."""
    if not spec.claims:
        return np.zeros(next(iter(spoken.par.values())).shape)
    return np.sum(list(cluster_log_likelihood(spec, spoken).values()), axis=0)
