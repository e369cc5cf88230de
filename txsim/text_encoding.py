# SPDX-License-Identifier: MIT
"""In which encoding a text was written: as stated, by how the file begins, or by the words that its bytes make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from txsim.errors import InputError, Problem
from txsim.language import Message, joined, lazy

#: Encodings that files of surveys come in beside Unicode; the first of equals is named.
ENCODINGS = ("cp1252", "cp1251", "koi8_r", "cp866", "cp1250", "mac_cyrillic")
#: Western ones of DOS and of the Mac, taken where none of the others makes words as likely.
WESTERN = ("cp850", "cp437", "mac_roman")
#: Those of Cyrillic letters.
CYRILLIC = ("cp1251", "koi8_r", "cp866")
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
#: Bytes from which an encoding is told; more say no more.
_SAMPLE = 65_536


def decoded(content: bytes, name: str, encoding: str = "", *, stated: bool = False) -> tuple[str, str]:
    """Return the text of bytes and the encoding that they were read in.

    ``content``: the bytes; ``encoding``: the encoding, where a person says it; ``stated``: whether there is a place
    where a person could say it. Raises InputError if the stated encoding is not known or does not fit, or none that is
    known does.
    """
    if encoding:
        try:
            return content.decode(encoding).lstrip("\ufeff"), encoding
        except LookupError:
            known = ", ".join(("utf-8", "utf-16", *ENCODINGS, *WESTERN))
            raise InputError(
                Problem(
                    lazy("unknown encoding `{encoding}`", encoding=encoding),
                    file=name,
                    hint=lazy("known: {names}", names=known),
                )
            ) from None
        except UnicodeDecodeError as error:
            message = lazy(
                "byte {start} is not {encoding}, which was stated as the encoding",
                start=error.start + 1,
                encoding=encoding,
            )
            raise InputError(Problem(message, file=name)) from None
    for mark, code in _MARKS:
        if content.startswith(mark):
            try:
                return content.decode(code), code.removesuffix("-sig")
            except UnicodeDecodeError as error:
                message = lazy(
                    "byte {start} is not {encoding}, by which the file begins",
                    start=error.start + 1,
                    encoding=code.removesuffix("-sig"),
                )
                raise InputError(Problem(message, file=name)) from None
    if b"\0" in content[:4096]:  # two bytes for each sign, without a mark
        for code in ("utf-16-le", "utf-16-be"):
            try:
                text = content.decode(code)
            except UnicodeDecodeError:
                continue
            if _likely(text[:2000]) > _UNLIKELY and "\0" not in text[:2000]:
                return text, code
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        code = _guessed(content)
    if not code:
        odd = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in content[:_SAMPLE])
        if 50 * odd > len(content[:_SAMPLE]):
            raise InputError(Problem(lazy("this is no text"), file=name, hint=lazy("name a file of text")))
        hint = lazy("save it as UTF-8")
        if stated:
            hint = lazy("save it as UTF-8, or say `encoding:` in the spec")
        raise InputError(Problem(lazy("the encoding of the file cannot be told"), file=name, hint=hint))
    return content.decode(code, "replace"), code


@contextmanager
def telling_encoding(encoding: str) -> Iterator[None]:
    """Add to refusals that quote letters beyond those of English how the text was read, since that may be why.

    ``encoding``: in which the text was read; empty for none, as of Excel.
    """
    try:
        yield
    except InputError as error:
        if encoding in ("", "ascii") or encoding.startswith("utf"):
            raise
        others = [name for name in ("cp1252", "cp1250", "cp852", "cp1251", "mac_roman") if name != encoding]
        told = lazy("the text was read as {encoding}: if its words look wrong, say the right one by `encoding:` in the "
                    "spec ({others} or another)", encoding=encoding, others=", ".join(others))  # fmt: skip
        raise InputError([
            replace(each, hint=told if each.hint is None else joined("; ", (each.hint, told)))
            if _foreign(each.message) or (each.hint is not None and _foreign(each.hint)) else each
            for each in error.problems
        ]) from None  # fmt: skip


def _foreign(message: Message) -> bool:
    """Whether a message quotes letters beyond those of English, or signs that wrong ones look like."""
    return any(_foreign(value) if isinstance(value, Message) else re.search(r"[^\x00-\x7f…–−×\s]", str(value))
               for _, value in message.params)  # fmt: skip


def _guessed(content: bytes) -> str:
    """Return the encoding in which bytes make the likeliest words; empty if none does.

    Files of surveys hold few words that are not ASCII, sometimes one. Of those, charset-normalizer takes French for
    Central European and `да` for Latin letters, so that the usual encodings are weighed here, letter by letter; it is
    asked where none of them makes words.
    """
    lines = [line for line in dict.fromkeys(content.splitlines()) if not line.isascii()]
    sample = b"\n".join(lines)[:_SAMPLE]
    likely = {code: _likely(sample.decode(code, "replace")) for code in ENCODINGS}
    # Small letters are the same bytes for Windows and for the Mac, and its `я` is the other's `Я`.
    letters = {code: _russian_letters(sample.decode(code, "replace")) for code in _CYRILLIC}
    if letters["mac_cyrillic"] <= letters["cp1251"] and likely["mac_cyrillic"] < likely["cp1251"] + _MAC:
        del likely["mac_cyrillic"]
    best = max(likely, key=lambda code: likely[code])
    western = {code: _likely(sample.decode(code, "replace")) for code in WESTERN}
    other = max(western, key=lambda code: western[code])
    if western[other] > max(_DOUBTFUL, likely[best] + _WEST):
        return other
    second = max(value for code, value in likely.items() if code != best)
    clear = likely[best] > _CLEAR and likely[best] > second + _AHEAD
    if likely[best] > (_DOUBTFUL if len(sample) > 60 else _UNLIKELY) or clear:
        return best
    from charset_normalizer import from_bytes

    found = from_bytes(sample).best()
    if found is None:
        return best if likely[best] > _UNLIKELY else ""
    return found.encoding


#: Letters of Russian by how often they stand in text, from the commonest; of Western and of Central Europe.
_RUSSIAN = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
_WESTERN = "äöüßéèàçñóíáúêôîûëïâœåøæãõº"
_CENTRAL = "łąęśćźżńőűřěščžýůďťňășţđìòù"
_SIGNS = "–—’‘“”„«»…№€£°±§·•\xa0©®™½²³µ"
#: Mean log weight below which a text is no words, and below which it may be another language's.
_UNLIKELY, _DOUBTFUL = -7.0, -4.3
#: Mean log weight above which the likeliest encoding is taken that is so far ahead of all others.
_CLEAR, _AHEAD = -5.5, 0.5
#: How far those of DOS and the Mac must be ahead: by more than a letter of Central Europe is behind one of the West.
_WEST = 1.0
#: Encodings of a Mac and of Windows that share small letters, and how far the former must be ahead where it makes no
#: more letters: by more than capitals at the beginning of words are worth.
_CYRILLIC, _MAC = ("mac_cyrillic", "cp1251"), 1.2


def _russian_letters(text: str) -> int:
    """Return how many letters are Russian and stand where they may: no capital after a small letter."""
    pairs = zip(" " + text, text, strict=False)
    return sum(sign.lower() in _RUSSIAN and not (sign.isupper() and before.islower()) for before, sign in pairs)


def _likely(text: str) -> float:
    """Return how likely signs beyond ASCII stand where they do: a mean log weight, 0 where there are none."""
    total, count = 0.0, 0
    for before, sign, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if sign.isascii():
            continue
        count += 1
        low = sign.lower()
        beside = [other for other in (before, after) if other.isalpha()]
        if low in _RUSSIAN:
            total -= 2.2 + 0.12 * _RUSSIAN.index(low)
            total -= 6.0 * any(other.isascii() for other in beside)  # two scripts in one word
            total -= 4.0 * (before.isdigit() or after.isdigit())
        elif low in _WESTERN or low in _CENTRAL:
            total -= 3.0 if low in _WESTERN else 4.0
            # most letters of a word in Latin script are plain
            total -= 4.0 * (not any(other.isascii() for other in beside))
        elif sign in _SIGNS:
            total -= 4.0 + 4.0 * (len(beside) == 2 and sign not in "’–\xa0")
            total -= 3.0 * (sign in "³¹²¿£" and len(beside) > 0)  # ł, ą, ż and Ł of Central Europe
        elif sign.isalpha():
            total -= 9.0
        else:
            total -= 12.0
        if sign.isupper():
            total -= 4.0 if before.islower() else 0.6
    return total / count if count else 0.0
