# SPDX-License-Identifier: MIT
"""Shares of a whole that belong to parts which work together: Shapley values, exactly, from every coalition."""

from __future__ import annotations

from math import factorial

import numpy as np
from numpy.typing import NDArray

from txsim.types import Array

#: More players than this would need more than a million coalitions.
MOST_PLAYERS = 20


def coalitions(players: int) -> NDArray[np.bool_]:
    """Return every coalition as a row of who is in it, ``(2^players, player)``; row ``m`` has the bits of ``m``.

    >>> coalitions(2).astype(int).tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    if not 0 <= players <= MOST_PLAYERS:
        message = f"possible are 0 to {MOST_PLAYERS} players, there are {players}"
        raise ValueError(message)
    masks = np.arange(1 << players)
    membership: NDArray[np.bool_] = (masks[:, None] >> np.arange(players) & 1).astype(bool)
    return membership


def shapley(worth: Array) -> Array:
    """Return the Shapley value of each player.

    Parameters
    ----------
    worth
        ``(2^players,)`` or ``(2^players, figure)``: worth of each coalition, in the order of :func:`coalitions`.

    Returns
    -------
    ndarray
        ``(player,)`` or ``(player, figure)``: each player's contribution averaged over all orders in which the
        players can come; they sum to the worth of all less that of nobody (Shapley 1953).

    Raises
    ------
    ValueError
        If the number of coalitions is not a power of two.

    Examples
    --------
    >>> import numpy as np
    >>> shapley(np.array([0.0, 1.0, 3.0, 6.0]))  # nobody, one, the other, both
    array([2., 4.])
    """
    table = np.asarray(worth, dtype=np.float64)
    players = int(table.shape[0]).bit_length() - 1
    if table.shape[0] != 1 << players:
        message = f"expected one worth for each of 2^players coalitions, there are {table.shape[0]}"
        raise ValueError(message)
    size = coalitions(players).sum(axis=1)
    weight = np.array([factorial(s) * factorial(players - s - 1) / factorial(players) for s in range(players)])
    masks = np.arange(1 << players)
    values = np.empty((players, *table.shape[1:]))
    for player in range(players):
        without = masks[(masks >> player & 1) == 0]
        gain = table[without | 1 << player] - table[without]
        values[player] = np.tensordot(weight[size[without]], gain, axes=1)
    return values
