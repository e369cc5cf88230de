# SPDX-License-Identifier: MIT
"""R-hat and effective sample sizes of chains, as ArviZ defines them.

ArviZ itself takes three times as long to import as its figures take to work out, and brings xarray, pandas and
Matplotlib with it, into every process that samples. The formulas are those of Vehtari, Gelman, Simpson, Carpenter and
Bürkner, Rank-normalization, folding, and localization: an improved R-hat, Bayesian Analysis 16(2), 2021; tests hold
them against ArviZ's.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from txsim.types import Array

#: Shares of draws below which the tails begin, above which they end.
_TAILS = (0.05, 0.95)
#: Lags whose autocorrelations are worked out at a time; chains that mix need few.
_LAGS = 64


def mixing(watched: Mapping[str, Array]) -> dict[str, dict[str, float]]:
    """Return R-hat and effective sample sizes, in the middle and in the tails, of draws by name.

    ``watched``: draws ``(chain, draw)``, at least two chains of four draws. Returns ``r_hat``, ``ess_bulk`` and
    ``ess_tail`` of each; NaN where they cannot be worked out.
    """
    # Of draws that are 0 in most places, as of a link in doubt, a tail may be the same in a whole chain: 0 to 0.
    with np.errstate(divide="ignore", invalid="ignore"):
        return {name: _figures(np.asarray(draws, dtype=np.float64)) for name, draws in watched.items()}


def _figures(draws: Array) -> dict[str, float]:
    if min(draws.shape[0] - 1, draws.shape[1] // 4) < 1 or np.isnan(draws).any():
        return dict.fromkeys(("r_hat", "ess_bulk", "ess_tail"), float("nan"))
    halves = _halves(draws)
    scores = _scores(halves)
    folded = _scores(np.abs(halves - np.median(halves)))
    tails = [_effective(_halves((draws <= limit).astype(np.float64))) for limit in np.quantile(draws, _TAILS)]
    return {
        "r_hat": float(max(_r_hat(scores), _r_hat(folded))),
        "ess_bulk": float(_effective(scores)),
        "ess_tail": float(min(tails)),
    }


def _halves(draws: Array) -> Array:
    """Return the first and the second half of each chain as chains of their own; of odd ones the middle is left out."""
    half = draws.shape[1] // 2
    return np.vstack((draws[:, :half], draws[:, -half:]))


def _scores(values: Array) -> Array:
    """Return normal scores of ranks; equal values share the mean of their ranks (Blom's offset of 3/8)."""
    from scipy.special import ndtri

    flat = values.ravel()
    order = np.argsort(flat, kind="stable")
    ordered = flat[order]
    first = np.concatenate(([True], ordered[1:] != ordered[:-1]))
    ends = np.concatenate((np.flatnonzero(first), [flat.size]))
    ranks = np.empty(flat.size)
    ranks[order] = (0.5 * (ends[:-1] + ends[1:] + 1))[np.cumsum(first) - 1]
    scores = ndtri((ranks - 3 / 8) / (flat.size - 2 * 3 / 8 + 1))
    return np.asarray(scores, dtype=np.float64).reshape(values.shape)


def _r_hat(chains: Array) -> float:
    """Return the root of the variance of all draws over that within chains."""
    n = chains.shape[1]
    between = n * np.var(chains.mean(axis=1), ddof=1)
    within = np.mean(np.var(chains, axis=1, ddof=1))
    return float(np.sqrt((between / within + n - 1) / n))


def _effective(chains: Array) -> float:
    """Return the number of independent draws that tell as much about the mean as these do.

    Autocorrelations are summed up to where the sum of a pair is no longer positive, and made to fall from pair to pair
    (Geyer, Practical Markov chain Monte Carlo, Statistical Science 7(4), 1992).
    """
    if np.ptp(chains) < np.finfo(float).resolution:
        return float(chains.size)
    count, n = chains.shape
    covariances = _autocovariances(chains)
    mean_variance = np.mean(covariances[:, 0]) * n / (n - 1.0)
    variance = mean_variance * (n - 1.0) / n + np.var(chains.mean(axis=1), ddof=1)
    known = np.zeros(0)

    def correlation(lag: int) -> float:
        nonlocal known
        while lag >= len(known):
            some = np.ascontiguousarray(covariances[:, len(known) : len(known) + _LAGS].T)
            known = np.concatenate((known, 1.0 - (mean_variance - some.mean(axis=1)) / variance))
        return float(known[lag])

    kept = np.zeros(n)
    even, odd = 1.0, correlation(1)
    kept[:2] = even, odd
    lag = 1
    while lag < n - 3 and even + odd > 0.0:
        even, odd = correlation(lag + 1), correlation(lag + 2)
        if even + odd >= 0:
            kept[lag + 1], kept[lag + 2] = even, odd
        lag += 2
    last = lag - 2
    if even > 0:
        kept[last + 1] = even
    for lag in range(1, last - 1, 2):
        if kept[lag + 1] + kept[lag + 2] > kept[lag - 1] + kept[lag]:
            kept[lag + 1] = kept[lag + 2] = (kept[lag - 1] + kept[lag]) / 2.0
    time = -1.0 + 2.0 * np.sum(kept[: last + 1]) + np.sum(kept[last + 1 : last + 2])
    time = max(time, 1 / np.log10(count * n))
    return float("nan") if np.isnan(kept).any() else float(count * n / time)


def _autocovariances(chains: Array) -> Array:
    """Return autocovariances ``(chain, lag)`` by the Fourier transform of chains followed by as many zeros."""
    from scipy.fft import next_fast_len

    n = chains.shape[1]
    padded = next_fast_len(2 * n)
    spectrum = np.fft.rfft(chains - chains.mean(axis=1, keepdims=True), n=padded, axis=1)
    spectrum *= np.conjugate(spectrum)
    return np.asarray(np.fft.irfft(spectrum, n=padded, axis=1)[:, :n] / n, dtype=np.float64)
