# SPDX-License-Identifier: MIT
"""Rows of a pilot's file that are sums of units, as `Pilot total` stands below its teams: they are nobody's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from txsim.language import Words, lazy_plural
from txsim.panel.reader.cells import Cells
from txsim.panel.reader.names import some_names
from txsim.panel.reader.scales import Scored
from txsim.panel.reader.series import Series
from txsim.panel.reader.unit_sums import refuse_sums
from txsim.types import Array
from txsim.units import SCALES


def pilot_series(scores: Sequence[Scored], answers: Array) -> list[Series]:
    """Return a pilot's measure as series of a panel, before and after where these are columns.

    Parameters
    ----------
    scores
        The measure on its scale.
    answers
        ``(row,)`` answers that each value is of, NaN where not told.
    """
    series = []
    for one in scores:
        scale = SCALES.get(one.scale)
        index = one.values if scale is None else scale.level_to_index(one.values)
        lost = np.zeros(answers.size, dtype=bool)
        series.append(Series(index, answers, answers, one.scale, one.kind == "answers", lost, answers))
    return series


def rows_of_sums(cells: Cells, units: list[str], when: Array, series: Sequence[Series]) -> NDArray[np.bool_]:
    """Return the rows of units that are sums of others.

    Parameters
    ----------
    cells
        The table.
    units, when
        Unit and time of each row.
    series
        The measure, from :func:`pilot_series`.

    Raises
    ------
    InputError
        As :func:`txsim.panel.reader.unit_sums.refuse_sums`.
    """
    before = cells.refused.copy()
    number = {name: i for i, name in enumerate(dict.fromkeys(units))}
    unit = np.array([number[name] for name in units], dtype=np.int64)
    refuse_sums(cells, units, unit, when, series)
    gone: NDArray[np.bool_] = cells.refused & ~before
    return gone


def told_sums(units: list[str], sums: NDArray[np.bool_]) -> list[Words]:
    """Return in words which units were left out, none or one sentence."""
    names = list(dict.fromkeys(units[k] for k in np.flatnonzero(sums) if units[k]))
    if not names:
        return []
    return [
        lazy_plural(
            "{n} unit is left out, as a sum of others or as asked for: {names}",
            "{n} units are left out, as sums of others or as asked for: {names}",
            len(names),
            names=some_names(names, 6, marked=True),
        )
    ]
