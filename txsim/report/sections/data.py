# SPDX-License-Identifier: MIT
"""An organisation's own data: what a panel says."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from txsim.language import N_, Words, _, by_locale, plural
from txsim.language.numbers import number
from txsim.priors.sentences import implication, implied, plain_number
from txsim.report.document import Block, Datum, Fact, Facts, Level, Note, Paragraph, Section, Table, Text, say
from txsim.report.figures import Figures
from txsim.report.pictures import panel
from txsim.report.pictures.panel import WAYS
from txsim.report.reading import Result
from txsim.report.sections.file_reading import panel_reading
from txsim.report.sections.panel_design import detectable, enough_in_brief, what_is_enough
from txsim.report.words import sentence, worded
from txsim.results.link import DIRECTIONS, SERIES, VERDICTS, Effect, GroupEffect, KindEffect, Link, OutcomeEffect
from txsim.results.quantities import Interval
from txsim.results.update import Difference
from txsim.scenario.vocabulary import parameter_table
from txsim.units import SCALES

#: Verdicts of an effect that there is, so that a cause might explain it away.
_CLEAR = ("supported", "opposite")


def span(
    figures: Figures, of: Interval | Effect | Difference | None, digits: int = 3, *, plus: bool = True
) -> tuple[str | Datum, ...]:
    """Return median and 90 % interval, such as ``+0.214 (0.103 … 0.335)``."""
    if of is None or not math.isfinite(of.median):
        return (_("unknown"),)
    ends = figures.range(figures.plain(of.p05, digits), figures.plain(of.p95, digits))
    return (figures.plain(of.median, digits, plus=plus), " (", *ends, ")")


def _digits(of: Interval | Effect, most: int) -> int:
    """Return the digits after the decimal sign with which an interval's width has two that count, at most so many."""
    width = of.p95 - of.p05
    return min(max(1 - math.floor(math.log10(width)), 0), most) if 0 < width < math.inf else most


def _share(figures: Figures, of: Interval | None) -> Text:
    """Return a share with its interval, such as ``33 % (25 … 41)``."""
    if of is None:
        return _("unknown")
    ends = figures.range(*(figures.show(end, lambda v: number(100 * v)) for end in (of.p05, of.p95)))
    return (figures.percent(of.median), " (", *ends, ")")


def warning_blocks(warnings: Sequence[Words], level: Level) -> list[Block]:
    """Return warnings as facts of a terminal, or as notes of a page."""
    if level == "brief" and warnings:
        return [Facts(tuple((_("Warning"), worded(warning)) for warning in warnings))]
    return [Note(sentence(worded(warning))) for warning in warnings]


def linked(result: Result, level: Level) -> Section:
    """Return what the panel says about both directions, and what it cannot say."""
    link: Link = result.answer
    figures = Figures("")
    facts = _panel_facts(link, figures, level)
    if not link.data.cells["ex"]:
        title = "" if level == "brief" else _("What your own data say")
        return Section("link", title, tuple(_money_alone(link, figures, level)))
    if level == "brief":
        blocks: list[Block] = [_size(link, figures), Paragraph(_verdict(link, figures)), _ways_in_brief(link, figures)]
        blocks += [Facts(tuple(facts))] if facts else []
        blocks += _within_the_period(link)
        enough = (*detectable(link, figures), enough_in_brief(link, figures))
        blocks += [*_moved(link, figures), Facts((*enough, *panel_reading(link.data)))]
        blocks += warning_blocks(link.warnings, level)
        if link.verdict["ex_cx"] != "cannot_say" and link.calibration is not None and link.worth is None:
            blocks.append(_next_step())
        return Section("link", "", tuple(blocks))
    blocks = [_size(link, figures)]
    for picture in (panel.links(result), panel.units(result), panel.moved(result)):
        blocks += [] if picture is None else [picture]
    at = 2 if len(blocks) > 1 else 1
    blocks[at:at] = [_ways(link, figures), _explained(link)]
    if link.noise_share["ex"] and link.noise_share["cx"]:
        text = _("Of the movement from period to period, survey noise is {ex} in EX and {cx} in CX.")
        blocks.append(Paragraph(say(text, **{name: _share(figures, link.noise_share[name]) for name in SERIES})))
    for way, robustness in link.sensitivity.items():
        if robustness is not None and link.verdict[way] in _CLEAR:
            text = _(
                "{way}: a cause that nobody measured would have to explain {share} "
                "of what is left of both to explain it away."
            )
            blocks.append(Paragraph(say(text, way=WAYS[way], share=figures.share(robustness.robustness_value))))
    facts = [*facts, *detectable(link, figures), *panel_reading(link.data)]
    blocks += [Facts(tuple(facts))] if facts else []
    blocks += [
        *_within_the_period(link),
        *what_is_enough(link, figures),
        *_checks(link, figures),
        *warning_blocks(link.warnings, level),
    ]
    return Section("link", _("What your own data say"), tuple(blocks))


def _size(link: Link, figures: Figures) -> Paragraph:
    data = link.data
    text = _("{units} units × {periods} · EX in {ex}, CX in {cx} · {cells} cells with both")
    counts = {"units": data.units, "cells": data.cells["both"]}
    if not data.cells["ex"]:
        text = _("{units} units × {periods} · CX in {cx}, no EX · {cells} cells")
        counts["cells"] = data.cells["cx"]
    parts: dict[str, Text] = {name: figures.plain(count) for name, count in counts.items()}
    periods = plural("{n} period", "{n} periods", data.periods)
    return Paragraph(say(text, ex=data.scales[0], cx=data.scales[1], periods=periods, **parts))


def _money_alone(link: Link, figures: Figures, level: Level) -> Iterator[Block]:
    """Yield what a panel without EX says: how CX and money go together within units."""
    yield _size(link, figures)
    yield Facts(
        tuple((_("CX → {0}").format(outcome.outcome), _outcome(outcome, figures, link)) for outcome in link.outcomes)
    )
    yield from _within_the_period(link)
    yield from _moved(link, figures)
    yield Facts(tuple(panel_reading(link.data)))
    yield from warning_blocks(link.warnings, level)
    if level == "brief" and link.worth is None and any(outcome.in_calibration for outcome in link.outcomes):
        yield _next_step()


def _within_the_period(link: Link) -> Iterator[Block]:
    """Yield what an effect of CX on money that is read within the period cannot be told from."""
    if any(not outcome.why and outcome.parameter != "cx_margin" for outcome in link.outcomes):
        text = _(
            "CX and money: within units and net of what all share in a period; a cause that moves CX and money of one "
            "unit in one period cannot be told from an effect."
        )
        yield Paragraph(text)


def _next_step() -> Paragraph:
    return Paragraph(_("Next: `data: {file: …, spec: …}` in a scenario makes `txsim run` use this (docs/link.md)"))


def _verdict(link: Link, figures: Figures) -> Text:
    """Return the verdict on both directions in one sentence."""
    parts: list[str | Datum] = []
    for way in DIRECTIONS:
        parts += ["; " if parts else "", f"{WAYS[way]}: {_(VERDICTS[link.verdict[way]][1])}"]
        effect = link.one_period[way]
        if effect.known:
            chance = figures.chance(effect.p_positive)
            parts += [" (", *say(_("positive with probability {p}"), p=chance), ")"]
    return (*parts, ".")


def _caption(link: Link) -> str:
    if link.data.raw:
        return _("Within units, by the data alone; sd per sd")
    return _("Within units, by the data alone; points per point")


def _ways_in_brief(link: Link, figures: Figures) -> Table:
    rows = tuple(
        (
            WAYS[way],
            span(figures, link.one_period[way], max(_digits(link.one_period[way], 6), 3)),
            span(figures, link.settled[way], max(_digits(link.settled[way], 6), 2)),
            _(VERDICTS[link.verdict[way]][0]),
        )
        for way in DIRECTIONS
    )
    head = ("", _("a period later"), _("settled"), _("verdict"))
    return Table(f"{_caption(link)}; {_('median and 90 %')}", head, rows, frozenset({0, 3}))


def _explained(link: Link) -> Paragraph:
    """Return what the two effects of a direction are, as a reader who has to act on them needs it."""
    step = _("one point") if not link.data.raw else _("one standard deviation")
    text = _(
        "“A period later”: what {step} more of the first in one period is followed by in the second in the next. "
        "“Settled”: what {step} more that lasts comes to in the end, all later periods together."
    )
    if not link.data.raw:
        text += " " + _("A point is a hundredth of the scale of each, from its worst value to its best.")
    return Paragraph(text.format(step=step))


def _ways(link: Link, figures: Figures) -> Table:
    rows: list[tuple[Text, ...]] = []
    for way in DIRECTIONS:
        for effects, label in ((link.one_period, _("a period later")), (link.settled, _("settled"))):
            effect, name = effects[way], f"{WAYS[way]}, {label}"
            if not effect.known:
                rows.append((name, "–", "–", _("the data cannot say")))
                continue
            span = figures.range(figures.significant(effect.p05), figures.significant(effect.p95))
            rows.append((name, figures.significant(effect.median), span, figures.chance(effect.p_positive)))
    head = (_("quantity"), _("median"), "90 %", _("probability that it is positive"))
    return Table(_caption(link), head, tuple(rows))


def _panel_facts(link: Link, figures: Figures, level: Level) -> list[Fact]:
    """Return what is known beside both directions: between units, within them, the lag, parts, a pilot, outcomes.

    A full report has sentences and a table of its own for survey noise, confounding and checks.
    """
    facts = [*_between(link, figures), *_within(link, figures), *_at_counts(link, figures)]
    if level == "brief":
        facts += _soundness(link, figures)
    for kind in link.by_kind:
        text = plural("{n} unit", "{n} units", kind.units)
        facts.append((_("Kind {0}").format(kind.kind), (f"{text}, ", *_part(kind, figures))))
    facts += [(_("Group {0}").format(group.group), _part(group, figures)) for group in link.groups]
    if link.pilot is not None:
        moves = [
            f"{name.upper()} {''.join(map(str, span(figures, shift, 2)))} {worded(unit)}"
            for name, shift, unit in zip(SERIES, (link.pilot.ex, link.pilot.cx), link.pilot.unit, strict=True)
            if shift is not None
        ]
        text = _("{units} units in it, against {control} without: {moves}, taken out before the links were read")
        counts = {"units": figures.plain(link.pilot.units), "control": figures.plain(link.pilot.control)}
        facts.append((_("Pilot inside"), say(text, moves="; ".join(moves), **counts)))
    facts += [(_("CX → {0}").format(outcome.outcome), _outcome(outcome, figures, link)) for outcome in link.outcomes]
    return facts


def _between(link: Link, figures: Figures) -> list[Fact]:
    between = link.between
    if between.observed_correlation is None:
        return []
    text = _("units that are better in one are better in the other: correlation {r}")
    if between.observed_correlation <= 0:
        text = _("units that are better in one are worse in the other: correlation {r}")
    association = between.association
    ends = None if association is None else association.correlation
    if ends is None or ends.p05 <= 0 <= ends.p95:
        text = _(
            "whether units that are better in one are better or worse in the other cannot be told: correlation {r}"
        )
    correlation = say(text, r=figures.plain(between.observed_correlation, 2, plus=True))
    words: tuple[str | Datum, ...] = (*correlation, ". ", _("That is an association, not an effect"))
    if association is not None:
        more = _(" ({low} … {high}); as measured, a unit with one point more of EX has {slope} points of CX more")
        if link.data.raw:
            more = _(
                " ({low} … {high}); a unit whose EX is higher by 1 has a CX that is higher by {slope}, as they stand"
            )
        low, high = (
            figures.plain(end, 2, plus=True) for end in (association.correlation.p05, association.correlation.p95)
        )
        also = say(more, low=low, high=high, slope=span(figures, association.slope, _digits(association.slope, 3)))
        words = (*correlation, *also, ". ", _("That is an association, not an effect"))
    if between.confounding_share is not None:
        share = _("; {share} of it comes from causes that both share")
        words = (*words, *say(share, share=_share(figures, between.confounding_share)))
    return [(_("Between units"), words)]


def _within(link: Link, figures: Figures) -> list[Fact]:
    facts: list[Fact] = []
    if link.within is not None:
        text = _("same period {same}, EX then CX {forth}, CX then EX {back} (correlations, noise included)")
        within = {"same": link.within.correlation, "forth": link.within.ex_then_cx, "back": link.within.cx_then_ex}
        parts = {name: figures.plain(value, 2, plus=True) for name, value in within.items()}
        facts.append((_("Within units"), say(text, **parts)))
    if link.lag is not None:
        text = _("{median} months ({low} … {high}), mean delay, estimated")
        if link.lag.given:
            text = _("{median} months, taken as known, not estimated")
        if link.data.period_months is None:  # counted, not dated: one is taken for a month, and is none
            text = _("{median} periods ({low} … {high}), mean delay, estimated")
            if link.lag.given:
                text = _("{median} periods, taken as known, not estimated")
        months = link.lag.months
        ends = {"median": months.median, "low": months.p05, "high": months.p95}
        facts.append((_("Lag"), say(text, **{name: figures.plain(end, 1) for name, end in ends.items()})))
    return facts


def _at_counts(link: Link, figures: Figures) -> list[Fact]:
    """Return what the answer would be with survey noise exactly as large as the counts of answers say."""
    if link.at_counts is None or not link.one_period["ex_cx"].known:
        return []
    text = _("a period later, if survey noise were exactly what the counts say: EX → CX {forth}, CX → EX {back}")
    words = say(text, forth=span(figures, link.at_counts["ex_cx"]), back=span(figures, link.at_counts["cx_ex"]))
    return [(_("Noise as counted"), words)]


def _soundness(link: Link, figures: Figures) -> list[Fact]:
    """Return survey noise, what would explain the effect away, and whether the model looks like the data."""
    facts: list[Fact] = []
    if any(share is not None for share in link.noise_share.values()):
        text = _("of the movement from period to period: EX {ex}, CX {cx}")
        facts.append((_("Survey noise"), say(text, **{n: _share(figures, link.noise_share[n]) for n in SERIES})))
    robustness = link.sensitivity["ex_cx"]
    if robustness is not None and link.verdict["ex_cx"] in _CLEAR:
        facts.append((_("Confounding"), f"EX → CX: {worded(robustness.meaning)}"))
    unusual = [worded(check.meaning) for check in link.checks if check.unusual]
    if link.checks:
        text = _("{good} of {all} statistics look like the model's own").format(
            good=len(link.checks) - len(unusual), all=len(link.checks)
        )
        facts.append((_("Checks"), text + (_("; not: {0}").format(", ".join(unusual)) if unusual else "")))
    return facts


#: What a push of CX on the scale of the file does to each financial outcome, for the better and for the worse.
_IN_OWN_UNITS = {
    "churn": (
        N_("+{push} {unit} of CX lower the rate of leaving by {n} %"),
        N_("+{push} {unit} of CX raise the rate of leaving by {n} %"),
    ),
    "revenue_per_customer": (
        N_("+{push} {unit} of CX raise revenue per customer by {n} %"),
        N_("+{push} {unit} of CX lower revenue per customer by {n} %"),
    ),
    "margin": (
        N_("+{push} {unit} of CX raise the margin by {n} points of percent of revenue"),
        N_("+{push} {unit} of CX lower the margin by {n} points of percent of revenue"),
    ),
}


def _part(part: KindEffect | GroupEffect, figures: Figures) -> tuple[str | Datum, ...]:
    """Return the effect in one kind of unit or of one staff group, informed by the others and by itself."""
    if part.one_period is None or part.alone is None:
        return (worded(part.why),)
    text = _("EX → CX {together}; by its own data {alone}")
    return say(text, together=span(figures, part.one_period["ex_cx"]), alone=span(figures, part.alone["ex_cx"]))


def _outcome(outcome: OutcomeEffect, figures: Figures, link: Link) -> Text:
    if outcome.why or outcome.settled is None:
        return worded(outcome.why)
    parameter = parameter_table()[outcome.parameter]
    span_of = span(figures, outcome.settled, 4)
    said, scale = _("per point of a mean score from 0 to 100"), SCALES.get(link.data.scales[1])
    found = _(VERDICTS[outcome.verdict][0])
    if not outcome.in_calibration:
        return (f"{outcome.parameter} ", *span_of, f" {said}, {found}: ", _("the calibration leaves it out"))
    if outcome.own_unit is None or scale is None:
        middle = worded(implication(parameter.unit, parameter.meaning, outcome.settled.median))
        return (f"{outcome.parameter} ", *span_of, f" {said}, {found}: {middle}")
    push = 10 if abs(scale.points_per_unit) < 2 else 1
    change = implied(parameter.unit, outcome.own_unit.median * push / 10)
    assert change is not None  # noqa: S101 - each financial outcome informs a slope
    middle = _(_IN_OWN_UNITS[outcome.outcome][change[0] < 0]).format(
        push=push, unit=_(scale.unit), n=by_locale(plain_number(abs(change[0])))
    )
    own = say(
        _("; per unit of CX in your file ({unit}) {own}"), unit=_(scale.unit), own=span(figures, outcome.own_unit, 4)
    )
    return (f"{outcome.parameter} ", *span_of, f" {said}", *own, f", {found}: {middle}")


def _moved(link: Link, figures: Figures) -> list[Block]:
    """Return what the data did to what was believed before."""
    if link.prior is None or link.posterior is None:
        return []
    money = [outcome.parameter for outcome in link.outcomes if outcome.in_calibration]
    rows: list[tuple[Text, ...]] = []
    for name in (*(panel.OF_LINKS if panel.speaks_of_links(link) else ()), *money):
        if name in link.prior and name in link.posterior:
            of = (link.prior[name], link.posterior[name])
            digits = max(_digits(each, 4 if name in money else 3) for each in of)
            rows.append((name, *(span(figures, each, digits, plus="lag" not in name) for each in of)))
    if not rows:
        return []
    caption = _("What your data did to what was believed before (priors and claims):")
    return [Table(caption, ("", _("before"), _("after")), tuple(rows))]


def _checks(link: Link, figures: Figures) -> list[Block]:
    if not link.checks:
        return []
    rows = tuple(
        (
            worded(check.meaning),
            figures.significant(check.measured),
            figures.range(figures.significant(check.p05), figures.significant(check.p95)),
            _("unusual")
            if check.unusual
            else _("as the model expects")
            if check.p05 <= check.measured <= check.p95
            else _("outside, as chance allows"),
        )
        for check in link.checks
    )
    head = (_("check"), _("measured"), _("model, 90 %"), _("verdict"))
    return [Table(_("Does the model look like the data?"), head, rows, frozenset({0, 3}), more=True)]
