# SPDX-License-Identifier: MIT
r"""Text that may be shown and written anywhere, whatever stands in names and files that others wrote.

Names of files, keys and lines of files are echoed in messages. A terminal obeys some of the characters that may stand
in them: it moves the cursor, changes its title, turns the direction of writing. So whatever the command line prints
goes through :class:`PrintableStream`, the one place where such characters become ``\u001b``: visible to people, and the
same text to whoever reads JSON.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO, cast

__all__ = [
    "WIDEST",
    "PrintableStream",
    "bare",
    "escaped",
    "masked",
    "printable_streams",
    "terminal_width",
    "well_formed",
]

#: The longest line that is written, and the shortest that is written for; what is read by a program gets 80.
WIDEST = 120
_NARROWEST, _PIPE = 60, 80

#: What steers a terminal or the direction of writing, ends a line unseen, hides, or is half a character.
_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)


def escaped(text: str) -> str:
    r"""Return text with every character that steers a terminal written as JSON escapes it, ``\u001b``.

    Ends of lines and tabs stay. Two characters of 16 bits stand for one beyond them.
    """
    return _STEERING.sub(_escape, text)


def masked(text: str) -> str:
    """Return text with one mark in place of every character that steers a terminal, so that places in it stay."""
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", text)


def _escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass").hex()
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
    """A text stream that writes nothing that steers a terminal; all else is the stream's own.

    Parameters
    ----------
    stream
        Where the text goes.
    """

    def __init__(self, stream: TextIO) -> None:
        self.bare = stream

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
        self.bare.write(escaped(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write texts one after the other."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.bare, name)


def bare(stream: TextIO) -> TextIO:
    """Return the stream below a :class:`PrintableStream`, for a bar that moves the cursor itself."""
    return cast("TextIO", getattr(stream, "bare", stream))


@contextlib.contextmanager
def printable_streams() -> Iterator[None]:
    """Make all that is written to standard output and error printable, for as long as the block lasts."""
    before = sys.stdout, sys.stderr
    for stream in before:
        with contextlib.suppress(AttributeError, ValueError):
            cast("Any", stream).reconfigure(errors="backslashreplace")
    sys.stdout, sys.stderr = (
        cast("TextIO", stream if stream is None or isinstance(stream, PrintableStream) else PrintableStream(stream))
        for stream in before
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
