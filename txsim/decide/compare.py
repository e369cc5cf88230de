# SPDX-License-Identifier: MIT
"""Scenarios side by side on common random numbers, portfolios of their drivers, and beliefs side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.decide.advice import weights_of
from txsim.decide.choice import FIRST_STEP, Candidate, Limits, Recommendation, recommend
from txsim.decide.pilot import candidates, npv_of, policies_of, varied
from txsim.decide.portfolio import best_sets
from txsim.decide.ranking import Difference, batch_errors, difference, dominates, expected_regret, frontier, p_best
from txsim.decide.value import Estimate
from txsim.errors import InputError, did_you_mean
from txsim.forecast import DEFAULT_DRAWS, DEFAULT_SEED, Draws, calibration_spec, common_order, draw, simulate
from txsim.htmltable import html_table
from txsim.inference import Calibration, calibrate
from txsim.scenario import Driver, Scenario
from txsim.simulate.payoff import cvar, mcse, summary
from txsim.simulate.points import BATCHES

__all__ = ["Comparison", "Entry", "Portfolio", "compare", "portfolio"]

Array = NDArray[np.float64]
Progress = Callable[[str, float | None], None]

#: Of more options than this only the best one of each scenario is set against the others in pairs.
_ALL_PAIRS = 20
NOTHING = "do_nothing"


@dataclass(frozen=True)
class Entry:
    """One scenario as it was simulated for the comparison.

    Attributes
    ----------
    name, scenario, drawn
        Which, and on what draws.
    options
        What can be chosen, by option; doing nothing included.
    pv_cost
        Expected present value of the cost of committing.
    delta_cx
        Deviation of customer experience ``(draw,)`` in the last month when committing; ``None`` without that node.
    """

    name: str
    scenario: Scenario
    drawn: Draws
    options: Mapping[str, Candidate]
    pv_cost: float
    delta_cx: Array | None


@dataclass(frozen=True)
class Portfolio:
    """The best set of drivers under a budget.

    Attributes
    ----------
    drivers
        Its drivers, ``scenario/driver``.
    cost, additive, joint
        Expected present value of its cost; expected payoff as the sum of each driver alone, and simulated jointly.
    additive_drivers
        The set that is best by the sum.
    sets
        The sets that were simulated jointly, best first: drivers, cost, additive, joint.
    budget
        The budget.
    """

    drivers: tuple[str, ...]
    cost: float
    additive: float
    joint: Estimate
    additive_drivers: tuple[str, ...]
    sets: tuple[dict[str, Any], ...]
    budget: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "budget": self.budget,
            "drivers": list(self.drivers),
            "pv_cost": self.cost,
            "additive": self.additive,
            "joint": self.joint.as_dict(),
            "interaction": self.joint.value - self.additive,
            "best_additive": list(self.additive_drivers),
            "sets": list(self.sets),
        }


@dataclass(frozen=True)
class Comparison:
    """What `txsim compare` finds.

    Attributes
    ----------
    entries
        The scenarios.
    p_best, expected_regret, differences, dominance
        By ``scenario/option``; empty across beliefs.
    beliefs
        Mean payoff by belief and action, where the scenarios rest on different calibrations.
    recommendation
        ``None`` across beliefs without a mixture.
    warnings
        Where scenarios differ in what makes figures comparable.
    """

    entries: tuple[Entry, ...]
    table: tuple[dict[str, Any], ...]
    p_best: Mapping[str, Estimate]
    expected_regret: Mapping[str, Estimate]
    differences: tuple[tuple[str, str, Difference], ...]
    dominance: tuple[tuple[str, str, int], ...]
    frontier: tuple[str, ...]
    recommendation: Recommendation | None
    beliefs: dict[str, Any] | None
    warnings: tuple[str, ...]
    portfolio: Portfolio | None = None
    seed: int = DEFAULT_SEED
    draws: int = DEFAULT_DRAWS
    mix: Mapping[str, float] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        """Return what notebooks show: every option on the same draws, the best mean first."""
        rows = [
            (
                str(row["name"]),
                f"{row['npv']['mean']:,.0f}",
                f"{row['npv']['p05']:,.0f} … {row['npv']['p95']:,.0f}",
                f"{row['p_loss']:.0%}",
                f"{self.p_best[row['name']].value:.0%}" if row["name"] in self.p_best else "–",
            )
            for row in sorted(self.table, key=lambda row: -row["npv"]["mean"])
        ]
        currency = self.entries[0].scenario.organisation.currency
        head = ("scenario/option", f"mean NPV, {currency}", "90 %", "P(loss)", "P(best)")
        return html_table("Comparison", "; ".join(self.warnings), head, rows)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, keys in docs/schema.md."""
        return {
            "scenarios": [
                {
                    "name": entry.name,
                    "title": entry.scenario.title,
                    "hash": entry.scenario.hash,
                    "calibration": entry.drawn.calibration.hash,
                    "currency": entry.scenario.organisation.currency,
                    "horizon_months": entry.scenario.horizon_months,
                }
                for entry in self.entries
            ],
            "seed": self.seed,
            "draws": self.draws,
            "options": list(self.table),
            "p_best": {name: each.value for name, each in self.p_best.items()},
            "p_best_mcse": {name: each.mcse for name, each in self.p_best.items()},
            "expected_regret": {name: each.value for name, each in self.expected_regret.items()},
            "expected_regret_mcse": {name: each.mcse for name, each in self.expected_regret.items()},
            "differences": [
                {
                    "a": a,
                    "b": b,
                    "mean": each.mean,
                    "p05": each.p05,
                    "p95": each.p95,
                    "mcse": each.mcse,
                    "p_positive": each.p_positive,
                }
                for a, b, each in self.differences
            ],
            "dominance": [{"a": a, "b": b, "order": order} for a, b, order in self.dominance],
            "frontier": list(self.frontier),
            "beliefs": self.beliefs,
            "mix": dict(self.mix),
            "portfolio": None if self.portfolio is None else self.portfolio.as_dict(),
            "warnings": list(self.warnings),
            "recommendation": None if self.recommendation is None else self.recommendation.as_dict(),
        }


def _calibrations(
    scenarios: Mapping[str, Scenario], prior_only: bool, progress: Progress | None
) -> dict[str, Calibration]:
    specs = {name: calibration_spec(scenario, prior_only=prior_only) for name, scenario in scenarios.items()}
    made = {spec.hash: spec for spec in specs.values()}
    drawn = {key: calibrate(spec, progress=progress) for key, spec in made.items()}
    return {name: drawn[spec.hash] for name, spec in specs.items()}


def entry_of(name: str, scenario: Scenario, drawn: Draws, workers: int = 1) -> Entry:
    """Simulate one scenario on its draws and work out what can be chosen."""
    scene, outcome = simulate(scenario, drawn, workers=workers)
    values = {path: npv_of(scenario, outcome, path) for path in outcome.paths}
    chosen = None if scenario.pilot is None else policies_of(scenario, scene, drawn, values)
    cx = outcome.field("commit", "cx") if "cx" in outcome.nodes else None
    cost = float(outcome.field("commit", "pv_cost").mean())
    return Entry(name, scenario, drawn, candidates(scenario, outcome, values, chosen), cost, cx)


def compare(
    scenarios: Mapping[str, Scenario],
    *,
    draws: int = DEFAULT_DRAWS,
    seed: int | None = None,
    prior_only: bool = False,
    mix: Mapping[str, float] | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Comparison:
    """Compare scenarios draw by draw.

    Parameters
    ----------
    scenarios
        By name.
    draws, seed, prior_only, workers, progress
        As for :func:`txsim.forecast.forecast`; all scenarios share the seed.
    mix
        Weight of each belief, by the name of a scenario that holds it or ``default`` for the packaged evidence.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        If ``mix`` names no belief, or for any reason that a forecast has.
    """
    if seed is None:
        seeds = {scenario.seed for scenario in scenarios.values() if scenario.seed is not None}
        seed = seeds.pop() if len(seeds) == 1 else DEFAULT_SEED
    told = dict(scenarios)
    calibrations = _calibrations(told, prior_only, progress)
    order = common_order(told.values())
    if progress is not None:
        progress("simulating", None)
    entries = tuple(
        entry_of(name, told[name], draw(told[name], calibrations[name], draws=draws, seed=seed, order=order), workers)
        for name in told
    )
    one_belief = len({calibration.hash for calibration in calibrations.values()}) == 1
    if one_belief and not mix:
        return _within(entries, seed, draws)
    beliefs, payoffs = _across(told, calibrations, order, draws, seed, prior_only, mix or {}, workers, progress)
    found = Comparison(
        entries, _table(entries), {}, {}, (), (), (), None, beliefs, _differing(entries), None, seed, draws, mix or {}
    )
    if mix:
        found = replace(found, recommendation=_mixed(entries, payoffs, mix))
    return found


def _differing(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Tell where scenarios differ in what makes their figures comparable."""
    found = []
    first = entries[0].scenario
    looked: tuple[tuple[str, Callable[[Scenario], Any]], ...] = (
        ("organisation", lambda s: s.organisation.model_dump(mode="json", exclude={"currency"})),
        ("currency", lambda s: s.organisation.currency),
        ("horizon", lambda s: s.horizon_months),
        ("bridge", lambda s: s.bridge),
        ("discount rate", lambda s: (s.discount_rate, s.rate_kind, s.convention)),
        ("terminal value", lambda s: s.terminal),
    )
    for what, of in looked:
        other = [entry.name for entry in entries[1:] if of(entry.scenario) != of(first)]
        if other:
            found.append(f"{', '.join(other)} has another {what} than {entries[0].name}")
    return tuple(found)


def _flat(entries: Sequence[Entry]) -> dict[str, tuple[Entry, str, Candidate]]:
    """Return every option of every scenario by ``scenario/option``, doing nothing once."""
    found: dict[str, tuple[Entry, str, Candidate]] = {}
    for entry in entries:
        for option, candidate in entry.options.items():
            if option != NOTHING:
                found[f"{entry.name}/{option}"] = (entry, option, candidate)
    found[NOTHING] = (entries[0], NOTHING, entries[0].options[NOTHING])
    return found


def _table(entries: Sequence[Entry]) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "name": name,
            "scenario": None if option == NOTHING else entry.name,
            "option": option,
            "npv": summary(candidate.payoff),
            "p_loss": candidate.p_loss,
            "cvar05": {"value": cvar(candidate.payoff), "mcse": mcse(candidate.payoff, cvar)},
            "peak_funding_p95": candidate.peak_funding,
        }
        for name, (entry, option, candidate) in _flat(entries).items()
    )


def _within(entries: tuple[Entry, ...], seed: int, draws: int) -> Comparison:
    flat = _flat(entries)
    names = list(flat)
    table = np.column_stack([flat[name][2].payoff for name in names])
    best = p_best(table, batches=BATCHES)
    regret = expected_regret(table, batches=BATCHES)
    rows = _table(entries)
    means = table.mean(axis=0)
    tails = [row["cvar05"]["value"] for row in rows]
    # An efficient frontier of mean against what happens in the worst 5 %.
    efficient = tuple(names[i] for i in frontier(means, tails))
    paired = names
    if len(names) > _ALL_PAIRS:
        leaders = []
        for entry in entries:
            mine = [name for name in names if flat[name][0] is entry and name != NOTHING]
            leaders.append(max(mine, key=lambda name: float(means[names.index(name)])))
        paired = [*leaders, NOTHING]
    column = {name: table[:, i] for i, name in enumerate(names)}
    pairs = [(a, b) for i, a in enumerate(paired) for b in paired[i + 1 :]]
    differences = tuple((a, b, difference(column[a], column[b], batches=BATCHES)) for a, b in pairs)
    sorted_columns = {name: np.sort(column[name]) for name in paired}
    dominance = []
    for a, b in pairs:
        for x, y in ((a, b), (b, a)):
            order = dominates(sorted_columns[x], sorted_columns[y])
            if order is not None:
                dominance.append((x, y, order))
    return Comparison(
        entries,
        rows,
        dict(zip(names, best, strict=True)),
        dict(zip(names, regret, strict=True)),
        differences,
        tuple(dominance),
        efficient,
        _recommended(entries, flat),
        None,
        _differing(entries),
        None,
        seed,
        draws,
    )


def _recommended(entries: Sequence[Entry], flat: Mapping[str, tuple[Entry, str, Candidate]]) -> Recommendation:
    told = entries[0].scenario.decision
    parameters: dict[str, Array] = {}
    for entry in entries:
        parameters |= {name: values for name, values in entry.drawn.uncertain.items() if name not in parameters}
    steps = {
        name: NOTHING if option == NOTHING else f"{entry.name}/{FIRST_STEP.get(option, option)}"
        for name, (entry, option, _) in flat.items()
    }
    cost = [entry.pv_cost for entry in entries]
    limits = Limits(told.max_p_loss, told.max_peak_funding, told.material * min(cost, default=0.0))
    ordered = {NOTHING: flat[NOTHING][2]} | {name: each[2] for name, each in flat.items()}
    weights = weights_of(entries[0].scenario, entries[0].drawn)
    return recommend(ordered, limits, parameters=parameters, claim_weights=weights, steps=steps)


_BELIEFS = ("beliefs", "evidence", "graph")


def _action(scenario: Scenario) -> str:
    """Return what a scenario does and where, without what it believes: equal actions are compared across beliefs."""
    content = {
        k: v for k, v in scenario.content.items() if k not in ("title", "question", "priors", "evidence", "graph")
    }
    return repr(sorted(content.items(), key=lambda pair: pair[0]))


def _across(
    told: Mapping[str, Scenario],
    calibrations: Mapping[str, Calibration],
    order: Sequence[str],
    draws: int,
    seed: int,
    prior_only: bool,
    mix: Mapping[str, float],
    workers: int,
    progress: Progress | None,
) -> tuple[dict[str, Any], dict[str, dict[str, Candidate]]]:
    """Simulate every action under every belief."""
    holders: dict[str, tuple[Scenario, Calibration]] = {}
    seen: set[str] = set()
    for name, scenario in told.items():
        if calibrations[name].hash not in seen or name in mix:
            seen.add(calibrations[name].hash)
            holders[name] = (scenario, calibrations[name])
    if "default" in mix and "default" not in holders:
        first = next(iter(told.values()))
        plain = varied(first, beliefs={}, evidence=type(first.evidence)())
        spec = calibration_spec(plain, prior_only=prior_only)
        holders["default"] = (plain, calibrate(spec, progress=progress))
    unknown = [name for name in mix if name not in holders]
    if unknown:
        known = [*holders, "default"]
        message = f"--mix: no belief `{unknown[0]}`{did_you_mean(unknown[0], known)}; known: {', '.join(known)}"
        raise InputError(message)
    if mix and (any(weight < 0 for weight in mix.values()) or not sum(mix.values()) > 0):
        message = "--mix: weights are numbers of at least 0, not all 0, for example sceptic=0.5,default=0.5"
        raise InputError(message)
    actions: dict[str, str] = {}
    for name, scenario in told.items():
        actions.setdefault(_action(scenario), name)
    payoffs: dict[str, dict[str, Candidate]] = {}
    cells: list[dict[str, Any]] = []
    for belief, (holder, calibration) in holders.items():
        payoffs[belief] = {}
        for action in actions.values():
            other = varied(told[action], **{key: getattr(holder, key) for key in _BELIEFS})
            entry = entry_of(action, other, draw(other, calibration, draws=draws, seed=seed, order=order), workers)
            for name, (_, _, candidate) in _flat([entry]).items():
                payoffs[belief][name] = candidate
                error = float(batch_errors(candidate.payoff, BATCHES)[0])
                mean = {"value": float(candidate.payoff.mean()), "mcse": error}
                cells.append({"belief": belief, "action": name, "npv": mean, "p_loss": candidate.p_loss})
    return {"names": list(holders), "actions": list(next(iter(payoffs.values()))), "cells": cells}, payoffs


def _mixed(
    entries: Sequence[Entry], payoffs: Mapping[str, Mapping[str, Candidate]], mix: Mapping[str, float]
) -> Recommendation:
    """Recommend under a stated mixture of beliefs."""
    total = sum(mix.values())
    shares = {name: weight / total for name, weight in mix.items()}
    actions = list(payoffs[next(iter(mix))])
    mixed: dict[str, Candidate] = {}
    for action in [NOTHING, *(name for name in actions if name != NOTHING)]:
        # Batches are kept: draw i of each belief shares its points, so that weighting draw by draw is fair for means.
        mixed[action] = Candidate(
            np.asarray(sum(share * payoffs[belief][action].payoff for belief, share in shares.items())),
            float(sum(share * payoffs[belief][action].p_loss for belief, share in shares.items())),
            max(payoffs[belief][action].peak_funding for belief in shares),
        )
    told = entries[0].scenario.decision
    steps = {
        name: NOTHING
        if name == NOTHING
        else "/".join([name.split("/")[0], FIRST_STEP.get(name.split("/")[1], name.split("/")[1])])
        for name in mixed
    }
    cost = min((entry.pv_cost for entry in entries), default=0.0)
    return recommend(mixed, Limits(told.max_p_loss, told.max_peak_funding, told.material * cost), steps=steps)


def _alone(scenario: Scenario, drivers: tuple[Driver, ...]) -> Scenario:
    return varied(scenario, drivers=drivers, pilot=None)


def portfolio(
    entries: Sequence[Entry],
    budget: float,
    capacity: Mapping[str, float] | None = None,
    *,
    most: int = 50,
    workers: int = 1,
) -> Portfolio:
    """Return the best set of the scenarios' drivers whose expected cost stays within a budget.

    Parameters
    ----------
    entries
        Of one comparison; one organisation, horizon and belief.
    budget
        Most that the expected present value of the programmes' cost may be, in the currency.
    capacity
        Most drivers of a kind (``it``, ``people``), of an owner (``c_level``, ``shared``, ``none``), or in all
        (``drivers``).
    most
        Sets that are simulated jointly.
    workers
        Threads of the kernel.

    Returns
    -------
    Portfolio

    Raises
    ------
    InputError
        If the scenarios do not share organisation, horizon and belief, or there are more than 20 different drivers.
    """
    first = entries[0]
    problems = [text for text in _differing(entries) if "another" in text]
    if len({entry.drawn.calibration.hash for entry in entries}) > 1:
        problems.append("the scenarios rest on different beliefs")
    if problems:
        message = f"a portfolio needs one organisation, horizon and belief: {problems[0]}"
        raise InputError(message)
    offered: dict[str, tuple[str, Driver]] = {}
    for entry in entries:
        for driver in entry.scenario.drivers:
            if any(known == driver for _, known in offered.values()):
                continue  # the same driver in two files is one candidate
            name, i = driver.name, 2
            while name in offered:
                name, i = f"{driver.name[:36]}_{i}", i + 1
            offered[name] = (f"{entry.name}/{driver.name}", driver)
    drivers = [driver.model_copy(update={"name": name}) for name, (_, driver) in offered.items()]
    labels = [label for label, _ in offered.values()]
    limits: list[tuple[Array, float]] = []
    for key, room in (capacity or {}).items():
        use = np.array([1.0 if key in ("drivers", driver.kind, driver.owner) else 0.0 for driver in drivers])
        limits.append((use, room))
    order = common_order([_alone(first.scenario, tuple(drivers)), *(entry.scenario for entry in entries)])

    def jointly(members: tuple[Driver, ...]) -> tuple[Array, float]:
        if not members:
            return np.zeros(first.drawn.count), 0.0
        scenario = _alone(first.scenario, members)
        drawn = draw(scenario, first.drawn.calibration, draws=first.drawn.count, seed=first.drawn.seed, order=order)
        _, outcome = simulate(scenario, drawn, paths=("commit",), workers=workers)
        return npv_of(scenario, outcome, "commit"), float(outcome.field("commit", "pv_cost").mean())

    single = [jointly((driver,)) for driver in drivers]
    value = np.array([float(payoff.mean()) for payoff, _ in single])
    cost = np.array([paid for _, paid in single])
    try:
        sets = best_sets(value, cost, budget, limits=limits, most=most)
    except ValueError as error:
        raise InputError(str(error)) from None
    ranked = []
    for chosen in sets:
        payoff, paid = jointly(tuple(drivers[i] for i in chosen.members))
        joint = Estimate(float(payoff.mean()), float(batch_errors(payoff, BATCHES)[0]))
        ranked.append((joint, chosen, paid))
    ranked.sort(key=lambda each: -each[0].value)

    def told(members: tuple[int, ...]) -> tuple[str, ...]:
        return tuple(labels[i] for i in members)

    rows = tuple(
        {"drivers": list(told(chosen.members)), "pv_cost": paid, "additive": chosen.value, "joint": joint.as_dict()}
        for joint, chosen, paid in ranked
    )
    best = ranked[0]
    return Portfolio(told(best[1].members), best[2], best[1].value, best[0], told(sets[0].members), rows, budget)
