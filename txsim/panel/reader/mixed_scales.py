# SPDX-License-Identifier: MIT
"""Units or periods of one measure that are written on another scale than the others: asked about, not averaged."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import lazy
from txsim.panel.reader.cells import Cells
from txsim.panel.reader.scale_breaks import other_scales
from txsim.panel.reader.series import Series, answer_variance
from txsim.types import Array
from txsim.units import SCALES, Scale

Rows = NDArray[np.int64]
#: Share of what other units move by, below which a unit is still enough to hold means out of ten.
_STILL = 0.25
#: Units or periods, and values of each, from which their spread says something.
_GROUPS, _VALUES = 4, 3
#: Share of groups that must be no suspects, so that they say how the measure is.
_OTHERS = 0.25
#: Rounds in which suspects are told from units that lie high by themselves.
_ROUNDS = 10
#: Log likelihood ratio for another scale: of the spreads alone, and of spreads and levels together.
_BY_SPREAD, _BY_BOTH = 3.0, 9.0
#: The same of the levels where spreads say little: at least, and per group. Of 30,000 simulated panels on one scale,
#: with 8 to 40 units at any mean, 1 in 1,000 reached it.
_BY_LEVEL = 6.0, 0.5


def ask_mixed(cells: Cells, unit: Rows, month: Array, series: Mapping[str, Series]) -> None:
    """Ask about whole units or periods that are most likely written on another scale than the others.

    Parameters
    ----------
    cells
        The table.
    unit, month
        ``(row,)`` of each row.
    series
        By the role of its column.

    Raises
    ------
    InputError
        If NPS points are fractions, or means of answers, in a whole period or of a whole unit, or some units or periods
        are an index of 0 … 100 among points and the like, unless the spec says `values: scores`.
    """
    when = np.unique(np.where(np.isfinite(month), month, -1.0), return_inverse=True)[1]
    for name, one in series.items():
        if one.answers or one.scale not in SCALES or cells.spec.values_of(name) != "auto":
            continue
        scale = SCALES[one.scale]
        points = scale.worst + one.index * (scale.best - scale.worst) / 100.0
        seen = np.isfinite(points) & np.isfinite(month) & ~cells.refused
        if seen.sum() < 12:
            continue
        by_range = ((when, 0.0, 10.0, 5), (when, -1.0, 1.0, 3), (unit, -1.0, 1.0, 3), (unit, 0.0, 10.0, 5))
        for keys, low, high, fewest in by_range if scale.measure == "nps" else ():
            inside = seen & (points >= low - 1e-9) & (points <= high + 1e-9)
            size = int(keys.max()) + 1
            held, within = (np.bincount(keys[rows], minlength=size) for rows in (seen, inside))
            whole = (held > 0) & (held == within)
            others = seen & ~whole[keys]
            if not whole.any() or others.sum() < 5:
                continue
            # of the others, at least one is thought to lie inside
            chance = (int((inside & others).sum()) + 1) / (int(others.sum()) + 2)
            for key in np.flatnonzero(whole & (held >= fewest)):
                mine = np.flatnonzero(seen & (keys == key))
                if high == 10 and keys is unit and points[mine].std() > _STILL * _usual(points[others], unit[others]):
                    continue  # it has its level there, and moves about it as the others move
                if np.ptp(points[mine]) > 0 and chance**mine.size * int((held > 0).sum()) < 1e-4:
                    _ask_apart(cells, name, int(mine[0]), (low, high), points[others])
        for keys in (unit, when):
            _ask_other_scale(cells, name, points, seen, keys, scale, by_unit=keys is unit)


def _usual(points: Array, unit: Rows) -> float:
    """Return the median over units of the sd of their points from period to period."""
    return float(np.median([points[unit == i].std() for i in np.unique(unit)]))


def _ask_apart(cells: Cells, name: str, row: int, within: tuple[float, float], others: Array) -> None:
    file, line = cells.table.place(row, cells.column.get(name))
    message = lazy(
        "part of {name} lies within {low:g} … {high:g}, the rest between {min:.3g} and {max:.3g}: fractions or means "
        "of answers beside points?",
        name=name.upper(),
        low=within[0],
        high=within[1],
        min=others.min(),
        max=others.max(),
    )
    hint = lazy("write all of them one way; or say `values: scores` in the spec if all are points of −100 … 100")
    raise InputError(Problem(message, file=file, line=line, path=cells.name(name), hint=hint))


def _ask_other_scale(
    cells: Cells, name: str, points: Array, seen: NDArray[np.bool_], keys: Rows, scale: Scale, *, by_unit: bool
) -> None:
    """Ask about groups of rows, units or periods, that spread and lie as the others do once they are converted.

    Suspect are groups whose values all fit into the other scale. Spreads (log sd) and levels (means) of all groups are
    each taken for normal, before and after those of the likeliest suspects are converted; what favours conversion is
    the log likelihood ratio of the two. It rests on the spreads, since groups that never leave a part of the scale lie
    high by selection; a log sd is known to one over twice its degrees of freedom at best.
    """
    size = int(keys.max()) + 1
    count = np.bincount(keys[seen], minlength=size)
    mean, square = (np.bincount(keys[seen], values[seen], size) for values in (points, points**2))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = mean / count
        sd = np.sqrt(np.maximum(square / count - mean**2, 0.0) * count / (count - 1))
    usable = (count >= _VALUES) & (sd > 1e-9)
    if usable.sum() < _GROUPS:
        return
    least, most = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(least, keys[seen], points[seen])
    np.maximum.at(most, keys[seen], points[seen])
    known = 1.0 / (2.0 * (float(np.median(count[usable])) - 1.0))
    for other in other_scales(scale.worst, scale.best):
        low, high = other.held
        inside = usable & (least >= low - 1e-9) & (most <= high + 1e-9)
        factor = abs(float(other.meant(np.array(1.0)) - other.meant(np.array(0.0))))
        if factor == 1.0 or not inside.any() or (usable & ~inside).sum() < max(2, _OTHERS * usable.sum()):
            continue
        plain, converted = (mean[usable], np.log(sd[usable])), (other.meant(mean[usable]), np.log(factor * sd[usable]))
        if by_unit:  # near an end of the scale answers differ less
            plain, converted = ((level, spread - _log_room(level, scale)) for level, spread in (plain, converted))
        mixed, by_level, by_spread = _most_likely(plain, converted, inside[usable], factor, known)
        levels = by_level > _BY_LEVEL[0] + _BY_LEVEL[1] * usable.sum()  # more than selection makes of one scale
        if (by_spread > _BY_SPREAD and by_spread + by_level > _BY_BOTH) or (by_spread > 0 and levels):
            inside[usable] = mixed
            row = int(np.flatnonzero(seen & inside[keys])[0])
            file, line = cells.table.place(row, cells.column.get(name))
            message = lazy(
                "part of {name} ({low:.3g} … {high:.3g}) moves as the rest ({min:.3g} … {max:.3g}) does on another "
                "scale only: {what}?",
                name=name.upper(), low=least[inside].min(), high=most[inside].max(),
                min=least[usable & ~inside].min(), max=most[usable & ~inside].max(), what=other.said,
            )  # fmt: skip
            hint = lazy("write all of them one way; or say `values: scores` in the spec if all are on {scale}",
                        scale=scale.name)  # fmt: skip
            raise InputError(Problem(message, file=file, line=line, path=cells.name(name), hint=hint))


def _log_room(level: Array, scale: Scale) -> Array:
    """Return the log sd that one answer is expected to have at a level of the scale."""
    index = 100.0 * (level - scale.worst) / (scale.best - scale.worst)
    room: Array = 0.5 * np.log(answer_variance(index, scale.measure))
    return room


_Moments = tuple[Array, Array]


def _most_likely(
    plain: _Moments, converted: _Moments, suspect: NDArray[np.bool_], factor: float, least: float
) -> tuple[NDArray[np.bool_], float, float]:
    """Return which suspects are most likely on the other scale, and what favours that by level and by spread.

    Alternates between taking each suspect for what it is likelier to be among the others, and their common moments.
    """
    best, chosen = (0.0, 0.0), suspect
    mixed = suspect
    for _ in range(_ROUNDS):
        level, spread = (np.where(mixed, theirs, own) for own, theirs in zip(plain, converted, strict=True))
        by_level = _ratio(plain[0], level, 0.0) + int(mixed.sum()) * math.log(factor)
        by_spread = _ratio(plain[1], spread, least)
        if by_level + by_spread > sum(best):
            best, chosen = (by_level, by_spread), mixed
        wide = float(level.var()) + 1e-12, max(float(spread.var()), least)
        far = [
            (one[0] - level.mean()) ** 2 / wide[0] + (one[1] - spread.mean()) ** 2 / wide[1]
            for one in (plain, converted)
        ]
        before, mixed = mixed, suspect & (far[1] < far[0] + 2 * math.log(factor))
        if not mixed.any() or np.array_equal(before, mixed):
            break
    return chosen, *best


def _ratio(before: Array, after: Array, least: float) -> float:
    """Return by how much two sets of numbers differ in log likelihood where each is normal, its variance its own."""
    least += 1e-12
    return 0.5 * before.size * math.log(max(float(before.var()), least) / max(float(after.var()), least))
