# SPDX-License-Identifier: MIT
"""Figures of results and their units.

A unit belongs to the field that holds a figure: ``npv: Annotated[Distribution, MONEY]``. It is written once, where the
field is declared; the JSON carries it (key ``units``) and the report words figures by it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from txsim.language import Message


class BothSidesOfTax[T]:
    """A result with a net present value before tax and, where a tax is stated, after it."""

    if TYPE_CHECKING:

        @property
        def npv(self) -> T:
            """Before tax."""

        @property
        def npv_after_tax(self) -> T | None:
            """After tax; ``None`` where no tax is stated."""

    def worth(self, *, after_tax: bool) -> T:
        """Return it on one side of tax, as the decision reads it."""
        return self.npv_after_tax if after_tax and self.npv_after_tax is not None else self.npv


@dataclass(frozen=True, slots=True)
class Unit:
    """What a figure is counted in."""

    name: str  #: As docs/schema.md and the JSON say it.


MONEY = Unit("currency")
SHARE = Unit("share, 0 to 1")
MONTHS = Unit("months")
POINTS = Unit("index points")
RATIO = Unit("ratio")
COUNT = Unit("count")
CUSTOMERS = Unit("customers")
BYTES = Unit("bytes")
SECONDS = Unit("seconds")
#: Of figures beside which their unit stands in a field ``unit``.
OWN = Unit("as `unit` beside it says")


class _NullIsNaN:
    """Reads null, as which JSON holds what does not exist, back as NaN."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Return pydantic's schema of the figure; pydantic is imported only where results are read from files."""
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(
            lambda value: math.nan if value is None else value, handler(source)
        )


#: A figure that may not exist: NaN in Python, null in JSON.
Real = Annotated[float, _NullIsNaN()]

Money = Annotated[float, MONEY]
Share = Annotated[float, SHARE]
Months = Annotated[float, MONTHS]
Points = Annotated[float, POINTS]
Ratio = Annotated[float, RATIO]
Count = Annotated[int, COUNT]


@dataclass(frozen=True)
class Distribution:
    """What draws of a quantity come to; the unit is that of the field that holds it."""

    #: Of the draws; NaN where a draw that the figure needs is not finite.
    mean: Real
    sd: Real
    median: Real
    p05: Real
    p95: Real
    mcse: Real  #: Monte Carlo standard error of the mean (docs/model.md, section 6).


@dataclass(frozen=True)
class Estimate:
    """A figure with its Monte Carlo standard error."""

    value: Real  #: The figure.
    mcse: Real  #: Its standard error by the choice of draws: 0 for what is exact, NaN where it cannot be told.

    @property
    def within_noise(self) -> bool:
        """Whether it is no larger than twice its error, so that these draws cannot tell it from nothing."""
        return abs(self.value) <= 2.0 * self.mcse


def digits_of_interval(p05: float, p95: float) -> int:
    """Return with how many decimals what lies in a 90 % interval is told: two digits of half of it."""
    half = (p95 - p05) / 2
    return max(0, 1 - math.floor(math.log10(half))) if half > 0 else 2


@dataclass(frozen=True)
class Interval:
    """Median and 90 % interval of a quantity; the unit is that of the field that holds it."""

    #: Of what is believed of it; NaN where the data cannot say.
    median: Real
    p05: Real
    p95: Real
    p_positive: Annotated[Real, SHARE]  #: Probability that it is above 0.

    @property
    def known(self) -> bool:
        """Whether the data say anything of it."""
        return math.isfinite(self.median)

    @property
    def digits(self) -> int:
        """With how many decimals it is told."""
        return digits_of_interval(self.p05, self.p95)


class Quantity(float):
    """A figure that knows where in a result it stands, so that a page can be checked against the result.

    It is a number like any other; what is computed from it is a plain number without a place.
    """

    key: str

    def __new__(cls, value: float, key: str) -> Quantity:
        """Return the number with its dotted key."""
        self = super().__new__(cls, value)
        self.key = key
        return self


class Number(int):
    """A count that knows where in a result it stands, like a :class:`Quantity`."""

    key: str

    def __new__(cls, value: int, key: str) -> Number:
        """Return the count with its dotted key."""
        self = super().__new__(cls, value)
        self.key = key
        return self


def keyed[T](value: T, key: str = "") -> T:
    """Return a result in which each number is a :class:`Quantity` or :class:`Number`."""
    return _keyed(value, key)  # type: ignore[no-any-return]


def _keyed(value: Any, key: str) -> Any:
    if isinstance(value, bool | str | Message) or value is None:
        return value
    if isinstance(value, int):
        return Number(value, key)
    if isinstance(value, float):
        return Quantity(value, key)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {
            f.name: _keyed(getattr(value, f.name), _inside(key, f.name))
            for f in dataclasses.fields(value)
            if f.init and not f.metadata.get("internal")
        }
        return dataclasses.replace(value, **parts)
    if isinstance(value, Mapping):
        return {name: _keyed(inner, _inside(key, str(name))) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_keyed(inner, _inside(key, str(i))) for i, inner in enumerate(value))
    return value


def _inside(key: str, name: str) -> str:
    if not key or key.endswith(":"):
        return key + name
    return f"{key}.{name}"
