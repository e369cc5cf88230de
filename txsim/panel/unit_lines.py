# SPDX-License-Identifier: MIT
"""Units as short lines: where each stands, and how CX follows its own EX. For pictures, not for inference."""

from __future__ import annotations

import numpy as np

from txsim.panel.likelihood.standardisation import Prepared
from txsim.panel.reader.panel import Panel
from txsim.panel.unit_kinds import pool
from txsim.results.panel_data import UnitLine

#: Units that are drawn at most, evenly by their EX; respondents of a usual cell under which a unit is not shown.
_MOST, _FEWEST_ANSWERS = 60, 10
#: Periods of a unit from which it has a line of its own.
_PERIODS = 4


def unit_lines(panel: Panel, prepared: Prepared) -> tuple[UnitLine, ...]:
    """Return units with their mean EX and CX, net of period means, and the slope of CX a period later on their own EX.

    Slopes are least squares within the unit, drawn towards each other as far as their errors say
    (:func:`txsim.panel.unit_kinds.pool`). Units of few periods or of fewer than ten respondents a cell are left out.
    """
    if prepared.cannot:
        return ()
    y = prepared.y * prepared.sd
    base = np.nanmean(panel.y, axis=(0, 1))
    rows, slopes, errors = [], [], []
    for i in range(len(y)):
        counted = panel.n[i][np.isfinite(panel.n[i])]
        before, after = y[i, :-1, 0], y[i, 1:, 1]
        both = np.isfinite(before) & np.isfinite(after)
        if both.sum() < _PERIODS or (counted.size and np.median(counted) < _FEWEST_ANSWERS):
            continue
        x, z = before[both] - before[both].mean(), after[both] - after[both].mean()
        squares = float(x @ x)
        if squares <= 0:
            continue
        slope = float(x @ z) / squares
        left = z - slope * x
        rows.append((float(np.nanmean(y[i, :, 0])), float(np.nanmean(y[i, :, 1])), float(np.sqrt(squares / len(x)))))
        slopes.append(slope)
        variance = max(float(left @ left), 1e-12) / max(len(x) - 2, 1)
        errors.append(float(np.sqrt(variance / squares)))
    if len(rows) < 2:
        return ()
    error = np.array(errors)
    usual = float(np.median(error))
    shrunk, *_ = pool(np.array(slopes), np.maximum(error, 0.1 * usual), scale=max(0.2, usual))
    order = np.argsort([row[0] for row in rows])
    chosen = order[np.unique(np.linspace(0, len(order) - 1, min(len(order), _MOST)).round().astype(int))]
    return tuple(
        UnitLine(float(base[0] + rows[i][0]), float(base[1] + rows[i][1]), rows[i][2], float(shrunk[i])) for i in chosen
    )
