# SPDX-License-Identifier: MIT
"""What draws of a payoff come to: mean, quantiles, probability of a loss, tail, and the Monte Carlo error of each.

Plain functions on arrays of draws, one-dimensional or with draws as the last axis. Source: docs/model.md, section 6.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from txsim.simulate.points import BATCHES, stable_order
from txsim.types import Array

#: What :func:`summary` returns, in this order.
STATISTICS = ("mean", "sd", "median", "p05", "p95", "mcse")
_QUANTILES = (0.5, 0.05, 0.95)


def _draws(values: ArrayLike) -> Array:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0:
        message = f"values must be one-dimensional (draw,) and not empty, their shape is {array.shape}"
        raise ValueError(message)
    return array


def p_loss(npv: ArrayLike) -> float:
    """Return the probability of a loss: the share of draws ``(draw,)`` with a net present value below 0.

    Examples
    --------
    >>> import numpy as np
    >>> p_loss(np.array([-1.0, 0.0, 1.0, 2.0]))
    0.25
    """
    return float(losses(_draws(npv)))


def cvar(npv: ArrayLike, level: float = 0.05) -> float:
    """Return the mean of the worst share of draws (conditional value at risk, a level of money, negative for losses).

    Parameters
    ----------
    npv
        ``(draw,)``.
    level
        Share of the draws, above 0 and at most 1.

    Returns
    -------
    float
        The mean of the lowest ``level * draws`` values; the draw on the border counts by the part that is left, so
        that the figure does not jump with the number of draws (Rockafellar and Uryasev, Journal of Banking & Finance
        26, 2002).

    Raises
    ------
    ValueError
        If the level is outside (0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> cvar(np.array([-10.0] + [0.0] * 19), 0.05)
    -10.0
    """
    return float(tail_means(_draws(npv), level))


def tail_means(npv: Array, level: float = 0.05) -> Array:
    """Return :func:`cvar` along the last axis, ``(..., draw)`` to ``(...)``; same errors."""
    if not 0 < level <= 1:
        message = f"level must be above 0 and at most 1, it is {level}"
        raise ValueError(message)
    size = npv.shape[-1]
    count = level * size
    # A product such as 0.07 * 100 = 7.000000000000001 is meant as the whole number.
    count = float(round(count)) if abs(count - round(count)) < 1e-9 * size else count
    whole = int(count)
    if whole >= size:
        return np.asarray(npv.mean(axis=-1))
    lowest = np.sort(npv, axis=-1)
    return np.asarray((lowest[..., :whole].sum(axis=-1) + (count - whole) * lowest[..., whole]) / count)


def losses(npv: Array) -> Array:
    """Return :func:`p_loss` along the last axis, ``(..., draw)`` to ``(...)``."""
    return np.asarray((npv < 0).mean(axis=-1))


def mcse(values: ArrayLike, statistic: Callable[[Array], float], batches: ArrayLike | int = BATCHES) -> float:
    """Return the Monte Carlo standard error of any statistic, from the spread of its values in independent batches.

    Parameters
    ----------
    values
        ``(draw,)``.
    statistic
        From the draws of one batch ``(draw,)`` to a number.
    batches
        A number of equal stretches of draws, or ``(draw,)`` the batch of each draw.

    Returns
    -------
    float
        Standard deviation of the batches' statistics over the root of their number; 0 where all draws are equal, NaN
        where there are not two batches or some batch has no finite statistic (a payback that never comes).

    Raises
    ------
    ValueError
        If the values are not ``(draw,)`` or the batches not one for each draw.

    Notes
    -----
    The batches are independent scrambles of one Sobol sequence, within which draws are not independent, so the usual
    ``sd / sqrt(n)`` would not hold (Owen 1997). Source: docs/model.md, section 6.
    """
    array = _draws(values)
    if isinstance(batches, int):
        parts = np.array_split(array, batches) if 1 < batches <= array.size else []
    else:
        index = np.asarray(batches)
        if index.shape != array.shape:
            message = f"batches must name one batch for each of {array.size} draws, their shape is {index.shape}"
            raise ValueError(message)
        parts = [array[index == batch] for batch in np.unique(index)]
    if len(parts) < 2:
        return 0.0 if np.all(array == array[0]) else float("nan")
    estimates = np.array([statistic(part) for part in parts], dtype=np.float64)
    if not np.isfinite(estimates).all():
        return float("nan")
    # Without spread there is no error, whatever the rounding of a mean says.
    return 0.0 if np.all(array == array[0]) else float(estimates.std(ddof=1) / np.sqrt(estimates.size))


def summary(values: ArrayLike, batches: ArrayLike | int = BATCHES) -> dict[str, float]:
    """Return mean, standard deviation, median, the ends of the equal-tailed 90 % interval, and the mean's error.

    Parameters
    ----------
    values
        ``(draw,)``.
    batches
        As for :func:`mcse`.

    Returns
    -------
    dict
        ``mean``, ``sd`` (of the draws), ``median``, ``p05``, ``p95``, ``mcse`` (of the mean); NaN where a draw that
        the figure needs is not finite.
    """
    array = _draws(values)
    figures = dict(zip(STATISTICS, summaries(array).tolist(), strict=True))
    if batches is not BATCHES or array.size % BATCHES:
        figures["mcse"] = mcse(array, lambda part: float(part.mean()), batches)
    return figures


def summaries(values: Array) -> Array:
    """Return :func:`summary` of many quantities at once.

    Parameters
    ----------
    values
        ``(..., draw)``, draws in eight batches of equal length.

    Returns
    -------
    ndarray
        ``(..., statistic)``, in the order of :data:`STATISTICS`; each the same bits as alone.
    """
    size = values.shape[-1]
    table = np.empty((*values.shape[:-1], len(STATISTICS)))
    ordered = np.sort(values, axis=-1)
    with np.errstate(invalid="ignore", over="ignore"):
        table[..., 0] = values.mean(axis=-1)
        table[..., 1] = values.std(axis=-1)
        table[..., 2:5] = np.moveaxis(_between(ordered, _QUANTILES), 0, -1)
        parts = values.reshape(*values.shape[:-1], BATCHES, -1).mean(axis=-1) if size % BATCHES == 0 else None
        error = np.nan if parts is None else parts.std(axis=-1, ddof=1) / np.sqrt(BATCHES)
    # Without spread there is no error, whatever the rounding of a mean says.
    equal = ordered[..., 0] == ordered[..., -1]
    table[..., 5] = np.where(equal, 0.0, np.where(np.isfinite(error), error, np.nan))
    return table


def quantiles(values: ArrayLike, levels: Sequence[float]) -> list[float]:
    """Return quantiles of draws, linear between them, to the bit as ``np.quantile`` gives them.

    Parameters
    ----------
    values
        ``(draw,)``.
    levels
        Probabilities, 0 … 1.

    Returns
    -------
    list of float
        One for each level; NaN where a draw is not a number.

    Notes
    -----
    ``np.quantile`` imports numpy's masked arrays, a twentieth of a whole warm run, and is slower itself.
    """
    with np.errstate(invalid="ignore"):
        return [float(quantile) for quantile in _between(np.sort(_draws(values)), levels)]


def weighted_quantiles(values: Array, weights: Array, levels: Sequence[float]) -> list[float]:
    """Return quantiles of ``(n,)`` values that count with ``(n,)`` weights: the first value that reaches each level.

    Those that count, all alike, are told as a path is: a policy that always stops has the figures of stopping.
    """
    if alike(weights):
        return quantiles(values[weights > 0], levels)
    return reached(values, weights, levels)


def alike(weights: Array) -> bool:
    """Whether all of ``(n,)`` weights that count are the same."""
    counted = weights[weights > 0]
    return bool(counted.size and counted.min() == counted.max())


def reached(values: Array, weights: Array, levels: Sequence[float]) -> list[float]:
    """Return the first of ``(n,)`` values that reaches each level of ``(n,)`` weights; none lies between two values."""
    order = stable_order(values)
    total = np.cumsum(weights[order])
    places = np.searchsorted(total, np.asarray(levels) * total[-1] * (1 - 1e-12))
    return [float(value) for value in values[order][np.minimum(places, values.size - 1)]]


def _between(ordered: Array, levels: Sequence[float]) -> Array:
    """Return quantiles ``(level, ...)`` of draws in order, ``(..., draw)``."""
    size = ordered.shape[-1]
    values = np.empty((len(levels), *ordered.shape[:-1]))
    for i, level in enumerate(levels):
        place = level * (size - 1)
        below = int(place)
        low, high, part = ordered[..., below], ordered[..., min(below + 1, size - 1)], place - below
        between = high - (high - low) * (1.0 - part) if part >= 0.5 else low + (high - low) * part
        values[i] = np.where(low == high, low, between)
    values[:, np.isnan(ordered[..., -1])] = np.nan
    return values
