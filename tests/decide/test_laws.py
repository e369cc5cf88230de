# SPDX-License-Identifier: MIT
"""Laws of the value of information and of choice, on random small decision problems."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from txsim.decide import (
    best_sets,
    coalitions,
    difference,
    dominates,
    evpi,
    evppi,
    evsi_discrete,
    expected_regret,
    frontier,
    p_best,
    read,
    shapley,
    signal,
)
from txsim.decide.choice import Candidate, Limits, recommend

_seeds = st.integers(0, 2**32 - 1)


def _problem(seed: int, draws: int = 512, options: int = 3):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(draws, 3))
    slopes = rng.normal(size=(3, options))
    benefit = x @ slopes + rng.normal(size=options) + 0.5 * np.abs(x[:, [0]]) * rng.normal(size=options)
    return benefit, x, rng


@settings(max_examples=25)
@given(_seeds, st.integers(2, 4))
def test_information_is_worth_between_nothing_and_everything(seed: int, options: int) -> None:
    benefit, x, _ = _problem(seed, options=options)
    perfect = evpi(benefit, batches=8).value
    assert perfect >= 0
    for i in range(3):
        assert 0 <= evppi(benefit, x[:, i], batches=8).value <= perfect + 1e-12
    best = min(each.value for each in expected_regret(benefit, batches=8))
    assert best == pytest.approx(perfect, abs=1e-9)


@settings(max_examples=15)
@given(_seeds)
def test_all_parameters_are_worth_what_everything_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    states = rng.integers(0, 5, (400, 3)).astype(float)
    worth = rng.normal(size=(5, 5, 5, 3))
    i, j, k = states.astype(int).T
    benefit = worth[i, j, k]
    weight = rng.random(400)
    whole = evppi(benefit, states, weights=weight).value
    assert whole == pytest.approx(evpi(benefit, weights=weight).value, abs=1e-12)
    part = evppi(benefit, states[:, :1], weights=weight).value
    assert part <= evppi(benefit, states[:, :2], weights=weight).value + 1e-12 <= whole + 2e-12


@settings(max_examples=20)
@given(_seeds, st.integers(1, 2))
def test_more_noise_is_never_worth_more(seed: int, dimensions: int) -> None:
    benefit, x, _ = _problem(seed)
    prepared = signal(benefit, x[:, :dimensions])
    perfect = evpi(benefit, batches=8).value
    before = np.inf
    for sd in (0.0, 0.1, 0.5, 1.0, 3.0, 10.0, 100.0):
        found = read(prepared, np.full(dimensions, sd), batches=8)
        assert 0 <= found.evsi.value <= perfect + 1e-12
        assert found.evsi.value <= before + 2e-3 * perfect + 1e-12
        np.testing.assert_allclose(found.chosen.sum(axis=1), 1.0, atol=1e-9)
        before = found.evsi.value
    assert before <= 0.05 * perfect + 1e-9
    assert read(prepared, np.full(dimensions, np.inf), batches=8).evsi.value == pytest.approx(0, abs=1e-9)


@settings(max_examples=25)
@given(_seeds, st.integers(2, 5), st.integers(2, 6))
def test_a_test_with_any_likelihood(seed: int, states: int, results: int) -> None:
    rng = np.random.default_rng(seed)
    benefit = rng.normal(size=(states, 3))
    prior = rng.dirichlet(np.ones(states))
    likelihood = rng.dirichlet(np.ones(results), size=states)
    garbled = likelihood @ rng.dirichlet(np.ones(results), size=results)
    fine, coarse = (evsi_discrete(benefit, prior, table).value for table in (likelihood, garbled))
    assert -1e-12 <= coarse <= fine + 1e-12 <= evpi(benefit, weights=prior).value + 2e-12


@settings(max_examples=25)
@given(_seeds)
def test_what_is_dominated_is_never_best(seed: int) -> None:
    benefit, _, rng = _problem(seed)
    worse = benefit[:, 0] - rng.exponential(size=benefit.shape[0]) - 1e-6
    table = np.column_stack([benefit, worse])
    shares = p_best(table, batches=8)
    assert shares[-1].value == 0
    assert sum(each.value for each in shares) == pytest.approx(1)
    assert dominates(benefit[:, 0], worse) == 1
    assert dominates(worse, benefit[:, 0]) is None
    told = {str(i): Candidate(column, float((column < 0).mean()), 0.0) for i, column in enumerate(table.T)}
    assert recommend(told, Limits(), batches=8).option != str(table.shape[1] - 1)
    gap = difference(benefit[:, 0], worse, batches=8)
    assert gap.p05 > 0
    assert gap.p_positive == 1


def test_second_order_dominance_is_for_those_who_shun_risk() -> None:
    rng = np.random.default_rng(1)
    safe = rng.normal(size=2000)
    risky = np.sort(safe) * 2 - np.sort(safe).mean()
    assert dominates(safe, risky) == 2
    assert dominates(safe, safe.copy()) is None


@settings(max_examples=25)
@given(_seeds, st.floats(0, 5))
def test_a_useless_driver_is_never_recommended(seed: int, cost: float) -> None:
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=1024)
    useless = Candidate(noise - noise.mean() - cost, 0.5, cost)
    found = recommend({"do_nothing": Candidate(np.zeros(1024), 0.0, 0.0), "commit": useless}, Limits())
    assert found.option == "do_nothing"


@settings(max_examples=25)
@given(_seeds)
def test_a_pilot_without_cost_or_delay_is_never_worth_less_than_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=1024)
    commit = truth + rng.normal()
    actions = np.column_stack([np.zeros_like(commit), commit])
    found = read(signal(actions, truth + rng.normal(size=1024)), float(rng.uniform(0.1, 5)), batches=8)
    assert found.value.value - max(commit.mean(), 0.0) >= -1e-12


@settings(max_examples=25)
@given(_seeds, st.integers(1, 6))
def test_shapley_values_sum_to_the_total(seed: int, players: int) -> None:
    worth = np.random.default_rng(seed).normal(size=(1 << players, 2))
    shares = shapley(worth)
    np.testing.assert_allclose(shares.sum(axis=0), worth[-1] - worth[0], atol=1e-9)
    # A player who adds nothing gets nothing; additive players get what they add.
    own = np.random.default_rng(seed).normal(size=players)
    own[0] = 0.0
    np.testing.assert_allclose(shapley(coalitions(players) @ own), own, atol=1e-9)


@settings(max_examples=25)
@given(_seeds, st.integers(1, 8))
def test_the_best_set_is_the_best_of_all(seed: int, number: int) -> None:
    rng = np.random.default_rng(seed)
    value, cost = rng.normal(size=number), rng.random(number)
    kind = rng.integers(0, 2, number)
    found = best_sets(value, cost, 0.8, limits=[(kind, 2)])
    rows = coalitions(number)
    allowed = (rows @ cost <= 0.8) & (rows @ kind <= 2)
    assert found[0].value == pytest.approx((rows @ value)[allowed].max())
    assert len(found) == min(50, allowed.sum())
    assert [each.value for each in found] == sorted((each.value for each in found), reverse=True)


def test_the_frontier_holds_what_no_other_beats() -> None:
    assert frontier([3, 2, 1, 2.5], [-5, -1, 0, -6]) == (0, 1, 2)


def test_limits_bind_and_are_told() -> None:
    rng = np.random.default_rng(2)
    bold, timid = rng.normal(5, 10, 1024), rng.normal(1, 0.1, 1024)
    told = {
        "do_nothing": Candidate(np.zeros(1024), 0.0, 0.0),
        "commit": Candidate(bold, float((bold < 0).mean()), 8.0),
        "pilot_then_decide": Candidate(timid, 0.0, 1.0),
    }
    assert recommend(told, Limits()).option == "commit"
    held = recommend(told, Limits(max_p_loss=0.1))
    assert held.option == "pilot_then_decide"
    assert held.refused == ("commit",)
    assert recommend(told, Limits(max_peak_funding=0.5)).option == "do_nothing"


def test_what_would_flip_a_choice_is_told() -> None:
    rng = np.random.default_rng(4)
    x, other = rng.normal(size=4096), rng.normal(size=4096)
    payoff = 0.3 + x + 0.1 * rng.normal(size=4096)
    told = {"do_nothing": Candidate(np.zeros(4096), 0.0, 0.0), "commit": Candidate(payoff, 0.4, 1.0)}
    found = recommend(
        told,
        Limits(material=0.01),
        parameters={"x": x, "other": other},
        claim_weights={"props": np.exp(-x), "idle": np.ones(4096)},
    )
    assert found.option == "commit"
    assert not found.too_close
    assert found.fragile
    assert {(flip.kind, flip.name, flip.option) for flip in found.flips} == {
        ("parameter", "x", "do_nothing"),
        ("claim", "props", "do_nothing"),
    }
    assert next(flip.value for flip in found.flips if flip.kind == "parameter") == pytest.approx(-0.67, abs=0.1)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: evpi(np.zeros(5)), "two options"),
        (lambda: evpi(np.array([[0.0, np.nan]])), "not finite"),
        (lambda: evppi(np.zeros((500, 2)), np.zeros(499)), "shape"),
        (lambda: evpi(np.zeros((2, 2)), weights=[-1, 2]), "weights"),
        (lambda: evsi_discrete(np.zeros((2, 2)), [0.5, 0.6], np.eye(2)), "sum to 1"),
        (lambda: signal(np.zeros((9, 2)), np.zeros((9, 4))), "three dimensions"),
        (lambda: best_sets(np.zeros(21), np.zeros(21), 1), "at most 20"),
        (lambda: dominates(np.zeros(3), np.zeros(4)), "same draws"),
    ],
)
def test_what_does_not_fit_is_told(call, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        call()
