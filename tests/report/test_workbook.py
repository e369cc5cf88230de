# SPDX-License-Identifier: MIT
"""The workbook: typed cells, formulas that arrive at our figures, text that stays text."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from tests.report.handmade import RUN, of, workbook
from tests.report.spreadsheet import Sheets
from txsim.decide.advice import advised
from txsim.forecast import Forecast, forecast
from txsim.report.basis import Belief
from txsim.report.book import Book
from txsim.report.case_sheets import _weighed
from txsim.report.document import Table
from txsim.report.figures import Figures
from txsim.report.output import report_bytes
from txsim.report.reading import Draws, Result, read_result, result_of
from txsim.report.sections.business_case import business_case
from txsim.report.workbook import _cash_flow, _priors
from txsim.scenario import load

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
    assert row[1] == pytest.approx(result.answer.to_json()["options"]["commit"]["npv"]["mean"])
    assert row[6] == pytest.approx(result.answer.to_json()["options"]["commit"]["p_loss"]["value"])
    formats = {cell.number_format for line in summary.iter_rows() for cell in line if isinstance(cell.value, float)}
    assert any("EUR" in form for form in formats)
    assert any("%" in form for form in formats)


def test_inputs_say_whether_they_are_known_or_the_mean_of_a_belief(content: bytes, result: Result) -> None:
    case = result.answer.cash_flow
    assert case is not None
    rows = {row[6]: row for row in cells(content, formulas=False)["Inputs"].iter_rows(min_row=4, values_only=True)}
    assert rows["discount_rate"][4] == "taken as known"
    effect = next(each for each in case.inputs if each.unit == "eNPS points")
    sigma = np.log(1.8) / 1.6449
    assert float(effect.value) == pytest.approx(9 * np.exp(sigma**2 / 2), rel=0.01)
    ends = [f"{9 / 1.8:.1f}", f"{9 * 1.8:.0f}"]  # 90 % of a median with its factor
    said = rows["in_service_desk_pushes_0_effect"][4].replace("\xa0", " ")
    assert said == f"mean of a belief; with 90 % from {ends[0]} eNPS points to {ends[1]} eNPS points"
    known = [each for each in case.inputs if each.low is None]
    assert {"customers", "arpu_per_month"} <= {each.name for each in known}
    assert {rows["in_" + str(each.name).replace(".", "_")][4] for each in known} == {"taken as known"}


def test_heads_stand_as_the_figures_under_them(content: bytes) -> None:
    seen = 0
    for sheet in cells(content, formulas=False).worksheets:
        for row in sheet.iter_rows(max_row=6):
            for cell in row[1:]:
                if cell.value and cell.font.bold and cell.border.bottom.style:
                    under = sheet.cell(cell.row + 1, cell.column).value
                    assert (cell.alignment.horizontal == "right") is isinstance(under, int | float), (sheet, cell)
                    seen += 1
    assert seen > 60


def evaluate(book: Any, name: str) -> float:
    """Work out the NPV of a sheet of months by its own formulas, independent of the values kept beside them."""
    sheet = sheet_of(book, name)
    rate = book["Inputs"]["B4"].value
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
        ours = result.answer.to_json()["options"][option]["npv"]["mean"]
        assert evaluate(book, name) == pytest.approx(ours, abs=0.01)
        kept = sheet_of(cells(content, formulas=False), name)
        assert labelled(kept, "present value of the mean cash flow") == pytest.approx(ours, abs=0.01)


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
    ours = result.answer.to_json()["options"]["commit"]["npv"]["mean"]
    assert labelled(sheet_of(book, "Months, Commit now"), "present value of the mean cash flow") == pytest.approx(
        ours, abs=0.01
    )
    draws = sheet_of(book, "Payoffs by future")
    assert draws["B2"].value == pytest.approx(ours)
    assert draws["B3"].value == pytest.approx(result.answer.to_json()["options"]["commit"]["p_loss"]["value"])
    years = sheet_of(book, "Business case")
    kept = sheet_of(cells(content, formulas=False), "Business case")
    for row, wanted in zip(years.iter_rows(values_only=True), kept.iter_rows(values_only=True), strict=True):
        for found, told in zip(row, wanted, strict=False):
            if isinstance(told, float):
                assert found == pytest.approx(told, abs=1e-5)


def _firm(folder: Path, **changed: float) -> Path:
    """Write a firm without a pilot: one driver that is paid for and moves staff, who move customers."""
    said = {"arpu": 80.0, "margin": 0.3, "salary": 40_000.0, "price": 60_000.0, "monthly": 900.0, "rate": 0.1} | changed
    file = folder / "firm.yaml"
    file.write_text(
        f"""title: A firm
discount_rate: {said["rate"]}
organisation:
  index: {{cx: 60, 'ex[front]': 55}}
  staff: {{front: {{headcount: 200, turnover_per_year: 25 %, salary_per_year: {said["salary"]}}}}}
  customers: 20000
  churn_per_month: 1.5 %
  arpu_per_month: {said["arpu"]}
  contribution_margin: {said["margin"]}
drivers:
  - name: desk
    kind: people
    owner: shared
    pushes:
      - {{node: ex, group: front, effect: {{median: 6, factor: 1.6}}, months: 4}}
    one_off: {said["price"]}
    monthly: {said["monthly"]}
horizon_months: 30
"""
    )
    return file


def test_the_case_follows_its_inputs_as_a_simulation_does(tmp_path: Path) -> None:
    """Prices, revenue, margin, salary and rate are changed in the sheet, and in the scenario on the same futures."""

    def simulated(**changed: float) -> Forecast:
        return forecast(load(_firm(tmp_path, **changed)), draws=512, prior_only=True, trajectories=True)

    found = advised(simulated())
    content = report_bytes([result_of(found)], "xlsx")
    ours = float(found.npv("commit").mean())
    scale = float(found.outcome.field("commit", "pv_cost").mean())
    assert Sheets(content).name("net_present_value") == pytest.approx(ours, abs=1e-6 * scale)
    for names, changed in (
        ({"in_desk_one_off": 1.2}, {"price": 72_000.0}),
        ({"in_desk_monthly": 0.5}, {"monthly": 450.0}),
        ({"in_arpu_per_month": 1.1, "in_contribution_margin": 0.9}, {"arpu": 88.0, "margin": 0.27}),
        ({"in_staff_front_salary_per_year": 1.5}, {"salary": 60_000.0}),
        ({"discount_rate": 1.5}, {"rate": 0.15}),
    ):
        sheets = Sheets(content)
        for name, factor in names.items():
            sheets.change(name, factor)
        wanted = float(simulated(**changed).npv("commit").mean())
        assert abs(wanted - ours) > 0.002 * scale
        assert sheets.name("net_present_value") == pytest.approx(wanted, abs=1e-3 * scale), names


def test_prices_that_add_up_to_a_line_move_their_part_of_it_alone(tmp_path: Path) -> None:
    """Two prices of one line, and revenue of two segments: one of them at nothing leaves the other as it is."""

    def simulated(
        licences: float = 70_000.0,
        training: float = 18_000.0,
        arpu: float = 60.0,
        customers_a: int = 5000,
        **firm: float,
    ) -> Forecast:
        text = _firm(tmp_path, **firm).read_text()
        customers = text.partition("  customers:")
        segments = (
            "  segments:\n"
            f"    a: {{customers: {customers_a}, churn_per_month: 1.5 %, arpu_per_month: {arpu}}}\n"
            "    b: {customers: 15000, churn_per_month: 1.5 %, arpu_per_month: 90}\n"
        )
        rest = customers[2].partition("  contribution_margin:")
        text = f"{customers[0]}{segments}{rest[1]}{rest[2]}"
        costs = f"[{{name: licences, amount: {licences}, month: 2}}, {{name: training, amount: {training}, month: 5}}]"
        text = text.replace("    one_off: 60000.0\n", f"    costs: {costs}\n")
        (tmp_path / "firm.yaml").write_text(text)
        return forecast(load(tmp_path / "firm.yaml"), draws=512, prior_only=True, trajectories=True)

    found = advised(simulated())
    content = report_bytes([result_of(found)], "xlsx")
    ours, scale = float(found.npv("commit").mean()), float(found.outcome.field("commit", "pv_cost").mean())
    named = {name for name in Sheets(content).names if name.startswith("in_")}
    (licences,) = (name for name in named if "licences" in name or "costs_licences" in name or "costs_0" in name)
    (training,) = (name for name in named if "training" in name or "costs_1" in name)
    (arpu,) = (name for name in named if re.search(r"segments_a_arpu", name))
    (served,) = (name for name in named if re.search(r"segments_a_customers", name))
    margin = "in_contribution_margin"
    for factors, changed in (
        ({training: 0.0}, {"training": 0.0}),
        ({licences: 0.5}, {"licences": 35_000.0}),
        ({licences: 3.0}, {"licences": 210_000.0}),
        ({arpu: 0.5}, {"arpu": 30.0}),
        ({arpu: 2.0}, {"arpu": 120.0}),
        # What multiplies in the simulation multiplies in the sheet.
        ({arpu: 0.5, served: 0.4}, {"arpu": 30.0, "customers_a": 2000}),
        ({arpu: 2.0, margin: 0.5}, {"arpu": 120.0, "margin": 0.15}),
        ({arpu: 0.5, served: 2.0, margin: 1.2}, {"arpu": 30.0, "customers_a": 10_000, "margin": 0.36}),
    ):
        sheets = Sheets(content)
        for name, factor in factors.items():
            sheets.change(name, factor)
        wanted = float(simulated(**changed).npv("commit").mean())
        assert abs(wanted - ours) > 0.01 * scale
        assert sheets.name("net_present_value") == pytest.approx(wanted, abs=0.01 * scale), factors


TAX = "finance: {{tax_rate: {}, rate_basis: after_tax}}\ndecision: {{after_tax: true}}\n"


def _taxed(folder: Path, tax: float = 0.25, **changed: float) -> Forecast:
    """Forecast the firm with a tax; what the driver costs at once is written off over two years."""
    file = _firm(folder, **changed)
    text = file.read_text().replace("    monthly:", "    one_off_kind: capex\n    one_off_life: 24\n    monthly:")
    file.write_text(text + TAX.format(tax))
    return forecast(load(file), draws=512, prior_only=True, trajectories=True)


def test_the_case_pays_its_tax_as_a_simulation_does(tmp_path: Path) -> None:
    """The rate, prices and revenue are changed in the sheet, and in the scenario on the same futures."""
    found = advised(_taxed(tmp_path))
    content = report_bytes([result_of(found)], "xlsx")
    scale = float(found.outcome.field("commit", "pv_cost").mean())
    assert Sheets(content).name("net_present_value") == pytest.approx(
        float(found.npv_after_tax("commit").mean()), abs=1e-6 * scale
    )
    for names, changed in (
        ({"tax_rate": 0.4}, {"tax": 0.1}),
        ({"tax_rate": 1.6}, {"tax": 0.4}),
        ({"in_desk_one_off": 1.5}, {"price": 90_000.0}),
        ({"in_desk_monthly": 3.0}, {"monthly": 2_700.0}),
        ({"in_arpu_per_month": 1.5}, {"arpu": 120.0}),
        ({"discount_rate": 1.5}, {"rate": 0.15}),
    ):
        sheets = Sheets(content)
        for name, factor in names.items():
            sheets.change(name, factor)
        wanted = float(_taxed(tmp_path, **changed).npv_after_tax("commit").mean())
        assert sheets.name("net_present_value") == pytest.approx(wanted, abs=1e-3 * scale), names


def test_what_is_written_off_after_the_horizon_follows_the_rate_and_its_own_item(tmp_path: Path) -> None:
    """A platform of four years in thirty months, and training, of which nothing is left after its month."""

    def simulated(
        platform: float = 60_000.0, training: float = 20_000.0, rate: float = 0.1, tax: float = 0.25
    ) -> Forecast:
        once = "name: {}, amount: {}, month: 1"
        costs = (
            f"[{{{once.format('platform', platform)}, kind: capex, life: 48}}, {{{once.format('training', training)}}}]"
        )
        text = _firm(tmp_path, rate=rate).read_text().replace("    one_off: 60000.0\n", f"    costs: {costs}\n")
        (tmp_path / "firm.yaml").write_text(text + TAX.format(tax))
        return forecast(load(tmp_path / "firm.yaml"), draws=512, prior_only=True, trajectories=True)

    found = advised(simulated())
    result = result_of(found)
    (tax,) = (line for line in result.answer.cash_flow.lines if line.name == "tax")
    discount = found.scene.plan.discount_rest
    after = sum(discount[0] * (discount[1] / discount[0]) ** t for t in range(30, 49))  # from month 1 on
    (spent,) = (-line.total for line in result.answer.cash_flow.lines if line.name == "one_off")  # overruns and all
    assert tax.beyond == pytest.approx(0.25 * spent * 60 / 80 / 48 * after)
    assert sum(tax.pv_years) + tax.beyond == pytest.approx(tax.pv)
    assert result.answer.cash_flow.lines[-1].beyond == tax.beyond
    # Results of before have no column of it: it goes with the last year.
    assert _weighed("write_off", result.answer.cash_flow, (0.0, 1.0, 2.0, 3.0), 4) == 3.0
    content = report_bytes([result], "xlsx")
    scale = float(found.outcome.field("commit", "pv_cost").mean())
    platform, training = (f"in_desk_costs_{i}_amount" for i in range(2))
    for names, changed in (
        ({"discount_rate": 2.0}, {"rate": 0.2}),
        ({"tax_rate": 1.6}, {"tax": 0.4}),
        ({platform: 0.5}, {"platform": 30_000.0}),
        ({training: 3.0}, {"training": 60_000.0}),
    ):
        sheets = Sheets(content)
        for name, factor in names.items():
            sheets.change(name, factor)
        wanted = float(simulated(**changed).npv_after_tax("commit").mean())
        assert sheets.name("net_present_value") == pytest.approx(wanted, abs=2e-3 * scale), names
    (said,) = business_case(result.answer, Figures("EUR", 100.0))
    assert isinstance(said, Table)
    assert "of relief from tax comes after month 30: in the present value, in no year" in said.caption


@pytest.mark.parametrize("taxed", [False, True])
def test_what_costs_add_up_to_is_a_sum_in_the_sheet(tmp_path: Path, taxed: bool) -> None:
    """Two drivers' and an item's prices each go to nothing, and all but one: what is left is the other, not nothing."""
    other = """  - name: tool
    kind: it
    owner: shared
    pushes:
      - {{node: ex, group: front, effect: {{median: 2, factor: 1.6}}, months: 4}}
    one_off: {tool}
    costs: [{{name: training, amount: {training}, month: 14}}]
horizon_months"""

    def simulated(price: float = 60_000.0, tool: float = 50_000.0, training: float = 20_000.0) -> Forecast:
        file = _firm(tmp_path, price=price)
        text = file.read_text().replace("horizon_months", other.format(tool=tool, training=training))
        file.write_text(text + TAX.format(0.25) * taxed)
        return forecast(load(file), draws=256, prior_only=True, trajectories=True)

    found = advised(simulated())
    content = report_bytes([result_of(found)], "xlsx")
    scale = float(found.outcome.field("commit", "pv_cost").mean())
    inputs = {
        each.value: f"in_{re.sub('[^a-z0-9]+', '_', str(each.name)).strip('_')}" for each in found.cash_flow.inputs
    }
    name = {"price": inputs[60_000.0], "tool": inputs[50_000.0], "training": inputs[20_000.0]}
    for changed in ({"training": 0.0}, {"price": 0.0}, {"tool": 0.0, "training": 0.0}, {"tool": 150_000.0}):
        sheets = Sheets(content)
        for key, value in changed.items():
            sheets.change(name[key], value / 50_000.0)
        after = simulated(**changed)
        wanted = float((after.npv_after_tax("commit") if taxed else after.npv("commit")).mean())
        assert sheets.name("net_present_value") == pytest.approx(wanted, abs=1e-3 * scale), changed


def test_the_summary_stands_on_the_side_of_tax_that_is_decided_by(tmp_path: Path) -> None:
    """Mean, quantiles, loss and return of a row belong together, and every option that is compared has a row."""
    file = _firm(tmp_path)
    file.write_text(file.read_text() + TAX.format(0.25) + "pilot: {months: 4, scope: 20 %, one_off: 3000}\n")
    found = advised(forecast(load(file), draws=512, prior_only=True, trajectories=True))
    book = cells(report_bytes([result_of(found)], "xlsx"), formulas=False)
    rows = list(book["Summary"].iter_rows(values_only=True))
    heads = next(row for row in rows if row[0] == "option")
    assert (heads[1], heads[13]) == ("mean NPV after tax", "mean NPV before tax")
    row = next(row for row in rows if row[0] == "Commit now")
    after = found.npv_after_tax("commit")
    assert row[1] == pytest.approx(after.mean())
    assert row[3] == pytest.approx(np.median(after), rel=0.02)
    assert row[6] == pytest.approx((after < 0).mean())
    assert row[8] == pytest.approx(row[1] / row[10])
    assert row[13] == pytest.approx(found.npv("commit").mean())
    names = [row[0] for row in rows[rows.index(heads) + 1 :]]
    assert names[:2] == ["Commit now", "Pilot first, then scale or stop"]
    assert "Fixed in advance: pilot, then scale" in names
    months = sheet_of(book, "Months, Commit now")
    assert labelled(months, "mean NPV before tax, computed by txsim") == pytest.approx(found.npv("commit").mean())


def test_one_figure_is_called_npv_and_sheets_print_on_a4(content: bytes, result: Result) -> None:
    book = cells(content, formulas=False)
    called = [
        cell.value
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and re.fullmatch(r"(net present value.*|npv)", cell.value, re.IGNORECASE)
    ]
    assert called == ["Net present value (NPV)"]
    case = result.answer.to_json()["cash_flow"]
    assert labelled(sheet_of(book, "Business case"), called[0]) == pytest.approx(case["lines"][-1]["pv"])
    for sheet in book.worksheets:
        assert str(sheet.page_setup.paperSize) == "9", sheet.title
        assert sheet.page_setup.fitToWidth in (None, 1), sheet.title
        assert sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.title


def test_text_stays_text(hostile: Path) -> None:
    book = cells(report_bytes([read_result(hostile)], "xlsx"), formulas=True)
    texts = [
        cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)
    ]
    begins = [cell for cell in texts if cell.value.startswith("=cmd")]
    assert begins
    assert all(cell.data_type == "s" for cell in begins)
    assert {cell.value[0] for cell in texts if cell.data_type == "f"} <= {"="}


def flows() -> Draws:
    """Return two futures of 14 months: −1,000 and −1,200 at first, 900 of it at once, then 100 and 140 a month."""
    monthly = np.full((14, 2), [100.0, 140.0])
    monthly[0] = [-1000.0, -1200.0]
    at_once = np.zeros(14)
    at_once[0] = 900.0
    kept = {"one_off": at_once, "running": np.full(14, 30.0)}
    kept |= {name: np.full(14, value) for name, value in (("leave", 1.0), ("work", 2.0), ("serve", 3.0))}
    kept |= {"revenue": np.full(14, 4.0), "customers": np.full(14, 5.0)}
    return Draws(
        ("commit",), {"commit": np.array([400.0, -150.0])}, {"commit": monthly.cumsum(axis=0)}, {}, {"commit": kept}
    )


def test_rows_are_as_high_as_what_wraps_in_them(content: bytes) -> None:
    """Fifteen points a line: three long words in a narrow column, the same over merged columns, and a short one."""
    stream = io.BytesIO()
    book = Book(stream, "EUR")
    sheet = book.sheet("s")
    sheet.set_column(0, 2, 15)
    words = "organisation organisation organisation"
    sheet.write_string(0, 0, words, book.word)
    sheet.merge_range(1, 0, 1, 2, f"{words} {words}", book.note)
    sheet.write_string(2, 0, "short", book.word)
    book.close()
    rows = openpyxl.load_workbook(stream)["s"].row_dimensions
    assert [rows[i].height for i in (1, 2, 3)] == [45, 30, None]
    for each in cells(content, formulas=False).worksheets:
        wide = {i: each_.width for each_ in each.column_dimensions.values() for i in range(each_.min, each_.max + 1)}
        ends = {(area.min_row, area.min_col): area.max_col for area in each.merged_cells.ranges}
        for cell in (cell for row in each.iter_rows() for cell in row if isinstance(cell.value, str)):
            if cell.alignment.wrap_text:
                across = range(cell.column, ends.get((cell.row, cell.column), cell.column) + 1)
                lines = len(cell.value) / sum(wide.get(i, 8.43) for i in across)
                assert (each.row_dimensions[cell.row].height or 15) >= 15 * lines, (each.title, cell.value)


def test_the_book_by_hand() -> None:
    """At 8.3 % a year: what is spent at once counts whole, all else at the end of its month, or of its year."""
    run = of(RUN, options={"commit": RUN["options"]["commit"]}, terminal="runoff")
    book = cells(workbook(run, flows()), formulas=False)
    summary = next(row for row in book["Summary"].iter_rows(values_only=True) if row[0] == "Commit now")
    assert list(summary[1:13]) == pytest.approx([1201, 7, 1241, 901, 1701, 0.21, -5601, 0.61, 0.81, 2701, 3401, 4101])
    heads = next(row for row in book["Summary"].iter_rows(values_only=True) if row[0] == "option")
    assert heads[1:13] == (
        "mean NPV", "simulation error", "median", "5 %", "95 %", "P(loss)", "worst 5 %", "ROI",
        "paid back, undiscounted",
        "cost, present value", "peak funding", "after the horizon",
    )  # fmt: skip
    months = sheet_of(book, "Months, Commit now")
    first = next(row for row in months.iter_rows(values_only=True) if row[0] == 1)
    assert first[1:4] == (-900, -200, -1100)
    assert first[4:6] == pytest.approx((-1190, -1010))  # 5 % and 95 % between two futures
    assert first[6:8] == pytest.approx((1.0, 1.083 ** (-1 / 12)))
    value = -900 - 200 * 1.083 ** (-1 / 12) + sum(120 * 1.083 ** (-(i + 1) / 12) for i in range(1, 14))
    assert labelled(months, "present value of the mean cash flow") == pytest.approx(value)
    assert labelled(months, "worth of customers kept, after the horizon") == pytest.approx(4101)
    assert labelled(months, "mean NPV, computed by txsim") == pytest.approx(1201)
    assert labelled(months, "difference") == pytest.approx(value + 4101 - 1201)
    # A decision after tax tells the same worth after tax; the sheet adds up to the NPV before it.
    paid = of(
        {**RUN, "after_tax": True, "tax_rate": 0.25}, options={"commit": RUN["options"]["commit"]}, terminal="runoff"
    )
    sheet = sheet_of(cells(workbook(paid, flows()), formulas=False), "Months, Commit now")
    assert labelled(sheet, "worth of customers kept, after the horizon") == pytest.approx(5468)
    futures = sheet_of(book, "Payoffs by future")
    assert [futures[f"B{k}"].value for k in range(2, 8)] == pytest.approx([125, 0.5, -122.5, 372.5, 400, -150])


def test_names_of_sheets_end_where_a_word_ends() -> None:
    book = Book(io.BytesIO(), "EUR")
    long = "Внедрить сразу, затем остановить всё"
    names = [
        book.sheet(name).get_name()
        for name in (long, long, "Month/by:month", "Unternehmensberatungsgesellschaftsvertrag")
    ]
    assert names[0] == "Внедрить сразу, затем"
    assert names[1] == "Внедрить сразу, затем 2"
    assert names[2] == "Monthbymonth"
    assert all(0 < len(name) <= 31 for name in names)


def test_beliefs_stand_before_and_after_the_evidence() -> None:
    """Three figures before and three after under their heads; those without draws have none after."""
    stream = io.BytesIO()
    book = Book(stream, "EUR")
    told = Belief("ex_cx", "points per point", "EX to CX", "a study", (0.1, 0.2, 0.4), (0.15, 0.22, 0.31), False)
    _priors(book, [told, Belief("churn_cx", "%", "CX to churn", "own", (1.0, 2.0, 3.0), None, True)])
    book.book.close()
    heads, *rows = openpyxl.load_workbook(io.BytesIO(stream.getvalue()))["Priors"].values
    assert heads[3:9] == ("before: 5 %", "median", "95 %", "after: 5 %", "median", "95 %")
    assert rows[0] == ("ex_cx", "EX to CX", "points per point", 0.1, 0.2, 0.4, 0.15, 0.22, 0.31, "a study")
    assert rows[1] == ("churn_cx", "CX to churn", "%", 1, 2, 3, None, None, None, "own")


def test_a_table_by_years_discounts_whole_years(result: Result) -> None:
    """What is kept beside each formula is what it says: months 1 to 12 at one year's factor, 13 to 24 at two."""
    assert result.draws is not None
    annual = replace(result, content={**(result.content or {}), "convention": "annual"})
    stream = io.BytesIO()
    book = Book(stream, "EUR")
    _cash_flow(book, annual, "commit")
    book.book.close()
    (sheet,) = openpyxl.load_workbook(io.BytesIO(stream.getvalue()), data_only=True).worksheets
    factor = {row[0]: row[6:8] for row in sheet.iter_rows(min_row=5, values_only=True) if isinstance(row[0], int)}
    year = 1 / (1 + result.answer.discount_rate)
    assert factor[1] == (1.0, pytest.approx(year))
    for month, power in ((2, 1), (12, 1), (13, 2), (24, 2), (25, 3)):
        assert factor[month] == (pytest.approx(year**power), pytest.approx(year**power)), month
