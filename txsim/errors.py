# SPDX-License-Identifier: MIT
"""What can go wrong, as types, and how a person is told.

::

    TxsimError                 exit code 1
    ├── InputError             2   (also ValueError)   something a person wrote is wrong; carries every problem found
    ├── CalibrationError       3   (also RuntimeError) the evidence could not be turned into trustworthy draws
    └── StoreError             4   (also OSError)      the cache of draws or machine code cannot be used

One message, one place: the command line prints ``str(error)`` and leaves with ``error.exit_code``.
"""

from __future__ import annotations

import errno
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from txsim.language import Message, lazy, verbatim
from txsim.language.words import in_english as english_words
from txsim.printable import masked, named, readable, readable_words

#: Spaces before what is said of a place in a file.
_INDENT = 4
#: What is to be typed: in backticks or braces, one pair of braces within another; and what holds its words together.
_TYPED = re.compile(r"`[^`]*`|\{(?:[^{}]|\{[^{}]*\})*\}")
_HELD = "\N{NULL}"


class TxsimError(Exception):
    """Root of everything txsim raises on purpose."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, with where it stands."""

    message: Message  #: What is wrong and what was expected, a clause without a full stop.
    #: Place in a file, counted from 1; ``None`` where it does not come from a file.
    file: str | None = None
    line: int | None = None
    column: int | None = None
    path: str = ""  #: Dotted path inside the document, for example ``drivers[0].pushes[0].effect``.
    source: str = ""  #: The line of the file as written, for the picture with the caret.
    hint: Message | None = None  #: What was probably meant, a sentence; ``None`` if there is no good guess.
    width: int = 1  #: Number of characters the caret underlines.

    def __str__(self) -> str:
        """Return the problem as it is shown to a person, one to four lines."""
        return self.fitted(None)

    def fitted(self, width: int | None, encoding: str = "utf-8") -> str:
        """Return the problem as it is shown to a person, no line longer than ``width`` but for a path or a file name.

        Parameters
        ----------
        width
            Characters of a line; ``None`` for lines as long as their sentences.
        encoding
            What the text is to be written in; characters that it lacks are replaced before lines are broken.
        """
        # Of an option there is one line, and the caret under it shows the place.
        column = self.column if self.line is not None else None
        place = ":".join(str(part) for part in (self.file, self.line, column) if part is not None)
        head = named("  ".join(part for part in (place, self.path) if part))
        lines = [head] if head else []
        words = readable_words(self.message.worded(figures=False), encoding)
        if self.source and self.column is not None:
            # Long lines are cut around the column, so that the caret stays on screen.
            room, before = (100, 60) if width is None else (width - _INDENT, (width - _INDENT) * 2 // 3)
            start = max(0, self.column - 1 - before)
            shown = masked(self.source[start : start + room].replace("\t", " ")).rstrip()
            at = len(readable(shown[: self.column - 1 - start].ljust(self.column - 1 - start), encoding))
            shown = readable(shown, encoding)[:room]
            caret = " " * at + "^" * max(1, min(self.width, 40, room - at))
            lines.append(f"{' ' * _INDENT}{shown}")
            if width is None or _INDENT + len(caret) + 1 + len(words) <= width:
                lines.append(f"{' ' * _INDENT}{caret} {words}")
            else:
                lines += [f"{' ' * _INDENT}{caret}", *_indented(words, width)]
        else:
            lines += _indented(words, width) if head else _wrapped(words, width, 0)
        if self.hint:
            lines += _indented(readable_words(self.hint.worded(figures=False), encoding), width)
        return "\n".join(lines)


def _indented(text: str, width: int | None) -> list[str]:
    return _wrapped(text, width, _INDENT)


def _wrapped(text: str, width: int | None, indent: int) -> list[str]:
    """Return text in lines; a word that is longer than a line, such as a path, stays whole."""
    margin = " " * indent
    if width is None or "\n" in text:
        return [f"{margin}{text}"]
    # What is to be typed stays in one line, so that it can be copied.
    kept = _TYPED.sub(lambda found: found[0].replace(" ", _HELD), text)
    lines = textwrap.wrap(
        kept, width, initial_indent=margin, subsequent_indent=margin, break_on_hyphens=False, break_long_words=False
    )
    return [line.replace(_HELD, " ") for line in lines]


class InputError(TxsimError, ValueError):
    """Something a person wrote is wrong.

    Parameters
    ----------
    problems
        All problems found, in the order of the file; a message stands for one problem without a place.
    """

    exit_code = 2

    def __init__(self, problems: Iterable[Problem] | Problem | Message) -> None:
        if isinstance(problems, Message):
            problems = (Problem(problems),)
        elif isinstance(problems, Problem):
            problems = (problems,)
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        """Return all problems as they are shown to a person, in the language in use."""
        return self.fitted(None)

    def fitted(self, width: int | None, encoding: str = "utf-8") -> str:
        """Return the same in lines of at most ``width`` characters, in those that an encoding has."""
        return "\n".join(problem.fitted(width, encoding) for problem in self.problems)


class CalibrationError(TxsimError, RuntimeError):
    """The sampler's draws failed the gate, or the model could not be built."""

    exit_code = 3


class StoreError(TxsimError, OSError):
    """A cache folder is unsafe or cannot be written."""

    exit_code = 4

    def __str__(self) -> str:
        """Return the message alone, without the number that ``OSError`` puts before it."""
        return " ".join(str(part) for part in self.args)


def in_english(error: Exception) -> str:
    """Return what an error says, in English, as files have it."""
    with english_words():
        return str(error)


def message_of(error: Exception) -> Message:
    """Return what an error says as a message; of other programs' errors the words as they are."""
    said = error.args[0] if error.args else ""
    return said if isinstance(said, Message) else verbatim(error)


#: What the system says of a file, a folder, a disk or an address, in our own words.
_REASONS = {
    errno.EACCES: lazy("this is not allowed to us"),
    errno.EPERM: lazy("this is not allowed to us"),
    errno.EROFS: lazy("the disk can be read only"),
    errno.ENOSPC: lazy("the disk is full"),
    errno.EDQUOT: lazy("no more room is granted on this disk"),
    errno.EFBIG: lazy("a file may not be as large here"),
    errno.EIO: lazy("the disk answers with an error"),
    errno.EBADF: lazy("the output is closed"),
    errno.ENAMETOOLONG: lazy("the name is too long"),
    errno.EISDIR: lazy("this is a folder"),
    errno.ENOTDIR: lazy("a part of the path is no folder"),
    errno.ENOENT: lazy("there is no such file or folder"),
    errno.EEXIST: lazy("this exists already"),
    errno.ENOTEMPTY: lazy("the folder is not empty"),
    errno.ELOOP: lazy("its links lead in a circle"),
    errno.EMFILE: lazy("too many files are open"),
    errno.ENFILE: lazy("too many files are open"),
    errno.ENOMEM: lazy("there is not enough memory"),
    errno.EADDRINUSE: lazy("another program uses it"),
    errno.EADDRNOTAVAIL: lazy("this machine has no such address"),
    errno.EINVAL: lazy("the system takes no such name"),
}


def reason_of(error: Exception) -> Message:
    """Return why the system refused something, in words of our own; what is not among them as the system says it.

    Parameters
    ----------
    error
        An ``OSError``, or what Python raises before it asks the system, as of a name with a NUL in it.
    """
    known = _REASONS.get(getattr(error, "errno", None) or 0)
    return verbatim(getattr(error, "strerror", None) or error) if known is None else known


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the valid name that looks most like ``name``, whatever its capitals, or ``None`` if none is close.

    Examples
    --------
    >>> nearest("horizon_month", ["horizon_months", "seed"]), nearest("NPS", ["nps", "NPV"])
    ('horizon_months', 'nps')
    """
    import difflib  # only where something is misspelt

    folded = {each.casefold(): each for each in reversed(list(names))}  # of two that differ in capitals the first
    found = difflib.get_close_matches(name.casefold(), list(reversed(folded)), n=1, cutoff=0.6)
    return folded[found[0]] if found else None


#: Cyrillic letters that look like Latin ones.
_LOOK_ALIKE = str.maketrans("асеорхуіјѕкмнтв", "aceopxyijskmhtb") | str.maketrans("АВСЕНКМОРТХ", "ABCEHKMOPTX")


def did_you_mean(name: str, names: Iterable[str]) -> Message | str:
    """Return ``"; did you mean `x`?"`` for the nearest valid name, or an empty string."""
    names = list(names)
    latin = name.translate(_LOOK_ALIKE)
    if latin != name and latin in names:
        odd = "".join(dict.fromkeys(sign for sign in name if ord(sign) in _LOOK_ALIKE))
        return lazy("; `{odd}` is Cyrillic here, `{name}` is written in Latin letters", odd=odd, name=latin)
    found = nearest(name, names)
    return lazy("; did you mean `{name}`?", name=found) if found else ""
