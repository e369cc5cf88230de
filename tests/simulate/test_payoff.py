# SPDX-License-Identifier: MIT
"""Payoff metrics against figures by hand and a published business case."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from txsim.simulate.payoff import npv, payback_month, peak_funding, roi
from txsim.simulate.statistics import cvar, mcse, p_loss, quantiles, summary

flows = nps.arrays(np.float64, st.tuples(st.integers(1, 40), st.integers(1, 4)), elements=st.integers(-1000, 1000))


def test_published_business_case_to_the_dollar(data: Path) -> None:
    case = json.loads((data / "published/targets.json").read_text())["business_case_annual"]
    years = ("y1", "y2", "y3")
    costs, benefits, net = case["printed"]["costs"], case["printed"]["benefits"], case["printed"]["net"]

    def worth_of(column: dict[str, float], months: tuple[int, int, int]) -> float:
        """Return a column's worth by month: a year's sum may fall in any of its months under the annual convention."""
        by_month, one_off = np.zeros(36), np.zeros(36)
        by_month[list(months)] = [column[year] for year in years]
        one_off[0] = -column["initial"]
        return float(npv(by_month, case["rate"], one_off, convention="annual"))

    for column, told in ((costs, "pv"), (benefits, "pv"), (net, "npv")):
        assert abs(worth_of(column, (11, 23, 35)) - column[told]) <= 1
        assert worth_of(column, (3, 12, 35)) == pytest.approx(worth_of(column, (11, 23, 35)), rel=1e-12)
    worth, cost = worth_of(net, (11, 23, 35)), worth_of(costs, (11, 23, 35))
    assert round(100 * float(roi(worth, cost))) == case["printed"]["ROI_pct"]
    np.testing.assert_allclose(roi(worth, cost), case["recomputed"]["ROI"], rtol=2e-6)
    # What stands in the initial column is spent in the first month, and a year's sum flows evenly within it.
    flows = np.repeat([net[year] / 12 for year in years], 12)
    flows[0] += net["initial"]
    assert payback_month(flows) == math.ceil(case["recomputed"]["payback_months_linear"])


def test_npv_by_hand() -> None:
    cash, one_off = [100.0, 200.0, -50.0], [300.0, 0.0, 10.0]
    r = 1.12 ** (1 / 12)
    told = 100 / r + 200 / r**2 - 50 / r**3 - 300 - 10 / r**2
    np.testing.assert_allclose(npv(cash, 0.12, one_off), told, rtol=1e-13)
    np.testing.assert_allclose(npv(cash, 0.0), 250)
    many = npv(np.array(cash)[:, None] * [1, 2, 3], 0.12)
    np.testing.assert_allclose(many, npv(cash, 0.12) * np.array([1, 2, 3]), rtol=1e-13)


@pytest.mark.parametrize(
    ("cash", "month", "peak"),
    [
        ([1.0, 1.0], 1, 0),
        ([-2.0, 1.0, 1.0], 3, 2),
        ([-2.0, 1.0, 0.5], math.nan, 2),
        ([-1.0, 2.0, -3.0, 5.0], 4, 2),  # it went under again, so the first time does not count
        ([0.0, 0.0], 1, 0),
        ([1.0, -2.0], math.nan, 1),
    ],
)
def test_payback_and_peak_by_hand(cash: list[float], month: float, peak: float) -> None:
    np.testing.assert_equal(float(payback_month(cash)), month)
    assert peak_funding(cash) == peak


@given(flows)
def test_payback_by_a_loop(cash: np.ndarray) -> None:
    found = payback_month(cash)
    for draw in range(cash.shape[1]):
        total = np.cumsum(cash[:, draw])
        good = [t + 1 for t in range(len(total)) if (total[t:] >= 0).all()]
        np.testing.assert_equal(found[draw], good[0] if good else math.nan)


def test_cvar() -> None:
    values = np.arange(100.0)
    assert cvar(values) == 2  # 0 … 4
    assert cvar(values, 0.07) == 3
    assert cvar(np.array([3.0, 1.0]), 0.05) == 1
    assert cvar(np.array([3.0, 1.0, 2.0]), 0.5) == pytest.approx((1 + 0.5 * 2) / 1.5)
    assert cvar(values, 1.0) == values.mean()
    for level in (0.0, -0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="level"):
            cvar(values, level)


@given(nps.arrays(np.float64, st.integers(1, 300), elements=st.floats(-1e9, 1e9)), st.floats(0.01, 1))
def test_cvar_lies_between_worst_and_mean(values: np.ndarray, level: float) -> None:
    slack = 1e-9 * np.abs(values).max()
    assert values.min() - slack <= cvar(values, level) <= values.mean() + slack


def test_p_loss_and_roi() -> None:
    assert p_loss([-1.0, 0.0, 1.0, 2.0]) == 0.25
    np.testing.assert_equal(roi([2.0, 1.0], [4.0, 0.0]), [0.5, math.nan])


def test_summary() -> None:
    values = np.random.default_rng(1).normal(5, 2, 4096)
    told = summary(values)
    assert list(told) == ["mean", "sd", "median", "p05", "p95", "mcse"]
    assert told["p05"] < told["median"] < told["p95"]
    means = values.reshape(8, -1).mean(axis=1)
    assert told["mcse"] == pytest.approx(means.std(ddof=1) / math.sqrt(8))
    index = np.arange(4096) // 512
    assert summary(values, index)["mcse"] == told["mcse"]
    order = np.random.default_rng(2).permutation(4096)
    assert summary(values[order], index[order])["mcse"] == pytest.approx(told["mcse"])
    assert summary([3.0] * 8)["mcse"] == 0
    assert math.isnan(summary([1.0, math.nan] * 8)["mean"])


def test_error_of_any_statistic() -> None:
    values = np.random.default_rng(3).normal(0, 1, 80_000)
    error = mcse(values, cvar, 200)
    # For a normal variable the standard error of the mean of the worst 5 % is 2.1 / sqrt(n) or so.
    assert 1.6 < error * math.sqrt(values.size) < 2.9
    assert math.isnan(mcse(values[:10], np.mean, 1))
    assert math.isnan(mcse(values[:3], np.mean))
    assert math.isnan(mcse(np.full(8, math.nan), np.mean))
    assert mcse([1.0], np.mean) == 0
    with pytest.raises(ValueError, match="one batch for each"):
        mcse([1.0, 2.0], np.mean, [1])


def test_refusals() -> None:
    with pytest.raises(ValueError, match="rate"):
        npv([1.0], -1.0)
    with pytest.raises(ValueError, match="rate"):
        npv([1.0], math.nan)
    with pytest.raises(ValueError, match="convention"):
        npv([1.0], 0.1, convention="weekly")
    with pytest.raises(ValueError, match="one_off"):
        npv([1.0, 2.0], 0.1, [1.0])
    with pytest.raises(ValueError, match="first axis"):
        payback_month([])
    with pytest.raises(ValueError, match="one-dimensional"):
        p_loss([[1.0]])


@given(
    st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=50),
    st.lists(st.floats(0, 1), min_size=1, max_size=5),
)
def test_quantiles_are_those_of_numpy_to_the_bit(values: list[float], levels: list[float]) -> None:
    assert quantiles(values, levels) == np.quantile(values, levels).tolist()


def test_a_draw_that_is_no_number_has_no_quantiles() -> None:
    assert all(np.isnan(value) for value in quantiles([1.0, np.nan, 2.0], (0.0, 0.5)))


def test_spread_is_that_of_the_draws_and_its_error_that_of_eight_batches() -> None:
    """Half 1, half 3 in every batch: an sd of 1 and a mean without error; batches 0 … 7 have an sd of √6."""
    assert summary(np.array([1.0, 3.0] * 8)) == pytest.approx(
        {"mean": 2.0, "sd": 1.0, "median": 2.0, "p05": 1.0, "p95": 3.0, "mcse": 0.0}
    )
    told = summary(np.repeat(np.arange(8.0), 4))
    assert (told["mean"], told["sd"], told["mcse"]) == pytest.approx((3.5, np.sqrt(5.25), np.sqrt(6.0 / 8)))
