# SPDX-License-Identifier: MIT
"""Whether benefits, costs, segments, time and tax fit the rest of a scenario (docs/model.md, sections 11 to 16)."""

from __future__ import annotations

from collections.abc import Iterator

from txsim.errors import did_you_mean
from txsim.language import lazy
from txsim.priors.distributions import Distribution, is_point, support
from txsim.priors.moments import median
from txsim.scenario.belief_checks import Finding
from txsim.scenario.models import Scenario
from txsim.scenario.organisation import Segment

_SEGMENTS = (2, 20)


def churn_too_low(churn: Distribution, rate: float) -> float | None:
    """Return the least churn a month if customers would be worth ever more at it, else ``None``."""
    fewest = support(churn)[0]
    lost = (1.0 + rate) ** (1 / 12) - 1.0 + fewest
    return fewest if lost < 0 or (is_point(churn) and lost < 1e-12) else None


def benefits_fit(scenario: Scenario) -> Iterator[Finding]:
    """Check that each group whose time is saved exists and is paid."""
    staff = scenario.organisation.staff
    for i, driver in enumerate(scenario.drivers):
        for j, benefit in enumerate(driver.benefits):
            where = ("drivers", i, "benefits", j, "group")
            if benefit.group is None:
                continue
            if benefit.group not in staff:
                close = did_you_mean(benefit.group, staff)
                known = lazy("known: {names}", names=", ".join(staff)) if staff else lazy("organisation.staff is empty")
                yield where, lazy("unknown staff group `{group}`{close}", group=benefit.group, close=close), known
            elif staff[benefit.group].salary_per_year is None:
                message = lazy(
                    "the time of `{group}` has no price: the group has no salary_per_year", group=benefit.group
                )
                yield (
                    where,
                    message,
                    lazy("state salary_per_year and turnover_per_year of `{group}`", group=benefit.group),
                )


def costs_fit(scenario: Scenario) -> Iterator[Finding]:
    """Check that a pilot's costs fall into the pilot, and that what is written off has a life."""
    pilot = scenario.pilot
    if pilot is None:
        return
    length = pilot.months + pilot.decision_months
    for j, cost in enumerate(pilot.costs):
        key, month = ("month", cost.month) if cost.month is not None else ("from", cost.from_month)
        if month is not None and month >= length:
            message = lazy(
                "month {month} of a pilot that is decided in month {length}: a pilot's costs fall before that",
                month=month,
                length=length,
            )
            yield ("pilot", "costs", j, key), message, lazy("what comes later is a cost of the driver")
    kinds = {pilot.one_off_kind or driver.one_off_kind for driver in scenario.drivers}
    if pilot.one_off_kind == "capex" and pilot.one_off_life is None:
        lacking = [driver.name for driver in scenario.drivers if driver.one_off_life is None]
        if lacking:
            message = lazy(
                "capex needs a life, and `{lacking}` has no one_off_life that the pilot could take over",
                lacking=lacking[0],
            )
            yield ("pilot", "one_off_kind"), message, lazy("state `one_off_life: 36` here")
    if pilot.one_off_life is not None and "capex" not in kinds:
        yield ("pilot", "one_off_life"), lazy("`one_off_life` belongs to capex alone"), "write `one_off_kind: capex`"


def segments_fit(scenario: Scenario) -> Iterator[Finding]:
    """Check that segments have what the bridges need of them."""
    firm = scenario.organisation
    where = ("organisation", "segments")
    if not firm.segments:
        return
    low, high = _SEGMENTS
    if not low <= len(firm.segments) <= high:
        hint = lazy("one segment is the organisation itself: state customers, churn and arpu there")
        yield (
            where,
            lazy(
                "number of segments: {number}; possible are {low} to {high}",
                number=len(firm.segments),
                low=low,
                high=high,
            ),
            hint if len(firm.segments) < 2 else "",
        )
    if sum(median(segment.customers) for segment in firm.segments.values()) <= 0:
        yield where, lazy("there are no customers in any segment"), ""
    elif sum(median(s.customers) * median(s.arpu_per_month) for s in firm.segments.values()) <= 0:
        yield where, lazy("no segment brings any revenue"), lazy("state arpu_per_month, revenue per customer and month")
    for name, segment in firm.segments.items():
        yield from _segment(scenario, name, segment)


def _segment(scenario: Scenario, name: str, segment: Segment) -> Iterator[Finding]:
    firm = scenario.organisation
    where = ("organisation", "segments", name)
    bad, often = firm.of(segment, "digital_bad"), firm.of(segment, "digital_interactions")
    if (bad is None) != (often is None):
        yield where, lazy("digital_bad and digital_interactions belong together"), lazy("here or in the organisation")
    contacts, cost = firm.of(segment, "contacts_per_month"), firm.of(segment, "cost_per_contact")
    stated = segment.contacts_per_month is not None or segment.cost_per_contact is not None
    if stated and (median(contacts) > 0) != (median(cost) > 0):
        message = lazy("contacts_per_month and cost_per_contact belong together: one without the other costs nothing")
        yield where, message, lazy("here or in the organisation")
    if scenario.bridge == "customers" and firm.of(segment, "contribution_margin") is None:
        message = lazy("the bridge `customers` needs contribution_margin, of the segment or of the organisation")
        yield where, message, "write `contribution_margin: 25 %`"
    if scenario.counts_runoff:
        fewest = churn_too_low(segment.churn_per_month, scenario.discount_rate)
        if fewest is not None:
            message = lazy(
                "the run-off of `{name}` has no finite value: churn down to {fewest:.3g} a month",
                name=name,
                fewest=fewest,
            )
            yield ("terminal",), message, lazy("customers would be worth ever more: state `terminal: none`")


def time_and_tax_fit(scenario: Scenario) -> Iterator[Finding]:
    """Check that time and absence have a price, and that there is a tax where the decision is after tax."""
    firm, where = scenario.organisation, ("organisation",)
    paid = any(group.salary_per_year is not None for group in firm.staff.values())
    if firm.time_realised is not None and not paid:
        message = lazy("saved time has no price: no staff group has a salary_per_year")
        yield (*where, "time_realised"), message, lazy("state salary_per_year and turnover_per_year of a group")
    if firm.absence_cover is not None and all(group.absence_rate is None for group in firm.staff.values()):
        message = lazy("nobody is absent: no staff group has an absence_rate")
        yield (*where, "absence_cover"), message, lazy("write `absence_rate: 6 %` in a staff group")
    for name, group in firm.staff.items():
        if group.absence_rate is not None and group.salary_per_year is None:
            message = lazy("absence has no price: the group has no salary_per_year")
            yield (*where, "staff", name, "absence_rate"), message, lazy("state salary_per_year and turnover_per_year")
    if scenario.decision.after_tax and scenario.finance is None:
        yield ("decision", "after_tax"), lazy("there is no tax"), "write `finance: {tax_rate: 25 %}`"
