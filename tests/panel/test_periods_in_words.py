# SPDX-License-Identifier: MIT
"""Fiscal quarters, weeks and first and last days as periods; units and rows beside them as people export them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.panel.test_values_read import grid, read
from txsim.errors import InputError
from txsim.panel.reader.names import yaml_word
from txsim.panel.reader.periods import read_period, week_month
from txsim.text_encoding import decoded

HEAD = "unit,period,ex,cx"


@pytest.mark.parametrize(
    ("cell", "month", "kind"),
    [
        ("01.01.2024-31.01.2024", (2024, 1), "month"), ("2024-02-01 – 2024-02-29", (2024, 2), "month"),
        ("01.04.2024 bis 30.06.2024", (2024, 4), "quarter"), ("01.07.2024 – 31.12.2024", (2024, 7), "half"),
        ("01.01.2023 по 31.12.2023", (2023, 1), "year"), ("GJ 2023/24 Q3", (2023, 7), "quarter"),
        ("FY 2023-24 Q1", (2023, 1), "quarter"),
    ],
)  # fmt: skip
def test_first_and_last_day_are_a_period(cell: str, month: tuple[int, int], kind: str) -> None:
    told = read_period(cell)
    assert told is not None
    assert (told.month, told.kind) == (month[0] * 12 + month[1] - 1, kind)


@pytest.mark.parametrize("cell", ["15.01.2024-14.02.2024", "01.02.2024-30.04.2024", "01.01.2024-30.02.2024",
                                  "01.01.2024-15.03.2024", "31.01.2024-01.01.2024"])  # fmt: skip
def test_days_that_are_no_month_or_quarter_are_no_period(cell: str) -> None:
    assert read_period(cell) is None


def test_a_week_belongs_to_the_month_of_most_of_its_days() -> None:
    """ISO 8601: the days of a week, one by one."""
    for year in (2019, 2020, 2024, 2026):
        for week in range(1, 53):
            days = [dt.date.fromisocalendar(year, week, day) for day in range(1, 8)]
            months = [day.year * 12 + day.month - 1 for day in days]
            most = max(set(months), key=months.count)
            assert week_month(f"{year}-W{week:02d}") == week_month(f"KW {week}/{year}") == most
    assert week_month("2024-W53") is None  # 2024 has 52
    assert week_month("Week 3 2024") is None


def test_weeks_of_answers_are_months_and_weeks_of_scores_are_asked_about(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    rows = [f"u{i},2024-W{week:02d},{rng.integers(0, 11)},{rng.integers(0, 11)}"
            for i in range(6) for week in range(1, 21) for _ in range(3)]  # fmt: skip
    panel, report = read(tmp_path, HEAD, rows, scale="nps")
    assert (panel.label(0), panel.y.shape[1]) == ("2024-01", 5)
    assert panel.n[0, :, 0].tolist() == [12, 15, 12, 12, 9]  # Thursdays of January to May
    assert any("weeks such as `2024-W01`" in str(note) for note in report.notes)
    with pytest.raises(InputError, match="periods cannot be read, such as `2024-W01`"):
        read(tmp_path, HEAD, grid(lambda i, t: f"{10 + i + t},{20 + i}", period="2024-W{:02d}"), scale="nps")


def test_fiscal_quarters_are_told_and_beside_months_asked_about(tmp_path: Path) -> None:
    rows = grid(lambda i, t: f"{10 + 3 * i + t * (i % 3)},{20 + i}", period="FY24 Q{}")
    panel, report = read(tmp_path, HEAD, rows, scale="nps")
    assert panel.label(0) == "2024-Q1"
    assert any("`FY24 Q1` and its like are read as quarters of the calendar year" in str(w) for w in report.warnings)
    mixed = [*rows, *(f"u{i},2025-01,{5 + i},{7 + i}" for i in range(6))]
    with pytest.raises(InputError, match="`FY24 Q1` beside `2025-01`: when does the fiscal year begin"):
        read(tmp_path, HEAD, mixed, scale="nps")
    waves = {f"FY24 Q{q}": f"{2023 + (q > 2)}-Q{(q + 1) % 4 + 1}" for q in range(1, 5)}
    panel, report = read(tmp_path, HEAD, rows, scale="nps", waves=waves)
    assert panel.label(0) == "2023-Q3"
    assert not report.warnings


def test_the_cure_of_a_long_name_is_the_whole_name(tmp_path: Path) -> None:
    name = "Erhebung der Region Nord Q3 im Jahr 2024 Nr. {}"
    rows = grid(lambda i, t: f"{10 + i + t},{20 + i}", period=name)
    with pytest.raises(InputError) as refused:
        read(tmp_path, HEAD, rows, scale="nps")
    assert f"`waves: {{{name.format(1)}: 2024-Q3}}`" in str(refused.value.problems[0].hint)


def test_sums_below_other_units_do_not_hide_which_column_is_the_unit(tmp_path: Path) -> None:
    """Each region has its own `Ergebnis`: `Haus` repeats in it, and is the unit all the same."""
    rng = np.random.default_rng(4)
    rows = []
    for region in range(3):
        for t in range(4):
            scores = rng.normal(10, 20, (4, 2)).round(1)
            rows += [f"R{region},H{region}{i},2024-{t + 1:02d},{a},{b}" for i, (a, b) in enumerate(scores)]
            rows.append(f"R{region},Ergebnis,2024-{t + 1:02d},{scores[:, 0].mean():.1f},{scores[:, 1].mean():.1f}")
    panel, report = read(tmp_path, "Region,Haus,Monat,eNPS,NPS", rows, scale="nps")
    assert len(panel.units) == 12
    assert any("`Haus` is taken for `unit`" in str(note) for note in report.notes)


def test_rows_that_differ_name_the_columns_of_unit_and_period(tmp_path: Path) -> None:
    rows = [f"R{i % 2},2024-{t + 1:02d},{10 + i + t}.5,{20 - i}.5" for i in range(6) for t in range(4)]
    with pytest.raises(InputError, match=r"same unit \(`Region`\) and period \(`Monat`\)"):
        read(tmp_path, "Region,Monat,eNPS,NPS", rows, scale="nps")


def test_rows_twice_are_counted_by_row_and_values_twice_by_value(tmp_path: Path) -> None:
    rows = grid(lambda i, t: f"{10 + 7 * i - t * i},{20 + i * t}")
    _, report = read(tmp_path, HEAD, [*rows, *rows[:5]], scale="nps")
    assert {str(t.reason) for t in report.repaired} == {"the same row twice, counted once"}
    assert len(report.repaired) == 5
    changed = rows[0].rsplit(",", 1)[0] + ",77"
    _, report = read(tmp_path, HEAD, [*rows, changed], scale="nps")
    assert [str(t.reason) for t in report.repaired] == ["the same value twice for a unit and period, counted once"]


@pytest.mark.parametrize(
    "text",
    [
        "unit;Янв 24;Фев 24",
        "Фея",
        "Январь;Ячейка",
        "Филиал;Месяц\nСевер;март\nЮг;май",
        "цех «Север»;Янв 24",
        "Ярославль\nЯлта",
    ],
)
@pytest.mark.parametrize("encoding", ["cp1251", "mac_cyrillic"])
def test_a_few_words_of_windows_are_none_of_a_mac(encoding: str, text: str) -> None:
    """Small letters are the same bytes in both; `я` of the one is `Я` of the other, and capitals are signs."""
    assert decoded(text.encode(encoding), "p.csv")[0].lower() == text.lower()


def test_mac_cyrillic_is_told_from_windows(tmp_path: Path) -> None:
    text = "Отель;Период;eNPS;NPS\n" + "\n".join(
        f"Дом {i};2024-{t + 1:02d};{10 + 5 * i - t};{20 + i * t}" for i in range(6) for t in range(4)
    )
    from txsim.panel.reader.cleaning import read_panel
    from txsim.panel.reader.link_spec import read_spec

    for encoding in ("mac_cyrillic", "cp1251", "koi8_r", "cp866"):
        path = tmp_path / "p.csv"
        path.write_bytes(text.encode(encoding))
        panel, report = read_panel(path, read_spec(None, scale="nps"))
        assert (panel.units[0], report.about["encoding"]) == ("Дом 0", encoding)


def periods_read(folder: Path, header: str, periods: list[str], **spec: Any) -> tuple[str, str, int, float]:
    """Return the first and the last period of a panel of six units, how many there are, and the months of each."""
    rows = [
        f"u{i},{when},{10 + (7 * i + 5 * k + i * k) % 19},{40 + (4 * i + 9 * k + 2 * i * k) % 23}"
        for i in range(6)
        for k, when in enumerate(periods)
    ]
    told = read(folder, f"unit,{header},ex,cx", rows, scale="percent", **spec)[1].about["periods"]
    return tuple(told)


FORMS = [
    "{y}0{q}",
    "{y}-{q}",
    "{q}/{y}",
    "{q}.{y}",
    "{y}-0{q}",
    "0{q}.{y}",
    "{y}.{q}",
    "{s}/{q}",
    "0{q}.{s}",
    "{y}-0{q}-01",
]


@pytest.mark.parametrize("form", FORMS)
def test_numbers_of_quarters_that_could_be_months_are_asked_about_in_any_spelling(tmp_path: Path, form: str) -> None:
    def numbers(*parts: int, years: tuple[int, ...] = (2023, 2024)) -> list[str]:
        return [form.format(y=year, s=year % 100, q=part) for year in years for part in parts]

    for parts, size in (((1, 2, 3, 4), 3), ((1, 2, 3), 4), ((1, 2), 6)):
        with pytest.raises(InputError, match=f"no number of a year is above {len(parts)}") as refused:
            periods_read(tmp_path, "Wave", numbers(*parts))
        assert f"`{size}` " in str(refused.value.problems[0].hint)
        months = periods_read(tmp_path, "Wave", numbers(*parts), period_months=size)
        assert months[2:] == (2 * len(parts), size)
        assert periods_read(tmp_path, "Month", numbers(*parts))[:2] == ("2023-01", f"2024-0{len(parts)}")
        assert periods_read(tmp_path, "Wave", numbers(*parts), period_months=1)[2] == 12 + len(parts)
    for header in ("Quarter", "Quartal/Jahr", "Квартал", "trimestre"):
        assert periods_read(tmp_path, header, numbers(1, 2, 3, 4)) == ("2023-Q1", "2024-Q4", 8, 3.0)
    halves = [*numbers(1, 2, years=(2020, 2021, 2022, 2023)), *numbers(1, years=(2024,))]
    assert periods_read(tmp_path, "Half-year", halves)[2:] == (9, 6.0)
    assert periods_read(tmp_path, "Wave", numbers(1, 2, 3, 4, 5))[2:] == (17, 1.0)
    if form.endswith("-01"):  # a date is one
        assert periods_read(tmp_path, "Survey date", numbers(1, 2, 3, 4))[:2] == ("2023-01", "2024-04")
    if form == "{y}-0{q}":  # the month in which each quarter begins
        begun = [*numbers(1, 4), *numbers(1, years=(2025,))]
        assert periods_read(tmp_path, "Wave", begun, period_months=3) == ("2023-Q1", "2025-Q1", 9, 3.0)
    assert periods_read(tmp_path, "Quarter", numbers(1, 4, 7))[2:] == (7, 3.0)  # the month in which each begins
    if "0" in form:  # a month as it is written
        assert periods_read(tmp_path, "Wave", numbers(1, 2, 3, 4, years=(2024,)))[2:] == (4, 1.0)


@pytest.mark.parametrize("form", ["{s}-{m:02d}", "{m:02d}/{s}", "{m}-{s}", "{m:02d}.{s}", "{y}.{m}", "'{s}/{m}"])
def test_a_column_tells_years_of_two_digits_from_months(tmp_path: Path, form: str) -> None:
    def told(*months: tuple[int, int], **spec: Any) -> tuple[str, str, int, float]:
        return periods_read(tmp_path, "Period", [form.format(y=y, s=y % 100, m=m) for y, m in months], **spec)

    assert told(*((2024, m) for m in range(1, 9))) == ("2024-01", "2024-08", 8, 1.0)
    assert told(*((2023 + m // 12, m % 12 + 1) for m in range(24)))[:3] == ("2023-01", "2024-12", 24)
    if "{s}" in form:
        with pytest.raises(InputError, match="cannot be read") as refused:  # of 2012, or of 2011?
            told(*((2012, m) for m in range(1, 13)))
        assert f"`waves: {{{yaml_word(form.format(s=12, m=1))}: YYYY-MM}}`" in str(refused.value.problems[0].hint)


def test_a_nought_that_a_spreadsheet_has_lost_is_no_january(tmp_path: Path) -> None:
    months = [f"2024.{m:02d}".rstrip("0") for m in range(1, 13)]  # 2024.01 … 2024.09, 2024.1, 2024.11, 2024.12
    assert periods_read(tmp_path, "Period", months)[:3] == ("2024-01", "2024-12", 12)
    with pytest.raises(InputError, match="cannot be read"):
        periods_read(tmp_path, "Period", [f"2024.{m}" for m in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12)])


def test_waves_that_begin_anew_in_each_year_are_put_to_it(tmp_path: Path) -> None:
    rows = [f"u{i},{year},{wave},{12.3 - i * wave},{17.9 + i + wave * (i % 3)}"
            for i in range(6) for year in (2023, 2024) for wave in (1, 2, 3, 4)]  # fmt: skip
    with pytest.raises(InputError, match="from `2023-1` to `2024-4`"):
        read(tmp_path, "Branch,Year,Wave,eNPS,NPS", rows, scale="nps")
    panel, _ = read(tmp_path, "Branch,Year,Wave,eNPS,NPS", rows, scale="nps", period_months=3)
    assert (panel.label(0), panel.y.shape[1]) == ("2023-Q1", 8)
    named = "Branch,Year,Team wave,eNPS,NPS"  # a header that says nothing: four scores of one year are no answers
    with pytest.raises(InputError, match="different values for the same unit"):
        read(tmp_path, named, [*rows, *(row.replace("u", "v") for row in rows)], scale="nps")
    halves = [row for row in rows if int(row.split(",")[2]) < 3]
    assert read(tmp_path, "Branch,Year,Half-year,eNPS,NPS", halves, scale="nps")[0].step == 6.0
    assert read(tmp_path, "Branch,Jahr,Monat,eNPS,NPS", rows, scale="nps")[0].step == 1.0
    five = [*rows, *(f"u{i},{year},5,{7 + i},{9 + i * year % 7}" for i in range(6) for year in (2023, 2024))]
    with pytest.raises(InputError, match="`Wave` counts from 1 to 5 within `Year`: are these months"):
        read(tmp_path, "Branch,Year,Wave,eNPS,NPS", five, scale="nps")
    assert read(tmp_path, "Branch,Year,Wave,eNPS,NPS", five, scale="nps", period_months=1)[0].label(4) == "2023-05"
    with pytest.raises(InputError, match="such as `2023-W01`") as refused:  # weeks are no months
        read(tmp_path, "Branch,Year,Week,eNPS,NPS", five, scale="nps")
    assert "put weeks together" in str(refused.value.problems[0].hint)
