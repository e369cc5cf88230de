# SPDX-License-Identifier: MIT
"""What is read from a file, figure by figure: counts, variances, scales, orders of dates, all worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from txsim import catalogues
from txsim.errors import InputError
from txsim.language import joined, lazy
from txsim.panel.likelihood.dynamics import covariance, period_share, run_forward
from txsim.panel.likelihood.outcomes import _transformed
from txsim.panel.likelihood.standardisation import demeaned, lag_prior, prepare, within_sd
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec
from txsim.panel.reader.numerals import read_number
from txsim.panel.reader.panel import Panel
from txsim.panel.reader.periods import read_period
from txsim.panel.scenario_data import _data, _message, ratio_of
from txsim.panel.verdict import student_figures


def read(folder: Path, head: str, rows: list[str], **spec: Any) -> Any:
    path = folder / "data.csv"
    path.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return read_panel(path, read_spec(None, **spec))


def two_groups() -> list[str]:
    """Return six units in three periods: EX of 30 people at 40 and of 10 at 80, one point more in each unit."""
    return [
        f"u{i},{t},{group},{value + i},60,{n},40"
        for i in range(6)
        for t in (1, 2, 3)
        for group, value, n in (("a", 40, 30), ("b", 80, 10))
    ]


def grid(cell: Any, units: int = 6, periods: int = 4, period: str = "2024-{:02d}") -> list[str]:
    return [f"u{i},{period.format(t + 1)},{cell(i, t)}" for i in range(units) for t in range(periods)]


# --- counts of respondents


def test_fewer_than_a_bound_is_half_of_it(tmp_path: Path) -> None:
    rows = grid(lambda i, t: f"{50 + i + t},60,100,100")
    rows[0] = "u0,2024-01,50,60,<10,≤20"
    rows[1] = "u0,2024-02,51,60,<1,>30"
    panel, report = read(tmp_path, "unit,period,ex,cx,n_ex,n_cx", rows, scale="index")
    assert panel.n[0, 0].tolist() == [5, 10]
    assert panel.n[0, 1, 0] == 1
    assert np.isnan(panel.n[0, 1, 1])
    assert {t.value for t in report.repaired} == {"<10", "≤20", "<1", ">30"}


def test_nobody_said_nothing(tmp_path: Path) -> None:
    rows = grid(lambda i, t: f"{50 + i + t},60,100,100")
    rows[0] = "u0,2024-01,50,60,0,100"
    rows[5] = "u1,2024-02,52,60,-3,100"
    rows[10] = "u2,2024-03,54,60,99999999,100"
    panel, report = read(tmp_path, "unit,period,ex,cx,n_ex,n_cx", rows, scale="index")
    assert np.isnan(panel.y[0, 0, 0])
    assert panel.y[0, 0, 1] == 60
    assert {(t.line, str(t.reason)) for t in report.refused} == {
        (2, "a score of 0 answers"), (7, "respondents below zero"), (12, "more respondents than can be")
    }  # fmt: skip


@pytest.mark.parametrize("some", [24, 3])
def test_rates_of_response_are_no_numbers_of_people(tmp_path: Path, some: int) -> None:
    rows = grid(lambda i, t: f"{50 + i + t},60,{30 + i + t}{'%' if 4 * i + t < some else ''},100")
    head = "unit,period,ex,cx,n_ex,n_cx"
    with pytest.raises(InputError, match="a rate of response is no number of people") as refused:
        read(tmp_path, head, rows, scale="index")
    assert "`ignore: [n_ex]`" in str(refused.value.problems[0].hint)
    panel, _ = read(tmp_path, head, rows, scale="index", ignore=["n_ex"])  # the cure
    assert np.isnan(panel.n[..., 0]).all()
    assert panel.n[0, 0, 1] == 100


# --- variances


def test_single_answers_share_one_variance_with_its_degrees_of_freedom(tmp_path: Path) -> None:
    """Squares within cells 200 + 800 + 0 over 6 answers less 3 cells; a cell's mean has that over its answers."""
    rows = ["a,1,40,", "a,1,60,", "a,2,50,", "a,2,70,", "a,2,90,", "b,1,30,"] + [f"b,{t},,50" for t in (1, 2)]
    panel, _ = read(tmp_path, "unit,period,ex,cx", rows, scale="index", form="answers")
    assert panel.y[0, :, 0].tolist() == [50, 70]
    assert panel.n[0, :, 0].tolist() == [2, 3]
    np.testing.assert_allclose(panel.variance[0, :, 0], [1000 / 3 / 2, 1000 / 3 / 3])
    np.testing.assert_allclose(panel.variance[1, 0, 0], 1000 / 3)


@pytest.mark.parametrize(
    ("scale", "value", "index", "one"),
    [
        ("percent", 30.0, 30.0, 2100.0),  # 100² · 0.3 · 0.7
        ("nps", 30.0, 65.0, 1525.0),  # 50² · (0.7 − 0.3²): three in ten are passive
        ("nps", -90.0, 5.0, 375.0),  # 50² · 0.15 at least
        ("index", 65.0, 65.0, 484.0),  # 22²
        ("index", 3.0, 3.0, 291.0),  # but no more than 100² · 0.03 · 0.97
        ("likert5", 4.0, 75.0, 484.0),
        ("likert7", 4.0, 50.0, 484.0),
        ("zero_to_ten", 4.0, 40.0, 484.0),
    ],
)
def test_variance_of_one_answer_where_only_a_mean_is_known(
    tmp_path: Path, scale: str, value: float, index: float, one: float
) -> None:
    rows = grid(lambda i, t: f"{value},{value},25,50")
    panel, _ = read(tmp_path, "unit,period,ex,cx,n_ex,n_cx", rows, scale=scale, values="scores")
    assert panel.y[2, 1].tolist() == pytest.approx([index, index])
    # where the variance follows from the mean, that of n people is low by one part in n, as of any n answers
    own = np.array([25 / 24, 50 / 49]) if scale in ("percent", "nps") else np.ones(2)
    np.testing.assert_allclose(panel.variance[2, 1], own * one / np.array([25, 50]))


def test_a_raw_scale_knows_only_how_noise_goes_with_counts(tmp_path: Path) -> None:
    rows = grid(lambda i, t: f"{1000 + 10 * i + t},{2000 - i + 3 * t},{20 + t},50")
    panel, _ = read(tmp_path, "unit,period,ex,cx,n_ex,n_cx", rows, scale="raw")
    np.testing.assert_allclose(panel.variance[0, :, 0], [1 / 20, 1 / 21, 1 / 22, 1 / 23])
    assert panel.sd_ratio == (1.0, 1.0)


def test_merged_units_weigh_by_respondents(tmp_path: Path) -> None:
    """30 people at 40 and 10 at 80: 50; the variance of their mean is that of a typical answer over 40."""
    rows = [f"{u},{t},{v},50,{n},10" for t in (1, 2, 3) for u, v, n in (("x", 40, 30), ("y", 80, 10), ("z", 55, 20))]
    panel, _ = read(
        tmp_path, "unit,period,ex,cx,n_ex,n_cx", rows, scale="percent", merge={"xy": ("x", "y")}
    )  # fmt: skip
    at = panel.units.index("xy")
    assert panel.y[at, 0, 0] == pytest.approx(50)
    assert panel.n[at, 0, 0] == 40
    # 2,400 of those at 40 %, 1,600 of those at 80 %, in three periods; and ten answers as all have them, 2,475 at 55 %
    own, others = 3 * (30 * 2400 + 10 * 1600), 3 * 20 * 2475
    one = (own + 10 * (own + others) / (3 * (29 + 9 + 19))) / (3 * (29 + 9) + 10)
    assert panel.variance[at, 0, 0] == pytest.approx(one / 40)


# --- shares and answers


def test_shares_of_promoters(tmp_path: Path) -> None:
    head = "unit,period,ex_promoters,ex_detractors,cx"
    panel, _ = read(tmp_path, head, grid(lambda i, t: "45,15,50"), cx_scale="index")
    assert panel.y[0, 0, 0] == pytest.approx(65)  # NPS 30
    panel, _ = read(tmp_path, head, grid(lambda i, t: "0.45,0.15,50"), cx_scale="index")
    assert panel.y[0, 0, 0] == pytest.approx(65)
    head = "unit,period,ex_promoters,ex_passives,ex_detractors,cx"
    panel, _ = read(tmp_path, head, grid(lambda i, t: "90,80,30,50"), cx_scale="index")  # people
    assert panel.y[0, 0, 0] == pytest.approx(65)
    assert panel.n[0, 0, 0] == 200
    # 0.45 of 100² + 0.4 of 50² − 65², of 200
    assert panel.variance[0, 0, 0] * 199 == pytest.approx(4500 + 1000 - 4225)
    minus, told = read(tmp_path, head, grid(lambda i, t: "45 %,40 %,-15 %,50"), cx_scale="index")  # as a chart has them
    assert minus.y[0, 0, 0] == pytest.approx(65)
    assert any("below zero" in str(each) for each in told.series["ex"].changed)
    mixed = [f"u{i},2024-{t:02d},45,40,{15 if t % 2 else -15},50" for i in range(6) for t in range(1, 5)]
    with pytest.raises(InputError):
        read(tmp_path, head, mixed, cx_scale="index")
    rows = grid(lambda i, t: "0.45,0.40,0.15,50")
    rows[0] = "u0,2024-01,0.8,0.1,0.4,50"
    panel, report = read(tmp_path, head, rows, cx_scale="index")
    assert [(t.line, str(t.reason)) for t in report.refused] == [(2, "shares outside 0 … 100 %")]


def test_counts_of_answers(tmp_path: Path) -> None:
    """Of five: 2·1 + 3·3 + 5·5 over ten is 3.6, index 65; of ten: 9 and 10 promote, up to 6 detract."""
    head = "unit,period,ex_1,ex_2,ex_3,ex_4,ex_5,cx"
    panel, _ = read(tmp_path, head, grid(lambda i, t: "2,0,3,0,5,50"), cx_scale="index")
    assert panel.scales[0] == "likert5"
    assert panel.y[0, 0, 0] == pytest.approx(65)
    assert panel.n[0, 0, 0] == 10
    assert panel.variance[0, 0, 0] * 9 == pytest.approx(0.3 * 2500 + 0.5 * 1e4 - 65**2)
    head = "unit,period," + ",".join(f"ex_{k}" for k in range(11)) + ",cx"
    panel, _ = read(tmp_path, head, grid(lambda i, t: "0,0,0,0,0,1,2,3,4,5,5,50"), cx_scale="index")
    assert panel.scales[0] == "nps"
    assert panel.y[0, 0, 0] == pytest.approx(100 * (10 + 3.5) / 20)


# --- scales that are guessed, values that are none


@pytest.mark.parametrize(
    ("low", "high", "fits"),
    [(0.5, 9.0, "zero_to_ten"), (1.2, 4.8, "likert5"), (20, 95, "index"), (200, 900, "raw"), (-0.4, 0.4, "raw")],
)
def test_a_scale_that_is_not_known_is_asked(tmp_path: Path, low: float, high: float, fits: str) -> None:
    rows = grid(lambda i, t: f"{low + (high - low) * (4 * i + t) / 23},{high - (high - low) * (4 * i + t) / 23}")
    with pytest.raises(InputError, match=r"EX \(column `ex`\) lies between .*: on which scale") as caught:
        read(tmp_path, "unit,period,ex,cx", rows)
    assert fits in str(caught.value.problems[0].hint).partition("it would fit: ")[2].split(", ")


@pytest.mark.parametrize(("low", "high"), [(-40, 60), (-30, 15), (-100, 100)])
def test_points_below_nought_are_no_promoters_until_that_is_said(tmp_path: Path, low: float, high: float) -> None:
    """Numbers that could be eNPS and NPS could be changes against a plan, too: both are asked about at once."""
    rows = grid(lambda i, t: f"{low + (high - low) * (4 * i + t) / 23},{high - (high - low) * (4 * i + t) / 23}")
    with pytest.raises(InputError) as caught:
        read(tmp_path, "unit,period,ex,cx", rows)
    hints = [str(problem.hint) for problem in caught.value.problems]
    assert ["`ex_scale: enps`" in hints[0], "`cx_scale: nps`" in hints[1]] == [True, True]
    panel, report = read(tmp_path, "unit,period,ex,cx", rows, ex_scale="enps", cx_scale="nps")
    assert panel.scales == ("enps", "nps")
    assert panel.y[0, 0, 0] == pytest.approx((low + 100) / 2)
    assert not report.warnings


def test_codes_and_slips_of_a_raw_scale(tmp_path: Path) -> None:
    """Median 1,011.5, robust sd about 10: 999 may be a value; 9,999 is a code, 5,000 a slip of the pen."""
    rows = grid(lambda i, t: f"{1000 + 4 * i + t},{50 + i + t}")
    for at, value in ((0, 999), (5, 9999), (9, 5000)):
        unit, period, _ex, cx = rows[at].split(",")
        rows[at] = f"{unit},{period},{value},{cx}"
    panel, report = read(tmp_path, "unit,period,ex,cx", rows, ex_scale="raw", cx_scale="index")
    assert panel.y[0, 0, 0] == 999
    assert [t.line for t in report.repaired] == [7]
    assert [(t.line, t.value) for t in report.refused] == [(11, "5000")]


def test_the_ends_of_a_scale_belong_to_it(tmp_path: Path) -> None:
    rows = grid(lambda i, t: "1,5")
    panel, report = read(tmp_path, "unit,period,ex,cx", rows, scale="likert5")
    assert panel.y[0, 0].tolist() == [0, 100]
    assert not report.refused


# --- dates


@pytest.mark.parametrize(
    ("cells", "months", "said"),
    [
        (["13/02/2024", "05/03/2024"], [1, 2], "day first"),  # the first number goes beyond twelve
        (["02/13/2024", "03/05/2024"], [1, 2], "month first"),  # the second does
        (["01/01/2024", "02/01/2024", "03/01/2024"], [0, 1, 2], "month first"),  # the first of each month
    ],
)
def test_order_of_day_and_month(tmp_path: Path, cells: list[str], months: list[int], said: str) -> None:
    rows = [f"u{i},{cell},{50 + i},60" for i in range(6) for cell in cells]
    panel, report = read(tmp_path, "unit,period,ex,cx", rows, scale="index")
    assert [panel.start + k * panel.step - 2024 * 12 for k in range(panel.y.shape[1])] == months
    assert any(f"`{cells[1]}` were read {said}" in str(note) for note in report.notes)


def test_an_order_that_could_be_either_is_asked(tmp_path: Path) -> None:
    rows = [f"u{i},{cell},{50 + i},60" for i in range(6) for cell in ("05/03/2024", "05/04/2024")]
    with pytest.raises(InputError, match="day or month first"):
        read(tmp_path, "unit,period,ex,cx", rows, scale="index")
    days, _ = read(tmp_path, "unit,period,ex,cx", rows, scale="index", period_order="day_first")
    assert (days.start, days.y.shape[1]) == (2024 * 12 + 2, 2)
    other, _ = read(tmp_path, "unit,period,ex,cx", rows, scale="index", period_order="month_first")
    assert (other.start, other.step) == (2024 * 12 + 4, 1.0)  # 3 May and 4 May are one month
    assert other.y.shape[1] == 1


@pytest.mark.parametrize("doubtful", ["05/03/2024", "12/11/2024"])
def test_dates_written_in_both_orders_are_asked(tmp_path: Path, doubtful: str) -> None:
    """13 February and February 13 in one column: what the third date means nobody can tell from them."""
    rows = [f"u{i},{cell},{50 + i},60" for i in range(6) for cell in ("13/02/2024", "01/14/2024", doubtful)]
    with pytest.raises(InputError, match=f"`{doubtful}` and its like: day or month first"):
        read(tmp_path, "unit,period,ex,cx", rows, scale="index")
    # Where each date can be read in one way alone there is nothing to ask.
    clear = [f"u{i},{cell},{50 + i},60" for i in range(6) for cell in ("13/02/2024", "01/14/2024")]
    assert read(tmp_path, "unit,period,ex,cx", clear, scale="index")[0].start == 2024 * 12


@pytest.mark.parametrize(
    ("text", "month", "kind"),
    [
        ("1999", 1999 * 12, "year"), ("FY69", 2069 * 12, "year"), ("FY70", 1970 * 12, "year"),
        ("199907", 1999 * 12 + 6, "month"), ("20240229", 2024 * 12 + 1, "month"), ("45351", 2024 * 12 + 1, "month"),
        ("2024 Q3", 2024 * 12 + 6, "quarter"), ("Q2 '24", 2024 * 12 + 3, "quarter"),
        ("4Q2023", 2023 * 12 + 9, "quarter"),
        ("Q3 FY24", 2024 * 12 + 6, "quarter"), ("Q2 2023/24", 2023 * 12 + 3, "quarter"),
        ("2024 3. Quartal", 24294, "quarter"),
        ("H2 2024", 2024 * 12 + 6, "half"), ("2024-H1", 2024 * 12, "half"), ("2024m11", 2024 * 12 + 10, "month"),
        ("11/2024", 2024 * 12 + 10, "month"), ("12.11.2024", 2024 * 12 + 10, "month"),
        ("31/12/24", 2024 * 12 + 11, "month"),
        ("3 March 2024", 2024 * 12 + 2, "month"), ("2024 Okt", 2024 * 12 + 9, "month"),
        ("3-Dec-24", 2024 * 12 + 11, "month"),
        ("2024-12-31", 2024 * 12 + 11, "month"), ("2022-2023", 2022 * 12, "year"), ("W 7", 7, "count"),
        ("-3", -3, "count"),
    ],
)  # fmt: skip
def test_periods_by_hand(text: str, month: int, kind: str) -> None:
    found = read_period(text)
    assert found is not None
    assert (found.month, found.kind) == (month, kind)


def test_doubt_about_a_date() -> None:
    for text, doubtful in (("05/03/2024", True), ("12/11/2024", True), ("05/05/2024", False), ("13/03/2024", False)):
        found = read_period(text)
        assert found is not None
        assert found.doubtful == doubtful
    assert read_period("03/04/2024", order="month_first").month == 2024 * 12 + 2  # type: ignore[union-attr]
    assert read_period("03/04/2024").month == 2024 * 12 + 3  # type: ignore[union-attr]
    assert read_period("00/04/2024") is None
    assert read_period("2024-13") is None
    assert read_period("2024-00") is None


@pytest.mark.parametrize(
    ("text", "comma", "value"),
    [
        ("1,234", "thousands", 1234), ("1,234", "decimal", 1.234), ("1.234.567", "auto", 1234567),
        ("12,5", "auto", 12.5),
        ("1,234,567.5", "auto", 1234567.5), ("1'234'567", "auto", 1234567), ("1 234,5", "auto", 1234.5),
        ("-7 %", "auto", -7),
        ("~12", "auto", 12), ("12 (r)", "auto", 12), ("12.5**", "auto", 12.5), ("<5", "auto", None),
        ("over 90 %", "auto", None),
    ],
)  # fmt: skip
def test_numbers_by_hand(text: str, comma: str, value: float | None) -> None:
    assert read_number(text, comma=comma).value == value


# --- what a panel holds


def test_places_of_a_panel(tmp_path: Path) -> None:
    """Quarters with a gap, units in natural order, outcomes and marks in their cells."""
    cells = [("2023-01", 0), ("2023-04", 1), ("2023-10", 3)]
    rows = [
        f"site {i},{when},{50 + i + k},{60 - i},{0.01 * i + 0.001 * k},{100 + 10 * i + k},{int(i > 8 and k > 0)}"
        for i in (10, 9, 2, 1, 3, 4)
        for when, k in cells
    ]
    panel, _ = read(tmp_path, "unit,period,ex,cx,churn,margin,pilot", rows, scale="index")
    assert panel.units == ("site 1", "site 2", "site 3", "site 4", "site 9", "site 10")
    assert (panel.start, panel.step, panel.y.shape) == (2023 * 12, 3.0, (6, 4, 2))
    assert [panel.label(k) for k in range(4)] == ["2023-Q1", "2023-Q2", "2023-Q3", "2023-Q4"]
    assert np.isnan(panel.y[:, 2]).all()
    assert panel.y[5, 3].tolist() == [63, 50]
    assert panel.outcomes["churn"][1, 3] == pytest.approx(0.023)
    assert panel.outcomes["margin"][4, 1] == pytest.approx(191)
    assert panel.pilot is not None
    assert panel.pilot[:, 3].tolist() == [0, 0, 0, 0, 1, 1]
    assert panel.counts()["cells"] == {"ex": 18, "cx": 18, "both": 18}


def test_more_than_six_hundred_periods_are_refused(tmp_path: Path) -> None:
    rows = [f"u{i},{when},50,60" for i in range(6) for when in ("1960-01", "1960-02", "2020-01")]
    with pytest.raises(InputError, match="721 periods"):
        read(tmp_path, "unit,period,ex,cx", rows, scale="index")


def test_groups_of_staff_keep_their_own_figures(tmp_path: Path) -> None:
    panel, _ = read(tmp_path, "unit,period,group,ex,cx,n_ex,n_cx", two_groups(), scale="index")
    assert panel.y[2, 0, 0] == pytest.approx((30 * 42 + 10 * 82) / 40)
    assert panel.n[2, 0, 0] == 40
    value, count, _spread = panel.groups["b"]
    assert (value[2, 1], count[2, 1]) == (82, 10)


# --- standardisation and dynamics


def test_means_of_periods_and_sd_within_units() -> None:
    """Units 0 and 1 hold 1, 3 and 5, 9: means 3, 6; within: −0.5·2, so that squares are 4·¼ over 2 degrees."""
    y = np.array([[[1.0, 10.0], [3.0, np.nan]], [[5.0, 20.0], [9.0, 40.0]]])
    flat = demeaned(y)
    np.testing.assert_allclose(flat[..., 0], [[-2, -3], [2, 3]])
    np.testing.assert_allclose(flat[..., 1], [[-5, np.nan], [5, 0]])
    # EX: ±½ around −2.5 and 2.5: 4·¼ = 1 over 2; CX: only unit 1 has two: ±2.5 around 2.5, 12.5 over 1
    np.testing.assert_allclose(within_sd(flat), [np.sqrt(0.5), np.sqrt(12.5)])


def test_what_persists_over_a_period() -> None:
    assert period_share(4.0, 3.0) == pytest.approx(27 / 64)
    assert period_share(0.5, 1.0) == 0
    middle, width = lag_prior(3.0, (4.0, 10.0))
    assert middle == pytest.approx(np.log(27 / 37))
    assert 1 / (1 + np.exp(-(middle + NormalDist().inv_cdf(0.95) * width))) == pytest.approx(0.9**3)


NATURAL = {
    "rho_ex": 0.6, "rho_cx": 0.3, "b_ex_cx": 0.4, "b_cx_ex": 0.0, "phi": 0.5, "sd_ex": 1.0, "sd_cx": 0.7,
    "r_shock": 0.2, "between_ex": 1.5, "between_cx": 0.8, "r_between": 0.4, "noise_ex": 0.5, "noise_cx": 0.3,
    "r_noise": 0.25,
}  # fmt: skip


def test_covariance_by_hand() -> None:
    """EX is not moved by CX here: an autoregression of variance 1/(1 − 0.36), plus level and noise."""
    found = covariance(NATURAL, 3, np.array([2.0, 3.0]))
    stationary = 1 / (1 - 0.36)
    assert found[0, 0] == pytest.approx(stationary + 2.25 + 2 * 0.25)
    assert found[0, 2] == pytest.approx(0.6 * stationary + 2.25)
    assert found[0, 4] == pytest.approx(0.36 * stationary + 2.25)
    np.testing.assert_allclose(found, found.T)
    # CX a period later than EX: b · the state, the discounted past of both, and the shocks they share
    r = 0.2 * 0.7 / (1 - 0.6 * 0.3)  # covariance of both autoregressions
    past = 0.4 * 0.6 * stationary / (1 - 0.5 * 0.6)  # of EX with what it has sent by now
    level = 0.4 * 1.5 * 0.8
    noise = 0.25 * np.sqrt(2 * 0.25 * 3 * 0.09)
    assert found[0, 1] == pytest.approx(r + past + level + noise)
    assert found[0, 3] == pytest.approx(0.3 * r + 0.4 * stationary + 0.5 * past + level)
    assert found[2, 1] == pytest.approx(0.6 * r + 0.6 * past + level)


def test_covariance_is_that_of_paths() -> None:
    told = NATURAL | {"b_cx_ex": 0.15}
    units = 8_000
    paths = run_forward(told, units, 3, np.array([2.0, 3.0]), np.random.default_rng(3)).reshape(units, 6)
    want = covariance(told, 3, np.array([2.0, 3.0]))
    error = np.sqrt((np.outer(np.diag(want), np.diag(want)) + want**2) / units)
    assert np.abs(np.cov(paths.T) - want).max() < 4.5 * error.max()
    assert (np.abs(np.cov(paths.T) - want) < 4.5 * error).all()


def panel_of(ex: str, cx: str) -> Panel:
    gone = np.zeros((1, 1, 2))
    return Panel(("u",), 0.0, 1.0, True, gone, gone, gone, (ex, cx))


def test_slopes_of_the_catalogue_in_a_panels_sd() -> None:
    """A point of a mean score is two of NPS: a slope of 1 is 2 · sd(EX) of sd(CX)."""
    assert ratio_of(panel_of("index", "nps"), (3.0, 5.0)) == pytest.approx((2 * 3 / 5, 5 / (2 * 3)))
    assert ratio_of(panel_of("enps", "percent"), (3.0, 5.0)) == pytest.approx((0.75 * 0.6, 1 / (0.75 * 0.6)))
    assert ratio_of(panel_of("raw", "nps"), (3.0, 5.0)) == (1.0, 1.0)


def test_figures_of_students_t() -> None:
    """t with 4 degrees has its 95 % quantile at 2.132 (any table); one error above 0 is 81.3 % of it."""
    found = student_figures(3.0, 2.0, 4.0)
    assert (found.p05, found.median, found.p95) == pytest.approx((3 - 4.264, 3, 3 + 4.264), abs=1e-3)
    assert student_figures(2.0, 2.0, 4.0).p_positive == pytest.approx(0.8130, abs=1e-4)
    assert student_figures(-2.0, 2.0, 4.0).p_positive == pytest.approx(0.1870, abs=1e-4)
    assert student_figures(1.0, 0.0, 4.0).p_positive == 1.0


def test_outcomes_on_the_scale_of_their_parameter() -> None:
    """Churn as hazard on the log, less is better; revenue as log; a margin in percentage points."""
    share = np.array([[0.02, 0.05, 0.0, np.nan]])
    hazard, sign, notes = _transformed("churn", share, 1.0)
    np.testing.assert_allclose(np.exp(hazard[0, :2]), [-np.log(0.98), -np.log(0.95)])
    assert sign == -1
    assert np.isnan(hazard[0, 2:]).all()
    assert len(notes) == 1
    money, sign, _ = _transformed("revenue_per_customer", np.array([[50.0, 200.0, -1.0]]), 1.0)
    assert sign == 1
    assert money[0, 1] - money[0, 0] == pytest.approx(np.log(4))
    assert np.isnan(money[0, 2])
    margin, sign, notes = _transformed("margin", np.array([[12.0, -3.0]]), 1.0)
    assert (margin[0].tolist(), sign, notes) == ([12, -3], 1, [])


@pytest.mark.parametrize("factor", [1, 100])
def test_outcomes_in_shares_and_percent_are_read_alike(tmp_path: Path, factor: int) -> None:
    rows = grid(lambda i, t: f"{50 + i + t},60,{factor * (0.02 + 0.001 * i):g},{factor * (0.12 - 0.03 * t):g}")
    panel, report = read(tmp_path, "unit,period,ex,cx,churn,margin", rows, scale="index")
    np.testing.assert_allclose(panel.outcomes["churn"][3], [0.023] * 4)
    np.testing.assert_allclose(panel.outcomes["margin"][3], [12, 9, 6, 3], atol=1e-9)
    assert any("taken for a fraction" in str(note) for note in report.notes) == (factor == 1)


def square(scales: tuple[str, str], variance: Any, *, step: float = 3.0) -> Panel:
    """Return eight units in four quarters, levels apart and moves that no period shares."""
    rng = np.random.default_rng(4)
    y = 50 + 3 * np.arange(8.0)[:, None, None] + rng.normal(0, 2, (8, 4, 2))
    n = np.full((8, 4, 2), 30.0)
    return Panel(tuple("abcdefgh"), 24300.0, step, True, y, n, np.broadcast_to(variance, (8, 4, 2)).copy(), scales)


def test_noise_in_units_of_what_moves_within() -> None:
    variance = np.full((8, 4, 2), 4.0)
    variance[:, 1, 0] = 9.0
    panel = square(("percent", "index"), variance)
    panel.variance[2, 3, 0] = np.nan  # a cell without counts has the median noise
    found = prepare(panel, read_spec(None))
    sd = within_sd(demeaned(panel.y))
    np.testing.assert_allclose(found.sd, sd)
    np.testing.assert_allclose(found.w[0, :, 0], np.array([4, 9, 4, 4]) / sd[0] ** 2)
    assert found.w[2, 3, 0] == pytest.approx(4 / sd[0] ** 2)
    np.testing.assert_allclose(found.w[..., 1], 4 / sd[1] ** 2)
    np.testing.assert_allclose(found.y, demeaned(panel.y) / sd)
    assert found.data.counted == (True, True)
    assert any("1 cells of EX" in str(note) for note in found.notes)
    assert found.phi == pytest.approx(27 / 64)  # too few waves: four months, as in the catalogue
    assert prepare(panel, read_spec(None, lag_months=2.0)).phi == pytest.approx(1 / 8)
    assert not found.cannot


def test_noise_of_a_raw_scale_has_a_pattern_and_no_size() -> None:
    variance = np.full((8, 4, 2), 1 / 20)
    variance[:4, :, 0] = 1 / 60
    found = prepare(square(("raw", "index"), variance), read_spec(None))
    assert found.data.counted == (False, True)
    np.testing.assert_allclose([found.w[0, 0, 0], found.w[7, 0, 0]], [0.5, 1.5])  # mean 1
    bare = prepare(square(("raw", "raw"), np.nan), read_spec(None))
    assert bare.data.counted == (False, False)
    assert sum("no respondents' counts for EX, CX" in str(note) for note in bare.notes) == 1
    assert bare.guessed == (False, False)


def test_noise_that_nobody_counted_on_a_known_scale_has_three_likely_sizes() -> None:
    """A tenth, half or nine tenths of the variance within units (one within-unit sd squared is 1)."""
    variance = np.full((8, 4, 2), 0.01)
    variance[..., 0] = np.nan
    found = prepare(square(("index", "index"), variance), read_spec(None))
    assert found.guessed == (True, False)
    likely, every = zip(*found.suppositions(), strict=True)
    np.testing.assert_allclose(likely, [1 / 6, 2 / 6, 3 / 6])
    np.testing.assert_allclose([one.w[3, 2, 0] for one in every], [0.1, 0.5, 0.9])
    for one in every:  # what was counted stays as it was
        np.testing.assert_allclose(one.w[..., 1], found.w[..., 1])
        assert one.data.noise_width == found.data.noise_width
    both = prepare(square(("index", "nps"), np.nan), read_spec(None))
    assert len({(one.w[0, 0, 0], one.w[0, 0, 1]) for _, one in both.suppositions()}) == 9
    assert sum(likely for likely, _ in both.suppositions()) == pytest.approx(1.0)
    assert sum("no respondents' counts for EX, CX" in str(note) for note in both.notes) == 1


def test_what_a_panel_cannot_say() -> None:
    panel = square(("index", "index"), 4.0)
    panel.y[:, 2:, 0] = np.nan
    assert any("EX was measured in two periods" in str(why) for why in prepare(panel, read_spec(None)).cannot)
    panel.y[:, 1:, 0] = np.nan
    assert any("EX was measured in one period" in str(why) for why in prepare(panel, read_spec(None)).cannot)
    panel = square(("index", "index"), 4.0)
    panel.y[5:, :, 1] = np.nan
    assert any("5 units with both series" in str(why) for why in prepare(panel, read_spec(None)).cannot)
    panel = square(("index", "index"), 4.0)
    panel.y[..., 1] = 50 + np.arange(8.0)[:, None]
    assert any("CX does not vary within units" in str(why) for why in prepare(panel, read_spec(None)).cannot)


# --- what could be read two ways


def test_a_column_that_a_spec_names_wrongly_is_never_another(tmp_path: Path) -> None:
    rows = grid(lambda i, t: f"{50 + i + t},60")
    with pytest.raises(InputError) as caught:  # both roles have columns of their own name, which were not meant
        read(tmp_path, "unit,period,ex,cx", rows, scale="index", columns={"unit": "Branch", "ex": "Engagement"})
    told = str(caught.value)
    assert "no column `Branch` for `unit`" in told
    assert "no column `Engagement` for `ex`" in told


@pytest.mark.parametrize("scale", ["nps", "index", "percent"])
def test_percent_signs_on_some_cells_and_fractions_on_others_are_asked_about(tmp_path: Path, scale: str) -> None:
    told = [[f"{20 + i + t}%" if (i + t) % 2 else f"0.{20 + i + t}" for t in range(4)] for i in range(6)]
    head, rows = "unit,period,ex,cx", grid(lambda i, t: f"{told[i][t]},0.{45 + t}")
    with pytest.raises(InputError, match="12 cells of EX have a percent sign, 12 have none"):
        read(tmp_path, head, rows, scale=scale)
    panel, _ = read(tmp_path, head, rows, scale=scale, values="fractions")
    points = np.add.outer(20.0 + np.arange(6), np.arange(4))
    assert panel.y[:, :, 0] == pytest.approx(50 + points / 2 if scale == "nps" else points)  # index: −100 … 100 halved


def test_points_beside_percent_signs_are_points(tmp_path: Path) -> None:
    rows = grid(lambda i, t: f"{20 + i + t}{'%' if (i + t) % 2 else ''},{45 + t}")
    panel, _ = read(tmp_path, "unit,period,ex,cx", rows, scale="nps")
    assert panel.y[0, :, 0] == pytest.approx([60, 60.5, 61, 61.5])  # index points of NPS 20 … 23


def test_churn_with_percent_signs_on_some_cells_is_asked_about(tmp_path: Path) -> None:
    rows = grid(lambda i, t: f"{50 + i + t},60," + (f"{1 + t}%" if i % 2 else f"0.0{1 + t}"))
    with pytest.raises(InputError, match="12 cells of churn have a percent sign, 12 have none"):
        read(tmp_path, "unit,period,ex,cx,churn", rows, scale="index")


@pytest.mark.parametrize(
    ("scale", "most", "cure"),
    [("nps", 5, "likert5"), ("nps", 7, "likert7"), ("zero_to_ten", 7, "likert7"), ("likert10", 5, "likert5")],
)
def test_answers_of_a_shorter_scale_are_asked_about(tmp_path: Path, scale: str, most: int, cure: str) -> None:
    rows = [f"u{i},2024-0{t + 1},{1 + (i + t + k) % most},{1 + (i + k) % most}"
            for i in range(6) for t in range(4) for k in range(most + 3)]  # fmt: skip
    with pytest.raises(InputError, match=rf"lie between 1 and {most}.*10(?s:.*)say `ex_scale: {cure}`"):
        read(tmp_path, "unit,period,ex,cx", rows, scale=scale)
    panel, _ = read(tmp_path, "unit,period,ex,cx", rows, scale=cure)
    assert panel.n[0, 0].tolist() == [most + 3, most + 3]


def test_fractions_between_0_and_1_are_asked_about_as_such(tmp_path: Path) -> None:
    rows = grid(lambda i, t: f"0.{20 + i + t},0.{40 + i}")
    with pytest.raises(InputError, match=r"fractions(?s:.*)values: fractions"):
        read(tmp_path, "unit,period,ex,cx", rows, scale="nps")


@pytest.mark.parametrize(
    ("cell", "value", "label"),
    [("10 (extremely likely)", 10.0, "extremely likely"), ("0 [not at all likely]", 0.0, "not at all likely")],
)
def test_words_in_brackets_behind_a_number(cell: str, value: float, label: str) -> None:
    found = read_number(cell)
    assert (found.value, found.label) == (value, label)
    assert read_number("10 (3)").label == ""  # a mark of a footnote


def test_one_entry_needs_no_list() -> None:
    assert read_spec(None, missing=-99, drop_units="Total").missing == (-99.0,)


@pytest.mark.parametrize(
    ("cell", "value"), [("(12)", -12.0), ("(1,234.5)", -1234.5), ("12-", -12.0), ("(0.4)", -0.4), ("12", 12.0)]
)
def test_brackets_and_a_minus_behind_are_less_than_nothing(cell: str, value: float) -> None:
    assert read_number(cell).value == value


def test_promoters_in_percent_beside_numbers_of_people_are_asked_about(tmp_path: Path) -> None:
    """Of 40 people 12 + i + t praise and 8 + 2 t blame."""
    head = "unit,period,ex_promoters,ex_detractors,cx_promoters,cx_detractors"

    def told(up: str, down: str, **spec: Any) -> Any:
        rows = []
        for i, t in ((i, t) for i in range(6) for t in range(6)):
            people = {"up": 12 + i + t, "down": 8 + 2 * (t % 3) + i}
            cells = (
                up.format(n=people["up"], p=people["up"] / 0.4),
                down.format(n=people["down"], p=people["down"] / 0.4),
            )
            rows.append(f"u{i},2024-{t + 1:02d},{cells[0]},{cells[1]},{40 + i}.5,{30 - t}.5")
        return read(tmp_path, head, rows, scale="nps", **spec)[0].y[0, :2, 0]

    for up, down in (("{p:.1f}", "{n}"), ("{p:.0f}%", "{n}"), ("{n}", "{p:.1f}")):
        with pytest.raises(InputError, match="is in percent, but"):
            told(up, down)
    with pytest.raises(InputError, match=r"make 29\.5 in the middle row: percent, or numbers of people"):
        told("{n}", "{n}")
    for up, down in (("{p:.0f}", "{p:.0f}"), ("{p:.1f}", "{p:.1f}"), ("{p:.0f}%", "{p:.0f}%")):
        assert told(up, down) == pytest.approx([50 + 0.5 * (12 - 8) / 0.4, 50 + 0.5 * (13 - 10) / 0.4], abs=0.5)
    assert told("{n}", "{n}", values="scores").tolist() == [52.0, 51.5]


def test_grades_of_which_the_worst_is_rare_are_no_low_answers(tmp_path: Path) -> None:
    """Of 1,200 grades 1 … 6 three are 6: on likert7 they would be a mean of 2.5 that nobody crowns with a 7."""
    grades = [1] * 230 + [2] * 380 + [3] * 380 + [4] * 170 + [5] * 37 + [6] * 3
    rng = np.random.default_rng(3)
    rows = [f"u{k % 6},2024-{k // 6 % 5 + 1:02d},{a},{b}"
            for k, (a, b) in enumerate(zip(rng.permutation(grades), rng.permutation(grades), strict=True))]  # fmt: skip
    with pytest.raises(
        InputError, match="1,200 answers of EX lie between 1 and 6, but likert7 goes up to 7"
    ) as refused:
        read(tmp_path, "unit,period,ex,cx", rows, scale="likert7")
    assert "`{worst: 6, best: 1}` if 1 is the best" in str(refused.value.problems[0].hint)
    few = rows[:500]  # of so many the best answer may be missing by chance
    assert read(tmp_path, "unit,period,ex,cx", few, scale="likert7")[0].y.shape == (6, 5, 2)


def dated(folder: Path, cells: list[str], **spec: Any) -> Any:
    rows = [f"u{i},{cell},{40 + 4 * i + i * t % 5},{50 + 3 * i - (i + 2) * t % 7},{30 + i + t} чел.,n={40 + i + t}"
            for i in range(6) for t, cell in enumerate(cells)]  # fmt: skip
    return read(folder, "unit,period,ex,cx,n_ex,n_cx", rows, scale="index", **spec)


def test_dates_that_begin_with_their_year_are_read_as_said(tmp_path: Path) -> None:
    cells = [f"{23 + m // 12}-{m % 12 + 1:02}-05" for m in range(5, 15)]
    with pytest.raises(InputError, match="2023-06 with the year first, or 2005-06 with the day first"):
        dated(tmp_path, cells)
    panel, _ = dated(tmp_path, cells, period_order="year_first")
    assert (panel.label(0), panel.label(9), panel.n[2, 4].tolist()) == ("2023-06", "2024-03", [36, 46])
    assert dated(tmp_path, cells, period_order="day_first")[0].label(0) == "2005-01"


def test_days_that_run_as_years_do_are_asked_about(tmp_path: Path) -> None:
    """`Jun-23` typed into Excel in 2024 is saved as the 23rd of June 2024."""
    cells = [f"2024-{m % 12 + 1:02}-{23 + m // 12}" for m in range(5, 15)]
    with pytest.raises(InputError, match="are the days years"):
        dated(tmp_path, cells)
    labels = [dated(tmp_path, cells, period_order=order)[0].label(0) for order in ("year_first", "day_first")]
    assert labels == ["2023-06", "2024-01"]
    assert dated(tmp_path, [f"2024-{m:02}-{20 + m % 2}" for m in range(1, 11)])[0].label(0) == "2024-01"


def test_midnights_of_another_zone_are_asked_about(tmp_path: Path) -> None:
    cells = ["2023-05-31T22:00:00Z", "2023-06-30T22:00:00Z", "2023-07-31T22:00:00Z", "2023-10-31T23:00:00Z"]
    with pytest.raises(InputError, match="time_zone: Europe/Berlin"):
        dated(tmp_path, cells)
    zones = {"Europe/Berlin": "2023-06", "UTC": "2023-05"}
    assert {zone: dated(tmp_path, cells, time_zone=zone)[0].label(0) for zone in zones} == zones
    with pytest.raises(InputError, match="no time zone is called `Berlin`"):
        dated(tmp_path, cells, time_zone="Berlin")
    assert dated(tmp_path, [*cells[:3], "2023-09-30T09:00:00Z"])[0].label(0) == "2023-05"
    for closing in (" 22:00:00", " 18:00", "T12:00:00Z", "T22:00:00+02:00"):  # at which surveys close
        assert dated(tmp_path, [f"{cell[:10]}{closing}" for cell in cells])[0].label(0) == "2023-05"


@pytest.mark.parametrize("word", ["invited", "Einladungen", "приглашено", "в штате", "missing"])
def test_a_word_beside_a_count_that_speaks_of_others_is_no_count(tmp_path: Path, word: str) -> None:
    rows = [f"u{i},2024-0{t + 1},{40 + 4 * i + i * t % 5},{50 + 3 * i - t},{30 + i + t} {word},40"
            for i in range(6) for t in range(8)]  # fmt: skip
    with pytest.raises(InputError, match=word):
        read(tmp_path, "unit,period,ex,cx,n_ex,n_cx", rows, scale="index")


def test_dates_of_two_hands_in_one_column_are_asked_about(tmp_path: Path) -> None:
    """`23-06-05` beside `05.07.2023`, which says its year."""
    cells = [f"23-{m:02}-05" if m % 2 else f"05.{m:02}.2023" for m in range(5, 12)]
    with pytest.raises(InputError, match="with the year first, or"):
        dated(tmp_path, cells)
    panel, _ = dated(tmp_path, cells, period_order="year_first")
    assert (panel.label(0), panel.label(6)) == ("2023-05", "2023-11")


def test_what_is_kept_of_a_reading_is_worded_in_the_language_in_which_it_is_read() -> None:
    rows = lazy("{file}: {rows:,} rows{how}", file="a.csv", rows=2000, how=joined("; ", [lazy("line {line}", line=3)]))
    with catalogues.speaking("ru"):
        kept = json.dumps({"lines": [rows, "as it stands"]}, default=_data)
    assert json.loads(kept, object_hook=_message) == {"lines": [rows, "as it stands"]}
