# SPDX-License-Identifier: MIT
"""What one value cannot tell: whether the parts of a scenario fit together, and whether they are plausible."""

from __future__ import annotations

from collections.abc import Iterator

from txsim.errors import did_you_mean
from txsim.evidence import library
from txsim.evidence.designs import designs
from txsim.pathways import COORDINATION
from txsim.priors.catalogue import parameters
from txsim.priors.distributions import Distribution, is_point, median, support
from txsim.scenario.models import Scenario

__all__ = ["Finding", "cross_check", "fixed_by_author", "implausible"]

#: Path, message, hint.
Finding = tuple[tuple[str | int, ...], str, str]


def cross_check(scenario: Scenario) -> Iterator[Finding]:
    """Yield what does not fit together; empty for a scenario that can be simulated."""
    yield from _graph(scenario)
    yield from _drivers(scenario)
    yield from _pilot(scenario)
    yield from _money(scenario)
    yield from _beliefs(scenario)


def _graph(scenario: Scenario) -> Iterator[Finding]:
    try:
        graph = scenario.full_graph()
    except ValueError as error:
        yield ("graph",), str(error), ""
        return
    if len(scenario.organisation.staff) > 30:
        yield ("organisation", "staff"), "more than 30 staff groups", ""
    network = scenario.network()
    if len(network.nodes) > 100:
        yield ("graph", "nodes"), f"{len(network.nodes)} nodes, the limit is 100", ""
    kinds = [node.name for node in graph.nodes]
    names = [*network.nodes, *(kind for kind in kinds if kind not in network.nodes)]
    for name in scenario.organisation.index:
        if name not in names:
            yield (
                ("organisation", "index", name),
                f"unknown node{did_you_mean(name, names)}",
                f"known: {', '.join(names)}",
            )
    edges = [edge.name for edge in graph.edges]
    for name in scenario.edges:
        if name not in edges:
            yield ("edges", name), f"unknown edge{did_you_mean(name, edges)}", f"known: {'; '.join(edges)}"
    for i, edge in enumerate(scenario.graph.edges):
        if (edge.source == COORDINATION) != (edge.lag is None):
            yield ("graph", "edges", i, "lag"), "only an edge from coordination has no lag, and it has none", ""
    pushed: set[int] = set()
    for driver in scenario.drivers:
        for push in driver.pushes:
            wanted = f"{push.node}[{push.group}]" if push.group else push.node
            pushed.update(network.members(wanted))
        if driver.coordination is not None:
            pushed.update(link.target for link in network.links if link.source < 0)
    cx = network.position("cx")
    needed = network.reached_from(pushed) | {cx}
    for position in sorted(needed):
        node = network.nodes[position]
        if scenario.baseline(node) is None:
            message = f"the baseline of `{node}` is needed, for something here reaches it"
            yield ("organisation", "index"), message, f"write {node}: 55, or {{value: 12, scale: nps}}"


def _drivers(scenario: Scenario) -> Iterator[Finding]:
    network = scenario.network()
    kinds = [node.name for node in scenario.full_graph().nodes]
    seen: set[str] = set()
    for i, driver in enumerate(scenario.drivers):
        if driver.name in seen:
            yield ("drivers", i, "name"), f"the driver `{driver.name}` stands twice", ""
        seen.add(driver.name)
        if not driver.pushes and driver.coordination is None:
            yield ("drivers", i), "a driver pushes something: `pushes` or `coordination` is needed", ""
        for j, push in enumerate(driver.pushes):
            where = ("drivers", i, "pushes", j)
            if push.node == COORDINATION:
                yield (*where, "node"), "coordination is changed by `coordination: {to, months}`", ""
                continue
            wanted = f"{push.node}[{push.group}]" if push.group else push.node
            if push.group and push.group not in scenario.organisation.staff:
                close = did_you_mean(push.group, scenario.organisation.staff)
                yield (*where, "group"), f"unknown staff group `{push.group}`{close}", ""
            elif not network.members(wanted):
                names = [*network.nodes, *kinds]
                yield (
                    (*where, "node"),
                    f"unknown node `{wanted}`{did_you_mean(wanted, names)}",
                    f"known: {', '.join(names)}",
                )
        if driver.start >= scenario.horizon_months:
            yield ("drivers", i, "start"), f"starts in month {driver.start}, after the horizon", ""
        if scenario.pilot is not None:
            decided = scenario.decision_month
            if decided is not None and driver.start >= decided:
                message = f"starts in month {driver.start}, but the pilot is decided in month {decided}"
                yield ("drivers", i, "start"), message, "drivers of one scenario are piloted together"
            if driver.months is not None and driver.months < scenario.pilot.months:
                message = f"ends after {driver.months} months, the pilot takes {scenario.pilot.months}"
                yield ("drivers", i, "months"), message, ""


def _pilot(scenario: Scenario) -> Iterator[Finding]:
    pilot = scenario.pilot
    if pilot is None:
        return
    low, high = support(pilot.scope)
    if low < 0 or high > 1 or (is_point(pilot.scope) and not 0 < low < 1):
        yield ("pilot", "scope"), "the scope is a share above 0 and below 1", "write 20 % or 0.2"
    if pilot.months < 1:
        yield ("pilot", "months"), "a pilot takes at least one month", ""
    decided = scenario.decision_month
    if decided is not None and decided >= scenario.horizon_months:
        message = f"the decision falls in month {decided}, the horizon is {scenario.horizon_months}"
        yield ("pilot", "months"), message, "lengthen horizon_months or shorten the pilot"


def _money(scenario: Scenario) -> Iterator[Finding]:
    firm = scenario.organisation
    where = ("organisation",)
    needs: dict[str, object] = (
        {"contribution_margin": firm.contribution_margin} if scenario.bridge == "customers" else {}
    )
    if scenario.bridge == "customers":
        needs |= {"customers": firm.customers, "churn_per_month": firm.churn_per_month}
        needs |= {"arpu_per_month or revenue_per_month": firm.arpu_per_month or firm.revenue_per_month}
    else:
        needs |= {"revenue_per_month": firm.revenue_per_month or (firm.customers and firm.arpu_per_month)}
    for name, value in needs.items():
        if value is None:
            yield where, f"the bridge `{scenario.bridge}` needs {name}", ""
    if (firm.digital_bad is None) != (firm.digital_interactions is None):
        yield where, "digital_bad and digital_interactions belong together", ""
    for name, group in firm.staff.items():
        if (group.turnover_per_year is None) != (group.salary_per_year is None):
            yield (*where, "staff", name), "turnover_per_year and salary_per_year belong together", ""
    if firm.staff and sum(median(group.headcount) for group in firm.staff.values()) <= 0:
        yield (*where, "staff"), "there is nobody in any staff group", ""


def _beliefs(scenario: Scenario) -> Iterator[Finding]:
    known = {name: p for name, p in parameters().items() if p.role in ("calibration", "pilot")}
    slopes = {edge.parameter for edge in scenario.graph.edges}
    for name, believed in scenario.priors.items():
        if name in slopes:
            continue
        if name not in known:
            names = [*known, *slopes]
            yield ("priors", name), f"unknown parameter{did_you_mean(name, names)}", f"known: {', '.join(names)}"
            continue
        low, high = support(believed)
        parameter = known[name]
        if (parameter.low is not None and low < parameter.low) or (
            parameter.high is not None and high > parameter.high
        ):
            bounds = f"{parameter.low:g} … {'' if parameter.high is None else format(parameter.high, 'g')}"
            yield ("priors", name), f"reaches beyond what is possible, {bounds}", "use a log-normal or a beta"
    claims = {name: claim for name, claim in library().items() if claim.role == "scored"}
    told = scenario.evidence
    lists = (
        ("use", told.use if isinstance(told.use, tuple) else ()),
        ("drop", told.drop),
        ("face_value", told.face_value),
    )
    for key, ids in lists:
        for i, name in enumerate(ids):
            if name not in claims:
                yield (
                    ("evidence", key, i),
                    f"unknown claim `{name}`{did_you_mean(name, claims)}",
                    f"known: {', '.join(claims)}",
                )
    names = [*claims, *designs()]
    for name, value in told.credibility.items():
        if name not in names:
            yield ("evidence", "credibility", name), f"unknown claim or design{did_you_mean(name, names)}", ""
        elif not 0 <= value <= 1:
            yield ("evidence", "credibility", name), f"{value:g} is outside 0 … 1", "a credibility is a probability"


def fixed_by_author(scenario: Scenario) -> tuple[str, ...]:
    """Return the paths of what is always uncertain and was given as a plain number (docs/model.md, section 4)."""
    found = []
    for driver in scenario.drivers:
        for j, push in enumerate(driver.pushes):
            if is_point(push.effect):
                found.append(f"{driver.name}.pushes[{j}].effect")
        for name in ("delivery", "cost_overrun", "slip"):
            value: Distribution | None = getattr(driver, name)
            if value is not None and is_point(value):
                found.append(f"{driver.name}.{name}")
    found += [f"priors.{name}" for name, believed in scenario.priors.items() if is_point(believed)]
    return tuple(found)


def implausible(scenario: Scenario) -> Iterator[Finding]:
    """Yield remarks on what is possible but hardly true (docs/model.md, section 1)."""
    firm = scenario.organisation
    revenue = median(firm.revenue_per_month) if firm.revenue_per_month else None
    if firm.customers and firm.arpu_per_month:
        by_customers = median(firm.customers) * median(firm.arpu_per_month)
        if revenue and abs(revenue / by_customers - 1) > 0.1:
            message = f"revenue of {revenue:,.0f} a month, but customers × arpu make {by_customers:,.0f}"
            yield ("organisation", "revenue_per_month"), message, ""
        revenue = revenue or by_customers
    payroll = sum(
        median(g.headcount) * median(g.salary_per_year) / 12 for g in firm.staff.values() if g.salary_per_year
    )
    if revenue and payroll > 0.8 * revenue:
        yield ("organisation", "staff"), f"payroll is {payroll / revenue:.0%} of revenue", "are salaries per year?"
    if firm.churn_per_month and median(firm.churn_per_month) > 0.1:
        share = median(firm.churn_per_month)
        yield ("organisation", "churn_per_month"), f"{share:.1%} of customers leave each month", "is it per year?"
    if firm.contribution_margin and median(firm.contribution_margin) > 0.7:
        yield ("organisation", "contribution_margin"), f"a margin of {median(firm.contribution_margin):.0%}", ""
    for i, driver in enumerate(scenario.drivers):
        months = scenario.horizon_months - driver.start
        total = median(driver.one_off) + median(driver.monthly) * months
        if revenue and total > 0.1 * revenue * scenario.horizon_months:
            share = total / (revenue * scenario.horizon_months)
            yield ("drivers", i), f"costs {share:.0%} of the revenue of the horizon", ""
        for j, push in enumerate(driver.pushes):
            where = ("drivers", i, "pushes", j, "effect")
            points = abs(median(push.effect) * push.scale.points_per_unit)
            if points > 20:
                yield where, f"an effect of {points:.0f} index points", "few programmes move an index by 20"
            elif is_point(push.effect) and 0 < abs(push.effect.args[0]) < 1:
                told = push.effect.args[0]
                yield (
                    where,
                    f"{told:g} is less than one point in a hundred",
                    f"for {told:.0%} of the scale write {100 * told:g}",
                )
        if driver.delivery is not None and is_point(driver.delivery) and driver.delivery.args[0] >= 1:
            yield ("drivers", i, "delivery"), "delivery is fixed at 1 or more: execution loses nothing", ""
    if scenario.pilot is not None and scenario.pilot.months < 4:
        message = f"a pilot of {scenario.pilot.months} months ends before people's mood passes on (about 4 months)"
        yield ("pilot", "months"), message, ""
