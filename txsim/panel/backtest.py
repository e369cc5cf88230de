# SPDX-License-Identifier: MIT
"""``txsim backtest``: fit on the first periods, forecast the rest, and count how often that was right."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from txsim.errors import InputError
from txsim.inference.spec import seed_for
from txsim.language import N_, Figure, Message, lazy
from txsim.panel.likelihood.density import PanelModel
from txsim.panel.likelihood.dynamics import RUN_IN
from txsim.panel.likelihood.lag_path import path
from txsim.panel.likelihood.standardisation import demeaned, prepare
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.panel import Panel
from txsim.results.backtest import Backtest, MethodScore, standing
from txsim.results.link import SERIES
from txsim.types import Array, Progress

LEVELS = (50, 80, 90)
_ORIGINS, _HORIZON, _DRAWS = 5, 6, 40
_NODES = np.array([0.03, 0.22, 0.5, 0.73, 0.89])


def crps_normal(y: Array, mean: Array, sd: Array) -> Array:
    """Return the CRPS of normal forecasts (Gneiting & Raftery 2007, JASA 102(477), 359–378)."""
    from scipy.special import ndtr

    z = (y - mean) / sd
    score: Array = sd * (z * (2 * ndtr(z) - 1) + 2 * np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi) - 1 / np.sqrt(np.pi))
    return score


def backtest(
    panel: Panel,
    spec: LinkSpec,
    *,
    seed: int = 0,
    workers: int = 2,
    warnings: Sequence[Message | str] = (),
    progress: Progress | None = None,
) -> Backtest:
    """Return how well rolling forecasts did.

    ``panel``, ``spec``: the data and how they were read. ``seed``, ``workers``: of the draws of parameters behind each
    forecast. ``warnings``: what the reader of the panel must know of it. ``progress``: told what takes long. Raises
    InputError if there are fewer than five periods or six units.

    Notes
    -----
    Each forecast is normal with the mean and variance of the posterior predictive distribution, parameters drawn from
    the normal approximation at the mode of the lag that fits best. Means of coming periods are the last one's, and as
    uncertain as they have moved so far.
    """
    periods = panel.y.shape[1]
    if periods < 5 or len(panel.units) < 6:
        message = lazy(
            "{number} units × {periods} periods: a backtest needs six units and five periods",
            number=len(panel.units),
            periods=periods,
        )
        raise InputError(message)
    first = max(4, periods // 2)
    origins = np.unique(np.linspace(first, periods - 1, _ORIGINS).astype(int))
    gathered: dict[str, _Rows] = {}
    used = []
    for i, k in enumerate(origins):
        if progress is not None:
            progress(lazy("forecasting the past"), i / len(origins))
        known = replace(
            panel, y=panel.y[:, :k], n=panel.n[:, :k], variance=panel.variance[:, :k], groups={}, outcomes={}
        )
        prepared = prepare(known, spec)
        if prepared.cannot:
            continue
        used.append(int(k))
        ahead = min(_HORIZON, periods - int(k))
        truth = panel.y[:, k : k + ahead]
        w = panel.variance[:, k : k + ahead] / np.array(prepared.divisor)
        w = np.where(np.isfinite(w), w, np.nanmedian(prepared.w, axis=(0, 1)))
        rng = np.random.default_rng(seed_for(seed, f"backtest {k}"))
        means = _period_means(known.y)
        for name, (mean, sd) in {
            "model": _model(prepared, ahead, w, rng, workers),
            **_others(prepared.y, ahead),
        }.items():
            shift = means[0] + 0.0
            spread = np.sqrt(sd**2 + (means[1] / prepared.sd) ** 2 * np.arange(1, ahead + 1)[None, :, None])
            gathered.setdefault(name, []).append((truth, mean * prepared.sd + shift, spread * prepared.sd))
    if not used:
        raise InputError(lazy("no early part of the panel is enough to fit anything: a backtest is not possible"))
    gathered = {name: rows for name, rows in gathered.items() if len(rows) == len(used)}  # of the same periods
    errors = {name: _errors(rows) for name, rows in gathered.items()}
    methods = {name: _scores(rows, errors[name]) for name, rows in gathered.items()}
    ours, theirs = methods["model"].crps, methods["persistence"].crps
    ratio = {s: ours[s] / theirs[s] if theirs[s] > 0 else math.nan for s in SERIES}
    rival = {s: min((name for name in methods if name != "model"), key=lambda m: methods[m].crps[s]) for s in SERIES}
    to_best = {s: _ratio(errors["model"][..., o], errors[rival[s]][..., o]) for o, s in enumerate(SERIES)}
    lost = [s.upper() for s in SERIES if standing(*to_best[s]) != "better"]
    few = lazy("{series}: forecasts that do not beat the best simple one carry no information beyond it",
               series=", ".join(lost))  # fmt: skip
    return Backtest(
        sentence=_sentence(to_best, rival, methods["model"].coverage),
        origins=tuple(used),
        horizon=int(min(_HORIZON, periods - used[0])),
        unit=lazy("the file's own unit") if panel.raw else lazy("index points"),
        methods=methods,
        crps_ratio_to_persistence=ratio,
        best_rival=rival,
        crps_ratio_to_best={s: each[0] for s, each in to_best.items()},
        crps_ratio_range={s: each[1:] for s, each in to_best.items()},
        warnings=(*warnings, *((few,) if lost else ())),
    )


_RIVALS = {"persistence": N_("persistence"), "unit_means": N_("means of units"), "regression": N_("regression")}
_AGAINST = {
    "better": N_("{series} better than {rival} (CRPS ratio {ratio}, 90 % {low} … {high})"),
    "as_good": N_("{series} within noise as good as {rival} (CRPS ratio {ratio}, 90 % {low} … {high})"),
    "worse": N_("{series} worse than {rival} (CRPS ratio {ratio}, 90 % {low} … {high})"),
    "one_unit": N_("{series} against {rival}: one unit alone does not tell (CRPS ratio {ratio})"),
    "never": N_("{series} worse than {rival}, which is never wrong here"),
}


def _ratio(ours: Array, theirs: Array) -> tuple[float, float, float]:
    """Return the ratio of two methods' mean CRPS and its 90 % interval; NaN where the other is never wrong.

    The error of a ratio estimator, forecasts of one unit depending on each other as they like; what moves all units at
    once is in both alike. Of one unit the interval is NaN. ``ours``, ``theirs``: ``(unit, forecast)``,
    NaN where nothing came.
    """
    from scipy.special import stdtrit

    seen = np.isfinite(ours).any(axis=1)
    total, count = float(np.nansum(theirs)), int(seen.sum())
    if total <= 0:
        return math.nan, math.nan, math.nan
    ratio = float(np.nansum(ours)) / total
    if count < 2:
        return ratio, math.nan, math.nan
    left = np.nansum(ours[seen] - ratio * theirs[seen], axis=1)
    half = float(stdtrit(count - 1, 0.95) * np.sqrt(count / (count - 1) * (left @ left)) / total)
    return ratio, ratio - half, ratio + half


def _sentence(
    ratios: Mapping[str, tuple[float, float, float]], rival: Mapping[str, str], coverage: Mapping[str, float]
) -> Message:
    """Return the outcome in words, against the best simple forecast of each series."""
    within = {f"n{level}": Figure(100 * coverage[str(level)], "number", digits=0) for level in LEVELS}
    parts = {}
    for name, ratio in ratios.items():
        told = (Figure(each, "number", digits=2) for each in ratio) if math.isfinite(ratio[0]) else ()
        figures = dict(zip(("ratio", "low", "high"), told, strict=False))
        against = _AGAINST[standing(*ratio)]
        parts[name] = lazy(against, series=name.upper(), rival=lazy(_RIVALS[rival[name]]), **figures)
    return lazy(
        "The panel model against the best simple forecast: {ex}; {cx}. Of 100 values {n50}, {n80} and {n90} came "
        "within its intervals of 50, 80 and 90 %.",
        **parts,
        **within,
    )


def _period_means(y: Array) -> tuple[Array, Array]:
    """Return the last period's mean ``(2,)`` of all units and the sd of its steps."""
    seen = np.isfinite(y)
    mean = np.where(seen, y, 0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    has = seen.any(axis=0)
    last, step = np.zeros(2), np.zeros(2)
    for o in range(2):
        row = mean[has[:, o], o]
        last[o] = row[-1] if row.size else 0.0
        step[o] = float(np.sqrt(np.mean(np.diff(row) ** 2))) if row.size > 2 else 0.0
    return last, step


_Rows = list[tuple[Array, Array, Array]]


def _errors(rows: _Rows) -> Array:
    """Return the CRPS of all forecasts ``(unit, forecast, 2)``, NaN where nothing came."""
    truth, mean, sd = (np.concatenate(each, axis=1) for each in zip(*rows, strict=True))
    return crps_normal(truth, mean, np.maximum(sd, 1e-9))


def _scores(rows: _Rows, errors: Array) -> MethodScore:
    """Return how well forecasts did: truth, mean and sd ``(unit, step, 2)`` of each origin, and their CRPS."""
    from scipy.special import ndtri

    truth, mean, sd = (np.concatenate(each, axis=1) for each in zip(*rows, strict=True))
    off = (np.abs(truth - mean) / np.maximum(sd, 1e-9))[np.isfinite(truth)]
    return MethodScore(
        {name: float(np.nansum(errors[..., o]) / max(np.isfinite(errors[..., o]).sum(), 1))
         for o, name in enumerate(SERIES)},
        {str(level): float((off <= ndtri(0.5 + level / 200)).sum() / max(off.size, 1)) for level in LEVELS},
    )  # fmt: skip


def _model(prepared: Any, ahead: int, w: Array, rng: np.random.Generator, workers: int) -> tuple[Array, Array]:
    """Return mean and sd ``(unit, step, 2)`` of the model's forecasts, standardised."""
    along = path(prepared.data, prepared.phi, nodes=_NODES, workers=workers)
    x = np.log(along.phi) - np.log1p(-along.phi)
    center, width = prepared.data.lag_prior
    best = int(np.argmax(along.evidence - (0.5 * ((x - center) / width) ** 2 if prepared.phi is None else 0.0)))
    mode = along.modes[best]
    model = PanelModel(prepared.data, float(along.phi[best]))
    thetas = mode.theta + rng.standard_normal((_DRAWS, len(mode.theta))) @ mode.root.T
    values = model.natural(thetas)
    shape = (prepared.y.shape[0], ahead, 2)
    first, second = np.zeros(shape), np.zeros(shape)
    for i in range(_DRAWS):
        mean, variance = _filtered({name: float(v[i]) for name, v in values.items()}, prepared.y, prepared.w, ahead, w)
        first, second = first + mean / _DRAWS, second + (variance + mean**2) / _DRAWS
    return first, np.sqrt(np.maximum(second - first**2, 1e-9))


def _filtered(n: dict[str, float], y: Array, w: Array, ahead: int, w_ahead: Array) -> tuple[Array, Array]:
    """Filter all units at once; return mean and variance ``(unit, step, 2)`` of forecasts, survey noise included."""
    units = y.shape[0]
    f = np.zeros((8, 8))
    f[0, 0] = f[1, 1] = 1.0
    f[4, 6], f[5, 7] = n["b_ex_cx"], n["b_cx_ex"]  # the last two states: movement that is gone a period later
    f[2:6, 2:6] = [
        [n["rho_ex"], 0, 0, 0], [0, n["rho_cx"], 0, 0],
        [n["b_ex_cx"], 0, n["phi"], n["b_ex_cx"]], [0, n["b_cx_ex"], n["b_cx_ex"], n["phi"]],
    ]  # fmt: skip
    q = np.zeros((8, 8))
    q[6, 6], q[7, 7] = n["brief_ex"] ** 2, n["brief_cx"] ** 2
    c = n["r_shock"] * n["sd_ex"] * n["sd_cx"]
    q[2:4, 2:4] = [[n["sd_ex"] ** 2, c], [c, n["sd_cx"] ** 2]]
    start = np.zeros((8, 8))
    for _ in range(RUN_IN):
        start = f @ start @ f.T + q
    c = n["r_between"] * n["between_ex"] * n["between_cx"]
    start[:2, :2] = [[n["between_ex"] ** 2, c], [c, n["between_cx"] ** 2]]
    a, p = np.zeros((units, 8)), np.broadcast_to(start, (units, 8, 8)).copy()
    h = np.array([[1.0, 0, 1, 0, 0, 1, 1, 0], [0, 1.0, 0, 1, 1, 0, 0, 1]])
    noise = np.array([n["noise_ex"], n["noise_cx"]]) ** 2
    for t in range(y.shape[1]):
        if t:
            a, p = a @ f.T, f @ p @ f.T + q
        for o in range(2):
            seen = np.isfinite(y[:, t, o]) & np.isfinite(w[:, t, o])
            if not seen.any():
                continue
            m = p[seen] @ h[o]
            s = m @ h[o] + noise[o] * w[seen, t, o]
            a[seen] += m * ((y[seen, t, o] - a[seen] @ h[o]) / s)[:, None]
            p[seen] -= m[:, :, None] * m[:, None, :] / s[:, None, None]
    mean, variance = np.empty((units, ahead, 2)), np.empty((units, ahead, 2))
    for t in range(ahead):
        a, p = a @ f.T, f @ p @ f.T + q
        mean[:, t] = a @ h.T
        variance[:, t] = np.einsum("oi,uij,oj->uo", h, p, h) + noise * w_ahead[:, t]
    return mean, variance


def _others(y: Array, ahead: int) -> dict[str, tuple[Array, Array]]:
    """Return persistence, unit means and a plain regression, each normal with the spread of its own past errors."""
    units, k = y.shape[:2]
    flat = demeaned(y)
    last = np.zeros((units, 2))
    for t in range(k):
        seen = np.isfinite(flat[:, t])
        last = np.where(seen, np.nan_to_num(flat[:, t]), last)
    shape = (units, ahead, 2)
    step = np.empty((ahead, 2))
    for t in range(ahead):
        gap = min(t + 1, k - 1)
        for o in range(2):
            d = flat[:, gap:, o] - flat[:, :-gap, o]
            d = d[np.isfinite(d)]
            step[t, o] = np.sqrt(np.mean(d**2)) if d.size else 1.0
    seen = np.isfinite(flat)
    count = seen.sum(axis=1)
    mean = np.where(seen, flat, 0).sum(axis=1) / np.maximum(count, 1)
    left = np.where(seen, flat - mean[:, None], 0.0)
    free = np.maximum(np.maximum(count - 1, 0).sum(axis=0), 1)
    sd = np.sqrt((left**2).sum(axis=(0, 1)) / free)
    forecasts = {
        "persistence": (np.broadcast_to(last[:, None], shape).copy(), np.broadcast_to(step, shape).copy()),
        "unit_means": (
            np.broadcast_to(mean[:, None], shape).copy(),
            np.sqrt(sd**2 * (1 + 1 / np.maximum(count, 1)))[:, None].repeat(ahead, axis=1),
        ),
    }
    before, after = flat[:, :-1].reshape(-1, 2), flat[:, 1:].reshape(-1, 2)
    both = np.isfinite(before).all(axis=1) & np.isfinite(after).all(axis=1)
    if both.sum() > 10:
        slope, *_ = np.linalg.lstsq(before[both], after[both], rcond=None)
        error = np.cov((after[both] - before[both] @ slope).T)
        now, spread = last.copy(), np.zeros((2, 2))
        means, sds = np.empty(shape), np.empty(shape)
        for t in range(ahead):
            now, spread = now @ slope, slope.T @ spread @ slope + error
            means[:, t], sds[:, t] = now, np.sqrt(np.diag(spread))
        forecasts["regression"] = (means, sds)
    return forecasts
