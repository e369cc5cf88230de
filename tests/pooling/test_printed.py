# SPDX-License-Identifier: MIT
"""Figures of meta-analysis that others printed, or that follow from integration by brute force."""

from __future__ import annotations

import math
from dataclasses import astuple
from typing import Any

import numpy as np
import pytest
from scipy import integrate, special, stats

from txsim.evidence.effect_sizes import (
    correlation_z,
    log_odds_ratio,
    mean_difference,
    standardised_mean_difference,
)
from txsim.pooling.classical import classical, may_give
from txsim.pooling.heterogeneity import TauPrior
from txsim.pooling.meta_analysis import pool
from txsim.pooling.mixtures import normal_mixture

#: Thirteen trials of the BCG vaccine (Colditz and others 1994): ill and well, vaccinated and not.
BCG = np.array(
    [
        (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
        (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232),
        (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
    ],
    dtype=float,
)  # fmt: skip


def risk_ratios() -> tuple[Any, Any]:
    a, b, c, d = BCG.T
    y = np.log(a / (a + b)) - np.log(c / (c + d))
    return y, np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))


def test_thirteen_trials_as_metafor_prints_them() -> None:
    """Viechtbauer 2010, J. Stat. Software 36(3): `rma` of the log risk ratios by each method."""
    found = classical(*risk_ratios())
    assert found.q == pytest.approx(152.2330, abs=1e-4)
    assert found.p_value == pytest.approx(stats.chi2.sf(152.2330, 12), rel=1e-3)
    assert found.i2 == pytest.approx(0.9212, abs=5e-5)
    assert found.q / 12 == pytest.approx(12.69, abs=5e-3)
    assert astuple(found.common) == pytest.approx((-0.4303, 0.0405), abs=1e-4)
    for told, tau2, mu, se in (
        (found.reml, 0.3132, -0.7145, 0.1798),
        (found.dersimonian_laird, 0.3088, -0.7141, 0.1787),
        (found.ml, 0.2800, -0.7112, 0.1719),
    ):
        assert (told.tau**2, told.mu, told.se) == pytest.approx((tau2, mu, se), abs=6e-5)
    # Paule and Mandel: the spread at which the generalised Q is its expectation
    y, s = risk_ratios()
    w = 1 / (s**2 + found.paule_mandel.tau**2)
    assert np.sum(w * (y - np.average(y, weights=w)) ** 2) == pytest.approx(12, rel=1e-9)


def test_studies_that_agree_have_no_spread() -> None:
    found = classical([1.0, 1.1, 0.9], [1.0, 1.0, 2.0])
    assert found.i2 == 0
    assert [told.tau for told in (found.dersimonian_laird, found.paule_mandel, found.reml, found.ml)] == [0, 0, 0, 0]
    # weights 4, 4, 1
    assert astuple(found.common) == pytest.approx(((4 + 4.4 + 0.9) / 9, math.sqrt(4 / 9)))
    two = classical([0.0, 2.0], [1.0, 1.0])
    assert two.q == pytest.approx(2)
    assert two.i2 == pytest.approx(0.5)
    assert two.p_value == pytest.approx(stats.chi2.sf(2, 1))
    assert astuple(two.dersimonian_laird) == pytest.approx((1.0, 1.0, 1.0))


def test_effect_sizes_by_hand() -> None:
    assert correlation_z(0.6, 19) == pytest.approx((0.5 * math.log(1.6 / 0.4), 0.25))
    assert log_odds_ratio(10, 30, 5, 45) == pytest.approx((math.log(4), math.sqrt(1 / 10 + 1 / 20 + 1 / 5 + 1 / 40)))
    assert log_odds_ratio(0, 10, 3, 12) == pytest.approx(
        (math.log(0.5 * 9.5 / (10.5 * 3.5)), math.sqrt(1 / 0.5 + 1 / 10.5 + 1 / 3.5 + 1 / 9.5))
    )
    assert log_odds_ratio(10, 10, 3, 12)[0] == pytest.approx(math.log(10.5 * 9.5 / (0.5 * 3.5)))
    assert log_odds_ratio(4, 10, 12, 12)[0] == pytest.approx(math.log(4.5 * 0.5 / (6.5 * 12.5)))
    for impossible in ((0, 10, 0, 12), (10, 10, 12, 12), (11, 10, 3, 12), (-1, 10, 3, 12)):
        with pytest.raises(ValueError, match="event"):
            log_odds_ratio(*impossible)
    assert mean_difference(12, 3, 9, 10, 4, 16) == pytest.approx((2.0, math.sqrt(9 / 9 + 16 / 16)))
    # pooled sd: (8·9 + 15·16)/23; Hedges' correction by its exact gamma form, 1 − 3/(4·23 − 1) to three digits
    g, error = standardised_mean_difference(12, 3, 9, 10, 4, 16)
    assert g == pytest.approx(2 / math.sqrt(312 / 23) * (1 - 3 / 91), abs=2e-4)
    assert error == pytest.approx(math.sqrt(1 / 9 + 1 / 16 + g * g / 50))
    # one person in an arm: the other's sd, and nothing left to correct by
    assert standardised_mean_difference(12, 3, 2, 10, 4, 1)[0] == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="three people"):
        standardised_mean_difference(12, 3, 1, 10, 4, 1)


Y, SE = np.array([0.3, 0.9, -0.2, 0.6]), np.array([0.2, 0.3, 0.25, 0.15])


@pytest.fixture(scope="module")
def brute() -> Any:
    """Expectations over mean and spread on a plain grid, no algebra of normals."""
    mu, tau = np.linspace(-3.5, 3.5, 701)[:, None], np.linspace(1e-6, 4, 1201)
    like = stats.norm.logpdf(mu, 0.2, 0.8) + stats.halfnorm.logpdf(tau, scale=0.5)
    for y, s in zip(Y, SE, strict=True):
        like = like - 0.5 * (y - mu) ** 2 / (s * s + tau * tau) - 0.5 * np.log(s * s + tau * tau)
    weight = np.exp(like - like.max())
    weight[:, 0] /= 2  # trapezes: the density does not vanish at no spread
    weight /= weight.sum()
    return lambda what: float((weight * what(mu, tau)).sum())


@pytest.fixture(scope="module")
def pooled() -> Any:
    return pool(Y, SE, mu=normal_mixture([1], [0.2], [0.8]), tau=TauPrior("half_normal", (0.5,)), grid="exact")


def test_the_posterior_by_brute_force(pooled: Any, brute: Any) -> None:
    mean = brute(lambda mu, tau: mu)
    assert pooled.mu.mean == pytest.approx(mean, abs=1e-4)
    assert pooled.mu.sd == pytest.approx(math.sqrt(brute(lambda mu, tau: mu**2) - mean**2), rel=1e-3)
    assert pooled.tau.mean == pytest.approx(brute(lambda mu, tau: tau), rel=1e-3)
    # a new organisation: the spread and what is not known of the mean, both
    spread = brute(lambda mu, tau: mu**2 + tau**2) - mean**2
    assert pooled.prediction.sd == pytest.approx(math.sqrt(spread), rel=1e-3)
    above = brute(lambda mu, tau: special.ndtr(mu / tau))
    assert pooled.prediction.above(0.0) == pytest.approx(above, abs=3e-4)
    # each study drawn towards the others: y/s² + μ/τ² over 1/s² + 1/τ²
    for k, (y, s) in enumerate(zip(Y, SE, strict=True)):
        pulled = brute(lambda mu, t, y=y, s=s: (y * t**2 + mu * s**2) / (s**2 + t**2))
        assert pooled.effects[k].mean == pytest.approx(pulled, abs=3e-4)


def test_the_highest_point_on_a_grid() -> None:
    """Mean and spread of highest density, the prior of the mean a mixture of unequal parts."""
    prior = normal_mixture([0.85, 0.15], [0.1, 1.0], [0.4, 0.3])
    found = pool(Y, SE, mu=prior, tau=TauPrior("half_normal", (0.5,)), grid="exact").map_joint
    mu, tau = np.linspace(-0.5, 1.5, 2001)[:, None], np.linspace(0, 0.8, 401)
    height = stats.halfnorm.logpdf(tau, scale=0.5) + np.log(
        0.85 * stats.norm.pdf(mu, 0.1, 0.4) + 0.15 * stats.norm.pdf(mu, 1.0, 0.3)
    )
    for y, s in zip(Y, SE, strict=True):
        height = height - 0.5 * (y - mu) ** 2 / (s * s + tau * tau) - 0.5 * np.log(s * s + tau * tau)
    at = np.unravel_index(height.argmax(), height.shape)
    assert found == pytest.approx((tau[at[1]], mu[at[0], 0]), abs=2.1e-3)


def test_the_typical_study(pooled: Any) -> None:
    """Higgins and Thompson 2002, formula 9: with equal errors the typical variance is that of each study."""
    alike = pool([0.1, 0.4, 0.9], [0.5, 0.5, 0.5], tau=TauPrior("half_normal", (0.5,)))
    assert alike.i2(0.5) == pytest.approx(0.5)
    assert alike.i2(1.0) == pytest.approx(0.8)
    w = 1 / SE**2
    typical = 3 * w.sum() / (w.sum() ** 2 - (w**2).sum())
    assert pooled.i2(0.3) == pytest.approx(0.09 / (0.09 + typical))


@pytest.mark.parametrize(
    ("family", "args", "reference"),
    [
        ("half_normal", (0.7,), stats.halfnorm(scale=0.7)), ("half_cauchy", (0.7,), stats.halfcauchy(scale=0.7)),
        ("half_logistic", (0.7,), stats.halflogistic(scale=0.7)), ("exponential", (2.5,), stats.expon(scale=0.4)),
        ("lomax", (3.0, 0.7), stats.lomax(3.0, scale=0.7)), ("rayleigh", (0.7,), stats.rayleigh(scale=0.7)),
        ("gamma", (2.0, 3.0), stats.gamma(2.0, scale=1 / 3)), ("inverse_gamma", (3.0, 0.7),
        stats.invgamma(3.0, scale=0.7)),
        ("log_normal", (-1.0, 0.6), stats.lognorm(0.6, scale=math.exp(-1))),
        ("truncated_normal", (0.3, 0.5), stats.truncnorm(-0.6, np.inf, 0.3, 0.5)),
        ("uniform_to", (2.0,), stats.uniform(0, 2)),
    ],
)  # fmt: skip
def test_priors_of_the_spread_are_those_of_scipy(family: str, args: tuple[float, ...], reference: Any) -> None:
    tau = np.array([0.05, 0.3, 0.9, 1.7])
    np.testing.assert_allclose(TauPrior(family, args).log_density(tau, SE), reference.logpdf(tau), rtol=1e-9)


def test_priors_of_the_variance_change_their_variable() -> None:
    """A prior of τ² is one of τ with the slope 2τ."""
    tau = np.array([0.05, 0.3, 0.9, 1.7])
    for family, args, reference in (
        ("inverse_gamma_squared", (2.0, 0.3), stats.invgamma(2.0, scale=0.3)),
        ("log_normal_squared", (-2.0, 1.3), stats.lognorm(1.3, scale=math.exp(-2))),
    ):
        found = TauPrior(family, args).log_density(tau, SE)
        np.testing.assert_allclose(found, np.log(reference.pdf(tau**2) * 2 * tau), rtol=1e-9)
    t, df, s = tau, 4.0, 0.6
    folded = 2 * stats.t.pdf(t / s, df) / s
    np.testing.assert_allclose(np.exp(TauPrior("half_t", (s, df)).log_density(t, SE)), folded, rtol=1e-9)


@pytest.mark.parametrize(
    "prior",
    [TauPrior(family) for family in ("conventional",
    "dumouchel", "shrinkage", "i2")] + [TauPrior("log_t_squared", (-2.0, 0.8, 5.0))],
    ids=lambda prior: prior.family,
)  # fmt: skip
def test_priors_without_numbers_are_distributions(prior: TauPrior) -> None:
    """Their density integrates to 1; quadrature over log τ, so that heavy tails count."""
    value, _error = integrate.quad(
        lambda x: math.exp(x + float(prior.log_density(np.array([math.exp(x)]), SE)[0])), -25, 25, limit=300
    )
    assert value == pytest.approx(1, abs=2e-4)


def test_half_way_points_of_the_priors_without_numbers() -> None:
    """DuMouchel's median is √of the harmonic mean variance; uniform shrinkage and I² are uniform shares there."""
    equal = np.full(5, 0.4)

    def below(family: str, tau: float) -> float:
        prior = TauPrior(family)
        return float(integrate.quad(lambda t: math.exp(float(prior.log_density(np.array([t]), equal)[0])), 0, tau)[0])

    for family in ("dumouchel", "shrinkage", "i2"):
        assert below(family, 0.4) == pytest.approx(0.5, abs=1e-6)
    # τ²/(τ² + s²) uniform: the quarter at τ² = s²/3
    for family in ("shrinkage", "i2"):
        assert below(family, 0.4 / math.sqrt(3)) == pytest.approx(0.25, abs=1e-6)
    assert below("dumouchel", 0.4 / 3) == pytest.approx(0.25, abs=1e-6)  # τ/(τ + s) uniform


@pytest.mark.parametrize("seed", range(8))
def test_what_a_usual_method_gives_is_never_passed_over(seed: int) -> None:
    """The cheap look at a part lets through each usual method's own answer, and not one far from all of them."""
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 40))
    s = rng.uniform(0.1, 0.4, k)
    y = 3 + (0.0, 0.05, 0.2, 1.0)[seed % 4] * rng.standard_normal(k) + s * rng.standard_normal(k)
    told = classical(y, s)
    for way in (told.common, told.dersimonian_laird, told.paule_mandel, told.reml, told.ml):
        assert may_give(way.mu, way.se, y, s, 0.4 * way.se, 0.03)
        assert not may_give(way.mu + 5, way.se, y, s, 0.4 * way.se, 0.03)
        assert not may_give(way.mu, 30 * way.se, y, s, 0.4 * way.se, 0.03)
