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

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from txsim.language import Message
from txsim.printable import masked

__all__ = ["CalibrationError", "InputError", "Problem", "StoreError", "TxsimError", "did_you_mean", "nearest"]


class TxsimError(Exception):
    """Root of everything txsim raises on purpose."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, with where it stands.

    Attributes
    ----------
    message
        What is wrong and what was expected, a clause without a full stop.
    file, line, column
        Place in a file, counted from 1; ``None`` where it does not come from a file.
    path
        Dotted path inside the document, for example ``drivers[0].pushes[0].effect``.
    source
        The line of the file as written, for the picture with the caret.
    hint
        What was probably meant, a sentence; ``None`` if there is no good guess.
    width
        Number of characters the caret underlines.
    """

    message: str | Message
    file: str | None = None
    line: int | None = None
    column: int | None = None
    path: str = ""
    source: str = ""
    hint: str | Message | None = None
    width: int = 1

    def __str__(self) -> str:
        """Return the problem as it is shown to a person, one to four lines."""
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        head = "  ".join(part for part in (place, self.path) if part)
        lines = [head] if head else []
        if self.source and self.column is not None:
            # Long lines are cut around the column, so that the caret stays on screen.
            start = max(0, self.column - 1 - 60)
            shown = masked(self.source[start : start + 100].replace("\t", " ")).rstrip()
            caret = " " * (self.column - 1 - start) + "^" * max(1, min(self.width, 40))
            lines += [f"    {shown}", f"    {caret} {_worded(self.message)}"]
        else:
            words = _worded(self.message)
            lines.append(f"    {words}" if head else words)
        if self.hint:
            lines.append(f"    {_worded(self.hint)}")
        return "\n".join(lines)


def _worded(message: str | Message) -> str:
    """Return a message in the language in use; figures stay as files have them."""
    return message.worded(figures=False) if isinstance(message, Message) else message


class InputError(TxsimError, ValueError):
    """Something a person wrote is wrong.

    Parameters
    ----------
    problems
        All problems found, in the order of the file; a message stands for one problem without a place.
    """

    exit_code = 2

    def __init__(self, problems: Iterable[Problem] | Problem | Message | str) -> None:
        if isinstance(problems, str | Message):
            problems = (Problem(problems),)
        elif isinstance(problems, Problem):
            problems = (problems,)
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        """Return all problems as they are shown to a person, in the language in use."""
        return "\n".join(str(problem) for problem in self.problems)


class CalibrationError(TxsimError, RuntimeError):
    """The sampler's draws failed the gate, or the model could not be built."""

    exit_code = 3


class StoreError(TxsimError, OSError):
    """A cache folder is unsafe or cannot be written."""

    exit_code = 4

    def __str__(self) -> str:
        """Return the message alone, without the number that ``OSError`` puts before it."""
        return " ".join(str(part) for part in self.args)


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the valid name that looks most like ``name``, or ``None`` if none is close."""
    found = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return ``"; did you mean `x`?"`` for the nearest valid name, or an empty string."""
    found = nearest(name, names)
    return f"; did you mean `{found}`?" if found else ""
