# SPDX-License-Identifier: MIT
"""What a hand does to a quantity: its middle or one end is moved, and it is written as a file writes it.

The two families of the catalogue have two numbers each, so that the middle and one end say everything. Moving an end
leaves the middle where it is; moving the middle takes both ends along, in proportion, and for a share so that it stays
between 0 and 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from txsim.errors import InputError, message_of
from txsim.language import as_message, lazy
from txsim.priors.distributions import Distribution, is_point, median, quantile, support
from txsim.priors.fits import fit_quantiles
from txsim.priors.quantity import QuantityError, parse_quantity

__all__ = ["Part", "Quantity", "moved", "parsed", "rounded", "written"]

Part = Literal["low", "middle", "high"]
#: What stands in a file: a number, or a mapping such as ``{median: 2, factor: 3}``; keys are texts, so JSON holds it.
Quantity = float | Mapping[str, Any]

_LOW, _HIGH = 0.05, 0.95
#: Widest and narrowest log-normal that a hand makes: the factor from the middle to an end.
_FACTORS = (1.01, 1000.0)


def rounded(value: float, digits: int = 4) -> float:
    """Return a number with so many significant digits, as people write one."""
    return float(f"{value:.{digits}g}")


def written(d: Distribution) -> Quantity:
    """Return a distribution as a file writes it, in the words that :func:`moved` uses where it has them."""
    if is_point(d):
        return float(d.args[0])
    if d.family == "lognormal":
        middle = median(d)
        return {"median": rounded(middle, 6), "factor": rounded(quantile(d, _HIGH) / middle, 6)}
    return {"interval": [rounded(quantile(d, q), 6) for q in (_LOW, _HIGH)], "family": _two_numbers(d)}


def moved(d: Distribution, part: Part, value: float, *, low: float | None, high: float | None) -> Quantity:
    """Return a quantity with its middle or one end elsewhere.

    Parameters
    ----------
    d
        As it stands.
    part
        What is moved: the 5 % quantile, the median, the 95 % quantile.
    value
        Where to, in the unit of the file.
    low, high
        Limits of what is possible, ``None`` for none.

    Raises
    ------
    InputError
        If it cannot stand there.
    """
    if not math.isfinite(value) or (low is not None and value < low) or (high is not None and value > high):
        raise InputError(lazy("{value:g} is beyond what is possible here", value=value))
    middle = median(d)
    if is_point(d) and part == "middle":
        return rounded(value)
    if not is_point(d) and part == "middle":
        return _shifted(d, value)
    if (part == "low") != (value < middle) or value == middle:
        raise InputError(lazy("the middle, {middle:.4g}, must lie between both ends", middle=middle))
    family = _two_numbers(d)
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
    """Return the distribution of a family with a median and one end."""
    try:
        fit, _ = fit_quantiles({min(level, 0.5): min(end, middle), max(level, 0.5): max(end, middle)}, family)
    except ValueError as error:
        raise InputError(as_message(message_of(error))) from None
    return _interval(quantile(fit, _LOW), quantile(fit, _HIGH), family)


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
        if value <= 0:
            raise InputError(lazy("{value:g} is beyond what is possible here", value=value))
        return _log_normal(value, high / middle)
    if family == "beta":
        if not 0 < value < 1:
            raise InputError(lazy("{value:g} is beyond what is possible here", value=value))
        # The middle is where it was put; the end on its wider side goes along by as much on the scale of log odds.
        level, end = (_LOW, low) if value > 0.5 else (_HIGH, high)
        end = 1 / (1 + math.exp(-(_odds(end) + _odds(value) - _odds(middle))))
        return _through(value, level, end, family)
    return _interval(low + value - middle, high + value - middle, family)


def _odds(share: float) -> float:
    inside = min(max(share, 1e-9), 1 - 1e-9)
    return math.log(inside / (1 - inside))


def _log_normal(middle: float, factor: float) -> Quantity:
    return {"median": rounded(middle), "factor": rounded(min(max(factor, _FACTORS[0]), _FACTORS[1]))}


def _interval(low: float, high: float, family: str) -> Quantity:
    quantity = {"interval": [rounded(low), rounded(high)], "family": family}
    try:
        parse_quantity(quantity)
    except QuantityError as error:
        raise InputError(error.message) from None
    return quantity
