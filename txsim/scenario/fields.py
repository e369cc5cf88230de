# SPDX-License-Identifier: MIT
"""Kinds of fields that scenario files are made of: quantities, shares, names, months.

Each kind reads one way of writing and says what it expected; none converts silently (``"6"`` is text, not six). In the
JSON Schema a kind stands as ``{"kind": ...}`` until :mod:`txsim.scenario.schema` writes it out once.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, NoReturn

from txsim.errors import did_you_mean, message_of
from txsim.language import Words, lazy
from txsim.priors.distributions import Distribution, from_data, to_data
from txsim.priors.quantity import parse_quantity
from txsim.priors.sense import impossible
from txsim.priors.typed_numbers import plain_number_in
from txsim.priors.written_numbers import FORMS, PERCENT, QuantityError, interval_meant, number_meant
from txsim.scenario.flow_style import flow
from txsim.scenario.record_fields import Kind, Refusal
from txsim.units import SCALES, Scale, custom_scale, scale_meant

#: Names in files (docs/model.md, section 9).
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def refuse(
    message: Words, hint: Words | None = None, key: str = "", *, unknown: bool = False, text: Any = ""
) -> NoReturn:
    """Refuse the value at hand.

    ``message``, ``hint``: what is wrong, and what was probably meant; ``text``: what should have been a number, which
    its key may tell more of. Raises :class:`Refusal` always;
    :mod:`txsim.scenario.findings` turns it into a problem with its place.
    """
    raise Refusal({"message": message, "hint": hint, "key": key, "unknown": unknown, "text": text}) from None


def unstated(value: Any) -> bool:
    """Return whether a value says nothing: such a key is not in a scenario's content, and so not in its hash."""
    return value is None or value is False or value in ((), {}, "opex")


def shown(raw: Any) -> Words:
    """Return a value as it is shown in a message."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int | float):
        return lazy("a huge number") if abs(raw) > 1e15 else f"{raw:.15g}" if raw else repr(raw)
    if isinstance(raw, str):
        return lazy("the text {raw}", raw=repr(raw[:40]))
    return (
        lazy("several keys")
        if isinstance(raw, Mapping)
        else "a list"
        if isinstance(raw, list | tuple)
        else str(raw)[:40]
    )


def _meant(raw: Any) -> Words:
    """Return what a person probably meant who wrote no quantity."""
    if isinstance(raw, list | tuple) and len(raw) == 2:
        if all(isinstance(end, int | float) for end in raw):
            raw = sorted(raw)
        return lazy("for a 90 % interval write {{interval: [{raw}]}}", raw=", ".join(str(end)[:20] for end in raw))
    if not isinstance(raw, str):
        return ""
    return interval_meant(raw) or number_meant(raw) or ""


#: Lowest and highest value of each kind of quantity, ``None`` for no bound.
_LIMITS: Mapping[str, tuple[float | None, float | None]] = {
    "turnover": (0.0, 2.0),
    "cover": (0.0, 2.0),
    "growth": (-0.9, 1.0),
    "money": (0.0, None),
    "amount": (0.0, None),
    "months": (0.0, None),  # how many are beyond sense hangs on the whole belief
}


def range_of_kind(kind: str) -> tuple[float | None, float | None]:
    """Return the lowest and the highest value of a kind of quantity, as the JSON Schema calls it."""
    return (0.0, 1.0) if kind == "share" else _LIMITS.get(kind, (None, None))


def without_percent(raw: Any) -> str:
    """Return a quantity as a file has it, without the percent signs behind its numbers."""

    def bare(raw: Any) -> Any:
        if isinstance(raw, Mapping):
            return {key: value if key == "factor" else bare(value) for key, value in raw.items()}
        if isinstance(raw, list | tuple):
            return [bare(each) for each in raw]
        percent = PERCENT.fullmatch(raw) if isinstance(raw, str) else None
        return raw if percent is None else float(percent[1])

    plain = bare(raw)
    return re.sub(r"\s*%", "", plain) if isinstance(plain, str) else flow(plain)


def _quantity(kind: str, *, share: bool = False, level: bool = False) -> Any:
    low, high = _LIMITS.get(kind, (None, None))

    def read_quantity(raw: Any) -> Distribution:
        if (raw.__class__ is float or raw.__class__ is int) and kind != "months":  # by far the most frequent
            value = raw
            if (low is None or value >= low) and (high is None or value <= high) and (not share or 0 <= value <= 1):
                return Distribution("point", (float(value),))
        meant = raw
        if level and isinstance(raw, Mapping) and ({"interval", "quantiles"} & set(raw)) and "family" not in raw:
            meant = {**raw, "family": "normal"}  # a level may be moved to another zero, which a log-normal cannot
        try:
            read = parse_quantity(meant, share=share, low=low, high=high)
            nonsense = impossible("months", "", read) if kind == "months" else None
            if nonsense is not None:
                raise QuantityError(*nonsense)
            return read
        except QuantityError as error:
            hint = (_meant(raw) if error.vague else "") or error.hint
            if kind == "growth" and isinstance(raw, int | float) and 1 < raw < 2:
                hint = lazy("a factor of {factor:g} is a growth of {percent:g} %", factor=raw,
                            percent=float(f"{100 * (raw - 1):.6g}"))  # fmt: skip
            refuse(error.message, hint, error.key or "", unknown=error.unknown, text=error.text)

    return Annotated[Distribution, Kind(read_quantity, {"kind": kind}, to_data)]


#: Any number, known or uncertain.
Quantity: Any = _quantity("quantity")
#: A fraction 0 … 1; ``20 %`` may be written for 0.2.
Share: Any = _quantity("share", share=True)
#: A fraction of staff who leave in a year, which may exceed all of them.
Turnover: Any = _quantity("turnover", share=True)
#: What an absent month costs, in salaries.
Cover: Any = _quantity("cover")
#: A change a year, as a fraction; ``3 %`` may be written for 0.03.
Growth: Any = _quantity("growth", share=True)
#: Money, at least 0.
Money: Any = _quantity("money")
#: A number at least 0 of anything else.
Amount: Any = _quantity("amount")
#: A duration in months, at least 0, known or uncertain.
Months: Any = _quantity("months")
#: A level on a stated scale.
Level: Any = _quantity("level", level=True)


def _of(read: Callable[[Any], Any], kind: str, returns: Any) -> Any:
    return Annotated[returns, Kind(read, {"kind": kind})]


def _name(raw: Any) -> str:
    if isinstance(raw, str) and NAME.fullmatch(raw):
        return raw
    close = re.sub(r"[^a-z0-9]+", "_", str(raw).lower()).strip("_")[:40] if isinstance(raw, str) else ""
    message = lazy(
        "a name is a small letter, then up to 39 small letters, digits or underscores; found {shown}", shown=shown(raw)
    )
    refuse(message, lazy("write {text}", text=close) if NAME.fullmatch(close) else None)


def _text(raw: Any) -> str:
    if not isinstance(raw, str):
        hint = lazy('write "{raw}" in quotes', raw=shown(raw)) if isinstance(raw, int | float) else ""
        refuse(lazy("expected text, found {shown}", shown=shown(raw)), hint)
    if len(raw) > 5000:
        refuse(lazy("a text of {number:,} characters; the limit is 5,000", number=len(raw)))
    return raw


def _flag(raw: Any) -> bool:
    if not isinstance(raw, bool):
        refuse(
            lazy("expected true or false, found {shown}", shown=shown(raw)), lazy("write true or false, without quotes")
        )
    return raw


def _whole(low: int, high: int, unit: str) -> Callable[[Any], int]:
    def _fits(raw: Any) -> bool:
        return isinstance(raw, float) and low <= raw <= high

    def read(raw: Any) -> int:
        if isinstance(raw, bool) or not isinstance(raw, int):
            months = lazy("expected a whole number of months, found {shown}", shown=shown(raw))
            refuse(
                months if unit else lazy("expected a whole number, found {shown}", shown=shown(raw)),
                _counted(raw, unit) if isinstance(raw, str) or _fits(raw) else "",
                text=raw,
            )
        if not low <= raw <= high:
            months = lazy("{shown} is outside {low} … {high} months", shown=shown(raw), low=low, high=high)
            plain = lazy("{shown} is outside {low} … {high}", shown=shown(raw), low=low, high=high)
            refuse(months if unit else plain)
        return raw

    return read


def _counted(raw: Any, unit: str) -> Words:
    """Return how to write a whole number; of months where they are counted from."""
    if unit and isinstance(raw, str) and plain_number_in(raw) is None:
        return lazy("months are counted from the start of the horizon: 0 is its first, 6 its seventh")
    return _rounded(raw)


def _rounded(raw: Any) -> Words:
    if isinstance(raw, str) and raw.strip().isdecimal() and len(raw) < 15:
        return lazy("write {raw} without quotes", raw=int(raw))
    return lazy("write {number}", number=round(raw)) if isinstance(raw, float) and math.isfinite(raw) else ""


def _plain(low: float, high: float) -> Callable[[Any], float]:
    """Return the reader of a plain fraction, ``12 %`` or 0.12."""

    def read(raw: Any) -> float:
        if isinstance(raw, Mapping | list | tuple | Distribution):
            refuse(
                lazy("expected a plain number, found {shown}", shown=shown(raw)), lazy("this value cannot be uncertain")
            )
        try:
            value = parse_quantity(raw, share=True, low=low, high=high).args[0]
        except QuantityError as error:
            hint = _meant(raw) if error.hint in (None, FORMS) else None
            of_one = lazy("write one number, in percent or as a fraction")
            hint = hint or (of_one if error.hint == FORMS else error.hint)
            if isinstance(raw, str) and interval_meant(raw) is not None:
                hint = lazy("one number is needed: this value cannot be uncertain")
            refuse(error.message, hint, text=error.text)
        return float(value)

    return read


def _money(raw: Any) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 <= raw <= 1e15:
        refuse(lazy("expected a plain number, at least 0, found {shown}", shown=shown(raw)), _meant(raw), text=raw)
    return float(raw)


def _number(raw: Any) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not abs(raw) <= 1e15:
        refuse(lazy("expected a plain number, found {shown}", shown=shown(raw)), _meant(raw), text=raw)
    return float(raw)


def _factor(raw: Any) -> float:
    if raw == "off":
        return 0.0
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 <= raw <= 10:
        refuse(
            lazy("expected off or a factor 0 … 10, found {shown}", shown=shown(raw)),
            lazy("write off, or a factor") if isinstance(raw, bool) else "",
            text=raw,
        )
    return float(raw)


def choice(*options: str) -> Any:
    """Return the kind of field that takes one of some words."""

    def read(raw: Any) -> str:
        if isinstance(raw, str) and raw in options:
            return raw
        close = did_you_mean(raw, options) if isinstance(raw, str) else ""
        refuse(
            lazy(
                "expected one of {options}, found {shown}{close}",
                options=", ".join(options),
                shown=shown(raw),
                close=close,
            )
        )

    return Annotated[str, Kind(read, {"enum": list(options)})]


def texts(raw: Any, what: Words) -> tuple[str, ...]:
    """Return a list of words, each once, or raise :class:`~txsim.scenario.record_fields.Refusal`."""
    if not isinstance(raw, list | tuple):
        refuse(
            lazy("expected a list of {what}, found {shown}", what=what, shown=shown(raw)),
            lazy("write [{text}]", text=raw) if isinstance(raw, str) else None,
        )
    for i, word in enumerate(raw):
        if not isinstance(word, str):
            refuse(lazy("expected a list of {what}, found {shown} in it", what=what, shown=shown(word)))
        if word in raw[:i]:
            refuse(lazy("`{word}` stands twice in the list", word=word[:60]))
    return tuple(raw)


def read_scale(raw: Any) -> Scale:
    """Return a scale by name, or one of two ends such as ``{worst: 48, best: 0, unit: h}``."""
    if isinstance(raw, Scale):
        return raw
    known = ", ".join(SCALES)
    if isinstance(raw, str):
        if raw not in SCALES:
            refuse(
                lazy(
                    "unknown scale `{raw}`{suggestion}",
                    raw=raw[:40],
                    suggestion=scale_meant(raw) or did_you_mean(raw, SCALES),
                ),
                lazy("known: {known}, or {{worst: 48, best: 0, unit: h}}", known=known),
            )
        return SCALES[raw]
    if not isinstance(raw, dict):
        refuse(
            lazy("expected the name of a scale, found {shown}", shown=shown(raw)),
            lazy("known: {known}, or {{worst: 48, best: 0, unit: h}}", known=known),
        )
    for key in raw:
        if key not in ("worst", "best", "unit"):
            refuse(
                lazy(
                    "unknown key `{key}` in a scale{suggestion}",
                    key=str(key)[:40],
                    suggestion=did_you_mean(str(key), ("worst", "best", "unit")),
                ),
                "",
                str(key),
                unknown=True,
            )
    for key in ("worst", "best"):
        if key not in raw:
            refuse(
                lazy("the key `{key}` of the scale is missing", key=key),
                lazy("for example {worst: 48, best: 0, unit: h}"),
            )
        end = raw[key]
        if isinstance(end, bool) or not isinstance(end, int | float) or not abs(end) <= 1e15:
            refuse(lazy("{key}: expected a number, found {shown}", key=key, shown=shown(end)), "", key)
    unit = raw.get("unit", "units")
    if not isinstance(unit, str) or len(unit) > 40:
        refuse(lazy("unit: expected a short text, found {shown}", shown=shown(unit)), "", "unit")
    try:
        return custom_scale(raw["worst"], raw["best"], unit)
    except ValueError as error:
        refuse(message_of(error))


def _scale_data(scale: Scale) -> Any:
    if scale.name in SCALES:
        return scale.name
    return {"worst": scale.worst, "best": scale.best, "unit": scale.unit}


#: A name in a file.
Name: Any = _of(_name, "name", str)
#: Free text.
Text: Any = _of(_text, "text", str)
#: true or false.
Flag: Any = _of(_flag, "flag", bool)
#: A whole number of months, 0 … 240.
WholeMonths: Any = _of(_whole(0, 240, "months"), "whole_months", int)
#: Whole months over which something is written off, 1 … 1200.
Life: Any = _of(_whole(1, 1200, "months"), "life", int)
#: A whole number, 0 … 1000.
Count: Any = _of(_whole(0, 1000, ""), "count", int)
#: A fraction 0 … 1 that is not uncertain.
PlainShare: Any = _of(_plain(0.0, 1.0), "plain_share", float)
#: A rate a year, at least -0.5 (what comes in ten years counts a thousandfold) and at most 1.
Rate: Any = _of(_plain(-0.5, 1.0), "rate", float)
#: Plain money, at least 0.
PlainNumber: Any = _of(_number, "plain_number", float)
PlainMoney: Any = _of(_money, "plain_money", float)
#: A factor of an edge, or the word off.
Factor: Any = _of(_factor, "factor", float)
#: A scale of measurement.
ScaleField: Any = Annotated[Scale, Kind(read_scale, {"kind": "scale"}, _scale_data)]


def stated_of(content: Any) -> Any:
    """Return plain data without what is null, and with its distributions, which are kept in a form nobody types.

    One that this version does not know stays as it is, and is refused where it stands; claims are no distributions.
    """
    if isinstance(content, Mapping):
        if isinstance(content.get("distribution"), str):
            with contextlib.suppress(LookupError, TypeError, ValueError):
                return from_data(content)
        return {key: value if key == "add" else stated_of(value) for key, value in content.items() if value is not None}
    return [stated_of(value) for value in content] if isinstance(content, list) else content
