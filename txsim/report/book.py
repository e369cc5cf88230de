# SPDX-License-Identifier: MIT
"""An Excel workbook with the few formats that all its sheets share."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from xlsxwriter.worksheet import Worksheet

#: Letters a width of 1 holds at the least (wide and bold ones), and points of a line.
_LETTERS, _LINE = 0.95, 15
#: Letters in the name of a sheet: Excel takes 31, of which two tell namesakes apart.
LONGEST = 29


def _short(name: str) -> str:
    """Return a name of a sheet cut where a word ends, if one does; never in the middle of one."""
    if len(name) <= LONGEST:
        return name
    words = name[: LONGEST + 1].rpartition(" ")[0] or name[:LONGEST]
    return words.rstrip(" ,;–-")


class Sheet(Worksheet):  # type: ignore[misc]
    """A sheet whose rows are as high as the text that wraps in them.

    Not every program works that out when it opens or prints a file, and none does over merged cells.
    """

    def __init__(self) -> None:
        super().__init__()
        self._wide: dict[int, float] = {}
        self._wrapped: dict[int, dict[int, str]] = {}

    def set_column(self, first: int, last: int, width: float) -> Any:
        """Make columns so wide."""
        self._wide |= dict.fromkeys(range(first, last + 1), width)
        return super().set_column(first, last, width)

    def _write_string(self, row: int, col: int, string: str, cell_format: Any = None) -> Any:
        if cell_format is not None and cell_format.text_wrap:
            self._wrapped.setdefault(row, {})[col] = string
        return super()._write_string(row, col, string, cell_format)

    def fit(self) -> None:
        """Make rows as high as their text needs."""
        ends = {(row, first): last for row, first, _row, last in self.merge}
        for row, cells in self._wrapped.items():
            lines = 1
            for column, text in cells.items():
                across = range(column, ends.get((row, column), column) + 1)
                room = max(int(_LETTERS * sum(self._wide.get(i, 8.43) for i in across)), 1)
                lines = max(lines, sum(max(len(textwrap.wrap(part, room)), 1) for part in text.split("\n")))
            if lines > 1:
                self.set_row(row, _LINE * lines)


class Book:
    """A workbook with the few formats that all sheets share."""

    def __init__(self, stream: io.BytesIO, currency: str) -> None:
        import xlsxwriter

        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self.book = xlsxwriter.Workbook(stream, options)
        self.book.set_calc_mode("auto")

        def add(form: dict[str, Any]) -> Any:
            return self.book.add_format({"valign": "top", **form})

        self.title = add({"bold": True, "font_size": 14})
        self.head = add({"bold": True, "bottom": 1, "text_wrap": True})
        self.word = add({"text_wrap": True})
        self.note = add({"italic": True, "font_color": "#55616d", "text_wrap": True})
        safe = "".join(c for c in currency if c.isalpha())[:8]
        self.money = add({"num_format": f'#,##0 "{safe}";[Red]-#,##0 "{safe}"'})
        self.total = add({"num_format": f'#,##0 "{safe}";[Red]-#,##0 "{safe}"', "bold": True, "top": 1})
        self.share = add({"num_format": "0.0%"})
        self.share_in = add({"num_format": "0.0%", "font_color": "#0b5cad", "bg_color": "#f4f6f8"})
        self.number_in = add({"num_format": "#,##0", "font_color": "#0b5cad", "bg_color": "#f4f6f8"})
        self.broken_in = add({"num_format": "#,##0.00##", "font_color": "#0b5cad", "bg_color": "#f4f6f8"})
        self.plain, self.broken = add({"num_format": "#,##0"}), add({"num_format": "#,##0.00##"})
        self.unit = add({"text_wrap": True, "indent": 1})
        self.head_right = add({"bold": True, "bottom": 1, "text_wrap": True, "align": "right"})
        self.factor = add({"num_format": "0.000000"})
        self.number = add({"num_format": "#,##0.0000"})
        self.whole = add({"num_format": "0"})
        self._names: set[str] = set()
        self._heads: list[tuple[Any, int, int, str]] = []

    def sheet(self, name: str) -> Any:
        """Add a sheet under a name that Excel takes."""
        clean = _short("".join(c for c in name if c not in "[]:*?/\\'").strip()) or "sheet"
        unique, i = clean, 2
        while unique.casefold() in self._names:
            unique, i = f"{clean} {i}", i + 1
        self._names.add(unique.casefold())
        sheet = self.book.add_worksheet(unique, worksheet_class=Sheet)
        sheet.set_paper(9)  # A4
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer("&L&A&R&P / &N")
        return sheet

    def close(self) -> None:
        """Make rows as high as their text, stand heads as what is under them does, and write the file."""
        for sheet, row, column, name in self._heads:
            under = (sheet.table[i][column] for i in range(row + 1, row + 9) if column in sheet.table.get(i, ()))
            cell = next(under, None)
            if type(cell).__name__ == "Number" or isinstance(getattr(cell, "value", ""), int | float):
                sheet.write_string(row, column, name, self.head_right)
        for sheet in self.book.worksheets():
            sheet.fit()
        self.book.close()

    def heads(self, sheet: Any, row: int, names: Sequence[str], *, start: int = 0) -> None:
        """Write the heads of columns into a row."""
        for column, name in enumerate(names, start=start):
            sheet.write_string(row, column, name, self.head)
            self._heads.append((sheet, row, column, name))

    def of_number(self, value: float) -> tuple[Any, Any]:
        """Return the formats of a number that can be changed and of one that cannot: a small one may get decimals."""
        whole = value == round(value) and abs(value) >= 1000
        return (self.number_in, self.plain) if whole else (self.broken_in, self.broken)

    def cells(self, sheet: Any, row: int, values: Iterable[tuple[Any, Any]], *, start: int = 0) -> None:
        """Write a row from a column on: text as text, numbers in their format; what is not known stays empty.

        ``sheet``, ``row``: where; the first row is 0. ``start``: the first column, 0 by default.
        """
        for column, (value, form) in enumerate(values, start=start):
            if isinstance(value, str):
                sheet.write_string(row, column, value, form)
            elif value is not None and math.isfinite(value):
                sheet.write_number(row, column, float(value), form)

    @staticmethod
    def letter(column: int) -> str:
        """Return the letters of a column, the first is 0."""
        from xlsxwriter.utility import xl_col_to_name

        return str(xl_col_to_name(column))
