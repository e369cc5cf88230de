# SPDX-License-Identifier: MIT
"""The recurrences of docs/model.md, sections 3 to 6, in JAX: one draw as scalars, ``lax.scan`` over months, ``vmap``.

Each path is a scan of its own with its schedule as data known when it is compiled, so XLA fuses a month into one loop
over draws; a path on which nothing is pushed skips its recurrences as the kernel does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from txsim.simulate.plan import PATHS, Plan

jax.config.update("jax_enable_x64", True)


def _ramp(elapsed: Any, months: Any) -> Any:
    r = jnp.clip(elapsed / jnp.maximum(months, 1.0), 0.0, 1.0)
    return r * r * (3.0 - 2.0 * r)


def _one_draw(plan: Plan, row: Any) -> Any:
    x = dict(zip(plan.rows(), row, strict=True))
    n, months = len(plan.nodes), plan.months
    t = np.arange(months)
    links = [i for i, source in enumerate(plan.link_source) if source >= 0]
    p = [x[f"baseline[{i}]"] for i in range(n)]
    base_flow: Any = None
    base_end: Any = None
    found = []
    for number, path in enumerate(PATHS):
        wave = plan.waves[0][number]
        moves = wave.first > 0

        def charged(one_off: bool, grows: bool, number: int = number) -> Any:
            total: Any = jnp.zeros(months)
            for k, spans in enumerate(plan.item_months):
                if plan.item_one_off[k] == one_off and plan.item_grows[k] == grows:
                    total = total + x[f"item[{k}]"] * ((spans[number][0] <= t) & (t < spans[number][1]))
            return total

        def month(state: Any, now: Any, moves: bool = moves, wave: Any = wave, path: str = path) -> Any:
            (
                d,
                memory,
                one,
                customers,
                undigital,
                arpu,
                level,
                reference,
                lagged,
                rel,
                _,
                sums,
                total,
                lowest,
                back,
            ) = state
            if moves:
                ramped = _ramp(now["t"] - wave.start + 1 - x["slip[0]"], x["ramp[0]"])
                one = jnp.where(now["t"] < wave.end, ramped, one * x["decay[0]"])
                factor = one if wave.first == 1 else x["scope"] * one
                if wave.second:
                    two = _ramp(now["t"] - wave.second_start + 1 - x["slip[0]"], x["ramp[0]"])
                    factor = factor + (1.0 - x["scope"]) * jnp.where(now["t"] >= wave.second_start, two, 0.0)
                memory = [
                    x[f"phi[{i}]"] * (kept - d[plan.link_source[i]]) + d[plan.link_source[i]]
                    for i, kept in zip(links, memory, strict=True)
                ]
                u: list[Any] = [0.0] * n
                u[plan.push_node[0]] = x["push[0]"] * factor
                for i, kept in zip(links, memory, strict=True):
                    u[plan.link_target[i]] = u[plan.link_target[i]] + x[f"beta[{i}]"] * kept
                d = []
                for level_0, pushed in zip(p, u, strict=True):
                    spread = 100.0 * level_0 * (1.0 - level_0)
                    e = jnp.expm1(jnp.clip(pushed / spread, -40.0, 40.0))
                    d.append(spread * e / (1.0 + level_0 * e))
            cx = d[plan.cx]
            lagged = x["margin_phi"] * (lagged - rel) + rel
            rel = cx
            if path != "no_rivals":
                adoption = x["rival_share"] * _ramp(now["t"] - plan.rival_start + 1.0, x["rival_months"])
                rel = cx - jnp.maximum(cx, 0.0) * x["copy"] * adoption - x["rival_gain"] * adoption
            leaving = x["churn"] * jnp.exp(-x["churn_cx"] * rel)
            joins = x["joins"] * jnp.exp(x["referral_cx"] * rel)
            each = arpu * now["season"] * jnp.exp(x["spend_cx"] * rel)
            contact = x["serve"] * level * jnp.exp(-x["serve_cx"] * cx)
            bad = jnp.clip(x["digital_bad"] * (1.0 - d[plan.ux_customer] * x["digital_slope"]), 0.0, 1.0)
            good, m = 1.0 - bad, plan.interactions
            two_bad = 1.0 - good ** (m - 1) * (good + m * bad)
            churn = jnp.minimum(leaving * (x["digital_rest"] + x["digital_gain"] * two_bad), 1.0)
            revenue, serve = customers * each, customers * contact
            alone = undigital * (x["contribution_margin"] * each - contact)
            customers = customers * (1.0 - churn) + joins
            undigital = undigital * (1.0 - jnp.minimum(leaving, 1.0)) + joins
            leave: Any = 0.0
            work: Any = 0.0
            for g, node in enumerate(plan.groups):
                leave = leave + x[f"leave[{g}]"] * jnp.exp(-x[f"attrition[{g}]"] * d[node])
                work = work + x[f"work[{g}]"] * d[node]
            staff = (work - leave) * level
            top_down = reference * now["season"] * lagged
            other = top_down + staff
            paying = x["contribution_margin"] * revenue - serve + staff
            one_off, running = now["one_off"], now["running"] * level
            gain = paying - now["base"] if "base" in now else 0.0 * paying
            gain_other = other - now["base_other"] if "base" in now else 0.0 * paying
            rest = now["rest"]
            spent = now["first"] * one_off + rest * running
            added = (rest * gain, rest * gain_other, rest * paying, spent, rest * alone, rest * top_down)
            sums = tuple(a + b for a, b in zip(sums, added, strict=True))
            total = total + (gain - one_off - running)
            lowest = jnp.minimum(lowest, total)
            back = jnp.where(total < 0.0, now["t"] + 2.0, back)
            arpu, reference, level = arpu * x["arpu_growth"], reference * x["arpu_growth"], level * x["cost_growth"]
            after = (d, memory, one, customers, undigital, arpu, level, reference, lagged, rel, churn, sums, total)
            return (*after, lowest, back), (paying, other) if path == PATHS[0] else None

        zero = 0.0 * row[0]
        state = (
            [zero] * n,
            [zero] * len(links),
            zero,
            x["customers_start"],
            x["customers_start"],
            x["arpu"],
            1.0 + zero,
            x["revenue_start"] * x["cx_margin"] / 100.0,
            zero,
            zero,
            zero,
            (zero,) * 6,
            zero,
            zero,
            1.0 + zero,
        )
        data = {
            "t": jnp.asarray(t, dtype=jnp.float64),
            "season": jnp.asarray(np.asarray(plan.season)[t % 12]),
            "rest": jnp.asarray(plan.discount_rest),
            "first": jnp.asarray(plan.discount_one_off),
            "one_off": charged(True, False),
            "running": charged(False, True),
        }
        if base_flow is not None:
            data |= {"base": base_flow[0], "base_other": base_flow[1]}
        last, flow = jax.lax.scan(month, state, data)
        d, _, _, customers, _, arpu, level, _, _, _, churn, sums, total, lowest, back = last
        if base_flow is None:
            base_flow, base_end = flow, (customers, churn, sums[4], sums[5])
        yearly = 1.0 + plan.rate
        worth = x["contribution_margin"] * arpu * np.mean(plan.season) - x["serve"] * level
        runoff = (customers - base_end[0]) * worth * yearly ** (-months / 12.0)
        found.append(
            jnp.stack(
                [
                    sums[0] - sums[3],
                    sums[1] - sums[3],
                    sums[3],
                    sums[2] - sums[3],
                    jnp.where((total < 0.0) | (sums[3] == 0.0), jnp.nan, back),
                    -lowest,
                    runoff / (base_end[1] + yearly ** (1.0 / 12.0) - 1.0),
                    customers,
                    sums[4] - base_end[2],
                    sums[5] - base_end[3],
                    *d,
                ]
            )
        )
    return jnp.stack(found)


def compiled(plan: Plan) -> Callable[[Any], NDArray[np.float64]]:
    """Return a function from the matrix ``(row, draw)`` to the results ``(path, field, draw)`` of the kernel."""
    every = jax.jit(jax.vmap(lambda row: _one_draw(plan, row), in_axes=1, out_axes=2))
    return lambda matrix: every(matrix).block_until_ready()
