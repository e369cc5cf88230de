# SPDX-License-Identifier: MIT
"""What ``txsim backtest`` answers: how well the panel model would have forecast what has already happened."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from txsim.language import Words
from txsim.results.codec import Result
from txsim.results.quantities import OWN, RATIO, SHARE, Count, Real


@dataclass(frozen=True)
class MethodScore:
    """How well one method forecast."""

    #: Continuous ranked probability score of ``ex`` and ``cx``, less is better.
    crps: Annotated[Mapping[str, float], OWN]
    #: Share of outcomes inside the intervals of 50, 80 and 90 %, by that number.
    coverage: Annotated[Mapping[str, float], SHARE]


def standing(ratio: float, low: float, high: float) -> str:
    """Return how the model stands against a rival, by their ratio and the ends of its interval as they are printed."""
    if math.isnan(high):
        return "never" if math.isnan(ratio) else "one_unit"
    low, high = round(low, 2), round(high, 2)
    return "better" if high < 1 else "worse" if low > 1 else "as_good"


@dataclass(frozen=True)
class Backtest(Result):
    """The answer of ``txsim backtest``."""

    kind: ClassVar[str] = "backtest"

    sentence: Words  #: The outcome in words.
    #: ``origins``, ``horizon``: Periods after which forecasts were made, and how many periods ahead.
    origins: tuple[int, ...]
    horizon: Count
    unit: Words  #: Of the scores.
    #: ``model``, ``persistence``, ``unit_means`` and, where there is enough for it, ``regression``.
    methods: Mapping[str, MethodScore]
    #: Of the model, for ``ex`` and ``cx``; NaN where persistence is never wrong.
    crps_ratio_to_persistence: Annotated[Mapping[str, Real], RATIO]
    warnings: tuple[Words, ...]  #: What the reader must know.
    #: ``best_rival``, ``crps_ratio_to_best``, ``crps_ratio_range``: The simple forecast of each series that scores
    #: best, the model's CRPS to that, and its 90 % interval, forecasts of one unit being alike; NaN where that one is
    #: never wrong, the interval where one unit alone tells.
    best_rival: Mapping[str, str] = field(default_factory=dict)
    crps_ratio_to_best: Annotated[Mapping[str, Real], RATIO] = field(default_factory=dict)
    crps_ratio_range: Annotated[Mapping[str, tuple[Real, ...]], RATIO] = field(default_factory=dict)
