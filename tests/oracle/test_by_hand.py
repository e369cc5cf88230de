# SPDX-License-Identifier: MIT
"""Conventions and corners of sections 1 to 6 that can be checked by hand, end to end through a scenario's text."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import txsim
from tests.oracle import generate
from txsim.report.files import write_trajectories

Data = dict[str, Any]


def firm(**changes: Any) -> Data:
    """Return a scenario of plain numbers; ``changes`` replace keys of its top level."""
    staff = {"front": {"headcount": 40.0, "turnover_per_year": 0.3, "salary_per_year": 36_000.0}}
    data: Data = {
        "horizon_months": 24,
        "discount_rate": 0.1,
        "organisation": {
            "staff": {**staff, "hr": {"headcount": 10.0, "meets_customers": False}},
            "index": dict.fromkeys(("ux_employee", "ux_customer", "mx", "ex", "cx"), 50),
            "customers": 1000.0,
            "churn_per_month": 0.02,
            "arpu_per_month": 100.0,
            "contribution_margin": 0.3,
        },
        "priors": {name: round((low + high) / 4 + 0.001, 4) for name, (low, high) in generate.PRIORS.items()},
        "drivers": [driver()],
    }
    return data | changes


def driver(**changes: Any) -> Data:
    pushes = [{"node": "ex", "effect": 5.0, "months": 3}]
    told: Data = {"name": "d", "pushes": pushes, "delivery": 0.5, "cost_overrun": 1.0, "slip": 0.0, "one_off": 1000.0}
    return told | changes


def forecast(data: Data, **options: Any) -> Any:
    return txsim.forecast(txsim.loads(generate.as_text(data)), draws=options.pop("draws", 128), **options)


def idle(**changes: Any) -> Data:
    """Return a driver that moves nothing that pays: its payoff is its cost."""
    return driver(pushes=[{"node": "mx", "effect": 1.0}], **changes) | {"delivery": 0.0}


def test_cost_alone_is_discounted_as_the_page_says() -> None:
    data = firm(drivers=[idle(start=2, one_off=1000.0, monthly=100.0, cost_overrun=2.0)])
    data["organisation"]["cost_growth"] = 0.05
    running = {t: 100 * 1.3 * 1.05 ** (t / 12) for t in range(2, 24)}
    by_hand = {
        "monthly": 2000 * 1.1 ** (-2 / 12) + sum(cost * 1.1 ** (-(t + 1) / 12) for t, cost in running.items()),
        "annual": 2000 / 1.1 + sum(cost * 1.1 ** -(t // 12 + 1) for t, cost in running.items()),
    }
    for convention, cost in by_hand.items():
        commit = forecast(data | {"convention": convention}).summary().to_json()["options"]["commit"]
        assert commit["pv_cost"]["mean"] == pytest.approx(cost, rel=1e-12)
        assert commit["npv"]["mean"] == pytest.approx(-cost, rel=1e-12)
        assert commit["roi"] == pytest.approx(-1, rel=1e-12)
        assert commit["peak_funding"]["mean"] == pytest.approx(2000 + sum(running.values()), rel=1e-12)
        month = commit["payback_month"]
        assert month == {**dict.fromkeys(("p05", "median", "p95", "given_payback")), "p_within_horizon": 0.0}
        assert (commit["p_loss"]["value"], commit["cvar05"]["value"]) == pytest.approx((1, -cost), rel=1e-12)
        assert commit["npv"]["sd"] == pytest.approx(0, abs=1e-9)
        assert commit["npv"]["mcse"] == commit["p_loss"]["mcse"] == commit["cvar05"]["mcse"] == 0


def test_a_one_off_of_month_0_is_not_discounted_in_an_annual_table() -> None:
    data = firm(drivers=[idle(one_off=500.0, monthly=10.0)], convention="annual")
    cost = forecast(data).summary().to_json()["options"]["commit"]["pv_cost"]["mean"]
    assert cost == pytest.approx(500 + 120 / 1.1 + 120 / 1.21, rel=1e-12)


def test_without_cost_there_is_no_payback_and_no_return() -> None:
    commit = forecast(firm(drivers=[driver(one_off=0.0)])).summary().to_json()["options"]["commit"]
    assert commit["npv"]["mean"] > 0
    assert commit["payback_month"] is None
    assert commit["roi"] is None


def test_figures_of_uncertain_draws_are_those_of_their_cash_flows() -> None:
    data = firm(drivers=[driver(one_off=4000.0, monthly=100.0)], pilot={"months": 3, "scope": 0.3, "one_off": 500.0})
    text = generate.as_text(data).replace('"effect": 5', '"effect": {"interval": [1, 40]}')
    found = txsim.forecast(txsim.loads(text), draws=1024, trajectories=True)
    told = found.summary().to_json()["options"]
    never = 0
    for option in found.options:
        months = found.outcome.by_month(option, "profit") - found.outcome.by_month("do_nothing", "profit")
        total = np.cumsum(months, axis=0)
        first = [next((t + 1.0 for t in range(24) if (total[t:, i] >= 0).all()), np.inf) for i in range(1024)]
        ordered = np.sort(first)
        month = told[option]["payback_month"]
        never += np.isinf(ordered).any() and month["p95"] is None and month["p05"] is not None
        for key, q in (("p05", 0.05), ("median", 0.5), ("p95", 0.95)):
            level = ordered[int(q * 1024)]
            assert month[key] == (None if np.isinf(level) else level), (option, key)
        assert month["p_within_horizon"] == np.isfinite(ordered).mean()
        if np.isfinite(ordered).any():
            assert month["given_payback"] == pytest.approx(ordered[np.isfinite(ordered)].mean())
        peak = np.maximum(0, -total.min(axis=0))
        np.testing.assert_allclose(found.outcome.field(option, "peak_funding"), peak, rtol=1e-9, atol=1e-6)
        npv, cost = found.npv(option), found.outcome.field(option, "pv_cost")
        assert told[option]["roi"] == pytest.approx(npv.mean() / cost.mean(), rel=1e-12)
        worst = np.sort(npv)
        tail = (worst[:51].sum() + 0.2 * worst[51]) / 51.2  # 5 % of 1,024 draws
        assert told[option]["cvar05"]["value"] == pytest.approx(tail, rel=1e-9)
        assert told[option]["p_loss"]["value"] == (npv < 0).mean()
        batches = npv.reshape(8, 128).mean(axis=1)
        assert told[option]["npv"]["mcse"] == pytest.approx(batches.std(ddof=1) / 8**0.5, rel=1e-9)
        assert told[option]["npv"]["p05"] == pytest.approx(np.quantile(npv, 0.05), rel=1e-12)
    assert never  # in some option some draws never pay back, so that an upper quantile does not exist


def test_a_difference_on_a_scale_where_less_is_better() -> None:
    data = firm()
    scale = {"worst": 48.0, "best": 0.0, "unit": "h"}
    data["organisation"]["index"]["mx"] = {"value": 12.0, "scale": scale}
    data["drivers"] = [driver(pushes=[{"node": "mx", "effect": -6.0, "scale": scale, "months": 0}], delivery=1.0)]
    text = generate.as_text(data)
    assert (
        txsim.forecast(txsim.loads(text), draws=128).summary().to_json()["options"]["commit"]["delta"]["mx"]["mean"] > 0
    )
    wide = text.replace('"effect": -6', '"effect": {"interval": [-9, -3]}')
    mx = txsim.forecast(txsim.loads(wide), draws=128).summary().to_json()["options"]["commit"]["delta"]["mx"]
    measured = mx["measured"]
    assert mx["mean"] > 0 > measured["mean"]
    assert measured["mean"] == pytest.approx(mx["mean"] * -0.48, rel=1e-12)
    assert measured["p05"] == pytest.approx(mx["p95"] * -0.48, rel=1e-12)
    assert measured["p05"] < measured["median"] < measured["p95"]
    assert (measured["sd"], measured["mcse"]) == pytest.approx((mx["sd"] * 0.48, mx["mcse"] * 0.48), rel=1e-12)
    assert (measured["scale"], measured["unit"]) == ("custom", "h")


def test_what_the_author_fixed() -> None:
    data = firm()
    data["graph"] = {
        "nodes": [{"name": "wait"}],
        "edges": [{"source": "wait", "target": "cx", "slope": 0.2, "lag": 3}],
    }
    data["organisation"]["index"]["wait"] = 50
    data["organisation"]["staff"]["hr"]["reach"] = 1.5
    data["priors"] = {"ex_cx": 0.2, "cx_ex": {"median": 0.1, "factor": 3.0}}
    del data["drivers"][0]["slip"]
    fixed = txsim.loads(generate.as_text(data)).fixed_by_author
    assert fixed == (
        "d.pushes[0].effect",
        "d.delivery",
        "d.cost_overrun",
        "priors.ex_cx",
        "graph.edges[0].slope",
        "graph.edges[0].lag",
        "organisation.staff.hr.reach",
    )


def test_columns_of_trajectories(tmp_path: Path) -> None:
    data = firm(bridge="margin", horizon_months=3)
    for name in ("customers", "churn_per_month", "arpu_per_month"):
        del data["organisation"][name]
    data["organisation"]["revenue_per_month"] = 1000.0
    write_trajectories(forecast(data, trajectories=True), tmp_path / "x.csv")
    rows = list(csv.reader((tmp_path / "x.csv").read_text().splitlines()))
    nodes = "ux_employee,ux_customer,mx,ex[front],ex[hr],cx"
    money = "customers,churn,revenue,serve,leave,work,profit,cost,margin_effect"
    more = "one_off,running,coordination,benefit,capacity,time,absent,capex,depreciation,tax"
    assert ",".join(rows[0]) == f"scenario,option,draw,month,{nodes},{money},{more}"
    assert len(rows) == 1 + 2 * 128 * 3
    first = dict(zip(rows[0], rows[1], strict=True))
    assert first["customers"] == first["churn"] == ""  # there are no figures of customers
    assert float(first["leave"]) > 0


def test_the_verdict_is_among_what_can_be_chosen() -> None:
    # Committing loses a lot; a stopped pilot loses next to nothing, but nobody chooses to stop in advance.
    data = firm(drivers=[idle(one_off=100_000.0)], pilot={"months": 3, "scope": 0.1, "one_off": 1.0})
    told = forecast(data).summary().to_json()
    assert abs(told["options"]["pilot_stop"]["npv"]["mean"]) < 0.05 * told["options"]["commit"]["pv_cost"]["mean"]
    assert told["verdict"]["horizon"] == {"option": "do_nothing", "mean_npv": 0.0, "too_close": False}
    nothing_left = forecast(data | {"decision": {"max_p_loss": 0.0}}).summary().to_json()
    assert nothing_left["verdict"]["horizon"]["too_close"] is False


def test_the_run_off_counts_in_both_verdicts() -> None:
    data = firm(terminal="runoff")
    found = forecast(data)
    for outcome, key in ((found.outcome, "horizon"), (found.later, "horizon_plus_24")):
        value = outcome.field("commit", "npv")[0] + outcome.field("commit", "runoff")[0]
        assert found.summary().to_json()["verdict"][key]["mean_npv"] == pytest.approx(max(value, 0.0), rel=1e-12)
        assert outcome.field("commit", "runoff")[0] > 0


def test_a_run_off_without_a_finite_value() -> None:
    data = firm(discount_rate=0.0)
    data["organisation"]["churn_per_month"] = 0.0
    told = forecast(data).summary().to_json()
    assert told["options"]["commit"]["runoff"] is None
    json.dumps(told, allow_nan=False)
    with pytest.raises(txsim.InputError, match="no finite value"):
        txsim.loads(generate.as_text(data | {"terminal": "runoff"}))


def test_nobody_leaves_and_nobody_would_for_digital_reasons() -> None:
    data = firm()
    data["priors"]["digital_leave"] = 0.0
    data["organisation"] |= {"churn_per_month": 0.0, "digital_bad": 0.2, "digital_interactions": 3}
    found = forecast(data, trajectories=True)
    assert not found.outcome.by_month("commit", "churn").any()


@pytest.mark.parametrize(("group", "key"), [("hr", "headcount"), ("front", "headcount"), ("both", "reach")])
def test_groups_of_nobody(group: str, key: str) -> None:
    data = firm()
    for name, told in data["organisation"]["staff"].items():
        if group in (name, "both"):
            told[key] = 0.0
    found = forecast(data)
    assert np.isfinite(found.npv("commit")).all()
    if group == "both":
        assert found.outcome.field("commit", "cx")[0] == 0  # nobody affects a customer, and nothing else moves


def test_a_cost_per_head_counts_every_group_that_is_pushed() -> None:
    data = firm()
    data["graph"] = {"nodes": [{"name": "morale", "per_group": True}, {"name": "exit_rate"}]}
    data["organisation"]["index"] |= {"morale": 50, "exit_rate": 50}
    for node, heads in (("morale", 50), ("morale[hr]", 10), ("ux_employee", 50), ("ex[front]", 40)):
        data["drivers"] = [driver(pushes=[{"node": node, "effect": 2.0}], one_off=0.0, per_head_monthly=7.0)]
        cost = forecast(data, trajectories=True).outcome.by_month("commit", "running")[0, 0]
        assert cost == pytest.approx(7 * heads), node
    data["drivers"] = [driver(pushes=[{"node": "exit_rate", "effect": 2.0}], per_head_monthly=7.0)]
    with pytest.raises(txsim.InputError, match="no staff group is pushed"):
        forecast(data)


def test_a_loop_that_never_settles_is_named() -> None:
    data = firm()
    edges = (("aa", "bb", 1.6), ("bb", "aa", 1.6), ("bb", "cx", 0.1), ("cx", "aa", 0.1))
    data["graph"] = {
        "nodes": [{"name": "aa"}, {"name": "bb"}],
        "edges": [{"source": s, "target": t, "slope": slope, "lag": 1} for s, t, slope in edges],
    }
    data["organisation"]["index"] |= {"aa": 50, "bb": 50}
    with pytest.raises(txsim.InputError, match=r"the loop bb -> aa -> bb feeds itself"):
        forecast(data)


def test_silos_lift_loops_only_as_far_as_coordination_goes() -> None:
    data = firm(drivers=[driver(delivery=1.0, coordination={"to": 0.2, "months": 6})])
    data["organisation"]["staff"] = {"front": data["organisation"]["staff"]["front"]}
    data["priors"] |= {"ex_cx": 0.8, "cx_ex": 0.8, "coordination_uplift": 0.5}  # (0.8 · 1.1)² < 1 < (0.8 · 1.5)²
    assert forecast(data).scene.impossible == 0
    data["drivers"][0]["coordination"]["to"] = 1.0
    with pytest.raises(txsim.InputError, match=r"-> ex\[front\]|-> cx"):
        forecast(data)


def test_slopes_beyond_every_number_are_refused() -> None:
    data = firm()
    data["priors"] |= {"spend_cx": 5000.0, "referral_cx": 5000.0}
    with pytest.raises(txsim.InputError, match=r"beyond sense: .* by ∞ %"):
        forecast(data)


def test_the_function_keeps_its_name_beside_its_module() -> None:
    from txsim.forecast import DEFAULT_DRAWS

    assert DEFAULT_DRAWS == 4096
    assert callable(txsim.forecast)
