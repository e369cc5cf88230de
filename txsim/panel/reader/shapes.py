# SPDX-License-Identifier: MIT
"""Tables of other shapes as one row per unit and period: a column for each period, or a row for each measure."""

from __future__ import annotations

import re
from typing import Any

from txsim.errors import InputError, Problem
from txsim.panel.reader.link_spec import ROLES, LinkSpec
from txsim.panel.reader.numerals import read_number, read_period
from txsim.panel.reader.tables import Table

__all__ = ["column_key", "to_long"]

_CALLED = {"enps": "ex", "nps": "cx", "n": "", "respondents": ""}
_MEASURES = ("measure", "series", "indicator", "variable", "metric", "question", "item")
_VALUES = ("value", "score", "result", "estimate", "obs_value")
_KEPT = ("period", "month", "date", "quarter", "year", "wave", "time")


def column_key(name: str) -> str:
    """Return a header as roles are looked up: small letters, words joined by `_`, without `(%)`."""
    plain = re.sub(r"\(\s*(?:%|n|pct|percent)?\s*\)", "", name.lower().replace("\xa0", " ")).strip(" :*")
    return re.sub(r"[\s\-./]+", "_", plain).strip("_")


def to_long(table: Table, spec: LinkSpec) -> Table:
    """Return a table with one row per unit and period; the same table where it has that shape, or is told by a spec.

    Raises
    ------
    InputError
        If one unit, period and measure stands twice with different values.
    """
    keys = [column_key(name) for name in table.columns]
    if "period" in spec.columns or any(key in _KEPT for key in keys):
        return _pivoted(table, keys) if not _has_series(keys, spec) else table
    wide = [_of_period(name) for name in table.columns]
    if len({when for found in wide if found for when in [found[1]]}) < 2:
        return table
    measure = next((i for i, key in enumerate(keys) if key in _MEASURES), None)
    if any(found is not None and found[0] for found in wide):
        return _melted(table, wide)
    if measure is not None:
        return _pivoted(_melted(table, [("value", f[1]) if f else None for f in wide]), None)
    return table


def _has_series(keys: list[str], spec: LinkSpec) -> bool:
    if {"ex", "cx"} & set(spec.columns):
        return True
    return any(key in ("ex", "cx", "enps", "nps") or re.match(r"(ex|cx)_(\d+|promoters)$", key) for key in keys)


def _role(text: str) -> str | None:
    key = column_key(text)
    key = _CALLED.get(key, key)
    key = {"ex_n": "n_ex", "cx_n": "n_cx", "n_enps": "n_ex", "n_nps": "n_cx"}.get(key, key)
    parts = [f"{s}_{p}" for s in ("ex", "cx") for p in ("promoters", "passives", "detractors")]
    return key if key in (*ROLES, *parts) and key not in ("unit", "period") else None


def _of_period(name: str) -> tuple[str, str] | None:
    """Return role and period of a header such as `ex_2019`, `CX Q1 2020`, `2019 n_ex` or, without a role, `2019`."""
    text = name.strip()
    if _is_period(text):
        return "", text
    for cut in re.finditer(r"[\s_\-.:]+", text):
        left, right = text[: cut.start()], text[cut.end() :]
        for role, when in ((left, right), (right, left)):
            if _role(role) and _is_period(when):
                return str(_role(role)), when.strip()
    return None


def _is_period(text: str) -> bool:
    when = read_period(text.strip().replace("_", "-"))
    return when is not None and (when.kind != "count" or not re.fullmatch(r"-?\d+(\.0+)?", text.strip()))


def _melted(table: Table, wide: list[tuple[str, str] | None]) -> Table:
    """Return one row per unit and period from one column per period (and role)."""
    others = [i for i, found in enumerate(wide) if found is None]
    whens = list(dict.fromkeys(found[1] for found in wide if found))
    roles = list(dict.fromkeys(found[0] for found in wide if found and found[0]))
    place = {(found[0], found[1]): i for i, found in enumerate(wide) if found}
    rows: list[tuple[int, tuple[Any, ...]]] = []
    for line, row in table.rows:
        for when in whens:
            cells = [row[place[role, when]] if (role, when) in place else "" for role in roles]
            if any(str(cell).strip() for cell in cells):
                rows.append((line, (*(row[i] for i in others), when.replace("_", "-"), *cells)))
    notes = (*table.notes, f"one column for each of {len(whens)} periods was turned into rows")
    columns = (*(table.columns[i] for i in others), "period", *roles)
    return Table(table.name, columns, rows, notes, table.dropped)


def _pivoted(table: Table, keys: list[str] | None) -> Table:
    """Return one row per unit and period from one row per unit, period and measure; else the table as it is."""
    keys = keys or [column_key(name) for name in table.columns]
    at = next((i for i, key in enumerate(keys) if key in _MEASURES), None)
    value = next((i for i, key in enumerate(keys) if key in _VALUES), None)
    if at is None or value is None:
        return table
    named = {str(row[at]): _role(str(row[at])) for _, row in table.rows}
    roles = list(dict.fromkeys(role for role in named.values() if role))
    if not {"ex", "cx"} & {role.removeprefix("n_").split("_")[0] for role in roles}:
        return table
    others = [i for i in range(len(keys)) if i not in (at, value)]
    found: dict[tuple[str, ...], tuple[int, tuple[Any, ...], dict[str, Any]]] = {}
    dropped = list(table.dropped)
    for line, row in table.rows:
        role = named[str(row[at])]
        if role is None:
            dropped.append((table.name, line, f"`{str(row[at])[:40]}` is no measure that is read"))
            continue
        key = tuple(str(row[i]).strip() for i in others)
        cells = found.setdefault(key, (line, tuple(row[i] for i in others), {}))[2]
        if role in cells and read_number(str(cells[role])).value != read_number(str(row[value])).value:
            message = f"`{role}` stands twice with different values for the same unit and period"
            raise InputError(Problem(message, file=table.name, line=line))
        cells[role] = row[value]
    rows = [(line, (*told, *(cells.get(role, "") for role in roles))) for line, told, cells in found.values()]
    notes = (*table.notes, "one row for each measure was turned into columns")
    return Table(table.name, (*(table.columns[i] for i in others), *roles), rows, notes, tuple(dropped))
