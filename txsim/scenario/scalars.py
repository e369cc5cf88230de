# SPDX-License-Identifier: MIT
"""What a word in a YAML file stands for, by rules on which every YAML reader agrees.

YAML 1.1 and 1.2 read ``no``, ``1e3``, ``010``, ``1:30`` and ``1_000`` differently: as false or a word, as text or a
number, as 8 or 10. A forecast must not hang on that, so such words are traps: errors that say what to write instead.
"""

from __future__ import annotations

import re
from decimal import Decimal

from txsim.language import Words, lazy
from txsim.priors.typed_numbers import LARGEST, SMALLEST

#: A number longer than this is not even converted: that could take seconds.
DIGITS = 60
#: Zeros behind the point from which a number is easier to read with an exponent.
_PLAINLY = 5

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"(?:[-+]?(?:0|[1-9][0-9]*)\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?")
_EXPONENT = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][-+]?[0-9]+")
_BARE_POINT = re.compile(r"[-+]\.[0-9]+")
_UNDERSCORE = re.compile(r"[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?")
_LEADING_ZERO = re.compile(r"([-+]?)0+([0-9]+(?:\.[0-9]*)?)")
_OTHER_BASE = re.compile(r"[-+]?0[xob][0-9a-fA-F_]+")
_SIXTIES = re.compile(r"[-+]?[0-9]+(?::[0-9]+)+(?:\.[0-9]*)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|nan)", re.IGNORECASE)

_TRUE, _FALSE = ("yes", "y", "on"), ("no", "n", "off")
_NUMERIC_START = frozenset("0123456789+-.")
_NUMERIC = frozenset("0123456789+-._:eE")

#: Words that are values, and words that are traps with what to write instead.
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
TRAPS: dict[str, Words] = {
    form: lazy('write {meant}, or "{form}" in quotes if it is a word', meant=meant, form=form)
    for words, meant in ((_TRUE, "true"), (_FALSE, "false"))
    for word in words
    for form in (word, word.capitalize(), word.upper())
}
TRAPS |= {
    form: lazy("write {word}", word=form.lower())
    for word in ("true", "false", "null")
    for form in (word.capitalize(), word.upper())
}
TRAPS |= {"~": lazy("write null")}


class Trap(Exception):
    """A word that programs read differently, or that stands for no usable value."""

    def __init__(self, message: Words, hint: Words | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def read_plain(text: str) -> Words | int | float | bool | None:
    """Return what an unquoted word stands for.

    ``text``: the word, not empty. Numbers are finite, at most 1e15 in size, and 0 or at least 1e-300. Raises
    :class:`Trap` if readers of YAML disagree about it, or it is not finite, too large or nearly 0.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text in TRAPS:
        raise Trap(lazy("`{text}` is not the same to every reader of YAML", text=text), TRAPS[text])
    if text[0] not in _NUMERIC_START:
        return text
    if _INTEGER.fullmatch(text):
        if len(text) > DIGITS:
            message = lazy("a number of {number:,} digits", number=len(text.lstrip("+-")))
            raise Trap(message, lazy("numbers are at most 1e15"))
        return _bounded(int(text), text)
    if _FLOAT.fullmatch(text):
        if len(text) > DIGITS:
            raise Trap(lazy("a number of {number:,} characters", number=len(text)), lazy("15 digits are enough"))
        return _bounded(float(text), text)
    if len(text) > DIGITS:
        if set(text) <= _NUMERIC:
            raise Trap(lazy("a number of {number:,} characters", number=len(text)), lazy("numbers are at most 1e15"))
        return text
    _raise_if_odd(text)
    return text


def _bounded[N: (int, float)](value: N, text: str) -> N:
    if abs(value) > LARGEST:
        raise Trap(lazy("{text} is too large", text=text), lazy("numbers are at most 1e15"))
    if 0 < abs(value) < SMALLEST:
        raise Trap(lazy("{text} is closer to 0 than any number that counts", text=text), lazy("write 0"))
    return value


def _raise_if_odd(text: str) -> None:
    """Raise :class:`Trap` if the word looks like a number that readers of YAML disagree about."""
    label = f"`{text}`"
    if _NOT_FINITE.fullmatch(text):
        raise Trap(lazy("{shown} is not a finite number", shown=label), lazy("leave the key out, or write a number"))
    if _EXPONENT.fullmatch(text):
        raise Trap(lazy("{shown} is text to some readers of YAML, a number to others", shown=label), _written_out(text))
    if _BARE_POINT.fullmatch(text):
        message = lazy("{shown} is text to some readers of YAML, a number to others", shown=label)
        raise Trap(message, lazy("write {text}", text=f"-0{text[1:]}" if text[0] == "-" else f"0{text[1:]}"))
    if _OTHER_BASE.fullmatch(text):
        message = lazy("{shown} is not a decimal number to every reader of YAML", shown=label)
        raise Trap(message, lazy("write a decimal number, or put it in quotes if it is text"))
    zero = _LEADING_ZERO.fullmatch(text)
    if zero:
        message = lazy("{shown} begins with 0, which some readers of YAML take for base 8", shown=label)
        raise Trap(message, lazy("write {zero}{zero2}, or put it in quotes if it is text", zero=zero[1], zero2=zero[2]))
    if "_" in text and _UNDERSCORE.fullmatch(text):
        message = lazy("{shown} is a number to some readers of YAML, text to others", shown=label)
        raise Trap(message, lazy("write {text}", text=text.replace("_", "")))
    if _SIXTIES.fullmatch(text):
        message = lazy("{shown} is a number to base 60 to some readers of YAML", shown=label)
        raise Trap(message, lazy("write a decimal number, or put it in quotes if it is text"))


def _written_out(text: str) -> Words:
    if not abs(float(text)) <= LARGEST:
        return lazy("numbers are at most 1e15")
    value = float(text)
    if abs(value) < SMALLEST:
        return lazy("write 0")
    # The shortest digits that are this number: the number that was written, not the nearest of sixteen digits.
    shortest = Decimal(repr(value)).normalize()
    digits = f"{shortest.scaleb(-shortest.adjusted()):f}"
    digits = digits if "." in digits else f"{digits}.0"
    power = f"{shortest.adjusted():+d}"
    plain = f"{shortest:f}"
    return (
        lazy(
            "write {plain} or {digits}e{power}{power2}",
            plain=plain,
            digits=digits,
            power=power[0],
            power2=int(power[1:]),
        )
        if shortest.adjusted() > -_PLAINLY
        else lazy("write {digits}e{power}{power2}", digits=digits, power=power[0], power2=int(power[1:]))
    )
