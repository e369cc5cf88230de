# SPDX-License-Identifier: MIT
"""What if: the payoff and the choice over values of some inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from txsim.language import _, plural
from txsim.language.numbers import OF_ERRORS, Unit, error_grain, unit_name, unit_of
from txsim.report.document import Block, Level, Note, Paragraph, Section, Table, Text
from txsim.report.figures import Figures, with_error
from txsim.report.pictures import whatif as drawn
from txsim.report.reading import Result
from txsim.report.sections.method import basis
from txsim.report.words import axis_name, axis_value, npv_name, option_name
from txsim.results.whatif import Cell, Varied, WhatIf


def tried(result: Result, level: Level) -> Section | None:
    """Return the payoff over a grid of inputs: a map for two of them, else a list."""
    answer: WhatIf = result.answer
    if not answer.cells:
        return None
    figures = Figures(answer.currency)
    blocks: list[Block] = [Paragraph(_choice(answer), lead=level == "full")]
    blocks.append(_varying(answer, level))
    blocks += [Note(_unmoved(meaning)) for meaning in _inert(answer)]
    picture = drawn.whatif(result) if level == "full" else None
    blocks += [] if picture is None else [picture]
    # What is decided by stands first; where there is a tax, the other basis stands beside it.
    bases = (answer.after_tax, not answer.after_tax) if answer.taxed else (answer.after_tax,)
    values = [npv.value for cell in answer.cells for after in bases for npv in cell.worth(after_tax=after).values()]
    unit = unit_of(max(map(abs, values)), figures.currency, OF_ERRORS)
    for after in bases:
        npv = npv_name(after_tax=after, taxed=answer.taxed)
        if len(answer.vary) == 2:
            blocks.append(_map(answer, figures, unit, after_tax=after, npv=npv))
        else:
            blocks.append(_list(answer, figures, unit, after_tax=after, npv=npv))
    if len(answer.vary) == 2:
        blocks.append(_grid(answer, _("Best by the scenario's criterion"), [*map(_best, answer.cells)], words=True))
    if any(cell.refused for cell in answer.cells):
        blocks.append(_losses(answer, figures))
        blocks.append(Note(_(drawn.REFUSED)))
    blocks.append(Note(_("Each value is taken as known, where the scenario states a range, too.")))
    if level == "brief":
        blocks.append(basis(answer.draws, answer.seed))
    return Section("whatif", _("What if"), tuple(blocks))


def _choice(answer: WhatIf) -> str:
    """Return what is best where; an open question names no option."""
    best = list(dict.fromkeys(cell.best for cell in answer.cells if not cell.too_close))
    unclear = sum(cell.too_close for cell in answer.cells)
    if not best:
        return _("Whatever the values, it is an open question which option is best.")
    quoted = [_("“{option}”").format(option=option_name(name)) for name in best]
    options = option_name(best[0])
    if len(best) > 1:
        either = _("{options} or {last}").format(options=", ".join(quoted[:-1]), last=quoted[-1])
        said = _("What is best depends on the values: {options}.").format(options=either)
    elif unclear:
        said = _("Wherever there is a clear choice: {option}.").format(option=options)
    else:
        said = _("Whatever the values: {option}.").format(option=options)
    if not unclear:
        return said
    text = plural(
        "In {n} of the combinations it is an open question.",
        "In {n} of the combinations it is an open question.",
        unclear,
    )
    return f"{said} {text}"


def _inert(answer: WhatIf) -> list[str]:
    """Return the inputs that change no figure and no choice, whatever the others are."""
    inputs = []
    for axis in answer.vary:
        groups: dict[tuple[str, ...], set[tuple[Any, ...]]] = {}
        for cell in answer.cells:
            others = tuple(value for path, value in cell.values.items() if path != axis.path)
            payoffs = (each.value for npv in (cell.npv, cell.npv_after_tax) for each in npv.values())
            groups.setdefault(others, set()).add((*payoffs, cell.best, cell.state, cell.refused))
        if len(axis.values) > 1 and all(len(figures) == 1 for figures in groups.values()):
            inputs.append(f"{axis_name(axis)} ({axis.path})")
    return inputs


def _unmoved(meaning: str) -> str:
    return _("This changes none of the figures, nothing here depends on it: {meaning}.").format(meaning=meaning)


def _varying(answer: WhatIf, level: Level) -> Block:
    """Return what varies, its unit and its key."""
    places = (_("down"), _("across")) if len(answer.vary) == 2 else ("",) * len(answer.vary)
    if level == "brief":
        sides = [
            f"{place}: {axis_name(axis, unit=True)}" if place else axis_name(axis, unit=True)
            for place, axis in zip(places, answer.vary, strict=True)
        ]
        said = "; ".join(f"{side} ({axis.path})" for side, axis in zip(sides, answer.vary, strict=True))
        return Paragraph(_("What varies: {what}.").format(what=said))
    rows: list[tuple[Text, ...]] = [
        (
            axis_name(axis),
            place,
            ", ".join(axis_value(text, axis) for text in axis.values),
            unit_name(axis.unit),
            axis.path,
        )
        for place, axis in zip(places, answer.vary, strict=True)
    ]
    head = (_("what varies"), "", _("values"), _("unit"), _("key"))
    return Table("", head, tuple(rows), frozenset(range(5)), keys=frozenset({4}))


def _best(cell: Cell) -> str:
    return drawn.chosen(cell) + (" *" if cell.refused else "")


def _map(answer: WhatIf, figures: Figures, unit: Unit, *, after_tax: bool, npv: str) -> Table:
    paid = [cell.worth(after_tax=after_tax)["commit"] for cell in answer.cells]
    # To the digit of its error, for which itself there is no room.
    cells = [Figures(figures.currency, error_grain(each.mcse)).cell(each.value, unit, plus=True) for each in paid]
    return _grid(answer, _("Expected {npv} of committing now, {unit}").format(npv=npv, unit=unit.name), cells)


def _grid(answer: WhatIf, caption: str, cells: Sequence[Text], *, words: bool = False) -> Table:
    """Return what each case tells, the first input down and the second across, as the cases are ordered."""
    down, across = answer.vary
    wide = len(across.values)
    head = (_corner(down, across), *(axis_value(text, across) for text in across.values))
    rows = ((axis_value(text, down), *cells[i * wide : (i + 1) * wide]) for i, text in enumerate(down.values))
    return Table(caption, head, tuple(rows), frozenset(range(len(head)) if words else {0}))


def _losses(answer: WhatIf, figures: Figures) -> Table:
    """Return how often committing loses money in each case, by which a limit may exclude it."""
    caption = _("Futures in 100 in which committing now loses money")
    shares = [figures.of_hundred(cell.p_loss["commit"]) for cell in answer.cells]
    if len(answer.vary) == 2:
        return _grid(answer, caption, shares)
    rows = [(_settings(cell, answer), share) for cell, share in zip(answer.cells, shares, strict=True)]
    return Table(caption, (_axes(answer), _("loses in 100")), tuple(rows))


def _settings(cell: Cell, answer: WhatIf) -> str:
    return " · ".join(axis_value(cell.values[axis.path], axis) for axis in answer.vary)


def _axes(answer: WhatIf) -> str:
    return " · ".join(axis_name(axis, unit=True) for axis in answer.vary)


def _corner(down: Varied, across: Varied) -> str:
    return f"↓ {axis_name(down, unit=True)} · → {axis_name(across, unit=True)}"


def _list(answer: WhatIf, figures: Figures, unit: Unit, *, after_tax: bool, npv: str) -> Table:
    names = [name for name in answer.cells[0].npv if name != "do_nothing"]
    payoffs = [cell.worth(after_tax=after_tax) for cell in answer.cells]
    rows: list[tuple[Text, ...]] = []
    for cell, worth in zip(answer.cells, payoffs, strict=True):
        columns = [
            with_error(worth[name].value, worth[name].mcse, figures, unit, plus=True) if name in worth else "–"
            for name in names
        ]
        rows.append((_settings(cell, answer), *columns, _best(cell)))
    head = (_axes(answer), *map(option_name, names), _("best"))
    caption = _("Expected {npv}, {unit}").format(npv=npv, unit=unit.name)
    return Table(caption, head, tuple(rows), frozenset({0, len(head) - 1}))
