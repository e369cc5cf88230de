# SPDX-License-Identifier: MIT
"""Weighing and resampling: equal to ArviZ, to closed forms, to each other; refused where it must be."""

from __future__ import annotations

import importlib
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from txsim.evidence import ScoredClaim, ScoredStatement, Settings, select
from txsim.inference.bounds import bounded, quantities
from txsim.inference.claim_arrays import Layout
from txsim.inference.pareto import effective, smoothed
from txsim.inference.spec import CalibrationSpec, prior_draws
from txsim.inference.weighing import cluster_log_likelihood, weigh
from txsim.pathways import default_graph
from txsim.priors.catalogue import calibration_parameters
from txsim.priors.distributions import Distribution, beta, lognormal, point


@pytest.fixture(scope="module")
def spec() -> CalibrationSpec:
    return CalibrationSpec(default_graph(), calibration_parameters(), select(Settings()))


@pytest.fixture(scope="module")
def prior(spec: CalibrationSpec) -> dict[str, np.ndarray]:
    return prior_draws(spec, 4096, 5)


@pytest.mark.parametrize("size", [200, 1000, 8192])
@pytest.mark.parametrize("spread", [0.3, 1.0, 2.0, 4.0])
def test_weights_are_those_of_arviz(size: int, spread: float) -> None:
    from arviz_stats.base import array_stats

    log_ratio = spread * np.random.default_rng(size).standard_normal(size)
    weights, k_hat = smoothed(log_ratio)
    told, k_told = array_stats.psislw(-log_ratio)
    np.testing.assert_allclose(weights, np.exp(told), rtol=1e-9, atol=1e-15)
    assert k_hat == pytest.approx(float(k_told), abs=1e-9)


@given(st.integers(10, 600), st.floats(0.0, 5.0), st.integers(0, 99))
def test_weights_are_weights(size: int, spread: float, seed: int) -> None:
    weights, _ = smoothed(spread * np.random.default_rng(seed).standard_normal(size))
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1.0)
    assert 1.0 - 1e-9 <= effective(weights) <= size + 1e-6


def test_equal_ratios_leave_draws_as_they_are_and_impossible_ones_say_so() -> None:
    weights, k_hat = smoothed(np.full(100, -3.0))
    assert k_hat == -math.inf
    np.testing.assert_allclose(weights, 0.01)
    assert smoothed(np.full(100, -np.inf))[1] == math.inf


def test_places_for_more_claims_change_nothing(spec: CalibrationSpec, prior: dict[str, np.ndarray]) -> None:
    """A compiled model has places for claims that are not scored; switched off, they add exactly nothing."""
    from scipy.special import log_ndtr

    contact = select(Settings(use=("glassdoor-2019-contact",), credibility={"glassdoor-2019-contact": 0.6}))
    hours = ScoredStatement("parameter", "replacement_cost", "natural", 0.3, 0.2, 0.4, 1.0, None)  # in its own unit
    own = ScoredClaim("own", "own", 0.7, "experiment", (hours,))
    frame = (*spec.claims, *contact, own)
    part = replace(spec, claims=tuple(claim for claim in spec.claims if claim.id not in ("pwc-2018", "koys-2001")))
    plain, framed = Layout(part), Layout(part, frame)
    alone = plain.sound(quantities(part, plain.statements, prior), np, log_ndtr)
    among = framed.sound(quantities(part, framed.statements, prior), np, log_ndtr)
    for at, name in enumerate(framed.clusters):
        if name in plain.clusters:
            np.testing.assert_allclose(among[:, at], alone[:, plain.clusters.index(name)], rtol=1e-9, atol=1e-9)
        else:
            np.testing.assert_allclose(among[:, at], 0.0, atol=1e-9)
            assert framed.credibility[at] == 1.0
    for name in plain.clusters:
        told = framed.unsound[framed.clusters.index(name)]
        assert told == pytest.approx(plain.unsound[plain.clusters.index(name)])


def test_the_worth_of_a_bound_is_kept(spec: CalibrationSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    first = bounded(spec).unsound
    module = importlib.import_module("txsim.inference.bounds")
    monkeypatch.setattr(module, "prior_draws", lambda *_: pytest.fail("drawn again"))
    np.testing.assert_array_equal(bounded(spec).unsound, first)


def test_weighing_gives_the_closed_form() -> None:
    """Log-normal prior draws weighed by one sound claim are the log-normal posterior."""
    names = calibration_parameters()
    small: dict[str, Distribution] = {name: point(0.01) for name in names}
    small |= {"churn_cx": lognormal(0.012, 6), "reach": point(1.2)}
    before = CalibrationSpec(default_graph(), small, ())
    statement = ScoredStatement("parameter", "churn_cx", "log", 0.03, 0.3, 0.4, 1.5, None)
    after = replace(before, claims=(ScoredClaim("told", "told", 1.0, "cross_section", (statement,)),))
    par = prior_draws(before, 2**15, 3)
    found = weigh(par, before, after)
    assert found.refused == ""
    logs = np.log(par["churn_cx"])
    mu, sigma = small["churn_cx"].args
    told, se = math.log(0.03 / 1.5), math.hypot(0.3, 0.4)
    precision = sigma**-2 + se**-2
    mean = float(found.weights @ logs)
    assert mean == pytest.approx((mu / sigma**2 + told / se**2) / precision, abs=0.02)
    assert math.sqrt(found.weights @ (logs - mean) ** 2) == pytest.approx(precision**-0.5, rel=0.03)


def test_another_prior_is_weighed_by_its_density() -> None:
    names = calibration_parameters()
    before = CalibrationSpec(default_graph(), names, ())
    after = replace(before, priors={**names, "churn_cx": lognormal(0.02, 3), "copy": beta(3, 4)})
    par = prior_draws(before, 2**15, 4)
    found = weigh(par, before, after)
    assert float(found.weights @ np.log(par["churn_cx"])) == pytest.approx(math.log(0.02), abs=0.03)
    assert float(found.weights @ par["copy"]) == pytest.approx(3 / 7, abs=0.01)


@pytest.mark.parametrize(
    ("prior_of", "clause"),
    [
        (point(0.1), "known number"),
        (Distribution("normal", (0.3, 0.05)), "could not be before"),
        (lognormal(0.3, 1.001), "k̂"),
    ],
)
def test_what_weights_cannot_carry_is_refused(prior_of: Distribution, clause: str) -> None:
    names = calibration_parameters()
    before = CalibrationSpec(default_graph(), names, ())
    found = weigh(prior_draws(before, 4096, 4), before, replace(before, priors={**names, "ex_cx": prior_of}))
    assert clause in str(found.refused) or "effective draws" in str(found.refused)


def test_no_claims_have_no_likelihood(spec: CalibrationSpec, prior: dict[str, np.ndarray]) -> None:
    assert cluster_log_likelihood(replace(spec, claims=()), prior) == {}
    each = cluster_log_likelihood(spec, prior)
    assert set(each) == {claim.cluster for claim in spec.claims}
    # Influence is bounded by construction: whatever the parameters, an unsound part is left.
    certain = {claim.cluster for claim in spec.claims if claim.credibility == 1}
    assert all(np.ptp(values) < 12 for name, values in each.items() if name not in certain)


def test_radius_is_that_of_the_settled_matrix_and_is_left_out_where_sums_are_small(spec: CalibrationSpec) -> None:
    """Frobenius norm of the 64th power, taken by NumPy's own matrix power, to the 64th root."""
    from txsim.inference.statements import Reference

    reference = Reference(spec.graph)
    par = {name: np.asarray(values[:40]) for name, values in prior_draws(spec, 4096, 2).items()}
    slopes = reference.slopes(par, lambda parts: np.stack(np.broadcast_arrays(*parts), axis=-1))
    at = {"limit": 0.6}
    whole, some = reference.log_radius(par), reference.log_radius(par, at["limit"])
    left_out = 0
    for i in range(40):
        matrix = np.zeros((reference.n, reference.n))
        for link, slope in zip(reference.network.links, slopes[i], strict=True):
            if link.source >= 0:
                matrix[link.target, link.source] += slope
        norm = np.linalg.norm(np.linalg.matrix_power(matrix, 64))
        expected = math.log(math.sqrt(norm**2 + 1e-280)) / 64
        assert whole[i] == pytest.approx(expected, abs=1e-9)
        small = min(np.abs(matrix).sum(axis=0).max(), np.abs(matrix).sum(axis=1).max()) <= at["limit"]
        left_out += small
        assert some[i] == (-math.inf if small else whole[i])
    assert 0 < left_out < 40


def test_draws_of_one_prior_are_not_taken_for_those_of_another(spec: CalibrationSpec) -> None:
    """Values that cost much are kept in memory: what was asked before must not show in what is asked now."""
    name = next(name for name, prior in spec.priors.items() if prior.family == "beta")
    other = replace(spec, priors={**spec.priors, name: beta(9.0, 3.0)})
    first, moved, again = prior_draws(spec, 4096, 5), prior_draws(other, 4096, 5), prior_draws(spec, 4096, 5)
    for key in first:
        np.testing.assert_array_equal(first[key], again[key])
        assert np.array_equal(first[key], moved[key]) == (key != name)
    assert moved[name].mean() == pytest.approx(0.75, abs=4 * math.sqrt(0.75 * 0.25 / 13 / 4096))
    assert not np.array_equal(first[name], prior_draws(spec, 4096, 6)[name])


def test_what_a_hand_passes_over_leaves_no_files(
    spec: CalibrationSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TXSIM_CACHE", str(tmp_path / "cache"))

    def files() -> set[str]:
        return {each.name for each in (tmp_path / "cache" / "bounds").glob("*")}

    bounded(spec)
    before = files()
    assert before
    moved = replace(spec, priors={**spec.priors, "ex_cx": lognormal(0.2718, 1.31)})
    passed = bounded(moved, keep=False).unsound
    weighed = replace(spec, priors={**spec.priors, "ex_cx": lognormal(0.2718, 1.32)})
    weigh(prior_draws(spec, 4096, 5), spec, weighed)
    assert files() == before
    np.testing.assert_array_equal(bounded(moved).unsound, passed)
    assert len(files()) == 2 * len(before)
