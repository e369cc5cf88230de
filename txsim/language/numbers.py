# SPDX-License-Identifier: MIT
"""Numbers, amounts and months as the language in use writes them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

from txsim.language.words import ENGLISH, N_, _, current, short_of

#: Divisor and letter of large amounts, the largest first.
_LETTERS = ((1e9, N_("bn")), (1e6, N_("M")), (1e3, N_("k")))
_MINUS = "−"
#: Digits that are told at most: of millions, and of what is known to the digit of its Monte Carlo error alone.
_OF_MILLIONS, OF_ERRORS = 2, 3
_SPACE = "\N{NO-BREAK SPACE}"


@cache
def _symbols(language: str) -> tuple[str, str]:
    """Return the decimal sign and the sign between thousands."""
    if language == ENGLISH:
        return ".", ","
    from babel import Locale

    signs = Locale.parse(language).number_symbols["latn"]
    return signs["decimal"], signs["group"]


def number(value: float, digits: int = 0, *, plus: bool = False) -> str:
    """Return a number with a true minus sign, rounded, and a plus sign if wanted; zero has no sign."""
    size = abs(float(value))
    text = format(size, short_of(size, f",.{digits}f"))
    sign = ""
    if float(text.replace(",", "")) != 0:
        sign = _MINUS if value < 0 else "+" if plus else ""
    decimal, group = _symbols(current())
    return sign + text.translate({ord(","): group, ord("."): decimal})


def significant(value: float, digits: int = 2) -> str:
    """Return a number with so many significant digits, without powers of ten where people can read it."""
    if value == 0:
        return "0"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return number(value, min(places, 6))


class Unit:
    """A divisor for amounts with its letter, so that all amounts of one table read alike."""

    def __init__(self, divisor: float, letter: str, currency: str, digits: int, most: int = 0) -> None:
        #: What amounts are divided by, digits after the decimal sign that are worth showing, and how many at most.
        self.divisor, self.digits = divisor, digits
        self.most = most or (_OF_MILLIONS if divisor > 1e3 else OF_ERRORS)
        #: Letter and currency, such as ``k EUR``.
        self.name = _SPACE.join(part for part in (_(letter), currency_name(currency)) if part)

    def show(self, value: float, *, plus: bool = False, digits: int | None = None, grain: float = 0.0) -> str:
        """Return an amount in this unit, without the unit: with so many digits, or as a multiple of ``grain``."""
        if grain or digits is None:
            digits = self.known_digits(grain)
        return number(to_grain(value, grain) / self.divisor, digits, plus=plus)

    def printed(self, value: float, grain: float = 0.0) -> float:
        """Return an amount as :meth:`show` has it, as a number."""
        return round(to_grain(value, grain) / self.divisor, self.known_digits(grain)) * self.divisor

    def known_digits(self, grain: float) -> int:
        """Return how many digits after the decimal sign an amount has that is known to ``grain``; 0: by its size."""
        if not grain:
            return self.digits
        return min(max(round(math.log10(self.divisor / grain)), 0), self.most)

    def error_digits(self, mcse: float) -> int:
        """Return how many digits after the decimal sign an amount has beside its Monte Carlo error, told by one."""
        return min(max(round(math.log10(self.divisor)) - _error_power(mcse), 0), OF_ERRORS)

    def full(self, value: float, *, plus: bool = False, grain: float = 0.0) -> str:
        """Return an amount in this unit with the unit."""
        return f"{self.show(value, plus=plus, grain=grain)}{_SPACE}{self.name}"

    def step(self, grain: float = 0.0) -> float:
        """Return of what amounts are multiples as :meth:`show` has them in this unit."""
        return max(grain, 10.0 ** -self.known_digits(grain) * self.divisor)

    def parts(self, values: Sequence[float], whole: float, grain: float = 0.0) -> list[float]:
        """Return parts as they are printed in this unit, so that they add up to the whole as that is printed."""
        return largest_remainder(values, self.step(grain), to_grain(whole, self.step(grain)))


def unit_of(largest: float, currency: str, most: int = 0) -> Unit:
    """Return the unit in which all amounts of a table or a picture, up to ``largest``, read best.

    ``most``: digits after the decimal sign at most; 0 for the usual.
    """
    for divisor, letter in _LETTERS:
        if abs(largest) >= 10 * divisor:
            return Unit(divisor, letter, currency, 0 if abs(largest) >= 100 * divisor else 1, most)
    return Unit(1.0, "", currency, 0)


def unit_alone(value: float, currency: str) -> Unit:
    """Return the unit of one amount by itself: millions from a million on, thousands from a thousand on."""
    shown = abs(float(f"{value:.3g}"))  # what would be written as 1,000 k is 1 M
    for divisor, letter in _LETTERS:
        if shown >= divisor:
            return Unit(divisor, letter, currency, 0 if shown >= 100 * divisor else 1)
    return Unit(1.0, "", currency, 0)


def amount(value: float, currency: str, *, plus: bool = False, grain: float = 0.0) -> str:
    r"""Return one amount by itself, such as ``−122 k EUR``.

    ``plus``: whether amounts above 0 have a sign. ``grain``: power of ten to whose multiples it is rounded, for what is
    known no better; 0 for two or three digits.

    >>> amount(-1457.9, "EUR", grain=1000), amount(612.3, "EUR", grain=100), amount(600.0, "EUR", grain=100)
    ('−1\xa0k\xa0EUR', '0.6\xa0k\xa0EUR', '600\xa0EUR')
    """
    return amounts((value,), currency, plus=plus, grain=grain)[0]


def amounts(values: Sequence[float], currency: str, *, plus: bool = False, grain: float = 0.0) -> list[str]:
    """Return the amounts of one sentence or range, all in the unit in which the largest would be told by itself.

    ``currency``, ``plus``, ``grain``: as in :func:`amount`.
    """
    rounded = [to_grain(value, grain) for value in values]
    largest = max(rounded, key=abs)
    unit = unit_alone(largest or grain, currency)
    if grain and unit.divisor == 1e3 and grain < 100 and abs(largest) < 1e4:
        unit = Unit(1.0, "", currency, 0)  # known to the single unit of currency: 1,031 EUR, not 1.031 k EUR
    elif largest and grain >= 100 * unit.divisor and any(value % grain for value in values):
        unit = unit_alone(1e3 * unit.divisor, currency)  # as tables beside it: 0.6 k EUR; what is stated stays 600 EUR
    return [unit.full(value, plus=plus, grain=grain) for value in rounded]


def _error_power(mcse: float) -> int:
    """Return the exponent of ten of the one digit of a Monte Carlo error that is told; one of 9.7 is told as 10."""
    return math.floor(math.log10(mcse / 0.95))


def error_grain(mcse: float) -> float:
    """Return the power of ten of the one digit of a Monte Carlo error that is told; 0 where that is below one."""
    return 10.0 ** _error_power(mcse) if mcse >= 1 else 0.0


def grain_of(error: float, low: float, high: float) -> float:
    """Return the power of ten to whose multiples an expected amount is told, wherever it stands; 0 where it is exact.

    ``error``: its Monte Carlo error: a digit that the next seed changes tells nothing. ``low``, ``high``: ends of the
    90 % interval; under a thousandth of their distance a digit tells nothing either.

    >>> grain_of(2_300.0, -800_000.0, 690_000.0)
    1000.0
    """
    width = 0.001 * (high - low)
    if error <= 0 and width <= 0:
        return 0.0
    return max(error_grain(error), 10.0 ** math.floor(math.log10(max(width, 1.0))))


def stated_grain(value: float) -> float:
    """Return the power of ten of the last digit that is not 0 of an amount that somebody stated; 0 where none is."""
    return next((10.0**power for power in range(9, -1, -1) if value and value % 10**power == 0), 0.0)


def to_grain(value: float, grain: float) -> float:
    """Return a value as a multiple of ``grain``; itself where that is 0."""
    return round(value / grain) * grain if grain else value


@cache
def _symbol(code: str, language: str) -> str:
    if language == ENGLISH:
        return code
    from babel.numbers import get_currency_symbol

    return str(get_currency_symbol(code, locale=language))


def currency_name(code: str) -> str:
    """Return a currency's code in English, and what the language calls it elsewhere."""
    return _symbol(code, current())


def unit_name(unit: str) -> str:
    """Return a unit as the language in use has it; of money, three capital letters, as everywhere its currency.

    >>> unit_name("EUR")
    'EUR'
    """
    return currency_name(unit) if len(unit) == 3 and unit.isascii() and unit.isalpha() and unit.isupper() else _(unit)


def percent(share: float, digits: int = 0, *, plus: bool = False) -> str:
    """Return a share as a percentage."""
    return f"{number(100 * share, digits, plus=plus)}{_SPACE}%"


def probability(share: float) -> str:
    """Return a probability as a percentage that never claims certainty it does not have."""
    if 0 < share < 0.005:
        return f"<{_SPACE}1{_SPACE}%"
    if 0.995 < share < 1:
        return f">{_SPACE}99{_SPACE}%"
    return percent(share)


def p_value(p: float) -> str:
    """Return a p value with its sign: two digits that say something, and never nought or one."""
    if p < 0.001:
        return f"p < {number(0.001, 3)}"
    if p > 0.995:
        return f"p > {number(0.99, 2)}"
    return f"p = {significant(p) if p < 0.0995 else number(p, 2)}"


def of_hundred(share: float) -> str:
    """Return a probability as so many of a hundred, none and all only where it is none and all."""
    return "<1" if 0 < share < 0.005 else ">99" if 0.995 < share < 1 else number(100 * share)


def interval(low: str, high: str) -> str:
    """Return two ends as an interval."""
    return f"{low} … {high}"


def picture_locale() -> dict[str, Any]:
    """Return how the language in use writes numbers, for axes of pictures (d3-format)."""
    decimal, group = _symbols(current())
    return {"decimal": decimal, "thousands": group, "grouping": [3], "currency": ["", ""], "minus": _MINUS}


def largest_remainder(
    values: Sequence[float], grain: float, whole: float | None = None, limits: Sequence[float] | None = None
) -> list[float]:
    """Round values to multiples of a grain so that they add up to ``whole``, by default their rounded sum.

    As many are rounded the other way as that takes, those first that are moved least by it. None becomes larger, up or
    down, than its limit, unless there is no other way to add up.

    >>> largest_remainder([1.4, 1.4, 1.4], 1.0)
    [2.0, 1.0, 1.0]
    >>> largest_remainder([1.4, 1.4, 1.4], 1.0, 3.0)
    [1.0, 1.0, 1.0]
    >>> largest_remainder([-88.6, -25.4], 1.0, limits=[88.0, 26.0])
    [-88.0, -26.0]
    """
    steps = [value / grain for value in values]
    most = [math.inf] * len(steps) if limits is None else [limit / grain + 1e-9 for limit in limits]
    rounded = [round(step) for step in steps]
    rounded = [
        n if abs(n) <= at_most else int(math.copysign(math.floor(at_most), n))
        for n, at_most in zip(rounded, most, strict=True)
    ]
    missing = round(sum(steps) if whole is None else whole / grain) - sum(rounded)
    by = 1 if missing > 0 else -1
    for _k in range(abs(missing)):
        nearest = max(
            range(len(values)),
            key=lambda i: (abs(rounded[i] + by) <= most[i], round(by * (steps[i] - rounded[i]), 9), -i),
        )
        rounded[nearest] += by
    return [step * grain for step in rounded]
