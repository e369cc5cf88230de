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

    ``log_density``: logarithm of the density, up to a constant, of an array of positive numbers; ``-inf`` where there
    is none. ``scale``: A size at which the density changes; the first panels lie around it, each twice as wide as the
    one before. Raises :class:`ValueError` if the density is nowhere above 0 or does not settle.
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


# --- A mixture over a continuous parameter by as few parts as a stated accuracy allows
# Röver and Friede, Discrete approximation of a mixture distribution via restricted divergence, Journal of Computational
# and Graphical Statistics 26 (2017), 217-222: the parameter's range is cut into bins so that no distribution inside a
# bin differs from that at its reference point by more than a symmetrised Kullback-Leibler divergence. Published
# analyses are computed so, with a divergence of 0.01, and their third or fourth digit depends on it.


#: Largest divergence within a bin, and the probability beyond the last one that may be left out.
DIVERGENCE, LEFT_OUT = 0.01, 0.0001
_MOST_BINS = 10_000


def _divergence(one: tuple[Array, Array], other: tuple[Array, Array]) -> float:
    """Return the largest symmetrised divergence between normals, each pair with its means and variances."""
    (m1, v1), (m2, v2) = one, other
    return float(np.max((m1 - m2) ** 2 * 0.5 * (1 / v1 + 1 / v2) + (v1 - v2) ** 2 / (2 * v1 * v2)))


def direct_grid(
    conditional: Callable[[float], tuple[Array, Array]], cdf: Callable[[Array], Array], most: float, scale: float
) -> tuple[Array, Array]:
    """Return reference points and weights for a parameter at least 0, the first point at 0.

    ``conditional``: means and variances of all the normals that are to be mixed, at one value of the parameter.
    """
    from scipy.optimize import brentq

    def after(start: float, step: float) -> float:
        here = conditional(start)
        reach = start + step
        while _divergence(here, conditional(reach)) <= DIVERGENCE:
            reach = start + 2 * (reach - start)
            if reach > 1e12 * scale:  # nothing changes any more
                return reach
        return float(brentq(lambda t: _divergence(here, conditional(t)) - DIVERGENCE, start, reach, xtol=1e-13 * scale))

    points, bounds = [0.0], [after(0.0, scale)]
    while bounds[-1] <= most or len(points) < 2:
        point = after(bounds[-1], max(bounds[-1], scale) * 0.1)
        points.append(point)
        bounds.append(after(point, max(point, scale) * 0.1))
        if len(points) > _MOST_BINS:
            message = "the conditional distributions change too fast for a grid"
            raise ValueError(message)
    below = cdf(np.array(bounds))
    weights = np.maximum(np.diff(below, prepend=0.0), 0.0)
    return np.array(points), weights / weights.sum()


def scale_grid(cdf: Callable[[Array], Array], least: float, most: float) -> tuple[Array, Array]:
    """Return reference points and weights of a standard deviation, for a scale mixture of normals around one mean."""
    # The next larger standard deviation at the stated divergence, as bayesmeta's `normalmixture` computes it.
    factor = np.sqrt(1 + DIVERGENCE**2 + np.sqrt(DIVERGENCE**2 + 2 * DIVERGENCE))
    count = int(np.ceil(np.log(most / least) / np.log(factor) / 2)) + 1
    points = least * factor ** (2 * np.arange(count))
    bounds = points[:-1] * factor
    below = np.concatenate(([0.0], cdf(bounds), [1.0]))
    weights = np.diff(below)
    return points, weights / weights.sum()
