# SPDX-License-Identifier: MIT
"""Ways between names: where both stand, from left to right or on a phone from the top down, and how ways run."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from txsim.language import _
from txsim.pathways import COORDINATION, Network
from txsim.report.pictures.forms import colours, haloed, tooltip

_STEPS = 18
#: Where on its way the head of an arrow stands: past the middle, before ways to one node come together.
_HEAD = 11
#: Width and height of the drawing in the usual picture, by which heads are turned; in others they are off by little.
_SHAPE = (630.0, 304.0)
#: How far above or below straight a way may bow to keep clear of names in between, and how near a name may be.
_BOWS = (0.0, 0.1, -0.1, 0.18, -0.18, 0.26, -0.26)
_CLEAR, _NAME = 0.07, 0.1
#: Letters in a line of what a way ends in, where there is width and on a phone, and of other names.
_LETTERS, _NARROW_LETTERS, _NODE_LETTERS = 20, 15, 12
#: Half of the width of a letter, height of a line of letters, and what is free between two names above each other, px.
_HALF, _LINE, _FREE = 3.7, 15, 8
#: The same on a phone: width and height, height of a step, where ways into money end, and how far nodes reach from the
#: left; shares of the width. Of three nodes or more beside each other every other is a little lower, px.
_TALL_SHAPE, _TALL_STEP, _TALL_END, _TALL_NODES, _LOWER = (260.0, 520.0), 92, 0.95, 0.5, 34


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


@dataclass(frozen=True)
class Drawing:
    """Where the names of a graph stand: from left to right, and on a phone from the top down."""

    #: ``wide``, ``tall``: Place of each name, shares of the drawing from the left and from the foot.
    wide: Mapping[str, tuple[float, float]]
    tall: Mapping[str, tuple[float, float]]
    boxes: Mapping[str, Mapping[str, Any]]  #: The names in their lines, with both places.
    heights: tuple[int, int]  #: Heights in which no name meets another, px.

    def _edges(self, source: str, target: str, narrow: bool) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return where a way leaves one name and reaches the other: at the edges that face each other."""
        place, field = (self.tall, "tall_name") if narrow else (self.wide, "name")
        (x0, y0), (x1, y1) = place[source], place[target]
        sides = []
        for name in (source, target):
            lines = self.boxes[name][field]
            wide, high = _TALL_SHAPE[0] if narrow else _SHAPE[0], self.heights[narrow] - 36
            sides.append(((max(map(len, lines)) * _HALF + 3) / wide, (len(lines) * _LINE / 2 + 2) / high))
        if narrow and not target.startswith("money "):
            down = math.copysign(1.0, y0 - y1)
            return (x0, y0 - down * sides[0][1]), (x1, y1 + down * sides[1][1])
        if abs(x1 - x0) <= sides[0][0] + sides[1][0]:
            return (x0, y0), (x1, y1)
        right = math.copysign(1.0, x1 - x0)
        return (x0 + right * sides[0][0], y0), (x1 - right * sides[1][0], y1)

    def way(
        self, name: str, source: str, target: str, value: float, largest: float, words: str, opacity: float = 0.45
    ) -> list[dict[str, Any]]:
        """Return the points of a way between two names in both drawings."""

        def drawn(start: tuple[float, float], end: tuple[float, float], names: Collection[tuple[float, float]]) -> Any:
            return curve(start, end, name, value, largest, words, opacity, names)

        start, end = self._edges(source, target, True)
        if target.startswith("money "):
            tall = drawn(start, end, self.tall.values())
            tall_points = [(point["x"], point["y"]) for point in tall]
        else:  # downwards: the same curve, turned
            turned = [(1 - y, x) for x, y in self.tall.values()]
            tall = drawn((1 - start[1], start[0]), (1 - end[1], end[0]), turned)
            tall_points = [(point["y"], 1 - point["x"]) for point in tall]
        wide = drawn(*self._edges(source, target, False), self.wide.values())
        return [{**point, "tall_x": x, "tall_y": y} for point, (x, y) in zip(wide, tall_points, strict=True)]


def lay_out(column: Mapping[str, int], names: Mapping[str, str], ends: Mapping[str, str]) -> Drawing:
    """Return where everything stands.

    ``column``: column of each node, from :func:`levels`; ``names``: what each node is called; ``ends``: what each way
    into money is called, in the order from top to bottom.
    """
    lines = {name: _lines(words, _LETTERS) for name, words in ends.items()}
    tall_lines = {name: _lines(words, _NARROW_LETTERS) for name, words in ends.items()}
    boxes = {name: _lines(words, _NODE_LETTERS) for name, words in names.items()}
    steps = {step: i for i, step in enumerate(sorted({*column.values()}))}
    rows: dict[int, list[str]] = {}
    for name, step in column.items():
        rows.setdefault(steps[step], []).append(name)
    last = len(steps) if ends else max(len(steps) - 1, 1)
    height = max([300, _stack(lines), *(_stack({name: boxes[name] for name in row}) for row in rows.values())])
    tall_height = max(len(steps) * _TALL_STEP, _stack(tall_lines), 300)
    wide = {name: (1.0, y) for name, y in _spread(lines, height).items()}
    tall = {name: (_TALL_END, y) for name, y in _spread(tall_lines, tall_height).items()}
    reach = _TALL_NODES if ends else 1.0
    for step, row in rows.items():
        wide |= {name: (step / last, 1 - (i + 0.5) / len(row)) for i, name in enumerate(row)}
        for i, name in enumerate(row):
            x = reach * i / (len(row) - 1) if len(row) > 1 else reach / 2
            lower = _LOWER / tall_height if len(row) > 2 and i % 2 else 0.0
            tall[name] = (x, 1 - (step + 0.5) / len(steps) - lower)
    written = {
        name: {
            "x": wide[name][0],
            "y": wide[name][1],
            "tall_x": tall[name][0],
            "tall_y": tall[name][1],
            "name": (boxes | lines)[name],
            "tall_name": (boxes | tall_lines)[name],
        }
        for name in (*names, *ends)
    }
    return Drawing(wide, tall, written, (height + 36, tall_height + 36))


def _lines(words: str, letters: int) -> list[str]:
    return textwrap.wrap(words, letters, break_on_hyphens=False)


def _stack(names: Mapping[str, Sequence[str]]) -> int:
    """Return the height that names above each other need, px."""
    return sum(_LINE * len(lines) + _FREE for lines in names.values())


def _spread(names: Mapping[str, Sequence[str]], height: int) -> dict[str, float]:
    """Return how high names stand one below the other, each with room for its lines, shares of the height."""
    free = (height - _stack(names)) / max(len(names), 1)
    places, top = {}, 0.0
    for name, lines in names.items():
        room = _LINE * len(lines) + _FREE + free
        places[name] = 1 - (top + room / 2) / height
        top += room
    return places


def curve(
    start: tuple[float, float],
    end: tuple[float, float],
    name: str,
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
            turned = {
                f"{which}turned": round(
                    -math.degrees(
                        math.atan2(
                            (after[f"{which}y"] - before[f"{which}y"]) * high,
                            (after[f"{which}x"] - before[f"{which}x"]) * wide,
                        )
                    ),
                    1,
                )
                for which, (wide, high) in (("", _SHAPE), ("tall_", _TALL_SHAPE))
            }
            heads.append({**point, **turned, "size": round((6.0 + 1.6 * point["w"]) ** 2, 1)})
    return heads


def legend_of(curves: Sequence[Mapping[str, Any]], good: str, bad: str) -> tuple[tuple[str, str], ...]:
    """Return the colours that occur with what they mean; ``good`` and ``bad`` in words."""
    roles = {str(point["role"]) for point in curves}
    return tuple((role, words) for role, words in (("good", good), ("bad", bad)) if role in roles)


def layers(curves: Sequence[Mapping[str, Any]], drawing: Drawing, quantity: str) -> dict[str, Any]:
    """Return ways and names as Vega-Lite; ``quantity`` is what the width stands for, in words."""
    boxes = list(drawing.boxes.values())
    position = {"type": "quantitative", "axis": None}
    padding = {"expr": "narrow ? 46 : 86"}
    x = {**position, "field": "at_x", "scale": {"domain": [0, 1], "padding": padding, "nice": False}}
    y = {**position, "field": "at_y", "scale": {"domain": [0, 1], "padding": 18, "nice": False}}

    def placed(*more: str) -> list[dict[str, Any]]:
        fields = {"at_x": "x", "at_y": "y", **{f"at_{name}": name for name in more}}
        return [
            {"calculate": f"narrow ? datum.tall_{name} : datum.{name}", "as": field} for field, name in fields.items()
        ]

    colour = colours(["good", "bad"])
    pointer = tooltip(way=_("way"), told=quantity)
    return {
        "encoding": {"x": x, "y": y},
        "layer": [
            {
                "data": {"values": list(curves)},
                "transform": placed(),
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
                "transform": placed("turned"),
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
                    "angle": {"field": "at_turned", "type": "quantitative", "scale": None, "legend": None},
                    "size": {"field": "size", "type": "quantitative", "scale": None, "legend": None},
                },
            },
            *haloed(
                {
                    "data": {"values": boxes},
                    "transform": placed("name"),
                    "mark": {"type": "text", "fontWeight": "bold", "color": "var(--ink)"},
                    "encoding": {"text": {"field": "at_name"}},
                }
            ),
        ],
    }
