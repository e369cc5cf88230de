# SPDX-License-Identifier: MIT
"""Figures of a result as people read them, with the key they were read from."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from txsim.language.numbers import (
    Unit,
    amount,
    amounts,
    error_grain,
    grain_of,
    number,
    of_hundred,
    percent,
    probability,
    significant,
    stated_grain,
    to_grain,
    unit_alone,
)
from txsim.report.document import Datum, Text
from txsim.results.compare import PairDifference
from txsim.results.explain import Explanation
from txsim.results.quantities import Distribution, Estimate
from txsim.results.run import Run


class Figures:
    """Writes figures of one result as people read them; a figure of a keyed result keeps its key.

    ``grain``: power of ten to whose multiples means are shown, ends of ranges to ten times that; 0 for digits by size.

    See Also
    --------
    txsim.results.quantities.keyed
    """

    def __init__(self, currency: str, grain: float = 0.0) -> None:
        self.currency, self.grain = currency, grain

    def show(self, value: float | None, form: Callable[[float], str], absent: str = "–") -> Datum:
        """Return one figure in a form of its own; what does not exist is told as ``absent``."""
        if value is None or not math.isfinite(value):
            return Datum(absent)
        return Datum(form(float(value)), float(value), getattr(value, "key", ""))

    def money(self, value: float | None, *, plus: bool = False) -> Datum:
        """Return an amount with a unit that fits it."""
        return self.show(value, lambda v: amount(v, self.currency, plus=plus, grain=self.grain))

    def stated(self, value: float) -> Datum:
        """Return an amount that somebody stated, such as a budget: with no digit that he did not write."""
        return self.show(value, lambda v: amount(v, self.currency, grain=stated_grain(value) or self.grain))

    def beside(self, value: float) -> Figures:
        """Return how an amount that is no part of the payoff is written: alike, unless it is too small for that."""
        return self if abs(value) >= 10 * self.grain else Figures(self.currency)

    def rough(self, value: float | None, *, plus: bool = False) -> Datum:
        """Return an amount that is known no better than the end of a range."""
        return self.show(value, lambda v: amount(v, self.currency, plus=plus, grain=10 * self.grain))

    def cell(self, value: float | None, unit: Unit, *, plus: bool = False, digits: int | None = None) -> Datum:
        """Return an amount in the unit of a table, without the unit."""
        grain = 0.0 if digits is not None else self.grain
        return self.show(value, lambda v: unit.show(v, plus=plus, digits=digits, grain=grain))

    def rough_cell(self, value: float | None, unit: Unit, *, plus: bool = False) -> Datum:
        """Return an amount in the unit of a table that is known no better than the end of a range."""
        return self.show(value, lambda v: unit.show(v, plus=plus, grain=10 * self.grain))

    def apart(self, value: float, other: float, unit: Unit) -> float:
        """Return the difference of two amounts as a table has them in a unit, so that it is that of what is read."""
        return unit.printed(value, self.grain) - unit.printed(other, self.grain)

    def share(self, value: float | None) -> Datum:
        """Return a probability."""
        return self.show(value, probability)

    def chance(self, value: float | None) -> Datum:
        """Return a probability that some thousands of draws tell: all of them on one side are no certainty."""
        return self.show(value, lambda p: probability(min(max(p, 1e-3), 1 - 1e-3)))

    def percent(self, value: float | None, digits: int = 0, *, plus: bool = False) -> Datum:
        """Return a share that is no probability."""
        return self.show(value, lambda v: percent(v, digits, plus=plus))

    def of_hundred(self, value: float | None) -> Datum:
        """Return a probability as so many of a hundred."""
        return self.show(value, of_hundred)

    def plain(self, value: float | None, digits: int = 0, *, plus: bool = False) -> Datum:
        """Return a number."""
        return self.show(value, lambda v: number(v, digits, plus=plus))

    def significant(self, value: float | None, digits: int = 2) -> Datum:
        """Return a number with so many significant digits."""
        return self.show(value, lambda v: significant(v, digits))

    def ends(self, of: Distribution | PairDifference) -> Figures:
        """Return how ends of a distribution are written where means are: to their own digits, where these are finer.

        Of a small option beside a large one they would all read as 0.
        """
        own = figures_for(of, self.currency).grain
        return Figures(self.currency, min(own, self.grain)) if own else self

    def range(self, low: Datum, high: Datum) -> tuple[str | Datum, ...]:
        """Return two figures as an interval."""
        return (low, " … ", high)

    def money_range(self, of: Distribution, *, plus: bool = True) -> tuple[str | Datum, ...]:
        """Return the 90 % interval of a distribution of money."""
        return self.range(*self.ends(of).moneys((of.p05, of.p95), plus=plus, rough=True))

    def moneys(self, values: Sequence[float], *, plus: bool = False, rough: bool = False) -> tuple[Datum, ...]:
        """Return amounts that stand side by side, in one unit; ``rough`` as :meth:`rough` has it."""
        grain = (10 if rough else 1) * self.grain
        told = iter(amounts([float(value) for value in values], self.currency, plus=plus, grain=grain))
        return tuple(self.show(value, lambda _value: next(told)) for value in values)

    def cell_range(self, of: Distribution | PairDifference, unit: Unit) -> tuple[str | Datum, ...]:
        """Return the 90 % interval of a distribution in the unit of a table."""
        own = self.ends(of)
        return self.range(own.rough_cell(of.p05, unit, plus=True), own.rough_cell(of.p95, unit, plus=True))


def figures_of(answer: Run | Explanation) -> Figures:
    """Return how figures of a run, and parts of them, are written: to the digits of simulation error and interval."""
    advice = answer.recommendation
    return Figures(answer.currency, 0.0 if advice is None else float(advice.resolution))


def figures_for(of: Distribution | PairDifference, currency: str) -> Figures:
    """Return how figures of one option are written beside those of others: no finer than its own error and interval."""
    return Figures(currency, grain_of(float(of.mcse), float(of.p05), float(of.p95)))


#: Part of a unit from which an error is told in it.
_FITS = 0.05


def with_error(
    value: float, mcse: float, figures: Figures, unit: Unit, *, plus: bool = False
) -> tuple[str | Datum, ...]:
    """Return an amount in the unit of a table to the digits of its Monte Carlo error, and that, where there is one."""
    if math.isnan(mcse):
        return (figures.cell(value, unit, plus=plus),)
    if mcse == 0 and value == 0:
        return (figures.cell(value, unit, digits=0),)
    digits = 1 if mcse == 0 else unit.error_digits(mcse)
    grain = error_grain(mcse)
    if grain > unit.divisor:  # two digits or more before the point: only the first is known
        value, mcse = to_grain(value, grain), to_grain(mcse, grain)
    cell = figures.cell(value, unit, plus=plus, digits=digits)
    return (cell, "\N{NO-BREAK SPACE}±", figures.cell(mcse, unit, digits=digits))


def estimate(value: Estimate, figures: Figures) -> Text:
    """Return an amount to the digit that its Monte Carlo error leaves, and one digit of that, where there is one."""
    if math.isnan(value.mcse) or value.mcse < 1:
        return figures.money(value.value)
    error = one_digit(value.mcse, figures.currency, value.value)
    return (Figures(figures.currency, error_grain(value.mcse)).money(value.value), f" ± {error}")


def one_digit(value: float, currency: str, beside: float = 0.0) -> str:
    """Return an amount of which one digit is known, as a Monte Carlo error: in the unit of its estimate, if it fits."""
    told = beside if value >= _FITS * unit_alone(beside, currency).divisor else 0.0
    return amounts((told, value), currency, grain=error_grain(value))[1]
