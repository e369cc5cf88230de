# SPDX-License-Identifier: MIT
"""The kernel against a fully known case of the model, worked out by others, to nine digits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from txsim.simulate.engine import Outcome, run
from txsim.simulate.plan import OPTIONS, Plan, Wave, discount_factors

FAR = 10_000


def plan_and_matrix(case: dict[str, Any], pays: str) -> tuple[Plan, np.ndarray]:
    """Lay the case out by hand, without any help from the package."""
    firm, par, driver, pilot = case["organisation"], case["parameters"], case["driver"], case["pilot"]
    nodes = tuple(firm["index"])
    at = {name: i for i, name in enumerate(nodes)}
    staff = firm["staff"]
    weight = {"front": staff["front"]["headcount"], "support": staff["support"]["headcount"] * par["reach_support"]}
    share = {group: w / sum(weight.values()) for group, w in weight.items()}
    links = [
        ("ux_employee", "ex[front]", par["ux_ex"], "lag_tools", True),
        ("ux_employee", "ex[support]", par["ux_ex"], "lag_tools", True),
        ("ux_employee", "cx", par["uxe_cx"], "lag_tools", True),
        ("ex[front]", "cx", par["ex_cx"] * share["front"], "lag_people", True),
        ("ex[support]", "cx", par["ex_cx"] * share["support"], "lag_people", True),
        ("cx", "ex[front]", par["cx_ex"], "lag_people", True),
        ("ex[support]", "ex[front]", par["support_front"], "lag_people", True),
        ("ux_customer", "cx", par["uxc_cx"], "lag_tools", False),
        ("mx", "cx", par["mx_cx"], "lag_tools", True),
    ]
    months, rate = case["horizon_months"], case["discount_rate"]
    start = driver["start"]
    decide = start + pilot["months"] + pilot.get("decision_months", 1)
    over, over_run = par["cost_overrun"], 1 + 0.3 * (par["cost_overrun"] - 1)
    items: list[tuple[float, bool, dict[str, tuple[int, int]]]] = [
        (driver["one_off"] * over, True, {o: (start, start + 1) for o in ("commit", "commit_stop")}),
        (driver["monthly"] * over_run, False, {"commit": (start, FAR), "commit_stop": (start, decide)}),
        (pilot["one_off"] * over, True, {o: (start, start + 1) for o in ("pilot_scale", "pilot_stop")}),
        (pilot["monthly"] * over_run, False, {o: (start, decide) for o in ("pilot_scale", "pilot_stop")}),
        (
            max(0, driver["one_off"] - pilot["reusable"] * pilot["one_off"]) * over,
            True,
            {"pilot_scale": (decide, decide + 1)},
        ),
        (driver["monthly"] * over_run, False, {"pilot_scale": (decide, FAR)}),
    ]
    one, rest = discount_factors(rate, months, "monthly")
    p0, n = firm["digital_bad"], firm["digital_interactions"]
    two = 1 - (1 - p0) ** n - n * p0 * (1 - p0) ** (n - 1)
    s = 1 - np.exp(-par["digital_leave"] * two / firm["churn_per_month"])
    plan = Plan(
        months=months,
        nodes=nodes,
        cx=at["cx"],
        ux_customer=at["ux_customer"],
        groups=(at["ex[front]"], at["ex[support]"]),
        link_source=tuple(at[link[0]] for link in links),
        link_target=tuple(at[link[1]] for link in links),
        link_silo=tuple(link[4] for link in links),
        push_node=(at[driver["pushes"][0]["node"]],),
        push_shape=(0,),
        coordination_shape=(),
        waves=(
            (
                Wave(),
                Wave(1, start, FAR),
                Wave(1, start, decide),
                Wave(2, start, FAR, 1, decide, FAR),
                Wave(2, start, decide),
                Wave(),
            ),
        ),
        item_months=tuple(
            tuple(spans.get(path, (0, 0)) for path in ("do_nothing", *OPTIONS, "no_rivals")) for _, _, spans in items
        ),
        item_one_off=tuple(item[1] for item in items),
        item_grows=tuple(not item[1] for item in items),
        interactions=n,
        rival_start=0,
        season=(1.0,) * 12,
        pays=pays,
        customers=True,
        margin=True,
        rate=rate,
        discount_one_off=tuple(one),
        discount_rest=tuple(rest),
    )
    group_rows = {}
    for i, group in enumerate(("front", "support")):
        g = staff[group]
        leaving = g["headcount"] * g["turnover_per_year"] / 12 * par["replacement_cost"] * g["salary_per_year"]
        group_rows |= {f"leave[{i}]": leaving, f"attrition[{i}]": par["attrition_ex"], f"work[{i}]": 0.0}
    values = {
        **{f"baseline[{at[name]}]": level / 100 for name, level in firm["index"].items()},
        **{f"beta[{i}]": link[2] for i, link in enumerate(links)},
        **{f"phi[{i}]": 1 - 1 / max(par[link[3]], 1) for i, link in enumerate(links)},
        "push[0]": driver["pushes"][0]["effect"] * par["delivery"],
        "ramp[0]": driver["pushes"][0]["months"],
        "slip[0]": par["slip"],
        "decay[0]": 0.5 ** (1 / driver["fade"]),
        **{f"item[{i}]": item[0] for i, item in enumerate(items)},
        **group_rows,
        "scope": pilot["scope"],
        "coordination_start": firm["coordination"],
        "uplift": par["coordination_uplift"],
        "customers_start": firm["customers"],
        "churn": firm["churn_per_month"],
        "joins": firm["joins"],
        "arpu": firm["arpu_per_month"],
        "arpu_growth": 1.0,
        "cost_growth": 1.0,
        "contribution_margin": firm["contribution_margin"],
        "serve": 0.0,
        "churn_cx": par["churn_cx"],
        "referral_cx": par["referral_cx"],
        "spend_cx": par["spend_cx"],
        "serve_cx": 0.0,
        "digital_bad": p0,
        "digital_slope": 1 / (100 - firm["index"]["ux_customer"]),
        "digital_rest": 1 - s,
        "digital_gain": s / two,
        "revenue_start": firm["revenue_per_month"],
        "cx_margin": par["cx_margin"],
        "margin_phi": 1 - 1 / par["margin_lag"],
        "rival_share": 0.0,
        "rival_months": 1.0,
        "rival_gain": par["rival_gain"],
        "copy": par["copy"],
    }
    return plan, np.repeat(np.array([[values[row]] for row in plan.rows()]), 3, axis=1)


@pytest.fixture(scope="module")
def case(data: Path) -> dict[str, Any]:
    return json.loads((data / "reference_case/case.json").read_text())


@pytest.fixture(scope="module")
def outcomes(case: dict[str, Any]) -> dict[str, Outcome]:
    return {pays: run(*plan_and_matrix(case, pays), monthly=True) for pays in ("customers", "margin")}


@pytest.mark.parametrize("bridge", ["customers", "margin"])
@pytest.mark.parametrize("option", ["do_nothing", *OPTIONS])
def test_payoff(case: dict[str, Any], outcomes: dict[str, Outcome], bridge: str, option: str) -> None:
    told, found = case["results"][bridge][option], outcomes[bridge]
    for name in ("npv", "pv_cost", "peak_funding", "customers_end"):
        np.testing.assert_allclose(found.field(option, name), told[name], rtol=1e-9, atol=1e-6)
    if told["runoff"] is not None:
        np.testing.assert_allclose(found.field(option, "runoff"), told["runoff"], rtol=1e-9, atol=1e-6)
    if told["payback"] is None and option != "do_nothing":
        assert np.isnan(found.field(option, "payback")).all()


@pytest.mark.parametrize("option", ["do_nothing", *OPTIONS])
def test_every_month(case: dict[str, Any], outcomes: dict[str, Outcome], option: str) -> None:
    found = outcomes["customers"]
    for month, told in case["results"]["trajectory"][option].items():
        for node, deviation in told["d"].items():
            np.testing.assert_allclose(found.by_month(option, node)[int(month)], deviation, rtol=1e-9, atol=1e-12)
        for name in ("customers", "churn", "revenue", "leave", "margin_effect", "one_off", "running"):
            np.testing.assert_allclose(found.by_month(option, name)[int(month)], told[name], rtol=1e-9)
