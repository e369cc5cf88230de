# SPDX-License-Identifier: MIT
"""The catalogues of other languages: which there are, which is wanted, and how one comes into use.

A language is one file, ``txsim/languages/<code>.po``; it is compiled into the cache the first time it is used. The
language is the one asked for (``--lang``), else ``TXSIM_LANG``, else the first of ``LC_ALL``, ``LC_MESSAGES``, ``LANG``
for which there is a catalogue, else English, which stands in the code and needs no catalogue.
"""

from __future__ import annotations

import gettext
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from txsim import language
from txsim.errors import InputError, StoreError, did_you_mean
from txsim.language import ENGLISH, lazy

_DOMAIN = "txsim"
_CATALOGUES = Path(__file__).parent / "languages"


def known_languages() -> tuple[str, ...]:
    """Return the codes of all languages that there are, English first."""
    codes = sorted(path.stem for path in _CATALOGUES.glob("*.po"))
    return (ENGLISH, *codes)


def preferred(environment: Mapping[str, str] = os.environ) -> str:
    """Return the language that the environment asks for.

    Raises :class:`InputError` if ``TXSIM_LANG`` names a language that there is not.
    """
    wanted = environment.get("TXSIM_LANG")
    if wanted:
        return _checked(wanted)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name)
        if value:
            code = value.partition(".")[0].partition("_")[0].lower()
            return ENGLISH if code in ("c", "posix", ENGLISH) or code not in known_languages() else code
    return ENGLISH


def use(wanted: str) -> None:
    """Speak a language from now on.

    Raises :class:`InputError` if there is no such language.
    """
    code = _checked(wanted)
    if code == ENGLISH:
        language.speak(ENGLISH, None)
        gettext.textdomain("messages")  # click's own words, which no catalogue changes
        return
    import json

    content = _compiled(code)
    with content.open("rb") as stream:
        translations = gettext.GNUTranslations(stream)
    decimal, group = json.loads(content.with_suffix(".json").read_bytes())["signs"]
    language.speak(code, translations, (decimal, group))
    # click speaks through gettext's own domain.
    gettext.bindtextdomain(_DOMAIN, str(content.parents[2]))
    gettext.textdomain(_DOMAIN)
    os.environ["LANGUAGE"] = code


@contextmanager
def speaking(wanted: str) -> Iterator[None]:
    """Speak a language for the time of a block."""
    before = language.current()
    use(wanted)
    try:
        yield
    finally:
        use(before)


def _checked(wanted: str) -> str:
    code = wanted.strip().replace("-", "_").partition("_")[0].partition(".")[0].lower()
    if code == ENGLISH:
        return code
    languages = known_languages()
    if code not in languages:
        message = lazy(
            "there is no language `{wanted}`{suggestion}; known: {languages}",
            wanted=wanted,
            suggestion=did_you_mean(code, languages),
            languages=", ".join(languages),
        )
        raise InputError(message)
    return code


def _compiled(code: str) -> Path:
    """Return the compiled catalogue; made in the cache, named by what the catalogue says."""
    from txsim.cachedir import cache_dir

    source = (_CATALOGUES / f"{code}.po").read_bytes()
    digest = hashlib.sha256(b"4" + source).hexdigest()[:16]  # 4: a catalogue, how its language writes figures, its hash
    try:
        kept = cache_dir("languages", digest, code, "LC_MESSAGES") / f"{_DOMAIN}.mo"
        if not _is_whole(kept):
            _compile(source, code, kept)
    except StoreError:  # a cache that is closed or full: for this process alone
        import tempfile

        kept = Path(tempfile.mkdtemp(prefix="txsim-")) / code / "LC_MESSAGES" / f"{_DOMAIN}.mo"
        kept.parent.mkdir(parents=True)
        _compile(source, code, kept)
    return kept


def _is_whole(kept: Path) -> bool:
    """Whether a compiled catalogue is there as it was written: gettext trusts every byte of it."""
    import json

    from txsim.cachedir import read_plain

    try:
        about = json.loads(read_plain(kept.with_suffix(".json")))
        signs = about["signs"]
        return len(signs) == 2 and about["sha256"] == hashlib.sha256(read_plain(kept)).hexdigest()
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _compile(source: bytes, code: str, kept: Path) -> None:
    import io
    import json

    from babel import Locale
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    from txsim.cachedir import write_atomic

    stream = io.BytesIO()
    write_mo(stream, read_po(io.BytesIO(source), locale=code))
    signs = Locale.parse(code).number_symbols["latn"]
    about = {"signs": [signs["decimal"], signs["group"]], "sha256": hashlib.sha256(stream.getvalue()).hexdigest()}
    write_atomic(kept, stream.getvalue())
    write_atomic(kept.with_suffix(".json"), json.dumps(about).encode())
