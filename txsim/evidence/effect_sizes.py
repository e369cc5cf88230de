# SPDX-License-Identifier: MIT
"""From what a study prints to an estimate with a standard error, on a scale on which estimates are about normal.

Formulas: Borenstein, Hedges, Higgins and Rothstein, Introduction to Meta-Analysis (Wiley 2009), chapters 4 to 6; zero
cells as Sweeting, Sutton and Lambert, Statistics in Medicine 23 (2004), 1351-1375, constant correction. Standard errors
from intervals and p values: Cochrane Handbook for Systematic Reviews of Interventions, chapter 6; Altman and Bland, BMJ
343 (2011), d2090 and d2304. Correlations from tests: Rosenthal, Meta-Analytic Procedures for Social Research (1991).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

from txsim.language import N_, lazy

#: An estimate may lie so far from the middle of its interval, as a share of the width: print is rounded.
_OFF_CENTRE = 0.2
#: What rounding hides of a printed ratio with one digit behind the point, and with two, which are usual.
_ROUNDED = 0.05, 0.005

#: Measures, and what the pooled number is.
MEASURES = {
    "estimate": N_("the estimate as it stands"),
    "correlation": N_("Fisher's z of the correlation"),
    "log_odds_ratio": N_("log odds ratio of the first against the second arm"),
    "log_hazard_ratio": N_("log hazard ratio of the first against the second arm"),
    "mean_difference": N_("difference of means, first less second arm"),
    "standardised_mean_difference": N_("difference of means in standard deviations (Hedges' g)"),
}


def correlation_z(r: float, n: float) -> tuple[float, float]:
    """Return Fisher's z of a correlation and its standard error, ``1/√(n − 3)``.

    Raises ValueError if the correlation is not between −1 and 1 or there are fewer than four observations.

    >>> z, se = correlation_z(0.5, 103)
    >>> round(z, 4), se
    (0.5493, 0.1)
    """
    if 2 <= abs(r) < 100:
        raise ValueError(lazy("a correlation lies between -1 and 1, it is {r:g}; if that is percent, write {share:g}",
                              r=r, share=r / 100))  # fmt: skip
    if not -1 < r < 1:
        raise ValueError(lazy("a correlation lies between -1 and 1, it is {r:g}", r=r))
    if not n > 3:
        raise ValueError(lazy("a correlation needs more than 3 observations, they are {number:g}", number=n))
    return math.atanh(r), 1 / math.sqrt(n - 3)


def t_from_p(p: float, df: float = math.inf) -> float:
    """Return the size of the test statistic behind a two-sided p value: the ``p/2`` quantile of Student's t, turned.

    ``p``: two-sided p value as it was printed; of ``p < 0.01`` the end, which makes the error no smaller than it was.
    ``df``: degrees of freedom; by default those of a normal. Raises ValueError if p is not between 0 and 1, or nothing
    is free.

    >>> round(t_from_p(0.05, 10), 3)
    2.228
    """
    from scipy.special import stdtrit

    if p == 0:
        raise ValueError(lazy("a p of 0 is a bound as it is printed: for .000 write 0.0005, for p < .001 write 0.001"))
    if not 0 < p < 1:
        raise ValueError(lazy("a p value lies between 0 and 1, it is {p:g}", p=p))
    if not df > 0:
        raise ValueError(lazy("degrees of freedom are above 0, they are {df:g}", df=df))
    return -float(stdtrit(df, p / 2)) if math.isfinite(df) else -NormalDist().inv_cdf(p / 2)


def se_from_p(estimate: float, p: float, df: float = math.inf) -> float:
    """Return the standard error behind an estimate and the two-sided p value of its being 0, ``|estimate| / t``.

    Raises :class:`ValueError` if the estimate is 0, for which no p value but 1 is possible, or p is not between 0 and
    1.
    """
    if estimate == 0:
        raise ValueError(lazy("an estimate of 0 has no error that follows from p: give `se` or `interval`"))
    return abs(estimate) / t_from_p(p, df)


def by_factors(studies: Sequence[tuple[float, float, float]], least: float = 0.01) -> bool:
    """Return whether estimates lie in the middle of their intervals by factors, not by differences, as ratios do.

    ``least``: share of the interval's width that estimates lie off its middle on average, at least: print is rounded.
    """
    if not studies or min(map(min, studies)) <= 0:
        return False
    plain = sum(abs((low + high) / 2 - estimate) / (high - low) for estimate, low, high in studies)
    logs = sum(abs(math.log(low * high) / 2 - math.log(estimate)) / math.log(high / low)
               for estimate, low, high in studies)  # fmt: skip
    return plain > 1.5 * logs and plain > least * len(studies)


def se_from_interval(estimate: float, low: float, high: float, level: float = 0.95, df: float = math.inf) -> float:
    """Return the standard error behind a confidence interval, its width over ``2 z``, or ``2 t`` of ``df``.

    Raises :class:`ValueError` if the estimate does not lie inside, or so far from the middle that the interval is one
    of another scale.
    """
    if not low < estimate < high:
        message = lazy("the estimate {estimate:g} must lie inside {low:g} … {high:g}", estimate=estimate, low=low,
                       high=high)  # fmt: skip
        raise ValueError(message)
    if abs((low + high) / 2 - estimate) > _OFF_CENTRE * (high - low):
        message = lazy(
            "the estimate {estimate:g} is not in the middle of {low:g} … {high:g}, so the interval is one of another "
            "scale or by another method: give `se`, or say a ratio as a ratio",
            estimate=estimate,
            low=low,
            high=high,
        )
        raise ValueError(message)
    z = t_from_p(1 - level, df) if math.isfinite(df) else NormalDist().inv_cdf((1 + level) / 2)
    return (high - low) / (2 * z)


def se_from_ratio(ratio: float, low: float, high: float, level: float = 0.95) -> float:
    """Return the standard error of the log of a ratio behind its confidence interval, in the middle by factors.

    Raises :class:`ValueError` if a figure is not above 0, the ratio does not lie inside, or is not in the middle; with
    figures as they came.
    """
    if not min(ratio, low, high) > 0:
        message = lazy("a ratio is above 0, as are both ends of its interval: {ratio:g}, {low:g} … {high:g}",
                       ratio=ratio, low=low, high=high)  # fmt: skip
        raise ValueError(message)
    if not low < ratio < high:
        message = lazy("the estimate {estimate:g} must lie inside {low:g} … {high:g}", estimate=ratio, low=low,
                       high=high)  # fmt: skip
        raise ValueError(message)
    width = math.log(high / low)
    off, plain = abs(math.log(low * high) / 2 - math.log(ratio)), abs((low + high) / 2 - ratio) / (high - low)
    hidden = _ROUNDED[any(round(figure, 1) != figure for figure in (ratio, low, high))]
    if off > hidden * (1 / ratio + 0.5 / low + 0.5 / high) and off / width > 1.5 * plain + 0.01:
        raise ValueError(
            lazy("the ratio {ratio:g} lies in the middle of {low:g} … {high:g} by differences, not by factors (that is "
                 "{middle:.3g}): is it a difference? Of a ratio give `se` of its logarithm, that of the ratio by the "
                 "ratio", ratio=ratio, low=low, high=high, middle=math.sqrt(low * high))
        )  # fmt: skip
    if off > _OFF_CENTRE * width:
        message = lazy(
            "the ratio {ratio:g} is not in the middle of {low:g} … {high:g} by factors (that is {middle:.3g}): is it "
            "a log or a difference? Else give `se` of its logarithm",
            ratio=ratio,
            low=low,
            high=high,
            middle=math.sqrt(low * high),
        )
        raise ValueError(message)
    return width / (2 * NormalDist().inv_cdf((1 + level) / 2))


def correlation_from_t(t: float, df: float) -> float:
    """Return the correlation behind a test of two variables, ``t / √(t² + df)``; of ``F(1, df)`` t is ``±√F``.

    Raises ValueError if there are no degrees of freedom.

    >>> round(correlation_from_t(2.0, 16), 4)
    0.4472
    """
    if not df > 0:
        raise ValueError(lazy("degrees of freedom are above 0, they are {df:g}", df=df))
    return t / math.sqrt(t**2 + df)


def share_difference(events1: float, n1: float, events2: float, n2: float) -> tuple[float, float]:
    """Return the difference of two shares, first less second arm, and its standard error (Wald).

    Where a cell is 0 the error is that of the shares with a half added to every cell, as the log odds ratio has it: two
    people without an event do not know their share exactly. Raises ValueError if counts are impossible, or no arm has
    an event or all have one, so that the error is not known.

    >>> share_difference(10, 100, 20, 100)
    (-0.1, 0.05)
    """
    log_odds_ratio(events1, n1, events2, n2)
    half = 0.5 * lacks_a_cell(events1, n1, events2, n2)
    arms = [((events + half) / (n + 2 * half), n + 2 * half) for events, n in ((events1, n1), (events2, n2))]
    return events1 / n1 - events2 / n2, math.sqrt(sum(share * (1 - share) / n for share, n in arms))


def lacks_a_cell(events1: float, n1: float, events2: float, n2: float) -> bool:
    """Return whether an arm has no event or nothing but events, so that a half is added to every cell."""
    return 0 in (events1, n1 - events1, events2, n2 - events2)


def log_hazard_ratio(events1: float, n1: float, events2: float, n2: float) -> tuple[float, float]:
    """Return the log ratio of hazards behind two shares of one period, first against second arm, and its error.

    A share that stays over a period is ``exp(−hazard)``, so the ratio is ``ln(1 − p1) / ln(1 − p2)``; the error follows
    by the delta method on ``ln(−ln(1 − p))`` (Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data).
    A half is added to every cell where one is 0.

    Raises :class:`ValueError` if counts are impossible, or no arm has an event or all have one.
    """
    log_odds_ratio(events1, n1, events2, n2)
    half = 0.5 * lacks_a_cell(events1, n1, events2, n2)
    logs, variance = [], 0.0
    for events, n in ((events1 + half, n1 + 2 * half), (events2 + half, n2 + 2 * half)):
        kept = 1 - events / n
        logs.append(math.log(-math.log(kept)))
        variance += (1 - kept) / (n * kept * math.log(kept) ** 2)
    return logs[0] - logs[1], math.sqrt(variance)


def log_odds_ratio(events1: float, n1: float, events2: float, n2: float) -> tuple[float, float]:
    """Return the log odds ratio of the first against the second arm and its standard error.

    A half is added to every cell of a study in which a cell is 0, and only there.

    Raises :class:`ValueError` if counts are impossible, or no arm has an event or all have one, so that the study says
    nothing.
    """
    for events, n in ((events1, n1), (events2, n2)):
        if not (0 <= events <= n and n > 0):
            message = lazy("events lie between 0 and n, they are {events:g} of {number:g}", events=events, number=n)
            raise ValueError(message)
    cells = [events1, n1 - events1, events2, n2 - events2]
    if (events1 == 0 and events2 == 0) or (events1 == n1 and events2 == n2):
        raise ValueError(lazy("both arms have no event, or nothing but events: nothing tells them apart; leave such a "
                              "study out of what is pooled, and say so"))  # fmt: skip
    if lacks_a_cell(events1, n1, events2, n2):
        cells = [cell + 0.5 for cell in cells]
    a, b, c, d = cells
    return math.log(a * d / (b * c)), math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)


def mean_difference(mean1: float, sd1: float, n1: float, mean2: float, sd2: float, n2: float) -> tuple[float, float]:
    """Return the difference of two means and its standard error, variances not pooled.

    Raises :class:`ValueError` if a standard deviation is not above 0 or an arm has nobody.
    """
    _arms(sd1, n1, sd2, n2)
    return mean1 - mean2, math.sqrt(sd1**2 / n1 + sd2**2 / n2)


def standardised_mean_difference(
    mean1: float, sd1: float, n1: float, mean2: float, sd2: float, n2: float
) -> tuple[float, float]:
    """Return Hedges' g, the difference in pooled standard deviations corrected for small samples, and its error.

    The error is √(1/n1 + 1/n2 + g²/(2N)), as metafor has it (Viechtbauer, J. Stat. Software 36 (2010), 3).

    Raises :class:`ValueError` if a standard deviation is not above 0 or there are fewer than three people.
    """
    _arms(sd1, n1, sd2, n2)
    free = n1 + n2 - 2
    if free < 1:
        raise ValueError(lazy("three people at least are needed for a standardised difference"))
    pooled = math.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / free)
    small = math.exp(math.lgamma(free / 2) - math.lgamma((free - 1) / 2)) / math.sqrt(free / 2) if free > 1 else 1.0
    g = small * (mean1 - mean2) / pooled
    return g, math.sqrt(1 / n1 + 1 / n2 + g**2 / (2 * (n1 + n2)))


def _arms(sd1: float, n1: float, sd2: float, n2: float) -> None:
    for sd, n in ((sd1, n1), (sd2, n2)):
        if not sd > 0:
            raise ValueError(lazy("a standard deviation is above 0, it is {sd:g}", sd=sd))
        if not n >= 1:
            raise ValueError(lazy("an arm has one person at least, here {number:g}", number=n))
