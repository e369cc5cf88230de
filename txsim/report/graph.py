# SPDX-License-Identifier: MIT
"""The causal graph as people see it: a table, Graphviz dot or Mermaid; pictures/strength.py draws it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from txsim.language import _, by_locale
from txsim.language.numbers import probability
from txsim.pathways import COORDINATION, Graph, Network

__all__ = ["as_dot", "as_mermaid", "as_table"]


def _name(network: Network, position: int) -> str:
    return COORDINATION if position < 0 else network.nodes[position]


def as_table(
    network: Network,
    graph: Graph,
    factors: Mapping[str, float],
    slopes: Mapping[str, str],
    doubt: Mapping[str, float],
) -> str:
    """Return the links by target, with slope, lag, what crosses a silo, and why.

    Parameters
    ----------
    network, graph
        The links, and the edges with their reasons.
    factors
        Factor of an edge by its name where the scenario re-scales it.
    slopes
        Belief about each slope in words, by parameter.
    doubt
        Probability that a link does nothing, before the evidence, by its slope.
    """
    edges = {edge.name: edge for edge in graph.edges}
    lines = []
    for target in dict.fromkeys(link.target for link in network.links):
        lines.append(network.nodes[target])
        for link in network.links:
            if link.target != target:
                continue
            edge = edges[link.edge]
            factor = factors.get(link.edge, 1.0)
            remarks = [f"{link.slope} {by_locale(slopes.get(link.slope, ''))}".strip()]
            if link.weight == "reach_share":
                remarks.append(_("× share of the group by headcount and reach"))
            elif link.weight == "headcount_share":
                remarks.append(_("× share of the group by headcount"))
            if link.lag:
                remarks.append(_("after {0}").format(link.lag))
            if doubt.get(link.slope):
                remarks.append(
                    _("{0} that it does nothing, before the evidence").format(probability(doubt[link.slope]))
                )
            if link.silo:
                remarks.append(_("crosses a silo"))
            if factor != 1.0:
                remarks.append(_("switched off") if factor == 0 else _("× {0:g} in this scenario").format(factor))
            lines.append(f"  ← {_name(network, link.source):<18} {', '.join(remarks)}")
            evidence = f" [{', '.join(edge.evidence)}]" if edge.evidence else ""
            lines.append(f"    {'':<18} {_(edge.why)}{evidence}")
    for loop in network.loops():
        lines.append(_("feedback loop: {0}").format(" ⇄ ".join(network.nodes[i] for i in loop)))
    return "\n".join(lines)


def as_dot(network: Network, factors: Mapping[str, float]) -> str:
    """Return the graph in Graphviz's language."""
    lines = ["digraph txsim {", "  rankdir=LR;", '  node [shape=box, style=rounded, fontname="sans-serif"];']
    lines += [f"  {json.dumps(name)};" for name in network.nodes]
    for link in network.links:
        factor = factors.get(link.edge, 1.0)
        style = "dotted" if factor == 0 else "dashed" if link.silo else "solid"
        ends = f"{json.dumps(_name(network, link.source))} -> {json.dumps(network.nodes[link.target])}"
        lines.append(f'  {ends} [label="{link.slope}", style={style}];')
    return "\n".join([*lines, "}"])


def as_mermaid(network: Network, factors: Mapping[str, float]) -> str:
    """Return the graph in Mermaid's language."""
    names = [COORDINATION, *network.nodes]
    lines = ["flowchart LR", *(f'  n{i}["{name}"]' for i, name in enumerate(names))]
    for link in network.links:
        arrow = "-. off .->" if factors.get(link.edge, 1.0) == 0 else f"-->|{link.slope}|"
        lines.append(f"  n{link.source + 1} {arrow} n{link.target + 1}")
    return "\n".join(lines)
