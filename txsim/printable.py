# SPDX-License-Identifier: MIT
r"""Text that may be shown and written anywhere, whatever stands in names and files that others wrote.

Names of files, keys and lines of files are echoed in messages. A terminal obeys some of the characters that may stand
in them: it moves the cursor, changes its title, turns the direction of writing. So whatever the command line prints
goes through :class:`PrintableStream`, the one place where such characters become ``\u001b``: visible to people, and the
same text to whoever reads JSON.

A terminal or a pipe may also have no sign for a character, in an encoding such as cp1251 or ASCII: what stands for it
then, ``-`` for a minus sign, ``...`` for an ellipsis, is decided in :func:`readable`.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO, cast

#: The longest line that is written, and the shortest that is written for; what is read by a program gets 80.
WIDEST = 120
_NARROWEST, _PIPE = 60, 80

#: What steers a terminal or the direction of writing, ends a line unseen, hides, or is half a character.
_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)

# fmt: off
#: What is written where an encoding has no sign for a character; what can be typed stays so: `x/` is read as `×/÷` is.
_PLAIN = {
    "×/÷": "x/", "×": "x", "÷": "/", "−": "-", "–": "-", "—": "-", "‐": "-", "…": "...", "±": "+/-", "·": "-", "•": "*",
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "→": "->", "←": "<-", "⇄": "<->", "↓": "v",
    "↑": "^", "≤": "<=", "≥": ">=", "≈": "~", "∞": "inf", "√": "sqrt", "½": "1/2", "№": "No.", "€": "EUR", "£": "GBP",
    "₽": "RUB", "●": "*", "◐": "+", "◌": "o", "─": "-", "│": "|", "█": "#", "▁": "_", "▂": ".", "▃": ":", "▄": "-",
    "▅": "=", "▆": "+", "▇": "*", "\N{REPLACEMENT CHARACTER}": "?",
}
#: Latin letters that are no accented ones, Greek ones of formulas by name, Cyrillic ones as passports have them (ICAO
#: 9303).
_LETTERS = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d",
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "θ": "theta", "λ": "lambda", "μ": "mu",
    "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi", "ψ": "psi", "ω": "omega",
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i", "й": "i", "к": "k",
    "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh",
    "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "ie", "ы": "y", "ь": "", "э": "e", "ю": "iu", "я": "ia",
    "ё": "e", "і": "i", "ї": "i", "є": "ie", "ґ": "g", "ў": "u",
}
# fmt: on
_PLAIN |= _LETTERS | {sign.upper(): text.title() for sign, text in _LETTERS.items() if len(sign.upper()) == 1}
_BESIDE_ASCII = re.compile("×/÷|[^\x00-\x7f]")
#: Spaces that hold a figure and its unit together.
HOLDING = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
_HOLDING = re.compile(f"([{HOLDING}])")
_UNICODE = re.compile("utf-?(8|16|32)|u(8|16|32)|cp65001", re.IGNORECASE)


def encoding_of(stream: TextIO) -> str:
    """Return the encoding that a stream writes; a stream that names none takes every character."""
    return getattr(bare(stream), "encoding", None) or "utf-8"


def has_signs(text: str, encoding: str) -> bool:
    """Whether an encoding has a sign for every character of a text."""
    if text.isascii() or _UNICODE.match(encoding):
        return True
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def readable(text: str, encoding: str) -> str:
    r"""Return text in characters that an encoding has, as close as can be.

    Signs become what stands for them on a typewriter, letters lose their accents, Cyrillic ones are spelled as in
    passports where the encoding has none; all else becomes ``\u4e2d``.

    ``encoding``: name of the encoding, such as ``cp1251``.
    """
    if has_signs(text, encoding):
        return text
    return _BESIDE_ASCII.sub(lambda match: _stand_in(match[0], encoding), text)


def readable_words(text: str, encoding: str) -> str:
    """Return the same of text that is yet to be broken into lines: what holds a figure and its unit together stays."""
    return "".join(part if part in HOLDING else readable(part, encoding) for part in _HOLDING.split(text))


def _stand_in(sign: str, encoding: str) -> str:
    if has_signs(sign, encoding):
        return sign
    if sign in _PLAIN:
        return _PLAIN[sign]
    apart = unicodedata.normalize("NFKD", sign)
    if apart != sign:
        kept = "".join(part for part in apart if not unicodedata.combining(part))
        return readable(kept, encoding)
    return "" if unicodedata.combining(sign) else _escape(sign)


def json_for(text: str, encoding: str) -> str:
    r"""Return JSON that says the same in characters that an encoding has: others are written ``\u2212``."""
    if has_signs(text, encoding):
        return text
    return _BESIDE_ASCII.sub(
        lambda match: "".join(sign if has_signs(sign, encoding) else _escape(sign) for sign in match[0]), text
    )


def escaped(text: str) -> str:
    r"""Return text with every character that steers a terminal written as JSON escapes it, ``\u001b``.

    Ends of lines and tabs stay. Two characters of 16 bits stand for one beyond them.
    """
    return _STEERING.sub(lambda match: _escape(match[0]), text)


def named(text: str) -> str:
    r"""Return a name that somebody else wrote as it may stand within a line, the same wherever it is printed.

    As :func:`escaped` and :func:`well_formed` have it, ends of lines as ``\n``.

    >>> named("a\nb")
    'a\\nb'
    """
    return escaped(well_formed(text)).replace("\n", "\\n") if text else text


def masked(text: str) -> str:
    """Return text with one mark in place of every character that steers a terminal, so that places in it stay."""
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", text)


def masked_data(data: Any) -> Any:
    """Return plain data with every text in it, and every key, as :func:`masked` has it."""
    if isinstance(data, str):
        return masked(data)
    if isinstance(data, dict):
        return {masked_data(key): masked_data(value) for key, value in data.items()}
    return [masked_data(value) for value in data] if isinstance(data, list | tuple) else data


def _escape(sign: str) -> str:
    units = sign.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


def well_formed(text: str) -> str:
    r"""Return text that is valid Unicode: bytes of a file name that are no UTF-8 are written ``\xe9``."""
    try:
        text.encode()
    except UnicodeEncodeError:
        with contextlib.suppress(UnicodeEncodeError):
            return os.fsencode(text).decode("utf-8", "backslashreplace")
        return text.encode("utf-8", "backslashreplace").decode()
    return text


class PrintableStream:
    """A text stream that writes nothing that steers a terminal and nothing that its encoding lacks.

    ``stream``: where the text goes; ``aside``: whether it is said beside the answer, on standard error: where that
    cannot be written nothing is said, and what a command does and the code it leaves with stay the same.
    """

    def __init__(self, stream: TextIO, *, aside: bool = False) -> None:
        self.bare, self.aside = stream, aside

    @property
    def encoding(self) -> str:
        """Its encoding; never ASCII, for which click would write past this stream."""
        told = getattr(self.bare, "encoding", None) or "utf-8"
        return "utf-8" if told.lower().replace("_", "-") in ("ascii", "us-ascii", "ansi-x3.4-1968", "646") else told

    def write(self, text: str) -> int:
        """Write text, made printable."""
        if not isinstance(text, str):
            message = f"text was expected, not {type(text).__name__}"
            raise TypeError(message)
        with self._aside():
            self.bare.write(readable(escaped(text), encoding_of(self.bare)))
        return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
        with self._aside():
            self.bare.flush()

    @contextlib.contextmanager
    def _aside(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            if not self.aside:
                raise
            hush(self)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write texts one after the other."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.bare, name)


def hush(stream: TextIO | PrintableStream) -> None:
    """Let what a stream could not write, and all that follows, go nowhere.

    Python would try what was kept of it again at the end, and leave with a code of its own.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with contextlib.suppress(OSError, ValueError):  # a stream of a test has no place in the system
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def bare(stream: TextIO) -> TextIO:
    """Return the stream below a :class:`PrintableStream`, for a bar that moves the cursor itself."""
    return cast("TextIO", getattr(stream, "bare", stream))


@contextlib.contextmanager
def printable_streams() -> Iterator[None]:
    """Make all that is written to standard output and error printable, for as long as the block lasts."""
    # Closed, as cron jobs do: what is opened takes its place, so that no other file does, for as long as the process
    # lives. An answer that nobody can get fails when it is written, here into what can only be read.
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    before = sys.stdout, sys.stderr
    for stream in before:
        with contextlib.suppress(AttributeError, ValueError):
            cast("Any", stream).reconfigure(errors="backslashreplace")
    with contextlib.suppress(AttributeError, ValueError):  # an answer in another encoding is a wrong answer, no fault
        cast("Any", sys.stdin).reconfigure(errors="replace")
    sys.stdout, sys.stderr = (
        cast("TextIO", stream if isinstance(stream, PrintableStream) else PrintableStream(stream, aside=aside))
        for stream, aside in zip(before, (False, True), strict=True)
    )
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def terminal_width(environment: Mapping[str, str] = os.environ) -> int:
    """Return the width to write for: ``COLUMNS``, else the terminal's, else 80; from 60 to 120."""
    wanted = environment.get("COLUMNS", "")
    if wanted.isdecimal() and int(wanted) > 0:
        width = int(wanted)
    else:
        try:
            width = os.get_terminal_size(sys.stdout.fileno()).columns or _PIPE
        except (OSError, ValueError, AttributeError):  # a pipe, a file, a test
            width = _PIPE
    return max(_NARROWEST, min(width, WIDEST))
