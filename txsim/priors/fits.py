# SPDX-License-Identifier: MIT
"""From an interval or quantiles that people state to a distribution, and how far it misses what they said.

A log-normal or normal through two numbers needs no scipy, for that is how most quantities in a scenario are written.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from txsim.language import Message, lazy
from txsim.priors.distributions import Z95, Distribution, beta, cdf, from_scores, support
from txsim.priors.splines import SPLINES, spline_args
from txsim.types import Array

#: Families that can be fitted to quantiles.
FITTED = ("lognormal", "normal", "gamma", "beta", "split_lognormal", "split_normal", *SPLINES)
#: Of the range from the lowest to the highest stated value, what a fit may miss; and what is worth a remark.
LARGEST_MISS, SMALL_MISS = 0.2, 0.05
#: Largest mass beyond the physical limits that is moved onto them instead of being refused.
CLIPPED_MASS = 0.001
#: Highest limit of what a family between 0 and 1 is offered for: shares, and those that may exceed all of it.
_SHARES = 2.0


def from_interval(low: float, high: float, median: float | None = None, family: str | None = None) -> Distribution:
    """Return a distribution with the 90 % interval ``low … high``.

    ``low``, ``high``: 5 % and 95 % quantiles. ``median``: kept exactly where given, for a log-normal or normal
    (docs/model.md, section 8): then ``sigma = ln(high/low) / (2 · 1.6449)``, and the interval holds as a ratio only.
    See :func:`misfit`. ``family``: ``lognormal`` (default where ``low > 0``), ``normal`` (default otherwise),
    ``uniform``, ``beta`` or ``gamma``; the last two are fitted, exactly where no median is given, see
    :func:`fit_quantiles`. Raises ValueError if the numbers are out of order or lie outside the family's support.
    """
    if not low < high:
        message = lazy("an interval goes from low to high, this one from {low:g} to {high:g}", low=low, high=high)
        raise ValueError(message)
    if median is not None and not low < median < high:
        message = lazy(
            "the median {median:g} must lie inside the interval {low:g} … {high:g}", median=median, low=low, high=high
        )
        raise ValueError(message)
    chosen = family or ("lognormal" if low > 0 else "normal")
    if chosen == "lognormal":
        if low <= 0:
            raise ValueError(lazy("a log-normal lies above 0, the interval begins at {low:g}", low=low))
        middle = math.log(median) if median is not None else (math.log(low) + math.log(high)) / 2
        return Distribution("lognormal", (middle, math.log(high / low) / (2 * Z95)))
    if chosen == "normal":
        middle = median if median is not None else (low + high) / 2
        return Distribution("normal", (middle, (high - low) / (2 * Z95)))
    if chosen == "uniform":
        if median is not None and not math.isclose(median, (low + high) / 2, rel_tol=1e-9):
            message = lazy(
                "the median of a uniform is the middle of its interval, {low:g}, not {median:g}",
                low=(low + high) / 2,
                median=median,
            )
            raise ValueError(message)
        margin = (high - low) / 18  # 5 % of the width beyond each end
        return Distribution("uniform", (low - margin, high + margin))
    return fit_quantiles({0.05: low, 0.95: high} | ({0.5: median} if median is not None else {}), chosen)[0]


def fit_quantiles(quantiles: Mapping[float, float], family: str | None = None) -> tuple[Distribution, float]:
    """Return the distribution that fits stated quantiles best, and how far it misses.

    ``quantiles``: value by probability, two at least, in order. ``family``: one of :data:`FITTED`; by default
    log-normal for positive values, else normal. Returns the fit by least squares on the distribution function (as in
    the Sheffield Elicitation Framework, SHELF; exact for two quantiles; a spline goes through all of them), and its
    :func:`misfit`. Raises :class:`ValueError` if probabilities or values are out of order or outside the family's
    support.
    """
    levels = sorted(quantiles)
    values = [float(quantiles[level]) for level in levels]
    chosen = family or ("lognormal" if values and values[0] > 0 else "normal")
    _check(levels, values, chosen)
    from statistics import NormalDist

    if chosen in SPLINES:
        fit = Distribution(chosen, spline_args(quantiles, chosen))
        return fit, misfit(fit, quantiles)
    probabilities, known = np.array(levels), np.array(values)
    scores = np.array([NormalDist().inv_cdf(level) for level in levels])
    if chosen in ("split_lognormal", "split_normal"):
        fit = _split(chosen, scores, known)
        return fit, misfit(fit, quantiles)
    if chosen in ("lognormal", "normal"):
        slope, middle = np.polyfit(scores, np.log(known) if chosen == "lognormal" else known, 1)
        through = Distribution(chosen, (float(middle), float(slope)))
        if len(levels) == 2:
            return through, misfit(through, quantiles)
        best = _least_squares(probabilities, known, through)
    else:
        slope, middle = np.polyfit(scores, known, 1)
        if chosen == "gamma":
            size = max((middle / slope) ** 2 if middle > 0 else 0.0, 0.05)
            first = Distribution("gamma", (size, size / max(float(np.mean(known)), 1e-300)))
        else:
            centre = min(max(float(middle), min(0.02, values[0])), max(0.98, values[-1]))
            size = max(centre * (1 - centre) / slope**2 - 1, 0.5)
            first = beta(centre * size, (1 - centre) * size)
        best = _least_squares(probabilities, known, first)
    return best, misfit(best, quantiles)


def misfit(d: Distribution, quantiles: Mapping[float, float]) -> float:
    """Return the largest difference of probability between a distribution and stated quantiles."""
    return max(abs(chance_below(d, float(value)) - level) for level, value in quantiles.items())


def shown(values: Iterable[float]) -> str:
    """Return values as they stand side by side in a message, three digits each: ``1000 · 3000 · 6000``."""
    return " · ".join(f"{float(f'{value:.3g}'):.15g}" for value in values)


def value_at(d: Distribution, level: float) -> float:
    """Return one quantile, without scipy where that is possible."""
    from statistics import NormalDist

    return float(from_scores(d, NormalDist().inv_cdf(level)))


def missed_values(d: Distribution, quantiles: Mapping[float, float]) -> float:
    """Return by how much a distribution misses stated quantiles, in their unit, as a share of the range they span.

    Probabilities say little of a tail: 0.93 in place of 0.95 may be 12 in place of 60.
    """
    values = [float(value) for value in quantiles.values()]
    width = max(values) - min(values)
    missed = max(abs(value_at(d, level) - float(value)) for level, value in quantiles.items())
    return missed / width if width > 0 else math.inf


def fitting(quantiles: Mapping[float, float], low: float = -math.inf, high: float = math.inf) -> str | None:
    """Return the family that misses stated quantiles least, hardly and within limits; ``None`` if none does."""
    candidates = []
    for i, family in enumerate(FITTED):
        share = low >= 0 and high <= _SHARES and max(quantiles.values()) < 1  # which nothing then leads out of 0 … 1
        if share != (family in ("beta", "spline_logitnormal")):
            continue
        try:
            d, _ = fit_quantiles(quantiles, family)
        except ValueError:
            continue
        if mass_beyond(d, low, high) > CLIPPED_MASS:
            continue
        candidates.append((round(missed_values(d, quantiles), 3), i, family))
    return min(candidates)[2] if candidates and min(candidates)[0] <= SMALL_MISS else None


def _split(family: str, scores: Array, known: Array) -> Distribution:
    """Return the split normal nearest to quantiles by least squares on normal scores; exact for three with a median."""
    if len(known) < 3:
        raise ValueError(lazy("a {family} needs three values: below, at and above the median", family=family))
    design = np.stack([np.ones_like(scores), np.minimum(scores, 0), np.maximum(scores, 0)], axis=1)
    values = np.log(known) if family == "split_lognormal" else known
    if np.linalg.matrix_rank(design) < 3:
        raise ValueError(lazy("a {family} needs values on both sides of the median", family=family))
    middle, below, above = np.linalg.lstsq(design, values, rcond=None)[0]
    if min(below, above) <= 0:
        raise ValueError(lazy("no {family} goes through these values", family=family))
    return Distribution(family, (float(middle), float(below), float(above)))


def chance_below(d: Distribution, x: float) -> float:
    """Return the distribution function at one value, without scipy where that is possible."""
    if d.family in ("lognormal", "normal"):
        if d.family == "lognormal" and x <= 0:
            return 0.0
        score = ((math.log(x) if d.family == "lognormal" else x) - d.args[0]) / d.args[1]
        return 0.5 * math.erfc(-score / math.sqrt(2.0))
    return float(cdf(d, x))


def mass_beyond(d: Distribution, low: float, high: float) -> float:
    """Return how much of a distribution lies below and above limits."""
    bottom, top = support(d)
    return (chance_below(d, low) if bottom < low else 0.0) + (1 - chance_below(d, high) if top > high else 0.0)


def one_sided(levels: Sequence[float]) -> Message | None:
    """Return what is wrong with probabilities that leave one side of the middle unsaid; ``None`` if both are said.

    The middle itself and one end are two numbers for families of two.
    """
    below, above = levels[0] < 0.4, levels[-1] > 0.6
    if (below and above) or (0.5 in levels and (below or above)):
        return None
    return lazy("the smallest probability must be below 0.4 and the largest above 0.6")


def refuse_one_sided(levels: Sequence[float]) -> None:
    """Refuse probabilities of people that leave one side of the middle unsaid; one alone is refused for itself."""
    if len(levels) > 1 and (unsaid := one_sided(levels)) is not None:
        raise ValueError(unsaid)


def _check(levels: list[float], values: list[float], family: str) -> None:
    if family not in FITTED:
        message = lazy(
            "values by probability can be fitted by {fitted}, not by {family}", fitted=", ".join(FITTED), family=family
        )
        raise ValueError(message)
    if len(levels) < 2:
        raise ValueError(lazy("at least two values with their probability are needed"))
    if not all(0 < level < 1 for level in levels):
        raise ValueError(lazy("probabilities lie between 0 and 1"))
    if any(later <= earlier for earlier, later in itertools.pairwise(values)):
        raise ValueError(lazy("values must rise with their probability"))
    if family in ("lognormal", "split_lognormal", "spline_lognormal", "gamma") and values[0] <= 0:
        message = lazy("a {family} lies above 0, the smallest value is {values:g}", family=family, values=values[0])
        raise ValueError(message)
    if family in ("beta", "spline_logitnormal") and not (values[0] > 0 and values[-1] < 1):
        raise ValueError(lazy("a {family} lies between 0 and 1", family=family))


def minimise(
    cdf_of: Callable[[Array], Array], probabilities: Array, first: Array, weights: Array | None = None
) -> tuple[Array, float]:
    """Return the numbers whose distribution function is nearest to stated probabilities, and the sum of squares.

    The search runs on scores first, where the functions are nearly straight and a poor guess does no harm, then on
    probabilities, which is what is minimised.

    ``cdf_of``: distribution function at the stated values, by the numbers that are searched. ``probabilities``: stated
    probabilities, shape ``(n,)``.
    """
    from scipy.optimize import least_squares
    from scipy.special import ndtri

    root = np.ones_like(probabilities) if weights is None else np.sqrt(weights)

    def scores(p: Array) -> Array:
        return np.asarray(ndtri(np.clip(p, 1e-300, 1 - 1e-16)), dtype=np.float64)

    inner = (probabilities > 0) & (probabilities < 1)
    theta = first
    for residual in (
        lambda theta: (scores(cdf_of(theta)) - scores(probabilities)) * root * inner,
        lambda theta: (cdf_of(theta) - probabilities) * root,
    ):
        theta = least_squares(residual, theta, jac="3-point", x_scale="jac", xtol=1e-15, ftol=1e-15, gtol=1e-15).x
    return np.asarray(theta), float(np.sum(((cdf_of(theta) - probabilities) * root) ** 2))


def _least_squares(probabilities: Array, known: Array, first: Distribution) -> Distribution:
    """Return the member of a family of two numbers that is nearest to the quantiles, from a first guess.

    Numbers above 0 are searched as logs.
    """
    family = first.family
    logged = np.array([family in ("gamma", "beta"), True])

    def made(theta: Array) -> Distribution:
        a, b = np.where(logged, np.exp(np.clip(theta, -40, 40)), theta)
        return beta(a, b) if family == "beta" else Distribution(family, (float(a), float(b)))

    start = np.array(first.args[:2])
    theta = np.where(logged, np.log(np.where(logged, start, 1.0)), start)
    return made(minimise(lambda theta: cdf(made(theta), known), probabilities, theta)[0])
