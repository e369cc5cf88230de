# SPDX-License-Identifier: MIT
"""Sections 4, 11, 13 and 16 of docs/model.md once more: what a driver does and costs under one option."""

from __future__ import annotations

import math
from typing import Any

from tests.oracle.graph import is_per_group

FOR_EVER = 10**9


def ramp(t: int, s: float, m: float, slip: float) -> float:
    r = min(max((t - s - slip + 1) / max(m, 1), 0.0), 1.0)
    return r * r * (3 - 2 * r)


def vigour(t: int, s: int, m: float, slip: float, tires: Any) -> float:
    """13: what is left of a wave that tires."""
    if not tires:
        return 1.0
    lasts, half_life = tires.get("lasts", 0.0), tires["half_life"]
    age = t - s - slip - max(m, 1) + 1
    if half_life == 0:
        return lasts if age >= 0 else 1.0
    return lasts + (1 - lasts) * 0.5 ** (max(0, age) / half_life)


def wave(t: int, begin: int, end: int, m: float, slip: float, fade: float, tires: Any = None) -> float:
    if t < begin:
        return 0.0
    if t < end:
        return ramp(t, begin, m, slip) * vigour(t, begin, m, slip, tires)
    last = ramp(end - 1, begin, m, slip) * vigour(end - 1, begin, m, slip, tires)
    return last * (0.0 if fade == 0 else 0.5 ** ((t - end + 1) / fade))


class Action:
    """A driver under one option: its shape and its cost."""

    def __init__(self, data: dict[str, Any], driver: dict[str, Any], option: str) -> None:
        self.data, self.driver, self.option = data, driver, option
        drivers, pilot = data.get("drivers", []), data.get("pilot")
        first = min(d.get("start", 0) for d in drivers)
        self.S = driver.get("start", 0)
        self.length = driver.get("months", FOR_EVER)
        self.fade = driver.get("fade", 6)
        if pilot:
            self.first = first
            self.P = first + pilot["months"] + pilot.get("decision_months", 1)
            self.P2 = self.P + self.S - first  # open: a later driver keeps its distance
            self.w = pilot["scope"]
            told = sum(planned(d) for d in drivers)  # open: the pilot's costs by one-off cost
            self.part = planned(driver) / told if told > 0 else 1 / len(drivers)

    def shape(self, t: int, m: float, tires: Any = None) -> float:
        return self.shaped(t, m, self.fade, tires)

    def shaped(self, t: int, m: float, fade: float, tires: Any = None) -> float:
        end, slip = self.S + self.length, self.driver["slip"]
        if self.option == "commit":
            return wave(t, self.S, end, m, slip, fade, tires)
        if self.option == "commit_stop":
            return wave(t, self.S, min(end, self.P), m, slip, fade, tires)
        if self.option == "pilot_scale":
            second = wave(t, self.P2, self.P2 + self.length, m, slip, fade, tires)
            return self.w * wave(t, self.S, end, m, slip, fade, tires) + (1 - self.w) * second
        if self.option == "pilot_stop":
            return self.w * wave(t, self.S, min(end, self.P), m, slip, fade, tires)
        return 0.0

    def benefits(self, t: int) -> tuple[float, float]:
        """11: what enters profit in month t and what is only freed, before growth."""
        cash = freed = 0.0
        ramps = [push.get("months", 6) for push in self.driver.get("pushes", [])]
        ramps += [self.driver["coordination"]["months"]] if "coordination" in self.driver else []
        for benefit in self.driver.get("benefits", []):
            m = benefit.get("months", max(ramps, default=1.0))
            if "time_saved" in benefit:
                group = self.data["organisation"]["staff"][benefit["group"]]
                amount = benefit["time_saved"] * group["headcount"] * group["salary_per_year"] / 12
            else:
                amount = benefit["monthly"]
            if benefit.get("benefit_basis", "designed") == "designed":
                amount *= self.driver["delivery"]
            if benefit.get("in_pilot", True) or not self.option.startswith("pilot"):
                amount *= self.shaped(t, m, 0.0)
            elif self.option == "pilot_scale":
                amount *= wave(t, self.P2, self.P2 + self.length, m, self.driver["slip"], 0.0)
            else:
                amount = 0.0
            is_cash = "time_saved" not in benefit and benefit.get("kind", "cash") == "cash"
            share = 1.0 if is_cash else benefit.get("realised", 0.0)
            cash, freed = cash + share * amount, freed + (1 - share) * amount
        return cash, freed

    def heads(self) -> float:
        if "heads" in self.driver:
            return self.driver["heads"]
        staff, groups = self.data["organisation"].get("staff", {}), set()
        for push in self.driver.get("pushes", []):
            kind, _, inside = push["node"].rstrip("]").partition("[")
            group = push.get("group") or inside
            if group:
                groups.add(group)
            elif kind == "ux_employee" or is_per_group(self.data, kind):
                groups |= set(staff)
        return sum(staff[g]["headcount"] for g in groups)

    def one_offs(self) -> list[tuple[int, float, int]]:
        """16: every one-off of this option as month, money and the months over which it is written off (0: opex)."""
        over, pilot, driver = self.driver["cost_overrun"], self.data.get("pilot"), self.driver
        life = driver["one_off_life"] if driver.get("one_off_kind") == "capex" else 0
        own = [(0, driver.get("one_off", 0.0), life)]
        own += [(c["month"], c["amount"], c.get("life", 0)) for c in driver.get("costs", []) if "month" in c]
        if self.option == "commit":
            return [(self.S + k, x * over, life) for k, x, life in own]
        if self.option == "commit_stop":
            return [(self.S + k, x * over, life) for k, x, life in own if k == 0 or self.S + k < self.P]
        if self.option not in ("pilot_scale", "pilot_stop"):
            return []
        kind = pilot.get("one_off_kind", driver.get("one_off_kind", "opex"))
        trial_life = pilot.get("one_off_life", driver.get("one_off_life", 0)) if kind == "capex" else 0
        trial = [(0, pilot.get("one_off", 0.0), trial_life)]
        trial += [(c["month"], c["amount"], c.get("life", 0)) for c in pilot.get("costs", []) if "month" in c]
        trial = [(k, x * self.part, life) for k, x, life in trial]
        paid = [(self.S + k, x * over, life) for k, x, life in trial]
        if self.option == "pilot_stop":
            return [each for each in paid if each[0] < self.P or each[0] == self.S]
        credit = pilot.get("reusable", 0.0) * sum(x for _, x, _ in trial)
        for k, x, life in sorted(own, key=lambda each: each[0]):  # stable: one_off first, then the order of the file
            used = min(credit, x)
            credit -= used
            paid.append((self.P2 + k, (x - used) * over, life))
        return paid

    def listed(self, costs: list[dict[str, Any]], t: int, start: int, end: int) -> float:
        """16: running costs of a list in month t, counted from ``start``, none from ``end`` on."""
        total = 0.0
        for cost in costs:
            if "from" in cost:
                first = start + cost["from"]
                if first <= t < min(first + cost.get("months", FOR_EVER), end):
                    total += cost["amount"]
        return total

    def running(self, t: int) -> float:
        over, pilot = 1 + 0.3 * (self.driver["cost_overrun"] - 1), self.data.get("pilot")
        monthly, heads = self.driver.get("monthly", 0.0), self.driver.get("per_head_monthly", 0.0) * self.heads()
        costs, end = self.driver.get("costs", []), self.S + self.length
        first = self.S <= t < end
        if self.option == "commit":
            return ((monthly + heads if first else 0.0) + self.listed(costs, t, self.S, end)) * over
        if self.option == "commit_stop":
            more = self.listed(costs, t, self.S, min(end, self.P))
            return ((monthly + heads if first and t < self.P else 0.0) + more) * over
        if self.option not in ("pilot_scale", "pilot_stop") or t < self.S:
            return 0.0
        stops = self.P2 if self.option == "pilot_scale" else self.P  # open: a later driver's own P
        if t < stops:
            trial = (pilot.get("monthly", 0.0) + self.listed(pilot.get("costs", []), t, self.S, stops)) * self.part
            return (trial + (self.w * heads if first else 0.0)) * over
        if self.option == "pilot_stop":
            return 0.0
        last = self.P2 + self.length
        second = self.P2 <= t < last
        charged = (monthly if t < last else 0.0) + self.listed(costs, t, self.P2, last)
        return (charged + heads * ((self.w if first else 0.0) + (1 - self.w if second else 0.0))) * over


def planned(driver: dict[str, Any]) -> float:
    return driver.get("one_off", 0.0) + sum(c["amount"] for c in driver.get("costs", []) if "month" in c)


def survey_cost(data: dict[str, Any], t: int) -> float:
    pilot = data["pilot"]
    start = min(d.get("start", 0) for d in data["drivers"])
    answers = min(pilot.get("respondents", 0.0), pilot["scope"] * max(asked(data, node) for node in surveyed(data)))
    each = answers * pilot.get("cost_per_response", 0.0)
    return each * sum(t == start + month for month in survey_months(pilot["months"], pilot.get("waves", 2)))


def surveyed(data: dict[str, Any]) -> list[str]:
    """The first two nodes pushed; customers where coordination alone is."""
    pushes = [push for driver in data["drivers"] for push in driver.get("pushes", [])]
    names = [f"{push['node']}[{push['group']}]" if push.get("group") else push["node"] for push in pushes]
    return list(dict.fromkeys(names))[:2] or ["cx"]


def asked(data: dict[str, Any], node: str) -> float:
    """People of the firm whom a survey of a node could ask, where that is known."""
    firm, (kind, _, inside) = data["organisation"], node.rstrip("]").partition("[")
    staff = firm.get("staff", {})
    if inside or is_per_group(data, kind) or kind in ("ex", "ux_employee"):
        groups = [inside] if inside else list(staff)
        return sum(staff[group]["headcount"] for group in groups) or (1.0 if inside else math.inf)
    if firm.get("segments"):
        return sum(segment["customers"] for segment in firm["segments"].values()) or math.inf
    return math.inf if firm.get("customers") is None else firm["customers"] or math.inf


def survey_months(months: int, waves: int) -> list[int]:
    """Open: evenly from the start of the pilot to the month after its last; a single one at the start."""
    return [round(i * months / max(waves - 1, 1)) for i in range(waves)]
