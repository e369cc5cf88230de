# SPDX-License-Identifier: MIT
"""The evidence: claims listed, one whole, and whether they are complete."""

from __future__ import annotations

from typing import Any

from txsim.language import _, plural
from txsim.priors.sentences import implication
from txsim.report.document import Block, Fact, Facts, Level, Paragraph, Section, Table, Text, say
from txsim.report.figures import Figures
from txsim.report.reading import Result
from txsim.report.sections.parameters import READ
from txsim.report.words import figure, statistic_name
from txsim.results.evidence import Claim, EvidenceCheck, EvidenceList, EvidenceShow, Statement
from txsim.scenario.claim_targets import unit_and_meaning

_FIGURES = Figures("")


def listed(result: Result, level: Level) -> Section:
    """Return the claims that pass the filters."""
    answer: EvidenceList = result.answer
    if not answer.claims:
        return Section("claims", _("Claims"), (Paragraph(_("No claim passes these filters.")),))
    text = _(
        "{count}, {scored} of them scored, {verified} read in the source, {null} that report no effect. "
        "`txsim evidence show ID` shows one whole."
    )
    count = plural("{n} claim", "{n} claims", answer.count)
    scored, verified = _FIGURES.plain(answer.scored), _FIGURES.plain(answer.verified)
    last = Paragraph(say(text, count=count, scored=scored, verified=verified, null=_FIGURES.plain(answer.null)))
    if level == "brief":
        return Section("claims", "", (Facts(tuple((claim.id, _in_a_line(claim)) for claim in answer.claims)), last))
    rows = tuple(
        (
            claim.id,
            str(claim.statement),
            ", ".join(claim.speaks_about),
            _design(claim),
            _FIGURES.share(claim.credibility),
            _(READ[claim.read]),
            claim.source,
        )
        for claim in answer.claims
    )
    head = (_("claim"), _("what it says"), _("about"), _("kind of study"), _("credible"), _("number"), _("source"))
    return Section("claims", _("Claims"), (last, Table("", head, rows, frozenset({0, 1, 2, 3, 5, 6}))))


def _design(claim: Claim) -> str:
    return _((claim.design or claim.role).replace("_", " "))


def _in_a_line(claim: Claim) -> Text:
    about = ", ".join(claim.speaks_about) or _("shown only")
    weight: Text = claim.role
    if claim.credibility is not None:
        weight = say(_("{share} credible"), share=_FIGURES.share(claim.credibility))
    state = ""
    if not claim.used and claim.role == "scored":
        state = " · " + _("not scored: {reason}").format(reason=claim.not_used_because)
    said = "{weight} · {design} · {about}{state} · {statement} [{read}]"
    return say(
        said,
        weight=weight,
        design=claim.design or claim.role,
        about=about,
        state=state,
        statement=str(claim.statement),
        read=_(READ[claim.read]),
    )


# --- one claim


def shown(result: Result, level: Level) -> Section:
    """Return one claim whole."""
    claim: EvidenceShow = result.answer
    lead = Paragraph(f"{claim.id} · {claim.role}")
    facts = [fact for statement in claim.statements for fact in _statement(statement)]
    facts += [*_believed(claim), *_citation(claim)]
    return Section("claim", claim.id, (lead, Paragraph(str(claim.statement), lead=True), Facts(tuple(facts))))


def _as_typed(value: Any) -> str:
    """Return a figure as a study prints it: 84 for 84.0, and both ends of an interval."""
    if isinstance(value, float):
        return f"{value:.15g}"
    return " … ".join(map(_as_typed, value)) if isinstance(value, list | tuple) else str(value)


def _statement(statement: Statement) -> list[Fact]:
    bounds = {"at_most": _("at most {value}"), "at_least": _("at least {value}")}
    value = _FIGURES.show(statement.value, figure)
    said = say(bounds.get(statement.bound or "", "{value}"), value=value)
    unit = f" {statement.unit}" if statement.unit else ""
    error: Text = ""
    if statement.se:
        text = _(", standard error {se} on the {scale} scale")
        error = say(text, se=_FIGURES.show(statement.se, figure), scale=statement.scale)
    what = statistic_name(statement.statistic, statement.about)
    whole = say("{what}: {said}{unit}{error}", what=what, said=said, unit=unit, error=error)
    facts: list[Fact] = [(_("Says"), whole)]
    unit_of_it, meaning = unit_and_meaning(statement.statistic, statement.about)
    if statement.reported and unit_of_it:
        facts.append((_("Means"), str(implication(unit_of_it, meaning, statement.value))))
    if statement.exaggeration not in (None, 1.0):
        text = _("such studies say {times} times what is true")
        facts.append((_("Exaggerated"), say(text, times=_FIGURES.show(statement.exaggeration, figure))))
    if statement.conversion:
        inputs = ", ".join(f"{key} {value}" for key, value in statement.inputs.items())
        facts.append((_("Converted"), f"{statement.conversion}({inputs}): {statement.conversion_in_words}"))
    if statement.reported:
        printed = ", ".join(f"{key} {_as_typed(value)}" for key, value in statement.reported.items())
        facts.append((_("Reported"), printed))
        facts += [(_("Converted"), str(step)) for step in statement.steps]
    if statement.assumptions:
        facts.append((_("Assuming"), statement.assumptions))
    return facts


def _believed(claim: Claim) -> list[Fact]:
    facts: list[Fact] = [(_("Design"), _design(claim))] if claim.design else []
    if claim.credibility is not None:
        text = (
            "{share}. {why}"
            if claim.credibility == claim.credibility_default
            else _("{share} here, {default} by default. {why}")
        )
        share, default = _FIGURES.share(claim.credibility), _FIGURES.share(claim.credibility_default)
        facts.append((_("Credible"), say(text, share=share, default=default, why=str(claim.why))))
    if claim.cluster and claim.cluster != claim.id:
        text = _("{cluster}: sound or not together with the others of it")
        facts.append((_("Cluster"), text.format(cluster=claim.cluster)))
    if claim.role == "scored" and not claim.used:
        facts.append((_("Not scored"), str(claim.not_used_because)))
    if claim.where:
        here = {"own_firm": _("your own firm"), "elsewhere": _("elsewhere")}
        facts.append((_("Studied"), here[claim.where]))
    if claim.null:
        text = _("an effect that it does not tell from none: no proof of none, and as worth knowing")
        facts.append((_("Reports"), text))
    if claim.default_for:
        facts.append((_("Basis of"), ", ".join(claim.default_for)))
    return facts


def _citation(claim: Claim) -> list[Fact]:
    unknown = _("not known")
    year = f" ({int(claim.year)})" if claim.year and str(int(claim.year)) not in claim.source else ""
    facts: list[Fact] = [(_("Source"), f"{claim.source or unknown}{year}")]
    facts += [(_("Sample"), claim.sample or unknown), (_("Population"), claim.population or unknown)]
    if claim.industry:
        facts.append((_("Industry"), ", ".join(claim.industry)))
    return [*facts, (_("Number"), _(READ[claim.read]))]


# --- a check


def checked(result: Result, level: Level) -> Section:
    """Return what a check of the evidence says."""
    answer: EvidenceCheck = result.answer
    name = answer.name or _("the library")
    text = _(
        "{name}: valid. {claims}, {scored} scored in {clusters} clusters, {verified} of these read in the source; "
        "{conversions} conversions computed again."
    )
    plain = _FIGURES.plain
    said = say(
        text,
        name=name,
        claims=plural("{n} claim", "{n} claims", answer.claims),
        scored=plain(answer.scored),
        clusters=plain(answer.clusters),
        verified=plain(answer.verified),
        conversions=plain(answer.conversions),
    )
    facts: list[Fact] = [(_("Added"), ", ".join(answer.own))] if answer.own else []
    facts += [(_("Replaced"), ", ".join(answer.replaced))] if answer.replaced else []
    text = _("{claim}, for {reason}")
    facts += [(_("Not scored"), text.format(claim=name, reason=reason)) for name, reason in answer.not_used.items()]
    facts += [(_("Remark"), f"{row.id}: {row.remark}") for row in answer.remarks]
    blocks: list[Block] = [Paragraph(said), *([Facts(tuple(facts))] if facts else [])]
    return Section("evidence", _("Is the evidence complete?"), tuple(blocks))
