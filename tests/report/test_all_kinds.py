# SPDX-License-Identifier: MIT
"""Results of every command on one page: all pictures live, every figure the one of its result."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.report.agreement import without_unit
from tests.report.browser import chromium
from tests.report.conftest import finished_pilot, txsim
from tests.report.test_page import live, opened, shown_by_rows, value_at
from txsim import catalogues
from txsim.report.compose import compose
from txsim.report.output import report_bytes
from txsim.report.reading import read_result
from txsim.results.codec import from_json

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")

COMMANDS = {
    "explain": ["explain", "{desk}"],
    "sensitivity": ["sensitivity", "{desk}"],
    "pilot": ["pilot", "{desk}"],
    "priors compare": ["priors", "compare", "{desk}", "--credibility", "vendor_claim=0,1"],
    "compare": ["compare", "{back}", "{front}"],
    "whatif": ["whatif", "{desk}", "--vary", "pilot.months=3,6", "--vary", "drivers[0].one_off=10000,30000"],
}


@pytest.fixture(scope="module")
def results(scenarios: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    out = tmp_path_factory.mktemp("kinds")
    files = {"desk": "service_desk_pilot", "back": "back_office_first", "front": "front_line_first"}
    paths = {name: str(scenarios / f"{file}.yaml") for name, file in files.items()}
    found = {}
    for kind, words in COMMANDS.items():
        file = out / f"{kind.replace(' ', '_')}.json"
        told = [word.format(**paths) for word in words]
        file.write_text(txsim(*told, "--draws", "512", "--json", "--quiet"))
        found[kind] = file
    pilot = finished_pilot(out)
    words = ["update", paths["desk"], pilot, "--node", "ex[front_line]", "--measure", "enps", "--no-log"]
    found["update"] = out / "update.json"
    found["update"].write_text(txsim(*words, "--draws", "1024", "--json", "--quiet"))
    dear = out / "dear"
    txsim(
        "run", paths["desk"], "--set", "drivers.service_desk.one_off=40000", "--draws", "512", "--out", dear, "--quiet"
    )
    file = out / "diff.json"
    base = out / "base"
    txsim("run", paths["desk"], "--draws", "512", "--out", base, "--quiet")
    file.write_text(txsim("diff", base, dear, "--json", "--quiet"))
    found["diff"] = file
    batch = out / "batch"
    txsim("batch", paths["back"], paths["front"], "--draws", "256", "--workers", "1", "--out", batch)
    found["batch"] = batch
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


def test_kinds_are_told_apart(results: dict[str, Path]) -> None:
    for kind, path in results.items():
        assert read_result(path).kind == kind
        if path.suffix == ".json":
            assert from_json(json.loads(path.read_text())).kind == kind


def test_each_result_alone_is_a_report(results: dict[str, Path]) -> None:
    for kind, path in results.items():
        result = read_result(path)
        document = compose([result])
        assert [head for each in (compose([result], "brief"), document) for head in without_unit(each)] == []
        assert document.pictures(), kind
        assert all(picture.title and picture.description for picture in document.pictures())
        assert report_bytes([result], "md")


def test_one_page_of_all(browser: Any, folder: Path, results: dict[str, Path], page_of: Callable[..., Path]) -> None:
    file = page_of(folder, *results.values())
    assert file.stat().st_size < 3_000_000
    page, said = opened(browser, file, viewport={"width": 1200, "height": 900})
    live(page)
    assert said == []
    kinds = page.eval_on_selector_all("figure", "all => all.map(e => e.dataset.kind)")
    wanted = "fan npv graph paths tornado map designs scepticism influence gap credibility beliefs compared best whatif"
    assert {*wanted.split(), "waterfall", "batch", "effect", "updated"} <= set(kinds)
    data = {kind: json.loads(path.read_text()) for kind, path in results.items() if path.suffix == ".json"}
    checked = 0
    for key, value, text in page.eval_on_selector_all(
        "data[data-key]", "all => all.map(e => [e.dataset.key, e.value, e.textContent])"
    ):
        kind, colon, path = key.partition(":")
        if not colon or kind not in data or "[" in path:
            continue
        assert float(value) == value_at(data[kind], path), key
        assert shown_by_rows(text, data[kind], path), (key, text, value)
        checked += 1
    assert checked > 80
    page.context.close()


def test_nothing_of_it_sticks_out_on_a_phone(
    browser: Any, folder: Path, results: dict[str, Path], page_of: Callable[..., Path]
) -> None:
    page, _said = opened(browser, page_of(folder, *results.values()), viewport={"width": 360, "height": 740})
    live(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.context.close()


def test_all_of_it_in_russian(folder: Path, results: dict[str, Path]) -> None:
    with catalogues.speaking("ru"):
        text = report_bytes([read_result(folder), *(read_result(path) for path in results.values())], "md").decode()
    for title in (
        "Как распространяется влияние",
        "От чего зависит ответ",
        "Стоит ли проводить пилот?",
        "Сравнение сценариев",
    ):
        assert title in text


def test_no_title_of_an_axis_runs_over_the_edge_of_a_phone(
    browser: Any, folder: Path, results: dict[str, Path], page_of: Callable[..., Path]
) -> None:
    """Titles of axes, in Russian, whose words are longer."""
    with catalogues.speaking("ru"):
        file = page_of(folder, *results.values())
    page, _said = opened(browser, file, viewport={"width": 390, "height": 844}, is_mobile=True)
    live(page)
    over = page.evaluate(
        """() => [...document.querySelectorAll('figure svg .role-axis-title text')].filter(t => t.textContent.trim()
            && t.getClientRects().length).map(t => {
            const edge = t.ownerSVGElement.getBoundingClientRect(), box = t.getBoundingClientRect();
            return [box.right - edge.right, edge.left - box.left, t.textContent];
        }).filter(([right, left]) => right > 1.5 || left > 1.5)"""
    )
    assert over == []
    page.context.close()
