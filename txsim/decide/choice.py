# SPDX-License-Identifier: MIT
"""Which option to take by the criterion, and how firmly: clear, leaning or open (docs/model.md, section 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from txsim.decide.flips import Rest
from txsim.decide.ranking import batch_errors
from txsim.forecast.criterion import FIRST_STEP, Candidate, Limits, ahead, allowed, best_of_each, burden
from txsim.language.numbers import grain_of
from txsim.results.recommendation import Flip, Recommendation, State, headline
from txsim.simulate.points import BATCHES
from txsim.simulate.statistics import quantiles
from txsim.types import Array


def recommend(
    candidates: Mapping[str, Candidate],
    limits: Limits,
    *,
    parameters: Mapping[str, Array] | None = None,
    claim_weights: Mapping[str, Array] | None = None,
    steps: Mapping[str, str] = FIRST_STEP,
    batches: int = BATCHES,
) -> Recommendation:
    """Choose among options that exist today.

    Parameters
    ----------
    candidates
        Options by name; what pays nothing and costs nothing must be among them if it can be chosen.
    limits
        The criterion. If nothing is within the limits, doing nothing is recommended where it is a candidate.
    parameters
        Draws ``(draw,)`` of what is uncertain, by name.
    claim_weights
        For each claim the weights ``(draw,)`` that turn these draws into those without it.
    steps
        What each option begins with. An option is compared with those that begin otherwise, and of two options with
        the same beginning the plainer one (named first) is taken where it beats those too and the other is not better
        by what is material.
    batches
        Number of batches for the standard error.

    Returns
    -------
    Recommendation
        Its state is ``clear`` if the best first step beats every other by more than two Monte Carlo standard errors
        and more than what is material, and nothing flips it; ``leaning`` if something flips it; else ``open``, and
        the option is the one that is cheapest to take back among the best and all that it does not beat.
    """
    names = list(candidates)
    possible = allowed(candidates, limits)
    means = {name: float(candidates[name].payoff.mean()) for name in names}
    rounding = 1e-9 * max(float(np.abs(candidates[name].payoff).max()) for name in names)
    rivals = best_of_each(possible, means, steps, rounding)
    most = max(means[name] for name in rivals)
    # Of what pays the same but for rounding the first is taken: doing nothing, then the plainer option.
    best = next(name for name in rivals if means[name] >= most - rounding)
    others = [name for name in rivals if name != best]

    def error(one: str, other: str) -> float:
        return float(batch_errors(candidates[one].payoff - candidates[other].payoff, batches)[0])

    def beats(one: str, other: str) -> bool:
        material = limits.between(candidates[one], candidates[other])
        return ahead(means[one] - means[other], error(one, other), material)

    near = [name for name in others if not beats(best, name)]
    # A plainer way to take the same first step will do where it beats the others too and costs nothing that matters.
    alike = [name for name in possible if steps.get(name, name) == steps.get(best, best)]
    plain = (n for n in alike if n == best or (not beats(best, n) and all(beats(n, other) for other in others)))
    option = best if near else next(plain)
    flips: tuple[Flip, ...] = ()
    untested: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    state: State = "open"
    if near:
        option = min([best, *near], key=lambda name: (burden(name), -means[name]))
    else:
        rests = Rest(candidates, limits, best, others, possible, steps)
        weighed = list(rests.without_claims(claim_weights or {}, batches))
        moved = list(rests.at_quartiles(parameters or {}))
        flips = (*(flip for flip in (*weighed, *moved) if flip.option),)
        undecided = tuple(dict.fromkeys(flip.name for flip in moved if not flip.option))
        untested = tuple(flip.name for flip in weighed if not flip.option)
        state = "leaning" if flips else "clear"
    runner_up = max(others, key=means.__getitem__) if others else None
    excluded = [name for name in names if name not in possible and not limits.allow(candidates[name])]
    refused = tuple(name for name in names if name not in possible and means[name] > means[option])

    def rival(name: str) -> bool:
        """Whether an option would be in the race, were it not excluded."""
        apart = "do_nothing" not in (name, option) and steps.get(name, name) != steps.get(option, option)
        return name in refused or (apart and not beats(option, name))

    recommendation = Recommendation(
        option=option,
        criterion="mean_npv",
        margin=0.0 if runner_up is None else means[best] - means[runner_up],
        mcse=0.0 if runner_up is None else error(best, runner_up),
        too_close=state == "open",
        fragile=bool(flips),
        flips=flips,
        runner_up=runner_up,
        mean_npv=means,
        refused=refused,
        excluded=tuple(
            replace(
                limits.broken(name, candidates[name]),
                rival=rival(name),
                resolution=resolution(candidates[name].payoff, batches),
            )
            for name in excluded
        ),
        max_p_loss=limits.max_p_loss,
        max_peak_funding=limits.max_peak_funding,
        max_pv_cost=limits.max_pv_cost,
        state=state,
        best=best,
        contenders=(best, *near) if near else (),
        p_loss={name: candidates[name].p_loss for name in names},
        untested=untested,
        undecided=undecided,
        p_stopped_loss=candidates[option].p_stopped_loss,
        pv_stopped=candidates[option].pv_stopped,
    )
    return replace(recommendation, resolution=resolution(candidates[headline(recommendation)].payoff, batches))


def resolution(payoff: Array, batches: int) -> float:
    """Return to which power of ten expected values are told beside this payoff; 0 where it is exact."""
    low, high = quantiles(payoff, (0.05, 0.95))
    error = float(batch_errors(payoff, batches)[0])
    if max(error, high - low) <= 1e-9 * float(np.abs(payoff).max(initial=0.0)):
        return 0.0
    return grain_of(error, low, high)
