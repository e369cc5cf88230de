# SPDX-License-Identifier: MIT
"""Every action under every belief, and what a stated mixture of beliefs recommends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from txsim.decide.choice import recommend
from txsim.decide.entries import NOTHING, Entry, by_option, decided_after_tax, entry_of, titles_of
from txsim.decide.first_steps import FIRST_STEP
from txsim.decide.ranking import mean_estimate
from txsim.decide.sentences import with_sentence
from txsim.errors import InputError, did_you_mean
from txsim.forecast import calibration_spec, draw, learn_together
from txsim.forecast.criterion import Candidate, decision_limits
from txsim.inference import Calibration, calibrate
from txsim.language import lazy
from txsim.results.compare import BeliefCell, Beliefs
from txsim.results.recommendation import Recommendation
from txsim.scenario import Scenario
from txsim.simulate.points import BATCHES
from txsim.types import Progress

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
