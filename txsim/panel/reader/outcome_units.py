# SPDX-License-Identifier: MIT
"""Financial outcomes of a panel: churn as a share, a margin in percent, whichever way they are written."""

from __future__ import annotations

import numpy as np

from txsim.errors import InputError, Problem
from txsim.language import Message, lazy
from txsim.panel.reader.cells import Cells
from txsim.panel.reader.number_columns import number_column
from txsim.types import Array

#: Share of customers who leave in a period from which a column that never exceeds 1 could be percent.
_PERCENT_FROM = 0.2


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
