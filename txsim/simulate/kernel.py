# SPDX-License-Identifier: MIT
"""The fused kernel: paths × months for a block of draws, any graph (docs/model.md, sections 3 to 6).

One text for all scenarios. What differs between scenarios is in integers (``whole``), what differs between draws is in
rows (``theta``); see :mod:`txsim.simulate.plan` for both and :mod:`txsim.simulate.engine` for how they are laid out.
A block of ``LANES`` draws is packed into scratch memory that stays in the first-level cache, then all paths and months
run over it. The path ``do_nothing`` comes first, and its profits are kept: a payoff is a difference draw by draw, so
that a driver that pushes nothing pays exactly nothing. Imported only to be compiled.
"""

from __future__ import annotations

from typing import Any

from numba import cfunc, njit, types

from txsim.simulate.simd import FLAGS, LANES, below, clip, exp, expm1, load, maximum, minimum, splat, store

__all__ = ["entry"]

_W = LANES
_INLINE: dict[str, Any] = {"fastmath": FLAGS, "forceinline": True, "error_model": "numpy"}


@njit(**_INLINE)
def _two_bad(p: Any, n: int) -> Any:
    """Return the probability of two or more bad ones among ``n >= 2``, each bad with probability ``p``."""
    q = 1.0 - p
    power = splat(1.0)
    square = q
    left = n - 1
    while left > 0:
        if left & 1:
            power = power * square
        square = square * square
        left >>= 1
    return 1.0 - power * (q + p * float(n))


@njit(**_INLINE)
def _ramp(t: int, start: int, slip: Any, months: Any) -> Any:
    r = clip((float(t - start + 1) - slip) / maximum(months, 1.0), 0.0, 1.0)
    return r * r * (3.0 - 2.0 * r)


@njit(fastmath=FLAGS, error_model="numpy", no_cpython_wrapper=True)
def _blocks(
    whole: Any, real: Any, theta: Any, draws: int, first: int, last: int, out: Any, monthly: Any, scratch: Any
) -> None:
    months, n, n_links, n_push = whole[0], whole[1], whole[2], whole[3]
    n_coord, n_shapes, n_items, n_groups = whole[4], whole[5], whole[6], whole[7]
    cx, ux, interactions, rival_start = whole[8], whole[9], whole[10], whole[11]
    pays_margin, has_customers, has_margin, n_paths = whole[12], whole[13], whole[14], whole[15]
    want_monthly, n_rows = whole[16], whole[17]
    i_paths, i_groups, i_links, i_push = whole[18], whole[19], whole[20], whole[21]
    i_coord, i_waves, i_items = whole[22], whole[23], whole[24]
    # Rows, in the order of Plan.rows().
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
    # Scratch, in lanes.
    s_theta = 0
    s_memory = s_theta + n_rows * _W
    s_d = s_memory + n_links * _W
    s_u = s_d + n * _W
    s_wave = s_u + n * _W
    s_base = s_wave + 2 * n_shapes * _W
    s_spare = s_base + 4 * months * _W
    # Constants by month: discounts of one-offs and of the rest, season; then mean season, end discount, monthly rate.
    k_rest = months
    k_season = 2 * months
    k_end = 3 * months
    # A zero that the optimiser does not know: loops that store a known zero become calls of memset, which machine
    # code loaded without its maker cannot find.
    zero = splat(real[k_end + 3])
    fields = n + 12
    results = n + 10

    for b in range(first, last, _W):
        width = min(_W, draws - b)
        for k in range(n_rows):
            for i in range(_W):
                scratch[s_theta + k * _W + i] = theta[k * draws + b + min(i, width - 1)]
        base_customers = splat(0.0)
        base_churn = splat(1.0)
        for which in range(n_paths):
            path = whole[i_paths + which]
            for k in range(n_links):
                store(scratch, s_memory + k * _W, zero)
            for k in range(n):
                store(scratch, s_d + k * _W, zero)
            for k in range(2 * n_shapes):
                store(scratch, s_wave + k * _W, zero)
            start_c = load(scratch, s_theta + (one + 1) * _W)
            uplift = load(scratch, s_theta + (one + 2) * _W)
            silo_start = 1.0 + uplift * start_c
            scope = load(scratch, s_theta + one * _W)
            customers = load(scratch, s_theta + (one + 3) * _W)
            undigital = customers
            grow_a = splat(1.0)
            grow_c = splat(1.0)
            margin_memory = splat(0.0)
            rel = splat(0.0)
            churn = splat(0.0)
            npv = splat(0.0)
            npv_other = splat(0.0)
            pv_cost = splat(0.0)
            pv_profit = splat(0.0)
            check_c = splat(0.0)
            check_m = splat(0.0)
            cumulative = splat(0.0)
            lowest = splat(0.0)
            payback = splat(1.0)
            for t in range(months):
                # What drivers push.
                for k in range(n_shapes):
                    w = i_waves + (k * 6 + path) * 6
                    for wave in range(2):
                        at = s_wave + (2 * k + wave) * _W
                        begins, ends = whole[w + 3 * wave + 1], whole[w + 3 * wave + 2]
                        if whole[w + 3 * wave] != 0 and t >= begins:
                            if t < ends:
                                slip = load(scratch, s_theta + (r_slip + k) * _W)
                                span = load(scratch, s_theta + (r_ramp + k) * _W)
                                store(scratch, at, _ramp(t, begins, slip, span))
                            else:
                                store(scratch, at, load(scratch, at) * load(scratch, s_theta + (r_decay + k) * _W))
                coordination = start_c
                for k in range(n_coord):
                    shape = whole[i_coord + k]
                    w = i_waves + (shape * 6 + path) * 6
                    amount = load(scratch, s_theta + (r_coord + k) * _W)
                    if whole[w] == 1:
                        coordination = coordination + amount * load(scratch, s_wave + 2 * shape * _W)
                    elif whole[w] == 2:
                        coordination = coordination + amount * (
                            scope * load(scratch, s_wave + 2 * shape * _W)
                            + (1.0 - scope) * load(scratch, s_wave + (2 * shape + 1) * _W)
                        )
                if n_coord > 0:
                    coordination = clip(coordination, 0.0, 1.0)
                silo = (1.0 + uplift * coordination) / silo_start
                for k in range(n):
                    store(scratch, s_u + k * _W, zero)
                for k in range(n_push):
                    shape = whole[i_push + 2 * k + 1]
                    w = i_waves + (shape * 6 + path) * 6
                    if whole[w] != 0:
                        factor = load(scratch, s_wave + 2 * shape * _W)
                        if whole[w] == 2:
                            factor = scope * factor + (1.0 - scope) * load(scratch, s_wave + (2 * shape + 1) * _W)
                        at = s_u + whole[i_push + 2 * k] * _W
                        store(scratch, at, load(scratch, at) + load(scratch, s_theta + (r_push + k) * _W) * factor)
                # What other nodes pass on, after their delay.
                for k in range(n_links):
                    source, target = whole[i_links + 3 * k], whole[i_links + 3 * k + 1]
                    beta = load(scratch, s_theta + (r_beta + k) * _W)
                    at = s_u + target * _W
                    if source < 0:
                        store(scratch, at, load(scratch, at) + beta * (coordination - start_c))
                    else:
                        memory = load(scratch, s_memory + k * _W)
                        if t > 0:
                            phi = load(scratch, s_theta + (r_phi + k) * _W)
                            memory = phi * memory + (1.0 - phi) * load(scratch, s_d + source * _W)
                            store(scratch, s_memory + k * _W, memory)
                        if whole[i_links + 3 * k + 2] != 0:
                            beta = silo * beta
                        store(scratch, at, load(scratch, at) + beta * memory)
                if has_margin != 0 and t > 0:
                    phi = load(scratch, s_theta + (one + 21) * _W)
                    margin_memory = phi * margin_memory + (1.0 - phi) * rel
                for k in range(n):
                    p = load(scratch, s_theta + k * _W)
                    spread = 100.0 * p * (1.0 - p)
                    e = expm1(clip(load(scratch, s_u + k * _W) / spread, -40.0, 40.0))
                    store(scratch, s_d + k * _W, spread * e / (1.0 + p * e))
                # Money.
                d_cx = load(scratch, s_d + cx * _W)
                adoption = splat(0.0)
                if path != 5:
                    adoption = load(scratch, s_theta + (one + 22) * _W) * _ramp(
                        t, rival_start, splat(0.0), load(scratch, s_theta + (one + 23) * _W)
                    )
                gain = load(scratch, s_theta + (one + 24) * _W)
                copied = load(scratch, s_theta + (one + 25) * _W)
                rel = maximum(d_cx, 0.0) * (1.0 - copied * adoption) + minimum(d_cx, 0.0) - gain * adoption
                season = real[k_season + t]
                margin = load(scratch, s_theta + (one + 9) * _W)
                revenue = splat(0.0)
                serve = splat(0.0)
                churn = splat(0.0)
                check_customers = splat(0.0)
                customers_now = customers
                if has_customers != 0:
                    leaving = load(scratch, s_theta + (one + 4) * _W) * exp(
                        0.0 - load(scratch, s_theta + (one + 11) * _W) * rel
                    )
                    digital = splat(1.0)
                    if interactions > 1 and ux >= 0:
                        p0 = load(scratch, s_theta + (one + 15) * _W)
                        slope = load(scratch, s_theta + (one + 16) * _W)
                        p = clip(p0 * (1.0 - load(scratch, s_d + ux * _W) * slope), 0.0, 1.0)
                        digital = load(scratch, s_theta + (one + 17) * _W) + load(
                            scratch, s_theta + (one + 18) * _W
                        ) * _two_bad(p, interactions)
                    churn = minimum(leaving * digital, 1.0)
                    joins = load(scratch, s_theta + (one + 5) * _W) * exp(
                        load(scratch, s_theta + (one + 12) * _W) * rel
                    )
                    each = load(scratch, s_theta + (one + 6) * _W) * grow_a * season * exp(
                        load(scratch, s_theta + (one + 13) * _W) * rel
                    )
                    contact = load(scratch, s_theta + (one + 10) * _W) * grow_c * exp(
                        0.0 - load(scratch, s_theta + (one + 14) * _W) * d_cx
                    )
                    revenue = customers * each
                    serve = customers * contact
                    check_customers = undigital * (margin * each - contact)
                    customers = customers * (1.0 - churn) + joins
                    undigital = undigital * (1.0 - minimum(leaving, 1.0)) + joins
                leave = splat(0.0)
                work = splat(0.0)
                for g in range(n_groups):
                    d_ex = load(scratch, s_d + whole[i_groups + g] * _W)
                    leave = leave + load(scratch, s_theta + (r_leave + g) * _W) * grow_c * exp(
                        0.0 - load(scratch, s_theta + (r_attrition + g) * _W) * d_ex
                    )
                    work = work + load(scratch, s_theta + (r_work + g) * _W) * grow_c * d_ex
                top_down = splat(0.0)
                if has_margin != 0:
                    top_down = (
                        load(scratch, s_theta + (one + 19) * _W)
                        * grow_a
                        * (season / 100.0)
                        * load(scratch, s_theta + (one + 20) * _W)
                        * margin_memory
                    )
                margin_effect = top_down - leave + work
                one_off = splat(0.0)
                running = splat(0.0)
                for k in range(n_items):
                    w = i_items + k * 14
                    if whole[w + 2 + 2 * path] <= t < whole[w + 3 + 2 * path]:
                        amount = load(scratch, s_theta + (r_item + k) * _W)
                        if whole[w + 1] != 0:
                            amount = amount * grow_c
                        if whole[w] != 0:
                            one_off = one_off + amount
                        else:
                            running = running + amount
                bottom_up = margin * revenue - serve - leave + work
                paying = bottom_up
                other = margin_effect
                if pays_margin != 0:
                    paying = margin_effect
                    other = bottom_up
                if path == 0:
                    store(scratch, s_base + (4 * t) * _W, paying)
                    store(scratch, s_base + (4 * t + 1) * _W, other)
                    store(scratch, s_base + (4 * t + 2) * _W, check_customers)
                    store(scratch, s_base + (4 * t + 3) * _W, top_down)
                d_one, d_rest = real[t], real[k_rest + t]
                spent = d_one * one_off + d_rest * running
                gained = paying - load(scratch, s_base + (4 * t) * _W)
                npv = npv + (d_rest * gained - spent)
                npv_other = npv_other + (d_rest * (other - load(scratch, s_base + (4 * t + 1) * _W)) - spent)
                pv_cost = pv_cost + spent
                pv_profit = pv_profit + (d_rest * paying - spent)
                check_c = check_c + d_rest * (check_customers - load(scratch, s_base + (4 * t + 2) * _W))
                check_m = check_m + d_rest * (top_down - load(scratch, s_base + (4 * t + 3) * _W))
                cumulative = cumulative + (gained - (one_off + running))
                lowest = below(cumulative, lowest, cumulative, lowest)
                payback = below(cumulative, splat(0.0), splat(float(t + 2)), payback)
                grow_a = grow_a * load(scratch, s_theta + (one + 7) * _W)
                grow_c = grow_c * load(scratch, s_theta + (one + 8) * _W)
                if want_monthly != 0:
                    store(scratch, s_spare, customers_now)
                    store(scratch, s_spare + _W, churn)
                    store(scratch, s_spare + 2 * _W, revenue)
                    store(scratch, s_spare + 3 * _W, serve)
                    store(scratch, s_spare + 4 * _W, leave)
                    store(scratch, s_spare + 5 * _W, work)
                    store(scratch, s_spare + 6 * _W, paying - (one_off + running))
                    store(scratch, s_spare + 7 * _W, margin_effect)
                    store(scratch, s_spare + 8 * _W, one_off)
                    store(scratch, s_spare + 9 * _W, running)
                    store(scratch, s_spare + 10 * _W, coordination)
                    store(scratch, s_spare + 11 * _W, cumulative)
                    row = (which * months + t) * fields
                    for k in range(fields):
                        at = s_d + k * _W if k < n else s_spare + (k - n) * _W
                        for i in range(width):
                            monthly[(row + k) * draws + b + i] = scratch[at + i]
            runoff = splat(0.0)
            if path == 0:
                base_customers = customers
                base_churn = churn
            if has_customers != 0:
                worth = load(scratch, s_theta + (one + 9) * _W) * load(scratch, s_theta + (one + 6) * _W) * grow_a * real[
                    k_end
                ] - load(scratch, s_theta + (one + 10) * _W) * grow_c
                runoff = (customers - base_customers) * worth * real[k_end + 1] / (base_churn + real[k_end + 2])
            store(scratch, s_spare, npv)
            store(scratch, s_spare + _W, npv_other)
            store(scratch, s_spare + 2 * _W, pv_cost)
            store(scratch, s_spare + 3 * _W, pv_profit)
            store(scratch, s_spare + 4 * _W, payback)
            store(scratch, s_spare + 5 * _W, 0.0 - lowest)
            store(scratch, s_spare + 6 * _W, runoff)
            store(scratch, s_spare + 7 * _W, customers)
            store(scratch, s_spare + 8 * _W, check_c)
            store(scratch, s_spare + 9 * _W, check_m)
            for k in range(results):
                at = s_spare + k * _W if k < 10 else s_d + (k - 10) * _W
                for i in range(width):
                    out[(which * results + k) * draws + b + i] = scratch[at + i]


_I, _F = types.CPointer(types.int64), types.CPointer(types.float64)


def entry() -> Any:
    """Return the compiled function of C type ``void(int64*, double*, double*, int64 × 3, double* × 3)``.

    Arguments: ``whole``, ``real``, ``theta`` (row, draw), number of draws, first draw, draw after the last, ``out``
    (path, result, draw), ``monthly`` (path, month, field, draw) or any address, ``scratch``.
    """

    @cfunc(types.void(_I, _F, _F, types.int64, types.int64, types.int64, _F, _F, _F))  # type: ignore[untyped-decorator]  # numba has no types
    def run(
        whole: Any, real: Any, theta: Any, draws: int, first: int, last: int, out: Any, monthly: Any, scratch: Any
    ) -> None:
        _blocks(whole, real, theta, draws, first, last, out, monthly, scratch)

    return run
