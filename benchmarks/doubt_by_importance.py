# SPDX-License-Identifier: MIT
"""Posterior doubts of docs/model.md, 8.4, by importance sampling from the text alone: `python … POWER SEEDS`.

Nothing of the engine is used but the claims and priors, which are data: a matrix of six nodes, its inverse, one
statement after the other, both states of the link summed out on Sobol points of the prior (2^POWER a seed). Prints the
Bayes factor of "it does nothing" with its error over seeds, the doubt after, and the slope given the link.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr
from scipy.stats import beta, norm, qmc

from txsim.evidence import ScoredClaim, ScoredStatement, Settings, library, select, selection
from txsim.evidence.claims import read_claims
from txsim.priors.catalogue import calibration_parameters

Array = NDArray[np.float64]
Quantity = Callable[[str, str], Array]

#: tools, channels, journey, front, support, cx
PLACES = {
    "ex": np.array([0, 0, 0, 0.7, 0.3, 0]),
    "cx": np.array([0, 0, 0, 0, 0, 1.0]),
    "ux_employee": np.array([1.0, 0, 0, 0, 0, 0]),
}
SD = np.array([8, 8, 8, 6, 6, 5.0])


def points(count: int, seed: int) -> dict[str, Array]:
    """Return Sobol points of the prior before the stability barrier."""
    priors = calibration_parameters()
    u = np.clip(qmc.Sobol(len(priors), seed=seed).random(count), 1e-12, 1 - 1e-12)
    found = {}
    for column, (name, prior) in zip(u.T, priors.items(), strict=True):
        if prior.family == "lognormal":
            found[name] = np.exp(prior.args[0] + prior.args[1] * norm.ppf(column))
        else:
            found[name] = beta.ppf(column, prior.args[0], prior.args[1])
    return found


def matrix(p: Mapping[str, Array]) -> Array:
    """Return ``B[target, source]`` of the reference organisation."""
    b = np.zeros((p["ex_cx"].size, 6, 6))
    reach = 0.7 + 0.3 * p["reach"]
    b[:, 3, 0] = b[:, 4, 0] = p["ux_ex"]
    b[:, 5, 0], b[:, 5, 1], b[:, 5, 2] = p["uxe_cx"], p["uxc_cx"], p["mx_cx"]
    b[:, 5, 3], b[:, 5, 4] = p["ex_cx"] * 0.7 / reach, p["ex_cx"] * 0.3 * p["reach"] / reach
    b[:, 3, 5], b[:, 3, 4] = p["cx_ex"], p["support_front"]
    return b


def barrier(b: Array) -> Array:
    """Return the log of the stability barrier."""
    power = np.abs(b)
    for _ in range(6):
        power = power @ power
    radius = ((power**2).sum((1, 2)) + 1e-280) ** (1 / 128)
    return np.asarray(-8 * np.logaddexp(0, (np.log(radius) - np.log(0.9)) / 0.05))


def quantity_of(p: Mapping[str, Array], b: Array) -> Quantity:
    """Return what statements speak of, from statistic and what it is about."""
    gain = np.linalg.inv(np.eye(6) - b)
    won = 0.018 * (p["churn_cx"] + p["referral_cx"])
    r = np.tile(np.eye(6), (won.size, 1, 1))
    r[:, 3, 4] = r[:, 4, 3] = 0.5
    for i in (3, 4):
        r[:, i, 5] = r[:, 5, i] = p["confounding"] * math.sqrt(0.49 + 0.09 + 0.21)
    sigma = gain @ (r * np.outer(SD, SD)) @ np.swapaxes(gain, 1, 2)

    def told(statistic: str, about: str) -> Array:
        if statistic == "parameter":
            return p[about]
        if statistic == "ratio":
            above, below = (part.strip() for part in about.split("/"))
            return p[above] / p[below]
        if about == "growth_rate_cx":
            return 1200 * won
        if about == "first_year_revenue_cx":
            return 100 * (5.5 * won + p["spend_cx"])
        if about == "tx_uplift":
            return np.asarray(gain[:, 5, 2] * p["silo_mx"] / 65)
        if about == "ex -> margin":
            return told("effect", "ex -> cx") * p["cx_margin"]
        source, target = (PLACES[part.strip()] for part in about.split("->"))
        if statistic == "effect":
            moved = gain @ (source > 0)
            return np.where(np.abs(moved @ target) < 1e-14, 0.0, (moved @ target) / (moved @ source))
        covariance, first, second = (
            np.einsum("i,nij,j->n", a, sigma, c) for a, c in ((source, target), (source, source), (target, target))
        )
        return np.asarray(covariance / first if statistic == "slope" else covariance / np.sqrt(first * second))

    return told


def _scale(kind: str, x: Array | float) -> Array:
    if kind == "logit":
        return np.asarray(np.log(np.asarray(x) / (1 - np.asarray(x))))
    return np.asarray(np.log(x) if kind == "log" else np.arctanh(np.clip(x, -0.999, 0.999)))


def _away(s: ScoredStatement, f: Array) -> Array:
    return _scale(s.transform, s.value) - _scale(s.transform, s.exaggeration * f)


def _unsound(clusters: Mapping[str, Sequence[ScoredClaim]]) -> dict[str, float]:
    """Return what unsound clusters say: prior predictive with all links in force, the barrier included."""
    p = points(2**16, 99)
    b = matrix(p)
    weight = np.exp(barrier(b))
    weight /= weight.sum()
    q, found = quantity_of(p, b), {}
    for name, claims in clusters.items():
        told, holds = 0.0, np.ones(weight.size)
        for s in (s for claim in claims for s in claim.statements):
            if s.bound is not None:
                side = 1 if s.bound == "at_most" else -1
                holds = holds * np.nan_to_num(
                    ndtr(side * _away(s, q(s.statistic, s.about)) / math.hypot(s.se, s.spread))
                )
            elif s.transform == "natural":
                f = np.abs(s.exaggeration * q(s.statistic, s.about))
                order = np.argsort(f)
                width = math.hypot(s.se, f[order][np.searchsorted(np.cumsum(weight[order]), 0.5)])
                told -= math.log(math.pi * width * (1 + (s.value / width) ** 2))
            else:
                told += math.log(0.5 if s.transform == "atanh" else 1 / math.log(1000))
        found[name] = told + math.log(float(weight @ holds))
    return found


def log_likelihood(
    clusters: Mapping[str, Sequence[ScoredClaim]], p: Mapping[str, Array], unsound: Mapping[str, float]
) -> Array:
    """Return barrier and claims of one state of the link."""
    b = matrix(p)
    total = barrier(b)
    far, q = total < -60, quantity_of(p, b)
    for name, claims in clusters.items():
        sound = np.zeros(total.size)
        together: dict[Any, Any] = {}
        for claim in claims:
            for i, s in enumerate(claim.statements):
                key = (s.statistic, s.about, "" if s.bound is None else f"{claim.id}{i}")
                together.setdefault(key, []).append(s)
        for (statistic, about, _), told in together.items():
            sound = sound + _sound(told, q(statistic, about))
        a = claims[0].credibility
        total = total + np.logaddexp(math.log(a) + sound, math.log(1 - a) + unsound[name])
    return np.where(far | np.isnan(total), -np.inf, total)


def _sound(told: Sequence[ScoredStatement], f: Array) -> Array:
    s, sd = told[0], np.array([math.hypot(s.se, s.spread) for s in told])
    if s.transform == "natural":
        return np.asarray(norm.logpdf(s.value, s.exaggeration * f, np.hypot(s.se, s.spread * s.exaggeration * f)))
    if s.bound is not None:
        return np.asarray(log_ndtr((1 if s.bound == "at_most" else -1) * _away(s, f) / sd[0]))
    if len(told) == 1:
        log = norm.logpdf(_away(s, f) / sd[0]) - math.log(sd[0])
        nothing = norm.logpdf(1 / s.se) - math.log(s.se)
        return np.asarray(np.where((f == 0) & (s.transform == "log"), nothing, log))
    away = np.stack([_away(each, f) for each in told], -1)
    covariance = (np.full((sd.size, sd.size), 0.8) + 0.2 * np.eye(sd.size)) * np.outer(sd, sd)
    squares = np.einsum("ni,ij,nj->n", away, np.linalg.inv(covariance), away)
    return np.asarray(-0.5 * squares - 0.5 * np.log(np.linalg.det(2 * math.pi * covariance)))


def study(value: float, se: float) -> tuple[ScoredClaim, ...]:
    """Return the default claims and one experiment on the effect of staff on customers."""
    statement = {"statistic": "effect", "about": "ex -> cx", "value": value, "se": se, "transform": "natural"}
    entry = {"role": "scored", "statement": "A trial.", "read": "none", "design": "experiment", "credibility": 0.9}
    added = read_claims({"trial": {**entry, "statements": [statement]}})
    return selection(Settings(), (), {**library(), **added}).claims


CASES: tuple[tuple[str, tuple[ScoredClaim, ...], tuple[float, ...]], ...] = (
    ("default claims", select(Settings()), (0.2, 0.5)),
    ("without Sears and Glassdoor", select(Settings(drop=("sears-1998", "glassdoor-2019"))), (0.2,)),
    ("and a study of 0 ± .03", study(0.0, 0.03), (0.2,)),
    ("and a study of 0 ± .01", study(0.0, 0.01), (0.2,)),
    ("and a study of .05 ± .03", study(0.05, 0.03), (0.2,)),
)


def main(power: int, seeds: int) -> None:
    """Print every case."""
    for name, claims, doubts in CASES:
        clusters: dict[str, list[ScoredClaim]] = {}
        for claim in claims:
            clusters.setdefault(claim.cluster, []).append(claim)
        unsound, factors, slopes = _unsound(clusters), [], []
        for seed in range(seeds):
            p = points(2**power, seed)
            there = log_likelihood(clusters, p, unsound)
            nothing = log_likelihood(clusters, {**p, "ex_cx": np.zeros(2**power)}, unsound)
            top = max(there.max(), nothing.max())
            weight = np.exp(there - top)
            factors.append(float(np.exp(nothing - top).sum() / weight.sum()))
            order = np.argsort(p["ex_cx"])
            levels = np.searchsorted(np.cumsum(weight[order]), np.array([0.05, 0.5, 0.95]) * weight.sum())
            slopes.append(p["ex_cx"][order][levels])
        factor = float(np.mean(factors))
        error = float(np.std(factors, ddof=1) / math.sqrt(seeds)) if seeds > 1 else math.nan
        after = ", ".join(f"{d:.2f} → {d * factor / (d * factor + 1 - d):.4f}" for d in doubts)
        low, middle, high = np.mean(slopes, axis=0)
        print(f"{name}: {after}; Bayes factor {factor:.4f} ± {error:.4f}; ex_cx {middle:.3f} ({low:.3f} … {high:.3f})")


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        main(*(int(word) for word in sys.argv[1:3]) if len(sys.argv) > 2 else (17, 2))
