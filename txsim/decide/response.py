# SPDX-License-Identifier: MIT
"""What is expected of a figure along one quantity or two: tornado, break-even values and maps.

From draws that exist already, all other quantities free: the conditional mean is regressed, no run is added.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from txsim.decide.bases import normal_scores
from txsim.decide.regression import as_column, conditional_mean, fit
from txsim.decide.value import DEFAULT_BATCHES
from txsim.results.quantities import Estimate
from txsim.types import Array

#: By how much sparser draws lie in a valley than somewhere on either side of it.
_VALLEY = 3.0


@dataclass(frozen=True)
class Ends:
    """What is expected of a figure at both ends of one quantity."""

    #: At the low and at the high quantile.
    low: Estimate
    high: Estimate
    #: ``high`` less ``low``. Its error is never taken for smaller than that of a straight line through the draws,
    #: ``sd(residual) · Δx / (sd(x) √n)``, which for a quantity of two states is that of the difference of two means:
    #: where a fit is flat, or where few draws hold a rare state, the draws cannot tell a swing that small from none.
    swing: Estimate

    @property
    def within_noise(self) -> bool:
        """Whether the swing is no larger than twice its error."""
        return abs(self.swing.value) <= 2.0 * self.swing.mcse


def tornado(
    values: ArrayLike, given: ArrayLike, *, low: float = 0.05, high: float = 0.95, batches: int = DEFAULT_BATCHES
) -> Ends:
    """Return what is expected of a figure at a low and at a high value of one quantity, all others free.

    ``values``: ``(draw,)`` the figure, for example net present value. ``given``: ``(draw,)`` the quantity. ``low``,
    ``high``: quantiles of the quantity. ``batches``: number of batches for the standard errors.
    """
    x = as_column(given)
    y = as_column(values, x.size)
    regression = fit(y, x)
    stretches = np.array_split(np.arange(x.size), batches)
    at = np.quantile(x, [low, high])

    def ends(kept: NDArray[np.int64], fitted: Array) -> Array:
        order = np.argsort(x[kept], kind="stable")
        return np.interp(at, x[kept][order], fitted[order])

    whole = ends(np.arange(x.size), regression.mean[:, 0])
    again = np.empty((batches, 2))
    for i in range(batches):
        kept = np.concatenate([part for j, part in enumerate(stretches) if j != i])
        again[i] = ends(kept, regression.without(kept)[:, 0])
    again = np.column_stack([again, again[:, 1] - again[:, 0]])
    error = np.sqrt((batches - 1) / batches * ((again - again.mean(axis=0)) ** 2).sum(axis=0))
    spread = float(x.std())
    left = float((y - regression.mean[:, 0]).std())
    line = left * abs(float(at[1] - at[0])) / (spread * math.sqrt(x.size)) if spread > 0 else 0.0
    return Ends(
        Estimate(float(whole[0]), float(error[0])),
        Estimate(float(whole[1]), float(error[1])),
        Estimate(float(whole[1] - whole[0]), max(float(error[2]), line)),
    )


@dataclass(frozen=True)
class BreakEven:
    """Where one quantity makes a figure turn from bad to good."""

    #: The value of the quantity at which the figure is expected to be 0; ``None`` where it is nowhere in the draws.
    value: Estimate | None
    p_good: Estimate  #: Probability that the quantity lies where the figure is expected to be above 0.
    above: bool  #: Whether that is above ``value`` (or, without a value, whether the figure is above 0 throughout).
    #: Between which values next to no draws lie around the crossing, of which ``value`` is the good end; empty where
    #: draws lie there, and of a quantity that is either of two values.
    gap: tuple[float, ...] = ()


def break_even(values: ArrayLike, given: ArrayLike, *, batches: int = DEFAULT_BATCHES) -> BreakEven:
    """Return the break-even value of one quantity for a figure whose good side is above 0, all others free.

    ``values``: ``(draw,)`` the figure, for example the payoff, or its advantage over the next best option. ``given``:
    ``(draw,)`` the quantity. ``batches``: number of batches for the standard errors.

    Of several crossings the one nearest to the quantity's median is told; the probability counts all of them. Crossings
    within the outermost half per cent of the draws on either side are not looked for. Where every draw on one side of
    one value is good and every other bad, as the effect of what costs nothing is, that value is told: a smooth curve
    through a kink or a step would cross elsewhere. A crossing between two humps, where next to no draws lie, is told by
    where draws still lie on the good side of it: all that is seen in between is the curve.
    """
    x = as_column(given)
    y = as_column(values, x.size)
    regression = fit(y, x)
    signs = y[np.argsort(x, kind="stable")] > 0
    alone = int((signs[1:] != signs[:-1]).sum()) == 1
    stretches = np.array_split(np.arange(x.size), batches)

    def look(kept: NDArray[np.int64], fitted: Array) -> tuple[float, float, bool, tuple[float, ...]]:
        order = np.argsort(x[kept], kind="stable")
        at, curve = x[kept][order], fitted[order]
        edge = at.size // 200
        inner = slice(edge, at.size - edge)
        p_good = float((curve > 0).mean())
        good = curve[inner] > 0
        turns = np.flatnonzero(good[1:] != good[:-1])
        if turns.size == 0:
            return float("nan"), p_good, bool(good.mean() > 0.5), ()
        a, c = at[inner], curve[inner]
        span = c[turns + 1] - c[turns]
        crossing = a[turns] - c[turns] * (a[turns + 1] - a[turns]) / np.where(span == 0, 1.0, span)
        if alone and a[turns[0]] <= 0.0 <= a[turns[0] + 1]:  # the draws cannot tell it from the plainer value
            crossing[0] = 0.0
        nearest = int(np.argmin(np.abs(crossing - np.median(x))))
        above = bool(good[turns[nearest] + 1])
        between = valley(at, float(crossing[nearest]))
        ends = (float(at[0]), float(at[-1]))
        if np.isin(at, ends).all():  # either of two values: nothing is in between
            return ends[above], p_good, above, ()
        return between[above] if between else float(crossing[nearest]), p_good, above, between

    value, p_good, above, gap = look(np.arange(x.size), y if alone else regression.mean[:, 0])
    again = []
    for i in range(batches):
        kept = np.concatenate([part for j, part in enumerate(stretches) if j != i])
        again.append(look(kept, y[kept] if alone else regression.without(kept)[:, 0])[:2])
    table = np.array(again)

    def error(column: Array) -> float:
        if not np.isfinite(column).all():
            return float("nan")
        return float(np.sqrt((batches - 1) / batches * ((column - column.mean()) ** 2).sum()))

    where = None if math.isnan(value) else Estimate(value, error(table[:, 0]))
    return BreakEven(where, Estimate(p_good, error(table[:, 1])), above, gap)


def valley(ordered: Array, level: float) -> tuple[float, ...]:
    """Return between which values next to no draws lie around a level that lies between two humps; empty elsewhere.

    ``ordered``: ``(draw,)`` draws, the smallest first. One in a hundred draws is nearest to the level and takes three
    times the room there that it takes somewhere on either side; a tail is no valley.
    """
    count = ordered.size
    reach = max(count // 200, 2)
    place = int(np.searchsorted(ordered, level))
    if place < 2 * reach or place > count - 2 * reach - 1:
        return ()
    low, high = float(ordered[place - reach]), float(ordered[place + reach - 1])
    rooms = ordered[2 * reach - 1 :] - ordered[: 1 - 2 * reach]
    below, above = rooms[: place - 2 * reach + 1], rooms[place:]
    if not (below.size and above.size) or high - low < _VALLEY * max(float(below.min()), float(above.min())):
        return ()
    return low, high


def two_way(values: ArrayLike, first: ArrayLike, second: ArrayLike, steps: int = 9) -> tuple[Array, Array, Array]:
    """Return what is expected of a figure over two quantities: their quantile grids and the map.

    ``values``: ``(draw,)`` the figure. ``first``, ``second``: ``(draw,)`` the quantities. ``steps``: values of each,
    between the 5 % and the 95 % quantile. Returns ``(steps,)``, ``(steps,)`` and ``(steps, steps)``, the first quantity
    along the first axis; each entry is the mean of the fitted surface over the draws in its neighbourhood.
    """
    a, b = as_column(first), as_column(second)
    surface = conditional_mean(values, np.column_stack([a, b]))[:, 0]
    levels = np.linspace(0.05, 0.95, steps)
    sides = (np.quantile(a, levels), np.quantile(b, levels))
    scores = (normal_scores(a), normal_scores(b))
    grid = [np.quantile(z, levels) for z in scores]
    means = np.empty((steps, steps))
    width = 2 * float(np.median(np.diff(grid[0]))) ** 2 / 4
    for i in range(steps):
        near = (scores[0] - grid[0][i]) ** 2
        for j in range(steps):
            distance = near + (scores[1] - grid[1][j]) ** 2
            weight = np.exp(-(distance - distance.min()) / width)
            # A local plane, so that the edges of the map are not drawn inwards.
            centred = np.column_stack([np.ones(a.size), scores[0] - grid[0][i], scores[1] - grid[1][j]])
            table = centred * weight[:, None]
            means[i, j] = np.linalg.solve(table.T @ centred + 1e-9 * np.eye(3), table.T @ surface)[0]
    return sides[0], sides[1], means
