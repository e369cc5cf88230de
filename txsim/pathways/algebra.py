# SPDX-License-Identifier: MIT
"""The linear algebra of a network: slopes to a matrix, the matrix to what settles, and how near it is to running away.

Each formula stands here once. The functions use only operators that NumPy arrays and PyTensor tensors share, so the
posterior, the derived quantities and the simulation read the same text. Arrays may have leading batch axes (draws).
Where a function needs more than operators it takes ``xp``, the namespace: ``numpy`` or ``pytensor.tensor``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.pathways.graph import Network

__all__ = [
    "SQUARINGS",
    "Wiring",
    "barrier",
    "log_radius",
    "powers",
    "settled",
    "shares",
    "slope_matrix",
    "spectral_radius",
    "wiring",
]

Array = NDArray[np.float64]

#: Squarings of the matrix of slopes: influence is followed through 127 steps, the radius is read off the 64th power.
SQUARINGS = 6

#: Where the barrier begins to bite, and how softly (docs/model.md, section 2).
BARRIER_AT, BARRIER_WIDTH, BARRIER_HEIGHT = 0.9, 0.05, 8.0


@dataclass(frozen=True, slots=True, eq=False)
class Wiring:
    """A network as constant arrays; links from coordination are left out, for coordination is not a node.

    Attributes
    ----------
    slopes
        Name of the slope of each link, length L.
    constant
        Weight of each link that does not depend on parameters, shape (L,): 1, a share of headcount, or 0.
    by_share
        Which group's share of reach each link carries, shape (groups, L), 0 or 1.
    headcount
        Share of headcount of each group, shape (groups,).
    into, out_of
        Target and source of each link as 0 and 1, shapes (nodes, L) and (L, nodes).
    """

    slopes: tuple[str, ...]
    constant: Array
    by_share: Array
    headcount: Array
    into: Array
    out_of: Array


def wiring(network: Network) -> Wiring:
    """Return the constant arrays of a network."""
    links = [link for link in network.links if link.source >= 0]
    nodes, groups = len(network.nodes), len(network.groups)
    headcount = np.array([group.share for group in network.groups], dtype=np.float64)
    constant = np.ones(len(links))
    by_share = np.zeros((groups, len(links)))
    into, out_of = np.zeros((nodes, len(links))), np.zeros((len(links), nodes))
    for i, link in enumerate(links):
        into[link.target, i] = out_of[i, link.source] = 1.0
        if link.group is None or link.weight == "one":
            continue
        if link.weight == "reach_share":
            constant[i], by_share[link.group, i] = 0.0, 1.0
        else:
            # Among the groups that this edge leaves from, towards the same target.
            rivals = {other.group for other in links if (other.edge, other.target) == (link.edge, link.target)}
            constant[i] = headcount[link.group] / sum(headcount[g] for g in rivals if g is not None)
    return Wiring(tuple(link.slope for link in links), constant, by_share, headcount, into, out_of)


def shares(reach: Any, headcount: Array) -> Any:
    """Return each group's share of what staff do to customers, ``h ρ / Σ h ρ`` (docs/model.md, section 2).

    Parameters
    ----------
    reach
        Customers that one person affects, against one front-line person, shape (…, groups).
    headcount
        Share of headcount, shape (groups,).
    """
    weight = reach * headcount
    return weight / weight.sum(axis=-1, keepdims=True)


def slope_matrix(slopes: Any, share: Any, wired: Wiring) -> Any:
    """Return ``B[target, source]``, points of the target per point of the source.

    Parameters
    ----------
    slopes
        Slope of each link before weights, in the order of ``wired.slopes``, shape (…, L).
    share
        Shares of :func:`shares`, shape (…, groups).
    wired
        The network's constant arrays.

    Returns
    -------
    array
        Shape (…, nodes, nodes).
    """
    carried = slopes * (wired.constant + share @ wired.by_share)
    return (wired.into * carried[..., None, :]) @ wired.out_of


def powers(b: Any) -> list[Any]:
    """Return ``B, B², B⁴, …`` by :data:`SQUARINGS` squarings, each of shape (…, nodes, nodes)."""
    found = [b]
    for _ in range(SQUARINGS):
        found.append(found[-1] @ found[-1])
    return found


def settled(squares: list[Any], nodes: int) -> Any:
    """Return ``(I − B)⁻¹`` as ``Π (I + B^(2^k))``: what a constant push of one point settles at, shape of ``B``."""
    whole = squares[0] + np.eye(nodes)
    for square in squares[1:]:
        whole = whole + whole @ square
    return whole


def log_radius(xp: Any, last: Any) -> Any:
    """Return the log of the spectral radius, read off the 64th power of ``|B|``, shape (…)."""
    return xp.log((last * last).sum(axis=(-2, -1)) + 1e-280) / (2.0 * 2**SQUARINGS)


def barrier(xp: Any, log_of_radius: Any) -> Any:
    """Return the log of how far feedback this strong is believed, ``−8 softplus((ln ρ̂ − ln 0.9)/0.05)``."""
    return -BARRIER_HEIGHT * xp.logaddexp(0.0, (log_of_radius - np.log(BARRIER_AT)) / BARRIER_WIDTH)


def spectral_radius(b: Array) -> Array:
    """Return the largest modulus of an eigenvalue of each matrix, shape (…); NumPy only, exact."""
    radius: Array = np.abs(np.linalg.eigvals(b)).max(axis=-1)
    return radius
