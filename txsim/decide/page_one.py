# SPDX-License-Identifier: MIT
"""What stands on page one beside the recommendation: course, hinges, bridge from the plan, levers, tests, owners.

Everything speaks of the option of the business case and rests on the forecast's own draws; other terms are simulated
on the first of them (:mod:`txsim.decide.variation`), all in one go.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from txsim.decide.choice import local_mean
from txsim.decide.moving import moving
from txsim.decide.policies import Policies
from txsim.decide.regression import distinct
from txsim.decide.settlement import ranked
from txsim.decide.taken import acting, expected, paths_taken, weighted_quantiles
from txsim.decide.terms import Terms, UnderTerms
from txsim.decide.variation import levels_at, peak_funding, vary
from txsim.forecast import Forecast
from txsim.forecast.figures import LATER
from txsim.forecast.labels import label_of
from txsim.forecast.stated import is_of_firm
from txsim.language import N_, lazy, verbatim
from txsim.priors.catalogue import delivery_prior
from txsim.priors.distributions import quantile
from txsim.results.page_one import Course, Duty, Hinge, Histogram, Lever, PageOne, PlanBridge, Stated, Tested
from txsim.results.recommendation import Recommendation
from txsim.simulate.engine import run
from txsim.simulate.points import BATCHES
from txsim.simulate.quantities import own_quantities
from txsim.types import Array

__all__ = ["courses", "histogram", "page_one", "tested_numbers"]

_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
_HINGES = 3
#: Bins of the histogram, about.
_HISTOGRAM = 56
#: Draws on which other terms are simulated at most, and those on which the firm's numbers are tested.
_LEVER_DRAWS, _TEST_DRAWS = 2**11, 2**10
#: A price falls by this in the simulation; what other cuts do is in proportion.
_CUT = 0.1
#: The largest cut that is somebody's to ask for.
_MOST_CUT = 0.5
#: What each cut of a price is of.
_PRICES = {"price": ("one_off",), "running": ("monthly", "per_head_monthly")}
_CAPS = (0.1, 0.0)
_TEST = 0.2
_OWNERS = {
    "c_level": N_("A C-level customer-experience director"),
    "shared": N_("HR director and head of CX, jointly"),
    "none": N_("Nobody yet: name one"),
}


def page_one(
    forecast: Forecast,
    option: str,
    recommendation: Recommendation,
    chosen: Policies | None,
    stated: Sequence[Stated],
    *,
    whole: bool = True,
) -> PageOne:
    """Return what stands on page one of a forecast.

    Parameters
    ----------
    forecast
        Of one scenario.
    option
        Which option it speaks of.
    recommendation
        What is recommended.
    chosen
        The policies of the scenario.
    stated
        Its plain numbers.
    whole
        Whether to look at other terms, too: else there are no hinges, bridge, levers and tests.
    """
    taken = paths_taken(forecast, option, chosen)
    course, scaled = courses(forecast, taken)
    worth = {path: forecast.worth(path) for path in taken}
    lost = {path: np.minimum(value, 0.0) for path, value in worth.items()}
    share = expected({path: (value < 0).astype(float) for path, value in worth.items()}, taken).mean()
    loss = float(expected(lost, taken).mean() / share) if share > 0 else None
    return PageOne(
        option=option,
        course=course,
        scaled=scaled,
        histogram=histogram(forecast, acting(chosen, list(recommendation.mean_npv)), chosen),
        loss=loss,
        hinges=_hinges(forecast, option, recommendation, chosen) if whole else (),
        bridge=_bridge(forecast, option, recommendation) if whole else PlanBridge(()),
        levers=_levers(forecast, option, recommendation, chosen) if whole else (),
        tested=tested_numbers(forecast, recommendation, chosen, stated) if whole else (),
        later=_later(forecast, recommendation, chosen),
        duties=_duties(forecast, option),
    )


def courses(forecast: Forecast, taken: Mapping[str, Array]) -> tuple[Course, Course | None]:
    """Return the course of all futures, and of a policy that of the futures in which it goes on."""
    plan = forecast.scene.plan
    paths = tuple(taken)
    fields = ("payoff", "one_off", "tax") if forecast.scenario.decision.after_tax else ("payoff", "one_off")
    outcome = run(plan, forecast.scene.matrix, paths=paths, monthly=(paths, fields))
    rest, at_start = np.asarray(plan.discount_rest)[:, None], np.asarray(plan.discount_one_off)[:, None]
    courses = {}
    for path in paths:
        one_off = outcome.by_month(path, "one_off")
        flow = np.diff(outcome.by_month(path, "payoff"), axis=0, prepend=0.0)
        if len(fields) > 2:
            flow = flow - outcome.by_month(path, "tax")
        present = np.cumsum((flow + one_off) * rest - one_off * at_start, axis=0)
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
    if weights.min() == weights.max():  # one order for all months would not do, but all count alike: sorted at once
        places = np.searchsorted(np.cumsum(weights), np.asarray(_LEVELS) * weights.sum() * (1 - 1e-12))
        ordered = np.sort(present, axis=1)
        levels = ordered[:, np.minimum(places, weights.size - 1)].T.tolist()
    else:
        levels = np.array([weighted_quantiles(month, weights, _LEVELS) for month in present]).T.tolist()
    mean = (present @ weights / weights.sum()).tolist()
    p05, p25, p50, p75, p95 = (tuple(level) for level in levels)
    return Course(p05, p25, p50, p75, p95, tuple(mean))


def histogram(forecast: Forecast, options: Sequence[str], chosen: Policies | None) -> Histogram | None:
    """Return the shares of futures by net present value of some options; ``None`` where nothing is uncertain."""
    worth = {path: forecast.worth(path) for path in forecast.options}
    mixed = {}
    for name in options:
        taken = paths_taken(forecast, name, chosen)
        mixed[name] = np.concatenate([worth[path] for path in taken]), np.concatenate(list(taken.values()))
    ends = np.array([weighted_quantiles(values, weights, (0.001, 0.997)) for values, weights in mixed.values()])
    low, high = min(float(ends[:, 0].min()), 0.0), max(float(ends[:, 1].max()), 0.0)
    if high - low <= 0:
        return None
    width = _nice((high - low) / _HISTOGRAM)
    first, last = math.floor(low / width), math.ceil(high / width)
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
    worth = {path: forecast.worth(path) for path in forecast.options}

    def payoff(name: str) -> Array:
        if name == "do_nothing":
            return np.zeros(forecast.draws)
        return expected(worth, paths_taken(forecast, name, chosen))

    ours, other = payoff(option), "do_nothing"
    flips = [flip.option for flip in recommendation.flips if flip.value is not None]
    if recommendation.state == "leaning" and option == recommendation.option and flips:
        other = flips[0]
    gap = ours - payoff(other)
    continuous = {
        name: values
        for name, values in moving(forecast.scenario, forecast.drawn).items()
        if not name.startswith("pilot.") and distinct(values[:64]).size >= 8
    }
    hinges = []
    for name in ranked(continuous, gap)[:_HINGES]:
        values, label = forecast.drawn.uncertain[name], label_of(forecast.scenario, name)
        from txsim.decide.response import break_even

        even = break_even(gap, values, batches=BATCHES)
        low, middle, high = (label.stated(float(np.quantile(values, q))) for q in (0.05, 0.5, 0.95))
        ends = [float(local_mean(values, ours[:, None], q)[0][0]) for q in (0.05, 0.95)]
        turned = label.per_unit < 0
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
            )
        )
    return tuple(hinges)


def _execution(forecast: Forecast, key: str, value: float) -> dict[str, float]:
    return {f"{driver.name}.{key}": value for driver in forecast.scenario.drivers}


def _bridge(forecast: Forecast, option: str, recommendation: Recommendation) -> PlanBridge:
    """Return the bridge: each driver at plan, then its bills, delay and delivery at their middle, then all futures."""
    bills, late, whole = (
        _execution(forecast, k, v) for k, v in (("cost_overrun", 1.0), ("slip", 0.0), ("delivery", 1.0))
    )
    plan, dearer, later, middle = (
        each["commit"] for each in levels_at(forecast, [{**bills, **late, **whole}, {**late, **whole}, whole, {}])
    )
    mean = float(forecast.worth("commit").mean())
    steps: list[tuple[Any, float]] = [
        ("plan", plan),
        ("bills", dearer - plan),
        ("late", later - dearer),
        ("partly", middle - later),
        ("middle", middle),
        ("few_gain", mean - middle),
    ]
    if option != "commit":
        steps.append(("stop", recommendation.mean_npv[option] - mean))
    steps.append(("expected", recommendation.mean_npv[option]))
    return PlanBridge(tuple(steps))


def _levers(
    forecast: Forecast, option: str, recommendation: Recommendation, chosen: Policies | None
) -> tuple[Lever, ...]:
    scenario, drawn = forecast.scenario, forecast.drawn.quantities
    terms = Terms(forecast, recommendation, chosen, _LEVER_DRAWS)

    def of(key: str) -> dict[str, Array]:
        names = [f"{driver.name}.{key}" for driver in scenario.drivers]
        return {name: drawn[name] for name in names if name in drawn}

    variants: list[tuple[Any, float, dict[str, Array | float]]] = [
        ("cap", cap, {name: np.minimum(values, 1.0 + cap) for name, values in of("cost_overrun").items()})
        for cap in _CAPS
    ]

    def cheaper(lever: str, share: float) -> dict[str, Array | float]:
        cut: dict[str, Array | float] = {}
        for driver in scenario.drivers:
            for key in _PRICES[lever]:
                value = getattr(driver, key)
                if value is not None:
                    name = f"{driver.name}.{key}"
                    cut[name] = (1.0 - share) * drawn.get(name, value.args[0])
            for i, cost in enumerate(driver.costs):
                if (cost.month is not None) == (lever == "price"):
                    name = f"{driver.name}.costs[{i}].amount"
                    cut[name] = (1.0 - share) * drawn.get(name, cost.amount.args[0])
        return cut

    variants += [(lever, _CUT, cheaper(lever, _CUT)) for lever in _PRICES]
    variants.append(("on_time", 0.0, {name: 0.0 for name in of("slip")}))
    owner: dict[str, Array | float] = {}
    for driver in scenario.drivers:
        name = f"{driver.name}.delivery"
        if driver.owner != "c_level" and driver.delivery is None and name in drawn:
            owner[name] = _as_owned(drawn[name])
    variants.append(("owner", 0.0, owner))
    variants = [each for each in variants if each[2]]
    worths = vary(forecast, [each[2] for each in variants], _LEVER_DRAWS)
    peaks: list[dict[str, Array] | None] = [None] * len(variants)
    if terms.limits.max_peak_funding is not None:
        # A peak is convex in prices: between none and the largest cut a straight line is never below it.
        deepest = [cheaper(lever, _MOST_CUT) if lever in _PRICES else variant for lever, _size, variant in variants]
        peaks = [*vary(forecast, deepest, _LEVER_DRAWS, peak_funding)]
    levers = [
        _lever(terms, lever, size, option, worth, peak)
        for (lever, size, _variant), worth, peak in zip(variants, worths, peaks, strict=True)
    ]
    if forecast.later is not None:
        levers.append(_longer(terms, option, _later(forecast, recommendation, chosen)))
    # Of two caps the looser one that turns the answer, else the tighter one, which does most.
    caps = [lever for lever in levers if lever.name == "cap"]
    keep = next((lever for lever in caps if lever.turns), caps[-1] if caps else None)
    levers = [lever for lever in levers if lever.name != "cap" or lever is keep]
    least = 2 * recommendation.mcse
    levers = [lever for lever in levers if lever.gain > least]
    return tuple(sorted(levers, key=lambda lever: (not lever.turns, _price(lever), -lever.gain)))


def _longer(terms: Terms, option: str, later: Mapping[str, float]) -> Lever:
    """Return what counting two more years does."""
    forecast = terms.forecast
    worth = {path: forecast.worth(path, forecast.later)[terms.kept] for path in forecast.options}
    p_loss = {"do_nothing": 0.0, **{name: terms.loses(name, worth) for name in terms.options}}
    best, turns = terms.turns(UnderTerms({"do_nothing": 0.0, **later}, p_loss, terms.now.peaks))
    gain = later[option] - terms.recommendation.mean_npv[option]
    return Lever("horizon", float(LATER), gain, best, turns, p_loss[best if turns else option])


def _price(lever: Lever) -> float:
    """Return how much is asked for by a lever that turns the answer; 0 for those that do not."""
    return abs(lever.gain) if lever.turns else 0.0


def _as_owned(values: Array) -> Array:
    """Return delivery as a board member who owns it has it, future by future at the same rank."""
    owned = delivery_prior("c_level")
    ranks = (np.argsort(np.argsort(values, kind="stable"), kind="stable") + 0.5) / values.size
    at = np.linspace(0.0005, 0.9995, 400)
    return np.interp(ranks, at, [quantile(owned, float(q)) for q in at])


def _lever(
    terms: Terms, name: Any, size: float, option: str, worth: Mapping[str, Array], peaks: Mapping[str, Array] | None
) -> Lever:
    deepest = _CUT / _MOST_CUT if name in _PRICES else 1.0
    judged = terms.under(worth, peaks, peak_scale=deepest)
    if name in _PRICES:
        # Costs are linear in prices: the smallest cut of full five per cent that turns the answer, else the simulated.
        for steps in range(1, round(_MOST_CUT / 0.05) + 1):
            tried = terms.under(worth, peaks, 0.05 * steps / _CUT, 0.05 * steps / _MOST_CUT)
            if terms.turns(tried)[1]:
                size, judged = 0.05 * steps, tried
                break
    best, turns = terms.turns(judged)
    gain = judged.means[option] - terms.recommendation.mean_npv[option]
    return Lever(name, size, gain, best, turns, judged.p_loss[best if turns else option])


def tested_numbers(
    forecast: Forecast, recommendation: Recommendation, chosen: Policies | None, stated: Sequence[Stated]
) -> tuple[Tested, ...]:
    """Return what options are expected to pay with each plain number of the firm a fifth lower and higher.

    Parameters
    ----------
    forecast
        Of one scenario.
    recommendation
        What is recommended on it.
    chosen
        Its policies, which keep their rule.
    stated
        Its plain numbers; those of drivers and pilot are left out, as are index levels, horizon and discount rate.
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
        tests.append(Tested(name, low.means, high.means, terms.best(low)[0], terms.best(high)[0]))
    return tuple(tests)


def _later(forecast: Forecast, recommendation: Recommendation, chosen: Policies | None) -> dict[str, float]:
    if forecast.later is None:
        return {}
    worth = {path: forecast.worth(path, forecast.later) for path in forecast.options}
    options = acting(chosen, list(recommendation.mean_npv))
    return {name: float(expected(worth, paths_taken(forecast, name, chosen)).mean()) for name in options}


def _duties(forecast: Forecast, option: str) -> tuple[Duty, ...]:
    scenario = forecast.scenario
    duties = []
    by_owner: dict[str, list[str]] = {}
    for driver in scenario.drivers:
        by_owner.setdefault(driver.owner, []).append(driver.title or driver.name)
    for owner, names in by_owner.items():
        what = lazy("delivery of {drivers}, bills to plan", drivers=verbatim(", ".join(names)))
        duties.append(Duty(lazy(_OWNERS[owner]), what))
    if scenario.pilot is not None and option != "commit":
        month = scenario.pilot.months + scenario.pilot.decision_months
        duties.append(Duty(lazy("CFO"), lazy("scale or stop by the rule written down before, in month {n}", n=month)))
    else:
        duties.append(Duty(lazy("CFO"), lazy("compare bills and benefits with this table every year")))
    return tuple(duties)
