# SPDX-License-Identifier: MIT
"""Which option to take by the scenario's criterion, and how firmly: clear, leaning or open.

docs/model.md, section 7. Everything is computed from draws that exist: what would be left of the choice without one
claim by giving the draws other weights, and what it would be at another value of a parameter by local regression.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Literal, cast

import numpy as np

from txsim.decide.bases import distinct
from txsim.decide.ranking import batch_errors
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
#: By so much a mean is off a limit that is met exactly.
_ROUNDING = 1e-12


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
        rests = _Rest(candidates, limits, best, others, possible, steps)
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
        excluded=tuple(replace(limits.broken(name, candidates[name]), rival=rival(name)) for name in excluded),
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
    kept_out = {each.option for each in recommendation.excluded}
    possible = [name for name in candidates if name not in kept_out]
    others = [n for n in possible if FIRST_STEP.get(n, n) != FIRST_STEP.get(best, best)]
    option, limit = _Rest(candidates, limits, best, others, possible, FIRST_STEP).now()
    return Flip("claim", claim, None, option, limit=_limit(limit)) if option else None


def retested(recommendation: Recommendation, flips: Mapping[str, Flip | None]) -> Recommendation:
    """Return a recommendation in which claims have been tested by sampling without them, by name."""
    new_flips = tuple(flip for flip in flips.values() if flip is not None)
    every = (*(f for f in recommendation.flips if f.kind == "claim"), *new_flips)
    every += tuple(f for f in recommendation.flips if f.kind != "claim")
    state = "leaning" if every and recommendation.state == "clear" else recommendation.state
    untested = tuple(name for name in recommendation.untested if name not in flips)
    return replace(recommendation, flips=every, fragile=bool(every), state=state, untested=untested)


def levelled(
    recommendation: Recommendation,
    candidates: Mapping[str, Candidate],
    parameters: Mapping[str, Array],
    limits: Limits,
) -> Recommendation:
    """Return a recommendation with where, of each parameter that flips it, it turns.

    That is where both options are expected to pay the same, or where the limit is reached that turns it.

    A flip is looked for at a quartile; where the answer turns lies nearer to the middle. It is told by the regression
    that tells break-even values (:func:`txsim.decide.response.break_even`), so that both are one figure.

    Parameters
    ----------
    recommendation
        What was recommended.
    candidates, parameters, limits
        As for :func:`recommend`.
    """
    kept_out = {each.option for each in recommendation.excluded}
    flips = []
    for flip in recommendation.flips:
        if flip.value is not None and flip.name in parameters:
            values = parameters[flip.name]
            kept = prefix(values.size, _MOST_DRAWS)
            gap = candidates[recommendation.best].payoff - candidates[flip.option].payoff
            if flip.limit:
                judged = flip.option if flip.option in kept_out else recommendation.best
                gap = limits.excess(candidates[judged])[flip.limit]
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
    """What a recommendation rests on: the choice made anew, by the same rule and limits, under other beliefs.

    An option that is within the limits stays so until it breaks one by more than two errors, and one that is not comes
    in where it keeps all by more than two errors: chance excludes nothing and admits nothing.
    """

    def __init__(
        self,
        candidates: Mapping[str, Candidate],
        limits: Limits,
        best: str,
        others: Sequence[str],
        possible: Sequence[str],
        steps: Mapping[str, str],
    ) -> None:
        ours, first = candidates[best], steps.get(best, best)
        names, alike = list(others), []
        if limits.limited:
            # Who is excluded today may not be then, and who begins as the best does may take its place.
            names += [n for n in candidates if n not in possible and steps.get(n, n) != first]
            alike = [n for n in candidates if n != best and steps.get(n, n) == first]
        self.best, self.names, self.alike, self.possible = best, names, alike, frozenset(possible)
        self.material = {name: limits.between(ours, candidates[name]) for name in names}
        columns = [candidates[name].payoff - ours.payoff for name in (*names, *alike)]
        self.limits: list[tuple[str, str]] = []
        if limits.limited:
            for name in (best, *names, *alike):
                for limit, excess in limits.excess(candidates[name]).items():
                    self.limits.append((name, limit))
                    columns.append(excess)
        self.table = np.column_stack(columns) if names else None

    def _broken(self, means: Sequence[float], errors: Sequence[float]) -> dict[str, str]:
        """Return the options that are out, each with the limit that excludes it."""
        out: dict[str, str] = {}
        start = len(self.names) + len(self.alike)
        for (name, limit), mean, error in zip(self.limits, means[start:], errors[start:], strict=True):
            inside = name in self.possible
            if mean > (2 * error + _ROUNDING if inside else -2 * error - _ROUNDING):
                out.setdefault(name, limit)
        return out

    def _turned(self, means: Sequence[float], errors: Sequence[float]) -> tuple[str, str]:
        """Return the first step that is chosen instead, and the limit that turns it; empty where none is."""
        out = self._broken(means, errors)
        gap = dict(zip((*self.names, *self.alike), means, strict=False))
        error = dict(zip((*self.names, *self.alike), errors, strict=False))
        inside = [name for name in self.names if name not in out]
        ours = [0.0] if self.best not in out else [gap[name] for name in self.alike if name not in out]
        if not ours:
            # The best is excluded, and all that begins as it does: what pays most within the limits is chosen.
            most = max(inside, key=gap.__getitem__, default="")
            return most, out[self.best] if most else ""
        over = [name for name in inside if ahead(gap[name] - ours[0], error[name], self.material[name])]
        if not over:
            return "", ""
        most = max(over, key=gap.__getitem__)
        return most, "" if most in self.possible else self._kept_out[most]

    @cached_property
    def _kept_out(self) -> dict[str, str]:
        """By option the limit that excludes it as things stand."""
        if self.table is None:
            return {}
        means = self.table.mean(axis=0)[len(self.names) + len(self.alike) :]
        rows = zip(self.limits, means.tolist(), strict=True)
        worst = sorted(((name, limit, mean) for (name, limit), mean in rows), key=lambda row: row[2])
        return {name: limit for name, limit, _mean in worst}

    def now(self, batches: int = BATCHES) -> tuple[str, str]:
        """Return the other first step that is chosen on these draws as they are, and the limit that turns it."""
        if self.table is None:
            return "", ""
        return self._turned(self.table.mean(axis=0).tolist(), batch_errors(self.table, batches).tolist())

    def without_claims(self, claim_weights: Mapping[str, Array], batches: int) -> Iterator[Flip]:
        """Give what leaving out a claim would change; without an option where the weights cannot tell."""
        if self.table is None:
            return
        for name, weight in claim_weights.items():
            total = float(weight.sum())
            if total**2 / max(float((weight**2).sum()), 1e-300) < _ENOUGH:
                yield Flip("claim", name, None, "")
                continue
            means = weight @ self.table / total
            # The weighted mean is a ratio of two means; its error is that of the linearised ratio.
            errors = batch_errors(weight[:, None] * (self.table - means) / (total / weight.size), batches)
            option, limit = self._turned(means.tolist(), errors.tolist())
            if option:
                yield Flip("claim", name, None, option, limit=_limit(limit))

    def at_quartiles(self, parameters: Mapping[str, Array]) -> Iterator[Flip]:
        """Give what a parameter at its lower or upper quartile would change; without an option where draws are few.

        That is where the choice looks another, by more than what is material, and by less than two errors.
        """
        if self.table is None:
            return
        for name, values in parameters.items():
            if distinct(values[:64]).size < 8:
                continue
            for q in (0.25, 0.75):
                means, errors = local_mean(values, self.table, q)
                option, limit = self._turned(means.tolist(), errors.tolist())
                # An option near its limit looks beyond it somewhere by chance: only what is so by one error is named.
                paid = len(self.names) + len(self.alike)
                looks = [0.0] * paid + (0.5 * errors[paid:]).tolist()
                if option or self._turned(means.tolist(), looks)[0]:
                    side: Literal["low", "high"] = "low" if q < 0.5 else "high"
                    yield Flip("parameter", name, quantiles(values, (q,))[0], option, side=side, limit=_limit(limit))


def _limit(name: str) -> Literal["", "max_p_loss", "max_peak_funding", "max_pv_cost"]:
    return cast('Literal["", "max_p_loss", "max_peak_funding", "max_pv_cost"]', name)


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
