# SPDX-License-Identifier: MIT
"""Every place of a scenario file has a meaning: what varies or has changed is never told by its key alone."""

from __future__ import annotations

import pytest

from txsim import catalogues
from txsim.forecast.places import place_label
from txsim.scenario import Driver, Organisation, Pilot, Scenario, loads
from txsim.scenario.actions import Coordination, Decision, Push, Rivals
from txsim.scenario.organisation import Segment, StaffGroup
from txsim.scenario.programme import Finance
from txsim.scenario.record import Record

FIRM = """
organisation:
  currency: CHF
  index: {mx: 50, cx: {value: 32, scale: nps}, ex: {value: 14, scale: enps}}
  staff: {front: {headcount: 300, turnover_per_year: 0.25, salary_per_year: 30000}}
  segments:
    big: {customers: 100, churn_per_month: 0.01, arpu_per_month: 900}
    small: {customers: 9000, churn_per_month: 0.02, arpu_per_month: 30}
  contribution_margin: 0.25
drivers:
  - name: desk
    title: A desk
    pushes: [{node: ex, group: front, effect: 4, scale: enps, months: 3}]
    coordination: {to: 0.5, months: 12}
    benefits: [{name: calls, time_saved: 4 %, group: front}]
    one_off: 40000
pilot: {months: 6, scope: 0.2, respondents: 60}
"""

PLACES: list[tuple[type[Record], tuple[str, ...]]] = [
    (Scenario, ()),
    (Organisation, ("organisation",)),
    (StaffGroup, ("organisation", "staff", "front")),
    (Segment, ("organisation", "segments", "big")),
    (Driver, ("drivers", "0")),
    (Push, ("drivers", "0", "pushes", "0")),
    (Coordination, ("drivers", "desk", "coordination")),
    (Pilot, ("pilot",)),
    (Rivals, ("rivals",)),
    (Finance, ("finance",)),
    (Decision, ("decision",)),
]


@pytest.mark.parametrize(("model", "path"), PLACES, ids=lambda each: getattr(each, "__name__", ""))
def test_every_key_has_a_meaning(model: type[Record], path: tuple[str, ...]) -> None:
    scenario = loads(FIRM)
    for key in model.model_fields:
        label = place_label(scenario, (*path, key))
        words = str(label.meaning)
        assert "_" not in words, key
        assert key not in ("start", "months", "one_off", "scope", "convention") or words != key
        assert not words.endswith(f": {key}"), key  # the words of what stands above it are the last resort
        with catalogues.speaking("ru"):
            assert str(label.meaning) != words, key


@pytest.mark.parametrize(
    ("path", "meaning", "unit"),
    [
        ("drivers.0.pushes.0.effect", "effect of “A desk” on EX (front), if executed as designed", "eNPS points"),
        ("drivers.desk.pushes.0.effect", "effect of “A desk” on EX (front), if executed as designed", "eNPS points"),
        ("drivers.desk.benefits.calls.realised", "share of the benefit of “A desk” that becomes cash (“calls”)", "%"),
        ("drivers.0.benefits.0.realised", "share of the benefit of “A desk” that becomes cash (“calls”)", "%"),
        ("drivers.desk.benefits.none.realised", "benefits of “A desk” beside experience: none.realised", ""),
        ("organisation.customers", "customers", "customers"),
        ("organisation.contribution_margin", "contribution margin", "%"),
        ("organisation.segments.big.arpu_per_month", "revenue per customer and month, segment “big”", "CHF"),
        ("organisation.index.cx.value", "level of CX today", "NPS points"),
        ("drivers.0.one_off", "one-off cost of “A desk”", "CHF"),
        ("horizon_months", "horizon", "months"),
        ("decision.max_peak_funding", "highest peak funding", "CHF"),
        ("pilot.measures.0.passives", "what the pilot's survey reads: passives", ""),
        ("nowhere.at.all", "nowhere.at.all", ""),
    ],
)
def test_meaning_and_unit_of_a_place(path: str, meaning: str, unit: str) -> None:
    label = place_label(loads(FIRM), path.split("."))
    assert (str(label.meaning), label.unit) == (meaning, unit)
