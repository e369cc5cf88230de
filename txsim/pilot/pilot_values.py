# SPDX-License-Identifier: MIT
"""Values of a pilot's file against what can be: missing ones by what stood there, and a node's own range."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import Words, joined, lazy, lazy_plural
from txsim.panel.reader.cells import FEW, Cells
from txsim.panel.reader.data_report import SeriesReading
from txsim.panel.reader.names import some_names
from txsim.panel.reader.scales import Scored
from txsim.panel.reader.series import Series
from txsim.panel.reader.unit_sums import refuse_sums
from txsim.types import Array
from txsim.units import SCALES, Scale

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


# --- Rows of a pilot's file that are sums of units, as `Pilot total` stands below its teams: they are nobody's


def pilot_series(scores: Sequence[Scored], answers: Array) -> list[Series]:
    """Return a pilot's measure as series of a panel, before and after where these are columns.

    ``scores``: the measure on its scale. ``answers``: ``(row,)`` answers that each value is of, NaN where not told.
    """
    series = []
    for one in scores:
        scale = SCALES.get(one.scale)
        index = one.values if scale is None else scale.level_to_index(one.values)
        lost = np.zeros(answers.size, dtype=bool)
        series.append(Series(index, answers, answers, one.scale, one.kind == "answers", lost, answers))
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
    refuse_sums(cells, units, owner, when, series, treated)
    gone: NDArray[np.bool_] = cells.refused & ~before
    return gone


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
