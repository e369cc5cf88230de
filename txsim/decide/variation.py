# SPDX-License-Identifier: MIT
"""What options would pay under other terms, on the same futures: many variants of one scenario in one simulation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from txsim.forecast import Forecast
from txsim.forecast.worth import worth_of
from txsim.scenario import Scenario
from txsim.simulate.engine import Outcome, run
from txsim.simulate.layout import lay_out
from txsim.simulate.points import prefix
from txsim.simulate.quantities import own_quantities
from txsim.types import Array

#: What is read of a path ``(draw,)``.
Figure = Callable[[Scenario, Outcome, str], Array]
#: Bytes of what the kernel reads of variants that are laid side by side; there are some more where they are made.
_AT_ONCE = 128 * 2**20


def peak_funding(scenario: Scenario, outcome: Outcome, path: str) -> Array:
    """Return the peak funding of a path ``(draw,)``, for :func:`vary`."""
    del scenario
    return outcome.field(path, "peak_funding")


def vary(
    forecast: Forecast, variants: Sequence[Mapping[str, Array | float]], most: int, figure: Figure = worth_of
) -> list[dict[str, Array]]:
    """Return what each path is worth ``(draw,)`` under each variant, as the decision reads it.

    ``variants``: values of some of the scenario's own quantities, or of parameters of its calibration, in place of
    those drawn, as draws hold them: ``(draw,)`` for all of the forecast's draws, or a number. ``most``: draws that are
    simulated at most: the first of each batch (:func:`txsim.simulate.points.prefix`). ``figure``: what is read of each
    path; by default what it is worth.
    """
    if not variants:
        return []
    kept = prefix(forecast.draws, most)
    count = len(variants)
    at_once = max(1, _AT_ONCE // (8 * len(forecast.scene.matrix) * kept.size))
    if count > at_once:
        parts = [variants[first : first + at_once] for first in range(0, count, at_once)]
        return [each for part in parts for each in vary(forecast, part, most, figure)]
    names = list(dict.fromkeys(name for variant in variants for name in variant))
    own, drawn = own_quantities(forecast.scenario), forecast.drawn
    quantities = {name: np.tile(values[kept], count) for name, values in drawn.quantities.items()}
    parameters = {name: np.tile(values[kept], count) for name, values in drawn.parameters.items()}
    for name in names:
        side = parameters if name in parameters else quantities
        base = drawn.parameters.get(name, drawn.quantities.get(name))
        if base is None:
            base = np.full(forecast.draws, own[name].args[0])
        values = [
            np.broadcast_to(np.asarray(variant.get(name, base), float), forecast.draws)[kept] for variant in variants
        ]
        side[name] = np.concatenate(values)
    return _worths(forecast, quantities, parameters, count, figure)


def levels_at(forecast: Forecast, variants: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """Return what each path is worth where everything stands at its median but for what a variant says instead."""
    drawn = forecast.drawn
    width = -(-len(variants) // 16) * 16
    padded = [*variants, *[variants[-1]] * (width - len(variants))]
    middle = {name: float(np.median(values)) for name, values in drawn.quantities.items()}
    middle |= {name: value for name, value in _points(forecast).items() if name not in middle}
    quantities = {name: np.array([variant.get(name, value) for variant in padded]) for name, value in middle.items()}
    parameters = {name: np.full(width, float(np.median(values))) for name, values in drawn.parameters.items()}
    worths = _worths(forecast, quantities, parameters, width)
    return [{path: float(values[0]) for path, values in each.items()} for each in worths[: len(variants)]]


def _points(forecast: Forecast) -> dict[str, float]:
    return {name: float(value.args[0]) for name, value in own_quantities(forecast.scenario).items()}


def _worths(
    forecast: Forecast,
    quantities: Mapping[str, Array],
    parameters: Mapping[str, Array],
    count: int,
    figure: Figure = worth_of,
) -> list[dict[str, Array]]:
    scenario = forecast.scenario
    width = next(iter(parameters.values())).size
    # Of single draws, at the medians, there is no other to put in the place of one.
    variants = count if width > count else 1
    scene = lay_out(scenario, quantities, parameters, width, variants=variants)
    outcome = run(scene.plan, scene.matrix, paths=forecast.options)
    values = {path: figure(scenario, outcome, path).reshape(count, -1) for path in forecast.options}
    return [{path: each[i] for path, each in values.items()} for i in range(count)]
