# SPDX-License-Identifier: MIT
"""The equations of docs/model.md for one draw in plain Python, as one writes them for a workbench of experiments."""

from __future__ import annotations

import math
from collections.abc import Mapping

from txsim.simulate.plan import PATHS, Plan


def ramp(elapsed: float, months: float) -> float:
    r = min(max(elapsed / max(months, 1.0), 0.0), 1.0)
    return r * r * (3.0 - 2.0 * r)


def npv_of_paths(plan: Plan, x: Mapping[str, float]) -> list[float]:
    """Return the net present value of each path of ``PATHS``, less that of doing nothing."""
    n, links = len(plan.nodes), [k for k, source in enumerate(plan.link_source) if source >= 0]
    p = [x[f"baseline[{i}]"] for i in range(n)]
    spread = [100.0 * level * (1.0 - level) for level in p]
    base: list[float] = []
    found = []
    for number in range(len(PATHS)):
        wave = plan.waves[0][number]
        d, memory = [0.0] * n, dict.fromkeys(links, 0.0)
        customers, arpu, level = x["customers_start"], x["arpu"], 1.0
        total = cost = 0.0
        for t in range(plan.months):
            if wave.first:
                factor = 0.0
                if t >= wave.start:
                    factor = ramp(min(t, wave.end - 1) - wave.start + 1 - x["slip[0]"], x["ramp[0]"])
                    factor *= x["decay[0]"] ** max(t - wave.end + 1, 0) * (x["scope"] if wave.first == 2 else 1.0)
                if wave.second and t >= wave.second_start:
                    second = ramp(t - wave.second_start + 1 - x["slip[0]"], x["ramp[0]"])
                    factor += (1.0 - x["scope"]) * second
                u = [0.0] * n
                for k in links:
                    cause = d[plan.link_source[k]]
                    memory[k] = x[f"phi[{k}]"] * (memory[k] - cause) + cause
                    u[plan.link_target[k]] += x[f"beta[{k}]"] * memory[k]
                u[plan.push_node[0]] += x["push[0]"] * factor
                e = [math.expm1(min(max(push / s, -40.0), 40.0)) for push, s in zip(u, spread, strict=True)]
                d = [s * g / (1.0 + q * g) for s, g, q in zip(spread, e, p, strict=True)]
            rel = cx = d[plan.cx]
            if PATHS[number] != "no_rivals":
                adoption = x["rival_share"] * ramp(t - plan.rival_start + 1.0, x["rival_months"])
                rel = cx - max(cx, 0.0) * x["copy"] * adoption - x["rival_gain"] * adoption
            bad = min(max(x["digital_bad"] * (1.0 - d[plan.ux_customer] * x["digital_slope"]), 0.0), 1.0)
            m = plan.interactions
            two_bad = 1.0 - (1.0 - bad) ** (m - 1) * (1.0 - bad + m * bad)
            leaving = x["churn"] * math.exp(-x["churn_cx"] * rel)
            churn = min(leaving * (x["digital_rest"] + x["digital_gain"] * two_bad), 1.0)
            each = arpu * plan.season[t % 12] * math.exp(x["spend_cx"] * rel)
            serve = customers * x["serve"] * level * math.exp(-x["serve_cx"] * cx)
            leave = sum(
                x[f"leave[{g}]"] * math.exp(-x[f"attrition[{g}]"] * d[node]) for g, node in enumerate(plan.groups)
            )
            profit = x["contribution_margin"] * customers * each - serve - leave * level
            customers = customers * (1.0 - churn) + x["joins"] * math.exp(x["referral_cx"] * rel)
            for k, spans in enumerate(plan.item_months):
                if spans[number][0] <= t < spans[number][1]:
                    amount = x[f"item[{k}]"] * (level if plan.item_grows[k] else 1.0)
                    cost += amount * (plan.discount_one_off if plan.item_one_off[k] else plan.discount_rest)[t]
            if number == 0:
                base.append(profit)
            total += plan.discount_rest[t] * (profit - base[t])
            arpu, level = arpu * x["arpu_growth"], level * x["cost_growth"]
        found.append(total - cost)
    return found
