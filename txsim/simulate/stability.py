# SPDX-License-Identifier: MIT
"""Draws whose loops feed themselves without end are impossible (docs/model.md, section 2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError
from txsim.language import lazy
from txsim.pathways import Network
from txsim.pathways.algebra import spectral_radius
from txsim.types import Array

#: Bytes of the matrices of as many draws as are solved at a time.
_PIECE = 2**25


def _circle(strength: Array, loop: tuple[int, ...]) -> list[int]:
    """Return a way round among nodes that feed back on each other: its strongest link, then the shortest way back."""
    links = [(strength[target, source], source, target) for source in loop for target in loop if source != target]
    _, start, first = max(links)
    # The shortest way back; every node is looked at once, for there may be more ways than can be listed.
    before = {first: start}
    waiting = [first]
    while start not in before:
        here = waiting.pop(0)
        for i in loop:
            if strength[i, here] > 0 and i not in before:
                before[i] = here
                waiting.append(i)
    way = [start]
    while way[-1] != first:
        way.append(before[way[-1]])
    return [start, *reversed(way)]


def hold_stable(network: Network, matrix: Array, names: tuple[str, ...], variants: int = 1) -> int:
    """Replace draws whose loops feed themselves without end, in place; return how many there were.

    Where the same draws stand side by side in several variants, each variant has batches of its own, so that a draw is
    replaced by the same other draw in all of them.
    """
    place = {name: i for i, name in enumerate(names)}
    links = len(network.links)
    betas = matrix[place["beta[0]"] : place["beta[0]"] + links]
    start, uplift = matrix[place["coordination_start"]], matrix[place["uplift"]]
    aims = matrix[[i for i, name in enumerate(names) if name.startswith("coordination[")]]
    highest = np.clip(start + np.maximum(aims, 0.0).sum(axis=0), 0.0, 1.0)  # C once every ramp is complete
    most = np.maximum((1.0 + uplift * highest) / (1.0 + uplift * start), 1.0)
    loops = network.loops()
    bad, risky = np.zeros((2, matrix.shape[1]), dtype=bool)
    for loop in loops:
        risky |= _could_explode(network, loop, betas, most)
    often: dict[tuple[int, ...], int] = {}
    if risky.any():
        lift = [link.silo for link in network.links]
        n = len(network.nodes)
        strength, often = np.zeros((n, n)), dict.fromkeys(loops, 0)
        places = np.flatnonzero(risky)
        step = max(1, _PIECE // (8 * n**2))  # all draws at once may be more than there is memory
        for first in range(0, places.size, step):
            at = places[first : first + step]
            whole = np.zeros((at.size, n, n))
            for slopes, silo, link in zip(betas, lift, network.links, strict=True):
                if link.source >= 0:
                    whole[:, link.target, link.source] += slopes[at] * most[at] if silo else slopes[at]
            strength += np.abs(whole).sum(axis=0)
            for loop in loops:
                mine = spectral_radius(whole[:, loop][:, :, loop]) >= 1.0
                often[loop] += int(mine.sum())
                bad[at] |= mine
    count = int(bad.sum())
    if count > matrix.shape[1] // 2:
        worst = max(often, key=lambda loop: often[loop])
        around = " -> ".join(network.nodes[i] for i in _circle(strength, worst))
        message = lazy(
            "the loop {around} feeds itself without end in {count:.0%} of the draws: the product of its slopes "
            "reaches 1, so nothing would ever settle; lower `priors` or `edges` along it",
            around=around,
            count=count / matrix.shape[1],
        )
        raise InputError(message)
    if count:
        size = max(matrix.shape[1] // (8 * variants), 1)
        for first in range(0, matrix.shape[1], size):
            block = slice(first, first + size)
            good = np.flatnonzero(~bad[block])
            if good.size == 0:
                good = np.flatnonzero(~bad) - first
            for i in np.flatnonzero(bad[block]):
                nearest = good[np.searchsorted(good, i) % good.size]
                matrix[:, first + i] = matrix[:, first + nearest]
    return count


def _could_explode(network: Network, loop: tuple[int, ...], betas: Array, most: Array) -> NDArray[np.bool_]:
    """Return in which draws neither row nor column sums keep a loop under 1, so that its radius must be computed."""
    into, out = np.zeros((2, len(loop), betas.shape[1]))
    for i, link in enumerate(network.links):
        if link.source in loop and link.target in loop:
            size = np.abs(betas[i]) * most if link.silo else np.abs(betas[i])
            into[loop.index(link.target)] += size
            out[loop.index(link.source)] += size
    # A hair under 1: these sums round otherwise than those of the matrix.
    risky: NDArray[np.bool_] = np.minimum(into.max(axis=0), out.max(axis=0)) >= 1.0 - 1e-9
    return risky
