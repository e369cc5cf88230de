# SPDX-License-Identifier: MIT
"""From a plan and a matrix of draws to outcomes: the array side of the kernel."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.machine_code import load_or_compile
from txsim.simulate.packing import Kept, check, integers, numbers, position
from txsim.simulate.plan import BASE, PATHS, RESULT_FIELDS, Plan
from txsim.types import Array, Progress

#: What a plan without taxes has in place of figures after tax.
_ORDINARY = {"npv_after_tax": "npv", "payback_after_tax": "payback"}

#: Draws that the kernel takes at once (``LANES`` of ``simd.py``, which needs numba); threads share out whole blocks.
_BLOCK = 16

#: Modules that the machine code is made of.
_SOURCES = ("kernel", "month", "ending", "places", "header", "beyond", "parts", "simd", "plan")


@dataclass(frozen=True)
class Outcome:
    """What the kernel computed for one scenario.

    Fields of a bridge without figures (``Plan.customers`` or ``Plan.margin`` false) are NaN.
    """

    paths: tuple[str, ...]  #: Names of the simulated paths.
    nodes: tuple[str, ...]  #: Names of the nodes.
    #: ``(path, field, draw)``; fields are :data:`~txsim.simulate.plan.RESULT_FIELDS`, then the deviation of each node
    #: in the last month, in index points, then what an extended plan adds. ``payback`` is NaN for never and where the
    #: programme costs nothing.
    result: Array
    monthly: Array | None = None  #: ``(kept path, month, kept field, draw)`` or ``None``.
    #: ``monthly_paths``, ``monthly_fields``: Names along its first and third axis; a field is a node, for its
    #: deviation, or one of :data:`~txsim.simulate.plan.MONTHLY_FIELDS`.
    monthly_paths: tuple[str, ...] = ()
    monthly_fields: tuple[str, ...] = ()
    more: tuple[str, ...] = ()  #: Names of the fields that an extended plan adds, after those of the nodes.

    def field(self, path: str, name: str) -> Array:
        """Return one result ``(draw,)``.

        ``path``: one of :attr:`paths`; ``name``: one of ``RESULT_FIELDS``, a node for its deviation in the last month,
        or one of ``MORE_FIELDS``, which an ordinary plan has too: without tax and with nothing freed. Raises ValueError
        if there is no such path or field.
        """
        place = position(path, self.paths, "path")
        if not self.more:
            name = _ORDINARY.get(name, name)
            if name == "capacity_freed":
                return np.zeros(self.result.shape[-1])
        values: Array = self.result[place, position(name, (*RESULT_FIELDS, *self.nodes, *self.more), "field")]
        return values

    def at(self, draws: NDArray[np.int64]) -> Outcome:
        """Return the outcome with other draws in place of its own, by position, each as often as it is named."""
        monthly = None if self.monthly is None else np.take(self.monthly, draws, axis=-1)
        return replace(self, result=np.take(self.result, draws, axis=-1), monthly=monthly)

    def by_month(self, path: str, name: str) -> Array:
        """Return one monthly field ``(month, draw)``.

        ``path``: one of :attr:`monthly_paths`. ``name``: one of :attr:`monthly_fields`. Raises :class:`ValueError` if
        the months of such a path or field were not kept.
        """
        if self.monthly is None:
            message = "the months were not kept; run with monthly=True"
            raise ValueError(message)
        place = position(path, self.monthly_paths, "path with months")
        values: Array = self.monthly[place, :, position(name, self.monthly_fields, "field with months")]
        return values


class _Kernel:
    """The loaded machine code; loading happens once a process."""

    function: Any = None


def warm_up(progress: Progress | None = None) -> None:
    """Make the kernel's machine code ready: load it, or compile it where this machine has not done so.

    Raises :class:`StoreError` if the cache folder cannot be used.
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
    sources = tuple(here / f"{name}.py" for name in _SOURCES)
    _Kernel.function = load_or_compile(sources, compiled, signature, progress)


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

    ``matrix``: ``(row, draw)``, rows as :meth:`~txsim.simulate.plan.Plan.rows` names them. ``paths``: which paths to
    return. ``do_nothing`` is simulated in any case, for payoffs are measured against it. ``monthly``: whether to keep
    every month; or the paths and the fields whose months are kept, which takes less memory. ``workers``: threads; the
    bits of the result do not depend on it. Raises ValueError if the matrix has not one row for each name of
    ``Plan.rows()`` or is not finite, the plan is inconsistent, or months are wanted of what is not simulated.
    """
    names = plan.rows()
    rows = len(names)
    matrix = np.ascontiguousarray(matrix, dtype=np.float64)
    check(plan, matrix, paths, rows)
    warm_up(progress)
    path_names = tuple(paths)
    simulated = (PATHS[BASE], *(path for path in path_names if path != PATHS[BASE]))
    draws, nodes = matrix.shape[1], len(plan.nodes)

    def present(name: str) -> bool:
        return bool(matrix[names.index(name)].any())

    digital = plan.interactions > 1 and plan.ux_customer >= 0
    if isinstance(monthly, bool):
        kept: Kept = (path_names, plan.monthly_fields()) if monthly else ((), ())
    else:
        kept = (tuple(monthly[0]), tuple(monthly[1]))
    for path in kept[0]:
        position(path, path_names, "path")
    whole = integers(plan, simulated, kept, (present("rival_share"), present("serve"), digital))
    real = numbers(plan)
    fields = plan.result_fields()
    result = np.empty((len(simulated), len(fields), draws))
    months = np.empty((len(kept[0]), plan.months, len(kept[1]), draws) if monthly else 1)
    units = rows + 4 * nodes + len(plan.link_source) + 3 * len(plan.waves) + 2 * plan.months
    scratch_size = (units + 18 * len(plan.segments) + 70) * _BLOCK

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
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(len(pieces)) as pool:
            list(pool.map(piece, *zip(*pieces, strict=True)))
    order = [simulated.index(path) for path in path_names]
    if order != list(range(len(simulated))):
        result = result[order]
    _hide_missing(plan, result, months if monthly else None, kept[1])
    more = fields[len(RESULT_FIELDS) + nodes :]
    return Outcome(path_names, plan.nodes, result, months if monthly else None, *kept, more)


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
    if plan.segments and plan.pays == "margin":  # the margin bridge has no split
        split = [i for i, name in enumerate(plan.result_fields()) if name.startswith(("payoff.", "runoff."))]
        result[:, split] = np.nan
    if months is not None:
        for name in missing.intersection(kept):
            months[:, :, kept.index(name)] = np.nan
