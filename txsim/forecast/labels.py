# SPDX-License-Identifier: MIT
"""What an uncertain quantity is called and counted in by whoever wrote the scenario.

Inside, an effect is index points and a share a fraction. People read and write stars, NPS points, percent and months,
so every figure of a quantity that is shown, or taken back in, passes here (docs/model.md, section 1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from txsim.language import N_, Figure, Message, lazy, verbatim
from txsim.priors.catalogue import parameters
from txsim.priors.distributions import Distribution
from txsim.priors.sentences import told_unit, told_value
from txsim.results.names import group_name, node_message
from txsim.scenario import Scenario
from txsim.scenario.actions import Driver, Push
from txsim.scenario.programme import Benefit, Cost

#: Meaning and unit of what a driver has: ``%`` a share, ``money`` the scenario's currency, else as written.
_DRIVER: Mapping[str, tuple[str, str]] = {
    "delivery": (N_("share of the intended effect that “{driver}” delivers"), "%"),
    "cost_overrun": (N_("bills of “{driver}” against plan"), "%"),
    "slip": (N_("months by which “{driver}” comes late"), N_("months")),
    "one_off": (N_("one-off cost of “{driver}”"), "money"),
    "monthly": (N_("monthly cost of “{driver}”"), "money"),
    "per_head_monthly": (N_("monthly cost per head of “{driver}”"), "money"),
    "heads": (N_("people whom “{driver}” reaches"), N_("people")),
    "fade": (N_("months in which half of the effect of “{driver}” is gone after it stops"), N_("months")),
    "coordination.to": (N_("coordination that “{driver}” brings about (0 silos, 1 one strategy)"), ""),
    "coordination.months": (N_("months until “{driver}” has brought coordination about"), N_("months")),
}
_PILOT: Mapping[str, tuple[str, str]] = {
    "scope": (N_("share of units in the pilot"), "%"),
    "one_off": (N_("one-off cost of the pilot"), "money"),
    "monthly": (N_("monthly cost of the pilot"), "money"),
    "reusable": (N_("share of the pilot's one-off cost that is reused"), "%"),
    "respondents": (N_("respondents per wave of the pilot"), N_("people")),
    "control_respondents": (N_("respondents per wave in control units"), N_("people")),
    "cost_per_response": (N_("cost per response"), "money"),
    "response": (N_("share of people who answer"), "%"),
    "wave_correlation": (N_("correlation of the same people's answers from wave to wave"), ""),
    "chosen_below": (
        N_("shortfall of the pilot's units against the others when they were chosen"),
        N_("points of its own scale"),
    ),
}
_FIRM: Mapping[str, tuple[str, str]] = {
    "coordination": (N_("coordination today (0 silos, 1 one strategy)"), ""),
    "customers": (N_("customers"), N_("customers")),
    "churn_per_month": (N_("churn a month"), "%"),
    "joins_per_month": (N_("new customers a month"), N_("customers")),
    "arpu_per_month": (N_("revenue per customer and month"), "money"),
    "revenue_per_month": (N_("revenue a month"), "money"),
    "contribution_margin": (N_("contribution margin"), "%"),
    "digital_bad": (N_("share of digital interactions that go badly"), "%"),
    "contacts_per_month": (N_("contacts of a customer a month"), ""),
    "cost_per_contact": (N_("cost of a contact"), "money"),
    "productivity_ex": (N_("payroll gained per point of EX, pp"), N_("pp")),
    "arpu_growth": (N_("growth of revenue per customer a year"), "%"),
    "cost_growth": (N_("growth of costs a year"), "%"),
    "time_realised": (N_("share of the working time saved that becomes cash"), "%"),
    "absence_cover": (N_("cost of an absent month, in salaries"), ""),
}
_STAFF: Mapping[str, tuple[str, str]] = {
    "headcount": (N_("people in {group}"), N_("people")),
    "turnover_per_year": (N_("turnover a year in {group}"), "%"),
    "salary_per_year": (N_("salary a year in {group}"), "money"),
    "reach": (N_("customers whom one person of {group} affects against one at the front line"), ""),
    "absence_rate": (N_("share of paid time in {group} that is absence"), "%"),
}
_BENEFIT: Mapping[str, tuple[str, str]] = {
    "monthly": (N_("direct benefit of “{driver}” a month{which}"), "money"),
    "time_saved": (N_("working time of {group} that “{driver}” saves{which}"), "%"),
    "realised": (N_("share of the benefit of “{driver}” that becomes cash{which}"), "%"),
    "months": (N_("months until the benefit of “{driver}” is there in full{which}"), N_("months")),
    "half_life": (
        N_("months in which half of the effect of “{driver}” on {node} wears off, but for what lasts"),
        N_("months"),
    ),
    "lasts": (N_("share of the effect of “{driver}” on {node} that lasts"), "%"),
    "amount": (N_("cost of “{driver}”{which}"), "money"),
}
_RIVALS: Mapping[str, tuple[str, str]] = {
    "share": (N_("share of rivals who adopt total experience"), "%"),
    "months": (N_("months until rivals have adopted total experience"), N_("months")),
}
#: Benefits, wearing out and costs of a driver by month.
_INNER = re.compile(r"(benefits|costs|pushes)\[(\d+)\]\.(?:tires\.)?(\w+)")
_PILOT_COST = re.compile(r"costs\[(\d+)\]\.amount")
_LINK = re.compile(r"link\[(.+)\]")
_PUSH = re.compile(r"pushes\[(\d+)\]\.(effect|months)")


@dataclass(frozen=True)
class Label:
    """How a quantity is told."""

    meaning: Message  #: What it is.
    unit: str  #: In what people count it; ``%`` for shares, the currency for money.
    #: ``per_unit``, ``offset``: What one unit inside is in that unit, and what nothing inside is.
    per_unit: float = 1.0
    offset: float = 0.0

    def stated(self, value: float) -> float:
        """Return a value in the author's unit."""
        return self.offset + value * self.per_unit

    def stated_gap(self, gap: Sequence[float]) -> tuple[float, ...]:
        """Return the ends between which next to no draws lie in the author's unit, the smaller first."""
        return tuple(sorted(map(self.stated, gap)))

    def words(self, stated: float) -> Message:
        """Return a value in the author's unit in words, with the unit; of a slope of a log what ten points change."""
        if self.unit == "%":
            return lazy("{value}", value=Figure(stated / 100, "percent", digits=0 if abs(stated) >= 10 else 1))
        unit = told_unit(self.unit)
        if unit == lazy(self.unit):
            return lazy("{value}", value=Figure(stated, "number", "" if self.unit == "ratio" else self.unit))
        return lazy("{value} {unit}", value=Figure(told_value(self.unit, stated), "number"), unit=unit)


def untried(low: Message | str, high: Message | str) -> Message:
    """Return that a turn lies somewhere between two values, at one of which it is told."""
    return lazy("next to nothing was tried between {low} and {high}", low=low, high=high)


def label_of(scenario: Scenario, name: str) -> Label:
    """Return how a quantity of a scenario, or a parameter of its calibration, is told.

    ``name``: as draws and results call it, such as ``app.pushes[0].effect`` or ``ex_cx``.
    """
    currency = scenario.organisation.currency
    owner, _dot, rest = name.partition(".")
    for driver in scenario.drivers:
        if driver.name != owner:
            continue
        title = verbatim(driver.title or driver.name)
        push = _PUSH.fullmatch(rest)
        if push is not None and int(push[1]) < len(driver.pushes):
            return _push(driver.pushes[int(push[1])], push[2], title)
        inner = _INNER.fullmatch(rest)
        if inner is not None and inner[3] in _BENEFIT:
            return _inner(driver, inner[1], int(inner[2]), inner[3], currency)
        if rest in _DRIVER:
            return _told(*_DRIVER[rest], currency, driver=title)
    if owner == "pilot" and rest in _PILOT:
        return _told(*_PILOT[rest], currency)
    cost = _PILOT_COST.fullmatch(rest) if owner == "pilot" and scenario.pilot is not None else None
    if cost is not None and scenario.pilot is not None:
        return _told(
            N_("cost of the pilot{which}"), "money", currency, which=_which(scenario.pilot.costs[int(cost[1])])
        )
    link = _LINK.fullmatch(name)
    if link is not None:
        joins = _link_meaning(scenario, link[1])
        return Label(lazy("presence of this link (0: it does nothing): {meaning}", meaning=joins), "")
    if owner == "rivals" and rest in _RIVALS:
        return _told(*_RIVALS[rest], currency)
    if owner == "index" and rest:
        return _baseline(scenario, rest)
    if owner == "segments":
        segment, _dot, key = rest.partition(".")
        meaning, unit = _FIRM.get(key, (N_("strength of its reaction to experience"), ""))
        label = _told(meaning, unit, currency)
        return Label(
            lazy("{meaning}, segment “{segment}”", meaning=label.meaning, segment=group_name(segment)),
            label.unit,
            label.per_unit,
        )
    if owner == "staff":
        group, _dot, key = rest.partition(".")
        if key in _STAFF:
            return _told(*_STAFF[key], currency, group=group_name(group))
    if name in _FIRM:
        return _told(*_FIRM[name], currency)
    own = _own_link(scenario, name)
    if own is not None:
        return own
    known = parameters().get(name.removeprefix("pilot."))
    if known is not None:
        return (
            Label(lazy(known.meaning), "%", 100.0) if known.unit == "share" else Label(lazy(known.meaning), known.unit)
        )
    return Label(verbatim(name), "")


def _own_link(scenario: Scenario, name: str) -> Label | None:
    """Return how the slope or the delay of an edge that the scenario adds is told; ``None`` for anything else."""
    for i, edge in enumerate(scenario.graph.edges):
        place, ends = f"graph.edges[{i}]", {key: node_message(getattr(edge, key)) for key in ("source", "target")}
        if name in (edge.parameter, f"{place}.slope"):
            meaning = lazy("effect of {source} on {target}, a link of this scenario's own", **ends)
            return Label(meaning, "" if edge.source == "coordination" else N_("points per point"))
        if name in (edge.lag_parameter, f"{place}.lag") and isinstance(edge.lag, Distribution):
            return Label(
                lazy("mean delay from {source} to {target}, a link of this scenario's own", **ends), N_("months")
            )
    return None


def _link_meaning(scenario: Scenario, slope: str) -> Message:
    """Return what the slope of a link stands for: from the catalogue, or the scenario's own edge by its ends."""
    known = parameters().get(slope)
    if known is not None:
        return lazy(known.meaning)
    edge = next((edge for edge in scenario.full_graph().edges if edge.slope == slope), None)
    return verbatim(slope if edge is None else edge.name)


def _which(item: Benefit | Cost) -> Message:
    """Return by what a benefit or cost is told apart from the others: its name, and when it falls."""
    name = lazy(" (“{name}”)", name=group_name(item.name)) if item.name else verbatim("")
    if not isinstance(item, Cost):
        return name
    if item.month is not None:
        if item.kind == "capex":
            words = lazy(
                "{name}, once in month {month}, an investment written off over {life} months",
                name=name,
                month=item.month,
                life=item.life or 0,
            )
            return words
        return lazy("{name}, once in month {month}", name=name, month=item.month)
    if item.months is None:
        return lazy("{name}, a month from month {month} on", name=name, month=item.from_month or 0)
    return lazy(
        "{name}, a month from month {month} on, {months} months",
        name=name,
        month=item.from_month or 0,
        months=item.months,
    )


def _inner(driver: Driver, part: str, index: int, key: str, currency: str) -> Label:
    """Return how a benefit, a cost by month or the wearing out of a push is told."""
    title = verbatim(driver.title or driver.name)
    if part == "pushes":
        return _told(*_BENEFIT[key], currency, driver=title, node=node_message(driver.pushes[index].target))
    if part == "costs":
        return _told(*_BENEFIT["amount"], currency, driver=title, which=_which(driver.costs[index]))
    benefit = driver.benefits[index]
    meaning, unit = _BENEFIT[key]
    return _told(meaning, unit, currency, driver=title, which=_which(benefit), group=group_name(benefit.group or ""))


def _told(meaning: str, unit: str, currency: str, **fields: object) -> Label:
    if unit == "%":
        return Label(lazy(meaning, **fields), "%", 100.0)
    return Label(lazy(meaning, **fields), currency if unit == "money" else unit)


def _push(push: Push, key: str, title: Message) -> Label:
    where = node_message(f"{push.node}[{push.group}]" if push.group else push.node)
    if key == "months":
        return Label(lazy("months until “{driver}” moves {node} in full", driver=title, node=where), N_("months"))
    meaning = lazy("effect of “{driver}” on {node}, if executed as designed", driver=title, node=where)
    return Label(meaning, push.scale.unit, 1.0 / push.scale.points_per_unit)


def _baseline(scenario: Scenario, node: str) -> Label:
    meaning = lazy("level of {node} today", node=node_message(node))
    baseline = scenario.baseline(node)
    if baseline is None:
        return Label(meaning, N_("points"))
    scale = baseline.scale
    unit = "%" if scale.name == "percent" else scale.unit  # a level is so many percent, a difference so many points
    return Label(meaning, unit, 1.0 / scale.points_per_unit, scale.worst)
