# SPDX-License-Identifier: MIT
"""What moves nothing is no driver of the answer, however closely it goes together with what does."""

from __future__ import annotations

import pytest

import txsim
from txsim.decide.advice import advised
from txsim.decide.screening import influential
from txsim.decide.sensitivity import analyse_sensitivity
from txsim.report.pictures.decide import tornado
from txsim.report.reading import result_from
from txsim.scenario import loads

FIRM = """
title: A habit
evidence: {{use: none}}
organisation:
  index: {{cx: 60, 'ex[front]': 55}}
  staff: {{front: {{headcount: 900, turnover_per_year: 25 %, salary_per_year: 40000}}}}
  customers: 20000
  churn_per_month: 1.5 %
  arpu_per_month: 80
  contribution_margin: 30 %
drivers:
  - name: habit
    kind: people
    owner: shared
    pushes: [{{node: ex, group: front, effect: {effect}, months: 4}}]
    {cost}
horizon_months: 30
"""
TIED = ("habit.delivery", "habit.cost_overrun", "habit.slip")


@pytest.mark.parametrize(
    ("effect", "cost", "inert"),
    [
        ("{median: 6, factor: 1.6}", "one_off: 0", {"habit.cost_overrun"}),
        ("0", "one_off: 9000", {"habit.delivery", "habit.slip"}),
        ("{median: 6, factor: 1.6}", "one_off: 9000", set()),
        ("{median: 6, factor: 1.6}", "costs: [{amount: 500, from: 2}]", set()),
        ("0", "benefits: [{monthly: 900}]", {"habit.cost_overrun"}),
    ],
)
def test_what_is_drawn_with_another_and_moves_nothing_is_no_driver(effect: str, cost: str, inert: set[str]) -> None:
    scenario = loads(FIRM.format(effect=effect, cost=cost), name="habit.yaml")
    found = txsim.forecast(scenario, draws=1024, seed=1)
    assert set(TIED) - set(influential(scenario, found.drawn)) == inert
    answer = analyse_sensitivity(found)
    assert set(TIED) - {each.name for each in answer.parameters} == inert
    assert not inert & {name for group in answer.groups for name in group.members}
    picture = tornado(result_from(answer))
    assert picture is None or not any(name.rpartition(".")[2] in str(picture.spec) for name in inert)
    whole = advised(found)
    assert whole.page_one is not None
    assert whole.recommendation is not None
    told = {hinge.name for hinge in whole.page_one.hinges} | {flip.name for flip in whole.recommendation.flips}
    assert not inert & told


def test_all_else_that_is_uncertain_is_kept_in_its_order() -> None:
    scenario = loads(FIRM.format(effect="{median: 6, factor: 1.6}", cost="one_off: 0"), name="habit.yaml")
    drawn = txsim.forecast(scenario, draws=256, seed=1).drawn
    kept = influential(scenario, drawn, evidence=False)
    assert list(kept) == [name for name in drawn.uncertain if name != "habit.cost_overrun"]
    assert list(influential(scenario, drawn)) == [name for name in kept if name in influential(scenario, drawn)]


def test_evidence_that_moves_nothing_is_no_driver_either() -> None:
    """Of a driver without effect no slope matters; of one on staff alone, none of the customers' tools."""
    firm = FIRM.replace("evidence: {{use: none}}\n", "")
    idle = loads(firm.format(effect="0", cost="one_off: 9000"), name="habit.yaml")
    found = txsim.forecast(idle, draws=512, seed=1, prior_only=True)
    assert set(found.drawn.parameters) & set(influential(idle, found.drawn)) == set()
    answer = analyse_sensitivity(found)
    assert all(each.within_noise for each in answer.parameters if each.name in found.drawn.parameters)
    busy = loads(firm.format(effect="{median: 6, factor: 1.6}", cost="one_off: 9000"), name="habit.yaml")
    found = txsim.forecast(busy, draws=512, seed=1, prior_only=True)
    moves = set(influential(busy, found.drawn))
    assert {"attrition_ex", "ex_cx", "churn_cx", "replacement_cost"} <= moves
    assert not moves & {"uxc_cx", "rival_gain", "margin_lag", "cx_margin"}
