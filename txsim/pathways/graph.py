# SPDX-License-Identifier: MIT
"""The causal graph as data: nodes, edges, and what they become for a firm's staff groups (docs/model.md, section 2).

A :class:`Graph` is what people write: ``ex -> cx`` is one edge, whatever the staff groups. :func:`expand` turns it into
a :class:`Network` of single nodes and links for given groups, which inference and simulation both read. Nothing here
knows a number: slopes and lags are names of parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from txsim.errors import did_you_mean
from txsim.language import lazy
from txsim.package_data import load_packaged

#: The one input that is not a node: how far experience is run as one strategy, 0 … 1.
COORDINATION = "coordination"
#: The tools of staff: one node, or in a scenario that says so one for each group.
TOOLS = "ux_employee"

Weight = Literal["one", "reach_share", "headcount_share"]
Which = Literal["all", "customer_facing", "internal"]


@dataclass(frozen=True, slots=True)
class Node:
    """One index that people can measure; per staff group if ``per_group``."""

    name: str
    per_group: bool = False
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """One influence between two nodes."""

    #: ``source``, ``target``: Names of nodes; the source may be ``coordination``.
    source: str
    target: str
    #: ``slope``, ``lag``: Names of parameters; a link from coordination has no lag.
    slope: str
    lag: str | None = None
    silo: bool = False  #: Whether the edge crosses a silo and so gains from coordination.
    #: ``reach_share``: headcount times reach, over all groups. ``headcount_share``: headcount among the source's
    #: groups. ``one``: as it stands.
    weight: Weight = "one"
    #: ``from_groups``, ``to_groups``: Which staff groups it joins where an end is per group.
    from_groups: Which = "all"
    to_groups: Which = "all"
    #: ``why``, ``evidence``: The reason in a sentence and the ids of the evidence.
    why: str = ""
    evidence: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """``"source -> target"``, with the groups where two edges would share that name."""
        if self.source == self.target:
            return f"{self.source}[{self.from_groups}] -> {self.target}[{self.to_groups}]"
        return f"{self.source} -> {self.target}"


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes and edges, before staff groups."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def with_additions(self, nodes: Iterable[Node], edges: Iterable[Edge]) -> Graph:
        """Return the graph with more nodes and edges.

        Raises :class:`ValueError` if a name is taken, an edge stands already or an end does not exist.
        """
        extended = Graph((*self.nodes, *nodes), (*self.edges, *edges))
        extended.check()
        return extended

    def check(self) -> None:
        """Raise ``ValueError`` if a name is used twice or an edge has an end that does not exist."""
        names = [node.name for node in self.nodes]
        for name in names:
            if names.count(name) > 1 or name == COORDINATION:
                raise ValueError(lazy("the node `{name}` exists already", name=name))
        seen: set[str] = set()
        for edge in self.edges:
            if edge.name in seen:
                raise ValueError(lazy("the edge `{name}` exists already", name=edge.name))
            seen.add(edge.name)
            for end in (edge.source, edge.target):
                if end not in names and not (end == COORDINATION and end == edge.source):
                    message = lazy(
                        "the edge `{name}` names the unknown node `{end}`{suggestion}",
                        name=edge.name,
                        end=end,
                        suggestion=did_you_mean(end, names),
                    )
                    raise ValueError(message)
            if edge.source == edge.target and not self.node(edge.source).per_group:
                raise ValueError(lazy("the edge `{name}` leads from a node to itself", name=edge.name))

    def node(self, name: str) -> Node:
        """Return the node of that name; ``KeyError`` if there is none."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Group:
    """A staff group as the graph needs it: its share of headcount and whether it meets customers."""

    name: str
    share: float
    meets_customers: bool


#: The firm that every claim speaks about (docs/model.md, section 8); packaged, so that calibrations can be shared.
REFERENCE_GROUPS = (Group("front", 0.7, True), Group("support", 0.3, False))
REFERENCE_CX = 65.0
REFERENCE_CHURN = 0.018


@dataclass(frozen=True, slots=True)
class Link:
    """One edge between two single nodes."""

    edge: str  #: Name of the :class:`Edge` it comes from.
    #: ``source``, ``target``: Positions in :attr:`Network.nodes`; source -1 is coordination.
    source: int
    target: int
    #: ``slope``, ``lag``: Names of parameters.
    slope: str
    lag: str | None
    silo: bool  #: Whether coordination lifts it.
    #: ``weight``, ``group``: How the slope is shared out, and the position of the group it speaks of.
    weight: Weight
    group: int | None


@dataclass(frozen=True, slots=True)
class Network:
    """The graph for given staff groups: single nodes and links between them."""

    nodes: tuple[str, ...]
    links: tuple[Link, ...]
    groups: tuple[Group, ...]

    def position(self, name: str) -> int:
        """Return the position of a node; ``KeyError`` if there is none."""
        try:
            return self.nodes.index(name)
        except ValueError:
            raise KeyError(name) from None

    def members(self, node: str) -> tuple[int, ...]:
        """Return the positions of a node, one for each group if it is per group."""
        return tuple(i for i, name in enumerate(self.nodes) if name == node or name.startswith(f"{node}["))

    def reached_from(self, starts: Iterable[int]) -> frozenset[int]:
        """Return the positions that an influence from ``starts`` can reach, themselves included."""
        reached = set(starts)
        while True:
            more = {link.target for link in self.links if link.source in reached} - reached
            if not more:
                return frozenset(reached)
            reached |= more

    def loops(self) -> tuple[tuple[int, ...], ...]:
        """Return the sets of nodes that feed back on each other (strongly connected, two nodes or more)."""
        reach = {i: self.reached_from([i]) for i in range(len(self.nodes))}
        components = {tuple(sorted(j for j in reach[i] if i in reach[j])) for i in range(len(self.nodes))}
        return tuple(sorted(loop for loop in components if len(loop) > 1))


def _chosen(groups: Sequence[Group], which: Which) -> list[int]:
    return [
        i for i, group in enumerate(groups) if which == "all" or group.meets_customers == (which == "customer_facing")
    ]


def expand(graph: Graph, groups: Sequence[Group]) -> Network:
    """Return the network of single nodes for these staff groups.

    ``groups``: staff groups; a node per group becomes one node for each. Without groups such nodes do not exist.
    Returns nodes in the order of the graph, groups in the order given, for example ``"ex[front]"``.
    """
    places: dict[str, list[int]] = {}
    names: list[str] = []
    for node in graph.nodes:
        labels = [f"{node.name}[{group.name}]" for group in groups] if node.per_group else [node.name]
        places[node.name] = list(range(len(names), len(names) + len(labels)))
        names += labels
    links: list[Link] = []
    per_group = {node.name: node.per_group for node in graph.nodes} | {COORDINATION: False}
    places[COORDINATION] = [-1]
    for edge in graph.edges:
        sources = _chosen(groups, edge.from_groups) if per_group[edge.source] else [0]
        targets = _chosen(groups, edge.to_groups) if per_group[edge.target] else [0]
        for s in sources:
            # Between two nodes per group an edge stays inside the group unless it says which groups it joins.
            inside = (
                per_group[edge.source]
                and per_group[edge.target]
                and (edge.from_groups, edge.to_groups) == ("all", "all")
            )
            for t in targets:
                if (inside and s != t) or places[edge.source][s] == places[edge.target][t]:
                    continue
                links.append(
                    Link(
                        edge.name,
                        places[edge.source][s],
                        places[edge.target][t],
                        edge.slope,
                        edge.lag,
                        edge.silo,
                        edge.weight,
                        s if per_group[edge.source] else None,
                    )
                )
    return Network(tuple(names), tuple(links), tuple(groups))


def with_tools_by_group(graph: Graph) -> Graph:
    """Return the graph with tools as a node per staff group: what they do to a single node is shared out like EX."""
    nodes = tuple(replace(node, per_group=True) if node.name == TOOLS else node for node in graph.nodes)
    single = {node.name for node in nodes if not node.per_group}
    edges = tuple(
        replace(edge, weight="reach_share") if edge.source == TOOLS and edge.target in single else edge
        for edge in graph.edges
    )
    return Graph(nodes, edges)


def default_graph() -> Graph:
    """Return the default graph of the package (``default.yaml`` beside this file).

    >>> default_graph().edges[0].source
    'ux_employee'
    """
    return graph_from_data(load_packaged("txsim.pathways", "default.yaml"))


def graph_from_data(data: Mapping[str, Any]) -> Graph:
    """Return a graph from plain data, as in ``default.yaml``; ``ValueError`` or ``TypeError`` if it is not one."""
    nodes = tuple(Node(**node) for node in data["nodes"])
    edges = tuple(Edge(**{**edge, "evidence": tuple(edge.get("evidence", ()))}) for edge in data["edges"])
    graph = Graph(nodes, edges)
    graph.check()
    return graph
