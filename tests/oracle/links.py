# SPDX-License-Identifier: MIT
"""The likelihood of docs/model.md, sections 8.2 and 8.4, once more from the text alone, at one point and one state.

Plain Python for the default graph: a matrix written by hand, an inverse by numpy, one statement after the other.
Nothing of the engine is used but the claims, which are data.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from txsim.evidence import ScoredClaim, ScoredStatement

NODES = ("tools", "channels", "journey", "front", "support", "cx")
STAFF = {"front": 0.7, "support": 0.3}
PLACES = {
    "ex": {"front": 0.7, "support": 0.3},
    "cx": {"cx": 1.0},
    "ux_employee": {"tools": 1.0},
    "ux_customer": {"channels": 1.0},
    "mx": {"journey": 1.0},
}


def slopes_of(p: Mapping[str, float]) -> NDArray[np.float64]:
    """Return ``B[target, source]`` of the reference organisation."""
    b = np.zeros((6, 6))

    def link(source: str, target: str, slope: float) -> None:
        b[NODES.index(target), NODES.index(source)] += slope

    reach = 0.7 + 0.3 * p["reach"]
    link("tools", "front", p["ux_ex"])
    link("tools", "support", p["ux_ex"])
    link("tools", "cx", p["uxe_cx"])
    link("front", "cx", p["ex_cx"] * 0.7 / reach)
    link("support", "cx", p["ex_cx"] * 0.3 * p["reach"] / reach)
    link("cx", "front", p["cx_ex"])
    link("support", "front", p["support_front"])
    link("channels", "cx", p["uxc_cx"])
    link("journey", "cx", p["mx_cx"])
    return b


def barrier(p: Mapping[str, float]) -> float:
    """Return the log of the barrier by the powers of the text."""
    power = np.linalg.matrix_power(np.abs(slopes_of(p)), 64)
    radius = (float((power**2).sum()) + 1e-280) ** (1 / 128)
    return -8.0 * math.log1p(math.exp((math.log(radius) - math.log(0.9)) / 0.05))


def quantity(statistic: str, about: str, p: Mapping[str, float]) -> float:
    """Return what a statement speaks of; infinite over 0, NaN for 0 over 0."""
    gain = np.linalg.inv(np.eye(6) - slopes_of(p))
    won = 0.018 * (p["churn_cx"] + p["referral_cx"])
    if statistic == "parameter":
        return p[about]
    if statistic == "ratio":
        above, below = (p[part.strip()] for part in about.split("/"))
        return above / below if below else math.nan if above == 0 else math.inf
    if about == "growth_rate_cx":
        return 1200 * won
    if about == "first_year_revenue_cx":
        return 100 * (5.5 * won + p["spend_cx"])
    if about == "tx_uplift":
        return float(gain[5, 2]) * p["silo_mx"] / 65
    if about == "ex -> margin":
        return quantity("effect", "ex -> cx", p) * p["cx_margin"]
    source, target = (PLACES[part.strip()] for part in about.split("->"))
    a = np.array([source.get(node, 0.0) for node in NODES])
    b = np.array([target.get(node, 0.0) for node in NODES])
    if statistic == "effect":
        moved = gain @ (a > 0)
        # A route that is not there gives 0, not what an inverse leaves of it.
        return 0.0 if abs(b @ moved) < 1e-15 else float(b @ moved) / float(a @ moved)
    sd = np.array([8.0, 8.0, 8.0, 6.0, 6.0, 5.0])
    r = np.eye(6)
    r[3, 4] = r[4, 3] = 0.5
    with_mean = p["confounding"] * math.sqrt(0.7**2 + 0.3**2 + 2 * 0.7 * 0.3 * 0.5)
    r[3:5, 5] = r[5, 3:5] = with_mean
    sigma = gain @ (r * np.outer(sd, sd)) @ gain.T
    covariance, first, second = a @ sigma @ b, a @ sigma @ a, b @ sigma @ b
    return float(covariance / first if statistic == "slope" else covariance / math.sqrt(first * second))


def _scale(kind: str, x: float) -> float:
    if kind == "log":
        return math.log(x)
    if kind == "logit":
        return math.log(x / (1 - x))
    return math.atanh(min(max(x, -0.999), 0.999)) if kind == "atanh" else x


def sound(s: ScoredStatement, f: float) -> float:
    """Return the density, or of a bound the probability, of one statement that stands alone, if it is sound."""
    if math.isnan(f):
        return 0.0
    sd = math.hypot(s.se, s.spread)
    if s.transform == "natural":
        return float(norm.pdf(s.value, s.exaggeration * f, math.hypot(s.se, s.spread * s.exaggeration * f)))
    if s.bound is not None:
        side = 1 if s.bound == "at_most" else -1
        if f in (0.0, math.inf):
            return float((f == 0.0) == (side == 1))
        return float(norm.cdf(side * (_scale(s.transform, s.value) - _scale(s.transform, s.exaggeration * f)) / sd))
    if s.transform == "log" and f == 0.0:
        return float(norm.pdf(1 / s.se) / s.se)
    if math.isinf(f):
        return 0.0
    return float(norm.pdf(_scale(s.transform, s.value), _scale(s.transform, s.exaggeration * f), sd))


def cluster(claims: Sequence[ScoredClaim], p: Mapping[str, float], unsound: float, rho: float = 0.8) -> float:
    """Return the log likelihood of one cluster: ``log[a · sound + (1 − a) · unsound]``.

    Two-sided statements about the same quantity are jointly normal with correlation ``rho``.
    """
    told: dict[tuple[str, str, str], list[ScoredStatement]] = {}
    for claim in claims:
        for i, s in enumerate(claim.statements):
            key = (s.statistic, s.about, "") if s.bound is None else (s.statistic, s.about, f"{claim.id}{i}")
            told.setdefault(key, []).append(s)
    density = 1.0
    for (statistic, about, _), together in told.items():
        f = quantity(statistic, about, p)
        if len(together) == 1:
            density *= sound(together[0], f)
            continue
        sd = np.array([math.hypot(s.se, s.spread) for s in together])
        away = np.array([_scale(s.transform, s.value) - _scale(s.transform, s.exaggeration * f) for s in together])
        correlation = np.full((len(sd), len(sd)), rho) + (1 - rho) * np.eye(len(sd))
        covariance = correlation * np.outer(sd, sd)
        squares = away @ np.linalg.solve(covariance, away)
        density *= math.exp(-0.5 * squares) / math.sqrt(np.linalg.det(2 * math.pi * covariance))
    a = claims[0].credibility
    return math.log(max(a * density + (1 - a) * unsound, 1e-300))
