# SPDX-License-Identifier: MIT
"""Split normals: three stated quantiles exactly, and a misfit that is judged in the unit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from txsim.priors.density import log_density
from txsim.priors.distributions import Distribution, cdf, from_data, from_scores, point, quantile, rescale, to_data
from txsim.priors.fits import fit_quantiles, fitting, missed_values
from txsim.priors.moments import mean, sd
from txsim.priors.quantity import parse_quantity
from txsim.priors.written_numbers import QuantityError

WIDE = {0.05: 1.0, 0.5: 3.0, 0.95: 60.0}


@pytest.mark.parametrize("family", ["split_lognormal", "split_normal"])
def test_three_quantiles_are_held_exactly(family: str) -> None:
    d, missed = fit_quantiles(WIDE, family)
    assert [quantile(d, p) for p in WIDE] == pytest.approx(list(WIDE.values()), rel=1e-12)
    assert missed < 1e-12
    assert missed_values(d, WIDE) < 1e-12


@pytest.mark.parametrize(
    "d", [Distribution("split_lognormal", (0.4, 0.3, 0.9)), Distribution("split_normal", (2, 1, 3))]
)
def test_it_is_one_distribution(d: Distribution) -> None:
    low, top = (0.0, 3000.0) if d.family == "split_lognormal" else (-10.0, 30.0)
    middle = quantile(d, 0.5)
    pieces = ((low, middle), (middle, top))

    def moment(power: int) -> float:
        return sum(
            quad(lambda x: x**power * math.exp(float(log_density(d, x))), *ends, limit=200)[0] for ends in pieces
        )

    assert moment(0) == pytest.approx(1, abs=1e-6)
    assert mean(d) == pytest.approx(moment(1), rel=2e-4)
    assert sd(d) == pytest.approx(math.sqrt(moment(2) - moment(1) ** 2), rel=2e-3)
    z = np.array([-2.0, -0.3, 0.0, 1.7])
    assert cdf(d, from_scores(d, z)) == pytest.approx(norm.cdf(z), abs=1e-12)
    assert from_data(to_data(d)) == d


def test_turning_a_split_normal_round_swaps_its_sides() -> None:
    turned = rescale(Distribution("split_normal", (2.0, 1.0, 3.0)), -2.0, 10.0)
    assert turned == Distribution("split_normal", (6.0, 6.0, 2.0))
    assert rescale(Distribution("split_lognormal", (0.0, 1.0, 3.0)), 2.0).args[0] == pytest.approx(math.log(2))
    assert rescale(Distribution("split_normal", (2.0, 1.0, 3.0)), 0.0) == point(0.0)


def test_a_tail_that_the_fit_throws_away_is_refused_with_its_cure() -> None:
    near = parse_quantity({"quantiles": {0.05: 1, 0.5: 3, 0.95: 9}})
    assert near.stated == ((0.05, 1.0), (0.5, 3.0), (0.95, 9.0))
    with pytest.raises(QuantityError, match="stated 1 · 3 · 60, fitted") as caught:
        parse_quantity({"quantiles": WIDE})
    assert (
        str(caught.value.hint)
        == "write `family: split_lognormal`, as an option `--family split_lognormal`, which has them"
    )
    held = parse_quantity({"quantiles": WIDE, "family": "split_lognormal"})
    assert quantile(held, 0.95) == pytest.approx(60)
    assert held != near


def test_a_share_is_offered_no_family_that_leaves_it() -> None:
    assert fitting({0.05: 0.02, 0.5: 0.1, 0.95: 0.9}, low=0.0, high=1.0) != "split_lognormal"
    assert fitting({0.05: -1, 0.5: 0, 0.95: 9}) == "split_normal"
