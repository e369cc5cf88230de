# SPDX-License-Identifier: MIT
"""The downhill simplex of Nelder and Mead, in the form of Nash's Compact Numerical Methods for Computers, algorithm 19.

Published elicitation fits were found by it (it is the default of R's ``optim``), from stated first guesses and with a
stated tolerance. Where the sum of squares hardly changes along a valley the answer depends on where the search stops,
so the same search is needed to find the same numbers; scipy's differs in its first simplex and its end.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from txsim.types import Array

#: Value of a point where the function is not finite.
_BAD = 1e35


def nelder_mead(
    function: Callable[[Array], float], start: Array, *, tolerance: float = 2.0**-26, most: int = 500
) -> tuple[Array, float]:
    """Return the point where the search ends, and the function there.

    Parameters
    ----------
    function
        What is minimised.
    start
        First guess, shape ``(n,)``.
    tolerance
        The search ends when the best and the worst corner differ by no more, relative to the function at the start.
    most
        Evaluations after which it ends in any case.
    """
    count = 0

    def value(x: Array) -> float:
        nonlocal count
        count += 1
        objective = float(function(x))
        return objective if np.isfinite(objective) else _BAD

    n = len(start)
    first = value(start)
    near = tolerance * (abs(first) + tolerance)
    step = float(np.max(0.1 * np.abs(start))) or 0.1
    corners = np.repeat(start[None].astype(float), n + 1, axis=0)
    for j in range(n):
        corners[j + 1, j] += step
    heights = np.array([first] + [value(corner) for corner in corners[1:]])
    size = n * step * 10
    low = 0
    while count <= most:
        # Of equal corners the one that was best before stays best.
        smallest = heights.min()
        if heights[low] > smallest:
            low = int(np.argmin(heights))
        high = int(np.argmax(heights)) if heights.max() > heights[low] else low
        if heights[high] <= heights[low] + near:
            break
        centre = (corners.sum(0) - corners[high]) / n
        mirrored = 2 * centre - corners[high]
        at_mirrored = value(mirrored)
        if at_mirrored < heights[low]:
            beyond = 2 * mirrored - centre
            at_beyond = value(beyond)
            better = at_beyond < at_mirrored
            corners[high] = beyond if better else mirrored
            heights[high] = at_beyond if better else at_mirrored
            continue
        before = heights[high]
        if at_mirrored < before:
            corners[high], heights[high] = mirrored, at_mirrored
        nearer = (corners[high] + centre) / 2
        at_nearer = value(nearer)
        if at_nearer < heights[high]:
            corners[high], heights[high] = nearer, at_nearer
        elif at_mirrored >= before:
            corners = (corners + corners[low]) / 2
            left = float(np.abs(corners - corners[low]).sum())
            if left >= size:
                break
            size = left
            heights = np.array([heights[j] if j == low else value(corners[j]) for j in range(n + 1)])
    return corners[low], float(heights[low])
