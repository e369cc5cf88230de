# SPDX-License-Identifier: MIT
"""What is possible of a driver but hardly true: its costs, its effects, whom it reaches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from txsim.language import Figure, lazy
from txsim.priors.distributions import Distribution, is_point, quantile
from txsim.priors.moments import mean, median
from txsim.priors.sentences import plain_number
from txsim.scenario.actions import Driver, Push
from txsim.scenario.belief_checks import Finding
from txsim.scenario.models import Scenario
from txsim.scenario.programme import Cost
from txsim.scenario.record import Record
from txsim.scenario.yaml_reader import Path_

#: Index points that few programmes move.
_LARGE_EFFECT = 20.0


def driver_remarks(scenario: Scenario, i: int, driver: Driver, revenue: float | None) -> Iterator[Finding]:
    """Yield remarks on the i-th driver; ``revenue`` is the firm's in a year, where it is known."""
    where = ("drivers", i)
    horizon = scenario.horizon_months
    active = max(min(horizon - driver.start, driver.months or horizon), 0)
    heads = median(driver.heads) if driver.heads is not None else heads_of(scenario, driver)
    total = median(driver.one_off) + (median(driver.monthly) + median(driver.per_head_monthly) * heads) * active
    total += sum(median(cost.amount) * _times(cost, active) for cost in driver.costs)
    if revenue and total > 0.1 * revenue * horizon:
        yield (
            where,
            lazy("costs {total} of the revenue of the horizon", total=Figure(total / (revenue * horizon), "percent")),
            lazy("monthly cost is per month"),
        )
    if total == 0:
        yield where, lazy("costs nothing"), lazy("even a change of habits takes people's time")
    for j, push in enumerate(driver.pushes):
        yield from _push(scenario, (*where, "pushes", j), push)
        ramp = median(push.months)
        if driver.months is not None and ramp > driver.months:
            message = lazy(
                "takes {ramp:g} months to its full effect, but the driver ends after {months}",
                ramp=ramp,
                months=driver.months,
            )
            yield (*where, "pushes", j, "months"), message, ""
    if driver.slip is not None and driver.start + median(driver.slip) >= horizon:
        message = lazy(
            "takes effect {late:.4g} months late, but {horizon} months are counted: in half of all futures it does not "
            "even begin", late=median(driver.slip), horizon=horizon,
        )  # fmt: skip
        yield (*where, "slip"), message, lazy("months beyond the plan")
    if driver.delivery is not None and is_point(driver.delivery) and driver.delivery.args[0] >= 1:
        yield (
            (*where, "delivery"),
            lazy("execution is taken to lose nothing"),
            lazy("most programmes deliver a third to two thirds"),
        )
    if driver.cost_overrun is not None and quantile(driver.cost_overrun, 0.95) < 1:
        yield (*where, "cost_overrun"), lazy("is a ratio to the plan: 1.2 is 20 % over it"), ""


#: How many times its median the mean of a quantity may be before somebody should look again.
_MEAN_TO_MEDIAN = 4.0


def far_apart(scenario: Scenario) -> Iterator[Finding]:
    """Ask about quantities so wide that their mean, by which money is decided, is several times their middle."""
    for path, stated in stated_quantities(scenario):
        middle, average = median(stated), mean(stated)
        if stated.family == "lognormal" and average > _MEAN_TO_MEDIAN * middle:
            factor = quantile(stated, 0.95) / middle
            message = lazy(
                "one future in twenty has more than {high}, {factor:.3g} times the middle, {middle}; the mean is "
                "{mean}",
                high=plain_number(factor * middle), factor=factor, middle=plain_number(middle),
                mean=plain_number(average),
            )  # fmt: skip
            yield path, message, lazy("is a factor of {factor:.3g} meant? 2 is half as much to twice as much",
                                      factor=factor / 10)  # fmt: skip


def stated_quantities(of: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Distribution]]:
    """Yield every quantity that a scenario, or a part of it at a path, states, with its path."""
    if of is None or isinstance(of, str | int | float):  # by far the most frequent
        return
    if isinstance(of, Distribution):
        yield path, of
    elif isinstance(of, Record):
        for field in type(of).model_fields.values():
            if field.name in of.model_fields_set:
                inner = path if field.name in ("prior", "value") else (*path, field.alias or field.name)
                yield from stated_quantities(getattr(of, field.name), inner)
    elif isinstance(of, Mapping | tuple):
        for key, inner_value in of.items() if isinstance(of, Mapping) else enumerate(of):
            yield from stated_quantities(inner_value, (*path, key))


def at_once(one_off: Distribution, costs: Iterable[Cost]) -> float:
    """Return all that is paid at once, in whatever month."""
    return median(one_off) + sum(median(cost.amount) for cost in costs if cost.month is not None)


def _times(cost: Cost, active: int) -> int:
    """Return in how many months a cost falls while a driver is active."""
    if cost.from_month is None:
        return 1
    left: int = max(active - cost.from_month, 0)
    return left if cost.months is None else min(int(cost.months), left)


def heads_of(scenario: Scenario, driver: Driver) -> float:
    """Return how many people a driver reaches, at the medians of the headcounts."""
    staff = scenario.organisation.staff
    return sum(median(staff[group].headcount) for group in scenario.groups_reached(driver))


def _less_than_a_point(effect: Distribution) -> bool:
    """Whether an effect is smaller than a point: all of it, or its middle where none of it goes the other way."""
    low, middle, high = (quantile(effect, level) for level in (0.05, 0.5, 0.95))
    return max(abs(low), abs(high)) < 1 or (abs(middle) < 1 and low * high > 0)


def _push(scenario: Scenario, where: tuple[str | int, ...], push: Push) -> Iterator[Finding]:
    points, size = median(push.points), median(push.effect)
    if abs(points) > _LARGE_EFFECT:
        yield (
            (*where, "effect"),
            lazy("an effect of {points:.0f} index points", points=points)
            if abs(push.scale.points_per_unit) == 1
            else lazy(
                "an effect of {size:.4g} {unit}, {points:.0f} of the index from 0 to 100",
                size=size,
                unit=lazy(push.scale.unit),
                points=points,
            ),
            lazy("few programmes move an index by 20"),
        )
    elif size and abs(push.scale.points_per_unit) <= 1 and _less_than_a_point(push.effect):
        message = lazy("{words:g} is less than one point in a hundred", words=float(f"{size:.4g}"))
        yield (
            (*where, "effect"),
            message,
            lazy("effects are in points of the scale, not shares: one half of a scale of 100 is 50"),
        )
    if size == 0 and is_point(push.effect):
        yield (*where, "effect"), lazy("an effect of nothing"), ""
    if points < 0:
        less = push.scale.points_per_unit < 0
        hint = (
            lazy("on this scale less is better: a reduction is written with a minus")
            if less
            else lazy("less than 0 makes it worse")
        )
        yield (*where, "effect"), lazy("lowers the index by {points:.3g} points", points=-points), hint
    baseline = next((b for name in (push.target, push.node) if (b := scenario.baseline(name)) is not None), None)
    if baseline is None:
        return
    end, scale = median(baseline.index) + points, baseline.scale
    if not 0 <= end <= 100:
        message = lazy(
            "leads from {median:.0f} to {end:.0f} {unit}, off the scale from {worst} to {best}",
            median=scale.index_to_level(median(baseline.index)), end=scale.index_to_level(end),
            unit=lazy(scale.unit), worst=plain_number(scale.worst), best=plain_number(scale.best),
        )  # fmt: skip
        yield (*where, "effect"), message, ""
    if "scale" not in push.model_fields_set and scale.name not in ("index", "percent"):
        here = f"{scale.points_to_difference(size):.3g}"
        message = lazy(
            "the effect is in index points, but `{node}` is measured in {unit}: {words:.3g} are {here}",
            node=push.node,
            unit=scale.unit,
            words=size,
            here=here,
        )
        yield (
            (*where, "effect"),
            message,
            lazy("write `scale: {name}` to say which", name=scale.name if scale.name != "custom" else "index"),
        )
