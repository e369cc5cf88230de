# SPDX-License-Identifier: MIT
"""A vector of draws as one value inside numba: ``LANES`` doubles with arithmetic, loads, stores and exponentials.

LLVM's auto-vectoriser leaves a loop that calls ``exp`` scalar, so the lanes are explicit: a numba type that is an LLVM
vector, which the back end splits over the registers of the machine. Imported only when the kernel is compiled.

Every operation here is an IEEE operation on its own, and a fused multiply-add stands only where :func:`fma` is written.
So LLVM may move, copy or drop code as it likes, but it cannot change a bit of a result: not between two copies of one
loop, not between block widths, not between machines with other registers.

The exponential is Cody and Waite's reduction (*Software Manual for the Elementary Functions*, 1980, chapter 6):
``x = k ln 2 + r`` with ``|r| <= ln 2 / 2`` and a polynomial of degree 11 for ``expm1(r)``, interpolated at Chebyshev
nodes (truncation error below 5e-17 of the value, half of a unit in the last place).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, models, register_model

#: Doubles in a vector: four registers of AVX2, so that four chains of fused multiply-adds hide each other's latency.
LANES = 16

#: Options of functions without Python exceptions in arithmetic, without fast-math, and not to be called from Python.
OPTIONS: dict[str, Any] = {"error_model": "numpy", "no_cpython_wrapper": True}

# What numba's decorators make of a function cannot be said in types, only that it is still called.
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
#: How a function on lanes is compiled.
inlined: Decorator = njit(forceinline=True, **OPTIONS)
#: How a long part of the kernel is compiled: numba copies its text into the caller. Inlined by LLVM instead, such parts
#: made the kernel a third slower.
spliced: Decorator = njit(inline="always", **OPTIONS)
operation: Decorator = intrinsic

# Functions of numba without types.
_declared: Any = cgutils.get_or_insert_function
_infer: Any = infer_global
_lower: Any = lower_builtin
_signature: Any = signature

_DOUBLE = ir.DoubleType()
_LONG = ir.IntType(64)
_VECTOR = ir.VectorType(_DOUBLE, LANES)
_LONGS = ir.VectorType(_LONG, LANES)


class _LanesType(types.Type):
    def __init__(self) -> None:
        super().__init__(name=f"lanes{LANES}")


_LANES: Any = _LanesType()


@register_model(_LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)  # type: ignore[no-untyped-call]  # numba has no types here


def _spread(builder: Any, value: Any, kind: Any) -> Any:
    """Return lanes as they are and a number in every lane."""
    if kind == _LANES:
        return value
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    one = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(one, undefined, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES))


def _as_lanes_or_number(kind: Any) -> Any:
    return _LANES if kind == _LANES else types.float64


class _Arithmetic(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if len(args) == 2 and _LANES in args and all(a == _LANES or isinstance(a, types.Number) for a in args):
            return _signature(_LANES, *map(_as_lanes_or_number, args))
        return None


def _lowered(instruction: str) -> Callable[..., Any]:
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        left, right = map(_spread, (builder, builder), args, sig.args)
        return getattr(builder, instruction)(left, right)

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
    _infer(_operator)(type(f"_Lanes_{_operator.__name__}", (_Arithmetic,), {}))
    for _kinds in ((_LANES, _LANES), (_LANES, types.float64), (types.float64, _LANES)):
        _lower(_operator, *_kinds)(_lowered(_instruction))


@operation
def fma(typing: Any, a: Any, b: Any, c: Any) -> Any:
    """Return ``a * b + c``, rounded once; each is lanes or a number."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
        fused = _declared(builder.module, kind, f"llvm.fma.v{LANES}f64")
        return builder.call(fused, [_spread(builder, value, k) for value, k in zip(args, sig.args, strict=True)])

    return _LANES(*map(_as_lanes_or_number, (a, b, c))), generate


def _place(builder: Any, pointer: Any, index: Any) -> Any:
    return builder.bitcast(builder.gep(pointer, [index], source_etype=_DOUBLE), _VECTOR.as_pointer())


@operation
def get(typing: Any, scratch: Any, unit: Any) -> Any:
    """Return vector number ``unit`` of the scratch memory."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        place = _place(builder, args[0], builder.mul(args[1], ir.Constant(_LONG, LANES)))
        return builder.load(place, typ=_VECTOR, align=64)

    return _LANES(scratch, types.int64), generate


@operation
def put(typing: Any, scratch: Any, unit: Any, value: Any) -> Any:
    """Write vector number ``unit`` of the scratch memory."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        place = _place(builder, args[0], builder.mul(args[1], ir.Constant(_LONG, LANES)))
        builder.store(args[2], place, align=64)
        return context.get_dummy_value()

    return types.void(scratch, types.int64, _LANES), generate


@operation
def store(typing: Any, pointer: Any, index: Any, value: Any) -> Any:
    """Write lanes to ``pointer[index]`` and on, at any address."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.store(args[2], _place(builder, args[0], args[1]), align=8)
        return context.get_dummy_value()

    return types.void(pointer, types.int64, _LANES), generate


@operation
def splat(typing: Any, value: Any) -> Any:
    """Return one number in every lane."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _spread(builder, args[0], types.float64)

    return _LANES(types.float64), generate


def _chosen(comparison: str) -> Callable[..., Any]:
    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        left, right = map(_spread, (builder, builder), args, sig.args)
        return builder.select(builder.fcmp_ordered(comparison, left, right), left, right)

    return generate


@operation
def maximum(typing: Any, value: Any, bound: Any) -> Any:
    """Return the larger of lanes and a bound (lanes or a number)."""
    return _LANES(_LANES, _as_lanes_or_number(bound)), _chosen(">")


@operation
def minimum(typing: Any, value: Any, bound: Any) -> Any:
    """Return the smaller of lanes and a bound (lanes or a number)."""
    return _LANES(_LANES, _as_lanes_or_number(bound)), _chosen("<")


@operation
def where_negative(typing: Any, value: Any, yes: Any, no: Any) -> Any:
    """Return ``yes`` in the lanes where ``value < 0``, else ``no``; each is lanes or a number."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value, yes, no = (_spread(builder, a, kind) for a, kind in zip(args, sig.args, strict=True))
        return builder.select(builder.fcmp_ordered("<", value, ir.Constant(_VECTOR, [0.0] * LANES)), yes, no)

    return _LANES(_LANES, _as_lanes_or_number(yes), _as_lanes_or_number(no)), generate


@operation
def _size(typing: Any, value: Any) -> Any:
    """Return lanes without their signs."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.FunctionType(_VECTOR, [_VECTOR])
        return builder.call(_declared(builder.module, kind, f"llvm.fabs.v{LANES}f64"), args)

    return _LANES(_LANES), generate


@operation
def _any_above(typing: Any, value: Any, bound: Any) -> Any:
    """Return whether any lane is above a number."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        above = builder.fcmp_ordered(">", args[0], _spread(builder, args[1], types.float64))
        bits = ir.IntType(LANES)
        return builder.icmp_unsigned("!=", builder.bitcast(above, bits), ir.Constant(bits, 0))

    return types.boolean(_LANES, types.float64), generate


@operation
def _power_of_two(typing: Any, shifted: Any) -> Any:
    """Return ``2^k`` from ``k + 1.5 * 2^52``, whose low bits hold the whole number ``k``."""

    def constant(value: int) -> Any:
        return ir.Constant(_LONGS, [ir.Constant(_LONG, value)] * LANES)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = builder.add(builder.bitcast(args[0], _LONGS), constant(1023))
        return builder.bitcast(builder.shl(bits, constant(52)), _VECTOR)

    return _LANES(_LANES), generate


@inlined
def clip(x: Any, low: Any, high: Any) -> Any:
    """Return lanes held between two numbers."""
    return minimum(maximum(x, low), high)


@inlined
def _reduced(x: Any) -> Any:
    """Return ``expm1(r)`` and ``2^k`` of ``x = k ln 2 + r``."""
    shifted = fma(x, 1.4426950408889634, 6755399441055744.0)
    k = shifted - 6755399441055744.0
    r = fma(k, -1.90821492927058770002e-10, fma(k, -6.93147180369123816490e-01, x))
    r2 = r * r
    r4 = r2 * r2
    first = fma(fma(r, 0.008333333333330065, 0.041666666666624164), r2, fma(r, 0.16666666666666669, 0.5))
    second = fma(
        fma(r, 2.7557268480310024e-06, 2.4801521322368692e-05),
        r2,
        fma(r, 0.00019841269863040545, 0.0013888888917196719),
    )
    third = fma(r, 2.5100375832561234e-08, 2.7620075879983367e-07)
    return fma(fma(fma(third, r4, second), r4, first), r2, r), _power_of_two(shifted)


@inlined
def expm1(x: Any) -> Any:
    """Return ``exp(x) - 1`` to full relative precision, 0 for 0 exactly; ``|x| <= 700``."""
    small, scale = _reduced(x)
    return fma(small, scale, scale - 1.0)


@inlined
def exp(x: Any) -> Any:
    """Return ``exp(x)``, with ``x`` clipped at ±700, 1 for 0 exactly."""
    small, scale = _reduced(clip(x, -700.0, 700.0))
    return fma(small, scale, scale)


@inlined
def exp_near(x: Any) -> Any:
    """Return ``exp(x)`` for what is mostly within ±0.15: there by its series alone, half the work.

    Which way a lane goes depends on that lane alone, so that neighbours cannot change its bits.
    """
    x2 = x * x
    x4 = x2 * x2
    low = fma(fma(x, 1.0 / 6.0, 0.5), x2, x + 1.0)
    high = fma(fma(x, 1.0 / 5040.0, 1.0 / 720.0), x2, fma(x, 1.0 / 120.0, 1.0 / 24.0))
    top = fma(x2, 1.0 / 3628800.0, fma(x, 1.0 / 362880.0, 1.0 / 40320.0))
    value = fma(fma(top, x4, high), x4, low)
    size = _size(x)
    if _any_above(size, 0.15):
        value = where_negative(0.15 - size, exp(x), value)
    return value


@inlined
def exp_very_near(x: Any) -> Any:
    """Return ``exp(x)`` as :func:`exp_near` does, for what is mostly within ±0.03."""
    x2 = x * x
    low = fma(fma(x, 1.0 / 6.0, 0.5), x2, x + 1.0)
    high = fma(fma(x, 1.0 / 5040.0, 1.0 / 720.0), x2, fma(x, 1.0 / 120.0, 1.0 / 24.0))
    value = fma(high, x2 * x2, low)
    size = _size(x)
    if _any_above(size, 0.03):
        value = where_negative(0.03 - size, exp(x), value)
    return value
