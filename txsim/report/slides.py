# SPDX-License-Identifier: MIT
"""Five slides of a run, 16:9, with charts that PowerPoint draws itself, so that they can be edited.

The titles are the messages of page one; the figures are its figures.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from txsim.language import _
from txsim.language.numbers import unit_of
from txsim.report.document import Cards, Hinges, KeyFigures, Table, Verdict, plain
from txsim.report.pictures import options, payoff
from txsim.report.reading import Result
from txsim.report.sections.page_one import page_one
from txsim.report.sections.parts import figures_of
from txsim.report.theme import Theme
from txsim.report.words import option_name
from txsim.results.run import Run

__all__ = ["as_slides"]

#: Size of a slide and its margin, inches.
_WIDE, _HIGH, _LEFT = 13.333, 7.5, 0.6
_ROOM = _WIDE - 2 * _LEFT


def as_slides(result: Result, theme: Theme) -> bytes:
    """Return five slides: the decision, the options, the business case, its course, what it hangs on.

    Parameters
    ----------
    result
        Of a run; without its business case there are two.
    theme
        Colours and letters.
    """
    from pptx import Presentation
    from pptx.util import Inches

    run: Run = result.answer
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(_WIDE), Inches(_HIGH)
    deck.core_properties.title = result.title
    slides = _Slides(deck, theme, result.title)
    blocks = page_one(result, "full").blocks
    verdict = next(block for block in blocks if isinstance(block, Verdict))
    tiles = next(block for block in blocks if isinstance(block, KeyFigures))
    _decision(slides, verdict, tiles)
    _options(slides, run)
    for block in blocks:
        if isinstance(block, Table):
            _case(slides, block)
    if run.page_one is not None:
        _course(slides, run)
    hinges = next((block for block in blocks if isinstance(block, Hinges)), None)
    cards = next((block for block in blocks if isinstance(block, Cards)), None)
    if hinges is not None and cards is not None:
        _hangs(slides, hinges, cards)
    stream = io.BytesIO()
    deck.save(stream)
    return stream.getvalue()


class _Slides:
    """Adds slides with a title and what stands on them; places in inches, letters in points."""

    def __init__(self, deck: Any, theme: Theme, source: str) -> None:
        self.deck, self.colours, self.source = deck, theme.light, source
        self.letters = theme.family.split(",")[0].strip()

    def colour(self, role: str) -> Any:
        from pptx.dml.color import RGBColor

        return RGBColor.from_string(self.colours[role].lstrip("#"))

    def add(self, title: str) -> Any:
        """Return a new slide with its message as title."""
        from pptx.util import Inches

        slide = self.deck.slides.add_slide(self.deck.slide_layouts[5])
        box = slide.shapes.title
        box.left, box.top, box.width, box.height = (Inches(v) for v in (_LEFT, 0.35, _ROOM, 1.1))
        self.write(box.text_frame, [(title, 28, True, "ink")])
        self.text(slide, _LEFT, _HIGH - 0.5, _ROOM, 0.35, [(self.source, 11, False, "muted")])
        return slide

    def write(self, frame: Any, lines: Sequence[tuple[str, float, bool, str]]) -> None:
        """Write paragraphs: words, size, whether bold, and role of their colour."""
        from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
        from pptx.util import Pt

        frame.word_wrap = True
        frame.vertical_anchor = MSO_ANCHOR.TOP
        for i, (words, size, bold, role) in enumerate(lines):
            paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
            paragraph.alignment = PP_ALIGN.LEFT
            paragraph.space_after = Pt(size / 4)
            part = paragraph.add_run()
            part.text = words
            part.font.size, part.font.bold, part.font.name = Pt(size), bold, self.letters
            part.font.color.rgb = self.colour(role)

    def text(
        self, slide: Any, x: float, y: float, wide: float, high: float, lines: Sequence[tuple[str, float, bool, str]]
    ) -> None:
        """Put paragraphs at a place."""
        from pptx.util import Inches

        box = slide.shapes.add_textbox(Inches(x), Inches(y), Inches(wide), Inches(high))
        self.write(box.text_frame, lines)

    def chart(self, slide: Any, kind: Any, data: Any, high: float = 5.2) -> Any:
        """Put a chart under the title and return it."""
        from pptx.util import Inches, Pt

        frame = slide.shapes.add_chart(kind, Inches(_LEFT), Inches(1.55), Inches(_ROOM), Inches(high), data)
        chart = frame.chart
        chart.font.size, chart.font.name = Pt(14), self.letters
        return chart


def _decision(slides: _Slides, verdict: Verdict, tiles: KeyFigures) -> None:
    slide = slides.add(plain(verdict.sentence))
    said = [(verdict.name, 20.0, True, "accent"), (plain(verdict.because), 18.0, False, "ink")]
    slides.text(slide, _LEFT, 2.1, _ROOM, 1.6, said)
    wide = _ROOM / len(tiles.figures)
    for i, (name, figure, meaning) in enumerate(tiles.figures):
        lines = [
            (name, 14.0, False, "muted"),
            (plain(figure), 24.0, True, "ink"),
            (plain(meaning), 13.0, False, "muted"),
        ]
        slides.text(slide, _LEFT + i * wide, 4.2, wide - 0.1, 2.2, lines)


def _options(slides: _Slides, run: Run) -> None:
    """Draw 90 % of each option's futures as a bar that begins at their lower end, its mean in the name."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION

    figures = figures_of(run)
    acting = [(name, of) for name, of in options.choices(run).items() if of is not None]
    ends = [abs(end) for _name, of in acting for end in (options.worth_of(run, of).p05, options.worth_of(run, of).p95)]
    unit = unit_of(max(ends), run.currency)
    data = CategoryChartData(number_format="#,##0")
    data.categories = [
        f"{option_name(name)}: {figures.cell(options.worth_of(run, of).mean, unit, plus=True)}" for name, of in acting
    ][::-1]
    rows = [options.worth_of(run, of) for _name, of in acting][::-1]
    series = ((_("5 in 100 below"), "p05"), (_("average"), "mean"), (_("5 in 100 above"), "p95"))
    for name, key in series:
        data.add_series(name, [float(getattr(npv, key)) / unit.divisor for npv in rows])
    slide = slides.add(_("What each option pays: mean and 90 % of futures, {unit}").format(unit=unit.name))
    chart = slides.chart(slide, XL_CHART_TYPE.BAR_CLUSTERED, data)
    for each, role in zip(chart.plots[0].series, ("bad", "accent", "good"), strict=True):
        each.format.fill.solid()
        each.format.fill.fore_color.rgb = slides.colour(role)
        each.invert_if_negative = False
    chart.plots[0].gap_width = 60
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    chart.has_legend = True
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False


def _case(slides: _Slides, table: Table) -> None:
    """Put the business case as a table that PowerPoint edits."""
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Inches, Pt

    slide = slides.add(table.title)
    rows = [table.head, *([plain(cell) for cell in row] for row in table.rows)]
    high = min(0.4, 4.9 / len(rows))
    frame = slide.shapes.add_table(
        len(rows), len(table.head), Inches(_LEFT), Inches(1.5), Inches(_ROOM), Inches(high * len(rows))
    )
    grid = frame.table
    first = 4.2
    for column in range(len(table.head)):
        wide = first if column == 0 else (_ROOM - first) / (len(table.head) - 1)
        grid.columns[column].width = Inches(wide)
    for i, row in enumerate(rows):
        grid.rows[i].height = Inches(high)
        for column, words in enumerate(row):
            cell = grid.cell(i, column)
            cell.margin_top = cell.margin_bottom = Inches(0.02)
            cell.fill.solid()
            cell.fill.fore_color.rgb = slides.colour("panel" if i == 0 or i - 1 in table.sums else "paper")
            paragraph = cell.text_frame.paragraphs[0]
            paragraph.alignment = PP_ALIGN.LEFT if column == 0 else PP_ALIGN.RIGHT
            part = paragraph.add_run()
            part.text = words
            part.font.size, part.font.name = Pt(14 if len(rows) <= 14 else 12), slides.letters
            part.font.bold = i == 0 or i - 1 in table.sums
            part.font.color.rgb = slides.colour("muted" if i - 1 in table.faint else "ink")
    slides.text(slide, _LEFT, _HIGH - 0.85, _ROOM, 0.35, [(table.caption, 12, False, "muted")])


def _course(slides: _Slides, run: Run) -> None:
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
    slide = slides.add(picture.title)
    chart = slides.chart(slide, XL_CHART_TYPE.LINE, data, 4.9)
    for each, (role, wide) in zip(chart.plots[0].series, (("good", 1.5), ("accent", 3.0), ("bad", 1.5)), strict=True):
        each.smooth = False
        each.format.line.color.rgb = slides.colour(role)
        each.format.line.width = Pt(wide)
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    chart.has_legend = True
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    slides.text(slide, _LEFT, _HIGH - 0.95, _ROOM, 0.4, [(picture.note, 12, False, "muted")])


def _hangs(slides: _Slides, hinges: Hinges, cards: Cards) -> None:
    slide = slides.add(hinges.title)
    lines: list[tuple[str, float, bool, str]] = []
    for name, turn, _key, _at in hinges.items:
        lines += [(plain(name), 16, True, "ink"), (plain(turn), 15, False, "ink")]
    slides.text(slide, _LEFT, 1.5, 6.2, 5.2, lines)
    y = 1.5
    for card in cards.cards[1:]:
        card_lines = [(card.title, 16.0, True, "accent"), *((plain(line), 14.0, False, "ink") for line in card.lines)]
        slides.text(slide, 7.2, y, _WIDE - 7.2 - _LEFT, 2.6, card_lines)
        y += 2.9
