# SPDX-License-Identifier: MIT
"""Values of a pilot's file against what can be: missing ones by what stood there, and a node's own range."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import Words, joined, lazy, lazy_plural
from txsim.panel.reader.cells import FEW, Cells
from txsim.panel.reader.data_report import SeriesReading
from txsim.panel.reader.names import some_names, yaml_word
from txsim.panel.reader.number_columns import NumberColumn, number_column
from txsim.panel.reader.panel_checks import weight_of_answers
from txsim.panel.reader.scales import Scored
from txsim.panel.reader.series import Series, without_nobody
from txsim.panel.reader.unit_sums import (
    CHANCE,
    SCORES_APART,
    ask_units,
    least_step,
    log_share,
    refuse_sums,
    refuse_unit,
    unit_table,
    within_units,
)
from txsim.panel.reader.vocabulary import arm_alone, count_of
from txsim.types import Array
from txsim.units import SCALES, Scale

#: Log chance, at most, that a unit which is called by its arm is taken for the arm's mean and is none.
_CHANCE_NAMED = math.log(0.1)
#: Standard errors of a mean of units, in shares of their sd, that weights which are not told may move it: 3 × 60 %.
_UNEVEN = 1.8
#: Kinds of missing values, and lines of values outside a scale, that are named one by one.
_MOST = 6


def left_out(
    cells: Cells, roles: list[str], there: NDArray[np.bool_], outside: NDArray[np.bool_], scale: str
) -> list[Words]:
    """Return in words which values were left out: missing ones by what stood there, those outside the scale by line.

    ``there``, ``outside``: ``(row, role)`` whether a value is kept, and whether it lies outside the scale. ``scale``:
    the scale's name.
    """
    held = [cells.table.cells[cells.column[role]] for role in roles]
    notes: list[Words] = []
    gone = np.argwhere(~there & ~outside)
    if gone.size:
        kinds = Counter("" if held[j][k] is None else str(held[j][k]).strip() for k, j in gone)
        parts = [
            lazy("{count} blank", count=count) if not text else lazy("{count} × {text}", count=count, text=text[:20])
            for text, count in kinds.most_common(_MOST)
        ]
        if len(kinds) > _MOST:
            parts.append(lazy("and others"))
        notes.append(
            lazy_plural(
                "{n} value is missing and was left out: {kinds}",
                "{n} values are missing and were left out: {kinds}",
                len(gone),
                kinds=joined(", ", parts),
            )
        )
    far = np.argwhere(outside)
    if far.size:
        lines = [
            lazy("line {line}: {value}", line=cells.table.place(int(k))[1], value=str(held[j][k])[:20])
            for k, j in far[:_MOST]
        ]
        if len(far) > _MOST:
            lines.append(lazy("and others"))
        notes.append(
            lazy_plural(
                "{n} value lies outside the scale {scale} and was left out ({lines})",
                "{n} values lie outside the scale {scale} and were left out ({lines})",
                len(far),
                scale=scale,
                lines=joined(", ", lines),
            )
        )
    return notes


def check_made(made: SeriesReading | None, told: Scale | None, file: str) -> None:
    """Refuse another scale than that of the groups of answers that a score is made of.

    ``made``: how the score was made, ``None`` where it stands in the file. ``told``: the scale that it would be read
    on, ``None`` where it is read in its own unit. Raises :class:`InputError` if the scales have other ends.
    """
    if made is None or told is None:
        return
    own = SCALES[made.scale]
    if (own.worst, own.best) != (told.worst, told.best):
        message = lazy("the score made of `{column}` and its like is on {own} ({worst:g} … {best:g}), not on {told}",
                       column=made.column, own=own.name, worst=own.worst, best=own.best, told=told.name)  # fmt: skip
        raise InputError(Problem(message, file=file, hint=lazy("say --scale {scale}", scale=own.name)))


def check_range(cells: Cells, value: Array, scale: Scale, name: str) -> None:
    """Refuse values that are not in the unit of a node's own scale; say it where a few lie outside its range.

    ``worst`` and ``best`` of such a scale say what is worth 0 and 100, not what can be: a little may lie outside, but
    more than a few percent farther from it than it is wide are numbers of another kind. Raises :class:`InputError` if
    they are.
    """
    low, high = sorted((scale.worst, scale.best))
    width = high - low
    outside = (value < low) | (value > high)
    far = (value < low - width) | (value > high + width)
    if far.sum() > max(1, FEW * value.size):
        message = lazy(
            "{count} of {all} values of `{name}` ({min:g} … {max:g}) lie far outside the range of the node that it is "
            "taken for ({low:g} … {high:g} {unit})",
            count=int(far.sum()),
            all=int(value.size),
            name=name,
            min=value.min(),
            max=value.max(),
            low=low,
            high=high,
            unit=scale.unit,
        )
        hint = lazy("say --node, or --scale if it is measured on another one")
        raise InputError(Problem(message, file=cells.table.name, path=name, hint=hint))
    if outside.any():
        cells.report.warnings.append(
            lazy_plural(
                "{n} value of `{name}` lies outside {low:g} … {high:g} {unit}, the range of its node; it counts",
                "{n} values of `{name}` lie outside {low:g} … {high:g} {unit}, the range of its node; they count",
                int(outside.sum()),
                name=name,
                low=low,
                high=high,
                unit=scale.unit,
            )
        )


def counts_of(cells: Cells, roles: Sequence[str], measures: Sequence[NumberColumn]) -> Array | None:
    """Return how many answers each value is of, NaN where that is not told; ``None`` without columns of them.

    ``roles``, ``measures``: the measure, or that before and after. The answers are ``(row, role)``.
    """
    taken = set(cells.column.values())
    lone = [i for i, column in enumerate(cells.table.columns) if i not in taken and count_of(column)]
    if len(roles) == len(lone) == 1 and f"n_{roles[0]}" not in cells.column:
        cells.column[f"n_{roles[0]}"] = lone[0]
        column = cells.table.columns[lone[0]]
        cells.report.notes.append(lazy("column `{column}` is taken for `{role}`", column=column, role=f"n_{roles[0]}"))
    told = []
    for role, measure in zip(roles, measures, strict=True):
        if f"n_{role}" not in cells.column:
            return None
        count = number_column(cells, f"n_{role}", comma="thousands", count=True).values
        without_nobody(cells, role, measure, count)
        told.append(np.where(~np.isfinite(measure.values), 1.0, np.where(count > 0, count, np.nan)))
    return np.stack(told, axis=1)


def answers_of(cells: Cells, roles: Sequence[str], told: Array | None, kept: NDArray[np.bool_]) -> Array:
    """Return the answers ``(row, role)`` of each value as it weighs: 1 where they are not told of all that are kept."""
    nothing = np.ones((len(cells.table), len(roles)))
    if told is None:
        return nothing
    for role, unknown in zip(roles, (~np.isfinite(told) & kept[:, None]).sum(axis=0).tolist(), strict=True):
        if unknown:
            cells.report.warnings.append(
                lazy("`{name}` counts nobody in {rows} rows: all cells weigh alike", name=cells.name(f"n_{role}"),
                     rows=unknown)
            )  # fmt: skip
            return nothing
    return np.where(np.isfinite(told), told, 1.0)


def weights_of(cells: Cells, row: NDArray[np.int64], people: bool, warnings: list[Words]) -> Array:
    """Return the weight of each value, of so many a row; weights of means of many people are refused by name."""
    if "weight" not in cells.column:
        return np.ones(row.size)
    name = cells.name("weight")
    weight = weight_of_answers(cells, people)
    if not np.all(weight[row] >= 0):
        raise InputError(
            Problem(lazy("`{name}` is missing or below zero in some rows", name=name), file=cells.table.name)
        )
    warnings.append(lazy("answers were weighted by `{name}`", name=name))
    of_values: Array = weight[row]
    return of_values


# --- Rows of a pilot's file that are sums of units, as `Pilot total` stands below its teams: they are nobody's


def pilot_series(scores: Sequence[Scored], answers: Array) -> list[Series]:
    """Return a pilot's measure as series of a panel, before and after where these are columns.

    ``scores``: the measure on its scale. ``answers``: ``(row, role)`` answers that each value is of, NaN where not
    told.
    """
    series = []
    for one, count in zip(scores, answers.T, strict=True):
        scale = SCALES.get(one.scale)
        index = one.values if scale is None else scale.level_to_index(one.values)
        lost = np.zeros(count.size, dtype=bool)
        series.append(Series(index, count, count, one.scale, one.kind == "answers", lost, count))
    return series


def rows_of_sums(
    cells: Cells,
    units: list[str],
    owner: NDArray[np.int64],
    when: Array,
    series: Sequence[Series],
    treated: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Return the rows of units that are sums of others.

    ``units``, ``owner``, ``when``: name, place and time of each row's unit. ``series``: the measure, from
    :func:`pilot_series`. ``treated``: ``(row,)`` whether it is of a unit that took part. Raises :class:`InputError` as
    :func:`txsim.panel.reader.unit_sums.refuse_sums`.
    """
    before = cells.refused.copy()
    for i in _means_of_arms(cells, units, owner, when, series, treated):
        refuse_unit(cells, units, owner, i)
    refuse_sums(cells, units, owner, when, series)
    gone: NDArray[np.bool_] = cells.refused & ~before
    return gone


def _means_of_arms(
    cells: Cells,
    units: list[str],
    unit: NDArray[np.int64],
    month: Array,
    series: Sequence[Series],
    arm: NDArray[np.bool_],
) -> list[int]:
    """Return units that are the mean of all others of their arm, weighted or not.

    Figures show it where chance would not bring a unit so near, sooner of one that is called as its arm is (`Pilot`,
    `All control units`). Raises InputError about one that is called so where they neither show nor exclude it.
    """
    if any(one.answers for one in series):
        return []
    usable = np.isfinite(month) & ~cells.refused
    first = {int(i): k for k, i in reversed(list(enumerate(unit))) if usable[k]}
    took_part = np.zeros(int(unit.max(initial=-1)) + 1, dtype=bool)
    np.logical_or.at(took_part, unit, arm)
    called = {i for i, k in first.items() if arm_alone(units[k]) is not None}
    tables = [_table_of(unit, month, usable, one) for one in series]
    sums: list[int] = []
    for side in (True, False):
        members = [i for i in first if took_part[i] == side]
        of_name = [i for i in members if i in called]
        plain = np.array([i for i in members if i not in called], dtype=np.int64)
        open_ones = []
        for i in (*of_name, *plain.tolist()):
            parts = plain[(plain != i) & ~np.isin(plain, sums)]
            if parts.size < 1 + (i not in called):
                continue
            log_chance, near, far = math.log(len(first)), True, False
            for x, people, least in tables:
                chance, is_near, outside = _near_mean(x[np.r_[i, parts]], people[parts], least, named=i in called)
                log_chance, near, far = log_chance + chance, near and is_near, far or outside
            if near and log_chance < (_CHANCE_NAMED if i in called else CHANCE):
                sums.append(i)
            elif i in called and not far:
                open_ones.append(i)
            elif i in called and cells.spec.drop_units is None:
                cells.report.warnings.append(
                    lazy("`{name}` is read as a unit: it is not the mean of its arm. If it is no unit, say "
                         "`drop_units: [{word}]`", name=units[first[i]], word=yaml_word(units[first[i]]))
                )  # fmt: skip
        if open_ones and cells.spec.drop_units != ():
            names = [units[first[i]] for i in open_ones]
            named = some_names(names, 6, marked=True)
            message = lazy("{names}: a unit of its own, or the mean of its arm?", names=named)
            ask_units(cells, names, first[open_ones[0]], message)
    return sums


def _table_of(
    unit: NDArray[np.int64], month: Array, usable: NDArray[np.bool_], one: Series
) -> tuple[Array, Array, float]:
    """Return a series' means and people by unit and period, ``(unit, period)``, and how far apart values are at least.

    Means are NaN where there is none, and people where those of a value are not told.
    """
    seen = usable & np.isfinite(one.index)
    told = unit_table(unit, month, seen, np.ones(unit.size))
    x = unit_table(unit, month, seen, np.where(seen, one.index, 0.0)) / told
    return x, unit_table(unit, month, seen, np.where(seen, one.count, 0.0)), least_step(one.index[seen], one.scale)


def _near_mean(x: Array, people: Array, least: float, *, named: bool) -> tuple[float, bool, bool]:
    """Return of a unit beside the mean of others: log chance of being so near, whether it is their mean, or is not.

    A mean whose weights are not told lies as far from the plain one as weights do that differ by 60 % of their mean, in
    one period of a thousand; one whose weights are told a third of that.

    ``x``, ``people``: ``(1 + part, period)`` of the unit and the others, ``(part, period)`` of the others, from
    :func:`_table_of`. ``named``: whether it is called by its arm; of one that is not, nothing is told but whether
    it is their mean.
    """
    among = np.isfinite(x[0]) & np.isfinite(x[1:]).any(axis=0)
    moved, people = x[:, among], people[:, among]
    if not moved.size:
        return 0.0, False, False
    there = np.isfinite(moved[1:])
    weights = [there.astype(float)]
    if np.isfinite(people[there]).all():
        weights.append(np.where(there, people, 0.0))
    theirs = np.where(there, moved[1:], 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        gaps = [np.abs((w * theirs).sum(axis=0) / w.sum(axis=0) - moved[0]) for w in weights]
    gap = min(gaps, key=np.max)
    # no sd is as large as the range, so that nothing else need be worked out of most
    if not named and gap.max() > max(SCORES_APART * (np.nanmax(moved) - np.nanmin(moved)), least):
        return 0.0, False, False
    if not (moves := within_units(moved)) > 0:
        return 0.0, False, False
    if moved.shape[1] > 1:  # what all do together brings no unit nearer to their mean
        moves = min(moves, within_units(moved - np.nanmean(moved, axis=0)))
    apart = max(SCORES_APART * moves, least)
    off = _UNEVEN / (1 if len(weights) == 1 else 3) * np.nanstd(moved[1:], axis=0) / np.sqrt(weights[0].sum(axis=0))
    _, periods = np.unique(moved, axis=1, return_index=True)  # a period that repeats another proves nothing
    return periods.size * log_share(apart, moves), bool(gap.max() <= apart), bool(np.any(gap > apart + off))


def told_sums(units: list[str], sums: NDArray[np.bool_]) -> list[Words]:
    """Return in words which units were left out, none or one sentence."""
    names = list(dict.fromkeys(units[k] for k in np.flatnonzero(sums) if units[k]))
    if not names:
        return []
    return [
        lazy_plural(
            "{n} unit is left out, as a sum of others or as asked for: {names}",
            "{n} units are left out, as sums of others or as asked for: {names}",
            len(names),
            names=some_names(names, 6, marked=True),
        )
    ]
