# SPDX-License-Identifier: MIT
"""Units that are sums of others: of all, or of some, as the regions of a report stand among its branches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import Message, lazy
from txsim.panel.reader.cells import Cells, place
from txsim.panel.reader.kinds_of_rows import few_words, only_those, settled_columns
from txsim.panel.reader.names import some_names, yaml_word
from txsim.panel.reader.series import Series
from txsim.panel.reader.vocabulary import (
    folded,
    names_direction,
    names_left_over,
    names_level,
    names_outside,
    names_region,
    role_of,
)
from txsim.types import Array
from txsim.units import SCALES

Rows = NDArray[np.int64]
#: Chance, at most, that a unit that is no sum is taken for one.
CHANCE = math.log(1e-4)
#: Respondents may differ by this share, and scores by this share of what units move: print is rounded.
_COUNTS_APART, SCORES_APART = 0.01, 0.05
#: A mean whose weights change comes this near to one whose weights do not, in sd of what units move by themselves.
_FAR = 2.0
#: Share of what others move by below which a unit may be a mean of some of them.
_CALM = 0.6
#: Units from which one that keeps to the mean of the others is asked about.
_FEWEST_IN_MEAN = 6
#: Units above which no sums of some are looked for, and how many of the largest are tried.
_MOST_UNITS, _TRIED = 400, 60


def refuse_sums(cells: Cells, units: list[str], unit: Rows, month: Array, series: Sequence[Series]) -> None:
    """Refuse units that are sums or means of others, period by period, whatever they are called.

    Raises InputError if a few units are called regions among others that are not, and figures neither prove nor exclude
    that they are sums, and nobody has said which units are (`drop_units`, [] for none).
    """
    for one in series:
        usable = np.isfinite(month) & np.isfinite(one.count) & ~cells.refused
        if not usable.any():
            continue
        whole = unit_table(unit, month, usable, one.count)
        there = np.isfinite(whole)
        if there.any(axis=1).sum() < 5:
            continue
        whole = np.where(there, whole, 0.0)
        total = whole.sum(axis=0)
        for i in np.flatnonzero(there.any(axis=1)):
            own, others = whole[i][there[i]], (total - whole[i])[there[i]]
            if others.min() > 0 and np.all(np.abs(own / others - 1) < 0.02):
                refuse_unit(cells, units, unit, int(i))
    if cells.spec.drop_units != ():
        _ask_outside(cells, units, unit)
        _ask_uncounted(cells, units, unit, series)
    usable = np.isfinite(month) & ~cells.refused
    figures = [held for one in series if (held := _held(unit, month, usable, one)) is not None]
    if not figures:
        return
    for some in _partial(figures):
        refuse_unit(cells, units, unit, some)
    if cells.spec.drop_units != ():
        _ask_levels(cells, units)
        _ask_mean(cells, units, unit, figures)
        _ask_regions(cells, units, unit, figures)


def refuse_unit(cells: Cells, units: list[str], unit: Rows, i: int) -> None:
    """Refuse all rows of a unit, as of a sum. ``units``, ``unit``: ``(row,)`` name and place of each row's unit."""
    rows = np.flatnonzero(unit == i)
    place(cells, rows, "unit", lazy("`{name}` is a sum of units", name=units[rows[0]][:40]), refuse=True)


def unit_table(unit: Rows, month: Array, usable: NDArray[np.bool_], value: Array) -> Array:
    """Return sums of a value by unit and period, ``(unit, period)``, NaN where there is none."""
    periods, when = np.unique(month[usable], return_inverse=True)
    sums = np.zeros((int(unit.max()) + 1, periods.size))
    there = np.zeros(sums.shape, dtype=bool)
    np.add.at(sums, (unit[usable], when), value[usable])
    there[unit[usable], when] = True
    return np.where(there, sums, np.nan)


@dataclass(frozen=True)
class _Figures:
    """A series of scores by unit and period: ``(unit, period)`` respondents (1 where not told) and scores."""

    n: Array
    x: Array
    counted: bool
    apart: float  # scores may differ by this
    moves: float  # sd of scores within units
    counts_move: float  # sd of respondents within units


def _held(unit: Rows, month: Array, usable: NDArray[np.bool_], one: Series) -> _Figures | None:
    seen = usable & np.isfinite(one.index)
    if one.answers or not seen.any():
        return None
    counted = bool(np.isfinite(one.count[seen]).mean() > 0.9)
    seen &= np.isfinite(one.count) if counted else True
    weight = np.where(seen, one.count, 0.0) if counted else seen.astype(float)
    n = unit_table(unit, month, seen, weight)
    with np.errstate(invalid="ignore", divide="ignore"):
        x = unit_table(unit, month, seen, weight * np.where(seen, one.index, 0.0)) / n
    moves = within_units(x)
    apart = max(SCORES_APART * moves, least_step(one.index[seen], one.scale))
    return _Figures(n, x, counted, apart, moves, within_units(n))


def within_units(values: Array) -> float:
    """Return the sd of values within a typical unit (a slip does not stretch it); of one period between them."""
    if values.shape[1] < 2:
        return float(np.nanstd(values))
    several = np.isfinite(values).sum(axis=1) > 1
    return float(np.median(np.nanstd(values[several], axis=1, ddof=1))) if several.any() else 0.0


def least_step(index: Array, scale: str) -> float:
    """Return how far apart the values of a file can be at least, in the unit of ``index``: 1 where all are whole."""
    factor = 1.0
    if scale in SCALES:
        definition = SCALES[scale]
        factor = 100.0 / abs(definition.best - definition.worst)
        index = definition.index_to_level(index)
    return next((factor / 10.0**d for d in range(4) if np.allclose(index * 10**d, np.round(index * 10**d))), 0.0)


def _partial(figures: Sequence[_Figures]) -> list[int]:
    """Return units that are sums of some others, the smallest first: a sum of regions is one of their branches, too."""
    size = figures[0].n.shape[0]
    counted = all(one.counted for one in figures)
    people: Array = np.sum([np.nansum(one.n, axis=1) for one in figures], axis=0)
    there = np.flatnonzero(np.all([np.isfinite(one.x).any(axis=1) for one in figures], axis=0))
    if not 4 <= there.size <= _MOST_UNITS:
        return []
    order = there[np.argsort(people[there], kind="stable")]
    leaf = np.zeros(size, dtype=bool)
    leaf[there] = True
    sums = []
    for i in order[-_TRIED:]:
        parts = np.flatnonzero(leaf & (people < people[i]) if counted else leaf & (np.arange(size) != i))
        if parts.size >= 2 and _is_sum(int(i), parts, figures):
            leaf[i] = False
            sums.append(int(i))
    return sums


def _is_sum(i: int, parts: Rows, figures: Sequence[_Figures]) -> bool:
    """Return whether a unit is the sum of some of the others, by respondents and scores, surely not by chance.

    Which ones follows from shares above 0 that solve its counts and scores best: in a sum they are 1 or 0. Scores count
    fully, or hardly at all, as where a region's score is the plain mean of its branches'; and what is not there is
    nothing, as of a branch that opens later, or as usual, as of one with too few people to be shown.
    """
    from scipy.optimize import nnls

    if not all(one.moves > 0 and np.isfinite(one.x[i]).any() for one in figures):
        return False
    holes = any(np.isnan(one.x[parts]).any() for one in figures)
    for hidden in (False, True)[: 1 + holes]:
        counts, scores = [], []
        for one in figures:
            seen = np.isfinite(one.x[i])
            n, x = (_filled(held[parts], hidden)[:, seen] for held in (one.n, one.x))
            counts.append((n / one.n[i, seen]).T)
            scores.append((n / one.n[i, seen] * (x - one.x[i, seen]) / one.moves).T)
        left, right = np.vstack(counts), np.vstack(scores)
        aim = np.r_[np.ones(len(left)), np.zeros(len(right))]
        for worth in (1.0, 0.05):
            share = nnls(np.vstack([left, worth * right]), aim)[0]
            if _adds_up(i, parts[share > 0.5 * share.max()], parts.size, figures):
                return True
    return False


def _filled(values: Array, hidden: bool) -> Array:
    """Return values by unit and period with zeros for what is not there, or the unit's mean."""
    mean = np.nanmean(values, axis=1, keepdims=True, where=np.isfinite(values)) if hidden else 0.0
    return np.where(np.isfinite(values), values, mean)


def _adds_up(i: int, chosen: Rows, among: int, figures: Sequence[_Figures]) -> bool:
    """Return whether a unit is the sum of those chosen among so many, to what is rounded, surely not by chance."""
    if chosen.size < 2:
        return False
    log_chance = math.lgamma(among + 1) - math.lgamma(chosen.size + 1) - math.lgamma(among - chosen.size + 1)
    for one in figures:
        whole = np.isfinite(one.x[i]) & np.isfinite(one.x[chosen]).all(axis=0)
        if whole.sum() < 0.5 * np.isfinite(one.x[i]).sum():  # where a part is hidden or closed the sum goes on
            return False
        n, x, own = one.n[chosen][:, whole], one.x[chosen][:, whole], one.n[i, whole]
        pooled, plain = (n * x).sum(axis=0) / n.sum(axis=0), x.mean(axis=0)
        if min(np.abs(mean - one.x[i, whole]).max() for mean in (pooled, plain)) > one.apart:
            return False
        _, first = np.unique(x, axis=1, return_index=True)  # a period that repeats another proves nothing
        log_chance += first.size * log_share(one.apart, one.moves)
        if one.counted:
            apart = np.maximum(0.5, _COUNTS_APART * own)
            if np.any(np.abs(n.sum(axis=0) - own) > apart):
                return False
            _, first = np.unique(n, axis=1, return_index=True)
            log_chance += sum(log_share(float(a), one.counts_move) for a in apart[first])
    return log_chance < CHANCE


def log_share(apart: float, sd: float) -> float:
    """Return the log chance that a normal of this sd lies within ``± apart`` of a place, at most."""
    return min(0.0, math.log(2 * apart / (math.sqrt(2 * math.pi) * sd))) if sd > 0 else 0.0


def _no_mean(i: int, one: _Figures) -> bool:
    """Return whether no mean of other units, however these weigh, comes near a unit's scores in all periods.

    Weights that change from period to period move a mean far less than a unit moves by itself; what stays further away
    than that allows is no sum, as where a unit leads all others, or goes its own way.
    """
    from scipy.optimize import linprog

    seen = np.isfinite(one.x[i])
    others = np.isfinite(one.x[:, seen]).any(axis=1)
    others[i] = False
    if not seen.any() or others.sum() < 2 or not one.moves > 0:
        return False
    x, own = _filled(one.x[others][:, seen], hidden=True).T, one.x[i, seen]
    near = -np.ones((own.size, 1))  # the last variable is how far away the mean is, at most
    nearest = linprog(
        np.r_[np.zeros(x.shape[1]), 1.0],
        A_ub=np.vstack([np.hstack([x, near]), np.hstack([-x, near])]),
        b_ub=np.r_[own, -own],
        A_eq=np.r_[np.ones(x.shape[1]), 0.0][None],
        b_eq=[1.0],
    )
    return bool(nearest.success and nearest.fun > one.apart + _FAR * one.moves)


def _ask_mean(cells: Cells, units: list[str], unit: Rows, figures: Sequence[_Figures]) -> None:
    """Ask about the one unit without respondents that keeps to the plain mean of all others, surely not by chance."""
    if any(one.counted for one in figures):
        return
    size, chance = figures[0].x.shape[0], np.zeros(figures[0].x.shape[0])
    for one in figures:
        there = np.isfinite(one.x)
        if size < _FEWEST_IN_MEAN or not there.all() or not one.moves > 0:
            return
        others = (one.x.sum(axis=0) - one.x) / (size - 1)
        apart = np.maximum(np.abs(one.x - others).max(axis=1), one.apart)
        moves = within_units(one.x - one.x.mean(axis=0))  # what all do together brings no unit nearer to their mean
        chance += [one.x.shape[1] * log_share(float(each), moves) for each in apart]
    means = np.flatnonzero(chance + math.log(size) < CHANCE)
    if means.size != 1:
        return
    row = int(np.flatnonzero(unit == means[0])[0])
    name = units[row]
    message = lazy("`{name}` lies near the mean of all other units in every period: a unit, or their mean?", name=name)
    ask_units(cells, [name], row, message)


def _calm(i: int, one: _Figures) -> bool:
    """Return whether a unit moves so much less by itself than others do that it may be a mean of three or more."""
    there = np.isfinite(one.x)
    common = np.where(there, one.x, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    several = there.sum(axis=1) > 1
    if not several[i]:
        return False
    sd = np.nanstd((one.x - common)[several], axis=1)
    return bool(np.nanstd(one.x[i] - common) < _CALM * np.median(sd))


def _ask_outside(cells: Cells, units: list[str], unit: Rows) -> None:
    """Ask whether units that are called a benchmark or a market are units of the firm."""
    rows = np.flatnonzero(~cells.refused)
    known = list(dict.fromkeys(units[k] for k in rows))
    named = [name for name in known if names_outside(name)]
    for name in known if cells.spec.drop_units is None else ():
        if name not in named and names_left_over(name):
            cells.report.warnings.append(
                lazy("`{name}` is read as a unit. If it stands for others than the firm's, say `drop_units: [{word}]`",
                     name=name, word=yaml_word(name))
            )  # fmt: skip
    if not named or 2 * len(named) > len(known):
        return
    message = lazy("{names}: a unit of its own, or figures of others to compare with?",
                   names=some_names(named, 6, marked=True))  # fmt: skip
    ask_units(cells, named, int(next(k for k in rows if units[k] == named[0])), message)


def _ask_levels(cells: Cells, units: list[str]) -> None:
    """Ask about a column that calls some units regions, and others stores or whatever.

    Raises InputError unless the spec says which rows count (`only`), that all do (`ignore`), or what else the column is
    (`columns`).
    """
    table, settled = cells.table, settled_columns(cells.spec)
    rows = np.flatnonzero(~cells.refused)
    taken = {at for role, at in cells.column.items() if role not in ("kind", "group", "cluster")}
    for at, name in enumerate(table.columns):
        if at in taken or folded(name) in settled:
            continue
        held = [str(table.cells[at][k]).strip() for k in rows]
        words = [word for word in few_words(held) if word]
        coarse = [word for word in words if names_level(word)]
        others = [word for word in words if word not in coarse]
        of = {word: {units[k] for k, cell in zip(rows, held, strict=True) if cell == word} for word in words}
        if not coarse or not others or any(of[one] & of[other] for one in coarse for other in others):
            continue
        row = int(next(k for k, cell in zip(rows, held, strict=True) if cell == coarse[0]))
        file, line = table.place(row, at)
        message = lazy("column `{name}` calls {units} `{word}`, others `{other}`: are these sums of the others?",
                       name=name, units=some_names(sorted(of[coarse[0]]), 3, marked=True), word=coarse[0],
                       other=max(others, key=lambda word: len(of[word])))  # fmt: skip
        kept = [word for word in others if role_of(word, "unit") is not None] or others
        raise InputError(Problem(message, file=file, line=line, path=name, hint=only_those(name, kept)))


def _ask_uncounted(cells: Cells, units: list[str], unit: Rows, series: Sequence[Series]) -> None:
    """Ask about the few units that have scores and no respondents in any period, where all others have both."""
    size = int(unit.max()) + 1
    scored, counted = np.zeros(size, dtype=bool), np.zeros(size)
    for one in series:
        seen = np.isfinite(one.index) & ~cells.refused
        if one.answers:
            return
        scored[unit[seen]] = True
        counted += np.bincount(unit[seen & np.isfinite(one.count)], minlength=size)
    lone = np.flatnonzero(scored & (counted == 0))
    if cells.spec.drop_units is not None or not 0 < _FEWEST_IN_MEAN * lone.size <= scored.sum():
        return
    row = int(np.flatnonzero(np.isin(unit, lone) & ~cells.refused)[0])
    names = list(dict.fromkeys(units[int(np.flatnonzero(unit == i)[0])] for i in lone))
    message = lazy("{names}: no number of answers in any period, as all others have: a unit of its own, or figures to "
                   "compare with?", names=some_names(names, 6, marked=True))  # fmt: skip
    ask_units(cells, names, row, message)


def ask_units(cells: Cells, named: list[str], row: int, message: Message) -> None:
    """Ask whether some, the first of them in this row, are units; said where the spec has named others: they are then.

    Raises InputError with how to say that they are none, or that they are.
    """
    stated = cells.spec.drop_units or ()
    names = ", ".join(map(yaml_word, (*stated, *named)))
    if stated:
        cells.report.warnings.append(
            lazy(
                "{question} They are read as units; if they are none, say `drop_units: [{names}]`",
                question=message,
                names=names,
            )
        )
        return
    file, line = cells.table.place(row, cells.column.get("unit"))
    hint = lazy(
        "if they are no units, say `drop_units: [{names}]` in the spec; if they are, `drop_units: []`", names=names
    )
    raise InputError(Problem(message, file=file, line=line, path=cells.name("unit"), hint=hint))


def _ask_regions(cells: Cells, units: list[str], unit: Rows, figures: Sequence[_Figures]) -> None:
    """Ask whether the few units that are called regions are sums of the others."""
    known = list(dict.fromkeys(units[k] for k in np.flatnonzero(~cells.refused)))
    number = {units[k]: int(unit[k]) for k in np.flatnonzero(~cells.refused)}
    named = [name for name in known if names_region(name)
             or (names_direction(name) and all(_calm(number[name], one) for one in figures))]  # fmt: skip
    if not named or len(named) > len(known) / 3:
        return
    plain = [number[name] for name in known if name not in named]
    for one in figures:
        if one.counted and plain:  # a sum has as many respondents as two others, at least
            least = np.sort(np.where(np.isfinite(one.n[plain]), one.n[plain], np.inf), axis=0)[:2].sum(axis=0)
            named = [name for name in named if not np.any(one.n[number[name]] < least - 0.5)]
        named = [name for name in named if not _no_mean(number[name], one)]
    if not named:
        return
    names = some_names(named, 6, marked=True)
    message = lazy("{names}: units of their own, or sums of others in this file?", names=names)
    ask_units(cells, named, int(np.flatnonzero(unit == number[named[0]])[0]), message)
