# SPDX-License-Identifier: MIT
"""Where pages of a PDF break: rows of tables stay whole, and no last row stands alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pytest
import typst

from txsim.report.document import Block, Document, Facts, Note, Section, Table
from txsim.report.pages import _WIDE, _smaller
from txsim.report.pdf import as_pdf
from txsim.report.theme import read_theme

Pages = Callable[..., list[Counter[str]]]


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Pages:
    """Return a function that lays out blocks and returns how often each glyph stands on each page."""
    compiled = typst.compile

    def laid_out(*blocks: Block) -> list[Counter[str]]:
        found: list[bytes] = []

        def as_svg(template: bytes, *, sys_inputs: dict[str, str], format: str) -> bytes:
            assert format == "pdf"
            drawn = compiled(template, sys_inputs=sys_inputs, format="svg")
            found.extend(drawn if isinstance(drawn, list) else [drawn])
            return b""

        monkeypatch.setattr(typst, "compile", as_svg)
        as_pdf(Document("t", "", "", "en", (Section("s", "S", blocks),)), read_theme())
        return [Counter(re.findall(r'xlink:href="#(g[0-9A-F]+)"', page.decode())) for page in found]

    return laid_out


def _cells_by_page(on: list[Counter[str]], cells: int) -> list[int]:
    """Return on how many places of each page the glyph stands of which there are so many in all."""
    whole = sum(on, Counter())
    (glyph,) = [name for name, times in whole.items() if times == cells]
    return [page[glyph] for page in on]


@pytest.mark.parametrize(("count", "fewest"), [(5, 5), (12, 3)])
def test_no_last_row_stands_alone_on_a_page(pages: Pages, count: int, fewest: int) -> None:
    """Wherever a table begins: of a small one all rows stay together, of others at least the last three."""
    table = Table("", ("a", "b"), tuple(("7", "7") for _ in range(count)))
    last = set()
    for filler in range(28, 46):
        on = pages(*(Note("x") for _ in range(filler)), table)
        rows = [cells // 2 for cells in _cells_by_page(on, 2 * count) if cells]
        assert sum(rows) == count
        assert len(rows) == 1 or rows[-1] >= fewest
        last.add(tuple(rows))
    assert len(last) > 1 or count == fewest  # some of them do break


def test_a_row_stays_whole_and_one_longer_than_a_page_loses_nothing(pages: Pages) -> None:
    for words, whole in ((150, True), (14000, False)):
        table = Table("", ("a", "b"), (("x", "x"), ("y", " ".join(["7"] * words))))
        spread = set()
        for filler in (20, 30, 36, 40):
            on = _cells_by_page(pages(*(Note("x") for _ in range(filler)), table), words)
            assert sum(on) == words
            spread.add(sum(cells > 0 for cells in on))
        assert spread == {1} if whole else min(spread) > 1


def test_a_long_name_leaves_half_of_the_line_to_what_is_said_of_it(pages: Pages) -> None:
    """Thirty such facts need a page or two: the answer beside a name as long as the line is not one word wide."""
    name = "what better tools of the staff do to the customers of the firm directly, not through mood (uxe_cx)"
    said = "17 % that it does nothing (15 % before the evidence was read)"
    assert len(pages(Facts(tuple((name, said) for _ in range(24))))) == 1


def test_pictures_of_a_page_make_room_for_the_next_together() -> None:
    """Two of half the width in height: what takes 0.3 of one, too much for its letters, is 0.15 of either."""
    half = '<svg viewBox="0 0 200 100">'
    pictures = {n: {"svg": half, "scale": 1.0} for n in (0, 1)}
    (sizes,) = _smaller(pictures, [1, 0], 0.3 * _WIDE / 2)
    assert [picture is pictures[n] for (picture, _size), n in zip(sizes, (1, 0), strict=True)] == [True, True]
    assert [size for _picture, size in sizes] == pytest.approx([0.85, 0.85])
    assert not list(_smaller(pictures, [1, 0], 0.3 * _WIDE))
    first, _second = _smaller(pictures, [1, 0], 0.2 * _WIDE / 2)
    assert [size for _picture, size in first] == pytest.approx([0.8])
