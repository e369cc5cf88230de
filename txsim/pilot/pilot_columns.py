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
    opposite,
    role_of,
    series_of,
    speaks_for_itself,
)
from txsim.pilot.pilot_cells import moments, ordered
from txsim.units import SCALES

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


def told_flags(cells: Cells, role: str, flags: NDArray[np.bool_]) -> None:
    """Tell what was taken for granted of a pilot's arms, and of before and after; ask where a name could turn them.

    ``flags``: ``(row,)`` whether the row is of a unit that took part, or after the start. Raises :class:`InputError`
    where the column is called by a control and by something else, as `Access control`, and no word says what a yes is.
    """
    name, held = cells.name(role), [str(cell).strip() for cell in cells.table.cells[cells.column[role]]]
    sides = dict(zip(held, flags.tolist(), strict=True))
    stated = {folded(word): worth for word, worth in cells.spec.words_of(role).items()}
    mere = [word for word in sides if not speaks_for_itself(word, role) and (folded(word) or EMPTY) not in stated]
    yes = some_names((word or EMPTY for word in mere if sides[word]), 3, marked=True)
    if mere and opposite(name, role):
        cells.report.warnings.append(
            lazy("by its name `{column}` says who did not take part: its rows with {words} are the pilot's",
                 column=name, words=yes)
            if role == "treated" else
            lazy("by its name `{column}` says what was before the start: its rows with {words} are after it",
                 column=name, words=yes)
        )  # fmt: skip
    if role == "post":
        return
    if mere and arm_of(name) is False and not opposite(name, role):
        ways = [", ".join(f"{yaml_word(word)}: {int(sides[word] == way)}" for word in mere) for way in (True, False)]
        message = lazy("`{column}`: did units that it says yes of take part, or are they the controls?", column=name)
        hint = lazy(
            "say in the spec `words: {{treated: {{{words}}}}}` if they took part, "
            "`words: {{treated: {{{other}}}}}` if they are the controls", words=ways[0], other=ways[1],
        )  # fmt: skip
        raise InputError(Problem(message, file=cells.table.name, line=1, path=name, hint=hint))
    there = {word for word, gone in zip(held, cells.refused, strict=True) if not gone}
    named = {word: arm for word in sides if word in there and (arm := arm_of(word)) is not None}
    pooled = [word for word in named if named[word] and sides[word] and arm_alone(word) is None]
    if len(pooled) > 1 and not stated:
        cells.report.warnings.append(
            lazy("{words} are read as one arm; to read one alone say `words: {{treated: {{{word}: missing}}}}` of "
                 "another", words=some_names(pooled, 6, marked=True), word=yaml_word(pooled[-1]))
        )  # fmt: skip
    others = [word for word in sides if word and word in there and not sides[word] and named.get(word) is not False
              and folded(word) in stated and flag_of(word) is not False]  # fmt: skip
    if others and False in named.values():
        cells.report.warnings.append(
            lazy("{words} count as controls, as asked for: units that were treated in another way are none. To leave "
                 "them out say `words: {{treated: {{{word}: missing}}}}`",
                 words=some_names(others, 6, marked=True), word=yaml_word(others[0]))
        )  # fmt: skip


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
        days = {name: _without_clock(name) for name in (*when, start)}
        whole = {
            name: natural(day) if len(re.findall(r"\d+|[^\W\d_]{3,}", day)) == 3 else () for name, day in days.items()
        }
        for cell, moment in when.items():
            apart = re.sub(r"\d+", "0", days[cell]) != re.sub(r"\d+", "0", days[start])
            if moment and (moment[1] != begin[1] or (moment == begin and whole[cell] and whole[start] and apart)):
                message = lazy(
                    "`{start}` is written in another way than `{period}`", start=start[:30], period=cell[:30]
                )
                hint = lazy("write the first period after the start as it stands in the file")
                raise InputError(Problem(message, file=table.name, path="start", hint=hint))
        first = (begin, whole[start])  # a month begins with its first day
        late = [
            "" if (moment := when[cell]) is None else int((moment, whole[cell] or whole[start]) >= first)
            for cell in held
        ]
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

    Raises :class:`InputError` if one of them stands twice, or several measures have both.
    """
    keys = [_key(name) for name in table.columns]
    found: dict[str, tuple[int, int]] = {}
    for first, second in _PAIRS:
        for i, key in enumerate(keys):
            stem = key.removesuffix(first).rstrip("_") if key.endswith(first) else None
            other = f"{stem}_{second}" if stem else second
            if stem is None or other not in keys or (measure and stem and stem != _key(measure)):
                continue
            _ask_twice(table, keys, (key, other))
            found.setdefault(stem, (i, keys.index(other)))
    if len(found) > 1:
        _ask_which(table, [place for places in found.values() for place in places])
    return next(((_measure_name(stem) if stem else measure or "kpi", *at) for stem, at in found.items()), None)


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
