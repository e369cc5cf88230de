# SPDX-License-Identifier: MIT
"""Every blue cell of the workbook at the ends of its interval and at nothing, against a simulation with that value."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest

from tests.report.spreadsheet import Sheets
from txsim.decide.advice import advised
from txsim.decide.cash_flow import cash_flow
from txsim.forecast import Forecast, forecast
from txsim.report.output import report_bytes
from txsim.report.reading import result_of
from txsim.results.cash_flow import CaseInput, CashFlow
from txsim.scenario import Scenario, changed, load, loads

DRAWS = 512
CUSTOMERS = ("retention", "referral", "spend", "digital_leavers", "cost_to_serve", "margin")
CASE = "Business case"

#: Two drivers of one cost line, a push of either sign, and a benefit of which nothing is cash.
FIRM = """title: Either sign
organisation:
  index: {cx: 60, 'ex[front]': 55, 'ex[office]': 60, mx: 48}
  staff:
    front: {headcount: 200, turnover_per_year: 25 %, salary_per_year: 40000, absence_rate: 6 %}
    office: {headcount: 90, meets_customers: false, turnover_per_year: 10 %, salary_per_year: 60000, absence_rate: 3 %}
  absence_cover: 0.4
  customers: 20000
  churn_per_month: 1.5 %
  arpu_per_month: 80
  contribution_margin: 30 %
drivers:
  - name: desk
    kind: it
    owner: shared
    pushes:
      - {node: ex, group: front, effect: {median: 6, factor: 1.6}, months: 4}
      - {node: mx, effect: {interval: [-1, 5]}, months: 6}
    benefits: [{name: licences, monthly: {interval: [1000, 3000]}, kind: cash}]
    costs:
      - {name: platform, amount: 60000, month: 1}
      - {name: seats, amount: 700, from: 3}
  - name: coaching
    kind: people
    owner: shared
    pushes:
      - {node: ex, group: office, effect: {median: 3, factor: 1.6}, months: 4}
    one_off: 22000
    per_head_monthly: 4
horizon_months: 30
"""


def simulated(scenario: Scenario) -> Forecast:
    return forecast(scenario, draws=DRAWS, prior_only=True, trajectories=True)


def totals(case: CashFlow | Mapping[str, float]) -> dict[str, float]:
    """Return the total of each line, what customers bring in one: how it is split moves with what is changed."""
    each = case if isinstance(case, Mapping) else {line.name: float(line.total) for line in case.lines[:-1]}
    found = {name: value for name, value in each.items() if name not in CUSTOMERS}
    return found | {"customers": sum(value for name, value in each.items() if name in CUSTOMERS)}


def key_of(scenario: Scenario, name: str) -> str:
    """Return the key under which a quantity stands in the scenario."""
    first = name.partition(".")[0]
    if first in [driver.name for driver in scenario.drivers]:
        return f"drivers.{name}"
    return name if first == "pilot" else f"organisation.{name}"


class Case:
    """A business case in a workbook, of which one cell at a time is changed."""

    def __init__(self, found: Forecast) -> None:
        assert found.cash_flow is not None
        self.case: CashFlow = found.cash_flow
        self.sheets = Sheets(report_bytes([result_of(found)], "xlsx"))
        self.names = [line.name for line in self.case.lines[:-1]]
        self.total = chr(ord("A") + 2 + len(self.case.lines[0].years))

    def lines(self, changes: Mapping[str, float]) -> dict[str, float]:
        """Return the total of each line, and ``npv``, where inputs have these values as the author counts them."""
        units = {str(each.name): each.unit for each in self.case.inputs}
        cells = {name: self.sheets.place(CASE, "in_" + re.sub(r"\W+", "_", name).strip("_")) for name in changes}
        before = {name: cell.value for name, cell in cells.items()}
        for name, value in changes.items():
            cells[name].value = value / 100 if units[name] == "%" else value
        found = {name: self.sheets.cell(CASE, f"{self.total}{row}") for row, name in enumerate(self.names, start=4)}
        found["npv"] = self.sheets.name("net_present_value")
        for name, value in before.items():
            cells[name].value = value
        return found


def values_of(each: CaseInput) -> list[float]:
    """Return the ends of the interval of a number, nothing, half and half more, and what is well beyond the low end."""
    value = float(each.value)
    at = sorted({0.0, 0.5 * value, 1.5 * value, *(float(v) for of in each.curves.values() for v in of.at)})
    return [*at, 2 * at[0] if at[0] < 0 else -0.1 * value]


@pytest.fixture(scope="module")
def either() -> tuple[Scenario, Case]:
    scenario = loads(FIRM)
    return scenario, Case(advised(simulated(scenario)))


def test_what_is_kept_beside_a_formula_is_what_it_works_out_to(either: tuple[Scenario, Case]) -> None:
    """Viewers that do not calculate show the figures kept in the file: each is that of its formula."""
    content = report_bytes([result_of(advised(simulated(either[0])))], "xlsx")
    sheets = Sheets(content)
    formulas, kept = (openpyxl.load_workbook(io.BytesIO(content), data_only=only)[CASE] for only in (False, True))
    told = [cell for row in formulas.iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert len(told) > 30
    for cell in told:
        beside = kept[cell.coordinate].value
        assert sheets.cell(CASE, cell.coordinate) == pytest.approx(beside, rel=1e-6, abs=1e-4), cell.coordinate


SWEPT = (
    "desk.pushes[0].effect", "desk.pushes[1].effect", "desk.delivery", "desk.cost_overrun", "desk.costs[0].amount",
    "desk.benefits[0].monthly", "coaching.one_off", "coaching.pushes[0].effect", "coaching.cost_overrun",
    "staff.front.headcount", "staff.front.absence_rate", "churn_per_month", "arpu_per_month",
)  # fmt: skip


def test_every_cell_at_every_end_is_what_a_simulation_finds(either: tuple[Scenario, Case]) -> None:
    """Within what the note of the line says; a cost that is a sum of products needs none."""
    scenario, book = either
    case = book.case
    base = totals(case)
    within = {name: float(case.within["retention" if name == "customers" else name]) for name in base}
    assert (within["one_off"], within["running"]) == (0.0, 0.0)
    assert max(within.values()) < 0.05
    of = {str(each.name): each for each in case.inputs}
    tried = 0
    for each in (of[name] for name in SWEPT):
        curved = [float(v) for curve in each.curves.values() for v in curve.at] or [0.0, 1.5 * float(each.value)]
        for value in sorted({min(curved), 0.0, max(curved)}):
            factor = each.name.endswith("cost_overrun")  # written as a factor
            if value == 0 and (factor or each.name.endswith(("headcount", "churn_per_month"))):
                continue  # a scenario refuses it
            written = f"{value / 100 if factor else value:.12g}{' %' if each.unit == '%' and not factor else ''}"
            text = f"{key_of(scenario, str(each.name))}={written}"
            after = totals(cash_flow(simulated(changed(scenario, [text])), "commit"))
            sheet = totals({name: v for name, v in book.lines({str(each.name): value}).items() if name != "npv"})
            for name in base:  # a line that is nothing then has no row in the other case
                miss = abs(sheet[name] - after.get(name, 0.0))
                assert miss <= (within[name] + 1e-6) * abs(base[name]), (text, name, base[name], after, sheet)
            tried += 1
    assert tried > 20


def test_a_price_and_an_overrun_multiply(either: tuple[Scenario, Case]) -> None:
    """All items of a driver bear its overrun, and no item of the other: one sum of products, exact to rounding."""
    scenario, book = either
    for changes in (
        {"desk.cost_overrun": 100.0, "desk.costs[0].amount": 30_000.0},
        {"desk.cost_overrun": 200.0, "desk.costs[0].amount": 0.0, "coaching.one_off": 44_000.0},
        {"desk.cost_overrun": 100.0, "coaching.cost_overrun": 100.0, "coaching.per_head_monthly": 0.0},
        {"coaching.cost_overrun": 300.0, "coaching.one_off": 1_000.0, "coaching.per_head_monthly": 10.0},
    ):
        texts = [
            f"{key_of(scenario, name)}={v / 100 if name.endswith('overrun') else v}" for name, v in changes.items()
        ]
        after = totals(cash_flow(simulated(changed(scenario, texts)), "commit"))
        sheet = book.lines(changes)
        for name in ("one_off", "running"):
            assert sheet[name] == pytest.approx(after[name], rel=1e-6), (changes, name)
    by_hand = -(60_000.0 * 1.0 + 22_000.0 * 1.0)
    assert book.lines({"desk.cost_overrun": 100.0, "coaching.cost_overrun": 100.0})["one_off"] == pytest.approx(by_hand)


@pytest.mark.parametrize("name", [None, "call_centre_desktop", "tx_after_tax"])
def test_no_value_of_a_cell_is_an_error_or_absurd(
    name: str | None, either: tuple[Scenario, Case], scenarios: Path
) -> None:
    """One cell at a time at each end, beyond it and at nothing; then all of them at nothing at once."""
    book = either[1] if name is None else Case(advised(simulated(load(scenarios / f"{name}.yaml"))))
    formulas = [str(cell.value) for row in book.sheets.book[CASE].iter_rows() for cell in row if cell.data_type == "f"]
    assert any("in_" in formula for formula in formulas)
    assert not [formula for formula in formulas if re.search(r"\^-?[\d.]|\)\^(?!\(-)|/in_|/\(in_", formula)]
    base = book.lines({})
    largest = max(abs(value) for value in base.values())
    for each in book.case.inputs:
        for value in values_of(each):
            found = book.lines({str(each.name): value})
            assert all(math.isfinite(line) for line in found.values()), (each.name, value)
            assert max(abs(line) for line in found.values()) < 4 * largest, (each.name, value, found)
    found = book.lines({str(each.name): 0.0 for each in book.case.inputs})
    assert all(math.isfinite(line) and abs(line) < 4 * largest for line in found.values())


def _saving_time() -> str:
    """Return the firm with tools that save paid time; payroll that follows EX is not stated."""
    text = FIRM.replace("mx: 48}", "mx: 48, 'ux_employee[front]': 50}").replace(
        "cover: 0.4", "cover: 0.4\n  time_realised: 25 %"
    )
    return text.replace("{node: mx, effect: {interval: [-1, 5]}", "{node: ux_employee, group: front, effect: 9")


def test_what_is_only_rounding_is_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    found = simulated(loads(_saving_time()))
    names = [line.name for line in cash_flow(found, "commit").lines]
    assert {"absence", "time"} <= set(names)
    assert "productivity" not in names
    monkeypatch.setattr("txsim.decide.cash_flow._ROUNDING", 0.0)
    dust = next(line for line in cash_flow(found, "commit").lines if line.name == "productivity")
    assert 0 < abs(dust.total) < 1e-6


def test_a_line_that_no_formula_follows_stays_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a bound under what curves miss, such lines are plain, say so, and costs still move."""
    monkeypatch.setattr("txsim.decide.case_inputs._BOUND", 1e-6)
    book = Case(advised(simulated(loads(FIRM))))
    assert book.case.within["retention"] > 1e-6
    before, after = book.lines({}), book.lines({"coaching.one_off": 0.0})
    assert after["retention"] == before["retention"]
    assert after["one_off"] != before["one_off"]
    row = 4 + book.names.index("retention")
    notes = [cell.value for cell in book.sheets.book[CASE][row]]
    assert "as simulated: does not move with what is changed" in notes
    assert "in_" not in "".join(str(note) for note in notes)
