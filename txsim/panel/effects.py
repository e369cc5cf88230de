# SPDX-License-Identifier: MIT
"""What the draws of a panel mean in the units people read: effects, lag, between units, survey noise."""

from __future__ import annotations

from typing import Any

import numpy as np

from txsim.panel.likelihood.sampler import PanelDraws
from txsim.panel.likelihood.standardisation import Prepared
from txsim.panel.predictive_checks import statistics
from txsim.panel.reader.panel import Panel
from txsim.panel.verdict import figures, robustness_value
from txsim.units import SCALES

__all__ = ["DIRECTIONS", "between", "effects_of", "noise_share", "widened"]


DIRECTIONS = (("ex_cx", 0, 1), ("cx_ex", 1, 0))


def widened(found: PanelDraws, factors: tuple[float, float]) -> PanelDraws:
    """Return the draws with both effects spread about their medians (:mod:`txsim.panel.likelihood.robustness`)."""
    if max(factors) <= 1:
        return found
    values = dict(found.values)
    for name, factor in zip(("b_ex_cx", "b_cx_ex"), factors, strict=True):
        middle = float(np.median(values[name]))
        values[name] = middle + factor * (values[name] - middle)
    return PanelDraws(values, found.means, found.diagnostics, found.theta)


def effects_of(panel: Panel, prepared: Prepared, found: PanelDraws) -> dict[str, Any]:
    """Return effects in the units people read: points per point, or sd per sd where the scale is not known."""
    one: dict[str, Any] = {}
    settled: dict[str, Any] = {}
    sensitivity: dict[str, Any] = {}
    seen = np.isfinite(prepared.y)
    for name, source, target in DIRECTIONS:
        b = found[f"b_{name}"]
        own = float(prepared.sd[target] / prepared.sd[source])
        # published panels are standardised by the sd over units and periods together
        unit = own if not panel.raw else own * float(prepared.total_sd[source] / prepared.total_sd[target])
        beta = b / np.maximum(1.0 - found["phi"], 1e-6)
        for told, draws in ((one, b), (settled, beta)):
            told[name] = {
                **figures(draws * unit),
                "unit": "sd per sd" if panel.raw else "points per point",
                "within_sd": figures(draws),
                "own_unit": figures(draws * own * _own(panel, source, target)),
            }
        pairs = int((seen[:, :-1, source] & seen[:, 1:, target]).sum())
        free = max(pairs - int(seen.any(axis=1)[:, target].sum()) - 4, 1)
        value = robustness_value(float(np.median(b)), float(b.std()), free)
        sensitivity[name] = {
            "robustness_value": value,
            "degrees_of_freedom": free,
            "meaning": f"an unmeasured cause would have to explain {100 * value:.0f} % of what is left of both "
            "to explain the effect away",
        }
    months = prepared.period_months
    monthly = found["phi"] ** (1.0 / months)
    lag = 1.0 / np.maximum(1.0 - monthly, 1e-6)
    real = statistics(prepared.y)
    persists = {name: figures(found[name]) for name in ("rho_ex", "rho_cx")}
    return {
        "one_period": one,
        "settled": settled,
        "lag": {"months": figures(lag), "phi": figures(found["phi"]), "given": prepared.phi is not None},
        "within": {
            "correlation": real["same_period"],
            "ex_then_cx": real["ex_then_cx"],
            "cx_then_ex": real["cx_then_ex"],
            "shocks": figures(found["r_shock"]),
            "persistence": {"ex": persists["rho_ex"], "cx": persists["rho_cx"]},
            "sd": {"ex": float(prepared.sd[0]), "cx": float(prepared.sd[1])},
        },
        "sensitivity": sensitivity,
    }


def _own(panel: Panel, source: int, target: int) -> float:
    """Return units of the target's own scale per unit of the source's, for one point per point."""
    per = [SCALES[s].points_per_unit if s in SCALES else 1.0 for s in panel.scales]
    return per[source] / per[target]


def between(panel: Panel, prepared: Prepared, found: PanelDraws | None) -> dict[str, Any]:
    """Return how the lasting levels of units go together, and what share of it the links do not explain."""
    seen = np.isfinite(prepared.y)
    count = np.maximum(seen.sum(axis=1), 1)
    mean = np.where(seen, prepared.y, 0.0).sum(axis=1) / count * prepared.sd
    both = seen.any(axis=1).all(axis=1)
    x, y = mean[both, 0], mean[both, 1]
    observed = float(np.corrcoef(x, y)[0, 1]) if both.sum() > 2 and x.std() > 0 and y.std() > 0 else None
    told: dict[str, Any] = {
        "observed_correlation": observed,
        "units": int(both.sum()),
        "correlation": None,
        "slope": None,
        "confounding_share": None,
    }
    if found is None:
        return told
    r, be, bc = found["r_between"], found["between_ex"], found["between_cx"]
    own = float(prepared.sd[1] / prepared.sd[0])
    told["correlation"] = figures(r)
    told["slope"] = figures(r * bc / np.maximum(be, 1e-9) * own)
    # What both links would make of unit effects that are not tied to each other, against what is there.
    forth = found["b_ex_cx"] / np.maximum(1 - found["phi"], 0.02)
    back = found["b_cx_ex"] / np.maximum(1 - found["phi"], 0.02)
    stable = forth * back < 0.9
    covariance = r * be * bc
    # (I − B) Σ (I − B)ᵀ = Ω; with its off-diagonal at zero, Σ would have this covariance
    e2, c2 = be**2, bc**2
    own_e = e2 - 2 * back * covariance + back**2 * c2
    own_c = c2 - 2 * forth * covariance + forth**2 * e2
    by_links = (forth * own_e + back * own_c) / (1 - forth * back) ** 2
    usable = stable & (np.abs(covariance) > 1e-3)
    if usable.mean() > 0.5:
        share = 1.0 - by_links[usable] / covariance[usable]
        found_share = figures(np.clip(share, -1.0, 2.0))
        if found_share["p95"] - found_share["p05"] < 1.0:  # else the data leave it open
            told["confounding_share"] = found_share
    return told


def noise_share(prepared: Prepared, found: PanelDraws) -> dict[str, Any]:
    """Return how much of the period-to-period movement of each series is survey noise."""
    told = {}
    for o, name in enumerate(("ex", "cx")):
        change = prepared.y[:, 1:, o] - prepared.y[:, :-1, o]
        both = np.isfinite(change)
        w = np.where(both, prepared.w[:, 1:, o] + prepared.w[:, :-1, o], 0.0)
        total = float((change[both] ** 2).mean()) if both.any() else float("nan")
        noise = float(w[both].mean()) if both.any() else float("nan")
        share = np.clip(found[f"noise_{name}"] ** 2 * noise / max(total, 1e-12), 0.0, 1.0)
        told[name] = figures(share) if np.isfinite(total) else None
    return told
