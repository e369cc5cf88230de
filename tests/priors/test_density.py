# SPDX-License-Identifier: MIT
"""Log densities of priors: they integrate to one and are the derivative of the distribution function."""

from __future__ import annotations

import numpy as np
import pytest

from txsim.priors.density import has_density, log_density
from txsim.priors.distributions import Distribution, beta, cdf, clipped, lognormal, point, ppf

FAMILIES = [
    lognormal(0.3, 7.5),
    Distribution("normal", (1.0, 2.0)),
    beta(1.2, 2.5),
    beta(2.0, 3.0, -1.0, 4.0),
    Distribution("gamma", (2.5, 0.7)),
    Distribution("uniform", (1.0, 3.0)),
    Distribution("triangular", (0.0, 1.0, 4.0)),
    Distribution("lognormal_mixture", (0.8, 0.0, 0.2, 1.1, 0.3)),
]


@pytest.mark.parametrize("d", FAMILIES, ids=lambda d: d.family)
def test_it_is_the_slope_of_the_distribution_function(d: Distribution) -> None:
    x = ppf(d, np.linspace(0.02, 0.98, 49))
    step = 1e-5 * (ppf(d, 0.9) - ppf(d, 0.1))
    slope = (cdf(d, x + step) - cdf(d, x - step)) / (2 * step)
    np.testing.assert_allclose(np.exp(log_density(d, x)), slope, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("d", FAMILIES, ids=lambda d: d.family)
def test_nothing_outside_of_the_support(d: Distribution) -> None:
    if d.family != "normal":
        assert log_density(d, [-5.0]) == -np.inf


def test_known_numbers_and_limits_have_none() -> None:
    assert not has_density(point(1.0))
    assert not has_density(clipped(Distribution("normal", (0.5, 0.2)), 0.0, 1.0))
    with pytest.raises(ValueError, match="no density"):
        log_density(point(1.0), 1.0)
