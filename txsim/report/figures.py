# SPDX-License-Identifier: MIT
"""Figures of a result as people read them, with the key they were read from."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from txsim.language.numbers import Unit, amount, grain_of, number, of_hundred, percent, probability, significant
from txsim.report.document import Datum, Text
from txsim.results.quantities import Distribution


class Figures:
    """Writes figures of one result as people read them; a figure of a keyed result keeps its key.

    Parameters
    ----------
    currency
        Of its money.
    grain
        Power of ten to whose multiples means are shown, ends of ranges to ten times that; 0 for digits by size.

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

    def share(self, value: float | None) -> Datum:
        """Return a probability."""
        return self.show(value, probability)

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

    def range(self, low: Datum, high: Datum) -> tuple[str | Datum, ...]:
        """Return two figures as an interval."""
        return (low, " … ", high)

    def money_range(self, of: Distribution, *, plus: bool = True) -> tuple[str | Datum, ...]:
        """Return the 90 % interval of a distribution of money."""
        return self.range(self.rough(of.p05, plus=plus), self.rough(of.p95, plus=plus))

    def cell_range(self, of: Distribution, unit: Unit) -> tuple[str | Datum, ...]:
        """Return the 90 % interval of a distribution in the unit of a table."""
        return self.range(self.rough_cell(of.p05, unit, plus=True), self.rough_cell(of.p95, unit, plus=True))


def figures_for(of: Distribution, currency: str) -> Figures:
    """Return how figures of one option are written beside those of others: no finer than its own error and interval."""
    return Figures(currency, grain_of(float(of.mcse), float(of.p05), float(of.p95)))


class Reader:
    """Reads figures out of one result by their dotted keys and writes them as people read them.

    Parameters
    ----------
    data
        The JSON object.
    prefix
        Put before the keys that a page shows, where a report holds several results.
    """

    def __init__(self, data: Mapping[str, Any], prefix: str = "") -> None:
        self.data, self.prefix = data, prefix
        self.currency = str(data.get("currency", ""))

    def value(self, key: str) -> Any:
        """Return what stands under a dotted key; ``None`` if anything on the way is missing."""
        node: Any = self.data
        for part in key.split("."):
            if isinstance(node, list):
                node = node[int(part)] if int(part) < len(node) else None
            elif isinstance(node, Mapping):
                node = node.get(part)
            else:
                return None
        return node

    def show(self, key: str, form: Callable[[float], str], absent: str = "–") -> Datum:
        """Return one figure in a form of its own."""
        figure = self.value(key)
        if not isinstance(figure, int | float):
            return Datum(absent)
        return Datum(form(float(figure)), float(figure), self.prefix + key)

    def money(self, key: str, *, plus: bool = False) -> Datum:
        """Return an amount with a unit that fits it."""
        return self.show(key, lambda value: amount(value, self.currency, plus=plus))

    def cell(self, key: str, unit: Unit, *, plus: bool = False) -> Datum:
        """Return an amount in the unit of a table, without the unit."""
        return self.show(key, lambda value: unit.show(value, plus=plus))

    def share(self, key: str) -> Datum:
        """Return a probability."""
        return self.show(key, probability)

    def percent(self, key: str, digits: int = 0, *, plus: bool = False) -> Datum:
        """Return a share that is no probability."""
        return self.show(key, lambda value: percent(value, digits, plus=plus))

    def of_hundred(self, key: str) -> Datum:
        """Return a probability as so many of a hundred."""
        return self.show(key, of_hundred)

    def plain(self, key: str, digits: int = 0, *, plus: bool = False) -> Datum:
        """Return a number."""
        return self.show(key, lambda value: number(value, digits, plus=plus))

    def range(self, low: Datum, high: Datum) -> Text:
        """Return two figures as an interval."""
        return (low, " … ", high)

    def money_range(self, key: str, *, plus: bool = True) -> Text:
        """Return the 90 % interval of a distribution of money."""
        return self.range(self.money(f"{key}.p05", plus=plus), self.money(f"{key}.p95", plus=plus))

    def cell_range(self, key: str, unit: Unit) -> Text:
        """Return the 90 % interval of a distribution in the unit of a table."""
        return self.range(self.cell(f"{key}.p05", unit, plus=True), self.cell(f"{key}.p95", unit, plus=True))
