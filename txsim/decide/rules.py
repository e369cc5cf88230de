# SPDX-License-Identifier: MIT
"""Rules that people can follow: scale if the survey reads at least c and the bills run at most b above plan.

Ideal use of a reading (:mod:`~txsim.decide.reading`) weighs the survey and the bills against each other and fits on no
wall. The rule here is the best of a form that does, and everything that is said of a policy is said of its rule. Given
a draw, the noise of a reading is normal and independent, so that the probability of passing is exact and nothing is
simulated: Φ((signal − c)/sd) for the survey, Φ((log(1 + b) − log overrun)/sd) for the bills. docs/model.md, section 7.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from txsim.decide.ranking import batch_errors, mean_estimate
from txsim.decide.reading import ndtr
from txsim.decide.regression import as_columns
from txsim.decide.value import DEFAULT_BATCHES
from txsim.results.quantities import Estimate
from txsim.simulate.statistics import quantiles
from txsim.types import Array

#: A part stays in a rule if it adds this share of the rule's value, and this share of readings passes it and fails it.
_ADDS, _PASSES = 0.10, 0.02
#: Largest step of the bills' limit, a share of plan.
_BILL_STEP = 0.02
#: Noise sds beyond the signal up to which thresholds are tried.
_REACH = 4.0
#: Place of the bills beside those of surveys.
BILLS = -1
#: Most bins into which a signal is put while thresholds are tried.
_MOST_BINS = 2048
#: What differs by less, relative to what is at stake, is the same.
_ROUNDING = 1e-9


def step_of(sd: float) -> float:
    """Return the step of a threshold: the largest of 1, 2 and 5 times a power of ten that is at most half of ``sd``."""
    half = 0.5 * sd
    power = 10.0 ** math.floor(math.log10(half))
    steps = [scale * factor for scale in (power / 10.0, power, 10.0 * power) for factor in (1.0, 2.0, 5.0)]
    return max(step for step in steps if step <= half * (1.0 + 1e-12))


@dataclass(frozen=True)
class Read:
    """One thing that is read, and the thresholds that a rule may put on it."""

    #: ``(draw,)`` what would be read without noise: points of the index, or the log of the bills over plan.
    signal: Array
    sd: float  #: Standard deviation of the noise.
    told: Array  #: ``(threshold,)`` thresholds as they are told, rising: in the author's unit, or a share of plan.
    cuts: Array  #: ``(threshold,)`` the same as the signal counts them.
    at_least: bool  #: Whether a reading passes at or above the threshold, else at or below it.
    step: float  #: Between thresholds, as they are told.

    def passes(self, places: Sequence[int] | slice = slice(None)) -> Array:
        """Return the probability ``(draw, threshold)`` that a reading passes each of some thresholds."""
        z = (self.signal[:, None] - self.cuts[None, places]) / self.sd
        chance: Array = ndtr(z if self.at_least else -z)
        return chance


def survey_read(signal: Array, sd: float, points_per_unit: float = 1.0, shift: float = 0.0) -> Read:
    """Return a survey with its thresholds, multiples of :func:`step_of` its noise in the author's unit.

    ``signal``, ``sd``: ``(draw,)`` and noise, index points; ``points_per_unit``: index points in the author's unit,
    negative where less is better; ``shift``: points by which the reading is higher than the effect, whatever that is
    (units that were chosen for bad scores).
    """
    step = step_of(sd / abs(points_per_unit))
    low, high = quantiles(signal, (0.001, 0.999))
    ends = sorted((end + shift) / points_per_unit for end in (low - _REACH * sd, high + _REACH * sd))
    thresholds = _multiples(step, *ends)
    return Read(signal, sd, thresholds, thresholds * points_per_unit - shift, at_least=True, step=step)


def bills_read(signal: Array, sd: float) -> Read:
    """Return the bills with their limits, in steps of at most 2 % of plan, from the log overrun ``(draw,)``."""
    step = min(_BILL_STEP, step_of(sd))
    low, high = quantiles(signal, (0.001, 0.999))
    limits = _multiples(step, max(math.expm1(low - _REACH * sd), step - 1.0), math.expm1(high + _REACH * sd))
    return Read(signal, sd, limits, np.log1p(limits), at_least=False, step=step)


def _multiples(step: float, low: float, high: float) -> Array:
    places = np.arange(math.ceil(low / step), math.floor(high / step) + 1)
    return np.round(places * step, max(0, 1 - math.floor(math.log10(step))))


@dataclass(frozen=True)
class Cut:
    """One part of a rule: which reading (its place, or :data:`BILLS`), and the threshold as it is told."""

    read: int
    told: float
    step: float


@dataclass(frozen=True)
class Unused:
    """A reading that a rule does without."""

    read: int  #: As in :class:`Cut`.
    #: ``cannot_change`` where hardly any reading would pass, or fail, the threshold it would have; ``adds_little``.
    why: Literal["cannot_change", "adds_little"]
    #: ``told``, ``step``: That threshold as it is told, ``None`` where no reading would change the choice, and the step
    #: of thresholds.
    told: float | None
    step: float
    #: How far that threshold lies above what is expected to be read, in standard deviations of what may be read, as the
    #: signal counts it; ``None`` where it lies among what may well be read.
    sds: float | None
    #: Whether a reading would have to pass it to change the decision (else to fail it); ``None`` as ``sds``.
    passes: bool | None
    adds: float  #: What it would add, as a share of what the rule with it would be worth.
    p: float | None = None  #: Share of readings that would change it; ``None`` as ``sds``.


@dataclass(frozen=True)
class ThresholdRule:
    """A rule, and what follows from it."""

    #: ``survey``, ``bills``: The threshold on a survey and the limit of the bills; ``None`` where the rule has no such
    #: part.
    survey: Cut | None
    bills: Cut | None
    unused: tuple[Unused, ...]  #: What is read and not asked for.
    value: Estimate  #: What the choice by this rule is expected to pay more than the best action without any reading.
    chosen: Array  #: ``(draw, action)`` probability of each action given the draw; the second is what the rule admits.

    @property
    def asks(self) -> bool:
        """Whether anything that is read decides."""
        return self.survey is not None or self.bills is not None

    @property
    def p_pass(self) -> float:
        """Probability that the second action is taken."""
        return float(self.chosen[:, 1].mean())

    def outcome(self, per_action: Array) -> Array:
        """Return what is expected ``(draw,)`` of a figure ``(draw, action)`` when the rule is followed."""
        expectation: Array = (self.chosen * as_columns(per_action)).sum(axis=1)
        return expectation

    def misses(self, net_benefit: Array, batches: int = DEFAULT_BATCHES) -> tuple[Estimate, Estimate]:
        """Return the probabilities that it passes what should stop, and that it stops what should pass."""
        better = net_benefit[:, 1] > net_benefit[:, 0]
        passed = self.chosen[:, 1]
        go, stop = np.where(better, 0.0, passed), np.where(better, 1.0 - passed, 0.0)
        return mean_estimate(go, batches), mean_estimate(stop, batches)


def best_rule(
    net_benefit: Array, surveys: Mapping[int, Read], bills: Read | None, *, batches: int = DEFAULT_BATCHES
) -> ThresholdRule:
    """Return the best rule of the form *pass if the survey reads at least c and the bills at most b above plan*.

    ``net_benefit``: ``(draw, 2)``: what stopping and passing pay. ``surveys``: those that somebody answers, by place;
    the one whose rule is worth most is asked for. ``bills``: ``None`` where none can be read. ``batches``: number of
    batches for the standard error. c and b maximise the expected payoff of the rule itself on the draws. A part
    is dropped that adds under 10 % of the rule's value, or that under 2 % or over 98 % of readings pass.
    """
    gain = net_benefit[:, 1] - net_benefit[:, 0]
    limit = () if bills is None else ((BILLS, bills),)
    rules = [_rule(gain, ((i, survey), *limit)) for i, survey in surveys.items()] or [_rule(gain, limit)]
    most = max(each.worth for each in rules)
    # Of what is worth the same the first measure is asked for.
    best = next(each for each in rules if each.worth >= most - _ROUNDING * float(np.abs(gain).max()))
    today = float(gain.mean() > 0)
    passed = np.full(gain.size, today)
    if best.cuts:
        reads = {**surveys, **dict(limit)}
        passed = np.prod([_passes(reads[cut.read], cut) for cut in best.cuts], axis=0)
    more = (passed - today) * gain
    value = Estimate(float(more.mean()), float(batch_errors(more, batches)[0]))
    survey = next((cut for cut in best.cuts if cut.read != BILLS), None)
    most_above = next((cut for cut in best.cuts if cut.read == BILLS), None)
    return ThresholdRule(survey, most_above, best.unused, value, np.column_stack([1.0 - passed, passed]))


def _passes(read: Read, cut: Cut) -> Array:
    """Return the probability ``(draw,)`` that a reading passes a threshold."""
    chance: Array = read.passes([int(np.abs(read.told - cut.told).argmin())])[:, 0]
    return chance


@dataclass(frozen=True)
class _Best:
    """The best place on a row of thresholds, or pair of places, and what it is worth over stopping."""

    worth: float
    places: tuple[int, ...]


def _peak(table: Array, slack: float) -> _Best:
    """Return the best cell of a table; of those that are the same but for rounding the first."""
    flat = int(np.flatnonzero(table.reshape(-1) >= table.max() - slack)[0])
    return _Best(float(table.reshape(-1)[flat]), tuple(int(i) for i in np.unravel_index(flat, table.shape)))


def _bins(read: Read) -> tuple[NDArray[np.int64], Array, Array]:
    """Return the bins ``(draw, 2)`` between which each signal falls, its shares in them, and the bins' passes.

    Bins are an eighth of the noise wide, which widens it by a thousandth, and the passes ``(bin, threshold)``.
    """
    low, high = quantiles(read.signal, (0.001, 0.999))
    count = int(np.clip(np.ceil((high - low) / (0.125 * read.sd)), 1, _MOST_BINS)) + 1
    width = max(high - low, 1e-300)
    at = np.clip((read.signal - low) / width, 0.0, 1.0) * (count - 1)
    left = np.minimum(at.astype(np.int64), count - 2)
    part = at - left
    passes = replace(read, signal=np.linspace(low, high, count)).passes()
    return np.column_stack([left, left + 1]), np.column_stack([1.0 - part, part]), passes


def _tables(gain: Array, reads: Sequence[Read]) -> tuple[list[Array], list[Array], Array]:
    """Return what thresholds are worth over stopping, alone and together, and how many readings pass each alone.

    ``[(threshold,)]`` for each of one or two readings, the same of shares, and ``(threshold, …)`` for all together. The
    draws are put into bins, so that a pilot's 200 designs take no longer than one.
    """
    binned = [_bins(read) for read in reads]
    worth, share = [], []
    for places, shares, passes in binned:
        size = passes.shape[0]
        mass = np.bincount(places.reshape(-1), shares.reshape(-1), minlength=size)
        won = np.bincount(places.reshape(-1), (shares * gain[:, None]).reshape(-1), minlength=size)
        worth.append(won @ passes / gain.size)
        share.append(mass @ passes / gain.size)
    if len(reads) == 1:
        return worth, share, worth[0]
    (rows, row_shares, first), (columns, column_shares, second) = binned
    places = (rows[:, :, None] * second.shape[0] + columns[:, None, :]).reshape(-1)
    shares = (row_shares[:, :, None] * column_shares[:, None, :] * gain[:, None, None]).reshape(-1)
    won = np.bincount(places, shares, minlength=first.shape[0] * second.shape[0])
    return worth, share, first.T @ won.reshape(first.shape[0], second.shape[0]) @ second / gain.size


@dataclass(frozen=True)
class _Found:
    """A rule before it is followed: its parts, what it does without, and what it is worth over no reading."""

    worth: float
    cuts: tuple[Cut, ...]
    unused: tuple[Unused, ...]


def _rule(gain: Array, parts: Sequence[tuple[int, Read]]) -> _Found:
    """Return the best rule on one survey, the bills, or both, and what it does without."""
    if not parts:
        return _Found(0.0, (), ())
    slack = _ROUNDING * float(np.abs(gain).max())
    base = max(0.0, float(gain.mean()))
    worth, share, joint = _tables(gain, [read for _name, read in parts])
    alone, best = [_peak(each, slack) for each in worth], _peak(joint, slack)
    value = best.worth - base
    tested = []
    for i, (name, read) in enumerate(parts):
        others = [each.worth for j, each in enumerate(alone) if j != i]
        adds = (best.worth - max([base, *others])) / value if value > slack else 0.0
        tested.append(_tested(read, name, share[i], (best.places[i], alone[i].places[0]), max(adds, 0.0)))
    if value > slack and not any(tested):
        return _Found(value, tuple(_cut(read, name, best.places[i]) for i, (name, read) in enumerate(parts)), ())
    # One part alone, its threshold chosen anew: the better one of those that some readings pass and others do not.
    rule = _Found(0.0, (), tuple(each for each in tested if each is not None))
    for i, (name, read) in enumerate(parts):
        single = alone[i]
        more = single.worth - base
        if more > max(slack, rule.worth) and _within(float(share[i][single.places[0]])):
            rest = tuple(each for j, each in enumerate(tested) if j != i and each is not None)
            rule = _Found(more, (_cut(read, name, single.places[0]),), rest)
    return rule


def _within(passing: float) -> bool:
    return _PASSES <= passing <= 1.0 - _PASSES


def _cut(read: Read, name: int, place: int) -> Cut:
    return Cut(name, float(read.told[place]), read.step)


def _tested(read: Read, name: int, share: Array, places: tuple[int, int], adds: float) -> Unused | None:
    """Return why a rule does without a reading, ``None`` where it does not.

    ``share`` ``(threshold,)`` of readings pass; ``places`` are those of the threshold beside the other reading, and
    alone, which is what this reading would have to say to change the decision by itself.
    """
    together, alone = places
    if _within(float(share[together])) and adds >= _ADDS:
        return None
    threshold, step = float(read.told[alone]), read.step
    if _within(float(share[alone])) and adds < _ADDS:
        return Unused(name, "adds_little", threshold, step, None, None, adds)
    if alone in (0, read.told.size - 1):  # the end of what may be read: no threshold would help
        return Unused(name, "cannot_change", None, step, None, None, adds)
    away = float(read.cuts[alone] - read.signal.mean()) / math.hypot(float(read.signal.std()), read.sd)
    passing = float(share[alone])
    rare = None if _within(passing) else min(passing, 1.0 - passing)
    return Unused(name, "cannot_change", threshold, step, away, passing < 0.5, adds, rare)
