# SPDX-License-Identifier: MIT
"""How people write a quantity: a number, an interval, quantiles, ``median ×/÷ factor`` or a named distribution."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from txsim.errors import did_you_mean
from txsim.priors.distributions import (
    FAMILIES,
    Distribution,
    cdf,
    fit_quantiles,
    from_interval,
    lognormal,
    point,
    support,
)

__all__ = ["FORMS", "LARGEST", "QuantityError", "parse_quantity"]

#: No number in a scenario is larger than this (docs/model.md, section 9).
LARGEST = 1e15

#: The ways to write a quantity, as shown in messages.
FORMS = (
    "a number, {median: 3, factor: 2}, {interval: [1, 6]}, {quantiles: {0.05: 1, 0.5: 3, 0.95: 6}} "
    "or {distribution: normal, mean: 3, sd: 1}"
)
_TIMES = re.compile(r"^\s*([-+.\d]+)\s*(%?)\s*(?:×/÷|x/|\*/|×/:)\s*([.\d]+)\s*$")
_PERCENT = re.compile(r"^\s*([-+]?\d+(?:\.\d+)?)\s*%\s*$")
_MISFIT = 0.02


class QuantityError(ValueError):
    """A quantity that cannot be read.

    Attributes
    ----------
    key
        The key inside the quantity that is wrong, or ``None`` for the whole.
    hint
        What was probably meant.
    """

    def __init__(self, message: str, hint: str = "", key: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.key = key


def _number(value: Any, name: str, share: bool) -> float:
    if isinstance(value, str):
        match = _PERCENT.match(value)
        if match and share:
            return float(match[1]) / 100.0
        if match:
            message = f"{name}: a percent sign belongs to shares only"
            raise QuantityError(message, f"write {match[1]}", name)
        message = f"{name}: expected a number, found the text {value[:40]!r}"
        raise QuantityError(message, FORMS, name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = f"{name}: expected a number, found {type(value).__name__}"
        raise QuantityError(message, FORMS, name)
    if (isinstance(value, int) and abs(value) > LARGEST) or not math.isfinite(value) or abs(value) > LARGEST:
        message = f"{name}: numbers are finite and at most 1e15"
        raise QuantityError(message, "", name)
    return float(value)


def parse_quantity(
    raw: Any,
    *,
    share: bool = False,
    low: float | None = None,
    high: float | None = None,
) -> Distribution:
    """Return the distribution that a person wrote.

    Parameters
    ----------
    raw
        Plain data as read from YAML, see :data:`FORMS`; a :class:`Distribution` is returned as it is.
    share
        Whether it is a fraction 0 … 1, so that ``20 %`` may be written for 0.2.
    low, high
        Physical support. A normal may reach beyond it with at most 0.1 % of its mass, which is clipped in simulation.

    Returns
    -------
    Distribution

    Raises
    ------
    QuantityError
        With what was expected and what was probably meant.
    """
    if share:
        low, high = (0.0 if low is None else low), (1.0 if high is None else high)
    try:
        found = raw if isinstance(raw, Distribution) else _read(raw, share)
    except QuantityError:
        raise
    except ValueError as error:
        raise QuantityError(str(error)) from error
    bottom, top = support(found)
    outside_low = low is not None and bottom < low
    outside_high = high is not None and top > high
    if found.family in ("normal",) and (outside_low or outside_high):
        mass = (float(cdf(found, low)) if low is not None else 0.0) + (
            1.0 - float(cdf(found, high)) if high is not None else 0.0
        )
        if mass > 0.001:
            message = f"{mass:.1%} of this normal lies outside {_range(low, high)}"
            raise QuantityError(message, "a log-normal, beta or triangular would stay inside")
    elif outside_low or outside_high:
        value = found.args[0] if found.family == "point" else (bottom if outside_low else top)
        hint = ""
        if share and found.family == "point" and 1 < found.args[0] <= 100:
            hint = f"write {found.args[0]:g} % or {found.args[0] / 100:g}"
        message = f"{value:g} is outside {_range(low, high)}"
        raise QuantityError(message, hint)
    return found


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{low:g} … {high:g}"
    return f"the range from {low:g} up" if low is not None else f"the range up to {high:g}"


def _read(raw: Any, share: bool) -> Distribution:
    if isinstance(raw, str):
        match = _TIMES.match(raw)
        if match:
            centre = float(match[1]) / (100.0 if match[2] and share else 1.0)
            return lognormal(centre, float(match[3]))
    if not isinstance(raw, Mapping):
        return point(_number(raw, "value", share))
    keys = set(raw)
    if "distribution" in keys:
        return _named(raw, share)
    if "quantiles" in keys:
        _only(raw, {"quantiles", "family"})
        if not isinstance(raw["quantiles"], Mapping):
            message = "quantiles: expected a mapping of probability to value"
            raise QuantityError(message, "quantiles: {0.05: 1, 0.5: 3, 0.95: 6}", "quantiles")
        told = {
            _number(level, "quantiles", True): _number(value, "quantiles", share)
            for level, value in raw["quantiles"].items()
        }
        family = raw.get("family") or ("beta" if share else None)
        found, misfit = fit_quantiles(told, family)
        if misfit > _MISFIT:
            message = f"no {found.family} has these quantiles: the best is off by {misfit:.0%} of probability"
            raise QuantityError(message, "state another family or only two quantiles", "quantiles")
        return found
    if "interval" in keys:
        _only(raw, {"interval", "median", "family"})
        ends = raw["interval"]
        if not isinstance(ends, list | tuple) or len(ends) != 2:
            message = "interval: expected two numbers, the 5 % and the 95 % quantile"
            raise QuantityError(message, "interval: [1, 6]", "interval")
        middle = _number(raw["median"], "median", share) if "median" in keys else None
        bounds = [_number(end, "interval", share) for end in ends]
        family = raw.get("family")
        if family is None and share and middle is None and bounds[0] > 0 and bounds[1] < 1:
            family = "beta"
        return from_interval(bounds[0], bounds[1], middle, family)
    if "median" in keys and "factor" in keys:
        _only(raw, {"median", "factor"})
        return lognormal(_number(raw["median"], "median", share), _number(raw["factor"], "factor", False))
    unknown = sorted(str(key) for key in keys)
    message = f"this is not a quantity: the keys {', '.join(unknown)} do not make one"
    raise QuantityError(message, f"a quantity is {FORMS}")


def _only(raw: Mapping[Any, Any], allowed: set[str]) -> None:
    for key in raw:
        if key not in allowed:
            message = f"unknown key `{key}` in a quantity{did_you_mean(str(key), allowed)}"
            raise QuantityError(message, "", str(key))


def _named(raw: Mapping[Any, Any], share: bool) -> Distribution:
    family = raw["distribution"]
    if family not in FAMILIES:
        message = f"unknown distribution `{family}`{did_you_mean(str(family), FAMILIES)}"
        raise QuantityError(message, f"known: {', '.join(FAMILIES)}", "distribution")
    given = {key: _number(value, str(key), share) for key, value in raw.items() if key != "distribution"}
    if family == "lognormal" and {"median", "factor"} & set(given):
        _only(raw, {"distribution", "median", "factor"})
        return lognormal(given.get("median", math.nan), given.get("factor", math.nan))
    names = FAMILIES[family]
    _only(raw, {"distribution", *names})
    if family == "beta":
        given = {"low": 0.0, "high": 1.0} | given
    missing = [name for name in names if name not in given]
    if missing:
        message = f"{family} needs {', '.join(names)}; missing: {', '.join(missing)}"
        raise QuantityError(message, "", "distribution")
    return Distribution(family, tuple(given[name] for name in names))
