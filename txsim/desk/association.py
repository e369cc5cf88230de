# SPDX-License-Identifier: MIT
"""What surveys see beside what pushing would do, and why the two differ (docs/model.md, section 8.2).

A cross-section of firms shows the regression slope of one node on another, from ``Σ = G Ω Gᵀ``. It differs from the
effect of a push by three things, each of which can be switched off in the reference organisation's algebra:

- *feedback*: the target moves the source (links from the target on a way back to the source are cut);
- *common causes*: nodes that move both, such as tools, differ between firms (disturbances of all other nodes are 0);
- *confounding*: good management lifts both (``confounding`` is 0).

The order of switching off matters, so each part is its mean contribution over all orders (Shapley value); the parts add
up to the association. What is left with all three off differs from the effect only by how staff groups of a firm
differ: they rise and fall together, but not alike, while a push is alike for all.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from txsim.desk.listing import interval
from txsim.inference.statements import Reference
from txsim.pathways import Graph
from txsim.pathways.algebra import settled, slopes_matrix
from txsim.results import beliefs
from txsim.types import Array

PARTS = ("feedback", "common_causes", "confounding")


@dataclass(frozen=True)
class Gap:
    """Association and effect on one path, draw by draw."""

    path: str  #: ``a -> b``.
    #: ``association``, ``effect``: Points of ``b`` per point of ``a``, as a cross-section shows it and as a push of all
    #: of ``a`` gives it.
    association: Array
    effect: Array
    #: Contribution of each of :data:`PARTS`, and ``mix`` for how staff groups of a firm differ; effect and parts add up
    #: to the association.
    parts: Mapping[str, Array]

    @property
    def share_effect(self) -> float:
        """Share of the expected association that is effect; the parts' own such shares make up the rest."""
        return float(self.effect.mean()) / float(self.association.mean())


def gap(graph: Graph, path: str, par: Mapping[str, Array]) -> Gap:
    """Return association, effect and what lies between them, at the reference organisation.

    ``path``: ``a -> b``, two nodes with a route between them. ``par``: draws by parameter, ``(draw,)``. Raises
    :class:`InputError` if the graph has no such nodes or no such route.
    """
    reference = Reference(graph)

    def of_some(some: Mapping[str, Array]) -> tuple[Array, ...]:
        return _parts(reference, path, some)

    association, effect, *parts = reference.by_pieces(par, of_some)
    return Gap(path, association, effect, dict(zip((*PARTS, "mix"), parts, strict=True)))


def gap_of(graph: Graph, path: str, par: Mapping[str, Array]) -> beliefs.Gap:
    """Return association, effect and the shares of what lies between, as :func:`gap` takes what it is given."""
    pieces = gap(graph, path, par)
    whole = float(pieces.association.mean())
    shares = {name: float(part.mean()) / whole for name, part in pieces.parts.items()}
    return beliefs.Gap(path, interval(pieces.association), interval(pieces.effect), pieces.share_effect, shares)


def _parts(reference: Reference, path: str, par: Mapping[str, Array]) -> tuple[Array, ...]:
    """Return association, effect, and the parts between them in the order of :data:`PARTS`, then ``mix``."""
    source, target = (part.strip() for part in path.split("->"))
    slopes = reference.slopes(par, _stack)
    shape = slopes.shape[:-1]
    full, _ = settled(slopes_matrix(slopes, reference.spread, reference.n, shape), reference.n)
    effect = np.asarray(reference.statistic("effect", path, par, full))
    members = set(reference.network.members(target))
    origin = set(reference.network.members(source))
    back = [
        i
        for i, link in enumerate(reference.network.links)
        if link.source in members and reference.network.reached_from((link.target,)) & origin
    ]
    cut = slopes.copy()
    cut[..., back] = 0.0
    open_loop, _ = settled(slopes_matrix(cut, reference.spread, reference.n, shape), reference.n)
    ends = members | origin
    own = np.array([float(i in ends) for i in range(reference.n)])
    seen: dict[frozenset[str], Array] = {}
    for on in itertools.chain.from_iterable(itertools.combinations(PARTS, k) for k in range(len(PARTS) + 1)):
        variant = dict(par)
        if "confounding" not in on:
            variant["confounding"] = np.zeros(shape)
        keep = None if "common_causes" in on else own
        gain = full if "feedback" in on else open_loop
        seen[frozenset(on)] = np.asarray(reference.slope_between(path, variant, gain, keep))
    parts = [_shapley(name, seen) for name in PARTS]
    return (seen[frozenset(PARTS)], effect, *parts, seen[frozenset()] - effect)


def _shapley(name: str, seen: Mapping[frozenset[str], Array]) -> Array:
    others = [part for part in PARTS if part != name]
    total = np.zeros_like(seen[frozenset()])
    for size in range(len(others) + 1):
        weight = math.factorial(size) * math.factorial(len(others) - size) / math.factorial(len(PARTS))
        for on in itertools.combinations(others, size):
            total += weight * (seen[frozenset((*on, name))] - seen[frozenset(on)])
    return total


def _stack(parts: list[Array]) -> Array:
    return np.stack(np.broadcast_arrays(*parts), axis=-1)
