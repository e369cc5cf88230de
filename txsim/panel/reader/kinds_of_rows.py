# SPDX-License-Identifier: MIT
"""Rows that were measured beside rows that were not: forecasts, plans and targets in one table with what was found."""

from __future__ import annotations

import re
from collections.abc import Iterable

from txsim.errors import InputError, Problem
from txsim.language import Words, lazy
from txsim.panel.reader.header import Table
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.names import some_names
from txsim.panel.reader.vocabulary import folded, role_of

#: Values of a column that tells kinds of rows.
_MOST_KINDS = 8
#: Words for numbers that nobody measured.
_EXPECTED = re.compile(
    r"(?:(?:re)?forecast\w*|fcst|fc|outlook|projected|projections?|predicted|predictions?|estimated?|extrapolated|imputed"
    r"|simulated|bud|budget\w*|plan(?:ned)?|planwert\w*|targets?|goals?|prognose\w*|vorschau|vschau|hochrechnung|hochgerechnet"
    r"|geschätzt|schätzung|soll(?:wert)?|ziel\w*|erwart\w*|прогноз\w*|план\w*|цел[ьи]|целев\w*|бюджет\w*|оценка|ожида\w*"
    r"|prévi\w*|prévu\w*|objectifs?|cible|estimé\w*|previs\w*|pronóstico\w*|presupuesto|objetivos?|meta|estimad\w*"
    r")[\s\d+./_-]*"  # `FC 2+10`, `Plan 2025`
)
#: Letters for them, beside one for what was found.
_LETTERS = {"f", "p", "e"}, {"a", "i"}


def only(table: Table, spec: LinkSpec, *, of_several: bool = False) -> Table:
    """Return a table with those rows alone that a spec asks for by `only`.

    Raises
    ------
    InputError
        If no row says what is asked for, unless the table is one `of_several`, of which another may.
    """
    for name, wanted in spec.only.items():
        at = next((i for i, column in enumerate(table.columns) if folded(column) == folded(name)), None)
        if at is None:
            continue  # of another sheet; of none is told where columns are named
        words = {folded(word) for word in ((wanted,) if isinstance(wanted, str) else wanted)}
        held = [folded(str(cell)) for cell in table.cells[at]]
        if not words & set(held) and not of_several:
            message = lazy("no row of `{column}` says `{word}`", column=name, word=min(words))
            hint = lazy("it says {names}", names=_values(table.cells[at]))
            raise InputError(Problem(message, file=table.name, path=f"only.{name}", hint=hint))
        gone = {k for k, word in enumerate(held) if word not in words}
        table = table.without(gone, lazy("not among the rows asked for by `only`"))
    return table


def ask_kinds_of_rows(table: Table, spec: LinkSpec) -> None:
    """Ask about a column that calls some rows forecasts, plans or targets.

    Raises
    ------
    InputError
        Unless the spec says which rows count (`only`), that all do (`ignore`), or what else the column is (`columns`).
    """
    if spec.only and not len(table):
        raise InputError(Problem(lazy("no row says what `only` asks for"), file=table.name, path="only"))
    settled = {folded(name) for name in (*spec.only, *spec.ignore, *spec.columns.values())}
    for at, name in enumerate(table.columns):
        words = _few(table.cells[at])
        plain = {word: folded(word) for word in words}
        letters = _LETTERS[0] if _LETTERS[1] & set(plain.values()) and max(map(len, plain.values())) == 1 else set()
        expected = [word for word in words if plain[word] in letters or _EXPECTED.fullmatch(plain[word])]
        if not expected or folded(name) in settled or role_of(name, "measure") is not None:
            continue
        rows = [k for k, cell in enumerate(table.cells[at]) if str(cell).strip() in expected]
        file, line = table.place(rows[0])
        kept = [word for word in words if word and word not in expected]
        message = lazy(
            "column `{name}` says `{word}` in {count:,} of {rows:,} rows: were these measured?",
            name=name, word=expected[0], count=len(rows), rows=len(table),
        )  # fmt: skip
        hint = lazy(
            "say `only: {{{name}: {word}}}` in the spec to read those rows alone, or `ignore: [{name}]` if all count",
            name=name, word=kept[0] if len(kept) == 1 else f"[{', '.join(kept)}]" if kept else expected[0],
        )  # fmt: skip
        raise InputError(Problem(message, file=file, line=line, path=name, hint=hint))


def _few(cells: Iterable[object]) -> list[str]:
    """Return the distinct words of a column, none where they are many."""
    words: dict[str, None] = {}
    for cell in cells:
        if isinstance(cell, str):
            words.setdefault(cell.strip())
            if len(words) > _MOST_KINDS:
                return []
    return list(words)


def _values(cells: Iterable[object]) -> Words:
    return some_names(sorted({str(cell).strip() for cell in cells}), 6, marked=True)
