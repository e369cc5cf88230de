# SPDX-License-Identifier: MIT
"""A plan as the kernel reads it: one row of integers, one of numbers, and everything checked before.

The kernel reads memory without asking, so that what does not fit together is refused here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from txsim.simulate import header as h
from txsim.simulate.plan import BASE, PATHS, Plan, Wave, discount_factors
from txsim.types import Array

#: Paths and fields whose months are kept.
Kept = tuple[tuple[str, ...], tuple[str, ...]]

#: Most digital interactions of a customer in a month; the kernel's time grows with them.
MAX_INTERACTIONS = 1000


def position(name: str, names: tuple[str, ...], kind: str) -> int:
    """Return the place of a name; ``ValueError`` with those there are if it is not among them."""
    if name not in names:
        message = f"no {kind} `{name}`; there are {', '.join(names)}"
        raise ValueError(message)
    return names.index(name)


def _by_target(targets: Sequence[int], kept: Iterable[int], nodes: int) -> tuple[list[int], list[int]]:
    """Return where each node's entries begin in the order of targets, and that order, of the entries that are kept."""
    order = sorted(kept, key=targets.__getitem__)
    first = [0] * (nodes + 1)
    for i in order:
        first[targets[i] + 1] += 1
    for node in range(nodes):
        first[node + 1] += first[node]
    return first, order


def _reached(plan: Plan) -> set[int]:
    """Return the nodes that some push, or a change of coordination, can move at all."""
    reached = set(plan.push_node)
    if plan.coordination_shape:
        reached |= {target for source, target in zip(plan.link_source, plan.link_target, strict=True) if source < 0}
    while True:
        more = {target for source, target in zip(plan.link_source, plan.link_target, strict=True) if source in reached}
        if more <= reached:
            return reached
        reached |= more


def _numbers(wave: Wave) -> tuple[int, ...]:
    return wave.first, wave.start, wave.end, wave.second, wave.second_start, wave.second_end


def integers(plan: Plan, paths: Sequence[str], kept: Kept, has: tuple[bool, bool, bool]) -> NDArray[np.int64]:
    """Lay out the integers of a plan as the kernel reads them: numbers, then lists."""
    nodes = len(plan.nodes)
    reached = _reached(plan)
    causes = reached | ({-1} if plan.coordination_shape else set())
    acting = [i for i, source in enumerate(plan.link_source) if source in causes]
    link_first, links = _by_target(plan.link_target, acting, nodes)
    push_first, pushes = _by_target(plan.push_node, range(len(plan.push_node)), nodes)
    waves = [number for shape in plan.waves for wave in shape for number in _numbers(wave)]
    moves = [int(any(shape[path].first or shape[path].second for shape in plan.waves)) for path in range(len(PATHS))]
    items = [
        number
        for one_off, grows, spans in zip(plan.item_one_off, plan.item_grows, plan.item_months, strict=True)
        for number in (one_off, grows, *(month for span in spans for month in span))
    ]
    lists: dict[int, Sequence[int]] = {
        h.PATHS: [PATHS.index(path) for path in paths],
        h.MOVES: moves,
        h.GROUPS: plan.groups,
        h.COORDINATION: plan.coordination_shape,
        h.LINK_FIRST: link_first,
        h.LINKS: [number for i in links for number in (i, plan.link_source[i], plan.link_silo[i])],
        h.PUSH_FIRST: push_first,
        h.PUSHES: [number for i in pushes for number in (i, plan.push_shape[i])],
        h.WAVES: waves,
        h.ITEMS: items,
        h.REACHED: [*(node in reached for node in range(nodes)), *sorted(reached)],
        h.KEPT_PATHS: [kept[0].index(path) if path in kept[0] else -1 for path in paths],
        h.KEPT_FIELDS: [position(name, plan.monthly_fields(), "field") for name in kept[1]],
    }
    head: dict[int, int] = {
        h.MONTHS: plan.months,
        h.N_NODES: nodes,
        h.N_LINKS: len(plan.link_source),
        h.N_PUSHES: len(plan.push_node),
        h.N_COORDINATION: len(plan.coordination_shape),
        h.N_SHAPES: len(plan.waves),
        h.N_ITEMS: len(plan.item_months),
        h.N_GROUPS: len(plan.groups),
        h.CX: plan.cx,
        h.UX: plan.ux_customer,
        h.INTERACTIONS: plan.interactions,
        h.RIVAL_START: plan.rival_start,
        h.PAYS_MARGIN: plan.pays == "margin",
        h.HAS_CUSTOMERS: plan.customers,
        h.HAS_MARGIN: plan.margin,
        h.N_SLOTS: len(paths),
        h.N_KEPT: len(kept[1]),
        **dict(zip((h.HAS_RIVALS, h.HAS_SERVE, h.HAS_DIGITAL), has, strict=True)),
        h.N_REACHED: len(reached),
    }
    place = h.SIZE
    for at, numbers in lists.items():
        head[at] = place
        place += len(numbers)
    more, more_lists = _more(plan, reached, place, head[h.GROUPS])
    head |= more
    every = (head[at] for at in range(h.SIZE))
    return np.array([*every, *(number for part in (*lists.values(), *more_lists) for number in part)], dtype=np.int64)


def _more(plan: Plan, reached: set[int], place: int, groups: int) -> tuple[dict[int, int], list[Sequence[int]]]:
    """Return the integers of what most scenarios do not have, and their lists, which begin at ``place``."""
    segments = range(len(plan.segments))
    tires = [plan.tiring.index(shape) if shape in plan.tiring else -1 for shape in range(len(plan.waves))]
    # Where nothing reaches digital channels, their part of churn is what it was.
    often = plan.segment_interactions if plan.ux_customer in reached else (0,) * len(plan.segments)
    served = {kind for kind, serve in zip(plan.segment_class, plan.segment_serve, strict=True) if serve}
    kinds = [(often[i], plan.segment_class[i], plan.segment_serve[i], i in served) for i in segments]
    lives = plan.item_life or (0,) * len(plan.item_months)
    staff = len(plan.groups)
    has_time, has_absence = int(bool(plan.tools)), int(plan.absence)
    lists: list[Sequence[int]] = [
        tires,
        [int(number) for kind in kinds for number in kind],
        lives,
        plan.benefit_shape,
        plan.tools,
    ]
    places = []
    for numbers in lists:
        places.append(place)
        place += len(numbers)
    lists.append([len(plan.benefit_shape), has_time, has_absence, places[3], places[4], groups])
    rows = 2 * len(plan.benefit_shape) + has_time * (staff + 1) + has_absence * (2 * staff + 1)
    head: dict[int, int] = {
        h.EXTENDED: plan.extended,
        h.N_TIRES: len(plan.tiring),
        h.TIRES: places[0],
        h.N_SEGMENTS: len(plan.segments),
        h.SEGMENTS: places[1],
        h.HAS_CAPEX: plan.tax_rate is not None or any(lives),
        h.LIVES: places[2],
        h.WRITE_OFF: plan.write_off,
        h.MORE: place,
        h.N_MORE: rows,
    }
    return head, lists


def numbers(plan: Plan) -> Array:
    """Lay out the numbers by month, and those of the horizon's end."""
    yearly = 1.0 + plan.rate
    season = np.asarray(plan.season)
    end = [season.mean(), yearly ** (-plan.months / 12.0), yearly ** (1.0 / 12.0) - 1.0, np.nan, 0.0]
    by_month = season[np.arange(plan.months) % 12]
    tax = [0.0 if plan.tax_rate is None else plan.tax_rate, *_relief(plan).reshape(-1)]
    return np.concatenate([plan.discount_one_off, plan.discount_rest, by_month, end, tax])


def _relief(plan: Plan) -> Array:
    """Return the present value ``(item, path)`` of the relief after the horizon, for one unit of money written off."""
    relief = np.zeros((len(plan.item_months), len(PATHS)))
    if plan.tax_rate is None or plan.write_off or not any(plan.item_life):
        return relief
    longest = plan.months + max(plan.item_life)
    rest = discount_factors(plan.rate, longest, plan.convention)[1]
    for i, (life, spans) in enumerate(zip(plan.item_life, plan.item_months, strict=True)):
        for path, (begin, end) in enumerate(spans):
            if life and begin < min(end, plan.months):
                relief[i, path] = plan.tax_rate * rest[plan.months : begin + life].sum() / life
    return relief


def check(plan: Plan, matrix: Array, paths: Sequence[str], rows: int) -> None:
    """Raise :class:`ValueError` for what the kernel could not survive; it reads memory without asking."""
    nodes, shapes = len(plan.nodes), len(plan.waves)
    message = ""
    if matrix.ndim != 2 or matrix.shape[0] != rows or matrix.shape[1] < 1:
        message = f"the matrix must have the shape ({rows}, draws) with at least one draw, it has {matrix.shape}"
    elif unknown := [path for path in paths if path not in PATHS]:
        message = f"no path `{unknown[0]}`; there are {', '.join(PATHS)}"
    elif not paths or len(set(paths)) < len(paths):
        message = f"paths must be one or more different ones, they are {list(paths)}"
    elif plan.months < 1 or len(plan.discount_one_off) != plan.months or len(plan.discount_rest) != plan.months:
        message = f"a plan of {plan.months} months needs one discount factor of each kind a month"
    elif len(plan.season) != 12:
        message = f"the season must have 12 factors, it has {len(plan.season)}"
    elif plan.pays not in ("customers", "margin"):
        message = f"pays must be `customers` or `margin`, it is `{plan.pays}`"
    elif not 0 <= plan.interactions <= MAX_INTERACTIONS:
        message = f"interactions must be 0 to {MAX_INTERACTIONS} a month, they are {plan.interactions}"
    elif not all(0 <= i < nodes for i in (plan.cx, *plan.link_target, *plan.push_node, *plan.groups)):
        message = "cx, link_target, push_node and groups must be positions of nodes"
    elif not all(-1 <= i < nodes for i in (plan.ux_customer, *plan.link_source)):
        message = "ux_customer and link_source must be positions of nodes or -1"
    elif not len(plan.link_source) == len(plan.link_target) == len(plan.link_silo):
        message = "link_source, link_target and link_silo must be equally long"
    elif len(plan.push_node) != len(plan.push_shape):
        message = "push_node and push_shape must be equally long"
    elif not all(0 <= i < shapes for i in (*plan.push_shape, *plan.coordination_shape)):
        message = "push_shape and coordination_shape must be positions of shapes"
    elif any(len(paths_of) != len(PATHS) for paths_of in (*plan.waves, *plan.item_months)):
        message = f"waves and item_months need one entry for each of the {len(PATHS)} paths"
    elif any(spans[BASE][0] < spans[BASE][1] for spans in plan.item_months):
        message = "do_nothing must cost nothing: payoffs are measured against it"
    elif any(shape[BASE].first or shape[BASE].second for shape in plan.waves):
        message = "do_nothing must push nothing: payoffs are measured against it"
    elif not all(0 <= i < shapes for i in (*plan.tiring, *plan.benefit_shape)):
        message = "tiring and benefit_shape must be positions of shapes"
    elif plan.tools and (len(plan.tools) != len(plan.groups) or not all(0 <= i < nodes for i in plan.tools)):
        message = "tools must be positions of nodes, one for each of groups"
    elif plan.item_life and (len(plan.item_life) != len(plan.item_months) or min(plan.item_life) < 0):
        message = "item_life needs whole months, at least 0, for each item"
    elif not all(
        len(each) == len(plan.segments) for each in (plan.segment_interactions, plan.segment_class, plan.segment_serve)
    ):
        message = "each segment needs its interactions, its class and whether it costs anything to serve"
    elif not all(
        0 <= n <= MAX_INTERACTIONS and (n < 2 or plan.ux_customer >= 0) and -1 <= kind <= i
        for i, (n, kind) in enumerate(zip(plan.segment_interactions, plan.segment_class, strict=True))
    ):
        message = "a segment's class is that of an earlier one or its own, digital interactions need `ux_customer`"
    elif not np.isfinite(matrix).all():
        row = int(np.flatnonzero(~np.isfinite(matrix).all(axis=1))[0])
        message = f"row `{plan.rows()[row]}` of the matrix is not finite in every draw"
    if message:
        raise ValueError(message)
