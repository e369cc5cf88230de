# SPDX-License-Identifier: MIT
"""Panels as people write them: what is repaired, what is refused, and that both are said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from txsim.errors import InputError
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec
from txsim.panel.reader.numerals import read_number
from txsim.panel.reader.periods import read_period


def write(folder: Path, text: str, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("26.2 %\xa0", 26.2), ("619,947", 619947), ("1,234.5", 1234.5), ("1.234,5", 1234.5), ("7,5", 7.5), ("−3", -3),
        ("1 234", 1234), ("N/A", None), ("–", None), ("0.0%", 0.0),
    ],
)  # fmt: skip
def test_numbers(text: str, value: float | None) -> None:
    assert read_number(text).value == value


@given(st.floats(-1e6, 1e6, allow_nan=False))
def test_plain_numbers_come_back(value: float) -> None:
    assert read_number(repr(value)).value == value


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_a_reason(text: str) -> None:
    found = read_number(text)
    assert found.value is None or np.isfinite(found.value)
    when = read_period(text)
    assert when is None or np.isfinite(when.month)


@pytest.mark.parametrize(
    ("text", "month", "kind"),
    [
        ("2021", 24252, "year"), ("2021-03", 24254, "month"),
        ("2010-Q4", 24129, "quarter"), ("Q1 2021", 24252, "quarter"),
        ("Mar 2021", 24254, "month"), ("15.03.2021", 24254, "month"),
        ("03/15/2021", 24254, "month"), ("202103", 24254, "month"),
        ("7", 7, "count"), ("wave 3", 3, "count"), ("2021-03-31 00:00:00", 24254, "month"),
    ],
)  # fmt: skip
def test_periods(text: str, month: float, kind: str) -> None:
    when = read_period(text)
    assert when is not None
    assert (when.month, when.kind) == (month, kind)


def dirty(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    rows = ["unit,period,ex,cx,n_ex,n_cx"]
    rows += [
        f"site {i},2023-{t:02d},{rng.normal(60, 5):.1f},{rng.normal(65, 5):.1f},"
        f"{rng.integers(30, 90)},{rng.integers(30, 90)}"
        for i in range(8)
        for t in range(1, 7)
    ]
    rows[1] = "site 0,2023-01,-99,61.0,40,40"  # a code
    rows[2] = 'site 0,Feb 2023,62.5 %,61.0,"1,040",40'  # a mixed date, a percent sign, thousands
    rows[3] = "site 0,2023-03,about 60,61.0,40,40"  # text
    rows[4] = "site 0,2023-04,60.0,650.0,40,5"  # outside the scale, few respondents
    rows += [rows[10], "site 2,2023-03,11.0,12.0,50,50", "site 3,soon,60,60,50,50", "Site 4 ,2023-07,60,61,50,50"]
    return write(folder, "\n".join(rows) + "\n")


def test_dirt_is_repaired_or_refused_and_said(tmp_path: Path) -> None:
    panel, report = read_panel(dirty(tmp_path), read_spec(None, scale="index"))
    repaired = {(t.line, str(t.reason)) for t in report.repaired}
    refused = {t.line: t for t in report.refused}
    assert (2, "code for a missing value taken as missing") in repaired
    assert (3, "percent sign removed") in repaired
    assert (3, "thousand separators removed") in repaired
    assert "text" in str(refused[4].reason)
    assert "outside the scale" in str(refused[5].reason)
    assert refused[5].value == ""  # five respondents: never shown
    assert any(str(t.reason) == "the same row twice, counted once" for t in report.repaired)
    assert any("two different values" in str(t.reason) for t in report.refused)
    assert any("no date" in str(t.reason) for t in report.refused)
    assert "site 4" in panel.units
    assert len(panel.units) == 8
    assert panel.y.shape == (8, 7, 2)
    assert panel.y[0, 1, 0] == pytest.approx(62.5)
    assert panel.n[0, 1, 0] == 1040


def test_wrong_scale_is_refused_with_what_fits(tmp_path: Path) -> None:
    rows = "\n".join(f"u{i},{t},{40 + i + t},{50 - i}" for i in range(6) for t in range(1, 6))
    path = write(tmp_path, f"unit,period,ex,cx\n{rows}\n")
    with pytest.raises(InputError, match=r"lie outside the scale likert5 .*\n.*index"):
        read_panel(path, read_spec(None, scale="likert5"))


def test_missing_columns_name_what_there_is(tmp_path: Path) -> None:
    path = write(tmp_path, "shape,when,a,b\nx,2020,1,2\n")
    with pytest.raises(InputError) as caught:
        read_panel(path, read_spec(None))
    text = str(caught.value)
    assert "no column `unit`" in text
    assert "shape, when, a, b" in text
    assert len(caught.value.problems) == 4


def test_parquet_excel_and_csv_agree(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        [(f"s{i}", f"2024-{t:02d}", 50.0 + i + t, 60.0 - i, 40, 50) for i in range(6) for t in range(1, 5)],
        columns=["unit", "period", "ex", "cx", "n_ex", "n_cx"],
    )
    frame.to_csv(tmp_path / "a.csv", index=False, sep=";", decimal=",")
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    found = [
        read_panel(tmp_path / f"a.{kind}", read_spec(None, scale="index"))[0] for kind in ("csv", "parquet", "xlsx")
    ]
    for other in found[1:]:
        np.testing.assert_array_equal(other.y, found[0].y)
        assert other.units == found[0].units


def test_shares_counts_and_answers_are_one_score(tmp_path: Path) -> None:
    """50 promoters, 30 passives, 20 detractors: NPS 30, index 65, however it is written."""
    shares = write(
        tmp_path,
        "unit,period,ex_promoters,ex_passives,ex_detractors,cx,n_ex\na,1,50,30,20,60,100\nb,1,50,30,20,60,100\n",
        "s.csv",
    )
    answers = "unit,period,ex_0,ex_7,ex_10,cx\na,1,20,30,50,60\nb,1,20,30,50,60\n"
    rows = "".join(f"a,1,{x},\n" for x in [10] * 50 + [7] * 30 + [2] * 20) + "".join(f"a,1,,{x}\n" for x in [9] * 10)
    single = write(tmp_path, f"unit,period,ex,cx\n{rows}", "r.csv")
    for path in (shares, write(tmp_path, answers, "c.csv")):
        panel, _ = read_panel(path, read_spec(None, cx_scale="index"))
        assert panel.y[0, 0, 0] == pytest.approx(65.0)
        assert panel.n[0, 0, 0] == 100
        # variance of one answer worth 0, 50 or 100
        assert panel.variance[0, 0, 0] * 99 == pytest.approx(0.5 * 1e4 + 0.3 * 2500 - 65.0**2)
    panel, _ = read_panel(single, read_spec(None, scale="zero_to_ten", form="answers"))
    assert panel.n[0, 0, 0] == 100
    assert panel.y[0, 0, 0] == pytest.approx(10 * (50 * 10 + 30 * 7 + 20 * 2) / 100)


def test_shares_of_answers_are_no_counts_of_a_hundred_people(tmp_path: Path) -> None:
    body = "".join(f"a,{t},20,30,5{t % 2},60,37\n" for t in range(1, 9)) + "a,9,20,30,,60,37\n"
    path = write(tmp_path, f"unit,period,ex_0,ex_7,ex_10,cx,n_ex\n{body}")
    panel, report = read_panel(path, read_spec(None, ex_scale="nps", cx_scale="index"))
    assert panel.n[0, :8, 0].tolist() == [37.0] * 8
    assert np.isnan(panel.y[0, 8, 0])  # an answer is missing: of half of them there is no score
    assert panel.y[0, :2, 0] == pytest.approx([(100 * 51 + 50 * 30) / 101, 65.0])
    assert [str(how) for how in report.series["ex"].changed] == ["shares of answers 0 … 10 in percent"]
    panel, report = read_panel(path, read_spec(None, ex_scale="nps", cx_scale="index", ignore=["n_ex"]))
    assert np.isnan(panel.n[..., 0]).all()
    assert any(
        "make about 100 in each row: read as shares of an unknown number" in str(each) for each in report.warnings
    )


@pytest.mark.parametrize("sign", ["%", ""])
def test_shares_of_answers_in_parts_of_one_or_with_percent_signs(tmp_path: Path, sign: str) -> None:
    cells = "20%,30%,50%" if sign else "0.2,0.3,0.5"
    path = write(tmp_path, f"unit,period,ex_0,ex_7,ex_10,cx\na,1,{cells},60\nb,1,{cells},70\n")
    panel, report = read_panel(path, read_spec(None, ex_scale="nps", cx_scale="index"))
    assert np.isnan(panel.n[..., 0]).all()
    assert panel.y[:, 0, 0] == pytest.approx([65.0] * 2)
    assert any("shares of an unknown number" in str(each) for each in report.warnings)
    body = "".join(f"c,{t},{cells},60\n" for t in range(1, 71))
    holed = path.read_text("utf-8") + body + f"d,1,{cells.replace(cells[-3:], '')},60\n"
    panel, report = read_panel(write(tmp_path, holed, "holed.csv"), read_spec(None, ex_scale="nps", cx_scale="index"))
    ex = panel.y[..., 0]
    assert np.isnan(panel.n[..., 0]).all()
    assert ex[np.isfinite(ex)] == pytest.approx([65.0] * 72)  # of a row that makes 50 there is no score
    assert report.series["ex"].lost == 1
    if sign:
        path.write_text(path.read_text("utf-8").replace("50%", "40%"), "utf-8")
        with pytest.raises(InputError, match="make no 100 in each row"):
            read_panel(path, read_spec(None, ex_scale="nps", cx_scale="index"))


@pytest.mark.parametrize("score", ["30", "0.3", "65"])
def test_a_score_beside_its_parts_has_to_be_theirs(tmp_path: Path, score: str) -> None:
    body = "".join(f"a,{t},50,30,20,{score},60\n" for t in range(1, 9))
    head = "unit,period,ex_promoters,ex_passives,ex_detractors,ex,cx\n"
    spec = read_spec(None, ex_scale="nps", cx_scale="index")
    panel, _ = read_panel(write(tmp_path, head + body), spec)
    assert panel.y[0, :, 0] == pytest.approx([65.0] * 8)
    path = write(tmp_path, head + body.replace(f",{score},60", ",41,60"))
    with pytest.raises(InputError, match="`ex` is 41, but `ex_promoters` and its like make 30"):
        read_panel(path, spec)
    # 48.4 % less 15.6 % is 32.8, and prints as 48, 16 and 33
    panel, _ = read_panel(write(tmp_path, head + "".join(f"a,{t},48,36,16,33,60\n" for t in range(1, 9))), spec)
    assert panel.y[0, :, 0] == pytest.approx([66.0] * 8)


@pytest.mark.parametrize("stated", ["3.7", "3.75", "65", "68", "2.9"])
def test_a_score_beside_counts_of_answers_may_be_their_mean_index_or_share_of_the_best_two(
    tmp_path: Path, stated: str
) -> None:
    """Of 3, 6, 12, 24 and 15 people the mean is 3.7 of 5, an index of 67.5, and 65 % give one of the best answers."""
    head = "unit,period,ex_1,ex_2,ex_3,ex_4,ex_5,ex,cx\n"
    path = write(tmp_path, head + "".join(f"a,{t},3,6,12,24,15,{stated},60\n" for t in range(1, 9)))
    spec = read_spec(None, ex_scale="likert5", cx_scale="index")
    if stated == "2.9":
        with pytest.raises(InputError, match=r"`ex` is 2.9, but `ex_1 …` and its like make 3.7"):
            read_panel(path, spec)
        return
    assert read_panel(path, spec)[0].y[0, :, 0] == pytest.approx([67.5] * 8)


def test_raw_workbooks_are_the_panel_made_from_them(shared: Path) -> None:
    folder = shared / "data" / "fevs_agencies"
    raw, report = read_panel(folder / "raw", read_spec(None))
    made, _ = read_panel(folder / "panel.csv", read_spec(None, scale="nps"))
    assert raw.units == made.units
    np.testing.assert_allclose(raw.y, made.y, atol=1e-9)
    assert np.isnan(raw.y[:, 0, 1]).all()  # customers were not asked in 2020
    assert np.nanmean(2 * raw.y[:, :, 0] - 100, axis=0) == pytest.approx([61.0, 57.9, 56.1, 59.3, 60.2], abs=0.06)
    assert sum("sum of units" in str(t.reason) for t in report.refused) > 10


@pytest.mark.parametrize("text", ["0000-01", "0000-12", "Q1 0000", "2024-01", "0", "-3", "5"])
def test_there_is_no_year_0(text: str) -> None:
    period = read_period(text)
    assert (period is None) == ("0000" in text)


@pytest.mark.parametrize("scale", [["nps"], 10, True])
def test_a_scale_that_is_no_name_is_told_in_words(scale: Any) -> None:
    with pytest.raises(InputError, match="expected the name of a scale, found") as fault:
        read_spec(None, scale=scale)
    assert "'" not in str(fault.value.problems[0].message)
    assert "[" not in str(fault.value.problems[0].message)
