# SPDX-License-Identifier: MIT
"""From a table of cells to a panel: what may be repaired is repaired, and said; what must not be guessed is refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import Message, joined, lazy, lazy_plural
from txsim.panel.reader.cells import SEVERAL, Cells, cells_of, flag_column, place, unit_column
from txsim.panel.reader.coarse_periods import refuse_coarse
from txsim.panel.reader.columns import as_one_wave, panel_columns, unused
from txsim.panel.reader.data_report import DataReport
from txsim.panel.reader.date_order import as_meant, ask_ends
from txsim.panel.reader.grid import Grid, fill, groups_of, labels_by_unit
from txsim.panel.reader.kinds_of_rows import (
    ask_kinds_of_rows,
    ask_last_periods,
    ask_one_name,
    ask_units_of_kinds,
    without_repeats,
)
from txsim.panel.reader.link_spec import OUTCOMES, LinkSpec
from txsim.panel.reader.mixed_scales import ask_mixed
from txsim.panel.reader.names import natural, some_names
from txsim.panel.reader.numerals import tidy_name
from txsim.panel.reader.outcome_units import ask_who_leave, outcome_values
from txsim.panel.reader.panel import FEWEST, Panel
from txsim.panel.reader.panel_checks import (
    ask_carried_on,
    ask_noughts,
    ask_renamed,
    ask_spread,
    check_lost,
    refuse_same,
    weights,
)
from txsim.panel.reader.period_column import period_column
from txsim.panel.reader.scale_breaks import ask_breaks
from txsim.panel.reader.series import Series, absent_series, kept_reading, read_series
from txsim.panel.reader.shapes import to_long
from txsim.panel.reader.survey_exports import counts_apart
from txsim.panel.reader.tables import read_table
from txsim.panel.reader.unit_sums import refuse_sums
from txsim.text_encoding import telling_encoding
from txsim.types import Array
from txsim.units import SCALES

Rows = NDArray[np.int64]
_LONGEST = 600


def read_panel(paths: Path | Iterable[Path], spec: LinkSpec | None = None) -> tuple[Panel, DataReport]:
    """Read a panel from files.

    ``paths``: a file, several, or a folder; ``spec``: what a person says about it. Returns the panel, and the report of
    what was done to the file. Raises InputError if columns are missing, no row is left, a scale is not known, or more
    than a few values cannot be read.
    """
    spec = spec or LinkSpec()
    report = DataReport()
    table = read_table([paths] if isinstance(paths, Path) else list(paths), spec)
    with telling_encoding(table.encoding):
        ask_kinds_of_rows(table, spec)
        table = as_one_wave(counts_apart(to_long(table, spec), spec), spec)
        columns = panel_columns(table, spec, report.notes, report.warnings)
        ask_who_leave(table, columns, spec)
        table = without_repeats(table, columns, spec)
        cells = cells_of(table, spec, columns, report)
        left = unused(table, cells.column)
        if left:
            report.about["unused"] = left
        return _panel(cells)


def _panel(cells: Cells) -> tuple[Panel, DataReport]:
    table, report = cells.table, cells.report
    ask_units_of_kinds(cells)
    units, periods = unit_column(cells), period_column(cells)
    text = {
        role: [tidy_name(str(cell)) for cell in table.cells[cells.column[role]]]
        for role in ("kind", "cluster", "group")
        if role in cells.column
    }
    number = {name: i for i, name in enumerate(dict.fromkeys(units))}
    unit = np.array([number[name] for name in units])
    if "group" not in text:
        periods = refuse_coarse(cells, unit, periods)
    month = np.array([np.nan if when is None else when.month for when in periods])
    ask_last_periods(cells, unit, month)
    ask_one_name(cells, unit, month)
    per_cell = _rows_per_cell(unit, month, text.get("group"))
    there = [s for s in ("ex", "cx") if any(role == s or role.startswith(f"{s}_") for role in cells.column)]
    series = _both(cells, there, per_cell, month)
    if len(there) > 1:
        held = as_meant(table.cells[cells.column["period"]], cells.spec)
        ex, cx = ([held[k] for k in np.flatnonzero(np.isfinite(one.index))] for one in series)
        ask_ends(table.name, ex, cx, cells.spec)
    extra = {name: outcome_values(cells, name) for name in OUTCOMES if name in cells.column}
    pilot = _flags(cells, "pilot") if "pilot" in cells.column else None
    before = int(cells.refused.sum())
    refuse_sums(cells, units, unit, month, series)
    if int(cells.refused.sum()) > before:  # what is told of the numbers is told of those that are kept
        series = [replace(one, reading=kept_reading(one, ~cells.refused)) for one in series]
    by_role = dict(zip(("ex", "cx"), series, strict=True))
    if per_cell < SEVERAL:
        ask_mixed(cells, unit, month, by_role)
    ask_breaks(cells, unit, month, by_role)
    ask_spread(cells, unit, month, by_role)
    check_lost(cells, unit, series)
    usable = np.isfinite(month) & np.array([bool(name) for name in units])
    keep = np.flatnonzero(~cells.refused & usable)
    if keep.size == 0:
        raise InputError(Problem(lazy("every row was refused"), file=table.name, hint=_why(report)))
    names = sorted({units[k] for k in keep}, key=natural)
    kinds = {when.kind for k in keep if (when := periods[k]) is not None}
    months = np.unique(month[keep])
    calendar = "count" not in kinds
    step = _step(months, kinds, report)
    start = float(months[0])
    length = round((float(months[-1]) - start) / step) + 1
    if length > _LONGEST:
        raise InputError(
            Problem(
                lazy("{length} periods from first to last; at most {longest} can be", length=length, longest=_LONGEST),
                file=table.name,
            )
        )
    row_of = {name: i for i, name in enumerate(names)}
    at_unit = np.array([row_of[units[k]] for k in keep])
    at_time = np.round((month[keep] - start) / step).astype(np.int64)
    shape = (len(names), length)
    grid = Grid(keep, at_unit, at_time, shape)
    answers = _is_answers(cells, grid, series, per_cell)
    weight = weights(cells, answers)
    y, n, variance = (np.full((*shape, 2), np.nan) for _ in range(3))
    groups = groups_of(text.get("group"), grid, series[0])
    merged = np.isin(names, list(cells.spec.merge))[at_unit]
    pool = np.full(keep.size, True) if groups or answers else merged
    for o, one in enumerate(series):
        rows = fill(cells, o, grid, one, weight, y, n, variance, answers=answers, pool=pool)
        series[o] = replace(one, reading=kept_reading(one, rows))
    period_months = cells.spec.period_months
    panel = Panel(
        tuple(names),
        start,
        float(period_months or step) if calendar or period_months else 1.0,
        calendar or period_months is not None,
        y,
        n,
        variance,
        (series[0].scale, series[1].scale),
        kind=labels_by_unit(report, text.get("kind"), grid, "kind"),
        cluster=labels_by_unit(report, text.get("cluster"), grid, "cluster"),
        pilot=grid.placed(pilot) if pilot is not None else None,
        outcomes={name: grid.placed(values) for name, values in extra.items()},
        groups=groups,
    )
    if not calendar and period_months is None and length > 1:
        report.warnings.append(
            lazy(
                "periods are counted, not dated: one period is taken for one month. Say --period-months if that is "
                "wrong"
            )
        )
    if not np.isfinite(panel.y).any():
        raise InputError(Problem(lazy("no value is left in either series"), file=table.name, hint=_why(report)))
    for o, name in enumerate(("EX", "CX")):
        if name.lower() in there and not np.isfinite(panel.y[..., o]).any():
            raise InputError(Problem(lazy("no value of {name} is left", name=name), file=table.name, hint=_why(report)))
    few = int((panel.n < FEWEST).sum())
    if few:
        report.notes.append(
            lazy(
                "{few} cells with fewer than {fewest} respondents count with their small weight and are never shown",
                few=few,
                fewest=FEWEST,
            )
        )
    panel = _measured(panel, report)
    names = list(panel.units)
    refuse_same(panel, cells)
    ask_renamed(panel, cells)
    ask_carried_on(panel, cells, [one.answers for one in series])
    ask_noughts(panel, cells)
    report.series = {name: one.reading for name, one in zip(("ex", "cx"), series, strict=True) if name in there}
    report.about |= {
        "units": names,
        "periods": [panel.label(0), panel.label(length - 1), length, step],
        "calendar": calendar,
        "answers": answers,
    }
    return panel, report


def _both(cells: Cells, there: list[str], per_cell: float, month: Array) -> list[Series]:
    """Return EX and CX; what is to be asked of either is asked at once.

    Raises InputError as :func:`txsim.panel.reader.series.read_series`.
    """
    both: list[Series] = []
    problems: list[Problem] = []
    for name in ("ex", "cx"):
        try:
            both.append(read_series(cells, name, per_cell, month) if name in there else absent_series(len(cells.table)))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return both


def _measured(panel: Panel, report: DataReport) -> Panel:
    """Return the panel without units of which nothing is known, and say so."""
    some = np.isfinite(panel.y).any(axis=(1, 2))
    for values in panel.outcomes.values():
        some |= np.isfinite(values).any(axis=1)
    if some.all():
        return panel
    empty = [name for name, there in zip(panel.units, some, strict=True) if not there]
    report.notes.append(
        lazy_plural(
            "{n} unit without any value does not count: {names}",
            "{n} units without any value do not count: {names}",
            len(empty),
            names=some_names(empty, 6),
        )
    )

    def kept(words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(word for word, there in zip(words, some, strict=True) if there) if words else ()

    return replace(
        panel,
        units=kept(panel.units),
        y=panel.y[some],
        n=panel.n[some],
        variance=panel.variance[some],
        kind=kept(panel.kind),
        cluster=kept(panel.cluster),
        pilot=None if panel.pilot is None else panel.pilot[some],
        outcomes={name: values[some] for name, values in panel.outcomes.items()},
        groups={name: (value[some], n[some], sd[some]) for name, (value, n, sd) in panel.groups.items()},
    )


def _rows_per_cell(unit: Rows, month: Array, group: list[str] | None) -> float:
    """Return how many rows one unit (and staff group) has in one period, on average."""
    seen = np.isfinite(month)
    if not seen.any():
        return 1.0
    parts = [unit[seen].astype(float), month[seen]]
    if group is not None:
        number = {name: i for i, name in enumerate(dict.fromkeys(group))}
        parts.append(np.array([number[name] for name in group], dtype=float)[seen])
    return float(seen.sum() / len(np.unique(np.stack(parts, axis=1), axis=0)))


def _flags(cells: Cells, role: str) -> Array:
    """Return a column of yes and no as ones and zeros; numbers beyond them stay, words that say neither are refused."""
    flags, bad = flag_column(cells, role)
    blank = [k for k in bad if not str(cells.table.cells[cells.column[role]][k]).strip()]
    wrong = sorted(set(bad) - set(blank))
    place(cells, wrong, role, lazy("expected 0 or 1"), refuse=True)
    numbers = flags.astype(float)
    numbers[bad] = np.nan
    return numbers


def _why(report: DataReport) -> Message:
    refused = report.most_refused()
    if not refused:
        return lazy("its cells are empty, or hold marks that stand for no answer")
    return joined("; ", (lazy("{reason}: {count}", reason=why, count=count) for why, count in refused))


def _step(months: Array, kinds: set[str], report: DataReport) -> float:
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
        report.warnings.append(
            lazy("some periods are whole years among finer ones; a year counts from its first month")
        )
    return usual


def _is_answers(cells: Cells, grid: Grid, series: Sequence[Series], per_cell: float) -> bool:
    """Return whether each row is one respondent's answer."""
    if cells.spec.form != "auto":
        return cells.spec.form == "answers"
    counted = any(np.isfinite(one.count).any() for one in series)
    if counted:
        return False
    if any(one.answers for one in series) and per_cell > 1:
        cells.report.notes.append(
            lazy("about {per_cell:.3g} rows per unit and period: answers of single respondents", per_cell=per_cell)
        )
        return True
    points = any(SCALES[one.scale].measure == "nps" and one.reading.values == "scores"
                 for one in series if one.scale in SCALES)  # fmt: skip
    if points or "group" in cells.column or grid.rows.size < 50:
        return False
    size = grid.rows.size / np.unique(grid.key).size
    if size >= 4:
        cells.report.notes.append(
            lazy("about {size:.0f} rows per unit and period: taken for answers of single respondents", size=size)
        )
    return size >= 4
