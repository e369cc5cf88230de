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

from txsim.simulate import header as h
from txsim.simulate.beyond import (
    ABSENT,
    ALONE,
    BENEFIT,
    CAPACITY,
    CONTRIBUTION,
    N_MONTH,
    N_SUM,
    TAX,
    TIME,
    begin_segments,
    beside,
    end_segments,
    segments,
    taxed,
)
from txsim.simulate.beyond import CHURN as SUM_CHURN
from txsim.simulate.beyond import CUSTOMERS as SUM_CUSTOMERS
from txsim.simulate.beyond import N_ROWS as N_SEGMENT_ROWS
from txsim.simulate.beyond import REVENUE as SUM_REVENUE
from txsim.simulate.beyond import SERVE as SUM_SERVE
from txsim.simulate.parts import (
    ARPU,
    ARPU_GROWTH,
    CHECK_CUSTOMERS,
    CHECK_MARGIN,
    CHURN,
    CHURN_CX,
    CONTRIBUTION_MARGIN,
    COORDINATION_START,
    COPY,
    COST_GROWTH,
    COST_LEVEL,
    CUMULATIVE,
    CUMULATIVE_AFTER,
    CUSTOMERS,
    CUSTOMERS_START,
    CX_MARGIN,
    DIGITAL_BAD,
    DIGITAL_GAIN,
    DIGITAL_REST,
    DIGITAL_SLOPE,
    GAINED,
    GAINED_OTHER,
    JOINS,
    LAGGED,
    LAST_CHURN,
    LOWEST,
    MARGIN_PHI,
    N_PATHS,
    N_RESULTS,
    N_SINGLE,
    N_STATE,
    NO_RIVALS,
    PAYBACK,
    PAYBACK_AFTER,
    PRICE,
    PV_CAPACITY,
    PV_COST,
    PV_PROFIT,
    PV_TAX,
    REFERENCE,
    REFERRAL_CX,
    REL,
    REVENUE_START,
    RIVAL_GAIN,
    RIVAL_MONTHS,
    RIVAL_SHARE,
    SCOPE,
    SERVE,
    SERVE_CX,
    SPEND_CX,
    UNDIGITAL,
    UPLIFT,
    add,
    ramp,
    two_bad,
    wave,
    write,
)
from txsim.simulate.simd import (
    LANES,
    OPTIONS,
    Decorator,
    clip,
    exp,
    expm1,
    fma,
    get,
    maximum,
    minimum,
    put,
    splat,
    where_negative,
)

__all__ = ["entry"]

_compiled: Decorator = njit(**OPTIONS)


@_compiled
def _blocks(
    whole: Any, real: Any, matrix: Any, draws: int, first: int, last: int, out: Any, monthly: Any, scratch: Any
) -> None:
    months, n, n_links, n_push = whole[h.MONTHS], whole[h.N_NODES], whole[h.N_LINKS], whole[h.N_PUSHES]
    n_coord, n_shapes = whole[h.N_COORDINATION], whole[h.N_SHAPES]
    n_items, n_groups = whole[h.N_ITEMS], whole[h.N_GROUPS]
    cx, ux, interactions, rival_start = whole[h.CX], whole[h.UX], whole[h.INTERACTIONS], whole[h.RIVAL_START]
    pays_margin, has_customers, has_margin = whole[h.PAYS_MARGIN], whole[h.HAS_CUSTOMERS], whole[h.HAS_MARGIN]
    has_rivals, has_serve, has_digital = whole[h.HAS_RIVALS], whole[h.HAS_SERVE], whole[h.HAS_DIGITAL]
    n_paths, n_kept, n_reached = whole[h.N_SLOTS], whole[h.N_KEPT], whole[h.N_REACHED]
    # Where lists begin among the integers. Links and pushes are sorted by the node they act on.
    i_paths, i_moves, i_groups, i_coord = whole[h.PATHS], whole[h.MOVES], whole[h.GROUPS], whole[h.COORDINATION]
    i_link_first, i_links, i_push_first, i_pushes = (
        whole[h.LINK_FIRST],
        whole[h.LINKS],
        whole[h.PUSH_FIRST],
        whole[h.PUSHES],
    )
    i_waves, i_items, i_reached = whole[h.WAVES], whole[h.ITEMS], whole[h.REACHED]
    i_kept_paths, i_kept_fields = whole[h.KEPT_PATHS], whole[h.KEPT_FIELDS]  # which months are wanted at all
    # What most scenarios do not have, see ``beyond.py``.
    extended, has_capex, write_off = whole[h.EXTENDED], whole[h.HAS_CAPEX], whole[h.WRITE_OFF]
    n_tires, n_segments, n_more = whole[h.N_TIRES], whole[h.N_SEGMENTS], whole[h.N_MORE]
    i_tires, i_segments, i_lives, i_more = whole[h.TIRES], whole[h.SEGMENTS], whole[h.LIVES], whole[h.MORE]
    # Where rows begin, in the order of Plan.rows(); scratch memory begins with the rows of the block.
    r_beta = n
    r_phi = r_beta + n_links
    r_push = r_phi + n_links
    r_coord = r_push + n_push
    r_ramp = r_coord + n_coord
    r_slip = r_ramp + n_shapes
    r_decay = r_slip + n_shapes
    r_item = r_decay + n_shapes
    r_leave = r_item + n_items
    r_attrition = r_leave + n_groups
    r_work = r_attrition + n_groups
    one = r_work + n_groups
    r_tires = one + N_SINGLE
    r_more = r_tires + 4 * n_tires
    r_segments = r_more + n_more
    n_rows = r_segments + N_SEGMENT_ROWS * n_segments
    # The rest of scratch memory.
    s_spread = n_rows  # 100 p (1 - p), then its inverse
    s_memory = s_spread + 2 * n  # L of each link
    s_d = s_memory + n_links  # deviations of this month and of the last
    s_wave = s_d + 2 * n  # last value of both waves of each shape
    s_shape = s_wave + 2 * n_shapes
    s_base = s_shape + n_shapes  # profits of do_nothing by month on both bridges
    s_end = s_base + 2 * months  # what else is kept of do_nothing
    state = s_end + 4
    s_spare = state + N_STATE
    s_month = s_spare + 12  # monthly figures of ``beyond.py``, then those of segments
    s_more = s_month + N_MONTH + 4 * n_segments  # its results
    s_sums = s_more + 3 + 2 * n_segments
    s_segments = s_sums + N_SUM + 4 * n_segments
    # Numbers by month: discounts of one-offs, of the rest, season; then those of the horizon's end.
    k_rest, k_season, k_end = months, 2 * months, 3 * months
    k_tax = k_end + 5  # its rate, then the relief after the horizon by item and path
    # A zero that the optimiser does not know: a loop that stores a known zero becomes a call of memset, which machine
    # code that is loaded without its maker cannot find.
    nothing = splat(real[k_end + 4])
    for block in range(first, last, LANES):
        width = LANES if last - block >= LANES else last - block
        for row in range(n_rows):
            for i in range(LANES):
                scratch[row * LANES + i] = matrix[row * draws + block + (i if i < width else width - 1)]
        for i in range(n):
            p = get(scratch, i)
            spread = 100.0 * p * (1.0 - p)
            put(scratch, s_spread + 2 * i, spread)
            put(scratch, s_spread + 2 * i + 1, 1.0 / spread)
        for k in range(n_shapes):
            put(scratch, r_ramp + k, 1.0 / maximum(get(scratch, r_ramp + k), 1.0))
        put(scratch, one + RIVAL_MONTHS, 1.0 / maximum(get(scratch, one + RIVAL_MONTHS), 1.0))
        scope = get(scratch, one + SCOPE)
        c_start = clip(get(scratch, one + COORDINATION_START), 0.0, 1.0)

        for slot in range(n_paths):
            path = whole[i_paths + slot]
            moves = whole[i_moves + path]
            for k in range(n_links):
                put(scratch, s_memory + k, nothing)
            for i in range(2 * n):
                put(scratch, s_d + i, nothing)
            for k in range(2 * n_shapes):
                put(scratch, s_wave + k, nothing)
            now, before = s_d, s_d + n
            coordination = c_start
            for k in range(N_STATE):
                put(scratch, state + k, nothing)
            put(scratch, state + CUSTOMERS, get(scratch, one + CUSTOMERS_START))
            put(scratch, state + UNDIGITAL, get(scratch, one + CUSTOMERS_START))
            put(scratch, state + PRICE, get(scratch, one + ARPU))
            reference = get(scratch, one + REVENUE_START) * get(scratch, one + CX_MARGIN) * 0.01
            put(scratch, state + REFERENCE, reference)
            put(scratch, state + COST_LEVEL, splat(1.0))
            put(scratch, state + PAYBACK, splat(1.0))
            for k in range(N_MONTH):
                put(scratch, s_month + k, nothing)
            if extended != 0:
                put(scratch, state + PAYBACK_AFTER, splat(1.0))
                if n_segments != 0:
                    begin_segments(scratch, r_segments, n_segments, s_segments, state, one)

            for t in range(months):
                # Experience: what drivers push and what other nodes pass on, after its delay (sections 3 and 4).
                if moves != 0:
                    now, before = before, now
                    for k in range(n_shapes):
                        w = i_waves + (k * N_PATHS + path) * 6
                        slip, decay = get(scratch, r_slip + k), get(scratch, r_decay + k)
                        one_over_months = get(scratch, r_ramp + k)
                        tires = -1
                        if n_tires != 0 and whole[i_tires + k] >= 0:
                            tires = r_tires + 4 * whole[i_tires + k]
                        factor = splat(0.0)
                        if whole[w] != 0:
                            begin, end = whole[w + 1], whole[w + 2]
                            factor = wave(scratch, s_wave + 2 * k, t, begin, end, slip, one_over_months, decay, tires)
                            if whole[w] == 2:
                                factor = scope * factor
                        if whole[w + 3] != 0:
                            begin, end = whole[w + 4], whole[w + 5]
                            second = wave(
                                scratch, s_wave + 2 * k + 1, t, begin, end, slip, one_over_months, decay, tires
                            )
                            factor = fma(1.0 - scope, second, factor)
                        put(scratch, s_shape + k, factor)
                    silo = splat(1.0)
                    if n_coord > 0:
                        coordination = c_start
                        for k in range(n_coord):
                            coordination = fma(
                                get(scratch, r_coord + k), get(scratch, s_shape + whole[i_coord + k]), coordination
                            )
                        coordination = clip(coordination, 0.0, 1.0)
                        uplift = get(scratch, one + UPLIFT)
                        silo = fma(uplift, coordination, 1.0) / fma(uplift, c_start, 1.0)
                    for reached in range(n_reached):
                        i = whole[i_reached + n + reached]
                        u = splat(0.0)
                        for k in range(whole[i_push_first + i], whole[i_push_first + i + 1]):
                            push = i_pushes + 2 * k
                            u = fma(get(scratch, r_push + whole[push]), get(scratch, s_shape + whole[push + 1]), u)
                        for k in range(whole[i_link_first + i], whole[i_link_first + i + 1]):
                            link, source = whole[i_links + 3 * k], whole[i_links + 3 * k + 1]
                            beta = get(scratch, r_beta + link)
                            if n_coord > 0 and whole[i_links + 3 * k + 2] != 0:
                                beta = beta * silo
                            if source < 0:
                                u = fma(beta, coordination - c_start, u)
                            else:
                                cause = get(scratch, before + source)
                                memory = fma(get(scratch, r_phi + link), get(scratch, s_memory + k) - cause, cause)
                                put(scratch, s_memory + k, memory)
                                u = fma(beta, memory, u)
                        e = expm1(clip(u * get(scratch, s_spread + 2 * i + 1), -40.0, 40.0))
                        put(scratch, now + i, get(scratch, s_spread + 2 * i) * e / fma(get(scratch, i), e, 1.0))

                # Money (section 5).
                cx_moves = moves != 0 and whole[i_reached + cx] != 0
                d_cx = get(scratch, now + cx)
                top_down = splat(0.0)
                if has_margin != 0:
                    rel = get(scratch, state + REL)
                    lagged = fma(get(scratch, one + MARGIN_PHI), get(scratch, state + LAGGED) - rel, rel)
                    put(scratch, state + LAGGED, lagged)
                    top_down = get(scratch, state + REFERENCE) * real[k_season + t] * lagged
                rel_moves = cx_moves
                rel = d_cx
                if has_rivals != 0 and path != NO_RIVALS:
                    rel_moves = True
                    adoption = get(scratch, one + RIVAL_SHARE) * ramp(
                        splat(float(t - rival_start + 1)), get(scratch, one + RIVAL_MONTHS)
                    )
                    lead = fma(maximum(d_cx, 0.0) * adoption, 0.0 - get(scratch, one + COPY), d_cx)
                    rel = fma(0.0 - get(scratch, one + RIVAL_GAIN), adoption, lead)
                put(scratch, state + REL, rel)
                cost_level = get(scratch, state + COST_LEVEL)
                margin = get(scratch, one + CONTRIBUTION_MARGIN)
                customers = get(scratch, state + CUSTOMERS)
                churn = splat(0.0)
                revenue = splat(0.0)
                serve = splat(0.0)
                alone = splat(0.0)
                if n_segments != 0:
                    segments(
                        whole,
                        scratch,
                        i_segments,
                        n_segments,
                        r_segments,
                        s_segments,
                        s_sums,
                        s_month + N_MONTH,
                        state,
                        one,
                        real[k_season + t],
                        real[k_rest + t],
                        rel,
                        rel_moves,
                        d_cx,
                        cx_moves,
                        get(scratch, now + ux),
                        cost_level,
                        n_kept != 0,
                    )
                    customers, churn = get(scratch, s_sums + SUM_CUSTOMERS), get(scratch, s_sums + SUM_CHURN)
                    revenue, serve = get(scratch, s_sums + SUM_REVENUE), get(scratch, s_sums + SUM_SERVE)
                    alone = get(scratch, s_sums + ALONE)
                elif has_customers != 0:
                    leaving = get(scratch, one + CHURN)
                    joins = get(scratch, one + JOINS)
                    each = get(scratch, state + PRICE) * real[k_season + t]
                    if rel_moves:
                        leaving = leaving * exp((0.0 - get(scratch, one + CHURN_CX)) * rel)
                        joins = joins * exp(get(scratch, one + REFERRAL_CX) * rel)
                        each = each * exp(get(scratch, one + SPEND_CX) * rel)
                    contact = splat(0.0)
                    if has_serve != 0:
                        contact = get(scratch, one + SERVE) * cost_level
                        if cx_moves:
                            contact = contact * exp((0.0 - get(scratch, one + SERVE_CX)) * d_cx)
                    churn = leaving
                    if has_digital != 0:
                        better = get(scratch, now + ux) * get(scratch, one + DIGITAL_SLOPE)
                        p = clip(get(scratch, one + DIGITAL_BAD) * (1.0 - better), 0.0, 1.0)
                        churn = churn * fma(
                            get(scratch, one + DIGITAL_GAIN),
                            two_bad(p, interactions),
                            get(scratch, one + DIGITAL_REST),
                        )
                    churn = minimum(churn, 1.0)
                    revenue = customers * each
                    serve = customers * contact
                    undigital = get(scratch, state + UNDIGITAL)
                    alone = undigital * fma(margin, each, 0.0 - contact)
                    put(scratch, state + CUSTOMERS, fma(customers, 1.0 - churn, joins))
                    put(scratch, state + UNDIGITAL, fma(undigital, 1.0 - minimum(leaving, 1.0), joins))
                leave = splat(0.0)
                work = splat(0.0)
                for g in range(n_groups):
                    node = whole[i_groups + g]
                    leaving_staff = get(scratch, r_leave + g)
                    if moves != 0 and whole[i_reached + node] != 0:
                        d_ex = get(scratch, now + node)
                        leaving_staff = leaving_staff * exp((0.0 - get(scratch, r_attrition + g)) * d_ex)
                        work = fma(get(scratch, r_work + g), d_ex, work)
                    leave = leave + leaving_staff
                leave = leave * cost_level
                work = work * cost_level
                if extended != 0 and moves != 0:
                    beside(whole, scratch, i_more, r_more, n_groups, now, s_shape, s_month, cost_level)
                    work = work + (get(scratch, s_month + TIME) + get(scratch, s_month + ABSENT))
                staff = work - leave
                if extended != 0:
                    staff = staff + get(scratch, s_month + BENEFIT)
                    add(scratch, state + PV_CAPACITY, get(scratch, s_month + CAPACITY), real[k_rest + t])
                margin_effect = top_down + staff
                bottom_up = fma(margin, revenue, staff - serve)
                if n_segments != 0:
                    bottom_up = get(scratch, s_sums + CONTRIBUTION) + staff
                paying = bottom_up
                other = margin_effect
                if pays_margin != 0:
                    paying = margin_effect
                    other = bottom_up
                one_off = splat(0.0)
                running = splat(0.0)
                for k in range(n_items):
                    w = i_items + k * (2 + 2 * N_PATHS)
                    if whole[w + 2 + 2 * path] <= t < whole[w + 3 + 2 * path]:
                        amount = get(scratch, r_item + k)
                        if whole[w + 1] != 0:
                            amount = amount * cost_level
                        if whole[w] != 0:
                            one_off = one_off + amount
                        else:
                            running = running + amount

                # Payoff (section 6).
                if slot == 0:
                    put(scratch, s_base + 2 * t, paying)
                    put(scratch, s_base + 2 * t + 1, other)
                discount_one_off, discount_rest = real[t], real[k_rest + t]
                gain = paying - get(scratch, s_base + 2 * t)
                add(scratch, state + GAINED, gain, discount_rest)
                add(scratch, state + GAINED_OTHER, other - get(scratch, s_base + 2 * t + 1), discount_rest)
                add(scratch, state + PV_PROFIT, paying, discount_rest)
                add(scratch, state + PV_COST, running, discount_rest)
                add(scratch, state + PV_COST, one_off, discount_one_off)
                add(scratch, state + CHECK_CUSTOMERS, alone, discount_rest)
                add(scratch, state + CHECK_MARGIN, top_down, discount_rest)
                cumulative = get(scratch, state + CUMULATIVE) + (gain - (one_off + running))
                put(scratch, state + CUMULATIVE, cumulative)
                put(scratch, state + LOWEST, minimum(cumulative, get(scratch, state + LOWEST)))
                payback = where_negative(cumulative, float(t + 2), get(scratch, state + PAYBACK))
                put(scratch, state + PAYBACK, payback)
                if extended != 0:
                    paid = gain - (one_off + running)
                    if has_capex != 0:
                        taxed(
                            whole,
                            real,
                            scratch,
                            i_lives,
                            i_items,
                            r_item,
                            n_items,
                            path,
                            t,
                            months,
                            k_tax,
                            write_off,
                            s_month,
                            paid,
                        )
                    tax = get(scratch, s_month + TAX)
                    add(scratch, state + PV_TAX, tax, discount_rest)
                    after = get(scratch, state + CUMULATIVE_AFTER) + (paid - tax)
                    put(scratch, state + CUMULATIVE_AFTER, after)
                    payback = where_negative(after, float(t + 2), get(scratch, state + PAYBACK_AFTER))
                    put(scratch, state + PAYBACK_AFTER, payback)
                growth = get(scratch, one + ARPU_GROWTH)
                put(scratch, state + PRICE, get(scratch, state + PRICE) * growth)
                put(scratch, state + REFERENCE, get(scratch, state + REFERENCE) * growth)
                put(scratch, state + COST_LEVEL, cost_level * get(scratch, one + COST_GROWTH))
                put(scratch, state + LAST_CHURN, churn)
                if n_kept != 0 and whole[i_kept_paths + slot] >= 0:
                    put(scratch, s_spare, customers)
                    put(scratch, s_spare + 1, churn)
                    put(scratch, s_spare + 2, revenue)
                    put(scratch, s_spare + 3, serve)
                    put(scratch, s_spare + 4, leave)
                    put(scratch, s_spare + 5, work)
                    put(scratch, s_spare + 6, paying - (one_off + running))
                    put(scratch, s_spare + 7, margin_effect)
                    put(scratch, s_spare + 8, one_off)
                    put(scratch, s_spare + 9, running)
                    put(scratch, s_spare + 10, coordination)
                    put(scratch, s_spare + 11, cumulative)
                    row = (whole[i_kept_paths + slot] * months + t) * n_kept
                    for k in range(n_kept):
                        field = whole[i_kept_fields + k]
                        unit = now + field if field < n else s_spare + field - n
                        write(monthly, (row + k) * draws + block, scratch, unit, width)

            customers = get(scratch, state + CUSTOMERS)
            if n_segments != 0:
                cost_level, out_at = get(scratch, state + COST_LEVEL), s_more + 3
                end_segments(
                    scratch,
                    real,
                    k_end,
                    n_segments,
                    r_segments,
                    s_segments,
                    out_at,
                    s_sums,
                    slot == 0,
                    cost_level,
                )
                customers = get(scratch, s_sums + SUM_CUSTOMERS)
            check_customers = get(scratch, state + CHECK_CUSTOMERS)
            check_margin = get(scratch, state + CHECK_MARGIN)
            if slot == 0:
                put(scratch, s_end, customers)
                put(scratch, s_end + 1, get(scratch, state + LAST_CHURN))
                put(scratch, s_end + 2, check_customers)
                put(scratch, s_end + 3, check_margin)
            # Growth has been applied T times by now; the season of the years to come is its mean.
            worth = get(scratch, one + CONTRIBUTION_MARGIN) * get(scratch, state + PRICE) * real[k_end]
            worth = worth - get(scratch, one + SERVE) * get(scratch, state + COST_LEVEL)
            decay = get(scratch, s_end + 1) + real[k_end + 2]
            never = real[k_end + 3]  # NaN
            pv_cost = get(scratch, state + PV_COST)
            payback = where_negative(get(scratch, state + CUMULATIVE), never, get(scratch, state + PAYBACK))
            put(scratch, s_spare, get(scratch, state + GAINED) - pv_cost)
            put(scratch, s_spare + 1, get(scratch, state + GAINED_OTHER) - pv_cost)
            put(scratch, s_spare + 2, pv_cost)
            put(scratch, s_spare + 3, get(scratch, state + PV_PROFIT) - pv_cost)
            put(scratch, s_spare + 4, where_negative(0.0 - pv_cost, payback, never))
            put(scratch, s_spare + 5, 0.0 - get(scratch, state + LOWEST))
            # Where nobody is lost and nothing discounted, customers would be worth something for ever: no such value.
            after = (customers - get(scratch, s_end)) * worth * real[k_end + 1] / maximum(decay, 1e-12)
            put(scratch, s_spare + 6, where_negative(1e-12 - decay, after, never))
            if n_segments != 0:
                put(scratch, s_spare + 6, get(scratch, s_sums + SUM_REVENUE))
            put(scratch, s_spare + 7, customers)
            put(scratch, s_spare + 8, check_customers - get(scratch, s_end + 2))
            put(scratch, s_spare + 9, check_margin - get(scratch, s_end + 3))
            n_told = 0
            if extended != 0:
                n_told = 3 + 2 * n_segments
                after_tax = get(scratch, s_spare) - get(scratch, state + PV_TAX)
                if has_capex != 0:
                    for k in range(n_items):
                        relief = real[k_tax + 1 + k * N_PATHS + path]
                        if relief != 0.0:
                            after_tax = fma(get(scratch, r_item + k), relief, after_tax)
                put(scratch, s_more, after_tax)
                payback = where_negative(
                    get(scratch, state + CUMULATIVE_AFTER), never, get(scratch, state + PAYBACK_AFTER)
                )
                put(scratch, s_more + 1, where_negative(0.0 - pv_cost, payback, never))
                put(scratch, s_more + 2, get(scratch, state + PV_CAPACITY))
            row = slot * (N_RESULTS + n + n_told)
            for k in range(N_RESULTS + n):
                unit = s_spare + k if k < N_RESULTS else now + k - N_RESULTS
                write(out, (row + k) * draws + block, scratch, unit, width)
            for k in range(n_told):
                write(out, (row + N_RESULTS + n + k) * draws + block, scratch, s_more + k, width)


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
