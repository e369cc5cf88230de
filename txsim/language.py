# SPDX-License-Identifier: MIT
"""The language that people are spoken to in: gettext catalogues, one file a language.

English stands in the code and needs no catalogue, so an English run never looks for one. Another language is one file,
``txsim/languages/<code>.po``; it is compiled into the cache the first time it is used. Messages are looked up when
they are shown, never when a module is imported, so that one process can speak several languages.

The language is the one asked for (``--lang``), else ``TXSIM_LANG``, else the first of ``LC_ALL``, ``LC_MESSAGES``,
``LANG`` for which there is a catalogue, else English.
"""

from __future__ import annotations

import gettext
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from txsim.errors import InputError, StoreError, did_you_mean

__all__ = ["N_", "_", "by_locale", "current", "known_languages", "plural", "preferred", "sentences", "speaking", "use"]

ENGLISH = "en"
_DOMAIN = "txsim"
_CATALOGUES = Path(__file__).parent / "languages"

#: Of a catalogue, marks a message that code makes as data (see txsim/retold.py).
MADE_AS_DATA = "made as data"

_translations: gettext.NullTranslations | None = None
_language = ENGLISH
#: Decimal sign and sign between thousands of the language in use, and the file of its texts made as data.
_signs = (".", ",")
_sentences: Path | None = None


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
            told = str(super().format_field(value, format_spec))
            # Without a format it is an ordinal, a seed or a year.
            return by_locale(told) if format_spec and isinstance(value, Real) else told

    return ByLocale()


class _Message(str):
    """A message in another language than English, to be filled by ``format``."""

    __slots__ = ()

    def format(self, *args: object, **kwargs: object) -> str:
        return str(_formatter().vformat(self, args, kwargs))


def by_locale(figure: str) -> str:
    """Return a figure that was written the English way, such as ``-1,234.5``, as the language in use writes it."""
    if _translations is None:
        return figure
    decimal, group = _signs
    return figure.translate({ord(","): group, ord("."): decimal, ord("-"): "−"})


def _(message: str) -> str:
    """Return a message in the language in use; numbers that ``format`` fills in are written as it writes them."""
    return message if _translations is None or not message else _Message(_translations.gettext(message))


def plural(one: str, many: str, n: int) -> str:
    """Return the form of a message that goes with a number, with ``{n}`` filled in."""
    if _translations is None:
        return (one if n == 1 else many).format(n=n)
    return _Message(_translations.ngettext(one, many, n)).format(n=n)


def sentences() -> dict[str, str]:
    """Return the texts that code makes as data, English to the language in use; nothing in English."""
    if _sentences is None:
        return {}
    import json

    found: dict[str, str] = json.loads(_sentences.read_bytes())["sentences"]
    return found


def current() -> str:
    """Return the code of the language in use."""
    return _language


def known_languages() -> tuple[str, ...]:
    """Return the codes of all languages that there are, English first."""
    found = sorted(path.stem for path in _CATALOGUES.glob("*.po"))
    return (ENGLISH, *found)


def preferred(environment: Mapping[str, str] = os.environ) -> str:
    """Return the language that the environment asks for.

    Raises
    ------
    InputError
        If ``TXSIM_LANG`` names a language that there is not.
    """
    told = environment.get("TXSIM_LANG")
    if told:
        return _checked(told)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name)
        if value:
            code = value.partition(".")[0].partition("_")[0].lower()
            return ENGLISH if code in ("c", "posix", ENGLISH) or code not in known_languages() else code
    return ENGLISH


def use(language: str) -> None:
    """Speak a language from now on.

    Raises
    ------
    InputError
        If there is no such language.
    """
    global _language, _translations, _signs, _sentences
    code = _checked(language)
    if code == ENGLISH:
        _language, _translations, _signs, _sentences = ENGLISH, None, (".", ","), None
        return
    import json

    content = _compiled(code)
    with content.open("rb") as stream:
        _translations = gettext.GNUTranslations(stream)
    _language, _sentences = code, content.with_suffix(".json")
    decimal, group = json.loads(_sentences.read_bytes())["signs"]
    _signs = (decimal, group)
    # click speaks through gettext's own domain.
    gettext.bindtextdomain(_DOMAIN, str(content.parents[2]))
    gettext.textdomain(_DOMAIN)
    os.environ["LANGUAGE"] = code


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language for the time of a block."""
    before = _language
    use(language)
    try:
        yield
    finally:
        use(before)


def _checked(told: str) -> str:
    code = told.strip().replace("-", "_").partition("_")[0].partition(".")[0].lower()
    if code == ENGLISH:
        return code
    languages = known_languages()
    if code not in languages:
        message = f"there is no language `{told}`{did_you_mean(code, languages)}; known: {', '.join(languages)}"
        raise InputError(message)
    return code


def _compiled(code: str) -> Path:
    """Return the compiled catalogue; made in the cache, named by what the catalogue says."""
    from txsim.cachedir import cache_dir, whole_file

    source = (_CATALOGUES / f"{code}.po").read_bytes()
    digest = hashlib.sha256(b"2" + source).hexdigest()[:16]  # 2: a catalogue and the texts made as data
    try:
        kept = cache_dir("languages", digest, code, "LC_MESSAGES") / f"{_DOMAIN}.mo"
    except StoreError:
        import tempfile

        kept = Path(tempfile.mkdtemp(prefix="txsim-")) / code / "LC_MESSAGES" / f"{_DOMAIN}.mo"
        kept.parent.mkdir(parents=True)
    if not (kept.exists() and kept.with_suffix(".json").exists()):
        import io
        import json

        from babel import Locale
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        catalogue = read_po(io.BytesIO(source), locale=code)
        made = {str(m.id): str(m.string) for m in catalogue if MADE_AS_DATA in m.auto_comments and m.string}
        signs = Locale.parse(code).number_symbols["latn"]
        told = json.dumps({"signs": [signs["decimal"], signs["group"]], "sentences": made}, ensure_ascii=False)
        with whole_file(kept.with_suffix(".json")) as temporary:
            temporary.write_text(told, encoding="utf-8")
        with whole_file(kept) as temporary, temporary.open("wb") as stream:
            write_mo(stream, catalogue)
    return kept
