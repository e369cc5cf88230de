# SPDX-License-Identifier: MIT
"""Columns of a table as values: numbers, units, periods, yes and no, with a note of what was repaired or refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import Words, lazy
from txsim.panel.reader.data_report import DataReport, Touched
from txsim.panel.reader.header import COMMAS, CURES, Table
from txsim.panel.reader.link_spec import OUTCOMES, LinkSpec
from txsim.panel.reader.numerals import tidy_name
from txsim.panel.reader.vocabulary import flag_of, folded, is_total, opposite, part_of_total, speaks_for_itself

#: Columns of which a cell is left out alone: what else its row says stays.
_ALONE = re.compile("|".join(("ex", "cx", r"(?:ex|cx)_\w+", *OUTCOMES)))
#: Share of a column that may be unreadable before the file is refused.
FEW = 0.05
#: Rows of one unit and period, or week, from which rows are single answers.
SEVERAL = 1.5
#: How a spec names cells that hold nothing.
EMPTY = "empty"


@dataclass(frozen=True)
class Cells:
    """A table, which of its columns is what, and what was done to it."""

    #: ``table``, ``spec``: The table as read, and what a person says about it.
    table: Table
    spec: LinkSpec
    column: dict[str, int]  #: Role → place of its column.
    report: DataReport  #: What was repaired and refused.
    refused: NDArray[np.bool_]  #: ``(row,)`` whether a row is left out.

    def name(self, role: str) -> str:
        """Return the header of a role's column."""
        return self.table.columns[self.column[role]] if role in self.column else role


def cells_of(table: Table, spec: LinkSpec, column: dict[str, int], report: DataReport) -> Cells:
    """Return a table's cells with a report that knows what was left out while reading the file."""
    report.rows = len(table) + len(table.dropped)
    report.notes[:0] = table.notes
    for file, line, reason in table.dropped:
        report.touch([Touched(file, line, "", reason)], reason, 1, refuse=True)
    report.files = tuple(dict.fromkeys(name for _, name in table.files)) or (table.name,)
    report.about["encoding"] = table.encoding
    return Cells(table, spec, column, report, np.zeros(len(table), dtype=bool))


def place(
    cells: Cells,
    rows: Sequence[int] | NDArray[Any],
    role: str,
    reason: Words,
    *,
    refuse: bool = False,
    shown: Any = None,
) -> None:
    """Note rows that were repaired, or refuse them.

    ``cells``: the table. ``rows``: places of the rows. ``role``, ``reason``: column and why. ``refuse``: whether the
    rows are left out; of measures and outcomes the cell alone. ``shown``: value of each row by its place; what stands
    in the cell by default.
    """
    if len(rows) == 0:
        return
    name = cells.name(role)
    at = cells.column.get(role)
    held = cells.table.cells[at] if at is not None else None

    def touched() -> Any:
        for k in rows:
            value = shown(k) if shown is not None else "" if held is None else str(held[k])
            file, line = cells.table.place(int(k), at)
            yield Touched(file, line, name, reason, value[:40])

    cells.report.touch(touched(), reason, len(rows), refuse=refuse)
    if refuse and not _ALONE.fullmatch(role):
        cells.refused[np.asarray(rows, dtype=np.int64)] = True


def distinct(held: list[Any]) -> tuple[list[Any], NDArray[np.int64]]:
    """Return the distinct cells of a column, and for each row which of them stands there."""
    known: dict[Any, int] = {}
    index = np.fromiter((known.setdefault(cell, len(known)) for cell in held), dtype=np.int64, count=len(held))
    return list(known), index


def refuse_blanks(cells: Cells, role: str, empty: int, rows: int) -> None:
    """Refuse a column of units or periods of which more than a few cells are empty: most of its rows would be lost.

    Raises InputError with the cure for names that stand once above their rows.
    """
    if empty <= max(1, FEW * rows):
        return
    message = lazy("{empty:,} of {rows:,} cells are empty", empty=empty, rows=rows)
    hint = lazy(
        "does a name stand once, above its rows? Say `fill_down: true` in the spec; else fill them in, or take these "
        "rows out"
    )
    raise InputError(Problem(message, file=cells.table.name, path=cells.name(role), hint=hint))


def unit_column(cells: Cells, role: str = "unit") -> list[str]:
    """Return the name of each row's unit, tidied and merged as asked for; sums of units are refused."""
    written = cells.table.cells[cells.column[role]]
    if role == "unit" and "apart" in cells.column:
        written = _told_apart(written, cells.table.cells[cells.column["apart"]])
    held, index = distinct(written)
    merged = {tidy_name(old).lower(): new for new, olds in cells.spec.merge.items() for old in olds}
    spelled: dict[str, str] = {}
    names, changed, empty = [], [], []
    for cell in held:
        text = f"{cell:g}" if isinstance(cell, float) and cell.is_integer() else "" if cell is None else str(cell)
        name = tidy_name(text)
        first = spelled.setdefault(name.lower(), name)
        changed.append(bool(name) and text.strip() != first)
        empty.append(not name)
        names.append(merged.get(first.lower(), first))
    nameless = np.flatnonzero(np.array(empty)[index])
    refuse_blanks(cells, role, len(nameless), len(index))
    place(cells, nameless, role, lazy("unit is empty"), refuse=True)
    place(cells, np.flatnonzero(np.array(changed)[index]), role, lazy("unit's name tidied"))
    dropped = {tidy_name(name).lower() for name in cells.spec.drop_units or ()}
    for name in sorted(dropped - {name.lower() for name in names}):
        cells.report.warnings.append(lazy("`drop_units` names `{name}`, which is not in the data", name=name))
    gone = np.array([name.lower() in dropped for name in names])
    place(cells, np.flatnonzero(gone[index]), role, lazy("dropped as asked for"), refuse=True)
    there = {name.lower() for name in names}
    for name in dict.fromkeys(names):
        if name.lower() not in dropped and (is_total(name) or part_of_total(name) in there):
            which = np.array([other == name for other in names])
            place(
                cells,
                np.flatnonzero(which[index]),
                role,
                lazy("`{name}` is a sum of units", name=name[:40]),
                refuse=True,
            )
    return [names[i] for i in index]


def _told_apart(names: list[Any], by: list[Any]) -> list[Any]:
    """Return names with what tells several units of one name apart: `Springfield (IL)`."""
    several: dict[Any, set[str]] = {}
    for name, mark in zip(names, by, strict=True):
        several.setdefault(name, set()).add(tidy_name(str(mark)))
    return [f"{name} ({tidy_name(str(mark))})" if len(several[name]) > 1 else name
            for name, mark in zip(names, by, strict=True)]  # fmt: skip


def flag_column(cells: Cells, role: str) -> tuple[NDArray[np.bool_], list[int]]:
    """Return yes or no of each row, and the rows that say neither; those said to be missing are left out.

    Where the column's name says the opposite of its role, as `Control store` of `treated`, a yes in it is a no.
    """
    held, index = distinct(cells.table.cells[cells.column[role]])
    meanings = {folded(word): worth for word, worth in cells.spec.words_of(role).items()}
    turned = opposite(cells.name(role), role)
    flags, gone = [], []
    for cell in map(str, held):
        stated = meanings.get(folded(cell) or EMPTY)
        flag = flag_of(cell if stated is None else str(stated))
        turn = turned and stated is None and flag is not None and not speaks_for_itself(cell, role)
        flags.append((not flag) if turn else flag)
        gone.append(stated is not None and folded(str(stated)) == "missing")
    place(cells, np.flatnonzero(np.array(gone)[index]), role, lazy("dropped as asked for"), refuse=True)
    bad = np.array([flag is None for flag in flags]) & ~np.array(gone)
    return np.array([bool(flag) for flag in flags])[index], [int(k) for k in np.flatnonzero(bad[index])]


def check_width(table: Table) -> None:
    """Refuse a table of which more than a few rows are wider than its header, or some by numbers with commas.

    What a comma takes away depends on the number: whole ones stay.
    """
    wide = [(name, line, why) for name, line, why in table.dropped if why in CURES]
    commas = [each for each in wide if each[2] is COMMAS]
    if len(commas) < 2 and len(wide) <= max(1, FEW * (len(table) + len(wide))):
        return
    name, line, why = (commas or wide)[0]
    message = lazy("{count:,} of {rows:,} rows below the header cannot be read: {reason}", count=len(wide),
                   rows=len(table) + len(wide), reason=why)  # fmt: skip
    raise InputError(Problem(message, file=name, line=line, hint=CURES[why]))
