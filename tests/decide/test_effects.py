# SPDX-License-Identifier: MIT
"""What moves a figure, where the answer is known: conditional means, tornado, break-even, maps, indices, rules."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from math import factorial

import numpy as np
import pytest
from scipy import stats

from txsim.decide.bases import distinct, normal_scores
from txsim.decide.discovery import discover
from txsim.decide.indices import sensitivity_indices
from txsim.decide.regression import as_columns, conditional_mean, fit
from txsim.decide.response import break_even, tornado, two_way
from txsim.decide.shares import coalitions, shapley

# ---------------------------------------------------------------- conditional means


def test_scores_of_ranks_are_those_of_the_normal() -> None:
    values = np.random.default_rng(0).permutation(np.arange(501.0)) ** 3
    expected = stats.norm.ppf((stats.rankdata(values) - 0.5) / 501)
    np.testing.assert_allclose(normal_scores(values), expected, atol=1e-12)
    np.testing.assert_allclose(normal_scores(values[:500]).sum(), 0, atol=1e-9)
    many = np.random.default_rng(1).normal(size=20_002)
    expected = stats.norm.ppf((stats.rankdata(many) - 0.5) / 20_002)
    np.testing.assert_allclose(normal_scores(many), expected, atol=1e-9)


def test_equal_values_share_their_mean_score() -> None:
    scores = stats.norm.ppf((np.arange(4) + 0.5) / 4)
    found = normal_scores(np.array([5.0, 2.0, 5.0, 9.0]))
    middle = (scores[1] + scores[2]) / 2
    np.testing.assert_allclose(found, [middle, scores[0], middle, scores[3]], atol=1e-12)


def test_different_values_are_found_once_each() -> None:
    assert distinct(np.array([3.0, 1.0, 3.0, 2.0, 1.0])).tolist() == [1.0, 2.0, 3.0]
    assert distinct(np.array([4.0])).tolist() == [4.0]


def test_columns_must_fit() -> None:
    assert as_columns([1.0, 2.0]).shape == (2, 1)
    assert as_columns(np.zeros((3, 2)), 3).shape == (3, 2)
    for bad in (np.zeros((2, 2, 2)), np.zeros(0), 5.0):
        with pytest.raises(ValueError, match=r"expected an array \(draw,\) or \(draw, quantity\)"):
            as_columns(bad)
    with pytest.raises(ValueError, match=r"expected an array \(4,\) or \(4, quantity\), its shape is \(3,\)"):
        as_columns(np.zeros(3), 4)


def test_few_cells_are_averaged_by_cell() -> None:
    rng = np.random.default_rng(2)
    kind, level, values = rng.integers(0, 3, 600), rng.integers(0, 2, 600), rng.normal(size=(600, 2))
    weight = rng.random(600)
    for weights in (None, weight):
        found = conditional_mean(values, np.column_stack([kind, level]), weights=weights)
        for a, b in itertools.product(range(3), range(2)):
            here = (kind == a) & (level == b)
            expected = np.average(values[here], axis=0, weights=None if weights is None else weights[here])
            np.testing.assert_allclose(found[here], np.tile(expected, (here.sum(), 1)), atol=1e-12)
    fitted, kept = fit(values, kind), np.arange(100, 500)
    again = fitted.without(kept)
    for a in range(3):
        here = kind[kept] == a
        np.testing.assert_allclose(again[here, 1], values[kept][here, 1].mean(), atol=1e-12)


def test_nothing_known_is_the_plain_mean() -> None:
    values = np.random.default_rng(3).normal(size=(200, 3))
    found = conditional_mean(values, np.full(200, 7.0))
    np.testing.assert_allclose(found, np.tile(values.mean(axis=0), (200, 1)), atol=1e-12)


def test_weights_of_continuous_quantities_are_refused() -> None:
    with pytest.raises(ValueError, match="weights are for discrete states"):
        fit(np.zeros(50), np.arange(50.0), weights=np.ones(50), discrete=False)


@pytest.mark.parametrize(
    "known",
    [
        lambda x: 3 * x[:, 0] - 2,
        lambda x: np.exp(0.7 * x[:, 0]),
        lambda x: np.maximum(x[:, 0] - 0.3, 0),
        lambda x: x[:, 0] * x[:, 1],
        lambda x: x[:, 0] ** 2 - x[:, 1] * x[:, 2] + 0.5 * x[:, 2],
        lambda x: np.where(x[:, 3] == 1, 2 * x[:, 0], -x[:, 0]),
        lambda x: np.array([1.0, -2.0, 4.0])[x[:, 4].astype(int)] * (x[:, 3] + 1),
        lambda x: np.array([1.0, -2.0, 4.0])[x[:, 4].astype(int)] + x[:, 1] ** 3,
    ],
)
def test_known_means_are_found_under_noise(known: Callable[[np.ndarray], np.ndarray]) -> None:
    rng = np.random.default_rng(4)
    x = np.column_stack([rng.normal(size=(4000, 3)), rng.integers(0, 2, 4000), rng.integers(0, 3, 4000)])
    truth = known(x)
    used = [i for i in range(5) if not np.allclose(known(_mixed(x, i)), truth)]
    noisy = truth + 0.5 * truth.std() * rng.normal(size=4000)
    error = conditional_mean(noisy, x[:, used])[:, 0] - truth
    # 100 functions of 4,000 draws with noise of half a standard deviation: a root mean square of 0.5 √(100 / 4000).
    assert np.sqrt((error**2).mean()) < 0.08 * truth.std()
    assert abs(error.mean()) < 3 * 0.5 * truth.std() / np.sqrt(4000)


def _mixed(x: np.ndarray, column: int) -> np.ndarray:
    mixed = x.copy()
    mixed[:, column] = np.roll(x[:, column], 7)
    return mixed


def test_options_are_fitted_each_for_itself() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(2000, 2))
    truth = np.column_stack([np.zeros(2000), 2 * x[:, 0], x[:, 0] * x[:, 1], np.full(2000, 5.0)])
    found = conditional_mean(truth + 0.1 * rng.normal(size=truth.shape), x)
    np.testing.assert_allclose(np.sqrt(((found - truth) ** 2).mean(axis=0)), 0, atol=0.03)
    together = conditional_mean(truth[:, ::-1] + 1.0, x)
    np.testing.assert_allclose(together, truth[:, ::-1] + 1.0, atol=0.01)


def test_a_fit_without_some_draws_is_that_of_the_others() -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=1000)
    line = 2 * x + 1 + 0.2 * rng.normal(size=1000)
    broken = line.copy()
    broken[:100] += 50.0  # a batch that is left out must not be felt
    kept = np.arange(100, 1000)
    found = fit(broken, x).without(kept)[:, 0]
    slope = np.polyfit(x[kept], line[kept], 1)
    assert np.sqrt(((found - np.polyval(slope, x[kept])) ** 2).mean()) < 0.05


# ---------------------------------------------------------------- effects


def _line(seed: int, draws: int = 4096) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    rng = np.random.default_rng(seed)
    x = rng.normal(10, 2, draws)
    return x, 3 * (x - 11) + rng.normal(size=draws), rng


def test_a_tornado_stands_at_the_ends_of_the_interval() -> None:
    x, y, _ = _line(0)
    ends = tornado(y, x, batches=8)
    low, high = ends.low, ends.high
    q05, q95 = np.quantile(x, 0.05), np.quantile(x, 0.95)
    assert low.value == pytest.approx(3 * (q05 - 11), abs=0.15)
    assert high.value == pytest.approx(3 * (q95 - 11), abs=0.15)
    other = tornado(y, x, low=0.25, high=0.5, batches=8)
    assert [each.value for each in (other.low, other.high)] == pytest.approx(
        [3 * (np.quantile(x, q) - 11) for q in (0.25, 0.5)], abs=0.15
    )
    assert ends.swing.value == pytest.approx(high.value - low.value)
    assert not ends.within_noise
    # A line through 4,096 draws with noise of 1: at 1.645 standard deviations √((1 + 1.645²) / 4096).
    expected = np.sqrt((1 + 1.645**2) / 4096)
    for each in (low, high):
        assert 0.3 * expected < each.mcse < 3 * expected
    falling = tornado(-y, x, batches=8)
    assert falling.low.value == pytest.approx(-low.value, abs=1e-6)


@pytest.mark.parametrize("draws", [256, 4096])
def test_what_these_draws_cannot_tell_from_nothing_is_said_to_be_noise(draws: int) -> None:
    """A quantity without influence: its swing is 0 within its error, which a flat fit does not make 0.

    The error is that of a line through the draws: 3.29 standard deviations times 1/√n.
    """
    rng = np.random.default_rng(7)
    hidden = 0
    for _ in range(40):
        ends = tornado(rng.normal(size=draws), rng.normal(size=draws), batches=8)
        assert ends.swing.mcse > 0.8 * 2 * 1.645 / np.sqrt(draws)
        hidden += ends.within_noise
    assert hidden >= 34  # 5 % of 40 exceed twice their error; P(more than 6) < 0.5 %


def test_a_rare_state_of_a_link_has_the_error_of_the_few_draws_that_hold_it() -> None:
    """Of 1,000 draws 12 without the link: their mean is known to 1/√12, whatever batches are left out."""
    rng = np.random.default_rng(8)
    link = np.ones(1000)
    link[rng.choice(1000, 12, replace=False)] = 0.0
    y = rng.normal(size=1000)
    ends = tornado(y, link, low=0.0, high=1.0, batches=50)
    assert ends.swing.value == pytest.approx(y[link == 1].mean() - y[link == 0].mean())
    assert ends.swing.mcse > 0.9 * np.sqrt(1 / 12 + 1 / 988) * y.std()
    far = tornado(y - 3 * (link == 0), link, low=0.0, high=1.0, batches=50)
    assert not far.within_noise


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_figure_breaks_even_where_its_line_crosses_zero(sign: float) -> None:
    x, y, _ = _line(1)
    found = break_even(sign * y, x, batches=8)
    assert found.value is not None
    assert found.value.value == pytest.approx(11, abs=0.05)
    assert found.above == (sign > 0)
    assert found.p_good.value == pytest.approx(np.mean(x > 11) if sign > 0 else np.mean(x < 11), abs=0.01)
    assert 0.2 / 3 / 64 < found.value.mcse < 5 / 3 / 64
    assert 0 <= found.p_good.mcse < 0.03


def test_of_several_turns_the_one_nearest_to_the_middle_is_told() -> None:
    x = np.random.default_rng(2).uniform(-2, 2, 4000)
    found = break_even(1 - (x - 0.6) ** 2, x, batches=8)  # good from −0.4 to 1.6
    assert found.value is not None
    assert found.value.value == pytest.approx(-0.4, abs=0.05)
    assert found.above
    assert found.p_good.value == pytest.approx(0.5, abs=0.02)


def test_what_one_quantity_decides_turns_at_its_own_value_however_bent_the_figure_is() -> None:
    """Nothing is spent, so any good pays: a cubic through the kink would say from 0.03, and through the step 0.1."""
    x, other = np.random.default_rng(3).triangular(-2, 1, 5, size=1024), np.random.default_rng(4).lognormal(size=1024)
    npv = other * np.where(x > 0, 5 * x, 0.3 * x)
    for figure in (npv, 0.35 - (npv < 0)):
        found = break_even(figure, x, batches=8)
        assert found.value is not None
        assert found.value.value == 0
        assert found.above
        assert found.p_good.value == (x > 0).mean()


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_what_never_turns_has_no_break_even(sign: float) -> None:
    x = np.random.default_rng(3).normal(size=1024)
    found = break_even(sign * (x + 100), x, batches=8)
    assert found.value is None
    assert found.above == (sign > 0)
    assert found.p_good.value == (1.0 if sign > 0 else 0.0)


def test_a_map_has_its_first_quantity_along_its_rows() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=8192), rng.normal(5, 2, size=8192)
    at_a, at_b, found = two_way(a + 3 * b + a * b, a, b)
    levels = np.linspace(0.05, 0.95, 9)
    np.testing.assert_allclose(at_a, np.quantile(a, levels))
    np.testing.assert_allclose(at_b, np.quantile(b, levels))
    expected = at_a[:, None] + 3 * at_b[None, :] + at_a[:, None] * at_b[None, :]
    np.testing.assert_allclose(found, expected, atol=0.25)  # of a spread of 11
    assert [each.shape for each in two_way(a, a, b, steps=3)] == [(3,), (3,), (3, 3)]


# ---------------------------------------------------------------- indices


def test_indices_of_a_sum_and_a_product() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2048, 4))
    y = 2 * x[:, 0] + x[:, 1] * x[:, 2] + 3.0
    found = sensitivity_indices(y, x, batches=4)
    # Variances: 4 of the first alone, 1 of the product, which neither has alone.
    assert [each.value for each in found.first_order] == pytest.approx([0.8, 0, 0, 0], abs=0.03)
    assert [each.value for each in found.total] == pytest.approx([0.8, 0.2, 0.2, 0], abs=0.03)
    assert found.explained == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("draws", [512, 2048])
def test_what_no_quantity_explains_is_told(draws: int) -> None:
    # Long tails and few quantities: functions of a high degree cannot be told apart, and must not spoil the rest.
    rng = np.random.default_rng(1)
    x = rng.normal(size=(draws, 2))
    y = x[:, 0] + rng.normal(size=draws)
    found = sensitivity_indices(y, x, batches=4)
    error = 4 / np.sqrt(draws)
    assert found.explained == pytest.approx(0.5, abs=error)
    assert found.first_order[0].value == pytest.approx(0.5, abs=error)
    assert found.total[0].value == pytest.approx(0.5, abs=error)
    assert found.total[1].value < error


def test_noise_is_no_effect() -> None:
    """Of a fit of K functions to n draws of pure noise K/n of the variance is explained by chance: it is taken off."""
    shares = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        found = sensitivity_indices(rng.normal(size=256), rng.normal(size=256))
        shares.append(found.first_order[0].value)
        assert found.first_order[0].value == pytest.approx(found.total[0].value)
    # 14 functions, 256 draws: 5.5 % by chance. Squares of scores less their mean, held at 0, leave 0.484 of it.
    assert np.mean(shares) < 0.040


def test_errors_of_indices_are_those_of_repetition() -> None:
    first, errors = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = rng.uniform(-1, 1, size=(512, 2))
        y = np.sqrt(3) * x[:, 0] + np.sqrt(45 / 2) * x[:, 1] ** 2 + rng.normal(size=512)
        found = sensitivity_indices(y, x, independent=True, batches=8)
        first.append([each.value for each in found.first_order])
        errors.append([each.mcse for each in found.first_order])
    ratio = np.std(first, axis=0, ddof=1) / np.sqrt(np.mean(np.square(errors), axis=0))
    assert ((ratio > 0.45) & (ratio < 1.8)).all(), ratio
    assert np.mean(first, axis=0) == pytest.approx([0.25, 0.5], abs=0.04)


def test_tied_quantities_share_what_they_have_in_common() -> None:
    rng = np.random.default_rng(2)
    common = rng.normal(size=1024)
    x = np.column_stack([common, 0.8 * common + 0.6 * rng.normal(size=1024), rng.normal(size=1024)])
    y = x[:, 0] + x[:, 2]
    found = sensitivity_indices(y, x, batches=4)
    # Var(E[y|x]) / Var(y): 1/2; 0.8²/2; 1/2. What is left without one: the first's part that the second does not tell.
    assert [each.value for each in found.first_order] == pytest.approx([0.5, 0.32, 0.5], abs=0.08)
    assert [each.value for each in found.total] == pytest.approx([0.18, 0.0, 0.5], abs=0.08)
    told = sensitivity_indices(y, x, independent=False, batches=4)
    assert [each.value for each in told.total] == pytest.approx([0.18, 0.0, 0.5], abs=0.08)


def test_what_does_not_move_has_no_index() -> None:
    rng = np.random.default_rng(3)
    x = np.column_stack([np.full(512, 3.0), rng.normal(size=512)])
    found = sensitivity_indices(x[:, 1], x)
    assert (found.first_order[0].value, found.first_order[0].mcse, found.total[0].value) == (0.0, 0.0, 0.0)
    assert found.first_order[1].value == pytest.approx(1, abs=1e-6)
    flat = sensitivity_indices(np.ones(512), x)
    assert [each.value for each in flat.total] == [0.0, 0.0]
    assert flat.explained == 1.0
    assert sensitivity_indices(x[:, 1], np.ones((512, 2))).explained == 0.0
    with pytest.raises(ValueError, match="at least 32 draws are needed, there are 31"):
        sensitivity_indices(np.arange(31.0), np.arange(31.0))
    sensitivity_indices(np.arange(32.0), np.arange(32.0))


def test_steps_and_heavy_tails_have_indices_too() -> None:
    rng = np.random.default_rng(4)
    kind, tail = rng.integers(0, 3, 4096).astype(float), rng.lognormal(0, 1, 4096)
    worth = np.array([0.0, 3.0, -1.0])
    y = worth[kind.astype(int)] + np.log(tail)
    found = sensitivity_indices(y, np.column_stack([kind, tail]), batches=4)
    share = worth.var() / (worth.var() + 1)
    assert [each.value for each in found.first_order] == pytest.approx([share, 1 - share], abs=0.05)
    assert [each.value for each in found.total] == pytest.approx([share, 1 - share], abs=0.05)


# ---------------------------------------------------------------- rules


def test_rules_tell_where_something_happens() -> None:
    a, b = (side.ravel() for side in np.meshgrid(np.arange(40.0), np.arange(40.0), indexing="ij"))
    event = (a > 29) & (b <= 9)
    (region,) = discover(event, {"a": a, "b": b, "idle": (a * 7 + b * 3) % 11})
    assert {(name, side) for name, side, _ in region.rules} == {("a", "above"), ("b", "at_most")}
    told = {name: value for name, _, value in region.rules}
    assert told == {"a": 29.5, "b": 9.5}
    assert (region.share, region.density, region.coverage) == (100 / 1600, 1.0, 1.0)


def test_no_rule_rests_on_what_does_nothing() -> None:
    """Forty parameters of which one matters: no cut at the best value of the others passes for a rule."""
    rng = np.random.default_rng(3)
    for _ in range(20):
        table = {f"p{i}": rng.normal(size=1024) for i in range(40)}
        event = rng.random(1024) < np.where(table["p7"] > 0.5, 0.8, 0.25)
        (region,) = discover(event, table)
        ((name, side, value),) = region.rules
        assert (name, side) == ("p7", "above")
        assert value == pytest.approx(0.5, abs=0.15)


def test_figures_of_regions_are_those_of_their_rules() -> None:
    rng = np.random.default_rng(1)
    table = {"a": rng.normal(size=4000), "b": rng.normal(size=4000)}
    event = rng.random(4000) < np.where((table["a"] > 0.5) | (table["b"] < -1), 0.7, 0.1)
    found = discover(event, table)
    assert len(found) >= 2
    assert [region.coverage for region in found] == sorted((region.coverage for region in found), reverse=True)
    for region in found:
        here = np.ones(4000, dtype=bool)
        assert len({(name, side) for name, side, _ in region.rules}) == len(region.rules)
        for name, side, value in region.rules:
            here &= table[name] > value if side == "above" else table[name] <= value
        assert region.share == pytest.approx(here.mean())
        assert region.density == pytest.approx(event[here].mean())
        assert region.coverage == pytest.approx((event & here).sum() / event.sum())
        assert region.density > 1.1 * event.mean()
        assert region.share >= 0.05


def test_what_always_or_never_happens_has_no_region() -> None:
    table = {"a": np.arange(100.0)}
    assert discover(np.ones(100), table) == discover(np.zeros(100), table) == discover(table["a"] > 3, {}) == ()


# ---------------------------------------------------------------- shares


def test_coalitions_are_the_bits_of_their_number() -> None:
    assert coalitions(2).tolist() == [[False, False], [True, False], [False, True], [True, True]]
    assert coalitions(0).shape == (1, 0)
    for players in (-1, 21):
        with pytest.raises(ValueError, match=f"possible are 0 to 20 players, there are {players}"):
            coalitions(players)
    with pytest.raises(ValueError, match="there are 6"):
        shapley(np.zeros(6))


def test_shares_are_the_mean_over_all_orders_of_arrival() -> None:
    worth = np.random.default_rng(0).normal(size=16)
    expected = np.zeros(4)
    for order in itertools.permutations(range(4)):
        inside = 0
        for player in order:
            expected[player] += (worth[inside | 1 << player] - worth[inside]) / factorial(4)
            inside |= 1 << player
    np.testing.assert_allclose(shapley(worth), expected, atol=1e-12)
    # Two left gloves and one right: only pairs are worth something (Shapley, 1953).
    gloves = np.array([float((m & 4 > 0) and (m & 3 > 0)) for m in range(8)])
    np.testing.assert_allclose(shapley(gloves), [1 / 6, 1 / 6, 4 / 6], atol=1e-12)
