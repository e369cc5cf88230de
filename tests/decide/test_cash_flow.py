# SPDX-License-Identifier: MIT
"""The business case: its lines add up to the payoff, by month and as printed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import txsim
from txsim.decide.advice import advise, advised
from txsim.decide.cash_flow import cash_flow, columns_of
from txsim.decide.levers import levers
from txsim.decide.policies import policies
from txsim.forecast import Forecast
from txsim.language.numbers import largest_remainder
from txsim.simulate.engine import run

SHIPPED = ("service_desk_pilot", "customers_first", "digital_channel_rescue", "rivals_adopt_tx", "tx_programme")


@pytest.mark.parametrize("name", SHIPPED)
def test_net_is_the_expected_payoff_of_what_is_recommended(scenarios: Path, name: str) -> None:
    forecast = advised(
        txsim.forecast(txsim.load(scenarios / f"{name}.yaml"), draws=512, prior_only=True, trajectories=True)
    )
    case, advice = forecast.cash_flow, forecast.recommendation
    net = case.lines[-1]
    assert net.pv == pytest.approx(advice.mean_npv[case.option], abs=1e-6 * abs(net.total) + 1e-6)
    assert net.total == pytest.approx(net.initial + sum(net.years), abs=1e-6)
    for column in range(len(net.years)):
        assert net.years[column] == pytest.approx(sum(line.years[column] for line in case.lines[:-1]), abs=1e-6)


@pytest.fixture(scope="module", params=["none", "runoff"])
def taxed(request: pytest.FixtureRequest, scenarios: Path) -> Forecast:
    """A firm that pays three tenths of its profit, with and without what customers kept are worth later."""
    stated = (f"terminal={request.param}", "finance.tax_rate=0.3", "decision.after_tax=true")
    scenario = txsim.load(scenarios / "service_desk_pilot.yaml", overrides=stated)
    return txsim.forecast(scenario, draws=256, prior_only=True)


def test_tax_is_its_share_of_all_other_lines_and_the_net_is_what_is_left(taxed: Forecast) -> None:
    case = cash_flow(taxed, "commit")
    *lines, net = case.lines
    tax = next(line for line in lines if line.name == "tax")
    others = [line for line in lines if line is not tax]
    assert tax.pv < 0
    assert net.pv == pytest.approx(float(taxed.npv_after_tax("commit").mean()), rel=1e-9)
    assert sum(line.pv for line in others) == pytest.approx(float(taxed.npv("commit").mean()), rel=1e-9)
    assert tax.total == pytest.approx(-0.3 * sum(line.total for line in others), rel=1e-9)


def test_benefits_stand_by_what_they_are_worth_today(taxed: Forecast) -> None:
    """What customers kept are worth after the horizon falls in no year, and stands where its present value does."""
    worth = {line.name: abs(line.pv) for line in cash_flow(taxed, "commit").lines}
    benefits = [name for name in worth if name not in ("one_off", "running", "tax", "net")]
    assert benefits == sorted(benefits, key=lambda name: -worth[name])
    assert "runoff" not in worth or benefits[-1] != "runoff"


def test_present_values_of_the_years_make_up_that_of_the_line(scenarios: Path) -> None:
    """What falls due at the start is worth its face; each year is worth between its start's and its end's factor."""
    forecast = txsim.forecast(txsim.load(scenarios / "tx_programme.yaml"), draws=256, prior_only=True)
    rate = forecast.scenario.discount_rate
    for line in cash_flow(forecast, "commit").lines[:-1]:
        assert line.initial + sum(line.pv_years) == pytest.approx(line.pv, rel=1e-9), line.name
        for year, (flow, present) in enumerate(zip(line.years, line.pv_years, strict=True)):
            alike = line.name in ("one_off", "running")  # of one sign from month to month
            if alike and flow:
                assert (1 + rate) ** -(year + 1) - 1e-9 <= present / flow <= (1 + rate) ** -year + 1e-9, line.name


def test_lines_of_committing_are_those_of_the_months(scenarios: Path) -> None:
    """Quits, running and one-off cost, taken month by month from the trajectories by another route."""
    forecast = txsim.forecast(
        txsim.load(scenarios / "service_desk_pilot.yaml"), draws=512, prior_only=True, trajectories=True
    )
    case = {line.name: line for line in cash_flow(forecast, "commit").lines}
    months = forecast.trajectories
    gain = (months["leave"].sel(option="do_nothing") - months["leave"].sel(option="commit")).mean("draw").values
    running = months["running"].sel(option="commit").mean("draw").values
    for year in range(3):
        span = slice(12 * year, 12 * year + 12)
        assert case["staff_turnover"].years[year] == pytest.approx(gain[span].sum(), rel=1e-9)
        assert case["running"].years[year] == pytest.approx(-running[span].sum(), rel=1e-9)
    factor = 1.12 ** (-(np.arange(36) + 1) / 12)
    assert case["staff_turnover"].pv == pytest.approx(gain @ factor, rel=1e-9)
    one_off = months["one_off"].sel(option="commit").mean("draw").values
    assert case["one_off"].initial == pytest.approx(-one_off[0], rel=1e-9)
    assert case["one_off"].pv == pytest.approx(-(one_off @ 1.12 ** (-np.arange(36) / 12)), rel=1e-9)


def test_time_and_absence_are_no_part_of_productivity(scenarios: Path) -> None:
    """What staff's work is worth in a month is told in three lines, none of it twice; all columns are the case's."""
    path = scenarios / "service_desk_pilot.yaml"
    group = next(iter(txsim.load(path).organisation.staff))
    stated = (
        f"organisation.staff.{group}.absence_rate=6 %", "organisation.absence_cover=0.5", "priors.absence_ex=0.02",
        "organisation.time_realised=0.4", "priors.time_ux=0.1",
    )  # fmt: skip
    forecast = txsim.forecast(txsim.load(path, overrides=stated), draws=256, prior_only=True)
    case = {line.name: line for line in cash_flow(forecast, "commit").lines}
    paths = ("do_nothing", "commit")
    outcome = run(forecast.scene.plan, forecast.scene.matrix, paths=paths, monthly=(paths, ("work", "absent")))
    for parts, field in ((("productivity", "time", "absence"), "work"), (("absence",), "absent")):
        months = (outcome.by_month("commit", field) - outcome.by_month("do_nothing", field)).mean(axis=1)
        assert months.sum() > 0
        assert sum(case[name].total for name in parts if name in case) == pytest.approx(months.sum(), rel=1e-9)
    columns = columns_of(forecast.scene, {"commit": np.ones(forecast.draws)})
    for name in ("one_off", "running", "absence"):
        assert columns[name].tolist() == pytest.approx([case[name].initial, *case[name].years], rel=1e-9), name


def test_a_price_cap_is_worth_what_bills_run_beyond_it(scenarios: Path) -> None:
    """200,000 at the start and nothing later: the mean of what bills exceed the cap, times the price."""
    stated = ("pilot=null", "drivers[0].one_off=200000", "drivers[0].monthly=0")
    forecast = txsim.forecast(
        txsim.load(scenarios / "service_desk_pilot.yaml", overrides=stated), draws=512, prior_only=True
    )
    (name,) = (key for key in forecast.drawn.quantities if key.endswith("cost_overrun"))
    over = forecast.drawn.quantities[name]
    found = levers(forecast, "commit", advise(forecast), None, {})
    (cap,) = (lever for lever in found if lever.name == "cap")
    assert cap.gain == pytest.approx(200_000 * float(np.maximum(over - 1 - cap.size, 0.0).mean()), rel=1e-6)


def test_what_customers_bring_is_split_by_all_orders_of_switching_off(scenarios: Path) -> None:
    """With the Shapley value of three players written out: the average over the six orders."""
    forecast = txsim.forecast(
        txsim.load(scenarios / "service_desk_pilot.yaml"), draws=512, prior_only=True, trajectories=True
    )
    case = {line.name: line for line in cash_flow(forecast, "commit").lines}
    plan, rows = forecast.scene.plan, list(forecast.scene.plan.rows())
    players = {"retention": "churn_cx", "referral": "referral_cx", "spend": "spend_cx"}

    def worth(on: frozenset[str]) -> float:
        matrix = forecast.scene.matrix.copy()
        for name, row in players.items():
            if name not in on:
                matrix[rows.index(row)] = 0.0
        return float(run(plan, matrix, paths=("commit",)).field("commit", "npv").mean())

    import itertools

    for player in players:
        gains = []
        for order in itertools.permutations(players):
            before = frozenset(order[: order.index(player)])
            gains.append(worth(before | {player}) - worth(before))
        assert case[player].pv == pytest.approx(np.mean(gains), rel=1e-6)


def test_a_policy_mixes_its_two_paths(scenarios: Path) -> None:
    forecast = txsim.forecast(
        txsim.load(scenarios / "service_desk_pilot.yaml"), draws=512, prior_only=True, trajectories=True
    )
    chosen = policies(forecast)
    case = cash_flow(forecast, "pilot_then_decide", chosen)
    stop, scale = (forecast.outcome.field(path, "npv") for path in ("pilot_stop", "pilot_scale"))
    weights = chosen.pilot.rule.chosen
    assert case.lines[-1].pv == pytest.approx((weights[:, 0] * stop + weights[:, 1] * scale).mean(), rel=1e-9)
    assert case.p_scale == pytest.approx(weights[:, 1].mean())
    with pytest.raises(ValueError, match="policies"):
        cash_flow(forecast, "pilot_then_decide")


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12), st.sampled_from([1.0, 0.1, 1000.0]))
def test_printed_columns_add_up(values: list[float], grain: float) -> None:
    cells = largest_remainder(values, grain)
    assert sum(cells) / grain == pytest.approx(round(sum(v / grain for v in values)), abs=1e-6 + 1e-9 * len(values))
    assert all(abs(cell - value) <= grain * (1 + 1e-6) for cell, value in zip(cells, values, strict=True))
