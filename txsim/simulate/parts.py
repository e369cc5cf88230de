# SPDX-License-Identifier: MIT
"""Parts of the kernel: where rows and the state of a path lie, and small functions of docs/model.md, sections 4, 5."""

from __future__ import annotations

from typing import Any

from txsim.simulate.plan import PATHS, RESULT_FIELDS, SINGLE_ROWS
from txsim.simulate.simd import LANES, clip, exp, fma, get, inlined, maximum, put, splat, store, where_negative

# Places of the rows, in their order.
(
    SCOPE,
    COORDINATION_START,
    UPLIFT,
    CUSTOMERS_START,
    CHURN,
    JOINS,
    ARPU,
    ARPU_GROWTH,
    COST_GROWTH,
    CONTRIBUTION_MARGIN,
    SERVE,
    CHURN_CX,
    REFERRAL_CX,
    SPEND_CX,
    SERVE_CX,
    DIGITAL_BAD,
    DIGITAL_SLOPE,
    DIGITAL_REST,
    DIGITAL_GAIN,
    REVENUE_START,
    CX_MARGIN,
    MARGIN_PHI,
    RIVAL_SHARE,
    RIVAL_MONTHS,
    RIVAL_GAIN,
    COPY,
) = range(len(SINGLE_ROWS))
# What a path carries from month to month, beside its deviations. It is kept in scratch memory: as variables of a loop
# these would be copied from stack to stack every month, for there are four times as many as registers.
(
    CUSTOMERS,
    UNDIGITAL,  # customers if the digital factor were held at 1
    PRICE,  # revenue per customer with growth
    REFERENCE,  # revenue of the margin bridge with growth, times the margin's gain per point
    COST_LEVEL,
    LAGGED,  # rel through margin_lag
    REL,
    GAINED,
    GAINED_OTHER,
    PV_PROFIT,
    PV_COST,
    CHECK_CUSTOMERS,
    CHECK_MARGIN,
    CUMULATIVE,
    LOWEST,
    PAYBACK,
    LAST_CHURN,
    PV_TAX,
    CUMULATIVE_AFTER,  # after tax
    PAYBACK_AFTER,
    PV_CAPACITY,
    N_STATE,
) = range(22)
N_SINGLE = len(SINGLE_ROWS)
N_RESULTS = len(RESULT_FIELDS)
N_PATHS = len(PATHS)
NO_RIVALS = PATHS.index("no_rivals")


@inlined
def two_bad(p: Any, n: int) -> Any:
    """Return the probability of two or more bad ones among ``n >= 2``, each bad with probability ``p``.

    The second bad one is number ``k + 2`` with probability ``(k + 1) p² q^k``; a sum of positive terms keeps full
    precision where ``1 - q^n - n p q^(n-1)`` cancels.
    """
    q = 1.0 - p
    total = splat(float(n - 1))
    for k in range(n - 2, 0, -1):
        total = fma(total, q, float(k))
    return p * p * total


@inlined
def ramp(elapsed: Any, one_over_months: Any) -> Any:
    """Return the smooth ramp after ``elapsed`` months, the present one included."""
    r = clip(elapsed * one_over_months, 0.0, 1.0)
    return r * r * fma(r, -2.0, 3.0)


@inlined
def wave(
    scratch: Any, at: int, t: int, begin: int, end: int, slip: Any, one_over_months: Any, decay: Any, tires: int
) -> Any:
    """Return a wave in month ``t``: its ramp, from ``end`` on fading from the last value, which is kept at ``at``.

    ``tires`` is the place of the first row of how it tires, -1 where it does not.
    """
    if t < begin:
        value = splat(0.0)
    elif t < end:
        elapsed = float(t - begin + 1) - slip
        value = ramp(elapsed, one_over_months)
        if tires >= 0:
            age = elapsed - get(scratch, tires)
            slowly = get(scratch, tires + 2) * exp((0.0 - get(scratch, tires + 1)) * maximum(age, 0.0))
            lasts = get(scratch, tires + 3)
            value = value * fma(1.0 - lasts, where_negative(age, 1.0, slowly), lasts)
    else:
        value = get(scratch, at) * decay
    put(scratch, at, value)
    return value


@inlined
def write(target: Any, element: int, scratch: Any, unit: int, width: int) -> None:
    """Copy a vector of scratch memory to ``width`` draws of a result."""
    if width == LANES:
        store(target, element, get(scratch, unit))
    else:
        for i in range(width):
            target[element + i] = scratch[unit * LANES + i]


@inlined
def add(scratch: Any, unit: int, a: Any, b: Any) -> None:
    """Add ``a * b`` to a vector of scratch memory."""
    put(scratch, unit, fma(a, b, get(scratch, unit)))
