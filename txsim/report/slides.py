# SPDX-License-Identifier: MIT
"""Slides, 16:9, of runs and comparisons, with charts that PowerPoint draws itself, so that they can be edited.

A deck is what is shown, not all that is known: titles are messages, figures those of the page. Of a run there are five
slides, of a comparison at most eight, of several runs the table of all and the decision of each. What a slide has no
room for is counted on it, and stands in the page and the workbook.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from txsim.language import _
from txsim.language.numbers import unit_of
from txsim.report.compose import compose
from txsim.report.deck import BOLD, LEFT, ROOM, Deck, Line
from txsim.report.document import (
    Block,
    Bullets,
    Cards,
    Document,
    Hinges,
    KeyFigures,
    Note,
    Paragraph,
    Picture,
    Section,
    Table,
    Verdict,
    plain,
)
from txsim.report.figures import figures_of
from txsim.report.pictures import options, payoff
from txsim.report.pictures.alternatives import ranked, row_name
from txsim.report.reading import Result, runs_of
from txsim.report.sections.comparison import differences, figures_and_unit
from txsim.report.sections.page_one import page_one
from txsim.report.theme import Theme
from txsim.report.words import net_present_value, option_name
from txsim.results.compare import Comparison
from txsim.results.quantities import Distribution
from txsim.results.run import Run

#: Format of a share of one, with a space before its sign as everywhere.
_SHARE = "0\N{NO-BREAK SPACE}%"
#: Format of a whole number, with a true minus sign.
_WHOLE = "#,##0;\N{MINUS SIGN}#,##0"
#: What stands between two sentences, but not within a name in quotes.
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_]|[«“])(?![^“”«»]*[”»])")


def as_slides(document: Document, results: Sequence[Result], theme: Theme) -> bytes:
    """Return the slides of runs and comparisons.

    ``document``: the whole report; of several runs the table that has them side by side comes first. ``results``: at
    least one run or comparison. Of a run come the decision, the options, the business case, its course and what it
    hangs on; without its business case the first two.
    """
    deck = Deck(theme, document.title)
    several = len(runs_of(results)) > 1
    if several:
        _sides(deck, document.sections[0])
    for result in results:
        deck.source = result.title
        if isinstance(result.answer, Run):
            _run(deck, result, brief=several)
        else:
            _comparison(deck, compose([result]), result)
    return deck.content()


def _run(deck: Deck, result: Result, *, brief: bool = False) -> None:
    """Add what page one says of a run, or its decision alone."""
    run: Run = result.answer
    blocks = page_one(result, "full").blocks
    verdict = next(block for block in blocks if isinstance(block, Verdict))
    tiles = next(block for block in blocks if isinstance(block, KeyFigures))
    _decision(deck, verdict, tiles)
    if brief:
        return
    _options(deck, run)
    for block in blocks:
        if isinstance(block, Table):
            deck.table(block.title, block, block.caption)
    if run.page_one is not None:
        _course(deck, run)
    hinges = next((block for block in blocks if isinstance(block, Hinges)), None)
    cards = next((block for block in blocks if isinstance(block, Cards)), None)
    if hinges is not None and cards is not None:
        _hangs(deck, hinges, cards)


def _sides(deck: Deck, section: Section) -> None:
    """Add several runs side by side, and what has to be known of that."""
    tables = [block for block in section.blocks if isinstance(block, Table)]
    for table in tables:
        deck.table(table.title or table.caption, table, table.caption if table.title else "")
    notes = [(plain(block.text), 16.0, False, "ink") for block in section.blocks if isinstance(block, Note)]
    deck.words(section.title, notes)


def _comparison(deck: Deck, document: Document, result: Result) -> None:
    """Add the answer, the initiatives, both pictures, what separates the first from the others, the budget, the flips.

    The last slide says what all of it rests on.
    """
    comparison: Comparison = result.answer
    deck.source = document.kicker
    said = {section.id: section.blocks for section in document.sections}
    for block in said["compared"]:
        match block:
            case Verdict():
                slide, lines = _answer(deck, block)
                deck.text(slide, LEFT, 1.7, ROOM, 5.0, lines)
            case Table():
                deck.table(block.title or block.caption, block, block.caption if block.title else "")
            case Picture(kind="compared"):
                _compared(deck, block, comparison)
            case Picture(kind="best"):
                _best(deck, block, comparison)
    figures, unit = figures_and_unit(comparison)
    for pairs in (block for block in differences(comparison, figures, unit, "brief") if isinstance(block, Table)):
        deck.table(_("What separates the options: the first less the second, draw by draw"), pairs, pairs.caption)
    for sets in (block for block in said.get("budget", ()) if isinstance(block, Table)):
        deck.table(sets.title or sets.caption, sets, sets.caption if sets.title else "")
    flips = [line for block in said.get("changes", ()) for line in _lines(block)]
    deck.words(_("What would change it"), flips)
    notes = [block for block in said["compared"] if isinstance(block, Note)]
    rest = _("All options, all pairs and all assumptions of each scenario stand in the page and in the workbook.")
    deck.words(_("What this rests on"), [line for block in (*notes, Note(rest)) for line in _lines(block)])


def _lines(block: Block) -> Iterator[tuple[str, float, bool, str]]:
    match block:
        case Paragraph(text, lead):
            yield (plain(text), 18.0, lead, "ink")
        case Note(text):
            yield (plain(text), 16.0, False, "ink")
        case Bullets(items):
            for item in items:
                yield (f"\N{BULLET} {plain(item)}", 16.0, False, "ink")


def _compared(deck: Deck, picture: Picture, comparison: Comparison) -> None:
    """Draw mean and 90 % of every option, as the picture of the page does."""
    worth = {option.name: option.worth(after_tax=comparison.after_tax) for option in comparison.options}
    labelled = {row_name(name, comparison): npv for name, npv in worth.items()}
    note = _("Bar: mean. Line: 90 % of futures, the same futures for all.")
    if comparison.as_runs:
        note = _("Bar: mean. Line: 90 % of futures, each option's as its own run has them.")
    _intervals(deck, picture.title, labelled, comparison.currency, note)


def _best(deck: Deck, picture: Picture, comparison: Comparison) -> None:
    """Draw in how many futures each first step is the best, counted as the picture of the page counts."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION

    shares = (ranked(comparison, within=True) or ranked(comparison))[::-1]
    data = CategoryChartData(number_format=_SHARE)
    data.categories = [row_name(name, comparison) for name, _share in shares]
    data.add_series(_("best in"), [share for _name, share in shares])
    chart = deck.chart(deck.add(picture.title), XL_CHART_TYPE.BAR_CLUSTERED, data, note=picture.note)
    plot = chart.plots[0]
    plot.gap_width, plot.has_data_labels = 50, True
    for labels in (plot.data_labels, chart.value_axis.tick_labels):
        labels.number_format, labels.number_format_is_linked = _SHARE, False
    plot.data_labels.position = XL_LABEL_POSITION.OUTSIDE_END
    plot.series[0].format.fill.solid()
    plot.series[0].format.fill.fore_color.rgb = deck.colour("accent")
    chart.has_legend = False
    chart.value_axis.has_major_gridlines = False


def _answer(deck: Deck, verdict: Verdict) -> tuple[Any, list[Line]]:
    """Add a slide of an answer: its first sentence is the title, in letters larger than what follows; return both."""
    title, *more = _SENTENCE.split(plain(verdict.sentence), maxsplit=1)
    rest = [(" ".join(more), 18.0, True, "ink")] if more else []
    return deck.add(title), [(verdict.name, 20.0, True, "accent"), *rest, (plain(verdict.because), 18.0, False, "ink")]


def _decision(deck: Deck, verdict: Verdict, tiles: KeyFigures) -> None:
    slide, said = _answer(deck, verdict)
    deck.text(slide, LEFT, 1.7, ROOM, 2.4, said)
    wide = ROOM / len(tiles.figures)
    longest = max(len(plain(figure)) for _name, figure, _meaning in tiles.figures)
    size = min(24.0, (wide - 0.3) * 72 / (BOLD * longest))  # a figure stands in one line with its unit
    for i, (name, figure, meaning) in enumerate(tiles.figures):
        lines = [
            (name, 14.0, False, "muted"),
            (plain(figure), size, True, "ink"),
            (plain(meaning), 13.0, False, "muted"),
        ]
        deck.text(slide, LEFT + i * wide, 4.2, wide - 0.1, 2.2, lines)


def _options(deck: Deck, run: Run) -> None:
    """Draw mean and 90 % of the futures of every option that can be chosen today, its mean in the name."""
    figures = figures_of(run)
    acting = {name: of.worth(after_tax=run.after_tax) for name, of in options.choices(run).items() if of is not None}
    unit = unit_of(max(abs(end) for npv in acting.values() for end in (npv.p05, npv.p95)), run.currency)
    labelled = {f"{option_name(name)}: {figures.cell(npv.mean, unit, plus=True)}": npv for name, npv in acting.items()}
    npv = net_present_value(after_tax=run.after_tax, taxed=run.tax_rate is not None)
    title = _("What each option pays beside doing nothing: {npv}, mean and 90 % of futures, {unit}")
    title = title.format(npv=npv, unit=unit.name)
    _intervals(deck, title, labelled, run.currency, _("Bar: mean. Line: 90 of 100 futures."))


def _intervals(deck: Deck, title: str, worth: Mapping[str, Distribution], currency: str, note: str) -> None:
    """Draw the mean of each option as a bar from zero, the best first, with a line over its 90 %."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_TICK_LABEL_POSITION

    unit = unit_of(max(abs(end) for npv in worth.values() for end in (npv.p05, npv.p95)), currency)
    data = CategoryChartData(number_format=_WHOLE)
    rows = sorted(worth.items(), key=lambda each: each[1].mean)  # a bar chart begins at the bottom
    data.categories = [label for label, _npv in rows]
    for name, lengths in (
        (_("average"), [npv.mean for _label, npv in rows]),
        (_("from there up to 5 in 100 above"), [npv.p95 - npv.mean for _label, npv in rows]),
        (_("from there down to 5 in 100 below"), [npv.mean - npv.p05 for _label, npv in rows]),
    ):
        data.add_series(name, [float(value) / unit.divisor for value in lengths])
    chart = deck.chart(deck.add(title), XL_CHART_TYPE.BAR_CLUSTERED, data, note=note)
    deck.lines_over(chart)
    means = chart.plots[0].series[0]
    means.format.fill.solid()
    means.format.fill.fore_color.rgb = deck.colour("accent")
    means.invert_if_negative = False
    chart.plots[0].gap_width = 110
    ends = [0.0, *(float(end) / unit.divisor for npv in worth.values() for end in (npv.p05, npv.p95))]
    span = (max(ends) - min(ends)) or 1.0
    ten = 10.0 ** math.floor(math.log10(span))
    step = next(part * ten for part in (0.5, 1.0, 2.0) if span <= 5 * part * ten)  # few enough to stand level
    axis = chart.value_axis  # by itself it would reach as far as the bars, and cut their lines
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = _WHOLE, False
    axis.major_unit, axis.minimum_scale = step, step * math.floor(min(ends) / step)
    axis.maximum_scale = step * math.ceil(max(ends) / step)
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    deck.axis(chart.value_axis, unit.name)
    chart.has_legend = False


def _course(deck: Deck, run: Run) -> None:
    from pptx.chart.data import XyChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
    from pptx.util import Pt

    picture, page = payoff.course(run), run.page_one
    if picture is None or page is None:  # pragma: no cover - the caller asks only with one
        return
    fan = payoff.shown_course(run)
    unit = unit_of(max(abs(v) for level in (fan.p05, fan.p95) for v in level), run.currency)
    data = XyChartData(number_format=_WHOLE)  # on an axis of names some programs print every month
    levels = ((_("5 in 100 above"), fan.p95), (_("middle"), fan.p50), (_("5 in 100 below"), fan.p05))
    for name, level in levels:
        points = data.add_series(name)
        for month, value in enumerate([0.0, *level]):
            points.add_data_point(month, float(value) / unit.divisor)
    note = payoff.course_note(run, unit.name)
    chart = deck.chart(deck.add(picture.title), XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, data, note=note)
    for each, (role, wide) in zip(chart.plots[0].series, (("good", 1.5), ("accent", 3.0), ("bad", 1.5)), strict=True):
        each.smooth = False
        each.format.line.color.rgb = deck.colour(role)
        each.format.line.width = Pt(wide)
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    months = chart.category_axis
    months.minimum_scale, months.maximum_scale, months.major_unit = 0, len(fan.p50), 12 if len(fan.p50) > 12 else 3
    months.has_major_gridlines = False
    months.tick_labels.number_format, months.tick_labels.number_format_is_linked = _WHOLE, False
    deck.axis(chart.category_axis, _("month"))
    deck.axis(chart.value_axis, unit.name)
    chart.value_axis.tick_labels.number_format, chart.value_axis.tick_labels.number_format_is_linked = _WHOLE, False
    chart.has_legend = True
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False


def _hangs(deck: Deck, hinges: Hinges, cards: Cards) -> None:
    slide = deck.add(hinges.title)
    lines: list[tuple[str, float, bool, str]] = []
    for name, turn, _key, _at in hinges.items:
        lines += [(plain(name), 16, True, "ink"), (plain(turn), 15, False, "ink")]
    deck.text(slide, LEFT, 1.6, 6.2, 5.1, lines)
    y = 1.6
    for card in cards.cards[1:]:
        card_lines = [(card.title, 16.0, True, "accent"), *((plain(line), 14.0, False, "ink") for line in card.lines)]
        deck.text(slide, 7.2, y, LEFT + ROOM - 7.2, 2.5, card_lines)
        y += 2.6
