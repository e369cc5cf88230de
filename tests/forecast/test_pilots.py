# SPDX-License-Identifier: MIT
"""Draws that know what finished pilots measured, and figures of a forecast, by other routes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from txsim.forecast import Forecast, calibration_spec, common_order, draw, forecast, npv_of
from txsim.forecast.pilot_evidence import during, learn, log_reading, months_of
from txsim.inference import calibrate
from txsim.scenario import Scenario, loads
from txsim.scenario.pilot_log import PilotLog, PilotReading

Plain = Callable[[Any], Any]

FIRM = """
organisation:
  currency: EUR
  index: {ex: 50, cx: {value: 30, scale: nps}}
  staff: {front: {headcount: 30}, back: {headcount: 90, meets_customers: false}}
  customers: 3000
  churn_per_month: 0.02
  arpu_per_month: 90
  contribution_margin: 0.3
drivers:
  - {name: desk, pushes: [{node: ex, effect: {interval: [2, 12]}, months: 3}], one_off: 4000, monthly: 60}
pilot: {months: 4, scope: 0.2, one_off: 900}
rivals: {start: 2, share: 0.5, months: 10}
horizon_months: 24
"""


def reading(**changes: Any) -> PilotReading:
    told = {"node": "ex", "points": 3.0, "error": 0.5, "degrees": 8.0, "months": 4} | changes
    return PilotReading.model_validate(told)


@pytest.fixture(scope="module")
def found() -> Forecast:
    return forecast(loads(FIRM), draws=1024, prior_only=True, trajectories=True)


@pytest.mark.parametrize("randomised", [True, False])
def test_a_reading_weighs_draws_as_an_integral_over_boost_and_spill(randomised: bool) -> None:
    """Student's t about boost · (1 − spill) times the effect; spill Beta(1, 9), boost 1.15 ×/÷ 1.3 at 90 %."""
    told = reading(randomised=randomised)
    spread = np.log(1.3) / stats.norm.ppf(0.95)

    grid = (np.arange(400) + 0.5) / 400
    boost = np.ones(1) if randomised else 1.15 * np.exp(spread * stats.norm.ppf(grid))
    share = boost[:, None] * (1 - stats.beta.ppf(grid, 1, 9))
    effects = np.array([0.0, 1.5, 3.0, 4.0])
    z = (3.0 - share[..., None] * effects) / 0.5
    expected = np.log(stats.t.pdf(z, 8).mean(axis=(0, 1)))
    got = log_reading(told, effects)
    # The sum over 24 equally likely values smooths the far tail of spill by a few per cent.
    np.testing.assert_allclose(got - got[2], expected - expected[2], atol=0.06)


def test_a_firm_wide_mean_weighs_groups_by_heads(found: Forecast) -> None:
    front, back = (found.outcome.by_month("commit", f"ex[{group}]") for group in ("front", "back"))
    months = slice(2, 6)
    expected = 0.25 * front[2:6].mean(axis=0) + 0.75 * back[2:6].mean(axis=0)
    np.testing.assert_allclose(during(found.scenario, found.outcome, "ex", months), expected)
    np.testing.assert_allclose(during(found.scenario, found.outcome, "ex[back]", months), back[2:6].mean(axis=0))
    cx = found.outcome.by_month("commit", "cx")[2:6].mean(axis=0)
    np.testing.assert_allclose(during(found.scenario, found.outcome, "cx", months), cx)


@pytest.mark.parametrize(
    ("changes", "first", "stop"),
    [
        ({"start": 3, "months": 5}, 3, 8),
        ({"start": 3, "months": 0}, 0, 4),  # as the scenario's pilot, from the scenario's start
        ({"start": 22, "months": 9}, 22, 24),  # the horizon ends
        ({"start": 40, "months": 2}, 23, 24),
    ],
)
def test_a_pilot_was_measured_in_its_own_months(changes: dict[str, int], first: int, stop: int) -> None:
    assert months_of(loads(FIRM), reading(**changes)) == slice(first, stop)
    alone = loads(FIRM.replace("pilot: {months: 4, scope: 0.2, one_off: 900}\n", ""))
    assert months_of(alone, reading(months=0)) == slice(0, 6)


def test_draws_after_a_pilot_are_those_before_it_weighed() -> None:
    """The mean effect after the pilot: an importance-weighted mean of many draws before it."""
    plain = loads(FIRM)
    calibration = calibrate(calibration_spec(plain, prior_only=True))
    told = reading(points=1.0, error=1.0)
    many = forecast(plain, draws=8192, seed=3, calibration=calibration, trajectories=True)
    weight = np.exp(log_reading(told, during(plain, many.outcome, "ex", slice(0, 4))))
    effect = many.drawn.quantities["desk.pushes[0].effect"]
    delivery = many.drawn.quantities["desk.delivery"]
    after = learn([_with_log(plain, told)], lambda s, count: _points(s, calibration, count), draws=1024, seed=1)
    assert after is not None
    assert after.entries == 1
    big = _points(plain, calibration, 1024 * after.over)[0]
    for name, values in (("desk.pushes[0].effect", effect), ("desk.delivery", delivery)):
        expected = np.average(values, weights=weight)
        assert big[name][after.kept].mean() == pytest.approx(expected, abs=5 * values.std() / np.sqrt(1024)), name
        moved = abs(expected - values.mean())
        assert moved > 0.1 * values.std(), name  # the pilot teaches something
    batch = 1024 * after.over // 8
    assert (after.kept.reshape(8, 128) // batch == np.arange(8)[:, None]).all()
    assert (np.diff(after.kept.reshape(8, 128), axis=1) >= 0).all()
    all_weights = np.exp(log_reading(told, _during(plain, calibration, 1024 * after.over)))
    assert after.effective == pytest.approx(all_weights.sum() ** 2 / (all_weights**2).sum(), rel=1e-6)


def _with_log(plain: Scenario, told: PilotReading) -> Scenario:
    return plain.model_copy(update={"pilots": PilotLog(entries=(told,))})


def _points(scenario: Scenario, calibration: Any, count: int) -> Any:
    plain = scenario.model_copy(update={"pilots": None})
    every = draw(plain, calibration, draws=count, seed=1)
    return every.quantities, every.parameters


def _during(plain: Scenario, calibration: Any, count: int) -> np.ndarray:
    many = forecast(plain, draws=count, seed=1, calibration=calibration, trajectories=True)
    return during(plain, many.outcome, "ex", slice(0, 4))


def test_a_pilot_of_two_scenarios_counts_once() -> None:
    plain = loads(FIRM)
    calibration = calibrate(calibration_spec(plain, prior_only=True))
    one, other = reading(), reading(points=2.0)

    def points(scenario: Scenario, count: int) -> Any:
        return _points(scenario, calibration, count)

    once = learn([_with_log(plain, one)], points, 256, 1)
    twice = learn([_with_log(plain, one), _with_log(plain, one)], points, 256, 1)
    assert once is not None
    assert twice is not None
    assert (twice.entries, twice.effective) == (1, once.effective)
    assert twice.kept.tolist() == once.kept.tolist()
    both = learn([_with_log(plain, one), _with_log(plain, other)], points, 256, 1)
    assert both is not None
    assert both.entries == 2
    assert learn([plain], points, 256, 1) is None


# ---------------------------------------------------------------- figures of a forecast


def test_standing_still_costs_what_rivals_take(found: Forecast, plain: Plain) -> None:
    told = plain(found.summary())["standing_still"]
    lost = found.outcome.field("do_nothing", "pv_profit") - found.outcome.field("no_rivals", "pv_profit")
    assert told["mean"] == pytest.approx(lost.mean())
    assert told["mean"] < 0
    assert (told["p05"], told["p95"]) == pytest.approx(tuple(np.quantile(lost, [0.05, 0.95])))
    alone = forecast(
        loads(FIRM.replace("rivals: {start: 2, share: 0.5, months: 10}\n", "")), draws=128, prior_only=True
    )
    assert plain(alone.summary())["standing_still"] is None


def test_doing_nothing_has_its_own_figures(found: Forecast, plain: Plain) -> None:
    told = plain(found.summary())["do_nothing"]
    assert told["customers_end"]["mean"] == pytest.approx(found.outcome.field("do_nothing", "customers_end").mean())
    assert told["pv_profit"]["mean"] == pytest.approx(found.outcome.field("do_nothing", "pv_profit").mean())


def test_the_cross_check_compares_both_bridges(found: Forecast, plain: Plain) -> None:
    told = plain(found.summary())["cross_check"]
    up, down = (found.outcome.field("commit", f"check_{bridge}") for bridge in ("customers", "margin"))
    assert told["customers"]["mean"] == pytest.approx(up.mean())
    assert told["margin"]["mean"] == pytest.approx(down.mean())
    assert told["ratio"] == pytest.approx(up.mean() / down.mean())
    inside = np.mean((up / down >= 0.5) & (up / down <= 2))
    assert told["p_within_factor_2"] == pytest.approx(inside)
    assert told["agree"] == (inside >= 0.3)  # docs/model.md, section 5


def test_a_verdict_is_too_close_within_two_errors_or_what_is_not_material(plain: Plain) -> None:
    text = FIRM.replace("pilot: {months: 4, scope: 0.2, one_off: 900}\n", "").replace("one_off: 4000", "one_off: 7000")
    free = forecast(loads(text), draws=1024, prior_only=True)
    npv, cost = free.npv("commit"), free.outcome.field("commit", "pv_cost").mean()
    error = npv.reshape(8, 128).mean(axis=1).std(ddof=1) / np.sqrt(8)
    gap = abs(npv.mean())
    for material in (0.0, 0.5 * gap / cost, 2 * gap / cost):
        told = forecast(loads(text + f"decision: {{material: {material:.6f}}}\n"), draws=1024, prior_only=True)
        verdict = plain(told.summary())["verdict"]["horizon"]
        assert verdict["too_close"] == (gap < max(2 * error, material * cost)), material
        assert verdict["option"] == ("commit" if npv.mean() > 0 else "do_nothing")
    peak = np.quantile(free.outcome.field("commit", "peak_funding"), 0.95)
    for limit, allowed in ((1.01 * peak, True), (0.99 * peak, False)):
        decision = f"decision: {{max_peak_funding: {limit:.2f}}}\n"
        verdict = plain(forecast(loads(text + decision), draws=1024, prior_only=True).summary())["verdict"]["horizon"]
        assert verdict["option"] == ("commit" if allowed and npv.mean() > 0 else "do_nothing")


def test_payoffs_of_the_dataset_are_those_of_the_paths(found: Forecast) -> None:
    data = found.dataset()
    for option in found.options:
        for name in ("npv", "npv_other", "pv_cost", "payback", "peak_funding", "runoff", "customers_end"):
            got = data[name].sel(option=option).to_numpy().ravel()
            np.testing.assert_array_equal(got, found.outcome.field(option, name), err_msg=name)
        got = data["delta"].sel(option=option, node="cx").to_numpy().ravel()
        np.testing.assert_array_equal(got, found.outcome.field(option, "cx"))
        month = data["deviation"].sel(option=option, node="cx", month=7).to_numpy().ravel()
        np.testing.assert_array_equal(month, found.outcome.by_month(option, "cx")[7])
    np.testing.assert_array_equal(npv_of(found.scenario, found.outcome, "commit"), found.outcome.field("commit", "npv"))


def test_names_are_drawn_in_turn_each_once() -> None:
    one, two = loads(FIRM), loads(FIRM.replace("name: desk", "name: other"))
    order = common_order([one, two])
    assert order[:4] == ("desk.pushes[0].effect", "other.pushes[0].effect", "desk.delivery", "other.delivery")
    assert len(set(order)) == len(order)
    assert common_order([one, one]) == common_order([one])
