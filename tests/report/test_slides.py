# SPDX-License-Identifier: MIT
"""Five slides to present as they are: titles are messages, charts are PowerPoint's own, figures page one's."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from tests.report.handmade import COMPARE, WHATIF, read
from txsim import catalogues
from txsim.errors import InputError
from txsim.report.compose import compose
from txsim.report.deck import Deck
from txsim.report.document import Hinges, KeyFigures, Picture, Table, Verdict, plain
from txsim.report.output import report_bytes
from txsim.report.reading import Result
from txsim.report.slides import _SENTENCE
from txsim.report.theme import read_theme

pptx = pytest.importorskip("pptx")
openpyxl = pytest.importorskip("openpyxl")

_CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
#: Mean width of letters in Verdana, sizes of letters: usual and bold (its own metrics, of English and Russian letters).
_WIDE, _WIDE_BOLD = 0.62, 0.71


@pytest.fixture(scope="module")
def deck(result: Result) -> Any:
    return pptx.Presentation(io.BytesIO(report_bytes([result], "pptx")))


def _words(slide: Any) -> str:
    found = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
    for shape in slide.shapes:
        if shape.has_table:
            found += [cell.text for row in shape.table.rows for cell in row.cells]
    return "\n".join(found)


def _lengths(bars: Any, way: str) -> list[float]:
    points = bars._element.findall(f".//c:errBars/c:{way}//c:v", {"c": _CHART})
    return [float(point.text) for point in points]


def test_titles_are_the_messages_of_page_one(deck: Any, result: Result) -> None:
    page = compose([result], page=True).sections[0]
    of = {kind: next(b for b in page.blocks if isinstance(b, kind)) for kind in (Verdict, Table, Hinges)}
    fan = next(b for b in page.blocks if isinstance(b, Picture) and b.kind == "fan")
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert len(titles) == 5
    # The first sentence of the answer, in letters no smaller than what follows it, which is the rest of it.
    sentence = plain(of[Verdict].sentence)
    assert sentence.startswith(titles[0])
    assert sentence.removeprefix(titles[0]).strip() in _words(deck.slides[0])
    title = deck.slides[0].shapes.title
    sizes = [run.font.size for shape in deck.slides[0].shapes for p in shape.text_frame.paragraphs for run in p.runs]
    assert title.text_frame.paragraphs[0].runs[0].font.size == max(sizes)
    assert titles[2:] == [of[Table].title, fan.title, of[Hinges].title]
    assert not any(re.search(r"\w+\[\d+\]|\w_\w|\{'", title) for title in titles)
    tiles = next(b for b in page.blocks if isinstance(b, KeyFigures))
    first = _words(deck.slides[0])
    assert all(plain(figure) in first for _name, figure, _meaning in tiles.figures)
    # Each in one line, its unit beside it: 0.62 em are the width of an average bold digit or letter of Arial.
    texts = {plain(figure) for _name, figure, _meaning in tiles.figures}
    for box in (shape for shape in deck.slides[0].shapes if shape.has_text_frame):
        for part in (run for paragraph in box.text_frame.paragraphs for run in paragraph.runs if run.text in texts):
            assert 0.62 * len(part.text) * part.font.size.pt <= 72 * box.width / 914_400 - 14.4
    case = _words(deck.slides[2])
    assert all(plain(cell) in case for row in of[Table].rows for cell in row)


def test_charts_are_native_and_hold_the_figures_of_the_result(deck: Any, result: Result) -> None:
    charts = [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    assert len(charts) == 2
    data = result.answer.to_json()
    means = {"do_nothing": 0.0, **{name: data["options"][name]["npv"]["mean"] for name in ("commit",)}}
    means |= {name: of["npv"]["mean"] for name, of in data["policies"].items()}
    # One bar an option: its mean; the line over it reaches from there to the ends of the 90 %.
    (bars,) = charts[0].plots[0].series
    names = list(charts[0].plots[0].categories)
    drawn = dict(zip(names, bars.values, strict=True))
    shown = sorted(value for name, value in means.items() if name != "do_nothing")
    scale = next(s for s in (1.0, 1e3, 1e6) if max(map(abs, drawn.values())) * s == pytest.approx(max(map(abs, shown))))
    assert sorted(value * scale for value in drawn.values()) == pytest.approx(shown)
    low, high = (_lengths(bars, way) for way in ("minus", "plus"))
    axis = charts[0].value_axis
    every = {**data["options"], **data["policies"]}
    for mean, down, up in zip(bars.values, low, high, strict=True):
        of = next(o["npv"] for o in every.values() if o["npv"]["mean"] == pytest.approx(mean * scale))
        assert [(mean - down) * scale, (mean + up) * scale] == pytest.approx([of["p05"], of["p95"]])
        assert axis.minimum_scale <= mean - down < mean + up <= axis.maximum_scale
    # The sheet behind the chart has what moves the lines.
    book = openpyxl.load_workbook(io.BytesIO(charts[0].part.chart_workbook.xlsx_part.blob))
    rows = [row[1:] for row in book.active.iter_rows(min_row=2, values_only=True)]
    assert [list(row) for row in rows] == [pytest.approx(each) for each in zip(bars.values, high, low, strict=True)]
    assert "Bar: mean. Line: 90 of 100" in _words(deck.slides[1])
    assert not charts[0].has_legend
    assert not charts[0].has_title
    assert "Dark: half" not in _words(deck.slides[3])  # lines have no bands
    course = charts[1].plots[0].series
    page = data["page_one"]
    kept = page["scaled"] if page["option"] == "pilot_then_decide" and page["scaled"] else page["course"]
    for series, level in zip(course, ("p95", "p50", "p05"), strict=True):
        assert len(series.values) == 1 + len(kept[level])
        assert series.values[0] == 0  # nothing is spent before the first month
        assert [series.values[-1] / abs(course[0].values[-1])] == pytest.approx(
            [kept[level][-1] / abs(kept["p95"][-1])]
        )


def test_everything_is_on_the_slide_and_in_the_language(deck: Any, result: Result) -> None:
    wide, high = deck.slide_width, deck.slide_height
    for slide in deck.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert shape.left + shape.width <= wide
            assert shape.top + shape.height <= high
    with catalogues.speaking("ru"):
        russian = pptx.Presentation(io.BytesIO(report_bytes([result], "pptx")))
    assert all(re.search("[а-я]", slide.shapes.title.text_frame.text) for slide in russian.slides)


def test_a_name_in_quotes_is_no_end_of_a_sentence() -> None:
    said = ["Commit to “St. Petersburg. Phase two” now, not to «ул. Ленина».", "It pays 1.2 M EUR. “A. B” does not."]
    assert _SENTENCE.split(" ".join(said), maxsplit=1) == said


def test_what_is_neither_run_nor_comparison_has_no_slides() -> None:
    for kind, words in (("pptx", "slides need the result of a run or of a comparison"), ("xlsx", "a workbook needs")):
        with pytest.raises(InputError, match=words):
            report_bytes([read("whatif", WHATIF)], kind)


def test_tables_have_no_keys_and_no_word_is_broken_in_a_wide_font() -> None:
    head = ("initiative", "key", "within the limits", "recommendation", "commit now, average", "paid back of 100")
    rows = tuple(
        ("Redesign of the employees' tools", "employee_tools_redesign", *["\N{MINUS SIGN}1,400 … +1,600"] * 4)
        for _i in range(4)
    )
    made = Deck(read_theme(), "source")
    made.table("Title", Table("", head, rows, frozenset({0, 1}), keys=frozenset({1})))
    (slide,) = pptx.Presentation(io.BytesIO(made.content())).slides
    (grid,) = [shape.table for shape in slide.shapes if shape.has_table]
    assert [cell.text for cell in grid.rows[0].cells] == [name for name in head if name != "key"]
    for row in grid.rows:
        for column, cell in zip(grid.columns, row.cells, strict=True):
            font = cell.text_frame.paragraphs[0].runs[0].font
            letter = (_WIDE_BOLD if font.bold else _WIDE) * font.size.pt
            longest = max(map(len, cell.text.split(" ")))
            assert longest * letter <= (column.width - cell.margin_left - cell.margin_right) / 12700


def test_shares_on_an_axis_are_percent() -> None:
    compared = read("compare", COMPARE)
    slides = pptx.Presentation(io.BytesIO(report_bytes([compared], "pptx"))).slides
    charts = [shape.chart for slide in slides for shape in slide.shapes if shape.has_chart]
    shares = [chart for chart in charts if chart.plots[0].has_data_labels]
    assert shares
    for chart in shares:
        for labels in (chart.value_axis.tick_labels, chart.plots[0].data_labels):
            assert (labels.number_format, labels.number_format_is_linked) == ("0\N{NO-BREAK SPACE}%", False)
