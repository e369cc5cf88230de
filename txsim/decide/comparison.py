# SPDX-License-Identifier: MIT
"""Scenarios side by side on common random numbers, and beliefs side by side."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from txsim.decide.choice import recommend
from txsim.decide.common_futures import limits_apart, side_by_side
from txsim.decide.entries import (
    NOTHING,
    Entry,
    by_option,
    decided_after_tax,
    differing,
    entry_of,
    horizons_apart,
    one_currency,
    same_side,
    titles_of,
)
from txsim.decide.flips import levelled, sampled_anew
from txsim.decide.programmes import portfolio
from txsim.decide.ranking import mean_estimate
from txsim.decide.screening import influential
from txsim.decide.sentences import with_sentence
from txsim.errors import InputError, Problem, did_you_mean
from txsim.forecast import DEFAULT_DRAWS, DEFAULT_SEED, Draws, calibration_spec, common_order, draw, learn_together
from txsim.forecast.criterion import FIRST_STEP, Candidate, decision_limits
from txsim.forecast.draws import weights_without_claims
from txsim.inference import Calibration, calibrate
from txsim.language import lazy
from txsim.results.compare import BeliefCell, Beliefs, ComparedOption, ComparedScenario, Comparison
from txsim.results.quantities import Distribution, Estimate
from txsim.results.recommendation import Recommendation
from txsim.scenario import Scenario, as_scenario
from txsim.simulate.points import BATCHES
from txsim.simulate.statistics import cvar, mcse, summary
from txsim.types import Progress


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
    own = seed is None
    if seed is None:
        stated = {scenario.seed for scenario in by_name.values() if scenario.seed is not None}
        seed = stated.pop() if len(stated) == 1 else DEFAULT_SEED
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
    # What a pilot of one file taught, the others know here and not in their runs: then their figures are of here.
    as_runs = all(each is None for each in learned.values())
    if as_runs and len(entries) > 1:
        seeds = {entry.name: _seed(entry.scenario) if own else seed for entry in entries}
        entries = tuple(replace(entry, run=_run(entry, seeds[entry.name], workers)) for entry in entries)
    alone = [_alone(entry) for entry in entries]
    shared = _shared(entries, seed, draws, alone) | {"as_runs": as_runs}
    one_belief = len({calibration.hash for calibration in calibrations.values()}) == 1
    if one_belief and not mix:
        comparison = side_by_side(entries, budget, alone, shared)
    else:
        beliefs, payoffs = across(by_name, calibrations, order, draws, seed, prior_only, mix or {}, workers, progress)
        comparison = Comparison(
            **shared,
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
            max_p_loss=entry.scenario.decision.max_p_loss,
            max_peak_funding=entry.scenario.decision.max_peak_funding,
        )
        for entry, alone in zip(entries, each, strict=True)
    )
    return {
        "scenarios": scenarios,
        "currency": scenarios[0].currency,
        "seed": seed,
        "draws": draws,
        "options": _table(entries),
        "warnings": (*differing(entries), *horizons_apart(entries), *limits_apart(entries)),
        "taxed": any(entry.scenario.finance is not None for entry in entries),
        "after_tax": decided_after_tax(entries),
        "entries": entries,
    }


def _seed(scenario: Scenario) -> int:
    return DEFAULT_SEED if scenario.seed is None else scenario.seed


def _run(entry: Entry, seed: int, workers: int) -> Entry:
    """Return a scenario on the draws of its own run."""
    drawn = draw(entry.scenario, entry.drawn.calibration, draws=entry.drawn.count, seed=seed)
    return entry_of(entry.name, entry.scenario, drawn, workers)


def _alone(entry: Entry) -> Recommendation:
    """Return what is recommended of one scenario's own options."""
    scenario, own = entry.scenario, entry.alone
    weights, moves = weights_without_claims(scenario, own.drawn), influential(scenario, own.drawn)
    limits = decision_limits(scenario)
    advice = recommend(own.options, limits, parameters=moves, claim_weights=weights)
    return sampled_anew(levelled(advice, own.options, moves, limits), scenario, own.drawn)


def _table(entries: Sequence[Entry]) -> tuple[ComparedOption, ...]:
    return tuple(
        _row(name, entry.alone, option, entry.alone.options.get(option, candidate))
        for name, (entry, option, candidate) in by_option(entries).items()
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


# --- Every action under every belief, and what a stated mixture of beliefs recommends


_BELIEFS = ("beliefs", "evidence", "graph")


def _action(scenario: Scenario) -> str:
    """Return what a scenario does and where, without what it believes: equal actions are compared across beliefs."""
    content = {
        k: v for k, v in scenario.content.items() if k not in ("title", "question", "priors", "evidence", "graph")
    }
    return repr(sorted(content.items(), key=lambda pair: pair[0]))


def across(
    scenarios: Mapping[str, Scenario],
    calibrations: Mapping[str, Calibration],
    order: Sequence[str],
    draws: int,
    seed: int,
    prior_only: bool,
    mix: Mapping[str, float],
    workers: int,
    progress: Progress | None,
) -> tuple[Beliefs, dict[str, dict[str, Candidate]]]:
    """Simulate every action under every belief."""
    holders: dict[str, tuple[Scenario, Calibration]] = {}
    seen: set[str] = set()
    for name, scenario in scenarios.items():
        if calibrations[name].hash not in seen or name in mix:
            seen.add(calibrations[name].hash)
            holders[name] = (scenario, calibrations[name])
    if "default" in mix and "default" not in holders:
        first = next(iter(scenarios.values()))
        plain = first.replaced(beliefs={}, evidence=type(first.evidence)())
        spec = calibration_spec(plain, prior_only=prior_only)
        holders["default"] = (plain, calibrate(spec, serves=draws, progress=progress))
    unknown = [name for name in mix if name not in holders]
    if unknown:
        known = [*holders, "default"]
        message = lazy(
            "--mix: no belief `{name}`{suggestion}; known: {known}",
            name=unknown[0],
            suggestion=did_you_mean(unknown[0], known),
            known=", ".join(known),
        )
        raise InputError(message)
    if mix and (any(weight < 0 for weight in mix.values()) or not sum(mix.values()) > 0):
        message = lazy("--mix: weights are numbers of at least 0, not all 0, for example sceptic=0.5,default=0.5")
        raise InputError(message)
    actions: dict[str, str] = {}
    for name, scenario in scenarios.items():
        actions.setdefault(_action(scenario), name)
    payoffs: dict[str, dict[str, Candidate]] = {}
    for belief, (holder, calibration) in holders.items():
        payoffs[belief] = {}
        beliefs = {key: getattr(holder, key) for key in _BELIEFS}
        everyone = [scenario.replaced(**beliefs) for scenario in scenarios.values()]
        learned = learn_together(everyone, calibration, draws=draws, seed=seed, order=order)
        for action in actions.values():
            other = scenarios[action].replaced(**beliefs)
            drawn = draw(other, calibration, draws=draws, seed=seed, order=order, learned=learned)
            entry = entry_of(action, other, drawn, workers)
            payoffs[belief] |= {name: candidate for name, (_, _, candidate) in by_option([entry]).items()}
    names = tuple(dict.fromkeys(name for candidates in payoffs.values() for name in candidates))
    for candidates in payoffs.values():
        for name in names:
            if name not in candidates:  # a review that changes nothing under a belief is committing
                candidates[name] = candidates[f"{name.rpartition('/')[0]}/commit"]
    cells = tuple(
        BeliefCell(
            belief,
            name,
            mean_estimate(candidates[name].before_tax, BATCHES),
            candidates[name].p_loss,
            mean_estimate(candidates[name].after_tax, BATCHES),
        )
        for belief, candidates in payoffs.items()
        for name in names
    )
    return Beliefs(tuple(holders), names, cells), payoffs


def mixed(
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
            float(sum(share * payoffs[belief][action].pv_cost for belief, share in shares.items())),
        )
    steps = {
        name: NOTHING
        if name == NOTHING
        else "/".join([name.split("/")[0], FIRST_STEP.get(name.split("/")[1], name.split("/")[1])])
        for name in mixed
    }
    recommendation = recommend(mixed, decision_limits(entries[0].scenario), steps=steps)
    first = entries[0].scenario
    titles = titles_of(entries)
    after_tax, taxed = decided_after_tax(entries), any(entry.scenario.finance is not None for entry in entries)
    return with_sentence(recommendation, first.organisation.currency, after_tax=after_tax, taxed=taxed, titles=titles)
