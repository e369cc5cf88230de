# SPDX-License-Identifier: MIT
"""The decision rule of a pilot: from which reading the driver is scaled, fixed before the data are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from txsim.decide.policies import Readable
from txsim.decide.reading import Line, read
from txsim.decide.survey import RELIABILITY
from txsim.priors.distributions import median
from txsim.scenario import Scenario
from txsim.types import Array

__all__ = ["Rule", "rule_of"]


@dataclass(frozen=True)
class Rule:
    """What will be done after the pilot, in the scale of the measure.

    Attributes
    ----------
    node, unit
        What is read, and what one unit of it is called.
    threshold
        Difference in that unit from which the driver is scaled; ``None`` where no reading would change the choice.
    rises
        Whether scaling needs a rise (else a fall, where less is better).
    threshold_if_over_budget
        The threshold if the bills run a quarter above plan; ``None`` without bills or without a threshold.
    overrun_limit
        How far above plan the bills may run (a fraction) before stopping is better, the survey at its median; ``None``
        if no bill would change the choice.
    always
        ``scale`` or ``stop`` where the choice does not depend on the reading.
    months, control, by_unit
        When it is read, whether against control units, and whether by unit or in the firm as a whole.
    p_scale
        Probability that the pilot ends in scaling.
    """

    node: str
    unit: str
    threshold: float | None
    rises: bool
    threshold_if_over_budget: float | None
    overrun_limit: float | None
    always: str | None
    months: int
    control: bool
    by_unit: bool
    p_scale: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


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
    over = limit = always = None
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
