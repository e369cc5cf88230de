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

import numpy as np

from txsim.cachedir import cache_dir

__all__ = ["kernel"]

_compiled: dict[str, Any] = {}


def kernel() -> Any:
    """Return the compiled function ``(y, w, c, g, span, F, Q, P0, scale, k, mu, want) → loglik, gradients``."""
    if "filter" not in _compiled:
        import numba

        numba.config.CACHE_DIR = str(cache_dir("numba"))  # compiled code is a pickle: only in a folder of one's own
        _compiled["filter"] = numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")(_filter)
    return _compiled["filter"]


def _filter(y, w, c, g, span, f, q, p0, scale, k, mu, want):  # type: ignore[no-untyped-def]  # numba's signature
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
        0 value only, 1 gradient, 2 gradient of ``b_ex_cx`` and ``b_ce_ex`` by record as well.
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
