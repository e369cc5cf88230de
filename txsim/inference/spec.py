# SPDX-License-Identifier: MIT
"""What a calibration is made from, and the likelihood of claims as arrays (docs/model.md, section 8)."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError
from txsim.evidence import ScoredClaim, ScoredStatement
from txsim.inference.panel_evidence import PanelEvidence
from txsim.inference.statements import Reference
from txsim.pathways import Graph
from txsim.priors.distributions import Distribution, from_scores, is_point, to_data

__all__ = ["CalibrationSpec", "Layout", "barrier", "prior_draws", "seed_for"]

Array = NDArray[np.float64]

#: Changes whenever the model's equations do, so that old draws are not taken for new ones.
MODEL_VERSION = 1
_WIDE = math.log(1000.0)


@dataclass(frozen=True)
class CalibrationSpec:
    """Graph, priors and claims: everything that the draws depend on, and nothing of organisation or drivers.

    Attributes
    ----------
    graph
        Nodes and edges.
    priors
        Distribution of each parameter of the calibration; a point is a known number.
    claims
        What is scored.
    within_cluster_correlation
        Correlation of errors of statements about the same quantity in one cluster.
    panels
        What the organisation's own data say, one summary for each pair of series.
    """

    graph: Graph
    priors: Mapping[str, Distribution]
    claims: tuple[ScoredClaim, ...]
    within_cluster_correlation: float = 0.8
    panels: tuple[PanelEvidence, ...] = ()

    @property
    def content(self) -> dict[str, Any]:
        """Plain data that decides the draws."""
        return {
            "model": MODEL_VERSION,
            "nodes": [asdict(node) | {"meaning": ""} for node in self.graph.nodes],
            "edges": [asdict(edge) | {"why": "", "evidence": ()} for edge in self.graph.edges],
            "priors": {name: to_data(prior) for name, prior in self.priors.items()},
            "claims": [asdict(claim) for claim in self.claims],
            "within_cluster_correlation": self.within_cluster_correlation,
            **({"panels": [panel.content for panel in self.panels]} if self.panels else {}),
        }

    @property
    def hash(self) -> str:
        """SHA-256 of the content, shortened to 24 hexadecimal digits."""
        return hashlib.sha256(json.dumps(self.content, sort_keys=True).encode()).hexdigest()[:24]

    @property
    def source(self) -> str:
        """``point`` if every parameter is a number, ``prior`` without claims, else ``mcmc``."""
        if all(is_point(prior) for prior in self.priors.values()):
            return "point"
        return "mcmc" if self.claims or self.panels else "prior"


def seed_for(seed: int, name: str) -> np.random.SeedSequence:
    """Return the seed sequence of a named stream."""
    digest = hashlib.sha256(name.encode()).digest()
    return np.random.SeedSequence([seed, *(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))])


def barrier(log_radius: Any, softplus: Any) -> Any:
    """Return the log of the smooth barrier that keeps feedback loops stable."""
    return -8.0 * softplus((log_radius - math.log(0.9)) / 0.05)


def prior_draws(spec: CalibrationSpec, count: int, seed: int) -> dict[str, Array]:
    """Return ``count`` draws ``(draw,)`` of each parameter from the prior, barrier included."""
    rng = np.random.default_rng(seed_for(seed, "prior"))
    reference = Reference(spec.graph)
    kept: dict[str, list[Array]] = {name: [] for name in spec.priors}
    have = 0
    for _ in range(100):
        size = max(count, 4096)
        par = {name: from_scores(prior, rng.standard_normal(size)) for name, prior in spec.priors.items()}
        with np.errstate(over="ignore", invalid="ignore"):
            _, radius = reference.matrices(par, _stack, np.log, (size,))
            chance = np.exp(np.nan_to_num(barrier(radius, lambda x: np.logaddexp(0.0, x)), nan=-np.inf))
        good = rng.random(size) < chance
        for name, values in par.items():
            kept[name].append(values[good])
        have += int(good.sum())
        if have >= count:
            break
    else:
        loops = [" -> ".join(reference.network.nodes[i] for i in loop) for loop in reference.network.loops()]
        message = (
            f"under these priors the loop {'; '.join(loops)} feeds itself without end "
            "in nearly every draw: the product of its slopes reaches 1; lower `priors` along it"
        )
        raise InputError(message)
    return {name: np.concatenate(parts)[:count] for name, parts in kept.items()}


def _stack(parts: list[Any]) -> Array:
    return np.stack(np.broadcast_arrays(*parts), axis=-1)


class Layout:
    """Claims as arrays: which statement belongs to which cluster, which errors go together.

    Attributes
    ----------
    statements
        All statements in a row.
    clusters
        Names of the clusters.
    cluster_of
        ``(statement,)`` position of its cluster.
    blocks
        ``(block, statement)`` 0/1: statements of one cluster about the same quantity, two-sided.
    """

    def __init__(self, spec: CalibrationSpec) -> None:
        self.statements: tuple[ScoredStatement, ...] = tuple(s for claim in spec.claims for s in claim.statements)
        self.clusters = tuple(dict.fromkeys(claim.cluster for claim in spec.claims))
        owners = [claim.cluster for claim in spec.claims for _ in claim.statements]
        self.cluster_of = np.array([self.clusters.index(owner) for owner in owners], dtype=np.int64)
        self.credibility = np.array(
            [next(c.credibility for c in spec.claims if c.cluster == name) for name in self.clusters]
        )
        if not self.statements:  # the organisation's data alone
            self.side, self.unsound = np.zeros(0), np.zeros(0)
            return
        kinds = [s.transform for s in self.statements]
        self.of_kind = {
            kind: np.flatnonzero(np.array([k == kind for k in kinds])) for kind in ("log", "atanh", "logit")
        }
        self.value = self.transformed(np.array([s.value for s in self.statements]), np)
        self.exaggeration = np.array([s.exaggeration for s in self.statements])
        self.sd = np.array([max(s.sd, 1e-6) for s in self.statements])
        self.side = np.array([{None: 0.0, "at_most": 1.0, "at_least": -1.0}[s.bound] for s in self.statements])
        keys = [
            (owner, s.statistic, s.about) if s.bound is None else (owner, "bound", str(i))
            for i, (owner, s) in enumerate(zip(owners, self.statements, strict=True))
        ]
        names = list(dict.fromkeys(keys))
        self.blocks = np.array([[float(key == name) for key in keys] for name in names])
        size = self.blocks.sum(axis=1)
        rho = spec.within_cluster_correlation
        self.rho = rho
        self.shrink = rho / (1 + (size - 1) * rho)
        self.log_det = (size - 1) * math.log1p(-rho) + np.log1p((size - 1) * rho)
        self.block_cluster = np.array(
            [self.cluster_of[int(np.flatnonzero(row)[0])] for row in self.blocks], dtype=np.int64
        )
        self.to_cluster = np.zeros((len(names), len(self.clusters)))
        self.to_cluster[np.arange(len(names)), self.block_cluster] = 1.0
        width = np.array([math.log(2.0) if kind == "atanh" else math.log(_WIDE) for kind in kinds])
        self.unsound = np.zeros(len(self.clusters))
        np.subtract.at(self.unsound, self.cluster_of, np.where(self.side == 0.0, width, 0.0))

    def transformed(self, natural: Any, xp: Any) -> Any:
        """Return statements' values ``(..., statement)`` on their transformed scales."""
        inner = natural * 1.0
        edge = 1e-12
        parts = []
        for i, statement in enumerate(self.statements):
            x = inner[..., i]
            if statement.transform == "atanh":
                parts.append(xp.arctanh(xp.clip(x, -0.999, 0.999)))
            elif statement.transform == "logit":
                held = xp.clip(x, edge, 1 - edge)
                parts.append(xp.log(held) - xp.log1p(-held))
            else:
                parts.append(xp.log(xp.clip(x, 1e-30, 1e30)))
        return xp.stack(parts, axis=-1)

    def sound(self, natural: Any, xp: Any, log_ndtr: Any) -> Any:
        """Return the log density ``(..., cluster)`` of all statements of a cluster, given that they are sound.

        Parameters
        ----------
        natural
            What the statements speak of, ``(..., statement)``, natural scale, before exaggeration.
        xp
            Library with ``log``, ``clip``, ``arctanh``, ``stack``.
        log_ndtr
            Logarithm of the normal distribution function.
        """
        residual = (self.value - self.transformed(natural * self.exaggeration, xp)) / self.sd
        two_sided = (self.side == 0.0).astype(float)
        r = residual * two_sided
        squares = (r * r) @ self.blocks.T
        total = r @ self.blocks.T
        size = (self.blocks * two_sided).sum(axis=1)
        constant = -0.5 * self.log_det * (size > 0) - 0.5 * size * math.log(2 * math.pi)
        constant = constant - (self.blocks * two_sided * np.log(self.sd)).sum(axis=1)
        normal = -0.5 * (squares - self.shrink * total * total) / (1.0 - self.rho) + constant
        one_sided = log_ndtr(residual * self.side) * (1.0 - two_sided)
        return (normal + one_sided @ self.blocks.T) @ self.to_cluster

    def with_prior_predictive(self, natural: Array) -> None:
        """Set the unsound density of one-sided statements from prior draws ``(draw, statement)``."""
        from scipy.special import log_ndtr

        residual = (self.value - self.transformed(natural * self.exaggeration, np)) / self.sd
        log_chance = np.where(self.side == 0.0, 0.0, log_ndtr(residual * np.where(self.side == 0.0, 1.0, self.side)))
        member = np.zeros((len(self.statements), len(self.clusters)))
        member[np.arange(len(self.statements)), self.cluster_of] = 1.0
        self.unsound = self.unsound + np.log(np.exp(log_chance @ member).mean(axis=0))
