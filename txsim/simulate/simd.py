# SPDX-License-Identifier: MIT
"""A vector of draws as one value inside numba: ``LANES`` doubles with arithmetic, loads, stores and ``expm1``.

LLVM's auto-vectoriser leaves a loop with calls to ``exp`` scalar, so the lanes are explicit: a numba type that is an
LLVM vector, which the back end splits into the registers of the machine. Imported only when the kernel is compiled.

The exponential is Cody and Waite's reduction, ``x = k ln 2 + r`` with ``|r| <= ln 2 / 2``, and a Taylor polynomial of
degree 13 in Estrin's order (error under one unit in the last place over the range used).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, models, register_model

__all__ = ["FLAGS", "LANES", "below", "clip", "exp", "expm1", "load", "maximum", "minimum", "splat", "store"]

LANES = 8

#: Fused multiply-add is allowed, nothing that reorders: the same object code gives the same bits.
FLAGS = {"contract"}

_DOUBLE = ir.DoubleType()
_LONG = ir.IntType(64)
_VECTOR = ir.VectorType(_DOUBLE, LANES)
_LONGS = ir.VectorType(_LONG, LANES)


class _LanesType(types.Type):  # type: ignore[misc]  # numba has no types
    def __init__(self) -> None:
        super().__init__(name=f"lanes{LANES}")


_LANES = _LanesType()


@register_model(_LanesType)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]  # numba has no types
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


def _spread(builder: Any, scalar: Any) -> Any:
    one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), zeros)


def _constant(kind: Any, scalar: Any, value: float | int) -> Any:
    return ir.Constant(kind, [ir.Constant(scalar, value)] * LANES)


class _Arithmetic(AbstractTemplate):  # type: ignore[misc]  # numba has no types
    def generic(self, args: Any, kws: Any) -> Any:
        if len(args) == 2 and _LANES in args and all(a == _LANES or isinstance(a, types.Number) for a in args):
            return signature(_LANES, *[_LANES if a == _LANES else types.float64 for a in args])
        return None


def _lowered(instruction: str) -> Callable[..., Any]:
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        left, right = (a if kind == _LANES else _spread(builder, a) for a, kind in zip(args, sig.args, strict=True))
        return getattr(builder, instruction)(left, right, flags=tuple(FLAGS))

    return lower


for _operator, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
    (operator.iadd, "fadd"),
    (operator.isub, "fsub"),
    (operator.imul, "fmul"),
):
    infer_global(_operator)(type(f"_Lanes_{_instruction}", (_Arithmetic,), {}))
    for _kinds in ((_LANES, _LANES), (_LANES, types.float64), (types.float64, _LANES)):
        lower_builtin(_operator, *_kinds)(_lowered(_instruction))


def _place(builder: Any, pointer: Any, index: Any) -> Any:
    return builder.bitcast(builder.gep(pointer, [index], source_etype=_DOUBLE), _VECTOR.as_pointer())


@intrinsic
def load(typing: Any, pointer: Any, index: Any) -> Any:
    """Return the lanes that begin at ``pointer[index]``."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        found = builder.load(_place(builder, args[0], args[1]), typ=_VECTOR)
        found.align = 8
        return found

    return _LANES(pointer, types.int64), generate


@intrinsic
def store(typing: Any, pointer: Any, index: Any, value: Any) -> Any:
    """Write the lanes to ``pointer[index]`` and on."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        done = builder.store(args[2], _place(builder, args[0], args[1]))
        done.align = 8
        return context.get_dummy_value()

    return types.void(pointer, types.int64, _LANES), generate


@intrinsic
def splat(typing: Any, value: Any) -> Any:
    """Return one number in every lane."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _spread(builder, args[0])

    return _LANES(types.float64), generate


@intrinsic
def maximum(typing: Any, value: Any, bound: Any) -> Any:
    """Return the larger of lanes and a number."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        other = _spread(builder, args[1])
        return builder.select(builder.fcmp_ordered(">", args[0], other), args[0], other)

    return _LANES(_LANES, types.float64), generate


@intrinsic
def minimum(typing: Any, value: Any, bound: Any) -> Any:
    """Return the smaller of lanes and a number."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        other = _spread(builder, args[1])
        return builder.select(builder.fcmp_ordered("<", args[0], other), args[0], other)

    return _LANES(_LANES, types.float64), generate


@intrinsic
def below(typing: Any, value: Any, other: Any, yes: Any, no: Any) -> Any:
    """Return ``yes`` in the lanes where ``value < other``, else ``no``."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered("<", args[0], args[1]), args[2], args[3])

    return _LANES(_LANES, _LANES, _LANES, _LANES), generate


@intrinsic
def _power_of_two(typing: Any, shifted: Any) -> Any:
    """Return ``2^k`` from ``k + 1.5 · 2^52``, whose low bits hold the whole number ``k``."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = builder.bitcast(args[0], _LONGS)
        exponent = builder.add(bits, _constant(_LONGS, _LONG, 1023))
        return builder.bitcast(builder.shl(exponent, _constant(_LONGS, _LONG, 52)), _VECTOR)

    return _LANES(_LANES), generate


@njit(fastmath=FLAGS, forceinline=True, error_model="numpy")
def _reduced(x: Any) -> Any:
    """Return ``expm1(r)`` and ``2^k`` of ``x = k ln 2 + r``."""
    shifted = x * 1.4426950408889634 + 6755399441055744.0
    k = shifted - 6755399441055744.0
    r = x - k * 6.93147180369123816490e-01
    r = r - k * 1.90821492927058770002e-10
    r2 = r * r
    r4 = r2 * r2
    p = (0.5 + r * (1.0 / 6)) + (1.0 / 24 + r * (1.0 / 120)) * r2
    q = (1.0 / 720 + r * (1.0 / 5040)) + (1.0 / 40320 + r * (1.0 / 362880)) * r2
    s = (1.0 / 3628800 + r * (1.0 / 39916800)) + (1.0 / 479001600 + r * (1.0 / 6227020800.0)) * r2
    return r + r2 * (p + r4 * (q + r4 * s)), _power_of_two(shifted)


@njit(fastmath=FLAGS, forceinline=True, error_model="numpy")
def expm1(x: Any) -> Any:
    """Return ``exp(x) − 1``, exact to relative rounding near 0, for ``|x| <= 700``."""
    small, scale = _reduced(x)
    return small * scale + (scale - 1.0)


@njit(fastmath=FLAGS, forceinline=True, error_model="numpy")
def exp(x: Any) -> Any:
    """Return ``exp(x)``, clipped at ±700."""
    small, scale = _reduced(minimum(maximum(x, -700.0), 700.0))
    return small * scale + scale


@njit(fastmath=FLAGS, forceinline=True, error_model="numpy")
def clip(x: Any, low: float, high: float) -> Any:
    """Return lanes held between two numbers."""
    return minimum(maximum(x, low), high)
