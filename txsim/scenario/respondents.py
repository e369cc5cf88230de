# SPDX-License-Identifier: MIT
"""Who can answer a pilot's survey: what it measures, and how many there are to ask (docs/model.md, section 7)."""

from __future__ import annotations

import math

from txsim.priors.moments import median
from txsim.scenario.actions import Measure
from txsim.scenario.models import Scenario


def measures_of(scenario: Scenario) -> tuple[Measure, ...]:
    """Return what the pilot measures: as stated, else the first two nodes pushed; nothing without a pilot."""
    pilot = scenario.pilot
    if pilot is None or pilot.measures:
        return () if pilot is None else pilot.measures
    pushed = dict.fromkeys(push.target for driver in scenario.drivers for push in driver.pushes)
    names = list(pushed)[:2]
    if not names:  # coordination alone: what it moves first
        names = ["mx" if scenario.baseline("mx") is not None else "cx"]
    return tuple(Measure(node=name) for name in names)


def members_of(scenario: Scenario, node: str) -> tuple[tuple[str, float], ...]:
    """Return the single nodes that a measure reads, each with the heads it is weighed by (1 where it has none)."""
    staff = scenario.organisation.staff
    groups = {name: name.partition("[")[2].rstrip("]") for name in scenario.nodes_read(node)}
    return tuple((name, median(staff[group].headcount) if group in staff else 1.0) for name, group in groups.items())


def people_of(scenario: Scenario, node: str) -> float:
    """Return how many people of the whole firm a measure could ask; infinite if that is not known."""
    members = members_of(scenario, node)
    first = members[0][0]
    if "[" in first:
        people = sum(heads for _name, heads in members) or 1.0
    elif first.partition("[")[0] in ("ex", "ux_employee"):
        people = sum(median(group.headcount) for group in scenario.organisation.staff.values())
    else:
        customers = scenario.organisation.customers
        people = math.inf if customers is None else median(customers)
        if segments := scenario.organisation.segments.values():
            people = sum(median(segment.customers) for segment in segments)
    return people or math.inf


def can_answer(scenario: Scenario, share: float) -> float:
    """Return how many can answer a wave in a share of the firm: of two measures, that of the larger population."""
    pilot = scenario.pilot
    if pilot is None:
        return 0.0
    return median(pilot.response) * max(
        (share if measure.by_unit else 1.0) * people_of(scenario, measure.node) for measure in measures_of(scenario)
    )
