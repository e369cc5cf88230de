# SPDX-License-Identifier: MIT
"""A finished pilot's file as values: who took part, and the measure before and after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import Words, lazy, lazy_plural
from txsim.panel.reader.cells import Cells, cells_of, flag_column, place, unit_column
from txsim.panel.reader.columns import find_columns, unused
from txsim.panel.reader.data_report import DataReport, SeriesReading
from txsim.panel.reader.date_order import asked_order
from txsim.panel.reader.grid import telling_apart
from txsim.panel.reader.kinds_of_rows import (
    ask_kinds_of_rows,
    ask_last_periods,
    ask_one_name,
    ask_units_of_kinds,
    without_repeats,
)
from txsim.panel.reader.link_spec import RAW, LinkSpec
from txsim.panel.reader.mixed_scales import ask_mixed
from txsim.panel.reader.number_columns import DISGUISED, number_column
from txsim.panel.reader.numerals import read_number
from txsim.panel.reader.panel_checks import ask_parted, ask_spread
from txsim.panel.reader.scale_breaks import ask_breaks
from txsim.panel.reader.scales import scored
from txsim.panel.reader.shapes import melted
from txsim.panel.reader.survey_exports import counts_apart
from txsim.panel.reader.tables import read_table
from txsim.panel.reader.workbook import Disguised
from txsim.pilot.pilot_cells import (
    ask_both,
    ask_stopped,
    ask_turned,
    cells_by_period,
    is_week,
    moments,
    ordered,
    told_flags,
    which_flag,
)
from txsim.pilot.pilot_columns import (
    ask_neither,
    check_columns,
    dated_waves,
    measure_column,
    mixed_clusters,
    pair_of,
    with_arm,
    with_post,
    with_scores,
    with_start_dates,
)
from txsim.pilot.pilot_panel import Pilot, ask_of_panel
from txsim.pilot.pilot_values import (
    answers_of,
    check_made,
    check_range,
    counts_of,
    left_out,
    pilot_series,
    rows_of_sums,
    told_sums,
    weights_of,
)
from txsim.text_encoding import telling_encoding
from txsim.types import Array
from txsim.units import SCALES, Scale

_ROLES = ("unit", "treated", "post", "period", "cluster", "weight")
_MOST_PROBLEMS = 20
#: What to do with a measure that is on no scale of a survey.
_ELSEWHERE = lazy(
    "a measure in a unit of its own needs a node whose baseline has it, such as `{example}`: say --node",
    example="kpi: {value: 30, scale: {worst: 48, best: 0, unit: h}}",
)


def read_pilot(
    path: Path,
    measure: str | None = None,
    *,
    randomised: bool = False,
    spec: LinkSpec | None = None,
    scale_of: Callable[[str], Scale | None] | None = None,
) -> Pilot:
    """Read a pilot's file: columns `unit, period, treated, post` and a measure (`ex`, `cx`, `kpi` …).

    One row per unit and wave, or per person (several rows of one unit and wave are drawn together), or one row per unit
    with the measure before and after (`ex_before, ex_after`). With a column `cluster` the clusters are the units: that
    is what was drawn, and people of one cluster do not count one by one.

    ``measure``: column of the measure; found if left out. ``randomised``: whether units were drawn at random: then
    waves before the start may be missing. ``scale_of``: scale of the measure by its name, ``None`` where it has none;
    without, the spec's, else the measure's own unit. Raises InputError if columns are missing, values cannot be read,
    or they could be read two ways.
    """
    spec = spec or LinkSpec()
    report = DataReport()
    table = read_table([path], spec)
    ask_kinds_of_rows(table, spec)
    table = counts_apart(melted(table, spec, measure or "value"), spec)
    column = find_columns(table, spec, _ROLES, report.notes)
    warnings: list[Words] = []
    pair = pair_of(table, column, measure)
    if pair is not None and column.get("post") in pair[1:]:
        del column["post"]
    if pair is None:
        table, column = with_start_dates(table, column, spec, report.notes)
    if "post" not in column and pair is None:
        table, column = with_post(table, column, spec, report.notes)
    column = with_arm(table, column, report.notes)
    if "unit" not in column and "cluster" in column:
        column["unit"] = column["cluster"]
    # of units drawn at random levels after the start are enough: where there are several periods, which those are
    one = "period" not in column or len(set(map(str, table.cells[column["period"]]))) < 2
    with telling_encoding(table.encoding):
        check_columns(table, column, spec, needs_post=not (pair or (randomised and one)))
    if pair is None:
        table, column = with_scores(table, column, spec, report, measure)
    name, places = (pair[0], list(pair[1:])) if pair else measure_column(table, column, measure)
    if "cluster" in column and column["cluster"] != column["unit"]:
        if mixed_clusters(table, column):
            warnings.append(
                lazy("pilot and control stand side by side within clusters, so that single units were drawn")
            )
        else:
            warnings.append(
                lazy("the clusters were drawn, so they are the units; what was measured in them is drawn together")
            )
            column["unit"] = column["cluster"]
    roles = [name] if not pair else [f"{name} before", f"{name} after"]
    for role, at in zip(roles, places, strict=True):
        column[role] = at
    cells = cells_of(without_repeats(table, column, spec), spec, column, report)
    known = scale_of(name) if scale_of is not None else None
    check_made(report.series.get(name), known, str(path))
    scale = spec.scale_of(name) if scale_of is None else RAW if known is None else known.name
    with telling_encoding(table.encoding):
        rows = _rows(cells, roles, pair is not None, scale if scale in SCALES else RAW, name)
    if scale not in SCALES and known is not None:
        check_range(cells, rows.value, known, name)
    warnings += rows.gone
    weight = weights_of(cells, rows.row, rows.people, warnings)
    warnings += [*rows.notes, *report.warnings]
    units = tuple(dict.fromkeys(rows.unit))
    report.series = {name: rows.reading}
    report.about |= {"units": list(units), "unused": unused(table, cells.column)}
    at_unit = {unit: i for i, unit in enumerate(units)}
    place = np.array([at_unit[unit] for unit in rows.unit], dtype=np.int64)
    treated = np.zeros(len(units), dtype=bool)
    np.logical_or.at(treated, place, rows.treated)
    after_alone = bool(rows.late.all()) and randomised
    if after_alone:
        warnings.append(lazy("nothing was measured before the start: pilot and control are compared afterwards alone"))
    by_cell = cells_by_period(place, rows.wave, rows.late, rows.value, weight, rows.answers, treated, spec)
    warnings += by_cell.notes
    ask_parted(cells, units, np.isfinite(by_cell.value))
    pilot = Pilot(
        units,
        treated,
        by_cell.value,
        by_cell.answers,
        by_cell.late,
        name,
        rows.value.size,
        (),
        rows.reading.scale,
        report.reading(),
        after_alone,
        by_cell.periods,
        by_cell.when,
    )
    if by_cell.periods and pair is None:
        ask_of_panel(cells, pilot, rows.people)
    lost = int((~np.isfinite(pilot.after - pilot.before)).sum())
    if lost:
        warnings.append(
            lazy_plural(
                "{n} unit lacks a wave before or after and is left out",
                "{n} units lack a wave before or after and are left out",
                lost,
            )
        )
    return replace(pilot, warnings=tuple(dict.fromkeys(warnings)))


@dataclass(frozen=True)
class _Rows:
    """What each value of a pilot's file belongs to: its unit, side and time."""

    unit: list[str]
    treated: NDArray[np.bool_]
    late: NDArray[np.bool_]
    value: Array
    row: NDArray[np.int64]
    wave: list[str]
    answers: Array
    gone: list[Words]
    notes: list[Words]
    reading: SeriesReading
    people: bool


def _rows(cells: Cells, roles: list[str], pair: bool, scale: str, name: str) -> _Rows:
    """Return the values of a pilot's file; what is wrong with single rows is told with their lines."""
    table = cells.table
    wrong: list[Problem] = []
    ask_units_of_kinds(cells)
    units = unit_column(cells)
    for k, unit in enumerate(units):
        if not unit:
            file, line = table.place(k)
            wrong.append(Problem(lazy("the unit has no name"), file=file, line=line))
    treated = _flags(cells, "treated", wrong)
    sums = cells.refused.copy()
    post = _flags(cells, "post", wrong) if "post" in cells.column and not pair else np.ones(len(table), dtype=bool)
    wave = [""] * len(table)
    if "period" in cells.column and not pair:
        held = table.cells[cells.column["period"]]
        # a pilot needs the order of its periods only, so that weeks will do
        if cells.spec.period_order == "auto":
            asked_order(cells, "period", held)
        wave = [str(cell).strip() for cell in held]
        readable = moments(wave, cells.spec)
        for k, written in enumerate(wave):
            if readable[written] is None and is_week(written) is None:
                file, line = table.place(k)
                text = lazy("`{cell}`: no date, month, quarter or count", cell=str(held[k])[:30])
                if text not in [problem.message for problem in wrong]:
                    hint = (
                        None if any(each.path == "period" for each in wrong) else dated_waves(held)
                    )  # it speaks of all
                    wrong.append(Problem(text, file=file, line=line, path="period", hint=hint))
    columns = [number_column(cells, role, strict=True) for role in roles]
    for role, one in zip(roles, columns, strict=True):
        for at in np.flatnonzero(one.lost):
            file, line = table.place(int(at))
            held_there = str(table.cells[cells.column[role]][at])
            disguised = isinstance(table.cells[cells.column[role]][at], Disguised)
            fault = DISGUISED if disguised else read_number(held_there).fault or lazy("a bound, not a value")
            text = lazy("`{cell}`: {fault}", cell=held_there[:30], fault=fault)
            wrong.append(Problem(text, file=file, line=line, path=cells.name(role)))
    if wrong:
        raise InputError(wrong[:_MOST_PROBLEMS])
    ask_neither(cells, units, treated)
    told = counts_of(cells, roles, columns)
    at_unit = {unit: i for i, unit in enumerate(dict.fromkeys(units))}
    at_wave = ordered(list(dict.fromkeys(wave)), cells.spec)
    owner, period = np.array([at_unit[u] for u in units]), np.array([at_wave[w] for w in wave])
    key, when = (owner * len(at_wave) + period) * 2 + post, 2.0 * period + post
    time = when // 2
    if not pair:
        ask_last_periods(cells, owner, time)
    per_cell = len(key) / np.unique(key).size
    scores = [
        scored(cells, role, one, scale, per_cell, count=count, name=f"`{name}`", slips=False, elsewhere=_ELSEWHERE)
        for role, one, count in zip(roles, columns, [None] * len(roles) if told is None else told.T, strict=True)
    ]
    value = np.stack([one.values for one in scores], axis=1)
    series = pilot_series(scores, np.full(value.shape, np.nan) if told is None else told)
    sums = sums | rows_of_sums(cells, units, owner, when, series, treated)
    answers = answers_of(cells, roles, told, ~sums)
    by_role = dict(zip(roles, series, strict=True))
    ask_one_name(cells, owner, when)
    ask_mixed(cells, owner, when, by_role)
    if len(at_wave) > 1 and not pair:
        ask_breaks(cells, owner, time, by_role, sorted(at_wave, key=at_wave.__getitem__))
    ask_spread(cells, owner, when, by_role)
    whole = value[np.isfinite(value) & ~sums[:, None]]
    outside = np.stack([one.lost for one in scores], axis=1)
    late = np.tile([False, True], (len(table), 1)) if pair else post[:, None]
    there = np.isfinite(value)
    gone = left_out(cells, roles, there, outside, scale)
    there &= ~sums[:, None]
    gone += told_sums(units, sums)
    notes: list[Words] = []
    people = False
    if pair:
        ask_both(cells, units, treated)
    else:
        ask_turned(cells, units, wave, owner, time, post)
        people, keep = _once(cells, key, value[:, 0], units, wave, notes)
        ask_stopped(cells, units, owner, time, treated, post)
        there &= keep[:, None]
        whole = value[there]
    row, _ = np.nonzero(there)
    reading = SeriesReading(
        cells.name(roles[0]),
        scores[0].scale,
        "answers" if people else scores[0].kind,
        int(whole.size),
        float(whole.min()) if whole.size else None,
        float(whole.max()) if whole.size else None,
        float(whole.mean()) if whole.size else None,
        {code: sum(one.missing.get(code, 0) for one in scores) for one in scores for code in one.missing},
        tuple(dict.fromkeys(how for one in scores for how in one.changed)),
        int(outside.sum()),
    )
    return _Rows(
        [units[k] for k in row],
        treated[row],
        late[there] if pair else post[row],
        value[there],
        row,
        [wave[k] for k in row] if not pair else ["" for _ in row],
        answers[there],
        gone,
        notes,
        reading,
        people,
    )


def _flags(cells: Cells, role: str, wrong: list[Problem]) -> NDArray[np.bool_]:
    flags, bad = flag_column(cells, role)
    rows: dict[str, list[int]] = {}
    for k in bad:
        rows.setdefault(str(cells.table.cells[cells.column[role]][k]).strip(), []).append(k)
    hint = which_flag(cells, role) if rows else None  # it speaks of all words
    for cell, at in rows.items():
        file, line = cells.table.place(at[0])
        said = lazy("`{cell}`: expected 0 or 1", cell=cell[:30]) if cell else lazy("empty: expected 0 or 1")
        message = said if len(at) == 1 else lazy("{said}; {rows:,} rows say it", said=said, rows=len(at))
        wrong.append(Problem(message, file=file, line=line, path=role, hint=hint))
        hint = None
    if not rows:
        told_flags(cells, role, flags)
    return flags


def _once(
    cells: Cells, key: NDArray[np.int64], value: Array, units: list[str], wave: list[str], notes: list[Words]
) -> tuple[bool, NDArray[np.bool_]]:
    """Return whether rows are single people's, and which rows count: what stands twice counts once."""
    keep = np.ones(value.size, dtype=bool)
    if "period" not in cells.column or "cluster" in cells.column:
        return False, keep
    there = np.flatnonzero(np.isfinite(value))
    _, which, times = np.unique(key[there], return_inverse=True, return_counts=True)
    if not times.size:
        return False, keep
    if (times > 1).sum() > 0.3 * times.size:
        by = telling_apart(cells, there, key[there])
        if by is not None:
            message = lazy("several rows for one unit and wave, one of each kind")
            raise InputError(Problem(message, file=cells.table.name, hint=by))
        notes.append(
            lazy("several rows for one unit and wave: taken for single answers, {size:,} in all", size=there.size)
        )
        return True, keep
    wrong: list[Problem] = []
    for cell in np.flatnonzero(times > 1):
        members = there[which == cell]
        if np.ptp(value[members]) > 1e-12:
            k = int(members[-1])
            file, line = cells.table.place(k)
            wrong.append(
                Problem(
                    lazy("`{unit}` has two different values in {wave}", unit=units[k], wave=wave[k]),
                    file=file,
                    line=line,
                )
            )
        keep[members[1:]] = False
    if wrong:
        raise InputError(wrong[:_MOST_PROBLEMS])
    place(cells, np.flatnonzero(~keep), "unit", lazy("the same row twice, counted once"))
    return False, keep
