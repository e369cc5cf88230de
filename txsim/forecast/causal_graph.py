# SPDX-License-Identifier: MIT
"""The causal graph of a scenario with what is believed of each link before the evidence (docs/model.md, section 2)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from txsim.forecast.draws import DEFAULT_DRAWS, DEFAULT_SEED, calibration_spec, draw
from txsim.inference import calibrate
from txsim.inference.links import link_name
from txsim.pathways import COORDINATION
from txsim.priors.catalogue import calibration_parameters
from txsim.priors.moments import describe
from txsim.results.graph import CausalGraph, GraphLink
from txsim.scenario import Scenario
from txsim.simulate.layout import link_slopes
from txsim.types import Progress


def causal_graph(scenario: Scenario) -> CausalGraph:
    """Return the links of a scenario's graph, one for each pair of single nodes.

    ``scenario``: from :func:`txsim.load`.
    """
    network = scenario.network()
    on = tuple(link for link in network.links if scenario.edges.get(link.edge, 1.0) != 0)
    edges = {edge.name: edge for edge in scenario.full_graph().edges}
    own = {edge.parameter: edge.slope for edge in scenario.graph.edges}
    beliefs = calibration_parameters() | own | scenario.priors

    def name(position: int) -> str:
        return COORDINATION if position < 0 else network.nodes[position]

    links = tuple(
        GraphLink(
            source=name(link.source),
            target=name(link.target),
            edge=link.edge,
            slope=link.slope,
            lag=link.lag or None,
            belief=describe(beliefs[link.slope]) if link.slope in beliefs else "",
            weight=link.weight,
            factor=scenario.edges.get(link.edge, 1.0),
            doubt=scenario.link_doubt.get(link.slope) or None,
            silo=link.silo,
            why=edges[link.edge].why,
            evidence=edges[link.edge].evidence,
        )
        for link in network.links
    )
    return CausalGraph(
        scenario=scenario.title or scenario.source,
        hash=scenario.hash,
        nodes=network.nodes,
        links=links,
        loops=tuple(tuple(name(i) for i in loop) for loop in replace(network, links=on).loops()),
    )


# --- How strong each link of a scenario is believed to be, and how far it is in doubt (docs/model.md, 2 and 8.4)


#: Coordination is a share, nodes are on scales of 0 to 100.
_POINTS = 100.0


@dataclass(frozen=True)
class LinkStrength:
    """What is believed of one link, after all evidence."""

    #: ``source``, ``target``: Names of the nodes.
    source: str
    target: str
    edge: str  #: Name of the edge that it comes from.
    #: Points of the target per point of the source once settled, both on scales of 0 to 100, posterior median of the
    #: link in force, the group's share and the scenario's factor included.
    median: float
    #: ``doubt``, ``prior_doubt``: Probability that it does nothing, after and before the evidence; ``None`` where no
    #: doubt is stated.
    doubt: float | None
    prior_doubt: float | None


def link_strengths(
    scenario: Scenario,
    *,
    prior_only: bool = False,
    draws: int = DEFAULT_DRAWS,
    seed: int | None = None,
    progress: Progress | None = None,
) -> tuple[LinkStrength, ...]:
    """Return the links of a scenario's graph, those that it switches off left out.

    ``scenario``: from :func:`txsim.load`; ``draws``, ``seed``: as for :func:`txsim.forecast.forecast`; ``progress``:
    called with a sentence and a fraction or ``None``. Raises CalibrationError if the evidence does not give trustworthy
    draws.
    """
    calibration = calibrate(calibration_spec(scenario, prior_only=prior_only, progress=progress), progress=progress)
    chosen = DEFAULT_SEED if scenario.seed is None else scenario.seed
    drawn = draw(scenario, calibration, draws=draws, seed=chosen if seed is None else seed)
    network = scenario.network()
    slopes = link_slopes(scenario, drawn.quantities, drawn.parameters, draws)
    doubted = {link.name: link for link in calibration.links}
    strengths = []
    for link, values in zip(network.links, slopes, strict=True):
        if scenario.edges.get(link.edge, 1.0) == 0:
            continue
        doubt = doubted.get(link.slope)
        if doubt is not None:
            in_force = drawn.parameters[link_name(link.slope)] > 0
            values = values[in_force] if in_force.any() else np.zeros(1)
        strengths.append(
            LinkStrength(
                COORDINATION if link.source < 0 else network.nodes[link.source],
                network.nodes[link.target],
                link.edge,
                float(np.median(values)) / (_POINTS if link.source < 0 else 1.0),
                None if doubt is None else doubt.posterior_doubt,
                None if doubt is None else doubt.doubt,
            )
        )
    return tuple(strengths)
