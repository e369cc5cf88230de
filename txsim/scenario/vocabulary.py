# SPDX-License-Identifier: MIT
"""What comes with the package, read once: ten thousand scenario files are checked against the same names.

These are constants in all but name: the packaged files do not change while a process runs.
"""

from __future__ import annotations

from functools import lru_cache

from txsim.evidence import Claim, Design, designs, library
from txsim.pathways import Edge, Graph, Group, Network, Node, default_graph, expand, with_tools_by_group
from txsim.priors.catalogue import Parameter, parameters


@lru_cache(maxsize=1)
def parameter_table() -> dict[str, Parameter]:
    """Return the catalogue of parameters."""
    return parameters()


@lru_cache(maxsize=1)
def claims() -> dict[str, Claim]:
    """Return the packaged claims."""
    return library()


@lru_cache(maxsize=1)
def kinds_of_study() -> dict[str, Design]:
    """Return the packaged designs."""
    return designs()


@lru_cache(maxsize=1)
def lag_names() -> tuple[str, ...]:
    """Return the lags that edges can share."""
    return tuple(name for name in parameter_table() if name.startswith("lag_"))


@lru_cache(maxsize=1)
def _default_graph() -> Graph:
    return default_graph()


@lru_cache(maxsize=64)
def full_graph(nodes: tuple[Node, ...], edges: tuple[Edge, ...]) -> Graph:
    """Return the default graph with additions; ``ValueError`` if they do not fit."""
    return _default_graph().with_additions(nodes, edges) if nodes or edges else _default_graph()


@lru_cache(maxsize=64)
def network_of(graph: Graph, groups: tuple[Group, ...], tools_by_group: bool = False) -> Network:
    """Return the network of single nodes for these staff groups, tools one for each of them if that is wanted."""
    return expand(with_tools_by_group(graph) if tools_by_group else graph, groups)


@lru_cache(maxsize=1)
def calibrated() -> tuple[str, ...]:
    """Return the parameters that a calibration holds, which claims may speak of."""
    return tuple(name for name, parameter in parameter_table().items() if parameter.role == "calibration")
