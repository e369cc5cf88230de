# SPDX-License-Identifier: MIT
"""The likelihood of a panel, with its gradient, latent states integrated out exactly (docs/link.md).

A linear Gaussian state space has its likelihood in closed form: the Kalman filter. States of one unit, in this order:

====  ====================================================================================
0, 1  lasting level of the unit in EX and in CX, beside the mean of all units in that period
2, 3  own disturbance of EX and of CX, autoregressive, innovations correlated
4     what EX of the past adds to CX now, ``β_ex_cx · L`` of docs/model.md, section 3
5     what CX of the past adds to EX now
====  ====================================================================================

so that ``d_ex = s2 + s5``, ``d_cx = s3 + s4``, ``s4' = φ s4 + b_ex_cx d_ex`` with ``b = β (1 − φ)``.

Units that share a pattern of waves and noise enter as *pseudo-units*: the columns of a root of their scatter
matrix, so that 39,000 units × 3 waves cost as much as seven.
"""

from __future__ import annotations

import numpy as np

from txsim.panel.likelihood.kalman import compiled, panel_filter

__all__ = ["SHOCK", "density"]

#: Periods for which the process is taken to have run before the first wave: 2 to this power.
DOUBLINGS = 6
#: Scale of the half-normal prior of the sd of shocks, in within-unit sd.
SHOCK = 1.5


@compiled
def _times(a, b):  # type: ignore[no-untyped-def]
    product = np.zeros((4, 4))
    for i in range(4):
        for n in range(4):
            x = a[i, n]
            if x != 0.0:
                for j in range(4):
                    product[i, j] += x * b[n, j]
    return product


@compiled
def density(  # type: ignore[no-untyped-def]  # numba's signature
    theta, index, fixed_phi, lag, folded, width, counted, y, w, c, g, begin, end, want
):
    """Return log posterior density, its gradient, and the log-likelihood by block and lane.

    Parameters
    ----------
    theta
        ``(dim,)`` unconstrained parameters, period means behind them.
    index
        ``(17,)`` place of each parameter in ``theta``, −1 where there is none; the order is that of the panel model.
    fixed_phi
        Known share that persists, or a negative number.
    lag
        ``(3,)`` mean and sd of its normal prior, on the logit, and sd of that of settled effects.
    folded
        ``(5,)`` scales of between_ex, between_cx, between_shared, noise_ex, noise_cx as folded normals.
    width
        ``(2,)`` log sd of the noise scale where counts are known.
    counted
        ``(2,)`` whether they are.
    y, w, c, g, begin, end
        Records, as the filter takes them.
    want
        0 value, 1 gradient.
    """
    dim, periods = theta.size, y.shape[1]
    grad = np.zeros(dim)
    core = 0
    for i in range(17):
        if index[i] >= 0:
            core += 1
    for i in range(core):
        if not abs(theta[i]) < 40.0:
            return -np.inf, grad, np.zeros_like(c)
    mu = np.zeros((periods, 2))
    value = 0.0
    if dim > core:
        for t in range(periods):
            for o in range(2):
                x = theta[core + 2 * t + o]
                mu[t, o] = x
                value -= 0.5 * (x / 20.0) ** 2
    b1, b2 = theta[index[0]], theta[index[1]]
    if fixed_phi >= 0.0:
        phi = fixed_phi
    else:
        phi = 1.0 / (1.0 + np.exp(-theta[index[2]]))
        value -= 0.5 * ((theta[index[2]] - lag[0]) / lag[1]) ** 2
    # settled effects β = b / (1 − φ) have the same normal prior whatever the lag
    kept = 1.0 - phi
    wide = lag[2] * kept
    settled = (b1 * b1 + b2 * b2) / (wide * wide)
    value -= 0.5 * settled + 2.0 * np.log(wide)
    # a loop that feeds itself without end would pose as lasting differences between units: both settled effects must
    # multiply to less than one
    loop = b1 * b2
    fed = abs(loop) / (kept * kept)
    if not fed < 1.0:
        return -np.inf, grad, np.zeros_like(c)
    value += np.log1p(-fed * fed)
    rho1, rho2 = np.tanh(theta[index[3]]), np.tanh(theta[index[4]])
    s1, s2 = theta[index[5]] * SHOCK, theta[index[6]] * SHOCK
    r = np.tanh(theta[index[7]])
    value += 2.0 * (np.log(max(1 - rho1 * rho1, 1e-300)) + np.log(max(1 - rho2 * rho2, 1e-300)))
    value += 2.0 * np.log(max(1 - r * r, 1e-300))
    value -= 0.5 * (theta[index[5]] ** 2 + theta[index[6]] ** 2)
    l1, l3, l2 = theta[index[8]] * folded[0], theta[index[9]] * folded[1], theta[index[10]] * folded[2]
    for i in range(8, 11):
        value -= 0.5 * theta[index[i]] ** 2
    d1, d2, shared = np.exp(theta[index[11]]), np.exp(theta[index[12]]), theta[index[13]]
    for i in range(11, 14):
        value -= 0.5 * (theta[index[i]] / 0.3) ** 2
    noise = np.zeros(2)
    for o in range(2):
        x = theta[index[14 + o]]
        if counted[o]:
            noise[o] = np.exp(x)
            value -= 0.5 * (x / width[o]) ** 2
        else:
            noise[o] = x * folded[3 + o]
            value -= 0.5 * x * x
    k = 0.0
    if index[16] >= 0:
        k = np.tanh(theta[index[16]])
        value += 2.0 * np.log(max(1 - k * k, 1e-300))
    f, q4 = np.zeros((4, 4)), np.zeros((4, 4))
    f[0, 0], f[1, 1] = rho1, rho2
    f[2, 0] = b1
    f[2, 3] = b1
    f[3, 1] = b2
    f[3, 2] = b2
    f[2, 2] = phi
    f[3, 3] = phi
    q4[0, 0], q4[1, 1] = s1 * s1, s2 * s2
    q4[0, 1] = r * s1 * s2
    q4[1, 0] = q4[0, 1]
    ps, powers = np.zeros((DOUBLINGS + 1, 4, 4)), np.zeros((DOUBLINGS + 1, 4, 4))
    ps[0], powers[0] = q4, f
    for i in range(DOUBLINGS):
        ps[i + 1] = ps[i] + _times(_times(powers[i], ps[i]), powers[i].T)
        powers[i + 1] = _times(powers[i], powers[i])
    # the first wave may spread more or less, and be tied more or less, than the process would have it
    d = np.zeros((4, 4))
    d[0, 0], d[1, 1], d[2, 2], d[3, 3] = d1, d2, d1, d2
    d[1, 0] = shared
    run_in = ps[DOUBLINGS]
    first = _times(_times(d, run_in), d.T)
    p0 = np.zeros((6, 6))
    p0[0, 0], p0[1, 1] = l1 * l1, l2 * l2 + l3 * l3
    p0[0, 1] = l1 * l2
    p0[1, 0] = p0[0, 1]
    for i in range(4):
        for j in range(4):
            p0[2 + i, 2 + j] = first[i, j]
            if not abs(first[i, j]) < 1e12:
                return -np.inf, grad, np.zeros_like(c)
    scale = noise * noise
    total, each, gf, gq, gp0, gscale, gk, gmu = panel_filter(
        y, w, c, g, begin, end, f, q4[:2, :2].copy(), p0, scale, k, index[16] >= 0, mu, want
    )
    value += total
    if not np.isfinite(value):
        return -np.inf, grad, each
    if want == 0:
        return value, grad, each
    block = gp0[2:, 2:].copy()
    bar = _times(_times(d.T.copy(), block), d)
    a_bar = np.zeros((4, 4))
    for i in range(DOUBLINGS - 1, -1, -1):
        a, at = powers[i], powers[i].T.copy()
        new = 2.0 * _times(_times(bar, a), ps[i]) + _times(a_bar, at) + _times(at, a_bar)
        bar = bar + _times(_times(at, bar), a)
        a_bar = new
    gf = gf + a_bar
    by_d = 2.0 * _times(_times(block, d), run_in)
    g11, g22 = gq[0, 0] + bar[0, 0], gq[1, 1] + bar[1, 1]
    off = gq[0, 1] + gq[1, 0] + bar[0, 1] + bar[1, 0]
    by_fed = -2.0 * fed / (1.0 - fed * fed)
    by_loop = by_fed / (kept * kept) * np.sign(loop)
    grad[index[0]] = gf[2, 0] + gf[2, 3] - b1 / (wide * wide) + by_loop * b2
    grad[index[1]] = gf[3, 1] + gf[3, 2] - b2 / (wide * wide) + by_loop * b1
    if fixed_phi < 0.0:
        slope = gf[2, 2] + gf[3, 3] + (2.0 * by_fed * fed - settled + 2.0) / kept
        grad[index[2]] = slope * phi * (1 - phi) - (theta[index[2]] - lag[0]) / lag[1] ** 2
    grad[index[3]] = gf[0, 0] * (1 - rho1 * rho1) - 4 * rho1
    grad[index[4]] = gf[1, 1] * (1 - rho2 * rho2) - 4 * rho2
    grad[index[5]] = (2 * s1 * g11 + off * r * s2) * SHOCK - theta[index[5]]
    grad[index[6]] = (2 * s2 * g22 + off * r * s1) * SHOCK - theta[index[6]]
    grad[index[7]] = off * s1 * s2 * (1 - r * r) - 4 * r
    cross = gp0[0, 1] + gp0[1, 0]
    grad[index[8]] = (2 * gp0[0, 0] * l1 + cross * l2) * folded[0] - theta[index[8]]
    grad[index[9]] = 2 * gp0[1, 1] * l3 * folded[1] - theta[index[9]]
    grad[index[10]] = (2 * gp0[1, 1] * l2 + cross * l1) * folded[2] - theta[index[10]]
    grad[index[11]] = (by_d[0, 0] + by_d[2, 2]) * d1 - theta[index[11]] / 0.09
    grad[index[12]] = (by_d[1, 1] + by_d[3, 3]) * d2 - theta[index[12]] / 0.09
    grad[index[13]] = by_d[1, 0] - shared / 0.09
    for o in range(2):
        x = theta[index[14 + o]]
        if counted[o]:
            grad[index[14 + o]] = 2 * gscale[o] * scale[o] - x / width[o] ** 2
        else:
            grad[index[14 + o]] = 2 * gscale[o] * noise[o] * folded[3 + o] - x
    if index[16] >= 0:
        grad[index[16]] = gk * (1 - k * k) - 4 * k
    if dim > core:
        for t in range(periods):
            for o in range(2):
                grad[core + 2 * t + o] = gmu[t, o] - mu[t, o] / 400.0
    return value, grad, each
