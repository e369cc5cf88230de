# SPDX-License-Identifier: MIT
"""Intervals and quantiles: known distributions are recovered, misfits are told, impossible ones refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from txsim.priors.distributions import Z95, Distribution, beta, cdf, ppf, quantile
from txsim.priors.fits import fit_quantiles, fitting, from_interval, misfit
from txsim.priors.moments import median
from txsim.priors.written_numbers import quantity_of


def _cases() -> list[Distribution]:
    rng = np.random.default_rng(20261124)
    found: list[Distribution] = []
    for _ in range(50):
        found += [
            Distribution("lognormal", (rng.normal(0, 4), rng.uniform(0.02, 2.5))),
            Distribution("normal", (rng.normal(0, 100), math.exp(rng.uniform(-4, 5)))),
            Distribution("gamma", (math.exp(rng.uniform(-1, 5)), math.exp(rng.uniform(-5, 5)))),
            beta(math.exp(rng.uniform(-0.5, 4)), math.exp(rng.uniform(-0.5, 4))),
        ]
    return found


@pytest.mark.parametrize("levels", [(0.05, 0.95), (0.05, 0.5, 0.95), (0.25, 0.5, 0.75), (0.1, 0.3, 0.6, 0.9)])
def test_a_known_distribution_is_recovered_from_its_quantiles(levels: tuple[float, ...]) -> None:
    for d in _cases():
        told = {level: quantile(d, level) for level in levels}
        found, missed = fit_quantiles(told, d.family)
        assert missed < 1e-6, (d, found)
        np.testing.assert_allclose(found.args, d.args, rtol=1e-2, atol=1e-6)


def test_two_quantiles_are_met_exactly_whatever_the_family() -> None:
    for family in ("lognormal", "normal", "gamma", "beta"):
        found, missed = fit_quantiles({0.2: 0.1, 0.7: 0.45}, family)
        assert found.family == family
        assert missed < 1e-9
        np.testing.assert_allclose(ppf(found, [0.2, 0.7]), [0.1, 0.45], rtol=1e-7)


def test_three_quantiles_minimise_the_squared_misfit_of_probability() -> None:
    told = {0.05: 1.0, 0.5: 2.0, 0.95: 6.0}
    found, missed = fit_quantiles(told)
    assert found.family == "lognormal"
    assert missed == pytest.approx(misfit(found, told), abs=1e-12)
    assert 0.01 < missed < 0.05

    def loss(mu: float, sigma: float) -> float:
        below = cdf(Distribution("lognormal", (mu, sigma)), list(told.values()))
        return float(((below - np.array(list(told))) ** 2).sum())

    mu, sigma = found.args
    best = loss(mu, sigma)
    assert all(loss(mu + a, sigma + b) > best for a in (-0.01, 0, 0.01) for b in (-0.01, 0, 0.01) if a or b)


@pytest.mark.parametrize("low", [-1.0, 0.0])
def test_what_may_lie_at_or_below_nothing_is_normal_unless_told_otherwise(low: float) -> None:
    found, apart = fit_quantiles({0.05: low, 0.95: 3.0})
    assert found.family == "normal"
    assert found.args == pytest.approx(((low + 3.0) / 2, (3.0 - low) / (2 * Z95)), rel=1e-6)
    assert apart == pytest.approx(0.0, abs=1e-9)
    assert fit_quantiles({0.05: 0.1, 0.95: 3.0})[0].family == "lognormal"


@pytest.mark.parametrize("numbers", [(), (1.0, 2.0, 3.0, 4.0)])
def test_a_belief_is_typed_as_one_to_three_numbers(numbers: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="one number, two for a 90 % interval, or three") as raised:
        quantity_of(list(numbers))
    assert "5 %, middle, 95 %" in str(raised.value)


def test_interval_and_median_follow_the_model_page() -> None:
    d = from_interval(2.0, 8.0, 3.5)
    assert median(d) == pytest.approx(3.5)
    assert d.args[1] == pytest.approx(math.log(4) / (2 * 1.6449), rel=1e-4)
    d = from_interval(2.0, 8.0)
    np.testing.assert_allclose(ppf(d, [0.05, 0.5, 0.95]), [2.0, 4.0, 8.0], rtol=1e-12)
    d = from_interval(-2.0, 8.0)
    assert d == Distribution("normal", (3.0, 5 / Z95))
    d = from_interval(2.0, 8.0, family="uniform")
    np.testing.assert_allclose(ppf(d, [0.05, 0.95]), [2.0, 8.0], rtol=1e-12)
    for family in ("beta", "gamma"):
        np.testing.assert_allclose(ppf(from_interval(0.2, 0.6, family=family), [0.05, 0.95]), [0.2, 0.6], rtol=1e-7)


@pytest.mark.parametrize(
    ("told", "family", "says"),
    [
        ({0.5: 1.0}, None, "at least two"),
        ({0.0: 1.0, 0.5: 2.0}, None, "between 0 and 1"),
        ({0.05: 2.0, 0.95: 1.0}, None, "rise"),
        ({0.05: 1.0, 0.95: 1.0}, None, "rise"),
        ({0.05: -1.0, 0.95: 1.0}, "lognormal", "above 0"),
        ({0.05: 0.0, 0.95: 1.0}, "gamma", "above 0"),
        ({0.05: 0.2, 0.95: 1.0}, "beta", "between 0 and 1"),
        ({0.05: 0.2, 0.95: 1.0}, "cauchy", "not by cauchy"),
    ],
)
def test_impossible_quantiles_are_refused(told: dict[float, float], family: str | None, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        fit_quantiles(told, family)


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ((3.0, 3.0, None, None), "from low to high"),
        ((1.0, 3.0, 4.0, None), "inside the interval"),
        ((-1.0, 3.0, None, "lognormal"), "above 0"),
        ((1.0, 3.0, 1.5, "uniform"), "middle"),
        ((1.0, 3.0, None, "cauchy"), "not by cauchy"),
    ],
)
def test_impossible_intervals_are_refused(numbers: tuple[float, float, float | None, str | None], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        from_interval(*numbers)


@pytest.mark.parametrize("high", [1.0, 2.0])
@pytest.mark.parametrize("values", [(0.5, 0.9, 0.99), (0.5, 0.7, 0.9), (0.35, 0.4, 0.5)])
def test_what_is_offered_for_a_share_stays_one(values: tuple[float, float, float], high: float) -> None:
    stated = dict(zip((0.05, 0.5, 0.95), values, strict=True))
    family = fitting(stated, 0.0, high)
    assert family in ("beta", "spline_logitnormal")
    fit, _missed = fit_quantiles(stated, family)
    assert 0 <= quantile(fit, 1e-9) < quantile(fit, 1 - 1e-9) <= 1
    assert [quantile(fit, level) for level in stated] == pytest.approx(values, abs=0.05 * (values[2] - values[0]))


@pytest.mark.parametrize("ends", [(0.009, 0.01), (0.01, 0.011), (1e-4, 5e-4), (0.99, 0.999), (5e-6, 3e-5)])
def test_a_beta_holds_small_and_large_shares(ends: tuple[float, float]) -> None:
    """A beta goes through any two quantiles: of a churn of 1 % a month as of its mirror image."""
    for low, high in (ends, (1 - ends[1], 1 - ends[0])):
        fit, missed = fit_quantiles({0.05: low, 0.95: high}, "beta")
        assert missed < 1e-9
        assert [stats.beta.cdf(x, *fit.args[:2]) for x in (low, high)] == pytest.approx([0.05, 0.95], abs=1e-9)
