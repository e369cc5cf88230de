# SPDX-License-Identifier: MIT
"""Other people's worked examples: exact where they are discrete, within three standard errors where they are drawn."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from txsim.decide import (
    evpi,
    evppi,
    evsi,
    evsi_discrete,
    expected_gain_normal,
    read,
    sensitivity_indices,
    signal,
    unit_normal_loss,
)


@pytest.fixture(scope="module")
def targets(data: Path) -> dict:
    return json.loads((data / "published/targets.json").read_text())


def _near(estimate, exact: float) -> None:
    assert estimate.mcse > 0
    assert abs(estimate.value - exact) < 3 * estimate.mcse, (estimate, exact)
    # A standard error that is too large would pass everything.
    assert estimate.mcse < 0.2 * exact


@pytest.mark.slow
def test_normal_problem(targets: dict) -> None:
    told = targets["value_of_information_normal"]["reference_exact"]
    rng = np.random.default_rng(20)
    p1, p2 = rng.normal(1, 1, 20_000), rng.normal(0, 2, 20_000)
    for k in (1, 2, 3):
        benefit = np.column_stack([np.zeros_like(p1), k * p1 - p2])
        _near(evpi(benefit), told["EVPI"][f"k{k}"])
        _near(evppi(benefit, p1), told["EVPPI_p1"][f"k{k}"])
        _near(evppi(benefit, p2), told["EVPPI_p2"][f"k{k}"])
        _near(evppi(benefit, np.column_stack([p1, p2])), told["EVPI"][f"k{k}"])
    benefit = np.column_stack([np.zeros_like(p1), p1 - p2])
    prepared = signal(benefit, p1)
    for n in (1, 10, 100, 1000, 10000):
        exact = told["EVSI_p1_k1"][f"n{n}"]
        _near(evsi(benefit, p1 + rng.normal(size=p1.size) / np.sqrt(n)), exact)
        _near(read(prepared, 1 / np.sqrt(n), batches=50).evsi, exact)
        assert expected_gain_normal(1.0, np.sqrt(n / (n + 1))) == pytest.approx(exact, rel=1e-8)


def test_two_normal_parameters(targets: dict) -> None:
    exact = targets["value_of_information_normal"]["tests"]["exact"]
    rng = np.random.default_rng(7)
    p1, p2 = rng.normal(0, 1, 20_000), rng.normal(0, 2, 20_000)
    benefit = np.column_stack([np.zeros_like(p1), p1 + p2])
    _near(evppi(benefit, p1), exact["EVPPI_p1"])
    _near(evppi(benefit, p2), exact["EVPPI_p2"])
    _near(evpi(benefit), exact["EVPI"])


def test_discrete_problems_are_exact(targets: dict) -> None:
    told = targets["value_of_information_discrete"]
    a, b = told["inputs"]["A"], told["inputs"]["B"]
    states = list(itertools.product(range(4), range(2)))
    weight = np.array([a["p"][i] * b["p"][j] for i, j in states])
    benefit = np.array([[a["values"][i], b["values"][j]] for i, j in states], dtype=float)
    given = np.array(states, dtype=float)
    base = max(told["printed"]["EMV_A"], told["printed"]["EMV_B"])
    assert weight @ benefit[:, 0] == pytest.approx(told["printed"]["EMV_A"], abs=1e-12)
    perfect, about_a, about_b = (
        evpi(benefit, weights=weight),
        evppi(benefit, given[:, 0], weights=weight),
        evppi(benefit, given[:, 1], weights=weight),
    )
    assert perfect.value == pytest.approx(told["printed"]["EVPI_both"], abs=1e-12)
    assert about_a.value == pytest.approx(told["printed"]["EVPPI_E(A's node)"], abs=1e-12)
    assert about_b.value == pytest.approx(told["printed"]["EVPPI_F(B's node)"], abs=1e-12)
    assert evppi(benefit, given, weights=weight).value == pytest.approx(perfect.value, abs=1e-12)
    assert perfect.mcse == about_a.mcse == about_b.mcse == 0
    assert base + about_a.value == pytest.approx(3.2 + 3.04)
    second = told["problem_12.2"]
    sure = np.column_stack([second["A"]["values"], np.full(4, second["B"])]).astype(float)
    assert evpi(sure, weights=second["A"]["p"]).value == pytest.approx(second["printed"]["EVPI"], abs=1e-12)
    # A test that always tells the state is perfect information, one that tells nothing is worth nothing.
    assert evsi_discrete(sure, second["A"]["p"], np.eye(4)).value == pytest.approx(1.2, abs=1e-12)
    assert evsi_discrete(sure, second["A"]["p"], np.full((4, 3), 1 / 3)).value == pytest.approx(0, abs=1e-12)


def test_the_wildcatter_and_his_seismic_test() -> None:
    # Raiffa, Decision Analysis, 1968: dry, wet or soaking; the test finds no, an open or a closed structure.
    benefit = np.array([[0.0, -70.0], [0.0, 50.0], [0.0, 200.0]])
    prior = [0.5, 0.3, 0.2]
    likelihood = np.array([[0.6, 0.3, 0.1], [0.3, 0.4, 0.3], [0.1, 0.4, 0.5]])
    assert evpi(benefit, weights=prior).value == pytest.approx(35.0)
    # Drill unless there is no structure: 0.41 · 0 + 0.35 · 32.86 + 0.24 · 87.50 = 32.5 against 20.
    assert evsi_discrete(benefit, prior, likelihood).value == pytest.approx(12.5)


def test_unit_normal_loss(targets: dict) -> None:
    for d, loss in targets["unit_normal_loss"]["L(d)=phi(d)-d(1-Phi(d))"].items():
        assert float(unit_normal_loss(float(d))) == pytest.approx(loss, abs=6e-8)


@pytest.mark.slow
@pytest.mark.parametrize("b", ["0.1", "0.05"])
def test_ishigami_from_given_points(targets: dict, b: str) -> None:
    exact = targets["sensitivity_ishigami"][f"a7_b{b}_exact"]
    for seed in range(3):
        x = np.random.default_rng(seed).uniform(-np.pi, np.pi, (10_000, 3))
        y = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + float(b) * x[:, 2] ** 4 * np.sin(x[:, 0])
        found = sensitivity_indices(y, x)
        assert [each.value for each in found.first_order] == pytest.approx(exact["S"], abs=0.01)
        assert [each.value for each in found.total] == pytest.approx(exact["ST"], abs=0.01)
        assert found.explained > 0.999


@pytest.mark.slow
def test_a_model_with_nineteen_parameters() -> None:
    """In the form of Brennan and Kharroubi (2007): products of three, correlations of 0.6, two treatments."""
    mean = [1000, 0.1, 5.2, 400, 0.7, 0.3, 3, 0.25, -0.1, 0.5, 1500, 0.08, 6.1, 0.8, 0.3, 3, 0.2, -0.1, 0.5]
    spread = [1, 0.02, 1, 200, 0.1, 0.1, 0.5, 0.1, 0.02, 0.2, 1, 0.02, 1, 0.1, 0.05, 1, 0.05, 0.02, 0.2]
    tied = np.eye(19)
    for i, j in itertools.permutations((4, 6, 13, 15), 2):
        tied[i, j] = 0.6
    root = np.linalg.cholesky(tied) * np.asarray(spread)[:, None]
    p = np.asarray(mean) + np.random.default_rng(3).normal(size=(20_000, 19)) @ root.T
    first = 1e4 * (p[:, 4] * p[:, 5] * p[:, 6] + p[:, 7] * p[:, 8] * p[:, 9]) - p[:, 0] - p[:, 1] * p[:, 2] * p[:, 3]
    second = 1e4 * (p[:, 13] * p[:, 14] * p[:, 15] + p[:, 16] * p[:, 17] * p[:, 18]) - p[:, 10]
    second = second - p[:, 11] * p[:, 12] * p[:, 3]
    benefit = np.column_stack([first, second])
    # References: nested Monte Carlo, 20,000 × 400 draws; EVPI from two million draws.
    for chosen, reference in (([4], 26), ([4, 13], 258), ([6, 15], 538), ([4, 5, 13, 14], 840)):
        found = evppi(benefit, p[:, chosen])
        assert abs(found.value - reference) < 3 * found.mcse + 0.01 * reference, chosen
    assert abs(evpi(benefit).value - 1047) < 3 * evpi(benefit).mcse
    everything = evppi(benefit, p, batches=8)
    assert abs(everything.value - evpi(benefit).value) < 0.02 * evpi(benefit).value


@pytest.mark.slow
def test_many_options_and_mixed_parameters() -> None:
    """Twenty options whose benefit depends on a category and a number; the conditional means are known."""
    rng = np.random.default_rng(11)
    kind, number = rng.integers(0, 4, 20_000), rng.normal(size=20_000)
    worth = rng.normal(0, 2, (20, 4))
    slope = rng.normal(size=20)
    known = worth[:, kind].T + number[:, None] * slope
    benefit = known + rng.normal(0, 3, (20_000, 20))
    exact = known.max(axis=1).mean() - known.mean(axis=0).max()
    found = evppi(benefit, np.column_stack([kind, number]))
    assert abs(found.value - exact) < 3 * found.mcse + 0.01 * exact
    by_kind = worth[:, kind].T
    exact = by_kind.max(axis=1).mean() - by_kind.mean(axis=0).max()
    found = evppi(benefit, kind)
    assert abs(found.value - exact) < 3 * found.mcse
