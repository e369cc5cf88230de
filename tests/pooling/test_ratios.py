# SPDX-License-Identifier: MIT
"""Ratios are pooled as ratios, by their logarithms; what may be ratios under another name is asked about."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest

from txsim.errors import InputError
from txsim.pooling.studies import Studies, read_studies, studies_from_text

RATIOS = ["A,1.5,1.1,2.0", "B,0.8,0.6,1.05", "C,1.2,0.9,1.6"]


def read(head: str, rows: list[str], measure: str | None = None) -> Studies:
    return studies_from_text("\n".join([head, *rows]) + "\n", "studies.csv", measure)


def refused(head: str, rows: list[str], measure: str | None = None) -> str:
    with pytest.raises(InputError) as error:
        read(head, rows, measure)
    return "\n".join(f"{p.line}: {p.message} | {p.hint}" for p in error.value.problems)


@pytest.mark.parametrize(
    ("column", "measure"),
    [
        ("odds_ratio", "log_odds_ratio"), ("OR", "log_odds_ratio"), ("Odds Ratio", "log_odds_ratio"),
        ("hazard_ratio", "log_hazard_ratio"), ("HR", "log_hazard_ratio"),
    ],
)  # fmt: skip
def test_ratios_are_pooled_by_their_logarithms(column: str, measure: str) -> None:
    studies = read(f"study,{column},low,high", RATIOS)
    assert studies.measure == measure
    # ln 1.5 = 0.4055; (ln 2.0 − ln 1.1) / 3.92 = 0.5978 / 3.92
    assert studies.estimates[0] == pytest.approx(0.405465, abs=1e-6)
    assert studies.se[0] == pytest.approx(0.15251, abs=1e-4)
    by_error = read(f"study,{column},se_log", ["A,1.5,0.15", "B,0.8,0.143"])
    assert by_error.se == (0.15, 0.143)
    assert read(f"study,{column},se_ratio", ["A,1.5,0.15", "B,0.8,0.2"]).se == pytest.approx((0.1, 0.25))
    assert "of the ratio, or of its logarithm" in refused(f"study,{column},se", ["A,1.5,0.15", "B,0.8,0.143"])
    assert by_error.estimates[1] == pytest.approx(-0.223144, abs=1e-6)


def test_intervals_in_the_middle_by_factors_are_asked_about() -> None:
    told = refused("study,estimate,low,high", RATIOS)
    assert told.startswith("1: each estimate lies in the middle of its interval by factors")
    assert "`--measure estimate`" in told
    plain = read("study,estimate,low,high", RATIOS, "estimate")  # the cure that is named
    assert plain.estimates == (1.5, 0.8, 1.2)


@pytest.mark.parametrize(
    "rows",
    [
        ["A,1.5,1.1,1.9", "B,0.8,0.6,1.0", "C,1.2,0.9,1.5"],  # in the middle by differences
        ["A,1.53,1.1,2.0", "B,0.31,0.06,0.55"],  # as printed, a digit off
        ["A,0.4,0.1,0.7"],
        ["A,0.5,-0.1,1.2", "B,1.5,1.1,2.0"],  # no ratio is below 0
        ["A,50,45,55", "B,62.1,58,66.3"],
    ],
)
def test_differences_are_differences(rows: list[str]) -> None:
    assert read("study,estimate,low,high", rows).measure == "estimate"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("A,1.5,1.6,2.0", "the estimate 1.5 must lie inside 1.6 … 2"),
        ("A,-0.2,-0.5,0.1", "a ratio is above 0, it is -0.2"),
        ("A,1.5,-0.1,2.0", "a ratio is above 0, as are both ends of its interval: 1.5, -0.1 … 2"),
        ("A,1.0,0.9,4.0", "the ratio 1 is not in the middle of 0.9 … 4 by factors (that is 1.9)"),
    ],
)
def test_a_wrong_ratio_is_told_in_its_own_figures(row: str, words: str) -> None:
    assert words in refused("study,odds_ratio,low,high", [row])


def test_counts_and_ratios_of_the_same_trials_agree() -> None:
    """Of 30 of 100 against 20 of 100: 30 · 80 / (70 · 20), error √(1/30 + 1/70 + 1/20 + 1/80)."""
    counts = read("study,events1,n1,events2,n2", ["A,30,100,20,100"])
    ratio, se = 30 * 80 / (70 * 20), math.sqrt(1 / 30 + 1 / 70 + 1 / 20 + 1 / 80)
    low, high = (ratio * math.exp(sign * 1.959964 * se) for sign in (-1, 1))
    told = read("study,odds_ratio,low,high", [f"A,{ratio:.6f},{low:.6f},{high:.6f}"])
    assert told.estimates == pytest.approx(counts.estimates, abs=1e-5)
    assert told.se == pytest.approx(counts.se, abs=1e-5)
    assert told.measure == counts.measure


@pytest.mark.parametrize("again", ["A,0.4,0.1", "a,0.40,0.1"])
def test_a_study_counts_once(again: str, tmp_path: Path) -> None:
    told = refused("study,estimate,se", ["A,0.4,0.1", "B,0.1,0.08", again])
    assert told.startswith("4: the study")
    assert "stands twice with the same figures, first in row 2" in told
    path = tmp_path / "studies.csv"
    path.write_text("study,estimate,se\nA,0.4,0.1\nB,0.1,0.08\n")  # the cure
    assert read_studies(path).labels == ("A", "B")
    assert len(read("study,estimate,se", ["A,0.4,0.1", "B,0.1,0.08", "A (2)" + again[1:]]).labels) == 3
    assert len(read("estimate,se", ["0.4,0.1", "0.4,0.1"]).labels) == 2  # nobody said that they are one


def test_one_name_with_two_results_is_asked_about_unless_the_file_tells_them_apart() -> None:
    for header, rows in (
        ("study,estimate,se", ["A,0.4,0.1", "A,0.6,0.1"]),
        ("study,estimate,se,weight", ["A,0.4,0.1,12.5", "a,0.6,0.1,13.4"]),  # a figure is no name of a sample
        ("study,estimate,se,outcome", ["A,0.4,0.1,nps", "A,0.6,0.1,NPS"]),
    ):
        assert "first in row 2: one study, or two?" in refused(header, rows)
    for title in ("outcome", "Endpunkt", "follow-up"):  # of the same people: not two studies
        told = refused(f"study,estimate,se,{title}", ["A,0.4,0.1,nps", "A,0.6,0.1,churn"])
        assert f"two results that only `{title}` tells apart, the first in row 2" in told
        assert len(read(f"study,estimate,se,{title}", ["A,0.4,0.1,nps", "B,0.6,0.1,churn"]).labels) == 2
    for header, rows in (
        ("study,estimate,se,sample", ["A,0.4,0.1,1", "A,0.6,0.1,2"]),
        ("study,estimate,se,sample,outcome", ["A,0.4,0.1,1,nps", "A,0.6,0.1,2,churn"]),  # the cure
        ("study,year,estimate,se", ["A,1999,0.4,0.1", "A,2004,0.6,0.1"]),
        ("study,estimate,se,level", ["A,0.4,0.1,person", "A,0.6,0.1,store"]),  # of analysis, not of an interval
    ):
        assert read(header, rows).estimates == (0.4, 0.6)


def test_a_column_that_holds_no_level_of_intervals_is_none_and_an_empty_cell_is_95() -> None:
    rows = ["A,0.4,0.2,0.6", "B,0.1,-0.1,0.3"]
    plain = read("study,estimate,low,high", rows)
    graded = read("study,estimate,low,high,confidence", [rows[0] + ",high", rows[1] + ",moderate"])
    assert (graded.se, graded.ignored) == (plain.se, ("confidence",))
    part = read("study,estimate,low,high,level", [rows[0] + ",", rows[1] + ",90"])
    assert part.se[0] == plain.se[0]
    assert part.se[1] == pytest.approx(plain.se[1] * 1.959964 / 1.644854, rel=1e-6)
    said = refused("study,estimate,low,high,confidence", [rows[0] + ",3", rows[1] + ",4"])
    assert "the level of an interval is a share such as 0.95" in said


@pytest.mark.parametrize(("n", "said"), [("2", "of 2 there is no interval"), ("12.5", "12.5 is no whole number")])
def test_n_beside_an_interval_is_so_many_people(n: str, said: str) -> None:
    assert said in refused("study,estimate,low,high,n", [f"A,0.4,0.2,0.6,{n}", "B,0.1,-0.1,0.3,40"])


def test_means_on_two_scales_are_asked_about() -> None:
    """62 − 58 of a hundred and 3.6 − 3.4 of five points have no mean in any unit; in their own spreads they have."""
    header = "study,mean1,sd1,n1,mean2,sd2,n2"
    rows = ["A,62,20,100,58,20,100", "B,3.6,0.9,100,3.4,0.9,100"]
    assert "a standard deviation of 20 beside 0.9 in row 3: means on two scales?" in refused(header, rows)
    text = "\n".join([header, *rows])
    plain = studies_from_text(text, measure="mean_difference")
    assert plain.estimates == pytest.approx((4, 0.2))
    parts = studies_from_text(text, measure="standardised_mean_difference")
    assert parts.estimates == pytest.approx((4 / 20 * (1 - 3 / 791), 0.2 / 0.9 * (1 - 3 / 791)), rel=1e-4)
    stays = [  # Normand, Statistics in Medicine 18 (1999), 321-359: days in hospital, spreads from 4 to 64
        "A,55,47,155,75,64,156", "B,27,7,31,29,4,32", "C,64,17,75,119,29,71", "D,66,20,18,137,48,18",
        "E,14,8,8,18,11,13", "F,19,7,57,18,4,52", "G,52,45,34,41,34,33", "H,21,16,110,31,27,183", "I,30,27,60,23,20,52",
    ]  # fmt: skip
    assert read(header, stays).estimates == (-20, -2, -55, -71, -4, 1, 11, -10, 7)


def test_shares_given_as_events_are_asked_about() -> None:
    with pytest.raises(InputError, match=r"0\.6 events of 100: a share"):
        studies_from_text("study,events1,n1,events2,n2\na,0.6,100,0.4,100\nb,0.5,100,0.3,100\n")


THREE = ["A,0.30,0.1", "B,0.2,0.12", "C,0.4,0.15"]


@pytest.mark.parametrize(
    "name",
    [
        "Overall", "Total", "Pooled", "Gesamt", "Итого", "Ensemble", "Random effects model", "Summary (I2=0%)",
        "RE Model", "Total (95% CI)", "Pooled OR", "Subtotal retail", "Итого по рознице", "Retail subtotal",
        "Сводная оценка", "Модель со случайными эффектами", "Zwischensumme Handel", "Heterogeneity: I2 = 12 %", "Mean",
    ],
)  # fmt: skip
def test_a_row_that_is_called_a_sum_is_no_study(name: str) -> None:
    found = read("study,estimate,se", [*THREE[:2], f"{name},0.7,", THREE[2]])
    assert (found.labels, found.left_out) == (("A", "B", "C"), (name,))


@pytest.mark.parametrize("name", ["Total Quality 2011", "Meta", "Meaney", "Overallen 2004", "Pool 2010", "Summer 1999"])
def test_a_study_may_be_called_nearly_so(name: str) -> None:
    found = read("study,estimate,se", [*THREE, f"{name},0.7,0.3"])
    assert (found.labels[-1], found.left_out) == (name, ())


@pytest.mark.parametrize(
    ("head", "rows", "pool"),
    [
        # 1/σ² = 100, 69.4, 44.4: mean (30 + 13.89 + 17.78) / 213.9 = 0.288, error 213.9^−½ = 0.0684
        ("study,estimate,se", THREE, "Meta,0.288,0.0684"),
        ("study,estimate,se", THREE, "Meta,0.29,0.07"),
        # w = 100 each, Q = 100 · 0.32 = 32, τ² = (32 − 2) / 200 = 0.15: mean 0.4, error √(0.16 / 3) = 0.231
        ("study,estimate,se", ["A,0,0.1", "B,0.4,0.1", "C,0.8,0.1"], "Meta,0.4,0.231"),
        ("study,r,n", ["A,0.30,120", "B,0.45,84", "C,0.10,200"], "Meta,0.26,404"),
        ("study,events1,n1,events2,n2", ["A,3,80,5,90", "B,9,120,12,110", "C,4,60,4,66"], "Meta,16,260,21,266"),
    ],
)  # fmt: skip
def test_what_the_others_give_together_is_asked_and_both_answers_pass(head: str, rows: list[str], pool: str) -> None:
    told = refused(head, [*rows, pool])
    assert told.startswith("5: `Meta` is what the other 3 rows give together")
    assert "`study` in a column `kind`" in told
    assert len(read(head, rows).labels) == 3
    said = read(f"{head},kind", [*(f"{row}," for row in rows), f"{pool},study"])
    assert (said.labels, said.ignored, said.left_out) == (("A", "B", "C", "Meta"), (), ())


# 1/σ² = 100, 69.4, 44.4: Retail .2883 ± .0684; 123.5, 82.6: Banks .0800 ± .0697; all five: .1825 ± .0488
RETAIL, BANKS = ["A,.30,.10", "B,.20,.12", "C,.40,.15"], ["D,.10,.09", "E,.05,.11"]
ALIKE = ["A,12,410,25,400", "B,10,200,18,210"], ["C,30,500,41,490", "D,8,100,9,100"]


@pytest.mark.parametrize(
    ("head", "rows", "told"),
    [
        ("study,estimate,se", [*RETAIL, "Retail,.2883,.0684", *BANKS, "Banks,.0800,.0697"], "5: 2-4 8: 6-7"),
        ("study,estimate,se", [*RETAIL, "Retail,.29,.07", *BANKS, "Banks,.08,.07"], "5: 2-4 8: 6-7"),
        ("study,estimate,se", ["Retail,.2883,.0684", *RETAIL, "Banks,.0800,.0697", *BANKS], "2: 3-5 6: 7-8"),
        ("study,estimate,se", [*RETAIL, "Retail,.2883,.0684", *BANKS], "5: 2-4"),  # a group of which none gave a sum
        ("study,estimate,se", [*RETAIL, "Retail,.2883,.0684", *BANKS, "Banks,.0800,.0697", "Everything,.1861,.0488"],
         "5: 2-4 8: 6-7 9: 2-7"),
        # τ² of (Q = 32 − 2) / 200 = .15 is in the first: mean .4, error √(.16 / 3) = .2309
        ("study,estimate,se", ["A,0,.1", "B,.4,.1", "C,.8,.1", "North,.4,.2309", *BANKS, "South,.08,.0697"],
         "5: 2-4 8: 6-7"),
        ("study,r,n", ["A,.35,84", "B,.20,120", "North,.26,204", "C,.10,150", "D,.05,90", "South,.08,240"],
         "4: 2-3 7: 5-6"),
        ("study,events1,n1,events2,n2", [*ALIKE[0], "North,22,610,43,610", *ALIKE[1], "South,38,600,50,590"],
         "4: 2-3 7: 5-6"),
        ("study,odds_ratio,low,high", ["A,.60,.40,.90", "B,.80,.60,1.07", "North,.73,.58,.92", "C,.70,.50,.98",
                                       "D,.90,.60,1.35", "South,.78,.60,1.01"], "4: 2-3 7: 5-6"),
    ],
)  # fmt: skip
def test_sums_of_groups_under_ordinary_names_are_asked(head: str, rows: list[str], told: str) -> None:
    """Each by the line of its row, and from which row to which the rows are that give it together."""
    said = refused(head, rows)
    found = re.findall(r"(\d+): `.*?` is what \d rows from row (\d) to row (\d) give together", said)
    assert " ".join(f"{line}: {first}-{last}" for line, first, last in found) == told
    assert len(found) == len(said.splitlines())
    assert len(read(f"{head},kind", [f"{row},study" for row in rows]).labels) == len(rows)


def test_studies_that_are_no_sums_are_not_asked_about() -> None:
    """Tables of true studies, to two digits."""
    rng = np.random.default_rng(5)
    for k in (5, 6, 8, 10, 12):
        se = np.exp(rng.normal(math.log(0.1), 0.5, k)).clip(0.02)
        estimates = rng.normal(0.3, np.hypot(se, 0.05))
        read("study,estimate,se", [f"s{i},{y:.2f},{s:.2f}" for i, (y, s) in enumerate(zip(estimates, se, strict=True))])


def test_a_row_without_a_name_beside_a_group_is_asked_about() -> None:
    rows = ["Retail,A,.3,.1", "Retail,B,.2,.12", "Retail,,.5,.077", "Banks,D,.1,.09", ",,.155,.0516"]
    said = refused("group,study,estimate,se", rows)
    assert "4: a row of `Retail` without a name: its sum, and no study?" in said
    assert "6: a row without a name or a group" in said
    assert len(read("group,study,estimate,se", [*rows[:2], "Retail,C,.5,.077"]).labels) == 3


RATIO = (-0.510826, 0.206869)  # ln 0.6; ln(0.9 / 0.4) / 3.919928
COUNTED = (-0.793495, 0.358487)  # 12 · 375 / (398 · 25); √(1/12 + 1/398 + 1/25 + 1/375)


@pytest.mark.parametrize(
    ("head", "row", "measure", "found"),
    [
        ("studlab,TE,seTE", "A,.3,.1", "estimate", (0.3, 0.1)),  # R meta
        ("slab,yi,vi", "A,.3,.01", "estimate", (0.3, 0.1)),  # metafor
        ("study,estimate,ci.lb,ci.ub", "A,.3,.104,.496", "estimate", (0.3, 0.1)),
        ("study,b (SE)", "A,0.30 (0.10)", "estimate", (0.3, 0.1)),  # a spreadsheet
        ("study,Est.,Std. Err.", "A,.3,.1", "estimate", (0.3, 0.1)),
        ("study,SMD,se", "A,.3,.1", "standardised_mean_difference", (0.3, 0.1)),
        ("study,lnOR,se", "A,-.51,.2", "log_odds_ratio", (-0.51, 0.2)),
        ("study,log HR,se", "A,-.51,.2", "log_hazard_ratio", (-0.51, 0.2)),
        ("study,OR,LL,UL", "A,.6,.4,.9", "log_odds_ratio", RATIO),
        ("study,HR,95% CI lower,95% CI upper", "A,.6,.4,.9", "log_hazard_ratio", RATIO),
        # ln(0.9 / 0.4) / (2 · 1.644854): the level is that of the title
        ("study,HR (90% CI)", "A,0.60 (0.40-0.90)", "log_hazard_ratio", (-0.510826, 0.246502)),
        ('Study or Subgroup,"Odds Ratio M-H, Random, 95% CI"', 'A,"0.60 [0.40, 0.90]"', "log_odds_ratio", RATIO),
        ("Study,Events,Total,Events,Total", "A,12,410,25,400", "log_odds_ratio", COUNTED),  # RevMan
        ("Study,Control Events,Control Total,Experimental Events,Experimental Total", "A,25,400,12,410",
         "log_odds_ratio", COUNTED),
        (",Control,,Experimental,\nStudy,Events,Total,Events,Total", "A,25,400,12,410", "log_odds_ratio", COUNTED),
        ("study,ai,n1i,ci,n2i", "A,12,410,25,400", "log_odds_ratio", COUNTED),
        ("Study,Mean,SD,Total,Mean,SD,Total", "A,42,60,100,35,80,100", "mean_difference", (7.0, 10.0)),
        ("Studie;Schätzer;Standardfehler", "A;0,3;0,1", "estimate", (0.3, 0.1)),
        ("Studie;OR;KI unten;KI oben", "A;0,60;0,40;0,90", "log_odds_ratio", RATIO),
        ("Étude;Estimation;IC inf;IC sup", "A;0,3;0,104;0,496", "estimate", (0.3, 0.1)),
        ("Исследование;ОШ;95% ДИ", "А;0,60;0,40–0,90", "log_odds_ratio", RATIO),
        ("Исследование;Оценка;Ст. ошибка", "А;0,3;0,1", "estimate", (0.3, 0.1)),
        # a column that might be meant gives way to one that is called so
        ("study,OR,low,high,logOR,se", "A,.6,.4,.9,-.51,.207", "log_odds_ratio", RATIO),
        ("study,g,estimate,se", "A,Retail,.3,.1", "estimate", (0.3, 0.1)),
        ("study,r,n,d", 'A,.3,"1,203",x', "correlation", (0.309520, 1200**-0.5)),  # English thousands
    ],
)  # fmt: skip
def test_columns_as_programs_and_people_call_them(
    head: str, row: str, measure: str, found: tuple[float, float]
) -> None:
    studies = read(head, [row])
    assert studies.measure == measure
    assert (studies.estimates[0], studies.se[0]) == pytest.approx(found, abs=1e-5)
    assert studies.labels[0] in "AА"


def test_what_columns_were_taken_for_is_told() -> None:
    studies = read("studlab,TE,seTE,w", ["A,.3,.1,40", "Retail,,,"])
    assert (studies.taken, studies.ignored) == ((("TE", "estimate"), ("seTE", "se")), ("w",))
    assert studies.empty == ("Retail",)
    assert read("study,effect,CI", ['A,.3,"0.104; 0.496"']).taken[1:] == (("CI", "low"), ("CI", "high"))
    assert "3: `n/a` is not a number" in refused("study,OR (95% CI)", ["A,0.6 (0.4-0.9)", "B,n/a", "C,0.8 (0.6-1.07)"])
    parts = read("study,OR (95% CI)", ["A,0.60 (0.40-0.90)"])
    assert parts.taken == (("OR", "odds_ratio"), ("OR (95% CI)", "low"), ("OR (95% CI)", "high"))


def test_logarithms_that_somebody_took_are_pooled_as_they_are() -> None:
    assert read("study,estimate,se", ["A,-.51,.2"], "log_odds_ratio").measure == "log_odds_ratio"
    assert "by factors" in refused("study,estimate,low,high", RATIOS, "log_odds_ratio")


@pytest.mark.parametrize(
    ("head", "row", "words"),
    [
        ("study,RR,low,high", "A,.6,.4,.9", "`RR` is not pooled as it stands | a risk ratio is no odds ratio"),
        ("study,Exp(B),low,high", "A,.6,.4,.9", "`odds_ratio` if it is of a logistic regression"),
        ("study,effect,foo", "A,.6,.4", "nothing says how sure `effect` is: `low` and `high`, `se` or `variance` | "
         "not understood: `foo`"),
        ("study,estimte,foo", "A,.6,.4", "not understood: `estimte` (estimate?), `foo`"),
        ("study,r,n", "A,35 %,84", "35 %: a correlation has no percent sign, write 0.35"),
        ("study,r,n", "A,35,84", "it is 35; if that is percent, write 0.35"),
        ("study,events1,n1,events2,n2", "A,3 %,410,24,400", "3 % of 410 are about 12: events are counted"),
        ("study,events1,n1,events2,n2", "A,0.03,410,24,400", "as 12 | people and events are counted: write a whole"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_named_with_its_cure(head: str, row: str, words: str) -> None:
    assert words in refused(head, [row])


def test_the_same_figures_under_two_names_are_asked_about() -> None:
    rows = ["A,0.35,182", "B,0.41,96", "C,0.35,182"]
    assert refused("study,r,n", rows).startswith("4: `C` has the very figures of row 2")
    assert read("study,r,n,kind", [*(f"{row}," for row in rows[:2]), f"{rows[2]},study"]).labels == ("A", "B", "C")
    assert len(read("study,r,n", ["A,0.3,120", "B,0.3,120"]).labels) == 2  # as round as that, two may be


def test_a_row_longer_than_its_header_says_no_level(tmp_path: Path) -> None:
    """The cell beyond the header is none of a column `level` that is not there."""
    path = tmp_path / "studies.csv"
    path.write_text("study,estimate,se\na,0.3,0.1\nb,0.2,0.1,95\n", "utf-8")
    with pytest.raises(InputError, match="4 cells, but the header has 3"):
        read_studies(path)
