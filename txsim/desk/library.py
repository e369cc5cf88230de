# SPDX-License-Identifier: MIT
"""The evidence library, with how far each claim is believed here and why some are not scored."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from txsim.errors import InputError, Problem, did_you_mean
from txsim.evidence import QUANTITIES, Claim, Design, Statement, designs
from txsim.evidence.claim_types import ROLES, SIGNED
from txsim.evidence.claims import library
from txsim.evidence.conversions import conversion_words
from txsim.evidence.selection import default_credibility
from txsim.evidence.study_values import converted
from txsim.language import N_, Words, joined, lazy
from txsim.pathways import REFERENCE_GROUPS, expand
from txsim.priors.distributions import Z95
from txsim.results.evidence import Claim as Shown
from txsim.results.evidence import EvidenceCheck, EvidenceList, EvidenceShow, Remark
from txsim.results.evidence import Statement as Number
from txsim.scenario import Scenario
from txsim.scenario.claim_targets import unspoken

#: What is known of a claim beside its numbers.
_FIELDS = {"source": N_("source"), "year": N_("year"), "sample": N_("sample"), "population": N_("population")}


def claim_list(
    scenario: Scenario,
    *,
    path: str | None = None,
    design: str | None = None,
    industry: str | None = None,
    role: str | None = None,
) -> EvidenceList:
    """Return the claims that pass the filters.

    Raises :class:`InputError` for a filter that no claim could pass, with the nearest valid value.
    """
    claims = scenario.claims()
    kinds = designs()
    _valid("--design", design, kinds)
    _valid("--role", role, ROLES)
    _valid("--industry", industry, sorted({name for claim in claims.values() for name in claim.industry}))
    edges = {edge.slope: edge.name for edge in scenario.full_graph().edges}
    wanted = None if path is None else _path(path)
    if wanted is not None:
        known = {*edges.values(), *scenario.edge_priors, *_abouts(claims.values())}
        known |= {part.strip() for about in known for part in about.split("/")}
        if wanted not in known and not _there(scenario, wanted):
            message = lazy(
                "nothing is known as `{path}`{suggestion}", path=path, suggestion=did_you_mean(wanted, known)
            )
            raise InputError(Problem(message, file="--path", hint=lazy("write two nodes, `ex -> cx`, or a parameter")))
    rows = []
    for claim in claims.values():
        if design is not None and claim.design != design:
            continue
        if role is not None and claim.role != role:
            continue
        if industry is not None and industry not in claim.industry:
            continue
        if wanted is not None and not _speaks(claim, wanted, edges):
            continue
        rows.append(claim_of(scenario, claim))
    scored, verified = sum(row.used for row in rows), sum(row.verified for row in rows)
    null = sum(row.null for row in rows)
    return EvidenceList(tuple(rows), len(rows), scored, verified, tuple(scenario.packs), null)


def _valid(option: str, value: str | None, known: Iterable[str]) -> None:
    if value is not None and value not in (names := list(known)):
        message = lazy("unknown: `{value}`{suggestion}", value=value, suggestion=did_you_mean(value, names))
        raise InputError(Problem(message, file=option, hint=lazy("known: {names}", names=", ".join(names))))


def _path(text: str) -> str:
    ends = [part.strip() for part in text.replace("→", "->").split("->")]
    return " -> ".join(ends)


def _abouts(claims: Iterable[Claim]) -> set[str]:
    return {statement.about for claim in claims for statement in claim.statements}


def _there(scenario: Scenario, path: str) -> bool:
    network = expand(scenario.full_graph(), REFERENCE_GROUPS)
    return "->" in path and not unspoken("effect", path, network, [])[0]


def _speaks(claim: Claim, path: str, edges: dict[str, str]) -> bool:
    for statement in claim.statements:
        parts = [part.strip() for part in statement.about.split("/")]
        if path in (statement.about, *parts, *(edges.get(part, "") for part in parts)):
            return True
        if edges.get(path) == statement.about:
            return True
    return path in claim.default_for


def statement_of(claim: Claim) -> Words:
    """Return what a claim says; one of the library can be read in another language, a user's own stays as written."""
    return _packaged(claim, "statement")


def _packaged(claim: Claim, name: str) -> Words:
    text: str = getattr(claim, name)
    own = library().get(claim.id)
    return lazy(text) if text and own is not None and getattr(own, name) == text else text


def claim_of(scenario: Scenario, claim: Claim) -> Shown:
    """Return one claim whole, and how far it is believed here."""
    return Shown(**_fields(scenario, claim))


def claim_show(scenario: Scenario, name: str) -> EvidenceShow:
    """Return the claim of a name whole.

    Raises :class:`InputError` for an unknown claim, with the nearest valid name.
    """
    claims = scenario.claims()
    if name not in claims:
        message = lazy("unknown claim `{name}`{suggestion}", name=name[:60], suggestion=did_you_mean(name, claims))
        raise InputError(Problem(message, file="CLAIM", hint=lazy("`txsim evidence list` shows all")))
    return EvidenceShow(**_fields(scenario, claims[name]))


def _fields(scenario: Scenario, claim: Claim) -> dict[str, Any]:
    chosen = scenario.selection()
    design = designs().get(claim.design or "")
    default = default_credibility(claim, design) if design else claim.credibility
    used = next((each for each in (*chosen.claims, *scenario.apart()) if each.id == claim.id), None)
    reason: Words = ""
    if used is None and claim.role == "scored":
        unstated = lazy("what it speaks of is computed only where `{key}` is stated", key=claim.needs)
        reason = chosen.dropped.get(claim.id, unstated if claim.needs else "")
    why: Words = _packaged(claim, "why")
    if not claim.why and design:
        why = lazy("As its design. {why}", why=lazy(design.why))
    return {
        "id": claim.id,
        "role": claim.role,
        "statement": statement_of(claim),
        "speaks_about": tuple(dict.fromkeys(s.about for s in claim.statements)) or tuple(claim.default_for),
        "design": claim.design,
        "cluster": claim.cluster or (claim.id if claim.role == "scored" else None),
        "credibility": used.credibility if used is not None else default,
        "credibility_default": default,
        "why": why,
        "used": used is not None,
        "not_used_because": reason,
        "read": claim.read,
        "verified": claim.verified,
        "source": claim.source,
        "year": claim.year,
        "sample": claim.sample,
        "population": claim.population,
        "industry": tuple(claim.industry),
        "default_for": tuple(claim.default_for),
        "replaces": tuple(claim.replaces),
        "on_request": claim.on_request,
        "needs": claim.needs or None,
        "null": claim.null,
        "where": claim.where,
        "statements": tuple(_statement(s, design, packaged=claim.id in library()) for s in claim.statements),
    }


def _statement(statement: Statement, design: Design | None, *, packaged: bool) -> Number:
    conversion, exaggeration = statement.conversion, statement.exaggeration
    words: Words = ""
    if conversion is not None:
        words = lazy(conversion_words(conversion))
    return Number(
        statement.statistic,
        statement.about,
        float(statement.value),
        lazy(statement.unit) if packaged and statement.unit else statement.unit,
        float(statement.se),
        statement.transform,
        statement.bound,
        exaggeration if exaggeration is not None else design.exaggeration if design else None,
        statement.spread,
        conversion,
        words,
        dict(statement.inputs),
        statement.assumptions,
        dict(statement.reported),
        converted(statement.statistic, statement.about, statement.reported).steps if statement.reported else (),
    )


def evidence_check(scenario: Scenario, name: str = "") -> EvidenceCheck:
    """Return what is incomplete or doubtful about the claims of a scenario.

    What is wrong is an error when the file is read; here are remarks on what is right but thin.

    ``name``: the file that was checked; empty for the packaged library.
    """
    claims = scenario.claims()
    chosen = scenario.selection()
    return EvidenceCheck(
        name,
        len(claims),
        len(chosen.claims),
        sum(claims[claim.id].verified for claim in chosen.claims),
        len({claim.cluster for claim in chosen.claims}),
        sum(s.conversion is not None or bool(s.reported) for claim in claims.values() for s in claim.statements),
        tuple(scenario.evidence.add),
        tuple(scenario.evidence.replace),
        dict(chosen.dropped),
        tuple(_remarks(scenario, claims)),
    )


def _remarks(scenario: Scenario, claims: Mapping[str, Claim]) -> Iterator[Remark]:
    network = expand(scenario.full_graph(), REFERENCE_GROUPS)
    names = [*scenario.edge_priors]
    for claim in claims.values():
        missing = [field for field in _FIELDS if not getattr(claim, field)]
        if missing and claim.role == "scored":
            yield Remark(
                claim.id, lazy("not known: {missing}", missing=joined(", ", (lazy(_FIELDS[m]) for m in missing)))
            )
        if claim.read == "none" and claim.role == "scored":
            yield Remark(claim.id, lazy("the number was not found at its source"))
        typed = [*scenario.evidence.add.get(claim.id, {}).get("statements", ()), *({} for _ in claim.statements)]
        for statement, raw in zip(claim.statements, typed, strict=False):
            about = statement.about
            if raw and statement.statistic in SIGNED and statement.bound is None and not (
                statement.reported or statement.conversion or "transform" in raw
            ):  # fmt: skip
                factor, reach = math.exp(Z95 * statement.se), Z95 * statement.se
                yield Remark(claim.id, lazy(
                    "{about}: the standard error is taken as that of the logarithm, {low:.3g} … {high:.3g} in 90 %; "
                    "if it is that of the figure itself, {least:.3g} … {most:.3g}, write `transform: natural`",
                    about=about, low=statement.value / factor, high=statement.value * factor,
                    least=statement.value - reach, most=statement.value + reach))  # fmt: skip
            if statement.conversion is not None and not statement.assumptions:
                yield Remark(claim.id, lazy("the conversion to {about} names no assumption", about=about))
            if statement.statistic in ("effect", "slope", "correlation"):
                message, _hint = unspoken(statement.statistic, about, network, names)
                if message:
                    yield Remark(claim.id, message)
            elif statement.statistic == "quantity" and about not in QUANTITIES:
                yield Remark(claim.id, lazy("unknown quantity {about}", about=about))
