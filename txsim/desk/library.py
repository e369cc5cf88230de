# SPDX-License-Identifier: MIT
"""The evidence library as plain data, with how far each claim is believed here and why some are not scored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from txsim.errors import InputError, Problem, did_you_mean
from txsim.evidence import QUANTITIES, Claim, Design, Statement, designs
from txsim.evidence.claims import ROLES
from txsim.evidence.conversions import CONVERSIONS
from txsim.pathways import REFERENCE_GROUPS, expand
from txsim.scenario import Scenario
from txsim.scenario.claim_targets import unspoken

__all__ = ["check_told", "claim_told", "claims_told"]


def claims_told(
    scenario: Scenario,
    *,
    path: str | None = None,
    design: str | None = None,
    industry: str | None = None,
    role: str | None = None,
) -> dict[str, Any]:
    """Return the claims that pass the filters, as plain data (docs/schema.md).

    Raises
    ------
    InputError
        For a filter that no claim could pass, with the nearest valid value.
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
            message = f"nothing is known as `{path}`{did_you_mean(wanted, known)}"
            raise InputError(Problem(message, file="--path", hint="write two nodes, `ex -> cx`, or a parameter"))
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
        rows.append(claim_told(scenario, claim, kinds))
    return {
        "claims": rows,
        "count": len(rows),
        "scored": sum(row["used"] for row in rows),
        "verified": sum(row["verified"] for row in rows),
        "null": sum(row["null"] for row in rows),
        "packs": list(scenario.packs),
    }


def _valid(option: str, value: str | None, known: Iterable[str]) -> None:
    if value is not None and value not in (names := list(known)):
        message = f"unknown: `{value}`{did_you_mean(value, names)}"
        raise InputError(Problem(message, file=option, hint=f"known: {', '.join(names)}"))


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


def claim_told(scenario: Scenario, claim: Claim, kinds: dict[str, Design] | None = None) -> dict[str, Any]:
    """Return one claim whole, as plain data."""
    known = designs() if kinds is None else kinds
    chosen = scenario.selection()
    scored = {each.id: each for each in (*chosen.claims, *scenario.apart())}
    design = known.get(claim.design or "")
    default = claim.credibility if claim.credibility is not None else design.credibility if design else None
    used = scored.get(claim.id)
    unstated = f"what it speaks of is computed only where `{claim.needs}` is stated" if claim.needs else ""
    reason = "" if used is not None or claim.role != "scored" else chosen.dropped.get(claim.id, unstated)
    return {
        "id": claim.id,
        "role": claim.role,
        "statement": claim.statement,
        "speaks_about": list(dict.fromkeys(s.about for s in claim.statements)) or list(claim.default_for),
        "design": claim.design,
        "cluster": claim.cluster or (claim.id if claim.role == "scored" else None),
        "credibility": used.credibility if used is not None else default,
        "credibility_default": default,
        "why": claim.why or (f"As its design. {design.why}" if design else ""),
        "used": used is not None,
        "not_used_because": reason,
        "read": claim.read,
        "verified": claim.verified,
        "source": claim.source,
        "year": claim.year,
        "sample": claim.sample,
        "population": claim.population,
        "industry": list(claim.industry),
        "default_for": list(claim.default_for),
        "replaces": list(claim.replaces),
        "on_request": claim.on_request,
        "needs": claim.needs or None,
        "null": claim.null,
        "statements": [_statement_told(s, design) for s in claim.statements],
    }


def _statement_told(statement: Statement, design: Design | None) -> dict[str, Any]:
    conversion = statement.conversion
    words = "" if conversion is None else (CONVERSIONS[conversion].__doc__ or "").strip().splitlines()[0]
    return {
        "statistic": statement.statistic,
        "about": statement.about,
        "value": statement.value,
        "unit": statement.unit,
        "se": statement.se,
        "scale": statement.transform,
        "bound": statement.bound,
        "exaggeration": statement.exaggeration
        if statement.exaggeration is not None
        else (design.exaggeration if design else None),
        "spread": statement.spread,
        "conversion": conversion,
        "conversion_in_words": words,
        "inputs": dict(statement.inputs),
        "assumptions": statement.assumptions,
    }


def check_told(scenario: Scenario) -> dict[str, Any]:
    """Return what is incomplete or doubtful about the claims of a scenario, as plain data.

    What is wrong is an error when the file is read; here are remarks on what is right but thin.
    """
    claims, remarks = scenario.claims(), []
    network = expand(scenario.full_graph(), REFERENCE_GROUPS)
    names = [*scenario.edge_priors]
    for claim in claims.values():
        missing = [field for field in ("source", "year", "sample", "population") if not getattr(claim, field)]
        if missing and claim.role == "scored":
            remarks.append({"id": claim.id, "remark": f"not known: {', '.join(missing)}"})
        if claim.read == "none" and claim.role == "scored":
            remarks.append({"id": claim.id, "remark": "the number was not found at its source"})
        for statement in claim.statements:
            if statement.conversion is not None and not statement.assumptions:
                remarks.append({"id": claim.id, "remark": f"the conversion to {statement.about} names no assumption"})
            if statement.statistic in ("effect", "slope", "correlation"):
                message, _ = unspoken(statement.statistic, statement.about, network, names)
                if message:
                    remarks.append({"id": claim.id, "remark": str(message)})
            elif statement.statistic == "quantity" and statement.about not in QUANTITIES:
                remarks.append({"id": claim.id, "remark": f"unknown quantity {statement.about}"})
    chosen = scenario.selection()
    return {
        "claims": len(claims),
        "scored": len(chosen.claims),
        "verified": sum(claims[claim.id].verified for claim in chosen.claims),
        "clusters": len({claim.cluster for claim in chosen.claims}),
        "conversions": sum(s.conversion is not None for claim in claims.values() for s in claim.statements),
        "own": [*scenario.evidence.add],
        "replaced": [*scenario.evidence.replace],
        "not_used": dict(chosen.dropped),
        "remarks": remarks,
    }
