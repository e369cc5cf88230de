# SPDX-License-Identifier: MIT
"""How influence travels: the causal graph with what each way carries as its width."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from txsim.language import N_, _
from txsim.language.numbers import amount, percent, unit_of
from txsim.pathways import COORDINATION, Link, Network
from txsim.report.document import Picture
from txsim.report.pictures.forms import colours, tooltip
from txsim.report.reading import Result
from txsim.results.explain import Explanation
from txsim.results.names import node_message
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
_STEPS = 18
#: Where on its way the head of an arrow stands: past the middle, before ways to one node come together.
_HEAD = 11
#: Width and height of the drawing in the usual picture, by which heads are turned; in others they are off by little.
_SHAPE = (630.0, 304.0)
#: How far above or below straight a way may bow to keep clear of names in between, and how near a name may be.
_BOWS = (0.0, 0.1, -0.1, 0.18, -0.18, 0.26, -0.26)
_CLEAR, _NAME = 0.07, 0.1
#: Letters in a line of what a way ends in, and of other names.
_LETTERS, _NODE_LETTERS = 16, 12
#: Where names stand that would meet on a phone: in turn above and below.
_TURNS = {"expr": "width < 520 && datum.role == 'panel' ? (datum.step % 2 ? 20 : -20) : 0"}


def levels(network: Network) -> dict[str, int]:
    """Return the column of each node: the longest way from the inputs, loops counted as one step."""
    member = {i: i for i in range(len(network.nodes))}
    for loop in network.loops():
        for node in loop:
            member[node] = min(loop)
    depth = dict.fromkeys(member.values(), 0)
    for _round in network.nodes:
        for link in network.links:
            if link.source >= 0 and member[link.source] != member[link.target]:
                depth[member[link.target]] = max(depth[member[link.target]], depth[member[link.source]] + 1)
            elif link.source < 0:
                depth[member[link.target]] = max(depth[member[link.target]], 1)
    looped = {node for loop in network.loops() for node in loop}
    columns = {
        name: 2 * depth[member[i]] + (1 if i in looped and name.startswith("cx") else 0)
        for i, name in enumerate(network.nodes)
    }
    return {COORDINATION: 0, **columns}


def influence_graph(result: Result, scenario: Scenario | None, moved: Collection[str]) -> Picture | None:
    """Return the graph with widths; ``None`` where the scenario or what edges carry is not known.

    Parameters
    ----------
    result
        Of `explain`.
    scenario
        What was explained.
    moved
        Nodes that move at all; others carry nothing.
    """
    answer: Explanation = result.answer
    carried: Mapping[str, float] = answer.links or {}
    if scenario is None or not carried:
        return None
    network = scenario.network()
    links = [link for link in network.links if link.source < 0 or network.nodes[link.source] in moved]
    paths = {each.path: each for each in answer.paths}
    money = {
        name: (str(paths[name].meaning) or name, float(paths[name].shapley_npv), start)
        for name, start in _MONEY.items()
        if name in paths and paths[name].shapley_npv
    }
    column = levels(network)
    used = [name for name in _used(network, links, carried, money) if name in moved or name == COORDINATION]
    last = max(column[name] for name in used) + 2 if used else 2
    place = places({name: column[name] for name in used}, last, money)
    largest = max(
        [*(abs(value) for value in carried.values()), *(abs(value) for _n, value, _s in money.values()), 1e-12]
    )
    curves: list[dict[str, Any]] = []
    unit = unit_of(largest, answer.currency)
    for link in links:
        source = COORDINATION if link.source < 0 else network.nodes[link.source]
        target = network.nodes[link.target]
        value = float(carried.get(f"{source} -> {target}", 0.0))
        if value and source in place and target in place:
            curves += curve(
                f"{_node(source)} → {_node(target)}",
                place[source],
                place[target],
                value,
                largest,
                unit.full(value, plus=True),
                names=place.values(),
            )
    for name, (label, value, start) in money.items():
        starts = [node for node in place if node == start or node.startswith(f"{start}[")]
        parts = (answer.groups or {}).get(name, {})
        for node in starts:
            part = float(parts.get(node.rstrip("]").partition("[")[2], value / len(starts)))
            if part:
                end = place[f"money {name}"]
                words = unit.full(part, plus=True)
                curves += curve(
                    f"{_node(node)} → {label}", place[node], end, part, largest, words, names=place.values()
                )
    boxes = [
        {"x": x, "y": y, "name": _box(name), "role": "panel"}
        for name, (x, y) in place.items()
        if not name.startswith("money ")
    ]
    boxes += [
        {
            "x": place[f"money {name}"][0],
            "y": place[f"money {name}"][1],
            "name": textwrap.wrap(f"{label} {unit.show(value, plus=True)}", _LETTERS, break_on_hyphens=False),
            "role": "money",
        }
        for name, (label, value, _start) in money.items()
    ]
    return _picture(result, curves, boxes, last, money, unit.name)


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
    return f"{short} {group}".rstrip()


def _box(name: str) -> list[str]:
    return textwrap.wrap(_node(name), _NODE_LETTERS, break_on_hyphens=False)


def places(column: Mapping[str, int], last: int, money: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """Return where each node stands: columns from left to right, rows spread evenly."""
    steps = {step: i for i, step in enumerate(sorted({*column.values(), last}))}
    rows: dict[int, list[str]] = {}
    for name, step in column.items():
        rows.setdefault(steps[step], []).append(name)
    rows.setdefault(steps[last], []).extend(f"money {name}" for name in money)
    width = max(steps.values()) or 1
    positions = {}
    for step, names in rows.items():
        for i, name in enumerate(names):
            positions[name] = (step / width, 1 - (i + 0.5) / len(names))
    return positions


def curve(
    name: str,
    start: tuple[float, float],
    end: tuple[float, float],
    value: float,
    largest: float,
    words: str,
    opacity: float = 0.45,
    names: Collection[tuple[float, float]] = (),
) -> list[dict[str, Any]]:
    """Return a curve from node to node; ways back bow below the others, all others around the names in between.

    ``names`` is where the names of nodes stand.
    """
    (x0, y0), (x1, y1) = start, end
    bow = 0.16 if x1 <= x0 else _bow(start, end, names)
    side = 0.12 if x0 == x1 else 0.0
    width = 1.0 + 13.0 * math.sqrt(abs(value) / largest)
    points = []
    for i in range(_STEPS + 1):
        t = i / _STEPS
        points.append(
            {
                "way": name,
                "i": i,
                "x": x0 + (x1 - x0) * t + side * math.sin(math.pi * t),
                "y": _height(y0, y1, bow, t),
                "w": round(width, 2),
                "o": round(opacity, 3),
                "role": "good" if value >= 0 else "bad",
                "told": words,
            }
        )
    return points


def _height(y0: float, y1: float, bow: float, t: float) -> float:
    return y0 + (y1 - y0) * t * t * (3 - 2 * t) - bow * math.sin(math.pi * t)


def _bow(start: tuple[float, float], end: tuple[float, float], names: Collection[tuple[float, float]]) -> float:
    """Return the least bow of a way forward that keeps clear of the names in between, or the clearest."""
    (x0, y0), (x1, y1) = start, end
    between = [(x, y) for x, y in names if x0 + _NAME < x < x1 - _NAME]

    def clear(bow: float) -> float:
        times = [i / _STEPS for i in range(_STEPS + 1)]
        return min(
            (
                abs(_height(y0, y1, bow, t) - y)
                for x, y in between
                for t in times
                if abs(x0 + (x1 - x0) * t - x) <= _NAME
            ),
            default=1.0,
        )

    inside = [bow for bow in _BOWS if all(0.0 <= _height(y0, y1, bow, i / _STEPS) <= 1.0 for i in range(_STEPS + 1))]
    return max(inside, key=lambda bow: (min(clear(bow), _CLEAR), -abs(bow))) if inside else 0.0


def _heads(curves: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the head of the arrow of each way, turned as the way runs where it stands."""
    at = {(point["way"], point["i"]): point for point in curves}
    heads = []
    for (way, i), point in at.items():
        if i == _HEAD:
            before, after = at[way, i - 1], at[way, i + 1]
            right, up = (after["x"] - before["x"]) * _SHAPE[0], (after["y"] - before["y"]) * _SHAPE[1]
            turned = round(-math.degrees(math.atan2(up, right)), 1)
            heads.append({**point, "turned": turned, "size": round((6.0 + 1.6 * point["w"]) ** 2, 1)})
    return heads


def _picture(
    result: Result,
    curves: list[dict[str, Any]],
    boxes: list[dict[str, Any]],
    last: int,
    money: Mapping[str, Any],
    unit: str,
) -> Picture:
    top = max(money.values(), key=lambda entry: entry[1], default=None)
    title = _("No way carries a gain")
    if top is not None and top[1] > 0:
        title = _("Of the links into money most is carried by: {path}, {share} of all gains").format(
            share=percent(top[1] / result.answer.gains), path=top[0]
        )
    ways = {point["way"]: point["told"] for point in curves}
    return Picture(
        "graph",
        title,
        "; ".join(f"{way}: {words}" for way, words in ways.items()),
        layers(curves, boxes, _("carries")),
        340,
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


def legend_of(curves: Sequence[Mapping[str, Any]], good: str, bad: str) -> tuple[tuple[str, str], ...]:
    """Return the colours that occur with what they mean; ``good`` and ``bad`` in words."""
    roles = {str(point["role"]) for point in curves}
    return tuple((role, words) for role, words in (("good", good), ("bad", bad)) if role in roles)


def layers(curves: list[dict[str, Any]], boxes: list[dict[str, Any]], quantity: str) -> dict[str, Any]:
    """Return ways and names as Vega-Lite; ``quantity`` is what the width stands for, in words."""
    columns = sorted({box["x"] for box in boxes})
    boxes = [{**box, "step": columns.index(box["x"])} for box in boxes]
    position = {"type": "quantitative", "axis": None}
    x = {**position, "field": "x", "scale": {"domain": [0, 1], "padding": 86, "nice": False}}
    y = {**position, "field": "y", "scale": {"domain": [0, 1], "padding": 18, "nice": False}}
    colour = colours(["good", "bad"])
    pointer = tooltip(way=_("way"), told=quantity)
    return {
        "encoding": {"x": x, "y": y},
        "layer": [
            {
                "data": {"values": curves},
                "mark": {"type": "line", "strokeCap": "round"},
                "encoding": {
                    "detail": {"field": "way"},
                    "order": {"field": "i"},
                    "color": colour,
                    "tooltip": pointer,
                    "opacity": {"field": "o", "type": "quantitative", "scale": None, "legend": None},
                    "strokeWidth": {"field": "w", "type": "quantitative", "scale": None, "legend": None},
                },
            },
            {
                "data": {"values": _heads(curves)},
                "mark": {
                    "type": "point",
                    "shape": "triangle-right",
                    "filled": True,
                    "opacity": 1,
                    "stroke": "var(--paper)",
                    "strokeWidth": 1,
                },
                "encoding": {
                    "color": colour,
                    "tooltip": pointer,
                    "angle": {"field": "turned", "type": "quantitative", "scale": None, "legend": None},
                    "size": {"field": "size", "type": "quantitative", "scale": None, "legend": None},
                },
            },
            {
                "data": {"values": boxes},
                "mark": {
                    "type": "text",
                    "fontWeight": "bold",
                    "stroke": "var(--paper)",
                    "strokeWidth": 5,
                    "strokeJoin": "round",
                    "color": "var(--paper)",
                    "dy": _TURNS,
                },
                "encoding": {"text": {"field": "name"}},
            },
            {
                "data": {"values": boxes},
                "mark": {"type": "text", "fontWeight": "bold", "color": "var(--ink)", "dy": _TURNS},
                "encoding": {"text": {"field": "name"}},
            },
        ],
    }
