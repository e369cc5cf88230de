# SPDX-License-Identifier: MIT
"""What a panel's reader makes of numbers, words, periods and counts: one cell after the other, by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.panel.test_values_read import grid, read, two_groups
from txsim.errors import InputError
from txsim.panel.reader.data_report import DataReport, SeriesReading, Touched, _periods
from txsim.panel.reader.date_order import date_order, shown
from txsim.panel.reader.link_spec import read_spec
from txsim.panel.reader.numerals import read_number
from txsim.panel.reader.periods import MONTHS, When, _period_of, read_period
from txsim.panel.reader.relatedness import related
from txsim.panel.reader.scale_breaks import other_scales
from txsim.panel.reader.scales import robust_width
from txsim.panel.reader.series import answer_variance
from txsim.panel.reader.unit_sums import least_step, within_units

HEAD = "unit,period,ex,cx"


# --- cells


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("Agree = 4", 4), ("agree (4)", 4), ("4 - agree", 4), ("8 out of 10", 8), ("(12,5)", -12.5), ("12-", -12),
        ("1.234,5", 1234.5), ("1,234.5", 1234.5), ("12 345", 12345), ("23 %", 23), ("7 points", 7), ("~ 5", 5),
        ("12*", 12), ("−3", -3), ("3,5", 3.5),
    ],
)  # fmt: skip
def test_a_number_in_whatever_form(cell: str, value: float) -> None:
    assert read_number(cell).value == value


@pytest.mark.parametrize(("cell", "percent", "top"), [("23 %", True, None), ("7 points", False, None),
                                                     ("8 out of 10", False, 10.0), ("8/10", False, 10.0)])  # fmt: skip
def test_what_stands_beside_a_number(cell: str, percent: bool, top: float | None) -> None:
    told = read_number(cell)
    assert (told.percent, told.top) == (percent, top)


@pytest.mark.parametrize(
    ("cell", "year", "month", "kind"),
    [
        ("Q3 2024", 2024, 7, "quarter"), ("Q2 FY24", 2024, 4, "quarter"), ("FY2024 Q4", 2024, 10, "quarter"),
        ("Q2 2023/24", 2023, 4, "quarter"), ("2. Halbjahr 2024", 2024, 7, "half"),
        ("III квартал 2024", 2024, 7, "quarter"),
        ("2024", 2024, 1, "year"), ("202403", 2024, 3, "month"), ("20240315", 2024, 3, "month"),
        ("03.2024", 2024, 3, "month"), ("2024-03-15", 2024, 3, "month"), ("15.03.2024", 2024, 3, "month"),
        ("März 2024", 2024, 3, "month"), ("Mar-69", 2069, 3, "month"), ("Mar-70", 1970, 3, "month"),
        ("45366", 2024, 3, "month"),  # the 15th of March as a spreadsheet counts days
    ],
)  # fmt: skip
def test_a_period_by_its_first_month(cell: str, year: int, month: int, kind: str) -> None:
    told = read_period(cell)
    assert told is not None
    assert (divmod(int(told.month), 12), told.kind) == ((year, month - 1), kind)


@pytest.mark.parametrize(
    ("cells", "order"),
    [(["13/4/2024", "1/5/2024"], "day_first"), (["4/13/2024", "5/1/2024"], "month_first"),
     (["4/1/2024", "5/1/2024"], "month_first"), (["1/4/2024", "1/5/2024"], "day_first"),
     (["3/4/2024", "4/5/2024"], "open"), (["13/4/2024", "4/13/2024"], "both"),
     # years of two digits: what alone gives periods without holes, years that lie close, a day that is none
     (["23-06-05", "23-07-05", "24-01-05"], "year_open"), (["05.11.23", "05.12.23", "05.01.24"], "open"),
     (["23.01.31", "23.02.28", "23.03.31"], "year_open"), (["31.01.23", "28.02.23", "31.03.23"], "day_first"),
     (["23-Nov-15", "23-Dec-15", "24-Jan-15"], "year_open"), (["15-Nov-23", "15-Dec-23", "15-Jan-24"], "open"),
     ([f"{23 + m // 12}/{m % 12 + 1:02}/{d:02}" for m in range(5, 15) for d in range(1, 29)], "year_open"),
     ([f"{d:02}.{m % 12 + 1:02}.{23 + m // 12}" for m in range(5, 15) for d in range(1, 29)], "day_first"),
     ([f"01.{m % 12 + 1:02}.{14 + m // 12}" for m in range(120)], "day_first"),
     ([f"{30 + (m % 2)}.{3 * (m % 4 + 1):02}.{14 + m // 4}" for m in range(40)], "day_first"),
     (["23-01-05", "23-02-05"], "year_open"), (["15.01.23", "15.02.23"], "day_first"),
     # one day of every month is no year
     ([f"28.{m:02}.24" for m in range(1, 13)], "day_first"), ([f"15/{m:02}/14" for m in range(1, 13)], "day_first"),
     ([f"28.{m % 12 + 1:02}.{24 + m // 12}" for m in range(6, 18)], "day_first"), (["25-Jan-24", "25-Feb-24"], "open"),
     (["45-01-05", "45-02-05"], "year_first"), (["01/02/23", "01/03/23"], "day_first")],
)  # fmt: skip
def test_whether_days_or_months_come_first(cells: list[str], order: str) -> None:
    assert date_order(cells) == order


@pytest.mark.parametrize(("day", "order"), [("{1:02}/{0:02}/2023", "month_first"), ("{0}.{1}.2023", "day_first"),
                                            ("2023-{1:02}-{0:02}", "year_first")])  # fmt: skip
def test_times_of_a_day_are_read_once(day: str, order: str) -> None:
    days = [day.format(d, m) for m in (4, 5) for d in range(1, 29)]
    stamps = [f"{one}{sep}{second % 24}:{second % 60:02}{end}" for one in days for second in range(40)
              for sep, end in ((" ", ":07"), (", ", " PM"))]  # fmt: skip
    assert date_order(stamps) == ("open" if order == "year_first" else order)
    _period_of.cache_clear()
    months = [read_period(stamp, order=order).month for stamp in stamps]  # type: ignore[union-attr]
    assert months == [2023 * 12 + m - 1 for m in (4, 5) for _ in range(28 * 80)]
    assert _period_of.cache_info().misses == len(days)


def test_periods_are_as_long_as_they_are_and_named_by_their_first_month() -> None:
    assert MONTHS == {"month": 1, "quarter": 3, "third": 4, "half": 6, "year": 12, "count": 1}
    assert shown(When(2024 * 12 + 2, "month")) == "2024-03"
    assert str(shown(When(2024 * 12 + 3, "quarter"))) == "quarter from 2024-04"
    assert str(shown(When(7, "count"))) == "number 7"
    assert [str(_periods(4, step)) for step in (1, 3, 6, 12, 2)] == [
        "4 months", "4 quarters", "4 half-years", "4 years", "4 steps of 2 months"
    ]  # fmt: skip


# --- scales


def test_each_series_has_its_own_scale() -> None:
    spec = read_spec(None, ex_scale="likert5", cx_scale="nps")
    assert (spec.scale_of("ex"), spec.scale_of("cx")) == ("likert5", "nps")
    both = read_spec(None, scale="index", cx_scale="nps")
    assert (both.scale_of("ex"), both.scale_of("cx")) == ("index", "nps")


def test_words_of_one_series_come_before_those_of_both(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text("words: {good: 4, bad: 1, ex: {good: 5}}\n", "utf-8")
    spec = read_spec(file)
    assert spec.words_of("ex") == {"good": 5, "bad": 1}
    assert spec.words_of("cx") == {"good": 4, "bad": 1}


def test_a_series_turned_round_is_turned_within_its_scale(tmp_path: Path) -> None:
    """Of 1 … 5 a 2 is a 4 then: 75 points and not 50, and 1 is the best."""
    rows = grid(lambda i, t: f"{1 + (i + t) % 4},60")
    panel, _ = read(tmp_path, HEAD, rows, ex_scale="likert5", cx_scale="index", reverse=["ex"], values="scores")
    assert panel.y[0, :, 0].tolist() == [100.0, 75.0, 50.0, 25.0]


def test_fractions_of_a_scale_are_spread_over_it(tmp_path: Path) -> None:
    """Of 1 … 5 a quarter is 2, and a quarter of the index."""
    rows = grid(lambda i, t: f"{0.25 * ((i + t) % 4)},60")
    panel, report = read(tmp_path, HEAD, rows, ex_scale="likert5", cx_scale="index", values={"ex": "fractions"})
    assert panel.y[0, :, 0].tolist() == [0.0, 25.0, 50.0, 75.0]
    assert (report.series["ex"].low, report.series["ex"].high) == (1.0, 4.0)


@pytest.mark.parametrize(
    ("values", "answers", "points"),
    [("answers", (10, 9, 8, 7, 6, 0), (100, 100, 50, 50, 0, 0)),
     ("codes", (11, 10, 9, 8, 7, 1), (100, 100, 50, 50, 0, 0)),
     ("codes", (3, 2, 1, 3, 2, 1), (100, 50, 0, 100, 50, 0)),
     ("codes", (1, 0, -1, 1, 0, -1), (100, 50, 0, 100, 50, 0))],
)  # fmt: skip
def test_answers_and_codes_of_an_nps_question(
    tmp_path: Path, values: str, answers: tuple[int, ...], points: Any
) -> None:
    rows = [f"u{i},2024-{t + 1:02d},60,{answers[(i + t) % 6]}" for i in range(6) for t in range(6)]
    panel, _ = read(tmp_path, HEAD, rows, ex_scale="index", cx_scale="nps", values={"cx": values}, form="answers")
    assert panel.y[0, :, 1].tolist() == list(map(float, points))


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("150", "3 of 24 values of EX lie outside the scale index"),
        ("abc", "3 of 24 cells of `ex` cannot be read"),
    ],
)
def test_one_bad_cell_is_left_out_and_several_are_asked_about(tmp_path: Path, cell: str, said: str) -> None:
    def rows(wrong: int) -> list[str]:
        return grid(lambda i, t: f"{cell if 4 * i + t < wrong else 50 + i + t},60")

    with pytest.raises(InputError, match=said):
        read(tmp_path, HEAD, rows(3), scale="index")
    panel, report = read(tmp_path, HEAD, rows(1), scale="index")
    assert np.isnan(panel.y[0, 0, 0])
    assert len(report.refused) == 1


@pytest.mark.parametrize("code", [97, 98, 99, -99])
def test_a_code_far_from_all_answers_is_no_answer(tmp_path: Path, code: int) -> None:
    rows = grid(lambda i, t: f"{code if (i, t) in ((0, 0), (3, 2)) else 40 + i + t},60")
    panel, report = read(tmp_path, HEAD, rows, scale="index")
    assert np.isnan(panel.y[0, 0, 0])
    assert np.isnan(panel.y[3, 2, 0])
    assert report.series["ex"].missing == {str(code): 2}


def test_words_of_an_answer_by_their_strength(tmp_path: Path) -> None:
    """Of five: 1 and 5 at the ends, 2 and 4 beside the middle."""
    words = ("strongly disagree", "disagree", "neither agree nor disagree", "agree", "strongly agree")
    rows = [f"u{i},2024-{t + 1:02d},{words[(i + t) % 5]},60" for i in range(6) for t in range(5)]
    panel, _ = read(tmp_path, HEAD, rows, ex_scale="likert5", cx_scale="index", form="answers")
    assert panel.y[0, :, 0].tolist() == [0.0, 25.0, 50.0, 75.0, 100.0]


def test_words_at_the_ends_and_numbers_between(tmp_path: Path) -> None:
    words = {0: "extremely unlikely", 10: "extremely likely"}
    answers = (0, 10, 3, 7, 9, 5)
    rows = [f"u{i},2024-{t + 1:02d},60,{words.get(answers[t], answers[t])}" for i in range(6) for t in range(6)]
    panel, _ = read(tmp_path, HEAD, rows, ex_scale="index", cx_scale="zero_to_ten", form="answers")
    assert panel.y[0, :, 1].tolist() == [0.0, 100.0, 30.0, 70.0, 90.0, 50.0]


@pytest.mark.parametrize(
    ("scale", "others"),
    [
        ((-100, 100), [(0, 100)]),
        ((0, 100), [(-100, 100), (1, 5), (1, 7), (1, 10), (0, 10)]),
        ((0, 10), [(1, 5), (1, 7), (0, 100)]),
        ((1, 10), [(1, 5), (1, 7), (0, 100)]),
        ((1, 5), [(1, 7), (1, 10), (0, 10), (0, 100)]),
        ((1, 7), [(1, 5), (1, 10), (0, 10), (0, 100)]),
    ],
)
def test_other_scales_and_what_their_ends_mean(scale: tuple[int, int], others: list[tuple[int, int]]) -> None:
    """Scales as long as this one to a quarter make no difference that shows; ends are ends, and between is between."""
    found = list(other_scales(*scale))
    assert [other.held for other in found] == [*others, scale]
    for other in found[:-1]:
        low, high = other.held
        at = np.array([low, low + (high - low) / 4, high], dtype=float)
        expected = [scale[0], scale[0] + (scale[1] - scale[0]) / 4, scale[1]]
        np.testing.assert_allclose(other.meant(at), expected, atol=1e-12)
    np.testing.assert_allclose(found[-1].meant(np.array(scale, dtype=float)), scale[::-1])


@pytest.mark.parametrize(
    ("measure", "index", "variance"),
    [("favourable", 20.0, 1600.0), ("favourable", 50.0, 2500.0), ("nps", 50.0, 2500 * 0.7), ("mean", 50.0, None)],
)
def test_the_variance_of_an_answer_by_its_kind(measure: str, index: float, variance: float | None) -> None:
    """Yes or no by its share; an NPS of 0 with 30 % between as 70 % at the ends; a mean no more than either."""
    told = float(answer_variance(np.array([index]), measure)[0])
    if variance is None:
        assert 0 < told < 2500
        assert answer_variance(np.array([2.0]), measure)[0] <= 1e4 * 0.02 * 0.98 + 1e-9
    else:
        assert told == pytest.approx(variance)


def test_a_width_that_a_slip_does_not_stretch() -> None:
    """The median distance from the median of a normal is 0.6745 of its sd."""
    from scipy import stats

    values = stats.norm.ppf((np.arange(1001) + 0.5) / 1001, 50, 8)
    values[-1] = 5000.0
    middle, width = robust_width(values)
    assert (middle, width) == (pytest.approx(50, abs=0.1), pytest.approx(8, rel=0.01))


# --- what was lost, sums, counts


def test_what_was_lost_is_compared_in_place_and_in_spread() -> None:
    values = np.arange(100.0)
    low, ends = values < 15, (values < 8) | (values >= 92)
    evenly = np.arange(100) % 7 == 3
    for lost, alike in ((low, False), (ends, False), (evenly, True)):
        p = related(lost, (values,))
        assert p is not None
        assert (p > 0.2) is alike
    alone, twice = related(evenly, (values,)), related(evenly, (values, values))
    assert alone is not None
    assert twice is not None
    assert min(1.0, 2 * alone) == pytest.approx(twice)  # of twice as many comparisons the least says half as much
    assert related(np.arange(100) < 1, (values,)) is None


def test_how_far_apart_written_values_are() -> None:
    """Tenths of 1 … 5 are 2.5 points of a hundred; whole points of an NPS half a point."""
    assert least_step(100 * (np.array([3.1, 4.2, 1.5]) - 1) / 4, "likert5") == pytest.approx(2.5)
    assert least_step((np.array([-20.0, 31.0]) + 100) / 2, "nps") == pytest.approx(0.5)
    assert least_step(np.array([50.25, 60.5]), "raw") == pytest.approx(0.01)
    assert within_units(np.array([[1.0, 3.0], [5.0, 5.0], [2.0, 8.0]])) == pytest.approx(np.sqrt(2))


@pytest.mark.parametrize(("share", "whole"), [(1.0, True), (1.015, True), (0.9, False), (1.1, False)])
def test_a_unit_of_as_many_people_as_all_others_is_their_sum(tmp_path: Path, share: float, whole: bool) -> None:
    rows = grid(lambda i, t: f"{50 + (3 * i + 5 * t) % 11},{60 - (2 * i + 3 * t) % 7},{100 + 37 * i + t},100")
    for t in range(4):
        people = round(share * sum(100 + 37 * i + t for i in range(6)))
        rows.append(f"alp,2024-{t + 1:02d},{52 + t},{57 - t},{people},{round(share * 600)}")
    panel, _ = read(tmp_path, "unit,period,ex,cx,n_ex,n_cx", rows, scale="index", drop_units=None)
    assert ("alp" not in panel.units) is whole


def test_a_year_beside_its_last_months_is_no_period(tmp_path: Path) -> None:
    rows = [f"u{i},2024-{month:02d},{50 + i + month},60" for i in range(6) for month in (9, 10, 11, 12)]
    rows += [f"u{i},2024,55,60" for i in range(6)]
    panel, report = read(tmp_path, HEAD, rows, scale="index")
    assert panel.y.shape[1] == 4
    assert len(report.refused) == 6


def test_quarters_are_three_months_and_are_called_so(tmp_path: Path) -> None:
    rows = [f"u{i},Q{q} {year},{50 + i + q},60" for i in range(6) for year in (2023, 2024) for q in (1, 2, 3, 4)]
    panel, _ = read(tmp_path, HEAD, rows, scale="index")
    assert (panel.step, panel.calendar, panel.y.shape[1]) == (3.0, True, 8)
    assert [panel.label(t) for t in (0, 1, 7)] == ["2023-Q1", "2023-Q2", "2024-Q4"]


@pytest.mark.parametrize(
    ("months", "step", "last"),
    [
        ((1, 2, 3, 4), 1.0, "2024-04"),
        ((1, 3, 5, 7), 2.0, "2024-07"),
        ((1, 5, 9), 4.0, "2024-09"),
        ((2, 3, 7, 12), 1.0, "2024-12"),
    ],
)
def test_the_step_of_months_is_their_common_one(
    tmp_path: Path, months: tuple[int, ...], step: float, last: str
) -> None:
    rows = [f"u{i},2024-{month:02d},{50 + i + month},60" for i in range(6) for month in months]
    panel, _ = read(tmp_path, HEAD, rows, scale="index")
    assert panel.step == step
    assert panel.y.shape[1] == (months[-1] - months[0]) / step + 1
    assert panel.label(panel.y.shape[1] - 1) == last
    assert np.isfinite(panel.y[0, :, 0]).sum() == len(months)


def test_counts_of_a_panel_are_medians_by_unit_and_cell(tmp_path: Path) -> None:
    """Units of 6, 5, 4, 2 and 2 waves: four of them; of cells with 10, 20, 30 and 200 people the middle ones."""
    waves = (6, 5, 4, 2, 2)
    people = (10, 20, 30, 200)
    rows = [f"u{i},2024-{t + 1:02d},{50 + i + t},60,{people[t % 4]},{people[t % 4]}" for i, n in enumerate(waves)
            for t in range(n)]  # fmt: skip
    panel, report = read(tmp_path, "unit,period,ex,cx,n_ex,n_cx", rows, scale="index")
    told = panel.counts()
    assert (told["units"], told["periods"], told["waves_per_unit"]) == (5, 6, 4.0)
    assert told["cells"] == {"ex": 19, "cx": 19, "both": 19}
    assert told["respondents_per_cell"] == float(np.median([people[t % 4] for n in waves for t in range(n)]))
    assert not any("fewer than" in str(note) for note in report.notes)  # ten are enough


def test_how_strongly_a_series_moves_goes_with_its_own_scale(tmp_path: Path) -> None:
    rows = grid(lambda i, t: f"{50 + i + t},{20 + 3 * i - t}")
    panel, _ = read(tmp_path, HEAD, rows, ex_scale="index", cx_scale="nps", values="scores")
    ex, cx = panel.sd_ratio
    assert ex == 1.0
    assert cx > 1.0


# --- what is told


def test_a_report_counts_all_and_says_least_before_most() -> None:
    report = DataReport(rows=40)
    report.touch([Touched("f.csv", 3, "ex", "odd")], "odd", 7, refuse=True)
    report.touch([Touched("f.csv", 4, "ex", "odd")], "odd", 5, refuse=True)
    report.touch([Touched("f.csv", 5, "ex", "mended")], "mended", 2)
    assert report.most_refused() == [("odd", 12)]
    told = report.summary()
    assert (told["refused"], told["repaired"], told["rows"]) == ({"odd": 12}, {"mended": 2}, 40)
    report.series["ex"] = SeriesReading(
        "mood", "index", "scores", 33, 12.0, 88.0, 51.5, {"99": 4, "n/a": 2}, (), 3, 0.01
    )
    report.series["cx"] = SeriesReading("nps", "nps", "scores", 30, -40.0, 70.0, 20.0, {}, (), 2, 0.4)
    lines = "\n".join(map(str, report.reading()["lines"]))
    assert lines.index("12") < lines.index("88") < lines.index("51.5")
    assert "99 taken for no answer (4)" in lines
    assert "what EX lost is related to the answers (p = 0.010)" in lines
    assert "what CX lost is not related to the answers (p = 0.40)" in lines


def test_answers_of_one_cell_count_by_their_weights(tmp_path: Path) -> None:
    """Weights 1 and 3: a mean nearer to the second, and of 4² / 10 answers; one without a weight is none."""
    rows = []
    for i in range(6):
        for t in range(4):
            for answer, weight in ((3, 1), (5, 3), (2, "" if (i, t) == (0, 0) else 0)):
                rows.append(f"u{i},2024-{t + 1:02d},{answer},60,{weight}")
    panel, _ = read(tmp_path, "unit,period,ex,cx,weight", rows, ex_scale="likert5", cx_scale="index", form="answers")
    assert panel.y[0, 0, 0] == panel.y[3, 2, 0] == pytest.approx((50 + 3 * 100) / 4)
    assert panel.n[3, 2, 0] == pytest.approx(1.6)


def test_shares_of_cells_and_not_of_what_is_written_in_them(tmp_path: Path) -> None:
    """23 cells of one text have a percent sign and one has none: nearly all of them are written in percent."""
    from txsim.panel.reader.number_columns import NumberColumn

    bare = NumberColumn(np.array([0.1, 12.0, 0.3, 40.0]), percent=0.5, signed=np.array([False, True, False, True]))
    assert bare.unsigned_fractions() == 2
    few = NumberColumn(np.array([0.1, 12.0, 30.0, 40.0]), percent=0.25, signed=np.array([False, False, False, True]))
    assert few.unsigned_fractions() == 0  # one of three may be anything
    panel, _ = read(tmp_path, HEAD, grid(lambda i, t: f"{'50%' if i + t else '61'},{40 + i + t}"), scale="percent")
    assert (panel.y[0, 0, 0], panel.y[1, 1, 0]) == (61.0, 50.0)


def test_units_that_differ_less_than_their_answers_can_are_asked_about(tmp_path: Path) -> None:
    """Of ten answers about 40 points an NPS varies by 40 · 60 / 10 = 240 at least: an sd of 15, and not of 2."""
    head = "unit,period,ex,cx,n_ex,n_cx"
    still = grid(lambda i, t: f"60,{40 + (i % 3) - 1},100,10", units=12)
    with pytest.raises(InputError, match="differs less between units than an NPS of 10 answers"):
        read(tmp_path, head, still, ex_scale="index", cx_scale="nps")
    panel, _ = read(tmp_path, head, grid(lambda i, t: f"60,{40 + 20 * ((i + t) % 3 - 1)},100,10", units=12),
                    ex_scale="index", cx_scale="nps")  # fmt: skip
    assert len(panel.units) == 12
    many = grid(lambda i, t: f"60,{40 + (i % 3) - 1},100,4000", units=12)
    assert len(read(tmp_path, head, many, ex_scale="index", cx_scale="nps")[0].units) == 12


@pytest.mark.parametrize(("gone", "asked"), [(4, True), (2, True), (1, False)])
def test_units_that_end_where_others_begin(tmp_path: Path, gone: int, asked: bool) -> None:
    rows = []
    for i in range(6):
        for t in range(6):
            name = f"old{i}" if i < gone and t < 3 else f"new{i}" if i < gone else f"u{i}"
            rows.append(f"{name},2024-{t + 1:02d},{50 + i + t},{60 - i + t}")
    if asked:
        with pytest.raises(InputError, match="the same ones under new names"):
            read(tmp_path, HEAD, rows, scale="index")
    else:
        _, report = read(tmp_path, HEAD, rows, scale="index")
        assert any("one unit under two names" in str(warning) for warning in report.warnings)


def test_shares_of_groups_are_told_as_the_points_that_they_make(tmp_path: Path) -> None:
    """45 % promoters and 15 % detractors are 30 points, 20 and 40 are −20: what is told is in points as well."""
    rows = grid(lambda i, t: "45 %,15 %,50" if t else "20 %,40 %,50")
    _, report = read(tmp_path, "unit,period,ex_promoters,ex_detractors,cx", rows, cx_scale="index")
    told = report.series["ex"]
    assert (told.low, told.high, told.mean) == (pytest.approx(-20), pytest.approx(30), pytest.approx((3 * 30 - 20) / 4))


def test_two_values_of_one_cell_leave_it_empty(tmp_path: Path) -> None:
    """Nobody knows which of both holds; the same row twice is one row."""
    rows = grid(lambda i, t: f"{50 + i + t},60")
    panel, report = read(tmp_path, HEAD, [*rows, "u0,2024-01,70,60", rows[5]], scale="index")
    assert np.isnan(panel.y[0, 0, 0])
    assert (panel.y[0, 0, 1], panel.y[1, 1, 0]) == (60, 52)
    differ = [each.line for each in report.refused if "two different values" in str(each.reason)]
    assert sorted(differ) == [2, 26]


def test_answers_of_a_group_spread_as_those_of_all_its_cells(tmp_path: Path) -> None:
    """Of 10 answers at 82 % one varies by 8,200 · 18 = 1,476 and has 9 degrees of freedom; three periods of it."""
    panel, _ = read(tmp_path, "unit,period,group,ex,cx,n_ex,n_cx", two_groups(), scale="percent")
    squares = [3 * 10 * (80 + i) * (20 - i) for i in range(6)]
    usual = sum(squares) / (6 * 3 * 9)
    _value, _count, spread = panel.groups["b"]
    assert spread[2, 0] == pytest.approx((squares[2] + 10 * usual) / (3 * 9 + 10))


def test_small_shares_of_leavers_in_percent(tmp_path: Path) -> None:
    """From 0.6 to 2.1: percent, since one of them is above 1, and all of one column are in one unit."""
    rows = grid(lambda i, t: f"{50 + i + t},60,{0.6 + 0.3 * i:g}")
    panel, _ = read(tmp_path, "unit,period,ex,cx,churn", rows, scale="index")
    assert panel.outcomes["churn"][:, 0].tolist() == pytest.approx([0.006 + 0.003 * i for i in range(6)])


def test_a_percent_sign_counts_as_often_as_it_stands(tmp_path: Path) -> None:
    """Of 24 margins each has one, though only two texts are written: half a point is no half of all revenue."""
    rows = grid(lambda i, t: f"{50 + i + t},60,{'0.5 %' if i + t else '0.7 %'}")
    panel, _ = read(tmp_path, "unit,period,ex,cx,margin", rows, scale="index")
    assert panel.outcomes["margin"].ravel()[:3].tolist() == pytest.approx([0.7, 0.5, 0.5])
    few = grid(lambda i, t: f"{50 + i + t},60,{('0.4', '0.5', '0.6')[t - 1] if i == 0 and t else '0.7 %'}")
    with pytest.raises(InputError, match="21 cells of margin have a percent sign, 3 have none"):
        read(tmp_path, "unit,period,ex,cx,margin", few, scale="index")
