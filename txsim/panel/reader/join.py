# SPDX-License-Identifier: MIT
"""Tables that hold EX and CX apart, by the same units and periods, side by side in one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from txsim.errors import InputError, Problem
from txsim.language import Message, lazy
from txsim.panel.reader.coarse_periods import ask_month
from txsim.panel.reader.columns import measure_of, named_columns
from txsim.panel.reader.date_order import (
    ORDERS,
    as_meant,
    ask_ends,
    date_of,
    date_order,
    month_reader,
    order_of,
    rewritten,
)
from txsim.panel.reader.header import Table
from txsim.panel.reader.kinds_of_rows import without_repeats
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.names import nearly_alike, some_names, spelling, yaml_word
from txsim.panel.reader.numerals import read_number, tidy_name
from txsim.panel.reader.periods import MONTHS, read_period
from txsim.panel.reader.question_sheets import ANSWERS, answers_below, holds_answers
from txsim.panel.reader.shapes import melted
from txsim.panel.reader.vocabulary import count_of, folded, is_total, level_of, role_of, series_of, titled, whose

Key = tuple[str, Any]
_GROUPS = ("_promoters", "_passives", "_detractors")


def by_name(table: Table, name: str, spec: LinkSpec) -> Table:
    """Return a table whose only measure is called after its sheet or file, where it has none by its columns.

    ``table``: with a unit, a period and one column such as `score`; ``name``: of the sheet, or the stem of the file:
    `EX`, `NPS 2024`, `eNPS`; ``spec``: what a person says.
    """
    series = series_in(name, spec)
    wide, table = table, melted(table, spec, series)
    if table is not wide and series in table.columns:
        at = table.columns.index(str(series))
        note = lazy("`{sheet}` is taken for `{role}`", sheet=name, role=series)
        named = (*table.labels[:at], f"{name} {table.label(at)}", *table.labels[at + 1 :])
        return replace(table, labels=named, notes=(*table.notes, note))
    if any(measure_of(head, table.label(i), spec) for i, head in enumerate(table.columns)):
        return table
    who = series or whose(name)
    groups = {i: role for i, head in enumerate(table.columns)
              if (role := series_of(f"{who} {head}")) and role.endswith(_GROUPS)}  # fmt: skip
    if {f"{who}_promoters", f"{who}_detractors"} <= {*groups.values()}:
        note = lazy("`{sheet}` is taken for `{role}`", sheet=name, role=who)
        named = tuple(groups.get(i, head) for i, head in enumerate(table.columns))
        return replace(table, columns=named, notes=(*table.notes, note), reshaped=who in spec.columns)
    if series is None:
        return table
    values = [i for i, head in enumerate(table.columns) if role_of(head, "value") is not None]
    if len(values) != 1:
        return table
    columns, labels = list(table.columns), [table.label(i) for i in range(len(table.columns))]
    labels[values[0]] = labels[values[0]] or name  # may say the scale
    note = lazy("`{column}` of `{sheet}` is taken for `{role}`", column=columns[values[0]], sheet=name, role=series)
    columns[values[0]] = series
    called = series in spec.columns  # by the title: the column has the name of its role now
    return replace(table, columns=tuple(columns), labels=tuple(labels), notes=(*table.notes, note), reshaped=called)


def series_in(name: str, spec: LinkSpec) -> str | None:
    """Return the one measure that a title is of, by the spec or by its words."""
    stated = [role for role in ("ex", "cx") if folded(spec.columns.get(role, "")) == folded(name)]
    return stated[0] if len(stated) == 1 else titled(name)


def joined(tables: Sequence[Table], names: Sequence[str], spec: LinkSpec) -> Table | None:
    """Return tables of different measures as one, a row for each unit and period; ``None`` where they are no such.

    ``tables``: two at least; ``names``: what each is called in messages; ``spec``: what a person says. Raises
    InputError if they hold different units, or several rows for one unit and period.
    """
    parts = [_Part.of(table, spec) for table in tables]
    held: list[set[str]] = [set() if part is None else part.series for part in parts]
    if any(part is None or not part.series for part in parts) or sum(map(len, held)) > len(set().union(*held)):
        return None
    whole = [part for part in parts if part is not None]
    answers = all(holds_answers(part.table, part.column, part.keys) for part in whole)
    if answers:
        whole = [part.once(spec) for part in whole]
    whole = _in_one_order(whole, names, spec)
    if answers:
        _check_units(whole, names, spec)
        return answers_below([part.table for part in whole], [part.column for part in whole], names)
    ex, cx = ([part for part in whole if part.series == {role}] for role in ("ex", "cx"))
    if len(ex) == len(cx) == 1:
        _ask_longer(ex[0], cx[0], spec)
        files = f"{ex[0].table.name}, {cx[0].table.name}"
        ask_ends(files, as_meant(ex[0].when, spec), as_meant(cx[0].when, spec), spec)
    for part, name in zip(whole, names, strict=True):
        part.check_unique(name)
    _check_units(whole, names, spec)
    return _side_by_side(whole, names)


def how_to_join(tables: Sequence[Table], names: Sequence[str], spec: LinkSpec) -> Message:
    """Return how to have two tables read as one: with the columns that hold answers, where titles tell whose."""
    general = lazy("EX in one and CX in another are put together where each has a column of units, one of periods, and "
                   "measures of its own")  # fmt: skip
    told = {series_in(name, spec) or whose(name): table for table, name in zip(tables, names, strict=True)}
    if len(tables) != 2 or set(told) != {"ex", "cx"}:
        return general
    said = {role: _answers_of(table, spec) for role, table in told.items()}
    if any(_place(table, "unit", spec) is None for table in tables):
        sets = [{folded(table.columns[i]): {*map(str, table.cells[i])} for i in range(len(table.columns))}
                for table in tables]  # fmt: skip
        both = [name for name in sets[0] if name and 1 < len(sets[0][name] & sets[1].get(name, set())) > len(
            sets[0][name] ^ sets[1][name]) and _answers_of(tables[0], spec) != name]  # fmt: skip
        said = {"unit": next((head for head in tables[0].columns if folded(head) in both), None), **said}
    if None in said.values():
        return general
    listed = ", ".join(f"{role}: {yaml_word(str(head))}" for role, head in said.items())
    return lazy("{general}; name what these tables hold, as `columns: {{{listed}}}`", general=general, listed=listed)


def _answers_of(table: Table, spec: LinkSpec) -> str | None:
    """Return the one column of few numbers, or of words of answers, that a table of single answers has."""
    taken = (_place(table, "unit", spec), _place(table, "period", spec))
    held = {i: {text for cell in table.cells[i] if (text := str(cell).strip())} for i in range(len(table.columns))}
    likely = [i for i, words in held.items() if i not in taken and 2 < len(words) <= ANSWERS and all(
        read_number(re.sub(r"^A(?=\d$)|^.* - (?=\d+$)", "", word)).value is not None or level_of(word) is not None
        for word in words)]  # fmt: skip
    return table.columns[likely[0]] if len(likely) == 1 else None


class _Part:
    """A table with the places of its unit and period, and the measures that it holds."""

    def __init__(self, table: Table, unit: int, period: int, series: dict[int, str], keys: list[Key]) -> None:
        self.table, self.unit, self.period, self.measures, self.keys = table, unit, period, series, keys

    @staticmethod
    def of(table: Table, spec: LinkSpec) -> _Part | None:
        """Return a table's part, ``None`` where it has no column of units or of periods."""
        known, _ = named_columns(table, spec)
        at = {role: i for role in ("unit", "period") if (i := _place(table, role, spec)) is not None}
        if len(at) < 2:
            return None
        measures = {i: role for role, i in known.items() if role.split("_")[0] in ("ex", "cx")}
        for i, name in enumerate(table.columns):
            if i not in (*at.values(), *measures) and (role := measure_of(name, table.label(i), spec)) is not None:
                measures[i] = role
        merged = {tidy_name(old).lower(): new.lower() for new, olds in spec.merge.items() for old in olds}
        tidied = {cell: tidy_name(str(cell)).lower() for cell in set(table.cells[at["unit"]])}
        units = {cell: merged.get(unit, unit) for cell, unit in tidied.items()}
        keys = [(units[cell], None) for cell in table.cells[at["unit"]]]
        part = _Part(table, at["unit"], at["period"], measures, keys)
        return part.read(spec)

    def read(self, spec: LinkSpec, order: str = "") -> _Part:
        """Return the part with the month of each row, by an order of its dates or as they say it themselves."""
        month = month_reader(self.when, spec, order)
        keys = [(unit, month(cell)) for (unit, _), cell in zip(self.keys, self.when, strict=True)]
        return _Part(self.table, self.unit, self.period, self.measures, keys)

    @property
    def when(self) -> list[Any]:
        """The cells of its periods."""
        return self.table.cells[self.period]

    @property
    def series(self) -> set[str]:
        """``ex`` or ``cx``, or both."""
        return {role.removeprefix("n_").split("_")[0] for role in self.measures.values()}

    @property
    def column(self) -> dict[str, int]:
        """Role → place, of those that the table has."""
        roles = {role: i for role in ("group", "kind", "cluster", "weight")
                 for i, name in enumerate(self.table.columns) if role_of(name, role) == 0}  # fmt: skip
        return roles | {role: i for i, role in self.measures.items()} | {"unit": self.unit, "period": self.period}

    def once(self, spec: LinkSpec) -> _Part:
        """Return the part without answers that stand twice in its table."""
        table = without_repeats(self.table, self.column, spec)
        return self if table is self.table else _Part.of(table, spec) or self

    def check_unique(self, name: str) -> None:
        """Refuse several rows for one unit and period: none says which row of the other table it belongs to."""
        first: dict[Key, int] = {}
        for k, key in enumerate(self.keys):
            at = first.setdefault(key, k)
            if at == k or not str(self.when[k]).strip():
                continue  # an empty cell is told as one
            if all(str(column[at]) == str(column[k]) for column in self.table.cells):
                continue
            file, line = self.table.place(k)
            message = lazy(
                "`{unit}` has several rows in {period} on `{sheet}`: EX and CX stand on different sheets or in "
                "different files and can be put together only by one row for each unit and period",
                unit=str(self.table.cells[self.unit][k])[:40], period=str(self.when[k])[:20], sheet=name,
            )  # fmt: skip
            hint = lazy("give means and numbers of answers by unit and period, or all answers on one sheet")
            raise InputError(Problem(message, file=file, line=line, hint=hint))


def in_own_orders(tables: Sequence[Table], spec: LinkSpec) -> list[Table]:
    """Return tables of which each says the order of its dates, but not all the same one, with dates as `2024-04-13`.

    ``tables``: sheets or files; ``spec``: what a person says, of dates that do not say it themselves.
    """
    at = [_place(table, "period", spec) for table in tables]
    orders = ["open" if i is None or len(tables) < 2 else date_order(table.cells[i], proven=True)
              for table, i in zip(tables, at, strict=True)]  # fmt: skip
    told = {*orders, spec.period_order} - {"auto", "open", "turned"}
    made = list(tables)
    for k, (table, i, order) in enumerate(zip(tables, at, orders, strict=True)):
        if i is not None and order in ("day_first", "month_first", "year_first") and told != {order}:
            made[k] = _dates_rewritten(table, i, order, spec)
    return made


def _dates_rewritten(table: Table, at: int, order: str, spec: LinkSpec) -> Table:
    """Return a table with the dates of a column, read in an order, as `2024-04-13`, and with a note of that."""
    waves = set(map(folded, spec.waves))
    known = {cell: cell if waves and folded(str(cell)) in waves else rewritten(cell, order)
             for cell in set(table.cells[at])}  # fmt: skip
    example = next((cell for cell, date in sorted(known.items(), key=str) if cell != date), None)
    if example is None:
        return table
    note = lazy("dates such as `{date}` of {name} were read as {period}", date=example[:20],
                name=table.name.rpartition("/")[2], period=str(known[example])[:10])  # fmt: skip
    cells = [*table.cells[:at], [known[cell] for cell in table.cells[at]], *table.cells[at + 1 :]]
    return replace(table, cells=cells, notes=(*table.notes, note))


def _place(table: Table, role: str, spec: LinkSpec) -> int | None:
    """Return the place of a table's column of a role, by the spec or by its name."""
    known, _ = named_columns(table, spec)
    ranked = [(rank, i) for i, name in enumerate(table.columns) if (rank := role_of(name, role)) is not None]
    return known.get(role, min(ranked)[1] if ranked else None)


def _in_one_order(parts: list[_Part], names: Sequence[str], spec: LinkSpec) -> list[_Part]:
    """Return parts whose dates are all read in one order; one that does not say its own by the periods of the others.

    Raises InputError where dates of which day or month may stand first are, in neither order alone, of their periods.
    """
    proven, own = ([date_order(part.when, proven=sure) for part in parts] for sure in (True, False))
    told = set(proven) & {"day_first", "month_first"}
    if spec.period_order == "auto" and not told and {"day_first", "month_first"} <= set(own):
        return [_in_order(part, order, spec) for part, order in zip(parts, own, strict=True)]
    if spec.period_order != "auto" or len(told) != 1:
        order = order_of([cell for each in parts for cell in each.when], spec)
        as_told = spec.period_order != "auto"  # each is read so already, as where it says that order
        made = [part if as_told or says == order else part.read(spec, order)
                for part, says in zip(parts, own, strict=True)]  # fmt: skip
        if {*proven} == {"open"}:
            _ask_other_order(made, names, order, spec)
        return made
    order = told.pop()
    other = "month_first" if order == "day_first" else "day_first"
    made = [part if says == order else part.read(spec, order) for part, says in zip(parts, own, strict=True)]
    beside = {when for part, says in zip(made, proven, strict=True) if says == order for _, when in part.keys}
    for k, part in enumerate(parts):
        if own[k] not in ("open", other):
            continue
        turned = _in_order(part, other, spec)
        once = [len(set(each.keys)) == len(each.keys) for each in (made[k], turned)]  # a unit has a period once
        fits, fits_turned = ({when for _, when in each.keys} <= beside and own_once >= any(once)
                             for each, own_once in zip((made[k], turned), once, strict=True))  # fmt: skip
        if turned.keys == made[k].keys or fits > fits_turned:
            continue
        if own[k] == "open" and fits == fits_turned:
            example = next(cell for cell in part.when if date_of(cell) != date_of(cell, "month_first"))
            message = lazy("`{cell}` and its like: day or month first? `{name}` says neither, elsewhere it is {order}",
                           cell=str(example)[:20], name=names[k], order=ORDERS[order])  # fmt: skip
            hint = lazy("say `period_order: day_first` or `month_first` in the spec")
            raise InputError(Problem(message, file=part.table.name, hint=hint))
        made[k] = turned
    return made


def _ask_longer(ex: _Part, cx: _Part, spec: LinkSpec) -> None:
    """Ask about a series of longer periods beside several months of each of the other; see :func:`ask_month`.

    What the spec says of them by `waves` is asked again if most of its months are none of the other series, though that
    has others in the same longer periods.
    """
    told = {folded(name): when for name, stands in spec.waves.items() if (when := read_period(stands)) is not None}
    read = [{cell: when for cell in map(str, dict.fromkeys(part.when)) if (when := read_period(cell)) is not None}
            for part in (ex, cx)]  # fmt: skip
    for k, (long, short) in enumerate((read, read[::-1])):
        months = {told.get(folded(cell), when).month for cell, when in short.items() if when.kind == "month"}
        inside = [
            sum(when.month <= month < when.month + MONTHS[when.kind] for month in months) for when in long.values()
        ]
        said = [told[folded(cell)].month in months for cell in long if folded(cell) in told]
        if len(said) == len(long) and 2 * sum(said) > len(said):
            continue
        if long and all(MONTHS[when.kind] > 1 for when in long.values()) and max(inside) > 1:
            ordered = dict(sorted(long.items(), key=lambda item: item[1].month))
            ask_month(("ex", "cx")[k], ordered, months, (ex, cx)[k].table.name)


def _ask_other_order(parts: list[_Part], names: Sequence[str], order: str, spec: LinkSpec) -> None:
    """Ask about two tables of the same periods if one has its days first and the other its months, but else of others.

    ``order``: in which all were read. Raises InputError, since which of them is read rightly cannot be told.
    """
    other = "day_first" if order == "month_first" else "month_first"
    whens = [{when for _, when in part.keys} for part in parts]
    for k, part in enumerate(parts[1:], 1):
        if whens[k] != whens[0] == {when for _, when in part.read(spec, other).keys}:
            message = lazy("`{first}` and `{second}` hold the same periods only if days stand first in one and months "
                           "in the other", first=names[0], second=names[k])  # fmt: skip
            hint = lazy("write the dates of each as 2024-04-13, or call the month by its name")
            raise InputError(Problem(message, file=part.table.name, hint=hint))


def _in_order(part: _Part, order: str, spec: LinkSpec) -> _Part:
    """Return a part with its dates, which are of an order, as `2024-04-13`; as it is where it has no order."""
    table = _dates_rewritten(part.table, part.period, order, spec) if order in ORDERS else part.table
    return _Part(table, part.unit, part.period, part.measures, part.keys).read(spec)


def _check_units(parts: Sequence[_Part], names: Sequence[str], spec: LinkSpec) -> None:
    """Refuse tables whose units differ: the same unit under two names would be two."""
    gone = {tidy_name(name).lower() for name in spec.drop_units or ()}
    units = [{unit for unit, _ in part.keys if unit and not is_total(unit)} - gone for part in parts]
    common = set.intersection(*units)
    for part, own, name in zip(parts, units, names, strict=True):
        lone = own - common
        if lone:
            whole = {tidy_name(str(cell)).lower(): tidy_name(str(cell))
                     for each in parts for cell in each.table.cells[each.unit]}  # fmt: skip
            whole = {name.lower(): name for name in spec.merge} | whole  # a new name need stand on none of them
            those = some_names((whole.get(unit, unit) for unit in sorted(lone)), 6, marked=True)
            message = lazy("units of `{sheet}` that stand on it alone: {units}", sheet=name, units=those)
            others = set().union(*units) - common - own
            alike = {other: unit for unit in sorted(lone) for other in sorted(others)
                     if spelling(other) == spelling(unit) or nearly_alike(other, unit)}  # fmt: skip
            merges = dict(spec.merge)
            for new, old in alike.items():
                merges[whole[new]] = (*merges.get(whole[new], ()), *merges.pop(whole[old], ()), whole[old])
            merge = ", ".join(f"{yaml_word(new)}: [{', '.join(map(yaml_word, olds))}]" for new, olds in merges.items())
            left = ", ".join(map(yaml_word, (*(spec.drop_units or ()), *(whole[unit] for unit in sorted(lone)))))
            hint = lazy(
                "EX and CX can be put together by unit and period only if units are called the same: write them "
                "alike{merge}, or leave them out by `drop_units: [{left}]` in the spec", left=left,
                merge=lazy(", say `merge: {{{merge}}}` if they are", merge=merge) if alike else "",
            )  # fmt: skip
            raise InputError(Problem(message, file=part.table.name, hint=hint))


def _side_by_side(parts: Sequence[_Part], names: Sequence[str]) -> Table:
    first = parts[0]
    rows: dict[Key, int] = {}
    for part in parts:
        for key in part.keys:
            rows.setdefault(key, len(rows))
    columns: list[str] = []
    labels: list[str] = []
    cells: list[list[Any]] = []
    lines = [0] * len(rows)
    files: list[tuple[int, str]] = []
    origins: list[tuple[frozenset[int], str, dict[int, int]]] = []
    for part in reversed(parts):
        for key, line in zip(part.keys, part.table.lines, strict=True):
            lines[rows[key]] = line
    start = 0
    for part in parts:
        fresh = [key for key in dict.fromkeys(part.keys) if rows[key] >= start]
        if fresh:
            files.append((start, part.table.name))
        start += len(fresh)
    for part, name in zip(parts, names, strict=True):
        mine: list[int] = []
        counts = [i for i, head in enumerate(part.table.columns) if i not in part.measures and count_of(head)]
        for i, head in enumerate(part.table.columns):
            called = head
            if len(counts) == 1 and i == counts[0] and len(part.series) == 1:
                called = f"n_{next(iter(part.series))}"
            if part is not first and i in (part.unit, part.period):
                at = (first.unit, first.period)[(part.unit, part.period).index(i)]
            else:
                at = len(columns)
                twice = part is not first and folded(called) in map(folded, columns)
                columns.append(f"{called} ({name})" if twice else called)
                labels.append(part.table.label(i))
                cells.append([""] * len(rows))
            if part is first or i not in (part.unit, part.period):
                mine.append(at)
            held = cells[at]
            for key, cell in zip(part.keys, part.table.cells[i], strict=True):
                if not str(held[rows[key]]).strip():
                    held[rows[key]] = cell
        own = {rows[key]: line for key, line in zip(part.keys, part.table.lines, strict=True)}
        origins.append((frozenset(mine), part.table.name, own))
    shared = len(set.intersection(*(set(part.keys) for part in parts)))
    note = lazy("{names} were put side by side by unit and period: {shared:,} of {rows:,} stand on each of them",
                names=some_names(names, 6, marked=True), shared=shared, rows=len(rows))  # fmt: skip
    return replace(
        first.table,
        columns=tuple(columns),
        cells=cells,
        lines=lines,
        labels=tuple(labels),
        files=tuple(files),
        notes=(*dict.fromkeys(note for part in parts for note in part.table.notes), note),
        dropped=tuple(gone for part in parts for gone in part.table.dropped),
        origins=tuple(origins),
    )
