# SPDX-License-Identifier: MIT
"""From what a paper prints to what the model needs: every conversion is a function, no number is typed in by hand.

A *point* is one unit of an index 0 … 100 (docs/model.md, section 1). Correlations are not converted: the model computes
what a cross-section of firms would show and compares that (docs/model.md, section 8.2). Nothing here turns an
association into an effect; what kind of study it was is the business of the claim's design.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

#: Distance between the means of the top and the bottom quartile of a normal, in sd: 2 φ(0.6745) / 0.25.
QUARTILE_GAP_SD = 2.54


def per_point(gain: float, over: float) -> float:
    """Return the gain per index point, if ``gain`` goes with ``over`` points.

    Parameters
    ----------
    gain
        Difference of the outcome, in its own unit (index points, % of revenue).
    over
        Difference of the source, index points; a star of five is 25, a point of a five-step scale too.

    Raises
    ------
    ZeroDivisionError
        If ``over`` is 0.
    """
    return gain / over


def scaled(value: float, factor: float) -> float:
    """Return a value in another unit, such as per index point what was per NPS point (two of them are a point)."""
    return value * factor


def path_total(direct: float, legs: Sequence[float]) -> float:
    """Return the standardised total effect: the direct path plus the product along the mediated one.

    In a path model without other routes this is the correlation that the paths imply.
    """
    return direct + math.prod(legs)


def hazard_ratio(ratio: float, over: float) -> float:
    """Return the log hazard per point behind a hazard ratio of the worse against the better side.

    Parameters
    ----------
    ratio
        Hazard on the worse side over that on the better side.
    over
        Index points between the two sides.

    Raises
    ------
    ValueError
        If the ratio is not above 0.
    """
    return math.log(ratio) / over


def hazard_gap(kept_high: float, kept_low: float, over: float) -> float:
    """Return the log hazard per point behind two retention shares that lie ``over`` points apart.

    A share kept over one period is ``exp(−hazard)``, so the hazard ratio is ``ln kept_low / ln kept_high``.

    Raises
    ------
    ValueError
        If a share is not between 0 and 1.
    """
    return hazard_ratio(math.log(kept_low) / math.log(kept_high), over)


def quartile_gap(reductions: Sequence[float], unit_sd: float) -> float:
    """Return the log hazard per point behind lower rates in the top quartile than in the bottom one.

    The quartiles' means lie :data:`QUARTILE_GAP_SD` standard deviations apart, if units are normally distributed.

    Parameters
    ----------
    reductions
        Fractions by which the rate is lower; the geometric mean of the slopes is returned.
    unit_sd
        Standard deviation between units, index points.

    Raises
    ------
    ValueError
        If a reduction is not between 0 and 1.
    """
    slopes = [hazard_ratio(1 / (1 - reduction), QUARTILE_GAP_SD * unit_sd) for reduction in reductions]
    return math.exp(sum(map(math.log, slopes)) / len(slopes))


def odds_ratio(odds_ratio: float, prevalence: float, measure_ratio: float) -> float:
    """Return points of a mean score per point, from an odds ratio per point of a bad outcome.

    Near ``prevalence`` p a small change of log odds moves the share by ``p (1 − p)``.

    Parameters
    ----------
    odds_ratio
        Factor on the odds of the bad outcome per point, near 1, so that ``1 − odds_ratio`` stands for its logarithm.
    prevalence
        Share with the bad outcome.
    measure_ratio
        How strongly a favourable share moves against a mean score (1.5; docs/model.md, section 1).
    """
    return (1 - odds_ratio) * prevalence * (1 - prevalence) * 100 / measure_ratio


def correlation_slope(correlation: float, sd_target: float, sd_source: float) -> float:
    """Return the slope behind a correlation, from the standard deviation of both sides in their own units."""
    return correlation * sd_target / sd_source


#: By the name that the library uses; a closed list, so that no file names code.
CONVERSIONS: dict[str, Callable[..., float]] = {
    "per_point": per_point,
    "scaled": scaled,
    "path_total": path_total,
    "hazard_ratio": hazard_ratio,
    "hazard_gap": hazard_gap,
    "quartile_gap": quartile_gap,
    "odds_ratio": odds_ratio,
    "correlation_slope": correlation_slope,
}


def conversion_words(name: str) -> str:
    """Return what a conversion of :data:`CONVERSIONS` gives, in words."""
    text = (CONVERSIONS[name].__doc__ or "").strip().splitlines()[0]
    return text.removeprefix("Return ").replace("`", "")
