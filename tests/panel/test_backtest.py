# SPDX-License-Identifier: MIT
"""Forecasts of the past without fitting: scores, plain methods and the filter against conditioning all at once."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from txsim.errors import InputError
from txsim.panel import backtest as module
from txsim.panel.backtest import _errors, _filtered, _others, _period_means, _ratio, _scores, backtest
from txsim.panel.likelihood.dynamics import covariance
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.panel import Panel
from txsim.results.backtest import standing
from txsim.results.codec import plain

NATURAL = {
    "b_ex_cx": 0.3, "b_cx_ex": 0.1, "phi": 0.4, "rho_ex": 0.5, "rho_cx": 0.2, "r_shock": 0.25, "r_between": 0.6,
    "between_ex": 1.0, "between_cx": 1.5, "sd_ex": 0.8, "sd_cx": 0.7, "noise_ex": 0.5, "noise_cx": 0.9,
    "brief_ex": 0.4, "brief_cx": 0.3,
}  # fmt: skip


def test_forecasts_are_the_conditional_distribution() -> None:
    """The filter, step by step, is the normal distribution of what comes given all that was seen, gaps included."""
    rng = np.random.default_rng(1)
    known, ahead, units = 5, 3, 4
    y = rng.normal(size=(units, known, 2))
    y[0, 2, 0] = y[1, 4] = y[2, 0, 1] = np.nan
    w = np.broadcast_to([0.8, 1.3], y.shape)
    mean, variance = _filtered(NATURAL, y, w, ahead, np.broadcast_to([0.8, 1.3], (units, ahead, 2)))
    whole = covariance(NATURAL, known + ahead, np.array([0.8, 1.3]))
    for i in range(units):
        told = y[i].ravel()
        seen = np.flatnonzero(np.isfinite(told))
        later = np.arange(2 * known, 2 * (known + ahead))
        gain = whole[np.ix_(later, seen)] @ np.linalg.inv(whole[np.ix_(seen, seen)])
        np.testing.assert_allclose(mean[i].ravel(), gain @ told[seen], atol=1e-8)
        left = whole[np.ix_(later, later)] - gain @ whole[np.ix_(seen, later)]
        np.testing.assert_allclose(variance[i].ravel(), np.diag(left), atol=1e-8)


def test_survey_noise_of_what_comes_is_its_own() -> None:
    y, w = np.zeros((1, 4, 2)), np.ones((1, 4, 2))
    _, small = _filtered(NATURAL, y, w, 1, np.zeros((1, 1, 2)))
    _, large = _filtered(NATURAL, y, w, 1, np.array([[[2.0, 3.0]]]))
    np.testing.assert_allclose((large - small)[0, 0], [2 * 0.25, 3 * 0.81])


def test_scores_by_hand() -> None:
    """Four values against a forecast of 0 with an sd of 2: 0, 1, 2.6 and 4, one more is missing."""
    truth = np.zeros((5, 1, 2))
    truth[:, 0, 0] = [0.0, 1.0, -2.6, 4.0, np.nan]
    truth[:, 0, 1] = [10.0, 10.0, 10.0, 10.0, np.nan]
    mean, sd = np.zeros_like(truth), np.full_like(truth, 2.0)
    mean[..., 1] = 10.0
    rows = [(truth, mean, sd)]
    told = plain(_scores(rows, _errors(rows)))

    def crps(z: float) -> float:
        return 2 * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / math.sqrt(math.pi))

    assert told["crps"]["ex"] == pytest.approx((crps(0) + crps(0.5) + crps(1.3) + crps(2)) / 4)
    assert told["crps"]["cx"] == pytest.approx(crps(0))
    # z of 0, .5, 1.3, 2: within .674, 1.282 and 1.645 lie two, two and three; CX is right four times
    assert told["coverage"] == pytest.approx({"50": 6 / 8, "80": 6 / 8, "90": 7 / 8})


def test_period_means_and_how_they_move() -> None:
    y = np.full((2, 4, 2), np.nan)
    y[:, :, 0] = [[1.0, 2.0, 6.0, np.nan], [3.0, 4.0, 8.0, 8.0]]  # means 2, 3, 7, 8
    y[0, :2, 1] = [5.0, 9.0]
    last, step = _period_means(y)
    assert last.tolist() == [8.0, 9.0]
    assert step == pytest.approx([math.sqrt((1 + 16 + 1) / 3), 0.0])  # two periods say nothing of steps


def test_plain_methods_by_hand() -> None:
    """Two units, mirror images, so that period means are 0: persistence, unit means and their errors."""
    ex, cx = np.array([1.0, 3.0, 2.0, 6.0]), np.array([0.0, 4.0, 1.0, np.nan])
    y = np.stack([np.column_stack([ex, cx]), -np.column_stack([ex, cx])])
    told = _others(y, 2)
    mean, sd = told["persistence"]
    np.testing.assert_allclose(mean[0], [[6.0, 1.0], [6.0, 1.0]])  # the last that was seen
    np.testing.assert_allclose(mean[1], -mean[0])
    np.testing.assert_allclose(sd[0, 0], [math.sqrt((4 + 1 + 16) / 3), math.sqrt((16 + 9) / 2)])
    np.testing.assert_allclose(sd[0, 1], [math.sqrt((1 + 9) / 2), 1.0])  # two periods on
    mean, sd = told["unit_means"]
    np.testing.assert_allclose(mean[0, 1], [3.0, 5 / 3])
    spread = math.sqrt(2 * 14 / 6), math.sqrt(2 * (25 / 9 + 49 / 9 + 4 / 9) / 4)
    np.testing.assert_allclose(sd[0, 0], [spread[0] * math.sqrt(1 + 1 / 4), spread[1] * math.sqrt(1 + 1 / 3)])
    assert "regression" not in told  # too few pairs


def test_plain_regression_carries_its_slopes_on() -> None:
    """Values that follow slopes exactly but for noise: two steps ahead by the slopes' square, errors summed."""
    rng = np.random.default_rng(4)
    slope = np.array([[0.6, 0.3], [0.1, 0.5]])  # from (EX, CX) before to after
    y = np.zeros((400, 12, 2))
    y[:, 0] = rng.normal(size=(400, 2))
    for t in range(1, 12):
        y[:, t] = y[:, t - 1] @ slope + rng.normal(size=(400, 2)) * [0.5, 0.2]
    y -= y.mean(axis=0)
    mean, sd = _others(y, 2)["regression"]
    np.testing.assert_allclose(mean[:, 0], y[:, -1] @ slope, atol=0.1)
    np.testing.assert_allclose(mean[:, 1], y[:, -1] @ slope @ slope, atol=0.1)
    error = np.diag([0.25, 0.04])
    np.testing.assert_allclose(sd[0, 0] ** 2, [0.25, 0.04], rtol=0.08)
    np.testing.assert_allclose(sd[7, 1] ** 2, np.diag(slope.T @ error @ slope + error), rtol=0.08)


def panel_of(periods: int, units: int = 8, level: float = 50.0) -> Panel:
    rng = np.random.default_rng(2)
    y = level + rng.normal(size=(units, 1, 2)) * 3 + rng.normal(size=(units, periods, 2)) * [1.0, 4.0]
    none = np.full(y.shape, np.nan)
    return Panel(tuple(f"u{i}" for i in range(units)), 0.0, 1.0, True, y, none, none.copy(), ("index", "index"))


def test_rolling_origins_and_what_they_are_scored_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a model that is always right by a hair: origins, horizons, ratio and words."""
    panel = panel_of(12)
    seen: list[tuple[int, int]] = []

    def model(prepared: Any, ahead: int, w: Any, rng: Any, workers: int) -> tuple[np.ndarray, np.ndarray]:
        k = prepared.y.shape[1]
        seen.append((k, ahead))
        assert w.shape == (8, ahead, 2)
        last = np.array([panel.y[:, k - 1, o].mean() for o in range(2)])  # the level that is put back
        return (panel.y[:, k : k + ahead] - last) / prepared.sd, np.full((8, ahead, 2), 0.01)

    monkeypatch.setattr(module, "_model", model)
    told = backtest(panel, LinkSpec()).to_json()
    assert seen == [(6, 6), (7, 5), (8, 4), (9, 3), (11, 1)]
    assert set(told["methods"]) == {"model", "persistence", "unit_means", "regression"}
    methods = told["methods"]
    for name in ("ex", "cx"):
        ratio = told["crps_ratio_to_persistence"][name]
        assert ratio == pytest.approx(methods["model"]["crps"][name] / methods["persistence"]["crps"][name])
        assert ratio < 0.7
        # forecasts in the panel's own unit: an unbiased N(·, 1) and N(·, 4) score about 0.56 sd
        unit = {"ex": 1.0, "cx": 4.0}[name]
        assert 0.5 * unit < methods["unit_means"]["crps"][name] < 0.9 * unit
        least = min((methods[rival]["crps"][name], rival) for rival in ("persistence", "unit_means", "regression"))
        assert told["best_rival"][name] == least[1]
        assert told["crps_ratio_to_best"][name] == pytest.approx(methods["model"]["crps"][name] / least[0])
        low, high = told["crps_ratio_range"][name]
        assert low < told["crps_ratio_to_best"][name] < high < 1
    assert methods["model"]["coverage"] == {"50": 1.0, "80": 1.0, "90": 1.0}
    assert told["warnings"] == []
    assert told["sentence"].startswith("The panel model against the best simple forecast: EX better than ")
    assert "; CX better than " in told["sentence"]
    assert "Of 100 values 100, 100 and 100 came within its intervals of 50, 80 and 90 %" in told["sentence"]

    def worse(prepared: Any, ahead: int, w: Any, rng: Any, workers: int) -> tuple[np.ndarray, np.ndarray]:
        return np.full((8, ahead, 2), 9.0), np.full((8, ahead, 2), 0.01)

    monkeypatch.setattr(module, "_model", worse)
    lost = backtest(panel, LinkSpec()).to_json()
    assert min(lost["crps_ratio_to_persistence"].values()) > 1
    assert lost["sentence"].count("worse than") == 2
    assert lost["warnings"] == ["EX, CX: forecasts that do not beat the best simple one carry no information beyond it"]

    def half(prepared: Any, ahead: int, w: Any, rng: Any, workers: int) -> tuple[np.ndarray, np.ndarray]:
        mean, sd = model(prepared, ahead, w, rng, workers)
        mean[..., 1] = 9.0  # right of EX, and never of CX
        return mean, sd

    monkeypatch.setattr(module, "_model", half)
    either = backtest(panel, LinkSpec()).to_json()
    assert either["crps_ratio_to_best"]["ex"] < 1 < either["crps_ratio_to_best"]["cx"]
    assert "EX better than" in either["sentence"]
    assert "CX worse than" in either["sentence"]
    assert either["warnings"] == ["CX: forecasts that do not beat the best simple one carry no information beyond it"]

    def alike(prepared: Any, ahead: int, w: Any, rng: Any, workers: int) -> tuple[np.ndarray, np.ndarray]:
        mean, sd = _others(prepared.y, ahead)["unit_means"]
        return mean, 1.02 * sd  # the best of them but for a hair: which is better is chance

    monkeypatch.setattr(module, "_model", alike)
    even = backtest(panel, LinkSpec()).to_json()
    assert all(0.98 < ratio < 1.01 for ratio in even["crps_ratio_to_best"].values())
    assert even["sentence"].count("within noise as good as means of units") == 2
    assert even["warnings"] == lost["warnings"]

    def without_first(y: Any, ahead: int) -> dict[str, Any]:
        told = _others(y, ahead)
        return told if y.shape[1] > 6 else {name: told[name] for name in ("persistence", "unit_means")}

    monkeypatch.setattr(module, "_others", without_first)  # too few pairs at first: of other periods than the model's
    assert set(backtest(panel, LinkSpec()).to_json()["methods"]) == {"model", "persistence", "unit_means"}


def test_the_ratio_of_two_scores_and_its_error_by_hand() -> None:
    """Three units of two forecasts, one of which never came: sums 3, 4, 1 against 4, 4, 2; a fourth saw nothing."""
    gone = np.nan
    ours = np.array([[1.0, 2.0], [3.0, 1.0], [1.0, gone], [gone, gone]])
    theirs = np.array([[2.0, 2.0], [1.0, 3.0], [2.0, gone], [gone, gone]])
    ratio, low, high = _ratio(ours, theirs)
    left = np.array([3 - 3.2, 4 - 3.2, 1 - 1.6])  # of each unit beyond 0.8 times the other's
    half = stats.t.ppf(0.95, 2) * math.sqrt(3 / 2 * (left**2).sum()) / 10
    assert (ratio, low, high) == pytest.approx((0.8, 0.8 - half, 0.8 + half))
    assert np.isnan(_ratio(ours, 0 * theirs)).all()
    alone = _ratio(ours[:1], theirs[:1])  # of one unit nothing tells how far chance reaches
    assert alone == pytest.approx((0.75, math.nan, math.nan), nan_ok=True)
    assert standing(*alone) == "one_unit"


@pytest.mark.parametrize("scale", ["raw", "index"])
def test_survey_noise_ahead_is_weighed_as_that_of_the_past(scale: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times the answers from the first forecast on are a quarter of the noise, whatever the unit of the panel."""
    panel = panel_of(12)
    variance = np.where(np.arange(12)[None, :, None] < 6, 2.0, 0.5) * np.ones_like(panel.y)

    def told(times: float) -> tuple[dict[str, Any], np.ndarray]:
        weights = []

        def model(prepared: Any, ahead: int, w: Any, rng: Any, workers: int) -> tuple[np.ndarray, np.ndarray]:
            weights.append(w / prepared.w[:, :1])
            mean = np.zeros((8, ahead, 2))
            return mean, np.sqrt(1 + prepared.w[:, :1].mean() * weights[-1])

        monkeypatch.setattr(module, "_model", model)
        moved = replace(panel, y=times * panel.y, variance=times**2 * variance, scales=(scale, scale))
        return backtest(moved, LinkSpec()).to_json(), weights[0]

    once, weight = told(1.0)
    np.testing.assert_allclose(weight, 0.25)
    tenfold, weight = told(10.0)
    np.testing.assert_allclose(weight, 0.25)
    for name in ("ex", "cx"):
        assert tenfold["crps_ratio_to_best"][name] == pytest.approx(once["crps_ratio_to_best"][name])
        assert tenfold["methods"]["model"]["crps"][name] == pytest.approx(10 * once["methods"]["model"]["crps"][name])
    assert tenfold["methods"]["model"]["coverage"] == once["methods"]["model"]["coverage"]


@pytest.mark.parametrize(("periods", "units"), [(4, 8), (12, 5)])
def test_too_little_for_a_backtest(periods: int, units: int, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs six units and five periods"):
        backtest(panel_of(periods, units), LinkSpec())
