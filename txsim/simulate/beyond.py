# SPDX-License-Identifier: MIT
"""Parts of the kernel that most scenarios do not have: benefits, time, absence, segments, tax (model.md, 11 to 16).

Each is a function of its own that the kernel calls only where the plan has it, so that a scenario without them costs
nothing more. Results pass through scratch memory, at the places that ``MONTH`` and ``SUM`` count. Imported only to be
compiled.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from txsim.simulate import parts
from txsim.simulate.plan import SEGMENT_ROWS
from txsim.simulate.simd import (
    OPTIONS,
    Decorator,
    clip,
    exp_near,
    exp_very_near,
    expm1,
    fma,
    get,
    maximum,
    minimum,
    put,
    splat,
    where_negative,
)

_compiled: Decorator = njit(**OPTIONS)

#: Monthly figures, in the order of the last of ``MONTHLY_FIELDS``.
BENEFIT, CAPACITY, TIME, ABSENT, CAPEX, DEPRECIATION, TAX, N_MONTH = range(8)
#: What segments add up to in a month, then what multiplies churn, joins, spend and contacts of the class at hand.
CUSTOMERS, CHURN, REVENUE, SERVE, ALONE, CONTRIBUTION, N_SUM = range(7)
#: What each segment carries from month to month; the last three are those of ``do_nothing`` at its end.
NOW, UNDIGITAL, PRICE, PRESENT, LAST_CHURN, BASE_CUSTOMERS, BASE_CHURN, BASE_PRESENT, N_SEGMENT = range(9)
N_ROWS = len(SEGMENT_ROWS)
(S_CUSTOMERS, S_CHURN, S_JOINS, S_ARPU, S_GROWTH, S_MARGIN, S_SERVE, S_BAD, S_REST, S_GAIN, S_RESPONDS) = range(N_ROWS)


@_compiled
def beside(
    whole: Any, scratch: Any, i_more: int, rows: int, groups: int, now: int, shapes: int, month: int, cost_level: Any
) -> None:
    """Write benefits, time and absence of one month of a path on which something moves.

    ``rows`` is the place of the first row after those of tiring shapes, ``shapes`` that of the month's shapes.
    """
    n_benefits, has_time, has_absence = whole[i_more], whole[i_more + 1], whole[i_more + 2]
    i_benefits, i_tools, i_groups = whole[i_more + 3], whole[i_more + 4], whole[i_more + 5]
    cash = splat(0.0)
    capacity = splat(0.0)
    for k in range(n_benefits):
        shape = get(scratch, shapes + whole[i_benefits + k])
        cash = fma(get(scratch, rows + 2 * k), shape, cash)
        capacity = fma(get(scratch, rows + 2 * k + 1), shape, capacity)
    row = rows + 2 * n_benefits
    time = splat(0.0)
    if has_time != 0:
        saved = splat(0.0)
        for g in range(groups):
            saved = fma(get(scratch, row + g), get(scratch, now + whole[i_tools + g]), saved)
        realised = get(scratch, row + groups)
        time = realised * saved
        capacity = fma(1.0 - realised, saved, capacity)
        row = row + groups + 1
    absent = splat(0.0)
    if has_absence != 0:
        present = splat(0.0)
        for g in range(groups):
            lost = (0.0 - get(scratch, row + groups + g)) * get(scratch, now + whole[i_groups + g])
            present = fma(get(scratch, row + g), 0.0 - expm1(clip(lost, -700.0, 700.0)), present)
        cover = get(scratch, row + 2 * groups)
        absent = cover * present
        capacity = fma(maximum(1.0 - cover, 0.0), present, capacity)
    put(scratch, month + BENEFIT, cash * cost_level)
    put(scratch, month + CAPACITY, capacity * cost_level)
    put(scratch, month + TIME, time * cost_level)
    put(scratch, month + ABSENT, absent * cost_level)


@_compiled
def taxed(
    whole: Any,
    real: Any,
    scratch: Any,
    i_lives: int,
    i_items: int,
    r_items: int,
    items: int,
    path: int,
    t: int,
    months: int,
    k_tax: int,
    write_off: int,
    month: int,
    payoff: Any,
) -> None:
    """Write capex, depreciation and tax of one month, tax on a payoff after all cost."""
    capex = splat(0.0)
    written_off = splat(0.0)
    for k in range(items):
        life = whole[i_lives + k]
        w = i_items + k * (2 + 2 * parts.N_PATHS) + 2 + 2 * path
        begin = whole[w]
        if life > 0 and begin < whole[w + 1] and begin <= t < begin + life:
            amount = get(scratch, r_items + k)
            left = 1
            if t == begin:
                capex = capex + amount
            if write_off != 0 and t == months - 1:
                left = begin + life - t
            written_off = fma(amount, float(left) / float(life), written_off)
    put(scratch, month + CAPEX, capex)
    put(scratch, month + DEPRECIATION, written_off)
    put(scratch, month + TAX, real[k_tax] * (payoff + (capex - written_off)))


@_compiled
def begin_segments(scratch: Any, rows: int, count: int, own: int, state: int, one: int) -> None:
    """Set segments to where a path starts, and the revenue of the margin bridge, growth in it from month to month."""
    revenue = splat(0.0)
    for s in range(count):
        row, at = rows + s * N_ROWS, own + s * N_SEGMENT
        customers, price = get(scratch, row + S_CUSTOMERS), get(scratch, row + S_ARPU)
        put(scratch, at + NOW, customers)
        put(scratch, at + UNDIGITAL, customers)
        put(scratch, at + PRICE, price)
        put(scratch, at + PRESENT, splat(0.0))
        revenue = fma(customers, price, revenue)
    put(scratch, state + parts.REFERENCE, revenue * (get(scratch, one + parts.CX_MARGIN) * 0.01))


@_compiled
def segments(
    whole: Any,
    scratch: Any,
    i_segments: int,
    count: int,
    rows: int,
    own: int,
    sums: int,
    month: int,
    state: int,
    one: int,
    season: float,
    discount: float,
    rel: Any,
    rel_moves: bool,
    d_cx: Any,
    cx_moves: bool,
    d_ux: Any,
    cost_level: Any,
    is_kept: bool,
) -> None:
    """Run all segments one month on, and write at ``sums`` what they add up to.

    Where the month is ``is_kept``, each segment's own figures are written at ``month``, with sums that are only told.
    """
    zero = splat(0.0)
    together, contribution, reference = zero, zero, zero
    better = d_ux * get(scratch, one + parts.DIGITAL_SLOPE)
    factors = sums + N_SUM
    for s in range(count):
        row, at, i = rows + s * N_ROWS, own + s * N_SEGMENT, i_segments + 4 * s
        interactions, kind, has_serve, shared_serve = whole[i], whole[i + 1], whole[i + 2], whole[i + 3]
        # What those who respond alike share is computed with the first of them; kept in memory, for as variables of
        # a loop these would be copied about.
        if kind == s:
            responds = get(scratch, row + S_RESPONDS)
            if rel_moves:
                lead = responds * rel
                put(scratch, factors + 4 * s, exp_near((0.0 - get(scratch, one + parts.CHURN_CX)) * lead))
                put(scratch, factors + 4 * s + 1, exp_very_near(get(scratch, one + parts.REFERRAL_CX) * lead))
                put(scratch, factors + 4 * s + 2, exp_very_near(get(scratch, one + parts.SPEND_CX) * lead))
            if cx_moves and shared_serve != 0:
                contacts = (0.0 - get(scratch, one + parts.SERVE_CX)) * (responds * d_cx)
                put(scratch, factors + 4 * s + 3, exp_near(contacts))
        leaving, joins = get(scratch, row + S_CHURN), get(scratch, row + S_JOINS)
        price = get(scratch, at + PRICE)
        each = price * season
        if rel_moves and kind >= 0:
            leaving = leaving * get(scratch, factors + 4 * kind)
            joins = joins * get(scratch, factors + 4 * kind + 1)
            each = each * get(scratch, factors + 4 * kind + 2)
        contact = zero
        if has_serve != 0:
            contact = get(scratch, row + S_SERVE) * cost_level
            if cx_moves and kind >= 0:
                contact = contact * get(scratch, factors + 4 * kind + 3)
        churn = leaving
        worth = fma(get(scratch, row + S_MARGIN), each, 0.0 - contact)
        customers = get(scratch, at + NOW)
        if interactions > 1:
            p = clip(get(scratch, row + S_BAD) * (1.0 - better), 0.0, 1.0)
            churn = churn * fma(get(scratch, row + S_GAIN), parts.two_bad(p, interactions), get(scratch, row + S_REST))
            undigital = get(scratch, at + UNDIGITAL)
            together = fma(undigital, worth, together)
            put(scratch, at + UNDIGITAL, fma(undigital, 1.0 - minimum(leaving, 1.0), joins))
        else:
            together = fma(customers, worth, together)
        churn = minimum(churn, 1.0)
        gained = customers * worth
        contribution = contribution + gained
        parts.add(scratch, at + PRESENT, gained, splat(discount))
        if is_kept:
            put(scratch, month + 4 * s, customers)
            put(scratch, month + 4 * s + 1, churn)
            put(scratch, month + 4 * s + 2, customers * each)
            put(scratch, month + 4 * s + 3, customers * contact)
        put(scratch, at + NOW, fma(customers, 1.0 - churn, joins))
        put(scratch, at + LAST_CHURN, churn)
        price = price * get(scratch, row + S_GROWTH)
        put(scratch, at + PRICE, price)
        reference = fma(get(scratch, row + S_CUSTOMERS), price, reference)
    if is_kept:
        present, left, revenue, serve = zero, zero, zero, zero
        for s in range(count):
            at = month + 4 * s
            present = present + get(scratch, at)
            left = fma(get(scratch, at), get(scratch, at + 1), left)
            revenue = revenue + get(scratch, at + 2)
            serve = serve + get(scratch, at + 3)
        put(scratch, sums + CUSTOMERS, present)
        put(scratch, sums + CHURN, left / maximum(present, 1e-300))
        put(scratch, sums + REVENUE, revenue)
        put(scratch, sums + SERVE, serve)
    put(scratch, sums + ALONE, together)
    put(scratch, sums + CONTRIBUTION, contribution)
    put(scratch, state + parts.REFERENCE, reference * (get(scratch, one + parts.CX_MARGIN) * 0.01))


@_compiled
def end_segments(
    scratch: Any,
    real: Any,
    k_end: int,
    count: int,
    rows: int,
    own: int,
    out: int,
    sums: int,
    first: bool,
    cost_level: Any,
) -> None:
    """Write each segment's part of the payoff and of the run-off at ``out``; their sums at ``sums``."""
    customers = splat(0.0)
    after = splat(0.0)
    for s in range(count):
        row, at = rows + s * N_ROWS, own + s * N_SEGMENT
        if first:
            put(scratch, at + BASE_CUSTOMERS, get(scratch, at + NOW))
            put(scratch, at + BASE_CHURN, get(scratch, at + LAST_CHURN))
            put(scratch, at + BASE_PRESENT, get(scratch, at + PRESENT))
        worth = get(scratch, row + S_MARGIN) * get(scratch, at + PRICE) * real[k_end]
        worth = worth - get(scratch, row + S_SERVE) * cost_level
        decay = get(scratch, at + BASE_CHURN) + real[k_end + 2]
        left = get(scratch, at + NOW) - get(scratch, at + BASE_CUSTOMERS)
        left = left * worth * real[k_end + 1] / maximum(decay, 1e-12)
        # Where nobody is lost and nothing discounted, customers would be worth something for ever: no such value.
        left = where_negative(1e-12 - decay, left, real[k_end + 3])
        put(scratch, out + s, get(scratch, at + PRESENT) - get(scratch, at + BASE_PRESENT))
        put(scratch, out + count + s, left)
        customers = customers + get(scratch, at + NOW)
        after = after + left
    put(scratch, sums + CUSTOMERS, customers)
    put(scratch, sums + REVENUE, after)
