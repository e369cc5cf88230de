# SPDX-License-Identifier: MIT
"""Priors as they change: what experts said and was agreed on, what was written, and two files side by side."""

from __future__ import annotations

import re
from collections.abc import Mapping

from txsim.language import Words, _, by_locale, capital, lazy_plural
from txsim.language.numbers import percent
from txsim.priors.sentences import plain_number
from txsim.report.document import Block, Facts, Level, Note, Paragraph, Section, Text, say
from txsim.report.figures import Figures
from txsim.report.pictures.belief import elicitation as drawn
from txsim.report.reading import Result
from txsim.report.words import figure
from txsim.results.belief_changes import BeliefInFile, Difference, PriorsDiff, PriorsSet
from txsim.results.elicitation import Elicitation, PriorsElicit

_FIGURES = Figures("")
#: Less than this misses nothing that anybody stated so exactly.
_LITTLE = 0.001


def misfit_words(share: float) -> str:
    """Return how much probability a fit misses of what was said."""
    return _("less than 0.1 %") if share < _LITTLE else _("up to {share}").format(share=percent(share, 1))


def beside_words(beside: Words, unit: Words) -> str:
    """Return what was stated beside what is fitted, with the unit of both."""
    figures = re.sub(r"\d[\d,.]*\d", lambda number: by_locale(number[0]), str(beside))
    return f"{figures} ({unit})"


def written(result: Result, level: Level) -> Section:
    """Return what a file believed before and believes now."""
    answer: PriorsSet = result.answer
    text = _("{name} in {file}: {meaning}, {unit}")
    lead = Paragraph(text.format(name=answer.name, file=answer.file, meaning=answer.meaning, unit=answer.unit))
    facts: list[tuple[str, Text]] = []
    before = answer.before or answer.catalogue
    if before is not None:
        source = _("in the file") if answer.before is not None else _("from the catalogue")
        facts.append((_("Before"), f"{by_locale(before.text)}, {source}"))
    facts.append((_("Now"), f"{by_locale(answer.now.text)}, {answer.by}, {answer.date}: {answer.why}"))
    if answer.family != "point":
        text = _("{family}; what was said is missed by {share} of probability")
        facts.append((_("Fit"), text.format(family=answer.family, share=misfit_words(answer.misfit))))
    if answer.beside:
        facts.append((_("Values"), beside_words(answer.beside, answer.unit)))
    facts.append((_("Means"), str(answer.prediction)))
    facts += [(_("Check"), str(warning)) for warning in answer.warnings]
    return Section("prior", answer.name, (lead, Facts(tuple(facts))))


def differing(result: Result, level: Level) -> Section:
    """Return the priors of two files side by side."""
    answer: PriorsDiff = result.answer
    count = sum(row.differs for row in answer.parameters)
    of = len(answer.parameters) + answer.agreeing
    text = str(lazy_plural("{n} of {of} parameters differs.", "{n} of {of} parameters differ.", count, of=of))
    blocks: list[Block] = [Facts((("a", answer.a), ("b", answer.b))), Paragraph(text)]
    for row in answer.parameters:
        blocks += [Paragraph(_named(row)), Facts((("a", _side(row.a)), ("b", _side(row.b))))]
    return Section("priors", _("Two sets of priors"), tuple(blocks))


def _named(row: Difference) -> Text:
    if not row.differs or row.median_ratio is None:
        return f"{row.name}: {row.meaning}, {row.unit}"
    text = _("{name}: {meaning}, {unit}; b is {times} times a")
    times = _FIGURES.show(row.median_ratio, figure)
    return say(text, name=row.name, meaning=str(row.meaning), unit=str(row.unit), times=times)


def _side(side: BeliefInFile | None) -> str:
    if side is None:
        return _("not in this file's graph")
    source = _("catalogue")
    if side.source != "catalogue":
        source = ", ".join(part for part in (side.by, side.date) if part) or _("file")
    why = f": {side.why}" if str(side.why) else ""
    return f"{by_locale(side.text) if side.text else _('by reference class')}  [{source}{why}]"


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
