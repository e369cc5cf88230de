# SPDX-License-Identifier: MIT
"""Workbooks with one sheet per survey question, as public surveys publish them: shares of answers by unit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

from txsim.errors import InputError, Problem
from txsim.language import Words, lazy
from txsim.panel.reader.cells import SEVERAL
from txsim.panel.reader.header import Table
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.names import some_names
from txsim.panel.reader.numerals import read_number, tidy_name
from txsim.panel.reader.sheets import Grid
from txsim.panel.reader.vocabulary import folded, is_total, role_of

#: Words by which the questions of well-known surveys are found.
ITEMS = {
    "ex": (
        "recommend my organization", "recommend my organisation", "good place to work", "place to work",
        "as an employer", "as employer", "als arbeitgeber", "как работодател", "как место работы",
        "как хорошее место работы", "comme employeur", "comme lieu de travail", "jako pracodawc",
        "jako miejsce pracy", "como empleador", "como lugar para trabajar", "come datore di lavoro",
    ),
    "cx": (
        "needs of our customers", "customer satisfaction", "recommend us to a friend", "as a customer",
        "recommend our", "recommend us to friends", "recommend our company to a friend", "einem freund",
        "freunden weiterempfehlen", "freunden oder", "freunden und", "freund oder", "порекомендуете нас друз",
        "порекомендуете нашу компанию друз", "друзьям", "знакомым", "à un proche", "à vos proches", "à un ami",
        "à vos amis", "znajomym", "znajomemu", "a un amigo", "a sus amigos", "a un amico",
    ),
}  # fmt: skip
#: Sheets of this form that make such a workbook; rows of each that are looked at.
_FEWEST, _ROWS = 3, 400


def question_sheets(grids: list[Grid], spec: LinkSpec) -> Table | None:
    """Return units in rows with shares of better and worse answers; ``None`` where the workbook has another form.

    Question numbers change from year to year, so that questions are found by their words. Raises InputError if no sheet
    holds a question on EX or CX, or the year is nowhere told.
    """
    file = grids[0].file
    wanted = {s: (spec.items[s],) if s in spec.items else ITEMS[s][: 3 if s == "ex" else 2] for s in ("ex", "cx")}
    sheets = 0
    cells: dict[str, dict[str, tuple[int, float, float, float]]] = {"ex": {}, "cx": {}}
    year: str | None = None
    dropped: list[tuple[str, int, Words]] = []
    notes: list[Words] = []
    for grid in grids:
        rows = [
            (i, ["" if c is None else str(c).replace("\xa0", " ").strip() for c in row])
            for i, row in grid.rows
            if i <= _ROWS
        ]
        head = next((k for k, (_, row) in enumerate(rows[:15]) if _is_shares_header(row)), None)
        if head is None:
            continue
        sheets += 1
        title = re.sub(r"\s+", " ", " ".join(row[0] for _, row in rows[:head] if row)).lower()
        if year is None:
            year_told = re.search(r"\b(19|20)\d\d\b", f"{title} {Path(file).stem.replace('_', ' ')}")
            year = year_told.group(0) if year_told else None
        series = next((s for s in ("ex", "cx") if any(w.lower() in title for w in wanted[s])), None)
        if series is None or cells[series]:
            continue
        header = [cell.lower() for cell in rows[head][1]]
        total = next(k for k, cell in enumerate(header) if "total" in cell)
        answers = list(range(1, total))
        for line, row in rows[head + 1 :]:
            unit = tidy_name(row[0]) if row else ""
            if not unit or len(row) <= total or not row[total]:
                continue
            if is_total(unit):
                dropped.append((grid.name, line, lazy("`{name}` is a sum of units", name=unit)))
                continue
            shares = [read_number(row[k]).value for k in answers]
            count = read_number(row[total], comma="thousands").value
            if any(share is None for share in shares) or count is None or count <= 0:
                dropped.append((grid.name, line, lazy("`{name}`: shares or count are missing", name=unit)))
                continue
            whole = [float(share or 0) for share in shares]
            if not 97 <= sum(whole) <= 103:
                dropped.append(
                    (grid.name, line, lazy("`{name}`: shares sum to {total:g} %", name=unit, total=sum(whole)))
                )
                continue
            k = len(whole) // 2  # the better half, the worse half; a middle answer counts for neither
            cells[series][unit] = (line, sum(whole[:k]), sum(whole[-k:]), count)
        question = re.sub(r"^.*\(\d+\w?\)", "", title).strip(" .")[:100]
        notes.append(
            lazy(
                "{series} is the question “{question}”, better minus worse half of the answers",
                series=series.upper(),
                question=question,
            )
        )
    if sheets < _FEWEST:
        return None
    if not cells["ex"] and not cells["cx"]:
        message = lazy(
            "{sheets} sheets with questions, but none on EX ({ex}) or CX ({cx})",
            sheets=sheets,
            ex=wanted["ex"][0],
            cx=wanted["cx"][0],
        )
        raise InputError(
            Problem(message, file=file, hint=lazy("name words of the questions under `items` in the spec"))
        )
    if year is None:
        raise InputError(Problem(lazy("neither a sheet nor the file's name holds the year"), file=file))
    parts = [f"{s}_{part}" for s in ("ex", "cx") for part in ("promoters", "detractors")]
    unit_rows = []
    for unit in dict.fromkeys([*cells["ex"], *cells["cx"]]):
        both = cells["ex"].get(unit), cells["cx"].get(unit)
        line = (both[0] or both[1] or (0,))[0]
        share_texts = [
            cell for one in both for cell in (("", "") if one is None else (f"{one[1]:.6g}", f"{one[2]:.6g}"))
        ]
        counts = ["" if one is None else f"{one[3]:.0f}" for one in both]
        unit_rows.append((line, (unit, year, *share_texts, *counts)))
    columns = [list(column) for column in zip(*(row for _, row in unit_rows), strict=True)]
    lines = [line for line, _ in unit_rows]
    return Table(
        file, ("unit", "period", *parts, "n_ex", "n_cx"), columns, lines, notes=tuple(notes), dropped=tuple(dropped)
    )


def _is_shares_header(row: list[str]) -> bool:
    texts = [cell.lower() for cell in row if cell]
    return (
        len(texts) >= 4
        and any("total" in cell for cell in texts[3:])
        and not any(re.fullmatch(r"[\d.,% ]+", c) for c in texts)
    )


#: Distinct words, at most, of what single people answered.
ANSWERS = 12
#: Columns that tables of answers have in common, whatever the others are called.
_SHARED = ("group", "kind", "cluster", "weight")


def holds_answers(table: Table, column: Mapping[str, int], keys: Sequence[Any]) -> bool:
    """Whether each row is what one person answered: several rows for one unit and period, and few words or numbers.

    ``column``: role → place; ``keys``: unit and period of each row.
    """
    places = [i for role, i in column.items() if role in ("ex", "cx")]
    counted = len(places) < sum(re.match("(?:n_)?[ec]x", role) is not None for role in column)
    few = all(len({str(cell).strip() for cell in table.cells[i]}) <= ANSWERS + 1 for i in places)
    return bool(places) and few and not counted and len(keys) >= SEVERAL * len(set(keys))


def answers_below(tables: Sequence[Table], columns: Sequence[Mapping[str, int]], names: Sequence[str]) -> Table:
    """Return tables of single answers to different questions below each other, each row with the one it holds.

    ``tables``: with dates of one order; ``columns``: role → place in each; ``names``: what each is called.
    """
    heads: list[str] = []
    labels: list[str] = []
    cells: list[list[Any]] = []
    start, known = 0, columns[0]
    for table, at, name in zip(tables, columns, names, strict=True):
        for i, head in enumerate(table.columns):
            role = next((role for role, place in at.items() if place == i), "")
            shared = role in ("unit", "period", *_SHARED) and start and role in known
            to = known[role] if shared else len(heads)
            if not shared:
                heads.append(f"{head} ({name})" if folded(head) in map(folded, heads) else head)
                labels.append(table.label(i))
                cells.append(["1" if role == "weight" else ""] * start)
            cells[to] += table.cells[i]
        start += len(table)
        for head, column in zip(heads, cells, strict=True):
            column += ["1" if role_of(head, "weight") is not None else ""] * (start - len(column))
    note = lazy("answers of {names} were put below each other: {rows:,}", names=some_names(names, 6, marked=True),
                rows=start)  # fmt: skip
    begins = accumulate([0, *map(len, tables[:-1])])
    return replace(
        tables[0],
        columns=tuple(heads),
        cells=cells,
        lines=[line for table in tables for line in table.lines],
        labels=tuple(labels),
        files=tuple((begin, table.name) for begin, table in zip(begins, tables, strict=True)),
        notes=(*dict.fromkeys(note for table in tables for note in table.notes), note),
        dropped=tuple(gone for table in tables for gone in table.dropped),
    )
