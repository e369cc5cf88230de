# SPDX-License-Identifier: MIT
"""What a belief about a parameter means, as a sentence that a manager can agree with or contradict."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

from txsim.language import N_, Figure, Message, lazy
from txsim.priors.distributions import Distribution, is_point, plain_quantiles, quantile


def _percent(log: float) -> float:
    """Return the change of a rate in percent from that of its logarithm, endless where no number holds it."""
    return 100 * math.expm1(log) if log < 700 else math.inf


_POINTS = re.compile(r"(\w+) points per (\w+) point")
#: Sentence by unit, for a push of ten points, for a number above 0 and below; how a value becomes the number in it.
#: Of a rate the word says which way it goes, and the number how far.
#: Rates of what customers do rise with their experience (they join), those of what staff do fall (they are absent).
_EFFECTS: dict[str, tuple[str, str, Callable[[float], float]]] = {
    "log rate per EX point": (
        N_("+10 index points of {of} lower the rate of absence by {n} %"),
        N_("+10 index points of {of} raise the rate of absence by {n} %"),
        lambda x: -_percent(-10 * x),
    ),
    "log hazard": (
        N_("+10 index points of {of} lower the rate of leaving by {n} %"),
        N_("+10 index points of {of} raise the rate of leaving by {n} %"),
        lambda x: -_percent(-10 * x),
    ),
    "log rate": (
        N_("+10 index points of {of} raise the number of new customers by {n} %"),
        N_("+10 index points of {of} lower the number of new customers by {n} %"),
        lambda x: _percent(10 * x),
    ),
    "log revenue": (
        N_("+10 index points of {of} raise revenue per customer by {n} %"),
        N_("+10 index points of {of} lower revenue per customer by {n} %"),
        lambda x: _percent(10 * x),
    ),
    "log contacts": (
        N_("+10 index points of {of} lower contacts per customer by {n} %"),
        N_("+10 index points of {of} raise contacts per customer by {n} %"),
        lambda x: -_percent(-10 * x),
    ),
    "pp of revenue": (
        N_("+10 index points of {of} bring +{n} points of percent of revenue"),
        N_("+10 index points of {of} bring {n} points of percent of revenue"),
        lambda x: 10 * x,
    ),
}


def plain_number(value: float, digits: int = 3) -> str:
    """Return a number with so many digits that count, a true minus sign and no exponent where one can be avoided."""
    if not math.isfinite(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    text = f"{abs(value):,.{max(places, 0)}f}" if -10 < math.log10(abs(value)) < 15 else f"{abs(value):.3g}"
    if "." in text and "e" not in text:
        text = text.rstrip("0").rstrip(".")
    return f"−{text}" if value < 0 else text


def prediction(unit: str, meaning: str, belief: Distribution) -> Message:
    """Return what a belief implies, with its 90 % interval."""
    if is_point(belief):
        return lazy("{sentence}, taken as known", sentence=implication(unit, meaning, quantile(belief, 0.5)))
    middle = quantile(belief, 0.5)
    change = _frame(unit, meaning, 1.0)[1]
    turned = -1.0 if _turned(unit, change(middle)) else 1.0
    low, high = sorted(turned * change(value) for value in plain_quantiles(belief, (0.05, 0.95)))
    sentence = implication(unit, meaning, middle)
    return lazy("{sentence} (90 %: {low} … {high})", sentence=sentence, low=_number(low), high=_number(high))


def implication(unit: str, meaning: str, value: float, digits: int = 3) -> Message:
    """Return what one value of a parameter implies, a sentence without a full stop; its number with so many digits."""
    _sentence, change = _frame(unit, meaning, 1.0)
    number = change(value)
    sentence, _change = _frame(unit, meaning, number)
    number = abs(number) if _turned(unit, number) else number
    return replace(sentence, params=(*sentence.params, ("n", _number(number, digits))))


def _turned(unit: str, number: float) -> bool:
    """Return whether the sentence of a number says by its verb that it is below 0: that a rate goes the other way."""
    return number < 0 and any(start.startswith("log") and _of(start, unit) for start in _EFFECTS)


def implied(unit: str, value: float) -> tuple[float, bool] | None:
    """Return the number in the sentence of a slope, and whether it is a percentage; ``None`` for what is no slope.

    >>> implied("CX points per EX point", 0.25)
    (2.5, False)
    """
    if _POINTS.fullmatch(unit):
        return 10 * value, False
    for start, (_above, _below, change) in _EFFECTS.items():
        if _of(start, unit):
            return change(value), start.startswith("log")
    return None


def _of(start: str, unit: str) -> str:
    """Return the node by whose points a unit counts, if it begins so or is just this; else nothing."""
    match = re.fullmatch(r"(.+) per (\w+) point", unit)
    return match[2] if match and start in (unit, match[1]) else ""


def told_value(unit: str, value: float) -> float:
    """Return a value as people are told it: of a slope of a log what ten points change, in percent."""
    effect = implied(unit, value)
    return effect[0] if effect is not None and effect[1] else value


def told_unit(unit: str) -> Message:
    """Return the unit of what :func:`told_value` gives.

    >>> str(told_unit("log revenue per CX point"))
    '% per 10 index points of CX'
    """
    effect = implied(unit, 0.0)
    if effect is None or not effect[1]:
        return lazy(unit)
    return lazy("% per 10 index points of {of}", of=unit.split()[-2])


def _number(value: float, digits: int = 3) -> Figure | str:
    text = plain_number(value, digits)
    if "e" in text or not math.isfinite(value):
        return text
    return Figure(value, "number", digits=len(text.partition(".")[2]))


def _frame(unit: str, meaning: str, number: float) -> tuple[Message, Callable[[float], float]]:
    """Return the sentence for a number of this sign, without the number, and how a value becomes the number."""
    points = _POINTS.fullmatch(unit)
    if points:
        text = N_("+10 index points of {source} give {n} points of {target} by this link alone")
        if number >= 0:
            text = N_("+10 index points of {source} give +{n} points of {target} by this link alone")
        return lazy(text, source=points[2], target=points[1]), lambda x: 10 * x
    for start, (above, below, change) in _EFFECTS.items():
        of = _of(start, unit)
        if of:
            return lazy(above if number >= 0 else below, of=of), change
    said = lazy(meaning)
    if unit == "correlation":
        return lazy("{meaning}: {n}", meaning=said), float
    if unit == "share" or unit.startswith("share of"):
        of = unit.removeprefix("share").strip()
        text = N_("{n} of 100 {of}") if of else N_("{n} of 100: {of}")
        return lazy(text, of=lazy(of) if of else said), lambda x: 100 * x
    if unit == "months":
        return lazy("{n} months: {meaning}", meaning=said), float
    if unit == "ratio":
        return lazy("{n} times: {meaning}", meaning=said), float
    return lazy("{n} {unit}: {meaning}", unit=lazy(unit), meaning=said), float
