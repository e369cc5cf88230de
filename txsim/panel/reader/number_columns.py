# SPDX-License-Identifier: MIT
"""A column as numbers: what stands in its cells, what was repaired, and what is no number."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import Message, Words, joined, lazy
from txsim.panel.reader.cells import FEW, Cells, distinct, place
from txsim.panel.reader.names import yaml_word
from txsim.panel.reader.numerals import LARGEST, Number, read_number
from txsim.panel.reader.sheets import UNSAVED
from txsim.panel.reader.vocabulary import folded, level_of, of_those_who_answered, points_of
from txsim.panel.reader.workbook import Disguised
from txsim.types import Array

#: Texts in place of numbers that are named one by one.
_NAMED = 4
_COMMA = lazy("decimal comma")
DISGUISED = lazy("a number that Excel shows as another")
DATED = lazy("a date where a number belongs")
#: Texts in place of numbers of which nobody says one by one what each means.
_SPOKEN = 12
#: Scores below a bound, written out, from which it is none of the scores but says how few answered.
_WRITTEN = 3
#: How a count that is only known to lie below a bound is read.
HALVED = lazy("fewer than a bound: half of it is taken")
_TEXT = Number(None, fault=lazy("text where a number belongs"))


@dataclass(frozen=True)
class NumberColumn:
    """A column of numbers."""

    values: Array  #: ``(row,)`` numbers, NaN where there is none.
    words: dict[int, str] = field(default_factory=dict)  #: Row → words that stand in place of a number and mean one.
    labels: dict[float, str] = field(default_factory=dict)  #: Number → words that stood beside it.
    tops: frozenset[float] = frozenset()  #: Best values that cells name, as 10 in `8 out of 10`.
    percent: float = 0.0  #: Share of the numbers that had a percent sign.
    #: ``(row,)`` whether a percent sign stood there.
    signed: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    #: ``(row,)`` whether something stood there that is no number.
    lost: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    #: ``(row,)`` a number within what was lost, NaN where there is none: shows whether the lost differ from the kept.
    hints: Array = field(default_factory=lambda: np.zeros(0))
    #: What stood in place of an answer and says that there is none, and how often: `k. A.`, `prefer not to say`.
    silent: dict[str, int] = field(default_factory=dict)
    stated: frozenset[float] = frozenset()  #: Numbers that words stand for by the spec.

    def unsigned_fractions(self) -> int:
        """Return how many cells without a percent sign may be fractions beside cells that have one; 0 for none.

        `23%` above `0.14`: the second may be 14 % as a spreadsheet stores it, or 0.14.
        """
        bare = self.values[~self.signed & np.isfinite(self.values) & (self.values != 0)] if self.percent > 0 else ()
        small = int((np.abs(bare) <= 1).sum())
        return small if 2 * small >= len(bare) else 0


def number_column(
    cells: Cells, role: str, *, comma: str = "auto", count: bool = False, strict: bool = False
) -> NumberColumn:
    """Return a column as numbers; cells that hold none are refused, and the file where they are more than a few.

    ``cells``: the table; ``role``: the column; ``comma``: what a single comma before three digits stands for;
    ``count``: whether the numbers count people: points then part thousands, and half of a bound is taken; ``strict``:
    whether the caller refuses the file for every unreadable cell, so that it names them one by one. Raises InputError
    if more than a few percent of what stands there is unreadable, or it could be read two ways.
    """
    held, index = distinct(cells.table.cells[cells.column[role]])
    times = np.bincount(index, minlength=len(held))
    texts = ["" if cell is None else str(cell) for cell in held]
    numbers = _numbers(cells, role, held, texts, comma, count)
    if count:  # `n=34`, `34 чел.`, `1 Antwort` beside `34 Antworten` are, `34 invited` is none
        numbers = [n if n.value is None or not n.label
                   else replace(n, label="") if of_those_who_answered(n.label) else _TEXT for n in numbers]  # fmt: skip
    else:
        numbers = _without_suppressed(texts, _without_odd_labels(numbers, times), times)
    value = np.array([np.nan if n.value is None else n.value for n in numbers] or [np.nan])
    words = [bool(n.label) and n.value is None for n in numbers]
    fault = np.array([bool(n.fault) or (n.bound and not count) for n in numbers] or [False])
    lost = fault[index]
    present = int(sum(t for t, n, w in zip(times, numbers, words, strict=True) if n.value is not None or w)) + int(
        lost.sum()
    )
    if not strict:
        odd_format = any(n.fault in (DISGUISED, DATED) for n in numbers)
        _few(cells, role, int(lost.sum()), present, [texts[i] for i in np.flatnonzero(fault)], odd_format)
    for reason in dict.fromkeys(n.repair for n in numbers if n.repair and n.value is not None):
        which = np.array([n.repair == reason for n in numbers])
        bound = reason == HALVED
        place(cells, np.flatnonzero(which[index]), role, reason if bound else _repaired(reason))
    for reason in dict.fromkeys(n.fault for n in numbers if n.fault):
        which = np.array([n.fault == reason for n in numbers])
        place(cells, np.flatnonzero(which[index]), role, reason, refuse=True)
    odd = Counter({text.strip()[:30]: int(t) for text, n, t in zip(texts, numbers, times, strict=True) if n.fault})
    if odd:
        few = [lazy("{count:,} × `{text}`", count=count, text=text) for text, count in odd.most_common(_NAMED)]
        said = joined(", ", [*few, lazy("and others")] if len(odd) > _NAMED else few)
        cells.report.notes.append(lazy("`{name}` holds what is no number: {words}", name=cells.name(role), words=said))
    marks = [_says_nothing(text, n) for text, n in zip(texts, numbers, strict=True)]
    place(cells, np.flatnonzero(np.array(marks or [False])[index]), role, lazy("a mark of no answer taken as missing"))
    bounds = np.array([n.bound for n in numbers] or [False])
    place(cells, np.flatnonzero(bounds[index]), role, lazy("a bound, not a value: taken as missing"))
    within = np.array([_number_within(t) if f else np.nan for t, f in zip(texts, fault, strict=True)] or [np.nan])
    has_value = np.array([n.value is not None for n in numbers])
    signs = np.array([n.percent for n in numbers])
    total = int(times[has_value].sum()) if len(numbers) else 0
    worded = {i for i, word in enumerate(words) if word}
    return NumberColumn(
        value[index],
        {int(k): numbers[index[k]].label for k in np.flatnonzero(np.isin(index, list(worded)))} if worded else {},
        {n.value: n.label for n in numbers if n.label and n.value is not None},
        frozenset(n.top for n in numbers if n.top is not None),
        float(times[signs].sum() / total) if total else 0.0,
        (signs if len(numbers) else np.zeros(1, dtype=bool))[index],
        lost,
        within[index],
        _silent(texts, numbers, times),
        frozenset(n.value for n in numbers if n.stated and n.value is not None),
    )


def stated_numbers(column: list[Any]) -> Array:
    """Return the numbers of a column as they stand there, NaN for all else; nothing is told, asked or refused."""
    held, index = distinct([str(cell) for cell in column])
    values = [read_number(text).value for text in held]
    return np.array([np.nan if value is None else value for value in values], dtype=float)[index]


def _repaired(what: Words) -> Words:
    """Return what was done, as it is told."""
    if isinstance(what, Message) and what.code == _COMMA.code:
        return lazy("decimal comma read as a point")
    if isinstance(what, Message) and any(part == _COMMA for _, part in what.params):
        return lazy("{repair}: read as plain numbers", repair=what)
    return lazy("{repair} removed", repair=what)


def _says_nothing(text: str, number: Number) -> bool:
    """Return whether a text says that there is no answer; an empty cell says nothing of it."""
    known = number.value is not None or number.label or number.fault or number.bound
    return not known and text.strip() not in ("", "nan")


def _silent(texts: list[str], numbers: list[Number], times: NDArray[np.int64]) -> dict[str, int]:
    """Return texts that say that there is no answer, as first written, the most frequent first."""
    spelled: dict[str, str] = {}
    count: Counter[str] = Counter()
    for text, n, t in zip(texts, numbers, times, strict=True):
        if _says_nothing(text, n):
            count[spelled.setdefault(folded(text), text.strip()[:40])] += int(t)
    return dict(count.most_common())


def _numbers(cells: Cells, role: str, held: list[Any], texts: list[str], comma: str, count: bool) -> list[Number]:
    meanings = {folded(word): worth for word, worth in cells.spec.words_of(role).items()}
    plain = [text.strip() for text in texts if text]
    dotted = [text for text in plain if "." in text and not isinstance(text, float)]
    strings = [text for cell, text in zip(held, texts, strict=True) if isinstance(cell, str) and "." in text]
    grouped = bool(strings) and all(re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+", text.strip()) for text in strings)
    commas = any(isinstance(cell, str) and re.search(r"\d,\d", cell) for cell in held)
    thousands = grouped and (commas or (count and any(not text.strip().endswith(".000") for text in strings)))
    if count and grouped and not thousands:
        first = strings[0].strip()
        message = lazy(
            "`{first}` people: {one:g} or {other}?", first=first, one=float(first), other=first.replace(".", ",")
        )
        hint = lazy("write whole numbers without points")
        raise InputError(Problem(message, file=cells.table.name, path=cells.name(role), hint=hint))
    if comma == "auto":
        comma = "thousands" if dotted and not thousands else "decimal"
    numbers = []
    for cell, text in zip(held, texts, strict=True):
        if meanings and folded(text) in meanings:
            worth = meanings[folded(text)]
            if not isinstance(worth, str):
                numbers.append(Number(float(worth), lazy("word of the spec"), stated=True))
                continue
            text = worth
        if isinstance(cell, Disguised):
            numbers.append(Number(None, fault=DISGUISED))
        elif isinstance(cell, bool):
            numbers.append(_TEXT)
        elif isinstance(cell, int | float) and not meanings:
            large = abs(cell) > LARGEST
            plain_number = Number(None, fault=lazy("a number larger than can be")) if large else Number(float(cell))
            numbers.append(plain_number if cell == cell else Number(None))
        elif isinstance(cell, dt.date):
            numbers.append(Number(None, fault=DATED))
        elif thousands and "." in text and "," not in text:
            numbers.append(Number(float(text.strip().replace(".", "")), lazy("thousand separators")))
        else:
            read = read_number(text, comma=comma)
            if read.bound and count and text.strip().lower().lstrip("n ")[:1] in ("<", "≤"):
                half = max(float(re.sub(r"\D", "", text.split(",")[0])) / 2, 1.0)
                read = Number(half, HALVED)
            numbers.append(read)
    return numbers


def _without_odd_labels(numbers: list[Number], times: NDArray[np.int64]) -> list[Number]:
    """Return numbers with words beside them only where these are words of answers, or stand there again and again."""
    labelled = [i for i, n in enumerate(numbers) if n.label and n.value is not None]
    if not labelled:
        return numbers
    by_number: dict[float, set[str]] = {}
    for i in labelled:
        by_number.setdefault(float(numbers[i].value or 0.0), set()).add(folded(numbers[i].label))
    tidy_numbers = list(numbers)
    for i in labelled:
        n = numbers[i]
        known = level_of(n.label) is not None or points_of(n.label) is not None
        one = len(by_number[float(n.value or 0.0)]) == 1
        if not (known or (one and times[i] > 1)) or n.value != int(n.value or 0):
            tidy_numbers[i] = _TEXT
    return tidy_numbers


def _without_suppressed(texts: list[str], numbers: list[Number], times: NDArray[np.int64]) -> list[Number]:
    """Return numbers without what says how few answered: `n=5`, `n<10`, `<10` where scores below 10 stand written.

    Were `<10` a bound of the score, those would be hidden as well; where none is below, it could be one, and stays.
    """
    known = [(n.value, int(t)) for n, t in zip(numbers, times, strict=True) if n.value is not None]

    def hides(text: str, number: Number) -> bool:
        plain = folded(text)
        if re.fullmatch(r"n ?[=:] ?\d+", plain):
            return True
        if not number.bound or "%" in plain or re.match(r"(?:n ?)?(?:[>≥]|over|above|more|более|über|plus|más)", plain):
            return False
        below = sum(t for value, t in known if value < _number_within(plain))
        return plain.startswith("n") or below >= _WRITTEN

    return [Number(None) if hides(text, n) else n for text, n in zip(texts, numbers, strict=True)]


def _number_within(text: str) -> float:
    match = re.search(r"[-−–]?\d+(?:[.,]\d+)?", text)
    return float(re.sub("[−–]", "-", match[0]).replace(",", ".")) if match else np.nan


def _few(cells: Cells, role: str, lost: int, present: int, examples: list[str], odd_format: bool) -> None:
    """Refuse a file in one of whose columns more than a few percent cannot be read."""
    if lost > (0 if odd_format else max(1, FEW * present)):
        quotes = joined(", ", (lazy(UNSAVED) if text == UNSAVED else f"`{text.strip()[:30]}`" for text in examples[:3]))
        raise InputError(
            Problem(
                lazy(
                    "{lost:,} of {present:,} cells of `{name}` cannot be read, such as {shown}",
                    lost=lost,
                    present=present,
                    name=cells.name(role),
                    shown=quotes,
                ),
                file=cells.table.name,
                path=role,
                hint=lazy(
                    "Excel shows these numbers with another sign, in thousands, as dates or not at all: give the "
                    "column the number format General, correct what is wrong then, and save it"
                )
                if odd_format
                else lazy("open the file in the spreadsheet program and save it there, so that values are stored")
                if examples[:1] == [UNSAVED]
                else lazy("write numbers in this column, and what else is said in columns of its own")
                if len(examples) > _SPOKEN
                else lazy(
                    "more than a few percent may not be left out; say what each means by `words:` in the spec, such as "
                    "`words: {{{word}: missing}}` of what is no answer, or write numbers",
                    word=yaml_word(next(iter(examples), "?").strip()),
                ),
            )
        )
