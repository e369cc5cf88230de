# SPDX-License-Identifier: MIT
"""A finished pilot as values: units × periods of one measure, and who took part."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.language import Words
from txsim.panel.reader.link_spec import RAW
from txsim.types import Array


@dataclass(frozen=True)
class Pilot:
    """A finished pilot as values.

    Attributes
    ----------
    units
        Names.
    treated
        ``(unit,)`` whether the unit took part.
    value
        ``(unit, period)`` means of the measure on its scale, NaN where there is none; periods in order.
    answers
        ``(unit, period)`` answers that each mean is of, 1 where that is not known.
    late
        ``(unit, period)`` whether the cell lies after the start.
    measure
        Name of the measure: `ex`, `cx` or the column's own.
    rows
        Rows read.
    warnings
        What was taken for granted.
    scale
        Name of the scale that the measure was read on, ``raw`` where it has none.
    reading
        How the file was read, keys in docs/schema.md.
    after_alone
        Whether nothing was measured before the start, so that units drawn at random are compared afterwards.
    periods
        Names of the periods, empty where the file has none.
    """

    units: tuple[str, ...]
    treated: NDArray[np.bool_]
    value: Array
    answers: Array
    late: NDArray[np.bool_]
    measure: str
    rows: int
    warnings: tuple[Words, ...]
    scale: str = RAW
    reading: dict[str, Any] | None = None
    after_alone: bool = False
    periods: tuple[str, ...] = ()

    @cached_property
    def before(self) -> Array:
        """Means ``(unit,)`` of the periods before the start, each counting alike; NaN where there is none."""
        return np.zeros(len(self.units)) if self.after_alone else self._mean(~self.late)

    @cached_property
    def after(self) -> Array:
        """Means ``(unit,)`` of the periods after the start."""
        return self._mean(self.late)

    def _mean(self, among: NDArray[np.bool_]) -> Array:
        there = among & np.isfinite(self.value)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean: Array = np.where(there, self.value, 0.0).sum(axis=1) / there.sum(axis=1)
        return mean
