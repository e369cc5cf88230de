# SPDX-License-Identifier: MIT
"""Where the kernel finds what it computes with: sizes, switches, and the places of rows, lists and scratch memory.

Read once from the integers of a plan (``header.py``) and passed on as a tuple, which costs nothing: the functions that
take it are compiled into one. Imported only to be compiled.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from txsim.simulate import header as h
from txsim.simulate.beyond import N_MONTH, N_SUM
from txsim.simulate.beyond import N_ROWS as N_SEGMENT_ROWS
from txsim.simulate.parts import N_SINGLE, N_STATE
from txsim.simulate.simd import spliced


class Places(NamedTuple):
    """Integers that hold for all draws of a plan: ``i_`` places in ``whole``, ``k_`` in ``real``, the rest in scratch.

    Scratch memory begins with the rows of a block, ``r_``, in the order of ``Plan.rows()``; ``s_`` is what follows.
    """

    # Sizes.
    months: int
    n: int
    n_links: int
    n_coord: int
    n_shapes: int
    n_items: int
    n_groups: int
    n_tires: int
    n_segments: int
    n_paths: int  # that are simulated
    n_kept: int  # fields whose months are wanted at all
    n_reached: int  # nodes that a push reaches
    # What is where, and what there is at all.
    cx: int  # nodes by their position
    ux: int
    interactions: int
    rival_start: int
    pays_margin: int
    has_customers: int
    has_margin: int
    has_rivals: int
    has_serve: int
    has_digital: int
    extended: int
    has_capex: int
    write_off: int
    # Lists among the integers; links and pushes are sorted by the node they act on.
    i_paths: int
    i_moves: int
    i_groups: int
    i_coord: int
    i_link_first: int
    i_links: int
    i_push_first: int
    i_pushes: int
    i_waves: int
    i_items: int
    i_reached: int
    i_kept_paths: int
    i_kept_fields: int
    i_tires: int
    i_segments: int
    i_lives: int
    i_more: int
    # Rows.
    r_beta: int  # node baselines come before it
    r_phi: int
    r_push: int
    r_coord: int
    r_ramp: int
    r_slip: int
    r_decay: int
    r_item: int
    r_leave: int
    r_attrition: int
    r_work: int
    one: int  # the rows of :data:`~txsim.simulate.plan.SINGLE_ROWS`
    r_tires: int
    r_more: int
    r_segments: int
    n_rows: int  # how many in all
    # The rest of scratch memory.
    s_spread: int  # 100 p (1 - p), then its inverse
    s_memory: int  # L of each link
    s_d: int  # deviations of this month and of the last
    s_wave: int  # last value of both waves of each shape
    s_shape: int
    s_base: int  # profits of do_nothing by month on both bridges
    s_end: int  # what else is kept of do_nothing
    state: int  # what a path carries from month to month, see ``parts.py``
    s_spare: int  # what is written next
    s_month: int  # monthly figures of ``beyond.py``, then those of segments
    s_more: int  # its results
    s_sums: int
    s_segments: int
    # Numbers by month.
    k_rest: int  # discounts of one-offs come before it
    k_season: int
    k_end: int  # what the horizon's end needs
    k_tax: int  # its rate, then the relief after the horizon by item and path


@spliced
def places(whole: Any) -> Places:
    """Return the places of a plan's integers ``whole``."""
    months, n, n_links, n_push = whole[h.MONTHS], whole[h.N_NODES], whole[h.N_LINKS], whole[h.N_PUSHES]
    n_coord, n_shapes = whole[h.N_COORDINATION], whole[h.N_SHAPES]
    n_items, n_groups = whole[h.N_ITEMS], whole[h.N_GROUPS]
    n_tires, n_segments, n_more = whole[h.N_TIRES], whole[h.N_SEGMENTS], whole[h.N_MORE]
    r_beta = n
    r_phi = r_beta + n_links
    r_push = r_phi + n_links
    r_coord = r_push + n_push
    r_ramp = r_coord + n_coord
    r_slip = r_ramp + n_shapes
    r_decay = r_slip + n_shapes
    r_item = r_decay + n_shapes
    r_leave = r_item + n_items
    r_attrition = r_leave + n_groups
    r_work = r_attrition + n_groups
    one = r_work + n_groups
    r_tires = one + N_SINGLE
    r_more = r_tires + 4 * n_tires
    r_segments = r_more + n_more
    n_rows = r_segments + N_SEGMENT_ROWS * n_segments
    s_spread = n_rows
    s_memory = s_spread + 2 * n
    s_d = s_memory + n_links
    s_wave = s_d + 2 * n
    s_shape = s_wave + 2 * n_shapes
    s_base = s_shape + n_shapes
    s_end = s_base + 2 * months
    state = s_end + 4
    s_spare = state + N_STATE
    s_month = s_spare + 12
    s_more = s_month + N_MONTH + 4 * n_segments
    s_sums = s_more + 3 + 2 * n_segments
    s_segments = s_sums + N_SUM + 4 * n_segments
    # In the order of the fields.
    return Places(
        months, n, n_links, n_coord, n_shapes, n_items, n_groups, n_tires, n_segments, whole[h.N_SLOTS],
        whole[h.N_KEPT], whole[h.N_REACHED],
        whole[h.CX], whole[h.UX], whole[h.INTERACTIONS], whole[h.RIVAL_START], whole[h.PAYS_MARGIN],
        whole[h.HAS_CUSTOMERS], whole[h.HAS_MARGIN], whole[h.HAS_RIVALS], whole[h.HAS_SERVE], whole[h.HAS_DIGITAL],
        whole[h.EXTENDED], whole[h.HAS_CAPEX], whole[h.WRITE_OFF],
        whole[h.PATHS], whole[h.MOVES], whole[h.GROUPS], whole[h.COORDINATION], whole[h.LINK_FIRST], whole[h.LINKS],
        whole[h.PUSH_FIRST], whole[h.PUSHES], whole[h.WAVES], whole[h.ITEMS], whole[h.REACHED], whole[h.KEPT_PATHS],
        whole[h.KEPT_FIELDS], whole[h.TIRES], whole[h.SEGMENTS], whole[h.LIVES], whole[h.MORE],
        r_beta, r_phi, r_push, r_coord, r_ramp, r_slip, r_decay, r_item, r_leave, r_attrition, r_work, one, r_tires,
        r_more, r_segments, n_rows,
        s_spread, s_memory, s_d, s_wave, s_shape, s_base, s_end, state, s_spare, s_month, s_more, s_sums, s_segments,
        months, 2 * months, 3 * months, 3 * months + 5,
    )  # fmt: skip
