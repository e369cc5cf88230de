# SPDX-License-Identifier: MIT
"""Which uncertain quantities move what an option pays, and which only go together with one that does.

How much of a driver is delivered, what it is billed and how late it comes are drawn together (docs/model.md, section
4). Where a driver costs nothing its bills move nothing, and yet futures with high bills pay less, for they deliver
less: a regression on draws cannot tell that from an effect, a simulation can.
"""

from __future__ import annotations

import numpy as np

from txsim.forecast import Draws
from txsim.forecast.worth import worth_of
from txsim.inference.links import link_name
from txsim.scenario import Scenario
from txsim.simulate.engine import run
from txsim.simulate.layout import lay_out
from txsim.simulate.points import prefix
from txsim.types import Array

#: Futures on which it is tried whether a quantity moves anything.
_DRAWS = 2**7
#: Of these, the first on which all are tried: what moves something mostly does in any future, and needs no more.
_FIRST = 2**4


def influential(scenario: Scenario, drawn: Draws, *, evidence: bool = True) -> dict[str, Array]:
    """Return what is uncertain but for what moves no option's payoff in any future.

    ``evidence``: whether parameters of the calibration are tried, too; else they are returned whatever they move.

    Returns draws ``(draw,)`` by name, in the order of :attr:`txsim.forecast.Draws.uncertain`: quantities of the pilot
    always, of all others those that move what a path pays when each future gets another future's value of it and keeps
    all else.
    """
    uncertain = drawn.uncertain
    tried = [
        name
        for name in uncertain
        if not name.startswith("pilot.") and (name in drawn.quantities or (evidence and name in drawn.parameters))
    ]
    if not tried:
        return uncertain
    kept = prefix(drawn.count, _DRAWS)
    count = len(tried) + 1  # the first stretch is as it was drawn
    quantities, parameters = (
        {name: np.tile(values[kept], (count, 1)) for name, values in side.items()}
        for side in (drawn.quantities, drawn.parameters)
    )
    for row, name in enumerate(tried, start=1):
        values = (quantities if name in quantities else parameters)[name]
        values[row] = values[row][::-1]
    flat = {name: values.reshape(-1) for name, values in quantities.items()}
    parameters = {name: values.reshape(-1) for name, values in parameters.items()}
    scene = lay_out(scenario, flat, parameters, count * kept.size, variants=count)
    at = np.arange(count * kept.size).reshape(count, -1)

    def moved_in(rows: list[int], futures: slice) -> Array:
        """Return in how many futures each row pays other than the first stretch does."""
        columns = at[[0, *rows], futures]
        outcome = run(scene.plan, np.ascontiguousarray(scene.matrix[:, columns.reshape(-1)]))
        worth = np.stack([worth_of(scenario, outcome, path).reshape(columns.shape) for path in outcome.paths])
        changed: Array = (worth != worth[:, :1]).any(axis=0).sum(axis=1)[1:].astype(float)
        return changed

    # A draw whose loops feed themselves without end gives way to another one, whatever else a parameter does.
    chance = 4 * scene.impossible / count
    moved = np.zeros(count)
    moved[1:] = moved_in(list(range(1, count)), slice(0, _FIRST))
    unsettled = [row for row in range(1, count) if moved[row] <= chance]
    if unsettled and kept.size > _FIRST:
        moved[unsettled] += moved_in(unsettled, slice(_FIRST, None))
    inert = {name for row, name in enumerate(tried, start=1) if moved[row] <= chance}
    # Whether a link is in force stands in its slope, 0 where it is not: it moves what the slope moves.
    links = {link_name(name): name for name in tried}
    inert = {name for name in inert if name not in links} | {link for link, name in links.items() if name in inert}
    return {name: values for name, values in uncertain.items() if name not in inert}
