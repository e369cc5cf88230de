# SPDX-License-Identifier: MIT
"""Periods longer than a month: quarters and half-years that are numbered, and a year beside its own parts."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import N_, lazy
from txsim.panel.reader.cells import Cells, place
from txsim.panel.reader.data_report import DataReport
from txsim.panel.reader.names import yaml_word
from txsim.panel.reader.periods import MONTHS, When, part_named, read_period, whole_year
from txsim.panel.reader.vocabulary import folded

#: A year and a part of it, in either order: `24-01`, `1/2023`, `2024.1`.
_PAIR = re.compile(r"'?(\d{4}|\d{1,2}) ?[-/._ ] ?'?(\d{4}|\d{1,2})")
#: Headers of dates.
_DATES = re.compile(r"\b(?:date|datum|дата|fecha)\b")
#: What is asked, by the largest number that stands in any year.
_NUMBERED = {
    2: N_("half-years, or January and February?"),
    3: N_("thirds of a year or quarters, or January to March?"),
    4: N_("quarters, or January to April?"),
}


def paired(report: DataReport, held: Sequence[object], periods: Sequence[When | None]) -> list[When | None]:
    """Return periods with months for years and numbers that no cell alone tells apart, where the column does.

    `24-01` … `24-08` is a year before its months, since no year has 24, and `2024.1` beside `2024.8` is January: where
    the nought of `2024.10` may be lost nothing is read, nor where both numbers could be the month.
    """
    pair = {k: (m[1], m[2]) for k, cell in enumerate(held) if (m := _PAIR.fullmatch(str(cell).strip()))}
    open_ = {k: both for k, both in pair.items() if periods[k] is None}
    first = all(len(part) < 3 and 1 <= int(part) <= 12 for _, part in open_.values())
    last = all(len(part) < 3 and 1 <= int(part) <= 12 for part, _ in open_.values())
    times = Counter(whole_year(both[not first]) for both in set(pair.values()))
    days = max(times.values(), default=0) < 2 or any(times[year] < 2 for year in sorted(times)[1:-1])  # `23/1`, `24/1`
    if not open_ or first == last or days:
        return list(periods)
    parts = {part for k, (_, part) in pair.items() if "." in str(held[k])}
    tenth = any(part[0] == "0" for part in parts)  # beside 2024.01 … 2024.09 2024.1 is the tenth
    if "1" in parts and "10" not in parts and parts & {"9", "11", "12"} and not tenth:
        return list(periods)
    known = list(periods)
    for k, both in open_.items():
        year, part = both if first else both[::-1]
        month = 10 if tenth and part == "1" and "." in str(held[k]) else int(part)
        known[k] = When(whole_year(year) * 12 + month - 1, "month")
        shown = f"{whole_year(year)}-{month:02d}"
    report.notes.append(lazy("`{cell}` is read as {period}", cell=str(held[max(open_)])[:20], period=shown))
    return known


def numbered(cells: Cells, role: str, held: Sequence[object], periods: Sequence[When | None]) -> list[When | None]:
    """Return periods with months that number quarters, half-years or thirds of a year read as these.

    A header says what is numbered, and so does `period_months` in the spec.

    ``cells``, ``role``: the table, and which of its columns holds periods; ``held``, ``periods``: ``(distinct,)`` cells
    of the column that the spec gives no meaning, and their periods. Raises InputError if nothing says it, and no number
    of several years is above 4; of one year, if it is not written as a month is.
    """
    known = list(periods)
    dates = _DATES.search(folded(cells.name(role))) is not None
    months = {k: when for k, when in enumerate(periods) if when is not None and when.kind in ("month", "count")}
    if not all(when.kind == "month" and _numbers_alone(held[k], when, dates) for k, when in months.items()):
        return known
    at = {k: divmod(int(when.month), 12) for k, when in months.items()}
    most = max((month + 1 for _, month in at.values()), default=0)
    if not 1 <= most <= 4:
        return known
    parts: dict[int, set[int]] = {}
    for year, month in at.values():
        parts.setdefault(year, set()).add(month + 1)
    plain = all((m := _PAIR.fullmatch(str(held[k]).strip())) and "0" not in (m[1][0], m[2][0]) for k in at)
    of_year = set().union(*parts.values())
    length = cells.spec.period_months
    kind = length and next((kind for kind, size in MONTHS.items() if size == length < 12), "month")
    said = kind or part_named(cells.name(role))
    if said == "month" or (said and not plain and of_year <= {1, 4} and most == 4):
        return known
    if said in MONTHS and most <= 12 // MONTHS[said]:
        size = MONTHS[said]
        told = {"quarter": N_("`{cell}` and its like are read as quarters"), "half": N_("`{cell}` and its like are "
                "read as half-years"), "third": N_("`{cell}` and its like are read as thirds of a year")}  # fmt: skip
        cells.report.notes.append(lazy(told[said], cell=str(held[min(at)])[:20]))
        for k, (year, month) in at.items():
            known[k] = When(year * 12 + month * size, said)
        return known
    several = sum(len(each) > 1 for each in parts.values())
    if several < 2 and not (plain and len(parts) == 1 and of_year == set(range(1, most + 1)) and most > 1):
        return known
    ordered = sorted(at, key=lambda k: at[k])
    message = lazy(
        "periods are numbered from {first} to {last}, and no number of a year is above {most}: {question}",
        first=f"`{str(held[ordered[0]])[:20]}`", last=f"`{str(held[ordered[-1]])[:20]}`", most=most,
        question=lazy(_NUMBERED[most]),
    )  # fmt: skip
    hint = lazy("say by `period_months` in the spec how long each is: `3` if they are quarters, `6` half-years, `4` "
                "thirds of a year, `1` months; a header such as `Quarter` or `Month` says it, too")  # fmt: skip
    raise InputError(Problem(message, file=cells.table.name, path=cells.name(role), hint=hint))


def _numbers_alone(cell: object, when: When, dates: bool) -> bool:
    """Whether a month is written by its number alone, or as its first day, as spreadsheets make of 1/2023.

    ``dates``: whether the column is one of dates, so that a first day is one.
    """
    if isinstance(cell, dt.date):
        return cell.day == 1 and not dates
    text = re.sub(r"[t ]00:00(:00)?.*$", "", str(cell).strip().lower())
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if re.search(r"[^\W\d_]", text) or not numbers:
        return False
    month = int(when.month) % 12 + 1
    return len(numbers) < 3 or (
        not dates and sorted(number for number in numbers if number < 100) == sorted((1, month))
    )


def refuse_coarse(cells: Cells, unit: NDArray[np.int64], periods: Sequence[When | None]) -> list[When | None]:
    """Leave out the rows of a unit's longer period where its shorter ones stand beside it, and say so.

    ``cells``: the table; its column of periods. ``unit``: ``(row,)`` of each row. ``periods``: of each row. Where a
    unit has a longer period more than once, rows are answers of single people, and nothing is left out. Returns the
    period of each row, ``None`` for those that are left out.
    """
    kinds = {when.kind for when in periods if when is not None}
    if len(kinds & set(MONTHS)) < 2 or "count" in kinds:
        return list(periods)
    finer: dict[tuple[int, int], int] = {}
    for u, when in zip(unit.tolist(), periods, strict=True):
        if when is not None:
            key = (u, int(when.month))
            finer[key] = min(finer.get(key, 12), MONTHS[when.kind])
    gone: list[int] = []
    seen: set[tuple[int, When]] = set()
    for k, (u, when) in enumerate(zip(unit.tolist(), periods, strict=True)):
        length = 1 if when is None else MONTHS[when.kind]
        if when is None or length == 1:
            continue
        within = range(int(when.month), int(when.month) + length)
        if any(finer.get((u, month), 12) < length for month in within):
            if (u, when) in seen:
                return list(periods)
            seen.add((u, when))
            gone.append(k)
    held = cells.table.cells[cells.column["period"]]
    _ask_coarse(cells, gone, held, periods)
    for name in dict.fromkeys(folded(str(held[k])) for k in gone):
        rows = [k for k in gone if folded(str(held[k])) == name]
        reason = lazy(
            "`{period}` stands beside its own parts, and is no period besides", period=str(held[rows[0]])[:20]
        )
        place(cells, rows, "period", reason, refuse=True)
    left = set(gone)
    return [None if k in left else when for k, when in enumerate(periods)]


def _ask_coarse(cells: Cells, gone: Sequence[int], held: Sequence[object], periods: Sequence[When | None]) -> None:
    """Ask in which month a series was measured that has no other rows than ``gone``: those of longer periods.

    Raises InputError with the table that says it.
    """
    left = np.delete(np.arange(len(held)), gone)
    for series in ("ex", "cx") if gone else ():
        own = [i for role, i in cells.column.items() if role == series or role.startswith(f"{series}_")]
        there = [any(str(cells.table.cells[i][k]).strip() for i in own) for k in gone]
        if not any(there) or any(str(cells.table.cells[i][k]).strip() for i in own for k in left):
            continue
        names = dict.fromkeys(str(held[k]).strip() for k, some in zip(gone, there, strict=True) if some)
        months = {int(when.month) for k in left.tolist() if (when := periods[k]) is not None}
        ask_month(series, {name: read_period(name) for name in names}, months, cells.table.name)


def ask_month(series: str, periods: Mapping[str, When | None], months: Set[float], file: str) -> None:
    """Ask in which month of its longer periods a series was measured; raises InputError with the table that says it.

    ``periods``: longer ones by name; ``months``: of the other series: the first of them that lies in each is offered.
    """
    said = {name: int(at.month) for name, at in periods.items() if at is not None}
    first = {name: min((m for m in months if 0 <= m - at < MONTHS[when.kind]), default=at)
             for name, at in said.items() if (when := periods[name]) is not None}  # fmt: skip
    waves = ", ".join(f"{yaml_word(name)}: {int(at) // 12}-{int(at) % 12 + 1:02d}" for name, at in first.items())
    message = lazy("{name} has longer periods (`{period}`) than the other series: in which of their months was it "
                   "measured?", name=series.upper(), period=next(iter(periods)))  # fmt: skip
    hint = lazy("say the month of each by a table in the spec: `waves: {{{waves}}}` if it was the first", waves=waves)
    if first != said:
        hint = lazy("say the month of each by a table in the spec: `waves: {{{waves}}}` if it was the first that the "
                    "other series has, too", waves=waves)  # fmt: skip
    raise InputError(Problem(message, file=file, hint=hint))
