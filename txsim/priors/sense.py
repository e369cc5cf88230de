# SPDX-License-Identifier: MIT
"""Beliefs outside sense: what no score can do is refused, what the packaged belief hardly holds is asked about."""

from __future__ import annotations

import math
import re

from txsim.language import Message, Words, lazy
from txsim.priors.catalogue import Parameter
from txsim.priors.distributions import Distribution, is_point, quantile
from txsim.priors.sentences import implication, plain_number

#: Points of a scale; a push of ten of them is what people are told a slope by.
_SCALE, _PUSH = 100.0, 10.0
#: Times that a rate may change by at most with a push: more is no rate of the same firm.
_FOLD = 100.0
#: How many times farther the 5 % and 95 % quantiles may reach.
_TAIL = 2.0
#: Units of which the whole quantity has an end, how far it may reach, what lies beyond, and what was probably meant.
_ENDS = {
    "index points": (
        _SCALE,  # what merely leads beyond the end of a scale is remarked on: it depends on where the score stands
        lazy("beyond sense, more than the whole scale"),
        lazy("an effect is in points of its `scale`; is another scale meant?"),
    ),
    "months": (1200.0, lazy("beyond sense, more than a century"), lazy("durations are in months")),
}


def impossible(
    unit: str, meaning: str, belief: Distribution, typed: tuple[str, float] = ("", 1.0)
) -> tuple[Message, Message] | None:
    """Return what a belief says that cannot be, and the cure; ``None`` for one that can.

    ``belief``: what is believed. An effect in ``index points`` of more than the whole scale, ``months`` beyond a
    century, a slope that moves a score by more than its whole scale of 100 for ten points, or a rate more than a
    hundredfold, is a slip of the unit where its median is; of a tail, which is often the family's, twice as much.
    ``typed``: the unit in which it was typed, where that is another, and how many units of ``belief`` one of them is.
    """
    end = _ENDS.get(unit)
    most = _most(unit) if end is None else end[0]
    if most is None:
        return None
    low, middle, high = (quantile(belief, level) for level in (0.05, 0.5, 0.95))
    worst = high if abs(high) >= abs(low) else low
    fair = abs(middle) <= most * (1 + 1e-9)  # a middle of 10 comes back from its logarithm with its last digit off
    if fair and abs(worst) <= _TAIL * most * (1 + 1e-9):
        return None
    if end is not None:
        value = plain_number(worst / typed[1])
        return lazy("{value} {unit}: {what}", value=value, unit=lazy(typed[0] or unit), what=end[1]), end[2]
    what = lazy("that is more than the whole scale of 100 points")
    if unit.startswith("log"):
        what = lazy("that is more than a hundredfold")
    said: Words = plain_number(worst)
    if low != high:  # nobody need have typed it: it follows from a middle and a factor
        named = lazy("the upper end, {value},", value=said)
        said = named if worst == high else lazy("the lower end, {value},", value=said)
    message = lazy(
        "{value} is beyond sense: {sentence}; {what}",
        value=said, sentence=implication(unit, meaning, worst), what=what,
    )  # fmt: skip
    hint = lazy("it is per one point: what ten points do is ten times as much")
    if fair:
        hint = lazy("{value} can be the middle: state ends that can be, too", value=plain_number(middle))
    elif abs(worst / _PUSH) <= most:
        hint = lazy(
            "it is per one point: where {value} was meant for ten points, write {less}",
            value=plain_number(middle), less=plain_number(middle / _PUSH),
        )  # fmt: skip
    return message, hint


def _most(unit: str) -> float | None:
    """Return how large a slope of this unit may be, ``None`` for what is no slope."""
    if re.fullmatch(r"\w+ points per \w+ point", unit) or re.fullmatch(r"pp of revenue per \w+ point", unit):
        return _SCALE / _PUSH
    if re.fullmatch(r"log \w+ per \w+ point", unit):
        return math.log(_FOLD) / _PUSH
    return None


def doubtful(parameter: Parameter, belief: Distribution) -> Message | None:
    """Return that a belief lies wholly outside what is believed without it, ``None`` where both meet.

    ``parameter``: of the catalogue, or a scenario's own figure with the catalogue's beliefs as its variants.
    ``belief``: what is believed instead: its 90 % interval, or the number that it is.
    """
    known = [*parameter.variants.values()]
    if not known and parameter.role != "scenario" and parameter.prior is not None:
        known = [parameter.prior]
    if not known or all(is_point(each) for each in known):
        return None
    low, high = quantile(belief, 0.05), quantile(belief, 0.95)
    least, most = min(quantile(each, 0.05) for each in known), max(quantile(each, 0.95) for each in known)
    nothing = low == high == 0 and parameter.unit != "months"  # of an effect that is a statement of its own
    if nothing or (low <= most and high >= least):
        return None
    said = plain_number(low) if low == high else f"{plain_number(low)} … {plain_number(high)}"
    return lazy(
        "{said} lies wholly outside the packaged belief, {least} … {most}: {sentence}",
        said=said, least=plain_number(least), most=plain_number(most),
        sentence=implication(parameter.unit, parameter.meaning, quantile(belief, 0.5)),
    )  # fmt: skip
