# SPDX-License-Identifier: MIT
"""Tables of other shapes as one row per unit and period: a column for each period, or a row for each measure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from txsim.errors import InputError, Problem, did_you_mean
from txsim.language import N_, lazy
from txsim.panel.reader.coarse_periods import paired
from txsim.panel.reader.columns import measure_of, named_columns
from txsim.panel.reader.data_report import DataReport
from txsim.panel.reader.date_order import order_of, shown
from txsim.panel.reader.header import Table
from txsim.panel.reader.link_spec import OUTCOMES, LinkSpec
from txsim.panel.reader.names import some_names
from txsim.panel.reader.numerals import read_number
from txsim.panel.reader.periods import read_period
from txsim.panel.reader.survey_exports import of_other_periods, one_of_several, with_year_of
from txsim.panel.reader.vocabulary import count_of, folded, people_of, role_of

_KEYS = ("unit", "period", "respondent", "weight")
_PARTS = ("unit", "period", "treated", "post", "group", "kind", "cluster")
_BESIDE = ("group", "kind", "cluster", "pilot", *OUTCOMES)


def to_long(table: Table, spec: LinkSpec) -> Table:
    """Return a table with one row per unit and period; the same table where it has that shape, or is told by a spec.

    Raises InputError if one unit, period and measure stands twice with different values.
    """
    if "measure" in spec.columns or "value" in spec.columns:
        return _pivoted(melted(table, spec, None), spec)
    if "period" in spec.columns or any(role_of(name, "period") is not None for name in table.columns):
        return table if _has_series(table, spec) else _pivoted(table, spec)
    told, wide = _wide(table, spec)
    if len({pair[1] for pair in wide if pair}) < 2:
        return table
    if any(pair is not None and pair[0] for pair in wide):
        return _melted(told, wide, spec)
    if any(role_of(name, "measure") is not None for name in table.columns):
        return _pivoted(_melted(told, [("value", f[1]) if f else None for f in wide], spec), spec)
    return table


def blocks_below(table: Table, spec: LinkSpec) -> Table:
    """Return a table with blocks of the same columns that stand beside each other put below each other.

    Blocks have one header each, or are told apart by a year, or a name, above or in their headers. Those of years have
    months or quarters that lack one; the names of three or more are units where there are no others. As it is where
    blocks could be read otherwise, or a spec names their columns.
    """
    stated = {folded(name) for name in (*spec.columns.values(), *spec.ignore)}
    shared, blocks = _blocks(table.columns, spec)
    rests = [[rest for rest, _ in block] for block in blocks.values()]
    if len(blocks) < 2 or any(rest != rests[0] for rest in rests) or len(set(rests[0])) < len(rests[0]):
        return table
    roles = [_part(rest, spec) for rest in rests[0]]
    there = [_part(table.columns[i], spec) for i in shared]
    grouped = {folded(table.columns[i]) for block in blocks.values() for _, i in block} - set(rests[0])
    years = all(_YEAR.fullmatch(name) for name in blocks)
    by_year = years and "period" in (*roles, *there) and "unit" in (*roles, *there)
    dated = any(map(read_period, blocks if grouped else ()))
    by_name = {"unit", "period"} <= set(roles) and not shared and not dated
    keys = {*roles, *there}
    by_unit = len(blocks) > 2 and bool(grouped) and not dated and "period" in keys and not keys & {"unit", "treated"}
    by_unit = by_unit and not any(each and each.split("_")[-1] in ("ex", "cx") for each in there)
    if not {"ex", "cx"} <= set(roles) or stated & grouped or not (by_year or by_name or by_unit):
        return table
    cells: list[list[Any]] = [[] for _ in (*shared, *roles)]
    lines: list[int] = []
    marks: list[str] = []
    columns = tuple(table.columns[i] for i in shared)
    for name, block in blocks.items():
        columns = (*columns[: len(shared)], *(table.columns[i] if not grouped else rest for rest, i in block))
        rows = [k for k in range(len(table)) if any(str(table.cells[i][k]).strip() for _, i in block)]
        places = (*shared, *(i for _, i in block))
        lines_of = [table.lines[k] for k in rows]
        one = replace(table, columns=columns, lines=lines_of, cells=[[table.cells[i][k] for k in rows] for i in places])
        whole = with_year_of(one, name, spec) if by_year else one
        if by_year and whole is one:
            return table
        for held, more in zip(cells, whole.cells, strict=True):
            held += more
        lines += one.lines
        marks += [name] * len(rows)
    places = (*shared, *(i for _, i in next(iter(blocks.values()))))
    labels = tuple(table.label(i) for i in places) if table.labels else ()
    note = lazy("{number} blocks of the same columns were put below each other", number=len(blocks))
    made = replace(table, columns=columns, cells=cells, lines=lines, labels=labels, notes=(*table.notes, note))
    if by_unit:
        note = lazy("the unit was read from the headers of the blocks: {names}", names=some_names(blocks, 6))
        labels = ("", *labels) if labels else ()
        return replace(made, columns=("unit", *columns), cells=[marks, *cells], labels=labels,
                       notes=(*made.notes, note))  # fmt: skip
    return made if by_year else made.with_source("block", marks)


_YEAR = re.compile(r"(?:19|20|21)\d\d")


def _blocks(columns: Sequence[str], spec: LinkSpec) -> tuple[list[int], dict[str, list[tuple[str, int]]]]:
    """Return columns of no block, and of each block by its name the columns with what is left of their headers."""
    named = [i for i, name in enumerate(columns) if name]
    names = [folded(columns[i]) for i in named]
    times = names.count(names[0])
    size = len(names) // times
    if times > 1 and names == names[:size] * times:
        return [], {str(b + 1): [(folded(columns[i]), i) for i in named[b * size :][:size]] for b in range(times)}
    blocks: dict[str, list[tuple[str, int]]] = {}
    for i in named:
        text = columns[i].strip()
        cuts = [(text[: cut.start()], text[cut.end() :]) for cut in reversed(list(re.finditer(r"[\s_]+", text)))]
        cuts = [cut for cut in cuts if _part(cut[1], spec)] or [
            (right, left) for left, right in cuts if _part(left, spec)
        ]
        if cuts and (head := re.sub(r"\.0$", "", cuts[0][0])):
            blocks.setdefault(head, []).append((folded(cuts[0][1]), i))
    whole = {name: block for name, block in blocks.items()
             if {"ex", "cx"} <= {_part(rest, spec) for rest, _ in block}}  # fmt: skip
    taken = {i for block in whole.values() for _, i in block}
    return [i for i in named if i not in taken], whole


def _part(name: str, spec: LinkSpec) -> str | None:
    """Return what a header is of a block: a measure, a unit, a period or what else a table says of its rows."""
    return measure_of(name, "", spec) or next((role for role in _PARTS if role_of(name, role) is not None), None)


def melted(table: Table, spec: LinkSpec, series: str | None) -> Table:
    """Return one row per unit and period from one column for each period; the same table where it has none.

    ``table``, ``spec``: the table, and what a person says about it; ``series``: what its periods hold where their
    headers do not say it.
    """
    if "period" in spec.columns or any(role_of(name, "period") is not None for name in table.columns):
        return table
    told, wide = _wide(table, spec)
    if len({pair[1] for pair in wide if pair}) < 2:
        return table
    if any(pair is not None and pair[0] for pair in wide):
        return _melted(told, wide, spec)
    stated = folded(spec.columns.get("measure", ""))
    if series is None and any(folded(name) == stated != "" or role_of(name, "measure") is not None
                              for name in table.columns):  # fmt: skip
        series = "value"  # of the measure that each row says
    return table if series is None else _melted(told, [(series, pair[1]) if pair else None for pair in wide], spec)


def _has_series(table: Table, spec: LinkSpec) -> bool:
    if {"ex", "cx"} & set(spec.columns):
        return True
    roles = {measure_of(name, table.label(i), spec) for i, name in enumerate(table.columns)}
    return any(role and not role.startswith("n_") for role in roles)


def _role(text: str, spec: LinkSpec) -> str | None:
    measure = measure_of(text, "", spec) or next((role for role in _BESIDE if role_of(text, role) is not None), None)
    return measure or (text.strip() if people_of(text) else None)


def _wide(table: Table, spec: LinkSpec) -> tuple[Table, list[tuple[str, str] | None]]:
    """Return a table, and role and period of each header; `06/23` is a month where all such headers agree on it."""
    wide = [_of_period(name, spec) for name in table.columns]
    pairs = {i: pair for i, name in enumerate(table.columns) if not wide[i] and (pair := _of_period(name, spec, _PAIR))}
    whens, report = list(dict.fromkeys(when for _, when in pairs.values())), DataReport()
    told = dict(zip(whens, paired(report, whens, [None] * len(whens)), strict=True))
    for i, (role, when) in pairs.items() if any(role for role, _ in pairs.values()) or len(whens) > 2 else ():
        if (month := told[when]) is not None:
            wide[i] = role, str(shown(month))
    return replace(table, notes=(*table.notes, *report.notes)), wide


def _of_period(name: str, spec: LinkSpec, form: re.Pattern[str] | None = None) -> tuple[str, str] | None:
    """Return role and period of a header such as `ex_2019`, `CX Q1 2020`, `2019 n_ex` or, without a role, `2019`.

    ``form``: of a period that no header alone says.
    """

    def _is_period(text: str) -> bool:
        return _names_period(text) if form is None else form.fullmatch(text.strip()) is not None

    text = name.strip()
    for cut in re.finditer(r"[\s_\-.:]+", text):
        left, right = text[: cut.start()], text[cut.end() :]
        for role, when in ((left, right), (right, left)):
            if _is_period(when) and _role(role, spec):
                return str(_role(role, spec)), when.strip()
    words = re.split(r"[\s_]+", text)
    for k in range(1, len(words) - 1):  # `Q1 eNPS 2023`
        if (middle := _role(words[k], spec)) and _is_period(when := " ".join(words[:k] + words[k + 1 :])):
            return middle, when
    return ("", text) if _is_period(text) else None  # last: a date may be followed by a time of day, and what not


#: A month and a year of two digits, in either order.
_PAIR = re.compile(r"\d\d[-/.]\d\d")


def _names_period(text: str) -> bool:
    when = read_period(text.strip().replace("_", "-"))
    return when is not None and (when.kind != "count" or not re.fullmatch(r"-?\d+(\.0+)?", text.strip()))


def _melted(table: Table, wide: list[tuple[str, str] | None], spec: LinkSpec) -> Table:
    """Return one row per unit and period from one column per period (and role)."""
    others = [i for i, pair in enumerate(wide) if pair is None]
    whens = list(dict.fromkeys(pair[1] for pair in wide if pair))
    order = order_of(whens, spec)
    roles = list(dict.fromkeys(pair[0] for pair in wide if pair and pair[0]))
    place: dict[tuple[str, str], int] = {}
    seen: dict[tuple[str, Any], int] = {}
    for i, pair in enumerate(wide):
        if (
            pair
            and (first_at := seen.setdefault((pair[0], read_period(pair[1].replace("_", "-"), order=order)), i)) == i
        ):
            place[pair] = i
        elif pair:
            _ask_twice(table, first_at, i)
    lines: list[int] = []
    rows: list[list[Any]] = []
    for k, line in enumerate(table.lines):
        for name in whens:
            held = [table.cells[place[role, name]][k] if (role, name) in place else "" for role in roles]
            if any(str(cell).strip() for cell in held):
                lines.append(line)
                rows.append([*(table.cells[i][k] for i in others), name.replace("_", "-"), *held])
    notes = (*table.notes, lazy("one column for each of {number} periods was turned into rows", number=len(whens)))
    columns = (*(table.columns[i] for i in others), "period", *roles)
    cells = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in columns]
    first = {pair[0]: table.columns[i] for i, pair in reversed(list(enumerate(wide))) if pair}
    labels = (*(table.label(i) for i in others), "", *(first[role] for role in roles))  # a header may say the scale
    return replace(table, columns=columns, cells=cells, lines=lines, labels=labels, files=(), notes=notes,
                   reshaped=True)  # fmt: skip


def _ask_twice(table: Table, one: int, other: int) -> None:
    """Refuse two columns of one measure and period that do not say the same throughout.

    Raises InputError with the first line on which they differ.
    """
    for k, pair in enumerate(zip(table.cells[one], table.cells[other], strict=True)):
        first, second = (read_number(str(cell)).value for cell in pair)
        if str(pair[0]).strip() != str(pair[1]).strip() and (first is None or first != second):
            names = some_names((table.columns[one], table.columns[other]), marked=True)
            message = lazy("two columns are of one measure and period, and differ: {names}", names=names)
            hint = lazy("say in each header which quarter, measure or group it is of, as `Q1 2023` or `eNPS 2023-Q1`, "
                        "or take one of the columns out")  # fmt: skip
            raise InputError(Problem(message, *table.place(k), hint=hint))


def _pivoted(table: Table, spec: LinkSpec) -> Table:
    """Return one row per unit and period from one row per unit, period and measure; else the table as it is.

    Where one unit, period and measure has many rows, each is a respondent's answer and keeps a row of its own.
    """
    named, problems = named_columns(table, spec)
    stated = _stated_rows(table, spec, named)
    if stated:
        _, problems = named_columns(table, spec.model_copy(update={"columns": _without(spec.columns, stated.values())}))
    if problems:
        raise InputError(problems)
    at = named.get("measure", _first(table, "measure"))
    value = named.get("value", _first(table, "value", but=at))
    if at is None or value is None:
        return table
    beside = of_other_periods(table, value, whole=False) if "value" in named else []
    if beside := [name for name in beside if folded(name) not in map(folded, spec.ignore)]:
        raise InputError(one_of_several(table, value, beside))
    distinct = set(map(str, table.cells[at]))
    named_as = {cell: stated.get(folded(cell)) if stated else _role(cell, spec) for cell in distinct}
    roles = list(dict.fromkeys(role for role in named_as.values() if role))
    if not {"ex", "cx"} & {role.removeprefix("n_").split("_")[0] for role in roles}:
        if "measure" in spec.columns:
            message = lazy("no row is a measure of EX or CX; there are {names}",
                           names=some_names(sorted(named_as), 8, marked=True))  # fmt: skip
            hint = lazy("say which is which by `columns: {{ex: …, cx: …}}` in the spec, or name words of the questions "
                        "under `items`")  # fmt: skip
            raise InputError(Problem(message, file=table.name, hint=hint))
        return table
    count = next((i for i, name in enumerate(table.columns) if i not in (at, value) and count_of(name)), None)
    count = named.get("n_ex", named.get("n_cx", count))
    others = [i for i, name in enumerate(table.columns)
              if i not in (at, value, count) and (name not in table.sources or i in named.values())]  # fmt: skip
    before = list(others)
    dropped = list(table.dropped)
    rows: list[tuple[int, tuple[str, ...], str]] = []
    for k, line in enumerate(table.lines):
        role = named_as[str(table.cells[at][k])]
        if role is None:
            why = lazy("`{name}` is no measure that is read", name=str(table.cells[at][k])[:40])
            dropped.append((table.name, line, why))
        else:
            rows.append((k, tuple(str(table.cells[i][k]).strip() for i in others), role))
    answers = _rows_per_cell(table, spec, [(k, role) for k, _, role in rows]) >= 1.5
    if not answers:  # words of the measure and footnotes tell no rows apart
        needed = [j for j, i in enumerate(others) if _needed(table.columns[i], i, spec, named)]
        others = [others[j] for j in needed]
        rows = [(k, tuple(key[j] for j in needed), role) for k, key, role in rows]
    how = N_("one row for each respondent and question was turned into columns") if answers else N_(
        "one row for each measure was turned into columns")  # fmt: skip
    notes = (*table.notes, lazy(how))
    gone = [table.columns[i] for i in before if i not in others and table.columns[i]]
    if gone:
        notes = (*notes, lazy("not used: {columns}", columns=some_names(gone, len(gone), marked=True)))
    counted = [f"n_{role}" for role in roles if count is not None and role in ("ex", "cx")]
    columns = (*(table.columns[i] for i in others), *roles, *(name for name in counted if name not in roles))
    by_place: dict[Any, dict[str, Any]] = {}
    first: dict[Any, int] = {}
    times: Counter[tuple[tuple[str, ...], str]] = Counter()
    for k, key, role in rows:
        # of single answers, the second to one question within one time is another respondent's
        place = (key, times[key, role] if answers else 0)
        times[key, role] += 1
        cells = by_place.setdefault(place, {})
        first.setdefault(place, k)
        cell = table.cells[value][k]
        if role in cells and read_number(str(cells[role])).value != read_number(str(cell)).value:
            message = lazy("`{role}` stands twice with different values for the same unit and period", role=role)
            raise InputError(Problem(message, file=table.name, line=table.lines[k]))
        cells[role] = cell
        if count is not None and role in ("ex", "cx"):
            cells[f"n_{role}"] = table.cells[count][k]
    made = [
        [*(table.cells[i][first[place]] for i in others), *(cells.get(role, "") for role in columns[len(others) :])]
        for place, cells in by_place.items()
    ]
    lines = [table.lines[first[place]] for place in by_place]
    word = {role: cell for cell, role in named_as.items() if role}  # may say the scale
    labels = (*(table.label(i) for i in others), *(word.get(role, "") for role in columns[len(others) :]))
    return replace(
        table,
        columns=columns,
        cells=[list(column) for column in zip(*made, strict=True)],
        lines=lines,
        labels=labels,
        files=(),
        notes=notes,
        dropped=tuple(dropped),
        reshaped=True,
    )


def _stated_rows(table: Table, spec: LinkSpec, named: dict[str, int]) -> dict[str, str]:
    """Return the role of each measure's name, folded, that a spec gives under `columns` as if it were a column.

    Raises InputError if no row of the measure bears such a name.
    """
    at = named.get("measure")
    known = ("measure", "value", *named)
    roles = {role: name for role, name in spec.columns.items() if role not in known}
    if at is None or not roles:
        return {}
    held = {folded(str(cell)): str(cell) for cell in set(map(str, table.cells[at]))}
    problems = [
        Problem(
            lazy(
                "neither a column nor a row of `{measure}` is called `{name}` for `{role}`{suggestion}",
                measure=table.columns[at],
                name=name,
                role=role,
                suggestion=did_you_mean(name, (*held.values(), *table.columns)),
            ),
            file=table.name,
            hint=lazy("its rows are: {names}", names=some_names(sorted(held.values()), 8)),
        )
        for role, name in roles.items()
        if folded(name) not in held
    ]
    if problems:
        raise InputError(problems)
    return {folded(name): role for role, name in roles.items()}


def _without(columns: dict[str, str], roles: Iterable[str]) -> dict[str, str]:
    gone = set(roles)
    return {role: name for role, name in columns.items() if role not in gone}


def _needed(name: str, at: int, spec: LinkSpec, named: dict[str, int]) -> bool:
    """Whether a column plays a part beside measures: by the spec or by its name."""
    return at in named.values() or any(role_of(name, role) is not None for role in (*_KEYS, *_BESIDE))


def _rows_per_cell(table: Table, spec: LinkSpec, rows: list[tuple[int, str]]) -> float:
    """Return how many rows one measure has in one unit and period."""
    named, _ = named_columns(table, spec)
    unit, period = (named.get(role, _first(table, role)) for role in ("unit", "period"))
    if unit is None or period is None or not rows:
        return 1.0
    when = {cell: read_period(cell) or cell for cell in set(table.cells[period])}
    cells = {(str(table.cells[unit][k]), when[table.cells[period][k]], role) for k, role in rows}
    return len(rows) / len(cells)


def _first(table: Table, role: str, but: int | None = None) -> int | None:
    ranked = [(rank, i) for i, name in enumerate(table.columns)
              if i != but and (rank := role_of(name, role)) is not None]  # fmt: skip
    return min(ranked)[1] if ranked else None
