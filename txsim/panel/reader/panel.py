# SPDX-License-Identifier: MIT
"""A panel as values: units × periods × two series."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from txsim.panel.reader.link_spec import RAW
from txsim.types import Array
from txsim.units import MEASURES, SCALES

#: Cells with fewer respondents are never shown by themselves: employees' answers are private.
FEWEST = 10


@dataclass(frozen=True)
class Panel:
    """Units × periods × (EX, CX)."""

    units: tuple[str, ...]  #: Names.
    #: ``start``, ``step``: First period in months since the year 0 (or a plain count), and months from one period to
    #: the next.
    start: float
    step: float
    calendar: bool  #: Whether ``start`` is a month of the calendar.
    #: ``(unit, period, 2)``: index points, or the file's own unit where the scale is raw; NaN where there is no value.
    y: Array
    n: Array  #: ``(unit, period, 2)`` respondents, NaN where not told.
    #: ``(unit, period, 2)`` expected variance of the mean of the cell's answers, in squared units of ``y``; NaN where
    #: respondents are not told.
    variance: Array
    scales: tuple[str, ...]  #: Name of the scale of EX and of CX.
    #: ``kind``, ``cluster``: ``(unit,)`` kind of unit and cluster of units that share raters, empty where not told.
    kind: tuple[str, ...] = ()
    cluster: tuple[str, ...] = ()
    pilot: Array | None = None
    outcomes: dict[str, Array] = field(default_factory=dict)  #: Financial outcomes by name, ``(unit, period)``.
    #: EX by staff group: name → ``(unit, period)`` values and respondents.
    groups: dict[str, tuple[Array, Array, Array]] = field(default_factory=dict)
    names: tuple[str, ...] = ()  #: Of the periods, where they are not so many months apart, as in a pilot.

    @property
    def raw(self) -> bool:
        """Whether a series has no known scale, so that everything is told in standard deviations."""
        return RAW in self.scales

    @property
    def sd_ratio(self) -> tuple[float, float]:
        """How strongly each series moves against a mean score."""
        return (_ratio(self.scales[0]), _ratio(self.scales[1]))

    def counts(self) -> dict[str, Any]:
        """Return how much there is."""
        seen = np.isfinite(self.y)
        both = seen.all(axis=2)
        n = self.n[np.isfinite(self.n)]
        return {
            "units": len(self.units),
            "periods": self.y.shape[1],
            "period_months": self.step if self.calendar else None,
            "cells": {"ex": int(seen[..., 0].sum()), "cx": int(seen[..., 1].sum()), "both": int(both.sum())},
            "waves_per_unit": float(np.median(seen.any(axis=2).sum(axis=1))),
            "respondents_per_cell": float(np.median(n)) if n.size else None,
        }

    def label(self, period: int) -> str:
        """Return the name of a period."""
        if self.names:
            return self.names[period]
        if not self.calendar:
            return f"{self.start + period * self.step:g}"
        month = round(self.start + period * self.step)
        year, rest = divmod(month, 12)
        if self.step % 12 == 0:
            return str(year)
        if self.step % 3 == 0:
            return f"{year}-Q{rest // 3 + 1}"
        return f"{year}-{rest + 1:02d}"


def _ratio(scale: str) -> float:
    return MEASURES[SCALES[scale].measure] if scale in SCALES else 1.0
