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
