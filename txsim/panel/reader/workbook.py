# SPDX-License-Identifier: MIT
"""Cells of Excel's sheets, read in one pass: openpyxl knows strings, styles and dates, expat walks through the cells.

openpyxl builds an object for each element and each cell, and reads a sheet without a stated size twice; a panel of
100,000 rows took 3 to 5 s that way. Merged ranges and formulas without a saved value come from the same pass.
"""

from __future__ import annotations

import io
import re
import xml.parsers.expat as expat
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: Of SpreadsheetML, transitional and strict.
_SPACES = ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main")
_CHUNK = 1 << 20
#: How an attribute says yes; columns and lines of a sheet.
_TRUE, _COLUMNS, _LINES = ("1", "true"), 16_384, 1_048_576


class Disguised(float):
    """A number that Excel shows as another: its format turns or hides the sign, cuts off thousands, or hides it."""


@dataclass
class Sheet:
    """Cells of a sheet."""

    #: Cells by line, counted from 1; an empty text where a cell holds nothing.
    rows: dict[int, list[Any]] = field(default_factory=dict)
    percents: int = 0  #: How many numbers Excel shows as percent; they stand as text, as it shows them.
    #: Ranges as first and last line, first and last column from 0: top, left, bottom, right.
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    #: Line and column of formulas whose value was not saved.
    formulas: list[tuple[int, int]] = field(default_factory=list)
    #: Line and column of the first formula, saved or not; ``None`` without any.
    first_formula: tuple[int, int] | None = None
    #: ``hidden_rows``, ``hidden_columns``: Lines, and columns from 0, that Excel does not show.
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

        ``name``: its name. ``check``: called after each row with the line and the number of cells so far; may raise.
        """
        with self.archive.open(self.parts[name]) as stream:
            parser = expat.ParserCreate()
            parser.buffer_text = True
            sheet = _walk(self, check, parser)
            while chunk := stream.read(_CHUNK):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        return sheet


def open_book(content: bytes) -> Book:
    """Open a workbook without reading its sheets.

    Raises ValueError if a sheet is not in it; whatever openpyxl, zip and XML raise if it is damaged otherwise.
    """
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.styles.stylesheet import apply_stylesheet

    reader = ExcelReader(io.BytesIO(content), read_only=True, data_only=True)
    reader.read_manifest()
    reader.read_strings()
    reader.read_workbook()
    apply_stylesheet(reader.archive, reader.wb)
    sheets = [(sheet, rel.target) for sheet, rel in reader.parser.find_sheets() if "chartsheet" not in rel.Type]
    lost = [sheet.name for sheet, part in sheets if part not in reader.valid_files]
    if lost:
        message = f"no part holds the sheets {lost}"
        raise ValueError(message)
    hidden = frozenset(sheet.name for sheet, _ in sheets if sheet.state != "visible")
    return Book(reader.archive, {sheet.name: part for sheet, part in sheets}, hidden, reader.shared_strings, reader.wb)


class _Tags(dict[str, str]):
    """Names of elements without the prefix of SpreadsheetML's space; of elements in other spaces, nothing.

    expat's own handling of spaces costs a quarter of the time; a sheet binds them at its first element.
    """

    prefix: str | None = None

    def bind(self, attributes: dict[str, str]) -> None:
        """Take the prefix from the attributes of the first element."""
        spaces = {key: value for key, value in attributes.items() if value in _SPACES}
        self.prefix = next((f"{key[6:]}:" if key != "xmlns" else "" for key in spaces if key.startswith("xmlns")), "")

    def __missing__(self, name: str) -> str:
        prefix, colon, tag = name.rpartition(":")
        short_name = self[name] = tag if f"{prefix}{colon}" == self.prefix else ""
        return short_name


def _walk(book: Book, check: Callable[[int, int], None], parser: Any) -> Sheet:
    """Have a parser fill a sheet.

    Functions that share their variables, and not methods: 100,000 rows are a million elements, and looking an attribute
    up for each takes longer than reading it.
    """
    sheet = Sheet()
    rows, formulas = sheet.rows, sheet.formulas
    texts, tags, columns = book.texts, _Tags(), {"": 0}
    shown: dict[str, tuple[bool, bool, bool, tuple[bool, bool, bool]]] = {}  # by style: date, duration, percent, odd
    line = cells = 0
    column = -1
    row: list[Any] = []
    kind, style = "", "0"
    value: str | None = None
    inline: list[str] = []
    buffer: list[str] = []
    formula = phonetic = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal line, column, row, kind, style, value, formula, phonetic
        tag = tags[name]
        if tag == "v" or tag == "t":
            buffer.clear()
        elif tag == "c":
            place = attributes.get("r")
            if place is None:
                column += 1
            else:
                letters = place.rstrip("0123456789")
                found = columns.get(letters)
                if found is None:
                    found = columns[letters] = _within(_column(letters), _COLUMNS - 1)
                column = found
            kind, style = attributes.get("t", "n"), attributes.get("s", "0")
            value, formula = None, False
            if kind == "inlineStr":  # a text without letters may have no element of its own
                inline.clear()
        elif tag == "is":
            inline.clear()
        elif tag == "row":
            line = _within(int(attributes.get("r", line + 1)), _LINES)
            column, row = -1, []
            if attributes.get("hidden") in _TRUE:
                sheet.hidden_rows.add(line)
        elif tag == "f":
            formula = True
            sheet.first_formula = sheet.first_formula or (line, column)
        elif tag == "rPh":
            phonetic = True
        elif tag == "col":
            if attributes.get("hidden") in _TRUE:
                at = range(int(attributes["min"]) - 1, min(int(attributes["max"]), _COLUMNS))
                sheet.hidden_columns.update(at)
        elif tag == "mergeCell":
            first, _, last = attributes.get("ref", "").partition(":")
            if last:
                (top, left), (bottom, right) = _place(first), _place(last)
                sheet.merged.append((top, left, bottom, right))

    def end(name: str) -> None:
        nonlocal value, cells, phonetic
        tag = tags[name]
        if tag == "v":
            value = "".join(buffer)
        elif tag == "c":
            cell: Any = ""
            if value or (value is not None and kind == "str"):  # a formula may say nothing
                cell = read(value)
            elif kind == "inlineStr":
                cell = "".join(inline)
            elif formula:
                formulas.append((line, column))
            missing = column - len(row)
            if missing > 0:
                row.extend([""] * missing)
            row.append(cell)
        elif tag == "t":
            if not phonetic:
                inline.append("".join(buffer))
        elif tag == "row":
            rows[line] = row
            cells += len(row)
            check(line, cells)
        elif tag == "rPh":
            phonetic = False

    def read(text: str) -> Any:
        if kind == "n":
            number = float(text) if "." in text or "E" in text or "e" in text else int(text)
            how = shown.get(style)
            if how is None:
                how = shown[style] = _shown(book.workbook, style)
            if how[0]:
                return _date(book.workbook, number, duration=how[1])
            if how[2]:
                sheet.percents += 1
                return f"{number * 100:.12g} %"
            return Disguised(number) if how[3] is not _PLAIN and how[3][(number < 0) + 2 * (number == 0)] else number
        if kind == "s":
            return texts[int(text)]
        if kind == "b":
            return bool(int(text))
        if kind == "d":
            from openpyxl.utils.datetime import from_ISO8601

            return from_ISO8601(text)
        return text

    def first(name: str, attributes: dict[str, str]) -> None:
        tags.bind(attributes)
        parser.StartElementHandler = start

    parser.StartElementHandler = first
    parser.EndElementHandler = end
    parser.CharacterDataHandler = buffer.append
    parser.StartDoctypeDeclHandler = _no_doctype
    return sheet


#: What a number format writes as it stands: in quotes, behind a backslash; a sign of percent there multiplies nothing.
_LITERAL = re.compile(r'"[^"]*"|\\.|[_*].')


#: Numbers above, below and at zero, none of which a format shows as another.
_PLAIN = (False, False, False)
#: A sign before the first digit or a dash behind the last; digits; thousands that are cut off.
_SIGNED = re.compile(r"[^0#?G]*[-(−–]|.*[0#?l]\s*[-−–]$")
_DIGITS, _CUT = re.compile("[0#?]|General"), re.compile(r"[0#?.],+(?![0#?,])")


def _disguised(form: str) -> tuple[bool, bool, bool]:
    """Return whether a number format shows numbers above, below and at zero as others.

    >>> _disguised("-0.0;0.0"), _disguised("0.0;[Red]0.0"), _disguised("#,##0,")
    ((True, True, False), (False, False, False), (True, True, False))
    """
    if form in ("General", "@") or re.search(r"\[[<>=]", form):
        return _PLAIN
    parts = re.findall(r'((?:"[^"]*"|\\.|[_*].|[^;])*)(?:;|$)', form)[:4]
    above, below = parts[0], parts[1] if len(parts) > 2 else parts[0]
    both = [re.sub(r"[_*].|[\"\\]|\[[^\]]*\]", "", part) for part in (above, below)]
    signed = [_SIGNED.match(part) is not None for part in both]
    silent = [bool(_CUT.search(part)) or not _DIGITS.search(part) for part in both]
    turned = len(parts) > 2 and not signed[1] and (above == below or signed[0])
    at_zero = len(parts) > 3 and not re.search(r"[0#?G\-−–]", parts[2])
    return silent[0] or signed[0], silent[1] or turned, at_zero


def _shown(workbook: Any, style: str) -> tuple[bool, bool, bool, tuple[bool, bool, bool]]:
    """Return whether numbers of a cell's style are dates, durations or percentages, or are shown as others."""
    at = int(style)
    styles = workbook._cell_styles  # openpyxl tells it nowhere else
    form = ""
    if at < len(styles):
        from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

        number = styles[at].numFmtId
        own = number - BUILTIN_FORMATS_MAX_SIZE
        form = workbook._number_formats[own] if own >= 0 else BUILTIN_FORMATS.get(number, "")
    return (
        at in workbook._date_formats,
        at in workbook._timedelta_formats,
        "%" in _LITERAL.sub("", form),
        _disguised(form),
    )


def _date(workbook: Any, number: float, *, duration: bool) -> Any:
    from openpyxl.utils.datetime import from_excel

    try:
        return from_excel(number, workbook.epoch, timedelta=duration)
    except (OverflowError, ValueError):
        return "#VALUE!"


def _no_doctype(*_: Any) -> None:
    message = "a document type"
    raise ValueError(message)


def _within(place: int, most: int) -> int:
    """Return a place in a sheet, or refuse one that no sheet has: a row up to there would fill the memory."""
    if not 0 <= place <= most:
        message = f"a cell at {place}, beyond {most}"
        raise ValueError(message)
    return place


def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - 64
    return column - 1


def _place(reference: str) -> tuple[int, int]:
    letters = reference.rstrip("0123456789")
    return int(reference[len(letters) :] or 0), _column(letters)
