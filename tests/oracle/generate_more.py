# SPDX-License-Identifier: MIT
"""Random scenarios that also have what sections 11 to 16 of docs/model.md add."""

from __future__ import annotations

from typing import Any

from tests.oracle.generate import Dice, baseline_of, scenario


def with_more(seed: int) -> dict[str, Any]:
    """Return one scenario that also has what sections 11 to 16 add, some of it or all."""
    data, dice = scenario(seed), Dice(100_000 + seed)
    firm = data["organisation"]
    data["priors"] |= {"time_ux": dice.number(0, 0.3), "absence_ex": dice.number(0, 0.05)}
    paid = [name for name, group in firm["staff"].items() if "salary_per_year" in group]
    for name in paid:
        if dice.maybe(0.5):
            firm["staff"][name]["absence_rate"] = dice.number(0, 0.3)
    if any("absence_rate" in group for group in firm["staff"].values()) and dice.maybe(0.8):
        firm["absence_cover"] = dice.number(0, 2, 2)
    if paid and dice.maybe(0.6):
        firm["time_realised"] = dice.number(0, 1, 2)
    for name in firm["staff"]:
        if "ux_employee" in firm["index"] and dice.maybe(0.2):
            firm["index"][f"ux_employee[{name}]"] = baseline_of(dice)
    for driver in data["drivers"]:
        _more_of_driver(dice, driver, list(firm["staff"]), paid)
    if "pilot" in data:
        _more_of_pilot(dice, data)
    if dice.maybe(0.6):
        data["finance"] = {"tax_rate": dice.number(0, 1, 2)} | ({"write_off": True} if dice.maybe(0.4) else {})
        if dice.maybe(0.5):
            data["decision"] = data.get("decision", {}) | {"after_tax": True}
    if dice.maybe(0.5):
        firm["segments"] = {name: _segment(dice, data) for name in "abcde"[: dice.whole(2, 5)]}
    return data


def _more_of_driver(dice: Dice, driver: dict[str, Any], staff: list[str], paid: list[str]) -> None:
    for push in driver["pushes"]:
        if push["node"] == "ux_employee" and staff and dice.maybe(0.6):
            push |= {"node": f"ux_employee[{dice.one(staff)}]"} if dice.maybe(0.4) else {"group": dice.one(staff)}
        if dice.maybe(0.4):
            whole = (push.get("months", 6) + driver["slip"]) % 1  # a ramp that is complete on a month, to a hair
            least = 0.1 if min(whole, 1 - whole) < 1e-6 else 0.0
            push["tires"] = {"half_life": max(dice.number(0, 12, 1), least)}
            if dice.maybe(0.6):
                push["tires"]["lasts"] = dice.number(0, 1, 2)
    benefits = []
    for _ in range(dice.one([0, 0, 1, 1, 2, 3])):
        benefit: dict[str, Any] = {"monthly": dice.number(0, 20_000, 0)}
        if paid and dice.maybe(0.4):
            benefit = {"time_saved": dice.number(0, 0.3, 3), "group": dice.one(paid)}
        elif dice.maybe(0.4):
            benefit["kind"] = dice.one(["cash", "capacity"])
        if ("time_saved" in benefit or benefit.get("kind") == "capacity") and dice.maybe(0.6):
            benefit["realised"] = dice.number(0, 1, 2)
        if dice.maybe(0.5):
            benefit["months"] = dice.number(0, 12, 1)
        if dice.maybe(0.3):
            benefit["benefit_basis"] = dice.one(["designed", "delivered"])
        if dice.maybe(0.4):
            benefit["in_pilot"] = dice.maybe(0.3)
        benefits.append(benefit)
    if benefits:
        driver["benefits"] = benefits
    costs = _costs(dice, 40)
    if costs:
        driver["costs"] = costs
    if dice.maybe(0.4):
        driver |= {"one_off_kind": "capex", "one_off_life": dice.whole(1, 60)}


def _costs(dice: Dice, most: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for i in range(dice.one([0, 0, 1, 2, 3])):
        cost: dict[str, Any] = {"name": f"c{i}", "amount": dice.number(0, 60_000, 0)}
        if dice.maybe(0.6):
            cost["month"] = dice.whole(0, most)
            if dice.maybe(0.5):
                cost |= {"kind": "capex", "life": dice.one([1, dice.whole(1, 80)])}
        else:
            cost["from"] = dice.whole(0, most)
            if dice.maybe(0.5):
                cost["months"] = dice.whole(1, 20)
        found.append(cost)
    return found


def _more_of_pilot(dice: Dice, data: dict[str, Any]) -> None:
    pilot = data["pilot"]
    costs = _costs(dice, pilot["months"] + pilot.get("decision_months", 1) - 1)
    if costs:
        pilot["costs"] = costs
    capex = any(driver.get("one_off_kind") == "capex" for driver in data["drivers"])
    if dice.maybe(0.2):
        pilot |= {"one_off_kind": "capex", "one_off_life": dice.whole(1, 40)}
    elif dice.maybe(0.2):
        pilot["one_off_kind"] = "opex"
    elif capex and dice.maybe(0.3):
        pilot["one_off_life"] = dice.whole(1, 40)


def _segment(dice: Dice, data: dict[str, Any]) -> dict[str, Any]:
    firm = data["organisation"]
    found: dict[str, Any] = {
        "customers": dice.number(1, 5000, 1),
        "churn_per_month": dice.one([dice.number(0.001, 0.06), dice.number(0, 1, 3)]),
        "arpu_per_month": dice.number(1, 3000, 1),
    }
    if dice.maybe(0.7):
        found["responds"] = dice.one([0, 1, dice.number(0, 3, 2), 1.5])
    if dice.maybe(0.4):
        found["joins_per_month"] = dice.number(0, 100, 1)
    if "contribution_margin" not in firm or dice.maybe(0.4):
        found["contribution_margin"] = dice.number(0.01, 1, 3)
    if dice.maybe(0.4):
        found |= {"contacts_per_month": dice.number(0.1, 3, 2), "cost_per_contact": dice.number(0.5, 90, 2)}
    if dice.maybe(0.4):
        found["arpu_growth"] = dice.number(-0.1, 0.2, 3)
    if "digital_bad" in firm:
        if dice.maybe(0.4):
            found["digital_bad"] = dice.number(0, 1, 3)
        if dice.maybe(0.4):
            found["digital_interactions"] = dice.whole(0, 6)
    elif dice.maybe(0.3):
        found |= {"digital_bad": dice.number(0, 1, 3), "digital_interactions": dice.whole(0, 6)}
    return found
