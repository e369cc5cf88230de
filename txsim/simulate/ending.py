# SPDX-License-Identifier: MIT
"""The end of a path in the kernel: what it paid is written (docs/model.md, section 6). Imported only to be compiled."""

from __future__ import annotations

from typing import Any

from txsim.simulate import parts
from txsim.simulate.beyond import CUSTOMERS as SUM_CUSTOMERS
from txsim.simulate.beyond import REVENUE as SUM_REVENUE
from txsim.simulate.beyond import end_segments
from txsim.simulate.places import Places
from txsim.simulate.simd import fma, get, maximum, put, spliced, where_negative


@spliced
def end_path(
    whole: Any, real: Any, scratch: Any, at: Places, out: Any, draws: int, block: int, width: int, slot: int, now: int
) -> None:
    """Write what a path has paid, and where it leaves the nodes, to ``out`` (path, result, draw)."""
    customers = get(scratch, at.state + parts.CUSTOMERS)
    if at.n_segments != 0:
        cost_level, out_at = get(scratch, at.state + parts.COST_LEVEL), at.s_more + 3
        end_segments(
            scratch,
            real,
            at.k_end,
            at.n_segments,
            at.r_segments,
            at.s_segments,
            out_at,
            at.s_sums,
            slot == 0,
            cost_level,
        )
        customers = get(scratch, at.s_sums + SUM_CUSTOMERS)
    check_customers = get(scratch, at.state + parts.CHECK_CUSTOMERS)
    check_margin = get(scratch, at.state + parts.CHECK_MARGIN)
    if slot == 0:
        put(scratch, at.s_end, customers)
        put(scratch, at.s_end + 1, get(scratch, at.state + parts.LAST_CHURN))
        put(scratch, at.s_end + 2, check_customers)
        put(scratch, at.s_end + 3, check_margin)
    # Growth has been applied T times by now; the season of the years to come is its mean.
    worth = get(scratch, at.one + parts.CONTRIBUTION_MARGIN) * get(scratch, at.state + parts.PRICE) * real[at.k_end]
    worth = worth - get(scratch, at.one + parts.SERVE) * get(scratch, at.state + parts.COST_LEVEL)
    decay = get(scratch, at.s_end + 1) + real[at.k_end + 2]
    never = real[at.k_end + 3]  # NaN
    pv_cost = get(scratch, at.state + parts.PV_COST)
    payback = where_negative(get(scratch, at.state + parts.CUMULATIVE), never, get(scratch, at.state + parts.PAYBACK))
    put(scratch, at.s_spare, get(scratch, at.state + parts.GAINED) - pv_cost)
    put(scratch, at.s_spare + 1, get(scratch, at.state + parts.GAINED_OTHER) - pv_cost)
    put(scratch, at.s_spare + 2, pv_cost)
    put(scratch, at.s_spare + 3, get(scratch, at.state + parts.PV_PROFIT) - pv_cost)
    put(scratch, at.s_spare + 4, where_negative(0.0 - pv_cost, payback, never))
    put(scratch, at.s_spare + 5, 0.0 - get(scratch, at.state + parts.LOWEST))
    # Where nobody is lost and nothing discounted, customers would be worth something for ever: no such value.
    after = (customers - get(scratch, at.s_end)) * worth * real[at.k_end + 1] / maximum(decay, 1e-12)
    put(scratch, at.s_spare + 6, where_negative(1e-12 - decay, after, never))
    if at.n_segments != 0:
        put(scratch, at.s_spare + 6, get(scratch, at.s_sums + SUM_REVENUE))
    put(scratch, at.s_spare + 7, customers)
    put(scratch, at.s_spare + 8, check_customers - get(scratch, at.s_end + 2))
    put(scratch, at.s_spare + 9, check_margin - get(scratch, at.s_end + 3))
    n_told = 0
    if at.extended != 0:
        n_told = 3 + 2 * at.n_segments
        after_tax = get(scratch, at.s_spare) - get(scratch, at.state + parts.PV_TAX)
        if at.has_capex != 0:
            for k in range(at.n_items):
                relief = real[at.k_tax + 1 + k * parts.N_PATHS + whole[at.i_paths + slot]]
                if relief != 0.0:
                    after_tax = fma(get(scratch, at.r_item + k), relief, after_tax)
        put(scratch, at.s_more, after_tax)
        payback = where_negative(
            get(scratch, at.state + parts.CUMULATIVE_AFTER), never, get(scratch, at.state + parts.PAYBACK_AFTER)
        )
        put(scratch, at.s_more + 1, where_negative(0.0 - pv_cost, payback, never))
        put(scratch, at.s_more + 2, get(scratch, at.state + parts.PV_CAPACITY))
    row = slot * (parts.N_RESULTS + at.n + n_told)
    for k in range(parts.N_RESULTS + at.n):
        unit = at.s_spare + k if k < parts.N_RESULTS else now + k - parts.N_RESULTS
        parts.write(out, (row + k) * draws + block, scratch, unit, width)
    for k in range(n_told):
        parts.write(out, (row + parts.N_RESULTS + at.n + k) * draws + block, scratch, at.s_more + k, width)
