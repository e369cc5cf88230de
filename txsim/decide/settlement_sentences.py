# SPDX-License-Identifier: MIT
"""What would settle an open question, in sentences (docs/model.md, section 7)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from txsim.language import N_, Figure, Message, lazy, lazy_plural, verbatim
from txsim.results.pilot import worth_grain
from txsim.results.quantities import Estimate
from txsim.results.recommendation import Knowing, Piloting, Settlement


def settling(
    settlement: Settlement, currency: str, titles: Mapping[str, str] | None = None, means: float = 0.0
) -> Iterator[Message]:
    """Give the sentences: what is most worth knowing, and whether a pilot pays.

    ``titles``: of a comparison, what its scenarios are called, by name. ``means``: power of ten to which the means of
    options are told.
    """
    if settlement.quantities:
        yield _knowing(settlement.quantities, currency, several=bool(titles))
    if settlement.pilot is not None and titles:
        yield _best_pilot(settlement.pilot, currency, titles, means)
    elif settlement.pilot is not None:
        yield _piloting(settlement.pilot, currency, means)


def _knowing(quantities: tuple[Knowing, ...], currency: str, *, several: bool) -> Message:
    told = [each for each in quantities if each.told_from_nothing]
    if not told:
        return lazy("Knowing no single quantity would settle it, as far as these draws tell.")
    first = told[0]
    words = N_("What would settle it best is to know this before choosing: {meaning}, worth up to {amount}.")
    if not several:
        words = N_(
            "What would settle it best is to know this before committing or waiting: {meaning}, worth up to {amount}."
        )
    fields = {"meaning": _meaning(first), "amount": _money(first.evppi, currency)}
    if len(told) > 1 and _alike(first.evppi, told[1].evppi):
        words = N_(
            "What would settle it best is to know one of two things before choosing: {meaning}, worth up to {amount}, "
            "or {other}, up to {second}."
        )
        if not several:
            words = N_(
                "What would settle it best is to know one of two things before committing or waiting: {meaning}, "
                "worth up to {amount}, or {other}, up to {second}."
            )
        fields |= {"other": _meaning(told[1]), "second": _money(told[1].evppi, currency)}
    return lazy(words, **fields)


def _meaning(quantity: Knowing) -> Message | str:
    return quantity.meaning or verbatim(quantity.name)


def _alike(one: Estimate, other: Estimate) -> bool:
    """Return whether the errors of two estimates leave open which of them is the larger."""
    return one.value - other.value <= 2.0 * math.hypot(one.mcse, other.mcse)


def _money(estimate: Estimate, currency: str, means: float = 0.0) -> Figure:
    """Return an amount to the digits that its simulation error allows, as the section of the pilot tells it."""
    grain = worth_grain(estimate, means)
    return Figure(estimate.value, "money", currency, round(math.log10(grain)) if grain else None)


def _best_pilot(pilot: Piloting, currency: str, titles: Mapping[str, str], means: float) -> Message:
    """Return which of the pilots that the scenarios state is the best, where any pays."""
    title = titles.get(pilot.scenario, pilot.scenario)
    if pilot.pays and not pilot.settles:
        words = N_(
            "The best pilot, that of “{scenario}”, is worth {amount} more than it costs, but as a smaller first step: "
            "to choose by what it reads is worth {told}, and it settles little."
        )
        told = _money(pilot.rule_value, currency)
        return lazy(words, scenario=title, amount=_money(pilot.pilot_net, currency, means), told=told)
    if pilot.pays:
        words = N_("The best pilot is that of “{scenario}” ({months}): it is worth {amount} more than it costs.")
        months = lazy_plural("{n} month", "{n} months", pilot.months)
        return lazy(words, scenario=title, months=months, amount=_money(pilot.pilot_net, currency, means))
    if pilot.tried > 1:
        return lazy("None of the pilots as written is worth more than it costs, as far as these draws tell.")
    words = N_("The pilot of “{scenario}” as written is not worth more than it costs, as far as these draws tell.")
    return lazy(words, scenario=title)


def _piloting(pilot: Piloting, currency: str, means: float) -> Message:
    if not pilot.pays:
        if pilot.tried > 1:
            words = N_("None of {tried} pilots tried is worth more than it costs, as far as these draws tell.")
            return lazy(words, tried=pilot.tried)
        words = N_("The pilot as written is not worth more than it costs, as far as these draws tell.")
        return lazy(words)
    people = round(pilot.respondents)
    fields = {
        "months": lazy_plural("{n} month", "{n} months", pilot.months),
        "people": lazy_plural("{n} answer a wave", "{n} answers a wave", people) if people else lazy("no survey"),
        "amount": _money(pilot.pilot_net, currency, means),
    }
    if not pilot.settles:
        fields["told"] = _money(pilot.rule_value, currency)
        if pilot.tried > 1:
            words = N_(
                "None of {tried} pilots tried pays by what it tells. The one that pays most ({months}, {scope} of the "
                "units, {people}), {amount} more than it costs, does so as a smaller first step: to choose by what it "
                "reads is worth {told}, and it settles little."
            )
            return lazy(words, tried=pilot.tried, scope=Figure(pilot.scope, "percent"), **fields)
        words = N_(
            "The pilot as written ({months}, {people}) is worth {amount} more than it costs, but as a smaller first "
            "step: to choose by what it reads is worth {told}, and it settles little."
        )
        return lazy(words, **fields)
    if pilot.tried > 1:
        words = N_(
            "Of {tried} pilots tried the best that pays by what it tells ({months}, {scope} of the units, {people}) is "
            "worth {amount} more than it costs."
        )
        return lazy(words, tried=pilot.tried, scope=Figure(pilot.scope, "percent"), **fields)
    return lazy("The pilot as written ({months}, {people}) is worth {amount} more than it costs.", **fields)
