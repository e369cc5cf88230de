# SPDX-License-Identifier: MIT
"""Every month of a forecast, a part at a time: no more of it in memory than a file takes at once.

Where a forecast has not kept its months the kernel is asked again; the same matrix gives the same bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from txsim.simulate.engine import run
from txsim.simulate.plan import Plan
from txsim.types import Array

if TYPE_CHECKING:
    from txsim.forecast.result import Forecast

#: Bytes that the months of a part take.
_PART = 128 * 2**20
#: Draws that a part has at least: a power of two, as draws are, and a multiple of what the kernel takes at once.
_LEAST = 64


def paths_with_months(forecast: Forecast) -> tuple[str, ...]:
    """Return the paths whose months can be asked for: all but the one that only removes rivals."""
    return tuple(path for path in forecast.outcome.paths if path != "no_rivals")


def draws_at_once(plan: Plan) -> int:
    """Return how many draws a part of :func:`each_month` has, where there are so many: a power of two."""
    most = _PART // (8 * plan.months * len(plan.monthly_fields()))
    return max(1 << most.bit_length() >> 1, _LEAST)


def each_month(forecast: Forecast) -> Iterator[tuple[str, int, Array]]:
    """Yield path by path, and within each by growing draws, every month of every field.

    ``forecast``: its months may have been kept or not.

    Yields path, number of the first draw, and ``(month, field, draw)``, fields as ``Plan.monthly_fields`` names them:
    nodes in index points, money in the scenario's currency a month.
    """
    plan, matrix, outcome = forecast.scene.plan, forecast.scene.matrix, forecast.outcome
    fields = plan.monthly_fields()
    size = draws_at_once(plan)
    for path in paths_with_months(forecast):
        for first in range(0, forecast.draws, size):
            part = slice(first, first + size)
            if forecast.has_trajectories and outcome.monthly is not None:
                yield path, first, outcome.monthly[outcome.monthly_paths.index(path), :, :, part]
            else:
                piece = run(plan, matrix[:, part], paths=(path,), monthly=((path,), fields))
                yield path, first, np.stack([piece.by_month(path, name) for name in fields], axis=1)


def mean_months(forecast: Forecast, fields: Sequence[str]) -> dict[str, dict[str, Array]]:
    """Return the mean ``(month,)`` of some fields by path, then by field; units as for :func:`each_month`."""
    plan, matrix = forecast.scene.plan, forecast.scene.matrix
    means = {}
    for path in paths_with_months(forecast):
        kept = forecast.outcome
        if not forecast.has_trajectories:
            kept = run(plan, matrix, paths=(path,), monthly=((path,), tuple(fields)))
        means[path] = {name: kept.by_month(path, name).mean(axis=1) for name in fields}
    return means
