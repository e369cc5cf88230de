# SPDX-License-Identifier: MIT
"""Priors that were written into a file, and the priors of two files side by side."""

from __future__ import annotations

import re

from txsim.language import Words, _, by_locale, lazy_plural
from txsim.language.numbers import percent
from txsim.report.document import Block, Facts, Level, Paragraph, Section, Text, say
from txsim.report.figures import Figures
from txsim.report.reading import Result
from txsim.report.words import figure
from txsim.results.belief_changes import BeliefInFile, Difference, PriorsDiff, PriorsSet

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
