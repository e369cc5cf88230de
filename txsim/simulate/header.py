# SPDX-License-Identifier: MIT
"""Where each number stands before the lists of a plan's integers: sizes, switches, and where each list begins."""

from __future__ import annotations

(
    MONTHS,
    N_NODES,
    N_LINKS,
    N_PUSHES,
    N_COORDINATION,  # shapes that coordinate
    N_SHAPES,
    N_ITEMS,
    N_GROUPS,
    CX,  # nodes by their position
    UX,
    INTERACTIONS,
    RIVAL_START,
    PAYS_MARGIN,
    HAS_CUSTOMERS,
    HAS_MARGIN,
    N_SLOTS,  # paths that are simulated
    N_KEPT,  # fields whose months are wanted
    HAS_RIVALS,
    HAS_SERVE,
    HAS_DIGITAL,
    PATHS,  # from here on: where lists begin. Links and pushes are sorted by the node they act on.
    MOVES,
    GROUPS,
    COORDINATION,
    LINK_FIRST,
    LINKS,
    PUSH_FIRST,
    PUSHES,
    WAVES,
    ITEMS,
    REACHED,
    KEPT_PATHS,
    KEPT_FIELDS,
    N_REACHED,
    EXTENDED,  # from here on: what most scenarios do not have, see ``beyond.py``
    N_TIRES,
    TIRES,
    N_SEGMENTS,
    SEGMENTS,
    HAS_CAPEX,
    LIVES,
    WRITE_OFF,
    MORE,
    N_MORE,
    SIZE,
) = range(45)
