# SPDX-License-Identifier: MIT
"""Sections 1 to 5 of docs/model.md once more, by an independent route: plain numbers, one month after the other.

Nothing here is shared with the package: scales, graph, drivers, money and payoffs are written from the page, slowly and
as it says them, for a scenario in which every quantity is a number. What the page leaves open is marked "open:".
"""

from __future__ import annotations

import math
from typing import Any

FOR_EVER = 10**9
MEASURES = {"mean": 1.0, "favourable": 1.5, "nps": 2.0}
LIKERT = {"likert5": 5, "likert7": 7, "likert10": 10, "stars": 5}


# ---------------------------------------------------------------------------------------------------- 1 units
def level_to_index(x: float, scale: Any) -> float:
    if isinstance(scale, dict):
        return 100 * (x - scale["worst"]) / (scale["best"] - scale["worst"])
    if scale in ("nps", "enps"):
        return (x + 100) / 2
    if scale in LIKERT:
        return 100 * (x - 1) / (LIKERT[scale] - 1)
    return 10 * x if scale == "zero_to_ten" else x


def points_per_unit(scale: Any) -> float:
    if isinstance(scale, dict):
        return 100 / (scale["best"] - scale["worst"])
    if scale in ("nps", "enps"):
        return 1 / 2
    if scale in LIKERT:
        return 100 / (LIKERT[scale] - 1)
    return 10.0 if scale == "zero_to_ten" else 1.0


def default_measure(scale: Any) -> str:
    return {"nps": "nps", "enps": "nps", "percent": "favourable"}.get(scale if isinstance(scale, str) else "", "mean")


# ---------------------------------------------------------------------------------------------------- 2 graph
def is_per_group(data: dict[str, Any], kind: str) -> bool:
    return kind == "ex" or any(n["name"] == kind and n.get("per_group") for n in data.get("graph", {}).get("nodes", []))


def members(data: dict[str, Any], kind: str) -> list[str]:
    staff = data["organisation"].get("staff", {})
    return [f"{kind}[{g}]" for g in staff] if is_per_group(data, kind) else [kind]


def nodes_of(data: dict[str, Any]) -> list[str]:
    kinds = [
        "ux_employee",
        "ux_customer",
        "mx",
        "ex",
        "cx",
        *(n["name"] for n in data.get("graph", {}).get("nodes", [])),
    ]
    return [node for kind in kinds for node in members(data, kind)]


def told_index(data: dict[str, Any], node: str) -> Any:
    index = data["organisation"].get("index", {})
    told = index.get(node, index.get(node.partition("[")[0]))
    return told if told is None or isinstance(told, dict) else {"value": told}


def baseline(data: dict[str, Any], node: str) -> float:
    told = told_index(data, node)
    return 50.0 if told is None else level_to_index(told["value"], told.get("scale", "index"))


def sd_ratio(data: dict[str, Any], node: str) -> float:
    told = told_index(data, node)
    return 1.0 if told is None else MEASURES[told.get("measure") or default_measure(told.get("scale", "index"))]


def links_of(data: dict[str, Any]) -> list[tuple[str, str, float, float, bool]]:
    """Source, target, slope in this firm's measures, mean delay, whether it crosses a silo."""
    prior, staff = data["priors"], data["organisation"].get("staff", {})
    front = [g for g in staff if staff[g].get("meets_customers", True)]
    support = [g for g in staff if g not in front]
    reach = {g: staff[g].get("reach", 1.0 if g in front else prior["reach"]) for g in staff}
    reached = sum(staff[g]["headcount"] * reach[g] for g in staff)
    share = {g: staff[g]["headcount"] * reach[g] / reached for g in staff}
    supporters = sum(staff[g]["headcount"] for g in support)
    found: list[tuple[str, str, str, float, Any, bool]] = []
    for g in staff:
        found.append(("ux_employee -> ex", "ux_employee", f"ex[{g}]", prior["ux_ex"], "lag_tools", True))
        found.append(("ex -> cx", f"ex[{g}]", "cx", prior["ex_cx"] * share[g], "lag_people", True))
    for f in front:
        found.append(("cx -> ex", "cx", f"ex[{f}]", prior["cx_ex"], "lag_people", True))
        for s in support:
            split = prior["support_front"] * staff[s]["headcount"] / supporters
            found.append(("ex[internal] -> ex[customer_facing]", f"ex[{s}]", f"ex[{f}]", split, "lag_people", True))
    found.append(("ux_employee -> cx", "ux_employee", "cx", prior["uxe_cx"], "lag_tools", True))
    found.append(("ux_customer -> cx", "ux_customer", "cx", prior["uxc_cx"], "lag_tools", False))
    found.append(("mx -> cx", "mx", "cx", prior["mx_cx"], "lag_tools", True))
    found.append(("coordination -> mx", "coordination", "mx", prior["silo_mx"], None, False))
    for edge in data.get("graph", {}).get("edges", []):
        source, target, slope = edge["source"], edge["target"], edge["slope"]
        name, lag, silo = f"{source} -> {target}", edge.get("lag"), edge.get("silo", True)
        from_groups, to_groups = is_per_group(data, source), is_per_group(data, target)
        if from_groups and to_groups:  # open: inside each group
            found += [(name, f"{source}[{g}]", f"{target}[{g}]", slope, lag, silo) for g in staff]
        elif from_groups:  # open: per point of all staff, shared out like EX -> CX
            found += [(name, f"{source}[{g}]", target, slope * share[g], lag, silo) for g in staff]
        else:
            found += [(name, source, node, slope, lag, silo) for node in members(data, target)]
    links = []
    for name, source, target, slope, lag, silo in found:
        factor = data.get("edges", {}).get(name, 1.0)
        factor = 0.0 if factor == "off" else factor
        ratio = sd_ratio(data, target) / (1.0 if source == "coordination" else sd_ratio(data, source))
        delay = prior[lag] if isinstance(lag, str) else (lag or 0.0)
        links.append((source, target, slope * factor * ratio, delay, silo and source != "coordination"))
    return links


def reached(data: dict[str, Any]) -> set[str]:
    """Return the nodes that a driver pushes or that an influence from one reaches; they need a baseline."""
    found: set[str] = set()
    for driver in data["drivers"]:
        found |= {"coordination"} if "coordination" in driver else set()
        for push in driver["pushes"]:
            kind = f"{push['node']}[{push['group']}]" if push.get("group") else push["node"]
            found |= {kind} if "[" in kind else set(members(data, kind))
    links = [(source, target) for source, target, beta, _, _ in links_of(data) if beta]
    while more := {target for source, target in links if source in found} - found:
        found |= more
    return found


def measured(data: dict[str, Any], node: str, points: float) -> float:
    """Return a difference in the scale in which the organisation measures the node."""
    told = told_index(data, node)
    return points / points_per_unit(told.get("scale", "index") if told else "index")


# ---------------------------------------------------------------------------------------------------- 3, 4 drivers
def ramp(t: int, s: float, m: float, slip: float) -> float:
    r = min(max((t - s - slip + 1) / max(m, 1), 0.0), 1.0)
    return r * r * (3 - 2 * r)


def wave(t: int, begin: int, end: int, m: float, slip: float, fade: float) -> float:
    if t < begin:
        return 0.0
    if t < end:
        return ramp(t, begin, m, slip)
    return ramp(end - 1, begin, m, slip) * (0.0 if fade == 0 else 0.5 ** ((t - end + 1) / fade))


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
            told = sum(d.get("one_off", 0.0) for d in drivers)  # open: the pilot's costs by one-off cost
            self.part = driver.get("one_off", 0.0) / told if told > 0 else 1 / len(drivers)

    def shape(self, t: int, m: float) -> float:
        end, slip = self.S + self.length, self.driver["slip"]
        if self.option == "commit":
            return wave(t, self.S, end, m, slip, self.fade)
        if self.option == "commit_stop":
            return wave(t, self.S, min(end, self.P), m, slip, self.fade)
        if self.option == "pilot_scale":
            second = wave(t, self.P2, self.P2 + self.length, m, slip, self.fade)
            return self.w * wave(t, self.S, end, m, slip, self.fade) + (1 - self.w) * second
        if self.option == "pilot_stop":
            return self.w * wave(t, self.S, min(end, self.P), m, slip, self.fade)
        return 0.0

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

    def one_off(self, t: int) -> float:
        over, pilot = self.driver["cost_overrun"], self.data.get("pilot")
        planned = self.driver.get("one_off", 0.0)
        if self.option in ("commit", "commit_stop"):
            return planned * over if t == self.S else 0.0
        if self.option not in ("pilot_scale", "pilot_stop"):
            return 0.0
        own = pilot.get("one_off", 0.0) * self.part
        paid = own * over if t == self.S else 0.0
        if self.option == "pilot_scale" and t == self.P2:
            paid += max(0.0, planned - pilot.get("reusable", 0.0) * own) * over
        return paid

    def running(self, t: int) -> float:
        over, pilot = 1 + 0.3 * (self.driver["cost_overrun"] - 1), self.data.get("pilot")
        monthly, heads = self.driver.get("monthly", 0.0), self.driver.get("per_head_monthly", 0.0) * self.heads()
        first = self.S <= t < self.S + self.length
        if self.option == "commit":
            return (monthly + heads) * over if first else 0.0
        if self.option == "commit_stop":
            return (monthly + heads) * over if first and t < self.P else 0.0
        if self.option not in ("pilot_scale", "pilot_stop") or t < self.S:
            return 0.0
        if t < (self.P2 if self.option == "pilot_scale" else self.P):  # open: a later driver's own P
            return (pilot.get("monthly", 0.0) * self.part + (self.w * heads if first else 0.0)) * over
        if self.option == "pilot_stop":
            return 0.0
        second = self.P2 <= t < self.P2 + self.length
        charged = monthly if t < self.P2 + self.length else 0.0
        return (charged + heads * ((self.w if first else 0.0) + (1 - self.w if second else 0.0))) * over


def survey_cost(data: dict[str, Any], t: int) -> float:
    pilot = data["pilot"]
    start = min(d.get("start", 0) for d in data["drivers"])
    each = pilot.get("respondents", 0.0) * pilot.get("cost_per_response", 0.0)
    return each * sum(t == start + month for month in survey_months(pilot["months"], pilot.get("waves", 2)))


def survey_months(months: int, waves: int) -> list[int]:
    """Open: evenly from the start of the pilot to the month after its last; a single one at the start."""
    return [round(i * months / max(waves - 1, 1)) for i in range(waves)]


# ---------------------------------------------------------------------------------------------------- 3, 5 months
def p2(p: float, n: int) -> float:
    return 0.0 if n < 2 else 1 - (1 - p) ** n - n * p * (1 - p) ** (n - 1)


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
    has_customers = all(firm.get(k) is not None for k in ("customers", "churn_per_month"))
    arpu = firm.get("arpu_per_month")
    if arpu is None and has_customers and "revenue_per_month" in firm:
        arpu = firm["revenue_per_month"] / firm["customers"]
    has_customers = has_customers and arpu is not None
    revenue_0 = firm.get("revenue_per_month")
    if revenue_0 is None and firm.get("customers") is not None and firm.get("arpu_per_month") is not None:
        revenue_0 = firm["customers"] * firm["arpu_per_month"]
    margin = firm.get("contribution_margin")
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
    names += ["cost", "margin_effect", "profit_margin", "customers", "churn", "revenue", "serve", "profit_customers"]
    names += ["cx_customers", "plain_customers"]
    out: dict[str, list[float]] = {name: [] for name in names}
    state, filtered = dict.fromkeys(nodes, 0.0), [0.0] * len(links)
    settled = rel = 0.0
    n = plain = float(firm.get("customers") or 0.0)
    for t in range(months):
        grown = (1 + firm.get("cost_growth", 0.0)) ** (t / 12)
        price = (1 + firm.get("arpu_growth", 0.0)) ** (t / 12) * (firm.get("season") or [1.0] * 12)[t % 12]
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
                    total[node] += q * act.shape(t, push.get("months", 6))
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
        leave = work = 0.0
        for g, group in staff.items():
            if "salary_per_year" in group:
                salary, ex = group["salary_per_year"] * grown, state[f"ex[{g}]"]
                quits = group["turnover_per_year"] / 12 * math.exp(-prior["attrition_ex"] / ratio[f"ex[{g}]"] * ex)
                leave += group["headcount"] * quits * prior["replacement_cost"] * salary
                work += group["headcount"] * salary / 12 * firm.get("productivity_ex", 0.0) / 100 * ex
        one_off = sum(act.one_off(t) for act in actions)
        one_off += survey_cost(data, t) if option.startswith("pilot") else 0.0
        running = sum(act.running(t) for act in actions) * grown
        for name, value in (("leave", leave), ("work", work), ("one_off", one_off), ("running", running)):
            out[name].append(value)
        out["cost"].append(one_off + running)
        # top-down
        if revenue_0 is not None:
            out["revenue_base"].append(revenue_0 * price)
            gain = revenue_0 * price / 100 * rate["cx_margin"] * settled
            out["margin_gain"].append(gain)
            out["margin_effect"].append(gain - leave + work)
            out["profit_margin"].append(gain - leave + work - one_off - running)
        # bottom-up
        if has_customers:
            churn_0, bad, often = (
                firm["churn_per_month"],
                firm.get("digital_bad", 0.0),
                firm.get("digital_interactions", 0),
            )
            joins = firm.get("joins_per_month", firm["customers"] * churn_0) * math.exp(rate["referral_cx"] * rel)
            of_digital, before = 1.0, p2(bad, often)
            if before > 0:
                share = 1 - math.exp(-prior["digital_leave"] * before / churn_0) if churn_0 > 0 else 1.0
                gone = state["ux_customer"] / ratio["ux_customer"] / (100 - 100 * base["ux_customer"])
                of_digital = 1 - share + share * p2(min(max(bad * (1 - gone), 0.0), 1.0), often) / before
            hazard = churn_0 * math.exp(-rate["churn_cx"] * rel)
            churn, plain_churn = min(1.0, hazard * of_digital), min(1.0, hazard)
            spent = arpu * price * math.exp(rate["spend_cx"] * rel)
            contact = firm.get("contacts_per_month", 0.0) * firm.get("cost_per_contact", 0.0) * grown
            contact *= math.exp(-rate["serve_cx"] * d)
            for name, value in (("customers", n), ("churn", churn), ("revenue", n * spent), ("serve", n * contact)):
                out[name].append(value)
            out["plain_customers"].append(plain)
            if margin is not None:
                out["cx_customers"].append(margin * plain * spent - plain * contact)
                out["profit_customers"].append(margin * n * spent - n * contact - leave + work - one_off - running)
            n, plain = n * (1 - churn) + joins, plain * (1 - plain_churn) + joins
    out["end"] = [n] if has_customers else []
    return out
