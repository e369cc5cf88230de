# SPDX-License-Identifier: MIT
"""Quantiles and intervals of a density that is known by its distribution function."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from txsim.types import Array

Function = Callable[[Array], Array]

#: Relative distance at which a search ends.
_CLOSE = 1e-14


def inverted(cdf: Function, pdf: Function, p: Array, low: Array, high: Array) -> Array:
    """Return where a distribution function reaches ``p``, by Newton's steps held inside a shrinking bracket.

    ``p``: probabilities, shape ``(n,)``. ``low``, ``high``: bounds of each answer, shape ``(n,)``.
    """
    low, high = low.astype(float), high.astype(float)
    x = (low + high) / 2
    before = last = high - low
    settled = np.zeros(x.shape, dtype=bool)
    for _ in range(200):
        gap = cdf(x) - p
        low, high = np.where(gap < 0, x, low), np.where(gap > 0, x, high)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            slope = pdf(x)
            newton = gap / slope
            # A step that leaves the bracket, or does not halve the one before last, gives way to halving the bracket.
            inside = (x - newton > low) & (x - newton < high) & (np.abs(2 * newton) <= np.abs(before))
        half = (high - low) / 2
        before, last = last, np.where(inside, newton, half)
        after = np.where(inside, x - newton, low + half)
        x = np.where(settled | (gap == 0), x, after)
        settled |= (np.abs(last) <= _CLOSE * np.abs(x)) | (gap == 0)
        if np.all(settled):
            break
    return x


def shortest_interval(quantile: Function, pdf: Function, level: float, lowest: float = -np.inf) -> tuple[float, float]:
    """Return the shortest interval that holds a probability.

    For a density with one peak this is the region of highest density. The bounds are found from equal density at both
    ends, which is far more exact than from the width itself, for the width hardly changes near its minimum.

    ``level``: probability, 0 … 1. ``lowest``: where the support begins.
    """
    from scipy.optimize import brentq

    spare = 1 - level
    starts = spare * np.linspace(0, 1, 102)[1:-1]
    widths = quantile(starts + level) - quantile(starts)

    def imbalance(p: float) -> float:
        ends = pdf(quantile(np.array([p, p + level])))
        return float(ends[0] - ends[1])

    best = int(np.argmin(widths))
    if np.isfinite(lowest):
        reach = quantile(np.array([level]))
        if float(reach[0]) - lowest <= widths[best] and imbalance(spare * 1e-9) >= 0:
            return lowest, float(reach[0])
    below = float(starts[best - 1]) if best > 0 else spare * 1e-9
    above = float(starts[best + 1]) if best < len(starts) - 1 else spare * (1 - 1e-9)
    at = float(starts[best])
    if imbalance(below) < 0 < imbalance(above):
        root = float(brentq(imbalance, below, above, xtol=1e-15))
        ends = quantile(np.array([root, root + level]))
        # With several peaks the ends may be equally high where the interval is longest.
        at = root if ends[1] - ends[0] <= widths[best] else _narrowest(quantile, level, below, above)
    ends = quantile(np.array([at, at + level]))
    return float(ends[0]), float(ends[1])


def _narrowest(quantile: Function, level: float, below: float, above: float) -> float:
    """Return the lower probability of the shortest interval, by comparing widths."""
    for _ in range(6):
        starts = np.linspace(below, above, 41)
        best = int(np.argmin(quantile(starts + level) - quantile(starts)))
        below, above = float(starts[max(best - 1, 0)]), float(starts[min(best + 1, 40)])
    return (below + above) / 2
