# SPDX-License-Identifier: MIT
"""Rows of a table as cells of a panel: which row belongs where, and what several rows of one cell come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import Message, lazy
from txsim.panel.reader.cells import Cells, place
from txsim.panel.reader.data_report import DataReport
from txsim.panel.reader.names import yaml_word
from txsim.panel.reader.numerals import read_number
from txsim.panel.reader.periods import read_period
from txsim.panel.reader.series import Series
from txsim.types import Array
from txsim.units import SCALES

Rows = NDArray[np.int64]

#: Answers whose worth of a panel's common variance enters that of each unit.
_BORROWED = 10.0


class Grid:
    """Which row of the table belongs into which cell of the panel.

    ``rows``: rows that are kept; ``unit``, ``time``: unit and period of each; ``shape``: units and periods of the
    panel.
    """

    def __init__(self, rows: Rows, unit: Rows, time: Rows, shape: tuple[int, int]) -> None:
        self.rows, self.unit, self.time, self.shape = rows, unit, time, shape
        self.key = unit * shape[1] + time

    def placed(self, values: Array, among: NDArray[np.bool_] | None = None) -> Array:
        """Return values of rows by unit and period; of several the last."""
        grid = np.full(self.shape, np.nan)
        chosen = np.isfinite(values[self.rows])
        if among is not None:
            chosen &= among
        grid[self.unit[chosen], self.time[chosen]] = values[self.rows][chosen]
        return grid


def fill(
    cells: Cells,
    o: int,
    grid: Grid,
    one: Series,
    given: Array | None,
    y: Array,
    n: Array,
    variance: Array,
    *,
    answers: bool,
    pool: NDArray[np.bool_],
) -> Rows:
    """Write mean, respondents and variance of each cell of a series, and return the rows that they are of.

    Of rows that are to be pooled a cell may have several; of the others two that differ are refused.
    """
    there = np.isfinite(one.index[grid.rows])
    rows, keys, pool = grid.rows[there], grid.key[there], pool[there]
    if given is not None:
        weighed = given[rows] > 0
        rows, keys, pool = rows[weighed], keys[weighed], pool[weighed]
    if rows.size == 0:
        return rows
    value, count = one.index, one.count
    if answers:
        weight = np.ones(rows.size) if given is None else given[rows]
    else:
        weight = np.where(np.isfinite(count[rows]), np.maximum(count[rows], 1e-9), 1.0)
    if not pool.all():
        single = _without_duplicates(cells, o, rows[~pool], keys[~pool], weight[~pool], one)
        rows, keys, weight = (np.r_[kept, held[pool]] for kept, held in zip(single, (rows, keys, weight), strict=True))
    size = y.shape[0] * y.shape[1]
    total = np.bincount(keys, weight, size)
    seen = total > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(keys, weight * value[rows], size) / total
        if answers:  # effective number of answers (Kish 1965)
            respondents = total if given is None else total**2 / np.bincount(keys, weight**2, size)
            squares = np.bincount(keys, weight * (value[rows] - mean[keys]) ** 2, size) * respondents / total
            free = respondents - 1.0
        else:
            counted = np.isfinite(count[rows])
            respondents = np.where(np.bincount(keys, counted.astype(float), size) > 0, total, np.nan)
            squares = np.bincount(keys, weight * one.variance[rows], size)
            free = np.bincount(keys, np.where(counted, weight - (not one.judged), 0.0), size)
    flat = y.reshape(-1, 2), n.reshape(-1, 2), variance.reshape(-1, 2)
    flat[0][seen, o] = mean[seen]
    flat[1][seen, o] = respondents[seen]
    raw = not answers and not np.isfinite(one.variance).any()  # the spread of an answer is not known, only its share
    with np.errstate(invalid="ignore", divide="ignore"):
        if raw:
            flat[2][seen, o] = 1.0 / np.maximum(respondents[seen], 1.0)
        else:
            of_one = answer_variance_by_unit(squares.reshape(grid.shape), free.reshape(grid.shape))
            flat[2][seen, o] = (of_one / respondents.reshape(grid.shape)).ravel()[seen]
    return rows


def answer_variance_by_unit(squares: Array, free: Array) -> Array:
    """Return the variance of one answer for each unit ``(unit, 1)``, from all its periods.

    A cell's own variance would go with its own error: of few answers those that agree by chance lie far out *and* look
    sure, and taken at their word they make the noise of the whole panel look a third of what it is. Units with few
    answers borrow from the others, as much as :data:`_BORROWED` answers are worth.

    ``squares``: ``(unit, period)`` sums of squared deviations of answers from the mean of their cell; 0 or NaN where
    unknown. ``free``: ``(unit, period)`` their degrees of freedom.
    """
    known = np.isfinite(squares) & (free > 0)
    squares, free = (np.where(known, each, 0.0).sum(axis=1, keepdims=True) for each in (squares, free))
    if not free.any():
        return np.full_like(free, np.nan)
    variance: Array = (squares + _BORROWED * squares.sum() / free.sum()) / (free + _BORROWED)
    return variance


def _without_duplicates(
    cells: Cells, o: int, rows: Rows, keys: Rows, weight: Array, one: Series
) -> tuple[Rows, Rows, Array]:
    """Count a row that stands twice once; leave out two different values for one unit and period."""
    value, count = one.index, one.count
    order = np.argsort(keys, kind="stable")
    series = ("ex", "cx")[o]
    keep = np.ones(rows.size, dtype=bool)
    starts = np.flatnonzero(np.r_[True, np.diff(keys[order]) != 0])
    ends = np.r_[starts[1:], rows.size]
    twice: list[int] = []
    whole: list[int] = []
    differ: list[int] = []
    several = np.flatnonzero(ends - starts > 1)
    for a, b in zip(starts[several], ends[several], strict=True):
        members = order[a:b]
        same = np.ptp(value[rows[members]]) < 1e-9 and (
            not np.isfinite(count[rows[members]]).any() or np.ptp(np.nan_to_num(count[rows[members]])) < 1e-9
        )
        gone = members[1:] if same else members
        keep[gone] = False
        for k in map(int, rows[gone]):
            (differ if not same else whole if _same_row(cells, k, int(rows[members[0]])) else twice).append(k)
    if len(differ) > max(2, 0.05 * rows.size):
        (file, line), (_, other) = (cells.table.place(k) for k in differ[:2])
        message = lazy(
            "{number:,} rows of {series} give different values for the same unit (`{unit}`) and period (`{period}`), "
            "as lines {line} and {other} do",
            number=len(differ), series=series.upper(), unit=cells.name("unit"), period=cells.name("period"),
            line=line, other=other,
        )  # fmt: skip
        hint = lazy(
            "is the unit another column? Name it as `unit` under `columns` in the spec; else keep one row for each "
            "unit and period, and look whether dates are written in one order"
        )
        those = np.isin(rows, differ)
        by = telling_apart(cells, rows[those], keys[those])
        if by is not None:
            hint = by
        elif _whole_answers(value[rows], one.scale):
            hint = lazy("one row per respondent: say `form: answers` in the spec; else keep one row for each")
        raise InputError(Problem(message, file=file, line=line, hint=hint))
    if series == "cx":  # those with EX are told of there
        asked = [at for role, at in cells.column.items() if role.split("_")[0] == "ex"]
        whole = [k for k in whole if not any(str(cells.table.cells[at][k]).strip() for at in asked)]
    place(cells, whole, "unit", lazy("the same row twice, counted once"))
    place(cells, twice, series, lazy("the same value twice for a unit and period, counted once"))
    place(cells, differ, series, lazy("two different values for the same unit and period"), refuse=True)
    return rows[keep], keys[keep], weight[keep]


def telling_apart(cells: Cells, rows: Rows, keys: Rows) -> Message | None:
    """Return how to read rows of which several belong to one unit and period, where a column has a word for each.

    ``cells``: the table; ``rows``, ``keys``: rows, and what unit and period each belongs to.
    """
    table, key = cells.table, keys.tolist()
    for at, name in enumerate(table.columns):
        if not name or at in cells.column.values():
            continue
        words = [str(table.cells[at][k]).strip() for k in rows.tolist()]
        kinds = list(dict.fromkeys(words))
        crossed = 1 < len(kinds) <= len(words) / (0.5 * len(set(key)))  # most units and periods have all of them
        told = all(kinds) and (name in table.sources or all(read_number(word).value is None for word in kinds))
        years = all((when := read_period(word)) is not None and when.kind == "year" for word in kinds)
        if not (told or years) or len(set(zip(key, words, strict=True))) < len(words):
            continue
        units = cells.column.get("unit")
        if told and units is not None and name not in table.sources and _within(table.cells[at], table.cells[units]):
            return lazy("each `{column}` lies in one `{unit}`: if it is the unit, say `columns: {{unit: {word}}}` in "
                        "the spec", column=name, unit=cells.name("unit"), word=yaml_word(name))  # fmt: skip
        if crossed and years:
            return lazy("`{column}` says the year that each row is of: write month and year of the calendar in one "
                        "column, as 2024-04", column=name)  # fmt: skip
        if crossed:
            return lazy(
                "`{column}` tells them apart: say `only: {{{column}: {word}}}` in the spec to read one of its words "
                "alone, or `columns: {{apart: {column}}}` if units of different words are different ones",
                column=yaml_word(name), word=yaml_word(kinds[0]),
            )  # fmt: skip
    return None


def _within(finer: Sequence[Any], units: Sequence[Any]) -> bool:
    """Whether each word of a column stands in several rows of one unit alone, and most units have several words."""
    pairs = {(str(word).strip(), str(unit).strip()) for word, unit in zip(finer, units, strict=True)}
    words, those = ({pair[k] for pair in pairs} for k in (0, 1))
    # What stands once, or once before and once after, is a person who answered.
    return len(pairs) == len(words) >= 2 * len(those) > 2 and len(finer) >= 3 * len(words)


def _same_row(cells: Cells, one: int, other: int) -> bool:
    """Whether two rows say the same in all columns that are read."""
    return all(cells.table.cells[at][one] == cells.table.cells[at][other] for at in cells.column.values())


def _whole_answers(index: Array, scale: str) -> bool:
    """Whether numbers are whole ones of a scale, as single answers are."""
    known = SCALES.get(scale)
    points = index if known is None else known.index_to_level(index)
    return bool(np.allclose(points, np.round(points), atol=1e-6))


def groups_of(names: list[str] | None, grid: Grid, one: Series) -> dict[str, tuple[Array, Array, Array]]:
    """Return values, respondents and variance of one series by staff group; empty where there is one group, or none."""
    if names is None:
        return {}
    held = np.array([names[k] for k in grid.rows], dtype=object)
    by_name = {}
    for name in dict.fromkeys(name for name in held if name):
        among = held == name
        value, count, own = (grid.placed(values, among) for values in (one.index, one.count, one.variance))
        spread = answer_variance_by_unit(count * own, count - (not one.judged))
        by_name[name] = value, count, np.broadcast_to(spread, grid.shape)
    groups: Any = by_name
    return groups if len(by_name) > 1 else {}


def labels_by_unit(report: DataReport, labels: list[str] | None, grid: Grid, role: str) -> tuple[str, ...]:
    """Return what a column of words says of each unit; of a unit that changes, the first."""
    if labels is None:
        return ()
    by_unit = [""] * grid.shape[0]
    moved = set()
    for k, unit in zip(grid.rows, grid.unit, strict=True):
        if labels[k] and by_unit[unit] and by_unit[unit] != labels[k]:
            moved.add(unit)
        by_unit[unit] = by_unit[unit] or labels[k]
    if moved:
        report.warnings.append(
            lazy("{number} units change their {role} over time; the first is taken", number=len(moved), role=role)
        )
    return tuple(by_unit)
