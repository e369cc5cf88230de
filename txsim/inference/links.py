# SPDX-License-Identifier: MIT
"""Links that may be nothing: which are in force, and what statements then speak of (docs/model.md, section 8.4).

With ``s_e`` in {0, 1} the effective slope ``s_e β_e`` stands wherever a slope does. A handful of links are in doubt at
most, so every *state*, which links are in force, is carried along; the first one has all of them in force.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.evidence import ScoredStatement
from txsim.inference.statements import Reference
from txsim.pathways import Graph
from txsim.types import Array

#: What a statement's quantity is in a state: some number; 0 for want of any route; a ratio to 0; 0 to 0.
LIVE, ZERO, INFINITE, UNDEFINED = 0, 1, 2, 3


def link_name(slope: str) -> str:
    """Return the name under which draws say whether a doubted link is in force."""
    return f"link[{slope}]"


def states(count: int) -> Array:
    """Return every state of so many links, ``(state, link)``: 1 in force, 0 not; the first is all in force."""
    return np.array(list(itertools.product((1.0, 0.0), repeat=count))).reshape(2**count, count)


def log_prior(doubt: Mapping[str, float]) -> Array:
    """Return the log prior probability ``(state,)`` of each state, links independent."""
    chance = np.array(list(doubt.values()))
    each = np.where(states(len(doubt)) > 0, 1.0 - chance, chance)
    return np.asarray(np.log(np.maximum(each, 1e-300)).sum(axis=1))


def effective(par: Mapping[str, Any], slopes: Iterable[str], force: Iterable[Any]) -> dict[str, Any]:
    """Return parameters with effective slopes.

    ``par``: parameters by name, slopes as if every link were in force. ``force``: for each of them 1 or 0, alone or
    along axes that the parameters broadcast with.
    """
    return {**par, **{name: par[name] * held for name, held in zip(slopes, force, strict=True)}}


def kinds_of_value(graph: Graph, slopes: Sequence[str], statements: Sequence[ScoredStatement]) -> NDArray[np.int8]:
    """Return what each statement's quantity is in each state, ``(state, statement)``: :data:`LIVE` or not.

    What vanishes does so by the graph, whatever the numbers: it is found at one point with no slope 0.
    """
    reference = Reference(graph)
    names = {link.slope for link in reference.network.links}
    names |= {part.strip() for s in statements for part in s.about.split("/")}
    names |= {"reach", "confounding", "churn_cx", "referral_cx", "spend_cx", "cx_margin"}
    one = {name: np.array(0.05 + 0.01 * i / len(names)) for i, name in enumerate(sorted(names))}
    kinds = np.zeros((2 ** len(slopes), len(statements)), dtype=np.int8)
    with np.errstate(divide="ignore", invalid="ignore"):
        for row, force in zip(kinds, states(len(slopes)), strict=True):
            statistics, _ = reference.all_statistics(statements, effective(one, slopes, force), np.stack, np.log, ())
            values = np.array([float(value) for value in statistics])
            row[values == 0.0] = ZERO
            row[np.isinf(values)] = INFINITE
            row[np.isnan(values)] = UNDEFINED
    return kinds
