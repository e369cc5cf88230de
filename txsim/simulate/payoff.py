# SPDX-License-Identifier: MIT
"""Payoff metrics as plain functions on arrays, usable on anybody's cash flows (docs/model.md, section 6).

Months are the first axis, draws the others. Money in any one currency, undiscounted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from txsim.simulate.plan import discount_factors
from txsim.simulate.points import BATCHES

__all__ = ["cvar", "mcse", "npv", "npv_annual", "p_loss", "payback_month", "peak_funding", "roi", "summary"]

Array = NDArray[np.float64]


def npv(cash: ArrayLike, rate: float, one_off: ArrayLike | None = None, convention: str = "monthly") -> Array:
    """Return the net present value of monthly cash flows.

    Parameters
    ----------
    cash
        ``(month, ...)``, all that is not a one-off.
    rate
        Discount rate a year.
    one_off
        ``(month, ...)`` one-off costs, positive; discounted from the start of their month.
    convention
        See :func:`~txsim.simulate.plan.discount_factors`.

    Returns
    -------
    ndarray
        ``(...)``.
    """
    flows = np.asarray(cash, dtype=np.float64)
    once, rest = discount_factors(rate, flows.shape[0], convention)
    value = np.tensordot(rest, flows, axes=(0, 0))
    if one_off is not None:
        value = value - np.tensordot(once, np.asarray(one_off, dtype=np.float64), axes=(0, 0))
    return np.asarray(value, dtype=np.float64)


def npv_annual(initial: float, yearly: ArrayLike, rate: float) -> float:
    """Return the net present value of an undiscounted initial column and sums at the end of each year."""
    flows = np.asarray(yearly, dtype=np.float64)
    return float(initial + (flows * (1.0 + rate) ** -np.arange(1.0, flows.size + 1.0)).sum())


def roi(npv: ArrayLike, pv_cost: ArrayLike) -> Array:
    """Return the return on investment, NPV over discounted cost; NaN where there is no cost."""
    value, cost = np.broadcast_arrays(np.asarray(npv, dtype=np.float64), np.asarray(pv_cost, dtype=np.float64))
    found: Array = np.divide(value, cost, out=np.full(value.shape, np.nan), where=cost > 0)
    return found


def payback_month(cash: ArrayLike) -> Array:
    """Return the first month, from 1, from which the cumulative cash flow stays at or above 0; NaN for never."""
    cumulative = np.cumsum(np.asarray(cash, dtype=np.float64), axis=0)
    months = cumulative.shape[0]
    negative = cumulative < 0
    last = months - np.argmax(negative[::-1], axis=0)
    month = np.where(negative.any(axis=0), last + 1.0, 1.0)
    return np.where(month > months, np.nan, month)


def peak_funding(cash: ArrayLike) -> Array:
    """Return the largest sum that is tied up at a month's end, at least 0."""
    return np.maximum(0.0, -np.cumsum(np.asarray(cash, dtype=np.float64), axis=0).min(axis=0))


def p_loss(npv: ArrayLike) -> float:
    """Return the share of draws with a negative NPV."""
    return float(np.mean(np.asarray(npv) < 0))


def cvar(npv: ArrayLike, level: float = 0.05) -> float:
    """Return the mean of the worst ``level`` of NPVs; the draw on the edge counts in part."""
    values = np.sort(np.asarray(npv, dtype=np.float64))
    share = level * values.size
    whole = int(np.floor(share + 1e-9))
    part = max(share - whole, 0.0)
    total = values[:whole].sum() + (part * values[whole] if part > 0 else 0.0)
    return float(total / share)


def mcse(values: ArrayLike, statistic: Callable[[Any], Any], batches: int = BATCHES) -> float:
    """Return the Monte Carlo standard error of a statistic from equal stretches of draws, each a sample of its own."""
    array = np.asarray(values, dtype=np.float64)
    found = np.array([statistic(part) for part in np.array_split(array, batches)], dtype=np.float64)
    return float(found.std(ddof=1) / np.sqrt(batches))


def summary(values: ArrayLike) -> dict[str, float]:
    """Return mean, sd, median, 5 % and 95 % quantile, and the Monte Carlo standard error of the mean."""
    array = np.asarray(values, dtype=np.float64)
    low, middle, high = np.quantile(array, [0.05, 0.5, 0.95])
    return {
        "mean": float(array.mean()),
        "sd": float(array.std()),
        "median": float(middle),
        "p05": float(low),
        "p95": float(high),
        "mcse": mcse(array, np.mean),
    }
