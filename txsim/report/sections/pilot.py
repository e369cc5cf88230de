# SPDX-License-Identifier: MIT
"""Whether a pilot is worth it, which one, and by what rule to decide after it."""

from __future__ import annotations

from dataclasses import replace

from txsim.decide.sentences import beyond_limits
from txsim.language import _, joined, plural
from txsim.language.numbers import number, percent, unit_of
from txsim.report.document import Block, Bullets, Datum, Facts, Level, Note, Paragraph, Section, Table, Text, plain, say
from txsim.report.figures import Figures, estimate, with_error
from txsim.report.pictures import designs
from txsim.report.reading import Result
from txsim.report.sections.method import basis
from txsim.report.words import in_unit, option_name, without_keys
from txsim.results.names import node_message
from txsim.results.pilot import REASONS, Design, Pilot, Rule, preferred, proposed, worth_grain
from txsim.results.quantities import Estimate

#: Designs that are listed beside the stated and the best one.
_OTHERS = {"brief": 5, "full": 14}


def pilot(result: Result, level: Level) -> Section:
    """Return whether the stated pilot is worth it, what else could be piloted, and the rule."""
    answer: Pilot = result.answer
    figures = Figures(answer.currency)
    blocks: list[Block] = [Paragraph(_verdict(answer, figures), lead=level == "full")]
    if answer.best_design is None:
        blocks.append(Bullets(tuple(_(REASONS[reason]) for reason in answer.reasons)))
    if answer.recommendation is not None:
        said_of = answer.recommendation.sentence
        blocks.append(Paragraph(without_keys(said_of) if level == "full" else str(said_of)))
    blocks += _rule(answer, figures, level)
    if answer.capped_respondents is not None:
        text = _("Asked for {measure}, only {most} people can answer a wave in pilot units, not {stated}; they count.")
        stated = figures.plain(answer.stated.respondents)
        said: list[str | Datum] = []
        for node, most in answer.capped.items():
            said += [*say(text, measure=str(node_message(node)), most=figures.plain(most), stated=stated), " "]
        paid = say(_("Paid is for {paid} answers a wave."), paid=figures.plain(answer.paid_respondents))
        blocks.append(Note((*said, *paid)))
    if level == "full":
        blocks += _worth(answer, figures)
        picture = designs.designs(result)
        blocks += [] if picture is None else [picture]
    blocks.append(_designs(answer, figures, level))
    if level == "brief":
        text = _("{evpi} for the choice to scale or stop; what the stated pilot tells, used ideally, is worth {evsi}")
        information = say(text, evpi=estimate(answer.evpi, figures), evsi=estimate(answer.evsi, figures))
        tried = _("{n}, all in --json; right: probability of the action right in truth").format(
            n=number(len(answer.design))
        )
        blocks += [
            Facts(((_("Perfect information"), information), (_("Designs tried"), tried))),
            basis(answer.draws, answer.seed),
        ]
    return Section("pilot", _("Is a pilot worth it?"), tuple(blocks))


def _verdict(answer: Pilot, figures: Figures) -> Text:
    net, best = answer.pilot_net.value, answer.best_design
    if answer.worth_it:
        text = _(
            "The stated pilot is worth {net} more than the best choice without one, its cost and its delay counted."
        )
        sentence = (*say(text, net=_net(answer, answer.pilot_net)), *_within_limits(answer, figures))
        if answer.stated.pays_by_reading:
            return sentence
        text = _(
            "It earns that as a smaller first step: to choose by what it reads is worth {told}. It settles little."
        )
        return (*sentence, " ", *say(text, told=_worth_of(answer.stated.rule_value, figures)))
    text = _(
        "The stated pilot is not worth it: it is {net} worse than the best choice without one, its cost and its delay "
        "counted."
    )
    if net > 0:
        text = _(
            "The stated pilot would be worth {net} more than the best choice without one, its cost and its delay "
            "counted, but it is excluded by the limits set: {why}."
        )
    broken, advice, why = answer.stated.excluded, answer.recommendation, ""
    if broken is not None and advice is not None:
        why = str(joined("; ", beyond_limits(broken, advice, answer.currency)))
    sentence = (
        *say(text, net=_net(answer, replace(answer.pilot_net, value=abs(net))), why=why),
        *_within_limits(answer, figures),
    )
    if why and net <= 0:
        sentence = (*sentence, " ", _("The limits set exclude it, too: {why}.").format(why=why))
    left = [each for each in answer.design if each.excluded is None]
    step = max(left or answer.design, key=preferred)
    if best is None and step.pays:
        text = _(
            "None of {n} designs tried pays by what it tells. The one that pays most ({design}) is worth {worth} as a "
            "smaller first step: to choose by what it reads is worth {told}, and it settles little."
        )
        worth, told = _net(answer, step.pilot_net), _worth_of(step.rule_value, figures)
        n = number(len(answer.design))
        return (*sentence, " ", *say(text, n=n, design=_design(step), worth=worth, told=told))
    if best is None and any(each.pilot_net.value > 0 for each in answer.design if each is not answer.stated):
        return (*sentence, " ", _("No other design tried is both worth it and within the limits set."))
    if best is None:
        others = plural(
            "Nor is any other of {n} design tried.", "Nor is any other of {n} designs tried.", len(answer.design)
        )
        return (*sentence, " ", others)
    another = _("Another design would be: {design}, worth {worth}.")
    other = say(another, design=_design(best), worth=_net(answer, best.pilot_net))
    return (*sentence, " ", *other, *_beside_the_answer(answer, best.pilot_net, figures))


def _within_limits(answer: Pilot, figures: Figures) -> tuple[str | Datum, ...]:
    """Return which choice that is, where the limits exclude another without a pilot that pays more."""
    advice = answer.recommendation
    if advice is None:
        return ()
    refused = {each.option for each in advice.excluded}
    means = {name: worth for name, worth in advice.mean_npv.items() if name != "pilot_then_decide"}
    best = max(means, key=means.__getitem__)
    left = [name for name in means if name not in refused]
    if best not in refused or not left:
        return ()
    other = max(left, key=means.__getitem__)
    text = _("Within the limits set that choice is “{other}”; “{best}”, worth {gap} more, is excluded.")
    gap = figures.rough(means[best] - means[other])
    return (" ", *say(text, best=option_name(best), other=option_name(other), gap=gap))


def _beside_the_answer(answer: Pilot, net: Estimate, figures: Figures) -> tuple[str | Datum, ...]:
    """Return what a better design means for the answer, which weighs the pilot as stated alone."""
    if answer.material is None:
        return ()
    if net.value <= 2.0 * net.mcse:
        return (" ", _("That is within its simulation error, so that it does not change the answer."))
    if net.value <= answer.material:
        text = _(
            "That is less than {material}, the part of the cost below which a gap is too little to choose by, so that "
            "it does not change the answer."
        )
        return (" ", *say(text, material=figures.money(answer.material)))
    text = _(
        "That is enough to choose by (more than {material}), but the answer weighs the pilot as stated: write this "
        "design into the scenario to have it weighed."
    )
    return (" ", *say(text, material=figures.money(answer.material)))


def _net(answer: Pilot, net: Estimate) -> Datum:
    """Return what a pilot is worth in a sentence, as the recommendation beside it has that of the stated one."""
    return Figures(answer.currency, answer.grain(net)).money(net.value)


def _worth_of(worth: Estimate, figures: Figures) -> Datum:
    """Return an amount to the digits of its error."""
    return _known(worth, figures.currency).money(worth.value)


def _known(worth: Estimate, currency: str) -> Figures:
    return Figures(currency, worth_grain(worth))


def _design(design: Design) -> str:
    text = _("{scope} of units, {months} months, {respondents} answers a wave, no control")
    if design.control:
        text = _("{scope} of units, {months} months, {respondents} answers a wave, control")
    if not round(design.respondents):
        text = _("{scope} of units, {months} months, no survey, no control")
        if design.control:
            text = _("{scope} of units, {months} months, no survey, control")
    return text.format(
        scope=percent(design.scope), months=number(design.months), respondents=number(design.respondents)
    )


def _rule(answer: Pilot, figures: Figures, level: Level) -> list[Block]:
    worth = _worth_of_rule(answer.rule_details, figures)
    design = proposed(answer.stated, answer.best_design)
    other = design != answer.stated
    # The stated pilot may be run as it stands, and is decided by its own rule, which is not that of the better design.
    own: list[Block] = []
    if other and answer.stated_rule:
        own = [Paragraph(_("Rule of the pilot as stated: {rule}").format(rule=answer.stated_rule))]
    if level == "brief":
        text = _("Rule of the other design: {rule}") if other else _("Rule: {rule}")
        if own:
            text = _("Rule of the better design ({design}): {rule}")
        return [Paragraph(text.format(rule=answer.rule, design=_design(design))), *worth, *own]
    head = _("The decision rule, to be pinned to the wall before the data are seen:")
    if other:
        head = _("The decision rule of the other design ({design}), to be pinned to the wall before the data are seen:")
        head = head.format(design=_design(design))
    return [Paragraph(head), Paragraph(str(answer.rule), lead=True), *worth, *own]


def _worth_of_rule(rule: Rule, figures: Figures) -> list[Block]:
    """Return what a rule is worth beside ideal use of what is read, and how often it errs."""
    if rule.value is None or rule.evsi is None or rule.false_go is None or rule.false_stop is None:
        return []
    text = _(
        "To decide by it is worth {value}; the same data, used ideally without a rule, would be worth {evsi}. "
        "In {go} of 100 futures it scales what should stop, in {stop} it stops what should scale."
    )
    if rule.value.value >= rule.evsi.value:  # two estimates of which the second is the larger in truth
        text = _(
            "To decide by it is worth {value}, about as much as the same data used ideally without a rule. In {go} of "
            "100 futures it scales what should stop, in {stop} it stops what should scale."
        )
    sentence = say(
        text,
        value=_worth_of(rule.value, figures),
        evsi=_worth_of(rule.evsi, figures),
        go=figures.of_hundred(rule.false_go.value),
        stop=figures.of_hundred(rule.false_stop.value),
    )
    return [Paragraph(sentence)]


def _worth(answer: Pilot, figures: Figures) -> list[Block]:
    text = _(
        "What the stated pilot tells is worth {evsi} for the choice to scale or stop after it (expected value of "
        "sample information); to know everything at that choice would be worth {evpi}."
    )
    first = say(text, evsi=_worth_of(answer.evsi, figures), evpi=_worth_of(answer.evpi, figures))
    text = _(
        "As stated it leads to the right decision with probability {right}; a false go has {go}, a false stop {stop}."
    )
    stated = answer.stated
    second = say(
        text,
        right=figures.share(stated.assurance.value),
        go=figures.share(stated.false_go.value),
        stop=figures.share(stated.false_stop.value),
    )
    return [Paragraph(first), Paragraph(second)]


def _near(one: Design, other: Design) -> bool:
    """Whether two designs are one to a reader: alike but for a tenth of the answers, or for who is asked in vain."""
    if (one.scope, one.months, one.excluded is None) != (other.scope, other.months, other.excluded is None):
        return False
    few = abs(one.respondents - other.respondents) <= 0.1 * max(one.respondents, other.respondents)
    errs = [[round(100 * e.value) for e in (d.assurance, d.false_go, d.false_stop)] for d in (one, other)]
    error = 2.0 * max(one.pilot_net.mcse, other.pilot_net.mcse)
    vain = errs[0] == errs[1] and abs(one.pilot_net.value - other.pilot_net.value) <= error
    return (few and one.control == other.control) or vain


def _designs(answer: Pilot, figures: Figures, level: Level) -> Table:
    unit = unit_of(max(abs(each.pilot_net.value) for each in answer.design), figures.currency)
    designs = [(_("stated"), answer.stated)]
    if answer.best_design not in (None, answer.stated):
        designs.append((_("best"), answer.best_design))
    named = [design for _name, design in designs]
    others = sorted(answer.design, key=lambda each: (each.excluded is None, *preferred(each)), reverse=True)
    apart: list[Design] = []
    for each in others:
        if not any(_near(each, one) for one in (*named, *apart)):
            apart.append(each)
    designs += [("", each) for each in apart[: _OTHERS[level]]]
    every: list[tuple[Text, ...]] = [
        (
            name,
            figures.percent(each.scope),
            figures.plain(each.months),
            figures.plain(each.respondents),
            _("yes") if each.control else _("no"),
            (*with_error(each.pilot_net.value, each.pilot_net.mcse, figures, unit, plus=True), _mark(each)),
            _known(each.rule_value, answer.currency).cell(each.rule_value.value, unit),
            figures.share(each.assurance.value),
            figures.share(each.false_go.value),
            figures.share(each.false_stop.value),
        )
        for name, each in designs
    ]
    # What reads alike is one row: of designs that ask more people than there are, the same ones answer.
    rows = list({tuple(map(plain, row)): row for row in reversed(every)}.values())[::-1]
    head = (
        _("pilot"),
        _("units"),
        _("months"),
        _("answers"),
        _("control"),
        _("worth, {unit}").format(unit=unit.name),
        in_unit(_("by what it tells"), unit),
        _("right"),
        _("false go"),
        _("false stop"),
    )
    caption = _(
        "What piloting first is worth, and to choose by its rule alone (what is between the two is a smaller first "
        "step, its cost and its delay, whatever is read); ± is the simulation error; sentences round to the "
        "digits of the options' means"
    )
    if any(each.excluded is not None for _told, each in designs):
        caption = _("{caption}; *: excluded by the limits set").format(caption=caption)
    return Table(caption, head, tuple(rows), more=level == "full")


def _mark(design: Design) -> str:
    """Return what marks a design that the limits exclude."""
    return "" if design.excluded is None else "*"
