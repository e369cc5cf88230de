# SPDX-License-Identifier: MIT
"""The rule of a pilot in the scale people read: thresholds of the conjugate normal problem, and laws of scale."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtri

from txsim.decide.policies import Readable
from txsim.decide.reading import signal
from txsim.decide.survey import Sensor
from txsim.pilot.rule import rule_of
from txsim.results.pilot import Rule
from txsim.scenario import loads
from txsim.units import SCALES, Scale, custom_scale

DRAWS = 4096
FIRM = """
organisation:
  index: {ux_employee: 55, ux_customer: 60, mx: 50, cx: 60, ex: 60}
  staff: {front: {headcount: 300, turnover_per_year: 0.25, salary_per_year: 30000}}
  customers: 4000
  churn_per_month: 0.018
  arpu_per_month: 200
  contribution_margin: 0.25
drivers: [{name: desk, pushes: [{node: ex, effect: 5, months: 3}], one_off: 60000}]
pilot: {months: 6, scope: 0.2, respondents: 60}
"""


def drawn(count: int = 1) -> np.ndarray:
    """Return standard normal columns with exact quantiles, independent but for their order."""
    rng = np.random.default_rng(0)
    exact = ndtri((np.arange(DRAWS) + 0.5) / DRAWS)
    return np.column_stack([rng.permutation(exact) for _ in range(count)])


def readable(
    pays: np.ndarray, means: np.ndarray, scale: Scale, *, bills: bool = False, by_unit: bool = True
) -> Readable:
    sensor = Sensor("ex", (("ex", 1.0),), scale, by_unit, 25.0, 6.0, 300.0)
    made = signal(np.column_stack([np.zeros(len(pays)), pays]), means)
    other = Sensor("cx", (("cx", 1.0),), SCALES["likert5"], not by_unit, 25.0, 5.0, 4000.0)
    # What a review reads and a second measure are no part of the rule's first line.
    return Readable((sensor, other), made, signal(np.column_stack([pays, np.zeros(len(pays))]), means), bills)


def rule(
    pays: np.ndarray, means: np.ndarray, sd: list[float], scale: Scale = SCALES["index"], text: str = FIRM, **told
) -> Rule:
    return rule_of(loads(text), readable(pays, means, scale, **told), np.array(sd), 6, True)


@pytest.mark.parametrize(("a", "sigma"), [(-5.0, 2.0), (-3.0, 2.0), (-5.0, 4.0)])
def test_the_threshold_is_where_bayes_is_indifferent(a: float, sigma: float) -> None:
    """Effect x ~ N(4, 2²), payoff a + x: indifferent where 4 + k (y − 4) = −a."""
    x = 4 + 2 * drawn()[:, 0]
    k = 4 / (4 + sigma**2)
    turn = 4 + (-a - 4) / k
    found = rule(a + x, x, [sigma])
    assert found.threshold == pytest.approx(turn, abs=0.05)
    sd = math.sqrt(4 + sigma**2)
    assert found.p_scale == pytest.approx(0.5 * math.erfc((turn - 4) / sd / math.sqrt(2)), abs=0.01)
    assert (found.node, found.unit, found.rises, found.always) == ("ex", "points", True, None)
    assert (found.months, found.control, found.by_unit) == (6, True, True)
    assert found.overrun_limit is None
    assert found.threshold_if_over_budget is None


def test_scale_of_the_measure_changes_the_words_alone() -> None:
    """Two eNPS points are one of the index; forty-eight hours are a hundred, and less of them is better."""
    x = 4 + 2 * drawn()[:, 0]
    plain, enps, hours = (
        rule(-5 + x, x, [2.0], scale) for scale in (SCALES["index"], SCALES["enps"], custom_scale(48, 0, "h"))
    )
    assert enps.threshold == pytest.approx(2 * plain.threshold)
    assert (enps.unit, enps.rises) == ("eNPS points", True)
    assert hours.threshold == pytest.approx(-0.48 * plain.threshold)
    assert (hours.unit, hours.rises) == ("h", False)
    assert enps.p_scale == hours.p_scale == plain.p_scale


def test_sites_chosen_for_bad_scores_come_back_by_themselves() -> None:
    """Three tenths of what they scored below the firm: on an index and where less is better."""
    x = 4 + 2 * drawn()[:, 0]
    chosen = FIRM.replace("respondents: 60", "respondents: 60, chosen_below: 10")
    plain, shifted = rule(-5 + x, x, [2.0]), rule(-5 + x, x, [2.0], text=chosen)
    assert shifted.threshold == pytest.approx(plain.threshold + 3.0)
    scale = custom_scale(48, 0, "h")
    less, further = rule(-5 + x, x, [2.0], scale), rule(-5 + x, x, [2.0], scale, chosen)
    assert further.threshold == pytest.approx(less.threshold - 3.0)  # three hours more must fall


@pytest.mark.parametrize(("a", "always", "p_scale"), [(60.0, "scale", 1.0), (-60.0, "stop", 0.0)])
def test_where_no_reading_changes_the_choice(a: float, always: str, p_scale: float) -> None:
    x = 4 + 2 * drawn()[:, 0]
    found = rule(a + x, x, [2.0])
    assert (found.threshold, found.always) == (None, always)
    assert found.p_scale == pytest.approx(p_scale, abs=1e-6)


def test_bills_have_a_limit_of_their_own() -> None:
    """Payoff 1 + x − 10 c with x ~ N(0, 2²) read at noise 2 and c, the log overrun, N(0, 0.2²) at 0.1.

    E[x | y] = y/2 and E[c | b] = 0.8 b. With bills as planned the survey must pass −2, a quarter above plan 2.46; at
    the survey's middle bills may run to exp(1/8) − 1 above plan.
    """
    x, c = (drawn(2) * [2.0, 0.2]).T
    found = rule(1 + x - 10 * c, np.column_stack([x, c]), [2.0, 0.1], bills=True)
    assert found.threshold == pytest.approx(-2.0, abs=0.4)  # cells of the bills are 0.04 wide: 0.3 here
    assert found.threshold_if_over_budget == pytest.approx(-2 + 16 * math.log(1.25), abs=0.4)
    assert found.overrun_limit == pytest.approx(math.exp(1 / 8) - 1, abs=0.025)
    enps = rule(1 + x - 10 * c, np.column_stack([x, c]), [2.0, 0.1], SCALES["enps"], bills=True)
    assert enps.threshold_if_over_budget == pytest.approx(2 * found.threshold_if_over_budget)
    assert enps.overrun_limit == found.overrun_limit
    richer = rule(3 + x - 10 * c, np.column_stack([x, c]), [2.0, 0.1], bills=True)
    assert richer.overrun_limit == pytest.approx(math.exp(3 / 8) - 1, abs=0.04)


def test_of_several_turns_the_likeliest_is_told() -> None:
    """Worth (x + 3)(x + 1)(x − 1): from stopping to scaling at −3 and at 1, and most readings lie about 0."""
    x = 1.5 * drawn()[:, 0]
    assert rule((x + 3) * (x + 1) * (x - 1), x, [0.1]).threshold == pytest.approx(1.0, abs=0.1)


def test_a_measure_of_the_whole_firm_has_no_control() -> None:
    x = 4 + 2 * drawn()[:, 0]
    found = rule(-5 + x, x, [2.0], by_unit=False)
    assert (found.control, found.by_unit) == (False, False)


def test_where_nobody_is_asked_there_is_no_threshold() -> None:
    x = 4 + 2 * drawn()[:, 0]
    found = rule_of(loads(FIRM), readable(-5 + x, x, SCALES["index"]), np.array([]), 6, True)
    assert (found.threshold, found.always, found.p_scale) == (None, "stop", 0.0)
    more = rule_of(loads(FIRM), readable(-3 + x, x, SCALES["index"]), np.array([]), 6, True)
    assert (more.threshold, more.always, more.p_scale) == (None, "scale", 1.0)
