# SPDX-License-Identifier: MIT
"""What a belief about a parameter means, as a sentence that a manager can agree with or contradict."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from txsim.priors.distributions import Distribution, is_point, quantile

__all__ = ["plain_number", "prediction"]

_POINTS = re.compile(r"(\w+) points per (\w+) point")
#: Sentence by unit, for a push of ten points; how a value becomes the number in it.
_EFFECTS: dict[str, tuple[str, Callable[[float], float]]] = {
    "log hazard": ("+{n} points of {of} lower the rate of leaving by {m} %", lambda x: 100 * -math.expm1(-10 * x)),
    "log rate": (
        "+{n} points of {of} raise the number of new customers by {m} %",
        lambda x: 100 * math.expm1(10 * x),
    ),
    "log revenue": ("+{n} points of {of} raise revenue per customer by {m} %", lambda x: 100 * math.expm1(10 * x)),
    "log contacts": (
        "+{n} points of {of} lower contacts per customer by {m} %",
        lambda x: 100 * -math.expm1(-10 * x),
    ),
    "pp of revenue": ("+{n} points of {of} bring +{m} points of percent of revenue", lambda x: 10 * x),
}


def plain_number(value: float) -> str:
    """Return a number with three digits that count, a true minus sign and no exponent where one can be avoided."""
    if not math.isfinite(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    text = f"{abs(value):,.{max(digits, 0)}f}" if -4 < math.log10(abs(value)) < 15 else f"{abs(value):.3g}"
    if "." in text and "e" not in text:
        text = text.rstrip("0").rstrip(".")
    return f"−{text}" if value < 0 else text


def prediction(unit: str, meaning: str, belief: Distribution) -> str:
    """Return what a belief implies, with its 90 % interval.

    Parameters
    ----------
    unit, meaning
        Of the parameter, as in the catalogue.
    belief
        What is believed about it, before claims.

    Returns
    -------
    str
        A sentence without a full stop.
    """
    text, change = _frame(unit, meaning)
    values = sorted(change(quantile(belief, p)) for p in (0.05, 0.95))
    middle = plain_number(change(quantile(belief, 0.5)))
    told = text.format(m=middle).replace("+−", "−")
    if is_point(belief):
        return f"{told}, taken as known"
    return f"{told} (90 %: {plain_number(values[0])} … {plain_number(values[1])})"


def _frame(unit: str, meaning: str) -> tuple[str, Callable[[float], float]]:
    points = _POINTS.fullmatch(unit)
    if points:
        more = f"+10 points of {points[2]} give +{{m}} points of {points[1]} by this link alone"
        return more, lambda x: 10 * x
    for start, (text, change) in _EFFECTS.items():
        found = re.fullmatch(rf"{start} per (\w+) point", unit)
        if found:
            return text.replace("{n}", "10").replace("{of}", found[1]), change
    if unit in ("share", "correlation") or unit.startswith("share of"):
        of = unit.removeprefix("share").strip() or meaning
        return (f"{meaning}: {{m}}", float) if unit == "correlation" else (f"{{m}} of 100: {of}", lambda x: 100 * x)
    if unit == "months":
        return f"{{m}} months: {meaning}", float
    return f"{{m}} {'times' if unit == 'ratio' else unit}: {meaning}", float
