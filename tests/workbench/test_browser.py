# SPDX-License-Identifier: MIT
"""The page in a browser: dragged, undone, saved, read by a screen reader, on a phone, and in Russian."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.workbench.pages import Page, opened
from tests.workbench.serving import Served
from txsim import catalogues
from txsim.priors.distributions import quantile
from txsim.scenario import load
from txsim.workbench.quantities import parsed


def drag(page: Page, part: str, by: int) -> None:
    box = page.page.locator(f"#density [data-part={part}]").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    for i in range(1, 11):
        page.page.mouse.move(x + by * i / 10, y)
        time.sleep(0.02)
    page.until("workbench.painted && !workbench.painted.final")  # the answer follows while the hand holds on
    page.page.mouse.up()
    page.settled()


def test_drag_undo_redo_and_what_stands_there(browser: Any, served: Served) -> None:
    with opened(browser, served) as page:
        before = page.page.input_value("#n-middle")
        figure = page.text("#tiles .fig")
        drag(page, "middle", 60)
        after = float(page.page.input_value("#n-middle"))
        assert after > 1.5 * float(before)
        quantity = served.hub.session.state["ex_cx"]
        assert quantity["median"] == pytest.approx(after, rel=0.01)  # type: ignore[index]
        assert page.page.locator('.row[data-name="ex_cx"]').get_attribute("class").split() == [
            "row",
            "picked",
            "changed",
        ]
        assert "was " in page.text("#tiles")
        drag(page, "high", -30)
        assert float(page.page.input_value("#n-middle")) == after
        assert served.hub.session.state["ex_cx"]["factor"] < quantity["factor"]  # type: ignore[index]
        page.page.keyboard.press("Control+z")
        page.until("workbench.changes.length === 1 && !document.getElementById('redo').disabled")
        page.page.click("#undo")
        page.until("workbench.changes.length === 0")
        page.settled()
        assert page.text("#tiles .fig") == figure
        assert page.page.input_value("#n-middle") == before
        page.page.click("#redo")
        page.until("workbench.changes.length === 1")
        page.page.click("#reset-all")
        page.until("workbench.changes.length === 0")
        page.settled()


def test_every_handle_moves_by_the_keyboard(browser: Any, served: Served) -> None:
    with opened(browser, served) as page:
        for part in ("low", "middle", "high"):
            before = float(page.page.input_value(f"#n-{part}"))
            page.page.locator(f"#density [data-part={part}]").focus()
            page.page.keyboard.press("ArrowRight")
            page.settled()
            assert float(page.page.input_value(f"#n-{part}")) > before
            assert page.page.evaluate("() => document.activeElement.dataset.part") == part
        page.page.fill("#n-middle", "0,5")
        page.page.keyboard.press("Tab")
        page.until("workbench.values.ex_cx.middle === 0.5")
        slider = page.page.locator('.row[data-name="credibility:vendor_claim"] input')
        slider.focus()
        page.page.keyboard.press("End")
        page.until("workbench.values['credibility:vendor_claim'].middle === 1")
        assert slider.get_attribute("aria-valuetext") == "100 %".replace(" ", "\N{NO-BREAK SPACE}")
        page.page.click("#reset-all")
        page.until("workbench.changes.length === 0")
        page.settled()


def test_what_is_typed_is_asked_or_refused_and_never_lost_without_a_word(browser: Any, served: Served) -> None:
    rows = [
        ("service_desk.delivery", "0.9", "write 0.9 % or 90 %"),
        ("service_desk.one_off", "45.000", "write 45 or 45000"),
        ("service_desk.one_off", "1e99", "at most 1e15"), ("horizon_months", "36.5", "whole number"),
        ("discount_rate", "120", "120\N{NO-BREAK SPACE}% is beyond what is possible"),
        ("service_desk.one_off", "many", "not a number"), ("service_desk.monthly", "5.250", "write 5.25 or 5250"),
        ("service_desk.monthly", "45,000", "write 45 or 45000"),
    ]  # fmt: skip
    with opened(browser, served) as page:
        for name, typed, words in rows:
            page.page.click(f'.row[data-name="{name}"] .take')
            page.until(f"workbench.held?.name === '{name}' && document.getElementById('question').textContent")
            before = page.page.input_value("#n-middle")
            page.page.fill("#n-middle", typed)
            page.page.keyboard.press("Tab")
            page.until(f"document.getElementById('told').textContent.includes({json.dumps(words)})")
            assert page.page.input_value("#n-middle") == before
            assert not served.hub.session.state
        assert page.page.inner_text("#u-middle") == "EUR"
        page.page.click('.row[data-name="service_desk.delivery"] .take')
        page.until("document.getElementById('u-middle').textContent === '%'")
        page.page.fill("#n-middle", "0.9 %")
        page.page.keyboard.press("Tab")
        page.until("workbench.changes.length === 1")
        assert served.hub.session.controls(served.hub.session.state).by_name["service_desk.delivery"].middle == (
            pytest.approx(0.009, rel=1e-3)
        )
        page.page.click("#reset-all")
        page.until("workbench.changes.length === 0")
        page.settled()


def test_what_is_typed_lands_on_what_stood_above_the_field(browser: Any, served: Served) -> None:
    """The answer of the server may take a second: what was chosen is there at once, and nothing comes between."""
    with opened(browser, served) as page:
        page.page.click('.row[data-name="discount_rate"] .take')
        page.until("workbench.held?.name === 'discount_rate'")
        at_once = """() => {
            document.querySelector('.row[data-name="horizon_months"] .take').click();
            const field = document.getElementById('n-middle'), stood = field.value;
            field.value = '24';
            field.dispatchEvent(new Event('change'));
            return [document.getElementById('question').textContent, stood];
        }"""
        assert page.page.evaluate(at_once) == ["Months that are counted", "36"]
        page.until("workbench.changes.length === 1")
        assert dict(served.hub.session.state) == {"horizon_months": 24.0}
        # Another page takes something else in hand while somebody types here.
        page.settled()
        page.page.focus("#n-middle")
        page.page.evaluate("() => workbench.ask({do: 'hand', name: 'discount_rate'})")
        page.until("workbench.arrived.name === 'discount_rate'")
        assert page.text("#question") == "Months that are counted"
        page.page.fill("#n-middle", "48")
        page.page.keyboard.press("Enter")
        page.until("workbench.values.horizon_months.middle === 48")
        assert dict(served.hub.session.state) == {"horizon_months": 48.0}
        page.page.click("#reset-all")
        page.until("workbench.changes.length === 0")
        page.settled()


def test_figures_of_what_stood_there_before_are_faint_until_those_of_now_come(browser: Any, served: Served) -> None:
    with opened(browser, served) as page:
        page.settled()
        faint = "() => ['tiles', 'verdict', 'fan'].map((id) => document.getElementById(id).classList.contains('stale'))"
        assert page.page.evaluate(faint) == [False] * 3
        moved = "() => { workbench.ask({do: 'move', name: 'horizon_months', part: 'middle', value: 30}); return 0; }"
        assert page.page.evaluate(f"() => {{ ({moved})(); return ({faint})(); }}") == [True] * 3
        page.settled()
        page.until("!document.getElementById('fan').classList.contains('stale')")
        assert page.page.evaluate("() => workbench.answer.mark === workbench.mark")
        page.page.click("#reset-all")
        page.until("workbench.changes.length === 0")
        page.settled()


def test_each_end_stays_where_it_is_put_if_that_is_ticked(browser: Any, served: Served) -> None:
    effect = "service_desk.pushes[0].effect"
    with opened(browser, served) as page:
        page.page.click(f'.row[data-name="{effect}"] .take')
        page.until("workbench.held?.name.startsWith('service_desk.pushes') && workbench.held.density")
        before = page.text("#shape-of")
        values = [float(page.page.input_value(f"#n-{part}")) for part in ("low", "middle")]
        page.page.check("#alone")
        drag(page, "high", -30)
        high = float(page.page.input_value("#n-high"))
        assert [float(page.page.input_value(f"#n-{part}")) for part in ("low", "middle")] == values
        assert "skewed" in page.text("#shape-of")
        now = quantiles_of(served, effect)
        assert now == pytest.approx([*values, high], rel=0.01)
        drag(page, "middle", 20)
        assert float(page.page.input_value("#n-middle")) > values[1]
        assert [float(page.page.input_value(f"#n-{part}")) for part in ("low", "high")] == [values[0], high]
        page.page.click("#reset-all")
        page.until("workbench.changes.length === 0")
        page.until(f"document.getElementById('shape-of').textContent === {json.dumps(before)}")


def quantiles_of(served: Served, name: str) -> list[float]:
    now = parsed(served.hub.session.state[name])
    return [quantile(now, q) for q in (0.05, 0.5, 0.95)]


def test_what_is_typed_is_read_as_it_is_shown_or_refused_in_words(browser: Any, served: Served) -> None:
    cost = '.row[data-name="service_desk.one_off"]'
    with opened(browser, served) as page:
        page.page.click(f"{cost} .take")
        page.until("workbench.held?.name === 'service_desk.one_off'")
        assert page.page.input_value("#n-middle") == "22000"
        for text, value in (("1,200,000", 1_200_000), ("45 123", 45_123), ("12.345,6", 12_345.6), ("22000", 22_000)):
            page.page.fill("#n-middle", text)
            page.page.keyboard.press("Tab")
            page.until(f"workbench.values['service_desk.one_off'].middle === {value}")
            page.until(f"document.getElementById('n-middle').value === '{value}'")
        for text, said in (("abc", "`abc`"), ("", "is needed"), ("1.2.3", "`1.2.3`"), ("20 %", "20 %"),
                           ("4,50,0", "`4,50,0`"), ("--3", "`--3`"), ("Infinity", "1e15"),
                           ("0x10", "`0x10`")):  # fmt: skip
            page.page.evaluate("() => { document.getElementById('told').textContent = ''; }")
            page.page.fill("#n-middle", text)
            page.page.keyboard.press("Tab")
            page.until(f"document.getElementById('told').textContent.includes({json.dumps(said)})")
            assert page.page.input_value("#n-middle") == "22000"
        page.page.click('.row[data-name="service_desk.delivery"] .take')
        page.until("workbench.held?.name === 'service_desk.delivery'")
        page.page.fill("#n-middle", "60 %")
        page.page.keyboard.press("Tab")
        page.until("Math.abs(workbench.values['service_desk.delivery'].middle - 0.6) < 0.001")
        assert not page.page.is_visible("#told")  # what was said before is gone with the next move
        page.page.click("#reset-all")
        page.until("workbench.changes.length === 0")
        page.settled()


def test_save_shows_the_change_first(browser: Any, served: Served) -> None:
    with opened(browser, served) as page:
        slider = page.page.locator('.row[data-name="service_desk.one_off"] input')
        slider.focus()
        page.page.keyboard.press("ArrowRight")
        page.until("workbench.changes.length === 1")
        page.settled()
        cost = served.hub.session.state["service_desk.one_off"]
        figure = page.page.get_attribute("#tiles .fig", "data-value")
        page.page.click("#save")
        page.page.click("#show-diff")
        page.until("document.getElementById('save-fault').textContent")  # who and why are missing
        page.page.fill("#by", "M. Okafor")
        page.page.fill("#because-of", "the supplier's new offer")
        page.page.click("#show-diff")
        page.until("!document.getElementById('write').hidden")
        assert f"+    one_off: {cost:g}" in page.text("#diff")
        assert "supplier's new offer" in page.text("#diff")
        assert load(served.file).drivers[0].one_off.args[0] == 22_000
        page.page.click("#write")
        page.until("!document.getElementById('save-dialog').open && workbench.changes.length === 0")
        assert load(served.file).drivers[0].one_off.args[0] == cost
        page.settled()
        assert page.page.get_attribute("#tiles .fig", "data-value") == figure
        assert "was " in page.text("#tiles")  # the baseline is what the file said before


def test_a_and_b_stand_side_by_side(browser: Any, served: Served) -> None:
    with opened(browser, served) as page:
        slider = page.page.locator('.row[data-name="service_desk.monthly"] input')
        slider.focus()
        page.page.keyboard.press("Home")
        page.until("workbench.changes.length === 1")
        page.settled()
        page.page.click("#ab")
        page.until("workbench.compared?.b")
        assert "B against A" in page.text("#ab-table")
        assert page.page.evaluate("workbench.compared.b.tiles.every((each) => each.change)")
        cells = page.page.eval_on_selector_all("#ab-table td:last-child", "all => all.map((each) => each.textContent)")
        assert all(cells[1:-1])
        page.page.click('[data-do=keep][data-slot="b"]')
        page.page.click('[data-do=go][data-slot="b"]')
        page.page.keyboard.press("Escape")
        page.page.click("#reset-all")
        page.until("workbench.changes.length === 0")
        page.settled()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_screen_reader_finds_nothing_serious(browser: Any, served: Served, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    with opened(browser, served, width, color_scheme=scheme, bypass_csp=True) as page:
        for button in (None, "#save", "#ab"):
            if button is not None and width < 760 and button == "#ab":
                continue
            if button is not None:
                page.page.click(button)
            found = axe.Axe().run(page.page).response["violations"]
            grave = [each for each in found if each["impact"] in ("serious", "critical")]
            serious = [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in grave]
            assert serious == []
            page.page.keyboard.press("Escape")
        wide = page.page.evaluate("() => document.documentElement.scrollWidth")
        assert wide <= width


def test_on_a_phone_targets_are_large_and_the_answer_stays_in_sight(browser: Any, served: Served) -> None:
    with opened(browser, served, 390) as page:
        small = page.page.evaluate(
            """() => [...document.querySelectorAll('button, input:not([type=range]), summary')]
            .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 43.5)
            .map((e) => e.outerHTML.slice(0, 80))"""
        )
        assert small == []
        page.page.evaluate("() => scrollTo(0, 2000)")
        box = page.page.locator("#phone").bounding_box()
        assert 700 < box["y"] < 800
        assert "loss" in page.text("#phone")


def test_the_page_speaks_russian(browser: Any, served: Served) -> None:
    catalogues.use("ru")
    try:
        with opened(browser, served) as page:
            assert page.page.get_attribute("html", "lang") == "ru"
            page.page.click('.row[data-name="ex_cx"] .take')
            page.until("workbench.held?.name === 'ex_cx'")
            page.settled()
            for place in ("#save", "#verdict", "#tiles", "#move-h", "#histogram-h", "#fan-h", "#carried-h", "#says"):
                words = page.text(place)
                assert any("а" <= letter <= "я" for letter in words.lower()), (place, words)
            # nobody's own words: what a person wrote into the file stays as it is
            assert page.text(".top h1") == "Service desk pilot"
    finally:
        catalogues.use("en")


def test_without_a_connection_a_move_is_refused_and_the_field_put_back(browser: Any, served: Served) -> None:
    with opened(browser, served) as page:
        page.page.click('.row[data-name="service_desk.monthly"] .take')
        page.until("workbench.held?.name === 'service_desk.monthly'")
        page.settled()
        before = page.page.input_value("#n-middle")
        for each in tuple(served.hub.pages):
            served.loop.call_soon_threadsafe(each.close)
        page.until("!document.getElementById('told').hidden")
        gone = page.text("#told")
        page.page.fill("#n-middle", "777")
        page.page.keyboard.press("Tab")
        assert page.page.input_value("#n-middle") == before
        assert page.text("#told") == gone
        assert not served.hub.session.state
        page.until("document.getElementById('told').hidden")  # it comes back by itself
        page.page.fill("#n-middle", "777")
        page.page.keyboard.press("Tab")
        page.until("workbench.changes.length === 1")
        page.page.click("#reset-all")
        page.until("workbench.changes.length === 0")
        page.settled()


def test_what_is_hardly_true_is_said_and_the_answer_stays_in_sight(browser: Any, served: Served) -> None:
    with opened(browser, served) as page:
        page.page.click('.row[data-name="service_desk.monthly"] .take')
        page.until("workbench.held?.name === 'service_desk.monthly'")
        page.page.fill("#n-middle", "90000000")
        page.page.keyboard.press("Tab")
        page.until("document.getElementById('told').textContent.includes('Is that meant?')")
        page.settled()
        # The right column holds all that it shows, with the message above it, on a screen of 1280 × 800.
        assert (
            page.page.evaluate(
                "() => { const c = document.getElementById('what'); return c.scrollHeight - c.clientHeight; }"
            )
            <= 1
        )
        page.page.click("#reset-all")
        page.until("workbench.changes.length === 0")
        page.settled()
