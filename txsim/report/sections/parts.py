# SPDX-License-Identifier: MIT
"""Parts that sections of several verbs share: what is recommended, a figure with its error, what figures rest on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from txsim.decide.sentences import cause
from txsim.language import _, plural
from txsim.language.numbers import Unit, amounts, error_grain, number, to_grain, unit_alone
from txsim.report.document import Block, Bullets, Datum, Facts, Level, Note, Paragraph, Text, say
from txsim.report.figures import Figures
from txsim.report.words import option_name, without_keys
from txsim.results.quantities import Estimate
from txsim.results.recommendation import Flip, Recommendation

#: Causes that are named for each change of the recommendation.
_CAUSES = 6
#: Part of a unit from which an error is told in it.
_FITS = 0.05


def advised(advice: Recommendation | None, level: Level, titles: Mapping[str, str] | None = None) -> list[Block]:
    """Return a recommendation in its own words, and on a page all that would change it."""
    if advice is None:
        return []
    sentence = without_keys(advice.sentence) if level == "full" else str(advice.sentence)
    blocks: list[Block] = [Paragraph(sentence, lead=level == "full")]
    if level == "full" and advice.flips:
        blocks += [Paragraph(_("It would change:")), Bullets(tuple(flips_by_option(advice.flips, titles)))]
    return blocks


def flips_by_option(flips: Sequence[Flip], titles: Mapping[str, str] | None = None) -> list[str]:
    """Return what would change a recommendation, a line for each option that it would become."""
    causes: dict[str, list[str]] = {}
    for flip in flips:
        causes.setdefault(flip.option, []).append(without_keys(cause(flip)))
    lines = []
    for option, each in causes.items():
        listed = "; ".join(each[:_CAUSES])
        if len(each) > _CAUSES:
            listed += " " + plural("and {n} more", "and {n} more", len(each) - _CAUSES)
        lines.append(_("to “{option}” {causes}").format(option=option_name(option, titles), causes=listed))
    return lines


def basis(draws: int, seed: int) -> Facts:
    """Return how figures were drawn."""
    text = _("{draws} draws, seed {seed}; ± is the simulation error")
    return Facts(((_("Basis"), text.format(draws=number(draws), seed=str(int(seed)))),))


def with_error(
    value: float, mcse: float, figures: Figures, unit: Unit, *, plus: bool = False
) -> tuple[str | Datum, ...]:
    """Return an amount in the unit of a table to the digits of its Monte Carlo error, and that, where there is one."""
    if math.isnan(mcse):
        return (figures.cell(value, unit, plus=plus),)
    if mcse == 0 and value == 0:
        return (figures.cell(value, unit, digits=0),)
    digits = 1 if mcse == 0 else unit.error_digits(mcse)
    grain = error_grain(mcse)
    if grain > unit.divisor:  # two digits or more before the point: only the first is known
        value, mcse = to_grain(value, grain), to_grain(mcse, grain)
    cell = figures.cell(value, unit, plus=plus, digits=digits)
    return (cell, "\N{NO-BREAK SPACE}±", figures.cell(mcse, unit, digits=digits))


def line_to_keep(line: str) -> Paragraph:
    """Return the line of a scenario by which all that is computed later starts from what is known now."""
    text = _("Next: write `{line}` into the scenario, so that run, compare and pilot start from what is known now")
    return Paragraph(text.format(line=line))


def doubt_moved(before: float, after: float, figures: Figures) -> Text:
    """Return how probable it was, and is now, that a link does nothing."""
    return say(_("does nothing: {before} → {after}"), before=figures.share(before), after=figures.share(after))


def estimate(value: Estimate, figures: Figures) -> Text:
    """Return an amount to the digit that its Monte Carlo error leaves, and one digit of that, where there is one."""
    if math.isnan(value.mcse) or value.mcse < 1:
        return figures.money(value.value)
    error = one_digit(value.mcse, figures.currency, value.value)
    return (Figures(figures.currency, error_grain(value.mcse)).money(value.value), f" ± {error}")


def more(count: int, level: Level) -> Note:
    """Return how many rows more there are, and in a terminal where."""
    if level == "brief":
        return Note(plural("and {n} more in --json", "and {n} more in --json", count))
    return Note(plural("and {n} more, not listed here", "and {n} more, not listed here", count))


def one_digit(value: float, currency: str, beside: float = 0.0) -> str:
    """Return an amount of which one digit is known, as a Monte Carlo error: in the unit of its estimate, if it fits."""
    told = beside if value >= _FITS * unit_alone(beside, currency).divisor else 0.0
    return amounts((told, value), currency, grain=error_grain(value))[1]
