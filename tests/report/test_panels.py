# SPDX-License-Identifier: MIT
"""Reports of an organisation's own data: a panel's link, a finished pilot, a backtest; in two languages."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.report.browser import chromium
from tests.report.conftest import finished_pilot, txsim
from tests.report.test_language import _SAME, _Words
from tests.report.test_page import live, opened, shown_by_rows, value_at
from txsim import catalogues
from txsim.evidence import claim_name, library
from txsim.report.compose import compose
from txsim.report.output import report_bytes
from txsim.report.reading import read_result
from txsim.report.terminal import as_text

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")

SECTIONS = {
    "link": ("What your own data say", "Что говорят ваши собственные данные"),
    "update": ("What the pilot has shown", "Что показал пилот"),
    "backtest": ("Would it have been right before?", "Было бы это верно раньше?"),
    "compare": ("Comparison of scenarios", "Сравнение сценариев"),
    "batch": ("", ""),
    "pilot": ("Is a pilot worth it?", "Стоит ли проводить пилот?"),
    "sensitivity": ("What drives the answer", "От чего зависит ответ"),
}


@pytest.fixture(scope="module")
def told(scenarios: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Results that commands wrote: of a simulated panel, of a pilot that has run, and of questions beside them."""
    out = tmp_path_factory.mktemp("panels")
    desk, back, front = (
        scenarios / f"{name}.yaml" for name in ("service_desk_pilot", "back_office_first", "front_line_first")
    )
    panel = out / "panel.csv"
    txsim("link", "--simulate", panel, "--units", "8", "--periods", "6", "--seed", "5", "--quiet")
    pilot = finished_pilot(out)
    few = ("--draws", "512")
    commands: dict[str, tuple[str | Path, ...]] = {
        "link": ("link", panel, "--scale", "index", "--no-priors"),
        "backtest": ("backtest", panel, "--scale", "index"),
        "update": (
            *("update", desk, pilot, "--node", "ex[front_line]", "--measure", "enps", "--no-log", "--draws", "1024"),
        ),
        "compare": ("compare", back, front, *few),
        "pilot": ("pilot", desk, *few),
        "sensitivity": ("sensitivity", desk, *few),
    }
    found = {}
    for kind, words in commands.items():
        found[kind] = out / f"{kind}.json"
        found[kind].write_text(txsim(*words, "--json", "--quiet"))
    found["batch"] = out / "batch"
    txsim("batch", back, front, "--draws", "256", "--workers", "1", "--out", found["batch"])
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.mark.parametrize("kind", ["link", "update", "backtest"])
def test_sections_of_ones_own_data(kind: str, told: dict[str, Path], folder: Path) -> None:
    import openpyxl

    result = read_result(told[kind])
    english = report_bytes([result], "md").decode()
    assert SECTIONS[kind][0] in english
    with catalogues.speaking("ru"):
        assert SECTIONS[kind][1] in report_bytes([result], "md").decode()
    # A workbook is of a run; what else there is becomes tables of it.
    book = openpyxl.load_workbook(io.BytesIO(report_bytes([read_result(folder), result], "xlsx")))
    assert len(book.sheetnames) >= 5


def test_a_panel_without_scale_and_one_that_says_nothing(told: dict[str, Path], tmp_path: Path) -> None:
    """Without counts nothing is said of respondents, without a scale effects are in sd; three rows say nothing."""
    lines = told["link"].with_name("panel.csv").read_text().splitlines()
    bare = tmp_path / "bare.csv"
    bare.write_text("\n".join(",".join(line.split(",")[:4]) for line in lines) + "\n")
    few = tmp_path / "few.csv"
    few.write_text("\n".join(lines[:4]) + "\n")
    pages = {}
    for path in (bare, few):
        result = path.with_suffix(".json")
        words = ("--scale", "raw", "--lag", "4", "--no-priors", "--json", "--quiet")
        result.write_text(txsim("link", path, *words))
        pages[path.stem] = report_bytes([read_result(result)], "md").decode()
    assert "sd per sd" in pages["bare"]
    assert "respondents per cell" not in pages["bare"]
    assert pages["few"].count("the data cannot say") >= 4


def test_figures_on_pages_are_those_of_the_json(
    browser: Any, told: dict[str, Path], page_of: Callable[..., Path]
) -> None:
    for kind, file in told.items():
        page, said = opened(browser, page_of(file), viewport={"width": 1200, "height": 900})
        live(page)
        assert said == [], kind
        assert page.locator("figure").count() >= 1, kind
        for i in range(page.locator("figure").count()):
            assert page.locator("figure").nth(i).locator("svg").count() >= 1, kind
        data = read_result(file).answer.to_json()
        checked = 0
        for key, value, text in page.eval_on_selector_all(
            "data[data-key]", "all => all.map(e => [e.dataset.key, e.value, e.textContent])"
        ):
            path = key.partition(":")[2]
            assert float(value) == pytest.approx(float(value_at(data, path)), rel=1e-12), key
            assert shown_by_rows(text, data, path), (key, text, value)
            checked += 1
        assert checked >= {"backtest": 0, "link": 6, "update": 8}.get(kind, 20), kind
        page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(browser: Any, told: dict[str, Path], page_of: Callable[..., Path], scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    code = (Path(axe.__file__).parent / "axe.min.js").read_text()
    for kind, path in told.items():
        page, _said = opened(
            browser, page_of(path), bypass_csp=True, viewport={"width": 390, "height": 844}, color_scheme=scheme
        )
        live(page)
        page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        page.add_script_tag(content=code)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        grave = [
            (v["id"], v["nodes"][0]["html"][:160])
            for v in found["violations"]
            if v["impact"] in ("serious", "critical")
        ]
        assert grave == [], kind
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, kind
        page.context.close()


#: Names that scenarios give, and terms that stay: drivers, groups, parameters, fields of files, packages.
_NAMES = re.compile(
    r"Back office first|Front line first|back_office_first|front_line_first|better_work|service_desk|CRPS|SHA|"
    r"JavaScript|Better work in the back office|Better work on the front line|"
    r"\b(?:ex|cx|ux|uxe|uxc|mx|silo|lag|support)_\w+|\breach\b|\bconfounding\b|\bcopy\b|\bdelivery\b|\bslip\b|"
    r"pushes\[\d+\]\.effect|\((?:run|compare|batch|link|update|backtest|pilot|sensitivity)\)|scipy|pyarrow|\bcode\b|"
    r"^(?:compare|batch|link)$"
)


#: Digests, code, options, parameters, paths, names of scales and of units stay as files have them.
_AS_WRITTEN = (
    r"\b[0-9a-f]{12,}\b|`[^`]*`|txsim run \S+|\S+\.yaml\b"
    r"|\S+\.jsonl?\b|--\w+|b_ex_cx|b_cx_ex|/\S+|\b(?:index|percent|e?nps|likert\d+|stars|zero_to_ten)\b"
    r"|[\w\[\]]+ -> [\w\[\]]+|\b(?:[a-z]+) ?\d+"
)


def test_the_prose_of_russian_pages_is_russian(told: dict[str, Path], folder: Path) -> None:
    sources = {str(claim.source) for claim in library().values()}
    names = re.compile("|".join(["front line", *(re.escape(claim_name(name)) for name in library())]))
    left = []
    for kind, path in {"run": folder, **told}.items():
        with catalogues.speaking("ru"):
            page = report_bytes([read_result(path)], "html").decode()
        reader = _Words()
        reader.feed(page)
        for text in reader.text:
            bare = _SAME.sub("", _NAMES.sub("", re.sub(_AS_WRITTEN, "", names.sub("", text))))
            if text not in sources and re.search(r"[A-Za-z]{3,}", re.sub(r"--\w+", "", bare)):
                left.append((kind, text[:120], bare[:120]))
    assert left == []


def test_what_the_terminal_says_of_a_panel_is_russian(told: dict[str, Path]) -> None:
    with catalogues.speaking("ru"):
        for kind in ("link", "update", "backtest"):
            text = as_text(compose([read_result(told[kind])], "brief"))
            bare = _SAME.sub("", _NAMES.sub("", re.sub(_AS_WRITTEN, "", text)))
            words = re.findall(r"[A-Za-z]{3,}", bare)
            assert len(words) <= 3, (kind, words, text)
