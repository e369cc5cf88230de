# SPDX-License-Identifier: MIT
"""From a plan and a matrix of draws to outcomes: the array side of the kernel."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.machine_code import load_or_compile
from txsim.simulate.plan import MONTHLY_FIELDS, PATHS, RESULT_FIELDS, Plan

__all__ = ["Outcome", "run", "run_many", "warm_up"]

Array = NDArray[np.float64]
Progress = Callable[[str, float | None], None]
_BLOCK = 8  # draws that the kernel takes at once; pieces for threads are multiples of it


@dataclass(frozen=True)
class Outcome:
    """What the kernel computed for one scenario.

    Attributes
    ----------
    paths
        Names of the simulated paths.
    nodes
        Names of the nodes.
    result
        ``(path, field, draw)``; fields are :data:`~txsim.simulate.plan.RESULT_FIELDS`, then the deviation of each
        node in the last month, in index points.
    monthly
        ``(path, month, field, draw)`` or ``None``; fields are the deviation of each node, then
        :data:`~txsim.simulate.plan.MONTHLY_FIELDS`.
    """

    paths: tuple[str, ...]
    nodes: tuple[str, ...]
    result: Array
    monthly: Array | None

    def field(self, path: str, name: str) -> Array:
        """Return one result ``(draw,)``: a name of ``RESULT_FIELDS``, or a node for its deviation at the horizon."""
        fields = (*RESULT_FIELDS, *self.nodes)
        return self.result[self.paths.index(path), fields.index(name)]

    def by_month(self, path: str, name: str) -> Array:
        """Return one monthly field ``(month, draw)``: a node for its deviation, or a name of ``MONTHLY_FIELDS``."""
        if self.monthly is None:
            message = "trajectories were not asked for"
            raise ValueError(message)
        fields = (*self.nodes, *MONTHLY_FIELDS)
        return self.monthly[self.paths.index(path), :, fields.index(name)]


class _Kernel:
    """The loaded machine code; loading happens once a process."""

    function: Any = None


def warm_up(progress: Progress | None = None) -> Any:
    """Load the kernel's machine code, compiling it where this machine has not done so; return the C function."""
    if _Kernel.function is None:
        here = Path(__file__).parent
        integer, address = ctypes.c_int64, ctypes.c_void_p

        def compiled() -> Any:
            from txsim.simulate.kernel import entry

            return entry()

        _Kernel.function = load_or_compile(
            "kernel",
            (here / "kernel.py", here / "simd.py"),
            compiled,
            ctypes.CFUNCTYPE(
                None, address, address, address, integer, integer, integer, address, address, address
            ),
            progress,
        )
    return _Kernel.function


def _whole(plan: Plan, paths: Sequence[str], rows: int, monthly: bool) -> NDArray[np.int64]:
    """Lay out the integers of a plan as the kernel reads them."""
    groups = [*plan.groups]
    links = [
        number
        for link in zip(plan.link_source, plan.link_target, plan.link_silo, strict=True)
        for number in map(int, link)
    ]
    pushes = [number for push in zip(plan.push_node, plan.push_shape, strict=True) for number in push]
    waves = [
        number
        for shape in plan.waves
        for w in shape
        for number in (w.first, w.start, w.end, w.second, w.second_start, w.second_end)
    ]
    items = [
        number
        for one_off, grows, spans in zip(plan.item_one_off, plan.item_grows, plan.item_months, strict=True)
        for number in (int(one_off), int(grows), *(month for span in spans for month in span))
    ]
    lists = [[PATHS.index(path) for path in paths], groups, links, pushes, list(plan.coordination_shape), waves, items]
    head = [
        plan.months,
        len(plan.nodes),
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
        int(plan.pays == "margin"),
        int(plan.customers),
        int(plan.margin),
        len(paths),
        int(monthly),
        rows,
    ]
    place = len(head) + len(lists)
    for numbers in lists:
        head.append(place)
        place += len(numbers)
    return np.array([*head, *(number for numbers in lists for number in numbers)], dtype=np.int64)


def run(
    plan: Plan,
    matrix: Array,
    *,
    paths: Sequence[str] = PATHS,
    monthly: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> Outcome:
    """Simulate one scenario.

    Parameters
    ----------
    plan
        Structure.
    matrix
        ``(row, draw)``, rows as :meth:`Plan.rows` names them.
    paths
        Which paths, ``do_nothing`` first.
    monthly
        Whether to keep every month.
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
        If the matrix has not one row for each name of :meth:`Plan.rows`.
    """
    rows = len(plan.rows())
    if matrix.ndim != 2 or matrix.shape[0] != rows:
        message = f"the matrix must have {rows} rows (row, draw), its shape is {matrix.shape}"
        raise ValueError(message)
    if not paths or paths[0] != PATHS[0]:
        message = f"the first path must be {PATHS[0]}, what payoffs are measured against"
        raise ValueError(message)
    theta = np.ascontiguousarray(matrix, dtype=np.float64)
    draws = theta.shape[1]
    n = len(plan.nodes)
    whole = _whole(plan, paths, rows, monthly)
    yearly = 1.0 + plan.rate
    season = np.asarray(plan.season)
    real = np.concatenate(
        [
            plan.discount_one_off,
            plan.discount_rest,
            season[np.arange(plan.months) % 12],
            [season.mean(), yearly ** (-plan.months / 12.0), yearly ** (1.0 / 12.0) - 1.0, 0.0],
        ]
    )
    result = np.empty((len(paths), len(RESULT_FIELDS) + n, draws))
    trajectory = np.empty((len(paths), plan.months, n + len(MONTHLY_FIELDS), draws)) if monthly else np.empty(1)
    function = warm_up(progress)
    lanes = rows + len(plan.link_source) + 2 * n + 2 * len(plan.waves) + 4 * plan.months + 16

    def piece(first: int, last: int) -> None:
        scratch = np.empty(lanes * _BLOCK)
        function(
            whole.ctypes.data,
            real.ctypes.data,
            theta.ctypes.data,
            draws,
            first,
            last,
            result.ctypes.data,
            trajectory.ctypes.data,
            scratch.ctypes.data,
        )

    blocks = -(-draws // _BLOCK)
    step = -(-blocks // max(workers, 1)) * _BLOCK
    pieces = [(first, min(first + step, draws)) for first in range(0, draws, step)]
    if len(pieces) == 1:
        piece(*pieces[0])
    else:
        with ThreadPoolExecutor(len(pieces)) as pool:
            list(pool.map(lambda ends: piece(*ends), pieces))
    month = result[:, RESULT_FIELDS.index("payback")]
    month[month > plan.months] = np.nan
    return Outcome(tuple(paths), plan.nodes, result, trajectory if monthly else None)


def run_many(
    jobs: Iterable[tuple[Plan, Array]], *, paths: Sequence[str] = PATHS, workers: int = 1
) -> Iterator[Outcome]:
    """Simulate many scenarios, one after another in their order, ``workers`` at a time.

    Jobs are taken from the iterable only as workers become free, so that memory stays bounded.
    """
    warm_up()
    with ThreadPoolExecutor(max(workers, 1)) as pool:
        waiting: list[Any] = []
        for plan, matrix in jobs:
            waiting.append(pool.submit(run, plan, matrix, paths=paths))
            if len(waiting) > workers:
                yield waiting.pop(0).result()
        for job in waiting:
            yield job.result()
