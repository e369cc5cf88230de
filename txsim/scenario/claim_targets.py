# SPDX-License-Identifier: MIT
"""Whether the graph and the parameters have what a scenario's own claims speak of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from txsim.errors import did_you_mean
from txsim.evidence import QUANTITIES, Claim
from txsim.language import Words, lazy
from txsim.pathways import REFERENCE_GROUPS, Network
from txsim.scenario import vocabulary
from txsim.scenario.yaml_reader import Path_

if TYPE_CHECKING:
    from txsim.scenario.models import Scenario

__all__ = ["speaks_of_nothing", "unspoken"]


def speaks_of_nothing(scenario: Scenario, claims: Mapping[str, Claim]) -> Iterator[tuple[Path_, Words, Words]]:
    """Yield path, message and hint of each statement of an own or replaced claim that speaks of what is not there."""
    try:
        network = vocabulary.network_of(scenario.full_graph(), REFERENCE_GROUPS)
    except ValueError:
        return  # told by the checks of the graph
    names = [*vocabulary.calibrated(), *scenario.edge_priors]
    for block, ids in (("add", scenario.evidence.add), ("replace", scenario.evidence.replace)):
        for name in ids:
            for i, statement in enumerate(claims[name].statements):
                message, hint = unspoken(statement.statistic, statement.about, network, names)
                if statement.about in _KEYS:
                    message, hint = _apart(claims[name], statement.about)
                if message:
                    yield ("evidence", block, name, "statements", i, "about"), message, hint


#: Parameters that no calibration holds, and the key without which nothing is computed with them.
_KEYS = {"time_ux": "time_realised", "absence_ex": "absence_rate"}


def _apart(claim: Claim, name: str) -> tuple[Words, Words]:
    """Return what is wrong with a claim about a parameter that no calibration holds, and a hint."""
    if claim.needs == _KEYS[name]:
        return "", ""
    return lazy("`{name}` counts only where `{keys}` is stated", name=name, keys=_KEYS[name]), lazy(
        "add `needs: {keys}` to the claim", keys=_KEYS[name]
    )


def unspoken(statistic: str, about: str, network: Network, names: list[str]) -> tuple[Words, Words]:
    """Return what is wrong with what a statement is about, and a hint; both empty if it is there."""
    if statistic in ("parameter", "ratio"):
        for part in (part.strip() for part in about.split("/")):
            if part not in names:
                return lazy(
                    "unknown parameter `{part}`{suggestion}", part=part, suggestion=did_you_mean(part, names)
                ), f"known: {', '.join(names)}"
        return "", ""
    if statistic == "quantity":
        if about in QUANTITIES:
            return "", ""
        return lazy(
            "unknown quantity `{about}`{suggestion}", about=about, suggestion=did_you_mean(about, QUANTITIES)
        ), f"known: {', '.join(QUANTITIES)}"
    ends = [part.strip() for part in about.split("->")]
    nodes = list(dict.fromkeys([*(node.partition("[")[0] for node in network.nodes), *network.nodes]))
    for end in ends:
        if not network.members(end):
            hint = lazy("nodes of the reference organisation: {nodes}", nodes=", ".join(nodes))
            return lazy("the graph has no node `{end}`{suggestion}", end=end, suggestion=did_you_mean(end, nodes)), hint
    starts, goals = network.members(ends[0]), network.members(ends[1])
    if not (network.reached_from(starts) - set(starts)) & set(goals):
        return (
            lazy("the graph has no route from `{ends}` to `{ends2}`", ends=ends[0], ends2=ends[1]),
            lazy("add the edge under `graph`, or drop the claim"),
        )
    return "", ""
