# SPDX-License-Identifier: MIT
"""What a calibration is made of, as a value with a name: graph, priors and claims."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from txsim.pathways import Graph
from txsim.priors import Distribution
from txsim.priors.distributions import is_point, to_data

if TYPE_CHECKING:
    from txsim.evidence import ScoredClaim

__all__ = ["MODEL_VERSION", "CalibrationSpec"]

#: Changed whenever the same content would give other draws.
MODEL_VERSION = "txsim-1"


@dataclass(frozen=True)
class CalibrationSpec:
    """Everything that decides the draws, but the seed.

    Attributes
    ----------
    graph
        Nodes and edges; claims are read at the reference organisation, whatever the scenario's own.
    priors
        Distribution of every parameter of the calibration, by name; a point is a known number.
    claims
        Claims to be scored, with their credibilities.
    within_cluster_correlation
        Correlation of the errors of statements about the same quantity in one cluster, 0 … below 1.
    """

    graph: Graph
    priors: Mapping[str, Distribution]
    claims: tuple[ScoredClaim, ...] = ()
    within_cluster_correlation: float = 0.8

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters, sorted, so that the order of a file changes no draw."""
        return tuple(sorted(self.priors))

    @property
    def fixed(self) -> bool:
        """Whether every parameter is a known number."""
        return all(is_point(prior) for prior in self.priors.values())

    @cached_property
    def content(self) -> dict[str, Any]:
        """Everything that decides the draws, as plain data in a fixed order; texts for people are left out."""
        return {
            "model": MODEL_VERSION,
            "nodes": [{"name": node.name, "per_group": node.per_group} for node in self.graph.nodes],
            "edges": [
                {key: value for key, value in asdict(edge).items() if key not in ("why", "evidence")}
                for edge in self.graph.edges
            ],
            "priors": {name: to_data(self.priors[name]) for name in self.names},
            "claims": [asdict(claim) for claim in sorted(self.claims, key=lambda claim: claim.id)],
            "within_cluster_correlation": self.within_cluster_correlation,
        }

    @cached_property
    def hash(self) -> str:
        """SHA-256 of :attr:`content`, 64 hex digits."""
        written = json.dumps(self.content, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(written.encode()).hexdigest()
