# SPDX-License-Identifier: MIT
"""Where a decision turns if one quantity is fixed and all others stay as they were drawn.

A break-even value by regression (:mod:`txsim.decide.response`) lets what goes together with a quantity move along:
bills of 140 % are seen in futures that deliver little, too. A contract that fixes the bills changes nothing else, and
pays from another value on. Both answer a question, and neither answers the other's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from txsim.decide.response import BreakEven
from txsim.decide.variation import vary
from txsim.forecast import Forecast
from txsim.forecast.labels import Label
from txsim.results.page_one import Fixed
from txsim.types import Array

#: Draws on which it is simulated at most, and at how many levels at first and then between the two around a turn.
_DRAWS, _LEVELS, _FINER = 2**12, 9, 5
_ENDS = (0.005, 0.995)
#: Share of the 90 % range that two break-even values must lie apart to be told apart.
_APART = 0.02

_Payoff = Callable[[Mapping[str, Array]], Array]


def fixed_break_even(forecast: Forecast, name: str, gap: _Payoff) -> tuple[float | None, bool]:
    """Return at which fixed value of one quantity an advantage is expected to be 0, all else as drawn.

    Parameters
    ----------
    forecast
        Of one scenario.
    name
        A parameter of its calibration or a quantity of its own.
    gap
        The advantage ``(draw,)`` from what each path is worth ``(draw,)``.

    Returns
    -------
    value
        As draws hold it, the one nearest to the median; ``None`` where nothing from the 0.5 % to the 99.5 % quantile
        turns it.
    above
        Whether the advantage is positive above it or, without a value, throughout.
    """
    values = forecast.drawn.uncertain[name]

    def curve(levels: Array) -> Array:
        worths = vary(forecast, [{name: float(level)} for level in levels], _DRAWS)
        return np.array([gap(worth).mean() for worth in worths])

    levels = np.unique(np.quantile(values, np.linspace(*_ENDS, _LEVELS)))
    payoffs = curve(levels)
    good = payoffs > 0
    turns = np.flatnonzero(good[1:] != good[:-1])
    if turns.size == 0:
        return None, bool(good[0])
    middle = float(np.median(values))
    nearest = min(turns.tolist(), key=lambda i: abs(0.5 * (levels[i] + levels[i + 1]) - middle))
    above = bool(good[nearest + 1])
    levels = np.linspace(levels[nearest], levels[nearest + 1], _FINER)
    payoffs = curve(levels)
    turn = int(np.flatnonzero((payoffs[1:] > 0) == above)[0])
    low, high = payoffs[turn], payoffs[turn + 1]
    return float(levels[turn] - low * (levels[turn + 1] - levels[turn]) / (high - low)), above


def told_apart(forecast: Forecast, name: str, gap: _Payoff, even: BreakEven, label: Label) -> Fixed | None:
    """Return where a fixed value turns an advantage, if that is another than where what goes together moves along.

    Parameters
    ----------
    forecast, name, gap
        As for :func:`fixed_break_even`.
    even
        The break-even value with what goes together.
    label
        How the quantity is told.

    Returns
    -------
    Fixed or None
        In the author's unit; ``None`` where both are one value but for errors and for a fiftieth of its 90 % range.
    """
    value, above = fixed_break_even(forecast, name, gap)
    if value is None and even.value is None and above == even.above:
        return None
    low, high = np.quantile(forecast.drawn.uncertain[name], (0.05, 0.95))
    near = max(_APART * float(high - low), 0.0 if even.value is None else 2.0 * np.nan_to_num(even.value.mcse))
    if value is not None and even.value is not None and abs(value - even.value.value) <= near:
        return None
    stated = None if value is None else label.stated(value)
    return Fixed(stated, above if value is None else above == (label.per_unit > 0))
