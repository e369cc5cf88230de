# SPDX-License-Identifier: MIT
"""What ``txsim graph`` answers: which node moves which, by how much as believed, after how long, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from txsim.results.codec import Result
from txsim.results.quantities import SHARE, Ratio


@dataclass(frozen=True)
class GraphLink:
    """One link between two nodes."""

    #: ``source``, ``target``: Names of the nodes; ``coordination`` is a share, no node.
    source: str
    target: str
    edge: str  #: Name of the edge of the graph that it comes from.
    #: ``slope``, ``lag``: Names of the parameters; ``lag`` is ``None`` where the link acts at once.
    slope: str
    lag: str | None
    belief: str  #: What is believed of the slope before the evidence: median and 90 % interval, in words.
    weight: Literal["one", "reach_share", "headcount_share"]  #: How the slope is shared out among staff groups.
    factor: Ratio  #: What the scenario multiplies the link by; 0 switches it off.
    #: Probability that the link does nothing, before the evidence; ``None`` where no doubt is stated.
    doubt: Annotated[float | None, SHARE]
    silo: bool  #: Whether it crosses a silo, so that coordination lifts it.
    #: ``why``, ``evidence``: The reason, and the entries of the library behind it.
    why: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class CausalGraph(Result):
    """The answer of ``txsim graph``; what each field is, stands in docs/schema.md."""

    kind: ClassVar[str] = "graph"

    #: ``scenario``, ``hash``: Title and hash of the scenario.
    scenario: str
    hash: str
    nodes: tuple[str, ...]  #: Names of the single nodes, in the order in which they are simulated.
    links: tuple[GraphLink, ...]  #: Every link, those that are switched off as well.
    #: Sets of nodes that feed back on each other by links that are not switched off.
    loops: tuple[tuple[str, ...], ...]
