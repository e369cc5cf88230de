# SPDX-License-Identifier: MIT
"""Random scenarios in which every quantity is a plain number, as plain data and as the text of a file."""

from __future__ import annotations

import random
from typing import Any

from tests.oracle import model

#: Range of each parameter; wide, yet no loop of the default graph comes near 1.
PRIORS = {
    "ex_cx": (0.02, 0.6),
    "cx_ex": (0.01, 0.3),
    "ux_ex": (0.02, 0.5),
    "uxe_cx": (0.01, 0.3),
    "uxc_cx": (0.02, 0.6),
    "mx_cx": (0.02, 0.4),
    "support_front": (0.02, 0.4),
    "reach": (0.2, 3),
    "confounding": (0.05, 0.5),
    "silo_mx": (1, 20),
    "coordination_uplift": (0.0, 0.6),
    "lag_tools": (0.0, 6),
    "lag_people": (0.5, 12),
    "margin_lag": (0.5, 30),
    "churn_cx": (0.0, 0.05),
    "attrition_ex": (0.0, 0.05),
    "referral_cx": (0.0, 0.02),
    "spend_cx": (0.0, 0.01),
    "serve_cx": (0.0, 0.02),
    "digital_leave": (0.0, 1),
    "cx_margin": (0.02, 1),
    "replacement_cost": (0.1, 1),
    "rival_gain": (0.3, 8),
    "copy": (0.0, 1),
}
NAMED = ("index", "percent", "nps", "enps", "likert5", "likert7", "likert10", "stars", "zero_to_ten")


def text_of(value: Any) -> str:
    """Return YAML in flow style, every number without an exponent."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}": {text_of(inner)}' for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(text_of, value)) + "]"
    if isinstance(value, str):
        return f'"{value}"'
    return f"{value:.12f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


class Dice:
    """Draws of what people write: few digits, and the ends of a range more often than chance would."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)

    def number(self, low: float, high: float, digits: int = 4) -> float:
        corner = self._rng.random()
        value = low if corner < 0.04 else high if corner < 0.08 else self._rng.uniform(low, high)
        return round(value, digits)

    def whole(self, low: int, high: int) -> int:
        return self._rng.randint(low, max(low, high))

    def maybe(self, chance: float) -> bool:
        return self._rng.random() < chance

    def one(self, options: Any) -> Any:
        return self._rng.choice(list(options))


def _scale(dice: Dice) -> Any:
    if dice.maybe(0.2):
        return {"worst": dice.one([48.0, 0.0, -5.0]), "best": dice.one([1.0, 10.0, -7.5]), "unit": "h"}
    return dice.one(NAMED)


def baseline_of(dice: Dice) -> Any:
    level = dice.number(3, 97, 2)
    if dice.maybe(0.25):
        return level
    scale = _scale(dice)
    zero, unit = model.level_to_index(0.0, scale), model.points_per_unit(scale)
    told: dict[str, Any] = {"value": round((level - zero) / unit, 4), "scale": scale}
    if dice.maybe(0.3):
        told["measure"] = dice.one(model.MEASURES)
    return told


def _staff(dice: Dice) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("front", "desk", "it", "hr")[: dice.one([0, 1, 2, 2, 3, 4])]:
        group: dict[str, Any] = {"headcount": dice.number(1, 500, 1)}
        if dice.maybe(0.6) or name in ("it", "hr"):
            group["meets_customers"] = dice.maybe(0.75 if name in ("front", "desk") else 0.1)
        if dice.maybe(0.7):
            group |= {"turnover_per_year": dice.number(0, 0.6), "salary_per_year": dice.number(10_000, 80_000, 0)}
        if dice.maybe(0.4):
            group["reach"] = dice.number(0.1, 3, 2)
        found[name] = group
    return found


def _money(dice: Dice, bridge: str) -> dict[str, Any]:
    firm: dict[str, Any] = {}
    if bridge == "customers" or dice.maybe(0.7):
        firm |= {
            "customers": dice.number(10, 9000, 1),
            "churn_per_month": dice.one([dice.number(0.001, 0.06), dice.number(0, 1, 3)]),
            "contribution_margin": dice.number(0.01, 1, 3),
        }
        given = dice.one(["arpu_per_month", "revenue_per_month", "both"])
        if given != "revenue_per_month":
            firm["arpu_per_month"] = dice.number(1, 3000, 1)
        if given != "arpu_per_month":
            firm["revenue_per_month"] = dice.number(1000, 9_000_000, 0)
        if dice.maybe(0.4):
            firm["joins_per_month"] = dice.number(0, 200, 1)
        if dice.maybe(0.6):
            firm |= {"digital_bad": dice.number(0, 1, 3), "digital_interactions": dice.whole(0, 6)}
        if dice.maybe(0.4):
            firm |= {"contacts_per_month": dice.number(0.1, 3, 2), "cost_per_contact": dice.number(0.5, 90, 2)}
    else:
        firm["revenue_per_month"] = dice.number(1000, 9_000_000, 0)
        if dice.maybe(0.5):
            firm["contribution_margin"] = dice.number(0.01, 1, 3)
    for name, low, high in (("arpu_growth", -0.1, 0.2), ("cost_growth", -0.1, 0.2), ("productivity_ex", 0, 0.4)):
        if dice.maybe(0.4):
            firm[name] = dice.number(low, high, 3)
    if dice.maybe(0.3):
        firm["season"] = [dice.number(0, 2, 2) for _ in range(12)]
    if dice.maybe(0.7):
        firm["coordination"] = dice.number(0, 1, 2)
    return firm


def _graph(dice: Dice, staff: dict[str, Any]) -> dict[str, Any]:
    nodes, edges = [], []
    if dice.maybe(0.6):
        nodes.append({"name": "time_to_resolve"})
        edges.append(("time_to_resolve", "cx", 0.3))
        if dice.maybe(0.5):
            edges.append(("ux_employee", "time_to_resolve", 0.5))
        if dice.maybe(0.5):
            edges.append(("coordination", "time_to_resolve", 9.0))
        if dice.maybe(0.3):
            edges.append(("ex", "time_to_resolve", 0.2))
    if staff and dice.maybe(0.5):
        nodes.append({"name": "morale", "per_group": True})
        edges.append(dice.one([("morale", "ex", 0.3), ("ex", "morale", 0.3), ("morale", "cx", 0.2)]))
        if dice.maybe(0.5):
            edges.append(dice.one([("mx", "morale", 0.4), ("coordination", "morale", 6.0)]))
    if dice.maybe(0.3):
        edges.append(dice.one([("cx", "ux_customer", 0.1), ("mx", "ux_customer", 0.4), ("coordination", "cx", 5.0)]))
    told = []
    for source, target, most in edges:
        slope = max(dice.number(0.02 * most, most, 3), 0.001) * (-1 if dice.maybe(0.2) else 1)
        edge: dict[str, Any] = {"source": source, "target": target, "slope": slope}
        if source != "coordination":
            edge["lag"] = dice.one(["lag_tools", "lag_people", dice.number(0, 9, 2)])
        if dice.maybe(0.4):
            edge["silo"] = dice.maybe(0.5)
        told.append(edge)
    return {key: value for key, value in (("nodes", nodes), ("edges", told)) if value}


def _push(dice: Dice, data: dict[str, Any]) -> dict[str, Any]:
    staff = data["organisation"]["staff"]
    kinds = ["ux_employee", "ux_customer", "mx", "cx", *(["ex"] * 3 if staff else [])]
    kinds += [node["name"] for node in data["graph"].get("nodes", [])]
    kind = dice.one(kinds)
    push: dict[str, Any] = {"node": kind}
    if model.is_per_group(data, kind) and dice.maybe(0.6):
        group = dice.one(staff)
        push |= {"node": f"{kind}[{group}]"} if dice.maybe(0.5) else {"group": group}
    scale = _scale(dice)
    size = dice.one([dice.number(1, 12, 2), dice.number(1, 12, 2), dice.number(40, 99, 0)])
    effect = round(size / abs(model.points_per_unit(scale)), 4) * (-1 if dice.maybe(0.3) else 1)
    push |= {"effect": effect, "scale": scale}
    if dice.maybe(0.8):
        push["months"] = dice.number(0, 18, 1)
    if dice.maybe(0.2):
        push["effect_basis"] = dice.one(["delivered", "designed"])
    return push


def _driver(dice: Dice, data: dict[str, Any], name: str, pilot: dict[str, Any] | None) -> dict[str, Any]:
    horizon, longest = data["horizon_months"], 0
    if pilot:
        longest = min(pilot["months"] + pilot.get("decision_months", 1), horizon) - 1
    start = dice.whole(0, min(horizon - 1, longest if pilot else 9)) if dice.maybe(0.4) else 0
    driver: dict[str, Any] = {"name": name, "start": start}
    driver["pushes"] = [_push(dice, data) for _ in range(dice.one([0, 1, 1, 1, 2, 3]))]
    if not driver["pushes"] or dice.maybe(0.3):
        driver["coordination"] = {"to": dice.number(0, 1, 2), "months": dice.number(0, 18, 1)}
    for key, low, high, chance in (
        ("one_off", 0, 300_000, 0.8),
        ("monthly", 0, 20_000, 0.7),
        ("heads", 0, 400, 0.3),
        ("fade", 0, 12, 0.7),
    ):
        if dice.maybe(chance):
            driver[key] = dice.number(low, high, 1)
    reached = any(p["node"].startswith(("ex", "ux_employee", "morale[")) or "group" in p for p in driver["pushes"])
    if ("heads" in driver or (reached and data["organisation"]["staff"])) and dice.maybe(0.6):
        driver["per_head_monthly"] = dice.number(0, 40, 1)
    if dice.maybe(0.35):
        driver["months"] = dice.whole(max(1, pilot["months"] if pilot else 1), 30)
    driver |= {"delivery": dice.number(0, 1.2, 2), "cost_overrun": dice.number(0.5, 3, 2), "slip": dice.number(0, 5, 2)}
    return driver


def _pilot(dice: Dice, horizon: int) -> dict[str, Any] | None:
    if horizon < 3 or dice.maybe(0.15):
        return None
    decision = dice.whole(0, min(3, horizon - 2))
    pilot: dict[str, Any] = {
        "months": dice.whole(1, min(12, horizon - decision - 1)),
        "scope": dice.number(0.01, 0.99, 2),
    }
    if decision != 1 or dice.maybe(0.5):
        pilot["decision_months"] = decision
    elif pilot["months"] + 1 >= horizon:
        pilot["decision_months"] = 0
    for key, high in (("one_off", 90_000), ("monthly", 9000), ("reusable", 1), ("cost_per_response", 20)):
        if dice.maybe(0.7):
            pilot[key] = dice.number(0, high, 2)
    if dice.maybe(0.6):
        pilot |= {"respondents": dice.number(0, 200, 0), "waves": dice.whole(1, 6)}
    return pilot


def scenario(seed: int) -> dict[str, Any]:
    """Return one scenario as plain data; every quantity in it is a number."""
    dice = Dice(seed)
    data: dict[str, Any] = {"horizon_months": dice.one([1, 2, 3, 240, *(dice.whole(4, 60) for _ in range(8))])}
    data["bridge"] = dice.one(["customers", "customers", "margin"])
    staff = _staff(dice)
    data["organisation"] = {"staff": staff, **_money(dice, data["bridge"])}
    data["graph"] = _graph(dice, staff)
    index: dict[str, Any] = {}
    for node in model.nodes_of(data):
        kind = node.partition("[")[0]
        if kind == node or dice.maybe(0.6):
            index[node] = baseline_of(dice)
        elif kind not in index:
            index[kind] = baseline_of(dice)
    data["organisation"]["index"] = index
    data["priors"] = {name: dice.number(low, high) for name, (low, high) in PRIORS.items()}
    edges = ["ux_employee -> cx", "ux_customer -> cx", "mx -> cx", "coordination -> mx"]
    edges += ["ex -> cx", "cx -> ex", "ux_employee -> ex", "ex[internal] -> ex[customer_facing]"]
    edges += [f"{edge['source']} -> {edge['target']}" for edge in data["graph"].get("edges", [])]
    if dice.maybe(0.4):
        data["edges"] = {dice.one(edges): dice.one(["off", 0, dice.number(0, 1.5, 2)]) for _ in range(dice.whole(1, 3))}
    pilot = _pilot(dice, data["horizon_months"])
    if pilot:
        data["pilot"] = pilot
    data["drivers"] = [_driver(dice, data, f"d{i}", pilot) for i in range(dice.one([1, 1, 1, 2, 3]))]
    if pilot:
        data["drivers"][0]["start"] = (
            0
            if data["drivers"][1:]
            else min(
                data["drivers"][0]["start"],
                data["horizon_months"] - pilot["months"] - pilot.get("decision_months", 1) - 1,
            )
        )
    if dice.maybe(0.4):
        data["rivals"] = {"share": dice.number(0, 1, 2), "months": dice.number(0, 40, 1)}
        if dice.maybe(0.6):
            data["rivals"]["start"] = dice.whole(0, 12)
    data["discount_rate"] = dice.number(-0.05, 0.4, 3)
    for key, options in (("convention", ("monthly", "annual")), ("terminal", ("none", "runoff"))):
        if dice.maybe(0.6):
            data[key] = dice.one(options)
    if dice.maybe(0.3):
        limits = {"max_peak_funding": dice.number(0, 500_000, 0), "max_p_loss": dice.number(0, 1, 2)}
        data["decision"] = {name: limits[name] for name in limits if dice.maybe(0.6)} | {
            "material": dice.number(0, 1, 2)
        }
    needed = model.reached(data)
    for name in [
        name for name in index if name not in needed and "[" not in name and not model.is_per_group(data, name)
    ]:
        if dice.maybe(0.5):
            del index[name]
    return data


def as_text(data: dict[str, Any]) -> str:
    """Return the scenario as the text of a file."""
    return "".join(f"{key}: {text_of(value)}\n" for key, value in data.items())
