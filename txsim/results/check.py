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
    """One thing that a person should look at, and where it stands."""

    #: ``message``, ``hint``: What it is, a clause; what was probably meant.
    message: Words
    hint: Words | None
    #: ``file``, ``line``, ``column``: Place in a file, counted from 1; ``None`` where it does not come from a file.
    file: str | None
    line: int | None
    column: int | None
    path: str  #: Dotted path inside the document.


@dataclass(frozen=True)
class CheckedFile:
    """One scenario file."""

    file: str  #: As it was named.
    valid: bool  #: Whether a forecast would take it; then there are no ``problems``.
    problems: tuple[Finding, ...] = ()  #: Everything that is wrong.
    warnings: tuple[Finding, ...] = ()  #: What is possible but hardly true.
    #: Paths of what is always uncertain and was given as a plain number, as in ``run``.
    fixed_by_author: tuple[str, ...] = ()
    #: What a forecast takes with ``draws`` draws; ``None`` if the file is not valid.
    memory: Annotated[int | None, BYTES] = None
    reading: tuple[Words, ...] = ()  #: How the scenario's `data` are read, line by line; empty without.


@dataclass(frozen=True)
class Check(Result):
    """The answer of ``txsim check``; what each field is, stands in docs/schema.md."""

    kind: ClassVar[str] = "check"

    files: tuple[CheckedFile, ...]  #: In the order in which they were named.
    draws: Count  #: Of the forecast whose memory is told.

    @property
    def valid(self) -> bool:
        """Whether a forecast would take every file."""
        return all(file.valid for file in self.files)
