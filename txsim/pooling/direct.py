# SPDX-License-Identifier: MIT
"""A mixture over a continuous parameter by as few parts as a stated accuracy allows.

Röver and Friede, Discrete approximation of a mixture distribution via restricted divergence, Journal of Computational
and Graphical Statistics 26 (2017), 217-222: the parameter's range is cut into bins so that no distribution inside a bin
differs from that at its reference point by more than a symmetrised Kullback-Leibler divergence. Published analyses are
computed so, with a divergence of 0.01, and their third or fourth digit depends on it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from txsim.types import Array

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

    Parameters
    ----------
    conditional
        Means and variances of all the normals that are to be mixed, at one value of the parameter.
    cdf
        Distribution function of the parameter.
    most
        Quantile up to which bins are made.
    scale
        Size of the parameter, for the search of the first bound.
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
