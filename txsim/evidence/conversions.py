# SPDX-License-Identifier: MIT
"""From what a paper prints to what the model needs: every conversion is a function, no number is typed in by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

__all__ = [
    "CONVERSIONS",
    "correlation_slope",
    "hazard_gap",
    "odds_ratio",
    "path_total",
    "per_point",
    "quartile_gap",
    "scaled",
]

#: Distance between the means of top and bottom quartile of a normal, in sd.
QUARTILE_GAP_SD = 2.54


def per_point(gain: float, over: float) -> float:
    """Return the gain per index point, if ``gain`` goes with ``over`` points."""
    return gain / over


def scaled(value: float, factor: float) -> float:
    """Return a value in another unit."""
    return value * factor


def path_total(direct: float, legs: Sequence[float]) -> float:
    """Return the standardised total effect: the direct path plus the product along the mediated one."""
    return direct + math.prod(legs)


def quartile_gap(reductions: Sequence[float], unit_sd: float) -> float:
    """Return the log hazard per point behind lower rates in the top quartile than in the bottom one.

    Parameters
    ----------
    reductions
        Fractions by which the rate is lower; the geometric mean of the slopes is returned.
    unit_sd
        Standard deviation between units, index points.
    """
    slopes = [-math.log(1 - reduction) / (QUARTILE_GAP_SD * unit_sd) for reduction in reductions]
    return math.exp(sum(map(math.log, slopes)) / len(slopes))


def odds_ratio(odds_ratio: float, prevalence: float, measure_ratio: float) -> float:
    """Return points of a mean score per point, from an odds ratio per point of a bad outcome.

    Near ``prevalence`` p a small change of log odds moves the share by ``p (1 − p)``; ``measure_ratio`` turns a
    favourable share into a mean score.
    """
    return (1 - odds_ratio) * prevalence * (1 - prevalence) * 100 / measure_ratio


def correlation_slope(correlation: float, sd_target: float, sd_source: float) -> float:
    """Return the slope behind a correlation, from the sd of both sides."""
    return correlation * sd_target / sd_source


def hazard_gap(kept_high: float, kept_low: float, over: float) -> float:
    """Return the log hazard per point behind two retention shares that lie ``over`` points apart."""
    return math.log(math.log(kept_low) / math.log(kept_high)) / over


#: By the name that the library uses.
CONVERSIONS: dict[str, Callable[..., float]] = {
    "per_point": per_point,
    "scaled": scaled,
    "path_total": path_total,
    "quartile_gap": quartile_gap,
    "odds_ratio": odds_ratio,
    "correlation_slope": correlation_slope,
    "hazard_gap": hazard_gap,
}
