# SPDX-License-Identifier: MIT
"""The catalogue in use: messages looked up in it, and figures as its language writes them.

English stands in the code and needs no catalogue. Which catalogue is in use is :mod:`txsim.catalogues`' affair.
"""

from __future__ import annotations

import gettext
import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

ENGLISH = "en"

_translations: gettext.NullTranslations | None = None
_language = ENGLISH
#: Powers of ten from which to which a figure is written out.
_LEAST_POWER, _MOST_POWER = -6, 12
#: From here on a float has no digits behind its whole numbers, and those in front are not read.
_LONG = 1e16
#: Decimal sign and sign between thousands of the language in use.
_signs = (".", ",")


def N_(message: str) -> str:
    """Mark a message of a constant for extraction; it is looked up by :func:`_` when it is shown."""
    return message


@cache
def _formatter(*, figures: bool = True) -> Any:
    """Return what fills a message as ``str.format`` does, with numbers as people write them.

    With ``figures`` as the language in use writes them, else as files have them: what parts thousands in English
    would be a decimal sign to others, so that nothing parts them there.
    """
    import string
    from numbers import Real

    class ByLocale(string.Formatter):
        def format_field(self, value: Any, format_spec: str) -> str:
            words = str(super().format_field(value, short_of(value, format_spec)))
            if not format_spec or not isinstance(value, Real):
                return words  # without a format it is an ordinal, a seed or a year
            words = _written_out(words, format_spec)
            if _translations is None:
                return words
            return by_locale(words) if figures else words.replace(",", "")

    return ByLocale()


def short_of(value: Any, spec: str) -> str:
    """Return the format of a figure: with a power of ten where there are more digits than anybody reads.

    >>> short_of(5.07e300, ",.0f"), short_of(1234.5, ",.1f")
    ('.3g', ',.1f')
    """
    if not spec.endswith("f") or not isinstance(value, float) or not math.isfinite(value) or abs(value) < _LONG:
        return spec
    return "+.3g" if spec.startswith("+") else ".3g"


def _written_out(figure: str, spec: str) -> str:
    """Return a figure that a format in ``g`` wrote with a power of ten without one, where people can read that.

    >>> _written_out("6.642e+04", ",.4g")
    '66,420'
    """
    power = figure.partition("e")[2]
    if not spec.endswith("g") or not power or not _LEAST_POWER <= int(power) <= _MOST_POWER:
        return figure
    digits = len(figure.partition("e")[0].partition(".")[2])
    comma = "," if "," in spec else ""
    return f"{float(figure):{'+' if '+' in spec else ''}{comma}.{max(digits - int(power), 0)}f}"


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


def fill(words: str, parts: dict[str, object], *, figures: bool = True) -> str:
    """Fill a template, numbers that have a format written as the language in use, or else as files have them."""
    return str(_formatter(figures=figures).vformat(words, (), parts))


def capital(text: str) -> str:
    """Return text that begins a line or a sentence.

    >>> capital("eNPS of staff")
    'ENPS of staff'
    """
    return text[:1].upper() + text[1:]
