# SPDX-License-Identifier: MIT
"""One month of a path in the kernel: experience, customers, staff, cost. Imported only to be compiled."""

from __future__ import annotations

from typing import Any

from txsim.simulate import parts
from txsim.simulate.beyond import ABSENT, ALONE, N_MONTH, TIME, beside, segments
from txsim.simulate.beyond import CHURN as SUM_CHURN
from txsim.simulate.beyond import CUSTOMERS as SUM_CUSTOMERS
from txsim.simulate.beyond import REVENUE as SUM_REVENUE
from txsim.simulate.beyond import SERVE as SUM_SERVE
from txsim.simulate.places import Places
from txsim.simulate.simd import clip, exp, expm1, fma, get, minimum, put, splat, spliced


@spliced
def experience(
    whole: Any, scratch: Any, at: Places, path: int, t: int, now: int, before: int, scope: Any, c_start: Any
) -> Any:
    """Write this month's deviations at ``now``, from those ``before``; return coordination (docs/model.md, 3 and 4).

    What drivers push and what other nodes pass on, after its delay. Only for paths on which something moves.
    """
    coordination = c_start
    for k in range(at.n_shapes):
        w = at.i_waves + (k * parts.N_PATHS + path) * 6
        slip, decay = get(scratch, at.r_slip + k), get(scratch, at.r_decay + k)
        one_over_months = get(scratch, at.r_ramp + k)
        tires = -1
        if at.n_tires != 0 and whole[at.i_tires + k] >= 0:
            tires = at.r_tires + 4 * whole[at.i_tires + k]
        factor = splat(0.0)
        if whole[w] != 0:
            begin, end = whole[w + 1], whole[w + 2]
            factor = parts.wave(scratch, at.s_wave + 2 * k, t, begin, end, slip, one_over_months, decay, tires)
            if whole[w] == 2:
                factor = scope * factor
        if whole[w + 3] != 0:
            begin, end = whole[w + 4], whole[w + 5]
            second = parts.wave(scratch, at.s_wave + 2 * k + 1, t, begin, end, slip, one_over_months, decay, tires)
            factor = fma(1.0 - scope, second, factor)
        put(scratch, at.s_shape + k, factor)
    silo = splat(1.0)
    if at.n_coord > 0:
        for k in range(at.n_coord):
            coordination = fma(
                get(scratch, at.r_coord + k), get(scratch, at.s_shape + whole[at.i_coord + k]), coordination
            )
        coordination = clip(coordination, 0.0, 1.0)
        uplift = get(scratch, at.one + parts.UPLIFT)
        silo = fma(uplift, coordination, 1.0) / fma(uplift, c_start, 1.0)
    for reached in range(at.n_reached):
        i = whole[at.i_reached + at.n + reached]
        u = splat(0.0)
        for k in range(whole[at.i_push_first + i], whole[at.i_push_first + i + 1]):
            push = at.i_pushes + 2 * k
            u = fma(get(scratch, at.r_push + whole[push]), get(scratch, at.s_shape + whole[push + 1]), u)
        for k in range(whole[at.i_link_first + i], whole[at.i_link_first + i + 1]):
            link, source = whole[at.i_links + 3 * k], whole[at.i_links + 3 * k + 1]
            beta = get(scratch, at.r_beta + link)
            if at.n_coord > 0 and whole[at.i_links + 3 * k + 2] != 0:
                beta = beta * silo
            if source < 0:
                u = fma(beta, coordination - c_start, u)
            else:
                cause = get(scratch, before + source)
                memory = fma(get(scratch, at.r_phi + link), get(scratch, at.s_memory + k) - cause, cause)
                put(scratch, at.s_memory + k, memory)
                u = fma(beta, memory, u)
        e = expm1(clip(u * get(scratch, at.s_spread + 2 * i + 1), -40.0, 40.0))
        put(scratch, now + i, get(scratch, at.s_spread + 2 * i) * e / fma(get(scratch, i), e, 1.0))
    return coordination


@spliced
def customer_side(
    whole: Any,
    real: Any,
    scratch: Any,
    at: Places,
    t: int,
    now: int,
    rel: Any,
    rel_moves: bool,
    d_cx: Any,
    cx_moves: bool,
    cost_level: Any,
) -> Any:
    """Run customers one month on (section 5).

    Returns customers, churn, revenue, cost to serve, and the contribution if the digital factor were held at 1.
    """
    margin = get(scratch, at.one + parts.CONTRIBUTION_MARGIN)
    customers = get(scratch, at.state + parts.CUSTOMERS)
    churn = splat(0.0)
    revenue = splat(0.0)
    serve = splat(0.0)
    alone = splat(0.0)
    if at.n_segments != 0:
        segments(
            whole,
            scratch,
            at.i_segments,
            at.n_segments,
            at.r_segments,
            at.s_segments,
            at.s_sums,
            at.s_month + N_MONTH,
            at.state,
            at.one,
            real[at.k_season + t],
            real[at.k_rest + t],
            rel,
            rel_moves,
            d_cx,
            cx_moves,
            get(scratch, now + at.ux),
            cost_level,
            at.n_kept != 0,
        )
        customers, churn = get(scratch, at.s_sums + SUM_CUSTOMERS), get(scratch, at.s_sums + SUM_CHURN)
        revenue, serve = get(scratch, at.s_sums + SUM_REVENUE), get(scratch, at.s_sums + SUM_SERVE)
        alone = get(scratch, at.s_sums + ALONE)
    elif at.has_customers != 0:
        leaving = get(scratch, at.one + parts.CHURN)
        joins = get(scratch, at.one + parts.JOINS)
        each = get(scratch, at.state + parts.PRICE) * real[at.k_season + t]
        if rel_moves:
            leaving = leaving * exp((0.0 - get(scratch, at.one + parts.CHURN_CX)) * rel)
            joins = joins * exp(get(scratch, at.one + parts.REFERRAL_CX) * rel)
            each = each * exp(get(scratch, at.one + parts.SPEND_CX) * rel)
        contact = splat(0.0)
        if at.has_serve != 0:
            contact = get(scratch, at.one + parts.SERVE) * cost_level
            if cx_moves:
                contact = contact * exp((0.0 - get(scratch, at.one + parts.SERVE_CX)) * d_cx)
        churn = leaving
        if at.has_digital != 0:
            better = get(scratch, now + at.ux) * get(scratch, at.one + parts.DIGITAL_SLOPE)
            p = clip(get(scratch, at.one + parts.DIGITAL_BAD) * (1.0 - better), 0.0, 1.0)
            churn = churn * fma(
                get(scratch, at.one + parts.DIGITAL_GAIN),
                parts.two_bad(p, at.interactions),
                get(scratch, at.one + parts.DIGITAL_REST),
            )
        churn = minimum(churn, 1.0)
        revenue = customers * each
        serve = customers * contact
        undigital = get(scratch, at.state + parts.UNDIGITAL)
        alone = undigital * fma(margin, each, 0.0 - contact)
        put(scratch, at.state + parts.CUSTOMERS, fma(customers, 1.0 - churn, joins))
        put(scratch, at.state + parts.UNDIGITAL, fma(undigital, 1.0 - minimum(leaving, 1.0), joins))
    return customers, churn, revenue, serve, alone


@spliced
def staff_side(whole: Any, scratch: Any, at: Places, now: int, moves: int, cost_level: Any) -> Any:
    """Return the cost of leavers and the worth of work of one month, times saved and absence included (section 5)."""
    leave = splat(0.0)
    work = splat(0.0)
    for g in range(at.n_groups):
        node = whole[at.i_groups + g]
        leaving_staff = get(scratch, at.r_leave + g)
        if moves != 0 and whole[at.i_reached + node] != 0:
            d_ex = get(scratch, now + node)
            leaving_staff = leaving_staff * exp((0.0 - get(scratch, at.r_attrition + g)) * d_ex)
            work = fma(get(scratch, at.r_work + g), d_ex, work)
        leave = leave + leaving_staff
    leave = leave * cost_level
    work = work * cost_level
    if at.extended != 0 and moves != 0:
        beside(whole, scratch, at.i_more, at.r_more, at.n_groups, now, at.s_shape, at.s_month, cost_level)
        work = work + (get(scratch, at.s_month + TIME) + get(scratch, at.s_month + ABSENT))
    return leave, work


@spliced
def costs(whole: Any, scratch: Any, at: Places, path: int, t: int, cost_level: Any) -> Any:
    """Return the programme's one-off and running cost of one month."""
    one_off = splat(0.0)
    running = splat(0.0)
    for k in range(at.n_items):
        w = at.i_items + k * (2 + 2 * parts.N_PATHS)
        if whole[w + 2 + 2 * path] <= t < whole[w + 3 + 2 * path]:
            amount = get(scratch, at.r_item + k)
            if whole[w + 1] != 0:
                amount = amount * cost_level
            if whole[w] != 0:
                one_off = one_off + amount
            else:
                running = running + amount
    return one_off, running
