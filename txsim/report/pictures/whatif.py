# SPDX-License-Identifier: MIT
"""Picture of what if: the payoff over a grid of two inputs as a map, over one as lines."""

from __future__ import annotations

from typing import Any

from txsim.language import _
from txsim.language.numbers import Unit, error_grain, unit_of
from txsim.report.axes import axis_name, axis_value
from txsim.report.document import Picture
from txsim.report.pictures.forms import colours, heat, in_lines, title_lines, tooltip
from txsim.report.reading import Result
from txsim.report.theme import OPTION_COLOURS
from txsim.report.words import net_present_value, option_name
from txsim.results.whatif import Varied, WhatIf


def whatif(result: Result) -> Picture | None:
    """Return the payoff over a grid of two inputs as a map, over one as a line for each option."""
    answer: WhatIf = result.answer
    if len(answer.vary) > 2 or not answer.cells:
        return None
    worth = [cell.worth(after_tax=answer.after_tax) for cell in answer.cells]
    unit = unit_of(max(abs(npv.value) for each in worth for npv in each.values()), answer.currency)
    acting = ([npv for name, npv in each.items() if name != "do_nothing"] for each in worth)
    best = [max(each, key=lambda npv: npv.value) for each in acting]
    title = _acting(answer)
    npv = net_present_value(after_tax=answer.after_tax, taxed=answer.taxed)
    if len(answer.vary) == 1:
        return _line(answer, unit, title, npv)
    down, across = answer.vary
    rows = [
        {
            "x": axis_value(cell.values[across.path], across),
            "y": axis_value(cell.values[down.path], down),
            "value": most.value / unit.divisor,
            "label": unit.show(most.value, plus=True, grain=error_grain(most.mcse)) + ("*" if cell.refused else ""),
            "best": _("open question") if cell.too_close else option_name(cell.best),
        }
        for cell, most in zip(answer.cells, best, strict=True)
    ]
    x, y = _axis("x", across), _axis("y", down)
    pointer = tooltip(
        y=axis_name(down, unit=True),
        x=axis_name(across, unit=True),
        label=_("payoff, {unit}").format(unit=unit.name),
        best=_("best by mean NPV"),
    )
    return Picture(
        "whatif",
        title,
        "; ".join(f"{row['y']} {row['x']}: {row['label']} {unit.name} ({row['best']})" for row in rows),
        heat(rows, x, y, max(abs(most.value) for most in best) / unit.divisor, pointer),
        max(42 * len(down.values), 6 * max(map(len, in_lines(axis_name(down, unit=True)).split("\n")))),
        note=_("Expected {npv} of what pays most of all that acts, {unit}; *: the limits exclude it.").format(
            npv=npv, unit=unit.name
        )
        if any(cell.refused for cell in answer.cells)
        else _("Expected {npv} of what pays most of all that acts, {unit}.").format(npv=npv, unit=unit.name),
        legend=(("good", _("pays")), ("bad", _("loses"))),
    )


def _axis(field: str, varied: Varied) -> dict[str, Any]:
    """Return the axis of a map on which an input varies, its values in the order in which they are tried."""
    return {
        "field": field,
        "type": "ordinal",
        "sort": [axis_value(text, varied) for text in varied.values],
        "title": title_lines(axis_name(varied, unit=True)),
        "axis": {"labelAngle": 0, "domain": False, "ticks": False},
    }


def _acting(answer: WhatIf) -> str:
    """Return in how many of the cases something is chosen that acts, by the rule that chooses in the tables below."""
    acts = sum(not cell.too_close and cell.best != "do_nothing" for cell in answer.cells)
    return _("To act is chosen in {acts} of {count} cases tried").format(acts=acts, count=len(answer.cells))


def _line(answer: WhatIf, unit: Unit, title: str, npv: str) -> Picture:
    """Return the payoff of each option over one input."""
    (varied,) = answer.vary
    names = list(dict.fromkeys(name for cell in answer.cells for name in cell.npv))
    rows = [
        {
            "x": axis_value(cell.values[varied.path], varied),
            "option": name,
            "name": option_name(name),
            "value": worth[name].value / unit.divisor,
            "label": unit.full(worth[name].value, plus=True, grain=error_grain(worth[name].mcse)),
            "best": _("open question") if cell.too_close else option_name(cell.best),
        }
        for cell in answer.cells
        for worth in (cell.worth(after_tax=answer.after_tax),)
        for name in names
        if name in worth
    ]
    x = {
        "field": "x",
        "type": "ordinal",
        "sort": [axis_value(text, varied) for text in varied.values],
        "title": title_lines(axis_name(varied, unit=True)),
        "axis": {"labelAngle": 0},
    }
    y = {
        "field": "value",
        "type": "quantitative",
        "title": _("expected {npv}, {unit}").format(npv=npv, unit=unit.name),
        "axis": {"grid": True},
    }
    roles = [OPTION_COLOURS.get(name, "other") for name in names]
    colour = colours(roles, names, field="option")
    pointer = tooltip(x=axis_name(varied, unit=True), name=_("option"), label=_("payoff"), best=_("best by mean NPV"))
    spec = {
        "layer": [
            {
                "data": {"values": rows},
                "encoding": {"x": x, "y": y, "color": colour, "tooltip": pointer},
                "mark": {"type": "line", "point": {"size": 60}, "strokeWidth": 2.5},
            }
        ]
    }
    return Picture(
        "whatif",
        title,
        "; ".join(f"{row['x']}: {row['name']} {row['label']}" for row in rows),
        spec,
        260,
        legend=tuple((role, option_name(name)) for role, name in zip(roles, names, strict=True)),
    )
