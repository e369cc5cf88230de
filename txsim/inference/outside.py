# SPDX-License-Identifier: MIT
"""What evidence says nothing about: own nodes and edges downstream of what is measured (docs/model.md, section 8).

A node that reaches nothing that a claim or data speak of, and is in no loop, changes no statistic of the evidence model
and no loop's stability. Its links keep their priors whatever the evidence says, and are independent of it: leaving them
out of the sampler changes no distribution, and a scenario with a hundred such nodes samples what one without them does.
The same holds for an own edge between nodes that stay, where nothing that is measured lies beyond it: claims speak of
the variation between firms of the ends of their paths, to which whatever leads to these ends contributes, and nothing
else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from txsim.evidence import ScoredStatement
from txsim.inference.calibration import DRAWS
from txsim.inference.spec import CalibrationSpec, in_pieces, seed_for
from txsim.pathways import Graph, default_graph
from txsim.pathways.graph import Edge
from txsim.priors.catalogue import calibration_parameters
from txsim.priors.distributions import from_scores
from txsim.types import Array


def inside(spec: CalibrationSpec) -> CalibrationSpec:
    """Return the part of a specification that evidence can say anything about; the same object where that is all."""
    known = {node.name for node in default_graph().nodes}
    own = {node.name for node in spec.graph.nodes} - known
    if not own and len(spec.graph.edges) == len(default_graph().edges):
        return spec
    spoken = {part.strip() for claim in spec.claims for s in claim.statements for part in _names_in(s.about)}
    reached = _reached(spec.graph)
    doubted = {end for edge in spec.graph.edges if edge.slope in spec.doubt for end in (edge.source, edge.target)}
    loops = {name for name in own if name in reached.get(name, ())}
    roots = known | spoken | doubted | loops
    outer = {name for name in own - roots if not reached.get(name, set()) & roots}
    kept = tuple(edge for edge in spec.graph.edges if edge.target not in outer)
    if spec.source == "mcmc":
        beyond = _beyond(spec, reached)
        kept = tuple(edge for edge in kept if edge not in beyond)
    if len(kept) == len(spec.graph.edges):
        return spec
    used = {name for edge in kept for name in (edge.slope, edge.lag)} | spoken | set(calibration_parameters())
    used |= {name for panel in spec.panels for name in panel.about}
    left_out = [edge for edge in spec.graph.edges if edge not in kept]
    gone = {name for edge in left_out for name in (edge.slope, edge.lag)} - used
    graph = Graph(tuple(node for node in spec.graph.nodes if node.name not in outer), kept)
    return replace(spec, graph=graph, priors={name: prior for name, prior in spec.priors.items() if name not in gone})


def _beyond(spec: CalibrationSpec, reached: Mapping[str, set[str]]) -> list[Edge]:
    """Return own edges beyond which nothing is measured, and that close no loop."""
    measured = {part.strip() for claim in spec.claims for s in claim.statements for part in _ends_of(s)}
    spoken = {part.strip() for claim in spec.claims for s in claim.statements for part in _names_in(s.about)}
    packaged = default_graph().edges
    edges = []
    for edge in spec.graph.edges:
        follows = {edge.target, *reached.get(edge.target, ())}
        mine = edge not in packaged and edge.slope not in spec.doubt and not {edge.slope, edge.lag} & spoken
        if mine and edge.source not in follows and not follows & measured:
            edges.append(edge)
    return edges


def _ends_of(statement: ScoredStatement) -> list[str]:
    """Return the nodes whose variation or movement a statement speaks of; none where it is of parameters alone."""
    if statement.statistic in ("parameter", "ratio"):
        return []
    # What is told of a quantity without a path is a matter of coordination and customers.
    return _names_in(statement.about) if "->" in statement.about else ["mx", "cx"]


def _names_in(about: str) -> list[str]:
    return about.replace("->", "/").split("/")


def _reached(graph: Graph) -> Mapping[str, set[str]]:
    """Return which nodes each node reaches, itself only where a loop leads back."""
    following: dict[str, set[str]] = {}
    for edge in graph.edges:
        following.setdefault(edge.source, set()).add(edge.target)
    reach = {}
    for start in following:
        seen: set[str] = set()
        waiting = list(following[start])
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += following.get(name, ())
        reach[start] = seen
    return reach


def outside_draws(spec: CalibrationSpec, part: CalibrationSpec, shape: tuple[int, int], seed: int) -> dict[str, Array]:
    """Return prior draws of the parameters that ``part``, from :func:`inside`, lacks, each from its own stream."""
    draws: dict[str, Array] = {}
    for name, prior in spec.priors.items():
        if name not in part.priors:
            scores = in_pieces(np.random.default_rng(seed_for(seed, f"outside {name}")).standard_normal, shape, DRAWS)
            draws[name] = np.asarray(from_scores(prior, scores))
    return draws
