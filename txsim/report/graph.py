# SPDX-License-Identifier: MIT
"""The causal graph as people see it: a table, Graphviz dot or Mermaid; pictures/strength.py draws it."""

from __future__ import annotations

import json
import textwrap
from itertools import combinations

from txsim.language import _, by_locale
from txsim.language.numbers import probability
from txsim.pathways import COORDINATION
from txsim.printable import WIDEST, readable, readable_words
from txsim.results.graph import CausalGraph, GraphLink

#: Where what a link does begins, characters from the left.
_BESIDE = 23


def as_table(graph: CausalGraph, width: int = WIDEST, encoding: str = "utf-8") -> str:
    """Return the links by target, with slope, lag, what crosses a silo, and why.

    ``width``: longest line, characters. ``encoding``: what the text is to be written in; characters that it lacks are
    replaced before lines are broken.
    """
    lines: list[str] = []

    def add(text: str, first: str = "", rest: str = "") -> None:
        first = readable(first, encoding)
        words = readable_words(text, encoding)
        lines.extend(
            textwrap.wrap(words, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False) or [first]
        )

    add(_("What is believed before the evidence; pictures (--format svg or png) tell what is believed after it."))
    for target in dict.fromkeys(link.target for link in graph.links):
        add(target)
        for link in graph.links:
            if link.target == target:
                evidence = f" [{', '.join(link.evidence)}]" if link.evidence else ""
                beside = " " * _BESIDE
                if len(link.source) < _BESIDE - 5:
                    add(", ".join(_remarks(link)), f"  ← {link.source}".ljust(_BESIDE), beside)
                else:
                    add(link.source, "  ← ", "    ")
                    add(", ".join(_remarks(link)), beside, beside)
                add(f"{_(link.why)}{evidence}", beside, beside)
    for loop in graph.loops:
        on = {(link.source, link.target) for link in graph.links if link.factor != 0}
        pairs = [(a, b) for a, b in combinations(loop, 2) if {(a, b), (b, a)} <= on]
        if {node for pair in pairs for node in pair} == set(loop):
            for a, b in pairs:
                add(_("feedback loop: {0}").format(f"{a} ⇄ {b}"))
        else:
            add(_("these feed back on each other: {0}").format(", ".join(loop)))
    return "\n".join(lines)


def _remarks(link: GraphLink) -> list[str]:
    remarks = [f"{link.slope} {by_locale(link.belief)}".strip()]
    if link.weight == "reach_share":
        remarks.append(_("× share of the group by headcount and reach"))
    elif link.weight == "headcount_share":
        remarks.append(_("× share of the group by headcount"))
    if link.lag:
        remarks.append(_("after {0}").format(link.lag))
    if link.doubt:
        remarks.append(_("{0} that it does nothing, before the evidence").format(probability(link.doubt)))
    if link.silo:
        remarks.append(_("crosses a silo"))
    if link.factor != 1.0:
        remarks.append(_("switched off") if link.factor == 0 else _("× {0:g} in this scenario").format(link.factor))
    return remarks


def as_dot(graph: CausalGraph) -> str:
    """Return the graph in Graphviz's language."""
    lines = ["digraph txsim {", "  rankdir=LR;", '  node [shape=box, style=rounded, fontname="sans-serif"];']
    lines += [f"  {json.dumps(name)};" for name in graph.nodes]
    for link in graph.links:
        style = "dotted" if link.factor == 0 else "dashed" if link.silo else "solid"
        ends = f"{json.dumps(link.source)} -> {json.dumps(link.target)}"
        lines.append(f'  {ends} [label="{link.slope}", style={style}];')
    return "\n".join([*lines, "}"])


def as_mermaid(graph: CausalGraph) -> str:
    """Return the graph in Mermaid's language."""
    # Coordination is no node, but links come from it.
    names = list(dict.fromkeys([COORDINATION, *graph.nodes]))
    place = {name: f"n{i}" for i, name in enumerate(names)}
    lines = ["flowchart LR", *(f'  {place[name]}["{name}"]' for name in names)]
    for link in graph.links:
        arrow = "-. off .->" if link.factor == 0 else f"-->|{link.slope}|"
        lines.append(f"  {place[link.source]} {arrow} {place[link.target]}")
    return "\n".join(lines)
