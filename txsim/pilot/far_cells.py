# SPDX-License-Identifier: MIT
"""Cells of a pilot that lie far from all others: they count, and what they do to the effect is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from txsim.errors import InputError
from txsim.language import Figure, Message, lazy
from txsim.panel.reader.panel import FEWEST
from txsim.panel.reader.scales import robust_width
from txsim.pilot.did import difference
from txsim.pilot.pilot_panel import Pilot

#: Robust standard deviations from its unit's median beyond which a cell is far.
_FAR = 8.0
#: Share of cells that can be far; where there are more, that is how the measure is.
_FEW = 0.01
_MOST = 3


def far_cells(pilot: Pilot, effect: float) -> list[Message]:
    """Return in words which cells lie far from all others, and what the effect is without them."""
    seen = np.isfinite(pilot.value)
    kept = pilot.value[seen]
    if kept.size < 8:
        return []
    middle = np.array([np.median(row[one]) if one.any() else 0.0 for row, one in zip(pilot.value, seen, strict=True)])
    own = np.where(seen, pilot.value - middle[:, None], 0.0)
    _, width = robust_width(own[seen])
    overall, spread = robust_width(kept)
    far = seen & (np.abs(own) > _FAR * width) & (np.abs(pilot.value - overall) > 0.5 * _FAR * spread)
    if not far.any() or far.sum() > max(1, _FEW * kept.size):
        return []
    others = pilot.value[seen & ~far]
    low, high = Figure(float(others.min()), "number"), Figure(float(others.max()), "number")
    try:
        without = difference(replace(pilot, value=np.where(far, np.nan, pilot.value)), placebos=False).effect
    except InputError:
        without = np.nan
    messages = []
    for unit, period in np.argwhere(far)[:_MOST]:
        few = 1 < pilot.answers[unit, period] < FEWEST
        value = lazy("a value") if few else Figure(float(pilot.value[unit, period]), "number")
        place = pilot.periods[period] if period < len(pilot.periods) else ""
        messages.append(
            lazy(
                "`{unit}` has {value} in {period}, far from all others ({low} … {high}): a slip of the pen?",
                unit=pilot.units[unit],
                value=value,
                period=place or lazy("its row"),
                low=low,
                high=high,
            )
        )
    if np.isfinite(without):
        messages.append(
            lazy(
                "cells far from all others count: the effect is {effect} with them, {without} without",
                effect=Figure(effect, "number+"),
                without=Figure(without, "number+"),
            )
        )
    return messages
