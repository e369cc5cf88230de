# SPDX-License-Identifier: MIT
"""Sections 1, 2 and 12 of docs/model.md once more, by an independent route: units and the graph, plain numbers.

Nothing here is shared with the package: scales, graph, drivers, money and payoffs are written from the page, slowly and
as it says them, for a scenario in which every quantity is a number. What the page leaves open is marked "open:".
"""

from __future__ import annotations

from typing import Any

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
def tools_by_group(data: dict[str, Any]) -> bool:
    """12: tools are a node per group where a push names a group, or a baseline does."""
    if any(name.startswith("ux_employee[") for name in data["organisation"].get("index", {})):
        return True
    pushes = [push for driver in data.get("drivers", []) for push in driver.get("pushes", [])]
    return any(p["node"].startswith("ux_employee[") or (p["node"] == "ux_employee" and p.get("group")) for p in pushes)


def is_per_group(data: dict[str, Any], kind: str) -> bool:
    if kind == "ux_employee":
        return tools_by_group(data)
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
        tools = f"ux_employee[{g}]" if tools_by_group(data) else "ux_employee"
        found.append(("ux_employee -> ex", tools, f"ex[{g}]", prior["ux_ex"], "lag_tools", True))
        if tools_by_group(data):  # 12: the same share as from EX
            found.append(("ux_employee -> cx", tools, "cx", prior["uxe_cx"] * share[g], "lag_tools", True))
        found.append(("ex -> cx", f"ex[{g}]", "cx", prior["ex_cx"] * share[g], "lag_people", True))
    for f in front:
        found.append(("cx -> ex", "cx", f"ex[{f}]", prior["cx_ex"], "lag_people", True))
        for s in support:
            split = prior["support_front"] * staff[s]["headcount"] / supporters
            found.append(("ex[internal] -> ex[customer_facing]", f"ex[{s}]", f"ex[{f}]", split, "lag_people", True))
    if not tools_by_group(data):
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
