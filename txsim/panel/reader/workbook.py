# SPDX-License-Identifier: MIT
"""Cells of Excel's sheets, read in one pass: openpyxl knows strings, styles and dates, expat walks through the cells.

openpyxl builds an object for each element and each cell, and reads a sheet without a stated size twice; a panel of
100,000 rows took 3 to 5 s that way. Merged ranges and formulas without a saved value come from the same pass.
"""

from __future__ import annotations

import io
import xml.parsers.expat as expat
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Book", "Sheet", "open_book"]

#: Of SpreadsheetML, transitional and strict.
_SPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_CHUNK = 1 << 20
#: How an attribute says yes; columns of a sheet.
_TRUE, _COLUMNS = ("1", "true"), 16_384


@dataclass
class Sheet:
    """Cells of a sheet.

    Attributes
    ----------
    rows
        Cells by line, counted from 1; ``None`` where a cell holds nothing.
    percents
        How many numbers Excel shows as percent; they stand as text, as it shows them.
    merged
        Ranges as first and last line, first and last column from 0: top, left, bottom, right.
    formulas
        Line and column of formulas whose value was not saved.
    first_formula
        Line and column of the first formula, saved or not; ``None`` without any.
    hidden_rows, hidden_columns
        Lines, and columns from 0, that Excel does not show.
    """

    rows: dict[int, list[Any]] = field(default_factory=dict)
    percents: int = 0
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    formulas: list[tuple[int, int]] = field(default_factory=list)
    first_formula: tuple[int, int] | None = None
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Book:
    """A workbook: names of its sheets of cells with the part that holds each, texts, and how numbers are shown."""

    archive: zipfile.ZipFile
    parts: dict[str, str]
    hidden: frozenset[str]
    texts: list[str]
    workbook: Any

    def sheet(self, name: str, check: Callable[[int, int], None]) -> Sheet:
        """Read a sheet.

        Parameters
        ----------
        name
            Its name.
        check
            Called after each row with the line and the number of cells so far; may raise.
        """
        walk = _Walk(self, check)
        with self.archive.open(self.parts[name]) as stream:
            parser = expat.ParserCreate(namespace_separator=" ")
            parser.buffer_text = True
            walk.attach(parser)
            while chunk := stream.read(_CHUNK):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        return walk.sheet


def open_book(content: bytes) -> Book:
    """Open a workbook without reading its sheets."""
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.styles.stylesheet import apply_stylesheet

    reader = ExcelReader(io.BytesIO(content), read_only=True, data_only=True)
    reader.read_manifest()
    reader.read_strings()
    reader.read_workbook()
    apply_stylesheet(reader.archive, reader.wb)
    sheets = [
        (sheet, rel.target)
        for sheet, rel in reader.parser.find_sheets()
        if "chartsheet" not in rel.Type and rel.target in reader.valid_files
    ]
    hidden = frozenset(sheet.name for sheet, _ in sheets if sheet.state != "visible")
    return Book(reader.archive, {sheet.name: part for sheet, part in sheets}, hidden, reader.shared_strings, reader.wb)


class _Tags(dict[str, str]):
    """Names of elements without their space; of elements in another space than SpreadsheetML's, nothing."""

    def __missing__(self, name: str) -> str:
        space, _, tag = name.rpartition(" ")
        short_name = self[name] = tag if space in _SPACES else ""
        return short_name


class _Walk:
    """Follows the elements of one sheet."""

    def __init__(self, book: Book, check: Callable[[int, int], None]) -> None:
        self.sheet = Sheet()
        self.check = check
        self.texts, self.workbook = book.texts, book.workbook
        self.shown: dict[str, tuple[bool, bool, bool]] = {}  # by style: date, duration, percent
        self.columns: dict[str, int] = {}
        self.line = self.column = self.cells = 0
        self.row: list[Any] = []
        self.kind = self.style = ""
        self.value: str | None = None
        self.inline: list[str] = []
        self.buffer: list[str] = []
        self.formula = self.phonetic = False
        self.tags = _Tags()

    def attach(self, parser: Any) -> None:
        """Have a parser call this walk."""
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.buffer.append
        parser.StartDoctypeDeclHandler = _no_doctype

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""
        tag = self.tags[name]
        if tag == "c":
            place = attributes.get("r")
            if place is None:
                self.column += 1
            else:
                letters = place.rstrip("0123456789")
                column = self.columns.get(letters)
                if column is None:
                    column = self.columns[letters] = _column(letters)
                self.column = column
            self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "0")
            self.value, self.formula = None, False
            if self.kind == "inlineStr":  # a text without letters may have no element of its own
                self.inline.clear()
        elif tag == "v" or tag == "t":
            self.buffer.clear()
        elif tag == "row":
            self.line = int(attributes.get("r", self.line + 1))
            self.column, self.row = -1, []
            if attributes.get("hidden") in _TRUE:
                self.sheet.hidden_rows.add(self.line)
        elif tag == "col":
            if attributes.get("hidden") in _TRUE:
                at = range(int(attributes["min"]) - 1, min(int(attributes["max"]), _COLUMNS))
                self.sheet.hidden_columns.update(at)
        elif tag == "f":
            self.formula = True
            self.sheet.first_formula = self.sheet.first_formula or (self.line, self.column)
        elif tag == "is":
            self.inline.clear()
        elif tag == "rPh":
            self.phonetic = True
        elif tag == "mergeCell":
            first, _, last = attributes.get("ref", "").partition(":")
            if last:
                (top, left), (bottom, right) = _place(first), _place(last)
                self.sheet.merged.append((top, left, bottom, right))

    def end(self, name: str) -> None:
        """Take the end of an element."""
        tag = self.tags[name]
        if tag == "v":
            self.value = "".join(self.buffer)
        elif tag == "c":
            if self.value or (self.value is not None and self.kind == "str"):  # a formula may say nothing
                value = self._read(self.value)
            elif self.kind == "inlineStr":
                value = "".join(self.inline)
            else:
                value = None
                if self.formula:
                    self.sheet.formulas.append((self.line, self.column))
            missing = self.column - len(self.row)
            if missing > 0:
                self.row += [None] * missing
            self.row.append(value)
        elif tag == "t":
            if not self.phonetic:
                self.inline.append("".join(self.buffer))
        elif tag == "row":
            self.sheet.rows[self.line] = self.row
            self.cells += len(self.row)
            self.check(self.line, self.cells)
        elif tag == "rPh":
            self.phonetic = False

    def _read(self, text: str) -> Any:
        kind = self.kind
        if kind == "n":
            number = float(text) if "." in text or "E" in text or "e" in text else int(text)
            style = self.shown.get(self.style)
            if style is None:
                style = self.shown[self.style] = self._style()
            if style[0]:
                return self._date(number, duration=style[1])
            if style[2]:
                self.sheet.percents += 1
                return f"{number * 100:.12g} %"
            return number
        if kind == "s":
            return self.texts[int(text)]
        if kind == "b":
            return bool(int(text))
        if kind == "d":
            from openpyxl.utils.datetime import from_ISO8601

            return from_ISO8601(text)
        return text

    def _style(self) -> tuple[bool, bool, bool]:
        """Return whether numbers of a cell's style are dates, durations or percentages."""
        at, book = int(self.style), self.workbook
        styles = book._cell_styles  # openpyxl tells it nowhere else
        form = ""
        if at < len(styles):
            from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

            number = styles[at].numFmtId
            own = number - BUILTIN_FORMATS_MAX_SIZE
            form = book._number_formats[own] if own >= 0 else BUILTIN_FORMATS.get(number, "")
        return at in book._date_formats, at in book._timedelta_formats, "%" in form

    def _date(self, number: float, *, duration: bool) -> Any:
        from openpyxl.utils.datetime import from_excel

        try:
            return from_excel(number, self.workbook.epoch, timedelta=duration)
        except (OverflowError, ValueError):
            return "#VALUE!"


def _no_doctype(*_: Any) -> None:
    message = "a document type"
    raise ValueError(message)


def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - 64
    return column - 1


def _place(reference: str) -> tuple[int, int]:
    letters = reference.rstrip("0123456789")
    return int(reference[len(letters) :] or 0), _column(letters)
