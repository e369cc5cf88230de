# SPDX-License-Identifier: MIT
"""Shapes that spreadsheets have in offices: pivot tables, EX and CX apart, hidden rows, dates half turned round."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import Workbook

from txsim.errors import InputError
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.data_report import DataReport
from txsim.panel.reader.link_spec import read_spec
from txsim.panel.reader.panel import Panel

UNITS = ["Altona", "Bergedorf", "Harburg", "Kiel", "Mitte", "Nord", "Plön", "Wandsbek"]
MONTHS = range(1, 7)
RNG = np.random.default_rng(11)
EX = np.round(RNG.normal(12, 14, (8, 1)) + RNG.normal(0, 6, (8, 6)), 1)
CX = np.round(RNG.normal(31, 12, (8, 1)) + RNG.normal(0, 5, (8, 6)), 1)
Rows = list[list[Any]]


def month(t: int) -> str:
    return f"2024-{t + 1:02d}"


def long(*columns: tuple[str, Any], when: Callable[[int], Any] = month) -> Rows:
    """Return a header and a row for each unit and month."""
    head = ["unit", "period", *(name for name, _ in columns)]
    return [head, *([unit, when(t), *(float(values[u, t]) for _, values in columns)]
                    for u, unit in enumerate(UNITS) for t in range(6))]  # fmt: skip


def workbook(path: Path, sheets: dict[str, Rows], change: Callable[[Any], object] | None = None) -> Path:
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    if change is not None:
        change(book)
    book.save(path)
    return path


def text(path: Path, rows: Rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def read(path: Path | list[Path], **said: Any) -> tuple[Panel, DataReport]:
    return read_panel(path, read_spec(None, **said))


def check(panel: Panel) -> None:
    """The panel is that of `EX` and `CX`, on the scales that their headers name."""
    assert panel.units == tuple(sorted(UNITS))
    assert (panel.start, panel.step, panel.scales) == (2024 * 12, 1.0, ("enps", "nps"))
    order = [UNITS.index(name) for name in panel.units]
    np.testing.assert_allclose(2 * panel.y[..., 0] - 100, EX[order], atol=1e-9)
    np.testing.assert_allclose(2 * panel.y[..., 1] - 100, CX[order], atol=1e-9)


def refused(path: Path | list[Path], **said: Any) -> str:
    with pytest.raises(InputError) as raised:
        read(path, **said)
    return " ".join(f"{problem.message} {problem.hint or ''}" for problem in raised.value.problems)


def lines(report: DataReport) -> str:
    told = report.reading()["lines"]
    assert len(told) <= 10
    return "\n".join(map(str, told))


# --- EX and CX apart


@pytest.mark.parametrize(("ex", "cx"), [("Staff", "Customers"), ("EX", "CX"), ("Mitarbeiter 2024", "Kunden 2024")])
def test_two_sheets_are_put_side_by_side(tmp_path: Path, ex: str, cx: str) -> None:
    panel, report = read(workbook(tmp_path / "two.xlsx", {ex: long(("eNPS", EX)), cx: long(("NPS", CX))}))
    check(panel)
    assert f"`{ex}`, `{cx}` were put side by side by unit and period: 48 of 48 stand on each of them" in lines(report)


def test_two_files_and_a_folder_of_them_are_put_side_by_side(tmp_path: Path) -> None:
    paths = [text(tmp_path / "staff.csv", long(("enps", EX))), text(tmp_path / "guests.csv", long(("nps", CX)))]
    check(read(paths)[0])
    check(read(tmp_path)[0])


def test_counts_of_each_sheet_are_its_own_and_order_does_not_matter(tmp_path: Path) -> None:
    counts = {"ex": EX * 0 + 20 + np.arange(6), "cx": EX * 0 + 300 + np.arange(6)}
    sheets = {"A": long(("enps", EX), ("answers", counts["ex"])), "B": long(("nps", CX), ("answers", counts["cx"]))}
    sheets["B"][1:] = sheets["B"][:0:-1]
    panel, _ = read(workbook(tmp_path / "n.xlsx", sheets))
    check(panel)
    np.testing.assert_array_equal(panel.n[..., 0], counts["ex"])
    np.testing.assert_array_equal(panel.n[..., 1], counts["cx"])


def test_sheets_may_say_which_is_which(tmp_path: Path) -> None:
    path = workbook(tmp_path / "named.xlsx", {"eNPS": long(("score", EX)), "NPS": long(("score", CX))})
    panel, report = read(path)
    check(panel)
    assert "`score` of `NPS` is taken for `cx`" in lines(report)
    wide = {
        name: [["Branch", *(dt.datetime(2024, t + 1, 1) for t in range(6))]]
        + [[unit, *map(float, values[u])] for u, unit in enumerate(UNITS)]
        for name, values in (("eNPS 2024", EX), ("NPS 2024", CX))
    }
    check(read(workbook(tmp_path / "wide.xlsx", wide))[0])


def test_units_under_two_names_are_asked_about(tmp_path: Path) -> None:
    other = [[*("Ploen" if cell == "Plön" else cell for cell in row)] for row in long(("nps", CX))]
    path = workbook(tmp_path / "two.xlsx", {"A": long(("enps", EX)), "B": other})
    assert "units of `A` that stand on it alone: `Plön`" in refused(path)
    assert read(path, merge={"Plön": ["Ploen"]})[0].units == tuple(sorted(UNITS))


def test_a_period_that_one_sheet_lacks_is_told(tmp_path: Path) -> None:
    shorter = [row for row in long(("nps", CX)) if row[1] != month(2)]
    panel, report = read(workbook(tmp_path / "two.xlsx", {"A": long(("enps", EX)), "B": shorter}))
    assert "40 of 48 stand on each of them" in lines(report)
    assert np.isnan(panel.y[:, 2, 1]).all()
    assert np.isfinite(panel.y[:, 2, 0]).all()


def test_answers_apart_cannot_be_put_together(tmp_path: Path) -> None:
    path = workbook(tmp_path / "two.xlsx", {"A": long(("enps", EX)) + long(("enps", CX))[1:], "B": long(("nps", CX))})
    assert "has several rows in" in refused(path)


def test_a_fault_is_told_by_the_line_of_its_own_file(tmp_path: Path) -> None:
    rows = long(("nps", CX))
    rows[8][2] = "see note"
    ex, cx = text(tmp_path / "a.csv", [["Survey"], *long(("enps", EX))]), text(tmp_path / "b.csv", rows)
    _, report = read([ex, cx])
    assert [(Path(one.file).name, one.line, one.value) for one in report.refused] == [("b.csv", 9, "see note")]


# --- pivot tables


def measures_over_months() -> Rows:
    rows: Rows = [["", "eNPS", *[""] * 5, "NPS", *[""] * 5], ["Row Labels", *(f"{m:02d}/2024" for m in MONTHS)] * 1]
    rows[1] += rows[1][1:]
    return [*rows, *([unit, *map(float, EX[u]), *map(float, CX[u])] for u, unit in enumerate(UNITS))]


def months_over_measures(when: Callable[[int], Any] = month) -> Rows:
    head, below = ["Branch"], [""]
    for t in range(6):
        head, below = [*head, when(t), ""], [*below, "eNPS", "NPS"]
    body = [[unit, *(float(v) for t in range(6) for v in (EX[u, t], CX[u, t]))] for u, unit in enumerate(UNITS)]
    return [head, below, *body]


PIVOTS = {
    "measures over months": measures_over_months,
    "months over measures": months_over_measures,
    "dates over measures": lambda: months_over_measures(lambda t: dt.datetime(2024, t + 1, 1)),
}


@pytest.mark.parametrize("name", PIVOTS)
@pytest.mark.parametrize("kind", ["xlsx", "csv", "merged"])
def test_two_rows_of_headers_tell_columns_apart(tmp_path: Path, name: str, kind: str) -> None:
    rows = PIVOTS[name]()

    def merge(book: Any) -> None:
        heads = [i for i, cell in enumerate(rows[0], 1) if cell != "" and i > 1]
        for first, following in zip(heads, [*heads[1:], 14], strict=True):
            book.active.merge_cells(start_row=1, end_row=1, start_column=first, end_column=following - 1)

    path = text(tmp_path / "p.csv", rows) if kind == "csv" else workbook(
        tmp_path / "p.xlsx", {"Pivot": rows}, merge if kind == "merged" else None
    )  # fmt: skip
    check(read(path)[0])


def compact(outer: str) -> Rows:
    """Return a pivot table as Excel lays it out: units and months below each other, with sums."""
    rows: Rows = [["Row Labels", "Average of eNPS", "Average of NPS"]]
    for a in range(8 if outer == "unit" else 6):
        rows.append([UNITS[a] if outer == "unit" else month(a), 1.0, 2.0])
        for b in range(6 if outer == "unit" else 8):
            u, t = (a, b) if outer == "unit" else (b, a)
            rows.append([month(t) if outer == "unit" else UNITS[u], float(EX[u, t]), float(CX[u, t])])
    return [*rows, ["Grand Total", 3.0, 4.0]]


@pytest.mark.parametrize("outer", ["unit", "period"])
def test_a_compact_pivot_table_is_read_without_its_sums(tmp_path: Path, outer: str) -> None:
    panel, report = read(workbook(tmp_path / "c.xlsx", {"P": compact(outer)}))
    check(panel)
    assert "a sum of the rows below it" in lines(report)
    assert "units and periods stood below each other in `Row Labels`" in lines(report)


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("outer", ["unit", "period"])
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_name_alone_above_its_rows_is_theirs(tmp_path: Path, outer: str, again: bool, kind: str) -> None:
    """Blocks below each other, with a header of their own or without."""
    head: list[Any] = ["Month" if outer == "unit" else "Branch", "eNPS", "NPS"]
    rows: Rows = []
    for a in range(8 if outer == "unit" else 6):
        rows += [[UNITS[a] if outer == "unit" else month(a)], *([head] if again or not rows else [])]
        for b in range(6 if outer == "unit" else 8):
            u, t = (a, b) if outer == "unit" else (b, a)
            rows.append([month(t) if outer == "unit" else UNITS[u], float(EX[u, t]), float(CX[u, t])])
        rows.append([])
    path = text(tmp_path / "b.csv", rows) if kind == "csv" else workbook(tmp_path / "b.xlsx", {"P": rows})
    panel, report = read(path)
    check(panel)
    assert f"`{outer}` stands above its rows" in lines(report)


def test_a_title_and_a_note_are_no_units(tmp_path: Path) -> None:
    rows = [["Survey of staff"], *long(("enps", EX), ("nps", CX))]
    rows = [[*row[1:]] if len(row) > 1 else row for row in rows]
    rows.insert(20, ["From here on with another question"])
    assert "there is no column `unit`" in refused(text(tmp_path / "n.csv", rows))


@pytest.mark.parametrize("total", ["{} Total", "{} Ergebnis", "Итого {}", "{} Итог", "Total {}"])
def test_sums_of_an_outline_are_no_units(tmp_path: Path, total: str) -> None:
    rows: Rows = [["Unit", "Month", "eNPS", "NPS"]]
    for u, unit in enumerate(UNITS):
        rows += [[unit if t == 0 else "", month(t), float(EX[u, t]), float(CX[u, t])] for t in range(6)]
        rows.append([total.format(unit), "", 5.0, 6.0])
    path = workbook(tmp_path / "o.xlsx", {"P": rows})
    assert "fill_down: true" in refused(path)
    check(read(path, fill_down=True)[0])


def test_a_text_without_letters_is_an_empty_cell(tmp_path: Path) -> None:
    """Some programs write `<c t="inlineStr"></c>` for it: it is not what stood before."""
    rows = long(("enps", EX), ("nps", CX))
    for row in rows:
        row.append("")
    rows[0][4], rows[1][4] = "group", "night shift"
    for at in (5, 9):
        rows[at][2] = ""
    panel, _ = read(workbook(tmp_path / "gaps.xlsx", {"P": rows}))
    assert np.isnan(panel.y[0, 4, 0])
    assert np.isnan(panel.y[1, 2, 0])
    assert np.isfinite(panel.y[..., 0]).sum() == 46
    assert not panel.groups


# --- what a person at the screen does not see


def hide(rows: tuple[int, ...] = (), sheet: str = "") -> Callable[[Any], None]:
    def change(book: Any) -> None:
        for row in rows:
            book.worksheets[0].row_dimensions[row].hidden = True
        if sheet:
            book[sheet].sheet_state = "hidden"

    return change


def test_hidden_rows_are_asked_about(tmp_path: Path) -> None:
    rows = [*long(("enps", EX), ("nps", CX)), ["Closed", month(0), 5.0, 6.0], ["Closed", month(1), 5.0, 6.0]]
    path = workbook(tmp_path / "h.xlsx", {"P": rows}, hide((50, 51)))
    told = refused(path)
    assert "Excel hides 2 rows of this table" in told
    assert "`hidden: skip`" in told
    panel, report = read(path, hidden="skip")
    check(panel)
    assert "a row that Excel hides (line 50, line 51)" in lines(report)
    assert "Closed" in read(path, hidden="read")[0].units


def test_hidden_sheets_are_asked_about(tmp_path: Path) -> None:
    both = long(("enps", EX), ("nps", CX))
    old = [[row[0], str(row[1]).replace("2024", "2023"), *row[2:]] for row in both]
    path = workbook(tmp_path / "h.xlsx", {"P": both, "old": old}, hide(sheet="old"))
    assert "sheets that Excel hides hold data, too: `old`" in refused(path)
    check(read(path, hidden="skip")[0])
    check(read(path, sheet="P")[0])
    assert read(path, hidden="read")[0].y.shape == (8, 18, 2)
    notes = workbook(tmp_path / "n.xlsx", {"P": both, "lists": [["a", "b"], [1, 2], [3, 4]]}, hide(sheet="lists"))
    check(read(notes)[0])  # a hidden sheet of another kind changes nothing


@pytest.mark.parametrize("named", [(), ("Personal",), ("Customer Experience",), ("Quality Control", "Test Lab")])
def test_a_sheet_for_each_unit_is_read_by_its_name(tmp_path: Path, named: tuple[str, ...]) -> None:
    sheets = {
        (*named, *UNITS)[u] if u < len(named) else unit: [
            ["Month", "eNPS", "NPS"],
            *([month(t), float(EX[u, t]), float(CX[u, t])] for t in range(6)),
        ]
        for u, unit in enumerate(UNITS)
    }
    panel, report = read(workbook(tmp_path / "s.xlsx", sheets))
    assert {*named} <= {*panel.units}
    if not named:
        check(panel)
    assert "the unit was read from the names of the sheets" in lines(report)


@pytest.mark.parametrize(("small", "large"), [(3, 17), (5, 28)])
def test_dates_half_turned_round_are_asked_about(tmp_path: Path, small: int, large: int) -> None:
    """A spreadsheet where the month comes first makes dates of days up to 12, days and months exchanged."""

    def when(t: int) -> Any:
        return dt.datetime(2024, small, t + 1) if t % 2 else f"{large}/{t + 1:02d}/2024"

    path = workbook(tmp_path / "d.xlsx", {"P": long(("enps", EX), ("nps", CX), when=when)})
    assert "a spreadsheet has taken days for months in part of them" in refused(path)


# --- one column, two ways


def changed(change: Callable[[int, int, float], float]) -> Rows:
    rows = long(("enps", EX), ("nps", CX))
    for k, row in enumerate(rows[1:]):
        row[2] = change(k // 6, k % 6, row[2])
    return rows


@pytest.mark.parametrize(
    "change",
    [
        lambda u, t, x: round(x / 100, 3) if t < 3 else x,
        lambda u, t, x: round(x / 100, 3) if u < 2 else x,
        lambda u, t, x: round(7 + x / 60, 2) if t == 0 else x,
    ],
    ids=["months in fractions", "units in fractions", "a month of means"],
)
def test_points_written_two_ways_are_asked_about(tmp_path: Path, change: Callable[[int, int, float], float]) -> None:
    path = text(tmp_path / "mixed.csv", changed(change))
    said = refused(path)
    assert re.search(r"EX of `(2024-01|Altona)` lies within", said)
    assert read(path, values="scores")[0].y.shape == (8, 6, 2)


@pytest.mark.parametrize("seed", range(5))
def test_small_scores_of_some_units_are_no_fault(tmp_path: Path, seed: int) -> None:
    """Units of which some are steadily near nought, periods that are: as a survey may well be."""
    rng = np.random.default_rng(seed)
    level = rng.normal(4, 6, (8, 1))
    rows = changed(lambda u, t, x: float(np.round(level[u, 0] + rng.normal(0, 4), 1)))
    assert read(text(tmp_path / "near.csv", rows))[0].y.shape == (8, 6, 2)


def test_answers_numbered_from_one_are_asked_about(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    answers = np.clip(np.round(rng.normal(7.5, 2, (8, 6, 12, 2))), 0, 10)
    head = ["unit", "period", "ex", "cx"]
    rows = [[UNITS[u], month(t), *(answers[u, t, p] + 1)] for u in range(8) for t in range(6) for p in range(12)]
    path = text(tmp_path / "eleven.csv", [head, *rows])
    assert "`values: codes`" in refused(path, scale="nps")
    panel, report = read(path, scale="nps", values="codes")
    points = 100 * ((answers >= 9).mean(axis=2) - (answers <= 6).mean(axis=2))
    np.testing.assert_allclose(2 * panel.y - 100, points, atol=1e-9)
    assert "codes 1 … 11 stand for answers 0 … 10" in lines(report)
    rows = [[*row[:2], 12 if k % 9 == 0 else row[2] - 1, row[3] - 1] for k, row in enumerate(rows)]
    assert "`missing: [12]`" in refused(text(tmp_path / "twelve.csv", [head, *rows]), scale="nps")


@pytest.mark.parametrize("number", ["ID", "Participant"])
def test_a_number_of_each_row_is_no_unit(tmp_path: Path, number: str) -> None:
    rows = [[k if k else number, *row] for k, row in enumerate(long(("enps", EX), ("nps", CX)))]
    rows[0][1] = "Location name"
    panel, report = read(text(tmp_path / "id.csv", rows))
    check(panel)
    assert report.reading()["unused"] == [number]


def test_two_columns_that_could_be_the_unit_are_asked_about(tmp_path: Path) -> None:
    rows = [[*row, "team"] if k == 0 else [*row, f"t{(k + (k - 1) % 6) % 8}"] for k, row in
            enumerate(long(("enps", EX), ("nps", CX)))]  # fmt: skip
    rows = [rows[0], *([*row[:4], f"t{(UNITS.index(row[0]) + t) % 8}"] for row in rows[1:]
                       for t in [int(row[1][-2:]) - 1])]  # fmt: skip
    path = text(tmp_path / "teams.csv", rows)
    assert "several columns could be the unit: `unit`, `team`" in refused(path)
    check(read(path, columns={"unit": "unit"})[0])


@pytest.mark.parametrize("head", ["Число_ex", "Кол-во ex", "number of responses ex", "Anz. ex", "n_ex"])
def test_counts_are_found_and_every_column_that_is_not_used_is_named(tmp_path: Path, head: str) -> None:
    rows = long(("enps", EX), ("nps", CX))
    others = [f"extra {k}" for k in range(14)]
    rows = [[*row, *([head, *others] if k == 0 else [44, *range(14)])] for k, row in enumerate(rows)]
    panel, report = read(text(tmp_path / "n.csv", rows))
    check(panel)
    assert np.all(panel.n[..., 0] == 44)
    assert report.reading()["unused"] == others
    assert all(f"`{name}`" in lines(report) for name in others)


def test_decimal_commas_between_commas_have_a_cure(tmp_path: Path) -> None:
    path = tmp_path / "commas.csv"
    path.write_text("unit,period,enps,nps\n" + "\n".join(f"{unit},2024-01,12,5,31,0" for unit in UNITS))
    assert "semicolons" in refused(path)
