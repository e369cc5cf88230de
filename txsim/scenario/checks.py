# SPDX-License-Identifier: MIT
"""What one value cannot tell: whether the parts of a scenario fit together."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from txsim.errors import did_you_mean
from txsim.language import Words, lazy
from txsim.pathways import COORDINATION
from txsim.priors.distributions import is_point, support
from txsim.priors.moments import median
from txsim.scenario import vocabulary
from txsim.scenario.actions import Driver
from txsim.scenario.belief_checks import Finding, doubt_fits, evidence_fits, named_claims, priors_fit
from txsim.scenario.models import Scenario
from txsim.scenario.network_checks import (
    baselines_fit,
    network_of,
    node_names,
    nodes_fit,
    pilots_fit,
    pushes_fit,
    unknown_node,
)
from txsim.scenario.programme_checks import benefits_fit, churn_too_low, costs_fit, segments_fit, time_and_tax_fit
from txsim.scenario.yaml_reader import Path_

#: At the end of a path: only the names below it matter.
_NAMES = "*"


def cross_check(scenario: Scenario, doubtful: frozenset[Path_] = frozenset()) -> Iterator[Finding]:
    """Yield what does not fit together; empty for a scenario that can be simulated.

    ``doubtful``: paths of values that are stand-ins for wrong ones; checks that depend on them are left out.
    """
    for check, depends in _CHECKS:
        if not any(_meets(path, part) for path in doubtful for part in depends):
            yield from check(scenario)


def _meets(path: Path_, part: Path_) -> bool:
    """Whether one path leads to the other."""
    if part[-1:] == (_NAMES,):  # what stands below a name does not matter
        above = part[:-1]
        return above[: len(path)] == path or (path[: len(above)] == above and len(path) <= len(part))
    return path[: len(part)] == part or part[: len(path)] == path


def _staff(scenario: Scenario) -> Iterator[Finding]:
    where, staff = ("organisation", "staff"), scenario.organisation.staff
    if staff and sum(median(group.headcount) for group in staff.values()) <= 0:
        yield where, lazy("there is nobody in any staff group"), lazy("a headcount above 0 is needed")
    for name, group in staff.items():
        if (group.turnover_per_year is None) != (group.salary_per_year is None):
            message = lazy("turnover_per_year and salary_per_year belong together: a leaver costs a part of the salary")
            yield (*where, name), message, ""
        if group.meets_customers and group.reach is not None and not is_point(group.reach):
            yield (
                (*where, name, "reach"),
                lazy("the reach of those who meet customers is a known number"),
                lazy("leave it out for 1"),
            )


def _additions(scenario: Scenario) -> Iterator[Finding]:
    """Check the scenario's own nodes and edges one by one, where a message can still name the line."""
    base = vocabulary.full_graph((), ())
    names = {node.name: node.per_group for node in base.nodes}
    for i, node in enumerate(scenario.graph.nodes):
        if node.name in names or node.name == COORDINATION:
            yield (
                ("graph", "nodes", i, "name"),
                lazy("the node `{name}` exists already", name=node.name),
                lazy("choose another name"),
            )
        names[node.name] = node.per_group
    edges = {edge.name for edge in base.edges}
    made: dict[str, str] = {}
    for i, edge in enumerate(scenario.graph.edges):
        where = ("graph", "edges", i)
        for end, node_name in (("source", edge.source), ("target", edge.target)):
            if node_name not in names and not (end == "source" and node_name == COORDINATION):
                hint: Words = lazy("known: {names}", names=", ".join(names))
                if node_name.partition("[")[0] in names:
                    hint = lazy("an edge joins all groups of a node; leave the [group] out")
                yield (
                    (*where, end),
                    lazy(
                        "unknown node `{words}`{suggestion}",
                        words=node_name[:60],
                        suggestion=did_you_mean(node_name, names),
                    ),
                    hint,
                )
        if edge.source == edge.target:
            yield (*where, "target"), lazy("the edge leads from a node to itself"), ""
        elif edge.name in edges:
            yield (
                where,
                lazy("the edge `{name}` exists already", name=edge.name),
                lazy("re-scale it by `edges: {{{name}: 0.5}}`", name=edge.name),
            )
        edges.add(edge.name)
        if made.setdefault(edge.parameter, edge.name) != edge.name:
            message = lazy(
                "the slopes of `{name}` and `{made}` would have one name, {parameter}",
                name=edge.name,
                made=made[edge.parameter],
                parameter=edge.parameter,
            )
            yield where, message, lazy("rename a node")
        if edge.source == COORDINATION and edge.lag is not None:
            yield (*where, "lag"), lazy("an edge from coordination has no lag"), lazy("leave it out")
        if edge.source != COORDINATION and edge.lag is None:
            yield (
                where,
                lazy("`lag` is needed and not given"),
                lazy("{lag_names}, or a quantity in months", lag_names=", ".join(vocabulary.lag_names())),
            )


#: Of a file that others extend.
NO_DRIVERS = lazy("there are no `drivers`: nothing would be done")


def _drivers(scenario: Scenario) -> Iterator[Finding]:
    if not scenario.drivers and scenario.rivals is None:
        hint = lazy("a file that only describes an organisation is taken over by `extends: organisation.yaml`")
        yield (), NO_DRIVERS, hint
    seen: set[str] = set()
    for i, driver in enumerate(scenario.drivers):
        if driver.name in seen:
            yield (
                ("drivers", i, "name"),
                lazy("the driver `{name}` stands twice", name=driver.name),
                lazy("each driver has a name of its own"),
            )
        seen.add(driver.name)
        if not driver.pushes and driver.coordination is None and not driver.benefits:
            message = lazy("the driver moves nothing: `pushes`, `coordination` or `benefits` are needed")
            yield ("drivers", i), message, ""
        if driver.start >= scenario.horizon_months:
            message = lazy(
                "starts in month {start}; months are 0 … {horizon_months}",
                start=driver.start,
                horizon_months=scenario.horizon_months - 1,
            )
            yield ("drivers", i, "start"), message, ""
        if driver.months == 0:
            yield (
                ("drivers", i, "months"),
                lazy("a driver is active for at least one month"),
                lazy("leave it out if it goes on"),
            )
        if median(driver.per_head_monthly) > 0 and driver.heads is None and not _reaches_staff(scenario, driver):
            message = lazy("a cost per head, but no staff group is pushed: it would be 0")
            yield ("drivers", i, "per_head_monthly"), message, "state `heads`"


def _reaches_staff(scenario: Scenario, driver: Driver) -> bool:
    network = network_of(scenario)
    if network is None or not all(network.members(push.target) for push in driver.pushes):
        return True  # what is wrong with them is told elsewhere
    return bool(scenario.groups_reached(driver))


def _pilot(scenario: Scenario) -> Iterator[Finding]:
    pilot, decided = scenario.pilot, scenario.decision_month
    if pilot is None or decided is None:
        return
    if not scenario.drivers:
        yield ("pilot",), lazy("a pilot needs a driver to try"), ""
    low, high = support(pilot.scope)
    if (is_point(pilot.scope) and not 0 < low < 1) or low >= 1 or high <= 0:
        yield ("pilot", "scope"), lazy("the scope is a share above 0 and below 1"), "write 20 % or 0.2"
    if pilot.months < 1:
        yield ("pilot", "months"), lazy("a pilot takes at least one month"), ""
    if not 1 <= pilot.waves <= 24:
        yield ("pilot", "waves"), lazy("{waves} waves; possible are 1 … 24", waves=pilot.waves), ""
    yield from _reading(scenario)
    if decided >= scenario.horizon_months:
        message = lazy(
            "the decision falls in month {decided}, the horizon is {horizon_months} months",
            decided=decided,
            horizon_months=scenario.horizon_months,
        )
        yield ("pilot", "months"), message, lazy("lengthen horizon_months or shorten the pilot")
    for i, driver in enumerate(scenario.drivers):
        if driver.start >= decided:
            message = lazy(
                "starts in month {start}, but the pilot is decided in month {decided}",
                start=driver.start,
                decided=decided,
            )
            yield ("drivers", i, "start"), message, lazy("drivers of one scenario are piloted together")
        if driver.months is not None and 0 < driver.months < pilot.months:
            message = lazy(
                "ends after {months} months, but the pilot takes {months2}", months=driver.months, months2=pilot.months
            )
            yield ("drivers", i, "months"), message, lazy("lengthen it or shorten the pilot")


def _reading(scenario: Scenario) -> Iterator[Finding]:
    """Check what the pilot's survey reads."""
    pilot, network = scenario.pilot, network_of(scenario)
    if pilot is None or network is None:
        return
    for key in ("units", "control_units"):
        count = getattr(pilot, key)
        if count is not None and count < 1:
            yield ("pilot", key), lazy("at least one unit is needed"), ""
    names = node_names(scenario, network)
    for i, measure in enumerate(pilot.measures):
        where = ("pilot", "measures", i, "node")
        if measure.node not in names:
            yield where, *unknown_node(measure.node, names, network)
        elif not network.members(measure.node):
            yield where, lazy("`{node}` has no staff group", node=measure.node), lazy("organisation.staff is empty")
        elif scenario.baseline(network.nodes[network.members(measure.node)[0]]) is None:
            yield (
                where,
                lazy("the baseline of `{node}` is needed to read it", node=measure.node),
                lazy("write `{node}: 55`", node=measure.node),
            )
    if len({measure.node for measure in pilot.measures}) < len(pilot.measures):
        yield ("pilot", "measures"), lazy("the same node stands twice"), ""
    if not pilot.control:
        for key in ("control_respondents", "control_units"):
            if getattr(pilot, key) is not None:
                yield ("pilot", key), lazy("there is no control group"), "write `control: true`"


def _money(scenario: Scenario) -> Iterator[Finding]:
    firm, where = scenario.organisation, ("organisation",)
    if (firm.digital_bad is None) != (firm.digital_interactions is None):
        yield where, lazy("digital_bad and digital_interactions belong together"), ""
    if (median(firm.contacts_per_month) > 0) != (median(firm.cost_per_contact) > 0):
        yield (
            where,
            lazy("contacts_per_month and cost_per_contact belong together: one without the other costs nothing"),
            "",
        )
    if firm.segments:
        return
    if scenario.bridge == "customers":
        needs: dict[Words, object] = {
            "customers": firm.customers,
            "churn_per_month": firm.churn_per_month,
            lazy("arpu_per_month or revenue_per_month"): firm.arpu_per_month or firm.revenue_per_month,
            "contribution_margin": firm.contribution_margin,
        }
    else:
        by_customers = firm.customers is not None and firm.arpu_per_month is not None
        needs = {"revenue_per_month": firm.revenue_per_month or (by_customers or None)}
    for name, value in needs.items():
        if value is None:
            other = "margin" if scenario.bridge == "customers" else "customers"
            hint = lazy("or write `bridge: {other}`, if its figures are there", other=other)
            yield where, lazy("the bridge `{bridge}` needs {name}", bridge=scenario.bridge, name=name), hint
    if scenario.counts_runoff and firm.churn_per_month is not None:
        fewest = churn_too_low(firm.churn_per_month, scenario.discount_rate)
        if fewest is not None:
            message = lazy(
                "churn down to {fewest:.3g} a month at a discount rate of {discount_rate:.3g} a year",
                fewest=fewest,
                discount_rate=scenario.discount_rate,
            )
            hint = lazy("customers would be worth ever more: state a higher rate, or `terminal: none`")
            yield ("terminal",), lazy("the run-off has no finite value: {message}", message=message), hint
    if firm.customers is not None and firm.arpu_per_month is None and median(firm.customers) <= 0:
        yield (*where, "customers"), lazy("there are no customers, so that revenue cannot be shared among them"), ""


#: Each check, and the parts of a file whose faults would make it speak of what is not there.
_GROUPS = ("organisation", "staff", _NAMES)
_STAFF, _GRAPH, _FIRM = ("organisation", "staff"), ("graph",), ("organisation",)
_CHECKS: tuple[tuple[Callable[[Scenario], Iterator[Finding]], tuple[Path_, ...]], ...] = (
    (_staff, (_STAFF,)),
    (_additions, (_GRAPH,)),
    (nodes_fit, (_GROUPS, _GRAPH)),
    (pushes_fit, (_GROUPS, _GRAPH)),
    (pilots_fit, (_GROUPS, _GRAPH, ("drivers",), ("pilots",))),
    (baselines_fit, (_FIRM, _GRAPH, ("drivers",), ("edges",))),
    (_drivers, (("drivers",), ("rivals",), ("horizon_months",), _STAFF)),
    (_pilot, (("drivers",), ("pilot",), ("horizon_months",), _GRAPH, _FIRM)),
    (_money, (_FIRM, ("bridge",))),
    (benefits_fit, (("drivers",), _STAFF)),
    (costs_fit, (("drivers",), ("pilot",))),
    (segments_fit, (_FIRM, ("bridge",), ("terminal",))),
    (time_and_tax_fit, (_FIRM, ("decision",), ("finance",))),
    (priors_fit, (("graph", "edges"),)),
    (doubt_fits, (_GRAPH,)),
    (evidence_fits, (("evidence", "credibility"), ("evidence", "add"), ("evidence", "replace"), _GRAPH)),
    (named_claims, (("evidence", "add"), ("evidence", "replace"))),
)
_BELIEFS = (priors_fit, doubt_fits, evidence_fits, named_claims)


def check_beliefs(scenario: Scenario, doubtful: frozenset[Path_] = frozenset()) -> Iterator[Finding]:
    """Yield what does not fit together in priors and evidence alone; see :func:`cross_check`."""
    for check, depends in _CHECKS:
        if check in _BELIEFS and not any(_meets(path, part) for path in doubtful for part in depends):
            yield from check(scenario)
