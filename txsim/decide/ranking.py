# SPDX-License-Identifier: MIT
"""Options side by side, draw by draw: who is best how often, what a wrong choice costs, who dominates whom.

Plain functions on payoffs ``(draw, option)``, more is better, all options on the same draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from txsim.decide.regression import as_column, as_columns
from txsim.decide.value import DEFAULT_BATCHES
from txsim.results.quantities import Estimate
from txsim.types import Array


def batch_errors(table: ArrayLike, batches: int = DEFAULT_BATCHES) -> Array:
    """Return the Monte Carlo standard error of the mean of each column of ``(draw, column)``, from batch means."""
    array = as_columns(table)
    if batches < 2 or array.shape[0] < batches:
        return np.full(array.shape[1], np.nan)
    means = np.stack([part.mean(axis=0) for part in np.array_split(array, batches)])
    errors: Array = means.std(axis=0, ddof=1) / np.sqrt(batches)
    # Without spread there is no error, whatever the rounding of a mean says.
    return np.where(np.ptp(array, axis=0) > 0, errors, 0.0)


def mean_estimate(values: Array, batches: int = DEFAULT_BATCHES) -> Estimate:
    """Return the mean of draws ``(draw,)`` with its Monte Carlo standard error."""
    return Estimate(float(values.mean()), float(batch_errors(values, batches)[0]))


def _estimates(table: Array, batches: int) -> tuple[Estimate, ...]:
    errors = batch_errors(table, batches)
    return tuple(Estimate(float(v), float(e)) for v, e in zip(table.mean(axis=0), errors, strict=True))


def p_best(payoff: ArrayLike, *, batches: int = DEFAULT_BATCHES) -> tuple[Estimate, ...]:
    """Return the probability that each option is the best one; options that tie share a draw equally.

    Parameters
    ----------
    payoff
        ``(draw, option)``.
    batches
        Number of batches for the standard errors.

    Examples
    --------
    >>> import numpy as np
    >>> [share.value for share in p_best(np.array([[0.0, 1.0], [0.0, -1.0]]))]
    [0.5, 0.5]
    """
    array = as_columns(payoff)
    best = array == array.max(axis=1, keepdims=True)
    return _estimates(best / best.sum(axis=1, keepdims=True), batches)


def expected_regret(payoff: ArrayLike, *, batches: int = DEFAULT_BATCHES) -> tuple[Estimate, ...]:
    """Return what each option is expected to pay less than the best one of each draw (expected opportunity loss).

    Parameters
    ----------
    payoff
        ``(draw, option)``.
    batches
        Number of batches for the standard errors.

    Returns
    -------
    tuple of Estimate
        At least 0; the least of them is the expected value of perfect information.

    Examples
    --------
    >>> [regret.value for regret in expected_regret([[0.0, 1.0], [0.0, -3.0]])]
    [0.5, 1.5]
    """
    array = as_columns(payoff)
    return _estimates(array.max(axis=1, keepdims=True) - array, batches)


def dominates(a: ArrayLike, b: ArrayLike) -> int | None:
    """Return the order in which the payoff of one option stochastically dominates another's.

    Parameters
    ----------
    a, b
        ``(draw,)`` payoffs; equally many draws.

    Returns
    -------
    int or None
        1: at every probability ``a`` pays at least as much, so that everybody who prefers more prefers it. 2: so does
        everybody who is averse to risk (the mean of the worst p of ``a`` is no less than that of ``b`` for every p).
        ``None``: neither, or the two are the same distribution. Hadar and Russell, American Economic Review 59, 1969.

    Examples
    --------
    >>> dominates([2.0, 3.0], [1.0, 2.0])
    1
    """
    x, y = np.sort(as_column(a)), np.sort(as_column(b))
    if x.size != y.size:
        message = f"the options need the same draws, they have {x.size} and {y.size}"
        raise ValueError(message)
    slack = 1e-12 * max(float(np.abs(x).max()), float(np.abs(y).max()), 1e-300)
    if not (np.abs(x - y) > slack).any():
        return None
    if (x >= y - slack).all():
        return 1
    return 2 if (np.cumsum(x - y) >= -slack * np.arange(1, x.size + 1)).all() else None


#: Share of the most that either of two options pays up to which they pay the same in a future.
_ALIKE = 1e-6


@dataclass(frozen=True)
class Difference:
    """One option less another, draw by draw."""

    #: Mean and ends of the equal-tailed 90 % interval.
    mean: float
    p05: float
    p95: float
    mcse: float  #: Standard error of the mean.
    #: ``p_positive``, ``p_equal``: Probability that the first option pays more, and that both pay the same but for a
    #: millionth of the most that either pays.
    p_positive: float
    p_equal: float = 0.0


def difference(a: ArrayLike, b: ArrayLike, *, batches: int = DEFAULT_BATCHES) -> Difference:
    """Return the difference between two options on the same draws.

    Parameters
    ----------
    a, b
        ``(draw,)`` payoffs.
    batches
        Number of batches for the standard error.

    Examples
    --------
    >>> difference([3.0, 1.0], [1.0, 1.0]).p_positive
    0.5
    """
    x = as_column(a)
    gap = x - as_column(b, x.size)
    places = (0.05 * (gap.size - 1), 0.95 * (gap.size - 1))
    wanted = sorted({int(np.floor(p)) for p in places} | {int(np.ceil(p)) for p in places})
    parted = np.partition(gap, wanted)
    low, high = (float(np.interp(p, wanted, parted[wanted])) for p in places)
    error = float(batch_errors(gap, batches)[0])
    alike = _ALIKE * max(float(np.abs(x).max()), float(np.abs(x - gap).max()))
    better, equal = (gap > alike).mean(), (np.abs(gap) <= alike).mean()
    return Difference(float(gap.mean()), low, high, error, float(better), float(equal))


def frontier(mean: ArrayLike, tail: ArrayLike) -> tuple[int, ...]:
    """Return the options that no other beats in both mean and tail: the efficient frontier, by falling mean.

    Parameters
    ----------
    mean, tail
        ``(option,)``, more is better in both: expected payoff, and its conditional value at risk (the mean of the
        worst share, negative for losses).

    Examples
    --------
    >>> frontier([1.0, 3.0, 2.0], [-1.0, -5.0, -6.0])
    (1, 0)
    """
    m, t = np.asarray(mean, dtype=np.float64), np.asarray(tail, dtype=np.float64)
    order = np.lexsort((-t, -m))
    options: list[int] = []
    best = -np.inf
    for i in order.tolist():
        if t[i] > best:
            options.append(i)
            best = float(t[i])
    return tuple(options)
