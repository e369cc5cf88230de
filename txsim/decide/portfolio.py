# SPDX-License-Identifier: MIT
"""Which drivers to run together under a budget: exact for a sum of payoffs, then re-ranked by simulating jointly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from txsim.language import lazy
from txsim.types import Array

#: Every subset of so many candidates is looked at.
MOST_CANDIDATES = 20


@dataclass(frozen=True)
class Selection:
    """One set of candidates."""

    members: tuple[int, ...]  #: Positions of the candidates in it.
    #: ``value``, ``cost``: Sums over them.
    value: float
    cost: float


def _sums(figures: Array) -> Array:
    """Return the sum over every subset, ``(2^candidates,)``; subset ``m`` has the bits of ``m``."""
    total = np.zeros(1)
    for figure in figures:
        total = np.concatenate([total, total + figure])
    return total


def best_sets(
    value: ArrayLike, cost: ArrayLike, budget: float, *, limits: Sequence[tuple[ArrayLike, float]] = (), most: int = 50
) -> tuple[Selection, ...]:
    """Return the best sets of candidates under a budget, by the sum of their values, best first.

    ``value``, ``cost``: ``(candidate,)``. ``budget``: most that the costs of a set may sum to. ``limits``: further
    limits: pairs of use ``(candidate,)`` and capacity. ``most``: number of sets wanted; the empty set is among those
    that compete. Raises ValueError with more than 20 candidates: every subset is looked at, so that the result is
    exact.

    >>> import numpy as np
    >>> best_sets(np.array([5.0, 4.0, 3.0]), np.array([4.0, 3.0, 2.0]), 5.0)[0].members
    (1, 2)
    """
    v, c = np.asarray(value, dtype=np.float64), np.asarray(cost, dtype=np.float64)
    if v.ndim != 1 or v.shape != c.shape:
        raise ValueError(lazy("value and cost must be one-dimensional and equally long"))
    if v.size > MOST_CANDIDATES:
        message = lazy(
            "{size} candidates; every subset of at most {most_candidates} can be looked at",
            size=v.size,
            most_candidates=MOST_CANDIDATES,
        )
        raise ValueError(message)
    total, paid = _sums(v), _sums(c)
    feasible = paid <= budget * (1 + 1e-12)
    for use, capacity in limits:
        feasible &= _sums(np.asarray(use, dtype=np.float64)) <= capacity * (1 + 1e-12)
    possible = np.flatnonzero(feasible)
    if possible.size > most:
        possible = possible[np.argpartition(-total[possible], most - 1)[:most]]
    possible = possible[np.lexsort((paid[possible], -total[possible]))]
    return tuple(
        Selection(tuple(i for i in range(v.size) if m >> i & 1), float(total[m]), float(paid[m]))
        for m in possible.tolist()
    )
