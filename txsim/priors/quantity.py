# SPDX-License-Identifier: MIT
"""How people write a quantity: a number, an interval, quantiles, ``median ×/÷ factor`` or a named distribution.

============================================  ==========================================================
written                                       read as
============================================  ==========================================================
``3``                                         known
``20 %``                                      0.2, where a share is meant
``0.30 ×/÷ 7.5`` (also ``x/``, ``*/``)        log-normal, 90 % interval 0.30/7.5 … 0.30·7.5
``{median: 0.3, factor: 7.5}``                the same
``{interval: [2, 8]}``                        90 % interval; with ``median: 4`` and ``family: normal`` if wanted
``{quantiles: {0.05: 1, 0.5: 2, 0.95: 6}}``   best fit, refused if it misses by more than 5 % of probability
``{distribution: beta, a: 2, b: 5}``          by name, see :data:`txsim.priors.distributions.FAMILIES`
============================================  ==========================================================
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from txsim.errors import did_you_mean
from txsim.language import Words
from txsim.priors.distributions import FAMILIES, Distribution, clipped, lognormal, point, support
from txsim.priors.fits import FITTED, chance_below, fit_quantiles, from_interval, misfit

__all__ = ["CLIPPED_MASS", "FORMS", "LARGEST", "QuantityError", "parse_quantity"]

#: No number in a scenario is larger than this (docs/model.md, section 9).
LARGEST = 1e15

#: Largest mass beyond the physical limits that is moved onto them instead of being refused.
CLIPPED_MASS = 0.001

#: The ways to write a quantity, as shown in messages.
FORMS = (
    "a number, {median: 3, factor: 2}, {interval: [1, 6]}, {quantiles: {0.05: 1, 0.5: 3, 0.95: 6}} "
    "or {distribution: normal, mean: 3, sd: 1}"
)
_DIGITS = r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_TIMES = re.compile(rf"\s*([-+]?{_DIGITS})\s*(%?)\s*(?:×|x|X|\*)\s*/\s*÷?\s*({_DIGITS})\s*")
_PERCENT = re.compile(rf"\s*([-+]?{_DIGITS})\s*%\s*")
_TEXT_NUMBER = re.compile(rf"\s*([-+]?{_DIGITS})\s*")
#: Largest misfit of a fit to quantiles, and of an interval with a median that the family does not have in its middle.
_MISFIT, _MISFIT_MEDIAN = 0.05, 0.20


#: What is said to a number that is written as no program reads it.
_POINT = "write 12500.5: a point for decimals, nothing between thousands"


class QuantityError(ValueError):
    """A quantity that cannot be read.

    Attributes
    ----------
    key
        The key inside the quantity that is wrong, or ``None`` for the whole.
    hint
        What was probably meant.
    unknown
        Whether it is the key itself that is not known.
    """

    def __init__(self, message: Words, hint: Words = "", key: str | None = None, *, unknown: bool = False) -> None:
        super().__init__(message)
        self.unknown = unknown
        self.hint = hint
        self.key = key

    @property
    def vague(self) -> bool:
        """Whether the hint knows nothing of the value at hand."""
        return self.hint in ("", FORMS, _POINT)


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
        Plain data as read from YAML, see :data:`FORMS`; a :class:`Distribution` is taken as it is.
    share
        Whether it is a fraction 0 … 1, so that ``20 %`` may be written for 0.2.
    low, high
        Physical limits. At most 0.1 % of the mass may lie beyond them and is moved onto them
        (:func:`txsim.priors.distributions.clipped`); more is refused.

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
    except (ValueError, OverflowError) as error:
        raise QuantityError(str(error)) from error
    return _inside(found, -math.inf if low is None else low, math.inf if high is None else high, share)


def _inside(d: Distribution, low: float, high: float, share: bool) -> Distribution:
    """Return the distribution held to its limits, or refuse it."""
    bottom, top = support(d)
    if bottom >= low and top <= high:
        return d
    limits = f"{low:g} … {high:g}" if math.isfinite(low + high) else f"at least {low:g}"
    limits = limits if math.isfinite(low) else f"at most {high:g}"
    if d.family == "point":
        value = d.args[0]
        hint = f"write {value:g} % or {value / 100:g}" if share and 1 < value <= 100 else ""
        message = f"{value:g} is outside what is possible, {limits}"
        raise QuantityError(message, hint)
    beyond = (chance_below(d, low) if bottom < low else 0.0) + (1 - chance_below(d, high) if top > high else 0.0)
    if beyond > CLIPPED_MASS:
        message = f"{beyond:.2g} of the probability lies outside what is possible, {limits}"
        raise QuantityError(message, "a narrower one, or a beta or triangular between the limits, would stay inside")
    return clipped(d, low, high)


def _number(value: Any, name: str, share: bool) -> float:
    if isinstance(value, str):
        return _text_number(value, name, share)
    if isinstance(value, bool):
        message = f"{name}: expected a number, found {'yes/true/on' if value else 'no/false/off'}"
        raise QuantityError(message, FORMS, name)
    if not isinstance(value, int | float):
        message = f"{name}: expected a number, found {_kind(value)}"
        raise QuantityError(message, FORMS, name)
    # A whole number of thousands of digits must not be converted or printed.
    if (isinstance(value, int) and abs(value) > LARGEST) or not math.isfinite(value) or abs(value) > LARGEST:
        message = f"{name}: numbers are finite and at most 1e15"
        raise QuantityError(message, "", name)
    return float(value)


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, list | tuple) else f"a {type(value).__name__}"


def _text_number(text: str, name: str, share: bool) -> float:
    percent = _PERCENT.fullmatch(text)
    if percent and share:
        return _number(float(percent[1]), name, share) / 100.0
    if percent:
        message = f"{name}: a percent sign belongs to shares only"
        raise QuantityError(message, f"write {percent[1]}", name)
    plain = _TEXT_NUMBER.fullmatch(text)
    if plain:
        value = float(plain[1])
        hint = f"write {value:.15g} without quotation marks or exponent" if abs(value) <= LARGEST else ""
        message = f"{name}: {text.strip()[:40]!r} is a text, not a number"
        raise QuantityError(message, hint, name)
    if re.fullmatch(r"\s*[-+]?[\d.,' ]+\s*%?\s*", text):
        message = f"{name}: {text.strip()[:40]!r} is not a number"
        raise QuantityError(message, _POINT, name)
    message = f"{name}: expected a number, found the text {text.strip()[:40]!r}"
    raise QuantityError(message, FORMS, name)


def _read(raw: Any, share: bool) -> Distribution:
    if isinstance(raw, str):
        match = _TIMES.fullmatch(raw)
        if match:
            middle = _text_number(f"{match[1]} %", "median", share) if match[2] else float(match[1])
            return _times(_number(middle, "median", share), _number(float(match[3]), "factor", False))
    if not isinstance(raw, Mapping):
        return point(_number(raw, "value", share))
    if "distribution" in raw:
        return _named(raw, share)
    if "quantiles" in raw:
        return _quantiles(raw, share)
    if "interval" in raw:
        return _interval(raw, share)
    if "median" in raw or "factor" in raw:
        _only(raw, ("median", "factor"))
        _all(raw, ("median", "factor"))
        return _times(_number(raw["median"], "median", share), _number(raw["factor"], "factor", False))
    keys = ("median", "factor", "interval", "quantiles", "distribution")
    unknown = ", ".join(f"`{key}`" for key in raw)[:80] or "no keys"
    close = did_you_mean(str(next(iter(raw), "")), keys)
    message = f"this is not a quantity: {unknown}{close}"
    raise QuantityError(message, f"a quantity is {FORMS}")


def _times(middle: float, factor: float) -> Distribution:
    if middle <= 0:
        message = f"median: {middle:g} ×/÷ a factor needs a median above 0"
        hint = f"for values below 0 write {{distribution: normal, mean: {middle:g}, sd: …}}"
        raise QuantityError(message, hint, "median")
    if factor <= 1:
        message = f"factor: must be above 1, it is {factor:g}"
        raise QuantityError(message, f"for a known number write {middle:g} alone", "factor")
    return lognormal(middle, factor)


def _quantiles(raw: Mapping[Any, Any], share: bool) -> Distribution:
    _only(raw, ("quantiles", "family"))
    told = raw["quantiles"]
    if not isinstance(told, Mapping):
        message = f"quantiles: expected probabilities with their values, found {_kind(told)}"
        raise QuantityError(message, "quantiles: {0.05: 1, 0.5: 3, 0.95: 6}", "quantiles")
    read: dict[float, float] = {}
    for level, value in told.items():
        at = _number(level, "quantiles", True)
        if at in read:
            message = f"quantiles: the probability {at:g} stands twice"
            raise QuantityError(message, "", "quantiles")
        read[at] = _number(value, "quantiles", share)
    family = _family(raw, FITTED) or ("beta" if share else None)
    found, missed = fit_quantiles(read, family)
    if missed > _MISFIT:
        message = f"no {found.family} has these quantiles: the best one is off by {missed:.0%} of probability"
        raise QuantityError(message, f"state another family ({', '.join(FITTED)}) or only two quantiles", "quantiles")
    return found


def _interval(raw: Mapping[Any, Any], share: bool) -> Distribution:
    _only(raw, ("interval", "median", "family"))
    ends = raw["interval"]
    if not isinstance(ends, list | tuple) or len(ends) != 2:
        message = "interval: expected two numbers, the 5 % and the 95 % quantile"
        raise QuantityError(message, "interval: [1, 6]", "interval")
    low, high = (_number(end, "interval", share) for end in ends)
    middle = _number(raw["median"], "median", share) if "median" in raw else None
    family = _family(raw, (*FITTED, "uniform"))
    if family is None and share and low > 0 and high < 1:
        family = "beta"
    found = from_interval(low, high, middle, family)
    missed = misfit(found, {0.05: low, 0.95: high})
    if middle is None and missed > 1e-6:
        message = f"no {found.family} has this interval"
        raise QuantityError(message, f"state another family: {', '.join(FITTED)}", "interval")
    if middle is not None and missed > _MISFIT_MEDIAN:
        message = f"no {found.family} with the median {middle:g} has this interval"
        raise QuantityError(message, "leave the median out, or write {distribution: triangular, …}", "median")
    return found


def _named(raw: Mapping[Any, Any], share: bool) -> Distribution:
    family = raw["distribution"]
    if not isinstance(family, str) or family not in FAMILIES:
        message = f"unknown distribution `{str(family)[:40]}`{did_you_mean(str(family), FAMILIES)}"
        raise QuantityError(message, f"known: {', '.join(FAMILIES)}", "distribution")
    if family == "lognormal" and not {"mu", "sigma"} & set(raw):
        _only(raw, ("distribution", "median", "factor"))
        _all(raw, ("median", "factor"))
        return _times(_number(raw["median"], "median", share), _number(raw["factor"], "factor", False))
    if family == "lognormal_mixture" and not {"mu", "mu2"} & set(raw):
        return _mixture(raw, share)
    names = FAMILIES[family]
    _only(raw, ("distribution", *names))
    given = {"low": 0.0, "high": 1.0} if family == "beta" else {}
    given |= {str(key): _number(value, str(key), share) for key, value in raw.items() if key != "distribution"}
    _all(given, names)
    return Distribution(family, tuple(given[name] for name in names))


def _mixture(raw: Mapping[Any, Any], share: bool) -> Distribution:
    """Read two log-normals, each ``median ×/÷ factor``, with their weights."""
    names = ("weights", "medians", "factors")
    _only(raw, ("distribution", *names))
    _all(raw, names)
    pairs = []
    for name in names:
        pair = raw[name]
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            message = f"{name}: expected two numbers, one for each part of the mixture"
            raise QuantityError(message, f"{name}: [1, 2]", name)
        pairs.append([_number(number, name, share and name == "medians") for number in pair])
    weights, medians, factors = pairs
    if not (min(weights) > 0 and math.isclose(sum(weights), 1.0, abs_tol=1e-6)):
        message = f"weights: must be above 0 and add up to 1, they are {weights[0]:g} and {weights[1]:g}"
        raise QuantityError(message, "", "weights")
    one, two = (_times(middle, factor) for middle, factor in zip(medians, factors, strict=True))
    return Distribution("lognormal_mixture", (weights[0] / sum(weights), *one.args, *two.args))


def _family(raw: Mapping[Any, Any], known: Sequence[str]) -> str | None:
    family = raw.get("family")
    if family is None or (isinstance(family, str) and family in known):
        return family
    message = f"family: unknown `{str(family)[:40]}`{did_you_mean(str(family), known)}"
    raise QuantityError(message, f"known: {', '.join(known)}", "family")


def _only(raw: Mapping[Any, Any], allowed: Sequence[str]) -> None:
    for key in raw:
        if key not in allowed:
            message = f"unknown key `{str(key)[:40]}` in a quantity{did_you_mean(str(key), allowed)}"
            raise QuantityError(message, f"here: {', '.join(allowed)}", str(key), unknown=True)


def _all(given: Mapping[Any, Any], names: Sequence[str]) -> None:
    missing = [name for name in names if name not in given]
    if missing:
        message = f"missing here: {', '.join(missing)}"
        raise QuantityError(message, f"needed: {', '.join(names)}")
