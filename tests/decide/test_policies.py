# SPDX-License-Identifier: MIT
"""Policies that choose on a reading: what is read, what each stands for, and their funding, loss and limits."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from txsim.decide.option_paths import option_figures
from txsim.decide.policies import Policies, Policy, candidates, noise_of, policies, policy_of, readable
from txsim.decide.reading import Reading, read
from txsim.decide.rules import Cut, ThresholdRule
from txsim.decide.survey import noise_sd
from txsim.forecast import forecast
from txsim.forecast.criterion import Candidate, decision_limits
from txsim.forecast.figures import figures_of
from txsim.results.quantities import Distribution, Estimate
from txsim.scenario import loads
from txsim.simulate.engine import Outcome
from txsim.simulate.plan import RESULT_FIELDS

FIRM = """
organisation:
  index: {ux_employee: 55, ux_customer: 60, mx: 50, cx: {value: 32, scale: nps}, ex: {value: 14, scale: enps}}
  staff:
    front: {headcount: 300, turnover_per_year: 0.25, salary_per_year: 30000}
    support: {headcount: 120, meets_customers: false, turnover_per_year: 0.12, salary_per_year: 36000}
  customers: 4000
  churn_per_month: 0.018
  arpu_per_month: 200
  contribution_margin: 0.25
drivers:
  - name: desk
    start: 2
    pushes: [{node: ex, group: front, effect: {median: 8, factor: 2}, months: 3}]
    one_off: 60000
    monthly: 1000
"""
PILOT = "pilot: {months: 6, scope: 0.2, one_off: 2000, monthly: 200, respondents: 60, control: true, units: 10}\n"


@pytest.fixture(scope="module")
def piloted():
    return forecast(loads(FIRM + PILOT), draws=256, prior_only=True, trajectories=True)


def npvs(found):
    return {path: found.npv(path) for path in found.options}


# --- by hand


def outcome_of(peaks: dict[str, list[float]], cost: float = 0.0) -> Outcome:
    """Return an outcome of which only peak funding and cost are told."""
    result = np.full((len(peaks), len(RESULT_FIELDS), len(next(iter(peaks.values())))), np.nan)
    for i, values in enumerate(peaks.values()):
        result[i, RESULT_FIELDS.index("peak_funding")] = values
        result[i, RESULT_FIELDS.index("pv_cost")] = cost
    return Outcome(tuple(peaks), (), result)


def decided(second: list[float], *, asks: bool = True) -> Policy:
    """Return a policy that takes the second action with some probability in each draw."""
    share = np.array(second)
    chosen = np.column_stack([1 - share, share])
    rule = ThresholdRule(Cut(0, 1.0, 1.0) if asks else None, None, (), Estimate(0.0, 0.0), chosen)
    # Ideal use of the reading would do something else: nothing of it may be told of the policy.
    return Policy(Reading(Estimate(99.0, 0.0), Estimate(99.0, 0.0), chosen[:, ::-1]), rule)


def of(pilot: list[float], review: list[float]) -> Policies:
    return Policies(decided(pilot), decided(review), None)  # type: ignore[arg-type]


PEAKS = {
    "commit": [100.0, 200.0, 300.0, 400.0],
    "commit_stop": [50.0, 60.0, 70.0, 80.0],
    "pilot_scale": [10.0, 20.0, 30.0, 40.0],
    "pilot_stop": [1.0, 2.0, 3.0, 4.0],
}
VALUES = {
    "commit": np.array([-8.0, 4.0, 8.0, 40.0]),
    "commit_stop": np.array([-5.0, -5.0, -5.0, 1.0]),
    "pilot_scale": np.array([-6.0, 2.0, 10.0, 30.0]),
    "pilot_stop": np.array([-1.0, -1.0, -1.0, -1.0]),
}


def test_a_policy_pays_and_loses_what_its_actions_do() -> None:
    chosen = of([0, 0.5, 1, 1], [0.5, 1, 1, 1])
    told = candidates(loads(FIRM + PILOT), outcome_of(PEAKS), VALUES, chosen)
    assert list(told) == ["do_nothing", "commit", "commit_review", "pilot_then_decide"]
    np.testing.assert_allclose(told["pilot_then_decide"].payoff, [-1, 0.5, 10, 30])
    # It loses in the first draw for certain and in the second when it stops.
    assert told["pilot_then_decide"].p_loss == pytest.approx(1.5 / 4)
    np.testing.assert_allclose(told["commit_review"].payoff, [-6.5, 4, 8, 40])
    assert told["commit_review"].p_loss == pytest.approx(1 / 4)
    np.testing.assert_array_equal(told["commit"].payoff, VALUES["commit"])
    assert told["commit"].p_loss == 0.25
    assert told["commit"].peak_funding == pytest.approx(385.0)  # 95 %: 0.85 of the way from 300 to 400
    idle = told["do_nothing"]
    assert (idle.p_loss, idle.peak_funding, idle.payoff.tolist()) == (0.0, 0.0, [0.0] * 4)


def test_what_a_policy_costs_and_how_it_loses_by_stopping() -> None:
    chosen = of([0, 0.5, 1, 1], [0.5, 1, 1, 1])
    outcome = outcome_of(PEAKS)
    costs = {"commit": [100, 100, 100, 200], "commit_stop": [40, 40, 40, 40], "pilot_scale": [80, 80, 80, 120]}
    for path, each in (costs | {"pilot_stop": [10, 10, 20, 20]}).items():
        outcome.result[list(PEAKS).index(path), RESULT_FIELDS.index("pv_cost")] = each
    told = candidates(loads(FIRM + PILOT), outcome, VALUES, chosen)
    # The pilot stops in the first draw and in half of the second: 10, (10 + 80) / 2, 80, 120.
    assert told["pilot_then_decide"].pv_cost == pytest.approx((10 + 45 + 80 + 120) / 4)
    assert told["pilot_then_decide"].p_stopped_loss == pytest.approx(1.5 / 4)  # stopping always loses
    # What stopping has cost in just those: 10 in the one and in the half of the other, never the 20 of where it scales.
    assert told["pilot_then_decide"].pv_stopped == pytest.approx(10.0)
    assert told["commit_review"].pv_cost == pytest.approx((70 + 100 + 100 + 200) / 4)
    assert told["commit_review"].p_stopped_loss == pytest.approx(0.5 / 4)
    assert (told["commit"].pv_cost, told["commit"].p_stopped_loss, told["commit"].pv_stopped) == (125.0, None, None)
    assert told["do_nothing"].pv_cost == 0.0


def test_what_stopping_has_cost_is_that_of_the_futures_in_which_it_stops() -> None:
    """A rule that reads the bills stops where they are dear: means by counting who stops add up to the whole."""
    outcome = outcome_of(PEAKS)
    for path, each in {"pilot_stop": [40, 30, 20, 10], "pilot_scale": [90, 70, 50, 30]}.items():
        outcome.result[list(PEAKS).index(path), RESULT_FIELDS.index("pv_cost")] = each
    told = candidates(loads(FIRM + PILOT), outcome, VALUES, of([0.25, 0.5, 1, 1], [1, 1, 1, 1]))["pilot_then_decide"]
    # It stops in 3/4 of the first future and half of the second, always at a loss.
    assert told.p_stopped_loss == pytest.approx(1.25 / 4)
    assert told.pv_stopped == pytest.approx((0.75 * 40 + 0.5 * 30) / 1.25)
    scaled = (0.25 * 90 + 0.5 * 70 + 50 + 30) / 2.75
    whole = told.p_stopped_loss * told.pv_stopped + (1 - told.p_stopped_loss) * scaled
    assert told.pv_cost == pytest.approx(whole)
    never = candidates(loads(FIRM + PILOT), outcome, VALUES, of([1, 1, 1, 1], [1, 1, 1, 1]))["pilot_then_decide"]
    assert (never.p_stopped_loss, never.pv_stopped) == (0.0, None)


def test_peak_funding_of_a_policy_is_weighed_by_what_it_does() -> None:
    """In the draws where a policy stops it needs what stopping needs, and scaling's need does not count there."""
    # Stopping where scaling would be dear: each future counts once, so 3, 4, 10, 20 are told as a path's draws are.
    chosen = of([1, 1, 0, 0], [1, 1, 0, 0])
    told = candidates(loads(FIRM + PILOT), outcome_of(PEAKS), VALUES, chosen)
    assert told["pilot_then_decide"].peak_funding == pytest.approx(np.quantile([3, 4, 10, 20], 0.95), rel=1e-12)
    assert told["commit_review"].peak_funding == pytest.approx(np.quantile([70, 80, 100, 200], 0.95), rel=1e-12)
    # It scales in the last draw with 15 %, elsewhere never: a need of 40 has a weight of 3.75 %, then of 6.25 %.
    rare = of([0, 0, 0, 0.15], [0, 0, 0, 0.15])
    assert candidates(loads(FIRM + PILOT), outcome_of(PEAKS), VALUES, rare)["pilot_then_decide"].peak_funding == 4.0
    more = of([0, 0, 0, 0.25], [0, 0, 0, 0.25])
    assert candidates(loads(FIRM + PILOT), outcome_of(PEAKS), VALUES, more)["pilot_then_decide"].peak_funding == 40.0


def test_peak_funding_by_playing_the_policy() -> None:
    rng = np.random.default_rng(1)
    draws = 4000
    peaks = {path: rng.gamma(2.0, scale, draws) for path, scale in zip(PEAKS, (50, 20, 30, 3), strict=True)}
    values = {path: rng.normal(size=draws) for path in PEAKS}
    scale = rng.uniform(size=draws) ** 2
    chosen = of(scale.tolist(), scale.tolist())
    told = candidates(loads(FIRM + PILOT), outcome_of(peaks), values, chosen)
    pilot, review = ("pilot_scale", "pilot_stop"), ("commit", "commit_stop")
    for name, (second, first) in (("pilot_then_decide", pilot), ("commit_review", review)):
        played = np.concatenate(
            [np.where(rng.uniform(size=draws) < scale, peaks[second], peaks[first]) for _ in range(50)]
        )
        assert told[name].peak_funding == pytest.approx(np.quantile(played, 0.95), rel=0.03)


def test_a_review_that_changes_nothing_is_committing() -> None:
    scenario, outcome = loads(FIRM + PILOT), outcome_of(PEAKS)

    def offered(second: list[float], *, asks: bool) -> bool:
        chosen = Policies(decided([1, 1, 1, 1]), decided(second, asks=asks), None)  # type: ignore[arg-type]
        found = candidates(scenario, outcome, VALUES, chosen)
        assert "pilot_then_decide" in found
        return "commit_review" in found

    assert not offered([1, 1, 1, 1], asks=False)
    assert offered([1, 1, 1, 1], asks=True)
    assert offered([0, 0, 0, 0], asks=False)  # stopping for certain is better, though nothing is learnt
    assert "commit_review" not in candidates(scenario, outcome, VALUES, None)


def test_limits_are_the_scenarios() -> None:
    stated = loads(FIRM + "decision: {max_p_loss: 0.2, max_peak_funding: 5000, material: 0.1}\n")
    found = decision_limits(stated)
    assert (found.max_p_loss, found.max_peak_funding, found.material) == (0.2, 5000.0, 0.1)
    usual = decision_limits(loads(FIRM))
    assert (usual.max_p_loss, usual.max_peak_funding, usual.material) == (None, None, 0.05)
    dear, cheap, nothing = (Candidate(np.zeros(8), 0.0, 0.0, cost) for cost in (30_000.0, 2_000.0, 0.0))
    assert found.between(dear, cheap) == found.between(cheap, dear) == pytest.approx(3_000.0)
    assert usual.between(nothing, cheap) == pytest.approx(100.0)


# --- on a scenario


def test_the_signal_is_the_full_push_in_pilot_units(piloted) -> None:
    """Boost and spill times what committing would do, mean of the pilot's months, docs/model.md, section 7."""
    drawn = piloted.drawn.quantities
    seen = readable(piloted.scenario, piloted.scene, piloted.drawn, npvs(piloted))
    months = piloted.outcome.by_month("commit", "ex[front]")[2:8].mean(axis=0)
    expected = drawn["pilot.boost"] * (1 - drawn["pilot.spill"]) * months
    np.testing.assert_allclose(seen.pilot.means[:, 0], expected, rtol=1e-12)
    np.testing.assert_allclose(seen.review.means[:, 0], expected, rtol=1e-12)
    np.testing.assert_allclose(seen.pilot.means[:, 1], np.log(drawn["desk.cost_overrun"]))
    np.testing.assert_allclose(seen.review.means[:, 1], np.log(drawn["desk.cost_overrun"]))
    assert seen.bills
    for prepared, paths in ((seen.pilot, ("pilot_stop", "pilot_scale")), (seen.review, ("commit_stop", "commit"))):
        np.testing.assert_array_equal(prepared.net_benefit, np.column_stack([piloted.npv(path) for path in paths]))


def test_the_firm_as_a_whole_sees_a_diluted_push() -> None:
    text = FIRM + PILOT.replace("control: true", "control: true, measures: [{node: cx, by_unit: false}]")
    text += "priors: {boost: 1.5, spill: 0.2}\n"
    found = forecast(loads(text), draws=128, prior_only=True, trajectories=True)
    seen = readable(found.scenario, found.scene, found.drawn, npvs(found))
    for prepared, path in ((seen.pilot, "pilot_scale"), (seen.review, "commit")):
        expected = 1.5 * 0.8 * found.outcome.by_month(path, "cx")[2:8].mean(axis=0)
        np.testing.assert_allclose(prepared.means[:, 0], expected, rtol=1e-12)
    assert seen.pilot.means[:, 0].sum() < 0.5 * seen.review.means[:, 0].sum()


def test_noise_follows_what_is_stated(piloted) -> None:
    scenario = loads(FIRM + PILOT.replace("}", ", control_respondents: 30, control_units: 20}"))
    seen = readable(piloted.scenario, piloted.scene, piloted.drawn, npvs(piloted))
    (sensor,) = seen.sensors
    told = {"scope": 0.2, "respondents": 50.0, "units": 10.0}
    found = noise_of(scenario, seen, 50.0, True, 0.2, 10.0, review=False)
    assert found[0] == noise_sd(
        sensor, scenario.pilot, control=True, control_respondents=30.0, control_units=20.0, **told
    )
    assert found[1] == pytest.approx(0.1)  # bills: log sd 0.1
    review = noise_of(scenario, seen, 50.0, False, 0.2, 10.0, review=True)
    assert review[0] == noise_sd(sensor, scenario.pilot, control=False, everybody=True, **told)
    # 60 of 60 in the pilot answer; of 300 all do, and ten units are fifty.
    assert review[0] ** 2 == pytest.approx(2 * sensor.respondent_sd**2 / 50 + 2 * 36 * 0.3 / 50 + 9)
    # Nobody asked: the bills are read all the same.
    assert noise_of(scenario, seen, 0.0, True, 0.2, 10.0, review=False).tolist() == [np.inf, found[1]]


def test_policies_are_named_rightly(piloted) -> None:
    found = policies(piloted)
    value = npvs(piloted)
    for policy, stop, go in ((found.pilot, "pilot_stop", "pilot_scale"), (found.review, "commit_stop", "commit")):
        best = max(value[stop].mean(), value[go].mean())
        perfect = np.maximum(value[stop], value[go]).mean()
        assert best * (1 - 1e-12) <= policy.reading.value.value <= perfect
        # what its rule leads to is worth what the rule says, on the draws' own payoffs
        paid = policy.rule.outcome(np.column_stack([value[stop], value[go]])).mean()
        assert paid == pytest.approx(best + policy.rule.value.value)
    alone = noise_of(piloted.scenario, found.readable, 60.0, True, 0.2, 10, review=False)
    later = noise_of(piloted.scenario, found.readable, 60.0, False, 0.2, 10, review=True)
    for policy, prepared, sd in (
        (found.pilot, found.readable.pilot, alone),
        (found.review, found.readable.review, later),
    ):
        assert policy.reading.evsi == read(prepared, sd, batches=8).evsi
    assert policies(forecast(loads(FIRM), draws=128, prior_only=True)) is None


def test_a_review_is_read_in_the_whole_firm_and_without_controls() -> None:
    """Where the driver runs everywhere there are no control units, and all units are read, not the pilot's alone."""
    # Running it costs as much as it brings: some readings stop it, others do not.
    found = forecast(loads(FIRM.replace("monthly: 1000", "monthly: 2500") + PILOT), draws=256, prior_only=True)
    told = policies(found)
    (sensor,) = told.readable.sensors
    # 60 answers before and after, ten units of a fifth are fifty: 3 points of bias, 6 between units, tied by 0.7.
    answers = 2 * sensor.respondent_sd**2 / 60
    sd = np.sqrt(9 + answers + 2 * 36 * 0.3 / 50)
    expected = read(told.readable.review, [sd, 0.1], batches=8)
    assert told.review.reading.evsi == expected.evsi
    np.testing.assert_allclose(told.review.reading.chosen, expected.chosen, atol=1e-12)
    of_the_pilot = np.sqrt(9 + answers + 2 * 36 * 0.3 / 10)
    with_control = np.sqrt(0.49 + 2 * answers + 2 * 36 * 0.3 * (1 / 10 + 1 / 10))
    for other in (of_the_pilot, with_control):
        assert np.abs(read(told.readable.review, [other, 0.1], batches=8).chosen - expected.chosen).max() > 1e-4


def test_where_nobody_is_asked_the_bills_are_read_alone() -> None:
    """EVSI goes to that of the bills as respondents go to none, and where there are no bills to nothing."""
    nobody = PILOT.replace("respondents: 60", "respondents: 0")
    found = forecast(loads(FIRM + nobody), draws=1024, prior_only=True)
    told = policies(found)
    prepared = told.readable.pilot
    assert told.pilot.reading.evsi == read(prepared, [np.inf, 0.1], batches=8).evsi
    assert told.pilot.rule.survey is None
    few = policy_of(found.scenario, told.readable, np.array([1e4, 0.1]), review=False).reading.evsi.value
    assert few == pytest.approx(told.pilot.reading.evsi.value, rel=0.02)
    sure = FIRM.replace("    one_off: 60000", "    cost_overrun: 1\n    one_off: 60000")
    known = forecast(loads(sure + nobody), draws=128, prior_only=True)
    told, means = policies(known), {path: value.mean() for path, value in npvs(known).items()}
    assert told.pilot.reading.evsi.value == told.pilot.rule.value.value == 0
    assert not told.pilot.rule.asks
    paid = told.pilot.rule.outcome(told.readable.pilot.net_benefit).mean()
    assert paid == pytest.approx(max(means["pilot_stop"], means["pilot_scale"]))


def test_what_costs_nothing_has_no_bills() -> None:
    free = forecast(
        loads(FIRM.replace("60000", "0").replace("monthly: 1000", "monthly: 0") + PILOT), draws=128, prior_only=True
    )
    assert not policies(free).readable.bills
    by_item = FIRM.replace(
        "    one_off: 60000\n    monthly: 1000", "    costs: [{name: licences, amount: 500, from: 1}]"
    )
    assert policies(forecast(loads(by_item + PILOT), draws=128, prior_only=True)).readable.bills


def test_a_varied_scenario_has_another_hash() -> None:
    scenario = loads(FIRM)
    before = scenario.hash
    other = scenario.replaced(horizon_months=24)
    assert other.horizon_months == 24
    assert other.hash != before
    assert scenario.hash == before
    assert other.replaced(horizon_months=scenario.horizon_months).hash == before


@pytest.mark.parametrize("terminal", ["none", "runoff"])
@pytest.mark.parametrize("after_tax", [False, True])
def test_a_policy_that_always_takes_one_path_has_that_paths_figures(terminal: str, after_tax: bool) -> None:
    """Every figure of it, on whichever side of tax: a policy is its paths, weighted, and here one weighs all."""
    taxed = f"terminal: {terminal}\nfinance: {{tax_rate: 0.3}}\ndecision: {{after_tax: {str(after_tax).lower()}}}\n"
    found = forecast(loads(FIRM + PILOT + taxed), draws=256, prior_only=True)
    chosen = policies(found)
    always = np.tile([0.0, 1.0], (256, 1))
    rule = replace(chosen.pilot.rule, chosen=always)
    policy = option_figures(found, "pilot_then_decide", replace(chosen, pilot=replace(chosen.pilot, rule=rule)))
    path = figures_of(found).options["pilot_scale"]
    compared = 0
    for each in fields(path):
        of_path, of_policy = getattr(path, each.name), getattr(policy, each.name)
        if isinstance(of_path, Distribution):
            assert of_policy.mean == pytest.approx(of_path.mean, rel=1e-9), each.name
            assert of_policy.mcse == pytest.approx(of_path.mcse, rel=1e-9), each.name
            compared += 1
    assert path.runoff is not None
    assert path.runoff.mean > 0
    assert policy.payback_month == path.payback_month  # whole months, and none where half never pay back
    assert compared >= 6
    assert policy.roi == pytest.approx(path.roi, rel=1e-9)
    assert policy.p_loss.value == pytest.approx(path.p_loss.value)


@pytest.mark.parametrize("taxed", [False, True])
def test_payback_and_loss_of_a_policy_count_each_future_as_often_as_it_is_taken(piloted, taxed: bool) -> None:
    """Those futures of both paths that pay back, each with the probability of its path; after tax where that decides.

    Of a cost that is written off over three years little is saved in tax when it is spent: it is paid back later.
    """
    found, month = piloted, "payback"
    if taxed:
        spent = "one_off: 60000\n    one_off_kind: capex\n    one_off_life: 36"
        text = (FIRM + PILOT).replace("one_off: 60000", spent)
        assert spent in text
        text += "finance: {tax_rate: 0.45}\ndecision: {after_tax: true}\n"
        found, month = forecast(loads(text), draws=256, prior_only=True), "payback_after_tax"
    chosen = policies(found)
    option = option_figures(found, "pilot_then_decide", chosen)
    before, months = (
        np.column_stack([found.outcome.field(path, name) for path in ("pilot_stop", "pilot_scale")])
        for name in ("payback", month)
    )
    taken = chosen.pilot.rule.chosen
    within = np.isfinite(months)
    assert not within.all()
    assert np.array_equal(before, months, equal_nan=True) != taxed
    share = float((taken * within).sum(axis=1).mean())
    assert option.payback_month.p_within_horizon == pytest.approx(share, rel=1e-9)
    assert 0.01 < share < 0.99
    given = float((taken * np.where(within, months, 0.0)).sum() / (taken * within).sum())
    assert option.payback_month.given_payback == pytest.approx(given, rel=1e-9)
    before_tax, worth = (
        np.column_stack([values(path) for path in ("pilot_stop", "pilot_scale")])
        for values in (found.npv, found.npv_after_tax if taxed else found.npv)
    )
    lost, untaxed = (float((taken * (values < 0)).sum(axis=1).mean()) for values in (worth, before_tax))
    assert option.p_loss.value == pytest.approx(lost, rel=1e-9)
    assert (lost != untaxed) == taxed
