# SPDX-License-Identifier: MIT
"""What ``txsim evidence list``, ``show`` and ``check`` answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from txsim.language import Words
from txsim.results.codec import Result
from txsim.results.quantities import OWN, RATIO, Count, Share


@dataclass(frozen=True)
class Statement:
    """One number that a source states."""

    #: ``statistic``, ``about``: What it speaks of.
    statistic: str
    about: str
    #: ``value``, ``unit``: The number in the model's unit.
    value: Annotated[float, OWN]
    unit: Words
    #: ``se``, ``scale``: Standard error on the scale on which it is scored.
    se: float
    scale: str
    bound: str | None  #: ``at_most``, ``at_least`` or ``None``.
    #: ``exaggeration``, ``spread``: How many times what is true such studies say, and the spread between them, on
    #: ``scale``; ``None``: the design's.
    exaggeration: Annotated[float | None, RATIO]
    spread: float | None
    #: ``conversion``, ``conversion_in_words``, ``inputs``, ``assumptions``: How it was made of what the source prints.
    conversion: str | None
    conversion_in_words: Words
    inputs: Mapping[str, Any]
    assumptions: str
    #: ``reported``, ``steps``: A study's own figures, and each conversion of them with its formula and source.
    reported: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[Words, ...] = ()


@dataclass(frozen=True)
class Claim:
    """One claim whole, and how far it is believed here."""

    id: str
    role: str  #: ``scored``, ``default`` or ``context``.
    #: ``statement``, ``speaks_about``: What is claimed, and about what.
    statement: Words
    speaks_about: tuple[str, ...]
    #: ``design``, ``cluster``: Kind of study, and with which claims it is sound or not together.
    design: str | None
    cluster: str | None
    #: ``credibility``, ``credibility_default``, ``why``: Probability of being sound here, that of the library, and the
    #: reason.
    credibility: Share | None
    credibility_default: Share | None
    why: Words
    #: ``used``, ``not_used_because``: Whether it is scored here, and why not.
    used: bool
    not_used_because: Words
    #: ``read``, ``verified``: How far the number was looked up.
    read: str
    verified: bool
    #: ``source``, ``year``, ``sample``, ``population``, ``industry``: Citation.
    source: str
    year: int | None
    sample: str
    population: str
    industry: tuple[str, ...]
    #: ``default_for``, ``replaces``, ``on_request``: Priors it is the basis of; claims whose place it takes; whether it
    #: is used only where it is named.
    default_for: tuple[str, ...]
    replaces: tuple[str, ...]
    on_request: bool
    #: ``needs``, ``null``: Key of a scenario without which nothing is computed with what it speaks of; whether it
    #: reports no effect.
    needs: str | None
    null: bool
    where: str  #: ``own_firm``, ``elsewhere``, or empty where it is not said.
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class EvidenceShow(Claim, Result):
    """One claim whole."""

    kind: ClassVar[str] = "evidence show"


@dataclass(frozen=True)
class EvidenceList(Result):
    """Claims that pass filters: how many, how many of them are scored here, how many were read in their source.

    ``null`` counts those that report no effect of something.
    """

    kind: ClassVar[str] = "evidence list"

    claims: tuple[Claim, ...]
    count: Count
    scored: Count
    verified: Count
    packs: tuple[str, ...]
    null: Count


@dataclass(frozen=True)
class Remark:
    """What is right but thin about a claim."""

    id: str
    remark: Words


@dataclass(frozen=True)
class EvidenceCheck(Result):
    """What is incomplete or doubtful about the evidence."""

    kind: ClassVar[str] = "evidence check"

    name: str  #: The file; empty for the packaged library.
    #: ``claims``, ``scored``, ``verified``, ``clusters``, ``conversions``: Counts.
    claims: Count
    scored: Count
    verified: Count
    clusters: Count
    conversions: Count
    #: ``own``, ``replaced``: Ids that the file adds and replaces.
    own: tuple[str, ...]
    replaced: tuple[str, ...]
    not_used: Mapping[str, Words]  #: Why a claim is not scored, by id.
    remarks: tuple[Remark, ...]
