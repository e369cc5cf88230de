# SPDX-License-Identifier: MIT
"""What a stream of cash is worth: net present value, payback, peak funding (docs/model.md, section 6).

Plain functions on arrays, for the kernel's outcomes and for anybody's own cash flows. Months (or years) are the first
axis; whatever follows, usually draws, is kept. Money is in any one currency; a net cash flow is negative where money
goes out, an argument that is called a cost is positive.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from txsim.simulate.plan import discount_factors
from txsim.types import Array


def _cash(values: ArrayLike, name: str = "cash") -> Array:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 0 or array.shape[0] == 0:
        message = f"{name} needs time as its first axis, with at least one entry"
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
