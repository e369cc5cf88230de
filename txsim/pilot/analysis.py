# SPDX-License-Identifier: MIT
"""Is a pilot worth it, and which: a table of designs, the best of them, and why none is where none is."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from txsim.decide.advice import advise
from txsim.decide.pilot_rule import rule_message, rule_of
from txsim.decide.policies import Policy, noise_of, offered, policies, policy_of
from txsim.decide.ranking import mean_estimate
from txsim.decide.survey import sensors
from txsim.decide.value import evpi
from txsim.errors import InputError, Problem
from txsim.forecast import DEFAULT_DRAWS, Forecast, as_forecast
from txsim.forecast.criterion import allowed, decision_limits
from txsim.language import lazy, lazy_plural
from txsim.pilot.design import Variant, designed, survey_bill, survey_cost, variant_of
from txsim.priors.moments import median
from txsim.results.pilot import Design, Pilot, Reason, Rule, preferred, proposed
from txsim.results.quantities import Estimate
from txsim.scenario import Scenario, as_scenario
from txsim.scenario.respondents import can_answer
from txsim.simulate.points import BATCHES
from txsim.types import Array, Progress

#: Designs that are tried beside the stated one.
SCOPES: tuple[float, ...] = (0.1, 0.2, 0.3, 0.5)
MONTHS: tuple[int, ...] = (3, 6, 9, 12)
RESPONDENTS: tuple[float, ...] = (25.0, 50.0, 100.0, 200.0, 400.0, 800.0)


def _no_pilot(scenario: Scenario) -> InputError:
    hint = lazy("write `pilot: {months: 6, scope: 20 %, respondents: 50, control: true}`")
    return InputError(Problem(lazy("there is no `pilot`"), file=scenario.source or None, hint=hint))


def pilot(
    scenario: Scenario | Forecast | str | os.PathLike[str],
    *,
    draws: int = DEFAULT_DRAWS,
    seed: int | None = None,
    prior_only: bool = False,
    scopes: Sequence[float] = SCOPES,
    months: Sequence[int] = MONTHS,
    respondents: Sequence[float] = RESPONDENTS,
    workers: int = 1,
    progress: Progress | None = None,
) -> Pilot:
    """Find out whether the pilot of a scenario is worth it, and which would be (``txsim pilot``).

    ``scenario``: a scenario, the path of its file, or its forecast. ``draws``, ``seed``, ``prior_only``, ``workers``,
    ``progress``: as for :func:`txsim.forecast`; of a forecast they are settled. ``scopes``, ``months``,
    ``respondents``: designs to try, as in :func:`analyse_pilot`. Raises InputError if the scenario has no pilot, or as
    :func:`txsim.forecast` does; CalibrationError as :func:`txsim.forecast` does.

    >>> answer = pilot("scenarios/service_desk_pilot.yaml", draws=256, prior_only=True, scopes=[0.2], months=[6])
    >>> answer.stated.months
    6
    """
    asked = scenario.scenario if isinstance(scenario, Forecast) else as_scenario(scenario)
    if asked.pilot is None:  # told before anything is computed
        raise _no_pilot(asked)
    forecast = as_forecast(
        scenario if isinstance(scenario, Forecast) else asked,
        draws=draws,
        seed=seed,
        prior_only=prior_only,
        workers=workers,
        progress=progress,
    )
    return analyse_pilot(forecast, scopes=scopes, months=months, respondents=respondents, progress=progress)


def analyse_pilot(
    forecast: Forecast,
    *,
    scopes: Sequence[float] = SCOPES,
    months: Sequence[int] = MONTHS,
    respondents: Sequence[float] = RESPONDENTS,
    controls: Sequence[bool] = (False, True),
    progress: Progress | None = None,
) -> Pilot:
    """Find out whether a pilot is worth it, and which.

    ``forecast``: of a scenario with a pilot. ``scopes``, ``months``, ``respondents``, ``controls``: designs to try,
    every combination; what cannot be (too long for the horizon, more respondents than people) is left out. The stated
    design is always among them. ``progress``: told how many designs are tried, and how far that is. Raises InputError
    if the scenario has no pilot.
    """
    scenario, pilot = forecast.scenario, forecast.scenario.pilot
    base = policies(forecast)
    if pilot is None or base is None:
        raise _no_pilot(scenario)
    scope0, n0 = median(pilot.scope), median(pilot.respondents)
    variants: dict[tuple[float, int], Variant] = {}
    reviews: dict[tuple[int, float], Policy] = {}
    chosen: dict[tuple[float, int, float, bool], Policy] = {}
    designs: dict[tuple[float, int, float, bool], Design] = {}

    def design(scope: float, length: int, people: float, control: bool) -> Design:
        key = (scope, length)
        if key not in variants:
            variants[key] = variant_of(forecast, scope, length)
        variant = variants[key]
        units = max(1.0, round(pilot.units * scope / scope0))
        sd = noise_of(variant.scenario, variant.readable, people, control, scope, units, review=False)
        policy = policy_of(variant.scenario, variant.readable, sd, review=False)
        chosen[scope, length, people, control] = policy
        if (length, people) not in reviews:
            later = noise_of(variant.scenario, variant.readable, people, False, scope, units, review=True)
            reviews[length, people] = policy_of(variant.scenario, variant.readable, later, review=True)
        cost = survey_cost(variant, pilot, people, control)
        bill = survey_bill(variant, pilot, people, control)
        return designed(variant, policy, reviews[length, people], cost, (scope, length, people, control), bill)

    today, limits = offered(forecast, base), decision_limits(scenario)
    within = allowed(today, limits)
    stated = design(scope0, pilot.months, n0, pilot.control)
    if limits.stated:  # judged as the answer judges it
        own = today["pilot_then_decide"]
        stated = replace(stated, excluded=None if limits.allow(own) else limits.broken("pilot_then_decide", own))
    designs[scope0, pilot.months, n0, pilot.control] = stated
    longest = scenario.horizon_months - scenario.start - pilot.decision_months - 1
    ends = [driver.months for driver in scenario.drivers if driver.months is not None]
    longest = min([longest, *ends])
    population = min(sensor.population for sensor in sensors(scenario)) * median(pilot.response)
    wanted = [
        (scope, length, people, control)
        for scope in dict.fromkeys([*scopes, scope0])
        for length in dict.fromkeys([*(m for m in months if 1 <= m <= longest), pilot.months])
        for people in dict.fromkeys([*(n for n in respondents if n <= scope * population), n0])
        for control in controls
        if people > 0 or not control
    ]
    for i, key in enumerate(wanted):
        if progress is not None:
            progress(lazy_plural("trying {n} pilot", "trying {n} pilots", len(wanted)), i / len(wanted))
        if key not in designs:
            designs[key] = design(*key)
    actions = np.column_stack([forecast.worth("pilot_stop"), forecast.worth("pilot_scale")])
    perfect = evpi(actions, batches=BATCHES)
    tried = tuple(designs.values())
    # A gain that would be there whatever is read is that of a smaller first step: no pilot is needed for it.
    telling = [each for each in tried if each.pays_by_reading]
    best = max(telling, key=preferred) if telling else None
    proposal = proposed(stated, best)

    def decided_by(each: Design) -> Rule:
        piloted = variants[each.scope, each.months]
        return rule_of(
            chosen[each.scope, each.months, each.respondents, each.control],
            piloted.readable.sensors,
            piloted.readable.pilot.net_benefit,
            each.months,
            control=each.control,
        )

    rule, other = decided_by(proposal), None if proposal == stated else decided_by(stated)
    commit = forecast.worth("commit")
    review = mean_estimate(base.review.rule.outcome(np.column_stack([forecast.worth("commit_stop"), commit])), BATCHES)
    after = base.pilot.rule.outcome(actions)
    without = [name for name in within if name != "pilot_then_decide"]
    instead = "commit" if "commit" in within else max(without, key=lambda name: float(today[name].payoff.mean()))
    reasons: tuple[Reason, ...] = ()
    if best is None and any(each.pays for each in tried):
        reasons = ("only_a_first_step",)
    elif best is None and any(each.pilot_net.value > 0 for each in tried):
        reasons = ("beyond_the_limits",)
    elif best is None:
        reasons = reasons_of(commit, tried, perfect, review, mean_estimate(after, BATCHES), without)
    return Pilot(
        scenario=scenario.label,
        organisation=scenario.organisation.name,
        hash=forecast.hash,
        calibration=forecast.calibration.hash,
        currency=scenario.organisation.currency,
        seed=forecast.seed,
        draws=forecast.draws,
        evpi=perfect,
        evsi=stated.evsi,
        pilot_net=stated.pilot_net,
        commit_review=review,
        worth_it=stated.pays,
        reasons=reasons,
        stated=stated,
        best_design=best,
        design=tried,
        capped_respondents=scope0 * population if n0 > scope0 * population else None,
        capped={
            node: count for node, count in _answering(scenario, scope0, median(pilot.response)).items() if count < n0
        },
        paid_respondents=min(n0, can_answer(scenario, scope0)),
        rule=rule_message(rule),
        rule_details=rule,
        stated_rule="" if other is None else rule_message(other),
        stated_rule_details=other,
        recommendation=advise(forecast, base, tried),
        material=limits.between(today[instead], today["pilot_then_decide"]),
        policies=base,
    )


def _answering(scenario: Scenario, scope: float, response: float) -> dict[str, float]:
    """Return of each measure how many people can answer a wave in a share of the firm."""
    return {sensor.node: scope * response * sensor.population for sensor in sensors(scenario)}


def reasons_of(
    commit: Array,
    tried: Sequence[Design],
    perfect: Estimate,
    review: Estimate,
    piloted: Estimate,
    without: Collection[str] = ("do_nothing", "commit", "commit_review"),
) -> tuple[Reason, ...]:
    """Return why no design is worth it, the weightiest first.

    ``commit``: ``(draw,)`` what committing pays; ``perfect``, ``review``, ``piloted``: what knowing everything is worth
    for the choice to scale or stop, and the values of committing with a review and of the stated pilot; ``without``:
    what can be chosen without a pilot: what the limits leave of it.
    """
    reasons: list[Reason] = []
    stakes = float(np.abs(commit).mean()) or 1.0
    most = max(each.evsi.value for each in tried)
    if perfect.value < 0.01 * stakes:
        reasons.append("nobody_changes_mind")
    elif most < 0.2 * perfect.value:
        reasons.append("cannot_be_read")
    instead = max(float(commit.mean()) if "commit" in without else 0.0, 0.0)
    if "commit_review" in without and review.value > instead + 0.01 * stakes and review.value > piloted.value:
        reasons.append("review_is_better")
    return tuple(reasons) or ("costs_more_than_it_tells",)
