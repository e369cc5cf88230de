# SPDX-License-Identifier: MIT
"""The Python interface: names and dims that others build on, seeds, and what a forecast keeps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import txsim
from txsim.forecast import Forecast, forecast

#: As docs/schema.md states them.
PAYOFFS = {"npv", "npv_other", "pv_cost", "payback", "peak_funding", "runoff", "customers_end", "delta"}
MONTHS = {"customers", "churn", "revenue", "serve", "leave", "work", "profit", "margin_effect", "one_off", "running"}


@pytest.fixture(scope="module")
def both(scenarios: Path) -> tuple[Forecast, Forecast]:
    names = ("service_desk_pilot", "front_line_first")
    one, two = (
        forecast(txsim.load(scenarios / f"{name}.yaml"), draws=128, prior_only=True, trajectories=True)
        for name in names
    )
    return one, two


def test_dims_and_names_are_those_of_the_schema_page(both: tuple[Forecast, Forecast]) -> None:
    payoff = both[0].payoff
    assert set(payoff.data_vars) == PAYOFFS
    assert payoff.npv.dims == ("option", "draw")
    assert payoff.delta.dims == ("option", "node", "draw")
    months = both[0].trajectories
    assert set(months.data_vars) >= MONTHS | {"cx", "ex[front_line]"}
    assert months.cx.dims == ("option", "month", "draw")


def test_many_scenarios_are_one_dataset(both: tuple[Forecast, Forecast]) -> None:
    import xarray as xr

    whole = xr.concat([one.dataset() for one in both], "scenario")
    assert whole.deviation.dims == ("scenario", "option", "draw", "month", "node")
    assert whole.npv.dims == ("scenario", "option", "draw")
    np.testing.assert_array_equal(whole.npv[1].sel(option="commit"), both[1].npv("commit"))
    last = whole.deviation[0].sel(option="commit", node="cx", month=whole.month[-1])
    np.testing.assert_array_equal(last, both[0].outcome.field("commit", "cx"))


def test_without_trajectories_payoffs_are_the_same(both: tuple[Forecast, Forecast], scenarios: Path) -> None:
    short = forecast(txsim.load(scenarios / "service_desk_pilot.yaml"), draws=128, prior_only=True)
    assert not short.has_trajectories
    np.testing.assert_array_equal(short.payoff.npv, both[0].payoff.npv)
    np.testing.assert_array_equal(*(one.outcome.by_month("commit", "payoff") for one in (short, both[0])))
    assert "deviation" not in short.dataset()
    with pytest.raises(ValueError, match="months"):
        _ = short.trajectories


def test_a_seed_decides_and_the_option_wins_over_the_file(scenarios: Path) -> None:
    file = scenarios / "service_desk_pilot.yaml"
    plain, seven = txsim.load(file), txsim.load(file, overrides=["seed=7"])
    told = {"draws": 128, "prior_only": True}
    one, two = forecast(seven, **told), forecast(plain, seed=7, **told)
    np.testing.assert_array_equal(one.payoff.npv, two.payoff.npv)
    assert (one.seed, forecast(seven, seed=1, **told).seed, forecast(plain, **told).seed) == (7, 1, 1)
    assert not np.array_equal(one.payoff.npv, forecast(plain, **told).payoff.npv)


def test_a_claim_of_the_scenario_is_scored_and_a_used_one_is_not(scenarios: Path) -> None:
    from txsim.forecast import calibration_spec

    own = "{role: scored, statement: Ours., design: unit_panel, read: none, "
    own += "statements: [{statistic: effect, about: ex -> cx, value: 0.2, se: 0.3}]}"
    file = scenarios / "service_desk_pilot.yaml"
    spec = calibration_spec(txsim.load(file, overrides=[f"evidence.add.our-survey={own}"]))
    assert "our-survey" in {claim.id for claim in spec.claims}
    prior = "{median: 0.2, factor: 2, already_uses: [sears-1998], by: us, why: we read it}"
    used = calibration_spec(txsim.load(file, overrides=[f"priors.ex_cx={prior}"]))
    assert "sears-1998" not in {claim.id for claim in used.claims}
    assert used.hash != calibration_spec(txsim.load(file)).hash


def test_an_edge_with_a_lag_of_its_own_reaches_the_kernel() -> None:
    text = """
title: Own edge
organisation:
  index: {ex: 60, cx: 60, first_contact: 50}
  staff: {front: {headcount: 10, turnover_per_year: 0.2, salary_per_year: 30000}}
  customers: 100
  churn_per_month: 0.02
  arpu_per_month: 100
  contribution_margin: 0.3
graph:
  nodes: [{name: first_contact, meaning: share solved at first contact}]
  edges: [{source: first_contact, target: cx, slope: 0.5, lag: 4, silo: false, why: they say so}]
drivers:
  - name: training
    pushes: [{node: first_contact, effect: 5, months: 1}]
    one_off: 100
    delivery: 1
    slip: 0
"""
    found = forecast(txsim.loads(text), draws=128, prior_only=True, trajectories=True)
    cx = found.trajectories.cx.sel(option="commit").to_numpy()
    pushed = found.trajectories.first_contact.sel(option="commit").to_numpy()
    assert pushed[0] == pytest.approx(5, rel=0.05)
    assert (cx[0] == 0).all()
    # A mean delay of four months: after a month a quarter of 0.5 times the push has come through.
    assert np.median(cx[1]) == pytest.approx(0.25 * 0.5 * pushed[0, 0], rel=0.02)
    assert np.median(cx[-1]) > 0.45 * pushed[0, 0]
