# SPDX-License-Identifier: MIT
"""Distributions: quantile and distribution function are inverse, supports are respected, moments are right."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betaincinv

from txsim.priors.distributions import (
    FAMILIES,
    Distribution,
    beta,
    cdf,
    clipped,
    from_data,
    from_scores,
    is_point,
    lognormal,
    point,
    ppf,
    quantile,
    rescale,
    support,
    to_data,
)
from txsim.priors.moments import describe, mean, median, median_at_most, sd

unit = st.floats(0.05, 20)
shift = st.floats(-50, 50)


def _ordered(numbers: tuple[float, float, float]) -> Distribution:
    low, width, place = numbers
    return Distribution("triangular", (low, low + place * width, low + width))


CONTINUOUS = st.one_of(
    st.tuples(st.floats(-3, 3), st.floats(0.05, 1.5)).map(lambda args: Distribution("lognormal", args)),
    st.tuples(shift, unit).map(lambda args: Distribution("normal", args)),
    st.tuples(st.floats(0.7, 20), st.floats(0.7, 20), shift, unit).map(
        lambda args: beta(args[0], args[1], args[2], args[2] + args[3])
    ),
    st.tuples(st.floats(0.5, 30), unit).map(lambda args: Distribution("gamma", args)),
    st.tuples(shift, unit).map(lambda args: Distribution("uniform", (args[0], args[0] + args[1]))),
    st.tuples(shift, unit, st.floats(0, 1)).map(_ordered),
    st.tuples(st.floats(0.05, 0.95), st.floats(-2, 2), st.floats(0.05, 1), st.floats(-2, 2), st.floats(0.05, 1)).map(
        lambda args: Distribution("lognormal_mixture", args)
    ),
)

PROBABILITIES = np.array([1e-6, 0.001, 0.05, 0.25, 0.5, 0.77, 0.95, 0.999, 1 - 1e-6])


@given(d=CONTINUOUS)
def test_quantile_function_is_the_inverse_of_the_distribution_function(d: Distribution) -> None:
    np.testing.assert_allclose(cdf(d, ppf(d, PROBABILITIES)), PROBABILITIES, rtol=1e-7, atol=1e-8)


@given(d=CONTINUOUS)
def test_values_rise_with_probability_and_stay_inside_the_support(d: Distribution) -> None:
    values = ppf(d, PROBABILITIES)
    low, high = support(d)
    assert np.all(np.diff(values) >= 0)
    slack = 1e-12 * max(abs(low) if math.isfinite(low) else 1.0, abs(high) if math.isfinite(high) else 1.0)
    assert values[0] >= low - slack
    assert values[-1] <= high + slack


@given(d=CONTINUOUS)
def test_scores_are_probabilities(d: Distribution) -> None:
    from scipy.special import ndtr

    z = np.linspace(-5, 5, 21).reshape(3, 7)
    assert from_scores(d, z).shape == (3, 7)
    np.testing.assert_allclose(from_scores(d, z), ppf(d, ndtr(z)), rtol=1e-7, atol=1e-7)


@given(d=CONTINUOUS)
def test_moments_agree_with_integration_over_the_quantile_function(d: Distribution) -> None:
    z = np.linspace(-10, 10, 40001)
    weight = np.exp(-(z**2) / 2)
    values = from_scores(d, z)
    first = np.average(values, weights=weight)
    second = math.sqrt(np.average((values - first) ** 2, weights=weight))
    # Where a mixture leaps from one part to the other the sum is off by up to one step of its grid.
    leap = float(np.max(np.diff(values) * weight[1:]) / weight.sum())
    assert mean(d) == pytest.approx(first, rel=1e-4, abs=1e-4 + leap)
    assert sd(d) == pytest.approx(second, rel=2e-3, abs=1e-4)


@given(d=CONTINUOUS)
def test_data_and_back_is_the_same(d: Distribution) -> None:
    assert from_data(json.loads(json.dumps(to_data(d)))) == d
    held = clipped(d, *ppf(d, [0.01, 0.99]))
    assert from_data(json.loads(json.dumps(to_data(held)))) == held


@given(d=CONTINUOUS, factor=st.floats(-4, 4), offset=st.floats(-5, 5))
def test_rescaled_values_are_scaled_and_shifted_or_it_is_refused(d: Distribution, factor: float, offset: float) -> None:
    if abs(factor) < 1e-3:
        factor = 0.0
    held = d.family in ("lognormal", "lognormal_mixture", "gamma")
    if held and factor != 0 and (factor < 0 or offset != 0):
        with pytest.raises(ValueError, match="cannot be shifted or mirrored"):
            rescale(d, factor, offset)
        return
    moved = rescale(d, factor, offset)
    asked = PROBABILITIES if factor >= 0 else 1 - PROBABILITIES
    np.testing.assert_allclose(
        ppf(moved, PROBABILITIES), offset + factor * ppf(d, asked), rtol=1e-6, atol=1e-6 * (1 + abs(offset))
    )


def test_mixture_of_far_apart_parts_is_solved_to_ten_digits() -> None:
    d = Distribution("lognormal_mixture", (5 / 6, math.log(0.92), 0.11, math.log(300.0), 0.02))
    p = np.concatenate([np.linspace(0.001, 0.999, 999), [5 / 6 - 1e-9, 5 / 6 + 1e-9]])
    np.testing.assert_allclose(cdf(d, ppf(d, p)), p, rtol=0, atol=1e-8)
    one = Distribution("lognormal", d.args[1:3])
    np.testing.assert_allclose(ppf(d, 0.5), ppf(one, 0.5 / (5 / 6)), rtol=1e-10)


def test_tails_of_a_mixture_are_exact_on_both_sides() -> None:
    same = Distribution("lognormal_mixture", (0.3, 0.2, 0.5, 0.2, 0.5))
    np.testing.assert_allclose(
        from_scores(same, [-12.0, 8.5, 12.0]), np.exp(0.2 + 0.5 * np.array([-12.0, 8.5, 12.0])), rtol=1e-12
    )
    assert list(ppf(same, [0.0, 1.0])) == [0.0, math.inf]


def test_cost_overrun_of_the_evidence_has_its_mean() -> None:
    d = Distribution("lognormal_mixture", (5 / 6, *lognormal(0.92, 1.2).args, *lognormal(3.0, 1.45).args))
    assert mean(d) == pytest.approx(1.284, abs=5e-4)


def test_log_normal_holds_ninety_per_cent_between_median_over_and_times_factor() -> None:
    d = lognormal(0.3, 7.5)
    assert median(d) == pytest.approx(0.3, rel=1e-15)
    np.testing.assert_allclose(ppf(d, [0.05, 0.95]), [0.04, 2.25], rtol=1e-12)
    assert describe(d) == "0.3 ×/÷ 7.5 (0.04 … 2.25)"


def test_point_is_everywhere_the_same() -> None:
    d = point(3)
    assert is_point(d)
    assert (mean(d), sd(d), median(d), quantile(d, 0.05), support(d)) == (3.0, 0.0, 3.0, 3.0, (3.0, 3.0))
    assert list(from_scores(d, [-9.0, 0.0, 9.0])) == [3.0, 3.0, 3.0]
    assert list(cdf(d, [2.9, 3.0])) == [0.0, 1.0]
    assert describe(d) == "3"


def test_values_beyond_limits_are_moved_onto_them() -> None:
    d = clipped(Distribution("normal", (1.0, 1.0)), 0.0, 2.5)
    assert support(d) == (0.0, 2.5)
    assert list(from_scores(d, [-3.0, 0.0, 3.0])) == [0.0, 1.0, 2.5]
    assert list(ppf(d, [0.0, 1.0])) == [0.0, 2.5]
    assert list(cdf(d, [-0.1, 2.5])) == [0.0, 1.0]
    z = np.random.default_rng(1).standard_normal(400_000)
    assert mean(d) == pytest.approx(float(from_scores(d, z).mean()), abs=0.01)
    assert sd(d) == pytest.approx(float(from_scores(d, z).std()), abs=0.01)
    assert support(rescale(d, -2.0, 1.0)) == (-4.0, 1.0)
    assert median(clipped(lognormal(2.0, 3.0), most=1.5)) == 1.5


def test_wide_log_normals_have_infinite_moments_instead_of_an_overflow() -> None:
    assert sd(lognormal(1.0, 1e20)) == math.inf


@pytest.mark.parametrize(
    ("family", "args", "says"),
    [
        ("lognrmal", (0.0, 1.0), "unknown family"),
        ("normal", (0.0,), "wrong count"),
        ("normal", (0.0, 0.0), "sd must be above 0"),
        ("lognormal", (0.0, -1.0), "sigma must be above 0"),
        ("lognormal", (math.nan, 1.0), "finite"),
        ("beta", (2.0, 5.0, 1.0, 1.0), "low must be below high"),
        ("beta", (0.0, 5.0, 0.0, 1.0), "a must be above 0"),
        ("gamma", (1.0, math.inf), "finite"),
        ("uniform", (2.0, 1.0), "low must be below high"),
        ("triangular", (0.0, 3.0, 2.0), "mode"),
        ("lognormal_mixture", (1.0, 0.0, 1.0, 0.0, 1.0), "weight"),
    ],
)
def test_impossible_numbers_are_refused(family: str, args: tuple[float, ...], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Distribution(family, args)


def test_limits_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="least"):
        clipped(lognormal(1.0, 2.0), 2.0, 1.0)


@pytest.mark.parametrize(("middle", "factor"), [(0.0, 2.0), (-1.0, 2.0), (1.0, 1.0), (1.0, math.nan), (math.nan, 2.0)])
def test_impossible_log_normals_are_refused(middle: float, factor: float) -> None:
    with pytest.raises(ValueError, match="median must be above 0"):
        lognormal(middle, factor)


def test_the_room_opens_without_scipy() -> None:
    code = (
        "import sys; from txsim.priors import parameters, parse_quantity;"
        "from txsim.priors.distributions import from_scores;"
        "from_scores(parse_quantity('0.3 x/ 7'), [0.0]); parse_quantity({'interval': [1, 6]});"
        "parse_quantity({'interval': [1, 6], 'median': 2.5}); parse_quantity({'quantiles': {0.1: 1, 0.9: 6}});"
        "parse_quantity({'distribution': 'normal', 'mean': 3, 'sd': 0.5}, low=0.0); parameters();"
        "print('scipy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_every_family_is_tried_here() -> None:
    assert set(FAMILIES) == {
        "point", "lognormal", "normal", "beta", "gamma", "uniform", "triangular", "lognormal_mixture",
        "split_lognormal", "split_normal",  # in test_split.py
    }  # fmt: skip


@given(a=st.floats(0.05, 60.0), b=st.floats(0.05, 60.0), low=st.floats(-2.0, 1.0), width=st.floats(0.1, 3.0))
def test_no_median_is_above_what_it_is_at_most(a: float, b: float, low: float, width: float) -> None:
    """SciPy's own median of a beta, the other way round, is the judge."""
    middle = low + width * float(betaincinv(a, b, 0.5))
    assert median_at_most(beta(a, b, low, low + width)) >= middle - 1e-9


def test_medians_that_are_formulas_are_their_own_bounds() -> None:
    assert median_at_most(lognormal(0.2, 3.0)) == pytest.approx(0.2)
    assert median_at_most(point(0.7)) == 0.7
