# SPDX-License-Identifier: MIT
"""Years beside their own quarters, and years that stand on the tab of a sheet or in the name of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import Workbook

from txsim.errors import InputError
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec

UNITS = ["Kiel", "Bonn", "Essen", "Trier", "Jena", "Celle"]
RNG = np.random.default_rng(8)
#: Points ``(unit, quarter from 2022, EX and CX)``.
POINTS = np.round(RNG.normal(20, 12, (6, 8, 2)), 1)


def read(paths: Any, **spec: Any) -> Any:
    return read_panel(paths, read_spec(None, scale="nps", **spec))


def same(panel: Any, points: np.ndarray[Any, Any] = POINTS) -> None:
    order = [list(panel.units).index(name) for name in UNITS]
    assert panel.y.shape[1] == points.shape[1]
    np.testing.assert_allclose(2 * panel.y[order] - 100, points, atol=1e-9)


def rows(quarters: range, label: Any) -> list[tuple[str, str, float, float]]:
    return [(UNITS[i], label(t), *POINTS[i, t]) for i in range(len(UNITS)) for t in quarters]


@pytest.mark.parametrize("word", ["{}", "{} gesamt", "Итого {}", "Total {}", "{} год", "Jahr {}", "FY{}"])
@pytest.mark.parametrize("first", [False, True])
def test_a_year_beside_its_quarters_is_left_out_and_told(tmp_path: Path, word: str, first: bool) -> None:
    fine = rows(range(8), lambda t: f"{2022 + t // 4}-Q{t % 4 + 1}")
    coarse = [(u, word.format(2022 + y), *POINTS[i, 4 * y : 4 * y + 4].mean(axis=0)) for i, u in enumerate(UNITS)
              for y in (0, 1)]  # fmt: skip
    lines = [",".join(map(str, row)) for row in (coarse + fine if first else fine + coarse)]
    path = tmp_path / "data.csv"
    path.write_text("\n".join(["unit,period,ex,cx", *lines]) + "\n", "utf-8")
    panel, report = read(path)
    same(panel)
    assert f"`{word.format(2022)}` stands beside its own parts" in "\n".join(map(str, report.reading()["lines"]))


@pytest.mark.parametrize("coarse", ["half", "quarter"])
def test_half_years_and_quarters_beside_months(tmp_path: Path, coarse: str) -> None:
    months = [
        f"{u},2024-{t + 1:02d},{POINTS[i, t, 0]},{POINTS[i, t, 1]}" for i, u in enumerate(UNITS) for t in range(6)
    ]
    names = ["H1 2024"] if coarse == "half" else ["Q1 2024", "Q2 2024"]
    sums = [f"{u},{name},1.5,2.5" for u in UNITS for name in names]
    path = tmp_path / "data.csv"
    path.write_text("\n".join(["unit,period,ex,cx", *months, *sums]) + "\n", "utf-8")
    same(read(path)[0], POINTS[:, :6])


def test_years_before_quarters_began_are_kept(tmp_path: Path) -> None:
    lines = [",".join(map(str, row)) for row in rows(range(4, 8), lambda t: f"2023-Q{t % 4 + 1}")]
    lines += [f"{u},2022,{i + 10},{i + 20}" for i, u in enumerate(UNITS)]
    path = tmp_path / "data.csv"
    path.write_text("\n".join(["unit,period,ex,cx", *lines]) + "\n", "utf-8")
    panel, report = read(path)
    assert panel.y.shape[1] == 8
    assert any("whole years among finer ones" in str(each) for each in report.warnings)


LABELS = {
    "Quartal": [f"Q{q}" for q in range(1, 5)],
    "Квартал": ["I", "II", "III", "IV"],
    "Trimestre": [f"T{q}" for q in range(1, 5)],
    "Quarter": ["1", "2", "3", "4"],
    "Period": [f"Q{q}" for q in range(1, 5)],
}


@pytest.mark.parametrize("name", LABELS)
@pytest.mark.parametrize("tab", ["{}", "Umfrage {}", "{} г.", "FY {}"])
def test_the_year_on_the_tab_of_a_sheet(tmp_path: Path, name: str, tab: str) -> None:
    book = Workbook()
    for year in (2022, 2023):
        sheet = book.create_sheet(tab.format(year))
        sheet.append(["Filiale", name, "eNPS", "NPS"])
        for row in rows(range(4 * (year - 2022), 4 * (year - 2021)), lambda t: LABELS[name][t % 4]):
            sheet.append(list(row))
    book.remove(book.worksheets[0])
    path = tmp_path / "data.xlsx"
    book.save(path)
    same(read(path)[0])


def test_months_with_the_year_on_the_tab(tmp_path: Path) -> None:
    book = Workbook()
    for year in (2023, 2024):
        sheet = book.create_sheet(str(year))
        sheet.append(["Филиал", "Месяц", "eNPS", "NPS"])
        half = range(0, 4) if year == 2023 else range(4, 8)
        for i, unit in enumerate(UNITS):
            for t in half:
                month = ["сентябрь", "октябрь", "ноябрь", "декабрь", "январь", "февраль", "март", "апрель"][t]
                sheet.append([unit, month, *POINTS[i, t]])
    book.remove(book.worksheets[0])
    path = tmp_path / "data.xlsx"
    book.save(path)
    same(read(path)[0])


def test_files_named_by_their_year(tmp_path: Path) -> None:
    paths = []
    for year in (2022, 2023):
        lines = [
            ",".join(map(str, r)) for r in rows(range(4 * (year - 2022), 4 * (year - 2021)), lambda t: f"Q{t % 4 + 1}")
        ]
        paths.append(tmp_path / f"pulse_{year}.csv")
        paths[-1].write_text("\n".join(["unit,quarter,ex,cx", *lines]) + "\n", "utf-8")
    same(read(paths)[0])
    same(read(tmp_path)[0])


def test_a_year_that_stands_nowhere_is_asked_for(tmp_path: Path) -> None:
    lines = [",".join(map(str, row)) for row in rows(range(4), lambda t: f"Q{t % 4 + 1}")]
    path = tmp_path / "data.csv"
    path.write_text("\n".join(["unit,period,ex,cx", *lines]) + "\n", "utf-8")
    with pytest.raises(InputError, match="the year is not said"):
        read(path)
