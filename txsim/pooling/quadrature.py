# SPDX-License-Identifier: MIT
"""Integrals over a positive number, by Gauss-Legendre panels that are halved until halving changes nothing.

Deterministic and accurate to about twelve digits for the smooth densities of meta-analysis, heavy tails and peaks at
zero included, so that published answers come out to the last printed digit and the same file gives the same bits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from txsim.types import Array

_ORDER = 16
#: Largest change by halving a panel, as a share of the whole integral.
_TOLERANCE = 1e-14
#: Share of the whole that may lie where halving still changes something.
_REST = 1e-6
#: Powers of two around the scale at which the first panels begin and end.
_FINEST, _FARTHEST = -40, 60


@dataclass(frozen=True, slots=True)
class Panels:
    """A density over a positive number, as nodes and panels."""

    #: ``nodes``, ``weights``: Points and the probability that each stands for; the weights add up to 1. Shape ``(n,)``.
    nodes: Array
    weights: Array
    edges: Array  #: Bounds of the panels, rising. Shape ``(m + 1,)``.
    below: Array  #: Probability below each edge. Shape ``(m + 1,)``.
    log_total: float  #: Logarithm of the integral before normalising.


@lru_cache(maxsize=1)
def _rule() -> tuple[Array, Array]:
    """Return nodes and weights of the Gauss-Legendre rule on 0 … 1."""
    x, w = np.polynomial.legendre.leggauss(_ORDER)
    return (x + 1) / 2, w / 2


def nodes_between(left: Array, right: Array) -> tuple[Array, Array]:
    """Return nodes and weights on intervals, shapes ``(m, order)``."""
    x, w = _rule()
    width = (right - left)[:, None]
    return left[:, None] + width * x, width * w


def integrate(log_density: Callable[[Array], Array], scale: float) -> Panels:
    """Integrate a density over 0 … ∞.

    Parameters
    ----------
    log_density
        Logarithm of the density, up to a constant, of an array of positive numbers; ``-inf`` where there is none.
    scale
        A size at which the density changes; the first panels lie around it, each twice as wide as the one before.

    Raises
    ------
    ValueError
        If the density is nowhere above 0 or does not settle.
    """
    edges = np.concatenate(([0.0], scale * 2.0 ** np.arange(_FINEST, _FARTHEST + 1)))
    left, right = edges[:-1], edges[1:]
    first = log_density(nodes_between(left, right)[0].ravel())
    highest = float(np.max(first[np.isfinite(first)], initial=-np.inf))
    if not np.isfinite(highest):
        message = "the density is zero everywhere"
        raise ValueError(message)
    done: list[tuple[Array, Array, Array, Array]] = []
    settled = 0.0
    for _ in range(60):
        whole = _summed(log_density, highest, left, right)[2]
        middle = (left + right) / 2
        both_left, both_right = np.stack([left, middle], 1).ravel(), np.stack([middle, right], 1).ravel()
        nodes, parts, sums = _summed(log_density, highest, both_left, both_right)
        halves = sums.reshape(-1, 2).sum(1)
        good = np.abs(whole - halves) <= _TOLERANCE * (settled + float(halves.sum()))
        twice = np.repeat(good, 2)
        done.append((both_left[twice], both_right[twice], nodes[twice], parts[twice]))
        settled += float(halves[good].sum())
        left, right = both_left[~twice], both_right[~twice]
        if left.size == 0:
            break
    else:
        rest = float(_summed(log_density, highest, left, right)[2].sum())
        if rest > _REST * settled:
            message = "the density does not settle: it has a jump or a pole"
            raise ValueError(message)
        # A tail that falls as slowly as a log-t's is never resolved to the end; so little of it may be rough.
        nodes, parts, _ = _summed(log_density, highest, left, right)
        done.append((left, right, nodes, parts))
    lefts, rights = (np.concatenate([part[i] for part in done]) for i in (0, 1))
    order = np.argsort(lefts)
    nodes, parts = (np.concatenate([part[i] for part in done])[order] for i in (2, 3))
    total = float(parts.sum())
    edges = np.append(lefts[order], rights[order][-1])
    below = np.concatenate(([0.0], np.cumsum(parts.sum(1)))) / total
    return Panels(nodes.ravel(), parts.ravel() / total, edges, below, highest + float(np.log(total)))


def _summed(
    log_density: Callable[[Array], Array], highest: float, left: Array, right: Array
) -> tuple[Array, Array, Array]:
    """Return nodes, what each contributes, and the sum by panel."""
    nodes, weights = nodes_between(left, right)
    parts = weights * np.exp(log_density(nodes.ravel()) - highest).reshape(nodes.shape)
    return nodes, parts, parts.sum(1)


def tail_exponent(log_density: Callable[[Array], Array], scale: float) -> float:
    """Return α of a tail that falls as ``x ** −α``: an integral exists for α > 1, its n-th moment for α > n + 1."""
    far = scale * 2.0 ** np.array([50.0, 56.0])
    one, two = log_density(far)
    if not (np.isfinite(one) and np.isfinite(two)):
        return np.inf
    return float((one - two) / (6 * np.log(2.0)))
