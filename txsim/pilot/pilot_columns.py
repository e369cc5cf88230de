# SPDX-License-Identifier: MIT
"""Which column of a pilot's file is the measure, or which two are the measure before and after."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem, did_you_mean
from txsim.language import Message, Words, lazy
from txsim.panel.reader.cells import EMPTY, Cells
from txsim.panel.reader.data_report import DataReport
from txsim.panel.reader.date_order import date_order
from txsim.panel.reader.header import Table
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.names import natural, some_names, yaml_word
from txsim.panel.reader.numerals import read_number, tidy_name
from txsim.panel.reader.periods import read_period
from txsim.panel.reader.series import read_series
from txsim.panel.reader.vocabulary import (
    arm_alone,
    arm_of,
    count_of,
    flag_of,
    folded,
    is_missing,
    role_of,
    series_of,
)
from txsim.pilot.pilot_cells import moments, ordered
from txsim.units import SCALES

#: Month, or number, and kind of each period by its name.
_Moments = dict[str, tuple[float, str] | None]
#: Names of a measure that is neither EX nor CX, the likeliest first.
_MEASURES = ("kpi", "y", "outcome", "score", "value", "measure", "показатель", "значение", "wert", "valeur", "valor")
_PAIRS = (
    ("before", "after"), ("pre", "post"), ("baseline", "endline"), ("baseline", "followup"), ("до", "после"),
    ("vorher", "nachher"), ("avant", "après"), ("antes", "después"),
)  # fmt: skip


def check_columns(table: Table, column: dict[str, int], spec: LinkSpec, *, needs_post: bool) -> None:
    """Refuse a file without a column that is needed.

    Raises :class:`InputError` with the columns that are there.
    """
    expected = lazy("expected unit, period, treated (0/1), post (0/1) and a measure; found {columns}; say which under "
                    "`columns` in a spec", columns=some_names(table.columns))  # fmt: skip
    hints = dict.fromkeys(("unit", "treated", "post"), expected)
    if "period" in column and (waves := list(dict.fromkeys(map(str, table.cells[column["period"]])))):
        if None not in moments(waves, spec).values():
            waves.sort(key=ordered(waves, spec).__getitem__)
        hints["post"] = lazy(
            "say which is the first period after the start, such as `start: {wave}` in the spec; there are {waves}",
            wave=yaml_word(waves[len(waves) // 2]), waves=some_names(waves),
        )  # fmt: skip
    role = "post" if "treated" in column else "treated"
    flags = [name for i, name in enumerate(table.columns) if role not in column
             and i not in column.values() and name not in table.sources
             and _yes_and_no(table.cells[i])
             and not (role == "post" and any(arm_of(str(cell)) is not None for cell in table.cells[i]))]  # fmt: skip
    if len(flags) == 1:  # `После запуска`: да, нет
        hints[role] = lazy("say which under `columns` in a spec, as `columns: {{{role}: {name}}}`", role=role,
                           name=yaml_word(flags[0]))  # fmt: skip
    if table.sources:
        parts = dict.fromkeys(table.cells[table.columns.index(table.sources[0])])
        words = ", ".join(f"{yaml_word(part)}: {int(not k)}" for k, part in enumerate(parts))
        hints["treated"] = lazy(
            "if they stand apart say `columns: {{treated: {name}}}` and `words: {{treated: {{{words}}}}}` in the spec, "
            "1 for those that took part", name=table.sources[0], words=words,
        )  # fmt: skip
    dated = [name for i, name in enumerate(table.columns) if "treated" not in column
             and i not in column.values() and _start_dates(table.cells[i])]  # fmt: skip
    if len(dated) == 1 and not flags:  # `Go-live`: 2024-04-01, and nothing of controls
        hints["treated"] = hints["post"] = lazy(
            "if `{name}` says when units began, and is empty of controls, say `columns: {{treated: {word}}}` in the "
            "spec", name=dated[0], word=yaml_word(dated[0]),
        )  # fmt: skip
    needed = ["unit", "treated", *(["post"] if needs_post else [])]
    problems = [
        Problem(lazy("there is no column `{name}`", name=name), file=table.name, line=1, hint=hints[name])
        for name in needed
        if name not in column
    ]
    if problems:
        raise InputError(problems)


def with_arm(table: Table, column: dict[str, int], notes: list[Words]) -> dict[str, int]:
    """Return columns with one of yes and no that is called by one arm alone, as `Pilotfiliale` or `Control store`."""
    if "treated" in column:
        return column
    at = [i for i, name in enumerate(table.columns)
          if i not in column.values() and arm_alone(name) is not None and _yes_and_no(table.cells[i])]  # fmt: skip
    if len(at) != 1:
        return column
    notes.append(lazy("column `{column}` is taken for `{role}`", column=table.columns[at[0]], role="treated"))
    return {**column, "treated": at[0]}


def _start_dates(held: Sequence[object]) -> bool:
    """Whether a column holds dates in some rows and nothing in others."""
    cells = {str(cell).strip() for cell in held}
    read = [read_period(cell) for cell in cells if not is_missing(cell)]
    return 0 < len(read) < len(cells) and all(when is not None and when.kind != "count" for when in read)


def ask_neither(cells: Cells, units: Sequence[str], treated: NDArray[np.bool_]) -> None:
    """Ask about units that are neither the pilot's nor, by a column of their own, controls: they belong to no arm.

    Raises InputError unless all units that did not take part are marked as controls, where a column marks those.
    """
    table = cells.table
    others = [i for i, name in enumerate(table.columns) if i != cells.column["treated"] and arm_alone(name) is False
              and name not in cells.spec.ignore and _yes_and_no(table.cells[i])]  # fmt: skip
    for at in others:
        marked = np.array([flag_of(str(cell)) is True for cell in table.cells[at]])
        inside = {unit for unit, there in zip(units, treated, strict=True) if there}
        rest = {unit: k for k, unit in enumerate(units) if not (cells.refused[k] or marked[k] or unit in inside)}
        if rest and marked.any():
            file, line = table.place(min(rest.values()), at)
            message = lazy("neither `{name}` nor `{other}` says yes of {units}: which arm are they of?",
                           name=cells.name("treated"), other=table.columns[at],
                           units=some_names(rest, 6, marked=True))  # fmt: skip
            hint = lazy("if they are of none, say `drop_units: [{names}]` in the spec; if they are controls, "
                        "`ignore: [{other}]`", names=", ".join(map(yaml_word, (*(cells.spec.drop_units or ()), *rest))),
                        other=yaml_word(table.columns[at]))  # fmt: skip
            raise InputError(Problem(message, file=file, line=line, path=table.columns[at], hint=hint))


def with_start_dates(
    table: Table, column: dict[str, int], spec: LinkSpec, notes: list[Words]
) -> tuple[Table, dict[str, int]]:
    """Return table and columns with arms and start from a column that says when each unit began, empty of controls.

    Controls count as after from the first start on. Nothing changes where `treated` is no such column.
    """
    at = column.get("treated")
    if at is None or "period" not in column or not _start_dates(table.cells[at]):
        return table, column
    began = ["" if is_missing(str(cell)) else str(cell).strip() for cell in table.cells[at]]
    held = [str(cell).strip() for cell in table.cells[column["period"]]]
    if spec.period_order == "auto" and date_order([*held, *began]) in ("open", "both"):
        # with points days stand first everywhere
        read = ((start, read_period(start)) for start in dict.fromkeys(began) if "." not in start)
        doubtful = next((start for start, moment in read if moment is not None and moment.doubtful), None)
        if doubtful is not None:
            message = lazy("`{doubtful}` and its like: day or month first?", doubtful=doubtful[:20])
            hint = lazy("say `period_order: day_first` or `month_first` in the spec")
            raise InputError(Problem(message, file=table.name, path=table.columns[at], hint=hint))
    when = moments([*held, *filter(None, began)], spec)
    columns, cells = (*table.columns, "treated"), [*table.cells, [int(bool(start)) for start in began]]
    column = {**column, "treated": len(table.columns)}
    notes.append(lazy("`{name}` says when units began; those of which it says nothing are controls",
                      name=table.columns[at]))  # fmt: skip
    if "post" not in column and not spec.start and len({each[1] for each in when.values() if each}) == 1:
        first = min(filter(None, began), key=lambda start: (when[start] or (), _whole(start)))
        late = _late(table, held, [start or first for start in began], when)
        columns, cells, column = (*columns, "post"), [*cells, late], {**column, "post": len(columns)}
    labels = (*table.labels, *[""] * (len(columns) - len(table.columns))) if table.labels else ()
    return replace(table, columns=columns, cells=cells, labels=labels), column


def _whole(name: str) -> tuple[object, ...]:
    """Return the parts of a date of a day in their order; nothing for a month, which begins with its first day."""
    day = _without_clock(name)
    return tuple(natural(day)) if len(re.findall(r"\d+|[^\W\d_]{3,}", day)) == 3 else ()


def _ask_written(table: Table, start: str, period: str) -> NoReturn:
    message = lazy("`{start}` is written in another way than `{period}`", start=start[:30], period=period[:30])
    hint = lazy("write the first period after the start as it stands in the file")
    raise InputError(Problem(message, file=table.name, path="start", hint=hint))


def _late(table: Table, held: Sequence[str], starts: Sequence[str], when: _Moments) -> list[object]:
    """Return 1 for each period that lies at its unit's start or after it, 0 before; empty where it is not known.

    Raises InputError if a day of the month of the start is written in another way: which comes first is not known.
    """
    day = {name: _whole(name) for name in when}
    plain = {name: re.sub(r"\d+", "0", _without_clock(name)) for name in when}
    late: dict[tuple[str, str], object] = {}
    for period, start in dict.fromkeys(zip(held, starts, strict=True)):
        moment, begin = when[period], when[start]
        if moment is None or begin is None:
            late[period, start] = ""
            continue
        two = moment == begin and day[period] and day[start] and plain[period] != plain[start]
        if two or moment[1] != begin[1]:
            _ask_written(table, start, period)
        late[period, start] = int((moment, day[period] or day[start]) >= (begin, day[start]))
    return [late[each] for each in zip(held, starts, strict=True)]


def with_post(table: Table, column: dict[str, int], spec: LinkSpec, notes: list[Words]) -> tuple[Table, dict[str, int]]:
    """Return table and columns with one of before and after: a column of periods that says that, or from the start.

    Raises InputError if the start is no period.
    """
    if spec.start and "period" in column:
        start, held = spec.start.strip(), [str(cell).strip() for cell in table.cells[column["period"]]]
        when, order = moments(held, spec), date_order(held)
        if spec.period_order == "auto":  # the start is written as the periods are
            spec = spec.model_copy(update={"period_order": order if order.endswith("_first") else "auto"})
        begin = when[start] if start in when else moments([start], spec)[start]
        if begin is None:
            message = lazy("`{cell}`: no date, month, quarter or count", cell=start[:30])
            hint = dated_waves(held) if start in when else None
            raise InputError(Problem(message, file=table.name, path="start", hint=hint))
        late = _late(table, held, [start] * len(held), {**when, start: begin})
        columns, cells = (*table.columns, "post"), [*table.cells, late]
        return replace(table, columns=columns, cells=cells), column | {"post": len(table.columns)}
    taken = {at for role, at in column.items() if role != "period"}
    named = [i for i, name in enumerate(table.columns) if i not in taken and role_of(name, "period") is not None]
    at = next((i for i in named if _yes_and_no(table.cells[i])), None)
    if at is None:
        return table, column
    name = table.columns[at]
    notes[:] = [note for note in notes if not isinstance(note, Message) or dict(note.params).get("column") != name]
    notes.append(lazy("column `{column}` is taken for `{role}`", column=name, role="post"))
    return table, {role: i for role, i in column.items() if i != at} | {"post": at}


def _yes_and_no(column: Sequence[object]) -> bool:
    """Whether all cells of a column say yes or no, and both are there; or yes, and nothing for no."""
    said = {flag_of(cell) if cell.strip() else EMPTY for cell in set(map(str, column))}
    return said in ({True, False}, {True, EMPTY})


def _without_clock(name: str) -> str:
    return re.sub(r"[T ]0?0:00(:00)?$", "", name)


def dated_waves(held: Sequence[object]) -> Message:
    """Return how to say which period is which where they have names of their own."""
    names = list(dict.fromkeys(str(cell).strip() for cell in held if read_period(cell) is None))[:4]
    waves = ", ".join(f"{name}: 2024-0{k + 1}" for k, name in enumerate(names))
    return lazy("say when each was by `waves: {{{waves}}}` in the spec", waves=waves)


def mixed_clusters(table: Table, column: dict[str, int]) -> bool:
    """Whether some cluster holds units of both kinds."""
    inside: dict[str, dict[str, bool]] = {}
    columns = (table.cells[column[role]] for role in ("cluster", "unit", "treated"))
    for cluster, unit, treated in zip(*columns, strict=True):
        units = inside.setdefault(tidy_name(str(cluster)), {})
        name = tidy_name(str(unit))
        units[name] = units.get(name, False) or flag_of(str(treated)) is True
    return any(len(set(units.values())) > 1 for units in inside.values())


def pair_of(table: Table, column: dict[str, int], measure: str | None) -> tuple[str, int, int] | None:
    """Return measure and places of the columns before and after, where a row is a whole unit.

    ``column`` takes those of the numbers of answers before and after, where they stand beside. Raises
    :class:`InputError` if one of them stands twice, or several measures have both.
    """
    keys = [_key(name) for name in table.columns]
    found: dict[str, tuple[int, int]] = {}
    counts: list[tuple[int, int]] = []
    for first, second in _PAIRS:
        for i, key in enumerate(keys):
            stem = key.removesuffix(first).rstrip("_") if key.endswith(first) else None
            other = f"{stem}_{second}" if stem else second
            if stem is None or other not in keys:
                continue
            if counted := count_of(stem) or (series_of(stem.replace("_", " ")) or "").startswith("n_"):
                counts.append((i, keys.index(other)))
            if counted or (measure and stem and _key(measure) not in (stem, key, other)):
                continue
            _ask_twice(table, keys, (key, other))
            found.setdefault(stem, (i, keys.index(other)))
    if len(found) > 1:
        _ask_which(table, [place for places in found.values() for place in places])
    for stem, at in found.items():
        name = _measure_name(stem) if stem else measure or "kpi"
        if len(counts) == 1:
            column |= dict(zip((f"n_{name} before", f"n_{name} after"), counts[0], strict=True))
        return name, *at
    return None


def _ask_twice(table: Table, keys: list[str], wanted: tuple[str, ...]) -> None:
    again = next((key for key in wanted if keys.count(key) > 1), None)
    if again is not None:
        message = lazy("column `{name}` stands twice in the header", name=table.columns[keys.index(again)])
        hint = lazy("keep the columns of one group, or give each unit of each group a row of its own")
        raise InputError(Problem(message, file=table.name, line=1, hint=hint))


def _ask_which(table: Table, places: list[int]) -> NoReturn:
    names = some_names((table.columns[i] for i in places), 8)
    message = lazy("several columns could be the measure: {names}", names=names)
    raise InputError(Problem(message, file=table.name, line=1, hint=lazy("say which with --measure")))


def _key(name: str) -> str:
    return "_".join(folded(name).replace("-", " ").replace("_", " ").replace(".", " ").split())


def _measure_name(stem: str) -> str:
    series = series_of(stem)
    return series if series in ("ex", "cx") else stem


def with_scores(
    table: Table, column: dict[str, int], spec: LinkSpec, report: DataReport, measure: str | None
) -> tuple[Table, dict[str, int]]:
    """Return a table with a column of scores, and one of answers, for counts or shares of groups, as of a panel.

    ``spec``, ``report``: what a person says about the file; takes what was done to it. ``measure``: column that was
    told to be the measure: of another one's parts nothing is read. Raises :class:`InputError` as
    :func:`txsim.panel.reader.series.read_series`.
    """
    for series in ("ex", "cx"):
        told = measure is None or (series_of(measure) or "").startswith(series)
        groups = {f"{series}_promoters", f"{series}_detractors"} <= set(column)
        if not told or not (groups or any(re.fullmatch(rf"{series}_\d+", role) for role in column)):
            continue
        one = read_series(Cells(table, spec, column, report, np.zeros(len(table), dtype=bool)), series, 1.0)
        report.series[series] = one.reading
        scale = SCALES[one.scale]
        made = {series: scale.index_to_level(one.index)}
        made |= {f"n_{series}": one.count} if np.isfinite(one.count).any() else {}
        names = {series: ("eNPS" if series == "ex" else "NPS") if scale.measure == "nps" else series}
        for role, values in made.items():
            held = ["" if np.isnan(value) else round(float(value), 9) for value in values]
            if role in column:  # it stands beside its parts, which say it to more digits
                cells, columns = list(table.cells), list(table.columns)
                cells[column[role]] = held
                if _key(columns[column[role]]) != _key(measure or ""):  # by which it is looked for
                    columns[column[role]] = names.get(role, columns[column[role]])
                table = replace(table, cells=cells, columns=tuple(columns))
                continue
            column = {**column, role: len(table.columns)}
            table = replace(table, columns=(*table.columns, names.get(role, role)), cells=[*table.cells, held],
                            labels=(*table.labels, "") if table.labels else ())  # fmt: skip
        report.notes.append(lazy("the score of each row is made of its groups of answers, as a panel's"))
    return table, column


def measure_column(table: Table, column: dict[str, int], measure: str | None) -> tuple[str, list[int]]:
    """Return the name of the measure and the place of its column.

    Raises :class:`InputError` if there is none of that name, or several could be meant.
    """
    if measure is not None:
        _ask_twice(table, [_key(name) for name in table.columns], (_key(measure),))
        at = next((i for i, name in enumerate(table.columns) if _key(name) == _key(measure)), None)
        at = at if at is not None else column.get(measure, column.get(series_of(measure) or ""))
        if at is None:
            hint = lazy("columns are: {columns}", columns=some_names(table.columns))
            message = lazy("there is no column `{measure}`{suggestion}",
                           measure=measure, suggestion=did_you_mean(measure, table.columns))  # fmt: skip
            raise InputError(Problem(message, file=table.name, line=1, hint=hint))
        part = series_of(table.columns[at]) or ""
        if re.fullmatch(r"[ec]x_(promoters|passives|detractors|\d+)", part):
            message = lazy("`{name}` counts one group of answers: it is no score", name=table.columns[at])
            hint = lazy("add a column `{series}` with each row's score, 100 × (promoters − detractors) / all",
                        series=part[:2])  # fmt: skip
            if part[:2] in column:
                hint = lazy("say --measure {series}: each row's score is made of all its groups", series=part[:2])
            raise InputError(Problem(message, file=table.name, line=1, hint=hint))
        known = next((role for role in ("ex", "cx") if column.get(role) == at), None)
        return known or measure, [at]
    both = [role for role in ("ex", "cx") if role in column]
    if len(both) == 1:
        return both[0], [column[both[0]]]
    taken = {at for role, at in column.items() if role not in ("ex", "cx")}
    free = [i for i, name in enumerate(table.columns) if i not in taken and name and not count_of(name)]
    if not both:
        named = next((i for key in _MEASURES for i in free if _key(table.columns[i]) == key), None)
        if named is not None:
            return table.columns[named], [named]
    if both:
        free = [column[role] for role in both]
    numbers = [i for i in free if all(not read_number(str(cell)).fault for cell in table.cells[i][:200])]
    if len(numbers) == 1:
        return table.columns[numbers[0]], numbers
    message = lazy("there is no column with a measure, such as `ex`, `cx` or `kpi`")
    if numbers:
        _ask_which(table, numbers)
    raise InputError(Problem(message, file=table.name, line=1, hint=lazy("say which with --measure")))
