# SPDX-License-Identifier: MIT
"""What a calibration is made from, and draws from its prior (docs/model.md, section 8)."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError
from txsim.evidence import ScoredClaim
from txsim.inference.links import link_name
from txsim.inference.statements import Reference
from txsim.language import lazy
from txsim.pathways import Graph
from txsim.priors.distributions import Distribution, from_scores, is_point, to_data
from txsim.priors.splines import SPLINES
from txsim.types import Array

#: Changes whenever the model's equations do, so that old draws are not taken for new ones.
MODEL_VERSION = 2
#: A spectral radius that the barrier does not feel.
_SAFE = 0.4
#: Families whose values cost more than the scores that they come from.
_COSTLY = ("beta", "gamma", "lognormal_mixture", *SPLINES)
#: Draws of which the values are kept in memory: a hand that moves one prior asks for those of all others again.
_FEW = 2**16


@dataclass(frozen=True)
class CalibrationSpec:
    """Graph, priors and claims: everything that the draws depend on, and nothing of organisation or drivers."""

    graph: Graph  #: Nodes and edges.
    priors: Mapping[str, Distribution]  #: Distribution of each parameter of the calibration; a point is a known number.
    claims: tuple[ScoredClaim, ...]  #: What is scored.
    #: Correlation of errors of statements about the same quantity in one cluster.
    within_cluster_correlation: float = 0.8
    #: What the organisation's own data say, one summary for each pair of series.
    panels: tuple[LikelihoodTerm, ...] = ()
    #: Prior probability, before the barrier, that a link does nothing, by name of its slope; only links in doubt.
    doubt: Mapping[str, float] = field(default_factory=dict)

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
            **({"doubt": dict(self.doubt)} if self.doubt else {}),
        }

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the content, shortened to 24 hexadecimal digits."""
        return hashlib.sha256(json.dumps(self.content, sort_keys=True).encode()).hexdigest()[:24]

    @property
    def names(self) -> tuple[str, ...]:
        """What is drawn: parameters, then ``link[e]``, 1 where a doubted link is in force and 0 where it is not."""
        return (*self.priors, *(link_name(name) for name in self.doubt))

    @property
    def in_force(self) -> CalibrationSpec:
        """The same belief with no link in doubt."""
        return replace(self, doubt={}) if self.doubt else self

    def scoring(self, claims: Iterable[ScoredClaim]) -> CalibrationSpec:
        """Return the same belief, doubts included, with these claims and no data: what the claims say by themselves."""
        return replace(self, claims=tuple(claims), panels=())

    @property
    def source(self) -> str:
        """``point`` if every parameter is a number, ``prior`` without claims, else ``mcmc``."""
        if not self.doubt and all(is_point(prior) for prior in self.priors.values()):
            return "point"
        return "mcmc" if self.claims or self.panels else "prior"


def seed_for(seed: int, name: str) -> np.random.SeedSequence:
    """Return the seed sequence of a named stream."""
    digest = hashlib.sha256(name.encode()).digest()
    return np.random.SeedSequence([seed, *(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))])


def barrier(log_radius: Any, softplus: Any) -> Any:
    """Return the log of the smooth barrier that keeps feedback loops stable."""
    return -8.0 * softplus((log_radius - math.log(0.9)) / 0.05)


def in_pieces(draw: Callable[[tuple[int, int]], Array], shape: tuple[int, int], first: int) -> Array:
    """Return random numbers ``(chain, draw)`` of which a longer run begins as a shorter one.

    ``draw``: gives the next numbers of a shape; a generator fills rows first, so that a longer row would move all
    others. ``first``: draws of the shortest run; the others are a power of two times as long.
    """
    parts, have = [draw((shape[0], min(first, shape[1])))], min(first, shape[1])
    while have < shape[1]:
        more = min(have, shape[1] - have)
        parts.append(draw((shape[0], more)))
        have += more
    numbers: Array = np.concatenate(parts, axis=1)
    return numbers


@dataclass(frozen=True)
class _Stretch:
    """The first normal scores ``(draw,)`` of one prior in a stream, told from others by where they stand in it."""

    seed: int
    size: int
    position: int
    scores: Array = field(compare=False)


@lru_cache(maxsize=16)
def _values(prior: Distribution, stretch: _Stretch) -> Array:
    values = from_scores(prior, stretch.scores)
    values.flags.writeable = False
    return values


def prior_draws(spec: CalibrationSpec, count: int, seed: int, names: Collection[str] | None = None) -> dict[str, Array]:
    """Return ``count`` draws ``(draw,)`` of parameters from the prior, barrier included.

    ``names`` limits what is returned, by default all; the draws are the same either way. Slopes of doubted links are
    effective ones, 0 where the link is not in force (docs/model.md, section 8.4).
    """
    wanted = set(spec.names if names is None else names) & set(spec.names)
    rng = np.random.default_rng(seed_for(seed, "prior"))
    doubts = np.random.default_rng(seed_for(seed, "links"))
    reference = Reference(spec.graph)
    needed = wanted | {link.slope for link in reference.network.links} | {"reach"}
    kept: dict[str, list[Array]] = {name: [] for name in spec.names if name in wanted}
    have = 0
    for turn in range(100):
        size = max(int(1.25 * (count - have)), 4096)
        par = {}
        for position, (name, prior) in enumerate(spec.priors.items()):
            scores = rng.standard_normal(size)
            if name not in needed:
                continue
            kept_in_memory = turn == 0 and size <= _FEW and prior.family in _COSTLY
            stretch = _Stretch(seed, size, position, scores)
            par[name] = _values(prior, stretch) if kept_in_memory else from_scores(prior, scores)
        for name, doubt in spec.doubt.items():
            force = (doubts.random(size) >= doubt).astype(np.float64)
            par[link_name(name)], par[name] = force, par[name] * force
        with np.errstate(over="ignore", invalid="ignore"):
            # Where rows or columns of slopes add up to little, the barrier is 1 to six digits: no powers are needed.
            radius = reference.log_radius(par, _SAFE)
            chance = np.exp(np.nan_to_num(barrier(radius, lambda x: np.logaddexp(0.0, x)), nan=-np.inf))
        good = rng.random(size) < chance
        for name, parts in kept.items():
            parts.append(par[name][good])
        have += int(good.sum())
        if have >= count:
            break
    else:
        loops = [" -> ".join(reference.network.nodes[i] for i in loop) for loop in reference.network.loops()]
        message = lazy(
            "under these priors the loop {loops} feeds itself without end in nearly every draw: the product of its "
            "slopes reaches 1; lower `priors` along it",
            loops="; ".join(loops),
        )
        raise InputError(message)
    return {name: np.concatenate(parts)[:count] for name, parts in kept.items()}


# --- What a calibration can be handed beside its claims: a likelihood of its parameters, whatever it was made from


class LikelihoodTerm(Protocol):
    """A log likelihood of parameters, with the numbers that it is made of.

    Terms that are about the same parameters share one compiled model: another term is new data of it.
    """

    @property
    def about(self) -> tuple[str, ...]:
        """Parameters of the calibration that it speaks of; they decide the form of the compiled model."""

    @property
    def content(self) -> dict[str, Any]:
        """Plain data that decides the draws."""

    @property
    def numbers(self) -> NDArray[np.float64]:
        """All numbers in one vector ``(number,)``; its length follows from the kind of term alone."""

    def log_likelihood(self, par: Any, xp: Any, numbers: Any = None) -> Any:
        """Return the log likelihood up to a constant.

        Parameters
        ----------
        par
            Parameters by name: arrays of any shape, or PyTensor scalars.
        xp
            Library with ``log``, ``log1p``, ``exp``, ``clip``, ``maximum``, ``minimum``.
        numbers
            As :attr:`numbers`, where they are data of a compiled model; by default the term's own.
        """
