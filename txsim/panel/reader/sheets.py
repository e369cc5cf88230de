# SPDX-License-Identifier: MIT
"""Files as grids of cells: delimited text, Parquet and Excel, before anything is known of what they hold."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from txsim.errors import InputError, Problem
from txsim.files import content_of, csv_fault, refuse_conflict, refuse_foreign
from txsim.language import N_, Words, lazy
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.names import some_names
from txsim.panel.reader.workbook import Sheet, open_book
from txsim.text_encoding import decoded

#: Bytes of a file, and of what a packed one unpacks to; rows and cells of a table.
_MOST_BYTES, _MOST_UNPACKED = 200_000_000, 400_000_000
_MOST_ROWS, _MOST_CELLS = 2_000_000, 20_000_000
_MOST_COLUMNS = 2_000
#: What stands in place of a formula whose value was not saved.
UNSAVED = N_("(a formula without a saved value)")


@dataclass(frozen=True)
class Grid:
    """Cells of a sheet or file."""

    #: ``file``, ``sheet``: Where it comes from; the sheet is empty where a file has only one table.
    file: str
    sheet: str
    rows: list[tuple[int, tuple[Any, ...]]]  #: ``(line, cells)``, empty rows left out; lines count from 1.
    notes: tuple[Words, ...] = ()  #: What was done to read it.
    encoding: str = ""  #: Of a text.
    #: ``hidden``, ``hidden_rows``: Whether the spreadsheet program does not show this sheet; lines that it does not
    #: show.
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()

    @property
    def name(self) -> str:
        """Name in messages."""
        return f"{self.file}[{self.sheet}]" if self.sheet else self.file


def grids_of(path: Path, spec: LinkSpec) -> list[Grid]:
    """Return the grids of a file: one, or one for each sheet of a workbook.

    Raises InputError if it is missing, no plain file, of no known kind, too large, empty or broken.
    """
    name = str(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None and not path.is_dir():
        known = ", ".join(sorted(READERS))
        other = (
            lazy("an old Excel file: save it as .xlsx")
            if path.suffix.lower() == ".xls"
            else lazy("use one of {known}", known=known)
        )
        raise InputError(Problem(lazy("`{suffix}` is not known; {other}", suffix=path.suffix, other=other), file=name))
    content = data_content(path)
    if not content.strip():
        raise InputError(Problem(lazy("the file is empty"), file=name))
    assert reader is not None  # noqa: S101 - a folder has been refused above
    grids: list[Grid] = reader(name, content, spec)
    if not any(grid.rows for grid in grids):
        raise InputError(Problem(lazy("the file is empty"), file=name))
    return grids


def data_content(path: Path) -> bytes:
    """Return the bytes of a file of data. Raises InputError if it is missing, no plain file, or too large."""
    try:
        return content_of(path, str(path), _MOST_BYTES, lazy("a file of data"))
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(Problem(lazy("there is no such file"), file=str(path))) from None


def _delimited(name: str, content: bytes, spec: LinkSpec) -> list[Grid]:
    refuse_foreign(content, name, lazy("a CSV file"))
    text, encoding = decoded(content, name, spec.encoding, stated=True)
    if "\x00" in text:
        raise InputError(Problem(lazy("this is no text, although its name says CSV"), file=name))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    refuse_conflict(text, name)
    notes: list[Words] = (
        [] if encoding in ("utf-8", "ascii") else [lazy("the text was read as {encoding}", encoding=encoding)]
    )
    stated = re.match(r"sep=(.)\n", text)  # Excel's own first line
    sign = stated[1] if stated else _delimiter(text)
    if stated:
        text = "\n" + text[stated.end() :]
    if sign != ",":
        notes.append(lazy("columns are separated by {sign}", sign=lazy("tabs") if sign == "\t" else f"`{sign}`"))
    rows: list[tuple[int, tuple[Any, ...]]] = []
    reader = csv.reader(io.StringIO(text), delimiter=sign)
    line = 1
    cells = 0
    lines = text.split("\n")
    usual: list[str] = []
    try:
        for row in reader:
            cells += len(row)
            if reader.line_num > line:
                _closed("\n".join(lines[line - 1 : reader.line_num]), sign, name, line)
                _check_quotes(row, sign, name, line, usual)
            elif any(row):
                usual = row
            if any(row) and any(cell.strip() for cell in row):
                rows.append((line, tuple(row)))
            line = reader.line_num + 1
            if len(rows) > _MOST_ROWS or cells > _MOST_CELLS or (len(rows) == 1 and len(row) > _MOST_COLUMNS):
                raise InputError(_too_much(name))
    except csv.Error:
        raise InputError(csv_fault(name, reader.line_num)) from None
    return [Grid(name, "", rows, tuple(notes), encoding)]


def _delimiter(text: str) -> str:
    """Return the sign that parts columns: the one that stands in the most lines equally often."""
    lines = [line for line in text[:100_000].splitlines() if line.strip()][:40]
    # the usual number in a line: titles and notes hold none
    counts = {sign: sorted(line.count(sign) for line in lines)[len(lines) // 2] for sign in (",", ";", "\t", "|")}
    return max(counts, key=lambda s: (counts[s], s in ";\t"))


_NUMBER = re.compile(r"\s*[-+(]?[\d.,\s]*\d[\d.,%)\s]*")


def _closed(written: str, sign: str, name: str, line: int) -> None:
    """Refuse a row over several lines in which letters follow the end of a cell: a mark too many swallowed a row."""
    try:
        list(csv.reader(io.StringIO(written), delimiter=sign, strict=True))
    except csv.Error:
        raise InputError(_never_closed(name, line)) from None


def _never_closed(name: str, line: int) -> Problem:
    return Problem(lazy("a quotation mark that opens here is never closed"), file=name, line=line)


def _check_quotes(row: list[str], sign: str, name: str, line: int, usual: list[str]) -> None:
    """Refuse a quotation mark that is never closed: what it swallows are rows of the table.

    A comment may hold line breaks and separators too. Its lines have not as many cells as the rows of the table
    (`usual`, the last one) with numbers where these have numbers; and the row that it stands in is whole.
    """
    numbers = [i for i, cell in enumerate(usual) if _NUMBER.fullmatch(cell)]
    for cell in row:
        if "\n" not in cell:
            continue
        swallowed = [next(csv.reader([part], delimiter=sign), []) for part in cell.split("\n")[1:]]
        if numbers:
            alike = [
                len(part) == len(usual)
                and all(not part[i].strip() or _NUMBER.fullmatch(part[i]) for i in numbers)
                and any(part[i].strip() for i in numbers)
                for part in swallowed
            ]
        else:
            alike = [len(part) == len(usual) != len(row) for part in swallowed]
        if sum(alike) >= max(1, len(swallowed) // 2):
            raise InputError(_never_closed(name, line))


def _too_much(name: str) -> Problem:
    return Problem(
        lazy(
            "more than {most_rows:,} rows or {most_columns:,} columns", most_rows=_MOST_ROWS, most_columns=_MOST_COLUMNS
        ),
        file=name,
        hint=lazy("draw rows together first"),
    )


def _parquet(name: str, content: bytes, spec: LinkSpec) -> list[Grid]:
    import pyarrow
    import pyarrow.parquet

    refuse_foreign(content, name, lazy("a Parquet file"), (b"PAR1",))
    parquet: Any = pyarrow.parquet
    try:
        source = pyarrow.BufferReader(content)
        # Texts as codes into a dictionary: one long text in a million rows is one text, as it is in the file.
        texts = [
            field.name
            for field in parquet.read_schema(source)
            if pyarrow.types.is_string(field.type) or pyarrow.types.is_large_string(field.type)
        ]
        opened = parquet.ParquetFile(pyarrow.BufferReader(content), read_dictionary=texts)
        for field in opened.schema_arrow:
            if pyarrow.types.is_nested(field.type):
                message = lazy("the column `{name}` holds lists or tables in its cells", name=str(field.name)[:80])
                raise InputError(Problem(message, file=name, hint=lazy("write one value in each cell")))
        about = opened.metadata
        unpacked = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
        if about.num_rows > _MOST_ROWS or about.num_columns > _MOST_COLUMNS:
            raise InputError(_too_much(name))
        if unpacked > _MOST_UNPACKED or about.num_rows * about.num_columns > _MOST_CELLS:
            raise InputError(_unpacked(name))
        batches, size = [], 0
        for batch in opened.iter_batches(batch_size=65_536):  # what the file says of its size need not be true
            batches.append(batch)
            size += batch.nbytes
            if size > _MOST_UNPACKED:
                raise InputError(_unpacked(name))
        frame = pyarrow.Table.from_batches(batches, schema=batches[0].schema if batches else opened.schema_arrow)
        columns = [_cells(column) for column in frame.columns]
    except InputError:
        raise
    except Exception:  # Arrow's own errors, and values that Python has no type for: their words are for programmers
        if not content.startswith(b"PAR1"):
            message = lazy("this is no Parquet file, although its name says so")
        elif not content.endswith(b"PAR1"):
            message = lazy("this Parquet file is cut off: its end is missing")
        else:
            message = lazy("this Parquet file is damaged")
        raise InputError(Problem(message, file=name, hint=lazy("write it anew from where it comes from"))) from None
    header = (1, tuple(str(column) for column in frame.column_names))
    return [Grid(name, "", [header, *enumerate(zip(*columns, strict=True), 2)])]


def _cells(column: Any) -> list[Any]:
    """Return the values of a column of Parquet; equal texts are one text."""
    import pyarrow

    values: list[Any] = []
    for chunk in column.chunks:
        if pyarrow.types.is_dictionary(chunk.type):
            words = chunk.dictionary.to_pylist()
            values += ["" if at is None or words[at] is None else words[at] for at in chunk.indices.to_pylist()]
        else:
            values += ["" if cell is None else _text_of(cell) for cell in chunk.to_pylist()]
    return values


def _text_of(cell: Any) -> Any:
    """Return a cell; bytes, as older programs write texts, as text."""
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell


def _unpacked(name: str) -> Problem:
    return Problem(lazy("what the file unpacks to is larger than a survey can be"), file=name)


def _excel(name: str, content: bytes, spec: LinkSpec) -> list[Grid]:
    def check(line: int, cells: int) -> None:
        if line > _MOST_ROWS or cells > _MOST_CELLS:
            raise InputError(_too_much(name))

    refuse_foreign(content, name, lazy("an Excel workbook"), (b"PK\x03\x04",))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > _MOST_UNPACKED // 2:
                raise InputError(_unpacked(name))
        book = open_book(content)
        names = list(book.parts)
        if spec.sheet and spec.sheet not in names:
            from txsim.errors import did_you_mean

            message = lazy(
                "there is no sheet `{sheet}`{suggestion}", sheet=spec.sheet, suggestion=did_you_mean(spec.sheet, names)
            )
            raise InputError(Problem(message, file=name))
        wanted = [spec.sheet] if spec.sheet else names
        return [
            replace(
                _sheet(name, title if len(names) > 1 else "", book.sheet(title, check)), hidden=title in book.hidden
            )
            for title in wanted
        ]
    except InputError:
        raise
    except Exception:  # zipfile.BadZipFile, XML errors and KeyErrors of damaged parts have no common base
        message = lazy("this is no Excel workbook, although its name says so")
        if content.startswith(b"PK"):
            message = lazy("this Excel workbook is damaged or cut off")
        raise InputError(Problem(message, file=name, hint=lazy("open it in Excel and save it anew"))) from None


def _sheet(name: str, title: str, sheet: Sheet) -> Grid:
    """Return a sheet's cells: percentages as they are shown, merged cells filled, formulas without a value marked."""
    rows = sheet.rows
    for line, column in sheet.formulas:
        rows[line][column] = UNSAVED
    cells = sum(map(len, rows.values()))
    for top, left, bottom, right in sheet.merged:
        last = max(rows, default=0)
        cells += max(0, min(bottom, last) + 1 - top) * (min(right, _MOST_COLUMNS) + 1)
        if cells > _MOST_CELLS:
            raise InputError(_too_much(name))
        _fill(rows, top, left, bottom, right)
    notes: list[Words] = (
        [lazy("{percents} cells that Excel shows as percent were read as it shows them", percents=sheet.percents)]
        if sheet.percents
        else []
    )
    if sheet.merged:
        notes.append(lazy("{number} merged cells were filled", number=len(sheet.merged)))
    kept_rows = [
        (at, tuple(row))
        for at, row in sorted(rows.items())
        if row and (row[0] != "" or any(cell != "" for cell in row))
    ]
    if sheet.hidden_columns:
        width = max((len(row) for _, row in kept_rows), default=0)
        letters = [_letters(column) for column in sorted(sheet.hidden_columns) if column < width]
        if letters:
            notes.append(lazy("columns that Excel hides are read, too: {columns}", columns=some_names(letters, 8)))
    return Grid(name, title, kept_rows, tuple(notes), hidden_rows=frozenset(sheet.hidden_rows))


def _letters(column: int) -> str:
    """Return the letters of a column, counted from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _fill(rows: dict[int, list[Any]], top: int, left: int, bottom: int, right: int) -> None:
    """Write what stands in a merged cell into all that it covers."""
    value = rows.get(top, [])[left] if left < len(rows.get(top, [])) else ""
    for line in range(top, min(bottom, max(rows, default=0)) + 1):
        row = rows.setdefault(line, [])
        row += [""] * (min(right, _MOST_COLUMNS) + 1 - len(row))
        for column in range(left, min(right, _MOST_COLUMNS) + 1):
            row[column] = value


READERS: dict[str, Any] = {
    ".csv": _delimited,
    ".tsv": _delimited,
    ".txt": _delimited,
    ".parquet": _parquet,
    ".pq": _parquet,
    ".xlsx": _excel,
    ".xlsm": _excel,
}
