# SPDX-License-Identifier: MIT
"""What a recommendation says: what, by what criterion, how firmly, what would change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from txsim.language import Figure, Message, joined, lazy, lazy_plural
from txsim.results.names import option_message
from txsim.results.recommendation import Flip, Recommendation

__all__ = ["with_sentence"]

#: Causes that are named for each other option.
_CAUSES = 3


def with_sentence(recommendation: Recommendation, currency: str) -> Recommendation:
    """Return a recommendation with its sentence, money in ``currency``."""
    return replace(recommendation, sentence=_sentence(recommendation, currency))


def _sentence(recommendation: Recommendation, currency: str) -> Message:
    def money(value: float) -> Figure:
        return Figure(value, "money", currency)

    option, means = option_message(recommendation.option), recommendation.mean_npv
    runner_up = recommendation.runner_up
    if recommendation.option == "do_nothing":
        if runner_up is None:
            first = lazy("Recommended by mean NPV: {option} yet.", option=option)
        else:
            mean, other = means[runner_up], option_message(runner_up)
            if mean >= 0:
                words = "Recommended by mean NPV: {option} yet; {other} is expected to pay {amount}."
            else:
                words = "Recommended by mean NPV: {option} yet; {other} is expected to lose {amount}."
            first = lazy(words, option=option, other=other, amount=money(abs(mean)))
    elif runner_up is None:
        words = "Recommended by mean NPV: {option}, expected to pay {amount}."
        first = lazy(words, option=option, amount=money(means[recommendation.option]))
    else:
        words = "Recommended by mean NPV: {option}, expected to pay {amount}, {margin} more than {other}."
        amount, margin = money(means[recommendation.option]), money(recommendation.margin)
        first = lazy(words, option=option, amount=amount, margin=margin, other=option_message(runner_up))
    parts = [first]
    if recommendation.refused:
        refused = joined(", ", [option_message(name) for name in recommendation.refused])
        parts.append(lazy("The limits exclude what would pay more: {options}.", options=refused))
    if recommendation.too_close:
        words = "Too close to call: {margin} ± {error} decide it."
        parts.append(lazy(words, margin=money(recommendation.margin), error=money(recommendation.mcse)))
    if recommendation.fragile:
        parts.append(lazy("Fragile: {changes}.", changes=_changes(recommendation.flips)))
    return joined(" ", parts)


def _changes(flips: Sequence[Flip]) -> Message:
    """Return what would change a recommendation, a clause for each option that it would become."""
    causes: dict[str, list[Message]] = {}
    for flip in flips:
        cause = lazy("without the claim {name}", name=flip.name)
        if flip.value is not None:
            cause = lazy("with {name} at {value}", name=flip.name, value=Figure(flip.value, "number"))
        causes.setdefault(flip.option, []).append(cause)
    clauses = []
    for option, each in causes.items():
        or_else = lazy("{one}", one=each[0])
        for cause in each[1:_CAUSES]:
            or_else = lazy("{one} or {other}", one=or_else, other=cause)
        words = "it would be “{option}” {causes}"
        clause = lazy(words, option=option_message(option), causes=or_else)
        if len(each) > _CAUSES:
            more = lazy_plural("and {n} more", "and {n} more", len(each) - _CAUSES)
            clause = lazy("{clause} ({more})", clause=clause, more=more)
        clauses.append(clause)
    return joined("; ", clauses)
