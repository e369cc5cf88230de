# SPDX-License-Identifier: MIT
"""Laws that hold for every scenario: what no push, a small push and a large push do, and what staff and money obey."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from txsim.pathways.algebra import settled
from txsim.priors.catalogue import calibration_parameters
from txsim.priors.moments import median
from txsim.scenario import loads
from txsim.simulate.engine import Outcome, run
from txsim.simulate.layout import lay_out
from txsim.simulate.payoff import npv, payback_month, peak_funding
from txsim.simulate.plan import OPTIONS, Plan, Wave, discount_factors
from txsim.simulate.quantities import own_quantities

FAR = 10_000


def network_plan(betas: np.ndarray, baseline: np.ndarray, push: np.ndarray, months: int) -> tuple[Plan, np.ndarray]:
    """A firm without money: nodes, links of lag one month and pushes that begin at once and last."""
    n = len(baseline)
    links = [(s, t) for t in range(n) for s in range(n) if betas[t, s] != 0]
    one, rest = discount_factors(0.1, months, "monthly")
    commit = Wave(1, 0, FAR)
    plan = Plan(
        months=months,
        nodes=tuple(f"node{i}" for i in range(n)),
        cx=0,
        ux_customer=-1,
        groups=(),
        link_source=tuple(s for s, _ in links),
        link_target=tuple(t for _, t in links),
        link_silo=(False,) * len(links),
        push_node=tuple(range(n)),
        push_shape=(0,) * n,
        coordination_shape=(),
        waves=((Wave(), commit, commit, commit, commit, Wave()),),
        item_months=(),
        item_one_off=(),
        item_grows=(),
        interactions=0,
        rival_start=0,
        season=(1.0,) * 12,
        pays="margin",
        customers=False,
        margin=True,
        rate=0.1,
        discount_one_off=tuple(one),
        discount_rest=tuple(rest),
    )
    values = {f"baseline[{i}]": b / 100 for i, b in enumerate(baseline)}
    values |= {f"beta[{k}]": betas[t, s] for k, (s, t) in enumerate(links)}
    values |= {f"push[{i}]": u for i, u in enumerate(push)}
    values |= {"ramp[0]": 1.0, "arpu_growth": 1.0, "cost_growth": 1.0, "rival_months": 1.0, "revenue_start": 1e6}
    values |= {"cx_margin": 0.3, "margin_phi": 0.9, "coordination_start": 0.2, "uplift": 0.1}
    return plan, np.array([[values.get(name, 0.0)] for name in plan.rows()])


@st.composite
def networks(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    n = draw(st.integers(2, 6))
    raw = np.array(draw(st.lists(st.floats(0, 1), min_size=n * n, max_size=n * n))).reshape(n, n)
    np.fill_diagonal(raw, 0.0)
    raw[raw < 0.3] = 0.0
    radius = max(abs(np.linalg.eigvals(raw)))
    baseline = np.array(draw(st.lists(st.floats(5, 95), min_size=n, max_size=n)))
    return raw * (0.7 / max(radius, 0.7)), baseline


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(networks())
def test_no_push_changes_nothing_to_the_last_bit(network: tuple[np.ndarray, np.ndarray]) -> None:
    betas, baseline = network
    outcome = run(*network_plan(betas, baseline, np.zeros(len(baseline)), 24), monthly=True)
    for option in OPTIONS:
        assert (outcome.field(option, "npv") == 0.0).all()
        for node in outcome.nodes:
            assert (outcome.by_month(option, node) == 0.0).all()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(networks())
def test_a_small_push_settles_where_the_algebra_says(network: tuple[np.ndarray, np.ndarray]) -> None:
    betas, baseline = network
    push = np.linspace(1e-6, 2e-6, len(baseline))
    outcome = run(*network_plan(betas, baseline, push, 240))
    found = np.array([outcome.field("commit", node)[0] for node in outcome.nodes])
    np.testing.assert_allclose(found, np.linalg.solve(np.eye(len(push)) - betas, push), rtol=3e-5)
    np.testing.assert_allclose(settled(betas, len(push))[0] @ push, found, rtol=3e-5)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(networks(), st.floats(-500, 500))
def test_levels_saturate(network: tuple[np.ndarray, np.ndarray], size: float) -> None:
    betas, baseline = network
    outcome = run(*network_plan(betas, baseline, np.full(len(baseline), size), 36), monthly=True)
    for i, node in enumerate(outcome.nodes):
        level = baseline[i] + outcome.by_month("commit", node)
        assert (level >= -1e-9).all()
        assert (level <= 100 + 1e-9).all()


FIRM = """
organisation:
  index: {ux_employee: 55, ux_customer: 60, mx: 50, cx: 65, ex: 60}
  staff:
    front: {headcount: 300, turnover_per_year: 25 %, salary_per_year: 30000}
    support: {headcount: 120, meets_customers: false, turnover_per_year: 12 %, salary_per_year: 36000}
  customers: 4000
  churn_per_month: 1.8 %
  arpu_per_month: 2000
  contribution_margin: 25 %
  digital_bad: 8 %
  digital_interactions: 4
discount_rate: 0.12
"""
DRIVER = """
drivers:
  - name: desk
    pushes: [{node: "NODE", effect: 5, months: 6}]
    one_off: 60000
    monthly: 4000
    delivery: 0.5
    cost_overrun: 1.1
    slip: 0.5
pilot: {months: 6, scope: 20 %, one_off: 15000, monthly: 2000, reusable: REUSE}
"""


def simulate(node: str = "ex", extra: str = "", reuse: str = "0.3", **changed: float) -> Outcome:
    scenario = loads(FIRM + DRIVER.replace("NODE", node).replace("REUSE", reuse) + extra)
    par = {name: np.full(16, median(prior)) for name, prior in calibration_parameters().items()}
    par |= {name: np.full(16, value) for name, value in changed.items()}
    assert all(d.family == "point" for d in own_quantities(scenario).values())
    scene = lay_out(scenario, {}, par, 16)
    return run(scene.plan, scene.matrix, monthly=True)


def test_shares_of_staff_add_up() -> None:
    whole = simulate("ex", cx_ex=0.0, support_front=0.0).field("commit", "cx")[0]
    parts = [simulate(f"ex[{g}]", cx_ex=0.0, support_front=0.0).field("commit", "cx")[0] for g in ("front", "support")]
    assert parts[0] > parts[1] > 0
    assert whole == pytest.approx(sum(parts), rel=0.02)  # near the baseline, but for saturation
    more = simulate("ex[support]", cx_ex=0.0, support_front=0.0, reach=3.0).field("commit", "cx")[0]
    assert more > parts[1]


def test_two_bad_experiences() -> None:
    p, n, churn, leave = 0.08, 4, 0.018, 0.4
    outcome = simulate("ux_customer", digital_leave=leave)
    exactly = [n_choose * p**k * (1 - p) ** (n - k) for k, n_choose in ((2, 6), (3, 4), (4, 1))]
    share = 1 - np.exp(-leave * sum(exactly) / churn)
    d = outcome.by_month("commit", "ux_customer")[20, 0]
    bad = p * (1 - d / 40)
    now = sum(n_choose * bad**k * (1 - bad) ** (n - k) for k, n_choose in ((2, 6), (3, 4), (4, 1)))
    rel = outcome.by_month("commit", "cx")[20, 0]
    hazard = churn * np.exp(-median(calibration_parameters()["churn_cx"]) * rel)
    told = hazard * (1 - share + share * now / sum(exactly))
    assert outcome.by_month("commit", "churn")[20, 0] == pytest.approx(told, rel=1e-12)


@pytest.mark.parametrize("leave", [0.01, 0.5, 0.999])
def test_digital_leavers_never_exceed_all_leavers(leave: float) -> None:
    perfect = simulate("ux_customer", extra="edges: {ux_customer -> cx: off}\n", digital_leave=leave)
    churn = perfect.by_month("commit", "churn")
    assert (churn > 0).all()
    assert (churn <= 0.018 + 1e-15).all()


def test_payoff_functions_agree_with_the_kernel() -> None:
    outcome = simulate(churn_cx=0.05, attrition_ex=0.08)
    for option in OPTIONS:
        once, running = outcome.by_month(option, "one_off"), outcome.by_month(option, "running")
        profit = outcome.by_month(option, "profit") + once - outcome.by_month("do_nothing", "profit")
        np.testing.assert_allclose(npv(profit, 0.12, once), outcome.field(option, "npv"), rtol=1e-9)
        np.testing.assert_allclose(npv(running, 0.12, -once), outcome.field(option, "pv_cost"), rtol=1e-12)
        np.testing.assert_allclose(peak_funding(profit - once), outcome.field(option, "peak_funding"), rtol=1e-9)
        np.testing.assert_array_equal(payback_month(profit - once), outcome.field(option, "payback"))


def test_customers_by_hand() -> None:
    outcome = simulate("ux_customer", churn_cx=0.05)
    customers = 4000.0
    joins = 4000.0 * 0.018
    referral = median(calibration_parameters()["referral_cx"])
    for month in range(36):
        assert outcome.by_month("commit", "customers")[month, 0] == pytest.approx(customers, rel=1e-12)
        churn = outcome.by_month("commit", "churn")[month, 0]
        rel = outcome.by_month("commit", "cx")[month, 0]
        customers = customers * (1 - churn) + joins * np.exp(referral * rel)
    assert outcome.field("commit", "customers_end")[0] == pytest.approx(customers, rel=1e-12)


@pytest.mark.parametrize("reuse", ["0.0", "0.5", "1.0"])
def test_reusing_more_never_makes_a_pilot_better_than_free(reuse: str) -> None:
    piloted, bare = simulate(reuse=reuse), simulate(reuse="0.0")
    assert (piloted.field("pilot_scale", "pv_cost") <= bare.field("pilot_scale", "pv_cost") + 1e-9).all()
    # What scaling saves is never more than the pilot's one-off cost was.
    saved = bare.field("pilot_scale", "pv_cost") - piloted.field("pilot_scale", "pv_cost")
    assert (saved <= 15000 * 1.1).all()


def test_any_number_of_workers_gives_the_same_bits() -> None:
    scenario = loads(FIRM + DRIVER.replace("NODE", "ex").replace("REUSE", "0.3"))
    rng = np.random.default_rng(3)
    draws = 131
    par = {name: np.full(draws, median(prior)) for name, prior in calibration_parameters().items()}
    par["ex_cx"] = rng.lognormal(-2, 0.5, draws)
    scene = lay_out(scenario, {}, par, draws)
    one = run(scene.plan, scene.matrix)
    for workers in (2, 3, 7):
        np.testing.assert_array_equal(run(scene.plan, scene.matrix, workers=workers).result, one.result)
    order = rng.permutation(draws)
    np.testing.assert_array_equal(run(scene.plan, scene.matrix[:, order]).result, one.result[:, :, order])
