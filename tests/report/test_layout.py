# SPDX-License-Identifier: MIT
"""Reports measured in a browser, wide and on a phone: nothing is cut, small, or over something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.report.browser import chromium
from tests.report.conftest import txsim
from tests.report.layout import faults, made_live
from txsim import catalogues
from txsim.report.output import write_report
from txsim.report.reading import read_result


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, scenarios: Path) -> dict[str, list[Path]]:
    """Results of two scenarios, with all that a report tells of them, and of a comparison."""
    out = tmp_path_factory.mktemp("layout")
    shared = ("--draws", "512", "--prior-only")
    written = {}
    for name in ("tx_after_tax", "b2b_three_segments"):
        file = scenarios / f"{name}.yaml"
        txsim("run", file, *shared, "--out", out / name, "--quiet")
        written[name] = [out / name]
        for verb in ("explain", "sensitivity", "pilot"):
            written[name].append(out / f"{name}.{verb}.json")
            written[name][-1].write_text(txsim(verb, file, *shared, "--json", "--quiet"))
    files = [scenarios / f"{name}.yaml" for name in ("back_office_first", "front_line_first", "service_desk_pilot")]
    txsim("compare", *files, "--budget", "300000", *shared, "--out", out / "comparison", "--quiet")
    return written | {"comparison": [out / "comparison"]}


def _measured(browser: Any, file: Path, width: int) -> Sequence[str]:
    context = browser.new_context(viewport={"width": width, "height": 900}, is_mobile=width < 500)
    page = context.new_page()
    page.goto(file.as_uri())
    made_live(page)
    try:
        return faults(page)
    finally:
        context.close()


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("name", ["tx_after_tax", "b2b_three_segments", "comparison"])
def test_nothing_is_cut_small_or_over_something_else(
    browser: Any, results: dict[str, list[Path]], name: str, language: str, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    with catalogues.speaking(language):
        write_report([read_result(path) for path in results[name]], file)
    for width in (1280, 390):
        assert list(_measured(browser, file, width)) == [], width


def test_what_is_wrong_with_a_page_is_found(browser: Any, tmp_path: Path) -> None:
    """The measure itself: a page with every fault that it is to find, and one with none."""
    wrong = """<meta name="viewport" content="width=device-width"><style>body{margin:0}svg{overflow:visible}</style>
        <section id="a"><div style="width:500px">wide</div><p style="font-size:9px">small</p>
        <div class="table" style="overflow-x:auto"><table><tr><td style="white-space:nowrap">%s</td></tr></table></div>
        <svg width="300" height="100" viewBox="0 0 600 200"><text x="20" y="40" font-size="16">tiny</text>
        <text x="20" y="120" font-size="30">first</text><text x="40" y="125" font-size="30">second</text>
        <text x="560" y="180" font-size="30">outside</text></svg></section>""" % ("cut " * 60)
    right = """<meta name="viewport" content="width=device-width"><section id="a"><p>well</p>
        <svg width="300" height="100" viewBox="0 0 300 100"><text x="20" y="40" font-size="12">one</text>
        <text x="20" y="54" font-size="12">two</text><text x="20" y="54" font-size="12">two</text></svg></section>"""
    for content, parts in (
        (wrong, ("page:", "DIV ends", "9 px: small", "cut to", "8.0 px: tiny", "meets", "beyond the picture: outside")),
        (right, ()),
    ):
        file = tmp_path / "page.html"
        file.write_text(f"<!doctype html><title>t</title>{content}")
        found = _measured(browser, file, 390)
        assert all(any(part in fault for fault in found) for part in parts), found
        assert parts or not found, found
