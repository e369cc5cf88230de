# SPDX-License-Identifier: MIT
"""Sections 6 and 16 of docs/model.md, and what section 5 says of the horizon's end, from the months of :mod:`model`."""

from __future__ import annotations

import math
from typing import Any

from tests.oracle import model

OPTIONS = ("do_nothing", "commit", "commit_stop", "pilot_scale", "pilot_stop")


def factors(data: dict[str, Any], t: int) -> tuple[float, float]:
    """Discount factor of a one-off in month t, and of all else."""
    growth = 1 + data.get("discount_rate", 0.1)
    if data.get("convention", "monthly") == "annual":
        year_end = growth ** -(t // 12 + 1)
        return (1.0 if t == 0 else year_end), year_end
    return growth ** (-t / 12), growth ** (-(t + 1) / 12)


def present(data: dict[str, Any], months: list[float]) -> float:
    return sum(value * factors(data, t)[1] for t, value in enumerate(months))


def pv_cost(data: dict[str, Any], path: dict[str, list[float]]) -> float:
    return sum(value * factors(data, t)[0] for t, value in enumerate(path["one_off"])) + present(data, path["running"])


def npv(
    data: dict[str, Any], path: dict[str, list[float]], nothing: dict[str, list[float]], bridge: str
) -> float | None:
    mine, theirs = path[f"profit_{bridge}"], nothing[f"profit_{bridge}"]
    if not mine:
        return None
    gross = [a + cost - b for a, cost, b in zip(mine, path["cost"], theirs, strict=True)]
    return present(data, gross) - pv_cost(data, path)


def payback_and_peak(payoff: list[float]) -> tuple[int | None, float]:
    total, sums = 0.0, []
    for value in payoff:
        total += value
        sums.append(total)
    month = next((t + 1 for t in range(len(sums)) if min(sums[t:]) >= 0), None)
    return month, max(0.0, -min(sums))


def runoff(data: dict[str, Any], told: dict[str, Any], end: float, end_0: float, churn: float, months: int) -> Any:
    """Value after the horizon of one segment, or of all customers; ``None`` where it has no end."""
    firm, growth = data["organisation"], 1 + data.get("discount_rate", 0.1)
    arpu = told["arpu_per_month"] * (1 + told.get("arpu_growth", 0.0)) ** (months / 12)
    arpu *= sum(firm.get("season") or [1.0] * 12) / 12
    contact = told.get("cost_per_contact", 0.0) * (1 + firm.get("cost_growth", 0.0)) ** (months / 12)
    each = told["contribution_margin"] * arpu - told.get("contacts_per_month", 0.0) * contact
    left = growth ** (1 / 12) - 1 + churn
    if left < 1e-12:  # open: worth something for ever
        return None
    return (end - end_0) * each * growth ** (-months / 12) / left


def runoffs(data: dict[str, Any], path: Any, nothing: Any, months: int) -> dict[str, Any]:
    """15: by segment; without segments one part, `all`."""
    segments = model.segments_of(data)
    if segments:
        return {
            name: runoff(
                data,
                told,
                path["segments"][name]["end"][0],
                nothing["segments"][name]["end"][0],
                nothing["segments"][name]["churn"][-1],
                months,
            )
            for name, told in segments.items()
        }
    own = model.own_customers(data)["all"]
    return {"all": runoff(data, own, path["end"][0], nothing["end"][0], nothing["churn"][-1], months)}


def written_off(path: Any, t: int, months: int, write_off: bool) -> float:
    """16: straight-line over `life` months from the month of payment; what is never paid is never written off."""
    total = 0.0
    for month, money, life in path["once"]:
        if life and month < months and month <= t < month + life:
            if write_off and t >= months:
                continue
            left = month + life - t if write_off and t == months - 1 else 1
            total += money * left / life
    return total


def taxes(data: dict[str, Any], path: Any, payoff: list[float], months: int) -> dict[str, Any]:
    """16: capex, depreciation and tax by month, and the present value of tax with the relief after the horizon."""
    rate = data.get("finance", {}).get("tax_rate", 0.0)
    write_off = data.get("finance", {}).get("write_off", False)
    capex = [sum(money for month, money, life in path["once"] if life and month == t) for t in range(months)]
    end = max([months, *(month + life for month, _, life in path["once"] if month < months)])
    gone = [written_off(path, t, months, write_off) for t in range(end)]
    tax = [rate * (payoff[t] + capex[t] - gone[t]) for t in range(months)]
    relief = [rate * gone[t] for t in range(months, end)]
    pv = present(data, tax) - sum(value * factors(data, months + i)[1] for i, value in enumerate(relief))
    return {
        "capex": capex,
        "depreciation": gone[:months],
        "tax": tax,
        "pv": pv,
        "all": gone,
        "life": sum(tax) - sum(relief),
    }


def solve(data: dict[str, Any], months: int | None = None) -> dict[str, Any]:
    """Return trajectories and payoffs of every option of a scenario as it is written, all of it plain numbers."""
    months = months or data.get("horizon_months", 36)
    bridge = data.get("bridge", "customers")
    other = "margin" if bridge == "customers" else "customers"
    names = OPTIONS if data.get("pilot") else OPTIONS[:2]
    paths = {option: model.simulate(data, option, months) for option in names}
    nothing = paths["do_nothing"]
    found: dict[str, Any] = {"paths": paths, "options": {}}
    for option, path in paths.items():
        paid = path[f"profit_{bridge}"]
        payoff = [a - b for a, b in zip(paid, nothing[f"profit_{bridge}"], strict=True)]
        tax = taxes(data, path, payoff, months)
        path |= {name: tax[name] for name in ("capex", "depreciation", "tax")}
        after_tax = data.get("decision", {}).get("after_tax", False)
        paid_out = [a - b for a, b in zip(payoff, tax["tax"], strict=True)] if after_tax else payoff
        month, peak = payback_and_peak(paid_out)[0], payback_and_peak(payoff)[1]
        cost = pv_cost(data, path)
        value = npv(data, path, nothing, bridge)
        value_after = None if value is None else value - tax["pv"]
        parts = runoffs(data, path, nothing, months) if bridge == "customers" else {}
        after = sum(parts.values()) if parts and None not in parts.values() else None
        kept = 1 - data.get("finance", {}).get("tax_rate", 0.0)
        if data.get("terminal") == "runoff" and bridge == "customers":
            value = None if after is None or value is None else value + after
            value_after = None if after is None or value_after is None else value_after + kept * after
        if after_tax and after is not None:
            after *= kept
        worth = value_after if after_tax else value
        segments = {
            name: present(
                data,
                [a - b for a, b in zip(part["contribution"], nothing["segments"][name]["contribution"], strict=True)],
            )
            for name, part in (path["segments"].items() if bridge == "customers" else ())
        }
        found["options"][option] = {
            "npv": value,
            "npv_after_tax": value_after,
            "worth": worth,
            "capacity_freed": present(data, path["capacity"]),
            "payoff_by_segment": segments or None,
            "npv_other_bridge": npv(data, path, nothing, other),
            "pv_cost": cost,
            "roi": worth / cost if cost > 0 and worth is not None else None,
            "payback": month if cost > 0 else None,
            "peak_funding": peak,
            "runoff": after,
            "customers_end": path["end"][0] if path["end"] else None,
            "delta": {node: path[node][-1] for node in model.nodes_of(data)},
            "payoff": payoff,
            "paid_out": paid_out,
            "cx_customers": present(
                data, [a - b for a, b in zip(path["cx_customers"], nothing["cx_customers"], strict=True)]
            ),
            "cx_margin": present(
                data, [a - b for a, b in zip(path["margin_gain"], nothing["margin_gain"], strict=True)]
            ),
        }
    found["pv_profit"] = level(data, nothing)
    if data.get("rivals"):
        alone = model.simulate(data, "do_nothing", months, rivals=False)
        name = f"profit_{bridge}"
        found["standing_still"] = present(data, [a - b for a, b in zip(nothing[name], alone[name], strict=True)])
    else:
        found["standing_still"] = None
    return found


def verdict(data: dict[str, Any], found: dict[str, Any]) -> tuple[str, float, bool, float]:
    """Return the best option, its NPV, whether that is too close to call, and how far the nearest border is.

    Open: the choice is between doing nothing, committing, and piloting before scaling; without draws there is no
    Monte Carlo error, and a loss is certain or impossible.
    """
    limits, options = data.get("decision", {}), found["options"]
    allowed = {"do_nothing": 0.0}
    for option in ("commit", "pilot_scale"):
        if option in options:
            figures = options[option]
            loses = 1.0 if figures["worth"] < 0 else 0.0
            within = figures["peak_funding"] <= limits.get("max_peak_funding", math.inf)
            if loses <= limits.get("max_p_loss", 1.0) and within:
                allowed[option] = figures["worth"]
    best = max(allowed, key=lambda option: allowed[option])
    material = limits.get("material", 0.05) * options["commit"]["pv_cost"]
    gaps = [allowed[best] - value for option, value in allowed.items() if option != best]
    border = min((abs(gap - edge) for gap in gaps for edge in (0.0, material)), default=math.inf)
    return best, allowed[best], any(gap < material for gap in gaps), border


def level(data: dict[str, Any], nothing: dict[str, list[float]]) -> float | None:
    """Return the present value of what doing nothing earns."""
    if data.get("bridge", "customers") == "customers":
        return present(data, nothing["profit_customers"])
    segments, firm = model.segments_of(data), data["organisation"]
    told = segments or {"all": firm}
    if any(each.get("contribution_margin") is None for each in told.values()):
        return None
    season = firm.get("season") or [1.0] * 12
    levels = []
    for t, (profit, base) in enumerate(zip(nothing["profit_margin"], nothing["revenue_base"], strict=True)):
        for each in told.values():
            revenue = base
            if segments:
                growth = (1 + each.get("arpu_growth", 0.0)) ** (t / 12)
                revenue = each["customers"] * each["arpu_per_month"] * growth * season[t % 12]
            profit += each["contribution_margin"] * revenue
        levels.append(profit)
    return present(data, levels)
