# SPDX-License-Identifier: MIT
"""Words: a message is a code with parameters until somebody reads it, and is worded where it is read.

The code of a message is its English template, by which gettext's catalogues know it, so that English needs no
catalogue. What a user wrote travels as a parameter and passes untouched. Messages are worded when they are shown,
never when a module is imported or a result is made, so that one process speaks several languages and a result that was
made in one language is read in another. Which catalogue is in use is :mod:`txsim.catalogues`' affair.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

__all__ = [
    "ENGLISH",
    "Message",
    "N_",
    "_",
    "by_locale",
    "current",
    "joined",
    "lazy",
    "lazy_plural",
    "plural",
    "speak",
    "verbatim",
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


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is not worded yet.

    Attributes
    ----------
    code
        The English template with named fields, such as ``"unknown key `{key}`{hint}"``.
    params
        What fills the fields, by name.
    many
        The template for other numbers than 1 of the parameter ``n``; empty for a message without a plural.

    Examples
    --------
    >>> str(lazy("unknown key `{key}`", key="mouths"))
    'unknown key `mouths`'
    """

    code: str
    params: tuple[tuple[str, str | int | float | Message], ...] = ()
    many: str = ""

    def __str__(self) -> str:
        """Return the message in the language in use, figures written as it writes them."""
        return self.worded()

    def worded(self, *, figures: bool = True) -> str:
        """Return the message in the language in use.

        Parameters
        ----------
        figures
            Write figures as the language does; what is said of a file leaves them as files have them.
        """
        if _translations is None:
            return self.english()
        parts = {k: v.worded(figures=figures) if isinstance(v, Message) else v for k, v in self.params}
        template = str.__str__(
            _translations.ngettext(self.code, self.many, self._number)
            if self.many
            else _translations.gettext(self.code)
            if self.code
            else ""
        )
        return (_Worded(template) if figures else template).format(**parts)

    def english(self) -> str:
        """Return the message in English, as results hold it."""
        parts = {k: v.english() if isinstance(v, Message) else v for k, v in self.params}
        return (self.many if self.many and self._number != 1 else self.code).format(**parts)

    @property
    def _number(self) -> int:
        return int(dict(self.params)["n"])  # type: ignore[arg-type]

    def to_json(self) -> dict[str, Any]:
        """Return code and parameters as plain data, for :meth:`from_json`."""
        params = {k: v.to_json() if isinstance(v, Message) else v for k, v in self.params}
        return {"code": self.code, "params": params, **({"many": self.many} if self.many else {})}

    @staticmethod
    def from_json(data: Any) -> Message:
        """Return the message that :meth:`to_json` wrote."""
        params = tuple((k, Message.from_json(v) if isinstance(v, dict) else v) for k, v in data["params"].items())
        return Message(data["code"], params, data.get("many", ""))


def _plain(value: object) -> str | int | float | Message:
    """Return a parameter as a value that JSON holds and that means the same in another process."""
    if isinstance(value, Message | str | bool):
        return value
    if isinstance(value, int):
        return int(value)
    return float(value) if isinstance(value, float) else str(value)


def lazy(code: str, **params: object) -> Message:
    """Return a message to be worded where it is read.

    Parameters
    ----------
    code
        The English template with named fields.
    params
        What fills them: figures, messages, and a user's own words, which pass untouched; all else as ``str``.
    """
    return Message(code, tuple((name, _plain(value)) for name, value in params.items()))


def lazy_plural(one: str, many: str, n: int, **params: object) -> Message:
    """Return a message whose form goes with the number ``n``, to be worded where it is read."""
    return Message(one, (("n", int(n)), *((name, _plain(value)) for name, value in params.items())), many)


def verbatim(text: object) -> Message:
    """Return what a user or another program wrote as a message that no catalogue touches."""
    return Message("{text}", (("text", str(text)),))


def joined(separator: str, messages: Iterable[Message | str]) -> Message:
    """Return messages beside each other as one message.

    >>> str(joined("; ", [lazy("one"), "two"]))
    'one; two'
    """
    parts = tuple((f"m{i}", part) for i, part in enumerate(messages))
    return Message(separator.replace("{", "{{").replace("}", "}}").join(f"{{{name}}}" for name, _part in parts), parts)
