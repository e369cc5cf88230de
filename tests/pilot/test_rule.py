# SPDX-License-Identifier: MIT
"""The rule of a pilot in the scale people read: thresholds of the conjugate normal problem, and laws of scale."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import norm

from txsim.decide.pilot_rule import rule_itself, rule_message, rule_of
from txsim.decide.policies import Readable, policy_of
from txsim.decide.reading import signal
from txsim.decide.rules import step_of
from txsim.decide.survey import Sensor
from txsim.results.pilot import Rule, UnusedReading
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
    measured = means.shape[1] - bills if means.ndim > 1 else 1
    # What a review reads is no part of a pilot's rule.
    return Readable(
        (sensor, other)[:measured], made, signal(np.column_stack([pays, np.zeros(len(pays))]), means), bills
    )


def rule(
    pays: np.ndarray, means: np.ndarray, sd: list[float], scale: Scale = SCALES["index"], text: str = FIRM, **told
) -> Rule:
    read = readable(pays, means, scale, **told)
    policy = policy_of(loads(text), read, np.array(sd), review=False)
    return rule_of(policy, read.sensors, read.pilot.net_benefit, 6, control=True)


def words(told: Rule) -> str:
    return str(rule_message(told)).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(("a", "sigma"), [(-5.0, 2.0), (-3.0, 2.0), (-5.0, 4.0)])
def test_the_threshold_is_where_bayes_is_indifferent(a: float, sigma: float) -> None:
    """Effect x ~ N(4, 2²), payoff a + x: indifferent where 4 + k (y − 4) = −a, to half a step of 1 or 2 points."""
    x = 4 + 2 * drawn()[:, 0]
    k = 4 / (4 + sigma**2)
    turn = 4 + (-a - 4) / k
    step = {2.0: 1.0, 4.0: 2.0}[sigma]
    found = rule(a + x, x, [sigma])
    assert found.step == step
    assert found.threshold == pytest.approx(turn, abs=0.5 * step + 0.1)
    assert found.threshold % step == 0
    sd = math.sqrt(4 + sigma**2)
    # The probability is that of the threshold as it is told.
    assert found.p_scale == pytest.approx(0.5 * math.erfc((found.threshold - 4) / sd / math.sqrt(2)), abs=1e-3)
    assert (found.node, found.unit, found.rises, found.always) == ("ex", "points", True, None)
    assert (found.months, found.control, found.by_unit) == (6, True, True)
    assert (found.overrun_limit, found.threshold_if_over_budget, found.unused) == (None, None, ())


def test_a_rule_worked_by_hand() -> None:
    """Two worlds, equally likely: bills as planned and scaling pays 10, or bills double and it loses 20.

    Bills are read with a log sd of 0.1, and log 2 is 6.9 of it: a limit halfway tells the worlds apart for certain. On
    average scaling loses 5, so that without the bills it is stopped at 0, and by the rule it earns 10 in half of the
    futures. The survey says nothing.
    """
    world = np.tile([0.0, 1.0], DRAWS // 2)
    found = rule(10 - 30 * world, np.column_stack([np.zeros(DRAWS), np.log(2.0) * world]), [2.0, 0.1], bills=True)
    assert found.threshold is None
    assert 0.3 < found.overrun_limit < 0.6
    assert found.overrun_limit / 0.02 == pytest.approx(round(found.overrun_limit / 0.02))
    assert found.p_scale == pytest.approx(0.5, abs=0.005)
    assert found.value.value == pytest.approx(5.0, abs=0.01)
    assert found.evsi.value == pytest.approx(5.0, abs=0.01)
    assert (found.false_go.value, found.false_stop.value) == pytest.approx((0.0, 0.0), abs=0.003)
    assert f"scale only if the bills run at most {found.overrun_limit:.0%} above plan".replace("%", " %") in words(
        found
    )
    assert "(50 of 100 pilots); else stop. The survey cannot change the decision: no reading of EX would." in words(
        found
    )


@pytest.mark.parametrize(
    ("sd", "step"), [(1.0, 0.5), (2.0, 1.0), (0.9, 0.2), (0.19, 0.05), (4.0, 2.0), (9.99, 2.0), (10.0, 5.0), (3.9, 1.0)]
)
def test_a_step_is_the_largest_round_one_within_half_the_noise(sd: float, step: float) -> None:
    assert step_of(sd) == pytest.approx(step)


def test_scale_of_the_measure_changes_the_words_alone() -> None:
    """Two eNPS points are one of the index; forty-eight hours are a hundred, and less of them is better."""
    x = 4 + 2 * drawn()[:, 0]
    plain, enps, hours = (
        rule(-5 + x, x, [2.0], scale) for scale in (SCALES["index"], SCALES["enps"], custom_scale(48, 0, "h"))
    )
    assert (plain.step, enps.step, hours.step) == (1.0, 2.0, 0.2)  # half of 2 points, of 4, and of 0.96 hours
    assert enps.threshold == pytest.approx(2 * plain.threshold)
    assert (enps.unit, enps.rises) == ("eNPS points", True)
    assert hours.threshold == pytest.approx(-0.48 * plain.threshold, abs=0.5)
    assert (hours.unit, hours.rises) == ("h", False)
    assert enps.p_scale == pytest.approx(plain.p_scale)
    assert "has fallen by at least" in words(hours)


def test_sites_chosen_for_bad_scores_come_back_by_themselves() -> None:
    """Three tenths of what they scored below the firm: on an index and where less is better."""
    x = 4 + 2 * drawn()[:, 0]
    chosen = FIRM.replace("respondents: 60", "respondents: 60, chosen_below: 10")
    plain, shifted = rule(-5 + x, x, [2.0]), rule(-5 + x, x, [2.0], text=chosen)
    assert shifted.threshold == pytest.approx(plain.threshold + 3.0)
    assert shifted.p_scale == pytest.approx(plain.p_scale)
    scale = custom_scale(48, 0, "h")
    less, further = rule(-5 + x, x, [2.0], scale), rule(-5 + x, x, [2.0], scale, chosen)
    assert further.threshold == pytest.approx(less.threshold - 3.0)  # three hours more must fall


@pytest.mark.parametrize(("a", "always"), [(60.0, "scale"), (-60.0, "stop")])
def test_where_no_reading_changes_the_choice(a: float, always: str) -> None:
    x = 4 + 2 * drawn()[:, 0]
    found = rule(a + x, x, [2.0])
    assert (found.threshold, found.always) == (None, always)
    assert found.p_scale == (always == "scale")
    assert (found.value.value, found.unused[0].why) == (0.0, "cannot_change")
    assert f"After 6 months, {always} whatever is read. The survey cannot change the decision" in words(found)


def test_a_threshold_that_hardly_any_reading_passes_is_told_and_not_asked() -> None:
    """Effect x ~ N(4, 2²) read at 2, payoff x − 8.3: Bayes asks for 12.6, which 8.6 / √8 = 3.04 sd lie below.

    One reading in a thousand passes that, so that the pilot stops whatever is read.
    """
    x = 4 + 2 * drawn()[:, 0]
    found = rule(x - 8.3, x, [2.0])
    assert (found.always, found.p_scale, found.threshold) == ("stop", 0.0, None)
    (unused,) = found.unused
    assert (unused.reading, unused.why, unused.passes) == ("survey", "cannot_change", True)
    assert unused.threshold == pytest.approx(12.6, abs=1.5)
    assert unused.sds == pytest.approx((unused.threshold - 4) / math.sqrt(8), abs=0.01)
    assert unused.p == pytest.approx(0.5 * math.erfc(unused.sds / math.sqrt(2)), rel=0.2)
    told = f"EX would have to rise by at least {unused.threshold:.0f} points, as in <1 of 100 futures."
    assert told in words(found)
    # and the other way round: scaling pays 8.3 more than the effect is expected to cost
    other = rule(x + 0.3, x, [2.0])
    assert (other.always, other.unused[0].passes) == ("scale", False)
    assert "would have to fall by more than" in words(other)
    hours = rule(x - 8.3, x, [2.0], custom_scale(48, 0, "h"))
    assert "would have to fall by at least" in words(hours)


def test_bills_have_a_limit_of_their_own() -> None:
    """Payoff 1 + x − 10 c with x ~ N(0, 2²) read at noise 2 and c, the log overrun, N(0, 0.2²) at 0.1.

    Whole points and steps of 2 % are the thresholds there are; all pairs of them are tried here.
    """
    x, c = (drawn(2) * [2.0, 0.2]).T
    pays = 1 + x - 10 * c
    found = rule(pays, np.column_stack([x, c]), [2.0, 0.1], bills=True)
    worth = {}
    for limit in np.arange(-0.5, 1.5, 0.02):
        below = norm.cdf((np.log1p(limit) - c) / 0.1)
        for threshold in np.arange(-12.0, 12.0):
            worth[threshold, round(limit, 2)] = float((pays * below * norm.cdf((x - threshold) / 2.0)).mean())
    best = max(worth, key=worth.__getitem__)
    assert (found.threshold, found.overrun_limit) == pytest.approx(best)
    assert found.value.value == pytest.approx(worth[best] - pays.mean(), abs=1e-6)
    assert found.value.value < found.evsi.value
    enps = rule(pays, np.column_stack([x, c]), [2.0, 0.1], SCALES["enps"], bills=True)
    assert enps.threshold == pytest.approx(2 * found.threshold)
    assert enps.overrun_limit == found.overrun_limit


def test_a_part_that_adds_little_is_dropped() -> None:
    """Bills decide nearly all: what the survey adds is told, and the limit is that of the bills alone."""
    x, c = (drawn(2) * [1.0, 0.3]).T
    pays = 0.3 * x - 10 * c
    found = rule(pays, np.column_stack([x, c]), [3.0, 0.1], bills=True)
    assert found.threshold is None
    assert found.overrun_limit == pytest.approx(0.0, abs=0.02)
    (unused,) = found.unused
    assert (unused.reading, unused.why, unused.sds) == ("survey", "adds_little", None)
    assert 0 <= unused.adds < 0.1
    assert "too little to ask for it" in words(found)
    # And the survey nearly all: the bills are dropped.
    found = rule(x - 0.1 * c, np.column_stack([x, c]), [1.0, 0.1], bills=True)
    assert (found.overrun_limit, found.unused[0].reading) == (None, "bills")
    assert found.threshold == pytest.approx(0.0, abs=0.5)


def test_of_two_measures_the_one_is_asked_whose_rule_is_worth_most() -> None:
    x, z = drawn(2).T
    first = rule(2 * x + z, np.column_stack([x, z]), [1.0, 1.0])
    second = rule(x + 2 * z, np.column_stack([x, z]), [1.0, 1.0])
    assert (first.node, second.node) == ("ex", "cx")
    assert second.unit == "points of five"
    assert (first.by_unit, second.by_unit) == (True, False)
    assert "CX in the whole firm has" in words(second)


def test_a_measure_of_the_whole_firm_has_no_control() -> None:
    x = 4 + 2 * drawn()[:, 0]
    found = rule(-5 + x, x, [2.0], by_unit=False)
    assert (found.control, found.by_unit) == (False, False)


def test_where_nobody_is_asked_there_is_no_threshold() -> None:
    x = 4 + 2 * drawn()[:, 0]
    for a, always in ((-5.0, "stop"), (-3.0, "scale")):
        found = rule(a + x, x, [np.inf])
        assert (found.threshold, found.always, found.p_scale) == (None, always, float(always == "scale"))
        assert found.unused == ()


# --- whatever the scenario


NUMBER = r"([\d.,]+)"


def printed(text: str) -> tuple[float | None, float | None]:
    """Read the threshold, in the author's unit, and the bills' limit back from the words on the wall."""
    rule, threshold, limit = text.partition("else stop")[0], None, None
    if "whatever is read" in text:  # what follows says why
        return None, None
    for pattern, sign in (
        (rf"has risen by at least {NUMBER}", 1), (rf"has risen by no more than {NUMBER}", 1),
        (rf"has fallen by at least {NUMBER}", -1), (rf"has fallen by no more than {NUMBER}", -1),
    ):  # fmt: skip
        if found := re.search(pattern, rule):
            threshold = sign * float(found[1].replace(",", ""))
    if "has not fallen" in rule or "has not risen" in rule:
        threshold = 0.0
    for pattern, sign in ((rf"the bills run at most {NUMBER} % above", 1), (rf"at least {NUMBER} % below plan", -1)):
        if found := re.search(pattern, rule):
            limit = sign * float(found[1]) / 100
    return threshold, 0.0 if "do not run above plan" in rule else limit


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    centre=st.floats(-8, 8),
    slope=st.floats(-3, 3),
    dear=st.floats(-15, 15),
    tie=st.floats(-0.9, 0.9),
    noise=st.floats(0.7, 20),
    spread=st.floats(0.02, 0.8),
    scale=st.sampled_from([SCALES["index"], SCALES["enps"], SCALES["likert5"], custom_scale(48, 0, "h")]),
    below=st.sampled_from([0, 7]),
)
def test_what_is_printed_is_what_scales(
    seed: int,
    centre: float,
    slope: float,
    dear: float,
    tie: float,
    noise: float,
    spread: float,
    scale: Scale,
    below: int,
) -> None:
    """In any scenario the probability told is the share of futures in which the rule, as its words say, scales."""
    rng = np.random.default_rng(seed)
    x, c = rng.multivariate_normal([0, 0], [[1, tie], [tie, 1]], 1024).T
    pays = centre + slope * 3 * x - dear * spread * c + rng.normal(size=1024)
    means = np.column_stack([3 * x, spread * c])
    text = FIRM.replace("respondents: 60", f"respondents: 60, chosen_below: {below * abs(scale.points_per_unit) ** -1}")
    found = rule(pays, means, [noise, 0.1], scale, text, bills=True)
    threshold, limit = printed(words(found))
    again = 40
    read = np.repeat(means, again, axis=0) + [noise, 0.1] * rng.normal(size=(1024 * again, 2))
    go = np.ones(len(read), dtype=bool)
    if threshold is not None:
        shown = (read[:, 0] + 0.3 * below) / scale.points_per_unit
        go &= shown >= threshold if scale.points_per_unit > 0 else shown <= threshold
    if limit is not None:
        go &= np.expm1(read[:, 1]) <= limit
    if threshold is None and limit is None:
        assert found.always is not None
        assert f", {found.always} whatever is read" in words(found)
        go &= found.always == "scale"
    error = math.sqrt(max(found.p_scale * (1 - found.p_scale), 1e-9) / len(go))
    assert go.mean() == pytest.approx(found.p_scale, abs=5 * error + 1e-4)
    if found.always is None:
        told = re.search(r"\(([<>]?\d+) of 100 pilots\)", words(found))
        assert told is not None
        assert told[1].isdigit()
        assert int(told[1]) == pytest.approx(100 * go.mean(), abs=0.5 + 500 * error + 0.01)
    # It never loses against deciding today, nor beats ideal use of the same readings by more than regression misses.
    assert found.value.value >= -1e-9
    # by the rule what should stop is scaled, and what should scale stopped, as often as in the futures played
    better = np.repeat(pays > 0, again)
    assert (go & ~better).mean() == pytest.approx(found.false_go.value, abs=5 * error + 0.005)
    assert (~go & better).mean() == pytest.approx(found.false_stop.value, abs=5 * error + 0.005)


#: For which readings each wording is true, of a change `r` and an amount `a` above 0.
SAID = {
    "rise by at least": lambda r, a: r >= a,
    "not to fall": lambda r, _: r >= 0,
    "fall by no more than": lambda r, a: r >= -a,
    "rise by less than": lambda r, a: r < a,
    "fall by more than": lambda r, a: r < -a,
    "rise by no more than": lambda r, a: r <= a,
    "not to rise": lambda r, _: r <= 0,
    "fall by at least": lambda r, a: r <= -a,
    "rise by more than": lambda r, a: r > a,
    "fall by less than": lambda r, a: r > -a,
    "run at most": lambda r, a: r <= a,
    "stay within plan": lambda r, _: r <= 0,
    "come in at least": lambda r, a: r <= -a,
    "run more than": lambda r, a: r > a,
    "run above plan": lambda r, _: r > 0,
    "come in less than": lambda r, a: r > -a,
    "has risen by at least": lambda r, a: r >= a,
    "has not fallen": lambda r, _: r >= 0,
    "has fallen by no more than": lambda r, a: r >= -a,
    "has risen by no more than": lambda r, a: r <= a,
    "has not risen": lambda r, _: r <= 0,
    "has fallen by at least": lambda r, a: r <= -a,
    "to fall,": lambda r, _: r < 0,
    "to rise,": lambda r, _: r > 0,
}


def truth(said: str) -> Callable[[float, float], bool]:
    """Return when what is said is true: by the longest wording that stands in it."""
    return SAID[max((wording for wording in SAID if wording in said), key=len)]


@pytest.mark.parametrize("threshold", [2.0, 0.0, -2.0])
@pytest.mark.parametrize("passes", [True, False])
@pytest.mark.parametrize(("reading", "rises"), [("survey", True), ("survey", False), ("bills", True)])
def test_what_would_have_to_be_read_is_what_passes_or_fails(
    threshold: float, passes: bool, reading: str, rises: bool
) -> None:
    """The words are true of just those readings that pass the threshold, or just of those that fail it."""
    bills = reading == "bills"
    at = threshold / 100 if bills else threshold
    unused = UnusedReading(reading, "" if bills else "ex", "" if bills else "points", rises, "cannot_change", at,
                           0.01 if bills else 1.0, 2.5, passes, 0.0, 0.001)  # fmt: skip
    stop = Rule("ex", "points", None, True, None, None, "stop", 6, False, True, 0.0, unused=(unused,))
    said = words(stop).partition("will hardly change the decision: ")[2]
    assert ("2.0" in said or "2 %" in said or "2 points" in said) == (threshold != 0)
    assert "1 of 100 futures." in said
    holds = truth(said)
    at_least = rises and not bills  # bills pass at or below their limit
    for read in (-3.0, -2.0, -1.0, -0.001, 0.0, 0.001, 1.0, 2.0, 3.0):
        passed = read >= threshold if at_least else read <= threshold
        assert holds(read, abs(threshold)) == (passed == passes), (said, read)


@pytest.mark.parametrize("threshold", [2.0, 0.0, -2.0])
@pytest.mark.parametrize("rises", [True, False])
@pytest.mark.parametrize("control", [True, False])
@pytest.mark.parametrize("review", [True, False])
def test_what_a_rule_asks_for_is_what_passes_it(threshold: float, rises: bool, control: bool, review: bool) -> None:
    asked = Rule("ex", "points", threshold, rises, None, None, None, 6, control, True, 0.4, 1.0)
    said = str(rule_itself(asked, review=review)).replace("\N{NO-BREAK SPACE}", " ")
    holds = truth(said)
    for read in (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0):
        assert holds(read, abs(threshold)) == (read >= threshold if rises else read <= threshold), (said, read)
    assert ("more than in control units" in said) == control
    assert ("in the whole firm" in said, "in pilot units" in said) == (review, not review)
    assert ("keep it only if" in said, "scale only if" in said) == (review, not review)
    assert ("(40 of 100 futures)" in said) == review
    billed = Rule("ex", "points", None, True, None, threshold / 100, None, 6, False, True, 0.4)
    said = str(rule_itself(billed)).replace("\N{NO-BREAK SPACE}", " ")
    over = {2.0: "the bills run at most 2 % above plan", 0.0: "the bills do not run above plan",
            -2.0: "the bills come in at least 2 % below plan"}  # fmt: skip
    assert over[threshold] in said


@pytest.mark.parametrize(
    ("always", "review", "said"),
    [("scale", False, "scale whatever"), ("stop", False, "stop whatever"),
     ("scale", True, "keep it whatever"), ("stop", True, "stop whatever")],
)  # fmt: skip
def test_a_rule_that_reads_nothing_says_what_it_does(always: str, review: bool, said: str) -> None:
    told = Rule("ex", "points", None, True, None, None, always, 6, False, True, float(always == "scale"))
    assert str(rule_itself(told, review=review)) == f"After 6 months, {said} is read."
