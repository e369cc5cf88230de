# SPDX-License-Identifier: MIT
"""Pages of a PDF as they are printed: how full each is, which rows of a table stand together, what a heading stands by.

Pages are drawn from what the PDF is typeset from, and read back from their dots.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.report.conftest import txsim
from txsim import catalogues
from txsim.report.compose import compose
from txsim.report.document import Document, Paragraph, Picture, Section, Table
from txsim.report.pdf import as_pdf
from txsim.report.reading import Result, read_result
from txsim.report.theme import read_theme

_PPI = 72
#: Where the text of a page ends: A4 less its margin, in which the number of the page stands.
_FOOT = round((297 - 15) / 25.4 * _PPI)
_TOP = round(12 / 25.4 * _PPI)


def pages_of(document: Document) -> list[np.ndarray[Any, Any]]:
    """Return the pages as they are printed, grey, ``(row, column)`` each, above the number of the page."""
    import typst

    drawn: list[list[bytes]] = []
    typeset = typst.compile

    def both(template: bytes, **inputs: Any) -> Any:
        png = typeset(template, **{**inputs, "format": "png"}, ppi=_PPI)
        drawn.append(png if isinstance(png, list) else [png])
        return typeset(template, **inputs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typst.compile", both)
        assert as_pdf(document, read_theme()).startswith(b"%PDF-")
    (pages,) = drawn
    return [np.asarray(Image.open(io.BytesIO(page)).convert("L"))[:_FOOT] for page in pages]


def fill(page: np.ndarray[Any, Any]) -> float:
    """Return how much of the height between the margins is used."""
    inked = np.flatnonzero((page < 250).any(axis=1))
    return float((inked[-1] - _TOP) / (_FOOT - _TOP)) if inked.size else 0.0


def bands(page: np.ndarray[Any, Any]) -> list[int]:
    """Return the heights of the lines of a page, from its top; rules, a dot high, are left out."""
    inked = np.concatenate([[False], (page < 200).any(axis=1), [False]]).astype(int)
    first, last = np.flatnonzero(np.diff(inked) == 1), np.flatnonzero(np.diff(inked) == -1)
    return [int(b - a) for a, b in zip(first, last, strict=True) if b - a > 2]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scenario", "language"), [("b2b_three_segments", "en"), ("tx_after_tax", "ru"), ("call_centre_desktop", "en")]
)
def test_no_page_but_the_last_is_half_empty(
    scenario: str, language: str, scenarios: Path, tmp_path: Path, english: None
) -> None:
    file, shared = scenarios / f"{scenario}.yaml", ("--draws", "512", "--prior-only")
    txsim("run", file, *shared, "--out", tmp_path / "run", "--quiet")
    results = [tmp_path / "run"]
    for verb in ("explain", "sensitivity"):
        results.append(tmp_path / f"{verb}.json")
        results[-1].write_text(txsim(verb, file, *shared, "--json"))
    with catalogues.speaking(language):
        pages = pages_of(compose([read_result(each) for each in results]))
    filled = [fill(page) for page in pages]
    assert len(filled) > 8
    assert min(filled[:-1]) > 0.65, filled
    assert filled[-1] > 0.15, filled


def test_no_page_of_a_comparison_is_half_empty(scenarios: Path, tmp_path: Path) -> None:
    files = [scenarios / f"{name}.yaml" for name in ("back_office_first", "front_line_first", "service_desk_pilot")]
    txsim("compare", *files, "--draws", "512", "--prior-only", "--out", tmp_path / "out", "--quiet")
    filled = [fill(page) for page in pages_of(compose([read_result(tmp_path / "out")]))]
    assert min(filled[:-1]) > 0.65, filled


def _document(*sections: Section) -> Document:
    return Document("Title", "", "kicker", "en", sections)


def _lines(count: int) -> tuple[Paragraph, ...]:
    return tuple(Paragraph(f"line {i}") for i in range(count))


def _table(rows: int) -> Table:
    return Table("Caption", ("a", "b"), tuple((f"row {i}", "1") for i in range(rows)))


@pytest.mark.parametrize("rows", [5, 12])
def test_no_row_of_a_table_and_no_heading_stands_alone(rows: int) -> None:
    """Wherever the page ends: in front of the table, in its rows, behind it."""
    parted = 0
    for lines in range(23, 33):
        document = _document(
            Section("a", "First", _lines(lines)), Section("b", "Second", (Paragraph("It would change:"), _table(rows)))
        )
        pages = pages_of(document)
        assert len(pages) <= 2
        if len(pages) == 1:
            continue
        second = bands(pages[1])
        # Caption, head and rows if the table begins there; else its head again and the rows that are left.
        count = len(second)
        heading = max(second) > 9
        behind = count - (4 if heading else 1)
        assert behind == rows if heading else behind >= 3, (lines, second)
        parted += not heading
        if heading:  # the page before holds kicker, title, first heading and the lines, no more
            assert len(bands(pages[0])) == lines + 3, lines
    assert parted == 0 if rows == 5 else parted > 0


def test_a_picture_does_not_leave_half_a_page_empty_before_it(result: Result) -> None:
    """A picture with a gap before it is drawn smaller, and one that would be too small goes behind its table."""
    picture = next(block for block in compose([result]).pictures() if isinstance(block, Picture) and block.width == 800)
    for lines in (14, 18, 22, 26):
        document = _document(Section("a", "First", (*_lines(lines), picture, _table(30), *_lines(25))))
        filled = [fill(page) for page in pages_of(document)]
        assert len(filled) > 1
        assert min(filled[:-1]) > 0.65, (lines, filled)


def test_what_is_typeset_is_the_document_whatever_its_pages(result: Result) -> None:
    """Pictures are moved and made smaller; nothing is left out."""
    import typst

    seen: list[dict[str, Any]] = []
    typeset = typst.compile
    document = compose([result])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "typst.compile",
            lambda template, *, sys_inputs, format: (
                seen.append(json.loads(sys_inputs["document"]))
                or typeset(template, sys_inputs=sys_inputs, format=format)
            ),
        )
        as_pdf(document, read_theme())
    for section, told in zip(document.sections, seen[0]["sections"], strict=True):
        assert sorted(type(block).__name__ for block in section.blocks) == sorted(b["kind"] for b in told["blocks"])
        assert all(0.7 <= block["scale"] <= 1 for block in told["blocks"] if block["kind"] == "Picture")
