# SPDX-License-Identifier: MIT
"""The Kalman filter of many units side by side, and its reverse sweep by hand (docs/link.md).

Units stand in *lanes*: the innermost axis of every array, so that one instruction serves several units at once. A lane
without an observation gains nothing by it: its gain is nought. Observations are taken up one number at a time, which
needs no matrix inverse. Automatic gradients through an unrolled filter take minutes to compile; this one does not.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from txsim.cachedir import cache_dir
from txsim.panel.likelihood.numba_cache import checked

__all__ = ["compiled", "panel_filter"]

_config: Any = numba.config
_config.CACHE_DIR = str(cache_dir("numba"))  # compiled code is a pickle: only in a folder of one's own
_njit: Any = numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")


def compiled(function: Any) -> Any:
    """Compile a function to machine code, kept between runs."""
    return checked(_njit(function))


#: Where the transition of states 2 … 5 is not zero: rows and columns.
_ROW = np.array([0, 1, 2, 2, 2, 3, 3, 3])
_COL = np.array([0, 1, 0, 2, 3, 1, 2, 3])
#: States that make up EX and CX: lasting level, own disturbance, what the other one's past adds.
_SEEN = np.array([[0, 2, 5], [1, 3, 4]])


@compiled
def panel_filter(y, w, c, g, begin, end, f, q, p0, scale, k, paired, mu, want):  # type: ignore[no-untyped-def]
    """Return log-likelihood and gradients with respect to f, q, p0, scale, k, mu, and the log-likelihood by record.

    Parameters
    ----------
    y, w
        ``(block, period, 2, lane)`` observations, and factors of their noise variance; ``w < 0`` where there is none.
    c, g
        ``(block, lane)`` weight of the period mean in the record, and weight of the log determinants.
    begin, end
        ``(block,)`` first period and the one after the last.
    f
        ``(4, 4)`` transition of states 2 … 5.
    q
        ``(2, 2)`` covariance of innovations of states 2 and 3.
    p0
        ``(6, 6)`` covariance of the states before the first observation.
    scale
        ``(2,)`` noise variance per unit of ``w``.
    k, paired
        Correlation of the noise of the two series in one cell, and whether there is any (the same people answered
        both).
    mu
        ``(period, 2)`` means of all units.
    want
        0 value only, 1 gradient.
    """
    blocks, periods, lanes = y.shape[0], y.shape[1], y.shape[3]
    each = np.zeros((blocks, lanes))
    gf, gq, gp0 = np.zeros((4, 4, lanes)), np.zeros((2, 2, lanes)), np.zeros((6, 6, lanes))
    gscale, gmu, gk = np.zeros((2, lanes)), np.zeros((periods, 2, lanes)), np.zeros(lanes)
    p, a, m = np.empty((6, 6, lanes)), np.empty((6, lanes)), np.empty((6, lanes))
    pb, ab, mb, hb = np.empty((6, 6, lanes)), np.empty((6, lanes)), np.empty((6, lanes)), np.empty((6, lanes))
    fp, tb, na, h = np.empty((6, 6, lanes)), np.empty((6, 4, lanes)), np.empty((4, lanes)), np.empty((6, lanes))
    x, ma, vb, sb = np.empty(lanes), np.empty(lanes), np.empty(lanes), np.empty(lanes)
    volume, freed, whole = np.empty(lanes), np.empty(lanes), np.ones(lanes)
    root, share, none = np.zeros((periods, lanes)), np.zeros((periods, lanes)), np.zeros(lanes)
    rows = periods if want else 1
    post_p, post_a = np.empty((rows, 6, 6, lanes)), np.empty((rows, 6, lanes))
    kept_m, kept_v, kept_s = np.empty((rows, 2, 6, lanes)), np.empty((rows, 2, lanes)), np.empty((rows, 2, lanes))
    one_minus = 1.0 - k * k
    for b in range(blocks):
        first, last = begin[b], end[b]
        for n in range(lanes):
            volume[n] = 1.0
        for i in range(6):
            for n in range(lanes):
                a[i, n] = 0.0
            for j in range(6):
                for n in range(lanes):
                    p[i, j, n] = p0[i, j]
        for t in range(first, last):
            at = t if want else 0
            if t > first:  # states 2 … 5 move on; levels 0 and 1 stay
                for i in range(4):
                    for n in range(lanes):
                        na[i, n] = 0.0
                    for j in range(6):
                        for n in range(lanes):
                            fp[i, j, n] = 0.0
                for e in range(8):
                    i, u = _ROW[e], _COL[e]
                    z = f[i, u]
                    for n in range(lanes):
                        na[i, n] += z * a[2 + u, n]
                    for j in range(6):
                        for n in range(lanes):
                            fp[i, j, n] += z * p[2 + u, j, n]
                for i in range(4):
                    for n in range(lanes):
                        a[2 + i, n] = na[i, n]
                    for j in range(2):
                        for n in range(lanes):
                            p[2 + i, j, n] = fp[i, j, n]
                            p[j, 2 + i, n] = fp[i, j, n]
                    for j in range(4):
                        z = q[i, j] if i < 2 and j < 2 else 0.0
                        for n in range(lanes):
                            p[2 + i, 2 + j, n] = z
                for e in range(8):
                    j, u = _ROW[e], _COL[e]
                    z = f[j, u]
                    for i in range(4):
                        for n in range(lanes):
                            p[2 + i, 2 + j, n] += fp[i, 2 + u, n] * z
            for o in range(2):
                s1, s2, s3 = _SEEN[o]
                r1, r2, r3 = _SEEN[1 - o]
                tied, kept = none, whole
                if o == 1 and paired:  # noise of CX less its part explained by that of EX is independent of it again
                    tied, kept = share[t], freed
                    for n in range(lanes):
                        both = w[b, t, 0, n] >= 0.0 and w[b, t, 1, n] >= 0.0
                        root[t, n] = np.sqrt(scale[1] * w[b, t, 1, n] / (scale[0] * w[b, t, 0, n])) if both else 0.0
                        tied[n] = k * root[t, n]
                        freed[n] = one_minus if both else 1.0
                for i in range(6):
                    for n in range(lanes):
                        other = p[i, r1, n] + p[i, r2, n] + p[i, r3, n]
                        m[i, n] = p[i, s1, n] + p[i, s2, n] + p[i, s3, n] - tied[n] * other
                for n in range(lanes):
                    noise = scale[o] * w[b, t, o, n] * kept[n]
                    v = y[b, t, o, n] - c[b, n] * mu[t, o] - a[s1, n] - a[s2, n] - a[s3, n]
                    v -= tied[n] * (y[b, t, 0, n] - c[b, n] * mu[t, 0] - a[r1, n] - a[r2, n] - a[r3, n])
                    s = noise + m[s1, n] + m[s2, n] + m[s3, n] - tied[n] * (m[r1, n] + m[r2, n] + m[r3, n])
                    seen = w[b, t, o, n] >= 0.0
                    volume[n] *= s if seen else 1.0
                    sb[n] = 1.0 / s if seen else 0.0
                    vb[n] = v if seen else 0.0
                    each[b, n] -= 0.5 * vb[n] * vb[n] * sb[n]
                for i in range(6):
                    for n in range(lanes):
                        a[i, n] += m[i, n] * vb[n] * sb[n]
                    for j in range(6):
                        for n in range(lanes):
                            p[i, j, n] -= m[i, n] * m[j, n] * sb[n]
                if want:
                    for n in range(lanes):
                        kept_v[at, o, n], kept_s[at, o, n] = vb[n], sb[n]
                    for i in range(6):
                        for n in range(lanes):
                            kept_m[at, o, i, n] = m[i, n]
            if (t - first) % 4 == 3 or t == last - 1:  # a logarithm costs more than eight products
                for n in range(lanes):
                    each[b, n] -= 0.5 * g[b, n] * np.log(volume[n])
                    volume[n] = 1.0
            if want:
                for i in range(6):
                    for n in range(lanes):
                        post_a[at, i, n] = a[i, n]
                    for j in range(6):
                        for n in range(lanes):
                            post_p[at, i, j, n] = p[i, j, n]
        if not want:
            continue
        for i in range(6):
            for n in range(lanes):
                ab[i, n] = 0.0
            for j in range(6):
                for n in range(lanes):
                    pb[i, j, n] = 0.0
        for t in range(last - 1, first - 1, -1):
            for o in range(1, -1, -1):
                s1, s2, s3 = _SEEN[o]
                r1, r2, r3 = _SEEN[1 - o]
                tied = share[t] if o == 1 and paired else none
                gain, inverse, rest, here = kept_m[t, o], kept_s[t, o], kept_v[t, o], post_p[t]
                for i in range(6):
                    own = i in (s1, s2, s3)
                    for n in range(lanes):
                        h[i, n] = 1.0 if own else -tied[n]
                    for n in range(lanes):
                        na[0, n] = gain[i, n] * inverse[n]
                        m[i, n] = 0.0
                    # the covariance and the state before this number was taken up
                    for n in range(lanes):
                        post_a[t, i, n] -= na[0, n] * rest[n]
                    for j in range(6):
                        for n in range(lanes):
                            here[i, j, n] += na[0, n] * gain[j, n]
                        for n in range(lanes):
                            m[i, n] += pb[i, j, n] * gain[j, n]
                for n in range(lanes):
                    ma[n] = 0.0
                    x[n] = 0.0
                for i in range(6):
                    for n in range(lanes):
                        ma[n] += gain[i, n] * ab[i, n]
                    for n in range(lanes):
                        x[n] += gain[i, n] * m[i, n]
                for n in range(lanes):
                    vb[n] = (ma[n] - rest[n]) * inverse[n]
                for n in range(lanes):
                    x[n] = (x[n] - ma[n] * rest[n] + 0.5 * rest[n] * rest[n]) * inverse[n]
                for n in range(lanes):
                    sb[n] = (x[n] - 0.5 * g[b, n]) * inverse[n]
                for i in range(6):
                    for n in range(lanes):
                        mb[i, n] = ab[i, n] * rest[n] - 2.0 * m[i, n]
                    for n in range(lanes):
                        mb[i, n] = mb[i, n] * inverse[n] + sb[n] * h[i, n]
                for i in range(6):
                    for n in range(lanes):
                        hb[i, n] = sb[n] * gain[i, n] - vb[n] * post_a[t, i, n]
                    for j in range(6):
                        for n in range(lanes):
                            hb[i, n] += here[i, j, n] * mb[j, n]
                        for n in range(lanes):
                            pb[i, j, n] += 0.5 * (mb[i, n] * h[j, n] + h[i, n] * mb[j, n])
                    for n in range(lanes):
                        ab[i, n] -= vb[n] * h[i, n]
                for n in range(lanes):
                    gmu[t, o, n] -= vb[n] * c[b, n]
                    gscale[o, n] += sb[n] * max(w[b, t, o, n], 0.0)
                if o == 1 and paired:
                    for n in range(lanes):
                        if root[t, n] > 0.0:
                            by_share = -(hb[r1, n] + hb[r2, n] + hb[r3, n])
                            by_share -= vb[n] * (y[b, t, 0, n] - c[b, n] * mu[t, 0])
                            gmu[t, 0, n] += vb[n] * tied[n] * c[b, n]
                            gk[n] += by_share * root[t, n] - 2.0 * k * scale[1] * w[b, t, 1, n] * sb[n]
                            gscale[1, n] += by_share * tied[n] * 0.5 / scale[1] - sb[n] * w[b, t, 1, n] * k * k
                            gscale[0, n] -= by_share * tied[n] * 0.5 / scale[0]
            if t > first:  # back through P' = F P Fᵀ + Q and a' = F a
                before = post_p[t - 1]
                for i in range(6):
                    for j in range(4):
                        for n in range(lanes):
                            fp[i, j, n] = 0.0
                        for n in range(lanes):
                            tb[i, j, n] = 0.0
                for e in range(8):
                    j, u = _ROW[e], _COL[e]
                    z = f[j, u]
                    for i in range(6):
                        for n in range(lanes):
                            fp[i, j, n] += before[i, 2 + u, n] * z
                        for n in range(lanes):
                            tb[i, u, n] += pb[i, 2 + j, n] * z
                for e in range(8):
                    i, j = _ROW[e], _COL[e]
                    for d in range(4):
                        for n in range(lanes):
                            gf[i, j, n] += 2.0 * pb[2 + i, 2 + d, n] * fp[2 + j, d, n]
                    for d in range(2):
                        for n in range(lanes):
                            gf[i, j, n] += 2.0 * pb[2 + i, d, n] * before[d, 2 + j, n]
                    for n in range(lanes):
                        gf[i, j, n] += ab[2 + i, n] * post_a[t - 1, 2 + j, n]
                for i in range(2):
                    for j in range(2):
                        for n in range(lanes):
                            gq[i, j, n] += pb[2 + i, 2 + j, n]
                for i in range(4):
                    for n in range(lanes):
                        na[i, n] = 0.0
                    for j in range(2):
                        for n in range(lanes):
                            pb[j, 2 + i, n] = tb[j, i, n]
                            pb[2 + i, j, n] = tb[j, i, n]
                    for j in range(4):
                        for n in range(lanes):
                            pb[2 + i, 2 + j, n] = 0.0
                for e in range(8):
                    u, i = _ROW[e], _COL[e]
                    z = f[u, i]
                    for n in range(lanes):
                        na[i, n] += z * ab[2 + u, n]
                    for j in range(4):
                        for n in range(lanes):
                            pb[2 + i, 2 + j, n] += z * tb[2 + u, j, n]
                for i in range(4):
                    for n in range(lanes):
                        ab[2 + i, n] = na[i, n]
        for i in range(6):
            for j in range(6):
                for n in range(lanes):
                    gp0[i, j, n] += pb[i, j, n]
    return (
        each.sum(),
        each,
        gf.sum(axis=2),
        gq.sum(axis=2),
        gp0.sum(axis=2),
        gscale.sum(axis=1),
        gk.sum(),
        gmu.sum(axis=2),
    )
