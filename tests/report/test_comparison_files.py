# SPDX-License-Identifier: MIT
"""Workbook and slides of a comparison and of several runs: all that the page holds, live where a formula can be."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PIL import ImageFont

from tests.report.browser import chromium
from tests.report.conftest import txsim
from tests.report.handmade import COMPARE, of, read
from tests.report.spreadsheet import Sheets
from txsim import catalogues
from txsim.report.compose import compose
from txsim.report.deck import Deck
from txsim.report.document import Picture, Table, Verdict, plain
from txsim.report.output import report_bytes
from txsim.report.reading import Result, read_result
from txsim.report.theme import read_theme

pptx = pytest.importorskip("pptx")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SCENARIOS = ("back_office_first", "front_line_first", "service_desk_pilot")


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory, scenarios: Path) -> Result:
    out = tmp_path_factory.mktemp("compared") / "out"
    files = [scenarios / f"{name}.yaml" for name in SCENARIOS]
    txsim("compare", *files, "--draws", "512", "--prior-only", "--budget", "60000", "--out", out, "--quiet")
    return read_result(out)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, scenarios: Path) -> list[Result]:
    out = tmp_path_factory.mktemp("runs")
    for name in ("back_office_first", "service_desk_pilot"):
        txsim("run", scenarios / f"{name}.yaml", "--draws", "256", "--prior-only", "--out", out / name, "--quiet")
    return [read_result(out / name) for name in ("back_office_first", "service_desk_pilot")]


def test_every_formula_arrives_at_the_value_kept_beside_it(compared: Result, runs: list[Result]) -> None:
    assert _worked_out([compared]) > 3 * len(compared.answer.to_json()["options"])
    assert _worked_out(runs) > 20 * len(runs)


def _worked_out(results: list[Result]) -> int:
    """Compare every formula with what is kept beside it; return how many there are."""
    book, count = Sheets(report_bytes(results, "xlsx")), 0
    for sheet in book.book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    kept = book.kept[sheet.title][cell.coordinate].value
                    found = book.cell(sheet.title, cell.coordinate)
                    wanted = "" if kept is None else kept
                    assert found == (pytest.approx(wanted, abs=0.01) if isinstance(wanted, int | float) else wanted)
                    count += 1
    return count


def test_the_workbook_holds_every_option_and_every_pair(compared: Result) -> None:
    book = openpyxl.load_workbook(io.BytesIO(report_bytes([compared], "xlsx")), data_only=True)
    data = compared.answer.to_json()
    rows = list(book["Comparison"].iter_rows(min_row=10, max_row=9 + len(data["options"]), values_only=True))
    assert sorted(row[2] for row in rows) == pytest.approx(sorted(o["npv"]["mean"] for o in data["options"]))
    for key, column in (("p_loss", 6), ("pv_cost", 1), ("peak_funding_p95", 8)):
        assert sorted(row[column] for row in rows) == pytest.approx(sorted(o[key] or 0.0 for o in data["options"]))
    best = [data["p_best_together"][o["name"]]["value"] for o in data["options"]]
    assert sorted(row[11] for row in rows) == pytest.approx(sorted(best))
    pairs = list(book["Differences"].iter_rows(min_row=4, values_only=True))
    assert [row[2] for row in pairs] == pytest.approx(
        sorted((p["mean"] for p in data["differences"]), key=abs), abs=0.01
    )
    assert len(list(book["Within the budget"].iter_rows(min_row=4, values_only=True))) > len(data["portfolio"]["sets"])
    words = {str(cell) for row in book["Assumptions"].iter_rows(values_only=True) for cell in row}
    document = compose([compared])
    for section in (each for each in document.sections if each.id.startswith("assumptions")):
        for table in (block for block in section.blocks if isinstance(block, Table)):
            assert {plain(cell) for row in table.rows for cell in row if plain(cell)} <= words


def test_a_limit_that_is_moved_moves_what_pays_most_within_it() -> None:
    """By hand: the dearest pays most; with less money the next, with less than that nothing but doing nothing."""
    options = [
        {**option, "pv_cost": cost, "npv": {**option["npv"], "mean": mean}, "p_loss": loss, "peak_funding_p95": 1.0}
        for option, cost, mean, loss in zip(
            COMPARE["options"], (100.0, 300.0, 200.0), (10.0, 30.0, 20.0), (0.1, 0.2, 0.6), strict=True
        )
    ]
    advised = {**COMPARE["recommendation"], "max_p_loss": None, "max_peak_funding": None, "max_pv_cost": None}
    data = of(COMPARE, options=options, portfolio=None, recommendation=advised, differences=[])
    content = report_bytes([read("compare", data)], "xlsx")

    def most(**limits: float) -> str:
        book = Sheets(content)
        for name, value in limits.items():
            book.place("Comparison", name).value = value
        sheet = book.book["Comparison"]
        row = next(row[0].row for row in sheet.iter_rows() if str(row[0].value).startswith("Within the limits this"))
        return str(book.cell("Comparison", f"B{row}"))

    assert most() == "South: commit now"
    assert most(budget=250) == "North: commit now and review"
    assert most(budget=250, most_p_loss=0.5) == "North: commit now"
    assert most(budget=99) == ""


def test_beliefs_are_weighed_in_the_sheet() -> None:
    estimate = {"value": 0.0, "mcse": 1.0}
    cells = [
        {"belief": belief, "action": action, "npv": {**estimate, "value": value}, "p_loss": 0.1}
        for belief, action, value in (
            ("north", "commit", 10.0), ("south", "commit", 50.0), ("north", "do_nothing", 0.0),
            ("south", "do_nothing", 0.0),
        )
    ]  # fmt: skip
    beliefs = {"names": ["north", "south"], "actions": ["commit", "do_nothing"], "cells": cells}
    data = of(COMPARE, beliefs=beliefs, p_best={}, p_best_together={}, recommendation=None, portfolio=None)
    book = Sheets(report_bytes([read("compare", data)], "xlsx"))
    assert book.cell("Beliefs", "D5") == ""
    book.book["Beliefs"]["B4"].value, book.book["Beliefs"]["C4"].value = 1, 3
    assert book.cell("Beliefs", "D5") == pytest.approx(40.0)


def test_two_comparisons_in_one_book_have_limits_of_their_own(compared: Result) -> None:
    book = Sheets(report_bytes([compared, compared], "xlsx"))
    assert book.place("Comparison", "budget").parent.title == "Comparison"
    assert book.place("Comparison 2", "budget").parent.title == "Comparison 2"
    book.place("Comparison 2", "budget").value = 0
    assert book.cell("Comparison", "N10") == book.kept["Comparison"]["N10"].value


def test_sheets_print_on_a4_in_letters_that_can_be_read(compared: Result) -> None:
    book = openpyxl.load_workbook(io.BytesIO(report_bytes([compared], "xlsx")))
    for sheet in book.worksheets:
        assert int(sheet.page_setup.paperSize) == 9
        assert (sheet.sheet_properties.pageSetUpPr.fitToPage, int(sheet.page_setup.fitToWidth or 1)) == (True, 1)
        used = [sheet.column_dimensions[letter] for letter in sheet.column_dimensions]
        wide = sum(each.width * (each.max - each.min + 1) for each in used)
        # A character of the standard letters, 11 pt, is 7 px of 1/96 inch wide; A4 across is 11 inches between margins.
        assert 11 * min(1.0, 10.9 * 96 / (7 * wide)) > 5.5, sheet.title


def test_several_runs_have_each_their_inputs_and_their_npv_in_one_book(runs: list[Result]) -> None:
    book = Sheets(report_bytes(runs, "xlsx"))
    sheet = book.book["Side by side"]
    linked = {row[0].value: row[11] for row in sheet.iter_rows(min_row=4) if row[11].value}
    assert set(linked) == {result.title for result in runs}
    for number, result in zip(("", " 2"), runs, strict=True):
        case = result.answer.to_json()["cash_flow"]
        npv = float(case["lines"][-1]["pv"])
        cell = linked[result.title]
        assert cell.value.strip("=").startswith(f"'Business case{number}'!")
        assert cell.parent.parent is book.book
        assert book.kept["Side by side"][cell.coordinate].value == pytest.approx(npv)
        assert book.place(f"Business case{number}", "discount_rate").parent.title == f"Inputs{number}"
    options = sum(1 + 1 + len(result.answer.to_json()["policies"]) for result in runs)
    assert len([row for row in sheet.iter_rows(min_row=4, values_only=True) if row[1]]) == options


def test_several_runs_have_each_their_slides_behind_the_table_of_all(runs: list[Result]) -> None:
    deck = pptx.Presentation(io.BytesIO(report_bytes(runs, "pptx")))
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    for result in runs:
        verdict = next(b for b in compose([result], page=True).sections[0].blocks if isinstance(b, Verdict))
        assert any(title and plain(verdict.sentence).startswith(title) for title in titles)
    assert all(result.title in _words(deck) for result in runs)


def _words(deck: Any) -> str:
    found = []
    for slide in deck.slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                found.append(shape.text_frame.text)
            if shape.has_table:
                found += [cell.text for row in shape.table.rows for cell in row.cells]
    return "\n".join(found)


def test_a_deck_of_a_comparison_is_the_pages_answer_on_at_most_eight_slides(compared: Result) -> None:
    deck = pptx.Presentation(io.BytesIO(report_bytes([compared], "pptx")))
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert len(titles) <= 8
    answer, told = compose([compared]).sections[0], set(_words(deck).split("\n"))
    keys = {each["name"] for each in compared.answer.to_json()["scenarios"]}
    for block in answer.blocks:
        if isinstance(block, Verdict):
            assert plain(block.because) in told
            assert plain(block.sentence).removeprefix(titles[0]).strip() in told
        if isinstance(block, Table):
            assert block.title in titles
            lines = {line for row in block.rows for cell in row for line in plain(cell).split("\n") if line}
            assert lines - keys <= told - keys == told  # a slide tells scenarios by their titles alone
        if isinstance(block, Picture):
            assert block.title in titles
    charts = [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    assert len(list(charts[0].plots[0].categories)) == len(compared.answer.to_json()["options"])
    assert sum(charts[1].plots[0].series[0].values) == pytest.approx(1.0, abs=0.02)


def test_bars_of_a_slide_are_those_that_its_title_counts(compared: Result) -> None:
    """Where limits exclude something, title and bars count what they leave: the title's share is one of the bars'."""
    for picture in (block for block in compose([compared]).sections[0].blocks if isinstance(block, Picture)):
        if picture.kind == "best":
            deck = pptx.Presentation(io.BytesIO(report_bytes([compared], "pptx")))
            slide = next(s for s in deck.slides if s.shapes.title.text_frame.text == picture.title)
            plot = next(shape.chart for shape in slide.shapes if shape.has_chart).plots[0]
            drawn = {
                f"{name}: {value:.0%}"
                for name, value in zip(plot.categories, plot.series[0].values, strict=True)
                if 0.01 <= value < 0.99
            }
            assert drawn
            assert drawn <= {each.replace("\N{NO-BREAK SPACE}", "") for each in picture.description.split("; ")}


def test_what_a_slide_has_no_room_for_is_counted_on_it(compared: Result) -> None:
    """Fifty scenarios make one table on one slide, which says how many rows stand in the page."""
    deck = Deck(read_theme(), "source")
    rows = tuple((f"initiative {i}", "1") for i in range(50))
    deck.table("All of them", Table("", ("name", "figure"), rows))
    deck.words("Many words", [(f"Sentence {i}. " * 12, 16.0, False, "ink") for i in range(40)])
    table, words = pptx.Presentation(io.BytesIO(deck.content())).slides
    grid = next(shape.table for shape in table.shapes if shape.has_table)
    left = [int(re.search(r"(\d+) more", shape.text_frame.text)[1]) for s in (table, words) for shape in s.shapes
            if shape.has_text_frame and re.search(r"\d+ more in the page", shape.text_frame.text)]  # fmt: skip
    assert len(grid.rows) - 1 + left[0] == 50
    written = next(shape.text_frame.paragraphs for shape in words.shapes if "Sentence 0" in shape.text_frame.text)
    assert len(written) - 1 + left[1] == 40
    assert left[1] > 0


def _lines(words: str, size: float, wide: float) -> int:
    """Return the lines of words by the widths of real letters, four times as large to have whole pixels."""
    letters, count = ImageFont.load_default(4 * size), 0
    for paragraph in words.split("\n"):
        used, count = 0.0, count + 1
        for word in paragraph.split(" "):
            length = letters.getlength(f"{word} ") / 4
            if used and used + length > wide:
                used, count = 0.0, count + 1
            used += length
    return count


@pytest.mark.parametrize("language", ["en", "ru"])
def test_nothing_runs_over_the_edge_of_its_box_or_of_the_slide(
    compared: Result, runs: list[Result], language: str
) -> None:
    with catalogues.speaking(language):
        decks = [report_bytes(results, "pptx") for results in ([compared], runs)]
    for content in decks:
        deck = pptx.Presentation(io.BytesIO(content))
        for slide in deck.slides:
            for shape in slide.shapes:
                assert min(shape.left, shape.top) >= 0
                assert shape.left + shape.width <= deck.slide_width
                assert shape.top + shape.height <= deck.slide_height
                if shape.has_text_frame:
                    parts = [run for paragraph in shape.text_frame.paragraphs for run in paragraph.runs]
                    wide = shape.width / 12_700 - 14.4
                    sizes = [run.font.size.pt for run in parts]
                    high = sum(1.2 * s * _lines(run.text, s, wide) for run, s in zip(parts, sizes, strict=True))
                    assert high <= shape.height / 12_700, shape.text_frame.text
                    assert min(sizes) >= 9
                if shape.has_table:
                    high = 0.0
                    for row in shape.table.rows:
                        lines = [
                            1.2 * run.font.size.pt * _lines(run.text, run.font.size.pt, column.width / 12_700 - 14.4)
                            for cell, column in zip(row.cells, shape.table.columns, strict=True)
                            for run in cell.text_frame.paragraphs[0].runs
                        ]
                        high += max([*lines, row.height / 12_700])
                    assert shape.top / 12_700 + high <= deck.slide_height / 12_700 - 36, slide.shapes.title.text


def test_a_wide_table_is_cards_on_a_phone(scenarios: Path, tmp_path: Path) -> None:
    """Ten columns do not fit 390 px: each cell stands beside the head of its column, and nothing scrolls sideways."""
    files = [scenarios / f"{name}.yaml" for name in ("back_office_first", "front_line_first")]
    txsim("compare", *files, "--draws", "256", "--prior-only", "--out", tmp_path / "out", "--quiet")
    txsim("report", tmp_path / "out", "-o", tmp_path / "page.html")
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 390, "height": 800})
        page.goto((tmp_path / "page.html").as_uri())
        table = page.locator(".wide").first
        assert table.evaluate("each => each.scrollWidth <= each.clientWidth")
        cells = table.locator("tbody tr").first.locator("td")
        heads = table.locator("thead th").all_text_contents()[1:]
        assert [cells.nth(i).get_attribute("data-head") for i in range(cells.count())] == heads
        tops = [cells.nth(i).evaluate("each => each.getBoundingClientRect().top") for i in range(cells.count())]
        assert tops == sorted(set(tops))
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
