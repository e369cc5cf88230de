# SPDX-License-Identifier: MIT
"""What a pilot's survey can tell: which node it reads, how much noise it has (docs/model.md, section 7)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from txsim.priors.moments import median
from txsim.scenario import Scenario
from txsim.scenario.actions import Measure, Pilot
from txsim.scenario.respondents import measures_of, members_of, people_of
from txsim.simulate.engine import Outcome
from txsim.types import Array
from txsim.units import Scale

#: Spread of true scores between units, index points: employees' nodes, and customers'.
UNIT_SD = {"employees": 6.0, "customers": 5.0}
#: Correlation of a unit's true score between waves.
RELIABILITY = 0.7
#: Sd of what a comparison gets wrong for other reasons, index points: with control units, and without.
BIAS = {True: 0.7, False: 3.0}


@dataclass(frozen=True)
class Sensor:
    """One node as the survey reads it."""

    node: str  #: Name as written: ``ex[front_line]``, or ``ex`` for all staff.
    members: tuple[tuple[str, float], ...]  #: Nodes of the network that it stands for, with their shares.
    scale: Scale  #: Scale of the node's baseline, in which rules are told.
    by_unit: bool  #: Whether each unit is read.
    #: ``respondent_sd``, ``unit_sd``: Spread of single answers and of units, index points.
    respondent_sd: float
    unit_sd: float
    population: float  #: People who could be asked in the whole firm; infinite if that is not known.

    def mean(self, outcome: Outcome, path: str, months: slice) -> Array:
        """Return the mean deviation ``(draw,)`` over some months of a path, index points."""
        deviation: Array = sum(
            (share * outcome.by_month(path, name)[months].mean(axis=0) for name, share in self.members),
            np.zeros(outcome.result.shape[2]),
        )
        return deviation


def comes_back(sensor: Sensor, below: float) -> float:
    """Return how many index points units come up by themselves that were chosen so far below, in the sensor's scale."""
    return abs(sensor.scale.difference_to_points(below)) * (1 - RELIABILITY)


def sensors(scenario: Scenario) -> tuple[Sensor, ...]:
    """Return what the pilot of a scenario measures."""
    return tuple(_sensor(scenario, measure) for measure in measures_of(scenario))


def _sensor(scenario: Scenario, measure: Measure) -> Sensor:
    read = members_of(scenario, measure.node)
    total = sum(heads for _name, heads in read) or 1.0
    members = tuple((name, heads / total) for name, heads in read)
    first = members[0][0]
    baseline = scenario.baseline(first)
    scale = baseline.scale if baseline is not None else Scale("index", 0.0, 100.0, "mean", "points")
    level = median(baseline.index) if baseline is not None else 50.0
    of_staff = first.partition("[")[0] in ("ex", "ux_employee") or "[" in first
    if measure.respondent_sd is not None:
        spread = abs(scale.points_per_unit) * median(measure.respondent_sd)
    else:
        spread = _usual_sd(scale, level / 100.0, median(measure.passives))
    unit_sd = UNIT_SD["employees" if of_staff else "customers"]
    return Sensor(measure.node, members, scale, measure.by_unit, spread, unit_sd, people_of(scenario, measure.node))


def _usual_sd(scale: Scale, share: float, passives: float) -> float:
    """Return the sd of single answers in index points from the mean score alone."""
    if scale.measure == "nps":
        score = 2 * share - 1
        return 50.0 * math.sqrt(max(1 - passives - score**2, 0.05))
    if scale.measure == "favourable":
        return 100.0 * math.sqrt(max(share * (1 - share), 0.01))
    return 25.0


def noise_sd(
    sensor: Sensor,
    pilot: Pilot,
    *,
    scope: float,
    respondents: float,
    control: bool,
    units: float,
    control_respondents: float | None = None,
    control_units: float | None = None,
    everybody: bool = False,
) -> float:
    """Return the sd of bias and noise of one reading, in index points; infinite where nobody is asked.

    ``sensor``, ``pilot``: what is read and how: waves, response, correlation between waves. ``scope``: share of the
    population in the pilot. ``respondents``, ``control_respondents``: people who answer a wave in pilot and in control
    units, capped by those who are there and answer. ``control``: whether there are control units. ``units``,
    ``control_units``: units in the pilot and in the control group. ``everybody``: whether the driver runs in the whole
    firm (commit, then review): no control, all units.

    Notes
    -----
    ``σ²(1 − r_p)(1/n_t0 + 1/n_t1 + 1/n_c0 + 1/n_c1) + 2σ_u²(1 − r_u)(1/U_t + 1/U_c)`` plus the bias's variance. Waves
    after the first are averaged; with a single wave levels are compared, not changes.
    """
    response = median(pilot.response)
    firm_wide = not sensor.by_unit or everybody
    share = 1.0 if firm_wide else scope
    control = control and not firm_wide
    asked = min(respondents, share * sensor.population * response)
    if not asked > 0:
        return math.inf
    sides = [(asked, max(units / scope if firm_wide else units, 1.0))]
    if control:
        others = respondents if control_respondents is None else control_respondents
        others = min(others, (1 - scope) * sensor.population * response)
        if not others > 0:
            return math.inf
        sides.append((others, max(units if control_units is None else control_units, 1.0)))
    later = pilot.waves - 1
    variance = BIAS[control] ** 2
    for people, number in sides:
        if later:
            variance += sensor.respondent_sd**2 * (1 - median(pilot.wave_correlation)) * (1 + 1 / later) / people
            variance += 2 * sensor.unit_sd**2 * (1 - RELIABILITY) / number
        else:
            variance += sensor.respondent_sd**2 / people + sensor.unit_sd**2 / number
    return math.sqrt(variance)
