# SPDX-License-Identifier: MIT
"""Values of information, rankings and sets of drivers: by hand, in closed form, or by looking at every case."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from txsim.decide.portfolio import best_sets
from txsim.decide.ranking import (
    batch_errors,
    difference,
    dominates,
    expected_regret,
    frontier,
    mean_estimate,
    p_best,
)
from txsim.decide.value import evpi, evppi, evsi, evsi_discrete, expected_gain_normal, jackknife, unit_normal_loss
from txsim.results.quantities import Estimate

# --- the value of information


def test_evpi_by_hand() -> None:
    table = np.array([[0.0, 3.0, -1.0], [0.0, -5.0, 2.0], [0.0, 1.0, 1.0], [0.0, 5.0, -6.0]])
    # Best of each row 3, 2, 1, 5: 11/4; best mean is the second option's 4/4.
    assert evpi(table, batches=2).value == pytest.approx(11 / 4 - 1)
    # With weights .4 .3 .2 .1: 1.2 + .6 + .2 + .5 = 2.5 against max(0, .4, −.2)
    told = evpi(table, weights=[4, 3, 2, 1])
    assert told == Estimate(pytest.approx(2.1), 0.0)
    assert evpi(table + 1000, batches=2).value == pytest.approx(1.75)
    assert evpi(-table, batches=2).value == pytest.approx((1 + 5 + 0 + 6) / 4 - 1)


def test_evpi_of_a_normal_payoff_and_its_error() -> None:
    """Φ and φ from the textbook: mean 1, sd 2 is worth 2 · (φ(.5) − .5 · (1 − Φ(.5)))."""
    exact = 2 * (math.exp(-0.125) / math.sqrt(2 * math.pi) - 0.5 * 0.5 * math.erfc(0.5 / math.sqrt(2)))
    assert expected_gain_normal(1.0, 2.0) == pytest.approx(exact)
    assert expected_gain_normal(-1.0, 2.0) == pytest.approx(exact)
    assert expected_gain_normal(3.0, 0.0) == 0.0
    assert float(unit_normal_loss(-1.0)) == pytest.approx(float(unit_normal_loss(1.0)) + 1.0)
    rng = np.random.default_rng(6)
    found = [evpi(np.column_stack([np.zeros(500), rng.normal(1, 2, 500)]), batches=20) for _ in range(100)]
    values = np.array([each.value for each in found])
    assert values.mean() == pytest.approx(exact, abs=4 * values.std() / 10)
    # The stated error is the spread of the figure itself, within what a hundred samples tell (sd of an sd: 7 %).
    assert np.mean([each.mcse for each in found]) == pytest.approx(values.std(), rel=0.3)


def test_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = np.array([1.0, 3.0, 4.0, 8.0, 0.0, 2.0])
    # Batches of two have means 2, 6, 1: sd √7, divided by √3.
    told = jackknife(6, lambda kept: float(values[kept].mean()), batches=3)
    assert told == pytest.approx(math.sqrt(7 / 3))
    assert math.isnan(jackknife(5, lambda kept: 0.0, batches=3))
    assert math.isnan(jackknife(5, lambda kept: 0.0, batches=1))
    assert not math.isnan(jackknife(6, lambda kept: 0.0, batches=3))


def test_evppi_of_one_of_two_causes() -> None:
    """Payoff 0.5 + a + b, both standard normal: knowing a, the expectation is normal with mean 0.5 and sd 1."""
    rng = np.random.default_rng(9)
    a, b = rng.normal(size=(2, 4096))
    table = np.column_stack([np.zeros_like(a), 0.5 + a + b])
    about_a, both = evppi(table, a, batches=16), evppi(table, np.column_stack([a, b]), batches=16)
    assert abs(about_a.value - expected_gain_normal(0.5, 1.0)) < 4 * about_a.mcse
    assert abs(both.value - expected_gain_normal(0.5, math.sqrt(2))) < 4 * both.mcse
    assert evppi(table, rng.normal(size=4096), batches=8).value < 0.03
    # ten readings with unit noise shrink by ten elevenths
    read = a + rng.normal(size=a.size) / math.sqrt(10)
    about = evsi(table, read, batches=16)
    assert abs(about.value - expected_gain_normal(0.5, math.sqrt(10 / 11))) < 4 * about.mcse
    # which option is named first is no matter
    turned = evppi(table[:, ::-1], a, batches=8)
    assert turned.value == pytest.approx(about_a.value, rel=1e-6)


def test_evppi_of_groups_is_exact() -> None:
    """Two kinds of firm: in the first committing pays 4 on average, in the second −2; nine of twelve are the first."""
    kind = np.array([0] * 9 + [1] * 3, dtype=float)
    pays = np.where(kind == 0, 4.0, -2.0) + np.tile([-5.0, 5.0, 0.0], 4)
    table = np.column_stack([np.zeros(12), pays])
    # .75 · 4 + .25 · 0 against .75 · 4 − .25 · 2
    assert evppi(table, kind, weights=np.ones(12)).value == pytest.approx(0.5)
    assert evppi(table, kind, weights=np.ones(12)).mcse == 0.0
    assert evppi(table, kind, discrete=True, batches=2).value == pytest.approx(0.5)
    # twice as many of the second: .6 · 4 against .6 · 4 − .4 · 2
    assert evppi(table, kind, weights=np.where(kind == 0, 1.0, 2.0)).value == pytest.approx(0.8)


def test_a_test_with_errors_by_hand() -> None:
    """A machine is faulty with 10 %; a test sees 90 % of faults and cries wolf in 20 %."""
    benefit = [[0.0, -100.0], [0.0, 20.0]]  # ship it or not, faulty or sound
    told = evsi_discrete(benefit, [0.1, 0.9], [[0.9, 0.1], [0.2, 0.8]])
    # Alarm: .09 faulty, .18 sound: −9 + 3.6 < 0, keep. Quiet: .01 and .72: −1 + 14.4. Without it: −10 + 18.
    assert told.value == pytest.approx(13.4 - 8.0)
    assert told.mcse == 0.0
    with pytest.raises(ValueError, match="sum to 1"):
        evsi_discrete(benefit, [0.1, 0.9], [[0.9, 0.2], [0.2, 0.8]])
    with pytest.raises(ValueError, match="sum to 1"):
        evsi_discrete(benefit, [-0.1, 1.1], [[0.9, 0.1], [0.2, 0.8]])
    with pytest.raises(ValueError, match="states of net_benefit"):
        evsi_discrete(benefit, [0.1, 0.9], [[0.9, 0.1]])


# --- rankings

TABLE = np.array([[1.0, 4.0, 4.0], [3.0, 2.0, 0.0], [5.0, 5.0, 5.0], [7.0, 0.0, 8.0]])


def test_errors_of_means_by_hand() -> None:
    # Batches of two: means 2, 6; 3, 2.5; 2, 6.5. Their sd is the distance over √2, the error that over √2 again.
    assert batch_errors(TABLE, 2) == pytest.approx([2.0, 0.25, 2.25])
    assert mean_estimate(TABLE[:, 0], 2) == Estimate(4.0, pytest.approx(2.0))
    assert np.isnan(batch_errors(TABLE, 5)).all()
    assert np.isnan(batch_errors(TABLE, 1)).all()
    assert not np.isnan(batch_errors(TABLE, 4)).any()
    assert batch_errors(np.full((6, 1), 0.1), 2) == pytest.approx([0.0], abs=0)


def test_probability_of_being_best_is_shared_by_ties() -> None:
    found = p_best(TABLE, batches=2)
    assert [each.value for each in found] == pytest.approx(
        [(0 + 1 + 1 / 3 + 0) / 4, (1 / 2 + 0 + 1 / 3 + 0) / 4, (1 / 2 + 0 + 1 / 3 + 1) / 4]
    )
    assert found[0].mcse == pytest.approx(abs(1 / 2 - 1 / 6) / 2)


def test_regret_is_what_the_best_of_each_draw_pays_more() -> None:
    found = expected_regret(TABLE, batches=2)
    assert [each.value for each in found] == pytest.approx([(3 + 0 + 0 + 1) / 4, (0 + 1 + 0 + 8) / 4, 3 / 4])
    assert found[1].mcse == pytest.approx(abs(0.5 - 4.0) / 2)


def test_a_difference_by_hand() -> None:
    gap = np.arange(-1.0, 20.0)  # 21 draws, −1 … 19: 5 % and 95 % lie on the second and the last but one
    shared = np.random.default_rng(4).normal(size=21) * 100
    found = difference(gap + shared, shared, batches=3)
    assert found.mean == pytest.approx(9.0)
    assert found.p05 == pytest.approx(0.0, abs=1e-9)
    assert found.p95 == pytest.approx(18.0)
    # batch means 2, 9, 16
    assert found.mcse == pytest.approx(7 / math.sqrt(3))
    apart = difference(np.array([1.0, 1e-9, -1.0, 2.0]), np.zeros(4), batches=2)
    assert (apart.p_positive, apart.p_equal) == (0.5, 0.25)  # what differs by rounding is no half of a tie
    back = difference(shared, gap + shared, batches=3)
    assert (back.mean, back.p05, back.p95) == pytest.approx((-found.mean, -found.p95, -found.p05), abs=1e-9)


def test_a_difference_between_draws_is_interpolated() -> None:
    values = np.random.default_rng(0).normal(size=1000)
    found = difference(values, np.zeros(1000))
    assert (found.p05, found.p95) == pytest.approx(tuple(np.quantile(values, [0.05, 0.95])))


def test_dominance_by_hand() -> None:
    assert dominates([2.0, 5.0, 9.0], [1.0, 5.0, 9.0]) == 1
    assert dominates([9.0, 2.0, 5.0], [1.0, 9.0, 5.0]) == 1  # order of draws is no matter
    assert dominates([1.0, 5.0, 9.0], [2.0, 5.0, 9.0]) is None
    # The same mean, less spread: for those who shun risk. Means of the worst one, two, three: 2, 3.5, 5 over 1, 3, 5.
    assert dominates([2.0, 5.0, 8.0], [1.0, 5.0, 9.0]) == 2
    assert dominates([1.0, 5.0, 9.0], [2.0, 5.0, 8.0]) is None
    # A better worst case is not enough when the mean falls short.
    assert dominates([2.0, 5.0, 7.0], [1.0, 5.0, 9.0]) is None
    assert dominates([1.0, 2.0], [1.0, 2.0]) is None
    # a difference of rounding is none
    assert dominates([1.0, 2e6], [1.0 + 1e-9, 2e6]) is None


def test_the_frontier_by_looking_at_all() -> None:
    rng = np.random.default_rng(12)
    for _ in range(50):
        mean, tail = rng.integers(0, 6, (2, 7)).astype(float)
        found = frontier(mean, tail)
        points = list(zip(mean, tail, strict=True))
        kept = {p for p in points if not any(q != p and q[0] >= p[0] and q[1] >= p[1] for q in points)}
        assert {(mean[i], tail[i]) for i in found} == kept
        assert len(found) == len(kept)  # twins are told once
        assert sorted(-mean[i] for i in found) == [-mean[i] for i in found]


# --- sets of drivers


def test_sets_by_hand() -> None:
    """Worth 6, 5, 4 for 5, 4, 3 under a budget of 7: the last two, 9 for 7."""
    found = best_sets([6, 5, 4], [5, 4, 3], 7.0)
    assert (found[0].members, found[0].value, found[0].cost) == ((1, 2), 9.0, 7.0)
    assert [(each.members, each.value, each.cost) for each in found[1:]] == [
        ((0,), 6.0, 5.0),
        ((1,), 5.0, 4.0),
        ((2,), 4.0, 3.0),
        ((), 0.0, 0.0),
    ]
    assert best_sets([6, 5, 4], [5, 4, 3], 6.99)[0].members == (0,)
    # one place only; of equal worth the cheaper comes first
    assert best_sets([6, 5, 4], [5, 4, 3], 100, limits=[([1, 1, 1], 1.0)])[0].members == (0,)
    assert best_sets([6, 5, 4], [5, 4, 3], 100, limits=[([1, 1, 1], 2.0), ([1, 1, 0], 1.0)])[0].members == (0, 2)
    assert [each.cost for each in best_sets([5, 5], [3, 2], 3.0)[:2]] == [2.0, 3.0]
    assert best_sets([-1.0], [0.0], 1.0)[0].members == ()


def test_sets_by_looking_at_all() -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        value, cost = rng.normal(size=6), rng.random(6)
        every = [
            (sum(value[list(some)]), sum(cost[list(some)]), some)
            for size in range(7)
            for some in itertools.combinations(range(6), size)
        ]
        allowed = sorted((each for each in every if each[1] <= 1.5), key=lambda each: -each[0])
        found = best_sets(value, cost, 1.5, most=5)
        assert [each.members for each in found] == [each[2] for each in allowed[:5]]
        assert [each.value for each in found] == pytest.approx([each[0] for each in allowed[:5]])
        assert [each.cost for each in found] == pytest.approx([each[1] for each in allowed[:5]])
    with pytest.raises(ValueError, match="equally long"):
        best_sets([1.0, 2.0], [1.0], 1.0)


def test_too_few_draws_are_refused_instead_of_an_error_that_is_no_number() -> None:
    with pytest.raises(ValueError, match=r"2 draws are too few .* 50 batches: pass 100 draws at least"):
        evpi([[1, 2], [3, 4]])
    with pytest.raises(ValueError, match="too few"):
        evppi(np.zeros((40, 2)), np.arange(40.0))
    assert evpi([[1, 2], [3, 4]], weights=[0.5, 0.5]) == evpi([[2, 1], [4, 3]], weights=[0.5, 0.5])
