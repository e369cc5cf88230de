# SPDX-License-Identifier: MIT
"""A deck of slides: titles, words and tables in letters that fit their place, and PowerPoint's own charts."""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from txsim.language import plural
from txsim.report.document import Table, plain, unbroken
from txsim.report.theme import Theme

#: Size of a slide, its margin, and what is between its margins, inches.
_WIDE, _HIGH, LEFT = 13.333, 7.5, 0.6
ROOM = _WIDE - 2 * LEFT
#: Where what stands under the title begins, and where it ends, inches.
_TOP, _BOTTOM = 1.6, 6.75
#: Mean width of a letter, and height of a line, in sizes of letters; wide ones, so that real letters need no more.
_LETTER, _LINE = 0.56, 1.2
#: The same of one word by itself, whose letters may all be wide, and of one in bold: Verdana's, wider than any default.
_WIDEST, BOLD = 0.64, 0.74
#: Inches between a cell and its text, left and right together; above and below together.
_SIDES, _GAP = 0.2, 0.06
#: Sizes of letters of a table, points; fewer rows on a slide are better than smaller letters.
_SIZES = (14.0, 12.0, 11.0, 10.0, 9.0)
#: Smallest share of their size that paragraphs are written in before some of them are left to the page.
_LEAST = 0.7
#: Most characters for which a column gets wider.
_COLUMN = 48

Line = tuple[str, float, bool, str]


def _rows(words: str, size: float, wide: float) -> int:
    """Return how many lines words take in letters of a size, points, over a width, inches."""
    room = max(math.floor(wide * 72 / (_LETTER * size)), 1)
    lines = 0
    for paragraph in words.split("\n"):
        used, count = 0, 1
        for word in paragraph.split(" "):
            if used and used + 1 + len(word) > room:
                used, count = 0, count + 1
            count += (len(word) - 1) // room if len(word) > room else 0
            used += len(word) % room + (1 if used else 0)
        lines += count
    return lines


def _high(lines: Sequence[Line], wide: float, scale: float) -> float:
    """Return the height of paragraphs with what follows each, inches."""
    return sum(
        (_rows(words, size * scale * (BOLD / _WIDEST if bold else 1.0), wide - _SIDES) * _LINE + 0.25)
        * size
        * scale
        / 72
        for words, size, bold, _role in lines
    )


class Deck:
    """Adds slides with a title and what stands on them; places in inches, letters in points."""

    def __init__(self, theme: Theme, source: str) -> None:
        from pptx import Presentation
        from pptx.util import Inches

        self.deck: Any = Presentation()
        self.deck.slide_width, self.deck.slide_height = Inches(_WIDE), Inches(_HIGH)
        self.deck.core_properties.title = source
        self.colours, self.source = theme.light, source
        self.letters = theme.family.split(",")[0].strip()

    def content(self) -> bytes:
        """Return the file."""
        stream = io.BytesIO()
        self.deck.save(stream)
        return stream.getvalue()

    def colour(self, role: str) -> Any:
        """Return a colour by its role."""
        from pptx.dml.color import RGBColor

        return RGBColor.from_string(self.colours[role].lstrip("#"))

    def add(self, title: str) -> Any:
        """Return a new slide with its message as title."""
        from pptx.util import Inches

        slide = self.deck.slides.add_slide(self.deck.slide_layouts[5])
        box = slide.shapes.title
        box.left, box.top, box.width, box.height = (Inches(v) for v in (LEFT, 0.3, ROOM, _TOP - 0.35))
        self._write(box.text_frame, [(title, 28, True, "ink")], ROOM, _TOP - 0.45)
        self.text(slide, LEFT, _HIGH - 0.45, ROOM, 0.35, [(self.source, 11, False, "muted")])
        return slide

    def _write(self, frame: Any, lines: Sequence[Line], wide: float, high: float) -> None:
        """Write paragraphs: words, size, whether bold, and role of their colour; smaller where there is much to say."""
        from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
        from pptx.util import Inches, Pt

        lines = unbroken(lines)
        scale = next((s / 100 for s in range(100, 30, -5) if _high(lines, wide, s / 100) <= high), 0.3)
        frame.word_wrap = True
        frame.vertical_anchor = MSO_ANCHOR.TOP
        frame.margin_top = frame.margin_bottom = Inches(0)
        for i, (words, size, bold, role) in enumerate(lines):
            paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
            paragraph.alignment = PP_ALIGN.LEFT
            paragraph.space_after = Pt(size * scale / 4)
            part = paragraph.add_run()
            part.text = words
            part.font.size, part.font.bold, part.font.name = Pt(size * scale), bold, self.letters
            part.font.color.rgb = self.colour(role)

    def text(self, slide: Any, x: float, y: float, wide: float, high: float, lines: Sequence[Line]) -> None:
        """Put paragraphs at a place, in letters with which they fit."""
        from pptx.util import Inches

        box = slide.shapes.add_textbox(Inches(x), Inches(y), Inches(wide), Inches(high))
        self._write(box.text_frame, lines, wide, high)

    def words(self, title: str, lines: Sequence[Line]) -> None:
        """Add a slide of paragraphs, at seven tenths of their size at the least; those without room are counted."""
        count = len(lines)
        while count > 1 and _high([*lines[:count], self._more(1)], ROOM, _LEAST) > _BOTTOM - _TOP:
            count -= 1
        rest = [self._more(len(lines) - count)] if count < len(lines) else []
        if lines:
            self.text(self.add(title), LEFT, _TOP, ROOM, _BOTTOM - _TOP, [*lines[:count], *rest])

    @staticmethod
    def _more(count: int) -> Line:
        text = plural("{n} more in the page and in the workbook", "{n} more in the page and in the workbook", count)
        return (text, 14.0, False, "muted")

    def chart(self, slide: Any, kind: Any, data: Any, *, note: str = "") -> Any:
        """Put a chart under the title, and how to read it under the chart; return the chart."""
        from pptx.util import Inches, Pt

        high = _BOTTOM - _TOP - (0.3 if note else 0.0)
        frame = slide.shapes.add_chart(kind, Inches(LEFT), Inches(_TOP), Inches(ROOM), Inches(high), data)
        chart = frame.chart
        chart.has_title = False  # a chart of one series would repeat its name
        names = len(list(getattr(data, "categories", ())))
        chart.font.size, chart.font.name = Pt(14 if names <= 8 else 11), self.letters
        if note:
            self.text(slide, LEFT, _BOTTOM - 0.25, ROOM, 0.35, [(note, 12, False, "muted")])
        return chart

    def lines_over(self, chart: Any) -> None:
        """Draw a line over each bar of a chart, from its end so far up and down as the two other series of it say.

        They are no bars then; who edits the sheet of the chart moves its lines.
        """
        from pptx.oxml import parse_xml
        from pptx.oxml.ns import nsdecls, qn

        bars, *ends = list(chart.plots[0].series)
        for name, end in zip(("plus", "minus"), ends, strict=True):
            end._element.find(qn("c:val")).tag = qn(f"c:{name}")
            end._element.getparent().remove(end._element)
        lines = parse_xml(
            f'<c:errBars {nsdecls("c", "a")}><c:errBarType val="both"/><c:errValType val="cust"/><c:noEndCap val="0"/>'
            f'<c:spPr><a:ln w="28575"><a:solidFill><a:srgbClr val="{self.colour("ink")}"/></a:solidFill></a:ln>'
            "</c:spPr></c:errBars>"
        )
        for end in ends:
            lines.insert(-1, next(each for each in end._element if each.tag in (qn("c:plus"), qn("c:minus"))))
        bars._element.find(qn("c:cat")).addprevious(lines)

    def axis(self, axis: Any, title: str) -> None:
        """Name what an axis counts."""
        from pptx.util import Pt

        axis.has_title = True
        axis.axis_title.text_frame.text = title
        part = axis.axis_title.text_frame.paragraphs[0].runs[0]
        part.font.size, part.font.bold, part.font.name = Pt(12), False, self.letters

    def table(self, title: str, table: Table, note: str = "") -> None:
        """Put a table that PowerPoint edits on a slide; rows without room are counted under it."""
        table = unbroken(_without_keys(table))
        rows = [[plain(cell) for cell in row] for row in table.rows]
        room = _BOTTOM - _TOP - 0.3
        for size in _SIZES:
            widths = _widths(table, rows, size)
            heights = [_row_high(row, widths, size) for row in (table.head, *rows)]
            if sum(heights) <= room and sum(_least(table, rows, size)) <= ROOM:
                break
        count = max(len([high for high in itertools.accumulate(heights) if high <= room]) - 1, 1)
        if count < len(rows):
            note = f"{note} {self._more(len(rows) - count)[0]}".strip()
        slide = self.add(title)
        self._grid(slide, table, rows[:count], widths, heights[: count + 1], size)
        if note:
            self.text(slide, LEFT, _BOTTOM - 0.25, ROOM, 0.35, [(note, 12, False, "muted")])

    def _grid(
        self,
        slide: Any,
        table: Table,
        rows: Sequence[Sequence[str]],
        widths: Sequence[float],
        heights: Sequence[float],
        size: float,
    ) -> None:
        """Put rows under the head of their table."""
        from pptx.enum.text import PP_ALIGN
        from pptx.util import Inches, Pt

        frame = slide.shapes.add_table(
            1 + len(rows), len(table.head), Inches(LEFT), Inches(_TOP), Inches(ROOM), Inches(sum(heights))
        )
        grid = frame.table
        for column, wide in enumerate(widths):
            grid.columns[column].width = Inches(wide)
        for place, row in enumerate([table.head, *rows], start=-1):
            i = place + 1
            grid.rows[i].height = Inches(heights[i])
            for column, words in enumerate(row):
                cell = grid.cell(i, column)
                cell.margin_top = cell.margin_bottom = Inches(_GAP / 2)
                cell.margin_left = cell.margin_right = Inches(_SIDES / 2)
                cell.fill.solid()
                cell.fill.fore_color.rgb = self.colour("panel" if i == 0 or place in table.sums else "paper")
                paragraph = cell.text_frame.paragraphs[0]
                paragraph.alignment = PP_ALIGN.LEFT if column in table.words else PP_ALIGN.RIGHT
                part = paragraph.add_run()
                part.text = words
                part.font.size, part.font.name = Pt(size), self.letters
                part.font.bold = i == 0 or place in table.sums
                part.font.color.rgb = self.colour("muted" if place in table.faint else "ink")


def _without_keys(table: Table) -> Table:
    """Return a table without its columns of keys: a slide is read, and they stand in the page and the workbook."""
    kept = [i for i in range(len(table.head)) if i not in table.keys]
    rows = tuple(tuple(row[i] for i in kept) for row in table.rows)
    words = frozenset(place for place, i in enumerate(kept) if i in table.words)
    return replace(table, head=tuple(table.head[i] for i in kept), rows=rows, words=words, keys=frozenset())


def _least(table: Table, rows: Sequence[Sequence[str]], size: float) -> list[float]:
    """Return what the longest word of each column needs, inches: those of the head are bold."""

    def longest(cells: Iterable[str]) -> int:
        return max((len(word) for cell in cells for word in cell.split(" ")), default=0)

    columns = [[row[i] for row in rows] for i in range(len(table.head))]
    wide = [max(BOLD * longest([head]), _WIDEST * longest(c)) for head, c in zip(table.head, columns, strict=True)]
    return [letters * size / 72 + _SIDES for letters in wide]


def _widths(table: Table, rows: Sequence[Sequence[str]], size: float) -> list[float]:
    """Return the width of each column, inches: what its longest word needs, the rest by what it lacks for one line."""
    low = _least(table, rows, size)
    most = [min(max(len(row[i]) for row in (table.head, *rows)), _COLUMN) for i in range(len(table.head))]
    high = [max(n * _LETTER * size / 72 + _SIDES, least) for n, least in zip(most, low, strict=True)]
    rest = ROOM - sum(low)
    if rest <= 0:
        return [ROOM * wide / sum(low) for wide in low]
    lack = sum(high) - sum(low)
    if lack <= rest:
        return [wide * ROOM / sum(high) for wide in high]
    return [a + rest * (b - a) / lack for a, b in zip(low, high, strict=True)]


def _row_high(row: Sequence[str], widths: Sequence[float], size: float) -> float:
    lines = max(_rows(words, size, wide - _SIDES) for words, wide in zip(row, widths, strict=True))
    return lines * _LINE * size / 72 + _GAP
