# SPDX-License-Identifier: MIT
"""What a study prints twice: figures of one analysis agree however they are rounded, those of two do not."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from txsim.errors import InputError
from txsim.evidence.consistency import disagreement, standard_errors_as_spreads
from txsim.evidence.study_figures import NotConverted
from txsim.evidence.study_values import converted
from txsim.pooling.studies import read_studies, studies_from_text
from txsim.units import SCALES


def printed(value: float, digits: int) -> float:
    return float(f"{value:.{digits}f}")


@pytest.mark.parametrize("digits", [2, 3])
def test_figures_of_one_analysis_agree_however_they_are_rounded(digits: int) -> None:
    rng = np.random.default_rng(11)
    for n in (12, 40, 200, 1500):
        for strength in (0.0, 0.2, 0.6):
            x = rng.standard_normal(n)
            y = strength * x + rng.standard_normal(n)
            found = stats.pearsonr(x, y)
            ends = found.confidence_interval(0.95)
            t = found.statistic * math.sqrt((n - 2) / (1 - found.statistic**2))
            correlation: dict[str, Any] = {
                "r": printed(found.statistic, digits), "n": n, "t": printed(t, 2), "p": printed(found.pvalue, digits),
                "f": printed(t * t, 2), "interval": [printed(ends.low, digits), printed(ends.high, digits)],
            }  # fmt: skip
            assert disagreement(correlation) is None, correlation
            fit = stats.linregress(x, 30 * y)
            half = fit.stderr * stats.t.ppf(0.975, n - 2)
            slope: dict[str, Any] = {
                "estimate": printed(fit.slope, 2), "se": printed(fit.stderr, 2), "n": n,
                "t": printed(fit.slope / fit.stderr, 2), "p": printed(fit.pvalue, digits),
                "interval": [printed(fit.slope - half, 2), printed(fit.slope + half, 2)],
            }  # fmt: skip
            assert disagreement(slope) is None, slope
            del slope["n"]
            assert disagreement(slope) is None, slope


def test_an_interval_of_few_is_one_of_students_t() -> None:
    """Ten shops: a difference of 3.12 with an error of 1.04 has 3.12 ± 2.306 · 1.04, and t = 3.00, p = 0.017."""
    half = float(stats.t.ppf(0.975, 8)) * 1.04
    told = {"estimate": 3.12, "interval": [3.12 - half, 3.12 + half], "n": 10, "unit": "index", "per": 10,
            "per_unit": "index"}  # fmt: skip
    for beside in ({}, {"p": 0.017}, {"t": 3.0}, {"se": 1.04}):
        assert converted("effect", "ex -> cx", {**told, **beside}).se == pytest.approx(0.104, rel=1e-9)
    rows = "study,estimate,low,high,n\nA,3.12,{:.6f},{:.6f},10\n".format(*told["interval"])
    assert studies_from_text(rows).se == pytest.approx((1.04,), rel=1e-6)
    with pytest.raises(NotConverted, match=r"p = 0\.2 contradicts estimate"):
        converted("effect", "ex -> cx", {**told, "p": 0.2})


@pytest.mark.parametrize(
    ("head", "row", "se"),
    [
        # √(1/10 + 1/90 + 1/20 + 1/80) of a log odds ratio; the interval beside it is that of the ratio
        ("events1,n1,events2,n2,low,high,p", "10,100,20,100,0.2,0.98,0.04", 0.4167),
        ("events1,n1,events2,n2,se,low,high", "10,100,20,100,0.41,0.2,0.98", 0.4167),
        ("mean1,sd1,n1,mean2,sd2,n2,low,high,t", "70,20,100,65,20,100,-0.6,10.6,1.77", 2.8284),
        # an interval of 90 % is 2 · 1.6449 errors wide, one of 99 % 2 · 2.5758
        ("estimate,low,high,level", "2,0.36,3.64,90", 3.28 / 2 / 1.644854),
        ("estimate,low,high,conf_level", "2,0.36,3.64,0.99", 3.28 / 2 / 2.575829),
        ("odds_ratio,low,high,level", "1.5,1.1,2.0454545,90 %", math.log(2.0454545 / 1.1) / 2 / 1.644854),
    ],
)
def test_what_stands_beside_is_read_as_what_it_is(head: str, row: str, se: float) -> None:
    assert studies_from_text(f"study,{head}\nA,{row}\n").se == pytest.approx((se,), abs=5e-5)


def test_a_ratio_agrees_with_its_interval_error_and_p() -> None:
    for log_ratio, error in ((0.4, 0.16), (-0.22, 0.1), (1.1, 0.3)):
        z = abs(log_ratio) / error
        told = {
            "hazard_ratio": printed(math.exp(log_ratio), 2),
            "interval": [printed(math.exp(log_ratio + sign * 1.96 * error), 2) for sign in (-1, 1)],
            "p": printed(2 * stats.norm.sf(z), 3),
            "se": error,
        }
        assert disagreement(told) is None, told
        against = disagreement({**told, "p": 0.4})
        assert against is not None
        assert against[0] == "p"


@pytest.mark.parametrize(
    ("figures", "key", "words"),
    [
        ({"r": 0.45, "n": 84, "p": 0.5}, "p", "p = 0.5 contradicts r = 0.45, n = 84: p = 0.000017 follows"),
        ({"r": 0.2, "n": 84, "t": -1.85}, "t", "t = -1.85 contradicts"),
        ({"r": 0.2, "n": 84, "interval": [0.15, 0.25]}, "interval", "standard error of 0.0266"),
        ({"r": 0.2, "n": 84, "interval": [0.3, 0.5]}, "interval", "must lie inside"),
        ({"t": 2.5, "n": 50, "p": 0.5}, "p", "contradicts t = 2.5"),
        ({"t": 2.5, "n": 50, "sign": "positive"}, "sign", "`sign` plays no part"),
        ({"r": 0.2, "n": 84, "level": 90}, "level", "`level` plays no part in what `r`"),
        ({"r": 0.2, "n": 84, "n1": 3}, "n1", "`n1` plays no part"),
    ],
)
def test_what_contradicts_or_plays_no_part_is_refused_by_its_key(figures: dict[str, Any], key: str, words: str) -> None:
    with pytest.raises(NotConverted) as refused:
        converted("correlation", "ex -> cx", figures)
    assert refused.value.key == key
    assert words in str(refused.value.message)


def test_a_bound_printed_as_p_agrees_with_what_is_smaller() -> None:
    for p in (0.001, 0.01, 0.05, 0.0):
        assert converted("correlation", "ex -> cx", {"r": 0.45, "n": 84, "p": p}).value == 0.45


def test_the_interval_of_a_ratio_is_looked_at_beside_its_error() -> None:
    for ends, words in (([-0.66, 0.97], "lies above 0"), ([0.9, 1.3], "must lie inside")):
        with pytest.raises(NotConverted, match=words):
            converted("parameter", "churn_cx", {"hazard_ratio": 0.8, "interval": ends, "se": 0.1, "per": 10,
                                                "per_unit": "index"})  # fmt: skip


def means(scale: str, mean: float, sd: float, n: int) -> Any:
    return standard_errors_as_spreads(
        {"mean1": mean, "sd1": sd, "n1": n, "mean2": mean, "sd2": sd, "n2": n}, SCALES[scale]
    )


def test_answers_have_spreads_and_their_means_have_errors() -> None:
    """Answers of every kind, as people give them: their sd is never doubted, the error of their mean is."""
    rng = np.random.default_rng(3)
    kinds = {
        "nps": (np.array([-100, 0, 100]), [(0.2, 0.3, 0.5), (0.05, 0.15, 0.8), (0.4, 0.4, 0.2)]),
        "likert5": (np.arange(1, 6), [(0.02, 0.05, 0.13, 0.4, 0.4), (0.2,) * 5, (0.01, 0.02, 0.07, 0.3, 0.6)]),
        "zero_to_ten": (np.arange(11), [(0.01,) * 5 + (0.1, 0.1, 0.15, 0.2, 0.2, 0.2), (1 / 11,) * 11]),
    }
    for scale, (answers, shares) in kinds.items():
        for share in shares:
            for n in (60, 400):
                sample = rng.choice(answers, n, p=share)
                mean, sd = float(sample.mean()), float(sample.std(ddof=1))
                assert means(scale, mean, sd, n) is None
                key, _why, cure = means(scale, mean, sd / math.sqrt(n), n)
                assert key == "sd1"
                assert f"standard deviation, {sd:.3g}," in str(cure)


def test_a_study_of_standard_errors_is_asked_and_both_answers_pass() -> None:
    scales = {"unit": "nps", "per": 10, "per_unit": "index"}
    told = {"mean1": 42, "sd1": 3.3, "n1": 80, "mean2": 30, "sd2": 2.9, "n2": 90}
    with pytest.raises(NotConverted) as asked:
        converted("effect", "ex -> cx", {**told, **scales})
    assert "a standard error? single answers on nps spread by 49.4 at least" in str(asked.value.message)
    assert "write the standard deviation, 29.5" in str(asked.value.hint)
    assert "`estimate` 12 with `se` 0.479" in str(asked.value.hint)
    assert converted("effect", "ex -> cx", {"estimate": 12, "se": 0.479, **scales}).se == pytest.approx(0.479 / 40)


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "studies.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("study,r,n,p\nA,0.2,84,0.9\nB,0.4,50,0.004\n", "row 2, column p", "contradicts r = 0.2"),
        ("study,estimate,se,low,high\nA,3,1,1,5\nB,2,1,1.8,2.2\n", "row 3, column low", "standard error of 0.1"),
        ("study,mean1,sd1,n1,mean2,sd2,n2\nA,42,3.3,80,30,2.9,90\nB,38,28,70,31,30,75\n", "row 2, column sd1",
         "the other studies have standard deviations about 29"),
        ("study;r;n\nA;0,2;84\nB;0,35;1.200\n", "row 3, column n", "write 1.2 or 1200"),
    ],
)  # fmt: skip
def test_rows_of_a_table_are_told_what_does_not_go_together(tmp_path: Path, text: str, at: str, words: str) -> None:
    with pytest.raises(InputError) as refused:
        read_studies(table(tmp_path, text))
    (problem,) = refused.value.problems
    assert problem.path == at
    assert words in str(problem.message)


def test_what_agrees_or_cannot_be_read_beside_the_figures_leaves_them_as_they_are(tmp_path: Path) -> None:
    alone = read_studies(table(tmp_path, "study,r,n\nA,0.2,84\nB,0.4,50\n"))
    beside = read_studies(table(tmp_path, "study,r,n,p\nA,0.2,84,n.s.\nB,0.4,50,<0.01\n"))
    assert (beside.estimates, beside.se, beside.ignored) == (alone.estimates, alone.se, ("p",))


def test_a_decimal_comma_is_told_which_cell_has_the_point(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        read_studies(table(tmp_path, "study;r;n\nA;0,2;84\nB;0.35;120\n"))
    assert (
        str(refused.value.problems[0].hint) == "row 3, column r has a decimal point, `0.35`: write all of them one way"
    )
