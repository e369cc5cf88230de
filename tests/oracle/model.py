# SPDX-License-Identifier: MIT
"""Sections 3, 5 and 14 of docs/model.md once more: one month after the other.

Nothing here and beside it is shared with the package: scales, graph, drivers, money and payoffs are written from the
page, slowly and as it says them, for a scenario in which every quantity is a number. What the page leaves open is
marked "open:".
"""

from __future__ import annotations

import math
from typing import Any

from tests.oracle.customers import added_up, customers_of, own_customers, segments_of
from tests.oracle.driver import Action, ramp, survey_cost
from tests.oracle.graph import (
    MEASURES,
    baseline,
    is_per_group,
    level_to_index,
    links_of,
    measured,
    members,
    nodes_of,
    points_per_unit,
    reached,
    sd_ratio,
    told_index,
    tools_by_group,
)

__all__ = [
    "MEASURES",
    "is_per_group",
    "level_to_index",
    "measured",
    "nodes_of",
    "own_customers",
    "points_per_unit",
    "reached",
    "segments_of",
    "simulate",
    "told_index",
]


def simulate(data: dict[str, Any], option: str, months: int, rivals: bool = True) -> dict[str, list[float]]:
    """Return every monthly figure of one option by name; nodes as deviations."""
    firm, prior, staff = data["organisation"], data["priors"], data["organisation"].get("staff", {})
    nodes, links = nodes_of(data), links_of(data)
    actions = [Action(data, driver, option) for driver in data.get("drivers", [])] if option != "do_nothing" else []
    base = {node: baseline(data, node) / 100 for node in nodes}
    ratio = {node: sd_ratio(data, node) for node in nodes}
    c0 = firm.get("coordination", 0.0)
    rate = {
        name: prior[name] / ratio["cx"] for name in ("churn_cx", "referral_cx", "spend_cx", "serve_cx", "cx_margin")
    }
    each = segments_of(data)
    revenue_0 = firm.get("revenue_per_month")
    if revenue_0 is None and firm.get("customers") is not None and firm.get("arpu_per_month") is not None:
        revenue_0 = firm["customers"] * firm["arpu_per_month"]
    lag = 1 - 1 / max(prior["margin_lag"], 1)
    names = [
        *nodes,
        "coordination",
        "rel",
        "revenue_base",
        "settled",
        "margin_gain",
        "leave",
        "work",
        "one_off",
        "running",
    ]
    names += ["cost", "margin_effect", "profit_margin", "profit_customers", "time", "absent", "benefit", "capacity"]
    out: dict[str, list[float]] = {name: [] for name in names}
    state, filtered = dict.fromkeys(nodes, 0.0), [0.0] * len(links)
    settled = rel = 0.0
    once = [item for act in actions for item in act.one_offs()]
    for t in range(months):
        grown = (1 + firm.get("cost_growth", 0.0)) ** (t / 12)
        season = (firm.get("season") or [1.0] * 12)[t % 12]
        price = (1 + firm.get("arpu_growth", 0.0)) ** (t / 12) * season
        # coordination and silos
        c = c0
        for act in actions:
            aim = act.driver.get("coordination")
            if aim:
                c += (aim["to"] - c0) * act.driver["delivery"] * act.shape(t, aim["months"])
        c = min(max(c, 0.0), 1.0)
        lift = (1 + prior["coordination_uplift"] * c) / (1 + prior["coordination_uplift"] * c0)
        # pushes
        total = dict.fromkeys(nodes, 0.0)
        for act in actions:
            for push in act.driver.get("pushes", []):
                kind = f"{push['node']}[{push['group']}]" if push.get("group") else push["node"]
                q = push["effect"] * points_per_unit(push.get("scale", "index"))
                q *= 1.0 if push.get("effect_basis") == "delivered" else act.driver["delivery"]
                for node in [kind] if "[" in kind else members(data, kind):
                    total[node] += q * act.shape(t, push.get("months", 6), push.get("tires"))
        # influences, one month late at least
        for e, (source, target, beta, delay, silo) in enumerate(links):
            if source == "coordination":
                total[target] += beta * (c - c0)
                continue
            phi = 1 - 1 / max(delay, 1)
            filtered[e] = phi * filtered[e] + (1 - phi) * state[source] if t else 0.0
            total[target] += (lift if silo else 1.0) * beta * filtered[e]
        if t:
            settled = lag * settled + (1 - lag) * rel
        for node in nodes:
            spread = 100 * base[node] * (1 - base[node])
            z = min(max(total[node] / spread, -40.0), 40.0)
            state[node] = spread * math.expm1(z) / (1 + base[node] * math.expm1(z))
            out[node].append(state[node])
        out["coordination"].append(c)
        # customers' experience against that of rivals
        told = data.get("rivals")
        adopted = told["share"] * ramp(t, told.get("start", 0), told["months"], 0.0) if told and rivals else 0.0
        d = state["cx"]
        rel = max(d, 0) * (1 - prior["copy"] * adopted) + min(d, 0) - prior["rival_gain"] * ratio["cx"] * adopted
        out["rel"].append(rel)
        # staff
        leave = work = saved = present = 0.0
        for g, group in staff.items():
            if "salary_per_year" in group:
                salary, ex = group["salary_per_year"] * grown, state[f"ex[{g}]"]
                quits = group["turnover_per_year"] / 12 * math.exp(-prior["attrition_ex"] / ratio[f"ex[{g}]"] * ex)
                leave += group["headcount"] * quits * prior["replacement_cost"] * salary
                work += group["headcount"] * salary / 12 * firm.get("productivity_ex", 0.0) / 100 * ex
                tools = f"ux_employee[{g}]" if tools_by_group(data) else "ux_employee"
                if "time_realised" in firm:  # 14
                    points = state[tools] / ratio[tools]
                    saved += group["headcount"] * salary / 12 * prior["time_ux"] / 100 * points
                if "absence_rate" in group:
                    less = -math.expm1(-prior["absence_ex"] * ex / ratio[f"ex[{g}]"])
                    present += group["headcount"] * salary / 12 * group["absence_rate"] * less
        realised, cover = firm.get("time_realised", 0.0), firm.get("absence_cover", 0.0)
        time, absent = realised * saved, cover * present
        work += time + absent
        cash = sum(act.benefits(t)[0] for act in actions) * grown
        freed = sum(act.benefits(t)[1] for act in actions) * grown
        freed += (1 - realised) * saved + max(1 - cover, 0.0) * present
        one_off = sum(money for month, money, _ in once if month == t)
        one_off += survey_cost(data, t) if option.startswith("pilot") else 0.0
        running = sum(act.running(t) for act in actions) * grown
        for name, value in (("leave", leave), ("work", work), ("one_off", one_off), ("running", running)):
            out[name].append(value)
        for name, value in (("time", time), ("absent", absent), ("benefit", cash), ("capacity", freed)):
            out[name].append(value)
        out["cost"].append(one_off + running)
        # top-down
        base_revenue = None if revenue_0 is None else revenue_0 * price
        if each:  # 15
            base_revenue = season * sum(
                s["customers"] * s["arpu_per_month"] * (1 + s.get("arpu_growth", 0.0)) ** (t / 12)
                for s in each.values()
            )
        if base_revenue is not None:
            out["revenue_base"].append(base_revenue)
            gain = base_revenue / 100 * rate["cx_margin"] * settled
            out["margin_gain"].append(gain)
            out["margin_effect"].append(gain - leave + work + cash)
            out["profit_margin"].append(gain - leave + work + cash - one_off - running)
    out["once"] = once  # type: ignore[assignment]
    told = each or own_customers(data)
    parts = {name: customers_of(data, figures, out, rate, ratio, months) for name, figures in told.items()}
    out |= added_up(parts)
    if parts and all("contribution" in part for part in parts.values()):
        for t in range(months):
            gained = sum(part["contribution"][t] for part in parts.values())
            staff_money = out["work"][t] - out["leave"][t] + out["benefit"][t]
            out["profit_customers"].append(gained + staff_money - out["cost"][t])
    out["segments"] = parts if each else {}  # type: ignore[assignment]
    return out
