# SPDX-License-Identifier: MIT
"""The causal graph as data, and its linear algebra."""

from txsim.pathways.graph import (
    COORDINATION,
    REFERENCE_CHURN,
    REFERENCE_CX,
    REFERENCE_GROUPS,
    TOOLS,
    Edge,
    Graph,
    Group,
    Link,
    Network,
    Node,
    default_graph,
    expand,
    graph_from_data,
    with_tools_by_group,
)
