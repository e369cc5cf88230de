# SPDX-License-Identifier: MIT
"""Which option to take by the scenario's criterion, and how firmly: clear, leaning or open.

docs/model.md, section 7. Everything is computed from draws that exist: what would be left of the choice without one
claim by giving the draws other weights, and what it would be at another value of a parameter by local regression.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from txsim.decide.ranking import batch_errors
from txsim.decide.regression import distinct
from txsim.forecast.criterion import Candidate, Limits, ahead, allowed
from txsim.language.numbers import grain_of
from txsim.results.recommendation import Flip, Recommendation, State, headline
from txsim.simulate.points import BATCHES, prefix, stable_order
from txsim.simulate.statistics import quantiles
from txsim.types import Array

__all__ = ["FIRST_STEP", "local_mean", "recommend", "resolution", "retested", "without_claim"]


#: What each option begins with; options that begin alike need not be told apart today.
FIRST_STEP = {"commit": "commit", "commit_review": "commit", "pilot_then_decide": "pilot", "do_nothing": "do_nothing"}
#: How cheap an option is to take back, the cheapest first.
_TAKEN_BACK = ("do_nothing", "pilot_then_decide", "commit_review", "commit")
#: Effective draws that must be left for a claim's influence to be told by weights alone.
_ENOUGH = 50.0
#: Ranks on each side of a quantile that tell what is expected there, as a share of all.
_WINDOW = 0.04
#: Draws that regressions use at most.
_MOST_DRAWS = 2**15


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
    rivals = _first_steps(possible, means, steps, rounding)
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
        option = min([best, *near], key=lambda name: (_burden(name), -means[name]))
    else:
        rests = _Rest(candidates, limits, best, others)
        weighed = list(rests.without_claims(claim_weights or {}, batches))
        moved = list(rests.at_quartiles(parameters or {}))
        flips = (*(flip for flip in (*weighed, *moved) if flip.option),)
        undecided = tuple(dict.fromkeys(flip.name for flip in moved if not flip.option))
        untested = tuple(flip.name for flip in weighed if not flip.option)
        state = "leaning" if flips else "clear"
    runner_up = max(others, key=means.__getitem__) if others else None
    refused = tuple(name for name in names if name not in possible and means[name] > means[option])
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
        max_p_loss=limits.max_p_loss if refused else None,
        max_peak_funding=limits.max_peak_funding if refused else None,
        max_pv_cost=limits.max_pv_cost if refused else None,
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


def without_claim(
    recommendation: Recommendation, claim: str, candidates: Mapping[str, Candidate], limits: Limits
) -> Flip | None:
    """Return what a recommendation would turn to on draws that were sampled without a claim; ``None`` if to nothing.

    Parameters
    ----------
    recommendation
        What was recommended with the claim.
    claim
        Which was left out.
    candidates
        The same options on those draws.
    limits
        The criterion.
    """
    best = recommendation.best
    if recommendation.state == "open" or best not in candidates:
        return None
    others = [n for n in allowed(candidates, limits) if FIRST_STEP.get(n, n) != FIRST_STEP.get(best, best)]
    option = _Rest(candidates, limits, best, others).now()
    return Flip("claim", claim, None, option) if option else None


def retested(recommendation: Recommendation, flips: Mapping[str, Flip | None]) -> Recommendation:
    """Return a recommendation in which claims have been tested by sampling without them, by name."""
    new_flips = tuple(flip for flip in flips.values() if flip is not None)
    every = (*(f for f in recommendation.flips if f.kind == "claim"), *new_flips)
    every += tuple(f for f in recommendation.flips if f.kind != "claim")
    state = "leaning" if every and recommendation.state == "clear" else recommendation.state
    untested = tuple(name for name in recommendation.untested if name not in flips)
    return replace(recommendation, flips=every, fragile=bool(every), state=state, untested=untested)


def levelled(
    recommendation: Recommendation, candidates: Mapping[str, Candidate], parameters: Mapping[str, Array]
) -> Recommendation:
    """Return a recommendation with where, of each parameter that flips it, both options are expected to pay the same.

    A flip is looked for at a quartile; where the answer turns lies nearer to the middle. It is told by the regression
    that tells break-even values (:func:`txsim.decide.response.break_even`), so that both are one figure.

    Parameters
    ----------
    recommendation
        What was recommended.
    candidates, parameters
        As for :func:`recommend`.
    """
    flips = []
    for flip in recommendation.flips:
        if flip.value is not None and flip.name in parameters:
            values = parameters[flip.name]
            kept = prefix(values.size, _MOST_DRAWS)
            gap = candidates[recommendation.best].payoff - candidates[flip.option].payoff
            from txsim.decide.response import break_even

            even = break_even(gap[kept], values[kept], batches=2).value
            low, high = sorted((flip.value, float(np.median(values))))
            if even is not None and low <= even.value <= high:
                flip = replace(flip, level=even.value)
        flips.append(flip)
    return replace(recommendation, flips=tuple(flips))


def _burden(name: str) -> int:
    """Return how much there is to take back, for ``scenario/option`` as for an option."""
    option = name.rpartition("/")[2]
    return _TAKEN_BACK.index(option) if option in _TAKEN_BACK else len(_TAKEN_BACK)


def _first_steps(
    possible: Sequence[str], means: Mapping[str, float], steps: Mapping[str, str], rounding: float
) -> list[str]:
    """Return the best option of each first step; of what pays the same but for rounding the one named first."""
    by_step: dict[str, list[str]] = {}
    for name in possible:
        by_step.setdefault(steps.get(name, name), []).append(name)
    return [
        next(name for name in names if means[name] >= max(means[each] for each in names) - rounding)
        for names in by_step.values()
    ]


class _Rest:
    """What a recommendation rests on: the best first step against the others under other beliefs."""

    def __init__(self, candidates: Mapping[str, Candidate], limits: Limits, best: str, others: Sequence[str]) -> None:
        self.others = list(others)
        ours = candidates[best]
        self.gaps = np.column_stack([candidates[name].payoff - ours.payoff for name in others]) if others else None
        self.material = [limits.between(ours, candidates[name]) for name in others]

    def _ahead(self, gaps: Sequence[float], errors: Sequence[float]) -> str:
        """Return the other first step that is most ahead; empty if none is."""
        over = [i for i, gap in enumerate(gaps) if ahead(gap, errors[i], self.material[i])]
        return self.others[max(over, key=lambda i: gaps[i])] if over else ""

    def now(self, batches: int = BATCHES) -> str:
        """Return the other first step that is most ahead on these draws as they are; empty if none is."""
        if self.gaps is None:
            return ""
        return self._ahead(self.gaps.mean(axis=0).tolist(), batch_errors(self.gaps, batches).tolist())

    def without_claims(self, claim_weights: Mapping[str, Array], batches: int) -> Iterator[Flip]:
        """Give what leaving out a claim would change; without an option where the weights cannot tell."""
        if self.gaps is None:
            return
        for name, weight in claim_weights.items():
            total = float(weight.sum())
            if total**2 / max(float((weight**2).sum()), 1e-300) < _ENOUGH:
                yield Flip("claim", name, None, "")
                continue
            gaps = weight @ self.gaps / total
            # The weighted mean is a ratio of two means; its error is that of the linearised ratio.
            errors = batch_errors(weight[:, None] * (self.gaps - gaps) / (total / weight.size), batches)
            option = self._ahead(gaps.tolist(), errors.tolist())
            if option:
                yield Flip("claim", name, None, option)

    def at_quartiles(self, parameters: Mapping[str, Array]) -> Iterator[Flip]:
        """Give what a parameter at its lower or upper quartile would change; without an option where draws are few.

        That is where another first step looks ahead by more than what is material, and by less than two errors.
        """
        if self.gaps is None:
            return
        for name, values in parameters.items():
            if distinct(values[:64]).size < 8:
                continue
            for q in (0.25, 0.75):
                gaps, errors = local_mean(values, self.gaps, q)
                option = self._ahead(gaps.tolist(), errors.tolist())
                if option or self._ahead(gaps.tolist(), [0.0] * gaps.size):
                    side: Literal["low", "high"] = "low" if q < 0.5 else "high"
                    yield Flip("parameter", name, quantiles(values, (q,))[0], option, side=side)


def local_mean(values: Array, outcomes: Array, q: float, window: float = _WINDOW) -> tuple[Array, Array]:
    """Return what is expected of outcomes where a parameter stands at a quantile, all else free.

    Parameters
    ----------
    values
        ``(draw,)`` draws of the parameter.
    outcomes
        ``(draw, outcome)``.
    q
        Probability of the quantile.
    window
        Ranks on each side that are looked at, as a share of all draws.

    Returns
    -------
    mean, error
        ``(outcome,)`` each: the value at the quantile of a straight line through the draws in the window, and its
        standard error from what is left around the line. A polynomial over all ranks would bend there to fit what
        happens far away.
    """
    order = stable_order(values)
    draws = values.size
    centre = q * (draws - 1)
    reach = max(window * draws, 8.0)
    low, high = max(int(np.ceil(centre - reach)), 0), min(int(np.floor(centre + reach)) + 1, draws)
    rows = order[low:high]
    at = np.arange(low, high) - centre
    near = outcomes[rows]
    spread = at - at.mean()
    slope = spread @ near / (spread @ spread)
    middle = near.mean(axis=0)
    mean = middle - slope * at.mean()
    rest = near - middle - spread[:, None] * slope
    variance = (rest * rest).sum(axis=0) / max(rows.size - 2, 1)
    error = np.sqrt(variance * (1.0 / rows.size + at.mean() ** 2 / (spread @ spread)))
    return mean, error
