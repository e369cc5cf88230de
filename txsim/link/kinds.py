# SPDX-License-Identifier: MIT
"""Effects by kind of unit (partially pooled), by staff group, and of CX on financial outcomes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.inference.panel import PanelModel
from txsim.inference.panel_draws import PanelDraws, sample
from txsim.inference.panel_path import path
from txsim.link.verdict import figures, verdict
from txsim.panels.panel import Panel
from txsim.panels.prepare import Prepared, prepare
from txsim.panels.spec import OUTCOMES, RAW, LinkSpec

__all__ = ["by_group", "by_kind", "outcomes", "pool"]

Array = NDArray[np.float64]
_FEWEST_UNITS = 6


def pool(estimates: Array, errors: Array, *, scale: float = 0.2) -> tuple[Array, Array, float]:
    """Return partially pooled estimates, their sd, and the mean spread between kinds.

    A normal hierarchical model, ``θ_k ~ N(μ, τ²)``, flat ``μ``, half-normal ``τ`` of the given scale, on a grid of
    ``τ`` (Gelman et al., Bayesian Data Analysis, section 5.4).

    Parameters
    ----------
    estimates, errors
        ``(kind,)`` estimates and standard errors.
    scale
        Scale of the prior of ``τ``.
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


def by_kind(panel: Panel, prepared: Prepared, spec: LinkSpec, found: PanelDraws | None) -> list[dict[str, Any]]:
    """Return the one-period effects of each kind of unit, partially pooled; empty without kinds."""
    if not panel.kind or found is None:
        return []
    phi = float(np.clip(np.median(found["phi"]), 0.01, 0.98))
    kinds = [k for k in dict.fromkeys(panel.kind) if k]
    rows, left_out = [], []
    for kind in kinds:
        inside = np.array([k == kind for k in panel.kind])
        part = prepare(panel, spec, units=inside)
        if part.cannot or inside.sum() < _FEWEST_UNITS:
            left_out.append((kind, int(inside.sum())))
            continue
        mode = path(part.data, phi).modes[0]
        unit = part.sd[1] / part.sd[0]
        error = np.sqrt(np.diag(mode.covariance)[:2])
        rows.append(
            (kind, int(inside.sum()), mode.theta[0] * unit, error[0] * unit, mode.theta[1] / unit, error[1] / unit)
        )
    told: list[dict[str, Any]] = []
    if rows:
        table = np.array([row[2:] for row in rows])
        pooled = [pool(table[:, 0], table[:, 1]), pool(table[:, 2], table[:, 3])]
        for i, (kind, size, *_) in enumerate(rows):
            effects = {}
            for name, (middle, spread, _) in zip(("ex_cx", "cx_ex"), pooled, strict=True):
                m, s = float(middle[i]), float(spread[i])
                effects[name] = {"median": m, "p05": m - 1.645 * s, "p95": m + 1.645 * s}
            told.append({"kind": kind, "units": size, "one_period": effects})
    told += [{"kind": kind, "units": size, "one_period": None} for kind, size in left_out]
    return told


def by_group(panel: Panel, spec: LinkSpec, found: PanelDraws | None) -> list[dict[str, Any]]:
    """Return the one-period effects of each staff group's EX with the units' CX; empty without groups."""
    if not panel.groups or found is None:
        return []
    phi = float(np.clip(np.median(found["phi"]), 0.01, 0.98))
    told: list[dict[str, Any]] = []
    for name, (value, count, spread) in panel.groups.items():
        y, n, variance = panel.y.copy(), panel.n.copy(), panel.variance.copy()
        y[..., 0], n[..., 0] = value, count
        with np.errstate(invalid="ignore", divide="ignore"):
            variance[..., 0] = spread / np.where(count > 0, count, np.nan)
        part = prepare(replace(panel, y=y, n=n, variance=variance, groups={}), spec)
        if part.cannot:
            told.append({"group": name, "one_period": None, "why": "; ".join(part.cannot)})
            continue
        mode = path(part.data, phi).modes[0]
        unit, error = part.sd[1] / part.sd[0], np.sqrt(np.diag(mode.covariance)[:2])
        effects = {}
        for key, o, u in (("ex_cx", 0, unit), ("cx_ex", 1, 1 / unit)):
            m, s = float(mode.theta[o] * u), float(error[o] * u)
            effects[key] = {"median": m, "p05": m - 1.645 * s, "p95": m + 1.645 * s}
        told.append({"group": name, "one_period": effects, "why": ""})
    return told


def outcomes(panel: Panel, spec: LinkSpec, seed: int, workers: int) -> list[dict[str, Any]]:
    """Return what CX is followed by in financial outcomes, within units, and what that says of `churn_cx` and the like.

    Churn and revenue per customer enter as logarithms, so that effects are shares per point, as the parameters are; a
    margin enters in points of percent.
    """
    told: list[dict[str, Any]] = []
    for name, values in panel.outcomes.items():
        sign = -1.0 if name == "churn" else 1.0
        logged = name != "margin"
        with np.errstate(invalid="ignore", divide="ignore"):
            y = np.where(values > 0, np.log(values), np.nan) if logged else values
        stacked = np.stack([panel.y[..., 1], y], axis=2)
        blank = np.full(values.shape, np.nan)
        pair = replace(
            panel,
            y=stacked,
            n=np.stack([panel.n[..., 1], blank], axis=2),
            variance=np.stack([panel.variance[..., 1], blank], axis=2),
            scales=(panel.scales[1], RAW),
            groups={},
        )
        part = prepare(pair, spec.model_copy(update={"shared_raters": False}))
        if part.cannot:
            reason = "; ".join(part.cannot).replace("CX", name).replace("EX", "CX")
            told.append(
                {
                    "outcome": name,
                    "parameter": OUTCOMES[name],
                    "verdict": "cannot_say",
                    "why": reason,
                    "one_period": None,
                    "settled": None,
                }
            )
            continue
        draws = sample(PanelModel(part.data, part.phi), seed, workers=workers, stream=f"outcome {name}")
        unit = sign * part.sd[1] / part.sd[0] * (1.0 if panel.scales[1] == RAW else panel.sd_ratio[1])
        b = draws["b_ex_cx"] * unit
        told.append(
            {
                "outcome": name,
                "parameter": OUTCOMES[name],
                "verdict": verdict(draws["b_ex_cx"] * sign, False),
                "why": "",
                "one_period": figures(b),
                "settled": figures(b / np.maximum(1 - draws["phi"], 1e-6)),
            }
        )
    return told
