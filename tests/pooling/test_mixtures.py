# SPDX-License-Identifier: MIT
"""Mixtures of conjugate priors: exact updates, effective sample sizes, meta-analytic-predictive priors."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta, binom, expon, gamma, norm, poisson

from txsim.pooling.conjugate import (
    difference_above,
    predict_binomial,
    predict_normal,
    predict_poisson,
    robust,
    update_binomial,
    update_exponential,
    update_normal,
    update_poisson,
)
from txsim.pooling.heterogeneity import TauPrior
from txsim.pooling.map_priors import fit_mixture, map_prior, pool_binomial
from txsim.pooling.meta_analysis import pool
from txsim.pooling.mixtures import Mixture, beta_mixture, combine, gamma_mixture, normal_mixture
from txsim.pooling.sample_size import effective_sample_size

BETAS = beta_mixture([0.2, 0.8], [8, 10], [3, 2])
GAMMAS = gamma_mixture([0.4, 0.6], [3, 9], [2, 1.5])
NORMALS = normal_mixture([0.8, 0.2], [0, 0], [1, 10])


def by_bayes(prior: Mixture, likelihood: object, low: float, high: float) -> tuple[float, float]:
    """Return mean and sd of the posterior by quadrature, without conjugacy."""

    def moment(power: int) -> float:
        f = lambda x: x**power * float(prior.pdf(x)) * likelihood(x)  # type: ignore[operator]  # noqa: E731
        return float(quad(f, low, high, limit=500, epsabs=0, epsrel=1e-11)[0])

    total = moment(0)
    mean = moment(1) / total
    return mean, math.sqrt(moment(2) / total - mean**2)


def test_updates_are_bayes_theorem() -> None:
    cases = [
        (update_normal(NORMALS, 5, 1), by_bayes(NORMALS, lambda m: norm.pdf(5, m, 1), -20, 30)),
        (update_binomial(BETAS, 4, 20), by_bayes(BETAS, lambda p: binom.pmf(4, 20, p), 0, 1)),
        (update_poisson(GAMMAS, 7, 2.5), by_bayes(GAMMAS, lambda r: poisson.pmf(7, 2.5 * r), 0, 40)),
        (
            update_exponential(GAMMAS, 3, 1.2),
            by_bayes(GAMMAS, lambda r: np.prod(expon.pdf([0.5, 0.4, 0.3], scale=1 / r)) if r > 0 else 0.0, 0, 40),
        ),
    ]
    for found, told in cases:
        assert (found.mean, found.sd) == pytest.approx(told, rel=1e-7)


def test_robust_prior_gives_way_to_data() -> None:
    """Data in conflict with the informative part move the weight to the wide one; data that agree do not."""
    prior = robust(normal_mixture([1], [0], [0.2]), 0.1, mean=0, sigma=2)
    assert prior.weights == pytest.approx([0.9, 0.1])
    assert prior.second == pytest.approx([0.2, 2.0])
    against, with_it = update_normal(prior, 2.5, 0.3), update_normal(prior, 0.1, 0.3)
    assert against.weights[1] > 0.99
    assert against.mean == pytest.approx(2.44, abs=0.03)
    assert with_it.weights[1] < 0.03
    assert abs(with_it.mean) < 0.08
    assert robust(BETAS, 0.2).first[-1] == robust(BETAS, 0.2).second[-1] == 1.0  # uniform on 0 … 1
    wide = robust(GAMMAS, 0.2, mean=2.0)
    assert (wide.first[-1], wide.second[-1]) == (2.0, 1.0)


def test_weights_by_hand() -> None:
    """Röver and others use it with known standard errors: weights by the marginal normal densities."""
    found = update_normal(NORMALS, 3.0, 0.5)
    raw = np.array([0.8 * norm.pdf(3, 0, math.sqrt(1.25)), 0.2 * norm.pdf(3, 0, math.sqrt(100.25))])
    assert found.weights == pytest.approx(raw / raw.sum(), rel=1e-12)


@given(
    st.lists(st.tuples(st.floats(0.05, 1), st.floats(1.1, 50), st.floats(1.1, 50)), min_size=1, max_size=4),
    st.sampled_from(["beta", "gamma", "normal"]),
)
def test_quantiles_and_intervals_of_any_mixture(parts: list[tuple[float, float, float]], family: str) -> None:
    w, a, b = zip(*parts, strict=True)
    mix = Mixture(family, np.array(w), np.array(a), np.array(b))
    p = np.array([0.001, 0.05, 0.37, 0.5, 0.95, 0.999])
    assert mix.cdf(mix.quantile(p)) == pytest.approx(p, rel=1e-7, abs=1e-10)
    central, short = mix.central(0.9), mix.shortest(0.9)
    assert float(mix.cdf(short[1]) - mix.cdf(short[0])) == pytest.approx(0.9, abs=1e-6)
    assert short[1] - short[0] <= (central[1] - central[0]) * (1 + 1e-9)
    assert float(mix.pdf(mix.mode)) >= float(mix.pdf(mix.quantile(np.linspace(0.01, 0.99, 99))).max()) * (1 - 1e-9)


def test_predictions_are_distributions() -> None:
    chances = predict_binomial(BETAS, 12)
    assert chances.sum() == pytest.approx(1, rel=1e-12)
    assert chances @ np.arange(13) == pytest.approx(12 * BETAS.mean, rel=1e-12)
    counts = predict_poisson(GAMMAS, 2.0, 400)
    assert counts.sum() == pytest.approx(1, rel=1e-9)
    assert counts @ np.arange(401) == pytest.approx(2 * GAMMAS.mean, rel=1e-9)
    assert predict_normal(NORMALS, 3.0, 9).sd == pytest.approx(math.hypot(NORMALS.sd, 1.0), rel=1e-12)


def test_difference_of_two() -> None:
    one, two = beta_mixture([1], [3], [5]), beta_mixture([1], [5], [3])
    told = quad(lambda v: beta.sf(v, 3, 5) * beta.pdf(v, 5, 3), 0, 1)[0]
    assert difference_above(one, two) == pytest.approx(told, rel=1e-6)
    a, b = normal_mixture([1], [1], [0.5]), normal_mixture([1], [0], [1])
    assert difference_above(a, b, 0.2) == pytest.approx(norm.sf(0.2, 1, math.hypot(0.5, 1)), rel=1e-12)
    assert difference_above(gamma_mixture([1], [2], [1]), gamma_mixture([1], [2], [1])) == pytest.approx(0.5, abs=1e-6)
    whole = beta_mixture([1], [1], [1])  # two uniform ones differ by more than 0.2 in a corner of 0.8 by 0.8
    assert difference_above(whole, whole, 0.2) == pytest.approx(0.8**2 / 2, abs=1e-4)
    assert gamma.mean(2) == 2.0


@pytest.mark.parametrize("method", ["elir", "moment"])
def test_one_conjugate_part_is_worth_its_own_count(method: str) -> None:
    """Beta(a, b): a + b; normal: σ²/sd²; gamma and counts: the rate."""
    assert effective_sample_size(beta_mixture([1], [4], [16]), method) == pytest.approx(20, rel=1e-9)
    assert effective_sample_size(normal_mixture([1], [3], [0.5]), method, sigma=2) == pytest.approx(16, rel=1e-9)
    assert effective_sample_size(gamma_mixture([1], [8], [2]), method) == pytest.approx(2, rel=1e-9)


def test_the_curvature_at_the_mode_of_a_beta_off_its_middle() -> None:
    """By hand for Beta(3, 7), mode 1/4 and mean 3/10, against the same mode in a hundredth of an observation.

    Curvatures 2/(1/4)² + 6/(3/4)² = 42⅔ and (.0025 − 1)/(1/4)² + (.0075 − 1)/(3/4)² = −17.7244; one observation is
    expected to bring .3/(1/4)² + .7/(3/4)² = 6.0444.
    """
    size = effective_sample_size(beta_mixture([1], [3], [7]), "morita")
    assert size == pytest.approx((42 + 2 / 3 + 17.724444) / 6.044444, rel=1e-6)
    assert size == pytest.approx(10, abs=0.01)


def test_elir_is_predictively_consistent() -> None:
    """The mean effective size after 20 more observations is 20 more; the moment method fails this."""
    chances = predict_binomial(BETAS, 20)
    for method, holds in (("elir", True), ("moment", False)):
        after = sum(
            chance * effective_sample_size(update_binomial(BETAS, r, 20), method) for r, chance in enumerate(chances)
        )
        gap = after - effective_sample_size(BETAS, method) - 20
        assert bool(abs(gap) < 1e-6) == holds


def test_sizes_of_priors_of_other_kinds() -> None:
    assert effective_sample_size(robust(BETAS, 0.3)) < effective_sample_size(BETAS)
    assert effective_sample_size(GAMMAS, "moment", likelihood="exponential") == pytest.approx(
        GAMMAS.mean**2 / GAMMAS.sd**2, rel=1e-12
    )
    # A narrow normal of log odds around 0 is worth what a beta around one half is: 4 · precision.
    assert effective_sample_size(normal_mixture([1], [0], [0.1]), likelihood="logit") == pytest.approx(400, rel=0.02)
    with pytest.raises(ValueError, match="did you mean `elir`"):
        effective_sample_size(BETAS, "elri")
    with pytest.raises(ValueError, match="goes with binomial"):
        effective_sample_size(BETAS, likelihood="poisson")
    with pytest.raises(ValueError, match="sigma"):
        effective_sample_size(NORMALS)
    with pytest.raises(ValueError, match="does not exist"):
        effective_sample_size(beta_mixture([1], [0.5], [2]))


#: Placebo responders of eight trials in ankylosing spondylitis (Baeten et al., Lancet 382 (2013), 1705-1713).
SPONDYLITIS = ([23, 12, 19, 9, 39, 6, 9, 10], [107, 44, 51, 39, 139, 20, 78, 35])


def test_map_prior_of_shares() -> None:
    """The published map prior of the placebo response (Weber et al., J. Stat. Softw. 100(19), 2021): by MCMC there,
    mean 0.258 and sd 0.087, τ about 0.38; here by quadrature, so that Monte Carlo error is all that may differ."""
    found = pool_binomial(*SPONDYLITIS, TauPrior("half_normal", (1.0,)), mu_sd=2.0)
    assert found.tau_mean == pytest.approx(0.38, abs=0.01)
    assert found.share_mean == pytest.approx(0.258, abs=0.002)
    assert found.share_sd == pytest.approx(0.087, abs=0.002)
    mix = found.map_prior(2)
    assert (mix.mean, mix.sd) == pytest.approx((found.share_mean, found.share_sd), rel=0.02)
    assert 30 < effective_sample_size(mix) < 45
    assert effective_sample_size(robust(mix, 0.2)) < effective_sample_size(mix)


def test_binomial_pooling_without_spread_is_one_sample() -> None:
    """τ = 0 and a wide prior: the posterior of log odds is that of all groups as one."""
    found = pool_binomial([5, 9], [20, 40], TauPrior("fixed", (1e-6,)), mu_sd=50)
    # On the log-odds scale a flat prior is Beta(0, 0) on the share.
    assert found.share_mean == pytest.approx(14 / 60, rel=2e-3)


def test_map_prior_of_means_is_the_prediction() -> None:
    y, se, tau = [0.1, 0.5, 0.3, 0.9], [0.2, 0.2, 0.3, 0.25], TauPrior("half_normal", (0.5,))
    exact = map_prior(y, se, tau)
    assert exact.mean == pytest.approx(pool(y, se, tau=tau, grid="exact").prediction.mean, rel=1e-12)
    three = map_prior(y, se, tau, parts=3)
    assert three.quantile([0.05, 0.5, 0.95]) == pytest.approx(exact.quantile([0.05, 0.5, 0.95]), abs=0.02)


@pytest.mark.parametrize("truth", [NORMALS, BETAS, GAMMAS], ids=lambda mix: mix.family)
def test_fit_recovers_a_mixture(truth: Mixture) -> None:
    values = truth.quantile((np.arange(1500) + 0.5) / 1500)
    found = fit_mixture(values, truth.family, 2)
    p = np.array([0.02, 0.1, 0.5, 0.9, 0.98])
    assert found.cdf(truth.quantile(p)) == pytest.approx(p, abs=0.01)


def test_impossible_mixtures_are_refused() -> None:
    cases: list[tuple[str, Callable[[], object]]] = [
        ("one length", lambda: normal_mixture([0.5], [0, 1], [1, 1])),
        ("sd must be finite and above 0", lambda: normal_mixture([1], [0], [0])),
        ("a must be above 0", lambda: beta_mixture([1], [-1], [1])),
        ("weights must be at least 0", lambda: gamma_mixture([-1, 2], [1, 1], [1, 1])),
        ("one family", lambda: combine([BETAS, NORMALS], [0.5, 0.5])),
        ("sigma", lambda: robust(NORMALS, 0.1)),
        ("between 0 and 1", lambda: robust(BETAS, 1.5)),
        ("mixture of normals is needed", lambda: update_normal(BETAS, 0, 1)),
        ("5 of 4", lambda: update_binomial(BETAS, 5, 4)),
        ("events are at least 0", lambda: update_poisson(GAMMAS, -1)),
        ("standard error must be above 0", lambda: update_normal(NORMALS, 0, 0)),
        ("lie between 0 and 1", lambda: fit_mixture([0.5, 1.5, 2.0], "beta", 1)),
        ("at least 2 values", lambda: fit_mixture([1.0], "normal", 1)),
        ("between 0 and n", lambda: pool_binomial([3], [2], TauPrior("half_normal", (1.0,)))),
    ]
    for words, bad in cases:
        with pytest.raises(ValueError, match=words):
            bad()
