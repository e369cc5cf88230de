# SPDX-License-Identifier: MIT
"""Where committing pays if one quantity alone is fixed: by simulating what a contract would fix, not by regression."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from txsim import catalogues
from txsim.decide.advice import advised
from txsim.decide.fixed_break_even import break_even_if_fixed, fixed_break_even, limit_if_fixed
from txsim.decide.flips import LimitReached
from txsim.decide.response import BreakEven, break_even
from txsim.decide.sensitivity import analyse_sensitivity
from txsim.decide.variation import vary
from txsim.forecast import Forecast, forecast
from txsim.forecast.labels import label_of
from txsim.report.compose import compose
from txsim.report.reading import result_from, result_of
from txsim.report.terminal import as_text
from txsim.results.quantities import Estimate
from txsim.scenario import loads
from txsim.types import Array

#: Committing pays on average; its bills run over where it delivers little.
FIRM = """
title: New desk
evidence: {use: none}
organisation:
  index: {cx: 60, 'ex[front]': 55}
  staff: {front: {headcount: 900, turnover_per_year: 25 %, salary_per_year: 40000}}
  customers: 20000
  churn_per_month: 1.5 %
  arpu_per_month: 80
  contribution_margin: 30 %
drivers:
  - name: desk
    kind: it
    owner: shared
    pushes: [{node: ex, group: front, effect: {median: 6, factor: 1.6}, months: 4}]
    one_off: ONE_OFF
horizon_months: 30
"""
DEAR = FIRM.replace("ONE_OFF", "330000")


def commit(worth: Mapping[str, Array]) -> Array:
    return worth["commit"]


@pytest.fixture(scope="module")
def desk() -> Forecast:
    return forecast(loads(DEAR, name="desk.yaml"), draws=4096, seed=1)


def test_of_bills_it_is_where_benefits_equal_the_plan_s_cost_times_the_overrun(desk: Forecast) -> None:
    """By another route: cost is in proportion to the overrun, so the turn is benefits over the cost as planned."""
    benefits = (desk.worth("commit") + desk.outcome.field("commit", "pv_cost")).mean()
    value, above = fixed_break_even(desk, "desk.cost_overrun", commit)
    assert not above
    assert value == pytest.approx(benefits / 330_000, rel=1e-9)


@pytest.mark.parametrize(
    ("key", "path"), [("cost_overrun", "drivers[0].cost_overrun"), ("delivery", "drivers[0].delivery")]
)
def test_a_run_with_the_value_fixed_there_earns_nothing(desk: Forecast, key: str, path: str) -> None:
    value, _above = fixed_break_even(desk, f"desk.{key}", commit)
    assert value is not None
    fixed = loads(DEAR.replace("    one_off:", f"    {key}: {value}\n    one_off:"), name="desk.yaml")
    again = forecast(fixed, draws=4096, seed=1).worth("commit")
    assert abs(again.mean()) < 4 * again.std() / np.sqrt(again.size), path


def test_with_what_goes_together_bills_turn_it_sooner(desk: Forecast) -> None:
    """Futures with high bills deliver less, so seen in futures it turns at lower bills than by a contract."""
    seen = break_even(desk.worth("commit"), desk.drawn.quantities["desk.cost_overrun"]).value
    value, _above = fixed_break_even(desk, "desk.cost_overrun", commit)
    assert seen is not None
    assert value is not None
    assert seen.value < value
    label = label_of(desk.scenario, "desk.cost_overrun")
    even = break_even(desk.worth("commit"), desk.drawn.quantities["desk.cost_overrun"])
    told = break_even_if_fixed(desk, "desk.cost_overrun", commit, even, label)
    assert told is not None
    assert told.threshold == pytest.approx(100 * value)
    assert told.above is False


def test_a_future_is_the_same_in_every_variant(desk: Forecast) -> None:
    """What is replaced for loops without end is replaced alike: variants are compared future by future."""
    assert desk.scene.impossible > 0
    alone = vary(desk, [{"desk.cost_overrun": 0.95}], desk.draws)[0]["commit"]
    for side_by_side in vary(desk, [{"desk.cost_overrun": 0.95}] * 5, desk.draws):
        np.testing.assert_array_equal(side_by_side["commit"], alone)


def test_one_value_is_not_told_twice(desk: Forecast) -> None:
    value, above = fixed_break_even(desk, "desk.delivery", commit)
    assert value is not None
    same = BreakEven(Estimate(value, 0.0), Estimate(0.5, 0.0), above)
    assert break_even_if_fixed(desk, "desk.delivery", commit, same, label_of(desk.scenario, "desk.delivery")) is None


def test_nothing_turns_what_always_pays() -> None:
    free = forecast(loads(FIRM.replace("ONE_OFF", "10"), name="desk.yaml"), draws=512, seed=1)
    assert fixed_break_even(free, "desk.cost_overrun", commit) == (None, True)
    dear = forecast(loads(FIRM.replace("ONE_OFF", "90000000"), name="desk.yaml"), draws=512, seed=1)
    assert fixed_break_even(dear, "desk.cost_overrun", commit) == (None, False)


def test_parameters_of_the_evidence_are_fixed_as_well(desk: Forecast) -> None:
    value, above = fixed_break_even(desk, "attrition_ex", commit)
    assert value is not None
    assert above
    parameters = {**desk.drawn.parameters, "attrition_ex": np.full(desk.draws, value)}
    # By another route: the kernel on those parameters, all draws.
    from txsim.simulate.engine import run
    from txsim.simulate.layout import lay_out

    scene = lay_out(desk.scenario, desk.drawn.quantities, parameters, desk.draws)
    net = run(scene.plan, scene.matrix).field("commit", "npv")
    assert abs(net.mean()) < 0.02 * desk.outcome.field("commit", "pv_cost").mean()


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_both_are_told_apart_in_words(desk: Forecast, lang: str) -> None:
    words = {
        "en": (
            "Pays up to ",
            "Fixed alone: up to ",
            "if it alone is fixed, committing pays",
        ),
        "ru": ("Окупается до ", "При прочих равных: до ", "при прочих равных внедрять выгодно"),
    }[lang]
    with catalogues.speaking(lang):
        page = as_text(compose([result_of(advised(desk))], page=True), width=400)
        drives = as_text(compose([result_from(analyse_sensitivity(desk))], "brief"), width=400)
    line = next(line for line in page.splitlines() if "desk.cost_overrun" in line and words[0] in line)
    assert words[1] in line
    assert words[2] in drives


@pytest.mark.parametrize("limit", ["max_p_loss", "max_peak_funding"])
def test_a_run_with_the_value_fixed_there_just_keeps_the_limits(desk: Forecast, limit: str) -> None:
    """By another route: a scenario that states the value, on which losses and peak funding are counted."""
    stated = {
        "max_p_loss": float((desk.worth("commit") < 0).mean()) - 0.04,
        "max_peak_funding": 0.9 * float(np.quantile(desk.outcome.field("commit", "peak_funding"), 0.95)),
    }
    text = DEAR + f"decision: {{{limit}: {stated[limit]}}}\n"
    label = label_of(desk.scenario, "desk.cost_overrun")
    held = forecast(loads(text, name="desk.yaml"), draws=4096, seed=1)
    # Far from where it turns, so that it is told.
    told = limit_if_fixed(held, "commit", "desk.cost_overrun", LimitReached("max_p_loss", 0.2, False), label)
    assert told is not None
    assert told.threshold is not None
    assert told.above is False
    shares = []
    for bills in (told.threshold / 100, 1.2 * told.threshold / 100):
        again = text.replace("    one_off:", f"    cost_overrun: {bills}\n    one_off:")
        fixed = forecast(loads(again, name="desk.yaml"), draws=4096, seed=1)
        lost, spent = fixed.worth("commit") < 0, fixed.outcome.field("commit", "peak_funding") > stated[limit]
        shares.append(float((lost if limit == "max_p_loss" else spent).mean()))
    most = stated[limit] if limit == "max_p_loss" else 0.05
    # Four errors of a share of 4,096 futures are 0.03; where all futures turn at once, it is sought on a grid.
    assert shares[0] < most + 0.03
    assert shares[1] > most + 0.03
    assert limit_if_fixed(held, "commit", "desk.cost_overrun", None, label) is None


def test_of_several_limits_the_one_that_is_broken_first_counts(desk: Forecast) -> None:
    label = label_of(desk.scenario, "desk.cost_overrun")
    p_loss = float((desk.worth("commit") < 0).mean()) - 0.04
    peak = float(np.quantile(desk.outcome.field("commit", "peak_funding"), 0.95))

    def threshold(limits: str) -> float | None:
        held = forecast(loads(DEAR + f"decision: {{{limits}}}\n", name="desk.yaml"), draws=4096, seed=1)
        reached = LimitReached("max_p_loss", 0.2, False)
        told = limit_if_fixed(held, "commit", "desk.cost_overrun", reached, label)
        assert told is not None
        return told.threshold

    one, other = f"max_p_loss: {p_loss}", f"max_peak_funding: {0.9 * peak}"
    alone = [threshold(one) or 0.0, threshold(other) or 0.0]
    assert threshold(f"{one}, {other}") == pytest.approx(min(alone))
    assert threshold(f"{one}, max_peak_funding: 1") is None  # no bills at all would keep it
