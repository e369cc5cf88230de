# SPDX-License-Identifier: MIT
"""Which column of a table is what: by the name that a person gives it, or by the names that people use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from txsim.errors import InputError, Problem, did_you_mean
from txsim.language import Message, Words, lazy
from txsim.panel.reader.answer_grid import counts_of_people
from txsim.panel.reader.header import Table
from txsim.panel.reader.link_spec import OUTCOMES, LinkSpec
from txsim.panel.reader.names import some_names, yaml_word
from txsim.panel.reader.numerals import read_number
from txsim.panel.reader.periods import MONTHS, names_week, read_period
from txsim.panel.reader.question_sheets import ITEMS
from txsim.panel.reader.survey_exports import WHOLE_HEADERS, lacks_year, of_other_periods, one_of_several
from txsim.panel.reader.vocabulary import count_of, folded, is_total, names_weight, role_of, series_of, titled

#: Share of rows in which two columns of periods may differ and mean the same all the same.
_APART = 0.05
#: How Qualtrics calls the column that repeats an answer as its group.
_GROUP = ("nps_group", " - group")
_PANEL = ("unit", "period", "group", "kind", "cluster", "pilot", "weight", *OUTCOMES)


def measure_of(name: str, label: str, spec: LinkSpec) -> str | None:
    """Return the role that a header, or the question below it, has as a measure of EX or CX."""
    for series, words in spec.items.items():
        if words.casefold() in name.casefold() or (label and words.casefold() in label.casefold()):
            return series
    measure = series_of(name) or (series_of(label) if label else None)
    if measure is None and not spec.items:
        candidates = [s for s, items in ITEMS.items() if any(item in f"{name} {label}".casefold() for item in items)]
        measure = candidates[0] if candidates else None  # of a question on both, the employer's is the narrower
    return measure


def named_columns(table: Table, spec: LinkSpec) -> tuple[dict[str, int], list[Problem]]:
    """Return the columns that a spec names, and what is wrong with the names.

    Once rows for each measure have been turned into columns, those of measure and value are gone. A spec may name EX or
    CX by the title of the table, the sheet or the file that holds it.
    """
    columns: dict[str, int] = {}
    problems = []
    for role, name in spec.columns.items():
        if table.reshaped and (role in ("measure", "value") or f"{role}_promoters" in table.columns):
            continue
        at = [i for i, other in enumerate(table.columns) if folded(other) == folded(name)]
        at = at or [i for i in range(len(table.columns)) if table.label(i) and folded(table.label(i)) == folded(name)]
        if table.reshaped and not at:  # what stood in the rows of a measure has become the column of its role
            at = [i for i, other in enumerate(table.columns) if folded(other) == role]
        if at:
            columns[role] = at[0]
            if any(table.cells[i] != table.cells[at[0]] for i in at[1:]):
                problems.append(_doubled(table, at))
        else:
            problems.append(
                Problem(
                    lazy(
                        "there is no column `{name}` for `{role}`{suggestion}",
                        name=name,
                        role=role,
                        suggestion=did_you_mean(name, table.columns),
                    ),
                    file=table.name,
                    line=1,
                    hint=_listed(table),
                )
            )
    for key, names in (("ignore", spec.ignore), ("only", () if table.reshaped else spec.only)):
        for name in names:
            if folded(name) not in map(folded, table.columns):
                message = lazy(
                    "there is no column `{name}` for `{role}`{suggestion}",
                    name=name, role=key, suggestion=did_you_mean(name, table.columns),
                )  # fmt: skip
                problems.append(Problem(message, file=table.name, line=1, hint=_listed(table)))
    return columns, problems


def _listed(table: Table) -> Message:
    return lazy("columns are: {columns}", columns=some_names(table.columns))


def find_columns(table: Table, spec: LinkSpec, roles: Sequence[str], notes: list[Words]) -> dict[str, int]:
    """Return the column of each role; what was taken for a role by another name is noted.

    ``table``, ``spec``: the table, and what a person says about it; ``roles``: roles that are looked for beside
    measures of EX and CX, the most needed first; ``notes``: takes what was found by another name. Raises InputError if
    a column that is named is not there, one stands twice, or two could be meant.
    """
    columns, problems = named_columns(table, spec)
    free = [
        i
        for i, name in enumerate(table.columns)
        if name and i not in columns.values() and folded(name) not in map(folded, spec.ignore)
    ]
    for role in roles:
        if role in columns:
            continue
        ranked = sorted((rank, i) for i in free if (rank := role_of(table.columns[i], role)) is not None)
        if not ranked:
            continue
        best = [i for rank, i in ranked if rank == ranked[0][0]]
        if role == "period" and len(ranked) > 1:
            several = [i for i in period_places(table, spec) if i in {place for _, place in ranked}]
            best = several[:1] or best
            if len(several) > 1 and (other := _other_period(table, several)) is not None:
                problems.append(_doubled(table, [best[0], other], "period"))
        elif len(best) > 1:
            problems.append(_doubled(table, best))
        columns[role] = best[0]
        free.remove(best[0])
        if folded(table.columns[best[0]]) != role:
            notes.append(lazy("column `{column}` is taken for `{role}`", column=table.columns[best[0]], role=role))
    if "weight" in roles and "weight" not in columns:
        weights = [i for i in free if names_weight(table.columns[i]) and _about_one(table.cells[i])]
        if len(weights) > 1:
            problems.append(_doubled(table, weights, "weight"))
        if weights:
            columns["weight"] = weights[0]
            free.remove(weights[0])
            notes.append(
                lazy("column `{column}` is taken for `{role}`", column=table.columns[weights[0]], role="weight")
            )
    measures: dict[str, list[int]] = {}
    for i in free:
        measure = measure_of(table.columns[i], table.label(i), spec)
        if measure is not None and measure not in columns:
            measures.setdefault(measure, []).append(i)
    for role, several in measures.items():
        exact = [i for i in several if folded(table.columns[i]) == role] or several
        if len(exact) > 1:  # Qualtrics puts a column with the group beside each answer
            exact = [i for i in exact if not folded(table.columns[i]).endswith(_GROUP)] or exact
        if len(exact) > 1:
            short = [i for i in exact if folded(table.columns[i]) in ("enps", "nps")]
            exact = short if len(short) == 1 else exact
        if len(exact) > 1:
            problems.append(_doubled(table, exact, role))
        columns[role] = exact[0]
        if folded(table.columns[exact[0]]) != role:
            notes.append(lazy("column `{column}` is taken for `{role}`", column=table.columns[exact[0]], role=role))
    for series in ("ex", "cx"):
        answers = [role for role in columns if re.fullmatch(rf"{series}_\d{{1,2}}", role)]
        if len(answers) < 3:
            for role in answers:
                del columns[role]
    if problems:
        raise InputError(problems)
    return columns


def _about_one(held: Sequence[object]) -> bool:
    """Whether a column holds numbers above 0 with a mean near 1, as weights of answers do."""
    values = [read_number(str(cell)).value for cell in held]
    known = [value for value in values if value is not None]
    return len(known) > 0.9 * len(values) and min(known) >= 0 and 0.5 < sum(known) / len(known) < 2


def period_places(table: Table, spec: LinkSpec) -> list[int]:
    """Return the columns that are called periods and hold such, the likeliest first."""
    waves = {folded(name) for name in spec.waves}
    ranked = sorted((rank, i) for i, name in enumerate(table.columns)
                    if name and folded(name) not in map(folded, spec.ignore)
                    and (rank := role_of(name, "period")) is not None)  # fmt: skip
    held = {i: {str(cell) for cell in table.cells[i] if str(cell).strip()} for _, i in ranked}
    return [i for _, i in ranked
            if held[i] and all(folded(cell) in waves or _dated(cell) for cell in sorted(held[i])[:200])]  # fmt: skip


def _dated(cell: str) -> bool:
    return read_period(cell) is not None or names_week(cell)


def _other_period(table: Table, places: Sequence[int]) -> int | None:
    """Return a column of periods that says something else than the first; ``None`` where all fit together.

    Dates of one answer, such as its begin and its end, fit; so do a quarter and a month within it.
    """
    known = {cell: read_period(cell) for i in places for cell in set(table.cells[i])}
    first = [known[cell] for cell in table.cells[places[0]]]
    for i in places[1:]:
        both = [(a, b) for a, cell in zip(first, table.cells[i], strict=True) if a and (b := known[cell])
                and (a.kind == "count") == (b.kind == "count")]  # fmt: skip
        if not both:
            continue
        apart = sum(a.month + MONTHS[a.kind] <= b.month or b.month + MONTHS[b.kind] <= a.month for a, b in both)
        if both[0][0].kind != "count" and apart > _APART * len(both):
            return i
    return None


def _doubled(table: Table, at: Sequence[int], role: str = "") -> Problem:
    names = [table.columns[i] for i in at]
    if len(set(map(folded, names))) == 1:
        message = lazy("column `{name}` stands twice in the header", name=names[0])
        hint = lazy("if two tables stand beside each other write above each what it holds, `EX` and `CX`, or put "
                    "each on a sheet of that name; else give one of the columns another name")  # fmt: skip
        return Problem(message, file=table.name, line=1, hint=hint)
    listing = some_names(names, 6, marked=True)
    return Problem(
        lazy("several columns could be {role}: {names}", role=role.upper(), names=listing)
        if role
        else lazy("several columns could be meant: {names}", names=listing),
        file=table.name,
        line=1,
        hint=lazy("say which under `columns` in a spec"),
    )


def panel_columns(table: Table, spec: LinkSpec, notes: list[Words], warnings: list[Words]) -> dict[str, int]:
    """Return the columns of a panel: unit, period, EX and CX, and whatever else there is.

    Raises InputError as :func:`find_columns`, or if a column that is needed is not there.
    """
    columns = find_columns(table, spec, _PANEL, notes)
    problems = [*_unit(table, spec, columns, notes), *_twice(table, columns)]
    left = {*map(folded, spec.ignore), *(folded(table.columns[i]) for i in columns.values())}
    for role in ("ex", "cx") if not table.reshaped else ():
        others = of_other_periods(table, columns[role]) if role in spec.columns and role in columns else []
        others = [name for name in others if folded(name) not in left]
        if others:
            hint = lazy("{headers}; to read the one alone list the others under `ignore`", headers=WHOLE_HEADERS)
            problems.append(one_of_several(table, columns[role], others, hint))
    for role in ("unit", "period"):
        if role not in columns:
            hint = lazy("{columns}; say which under `columns` in a spec", columns=_listed(table))
            free = (i for i in range(len(table.columns)) if i not in columns.values())
            if "period" in columns and (at := table.once_in_each(columns["period"], free)) is not None:
                hint = lazy("{columns}; say which under `columns` in a spec, as `columns: {{{role}: {name}}}`",
                            columns=_listed(table), role=role, name=yaml_word(table.columns[at]))  # fmt: skip
            if role == "period":
                hint = lazy("{columns}; say which under `columns` in a spec. If all rows are of one wave, add a column "
                            "`period` with its month or year in each row", columns=_listed(table))  # fmt: skip
            problems.append(Problem(lazy("there is no column `{role}`", role=role), file=table.name, line=1, hint=hint))
    for series in ("ex", "cx"):
        there = any(role == series or re.fullmatch(rf"{series}_(promoters|\d+)", role) for role in columns)
        if not there and series == "ex" and any(name in columns for name in OUTCOMES):
            warnings.append(lazy("no column for EX: only what CX does to money is read"))
        elif not there:
            message = lazy("there is no column for {series}", series=series.upper())
            hint = lazy(
                "expected `{series}`, `{series}_promoters` and `{series}_detractors`, or answer counts `{series}_0` … "
                "`{series}_10`; {listed}; say which under `columns` in a spec{such}",
                series=series, listed=_listed(table), such=_such(table, columns, spec),
            )  # fmt: skip
            problems.append(Problem(message, file=table.name, line=1, hint=hint))
        elif f"{series}_promoters" in columns and f"{series}_detractors" not in columns:
            message = lazy("`{series}_promoters` without `{series}_detractors`: a score needs both", series=series)
            problems.append(Problem(message, file=table.name, line=1, hint=_listed(table)))
    if problems:
        raise InputError(problems)
    counts_of_people(table, columns, notes, warnings)
    lone = [name for i, name in enumerate(table.columns) if i not in columns.values() and count_of(name)]
    for name in lone if "n_ex" not in columns or "n_cx" not in columns else ():
        warnings.append(
            lazy("column `{name}` is not used: whose answers does it count? Say `columns: {{n_ex: {word}}}`, "
                 "`{{n_cx: {word}}}` or `{{n_ex: {word}, n_cx: {word}}}` in the spec", name=name, word=yaml_word(name))
        )  # fmt: skip
    return columns


def _spoken(text: str, spec: LinkSpec) -> str | None:
    """Return the measure, ``ex`` or ``cx``, that a title is of, or the first words of a text that speak of one are."""
    if (role := titled(text)) is not None:
        return role
    words = re.split(r"[\s_]+", text)
    parts = (" ".join(words[a:b]) for a in range(len(words)) for b in range(len(words), a, -1))
    return next((role for part in parts if (role := measure_of(part, "", spec)) in ("ex", "cx")), None)


def _such(table: Table, columns: dict[str, int], spec: LinkSpec) -> Words:
    """Return how to name the columns of EX and CX where words in headers, or in the rows of one, speak of them."""
    free = [i for i, name in enumerate(table.columns)
            if name and i not in columns.values() and not folded(name).endswith(_GROUP)]  # fmt: skip
    likely: dict[str, list[int]] = {}
    for i in free:
        role = _spoken(table.columns[i], spec)
        if role is not None and role not in columns:
            likely.setdefault(role, []).append(i)
    held = {i: list(dict.fromkeys(word for cell in table.cells[i] if (word := str(cell).strip()))) for i in free}
    numbers = [i for i in free if len(held[i]) > 2 and all(not read_number(cell).fault for cell in held[i][:200])]
    kinds = [i for i in free if 1 < len(held[i]) <= 8 and all(read_number(cell).value is None for cell in held[i])]
    speak = {word: _spoken(word, spec) for i in kinds for word in held[i]}
    kinds = [i for i in kinds if role_of(table.columns[i], "measure") is not None or any(map(speak.get, held[i]))]
    undated = "period" not in columns or set(table.cells[columns["period"]]) == {"1"}  # as one wave
    dated = [i for i in free if lacks_year(table.columns[i]) or read_period(table.columns[i])]
    wide = (undated and len(dated) > 1) or any(
        of_other_periods(table, i, whole=False) or (undated and all(re.search(r"\d", table.columns[k]) for k in each))
        for each in likely.values() if len(each) > 1 for i in each[:1]
    )  # fmt: skip
    # of several with numbers none is named: `NPS (internal)` is no customers'
    one = {role: [i for i in several if i in numbers] or several for role, several in likely.items()}
    named = {role: table.columns[several[0]] for role, several in one.items() if len(several) == 1}
    if wide or (numbers and kinds and of_other_periods(table, numbers[0], whole=False)):
        return lazy("; {headers}", headers=WHOLE_HEADERS)
    apart = [i for i in _apart(table, columns) if any(_spoken(str(word), spec) for word in set(table.cells[i]))]
    values = numbers or [i for role, i in columns.items() if apart and role in ("ex", "cx")]
    if (not likely or apart) and values and (kinds or apart):
        at = (kinds or apart)[0]
        words = sorted(held.get(at) or set(map(str, table.cells[at])),
                       key=lambda word: ({"ex": 0, "cx": 2}.get(_spoken(word, spec) or "", 1), word))  # fmt: skip
        said = (table.columns[at], table.columns[values[0]], words[0], words[-1])
        named = dict(zip(("measure", "value", "ex", "cx"), said, strict=True))
    listed = ", ".join(f"{role}: {yaml_word(name)}" for role, name in named.items())
    if "measure" in named and not (_spoken(named["ex"], spec) or _spoken(named["cx"], spec)):
        return lazy(", as `columns: {{{listed}}}`, or with `ex` and `cx` the other way round", listed=listed)
    return lazy(", as `columns: {{{listed}}}`", listed=listed) if named else ""


def _apart(table: Table, columns: dict[str, int]) -> list[int]:
    """Return columns of two words of which each unit has both in each period, once: rows of two measures."""
    if not {"unit", "period"} <= set(columns):
        return []
    cells = list(zip(*(table.cells[columns[role]] for role in ("unit", "period")), strict=True))
    if len(cells) != 2 * len(set(cells)):
        return []
    free = [i for i in range(len(table.columns)) if i not in (columns["unit"], columns["period"])]
    two = [i for i in free if len(set(table.cells[i])) == 2 and all(map(str.strip, map(str, table.cells[i])))
           and all(read_number(str(cell)).value is None for cell in set(table.cells[i]))]  # fmt: skip
    return [i for i in two if len(set(zip(cells, table.cells[i], strict=True))) == len(cells)]


def as_one_wave(table: Table, spec: LinkSpec) -> Table:
    """Return a table without a column of periods in which each unit stands once with the one wave that it holds."""
    if "period" in spec.columns or any(role_of(name, "period") is not None for name in table.columns):
        return table
    stated = folded(spec.columns.get("unit", ""))
    units = [i for i, name in enumerate(table.columns)
             if (folded(name) == stated if stated else role_of(name, "unit") is not None)]  # fmt: skip
    names = [folded(str(cell)) for cell in table.cells[units[0]]] if len(units) == 1 else []
    if len(names) < 2 or "" in names or len(set(names)) < len(names):
        return table
    note = lazy("no column of periods, and each unit stands once: taken for one wave")
    columns, cells = (*table.columns, "period"), [*table.cells, ["1"] * len(names)]
    return replace(table, columns=columns, cells=cells, notes=(*table.notes, note))


def _twice(table: Table, columns: dict[str, int]) -> Iterator[Problem]:
    """Yield columns that are measured by and stand for something else as well, as EX for CX."""
    measures = [role for role in columns if role in OUTCOMES or re.match("[ec]x", role)]
    for role in measures:
        other = next((each for each in columns if each != role and columns[each] == columns[role]), None)
        if other is not None and (other not in measures or measures.index(other) < measures.index(role)):
            name = table.columns[columns[role]]
            message = lazy("column `{name}` is both `{other}` and `{role}`", name=name, other=other, role=role)
            yield Problem(message, file=table.name, line=1, hint=_listed(table))


def _unit(table: Table, spec: LinkSpec, columns: dict[str, int], notes: list[Words]) -> list[Problem]:
    """Choose the unit among several columns that could be it; ask where two of them would make different panels.

    A number of its own on each row is no unit. The column by which each unit has one row in each period is one.
    """
    if "unit" in spec.columns or "unit" not in columns or "period" not in columns:
        return []
    taken = {at for role, at in columns.items() if role != "unit"}
    ranked = sorted((rank, i) for i, name in enumerate(table.columns)
                    if i not in taken and folded(name) not in map(folded, spec.ignore)
                    and (rank := role_of(name, "unit")) is not None)  # fmt: skip
    places = [i for _, i in ranked]
    if len(places) < 2:
        return []
    periods = [str(cell) for cell in table.cells[columns["period"]]]
    cells = {i: [str(cell).strip() for cell in table.cells[i]] for i in places}
    rows = len(periods)
    lasting = [i for i in places if len(set(cells[i])) < rows] or places
    pairs = {i: [pair for pair in zip(cells[i], periods, strict=True) if not is_total(pair[0])] for i in lasting}
    whole = [i for i in lasting if len(set(pairs[i])) == len(pairs[i]) > rows / 2]
    best = (whole or lasting)[0]
    other = next(
        (i for i in whole[1:] if len(set(zip(cells[i], cells[best], strict=True))) > len(set(cells[best]))), None
    )
    if other is not None:
        names = some_names((table.columns[best], table.columns[other]), marked=True)
        hint = lazy("say which under `columns` in a spec, as `columns: {{{role}: {name}}}`", role="unit",
                    name=yaml_word(table.columns[best]))  # fmt: skip
        return [Problem(lazy("several columns could be the unit: {names}", names=names), file=table.name, line=1,
                        hint=hint)]  # fmt: skip
    if best != columns["unit"]:
        old = table.columns[columns["unit"]]
        columns["unit"] = best
        notes[:] = [note for note in notes if not _speaks_of(note, old)]
        note = lazy("column `{column}` is taken for `{role}`", column=table.columns[best], role="unit")
        notes.append(note)
    return []


def _speaks_of(note: Words, column: str) -> bool:
    return isinstance(note, Message) and dict(note.params) == {"column": column, "role": "unit"}


def unused(table: Table, columns: dict[str, int]) -> list[str]:
    """Return the names of columns that are not read."""
    taken = {table.columns[i] for i in columns.values()} | {*table.sources, ""}
    return [name for name in table.columns if name not in taken]
