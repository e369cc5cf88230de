# SPDX-License-Identifier: MIT
"""Judgements in other forms than quantiles: chips, an interval with its most likely value, shares, a population."""

from __future__ import annotations

import itertools
import math
import threading

import numpy as np
from numpy.typing import ArrayLike

from txsim.elicit.families import Elicited, cdf_of
from txsim.language import lazy
from txsim.types import Array

_FITTING = threading.Lock()
#: Share of chips that may lie in the bin at one end: with more the middle is unknown.
_MOST_AT_AN_END = 0.4


def chips_to_cdf(edges: ArrayLike, chips: ArrayLike) -> tuple[Array, Array]:
    """Return values and probabilities from the roulette method: chips laid on bins.

    ``edges``: bounds of the bins, rising. Shape ``(n + 1,)``. ``chips``: chips on each bin. Shape ``(n,)``. Returns
    inner values and the share of chips below each, without the empty ends: an end that holds no chip is not impossible,
    it was not believed worth a chip. Raises ValueError if bounds do not rise, there are not one more of them than bins,
    or fewer than two bins hold chips.

    >>> chips_to_cdf([0, 10, 20], [1, 3])[1].tolist()
    [0.0, 0.25, 1.0]
    """
    ends, counts = np.asarray(edges, dtype=float), np.asarray(chips, dtype=float)
    if ends.ndim != 1 or counts.shape != (len(ends) - 1,):
        message = lazy(
            "one more bound than bins is needed, found {bounds} bounds and {bins} bins",
            bounds=ends.size,
            bins=counts.size,
        )
        raise ValueError(message)
    if np.any(np.diff(ends) <= 0) or not np.all(np.isfinite(ends)):
        raise ValueError(lazy("bounds of bins must rise"))
    if np.any(counts < 0) or np.sum(counts > 0) < 2:
        raise ValueError(lazy("chips must be at least 0 and lie on two bins at least"))
    below = np.cumsum(counts) / counts.sum()
    used = np.nonzero(counts)[0]
    first, last = int(used[0]), int(used[-1])
    values = np.concatenate(([ends[first]], ends[1:][first : last + 1]))
    return values, np.concatenate(([0.0], below[first : last + 1]))


def inner_chips(edges: ArrayLike, chips: ArrayLike) -> tuple[Array, Array]:
    """Return the values inside of the bins that hold chips, and the share of chips below each, to be fitted.

    The ends are limits of what was said, not probabilities 0 and 1.

    Raises :class:`ValueError` as for :func:`chips_to_cdf`; if chips lie on fewer than three bins, or most of them in
    the bin at one end.
    """
    values, below = chips_to_cdf(edges, chips)
    if len(values) < 4:
        raise ValueError(lazy("chips are needed on three bins at least: take narrower ones"))
    if below[1] > _MOST_AT_AN_END or below[-2] < 1 - _MOST_AT_AN_END:
        raise ValueError(lazy("more than four chips in ten lie in the bin at one end: cut it into narrower ones"))
    return values[1:-1], below[1:-1]


def from_interval_and_mode(
    low: float,
    high: float,
    most_likely: float,
    *,
    mass: float = 0.9,
    family: str = "lognormal",
    lower: float = 0.0,
    upper: float = 1.0,
) -> Elicited:
    """Return the distribution of a family that is most spread out, given an interval and the most likely value.

    Maximum entropy, by PreliZ: of all members that hold ``mass`` between ``low`` and ``high`` and have their mode at
    ``most_likely``, the one that adds least.

    ``low``, ``high``, ``mass``: the interval, and how probable it is. ``most_likely``: the mode. ``family``:
    ``lognormal``, ``gamma``, ``normal`` or ``beta``. ``lower``, ``upper``: limits of a beta; ``lower`` also of a
    log-normal and gamma. Raises ValueError if the numbers are out of order or outside the family's support.
    """
    if not low < most_likely < high:
        message = lazy(
            "the most likely value {most_likely:g} must lie inside {low:g} … {high:g}",
            most_likely=most_likely,
            low=low,
            high=high,
        )
        raise ValueError(message)
    if not 0 < mass < 1:
        raise ValueError(lazy("the probability of the interval lies between 0 and 1, it is {mass:g}", mass=mass))
    if family not in ("lognormal", "gamma", "normal", "beta"):
        raise ValueError(
            lazy("lognormal, gamma, normal or beta can be fitted to a most likely value, not {family}", family=family)
        )
    if (family != "normal" and low < lower) or (family == "beta" and high > upper):
        message = lazy(
            "the interval {low:g} … {high:g} leaves the support of a {family}, from {lower:g}{upper}",
            low=low,
            high=high,
            family=family,
            lower=lower,
            upper=lazy(" to {upper:g}", upper=upper) if family == "beta" else "",
        )
        raise ValueError(message)
    shift, width = (0.0, 1.0) if family == "normal" else (lower, upper - lower if family == "beta" else 1.0)
    params = _most_spread(family, (low - shift) / width, (high - shift) / width, (most_likely - shift) / width, mass)
    bounds = {"normal": (-math.inf, math.inf), "beta": (lower, upper)}.get(family, (lower, math.inf))
    fit = Elicited(family, params, *bounds)
    missed = abs(float(fit.cdf(high) - fit.cdf(low)) - mass)
    return Elicited(family, params, *bounds, missed**2, missed)


def _most_spread(family: str, low: float, high: float, mode: float, mass: float) -> tuple[float, ...]:
    """Return the numbers of the distribution of maximum entropy."""
    import warnings

    # PreliZ and what it imports warn of their own affairs. Filters are those of the process: one thread at a time.
    with _FITTING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import preliz

        made = {"lognormal": preliz.LogNormal, "gamma": preliz.Gamma, "normal": preliz.Normal, "beta": preliz.Beta}
        chosen = made[family]()
        # In units of the most likely value, so that the optimiser sees numbers near 1 whatever the scale.
        unit = 1.0 if family == "beta" else (high - low if family == "normal" else mode)
        origin = mode if family == "normal" else 0.0
        ends, middle = ((low - origin) / unit, (high - origin) / unit), (mode - origin) / unit
        preliz.maxent(chosen, *ends, mass, fixed_stat=("mode", middle), plot=False)
    first = float(chosen.sigma if family in ("normal", "lognormal") else chosen.alpha)
    numbers = _held(family, middle, first, ends, mass)
    if family == "normal":
        return origin, numbers[1] * unit
    if family == "lognormal":
        return numbers[0] + math.log(unit), numbers[1]
    return (numbers[0], numbers[1] / unit) if family == "gamma" else numbers


def _held(family: str, mode: float, first: float, ends: tuple[float, float], mass: float) -> tuple[float, ...]:
    """Return numbers near PreliZ's that keep the mode and hold the mass to all digits, where there are such."""
    from scipy.optimize import brentq

    def numbers(size: float) -> tuple[float, float]:
        if family == "normal":
            return mode, size
        if family == "lognormal":
            return math.log(mode) + size**2, size
        # A gamma's rate, a beta's second number, from the mode.
        second = (size - 1) / mode if family == "gamma" else 1 + (size - 1) * (1 - mode) / mode
        return size, second

    def excess(size: float) -> float:
        at_low, at_high = cdf_of(family, numbers(size), np.array(ends))
        return float(at_high - at_low - mass)

    # Sizes of a gamma and beta are counted from 1, below which there is no inner mode.
    base = 1.0 if family in ("gamma", "beta") else 0.0
    for reach in (1.05, 1.3, 3.0):
        low, high = (base + max(first - base, 1e-6) * factor for factor in (1 / reach, reach))
        if excess(low) * excess(high) < 0:
            return numbers(float(brentq(excess, low, high, xtol=1e-14)))
    # PreliZ may end where nothing is left of the mode: the flattest member that holds the mass is what is meant.
    sizes = base + np.geomspace(1e-6, 1e3, 46)
    for low, high in itertools.pairwise(sizes.tolist() if base else ()):
        if excess(low) * excess(high) < 0:
            return numbers(float(brentq(excess, low, high, xtol=1e-14)))
    return numbers(max(first, base + 1e-6))


def fit_dirichlet(marginals: ArrayLike, total: str = "opt") -> Array:
    """Return the parameters of a Dirichlet from elicited betas of shares that add up to 1.

    Means are scaled to add up to 1; what is left to choose is the sum of the parameters, the equivalent sample size.
    Zapata-Vázquez, O'Hagan and Bastos, Eliciting expert judgements about a set of proportions, Journal of Applied
    Statistics 41 (2014), 1919-1933.

    ``marginals``: ``(a, b)`` of each share. Shape ``(k, 2)``. ``total``: ``opt``: standard deviations of the marginals
    are matched; ``min``: the smallest ``a + b``, cautious; ``mean``; ``med``: midway between smallest and largest.
    Raises ValueError if the numbers are impossible or ``total`` is unknown.
    """
    betas = np.asarray(marginals, dtype=float)
    if betas.ndim != 2 or betas.shape[1] != 2 or len(betas) < 2 or not np.all(betas > 0):
        raise ValueError(lazy("the two numbers of a beta, above 0, are needed for two shares at least"))
    n = betas.sum(1)
    means = betas[:, 0] / n
    variances = means * (1 - means) / (n + 1)
    sizes = {
        "opt": (np.sum(variances * (n + 1)) / np.sum(variances * np.sqrt(n + 1))) ** 2 - 1,
        "min": n.min(),
        "mean": n.mean(),
        "med": (n.min() + n.max()) / 2,
    }
    if total not in sizes:
        raise ValueError(lazy("the sum is chosen by {sizes}, not by `{total}`", sizes=", ".join(sizes), total=total))
    return np.asarray(sizes[total] * means / means.sum())
