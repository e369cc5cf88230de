# SPDX-License-Identifier: MIT
"""The fused kernel: paths × months for a block of draws, any graph (docs/model.md, sections 3 to 6).

One text for all scenarios. What differs between scenarios is in integers (``whole``), what differs between draws is in
rows (``matrix``); see :mod:`txsim.simulate.plan` for both and :mod:`txsim.simulate.engine` for how they are laid out.
A block of ``LANES`` draws is packed into scratch memory that stays in the first-level cache, then all paths and months
run over it. The path ``do_nothing`` comes first, and its profits are kept: a payoff is a difference draw by draw, so
that a driver that pushes nothing pays exactly nothing.

What provably does not move is not computed. On a path on which no push ever acts, and in nodes that no push reaches,
deviations are exactly 0, so that their recurrences are left out and what they would multiply is multiplied by exactly
1; likewise terms that a scenario does not have at all (rivals, cost to serve, digital leavers). The bits are those that
the whole computation would give: it would multiply by 1 and add 0. Imported only to be compiled.
"""

from __future__ import annotations

from typing import Any

from numba import cfunc, njit, types

from txsim.simulate import parts
from txsim.simulate.beyond import BENEFIT, CAPACITY, CONTRIBUTION, N_MONTH, TAX, begin_segments, taxed
from txsim.simulate.ending import end_path
from txsim.simulate.month import costs, customer_side, experience, staff_side
from txsim.simulate.places import places
from txsim.simulate.simd import LANES, OPTIONS, Decorator, clip, fma, get, maximum, minimum, put, splat, where_negative

_compiled: Decorator = njit(**OPTIONS)


@_compiled
def _blocks(
    whole: Any, real: Any, matrix: Any, draws: int, first: int, last: int, out: Any, monthly: Any, scratch: Any
) -> None:
    at = places(whole)
    # A zero that the optimiser does not know: a loop that stores a known zero becomes a call of memset, which machine
    # code that is loaded without its maker cannot find.
    nothing = splat(real[at.k_end + 4])
    for block in range(first, last, LANES):
        width = LANES if last - block >= LANES else last - block
        for row in range(at.n_rows):
            for i in range(LANES):
                scratch[row * LANES + i] = matrix[row * draws + block + (i if i < width else width - 1)]
        for i in range(at.n):
            p = get(scratch, i)
            spread = 100.0 * p * (1.0 - p)
            put(scratch, at.s_spread + 2 * i, spread)
            put(scratch, at.s_spread + 2 * i + 1, 1.0 / spread)
        for k in range(at.n_shapes):
            put(scratch, at.r_ramp + k, 1.0 / maximum(get(scratch, at.r_ramp + k), 1.0))
        put(scratch, at.one + parts.RIVAL_MONTHS, 1.0 / maximum(get(scratch, at.one + parts.RIVAL_MONTHS), 1.0))
        scope = get(scratch, at.one + parts.SCOPE)
        c_start = clip(get(scratch, at.one + parts.COORDINATION_START), 0.0, 1.0)

        for slot in range(at.n_paths):
            path = whole[at.i_paths + slot]
            moves = whole[at.i_moves + path]
            for k in range(at.n_links):
                put(scratch, at.s_memory + k, nothing)
            for i in range(2 * at.n):
                put(scratch, at.s_d + i, nothing)
            for k in range(2 * at.n_shapes):
                put(scratch, at.s_wave + k, nothing)
            now, before = at.s_d, at.s_d + at.n
            coordination = c_start
            for k in range(parts.N_STATE):
                put(scratch, at.state + k, nothing)
            put(scratch, at.state + parts.CUSTOMERS, get(scratch, at.one + parts.CUSTOMERS_START))
            put(scratch, at.state + parts.UNDIGITAL, get(scratch, at.one + parts.CUSTOMERS_START))
            put(scratch, at.state + parts.PRICE, get(scratch, at.one + parts.ARPU))
            reference = get(scratch, at.one + parts.REVENUE_START) * get(scratch, at.one + parts.CX_MARGIN) * 0.01
            put(scratch, at.state + parts.REFERENCE, reference)
            put(scratch, at.state + parts.COST_LEVEL, splat(1.0))
            put(scratch, at.state + parts.PAYBACK, splat(1.0))
            for k in range(N_MONTH):
                put(scratch, at.s_month + k, nothing)
            if at.extended != 0:
                put(scratch, at.state + parts.PAYBACK_AFTER, splat(1.0))
                if at.n_segments != 0:
                    begin_segments(scratch, at.r_segments, at.n_segments, at.s_segments, at.state, at.one)
            for t in range(at.months):
                if moves != 0:
                    now, before = before, now
                    coordination = experience(whole, scratch, at, path, t, now, before, scope, c_start)

                # Money (section 5).
                cx_moves = moves != 0 and whole[at.i_reached + at.cx] != 0
                d_cx = get(scratch, now + at.cx)
                top_down = splat(0.0)
                if at.has_margin != 0:
                    rel = get(scratch, at.state + parts.REL)
                    lagged = fma(
                        get(scratch, at.one + parts.MARGIN_PHI), get(scratch, at.state + parts.LAGGED) - rel, rel
                    )
                    put(scratch, at.state + parts.LAGGED, lagged)
                    top_down = get(scratch, at.state + parts.REFERENCE) * real[at.k_season + t] * lagged
                rel_moves = cx_moves
                rel = d_cx
                if at.has_rivals != 0 and path != parts.NO_RIVALS:
                    rel_moves = True
                    adoption = get(scratch, at.one + parts.RIVAL_SHARE) * parts.ramp(
                        splat(float(t - at.rival_start + 1)), get(scratch, at.one + parts.RIVAL_MONTHS)
                    )
                    lead = fma(maximum(d_cx, 0.0) * adoption, 0.0 - get(scratch, at.one + parts.COPY), d_cx)
                    rel = fma(0.0 - get(scratch, at.one + parts.RIVAL_GAIN), adoption, lead)
                put(scratch, at.state + parts.REL, rel)
                cost_level = get(scratch, at.state + parts.COST_LEVEL)
                customers, churn, revenue, serve, alone = customer_side(
                    whole, real, scratch, at, t, now, rel, rel_moves, d_cx, cx_moves, cost_level
                )
                leave, work = staff_side(whole, scratch, at, now, moves, cost_level)
                staff = work - leave
                if at.extended != 0:
                    staff = staff + get(scratch, at.s_month + BENEFIT)
                    parts.add(
                        scratch, at.state + parts.PV_CAPACITY, get(scratch, at.s_month + CAPACITY), real[at.k_rest + t]
                    )
                margin_effect = top_down + staff
                bottom_up = fma(get(scratch, at.one + parts.CONTRIBUTION_MARGIN), revenue, staff - serve)
                if at.n_segments != 0:
                    bottom_up = get(scratch, at.s_sums + CONTRIBUTION) + staff
                paying = bottom_up
                other = margin_effect
                if at.pays_margin != 0:
                    paying = margin_effect
                    other = bottom_up
                one_off, running = costs(whole, scratch, at, path, t, cost_level)

                # Payoff (section 6).
                if slot == 0:
                    put(scratch, at.s_base + 2 * t, paying)
                    put(scratch, at.s_base + 2 * t + 1, other)
                discount_one_off, discount_rest = real[t], real[at.k_rest + t]
                gain = paying - get(scratch, at.s_base + 2 * t)
                parts.add(scratch, at.state + parts.GAINED, gain, discount_rest)
                parts.add(
                    scratch, at.state + parts.GAINED_OTHER, other - get(scratch, at.s_base + 2 * t + 1), discount_rest
                )
                parts.add(scratch, at.state + parts.PV_PROFIT, paying, discount_rest)
                parts.add(scratch, at.state + parts.PV_COST, running, discount_rest)
                parts.add(scratch, at.state + parts.PV_COST, one_off, discount_one_off)
                parts.add(scratch, at.state + parts.CHECK_CUSTOMERS, alone, discount_rest)
                parts.add(scratch, at.state + parts.CHECK_MARGIN, top_down, discount_rest)
                cumulative = get(scratch, at.state + parts.CUMULATIVE) + (gain - (one_off + running))
                put(scratch, at.state + parts.CUMULATIVE, cumulative)
                put(scratch, at.state + parts.LOWEST, minimum(cumulative, get(scratch, at.state + parts.LOWEST)))
                payback = where_negative(cumulative, float(t + 2), get(scratch, at.state + parts.PAYBACK))
                put(scratch, at.state + parts.PAYBACK, payback)
                if at.extended != 0:
                    paid = gain - (one_off + running)
                    if at.has_capex != 0:
                        taxed(
                            whole,
                            real,
                            scratch,
                            at.i_lives,
                            at.i_items,
                            at.r_item,
                            at.n_items,
                            path,
                            t,
                            at.months,
                            at.k_tax,
                            at.write_off,
                            at.s_month,
                            paid,
                        )
                    tax = get(scratch, at.s_month + TAX)
                    parts.add(scratch, at.state + parts.PV_TAX, tax, discount_rest)
                    after = get(scratch, at.state + parts.CUMULATIVE_AFTER) + (paid - tax)
                    put(scratch, at.state + parts.CUMULATIVE_AFTER, after)
                    payback = where_negative(after, float(t + 2), get(scratch, at.state + parts.PAYBACK_AFTER))
                    put(scratch, at.state + parts.PAYBACK_AFTER, payback)
                growth = get(scratch, at.one + parts.ARPU_GROWTH)
                put(scratch, at.state + parts.PRICE, get(scratch, at.state + parts.PRICE) * growth)
                put(scratch, at.state + parts.REFERENCE, get(scratch, at.state + parts.REFERENCE) * growth)
                put(scratch, at.state + parts.COST_LEVEL, cost_level * get(scratch, at.one + parts.COST_GROWTH))
                put(scratch, at.state + parts.LAST_CHURN, churn)
                if at.n_kept != 0 and whole[at.i_kept_paths + slot] >= 0:
                    put(scratch, at.s_spare, customers)
                    put(scratch, at.s_spare + 1, churn)
                    put(scratch, at.s_spare + 2, revenue)
                    put(scratch, at.s_spare + 3, serve)
                    put(scratch, at.s_spare + 4, leave)
                    put(scratch, at.s_spare + 5, work)
                    put(scratch, at.s_spare + 6, paying - (one_off + running))
                    put(scratch, at.s_spare + 7, margin_effect)
                    put(scratch, at.s_spare + 8, one_off)
                    put(scratch, at.s_spare + 9, running)
                    put(scratch, at.s_spare + 10, coordination)
                    put(scratch, at.s_spare + 11, cumulative)
                    row = (whole[at.i_kept_paths + slot] * at.months + t) * at.n_kept
                    for k in range(at.n_kept):
                        field = whole[at.i_kept_fields + k]
                        unit = now + field if field < at.n else at.s_spare + field - at.n
                        parts.write(monthly, (row + k) * draws + block, scratch, unit, width)

            end_path(whole, real, scratch, at, out, draws, block, width, slot, now)


_pointer: Any = types.CPointer
_I, _F = _pointer(types.int64), _pointer(types.float64)


def entry() -> Any:
    """Return the compiled function of C type ``void(int64*, double*, double*, int64 × 3, double* × 3)``.

    Arguments: ``whole``, ``real``, ``matrix`` (row, draw), number of draws, first draw, draw after the last, ``out``
    (path, result, draw), ``monthly`` of the kept (path, month, field, draw) or any address, ``scratch`` (at 64 bytes).
    """

    @cfunc(types.void(_I, _F, _F, types.int64, types.int64, types.int64, _F, _F, _F))
    def run(
        whole: Any, real: Any, matrix: Any, draws: int, first: int, last: int, out: Any, monthly: Any, scratch: Any
    ) -> None:
        _blocks(whole, real, matrix, draws, first, last, out, monthly, scratch)

    return run
