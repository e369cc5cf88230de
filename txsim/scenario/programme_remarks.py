# SPDX-License-Identifier: MIT
"""What is possible but hardly meant in benefits, costs, segments, time and tax: warnings of ``txsim check``."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from txsim.language import Figure, as_message, lazy
from txsim.pathways import TOOLS
from txsim.priors.distributions import Distribution
from txsim.priors.moments import median, median_at_most
from txsim.scenario import vocabulary
from txsim.scenario.actions import Driver
from txsim.scenario.belief_checks import Finding
from txsim.scenario.models import Scenario
from txsim.scenario.organisation import StaffGroup

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
    yield from _sizes(scenario)
    absent = any(group.absence_rate is not None for group in firm.staff.values())
    if absent and median(firm.productivity_ex) > 0:
        message = lazy("productivity_ex and absence_rate are both stated: who is present more also does more")
        yield (
            ("organisation", "productivity_ex"),
            message,
            lazy("make sure that productivity_ex is of those who are present"),
        )
    yield from _rate(scenario)


#: What one year's cost of a person is hardly below: of any currency, and of some.
_LEAST_PAY = 1000.0
_LEAST_PAYS = {"EUR": 6e3, "GBP": 6e3, "CHF": 1e4, "USD": 4e3, "RUB": 2e5,
               "INR": 1e5, "JPY": 6e5, "TRY": 1.5e5, "KZT": 6e5}  # fmt: skip
#: By how much a salary lies below, or above, that of every other group, which is then probably of a month, or not.
_FAR_BELOW, _FAR_ABOVE = 6.0, 10.0


def pay_remarks(scenario: Scenario, paid: Mapping[str, StaffGroup]) -> Iterator[Finding]:
    """Ask about a salary that may be of a month or in thousands; ``paid``: groups whose salary is stated."""
    currency = scenario.organisation.currency
    least, told = _LEAST_PAYS.get(currency, math.inf), scenario.organisation.sources
    pays = {name: median(group.salary_per_year) for name, group in paid.items() if group.salary_per_year is not None}
    for name, pay in pays.items():
        others = [other for key, other in pays.items() if key != name and other > 0]
        below = bool(others) and _FAR_BELOW * pay < min(others) and pay < 3 * least and 12 * pay <= 1.1 * max(others)
        above = len(others) > 1 and pay > _FAR_ABOVE * max(others)
        if pay <= 0 or (f"staff.{name}.salary_per_year" in told and pay >= _LEAST_PAY):
            continue
        if not (below or above or pay < _LEAST_PAY or pay < least < math.inf):
            continue
        message = lazy("a person costs {pay} a year", pay=Figure(pay, "number", currency, 0))
        if below or above:
            next_to = Figure(min(others) if below else max(others), "number", currency, 0)
            message = lazy("a person costs {pay} a year, in the group next to that {next_to}",
                           pay=Figure(pay, "number", currency, 0), next_to=next_to)  # fmt: skip
        year = Figure(12 * pay, "number", currency, 0)
        hint = lazy("is it a month's? A year's is then {year}; if it is right, say in `organisation.sources` where "
                    "`staff.{name}.salary_per_year` is from", year=year, name=name)  # fmt: skip
        if pay < _LEAST_PAY:
            hint = lazy("is it in thousands? Then write {number:.12g}", number=1000 * pay)
        elif above:
            hint = lazy("is it of one person, and of a year?")
        yield ("organisation", "staff", name, "salary_per_year"), message, hint


#: Shares of working time above which somebody should look again: absent, saved; of revenue, spent on contacts; and
#: percentage points of payroll that a point of EX is hardly worth.
_ABSENT, _SAVED, _SERVING, _PER_POINT = 0.25, 0.3, 0.5, 1.0


def _sizes(scenario: Scenario) -> Iterator[Finding]:
    """Ask about sizes that are possible, with what they mean in money or time."""
    firm = scenario.organisation
    for name, group in firm.staff.items():
        if group.absence_rate is not None and median(group.absence_rate) > _ABSENT:
            message = lazy("{share} of the paid time of `{group}` is absent",
                           share=Figure(median(group.absence_rate), "percent"), group=name)  # fmt: skip
            hint = lazy("is it the share of people who were absent at all?")
            yield ("organisation", "staff", name, "absence_rate"), message, hint
    for i, driver in enumerate(scenario.drivers):
        for j, benefit in enumerate(driver.benefits):
            if benefit.time_saved is not None and median(benefit.time_saved) > _SAVED:
                saved = median(benefit.time_saved)
                message = lazy("{share} of the working time of `{group}` is saved", share=Figure(saved, "percent"),
                               group=benefit.group)  # fmt: skip
                hint = lazy("these are {hours:.2g} hours of each day of eight", hours=8 * saved)
                yield ("drivers", i, "benefits", j, "time_saved"), message, hint
    per_point = median(firm.productivity_ex)
    if per_point > _PER_POINT:
        payroll = sum(median(g.headcount) * median(g.salary_per_year) / 12 for g in firm.staff.values()
                      if g.salary_per_year is not None)  # fmt: skip
        message = lazy(
            "ten points of EX would be worth {share} of payroll, {money} a month",
            share=Figure(per_point / 10, "percent"), money=Figure(per_point / 10 * payroll, "money", firm.currency),
        )  # fmt: skip
        hint = lazy("it is in percentage points for one point of EX: the study in the library finds 0.13")
        yield ("organisation", "productivity_ex"), message, hint
    parts: dict[str | None, Any] = {**firm.segments} or {None: firm}
    for name, each in parts.items():
        contacts, cost = firm.of(each, "contacts_per_month"), firm.of(each, "cost_per_contact")
        if each.arpu_per_month is None or median(contacts) * median(cost) <= _SERVING * median(each.arpu_per_month):
            continue
        message = lazy(
            "contacts cost {cost} of each customer a month, who pays {arpu}",
            cost=Figure(median(contacts) * median(cost), "number", firm.currency),
            arpu=Figure(median(each.arpu_per_month), "number", firm.currency),
        )  # fmt: skip
        path = ("organisation", "contacts_per_month") if name is None else ("organisation", "segments", name)
        yield path, message, lazy("contacts_per_month is of one customer, cost_per_contact of one contact")


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
