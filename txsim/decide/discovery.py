# SPDX-License-Identifier: MIT
"""Scenario discovery: in which region of the parameters something happens, told as rules.

A shallow classification tree (Breiman and others 1984; scikit-learn) finds regions that hold many of the cases and
little else, as Lempert and others (Technological Forecasting & Social Change 75, 2008) compare with PRIM.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from txsim.types import Array

#: χ² below which the best of some dozens of idle parameters, cut at its best value, splits draws by chance.
_CHANCE = 20.0


@dataclass(frozen=True)
class Region:
    """A box of parameters."""

    rules: tuple[tuple[str, str, float], ...]  #: Parameter, ``above`` or ``at_most``, value; all hold together.
    share: float  #: Share of all draws in it.
    density: float  #: Share of its draws in which the thing happens.
    coverage: float  #: Share of all such draws that lie in it.


def discover(
    happens: ArrayLike, parameters: Mapping[str, Array], *, depth: int = 3, least: float = 0.05
) -> tuple[Region, ...]:
    """Return regions in which something happens more often than on the whole.

    ``happens``: ``(draw,)`` whether it happens; ``parameters``: draws ``(draw,)`` by name; ``depth``: most rules of a
    region; ``least``: smallest share of draws in a region. By falling coverage; empty where it happens always,
    never or regardless of the parameters.
    """
    event = np.asarray(happens, dtype=bool)
    if not parameters or event.all() or not event.any():
        return ()
    from sklearn.tree import DecisionTreeClassifier

    names = list(parameters)
    table = np.column_stack([parameters[name] for name in names])
    share = float(event.mean())
    told = _CHANCE * 2.0 * share * (1.0 - share) / event.size  # what χ² of a split is in the tree's impurity
    tree: Any = DecisionTreeClassifier(
        max_depth=depth, min_samples_leaf=least, min_impurity_decrease=told, random_state=0
    ).fit(table, event)
    inner = tree.tree_
    leaf = tree.apply(table)
    regions: list[Region] = []

    def walk(node: int, rules: tuple[tuple[str, str, float], ...]) -> None:
        if inner.children_left[node] < 0:
            here = leaf == node
            density = float(event[here].mean())
            if density > 1.1 * float(event.mean()):
                coverage = float((event & here).sum() / event.sum())
                regions.append(Region(_shortest(rules), float(here.mean()), density, coverage))
            return
        name, at = names[inner.feature[node]], float(inner.threshold[node])
        walk(int(inner.children_left[node]), (*rules, (name, "at_most", at)))
        walk(int(inner.children_right[node]), (*rules, (name, "above", at)))

    walk(0, ())
    return tuple(sorted(regions, key=lambda region: -region.coverage))


def _shortest(rules: tuple[tuple[str, str, float], ...]) -> tuple[tuple[str, str, float], ...]:
    """Return the rules without those that a later rule about the same side makes idle."""
    tightest: dict[tuple[str, str], float] = {}
    for name, side, value in rules:
        known = tightest.get((name, side))
        narrower = max if side == "above" else min
        tightest[name, side] = value if known is None else narrower(known, value)
    return tuple((name, side, value) for (name, side), value in tightest.items())
