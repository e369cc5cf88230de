# SPDX-License-Identifier: MIT
"""What surveys see beside what pushing gives, with what lies between (docs/model.md, section 8)."""

from __future__ import annotations

from collections.abc import Mapping

from txsim.desk.listing import interval
from txsim.inference.gap import gap
from txsim.pathways import Graph
from txsim.results.beliefs import Gap
from txsim.types import Array


def gap_of(graph: Graph, path: str, par: Mapping[str, Array]) -> Gap:
    """Return association, effect and the shares of what lies between.

    Parameters
    ----------
    graph
        Nodes and edges.
    path
        ``a -> b``.
    par
        Draws by parameter ``(draw,)``.
    """
    decomposition = gap(graph, path, par)
    whole = float(decomposition.association.mean())
    shares = {name: float(part.mean()) / whole for name, part in decomposition.parts.items()}
    return Gap(
        path,
        interval(decomposition.association),
        interval(decomposition.effect),
        decomposition.share_effect,
        shares,
    )
