# SPDX-License-Identifier: MIT
"""The page in a real browser: opens from disk, speaks the truth, can be used, printed and is accessible."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.report.browser import chromium
from tests.report.conftest import HOSTILE

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def page_file(folder: Path, page_of: Callable[..., Path]) -> Path:
    return page_of(folder)


def opened(browser: Any, file: Path, **context: Any) -> tuple[Any, list[str]]:
    """Open a page from disk with a clean context; return it and everything that it complained about or asked for."""
    said: list[str] = []
    page = browser.new_context(**context).new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(("file:", "data:")) else said.append(request.url))
    page.on("dialog", lambda dialog: (said.append("dialog"), dialog.dismiss()))
    page.goto(file.as_uri())
    return page, said


def live(page: Any) -> None:
    """Scroll through the page until every picture is live."""
    figures = page.locator("figure")
    for i in range(figures.count()):
        figures.nth(i).scroll_into_view_if_needed()
        page.wait_for_function("i => document.querySelectorAll('figure')[i].dataset.live === 'yes'", arg=i)


def test_opens_from_disk_without_a_word(browser: Any, page_file: Path) -> None:
    assert page_file.stat().st_size < 3_000_000
    page, said = opened(browser, page_file)
    live(page)
    assert said == []
    policy = page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "http:" not in policy.replace("http-equiv", "")
    assert page.locator("figure").count() >= 5
    page.context.close()


def test_the_policy_holds(browser: Any, page_file: Path) -> None:
    page, said = opened(browser, page_file)
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.x = 1'; document.body.append(s); }"
    )
    assert page.evaluate("window.x") is None
    assert any("Content Security Policy" in text for text in said)
    page.context.close()


def test_every_figure_is_the_one_of_the_summary(browser: Any, page_file: Path, folder: Path) -> None:
    page, _said = opened(browser, page_file)
    summary = json.loads((folder / "summary.json").read_text())
    found = page.eval_on_selector_all("data[data-key]", "all => all.map(e => [e.dataset.key, e.value, e.textContent])")
    assert len(found) > 60
    for key, value, text in found:
        told: Any = summary
        for part in key.split("."):
            told = told[int(part)] if isinstance(told, list) else told[part]
        assert float(value) == told, key
        assert shows(text, told, float(summary["recommendation"]["resolution"])), (key, text, told)
    lead = page.locator(".lead").first.inner_text()
    # The sentence is the result's own, figures and all.
    assert lead.split() == summary["recommendation"]["lead"].split()
    page.context.close()


def shows(text: str, value: float, resolution: float = 0.0) -> bool:
    """Whether a text is a rounding of a number, in whatever unit it is written.

    Money is told to multiples of a resolution, ends of its ranges to ten times that.
    """
    number = re.search(r"[\d,]+(?:\.\d+)?", text)
    assert number is not None, text
    digits = number.group().replace(",", "")
    shown = float(digits) * (-1 if "−" in text else 1)
    step = 10.0 ** -len(digits.partition(".")[2])
    for divisor in (1.0, 1e3, 1e6, 1e9, 0.01):
        money = 5.000001 * resolution / divisor if resolution < abs(value) else 0.0
        if abs(shown - value / divisor) <= max(0.5000001 * step, money):
            return True
    return ("<" in text and 0 < value < 0.005) or (">" in text and 0.995 < value < 1)


def value_at(data: Any, path: str) -> Any:
    """Return the value at a dotted path; names may hold dots and brackets, so the longest that is there is taken."""
    while path:
        if isinstance(data, list):
            head, _dot, path = path.partition(".")
            data = data[int(head)]
            continue
        name = max((name for name in data if path == name or path.startswith(f"{name}.")), key=len)
        data, path = data[name], path[len(name) + 1 :]
    return data


def shown_by_rows(text: str, data: Any, path: str) -> bool:
    """Whether a text is the value at a path of a result, to the digits of the row that it stands in.

    A row is told no finer than a hundredth of its own 90 % interval (an option's lies in its ``npv``, a difference's in
    itself), and an amount no finer than its own Monte Carlo error.
    """
    value, resolution = value_at(data, path), 0.0
    if row := re.match(r"(options|differences)\.\d+(?=\.)", path):
        own = value_at(data, row[0])
        own = own["npv"] if row[1] == "options" else own
        resolution = 0.01 * (own["p95"] - own["p05"])
    if path.endswith(".value"):
        resolution = max(resolution, float(value_at(data, path.removesuffix(".value")).get("mcse") or 0.0))
    return shows(text, value, resolution)


def test_options_can_be_switched_and_the_threshold_moved(browser: Any, page_file: Path) -> None:
    page, said = opened(browser, page_file)
    live(page)
    npv = page.locator("figure[data-kind=npv]")
    before = npv.locator(".live").inner_html()
    box = npv.get_by_label("pilot first, then scale or stop")
    box.focus()
    page.keyboard.press("Space")  # by keyboard alone
    assert box.is_checked()
    page.wait_for_function(
        "before => document.querySelector('figure[data-kind=npv] .live').innerHTML !== before", arg=before
    )
    told = npv.locator(".live").inner_text()
    slider = npv.locator("input[type=range]")
    slider.focus()
    for _press in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("told => document.querySelector('figure[data-kind=npv] .live').innerText !== told", arg=told)
    assert npv.locator("output").inner_text() != "0"
    npv.locator(".live").scroll_into_view_if_needed()
    page.wait_for_timeout(200)  # a scroll hides what the pointer tells
    bars = npv.locator(".live .mark-rect path")
    widths = bars.evaluate_all("all => all.map(bar => bar.getBoundingClientRect().height)")
    bars.nth(widths.index(max(widths))).hover()
    page.wait_for_selector("#tip:not([hidden])")
    told = page.locator("#tip").inner_text()
    assert "share of futures" in told
    assert "undefined" not in told
    assert said == []
    page.context.close()


def test_threshold_tells_the_share_below(browser: Any, page_file: Path, folder: Path) -> None:
    page, _said = opened(browser, page_file)
    live(page)
    summary = json.loads((folder / "summary.json").read_text())
    option = summary["page_one"]["option"]
    share = round(100 * {**summary["options"], **summary["policies"]}[option]["p_loss"]["value"])
    texts = page.locator("figure[data-kind=npv] .live text").all_text_contents()
    assert any(re.fullmatch(rf"{share}\s?%", text.strip()) for text in texts), texts
    page.context.close()


@pytest.mark.parametrize(
    ("name", "context"),
    [
        ("light", {"viewport": {"width": 1200, "height": 900}}),
        ("dark", {"viewport": {"width": 1200, "height": 900}, "color_scheme": "dark"}),
        ("phone", {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}),
    ],
)
def test_accessible_and_inside_its_frame(browser: Any, page_file: Path, name: str, context: dict[str, Any]) -> None:
    axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    page, _said = opened(browser, page_file, bypass_csp=True, **context)
    live(page)
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    page.add_script_tag(content=(Path(axe.__file__).parent / "axe.min.js").read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    grave = [
        (v["id"], v["nodes"][0]["html"][:160]) for v in found["violations"] if v["impact"] in ("serious", "critical")
    ]
    assert grave == [], name
    assert page.evaluate("document.documentElement.scrollWidth") <= context["viewport"]["width"]
    page.context.close()


def test_letters_of_page_one_can_be_read_on_a_phone(browser: Any, page_file: Path) -> None:
    page, _said = opened(browser, page_file, viewport={"width": 390, "height": 844}, is_mobile=True)
    live(page)
    small = page.evaluate(
        """() => [...document.querySelectorAll('.sheet *')].filter(t => t.getClientRects().length
            && [...t.childNodes].some(n => n.nodeType === 3 && n.data.trim())).map(t => {
            const scale = t.ownerSVGElement ? t.getScreenCTM().a : 1;
            return [scale * parseFloat(getComputedStyle(t).fontSize), t.textContent.slice(0, 40)];
        }).filter(([size]) => size < 10.99)"""
    )
    assert small == []
    page.context.close()


def test_prints_on_a4(browser: Any, page_file: Path, tmp_path: Path) -> None:
    page, _said = opened(browser, page_file)
    content = page.pdf(prefer_css_page_size=True)
    pages = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", content)
    assert 5 <= len(re.findall(rb"/Type\s*/Page[^s]", content)) <= 14
    assert {(round(float(w)), round(float(h))) for w, h in pages} == {(595, 842)}
    page.context.close()


def test_static_pictures_are_there_without_scripts(browser: Any, page_file: Path) -> None:
    page, _said = opened(browser, page_file, java_script_enabled=False)
    assert page.locator("figure svg.static").count() == page.locator("figure").count()
    assert page.locator("figure svg.static").first.is_visible()
    page.context.close()


def test_first_paint_needs_no_script(browser: Any, page_file: Path) -> None:
    """The largest thing that is painted is text or a static picture, which stand in the page as it is read."""
    page, _said = opened(browser, page_file)
    page.wait_for_timeout(500)
    element = page.evaluate(
        """() => new Promise(done => new PerformanceObserver(
            list => done(list.getEntries().at(-1).element?.tagName || 'none')
        ).observe({type: 'largest-contentful-paint', buffered: true}))"""
    )
    assert element in {"P", "H1", "H2", "FIGCAPTION", "DD", "LI", "A", "LABEL"}
    page.context.close()


def test_hostile_words_do_no_harm(browser: Any, hostile: Path, page_of: Callable[..., Path]) -> None:
    file = page_of(hostile)
    page, said = opened(browser, file, viewport={"width": 360, "height": 740})
    live(page)
    assert said == []
    assert page.title() != "owned"
    assert page.locator("h1").inner_text() == HOSTILE.replace("\u202e", "\ufffd")
    assert page.evaluate("document.querySelectorAll('img').length") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.context.close()
