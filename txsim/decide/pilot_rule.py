# SPDX-License-Identifier: MIT
"""The decision rule of a pilot or a review as people read it: in the measure's unit, fixed before the data are seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from txsim.decide.policies import Policies, Policy
from txsim.decide.rules import BILLS, Unused
from txsim.decide.survey import Sensor
from txsim.language import N_, Figure, Message, joined, lazy, lazy_plural
from txsim.results.names import node_message
from txsim.results.pilot import Rule, UnusedReading, digits_of
from txsim.scenario import Scenario
from txsim.simulate.points import BATCHES
from txsim.types import Array

#: The rule itself, by whether it is that of a review, and what it is where nothing that is read decides.
_ASKS = {
    False: N_("{start}, scale only if {asked} ({times} of 100 pilots); else stop."),
    True: N_("{start}, keep it only if {asked} ({times} of 100 futures); else stop."),
}
_ALWAYS = {
    ("scale", False): N_("{start}, scale whatever is read."),
    ("stop", False): N_("{start}, stop whatever is read."),
    ("scale", True): N_("{start}, keep it whatever is read."),
    ("stop", True): N_("{start}, stop whatever is read."),
}
#: What must have happened, by the sign of the threshold and whether more is better.
_MOVED = {
    (1, True): N_("has risen by at least {amount}"),
    (0, True): N_("has not fallen"),
    (-1, True): N_("has fallen by no more than {amount}"),
    (1, False): N_("has risen by no more than {amount}"),
    (0, False): N_("has not risen"),
    (-1, False): N_("has fallen by at least {amount}"),
}
_BILLED = {
    1: N_("the bills run at most {share} above plan"),
    0: N_("the bills do not run above plan"),
    -1: N_("the bills come in at least {share} below plan"),
}
#: What would have to happen to turn a decision to stop, and one to go on.
_RISE = {
    (1, True): N_("{node} would have to rise by at least {amount}"),
    (0, True): N_("{node} would have not to fall"),
    (-1, True): N_("{node} would have to fall by no more than {amount}"),
    (1, False): N_("{node} would have to rise by no more than {amount}"),
    (0, False): N_("{node} would have not to rise"),
    (-1, False): N_("{node} would have to fall by at least {amount}"),
}
_FAIL = {
    (1, True): N_("{node} would have to rise by less than {amount}"),
    (0, True): N_("{node} would have to fall"),
    (-1, True): N_("{node} would have to fall by more than {amount}"),
    (1, False): N_("{node} would have to rise by more than {amount}"),
    (0, False): N_("{node} would have to rise"),
    (-1, False): N_("{node} would have to fall by less than {amount}"),
}
_CHEAPER = {
    1: N_("they would have to run at most {share} above plan"),
    0: N_("they would have to stay within plan"),
    -1: N_("they would have to come in at least {share} below plan"),
}
_DEARER = {
    1: N_("they would have to run more than {share} above plan"),
    0: N_("they would have to run above plan"),
    -1: N_("they would have to come in less than {share} below plan"),
}


def rule_of(policy: Policy, sensors: Sequence[Sensor], net_benefit: Array, months: int, *, control: bool) -> Rule:
    """Return the rule of a policy in the units that people read.

    ``net_benefit``: ``(draw, action)`` what stopping and going on pay. ``months``, ``control``: when it is read, and
    whether there are control units.
    """
    rule = policy.rule
    asked = sensors[0 if rule.survey is None else rule.survey.read]
    false_go, false_stop = rule.misses(net_benefit, BATCHES)
    return Rule(
        node=asked.node,
        unit=asked.scale.unit,
        threshold=None if rule.survey is None else rule.survey.told,
        rises=asked.scale.points_per_unit > 0,
        threshold_if_over_budget=None,
        overrun_limit=None if rule.bills is None else rule.bills.told,
        always=None if rule.asks else "scale" if rule.p_pass == 1 else "stop",
        months=months,
        control=control and asked.by_unit,
        by_unit=asked.by_unit,
        p_scale=rule.p_pass,
        step=None if rule.survey is None else rule.survey.step,
        value=rule.value,
        evsi=policy.reading.evsi,
        false_go=false_go,
        false_stop=false_stop,
        unused=tuple(_unused(each, sensors) for each in rule.unused),
    )


def rules_of(scenario: Scenario, chosen: Policies) -> dict[str, Message]:
    """Return the rule of each policy in words, without what it does not ask for."""
    pilot = scenario.pilot
    if pilot is None:  # pragma: no cover - policies exist only with a pilot
        return {}
    read, months = chosen.readable, pilot.months
    scale = rule_of(chosen.pilot, read.sensors, read.pilot.net_benefit, months, control=pilot.control)
    keep = rule_of(chosen.review, read.sensors, read.review.net_benefit, months, control=False)
    return {"pilot_then_decide": rule_itself(scale), "commit_review": rule_itself(keep, review=True)}


def _unused(unused: Unused, sensors: Sequence[Sensor]) -> UnusedReading:
    sensor = None if unused.read == BILLS else sensors[unused.read]
    rises = sensor is None or sensor.scale.points_per_unit > 0
    return UnusedReading(
        reading="bills" if sensor is None else "survey",
        node="" if sensor is None else sensor.node,
        unit="" if sensor is None else sensor.scale.unit,
        rises=rises,
        why=unused.why,
        threshold=unused.told,
        step=unused.step,
        sds=unused.sds if unused.sds is None or rises else -unused.sds,
        passes=unused.passes,
        adds=unused.adds,
        p=unused.p,
    )


def rule_message(rule: Rule) -> Message:
    """Return a pilot's decision rule in words that can be pinned to the wall, and what it does not ask for."""
    return joined(" ", [rule_itself(rule), *(_without(each) for each in rule.unused)])


def rule_itself(rule: Rule, *, review: bool = False) -> Message:
    """Return a decision rule in words.

    ``review``: whether it is that of a review after rolling out, which keeps or stops.
    """
    start = lazy_plural("After {n} month", "After {n} months", rule.months)
    if rule.always is not None:
        return lazy(_ALWAYS[rule.always, review], start=start)
    parts = [*_survey(rule, review=review), *_bills(rule)]
    asked = parts[0] if len(parts) == 1 else lazy("{one} and {other}", one=parts[0], other=parts[1])
    return lazy(_ASKS[review], start=start, asked=asked, times=Figure(rule.p_scale, "times"))


def _survey(rule: Rule, *, review: bool) -> Iterator[Message]:
    if rule.threshold is None:
        return
    words = (
        N_("{node} in the whole firm {moved}") if review or not rule.by_unit else N_("{node} in pilot units {moved}")
    )
    amount = _amount(rule.threshold, rule.step, rule.unit)
    condition = lazy(
        words, node=node_message(rule.node), moved=lazy(_MOVED[_sign(rule.threshold), rule.rises], amount=amount)
    )
    yield lazy("{condition} more than in control units", condition=condition) if rule.control else condition


def _bills(rule: Rule) -> Iterator[Message]:
    if rule.overrun_limit is not None:
        yield bills_condition(rule.overrun_limit)


def bills_condition(limit: float) -> Message:
    """Return what is asked of the bills: at most ``limit`` above plan, a share; below plan where it is negative."""
    return lazy(_BILLED[_sign(limit)], share=Figure(abs(limit), "percent"))


def _without(unused: UnusedReading) -> Message:
    """Return why something that is read is not asked for."""
    survey, node = unused.reading == "survey", node_message(unused.node)
    if unused.why == "adds_little":
        words = N_(
            "What the survey says of {node} would add {adds} to what this rule is worth, too little to ask for it."
        )
        if not survey:
            words = N_("The bills would add {adds} to what this rule is worth, too little to ask for them.")
        return lazy(words, node=node, adds=Figure(max(unused.adds, 0.0), "share"))
    if unused.threshold is None or unused.sds is None:
        words = N_("The survey cannot change the decision: no reading of {node} would.")
        return lazy(words if survey else N_("The bills cannot change the decision, whatever they are."), node=node)
    sign = _sign(unused.threshold)
    if survey:
        amount = _amount(unused.threshold, unused.step, unused.unit)
        what = lazy((_RISE if unused.passes else _FAIL)[sign, unused.rises], node=node, amount=amount)
        words = N_("The survey will hardly change the decision: {what}")
    else:
        share = Figure(abs(unused.threshold), "percent")
        what = lazy((_CHEAPER if unused.passes else _DEARER)[sign], share=share)
        words = N_("The bills will hardly change the decision: {what}")
    # A skewed reading lies few standard deviations away and yet is rare: what is told is how rare.
    end = "." if unused.p is None else lazy(", as in {times} of 100 futures.", times=Figure(unused.p, "times"))
    return joined("", [lazy(words, what=what), end])


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _amount(threshold: float, step: float | None, unit: str) -> Figure:
    """Return a threshold without its sign, with the digits of its step."""
    return Figure(abs(threshold), "number", unit, digits_of(step) if step else None)
