# SPDX-License-Identifier: MIT
"""Forms that several pictures share: bars from zero, intervals by row, a map of signed amounts."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from txsim.language.numbers import Unit

#: A line at nothing.
ZERO: dict[str, Any] = {
    "data": {"values": [{"zero": 0}]},
    "mark": {"type": "rule", "strokeWidth": 1.2},
    "encoding": {"x": {"datum": 0, "type": "quantitative"}},
}


#: Letters of a name in one line beside a row; a longer name goes on in the next.
_LETTERS = 38
#: From line to line of such a name, px, as Vega sets them.
_LEADING = 14
#: What a row needs on a phone besides the lines of its name, which stands above its bar, px.
_ABOVE = 28
#: Where in its row something stands: in the middle, on a phone at the foot.
BELOW: dict[str, Any] = {"expr": "narrow ? bandwidth('y') / 2 - 9 : 0"}
#: Labels of an axis of shares, written as everywhere: with a space before the sign.
PERCENT = {"labelExpr": "format(100 * datum.value, ',~g') + '\u00a0%'"}


def haloed(layer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a layer of text and, drawn before it, what keeps lines of the grid from running through its letters."""
    halo = {"stroke": "var(--paper)", "strokeWidth": 4, "strokeJoin": "round", "color": "var(--paper)"}
    return [{**layer, "mark": {**layer["mark"], **halo}}, dict(layer)]


def in_lines(name: str) -> str:
    """Return a name in lines that an axis has room for, parted as :func:`names_axis` parts them; nothing is cut."""
    return "\n".join(textwrap.wrap(name, _LETTERS, break_on_hyphens=False)) or name


def flat(row: Mapping[str, Any]) -> str:
    """Return the name of a row in one line."""
    return " ".join(str(row["name"]).split())


def title_lines(name: str) -> str | list[str]:
    """Return the title of an axis, in several lines where it is long."""
    lines = in_lines(name).split("\n")
    return lines if len(lines) > 1 else name


def colours(roles: Iterable[str], values: Iterable[str] | None = None, *, field: str = "role") -> dict[str, Any]:
    """Return the colours of roles of the theme, for the values of a field: the roles themselves, or others in order.

    >>> colours(["good"], ["up"], field="way")["scale"]
    {'domain': ['up'], 'range': ['var(--good)']}
    """
    named = list(roles)
    scale = {"domain": named if values is None else list(values), "range": [f"var(--{role})" for role in named]}
    return {"field": field, "type": "nominal", "legend": None, "scale": scale}


def tooltip(**titles: str) -> list[dict[str, Any]]:
    """Return what is shown under the pointer: fields, and what each is called.

    >>> tooltip(name="option")
    [{'field': 'name', 'title': 'option'}]
    """
    return [{"field": name, "title": title} for name, title in titles.items()]


def height_of(names: Iterable[str], row: int = 26, line: int = 15) -> int:
    """Return the height of rows of names in lines, px: rows are as high as two neighbours need that have most lines."""
    high = [6 + line * (name.count("\n") + 1) for name in names]
    step = max([row, *((a + b + 1) // 2 for a, b in pairwise(high))])
    return step * len(high)


def narrow_height(names: Iterable[str]) -> int:
    """Return the height of rows on a phone, px, where each name stands above what belongs to it."""
    lines = [name.count("\n") + 1 for name in names]
    return (_ABOVE + _LEADING * max(lines, default=1)) * len(lines) + 20


def at_row(share: float) -> dict[str, Any]:
    """Return the height of a bar, as a share of its row or in px on a phone, and where it stands in that row."""
    return {"height": {"expr": f"narrow ? 13 : {share} * bandwidth('y')"}, "yOffset": BELOW}


def _centred(lines: str, foot: int) -> dict[str, Any]:
    """Return by how much a name is lifted so that its middle, not its first line, stands at the row; px.

    ``lines`` is how many it has, as an expression. On a phone its last line stands so far above the foot of the row.
    """
    lifted: list[dict[str, Any]] = [
        {"test": f"narrow && {lines} === {n}", "expr": f"bandwidth('y') / 2 - {foot + _LEADING * (n - 1)}"}
        for n in range(1, 7)
    ]
    lifted += [{"test": f"{lines} === {n}", "value": -_LEADING / 2 * (n - 1)} for n in range(2, 7)]
    return {"condition": lifted, "value": 0}


def names_axis(field: str = "name", limit: int = 280, foot: int = 25) -> dict[str, Any]:
    """Return an axis of names, in the order of the data; names from :func:`in_lines` stand in their lines.

    On a phone the last line stands ``foot`` px above the foot of its row.
    """
    lines = "split(datum.{0}, '\\n')"
    axis = _axis(lines.format("label"), f"length({lines.format('value')})", limit, foot)
    return {"field": field, "type": "nominal", "sort": None, "title": None, "axis": axis}


def positions_axis(field: str, names: Sequence[str]) -> dict[str, Any]:
    """Return an axis of names that belong to positions from 0, so that one name may stand twice."""
    lines = [in_lines(name).count("\n") + 1 for name in names]
    axis = _axis(position_labels(list(names)), f"{lines}[datum.value]", 280)
    return {"field": field, "type": "ordinal", "title": None, "axis": axis}


def _axis(label: str, lines: str, limit: int, foot: int = 25) -> dict[str, Any]:
    """Return an axis of names in lines, expressions of what stands there and in how many; on a phone above its row."""
    return {
        "grid": False,
        "labelLimit": limit,
        "labelExpr": label,
        "labelAlign": {"condition": {"test": "narrow", "value": "left"}, "value": "right"},
        "labelOffset": _centred(lines, foot),
        "domain": False,
        "ticks": False,
    }


def bars(
    rows: Sequence[Mapping[str, Any]], title: str, unit: Unit | None, pointer: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return horizontal bars from zero with their amounts beside them.

    ``rows``: with ``name``, ``value``, ``role`` (colour) and ``label``. ``unit``: unit of the values, for the axis;
    ``None`` for shares.
    """
    roles = list(dict.fromkeys(str(row["role"]) for row in rows))
    colour = colours(roles)
    low = min([0.0, *(float(row["value"]) for row in rows)])
    high = max([0.0, *(float(row["value"]) for row in rows)])
    room = 0.3 * (high - low)  # for the labels beside the bars; in shares of the axis, which may be narrow on a phone
    ends = [low - room if low < 0 else 0.0, high + room if high > 0 else 0.0]
    axis: dict[str, Any] = {"grid": True, **(PERCENT if unit is None else {"format": f",.{unit.digits}~f"})}
    if unit is None and high <= 1 < ends[1]:  # no share is above one; the room to the right is for labels
        axis["values"] = [0, 0.2, 0.4, 0.6, 0.8, 1]
    x = {
        "field": "value",
        "type": "quantitative",
        "title": title,
        "scale": {"domain": ends, "nice": True} if high > low else {"zero": True},
        "axis": axis,
    }
    beside = {
        "type": "text",
        "align": {"expr": "datum.value < 0 ? 'right' : 'left'"},
        "dx": {"expr": "datum.value < 0 ? -5 : 5"},
        "yOffset": BELOW,
        "color": "var(--ink)",
    }
    label = {"text": {"field": "label"}, "x": {**x}}
    return {
        "layer": [
            {
                "data": {"values": list(rows)},
                "encoding": {"y": names_axis(), "tooltip": list(pointer)},
                "layer": [
                    {"mark": {"type": "bar", **at_row(0.66)}, "encoding": {"x": x, "color": colour}},
                    *haloed({"mark": beside, "encoding": label}),
                ],
            },
            ZERO,
        ]
    }


def interval_rows(
    rows: Sequence[Mapping[str, Any]], title: str, pointer: Sequence[Mapping[str, Any]], *, zero: bool = True
) -> dict[str, Any]:
    """Return intervals by row: ``low``, ``high``, ``mid`` and ``role`` (colour) of each ``name``."""
    roles = list(dict.fromkeys(str(row["role"]) for row in rows))
    colour = colours(roles)
    x: dict[str, Any] = {"type": "quantitative", "title": title, "axis": {"grid": True}}
    layer = {
        "data": {"values": list(rows)},
        "encoding": {"y": names_axis(), "color": colour, "tooltip": list(pointer)},
        "layer": [
            {
                "mark": {"type": "bar", "height": 9, "opacity": 0.4, "yOffset": BELOW},
                "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 100, "opacity": 1, "yOffset": BELOW},
                "encoding": {"x": {**x, "field": "mid"}},
            },
        ],
    }
    return {"layer": [layer, ZERO]} if zero else {"layer": [layer]}


def heat(
    rows: Sequence[Mapping[str, Any]],
    x: Mapping[str, Any],
    y: Mapping[str, Any],
    largest: float,
    pointer: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return a map of signed amounts: the colour tells the sign, its depth the size, the label the amount.

    ``rows`` have ``value``, as it is printed, so that what reads as nothing has no sign, and ``label``; ``x`` and ``y``
    are ordinal channels. On a phone a map by position, ``x`` and ``y`` whole numbers from 0, shows every other row and
    column, as far as it has many.
    """
    signs = (("datum.value > 0", "good"), ("datum.value < 0", "bad"))
    colour = {
        "condition": [{"test": test, "value": f"var(--{role})"} for test, role in signs],
        "value": "var(--neutral)",
    }
    depth = {
        "field": "size",
        "type": "quantitative",
        "scale": {"domain": [0, largest or 1], "range": [0.06, 0.55]},
        "legend": None,
    }
    return {
        "data": {"values": [{**row, "size": abs(float(row["value"]))} for row in rows]},
        "encoding": {"x": dict(x), "y": dict(y), "tooltip": list(pointer)},
        "layer": [
            {
                "mark": {"type": "rect", "stroke": "var(--paper)", "strokeWidth": 2},
                "encoding": {"fill": colour, "fillOpacity": depth},
            },
            {"mark": {"type": "text", "color": "var(--ink)"}, "encoding": {"text": {"field": "label"}}},
        ],
    }


def position_labels(names: list[str]) -> str:
    """Return an expression that shows names in place of positions."""
    import json

    lines = [in_lines(name).split("\n") for name in names]
    labels = [line[0] if len(line) == 1 else line for line in lines]
    return f"{json.dumps(labels, ensure_ascii=False)}[datum.value]"
