# SPDX-License-Identifier: MIT
"""The catalogue in use: messages looked up in it, and figures as its language writes them.

English stands in the code and needs no catalogue. Which catalogue is in use is :mod:`txsim.catalogues`' affair.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

__all__ = [
    "ENGLISH",
    "N_",
    "_",
    "by_locale",
    "current",
    "fill",
    "in_english",
    "plural",
    "speak",
    "template",
    "template_plural",
]

ENGLISH = "en"

_translations: gettext.NullTranslations | None = None
_language = ENGLISH
#: Decimal sign and sign between thousands of the language in use.
_signs = (".", ",")


def N_(message: str) -> str:
    """Mark a message of a constant for extraction; it is looked up by :func:`_` when it is shown."""
    return message


@cache
def _formatter() -> Any:
    """Return what fills a message as ``str.format`` does, with numbers as the language writes them."""
    import string
    from numbers import Real

    class ByLocale(string.Formatter):
        def format_field(self, value: Any, format_spec: str) -> str:
            words = str(super().format_field(value, format_spec))
            # Without a format it is an ordinal, a seed or a year.
            return by_locale(words) if format_spec and isinstance(value, Real) else words

    return ByLocale()


class _Worded(str):
    """A template in another language than English, to be filled by ``format``."""

    __slots__ = ()

    def format(self, *args: object, **kwargs: object) -> str:
        return str(_formatter().vformat(self, args, kwargs))


def by_locale(figure: str) -> str:
    """Return a figure that was written the English way, such as ``-1,234.5``, as the language in use writes it.

    >>> by_locale("-1,234.5")
    '-1,234.5'
    """
    if _translations is None:
        return figure
    decimal, group = _signs
    return figure.translate({ord(","): group, ord("."): decimal, ord("-"): "−"})


def _(message: str) -> str:
    """Return a message in the language in use; numbers that ``format`` fills in are written as it writes them."""
    return message if _translations is None or not message else _Worded(_translations.gettext(message))


def plural(one: str, many: str, n: int) -> str:
    """Return the form of a message that goes with a number, with ``{n}`` filled in.

    >>> plural("{n} month", "{n} months", 3)
    '3 months'
    """
    if _translations is None:
        return (one if n == 1 else many).format(n=n)
    return _Worded(_translations.ngettext(one, many, n)).format(n=n)


def current() -> str:
    """Return the code of the language in use."""
    return _language


def speak(code: str, translations: gettext.NullTranslations | None, signs: tuple[str, str] = (".", ",")) -> None:
    """Put a catalogue into use (see :func:`txsim.catalogues.use`)."""
    global _language, _translations, _signs
    _language, _translations, _signs = code, translations, signs


@contextmanager
def in_english() -> Iterator[None]:
    """Word messages in English for the time of a block."""
    global _language, _translations
    before = _language, _translations
    _language, _translations = ENGLISH, None
    try:
        yield
    finally:
        _language, _translations = before


def template(message: str) -> str:
    """Return a template in the language in use, to be filled by ``str.format``, figures as they are."""
    return message if _translations is None or not message else _translations.gettext(message)


def template_plural(one: str, many: str, n: int) -> str:
    """Return the template that goes with a number in the language in use, with ``{n}`` not filled in."""
    if _translations is None:
        return one if n == 1 else many
    return _translations.ngettext(one, many, n)


def fill(words: str, parts: dict[str, object]) -> str:
    """Fill a template, numbers that have a format written as the language in use writes them."""
    return words.format(**parts) if _translations is None else str(_formatter().vformat(words, (), parts))
