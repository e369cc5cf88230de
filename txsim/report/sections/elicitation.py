# SPDX-License-Identifier: MIT
"""What an elicitation says: what each person said, what the fit makes of it, and what that implies."""

from __future__ import annotations

from collections.abc import Mapping

from txsim.language import _, by_locale, capital
from txsim.language.numbers import percent
from txsim.priors.sentences import plain_number
from txsim.report.document import Block, Facts, Level, Note, Paragraph, Section, Text
from txsim.report.pictures.belief import elicitation as drawn
from txsim.report.reading import Result
from txsim.report.sections.belief_changes import beside_words
from txsim.results.elicitation import Elicitation, PriorsElicit

#: A family that misses more of what an expert said than this does not describe it.
_POOR = 0.05


def elicited(result: Result, level: Level) -> Section:
    """Return the priors that follow from what experts said."""
    answer: PriorsElicit = result.answer
    blocks: list[Block] = []
    for each in answer.parameters:
        blocks.append(Paragraph(f"{each.name}: {each.meaning}, {each.unit}"))
        blocks += feedback(each)
    if answer.warnings:
        blocks.append(Facts(tuple((_("Check"), str(warning)) for warning in answer.warnings)))
    names = ", ".join(each.name for each in answer.parameters)
    text = _("{file}: {names} written") if answer.written else _("nothing was written; {file} would get {names}")
    blocks.append(Paragraph(text.format(file=answer.file, names=names)))
    return Section("elicited", _("What was said"), tuple(blocks))


def feedback(of: Elicitation) -> list[Block]:
    """Return the feedback on one parameter."""
    text = _("{figures}, {family}, misses {share}")
    facts: list[tuple[str, Text]] = [
        (expert.name, text.format(figures=_span(expert.quantiles), family=expert.family, share=_missed(expert.misfit)))
        for expert in of.experts
    ]
    if of.pool is not None:
        facts.append((_("pooled"), f"{_span(of.pooled_quantiles)}, {of.pool}"))
        text = _("{prior}, {family}, misses {share} of the pool")
        prior, share = by_locale(of.prior.text), _missed(of.misfit)
        facts.append((_("written"), text.format(prior=prior, family=of.prior.family, share=share)))
    if of.beside:
        facts.append((_("values"), beside_words(of.beside, of.unit)))
    blocks: list[Block] = [Facts(tuple(facts))]
    if of.density and of.density_ends is not None:
        blocks.append(drawn(of))
    text = _("That means: one chance in twenty below {low}, one in twenty above {high}.")
    low, high = _figure(of.prior.p05), _figure(of.prior.p95)
    meaning = str(of.prediction)
    blocks.append(Paragraph(f"{text.format(low=low, high=high)} {capital(meaning)}."))
    if of.doubt:
        blocks.append(Note(_("Is the unit meant? {doubt}.").format(doubt=of.doubt)))
    poor = [expert.name for expert in of.experts if expert.misfit > _POOR]
    if poor and len(of.experts) > 1:
        text = _("No family describes well what was said by {names}: ask again, or lay finer bins.")
        blocks.append(Note(text.format(names=", ".join(poor))))
    if not of.fits:
        text = _("This does NOT describe what was said: it misses {share} of probability.")
        blocks.append(Note(text.format(share=_missed(of.misfit))))
    return blocks


def _span(quantiles: Mapping[str, float]) -> str:
    text = _("{median} (90 %: {low} … {high})")
    middle, low, high = (_figure(quantiles[level]) for level in ("0.5", "0.05", "0.95"))
    return text.format(median=middle, low=low, high=high)


def _missed(share: float) -> str:
    return _("less than {share}").format(share=percent(0.001, 1)) if share < 0.0005 else percent(share, 1)


def _figure(value: float) -> str:
    return by_locale(plain_number(value))
