# SPDX-License-Identifier: MIT
"""Financial outcomes of a panel: churn as a share, a margin in percent, whichever way they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from txsim.errors import InputError, Problem
from txsim.language import Message, lazy
from txsim.panel.reader.cells import Cells
from txsim.panel.reader.columns import measure_of
from txsim.panel.reader.header import Table
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.names import yaml_word
from txsim.panel.reader.number_columns import number_column
from txsim.panel.reader.vocabulary import names_either
from txsim.types import Array

#: Share of customers who leave in a period from which a column that never exceeds 1 could be percent.
_PERCENT_FROM = 0.2


def ask_who_leave(table: Table, columns: Mapping[str, int], spec: LinkSpec) -> None:
    """Ask whether it is customers or staff who leave, where the header may mean both or the table has EX alone.

    ``columns``: role → place of its column. Raises InputError unless the spec names the column or leaves it out.
    """
    if "churn" not in columns or "churn" in spec.columns:
        return
    at = columns["churn"]
    name = table.columns[at]
    own = next((places for places, _, _ in table.origins if at in places), frozenset())  # of tables side by side
    roles = [measure_of(table.columns[i], table.label(i), spec) or "" for i in own]
    beside = {match[1] for role in roles if (match := re.match(r"(?:n_)?(ex|cx)", role))}
    if beside != {"ex"} and not names_either(name):
        return
    message = lazy("column `{name}`: the share of customers who leave, or of staff?", name=name)
    hint = lazy("say `columns: {{churn: {word}}}` in the spec if they are customers, `ignore: [{word}]` if they are "
                "staff", word=yaml_word(name))  # fmt: skip
    raise InputError(Problem(message, file=table.name, line=1, path=name, hint=hint))


def outcome_values(cells: Cells, name: str) -> Array:
    """Return a financial outcome row by row: churn as a share 0 … 1, a margin in percentage points, money as it is.

    A percent sign, or the percent format of a spreadsheet's cell, says which it is; else its size does, and where that
    leaves it open the file is refused. Raises InputError if it could be a share or a percentage.
    """
    column = number_column(cells, name)
    values = column.values
    seen = values[np.isfinite(values)]
    if name == "revenue_per_customer" or not seen.size:
        return values
    stated = cells.spec.outcome_units.get(name)
    unit = stated or ("percent" if column.percent > 0.5 else "")
    if not stated and (small := column.unsigned_fractions()):
        message = lazy(
            "{signed:,} cells of {name} have a percent sign, {small:,} have none and lie between -1 and 1: "
            "fractions (0.14 for 14 %), or points?",
            signed=int(column.signed.sum()),
            small=small,
            name=name,
        )
        hint = lazy("write all of them with percent signs, or none")
        raise InputError(Problem(message, file=cells.table.name, path=cells.name(name), hint=hint))
    if not unit and name == "churn":
        unit = "percent" if seen.max() > 1 else "share"
        if unit == "share" and float(np.median(seen)) >= _PERCENT_FROM:
            message = lazy(
                "churn never exceeds 1 but is mostly above {limit:g}: a share of customers, or percent?",
                limit=_PERCENT_FROM,
            )
            raise InputError(Problem(message, file=cells.table.name, path=cells.name(name), hint=_cure(name)))
    if not unit and float(np.abs(seen).max()) <= 1.0:
        unit = "share"
        cells.report.notes.append(
            lazy("margin lies between −1 and 1: taken for a fraction, 0.01 of it for one percentage point")
        )
    if name == "churn":
        shares: Array = values / 100.0 if unit == "percent" else values
        return shares
    return 100.0 * values if unit == "share" else values


def _cure(name: str) -> Message:
    return lazy("say `outcome_units: {{{name}: share}}` or `percent` in the spec, or write percent signs", name=name)
