# SPDX-License-Identifier: MIT
"""Pilots that could be run: cost of the survey, worth, how often each misleads, and why none is worth it."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from txsim.decide.advice import advise
from txsim.decide.policies import Policy, Readable, candidates, noise_of, policies, policy_of
from txsim.decide.reading import Reading, read, signal
from txsim.decide.rules import Cut, ThresholdRule
from txsim.decide.value import Estimate
from txsim.errors import InputError
from txsim.forecast import forecast, npv_of, simulate
from txsim.pilot.analysis import analyse_pilot, reasons_of
from txsim.pilot.design import Variant, designed, survey_cost, variant_of
from txsim.pilot.go_or_stop import decision_after
from txsim.pilot.rule_file import save_rule
from txsim.priors.distributions import point
from txsim.priors.moments import median
from txsim.report.compose import compose
from txsim.report.reading import result_from
from txsim.report.terminal import as_text
from txsim.results.codec import from_json
from txsim.results.codec import plain as plain_data
from txsim.results.pilot import Pilot
from txsim.results.update import ExpectedNpv
from txsim.scenario import loads
from txsim.scenario.pilot_log import PilotReading

FIRM = """
organisation:
  index: {ux_employee: 55, ux_customer: 60, mx: 50, cx: {value: 32, scale: nps}, ex: {value: 14, scale: enps}}
  staff: {front: {headcount: 300, turnover_per_year: 0.25, salary_per_year: 30000}}
  customers: 4000
  churn_per_month: 0.018
  arpu_per_month: 200
  contribution_margin: 0.25
drivers:
  - name: desk
    start: 2
    pushes: [{node: ex, group: front, effect: {median: 8, factor: 2}, months: 3}]
    one_off: 90000
    monthly: 1000
discount_rate: 0.12
"""
PILOT = (
    "pilot: {months: 6, decision_months: 2, scope: 0.2, one_off: 2000, monthly: 200, respondents: 60, control: true, "
    "units: 10, waves: 3, cost_per_response: 5}\n"
)


@pytest.fixture(scope="module")
def piloted():
    return forecast(loads(FIRM + PILOT), draws=256, prior_only=True)


def reading_of(second: list[float], evsi: float = 0.0) -> Policy:
    """Return a policy that takes the second action with some probability in each draw."""
    share = np.array(second)
    chosen = np.column_stack([1 - share, share])
    rule = ThresholdRule(Cut(0, 1.0, 1.0), None, (), Estimate(0.0, 0.0), chosen)
    return Policy(Reading(Estimate(0.0, 0.0), Estimate(evsi, 0.25), chosen[:, ::-1]), rule)


def variant(values: dict[str, list[float]], discount: tuple[float, ...] = (1.0,) * 48) -> Variant:
    nothing = signal(np.zeros((8, 2)), np.arange(8.0))
    arrays = {path: np.repeat(np.array(told, dtype=float), 4) for path, told in values.items()}
    return Variant(loads(FIRM + PILOT), arrays, Readable((), nothing, nothing, False), discount)


def test_a_design_by_hand() -> None:
    """Two worlds: in the first scaling pays 10 and stopping −1, in the second −20 and −2; told right with .9 and .7."""
    made = variant({"pilot_scale": [10, -20], "pilot_stop": [-1, -2], "commit": [14, -18], "commit_stop": [-3, -4]})
    first, second = [0.9] * 4, [0.3] * 4
    told = designed(made, reading_of(first + second, 2.5), reading_of([1.0] * 4 + [0.5] * 4), 0.5, (0.2, 6, 60.0, True))
    # paid (.9 · 10 − .1, −.3 · 20 − .7 · 2) less .5; instead of it a review pays (14, −11), nothing 0, committing −2
    assert told.pilot_net.value == pytest.approx((8.9 - 7.4) / 2 - 0.5 - 1.5)
    assert told.assurance.value == pytest.approx((0.9 + 0.7) / 2)
    assert told.false_stop.value == pytest.approx(0.1 / 2)  # it should scale and stops
    assert told.false_go.value == pytest.approx(0.3 / 2)  # it should stop and scales
    assert told.evsi == Estimate(2.5, 0.25)
    # Always stopping pays −1.5, always scaling −5; by the rule it is .5: choosing by it is worth 2 of the −1.25.
    assert told.rule_value.value == pytest.approx((8.9 - 7.4) / 2 + 1.5)
    assert told.delay_months == 8  # six months and two for the decision
    assert (told.scope, told.months, told.respondents, told.control) == (0.2, 6, 60.0, True)
    plain = plain_data(told)
    assert {name: plain[name]["value"] for name in ("evsi", "pilot_net", "assurance", "false_go", "false_stop")} == (
        pytest.approx({"evsi": 2.5, "pilot_net": -1.25, "assurance": 0.8, "false_go": 0.15, "false_stop": 0.05})
    )
    assert (plain["scope"], plain["months"], plain["respondents"], plain["control"], plain["delay_months"]) == (
        0.2, 6, 60.0, True, 8,
    )  # fmt: skip
    # The error is that of the difference: four batches of each world, (8.4 − 14) and (−7.9 + 11), sd of eight halves.
    gaps = [8.4 - 14] * 4 + [-7.9 + 11] * 4
    assert told.pilot_net.mcse == pytest.approx(np.std(gaps, ddof=1) / math.sqrt(8))


def test_a_pilot_is_set_against_the_best_without_one() -> None:
    paths = {"pilot_scale": [10, -20], "pilot_stop": [-1, -2], "commit_stop": [-3, -4]}
    key = (0.2, 6, 60.0, True)
    blind = reading_of([1.0] * 8)  # a review that always keeps is committing
    paid = (10 - 20) / 2

    def net(commit: list[float], review: Policy = blind) -> float:
        return designed(variant({**paths, "commit": commit}), reading_of([1.0] * 8), review, 0.0, key).pilot_net.value

    assert net([14, -18]) == pytest.approx(paid)  # nothing pays 0, committing −2
    assert net([14, -10]) == pytest.approx(paid - 2)  # committing pays 2
    assert net([14, -10], reading_of([1.0] * 4 + [0.0] * 4)) == pytest.approx(paid - 5)  # the review keeps 14 and −4
    assert net([14, -10], reading_of([0.0] * 8)) == pytest.approx(paid - 2)  # one that always stops is no better


@pytest.mark.parametrize(
    ("limits", "net", "excluded"),
    [
        ("", -10.0, None),  # −5 against a review, which pays 5
        ("max_p_loss: 0.6", -10.0, None),  # everything loses in half of futures
        ("max_p_loss: 0.4", -5.0, {"p_loss": 0.5}),  # committing, the review and the pilot are refused: nothing is left
        ("max_peak_funding: 30", -10.0, None),
        ("max_peak_funding: 25", -7.0, {"peak_funding": 26.0}),  # the review needs 28, committing 20 and pays 2
        ("max_peak_funding: 27", -7.0, None),
        ("max_peak_funding: 19", -5.0, {"peak_funding": 26.0}),
    ],
)
def test_limits_leave_what_a_pilot_is_set_against(limits: str, net: float, excluded: dict[str, float] | None) -> None:
    """By hand: two worlds of four draws; scaling pays 10 or −20, committing 14 or −10, a review stops in the second."""
    paths = {"pilot_scale": [10, -20], "pilot_stop": [-1, -2], "commit": [14, -10], "commit_stop": [-3, -4]}
    made = variant(paths)
    needs = {"pilot_scale": 24.0, "pilot_stop": 3.0, "commit": 20.0, "commit_stop": 28.0}
    made = replace(
        made,
        scenario=loads(FIRM + PILOT + (f"decision: {{{limits}}}\n" if limits else "")),
        peaks={path: np.full(8, most) for path, most in needs.items()},
        costs={path: np.ones(8) for path in needs},
    )
    review = reading_of([1.0] * 4 + [0.0] * 4)
    told = designed(made, reading_of([1.0] * 8), review, 0.0, (0.2, 6, 60.0, True), 2.0)
    assert told.pilot_net.value == pytest.approx(net)
    if excluded is None:
        assert told.excluded is None
    else:
        assert told.excluded is not None
        broken = {"p_loss": told.excluded.p_loss, "peak_funding": told.excluded.peak_funding}
        assert {name: value for name, value in broken.items() if value is not None} == pytest.approx(excluded)


def test_a_limit_is_the_same_for_the_pilot_and_for_the_answer() -> None:
    """What the stated pilot is worth follows from the means and refusals of the answer, whatever the limit excludes."""
    text = FIRM.replace("one_off: 90000", "one_off: 200000") + PILOT
    found = forecast(loads(text), draws=256, prior_only=True)
    losses = sorted(candidates_of(found).values(), key=lambda each: each.p_loss)
    between = [
        (one.p_loss + other.p_loss) / 2 for one, other in itertools.pairwise(losses) if one.p_loss < other.p_loss
    ]
    assert len(between) > 1  # limits that exclude one option after another
    for most in between:
        limited = forecast(loads(text + f"decision: {{max_p_loss: {most}}}\n"), draws=256, prior_only=True)
        answer = analyse_pilot(limited, scopes=(0.5,), months=(9,), respondents=(30,))
        advice = answer.recommendation
        assert advice is not None
        refused = {each.option: each for each in advice.excluded}
        left = [worth for name, worth in advice.mean_npv.items() if name not in {*refused, "pilot_then_decide"}]
        assert answer.pilot_net.value == pytest.approx(advice.mean_npv["pilot_then_decide"] - max(left))
        assert (answer.stated.excluded is not None) == ("pilot_then_decide" in refused)
        assert answer.worth_it == ("pilot_then_decide" not in refused and answer.pilot_net.value > 0)
        assert answer.best_design is None or answer.best_design.excluded is None
        words = plain_text(answer)
        best = max((n for n in advice.mean_npv if n != "pilot_then_decide"), key=advice.mean_npv.__getitem__)
        assert ("Within the limits set that choice is" in words) == (best in refused)
        assert ("excluded by the limits set: a loss in" in words) == (
            "pilot_then_decide" in refused and answer.pilot_net.value > 0
        )


def candidates_of(found: Any) -> Any:
    values = {path: found.worth(path) for path in found.options}
    return candidates(found.scenario, found.outcome, values, policies(found))


def plain_text(answer: Pilot) -> str:
    """Return what a terminal shows, in one line."""
    shown = as_text(compose([result_from(answer)], "brief"), 200)
    return " ".join(shown.replace("\N{NO-BREAK SPACE}", " ").split())


def test_what_is_right_is_what_pays_more_and_not_what_pays() -> None:
    """Scaling loses 1 and stopping 5: scaling is right; it gains 3 and stopping 4: stopping is."""
    made = variant({"pilot_scale": [-1, 3], "pilot_stop": [-5, 4], "commit": [0, 0], "commit_stop": [0, 0]})
    told = designed(made, reading_of([0.9] * 4 + [0.3] * 4), reading_of([1.0] * 8), 0.0, (0.2, 6, 60.0, True))
    assert (told.assurance.value, told.false_stop.value, told.false_go.value) == pytest.approx((0.8, 0.05, 0.15))


def test_another_size_has_a_known_cost() -> None:
    """What is uncertain about the stated pilot's cost is not drawn for a pilot of another size."""
    unsure = loads(FIRM + PILOT.replace("one_off: 2000", "one_off: {median: 2000, factor: 3}"))
    found = forecast(unsure, draws=128, prior_only=True)
    known = {name: values for name, values in found.drawn.quantities.items() if name != "pilot.one_off"}
    plain = unsure.replaced(pilot=unsure.pilot.model_copy(update={"one_off": point(2000.0)}))
    sure: Any = SimpleNamespace(scenario=plain, drawn=replace(found.drawn, quantities=known))
    one, two = variant_of(found, 0.1, 6), variant_of(sure, 0.1, 6)
    np.testing.assert_allclose(one.values["pilot_scale"], two.values["pilot_scale"], rtol=1e-9)
    same = variant_of(found, 0.2, 6).values["pilot_scale"]
    assert not np.allclose(same, variant_of(sure, 0.2, 6).values["pilot_scale"], rtol=1e-9)


def test_the_survey_costs_what_is_asked_when_it_is_asked() -> None:
    """Waves in months 2, 5 and 8, five euros an answer, sixty people, and as many controls if there are any."""
    discount = tuple(0.9**month for month in range(48))
    made = variant({"commit": [0, 0]}, discount)
    paid = 0.9**2 + 0.9**5 + 0.9**8
    pilot = made.scenario.pilot
    assert survey_cost(made, pilot, 60.0, False) == pytest.approx(5 * 60 * paid)
    assert survey_cost(made, pilot, 60.0, True) == pytest.approx(5 * 120 * paid)
    fewer = pilot.model_copy(update={"control_respondents": point(20.0)})
    assert survey_cost(made, fewer, 60.0, True) == pytest.approx(5 * 80 * paid)
    assert survey_cost(made, fewer, 60.0, False) == pytest.approx(5 * 60 * paid)


def test_only_those_who_can_answer_are_paid() -> None:
    """A tenth of 300 heads, of whom half answer, are 15 answers and 135 in control units, whatever is asked for."""
    few = "scope: 0.2", "scope: 0.1, response: 0.5"
    one = forecast(loads(FIRM + PILOT.replace(*few)), draws=128, prior_only=True)
    none = forecast(loads(FIRM + PILOT.replace(*few).replace("60", "0")), draws=128, prior_only=True)
    paid = sum(5 * (15 + 60) / 1.12 ** (month / 12) for month in (2, 5, 8))
    np.testing.assert_allclose(none.npv("pilot_stop") - one.npv("pilot_stop"), paid, rtol=1e-9)
    made = variant_of(one, 0.1, 6)
    pilot = one.scenario.pilot
    assert survey_cost(made, pilot, 60.0, True) == pytest.approx(paid)
    assert survey_cost(made, pilot, 600.0, True) == pytest.approx(paid * (15 + 135) / (15 + 60))
    assert survey_cost(made, pilot, 600.0, False) == pytest.approx(paid * 15 / (15 + 60))


def test_cost_of_the_survey_is_what_the_kernel_charges(piloted) -> None:
    """The stated pilot before its survey, less the survey, pays what the forecast says."""
    made = variant_of(piloted, 0.2, 6)
    for control in (True, False):
        scenario = loads(FIRM + PILOT.replace("control: true", f"control: {str(control).lower()}"))
        whole = forecast(scenario, draws=256, prior_only=True)
        cost = survey_cost(made, scenario.pilot, 60.0, control)
        for path in ("pilot_scale", "pilot_stop"):
            np.testing.assert_allclose(made.values[path] - cost, whole.npv(path), rtol=1e-9, atol=1e-6)
    for path in ("commit", "commit_stop"):
        np.testing.assert_allclose(made.values[path], piloted.npv(path), rtol=1e-12)


def test_another_size_costs_in_proportion(piloted) -> None:
    """Half the scope at half the pilot's cost, the same drivers, and other months: as if it had been written so."""
    made = variant_of(piloted, 0.1, 9)
    pilot = made.scenario.pilot
    assert (median(pilot.one_off), median(pilot.monthly), median(pilot.scope), pilot.months) == (1000, 100, 0.1, 9)
    assert median(pilot.respondents) == 0
    text = FIRM + PILOT
    for old, new in (
        ("months: 6", "months: 9"),
        ("scope: 0.2", "scope: 0.1"),
        ("one_off: 2000", "one_off: 1000"),
        ("monthly: 200", "monthly: 100"),
        ("respondents: 60", "respondents: 0"),
    ):
        text = text.replace(old, new)
    written = loads(text)
    scene, outcome = simulate(written, piloted.drawn)
    for path in ("pilot_scale", "pilot_stop", "commit"):
        np.testing.assert_allclose(made.values[path], npv_of(written, outcome, path), rtol=1e-12)
    assert made.discount == scene.plan.discount_one_off
    # A pilot never costs more to set up than rolling out: 0.9 would be 4.5 · 30 000 of 90 000.
    dear = piloted.scenario.replaced(pilot=piloted.scenario.pilot.model_copy(update={"one_off": point(30_000.0)}))
    big = variant_of(SimpleNamespace(scenario=dear, drawn=piloted.drawn), 0.9, 6)  # type: ignore[arg-type]
    assert median(big.scenario.pilot.one_off) == 90_000
    assert median(big.scenario.pilot.monthly) == pytest.approx(900)


@pytest.mark.parametrize("taxed", [False, True])
@pytest.mark.parametrize(
    ("driver", "trial", "doubled"),
    [
        ("one_off: 90000", {"one_off": 9000, "monthly": 200}, 2),
        # What a driver costs once may stand under `costs` alone, and so may what its pilot costs.
        ("costs: [{amount: 60000, month: 1}, {amount: 30000, month: 3}]", {"one_off": 9000, "monthly": 200}, 2),
        ("costs: [{amount: 90000, month: 2}]", {"costs": [(5000, "month: 1"), (400, "from: 1"), (300, "from: 0")]}, 2),
        # Never more than rolling out costs once, 24 000 for 16 000 twice; nor, where that is nothing, than as stated.
        (
            "one_off: 20000\n    costs: [{amount: 4000, month: 1}]",
            {"one_off": 9000, "costs": [(7000, "month: 0")]},
            1.5,
        ),
        ("per_head_monthly: 2", {"one_off": 9000}, 1),
    ],
)
def test_a_design_is_worth_what_it_is_worth_written_into_the_scenario(taxed, driver, trial, doubled) -> None:
    """Every other design, priced in proportion: the figure of the table is that of its own scenario's forecast."""

    def written(size: float, months: int, people: int, control: str) -> str:
        once = doubled if size == 2 else size
        grown = {"one_off": once, "monthly": size, "month: 0": once, "month: 1": once, "from: 0": size, "from: 1": size}
        costs = ", ".join(f"{{amount: {amount * grown[at]}, {at}}}" for amount, at in trial.get("costs", ()))
        paid = "".join(f"{key}: {trial[key] * grown[key]}, " for key in ("one_off", "monthly") if key in trial)
        firm = FIRM.replace("one_off: 90000", driver).replace("monthly: 1000", "monthly: 900")
        if taxed:
            firm += "finance: {tax_rate: 0.3, rate_basis: after_tax}\ndecision: {after_tax: true}\n"
        return firm + (
            f"pilot: {{months: {months}, scope: {0.2 * size}, {paid}costs: [{costs}], respondents: {people}, "
            f"control: {control}, units: {round(10 * size)}, cost_per_response: 5}}\n"
        )

    stated = forecast(loads(written(1, 6, 60, "true")), draws=128, prior_only=True)
    found = analyse_pilot(stated, scopes=(0.1, 0.4), months=(4,), respondents=(30.0,), controls=(False,))
    told = {each.scope: each.pilot_net.value for each in found.design if (each.months, each.respondents) == (4, 30)}
    for scope in (0.1, 0.4):
        alone = forecast(loads(written(scope / 0.2, 4, 30, "false")), draws=128, prior_only=True)
        means = dict(advise(alone, policies(alone)).mean_npv)
        worth = means.pop("pilot_then_decide") - max(means.values())
        assert told[scope] == pytest.approx(worth, rel=1e-6, abs=1e-3)


def test_designs_are_those_that_can_be(piloted) -> None:
    found = analyse_pilot(piloted, scopes=(0.1, 0.5), months=(3, 60), respondents=(25.0, 40.0, 800.0))
    keys = [(each.scope, each.months, each.respondents, each.control) for each in found.design]
    # 300 heads: 30 in a tenth, 60 in a fifth, 150 in half; the stated 60 always; 60 months are beyond the horizon
    people = {0.1: (25.0, 60.0), 0.2: (25.0, 40.0, 60.0), 0.5: (25.0, 40.0, 60.0)}
    expected = {(s, m, n, c) for s, told in people.items() for m in (3, 6) for n in told for c in (True, False)}
    assert set(keys) == expected
    assert len(keys) == len(expected)
    assert keys[0] == (0.2, 6, 60.0, True)
    assert found.capped_respondents is None
    stated = found.design[0]
    assert stated is found.stated
    assert (found.evsi, found.pilot_net) == (stated.evsi, stated.pilot_net)
    kept = np.column_stack([piloted.npv("commit_stop"), piloted.npv("commit")])
    assert found.commit_review.value == pytest.approx(found.policies.review.rule.outcome(kept).mean())
    telling = [each for each in found.design if 2.0 * each.rule_value.value >= each.pilot_net.value > 0.0]
    assert found.best_design == max(telling, key=lambda each: each.pilot_net.value, default=None)
    told = found.to_json()
    assert told["stated"] == plain_data(stated)
    assert told["evpi"] == plain_data(found.evpi)
    assert told["evsi"] == plain_data(stated.evsi)
    assert told["pilot_net"] == plain_data(stated.pilot_net)
    assert told["commit_review"] == plain_data(found.commit_review)
    assert told["rule"].startswith("After ")
    assert told["recommendation"] == plain_data(advise(piloted))
    assert from_json(told).to_json() == told
    assert told["worth_it"] == (stated.pilot_net.value > 0)
    assert len(told["design"]) == len(keys)
    table = np.column_stack([piloted.npv("pilot_stop"), piloted.npv("pilot_scale")])
    assert found.evpi.value == pytest.approx(table.max(axis=1).mean() - table.mean(axis=0).max())


def test_each_design_has_its_own_noise(piloted) -> None:
    """Half the scope has half the units, and is read at its own cost and noise."""
    found = analyse_pilot(piloted, scopes=(0.1,), months=(), respondents=(25.0,))
    by_key = {(each.scope, each.respondents, each.control): each for each in found.design}
    made = variant_of(piloted, 0.1, 6)
    for control in (True, False):
        sd = noise_of(made.scenario, made.readable, 25.0, control, 0.1, 5.0, review=False)
        expected = read(made.readable.pilot, sd, batches=8)
        each = by_key[0.1, 25.0, control]
        assert each.evsi.value == pytest.approx(expected.evsi.value, rel=1e-9, abs=1e-6)
        later = noise_of(made.scenario, made.readable, 25.0, False, 0.1, 5.0, review=True)
        review = policy_of(made.scenario, made.readable, later, review=True)
        kept = review.rule.outcome(np.column_stack([made.values["commit_stop"], made.values["commit"]])).mean()
        instead = max(0.0, made.values["commit"].mean(), kept)
        truth = np.column_stack([made.values["pilot_stop"], made.values["pilot_scale"]])
        cost = survey_cost(made, piloted.scenario.pilot, 25.0, control)
        piloting = policy_of(made.scenario, made.readable, sd, review=False).rule.outcome(truth).mean()
        assert each.pilot_net.value == pytest.approx(piloting - cost - instead, rel=1e-6)


def test_the_stated_pilot_is_the_policy_of_the_forecast(piloted) -> None:
    found = analyse_pilot(piloted, scopes=(), months=(), respondents=())
    chosen = policies(piloted)
    assert found.evsi.value == pytest.approx(chosen.pilot.reading.evsi.value, rel=1e-6, abs=1e-6)
    # the rule is that of the stated pilot unless another pays more
    assert found.rule_details.months == 6
    assert found.rule_details.p_scale == pytest.approx(chosen.pilot.rule.p_pass)
    assert found.stated_rule == ""


def test_the_rule_of_another_design_is_the_rule_of_that_design(tmp_path) -> None:
    """Written as the stated pilot of its own scenario, the better design is decided by the same rule."""
    unsure = FIRM.replace("one_off: 90000", "cost_overrun: {median: 1.2, factor: 3}\n    one_off: 60000")
    slow = "pilot: {months: 12, scope: 0.2, one_off: 2000, monthly: 200, respondents: 0, units: 10}\n"
    told = forecast(loads(unsure + slow), draws=512, prior_only=True)
    found = analyse_pilot(told, scopes=(), months=(3,), respondents=(), controls=(False,))
    best = found.best_design
    assert found.worth_it
    assert best is not None
    assert (best.months, found.stated.months) == (3, 12)
    alone = forecast(loads(unsure + slow.replace("months: 12", "months: 3")), draws=512, prior_only=True)
    by_itself = analyse_pilot(alone, scopes=(), months=(), respondents=())
    assert found.rule_details.months == 3
    assert found.rule_details.overrun_limit == by_itself.rule_details.overrun_limit
    assert found.rule_details.p_scale == pytest.approx(by_itself.rule_details.p_scale)
    assert str(found.rule) == str(by_itself.rule)
    assert str(found.rule).startswith("After 3 months")
    # The stated one is worth it, too, and is decided by a rule of its own.
    assert str(found.stated_rule).startswith("After 12 months")
    saved = save_rule(tmp_path / "rule.json", found)
    assert saved["rule"] == str(by_itself.rule)
    # Both designs stand in the file, so that whichever of them runs is decided by its own rule.
    assert (saved["design"]["months"], saved["design"]["control"]) == (3, False)
    assert saved["stated"]["design"]["months"] == 12
    reading = PilotReading(node="ex[front]", points=0.0, error=1.0, degrees=10.0, bills=0.0)
    for scenario, months in ((told.scenario, 12), (alone.scenario, 3)):
        decision = decision_after(tmp_path / "rule.json", reading, ExpectedNpv(1.0, 2.0), scenario, [])
        assert decision.rule is not None
        assert decision.rule["months"] == months
    nine = loads(unsure + slow.replace("months: 12", "months: 9"))
    with pytest.raises(InputError, match=r"a pilot of 3 months.* and the scenario states 9 months"):
        decision_after(tmp_path / "rule.json", reading, ExpectedNpv(1.0, 2.0), nine, [])
    for level in ("brief", "full"):
        said = " ".join(as_text(compose([result_from(found)], level), 120).split())
        assert re.search(r"3 months, [^)]*\)[^:]*: After 3 months", said), said
        assert "Rule of the pilot as stated: After 12 months" in said
        # It is the rule that is applied whether or not the stated pilot is worth it.
        said = " ".join(as_text(compose([result_from(replace(found, worth_it=False))], level), 120).split())
        assert "Rule of the pilot as stated: After 12 months" in said


def test_a_survey_of_more_than_there_are_is_capped() -> None:
    scenario = loads(FIRM + PILOT.replace("respondents: 60", "respondents: 61, response: 0.5"))
    found = analyse_pilot(forecast(scenario, draws=128, prior_only=True), scopes=(), months=(), respondents=())
    assert found.capped_respondents == pytest.approx(0.2 * 300 * 0.5)
    assert found.to_json()["capped_respondents"] == pytest.approx(30)


def test_of_two_measures_it_is_said_which_has_only_so_many_people() -> None:
    asked = "respondents: 61, response: 0.5, measures: [{node: 'ex[front]'}, {node: cx}]"
    scenario = loads(FIRM + PILOT.replace("respondents: 60", asked))
    found = analyse_pilot(forecast(scenario, draws=128, prior_only=True), scopes=(), months=(), respondents=())
    assert found.capped == {"ex[front]": pytest.approx(0.2 * 300 * 0.5)}
    assert found.paid_respondents == pytest.approx(61)  # for customers there are enough to ask, and they are paid


def analysed(driver: str, pilot: str = PILOT) -> Pilot:
    text = FIRM.replace("one_off: 90000\n    monthly: 1000", driver)
    found = forecast(loads(text + pilot), draws=256, prior_only=True)
    return analyse_pilot(found, scopes=(), months=(), respondents=())


def test_why_no_pilot_is_worth_it() -> None:
    # It costs nothing: nobody changes his mind.
    sure = analysed("one_off: 0")
    assert "nobody_changes_mind" in sure.reasons
    # What would be worth knowing is not seen: two units, two people, no control, and bills that are known.
    vague = PILOT.replace("respondents: 60, control: true, units: 10", "respondents: 2, units: 1")
    vague = vague.replace("one_off: 2000", "one_off: 30000")
    unread = analysed("cost_overrun: 1\n    one_off: 120000", vague)
    assert unread.evsi.value < 0.2 * unread.evpi.value
    assert "cannot_be_read" in unread.reasons
    assert "nobody_changes_mind" not in unread.reasons
    for each in (sure, unread):
        assert each.best_design is None
        assert not each.worth_it
        assert each.to_json()["reasons"] == list(each.reasons)


@pytest.mark.parametrize(
    ("evpi", "evsi", "review", "pilot", "reasons"),
    [
        (0.9, 0.9, 0.0, 0.0, ("nobody_changes_mind",)),  # under 1 % of 100
        (2.0, 0.3, 0.0, 0.0, ("cannot_be_read",)),  # under a fifth
        (2.0, 0.5, 0.0, 0.0, ("costs_more_than_it_tells",)),
        (2.0, 0.5, 52.0, 51.0, ("review_is_better",)),  # over 50 by more than 1 % of 100, and over the pilot
        (2.0, 0.5, 50.5, 49.0, ("costs_more_than_it_tells",)),
        (2.0, 0.5, 52.0, 53.0, ("costs_more_than_it_tells",)),
        (0.9, 0.1, 52.0, 51.0, ("nobody_changes_mind", "review_is_better")),
    ],
)
def test_reasons_by_their_bounds(
    evpi: float, evsi: float, review: float, pilot: float, reasons: tuple[str, ...]
) -> None:
    """Committing pays 150 or −50: 50 on average, and 100 is at stake."""
    tried: Any = (SimpleNamespace(evsi=Estimate(0.0, 0.0)), SimpleNamespace(evsi=Estimate(evsi, 0.0)))
    figures = (Estimate(evpi, 0.0), Estimate(review, 0.0), Estimate(pilot, 0.0))
    assert reasons_of(np.array([150.0, -50.0]), tried, *figures) == reasons
