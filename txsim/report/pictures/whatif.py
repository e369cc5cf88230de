# SPDX-License-Identifier: MIT
"""Picture of what if: the payoff over a grid of two inputs as a map, over one as lines."""

from __future__ import annotations

from typing import Any

from txsim.language import N_, _
from txsim.language.numbers import OF_ERRORS, Unit, error_grain, unit_of
from txsim.report.document import Picture
from txsim.report.pictures.forms import colours, heat, in_lines, title_lines, tooltip
from txsim.report.reading import Result
from txsim.report.theme import OPTION_COLOURS
from txsim.report.words import axis_name, axis_value, net_present_value, option_name
from txsim.results.whatif import Cell, Varied, WhatIf

#: What a star says of a case, in the picture and in the tables below it.
REFUSED = N_("*: the limits of the scenario exclude what would pay more there.")


def whatif(result: Result) -> Picture | None:
    """Return the payoff over a grid of two inputs as a map, over one as a line for each option."""
    answer: WhatIf = result.answer
    if len(answer.vary) > 2 or not answer.cells:
        return None
    worth = [cell.worth(after_tax=answer.after_tax) for cell in answer.cells]
    unit = unit_of(max(abs(npv.value) for each in worth for npv in each.values()), answer.currency, OF_ERRORS)
    title = _acting(answer)
    npv = net_present_value(after_tax=answer.after_tax, taxed=answer.taxed)
    if len(answer.vary) == 1:
        return _line(answer, unit, title, npv)
    down, across = answer.vary
    rows: list[dict[str, Any]] = []
    for cell, each in zip(answer.cells, worth, strict=True):
        left = [npv for name, npv in each.items() if name not in ("do_nothing", *cell.refused)]
        value, grain = max(((npv.value, error_grain(npv.mcse)) for npv in left), default=(0.0, 0.0))
        shown = unit.printed(value, grain) / unit.divisor
        marks = ("?" if cell.too_close else "") + ("*" if cell.refused else "")
        rows.append(
            {
                "x": axis_value(cell.values[across.path], across),
                "y": axis_value(cell.values[down.path], down),
                # In colour stands what is chosen, as the title counts it, and what loses; the rest has none.
                "value": shown if shown < 0 or _acts(cell) else 0.0,
                "label": (unit.show(value, plus=True, grain=grain) if left else "–") + marks,
                "best": chosen(cell),
            }
        )
    x, y = _axis("x", across), _axis("y", down)
    pointer = tooltip(
        y=axis_name(down, unit=True),
        x=axis_name(across, unit=True),
        label=_("payoff, {unit}").format(unit=unit.name),
        best=_("best by mean NPV"),
    )
    notes = [_("Expected {npv} of what pays most of all that acts, {unit}.")]
    if any(cell.refused for cell in answer.cells):
        notes = [
            _(
                "Expected {npv} of what pays most of all that acts, {unit}; what the limits exclude and would pay more "
                "than the choice is left out."
            ),
            _(REFUSED),
        ]
    notes += [_("–: nothing that acts is left.")] if any(row["label"].startswith("–") for row in rows) else []
    notes += [_("?: open question.")] if any(cell.too_close for cell in answer.cells) else []
    return Picture(
        "whatif",
        title,
        "; ".join(f"{row['y']} {row['x']}: {row['label']} {unit.name} ({row['best']})" for row in rows),
        heat(rows, x, y, max(abs(float(row["value"])) for row in rows), pointer),
        max(42 * len(down.values), 6 * max(map(len, in_lines(axis_name(down, unit=True)).split("\n")))),
        note=" ".join(notes).format(npv=npv, unit=unit.name),
        legend=(("good", _("to act is chosen")), ("bad", _("loses"))),
    )


def _axis(field: str, varied: Varied) -> dict[str, Any]:
    """Return the axis on which an input varies, its values in the order in which they are tried."""
    return {
        "field": field,
        "type": "ordinal",
        "sort": [axis_value(text, varied) for text in varied.values],
        "title": title_lines(axis_name(varied, unit=True)),
        "axis": {"labelAngle": 0, "domain": False, "ticks": False},
    }


def chosen(cell: Cell) -> str:
    """Return what is chosen in a case, in words."""
    return _("open question") if cell.too_close else option_name(cell.best)


def _acts(cell: Cell) -> bool:
    return not cell.too_close and cell.best != "do_nothing"


def _acting(answer: WhatIf) -> str:
    """Return in how many of the cases something is chosen that acts, by the rule that chooses in the tables below."""
    acts = sum(map(_acts, answer.cells))
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
            "best": chosen(cell),
        }
        for cell in answer.cells
        for worth in (cell.worth(after_tax=answer.after_tax),)
        for name in names
        if name in worth
    ]
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
                "encoding": {"x": _axis("x", varied), "y": y, "color": colour, "tooltip": pointer},
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
