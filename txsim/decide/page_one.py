# SPDX-License-Identifier: MIT
"""What stands on page one beside the recommendation: course, hinges, bridge from the plan, levers, tests, owners.

Everything speaks of the option of the business case and rests on the forecast's own draws; other terms are simulated
on the first of them (:mod:`txsim.decide.variation`), all in one go.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from txsim.decide.bases import distinct
from txsim.decide.fixed_break_even import break_even_if_fixed, limit_if_fixed
from txsim.decide.flips import limit_reached, local_mean
from txsim.decide.levers import levers
from txsim.decide.option_paths import acting, expected, paths_taken, present_flows
from txsim.decide.pilot_rule import rules_of
from txsim.decide.policies import Policies, offered
from txsim.decide.response import break_even
from txsim.decide.screening import influential
from txsim.decide.settlement import ranked
from txsim.decide.terms import Terms
from txsim.decide.variation import levels_at, peak_funding, vary
from txsim.forecast import Forecast
from txsim.forecast.criterion import decision_limits
from txsim.forecast.labels import label_of
from txsim.forecast.plain_numbers import is_of_firm
from txsim.language import N_, Message, joined, lazy, verbatim
from txsim.results.page_one import Course, Duty, Hinge, Histogram, NumberTest, PageOne, PlanBridge, StatedNumber
from txsim.results.recommendation import Recommendation
from txsim.simulate.points import BATCHES
from txsim.simulate.quantities import own_quantities
from txsim.simulate.statistics import weighted_quantiles
from txsim.types import Array

_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
_HINGES = 3
#: Bins of the histogram, about.
_HISTOGRAM = 56
#: Draws on which the firm's numbers are tested.
_TEST_DRAWS = 2**10
_TEST = 0.2
#: What is decided later, by which rule; a rule is a sentence with its full stop.
_DECIDES = {
    "pilot_then_decide": N_("scale or stop, in month {n}, by this rule. {rule}"),
    "commit_review": N_("keep or stop, in month {n}, by this rule. {rule}"),
}
_OWNERS = {
    "c_level": N_("A C-level customer-experience director"),
    "shared": N_("Two heads jointly, such as those of HR and of customer experience"),
    "none": N_("Nobody yet: name one"),
}


def page_one(
    forecast: Forecast,
    option: str,
    recommendation: Recommendation,
    chosen: Policies | None,
    stated: Sequence[StatedNumber],
    *,
    whole: bool = True,
) -> PageOne:
    """Return what stands on page one of a forecast.

    ``whole``: whether to look at other terms, too: else there are no hinges, bridge, levers and tests.
    """
    taken = paths_taken(forecast, option, chosen)
    course, scaled = courses(forecast, taken)
    worth = {path: forecast.worth(path) for path in taken}
    lost = {path: np.minimum(value, 0.0) for path, value in worth.items()}
    share = expected({path: (value < 0).astype(float) for path, value in worth.items()}, taken).mean()
    loss = float(expected(lost, taken).mean() / share) if share > 0 else None
    later = _later(forecast, recommendation, chosen)
    hinges = _hinges(forecast, option, recommendation, chosen) if whole else ()
    tested = tested_numbers(forecast, recommendation, chosen, stated) if whole else ()
    return PageOne(
        option=option,
        course=course,
        scaled=scaled,
        histogram=histogram(forecast, acting(chosen, list(recommendation.mean_npv)), chosen),
        loss=loss,
        hinges=hinges,
        bridge=_bridge(forecast, option, recommendation) if whole else PlanBridge(()),
        levers=levers(forecast, option, recommendation, chosen, later) if whole else (),
        tested=tested,
        later=later,
        duties=_duties(forecast, option, chosen),
        because=tuple(_because(recommendation, hinges, tested)),
    )


def _because(
    recommendation: Recommendation, hinges: Sequence[Hinge], tested: Sequence[NumberTest]
) -> Iterator[Message]:
    """Give what the hinges and the tests add to the reasons of a recommendation."""
    if recommendation.state == "open" and recommendation.settlement is None and hinges:
        yield lazy("It hangs most on this: {meaning}.", meaning=hinges[0].meaning)
    best = recommendation.best or recommendation.option
    if recommendation.state == "clear" and tested and not any(test.turns(best) for test in tested):
        yield lazy("No figure of the firm turns it, a fifth lower or higher.")


def courses(forecast: Forecast, taken: Mapping[str, Array]) -> tuple[Course, Course | None]:
    """Return the course of all futures, and of a policy that of the futures in which it goes on."""
    paths = tuple(taken)
    courses = {}
    for path, (rest, one_off) in present_flows(forecast, paths).items():
        present = np.cumsum(rest + one_off, axis=0)
        # What customers kept are worth after the horizon, where it counts, comes with the last month.
        present[-1] = forecast.worth(path)
        courses[path] = present
    whole = np.concatenate(list(courses.values()), axis=1)
    weights = np.concatenate(list(taken.values()))
    goes_on = paths[-1]
    scaled = None
    if len(paths) > 1 and taken[goes_on].sum() > 0:
        scaled = _course(courses[goes_on], taken[goes_on])
    return _course(whole, weights), scaled


def _course(present: Array, weights: Array) -> Course:
    levels = np.array([weighted_quantiles(month, weights, _LEVELS) for month in present]).T.tolist()
    mean = (present @ weights / weights.sum()).tolist()
    p05, p25, p50, p75, p95 = (tuple(level) for level in levels)
    return Course(p05, p25, p50, p75, p95, tuple(mean))


def histogram(forecast: Forecast, options: Sequence[str], chosen: Policies | None) -> Histogram | None:
    """Return the shares of futures by net present value of some options; ``None`` where nothing is uncertain."""
    worth = forecast.worths()
    mixed = {}
    for name in options:
        taken = paths_taken(forecast, name, chosen)
        mixed[name] = np.concatenate([worth[path] for path in taken]), np.concatenate(list(taken.values()))
    ends = np.array([weighted_quantiles(values, weights, (0.001, 0.997)) for values, weights in mixed.values()])
    low, high = min(float(ends[:, 0].min()), 0.0), max(float(ends[:, 1].max()), 0.0)
    if high - low <= 0:
        return None
    width = _nice((high - low) / _HISTOGRAM)
    told = np.concatenate([values[weights > 0] for values, weights in mixed.values()])
    # What is beyond an end is counted in its last bar, which lies on the same side of 0.
    first, last = min(math.floor(low / width), -int(told.min() < 0)), max(math.ceil(high / width), int(told.max() >= 0))
    shares = {}
    for name, (values, weights) in mixed.items():
        place = np.clip(np.floor(values / width), first, last - 1).astype(int) - first
        counted = np.bincount(place, weights, last - first) / weights.sum()
        shares[name] = tuple(counted.tolist())
    return Histogram(first * width, width, shares)


def _nice(width: float) -> float:
    """Return a round width near this one: 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(width))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width * 0.8)


def _hinges(
    forecast: Forecast, option: str, recommendation: Recommendation, chosen: Policies | None
) -> tuple[Hinge, ...]:
    worth = forecast.worths()

    def payoff(name: str) -> Array:
        if name == "do_nothing":
            return np.zeros(forecast.draws)
        return expected(worth, paths_taken(forecast, name, chosen))

    ours, other = payoff(option), "do_nothing"
    flips = [flip.option for flip in recommendation.flips if flip.value is not None]
    if recommendation.state == "leaning" and option == recommendation.option and flips:
        other = flips[0]
    gap = ours - payoff(other)
    fixable = {option, other} <= {"do_nothing", *forecast.options}

    def advantage(of: Mapping[str, Array]) -> Array:
        return of[option] - of.get(other, np.zeros(()))

    limits = decision_limits(forecast.scenario)
    excesses = limits.excess(offered(forecast, chosen)[option])
    continuous = {
        name: values
        for name, values in influential(forecast.scenario, forecast.drawn).items()
        if not name.startswith("pilot.") and distinct(values[:64]).size >= 8
    }
    hinges = []
    for name in ranked(continuous, gap)[:_HINGES]:
        values, label = forecast.drawn.uncertain[name], label_of(forecast.scenario, name)
        even = break_even(gap, values, batches=BATCHES)
        low, middle, high = (label.stated(float(np.quantile(values, q))) for q in (0.05, 0.5, 0.95))
        ends = [float(local_mean(values, ours[:, None], q)[0][0]) for q in (0.05, 0.95)]
        turned = label.per_unit < 0
        reached = limit_reached(excesses, values, even)
        hinges.append(
            Hinge(
                name,
                label.meaning,
                label.unit,
                middle,
                min(low, high),
                max(low, high),
                None if even.value is None else label.stated(even.value.value),
                even.above is not turned,
                even.p_good.value,
                min(ends),
                other,
                break_even_if_fixed(forecast, name, advantage, even, label) if fixable else None,
                None if reached is None else label.stated(reached.value),
                reached is not None and reached.above is not turned,
                "" if reached is None else reached.limit,
                limit_if_fixed(forecast, option, name, reached, label),
                label.stated_gap(even.gap),
                () if reached is None else label.stated_gap(reached.gap),
            )
        )
    return tuple(hinges)


def _execution(forecast: Forecast, key: str, value: float) -> dict[str, float]:
    return {f"{driver.name}.{key}": value for driver in forecast.scenario.drivers}


def _bridge(forecast: Forecast, option: str, recommendation: Recommendation) -> PlanBridge:
    """Return the bridge: each driver at plan, then bills, delay and delivery at their middle, then all futures.

    Bills are skewed: what they are on average beside their middle is a step of its own, before the rest of chance.
    """
    bills, late, whole = (
        _execution(forecast, k, v) for k, v in (("cost_overrun", 1.0), ("slip", 0.0), ("delivery", 1.0))
    )
    uncertain = forecast.drawn.uncertain
    average = {name: float(uncertain[name].mean()) for name in bills if name in uncertain}
    plan, dearer, later, middle, dear = (
        each["commit"]
        for each in levels_at(forecast, [{**bills, **late, **whole}, {**late, **whole}, whole, {}, average])
    )
    mean = float(forecast.worth("commit").mean())
    steps: list[tuple[Any, float]] = [
        ("plan", plan),
        ("bills", dearer - plan),
        ("late", later - dearer),
        ("partly", middle - later),
        ("middle", middle),
        *([("bills_mean", dear - middle)] if average else []),
        ("few_gain", mean - dear),
    ]
    if option != "commit":
        steps.append(("stop", recommendation.mean_npv[option] - mean))
    steps.append(("expected", recommendation.mean_npv[option]))
    return PlanBridge(tuple(steps))


def tested_numbers(
    forecast: Forecast, recommendation: Recommendation, chosen: Policies | None, stated: Sequence[StatedNumber]
) -> tuple[NumberTest, ...]:
    """Return what options are expected to pay with each plain number of the firm a fifth lower and higher.

    ``stated``: its plain numbers; those of drivers and pilot are left out, as are index levels, horizon and discount
    rate.
    """
    own = own_quantities(forecast.scenario)
    names = [each.name for each in stated if is_of_firm(each.name) and each.name in own]
    if not names:
        return ()
    terms = Terms(forecast, recommendation, chosen, _TEST_DRAWS)
    values = {name: float(own[name].args[0]) for name in names}
    variants = [{name: values[name] * factor} for name in names for factor in (1 - _TEST, 1 + _TEST)]
    worths = vary(forecast, variants, _TEST_DRAWS)
    limited = terms.limits.max_peak_funding is not None
    peaks = vary(forecast, variants, _TEST_DRAWS, peak_funding) if limited else [None] * len(variants)
    sides = list(zip(worths, peaks, strict=True))
    tests = []
    for i, name in enumerate(names):
        low, high = (terms.under(worth, peak) for worth, peak in sides[2 * i : 2 * i + 2])
        tests.append(NumberTest(name, low.means, high.means, terms.best(low)[0], terms.best(high)[0]))
    return tuple(tests)


def _later(forecast: Forecast, recommendation: Recommendation, chosen: Policies | None) -> dict[str, float]:
    if forecast.later is None:
        return {}
    worth = {path: forecast.worth(path, forecast.later) for path in forecast.options}
    options = acting(chosen, list(recommendation.mean_npv))
    return {name: float(expected(worth, paths_taken(forecast, name, chosen)).mean()) for name in options}


def _duties(forecast: Forecast, option: str, chosen: Policies | None) -> tuple[Duty, ...]:
    scenario = forecast.scenario
    duties = []
    by_owner: dict[str, list[str]] = {}
    for driver in scenario.drivers:
        by_owner.setdefault(driver.owner, []).append(driver.title or driver.name)
    for owner, names in by_owner.items():
        titles = joined(", ", [lazy("“{name}”", name=verbatim(name)) for name in names])
        what = lazy("delivery of {drivers}, bills to plan", drivers=titles)
        duties.append(Duty(lazy(_OWNERS[owner]), what))
    if scenario.pilot is not None and chosen is not None and option in _DECIDES:
        month = scenario.pilot.months + scenario.pilot.decision_months
        rule = rules_of(scenario, chosen)[option]
        duties.append(Duty(lazy("CFO"), lazy(_DECIDES[option], n=month, rule=rule)))
    else:
        duties.append(Duty(lazy("CFO"), lazy("compare bills and benefits with this table every year")))
    return tuple(duties)
