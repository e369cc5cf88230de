# SPDX-License-Identifier: MIT
"""Random-effects meta-analysis without priors, for comparison.

DerSimonian and Laird 1986, Paule and Mandel 1982, Viechtbauer 2005 (REML), Higgins and Thompson 2002.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from txsim.pooling.spread import highest_spread, log_likelihood, read_studies_arrays
from txsim.results.pooling import Classical, Common, WithoutPriors
from txsim.types import Array


def classical(estimates: ArrayLike, se: ArrayLike) -> Classical:
    """Return what is estimated without priors, for comparison. Raises ValueError if the numbers are impossible."""
    from scipy.optimize import brentq
    from scipy.special import gammaincc

    y, s = read_studies_arrays(estimates, se)
    if len(y) == 1:  # nothing to compare with: rounding would pass for a spread
        alone = WithoutPriors(0.0, float(y[0]), float(s[0]))
        return Classical(0.0, None, 0.0, Common(alone.mu, alone.se), alone, alone, alone, alone)
    k, w = len(y), 1 / s**2
    common = float((w @ y) / w.sum())
    q = float(w @ (y - common) ** 2)
    spare = float(w.sum() - (w**2).sum() / w.sum())

    def generalised(tau: float) -> float:
        v = 1 / (s**2 + tau**2)
        return float(v @ (y - (v @ y) / v.sum()) ** 2) - (k - 1)

    def at(tau: float) -> WithoutPriors:
        v = 1 / (s**2 + tau**2)
        return WithoutPriors(tau, float((v @ y) / v.sum()), float(1 / math.sqrt(v.sum())))

    moment = math.sqrt(max(q - (k - 1), 0.0) / spare) if spare > 0 else 0.0
    paule = 0.0
    if generalised(0.0) > 0:
        top = float(np.ptp(y)) + float(s.max())
        while generalised(top) > 0:
            top *= 2
        paule = float(brentq(generalised, 0.0, top, xtol=1e-14))
    scale, most = float(np.median(s)), float(np.ptp(y)) + float(s.max())

    def full(t: Array) -> Array:
        v = 1 / (s**2 + t[:, None] ** 2)
        m = (v * y).sum(1) / v.sum(1)
        return np.asarray(0.5 * np.log(v).sum(1) - 0.5 * (v * (y - m[:, None]) ** 2).sum(1))

    restricted = highest_spread(lambda t: log_likelihood(y, s, t, 0.0, None)[0], scale, most) if k > 1 else 0.0
    whole = highest_spread(full, scale, most) if k > 1 else 0.0
    return Classical(
        q=q,
        p_value=float(gammaincc((k - 1) / 2, q / 2)) if k > 1 else None,
        i2=max(0.0, 1 - (k - 1) / q) if q > 0 else 0.0,
        common=Common(common, float(1 / math.sqrt(w.sum()))),
        dersimonian_laird=at(moment),
        paule_mandel=at(paule),
        reml=at(restricted),
        ml=at(whole),
    )


def may_give(estimate: float, error: float, y: Array, s: Array, far: float, wide: float) -> bool:
    """Whether studies may give an estimate and its error together, by one of the usual methods.

    ``far``: how far theirs may lie from ``estimate``; ``wide``: how far the logarithm of theirs from that of ``error``.
    Far cheaper than :func:`classical`: a method's equation changes its sign, or its likelihood is highest, beside a
    step of the spread.
    """
    y, top = y - estimate, 2 * error * math.sqrt(len(y))
    tau = np.concatenate(([0.0], np.geomspace(top / 500, top, 60)))
    w = 1 / (s**2 + tau[:, None] ** 2)
    weight = w.sum(1)
    mean = (w @ y) / weight
    above = -np.log(error * np.sqrt(weight))
    first, last = int((above < -wide).sum()) - 2, int((above <= wide).sum()) + 1  # errors rise with the spread
    if np.abs(mean[max(first - 1, 0) : last + 2]).min(initial=math.inf) >= far:
        return False
    q = w @ y**2 - weight * mean**2
    likely = 0.5 * (np.log(w).sum(1) - q)
    moment = math.sqrt(max(q[0] - len(y) + 1, 0.0) / (weight[0] - (w[0] @ w[0]) / weight[0]))
    found = np.array([0, np.searchsorted(tau, moment), (q > len(y) - 1).sum(), likely.argmax(),
                      (likely - 0.5 * np.log(weight)).argmax()])  # fmt: skip
    found = found[(found >= first) & (found <= last)]
    return bool((np.abs(mean[(found[:, None] + np.array([-1, 0, 1])).clip(0, len(tau) - 1)]) < far).any())
