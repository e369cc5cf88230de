# SPDX-License-Identifier: MIT
"""What is possible of a programme but hardly true or meant: its drivers, benefits, costs, segments, time and tax."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from txsim.language import Figure, as_message, lazy
from txsim.pathways import TOOLS
from txsim.priors.distributions import Distribution, is_point
from txsim.priors.moments import median, median_at_most
from txsim.priors.sentences import plain_number
from txsim.scenario import vocabulary
from txsim.scenario.actions import Driver, Push
from txsim.scenario.belief_checks import Finding
from txsim.scenario.models import Scenario
from txsim.scenario.programme import Cost

#: Share of churn that is digital above which somebody should look again.
_MOSTLY_DIGITAL = 0.5
#: Difference of totals, and of the mean response from 1, that is said.
_DIFFERS = 0.01
_RESPONDS = (0.8, 1.25)


def programme_remarks(scenario: Scenario) -> Iterator[Finding]:
    """Yield remarks: path, message, hint."""
    for i, driver in enumerate(scenario.drivers):
        yield from _twice(scenario, i, driver)
        yield from _tires(scenario, i, driver)
        yield from _never_paid(scenario, i, driver)
    yield from _totals(scenario)
    yield from _responses(scenario)
    yield from _digital(scenario)
    firm = scenario.organisation
    absent = any(group.absence_rate is not None for group in firm.staff.values())
    if absent and median(firm.productivity_ex) > 0:
        message = lazy("productivity_ex and absence_rate are both stated: who is present more also does more")
        yield (
            ("organisation", "productivity_ex"),
            message,
            lazy("make sure that productivity_ex is of those who are present"),
        )
    yield from _rate(scenario)


def _rate(scenario: Scenario) -> Iterator[Finding]:
    """Say where the discount rate and the payoff that the decision reads are not both before or both after tax."""
    if scenario.finance is None:
        return
    rate, basis = scenario.discount_rate, scenario.finance.rate_basis
    if scenario.decision.after_tax and basis is None:
        message = lazy("the decision is after tax: {rate:.3g} must be an after-tax rate", rate=rate)
        hint = lazy("write `finance: {rate_basis: after_tax}` if it is one")
        yield ("discount_rate",), message, hint
    elif scenario.decision.after_tax and basis == "before_tax":
        message = lazy("the decision is after tax, but {rate:.3g} is a rate before tax", rate=rate)
        after = rate * (1.0 - scenario.finance.tax_rate)
        yield ("discount_rate",), message, lazy("after tax it is about {after:.3g}", after=after)
    elif not scenario.decision.after_tax and basis == "after_tax":
        message = lazy("the decision is before tax, but {rate:.3g} is a rate after tax", rate=rate)
        yield ("discount_rate",), message, lazy("write `decision: {after_tax: true}`, or state a rate before tax")


def _twice(scenario: Scenario, i: int, driver: Driver) -> Iterator[Finding]:
    """Say where saved minutes are counted twice: as a benefit, and through better tools."""
    if scenario.organisation.time_realised is None:
        return
    tools = [push.target for push in driver.pushes if push.target.partition("[")[0] == TOOLS]
    for j, benefit in enumerate(driver.benefits):
        if benefit.group is not None and {TOOLS, f"{TOOLS}[{benefit.group}]"} & set(tools):
            message = lazy(
                "time_saved of `{group}` and a push on its tools under time_realised: the same minutes twice",
                group=benefit.group,
            )
            yield ("drivers", i, "benefits", j, "time_saved"), message, lazy("leave one of them out")


def _tires(scenario: Scenario, i: int, driver: Driver) -> Iterator[Finding]:
    if scenario.pilot is None:
        return
    for j, push in enumerate(driver.pushes):
        full = max(median(push.months), 1.0)
        if push.tires is not None and full >= scenario.pilot.months:
            message = lazy(
                "the pilot of {months} months is over before anything has tired, after {full:g}",
                months=scenario.pilot.months,
                full=full,
            )
            yield ("drivers", i, "pushes", j, "tires"), message, lazy("the pilot cannot see that it tires")


def _never_paid(scenario: Scenario, i: int, driver: Driver) -> Iterator[Finding]:
    """Name items that an option never pays because they lie beyond the horizon."""
    horizon, decide = scenario.horizon_months, scenario.decision_month
    starts = {"commit": driver.start}
    if decide is not None:
        starts["pilot_scale"] = decide + driver.start - scenario.start
    for j, cost in enumerate(driver.costs):
        month = cost.month if cost.month is not None else cost.from_month or 0
        late = [option for option, start in starts.items() if start + month >= horizon]
        if late:
            name = f"`{cost.name}`" if cost.name else "it"
            message = lazy(
                "{name} would be paid in month {starts}, the horizon is {horizon}",
                name=name,
                starts=starts[late[-1]] + month,
                horizon=horizon,
            )
            key = "month" if cost.month is not None else "from"
            yield ("drivers", i, "costs", j, key), message, lazy("{late} never pays it", late=" and ".join(late))


def _totals(scenario: Scenario) -> Iterator[Finding]:
    """Say where segments add up to something else than the organisation states."""
    firm = scenario.organisation
    if not firm.segments:
        return
    each = list(firm.segments.values())
    count = sum(median(s.customers) for s in each)
    revenue = sum(median(s.customers) * median(s.arpu_per_month) for s in each)
    leaving = sum(median(s.customers) * median(s.churn_per_month) for s in each)
    joining = sum(
        median(s.joins_per_month) if s.joins_per_month is not None else median(s.customers) * median(s.churn_per_month)
        for s in each
    )
    sums: dict[str, tuple[Distribution | None, float]] = {
        "customers": (firm.customers, count),
        "churn_per_month": (firm.churn_per_month, leaving / count if count > 0 else 0.0),
        "arpu_per_month": (firm.arpu_per_month, revenue / count if count > 0 else 0.0),
        "joins_per_month": (firm.joins_per_month, joining),
        "revenue_per_month": (firm.revenue_per_month, revenue),
    }
    for key, (stated, total) in sums.items():
        if stated is not None and abs(median(stated) - total) > _DIFFERS * max(abs(median(stated)), abs(total)):
            style, digits = ("percent" if key == "churn_per_month" else "number"), 2 if total < 100 else 0
            message = lazy(
                "`{key}` of the organisation is {median}, but its segments make {total}",
                key=key,
                median=Figure(median(stated), style, digits=digits),
                total=Figure(total, style, digits=digits),
            )
            yield ("organisation", key), message, lazy("the segments count, not this")


def _responses(scenario: Scenario) -> Iterator[Finding]:
    segments = scenario.organisation.segments
    weights = [median(s.customers) * median(s.arpu_per_month) for s in segments.values()]
    if not segments or sum(weights) <= 0:
        return
    mean = sum(w * median(s.responds) for w, s in zip(weights, segments.values(), strict=True)) / sum(weights)
    low, high = _RESPONDS
    if not low <= mean <= high:
        message = lazy(
            "by revenue the segments respond {mean:.2f} times as strongly as the average customer", mean=mean
        )
        yield (
            ("organisation", "segments"),
            message,
            lazy("the mean of `responds` is about 1 unless the priors are of others"),
        )


def _digital(scenario: Scenario) -> Iterator[Finding]:
    """Say where digital leavers would make up most of the churn that is stated."""
    firm = scenario.organisation
    leave = scenario.priors.get("digital_leave", vocabulary.parameter_table()["digital_leave"].prior)
    if leave is None:
        return
    if not firm.segments:
        cases = ((("organisation",), firm.digital_bad, firm.digital_interactions, firm.churn_per_month),)
        yield from (finding for each in cases for finding in _mostly_digital(*each, leave))
        return
    inherited: list[tuple[float, str, Finding]] = []
    for name, segment in firm.segments.items():
        bad, often = firm.of(segment, "digital_bad"), firm.of(segment, "digital_interactions")
        own = segment.digital_bad is not None or segment.digital_interactions is not None
        where = ("organisation", "segments", name)
        key = "digital_bad" if segment.digital_bad is not None else "digital_interactions"
        for path, message, hint in _mostly_digital(where, bad, often, segment.churn_per_month, leave):
            if own:
                yield (*where, key), message, hint
            else:
                share = dict(as_message(message).params)["share"]
                worst_first = -share.value if isinstance(share, Figure) else 0.0
                inherited.append((worst_first, name, (path, message, hint)))
    if not inherited:
        return
    # Said once, where it stands: of the segment that it hits hardest.
    _, worst, (_, message, _) = min(inherited)
    others = [name for _, name, _ in sorted(inherited) if name != worst]
    hint = lazy("state digital_bad or digital_interactions of `{segment}` if its own differ", segment=worst)
    if others:
        hint = lazy(
            "state digital_bad or digital_interactions of `{segment}` if its own differ; likewise: {others}",
            segment=worst,
            others=", ".join(others),
        )
    said = lazy("in the segment `{segment}` {message}", segment=worst, message=message)
    yield ("organisation", "digital_bad"), said, hint


def _mostly_digital(
    where: tuple[str, ...], bad: Distribution | None, often: int | None, churn: Distribution | None, leave: Distribution
) -> Iterator[Finding]:
    if bad is None or often is None or churn is None or often < 2 or median(churn) <= 0:
        return

    def share_of(p: float, leaves: float) -> tuple[float, float]:
        """Return who leaves after two bad ones, and which share of the churn that is; both grow with both."""
        two = 1.0 - (1.0 - p) ** often - often * p * (1.0 - p) ** (often - 1)
        return leaves * two, -math.expm1(-leaves * two / median(churn))

    if share_of(median_at_most(bad), median_at_most(leave))[1] <= _MOSTLY_DIGITAL:
        return
    p = median(bad)
    gone, share = share_of(p, median(leave))
    if share > _MOSTLY_DIGITAL:
        message = lazy(
            "{bad} of digital interactions go badly, and with {often} a month {leave} of customers leave after two bad "
            "ones, where the stated churn is {median}; {share} of that churn is then counted as digital",
            bad=Figure(p, "percent", digits=1),
            often=often,
            leave=Figure(gone, "percent", digits=2),
            share=Figure(share, "percent", digits=0),
            median=Figure(median(churn), "percent", digits=2),
        )
        yield (
            (*where, "digital_bad"),
            message,
            lazy("look again at digital_bad or digital_interactions: one is probably too high"),
        )


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
    if driver.cost_overrun is not None and is_point(driver.cost_overrun) and driver.cost_overrun.args[0] < 1:
        yield (*where, "cost_overrun"), lazy("is a ratio to the plan: 1.2 is 20 % over it"), ""


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
    elif is_point(push.effect) and 0 < abs(size) < 1 and abs(push.scale.points_per_unit) <= 1:
        message = lazy("{words:g} is less than one point in a hundred", words=size)
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
