# SPDX-License-Identifier: MIT
"""One table from a file, from the sheets of a workbook, from several files or a folder of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

from txsim.errors import InputError, Problem
from txsim.files import inside
from txsim.language import Message, Words, lazy, lazy_plural
from txsim.panel.reader.cells import check_width
from txsim.panel.reader.header import CURES, Table, is_data, table_of
from txsim.panel.reader.join import by_name, how_to_join, in_own_orders, joined, series_in
from txsim.panel.reader.kinds_of_rows import only
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.names import some_names, yaml_word
from txsim.panel.reader.periods import read_period
from txsim.panel.reader.question_sheets import question_sheets
from txsim.panel.reader.shapes import blocks_below
from txsim.panel.reader.sheets import READERS, Grid, grids_of
from txsim.panel.reader.survey_exports import tidied, with_year_of
from txsim.panel.reader.vocabulary import arm_of, folded, late_of, people_of, role_of, series_of


def data_files(path: Path) -> list[Path]:
    """Return the files of data of a path: itself, or those that a folder holds.

    Raises InputError if a folder holds none, or one of them lies outside the folder.
    """
    if not path.is_dir():
        return [path]
    paths = sorted(p for p in path.iterdir() if p.suffix.lower() in READERS and not p.name.startswith((".", "~$")))
    if not paths:
        raise InputError(Problem(lazy("no CSV, Parquet or Excel file in this folder"), file=str(path)))
    for file in paths:
        if not inside(file, path):
            raise InputError(Problem(lazy("this is a link to a place outside the folder"), file=str(file)))
    return paths


def read_table(paths: Iterable[Path], spec: LinkSpec) -> Table:
    """Return one table from one or several files, or from a folder of them.

    Raises InputError if a file is missing, empty, too large or of no known kind, or tables of different columns could
    be meant.
    """
    tables = [_of_file(file, spec) for path in paths for file in data_files(path)]
    first = tables[0]
    sums = {
        m[1]
        for t in tables
        for _, _, why in t.dropped
        if isinstance(why, Message)
        and (m := re.fullmatch(r"(.+) (?:overall|total)", str(dict(why.params).get("name", "")).lower()))
    }
    if sums and first.columns[0] == "unit":  # `DOD Overall` in one year is `DOD` in another
        tables = [_without(table, sums) for table in tables]
    if len(tables) > 1:
        stems = [Path(table.name).stem for table in tables]
        tables = [with_year_of(table, stem, spec) for table, stem in zip(tables, stems, strict=True)]
        tables = _named(tables, stems, spec)
    stacks = _stacks(tables, spec)
    if len(stacks) == 1:
        return only(_with_sources(stacks[0]), spec)
    together = joined(stacks, [Path(table.name).name for table in stacks], spec)
    if together is not None:
        return together
    first, other = stacks[:2]
    message = lazy(
        "its columns ({columns}) differ from those of {name} ({others})",
        columns=some_names(other.columns, 8),
        name=first.name,
        others=some_names(first.columns, 8),
    )
    raise InputError(
        Problem(message, file=other.name, hint=how_to_join(stacks, [Path(table.name).stem for table in stacks], spec))
    )


#: Rows in which the first header is looked for.
_LOOK = 15
#: What sheets are called that sum up the others, or say where they are to go.
_SUMMARY = re.compile(
    r"summar|\btotal|overall|overview|\ball\b|average|dashboard|gesamt|übersicht|zusammenfassung|свод|итог|всего|обзор"
    r"|résumé|synthèse|ensemble|resumen|riepilogo|\b(?:targets?|goals?|plans?|ziele?|план\w*|цел[иь])\b|budget|бюджет",
    re.IGNORECASE,
)  # fmt: skip


def _stacks(tables: Sequence[Table], spec: LinkSpec) -> list[Table]:
    """Return tables with those of the same columns below each other, their dates in one order."""
    alike: dict[tuple[str, ...], list[Table]] = {}
    for table in in_own_orders(tables, spec):
        alike.setdefault(tuple(sorted(map(folded, table.columns))), []).append(table)
    return [_stacked(several) for several in alike.values()]


def _with_sources(table: Table) -> Table:
    """Return a table with the name of the sheet, or the file, that each row comes from; as it is where it is one."""
    names = [name for _, name in table.files]
    of_sheets = len({name.partition("[")[0] for name in names}) == 1
    words = [name.partition("[")[2].removesuffix("]") if of_sheets else Path(name).stem for name in names]
    if len(set(words)) < max(2, len(names)):
        return table
    ends = [*(start for start, _ in table.files[1:]), len(table)]
    held = [word for word, (start, _), end in zip(words, table.files, ends, strict=True) for _ in range(start, end)]
    return table.with_source("sheet" if of_sheets else "file", held)


def _without(table: Table, sums: set[str]) -> Table:
    for name in sorted({str(unit) for unit in table.cells[0] if str(unit).lower() in sums}):
        gone = {k for k, unit in enumerate(table.cells[0]) if str(unit) == name}
        table = table.without(gone, lazy("`{name}` is a sum of units", name=name))
    return table


def _stacked(tables: list[Table]) -> Table:
    """Return tables of the same columns below each other."""
    first = tables[0]
    if len(tables) == 1:
        return first
    order = [folded(name) for name in first.columns]
    cells: list[list[object]] = [[] for _ in order]
    for table in tables:
        at = {folded(name): k for k, name in enumerate(table.columns)}
        for k, name in enumerate(order):
            cells[k] += table.cells[at[name]]
    begins = accumulate([0, *(len(table) for table in tables[:-1])])
    return replace(
        first,
        cells=cells,
        lines=[line for table in tables for line in table.lines],
        files=tuple((start, table.name) for start, table in zip(begins, tables, strict=True)),
        notes=tuple(dict.fromkeys(note for table in tables for note in table.notes)),
        dropped=tuple(d for table in tables for d in table.dropped),
    )


def _shown(table: Table, spec: LinkSpec) -> Table:
    """Return a table without the rows that the spreadsheet program does not show, or with them, as a person says.

    Raises InputError if nobody has said which.
    """
    if not table.hidden:
        return table
    count, first = len(table.hidden), table.hidden[0]
    if spec.hidden == "ask":
        message = lazy_plural("Excel hides {n} row of this table", "Excel hides {n} rows of this table", count)
        hint = lazy(
            "say `hidden: skip` in the spec if rows that are hidden, or filtered out, do not count, else `hidden: read`"
        )
        raise InputError(Problem(message, file=table.name, line=first, hint=hint))
    if spec.hidden == "read":
        return replace(table, notes=(*table.notes, lazy("rows that Excel hides were read: {count}", count=count)))
    hidden = set(table.hidden)
    return table.without({k for k, line in enumerate(table.lines) if line in hidden}, lazy("a row that Excel hides"))


def _visible(
    grids: list[Grid], tables: list[tuple[Grid, Table]], spec: LinkSpec, path: Path
) -> list[tuple[Grid, Table]]:
    """Return tables of sheets that are shown; those of hidden sheets are asked about."""
    hidden = [grid.sheet for grid, _ in tables if grid.hidden]
    if not hidden or len(hidden) == len(tables) or spec.sheet or spec.hidden == "read":
        return tables
    if spec.hidden == "ask":
        names = some_names(hidden, 6, marked=True)
        message = lazy("sheets that Excel hides hold data, too: {names}", names=names)
        hint = lazy("say `hidden: skip` in the spec if they do not count, `hidden: read` if they do, or which `sheet:`")
        raise InputError(Problem(message, file=str(path), hint=hint))
    return [(grid, table) for grid, table in tables if not grid.hidden]


def _parts(grid: Grid, spec: LinkSpec) -> list[Grid]:
    """Return the tables of a sheet, below or beside each other, that have headers of their own; each by its title.

    A header below begins as the first does; one beside, too. Where all say the same their titles tell the measures, or
    the arms of a pilot, apart, else they are one table in blocks (:func:`txsim.panel.reader.shapes.blocks_below`);
    blocks of one column for each period say by themselves nothing of what they hold.
    """
    rows = grid.rows
    keys = [[folded(str(cell)) if _filled(cell) else "" for cell in row] for _, row in rows[:_LOOK]]
    heads_at = (k for k, row in enumerate(keys) if _begins(row, spec) and sum(map(bool, row)) > 1 and not is_data(row))
    top = next(heads_at, None)
    if top is None:
        return [grid]
    at = next(i for i, name in enumerate(keys[top]) if name)
    first = keys[top][at]
    column = [row[at] if at < len(row) else "" for _, row in rows]
    again = {cell for cell in set(column[top:]) if _says(cell, first)}
    below = [k for k in range(top, len(rows)) if column[k] in again and (k == top or not is_data(rows[k][1]))]
    beside = [i for i, name in enumerate(keys[top]) if name == first]
    if (len(below) > 1) == (len(beside) > 1):
        return [grid]
    if len(beside) > 1:
        ends = [*beside[1:], len(keys[top])]
        pieces = [[(line, row[a:b]) for line, row in rows] for a, b in zip(beside, ends, strict=True)]
        pieces = [[(line, row) for line, row in piece if any(map(_filled, row))] for piece in pieces]
    else:
        begins = [k - (k > 0 and sum(map(_filled, rows[k - 1][1])) == 1) for k in below]
        pieces = [rows[a:b] for a, b in zip(begins, [*begins[1:], len(rows)], strict=True)]
    parts, heads = [], []
    for number, piece in enumerate(pieces, 1):
        head = next(k for k, (_, row) in enumerate(piece) if any(_says(cell, first) for cell in row))
        over = [str(cell).strip() for _, row in piece[:head] for cell in row if _filled(cell)]
        heads.append([folded(str(cell)) for cell in piece[head][1] if _filled(cell)])
        name = f"{grid.sheet} {over[-1] if over else number}".strip()
        parts.append(replace(grid, sheet=name, rows=piece[head:]))
    told = {series_in(part.sheet, spec) or arm_of(part.sheet) for part in parts} - {None}
    return [grid] if heads[0] in heads[1:] and len(told) < len(parts) and not _untold(heads[0]) else parts


def _untold(names: Sequence[str]) -> bool:
    """Whether headers are periods and none says what stands below them."""
    return sum(map(_is_date, names)) > 1 and not any(map(series_of, names))


def _begins(row: Sequence[str], spec: LinkSpec) -> bool:
    """Whether a row's first word is one for units, by itself or by the spec."""
    first = next(filter(None, row), "")
    return role_of(first, "unit") is not None or first == folded(spec.columns.get("unit", "")) != ""


def _filled(cell: object) -> bool:
    return cell is not None and str(cell).strip() != ""


def _says(cell: object, name: str) -> bool:
    return isinstance(cell, str) and folded(cell) == name


def _of_file(path: Path, spec: LinkSpec) -> Table:
    grids = grids_of(path, spec)
    if len(grids) > 3 and not spec.sheet:
        candidate = question_sheets(grids, spec)
        if candidate is not None:
            return candidate
    sheets = {grid.sheet for grid in grids if grid.sheet}
    grids = [part for grid in grids for part in _parts(grid, spec)]
    read = [(grid, table) for grid in grids if (table := table_of(grid)) is not None]
    whole = [(grid, blocks_below(table, spec)) for grid, table in read if len(table)]
    tables = [(grid, tidied(with_year_of(table, grid.sheet, spec), spec)) for grid, table in whole]
    tables = [(grid, only(table, spec, of_several=len(tables) > 1)) for grid, table in tables]
    if not tables:
        name = grids[0].name if len(grids) == 1 else str(path)
        why = next((reason for _, table in read for _, _, reason in table.dropped), None)
        message = lazy("there is no row below the header")
        if why is not None:
            count = len({line for _, table in read for _, line, _ in table.dropped})
            message = lazy("none of {count:,} rows below the header can be read: {reason}", count=count, reason=why)
        raise InputError(Problem(message, file=name, hint=CURES.get(why)))
    if len(grids) == 1:
        check_width(tables[0][1])
        return _shown(tables[0][1], spec)
    own = any(_held(table, spec, "period") for _, table in tables)
    called = _named([table for _, table in tables], [grid.sheet for grid, _ in tables], spec)
    tables = [(grid, table) for (grid, _), table in zip(tables, called, strict=True)]
    asked = next((words for name, words in spec.only.items() if folded(name) == "sheet"), ())
    wanted = {folded(word) for word in ((asked,) if isinstance(asked, str) else asked)}
    if named := [(grid, table) for grid, table in tables if folded(grid.sheet) in wanted]:
        tables = named
    if len(named) == 1:  # rows of one sheet alone do not say which, and are asked for it
        tables = [(grid, table.with_source("sheet", [grid.sheet] * len(table))) for grid, table in named]
    usable = [(g, t) for g, t in tables if _held(t, spec, "unit") and _held(t, spec, "period") and _measures(t, spec)]
    usable = [(grid, _shown(table, spec)) for grid, table in _visible(grids, usable, spec, path)]
    if not usable:  # both arms of a pilot on a measure of any name, or neither
        usable = [(g, t) for g, t in tables if t.columns[0] in ("treated", "post") and _held(t, spec, "unit")]
        usable = [(grid, _shown(table, spec)) for grid, table in usable]
    stacks = _stacks([table for _, table in usable], spec)
    title = {grid.name: grid.sheet for grid in reversed(grids)}
    together = joined(stacks, [title.get(t.name, t.name) for t in stacks], spec) if len(stacks) > 1 else None
    if len(stacks) > 1 and together is None:
        could = [grid.sheet for grid, _ in usable]
        listing, real = some_names(could, 8, marked=True), [name for name in could if name in sheets]
        message = lazy("several tables could be meant: {names}; their columns differ", names=listing)
        how = how_to_join(stacks, [title.get(table.name, table.name) for table in stacks], spec)
        hint = lazy("give all of them the same columns, or put each in a file or on a sheet of its own; {together}",
                    together=how)  # fmt: skip
        if real:
            hint = lazy("say which by `sheet: {sheet}` in the spec, or give all the same columns; {together}",
                        sheet=yaml_word(real[0]), together=how)  # fmt: skip
        raise InputError(Problem(message, file=str(path), hint=hint))
    alike = [grid.sheet for grid, table in tables if _held(table, spec, "unit") and _measures(table, spec)]
    undated = [sheet for sheet in alike if sheet not in {grid.sheet for grid, _ in usable}]
    by_sheet = bool(usable) and not own and all(_is_date(grid.sheet) for grid, _ in usable)
    if by_sheet and not all(_SUMMARY.search(sheet) or series_in(sheet, spec) for sheet in undated):
        message = lazy("most of these sheets say which period they hold, but not {sheets}",
                       sheets=some_names(undated, 8, marked=True))  # fmt: skip
        dated = ", ".join(yaml_word(grid.sheet) for grid, _ in usable)
        hint = lazy("call each after its month or quarter, with the year (`January 2024`), or say which are read by "
                    "`only: {{sheet: [{names}]}}` in the spec", names=dated)  # fmt: skip
        raise InputError(Problem(message, file=str(path), hint=hint))
    if not usable and len(alike) > 1 and not spec.sheet:
        message = lazy("none of these sheets says which period it holds: {sheets}", sheets=some_names(alike, 8))
        hint = lazy("call each after its month or quarter, with the year (`January 2024`), or say which is read by "
                    "`sheet: {sheet}` in the spec", sheet=yaml_word(alike[0]))  # fmt: skip
        raise InputError(Problem(message, file=str(path), hint=hint))
    bare = [(g, t) for g, t in tables if _held(t, spec, "unit") and _untold(t.columns)]
    apart = folded(spec.columns.get("treated", "")) == "sheet"
    if not usable and bare and all(apart or _held(t, spec, "treated") for _, t in bare):
        usable, stacks = bare, _stacks([t for _, t in bare], spec)  # the arms of a pilot, a column for each wave
    if not spec.sheet:
        _ask_untold(path, usable, bare, spec)
    if not usable:
        grid, largest = max(tables, key=lambda candidate: len(candidate[1]) * len(candidate[1].columns))
        usable = [(grid, _shown(largest, spec))]
    names = [grid.sheet for grid, _ in usable]
    table = together or _stacked(in_own_orders([table for _, table in usable], spec))
    check_width(table)
    notes = list(table.notes)
    if len(names) > len(stacks) > 0:
        notes.append(lazy("{number} sheets with the same columns were put below each other: {names}",
                          number=len(names), names=some_names(names)))  # fmt: skip
    left = [grid.sheet for grid in grids if grid.sheet not in names and grid.rows]
    if left:
        told = lazy("tables not read: {names}", names=some_names(left, 8))
        notes.append(lazy("sheets not read: {names}", names=some_names(left, 8)) if sheets.issuperset(left) else told)
    return replace(table, notes=tuple(notes))


def _ask_untold(path: Path, usable: list[tuple[Grid, Table]], bare: list[tuple[Grid, Table]], spec: LinkSpec) -> None:
    """Ask what tables hold that say periods alone, where none says a measure, or one says one of two."""
    read = {grid.sheet for grid, _ in usable}
    untold = [grid.sheet for grid, _ in bare if grid.sheet not in read]
    holds = {role: grid.sheet for grid, table in usable for role in ("ex", "cx") if role in table.columns}
    one = len(holds) == 1 and all(table.reshaped for _, table in usable)
    arms = any(_held(table, spec, "treated") for _, table in usable)  # a pilot needs one measure
    if not untold or all(map(_is_date, untold)) or not ((one and not arms) or (not usable and len(untold) > 1)):
        return
    sheets_of = dict(zip((role for role in ("ex", "cx") if role not in holds), untold, strict=False)) | holds
    ex, cx = (yaml_word(sheets_of[role]) for role in ("ex", "cx"))
    message = lazy("none of these tables says what it holds: {names}", names=some_names(untold, 8, marked=True))
    hint = lazy("say which is which by `columns: {{ex: {ex}, cx: {cx}}}` in the spec; if they are the arms of a "
                "pilot, by `columns: {{treated: sheet}}` and `words: {{treated: {{{ex}: 1, {cx}: 0}}}}`",
                ex=ex, cx=cx)  # fmt: skip
    raise InputError(Problem(message, file=str(path), hint=hint))


def _is_date(name: str) -> bool:
    return (when := read_period(name)) is not None and when.kind != "count"


def _named(tables: Sequence[Table], names: Sequence[str], spec: LinkSpec) -> list[Table]:
    """Return tables with the period, unit, arm or measure by which sheets or files are called, if they hold none."""
    for role, meaning in (("treated", arm_of), ("post", late_of)):
        note = lazy("`{role}` of the pilot was read from the names of the sheets or files", role=role)
        said = [meaning(name) for name in names]
        named = {table.columns for table, one in zip(tables, said, strict=True) if one is not None}
        whole = all(one is not None or table.columns not in named for table, one in zip(tables, said, strict=True))
        held = [each for each in ("treated", "post", "period") if any(_held(table, spec, each) for table in tables)]
        if whole and role not in held and (role == "treated" or held == ["treated"]) and {True, False} <= {*said}:
            tables = [table if one is None else _with(table, role, str(int(one)), note)
                      for table, one in zip(tables, said, strict=True)]  # fmt: skip
    dated, roles = [_is_date(name) for name in names], [series_in(name, spec) for name in names]
    if all(dated) or sum(dated) > 1:
        if not any(_held(table, spec, "period") for table in tables):
            note = lazy("the period was read from the names of the sheets or files")
            tables = [_with(table, "period", name, note) if is_it else table
                      for table, name, is_it in zip(tables, names, dated, strict=True)]  # fmt: skip
    elif (
        not all(roles)
        # of departments one may be called `Personal`, or `Customer Experience`
        and all(_measures(table, spec) for table, role in zip(tables, roles, strict=True) if role)
        and not any(_held(table, spec, "unit") for table in tables)
    ):
        note = lazy("the unit was read from the names of the sheets or files")
        tables = [
            _with(table, "unit", name, note) if _held(table, spec, "period") and _measures(table, spec) else table
            for table, name in zip(tables, names, strict=True)
        ]
    # where another is called `eNPS`, `Employees` may hold a headcount
    return [table if people_of(name) is not None and roles.count(role) > 1 else by_name(table, name, spec)
            for table, name, role in zip(tables, names, roles, strict=True)]  # fmt: skip


def _with(table: Table, role: str, word: str, note: Words) -> Table:
    columns, labels = (role, *table.columns), ("", *table.labels) if table.labels else ()
    cells = [[word] * len(table), *table.cells]
    return replace(table, columns=columns, cells=cells, labels=labels, notes=(*table.notes, note))


def _held(table: Table, spec: LinkSpec, role: str) -> bool:
    """Whether a table has a column for a role, by the spec or by name."""
    if role in spec.columns:
        return any(folded(name) == folded(spec.columns[role]) for name in table.columns)
    return any(role_of(name, role) is not None for name in table.columns)


def _measures(table: Table, spec: LinkSpec) -> bool:
    names = [*table.columns, *table.labels]
    if any(role in spec.columns and _held(table, spec, role) for role in ("ex", "cx", "measure")):
        return True
    return any(series_of(name) is not None for name in names) or _held(table, spec, "measure")
