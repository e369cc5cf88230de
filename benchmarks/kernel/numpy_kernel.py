# SPDX-License-Identifier: MIT
"""The recurrences of docs/model.md, sections 3 to 6, in NumPy, vectorised over draws.

Written the way one would who knows NumPy and this graph: nodes and links are stacked, so that a month costs one
``expm1`` for all nodes and one matrix of links, blocks of draws stay in cache, and a path on which nothing is pushed
skips its recurrences as the kernel does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from txsim.simulate.plan import PATHS, Plan

Array = NDArray[np.float64]


def simulate(plan: Plan, matrix: Array, block: int = 512) -> Array:
    """Return the results ``(path, field, draw)`` of the kernel."""
    out = np.empty((len(PATHS), 10 + len(plan.nodes), matrix.shape[1]))
    for first in range(0, matrix.shape[1], block):
        out[:, :, first : first + block] = _block(plan, matrix[:, first : first + block])
    return out


def _ramp(elapsed: Array | float, months: Array) -> Array:
    r = np.clip(elapsed / np.maximum(months, 1.0), 0.0, 1.0)
    ramped: Array = r * r * (3.0 - 2.0 * r)
    return ramped


def _block(plan: Plan, matrix: Array) -> Array:
    names = plan.rows()
    x = dict(zip(names, matrix, strict=True))

    def stacked(kind: str) -> Array:
        return np.array([matrix[i] for i, name in enumerate(names) if name.partition("[")[0] == kind])

    n, draws = len(plan.nodes), matrix.shape[1]
    p, beta, phi, items = stacked("baseline"), stacked("beta"), stacked("phi"), stacked("item")
    spread = 100.0 * p * (1.0 - p)
    acting = [i for i, source in enumerate(plan.link_source) if source >= 0]  # coordination does not change here
    source, beta, phi = [plan.link_source[i] for i in acting], beta[acting], phi[acting]
    into = [[k for k, i in enumerate(acting) if plan.link_target[i] == node] for node in range(n)]
    groups, leave_rows, attrition, work_rows = (
        list(plan.groups),
        stacked("leave"),
        stacked("attrition"),
        stacked("work"),
    )
    out = np.empty((len(PATHS), 10 + n, draws))
    base: list[tuple[Array, Array]] = []
    base_end: tuple[Array, ...] = ()
    zero = np.zeros(draws)
    for number, path in enumerate(PATHS):
        wave = plan.waves[0][number]
        moves = wave.first > 0
        d, memory = np.zeros((n, draws)), np.zeros((len(acting), draws))
        one, two = zero, zero
        customers = undigital = x["customers_start"]
        arpu, level = x["arpu"], np.ones(draws)
        reference = x["revenue_start"] * x["cx_margin"] / 100.0
        lagged, rel = zero, zero
        npv, other_npv, pv_profit, pv_cost, check_c, check_m, total = (np.zeros(draws) for _ in range(7))
        lowest, payback = np.zeros(draws), np.ones(draws)
        for t in range(plan.months):
            if moves:
                if t >= wave.start:
                    one = (
                        _ramp(t - wave.start + 1 - x["slip[0]"], x["ramp[0]"]) if t < wave.end else one * x["decay[0]"]
                    )
                factor = one if wave.first == 1 else x["scope"] * one
                if wave.second and t >= wave.second_start:
                    two = _ramp(t - wave.second_start + 1 - x["slip[0]"], x["ramp[0]"])
                    factor = factor + (1.0 - x["scope"]) * two
                cause = d[source]
                memory -= cause
                memory *= phi
                memory += cause
                passed = beta * memory
                u = np.zeros((n, draws))
                for node, links in enumerate(into):
                    for k in links:
                        u[node] += passed[k]
                u[plan.push_node[0]] += x["push[0]"] * factor
                e = np.expm1(np.clip(u / spread, -40.0, 40.0))
                d = spread * e / (1.0 + p * e)
            cx = d[plan.cx]
            lagged = x["margin_phi"] * (lagged - rel) + rel
            rel = cx
            if path != "no_rivals":
                adoption = x["rival_share"] * _ramp(t - plan.rival_start + 1.0, x["rival_months"])
                rel = cx - np.maximum(cx, 0.0) * x["copy"] * adoption - x["rival_gain"] * adoption
            leaving = x["churn"] * np.exp(-x["churn_cx"] * rel)
            joins = x["joins"] * np.exp(x["referral_cx"] * rel)
            each = arpu * plan.season[t % 12] * np.exp(x["spend_cx"] * rel)
            contact = x["serve"] * level * np.exp(-x["serve_cx"] * cx)
            bad = np.clip(x["digital_bad"] * (1.0 - d[plan.ux_customer] * x["digital_slope"]), 0.0, 1.0)
            good = 1.0 - bad
            m = plan.interactions
            two_bad = 1.0 - good ** (m - 1) * (good + m * bad)
            churn = np.minimum(leaving * (x["digital_rest"] + x["digital_gain"] * two_bad), 1.0)
            revenue, serve = customers * each, customers * contact
            alone = undigital * (x["contribution_margin"] * each - contact)
            customers = customers * (1.0 - churn) + joins
            undigital = undigital * (1.0 - np.minimum(leaving, 1.0)) + joins
            ex = d[groups]
            leave = (leave_rows * np.exp(-attrition * ex)).sum(axis=0) * level
            work = (work_rows * ex).sum(axis=0) * level
            top_down = reference * plan.season[t % 12] * lagged
            other = top_down - leave + work
            paying = x["contribution_margin"] * revenue - serve - leave + work
            one_off, running = zero, zero
            for k, spans in enumerate(plan.item_months):
                if spans[number][0] <= t < spans[number][1]:
                    amount = items[k] * level if plan.item_grows[k] else items[k]
                    if plan.item_one_off[k]:
                        one_off = one_off + amount
                    else:
                        running = running + amount
            if number == 0:
                base.append((paying, other))
            rest = plan.discount_rest[t]
            gain = paying - base[t][0]
            npv += rest * gain
            other_npv += rest * (other - base[t][1])
            pv_profit += rest * paying
            pv_cost += plan.discount_one_off[t] * one_off + rest * running
            check_c += rest * alone
            check_m += rest * top_down
            total += gain - one_off - running
            np.minimum(lowest, total, out=lowest)
            payback[total < 0.0] = t + 2
            arpu, reference, level = arpu * x["arpu_growth"], reference * x["arpu_growth"], level * x["cost_growth"]
        if number == 0:
            base_end = (customers, churn, check_c, check_m)
        yearly = 1.0 + plan.rate
        worth = x["contribution_margin"] * arpu * np.mean(plan.season) - x["serve"] * level
        runoff = (customers - base_end[0]) * worth * yearly ** (-plan.months / 12.0)
        result = out[number]
        result[0], result[1], result[2], result[3] = npv - pv_cost, other_npv - pv_cost, pv_cost, pv_profit - pv_cost
        result[4] = np.where((total < 0.0) | (pv_cost == 0.0), np.nan, payback)
        result[5] = -lowest
        result[6] = runoff / (base_end[1] + yearly ** (1.0 / 12.0) - 1.0)
        result[7], result[8], result[9] = customers, check_c - base_end[2], check_m - base_end[3]
        result[10:] = d
    return out
