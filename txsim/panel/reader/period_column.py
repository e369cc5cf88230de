# SPDX-License-Identifier: MIT
"""A column of periods: months, quarters, years or counted waves, all of one form and one order."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import Message, joined, lazy
from txsim.panel.reader.cells import FEW, SEVERAL, Cells, distinct, place, refuse_blanks
from txsim.panel.reader.coarse_periods import numbered, paired
from txsim.panel.reader.data_report import DataReport
from txsim.panel.reader.date_order import (
    ORDERS,
    as_meant,
    ask_days,
    ask_half_turned,
    ask_turned,
    ask_zone,
    asked_order,
    shown,
)
from txsim.panel.reader.kinds_of_rows import of_what
from txsim.panel.reader.names import some_names, yaml_word
from txsim.panel.reader.periods import (
    When,
    day_part,
    names_fiscal,
    names_week,
    read_period,
    week_month,
)
from txsim.panel.reader.survey_exports import lacks_year
from txsim.panel.reader.vocabulary import folded, is_total


def period_column(cells: Cells, role: str = "period") -> list[When | None]:
    """Return the period of each row, ``None`` where it cannot be read.

    Raises InputError if more than a few cannot be read, or the order of day and month could be either.
    """
    spec, report = cells.spec, cells.report
    held, index = distinct(as_meant(cells.table.cells[cells.column[role]], spec))
    if not spec.time_zone and spec.month_ends == "auto":
        ask_zone(cells, role, held)
    zones = {m[1] for cell in held if (m := re.search(r"[T ]\d\d:\d\d\S*?(Z|[+-]\d\d:?\d\d)$", str(cell)))}
    if not spec.waves:  # many answers of a few hundred days: each day by its first one
        _, day = distinct([day_part(cell) if isinstance(cell, str) else cell for cell in held])
        held, index = [held[k] for k in np.unique(day, return_index=True)[1]], day[index]
    times = np.bincount(index, minlength=len(held))
    waves = {folded(name): read_period(when) for name, when in spec.waves.items()}
    for name, stands_for in spec.waves.items():
        if waves[folded(name)] is None:
            message = lazy("`{stands_for}` in `waves` is no month, quarter or year", stands_for=stands_for)
            raise InputError(Problem(message, file=cells.table.name, path=f"waves.{name}"))
    names = [folded(str(cell)) for cell in held]
    unsaid = [cell for cell, name in zip(held, names, strict=True) if name not in waves]
    order: str = spec.period_order
    if order == "auto":
        ask_half_turned(cells, role, held)
        ask_days(cells, role, held)
        ask_turned(cells, role, held, index)
        order = asked_order(cells, role, unsaid)
    fiscal = _fiscal(report, held)
    alone = [read_period(cell, order=order, fiscal=fiscal) for cell in unsaid]
    told = iter(numbered(cells, role, unsaid, paired(report, unsaid, alone)))
    periods = [waves[name] if name in waves else next(told) for name in names]
    _ask_forecasts(cells, role, [str(cell).strip() for cell in held])
    _weeks(cells, held, index, periods)
    _ask_fiscal(cells, role, unsaid, order)
    doubtful = [str(cell) for cell, when in zip(held, periods, strict=True) if when is not None and when.doubtful]
    if doubtful:
        how = ORDERS[order]
        report.notes.append(lazy("dates such as `{date}` were read {order}", date=doubtful[0][:20], order=how))
    kinds = Counter[str]()
    for when, count in zip(periods, times, strict=True):
        if when is not None:
            kinds[when.kind] += int(count)
    main = kinds.most_common(1)[0][0] if kinds else ""
    totals = np.array([when is None and is_total(str(cell).strip()) for cell, when in zip(held, periods, strict=True)])
    if totals.any() and not totals.all():
        sums = some_names(sorted({str(held[i]) for i in np.flatnonzero(totals)}), 3, marked=True)
        reason = lazy("{names} is no period but a sum or mean of periods", names=sums)
        place(cells, np.flatnonzero(totals[index]), role, reason, refuse=True)
        times = np.where(totals, 0, times)
    other = [when is not None and "count" in kinds and (when.kind == "count") != (main == "count") for when in periods]
    _periods_read(cells, role, held, periods, other, times)
    _ask_months(cells, role, [None if when is None else when.month for when in periods], index, kinds)
    unread = np.array([when is None for when in periods]) & ~totals
    weeks = np.array([names_week(str(cell)) for cell in held]) & unread
    for those, why in (
        (unread & ~weeks, lazy("no date, month, quarter, year or count")),
        (weeks, lazy("a week: put weeks together to months")),
        (np.array(other), lazy("period of another form than the others")),
    ):
        place(cells, np.flatnonzero(those[index]), role, why, refuse=True)
    if "count" not in kinds:
        forms = {
            re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", str(cell).lower()))
            for cell, when in zip(held, periods, strict=True)
            if when is not None
        }
        if len({form for form in forms if not re.fullmatch(r"-?0+", form)}) > 2:
            report.notes.append(lazy("dates of mixed form were read"))
    if zones:
        report.notes.append(
            lazy("dates are those of the time zone they were written in ({zones})", zones=", ".join(sorted(zones)[:3]))
        )
    return [None if other[i] else periods[i] for i in index]


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
    marked = [cell for cell in held if (what := of_what(cell)) and read_period(what) and not read_period(cell)]
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
    named = [names_fiscal(str(cell)) for cell in held]
    if not any(named):
        return
    dated = [(str(cell), when.kind, by_name) for cell, by_name in zip(held, named, strict=True)
             if (when := read_period(cell, order=order)) is not None]  # fmt: skip
    fiscal = [cell for cell, kind, by_name in dated if kind == "quarter" and by_name]
    if not fiscal:
        return
    other = next((cell for cell, kind, by_name in dated if kind != "count" and not by_name), None)
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
    read = [lazy("`{cell}` as {period}", cell=str(held[i])[:20], period=shown(periods[i])) for i in good[:2]]
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
    stands = "YYYY-MM" if month is None else shown(When(month, "month"))
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
