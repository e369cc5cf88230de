# SPDX-License-Identifier: MIT
"""The causal graph as data, and its linear algebra."""

from txsim.pathways.graph import (
    COORDINATION,
    REFERENCE_CHURN,
    REFERENCE_CX,
    REFERENCE_GROUPS,
    Edge,
    Graph,
    Group,
    Link,
    Network,
    Node,
    default_graph,
    expand,
    graph_from_data,
)

__all__ = [
    "COORDINATION",
    "REFERENCE_CHURN",
    "REFERENCE_CX",
    "REFERENCE_GROUPS",
    "Edge",
    "Graph",
    "Group",
    "Link",
    "Network",
    "Node",
    "default_graph",
    "expand",
    "graph_from_data",
]
