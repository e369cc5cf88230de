# SPDX-License-Identifier: MIT
"""A column of periods: months, quarters, years or counted waves, all of one form and one order."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import N_, Message, Words, joined, lazy
from txsim.panel.reader.cells import FEW, SEVERAL, Cells, distinct, place, refuse_blanks
from txsim.panel.reader.coarse_periods import numbered, paired
from txsim.panel.reader.data_report import DataReport
from txsim.panel.reader.kinds_of_rows import of_what
from txsim.panel.reader.names import some_names, yaml_word
from txsim.panel.reader.periods import CLOCK, When, month_named, names_fiscal, names_week, read_period, week_month
from txsim.panel.reader.survey_exports import lacks_year
from txsim.panel.reader.vocabulary import folded, is_total

#: A longer period by its first month.
_FROM = {"quarter": N_("quarter from {first}"), "half": N_("half-year from {first}"), "year": N_("year from {first}"),
         "third": N_("third of a year from {first}")}  # fmt: skip


def period_column(cells: Cells, role: str = "period") -> list[When | None]:
    """Return the period of each row, ``None`` where it cannot be read.

    Raises InputError if more than a few cannot be read, or the order of day and month could be either.
    """
    held, index = distinct(cells.table.cells[cells.column[role]])
    times = np.bincount(index, minlength=len(held))
    spec, report = cells.spec, cells.report
    waves = {folded(name): read_period(when) for name, when in spec.waves.items()}
    for name, stands_for in spec.waves.items():
        if waves[folded(name)] is None:
            message = lazy("`{stands_for}` in `waves` is no month, quarter or year", stands_for=stands_for)
            raise InputError(Problem(message, file=cells.table.name, path=f"waves.{name}"))
    unsaid = [cell for cell in held if folded(str(cell)) not in waves]
    order: str = spec.period_order
    if order == "auto":
        _half_turned(cells, role, held)
        order = asked_order(cells, role, unsaid)
    fiscal = _fiscal(report, held)
    alone = [read_period(cell, order=order, fiscal=fiscal) for cell in unsaid]
    told = iter(numbered(cells, role, unsaid, paired(report, unsaid, alone)))
    periods = [waves[name] if (name := folded(str(cell))) in waves else next(told) for cell in held]
    _ask_forecasts(cells, role, [str(cell).strip() for cell in held])
    _weeks(cells, held, index, periods)
    _ask_fiscal(cells, role, unsaid, order)
    doubtful = [str(cell) for cell, when in zip(held, periods, strict=True) if when is not None and when.doubtful]
    if doubtful:
        how = _ORDERS[order]
        report.notes.append(lazy("dates such as `{date}` were read {order}", date=doubtful[0][:20], order=how))
    kinds = Counter[str]()
    for when, count in zip(periods, times, strict=True):
        if when is not None:
            kinds[when.kind] += int(count)
    main = kinds.most_common(1)[0][0] if kinds else ""
    totals = np.array([when is None and is_total(str(cell).strip()) for cell, when in zip(held, periods, strict=True)])
    if totals.any() and not totals.all():
        names = some_names(sorted({str(held[i]) for i in np.flatnonzero(totals)}), 3, marked=True)
        reason = lazy("{names} is no period but a sum or mean of periods", names=names)
        place(cells, np.flatnonzero(totals[index]), role, reason, refuse=True)
        times = np.where(totals, 0, times)
    other = [when is not None and "count" in kinds and (when.kind == "count") != (main == "count") for when in periods]
    _periods_read(cells, role, held, periods, other, times)
    _ask_months(cells, role, [None if when is None else when.month for when in periods], index, kinds)
    unread = np.array([when is None for when in periods]) & ~totals
    weeks = np.array([names_week(str(cell)) for cell in held]) & unread
    place(
        cells,
        np.flatnonzero((unread & ~weeks)[index]),
        role,
        lazy("no date, month, quarter, year or count"),
        refuse=True,
    )
    place(cells, np.flatnonzero(weeks[index]), role, lazy("a week: put weeks together to months"), refuse=True)
    place(
        cells, np.flatnonzero(np.array(other)[index]), role, lazy("period of another form than the others"), refuse=True
    )
    if "count" not in kinds:
        forms = {
            re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", str(cell).lower()))
            for cell, when in zip(held, periods, strict=True)
            if when is not None
        }
        if len({form for form in forms if not re.fullmatch(r"-?0+", form)}) > 2:
            report.notes.append(lazy("dates of mixed form were read"))
    zones = {m[1] for cell in held if (m := re.search(r"T\d\d:\d\d\S*?(Z|[+-]\d\d:?\d\d)$", str(cell)))}
    if zones:
        report.notes.append(
            lazy("dates are those of the time zone they were written in ({zones})", zones=", ".join(sorted(zones)[:3]))
        )
    return [None if other[i] else periods[i] for i in index]


#: How the notes say an order of dates.
_ORDERS = {"day_first": lazy("day first"), "month_first": lazy("month first"), "year_first": lazy("year first")}


def asked_order(cells: Cells, role: str, column: Sequence[object]) -> str:
    """Return the order of a column's dates as they say it; `day_first` where none of them could be otherwise.

    Raises InputError where days or months, or days or years of two digits, may stand first.
    """
    held, order = [str(cell) for cell in column], date_order(column)
    ways = {way: {cell: read_period(cell, order=way) for cell in held} for way in ("year_first", "day_first")}
    if order == "year_open":
        cell = next(
            cell
            for cell in held
            if read_period(cell) is not None and ways["year_first"][cell] != ways["day_first"][cell]
        )
        message = lazy("`{cell}` and its like: {year_first} with the year first, or {day_first} with the day first?",
                       cell=cell[:20], **{way: _shown(read[cell]) for way, read in ways.items()})  # fmt: skip
        hint = lazy("say `period_order: year_first` or `day_first` in the spec, or write years with four digits")
    elif order in ("open", "both"):
        doubtful = [cell for cell in held if (when := ways["day_first"][cell]) is not None and when.doubtful]
        if not doubtful:
            return "day_first"
        message = lazy("`{doubtful}` and its like: day or month first?", doubtful=doubtful[0][:20])
        hint = lazy("say `period_order: day_first` or `month_first` in the spec")
    else:
        return order
    raise InputError(Problem(message, file=cells.table.name, path=cells.name(role), hint=hint))


def _weeks(cells: Cells, held: list[Any], index: NDArray[np.int64], periods: list[When | None]) -> None:
    """Put weeks of ISO 8601 to the month of their Thursday, where rows are single answers: a month has several."""
    months = [None if when is not None else week_month(str(cell)) for cell, when in zip(held, periods, strict=True)]
    units = cells.table.cells[cells.column["unit"]] if "unit" in cells.column else []
    counted = any(role.startswith("n_") for role in cells.column)
    if (
        all(month is None for month in months)
        or counted
        or len(units) < SEVERAL * len(set(zip(units, index, strict=True)))
    ):
        return
    for i, month in enumerate(months):
        if month is not None:
            periods[i] = When(month, "month")
    example = next(str(cell) for cell, month in zip(held, months, strict=True) if month is not None)
    cells.report.notes.append(
        lazy("weeks such as `{week}` are read as the month of their Thursday (ISO 8601)", week=example[:20])
    )


def _ask_forecasts(cells: Cells, role: str, held: list[str]) -> None:
    """Ask about periods that are named as forecasts; those that the spec names under `waves` are told of.

    Raises InputError if such a period has no meaning in the spec.
    """
    marked = [cell for cell in held if read_period(cell) is None and read_period(of_what(cell) or "") is not None]
    waves = {folded(name) for name in cells.spec.waves}
    unsaid = [cell for cell in marked if folded(cell) not in waves]
    if unsaid:
        message = lazy("periods such as `{name}` are named as forecasts, plans or targets: were they measured?",
                       name=unsaid[0][:40])  # fmt: skip
        hint = lazy("leave their rows out of the file; if they were measured, write `{name}`", name=of_what(unsaid[0]))
        raise InputError(Problem(message, file=cells.table.name, path=cells.name(role), hint=hint))
    if marked:
        cells.report.warnings.append(
            lazy("periods named as forecasts, plans or targets are read as measured, as `waves` says: {names}",
                 names=some_names(marked, 3, marked=True))
        )  # fmt: skip


def _ask_fiscal(cells: Cells, role: str, held: list[Any], order: str) -> None:
    """Tell that quarters of a fiscal year are read as those of the calendar, which shifts all alike; ask beside dates.

    Raises InputError if other rows say the calendar's periods, so that a shift would put one beside another.
    """
    dated = [(str(cell), when.kind) for cell in held if (when := read_period(cell, order=order)) is not None]
    fiscal = [cell for cell, kind in dated if kind == "quarter" and names_fiscal(cell)]
    if not fiscal:
        return
    other = next((cell for cell, kind in dated if kind != "count" and not names_fiscal(cell)), None)
    if other is not None:
        message = lazy("`{fiscal}` beside `{other}`: when does the fiscal year begin?", fiscal=fiscal[0][:20],
                       other=other[:20])  # fmt: skip
        hint = lazy("say the quarter that each is by `waves: {{{name}: 2024-Q1}}` in the spec", name=fiscal[0][:40])
        raise InputError(Problem(message, file=cells.table.name, path=cells.name(role), hint=hint))
    cells.report.warnings.append(
        lazy("`{example}` and its like are read as quarters of the calendar year that is named first; where the fiscal "
             "year begins in another month, all are shifted alike (`waves` says which quarter each is)",
             example=fiscal[0][:40])
    )  # fmt: skip


def _ask_months(
    cells: Cells, role: str, counts: list[float | None], index: NDArray[np.int64], kinds: Counter[str]
) -> None:
    """Ask about counted periods 1 … 12 whose rows go on with 1 after a later one: months of two years, without a year.

    Numbers of waves rise in a file's order within each unit, or in no order at all.
    """
    if set(kinds) != {"count"} or {count for count in counts if count is not None} - set(range(1, 13)):
        return
    at = np.array([np.nan if count is None else count for count in counts])[index]
    rows = np.flatnonzero(np.isfinite(at))
    units = cells.table.cells[cells.column["unit"]] if "unit" in cells.column else [""] * at.size
    seen: dict[str, list[float]] = {}
    for row in rows:
        run = seen.setdefault(str(units[row]), [])
        if not run or run[-1] != at[row]:
            run.append(float(at[row]))
    wraps = sum(_wraps(run) for run in seen.values())
    if 2 * wraps <= len(seen):
        return
    run = next(run for run in seen.values() if _wraps(run))
    message = lazy(
        "the periods are numbers 1 … 12 that come in the order {order}: months over the turn of a year, or waves?",
        order=", ".join(f"{count:g}" for count in run),
    )
    hint = lazy("add a column `Year`, or write the periods as 2024-07; waves: sort the rows by their number")
    raise InputError(Problem(message, file=cells.table.name, path=cells.name(role), hint=hint))


def _wraps(run: list[float]) -> bool:
    """Whether numbers rise, start again below the first of them, once, and rise on."""
    falls = sum(later < earlier for earlier, later in itertools.pairwise(run))
    return len(run) >= 4 and falls == 1 and run[-1] < run[0]


def _half_turned(cells: Cells, role: str, held: list[Any]) -> None:
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


def _periods_read(
    cells: Cells, role: str, held: list[Any], periods: list[When | None], other: list[bool], times: NDArray[np.int64]
) -> None:
    """Refuse a column of periods of which only a part can be read, with what was recognised."""
    bad = [i for i, when in enumerate(periods) if when is None or other[i]]
    empty = sum(int(times[i]) for i in bad if not str(held[i]).strip())
    lost = sum(int(times[i]) for i in bad) - empty
    present = int(times.sum()) - empty
    refuse_blanks(cells, role, empty, int(times.sum()))
    if lost <= max(1, FEW * present):
        return
    good = [i for i in range(len(held)) if i not in set(bad)]
    read = [lazy("`{cell}` as {period}", cell=str(held[i])[:20], period=_shown(periods[i])) for i in good[:2]]
    wrong = ", ".join(f"`{str(held[i])[:40]}`" for i in [i for i in bad if str(held[i]).strip()][:3])
    raise InputError(
        Problem(
            lazy(
                "{lost:,} of {present:,} periods cannot be read, such as {wrong}{read}",
                lost=lost,
                present=present,
                wrong=wrong,
                read=lazy("; read: {examples}", examples=joined(", ", read)) if read else "",
            ),
            file=cells.table.name,
            path=cells.name(role),
            hint=_cure([str(held[i]) for i in bad if str(held[i]).strip()]),
        )
    )


def _cure(unread: list[str]) -> Message:
    """Return how to write periods that cannot be read."""
    if unread and all(map(lacks_year, unread)):
        return lazy(
            "the year is not said: add a column `Year`, name each sheet or file by its year, or write {shown}",
            shown=f"`{unread[0][:20].strip()} 2024`",
        )
    weeks = [name.strip() for name in unread if names_week(name)]
    name = weeks[0] if weeks else unread[0].strip() if unread else "Spring 2024"
    month, year = week_month(name), re.findall(r"(?:19|20|21)\d\d", name)
    part = re.findall(r"\b[qQ]([1-4])\b", name)
    stands = "YYYY-MM" if month is None else _shown(When(month, "month"))
    waves = f"`waves: {{{yaml_word(name)}: {f'{year[0]}-Q{part[0]}' if year and part else stands}}}`"
    if weeks:
        return lazy(
            "put weeks together to months, or say the month of each by a table in the spec: {waves}", waves=waves
        )
    return lazy(
        "say the month, quarter or year that each stands for by a table in the spec: {waves}; else write all as "
        "2024-01 or Q1 2024",
        waves=waves,
    )


def _shown(when: When | None) -> Words:
    if when is None:
        return ""
    if when.kind == "count":
        return lazy("number {number:g}", number=when.month)
    year, month = divmod(int(when.month), 12)
    first = f"{year}-{month + 1:02d}"
    return first if when.kind == "month" else lazy(_FROM[when.kind], first=first)


def _fiscal(report: DataReport, held: Sequence[Any]) -> bool:
    """Return whether 2010/11 is a year: several such cells, and all name two years that follow each other."""
    matches = {m for c in set(map(str, held)) if (m := re.fullmatch(r"(\d{4}) ?[-/–] ?(\d{2})", c.strip()))}
    years = all((int(m[1]) + 1) % 100 == int(m[2]) for m in matches)
    if len(matches) > 1 and years and any(int(m[2]) <= 12 for m in matches):
        example = min(m[0] for m in matches if int(m[2]) <= 12)
        report.warnings.append(
            lazy("`{example}` and its like are read as years that begin in the first one named", example=example)
        )
    return len(matches) > 1 and years


def date_order(cells: Iterable[object]) -> str:
    """Return `day_first` or `month_first`, as dates such as 13/4/2024 say, or `year_first`, as 45/4/13 does.

    Dates that all fall on the first of a month say it too. `open` where none says it, `both` where they differ,
    `year_open` where years of two digits may stand first or last: see :func:`_may_begin_with_year`.
    """
    first, second = set(), set()
    dates: set[tuple[int, int, int]] = set()
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
        dates.add((int(match[1]), month, int(match[3]) if len(match[1]) == len(match[3]) else 0))
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
        if _may_begin_with_year(dates):
            return "year_open"
    return order


def _may_begin_with_year(dates: set[tuple[int, int, int]]) -> bool:
    """Whether dates of three numbers, the month in the middle, may as well begin with their year as end with it.

    They end with it where that alone gives periods of one distance, each once, or years that lie closer together: days
    taken for years spread over thirty. Where both are alike they do if all begin with 1, or if both give periods of one
    distance and the years at their end are the later ones.
    """
    orders = [{(date[at], date[1]) for date in dates} for at in (2, 0)]
    gaps, spread = [], []
    for months in orders:
        at = sorted(12 * year + month for year, month in months)
        step = math.gcd(*(later - earlier for earlier, later in itertools.pairwise(at))) or 1
        gaps.append((at[-1] - at[0]) // step + 1 - len(at) + len(dates) - len(at))
        spread.append(max(year for year, _ in months) - min(year for year, _ in months))
    if (gaps[0] == 0) != (gaps[1] == 0):
        return gaps[1] == 0
    if abs(spread[0] - spread[1]) > 2:
        return spread[1] < spread[0]
    later = max(date[2] for date in dates) > max(date[0] for date in dates)
    return {date[0] for date in dates} != {1} and (gaps[0] > 0 or not later)
