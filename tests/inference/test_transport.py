# SPDX-License-Identifier: MIT
"""Draws carried to a skewed belief: to the law by quadrature, bounded where it is said to be, one way as the other."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import txsim
from txsim.desk import Desk
from txsim.evidence import ScoredClaim, ScoredStatement
from txsim.forecast import calibration_spec
from txsim.inference.spec import CalibrationSpec
from txsim.inference.transport import carry, nearby, refit, transported
from txsim.inference.weighing import weigh
from txsim.pathways import default_graph
from txsim.priors.catalogue import calibration_parameters
from txsim.priors.density import log_density
from txsim.priors.distributions import Distribution, lognormal, point
from txsim.priors.moments import median
from txsim.priors.quantity import parse_quantity

#: A claim that says 0.03 with these errors of its logarithm, sound for certain.
SAYS, SE, SPREAD = 0.03, 0.5, 0.4


def skewed(low: float, middle: float, high: float, family: str = "split_lognormal") -> Distribution:
    return parse_quantity({"quantiles": {0.05: low, 0.5: middle, 0.95: high}, "family": family})


def one_parameter(prior: Distribution) -> CalibrationSpec:
    """A belief in which one parameter alone is uncertain, about which one claim speaks."""
    small: dict[str, Distribution] = {name: point(0.01) for name in calibration_parameters()}
    small |= {"churn_cx": prior, "reach": point(1.2)}
    statement = ScoredStatement("parameter", "churn_cx", "log", SAYS, SE, SPREAD, 1.0, None)
    return CalibrationSpec(default_graph(), small, (ScoredClaim("told", "told", 1.0, "cross_section", (statement,)),))


def by_quadrature(prior: Distribution) -> tuple[float, float]:
    """Mean and sd of the logarithm under prior times claim, on a grid."""
    logs = np.linspace(math.log(1e-5), math.log(10), 200_001)
    log_posterior = log_density(prior, np.exp(logs)) + logs
    log_posterior -= 0.5 * ((math.log(SAYS) - logs) / math.hypot(SE, SPREAD)) ** 2
    weights = np.exp(log_posterior - log_posterior.max())
    mean = float((weights * logs).sum() / weights.sum())
    return mean, math.sqrt(float((weights * (logs - mean) ** 2).sum() / weights.sum()))


@pytest.mark.parametrize("family", ["split_lognormal", "spline_lognormal"])
@pytest.mark.parametrize("ends", [(0.004, 0.012, 0.2), (0.002, 0.015, 0.04), (0.006, 0.02, 0.3)])
def test_transported_draws_follow_the_law_of_a_skewed_belief(ends: tuple[float, float, float], family: str) -> None:
    start, prior = lognormal(0.012, 6), skewed(*ends, family)
    before = one_parameter(start)
    mean, sd = by_quadrature(start)
    # The posterior of a log-normal under this claim is one.
    values = np.exp(np.random.default_rng(1).normal(mean, sd, 2**15))
    par = {name: np.full(values.size, 0.01) for name in before.priors} | {"churn_cx": values}
    par["reach"] = np.full(values.size, 1.2)
    weighing, at = transported(par, before, one_parameter(prior))
    assert weighing.refused == ""
    logs = np.log(at["churn_cx"])
    told_mean, told_sd = by_quadrature(prior)
    error = told_sd / math.sqrt(weighing.effective)
    found = float(weighing.weights @ logs)
    assert found == pytest.approx(told_mean, abs=4 * error)
    assert math.sqrt(weighing.weights @ (logs - found) ** 2) == pytest.approx(told_sd, rel=0.05)


def test_a_jump_is_no_tail() -> None:
    """What weights refuse for the jump at the median alone is carried; other draws and beliefs stay as they were."""
    scenario = txsim.load("scenarios/service_desk_pilot.yaml")
    tuner = Desk(scenario, draws=1024, quick=True).tuner
    spec = tuner.spec
    other = replace(spec, priors={**spec.priors, "ex_cx": skewed(0.05, 0.3, 0.7)})
    assert "k̂" in str(weigh(tuner.spoken, spec, other, tuner.worth).refused)
    carried, refused = carry(tuner, other)
    assert carried is not None, refused
    assert carried.how == "weighed"
    # The other way: chains of the log-normal nearby, weighed. Both means within their errors.
    sampled = refit(tuner, other)
    assert sampled is not None
    assert sampled.how == "resampled"
    one, two = (np.log(tuned.calibration.parameter("ex_cx")) for tuned in (carried, sampled))
    error = math.hypot(one.std() / math.sqrt(carried.effective), two.std() / math.sqrt(sampled.effective))
    assert one.mean() == pytest.approx(two.mean(), abs=4 * error)
    assert one.std() == pytest.approx(two.std(), rel=0.1)
    # It was told of without a model of its own.
    near = nearby(other)
    assert near is not None
    assert tuner.engine(near).fits(near)
    assert not tuner.engine(near).fits(other)
    assert nearby(spec) is None
    assert refit(tuner, spec) is None


@given(st.floats(1.05, 30), st.floats(1.05, 30), st.sampled_from(["split_lognormal", "spline_lognormal"]))
def test_the_log_normal_nearby_is_nowhere_much_narrower(down: float, up: float, family: str) -> None:
    """The ratio of densities is bounded by that of widths, so that no weight is without bound."""
    prior = skewed(0.3 / down, 0.3, 0.3 * up, family)
    spec = CalibrationSpec(default_graph(), {**calibration_parameters(), "ex_cx": prior}, ())
    near = nearby(spec)
    assert near is not None
    assert median(near.priors["ex_cx"]) == pytest.approx(0.3)
    x = 0.3 * np.exp(np.linspace(-8, 8, 4001))
    ratio = log_density(prior, x) - log_density(near.priors["ex_cx"], x)
    widths = (math.log(down), math.log(up))
    assert float(ratio.max()) <= math.log(max(widths) / min(widths)) + 1e-9


def test_what_has_no_score_is_not_transported() -> None:
    scenario = txsim.load("scenarios/service_desk_pilot.yaml")
    spec = calibration_spec(scenario)
    par = {name: np.full(500, 0.1) for name in spec.priors}
    known = replace(spec, priors={**spec.priors, "ex_cx": point(0.1)})
    assert "known number" in str(transported(par, spec, known)[0].refused)
