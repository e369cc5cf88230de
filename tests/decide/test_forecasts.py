# SPDX-License-Identifier: MIT
"""Pilots, policies, paths and comparisons on scenarios, from priors alone so that nothing is sampled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from txsim.decide import evpi
from txsim.decide.advice import advise
from txsim.decide.comparison import compare
from txsim.decide.path_attribution import explain
from txsim.decide.policies import candidates, noise_of, policies
from txsim.decide.programmes import portfolio
from txsim.decide.sensitivity import analyse_sensitivity
from txsim.decide.survey import BIAS, noise_sd, sensors
from txsim.decide.waterfall import StoredResult, explain_difference, scenario_of
from txsim.errors import InputError
from txsim.forecast import calibration_spec, common_order, draw, forecast, simulate
from txsim.inference import calibrate
from txsim.pilot.analysis import analyse_pilot
from txsim.scenario import load, loads, warnings

DRAWS = 1024

FIRM = """
title: Small firm
organisation:
  index: {ux_employee: 55, ux_customer: 60, mx: 50, cx: {value: 32, scale: nps}, ex: {value: 14, scale: enps}}
  coordination: 0.2
  staff:
    front: {headcount: 300, turnover_per_year: 0.25, salary_per_year: 30000}
    support: {headcount: 120, meets_customers: false, turnover_per_year: 0.12, salary_per_year: 36000}
  customers: 4000
  churn_per_month: 0.018
  arpu_per_month: 2000
  contribution_margin: 0.25
drivers:
  - name: desk
    pushes: [{node: ex, group: front, effect: {median: 8, factor: 2}, months: 3}]
    one_off: 20000
    monthly: 1000
discount_rate: 0.12
"""
PILOT = "pilot: {months: 6, scope: 0.2, one_off: 2000, monthly: 200, respondents: 60, control: true, units: 10}\n"


@pytest.fixture(scope="module")
def piloted():
    return forecast(loads(FIRM + PILOT), draws=DRAWS, prior_only=True)


def test_the_survey_reads_what_the_page_says() -> None:
    scenario = loads(FIRM + PILOT)
    (sensor,) = sensors(scenario)
    assert sensor.node == "ex[front]"
    assert sensor.population == 300
    # eNPS 14 with 35 % passives: Var of scores −1, 0, 1 is 0.65 − 0.14²; half a point per unit.
    assert sensor.respondent_sd == pytest.approx(50 * np.sqrt(0.65 - 0.14**2))
    told = {"scope": 0.2, "respondents": 60.0, "units": 10.0}
    with_control = noise_sd(sensor, scenario.pilot, control=True, **told)
    expected = sensor.respondent_sd**2 * 4 / 60 + 2 * 36 * 0.3 * (2 / 10) + BIAS[True] ** 2
    assert with_control == pytest.approx(np.sqrt(expected))
    alone = noise_sd(sensor, scenario.pilot, control=False, **told)
    assert alone == pytest.approx(np.sqrt(sensor.respondent_sd**2 * 2 / 60 + 2 * 36 * 0.3 / 10 + 9))
    assert noise_sd(sensor, scenario.pilot, control=True, **{**told, "respondents": 0.0}) == np.inf
    # No more can answer than there are in pilot units.
    most = noise_sd(sensor, scenario.pilot, control=False, **{**told, "respondents": 1e6})
    assert most == pytest.approx(noise_sd(sensor, scenario.pilot, control=False, **{**told, "respondents": 60.0}))
    same_people = loads(FIRM + PILOT.replace("}", ", wave_correlation: 0.5}"))
    tied = noise_sd(sensor, same_people.pilot, control=True, **told)
    assert tied**2 == pytest.approx(expected - sensor.respondent_sd**2 * 2 / 60)
    firm_wide = loads(FIRM + PILOT.replace("}", ", measures: [{node: cx, by_unit: false}]}"))
    (read_wide,) = sensors(firm_wide)
    assert read_wide.unit_sd == 5
    assert noise_sd(read_wide, firm_wide.pilot, control=True, **told) > BIAS[False]


def test_more_answers_than_people_are_remarked() -> None:
    many = loads(FIRM + PILOT.replace("respondents: 60", "respondents: 61"))
    (remark,) = [each for each in warnings(many) if each.path == "pilot.respondents"]
    assert "60 people are in the pilot" in str(remark.message)
    half = loads(FIRM + PILOT.replace("respondents: 60", "respondents: 31, response: 50 %"))
    assert any("30 people in the pilot answer" in str(each.message) for each in warnings(half))
    assert not [each for each in warnings(loads(FIRM + PILOT)) if each.path == "pilot.respondents"]
    found = analyse_pilot(forecast(many, draws=128, prior_only=True), scopes=(), months=(), respondents=())
    assert found.capped_respondents == pytest.approx(60)


def test_a_pilot_is_between_blind_and_perfect(piloted) -> None:
    found = analyse_pilot(piloted, scopes=(0.1, 0.4), months=(3,), respondents=(25.0, 60.0))
    assert 0 <= found.evsi.value <= found.evpi.value
    actions = np.column_stack([piloted.npv("pilot_stop"), piloted.npv("pilot_scale")])
    assert found.evpi.value == pytest.approx(evpi(actions).value)
    by_key = {(d.scope, d.months, d.respondents, d.control): d for d in found.design}
    assert (0.2, 6, 60.0, True) in by_key
    for each in found.design:
        assert each.assurance.value + each.false_go.value + each.false_stop.value == pytest.approx(1)
        assert each.delay_months == each.months + 1
    few, many = by_key[0.4, 3, 25.0, True], by_key[0.4, 3, 60.0, True]
    assert few.evsi.value <= many.evsi.value + 1e-9
    assert found.worth_it == (found.pilot_net.value > 0)
    chosen = policies(piloted)
    told = candidates(piloted.scenario, piloted.outcome, {path: piloted.npv(path) for path in piloted.options}, chosen)
    instead = max(0.0, told["commit"].payoff.mean(), chosen.review.rule.outcome(_review(piloted)).mean())
    net = told["pilot_then_decide"].payoff.mean() - instead
    assert found.pilot_net.value == pytest.approx(net, abs=1e-6 * abs(net) + 1e-6)


def _review(found):
    return np.column_stack([found.npv("commit_stop"), found.npv("commit")])


def test_nobody_asked_and_no_bills_nothing_learnt() -> None:
    sure = FIRM.replace("    one_off: 20000", "    cost_overrun: 1\n    one_off: 20000")
    scenario = loads(sure + PILOT.replace("respondents: 60", "respondents: 0"))
    found = analyse_pilot(forecast(scenario, draws=DRAWS, prior_only=True), scopes=(), months=(), respondents=())
    assert found.evsi.value == 0
    assert found.rule_details.threshold is None
    assert found.rule_details.always in ("scale", "stop")
    assert all(each.evsi.value == pytest.approx(0, abs=1e-6) for each in found.design)


def test_a_useless_driver_is_not_recommended() -> None:
    scenario = loads(FIRM.replace("effect: {median: 8, factor: 2}", "effect: 0") + PILOT)
    assert advise(forecast(scenario, draws=DRAWS, prior_only=True)).option == "do_nothing"


def test_simulated_pilots_agree_with_the_rule() -> None:
    """Play pilots one by one, signal, noise and the rule as it is told: how often it scales and what that pays."""
    unsure = FIRM.replace("one_off: 20000", "one_off: 300000").replace("factor: 2", "factor: 4")
    scenario = loads(unsure + PILOT.replace("units: 10", "units: 100"))
    piloted = forecast(scenario, draws=DRAWS, prior_only=True)
    chosen = policies(piloted)
    told = analyse_pilot(piloted, scopes=(), months=(), respondents=(), controls=(True,)).rule_details
    rng = np.random.default_rng(5)
    scale, again = chosen.readable.sensors[0].scale, 200
    noise = noise_of(scenario, chosen.readable, 60.0, True, 0.2, 100.0, review=False)
    means = np.repeat(chosen.readable.pilot.means, again, axis=0)
    read = means + noise * rng.normal(size=means.shape)
    go = (read[:, 0] / scale.points_per_unit >= told.threshold) & (np.expm1(read[:, 1]) <= told.overrun_limit)
    by_draw = go.reshape(-1, again).mean(axis=1)
    error = np.sqrt(by_draw.mean() * (1 - by_draw.mean()) / go.size)
    assert told.p_scale == pytest.approx(by_draw.mean(), abs=4 * error)
    played = by_draw * piloted.npv("pilot_scale") + (1 - by_draw) * piloted.npv("pilot_stop")
    spread = np.abs(piloted.npv("pilot_scale") - piloted.npv("pilot_stop")).max()
    paid = chosen.pilot.rule.outcome(chosen.readable.pilot.net_benefit)
    assert played.mean() == pytest.approx(paid.mean(), abs=4 * 0.5 * spread / np.sqrt(go.size))


def test_paths_sum_to_the_whole(scenarios: Path) -> None:
    found = explain(forecast(load(scenarios / "employee_tools_redesign.yaml"), draws=256, prior_only=True))
    assert sum(each.shapley_npv for each in found.paths) == pytest.approx(found.total.npv, abs=1e-6 * 1e5)
    assert sum(each.shapley_delta for each in found.paths) == pytest.approx(found.total.delta, rel=1e-9)
    by_name = {each.path: each for each in found.paths}
    assert by_name["tools_to_cx"].shapley_delta > 0
    assert by_name["programme_cost"].shapley_npv < 0
    assert by_name["feedback"].switched_off_npv <= found.total.npv


def test_a_path_that_is_switched_off_carries_nothing() -> None:
    off = loads(FIRM + "edges: {ex -> cx: off}\n")
    found = explain(forecast(off, draws=256, prior_only=True))
    names = {each.path for each in found.paths}
    assert names == {"staff_turnover", "programme_cost"}
    assert found.total.delta == 0


@pytest.mark.slow
def test_sensitivity_of_known_numbers_and_of_one_unknown() -> None:
    dear = loads(FIRM.replace("one_off: 20000", "one_off: 500000"))
    found = analyse_sensitivity(forecast(dear, draws=DRAWS, prior_only=True), scenario_discovery=True)
    assert all(0 <= each.evppi.value <= found.evpi.value + 1e-9 for each in found.parameters)
    assert {group.name for group in found.groups} >= {"money", "experience", "execution", "effect"}
    assert max(group.evppi.value for group in found.groups) >= found.parameters[0].evppi.value * 0.95
    best = found.parameters[0]
    assert best.break_even is not None
    assert best.p05 < best.break_even.value < best.p95
    assert found.regions
    assert all(region.density > 0 for region in found.regions)
    names = {rule.name for region in found.regions for rule in region.rules}
    assert names <= {each.name for each in found.parameters}


def test_common_random_numbers_whatever_else_is_uncertain() -> None:
    plain = loads(FIRM)
    other = loads(FIRM.replace("churn_per_month: 0.018", "churn_per_month: {interval: [0.015, 0.02]}"))
    more = loads(FIRM.replace("name: desk", "name: other_desk"))
    order = common_order([plain, other, more])
    calibration = calibrate(calibration_spec(plain, prior_only=True))
    drawn = [draw(s, calibration, draws=DRAWS, order=order) for s in (plain, other, more)]
    name = "desk.pushes[0].effect"
    np.testing.assert_array_equal(drawn[0].quantities[name], drawn[1].quantities[name])
    for parameter, values in drawn[0].parameters.items():
        np.testing.assert_array_equal(values, drawn[2].parameters[parameter])
    _, outcome = simulate(plain, drawn[0])
    assert outcome.paths == ("commit",)


def test_comparison_of_a_scenario_with_a_dearer_one() -> None:
    plain = loads(FIRM)
    dearer = loads(FIRM.replace("one_off: 20000", "one_off: 25000"))
    found = compare({"plain": plain, "dearer": dearer}, draws=DRAWS, prior_only=True)
    told = found.to_json()
    assert told["p_best"]["dearer/commit"] == 0
    assert sum(told["p_best"].values()) == pytest.approx(1)
    # Without pilots each option begins for itself.
    assert {name: each["value"] for name, each in told["p_best_together"].items()} == pytest.approx(told["p_best"])
    gap = next(each for each in told["differences"] if {each["a"], each["b"]} == {"plain/commit", "dearer/commit"})
    assert gap["p05"] > 0
    assert gap["mcse"] < 0.05 * found.options[0].npv.mcse
    assert {"a": "plain/commit", "b": "dearer/commit", "order": 1} in told["dominance"]
    assert found.recommendation.option != "dearer/commit"
    assert told["warnings"] == []
    longer = loads(FIRM + "horizon_months: 48\n")
    assert "horizon" in str(compare({"a": plain, "b": longer}, draws=128, prior_only=True).warnings[0])


def test_beliefs_side_by_side_are_never_ranked_by_probability() -> None:
    sure = loads(FIRM + "priors: {ex_cx: 0.3}\n")
    doubt = loads(FIRM + "priors: {ex_cx: 0.02}\n")
    found = compare({"sure": sure, "doubt": doubt}, draws=DRAWS, prior_only=True).to_json()
    assert found["p_best"] == {}
    assert found["recommendation"] is None
    cells = {(cell["belief"], cell["action"]): cell["npv"]["value"] for cell in found["beliefs"]["cells"]}
    assert cells["sure", "sure/commit"] > cells["doubt", "sure/commit"]
    mixed = compare({"sure": sure, "doubt": doubt}, draws=DRAWS, prior_only=True, mix={"sure": 1, "doubt": 3})
    mean = 0.25 * cells["sure", "sure/commit"] + 0.75 * cells["doubt", "sure/commit"]
    assert mixed.recommendation.mean_npv["sure/commit"] == pytest.approx(mean)
    with pytest.raises(InputError, match="no belief `sur`; did you mean `sure`"):
        compare({"sure": sure, "doubt": doubt}, draws=DRAWS, prior_only=True, mix={"sur": 1})


def test_portfolio_is_simulated_jointly() -> None:
    one = loads(FIRM.replace("one_off: 20000", "one_off: 1000").replace("monthly: 1000", "monthly: 10"))
    two = loads(
        FIRM.replace("one_off: 20000", "one_off: 1000")
        .replace("monthly: 1000", "monthly: 10")
        .replace("8, f", "6, f")
        .replace("name: desk", "name: floor")
    )
    found = compare({"one": one, "two": two}, draws=DRAWS, prior_only=True)
    chosen = portfolio(found.entries, 1e6)
    assert set(chosen.drivers) == {"one/desk", "two/floor"}
    assert chosen.joint.value != pytest.approx(chosen.additive, rel=1e-6)
    assert len(chosen.sets) == 4
    assert portfolio(found.entries, 0.0).drivers == ()
    assert len(portfolio(found.entries, 1e6, {"drivers": 1}).drivers) == 1
    assert portfolio(found.entries, 1e6, {"people": 1}).pv_cost <= 1e6


def test_changed_inputs_explain_a_changed_result() -> None:
    rest = PILOT + "evidence: {use: none}\n"
    before = loads(FIRM + rest)
    after = loads(FIRM.replace("one_off: 20000", "one_off: 30000") + rest + "horizon_months: 30\n")
    a, b = (StoredResult(name, s.content, 1, DRAWS, {}) for name, s in (("a", before), ("b", after)))
    found = explain_difference(a, b)
    assert {each.input for each in found.changes} == {"drivers[0].one_off", "horizon_months"}
    assert sum(each.npv for each in found.changes) == pytest.approx(found.b.npv - found.a.npv)
    dear = next(each for each in found.changes if each.input == "drivers[0].one_off")
    assert dear.npv == pytest.approx(-10_000, rel=0.2)
    assert scenario_of(before.content).hash == before.hash
    assert explain_difference(a, replace(b, content=before.content)).changes == ()
    more = StoredResult("more", {**after.content, "drivers": after.content["drivers"] * 2}, 1, DRAWS, {})
    with pytest.raises(InputError, match="stands twice"):
        explain_difference(a, more)


def test_options_that_begin_alike_are_best_together() -> None:
    """Committing with and without a review: the probability that the best of a future is either of them."""
    unsure = FIRM.replace("one_off: 20000", "one_off: 200000\n    monthly: 9000").replace("    monthly: 1000\n", "")
    found = compare({"a": loads(unsure + PILOT), "b": loads(FIRM)}, draws=DRAWS, prior_only=True)
    options = {each.name: next(e for e in found.entries if e.name == "a").options for each in found.options}
    names = [name for name in found.p_best if name.startswith("a/commit")]
    assert sorted(names) == ["a/commit", "a/commit_review"]
    together = [found.p_best_together[name].value for name in names]
    assert together[0] == together[1] == pytest.approx(sum(found.p_best[name] for name in names), abs=2e-3)
    mine = options["a/commit"]
    rest = [found.entries[1].options["commit"].payoff, np.zeros(DRAWS), mine["pilot_then_decide"].payoff]
    twins = np.maximum(mine["commit"].payoff, mine["commit_review"].payoff)
    assert together[0] == pytest.approx((twins > np.max(rest, axis=0)).mean(), abs=2e-3)


def test_a_changed_belief_is_named_with_what_it_was_and_its_error() -> None:
    """Which belief, before and after; more doubt of a link on which little hangs is told as what may be nothing."""
    rest = PILOT + "evidence: {use: none}\n"
    one, two = (loads(f"{FIRM}{rest}priors: {{doubt: {{ex_cx: {share}}}}}\n") for share in (0.25, 0.6))
    found = explain_difference(
        StoredResult("a", one.content, 1, DRAWS, {}), StoredResult("b", two.content, 1, DRAWS, {})
    )
    (change,) = found.changes
    (part,) = change.parts
    assert (part.input, part.before, part.after, part.unit) == ("priors.doubt.ex_cx", 0.25, 0.6, "%")
    assert "does nothing" in str(part.meaning)
    assert change.mcse is not None
    assert change.mcse > 0
    wider = loads(f"{FIRM}{rest}priors: {{ex_cx: {{median: 0.2, factor: 2}}}}\n")
    plain_one = loads(FIRM + rest)
    found = explain_difference(
        StoredResult("a", plain_one.content, 1, DRAWS, {}), StoredResult("b", wider.content, 1, DRAWS, {})
    )
    (part,) = found.changes[0].parts
    assert (part.input, part.before) == ("priors.ex_cx.prior", None)
    assert part.after["distribution"] == "lognormal"
    # What is paired draw by draw has no error to speak of: 10,000 more at once are 10,000 times its overrun.
    dear = loads(FIRM.replace("one_off: 20000", "one_off: 30000") + rest)
    found = explain_difference(
        StoredResult("a", plain_one.content, 1, DRAWS, {}), StoredResult("b", dear.content, 1, DRAWS, {})
    )
    assert found.changes[0].mcse < 0.1 * abs(found.changes[0].npv)
