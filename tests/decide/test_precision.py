# SPDX-License-Identifier: MIT
"""What ± says, and draws until it is small enough; claims that are tested by sampling without them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.decide.test_forecasts import FIRM, PILOT
from txsim.decide import advice, common_futures, comparison, flips
from txsim.decide.choice import recommend
from txsim.decide.flips import retested, without_claim
from txsim.decide.precision import ErrorLimit, forecast_within, wanted
from txsim.errors import InputError
from txsim.forecast import Draws, Forecast, calibration_spec, forecast
from txsim.forecast.criterion import Candidate, Limits
from txsim.inference import Calibration, CalibrationSpec, calibrate
from txsim.scenario import Scenario, load, loads
from txsim.simulate.statistics import summary
from txsim.types import Array


def test_fresh_seeds_move_a_mean_as_far_as_its_error_says() -> None:
    """Of 40 runs the sd of a mean has an error of 11 %, and the mean of 40 errors with 7 degrees one of 4 %."""
    scenario = loads(FIRM)
    told = [summary(forecast(scenario, draws=128, prior_only=True, fresh_seed=i).npv("commit")) for i in range(1, 41)]
    means, errors = ([each[name] for each in told] for name in ("mean", "mcse"))
    assert len(set(means)) == 40
    assert 0.6 < np.std(means, ddof=1) / np.mean(errors) < 1.6


def test_a_fresh_seed_is_a_seed_and_other_draws_of_the_parameters() -> None:
    scenario = loads(FIRM)
    plain = forecast(scenario, draws=128, prior_only=True, seed=3)
    fresh = forecast(scenario, draws=128, prior_only=True, fresh_seed=3)
    again = forecast(scenario, draws=128, prior_only=True, fresh_seed=3)
    effect = "desk.pushes[0].effect"
    np.testing.assert_array_equal(plain.drawn.quantities[effect], fresh.drawn.quantities[effect])
    assert not np.isin(fresh.drawn.parameters["ex_cx"], plain.drawn.parameters["ex_cx"]).any()
    np.testing.assert_array_equal(fresh.npv("commit"), again.npv("commit"))
    assert (fresh.summary().calibration.seed, fresh.summary().calibration.part) == (0, 3)  # the fourth of 16 stretches


def test_draws_are_doubled_until_the_error_is_small_enough() -> None:
    scenario = loads(FIRM + PILOT)
    asked: list[int] = []

    def compute(draws: int) -> Forecast:
        asked.append(draws)
        return forecast(scenario, draws=draws, prior_only=True)

    first = summary(compute(128).npv("commit"))["mcse"]
    asked.clear()
    found, told = forecast_within(ErrorLimit(first / 2, of_cost=False), compute, 128)
    assert asked == [128 << i for i in range(len(asked))]
    assert len(asked) > 1
    assert found.draws == asked[-1]
    assert told.met
    assert told.reached <= told.asked == first / 2
    assert summary(found.npv("commit"))["mcse"] <= told.reached  # of all options the largest
    asked.clear()
    cost = float(found.outcome.field("commit", "pv_cost").mean())
    _, share = forecast_within(ErrorLimit(10.0, of_cost=True), compute, 256)
    assert (asked, share.met) == ([256], True)
    assert share.asked == pytest.approx(10 * cost, rel=0.05)
    asked.clear()
    last, never = forecast_within(ErrorLimit(1e-6, of_cost=False), compute, 128, most=512)
    assert (asked, never.met, last.draws) == ([128, 256, 512], False, 512)


def test_a_precision_is_a_share_of_the_cost_or_an_amount() -> None:
    assert wanted("1%") == ErrorLimit(pytest.approx(0.01), of_cost=True)
    assert wanted(" 500 ") == ErrorLimit(500.0, of_cost=False)
    for text in ("", "%", "0", "-1%", "nan", "inf", "a lot"):
        with pytest.raises(InputError, match="such as 1%"):
            wanted(text)


def test_a_claim_that_weights_cannot_tell_is_tested_on_draws_without_it() -> None:
    pays = np.tile([3.0, -1.0], 256)
    told = {"do_nothing": Candidate(np.zeros(512), 0.0, 0.0), "commit": Candidate(pays, 0.5, 0.0)}
    lone = {"lone": np.where(np.arange(512) == 1, 1.0, 1e-9)}  # one effective draw
    found = recommend(told, Limits(), claim_weights=lone)
    assert (found.state, found.untested) == ("clear", ("lone",))
    without = told | {"commit": Candidate(pays - 2.0, 0.5, 0.0)}  # it loses 1 on average
    flip = without_claim(found, "lone", without, Limits())
    assert flip is not None
    assert (flip.kind, flip.name, flip.option) == ("claim", "lone", "do_nothing")
    turned = retested(found, {"lone": flip})
    assert (turned.state, turned.fragile, turned.untested, turned.flips) == ("leaning", True, (), (flip,))
    same = without_claim(found, "lone", told, Limits())
    assert same is None
    stays = retested(found, {"lone": same})
    assert (stays.state, stays.untested, stays.flips) == ("clear", (), ())
    # Within what is material nothing turns: 5 % of 40 are 2.
    dear = {name: Candidate(each.payoff, 0.5, 0.0, 40.0) for name, each in without.items()}
    assert without_claim(found, "lone", dear, Limits(material=0.05)) is None


def test_a_comparison_samples_a_claim_anew_where_its_run_does(scenarios: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights cannot tell; without the claim half of what is believed of the link is: both say the same of it."""
    scenario = load(scenarios / "call_centre_desktop.yaml")
    spec = calibration_spec(scenario)
    name = spec.claims[0].id
    sampled = []

    def one_effective_draw(_scenario: Scenario, drawn: Draws) -> dict[str, Array]:
        return {name: np.where(np.arange(drawn.count) == 1, 1.0, 1e-9)}

    def without(rest: CalibrationSpec, **_how: object) -> Calibration:
        sampled.append({claim.id for claim in spec.claims} - {claim.id for claim in rest.claims})
        return calibrate(calibration_spec(scenario, prior_only=True))

    for module in (advice, comparison, common_futures):
        monkeypatch.setattr(module, "weights_without_claims", one_effective_draw)
    monkeypatch.setattr(flips, "calibrate", without)
    run = advice.advise(forecast(scenario, draws=512))
    together = comparison.compare({"plan": scenario}, draws=512).recommendation
    assert together is not None
    assert sampled == [{name}, {name}]
    assert (run.state, run.untested) == (together.state, together.untested)
    assert run.untested == ()
    option = {flip.name: flip.option for flip in run.flips}
    assert {flip.name: flip.option.rpartition("/")[2] for flip in together.flips} == option
