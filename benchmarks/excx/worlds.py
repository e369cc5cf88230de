# SPDX-License-Identifier: MIT
"""Twelve simulated worlds of EX and CX, each with its truth: what a method should find, and what it should not say.

Every world is a panel of units by months in index points. Ten ask for the effect of EX on CX (and back); the last
world is a pilot. Numbers are chosen, not fitted: levels 60 and 65, unit effects 6 and 5 points, own movement of 2.5 and
2 points a month that lasts (0.6, 0.5), an effect a mean delay of 4 months later, sixty answers a cell.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

__all__ = ["PANELS", "Pilot", "World", "make", "make_pilot"]

#: Settled slope of EX on CX and back, mean delay in months, and what is different, by world.
PANELS: dict[str, dict[str, float]] = {
    "null": {},
    "forward": {"forth": 0.4},
    "reverse": {"back": 0.4},
    "both": {"forth": 0.4, "back": 0.2},
    "confounded units": {"units": 0.95},
    "common shocks": {"shocks": 4.0},
    "spillover": {"forth": 0.4, "spill": 0.5},
    "decay": {"forth": 0.4, "fade": 12.0},
    "short lag": {"forth": 0.4, "lag": 1.0},
    "long lag": {"forth": 0.4, "lag": 12.0},
    "noisy counts": {"forth": 0.4, "answers": 8.0},
}


@dataclass(frozen=True)
class World:
    """A panel ``(unit, month, 2)``, answers alike, and the true one-period effects of EX on CX and back."""

    name: str
    y: np.ndarray
    n: np.ndarray
    truth: dict[str, float]


@dataclass(frozen=True)
class Pilot:
    """A pilot in rows of unit, period, treated, post and measure, and the true effect on those treated."""

    rows: list[tuple[str, str, int, int, float]] = field(repr=False)
    truth: float = 2.0


def make(name: str, units: int, months: int, seed: int) -> World:
    """Return one world: docs/model.md, section 3, written out, with what the name says."""
    told = {
        "forth": 0.0,
        "back": 0.0,
        "lag": 4.0,
        "units": 0.5,
        "shocks": 0.5,
        "spill": 0.0,
        "fade": 0.0,
        "answers": 60.0,
    }
    told |= PANELS[name]
    rng = np.random.default_rng([seed, sorted(PANELS).index(name)])
    phi = 1 - 1 / told["lag"]
    own, passed, values = np.zeros((units, 2)), np.zeros((units, 2)), []
    level = rng.standard_normal((units, 2))
    level[:, 1] = told["units"] * level[:, 0] + np.sqrt(1 - told["units"] ** 2) * level[:, 1]
    common = np.zeros(2)
    burn = 60
    for t in range(months + burn):
        tied = rng.standard_normal((units, 2))
        tied[:, 1] = 0.2 * tied[:, 0] + np.sqrt(0.96) * tied[:, 1]
        now = own + passed[:, ::-1]  # passed[:, 0] is what EX has done to CX
        # with decay an effect fades while the panel runs; a spill reaches the neighbour's customers too
        strength = np.exp(-max(t - burn, 0) / told["fade"]) if told["fade"] else 1.0
        felt = now[:, 0] + told["spill"] * np.roll(now[:, 0], 1)
        slopes = np.array([told["forth"] * strength, told["back"]]) * (1 - phi)
        passed = phi * passed + slopes * np.column_stack([felt, now[:, 1]])
        own = own * np.array([0.6, 0.5]) + tied * np.array([2.5, 2.0])
        if t >= burn:
            common = common + told["shocks"] * rng.standard_normal(2) @ np.array([[1.0, 0.8], [0.0, 0.6]])
            values.append(own + passed[:, ::-1] + common)
    n = np.maximum(np.rint(told["answers"] * np.exp(0.2 * rng.standard_normal((units, months, 2)))), 1)
    y = np.stack(values, axis=1) + (level * np.array([6.0, 5.0]))[:, None] + np.array([60.0, 65.0])
    y = np.clip(y + 22.0 * rng.standard_normal(y.shape) / np.sqrt(n), 0.5, 99.5)
    mean = np.mean(np.exp(-np.arange(months) / told["fade"])) if told["fade"] else 1.0
    truth = {"ex_cx": told["forth"] * (1 - phi) * mean, "cx_ex": told["back"] * (1 - phi)}
    return World(name, y, n, truth)


def make_pilot(seed: int, units: int = 60, effect: float = 2.0) -> Pilot:
    """Return a pilot whose arms are left by 16 % and 35 % while all drift upwards, by a quarter point a month."""
    rng = np.random.default_rng([seed, 99])
    rows = []
    for i in range(units):
        treated = int(i < units // 2)
        level = 60 + 6 * rng.standard_normal()
        last = rng.integers(7, 12) if rng.random() < (0.35 if not treated else 0.16) else 12
        for t in range(int(last)):
            post = int(t >= 6)
            value = level + 0.25 * t + effect * treated * post + 2.0 * rng.standard_normal()
            rows.append((f"u{i:02d}", f"2024-{t + 1:02d}", treated, post, float(value)))
    return Pilot(rows, effect)
