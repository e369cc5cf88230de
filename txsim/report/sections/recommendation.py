# SPDX-License-Identifier: MIT
"""Which option page one speaks of, and in which words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from txsim.decide.sentences import cause
from txsim.language import N_, _, plural
from txsim.report.document import Block, Bullets, Level, Paragraph
from txsim.report.words import npv_name, option_name, without_keys
from txsim.results.recommendation import Flip, Recommendation, State, headline
from txsim.results.run import Option, Run

STATES = {"clear": N_("Clear"), "leaning": N_("Leaning: it can still turn"), "open": N_("Open: no clear choice")}


def state_words(advice: Recommendation) -> str:
    """Return how firm a recommendation is; what is too close to tell is not passed over beside a clear choice."""
    if advice.state == "clear" and advice.undecided:
        return _("Clear, though some tests are too close to tell")
    return _(STATES[advice.state])


def decision_words(option: str, state: State | str) -> str:
    """Return a decision and how firm it is, in brief."""
    how = _(STATES[state])
    return how if state == "open" else f"{option_name(option)} ({how})"


def headline_of(run: Run) -> str:
    """Return the option that page one speaks of."""
    if run.cash_flow is not None:
        return str(run.cash_flow.option)
    advice = run.recommendation
    option = run.verdict["horizon"].option if advice is None else headline(advice)
    return option if option in run.options or option in run.policies else "commit"


def of_headline(run: Run) -> Option:
    """Return the figures of that option."""
    option = headline_of(run)
    return run.policies[option] if option in run.policies else run.options[option]


def best_by_mean(run: Run) -> str:
    """Return the best path at the horizon in a sentence, for a result that recommends nothing."""
    verdict, npv = run.verdict["horizon"], npv_name(after_tax=run.after_tax, taxed=run.tax_rate is not None)
    text = _("Best by mean {npv}: {option}; it is too close to call.")
    if not verdict.too_close:
        text = _("Best by mean {npv}: {option}.")
    return text.format(npv=npv, option=option_name(verdict.option))


#: Causes that are named for each change of the recommendation.
_CAUSES = 6


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
