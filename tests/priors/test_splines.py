# SPDX-License-Identifier: MIT
"""Splines through stated quantiles: all of them exactly, one distribution everywhere, and offered where others miss."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from txsim.priors.density import log_density
from txsim.priors.distributions import Distribution, cdf, from_data, from_scores, quantile, rescale, support, to_data
from txsim.priors.fits import fit_quantiles, fitting, missed_values
from txsim.priors.moments import mean, sd
from txsim.priors.quantity import parse_quantity
from txsim.priors.splines import SPLINES
from txsim.priors.written_numbers import QuantityError

SAID = {
    "spline_lognormal": {0.05: 1.0, 0.25: 2.0, 0.5: 3.0, 0.75: 8.0, 0.95: 30.0},
    "spline_normal": {0.1: -3.0, 0.5: 0.0, 0.6: 5.0, 0.9: 6.0},
    "spline_logitnormal": {0.05: 0.02, 0.3: 0.05, 0.5: 0.4, 0.95: 0.6},
}
EDGES = {"spline_lognormal": (1e-9, 1e5), "spline_normal": (-60.0, 40.0), "spline_logitnormal": (1e-12, 1 - 1e-12)}


def spline(family: str) -> Distribution:
    return fit_quantiles(SAID[family], family)[0]


@st.composite
def judgements(draw: st.DrawFn) -> tuple[str, dict[float, float]]:
    """Probabilities and values that rise, inside the family's limits, apart by more than rounding."""
    family = draw(st.sampled_from(SPLINES))
    count = draw(st.integers(2, 7))
    levels = sorted(draw(st.lists(st.integers(1, 99), min_size=count, max_size=count, unique=True)))
    steps = draw(st.lists(st.floats(0.01, 5.0), min_size=count, max_size=count))
    values = np.cumsum(steps) if family != "spline_normal" else np.cumsum(steps) - 3.0
    if family == "spline_logitnormal":
        values = values / (values[-1] + draw(st.floats(0.01, 5.0)))
    return family, {level / 100: float(value) for level, value in zip(levels, values, strict=True)}


@example(("spline_lognormal", {0.15: 0.01171875, 0.16: 5.01171875}))  # exp(700) from a score of 3.9 on
@example(("spline_logitnormal", {0.15: 0.0023336, 0.16: 0.998}))
@example(("spline_logitnormal", {0.44: 0.0013977, 0.45: 0.23999, 0.46: 0.47586, 0.47: 0.48459}))  # 5e-324 at −3.6
@given(judgements())
def test_every_stated_quantile_is_held(judgement: tuple[str, dict[float, float]]) -> None:
    family, said = judgement
    d, missed = fit_quantiles(said, family)
    assert [quantile(d, p) for p in said] == pytest.approx(list(said.values()), rel=1e-9, abs=1e-12)
    assert missed < 1e-9
    assert missed_values(d, said) < 1e-9
    z = np.linspace(-4.1, 4.1, 83)
    values = from_scores(d, z)
    assert np.all(np.diff(values) >= 0)
    low, high = support(d)
    assert low <= values.min() <= values.max() <= high
    # A value goes back to its score where it is not its neighbour's, too: steep pieces end at the largest value that is
    # held, or so close to a limit that floating point knows no value between, and many scores share one.
    apart = np.diff(values) > 1e-9 * np.abs(values[1:])
    inside = (values > low) & (values < high) & np.r_[False, apart[:-1] & apart[1:], False]
    inside &= np.abs(values) >= np.finfo(float).tiny  # below it a number has hardly a digit
    assert cdf(d, values[inside]) == pytest.approx(norm.cdf(z[inside]), abs=1e-6)
    assert from_data(to_data(d)) == d


@pytest.mark.parametrize("family", SPLINES)
def test_it_is_one_distribution(family: str) -> None:
    """Mass, mean and variance from the density alone, piece by piece between what was stated."""
    d, (low, high) = spline(family), EDGES[family]
    ends = [low, *SAID[family].values(), high]

    def moment(power: int) -> float:
        def weighted(x: float) -> float:
            return float(x**power * math.exp(float(log_density(d, x))))

        return sum(quad(weighted, a, b, limit=400)[0] for a, b in itertools.pairwise(ends))

    assert moment(0) == pytest.approx(1, abs=1e-5)
    assert mean(d) == pytest.approx(moment(1), rel=2e-3)
    assert sd(d) == pytest.approx(math.sqrt(moment(2) - moment(1) ** 2), rel=2e-2)
    h = 1e-6
    for x in [0.5 * (a + b) for a, b in itertools.pairwise(ends[1:-1])]:
        slope = float(cdf(d, x + h) - cdf(d, x - h)) / (2 * h)
        assert math.exp(float(log_density(d, x))) == pytest.approx(slope, rel=1e-4)
    beyond = {"spline_lognormal": [-1.0, 0.0], "spline_normal": [], "spline_logitnormal": [-0.1, 0.0, 1.0, 1.2]}[family]
    assert all(float(log_density(d, x)) == -math.inf for x in beyond)


def test_two_quantiles_and_three_are_what_is_known() -> None:
    two = fit_quantiles({0.05: 1.0, 0.95: 9.0}, "spline_lognormal")[0]
    plain = fit_quantiles({0.05: 1.0, 0.95: 9.0}, "lognormal")[0]
    three = fit_quantiles({0.05: 1.0, 0.5: 3.0, 0.95: 60.0}, "spline_lognormal")[0]
    split = fit_quantiles({0.05: 1.0, 0.5: 3.0, 0.95: 60.0}, "split_lognormal")[0]
    z = np.linspace(-3, 3, 25)
    assert from_scores(two, z) == pytest.approx(from_scores(plain, z))
    assert from_scores(three, z) == pytest.approx(from_scores(split, z))
    assert mean(three) == pytest.approx(mean(split))


@pytest.mark.parametrize("family", SPLINES)
@pytest.mark.parametrize(("factor", "offset"), [(3.0, 0.0), (2.0, -1.0), (-1.5, 4.0)])
def test_other_units_move_it_whole(family: str, factor: float, offset: float) -> None:
    d = spline(family)
    if family == "spline_lognormal" and offset:
        with pytest.raises(ValueError, match="cannot be shifted or mirrored"):
            rescale(d, factor, offset)
        return
    turned = np.linspace(-2, 2, 9) * math.copysign(1.0, factor)
    assert from_scores(rescale(d, factor, offset), np.linspace(-2, 2, 9)) == pytest.approx(
        offset + factor * from_scores(d, turned)
    )


@pytest.mark.parametrize(
    ("said", "share", "family"),
    [
        ({0.05: 1, 0.25: 2, 0.5: 3, 0.75: 8, 0.95: 60}, False, "spline_lognormal"),
        ({0.05: -4, 0.25: 2, 0.5: 3, 0.75: 8, 0.95: 60}, False, "spline_normal"),
        ({0.05: 0.01, 0.5: 0.1, 0.95: 0.9}, True, "spline_logitnormal"),
    ],
)
def test_it_is_offered_where_no_other_holds_what_was_said(said: dict[float, float], share: bool, family: str) -> None:
    with pytest.raises(QuantityError, match=r"stated .*, fitted ") as caught:
        parse_quantity({"quantiles": said}, share=share)
    assert f"family: {family}" in str(caught.value.hint)
    held = parse_quantity({"quantiles": said, "family": family}, share=share)
    assert [quantile(held, p) for p in said] == pytest.approx(list(said.values()))
    assert held == parse_quantity({"quantiles": said, "family": "spline"}, share=share)
    limits = (0.0, 1.0) if share else (-math.inf, math.inf)
    assert fitting({p: float(x) for p, x in said.items()}, *limits) == family


@pytest.mark.parametrize(
    ("raw", "share", "message"),
    [
        ({"quantiles": {0.05: 1, 0.5: 1, 0.95: 3}, "family": "spline"}, False, "must rise"),
        ({"quantiles": {0.05: 0.2, 0.5: 0.4, 0.95: 1.0}, "family": "spline_logitnormal"}, True, "between 0 and 1"),
        ({"quantiles": {0.05: 0, 0.5: 4, 0.95: 9}, "family": "spline_lognormal"}, False, "above 0"),
        ({"distribution": "spline_normal", "mean": 3}, False, "is written by values with their probability"),
    ],
)
def test_what_is_no_spline_is_refused(raw: dict[str, object], share: bool, message: str) -> None:
    with pytest.raises(QuantityError, match=message):
        parse_quantity(raw, share=share)


def test_an_interval_with_a_median_far_from_its_middle() -> None:
    held = parse_quantity({"interval": [1, 60], "median": 3, "family": "spline"})
    assert [quantile(held, p) for p in (0.05, 0.5, 0.95)] == pytest.approx([1, 3, 60])
