# SPDX-License-Identifier: MIT
"""What survey tools and spreadsheets leave: names once above their rows, periods in two columns, trial answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from txsim.errors import InputError, Problem
from txsim.language import Message, lazy
from txsim.panel.reader.header import Table
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.names import some_names
from txsim.panel.reader.periods import read_period
from txsim.panel.reader.vocabulary import folded, part_of_period, role_of, series_of

#: What Qualtrics calls answers that nobody gave in earnest, in words and as numbers.
_TRIALS = {"survey preview", "survey test", "spam", "imported preview", "1", "2", "8", "9", "17"}


def tidied(table: Table, spec: LinkSpec) -> Table:
    """Return a table with units and periods in a column each, and without trial answers; all is said."""
    return _whole_periods(_apart(_filled(_without_trials(table), spec), spec), spec)


#: A score with how many answered, in one cell; what has no `n=` at all is told at once, however many digits it has.
_COUNTED = re.compile(
    r"(?=(?s:.*)[\s(\[,;]n\s*[=:])(.*\d.*?)[\s(\[,;]+n\s*[=:]\s*(\d[\d ',.\u00a0]*)\s*[)\]]?", re.IGNORECASE
)


def counts_apart(table: Table, spec: LinkSpec) -> Table:
    """Return a table in which numbers of answers beside scores, `12.3 (n=57)`, have a column of their own."""
    named = {folded(name): role for role, name in spec.columns.items()}
    for i, name in enumerate(table.columns):
        found = {
            cell: _COUNTED.fullmatch(cell) for cell in set(table.cells[i]) if isinstance(cell, str) and cell.strip()
        }
        if 2 * sum(map(bool, found.values())) <= len(found):
            continue
        both = [found.get(cell) for cell in table.cells[i]]
        role = named.get(folded(name), series_of(name))
        note = lazy("numbers of answers stood beside the scores of `{column}`, and were read", column=name)
        held = [cell if match is None else match[1].strip() for cell, match in zip(table.cells[i], both, strict=True)]
        cells = [*table.cells[:i], held, *table.cells[i + 1 :], ["" if match is None else match[2] for match in both]]
        labels = (*table.labels, "") if table.labels else ()
        table = replace(table, columns=(*table.columns, f"n_{role}" if role else "n"), cells=cells, labels=labels,
                        notes=(*table.notes, note))  # fmt: skip
    return table


def _apart(table: Table, spec: LinkSpec) -> Table:
    """Return a table in which units and periods that a pivot table has below each other stand in a column each.

    The rows of what stands above are sums of the rows below, and are left out.
    """
    named = {folded(name) for role, name in spec.columns.items() if role in ("unit", "period")}
    roles = [
        {role for role in ("unit", "period") if role_of(name, role) is not None or folded(name) in named}
        for name in table.columns
    ]
    under = _under_names(table, roles)
    if under is not None:
        return under
    if any(roles[1:]) or len(table) < 4:
        return table
    known = {cell: read_period(cell) for cell in set(table.cells[0])}
    dated = [(when := known[cell]) is not None and when.kind != "count" for cell in table.cells[0]]
    outer = dated[0]
    heads = [k for k in range(len(table) - 1) if dated[k] == outer and dated[k + 1] != outer]
    alone = [k for k in range(len(table)) if dated[k] == outer and k not in set(heads)]
    if len(heads) < 2 or len(alone) > 1 or len(heads) + len(alone) > len(table) / 2:
        return table
    above: Any = ""
    unit: list[Any] = []
    period: list[Any] = []
    keep: list[int] = []
    why = lazy("a sum of the rows below it, as pivot tables write it")
    dropped = list(table.dropped)
    for k, cell in enumerate(table.cells[0]):
        if dated[k] == outer:
            above = cell
            dropped.append((*table.place(k), why))
            continue
        keep.append(k)
        unit.append(cell if outer else above)
        period.append(above if outer else cell)
    note = lazy("units and periods stood below each other in `{column}`", column=table.columns[0])
    labels = ("", "", *(table.label(i) for i in range(1, len(table.columns))))
    return replace(
        table,
        columns=("unit", "period", *table.columns[1:]),
        cells=[unit, period, *([column[k] for k in keep] for column in table.cells[1:])],
        lines=[table.lines[k] for k in keep],
        labels=labels if table.labels else (),
        hidden=tuple(line for line in table.hidden if line in {table.lines[k] for k in keep}),
        notes=(*table.notes, note),
        dropped=tuple(dropped),
    )


def _under_names(table: Table, roles: list[set[str]]) -> Table | None:
    """Return a table whose units, or periods, stand alone on a row above their rows; ``None`` where none do."""
    names = [(at, name, line) for at, name, line in table.alone if at < len(table)]
    whens = [read_period(name) for _, name, _ in names]
    dated = [when is not None and when.kind != "count" for when in whens]
    held = set().union(*roles)
    missing = {"unit", "period"} - held
    first = {cell: read_period(cell) for cell in set(table.cells[0])} if len(missing) == 2 else {}
    if len(missing) == 2 and first:  # the first column has any name, or says what stands above
        periods = sum((when := first[cell]) is not None and when.kind != "count" for cell in table.cells[0])
        missing = {"unit"} if periods > 0.9 * len(table) else {"period"} if periods == 0 else missing
    elif (
        held == {"unit"}
        and roles[0] == {"unit"}
        and all((when := read_period(cell)) is not None and when.kind != "count" for cell in set(table.cells[0]))
    ):
        missing = {"unit"}
    if len(missing) != 1 or not names or names[0][0] != 0:
        return None
    wanted = next(iter(missing))
    if len(names) < (3 if wanted == "unit" else 2):  # a title and a note are no units
        return None
    if len({at for at, _, _ in names}) < len(names) or (all(dated) if wanted == "unit" else not all(dated)):
        return None
    if wanted == "unit" and any(dated):
        return None
    ends = [at for at, _, _ in names[1:]] + [len(table)]
    column = [name for (at, name, _), end in zip(names, ends, strict=True) for _ in range(at, end)]
    columns = list(table.columns)
    other = "period" if wanted == "unit" else "unit"
    if other not in held or roles[0] == {wanted}:
        columns[0] = other
    used = {line for _, _, line in names}
    note = lazy("`{role}` stands above its rows: {names}", role=wanted, names=some_names((n for _, n, _ in names), 3))
    return replace(
        table,
        columns=(wanted, *columns),
        cells=[column, *table.cells],
        labels=("", *table.labels) if table.labels else (),
        alone=(),
        dropped=tuple(gone for gone in table.dropped if gone[1] not in used),
        notes=(*table.notes, note),
    )


def _filled(table: Table, spec: LinkSpec) -> Table:
    """Return a table in which empty units and periods are those above them, where the spec asks for that."""
    if not spec.fill_down:
        return table
    cells = [*table.cells]
    for i, name in enumerate(table.columns):
        roles = {role for role, header in spec.columns.items() if folded(header) == folded(name)}
        if roles & {"unit", "period"} or any(role_of(name, role) is not None for role in ("unit", "period")):
            above: Any = ""
            column = []
            for cell in cells[i]:
                above = cell if str(cell).strip() else above
                column.append(above)
            cells[i] = column
    return replace(table, cells=cells, notes=(*table.notes, lazy("empty units and periods were filled from above")))


def _whole_periods(table: Table, spec: LinkSpec) -> Table:
    """Return a table in which a year in one column and a month or quarter in another are one period."""
    if "period" in spec.columns:
        return table
    at = {part: [i for i, name in enumerate(table.columns) if part_of_period(name) == part] for part in _PARTS}
    at[""] = _restarting(table, at["year"][0]) if len(at["year"]) == 1 else []
    at["week"] = _of_weeks(table) if len(at["year"]) == 1 else []
    for part in ("month", "quarter", "half", "week", ""):
        if len(at["year"]) == len(at[part]) == 1:
            year, inner = at["year"][0], at[part][0]
            break
    else:
        return table
    years, parts = table.cells[year], table.cells[inner]
    most = max((int(float(cell)) for cell in set(parts)), default=0) if not part else 0
    if 4 < most < 12 and spec.period_months != 1:
        message = lazy("`{part}` counts from 1 to {most} within `{year}`: are these months?",
                       part=table.columns[inner], most=most, year=table.columns[year])  # fmt: skip
        hint = lazy("say `period_months: 1` in the spec if they are; else write the month or quarter of each, as "
                    "2024-03 or Q1 2024, in one column")  # fmt: skip
        raise InputError(Problem(message, file=table.name, path=table.columns[inner], hint=hint))
    if not all(_is_year(cell) for cell in years) or any(_is_whole(cell) for cell in set(map(str, parts))):
        return table
    known = {pair: _joined(*pair, part) for pair in {(str(y), str(p)) for y, p in zip(years, parts, strict=True)}}
    cells = [*table.cells]
    cells[inner] = [known[str(y), str(p)] for y, p in zip(years, parts, strict=True)]
    keep = [i for i in range(len(table.columns)) if i != year]
    names = [*table.columns]
    names[inner] = "period"
    note = lazy("the period was put together of `{part}` and `{year}`", part=table.columns[inner],
                year=table.columns[year])  # fmt: skip
    labels = tuple(table.label(i) for i in keep) if table.labels else ()
    columns, cells = tuple(names[i] for i in keep), [cells[i] for i in keep]
    return replace(table, columns=columns, cells=cells, labels=labels, notes=(*table.notes, note))


#: Headers of weeks.
_WEEKS = re.compile(r"\b(?:weeks?|wk|kw|w|(?:kalender)?wochen?|нед\w*|semaines?|semanas?)\b")


def _of_weeks(table: Table) -> list[int]:
    """Return columns of numbers of weeks, where no other column but the year says a period."""
    named = [i for i, name in enumerate(table.columns) if _WEEKS.search(folded(name))]
    weeks = [
        i
        for i in named
        if all(re.fullmatch(r"0?[1-9](\.0)?|[1-5]\d(\.0)?", str(c).strip()) for c in set(table.cells[i]))
    ]
    others = [i for i, name in enumerate(table.columns) if role_of(name, "period") is not None and i not in weeks]
    return [] if any(part_of_period(table.columns[i]) != "year" for i in others) else weeks


def _restarting(table: Table, year: int) -> list[int]:
    """Return columns of periods that number them anew in each year, as `Wave` 1 … 4 beside `Year`."""
    places = [i for i, name in enumerate(table.columns)
              if i != year and role_of(name, "period") is not None and not _WEEKS.search(folded(name))]  # fmt: skip
    found = []
    for i in places:
        pairs = {(str(y), str(part).strip()) for y, part in zip(table.cells[year], table.cells[i], strict=True)}
        times = Counter(part for _, part in pairs)
        if all(re.fullmatch(r"0?[1-9](\.0)?|1[0-2](\.0)?", part) for part in times):
            found += [i] if sum(count > 1 for count in times.values()) > 1 else []
    return found


def with_year_of(table: Table, name: str, spec: LinkSpec) -> Table:
    """Return a table whose months or quarters have the year that stands in the name of its sheet or file.

    As it is where the name holds no year or several, the table says the year itself, or its parts are none of a year.
    """
    years = set(re.findall(r"(?<!\d)(?:19|20|21)\d\d(?!\d)", name))
    if len(years) != 1 or any(part_of_period(column) == "year" for column in table.columns):
        return table
    year, stated = min(years), folded(spec.columns.get("period", ""))
    bare = [name for name in table.columns if lacks_year(name)]
    other = any(_is_whole(name) or series_of(name) or role_of(name, "period") is not None for name in table.columns)
    if len(bare) > 1 and not other:
        note = lazy("the year of `{column}` was read from the names of sheets or files", column=bare[0])
        columns = tuple(_joined(year, name, "") if name in bare else name for name in table.columns)
        return replace(table, columns=columns, notes=(*table.notes, note))
    for i, column in enumerate(table.columns):
        if folded(column) != stated and (stated or role_of(column, "period") is None):
            continue
        part = part_of_period(column) or ""
        known = {str(cell): _joined(year, str(cell), part) for cell in table.cells[i] if str(cell).strip()}
        if not known or any(_is_whole(cell) for cell in known) or (not all(map(lacks_year, known)) and not part):
            continue
        if not all(_is_whole(cell) for cell in known.values()):
            continue
        cells = [*table.cells]
        cells[i] = [known.get(str(cell), cell) for cell in table.cells[i]]
        note = lazy("the year of `{column}` was read from the names of sheets or files", column=column)
        return replace(table, cells=cells, notes=(*table.notes, note))
    return table


def lacks_year(cell: str) -> bool:
    """Whether a cell names a month or quarter and would be a period with a year beside it.

    >>> lacks_year("Q1"), lacks_year("März"), lacks_year("7")
    (True, True, False)
    """
    return not cell.strip().isdigit() and not _is_whole(cell) and _is_whole(_joined("2024", cell, "quarter"))


#: What to do with columns that hold one period each and are not read as such.
WHOLE_HEADERS = lazy("one column for each period is read where each header says the measure and the whole period, and "
                     "nothing else, as `eNPS 2023-Q1`")  # fmt: skip


def one_of_several(table: Table, at: int, others: Sequence[str], hint: Message = WHOLE_HEADERS) -> Problem:
    """Return that a column holds one of the periods that ``others`` hold, each in a column of its own."""
    message = lazy("`{name}` is one period of several: {names}", name=table.columns[at],
                   names=some_names(others, 4, marked=True))  # fmt: skip
    return Problem(message, file=table.name, line=1, hint=hint)


def of_other_periods(table: Table, at: int, *, whole: bool = True) -> list[str]:
    """Return columns that are called as one is but for the period in their name, `whole` or without its year."""

    def parted(name: str) -> tuple[str, str]:
        words = re.split(r"[\s_]+", name.strip())
        whens = [read_period(word) for word in words]
        dated = [(when is not None and when.kind != "count") or lacks_year(word)
                 for word, when in zip(words, whens, strict=True)]  # fmt: skip
        period, rest = ([word for word, is_it in zip(words, dated, strict=True) if is_it == wanted]
                        for wanted in (True, False))  # fmt: skip
        return " ".join(rest).casefold(), " ".join(period)

    rest, period = parted(table.columns[at])
    if not period or (whole and (not rest or read_period(period) is None)):
        return []
    others = [name for i, name in enumerate(table.columns) if i != at and name]
    return [name for name in others if (each := parted(name))[0] == rest and each[1] not in ("", period)]


_PARTS = ("year", "month", "quarter", "half")


def _is_year(cell: Any) -> bool:
    return re.fullmatch(r"(19|20|21)\d\d(\.0)?", str(cell).strip()) is not None


def _is_whole(cell: str) -> bool:
    """Whether a cell says the year, too."""
    when = read_period(cell)
    return when is not None and when.kind != "count"


def _joined(year: str, part: str, kind: str) -> str:
    """Return a year and what stands beside it as one period, as :func:`read_period` reads it."""
    year, inner = year.strip()[:4], part.strip()
    number = re.fullmatch(r"0?(\d{1,2})(\.0)?", inner)
    if number is not None:
        written = {
            "month": "{year}M{part}",
            "quarter": "Q{part} {year}",
            "half": "H{part} {year}",
            "week": "{year}-W{part:02d}",
        }
        return written.get(kind, "{year}-{part}").format(year=year, part=int(number[1]))
    if kind == "quarter" and re.fullmatch(r"(i|ii|iii|iv)", inner.casefold()):
        return f"Q{('i', 'ii', 'iii', 'iv').index(inner.casefold()) + 1} {year}"
    return f"{inner} {year}".strip()


def _without_trials(table: Table) -> Table:
    """Return a table of Qualtrics without answers of previews and tests."""
    names = [folded(name) for name in table.columns]
    if "responseid" not in names or "status" not in names:
        return table
    status = table.cells[names.index("status")]
    gone = {k for k, cell in enumerate(status) if folded(str(cell)) in _TRIALS}
    return table.without(gone, lazy("a preview or a test of the survey, by its column `Status`")) if gone else table
