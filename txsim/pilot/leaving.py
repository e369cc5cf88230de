# SPDX-License-Identifier: MIT
"""Whether units left one arm of a pilot more often than the other, and what that could do to its effect."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError
from txsim.pilot.did import difference
from txsim.pilot.pilot_panel import Pilot
from txsim.results.update import Bounds, Leaving

#: p value from which pilot and control units are taken to leave alike.
_DIFFERS = 0.05
#: Difference of the shares from which bounds are told, though so few units show none.
_APART = 0.1
#: Share of the usual number of units that a period must have to be the last one in which all should be.
_USUAL = 0.5


def leaving(pilot: Pilot) -> Leaving | None:
    """Return how many units of each arm were measured before the start and no longer at the end.

    Where the shares differ (Fisher's exact test), the effect on units that would have stayed in either arm lies between
    two bounds (Lee 2009, REStud 76(3), 1071–1102): of the arm that fewer left, as many of the units that stayed are
    taken out as it kept too many, once those whose change was best and once those whose change was worst.
    So it is where they are a tenth apart and too few units began to tell.

    ``None`` where no unit was measured before the start, or one arm had none.
    """
    from scipy.stats import fisher_exact

    seen = np.isfinite(pilot.value)
    began = (seen & ~pilot.late).any(axis=1)
    inside, outside = began & pilot.treated, began & ~pilot.treated
    if pilot.after_alone or not inside.any() or not outside.any():
        return None
    stayed = began & _at_the_end(pilot, seen)
    table = [[int((arm & stayed).sum()), int((arm & ~stayed).sum())] for arm in (inside, outside)]
    gone = [row[1] / sum(row) for row in table]
    p = float(fisher_exact(table).pvalue)
    bounds = _bounds(pilot, stayed, gone) if p < _DIFFERS or abs(gone[0] - gone[1]) >= _APART else None
    if p < _DIFFERS:
        return Leaving(gone[0], gone[1], p, True, bounds)
    fuller, other = sorted(table, key=lambda row: row[1] / sum(row))
    size = sum(other)
    clear = (k for k in range(other[1], size + 1) if fisher_exact([fuller, [size - k, k]]).pvalue < _DIFFERS)
    least = next(clear, None)
    return Leaving(gone[0], gone[1], p, False, bounds, None if least is None else least / size)


def _at_the_end(pilot: Pilot, seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which units were measured in the last period in which most were, or later."""
    late = seen & pilot.late
    count = late.sum(axis=0)
    if not count.any():
        return np.zeros(len(pilot.units), dtype=bool)
    last = int(np.flatnonzero(count >= _USUAL * np.median(count[count > 0]))[-1])
    return late[:, last:].any(axis=1)


def _bounds(pilot: Pilot, stayed: NDArray[np.bool_], gone: list[float]) -> Bounds | None:
    """Return the effect on units that stay in either arm, at least and at most."""
    change = pilot.after - pilot.before - _common(pilot, stayed)
    stayed = stayed & np.isfinite(change)
    fuller = pilot.treated if gone[0] < gone[1] else ~pilot.treated
    members = np.flatnonzero(stayed & fuller)
    share = 1.0 - (1.0 - max(gone)) / (1.0 - min(gone))
    trimmed = int(np.ceil(share * members.size - 1e-9))
    if members.size - trimmed < 2:
        return None
    order = members[np.argsort(change[members], kind="stable")]
    intervals = []
    for out in (order[:trimmed], order[members.size - trimmed :]):
        keep = stayed.copy()
        keep[out] = False
        some = replace(pilot, value=np.where(keep[:, None], pilot.value, np.nan))
        try:
            intervals.append(difference(some, placebos=False).figures())
        except InputError:
            return None
    low, high = sorted(intervals, key=lambda one: one.median)
    return Bounds(low.median, high.median, low.p05, high.p95, trimmed)


def _common(pilot: Pilot, stayed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return ``(unit,)`` how much of each unit's change is that of the periods in which it was measured."""
    value = np.where(stayed[:, None], pilot.value, np.nan)
    seen = np.isfinite(value)
    count = seen.sum(axis=0)
    filled = np.where(seen, value, 0.0)
    unit = filled.sum(axis=1, keepdims=True) / np.maximum(seen.sum(axis=1, keepdims=True), 1)
    period = np.where(seen, value - unit, 0.0).sum(axis=0) / np.maximum(count, 1)
    shared = replace(pilot, value=np.where(np.isfinite(pilot.value), period[None, :], np.nan))
    return shared.after - shared.before
