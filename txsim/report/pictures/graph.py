# SPDX-License-Identifier: MIT
"""How influence travels: the causal graph with what each way carries as its width."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from txsim.language import N_, _
from txsim.language.numbers import amount, percent
from txsim.pathways import COORDINATION, Link, Network
from txsim.report.document import Picture
from txsim.report.figures import figures_of
from txsim.report.pictures.decide import printed_parts, printed_shares
from txsim.report.pictures.ways import Drawing, lay_out, layers, legend_of, levels
from txsim.report.reading import Result
from txsim.results.explain import Explanation
from txsim.results.names import group_name, node_message
from txsim.scenario import Scenario

#: Paths through which experience becomes money, and the nodes they start at.
_MONEY = {
    "retention": "cx",
    "referral": "cx",
    "spend": "cx",
    "cost_to_serve": "cx",
    "margin": "cx",
    "digital_leavers": "ux_customer",
    "staff_turnover": "ex",
    "productivity": "ex",
    "absence": "ex",
    "time": "ux_employee",
}
#: What nodes are called in a picture, where there is little room.
_SHORT = {
    "ux_employee": N_("staff's tools"),
    "ux_customer": N_("customers' channels"),
    "mx": N_("journeys (MX)"),
    COORDINATION: N_("coordination"),
}


def influence_graph(result: Result, scenario: Scenario | None, moved: Collection[str]) -> Picture | None:
    """Return the graph with widths; ``None`` where the scenario or what edges carry is not known.

    ``moved``: nodes that move at all; others carry nothing.
    """
    answer: Explanation = result.answer
    carried: Mapping[str, float] = answer.links or {}
    if scenario is None or not carried:
        return None
    network = scenario.network()
    links = [link for link in network.links if link.source < 0 or network.nodes[link.source] in moved]
    paths = {each.path: each for each in answer.paths}
    unit, printed = printed_shares(answer)
    grain = figures_of(answer).grain
    parts_printed, groups_printed = printed_parts(answer)
    money = {
        name: (str(paths[name].meaning) or name, printed[name], start)
        for name, start in _MONEY.items()
        if name in paths and paths[name].shapley_npv
    }
    column = levels(network)
    used = [name for name in _used(network, links, carried, money) if name in moved or name == COORDINATION]
    ends = {
        f"money {name}": f"{label} {unit.show(value, plus=True, grain=grain)}"
        for name, (label, value, _start) in sorted(money.items(), key=lambda entry: column.get(entry[1][2], 0))
    }
    drawing = lay_out({name: column[name] for name in used}, {name: _node(name) for name in used}, ends)
    place = drawing.wide
    largest = max(
        [*(abs(value) for value in carried.values()), *(abs(value) for _n, value, _s in money.values()), 1e-12]
    )
    curves: list[dict[str, Any]] = []
    for link in links:
        source = COORDINATION if link.source < 0 else network.nodes[link.source]
        target = network.nodes[link.target]
        value = float(carried.get(f"{source} -> {target}", 0.0))
        if value and source in place and target in place:
            name = f"{_node(source)} → {_node(target)}"
            words = unit.full(parts_printed[f"{source} -> {target}"], plus=True, grain=grain)
            curves += drawing.way(name, source, target, value, largest, words)
    for name, (label, value, start) in money.items():
        starts = [node for node in place if node == start or node.startswith(f"{start}[")]
        parts, printed_of = (answer.groups or {}).get(name, {}), groups_printed.get(name, {})
        for node in starts:
            group, even = node.rstrip("]").partition("[")[2], value / len(starts)
            part = float(parts.get(group, even))
            if part:
                words = unit.full(printed_of.get(group, even), plus=True, grain=grain)
                curves += drawing.way(f"{_node(node)} → {label}", node, f"money {name}", part, largest, words)
    return _picture(result, curves, drawing, money, unit.name)


def _used(network: Network, links: Sequence[Link], carried: Mapping[str, float], money: Mapping[str, Any]) -> list[str]:
    nodes: set[str] = set()
    for link in links:
        ends = COORDINATION if link.source < 0 else network.nodes[link.source], network.nodes[link.target]
        if carried.get(f"{ends[0]} -> {ends[1]}"):
            nodes.update(ends)
    for _label, _value, start in money.values():
        nodes |= {node for node in network.nodes if node == start or node.startswith(f"{start}[")}
    return [name for name in (COORDINATION, *network.nodes) if name in nodes]


def _node(name: str) -> str:
    """Return what a node is called beside others, in few words."""
    kind, _bracket, group = name.rstrip("]").partition("[")
    short = _(_SHORT[kind]) if kind in _SHORT else str(node_message(kind))
    return f"{short} {group_name(group)}".rstrip()


def _picture(
    result: Result, curves: list[dict[str, Any]], drawing: Drawing, money: Mapping[str, Any], unit: str
) -> Picture:
    ends = (each for each in result.answer.paths if each.path in money)
    top = max(ends, key=lambda each: each.shapley_npv, default=None)
    title = _("No way carries a gain")
    if top is not None and top.shapley_npv > 0:
        title = _("Of the links into money most is carried by: {path}, {share} of all gains").format(
            share=percent(top.shapley_npv / result.answer.gains), path=money[top.path][0]
        )
    ways = {point["way"]: point["told"] for point in curves}
    return Picture(
        "graph",
        title,
        "; ".join(f"{way}: {words}" for way, words in ways.items()),
        layers(curves, drawing, _("carries")),
        drawing.heights[0],
        narrow=drawing.heights[1],
        note=_note(result.answer, unit),
        legend=legend_of(curves, _("adds"), _("takes away")),
    )


def _note(answer: Explanation, unit: str) -> str:
    """Return how to read the graph, and what a driver earns that no way carries."""
    text = _("The wider a way, the more of the payoff it carries; amounts in {unit}, before the programme's cost.")
    if answer.total.taxed:
        text = _(
            "The wider a way, the more of the payoff it carries; amounts in {unit}, before the programme's cost "
            "and tax."
        )
    note = text.format(unit=unit)
    note += " " + _(
        "Each link has its own share, and those upstream take theirs: what a link into money carries is less than the "
        "business case has under that name, which is all that arrives there."
    )
    direct = sum(each.shapley_npv for each in answer.paths if each.path == "direct_benefits")
    if direct:
        besides = _("Direct benefits of {amount} come besides; no way carries them.")
        note += " " + besides.format(amount=amount(direct, answer.currency, plus=True))
    return note
