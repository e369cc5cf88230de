# SPDX-License-Identifier: MIT
"""LLVM code of the panel's filter: loops over draws, blocks of units and periods around one period's formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from txsim.panel.likelihood.tape import Tape, Value

_LONG, _DOUBLE = ir.IntType(64), ir.DoubleType()
Period = Callable[[Tape], tuple[list[Value], list[Value], list[Value]]]


def module(
    period: Period, names: Sequence[str], upper: Sequence[tuple[int, int]], together: int, lanes: int, channels: int
) -> str:
    """Return the text of a module with the functions ``value`` and ``gradient``.

    ``period``: formula of one period: later state, variances, terms of the exponent; ``upper``: places of the states'
    covariance, in the order in which it is kept; ``together``: periods whose variances are multiplied before a
    logarithm is taken; ``lanes``, ``channels``: units side by side, and numbers of a cell.
    """
    tape = Tape()
    later, variances, exponent = period(tape)
    code = _Code(tape, list(names), list(upper), together, lanes, channels)
    code.write_value(later, variances, exponent)
    code.write_gradient(later, variances, exponent)
    return str(code.module)


class _Code:
    """Builder of both functions."""

    def __init__(
        self, tape: Tape, names: list[str], upper: list[tuple[int, int]], together: int, lanes: int, channels: int
    ) -> None:
        self.tape, self.names, self.upper = tape, names, upper
        self.together, self.channels = together, channels
        self.state = [("a", i) for i in range(6)] + [("p", i, j) for i, j in upper]
        self.vector = ir.VectorType(_DOUBLE, lanes)
        self.module = ir.Module("panel")
        self.log = ir.Function(self.module, ir.FunctionType(self.vector, [self.vector]), f"llvm.log.v{lanes}f64")

    def begin(self, name: str, whole: int, pointers: int) -> list[Any]:
        """Begin a function of some whole numbers and pointers; return its arguments."""
        pointer = _DOUBLE.as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [_LONG] * whole + [pointer] * pointers)
        function = ir.Function(self.module, kind, name)
        for argument in function.args[whole:]:
            argument.add_attribute("noalias")
        self.b = ir.IRBuilder(function.append_basic_block())
        return list(function.args)

    @contextmanager
    def loop(self, first: Any, last: Any, step: int = 1) -> Iterator[Any]:
        """Repeat for ``first``, ``first + step`` … until ``last``, which is left out."""
        b = self.b
        before = b.block
        test, body, after = (b.append_basic_block() for _ in range(3))
        b.branch(test)
        b.position_at_end(test)
        i = b.phi(_LONG)
        i.add_incoming(first, before)
        b.cbranch(b.icmp_signed("!=", i, last), body, after)
        b.position_at_end(body)
        yield i
        i.add_incoming(b.add(i, _LONG(step)), b.block)
        b.branch(test)
        b.position_at_end(after)

    def constant(self, number: float) -> Any:
        return ir.Constant(self.vector, [number] * self.vector.count)

    def place(self, pointer: Any, index: Any) -> Any:
        """Return the address of vector number ``index``."""
        index = index if isinstance(index, ir.Value) else _LONG(index)
        return self.b.gep(self.b.bitcast(pointer, self.vector.as_pointer()), [index])

    def load(self, pointer: Any, index: Any) -> Any:
        return self.b.load(self.place(pointer, index), align=8)

    def store(self, value: Any, pointer: Any, index: Any) -> None:
        self.b.store(value, self.place(pointer, index), align=8)

    def add(self, value: Any, pointer: Any, index: Any) -> None:
        self.store(self.b.fadd(self.load(pointer, index), value), pointer, index)

    def spread(self, pointer: Any, index: Any) -> Any:
        """Return one double in every lane."""
        index = index if isinstance(index, ir.Value) else _LONG(index)
        undefined = ir.Constant(self.vector, ir.Undefined)
        one = self.b.insert_element(undefined, self.b.load(self.b.gep(pointer, [index])), ir.IntType(32)(0))
        same = ir.Constant(ir.VectorType(ir.IntType(32), self.vector.count), [0] * self.vector.count)
        return self.b.shuffle_vector(one, undefined, same)

    def inputs(self, par: Any, cell: Any, c: Any, mu: Any, state: Any) -> dict[object, Any]:
        """Return what one period is handed, loaded where it is first needed."""
        b = self.b
        given: dict[object, Any] = {name: (lambda k=k: self.load(par, k)) for k, name in enumerate(self.names)}
        given |= {name: (lambda k=k: self.load(state, k)) for k, name in enumerate(self.state)}
        given |= {("cell", k): (lambda k=k: self.load(cell, k)) for k in range(self.channels)}
        given |= {f"mu_{o + 1}": (lambda o=o: self.spread(mu, o)) for o in range(2)}
        return {**given, "c": c, "b": b}

    def spread_parameters(self, par: Any) -> Any:
        """Return the parameters of one draw, each in all lanes, in memory of the function."""
        kept = self.b.alloca(ir.ArrayType(self.vector, len(self.names)))
        return self.b.bitcast(kept, _DOUBLE.as_pointer())

    def fill(self, kept: Any, par: Any) -> None:
        for k in range(len(self.names)):
            self.store(self.spread(par, k), kept, k)

    def start(self, kept: Any, state: Any) -> None:
        """Write the state before the first measurement."""
        for k, name in enumerate(self.state):
            at = self.first_of(name)
            self.store(self.constant(0.0) if at is None else self.load(kept, at), state, k)

    def first_of(self, name: tuple[Any, ...]) -> int | None:
        """Return the parameter that a part of the first state is, if any."""
        if name[0] == "a":
            return None
        _, i, j = name
        if j < 2:
            return self.names.index(f"l_{i + 1}{j + 1}")
        return self.names.index(f"p_{i}{j}") if i >= 2 else None

    def offset(self, pointer: Any, index: Any, size: int) -> Any:
        """Return the address of item number ``index`` of some vectors each."""
        return self.b.gep(pointer, [self.b.mul(index, _LONG(size * self.vector.count))])

    def span(self, begin: Any, end: Any, block: Any) -> tuple[Any, Any]:
        whole = _LONG.as_pointer()
        first, last = (self.b.load(self.b.gep(self.b.bitcast(p, whole), [block])) for p in (begin, end))
        return first, last

    def forward(self, run: Any, store: Callable[[list[Any], Any], None], sums: tuple[Any, Any, Any]) -> None:
        """Take up the measurements of period ``t`` and pass its later state on."""
        later, variances, exponent, given, cell, t, first, last, g = run
        b = self.b
        *state, s1, s2, x1, x2 = self.tape.emit(b, given, self.vector, [*later, *variances, *exponent])
        store(state, t)
        quadratic, logs, volume = sums
        self.add(b.fadd(x1, x2), quadratic, 0)
        product = self.load(volume, 0)
        for s, channel in ((s1, 5), (s2, 6)):
            seen = b.fcmp_ordered(">", self.load(cell, channel), self.constant(0.0))
            product = b.fmul(product, b.select(seen, s, self.constant(1.0)))
        self.store(product, volume, 0)
        passed = b.sub(t, first)
        full = b.icmp_signed("==", b.srem(passed, _LONG(self.together)), _LONG(self.together - 1))
        with b.if_then(b.or_(full, b.icmp_signed("==", b.add(t, _LONG(1)), last))):
            self.add(b.fmul(g, b.call(self.log, [self.load(volume, 0)])), logs, 0)
            self.store(self.constant(1.0), volume, 0)

    def sums(self) -> tuple[Any, Any, Any]:
        a, b, c = (self.b.bitcast(self.b.alloca(self.vector), _DOUBLE.as_pointer()) for _ in range(3))
        return a, b, c

    def clear(self, sums: tuple[Any, Any, Any]) -> None:
        for place, number in zip(sums, (0.0, 0.0, 1.0), strict=True):
            self.store(self.constant(number), place, 0)

    def finish(self, sums: tuple[Any, Any, Any], out: Any, index: Any) -> None:
        total = self.b.fadd(self.load(sums[0], 0), self.load(sums[1], 0))
        self.store(self.b.fmul(total, self.constant(-0.5)), out, index)

    def write_value(self, later: list[Value], variances: list[Value], exponent: list[Value]) -> None:
        """Write the function that returns log-likelihoods of many draws."""
        draws, blocks, periods, cells, cs, gs, begin, end, par, mu, state, out = self.begin("value", 3, 9)
        b = self.b
        kept, sums = self.spread_parameters(par), self.sums()
        with self.loop(_LONG(0), draws) as d:
            self.fill(kept, b.gep(par, [b.mul(d, _LONG(len(self.names)))]))
            means = b.gep(mu, [b.mul(d, b.mul(periods, _LONG(2)))])
            with self.loop(_LONG(0), blocks) as block:
                self.clear(sums)
                self.start(kept, state)
                first, last = self.span(begin, end, block)
                c, g = self.load(cs, block), self.load(gs, block)
                with self.loop(first, last) as t:
                    cell = self.offset(cells, b.add(b.mul(block, periods), t), self.channels)
                    given = self.inputs(kept, cell, c, b.gep(means, [b.mul(t, _LONG(2))]), state)

                    def store(values: list[Any], t: Any) -> None:
                        for k, value in enumerate(values):
                            self.store(value, state, k)

                    self.forward((later, variances, exponent, given, cell, t, first, last, g), store, sums)
                self.finish(sums, out, b.add(b.mul(d, blocks), block))
        b.ret_void()

    def write_gradient(self, later: list[Value], variances: list[Value], exponent: list[Value]) -> None:
        """Write the function that returns the log-likelihood of one draw and its slopes."""
        blocks, periods, cells, cs, gs, begin, end, par, mu, states, adjoint, out, by_par, by_mu = self.begin(
            "gradient", 2, 12
        )
        b, tape = self.b, self.tape
        size = len(self.state)
        kept, sums = self.spread_parameters(par), self.sums()
        self.fill(kept, par)
        g_in = tape.input("g")
        seeds = {value: tape.input(("later", k)) for k, value in enumerate(later)}
        seeds |= {term: tape.constant(-0.5) for term in exponent}
        for s, channel in zip(variances, (5, 6), strict=True):
            seeds[s] = (tape.input(("cell", channel)) / s) * g_in * -0.5
        found = tape.adjoints(seeds)
        by_state = [found[tape.input(name).at] for name in self.state]
        moving = {k: found[tape.input(n).at] for k, n in enumerate(self.names) if tape.input(n).at in found}
        by_means = [found[tape.input(f"mu_{o + 1}").at] for o in range(2)]
        with self.loop(_LONG(0), blocks) as block:
            first, last = self.span(begin, end, block)
            c, g = self.load(cs, block), self.load(gs, block)

            def at(t: Any, c: Any = c, block: Any = block) -> tuple[dict[object, Any], Any]:
                cell = self.offset(cells, b.add(b.mul(block, periods), t), self.channels)
                here = self.offset(states, t, size)
                return self.inputs(kept, cell, c, b.gep(mu, [b.mul(t, _LONG(2))]), here), cell

            self.clear(sums)
            self.start(kept, self.offset(states, first, size))
            with self.loop(first, last) as t:
                given, cell = at(t)

                def store(values: list[Any], t: Any) -> None:
                    there = self.offset(states, b.add(t, _LONG(1)), size)
                    for k, value in enumerate(values):
                        self.store(value, there, k)

                self.forward((later, variances, exponent, given, cell, t, first, last, g), store, sums)
            self.finish(sums, out, block)
            for k in range(size):
                self.store(self.constant(0.0), adjoint, k)
            with self.loop(b.sub(last, _LONG(1)), b.sub(first, _LONG(1)), -1) as t:
                given, _ = at(t)
                given |= {("later", k): (lambda k=k: self.load(adjoint, k)) for k in range(size)}
                given["g"] = g
                wanted = [*by_state, *moving.values(), *by_means]
                told = tape.emit(b, given, self.vector, wanted)
                for k in range(size):
                    self.store(told[k], adjoint, k)
                for k, value in zip(moving, told[size:], strict=False):
                    self.add(value, by_par, k)
                place = b.mul(t, _LONG(2))
                for o in range(2):
                    self.add(told[len(told) - 2 + o], by_mu, b.add(place, _LONG(o)))
            for k, name in enumerate(self.state):
                parameter = self.first_of(name)
                if parameter is not None:
                    self.add(self.load(adjoint, k), by_par, parameter)
        b.ret_void()
