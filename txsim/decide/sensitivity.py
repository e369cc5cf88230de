# SPDX-License-Identifier: MIT
"""What drives a decision and what is worth knowing before it, for one forecast (docs/model.md, section 7)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from txsim.decide.advice import advise
from txsim.decide.discovery import Region as Found
from txsim.decide.discovery import discover
from txsim.decide.fixed_break_even import break_even_if_fixed, limit_if_fixed
from txsim.decide.flips import LimitReached, limit_reached
from txsim.decide.indices import sensitivity_indices
from txsim.decide.open_choice import choice_between
from txsim.decide.policies import offered, policies
from txsim.decide.regression import MOST_DRAWS
from txsim.decide.response import BreakEven, break_even, tornado, two_way
from txsim.decide.screening import influential
from txsim.decide.settlement import worth_knowing
from txsim.forecast import DEFAULT_DRAWS, Forecast, as_forecast
from txsim.forecast.criterion import decision_limits
from txsim.forecast.labels import Label, label_of
from txsim.language import N_, lazy
from txsim.results.page_one import FixedQuantity
from txsim.results.quantities import Estimate
from txsim.results.sensitivity import Axis, Bound, Driving, Group, PayoffMap, Region, Sensitivity, StatedParameter
from txsim.scenario import Scenario
from txsim.simulate.points import BATCHES, prefix
from txsim.simulate.quantities import FIRM, STAFF_TIME
from txsim.types import Array, Progress

#: Groups of parameters by what a study of them would be about.
GROUPS = {
    "experience": N_("how experience travels between staff, tools, channels and customers"),
    "lags": N_("how long that takes"),
    "money": N_("what a point of experience is worth in customers and staff"),
    "effect": N_("what the drivers would do if executed as designed"),
    "execution": N_("delivery, cost overrun and slip"),
    "rivals": N_("what rivals do and gain"),
    "firm": N_("those of the firm's figures that were given as uncertain"),
}
_LAGS = ("lag_tools", "lag_people", "margin_lag")
_MONEY = (
    "churn_cx",
    "referral_cx",
    "spend_cx",
    "serve_cx",
    "digital_leave",
    "cx_margin",
    "attrition_ex",
    "replacement_cost",
    "time_ux",
    "absence_ex",
)
#: What a driver's benefits and its wearing out are called within its name.
_DRIVER = ("benefits[", "tires.")
_RIVALS = ("rival_gain", "copy", "rivals.share", "rivals.months")


def groups_of(names: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return which parameters belong to which group of :data:`GROUPS`."""
    groups: dict[str, list[str]] = {name: [] for name in GROUPS}
    for name in names:
        last = name.rpartition(".")[2]
        if name in _LAGS or name.startswith("lag_"):
            groups["lags"].append(name)
        elif name in _MONEY:
            groups["money"].append(name)
        elif name in _RIVALS:
            groups["rivals"].append(name)
        elif last == "effect" or name.endswith("coordination.to") or any(part in name for part in _DRIVER):
            groups["effect"].append(name)
        elif last in ("delivery", "cost_overrun", "slip"):
            groups["execution"].append(name)
        elif "." in name or name in FIRM or name in STAFF_TIME:
            groups["firm"].append(name)
        else:
            groups["experience"].append(name)
    return {name: tuple(members) for name, members in groups.items() if members}


def analyse_sensitivity(forecast: Forecast, *, scenario_discovery: bool = False) -> Sensitivity:
    """Find out what drives a forecast's payoff and what is worth knowing.

    ``forecast``: of one scenario; ``scenario_discovery``: whether to describe by rules where the pilot loses money.
    """
    scenario = forecast.scenario
    kept = prefix(forecast.draws, MOST_DRAWS)
    payoff = forecast.worth("commit")[kept]
    # A pilot's own uncertainties do not touch what committing pays.
    moves = influential(scenario, forecast.drawn, evidence=False)
    # A parameter of the evidence that nothing here depends on may swing the payoff by chance, or by what goes with it.
    heeded = influential(scenario, forecast.drawn)
    uncertain = {name: values[kept] for name, values in moves.items() if not name.startswith("pilot.")}
    names = list(uncertain)
    chosen = policies(forecast)
    committing, limits = offered(forecast, chosen)["commit"], decision_limits(scenario)
    excesses = {limit: excess[kept] for limit, excess in limits.excess(committing).items()}
    choice = choice_between([committing], limits, kept)
    whole = choice.evpi()
    parameters: list[Driving] = []
    explained = 1.0
    if names:
        table = np.column_stack([uncertain[name] for name in names])
        indices = sensitivity_indices(payoff, table, batches=BATCHES)
        explained = indices.explained
        worth = worth_knowing(choice, uncertain)
        for i, name in enumerate(names):
            values = table[:, i]
            # A link is in force or not: between both there is nothing.
            ends = (0.0, 1.0) if name.startswith("link[") else (0.05, 0.95)
            moved = tornado(payoff, values, low=ends[0], high=ends[1], batches=BATCHES)
            even = break_even(payoff, values, batches=BATCHES)
            at = (float(np.quantile(values, ends[0])), float(np.quantile(values, ends[1])))
            label = label_of(scenario, name)
            fixed, limit_fixed = None, None
            reached = limit_reached(excesses, values, even)
            if not moved.within_noise and name in heeded and not name.startswith("link["):
                fixed = break_even_if_fixed(forecast, name, lambda worth: worth["commit"], even, label)
                limit_fixed = limit_if_fixed(forecast, "commit", name, reached, label)
            parameters.append(
                Driving(
                    name=name,
                    evppi=worth[name],
                    first_order=indices.first_order[i],
                    total=indices.total[i],
                    low=moved.low,
                    high=moved.high,
                    swing=moved.swing,
                    within_noise=moved.within_noise or name not in heeded,
                    p05=at[0],
                    p95=at[1],
                    break_even=even.value,
                    good_above=even.above,
                    p_good=even.p_good,
                    meaning=label.meaning,
                    stated=replace(_stated(label, at, even, fixed, reached), limit_fixed=limit_fixed),
                )
            )
    # A worth within its error counts as none: what is noise leads no table.
    parameters.sort(key=lambda each: (-_beyond_error(each.evppi), -each.total.value, each.name))
    groups = [
        Group(name, lazy(GROUPS[name]), members, choice.evppi(np.column_stack([uncertain[m] for m in members])))
        for name, members in groups_of(uncertain).items()
    ]
    groups.sort(key=lambda each: -_beyond_error(each.evppi))
    top = sorted(parameters, key=lambda each: -each.total.value)[:2]
    payoffs = None
    if len(top) == 2:
        x, y = (each.name for each in top)
        at_x, at_y, table = two_way(forecast.npv("commit")[kept], uncertain[x], uncertain[y])
        after = None
        if scenario.decision.after_tax:
            after = _rows(two_way(payoff, uncertain[x], uncertain[y])[2])
        payoffs = PayoffMap(
            x=x,
            y=y,
            at_x=tuple(at_x.tolist()),
            at_y=tuple(at_y.tolist()),
            npv=_rows(table),
            npv_after_tax=after,
            stated_x=_axis(label_of(scenario, x), at_x),
            stated_y=_axis(label_of(scenario, y), at_y),
        )
    regions = None
    if scenario_discovery:
        lost = payoff
        if chosen is not None:
            actions = np.column_stack([forecast.worth("pilot_stop"), forecast.worth("pilot_scale")])
            lost = chosen.pilot.rule.outcome(actions)[kept]
        # Where it loses money, found over everything uncertain.
        regions = tuple(_region(scenario, region) for region in discover(lost < 0, uncertain))
    return Sensitivity(
        scenario=scenario.label,
        organisation=scenario.organisation.name,
        hash=forecast.hash,
        currency=scenario.organisation.currency,
        seed=forecast.seed,
        draws=min(forecast.draws, MOST_DRAWS),
        options=("do_nothing", "commit"),
        after_tax=scenario.decision.after_tax,
        taxed=scenario.finance is not None,
        evpi=whole,
        parameters=tuple(parameters),
        groups=tuple(groups),
        explained=explained,
        map=payoffs,
        regions=regions,
        recommendation=advise(forecast, chosen),
    )


def sensitivity(
    scenario: Scenario | Forecast | str | os.PathLike[str],
    *,
    draws: int = DEFAULT_DRAWS,
    seed: int | None = None,
    prior_only: bool = False,
    scenario_discovery: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> Sensitivity:
    """Find out what drives what a scenario pays, and what it is worth to know before choosing (``txsim sensitivity``).

    ``scenario``: a scenario, the path of its file, or its forecast. ``draws``, ``seed``, ``prior_only``, ``workers``,
    ``progress``: as for :func:`txsim.forecast`; of a forecast they are settled. ``scenario_discovery``: as in
    :func:`analyse_sensitivity`. Raises InputError, CalibrationError as :func:`txsim.forecast` does.

    >>> answer = sensitivity("scenarios/service_desk_pilot.yaml", draws=256, prior_only=True)
    >>> answer.evpi.value >= 0
    True
    """
    forecast = as_forecast(scenario, draws=draws, seed=seed, prior_only=prior_only, workers=workers, progress=progress)
    if progress is not None:
        progress(lazy("regressing"), None)
    return analyse_sensitivity(forecast, scenario_discovery=scenario_discovery)


def _beyond_error(worth: Estimate) -> float:
    """Return what something is worth, nothing where that is within twice its Monte Carlo error."""
    return 0.0 if worth.within_noise else worth.value


def _rows(table: Array) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in table.tolist())


def _stated(
    label: Label, at: tuple[float, float], even: BreakEven, fixed: FixedQuantity | None, reached: LimitReached | None
) -> StatedParameter:
    """Return where a parameter lies, and from where on committing pays, as the author counts it."""
    low, high = sorted(label.stated(end) for end in at)
    turn = None if even.value is None else label.stated(even.value.value)
    rises = label.per_unit > 0
    gap = label.stated_gap(even.gap)
    stated = StatedParameter(label.unit, low, high, turn, even.above == rises, fixed, gap=gap)
    if reached is None:
        return stated
    return replace(
        stated,
        limit=reached.limit,
        limit_at=label.stated(reached.value),
        limit_above=reached.above == rises,
        limit_gap=label.stated_gap(reached.gap),
    )


def _axis(label: Label, at: Array) -> Axis:
    return Axis(label.meaning, label.unit, tuple(label.stated(float(value)) for value in at))


def _region(scenario: Scenario, region: Found) -> Region:
    rules = []
    for name, side, value in region.rules:
        label = label_of(scenario, name)
        above = (side == "above") == (label.per_unit > 0)
        rules.append(
            Bound(
                name=name,
                side="above" if side == "above" else "at_most",
                value=value,
                meaning=label.meaning,
                unit=label.unit,
                stated=label.stated(value),
                stated_side="above" if above else "at_most",
            )
        )
    return Region(tuple(rules), region.share, region.density, region.coverage)
