# SPDX-License-Identifier: MIT
"""Single cells of a table: numbers, units and periods read, with a note of what was repaired or refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from txsim.panel.reader.columns import find_columns
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.numerals import Number, When, read_number, read_period, tidy_name
from txsim.panel.reader.panel import DataReport, Touched
from txsim.panel.reader.tables import Table, is_total
from txsim.types import Array

__all__ = ["Cells"]


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
        dotted = [str(row[at]).strip() for _, row in self.table.rows if "." in str(row[at])]
        grouped = bool(dotted) and all(re.fullmatch(r"\d{1,3}(\.\d{3})+", cell) for cell in dotted)
        # 1.100 people are not one and a tenth
        if role.startswith("n_") and grouped and any(not cell.endswith(".000") for cell in dotted):
            for cell in set(dotted):
                known[cell] = Number(float(cell.replace(".", "")), "thousand separators")
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
            elif number.repair:
                bound = re.search(r"[\d]+", str(cell))
                if role.startswith("n_") and str(cell).strip()[:1] in "<≤" and bound:
                    found[k] = max(int(bound[0]) / 2, 1.0)
                    self.place(line, role, "fewer than a bound: half of it is taken", str(cell))
                else:
                    self.place(line, role, "a bound, not a value: taken as missing", str(cell))
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
            if is_total(found[k]) and found[k].lower() not in dropped:
                self.place(line, "unit", f"`{found[k][:40]}` is a sum of units", refuse=True)
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
        fiscal = self._fiscal(cells)
        known: dict[Any, When | None] = {}
        found: list[When | None] = []
        for k, (line, _) in enumerate(self.table.rows):
            cell = cells[k]
            if cell not in known:
                known[cell] = read_period(cell, order=order, fiscal=fiscal)
            when = known[cell]
            if when is None:
                week = re.fullmatch(r"\d{4}[- ]?w\d{1,2}", str(cell).strip().lower())
                why = "a week: put weeks together to months" if week else "no date, month, quarter, year or count"
                self.place(line, "period", why, str(cell), refuse=True)
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
        forms = {re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", str(c).lower())) for c in known if known[c] is not None}
        if len({f for f in forms if not re.fullmatch(r"-?0+", f)}) > 2 and "count" not in kinds:
            self.report.notes.append("dates of mixed form were read")
        if any(w is not None and w.doubtful for w in found):
            self.report.warnings.append(
                f"dates such as 3/4/2024 were read {order.replace('_', ' ')}; "
                "say `period_order` in a spec if that is wrong"
            )
        return found

    def _fiscal(self, cells: Sequence[Any]) -> bool:
        """Return whether 2010/11 is a year: several such cells, and all name two years that follow each other."""
        told = {m for c in set(map(str, cells)) if (m := re.fullmatch(r"(\d{4}) ?[-/–] ?(\d{2})", c.strip()))}
        years = all((int(m[1]) + 1) % 100 == int(m[2]) for m in told)
        if len(told) > 1 and years and any(int(m[2]) <= 12 for m in told):
            example = min(m[0] for m in told if int(m[2]) <= 12)
            self.report.warnings.append(f"`{example}` and its like are read as years that begin in the first one named")
        return len(told) > 1 and years


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
