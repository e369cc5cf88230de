# SPDX-License-Identifier: MIT
"""Readings against the closed form of the conjugate normal problem.

A signal x ~ N(m, s²) is read with noise of sd σ. Then E[x | y] = m + k (y − m) with k = s²/(s² + σ²), the payoff
a + b x is chosen where y lies above m − (a/b + m)/k, and the reading is worth what a normal with sd |b| s √k is.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from txsim.decide.reading import read, signal

DRAWS = 8192
M, S = 2.0, 3.0


def phi(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


def gain(mean: float, sd: float) -> float:
    """E[max(0, X)] − max(0, mean) of a normal X."""
    z = mean / sd
    return mean * phi(z) + sd * math.exp(-z * z / 2) / math.sqrt(2 * math.pi) - max(mean, 0.0)


@pytest.fixture(scope="module")
def x() -> np.ndarray:
    """Normal draws with exact quantiles, in an order without meaning."""
    from scipy.special import ndtri

    exact = M + S * ndtri((np.arange(DRAWS) + 0.5) / DRAWS)
    return np.random.default_rng(1).permutation(exact)


@pytest.mark.parametrize(("a", "b"), [(-4.0, 1.0), (-1.0, 1.0), (4.5, -2.0)])
@pytest.mark.parametrize("sigma", [0.5, 3.0, 12.0])
def test_a_reading_is_worth_what_bayes_says(x: np.ndarray, a: float, b: float, sigma: float) -> None:
    pays = a + b * x
    found = read(signal(np.column_stack([np.zeros(DRAWS), pays]), x), sigma)
    k = S**2 / (S**2 + sigma**2)
    mean = a + b * M
    exact = gain(mean, abs(b) * S * math.sqrt(k))
    assert found.evsi.value == pytest.approx(exact, rel=0.02, abs=0.002)
    assert found.value.value == pytest.approx(max(mean, 0.0) + exact, rel=0.01, abs=0.002)
    # Given its draw, it is chosen with the probability that the noise carries it over the threshold.
    turn = M + (-a / b - M) / k
    expected = np.array([phi(math.copysign(1, b) * (each - turn) / sigma) for each in x])
    usual = np.abs(x - M) < 3 * S  # beyond the bins all draws count as at their edge
    np.testing.assert_allclose(found.chosen[usual, 1], expected[usual], atol=0.05)
    assert np.abs(found.chosen[:, 1] - expected).mean() < 0.015
    np.testing.assert_allclose(found.chosen.sum(axis=1), 1)


def test_a_perfect_reading_is_perfect_information(x: np.ndarray) -> None:
    pays = x - 3.0
    found = read(signal(np.column_stack([np.zeros(DRAWS), pays]), x), 0.0)
    assert found.evsi.value == pytest.approx(gain(M - 3, S), rel=0.01)
    right = (pays > 0).astype(float)
    assert np.abs(found.chosen[:, 1] - right).mean() < 0.01


def test_money_and_scale_of_the_reading_do_not_matter(x: np.ndarray) -> None:
    """A measure in half units, read backwards, with payoffs in cents, leads to the same choice."""
    table = np.column_stack([np.zeros(DRAWS), x - 3.0])
    plain = read(signal(table, x), 2.0)
    other = read(signal(100 * table + 7, -0.5 * x), 1.0)
    assert other.evsi.value == pytest.approx(100 * plain.evsi.value, rel=1e-6)
    assert other.evsi.mcse == pytest.approx(100 * plain.evsi.mcse, rel=1e-6)
    np.testing.assert_allclose(other.chosen, plain.chosen, atol=1e-6)


def test_two_readings_are_worth_more_than_one() -> None:
    """Payoff x + y − 1 of two independent standard normals, read with noise 1 and 2: k is 1/2 and 1/5."""
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(2, 8192))
    table = np.column_stack([np.zeros_like(x), x + y - 1])
    prepared = signal(table, np.column_stack([x, y]))
    for noise, k in (((1.0, 2.0), 0.7), ((np.inf, 2.0), 0.2), ((1.0, np.inf), 0.5), ((0.0, 0.0), 2.0)):
        found = read(prepared, noise)
        assert found.evsi.value == pytest.approx(gain(-1.0, math.sqrt(k)), abs=0.02), noise


def test_three_readings() -> None:
    rng = np.random.default_rng(8)
    parts = rng.normal(size=(4096, 3))
    table = np.column_stack([np.zeros(len(parts)), parts.sum(axis=1)])
    found = read(signal(table, parts), (1.0, np.inf, 1.0))
    assert found.evsi.value == pytest.approx(gain(0.0, 1.0), rel=0.08)


def test_the_error_is_that_of_the_choice_made(x: np.ndarray) -> None:
    """By new samples: the spread of the figure over samples is what is stated."""
    rng = np.random.default_rng(3)
    values, stated = [], []
    for _ in range(40):
        draws = rng.normal(M, S, 1024)
        found = read(signal(np.column_stack([np.zeros(1024), draws - 3.0]), draws), 2.0, batches=16)
        values.append((found.evsi.value, found.value.value))
        stated.append((found.evsi.mcse, found.value.mcse))
    np.testing.assert_allclose(np.mean(stated, axis=0), np.std(values, axis=0), rtol=0.45)


def test_figures_of_a_choice_are_weighed_by_it(x: np.ndarray) -> None:
    found = read(signal(np.column_stack([np.zeros(DRAWS), x]), x), 1.0)
    cost = found.outcome(np.column_stack([np.full(DRAWS, 10.0), np.full(DRAWS, 20.0)]))
    np.testing.assert_allclose(cost, 10 + 10 * found.chosen[:, 1])


def test_the_reading_of_nothing() -> None:
    table = np.column_stack([np.zeros(16), np.repeat(np.arange(8.0), 2) - 1])  # batch means −1 … 6
    found = read(signal(table, np.arange(16.0)), math.inf, batches=8)
    assert found.value.value == pytest.approx(2.5)
    assert found.value.mcse == pytest.approx(math.sqrt(6 / 8))
    assert (found.evsi.value, found.evsi.mcse) == (0.0, 0.0)
    np.testing.assert_allclose(found.chosen, np.tile([0.0, 1.0], (16, 1)))


@pytest.mark.parametrize("noise", [[1.0, 1.0], -1.0, math.nan])
def test_noise_that_does_not_fit_is_told(noise: object) -> None:
    prepared = signal(np.zeros((16, 2)), np.arange(16.0))
    with pytest.raises(ValueError, match="expected 1 standard deviations"):
        read(prepared, noise)
