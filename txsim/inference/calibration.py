# SPDX-License-Identifier: MIT
"""What a calibration is: joint draws of all parameters, and what became of each claim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from txsim.inference.claim_arrays import Layout
from txsim.inference.links import link_name
from txsim.inference.spec import CalibrationSpec
from txsim.results.run import Link
from txsim.types import Array

CHAINS = 4
#: Standard errors from a value to the upper end of its 95 % interval.
_UPPER = 1.959964
#: Draws kept of each chain, at least and at most; more are a power of two times as many.
DRAWS, MOST_DRAWS = 2048, 32768


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """What became of one claim."""

    #: ``id``, ``cluster``, ``design``: Which claim.
    id: str
    cluster: str
    design: str
    #: ``credibility``, ``posterior_credibility``: Probability that it is sound, before and after all evidence; claims
    #: of a cluster share it.
    credibility: float
    posterior_credibility: float
    #: For each statement what it speaks of, the value told, and the 5 %, 50 % and 95 % quantiles of that quantity after
    #: all evidence (before the design's exaggeration).
    statements: tuple[Mapping[str, Any], ...]
    denied: bool = False  #: Whether it says that something harms, is hardly believed, and no draw could agree with it.


@dataclass(frozen=True)
class Calibration:
    """Joint draws of all parameters."""

    hash: str  #: Hash of graph, priors, claims and data.
    key: str  #: Name in the store: hash and seed.
    source: str  #: ``point``, ``prior`` or ``mcmc``.
    #: Parameters, in the order of the first axis of ``draws``; slopes are effective ones, and ``link[e]`` says of each
    #: doubted link whether it is in force.
    names: tuple[str, ...]
    draws: Array  #: ``(parameter, chain, draw)``.
    claims: tuple[ClaimResult, ...]  #: What became of each claim.
    diagnostics: Mapping[str, Any]  #: Worst R-hat, smallest effective sample sizes, divergences.
    links: tuple[Link, ...] = ()  #: What became of each doubted link.
    part: int = 0  #: Which stretch of the stored chains these draws are, of stretches as long as theirs.
    #: Places ``(chain, draw)`` of draws whose trajectory diverged; ``None`` where only their number was kept.
    diverged: tuple[tuple[int, int], ...] | None = None

    def diverging(self) -> Array | None:
        """Return which draws ``(chain, draw)`` came from trajectories that diverged; ``None`` where it is not known."""
        places = () if self.diverged is None and self.diagnostics.get("divergences") == 0 else self.diverged
        if places is None:
            return None
        flags = np.zeros(self.draws.shape[1:], dtype=bool)
        for chain, draw in places:
            flags[chain, draw] = True
        return flags

    def parameter(self, name: str) -> Array:
        """Return the draws ``(chain, draw)`` of one parameter."""
        draws: Array = self.draws[self.names.index(name)]
        return draws

    def in_force(self, name: str) -> Array:
        """Return the draws ``(draw,)`` of one parameter; of a doubted link's slope those in which it is in force."""
        values = self.parameter(name).reshape(-1)
        link = link_name(name)
        return values[self.parameter(link).reshape(-1) > 0] if link in self.names else values


def results_of(spec: CalibrationSpec, layout: Layout, natural: Array, sound: Array) -> tuple[ClaimResult, ...]:
    """Return what became of each claim; a ratio to a link that may be nothing is told of the draws where it is one."""
    results, at = [], 0
    for claim in spec.claims:
        rows: list[Mapping[str, Any]] = []
        harms = False
        for statement in claim.statements:
            values = natural[..., at]
            known = values[np.isfinite(values)] if spec.doubt else values
            low, middle, high = np.quantile(known, [0.05, 0.5, 0.95]) if known.size else (0.0, 0.0, 0.0)
            rows.append(
                {
                    "statistic": statement.statistic,
                    "about": statement.about,
                    "bound": statement.bound,
                    "says": statement.value,
                    "p05": float(low),
                    "median": float(middle),
                    "p95": float(high),
                }
            )
            below = statement.transform == "natural" and statement.value + _UPPER * statement.se < 0.0
            harms = harms or (below and bool((values >= 0.0).all()))
            at += 1
        weight = float(sound[..., layout.clusters.index(claim.cluster)].mean())
        denied = harms and weight < 0.5 * claim.credibility
        results.append(
            ClaimResult(claim.id, claim.cluster, claim.design, claim.credibility, weight, tuple(rows), denied)
        )
    return tuple(results)


def doubts_of(spec: CalibrationSpec, doubt: Mapping[str, Array]) -> tuple[Link, ...]:
    """Return what became of each doubted link, from draws of the probability that it does nothing."""
    return tuple(Link(name, before, float(doubt[name].mean())) for name, before in spec.doubt.items())
