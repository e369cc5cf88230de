# SPDX-License-Identifier: MIT
"""What a stream of cash is worth: net present value, payback, risk (docs/model.md, section 6).

Plain functions on arrays, for the kernel's outcomes and for anybody's own cash flows. Months (or years) are the first
axis; whatever follows, usually draws, is kept. Money is in any one currency; a net cash flow is negative where money
goes out, an argument that is called a cost is positive.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from txsim.simulate.plan import discount_factors
from txsim.simulate.points import BATCHES

__all__ = [
    "STATISTICS",
    "cvar",
    "losses",
    "mcse",
    "npv",
    "npv_annual",
    "p_loss",
    "payback_month",
    "payback_years",
    "peak_funding",
    "quantiles",
    "roi",
    "summaries",
    "summary",
    "tail_means",
]

Array = NDArray[np.float64]

#: What :func:`summary` returns, in this order.
STATISTICS = ("mean", "sd", "median", "p05", "p95", "mcse")
_QUANTILES = (0.5, 0.05, 0.95)


def _cash(values: ArrayLike, name: str = "cash") -> Array:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 0 or array.shape[0] == 0:
        message = f"{name} needs time as its first axis, with at least one entry"
        raise ValueError(message)
    return array


def _draws(values: ArrayLike) -> Array:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0:
        message = f"values must be one-dimensional (draw,) and not empty, their shape is {array.shape}"
        raise ValueError(message)
    return array


def npv(cash: ArrayLike, rate: float, one_off: ArrayLike | None = None, convention: str = "monthly") -> Array:
    """Return the net present value of a monthly cash flow.

    Parameters
    ----------
    cash
        ``(month, ...)`` net cash of each month, one-offs not included.
    rate
        Discount rate a year, a fraction above -1.
    one_off
        ``(month, ...)`` one-off costs, positive, discounted from the start of their month.
    convention
        ``"monthly"`` or ``"annual"``, see :func:`~txsim.simulate.plan.discount_factors`.

    Returns
    -------
    ndarray
        ``(...)``, money of today.

    Raises
    ------
    ValueError
        If there are no months, the rate is -1 or less, the convention is unknown or the shapes do not fit.

    Notes
    -----
    Source: docs/model.md, section 6.
    """
    array = _cash(cash)
    if not rate > -1:
        message = f"rate must be above -1, it is {rate}"
        raise ValueError(message)
    if convention not in ("monthly", "annual"):
        message = f"convention must be `monthly` or `annual`, it is `{convention}`"
        raise ValueError(message)
    start, end = discount_factors(rate, array.shape[0], convention)
    total: Array = np.tensordot(end, array, axes=1)
    if one_off is not None:
        extra = _cash(one_off, "one_off")
        if extra.shape[0] != array.shape[0]:
            message = f"one_off has {extra.shape[0]} months, cash has {array.shape[0]}"
            raise ValueError(message)
        total = total - np.tensordot(start, extra, axes=1)
    return total


def npv_annual(initial: ArrayLike, yearly: ArrayLike, rate: float) -> Array:
    """Return the net present value of a table with an initial column and one column a year.

    Parameters
    ----------
    initial
        ``(...)`` net cash of the initial column, not discounted.
    yearly
        ``(year, ...)`` net cash of each year, discounted from the year's end.
    rate
        Discount rate a year, a fraction above -1.

    Returns
    -------
    ndarray
        ``(...)``, money of today: the convention of consultants' tables, docs/model.md, section 6.

    Raises
    ------
    ValueError
        If there are no years or the rate is -1 or less.

    Examples
    --------
    >>> round(float(npv_annual(-53150, [939796, 2424560, 3581976], 0.10)))
    5496170
    """
    array = _cash(yearly, "yearly")
    if not rate > -1:
        message = f"rate must be above -1, it is {rate}"
        raise ValueError(message)
    factors = (1.0 + rate) ** -np.arange(1.0, array.shape[0] + 1.0)
    total: Array = np.asarray(initial, dtype=np.float64) + np.tensordot(factors, array, axes=1)
    return total


def roi(npv: ArrayLike, pv_cost: ArrayLike) -> Array:
    """Return the return on investment, net present value over present value of cost.

    The headline figure of a forecast is ``roi(mean of npv, mean of pv_cost)``, not the mean of the draws' ratios.

    Parameters
    ----------
    npv, pv_cost
        Same shape or broadcast; cost is positive.

    Returns
    -------
    ndarray
        A fraction; NaN where there is no cost.
    """
    worth, cost = np.broadcast_arrays(np.asarray(npv, dtype=np.float64), np.asarray(pv_cost, dtype=np.float64))
    result = np.full(worth.shape, np.nan)
    np.divide(worth, cost, out=result, where=cost > 0)
    return result


def payback_month(cash: ArrayLike) -> Array:
    """Return the first month, counted from 1, from which the cumulative cash stays at or above 0.

    Parameters
    ----------
    cash
        ``(month, ...)`` undiscounted net cash, one-offs included.

    Returns
    -------
    ndarray
        ``(...)``; NaN where that never happens within the months given.
    """
    total = np.cumsum(_cash(cash), axis=0)
    months = total.shape[0]
    negative = total < 0
    last = np.where(negative.any(axis=0), months - np.argmax(negative[::-1], axis=0), 0)
    return np.where(last == months, np.nan, last + 1.0)


def payback_years(initial: ArrayLike, yearly: ArrayLike) -> Array:
    """Return the years after which a table's cumulative cash reaches 0, linear within the year in which it does.

    Parameters
    ----------
    initial
        ``(...)`` net cash of the initial column.
    yearly
        ``(year, ...)`` net cash of each year, not discounted.

    Returns
    -------
    ndarray
        ``(...)`` years after which the cumulative cash stays at or above 0; NaN for never.
    """
    array = _cash(yearly, "yearly")
    start = np.broadcast_to(np.asarray(initial, dtype=np.float64), array.shape[1:])
    flows = np.concatenate([start[None], array])
    total = np.cumsum(flows, axis=0)
    # Counted like months with the initial column as the first: k means that column k - 1 is the first that stays.
    column = payback_month(flows) - 1
    found = np.isfinite(column) & (column > 0)
    year = np.where(found, column, 1).astype(np.int64)[None]
    before = np.take_along_axis(total, year - 1, axis=0)[0]
    during = np.take_along_axis(flows, year, axis=0)[0]
    part = np.divide(-before, during, out=np.zeros_like(before), where=during != 0)
    return np.where(found, column - 1 + part, column)


def peak_funding(cash: ArrayLike) -> Array:
    """Return the most money that is ever out: ``max(0, -min)`` of the month-end cumulative cash.

    Parameters
    ----------
    cash
        ``(month, ...)`` undiscounted net cash, one-offs included.

    Returns
    -------
    ndarray
        ``(...)``, 0 or more.
    """
    lowest = np.minimum(np.cumsum(_cash(cash), axis=0).min(axis=0), 0.0)
    return np.asarray(0.0 - lowest)


def p_loss(npv: ArrayLike) -> float:
    """Return the probability of a loss: the share of draws ``(draw,)`` with a net present value below 0."""
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
    found = np.array([statistic(part) for part in parts], dtype=np.float64)
    if not np.isfinite(found).all():
        return float("nan")
    # Without spread there is no error, whatever the rounding of a mean says.
    return 0.0 if np.all(array == array[0]) else float(found.std(ddof=1) / np.sqrt(found.size))


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
    found = dict(zip(STATISTICS, summaries(array).tolist(), strict=True))
    if batches is not BATCHES or array.size % BATCHES:
        found["mcse"] = mcse(array, lambda part: float(part.mean()), batches)
    return found


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
    found = np.empty((*values.shape[:-1], len(STATISTICS)))
    ordered = np.sort(values, axis=-1)
    with np.errstate(invalid="ignore", over="ignore"):
        found[..., 0] = values.mean(axis=-1)
        found[..., 1] = values.std(axis=-1)
        found[..., 2:5] = np.moveaxis(_between(ordered, _QUANTILES), 0, -1)
        parts = values.reshape(*values.shape[:-1], BATCHES, -1).mean(axis=-1) if size % BATCHES == 0 else None
        error = np.nan if parts is None else parts.std(axis=-1, ddof=1) / np.sqrt(BATCHES)
    # Without spread there is no error, whatever the rounding of a mean says.
    equal = ordered[..., 0] == ordered[..., -1]
    found[..., 5] = np.where(equal, 0.0, np.where(np.isfinite(error), error, np.nan))
    return found


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
        return [float(found) for found in _between(np.sort(_draws(values)), levels)]


def _between(ordered: Array, levels: Sequence[float]) -> Array:
    """Return quantiles ``(level, ...)`` of draws in order, ``(..., draw)``."""
    size = ordered.shape[-1]
    found = np.empty((len(levels), *ordered.shape[:-1]))
    for i, level in enumerate(levels):
        place = level * (size - 1)
        below = int(place)
        low, high, part = ordered[..., below], ordered[..., min(below + 1, size - 1)], place - below
        between = high - (high - low) * (1.0 - part) if part >= 0.5 else low + (high - low) * part
        found[i] = np.where(low == high, low, between)
    found[:, np.isnan(ordered[..., -1])] = np.nan
    return found
