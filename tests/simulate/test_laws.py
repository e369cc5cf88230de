# SPDX-License-Identifier: MIT
"""Laws that hold for every scenario, and an oracle that works one draw out month by month, like a spreadsheet."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from txsim.simulate.engine import Outcome, run
from txsim.simulate.payoff import payback_month, peak_funding
from txsim.simulate.plan import MONTHLY_FIELDS, OPTIONS, PATHS, RESULT_FIELDS, SINGLE_ROWS, Plan, Wave

Case = tuple[Plan, np.ndarray]
Maker = Callable[..., Case]
seeds = st.integers(0, 2**32)
often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FAR = 10_000


def rows(plan: Plan, kind: str) -> list[int]:
    return [i for i, name in enumerate(plan.rows()) if name.partition("[")[0] == kind]


def spreadsheet(plan: Plan, x: dict[str, float], path: str) -> dict[str, list[Any]]:
    """Work out docs/model.md, sections 3 to 5, for one draw with plain numbers, in the words of that page."""
    number = PATHS.index(path)
    n = len(plan.nodes)
    w = x["scope"]

    def ramp(t: int, s: float, slip: float, m: float) -> float:
        r = min(max((t - s - slip + 1) / max(m, 1), 0), 1)
        return r * r * (3 - 2 * r)

    def wave(t: int, k: int, begin: int, end: int) -> float:
        slip, m, decay = x[f"slip[{k}]"], x[f"ramp[{k}]"], x[f"decay[{k}]"]
        if t < begin:
            return 0.0
        return ramp(t, begin, slip, m) if t < end else ramp(end - 1, begin, slip, m) * decay ** (t - end + 1)

    def shape(t: int, k: int) -> float:
        told = plan.waves[k][number]
        factor = {0: 0.0, 1: 1.0, 2: w}[told.first] * wave(t, k, told.start, told.end)
        return factor + told.second * (1 - w) * wave(t, k, told.second_start, told.second_end)

    c0, uplift = x["coordination_start"], x["uplift"]
    lagged, d = [0.0] * len(plan.link_source), [0.0] * n
    customers, margin_lagged, rel = x["customers_start"], 0.0, 0.0
    table: dict[str, list[Any]] = {name: [] for name in ("d", *MONTHLY_FIELDS)}
    for t in range(plan.months):
        c = c0 + sum(x[f"coordination[{i}]"] * shape(t, k) for i, k in enumerate(plan.coordination_shape))
        c = min(max(c, 0), 1)
        silo = (1 + uplift * c) / (1 + uplift * c0)
        u = [0.0] * n
        for i, (node, k) in enumerate(zip(plan.push_node, plan.push_shape, strict=True)):
            u[node] += x[f"push[{i}]"] * shape(t, k)
        for i, (source, target) in enumerate(zip(plan.link_source, plan.link_target, strict=True)):
            beta = x[f"beta[{i}]"] * (silo if plan.link_silo[i] else 1)
            if source < 0:
                u[target] += beta * (c - c0)
            else:
                phi = x[f"phi[{i}]"]
                lagged[i] = phi * lagged[i] + (1 - phi) * d[source] if t else 0.0
                u[target] += beta * lagged[i]
        margin_lagged = x["margin_phi"] * margin_lagged + (1 - x["margin_phi"]) * rel if t else 0.0
        for i in range(n):
            p = x[f"baseline[{i}]"]
            z = min(max(u[i] / (100 * p * (1 - p)), -40), 40)
            d[i] = 100 / (1 + math.exp(-(math.log(p / (1 - p)) + z))) - 100 * p
        cx = d[plan.cx]
        a = 0.0 if path == "no_rivals" else x["rival_share"] * ramp(t, plan.rival_start, 0, x["rival_months"])
        rel = max(cx, 0) * (1 - x["copy"] * a) + min(cx, 0) - x["rival_gain"] * a
        digital = 1.0
        if plan.interactions > 1 and plan.ux_customer >= 0:
            m = plan.interactions
            p = min(max(x["digital_bad"] * (1 - d[plan.ux_customer] * x["digital_slope"]), 0), 1)
            two = 1 - (1 - p) ** m - m * p * (1 - p) ** (m - 1)
            digital = x["digital_rest"] + x["digital_gain"] * two
        churn = min(1, x["churn"] * math.exp(-x["churn_cx"] * rel) * digital)
        price, costs = x["arpu_growth"] ** t * plan.season[t % 12], x["cost_growth"] ** t
        revenue = customers * x["arpu"] * price * math.exp(x["spend_cx"] * rel)
        serve = customers * x["serve"] * costs * math.exp(-x["serve_cx"] * cx)
        leave = sum(
            x[f"leave[{g}]"] * costs * math.exp(-x[f"attrition[{g}]"] * d[node]) for g, node in enumerate(plan.groups)
        )
        work = sum(x[f"work[{g}]"] * costs * d[node] for g, node in enumerate(plan.groups))
        spent = {True: 0.0, False: 0.0}
        for i, months in enumerate(plan.item_months):
            if months[number][0] <= t < months[number][1]:
                spent[plan.item_one_off[i]] += x[f"item[{i}]"] * (costs if plan.item_grows[i] else 1)
        margin_effect = x["revenue_start"] * price / 100 * x["cx_margin"] * margin_lagged - leave + work
        bottom_up = x["contribution_margin"] * revenue - serve - leave + work
        profit = (bottom_up if plan.pays == "customers" else margin_effect) - spent[True] - spent[False]
        month = (customers, churn, revenue, serve, leave, work, profit, margin_effect, spent[True], spent[False], c)
        for name, value in zip(MONTHLY_FIELDS, month, strict=False):
            table[name].append(value)
        table["d"].append(list(d))
        customers = customers * (1 - churn) + x["joins"] * math.exp(x["referral_cx"] * rel)
    return table


@often
@given(seed=seeds)
def test_kernel_equals_the_spreadsheet(case: Maker, seed: int) -> None:
    plan, matrix = case(seed, draws=3, coordination_shape=(0,))
    found = run(plan, matrix, monthly=True)
    x = dict(zip(plan.rows(), matrix[:, 1], strict=True))
    base = spreadsheet(plan, x, "do_nothing")
    for path in PATHS:
        table = spreadsheet(plan, x, path)
        for name in MONTHLY_FIELDS[MONTHLY_FIELDS.index("payoff") + 1 :]:
            assert not found.by_month(path, name).any(), "nothing here is what most plans do not have"
        for name in MONTHLY_FIELDS[: MONTHLY_FIELDS.index("payoff")]:
            # Money hangs on deviations, which the spreadsheet has as differences of levels: 1e-14 points are nothing.
            atol = 1e-12 if name in ("churn", "coordination") else 1e-8
            np.testing.assert_allclose(found.by_month(path, name)[:, 1], table[name], rtol=1e-9, atol=atol)
        for i, node in enumerate(plan.nodes):
            np.testing.assert_allclose(
                found.by_month(path, node)[:, 1], np.array(table["d"])[:, i], rtol=1e-9, atol=1e-11
            )
        size = 1e-12 * sum(map(abs, base["profit"]))
        gain = np.subtract(table["profit"], base["profit"])
        cost = np.dot(table["one_off"], plan.discount_one_off) + np.dot(table["running"], plan.discount_rest)
        before_cost = gain + np.add(table["one_off"], table["running"])
        npv = np.dot(before_cost, plan.discount_rest) - cost
        np.testing.assert_allclose(found.field(path, "npv")[1], npv, rtol=1e-8, atol=size)
        np.testing.assert_allclose(found.field(path, "pv_cost")[1], cost, rtol=1e-12)
        np.testing.assert_allclose(found.by_month(path, "payoff")[:, 1], np.cumsum(gain), rtol=1e-8, atol=size)


@often
@given(seed=seeds)
def test_no_push_is_exactly_do_nothing(case: Maker, seed: int) -> None:
    plan, matrix = case(seed, push=0.0, cost=0.0)
    matrix[rows(plan, "coordination")] = 0.0
    found = run(plan, matrix, monthly=True)
    base = found.paths.index("do_nothing")
    for path in OPTIONS:
        np.testing.assert_array_equal(found.monthly[found.paths.index(path)], found.monthly[base])
        for name in ("npv", "npv_other", "pv_cost", "peak_funding", "runoff", "check_customers", "check_margin"):
            assert not found.field(path, name).any(), (path, name)
        for name in ("pv_profit", "customers_end"):
            np.testing.assert_array_equal(found.field(path, name), found.field("do_nothing", name))
        assert not found.by_month(path, "payoff").any()


@often
@given(seed=seeds)
def test_a_small_push_settles_where_the_path_algebra_says(case: Maker, seed: int) -> None:
    first = case(seed, silos=False)[0]
    always = ((Wave(), *(Wave(1, 0, FAR) for _ in OPTIONS), Wave()),) * len(first.waves)
    plan, matrix = case(seed, silos=False, waves=always)
    plan = replace(plan, months=240, discount_one_off=(1.0,) * 240, discount_rest=(1.0,) * 240)
    matrix[rows(plan, "push")] *= 1e-7
    matrix[rows(plan, "phi")] *= 0.9
    d = np.array([run(plan, matrix).field("commit", node) for node in plan.nodes])
    n = len(plan.nodes)
    for draw in range(matrix.shape[1]):
        slopes, u = np.zeros((n, n)), np.zeros(n)
        for row, source, target in zip(rows(plan, "beta"), plan.link_source, plan.link_target, strict=True):
            slopes[target, source] += matrix[row, draw]
        for row, node in zip(rows(plan, "push"), plan.push_node, strict=True):
            u[node] += matrix[row, draw]
        settled = np.linalg.solve(np.eye(n) - slopes, u)
        np.testing.assert_allclose(d[:, draw], settled, rtol=1e-6, atol=1e-7 * np.abs(settled).max())


@often
@given(seed=seeds, stronger=st.floats(1, 1e6))
def test_levels_saturate_and_rise_with_the_push(case: Maker, seed: int, stronger: float) -> None:
    plan, matrix = case(seed, silos=False)
    matrix[rows(plan, "beta")] = np.abs(matrix[rows(plan, "beta")])
    matrix[rows(plan, "push")] = np.abs(matrix[rows(plan, "push")])
    more = matrix.copy()
    more[rows(plan, "push")] *= stronger
    low, high = run(plan, matrix, monthly=True), run(plan, more, monthly=True)
    for i, node in enumerate(plan.nodes):
        level = high.by_month("commit", node) + 100 * matrix[i]
        assert (level >= 0).all()
        assert (level <= 100 * (1 + 1e-15)).all()
        assert (high.by_month("commit", node) >= low.by_month("commit", node) - 1e-12).all()


def digital_case(case: Maker, interactions: int, bad: np.ndarray, better: float = 0.0) -> tuple[Outcome, np.ndarray]:
    """One node that is both ``cx`` and ``ux_customer``; churn shows the factor of digital leavers alone."""
    plan, matrix = case(3, draws=bad.size, silos=False)
    plan = replace(plan, interactions=interactions, ux_customer=(plan.cx + 1) % len(plan.nodes))
    single = {name: len(matrix) - len(SINGLE_ROWS) + i for i, name in enumerate(SINGLE_ROWS)}
    for name, value in {"churn": 0.01, "churn_cx": 0, "digital_bad": bad, "digital_rest": 0, "digital_gain": 1}.items():
        matrix[single[name]] = value
    matrix[rows(plan, "push")] = better
    return run(plan, matrix, monthly=True), matrix


@pytest.mark.parametrize("interactions", [2, 3, 4, 9, 40, 1000])
def test_two_bad_experiences(case: Maker, interactions: int) -> None:
    bad = np.array([0.0, 1e-9, 1e-4, 0.01, 0.08, 0.5, 0.999, 1.0])
    found = digital_case(case, interactions, bad)[0].by_month("do_nothing", "churn")[0] / 0.01
    told = [
        math.fsum(math.comb(interactions, k) * p**k * (1 - p) ** (interactions - k) for k in range(2, interactions + 1))
        if interactions < 50
        else 1 - (1 - p) ** interactions - interactions * p * (1 - p) ** (interactions - 1)
        for p in bad
    ]
    np.testing.assert_allclose(found, told, rtol=1e-12 if interactions < 50 else 1e-3, atol=1e-12 * (interactions > 50))
    assert found[0] == 0
    assert (found <= 1).all()


@often
@given(seed=seeds, leave=st.floats(0, 50), n=st.integers(2, 30))
def test_digital_leavers_are_never_more_than_all(case: Maker, seed: int, leave: float, n: int) -> None:
    plan, matrix = case(seed, interactions=n)
    plan = replace(plan, ux_customer=0)
    single = {name: len(matrix) - len(SINGLE_ROWS) + i for i, name in enumerate(SINGLE_ROWS)}
    p0, churn0 = matrix[single["digital_bad"]] + 0.01, matrix[single["churn"]]
    two = 1 - (1 - p0) ** n - n * p0 * (1 - p0) ** (n - 1)
    s = 1 - np.exp(-leave * two / churn0)
    for name, value in {"digital_bad": p0, "digital_rest": 1 - s, "digital_gain": s / two, "churn_cx": 0}.items():
        matrix[single[name]] = value
    found = run(plan, matrix, monthly=True)
    np.testing.assert_allclose(found.by_month("do_nothing", "churn")[0], churn0, rtol=1e-9)
    for path in PATHS:
        churn = found.by_month(path, "churn")
        assert (churn >= churn0 * (1 - s) * (1 - 1e-12)).all()
        assert (churn <= 1).all()


@often
@given(seed=seeds)
def test_payback_and_funding_are_those_of_the_monthly_payoff(case: Maker, seed: int) -> None:
    found = run(*case(seed, draws=20, cost=0.2), monthly=True)
    for path in OPTIONS:
        flow = np.diff(found.by_month(path, "payoff"), axis=0, prepend=0)
        # The differences of a sum are the flows up to rounding; the sum itself decides.
        total = found.by_month(path, "payoff")
        never = (total < 0)[-1]
        last = np.array([max((t + 1 for t in range(len(flow)) if total[t, i] < 0), default=0) for i in range(20)])
        told = np.where(never, np.nan, last + 1.0)
        np.testing.assert_array_equal(found.field(path, "payback"), told)
        np.testing.assert_allclose(found.field(path, "peak_funding"), peak_funding(flow), rtol=1e-9, atol=1e-6)
        clear = np.abs(total).min(axis=0) > 1e-6
        np.testing.assert_array_equal(payback_month(flow)[clear], told[clear])


def test_a_free_programme_has_no_payback(case: Maker) -> None:
    found = run(*case(5, cost=0.0))
    assert np.isnan(found.field("commit", "payback")).all()
    assert np.isnan(found.field("do_nothing", "payback")).all()


@often
@given(seed=seeds)
def test_without_rivals_standing_still_costs_nothing(case: Maker, seed: int) -> None:
    plan, matrix = case(seed)
    matrix[len(matrix) - len(SINGLE_ROWS) + SINGLE_ROWS.index("rival_share")] = 0.0
    found = run(plan, matrix, monthly=True)
    for name in (*RESULT_FIELDS, *plan.nodes):
        np.testing.assert_array_equal(found.field("no_rivals", name), found.field("do_nothing", name))


@often
@given(seed=seeds)
def test_rivals_cost_those_who_stand_still(case: Maker, seed: int) -> None:
    plan, matrix = case(seed, pays="customers")
    matrix[len(matrix) - len(SINGLE_ROWS) + SINGLE_ROWS.index("serve")] = 0.0  # so that every customer is worth keeping
    assert (run(plan, matrix).field("no_rivals", "npv") >= -1e-9).all()


def test_customers_are_kept_by_default(case: Maker) -> None:
    """With joins = N · churn and nobody pushing or rivalling, the base stays as it is."""
    plan, matrix = case(8, interactions=0)
    single = {name: len(matrix) - len(SINGLE_ROWS) + i for i, name in enumerate(SINGLE_ROWS)}
    matrix[single["joins"]] = matrix[single["customers_start"]] * matrix[single["churn"]]
    found = run(plan, matrix)
    np.testing.assert_allclose(found.field("no_rivals", "customers_end"), matrix[single["customers_start"]], rtol=1e-12)


@often
@given(seed=seeds)
def test_leaving_out_what_does_not_move_changes_no_bit(case: Maker, seed: int) -> None:
    """Pushes of 0 on every node make the kernel compute all of them; the bits stay as they were."""
    plan, matrix = case(seed)
    n, before = len(plan.nodes), len(plan.push_node)
    pushed = replace(plan, push_node=(*plan.push_node, *range(n)), push_shape=(*plan.push_shape, *[0] * n))
    more = np.insert(matrix, [rows(plan, "push")[0] + before] * n, 0.0, axis=0)
    assert run(pushed, more, monthly=True).monthly.tobytes() == run(plan, matrix, monthly=True).monthly.tobytes()
    assert run(pushed, more).result.tobytes() == run(plan, matrix).result.tobytes()
