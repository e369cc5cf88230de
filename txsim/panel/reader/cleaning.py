# SPDX-License-Identifier: MIT
"""From a table of cells to a panel: what may be repaired is repaired, and said; what must not be guessed is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.panel.reader.cells import Cells
from txsim.panel.reader.link_spec import OUTCOMES, LinkSpec
from txsim.panel.reader.numerals import tidy_name
from txsim.panel.reader.panel import FEWEST, DataReport, Panel
from txsim.panel.reader.series import read_series
from txsim.panel.reader.shapes import to_long
from txsim.panel.reader.tables import read_tables
from txsim.types import Array

__all__ = ["read_panel"]


def read_panel(paths: Path | Iterable[Path], spec: LinkSpec | None = None) -> tuple[Panel, DataReport]:
    """Read a panel from files.

    Parameters
    ----------
    paths
        A file, several, or a folder.
    spec
        What a person says about it.

    Returns
    -------
    tuple
        The panel, and the report of what was done to the file.

    Raises
    ------
    InputError
        If columns are missing, no row is left, or most values lie outside the stated scale.
    """
    spec = spec or LinkSpec()
    table = read_tables([paths] if isinstance(paths, Path) else list(paths), spec)
    return _Rows(Cells(to_long(table, spec), spec)).panel()


class _Rows:
    """Rows of a table on their way to the units and periods of a panel."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self.table, self.spec, self.report, self.column = cells.table, cells.spec, cells.report, cells.column

    def panel(self) -> tuple[Panel, DataReport]:
        """Return panel and report."""
        units, periods = self.cells.units(), self.cells.periods()
        series = [read_series(self.cells, s) for s in ("ex", "cx")]
        extra = {name: self.cells.numbers(name) for name in OUTCOMES if name in self.column}
        text = {
            role: [tidy_name(str(row[self.column[role]])) for _, row in self.table.rows]
            for role in ("kind", "cluster", "group")
            if role in self.column
        }
        self._refuse_sums(units, periods, series)
        pilot = self.cells.numbers("pilot") if "pilot" in self.column else None
        keep = [
            k
            for k, (line, _) in enumerate(self.table.rows)
            if line not in self.cells.refused_lines and periods[k] is not None and units[k]
        ]
        if not keep:
            raise InputError(Problem("every row was refused", file=self.table.name, hint=self._why()))
        names = sorted({units[k] for k in keep}, key=_natural)
        at_unit = {name: i for i, name in enumerate(names)}
        when = {k: periods[k] for k in keep}
        months = sorted({w.month for w in when.values() if w is not None})
        kinds = {w.kind for w in when.values() if w is not None}
        calendar = "count" not in kinds
        step = self._step(months, kinds)
        start = months[0]
        length = round((months[-1] - start) / step) + 1
        if length > 600:
            raise InputError(Problem(f"{length} periods from first to last; at most 600 can be", file=self.table.name))
        cell = [(at_unit[units[k]], round((when[k].month - start) / step)) for k in keep]  # type: ignore[union-attr]
        answers = self._is_answers(keep, cell, series)
        shape = (len(names), length, 2)
        y, n, variance = np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, np.nan)
        scales = []
        groups = self._groups(text.get("group"), keep, cell, series, shape[:2])
        allowed = bool(groups) or answers or bool(self.spec.merge)
        for o, (value, count, spread, scale) in enumerate(series):
            scales.append(scale)
            self._fill(o, keep, cell, value, count, spread, y, n, variance, answers=answers, pool=allowed)
        found = Panel(
            tuple(names),
            float(start),
            float(self.spec.period_months or step) if calendar or self.spec.period_months else 1.0,
            calendar or self.spec.period_months is not None,
            y,
            n,
            variance,
            (scales[0], scales[1]),
            kind=self._by_unit(text.get("kind"), keep, cell, len(names), "kind"),
            cluster=self._by_unit(text.get("cluster"), keep, cell, len(names), "cluster"),
            pilot=_placed(pilot, keep, cell, shape[:2]) if pilot is not None else None,
            outcomes={name: _placed(values, keep, cell, shape[:2]) for name, values in extra.items()},
            groups=groups,
        )
        if not calendar and self.spec.period_months is None:
            self.report.warnings.append(
                "periods are counted, not dated: one period is taken for one month. "
                "Say --period-months if that is wrong"
            )
        if not np.isfinite(found.y).any():
            raise InputError(Problem("no value is left in either series", file=self.table.name, hint=self._why()))
        few = int((found.n < FEWEST).sum())
        if few:
            self.report.notes.append(
                f"{few} cells with fewer than {FEWEST} respondents count with their small weight and are never shown"
            )
        return found, self.report

    def _refuse_sums(self, units: list[str], periods: Sequence[Any], series: Any) -> None:
        """Refuse units whose respondents are the sum of all others', period by period, whatever they are called."""
        for _, count, _, _ in series:
            by_unit: dict[str, dict[float, float]] = {}
            total: dict[float, float] = {}
            for k, when in enumerate(periods):
                if when is None or not np.isfinite(count[k]) or self.table.rows[k][0] in self.cells.refused_lines:
                    continue
                mine = by_unit.setdefault(units[k], {})
                mine[when.month] = mine.get(when.month, 0.0) + count[k]
                total[when.month] = total.get(when.month, 0.0) + count[k]
            if len(by_unit) < 5:
                continue
            for unit, mine in by_unit.items():
                others = np.array([total[month] - own for month, own in mine.items()])
                own = np.array(list(mine.values()))
                if others.min() > 0 and np.all(np.abs(own / others - 1) < 0.02):
                    for k, (line, _) in enumerate(self.table.rows):
                        if units[k] == unit:
                            self.cells.place(line, "unit", f"`{unit[:40]}` is a sum of units", refuse=True)

    def _why(self) -> str:
        told = self.report.summary()["refused"]
        return "; ".join(f"{reason}: {count}" for reason, count in sorted(told.items(), key=lambda p: -p[1])[:4])

    def _step(self, months: list[float], kinds: set[str]) -> float:
        if kinds == {"year"}:
            usual = 12.0
        elif kinds <= {"quarter", "year"} and "quarter" in kinds:
            usual = 3.0
        else:
            gaps = np.diff(months).astype(int)
            usual = float(np.gcd.reduce(gaps)) if gaps.size else 1.0
            if kinds & {"month"} and gaps.size:
                usual = next((g for g in (12.0, 6.0, 4.0, 3.0, 2.0) if usual % g == 0), 1.0)
        if "year" in kinds and len(kinds) > 1:
            self.report.warnings.append(
                "some periods are whole years among finer ones; a year counts from its first month"
            )
        return usual

    def _is_answers(self, keep: list[int], cell: list[tuple[int, int]], series: Any) -> bool:
        if self.spec.form != "auto":
            return self.spec.form == "answers"
        counted = any(np.isfinite(count).any() for _, count, _, _ in series)
        if counted or "group" in self.column or len(keep) < 50:
            return False
        size = len(keep) / len(set(cell))
        if size >= 4:
            self.report.notes.append(
                f"about {size:.0f} rows per unit and period: taken for answers of single respondents"
            )
        return size >= 4

    def _fill(
        self,
        o: int,
        keep: list[int],
        cell: list[tuple[int, int]],
        value: Array,
        count: Array,
        spread: Array,
        y: Array,
        n: Array,
        variance: Array,
        *,
        answers: bool,
        pool: bool,
    ) -> None:
        rows = np.array([k for k in keep if np.isfinite(value[k])], dtype=np.int64)
        if rows.size == 0:
            return
        place = dict(zip(keep, cell, strict=True))
        units = np.array([place[k][0] for k in rows])
        times = np.array([place[k][1] for k in rows])
        keys = units * y.shape[1] + times
        weight = (
            np.ones(rows.size) if answers else np.where(np.isfinite(count[rows]), np.maximum(count[rows], 1e-9), 1.0)
        )
        if not pool:
            rows, keys, weight = self._without_duplicates(o, rows, keys, weight, value, count)
        size = y.shape[0] * y.shape[1]
        total = np.bincount(keys, weight, size)
        first = np.bincount(keys, weight * value[rows], size)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = first / total
        seen = total > 0
        if answers:
            deviations = value[rows] - mean[keys]
            pooled = float((deviations**2).sum() / max(rows.size - int(seen.sum()), 1))
            one = np.full(size, pooled)
            respondents = total
        else:
            with np.errstate(invalid="ignore", divide="ignore"):
                one = np.bincount(keys, weight * np.nan_to_num(spread[rows]), size) / total
            one[~np.isfinite(np.where(seen, one, np.nan)) | (one <= 0)] = np.nan
            told = np.bincount(keys, np.isfinite(count[rows]).astype(float), size) > 0
            respondents = np.where(told, total, np.nan)
        flat = y.reshape(-1, 2), n.reshape(-1, 2), variance.reshape(-1, 2)
        flat[0][seen, o] = mean[seen]
        flat[1][seen, o] = respondents[seen]
        with np.errstate(invalid="ignore", divide="ignore"):
            flat[2][seen, o] = np.where(np.isfinite(one), one, 1.0)[seen] / respondents[seen]
        if not answers and not np.isfinite(spread).any():  # raw: the spread of one answer is not known, only its share
            known = np.isfinite(respondents[seen])
            flat[2][seen, o] = np.where(known, 1.0 / np.maximum(respondents[seen], 1.0), np.nan)

    def _without_duplicates(
        self, o: int, rows: NDArray[np.int64], keys: NDArray[np.int64], weight: Array, value: Array, count: Array
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
        order = np.argsort(keys, kind="stable")
        series = ("ex", "cx")[o]
        keep = np.ones(rows.size, dtype=bool)
        starts = np.flatnonzero(np.r_[True, np.diff(keys[order]) != 0])
        for a, b in zip(starts, np.r_[starts[1:], rows.size], strict=True):
            if b - a == 1:
                continue
            members = order[a:b]
            same = np.ptp(value[rows[members]]) < 1e-9 and (
                not np.isfinite(count[rows[members]]).any() or np.ptp(np.nan_to_num(count[rows[members]])) < 1e-9
            )
            for j in members[1:] if same else members:
                keep[j] = False
                line = self.table.rows[rows[j]][0]
                if same:
                    self.cells.place(line, "unit", "the same row twice, counted once")
                else:
                    self.cells.place(line, series, "two different values for the same unit and period", refuse=True)
        return rows[keep], keys[keep], weight[keep]

    def _groups(
        self, names: list[str] | None, keep: list[int], cell: list[tuple[int, int]], series: Any, shape: tuple[int, int]
    ) -> dict[str, tuple[Array, Array, Array]]:
        if names is None:
            return {}
        value, count, spread, _ = series[0]
        found = {}
        for name in dict.fromkeys(names[k] for k in keep if names[k]):
            inside = [(k, c) for k, c in zip(keep, cell, strict=True) if names[k] == name]
            rows, places = [k for k, _ in inside], [c for _, c in inside]
            found[name] = (
                _placed(value, rows, places, shape),
                _placed(count, rows, places, shape),
                _placed(spread, rows, places, shape),
            )
        return found if len(found) > 1 else {}

    def _by_unit(
        self, told: list[str] | None, keep: list[int], cell: list[tuple[int, int]], size: int, role: str
    ) -> tuple[str, ...]:
        if told is None:
            return ()
        found = [""] * size
        moved = set()
        for k, (unit, _) in zip(keep, cell, strict=True):
            if told[k] and found[unit] and found[unit] != told[k]:
                moved.add(unit)
            found[unit] = found[unit] or told[k]
        if moved:
            self.report.warnings.append(f"{len(moved)} units change their {role} over time; the first is taken")
        return tuple(found)


def _placed(values: Array, rows: Sequence[int], cell: Sequence[tuple[int, int]], shape: tuple[int, int]) -> Array:
    found = np.full(shape, np.nan)
    for k, place in zip(rows, cell, strict=True):
        if np.isfinite(values[k]):
            found[place] = values[k]
    return found


def _natural(name: str) -> tuple[Any, ...]:
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part.lower()) for part in re.split(r"(\d+)", name) if part
    )
