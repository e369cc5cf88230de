# SPDX-License-Identifier: MIT
"""What a recommendation says: what, how firmly, how often it loses, what would turn it (docs/model.md, section 7)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from txsim.decide.settlement_sentences import settling
from txsim.evidence import claim_name
from txsim.forecast.labels import Label, untried
from txsim.language import N_, Figure, Key, Message, as_message, joined, lazy, lazy_plural, verbatim
from txsim.language.message import money_beside, stated_money, times_beside
from txsim.language.numbers import to_grain
from txsim.priors.sentences import implication, implied
from txsim.results.names import doing, option_first, option_message
from txsim.results.recommendation import Excluded, Flip, Recommendation, headline, rivals

#: Causes that are named for each other option.
_CAUSES = 1
#: Other options that it may turn to, and quantities that cannot be told, that are named; a result holds all.
_TURNED, _UNDECIDED = 2, 2
#: On which side of a value it turns: of a quantity, and of a slope, which has a sentence of its own.
_SIDES = {
    "low": N_("with the {meaning} at {value} or less{key}"),
    "high": N_("with the {meaning} at {value} or more{key}"),
    "": N_("with the {meaning} at {value}{key}"),
}
_EFFECT_SIDES = {
    "low": N_("if {effect} or less{key}"),
    "high": N_("if {effect} or more{key}"),
    "": N_("if {effect}{key}"),
}
#: Where it turns at either quartile, because the quantity is known there.
_KNOWN = {
    "low": N_("with the {meaning} known to be {value} or less{key}"),
    "high": N_("with the {meaning} known to be {value} or more{key}"),
    "": N_("with the {meaning} known, whatever it is{key}"),
}
_BY_LIMIT = {
    "max_p_loss": N_("by the limit on losses"),
    "max_peak_funding": N_("by the limit on peak funding"),
    "max_pv_cost": N_("by the budget"),
}


def with_sentence(
    recommendation: Recommendation,
    currency: str,
    label: Callable[[str], Label] | None = None,
    *,
    after_tax: bool = False,
    taxed: bool = False,
    titles: Mapping[str, str] | None = None,
    together: Mapping[str, float] | None = None,
) -> Recommendation:
    """Return a recommendation with its sentence.

    ``label``: how a parameter is told; by default by its name. ``titles``: of a comparison, what its scenarios are
    called, by the name that stands in its options. ``together``: of a comparison, expected net present values by option
    on the futures that all share, by which it is told what sets options apart.
    """
    recommendation = replace(recommendation, after_tax=after_tax, taxed=taxed or after_tax)
    if label is not None:
        flips = tuple(_told(flip, label(flip.name)) for flip in recommendation.flips)
        recommendation = replace(recommendation, flips=flips)
    meanings = tuple(name if label is None else label(name).meaning for name in recommendation.undecided)
    apart = recommendation.mean_npv if together is None else together
    sentence, lead, because = _sentences(recommendation, currency, meanings, titles or {}, apart)
    return replace(recommendation, sentence=sentence, lead=lead, because=because)


def _told(flip: Flip, label: Label) -> Flip:
    if flip.value is None:
        return flip
    side = flip.side
    if label.per_unit < 0 and side:  # less is better on the author's scale
        side = "high" if side == "low" else "low"
    level = None if flip.level is None else label.stated(flip.level)
    stated = label.stated(flip.value)
    gap = label.stated_gap(flip.gap)
    return replace(
        flip, meaning=label.meaning, stated=stated, unit=label.unit, side=side, level_stated=level, gap_stated=gap
    )


def _sentences(
    recommendation: Recommendation,
    currency: str,
    undecided: Sequence[Message | str],
    titles: Mapping[str, str],
    apart: Mapping[str, float],
) -> tuple[Message, Message, Message]:
    """Return the whole, and its two parts; the state stands above the first, which does not repeat it."""
    tell = {"clear": _clear, "leaning": _leaning, "open": _open}[recommendation.state]
    parts = [*tell(recommendation, currency, titles, apart)]
    because: list[Message] = []
    if rivals(recommendation):
        refused = _refusal(recommendation, currency, titles)
        # What limits exclude decides more than what may turn; who waits for nothing else hears it first of all.
        decides = recommendation.state != "open" and recommendation.option == "do_nothing"
        (parts if decides else because).append(refused)
        if any(name.rpartition("/")[2] in ("pilot_then_decide", "commit_review") for name in rivals(recommendation)):
            # Its rule maximises the mean (docs/model.md, section 7): a dearer plan may come with a stricter one.
            because.append(lazy("What decides later is judged by the rule that pays most; no stricter one was tried."))
    because += _turns(recommendation, titles)
    if recommendation.settlement is not None:
        because += settling(recommendation.settlement, currency, titles, recommendation.resolution)
    left_out = [
        option_message(each.option, titles) for each in recommendation.excluded if titles and each.pv_cost is not None
    ]
    if left_out:
        because.append(lazy("The budget leaves out: {options}.", options=joined("; ", left_out)))
    if undecided and recommendation.state != "open":
        known = [
            lazy("{meaning}{key}", meaning=m, key=Key(n))
            for m, n in zip(undecided[:_UNDECIDED], recommendation.undecided, strict=False)
        ]
        if len(undecided) > _UNDECIDED:
            known.append(lazy_plural("and {n} more", "and {n} more", len(undecided) - _UNDECIDED))
        words = N_("Too close to tell with as many futures as were simulated: whether it turns with {what}.")
        because.append(lazy(words, what=joined("; ", known)))
    if recommendation.untested:
        claims = ", ".join(map(claim_name, recommendation.untested))
        words = N_(
            "Whether it hangs on {claims} cannot be told by these draws; sampling without them would tell{command}."
        )
        because.append(lazy(words, claims=claims, command=Key("`txsim priors compare`")))
    lead = parts[1:] if recommendation.state == "open" else parts
    return joined(" ", [*parts, *because]), joined(" ", lead), joined(" ", because)


def limits_told(max_p_loss: float | None, max_peak_funding: float | None, currency: str) -> Iterator[Message]:
    """Give each limit that a file sets, in words."""
    if max_p_loss is not None:
        yield lazy("a loss in at most {share} of futures", share=_exact(max_p_loss))
    if max_peak_funding is not None:
        most = stated_money(max_peak_funding, currency)
        yield lazy("at most {amount} of peak funding in 95 of 100", amount=most)


def _refusal(recommendation: Recommendation, currency: str, titles: Mapping[str, str]) -> Message:
    """Return what limits keep out of the race, and by which: a budget alone is called so."""
    known = {each.option: each for each in recommendation.excluded}
    names = rivals(recommendation)
    # One with its figures, those of the others stand in the table: what pays most, and is given up for the limits.
    means, shown, grain = recommendation.mean_npv, headline(recommendation), recommendation.resolution
    first = max(names, key=lambda name: (to_grain(means.get(name, -1e300), grain), name == shown))
    told: list[Message] = []
    if first in recommendation.mean_npv:
        own = known.get(first, recommendation)  # what is known of an option is told as in every table
        amount = _money(own, recommendation.mean_npv[first], currency, "money+")
        told.append(lazy("{amount} on average", amount=amount))
    told += beyond_limits(known[first], recommendation, currency) if first in known else []
    option = option_message(first, titles)
    option = lazy("{option} ({why})", option=option, why=joined("; ", told)) if told else option
    others = [doing(name, titles) for name in names if name != first]
    by_budget = [name in known and not (known[name].p_loss or known[name].peak_funding) for name in names]
    more = len(names) > len(recommendation.refused)
    words = N_("The limits set exclude what would pay more: {options}.")
    if all(by_budget):
        words = N_("The budget excludes what would pay more: {options}.")
        if more:
            words = N_("The budget excludes what would pay more, or about as much: {options}.")
    elif more:
        words = N_("The limits set exclude what would pay more, or about as much: {options}.")
    said = [lazy(words, options=option)]
    if others:
        said.append(lazy("Excluded, too: {options}.", options=joined(", ", others)))
    return joined(" ", said)


def _exact(share: float) -> Figure:
    """Return a share that somebody stated, as stated."""
    exact = (digits for digits in range(3) if math.isclose(100 * share, round(100 * share, digits), abs_tol=1e-9))
    return Figure(share, "percent", digits=next(exact, 3))


def beyond_limits(broken: Excluded, recommendation: Recommendation, currency: str) -> list[Message]:
    """Return the figures of an option that are above the limits, each beside its limit."""
    beyond: list[tuple[Message, Figure | None, bool]] = []
    if broken.p_loss is not None:
        most, apart = broken.max_p_loss, broken.max_p_loss is not None
        most = recommendation.max_p_loss if most is None else most
        times = Figure(broken.p_loss, "times") if most is None else times_beside(broken.p_loss, most)
        figure = lazy("a loss in {times} of 100 futures", times=times)
        beyond.append((figure, None if most is None else _exact(most), apart))
    if broken.peak_funding is not None:
        most, apart = broken.max_peak_funding, broken.max_peak_funding is not None
        most = recommendation.max_peak_funding if most is None else most
        peak, allowed = money_beside(broken.peak_funding, most, broken.resolution, currency)
        figure = lazy("up to {amount} of peak funding in 95 of 100", amount=peak)
        beyond.append((figure, allowed, apart))
    told = []
    for figure, limit, apart in beyond:
        words = N_("{figure}, where its file allows {limit}") if apart else N_("{figure}, where {limit} are allowed")
        told.append(figure if limit is None else lazy(words, figure=figure, limit=limit))
    if broken.pv_cost is not None:
        cost, most_cost = money_beside(broken.pv_cost, recommendation.max_pv_cost, broken.resolution, currency)
        words = N_("a cost of {amount}, where the budget is {budget}")
        told.append(lazy(words if most_cost else N_("a cost of {amount}"), amount=cost, budget=most_cost))
    return told


def _money(of: Recommendation | Excluded, value: float, currency: str, style: str = "money") -> Figure:
    """Return an amount to the digits that simulation error and interval allow."""
    grain = of.resolution
    return Figure(value, style, currency, round(math.log10(grain)) if grain else None)


def _first_money(recommendation: Recommendation, value: float, currency: str, style: str = "money") -> Figure | Message:
    """Return the first amount of a sentence, which says on which side of a stated tax it is."""
    amount = _money(recommendation, value, currency, style)
    if recommendation.after_tax:
        return lazy("{amount} after tax", amount=amount)
    return lazy("{amount} before tax", amount=amount) if recommendation.taxed else amount


def _clear(
    recommendation: Recommendation, currency: str, titles: Mapping[str, str], apart: Mapping[str, float]
) -> Iterator[Message]:
    option = recommendation.option
    yield from _worth(recommendation, currency, lazy("{option}.", option=option_first(option, titles)), titles, apart)


def _leaning(
    recommendation: Recommendation, currency: str, titles: Mapping[str, str], apart: Mapping[str, float]
) -> Iterator[Message]:
    first = lazy("Leaning to {option}.", option=doing(recommendation.option, titles))
    yield from _worth(recommendation, currency, first, titles, apart)


def _turns(recommendation: Recommendation, titles: Mapping[str, str]) -> Iterator[Message]:
    """Give what would turn the recommendation; of an open question what is cheapest to take back."""
    if recommendation.state == "open":
        # Of options of one kind nothing here says which binds less.
        if len({name.rpartition("/")[2] for name in recommendation.contenders}) > 1:
            yield lazy("The cheapest to take back is {option}.", option=doing(recommendation.option, titles))
        return
    if recommendation.state == "clear":
        if recommendation.option == "do_nothing" or recommendation.runner_up is not None:
            if recommendation.undecided:
                yield lazy("Nothing turns it that these draws can tell from chance.")
            else:
                yield lazy("Nothing that was tested turns it.")
        return
    turned = _by_option(recommendation.flips)
    for option, causes in [*turned.items()][:_TURNED]:
        words = N_("It turns to “{option}” {causes}.")
        yield lazy(words, option=option_message(option, titles), causes=_alternatives(causes))
    if len(turned) > _TURNED:
        yield lazy_plural(
            "Other changes turn it to {n} more option.",
            "Other changes turn it to {n} more options.",
            len(turned) - _TURNED,
        )


def _worth(
    recommendation: Recommendation, currency: str, first: Message, titles: Mapping[str, str], apart: Mapping[str, float]
) -> Iterator[Message]:
    """Give the option and what it is worth beside the next best, and how often it loses."""
    option, runner_up = recommendation.option, recommendation.runner_up
    mean, losses = recommendation.mean_npv[option], recommendation.p_loss.get(option, 0.0)
    yield first
    if option.rpartition("/")[2] == "do_nothing":
        # Of what page one shows, unless that pays: then a limit excludes it, which is told by itself.
        other = headline(recommendation)
        if recommendation.mean_npv[other] <= 0 and (runner_up is not None or recommendation.mean_npv[other] < 0):
            amount = _first_money(recommendation, abs(recommendation.mean_npv[other]), currency)
            times = Figure(recommendation.p_loss.get(other, 0.0), "times")
            words = N_("{other} would lose {amount} on average; it loses money in {times} of 100 futures.")
            yield lazy(words, other=doing(other, titles, first=True), amount=amount, times=times)
            for broken in recommendation.excluded:
                if broken.option == other and other not in rivals(recommendation):
                    why = joined("; ", beyond_limits(broken, recommendation, currency))
                    yield lazy("The limits set exclude it, too: {why}.", why=why)
        return
    amount, times = _first_money(recommendation, mean, currency, "money+"), Figure(losses, "times")
    if runner_up is None or recommendation.mean_npv[runner_up] == 0:
        yield lazy(
            "It is worth {amount} on average and loses money in {times} of 100 futures.", amount=amount, times=times
        )
    else:
        margin = _money(recommendation, apart[option] - apart[runner_up], currency)
        words = N_(
            "It is worth {amount} on average, {margin} more than {other}, and loses money in {times} of 100 futures."
        )
        yield lazy(words, amount=amount, margin=margin, other=doing(runner_up, titles), times=times)
    if recommendation.p_stopped_loss and recommendation.pv_stopped is not None:
        cost = _money(recommendation, recommendation.pv_stopped, currency)
        words = N_("In {stopped} of those it stops and has cost {cost}.")
        yield lazy(words, stopped=Figure(recommendation.p_stopped_loss, "times"), cost=cost)
    if recommendation.rule:
        yield as_message(recommendation.rule)


def _open(
    recommendation: Recommendation, currency: str, titles: Mapping[str, str], apart: Mapping[str, float]
) -> Iterator[Message]:
    means, near = recommendation.mean_npv, recommendation.contenders
    # Wide enough for both: what sets them apart on common futures, and what each pays by itself.
    gap = max(max(of[name] for name in near) - min(of[name] for name in near) for of in (apart, means))
    yield lazy("There is no clear choice.")
    opening = doing(near[0], titles, first=not recommendation.taxed)
    others = joined(", ", [opening, *(doing(name, titles) for name in near[1:-1])])
    # As apart as what is printed beside it, and no less than the gap to the digit that is told.
    grain = recommendation.resolution
    if grain:
        printed = [round(means[name] / grain) for name in near]
        gap = grain * max(max(printed) - min(printed), round(gap / grain), 1)
    within = _money(recommendation, gap, currency)
    words = N_("{others} and {last} come out within {amount} of each other, too little to choose by.")
    if recommendation.taxed:
        words = N_("Before tax {others} and {last} come out within {amount} of each other, too little to choose by.")
    if recommendation.after_tax:
        words = N_("After tax {others} and {last} come out within {amount} of each other, too little to choose by.")
    yield lazy(words, others=others, last=doing(near[-1], titles), amount=within)
    acting = [name for name in near if name.rpartition("/")[2] != "do_nothing"]
    if acting:
        name = max(acting, key=means.__getitem__)
        times = Figure(recommendation.p_loss.get(name, 0.0), "times")
        yield lazy(
            "{option} loses money in {times} of 100 futures.", option=doing(name, titles, first=True), times=times
        )


def cause(flip: Flip) -> Message:
    """Return what would turn a recommendation, as a clause: in the author's unit where that is known."""
    by_limit = [lazy(_BY_LIMIT[flip.limit])] if flip.limit else []
    words = Label(verbatim(""), flip.unit).words
    told = words if flip.known else partial(_beside_effect, flip.unit)
    notes = [*by_limit, *([untried(*map(told, flip.gap_stated))] if flip.gap_stated else [])]
    if flip.value is None:
        return lazy("without the claim {name}{key}", name=claim_name(flip.name), key=_key(flip, notes))
    if flip.stated is None:
        return lazy("with {name} at {value}", name=flip.name, value=Figure(flip.value, "number"))
    if flip.known:
        end = flip.stated if flip.level_stated is None else flip.level_stated
        return lazy(_KNOWN[flip.side], meaning=flip.meaning, value=words(end), key=_key(flip, notes))
    # Where it turns lies between the middle and the quartile at which that was seen; where no one value is found, the
    # quartile is told as what it is.
    at = flip.stated if flip.level_stated is None else flip.level_stated
    if implied(flip.unit, at) is not None and at == 0.0:  # a link that may do nothing is nothing at its quartile
        return lazy("if this link does nothing: {meaning}{key}", meaning=flip.meaning, key=_key(flip, by_limit))
    if flip.level_stated is None and flip.side:
        notes.append(lazy("tested at that quartile; it may turn earlier"))
    if implied(flip.unit, at) is None:
        return lazy(_SIDES[flip.side], meaning=flip.meaning, value=words(at), key=_key(flip, notes))
    return lazy(_EFFECT_SIDES[flip.side], effect=implication(flip.unit, "", at, 2), key=_key(flip, notes))


def _beside_effect(unit: str, stated: float) -> Message:
    """Return a value as the sentence about an effect counts it, of a slope what ten points more do."""
    effect = implied(unit, stated)
    if effect is None:
        return Label(verbatim(""), unit).words(stated)
    change, of_percent = effect
    return lazy("{value}", value=Figure(change / 100, "percent") if of_percent else Figure(change, "number"))


def _key(flip: Flip, notes: Sequence[Message]) -> Key:
    return Key(flip.name, joined("; ", notes) if notes else None)


def _by_option(flips: Sequence[Flip]) -> dict[str, list[Message]]:
    """Return what would turn a recommendation by the option that it would become."""
    causes: dict[str, list[Message]] = {}
    for flip in flips:
        causes.setdefault(flip.option, []).append(cause(flip))
    return causes


def _alternatives(causes: Sequence[Message]) -> Message:
    alternatives = causes[0]
    for cause in causes[1:_CAUSES]:
        alternatives = lazy("{one} or {other}", one=alternatives, other=cause)
    if len(causes) <= _CAUSES:
        return alternatives
    more = lazy_plural("and {n} more", "and {n} more", len(causes) - _CAUSES)
    return lazy("{clause} ({more})", clause=alternatives, more=more)
