# SPDX-License-Identifier: MIT
"""What an organisation's own panel is worth in money to a scenario: the decision without the data and with them."""

from __future__ import annotations

from txsim.language import _
from txsim.language.numbers import Unit, error_grain, number, unit_of
from txsim.report.document import Block, Datum, Fact, Facts, Level, Paragraph, Section, Table, Text, Verdict, say
from txsim.report.figures import Figures, figures_for
from txsim.report.pictures.panel import parameter_name
from txsim.report.reading import Result
from txsim.report.sections.pilot_results import doubt_moved, line_to_keep
from txsim.report.sections.recommendation import STATES, decision_words
from txsim.report.words import npv_name, option_name, short_name
from txsim.results.link import Link
from txsim.results.panel_worth import PanelWorth
from txsim.results.quantities import Estimate, Interval


def worth(result: Result, level: Level) -> Section | None:
    """Return what a panel is worth in money to the scenario that names it; ``None`` where nobody asked."""
    link: Link = result.answer
    of = link.worth
    if of is None:
        return None
    title = _("What your own data change in money")
    facts = [*_knowing(link, of), *_doubts(of)]
    if level == "brief":
        first: list[Fact] = [(_("Scenario"), of.scenario), (_("Decision"), _states(of)), _change(of)]
        blocks: list[Block] = [Facts(tuple(first)), _options(of, level), Facts((*_shares(link, of), *facts))]
        if of.line:
            blocks.append(line_to_keep(of.line))
        return Section("worth", title, tuple(blocks))
    without = _("Without the data: {state}. {sentence}")
    before = without.format(state=_(STATES[of.before.state]), sentence=of.before.sentence)
    blocks = [
        Paragraph(say(_("Scenario: {scenario}."), scenario=of.scenario)),
        Verdict(of.after.state, _(STATES[of.after.state]), str(of.after.sentence), before),
        Facts((_change(of),)),
        _options(of, level),
        _contributions(link, of),
        Facts((*_shares(link, of), *facts)),
    ]
    return Section("worth", title, tuple(blocks))


def _states(of: PanelWorth) -> str:
    """Return the decision without the data and with them in words."""
    # Where the question is open no option is called the better one.
    before, after = (decision_words(each.option, each.state) for each in (of.before, of.after))
    if before == after:
        return _("{decision}, without the data and with them").format(decision=before)
    return _("without the data: {before}; with them: {after}").format(before=before, after=after)


def _change(of: PanelWorth) -> Fact:
    """Return by how much the data move what the headline's option is expected to pay, and whether that is noise."""
    npv = of.after.options[of.option].npv
    change = of.change[of.option]
    figures, fine = figures_for(npv, of.currency), Figures(of.currency, error_grain(change.mcse))
    text = _("{before} → {after} with the data: moved by {change}, more than the noise (simulation error {error})")
    if change.within_noise:
        text = _("{before} → {after} with the data: moved by {change}, less than the noise (simulation error {error})")
    words = say(
        text,
        before=figures.money(of.before.options[of.option].npv.mean, plus=True),
        after=figures.money(npv.mean, plus=True),
        change=fine.money(change.value, plus=True),
        error=fine.money(change.mcse),
    )
    return f"{npv_name(after_tax=of.after_tax, taxed=of.after_tax)}, {option_name(of.option)}", words


def _options(of: PanelWorth, level: Level) -> Table:
    brief = level == "brief"
    every = [side.options[name].npv for side in (of.before, of.after) for name in side.options]
    unit = unit_of(max(max(abs(npv.p05), abs(npv.p95)) for npv in every), of.currency)
    rows: list[tuple[Text, ...]] = []
    for name in of.change:
        before, after = of.before.options[name], of.after.options[name]
        figures = figures_for(after.npv, of.currency)
        spans: list[Text] = [
            (figures.cell(each.npv.mean, unit, plus=True), " (", *figures.cell_range(each.npv, unit), ")")
            for each in (before, after)
        ]
        losses = (figures.share(before.p_loss.value), " → ", figures.share(after.p_loss.value))
        change, error = of.change[name].value, of.change[name].mcse
        fine = Figures(of.currency, error_grain(error))
        moved: Text = (fine.cell(change, unit, plus=True), " ± ", fine.cell(error, unit))
        rows.append((short_name(name) if brief else option_name(name), *spans, moved, losses))
    caption = _("{npv} without the data and with them, {unit}; mean and 90 %, change with its simulation error")
    npv = npv_name(after_tax=of.after_tax, taxed=of.after_tax)
    head = (_("option"), _("without"), _("with the data"), _("change"), _("P(loss)"))
    return Table(caption.format(npv=npv, unit=unit.name), head, tuple(rows))


def _span(figures: Figures, of: Interval | None) -> Text:
    if of is None:
        return "–"
    ends = figures.range(figures.significant(of.p05), figures.significant(of.p95))
    return (figures.significant(of.median), " (", *ends, ")")


def _contributions(link: Link, of: PanelWorth) -> Table:
    figures = Figures(of.currency)
    rows = tuple(
        (
            parameter_name(link, name),
            name,
            _span(figures, each.prior),
            _span(figures, each.data),
            _span(figures, each.posterior),
            "–" if each.data_share is None else figures.percent(each.data_share),
        )
        for name, each in of.contributions.items()
    )
    head = ("", _("parameter"), _("priors and claims"), _("data alone"), _("both"), _("from the data"))
    caption = _(
        "What prior and data each contribute; median and 90 %, in the unit of the parameter. From the data: their part "
        "of both precisions, of logarithms where the prior lies above 0; – where it is known no more exactly than "
        "before"
    )
    return Table(caption, head, rows, frozenset({0, 1}), keys=frozenset({1}))


def _shares(link: Link, of: PanelWorth) -> list[Fact]:
    """Return a sentence on what data and prior contribute to each slope that the data speak of."""
    figures = Figures(of.currency)
    facts: list[Fact] = []
    for name in of.after.evppi:
        each = of.contributions.get(name)
        if each is None:
            continue
        before, after = (figures.significant(of.median) for of in (each.prior, each.posterior))
        if each.data_share is None and each.data is None:
            text = _("it is known no more exactly than without your data; its median went from {before} to {after}")
            words = say(text, before=before, after=after)
        elif each.data_share is None:
            text = _(
                "your data and the priors pull apart ({data} by your data alone), so that it is known less exactly "
                "than without your data; its median went from {before} to {after}"
            )
            words = say(text, data=_span(figures, each.data), before=before, after=after)
        else:
            rest = figures.show(each.data_share, lambda share: number(100 * (1 - share)))
            text = _(
                "of how exactly it is known now, {data} comes from your data, {prior} % from priors and claims; its "
                "median went from {before} to {after}"
            )
            words = say(text, data=figures.percent(each.data_share), prior=rest, before=before, after=after)
        facts.append((parameter_name(link, name), words))
    return facts


def _knowing(link: Link, of: PanelWorth) -> list[Fact]:
    """Return what knowing each slope exactly is worth before the data and still after them."""
    figures = Figures(of.currency)
    facts: list[Fact] = []
    for name, after in of.after.evppi.items():
        before = of.before.evppi[name]
        unit = unit_of(max(before.value, after.value), of.currency)

        def told(each: Estimate, unit: Unit = unit) -> tuple[str | Datum, ...]:
            return (figures.cell(each.value, unit), " ± ", figures.cell(each.mcse, unit), f" {unit.name}")

        text = _("{before} without the data; with them {after}, to the choice between committing and doing nothing")
        words = say(text, before=told(before), after=told(after))
        if not (unit.printed(before.value) or unit.printed(after.value)):
            text = _(
                "nothing, with the data or without: no likely value turns the choice between committing and doing "
                "nothing"
            )
            words = (text,)
        facts.append((_("Knowing {way} exactly").format(way=parameter_name(link, name)), words))
    return facts


def _doubts(of: PanelWorth) -> list[Fact]:
    figures = Figures(of.currency)
    return [(name, doubt_moved(of.before.doubt[name], after, figures)) for name, after in of.after.doubt.items()]
