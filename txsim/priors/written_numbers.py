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
    ABOUT,
    GROUPED,
    LARGEST,
    SMALLEST,
    NoNumber,
    TwoReadings,
    doubtful_point,
    ends_in,
    numbers_in,
    plain_number_in,
    plain_signs,
    typed_number,
)
from txsim.units import Sort

#: The ways to write a quantity, as shown in messages.
FORMS = lazy(
    "a number, {median: 3, factor: 2}, {interval: [1, 6]}, {quantiles: {0.05: 1, 0.5: 3, 0.95: 6}} or "
    "{distribution: normal, mean: 3, sd: 1}"
)
DIGITS = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
PERCENT = re.compile(rf"\s*([-+]?{DIGITS})\s*%\s*")
#: A number with an interval in brackets behind it.
_MIDDLE = re.compile(r"(.*[\d%])\s*[(\[](.+)[)\]]")
_TEXT_NUMBER = re.compile(rf"\s*([-+]?{DIGITS})\s*")


class QuantityError(ValueError):
    """A quantity that cannot be read."""

    def __init__(
        self, message: Message, hint: Message | None = None, key: str | None = None, *, unknown: bool = False,
        text: str = "",
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.message = message  #: What is wrong.
        self.unknown = unknown  #: Whether it is the key itself that is not known.
        self.hint = hint  #: What was probably meant.
        self.text = text  #: The text that should have been a number, empty for another fault.
        self.key = key  #: The key inside the quantity that is wrong, or ``None`` for the whole.

    def whole(self) -> Message:
        """Return what is wrong with its cure, in one sentence."""
        return self.message if self.hint is None else lazy("{message}; {hint}", message=self.message, hint=self.hint)

    @property
    def vague(self) -> bool:
        """Whether the hint knows nothing of the value at hand."""
        return self.hint in (None, FORMS)


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


def written_alike(values: Iterable[Any], share: bool, high: float) -> list[tuple[float, str]] | None:
    """Return numbers, with how a file has them, all in percent or none; ``None`` where that cannot be told."""
    plain = [plain_number_in(each) if isinstance(each, str) else f"{each!s:.40}".removesuffix(".0")
             if isinstance(each, float) or (isinstance(each, int) and abs(each) < LARGEST) else None
             for each in values]  # fmt: skip
    texts = [text for text in plain if text is not None and re.fullmatch(r"-?\d{1,15}(\.\d+)?( %)?", text)]
    numbers = [float(text.removesuffix(" %")) for text in texts]
    bare = [number for number, text in zip(numbers, texts, strict=True) if not text.endswith("%")]
    some = len(bare) < len(texts)
    percent = bool(share and bare and (some or max(bare) > high))
    if len(texts) < len(plain) or (some and not share) or (percent and any(0 < abs(each) <= 1 for each in bare)):
        return None  # 0.9 beside 2 %: of 100, or of 1?
    return [(number, f"{text} %" if percent and "%" not in text else text)
            for number, text in zip(numbers, texts, strict=True)]  # fmt: skip


def quantity_meant(raw: Mapping[Any, Any], *, share: bool, high: float) -> Message | None:
    """Return how a quantity is written that is told by the keys of other programs; ``None`` for any other.

    ``share``, ``high``: whether it is a share, and the most that it can be. A figure is told where it is read as told.
    """
    for form, *keys in (
        ("", "low", "high"),
        ("", "min", "max"),
        ("{{distribution: triangular, low: {}, mode: {}, high: {}}}", "low", "mode", "high"),
        ("{{distribution: triangular, low: {}, mode: {}, high: {}}}", "min", "mode", "max"),
        ("{{distribution: normal, mean: {}, sd: {}}}", "median", "sd"),
        ("{{distribution: normal, mean: {}, sd: {}}}", "mean", "sd"),
    ):
        if set(raw) != set(keys):
            continue
        told = written_alike((raw[key] for key in keys), share, high)
        if told is not None and keys[-1] != "sd" and told[0][0] > told[-1][0]:
            told.reverse()  # its ends are swapped
        if told is None or (keys[-1] != "sd" and (told != sorted(told) or told[0][0] == told[-1][0])):
            return None
        texts = [text for _value, text in told]
        if form:
            return lazy("write {text}", text=form.format(*texts))
        return lazy("for a 90 % interval write {{interval: [{low}, {high}]}}; if nothing lies beyond these ends, "
                    "{{distribution: uniform, low: {low}, high: {high}}}", low=texts[0], high=texts[1])  # fmt: skip
    ends, level = raw.get("interval"), raw.get("level", raw.get("mass"))
    if len(raw) == 2 and isinstance(ends, list) and len(ends) == 2 and isinstance(level, int | float):
        out = (1 - (level / 100 if 1 < level < 100 else level)) / 2
        if 0 < out < 0.5:
            first, last = (str(end)[:20] for end in ends)
            text = f"{{quantiles: {{{out:.4g}: {first}, {1 - out:.4g}: {last}}}}}"
            return lazy("write {text}", text=text)
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
    """Return how a file says the interval whose ends a text names, `4..12` or `9 (4–12)`; ``None`` of another text."""
    middle = _MIDDLE.fullmatch(text.strip())
    inner = text if middle is None else middle[2]
    if len(ends_in(inner)) != 2:
        return None
    try:
        ends = numbers_in(inner, count=2, share=True, grouped=True)
        centre = "" if middle is None else plain_number_in(middle[1])
    except ValueError as error:
        return message_of(error) if isinstance(error, TwoReadings) else None
    if centre is None or ends[0] >= ends[1]:
        return None
    times, sign = (100 if "%" in inner else 1), " %" * ("%" in text)
    low, high = (f"{times * end:.12g}{sign}" for end in ends)
    if centre:
        centre = centre.removesuffix(" %")
        if not times * ends[0] < float(centre) < times * ends[1]:
            return None
        centre += sign
        return lazy("for a 90 % interval write {{interval: [{low}, {high}], median: {middle}}}", low=low, high=high,
                    middle=centre)  # fmt: skip
    return lazy("for a 90 % interval write {{interval: [{ends}, {ends2}]}}", ends=low, ends2=high)


def number_meant(text: str) -> Message | None:
    """Return how a file says the number that a text is to people; ``None`` where it is none to them.

    A file holds plain numbers and shares in percent alone. What has two readings, a unit or only a bound is told by
    :func:`~txsim.priors.typed_numbers.typed_number`, as at every other door.
    """
    written, text = text.strip(), re.sub(r"\s*,\s*[-–—]+$", "", text)  # `22.000,–` of a price
    if text.strip().endswith("‰") and (plain := plain_number_in(text.strip()[:-1])) is not None:
        return lazy("write {text}", text=f"{float(plain) / 10:.12g} %")
    plain = plain_number_in(text)
    if plain is not None and plain != written:
        return lazy("write {figure}: a point for decimals, nothing between thousands", figure=plain)
    try:
        typed_number(text, share=True, grouped=True)
    except ValueError as error:
        if not isinstance(error, NoNumber):
            return message_of(error)
    if re.fullmatch(r"[-+]?[1-9]\d?(?:,\d\d)+,\d{3}(?:\.\d+)?", text.strip()):  # as in India
        return lazy("its digits are not grouped in threes: if all are of one number write {figure}",
                    figure=text.strip().replace(",", ""))  # fmt: skip
    if re.fullmatch(r"[-+]?[\d.,' ]*\d[\d.,' ]*", text.strip()):
        return lazy("write one number: a point for decimals, nothing between thousands")
    return None


def text_number(text: str, name: str, share: bool) -> float:
    """Return a share from a text with a percent sign; refuse any other text, and say how the number is written."""
    percent = PERCENT.fullmatch(text)
    if percent and share:
        return number_of(float(percent[1]), name, share) / 100.0
    if percent:  # what it may have meant hangs on what it is: :func:`meant_by`
        factor = name == "factor"
        raise QuantityError(fault_of(name, lazy("a percent sign belongs to shares only")),
                            meant_by(text, Sort("ratio" if factor else "number")), name,
                            text="" if factor else text)  # fmt: skip
    plain = _TEXT_NUMBER.fullmatch(text)
    if plain:
        value = float(plain[1])
        plainly = lazy("write {value:.15g} without quotation marks or exponent", value=value)
        hint = doubtful_point(text, grouped=True) or (plainly if abs(value) <= LARGEST else None)
        message = fault_of(name, lazy("{text} is a text, not a number", text=repr(text.strip()[:40])))
        raise QuantityError(message, hint, name)
    ends = interval_meant(text) if name == "value" else None  # a number within a quantity can be no interval
    shown, meant = repr(text.strip()[:40]), ends or number_meant(text) or FORMS
    if re.search(r"[^\W\d_]", text):
        raise QuantityError(fault_of(name, lazy("expected a number, found the text {text}", text=shown)), meant, name,
                            text=text)  # fmt: skip
    raise QuantityError(fault_of(name, lazy("{text} is not a number", text=shown)), meant, name, text=text)


#: A number and the time that it is of (`a year`, `/ month`), and one of years, months, weeks or days alone.
_SPAN = re.compile(
    r"(.*?[\d.,%])\s*(?:per|in a|an?|p|pro|im|в|за|par|/)?[ .]*"
    r"(?:(year|yr|annum|a|jahr|год|г|an)|month|mo|monat|месяц|мес|mois)(?:ly)?\.?",
    re.IGNORECASE,
)
_LASTING = re.compile(
    r"(.*?[\d.,½])\s*(?:(years?|yrs?|y|a|jahre?n?|г|год|года|лет|ans?|années)"
    r"|(months?|mos?|monate?n?|мес|месяц(?:а|ев)?|mois)|(quarters?|quartale?|квартал(?:а|ов)?)"
    r"|(weeks?|wks?|wochen?|нед|недел[яиь]|semaines?)|(days?|d|tage?n?|день|дн(?:я|ей|и)|jours?))\.?",
    re.IGNORECASE,
)
#: How many months each of them is, in the order of their groups.
_MONTHS = (12.0, 1.0, 3.0, 12 / 52, 12 / 365)
_HALF = re.compile(r"(?:half a|1/2|ein halbes|un demi)[ -]*(?:year|jahr|an)|полгода", re.IGNORECASE)


def meant_by(text: str, sort: Sort, whole: str = "") -> Message | None:
    """Return what to write where a number has a percent sign or a span of time behind it; ``None`` where it has none.

    ``sort``: what kind of quantity is asked for. A year is twelve months as a duration; an amount a year is twelve
    times that of a month, a share of those who stay is not. ``whole``: the quantity that the number is of, without
    percent signs, which is told where they are merely to be left out.
    """
    about = ABOUT.fullmatch(bare := plain_signs(text))
    bare = bare if about is None else about[1]
    if sort.name in ("months", "whole months"):
        lasting = _LASTING.fullmatch("0.5 years" if _HALF.fullmatch(bare) else bare)
        if lasting is not None and (plain := plain_number_in(lasting[1])) is not None and "%" not in plain:
            times = next(each for each, found in zip(_MONTHS, lasting.groups()[1:], strict=True) if found)
            months = float(plain) * times
            if sort.name == "whole months":
                months = round(months)
            return lazy("write {months}: it is in months", months=f"{months:.{12 if times >= 1 else 3}g}")
    if sort.per and (span := _SPAN.fullmatch(bare)) is not None and (plain := plain_number_in(span[1])) is not None:
        return _of_other_span(plain, "month" if span[2] is None else "year", sort)
    plain = plain_number_in(bare)
    if plain is None or not plain.endswith("%") or sort.share:
        return None
    part = float(plain.removesuffix(" %"))
    told = whole if whole and sort.name in ("points", "percentage points", "level", "spread") else f"{part:g}"
    return _of_percent(part, told, sort.name, signed=bare[:1] in "+-")


def _of_percent(part: float, shown: str, sort: str, *, signed: bool) -> Message:
    """Return what to write for so many percent of what is no share."""
    of, over = (f"{value:.12g}" for value in (part / 100, 1 + part / 100))
    if sort == "ratio":
        if signed or part < 50:
            if part < 0:
                return lazy("it is a ratio: for {part} % less write {over}", part=shown.lstrip("-"), over=over)
            return lazy("it is a ratio: for {part} % more write {over}", part=shown, over=over)
        return lazy("it is a ratio: for {part} % of it write {of}, for {part} % more {over}", part=shown, of=of,
                    over=over)  # fmt: skip
    if sort == "multiple":
        return lazy("write {text}", text=of)
    if sort == "points":
        return lazy("for points of its scale write {plain}; for percent of today's level write the points that they "
                    "are: 5 % of a level of 60 is 3 points", plain=shown)  # fmt: skip
    if sort == "level":
        return lazy("for points of its scale write {plain}; for a share of favourable answers write {{value: {plain}, "
                    "scale: percent}}", plain=shown)  # fmt: skip
    if sort == "spread":
        return lazy("points of the scale are expected: write {plain}", plain=shown)
    if sort == "percentage points":
        return lazy("percentage points are expected: write {plain}", plain=shown)
    if sort in ("money", "count"):
        return lazy("it is a number, not a share: work it out, as {part} % of 1,000 are {number}",
                    part=shown, number=f"{10 * part:.12g}")  # fmt: skip
    if sort in ("months", "whole months"):
        return lazy("it is a number of months")
    return lazy("write {text}, or {part} if that is meant", text=shown, part=of)


def _of_other_span(plain: str, told: str, sort: Sort) -> Message:
    """Return a figure of a year as one of a month, or back, by how such a quantity adds up."""
    if told == sort.per:
        return lazy("write {text}", text=plain)
    value, times = float(plain.removesuffix(" %")), (12.0 if told == "month" else 1 / 12)
    number, rule = f"{value * times:.6g}", ""
    if plain.endswith("%") or sort.share:
        sign = -1.0 if sort.name == "share" else 1.0  # of those who stay; what grows compounds
        part = min(value / 100 if plain.endswith("%") else value, 1.0)
        power = "12" if times > 1 else "(1/12)"
        number = f"{100 * sign * ((1 + sign * part) ** times - 1):.3g} %"
        rule = f" (1 − {1 - part:g}^{power})" if sign < 0 else f" ({1 + part:g}^{power} − 1)"
    if told == "month":
        return lazy("{plain} a month are {number} a year{rule}: write {number}", plain=plain, number=number, rule=rule)
    return lazy("{plain} a year are {number} a month{rule}: write {number}", plain=plain, number=number, rule=rule)


def explained(error: Exception, text: str, sort: Sort) -> Message:
    """Return what is wrong with a text that was typed, by what kind of quantity is asked for where that tells more."""
    for piece in (text, *ends_in(text)):
        if (cure := meant_by(piece, sort)) is not None:
            return lazy("`{piece}`: {message}", piece=piece.strip()[:30], message=cure)
    return message_of(error)


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
