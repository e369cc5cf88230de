# SPDX-License-Identifier: MIT
"""What each group carries of a path that runs through several links, or pays by several groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from txsim.decide.switches import EDGES, Switches
from txsim.forecast import Forecast
from txsim.pathways import COORDINATION

#: Channels of money that pay group by group.
_STAFF = ("staff_turnover", "productivity", "absence", "time")


def link_name(forecast: Forecast, position: int) -> str:
    """Return ``"ex[claims] -> cx"`` of the link at a position of the network."""
    network = forecast.scenario.network()
    link = network.links[position]
    source = COORDINATION if link.source < 0 else network.nodes[link.source]
    return f"{source} -> {network.nodes[link.target]}"


def group_shares(
    forecast: Forecast,
    shares: Mapping[str, float],
    switches: Switches,
    payoff_without: Callable[[Sequence[list[tuple[int, float]]]], float],
    total: float,
) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Split the share of each path among the links it runs through, and among the groups by which it pays.

    A part is in proportion to what the payoff loses when that link, or that group's money, alone is switched off; the
    parts of a path sum to its share.

    Parameters
    ----------
    forecast
        Of one scenario.
    shares
        Of the payoff, by path.
    switches
        Rows that switch paths off.
    payoff_without
        From rows that are switched off to the expected payoff.
    total
        Expected payoff with nothing off.

    Returns
    -------
    tuple of dict
        By link, such as ``ex[claims] -> cx``; by path of staff's money and group.
    """
    network, plan = forecast.scenario.network(), forecast.scene.plan
    place = {name: i for i, name in enumerate(plan.rows())}
    by_path: dict[str, dict[str, list[tuple[int, float]]]] = {}
    for i, link in enumerate(network.links):
        path, row = EDGES.get(link.edge, link.edge), place[f"beta[{i}]"]
        if path in shares and any(row == known for known, _ in switches.experience.get(path, ())):
            by_path.setdefault(path, {})[link_name(forecast, i)] = [(row, 0.0)]
    links: dict[str, float] = {}
    for path, parts in by_path.items():
        links |= _split(shares[path], parts, payoff_without, total)
    groups: dict[str, dict[str, float]] = {}
    for path in _STAFF:
        rows = switches.staff.get(path, [])
        names = [_group(network.nodes[node]) for node in plan.groups]
        if path in shares and len(rows) == len(names) > 1:
            parts = {name: [row] for name, row in zip(names, rows, strict=True)}
            groups[path] = _split(shares[path], parts, payoff_without, total)
    return links, groups


def _group(node: str) -> str:
    return node.rstrip("]").partition("[")[2] or node


def _split(
    share: float,
    parts: Mapping[str, list[tuple[int, float]]],
    payoff_without: Callable[[Sequence[list[tuple[int, float]]]], float],
    total: float,
) -> dict[str, float]:
    if len(parts) == 1:
        return dict.fromkeys(parts, share)
    lost = np.array([total - payoff_without([rows]) for rows in parts.values()])
    whole = float(lost.sum())
    # Parts of both signs that nearly cancel would be blown up: then by size alone.
    if abs(whole) < 0.1 * float(np.abs(lost).sum()):
        lost, whole = np.abs(lost), float(np.abs(lost).sum())
    weights = lost / whole if whole else np.full(len(parts), 1.0 / len(parts))
    return dict(zip(parts, (share * weights).tolist(), strict=True))
