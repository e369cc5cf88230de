# SPDX-License-Identifier: MIT
"""What an uncertain quantity is called and counted in by whoever wrote the scenario.

Inside, an effect is index points and a share a fraction. People read and write stars, NPS points, percent and months,
so every figure of a quantity that is shown, or taken back in, passes here (docs/model.md, section 1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from txsim.language import N_, Figure, Message, lazy, verbatim
from txsim.priors.catalogue import parameters
from txsim.results.names import node_message
from txsim.scenario import Scenario
from txsim.scenario.actions import Push

__all__ = ["Label", "label_of"]

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
    "chosen_below": (N_("how far below the others the pilot's units were when they were chosen"), N_("points")),
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
    "absence_cover": (N_("what an absent month costs, in salaries"), ""),
}
_STAFF: Mapping[str, tuple[str, str]] = {
    "headcount": (N_("people in {group}"), N_("people")),
    "turnover_per_year": (N_("turnover a year in {group}"), "%"),
    "salary_per_year": (N_("salary a year in {group}"), "money"),
    "reach": (N_("customers whom one person of {group} affects against one at the front line"), ""),
    "absence_rate": (N_("share of paid time that {group} is absent"), "%"),
}
_BENEFIT: Mapping[str, tuple[str, str]] = {
    "monthly": (N_("direct benefit of “{driver}” a month"), "money"),
    "time_saved": (N_("working time that “{driver}” saves"), "%"),
    "realised": (N_("share of the benefit of “{driver}” that becomes cash"), "%"),
    "months": (N_("months until the benefit of “{driver}” is there in full"), N_("months")),
    "half_life": (N_("months in which half of the novelty of “{driver}” wears off"), N_("months")),
    "lasts": (N_("share of the effect of “{driver}” that lasts"), "%"),
    "amount": (N_("a further cost of “{driver}”"), "money"),
}
_RIVALS: Mapping[str, tuple[str, str]] = {
    "share": (N_("share of rivals who adopt total experience"), "%"),
    "months": (N_("months until rivals have adopted total experience"), N_("months")),
}
#: Benefits, wearing out and further costs of a driver.
_INNER = re.compile(r"benefits\[|costs\[|pushes\[\d+\]\.tires")
_PUSH = re.compile(r"pushes\[(\d+)\]\.(effect|months)")


@dataclass(frozen=True)
class Label:
    """How a quantity is told.

    Attributes
    ----------
    meaning
        What it is.
    unit
        In what people count it; ``%`` for shares, the currency for money.
    per_unit, offset
        What one unit inside is in that unit, and what nothing inside is.
    """

    meaning: Message
    unit: str
    per_unit: float = 1.0
    offset: float = 0.0

    def stated(self, value: float) -> float:
        """Return a value in the author's unit."""
        return self.offset + value * self.per_unit

    def words(self, stated: float) -> Message:
        """Return a value in the author's unit in words, with the unit."""
        if self.unit == "%":
            return lazy("{value}", value=Figure(stated / 100, "percent", digits=0 if abs(stated) >= 10 else 1))
        return lazy("{value}", value=Figure(stated, "number", self.unit))


def label_of(scenario: Scenario, name: str) -> Label:
    """Return how a quantity of a scenario, or a parameter of its calibration, is told.

    Parameters
    ----------
    scenario
        Whose quantity it is.
    name
        As draws and results call it, such as ``app.pushes[0].effect`` or ``ex_cx``.
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
        inner = rest.rpartition(".")[2]
        if _INNER.match(rest) is not None and inner in _BENEFIT:
            return _told(*_BENEFIT[inner], currency, driver=title)
        if rest in _DRIVER:
            return _told(*_DRIVER[rest], currency, driver=title)
    if owner == "pilot" and rest in _PILOT:
        return _told(*_PILOT[rest], currency)
    if owner == "rivals" and rest in _RIVALS:
        return _told(*_RIVALS[rest], currency)
    if owner == "index":
        return _baseline(scenario, rest)
    if owner == "segments":
        segment, _dot, key = rest.partition(".")
        meaning, unit = _FIRM.get(key, (N_("how strongly it reacts to experience"), ""))
        told = _told(meaning, unit, currency)
        return Label(
            lazy("{meaning}, segment “{segment}”", meaning=told.meaning, segment=segment), told.unit, told.per_unit
        )
    if name.startswith("pilot.costs"):
        return _told(N_("a further cost of the pilot"), "money", currency)
    if owner == "staff":
        group, _dot, key = rest.partition(".")
        if key in _STAFF:
            return _told(*_STAFF[key], currency, group=group)
    if name in _FIRM:
        return _told(*_FIRM[name], currency)
    known = parameters().get(name.removeprefix("pilot."))
    if known is not None:
        return (
            Label(lazy(known.meaning), "%", 100.0) if known.unit == "share" else Label(lazy(known.meaning), known.unit)
        )
    return Label(verbatim(name), "")


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
    return Label(meaning, scale.unit, 1.0 / scale.points_per_unit, scale.worst)
