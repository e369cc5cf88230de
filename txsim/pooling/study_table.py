# SPDX-License-Identifier: MIT
"""Studies in a CSV file as claims: a row each, columns named as a claim's fields and as what a study reports."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from txsim.errors import InputError, Problem, did_you_mean, message_of
from txsim.evidence.study_figures import COUNTS, REPORTED, SHARES, WORDS, count_in, percent_meant
from txsim.evidence.study_values import converted, study_claim
from txsim.files import csv_rows, parted_by
from txsim.language import lazy
from txsim.pooling.row_estimates import A_STUDY, OF_ITS_OWN, RowFigures, names_summary, roundings, summing_up, told_sum
from txsim.pooling.studies import text_of
from txsim.priors.typed_numbers import numbers_in
from txsim.priors.written_numbers import cell_number

#: Fields of a claim that a row may have.
FIELDS = ("id", "about", "statistic", "where", "design", "read", "statement", "source", "year", "sample", "population",
          "cluster")  # fmt: skip
_NEEDED = ("id", "about", "statistic", "where", "design", "read", "statement")
#: Both ends of an interval, each in a column.
_ENDS = ("low", "high")
_TORN = lazy("a cell that holds what parts cells stands in quotation marks")


def claims_of_rows(path: Path) -> dict[str, dict[str, Any]]:
    """Return the claims of a CSV file by id.

    ``path``: the file: a header of :data:`FIELDS` and keys of ``reported`` (``interval`` as ``low`` and ``high``), a
    row for each study; empty cells are left out. Commas, semicolons or tabs between cells; decimal commas where commas
    part no cells and no figure has a decimal point. Raises InputError with every row that is wrong, by line.
    """
    name = str(path)
    text = text_of(path)
    rows = [row for row in csv_rows(text, name, parted_by(text)) if not row[1][0].startswith("#")]
    if len(rows) < 2:
        raise InputError(Problem(lazy("there is no study: one row under the header at least"), file=name))
    line, header = rows[0]
    titles = [re.sub(r"[ -]", "_", title.lower()) for title in header]
    known = (*FIELDS, "kind", *_ENDS, *REPORTED)
    hint = lazy("known: {names}", names=", ".join(known))
    problems: list[Problem] = []
    for title in titles:
        if title not in known:
            close = did_you_mean(title, known)
            unknown = lazy("unknown column `{name}`{suggestion}", name=title[:40], suggestion=close)
            problems.append(Problem(unknown, name, line, hint=None if problems else hint))
    problems += [
        Problem(lazy("the column `{name}` is missing", name=title), name, line)
        for title in _NEEDED
        if title not in titles
    ]
    if problems:
        raise InputError(problems)
    claims: dict[str, dict[str, Any]] = {}
    read: list[tuple[int, dict[str, str], dict[str, Any]]] = []
    figures = [i for i, title in enumerate(titles) if title in (*_ENDS, *REPORTED) and title not in (*WORDS, *COUNTS)]
    pointed = next((f"`{cells[i]}`" for _, cells in rows[1:] for i in figures
                    if i < len(cells) and re.search(r"\d\.\d|^[-+−]?\.\d", cells[i])), "")  # fmt: skip
    for line, cells in rows[1:]:
        if any(cells[len(titles) :]):
            problems.append(Problem(lazy("{cells} cells, but the header has {columns}", cells=len(cells),
                                         columns=len(titles)), name, line, hint=_TORN))  # fmt: skip
            continue
        fields = {title: cell for title, cell in zip(titles, cells, strict=False) if cell}
        try:
            entry = _claim(fields, pointed)
        except InputError as error:
            problems += [Problem(p.message, name, line, path=p.path, hint=p.hint) for p in error.problems]
            continue
        twin = next((other for other, each in claims.items() if each in entry.values()), None)
        if twin is not None and twin not in entry:
            message = lazy("`{name}` says the very same as `{other}`: one study under two ids?", name=fields["id"],
                           other=twin)  # fmt: skip
            hint = lazy("if so, take one of the rows out; if not, say by `statement` or `source` what each found")
            problems.append(Problem(message, name, line, hint=hint))
        if set(entry) & set(claims):
            problems.append(Problem(lazy("the id `{name}` stands twice", name=fields["id"]), name, line))
        claims |= entry
        read.append((line, fields, entry[fields["id"]]))
    if not problems:
        problems += _sums(name, read)
    if problems:
        raise InputError(problems)
    return claims


def _sums(name: str, read: Sequence[tuple[int, dict[str, str], dict[str, Any]]]) -> Iterator[Problem]:
    """Yield what to ask of rows that sum up others which speak of the same, by their name or their figures.

    ``read``: line, cells by column and claim of each row.
    """
    of: dict[tuple[str, str], list[tuple[int, dict[str, str], dict[str, Any]]]] = {}
    for row in read:
        statement = row[2]["statements"][0]
        of.setdefault((statement["statistic"], statement["about"]), []).append(row)
    for (statistic, about), rows in of.items():
        if len(rows) < 3:
            continue

        def estimate(figures: Mapping[str, Any], statistic: str = statistic, about: str = about) -> tuple[float, float]:
            reported = {key: value for key, value in figures.items() if key not in _ENDS}
            ends = {"interval": [figures[end] for end in _ENDS]} if "low" in figures else {}
            found = converted(statistic, about, reported | ends)
            return {"atanh": math.atanh, "log": math.log}.get(found.transform, float)(found.value), found.se

        told = [dict(entry["statements"][0]["reported"]) for _line, _fields, entry in rows]
        told = [each | dict(zip(_ENDS, each.pop("interval", ()), strict=False)) for each in told]
        counts = [{key: each[key] for key in COUNTS if key in each} for each in told]
        figures = [
            RowFigures(*estimate(each), counted, off)
            for each, counted, off in zip(told, counts, roundings(told, estimate), strict=True)
        ]
        studies = {i for i, row in enumerate(rows) if row[1].get("kind", "").casefold() in A_STUDY}
        called = [i for i, row in enumerate(rows) if names_summary(row[1]["id"].replace("-", " ")) and i not in studies]
        for i in called:
            message = lazy("`{name}` is called as a row that sums up others: no study?", name=rows[i][1]["id"])
            yield Problem(message, name, rows[i][0], hint=OF_ITS_OWN)
        for each in summing_up(figures, studies) if not called else ():
            lines = None if each.of is None else (rows[each.of[0]][0], rows[each.of[1]][0])
            yield Problem(told_sum(rows[each.row][1]["id"], each, lines), name, rows[each.row][0], hint=OF_ITS_OWN)


def _claim(fields: Mapping[str, str], pointed: str) -> dict[str, Any]:
    missing = [key for key in _NEEDED if key not in fields]
    if missing:
        raise InputError(Problem(lazy("`{key}` is missing", key="`, `".join(missing))))
    reported: dict[str, Any] = {
        key: cell
        if key in WORDS
        else _interval(cell, pointed)
        if key == "interval"
        else _number(key, cell, pointed, fields.get(f"n{key[-1]}", ""))
        for key, cell in fields.items()
        if key in REPORTED and not (key == "p" and _says_nothing(fields))
    }
    if any(end in fields for end in _ENDS):
        if not all(end in fields for end in _ENDS):
            raise InputError(Problem(lazy("an interval has two ends, `low` and `high`")))
        if "interval" in reported:
            raise InputError(Problem(lazy("say it in one way: `interval`, or `low` and `high`"), path="interval"))
        reported["interval"] = [_number(end, fields[end], pointed) for end in _ENDS]
    notes: dict[str, Any] = {key: fields[key] for key in FIELDS[3:] if key in fields}
    if "year" in notes:
        year = _number("year", notes["year"], pointed)
        if year != int(year):
            raise InputError(Problem(lazy("`{text}` is no year", text=notes["year"][:20]), path="year"))
        notes["year"] = int(year)
    return study_claim(fields["id"], fields["statistic"], fields["about"], reported, notes)


def _says_nothing(fields: Mapping[str, str]) -> bool:
    """Whether p is `n.s.` or stars, beside something that says how sure the figure is."""
    return not re.search(r"\d", fields["p"]) and any(key in fields for key in ("n", "se", "interval", "low", "t", "f"))


def _interval(cell: str, pointed: str) -> list[float]:
    """Return both ends that stand in one cell, as a paper prints them: `-0.4 6.8`, `[-0.4; 6.8]`, `1,1–2,9`."""
    hint = lazy("both ends in one cell, as in {example}, or in columns `low` and `high`", example="`0.4; 6.8`")
    try:
        if not pointed and re.fullmatch(r"[-+−]?\d*,\d+", cell.strip()):  # one number, as commas are decimal signs here
            raise ValueError(lazy("2 numbers are needed, found `{cell}`", cell=cell.strip()))
        return numbers_in(cell, count=2)
    except ValueError as error:
        raise InputError(Problem(message_of(error), path="interval", hint=hint)) from None


def _number(key: str, cell: str, pointed: str, of: str = "") -> float:
    meant = percent_meant(key, cell, of)
    if meant is not None:
        raise InputError(Problem(meant, path=key))
    cell = count_in(cell) if pointed and key in COUNTS else cell
    try:
        return cell_number(cell, comma=not pointed, whole=key in (*COUNTS, "year"), share=key in SHARES)
    except ValueError as error:
        other = lazy("other cells have a decimal point, as {cell}: write all of them one way", cell=pointed)
        hint = other if pointed and "," in cell else None
        raise InputError(Problem(message_of(error), path=key, hint=hint)) from None
