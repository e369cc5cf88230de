# SPDX-License-Identifier: MIT
"""Units or periods of one measure that are written on another scale than the others: asked about, not averaged."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import Message, Words, lazy
from txsim.panel.reader.answer_grid import of_so_many, rounded_to
from txsim.panel.reader.cells import Cells
from txsim.panel.reader.names import some_names
from txsim.panel.reader.scale_breaks import OtherScale, other_scales
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
_BY_SPREAD, _BY_BOTH = 6.0, 15.0
#: The same of the levels where spreads say little: at least, and per group. Of 30,000 simulated panels on one scale,
#: with 8 to 40 units at any mean, 1 in 1,000 reached it.
_BY_LEVEL = 6.0, 0.5
#: The same from which it is told, at least and per group: of true NPS of 8 to 40 units, 1 in 90 reaches it.
_TOLD = 4.0, 0.25
#: Share of the units of either series that both must take for mixed.
_AGREE = 0.75
#: Chance that one of so many units lies so far from the others; sd from their mean within which it is one of them.
_ALONE, _AMONG = 1e-3, 2.0


def ask_mixed(cells: Cells, unit: Rows, month: Array, series: Mapping[str, Series]) -> None:
    """Ask about whole units or periods that are most likely written on another scale than the others.

    ``cells``: the table; ``unit``, ``month``: ``(row,)`` of each row; ``series``: by the role of its column. Raises
    InputError if NPS points are fractions, or means of answers, in a whole period or of a whole unit, or some units or
    periods are an index of 0 … 100 among points and the like, unless the spec says `values: scores`.
    """
    when = np.unique(np.where(np.isfinite(month), month, -1.0), return_inverse=True)[1]
    open_: list[_Doubt] = []
    for name, one in series.items():
        if one.answers or one.scale not in SCALES or cells.spec.values_of(name) != "auto":
            continue
        scale = SCALES[one.scale]
        points = scale.index_to_level(one.index)
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
                    _ask_apart(cells, name, mine, (low, high), points[others], "unit" if keys is unit else "period")
        if name not in cells.column and name in ("ex", "cx"):
            continue  # shares, which say their scale
        for keys in (unit, when) if scale.measure == "nps" and np.isfinite(one.count).any() else ():
            _ask_by_answers(cells, name, points, seen, keys, one.count, scale, by_unit=keys is unit)
        for keys in (unit, when):
            open_ += _ask_other_scale(cells, name, points, seen, keys, one.count, scale, by_unit=keys is unit)
    for first, second in combinations([doubt for doubt in open_ if doubt.by_unit], 2):
        both = first.mixed[: second.mixed.size] & second.mixed[: first.mixed.size]
        alike = first.name != second.name and first.other.said == second.other.said
        if (
            alike
            and both.sum() >= _AGREE * max(first.mixed.sum(), second.mixed.sum())
            and _surely(first.by_level + second.by_level, first.by_spread + second.by_spread, 2 * first.size)
        ):
            _ask_part(cells, first, both[unit])
    for doubt in open_:
        likely = doubt.by_level + doubt.by_spread
        if likely > _TOLD[0] + _TOLD[1] * doubt.size and 4 * doubt.mixed.sum() <= doubt.size:
            message, hint = _said(cells, doubt, doubt.mixed[unit if doubt.by_unit else when], surely=False)
            cells.report.warnings.append(lazy("{said} It is read as told; {hint}", said=message, hint=hint))


@dataclass(frozen=True)
class _Doubt:
    """Units or periods of a series that may be on another scale, not surely so: the log likelihood ratios for it."""

    name: str
    points: Array
    seen: NDArray[np.bool_]
    scale: Scale
    other: OtherScale
    by_unit: bool
    mixed: NDArray[np.bool_]
    size: int
    by_level: float = 0.0
    by_spread: float = 0.0


def _surely(by_level: float, by_spread: float, size: int) -> bool:
    """Whether levels and spreads of so many groups say more than selection makes of one scale."""
    levels = by_level > _BY_LEVEL[0] + _BY_LEVEL[1] * size
    return (by_spread > _BY_SPREAD and by_spread + by_level > _BY_BOTH) or (by_spread > 0 and levels)


def _usual(points: Array, unit: Rows) -> float:
    """Return the median over units of the sd of their points from period to period."""
    return float(np.median([points[unit == i].std() for i in np.unique(unit)]))


def _ask_apart(cells: Cells, name: str, rows: Rows, within: tuple[float, float], others: Array, role: str) -> None:
    file, line = cells.table.place(int(rows[0]), cells.column.get(name))
    message = lazy(
        "{name} of {which} lies within {low:g} … {high:g}, the rest between {min:.3g} and {max:.3g}: fractions or "
        "means of answers beside points?",
        name=name.upper(),
        which=_named(cells, rows, role),
        low=within[0],
        high=within[1],
        min=others.min(),
        max=others.max(),
    )
    hint = lazy("write all of them one way; or say `values: scores` in the spec if all are points of −100 … 100")
    raise InputError(Problem(message, file=file, line=line, path=cells.name(name), hint=hint))


def _named(cells: Cells, rows: Rows, role: str) -> Words:
    """Return the units or periods of some rows."""
    held = cells.table.cells[cells.column[role]]
    return some_names(dict.fromkeys(str(held[k]).strip() for k in rows), 6, marked=True)


def _ask_other_scale(
    cells: Cells, name: str, points: Array, seen: NDArray[np.bool_], keys: Rows, people: Array, scale: Scale,
    *, by_unit: bool,
) -> list[_Doubt]:  # fmt: skip
    """Ask about groups of rows, units or periods, that spread and lie as the others do once they are converted.

    Returns what is not sure enough to be asked about.

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
    open_: list[_Doubt] = []
    if usable.sum() < _GROUPS:
        return open_
    least, most = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(least, keys[seen], points[seen])
    np.maximum.at(most, keys[seen], points[seen])
    known = 1.0 / (2.0 * (float(np.median(count[usable])) - 1.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        answers = (count / np.bincount(keys[seen], 1.0 / people[seen], size))[usable]  # harmonic means
    noise = _answer_noise(mean[usable], scale) / answers
    own = float(np.median(sd[usable] ** 2 - noise))  # NaN where numbers of answers are not told of all
    own = max(own, 0.0) if np.isfinite(own) else np.nan
    for other in other_scales(scale.worst, scale.best):
        low, high = other.held
        inside = usable & (least >= low - 1e-9) & (most <= high + 1e-9)
        factor = abs(float(other.meant(np.array(1.0)) - other.meant(np.array(0.0))))
        if factor == 1.0 or not inside.any() or (usable & ~inside).sum() < max(2, _OTHERS * usable.sum()):
            continue
        plain, converted = (mean[usable], np.log(sd[usable])), (other.meant(mean[usable]), np.log(factor * sd[usable]))
        if by_unit:  # near an end of the scale answers differ less
            plain, converted = (
                (level, spread - _log_room(level, scale, answers, own)) for level, spread in (plain, converted)
            )
        mixed, by_level, by_spread = _most_likely(plain, converted, inside[usable], factor, known)
        surely = _surely(by_level, by_spread, int(usable.sum()))
        alone = inside[usable] & _far_alone(mean[usable], other.meant(mean[usable])) if by_unit else mixed & surely
        inside[usable] = alone if by_unit and not surely and alone.any() else mixed
        part = seen & inside[keys]
        if scale.measure == "nps" and of_so_many(points[part], people[part], rounded_to(points)):
            continue  # points of so many people, and hardly of another scale by chance
        doubt = _Doubt(name, points, seen, scale, other, by_unit, inside, int(usable.sum()), by_level, by_spread)
        if surely or alone.any():
            _ask_part(cells, doubt, inside[keys])
        open_.append(doubt)
    return open_


def _far_alone(level: Array, meant: Array) -> NDArray[np.bool_]:
    """Return which group, if one, lies beside all others by more than chance, and among them on the other scale."""
    from scipy.special import stdtr

    others = level.size - 1
    far = int(np.argmax(np.abs(level - np.median(level))))
    rest = np.delete(level, far)
    sd = float(rest.std(ddof=1)) * math.sqrt(1.0 + 1.0 / others) + 1e-12
    chance = 2.0 * level.size * float(stdtr(others - 1, -abs(level[far] - rest.mean()) / sd))
    alone = np.zeros(level.size, dtype=bool)
    alone[far] = chance < _ALONE and abs(meant[far] - rest.mean()) < _AMONG * sd
    return alone


def _ask_by_answers(
    cells: Cells, name: str, points: Array, seen: NDArray[np.bool_], keys: Rows, people: Array, scale: Scale,
    *, by_unit: bool,
) -> None:  # fmt: skip
    """Ask about groups of rows that so many people can have on another scale only, as the others can on this one."""
    apart = rounded_to(points)
    order = np.flatnonzero(seen)[np.argsort(keys[seen], kind="stable")]
    groups, first = np.unique(keys[order], return_index=True)
    rows_of = dict(zip(map(int, groups), np.split(order, first[1:]), strict=True))
    own = {key: of_so_many(points[rows], people[rows], apart) for key, rows in rows_of.items() if rows.size >= _VALUES}
    if 2 * sum(fits is True for fits in own.values()) <= len(own):
        if own and all(fits is False for fits in own.values()):
            _ask_whole(cells, name, points[seen], people[seen], scale, apart)
        return
    for other in other_scales(scale.worst, scale.best):
        odd = []
        for key in (key for key, fits in own.items() if fits is False):
            rows = rows_of[key]
            if _can_be(other, points[rows], people[rows], apart):
                odd.append(key)
        if odd:
            part = np.isin(keys, odd)
            _ask_part(cells, _Doubt(name, points, seen, scale, other, by_unit, part, len(groups)), part)


def _can_be(other: OtherScale, points: Array, people: Array, apart: float) -> bool:
    """Whether so many people can have given points on another scale, whose steps differ in size from the one told."""
    factor = abs(float(other.meant(np.array(1.0)) - other.meant(np.array(0.0))))
    inside = points.min() >= other.held[0] - 1e-9 and points.max() <= other.held[1] + 1e-9
    return bool(factor != 1.0 and inside and of_so_many(other.meant(points), people, factor * apart))


def _ask_whole(cells: Cells, name: str, points: Array, people: Array, scale: Scale, apart: float) -> None:
    """Ask about scores none of which so many people can have on the scale that is told, but all on another one."""
    for other in other_scales(scale.worst, scale.best):
        if _can_be(other, points, people, apart):
            message = lazy(
                "{name} ({min:.3g} … {max:.3g}) holds no scores that so many people can have on {scale}, but on "
                "another scale they can: {what}?",
                name=name.upper(), min=points.min(), max=points.max(), scale=scale.name, what=other.said,
            )  # fmt: skip
            worst, best = other.held if scale.worst < scale.best else other.held[::-1]
            hint = lazy(
                "say its scale, as `{role}_scale: {{worst: {worst:g}, best: {best:g}}}`, or "
                "`values: {{{role}: scores}}` "
                "if it is {scale} all the same", role=name, scale=scale.name, worst=worst, best=best,
            )  # fmt: skip
            raise InputError(Problem(message, file=cells.table.name, path=cells.name(name), hint=hint))


def _ask_part(cells: Cells, doubt: _Doubt, part: NDArray[np.bool_]) -> None:
    """Ask about rows that are most likely on another scale."""
    file, line = cells.table.place(int(np.flatnonzero(doubt.seen & part)[0]), cells.column.get(doubt.name))
    message, hint = _said(cells, doubt, part, surely=True)
    raise InputError(Problem(message, file=file, line=line, path=cells.name(doubt.name), hint=hint))


def _said(cells: Cells, doubt: _Doubt, part: NDArray[np.bool_], *, surely: bool) -> tuple[Message, Message]:
    """Return which rows are on another scale than the rest, it may be, and what to do then."""
    here, rest = (doubt.points[doubt.seen & rows] for rows in (part, ~part))
    which = _named(cells, np.flatnonzero(doubt.seen & part), "unit" if doubt.by_unit else "period")
    told = {"name": doubt.name.upper(), "which": which, "low": here.min(), "high": here.max(), "min": rest.min(),
            "max": rest.max(), "what": doubt.other.said}  # fmt: skip
    message = lazy("{name} of {which} ({low:.3g} … {high:.3g}) moves as the rest ({min:.3g} … {max:.3g}) does on "
                   "another scale only: {what}?", **told)  # fmt: skip
    if not surely:
        message = lazy("{name} of {which} ({low:.3g} … {high:.3g}) would move and lie more as the rest ({min:.3g} … "
                       "{max:.3g}) does on another scale: {what}?", **told)  # fmt: skip
    hint = lazy(
        "write all of them one way; or say `values: scores` in the spec if all are on {scale}", scale=doubt.scale.name
    )
    return message, hint


def _answer_noise(level: Array, scale: Scale) -> Array:
    """Return the variance that one answer is expected to have at a level of the scale, in squared points of it."""
    noise: Array = answer_variance(scale.level_to_index(level), scale.measure) / scale.points_per_unit**2
    return noise


def _log_room(level: Array, scale: Scale, answers: Array, own: float) -> Array:
    """Return the log sd that a unit is expected to have at a level of the scale, but for what all have in common.

    ``level``, ``scale``: where units lie. ``answers``: ``(unit,)`` how many people answer in each. ``own``: variance of
    units' own movement; NaN where numbers of answers are not told.
    """
    noise = _answer_noise(level, scale)
    room: Array = 0.5 * np.log(noise / answers + own if np.isfinite(own) else noise)
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
