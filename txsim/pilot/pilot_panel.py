# SPDX-License-Identifier: MIT
"""A finished pilot as values: units × periods of one measure, and who took part."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.language import Words
from txsim.panel.reader.cells import Cells
from txsim.panel.reader.link_spec import RAW
from txsim.panel.reader.panel import Panel
from txsim.panel.reader.panel_checks import ask_carried_on, ask_noughts
from txsim.types import Array
from txsim.units import SCALES


@dataclass(frozen=True)
class Pilot:
    """A finished pilot as values."""

    units: tuple[str, ...]  #: Names.
    treated: NDArray[np.bool_]  #: ``(unit,)`` whether the unit took part.
    value: Array  #: ``(unit, period)`` means of the measure on its scale, NaN where there is none; periods in order.
    answers: Array  #: ``(unit, period)`` answers that each mean is of, 1 where that is not known.
    late: NDArray[np.bool_]  #: ``(unit, period)`` whether the cell lies after the start.
    measure: str  #: Name of the measure: `ex`, `cx` or the column's own.
    rows: int  #: Rows read.
    warnings: tuple[Words, ...]  #: What was taken for granted.
    scale: str = RAW  #: Name of the scale that the measure was read on, ``raw`` where it has none.
    reading: dict[str, Any] | None = None  #: How the file was read, keys in docs/schema.md.
    #: Whether nothing was measured before the start, so that units drawn at random are compared afterwards.
    after_alone: bool = False
    periods: tuple[str, ...] = ()  #: Names of the periods, empty where the file has none.
    when: tuple[float, ...] = ()  #: Their months, or their numbers; empty where that is not known of all.

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


def ask_of_panel(cells: Cells, pilot: Pilot, single: bool) -> None:
    """Ask what is asked of each series of a panel: values carried on, and noughts on end.

    Raises :class:`InputError` as :func:`txsim.panel.reader.panel_checks.ask_carried_on` and
    :func:`txsim.panel.reader.panel_checks.ask_noughts`.
    """
    scale = SCALES.get(pilot.scale)
    y = (pilot.value if scale is None else scale.level_to_index(pilot.value))[..., None]
    n = np.where(pilot.answers > 1, pilot.answers, np.nan)[..., None]
    panel = Panel(pilot.units, 0.0, 1.0, False, y, n, n, (pilot.scale,), names=pilot.periods)
    ask_carried_on(panel, cells, [single], [pilot.measure])
    ask_noughts(panel, cells, [pilot.measure])
