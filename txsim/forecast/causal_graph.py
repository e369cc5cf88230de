# SPDX-License-Identifier: MIT
"""The causal graph of a scenario with what is believed of each link before the evidence (docs/model.md, section 2)."""

from __future__ import annotations

from dataclasses import replace

from txsim.pathways import COORDINATION
from txsim.priors.catalogue import calibration_parameters
from txsim.priors.moments import describe
from txsim.results.graph import CausalGraph, GraphLink
from txsim.scenario import Scenario


def causal_graph(scenario: Scenario) -> CausalGraph:
    """Return the links of a scenario's graph, one for each pair of single nodes.

    Parameters
    ----------
    scenario
        From :func:`txsim.load`.
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
