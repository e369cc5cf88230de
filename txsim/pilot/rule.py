# SPDX-License-Identifier: MIT
"""The decision rule of a pilot: from which reading the driver is scaled, fixed before the data are there."""

from __future__ import annotations

from typing import Literal

import numpy as np

from txsim.decide.policies import Readable
from txsim.decide.reading import Line, read
from txsim.decide.survey import RELIABILITY
from txsim.language import Figure, Message, joined, lazy, lazy_plural
from txsim.priors.distributions import median
from txsim.results.pilot import Rule
from txsim.scenario import Scenario
from txsim.types import Array

__all__ = ["rule_message", "rule_of"]


def _turn(line: Line, *, rising: bool = True) -> float | None:
    """Return where the choice turns from stopping to scaling (or back) along a reading, nearest to its median."""
    gain = line.advantage if rising else -line.advantage
    known = np.isfinite(gain) & (line.likely > 1e-6)
    at, gain, likely = line.at[known], gain[known], line.likely[known]
    turns = np.flatnonzero((gain[:-1] <= 0) & (gain[1:] > 0))
    if turns.size == 0:
        return None
    centre = float(at[min(int(np.searchsorted(np.cumsum(likely), 0.5 * likely.sum())), at.size - 1)])
    where = int(turns[np.argmin(np.abs(at[turns] - centre))])
    return float(at[where] - gain[where] * (at[where + 1] - at[where]) / (gain[where + 1] - gain[where]))


def rule_of(scenario: Scenario, readable: Readable, sd: Array, months: int, control: bool) -> Rule:
    """Return the rule of a pilot.

    Parameters
    ----------
    scenario, readable
        The pilot's scenario, and what can be read of it.
    sd
        ``(dimension,)`` noise of the reading; empty where nobody is asked.
    months, control
        When it is read, and whether there are control units.
    """
    first, pilot = readable.sensors[0], scenario.pilot
    sd = sd if sd.size else np.full(len(readable.pilot.shape), np.inf)
    reading = read(readable.pilot, sd)
    threshold = _turn(reading.lines[0])
    over = limit = None
    always: Literal["scale", "stop"] | None = None
    if readable.bills and np.isfinite(sd[-1]):
        log_limit = _turn(reading.lines[-1], rising=False)
        limit = None if log_limit is None else float(np.exp(log_limit)) - 1.0
        if threshold is not None:
            medians = [_middle(line) for line in reading.lines[1:-1]]
            over = _turn(read(readable.pilot, sd, others=[*medians, float(np.log(1.25))]).lines[0])
    if threshold is None:
        line = reading.lines[0]
        known = np.isfinite(line.advantage)
        always = "scale" if float(line.likely[known] @ line.advantage[known]) > 0 else "stop"
    shift = 0.0
    if pilot is not None and median(pilot.chosen_below) > 0:
        shift = abs(first.scale.difference_to_points(median(pilot.chosen_below))) * (1 - RELIABILITY)

    def in_units(points: float | None) -> float | None:
        return None if points is None else first.scale.points_to_difference(points + shift)

    return Rule(
        first.node,
        first.scale.unit,
        in_units(threshold),
        first.scale.points_per_unit > 0,
        in_units(over),
        limit,
        always,
        months,
        control and first.by_unit,
        first.by_unit,
        float(reading.chosen[:, 1].mean()),
    )


def _middle(line: Line) -> float:
    return float(line.at[min(int(np.searchsorted(np.cumsum(line.likely), 0.5 * line.likely.sum())), line.at.size - 1)])


def rule_message(rule: Rule) -> Message:
    """Return a decision rule in words that can be pinned to the wall."""
    start = lazy_plural("After {n} month", "After {n} months", rule.months)
    if rule.threshold is None and rule.overrun_limit is None:
        if rule.always == "scale":
            return lazy("{start}, scale whatever the survey says: no reading would change the choice.", start=start)
        return lazy("{start}, stop whatever the survey says: no reading would change the choice.", start=start)
    if rule.threshold is None:
        return _bills_alone(rule.overrun_limit or 0.0, start)
    measure = lazy("{node} in the whole firm", node=rule.node)
    if rule.by_unit:
        measure = lazy("{node} in pilot units", node=rule.node)
    condition = _moved(rule.threshold, rule)
    if rule.control:
        condition = lazy("{condition} more than in control units", condition=condition)
    sentence = lazy(
        "{start}, scale if {measure} {condition}; else stop.", start=start, measure=measure, condition=condition
    )
    over = rule.threshold_if_over_budget
    if over is None or abs(over - rule.threshold) <= 0.05 * max(abs(rule.threshold), 1e-9):
        return sentence
    words = "If the bills run a quarter above plan, ask for {value}."
    return joined(" ", [sentence, lazy(words, value=Figure(over, "number", digits=_digits(over)))])


def _bills_alone(limit: float, start: Message) -> Message:
    share = Figure(abs(limit), "percent")
    words = (
        "{start}, scale unless the bills run more than {share} above plan; no reading of the survey would change the "
        "choice."
    )
    if limit < 0:
        words = (
            "{start}, scale only if the bills run at least {share} below plan; no reading of the survey would change "
            "the choice."
        )
    return lazy(words, start=start, share=share)


def _moved(threshold: float, rule: Rule) -> Message:
    """Return by how much the measure must have moved; more is wanted where more is better, less where less is."""
    amount = Figure(abs(threshold), "number", rule.unit, _digits(threshold))
    if threshold >= 0:
        words = "has risen by at least {amount}" if rule.rises else "has risen by no more than {amount}"
    else:
        words = "has fallen by no more than {amount}" if rule.rises else "has fallen by at least {amount}"
    return lazy(words, amount=amount)


def _digits(value: float) -> int:
    """Return the digits after the decimal sign that three significant ones need, without zeros at the end."""
    return 0 if abs(value) >= 100 else len(f"{value:.3g}".partition("e")[0].partition(".")[2])
