# SPDX-License-Identifier: MIT
"""The numbers inside a quantity as people write them, and what is said to one that could be read two ways."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from txsim.errors import message_of
from txsim.language import Message, Words, lazy
from txsim.priors.typed_numbers import (
    GROUPED,
    LARGEST,
    SMALLEST,
    NoNumber,
    doubtful_point,
    plain_number_in,
    plain_signs,
    typed_number,
)

#: The ways to write a quantity, as shown in messages.
FORMS = lazy(
    "a number, {median: 3, factor: 2}, {interval: [1, 6]}, {quantiles: {0.05: 1, 0.5: 3, 0.95: 6}} or "
    "{distribution: normal, mean: 3, sd: 1}"
)
DIGITS = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
PERCENT = re.compile(rf"\s*([-+]?{DIGITS})\s*%\s*")
_RANGE = re.compile(r"([-+]?[0-9]+(?:\.[0-9]+)?) ?(?:\.{2,3}|…|–|—|-|to|bis|до) ?([-+]?[0-9]+(?:\.[0-9]+)?)")
_TEXT_NUMBER = re.compile(rf"\s*([-+]?{DIGITS})\s*")


class QuantityError(ValueError):
    """A quantity that cannot be read."""

    def __init__(
        self, message: Message, hint: Message | None = None, key: str | None = None, *, unknown: bool = False
    ) -> None:
        super().__init__(message)
        self.message = message  #: What is wrong.
        self.unknown = unknown  #: Whether it is the key itself that is not known.
        self.hint = hint  #: What was probably meant.
        self.key = key  #: The key inside the quantity that is wrong, or ``None`` for the whole.

    def whole(self) -> Message:
        """Return what is wrong with its cure, in one sentence."""
        return self.message if self.hint is None else lazy("{message}; {hint}", message=self.message, hint=self.hint)

    @property
    def vague(self) -> bool:
        """Whether the hint knows nothing of the value at hand."""
        return self.hint in (None, FORMS)


class PercentSign(QuantityError):
    """A percent sign behind what is no share."""


def number_of(value: Any, name: str, share: bool) -> float:
    """Return a number of a quantity, or refuse what is none; ``name`` is its key."""
    if isinstance(value, str):
        return text_number(value, name, share)
    if isinstance(value, bool):
        word = "true" if value else "false"
        raise QuantityError(fault_of(name, lazy("expected a number, found {word}", word=word)), FORMS, name)
    if not isinstance(value, int | float):
        raise QuantityError(fault_of(name, lazy("expected a number, found {kind}", kind=kind_name(value))), FORMS, name)
    # A whole number of thousands of digits must not be converted or printed.
    if (isinstance(value, int) and abs(value) > LARGEST) or not math.isfinite(value) or abs(value) > LARGEST:
        raise QuantityError(fault_of(name, lazy("numbers are finite and at most 1e15")), None, name)
    if 0 < abs(value) < SMALLEST:
        fault = lazy("{text} is closer to 0 than any number that counts", text=repr(value))
        raise QuantityError(fault_of(name, fault), lazy("write 0"), name)
    return float(value)


def fault_of(name: str, fault: Message) -> Message:
    """Return a fault of a key inside of a quantity; of the quantity itself the fault alone."""
    return fault if name == "value" else lazy("{name}: {fault}", name=name, fault=fault)


def as_percent(value: float) -> Message:
    """Return how to write a share that was given as a percent."""
    return lazy("write {percent:g} % or {share:g}", percent=value, share=value / 100)


def limits_in_words(low: float | None, high: float | None, *, share: bool = False) -> Words:
    """Return between what a number may lie, of a share in percent, too; ``None`` or infinite for no limit."""
    least, most = (None if each is None or not math.isfinite(each) else f"{each:g}" for each in (low, high))
    if least is None or most is None:
        return lazy("at most {high}", high=most) if least is None else lazy("at least {low}", low=least)
    if share and low is not None and high is not None:
        return f"{least} … {most} ({100 * low:g} % … {100 * high:g} %)"
    return f"{least} … {most}"


def outside_limits(value: float, low: float | None, high: float | None, *, share: bool = False) -> Message:
    """Return that a number lies outside of what is possible, with the limits."""
    return lazy("{value} is outside what is possible, {limits}", value=f"{value:.6g}",
                limits=limits_in_words(low, high, share=share))  # fmt: skip


def limit_itself(value: float, low: float | None, high: float | None, *, share: bool) -> QuantityError:
    """Return the refusal of a limit where a value between the limits is needed."""
    message = lazy("{value:g} is a limit of what is possible, {limits}: say a value that it may have", value=value,
                   limits=limits_in_words(low, high, share=share))  # fmt: skip
    return QuantityError(message, as_percent(value) if share and value == 1 else None)


def beyond_limits(value: float, low: float | None, high: float | None, *, share: bool) -> QuantityError:
    """Return the refusal of a number outside of what is possible, with how to write it where it is a percent."""
    hint = as_percent(value) if share and 1 < value <= 100 else None
    if value < 0 == low:
        hint = lazy("leave the minus out if it says which way it goes: that is part of its meaning")
    return QuantityError(outside_limits(value, low, high, share=share), hint)


def refuse_beyond(values: Iterable[float], low: float, high: float, *, share: bool) -> None:
    """Refuse what is stated above all that is possible, of a share most likely in percent, or all of it below 0."""
    most = max(values)
    if most > high or most < 0 == low:
        raise beyond_limits(most, low, high, share=share)


def quantity_meant(raw: Mapping[Any, Any]) -> Message | None:
    """Return how a quantity is written that is told by the keys of other programs; ``None`` for any other."""
    for form, *keys in (
        ("{{interval: [{}, {}]}}", "low", "high"),
        ("{{interval: [{}, {}]}}", "min", "max"),
        ("{{distribution: normal, mean: {}, sd: {}}}", "mean", "sd"),
    ):
        if set(raw) == set(keys):
            return lazy("write {text}", text=form.format(*(str(raw[key])[:20] for key in keys)))
    return None


def kind_name(value: Any) -> Message:
    """Return what plain data are, in words."""
    if value is None:
        return lazy("nothing")
    if isinstance(value, Mapping):
        return lazy("a mapping")
    if isinstance(value, list | tuple):
        return lazy("a list")
    return lazy("something else")


def interval_meant(text: str) -> Message | None:
    """Return how a file says the interval whose ends a text names, `4..12` or `4 to 12`; ``None`` of another text."""
    ends = _RANGE.fullmatch(text.strip())
    if ends is None:
        return None
    return lazy("for a 90 % interval write {{interval: [{ends}, {ends2}]}}", ends=ends[1], ends2=ends[2])


def number_meant(text: str) -> Message | None:
    """Return how a file says the number that a text is to people; ``None`` where it is none to them.

    A file holds plain numbers and shares in percent alone. What has two readings, a unit or only a bound is told by
    :func:`~txsim.priors.typed_numbers.typed_number`, as at every other door.
    """
    plain = plain_number_in(text)
    if plain is not None and plain != text.strip():
        return lazy("write {figure}: a point for decimals, nothing between thousands", figure=plain)
    try:
        typed_number(text, share=True, grouped=True)
    except ValueError as error:
        if not isinstance(error, NoNumber):
            return message_of(error)
    if re.fullmatch(r"[-+]?[\d.,' ]*\d[\d.,' ]*", text.strip()):
        return lazy("write 12500.5: a point for decimals, nothing between thousands")
    return None


def text_number(text: str, name: str, share: bool) -> float:
    """Return a share from a text with a percent sign; refuse any other text, and say how the number is written."""
    percent = PERCENT.fullmatch(text)
    if percent and share:
        return number_of(float(percent[1]), name, share) / 100.0
    if percent:
        refuse_percent(text, -math.inf, math.inf, name)
    plain = _TEXT_NUMBER.fullmatch(text)
    if plain:
        value = float(plain[1])
        hint = (
            lazy("write {value:.15g} without quotation marks or exponent", value=value)
            if abs(value) <= LARGEST
            else None
        )
        hint = doubtful_point(text, grouped=True) or hint
        message = fault_of(name, lazy("{text} is a text, not a number", text=repr(text.strip()[:40])))
        raise QuantityError(message, hint, name)
    ends = interval_meant(text) if name == "value" else None  # a number within a quantity can be no interval
    shown, meant = repr(text.strip()[:40]), ends or number_meant(text) or FORMS
    if re.search(r"[^\W\d_]", text):
        raise QuantityError(fault_of(name, lazy("expected a number, found the text {text}", text=shown)), meant, name)
    raise QuantityError(fault_of(name, lazy("{text} is not a number", text=shown)), meant, name)


def refuse_percent(text: str, low: float, high: float, name: str = "value") -> None:
    """Refuse a percent of what is no share; what it may have meant is told, as far as that is possible."""
    percent = PERCENT.fullmatch(text)
    if percent is None:
        return
    whole, part = percent[1].strip(), f"{float(percent[1]) / 100:.15g}"
    meant = [each for each in (whole, part) if low <= float(each) <= high]
    if name == "factor":  # 30 % are that much more or less, 150 % are one and a half times
        meant = [f"{float(part) + (abs(float(part)) < 1):g}"]
    hint = None
    if len(meant) == 2:
        hint = lazy("write {text}, or {part} if that is meant", text=whole, part=part)
    elif meant:
        hint = lazy("write {text}", text=meant[0])
    raise PercentSign(fault_of(name, lazy("a percent sign belongs to shares only")), hint, name)


def cell_number(text: str, *, comma: bool, whole: bool = False, share: bool = False) -> float:
    """Return the number in a cell of a table.

    ``comma``: whether commas are decimal signs here: they part no cells, and no number of the table has a decimal
    point. ``share``: whether ``5 %`` may be written for 0.05. Raises ValueError if it is no number, or could be read
    two ways: three digits behind a sign are thousands to some, where people are counted.

    >>> cell_number("0,34", comma=True)
    0.34
    """
    bare = re.sub(r"^[-+]", "", plain_signs(text).strip())
    if GROUPED.fullmatch(bare) and not whole and (comma or "." in bare):
        return float(plain_signs(text).strip().replace(",", "."))
    if not comma and re.fullmatch(r"\d*,\d+", bare):
        raise ValueError(lazy("expected a number, found {text}", text=repr(text[:40])))
    return typed_number(text, share=share, grouped=whole)


def quantity_of(numbers: Sequence[float], *, percent: bool = False) -> str:
    """Return one, two or three numbers as a quantity in YAML.

    ``numbers``: the number, a 90 % interval, or the 5, 50 and 95 % quantiles. Raises :class:`ValueError` if there are
    none or more than three, or they do not rise.
    """
    if not 1 <= len(numbers) <= 3:
        raise ValueError(lazy("one number, two for a 90 % interval, or three: 5 %, middle, 95 %"))
    if any(later <= earlier for earlier, later in itertools.pairwise(numbers)):
        raise ValueError(lazy("the numbers must rise"))
    words = [f"{number:.15g}{' %' if percent else ''}" for number in numbers]
    if len(words) == 1:
        return words[0]
    if len(words) == 2:
        return f"{{interval: [{words[0]}, {words[1]}]}}"
    return f"{{quantiles: {{0.05: {words[0]}, 0.5: {words[1]}, 0.95: {words[2]}}}}}"
