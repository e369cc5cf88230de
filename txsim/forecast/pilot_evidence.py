# SPDX-License-Identifier: MIT
"""Draws that know what finished pilots measured: more are drawn than are kept, weighed by the log, and drawn again.

What a pilot measured speaks of the driver's effect and delivery and of the links together, so that it conditions the
joint draws of a forecast, not the calibration that scenarios share. Each reading is Student's t about what the draw
makes of it (docs/model.md, section 7; docs/link.md); boost and spill belong to each pilot alone and are summed out.
Within each of the eight batches the draws are then taken systematically by weight, so that batches stay independent
and their spread still is the Monte Carlo error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError
from txsim.inference.spec import seed_for
from txsim.priors.catalogue import reading_priors
from txsim.priors.distributions import Distribution, ppf
from txsim.priors.moments import median
from txsim.scenario import Scenario, locate
from txsim.scenario.network_checks import reading_fits
from txsim.scenario.pilot_log import PilotReading
from txsim.simulate.engine import Outcome, run
from txsim.simulate.layout import lay_out
from txsim.simulate.points import BATCHES
from txsim.types import Array

#: Draws weighed for each one kept at first, and at most; points are at most so many.
_OVER, _MOST_OVER, _MOST = 4, 64, 2**18
#: Effective draws below which more are weighed.
_FEW = 1000
_NODES = 24
#: Sd of what the pilot's bills tell about the final overrun, on the log scale.
BILL_SD = 0.1


@dataclass(frozen=True)
class Learned:
    """Which of many draws stand for what is known after some pilots."""

    over: int  #: How many draws were weighed for each one kept.
    kept: NDArray[np.int64]  #: ``(draw,)`` positions of those kept among all that were weighed.
    effective: float  #: Effective number of those weighed, ``1/Σ w²``.
    entries: int  #: Pilots that were counted.


def during(scenario: Scenario, outcome: Outcome, node: str, months: slice) -> Array:
    """Return the mean deviation ``(draw,)`` of a node over some months of committing, index points.

    A kind of node over all staff groups is their mean by headcount; of tools by group, over the groups pushed.
    """
    if node in outcome.nodes:
        return np.asarray(outcome.by_month("commit", node)[months].mean(axis=0), dtype=np.float64)
    members = scenario.nodes_read(node)
    share = {group.name: group.share for group in scenario.network().groups}
    weight = np.array([share.get(name.partition("[")[2].rstrip("]"), 1.0) for name in members])
    values = np.stack([outcome.by_month("commit", name)[months].mean(axis=0) for name in members])
    return np.asarray(weight @ values / weight.sum(), dtype=np.float64)


def months_of(scenario: Scenario, reading: PilotReading) -> slice:
    """Return the months in which a pilot was measured, within the scenario's horizon."""
    stated = reading.months or (scenario.pilot.months if scenario.pilot is not None else 6)
    first = min(reading.start if reading.months else scenario.start, scenario.horizon_months - 1)
    return slice(first, min(first + max(stated, 1), scenario.horizon_months))


def shown_quantities(stated: Mapping[str, Distribution]) -> dict[str, Distribution]:
    """Return what pilot units show of an effect more than the firm would, `boost`, and less, `spill`, by priors."""
    return {name: stated.get(name, prior) for name, prior in reading_priors().items()}


@lru_cache(maxsize=8)
def _shown(boost: Distribution | None, spill: Distribution) -> Array:
    """Return equally likely values of what pilot units show of the effect at full strength, boost · (1 − spill)."""
    grid = (np.arange(200) + 0.5) / 200
    more = np.ones(1) if boost is None else ppf(boost, grid)
    every = np.sort((more[:, None] * (1.0 - ppf(spill, grid))).ravel())
    shares: Array = every.reshape(_NODES, -1).mean(axis=1) if every.size % _NODES == 0 else _means(every)
    return shares


def _means(values: Array) -> Array:
    return np.array([part.mean() for part in np.array_split(values, _NODES)])


def log_reading(
    reading: PilotReading, deviation: Array, stated: Mapping[str, Distribution] = MappingProxyType({})
) -> Array:
    """Return the log likelihood ``(draw,)`` of what a pilot measured, boost and spill summed out, up to a constant.

    ``stated`` are a scenario's own priors.
    """
    total = np.zeros(deviation.size)
    shown = shown_quantities(stated)
    for share in _shown(None if reading.randomised else shown["boost"], shown["spill"]):
        z = (reading.points - share * deviation) / reading.error
        total += (1.0 + z * z / reading.degrees) ** (-0.5 * (reading.degrees + 1.0))
    log_likelihood: Array = np.log(np.maximum(total / _NODES, 1e-300))
    return log_likelihood


def _refuse_foreign(scenario: Scenario, reading: PilotReading) -> None:
    for _key, *fault in reading_fits(scenario, reading):  # of a file it is told where the file is read
        raise InputError(locate(scenario, ("pilots",), *fault))


def log_bills(stated: float, log_overrun: Array | None) -> Array | float:
    """Return the log likelihood ``(draw,)`` of bills that ran so far above plan, up to a constant.

    ``stated``: share of plan by which they ran over it. ``log_overrun``: from :func:`bills_shown`; ``None`` where
    nothing is uncertain about them.
    """
    if log_overrun is None:
        return 0.0
    z = (np.log1p(stated) - log_overrun) / BILL_SD
    log_likelihood: Array = -0.5 * z * z
    return log_likelihood


def bills_shown(scenario: Scenario, quantities: Mapping[str, Array], count: int) -> Array | None:
    """Return the log of the overrun ``(draw,)`` that the pilot's bills show, drivers weighted by planned cost.

    ``None`` where nothing is uncertain about them, or there are none: what costs nothing has no bills.
    """
    weights = {d.name: median(d.one_off) + 12 * median(d.monthly) for d in scenario.drivers}
    if not sum(weights.values()) > 0:
        weights = {
            d.name: median(d.per_head_monthly) + sum(median(c.amount) for c in d.costs) for d in scenario.drivers
        }
    if not sum(weights.values()) > 0:
        return None
    total, seen = np.zeros(count), False
    for driver in scenario.drivers:
        name = f"{driver.name}.cost_overrun"
        if name in quantities:
            values, seen = quantities[name], True
        else:
            values = np.full(count, 1.0 if driver.cost_overrun is None else median(driver.cost_overrun))
        total += weights[driver.name] / sum(weights.values()) * values
    return np.log(total) if seen and np.ptp(total) > 0 else None


def log_readings(
    scenario: Scenario,
    readings: Sequence[PilotReading],
    drawn: Mapping[str, Array],
    parameters: Mapping[str, Array],
    count: int,
) -> Array:
    """Return the log likelihood ``(draw,)`` of some pilots of a scenario.

    Raises :class:`InputError` if a pilot measured a node or ran a driver that the scenario does not have.
    """
    nodes = scenario.network().nodes
    for reading in readings:
        _refuse_foreign(scenario, reading)
    last = max(months_of(scenario, reading).stop for reading in readings)
    scene = lay_out(scenario, drawn, parameters, count)
    plan = replace(
        scene.plan,
        months=last,
        discount_one_off=scene.plan.discount_one_off[:last],
        discount_rest=scene.plan.discount_rest[:last],
    )
    read = {reading.node for reading in readings}
    wanted = tuple(name for name in nodes if name in read or name.partition("[")[0] in read)
    outcome = run(plan, scene.matrix, paths=("commit",), monthly=(("commit",), wanted))
    total = np.zeros(count)
    log_overrun = bills_shown(scenario, drawn, count)
    for reading in readings:
        inside = during(scenario, outcome, reading.node, months_of(scenario, reading))
        total += log_reading(reading, inside, scenario.priors)
        if reading.bills is not None:
            total += log_bills(reading.bills, log_overrun)
    return total


def learn(
    scenarios: Sequence[Scenario],
    points: Callable[[Scenario, int], tuple[Mapping[str, Array], Mapping[str, Array]]],
    draws: int,
    seed: int,
) -> Learned | None:
    """Weigh draws by the logs of some scenarios, each pilot once, and return those that stand for what is known now.

    ``points``: called with a scenario and a number of draws: draws of its own quantities and of the parameters.
    ``draws``, ``seed``: how many are kept; where the systematic draw begins.
    """
    work: list[tuple[Scenario, list[PilotReading]]] = []
    seen: set[PilotReading] = set()
    for scenario in scenarios:
        new_readings = [] if scenario.pilots is None else [r for r in scenario.pilots.entries if r not in seen]
        seen.update(new_readings)
        if new_readings:
            work.append((scenario, new_readings))
    if not work:
        return None
    over = _OVER
    while True:
        count = draws * over
        total = np.zeros(count)
        for scenario, readings in work:
            total += log_readings(scenario, readings, *points(scenario, count), count)
        weight = np.exp(total - total.max())
        effective = float(weight.sum() ** 2 / (weight**2).sum())
        if effective >= min(_FEW, draws) or over >= _MOST_OVER or 4 * count > _MOST:
            break
        over *= 4
    size, keep = draws * over // BATCHES, draws // BATCHES
    kept = np.empty((BATCHES, keep), dtype=np.int64)
    start = np.random.default_rng(seed_for(seed, "draws after pilots")).random(BATCHES)
    for batch in range(BATCHES):
        mine = np.cumsum(weight[batch * size : (batch + 1) * size])
        if not mine[-1] > 0:  # nothing here agrees with what was measured
            mine = np.arange(1.0, size + 1.0)
        place = np.searchsorted(mine, (np.arange(keep) + start[batch]) / keep * mine[-1], side="right")
        kept[batch] = batch * size + np.minimum(place, size - 1)
    return Learned(over, kept.reshape(-1), effective, len(seen))
