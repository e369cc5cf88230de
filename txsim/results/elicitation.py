# SPDX-License-Identifier: MIT
"""What ``txsim priors elicit`` answers: priors that follow from what experts said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from txsim.language import Words
from txsim.results.codec import Result
from txsim.results.quantities import OWN, Share


@dataclass(frozen=True)
class Expert:
    """What one expert said, and the family that fits it best."""

    name: str
    #: ``method``, ``weight``: How they said it, and how much they count.
    method: str
    weight: float
    #: ``family``, ``params``, ``ssq``, ``misfit``: The fit: sum of squared differences of probability, and the largest
    #: difference.
    family: str
    params: tuple[float, ...]
    ssq: float
    misfit: Share
    #: ``all_ssq``, ``quantiles``: Sum of squares by family that is possible; quantiles of the fit by probability.
    all_ssq: Mapping[str, float]
    quantiles: Annotated[Mapping[str, float], OWN]


@dataclass(frozen=True)
class FittedPrior:
    """A prior that is written: family, its numbers, median, 5 % and 95 % quantile, and as people write it."""

    family: str
    args: tuple[float, ...]
    median: Annotated[float, OWN]
    p05: Annotated[float, OWN]
    p95: Annotated[float, OWN]
    text: str


@dataclass(frozen=True)
class Elicitation:
    """The prior of one parameter."""

    name: str
    unit: Words
    meaning: Words
    experts: tuple[Expert, ...]
    #: ``pool``, ``pooled_quantiles``: How several experts were pooled (``None`` for one), and the pool.
    pool: str | None
    pooled_quantiles: Annotated[Mapping[str, float], OWN]
    prior: FittedPrior
    #: ``misfit``, ``fits``: How much probability the prior misses at most of what was said, and whether that is little
    #: enough.
    misfit: Share
    fits: bool
    prediction: Words  #: What it means.
    by: str
    why: Words
    #: Density of the prior at equal steps between ``density_ends``; empty where none is drawn.
    density: tuple[float, ...] = ()
    density_ends: Annotated[tuple[float, float] | None, OWN] = None
    beside: Words = ""  #: What was stated beside what is fitted, in the parameter's unit.
    #: What to ask of a belief that lies wholly outside the packaged one; empty where there is nothing to ask.
    doubt: Words = ""


@dataclass(frozen=True)
class PriorsElicit(Result):
    """Priors from what experts said: the file, whether they were written into it, and when they were stated.

    ``warnings``: what is possible but hardly true since they were written, as ``txsim check`` says it.
    """

    kind: ClassVar[str] = "priors elicit"

    file: str
    written: bool
    date: str
    parameters: tuple[Elicitation, ...]
    warnings: tuple[Words, ...] = ()
