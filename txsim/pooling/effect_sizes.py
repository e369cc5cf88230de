# SPDX-License-Identifier: MIT
"""From what a study prints to an estimate with a standard error, on a scale on which estimates are about normal.

Formulas: Borenstein, Hedges, Higgins and Rothstein, Introduction to Meta-Analysis (Wiley 2009), chapters 4 to 6; zero
cells as Sweeting, Sutton and Lambert, Statistics in Medicine 23 (2004), 1351-1375, constant correction.
"""

from __future__ import annotations

import math

from txsim.language import N_, lazy

__all__ = ["MEASURES", "correlation_z", "log_odds_ratio", "mean_difference", "standardised_mean_difference"]

#: Measures, and what the pooled number is.
MEASURES = {
    "estimate": N_("the estimate as it stands"),
    "correlation": N_("Fisher's z of the correlation"),
    "log_odds_ratio": N_("log odds ratio of the first against the second arm"),
    "mean_difference": N_("difference of means, first less second arm"),
    "standardised_mean_difference": N_("difference of means in standard deviations (Hedges' g)"),
}


def correlation_z(r: float, n: float) -> tuple[float, float]:
    """Return Fisher's z of a correlation and its standard error, ``1/√(n − 3)``.

    Raises
    ------
    ValueError
        If the correlation is not between −1 and 1 or there are fewer than four observations.
    """
    if not -1 < r < 1:
        message = lazy("a correlation lies between -1 and 1, it is {r:g}", r=r)
        raise ValueError(message)
    if not n > 3:
        message = lazy("a correlation needs more than 3 observations, they are {number:g}", number=n)
        raise ValueError(message)
    return math.atanh(r), 1 / math.sqrt(n - 3)


def log_odds_ratio(events1: float, n1: float, events2: float, n2: float) -> tuple[float, float]:
    """Return the log odds ratio of the first against the second arm and its standard error.

    A half is added to every cell of a study in which a cell is 0, and only there.

    Raises
    ------
    ValueError
        If counts are impossible, or no arm has an event or all have one, so that the study says nothing.
    """
    for events, n in ((events1, n1), (events2, n2)):
        if not (0 <= events <= n and n > 0):
            message = lazy("events lie between 0 and n, they are {events:g} of {number:g}", events=events, number=n)
            raise ValueError(message)
    cells = [events1, n1 - events1, events2, n2 - events2]
    if (events1 == 0 and events2 == 0) or (events1 == n1 and events2 == n2):
        message = lazy("both arms have no event, or nothing but events: an odds ratio says nothing here")
        raise ValueError(message)
    if 0 in cells:
        cells = [cell + 0.5 for cell in cells]
    a, b, c, d = cells
    return math.log(a * d / (b * c)), math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)


def mean_difference(mean1: float, sd1: float, n1: float, mean2: float, sd2: float, n2: float) -> tuple[float, float]:
    """Return the difference of two means and its standard error, variances not pooled.

    Raises
    ------
    ValueError
        If a standard deviation is not above 0 or an arm has nobody.
    """
    _arms(sd1, n1, sd2, n2)
    return mean1 - mean2, math.sqrt(sd1**2 / n1 + sd2**2 / n2)


def standardised_mean_difference(
    mean1: float, sd1: float, n1: float, mean2: float, sd2: float, n2: float
) -> tuple[float, float]:
    """Return Hedges' g, the difference in pooled standard deviations corrected for small samples, and its error.

    Raises
    ------
    ValueError
        If a standard deviation is not above 0 or there are fewer than three people.
    """
    _arms(sd1, n1, sd2, n2)
    free = n1 + n2 - 2
    if free < 1:
        message = lazy("three people at least are needed for a standardised difference")
        raise ValueError(message)
    pooled = math.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / free)
    small = math.exp(math.lgamma(free / 2) - math.lgamma((free - 1) / 2)) / math.sqrt(free / 2) if free > 1 else 1.0
    g = small * (mean1 - mean2) / pooled
    return g, math.sqrt(1 / n1 + 1 / n2 + g**2 / (2 * (n1 + n2)))


def _arms(sd1: float, n1: float, sd2: float, n2: float) -> None:
    for sd, n in ((sd1, n1), (sd2, n2)):
        if not sd > 0:
            message = lazy("a standard deviation is above 0, it is {sd:g}", sd=sd)
            raise ValueError(message)
        if not n >= 1:
            message = lazy("an arm has one person at least, here {number:g}", number=n)
            raise ValueError(message)
