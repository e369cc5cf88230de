# SPDX-License-Identifier: MIT
"""How a file of data was read, so that a person checks it in ten seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from txsim.language import Words


@dataclass(frozen=True)
class FileReading:
    """How a file of data was read."""

    lines: tuple[Words, ...]  #: The reading in words, at most ten lines.
    #: By measure: column, scale, range, what was changed and what was lost.
    series: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: ``file``, ``encoding``: Its name, and how its letters are encoded.
    file: str = ""
    encoding: str = ""
    units: tuple[str, ...] = ()  #: Names of units.
    #: ``periods``, ``calendar``: First and last period, how many, and months from one to the next; whether they are of
    #: the calendar.
    periods: tuple[Any, ...] | None = None
    calendar: bool = False
    answers: bool = False  #: Whether rows are answers of single people.
    unused: tuple[str, ...] = ()  #: Columns that are not used.
