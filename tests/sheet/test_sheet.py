# SPDX-License-Identifier: MIT
"""A scenario goes into a workbook and comes back; what a person gets wrong in a cell is told by that cell."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.command import ROOT, txsim
from tests.sheet.scenarios import trial
from txsim.scenario import load
from txsim.sheet.form import Cells, form_of
from txsim.sheet.workbook import COLUMNS

_KEYS = [key for key, _title, _width in COLUMNS]
_SHIPPED = sorted((ROOT / "scenarios").glob("*.yaml"))


@pytest.mark.parametrize("seed", range(5001, 5021))
def test_random_scenarios_come_back_and_change_only_where_a_cell_was_changed(seed: int, tmp_path: Path) -> None:
    trial(seed, tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Folder with the demo and what it extends."""
    for file in (ROOT / "scenarios").rglob("*.yaml"):
        place = tmp_path / file.relative_to(ROOT / "scenarios")
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(file.read_bytes())
    return tmp_path


def _sheet(folder: Path, name: str = "service_desk_pilot") -> Path:
    book = folder / f"{name}.xlsx"
    ended = txsim("sheet", folder / f"{name}.yaml", "-o", book)
    assert ended.returncode == 0, ended.stderr
    return book


def _fill(book: Path, row_name: str, sheet: str = "inputs", /, **cells: Any) -> str:
    """Fill in cells of a row, and return the place of the row's value."""
    opened = openpyxl.load_workbook(book)
    line = next(row for row in opened[sheet].iter_rows(min_row=2) if row[0].value == row_name)
    for key, value in cells.items():
        line[_KEYS.index(key)].value = value
    opened.save(book)
    return f"{sheet}!{line[_KEYS.index('value')].coordinate}"


@pytest.mark.parametrize("file", _SHIPPED, ids=lambda file: file.stem)
def test_shipped_scenarios_come_back_to_the_byte(file: Path, folder: Path) -> None:
    book = _sheet(folder, file.stem)
    back = folder / "back.yaml"
    ended = txsim("from-sheet", book, "-o", back)
    assert ended.returncode == 0, ended.stderr
    assert back.read_bytes() == file.read_bytes()
    assert "nothing was changed" in ended.stdout


def test_every_quantity_has_a_row_with_unit_range_and_meaning(folder: Path) -> None:
    opened = openpyxl.load_workbook(_sheet(folder))
    rows = {row[0].value: [cell.value for cell in row] for sheet in ("inputs", "beliefs") for row in opened[sheet].rows}
    cost = dict(zip(_KEYS, rows["drivers[0].one_off"], strict=True))
    assert cost["meaning"] == "one-off cost of “Same-day service desk”"
    assert (cost["unit"], cost["possible"], cost["way"], cost["value"]) == ("EUR", "at least 0", "number", 22000)
    belief = dict(zip(_KEYS, rows["ex_cx"], strict=True))
    assert belief["unit"] == "CX points per EX point"
    assert belief["now"].startswith("0.3 ×/÷ 7.5")
    named = {line.split()[0] for line in txsim("priors", "list").stdout.splitlines() if line and line[0].islower()}
    assert "cx_ex" in rows
    assert len([name for name in named if name in rows]) > 15
    choices = opened["inputs"].data_validations.dataValidation
    assert any("c_level,shared" in (each.formula1 or "") for each in choices), "a drop-down"
    assert any("median and factor" in (each.formula1 or "") for each in choices)


def test_who_and_why_stand_above_the_value_and_with_the_belief(folder: Path) -> None:
    book = _sheet(folder)
    _fill(book, "drivers[0].one_off", value=25000, who="Ada", why="second quote")
    _fill(book, "ex_cx", "beliefs", way="median and factor", value=0.4, factor=3, who="Ben", why="shop floor")
    back = folder / "back.yaml"
    ended = txsim("from-sheet", book, "-o", back, "--date", "2026-02-03", "--json")
    assert json.loads(ended.stdout) == {"written": str(back), "changed": ["drivers[0].one_off", "ex_cx"]}
    text = back.read_text("utf-8")
    assert "    # Ada, 2026-02-03: second quote; before: 22000\n    one_off: 25000\n" in text
    scenario = load(back)
    assert scenario.drivers[0].one_off.args == (25000.0,)
    assert scenario.content["priors"]["ex_cx"] != load(folder / "service_desk_pilot.yaml").content.get("priors")
    again = _sheet(folder, "back")
    opened = openpyxl.load_workbook(again)
    line = next(row for row in opened["beliefs"].iter_rows(min_row=2) if row[0].value == "ex_cx")
    assert [line[_KEYS.index(key)].value for key in ("way", "value", "factor", "who", "why")] == [
        "median and factor", 0.4, 3, "Ben", "shop floor",
    ]  # fmt: skip


def test_a_share_in_percent_is_a_number_in_its_cell() -> None:
    """Plain shares and rates, too: a spreadsheet makes a number of a percentage that is typed over one."""
    file = Path("scenarios/tx_after_tax.yaml")
    rows = {row.name: row.cells for row in form_of(file, file.read_text("utf-8")).rows["inputs"]}
    for name, value in (("finance.tax_rate", 0.3), ("discount_rate", 0.09), ("organisation.churn_per_month", 0.018)):
        assert (rows[name].way, rows[name].value) == ("number", value)


def test_what_excel_makes_of_a_percentage_is_a_share(folder: Path) -> None:
    book = _sheet(folder)
    opened = openpyxl.load_workbook(book)
    line = next(row for row in opened["inputs"].iter_rows(min_row=2) if row[0].value == "pilot.scope")
    line[_KEYS.index("value")].value, line[_KEYS.index("value")].number_format = 0.35, "0%"
    opened.save(book)
    assert txsim("from-sheet", book, "-o", folder / "back.yaml").returncode == 0
    assert load(folder / "back.yaml").pilot.scope.args == (0.35,)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "sheet", "cells", "column", "said"),
    [
        ("drivers[0].one_off", "inputs", {"value": "a lot"}, "value", "`a lot` is not a number"),
        ("drivers[0].one_off", "inputs", {"value": -5}, "value", "outside what is possible"),
        ("drivers[0].one_off", "inputs", {"way": "numbr"}, "way", "did you mean `number`"),
        ("drivers[0].one_off", "inputs", {"factor": 2}, "factor", "not read with `number`"),
        ("drivers[0].one_off", "inputs", {"way": None, "value": None}, "way", "cannot be emptied"),
        ("drivers[0].one_off", "inputs", {"way": "90 % interval", "value": None, "low": 4}, "high", "needs this cell"),
        ("drivers[0].pushes[0].effect", "inputs", {"factor": 0.5}, "value", "factor"),
        ("organisation.index.cx.scale", "inputs", {"value": "stars"}, "value", "of 100"),
        ("drivers[0].owner", "inputs", {"value": "boss"}, "value", "expected one of c_level"),
        ("drivers[0].one_off", "inputs", {"name": "drivers[0].one_of"}, "name", "did you mean `drivers[0].one_off`"),
        ("drivers[0].one_off", "inputs", {"name": "pilot.one_off"}, "name", "stands twice"),
        ("ex_cx", "beliefs", {"why": "because"}, "way", "no value"),
        ("ex_cx", "beliefs", {"way": "as written", "written": "{median: ["}, "written", "a value cannot begin here"),
    ],
)  # fmt: skip
def test_faults_are_told_by_cell(
    folder: Path, name: str, sheet: str, cells: dict[str, Any], column: str, said: str
) -> None:
    book = _sheet(folder)
    place = _fill(book, name, sheet, **cells)
    back = folder / "back.yaml"
    ended = txsim("from-sheet", book, "-o", back)
    assert ended.returncode == 2
    letter = chr(ord("A") + _KEYS.index(column))
    where = place.replace(f"!{chr(ord('A') + _KEYS.index('value'))}", f"!{letter}")
    if name == "drivers[0].one_off" and "name" in cells and cells["name"] == "pilot.one_off":
        where = "inputs!A"
    assert f"{book}  {where}" in ended.stderr, ended.stderr
    assert said in " ".join(ended.stderr.split())
    assert not back.exists(), "nothing half-written"


def _with_part(book: Path, part: str, content: bytes = b"x") -> None:
    with zipfile.ZipFile(book, "a") as archive:
        archive.writestr(part, content)


def _formula(book: Path) -> None:
    _fill(book, "drivers[0].one_off", value="=1+1")


def _altered(book: Path) -> None:
    opened = openpyxl.load_workbook(book)
    opened["origin"]["B1"].value = "0" * 64
    opened.save(book)


def _no_sheet(book: Path) -> None:
    opened = openpyxl.load_workbook(book)
    del opened["beliefs"]
    opened.save(book)


def _row_taken_out(book: Path) -> None:
    opened = openpyxl.load_workbook(book)
    opened["inputs"].delete_rows(5)
    opened.save(book)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda book: _with_part(book, "xl/vbaProject.bin"), "macros"),
        (lambda book: _with_part(book, "xl/macrosheets/sheet1.xml"), "macros"),
        (lambda book: _with_part(book, "xl/externalLinks/externalLink1.xml"), "links to other files"),
        (lambda book: _with_part(book, "xl/connections.xml"), "links to other files"),
        (lambda book: _with_part(book, "xl/embeddings/object.xlsx"), "embedded objects"),
        (_formula, "inputs!G"),
        (_altered, "was altered"),
        (_no_sheet, "the sheet `beliefs` is missing"),
        (_row_taken_out, "rows are missing"),
        (lambda book: book.write_bytes(b"PK\x03\x04 no workbook"), "no workbook"),
        (lambda book: book.write_bytes(book.read_bytes()[:3000]), "no workbook"),
    ],
)
def test_what_runs_or_was_altered_is_refused(folder: Path, spoil: Callable[[Path], None], said: str) -> None:
    book = _sheet(folder)
    spoil(book)
    ended = txsim("from-sheet", book, "-o", folder / "back.yaml")
    assert ended.returncode == 2, ended.stderr
    assert said in " ".join(ended.stderr.split())
    assert not (folder / "back.yaml").exists()


def test_a_packed_bomb_is_not_unpacked(folder: Path) -> None:
    book = _sheet(folder)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"\0" * 150_000_000)
    book.write_bytes(content.getvalue())
    ended = txsim("from-sheet", book, "-o", folder / "back.yaml")
    assert ended.returncode == 2
    assert "too large" in ended.stderr


def test_only_the_file_that_it_was_made_from_is_overwritten(folder: Path) -> None:
    book = _sheet(folder)
    _fill(book, "drivers[0].one_off", value=25000)
    other = folder / "sceptic.yaml"
    refused = txsim("from-sheet", book, "-o", other)
    assert refused.returncode == 2
    assert other.read_bytes() == (ROOT / "scenarios" / "sceptic.yaml").read_bytes()
    own = folder / "service_desk_pilot.yaml"
    assert txsim("from-sheet", book, "-o", own).returncode == 0
    assert "one_off: 25000" in own.read_text("utf-8")
    assert txsim("from-sheet", book, "-o", own).returncode == 2, "it is another file by now"
    assert txsim("from-sheet", book, "-o", own, "--force").returncode == 0


def test_a_foundation_that_changed_is_not_undone_by_old_rows(folder: Path) -> None:
    book = _sheet(folder)
    firm = folder / "organisations" / "nordlicht.yaml"
    firm.write_text(firm.read_text("utf-8").replace("customers: 4000", "customers: 5000"), encoding="utf-8")
    ended = txsim("from-sheet", book, "-o", folder / "back.yaml")
    assert ended.returncode == 2
    assert "has changed since the workbook was made" in " ".join(ended.stderr.split())
    nowhere = folder / "elsewhere"
    nowhere.mkdir()
    ended = txsim("from-sheet", book, "-o", nowhere / "back.yaml")
    assert ended.returncode == 2
    assert "which is not there" in " ".join(ended.stderr.split())


def test_each_way_of_saying_a_value_fills_its_own_cells() -> None:
    told = Cells.of({"interval": [2, 20], "median": 7, "family": "normal"}, quantity=True)
    assert (told.way, told.low, told.value, told.high, told.family) == ("90 % interval", 2, 7, 20, "normal")
    told = Cells.of({"median": 7, "factor": 3}, quantity=True)
    assert (told.way, told.value, told.factor, told.low, told.high) == ("median and factor", 7, 3, None, None)
    told = Cells.of("15 %", quantity=True)
    assert (told.way, told.value) == ("number", 0.15)
    assert Cells.of("15 %", quantity=False).value == "15 %"


def test_every_cell_that_cannot_be_put_into_the_file_is_told(folder: Path) -> None:
    """Two beliefs share one text by an anchor: neither can be changed alone, and a cost beside them can."""
    file = folder / "service_desk_pilot.yaml"
    before = file.read_text("utf-8")
    assert "\npriors:" not in before
    before += "\npriors:\n  ex_cx: &a {median: 0.3, factor: 3}\n  cx_ex: *a\n"
    file.write_text(before, "utf-8")
    book = _sheet(folder)
    places = [_fill(book, name, "beliefs", value=0.4) for name in ("ex_cx", "cx_ex")]
    cost = _fill(book, "drivers[0].one_off", value=25000)
    back = folder / "back.yaml"
    ended = txsim("from-sheet", book, "-o", back)
    assert ended.returncode == 2
    for place in places:
        assert f"{place}\n" in ended.stderr
    assert cost not in ended.stderr
    assert ended.stderr.count("shared with another place") == 2
    assert not back.exists()
