# SPDX-License-Identifier: MIT
"""What is believed of parameters: all of them, one whole, what the priors alone say, and packs."""

from __future__ import annotations

from collections.abc import Sequence

from txsim.language import N_, _, plural
from txsim.report.document import Block, Bullets, Datum, Facts, Level, Note, Paragraph, Section, Table, Text, say
from txsim.report.figures import Figures
from txsim.report.pictures import parameter as drawn
from txsim.report.reading import Result
from txsim.report.words import figure, statistic_name
from txsim.results.beliefs import (
    ClaimStatement,
    Doubt,
    Gap,
    OutsideEvidence,
    PriorsCheck,
    PriorsList,
    PriorsPacks,
    PriorsShow,
    Quantiles,
)
from txsim.results.beliefs import Prior as Stated
from txsim.results.run import harm_denied

#: How far a number was looked up.
READ = {"yes": N_("read in the source"), "cited": N_("read where it is cited"), "none": N_("not found at its source")}
CAUSES = {
    "feedback": N_("feedback"),
    "common_causes": N_("common causes such as tools"),
    "confounding": N_("good management that does both"),
    "mix": N_("staff groups that rise and fall together"),
}
_FIGURES = Figures("")
#: More prior mass than this beyond all studies is told.
_OUTSIDE = 0.1


def _figure(value: float) -> Datum:
    return _FIGURES.show(value, figure)


def span(of: Quantiles | Stated | None) -> Text:
    """Return median and 90 % interval, such as ``0.3 (0.04 … 2.2)``."""
    if of is None:
        return "–"
    return (_figure(of.median), " (", _figure(of.p05), " … ", _figure(of.p95), ")")


def packs_named(names: Sequence[str]) -> list[tuple[str, Text]]:
    """Return the packs that beliefs rest on, the topmost first; nothing for none."""
    return [(_("Pack"), _(" on ").join(names))] if names else []


# --- all parameters


def listed(result: Result, level: Level) -> Section:
    """Return every parameter before and after evidence."""
    answer: PriorsList = result.answer
    text = plural("{n} claim scored", "{n} claims scored", answer.claims_scored)
    facts: list[tuple[str, Text]] = [(_("Evidence"), text), *packs_named(answer.packs)]
    rows = tuple(
        (
            p.name,
            span(p.prior),
            span(p.posterior),
            _FIGURES.percent(None if p.narrowed_by is None else max(p.narrowed_by, 0.0)),
            str(p.source),
        )
        for p in answer.parameters
    )
    head = (_("parameter"), _("prior (90 %)"), _("now (90 %)"), _("narrowed"), _("source"))
    meaning = _("{meaning}, {unit}")
    meanings = tuple((p.name, meaning.format(meaning=p.meaning, unit=p.unit)) for p in answer.parameters)
    of = sum(p.posterior is not None for p in answer.parameters)
    text = _(
        "Evidence narrows {moved} of {of} parameters by a tenth or more; the others are what you believed before. "
        "`txsim priors show NAME` shows why."
    )
    said = say(text, moved=_FIGURES.plain(answer.narrowed_by_a_tenth), of=str(of))
    table = Table(_("Before and after evidence"), head, rows, frozenset({0, 4}))
    meant: Block = Facts(meanings)
    if level == "full":
        meant = Table(_("What they mean"), (_("parameter"), _("meaning")), meanings, frozenset({0, 1}))
    doubted = tuple((p.name, _doubted(p.doubt)) for p in answer.parameters if p.doubt is not None)
    blocks: list[Block] = [Facts(tuple(facts)), table, *([Facts(doubted)] if doubted else []), Paragraph(said), meant]
    return Section("parameters", _("What is believed"), tuple(blocks))


def _doubted(doubt: Doubt) -> Text:
    text = _("{after} that it does nothing ({before} before the evidence)")
    return say(text, after=_FIGURES.share(doubt.after), before=_FIGURES.share(doubt.before))


# --- one parameter


def shown(result: Result, level: Level) -> Section:
    """Return one parameter whole, with its densities."""
    answer: PriorsShow = result.answer
    text = _("{name}: {meaning}, {unit}")
    lead = Paragraph(text.format(name=answer.name, meaning=answer.meaning, unit=answer.unit), lead=True)
    blocks: list[Block] = [lead, Facts(tuple(_parameter_facts(answer)))]
    if answer.density is not None or level == "full":
        blocks.append(drawn.parameter(result))
    if answer.claims:
        blocks.append(_claims(answer))
        denied = [claim.id for claim in answer.claims if claim.denied]
        if denied:
            blocks.append(Facts(tuple((name, str(harm_denied())) for name in denied)))
    if answer.predictions:
        blocks += [Paragraph(_("What that means")), Bullets(tuple(str(sentence) for sentence in answer.predictions))]
    return Section("parameter", answer.name, tuple(blocks))


def _parameter_facts(answer: PriorsShow) -> list[tuple[str, Text]]:
    prior: Text = say("{span}, {source}", span=span(answer.prior), source=str(answer.source))
    facts = [(_("Prior"), prior)]
    if answer.posterior is not None and answer.narrowed_by is not None:
        narrower = _FIGURES.percent(answer.narrowed_by)
        text = _("{span}, {share} narrower") if answer.narrowed_by > 0.005 else _("{span}, as before: no evidence")
        facts.append((_("Now"), say(text, span=span(answer.posterior), share=narrower)))
    if answer.doubt is not None:
        text = _("{doubted}; figures above are of the link in force")
        facts.append((_("In doubt"), say(text, doubted=_doubted(answer.doubt))))
    facts += [(name, span(belief)) for name, belief in (answer.variants or {}).items()]
    if answer.why:
        who = " · ".join(part for part in (answer.by, answer.date) if part)
        facts.append((_("Because"), f"{answer.why} ({who})" if who else str(answer.why)))
    if answer.gap is not None:
        facts += gap_facts(answer.gap)
    if answer.evidence:
        facts.append((_("Rests on"), ", ".join(answer.evidence)))
    return facts


def gap_facts(gap: Gap) -> list[tuple[str, Text]]:
    """Return what surveys see beside what pushing gives, and why they differ."""
    seen = say(_("{span} association on {path}"), span=span(gap.association), path=gap.path)
    facts: list[tuple[str, Text]] = [
        (_("Surveys see"), seen),
        (_("Pushing gives"), say(_("{span} effect"), span=span(gap.effect))),
    ]
    parts: list[Text] = [
        say("{name} {share}", name=_(name), share=_FIGURES.percent(gap.shares[cause]))
        for cause, name in CAUSES.items()
        if abs(gap.shares.get(cause, 0.0)) >= 0.005
    ]
    if parts:
        parts.append(say(_("effect {share}"), share=_FIGURES.percent(gap.share_effect)))
        facts.append((_("Of the association"), _joined(parts)))
    return facts


def _joined(parts: Sequence[Text]) -> Text:
    whole: list[str | Datum] = []
    for i, part in enumerate(parts):
        whole += [", "] if i else []
        whole += part if isinstance(part, tuple) else (part,)
    return tuple(whole)


def _claims(answer: PriorsShow) -> Table:
    rows = []
    for claim in answer.claims:
        says = "; ".join(_says(statement) for statement in claim.says)
        before, after = _FIGURES.share(claim.credibility), _FIGURES.share(claim.posterior_credibility)
        rows.append((claim.id, says, (before, " → ", after), _(READ[claim.read])))
    head = (_("claim"), _("says"), _("credible, before → now"), _("number"))
    return Table(_("Claims that speak of it"), head, tuple(rows), frozenset({0, 1, 2, 3}))


def _says(statement: ClaimStatement) -> str:
    bound = {"at_most": "≤ ", "at_least": "≥ "}.get(statement.bound or "", "")
    return f"{bound}{figure(statement.value)} {statistic_name(statement.statistic, statement.about)}"


# --- the priors alone


def checked(result: Result, level: Level) -> Section:
    """Return the prior predictive check."""
    answer: PriorsCheck = result.answer
    text = _("What the priors alone say, no claim scored, {draws} draws.")
    blocks: list[Block] = [Paragraph(say(text, draws=_FIGURES.plain(answer.draws)))]
    if answer.packs:
        blocks.append(Facts(tuple(packs_named(answer.packs))))
    rows = tuple(
        (
            str(row.outcome),
            (_figure(row.median), " (", _figure(row.p05), " … ", _figure(row.p95), ")"),
            str(row.unit),
            (_FIGURES.share(row.absurd), " !" if row.absurd > answer.absurd_mass else ""),
            str(row.absurd_if),
        )
        for row in answer.outcomes
    )
    head = (_("if committed"), _("median (90 %)"), _("unit"), _("absurd"), _("that is"))
    blocks.append(Table(_("Outcomes under the priors"), head, rows, frozenset({0, 2, 4})))
    loop = answer.loop_gain
    text = _(
        "{span}; above 0.9 in {over}, feeding itself without end in {impossible} of draws, which are left out ({loops})"
    )
    said = say(
        text,
        span=(_figure(loop.median), " (", _figure(loop.p05), " … ", _figure(loop.p95), ")"),
        over=_FIGURES.share(loop.over_0_9),
        impossible=_FIGURES.share(loop.impossible),
        loops="; ".join(loop.loops) or _("no loops"),
    )
    blocks.append(Facts(((_("Loop gain"), said),)))
    outside = [row for row in answer.outside_evidence if row.outside > _OUTSIDE]
    if outside:
        blocks.append(_beyond(outside))
    findings = tuple((_("Finding"), str(sentence)) for sentence in answer.findings)
    blocks += [Facts(findings)] if findings else []
    if answer.passes:
        last = _("The priors are possible: nothing absurd has weight. Claims can be weighed.")
    else:
        last = _("Narrow the priors in question before you weigh claims: `txsim priors show NAME` shows their meaning.")
    blocks.append(Note(last) if level == "full" else Paragraph(last))
    return Section("priors", _("What the priors alone say"), tuple(blocks))


def _beyond(outside: Sequence[OutsideEvidence]) -> Table:
    rows = tuple(
        (
            row.quantity,
            span(row.prior),
            (_figure(row.evidence[0]), " … ", _figure(row.evidence[1])),
            _FIGURES.share(row.outside),
        )
        for row in outside
    )
    head = (_("quantity"), _("prior (90 %)"), _("studies reach"), _("outside"))
    return Table(_("Belief where no study is"), head, rows)


# --- packs


def packs(result: Result, level: Level) -> Section:
    """Return the packs with their reasons."""
    answer: PriorsPacks = result.answer
    rows = tuple((pack.name, f"{pack.title}. {' '.join(str(pack.why).split())}") for pack in answer.packs)
    text = _("In a scenario: `priors: {pack: NAME}`; `txsim priors packs NAME` prints one, to copy and change.")
    return Section("packs", _("Prior packs"), (Facts(rows), Paragraph(text)))
