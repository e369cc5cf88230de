# SPDX-License-Identifier: MIT
"""Rows of a pilot's file as units × periods: periods in their order, rows of one cell drawn together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import Message, Words, joined, lazy
from txsim.panel.reader.cells import EMPTY, Cells
from txsim.panel.reader.date_order import order_of
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.names import natural, some_names, yaml_word
from txsim.panel.reader.periods import read_period
from txsim.panel.reader.vocabulary import arm_alone, arm_of, flag_of, folded, opposite, speaks_for_itself
from txsim.types import Array

_WEEK = re.compile(r"(\d{4})[- ]?(?:w|kw|wk|week)?[- ]?(\d{1,2})|(?:w|kw|wk|week)[- .]?(\d{1,2})[- /]+(\d{4})")


#: Words of a column that a cure names one by one.
_MOST_WORDS = 6


@dataclass(frozen=True)
class PilotCells:
    """Means of a measure by unit and period."""

    #: ``value``, ``answers``: ``(unit, period)`` means, NaN where nothing was measured, and how many answers each is
    #: of.
    value: Array
    answers: Array
    late: NDArray[np.bool_]  #: ``(unit, period)`` whether the cell lies after the start.
    periods: tuple[str, ...]  #: Names of the periods, in order.
    when: tuple[float, ...]  #: Their months, or numbers; empty where they are not all of one kind.
    notes: tuple[Words, ...] = ()  #: What was taken for granted.


def is_week(cell: object) -> tuple[int, int] | None:
    """Return year and week of a cell such as `2011-W05`, `201105` or `KW 5 2011`; ``None`` if it is none."""
    match = _WEEK.fullmatch(str(cell).strip().lower())
    if match is None:
        return None
    year, week = int(match[1] or match[4]), int(match[2] or match[3])
    return (year, week) if 1900 <= year <= 2200 and 1 <= week <= 53 else None


def moments(names: Sequence[str], spec: LinkSpec) -> dict[str, tuple[float, str] | None]:
    """Return month, or number, and kind of each period, by its name or as the spec says of it; ``None`` if unknown."""
    told = {folded(name): when for name, when in spec.waves.items()}
    stands = {name: told.get(folded(name), name) for name in dict.fromkeys(names)}
    order = order_of(names, spec)
    periods = {name: read_period(cell, order=order) for name, cell in stands.items()}
    weeks = {name: week for name, cell in stands.items() if (week := is_week(cell)) is not None}
    if None in periods.values() and len(weeks) == len(stands):
        return {name: (12 * (year + (week - 1) / 52), "date") for name, (year, week) in weeks.items()}
    return {
        name: None if period is None else (period.month, "count" if period.kind == "count" else "date")
        for name, period in periods.items()
    }


def ordered(names: Sequence[str], spec: LinkSpec) -> dict[str, int]:
    """Return the place of each period in time."""
    when = moments(names, spec)
    key: dict[str, Any] = {name: ((when[name] or (0.0, ""))[0], natural(name)) for name in names}
    return {name: k for k, name in enumerate(sorted(names, key=key.__getitem__))}


def which_flag(cells: Cells, role: str) -> Message:
    """Return how to say which of a column's words is yes and which is no; both ways where nothing tells.

    Of `post` the first word in time is no, and so is another that stands from the first period on, as `n/a` of units
    outside the pilot. Of `treated` words that name an arm say so themselves, and so does a yes beside one other word; a
    pilot is of two arms, and a third one is left out.
    """
    column = [str(cell).strip() or EMPTY for cell in cells.table.cells[cells.column[role]]]
    held = list(dict.fromkeys(column))
    if role == "post" and "period" in cells.column:
        periods = [str(cell).strip() for cell in cells.table.cells[cells.column["period"]]]
        order = ordered(list(dict.fromkeys(periods)), cells.spec)
        when: dict[str, list[int]] = {word: [] for word in held}
        for word, period in zip(column, periods, strict=True):
            when[word].append(order[period])
        held.sort(key=lambda word: float(np.mean(when[word])))
        # what stands from the first period on is no moment after the start
        ways: list[dict[str, int | str]] = [
            {word: int(k > 0 and (k == len(held) - 1 or min(when[word]) > 0)) for k, word in enumerate(held)}
        ]
    else:
        ways = _ways(held, cells.name(role), role)
    if not ways or len(held) > _MOST_WORDS:
        return lazy("write 1 for yes and 0 for no, and leave out all other rows; or say what each word means by "
                    "`words:` in the spec, `{role}: {{{word}: …}}`, as 1, 0 or missing",
                    role=role, word=yaml_word(held[0]))  # fmt: skip
    told = [", ".join(f"{yaml_word(word)}: {worth}" for word, worth in way.items()) for way in ways]
    said = [lazy("`words: {{{role}: {{{words}}}}}`", role=role, words=words) for words in told]
    if len(ways) == 1:
        return lazy("write 1 for yes and 0 for no, or say which is which by {words} in the spec", words=said[0])
    yes = [next(word for word, worth in way.items() if worth == 1) for way in ways]
    each = [lazy("if it is `{name}`, {words}", words=one, name=word) for one, word in zip(said, yes, strict=True)]
    words = joined("; ", each)
    return lazy("write 1 for yes and 0 for no, or say in the spec which is yes: {words}", words=words)


def _ways(held: list[str], name: str, role: str) -> list[dict[str, int | str]]:
    """Return what a column's words can mean: one way where they say so, else one for each that may have taken part."""
    turned = opposite(name, role)
    known = {word: flag != (turned and not speaks_for_itself(word, role)) for word in held
             if (flag := flag_of(word)) is not None}  # fmt: skip
    # of codes, and of a column such as `Access control`, nothing says which is yes
    either = role == "treated" and arm_of(name) is False and not turned
    if {"1", "2"} <= set(held) or either:
        known = {word: flag for word, flag in known.items()
                 if (word == "0" and not either) or arm_of(word) is not None}  # fmt: skip
    open_ones = [word for word in held if word not in known]
    sides = set(known.values())
    rest: dict[str, int | str] = {word: int(flag) for word, flag in known.items()}
    if sides == {True, False}:
        return [{**rest, **dict.fromkeys(open_ones, "missing")}]
    if len(open_ones) == 1 and sides:
        return [{**rest, open_ones[0]: int(False in sides)}]
    if sides == {False} or (not sides and len(open_ones) == 2):
        return [{word: rest.get(word, 1 if word == each else "missing" if sides else 0) for word in held}
                for each in open_ones if each != EMPTY or not sides]  # fmt: skip
    return []


def told_flags(cells: Cells, role: str, flags: NDArray[np.bool_]) -> None:
    """Tell what was taken for granted of a pilot's arms, and of before and after; ask where a name could turn them.

    ``flags``: ``(row,)`` whether the row is of a unit that took part, or after the start. Raises :class:`InputError`
    where the column is called by a control and by something else, as `Access control`, and no word says what a yes is.
    """
    name, held = cells.name(role), [str(cell).strip() for cell in cells.table.cells[cells.column[role]]]
    sides = dict(zip(held, flags.tolist(), strict=True))
    stated = {folded(word): worth for word, worth in cells.spec.words_of(role).items()}
    mere = [word for word in sides if not speaks_for_itself(word, role) and (folded(word) or EMPTY) not in stated]
    yes = some_names((word or EMPTY for word in mere if sides[word]), 3, marked=True)
    if mere and opposite(name, role):
        cells.report.warnings.append(
            lazy("by its name `{column}` says who did not take part: its rows with {words} are the pilot's",
                 column=name, words=yes)
            if role == "treated" else
            lazy("by its name `{column}` says what was before the start: its rows with {words} are after it",
                 column=name, words=yes)
        )  # fmt: skip
    if role == "post":
        return
    if mere and arm_of(name) is False and not opposite(name, role):
        ways = [", ".join(f"{yaml_word(word)}: {int(sides[word] == way)}" for word in mere) for way in (True, False)]
        message = lazy("`{column}`: did units that it says yes of take part, or are they the controls?", column=name)
        hint = lazy(
            "say in the spec `words: {{treated: {{{words}}}}}` if they took part, "
            "`words: {{treated: {{{other}}}}}` if they are the controls", words=ways[0], other=ways[1],
        )  # fmt: skip
        raise InputError(Problem(message, file=cells.table.name, line=1, path=name, hint=hint))
    there = {word for word, gone in zip(held, cells.refused, strict=True) if not gone}
    named = {word: arm for word in sides if word in there and (arm := arm_of(word)) is not None}
    pooled = [word for word in named if named[word] and sides[word] and arm_alone(word) is None]
    if len(pooled) > 1 and not stated:
        cells.report.warnings.append(
            lazy("{words} are read as one arm; to read one alone leave each other one out, as by "
                 "`words: {{treated: {{{word}: missing}}}}`",
                 words=some_names(pooled, 6, marked=True), word=yaml_word(pooled[-1]))
        )  # fmt: skip
    others = [word for word in sides if word and word in there and not sides[word] and named.get(word) is not False
              and folded(word) in stated and flag_of(word) is not False]  # fmt: skip
    if others and False in named.values():
        cells.report.warnings.append(
            lazy("{words} count as controls, as asked for: units that were treated in another way are none. To leave "
                 "them out say `words: {{treated: {{{word}: missing}}}}`",
                 words=some_names(others, 6, marked=True), word=yaml_word(others[0]))
        )  # fmt: skip


def ask_both(cells: Cells, units: Sequence[str], treated: NDArray[np.bool_]) -> None:
    """Ask about units that one row puts into the pilot and another beside it.

    Raises InputError unless all rows of a unit say the same.
    """
    inside = {unit for unit, there in zip(units, treated, strict=True) if there}
    at = {unit: k for k, unit in enumerate(units) if unit in inside and not treated[k]}
    if not at:
        return
    message = lazy(
        "`{name}` puts {units} into the pilot in one row and beside it in another: which is right?",
        name=cells.name("treated"), units=some_names(at, 6, marked=True),
    )  # fmt: skip
    hint = lazy("write one mark in all rows of a unit; two units of one name need names of their own")
    _refuse(cells, "treated", min(at.values()), message, hint)


def ask_stopped(
    cells: Cells,
    units: Sequence[str],
    owner: NDArray[np.int64],
    time: Array,
    treated: NDArray[np.bool_],
    post: NDArray[np.bool_],
) -> None:
    """Ask about units that are marked as treated and, at another time after the start, as not.

    ``owner``, ``time``: ``(row,)`` places of each row's unit and period, periods in their order. Raises
    :class:`InputError` unless a mark that is set once stays.
    """
    first = _first(owner, time, treated)
    off = post & ~treated & np.isfinite(first)
    late, stopped = (np.flatnonzero(off & side) for side in (time < first, time >= first))
    if late.size:
        message = lazy(
            "`{name}` marks {units} as not treated after the start and later as treated: did they begin later?",
            name=cells.name("treated"), units=_named(units, late),
        )  # fmt: skip
        hint = lazy(
            "of a unit that began later write post 0 until it began, and 1 in `{name}` in all its rows; or leave it "
            "out by `drop_units`", name=cells.name("treated"),
        )  # fmt: skip
        _refuse(cells, "treated", late[0], message, hint)
    if stopped.size:
        message = lazy(
            "`{name}` marks {units} as treated and later, after the start, as not: did they leave the pilot?",
            name=cells.name("treated"), units=_named(units, stopped),
        )  # fmt: skip
        hint = lazy("leave out the rows from then on; or write 1 in all rows of a unit that took part, 0 in all others")
        _refuse(cells, "treated", stopped[0], message, hint)


def ask_turned(
    cells: Cells,
    units: Sequence[str],
    wave: Sequence[str],
    owner: NDArray[np.int64],
    time: Array,
    post: NDArray[np.bool_],
) -> None:
    """Ask about a `post` that marks the earlier periods: taken as it stands it would turn the sign of the effect.

    ``wave``: ``(row,)`` period as written; ``owner``, ``time``: as in :func:`ask_stopped`. Raises :class:`InputError`
    if all that is marked as after the start lies before all that is not, or of a unit what is marked so before what is
    not: what follows a pilot's end is not what was before it.
    """
    if post.all() or not post.any():
        return
    name = cells.name("post")
    if time[post].max() < time[~post].min():
        after, before = int(np.argmax(post)), int(np.argmin(post))
        message = lazy(
            "`{name}` marks {first} as after the start, and {later} as before it: which is right?", name=name,
            first=f"`{wave[after]}`", later=f"`{wave[before]}`",
        )  # fmt: skip
        _refuse(cells, "post", after, message, which_flag(cells, "post"))
    ended = np.flatnonzero(~post & (time > _first(owner, time, post)))
    if ended.size:
        message = lazy("`{name}` marks {units} as after the start and later as before it: did the pilot end?",
                       name=name, units=_named(units, ended))  # fmt: skip
        hint = lazy(
            "leave out the rows from its end on; or write 1 in `{name}` in all rows from the start on", name=name
        )
        _refuse(cells, "post", ended[0], message, hint)


def _first(owner: NDArray[np.int64], time: Array, marked: NDArray[np.bool_]) -> Array:
    """Return when each row's unit is marked for the first time ``(row,)``, infinity where it never is."""
    first = np.full(int(owner.max(initial=-1)) + 1, np.inf)
    np.minimum.at(first, owner[marked], time[marked])
    at_row: Array = first[owner]
    return at_row


def _named(units: Sequence[str], rows: NDArray[np.int64]) -> Words:
    return some_names(dict.fromkeys(units[k] for k in rows), 6, marked=True)


def _refuse(cells: Cells, role: str, row: int, message: Message, hint: Message) -> NoReturn:
    """Raise InputError at a cell of a column."""
    file, line = cells.table.place(int(row), cells.column[role])
    raise InputError(Problem(message, file=file, line=line, path=cells.name(role), hint=hint))


def cells_by_period(
    unit: NDArray[np.int64],
    wave: Sequence[str],
    late: NDArray[np.bool_],
    value: Array,
    weight: Array,
    answers: Array,
    treated: NDArray[np.bool_],
    spec: LinkSpec,
) -> PilotCells:
    """Return means by unit and period.

    ``unit``: ``(row,)`` place of each row's unit. ``wave``: ``(row,)`` period as written; empty where the file has
    none. ``late``: ``(row,)`` whether the row lies after the start. ``value``, ``weight``, ``answers``: ``(row,)``
    measure, weight of the answer, and number of answers that the row is a mean of. ``treated``: ``(unit,)`` whether the
    unit took part. ``spec``: when each period was that has a name of its own, and the order of dates.
    """
    units = treated.size
    order = ordered(list(dict.fromkeys(wave)), spec)
    at = np.array([order[name] for name in wave], dtype=np.int64)
    notes: list[Words] = []
    sides = np.zeros((2, units * max(len(order), 1)), dtype=bool)
    sides[late.astype(np.int64), unit * len(order) + at] = True
    names = tuple(sorted(order, key=order.__getitem__))
    if sides.all(axis=0).any():  # a period in which the pilot began: its rows before and after are two cells
        both, at = np.unique(2 * at + late, return_inverse=True)
        names = tuple(names[k // 2] for k in both)
    periods = int(at.max()) + 1 if at.size else 0
    shape = (units, periods)
    cell = unit * periods + at
    size = units * periods
    load = weight * answers
    total = np.bincount(cell, load, size)
    square = np.bincount(cell, weight**2 * answers, size)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (np.bincount(cell, load * value, size) / total).reshape(shape)
        count = np.where(square > 0, total**2 / square, 1.0).reshape(shape)  # effective number of answers (Kish 1965)
    after = (np.bincount(cell, late, size) > 0).reshape(shape)
    stood = [moment for moment in map(moments(names, spec).get, names) if moment is not None]
    alike = len(stood) == len(names) and len({kind for _, kind in stood}) == 1
    when = tuple(month for month, _ in stood) if alike else ()
    pilot_cells = PilotCells(mean, count, _spread(after, np.isfinite(mean)), names, when)
    began = [int(np.flatnonzero(row)[0]) for row in (after & np.isfinite(mean))[treated] if row.any()]
    outside = ~treated
    # in a file without periods nothing says when rows of control units are from
    first = min(began, default=periods)
    if len(order) > 1 and np.isfinite(mean)[outside, first:].any() and not after[outside].any():
        lifted = pilot_cells.late.copy()
        lifted[np.ix_(outside, np.arange(periods) >= first)] = True
        pilot_cells = replace(pilot_cells, late=lifted)
        notes.append(lazy("`post` marks pilot units alone: control units count as after from the first start on"))
    seen, late = np.isfinite(mean), pilot_cells.late
    if len(set(began)) > 1 and _later_starts(after, seen, treated):
        # a control unit is one only where it was measured before the start and after it
        compared = int((outside & (seen & late).any(axis=1) & (seen & ~late).any(axis=1)).sum())
        notes.append(
            lazy(
                "pilot units began at different times: earlier ones serve as controls of later ones, which is right "
                "only where the effect neither grows nor fades"
            )
            if compared > 1
            else lazy(
                "pilot units began at different times, which says nothing here: with fewer than two control units each "
                "is compared with itself before, and what rose everywhere is read as effect"
            )
        )
    return replace(pilot_cells, notes=tuple(notes))


def _spread(after: NDArray[np.bool_], seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return ``after`` with cells without a value marked as other units' are in the same period."""
    share = (after & seen).sum(axis=0) > 0.5 * seen.sum(axis=0)
    return np.where(seen, after, share[None, :])


def _later_starts(after: NDArray[np.bool_], seen: NDArray[np.bool_], treated: NDArray[np.bool_]) -> bool:
    """Whether one pilot unit was measured before its start in a period that lies after another's."""
    before, inside = (seen & ~after)[treated], (seen & after)[treated]
    return bool((before.any(axis=0) & inside.any(axis=0)).any())
