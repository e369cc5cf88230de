# SPDX-License-Identifier: MIT
"""Is a pilot worth it, and which: a table of designs, the best of them, and why none is where none is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from txsim.decide.policies import Policies, noise_of, policies
from txsim.decide.reading import Reading, read
from txsim.decide.survey import sensors
from txsim.decide.value import Estimate, evpi
from txsim.forecast import Forecast
from txsim.pilot.design import Design, Variant, designed, survey_cost, variant_of
from txsim.pilot.rule import Rule, rule_of
from txsim.priors.distributions import median
from txsim.simulate.points import BATCHES

__all__ = ["PilotAnalysis", "analyse_pilot"]


#: Designs that are tried beside the stated one.
SCOPES = (0.1, 0.2, 0.3, 0.5)
MONTHS = (3, 6, 9, 12)
RESPONDENTS = (25.0, 50.0, 100.0, 200.0, 400.0, 800.0)


@dataclass(frozen=True)
class PilotAnalysis:
    """What `txsim pilot` finds.

    Attributes
    ----------
    forecast, policies
        What it rests on.
    evpi, evsi, pilot_net
        Of the stated pilot.
    stated
        The stated pilot as a design.
    design
        All designs that were tried, the stated one among them.
    rule
        What will be done after the stated pilot, or the best one where that is worth it.
    reasons
        Why no pilot is worth it: ``nobody_changes_mind``, ``cannot_be_read``, ``review_is_better``,
        ``costs_more_than_it_tells``; empty where one is.
    capped
        Respondents that the stated pilot can reach, where it states more.
    """

    forecast: Forecast
    policies: Policies
    evpi: Estimate
    evsi: Estimate
    pilot_net: Estimate
    stated: Design
    design: tuple[Design, ...]
    rule: Rule
    reasons: tuple[str, ...]
    capped: float | None
    review: Estimate

    @cached_property
    def best_design(self) -> Design | None:
        """The design that is worth most, if any is worth more than nothing."""
        best = max(self.design, key=lambda each: each.pilot_net.value)
        return best if best.pilot_net.value > 0 else None

    @property
    def worth_it(self) -> bool:
        """Whether the stated pilot is worth more than the best option without one."""
        return self.pilot_net.value > 0

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, keys in docs/schema.md; the words of the rule are added by the report."""
        forecast, best = self.forecast, self.best_design
        return {
            "scenario": forecast.scenario.title or forecast.scenario.source,
            "hash": forecast.hash,
            "calibration": forecast.calibration.hash,
            "currency": forecast.scenario.organisation.currency,
            "seed": forecast.seed,
            "draws": forecast.draws,
            "evpi": self.evpi.as_dict(),
            "evsi": self.evsi.as_dict(),
            "pilot_net": self.pilot_net.as_dict(),
            "commit_review": self.review.as_dict(),
            "worth_it": self.worth_it,
            "reasons": list(self.reasons),
            "stated": self.stated.as_dict(),
            "best_design": None if best is None else best.as_dict(),
            "design": [each.as_dict() for each in self.design],
            "capped_respondents": self.capped,
            "rule_details": self.rule.as_dict(),
        }


def analyse_pilot(
    forecast: Forecast,
    *,
    scopes: Sequence[float] = SCOPES,
    months: Sequence[int] = MONTHS,
    respondents: Sequence[float] = RESPONDENTS,
    controls: Sequence[bool] = (False, True),
) -> PilotAnalysis:
    """Find out whether a pilot is worth it, and which.

    Parameters
    ----------
    forecast
        Of a scenario with a pilot.
    scopes, months, respondents, controls
        Designs to try, every combination; what cannot be (too long for the horizon, more respondents than people) is
        left out. The stated design is always among them.

    Returns
    -------
    PilotAnalysis

    Raises
    ------
    ValueError
        If the scenario has no pilot.
    """
    scenario, pilot = forecast.scenario, forecast.scenario.pilot
    base = policies(forecast)
    if pilot is None or base is None:
        message = "the scenario has no pilot"
        raise ValueError(message)
    scope0, n0 = median(pilot.scope), median(pilot.respondents)
    variants: dict[tuple[float, int], Variant] = {}
    reviews: dict[tuple[int, float], Reading] = {}
    designs: dict[tuple[float, int, float, bool], Design] = {}

    def design(scope: float, length: int, people: float, control: bool) -> Design:
        key = (scope, length)
        if key not in variants:
            variants[key] = variant_of(forecast, scope, length)
        variant = variants[key]
        units = max(1.0, round(pilot.units * scope / scope0))
        sd = noise_of(variant.scenario, variant.readable, people, control, scope, units, review=False)
        reading = read(variant.readable.pilot, sd, batches=BATCHES)
        if (length, people) not in reviews:
            later = noise_of(variant.scenario, variant.readable, people, False, scope, units, review=True)
            reviews[length, people] = read(variant.readable.review, later, batches=BATCHES)
        cost = survey_cost(variant, pilot, people, control)
        return designed(variant, reading, reviews[length, people], cost, (scope, length, people, control))

    stated = design(scope0, pilot.months, n0, pilot.control)
    designs[scope0, pilot.months, n0, pilot.control] = stated
    longest = scenario.horizon_months - scenario.start - pilot.decision_months - 1
    ends = [driver.months for driver in scenario.drivers if driver.months is not None]
    longest = min([longest, *ends])
    population = min(sensor.population for sensor in sensors(scenario)) * median(pilot.response)
    for scope in dict.fromkeys([*scopes, scope0]):
        for length in dict.fromkeys([*(m for m in months if 1 <= m <= longest), pilot.months]):
            for people in dict.fromkeys([*(n for n in respondents if n <= scope * population), n0]):
                for control in controls:
                    key = (scope, length, people, control)
                    if key not in designs and (people > 0 or not control):
                        designs[key] = design(*key)
    actions = np.column_stack([forecast.worth("pilot_stop"), forecast.worth("pilot_scale")])
    perfect = evpi(actions, batches=BATCHES)
    analysis = PilotAnalysis(
        forecast,
        base,
        perfect,
        stated.evsi,
        stated.pilot_net,
        stated,
        tuple(designs.values()),
        rule_of(scenario, variants[scope0, pilot.months].readable, base.noise, pilot.months, pilot.control),
        (),
        scope0 * population if n0 > scope0 * population else None,
        base.review.value,
    )
    best = analysis.best_design
    rule = analysis.rule
    if best is not None and not analysis.worth_it:
        variant = variants[best.scope, best.months]
        units = max(1.0, round(pilot.units * best.scope / scope0))
        sd = noise_of(
            variant.scenario, variant.readable, best.respondents, best.control, best.scope, units, review=False
        )
        rule = rule_of(scenario, variant.readable, sd, best.months, best.control)
    return replace(analysis, rule=rule, reasons=() if best is not None else _reasons(analysis))


def _reasons(analysis: PilotAnalysis) -> tuple[str, ...]:
    """Return why no design is worth it, the weightiest first."""
    reasons = []
    commit = analysis.forecast.worth("commit")
    stakes = float(np.abs(commit).mean()) or 1.0
    best = max(analysis.design, key=lambda each: each.evsi.value)
    if analysis.evpi.value < 0.01 * stakes:
        reasons.append("nobody_changes_mind")
    elif best.evsi.value < 0.2 * analysis.evpi.value:
        reasons.append("cannot_be_read")
    instead = max(float(commit.mean()), 0.0)
    if analysis.review.value > instead + 0.01 * stakes and analysis.review.value > analysis.policies.pilot.value.value:
        reasons.append("review_is_better")
    if not reasons:
        reasons.append("costs_more_than_it_tells")
    return tuple(reasons)
