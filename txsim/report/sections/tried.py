# SPDX-License-Identifier: MIT
"""What if: the payoff and the choice over values of some inputs."""

from __future__ import annotations

from txsim.language import _
from txsim.language.numbers import Unit, unit_of
from txsim.report.document import Block, Level, Paragraph, Section, Table, Text
from txsim.report.figures import Figures
from txsim.report.pictures import alternatives
from txsim.report.reading import Result
from txsim.report.sections.parts import basis, digits_of, with_error
from txsim.report.words import option_name, short_name
from txsim.results.whatif import Cell, Varied, WhatIf

__all__ = ["tried"]


def tried(result: Result, level: Level) -> Section | None:
    """Return the payoff over a grid of inputs: a map for two of them, else a list."""
    answer: WhatIf = result.answer
    if not answer.cells:
        return None
    figures = Figures(answer.currency)
    blocks: list[Block] = [Paragraph(_choice(answer), lead=level == "full")]
    picture = alternatives.whatif(result) if level == "full" else None
    blocks += [] if picture is None else [picture]
    values = [npv.value for cell in answer.cells for npv in cell.npv.values()]
    unit = unit_of(max(map(abs, values)), figures.currency)
    if len(answer.vary) == 2:
        blocks += _maps(answer, figures, unit)
    else:
        blocks.append(_list(answer, figures, unit))
    if level == "brief":
        blocks.append(basis(answer.draws, answer.seed))
    return Section("whatif", _("What if"), tuple(blocks))


def _choice(answer: WhatIf) -> str:
    best = list(dict.fromkeys(cell.best for cell in answer.cells))
    if len(best) == 1:
        return _("Whatever the values: {option}.").format(option=option_name(best[0]))
    options = ", ".join(option_name(name) for name in best)
    return _("The best choice depends on them: {options}.").format(options=options)


def _best(cell: Cell) -> str:
    return short_name(cell.best) + (" ?" if cell.too_close else "")


def _maps(answer: WhatIf, figures: Figures, unit: Unit) -> list[Block]:
    down, across = answer.vary
    at = {(cell.values[down.path], cell.values[across.path]): cell for cell in answer.cells}
    head = (_corner(down, across), *across.values)
    npv: list[tuple[Text, ...]] = []
    best: list[tuple[Text, ...]] = []
    for value in down.values:
        cells = [at[value, other] for other in across.values]
        npv.append((value, *(figures.cell(cell.npv["commit"].value, unit, plus=True) for cell in cells)))
        best.append((value, *map(_best, cells)))
    words = frozenset(range(len(head)))
    return [
        Table(_("Expected NPV of committing now, {unit}").format(unit=unit.name), head, tuple(npv)),
        Table(_("Best by the scenario's criterion (?: an open question)"), head, tuple(best), words),
    ]


def _corner(down: Varied, across: Varied) -> str:
    return f"{down.path} ↓ {across.path} →"


def _list(answer: WhatIf, figures: Figures, unit: Unit) -> Table:
    names = [name for name in answer.cells[0].npv if name != "do_nothing"]
    digits = digits_of((npv.mcse for cell in answer.cells for npv in cell.npv.values()), unit.divisor)
    rows: list[tuple[Text, ...]] = []
    for cell in answer.cells:
        told = [
            with_error(cell.npv[name].value, cell.npv[name].mcse, figures, unit, digits=digits, plus=True)
            if name in cell.npv
            else "–"
            for name in names
        ]
        rows.append((" · ".join(cell.values.values()), *told, _best(cell)))
    head = (" · ".join(axis.path for axis in answer.vary), *map(short_name, names), _("best"))
    caption = _("Expected NPV, {unit} (?: an open question)").format(unit=unit.name)
    return Table(caption, head, tuple(rows), frozenset({0, len(head) - 1}))
