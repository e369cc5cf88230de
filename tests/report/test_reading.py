# SPDX-License-Identifier: MIT
"""Results read from files, good and bad, and the formats that are no page."""

from __future__ import annotations

import io
import json
import re
import shlex
from dataclasses import replace
from importlib import resources
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.report.conftest import HOSTILE, txsim
from txsim.decide.page_one import histogram
from txsim.errors import InputError
from txsim.files import format_of
from txsim.report.compose import compose
from txsim.report.document import Table, plain
from txsim.report.markdown import as_markdown
from txsim.report.output import report_bytes, slide_bytes
from txsim.report.pictures.payoff import payback_of
from txsim.report.reading import Result, read_result
from txsim.report.theme import read_theme
from txsim.simulate.statistics import weighted_quantiles


def test_folder_and_file_tell_the_same(folder: Path, result: Result) -> None:
    alone = read_result(folder / "summary.json")
    assert alone.answer.to_json() == result.answer.to_json()
    assert alone.draws is None
    assert result.draws is not None
    assert {picture.kind for picture in compose([alone]).pictures()} == {"options", "fan", "npv", "credibility"}
    assert {"fan", "npv", "options", "credibility", "beliefs"} <= {p.kind for p in compose([result]).pictures()}
    said = report_bytes([result], "md").decode().replace("\\", "")
    assert "repeat with: txsim run service_desk_pilot.yaml --draws 1024 --seed 1 --brief" in said


def test_the_command_that_repeats_a_run_keeps_what_was_changed_beside_the_file(result: Result, scenarios: Path) -> None:
    from txsim.report.sections.method import command_of
    from txsim.scenario import changed, load

    file = scenarios / "service_desk_pilot.yaml"
    assert load(file).changed_by == ()
    settings = ("horizon_months=24", "title=It's free")
    other = load(file, overrides=settings[:1], pack="b2b")
    assert other.changed_by == ("--pack", "b2b", "--set", settings[0])
    assert changed(other, settings[1:]).changed_by == (*other.changed_by, "--set", settings[1])
    run = replace(result.answer, changed_by=changed(other, settings[1:]).changed_by)
    said = command_of(run, "a b.yaml", "--brief")
    assert shlex.split(said) == [
        "txsim",
        "run",
        "a b.yaml",
        *run.changed_by,
        "--draws",
        "1024",
        "--seed",
        "1",
        "--brief",
    ]
    fresh = replace(run, seed=7, changed_by=(), calibration=replace(run.calibration, part=7))
    assert command_of(fresh, "a.yaml", "--brief") == "txsim run a.yaml --draws 1024 --fresh-seed 7 --brief"


def test_a_forecast_in_memory_is_the_same_result(result: Result, scenarios: Path) -> None:
    from txsim.forecast import forecast
    from txsim.report.reading import result_of
    from txsim.scenario import load

    found = result_of(forecast(load(scenarios / "service_desk_pilot.yaml"), draws=1024, trajectories=True))
    assert found.draws is not None
    assert result.draws is not None
    for option in found.draws.options:
        np.testing.assert_allclose(found.draws.npv[option], result.draws.npv[option])
        np.testing.assert_allclose(
            found.draws.cumulative[option], result.draws.cumulative[option], rtol=1e-5, atol=0.05
        )
    assert found.content == result.content


def test_weighted_quantiles_are_those_of_a_mixture_and_payback_is_the_first_month_for_good() -> None:
    rng = np.random.default_rng(1)
    levels, normal = (0.05, 0.25, 0.5, 0.75, 0.95), (-1.645, -0.6745, 0.0, 0.6745, 1.645)
    draws = rng.normal(size=100_001)
    assert weighted_quantiles(draws, np.ones(draws.size), levels) == pytest.approx(normal, abs=0.02)
    # Values that count for nothing move nothing; one in ten at 100 is all that lies above the 90 % quantile.
    both, weights = np.concatenate([draws, draws + 100, draws - 50]), np.repeat([0.9, 0.1, 0.0], draws.size)
    assert weighted_quantiles(both, weights, (0.45, 0.95)) == pytest.approx([0.0, 100.0], abs=0.02)
    # A policy that always goes one way has the figures of that way, to the bit.
    taken = np.repeat([0.0, 1.0], draws.size)
    assert weighted_quantiles(np.concatenate([draws - 50, draws]), taken, levels) == list(np.quantile(draws, levels))
    assert payback_of([-1, 2, -1, 0, 3]) == 4
    assert payback_of([-1, 2, -1]) is None
    assert payback_of([0.0, 1.0]) == 1


def test_a_bar_of_the_histogram_lies_on_one_side_of_nought() -> None:
    """One gain in a thousand is no loss, whichever bar the end of the picture has."""
    worth = np.append(np.linspace(-200.0, -100.0, 999), 5.0)
    for sign in (1.0, -1.0):
        of = {"commit": sign * worth}
        forecast: Any = SimpleNamespace(worths=of.copy, options=("commit",), draws=worth.size)
        found = histogram(forecast, ["commit"], None)
        assert found is not None
        shares = np.array(found.shares["commit"])
        starts = found.start + found.width * np.arange(shares.size)
        assert shares[starts < 0].sum() == pytest.approx(np.mean(sign * worth < 0), abs=1e-12)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "does not end"),
        ("[1, 2]", "not a result"),
        ('{"a": 1}', "not a result"),
        ("", "the file is empty"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_no_result(tmp_path: Path, content: str, expected: str) -> None:
    file = tmp_path / "x.json"
    file.write_text(content)
    with pytest.raises(InputError, match=expected):
        read_result(file)


def test_other_things_that_are_no_result(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(InputError, match="holds no result"):
        read_result(tmp_path)
    with pytest.raises(InputError, match="there is no such file"):
        read_result(tmp_path / "missing.json")
    with pytest.raises(InputError, match="is a scenario"):
        read_result(tmp_path / "mine.yaml")
    (tmp_path / "summary.json").write_text((folder / "summary.json").read_text())
    (tmp_path / "result.nc").write_bytes(b"nothing")
    with pytest.raises(InputError, match="this holds no draws of a result"):
        read_result(tmp_path)
    other = json.loads((folder / "summary.json").read_text()) | {"hash": "another"}
    (tmp_path / "summary.json").write_text(json.dumps(other))
    (tmp_path / "result.nc").write_bytes((folder / "result.nc").read_bytes())
    with pytest.raises(InputError, match="another run"):
        read_result(tmp_path)


def test_formats_by_name(tmp_path: Path) -> None:
    assert format_of(tmp_path / "a.HTML", ("html", "pdf")) == "html"
    with pytest.raises(InputError, match="did you mean `html`"):
        format_of(tmp_path / "a.htmll", ("html", "pdf"))
    assert format_of(tmp_path / "nowhere" / "yet" / "a.html", ("html",)) == "html"
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="leads through one; results need a folder"):
        format_of(tmp_path / "file" / "yet" / "a.html", ("html",))


def test_markdown_holds_no_markup_of_others(hostile: Path) -> None:
    text = as_markdown(compose([read_result(hostile)]))
    assert "<script" not in text.replace("\\<", "")
    assert "| --:" not in text
    assert all(line.count("|") >= 3 for line in text.splitlines() if line.startswith("| "))


def test_pdf_is_whole(result: Result, hostile: Path) -> None:
    for told in (result, read_result(hostile)):
        content = report_bytes([told], "pdf")
        assert content.startswith(b"%PDF-")
        assert content.rstrip().endswith(b"%%EOF")


def _typeset(results: list[Result]) -> dict[str, Any]:
    """Return what the report as PDF is typeset from."""
    seen: list[dict[str, Any]] = []

    def compiled(_template: bytes, *, sys_inputs: dict[str, str], format: str) -> bytes:
        seen.append(json.loads(sys_inputs["document"]))
        return b"%PDF"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typst.compile", compiled)
        report_bytes(results, "pdf")
    return seen[0]


def test_no_cell_of_a_pdf_runs_into_the_next(result: Result, hostile: Path) -> None:
    """A piece that is not broken has room: letters of 8 pt are half as wide on average, capitals a little more."""
    for told in (result, read_result(hostile)):
        for block in (block for section in _typeset([told])["sections"] for block in section["blocks"]):
            if block["kind"] != "Table" or not block["shares"]:
                continue
            points = 178 / 25.4 * 72  # of a line: A4 less its margins
            size = 7 if len(block["head"]) > 7 else 8
            for i, share in enumerate(block["shares"]):
                room = points * share / sum(block["shares"]) - 6
                letter = 0.5 * (6.5 if i in block["keys"] else size)
                for cell in [block["head"][i], *(row[i] for row in block["rows"])]:
                    longest = max(map(len, re.split("[ \\n\u200b]", cell)))
                    assert longest * letter <= room + letter, (cell, share)


def test_the_margin_of_a_pdf_stays_white(hostile: Path) -> None:
    """Not even a hash of 64 digits runs over the edge of the text."""
    import typst
    from PIL import Image

    template = resources.files("txsim.report").joinpath("assets/report.typ").read_bytes()
    data = _typeset([read_result(hostile)])
    data["sections"] = [section for section in data["sections"] if not section["sheet"]]
    content = {"document": json.dumps(data, ensure_ascii=False)}
    pages = typst.compile(template, sys_inputs=content, format="png", ppi=36)
    assert len(pages) > 3
    for page in pages:
        image = np.asarray(Image.open(io.BytesIO(page)).convert("L"))
        edge = int(image.shape[1] * (1 - 14 / 210))  # 2 mm of its 16 are for what rounds over
        assert image[:, edge:].min() == 255


def test_what_made_the_figures_is_said_once(result: Result) -> None:
    tables = [b for s in compose([result, result]).sections if s.id == "provenance" for b in s.blocks]
    (table,) = (block for block in tables if isinstance(block, Table))
    assert len({row[1:] for row in table.rows}) == len(table.rows)
    assert {plain(row[0]) for row in table.rows} == {"all results"}


@pytest.mark.parametrize(("kind", "start"), [("png", b"\x89PNG"), ("svg", b"<svg"), ("pdf", b"%PDF")])
def test_slides(result: Result, kind: str, start: bytes) -> None:
    content = slide_bytes([result], "options", kind)
    assert content.startswith(start)
    if kind == "png":
        width, height = (int.from_bytes(content[i : i + 4], "big") for i in (16, 20))
        assert width * 9 == height * 16
    if kind == "svg":
        assert b"var(--" not in content
        assert read_theme().light["commit"].encode() in content


def test_unknown_picture_tells_what_there_is(result: Result) -> None:
    with pytest.raises(InputError, match=r"did you mean `fan`.*npv"):
        slide_bytes([result], "fann", "png")


def test_theme_of_ones_own(tmp_path: Path, result: Result) -> None:
    file = tmp_path / "brand.toml"
    file.write_text('[light]\ncommit = "#123456"\n')
    assert b"#123456" in slide_bytes([result], "options", "svg", read_theme(file))
    for text, expected in (
        ('[light]\ncomit = "#123456"\n', "did you mean `commit`"),
        ('[light]\ncommit = "red; }"\n', "such as #0b5cad"),
        ('[font]\nfamily = "x;}</style>"\n', "names of fonts"),
        ("[font]\nsize = 100\n", "8 … 24"),
        ("nonsense", "not TOML"),
    ):
        file.write_text(text)
        with pytest.raises(InputError, match=expected):
            read_theme(file)


def test_commands(folder: Path, tmp_path: Path) -> None:
    assert "fan " in txsim("plot", folder)
    txsim("plot", folder, "npv", "-o", tmp_path / "npv.svg")
    txsim("report", folder, "-o", tmp_path / "r.md")
    assert "## Checks" in (tmp_path / "r.md").read_text()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_hostile_summary_stays_text(hostile: Path) -> None:
    document = compose([read_result(hostile)])
    assert document.title == HOSTILE.replace("\u202e", "\ufffd"), "what turns the direction of writing is marked"


def test_what_the_page_of_output_says_is_so(folder: Path) -> None:
    """Pictures are named in docs/schema.md as they are in the code."""
    text = (Path(__file__).resolve().parents[2] / "docs" / "schema.md").read_text(encoding="utf-8")
    section = text[text.index("## Reports") :]
    for picture in compose([read_result(folder)]).pictures():
        assert f"`{picture.kind}`" in section
