# SPDX-License-Identifier: MIT
"""Section 6 of docs/model.md, and what section 5 says of the horizon's end, from the months of :mod:`model`."""

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


def runoff(
    data: dict[str, Any], path: dict[str, list[float]], nothing: dict[str, list[float]], months: int
) -> float | None:
    firm, growth = data["organisation"], 1 + data.get("discount_rate", 0.1)
    arpu = firm.get("arpu_per_month") or firm["revenue_per_month"] / firm["customers"]
    arpu *= (1 + firm.get("arpu_growth", 0.0)) ** (months / 12) * sum(firm.get("season") or [1.0] * 12) / 12
    contact = firm.get("cost_per_contact", 0.0) * (1 + firm.get("cost_growth", 0.0)) ** (months / 12)
    each = firm["contribution_margin"] * arpu - firm.get("contacts_per_month", 0.0) * contact
    left = growth ** (1 / 12) - 1 + nothing["churn"][-1]
    if left < 1e-12:  # open: worth something for ever
        return None
    return (path["end"][0] - nothing["end"][0]) * each * growth ** (-months / 12) / left


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
        month, peak = payback_and_peak(payoff)
        cost = pv_cost(data, path)
        value = npv(data, path, nothing, bridge)
        after = runoff(data, path, nothing, months) if bridge == "customers" else None
        if data.get("terminal") == "runoff" and after is not None and value is not None:
            value += after
        found["options"][option] = {
            "npv": value,
            "npv_other_bridge": npv(data, path, nothing, other),
            "pv_cost": cost,
            "roi": value / cost if cost > 0 and value is not None else None,
            "payback": month if cost > 0 else None,
            "peak_funding": peak,
            "runoff": after,
            "customers_end": path["end"][0] if path["end"] else None,
            "delta": {node: path[node][-1] for node in model.nodes_of(data)},
            "payoff": payoff,
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
            loses = 1.0 if figures["npv"] < 0 else 0.0
            within = figures["peak_funding"] <= limits.get("max_peak_funding", math.inf)
            if loses <= limits.get("max_p_loss", 1.0) and within:
                allowed[option] = figures["npv"]
    best = max(allowed, key=lambda option: allowed[option])
    cost = {option: figures["pv_cost"] for option, figures in options.items()} | {"do_nothing": 0.0}
    share = limits.get("material", 0.05)
    gaps = [
        (allowed[best] - value, share * max(cost[best], cost[option]))
        for option, value in allowed.items()
        if option != best
    ]
    border = min((abs(gap - edge) for gap, material in gaps for edge in (0.0, material)), default=math.inf)
    return best, allowed[best], any(gap <= material for gap, material in gaps), border


def level(data: dict[str, Any], nothing: dict[str, list[float]]) -> float | None:
    """Return the present value of what doing nothing earns."""
    if data.get("bridge", "customers") == "customers":
        return present(data, nothing["profit_customers"])
    margin = data["organisation"].get("contribution_margin")
    if margin is None:
        return None
    return present(
        data, [a + margin * r for a, r in zip(nothing["profit_margin"], nothing["revenue_base"], strict=True)]
    )
