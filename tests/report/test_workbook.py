# SPDX-License-Identifier: MIT
"""The workbook: typed cells, formulas that arrive at our figures, text that stays text."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from txsim.report.output import report_bytes
from txsim.report.reading import Result, read_result

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def content(result: Result) -> bytes:
    return report_bytes([result], "xlsx")


def cells(content: bytes, *, formulas: bool) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content), data_only=not formulas)


def sheet_of(book: Any, start: str) -> Any:
    return next(sheet for sheet in book.worksheets if sheet.title.startswith(start))


def labelled(sheet: Any, label: str) -> Any:
    return next(row[1].value for row in sheet.iter_rows() if row[0].value == label)


def test_numbers_are_numbers(content: bytes, result: Result) -> None:
    book = cells(content, formulas=False)
    summary = book["Summary"]
    row = next(row for row in summary.iter_rows(values_only=True) if row[0] == "Commit now")
    assert row[1] == pytest.approx(result.data["options"]["commit"]["npv"]["mean"])
    assert row[6] == pytest.approx(result.data["options"]["commit"]["p_loss"]["value"])
    formats = {cell.number_format for line in summary.iter_rows() for cell in line if isinstance(cell.value, float)}
    assert any("EUR" in form for form in formats)
    assert any("%" in form for form in formats)


def evaluate(book: Any, name: str) -> float:
    """Work out the NPV of a sheet of months by its own formulas, independent of the values kept beside them."""
    sheet = sheet_of(book, name)
    rate = book["Assumptions"]["B3"].value
    total = 0.0
    for row in sheet.iter_rows(min_row=5):
        if not isinstance(row[0].value, int):
            break
        month, at = row[0].value, row[0].row
        values = {f"A{at}": month, f"B{at}": row[1].value, f"C{at}": row[2].value}
        for column, letter in ((6, "G"), (7, "H"), (8, "I")):
            text = str(row[column].value).lstrip("=").replace("^", "**").replace("discount_rate", repr(rate))
            text = re.sub(
                r"([A-I]\d+)", lambda found, known=values: repr(known[found.group(1)]), text.replace("INT", "int")
            )
            values[f"{letter}{at}"] = eval(text, {"__builtins__": {}}, {"int": int})
        total += values[f"I{at}"]
    return total


def test_formulas_arrive_at_our_npv(content: bytes, result: Result) -> None:
    book = cells(content, formulas=True)
    for option, name in (("commit", "Months, Commit now"), ("pilot_scale", "Months, Pilot, then scale")):
        ours = result.data["options"][option]["npv"]["mean"]
        assert evaluate(book, name) == pytest.approx(ours, abs=0.01)
        kept = sheet_of(cells(content, formulas=False), name)
        assert labelled(kept, "NPV of the mean cash flow") == pytest.approx(ours, abs=0.01)


def test_a_spreadsheet_program_agrees(content: bytes, result: Result, tmp_path: Path) -> None:
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("no LibreOffice on this machine")
    # Saved by openpyxl the formulas lose the values kept beside them, so the program must work them out.
    file = tmp_path / "book.xlsx"
    cells(content, formulas=True).save(file)
    command = [
        program,
        f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
        "--headless",
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
    ]
    done = subprocess.run(
        [*command, "--outdir", str(tmp_path / "out"), str(file)], capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    book = openpyxl.load_workbook(tmp_path / "out" / "book.xlsx", data_only=True)
    ours = result.data["options"]["commit"]["npv"]["mean"]
    assert labelled(sheet_of(book, "Months, Commit now"), "NPV of the mean cash flow") == pytest.approx(ours, abs=0.01)
    draws = sheet_of(book, "Payoffs by future")
    assert draws["B2"].value == pytest.approx(ours)
    assert draws["B3"].value == pytest.approx(result.data["options"]["commit"]["p_loss"]["value"])
    years = sheet_of(book, "Years, Commit now")
    kept = sheet_of(cells(content, formulas=False), "Years, Commit now")
    for row, wanted in zip(years.iter_rows(values_only=True), kept.iter_rows(values_only=True), strict=True):
        for found, told in zip(row, wanted, strict=False):
            if isinstance(told, float):
                assert found == pytest.approx(told)


def test_text_stays_text(hostile: Path) -> None:
    book = cells(report_bytes([read_result(hostile)], "xlsx"), formulas=True)
    texts = [
        cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)
    ]
    begins = [cell for cell in texts if cell.value.startswith("=cmd")]
    assert begins
    assert all(cell.data_type == "s" for cell in begins)
    assert {cell.value[0] for cell in texts if cell.data_type == "f"} <= {"="}
