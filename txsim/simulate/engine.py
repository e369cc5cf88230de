# SPDX-License-Identifier: MIT
"""From a plan and a matrix of draws to outcomes: the array side of the kernel."""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.machine_code import load_or_compile
from txsim.simulate.plan import BASE, MONTHLY_FIELDS, PATHS, RESULT_FIELDS, SINGLE_ROWS, Plan, Wave

__all__ = ["MAX_INTERACTIONS", "Outcome", "run", "run_many", "warm_up"]

Array = NDArray[np.float64]
Progress = Callable[[str, float | None], None]
#: Paths and fields whose months are kept.
Kept = tuple[tuple[str, ...], tuple[str, ...]]

#: Draws that the kernel takes at once (``LANES`` of ``simd.py``, which needs numba); threads share out whole blocks.
_BLOCK = 16
#: Most digital interactions of a customer in a month; the kernel's time grows with them.
MAX_INTERACTIONS = 1000


@dataclass(frozen=True)
class Outcome:
    """What the kernel computed for one scenario.

    Fields of a bridge without figures (``Plan.customers`` or ``Plan.margin`` false) are NaN.

    Attributes
    ----------
    paths
        Names of the simulated paths.
    nodes
        Names of the nodes.
    result
        ``(path, field, draw)``; fields are :data:`~txsim.simulate.plan.RESULT_FIELDS`, then the deviation of each
        node in the last month, in index points. ``payback`` is NaN for never and where the programme costs nothing.
    monthly
        ``(kept path, month, kept field, draw)`` or ``None``.
    monthly_paths, monthly_fields
        Names along its first and third axis; a field is a node, for its deviation, or one of
        :data:`~txsim.simulate.plan.MONTHLY_FIELDS`.
    """

    paths: tuple[str, ...]
    nodes: tuple[str, ...]
    result: Array
    monthly: Array | None = None
    monthly_paths: tuple[str, ...] = ()
    monthly_fields: tuple[str, ...] = ()

    def field(self, path: str, name: str) -> Array:
        """Return one result ``(draw,)``.

        Parameters
        ----------
        path
            One of :attr:`paths`.
        name
            One of ``RESULT_FIELDS``, or a node for its deviation in the last month.

        Raises
        ------
        ValueError
            If there is no such path or field.
        """
        place = _position(path, self.paths, "path")
        values: Array = self.result[place, _position(name, (*RESULT_FIELDS, *self.nodes), "field")]
        return values

    def by_month(self, path: str, name: str) -> Array:
        """Return one monthly field ``(month, draw)``.

        Parameters
        ----------
        path
            One of :attr:`monthly_paths`.
        name
            One of :attr:`monthly_fields`.

        Raises
        ------
        ValueError
            If the months of such a path or field were not kept.
        """
        if self.monthly is None:
            message = "the months were not kept; run with monthly=True"
            raise ValueError(message)
        place = _position(path, self.monthly_paths, "path with months")
        values: Array = self.monthly[place, :, _position(name, self.monthly_fields, "field with months")]
        return values


def _position(name: str, names: tuple[str, ...], kind: str) -> int:
    if name not in names:
        message = f"no {kind} `{name}`; there are {', '.join(names)}"
        raise ValueError(message)
    return names.index(name)


class _Kernel:
    """The loaded machine code; loading happens once a process."""

    function: Any = None


def warm_up(progress: Progress | None = None) -> None:
    """Make the kernel's machine code ready: load it, or compile it where this machine has not done so.

    Parameters
    ----------
    progress
        Told when compiling begins.

    Raises
    ------
    StoreError
        If the cache folder cannot be used.
    """
    if _Kernel.function is not None:
        return
    here = Path(__file__).parent
    integer, address = ctypes.c_int64, ctypes.c_void_p

    def compiled() -> Any:
        from txsim.simulate.kernel import entry

        return entry()

    # A ctypes function of this kind gives up the interpreter's lock while it runs.
    signature = ctypes.CFUNCTYPE(None, address, address, address, integer, integer, integer, address, address, address)
    sources = (here / "kernel.py", here / "simd.py", here / "plan.py")
    _Kernel.function = load_or_compile("kernel", sources, compiled, signature, progress)


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


def _whole(plan: Plan, paths: Sequence[str], kept: Kept, has: tuple[bool, bool, bool]) -> NDArray[np.int64]:
    """Lay out the integers of a plan as the kernel reads them: 32 numbers, then lists."""
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
    lists: tuple[Sequence[int], ...] = (
        [PATHS.index(path) for path in paths],
        moves,
        plan.groups,
        plan.coordination_shape,
        link_first,
        [number for i in links for number in (i, plan.link_source[i], plan.link_silo[i])],
        push_first,
        [number for i in pushes for number in (i, plan.push_shape[i])],
        waves,
        items,
        [*(node in reached for node in range(nodes)), *sorted(reached)],
        [kept[0].index(path) if path in kept[0] else -1 for path in paths],
        [_position(name, (*plan.nodes, *MONTHLY_FIELDS), "field") for name in kept[1]],
    )
    head = [
        plan.months,
        nodes,
        len(plan.link_source),
        len(plan.push_node),
        len(plan.coordination_shape),
        len(plan.waves),
        len(plan.item_months),
        len(plan.groups),
        plan.cx,
        plan.ux_customer,
        plan.interactions,
        plan.rival_start,
        plan.pays == "margin",
        plan.customers,
        plan.margin,
        len(paths),
        len(kept[1]),
        *has,
    ]
    place = len(head) + len(lists) + 1
    for numbers in lists:
        head.append(place)
        place += len(numbers)
    head.append(len(reached))
    return np.array([*head, *(number for numbers in lists for number in numbers)], dtype=np.int64)


def _real(plan: Plan) -> Array:
    """Lay out the numbers by month, and those of the horizon's end."""
    yearly = 1.0 + plan.rate
    season = np.asarray(plan.season)
    end = [season.mean(), yearly ** (-plan.months / 12.0), yearly ** (1.0 / 12.0) - 1.0, np.nan, 0.0]
    by_month = season[np.arange(plan.months) % 12]
    return np.concatenate([plan.discount_one_off, plan.discount_rest, by_month, end])


def _check(plan: Plan, matrix: Array, paths: Sequence[str], rows: int) -> None:
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
    elif not np.isfinite(matrix).all():
        row = int(np.flatnonzero(~np.isfinite(matrix).all(axis=1))[0])
        message = f"row `{plan.rows()[row]}` of the matrix is not finite in every draw"
    if message:
        raise ValueError(message)


def run(
    plan: Plan,
    matrix: Array,
    *,
    paths: Sequence[str] = PATHS,
    monthly: bool | Kept = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> Outcome:
    """Simulate one scenario.

    Parameters
    ----------
    plan
        Structure.
    matrix
        ``(row, draw)``, rows as :meth:`~txsim.simulate.plan.Plan.rows` names them.
    paths
        Which paths to return. ``do_nothing`` is simulated in any case, for payoffs are measured against it.
    monthly
        Whether to keep every month; or the paths and the fields whose months are kept, which takes less memory.
    workers
        Threads; the bits of the result do not depend on it.
    progress
        Told when the kernel must be compiled.

    Returns
    -------
    Outcome

    Raises
    ------
    ValueError
        If the matrix has not one row for each name of ``Plan.rows()`` or is not finite, the plan is inconsistent, or
        months are wanted of what is not simulated.
    """
    rows = len(plan.rows())
    matrix = np.ascontiguousarray(matrix, dtype=np.float64)
    _check(plan, matrix, paths, rows)
    warm_up(progress)
    told = tuple(paths)
    simulated = (PATHS[BASE], *(path for path in told if path != PATHS[BASE]))
    draws, nodes = matrix.shape[1], len(plan.nodes)
    single = matrix[rows - len(SINGLE_ROWS) :]

    def present(name: str) -> bool:
        return bool(single[SINGLE_ROWS.index(name)].any())

    digital = plan.interactions > 1 and plan.ux_customer >= 0
    if isinstance(monthly, bool):
        kept: Kept = (told, (*plan.nodes, *MONTHLY_FIELDS)) if monthly else ((), ())
    else:
        kept = (tuple(monthly[0]), tuple(monthly[1]))
    for path in kept[0]:
        _position(path, told, "path")
    whole = _whole(plan, simulated, kept, (present("rival_share"), present("serve"), digital))
    real = _real(plan)
    result = np.empty((len(simulated), len(RESULT_FIELDS) + nodes, draws))
    months = np.empty((len(kept[0]), plan.months, len(kept[1]), draws) if monthly else 1)
    scratch_size = (rows + 4 * nodes + len(plan.link_source) + 3 * len(plan.waves) + 2 * plan.months + 40) * _BLOCK

    def piece(first: int, last: int) -> None:
        scratch = np.empty(scratch_size + 8)
        aligned = -scratch.ctypes.data % 64 + scratch.ctypes.data
        arrays = (result.ctypes.data, months.ctypes.data, aligned)
        _Kernel.function(whole.ctypes.data, real.ctypes.data, matrix.ctypes.data, draws, first, last, *arrays)

    blocks = -(-draws // _BLOCK)
    step = -(-blocks // max(workers, 1)) * _BLOCK
    pieces = [(first, min(first + step, draws)) for first in range(0, draws, step)]
    if len(pieces) == 1:
        piece(*pieces[0])
    else:
        with ThreadPoolExecutor(len(pieces)) as pool:
            list(pool.map(piece, *zip(*pieces, strict=True)))
    order = [simulated.index(path) for path in told]
    if order != list(range(len(simulated))):
        result = result[order]
    _hide_missing(plan, result, months if monthly else None, kept[1])
    return Outcome(told, plan.nodes, result, months if monthly else None, *kept)


def _hide_missing(plan: Plan, result: Array, months: Array | None, kept: Sequence[str]) -> None:
    """Write NaN over the fields of a bridge that has no figures."""
    missing: set[str] = set()
    if not plan.customers:
        missing |= {"runoff", "customers_end", "check_customers", "customers", "churn", "revenue", "serve"}
    if not plan.margin:
        missing |= {"check_margin", "margin_effect"}
    if not (plan.customers and plan.margin):
        missing.add("npv_other")
    for name in missing.intersection(RESULT_FIELDS):
        result[:, RESULT_FIELDS.index(name)] = np.nan
    if months is not None:
        for name in missing.intersection(kept):
            months[:, :, kept.index(name)] = np.nan


def run_many(
    jobs: Iterable[tuple[Plan, Array]],
    *,
    paths: Sequence[str] = PATHS,
    workers: int = 1,
    progress: Progress | None = None,
) -> Iterator[Outcome]:
    """Simulate many scenarios, ``workers`` of them at a time, and yield the outcomes in the order of the jobs.

    Jobs are taken from the iterable only as workers become free, and no more outcomes wait than there are workers, so
    that memory stays bounded however many jobs there are.

    Parameters
    ----------
    jobs
        Pairs of a plan and its matrix ``(row, draw)``.
    paths, progress
        As for :func:`run`.
    workers
        Threads, over scenarios; the bits of the results do not depend on it.

    Yields
    ------
    Outcome
        One for each job.

    Raises
    ------
    ValueError
        As :func:`run` does, when it is the job's turn.
    """
    warm_up(progress)
    if workers <= 1:
        for plan, matrix in jobs:
            yield run(plan, matrix, paths=paths)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[Outcome]] = deque()
        try:
            for plan, matrix in jobs:
                waiting.append(pool.submit(run, plan, matrix, paths=paths))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
