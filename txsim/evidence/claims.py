# SPDX-License-Identifier: MIT
"""Claims: what sources say, and which of them condition the parameters of a calibration (docs/model.md, section 8)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from txsim.errors import InputError, did_you_mean
from txsim.evidence.designs import designs
from txsim.packaged import load_packaged

__all__ = ["Claim", "ScoredClaim", "ScoredStatement", "Settings", "Statement", "library", "select"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One number that a source states about one quantity.

    Attributes
    ----------
    statistic, about
        What it speaks of: ``effect``, ``slope`` or ``correlation`` on ``"a -> b"``, a ``parameter``, a ``ratio``
        ``"a / b"`` of two, or a named ``quantity``.
    value, se
        The number in the model's unit, and its standard error on the scale of ``transform``.
    transform
        ``log``, ``atanh`` or ``logit``.
    bound
        ``at_most``, ``at_least`` or ``None``.
    spread, exaggeration
        Own values in place of the design's.
    conversion, inputs, assumptions
        Function of :mod:`txsim.evidence.conversions`, what the source prints, and what was assumed.
    """

    statistic: str
    about: str
    value: float
    se: float
    transform: str
    bound: str | None = None
    spread: float | None = None
    exaggeration: float | None = None
    conversion: str | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    assumptions: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """One entry of the library: who says what, how it was found, and how far it was checked."""

    id: str
    role: str
    statement: str
    read: str
    statements: tuple[Statement, ...] = ()
    design: str | None = None
    credibility: float | None = None
    cluster: str | None = None
    source: str = ""
    year: int | None = None
    sample: str = ""
    population: str = ""
    replaces: tuple[str, ...] = ()
    default_for: tuple[str, ...] = ()
    on_request: bool = False

    @property
    def verified(self) -> bool:
        """Whether the number was read in the source itself."""
        return self.read == "yes"


@dataclass(frozen=True, slots=True)
class ScoredStatement:
    """A statement with everything that its likelihood needs, on natural and transformed scale."""

    statistic: str
    about: str
    transform: str
    value: float
    se: float
    spread: float
    exaggeration: float
    bound: str | None

    @property
    def sd(self) -> float:
        """Standard deviation on the transformed scale: standard error and the design's spread."""
        return math.hypot(self.se, self.spread)


@dataclass(frozen=True, slots=True)
class ScoredClaim:
    """A claim as it is scored."""

    id: str
    cluster: str
    credibility: float
    design: str
    statements: tuple[ScoredStatement, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a scenario says about evidence; see the scenario's ``evidence`` section."""

    use: str | tuple[str, ...] = "all"
    drop: tuple[str, ...] = ()
    face_value: tuple[str, ...] = ()
    credibility: Mapping[str, float] = field(default_factory=dict)


def library() -> dict[str, Claim]:
    """Return every claim of the packaged library by id."""
    found = {}
    for name, entry in load_packaged("txsim.evidence", "library.yaml").items():
        told = dict(entry)
        told["statements"] = tuple(Statement(**statement) for statement in told.get("statements", ()))
        for key in ("replaces", "default_for"):
            told[key] = tuple(told.get(key, ()))
        found[name] = Claim(id=name, **told)
    return found


def _known(name: str, names: Mapping[str, object]) -> None:
    if name not in names:
        message = f"unknown claim or design `{name}`{did_you_mean(name, names)}"
        raise InputError(message)


def select(settings: Settings) -> tuple[ScoredClaim, ...]:
    """Return the claims that are scored under these settings.

    Raises
    ------
    InputError
        For an unknown id or design, a credibility outside 0 … 1 or credibilities that differ within a cluster.
    """
    claims = {name: claim for name, claim in library().items() if claim.role == "scored"}
    kinds = designs()
    for name in (*(settings.use if isinstance(settings.use, tuple) else ()), *settings.drop, *settings.face_value):
        _known(name, claims)
    for name, value in settings.credibility.items():
        _known(name, {**claims, **kinds})
        if not 0 <= value <= 1:
            message = f"the credibility of `{name}` is {value:g}; it is a probability, 0 … 1"
            raise InputError(message)
    if settings.use == "none":
        return ()
    if isinstance(settings.use, tuple):
        chosen = set(settings.use)
    else:
        chosen = {name for name, claim in claims.items() if not claim.on_request or name in settings.face_value}
    chosen -= set(settings.drop)
    for name in tuple(chosen):
        chosen -= set(claims[name].replaces)
    found = []
    for name, claim in claims.items():
        if name not in chosen or claim.design is None:
            continue
        design = kinds[claim.design]
        credibility = claim.credibility if claim.credibility is not None else design.credibility
        credibility = settings.credibility.get(claim.design, credibility)
        credibility = settings.credibility.get(name, credibility)
        at_face = name in settings.face_value
        statements = []
        for statement in claim.statements:
            usual = design.spread
            if statement.transform == "atanh" and design.spread_atanh is not None:
                usual = design.spread_atanh
            exaggeration = design.exaggeration if statement.exaggeration is None else statement.exaggeration
            spread = usual if statement.spread is None else statement.spread
            statements.append(
                ScoredStatement(
                    statement.statistic,
                    statement.about,
                    statement.transform,
                    statement.value,
                    statement.se,
                    0.0 if at_face else spread,
                    1.0 if at_face else exaggeration,
                    statement.bound,
                )
            )
        found.append(
            ScoredClaim(name, claim.cluster or name, 1.0 if at_face else credibility, claim.design, tuple(statements))
        )
    by_cluster: dict[str, ScoredClaim] = {}
    for scored in found:
        first = by_cluster.setdefault(scored.cluster, scored)
        if first.credibility != scored.credibility:
            message = (
                f"the claims `{first.id}` and `{scored.id}` are of one cluster, `{scored.cluster}`, and are sound or "
                f"unsound together; their credibilities are {first.credibility:g} and {scored.credibility:g}"
            )
            raise InputError(message)
    return tuple(found)
