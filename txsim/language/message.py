# SPDX-License-Identifier: MIT
"""Messages: codes with parameters until somebody reads them, worded where they are read.

The code of a message is its English template, by which gettext's catalogues know it. What a user wrote travels as a
parameter and passes untouched. A message is worded when it is shown, never when a module is imported or a result is
made, so that one process speaks several languages and a result that was made in one is read in another.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from txsim.language import numbers
from txsim.language.words import _, fill, in_english, template, template_plural
from txsim.printable import named


@dataclass(frozen=True, slots=True)
class Figure:
    r"""A figure in a message, worded with it.

    >>> str(Figure(-122_400.0, "money", "EUR"))
    '−122\xa0k\xa0EUR'
    """

    value: float  #: The number.
    #: ``money`` (``unit`` is the currency), ``money+`` (with a plus sign), ``share`` (a probability), ``times`` (a
    #: probability as so many of a hundred), ``p`` (a p value with its sign), ``percent``, ``number``, or ``number+``.
    style: str
    unit: str = ""  #: Currency of money; of a number its unit, put behind it.
    #: Digits after the decimal sign, of percent and number; ``None`` for two significant ones. Of money the power of
    #: ten to which it is rounded; ``None`` for two or three significant ones.
    digits: int | None = None

    def __str__(self) -> str:
        """Return the figure as the language in use writes it."""
        if self.style in ("money", "money+"):
            grain = 0.0 if self.digits is None else 10.0**self.digits
            return numbers.amount(self.value, self.unit, plus=self.style == "money+", grain=grain)
        if self.style == "share":
            return numbers.probability(self.value)
        if self.style == "times":
            return _("<1") if 0 < self.value < 0.005 else numbers.of_hundred(self.value)
        if self.style == "p":
            return numbers.p_value(self.value)
        if self.style == "percent":
            return numbers.percent(self.value, self.digits or 0)
        words = (
            numbers.significant(self.value)
            if self.digits is None
            else numbers.number(self.value, self.digits, plus=self.style == "number+")
        )
        return f"{words} {numbers.unit_name(self.unit)}" if self.unit else words

    def printed(self) -> float:
        """Return an amount of money as it is written, as a number."""
        grain = 0.0 if self.digits is None else 10.0**self.digits
        return numbers.unit_alone(numbers.to_grain(self.value, grain), self.unit).printed(self.value, grain)

    def to_json(self) -> dict[str, Any]:
        """Return the figure as plain data."""
        return {"value": self.value, "style": self.style, "unit": self.unit, "digits": self.digits}


def stated_money(value: float, currency: str) -> Figure:
    r"""Return an amount that somebody stated, to its last digit that is not 0.

    >>> str(stated_money(20_000.0, "EUR"))
    '20\xa0k\xa0EUR'
    """
    return Figure(value, "money", currency, round(math.log10(numbers.stated_grain(value) or 1.0)))


def money_beside(value: float, limit: float | None, grain: float, currency: str) -> tuple[Figure, Figure | None]:
    r"""Return an amount and a limit on it, with as many digits as it takes to read on the side of it where it is.

    ``grain`` is the power of ten to which the amount is told elsewhere, 0 for digits by its size.

    >>> str(money_beside(103_600.0, 104_000.0, 1e4, "EUR")[0]), str(money_beside(104_300.0, 104_000.0, 1e4, "EUR")[0])
    ('100\xa0k\xa0EUR', '104.3\xa0k\xa0EUR')
    """
    start = round(math.log10(grain)) if grain else None
    if limit is None:
        return Figure(value, "money", currency, start), None
    most = stated_money(limit, currency)
    # Below its last digit a unit would only round twice.
    last = max(round(math.log10(numbers.unit_alone(value, currency).step(0.001))), 0)
    for power in (start, *range(8 if start is None else start - 1, last - 1, -1)):
        told = Figure(value, "money", currency, power)
        if (told.printed() > most.printed()) == (value > limit):
            return told, most
    whole = 0 if round(value) != round(limit) else 2  # a unit of thousands has no room for what sets them apart
    return Figure(value, "number", currency, whole), Figure(limit, "number", currency, whole)


def times_beside(share: float, limit: float) -> Figure:
    """Return a probability as so many of a hundred, with as many digits as it takes to read on its side of a limit."""
    for digits in range(4):
        if (round(100 * share, digits) > round(100 * limit, 9)) == (share > limit):
            break
    return Figure(100 * share, "number", digits=digits) if digits else Figure(share, "times")


@dataclass(frozen=True, slots=True)
class Key:
    """A key or a command in brackets behind what it belongs to; on a board's page it is left out.

    >>> clause = lazy("if it saves more{key}", key=Key("desk.saving"))
    >>> str(clause), clause.worded(keys=False)
    ('if it saves more (desk.saving)', 'if it saves more')
    """

    key: str  #: The key, as it stands.
    note: Message | None = None  #: What else stands in the brackets, and stays.

    def worded(self, *, figures: bool = True, keys: bool = True) -> str:
        """Return the brackets in the language in use, with a space before them; empty where nothing is left in them."""
        parts = [named(self.key)] if keys else []
        if self.note is not None:
            parts.append(self.note.worded(figures=figures, keys=keys))
        return f" ({'; '.join(parts)})" if parts else ""

    def to_json(self) -> dict[str, Any]:
        """Return the key as plain data."""
        return {"key": self.key, "note": None if self.note is None else self.note.to_json()}


#: Templates of texts that are no names within a sentence: their lines stay lines.
_AS_THEY_STAND = ("{text}",)
#: What fills a field: a user's own words, a figure, or another message, which is worded with it.
Parameter = str | int | float | Figure | Key


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is not worded yet.

    >>> str(lazy("unknown key `{key}`", key="mouths"))
    'unknown key `mouths`'
    """

    #: The English template with named fields, such as ``"unknown key `{key}`{hint}"``; without parameters the words as
    #: they stand, braces too.
    code: str
    params: tuple[tuple[str, Parameter | Message], ...] = ()  #: What fills the fields, by name.
    #: The template for other numbers than 1 of the parameter ``n``; empty for a message without a plural.
    many: str = ""

    def __str__(self) -> str:
        """Return the message in the language in use, figures written as it writes them."""
        return self.worded()

    def __repr__(self) -> str:
        """Return the same in quotes: a result that is printed is read by people."""
        return repr(str(self))

    def worded(self, *, figures: bool = True, keys: bool = True) -> str:
        """Return the message in the language in use.

        ``figures``: write figures as the language does; what is said of a file leaves them as files have them.
        ``keys``: write keys and commands in brackets behind what they belong to; a board has no use for them.
        """
        words = template_plural(self.code, self.many, self._number) if self.many else template(self.code)
        if not self.params:
            return words
        parts: dict[str, object] = {
            name: part.worded(figures=figures, keys=keys)
            if isinstance(part, Message | Key)
            else str(part)
            if isinstance(part, Figure)
            else named(part)
            if isinstance(part, str) and self.code not in _AS_THEY_STAND
            else part
            for name, part in self.params
        }
        return fill(words, parts, figures=figures)

    def names(self, text: str) -> bool:
        """Return whether a text fills one of its fields, or a field of a message that fills one.

        >>> lazy("{file} is empty", file="data").names("data"), lazy("these data are empty").names("data")
        (True, False)
        """
        return any(part == text or (isinstance(part, Message) and part.names(text)) for _name, part in self.params)

    def english(self) -> str:
        """Return the message in English, as results hold it."""
        with in_english():
            return self.worded()

    @property
    def _number(self) -> int:
        return int(dict(self.params)["n"])  # type: ignore[arg-type]

    def to_json(self) -> dict[str, Any]:
        """Return code and parameters as plain data, for :meth:`from_json`."""
        params = {k: v.to_json() if isinstance(v, Message | Figure | Key) else v for k, v in self.params}
        return {"code": self.code, "params": params, **({"many": self.many} if self.many else {})}

    @staticmethod
    def from_json(data: Any) -> Message:
        """Return the message that :meth:`to_json` wrote.

        Raises :class:`ValueError` if it is none: a file may hold anything, and what cannot be worded is found out here,
        not where it is read.
        """
        try:
            params = tuple((name, _restored(value)) for name, value in data["params"].items())
            found = Message(data["code"], params, data.get("many", ""))
            for words in (found.code, found.many) if params else ():  # without any, braces are what they look like
                _check_fields(words)
            found.english()
        except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError) as error:
            message = f"no message: {error}"
            raise ValueError(message) from error
        return found


#: How figures are written in templates; a width could be as long as memory lasts.
_FORMAT = re.compile(r"[-+]?(0\d)?,?(\.\d{1,2})?[a-zA-Z%]?")


def _check_fields(words: str) -> None:
    """Refuse a template of a file that reaches into what fills it, or pads it."""
    for _text, name, spec, conversion in string.Formatter().parse(words):
        if name is not None and not (name.isidentifier() and _FORMAT.fullmatch(spec or "") and not conversion):
            message = f"the field `{name}:{spec}`"
            raise ValueError(message)


def _restored(value: Any) -> Parameter | Message:
    if isinstance(value, dict):
        if "code" in value:
            return Message.from_json(value)
        if "key" in value:
            return Key(str(value["key"]), None if value["note"] is None else Message.from_json(value["note"]))
        return Figure(**value)
    if not isinstance(value, str | int | float):
        message = f"the value {value!r}"
        raise TypeError(message)
    return value


def _plain(value: object) -> Parameter | Message:
    """Return a parameter as a value that JSON holds and that means the same in another process."""
    if isinstance(value, Message | Figure | Key | str | bool):
        return value
    if isinstance(value, int):
        return int(value)
    return float(value) if isinstance(value, float) else str(value)


def lazy(code: str, **params: object) -> Message:
    """Return a message to be worded where it is read.

    ``params``: what fills them: figures, messages, and a user's own words, which pass untouched; all else as ``str``.

    >>> str(lazy("unknown key `{key}`", key="mouths"))
    'unknown key `mouths`'
    """
    return Message(code, tuple((name, _plain(value)) for name, value in params.items()))


def lazy_plural(one: str, many: str, n: int, **params: object) -> Message:
    """Return a message whose form goes with the number ``n``, to be worded where it is read.

    >>> str(lazy_plural("{n} month", "{n} months", 3))
    '3 months'
    """
    return Message(one, (("n", int(n)), *((name, _plain(value)) for name, value in params.items())), many)


def verbatim(text: object) -> Message:
    """Return what a user or another program wrote as a message that no catalogue touches; its lines stay lines.

    >>> str(verbatim("50 % {as written}"))
    '50 % {as written}'
    """
    return Message(_AS_THEY_STAND[0], (("text", str(text)),))


def joined(separator: str, messages: Iterable[Message | str]) -> Message:
    """Return messages beside each other as one message.

    >>> str(joined("; ", [lazy("one"), "two"]))
    'one; two'
    """
    parts = tuple((f"m{i}", part) for i, part in enumerate(messages))
    return Message(separator.replace("{", "{{").replace("}", "}}").join(f"{{{name}}}" for name, _part in parts), parts)


#: What is said: a code with parameters, or what a user or another program wrote.
Words = Message | str


def as_message(words: Words) -> Message:
    """Return words as a message: a message as it is, what a user or another program wrote as it stands."""
    return words if isinstance(words, Message) else verbatim(words)
