# SPDX-License-Identifier: MIT
"""Single cells of a table: numbers, units and periods read, with a note of what was repaired or refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.panels.columns import find_columns
from txsim.panels.numbers import Number, When, read_number, read_period, tidy_name
from txsim.panels.panel import DataReport, Touched
from txsim.panels.spec import LinkSpec
from txsim.panels.tables import Table

__all__ = ["Cells"]

Array = NDArray[np.float64]


class Cells:
    """The cells of a table, and what was done to them.

    Parameters
    ----------
    table, spec
        The table as read, and what a person says about it.
    """

    def __init__(self, table: Table, spec: LinkSpec) -> None:
        self.table, self.spec = table, spec
        self.report = DataReport(rows=len(table.rows) + len(table.dropped), notes=list(table.notes))
        self.report.refused += [Touched(file, line, "", reason) for file, line, reason in table.dropped]
        self.column = find_columns(table, spec, self.report.notes)
        self.refused_lines: set[int] = set()

    def place(self, line: int, role: str, reason: str, value: str = "", *, refuse: bool = False) -> None:
        """Note what was repaired, or refuse the line."""
        name = self.table.columns[self.column[role]] if role in self.column else role
        touched = Touched(self.table.name, line, name, reason, value[:40])
        (self.report.refused if refuse else self.report.repaired).append(touched)
        if refuse:
            self.refused_lines.add(line)

    def numbers(self, role: str, *, comma: str = "auto") -> Array:
        """Return a column as numbers ``(row,)``; NaN where there is none, lines that hold no number are refused."""
        at = self.column[role]
        known: dict[Any, Number] = {}
        found = np.full(len(self.table.rows), np.nan)
        if comma == "auto" and any("." in str(row[at]) for _, row in self.table.rows[:2000]):
            comma = "thousands"
        elif comma == "auto":
            comma = "decimal"
        for k, (line, row) in enumerate(self.table.rows):
            cell = row[at]
            if isinstance(cell, (int, float)) and not isinstance(cell, bool):
                found[k] = cell if np.isfinite(cell) else np.nan
                continue
            if cell not in known:
                known[cell] = read_number(str(cell), comma=comma)
            number = known[cell]
            if number.fault:
                self.place(line, role, number.fault, str(cell), refuse=True)
            elif number.value is not None:
                found[k] = number.value
                if number.repair:
                    self.place(line, role, f"{number.repair} removed", str(cell))
        return found

    def units(self) -> list[str]:
        """Return the name of each row's unit, tidied and merged as asked for."""
        at = self.column["unit"]
        found: list[str] = []
        spelled: dict[str, str] = {}
        merged = {tidy_name(old).lower(): new for new, olds in self.spec.merge.items() for old in olds}
        for line, row in self.table.rows:
            cell = row[at]
            told = f"{cell:g}" if isinstance(cell, float) and float(cell).is_integer() else str(cell)
            name = tidy_name(told)
            if not name:
                self.place(line, "unit", "unit is empty", refuse=True)
            first = spelled.setdefault(name.lower(), name)
            if told.strip() != first and name:
                self.place(line, "unit", "unit's name tidied", told.strip())
            found.append(merged.get(first.lower(), first))
        dropped = {tidy_name(name).lower() for name in self.spec.drop_units}
        unknown = dropped - {name.lower() for name in found}
        for name in sorted(unknown):
            self.report.warnings.append(f"`drop_units` names `{name}`, which is not in the data")
        for k, (line, _) in enumerate(self.table.rows):
            if found[k].lower() in dropped:
                self.place(line, "unit", "dropped as asked for", refuse=True)
        return found

    def periods(self) -> list[When | None]:
        """Return the period of each row, ``None`` where it cannot be read."""
        at = self.column["period"]
        cells = [row[at] for _, row in self.table.rows]
        order: str = self.spec.period_order
        if order == "auto":
            order = _order(cells)
        known: dict[Any, When | None] = {}
        found: list[When | None] = []
        for k, (line, _) in enumerate(self.table.rows):
            cell = cells[k]
            if cell not in known:
                known[cell] = read_period(cell, order=order)
            when = known[cell]
            if when is None:
                self.place(line, "period", "no date, month, quarter, year or count", str(cell), refuse=True)
            found.append(when)
        kinds: dict[str, int] = {}
        for when in found:
            if when is not None:
                kinds[when.kind] = kinds.get(when.kind, 0) + 1
        if "count" in kinds and len(kinds) > 1:
            main = max(kinds, key=lambda kind: kinds[kind])
            for k, (line, _) in enumerate(self.table.rows):
                when = found[k]
                if when is not None and (when.kind == "count") != (main == "count"):
                    self.place(line, "period", "period of another form than the others", str(cells[k]), refuse=True)
                    found[k] = None
        forms = {re.sub(r"[a-z]", "a", re.sub(r"\d", "0", str(c).lower())) for c in known if known[c] is not None}
        if len({f for f in forms if not re.fullmatch(r"-?0+", f)}) > 2 and "count" not in kinds:
            self.report.notes.append("dates of mixed form were read")
        if any(w is not None and w.doubtful for w in found):
            self.report.warnings.append(
                f"dates such as 3/4/2024 were read {order.replace('_', ' ')}; "
                "say `period_order` in a spec if that is wrong"
            )
        return found


def _order(cells: Sequence[Any]) -> str:
    """Return whether day or month comes first in dates such as 3/4/2024."""
    first, second = set(), set()
    for cell in {str(c) for c in cells}:
        found = re.fullmatch(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?: .*)?", cell.strip())
        if found:
            first.add(int(found[1]))
            second.add(int(found[2]))
    if any(x > 12 for x in second) and not any(x > 12 for x in first):
        return "month_first"
    if second == {1} and len(first) > 1:  # the first of each month
        return "month_first"
    return "day_first"
