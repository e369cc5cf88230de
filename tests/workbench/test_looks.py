# SPDX-License-Identifier: MIT
"""What the page looks like, measured: nothing is cut, nothing lies on anything, wide and narrow, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.report.browser import overlapping, under_rings
from tests.workbench.pages import Page, opened
from tests.workbench.serving import Served
from txsim import catalogues

LANGUAGES = ["en", "ru"]


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    catalogues.use(request.param)
    yield request.param
    catalogues.use("en")


def cut(page: Page) -> list[str]:
    """Return labels of bars that end in an ellipsis."""
    labels = page.page.eval_on_selector_all("#carried text", "all => all.map((each) => each.firstChild.data)")
    return [label for label in labels if label.endswith("…")]


def unfold(page: Page) -> None:
    page.page.evaluate("() => document.querySelectorAll('main details').forEach((each) => { each.open = true; })")


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_cut_and_nothing_lies_on_anything(browser: Any, served: Served, language: str, width: int) -> None:
    with opened(browser, served, width) as page:
        assert cut(page) == []
        for name in ("ex_cx", "service_desk.delivery", "horizon_months"):
            page.page.evaluate("(name) => workbench.ask({ do: 'hand', name })", name)
            page.until(f"workbench.held?.name === '{name}' && workbench.held.says")
            page.settled()
            assert overlapping(page.page, "#hand") == []
            assert overlapping(page.page, "#what") == []
        unfold(page)
        assert overlapping(page.page, ".move") == []
        assert page.page.evaluate("() => document.documentElement.scrollWidth") <= width
        wrapped = "all => all.filter((each) => each.getClientRects().length > 1).map((each) => each.textContent)"
        assert page.page.eval_on_selector_all("#legend span", wrapped) == []
        assert under_rings(page.page, "main") == []
        seen = page.page.eval_on_selector_all(".hidep", "all => all.filter((each) => each.checkVisibility()).length")
        assert (seen == 0) is (width < 760)


@pytest.mark.parametrize("width", [1280, 390])
def test_what_saving_lists_is_whole_and_one_thing_is_seen_at_a_time(
    browser: Any, served: Served, language: str, width: int
) -> None:
    session = served.hub.session
    with opened(browser, served, width) as page:
        for name, value in (("ex_cx", 0.45), ("service_desk.delivery", 0.6), ("credibility:vendor_claim", 0.02)):
            page.page.evaluate("(move) => workbench.ask({ do: 'move', ...move })", {"name": name, "value": value})
            page.until(f"workbench.changes.some((each) => each.name === '{name}')")
        page.page.click("#save")
        # A range stands on one line, both of its ends.
        lines = "all => all.map((each) => each.getClientRects().length)"
        assert set(page.page.eval_on_selector_all("#changes .whole", lines)) == {1}
        assert page.page.locator("#changes .whole").count() == 6
        assert overlapping(page.page, "#save-dialog") == []
        assert under_rings(page.page, "#save-dialog") == []
        page.page.fill("#by", "O. Volkhart")
        page.page.fill("#because-of", "29.11.")
        page.page.click("#show-diff")
        page.until("!document.getElementById('diff').hidden")
        page.page.click("#pack summary")
        page.until("document.getElementById('diff').hidden && document.getElementById('pack').open")
        assert not page.page.is_visible("#write")
        page.page.click("#show-diff")
        page.until("!document.getElementById('diff').hidden && !document.getElementById('pack').open")
        page.page.keyboard.press("Escape")
        if width > 760:
            page.page.click("#ab")
            page.until("workbench.compared?.b")
            assert overlapping(page.page, "#ab-dialog") == []
            apart = """all => all.map((row) => [...row.cells].map((cell) => {
                const range = document.createRange();
                range.selectNodeContents(cell);
                return range.getBoundingClientRect();
            })).flatMap((boxes) => boxes.slice(1).map((box, i) => box.width ? box.left - boxes[i].right : 99))"""
            assert min(page.page.eval_on_selector_all("#ab-table tr", apart)) >= 8
            page.page.keyboard.press("Escape")
        page.page.evaluate("() => workbench.ask({ do: 'reset' })")
        page.until("workbench.changes.length === 0")
        page.settled()
    assert not session.state
