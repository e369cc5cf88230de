# SPDX-License-Identifier: MIT
"""Whether what a scenario says of nodes, edges and pushes fits its graph and its staff groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from txsim.errors import did_you_mean
from txsim.language import Words, lazy
from txsim.pathways import COORDINATION, Network
from txsim.priors.distributions import point
from txsim.priors.sense import impossible
from txsim.scenario.actions import Driver
from txsim.scenario.belief_checks import Finding
from txsim.scenario.layers import KEY
from txsim.scenario.models import Scenario
from txsim.scenario.pilot_log import PilotReading

_MOST_NODES = 100


def network_of(scenario: Scenario) -> Network | None:
    """Return the network, or ``None`` where additions do not fit, which has been told."""
    try:
        return scenario.network()
    except ValueError:
        return None


def nodes_fit(scenario: Scenario) -> Iterator[Finding]:
    """Yield nodes and edges that the scenario names and the graph does not have."""
    network = network_of(scenario)
    if network is None:
        return
    if len(network.nodes) > _MOST_NODES:
        yield (
            ("graph", "nodes"),
            lazy(
                "{number} nodes with all staff groups, the limit is {most_nodes}",
                number=len(network.nodes),
                most_nodes=_MOST_NODES,
            ),
            "",
        )
    names = node_names(scenario, network)
    for name in scenario.organisation.index:
        if name not in names:
            yield ("organisation", "index", name, KEY), *unknown_node(name, names, network)
    edges = [edge.name for edge in scenario.full_graph().edges]
    for name in scenario.edges:
        if name not in edges:
            yield (
                ("edges", name, KEY),
                lazy("unknown edge `{name}`{suggestion}", name=name[:80], suggestion=did_you_mean(name, edges)),
                lazy("known: {names}", names="; ".join(edges)),
            )


def node_names(scenario: Scenario, network: Network) -> list[str]:
    """Return names of single nodes and of nodes for all groups."""
    return list(dict.fromkeys([*network.nodes, *(node.name for node in scenario.full_graph().nodes)]))


def unknown_node(name: str, names: Iterable[str], network: Network) -> tuple[Words, Words]:
    """Return what is wrong with the name of a node, and which names there are."""
    kind, bracket, group = name.rstrip("]").partition("[")
    if bracket and any(known.startswith(f"{kind}[") for known in names):
        groups = [each.name for each in network.groups]
        return lazy(
            "unknown staff group `{group}`{suggestion}", group=group[:60], suggestion=did_you_mean(group, groups)
        ), lazy("known: {names}", names=", ".join(groups))
    return lazy("unknown node `{name}`{suggestion}", name=name[:60], suggestion=did_you_mean(name, names)), lazy(
        "known: {names}", names=", ".join(names)
    )


def pushes_fit(scenario: Scenario) -> Iterator[Finding]:
    """Yield pushes of nodes or groups that are not there."""
    network = network_of(scenario)
    if network is None:
        return
    for i, driver in enumerate(scenario.drivers):
        yield from _pushes_of(scenario, network, i, driver)


def _pushes_of(scenario: Scenario, network: Network, i: int, driver: Driver) -> Iterator[Finding]:
    names = node_names(scenario, network)
    groups = [group.name for group in network.groups]
    for j, push in enumerate(driver.pushes):
        where = ("drivers", i, "pushes", j)
        if push.node == COORDINATION:
            yield (
                (*where, "node"),
                lazy("coordination is not pushed"),
                lazy("write `coordination: {to: 0.6, months: 12}` in the driver"),
            )
        elif push.node not in names:
            yield (*where, "node"), *unknown_node(push.node, names, network)
        elif push.group is not None and "[" in push.node:
            yield (
                (*where, "group"),
                lazy("`node: {node}` names the group already", node=push.node),
                lazy("leave `group` out"),
            )
        elif push.group is not None and not any(name.startswith(f"{push.node}[") for name in names):
            per_group = sorted({name.partition("[")[0] for name in names if "[" in name})
            yield (
                (*where, "group"),
                lazy("`{node}` is one node for all staff", node=push.node),
                lazy("per group: {per_group}", per_group=", ".join(per_group)),
            )
        elif push.group is not None and push.group not in groups:
            hint = lazy("known: {names}", names=", ".join(groups))
            yield (
                (*where, "group"),
                lazy(
                    "unknown staff group `{group}`{suggestion}",
                    group=push.group,
                    suggestion=did_you_mean(push.group, groups),
                ),
                hint,
            )
        elif not network.members(push.target):
            yield (
                (*where, "node"),
                lazy("`{target}` has no staff group", target=push.target),
                lazy("organisation.staff is empty"),
            )


def reached(scenario: Scenario, network: Network) -> frozenset[int]:
    """Return the positions of the nodes that the drivers push or that an influence from them reaches."""
    pushed: set[int] = set()
    on = [link for link in network.links if scenario.edges.get(link.edge, 1.0) > 0]
    for driver in scenario.drivers:
        for push in driver.pushes:
            pushed.update(network.members(push.target))
        if driver.coordination is not None:
            pushed.update(link.target for link in on if link.source < 0)
    return replace(network, links=tuple(on)).reached_from(pushed)


def baselines_fit(scenario: Scenario) -> Iterator[Finding]:
    """Yield nodes that a driver moves and whose level nobody stated."""
    network = network_of(scenario)
    if network is None:
        return
    for position in sorted(reached(scenario, network)):
        node = network.nodes[position]
        if scenario.baseline(node) is None:
            message = lazy("the baseline of `{node}` is needed: a driver pushes it or reaches it", node=node)
            yield (
                ("organisation", "index"),
                message,
                lazy("write `{node}: 55`, or `{node}: {{value: 12, scale: nps}}`", node=node),
            )


def pilots_fit(scenario: Scenario) -> Iterator[Finding]:
    """Yield finished pilots that measured what is not here."""
    for i, reading in enumerate(scenario.pilots.entries if scenario.pilots is not None else ()):
        for key, message, hint in reading_fits(scenario, reading):
            yield ("pilots", "entries", i, key), message, hint


def reading_fits(scenario: Scenario, reading: PilotReading) -> Iterator[tuple[str, Words, Words]]:
    """Yield what a scenario does not have of what one finished pilot names: its key, what is wrong, a hint."""
    network = network_of(scenario)
    names = [] if network is None else node_names(scenario, network)
    if network is not None and (reading.node not in names or not network.members(reading.node)):
        close = did_you_mean(reading.node, names)
        message = lazy("a pilot measured `{node}`, which is no node here{close}", node=reading.node[:60], close=close)
        yield "node", message, lazy("known: {names}", names=", ".join(names))
    nonsense = impossible("index points", "", point(reading.points))
    if nonsense is not None:
        yield "points", *nonsense
    drivers = [driver.name for driver in scenario.drivers]
    for gone in (name for name in reading.drivers if name not in drivers):
        message = lazy("a pilot in the log ran the driver `{gone}`, which is not here", gone=gone[:60])
        yield "drivers", message, lazy("leave `pilots` out, or keep the driver that was piloted")
