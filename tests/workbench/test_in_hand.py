# SPDX-License-Identifier: MIT
"""The curves of what is in hand, against a likelihood that is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from txsim.priors.distributions import Distribution
from txsim.workbench.in_hand import axis_of, curves


@pytest.mark.parametrize(("centre", "width"), [(0.1, 0.35), (0.3, 0.5), (0.9, 0.4)])
def test_what_the_claims_say_is_their_likelihood_and_no_tail_of_it_is_cut(centre: float, width: float) -> None:
    """Prior log-normal, likelihood normal in the logarithm: what comes out is normal, by hand."""
    prior = Distribution("lognormal", (math.log(0.3), 1.2))
    precision = 1 / 1.2**2 + 1 / width**2
    mean = (math.log(0.3) / 1.2**2 + math.log(centre) / width**2) / precision
    draws = np.exp(np.random.default_rng(5).normal(mean, precision**-0.5, 8192))
    grid, logs = axis_of(prior)
    assert logs
    said = curves(grid, logs, prior, draws, (prior, draws))["claims"]
    values = np.array([0.0 if each is None else each for each in said])
    known = np.exp(-0.5 * ((np.log(grid) - math.log(centre)) / width) ** 2)
    high = known > 0.3
    # Some 8,000 draws smoothed tell a curve to a tenth of its height; where they get few its slope goes on.
    np.testing.assert_allclose(values[high] / values[high].max(), known[high] / known[high].max(), atol=0.12)
    seen = np.flatnonzero([each is not None for each in said])
    assert list(seen) == list(range(seen[0], seen[-1] + 1))
    for end in (seen[0], seen[-1]):
        assert values[end] < 0.02 or end in (0, grid.size - 1)
    np.testing.assert_allclose(values[~high], known[~high], atol=0.2)
