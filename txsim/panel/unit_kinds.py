# SPDX-License-Identifier: MIT
"""Effects by kind of unit (partially pooled), by staff group, and of CX on financial outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import erf, sqrt

import numpy as np

from txsim.inference.spec import seed_for
from txsim.language import Message, joined, lazy
from txsim.panel.effects import in_sd
from txsim.panel.likelihood.lag_path import path
from txsim.panel.likelihood.outcomes import Outcome
from txsim.panel.likelihood.sampler import PanelDraws
from txsim.panel.likelihood.standardisation import Prepared, prepare
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.panel import Panel
from txsim.panel.verdict import figures, verdict
from txsim.priors.distributions import Z95
from txsim.results.link import DIRECTIONS, GroupEffect, KindEffect, OutcomeEffect
from txsim.results.panel_data import UnitLine
from txsim.results.quantities import Interval
from txsim.types import Array

_FEWEST_UNITS = 6


def pool(estimates: Array, errors: Array, *, scale: float = 0.2) -> tuple[Array, Array, float]:
    """Return partially pooled estimates, their sd, and the mean spread between kinds.

    A normal hierarchical model, ``θ_k ~ N(μ, τ²)``, flat ``μ``, half-normal ``τ`` of the given scale, on a grid of
    ``τ`` (Gelman et al., Bayesian Data Analysis, section 5.4).

    ``estimates``, ``errors``: ``(kind,)`` estimates and standard errors; ``scale``: scale of the prior of ``τ``.
    """
    grid = np.linspace(1e-6, 4 * scale, 400)[:, None]
    total = errors**2 + grid**2
    precision = (1 / total).sum(axis=1)
    center = (estimates / total).sum(axis=1) / precision
    height = (
        -0.5 * np.log(total).sum(axis=1)
        - 0.5 * np.log(precision)
        - 0.5 * ((estimates - center[:, None]) ** 2 / total).sum(axis=1)
        - 0.5 * (grid[:, 0] / scale) ** 2
    )
    weight = np.exp(height - height.max())
    weight /= weight.sum()
    keep = grid**2 / total
    mean = keep * estimates + (1 - keep) * center[:, None]
    variance = keep * errors**2 + (1 - keep) ** 2 / precision[:, None]
    middle = weight @ mean
    spread = np.sqrt(weight @ (variance + (mean - middle) ** 2))
    return middle, spread, float(weight @ grid[:, 0])


def by_kind(panel: Panel, prepared: Prepared, spec: LinkSpec, posterior: PanelDraws | None) -> tuple[KindEffect, ...]:
    """Return the one-period effects of each kind of unit, alone and partially pooled; empty without kinds."""
    if not panel.kind or posterior is None:
        return ()
    phi = float(np.clip(np.median(posterior["phi"]), 0.01, 0.98))
    told = in_sd(panel, prepared)  # as the whole panel moves, so that kinds can be compared
    kinds: list[tuple[str, int, Message | str]] = []
    parts: list[_Part | None] = []
    for kind in (k for k in dict.fromkeys(panel.kind) if k):
        inside = np.array([k == kind for k in panel.kind])
        part = prepare(panel, spec, units=inside)
        least = inside.sum() < _FEWEST_UNITS
        few = lazy("fewer than {n} units", n=_FEWEST_UNITS) if least else ""
        why = joined("; ", part.cannot) if part.cannot else few
        parts.append(None if why else _estimate(part, phi, told))
        kinds.append((kind, int(inside.sum()), why))
    effects = _together(parts)
    return tuple(KindEffect(*kind, *effect) for kind, effect in zip(kinds, effects, strict=True))


def by_group(panel: Panel, prepared: Prepared, spec: LinkSpec, posterior: PanelDraws | None) -> tuple[GroupEffect, ...]:
    """Return the one-period effects of each staff group's EX with the units' CX, alone and partially pooled.

    Each group's EX is read with the CX of the same units, so that what other groups' moods share with it is in its
    effect; in the graph it stands for ``ex[group] -> cx``. Empty without groups.
    """
    if not panel.groups or posterior is None:
        return ()
    phi = float(np.clip(np.median(posterior["phi"]), 0.01, 0.98))
    told = in_sd(panel, prepared)
    groups: list[tuple[str, float | None, Message | str]] = []
    parts: list[_Part | None] = []
    answered = {name: float(np.nansum(count)) for name, (_, count, _) in panel.groups.items()}
    everyone = sum(answered.values())
    for name, (value, count, spread) in panel.groups.items():
        y, n, variance = panel.y.copy(), panel.n.copy(), panel.variance.copy()
        y[..., 0], n[..., 0] = value, count
        with np.errstate(invalid="ignore", divide="ignore"):
            variance[..., 0] = spread / np.where(count > 0, count, np.nan)
        part = prepare(replace(panel, y=y, n=n, variance=variance, groups={}), spec)
        parts.append(None if part.cannot else _estimate(part, phi, told))
        share = answered[name] / everyone if everyone > 0 else None
        groups.append((name, share, joined("; ", part.cannot) if part.cannot else ""))
    effects = _together(parts)
    return tuple(GroupEffect(*group, *effect) for group, effect in zip(groups, effects, strict=True))


@dataclass(frozen=True)
class _Part:
    """One kind's or group's effects ``(2,)`` there and back, their errors, and the unit of each."""

    effect: Array
    error: Array


def _estimate(part: Prepared, phi: float, told: Array) -> _Part:
    mode = path(part.data, phi).modes[0]
    units = part.sd[::-1] / part.sd * told
    return _Part(mode.theta[:2] * units, np.sqrt(np.diag(mode.covariance)[:2]) * units)


_Effects = dict[str, Interval] | None


def _together(parts: list[_Part | None]) -> list[tuple[_Effects, _Effects]]:
    """Return the effects of each part informed by the others, and alone; ``None`` where a part cannot say."""
    known = [part for part in parts if part is not None]
    pooled = []
    for o in range(2 if known else 0):
        errors = np.array([part.error[o] for part in known])
        scale = max(0.2, float(np.median(errors)))  # on other scales than points per point effects may be large
        pooled.append(pool(np.array([part.effect[o] for part in known]), errors, scale=scale))
    effects: list[tuple[_Effects, _Effects]] = []
    at = 0
    for part in parts:
        if part is None:
            effects.append((None, None))
            continue
        alone = {name: _normal(part.effect[o], part.error[o]) for o, name in enumerate(DIRECTIONS)}
        effects.append(
            ({name: _normal(pooled[o][0][at], pooled[o][1][at]) for o, name in enumerate(DIRECTIONS)}, alone)
        )
        at += 1
    return effects


def _normal(middle: float, error: float) -> Interval:
    m, s = float(middle), float(error)
    return Interval(m, m - Z95 * s, m + Z95 * s, 0.5 * (1.0 + erf(m / max(s, 1e-300) / sqrt(2.0))))


def outcomes(read: Sequence[Outcome], seed: int) -> tuple[OutcomeEffect, ...]:
    """Return what CX does to financial outcomes, within units, and what that says of `churn_cx` and the like.

    By the data alone. Churn enters as a log hazard and revenue per customer as a logarithm, so that effects are shares
    per point, as the parameters are; a margin enters in percentage points.
    """
    effects = []
    for each in read:
        effect = OutcomeEffect(
            outcome=each.name,
            parameter=each.parameter,
            timing=lazy("a period later, through margin_lag") if each.lag else lazy("within the period"),
            verdict="cannot_say",
            why=joined("; ", each.cannot) if each.cannot else "",
            one_period=None,
            settled=None,
            in_calibration=each.told,
        )
        if each.along is not None:
            b, settled = each.draws(np.random.default_rng(seed_for(seed, f"outcome {each.name}")))
            size = abs(each.unit)
            found = verdict(b / size, figures(settled / size))
            effect = replace(
                effect,
                verdict="inconclusive" if each.held_back is not None and found != "cannot_say" else found,
                one_period=figures(b),
                settled=figures(settled),
                own_unit=figures(settled * each.own) if each.usable else None,
            )
        effects.append(effect)
    return tuple(effects)


# --- Units as short lines: where each stands, and how CX follows its own EX. For pictures, not for inference


#: Units that are drawn at most, evenly by their EX; respondents of a usual cell under which a unit is not shown.
_MOST, _FEWEST_ANSWERS = 60, 10
#: Periods of a unit from which it has a line of its own.
_PERIODS = 4


def unit_lines(panel: Panel, prepared: Prepared) -> tuple[UnitLine, ...]:
    """Return units with their mean EX and CX, net of period means, and the slope of CX a period later on their own EX.

    Slopes are least squares within the unit, drawn towards each other as far as their errors say
    (:func:`txsim.panel.unit_kinds.pool`). Units of few periods or of fewer than ten respondents a cell are left out.
    """
    if prepared.cannot:
        return ()
    y = prepared.y * prepared.sd
    base = np.nanmean(panel.y, axis=(0, 1))
    rows, slopes, errors = [], [], []
    for i in range(len(y)):
        counted = panel.n[i][np.isfinite(panel.n[i])]
        before, after = y[i, :-1, 0], y[i, 1:, 1]
        both = np.isfinite(before) & np.isfinite(after)
        if both.sum() < _PERIODS or (counted.size and np.median(counted) < _FEWEST_ANSWERS):
            continue
        x, z = before[both] - before[both].mean(), after[both] - after[both].mean()
        squares = float(x @ x)
        if squares <= 0:
            continue
        slope = float(x @ z) / squares
        left = z - slope * x
        rows.append((float(np.nanmean(y[i, :, 0])), float(np.nanmean(y[i, :, 1])), float(np.sqrt(squares / len(x)))))
        slopes.append(slope)
        variance = max(float(left @ left), 1e-12) / max(len(x) - 2, 1)
        errors.append(float(np.sqrt(variance / squares)))
    if len(rows) < 2:
        return ()
    error = np.array(errors)
    usual = float(np.median(error))
    shrunk, *_ = pool(np.array(slopes), np.maximum(error, 0.1 * usual), scale=max(0.2, usual))
    order = np.argsort([row[0] for row in rows])
    chosen = order[np.unique(np.linspace(0, len(order) - 1, min(len(order), _MOST)).round().astype(int))]
    return tuple(
        UnitLine(float(base[0] + rows[i][0]), float(base[1] + rows[i][1]), rows[i][2], float(shrunk[i])) for i in chosen
    )
