# SPDX-License-Identifier: MIT
"""Posterior predictive checks of a panel: whether what the model would produce looks like what was measured."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from txsim.language import lazy
from txsim.panel.likelihood.dynamics import run_forward
from txsim.panel.likelihood.standardisation import demeaned, within_sd
from txsim.results.link import Check
from txsim.types import Array

_MOST_CELLS = 10_000

NAMES = {
    "within_sd_ex": lazy("spread of EX within units"),
    "within_sd_cx": lazy("spread of CX within units"),
    "between_sd_ex": lazy("spread of EX between units"),
    "between_sd_cx": lazy("spread of CX between units"),
    "lag_1_ex": lazy("EX with itself a period later"),
    "lag_1_cx": lazy("CX with itself a period later"),
    "same_period": lazy("EX with CX of the same period"),
    "ex_then_cx": lazy("EX with CX a period later"),
    "cx_then_ex": lazy("CX with EX a period later"),
    "tails_ex": lazy("far values of EX"),
    "tails_cx": lazy("far values of CX"),
}


def statistics(y: Array) -> dict[str, float]:
    """Return what is compared: spreads, within-unit correlations and tails of values ``(unit, period, 2)``."""
    flat = demeaned(y)
    seen = np.isfinite(flat)
    count = np.maximum(seen.sum(axis=1), 1)
    mean = np.where(seen, flat, 0.0).sum(axis=1) / count
    inside = flat - mean[:, None]
    sd = within_sd(flat)
    weight = seen.sum(axis=1) > 1

    def corr(a: Array, b: Array) -> float:
        both = np.isfinite(a) & np.isfinite(b)
        if both.sum() < 3:
            return float("nan")
        x, z = a[both], b[both]
        return float((x * z).mean() / np.sqrt((x * x).mean() * (z * z).mean() + 1e-300))

    def tails(o: int) -> float:
        x = inside[..., o][seen[..., o]]
        return float((x**4).mean() / ((x**2).mean() ** 2 + 1e-300)) if x.size else float("nan")

    return {
        "within_sd_ex": float(sd[0]),
        "within_sd_cx": float(sd[1]),
        "between_sd_ex": float(mean[weight[:, 0], 0].std()) if weight[:, 0].any() else float("nan"),
        "between_sd_cx": float(mean[weight[:, 1], 1].std()) if weight[:, 1].any() else float("nan"),
        "lag_1_ex": corr(inside[:, :-1, 0], inside[:, 1:, 0]),
        "lag_1_cx": corr(inside[:, :-1, 1], inside[:, 1:, 1]),
        "same_period": corr(inside[..., 0], inside[..., 1]),
        "ex_then_cx": corr(inside[:, :-1, 0], inside[:, 1:, 1]),
        "cx_then_ex": corr(inside[:, :-1, 1], inside[:, 1:, 0]),
        "tails_ex": tails(0),
        "tails_cx": tails(1),
    }


def predictive_checks(
    y: Array, w: Array, values: Mapping[str, Array], rng: np.random.Generator, replicates: int = 100
) -> tuple[Check, ...]:
    """Return for each statistic what was measured, what replicates show, and how extreme the former is among them.

    ``y``, ``w``: ``(unit, period, 2)`` standardised values and noise variances; ``values``: draws of natural parameters
    by name, ``(chain, draw)``; ``rng``: where the randomness comes from.
    """
    if y.shape[0] * y.shape[1] > _MOST_CELLS:
        chosen = rng.permutation(len(y))[: max(50, _MOST_CELLS // y.shape[1])]
        y, w = y[chosen], w[chosen]
    real = statistics(y)
    gone = ~np.isfinite(y)
    noise = np.where(np.isfinite(w), w, 0.0)
    flat = {name: draws.ravel() for name, draws in values.items()}
    size = next(iter(flat.values())).size
    seen = []
    for _ in range(replicates):
        at = int(rng.integers(size))
        made = run_forward({name: float(draws[at]) for name, draws in flat.items()}, len(y), y.shape[1], noise, rng)
        made[gone] = np.nan
        seen.append(statistics(made))
    checks = []
    for name, value in real.items():
        others = np.array([row[name] for row in seen])
        if not np.isfinite(value) or not np.isfinite(others).all():
            continue
        below = float(np.mean(others < value))
        low, high = np.quantile(others, [0.05, 0.95])
        checks.append(
            Check(
                statistic=name,
                meaning=NAMES[name],
                measured=value,
                p05=float(low),
                p95=float(high),
                p=2 * min(below, 1 - below),
                unusual=bool(min(below, 1 - below) < 0.01),
            )
        )
    return tuple(checks)
