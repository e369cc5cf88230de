# SPDX-License-Identifier: MIT
"""Years beside their own quarters, and years that stand on the tab of a sheet or in the name of a file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
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


def day(t: int, of: int = 0) -> dt.date:
    """A day of the month t from June 2023: the last (0), or the one of a number, or one that differs (−1: below 13)."""
    first = dt.date(2023 + (5 + t) // 12, (5 + t) % 12 + 1, 1)
    last = (first + dt.timedelta(days=40)).replace(day=1) - dt.timedelta(days=1)
    return last if of == 0 else first.replace(day=of if of > 0 else (2 * t + 2) % 11 + 1 if of == -1 else 3 * t + 3)


def series(folder: Path, ex: Any, cx: Any, one: bool = False) -> Any:
    """EX and CX in a file each, or in rows of one; ``ex``, ``cx``: date of each month."""
    held = {name: [f"{u},{when(t)},{POINTS[i, t, o]}" for i, u in enumerate(UNITS) for t in range(8)]
            for o, (name, when) in enumerate((("ex", ex), ("cx", cx)))}  # fmt: skip
    paths = [folder / f"{name}.csv" for name in held]
    for path, (name, lines) in zip(paths, held.items(), strict=True):
        path.write_text("\n".join([f"unit,date,{name}", *lines]) + "\n", "utf-8")
    if not one:
        return paths
    path = folder / "both.csv"
    rows = [f"{line[0]},{line[1]},{name},{line[2]}" for name in held for line in (r.split(",") for r in held[name])]
    path.write_text("\n".join(["unit,date,measure,value", *rows]) + "\n", "utf-8")
    return path


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y-%m-%dT21:00:00Z"])
@pytest.mark.parametrize("one", [False, True])
def test_ends_of_months_beside_firsts_are_asked_about(tmp_path: Path, form: str, one: bool) -> None:
    def first(t: int) -> str:
        return day(t, 1).strftime(form.partition("T")[0])

    def before(t: int) -> str:
        return (day(t, 1) - dt.timedelta(days=1)).strftime(form)

    paths = series(tmp_path, first, before, one)
    with pytest.raises(InputError, match="`month_ends: next`"):
        read(paths)
    same(read(paths, month_ends="next")[0], POINTS[:, :8])
    apart = read(paths, month_ends="same")[0]
    assert (apart.label(0), apart.label(8)) == ("2023-05", "2024-01")


@pytest.mark.parametrize(("of", "one"), [(1, False), (5, True)])
def test_days_of_months_that_meet_the_next_ones_better_are_asked_about(tmp_path: Path, of: int, one: bool) -> None:
    paths = series(tmp_path, lambda t: day(t - 1, 15), lambda t: day(t, of), one)
    with pytest.raises(
        InputError, match=r"share 8 months if each of EX is of the next month's wave, else 7(.|\n)*: 15`"
    ):
        read(paths)
    same(read(paths, month_ends=15)[0])
    assert read(paths, month_ends="same")[0].y.shape[1] == 9


@pytest.mark.parametrize("days", [(1, 1), (0, 0), (0, 1), (0, -2), (15, 1), (-2, -2)])
def test_dates_of_one_month_are_asked_about_by_nobody(tmp_path: Path, days: tuple[int, int]) -> None:
    panel, _ = read(series(tmp_path, *(lambda t, of=of: day(t, of) for of in days)))
    same(panel)
    assert panel.label(0) == "2023-06"


US, EU, ISO, SHORT = "%m/%d/%Y", "%d/%m/%Y", "%Y-%m-%d", "%y-%m-%d"


@pytest.mark.parametrize(
    ("forms", "days", "order"),
    [
        ((US, EU), (-2, -2), "auto"),
        ((EU, US), (-2, -2), "day_first"),
        ((US, EU), (-2, -1), "auto"),
        ((US, US), (-2, -1), "auto"),
        ((US, EU), (1, 1), "auto"),
        ((US, EU), (-2, 1), "auto"),
        (("%m/%d/%y", "%d.%m.%Y"), (-2, -2), "auto"),
        ((SHORT, EU), (-2, -2), "year_first"),
        (("%d.%m.%y", SHORT), (-2, -2), "year_first"),
        ((US, ISO), (-1, -1), "month_first"),
        (("%d.%m.%Y", "%d.%m.%Y"), (15, 5), "auto"),
        ((EU, US), (15, 5), "auto"),
    ],
)
def test_dates_of_each_file_are_read_in_its_own_order(
    tmp_path: Path, forms: tuple[str, str], days: tuple[int, int], order: str
) -> None:
    each = [lambda t, form=form, of=of: day(t, of).strftime(form) for form, of in zip(forms, days, strict=True)]
    panel, _ = read(series(tmp_path, *each), period_order=order)
    same(panel)
    assert panel.label(0) == "2023-06"


def test_two_files_of_which_neither_says_its_order_are_asked_about(tmp_path: Path) -> None:
    paths = series(tmp_path, lambda t: day(t, -1).strftime(US), lambda t: day(t, -1).strftime(EU))
    for order in ("auto", "day_first", "month_first"):
        with pytest.raises(InputError, match="only if days stand first in one and months in the other"):
            read(paths, period_order=order)


def test_files_below_each_other_have_one_order_unless_both_prove_theirs(tmp_path: Path) -> None:
    """A file of few days of one January proves none: `01/03/2024` … `01/05/2024` are no firsts of March to May."""
    for name, lines in (("a", rows(range(6), lambda t: day(t, -2).strftime(US))),
                        ("b", [(u, f"01/0{3 + i % 3}/2024", *POINTS[i, 7]) for i, u in enumerate(UNITS)])):  # fmt: skip
        path = tmp_path / f"{name}.csv"
        path.write_text("\n".join(["unit,date,ex,cx", *(",".join(map(str, r)) for r in lines)]) + "\n", "utf-8")
    panel, _ = read([tmp_path / "a.csv", tmp_path / "b.csv"])
    same(panel, np.concatenate([POINTS[:, :6], np.full((6, 1, 2), np.nan), POINTS[:, 7:]], axis=1))


def test_dates_that_a_spreadsheet_has_turned_round_are_asked_about(tmp_path: Path) -> None:
    turned = [dt.date(2023, 5, t + 1) for t in range(8)]
    path = tmp_path / "data.csv"
    path.write_text(
        "\n".join(["unit,date,ex,cx", *(",".join(map(str, r)) for r in rows(range(8), turned.__getitem__))])
    )
    with pytest.raises(InputError, match="`2023-05-01` and its like: has a spreadsheet taken days for months"):
        read(path)
    panel, _ = read(path, period_order="turned")
    same(panel)
    assert (panel.label(0), panel.label(7)) == ("2023-01", "2023-08")


@pytest.mark.parametrize("one", [False, True])
def test_years_of_one_series_are_offered_in_months_of_the_other(tmp_path: Path, one: bool) -> None:
    def when(t: int) -> Any:
        return 2023 if t == 0 else 2024 if t == 7 else "x"

    paths = series(tmp_path, when, lambda t: f"{day(t, 1):%Y-%m}", one)
    for path in (paths,) if one else paths:
        path.write_text("\n".join(line for line in path.read_text("utf-8").split("\n") if ",x," not in line), "utf-8")
    with pytest.raises(InputError, match=r"`waves: .*: 2023-06, .*: 2024-01}` if it was the first that the other"):
        read(paths)
    points = POINTS.copy()
    points[:, 1:7, 0] = np.nan
    same(read(paths, waves={"2023": "2023-06", "2024": "2024-01"})[0], points)
    if not one:  # in neither has the other series been measured
        with pytest.raises(InputError, match="in which of their months was it measured"):
            read(paths, waves={"2023": "2023-01", "2024": "2024-02"})


@pytest.mark.parametrize("kind", ["Q{q} {y}", "{y}-Q{q}"])
def test_quarters_of_one_series_beside_months_of_the_other(tmp_path: Path, kind: str) -> None:
    quarters = {1: kind.format(q=3, y=2023), 4: kind.format(q=4, y=2023), 7: kind.format(q=1, y=2024)}
    for name, o, when in (("ex", 0, quarters), ("cx", 1, {t: f"{day(t, 1):%Y-%m}" for t in range(8)})):
        lines = [f"{u},{when[t]},{POINTS[i, t, o]}" for i, u in enumerate(UNITS) for t in when]
        (tmp_path / f"{name}.csv").write_text("\n".join([f"unit,period,{name}", *lines]) + "\n", "utf-8")
    paths = [tmp_path / "ex.csv", tmp_path / "cx.csv"]
    with pytest.raises(InputError, match="in which of their months was it measured") as asked:
        read(paths)
    cure = yaml.safe_load(str(asked.value.problems[0].hint).split("`")[1])
    points = POINTS.copy()
    points[:, [0, 2, 3, 5, 6], 0] = np.nan
    same(read(paths, waves=cure["waves"])[0], points)
    points[:, [1, 2], 0] = points[:, [2, 1], 0]  # the third quarter was asked in August
    same(read(paths, waves=cure["waves"] | {next(iter(cure["waves"])): "2023-08"})[0], points)


@pytest.mark.parametrize("form", ["{m:02}/{y} {name}", "{name} {m:02}-{y}", "{y}/{m:02} {name}", "{m}/1/20{y} {name}"])
def test_headers_of_a_month_and_two_digits_of_its_year(tmp_path: Path, form: str) -> None:
    heads = [form.format(m=day(t).month, y=day(t).year % 100, name=name) for t in range(8) for name in ("eNPS", "NPS")]
    lines = [",".join([u, *map(str, POINTS[i].ravel())]) for i, u in enumerate(UNITS)]
    path = tmp_path / "data.csv"
    path.write_text("\n".join([",".join(["unit", *heads]), *lines]) + "\n", "utf-8")
    panel, _ = read(path)
    same(panel)
    assert panel.label(0) == "2023-06"


def test_a_sheet_for_each_measure_and_year_with_a_column_for_each_month(tmp_path: Path) -> None:
    book = Workbook()
    for o, name in enumerate(("eNPS", "NPS")):
        for year, months in ((2023, range(7)), (2024, range(7, 8))):
            sheet = book.create_sheet(f"{name} {year}")
            months = range(5) if year == 2023 else range(5, 8)
            sheet.append(["unit", *(["Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar"][t] for t in months)])
            for i, unit in enumerate(UNITS):
                sheet.append([unit, *POINTS[i, list(months), o]])
    book.remove(book.worksheets[0])
    book.save(tmp_path / "data.xlsx")
    panel, _ = read(tmp_path / "data.xlsx")
    same(panel)
    assert panel.label(0) == "2023-08"


def test_a_refusal_of_words_names_the_encoding(tmp_path: Path) -> None:
    text = "unit,Monat,eNPS,NPS\n" + "\n".join(f"{u},März 2024,{i + 20},{2 * i - 30}" for i, u in enumerate(UNITS))
    (tmp_path / "data.csv").write_bytes(text.encode("mac_roman"))
    with pytest.raises(InputError, match="read as cp1251: if its words look wrong, say the right one by `encoding:`"):
        read(tmp_path / "data.csv", encoding="cp1251")
    assert read(tmp_path / "data.csv", encoding="mac_roman")[0].label(0) == "2024-03"


@pytest.mark.parametrize(
    ("head", "words", "way"),
    [("kpi,value", ("Staff", "Guests"), ""), ("Indicator,Score", ("A1", "B2"), "the other way round"),
     ("survey,nps", ("employees", "customers"), "")],
)  # fmt: skip
def test_the_cure_of_rows_of_two_measures_reads_them(
    tmp_path: Path, head: str, words: tuple[str, str], way: str
) -> None:
    path = tmp_path / "data.csv"
    lines = [f"{u},2024-0{t + 1},{words[o]},{POINTS[i, t, o]}" for i, u in enumerate(UNITS) for t in range(8)
             for o in (0, 1)]  # fmt: skip
    path.write_text("\n".join([f"unit,period,{head}", *lines]) + "\n", "utf-8")
    with pytest.raises(InputError, match="there is no column for EX") as asked:
        read(path)
    hint = str(asked.value.problems[0].hint)
    assert way in hint
    cure = next(part for part in hint.split("`") if part.startswith("columns: {"))
    same(read(path, **yaml.safe_load(cure))[0])


def test_headers_that_are_not_read_are_told_of_by_nobody(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    lines = [f"{u},{POINTS[i, 0, 0]},{POINTS[i, 0, 1]},3,4,5" for i, u in enumerate(UNITS)]
    path.write_text("\n".join(["unit,eNPS,NPS,01-24,02-24,03-24", *lines]) + "\n", "utf-8")
    panel, report = read(path)
    same(panel, POINTS[:, :1])
    assert "is read as" not in " ".join(map(str, report.notes))


def test_two_files_without_dates_are_told_of_empty_cells(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cells are empty"):
        read(series(tmp_path, lambda t: f"{day(t):%Y-%m}", lambda t: ""))
