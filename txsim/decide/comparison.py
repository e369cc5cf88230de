# SPDX-License-Identifier: MIT
"""Scenarios side by side on common random numbers, and beliefs side by side."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from txsim.decide.belief_mixture import across, mixed
from txsim.decide.choice import FIRST_STEP, levelled, recommend
from txsim.decide.claim_influence import weights_of
from txsim.decide.entries import (
    NOTHING,
    Entry,
    by_option,
    decided_after_tax,
    differing,
    entry_of,
    one_currency,
    same_side,
    titles_of,
)
from txsim.decide.moving import moving
from txsim.decide.programmes import portfolio
from txsim.decide.ranking import difference, dominates, expected_regret, frontier, p_best
from txsim.decide.sentences import with_sentence
from txsim.decide.settlement import settlement_of_several
from txsim.errors import InputError, Problem
from txsim.forecast import (
    DEFAULT_DRAWS,
    DEFAULT_SEED,
    Draws,
    calibration_spec,
    common_order,
    draw,
    learn_together,
)
from txsim.forecast.criterion import Candidate, Limits, ahead, allowed, limits_of
from txsim.forecast.labels import Label, label_of
from txsim.inference import Calibration, calibrate
from txsim.language import lazy
from txsim.results.compare import ComparedOption, ComparedScenario, Comparison, Dominance, PairDifference
from txsim.results.quantities import Distribution, Estimate
from txsim.results.recommendation import Recommendation
from txsim.scenario import Scenario, as_scenario
from txsim.simulate.points import BATCHES
from txsim.simulate.statistics import cvar, mcse, summary
from txsim.types import Array, Progress

__all__ = ["compare", "named"]


#: Of more options than this only the best one of each scenario is set against the others in pairs.
_ALL_PAIRS = 20


def _calibrations(
    scenarios: Mapping[str, Scenario], draws: int, prior_only: bool, progress: Progress | None
) -> dict[str, Calibration]:
    specs = {name: calibration_spec(scenario, prior_only=prior_only) for name, scenario in scenarios.items()}
    made = {spec.hash: spec for spec in specs.values()}
    drawn = {key: calibrate(spec, serves=draws, progress=progress) for key, spec in made.items()}
    return {name: drawn[spec.hash] for name, spec in specs.items()}


def named(files: Iterable[Path]) -> dict[str, Path]:
    """Return a name for each file: its stem, with its folder or a number where stems repeat."""
    by_name: dict[str, Path] = {}
    for file in files:
        name, i = file.stem, 2
        if name in by_name:
            name = f"{file.resolve().parent.name}_{file.stem}"
        while name in by_name:
            name, i = f"{file.stem}_{i}", i + 1
        by_name[name] = file
    return by_name


def _by_name(
    scenarios: Mapping[str, Scenario | str | os.PathLike[str]] | Sequence[Scenario | str | os.PathLike[str]],
) -> dict[str, Scenario]:
    """Return scenarios by name; those that come in a row are called as their files are."""
    if isinstance(scenarios, Mapping):
        return {name: as_scenario(scenario) for name, scenario in scenarios.items()}
    if isinstance(scenarios, str | os.PathLike | Scenario):
        message = lazy("several scenarios were expected, found one")
        raise InputError(Problem(message, hint=lazy("pass a list of scenarios or of paths, or scenarios by name")))
    row = [as_scenario(scenario) for scenario in scenarios]
    files = [Path(scenario.source or f"{scenario.title or 'scenario'}.yaml") for scenario in row]
    if len(set(files)) == len(files):
        return dict(zip(named(files), row, strict=True))
    message = lazy("two of the scenarios are of one file: give each a name, as in {example}",
                   example='{"as it is": a, "dearer": b}')  # fmt: skip
    raise InputError(message)


def compare(
    scenarios: Mapping[str, Scenario | str | os.PathLike[str]] | Sequence[Scenario | str | os.PathLike[str]],
    *,
    draws: int = DEFAULT_DRAWS,
    seed: int | None = None,
    prior_only: bool = False,
    mix: Mapping[str, float] | None = None,
    budget: float | None = None,
    capacity: Mapping[str, float] | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Comparison:
    """Compare scenarios draw by draw (``txsim compare``).

    Parameters
    ----------
    scenarios
        Scenarios, or paths of their files, by name; or in a row, and then each is called as its file is.
    draws, seed, prior_only, workers, progress
        As for :func:`txsim.forecast.forecast`; all scenarios share the seed.
    mix
        Weight of each belief, by the name of a scenario that holds it or ``default`` for the packaged evidence.
    budget, capacity
        Where a budget is stated, options that cost more are not recommended, and the best set of the scenarios'
        drivers under it is found, as :func:`txsim.decide.programmes.portfolio` does.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        If the scenarios count money in more than one currency, some decide after tax and others before it or without
        one, ``mix`` names no belief, the drivers of the scenarios cannot be put together under a budget, or for any
        reason that a forecast has.

    Examples
    --------
    >>> files = {"back": "scenarios/back_office_first.yaml", "front": "scenarios/front_line_first.yaml"}
    >>> [each.name for each in compare(files, draws=256, prior_only=True).scenarios]
    ['back', 'front']
    """
    by_name = _by_name(scenarios)
    one_currency(by_name)
    if seed is None:
        seeds = {scenario.seed for scenario in by_name.values() if scenario.seed is not None}
        seed = seeds.pop() if len(seeds) == 1 else DEFAULT_SEED
    same_side(by_name)
    calibrations = _calibrations(by_name, draws, prior_only, progress)
    order = common_order(by_name.values())
    if progress is not None:
        progress(lazy("simulating"), None)
    learned = {
        calibration.hash: learn_together(by_name.values(), calibration, draws=draws, seed=seed, order=order)
        for calibration in calibrations.values()
    }

    def drawn(name: str) -> Draws:
        made = calibrations[name]
        return draw(by_name[name], made, draws=draws, seed=seed, order=order, learned=learned[made.hash])

    entries = tuple(entry_of(name, by_name[name], drawn(name), workers) for name in by_name)
    alone = [_alone(entry, workers, again=len(entries) > 1) for entry in entries]
    one_belief = len({calibration.hash for calibration in calibrations.values()}) == 1
    if one_belief and not mix:
        comparison = _within(entries, seed, draws, budget, alone)
    else:
        beliefs, payoffs = across(by_name, calibrations, order, draws, seed, prior_only, mix or {}, workers, progress)
        comparison = Comparison(
            **_shared(entries, seed, draws, alone),
            p_best={},
            p_best_mcse={},
            expected_regret={},
            expected_regret_mcse={},
            differences=(),
            dominance=(),
            frontier=(),
            beliefs=beliefs,
            mix=mix or {},
            recommendation=mixed(entries, payoffs, mix) if mix else None,
        )
    if budget is None:
        return comparison
    if progress is not None:
        progress(lazy("simulating sets of drivers"), None)
    return replace(comparison, portfolio=portfolio(entries, budget, capacity, workers=workers))


def _shared(entries: tuple[Entry, ...], seed: int, draws: int, each: Sequence[Recommendation]) -> dict[str, Any]:
    """Return the fields that a comparison within one belief and across beliefs have alike."""
    scenarios = tuple(
        ComparedScenario(
            name=entry.name,
            title=entry.scenario.title,
            hash=entry.scenario.hash,
            calibration=entry.drawn.calibration.hash,
            currency=entry.scenario.organisation.currency,
            horizon_months=entry.scenario.horizon_months,
            question=entry.scenario.question,
            option=alone.option,
            state=alone.state,
        )
        for entry, alone in zip(entries, each, strict=True)
    )
    return {
        "scenarios": scenarios,
        "currency": scenarios[0].currency,
        "seed": seed,
        "draws": draws,
        "options": _table(entries),
        "warnings": differing(entries),
        "taxed": any(entry.scenario.finance is not None for entry in entries),
        "after_tax": decided_after_tax(entries),
        "entries": entries,
    }


def _alone(entry: Entry, workers: int, *, again: bool) -> Recommendation:
    """Return what is recommended of one scenario's own options, on the points of its run: those compared are others."""
    if again:
        drawn = draw(entry.scenario, entry.drawn.calibration, draws=entry.drawn.count, seed=entry.drawn.seed)
        entry = entry_of(entry.name, entry.scenario, drawn, workers)
    weights = weights_of(entry.scenario, entry.drawn)
    limits = limits_of(entry.scenario)
    return recommend(entry.options, limits, parameters=moving(entry.scenario, entry.drawn), claim_weights=weights)


def _table(entries: Sequence[Entry]) -> tuple[ComparedOption, ...]:
    return tuple(
        _row(name, entry, option, candidate) for name, (entry, option, candidate) in by_option(entries).items()
    )


def _row(name: str, entry: Entry, option: str, candidate: Candidate) -> ComparedOption:
    spread = entry.spreads.get(option)  # of a policy, as `txsim run` gives it: not of what is expected in each draw
    return ComparedOption(
        name=name,
        scenario=None if option == NOTHING else entry.name,
        option=option,
        npv=Distribution(**summary(candidate.before_tax)) if spread is None else spread.npv,
        npv_after_tax=Distribution(**summary(candidate.after_tax)) if spread is None else spread.npv_after_tax,
        p_loss=candidate.p_loss,
        cvar05=Estimate(cvar(candidate.payoff), mcse(candidate.payoff, cvar)) if spread is None else spread.cvar05,
        peak_funding_p95=candidate.peak_funding,
        pv_cost=candidate.pv_cost,
        paid_back=candidate.paid_back,
    )


def _within(
    entries: tuple[Entry, ...], seed: int, draws: int, budget: float | None, alone: Sequence[Recommendation]
) -> Comparison:
    flat = by_option(entries)
    names = list(flat)
    table = np.column_stack([flat[name][2].payoff for name in names])
    best = p_best(table, batches=BATCHES)
    regret = expected_regret(table, batches=BATCHES)
    steps = _steps(flat)
    within = allowed({name: each[2] for name, each in flat.items()}, _limits(entries, budget))
    inside = [i for i, name in enumerate(names) if name in within]
    shared = _shared(entries, seed, draws, alone)
    shared["options"] = tuple(replace(option, begins_as=_first_of(option.name, steps)) for option in shared["options"])
    means = table.mean(axis=0)
    tails = [option.cvar05.value for option in shared["options"]]
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
    differences = tuple(
        PairDifference(a, b, **vars(difference(column[a], column[b], batches=BATCHES))) for a, b in pairs
    )
    sorted_columns = {name: np.sort(column[name]) for name in paired}
    dominance = []
    for a, b in pairs:
        for x, y in ((a, b), (b, a)):
            order = dominates(sorted_columns[x], sorted_columns[y])
            # Who dislikes risk is promised no higher mean where none is told from chance.
            if order == 1 or (order == 2 and _ahead(entries[0], flat[x][2], flat[y][2])):
                dominance.append(Dominance(x, y, order))
    return Comparison(
        **shared,
        p_best={name: each.value for name, each in zip(names, best, strict=True)},
        p_best_mcse={name: each.mcse for name, each in zip(names, best, strict=True)},
        p_best_together=_together(steps, table, names),
        p_best_within={}
        if len(inside) == len(names)
        else _together(steps, table[:, inside], [names[i] for i in inside]),
        expected_regret={name: each.value for name, each in zip(names, regret, strict=True)},
        expected_regret_mcse={name: each.mcse for name, each in zip(names, regret, strict=True)},
        differences=differences,
        dominance=tuple(dominance),
        frontier=efficient,
        beliefs=None,
        mix={},
        recommendation=_recommended(entries, flat, steps, budget, alone),
    )


def _ahead(first: Entry, one: Candidate, other: Candidate) -> bool:
    """Whether an option pays more than another by what is material and by more than chance."""
    gap = difference(one.payoff, other.payoff, batches=BATCHES)
    return ahead(float(gap.mean), float(gap.mcse), limits_of(first.scenario).between(one, other))


def _steps(flat: Mapping[str, tuple[Entry, str, Candidate]]) -> dict[str, str]:
    """Return by option what it begins with: committing with a review begins as committing does.

    What pays the same in every future in two files is one thing to begin with; doing nothing stays itself.
    """
    own = {
        name: NOTHING if option == NOTHING else f"{entry.name}/{FIRST_STEP.get(option, option)}"
        for name, (entry, option, _candidate) in flat.items()
    }
    acting = [name for name in flat if own[name] != NOTHING]
    for i, name in enumerate(acting):
        entry, _option, candidate = flat[name]
        for other in acting[:i]:
            one, step = flat[other], own[name]
            if one[0] is not entry and step != own[other] and _same(candidate.payoff, one[2].payoff):
                own = {each: own[other] if begins == step else begins for each, begins in own.items()}
    return own


def _same(one: Array, other: Array) -> bool:
    """Whether two options pay the same in every future but for rounding."""
    rounding = 1e-9 * max(float(np.abs(one).max()), float(np.abs(other).max()))
    return bool(np.allclose(one, other, rtol=0.0, atol=rounding))


def _first_of(name: str, steps: Mapping[str, str]) -> str:
    """Return the option named first among those that begin as one does."""
    return next(each for each, step in steps.items() if step == steps[name])


def _together(steps: Mapping[str, str], table: Array, names: Sequence[str]) -> dict[str, Estimate]:
    """Return by option the probability that the best of a future begins as it does."""
    by_step: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        by_step.setdefault(steps[name], []).append(i)
    best = p_best(np.column_stack([table[:, places].max(axis=1) for places in by_step.values()]), batches=BATCHES)
    return {names[i]: each for places, each in zip(by_step.values(), best, strict=True) for i in places}


def _as_run(
    recommendation: Recommendation,
    entries: Sequence[Entry],
    flat: Mapping[str, tuple[Entry, str, Candidate]],
    steps: Mapping[str, str],
    alone: Sequence[Recommendation],
) -> Recommendation:
    """Return a recommendation that turns among its scenario's own options, and to nothing, as that scenario's run."""
    entry, option, _candidate = flat[recommendation.best]
    if recommendation.state == "open" or option == NOTHING:
        return recommendation
    own = next(each for each, of in zip(alone, entries, strict=True) if of is entry)
    named = {name: NOTHING if name == NOTHING else f"{entry.name}/{name}" for name in own.mean_npv}
    if own.state == "open" or own.best == NOTHING or steps[named[own.best]] != steps[recommendation.best]:
        return recommendation
    unaffordable = {each.option for each in recommendation.excluded if each.pv_cost is not None}
    ours = [replace(flip, option=named[flip.option]) for flip in own.flips]
    kept = [flip for flip in ours if flip.option not in unaffordable]
    known = {(flip.name, flip.side) for flip in kept}
    others = [
        flip
        for flip in recommendation.flips
        if (flip.option not in named.values() or flip.limit == "max_pv_cost") and (flip.name, flip.side) not in known
    ]
    flips = (*kept, *others)
    return replace(recommendation, flips=flips, fragile=bool(flips), state="leaning" if flips else "clear")


def _label(entries: Sequence[Entry]) -> Callable[[str], Label]:
    """Return what says how a quantity is told, of the first scenario that has it."""
    owners: dict[str, Scenario] = {}
    for entry in entries:
        for name in entry.drawn.uncertain:
            owners.setdefault(name, entry.scenario)
    return lambda name: label_of(owners.get(name, entries[0].scenario), name)


def _limits(entries: Sequence[Entry], budget: float | None) -> Limits:
    return replace(limits_of(entries[0].scenario), max_pv_cost=budget)


def _recommended(
    entries: Sequence[Entry],
    flat: Mapping[str, tuple[Entry, str, Candidate]],
    steps: Mapping[str, str],
    budget: float | None,
    alone: Sequence[Recommendation],
) -> Recommendation:
    """Return what is recommended of all options; under a budget, of those whose expected cost is within it.

    What turns it among the options of one scenario is what turns the run of that scenario.
    """
    parameters: dict[str, Array] = {}
    for entry in entries:
        moves = moving(entry.scenario, entry.drawn)
        parameters |= {name: values for name, values in moves.items() if name not in parameters}
    limits = _limits(entries, budget)
    ordered = {NOTHING: flat[NOTHING][2]} | {name: each[2] for name, each in flat.items()}
    weights = weights_of(entries[0].scenario, entries[0].drawn)
    recommendation = recommend(ordered, limits, parameters=parameters, claim_weights=weights, steps=steps)
    recommendation = levelled(recommendation, ordered, parameters, limits)
    recommendation = _as_run(recommendation, entries, flat, steps, alone)
    if recommendation.state == "open":
        settled = settlement_of_several(flat, allowed(ordered, limits))
        recommendation = replace(recommendation, settlement=settled)
    first = entries[0].scenario
    return with_sentence(
        recommendation,
        first.organisation.currency,
        _label(entries),
        after_tax=decided_after_tax(entries),
        titles=titles_of(entries),
    )
