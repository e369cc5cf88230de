# SPDX-License-Identifier: MIT
"""What survey tools and spreadsheets leave: names once above their rows, periods in two columns, trial answers."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from txsim.errors import InputError, Problem
from txsim.language import Message, lazy
from txsim.panel.reader.cells import SEVERAL
from txsim.panel.reader.header import Table
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.names import some_names, yaml_word
from txsim.panel.reader.periods import read_period
from txsim.panel.reader.vocabulary import folded, part_of_period, role_of

#: What Qualtrics calls answers that nobody gave in earnest, in words and as numbers.
_TRIALS = {"survey preview", "survey test", "spam", "imported preview", "1", "2", "8", "9", "17"}


def tidied(table: Table, spec: LinkSpec) -> Table:
    """Return a table with units and periods in a column each, and without trial answers; all is said."""
    return _whole_periods(_apart(_filled(_without_trials(table), spec), spec), spec)


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
    for part in ("month", "quarter", "half", ""):
        if len(at["year"]) == len(at[part]) == 1:
            year, inner = at["year"][0], at[part][0]
            break
    else:
        return table
    years, parts = table.cells[year], table.cells[inner]
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


def _restarting(table: Table, year: int) -> list[int]:
    """Return columns of periods that number them anew in each year, as `Wave` 1 … 4 beside `Year`."""
    places = [i for i, name in enumerate(table.columns) if i != year and role_of(name, "period") is not None]
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
        written = {"month": "{year}M{part}", "quarter": "Q{part} {year}", "half": "H{part} {year}"}
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


#: Distinct values from which a column may name answers, and the share of rows with values of their own from which it
#: does; rows of a block that is hardly repeated by chance; equal rows from which two files overlap.
_IDS, _OWN, _BLOCK, _COMMON = 20, 0.9, 20, 3


def without_repeats(table: Table, column: Mapping[str, int], spec: LinkSpec) -> Table:
    """Return a table without answers that stand twice, by a column of ids, and rows that two files of scores share.

    An id that stands in other units or periods, too, is a person's, who answered again. One person's two answers within
    one unit and period are another's unless the whole row is the same.

    Parameters
    ----------
    table, column
        With one row per unit and period, or per answer; role → place of its column.
    spec
        What a person says about it: a column under `ignore` says nothing.

    Raises
    ------
    InputError
        If one id has two different answers, or a block of rows stands twice and no column has ids.
    """
    places = [i for i, name in enumerate(table.columns) if name not in table.sources]
    rows = list(zip(*(table.cells[i] for i in places), strict=True))
    first: dict[tuple[Any, ...], int] = {}
    again = [k for k, row in enumerate(rows) if first.setdefault(row, k) != k]
    kept, ignored = list(first.values()), set(map(folded, spec.ignore))
    taken = {i for role, i in column.items() if role != "respondent"}
    when: dict[Any, Any] = {}
    period = column.get("period", column.get("post", column["unit"]))

    def cell(k: int) -> tuple[str, Any]:
        """Return unit and period of a row."""
        at = table.cells[period][k]
        if at not in when:
            read = read_period(at)
            when[at] = str(at).strip() if read is None else read.month
        return str(table.cells[column["unit"]][k]), when[at]

    for i in places:
        kinds, name = len(set(table.cells[i])), table.columns[i]
        if (
            i in taken
            or folded(name) in ignored
            or kinds < _IDS
            or (not again and not _OWN * len(rows) < kinds < len(rows))
        ):
            continue
        ids = {k: word for k in kept if (word := str(table.cells[i][k]).strip())}
        times = Counter(ids.values())
        twice = [k for k, word in ids.items() if times[word] > 1]
        of = {k: (ids[k], *cell(k)) for k in twice}
        gone = [k for k in again if str(table.cells[i][k]).strip()]
        if len(set(of.values())) < len(twice):  # one id twice within a unit and period
            dated = any((date := read_period(ids[k])) is not None and date.kind != "count" for k in twice)
            person = len(set(of.values())) > len({ids[k] for k in twice})
            if dated or person or len(twice) < _COMMON or len(times) < _OWN * len(ids):
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


def _second_answers(table: Table, at: int, ids: Sequence[tuple[str, int]], column: Mapping[str, int]) -> list[int]:
    """Return rows that say again what the first of their id does of EX and CX; ask where one says something else."""
    measures = [place for role, place in column.items() if role.split("_")[0] in ("ex", "cx")]
    first: dict[str, int] = {}
    for word, k in ids:
        other = first.setdefault(word, k)
        if any(str(table.cells[i][k]).strip() != str(table.cells[i][other]).strip() for i in measures):
            (file, line), (_, before) = table.place(k), table.place(other)
            message = lazy("`{column}` is {word} in two rows of one unit and period (the other is line {line}) whose "
                           "answers differ: is one a correction of the other?", column=table.columns[at],
                           word=f"`{word[:40]}`", line=before)  # fmt: skip
            hint = lazy("take out the row that does not count; if both do, say `ignore: [{name}]` in the spec",
                        name=yaml_word(table.columns[at]))  # fmt: skip
            raise InputError(Problem(message, file=file, line=line, path=table.columns[at], hint=hint))
    return [k for word, k in ids if first[word] != k]


def _ask_blocks(table: Table, rows: Sequence[Any], files: Sequence[int], keys: Sequence[Any]) -> None:
    """Ask about a block of answers that stands twice: at the end of the file, or where one file goes on with another.

    Raises
    ------
    InputError
        If at least twenty rows of several units or periods are the same, cell by cell and in the same order.
    """
    size = len(rows)
    ends = [(0, at, size - at) for at in range(_BLOCK, size - _BLOCK + 1) if rows[at] == rows[0]]
    ends += [(at - length, at, length) for at in files for length in range(_BLOCK, min(at, size - at) + 1)
             if rows[at - length] == rows[at]]  # fmt: skip
    for one, other, length in ends:
        length = min(length, other - one)
        if rows[one : one + _BLOCK] != rows[other : other + _BLOCK] or len(set(keys[one : one + length])) < 2:
            continue
        if rows[one : one + length] == rows[other : other + length]:
            (_, begin), (_, end) = table.place(one), table.place(one + length - 1)
            (file, line), (_, last) = table.place(other), table.place(other + length - 1)
            message = lazy("lines {line} … {last} are lines {begin} … {end} again, cell by cell: the same answers "
                           "twice?", line=line, last=last, begin=begin, end=end)  # fmt: skip
            hint = lazy("take them out; a column that names each answer, such as `ResponseId`, would tell")
            raise InputError(Problem(message, file=file, line=line, hint=hint))
