# SPDX-License-Identifier: MIT
"""Where a decision turns if one quantity is fixed and all others stay as they were drawn.

A break-even value by regression (:mod:`txsim.decide.response`) lets what goes together with a quantity move along:
bills of 140 % are seen in futures that deliver little, too. A contract that fixes the bills changes nothing else, and
pays from another value on. Both answer a question, and neither answers the other's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from txsim.decide.flips import LimitReached
from txsim.decide.response import BreakEven
from txsim.decide.variation import Figure, peak_funding, vary
from txsim.forecast import Forecast
from txsim.forecast.criterion import Candidate, decision_limits
from txsim.forecast.labels import Label
from txsim.forecast.worth import worth_of
from txsim.results.page_one import FixedQuantity
from txsim.results.quantities import Estimate
from txsim.types import Array

#: Draws on which it is simulated at most, and at how many levels at first and then between the two around a turn.
_DRAWS, _LEVELS, _FINER = 2**12, 9, 5
_ENDS = (0.005, 0.995)
#: Share of the 90 % range that two break-even values must lie apart to be told apart.
_APART = 0.02

_Payoff = Callable[[Mapping[str, Array]], Array]


def fixed_break_even(
    forecast: Forecast, name: str, gap: _Payoff, figure: Figure = worth_of
) -> tuple[float | None, bool]:
    """Return at which fixed value of one quantity an advantage is expected to be 0, all else as drawn.

    ``gap``: the advantage ``(draw,)`` from what each path is worth ``(draw,)``. ``figure``: what is read of each path
    instead, as for :func:`txsim.decide.variation.vary`.

    Returns the value as draws hold it, the one nearest to the median (``None`` where nothing from the 0.5 % to the
    99.5 % quantile turns it), and whether the advantage is positive above it or, without a value, throughout.
    """
    values = forecast.drawn.uncertain[name]

    def curve(levels: Array) -> Array:
        worths = vary(forecast, [{name: float(level)} for level in levels], _DRAWS, figure)
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


def limit_if_fixed(
    forecast: Forecast, path: str, name: str, reached: LimitReached | None, label: Label
) -> FixedQuantity | None:
    """Return where a path keeps all limits if one quantity is fixed, if that is not where others move along.

    ``forecast``, ``name``, ``label``: as for :func:`break_even_if_fixed`. ``reached``: where the limit is reached with
    what goes together.
    """
    if reached is None or path not in forecast.options:
        return None
    limits = decision_limits(forecast.scenario)

    def room(limit: str, of: Mapping[str, Array]) -> Array:
        read = of[path]
        one = Candidate(read, 0.0, 0.0, lost=(read < 0).astype(np.float64), peaks=((read, np.ones(())),))
        return -limits.excess(one)[limit]

    read_of = {"max_p_loss": worth_of, "max_peak_funding": peak_funding}
    stated = [limit for limit in read_of if getattr(limits, limit) is not None]
    turns = [fixed_break_even(forecast, name, partial(room, limit), read_of[limit]) for limit in stated]
    ends = [value for value, above in turns if value is not None and above is reached.above]
    never = any(value is None and not kept for value, kept in turns)
    turn = (None, not never) if never or not ends else ((max if reached.above else min)(ends), reached.above)
    even = BreakEven(Estimate(reached.value, 0.0), Estimate(0.5, 0.0), reached.above)
    return _if_another(forecast, name, turn, even, label)


def break_even_if_fixed(
    forecast: Forecast, name: str, gap: _Payoff, even: BreakEven, label: Label
) -> FixedQuantity | None:
    """Return where a fixed value turns an advantage, if that is another than where what goes together moves along.

    ``forecast``, ``name``, ``gap``: as for :func:`fixed_break_even`. Values are in the author's unit; ``None`` where
    both are one value but for errors and for a fiftieth of its 90 % range.
    """
    return _if_another(forecast, name, fixed_break_even(forecast, name, gap), even, label)


def _if_another(
    forecast: Forecast, name: str, turn: tuple[float | None, bool], even: BreakEven, label: Label
) -> FixedQuantity | None:
    value, above = turn
    if value is None and even.value is None and above == even.above:
        return None
    low, high = np.quantile(forecast.drawn.uncertain[name], (0.05, 0.95))
    near = max(_APART * float(high - low), 0.0 if even.value is None else 2.0 * np.nan_to_num(even.value.mcse))
    if value is not None and even.value is not None and abs(value - even.value.value) <= near:
        return None
    stated = None if value is None else label.stated(value)
    return FixedQuantity(stated, above if value is None else above == (label.per_unit > 0))
