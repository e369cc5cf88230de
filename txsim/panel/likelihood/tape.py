# SPDX-License-Identifier: MIT
"""Formulas that are written once in Python and become machine code, with their gradient.

A formula is run on :class:`Value` objects, which note every operation on a :class:`Tape`. Walking the tape backwards
gives the adjoint of every value (reverse-mode differentiation: Griewank & Walther 2008, *Evaluating Derivatives*,
chapter 3) as more operations on the same tape, and :meth:`Tape.emit` writes what is needed of it as straight-line LLVM
code on vectors. Straight-line code needs no optimiser, so that it compiles in a fraction of a second, where a loop nest
in numba took half a minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


class Tape:
    """Operations in the order in which they were made; equal ones are one."""

    def __init__(self) -> None:
        self._nodes: list[tuple[Any, ...]] = []
        self._known: dict[tuple[Any, ...], int] = {}

    def _add(self, *node: Any) -> Value:
        at = self._known.get(node)
        if at is None:
            at = self._known[node] = len(self._nodes)
            self._nodes.append(node)
        return Value(self, at)

    def input(self, name: object) -> Value:
        """Return the value that :meth:`emit` is handed under that name."""
        return self._add("input", name)

    def constant(self, number: float) -> Value:
        """Return a number."""
        return self._add("constant", float(number))

    def _number(self, at: int) -> float | None:
        node = self._nodes[at]
        return node[1] if node[0] == "constant" else None

    def operation(self, kind: str, a: Value, b: Value) -> Value:
        """Return ``a`` and ``b`` joined by ``fadd``, ``fsub``, ``fmul`` or ``fdiv``; with 0 and 1 nothing is done."""
        x, y = self._number(a.at), self._number(b.at)
        if x == 0.0 and kind in ("fmul", "fdiv"):
            return a
        if y == 0.0 and kind in ("fadd", "fsub"):
            return a
        if y == 0.0 and kind == "fmul":
            return b
        if (x == 0.0 and kind == "fadd") or (x == 1.0 and kind == "fmul"):
            return b
        if y == 1.0 and kind in ("fmul", "fdiv"):
            return a
        if kind in ("fadd", "fmul") and b.at < a.at:
            a, b = b, a
        return self._add(kind, a.at, b.at)

    def adjoints(self, seeds: Mapping[Value, Value]) -> dict[int, Value]:
        """Return, by place on the tape, how much each value moves a sum of values, each times its seed."""
        adjoint = {value.at: seed for value, seed in seeds.items()}
        for at in range(max(adjoint), -1, -1):
            if at not in adjoint:
                continue
            kind, *places = self._nodes[at]
            if kind in ("input", "constant"):
                continue
            here = adjoint[at]
            a, b = (Value(self, place) for place in places)
            if kind == "fmul":
                parts = ((a, here * b), (b, here * a))
            elif kind == "fdiv":
                by = here / b
                parts = ((a, by), (b, 0.0 - by * Value(self, at)))
            else:
                parts = ((a, here), (b, here if kind == "fadd" else 0.0 - here))
            for value, part in parts:
                before = adjoint.get(value.at)
                adjoint[value.at] = part if before is None else before + part
        return adjoint

    def emit(self, builder: Any, inputs: Mapping[object, Any], kind: Any, outputs: Iterable[Value]) -> list[Any]:
        """Write what the outputs need with a builder of llvmlite; return them.

        ``builder``: where the code goes; ``inputs``: values of llvmlite by the name of each input, or functions that
        load them where they are first needed; ``kind``: their type: a vector of doubles; ``outputs``: what is wanted.
        """
        from llvmlite import ir

        wanted = [value.at for value in outputs]
        needed = set(wanted)
        for at in range(max(wanted), -1, -1):
            if at in needed and self._nodes[at][0] not in ("input", "constant"):
                needed.update(self._nodes[at][1:])
        made: dict[int, Any] = {}
        for at in sorted(needed):
            what, *places = self._nodes[at]
            if what == "input":
                given = inputs[places[0]]
                made[at] = given() if callable(given) else given
            elif what == "constant":
                made[at] = ir.Constant(kind, [places[0]] * kind.count)
            else:
                made[at] = getattr(builder, what)(made[places[0]], made[places[1]], flags=("contract",))
        return [made[at] for at in wanted]


@dataclass(frozen=True)
class Value:
    """One value on a tape; arithmetic with others and with numbers makes further ones."""

    tape: Tape
    at: int

    def __hash__(self) -> int:
        return self.at

    def _with(self, kind: str, other: Value | float, *, turned: bool = False) -> Value:
        value = other if isinstance(other, Value) else self.tape.constant(other)
        return self.tape.operation(kind, value, self) if turned else self.tape.operation(kind, self, value)

    def __add__(self, other: Value | float) -> Value:
        return self._with("fadd", other)

    def __radd__(self, other: float) -> Value:
        return self._with("fadd", other, turned=True)

    def __sub__(self, other: Value | float) -> Value:
        return self._with("fsub", other)

    def __rsub__(self, other: float) -> Value:
        return self._with("fsub", other, turned=True)

    def __mul__(self, other: Value | float) -> Value:
        return self._with("fmul", other)

    def __rmul__(self, other: float) -> Value:
        return self._with("fmul", other, turned=True)

    def __truediv__(self, other: Value | float) -> Value:
        return self._with("fdiv", other)
