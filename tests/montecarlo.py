# SPDX-License-Identifier: MIT
"""How far a sampled figure may lie from a known one: its Monte Carlo error, as the chains themselves show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from arviz_stats.base import array_stats
from numpy.typing import NDArray

#: Standard errors that are allowed: beyond them lie 7 of a million right results.
ERRORS = 4.5


def allowed(draws: NDArray[np.float64], method: str = "mean") -> float:
    """Return how far the ``mean`` or ``sd`` of draws ``(chain, draw)`` may lie from the true one."""
    error: Any = array_stats.mcse(draws, method=method, chain_axis=0, draw_axis=1)
    return ERRORS * float(error)


def check_quantiles(
    draws: NDArray[np.float64],
    told: Sequence[float] | NDArray[np.float64],
    probabilities: Sequence[float],
    others: float = np.inf,
) -> None:
    """Assert that draws ``(chain, draw)`` have the quantiles ``told``.

    Compared are probabilities, whose error needs no density: the share of draws below each. ``others`` is the effective
    number of draws behind what is told, where that was sampled too.
    """
    for quantile, p in zip(told, probabilities, strict=True):
        below = (draws <= quantile).astype(np.float64)
        error = np.hypot(allowed(below), ERRORS * np.sqrt(p * (1 - p) / others))
        assert abs(below.mean() - p) <= error, (quantile, p, below.mean())
