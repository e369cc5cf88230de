# SPDX-License-Identifier: MIT
"""A workbook that was filled in, read back: what was changed in which cell, and the file with just that changed.

A workbook comes from somebody's mail. It is read as data: macros, links to other files and formulas are refused, and so
is whatever is no row of the sheet that was sent out. What a cell gets wrong is told with its place: ``inputs!G7``.
"""

from __future__ import annotations

import base64
import binascii
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from txsim.errors import InputError, Problem, did_you_mean
from txsim.files import content_of
from txsim.language import Message, Words, as_message, lazy
from txsim.panel.reader.workbook import Book, open_book
from txsim.priors.typed_numbers import LARGEST, typed_number
from txsim.priors.written_numbers import explained
from txsim.scenario.editing import Note, new_entry, with_prior, with_value
from txsim.scenario.findings import is_money, is_share, sort_at, value_at
from txsim.scenario.flow_style import flow
from txsim.scenario.yaml_reader import Path_, read_text
from txsim.sheet.form import BELIEFS, FACTOR, INPUTS, INTERVAL, NUMBER, TEXT, WAYS, WRITTEN, Cells, Form, Row, digits
from txsim.sheet.workbook import COLUMNS, FIRST, ORIGIN, digest

_LARGEST, _UNPACKED, _ROWS, _SOURCE = 20_000_000, 100_000_000, 20_000, 20_000_000
_KEYS = tuple(key for key, _title, _width in COLUMNS)
_FILLED = _KEYS[_KEYS.index("way") :]
_NUMBERS = ("factor", "low", "high")
#: Cells that belong to each way of saying a value; all others are empty, but for who and why.
_BELONG = {
    NUMBER: ("value",),
    TEXT: ("value",),
    FACTOR: ("value", "factor"),
    INTERVAL: ("value", "low", "high", "family"),
    WRITTEN: ("written",),
}


@dataclass(frozen=True)
class Change:
    """What a row says that the file did not."""

    row: Row  #: The row as it was sent out.
    cell: str  #: Where it is filled in, ``inputs!G7``.
    value: Any  #: What is said now, plain data.
    #: ``who``, ``why``: Who says so, and why.
    who: str
    why: str


@dataclass(frozen=True)
class _Line:
    """A line of a sheet, to say where something is wrong."""

    file: str
    sheet: str
    line: int

    def cell(self, key: str) -> str:
        """Return the cell of a column, ``inputs!G7``."""
        return f"{self.sheet}!{chr(ord('A') + _KEYS.index(key))}{self.line}"

    def refuse(self, key: str, message: Message, hint: Words | None = None) -> NoReturn:
        """Refuse what stands in the cell of a column."""
        meant = None if hint is None else as_message(hint)
        raise InputError(Problem(message, file=self.file, path=self.cell(key), hint=meant)) from None


@dataclass(frozen=True)
class Filled:
    """A workbook that was read: the file it carries, and its cells."""

    name: str  #: Of the workbook, in messages.
    source: bytes  #: The file that it was made from.
    rests_on: Mapping[str, str]  #: SHA-256 of each file that this one rests on, by name relative to it.
    cells: Mapping[str, Mapping[int, tuple[Any, ...]]]  #: Lines of each sheet, by number.

    def changes(self, form: Form) -> list[Change]:
        """Return what the workbook changes of a form.

        Raises :class:`InputError` with every cell that cannot be read.
        """
        changes: list[Change] = []
        problems: list[Problem] = []
        for sheet, rows in form.rows.items():
            by_name = {row.name: row for row in rows}
            seen: dict[str, str] = {}
            for line, cells in self.cells[sheet].items():
                try:
                    change = self._change(sheet, line, cells, by_name, seen)
                except InputError as error:
                    problems += error.problems
                    continue
                changes += [] if change is None else [change]
            missing = [name for name in by_name if name not in seen]
            if missing:
                message = lazy("rows are missing: {names}", names=", ".join(missing[:5]))
                hint = lazy("leave rows where they are; to sort and to filter is harmless")
                problems.append(Problem(message, file=self.name, path=sheet, hint=hint))
        if problems:
            raise InputError(problems)
        return changes

    def _change(
        self, sheet: str, line: int, cells: tuple[Any, ...], by_name: Mapping[str, Row], seen: dict[str, str]
    ) -> Change | None:
        padded = (*cells, *(None for _ in range(len(_KEYS) - len(cells))))
        by_key = dict(zip(_KEYS, padded, strict=False))

        at = _Line(self.name, sheet, line)
        name = by_key["name"]
        if not isinstance(name, str) or name not in by_name:
            if all(_empty(cell) for cell in cells):
                return None
            message = lazy("no row of this sheet is called `{name}`{suggestion}", name=str(name)[:60],
                           suggestion=did_you_mean(str(name), by_name))  # fmt: skip
            at.refuse("name", message, lazy("new rows are added in the file, not here"))
        if name in seen:
            at.refuse("name", lazy("`{name}` stands twice, in {place}, too", name=name, place=seen[name]))
        seen[name] = at.cell("name")
        row = by_name[name]
        read = _cells(by_key, at, row.path)
        who, why = (_text(by_key[key]) for key in ("who", "why"))
        noted = (who, why) != (row.who, row.why)
        if read == row.cells and not noted:
            return None
        if read.way is None:
            if row.cells.way is not None:
                at.refuse("way", lazy("what the file says cannot be emptied here"), lazy("take it out of the file"))
            at.refuse("way", lazy("a reason is given and no value"), lazy("say the value, too, or empty both"))
        key = "written" if read.way == WRITTEN else "value"
        return Change(row, at.cell(key), _plain(read, row, at), who, why)

    def applied(self, form: Form, changes: list[Change], *, date: str, name: str) -> str:
        """Return the file's text with the changes, comments and all else as it was.

        Raises :class:`InputError` if a value cannot be changed without touching another, told by cell.
        """
        text, problems = form.text, []
        for change in changes:
            path = change.row.path
            before = value_at(read_text(text, name).data, path)
            try:
                if change.cell.startswith(f"{BELIEFS}!"):
                    entry = new_entry(before, change.value, Note(change.who, change.why, date))
                    text = with_prior(text, str(path[1]), entry, name)
                else:
                    who = ", ".join(part for part in (change.who, date) if part) if change.who or change.why else ""
                    note = ": ".join(part for part in (who, change.why) if part)
                    was = "" if before is None else str(lazy("before: {value}", value=flow(before)))
                    text = with_value(text, path, change.value, "; ".join(filter(None, (note, was))), name)
            except InputError as error:
                problems += [_at(problem, change.cell, self.name) for problem in error.problems]
        if problems:
            raise InputError(problems)
        return text

    def by_cell(self, problems: tuple[Problem, ...], changes: list[Change]) -> list[Problem]:
        """Return problems of the file that came out, told by the cells that they come from where there are some."""
        found = []
        for problem in problems:
            cells = [change for change in changes if problem.path.startswith(change.row.name) and change.row.name]
            cells += [change for change in changes if problem.path.startswith(f"priors.{change.row.name}")]
            cells = cells or [change for change in changes if change.row.name.startswith(f"{problem.path}.")]
            best = max(cells, key=lambda change: len(change.row.name), default=None)
            found.append(problem if best is None else _at(problem, best.cell, self.name))
        return found


def _at(problem: Problem, cell: str, name: str) -> Problem:
    return replace(problem, file=name, line=None, column=None, source="", path=cell)


def _empty(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _text(cell: Any) -> str:
    return "" if _empty(cell) else " ".join(str(cell).split())


def _number(cell: Any, key: str, at: _Line, path: Path_) -> float:
    """Return a number of a cell; Excel shows what was typed with a percent sign as percent."""
    number: float | None = None
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        number = cell
    elif isinstance(cell, str):
        try:
            number = typed_number(cell, share=is_share(path), grouped=is_money(path))
        except ValueError as error:
            at.refuse(key, explained(error, cell, sort_at(path)))
    if number is None:
        at.refuse(key, lazy("expected a number, found {value}", value=repr(str(cell)[:40])))
    if not abs(number) <= LARGEST:  # a cell of a thousand digits is read as no number at all
        at.refuse(key, lazy("numbers are finite and at most 1e15"))
    return digits(number)


def _cells(by_key: Mapping[str, Any], at: _Line, path: Path_) -> Cells:
    """Return the cells of a row that were filled in, each of the kind that its way asks for."""
    way = by_key["way"]
    there = [key for key in _FILLED[:-2] if key != "way" and not _empty(by_key[key])]
    if _empty(way):
        if there:
            at.refuse("way", lazy("how is it said?"), lazy("one of: {names}", names=", ".join(WAYS)))
        return Cells()
    if way not in WAYS:
        message = lazy("`{name}` is no way of saying a value{suggestion}", name=str(way)[:40],
                       suggestion=did_you_mean(str(way), WAYS))  # fmt: skip
        at.refuse("way", message, lazy("one of: {names}", names=", ".join(WAYS)))
    belong = _BELONG[way]
    for key in there:
        if key not in belong:
            at.refuse(key, lazy("this cell is not read with `{way}`", way=way), lazy("empty it, or say it otherwise"))
    for key in belong:
        if key not in there and not (way == INTERVAL and key in ("value", "family")):
            at.refuse(key, lazy("`{way}` needs this cell", way=way))
    read: dict[str, Any] = {"way": way}
    for key in there:
        cell = by_key[key]
        if key in _NUMBERS or (key == "value" and way != TEXT):
            read[key] = _number(cell, key, at, path)
        else:
            read[key] = str(cell) if not isinstance(cell, bool) else ("true" if cell else "false")
    return Cells(**read)


def _plain(cells: Cells, row: Row, at: _Line) -> Any:
    """Return what cells say as it stands in a file."""
    if cells.way == NUMBER:
        return cells.value
    if cells.way == TEXT:
        logical = row.choices == ("true", "false")
        return cells.value == "true" if logical and cells.value in ("true", "false") else cells.value
    if cells.way == FACTOR:
        return {"median": cells.value, "factor": cells.factor}
    if cells.way == INTERVAL:
        middle = {} if cells.value is None else {"median": cells.value}
        return {"interval": [cells.low, cells.high], **middle, **({"family": cells.family} if cells.family else {})}
    try:
        document = read_text(f"it: {cells.written}\n", "cell")
    except InputError as error:
        at.refuse("written", error.problems[0].message)
    if document.problems:
        at.refuse("written", document.problems[0].message)
    if not isinstance(document.data, dict) or set(document.data) != {"it"}:
        at.refuse("written", lazy("expected a value as in a file"))
    return document.data["it"]


def read_filled(path: Path) -> Filled:
    """Read a workbook that ``txsim sheet`` made and somebody filled in.

    Raises :class:`InputError` if it is none, was cut or altered where it may not be, or holds macros, links to other
    files or formulas.
    """
    name = str(path)
    try:
        content = content_of(path, name, _LARGEST, lazy("a workbook"))
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(Problem(lazy("there is no such file"), file=name)) from None
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_what_runs(archive, name)
        book = open_book(content)
        sheets = {sheet: _lines(book, sheet, name) for sheet in book.parts}
    except InputError:
        raise
    except Exception as error:  # whatever openpyxl and expat say of what is no workbook
        message = lazy("this is no workbook that can be read")
        raise InputError(Problem(message, file=name, hint=lazy("save it as .xlsx"))) from error
    absent = [sheet for sheet in (INPUTS, BELIEFS, ORIGIN) if sheet not in sheets]
    if absent:
        message = lazy("the sheet `{name}` is missing", name=absent[0])
        raise InputError(Problem(message, file=name, hint=lazy("`txsim sheet` makes the workbook to fill in")))
    source, rests_on = _origin(sheets[ORIGIN], name)
    cells = {sheet: {line: row for line, row in sheets[sheet].items() if line >= FIRST} for sheet in (INPUTS, BELIEFS)}
    return Filled(name, source, rests_on, cells)


def _refuse_what_runs(archive: zipfile.ZipFile, name: str) -> None:
    if sum(entry.file_size for entry in archive.infolist()) > _UNPACKED:
        raise InputError(Problem(lazy("the workbook is too large"), file=name))
    for part in archive.namelist():
        lower = part.lower()
        if "vbaproject" in lower or "/macrosheets/" in lower or (lower.endswith(".bin") and "printer" not in lower):
            raise InputError(
                Problem(lazy("the workbook holds macros"), file=name, hint=lazy("save it as .xlsx, without macros"))
            )
        if "externallinks/" in lower or "connections.xml" in lower:
            message = lazy("the workbook has links to other files")
            raise InputError(Problem(message, file=name, hint=lazy("replace them by values")))
        if "/embeddings/" in lower or "/activex/" in lower:
            raise InputError(Problem(lazy("the workbook holds embedded objects"), file=name))


def _lines(book: Book, sheet: str, name: str) -> dict[int, tuple[Any, ...]]:
    def check(line: int, _cells: int) -> None:
        if line > _ROWS:
            raise InputError(Problem(lazy("the sheet has too many rows"), file=name, path=f"{sheet}!A{line}"))

    read = book.sheet(sheet, check)
    if read.first_formula is not None:
        line, column = read.first_formula
        from openpyxl.utils import get_column_letter

        place = f"{sheet}!{get_column_letter(column + 1)}{line}"
        hint = lazy("replace it by its value: copy, paste special, values")
        raise InputError(Problem(lazy("a formula stands here"), file=name, path=place, hint=hint))
    return {line: tuple(None if cell == "" else cell for cell in row) for line, row in read.rows.items()}


def _origin(lines: Mapping[int, tuple[Any, ...]], name: str) -> tuple[bytes, dict[str, str]]:
    """Return the file that a workbook carries, and the digests of those that it rests on."""
    packed, stated, rests_on = [], "", {}
    for word, value in _pairs(lines):
        if word == "sha256":
            stated = value
        elif word == "piece":
            packed.append(value)
        elif word.startswith("rests on "):
            rests_on[word.removeprefix("rests on ")] = value
    try:
        unpacked = zlib.decompressobj().decompress(base64.b64decode("".join(packed), validate=True), _SOURCE)
    except (binascii.Error, zlib.error, ValueError):
        unpacked = b""
    if digest(unpacked) != stated:
        message = lazy("the file that the workbook carries was altered")
        raise InputError(Problem(message, file=name, path=ORIGIN, hint=lazy("make the workbook anew")))
    return unpacked, rests_on


def _pairs(lines: Mapping[int, tuple[Any, ...]]) -> Iterator[tuple[str, str]]:
    for _line, cells in sorted(lines.items()):
        if len(cells) >= 2 and cells[0] is not None:
            yield str(cells[0]), str(cells[1])
