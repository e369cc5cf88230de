# SPDX-License-Identifier: MIT
"""What ``txsim priors set`` and ``txsim priors diff`` answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from txsim.language import Words
from txsim.results.codec import Result
from txsim.results.quantities import OWN, RATIO, Count, Real, Share


@dataclass(frozen=True)
class Belief:
    """A belief: median, 5 % and 95 % quantile, and the same in figures as people write them."""

    median: Real
    p05: Real
    p95: Real
    text: str


@dataclass(frozen=True)
class PriorsSet(Result):
    """A prior that was written into a file."""

    kind: ClassVar[str] = "priors set"

    #: ``file``, ``name``, ``unit``, ``meaning``: Where, and which parameter.
    file: str
    name: str
    unit: Words
    meaning: Words
    #: ``before``, ``catalogue``: What the file said before, and the catalogue; ``None`` where nothing.
    before: Annotated[Belief | None, OWN]
    catalogue: Annotated[Belief | None, OWN]
    #: ``now``, ``family``, ``misfit``: What it says now, and how much probability of what was stated the family misses
    #: at most.
    now: Annotated[Belief, OWN]
    family: str
    misfit: Share
    prediction: Words  #: What that means.
    #: ``by``, ``why``, ``date``: Who, for what reason and when.
    by: str
    why: str
    date: str
    #: What was stated beside what is fitted, in the unit; empty where only a number or two were stated.
    beside: Words = ""
    warnings: tuple[Words, ...] = ()  #: What is possible but hardly true since then, as ``txsim check`` says it.


@dataclass(frozen=True)
class BeliefInFile:
    """What a file believes about a parameter, and who says so; figures are NaN where nothing can be read."""

    median: Annotated[Real, OWN]
    p05: Annotated[Real, OWN]
    p95: Annotated[Real, OWN]
    text: str | None
    source: str  #: ``file`` or ``catalogue``.
    by: str
    why: Words
    date: str


@dataclass(frozen=True)
class Difference:
    """One parameter in two files; a side is ``None`` where the file's graph has no such parameter."""

    name: str
    unit: Words
    meaning: Words
    differs: bool
    a: BeliefInFile | None
    b: BeliefInFile | None
    median_ratio: Annotated[float | None, RATIO]  #: The second median over the first; ``None`` where it makes no sense.


@dataclass(frozen=True)
class PriorsDiff(Result):
    """The priors of two files side by side, those that differ first."""

    kind: ClassVar[str] = "priors diff"

    a: str
    b: str
    parameters: tuple[Difference, ...]
    agreeing: Count = 0  #: How many parameters on which both agree were left out.
