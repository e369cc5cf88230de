# SPDX-License-Identifier: MIT
"""What turns a recommendation: another value of a parameter, or one claim left out (docs/model.md, section 7).

Everything is computed from draws that exist: what would be left of the choice without one claim by giving the draws
other weights, and what it would be at another value of a parameter by local regression.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, cast

import numpy as np

from txsim.decide.bases import distinct
from txsim.decide.entries import entry_of
from txsim.decide.ranking import batch_errors
from txsim.decide.regression import MOST_DRAWS
from txsim.decide.response import BreakEven, break_even
from txsim.errors import CalibrationError
from txsim.forecast import Draws, calibration_spec, draw
from txsim.forecast.criterion import FIRST_STEP, Candidate, Limits, ahead, decision_limits
from txsim.inference import calibrate
from txsim.results.recommendation import Flip, Recommendation
from txsim.scenario import Scenario
from txsim.simulate.points import BATCHES, prefix, stable_order
from txsim.simulate.statistics import quantiles
from txsim.types import Array

LimitName = Literal["", "max_p_loss", "max_peak_funding", "max_pv_cost"]


#: Effective draws that must be left for a claim's influence to be told by weights alone.
_ENOUGH = 50.0
#: Ranks on each side of a quantile that tell what is expected there, as a share of all.
_WINDOW = 0.04
#: By so much a mean is off a limit that is met exactly.
_ROUNDING = 1e-12


def without_claim(
    recommendation: Recommendation, claim: str, candidates: Mapping[str, Candidate], limits: Limits
) -> Flip | None:
    """Return what a recommendation would turn to on draws that were sampled without a claim; ``None`` if to nothing."""
    best = recommendation.best
    if recommendation.state == "open" or best not in candidates:
        return None
    kept_out = {each.option for each in recommendation.excluded}
    possible = [name for name in candidates if name not in kept_out]
    others = [n for n in possible if FIRST_STEP.get(n, n) != FIRST_STEP.get(best, best)]
    option, limit = Rest(candidates, limits, best, others, possible, FIRST_STEP).now()
    return Flip("claim", claim, None, option, limit=_limit(limit)) if option else None


def retested(recommendation: Recommendation, flips: Mapping[str, Flip | None]) -> Recommendation:
    """Return a recommendation in which claims have been tested by sampling without them, by name."""
    new_flips = tuple(flip for flip in flips.values() if flip is not None)
    every = (*(f for f in recommendation.flips if f.kind == "claim"), *new_flips)
    every += tuple(f for f in recommendation.flips if f.kind != "claim")
    state = "leaning" if every and recommendation.state == "clear" else recommendation.state
    untested = tuple(name for name in recommendation.untested if name not in flips)
    return replace(recommendation, flips=every, fragile=bool(every), state=state, untested=untested)


def sampled_anew(recommendation: Recommendation, scenario: Scenario, drawn: Draws) -> Recommendation:
    """Test the claims that weights cannot tell: the posterior is sampled without each, once, and kept.

    A claim without which the draws cannot be trusted stays untested, and is named.
    """
    spec = calibration_spec(scenario)
    if spec.hash != drawn.calibration.hash:  # draws of a model that was added to: there is no way to add to it here
        return recommendation
    flips: dict[str, Flip | None] = {}
    for name in recommendation.untested:
        rest = replace(spec, claims=tuple(claim for claim in spec.claims if claim.id != name))
        try:
            calibration = calibrate(rest, serves=drawn.count)
        except CalibrationError:
            continue
        options = entry_of("", scenario, draw(scenario, calibration, draws=drawn.count, seed=drawn.seed)).options
        flips[name] = without_claim(recommendation, name, options, decision_limits(scenario))
    return retested(recommendation, flips)


def levelled(
    recommendation: Recommendation, candidates: Mapping[str, Candidate], parameters: Mapping[str, Array], limits: Limits
) -> Recommendation:
    """Return a recommendation with where, of each parameter that flips it, it turns.

    That is where both options are expected to pay the same, or where the limit is reached that turns it: of what keeps
    an option out the last, of what throws one out the first.

    An option that a limit excludes may keep it at both quartiles, or at one and in the middle: what was spread out is
    known there. That is one flip, with where the limit is reached beyond them.

    A flip is looked for at a quartile; where the answer turns lies nearer to the middle. It is told by what tells
    break-even values (:func:`txsim.decide.response.break_even`) and limits (:func:`limit_reached`) beside each
    quantity, so that both are one figure; of several broken limits, that is where the last is kept.

    ``candidates``, ``parameters``, ``limits``: as for :func:`recommend`.
    """
    kept_out = {each.option for each in recommendation.excluded}
    flips = []
    for flip in recommendation.flips:
        if flip.value is None or flip.name not in parameters:
            flips.append(flip)
            continue
        values, outside = parameters[flip.name], bool(flip.limit) and flip.option in kept_out
        limit, level, above, gap = _turn(flip, recommendation.best, candidates, values, limits, outside=outside)
        flip = replace(flip, limit=limit)
        low, high = sorted((cast(float, flip.value), float(np.median(values))))
        if outside:
            twins = [f for f in recommendation.flips if (f.name, f.option) == (flip.name, flip.option) and f.limit]
            ends = [float(f.value) for f in twins if f.value is not None]
            both = len(ends) == 2 and (level is None or not min(ends) <= level <= max(ends))
            # Kept at the middle, too, and up to a value beyond it; the other quartile was too close to tell.
            past = level is not None and (level < low if above else level > high)
            if both or past:
                # The limit is kept on both sides: it is broken only while one does not know where it lies.
                if flip.value == twins[0].value:
                    side: Literal["low", "high"] = "high" if above else "low"
                    flips.append(replace(flip, known=True, side="" if level is None else side, level=level, gap=gap))
                continue
        if level is not None and low <= level <= high:
            flip = replace(flip, level=level, gap=gap)
        flips.append(flip)
    return replace(recommendation, flips=tuple(flips))


def _turn(
    flip: Flip, best: str, candidates: Mapping[str, Candidate], values: Array, limits: Limits, *, outside: bool
) -> tuple[LimitName, float | None, bool, tuple[float, ...]]:
    """Return by which limit, if by one, and where along a quantity it turns to an option, and whether above that.

    The last is between which values next to no draws lie around that.

    ``outside``: whether that option is excluded, and comes in where it keeps all limits; else the best one may break
    the limit that the flip names.
    """
    kept = prefix(values.size, MOST_DRAWS)
    ahead_by = candidates[flip.option].payoff - candidates[best].payoff
    even = break_even(ahead_by[kept], values[kept], batches=2)
    turn = None if even.value is None else even.value.value
    by_mean: tuple[LimitName, float | None, bool, tuple[float, ...]] = ("", turn, even.above, even.gap)
    if not flip.limit:
        return by_mean
    over = limits.excess(candidates[flip.option if outside else best])
    if not outside:
        over = {flip.limit: over[flip.limit]}
    excesses = {limit: excess[kept] for limit, excess in over.items()}
    # Who comes in has to keep all limits and to pay more; who is in leaves by the first of both.
    reached = limit_reached(excesses, values[kept], even if outside else None)
    if turn is not None and even.above is (flip.side == "high"):
        low, high = sorted((reached.value if reached else turn, float(np.median(values))))
        if reached is None if outside else low <= turn <= high:
            return by_mean
    if reached is None:
        return flip.limit, None, False, ()
    return reached.limit, reached.value, reached.above, reached.gap


class Rest:
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
        limited = limits.limited(candidates.values())
        if limited:
            # Who is excluded today may not be then, and who begins as the best does may take its place.
            names += [n for n in candidates if n not in possible and steps.get(n, n) != first]
            alike = [n for n in candidates if n != best and steps.get(n, n) == first]
        self.best, self.names, self.alike, self.possible = best, names, alike, frozenset(possible)
        self.material = {name: limits.between(ours, candidates[name]) for name in names}
        columns = [candidates[name].payoff - ours.payoff for name in (*names, *alike)]
        self.limits: list[tuple[str, str]] = []
        if limited:
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


def _limit(name: str) -> LimitName:
    return cast(LimitName, name)


@dataclass(frozen=True)
class LimitReached:
    """Where along a quantity an option reaches a limit: which, at what value, and whether it is kept above that."""

    limit: LimitName
    value: float
    above: bool
    gap: tuple[float, ...] = ()  #: As of :class:`txsim.decide.response.BreakEven`.


def limit_reached(excesses: Mapping[str, Array], values: Array, even: BreakEven | None = None) -> LimitReached | None:
    """Return where along a quantity a limit is reached before the means turn; ``None`` where none is.

    Of several limits that are kept as things stand it is the one reached first; of those that are broken, the one kept
    last, since all have to be.

    ``excesses``: by limit what is above 0 on average where it is broken, ``(draw,)`` each, from
    :meth:`txsim.forecast.criterion.Limits.excess`; ``values``: ``(draw,)`` the quantity; ``even``: where the option
    ceases to be ahead on average, beyond which it is not chosen, whatever the limits say; ``None``: it is ahead.
    """
    broken = {limit: excess for limit, excess in excesses.items() if float(excess.mean()) > 0}
    reached = []
    for limit, excess in (broken or excesses).items():
        end = break_even(-excess, values, batches=2)
        if end.value is not None:
            reached.append(LimitReached(_limit(limit), end.value.value, end.above, end.gap))
    if even is not None and even.value is not None:
        turn, above = even.value.value, even.above
        reached = [r for r in reached if r.above is not above or (r.value > turn if above else r.value < turn)]
    middle = float(np.median(values))
    if broken and len({each.above for each in reached}) == 1:
        last = max if reached[0].above else min  # which may lie beyond the middle, where each is kept that is known
        return last(reached, key=lambda each: each.value)
    nearest = max if broken else min
    return nearest(reached, key=lambda each: abs(each.value - middle), default=None)


def local_mean(values: Array, outcomes: Array, q: float, window: float = _WINDOW) -> tuple[Array, Array]:
    """Return what is expected of outcomes where a parameter stands at a quantile, all else free.

    ``values``: ``(draw,)`` draws of the parameter; ``outcomes``: ``(draw, outcome)``; ``q``: probability of the
    quantile; ``window``: ranks on each side that are looked at, as a share of all draws. Returns ``(outcome,)`` each:
    the value at the quantile of a straight line through the draws in the window, and its standard error from what is
    left around the line. A polynomial over all ranks would bend there to fit what happens far away.
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
