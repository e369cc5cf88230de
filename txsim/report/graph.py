# SPDX-License-Identifier: MIT
"""The causal graph as people see it: a table, Graphviz dot, Mermaid, or a picture."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

from txsim.language import _, by_locale
from txsim.pathways import COORDINATION, Graph, Network

__all__ = ["as_dot", "as_mermaid", "as_picture", "as_table"]


def _name(network: Network, position: int) -> str:
    return COORDINATION if position < 0 else network.nodes[position]


def as_table(network: Network, graph: Graph, factors: Mapping[str, float], slopes: Mapping[str, str]) -> str:
    """Return the links by target, with slope, lag, what crosses a silo, and why.

    Parameters
    ----------
    network, graph
        The links, and the edges with their reasons.
    factors
        Factor of an edge by its name where the scenario re-scales it.
    slopes
        Belief about each slope in words, by parameter.
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


def as_picture(network: Network, factors: Mapping[str, float], kind: str) -> bytes:
    """Return the graph as a picture; links that cross silos are dashed, switched-off ones are left out.

    Parameters
    ----------
    network, factors
        The links, and the factor of an edge by its name.
    kind
        ``svg`` or ``png``.
    """
    import matplotlib as mpl
    import networkx as nx
    from matplotlib.figure import Figure

    drawn: Any = nx.DiGraph()
    links = [link for link in network.links if factors.get(link.edge, 1.0) != 0]
    for link in links:
        ends = (_name(network, link.source), network.nodes[link.target])
        drawn.add_edge(*ends, slope=link.slope, silo=link.silo)
    for name in network.nodes:
        drawn.add_node(name)
    # Layers by the longest way from the inputs, loops counted as one step.
    condensed = nx.condensation(drawn)
    for layer, members in enumerate(nx.topological_generations(condensed)):
        for member in members:
            for name in condensed.nodes[member]["members"]:
                drawn.nodes[name]["layer"] = 2 * layer + (1 if name.startswith("cx") else 0)
    places = nx.multipartite_layout(drawn, subset_key="layer", align="vertical")
    with mpl.rc_context({"svg.hashsalt": "txsim", "svg.fonttype": "none"}):
        figure = Figure(figsize=(12.8, 7.2), layout="constrained")
        axes = figure.subplots()
        axes.set_axis_off()
        axes.margins(0.12)
        nx.draw_networkx_labels(
            drawn,
            places,
            ax=axes,
            font_size=11,
            bbox={"boxstyle": "round,pad=0.5", "facecolor": "#e8f0f7", "edgecolor": "#30638e"},
        )
        for silo, style in ((False, "solid"), (True, "dashed")):
            chosen = [(a, b) for a, b, data in drawn.edges(data=True) if data["silo"] is silo]
            nx.draw_networkx_edges(
                drawn,
                places,
                edgelist=chosen,
                ax=axes,
                style=style,
                edge_color="#30638e",
                arrowsize=16,
                node_size=5200,
                connectionstyle="arc3,rad=0.12",
            )
        labels = {(a, b): data["slope"] for a, b, data in drawn.edges(data=True)}
        nx.draw_networkx_edge_labels(
            drawn, places, labels, ax=axes, font_size=8, connectionstyle="arc3,rad=0.12", rotate=False
        )
        title = _("How influence travels (dashed: crosses a silo)")
        axes.set_title(title, loc="left", fontsize=13)
        target = io.BytesIO()
        figure.savefig(target, format=kind, dpi=120, metadata={"Date": None} if kind == "svg" else None)
    return target.getvalue()
