# SPDX-License-Identifier: MIT
"""Five slides to present as they are: titles are messages, charts are PowerPoint's own, figures page one's."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from tests.report.handmade import WHATIF, read
from txsim import catalogues
from txsim.errors import InputError
from txsim.report.compose import compose
from txsim.report.document import Hinges, KeyFigures, Picture, Table, Verdict, plain
from txsim.report.output import report_bytes
from txsim.report.reading import Result

pptx = pytest.importorskip("pptx")


@pytest.fixture(scope="module")
def deck(result: Result) -> Any:
    return pptx.Presentation(io.BytesIO(report_bytes([result], "pptx")))


def _words(slide: Any) -> str:
    found = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
    for shape in slide.shapes:
        if shape.has_table:
            found += [cell.text for row in shape.table.rows for cell in row.cells]
    return "\n".join(found)


def test_titles_are_the_messages_of_page_one(deck: Any, result: Result) -> None:
    page = compose([result], page=True).sections[0]
    of = {kind: next(b for b in page.blocks if isinstance(b, kind)) for kind in (Verdict, Table, Hinges)}
    fan = next(b for b in page.blocks if isinstance(b, Picture) and b.kind == "fan")
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert len(titles) == 5
    assert titles[0] == plain(of[Verdict].sentence)
    assert titles[2:] == [of[Table].title, fan.title, of[Hinges].title]
    assert not any(re.search(r"\w+\[\d+\]|\w_\w|\{'", title) for title in titles)
    tiles = next(b for b in page.blocks if isinstance(b, KeyFigures))
    first = _words(deck.slides[0])
    assert all(plain(figure) in first for _name, figure, _meaning in tiles.figures)
    case = _words(deck.slides[2])
    assert all(plain(cell) in case for row in of[Table].rows for cell in row)


def test_charts_are_native_and_hold_the_figures_of_the_result(deck: Any, result: Result) -> None:
    charts = [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    assert len(charts) == 2
    data = result.answer.to_json()
    means = {"do_nothing": 0.0, **{name: data["options"][name]["npv"]["mean"] for name in ("commit",)}}
    means |= {name: of["npv"]["mean"] for name, of in data["policies"].items()}
    drawn = dict(zip(charts[0].plots[0].categories, charts[0].plots[0].series[1].values, strict=True))
    shown = sorted(value for name, value in means.items() if name != "do_nothing")
    scale = next(s for s in (1.0, 1e3, 1e6) if max(map(abs, drawn.values())) * s == pytest.approx(max(map(abs, shown))))
    assert sorted(value * scale for value in drawn.values()) == pytest.approx(shown)
    course = charts[1].plots[0].series
    page = data["page_one"]
    kept = page["scaled"] if page["option"] == "pilot_then_decide" and page["scaled"] else page["course"]
    for series, level in zip(course, ("p95", "p50", "p05"), strict=True):
        assert len(series.values) == len(kept[level])
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


def test_what_is_neither_run_nor_comparison_has_no_slides() -> None:
    for kind, words in (("pptx", "slides need the result of a run or of a comparison"), ("xlsx", "a workbook needs")):
        with pytest.raises(InputError, match=words):
            report_bytes([read("whatif", WHATIF)], kind)
