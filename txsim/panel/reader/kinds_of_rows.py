# SPDX-License-Identifier: MIT
"""Rows beside those that were measured: forecasts, plans and targets, and what was measured a second time."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import Message, Words, lazy, lazy_plural
from txsim.panel.reader.cells import SEVERAL, Cells, distinct
from txsim.panel.reader.date_order import month_reader
from txsim.panel.reader.header import Table
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.names import some_names, yaml_word
from txsim.panel.reader.numerals import tidy_name
from txsim.panel.reader.periods import read_period
from txsim.panel.reader.vocabulary import flag_of, folded, part_of_period, role_of
from txsim.types import Array

#: Values of a column that tells kinds of rows.
_MOST_KINDS = 8
#: Words for numbers that nobody measured.
_EXPECTED = re.compile(
    r"(?:(?:re)?forecast\w*|fcst|fc|outlook|projected|projections?|predicted|predictions?|estimated?|extrapolated|imputed"
    r"|simulated|bud|budget\w*|plan(?:ned)?|planwert\w*|targets?|goals?|prognose\w*|vorschau|vschau|hochrechnung|hochgerechnet"
    r"|geschätzt|schätzung|soll(?:wert)?|ziel\w*|erwart\w*|прогноз\w*|план\w*|цел[ьи]|целев\w*|бюджет\w*|оценка|ожида\w*"
    r"|prévi\w*|prévu\w*|objectifs?|cible|estimé\w*|previs\w*|pronóstico\w*|presupuesto|objetivos?|meta|estimad\w*"
    r")[\s\d+./_-]*"  # `FC 2+10`, `Plan 2025`
)
#: Such a word at the end of a name, or a short form of it in brackets or behind a year or month; or before a name.
_BEHIND = re.compile(
    rf"(.+?)\s*(?:[(\[]\s*(?:{_EXPECTED.pattern}|[febp])\s*[)\]]|[\s_:/\-–]+(?:{_EXPECTED.pattern})|(?<=\d)[fe])"
)
_BEFORE = re.compile(rf"(?:{_EXPECTED.pattern})[\s_:/\-–]+(.+)")
#: Rows of a kind from which they are asked about.
_LEAST = 3
#: Letters for them, beside one for what was found.
_LETTERS = {"f", "p", "e"}, {"a", "i"}


def only(table: Table, spec: LinkSpec, *, of_several: bool = False) -> Table:
    """Return a table with those rows alone that a spec asks for by `only`.

    Raises InputError if no row says what is asked for, unless the table is one `of_several`, of which another may.
    """
    for name, wanted in spec.only.items():
        at = next((i for i, column in enumerate(table.columns) if folded(column) == folded(name)), None)
        if at is None:
            continue  # of another sheet; of none is told where columns are named
        words = {folded(word) for word in ((wanted,) if isinstance(wanted, str) else wanted)}
        held = [folded(str(cell)) for cell in table.cells[at]]
        if not words & set(held) and not of_several:
            message = lazy("no row of `{column}` says `{word}`", column=name, word=min(words))
            hint = lazy("it says {names}", names=_values(table.cells[at]))
            raise InputError(Problem(message, file=table.name, path=f"only.{name}", hint=hint))
        gone = {k for k, word in enumerate(held) if word not in words}
        table = table.without(gone, lazy("not among the rows asked for by `only`"))
    return table


def ask_kinds_of_rows(table: Table, spec: LinkSpec) -> None:
    """Ask about a column that calls some rows forecasts, plans or targets.

    Raises InputError unless the spec says which rows count (`only`), that all do (`ignore`), or what else the column is
    (`columns`).
    """
    if spec.only and not len(table):
        raise InputError(Problem(lazy("no row says what `only` asks for"), file=table.name, path="only"))
    settled = settled_columns(spec)
    for at, name in enumerate(table.columns):
        words = few_words(table.cells[at])
        plain = {word: folded(word) for word in words}
        letters = (
            _LETTERS[0]
            if name not in table.sources
            and role_of(name, "unit") is None
            and _LETTERS[1] & set(plain.values())
            and max(map(len, plain.values())) == 1
            else set()
        )
        expected = [word for word in words if plain[word] in letters or _EXPECTED.fullmatch(plain[word])]
        if not expected or folded(name) in settled or role_of(name, "measure") is not None:
            continue
        rows = [k for k, cell in enumerate(table.cells[at]) if str(cell).strip() in expected]
        file, line = table.place(rows[0])
        kept = [word for word in words if word and word not in expected]
        message = lazy(
            "column `{name}` says `{word}` in {count:,} of {rows:,} rows: were these measured?",
            name=name, word=expected[0], count=len(rows), rows=len(table),
        )  # fmt: skip
        raise InputError(Problem(message, file=file, line=line, path=name, hint=only_those(name, kept or expected[:1])))


def of_what(name: str) -> str | None:
    """Return what a name says a forecast, plan or target is of, folded; ``None`` for a name without such a word.

    >>> of_what("Aachen Plan"), of_what("2025-07 (F)"), of_what("Aachen")
    ('aachen', '2025-07', None)
    """
    words = folded(name)
    match = _BEHIND.fullmatch(words) or _BEFORE.fullmatch(words)
    return match[1] if match else None


def ask_units_of_kinds(cells: Cells) -> None:
    """Ask about units that are named as forecasts, plans or targets of others.

    Raises InputError as long as one is read, under whatever name, unless the spec says by `drop_units: []` that all are
    units.
    """
    spec = cells.spec
    names = {tidy_name(str(cell)): None for cell in dict.fromkeys(cells.table.cells[cells.column["unit"]])}
    there = {folded(name) for name in names}
    marked = [name for name in names if of_what(name) in there or _EXPECTED.fullmatch(folded(name))]
    left = {tidy_name(name).lower() for name in spec.drop_units or ()}
    still = [name for name in marked if name.lower() not in left]
    if not still or spec.drop_units == ():
        return
    message = lazy_plural(
        "{n} unit is named as a forecast, plan or target ({names}): was it measured?",
        "{n} units are named as forecasts, plans or targets ({names}): were they measured?",
        len(still), names=some_names(still, 3, marked=True),
    )  # fmt: skip
    hint = lazy(
        "leave them out by `drop_units: [{names}]` in the spec; if they are units of their own, `drop_units: []`",
        names=", ".join(map(yaml_word, dict.fromkeys([*(spec.drop_units or ()), *still]))),
    )
    raise InputError(Problem(message, file=cells.table.name, path=cells.name("unit"), hint=hint))


def ask_last_periods(cells: Cells, unit: NDArray[np.int64], month: Array) -> None:
    """Ask about a column one of whose values all rows of the last periods have, and no other row: forecasts, it may be.

    Not of a column that counts periods or names years, or tells a pilot's time before and after its start apart, nor
    where the rows are half of the periods, or more. Raises InputError unless the spec says which rows count (`only`),
    that all do (`ignore`), or what else the column is (`columns`).
    """
    table, spec = cells.table, cells.spec
    dated = np.flatnonzero(np.isfinite(month) & ~cells.refused)
    periods = np.unique(month[dated])
    settled = settled_columns(spec)
    post = table.cells[cells.column["post"]] if "post" in cells.column else None
    for at, name in enumerate(table.columns if periods.size > _LEAST else ()):
        if at in cells.column.values() or folded(name) in settled or part_of_period(name) is not None:
            continue
        if name in table.sources or any(role_of(name, role) is not None for role in ("period", "post", "measure")):
            continue
        if post is not None and len(set(zip(table.cells[at], post, strict=True))) == len(set(table.cells[at])):
            continue
        words = few_words(str(table.cells[at][k]) for k in dated)
        if len(words) < 2 or all(map(_dated, filter(None, words))):
            continue
        held = np.array([str(table.cells[at][k]).strip() for k in dated])
        last = str(held[month[dated].argmax()])
        those = held == last
        begin = month[dated][those].min()
        share = (periods >= begin).mean()
        lone = begin > month[dated][~those].max() and those.sum() >= _LEAST and np.unique(unit[dated[those]]).size > 1
        if not lone or share >= 0.5:
            continue
        file, line = table.place(int(dated[those][0]))
        message = lazy(
            "column `{name}` says `{word}` in all {count:,} rows of the last {number} periods and in no other: were "
            "these measured?", name=name, word=last, count=int(those.sum()), number=int((periods >= begin).sum()),
        )  # fmt: skip
        hint = only_those(name, [word for word in words if word != last])
        raise InputError(Problem(message, file=file, line=line, path=name, hint=hint))


def ask_one_name(cells: Cells, unit: NDArray[np.int64], month: Array) -> None:
    """Ask about a column that says one thing of each unit but of a few, of which it says several in the same periods.

    These are units of one name, such as two towns called Springfield, as the column of regions tells. Raises InputError
    unless the spec says by `columns: {apart: …}` that it tells units apart, or leaves it out (`ignore`).
    """
    table, settled = cells.table, settled_columns(cells.spec)
    rows = np.flatnonzero(np.isfinite(month) & ~cells.refused)
    for at, name in enumerate(table.columns):
        roles = {role for role, place in cells.column.items() if place == at}
        if (
            roles - {"kind", "cluster", "group"}
            or folded(name) in settled
            or any(role_of(name, role) is not None for role in ("period", "measure", "respondent"))
        ):
            continue
        words, index = distinct([table.cells[at][k] for k in rows])
        if not all(isinstance(word, str) for word in words) or len(words) > np.unique(unit).size:
            continue
        if all(flag_of(word) is not None for word in words):  # yes and no are no names
            continue
        names: dict[str, int] = {}
        spelled = [names.setdefault(folded(word), len(names)) if word.strip() else -1 for word in words]
        word_of = np.array(spelled)[index]
        said = word_of >= 0
        owner, when = unit[rows][said], np.unique(month[rows][said], return_inverse=True)[1]
        length = when.max(initial=0) + 1
        triples = np.unique((owner * length + when) * (len(names) + 1) + word_of[said])
        held, kinds = np.unique(triples // (len(names) + 1), return_counts=True)
        owners = held // length
        units, of = np.unique(owners, return_inverse=True)
        periods, twice = np.bincount(of), np.bincount(of, kinds > 1)
        often = units[2 * twice > periods]
        if not often.size or (twice == 0).sum() < max(3, 4 * often.size):
            continue
        groups = "group" in roles or role_of(name, "group") is not None
        beside = np.unique(word_of[said][~np.isin(owner, often)])  # a group that one unit alone has tells none apart
        if groups and not np.isin(word_of[said][np.isin(owner, often)], beside).all():
            continue
        first = owner[np.isin(owner, often)][0]
        own = rows[unit[rows] == first].tolist()
        row, several = own[0], dict.fromkeys(table.cells[at][k].strip() for k in own)
        file, line = table.place(row)
        message = lazy(
            "`{unit}` stands in the same periods under {words} in `{name}`, as hardly another unit does: several "
            "units of one name?",
            unit=str(table.cells[cells.column["unit"]][row]).strip(), name=name,
            words=some_names(several, 4, marked=True),
        )  # fmt: skip
        word = yaml_word(name)
        one = f"columns: {{group: {word}}}" if groups else f"ignore: [{word}]"
        hint = lazy("if so, say `columns: {{apart: {name}}}` in the spec; if it is one unit, `{one}`",
                    name=word, one=one)  # fmt: skip
        raise InputError(Problem(message, file=file, line=line, path=name, hint=hint))


def settled_columns(spec: LinkSpec) -> set[str]:
    """Return the columns of which the spec says what they are, folded."""
    return {folded(name) for name in (*spec.only, *spec.ignore, *spec.columns.values())}


def _dated(word: str) -> bool:
    """Whether a word names a year, or a month or quarter."""
    when = read_period(word)
    return re.search(r"(?<!\d)(?:19|20)?\d\d(?!\d)", word) is not None or (when is not None and when.kind != "count")


def only_those(name: str, kept: Sequence[str]) -> Message:
    """Return how to read those rows alone, or all."""
    words = [yaml_word(word) for word in kept]
    return lazy(
        "say `only: {{{name}: {word}}}` in the spec to read those rows alone, or `ignore: [{name}]` if all count",
        name=yaml_word(name), word=words[0] if len(words) == 1 else f"[{', '.join(words)}]",
    )  # fmt: skip


def few_words(cells: Iterable[object]) -> list[str]:
    """Return the distinct words of a column, none where they are many."""
    words: dict[str, None] = {}
    for cell in cells:
        if isinstance(cell, str):
            words.setdefault(cell.strip())
            if len(words) > _MOST_KINDS:
                return []
    return list(words)


def _values(cells: Iterable[object]) -> Words:
    return some_names(sorted({str(cell).strip() for cell in cells}), 6, marked=True)


#: Distinct values from which a column may name answers, and the share of rows with values of their own from which it
#: does; rows of a block that is hardly repeated by chance; equal rows from which two files overlap.
_IDS, _OWN, _BLOCK, _COMMON = 20, 0.9, 20, 3


def without_repeats(table: Table, column: Mapping[str, int], spec: LinkSpec) -> Table:
    """Return a table without answers that stand twice, by a column of ids, and rows that two files of scores share.

    An id that stands in other units or periods, too, is a person's, who answered again. One person's two answers within
    one unit and period are another's unless the whole row is the same.

    ``table``, ``column``: with one row per unit and period, or per answer; role → place of its column. ``spec``: what a
    person says about it: a column under `ignore` says nothing. Raises InputError if one id has two different answers,
    or a block of rows stands twice and no column has ids.
    """
    places = [i for i, name in enumerate(table.columns) if name not in table.sources]
    rows = list(zip(*(table.cells[i] for i in places), strict=True))
    first: dict[tuple[Any, ...], int] = {}
    again = [k for k, row in enumerate(rows) if first.setdefault(row, k) != k]
    kept, ignored = list(first.values()), set(map(folded, spec.ignore))
    taken = {i for role, i in column.items() if role != "respondent"}
    periods = table.cells[column.get("period", column.get("post", column["unit"]))]
    month = month_reader(periods, spec)

    def cell(k: int) -> tuple[str, Any]:
        """Return unit and period of a row."""
        return str(table.cells[column["unit"]][k]), month(periods[k])

    for i in places:
        name = table.columns[i]
        if i in taken or folded(name) in ignored:
            continue
        kinds = len(set(table.cells[i]))
        if kinds < _IDS or (not again and not _OWN * len(rows) < kinds < len(rows)):
            continue
        ids = {k: word for k in kept if (word := str(table.cells[i][k]).strip())}
        times = Counter(ids.values())
        twice = [k for k, word in ids.items() if times[word] > 1]
        of = {k: (ids[k], *cell(k)) for k in twice}
        gone = [k for k in again if str(table.cells[i][k]).strip()]
        if len(set(of.values())) < len(twice):  # one id twice within a unit and period
            whens = {word: read_period(word) for word in {ids[k] for k in twice}}  # a day is a month; `E2000` no year
            dated = all(w is not None and w.kind == "month" and not word.isdigit() for word, w in whens.items())
            words = any(" " in ids[k] for k in twice)  # a comment's
            person = len(set(of.values())) > len({ids[k] for k in twice})
            if dated or words or person or len(twice) < _COMMON * (not again) or len(times) < _OWN * len(ids):
                continue
            gone += _second_answers(table, i, [(ids[k], k) for k in twice], column)
        if gone:
            return table.without(set(gone), lazy("the same answer again, by its `{column}`", column=name))
    if not again:
        return table
    keys = list(map(cell, range(len(rows))))
    starts = [start for start, _ in table.files] or [0]
    own = {(bisect_right(starts, k), key) for k, key in enumerate(keys)}
    if len(own) == len(keys):  # of scores, one for each unit and period of a file
        reason = lazy("the same row in another file or sheet, counted once")
        return table.without(set(again), reason) if len(again) >= _COMMON else table
    if len(rows) >= SEVERAL * len(set(keys)):
        _ask_blocks(table, rows, starts[1:], keys)
    return table


#: Roles of columns of a pilot that hold no measure.
_NONE = ("unit", "treated", "post", "period", "cluster", "weight", "respondent")


def _second_answers(table: Table, at: int, ids: Sequence[tuple[str, int]], column: Mapping[str, int]) -> list[int]:
    """Return rows that say again what the first of their id does, and no more; ask where one says something else."""
    measures = [place for role, place in column.items() if re.split("[_ ]", role)[0] in ("ex", "cx")]
    measures = measures or [place for role, place in column.items() if role not in _NONE and not role.startswith("n_")]
    first: dict[str, int] = {}
    said = {k: [str(table.cells[i][k]).strip() for i in measures] for _, k in ids}
    for word, k in sorted(ids, key=lambda one: said[one[1]].count("")):  # a question alone goes to the whole answer
        other = first.setdefault(word, k)
        if any(one and two and one != two for one, two in zip(said[k], said[other], strict=True)):
            (file, line), (_, before) = table.place(k), table.place(other)
            message = lazy("`{column}` is {word} in two rows of one unit and period (the other is line {line}) whose "
                           "answers differ: is one a correction of the other?", column=table.columns[at],
                           word=f"`{word[:40]}`", line=before)  # fmt: skip
            hint = lazy("take out the row that does not count; if both do, say `ignore: [{name}]` in the spec",
                        name=yaml_word(table.columns[at]))  # fmt: skip
            raise InputError(Problem(message, file=file, line=line, path=table.columns[at], hint=hint))
    return [k for word, k in ids if first[word] != k and not any(
        one and not two for one, two in zip(said[k], said[first[word]], strict=True))]  # fmt: skip


def _ask_blocks(table: Table, rows: Sequence[Any], files: Sequence[int], keys: Sequence[Any]) -> None:
    """Ask about a block of answers that stands twice: at the end of the file, or where one file goes on with another.

    Raises InputError if at least twenty rows of several units or periods are the same, cell by cell and in the same
    order.
    """
    size = len(rows)
    until = [size] * size  # where another unit or period begins
    for k in range(size - 2, -1, -1):
        until[k] = until[k + 1] if keys[k] == keys[k + 1] else k + 1
    ends = [(0, at, size - at) for at in range(_BLOCK, size - _BLOCK + 1) if rows[at] == rows[0]]
    ends += [(at - length, at, length) for at in files for length in range(_BLOCK, min(at, size - at) + 1)
             if rows[at - length] == rows[at]]  # fmt: skip
    for one, other, length in ends:
        length = min(length, other - one)
        if rows[one : one + _BLOCK] != rows[other : other + _BLOCK] or until[one] >= one + length:
            continue
        if rows[one : one + length] == rows[other : other + length]:
            (_, begin), (_, end) = table.place(one), table.place(one + length - 1)
            (file, line), (_, last) = table.place(other), table.place(other + length - 1)
            message = lazy("lines {line} … {last} are lines {begin} … {end} again, cell by cell: the same answers "
                           "twice?", line=line, last=last, begin=begin, end=end)  # fmt: skip
            hint = lazy("take them out; a column that names each answer, such as `ResponseId`, would tell")
            raise InputError(Problem(message, file=file, line=line, hint=hint))
