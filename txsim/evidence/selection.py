# SPDX-License-Identifier: MIT
"""Which claims condition the parameters of a calibration, and how they are weighed (docs/model.md, section 8.2).

The credibility of a claim is, in this order: 1 at face value; what the scenario says of this claim; what it says of the
claim's design, which moves every claim of that design; the claim's own; the design's.

An effect, slope or parameter reported in its own unit is read once and for all: on the natural scale where
``|y| < 2 se`` or ``y <= 0``, so that it may be nothing or of either sign, else on the log scale with ``se / y``.

The spread of a correlation is the design's ``spread_atanh``; a design without one has a log sd only, and lends
:data:`ATANH_PER_LOG` of it, which is what a log sd amounts to near a correlation of 0.2 and what the cross-section has.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from txsim.errors import InputError, Problem, did_you_mean
from txsim.evidence.claim_types import Claim, Design, Statement, designs
from txsim.evidence.claims import library
from txsim.language import Words, lazy

#: Spread on the atanh scale for a log sd of one: the derivative of atanh r by ln r near r = 0.2.
ATANH_PER_LOG = 0.2

#: Standard error of a bound at face value: a wall without any slope cannot be sampled.
FACE_VALUE_BOUND_SE = 0.05


@dataclass(frozen=True, slots=True)
class ScoredStatement:
    """A statement with everything that its likelihood needs."""

    #: ``statistic``, ``about``, ``transform``, ``bound``: As in :class:`txsim.evidence.claims.Statement`.
    statistic: str
    about: str
    transform: str
    value: float  #: On the natural scale.
    #: ``se``, ``spread``: Standard error and spread of the design, on the transformed scale.
    se: float
    spread: float
    exaggeration: float  #: Factor by which such a study overstates.
    bound: str | None

    @property
    def sd(self) -> float:
        """Standard deviation on the transformed scale: standard error and the design's spread.

        On the natural scale it is that of a study whose effect is what this one says.
        """
        return math.hypot(self.se, self.spread * (self.value if self.transform == "natural" else 1.0))


@dataclass(frozen=True, slots=True)
class ScoredClaim:
    """A claim as it is scored: ``credibility`` is the prior probability that its cluster is sound."""

    id: str
    cluster: str
    credibility: float
    design: str
    statements: tuple[ScoredStatement, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a scenario says about evidence."""

    use: str | tuple[str, ...] = "all"  #: ``all``, ``none`` or the ids that are used.
    drop: tuple[str, ...] = ()  #: Ids left out.
    face_value: tuple[str, ...] = ()  #: Ids taken as they stand: credibility 1, exaggeration 1, spread 0.
    credibility: Mapping[str, float] = field(default_factory=dict)  #: Probability of being sound, by id or design.

    def believed(self, design: Design) -> float:
        """Return how probably a claim of a design is sound, if nothing is said of the claim itself."""
        return self.credibility.get(design.name, design.credibility)


@dataclass(frozen=True, slots=True)
class Selection:
    """What is scored, and why the rest is not."""

    claims: tuple[ScoredClaim, ...]  #: In the order of the library.
    dropped: Mapping[str, Words]  #: Reason by id, a clause for people.
    #: Those that speak of what only some scenarios compute; each conditions its parameter there, and nothing else.
    apart: tuple[ScoredClaim, ...] = ()


def select(settings: Settings, already_uses: Iterable[str] = ()) -> tuple[ScoredClaim, ...]:
    """Return the claims that are scored under these settings; see :func:`selection`.

    >>> select(Settings(use="none"))
    ()
    """
    return selection(settings, already_uses).claims


def selection(
    settings: Settings,
    already_uses: Iterable[str] = (),
    claims: Mapping[str, Claim] | None = None,
    kinds: Mapping[str, Design] | None = None,
) -> Selection:
    """Return the claims that are scored under these settings, and why the others are not.

    ``already_uses``: ids of claims that a prior has in it already; scoring them again would count them twice.
    ``claims``: claims by id; by default the packaged library. ``kinds``: designs by name; by default the packaged ones.
    Raises InputError with all of: an unknown id or design (and the nearest valid one), a claim that is never scored, a
    credibility outside 0 … 1, credibilities that differ within a cluster.
    """
    claims = library() if claims is None else claims
    kinds = designs() if kinds is None else kinds
    scored = {name: claim for name, claim in claims.items() if claim.role == "scored"}
    used_before = tuple(already_uses)
    problems = [*_unknown(settings, used_before, claims), *_impossible(settings, scored, kinds)]
    if problems:
        raise InputError(problems)
    dropped = _dropped(settings, used_before, scored)
    scored_claims = tuple(
        _scored(claim, settings, kinds[claim.design])
        for name, claim in scored.items()
        if name not in dropped and claim.design is not None
    )
    problems = _disagreeing(scored_claims)
    if problems:
        raise InputError(problems)
    apart = {claim.id for claim in claims.values() if claim.needs}
    return Selection(
        tuple(claim for claim in scored_claims if claim.id not in apart),
        dropped,
        tuple(claim for claim in scored_claims if claim.id in apart),
    )


def _unknown(settings: Settings, used_before: tuple[str, ...], claims: Mapping[str, Claim]) -> list[Problem]:
    named = {"use": settings.use if isinstance(settings.use, tuple) else ()}
    named |= {"drop": settings.drop, "face_value": settings.face_value, "already_uses": used_before}
    scored = [name for name, claim in claims.items() if claim.role == "scored"]
    problems = []
    if not isinstance(settings.use, tuple) and settings.use not in ("all", "none"):
        message = lazy("expected all, none or a list of claims, found `{use}`", use=settings.use)
        problems.append(Problem(message, path="evidence.use"))
    for key, names in named.items():
        for i, name in enumerate(names):
            path = f"evidence.{key}[{i}]"
            if name not in claims:
                problems.append(
                    Problem(
                        lazy("unknown claim `{name}`{suggestion}", name=name, suggestion=did_you_mean(name, scored)),
                        path=path,
                    )
                )
            elif claims[name].role != "scored":
                message = lazy("`{name}` is never scored, for its role is {role}", name=name, role=claims[name].role)
                problems.append(Problem(message, path=path))
    return problems


def _impossible(settings: Settings, scored: Mapping[str, Claim], kinds: Mapping[str, Design]) -> list[Problem]:
    problems = []
    for name, value in settings.credibility.items():
        path = f"evidence.credibility.{name}"
        if name not in scored and name not in kinds:
            message = lazy(
                "unknown claim or design `{name}`{suggestion}",
                name=name,
                suggestion=did_you_mean(name, [*scored, *kinds]),
            )
            problems.append(Problem(message, path=path))
        if not 0 <= value <= 1:
            message = lazy(
                "the credibility of `{name}` is {value:g}; it is a probability, 0 … 1", name=name, value=value
            )
            problems.append(Problem(message, path=path))
    return problems


def _dropped(settings: Settings, used_before: tuple[str, ...], scored: Mapping[str, Claim]) -> dict[str, Words]:
    """Return why claims are not scored, by id."""
    named = set(settings.use if isinstance(settings.use, tuple) else ()) | set(settings.face_value)
    named |= {name for name, value in settings.credibility.items() if value > 0}
    dropped: dict[str, Words] = {}
    for name, claim in scored.items():
        if settings.use == "none":
            dropped[name] = lazy("no claims are used")
        elif isinstance(settings.use, tuple) and name not in settings.use:
            dropped[name] = lazy("it is not among those used")
        elif name in settings.drop:
            dropped[name] = lazy("the scenario drops it")
        elif name in used_before:
            dropped[name] = lazy("a prior already uses it")
        elif claim.on_request and name not in named:
            instead = lazy(
                "it would take the place of {replaces} and is used only where it is named",
                replaces=", ".join(claim.replaces),
            )
            dropped[name] = instead if claim.replaces else lazy("it is used only where it is named")
    for name, claim in scored.items():
        if name not in dropped:
            for other in claim.replaces:
                dropped.setdefault(other, lazy("{name} takes its place", name=name))
    return {name: dropped[name] for name in scored if name in dropped}


def default_credibility(claim: Claim, design: Design) -> float:
    """Return how probably a claim is sound where no scenario says otherwise: its own credibility, else its design's."""
    return design.credibility if claim.credibility is None else claim.credibility


def _scored(claim: Claim, settings: Settings, design: Design) -> ScoredClaim:
    at_face = claim.id in settings.face_value
    credibility = settings.credibility.get(design.name, default_credibility(claim, design))
    credibility = 1.0 if at_face else settings.credibility.get(claim.id, credibility)
    statements = tuple(_statement(statement, design, at_face) for statement in claim.statements)
    return ScoredClaim(claim.id, claim.cluster or claim.id, float(credibility), design.name, statements)


def _statement(statement: Statement, design: Design, at_face: bool) -> ScoredStatement:
    se, transform = statement.se, statement.transform
    if transform == "natural" and statement.value > 0 and statement.value >= 2.0 * se:
        transform, se = "log", se / statement.value
    if at_face:
        exaggeration, spread = 1.0, 0.0
        if statement.bound is not None:
            se = max(se, FACE_VALUE_BOUND_SE)
    else:
        exaggeration = design.exaggeration if statement.exaggeration is None else statement.exaggeration
        spread = _spread(transform, design) if statement.spread is None else statement.spread
    return ScoredStatement(
        statistic=statement.statistic,
        about=statement.about,
        transform=transform,
        value=float(statement.value),
        se=float(se),
        spread=float(spread),
        exaggeration=float(exaggeration),
        bound=statement.bound,
    )


def _spread(transform: str, design: Design) -> float:
    if transform != "atanh":
        return design.spread
    return design.spread * ATANH_PER_LOG if design.spread_atanh is None else design.spread_atanh


def _disagreeing(scored_claims: Iterable[ScoredClaim]) -> list[Problem]:
    """Return what is wrong with clusters: their claims are sound or unsound together."""
    clusters: dict[str, list[ScoredClaim]] = {}
    for claim in scored_claims:
        clusters.setdefault(claim.cluster, []).append(claim)
    problems = []
    for name, members in clusters.items():
        if len({claim.credibility for claim in members}) > 1:
            credibilities = ", ".join(f"{claim.id} {claim.credibility:g}" for claim in members)
            message = lazy(
                "claims of one cluster, `{name}`, are sound or not together; their credibilities differ: {words}",
                name=name,
                words=credibilities,
            )
            problems.append(Problem(message, path="evidence", hint=lazy("give all of them the same, or drop some")))
    return problems
