# SPDX-License-Identifier: MIT
"""What ``txsim check`` answers: for each file, what is wrong, what is hardly true, and how its data are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from txsim.language import Words
from txsim.results.codec import Result
from txsim.results.quantities import BYTES, Count


@dataclass(frozen=True)
class Finding:
    """One thing that a person should look at, and where it stands.

    Attributes
    ----------
    message, hint
        What it is, a clause; what was probably meant.
    file, line, column
        Place in a file, counted from 1; ``None`` where it does not come from a file.
    path
        Dotted path inside the document.
    """

    message: Words
    hint: Words | None
    file: str | None
    line: int | None
    column: int | None
    path: str


@dataclass(frozen=True)
class CheckedFile:
    """One scenario file.

    Attributes
    ----------
    file
        As it was named.
    valid
        Whether a forecast would take it; then there are no ``problems``.
    problems
        Everything that is wrong.
    warnings
        What is possible but hardly true.
    fixed_by_author
        Paths of what is always uncertain and was given as a plain number, as in ``run``.
    memory
        What a forecast takes with ``draws`` draws; ``None`` if the file is not valid.
    reading
        How the scenario's `data` are read, line by line; empty without.
    """

    file: str
    valid: bool
    problems: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    fixed_by_author: tuple[str, ...] = ()
    memory: Annotated[int | None, BYTES] = None
    reading: tuple[Words, ...] = ()


@dataclass(frozen=True)
class Check(Result):
    """The answer of ``txsim check``; what each field is, stands in docs/schema.md.

    Attributes
    ----------
    files
        In the order in which they were named.
    draws
        Of the forecast whose memory is told.
    """

    kind: ClassVar[str] = "check"

    files: tuple[CheckedFile, ...]
    draws: Count

    @property
    def valid(self) -> bool:
        """Whether a forecast would take every file."""
        return all(file.valid for file in self.files)
