# SPDX-License-Identifier: MIT
"""What a noisy reading is worth, and what will be chosen on it: Bayes on the draws themselves.

A reading is a known function of each draw plus normal noise of a known size. Then nothing about the noise needs to be
simulated: the net benefits are first smoothed over the noiseless signal by regression, which happens once, and are
then spread over the readings that the noise makes of it, cell by cell of a grid, for as many sizes of the noise as
are wanted (a design table of 48 pilots takes a tenth of a second). The spreading conserves probability exactly, so
that the value of a reading lies between nothing and the value of perfect information whatever the resolution, and
more noise never makes it worth more. Needs NumPy alone; docs/model.md, section 7.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from txsim.decide.ranking import batch_errors
from txsim.decide.regression import as_columns, conditional_mean
from txsim.decide.value import DEFAULT_BATCHES
from txsim.results.quantities import Estimate
from txsim.simulate.statistics import quantiles
from txsim.types import Array

#: Bins of the signal and cells of the reading, by number of dimensions.
_BINS = {1: (256,), 2: (128, 32), 3: (64, 32, 16)}
_CELLS = {1: (384,), 2: (160, 48), 3: (80, 40, 20)}
_REACH = 4.0


@lru_cache(maxsize=1)
def _normal_table() -> tuple[Array, Array]:
    at = np.linspace(-8.0, 8.0, 8001)
    erf, root = math.erf, math.sqrt(2.0)
    return at, np.array([0.5 * (1.0 + erf(x / root)) for x in at.tolist()])


def ndtr(z: Array) -> Array:
    """Return the standard normal distribution function, to 1e-7."""
    return np.interp(z, *_normal_table())


@dataclass(frozen=True)
class Signal:
    """A noiseless signal with the net benefits smoothed over it; made once, read under any noise."""

    #: ``net_benefit``, ``means``: ``(draw, option)`` and ``(draw, dimension)``, as given.
    net_benefit: Array
    means: Array
    #: ``low``, ``high``: ``(dimension,)`` ends of the bins.
    low: Array
    high: Array
    #: ``places``, ``shares``: Bins that each draw falls between ``(draw, corner)`` and its shares in them.
    places: NDArray[np.int64]
    shares: Array
    mass: Array  #: Probability of each bin, flat.
    smoothed: Array  #: ``(bin, option)`` probability times expected net benefit.
    shape: tuple[int, ...]  #: Number of bins in each dimension.


def signal(net_benefit: ArrayLike, means: ArrayLike) -> Signal:
    """Prepare a signal for reading.

    ``net_benefit``: ``(draw, option)``, more is better. ``means``: ``(draw,)`` or ``(draw, dimension)``: what each
    reading would be without noise; one to three dimensions. Raises ValueError if shapes do not fit, values are not
    finite or there are more than three dimensions.
    """
    values = as_columns(net_benefit)
    x = as_columns(means, values.shape[0])
    if x.shape[1] > 3:
        message = f"a signal has one to three dimensions, this one has {x.shape[1]}; reduce it to summaries"
        raise ValueError(message)
    shape = _BINS[x.shape[1]]
    # A handful of extreme draws must not make the bins of all others coarse.
    low, high = np.array([quantiles(column, (0.001, 0.999)) for column in x.T]).T
    flat = high - low <= 0
    low, high = np.where(flat, low - 0.5, low), np.where(flat, high + 0.5, high)
    reference = values[:, [0]]
    fitted = reference.mean() + conditional_mean(values - reference, x)
    draws = values.shape[0]
    places = np.zeros((draws, 1), dtype=np.int64)
    shares = np.ones((draws, 1))
    for i, bins in enumerate(shape):
        at = np.clip((x[:, i] - low[i]) / (high[i] - low[i]), 0.0, 1.0) * (bins - 1)
        left = np.minimum(at.astype(np.int64), bins - 2)
        part = at - left
        places = np.concatenate([places * bins + left[:, None], places * bins + left[:, None] + 1], axis=1)
        shares = np.concatenate([shares * (1.0 - part)[:, None], shares * part[:, None]], axis=1)
    size = math.prod(shape)
    flat_places = places.reshape(-1)
    mass = np.bincount(flat_places, shares.reshape(-1), minlength=size) / draws
    smoothed = np.stack(
        [np.bincount(flat_places, (shares * each[:, None]).reshape(-1), minlength=size) / draws for each in fitted.T],
        axis=1,
    )
    return Signal(values, x, low, high, places, shares, mass, smoothed, shape)


@dataclass(frozen=True)
class Reading:
    """What a reading with known noise is worth and leads to."""

    value: Estimate  #: Expected net benefit when the best option is chosen on the reading.
    evsi: Estimate  #: What that is more than the best option without a reading.
    chosen: Array  #: ``(draw, option)``: probability that each option is chosen, given the draw.

    def outcome(self, per_option: ArrayLike) -> Array:
        """Return what is expected ``(draw,)`` of a figure ``(draw, option)`` when options are chosen on the reading."""
        expectation: Array = (self.chosen * as_columns(per_option)).sum(axis=1)
        return expectation


def _spread(prepared: Signal, sd: Array) -> list[Array]:
    """Return by dimension the probabilities ``(bin, cell)`` of cells given bins."""
    matrices = []
    cells_of = _CELLS[len(prepared.shape)]
    for i, bins in enumerate(prepared.shape):
        low, high = prepared.low[i] - _REACH * sd[i], prepared.high[i] + _REACH * sd[i]
        step = (prepared.high[i] - prepared.low[i]) / (bins - 1)
        at = np.linspace(prepared.low[i], prepared.high[i], bins)
        if sd[i] < 0.2 * step:  # finer than the bins: each bin is read as itself
            matrices.append(np.eye(bins))
            continue
        edges = np.linspace(low, high, cells_of[i] + 1)
        below = ndtr((edges[None, :] - at[:, None]) / sd[i])
        below[:, 0], below[:, -1] = 0.0, 1.0
        matrices.append(np.diff(below, axis=1))
    return matrices


def _along(table: Array, matrices: Sequence[Array], *, back: bool = False) -> Array:
    """Apply one matrix to each of the first dimensions of ``(bin, …, option)``."""
    for i, matrix in enumerate(matrices):
        moved = np.tensordot(matrix if back else matrix.T, table, axes=(1, i))
        table = np.moveaxis(moved, 0, i)
    return table


def read(prepared: Signal, noise_sd: ArrayLike, *, batches: int = DEFAULT_BATCHES) -> Reading:
    """Return what a reading of a signal is worth and what is chosen on it.

    ``prepared``: from :func:`signal`. ``noise_sd``: standard deviation of the normal noise in each dimension; infinite
    where that dimension is not read. ``batches``: number of batches for the standard errors. Raises ValueError if there
    is not one sd for each dimension, or one is negative.
    """
    sd = np.atleast_1d(np.asarray(noise_sd, dtype=np.float64))
    dimensions = len(prepared.shape)
    if sd.shape != (dimensions,) or not (sd >= 0).all():
        message = f"expected {dimensions} standard deviations of at least 0, found {sd.tolist()}"
        raise ValueError(message)
    unread = np.isinf(sd)
    matrices = _spread(prepared, np.where(unread, 1.0, sd))
    for i in np.flatnonzero(unread):
        matrices[i] = np.ones((prepared.shape[i], 1))
    options = prepared.smoothed.shape[1]
    joint = _along(prepared.smoothed.reshape(*prepared.shape, options), matrices)
    best = joint.argmax(axis=-1)
    total = float(joint.max(axis=-1).sum())
    alone = prepared.smoothed.sum(axis=0)
    wins = np.stack([(best == option).astype(np.float64) for option in range(options)], axis=-1)
    by_bin = _along(wins, matrices, back=True).reshape(-1, options)
    chosen = (by_bin[prepared.places] * prepared.shares[:, :, None]).sum(axis=1)
    # At the best rule a small change of the rule changes nothing (envelope theorem), so that the rule counts as fixed.
    paid = (chosen * prepared.net_benefit).sum(axis=1)
    base = prepared.net_benefit[:, int(alone.argmax())]
    errors = batch_errors(np.column_stack([paid, paid - base]), batches)
    perfect = float(prepared.net_benefit.max(axis=1).mean() - prepared.net_benefit.mean(axis=0).max())
    evsi = min(max(0.0, total - float(alone.max())), perfect)
    exact = evsi <= 1e-12 * max(float(np.abs(alone).max()), 1e-300)
    return Reading(
        Estimate(float(prepared.net_benefit.mean(axis=0).max()) + evsi, float(errors[0])),
        Estimate(0.0 if exact else evsi, 0.0 if exact else float(errors[1])),
        chosen,
    )
