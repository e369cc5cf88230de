# SPDX-License-Identifier: MIT
"""What stands at a place of a scenario file: a quantity as draws know it, or a choice, a date, a list.

Readers are told of every changed or varied input what it is and in what its author counts it; the key stands small
behind that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from txsim.forecast.labels import Label, label_of
from txsim.language import N_, Message, lazy, verbatim
from txsim.results.names import node_message
from txsim.scenario import Scenario

#: What words of the file format mean.
_CHOICES = {
    "it": N_("IT project"),
    "people": N_("people and process programme"),
    "c_level": N_("a C-level customer-experience director"),
    "shared": N_("two heads jointly, such as those of HR and of customer experience"),
    "none": N_("nobody in particular"),
    "designed": N_("all of it as designed; execution loses a part"),
    "delivered": N_("what execution delivers"),
    "opex": N_("as an expense"),
    "capex": N_("as an investment"),
    "cash": N_("as cash"),
    "capacity": N_("as capacity, which is not cash"),
    "before_tax": N_("before tax"),
    "after_tax": N_("after tax"),
    "nominal": N_("nominal, with inflation"),
    "real": N_("real, without inflation"),
    "monthly": N_("by month"),
    "annual": N_("by year, at its end"),
    "customers": N_("customers who stay, come and spend (bottom-up)"),
    "margin": N_("the margin of satisfied customers (top-down)"),
    "runoff": N_("customers kept at the horizon count"),
    "mean_npv": N_("the best mean NPV within the limits"),
}
#: Keys at which a text is its author's own, whatever word it is.
_FREE = ("title", "question", "name", "why", "by", "currency")
_NO_VALUE_AFTER = N_("none: customers kept at the horizon count for nothing afterwards")

_MONTHS = N_("months")
#: Meaning and unit of what is no quantity of the draws, by place; ``*`` is a name or a number.
_PLACES: Mapping[str, tuple[str, str]] = {
    "all changes together": (N_("all changes together"), ""),
    "beliefs": (N_("beliefs: priors, evidence and graph"), ""),
    "beliefs.*": (N_("what is believed of {name}"), ""),
    "link_doubt": (N_("links that may do nothing"), ""),
    "link_doubt.*": (N_("probability that the link {name} does nothing"), "%"),
    "evidence": (N_("which claims are believed"), ""),
    "data": (N_("the organisation's own panel"), ""),
    "pilots": (N_("finished pilots"), ""),
    "graph": (N_("nodes and links of one's own"), ""),
    "edges": (N_("links of the graph, stronger, weaker or off"), ""),
    "edges.*": (N_("strength of the link {name} (1: as believed, 0: off)"), ""),
    "drivers": (N_("which drivers there are"), ""),
    "pilot": (N_("the pilot"), ""),
    "rivals": (N_("what rivals do"), ""),
    "rivals.start": (N_("month in which rivals begin"), ""),
    "horizon_months": (N_("horizon"), _MONTHS),
    "discount_rate": (N_("discount rate a year"), "%"),
    "rate_kind": (N_("kind of the discount rate"), ""),
    "convention": (N_("convention of discounting"), ""),
    "bridge": (N_("bridge from experience to profit"), ""),
    "terminal": (N_("what counts after the horizon"), ""),
    "finance": (N_("tax"), ""),
    "finance.tax_rate": (N_("tax rate"), "%"),
    "finance.write_off": (N_("whether what is not written off at the horizon is, in its last month"), ""),
    "finance.rate_basis": (N_("whether the discount rate is before or after tax"), ""),
    "decision": (N_("by what is chosen"), ""),
    "decision.criterion": (N_("by what is chosen"), ""),
    "decision.max_p_loss": (N_("highest probability of a loss"), "%"),
    "decision.max_peak_funding": (N_("highest peak funding"), "money"),
    "decision.material": (N_("difference that matters, as a share of cost"), "%"),
    "decision.after_tax": (N_("whether it is decided by figures after tax"), ""),
    "seed": (N_("seed of the draws"), ""),
    "title": (N_("title"), ""),
    "question": (N_("question"), ""),
    "organisation": (N_("the firm"), ""),
    "organisation.name": (N_("name of the firm"), ""),
    "organisation.currency": (N_("currency"), ""),
    "organisation.index": (N_("levels of experience today"), ""),
    "organisation.staff": (N_("groups of staff"), ""),
    "organisation.staff.*.meets_customers": (N_("whether {name} meets customers"), ""),
    "organisation.staff.*": (N_("staff group {name}"), ""),
    "organisation.segments": (N_("segments of customers"), ""),
    "organisation.segments.*": (N_("segment “{name}”"), ""),
    "organisation.digital_interactions": (N_("digital interactions of a customer a month"), ""),
    "organisation.segments.*.digital_interactions": (
        N_("digital interactions of a customer a month, segment “{name}”"),
        "",
    ),
    "organisation.season": (N_("season of revenue"), ""),
    "organisation.sources": (N_("who said the figures of the firm"), ""),
    "pilot.months": (N_("length of the pilot"), _MONTHS),
    "pilot.decision_months": (N_("time from the end of the pilot to the decision"), _MONTHS),
    "pilot.costs": (N_("further costs of the pilot"), ""),
    "pilot.costs.*": (N_("one of the further costs of the pilot"), ""),
    "pilot.one_off_kind": (N_("kind of the pilot's one-off cost"), ""),
    "pilot.one_off_life": (N_("time over which the pilot's one-off cost is written off"), _MONTHS),
    "pilot.waves": (N_("waves of the pilot's survey"), ""),
    "pilot.control": (N_("whether control units are surveyed"), ""),
    "pilot.units": (N_("units in the pilot"), ""),
    "pilot.control_units": (N_("units in the control group"), ""),
    "pilot.measures": (N_("what the pilot's survey reads"), ""),
    "pilot.measures.*": (N_("what the pilot's survey reads"), ""),
}
#: The same of a driver, by what stands behind it.
_OF_DRIVER: Mapping[str, tuple[str, str]] = {
    "": (N_("driver “{driver}”"), ""),
    "name": (N_("name of “{driver}”"), ""),
    "title": (N_("title of “{driver}”"), ""),
    "pushes": (N_("effects of “{driver}”"), ""),
    "pushes.*": (N_("an effect of “{driver}”"), ""),
    "pushes.*.node": (N_("what “{driver}” moves"), ""),
    "pushes.*.group": (N_("group of staff that “{driver}” moves"), ""),
    "pushes.*.scale": (N_("scale in which the effect of “{driver}” is written"), ""),
    "pushes.*.effect_basis": (N_("whether the effect of “{driver}” is as designed or as delivered"), ""),
    "pushes.*.tires": (N_("whether the effect of “{driver}” wears off"), ""),
    "kind": (N_("kind of “{driver}”, by which costs overrun"), ""),
    "owner": (N_("owner of “{driver}”, by whom effects are delivered"), ""),
    "start": (N_("month in which “{driver}” starts"), ""),
    "months": (N_("months that “{driver}” is active"), _MONTHS),
    "benefits": (N_("benefits of “{driver}” beside experience"), ""),
    "benefits.*": (N_("a benefit of “{driver}” beside experience"), ""),
    "costs": (N_("further costs of “{driver}”"), ""),
    "costs.*": (N_("one of the further costs of “{driver}”"), ""),
    "coordination": (N_("what “{driver}” does to coordination"), ""),
    "one_off_kind": (N_("kind of the one-off cost of “{driver}”"), ""),
    "one_off_life": (N_("time over which the one-off cost of “{driver}” is written off"), _MONTHS),
}


def place_label(scenario: Scenario, path: Sequence[str]) -> Label:
    """Return how what stands at a place of a scenario's file is told.

    ``path``: keys and positions, such as ``("drivers", "0", "pushes", "1", "effect")``; what a list holds may stand
    under its name. Its meaning is the nearest one above with the rest of the path, where the place itself has
    none.
    """
    parts = _positions(scenario, [part for part in path if part])
    driver = _driver(scenario, parts)
    name = _quantity(parts, driver)
    label = label_of(scenario, name)
    if label != Label(verbatim(name), ""):  # that is how what is no quantity is told
        return label
    for end in range(len(parts), 0, -1):
        above = _above(scenario, parts[:end], driver)
        if above is not None:
            rest = ".".join(parts[end:])
            return above if not rest else Label(lazy("{meaning}: {name}", meaning=above.meaning, name=rest), "")
    return Label(verbatim(".".join(parts)), "")


def _positions(scenario: Scenario, parts: Sequence[str]) -> list[str]:
    """Return a path with each entry of a list by its position, where it stands under its name."""
    node: Any = scenario
    positions = []
    for part in parts:
        if isinstance(node, list | tuple):
            names = {getattr(item, "name", None): str(i) for i, item in enumerate(node)}
            place = part if part.isdigit() else names.get(part, part)
            node = node[int(place)] if place.isdigit() and int(place) < len(node) else None
        else:
            place = part
            node = node.get(part) if isinstance(node, Mapping) else getattr(node, part, None)
        positions.append(place)
    return positions


def _driver(scenario: Scenario, parts: Sequence[str]) -> Any:
    if len(parts) < 2 or parts[0] != "drivers":
        return None
    at = int(parts[1]) if parts[1].isdigit() else len(scenario.drivers)
    return scenario.drivers[at] if at < len(scenario.drivers) else None


def _quantity(parts: Sequence[str], driver: Any) -> str:
    """Return what draws call the input at a place, such as ``desk.pushes[1].effect``."""
    if driver is not None:
        parts = [driver.name, *parts[2:]]
    elif parts[0] in ("organisation", "beliefs", "priors"):
        parts = [part for part in parts[1:] if part != "prior"] or parts
    if parts[0] == "index" and parts[-1] == "value":
        parts = parts[:-1]
    return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", ".".join(parts))


def _above(scenario: Scenario, parts: Sequence[str], driver: Any) -> Label | None:
    if driver is not None and len(parts) >= 2:
        found = _OF_DRIVER.get(_starred(parts[2:]))
        title = verbatim(driver.title or driver.name)
        return None if found is None else Label(lazy(found[0], driver=title), found[1], _per_unit(found[1]))
    place = _named(parts)
    if place not in _PLACES:
        return None
    meaning, unit = _PLACES[place]
    unit = scenario.organisation.currency if unit == "money" else unit
    name: Message = verbatim(parts[2] if parts[0] == "organisation" and len(parts) > 2 else parts[-1])
    if place == "organisation.index":
        name = node_message(parts[-1])
    return Label(lazy(meaning, name=name) if "{name}" in meaning else lazy(meaning), unit, _per_unit(unit))


def _per_unit(unit: str) -> float:
    return 100.0 if unit == "%" else 1.0


def _starred(parts: Sequence[str]) -> str:
    return ".".join("*" if part.isdigit() else part for part in parts)


def _named(parts: Sequence[str]) -> str:
    """Return a place with names and numbers as ``*``."""
    if parts[:2] == ["priors", "doubt"] and len(parts) == 3:
        return "link_doubt.*"
    if parts[0] in ("beliefs", "link_doubt", "edges") and len(parts) == 2:
        return f"{parts[0]}.*"
    if parts[0] == "organisation" and len(parts) > 2 and parts[1] in ("staff", "segments"):
        return ".".join(["organisation", parts[1], "*", *parts[3:]])
    return _starred(parts)


def choice_words(value: str, key: str = "") -> Message:
    """Return what a word of the file format means; as it stands where it is none.

    ``value``: such as ``c_level`` or ``after_tax``.
    """
    if key == "terminal" and value == "none":
        return lazy(_NO_VALUE_AFTER)
    if key in _FREE:
        return verbatim(value)
    return lazy(_CHOICES[value]) if value in _CHOICES else verbatim(value)
