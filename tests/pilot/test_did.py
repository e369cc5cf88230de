# SPDX-License-Identifier: MIT
"""Differences in differences by hand and as the textbooks' tests give them; placebo shares by looking at every case."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from txsim.errors import InputError
from txsim.pilot.did import difference, summary
from txsim.pilot.pilot_file import read_pilot
from txsim.pilot.pilot_panel import Pilot
from txsim.results.codec import plain


def pilot(inside: list[float], outside: list[float], before: float = 50.0) -> Pilot:
    """Return a pilot with these changes of pilot and control units."""
    change = np.array([*inside, *outside])
    level = before + np.arange(change.size)
    treated = np.arange(change.size) < len(inside)
    names = tuple(f"u{i}" for i in range(change.size))
    value = np.stack([level, level + change], axis=1)
    late = np.broadcast_to(np.array([False, True]), value.shape)
    return Pilot(names, treated, value, np.ones_like(value), late, "ex", 2 * change.size, ())


def test_two_groups_as_welch_has_them() -> None:
    inside, outside = [9.0, 1.0, 5.0, 13.0], [1.0, 2.0, 0.0, 3.0, -1.0]
    found = difference(pilot(inside, outside))
    told = stats.ttest_ind(inside, outside, equal_var=False)
    assert found.effect == pytest.approx(7.0 - 1.0)
    assert found.error == pytest.approx(found.effect / told.statistic)
    assert found.degrees == pytest.approx(told.df)
    assert (found.treated, found.control) == (4, 5)
    assert found.change_sd == pytest.approx(math.sqrt(2.5))
    figures = found.figures()
    low, high = told.confidence_interval(0.9)
    assert (figures.median, figures.p05, figures.p95) == pytest.approx((6.0, low, high))
    assert figures.p_positive == pytest.approx(1 - told.pvalue / 2)


def test_pilot_units_never_seem_to_move_less_than_others() -> None:
    """Three pilot units that move alike: as if they moved as controls do, variance 2.5, with their degrees."""
    found = difference(pilot([6.0, 6.0, 6.1], [1.0, 2.0, 0.0, 3.0, -1.0]))
    assert found.error == pytest.approx(math.sqrt(2.5 * (1 / 3 + 1 / 5)))
    assert found.degrees == pytest.approx(4.0)


def test_one_pilot_unit_is_one_draw_of_how_units_move() -> None:
    outside = [1.0, 2.0, 0.0, 3.0, -1.0]
    found = difference(pilot([3.0], outside))
    assert found.effect == pytest.approx(2.0)
    assert found.error == pytest.approx(math.sqrt(2.5 * (1 + 1 / 5)))
    assert found.degrees == pytest.approx(4.0)
    # Controls lie 0, 1, 1, 2, 2 from their mean: two move as far, and the pilot unit itself counts.
    assert found.permutation == pytest.approx(3 / 6)
    assert difference(pilot([3.1], outside)).permutation == pytest.approx(1 / 6)
    assert difference(pilot([-1.0], outside)).permutation == pytest.approx(3 / 6)  # a fall is as far


def test_placebos_are_all_other_groupings() -> None:
    change = [4.0, 1.5, 0.0, 3.0, -1.0, 2.0, 0.5]
    found = difference(pilot(change[:2], change[2:]))
    far = [
        abs(np.mean([change[i] for i in some]) - np.mean([change[i] for i in range(7) if i not in some]))
        >= abs(found.effect) - 1e-9
        for some in itertools.combinations(range(7), 2)
    ]
    share = sum(far) / len(far)
    assert 0.1 < share < 0.5
    assert found.permutation == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / 2000))
    assert summary(found).permutation_p == found.permutation


def test_a_fall_is_a_rise_turned_round() -> None:
    inside, outside = [9.0, 1.0, 5.0, 13.0], [1.0, 2.0, 0.0, 3.0, -1.0]
    up, down = (plain(summary(difference(pilot([s * x for x in inside], [s * x for x in outside])))) for s in (1, -1))
    assert (down["median"], down["p05"], down["p95"]) == pytest.approx((-up["median"], -up["p95"], -up["p05"]))
    assert down["p_positive"] == pytest.approx(1 - up["p_positive"])
    for key in ("standard_error", "degrees_of_freedom", "change_sd"):
        assert down[key] == pytest.approx(up[key])
    assert down["permutation_p"] == pytest.approx(up["permutation_p"], abs=0.03)


def test_what_happens_everywhere_is_no_effect() -> None:
    inside, outside = [9.0, 1.0, 5.0], [1.0, 2.0, 0.0, 3.0]
    plain = difference(pilot(inside, outside))
    moved = difference(pilot([x + 100 for x in inside], [x + 100 for x in outside], before=0.0))
    assert (moved.effect, moved.error, moved.degrees) == pytest.approx((plain.effect, plain.error, plain.degrees))


def test_without_controls_it_is_before_and_after() -> None:
    inside = [2.0, 4.0, 6.0, 8.0, 10.0]
    found = difference(pilot(inside, []))
    assert (found.effect, found.control, found.treated, found.permutation) == (6.0, 0, 5, None)
    assert found.error == pytest.approx(stats.sem(inside))
    assert found.degrees == pytest.approx(4.0)
    wider = difference(pilot(inside, []), no_control_sd=3.0)
    assert wider.error == pytest.approx(math.sqrt(stats.sem(inside) ** 2 + 9))
    # of both variances, 2 on four degrees and 9 on any number (Satterthwaite): (2 + 9)² / (2² / 4)
    assert wider.degrees == pytest.approx(121.0)
    one = difference(pilot([2.0, 4.0], [1.0]))  # one control shows no spread: it is left out
    assert (one.effect, one.degrees, one.control, one.lone) == (3.0, 1.0, 0, 1)


def test_data_are_told_by_name() -> None:
    found = difference(pilot([9.0, 1.0, 5.0, 13.0], [1.0, 2.0, 0.0, 3.0, -1.0]))
    told = plain(summary(found))
    assert told["standard_error"] == found.error
    assert told["degrees_of_freedom"] == found.degrees
    assert told["change_sd"] == found.change_sd
    assert told["median"] == found.effect
    assert told["p05"] < told["median"] < told["p95"]


@pytest.mark.parametrize(
    ("inside", "outside", "words"),
    [
        ([], [1.0, 2.0, 3.0], "no pilot unit"),
        ([1.0], [2.0], "fewer than two control units"),
        ([1.0, 2.0], [3.0, 3.0, 3.0], "all control units moved alike"),
        ([1.0], [1.0, 1.0], "all control units moved alike"),
        ([1.0, 1.0, 1.0], [3.0], "all pilot units moved alike"),
        ([0.3, 0.1 + 0.2, 0.3], [3.0], "all pilot units moved alike"),
        ([1.0, 2.0], [0.3, 0.1 + 0.2, 0.3], "all control units moved alike"),
    ],
)
def test_what_cannot_be_told_is_refused(inside: list[float], outside: list[float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        difference(pilot(inside, outside))


def test_units_without_both_waves_are_left_out() -> None:
    whole = pilot([9.0, 1.0, 5.0], [1.0, 2.0, 0.0, 3.0])
    value = whole.value.copy()
    value[[0, 3], 1] = np.nan
    some = replace(whole, value=value)
    assert difference(some).effect == pytest.approx(3.0 - 5 / 3)
    assert (difference(some).treated, difference(some).control) == (2, 3)


# --- reading


def written(folder: Path, text: str, **told: object) -> Pilot:
    path = folder / "pilot.csv"
    path.write_text(text)
    return read_pilot(path, **told)  # type: ignore[arg-type]


def test_waves_of_a_unit_are_drawn_together(tmp_path: Path) -> None:
    """Unit a: 10 and 14 before, 20 after; b: 5 before, 6, 7 and 11 after."""
    text = "unit,period,treated,post,ex\n"
    text += "a,1,1,0,10\na,2,1,0,14\na,3,1,1,20\nb,1,0,0,5\nb,3,0,1,6\nb,4,0,1,7\nb,5,0,1,11\n"
    found = written(tmp_path, text)
    assert (found.units, found.treated.tolist(), found.measure, found.rows) == (("a", "b"), [True, False], "ex", 7)
    assert found.before.tolist() == [12.0, 5.0]
    assert found.after.tolist() == [20.0, 8.0]


def test_single_answers_count_by_wave(tmp_path: Path) -> None:
    """Several people answer each wave: waves count alike, however many answer in each."""
    text = "unit,period,treated,post,ex\n"
    text += "a,1,1,0,10\na,1,1,0,20\na,1,1,0,30\na,2,1,0,40\na,2,1,0,40\na,3,1,1,70\na,3,1,1,80\n"
    text += "b,1,0,0,1\nb,1,0,0,3\nb,3,0,1,5\nb,3,0,1,5\n"
    found = written(tmp_path, text)
    assert found.before.tolist() == [30.0, 2.0]
    assert found.after.tolist() == [75.0, 5.0]
    assert any("single answers, 11 in all" in str(warning) for warning in found.warnings)


def test_a_row_for_each_unit(tmp_path: Path) -> None:
    counts = tmp_path / "counts.csv"
    counts.write_text("unit,period,treated,post,ex_promoters\na,1,1,0,3\na,2,1,1,5\nb,1,0,0,4\nb,2,0,1,4\n", "utf-8")
    with pytest.raises(InputError, match="`ex_promoters` counts one group of answers"):
        read_pilot(counts, "ex_promoters")
    with pytest.raises(InputError, match="`cx_before` stands twice"):
        written(tmp_path, "unit,treated,cx_before,cx_after,cx_before,cx_after\na,yes,1,4,2,1\nb,no,2,3,3,4\n")
    found = written(tmp_path, "unit,treated,cx_before,cx_after\na,yes,1,4\nb,no,2,3\nc,control,5,N/A\n")
    assert (found.measure, found.before.tolist(), found.after.tolist()[:2]) == ("cx", [1.0, 2.0, 5.0], [4.0, 3.0])
    assert np.isnan(found.after[2])
    assert any(str(warning).startswith("1 value is missing and was left out: 1 × N/A") for warning in found.warnings)
    assert any(str(warning).startswith("1 unit lacks") for warning in found.warnings)


@pytest.mark.parametrize(
    ("text", "randomised", "words"),
    [
        ("unit,period,treated,y\na,1,1,3\na,2,1,5\nb,1,0,3\nb,2,0,4\n", True,
         "there is no column `post`"),
        ("unit,treated,y\na,1,3\nc,1,4\nb,0,3\n", True, "nothing was measured before the start, and there are fewer"),
        ("unit,treated,cx_before,cx_after,ex_before,ex_after\na,1,1,2,3,4\nb,0,1,2,3,4\n", False,
         "several columns could be the measure: cx_before, cx_after, ex_before, ex_after"),
        ("unit,treated,ex_before,ex_after\na,1,1,2\nb,0,1,2\na,0,3,4\n", False,
         "puts `a` into the pilot in one row and beside it in another"),
    ],
)  # fmt: skip
def test_what_could_be_read_two_ways_is_asked(tmp_path: Path, text: str, randomised: bool, words: str) -> None:
    with pytest.raises(InputError, match=words):
        difference(written(tmp_path, text, randomised=randomised))


def test_units_may_be_called_by_letters(tmp_path: Path) -> None:
    """`E` and `F` among `A` to `H` are units' names and no kinds of rows."""
    rows = "".join(f"{u},{p},{int(u < 'E')},{p},{i + 2 * p}\n" for i, u in enumerate("ABCDEFGH") for p in (0, 1))
    assert written(tmp_path, "unit,period,treated,post,y\n" + rows).units == tuple("ABCDEFGH")


def test_clusters_are_drawn_together_only_where_they_were_drawn(tmp_path: Path) -> None:
    head = "unit,cluster,treated,post,y\n"
    rows = [("a", "x", 1, 10, 20), ("b", "x", 1, 12, 30), ("c", "z", 0, 1, 2), ("d", "z", 0, 3, 6)]
    whole = "".join(f"{u},{c},{t},0,{p}\n{u},{c},{t},1,{q}\n" for u, c, t, p, q in rows)
    found = written(tmp_path, head + whole)
    assert (found.before.tolist(), found.after.tolist()) == ([11.0, 2.0], [25.0, 4.0])
    mixed = "".join(f"{u},x,{t},0,{p}\n{u},x,{t},1,{q}\n" for u, _, t, p, q in rows)
    assert written(tmp_path, head + mixed).after.tolist() == [20.0, 30.0, 2.0, 6.0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("unit,period,treated,post,ex,n_ex,weight\n" + "a,1,1,0,10,5,1\na,2,1,1,14,5,1\nb,1,0,0,3,5,1\nb,2,0,1,4,5,1\n",
         "`weight` weighs answers, but rows are scores of many"),
        ("unit,period,treated,post,ex,weight\n" + "a,1,1,0,10,-1\na,1,1,0,12,1\na,2,1,1,14,1\na,2,1,1,9,1\n"
         "b,1,0,0,3,1\nb,1,0,0,5,1\nb,2,0,1,4,1\nb,2,0,1,6,1\n",
         "below zero"),
        ("unit,period,ex\na,1,3\n", ""),
        ("unit,period,treated,post,ex\na,1,1,0,x\na,2,1,1,y\nb,1,0,0,z\n", ""),
    ],
)  # fmt: skip
def test_every_refusal_of_a_pilot_names_its_file(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError) as raised:
        written(tmp_path, text)
    assert all(str(problem.file).endswith("pilot.csv") for problem in raised.value.problems), raised.value
    assert words in str(raised.value)
