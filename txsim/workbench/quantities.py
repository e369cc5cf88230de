# SPDX-License-Identifier: MIT
"""What a hand does to a quantity: its middle or one end is moved, and it is written as a file writes it.

Most beliefs have two numbers, so that the middle and one end say everything: moving an end leaves the middle where it
is and takes the other end along; moving the middle takes both ends along, in proportion, and for a share so that it
stays between 0 and 1. A skewed belief, and any of which each end is to stay where it was put, goes through its middle
and both ends exactly, as a split normal or log-normal or, for a share, a spline of log odds (docs/elicitation.md).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from txsim.errors import InputError, message_of
from txsim.language import Message, as_message, lazy
from txsim.language.numbers import number
from txsim.priors.distributions import FAMILIES, Distribution, is_point, quantile, support
from txsim.priors.moments import median
from txsim.priors.quantity import parse_quantity
from txsim.priors.splines import SPLINES, spline_parts
from txsim.priors.typed_numbers import LARGEST, TwoReadings, numbers_in, typed_number
from txsim.priors.written_numbers import QuantityError

Part = Literal["low", "middle", "high"]
#: What stands in a file: a number, or a mapping such as ``{median: 2, factor: 3}``; keys are texts, so JSON holds it.
Quantity = float | Mapping[str, Any]

_LOW, _HIGH = 0.05, 0.95
#: Digits of what is written as it stands, and of what a hand drags to.
_EXACT, _DRAGGED = 12, 4
#: Digits of the factor between a middle and its ends: an end that was typed comes back with the digits of a drag.
_FACTOR = 6
#: How far both ends of three values may be from those of two numbers and still be these: what rounding does.
_AS_TWO = 2e-4
#: Widest and narrowest log-normal that a hand makes: the factor from the middle to an end.
_FACTORS = (1.01, 1000.0)


class Beyond(InputError):
    """A value that cannot stand here."""

    def __init__(self, value: float, least: float | None, most: float | None, *, inside: bool = False) -> None:
        #: The limits are in the unit of the file, ``None`` for none; ``inside``: they themselves are beyond, too.
        self.value, self.least, self.most, self.inside = value, least, most, inside
        super().__init__(self.message())

    def message(self, *, percent: bool = False) -> Message:
        """Return what to say of it, in the unit of the file or in percent."""
        factor, sign = (100.0, "\N{NO-BREAK SPACE}%") if percent else (1.0, "")
        value, least, most = (
            "" if each is None else number(each * factor, 6).rstrip("0").rstrip(".,") + sign
            for each in (self.value, self.least, self.most)
        )
        if self.inside and not most:
            return lazy("{value} is beyond what is possible here: above {least}", value=value, least=least)
        if self.inside:
            return lazy("{value} is beyond what is possible here: above {least} and below {most}",
                        value=value, least=least, most=most)  # fmt: skip
        if not most:
            return lazy("{value} is beyond what is possible here: at least {least}", value=value, least=least)
        if not least:
            return lazy("{value} is beyond what is possible here: at most {most}", value=value, most=most)
        return lazy("{value} is beyond what is possible here: {least} to {most}", value=value, least=least,
                    most=most)  # fmt: skip


def rounded(value: float, digits: int) -> float:
    """Return a number with so many significant digits, as people write one."""
    return float(f"{value:.{digits}g}")


def tidy(value: float) -> float:
    """Return a number as people write one: as it was typed, and with four digits where a hand dragged to it.

    >>> tidy(12345.6), tidy(0.07999999999999999), tidy(2 / 3)
    (12345.6, 0.08, 0.6667)
    """
    for digits in range(_DRAGGED, _EXACT + 1):
        if math.isclose(rounded(value, digits), value, rel_tol=10.0 ** -(digits + 3)):
            return rounded(value, digits)
    return rounded(value, _DRAGGED)


def typed(text: str, *, percent: bool, grouped: bool) -> float:
    """Return what was typed into a field, in the unit of the file.

    ``grouped``: as for :func:`~txsim.priors.typed_numbers.typed_number`. Raises :class:`InputError` if it is no number,
    or could be read two ways; with what to write instead.
    """
    try:
        if not percent:
            return typed_number(text, grouped=grouped)
        points = numbers_in(text, count=1, percent=True)[0]
        if 0 < points <= 1 and typed_number(text, share=True) == points:
            raise TwoReadings(lazy("`{few}` can be read two ways: write {few} % or {many:g} %",
                                   few=f"{points:.12g}", many=100 * points))  # fmt: skip
    except ValueError as error:
        raise InputError(as_message(message_of(error))) from None
    return rounded(points / 100, _EXACT)


def written(d: Distribution) -> Quantity:
    """Return a distribution as a file writes it."""
    if is_point(d):
        return float(d.args[0])
    if d.family == "lognormal":
        middle = math.exp(d.args[0])
        return {"median": rounded(middle, _EXACT), "factor": rounded(quantile(d, _HIGH) / median(d), _EXACT)}
    if d.family in SPLINES:
        _low, _high, levels, values = spline_parts(d.family, d.args)
        stated = {f"{p:.{_EXACT}g}": rounded(x, _EXACT) for p, x in zip(levels, values, strict=True)}
        return {"quantiles": stated, "family": d.family}
    return {"distribution": d.family, **dict(zip(FAMILIES[d.family], d.args, strict=True))}


def exactly(d: Distribution) -> Quantity:
    """Return a distribution so that it is read back to the last bit, which its middle and an end do not allow."""
    if is_point(d) or d.family in SPLINES:
        return written(d)
    return {"distribution": d.family, **dict(zip(FAMILIES[d.family], d.args, strict=True))}


def same(quantity: Quantity, d: Distribution) -> bool:
    """Whether a quantity is a distribution, as people write numbers."""
    now = parsed(quantity)
    levels = (_LOW, 0.5, _HIGH)
    return now.family == d.family and all(tidy(quantile(now, q)) == tidy(quantile(d, q)) for q in levels)


def is_skewed(d: Distribution) -> bool:
    """Whether the middle and one end of a distribution do not say where its other end is."""
    whole = d.family == "beta" and d.args[2:] == (0.0, 1.0)
    return not (is_point(d) or whole or d.family in ("lognormal", "normal"))


def moved(
    d: Distribution, part: Part, value: float, *, low: float | None, high: float | None, alone: bool | None = None
) -> Quantity:
    """Return a quantity with its middle or one end elsewhere.

    ``part``: what is moved: the 5 % quantile, the median, the 95 % quantile. ``value``: where to, in the unit of the
    file. ``low``, ``high``: limits of what is possible, ``None`` for none. ``alone``: whether what is not moved stays
    where it is; by default both ends of a skewed belief. Raises Beyond if it is beyond the limits, or those of the
    belief's family; InputError if it cannot stand there otherwise.
    """
    if not math.isfinite(value) or abs(value) > LARGEST:
        raise InputError(lazy("numbers are finite and at most 1e15"))
    family = _two_numbers(d)
    if not is_point(d) and family != "normal" and (value <= 0 or (family == "beta" and value >= 1)):
        raise Beyond(value, 0.0, 1.0 if family == "beta" else None, inside=True)
    if (low is not None and value < low) or (high is not None and value > high):
        raise Beyond(value, low, high)
    middle = median(d)
    if is_point(d) and part == "middle":
        return tidy(value)
    if not is_point(d) and (alone or (is_skewed(d) and (alone is None or part == "middle"))):
        return _three(d, part, value, alone=bool(alone))
    if not is_point(d) and part == "middle":
        return _shifted(d, value)
    if (part == "low") != (value < middle) or value == middle:
        raise InputError(lazy("the middle, {middle:.4g}, must lie between both ends", middle=middle))
    if is_point(d):
        family = "beta" if high == 1 and low == 0 else "lognormal" if middle > 0 and value > 0 else "normal"
    if family == "lognormal":
        factor = middle / value if part == "low" else value / middle
        return _log_normal(middle, factor)
    level = _LOW if part == "low" else _HIGH
    return _through(middle, level, value, family)


def parsed(quantity: Quantity) -> Distribution:
    """Return what a file would hold: JSON knows texts alone as keys, and levels of quantiles are numbers."""
    if isinstance(quantity, Mapping) and "quantiles" in quantity:
        quantity = {**quantity, "quantiles": {float(level): value for level, value in quantity["quantiles"].items()}}
    return parse_quantity(quantity)


def _through(middle: float, level: float, end: float, family: str) -> Quantity:
    """Return the distribution of a family with a median and one end, both as they were put."""
    quantity = _through_values({min(level, 0.5): min(end, middle), max(level, 0.5): max(end, middle)}, family)
    return _checked(quantity)


def _three(d: Distribution, part: Part, value: float, *, alone: bool) -> Quantity:
    """Return what goes through the middle and both ends, one of them moved; ends go with the middle unless alone."""
    # What a person stated stays, where a family of two numbers misses it.
    stated = dict(d.stated) if alone else {}
    ends = {
        each: stated[level] if level in stated else quantile(d, level)
        for each, level in (("low", _LOW), ("middle", 0.5), ("high", _HIGH))
    }
    family = _two_numbers(d)
    if part == "middle" and not alone:
        ends = _along(ends, value, family)
    else:
        ends[part] = value
    low, middle, high = ends["low"], ends["middle"], ends["high"]
    if not low < middle < high:
        raise InputError(lazy("the middle, {middle:.4g}, must lie between both ends", middle=middle))
    if family == "lognormal" and low > 0:
        _near(middle, low)
        _near(middle, high)
    if family == "lognormal" and low > 0 and abs(low * high / middle**2 - 1) < _AS_TWO:
        return _log_normal(middle, high / middle)
    if family == "normal" and abs(low + high - 2 * middle) < _AS_TWO * (high - low):
        return _interval(low, high, family)
    stated = {_LOW: low, 0.5: middle, _HIGH: high}
    wide = {"lognormal": "split_lognormal", "normal": "split_normal", "beta": "spline_logitnormal"}[family]
    return _checked(_through_values(stated, wide))


def _checked(quantity: Quantity) -> Quantity:
    """Return a quantity that can be read, or refuse it in words."""
    try:
        parsed(quantity)
    except QuantityError as error:
        raise InputError(error.message) from None
    except ValueError as error:
        raise InputError(as_message(message_of(error))) from None
    return quantity


def _along(ends: Mapping[str, float], value: float, family: str) -> dict[str, float]:
    """Return both ends gone along with the middle: as far on the scale on which the family is straight."""
    if family == "normal":
        return {part: end + value - ends["middle"] for part, end in ends.items()}
    if family == "lognormal":
        return {part: end * value / ends["middle"] for part, end in ends.items()}
    by = _odds(value) - _odds(ends["middle"])
    return {part: 1 / (1 + math.exp(-(_odds(end) + by))) for part, end in ends.items()} | {"middle": value}


def _through_values(stated: Mapping[float, float], family: str) -> Quantity:
    return {"quantiles": {f"{p:.{_EXACT}g}": tidy(x) for p, x in stated.items()}, "family": family}


def _two_numbers(d: Distribution) -> str:
    """Return the family of two numbers that stands for a distribution."""
    if d.family in ("lognormal", "beta", "normal"):
        return d.family
    bottom, top = support(d)
    return "beta" if bottom >= 0 and top <= 1 else "lognormal" if bottom >= 0 else "normal"


def _shifted(d: Distribution, value: float) -> Quantity:
    low, middle, high = (quantile(d, q) for q in (_LOW, 0.5, _HIGH))
    family = _two_numbers(d)
    if family == "lognormal":
        return _log_normal(value, high / middle)
    if family == "beta":
        # The middle is where it was put; the end on its wider side goes along by as much on the scale of log odds.
        level, end = (_LOW, low) if value > 0.5 else (_HIGH, high)
        end = 1 / (1 + math.exp(-(_odds(end) + _odds(value) - _odds(middle))))
        return _through(value, level, end, family)
    return _through(value, _HIGH, high + value - middle, family)


def _odds(share: float) -> float:
    inside = min(max(share, 1e-9), 1 - 1e-9)
    return math.log(inside / (1 - inside))


def _log_normal(middle: float, factor: float) -> Quantity:
    _near(middle, middle * factor)
    return {"median": tidy(middle), "factor": rounded(max(factor, _FACTORS[0]), _FACTOR)}


def _near(middle: float, end: float) -> None:
    """Refuse an end that is so far from the middle that a slip is likelier than a belief."""
    if not 1 / _FACTORS[1] <= end / middle <= _FACTORS[1]:
        message = lazy("{end:.15g} is more than {most:g} times away from the middle, {middle:.4g}: is that meant?",
                       end=end, most=_FACTORS[1], middle=middle)  # fmt: skip
        raise InputError(message)


def _interval(low: float, high: float, family: str) -> Quantity:
    return _checked({"interval": [tidy(low), tidy(high)], "family": family})
