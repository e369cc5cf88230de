# SPDX-License-Identifier: MIT
"""The panel model run forwards: paths with known truth, replicates, and the covariance that a design would show."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from txsim.types import Array

#: Periods for which the process runs before the first wave, as in the likelihood.
RUN_IN = 64


def period_share(lag_months: float | Array, period_months: float) -> Array:
    """Return φ of one period, the share of the past's effect that persists, from a mean delay in months.

    A month's share is ``1 − 1/max(τ, 1)`` (docs/model.md, section 3); a period of k months has its k-th power.
    """
    monthly = 1.0 - 1.0 / np.maximum(np.asarray(lag_months, dtype=np.float64), 1.0)
    share: Array = monthly**period_months
    return share


def _transition(n: Mapping[str, float]) -> Array:
    f = np.zeros((4, 4))
    f[0, 0], f[1, 1] = n["rho_ex"], n["rho_cx"]
    f[2, 0] = f[2, 3] = n["b_ex_cx"]
    f[3, 1] = f[3, 2] = n["b_cx_ex"]
    f[2, 2] = f[3, 3] = n["phi"]
    return f


def _shock(n: Mapping[str, float]) -> Array:
    se, sc, r = n["sd_ex"], n["sd_cx"], n["r_shock"]
    return np.array([[se * se, r * se * sc], [r * se * sc, sc * sc]])


def _brief(n: Mapping[str, float]) -> Array:
    """Return the sds ``(2,)`` of movement that is gone a period later."""
    return np.array([n.get("brief_ex", 0.0), n.get("brief_cx", 0.0)])


def run_forward(n: Mapping[str, float], units: int, periods: int, w: Array | float, rng: np.random.Generator) -> Array:
    """Return values ``(unit, period, 2)``: unit effects, dynamics and survey noise, without period means.

    ``n``: natural parameters of :class:`txsim.panel.likelihood.sampler.PanelDraws`; ``w``: noise variance factors, a
    number or ``(unit, period, 2)``; ``rng``: where the randomness comes from.
    """
    f, root = _transition(n), np.linalg.cholesky(_shock(n) + 1e-12 * np.eye(2))
    short, by_brief = _brief(n), np.array([n["b_ex_cx"], n["b_cx_ex"]])

    def later(state: Array, brief: Array) -> Array:
        state = state @ f.T
        state[:, :2] += rng.standard_normal((units, 2)) @ root.T
        state[:, 2:] += brief * by_brief
        return state

    def passing() -> Array:
        return rng.standard_normal((units, 2)) * short

    state = np.zeros((units, 4))
    brief = np.zeros((units, 2))
    for _ in range(RUN_IN):
        state, brief = later(state, brief), passing()
    spread = np.array([n.get("first_ex", 1.0), n.get("first_cx", 1.0)])
    shared = n.get("first_shared", 0.0)
    state = np.column_stack(
        [
            state[:, 0] * spread[0],
            state[:, 1] * spread[1] + shared * state[:, 0],
            state[:, 2] * spread[0],
            state[:, 3] * spread[1],
        ]
    )
    be, bc, rb = n["between_ex"], n["between_cx"], n["r_between"]
    level = rng.standard_normal((units, 2)) @ np.array([[be, 0.0], [rb * bc, bc * np.sqrt(max(1 - rb * rb, 0.0))]]).T
    values = np.empty((units, periods, 2))
    for t in range(periods):
        if t:
            state, brief = later(state, brief), passing()
        values[:, t, 0] = level[:, 0] + state[:, 0] + state[:, 3] + brief[:, 0]
        values[:, t, 1] = level[:, 1] + state[:, 1] + state[:, 2] + brief[:, 1]
    k = n.get("r_noise", 0.0)
    noise = rng.standard_normal(values.shape)
    noise[..., 1] = k * noise[..., 0] + np.sqrt(1 - k * k) * noise[..., 1]
    factor = np.sqrt(np.maximum(np.broadcast_to(np.asarray(w, dtype=np.float64), values.shape), 0.0))
    values += noise * factor * np.array([n["noise_ex"], n["noise_cx"]])
    return values


def covariance(n: Mapping[str, float], periods: int, w: Array) -> Array:
    """Return the covariance ``(2T, 2T)`` of one unit's values, period by period, EX before CX.

    ``w``: ``(2,)`` noise variance factors of EX and CX.
    """
    f = np.zeros((6, 6))
    f[:4, :4] = _transition(n)
    f[2, 4], f[3, 5] = n["b_ex_cx"], n["b_cx_ex"]  # the last two: what is gone a period later
    q = np.zeros((6, 6))
    q[:2, :2], q[4:, 4:] = _shock(n), np.diag(_brief(n) ** 2)
    p = np.zeros((6, 6))
    for _ in range(RUN_IN + 1):
        p = f @ p @ f.T + q
    pick = np.array([[1.0, 0, 0, 1.0, 1.0, 0], [0, 1.0, 1.0, 0, 0, 1.0]])
    be, bc, rb = n["between_ex"], n["between_cx"], n["r_between"]
    level = np.array([[be * be, rb * be * bc], [rb * be * bc, bc * bc]])
    noise = np.array([n["noise_ex"], n["noise_cx"]]) ** 2 * np.asarray(w)
    k = n.get("r_noise", 0.0)
    own = np.diag(noise)
    own[0, 1] = own[1, 0] = k * np.sqrt(noise[0] * noise[1])
    matrix = np.empty((periods, 2, periods, 2))
    at = [p]
    for _ in range(periods - 1):
        at.append(f @ at[-1] @ f.T + q)
    for s in range(periods):
        across = at[s]
        for t in range(s, periods):
            block = pick @ across @ pick.T + level
            if s == t:
                block = block + own
            matrix[t, :, s, :] = block
            matrix[s, :, t, :] = block.T
            across = f @ across
    return matrix.reshape(2 * periods, 2 * periods)
