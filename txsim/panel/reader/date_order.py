# SPDX-License-Identifier: MIT
"""In which order a column of dates names day, month and year, and in which time zone: found, or asked."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from txsim.errors import InputError, Problem
from txsim.language import N_, Words, lazy
from txsim.panel.reader.cells import Cells
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.periods import CLOCK, When, local_time, month_named, read_period, stamp_of

#: A longer period by its first month.
_FROM = {"quarter": N_("quarter from {first}"), "half": N_("half-year from {first}"), "year": N_("year from {first}"),
         "third": N_("third of a year from {first}")}  # fmt: skip


def date_order(cells: Iterable[object]) -> str:
    """Return `day_first` or `month_first`, as dates such as 13/4/2024 say, or `year_first`, as 45/4/13 does.

    Dates that all fall on the first of a month say it too. `open` where none says it, `both` where they differ,
    `year_open` where years of two digits may stand first or last: see :func:`_may_begin_with_year`.
    """
    first, second = set(), set()
    dates: set[tuple[int, int, int]] = set()
    dashed = True
    for cell in set(map(str, cells)):
        match = re.fullmatch(
            rf"(\d{{1,2}})[-/. ](\d{{1,2}}|[^\W\d_]+\.?)[-/. ](\d{{4}}|\d{{2}}){CLOCK}", cell.strip(), re.I
        )
        month = match and (int(match[2]) if match[2].isdigit() else month_named(match[2]))
        if not match or not month:
            continue
        if match[2].isdigit():
            first.add(int(match[1]))
            second.add(month)
        if len(match[3]) == 2:  # four digits say that they are the year
            dashed &= re.match(r"\d+-\d+-", match[0]) is not None
            dates.add((int(match[1]), month, int(match[3]) if len(match[1]) == 2 else 0))
    day, month_first = any(x > 12 for x in first), any(x > 12 for x in second)
    order = "open"
    if day and month_first:
        order = "both"
    elif day or month_first:
        order = "day_first" if day else "month_first"
    elif len(second) == 1 and len(first) > 1 and second == {1}:
        order = "month_first"
    elif len(first) == 1 and len(second) > 1 and first == {1}:
        order = "day_first"
    if dates and all(month <= 12 and 1 <= last <= 31 for _, month, last in dates):
        if any(begin > 31 for begin, _, _ in dates):
            return "year_first"
        if _may_begin_with_year(dates, dashed=dashed):
            return "year_open"
    return order


def order_of(column: Iterable[object], spec: LinkSpec) -> str:
    """Return the order in which a column's dates are read where nobody is asked: as the spec or they say, or so."""
    order = date_order(column) if spec.period_order == "auto" else spec.period_order
    return order if order in ("month_first", "year_first") else "day_first"


def month_reader(column: Sequence[Any], spec: LinkSpec) -> Callable[[Any], Any]:
    """Return what gives the month, or the number, of a cell of a column; the cell's own words where it has none."""

    @cache
    def order() -> str:
        return order_of(column, spec)

    @cache
    def month(cell: Any) -> Any:
        when = read_period(local_time(cell, spec.time_zone), order=order())
        return str(cell).strip() if when is None else when.month

    return month


def _may_begin_with_year(dates: set[tuple[int, int, int]], *, dashed: bool) -> bool:
    """Whether dates of three numbers, the month in the middle, may as well begin with their year as end with it.

    They end with it where that alone gives periods of one distance, each once, or years that lie closer together: days
    taken for years spread over thirty. Where both are alike they do if all begin with 1, or if both give periods of one
    distance and the years at their end are the later ones. One first number of all is a day then, as in `28.07.24` …
    `28.06.25`, but where all are of one year at either end and written with hyphens, as ISO 8601 has it.
    """
    orders = [{(date[at], date[1]) for date in dates} for at in (2, 0)]
    gaps = [_gaps(months, len(dates)) for months in orders]
    spread = [max(months)[0] - min(months)[0] for months in orders]
    if (gaps[0] == 0) != (gaps[1] == 0):
        return gaps[1] == 0
    if len(dates) > 1 and len({date[0] for date in dates}) == 1 and not any(gaps):
        return dashed and len({date[2] for date in dates}) == 1
    if abs(spread[0] - spread[1]) > 2:
        return spread[1] < spread[0]
    later = max(date[2] for date in dates) > max(date[0] for date in dates)
    return {date[0] for date in dates} != {1} and (gaps[0] > 0 or not later)


def asked_order(cells: Cells, role: str, column: Sequence[object]) -> str:
    """Return the order of a column's dates as they say it; `day_first` where none of them could be otherwise.

    Raises InputError where days or months, or days or years of two digits, may stand first.
    """
    held, order = [str(cell) for cell in column], date_order(column)
    if order == "year_open":
        ways = ((cell, read_period(cell, order="year_first"), read_period(cell)) for cell in held)
        cell, year, day = next((cell, year, day) for cell, year, day in ways if day is not None and year != day)
        message = lazy("`{cell}` and its like: {year_first} with the year first, or {day_first} with the day first?",
                       cell=cell[:20], year_first=shown(year), day_first=shown(day))  # fmt: skip
        hint = lazy("say `period_order: year_first` or `day_first` in the spec, or write years with four digits")
    elif order in ("open", "both"):
        doubtful = next((cell for cell in held if (when := read_period(cell)) is not None and when.doubtful), None)
        if doubtful is None:
            return "day_first"
        message = lazy("`{doubtful}` and its like: day or month first?", doubtful=doubtful[:20])
        hint = lazy("say `period_order: day_first` or `month_first` in the spec")
    else:
        return order
    raise InputError(Problem(message, file=cells.table.name, path=cells.name(role), hint=hint))


def ask_zone(cells: Cells, role: str, held: list[Any]) -> None:
    """Ask about times that all stand near the end of a month's last day: the first of the next in a zone further east.

    Raises InputError with what to say of them.
    """
    stamps = [(cell, stamp) for cell in held if (stamp := stamp_of(cell)) is not None and stamp.time() != dt.time()]
    if not stamps or any(stamp.hour < 10 or stamp.minute % 15 or (stamp + dt.timedelta(days=1)).day != 1 or stamp.second
                         for _, stamp in stamps):  # fmt: skip
        return
    message = lazy("`{cell}` and its like stand at the end of a month's last day: is it the first of the next month, "
                   "written in UTC?", cell=str(stamps[0][0])[:25])  # fmt: skip
    hint = lazy("say `time_zone:` in the spec, such as `time_zone: Europe/Berlin`; `time_zone: UTC` leaves each in its "
                "month")  # fmt: skip
    raise InputError(Problem(message, file=cells.table.name, path=cells.name(role), hint=hint))


def ask_days(cells: Cells, role: str, held: list[Any]) -> None:
    """Ask about dates of one year whose days are its years: `Jun-23`, typed into Excel, becomes the 23rd of this June.

    Raises InputError where the days as years alone give periods of one distance, each once.
    """
    dates = {date for cell in held if (date := _date_of(cell)) is not None}
    days = {date.day for date in dates}
    if len({date.year for date in dates}) != 1 or not 1 < len(days) <= 1 + max(days) - min(days) <= 6 or min(days) < 8:
        return
    if _gaps({(date.year, date.month) for date in dates}, len(dates)) and not _gaps(
        {(date.day, date.month) for date in dates}, len(dates)
    ):
        first = min(dates, key=lambda date: (date.day, date.month))
        message = lazy("`{date}` and its like: are the days years, as where Excel takes `{typed}` for a day?",
                       date=f"{first:%Y-%m-%d}", typed=f"{first.month:02}-{first.day}")  # fmt: skip
        hint = lazy("say `period_order: year_first` in the spec if they are, else `day_first`")
        raise InputError(Problem(message, file=cells.table.name, path=cells.name(role), hint=hint))


def _gaps(months: set[tuple[int, int]], dates: int) -> int:
    """Return how many periods are missing between months, given as year and month, or stand twice among dates."""
    at = sorted(12 * year + month for year, month in months)
    step = math.gcd(*(later - earlier for earlier, later in itertools.pairwise(at))) or 1
    return (at[-1] - at[0]) // step + 1 - len(at) + dates - len(at)


def days_as_years(held: list[Any]) -> list[Any]:
    """Return the dates of a column, all of one year, with their days for years: what :func:`ask_days` asks about."""
    dates = [_date_of(cell) for cell in held]
    if len({date.year for date in dates if date is not None}) != 1:
        return held
    return [
        cell if date is None else dt.date(2000 + date.day, date.month, 1)
        for cell, date in zip(held, dates, strict=True)
    ]


def _date_of(cell: object) -> dt.date | None:
    """Return the date of a cell that is one, or says it as a spreadsheet saves it: `2024-06-23`."""
    if isinstance(cell, dt.date):
        return cell.date() if isinstance(cell, dt.datetime) else cell
    text = str(cell).strip()
    try:
        return dt.date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def ask_half_turned(cells: Cells, role: str, held: list[Any]) -> None:
    """Ask about dates that a spreadsheet of another country has half turned round.

    Opened where the month is written first, `3.4.2024` becomes the 4th of March, while `13.4.2024` stays a text.
    """
    dates = [cell for cell in held if isinstance(cell, dt.date)]
    texts = [m for cell in held if isinstance(cell, str) and (m := _DATE.fullmatch(cell.strip()))]
    if len(dates) < 3 or len(texts) < 3 or any(date.day > 12 for date in dates):
        return
    firsts, seconds = ({int(m[i]) for m in texts} for i in (1, 2))
    if min(firsts) > 12 or min(seconds) > 12:
        message = lazy(
            "dates with a day above 12 are texts (`{text}`), all others are dates: a spreadsheet has taken days for "
            "months in part of them",
            text=texts[0][0],
        )
        hint = lazy(
            "open the file where days and months are written in this order, or have the dates exported as 2024-04-13"
        )
        raise InputError(Problem(message, file=cells.table.name, path=cells.name(role), hint=hint))


_DATE = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](?:\d{4}|\d{2})(?: .*)?")


def shown(when: When | None) -> Words:
    """Return a period as people are told of it: a month, a longer period from its first month, or a number."""
    if when is None:
        return ""
    if when.kind == "count":
        return lazy("number {number:g}", number=when.month)
    year, month = divmod(int(when.month), 12)
    first = f"{year}-{month + 1:02d}"
    return first if when.kind == "month" else lazy(_FROM[when.kind], first=first)
