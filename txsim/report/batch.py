# SPDX-License-Identifier: MIT
"""Results of a batch as a workbook or CSV: text stays text, whatever it begins with."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from txsim.batch.queries import query, wide
from txsim.cachedir import write_atomic
from txsim.errors import InputError
from txsim.language import lazy
from txsim.report.files import PLAIN_CSV, CsvDialect, csv_bytes
from txsim.results.batch import BatchTable

#: Rows of one sheet, heading included.
_MOST_ROWS = 1_048_576
_TIDY = "SELECT * FROM results"


def write_csv(
    folder: Path, path: Path, figure: str = "value", *, tidy: bool = False, dialect: CsvDialect = PLAIN_CSV
) -> int:
    """Write one table as CSV and return its number of rows.

    Raises InputError if no batch has ended in the folder, or the figure or the place is unknown; StoreError if the file
    cannot be written.
    """
    table = query(folder, _TIDY) if tidy else wide(folder, figure)
    write_atomic(path, csv_bytes([table.columns, *table.rows], dialect))
    return len(table.rows)


def write_xlsx(folder: Path, path: Path, figure: str = "value", *, tidy: bool = False) -> int:
    """Write a workbook with the sheets results, scenarios and failures, and return the rows of the first.

    Raises InputError as :func:`write_csv`, and if a sheet would have too many rows; StoreError if the file cannot be
    written.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font

    tables = {
        "results": query(folder, _TIDY) if tidy else wide(folder, figure),
        "scenarios": query(folder, "SELECT * EXCLUDE (error) FROM scenarios WHERE status = 'done' ORDER BY path"),
        "failures": query(folder, "SELECT path, hash, error FROM scenarios WHERE status <> 'done' ORDER BY path"),
    }
    most = max(len(table.rows) for table in tables.values())
    if most >= _MOST_ROWS:
        message = lazy(
            "{most:,} rows do not fit into a sheet of {most_rows:,}; write --csv, or leave --tidy out",
            most=most,
            most_rows=_MOST_ROWS,
        )
        raise InputError(message)
    book = Workbook(write_only=True)
    for name, table in tables.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "B2"
        for i, width in enumerate(_widths(table)):
            sheet.column_dimensions[_letter(i)].width = width
        sheet.append([_value(sheet, column, Font(bold=True)) for column in table.columns])
        for row in table.rows:
            sheet.append([_value(sheet, value) for value in row])
    text = io.BytesIO()
    book.save(text)
    write_atomic(path, text.getvalue())
    return len(tables["results"].rows)


def _value(sheet: Any, value: Any, font: Any = None) -> Any:
    """Return what a cell holds; text as text, never as a formula."""
    if isinstance(value, int | float | bool) or value is None:
        return value
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    made = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("?", text)[:32_767])
    made.data_type = "s"
    if text[:1] in "=+-@":
        made.quotePrefix = True
    if font is not None:
        made.font = font
    return made


def _letter(i: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(i + 1))


def _widths(table: BatchTable) -> list[float]:
    some = table.rows[:100]
    return [
        min(60.0, max([len(name), *(len(str(row[i])) if isinstance(row[i], str) else 12 for row in some)]) + 2.0)
        for i, name in enumerate(table.columns)
    ]
