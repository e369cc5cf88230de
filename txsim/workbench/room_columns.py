# SPDX-License-Identifier: MIT
"""The columns on which experts lay their chips."""

from __future__ import annotations

import math

from txsim.elicit.expert_fit import lowest
from txsim.errors import InputError
from txsim.language import Message, lazy
from txsim.priors.catalogue import Parameter
from txsim.priors.distributions import Distribution, quantile

#: How many there are.
COLUMNS = 8


def columns(
    parameter: Parameter, now: Distribution, low: float | None = None, high: float | None = None
) -> tuple[float, ...]:
    """Return the bounds of the columns for chips, equally wide.

    The outermost are open: only bounds with chips on both sides say anything (:func:`~txsim.elicit.judgements.\
chips_to_cdf`).

    Parameters
    ----------
    parameter
        Its limits are kept.
    now
        What is believed; by default the columns hold nine tenths of it, from 0 on where they begin near it.
    low, high
        Ends, where somebody says so.

    Raises
    ------
    InputError
        If the ends are out of order, or beyond what is possible.
    """
    least, most = lowest(parameter), parameter.high
    if low is not None and high is not None:
        if not low < high or (least is not None and low < least) or (most is not None and high > most):
            raise InputError(_impossible(low, high, least, most))
        return tuple(low + (high - low) * i / COLUMNS for i in range(COLUMNS + 1))
    start, end = quantile(now, 0.02), quantile(now, 0.95)
    step = _nice((end - start) / (COLUMNS - 1))
    first = math.floor(start / step + 1e-9)
    if 0 <= first <= 1:  # from 0 on, or from one column below where harm is possible
        first = 0 if least is not None and least >= 0 else -1
    if least is not None:
        first = max(first, math.ceil(least / step - 1e-9))
    edges = [float(f"{step * (first + i):.10g}") for i in range(COLUMNS + 1)]
    if most is not None and edges[-1] > most:
        bottom = max(edges[0] - (edges[-1] - most), most - (edges[-1] - edges[0]))
        bottom = bottom if least is None else max(bottom, least)
        edges = [float(f"{bottom + (most - bottom) * i / COLUMNS:.10g}") for i in range(COLUMNS + 1)]
    return tuple(edges)


def _impossible(low: float, high: float, least: float | None, most: float | None) -> Message:
    limits = f"{'' if least is None else f'{least:g}'} … {'' if most is None else f'{most:g}'}".strip()
    return lazy("{low:g} … {high:g} cannot be the columns; possible is {limits}", low=low, high=high, limits=limits)


def _nice(value: float) -> float:
    """Return the nearest width of a column that is 1, 2, 2.5 or 5 times a power of ten, and not narrower by much."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= 0.95 * value)
