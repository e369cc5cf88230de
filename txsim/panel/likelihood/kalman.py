# SPDX-License-Identifier: MIT
"""The Kalman filter of many units side by side, as machine code, with its exact gradient (docs/link.md).

Eight units at a time stand in the lanes of a vector. One period is :func:`_period`, written once: it takes the state as
it is expected, takes up both measurements, and returns the state that is expected a period later. Its gradient comes
from the tape (:mod:`txsim.panel.likelihood.tape`). States of one unit, in this order:

====  ====================================================================================
0, 1  lasting level of the unit in EX and in CX, beside the mean of all units in that period
2, 3  own disturbance of EX and of CX, autoregressive, innovations correlated
4     what EX of the past adds to CX now, ``β_ex_cx · L`` of docs/model.md, section 3
5     what CX of the past adds to EX now
6, 7  movement of EX and of CX that is gone a period later: part of the deviation, so that the other side feels it too
====  ====================================================================================

so that ``d_ex = s2 + s5 + s6``, ``d_cx = s3 + s4 + s7``, ``s4' = φ s4 + b_ex_cx d_ex`` with ``b = β (1 − φ)``.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.panel.likelihood.tape import Tape, Value
from txsim.types import Array

#: Units side by side.
LANES = 8
#: What stands in a cell: both values, both noise variances and the root of their product, and whether each was seen.
CHANNELS = 7
#: Places of a parameter vector: persistence, effects, φ; covariance of shocks that last, variances of movement that
#: does not; covariance of levels; that of states 2 … 5 before the first measurement, row by row from the diagonal;
#: noise variances per unit of ``w``, and their covariance.
PARAMETERS = (
    *("rho_1", "rho_2", "b_1", "b_2", "phi", "q_11", "q_12", "q_22", "e_11", "e_22", "l_11", "l_12", "l_22"),
    *(f"p_{i}{j}" for i in range(2, 6) for j in range(i, 6)),
    *("r_11", "r_22", "r_12"),
)
#: The covariance of six states, upper half.
_UPPER = [(i, j) for i in range(6) for j in range(i, 6)]
_STATE = 6 + len(_UPPER)
#: States that make up EX and CX.
_SEEN = ((0, 2, 5, 6), (1, 3, 4, 7))
#: Periods whose variances are multiplied before one logarithm is taken of them, which costs more than ten products.
_TOGETHER = 4


def _period(tape: Tape) -> tuple[list[Value], list[Value], list[Value]]:
    """Return the state a period later, the variances of both measurements, and both terms of the exponent."""
    par = {name: tape.input(name) for name in PARAMETERS}
    a = [tape.input(("a", i)) for i in range(6)] + [tape.constant(0.0)] * 2
    nothing = tape.constant(0.0)
    p = [[nothing] * 8 for _ in range(8)]
    for i, j in _UPPER:
        p[i][j] = p[j][i] = tape.input(("p", i, j))
    p[6][6], p[7][7] = par["e_11"], par["e_22"]
    y1, y2, w1, w2, w12, o1, o2 = (tape.input(("cell", k)) for k in range(CHANNELS))
    c = tape.input("c")
    m1, m2 = ([sum((p[i][s] for s in seen[1:]), p[i][seen[0]]) for i in range(8)] for seen in _SEEN)
    s11 = sum((m1[s] for s in _SEEN[0]), par["r_11"] * w1)
    s12 = sum((m1[s] for s in _SEEN[1]), par["r_12"] * w12)
    s22 = sum((m2[s] for s in _SEEN[1]), par["r_22"] * w2)
    inverse1 = o1 / s11
    slope = s12 * inverse1
    rest2 = [m2[i] - m1[i] * slope for i in range(8)]
    left = s22 - s12 * slope
    inverse2 = o2 / left
    v1 = y1 - c * tape.input("mu_1") - sum((a[s] for s in _SEEN[0][1:]), a[0])
    v2 = y2 - c * tape.input("mu_2") - sum((a[s] for s in _SEEN[1][1:]), a[1]) - slope * v1
    k1, k2 = v1 * inverse1, v2 * inverse2
    a = [a[i] + m1[i] * k1 + rest2[i] * k2 for i in range(8)]
    for i in range(8):
        by1, by2 = m1[i] * inverse1, rest2[i] * inverse2
        for j in range(i, 8):
            p[i][j] = p[j][i] = p[i][j] - by1 * m1[j] - by2 * rest2[j]
    one, phi = tape.constant(1.0), par["phi"]
    moves: list[dict[int, Value]] = [
        {0: one}, {1: one}, {2: par["rho_1"]}, {3: par["rho_2"]},
        {4: phi, 2: par["b_1"], 5: par["b_1"], 6: par["b_1"]},
        {5: phi, 3: par["b_2"], 4: par["b_2"], 7: par["b_2"]},
    ]  # fmt: skip

    def moved(row: dict[int, Value], column: Sequence[Value]) -> Value:
        # what is multiplied by one and the same number is summed first
        groups: dict[Value, Value] = {}
        for s, factor in row.items():
            groups[factor] = groups[factor] + column[s] if factor in groups else column[s]
        return sum((factor * total for factor, total in groups.items()), nothing)

    later = [moved(row, a) for row in moves]
    half = [[moved(row, p[j]) for j in range(8)] for row in moves]
    shock = {(2, 2): par["q_11"], (2, 3): par["q_12"], (3, 3): par["q_22"]}
    for i, j in _UPPER:
        later.append(moved(moves[j], half[i]) + shock.get((i, j), nothing))
    return later, [s11, left], [v1 * k1, v2 * k2]


@cache
def _compiled() -> tuple[Any, Any, Any]:
    """Return both functions, and the engine that their code lives in."""
    import llvmlite.binding as llvm

    from txsim.panel.likelihood.filter_code import module

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=2, jit=True
    )
    code = llvm.parse_assembly(module(_period, PARAMETERS, _UPPER, _TOGETHER, LANES, CHANNELS))
    engine = llvm.create_mcjit_compiler(code, machine)
    engine.finalize_object()
    pointer, count = ctypes.c_void_p, ctypes.c_int64
    value = ctypes.CFUNCTYPE(None, *[count] * 3, *[pointer] * 9)(engine.get_function_address("value"))
    slope = ctypes.CFUNCTYPE(None, *[count] * 2, *[pointer] * 12)(engine.get_function_address("gradient"))
    return value, slope, engine


def _at(array: NDArray[Any]) -> int:
    return int(array.ctypes.data)


def values(cells: Array, c: Array, g: Array, span: NDArray[np.int64], par: Array, mu: Array) -> Array:
    """Return log-likelihoods ``(draw, block, lane)`` without the constant of the normal law.

    ``cells``: ``(block, period, 7, lane)``, see ``CHANNELS``; ``c``, ``g``: ``(block, lane)`` weight of the period mean
    in the record, and weight of the log determinants; ``span``: ``(2, block)`` whole numbers: first period with a value
    in the block, and the one after the last; ``par``: ``(draw, 26)`` in the order of ``PARAMETERS``; ``mu``: ``(draw,
    period, 2)`` means of all units.
    """
    draws, (blocks, periods) = len(par), cells.shape[:2]
    out = np.empty((draws, blocks, LANES))
    state = np.empty(_STATE * LANES)
    par, mu = np.ascontiguousarray(par), np.ascontiguousarray(mu)
    _compiled()[0](
        draws, blocks, periods, _at(cells), _at(c), _at(g), _at(span[0]), _at(span[1]), _at(par), _at(mu), _at(state),
        _at(out),
    )  # fmt: skip
    return out


def gradient(
    cells: Array, c: Array, g: Array, span: NDArray[np.int64], par: Array, mu: Array
) -> tuple[Array, Array, Array]:
    """Return the log-likelihood ``(block, lane)`` of one draw, and its slopes by parameter and by period mean.

    ``cells``, ``c``, ``g``, ``span``: as :func:`values` takes them. ``par``, ``mu``: ``(26,)`` and ``(period, 2)``.
    """
    blocks, periods = cells.shape[:2]
    out, by_par, by_mu = np.empty((blocks, LANES)), np.zeros((len(PARAMETERS), LANES)), np.zeros((periods, 2, LANES))
    state, adjoint = np.empty((periods + 1) * _STATE * LANES), np.empty(_STATE * LANES)
    par, mu = np.ascontiguousarray(par), np.ascontiguousarray(mu)
    _compiled()[1](
        blocks, periods, _at(cells), _at(c), _at(g), _at(span[0]), _at(span[1]), _at(par), _at(mu), _at(state),
        _at(adjoint), _at(out), _at(by_par), _at(by_mu),
    )  # fmt: skip
    return out, by_par.sum(axis=1), by_mu.sum(axis=2)
