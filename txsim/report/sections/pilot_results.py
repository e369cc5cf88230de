# SPDX-License-Identifier: MIT
"""What a finished pilot has shown: its effect, the decision, payoffs before and after."""

from __future__ import annotations

import math

from txsim.language import _, plural
from txsim.language.numbers import p_value, unit_of
from txsim.pilot.before_start import drifted_apart
from txsim.report.document import Block, Fact, Facts, Level, Paragraph, Section, Table, Text, say
from txsim.report.figures import Figures
from txsim.report.pictures import panel
from txsim.report.reading import Result
from txsim.report.sections.data import span, warning_blocks
from txsim.report.sections.file_reading import read_facts
from txsim.report.words import link_words, npv_name, option_name, worded
from txsim.results.names import node_message
from txsim.results.quantities import Interval
from txsim.results.update import NpvUpdate, Payoff, Update

#: Share of the width of a 90 % interval by which what is believed is hardly moved.
_HARDLY = 0.05
#: Error of the 5 %, 50 % and 95 % quantile of one normal draw in widths of its 90 % interval; errors that are noise.
_QUANTILE_ERROR = (0.642, 0.381, 0.642)
_ERRORS = 3.0


def updated(result: Result, level: Level) -> Section:
    """Return what a finished pilot says: effect, decision, payoff before and after."""
    update: Update = result.answer
    figures = Figures(update.currency)
    if level == "brief":
        return Section("update", "", (*_pilot_in_brief(update, figures), *warning_blocks(update.warnings, level)))
    expected = update.decision.expected_npv
    text = _("By expected {npv} scaling is worth {scale}, stopping {stop}.")
    parts: dict[str, Text] = {
        "npv": npv_name(after_tax=update.after_tax, taxed=update.taxed),
        "scale": Figures(update.currency, expected.scale_resolution).money(expected.scale, plus=True),
        "stop": Figures(update.currency, expected.stop_resolution).money(expected.stop, plus=True),
    }
    # The verdict and what it rests on stand in one sentence, the same wherever it is told.
    blocks: list[Block] = [Paragraph(worded(update.sentence), lead=True), Paragraph(say(text, **parts))]
    if {"pilot_scale", "pilot_stop"} <= set(update.npv):
        text = _("How sure that is: scaling ends with a loss with probability {scale}, stopping with {stop}.")
        if update.taxed:
            text = _(
                "How sure that is: before tax scaling ends with a loss with probability {scale}, stopping with {stop}."
            )
        losses = {key: figures.share(update.npv[f"pilot_{key}"].posterior.p_loss) for key in ("scale", "stop")}
        blocks.append(Paragraph(say(text, **losses)))
    blocks.append(panel.update_effect(result))
    text = _("A reading as far from what was expected, or farther, had probability {p}.")
    blocks.append(Paragraph(say(text, p=figures.chance(update.surprise.tail_probability))))
    blocks += [panel.update_npv(result), _payoffs(update, figures)]
    facts = [*_comparison(update, figures), *_links(update, figures), *read_facts(update.reading)]
    blocks += [Facts(tuple(facts))] if facts else []
    return Section("update", _("What the pilot has shown"), (*blocks, *warning_blocks(update.warnings, level)))


def _pilot_in_brief(update: Update, figures: Figures) -> list[Block]:
    effect, units = update.effect, update.units
    text = _("Pilot of {treated} units without control units, measured on {node}")
    if units.control:
        text = _("Pilot of {treated} against {control} units, measured on {node}")
    counts = {"treated": figures.plain(units.treated), "control": figures.plain(units.control)}
    blocks: list[Block] = [
        Paragraph(say(text, node=str(node_message(update.node)), **counts)),
        Paragraph(worded(update.sentence)),
    ]
    unit = worded(effect.unit)
    digits = effect.measured.digits
    told: dict[str, Text] = {
        "effect": span(figures, effect.measured, digits),
        "unit": unit,
        "basis": worded(effect.basis),
    }
    measured = say(_("{effect} {unit}, 90 % with {basis}"), **told)
    text = _("to read {effect}, noise included, before the pilot; a reading as far off had a probability of {p}")
    tail = figures.chance(update.surprise.tail_probability)
    believed = effect.told
    digits_before = believed.prior.digits
    pushed = say(
        _("{before} → {after} {unit}"),
        before=span(figures, believed.prior, digits_before),
        after=span(figures, believed.posterior, digits_before),
        unit=worded(believed.unit) + (f" ({node_message(believed.node)})" if believed.node else ""),
    )
    facts: list[Fact] = [
        (_("Measured"), measured),
        (_("Expected"), say(text, effect=span(figures, effect.predicted, digits), p=tail)),
        (_("Full effect, before → after"), pushed),
        *_comparison(update, figures),
        *_links(update, figures),
    ]
    for option, npv in update.npv.items():
        before, after = (known.money(of.mean, plus=True) for known, of in _known(update, npv))
        amounts = (before, " → ", after)
        facts.append((f"{npv_name(after_tax=False, taxed=update.taxed)}: {option_name(option)}", amounts))
    facts.append((_("Rule"), worded(update.decision.reason)))
    log = update.log
    if log.appended:
        facts.append((_("Log"), _("{file}, entry {n}").format(file=log.file, n=int(log.entry))))
    elif log.kept:
        facts.append((_("Log"), _("{file}, where this pilot stands already").format(file=log.file)))
    facts += read_facts(update.reading)
    blocks.append(Facts(tuple(facts)))
    if log.appended and not log.used_by_run and not drifted_apart(update.before_start, update.effect.measured.median):
        blocks.append(line_to_keep(log.line))
    return blocks


def _known(update: Update, npv: NpvUpdate) -> tuple[tuple[Figures, Payoff], tuple[Figures, Payoff]]:
    """Return what an option pays before and after the pilot, each with figures to the digit that its error leaves."""
    before, after = ((Figures(update.currency, grain), of) for of, grain in update.payoffs(npv))
    return before, after


def _comparison(update: Update, figures: Figures) -> list[Fact]:
    """Return whether pilot and control units were alike before the start, and whether they left alike."""
    facts: list[Fact] = []
    if update.before_start is not None:
        earlier = update.before_start
        if earlier.clear:
            text = _(
                "a start that never was, within {n} periods before the real one, gives {effect}, where units that move "
                "alike give 0 ({p}): they moved apart before the pilot, and as much may be in its effect"
            )
            if earlier.effect.median * update.effect.measured.median < 0:
                text = _(
                    "a start that never was, within {n} periods before the real one, gives {effect}, where units that "
                    "move alike give 0 ({p}): they moved apart before the pilot, against its effect"
                )
        elif earlier.holds(update.effect.measured.median):
            text = _(
                "a start that never was, within {n} periods before the real one, gives {effect}, where units that move "
                "alike give 0: chance may do as much ({p}), but so may a drift as large as the effect"
            )
        else:
            text = _(
                "a start that never was, within {n} periods before the real one, gives {effect}, where units that move "
                "alike give 0: chance may do as much ({p}), and the effect lies outside this interval"
            )
        told = span(figures, earlier.effect, earlier.effect.digits)
        words = say(text, n=figures.plain(earlier.periods), effect=told, p=figures.show(earlier.p, p_value))
        facts.append((_("Before the start"), words))
    left = update.leaving
    if left is not None and (left.treated or left.control):
        text = _("{inside} of pilot and {outside} of control units by the end ({p})")
        shares = {"inside": figures.share(left.treated), "outside": figures.share(left.control)}
        words = say(text, **shares, p=figures.show(left.p, p_value))
        if left.bounds is not None:
            bounds = left.bounds
            digits = update.effect.measured.digits
            ends, errors = (
                figures.range(*(figures.plain(end, digits, plus=True) for end in both))
                for both in ((bounds.low, bounds.high), (bounds.p05, bounds.p95))
            )
            if not left.differs and left.least_share is None:
                words = (*words, _("; so few units could show no difference, so that there may be one"))
            elif left.least_share is not None:
                text = _("; so few units show no difference short of {least}, so that there may be one")
                words = (*words, *say(text, least=figures.share(left.least_share)))
            text = _("; effect on those who stay either way: {ends} (with their errors {errors})")
            words = (*words, *say(text, ends=ends, errors=errors))
        facts.append((_("Left"), words))
    return facts


def _links(update: Update, figures: Figures) -> list[Fact]:
    """Return what became of links: slopes, and how probable it is that one does nothing."""
    moved = {
        name: link for name, link in update.links.items() if _moved(link.prior, link.posterior, update.effective_draws)
    }
    facts: list[Fact] = [
        (link_words(name), (*span(figures, link.prior), " → ", *span(figures, link.posterior)))
        for name, link in moved.items()
    ]
    if moved:
        text = _("points of the second per point of the first, before the pilot → after it")
        rest = len(update.links) - len(moved)
        if rest:
            text += "; " + plural("{n} other link was hardly moved", "{n} other links were hardly moved", rest)
        facts.insert(0, (_("Links"), text))
    elif update.links:
        facts.append((_("Links"), _("what is believed of them was hardly moved")))
    for name, doubt in update.doubt.items():
        facts.append((str(doubt.meaning) or link_words(name), doubt_moved(doubt.prior, doubt.posterior, figures)))
    return facts


def _moved(prior: Interval, posterior: Interval, effective_draws: float) -> bool:
    """Whether what is believed of a slope changed by more than a twentieth of its 90 % interval and by more than noise.

    Noise is three errors of a quantile of so many draws of a normal belief, √(p (1 − p)/n) over its density; beliefs
    above nought are normal in logarithms.
    """
    plain = told = [(getattr(prior, at), getattr(posterior, at)) for at in ("p05", "median", "p95")]
    if min(min(pair) for pair in told) > 0:
        told = [(math.log(before), math.log(after)) for before, after in told]
    noise = _ERRORS * (told[2][0] - told[0][0]) / math.sqrt(effective_draws)
    return any(
        abs(now - was) > _HARDLY * (prior.p95 - prior.p05) and abs(after - before) > noise * error
        for (was, now), (before, after), error in zip(plain, told, _QUANTILE_ERROR, strict=True)
    )


def _payoffs(update: Update, figures: Figures) -> Table:
    unit = unit_of(max(abs(npv.posterior.p95) for npv in update.npv.values()), update.currency)
    rows: list[tuple[Text, ...]] = [
        (
            option_name(option),
            *(known.cell(of.mean, unit, plus=True) for known, of in _known(update, npv)),
            figures.share(npv.prior.p_loss),
            figures.share(npv.posterior.p_loss),
        )
        for option, npv in update.npv.items()
    ]
    head = (_("option"), _("mean before"), _("after"), _("P(loss) before"), _("after"))
    npv = npv_name(after_tax=False, taxed=update.taxed)
    caption = _("{npv} before and after the pilot, {unit}").format(npv=npv, unit=unit.name)
    return Table(caption, head, tuple(rows))


def line_to_keep(line: str) -> Paragraph:
    """Return the line of a scenario by which all that is computed later starts from what is known now."""
    text = _("Next: write `{line}` into the scenario, so that run, compare and pilot start from what is known now")
    return Paragraph(text.format(line=line))


def doubt_moved(before: float, after: float, figures: Figures) -> Text:
    """Return how probable it was, and is now, that a link does nothing."""
    return say(_("does nothing: {before} → {after}"), before=figures.share(before), after=figures.share(after))
