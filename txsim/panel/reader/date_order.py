# SPDX-License-Identifier: MIT
"""In which order a column of dates names day, month and year, and in which time zone: found, or asked."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import N_, Words, lazy
from txsim.panel.reader.cells import Cells
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.periods import CLOCK, When, day_part, local_time, month_named, read_period, stamp_of
from txsim.panel.reader.vocabulary import folded

#: Days of months of which more are no waves: most that a panel may have, dated twice.
_PERIODS = 1200
#: A longer period by its first month.
_FROM = {"quarter": N_("quarter from {first}"), "half": N_("half-year from {first}"), "year": N_("year from {first}"),
         "third": N_("third of a year from {first}")}  # fmt: skip

#: How the notes say an order of dates.
ORDERS = {"day_first": lazy("day first"), "month_first": lazy("month first"), "year_first": lazy("year first"),
           "turned": lazy("day first")}  # fmt: skip


def date_order(cells: Iterable[object], *, proven: bool = False) -> str:
    """Return `day_first` or `month_first`, as dates such as 13/4/2024 say, or `year_first`, as 45/4/13 does.

    Dates that all fall on the first of a month say it too, unless it is to be ``proven``: they may be days of January.
    `open` where none says it, `both` where they differ,
    `year_open` where years of two digits may stand first or last: see :func:`_may_begin_with_year`.
    """
    first, second = set(), set()
    dates: set[tuple[int, int, int]] = set()
    dashed = True
    for cell in {day_part(str(cell).strip()) for cell in cells}:
        match = re.fullmatch(rf"(\d{{1,2}})[-/. ](\d{{1,2}}|[^\W\d_]+\.?)[-/. ](\d{{4}}|\d{{2}}){CLOCK}", cell, re.I)
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
    elif second == {1} and len(first) > 1 and not proven:
        order = "month_first"
    elif first == {1} and len(second) > 1 and not proven:
        order = "day_first"
    if dates and all(month <= 12 and 1 <= last <= 31 for _, month, last in dates):
        if any(begin > 31 for begin, _, _ in dates):
            return "year_first"
        if _may_begin_with_year(dates, dashed=dashed):
            return "year_open"
    return order


def rewritten(cell: object, order: str) -> object:
    """Return a date of numbers in an order as `2024-04-13`, with its time of day; any other cell as it is."""
    text = str(cell).strip()
    if not isinstance(cell, str) or re.match(r"\d{1,2}[-/.]\d{1,2}[-/.]\d", text) is None:
        return cell
    date = date_of(text, order)
    return cell if date is None else date.isoformat() + re.sub(r"^[\d/.\-]+", "", text)


def order_of(column: Iterable[object], spec: LinkSpec) -> str:
    """Return the order in which a column's dates are read where nobody is asked: as the spec or they say, or so."""
    order = date_order(column) if spec.period_order == "auto" else spec.period_order
    return order if order in ("month_first", "year_first") else "day_first"


def month_reader(column: Sequence[Any], spec: LinkSpec, order: str = "") -> Callable[[Any], Any]:
    """Return what gives the month, or the number, of a cell of a column; the cell's own words where it has none.

    ``order``: of its dates, where others beside the column's say it.
    """
    told = {folded(name): name for name in spec.waves}

    @cache
    def meant() -> tuple[dict[Any, Any], str]:
        own = list(dict.fromkeys(column))
        return dict(zip(own, as_meant(own, spec), strict=True)), order or order_of(own, spec)

    @cache
    def month(cell: Any) -> Any:
        held, order = meant()
        stands = held.get(cell, cell)
        if told:
            stands = spec.waves.get(told.get(folded(str(cell)), ""), stands)
        when = read_period(stands, order=order)
        long = when is not None and when.kind not in ("month", "count")
        return str(cell).strip() if when is None or (long and with_months()) else when.month

    @cache
    def with_months() -> bool:
        """Whether months stand among its longer periods, which begin with one of them."""
        held, order = meant()
        return any((when := read_period(cell, order=order)) is not None and when.kind == "month" for cell in held)

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
    held = list(dict.fromkeys(map(str, column)))
    order = date_order(held)
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

    Its midnights are an hour earlier in UTC in summer, or, where clocks are never changed, always of one time, which
    without a zone of its own is one at which surveys close. Raises InputError with what to say of them.
    """
    stamps = [(cell, stamp) for cell in held if (stamp := stamp_of(cell)) is not None and stamp.time() != dt.time()]
    plain = [date_of(cell) for cell in held if stamps and stamp_of(cell) is None]
    beside = any(plain) and all(date.day == 1 for date in plain if date)  # of the other series: :func:`ask_ends`
    if not stamps or beside or any(stamp.minute % 15 or stamp.second or not ends_month(stamp) or stamp.utcoffset()
                                   for _, stamp in stamps):  # fmt: skip
        return
    times = {60 * stamp.hour + stamp.minute for _, stamp in stamps}
    by_month = {(stamp.month, 60 * stamp.hour + stamp.minute) for _, stamp in stamps}
    summer = (
        len(times) == 2 and max(times) - min(times) == 60 and len({month for month, _ in by_month}) == len(by_month)
    )
    utc = len(times) == 1 and all(stamp.tzinfo for _, stamp in stamps)
    if min(times) < (60 * 10 if summer else 60 * 13) or not (summer or utc):
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
    dates = {date for cell in held if (date := _saved(cell)) is not None}
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


def ask_turned(cells: Cells, role: str, held: list[Any], index: NDArray[np.int64]) -> None:
    """Ask about dates of which another order of day and month makes a series, each once, at one distance.

    Opened where the month is written first the 1st of May, `01.05.2024`, becomes the 5th of January. Raises InputError
    unless the dates as read are such a series and those turned round are none, or a unit has a date several times.
    """
    dates = {_saved(cell) for cell in held if str(cell).strip()}
    units = cells.table.cells[cells.column["unit"]] if "unit" in cells.column else []
    rows = set(zip(units, index.tolist(), strict=False))
    if len(dates) < 3 or None in dates or 2 * len(rows) < len(index):  # EX and CX may stand in a row each
        return
    read, turned = ({(date.year, (date.month, date.day)[k]) for date in dates if date} for k in (0, 1))
    if read == turned or max(day for _, day in turned) > 12 or _gaps(turned, len(dates)):
        return
    first = min(date for date in dates if date and date.day != date.month)
    message = lazy("`{date}` and its like: has a spreadsheet taken days for months? Turned round they are one for each "
                   "period, as {turned}", date=f"{first:%Y-%m-%d}", turned=f"{first:%Y-%d-%m}")  # fmt: skip
    hint = lazy("say `period_order: turned` in the spec if it has, else `day_first`")
    raise InputError(Problem(message, file=cells.table.name, path=cells.name(role), hint=hint))


def as_meant(column: Sequence[Any], spec: LinkSpec) -> list[Any]:
    """Return the cells of a column of periods as a spec says they are meant.

    Times as the clocks of its zone showed them, ends of months as the first of the next, days for years or months.
    """
    known = {cell: local_time(cell, spec.time_zone) for cell in dict.fromkeys(column)}
    if spec.month_ends not in ("auto", "same"):
        order = order_of(known, spec)
        for cell, held in known.items():
            date = date_of(held, order)
            if date is not None and (
                ends_month(date) if spec.month_ends == "next" else date.day >= int(spec.month_ends)
            ):
                known[cell] = (date.replace(day=1) + dt.timedelta(days=31)).replace(day=1)
    if spec.period_order in ("year_first", "turned"):
        dates = {cell: date for cell, held in known.items() if (date := _saved(held)) is not None}
        if spec.period_order == "turned":
            known |= {cell: dt.date(date.year, date.day, date.month) for cell, date in dates.items() if date.day <= 12}
        elif len({date.year for date in dates.values()}) == 1:  # what :func:`ask_days` asks about
            known |= {cell: dt.date(2000 + date.day, date.month, 1) for cell, date in dates.items()}
    return [known[cell] for cell in column]


def _saved(cell: object) -> dt.date | None:
    """Return the date of a cell that is one, or says it as a spreadsheet saves it: `2024-06-23`."""
    whole = isinstance(cell, dt.date) or re.fullmatch(r"\d{4}-\d\d-\d\d", str(cell).strip())
    return date_of(cell) if whole else None


def ask_ends(name: str, ex: Iterable[Any], cx: Iterable[Any], spec: LinkSpec) -> None:
    """Ask about days of months of one series beside earlier days of the next months of the other.

    The 31st of January may be a date in another time zone, or of the wave that ends there, and the 1st of February that
    of the same wave; or each is of its own month, as where that alone shares more months. Of other days, as the 15th
    beside the 1st, it is asked only where each has one date a month and more months are shared with the next ones.

    ``name``: the file; ``ex``, ``cx``: cells of the periods of each. Raises InputError unless `month_ends` says it.
    """
    both: list[set[dt.date]] = []
    sets = [set(ex), set(cx)]
    if spec.month_ends != "auto" or max(map(len, sets)) > _PERIODS:
        return
    for cells in sets:
        order = order_of(cells, spec)
        dates = {date_of(cell, order) for cell in cells if read_period(cell) is not None}
        both.append(set() if None in dates else {date for date in dates if date})
    for k in (0, 1) if all(both) else ():
        late, early = both[k], both[1 - k]
        day = min(date.day for date in late)
        if day <= max(date.day for date in early):
            continue
        months, beside = ({12 * date.year + date.month for date in each} for each in (late, early))
        shared, same = len({month + 1 for month in months} & beside), len(months & beside)
        names = {"ends": ("EX", "CX")[k], "firsts": ("CX", "EX")[k],
                 "last": f"{max(late):%Y-%m-%d}", "first": f"{max(early):%Y-%m-%d}"}  # fmt: skip
        if all(map(ends_month, late)) and all(date.day == 1 for date in early) and shared and shared >= same:
            message = lazy("{ends} is dated last days of months ({last}), {firsts} first ones ({first}): are a last "
                           "day and the next first one of the same wave?", **names)  # fmt: skip
            hint = lazy("say `month_ends: next` in the spec if they are, `month_ends: same` if each date is of its own "
                        "month")  # fmt: skip
            raise InputError(Problem(message, file=name, hint=hint))
        if shared > same and len(months) == len(late) and len(beside) == len(early):
            message = lazy("{ends} has later days of months ({last}) than {firsts} ({first}), and they share {shared} "
                           "months if each of {ends} is of the next month's wave, else {same}: is it?",
                           **names, shared=shared, same=same)  # fmt: skip
            hint = lazy("say `month_ends: {day}` in the spec if dates from that day on are of the next month's wave, "
                        "`month_ends: same` if each date is of its own month", day=day)  # fmt: skip
            raise InputError(Problem(message, file=name, hint=hint))


def date_of(cell: object, order: str = "day_first") -> dt.date | None:
    """Return the day that a cell names: a date, a spreadsheet's number of one, or text in an order; ``None`` for none.

    >>> date_of("31.1.2024"), date_of("2/1/2024 9:30", "month_first"), date_of("Jan 2024")
    (datetime.date(2024, 1, 31), datetime.date(2024, 2, 1), None)
    """
    if isinstance(cell, dt.date):
        return cell.date() if isinstance(cell, dt.datetime) else cell
    return _day_of(day_part(str(cell).strip()), order)


@lru_cache(_PERIODS * 4)
def _day_of(cell: str, order: str) -> dt.date | None:
    text, when = re.sub(r"[T ,]+\d{1,2}[:.]\d{2}.*$", "", cell), read_period(cell, order=order)
    if when is None or when.kind != "month":
        return None
    if re.fullmatch(r"[3-5]\d{4}(?:\.\d+)?", text):
        return dt.date(1899, 12, 30) + dt.timedelta(days=int(float(text)))
    year, month = divmod(int(when.month), 12)
    numbers = [int(number) for number in re.findall(r"\d+", re.sub(r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3", text))]
    if order != "year_first":  # of `24/02/24` the year stands last
        numbers.reverse()
    for known in [year if year in numbers else year % 100, *([] if re.search(r"[^\W\d_]", text) else [month + 1])]:
        if known in numbers:
            numbers.remove(known)
    try:
        return dt.date(year, month + 1, numbers[0]) if len(numbers) == 1 else None
    except ValueError:
        return None


def ends_month(date: dt.date) -> bool:
    """Whether a date is the last day of its month."""
    return (date + dt.timedelta(days=1)).day == 1


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
