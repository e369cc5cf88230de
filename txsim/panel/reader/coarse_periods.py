# SPDX-License-Identifier: MIT
"""A year beside its own quarters or months: a sum over periods, as reports have it below them, and no period."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from txsim.language import lazy
from txsim.panel.reader.cells import Cells, place
from txsim.panel.reader.periods import MONTHS, When
from txsim.panel.reader.vocabulary import folded


def refuse_coarse(cells: Cells, unit: NDArray[np.int64], periods: Sequence[When | None]) -> list[When | None]:
    """Leave out the rows of a unit's longer period where its shorter ones stand beside it, and say so.

    Parameters
    ----------
    cells
        The table; its column of periods.
    unit
        ``(row,)`` of each row.
    periods
        Of each row. Where a unit has a longer period more than once, rows are answers of single people, and nothing
        is left out.

    Returns
    -------
    list
        The period of each row, ``None`` for those that are left out.
    """
    kinds = {when.kind for when in periods if when is not None}
    if len(kinds & set(MONTHS)) < 2 or "count" in kinds:
        return list(periods)
    finer: dict[tuple[int, int], int] = {}
    for u, when in zip(unit.tolist(), periods, strict=True):
        if when is not None:
            key = (u, int(when.month))
            finer[key] = min(finer.get(key, 12), MONTHS[when.kind])
    gone: list[int] = []
    seen: set[tuple[int, When]] = set()
    for k, (u, when) in enumerate(zip(unit.tolist(), periods, strict=True)):
        length = 1 if when is None else MONTHS[when.kind]
        if when is None or length == 1:
            continue
        within = range(int(when.month), int(when.month) + length)
        if any(finer.get((u, month), 12) < length for month in within):
            if (u, when) in seen:
                return list(periods)
            seen.add((u, when))
            gone.append(k)
    held = cells.table.cells[cells.column["period"]]
    for name in dict.fromkeys(folded(str(held[k])) for k in gone):
        rows = [k for k in gone if folded(str(held[k])) == name]
        reason = lazy(
            "`{period}` stands beside its own parts, and is no period besides", period=str(held[rows[0]])[:20]
        )
        place(cells, rows, "period", reason, refuse=True)
    left = set(gone)
    return [None if k in left else when for k, when in enumerate(periods)]
