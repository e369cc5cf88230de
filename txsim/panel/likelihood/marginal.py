# SPDX-License-Identifier: MIT
"""The parameters of a panel: from the line to natural values, their priors, and what the filter takes (docs/link.md).

Formulas work on many points at once, ``(draw, dim)``; the gradient of one point is by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from txsim.panel.likelihood.kalman import PARAMETERS
from txsim.types import Array

#: Periods for which the process is taken to have run before the first wave: 2 to this power.
DOUBLINGS = 6
#: Scale of the half-normal prior of the sd of shocks, in within-unit sd.
SHOCK = 1.5
#: Scale of the half-normal prior of the sd of movement that is gone a period later, in within-unit sd.
BRIEF = 0.1
#: Log sd of what the first wave may spread more or less than the process would have it.
_FIRST = 0.3
#: Sd of the prior of period means, in within-unit sd.
_MEANS = 20.0

FREE = (
    "b_ex_cx", "b_cx_ex", "phi", "rho_ex", "rho_cx", "sd_ex", "sd_cx", "r_shock", "brief_ex", "brief_cx",
    "between_ex", "between_cx", "between_shared", "first_ex", "first_cx", "first_shared", "noise_ex", "noise_cx",
    "r_noise",
)  # fmt: skip
_PAR = {name: k for k, name in enumerate(PARAMETERS)}
_P = np.array([_PAR[f"p_{i}{j}"] for i in range(2, 6) for j in range(i, 6)])
_I, _J = (np.array(places) for places in zip(*[(i, j) for i in range(4) for j in range(i, 4)], strict=True))


@dataclass(frozen=True)
class Priors:
    """Which parameters there are, and the scales of their priors."""

    at: Mapping[str, int]  #: Place of each free parameter on the line.
    phi: float | None  #: Known share that persists, or ``None``.
    #: ``lag``, ``effect``: Mean and sd of the prior of φ on the logit; sd of that of settled effects.
    lag: tuple[float, float]
    effect: float
    folded: Mapping[str, float]  #: Scales of standard deviations that are normals without a sign.
    noise: tuple[float, float]  #: Log sd of the noise where counts are known.
    #: There, the root of the typical noise variance, if it is no less than ``BRIEF``; else 0. Noise and movement that
    #: is gone a period later look alike, so that their sum is well known and their shares are not: the coordinates are
    #: then the logarithm of the sum's root and the tangent of the angle between both (:func:`split`).
    level: tuple[float, float]


def split(total: Array, tangent: Array, level: float) -> tuple[Array, Array]:
    """Return the log of the noise's scale, and the sd of brief movement, from the coordinates that stand for both."""
    room = np.sqrt(1.0 + tangent * tangent)
    return total - np.log(room), level * np.exp(total) * tangent / room


@dataclass(frozen=True)
class _Made:
    """What came on the way from a point to the filter's parameters, kept for the gradient."""

    n: dict[str, Array]
    f: Array
    first: Array
    sums: list[Array]
    powers: list[Array]
    fed: Array


def packed(theta: Array, priors: Priors, periods: int, measured: NDArray[np.intp]) -> tuple[Array, Array, Array, _Made]:
    """Return the filter's parameters ``(draw, 26)``, period means, log priors ``(draw,)``, and what the gradient needs.

    A log prior of −∞ stands where a point lies outside the model. ``measured`` are the places of those period means, EX
    and CX in turn, that are parameters; the others are nought.
    """
    at, draws = priors.at, len(theta)
    core = len(at)
    x = {name: theta[:, i] for name, i in at.items()}
    n: dict[str, Array] = {}
    value = np.zeros(draws)
    mu = np.zeros((draws, periods, 2))
    mu.reshape(draws, -1)[:, measured] = theta[:, core:]
    value -= 0.5 * (mu * mu).sum(axis=(1, 2)) / _MEANS**2
    n["phi"] = np.full(draws, priors.phi) if priors.phi is not None else 1.0 / (1.0 + np.exp(-x["phi"]))
    if priors.phi is None:
        value -= 0.5 * ((x["phi"] - priors.lag[0]) / priors.lag[1]) ** 2
    b1, b2 = n["b_ex_cx"], n["b_cx_ex"] = x["b_ex_cx"], x["b_cx_ex"]
    # settled effects β = b / (1 − φ) have the same normal prior whatever the lag
    kept = np.maximum(1.0 - n["phi"], 1e-12)
    wide = priors.effect * kept
    value -= 0.5 * (b1 * b1 + b2 * b2) / (wide * wide) + 2.0 * np.log(wide)
    # a loop that feeds itself without end would pose as lasting differences between units: both settled effects must
    # multiply to less than one
    fed = np.abs(b1 * b2) / (kept * kept)
    inside = (fed < 1.0) & (np.abs(theta[:, :core]) < 40.0).all(axis=1)
    value += np.log1p(-(np.minimum(fed, 1.0 - 1e-12) ** 2))
    for name in ("rho_ex", "rho_cx", "r_shock", "r_noise"):
        n[name] = np.tanh(x[name]) if name in x else np.zeros(draws)
        if name in x:
            value += 2.0 * np.log(np.maximum(1 - n[name] ** 2, 1e-300))
    for name, scale in priors.folded.items():
        n[name] = x[name] * scale
        value -= 0.5 * x[name] ** 2
    for name in ("first_ex", "first_cx"):
        n[name] = np.exp(x[name])
        value -= 0.5 * (x[name] / _FIRST) ** 2
    n["first_shared"] = x["first_shared"]
    value -= 0.5 * (x["first_shared"] / _FIRST) ** 2
    for o, series in enumerate(("ex", "cx")):
        if priors.level[o]:
            log, brief = split(x[f"noise_{series}"], x[f"brief_{series}"], priors.level[o])
            n[f"noise_{series}"], n[f"brief_{series}"] = np.exp(log), brief
            value += log - 0.5 * (log / priors.noise[o]) ** 2 - 0.5 * (brief / BRIEF) ** 2  # log: the volume
        elif f"noise_{series}" not in at:
            n[f"noise_{series}"] = np.zeros(draws)
        elif f"noise_{series}" not in priors.folded:
            n[f"noise_{series}"] = np.exp(x[f"noise_{series}"])
            value -= 0.5 * (x[f"noise_{series}"] / priors.noise[o]) ** 2
    par = np.empty((draws, len(PARAMETERS)))

    def put(name: str, number: Array) -> Array:
        par[:, _PAR[name]] = number
        return number

    f = np.zeros((draws, 4, 4))
    f[:, 0, 0], f[:, 1, 1] = put("rho_1", n["rho_ex"]), put("rho_2", n["rho_cx"])
    f[:, 2, 0] = f[:, 2, 3] = put("b_1", b1)
    f[:, 3, 1] = f[:, 3, 2] = put("b_2", b2)
    f[:, 2, 2] = f[:, 3, 3] = put("phi", n["phi"])
    s1, s2 = n["sd_ex"], n["sd_cx"]
    q = np.zeros((draws, 4, 4))
    q[:, 0, 0], q[:, 1, 1] = put("q_11", s1 * s1), put("q_22", s2 * s2)
    q[:, 0, 1] = q[:, 1, 0] = put("q_12", n["r_shock"] * s1 * s2)
    q[:, 2, 2] = b1 * b1 * put("e_11", n["brief_ex"] ** 2)
    q[:, 3, 3] = b2 * b2 * put("e_22", n["brief_cx"] ** 2)
    sums, powers = [q], [f]
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(DOUBLINGS):
            a = powers[-1]
            sums.append(sums[-1] + a @ sums[-1] @ a.transpose(0, 2, 1))
            powers.append(a @ a)
        # the first wave may spread more or less, and be tied more or less, than the process would have it
        first = np.zeros((draws, 4, 4))
        first[:, 0, 0] = first[:, 2, 2] = n["first_ex"]
        first[:, 1, 1] = first[:, 3, 3] = n["first_cx"]
        first[:, 1, 0] = n["first_shared"]
        p = first @ sums[-1] @ first.transpose(0, 2, 1)
    inside &= (np.abs(p) < 1e12).all(axis=(1, 2))
    par[:, _P] = p[:, _I, _J]
    l1, l3, l2 = n["between_ex"], n["between_cx"], n["between_shared"]
    put("l_11", l1 * l1), put("l_12", l1 * l2), put("l_22", l2 * l2 + l3 * l3)
    put("r_11", n["noise_ex"] ** 2), put("r_22", n["noise_cx"] ** 2)
    put("r_12", n["r_noise"] * np.abs(n["noise_ex"] * n["noise_cx"]))
    return par, mu, np.where(inside, value, -np.inf), _Made(n, f, first, sums, powers, fed)


def slope_of_means(by_mu: Array, means: Array) -> Array:
    """Return the gradient of the log density by period means from that of the log-likelihood."""
    return by_mu - means / _MEANS**2


def unpacked(x: Array, priors: Priors, by_par: Array, by_mu: Array, made: _Made, draw: int) -> Array:
    """Return the gradient ``(dim,)`` of the log density at one point from that of the log-likelihood.

    ``x``: ``(dim,)``, point number ``draw`` of those that :func:`packed` took; ``by_par``, ``by_mu``: slopes of the
    log-likelihood by the filter's parameters, and by those period means that are parameters; ``made``, ``draw``: from
    :func:`packed`, and which of its points.
    """
    at = priors.at
    n = {name: float(values[draw]) for name, values in made.n.items()}
    g = dict(zip(PARAMETERS, by_par.tolist(), strict=True))
    slope = np.zeros(len(at))
    # the first state, back to the covariance after the run-in, and through the doublings to one step and its shocks
    block = np.zeros((4, 4))
    block[_I, _J] = 0.5 * by_par[_P]
    block = block + block.T
    first, run_in = made.first[draw], made.sums[-1][draw]
    bar = first.T @ block @ first
    by_first = 2.0 * block @ first @ run_in
    by_f = np.zeros((4, 4))
    for i in range(DOUBLINGS - 1, -1, -1):
        a, before = made.powers[i][draw], made.sums[i][draw]
        by_f = 2.0 * bar @ a @ before + by_f @ a.T + a.T @ by_f
        bar = bar + a.T @ bar @ a
    b1, b2, kept = n["b_ex_cx"], n["b_cx_ex"], 1.0 - n["phi"]
    s1, s2, r = n["sd_ex"], n["sd_cx"], n["r_shock"]
    e11, e22 = n["brief_ex"] ** 2, n["brief_cx"] ** 2
    gq11, gq22, gq12 = g["q_11"] + bar[0, 0], g["q_22"] + bar[1, 1], g["q_12"] + 2.0 * bar[0, 1]
    wide = priors.effect * kept
    fed = float(made.fed[draw])
    by_fed = -2.0 * fed / max(1.0 - fed * fed, 1e-300)
    by_loop = by_fed / (kept * kept) * np.sign(b1 * b2)
    slope[at["b_ex_cx"]] = g["b_1"] + by_f[2, 0] + by_f[2, 3] + 2 * bar[2, 2] * b1 * e11 - b1 / wide**2 + by_loop * b2
    slope[at["b_cx_ex"]] = g["b_2"] + by_f[3, 1] + by_f[3, 2] + 2 * bar[3, 3] * b2 * e22 - b2 / wide**2 + by_loop * b1
    if priors.phi is None:
        i = at["phi"]
        settled = (b1 * b1 + b2 * b2) / (wide * wide)
        by_phi = g["phi"] + by_f[2, 2] + by_f[3, 3] + (2.0 * by_fed * fed - settled + 2.0) / kept
        slope[i] = by_phi * n["phi"] * kept - (x[i] - priors.lag[0]) / priors.lag[1] ** 2
    own = (("rho_ex", g["rho_1"] + by_f[0, 0]), ("rho_cx", g["rho_2"] + by_f[1, 1]), ("r_shock", gq12 * s1 * s2))
    for name, by in own:
        slope[at[name]] = by * (1 - n[name] ** 2) - 4 * n[name]
    slope[at["sd_ex"]], slope[at["sd_cx"]] = 2 * gq11 * s1 + gq12 * r * s2, 2 * gq22 * s2 + gq12 * r * s1
    by_brief = (
        2 * n["brief_ex"] * (g["e_11"] + bar[2, 2] * b1 * b1),
        2 * n["brief_cx"] * (g["e_22"] + bar[3, 3] * b2 * b2),
    )
    l1, l3, l2 = n["between_ex"], n["between_cx"], n["between_shared"]
    slope[at["between_ex"]] = 2 * g["l_11"] * l1 + g["l_12"] * l2
    slope[at["between_cx"]] = 2 * g["l_22"] * l3
    slope[at["between_shared"]] = 2 * g["l_22"] * l2 + g["l_12"] * l1
    slope[at["first_ex"]] = (by_first[0, 0] + by_first[2, 2]) * n["first_ex"] - x[at["first_ex"]] / _FIRST**2
    slope[at["first_cx"]] = (by_first[1, 1] + by_first[3, 3]) * n["first_cx"] - x[at["first_cx"]] / _FIRST**2
    slope[at["first_shared"]] = by_first[1, 0] - n["first_shared"] / _FIRST**2
    noise = (n["noise_ex"], n["noise_cx"])
    for o, series in enumerate(("ex", "cx")):
        other = g["r_12"] * n["r_noise"] * abs(noise[1 - o]) * (np.sign(noise[o]) or 1.0)
        by = 2.0 * g[("r_11", "r_22")[o]] * noise[o] + other
        j = at[f"brief_{series}"]
        slope[j] = by_brief[o]
        if f"noise_{series}" not in at:
            continue
        i = at[f"noise_{series}"]
        slope[i] = by
        if priors.level[o]:
            brief, tangent = n[f"brief_{series}"], x[j]
            by_log = by * noise[o] + 1.0 - np.log(noise[o]) / priors.noise[o] ** 2
            by_sd = by_brief[o] - brief / BRIEF**2
            room = 1.0 + tangent * tangent
            slope[i] = by_log + by_sd * brief
            slope[j] = -by_log * tangent / room + by_sd * priors.level[o] * np.exp(x[i]) / room**1.5
        elif f"noise_{series}" not in priors.folded:
            slope[i] = by * noise[o] - x[i] / priors.noise[o] ** 2
    if "r_noise" in at:
        k = n["r_noise"]
        slope[at["r_noise"]] = g["r_12"] * abs(noise[0] * noise[1]) * (1 - k * k) - 4 * k
    for name, scale in priors.folded.items():
        slope[at[name]] = slope[at[name]] * scale - x[at[name]]
    return np.concatenate([slope, slope_of_means(by_mu, x[len(at) :])])
