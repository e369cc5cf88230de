# SPDX-License-Identifier: MIT
"""From a grid to a table: where the header is, rows of labels below it, titles above, notes within."""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from txsim.language import Message, Words, lazy, lazy_plural
from txsim.panel.reader.numerals import read_number
from txsim.panel.reader.periods import read_period
from txsim.panel.reader.sheets import Grid
from txsim.panel.reader.vocabulary import is_missing

#: Why a row with too many cells is left out.
MORE_CELLS = lazy("more cells than the header has: a separator without quotation marks?")
#: The same, where numbers with commas between commas make them.
COMMAS = lazy("more cells than the header has: numbers with a comma between commas?")
#: What to do about either.
CURES: dict[Words | None, Message] = {
    COMMAS: lazy("export the file with semicolons between its cells, or with decimal points"),
    MORE_CELLS: lazy("put texts with commas in quotation marks, and a header over each column"),
}
#: Rows below a possible row of labels that say what a column holds.
_LOOK = 20
_YEAR = re.compile(r"(?:19|20|21)\d\d(?:\.0)?")


@dataclass(frozen=True)
class Table:
    """A table as it was written, one list of cells for each column."""

    name: str  #: File, and sheet where there are several.
    columns: tuple[str, ...]  #: Headers.
    cells: list[list[Any]]  #: One list for each column.
    lines: list[int]  #: Line of each row in its file, counted from 1 with the header.
    #: Words below each header, such as the question as it was asked; empty where there are none.
    labels: tuple[str, ...] = ()
    #: ``(first row, name)`` of each file or sheet that was put below the others.
    files: tuple[tuple[int, str], ...] = ()
    notes: tuple[Words, ...] = ()  #: What was found out about the file as a whole.
    #: ``(name, line, reason)`` of rows left out while reading, such as totals.
    dropped: tuple[tuple[str, int, Words], ...] = ()
    encoding: str = ""  #: Of a text file.
    reshaped: bool = False  #: Whether columns were made of rows or of periods, and are called by their roles.
    hidden: tuple[int, ...] = ()  #: Lines of rows that the spreadsheet program does not show.
    #: Cells that stood alone on their row: the row of the table before which they stood, the text, and its line.
    alone: tuple[tuple[int, str, int], ...] = ()
    #: Of tables that were put side by side: columns, file, and the line there of each row.
    origins: tuple[tuple[frozenset[int], str, dict[int, int]], ...] = ()
    sources: tuple[str, ...] = ()  #: Columns that were added and say which sheet, file or block a row comes from.

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.lines)

    def place(self, row: int, column: int | None = None) -> tuple[str, int]:
        """Return file and line of a row, or of what stands in one of its columns."""
        for columns, other, lines in self.origins:
            if column in columns and row in lines:
                return other, lines[row]
        name = self.name
        for first, other in self.files:
            if first <= row:
                name = other
        return name, self.lines[row]

    def without(self, gone: Collection[int], reason: Words) -> Table:
        """Return the table without some rows, and with why they are gone."""
        keep = [k for k in range(len(self)) if k not in gone]
        return replace(
            self,
            cells=[[column[k] for k in keep] for column in self.cells],
            lines=[self.lines[k] for k in keep],
            files=tuple((bisect_left(keep, first), name) for first, name in self.files),
            hidden=tuple(line for line in self.hidden if line in {self.lines[k] for k in keep}) if self.hidden else (),
            dropped=(*self.dropped, *((*self.place(k), reason) for k in sorted(gone))),
        )

    def with_source(self, name: str, words: Sequence[str]) -> Table:
        """Return the table with a column of what each row comes from, unless it has one of that name."""
        if name in (column.lower() for column in self.columns):
            return self
        columns, cells = (*self.columns, name), [*self.cells, list(words)]
        return replace(self, columns=columns, cells=cells, sources=(*self.sources, name))

    def once_in_each(self, column: int, among: Iterable[int]) -> int | None:
        """Return the first column of words, several and each again and again, that stand once beside each of one's."""
        for i in among:
            words = [_text(cell) for cell in self.cells[i]]
            pairs = set(zip(words, map(str, self.cells[column]), strict=True))
            often = 1 < len(set(words)) < len(words) == len(pairs)
            if often and not any(map(_is_value, set(words))):
                return i
        return None

    def label(self, column: int) -> str:
        """Return the words below a header."""
        return self.labels[column] if column < len(self.labels) else ""


def _text(cell: Any) -> str:
    return cell.strip() if isinstance(cell, str) else "" if cell is None else str(cell)


def _is_value(cell: Any) -> bool:
    """Whether a cell holds a number or a date."""
    if isinstance(cell, int | float | dt.date):
        return True
    text = _text(cell)
    return bool(text) and (read_number(text).value is not None or read_period(text) is not None)


def is_data(row: Sequence[Any]) -> bool:
    """Whether a row holds figures, as one of data does that begins with `Store`; a header's numbers count upward."""
    told = [text for cell in row if (text := _text(cell))]
    dated = [(when := read_period(text)) is not None and when.kind != "count" for text in told]
    known = [read_number(text).value for text, date in zip(told, dated, strict=True) if not date]
    numbers = [value for value in known if value is not None]
    counts = len(numbers) > 1 and all(a < b and b % 1 == 0 for a, b in pairwise(numbers))
    return bool(numbers) and (not counts or any(dated))


def table_of(grid: Grid) -> Table | None:
    """Return the table of a grid; ``None`` where there is nothing that looks like one.

    The header is the first row that is filled nearly as far as the widest. Titles above are skipped, rows of labels
    below join the header, notes and headers within are dropped, and all that is said.
    """
    rows = grid.rows
    if not rows:
        return None
    filled = [sum(_text(cell) != "" for cell in row) for _, row in rows[:50]]
    width = sorted(filled)[-max(1, len(filled) // 4)]  # notes with many commas may be wider than the table
    if width < 2:
        return None
    least = max(2, width - 1 if width < 5 else -(-6 * width // 10))
    at, heads = _header_row(rows, filled, least, width)
    if at is None:
        return None
    notes = list(grid.notes)
    skipped = at - bool(heads)
    if skipped:
        notes.append(
            lazy_plural("{n} line was skipped above the header", "{n} lines were skipped above the header", skipped)
        )
    if heads:
        notes.append(lazy("two rows of headers were read as one: `{name}`", name=heads[-1][:40]))
    body = rows[at + 1 :]
    labels = 0
    while labels < 3 and _is_labels(body[labels:]):
        labels += 1
    header, below = _joined(heads or [_name(cell) for cell in rows[at][1]], [row for _, row in body[:labels]])
    if labels:
        notes.append(lazy("rows of labels read with the header: {labels}", labels=labels))
    while header and not header[-1]:
        header = header[:-1]
    size = len(header)
    if size < 2:
        return None
    folded = [name.lower() for name in header]
    dropped: list[tuple[str, int, Words]] = []
    above = rows[at - 1][1] if at else ()
    over = [_name(cell) for cell in above if _text(cell)]
    alone = [(0, over[0], rows[at - 1][0])] if len(over) == 1 and not heads else []  # may name the first rows
    lines: list[int] = []
    kept: list[tuple[Any, ...]] = []
    for line, row in body[labels:]:
        if len(row) > size and any(_text(cell) for cell in row[size:]):
            dropped.append((grid.name, line, COMMAS if _parted(row, size) else MORE_CELLS))
            continue
        if len(row) != size:
            row = (*row, *[""] * size)[:size]
        first = row[0]
        if _text(first).lower() == folded[0] and [_text(cell).lower() for cell in row] == folded:
            dropped.append((grid.name, line, lazy("the header again")))
        elif size > 2 and row.count("") == size - 1:
            dropped.append((grid.name, line, lazy("a note, no row of the table")))
            alone += [(len(kept), _name(first), line)] if _text(first) else []
        else:
            lines.append(line)
            kept.append(row)
    cells = [list(column) for column in zip(*kept, strict=True)] if kept else [[] for _ in header]
    hidden = tuple(line for line in lines if line in grid.hidden_rows) if grid.hidden_rows else ()
    return Table(
        grid.name, tuple(header), cells, lines, tuple(below[:size]), (), tuple(notes), tuple(dropped), grid.encoding,
        hidden=hidden, alone=tuple(alone),
    )  # fmt: skip


def _parted(row: Sequence[Any], size: int) -> bool:
    """Whether a row is too long since numbers may have been parted at their comma, as `-10,2` is."""
    told, at, count = [_text(cell) if isinstance(cell, str) else "" for cell in row], 0, 0
    while at + 1 < len(told):
        both = re.fullmatch(r"[-−+]?\d+", told[at]) and re.fullmatch(r"\d+\s*%?", told[at + 1])
        count, at = count + bool(both), at + 1 + bool(both)
    behind = [text for text in told[size:] if text]  # where a comment is parted, words
    return count >= len(row) - size and all(read_number(text).value is not None for text in behind)


def _header_row(
    rows: list[tuple[int, tuple[Any, ...]]], filled: list[int], least: int, width: int
) -> tuple[int | None, list[str]]:
    """Return the place of the header, and its names where a row above it tells groups of columns apart.

    A period that stands once over several columns, or a measure over its periods, is part of each of their names.
    """
    for i, count in enumerate(filled):
        if count < least - 1:
            continue
        row = rows[i][1]
        names = [_text(cell) for cell in row]
        once = {*names} - {""}
        several = count >= least and len(once) >= min(3, width)
        heads = _under_groups(rows[i - 1][1], row) if i and rows[i - 1][0] == rows[i][0] - 1 else []
        follows = i + 1 < len(rows) and rows[i + 1][0] == rows[i][0] + 1
        if several and follows and not heads and len(once) < count:  # merged: a name over each of its columns
            below = _under_groups(row, rows[i + 1][1])
            three = zip(names, below, rows[i + 1][1], strict=False)
            if any(whole not in (over, _name(cell)) and names.count(over) > 1 for over, whole, cell in three if over):
                return i + 1, below
        if several or heads:
            return i, heads
    return None, []


def _under_groups(above: tuple[Any, ...], row: tuple[Any, ...]) -> list[str]:
    """Return names of columns with that of their group before it; none where the row above has no groups."""
    size = max(len(above), len(row))
    over = [_name(cell) for cell in above] + [""] * (size - len(above))
    names = [_name(cell) for cell in row] + [""] * (size - len(row))
    # years are periods where they stand once below each of several groups, else numbers
    years = [_YEAR.fullmatch(name) is not None and names.count(name) > 1 for name in names]
    periods = [year or (read_period(name) is not None and not name.lstrip("-").isdigit())
               for name, year in zip(names, years, strict=True)]  # fmt: skip
    if any(_is_value(cell) and not period for cell, period in zip((*row, *[""] * size), periods, strict=False)):
        return []
    alike = [bool(name) and (names.count(name) > 1 or period) for name, period in zip(names, periods, strict=True)]
    if sum(alike) < 2:
        return []
    group, whole = "", []
    for name, head, parted in zip(names, over, alike, strict=True):
        group = head or group
        whole.append(f"{group} {name.removesuffix('.0')}".strip() if parted else name or head)
    told = [name for name in whole if name]
    groups = {head for head, parted in zip(over, alike, strict=True) if head and parted}
    return whole if groups and len(set(told)) == len(told) else []


def _name(cell: Any) -> str:
    """Return what a cell of a header says; a date without its time of day."""
    return cell.strftime("%Y-%m-%d") if isinstance(cell, dt.date) else _text(cell)


def _is_labels(body: list[tuple[int, tuple[Any, ...]]]) -> bool:
    """Whether the first row is no data: in columns of numbers and dates it holds words."""
    if len(body) < 3:
        return False
    first, rest = body[0][1], [row for _, row in body[1 : _LOOK + 1]]
    if any('"ImportId"' in _text(cell) for cell in first):
        return True
    # further rows of labels may follow
    columns = []
    for k in range(len(first)):
        held = [_is_value(row[k]) for row in rest[2:] or rest if k < len(row) and _text(row[k])]
        if len(held) >= 2 and sum(held) >= 0.8 * len(held):
            columns.append(k)
    words = [k for k in columns if _text(first[k]) and not _is_value(first[k])]
    values = [k for k in columns if _is_value(first[k])]
    labels = [k for k in words if not is_missing(_text(first[k]))]
    return len(labels) >= 2 and not values


def _joined(header: list[str], labels: list[tuple[Any, ...]]) -> tuple[list[str], list[str]]:
    """Return header and labels; where one name stands over several columns, the words below tell them apart."""
    size = max([len(header), *(len(row) for row in labels)])
    header = header + [""] * (size - len(header))
    below = [
        " ".join(part for row in labels if k < len(row) and (part := _text(row[k])) and '"ImportId"' not in part)
        for k in range(size)
    ]
    if not labels:
        return header, []
    names = list(header)
    over = ""
    for k, name in enumerate(header):
        over = name or over
        group = (not name and bool(below[k])) or (name != "" and header.count(name) > 1)
        heads = name != "" and k + 1 < size and not header[k + 1] and bool(below[k + 1])
        if (group or heads) and below[k]:
            names[k] = f"{over} {below[k]}".strip()
    return names, [re.sub(r"\s+", " ", text) for text in below]
