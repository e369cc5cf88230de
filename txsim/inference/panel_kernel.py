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

Observations are taken up one number at a time, which needs no matrix inverse. The gradient is the reverse sweep written
by hand: sampling needs tens of thousands of gradients, and automatic ones through an unrolled filter take minutes to
compile. Units that share a pattern of waves and noise enter as *pseudo-units*: the columns of a root of their scatter
matrix, so that 39,000 units × 3 waves cost as much as seven.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from txsim.cachedir import cache_dir

__all__ = ["density", "panel_filter"]

_config: Any = numba.config
_config.CACHE_DIR = str(cache_dir("numba"))  # compiled code is a pickle: only in a folder of one's own
_compiled: Any = numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")

#: Periods for which the process is taken to have run before the first wave: 2 to this power.
DOUBLINGS = 6


@_compiled
def panel_filter(y, w, c, g, span, f, q, p0, scale, k, mu, want):  # type: ignore[no-untyped-def]  # numba's signature
    """Return log-likelihood and gradients with respect to f, q, p0, scale, k, mu, and the log-likelihood by record.

    Parameters
    ----------
    y, w
        ``(record, period, 2)`` observations, and factors of their noise variance; ``w < 0`` where there is none.
    c, g
        ``(record,)`` weight of the period mean in the record, and weight of the log determinants.
    span
        ``(record, 2)`` first period and the one after the last.
    f
        ``(4, 4)`` transition of states 2 … 5.
    q
        ``(2, 2)`` covariance of innovations of states 2 and 3.
    p0
        ``(6, 6)`` covariance of the states before the first observation.
    scale
        ``(2,)`` noise variance per unit of ``w``.
    k
        Correlation of the noise of the two series in one cell (the same people answered both).
    mu
        ``(period, 2)`` means of all units.
    want
        0 value only, 1 gradient, 2 gradient of both one-period effects by record as well.
    """
    records, periods = y.shape[0], y.shape[1]
    total = 0.0
    each = np.zeros(records)
    gf, gq, gp0 = np.zeros((4, 4)), np.zeros((2, 2)), np.zeros((6, 6))
    gscale, gmu = np.zeros(2), np.zeros((periods, 2))
    gk = 0.0
    by_record = np.zeros((records if want == 2 else 1, 2))
    steps = 2 * periods
    kept_p = np.empty((steps, 6, 6))
    kept_m = np.empty((steps, 6))
    kept_s, kept_v = np.empty(steps), np.empty(steps)
    kept_a = np.empty((steps, 6))
    post_p, post_a = np.empty((periods, 6, 6)), np.empty((periods, 6))
    p, fp = np.empty((6, 6)), np.empty((6, 6))
    a, h, m, hb, mb = np.empty(6), np.empty(6), np.empty(6), np.empty(6), np.empty(6)
    ab, nb = np.empty(6), np.empty(6)
    pb, tb = np.empty((6, 6)), np.empty((6, 6))
    one_minus = 1.0 - k * k
    for r in range(records):
        first, last = span[r, 0], span[r, 1]
        for i in range(6):
            a[i] = 0.0
            for j in range(6):
                p[i, j] = p0[i, j]
        sum_here = 0.0
        for t in range(first, last):
            if t > first:
                # states 2 … 5 move on; levels 0 and 1 stay
                for i in range(4):
                    x = 0.0
                    for j in range(4):
                        x += f[i, j] * a[2 + j]
                    m[i] = x
                for i in range(4):
                    a[2 + i] = m[i]
                for i in range(4):
                    for j in range(6):
                        x = 0.0
                        for n in range(4):
                            x += f[i, n] * p[2 + n, j]
                        fp[i, j] = x
                for i in range(4):
                    for j in range(2):
                        p[2 + i, j] = fp[i, j]
                        p[j, 2 + i] = fp[i, j]
                    for j in range(i + 1):
                        x = 0.0
                        for n in range(4):
                            x += fp[i, 2 + n] * f[j, n]
                        p[2 + i, 2 + j] = x
                        p[2 + j, 2 + i] = x
                for i in range(2):
                    for j in range(2):
                        p[2 + i, 2 + j] += q[i, j]
            both = w[r, t, 0] >= 0.0 and w[r, t, 1] >= 0.0
            for o in range(2):
                if w[r, t, o] < 0.0:
                    continue
                step = 2 * t + o
                noise = scale[o] * w[r, t, o]
                v = y[r, t, o] - c[r] * mu[t, o]
                for i in range(6):
                    h[i] = 0.0
                if o == 0:
                    h[0] = h[2] = h[5] = 1.0
                else:
                    h[1] = h[3] = h[4] = 1.0
                if o == 1 and both and k != 0.0:
                    # noise of CX less its part explained by the noise of EX: independent of it again
                    share = k * np.sqrt(noise / (scale[0] * w[r, t, 0]))
                    h[0] = h[2] = h[5] = -share
                    v -= share * (y[r, t, 0] - c[r] * mu[t, 0])
                    noise *= one_minus
                x = noise
                for i in range(6):
                    z = 0.0
                    for j in range(6):
                        z += p[i, j] * h[j]
                    m[i] = z
                    v -= h[i] * a[i]
                for i in range(6):
                    x += h[i] * m[i]
                if want:
                    for i in range(6):
                        kept_a[step, i] = a[i]
                        kept_m[step, i] = m[i]
                        for j in range(6):
                            kept_p[step, i, j] = p[i, j]
                    kept_s[step] = x
                    kept_v[step] = v
                for i in range(6):
                    a[i] += m[i] * v / x
                    for j in range(6):
                        p[i, j] -= m[i] * m[j] / x
                sum_here -= 0.5 * (g[r] * np.log(x) + v * v / x)
            if want:
                for i in range(6):
                    post_a[t, i] = a[i]
                    for j in range(6):
                        post_p[t, i, j] = p[i, j]
        total += sum_here
        each[r] = sum_here
        if not want:
            continue
        before_1, before_2 = gf[2, 0], gf[3, 1]
        before_3, before_4 = gf[2, 3], gf[3, 2]
        for i in range(6):
            ab[i] = 0.0
            for j in range(6):
                pb[i, j] = 0.0
        for t in range(last - 1, first - 1, -1):
            both = w[r, t, 0] >= 0.0 and w[r, t, 1] >= 0.0
            for o in range(1, -1, -1):
                if w[r, t, o] < 0.0:
                    continue
                step = 2 * t + o
                x, v = kept_s[step], kept_v[step]
                for i in range(6):
                    h[i] = 0.0
                noise = scale[o] * w[r, t, o]
                share = 0.0
                if o == 0:
                    h[0] = h[2] = h[5] = 1.0
                else:
                    h[1] = h[3] = h[4] = 1.0
                    if both and k != 0.0:
                        share = k * np.sqrt(noise / (scale[0] * w[r, t, 0]))
                        h[0] = h[2] = h[5] = -share
                ma = 0.0
                mpm = 0.0
                for i in range(6):
                    z = 0.0
                    for j in range(6):
                        z += pb[i, j] * kept_m[step, j]
                    hb[i] = z  # P̄ m for the moment
                    ma += kept_m[step, i] * ab[i]
                    mpm += kept_m[step, i] * z
                vb = ma / x - v / x
                sb = -ma * v / (x * x) + mpm / (x * x) - 0.5 * (g[r] / x - v * v / (x * x))
                for i in range(6):
                    mb[i] = ab[i] * v / x - 2.0 * hb[i] / x + sb * h[i]
                for i in range(6):
                    z = sb * kept_m[step, i] - vb * kept_a[step, i]
                    for j in range(6):
                        z += kept_p[step, i, j] * mb[j]
                    hb[i] = z
                for i in range(6):
                    for j in range(6):
                        pb[i, j] += 0.5 * (mb[i] * h[j] + h[i] * mb[j])
                    ab[i] -= vb * h[i]
                gmu[t, o] -= vb * c[r]
                if share != 0.0 or (o == 1 and both and k == 0.0):
                    rest = y[r, t, 0] - c[r] * mu[t, 0]
                    shb = -(hb[0] + hb[2] + hb[5]) - vb * rest
                    gmu[t, 0] += vb * share * c[r]
                    root = np.sqrt(noise / (scale[0] * w[r, t, 0]))
                    gk += shb * root - 2.0 * k * noise * sb
                    gscale[1] += shb * share * 0.5 / scale[1] + sb * w[r, t, 1] * one_minus
                    gscale[0] -= shb * share * 0.5 / scale[0]
                else:
                    gscale[o] += sb * w[r, t, o]
            if t > first:
                # through P' = F P Fᵀ + Q and a' = F a
                for i in range(4):
                    for j in range(4):
                        gf[i, j] += ab[2 + i] * post_a[t - 1, 2 + j]
                for i in range(2):
                    for j in range(2):
                        gq[i, j] += pb[2 + i, 2 + j]
                # P F^T, rows all six states, columns the four moving ones
                for i in range(6):
                    for j in range(4):
                        z = 0.0
                        for n in range(4):
                            z += post_p[t - 1, i, 2 + n] * f[j, n]
                        fp[i, j] = z
                for i in range(4):
                    for j in range(4):
                        z = 0.0
                        for n in range(4):
                            # d/dF of F P Fᵀ contracted with symmetric P̄: 2 P̄ F P
                            z += pb[2 + i, 2 + n] * fp[2 + j, n]
                        for n in range(2):
                            z += pb[2 + i, n] * post_p[t - 1, n, 2 + j]
                        gf[i, j] += 2.0 * z
                for i in range(4):
                    z = 0.0
                    for j in range(4):
                        z += f[j, i] * ab[2 + j]
                    nb[i] = z
                for i in range(4):
                    ab[2 + i] = nb[i]
                # P̄ ← Gᵀ P̄ G with G = blockdiag(I, F)
                for i in range(6):
                    for j in range(4):
                        z = 0.0
                        for n in range(4):
                            z += pb[i, 2 + n] * f[n, j]
                        tb[i, j] = z
                for i in range(2):
                    for j in range(4):
                        pb[i, 2 + j] = tb[i, j]
                        pb[2 + j, i] = tb[i, j]
                for i in range(4):
                    for j in range(4):
                        z = 0.0
                        for n in range(4):
                            z += f[n, i] * tb[2 + n, j]
                        pb[2 + i, 2 + j] = z
        for i in range(6):
            for j in range(6):
                gp0[i, j] += pb[i, j]
        if want == 2:
            by_record[r, 0] = gf[2, 0] - before_1 + gf[2, 3] - before_3
            by_record[r, 1] = gf[3, 1] - before_2 + gf[3, 2] - before_4
    return total, each, gf, gq, gp0, gscale, gk, gmu, by_record


@_compiled
def _times(a, b):  # type: ignore[no-untyped-def]
    found = np.zeros((4, 4))
    for i in range(4):
        for n in range(4):
            x = a[i, n]
            if x != 0.0:
                for j in range(4):
                    found[i, j] += x * b[n, j]
    return found


@_compiled
def density(theta, index, fixed_phi, lag, folded, width, counted, y, w, c, g, span, want):  # type: ignore[no-untyped-def]
    """Return log posterior density, its gradient, and the log-likelihood by record.

    Parameters
    ----------
    theta
        ``(dim,)`` unconstrained parameters, period means behind them.
    index
        ``(17,)`` place of each parameter in ``theta``, −1 where there is none; the order is that of the panel model.
    fixed_phi
        Known share that persists, or a negative number.
    lag
        ``(2,)`` mean and sd of its normal prior, on the logit.
    folded
        ``(5,)`` scales of between_ex, between_cx, between_shared, noise_ex, noise_cx as folded normals.
    width
        ``(2,)`` log sd of the noise scale where counts are known.
    counted
        ``(2,)`` whether they are.
    y, w, c, g, span
        Records.
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
            return -np.inf, grad, np.zeros(1)
    mu = np.zeros((periods, 2))
    value = 0.0
    if dim > core:
        for t in range(periods):
            for o in range(2):
                x = theta[core + 2 * t + o]
                mu[t, o] = x
                value -= 0.5 * (x / 20.0) ** 2
    b1, b2 = theta[index[0]], theta[index[1]]
    value -= 0.5 * (b1 * b1 + b2 * b2)
    if fixed_phi >= 0.0:
        phi = fixed_phi
    else:
        phi = 1.0 / (1.0 + np.exp(-theta[index[2]]))
        value -= 0.5 * ((theta[index[2]] - lag[0]) / lag[1]) ** 2
    rho1, rho2 = np.tanh(theta[index[3]]), np.tanh(theta[index[4]])
    s1, s2 = np.exp(theta[index[5]]), np.exp(theta[index[6]])
    r = np.tanh(theta[index[7]])
    value += 2.0 * (np.log(max(1 - rho1 * rho1, 1e-300)) + np.log(max(1 - rho2 * rho2, 1e-300)))
    value += 2.0 * np.log(max(1 - r * r, 1e-300))
    value += theta[index[5]] + theta[index[6]] - 0.5 * ((s1 / 1.5) ** 2 + (s2 / 1.5) ** 2)
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
                return -np.inf, grad, np.zeros(1)
    scale = noise * noise
    total, each, gf, gq, gp0, gscale, gk, gmu, _ = panel_filter(
        y, w, c, g, span, f, q4[:2, :2].copy(), p0, scale, k, mu, want
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
    grad[index[0]] = gf[2, 0] + gf[2, 3] - b1
    grad[index[1]] = gf[3, 1] + gf[3, 2] - b2
    if fixed_phi < 0.0:
        grad[index[2]] = (gf[2, 2] + gf[3, 3]) * phi * (1 - phi) - (theta[index[2]] - lag[0]) / lag[1] ** 2
    grad[index[3]] = gf[0, 0] * (1 - rho1 * rho1) - 4 * rho1
    grad[index[4]] = gf[1, 1] * (1 - rho2 * rho2) - 4 * rho2
    grad[index[5]] = 2 * s1 * s1 * g11 + off * r * s1 * s2 + 1 - (s1 / 1.5) ** 2
    grad[index[6]] = 2 * s2 * s2 * g22 + off * r * s1 * s2 + 1 - (s2 / 1.5) ** 2
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
