# SPDX-License-Identifier: MIT
"""Slides, 16:9, of runs and comparisons, with charts that PowerPoint draws itself, so that they can be edited.

Of a run there are five: titles are the messages of page one, figures its figures. Of a comparison there are as many as
its report has tables and pictures; a long table goes on on the next slide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from txsim.language import _
from txsim.language.numbers import unit_of
from txsim.report.compose import compose
from txsim.report.deck import LEFT, ROOM, Deck
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
from txsim.report.pictures import options, payoff
from txsim.report.pictures.alternatives import ranked, scoped_name
from txsim.report.reading import Result, runs_of
from txsim.report.sections.page_one import page_one
from txsim.report.sections.parts import figures_of
from txsim.report.theme import Theme
from txsim.report.words import option_name
from txsim.results.compare import Comparison
from txsim.results.quantities import Distribution
from txsim.results.run import Run

#: Characters of a line under a table.
_LINE = 150


def as_slides(document: Document, results: Sequence[Result], theme: Theme) -> bytes:
    """Return the slides of runs and comparisons.

    Parameters
    ----------
    document
        The whole report; of several runs the table that has them side by side comes first.
    results
        At least one run or comparison. Of a run come the decision, the options, the business case, its course and what
        it hangs on; without its business case the first two.
    theme
        Colours and letters.
    """
    deck = Deck(theme, document.title)
    if len(runs_of(results)) > 1:
        _blocks(deck, document.sections[0])
    for result in results:
        deck.source = result.title
        if isinstance(result.answer, Run):
            _run(deck, result)
        else:
            _comparison(deck, compose([result]), result.answer)
    return deck.content()


def _run(deck: Deck, result: Result) -> None:
    run: Run = result.answer
    blocks = page_one(result, "full").blocks
    verdict = next(block for block in blocks if isinstance(block, Verdict))
    tiles = next(block for block in blocks if isinstance(block, KeyFigures))
    _decision(deck, verdict, tiles)
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


def _comparison(deck: Deck, document: Document, comparison: Comparison) -> None:
    """Add the answer, then each table and picture of the report of a comparison in its order; nothing is left out."""
    deck.source = document.title
    for section in document.sections:
        if section.id != "provenance":
            _blocks(deck, section, comparison)


def _blocks(deck: Deck, section: Section, comparison: Comparison | None = None) -> None:
    """Add what a section says: its words on one slide, each table and picture on one of its own."""
    words: list[Block] = []
    title = section.title
    for block in section.blocks:
        match block:
            case Verdict():
                slide = deck.add(plain(block.sentence))
                said = [(block.name, 20.0, True, "accent"), (plain(block.because), 18.0, False, "ink")]
                deck.text(slide, LEFT, 1.7, ROOM, 5.0, said)
            case Table():
                before = [line for each in words for line in _lines(each)] if _short(words) else []
                words = [] if before else words
                note = " ".join((*(line[0] for line in before), block.caption if block.title else ""))
                deck.table(block.title or f"{title} \N{MIDDLE DOT} {block.caption}", block, note.strip())
            case Picture(kind="compared") if comparison is not None:
                _compared(deck, block, comparison)
            case Picture(kind="best") if comparison is not None:
                _best(deck, block, comparison)
            case _:
                words.append(block)
    lines = [line for block in words for line in _lines(block)]
    if lines:
        deck.words(title, lines)


def _short(words: Sequence[Block]) -> bool:
    """Whether words before a table are no more than a line, which has room under it."""
    return len(words) == 1 and sum(len(text) for text, *_rest in _lines(words[0])) <= _LINE


def _lines(block: Block) -> Iterator[tuple[str, float, bool, str]]:
    match block:
        case Paragraph(text, lead):
            yield (plain(text), 18.0, lead, "ink")
        case Note(text):
            yield (plain(text), 14.0, False, "muted")
        case Bullets(items):
            for item in items:
                yield (f"\N{BULLET} {plain(item)}", 16.0, False, "ink")


def _compared(deck: Deck, picture: Picture, comparison: Comparison) -> None:
    """Draw mean and 90 % of every option, as the picture of the page does."""
    worth = {option.name: option.worth(after_tax=comparison.after_tax) for option in comparison.options}
    labelled = {scoped_name(name, comparison.titles, short=True): npv for name, npv in worth.items()}
    _intervals(deck, picture.title, labelled, comparison.currency, picture.note)


def _best(deck: Deck, picture: Picture, comparison: Comparison) -> None:
    """Draw in how many futures each first step is the best."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION

    shares = ranked(comparison)[::-1]
    data = CategoryChartData(number_format="0%")
    data.categories = [scoped_name(name, comparison.titles, short=True) for name, _share in shares]
    data.add_series(_("best in"), [share for _name, share in shares])
    chart = deck.chart(deck.add(picture.title), XL_CHART_TYPE.BAR_CLUSTERED, data, note=picture.note)
    plot = chart.plots[0]
    plot.gap_width, plot.has_data_labels = 50, True
    plot.data_labels.number_format, plot.data_labels.number_format_is_linked = "0%", False
    plot.data_labels.position = XL_LABEL_POSITION.OUTSIDE_END
    plot.series[0].format.fill.solid()
    plot.series[0].format.fill.fore_color.rgb = deck.colour("accent")
    chart.has_legend = False
    chart.value_axis.has_major_gridlines = False


def _decision(deck: Deck, verdict: Verdict, tiles: KeyFigures) -> None:
    slide = deck.add(plain(verdict.sentence))
    said = [(verdict.name, 20.0, True, "accent"), (plain(verdict.because), 18.0, False, "ink")]
    deck.text(slide, LEFT, 1.7, ROOM, 2.4, said)
    wide = ROOM / len(tiles.figures)
    for i, (name, figure, meaning) in enumerate(tiles.figures):
        lines = [
            (name, 14.0, False, "muted"),
            (plain(figure), 24.0, True, "ink"),
            (plain(meaning), 13.0, False, "muted"),
        ]
        deck.text(slide, LEFT + i * wide, 4.2, wide - 0.1, 2.2, lines)


def _options(deck: Deck, run: Run) -> None:
    """Draw mean and 90 % of the futures of every option that can be chosen today, its mean in the name."""
    figures = figures_of(run)
    acting = {name: of.worth(after_tax=run.after_tax) for name, of in options.choices(run).items() if of is not None}
    unit = unit_of(max(abs(end) for npv in acting.values() for end in (npv.p05, npv.p95)), run.currency)
    labelled = {f"{option_name(name)}: {figures.cell(npv.mean, unit, plus=True)}": npv for name, npv in acting.items()}
    title = _("What each option pays: mean and 90 % of futures, {unit}").format(unit=unit.name)
    _intervals(deck, title, labelled, run.currency)


def _intervals(deck: Deck, title: str, worth: Mapping[str, Distribution], currency: str, note: str = "") -> None:
    """Draw three bars for each option, the best mean first: 5 %, mean and 95 %."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION

    unit = unit_of(max(abs(end) for npv in worth.values() for end in (npv.p05, npv.p95)), currency)
    data = CategoryChartData(number_format="#,##0")
    rows = sorted(worth.items(), key=lambda each: each[1].mean)  # a bar chart begins at the bottom
    data.categories = [label for label, _npv in rows]
    for name, key in ((_("5 in 100 below"), "p05"), (_("average"), "mean"), (_("5 in 100 above"), "p95")):
        data.add_series(name, [float(getattr(npv, key)) / unit.divisor for _label, npv in rows])
    chart = deck.chart(deck.add(title), XL_CHART_TYPE.BAR_CLUSTERED, data, note=note)
    for each, role in zip(chart.plots[0].series, ("bad", "accent", "good"), strict=True):
        each.format.fill.solid()
        each.format.fill.fore_color.rgb = deck.colour(role)
        each.invert_if_negative = False
    chart.plots[0].gap_width = 60
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    deck.axis(chart.value_axis, unit.name)
    chart.has_legend = True
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False


def _course(deck: Deck, run: Run) -> None:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
    from pptx.util import Pt

    picture, page = payoff.course(run), run.page_one
    if picture is None or page is None:  # pragma: no cover - the caller asks only with one
        return
    fan = payoff.shown_course(run)
    unit = unit_of(max(abs(v) for level in (fan.p05, fan.p95) for v in level), run.currency)
    data = CategoryChartData(number_format="#,##0")
    data.categories = list(range(1, len(fan.p50) + 1))
    levels = ((_("5 in 100 above"), fan.p95), (_("middle"), fan.p50), (_("5 in 100 below"), fan.p05))
    for name, level in levels:
        data.add_series(name, [float(value) / unit.divisor for value in level])
    chart = deck.chart(deck.add(picture.title), XL_CHART_TYPE.LINE, data, note=picture.note)
    for each, (role, wide) in zip(chart.plots[0].series, (("good", 1.5), ("accent", 3.0), ("bad", 1.5)), strict=True):
        each.smooth = False
        each.format.line.color.rgb = deck.colour(role)
        each.format.line.width = Pt(wide)
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    deck.axis(chart.category_axis, _("month"))
    deck.axis(chart.value_axis, unit.name)
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
