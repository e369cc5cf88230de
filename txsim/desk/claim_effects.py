# SPDX-License-Identifier: MIT
"""What claims do to the answer: the payoff under other beliefs, claim by claim, and where each claim stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from txsim.desk import conflict
from txsim.desk.desk import Desk
from txsim.desk.power_scaling import sensitivity
from txsim.errors import CalibrationError
from txsim.forecast import draw
from txsim.inference.gap import gap
from txsim.inference.spec import prior_draws
from txsim.scenario import Scenario
from txsim.types import Array

__all__ = ["Variant", "comparison", "interval"]

_PRIOR = 2**14


@dataclass(frozen=True)
class Variant:
    """A belief to compare: what it is called and what kind it is, with the scenario that holds it.

    ``kind`` is ``credibility``, ``pack``, ``no_claims``, ``face_value`` or ``set``.
    """

    label: str
    kind: str
    scenario: Scenario


def interval(values: Array) -> dict[str, float]:
    """Return ``{median, p05, p95}`` of draws."""
    low, middle, high = (float(x) for x in np.quantile(values, [0.05, 0.5, 0.95]))
    return {"median": middle, "p05": low, "p95": high}


def comparison(
    desk: Desk,
    variants: Sequence[Variant] = (),
    *,
    leave_one_out: bool = True,
    conflicts: bool = True,
    power_scaling: bool = True,
) -> dict[str, Any]:
    """Return what beliefs and claims do to a scenario's payoff, as plain data (docs/schema.md).

    Parameters
    ----------
    desk
        The scenario.
    variants
        Other beliefs.
    leave_one_out, conflicts, power_scaling
        Which of the slower parts are wanted.

    Raises
    ------
    CalibrationError
        If the scenario's own beliefs give no draws that can be trusted; a variant that gives none says so in its row.
    """
    base = desk.base
    told: dict[str, Any] = {
        "scenario": desk.scenario.title or desk.scenario.source,
        "currency": desk.scenario.organisation.currency,
        "draws": desk.draws,
        "seed": base.forecast.seed,
        "packs": list(desk.scenario.packs),
        "base": base.row(),
        "variants": [_variant(desk, variant) for variant in variants],
        "influence": _influence(desk) if leave_one_out else None,
        "claims": _claims(desk, with_conflicts=conflicts),
        "sensitivity": _sensitivity(desk) if power_scaling else None,
        "gap": _gap(desk),
        "evidence": _evidence(desk),
    }
    return told


def _variant(desk: Desk, variant: Variant) -> dict[str, Any]:
    row: dict[str, Any] = {"label": variant.label, "kind": variant.kind, "error": None}
    try:
        found = desk.payoff(variant.scenario)
    except CalibrationError as error:
        return row | {"error": str(error), "how": None, "options": None, "verdict": None}
    credible = {claim.id: claim.posterior_credibility for claim in found.tuned.calibration.claims}
    return row | found.row(desk.base) | {"posterior_credibility": credible}


def _influence(desk: Desk) -> list[dict[str, Any]]:
    """Return what leaving out each claim does, the strongest on the NPV of committing first."""
    rows = []
    base = desk.base.row()
    for claim in desk.spec.claims:
        row: dict[str, Any] = {"id": claim.id, "cluster": claim.cluster, "error": None}
        try:
            found = desk.under(desk.without([claim.id])).row(desk.base)
        except CalibrationError as error:
            rows.append(row | {"error": str(error), "change_npv": None, "change_p_loss": None, "flips": None})
            continue
        commit = found["options"]["commit"]
        rows.append(
            row
            | {
                "change_npv": commit["change"],
                "change_p_loss": commit["change_p_loss"],
                "verdict": found["verdict"]["option"],
                # A change within its Monte Carlo error flips nothing.
                "flips": found["verdict"]["option"] != base["verdict"]["option"]
                and abs(commit["change"]["mean"]) > 2 * commit["change"]["mcse"],
                "how": found["how"],
                "k_hat": found["k_hat"],
            }
        )
    return sorted(rows, key=lambda row: -abs(row["change_npv"]["mean"]) if row["change_npv"] else 0.0)


def _claims(desk: Desk, *, with_conflicts: bool) -> list[dict[str, Any]]:
    entries = desk.scenario.claims()
    after = {claim.id: claim for claim in desk.base.tuned.calibration.claims}
    prior = prior_draws(desk.spec, _PRIOR, 1) if with_conflicts and desk.spec.claims else {}
    others: dict[str, Mapping[str, Array] | None] = {}
    rows = []
    for claim in desk.spec.claims:
        entry = entries[claim.id]
        row: dict[str, Any] = {
            "id": claim.id,
            "statement": entry.statement,
            "cluster": claim.cluster,
            "design": claim.design,
            "read": entry.read,
            "credibility": claim.credibility,
            "posterior_credibility": after[claim.id].posterior_credibility if claim.id in after else None,
            "conflicts": None,
        }
        if with_conflicts:
            if claim.cluster not in others:
                others[claim.cluster] = _without_cluster(desk, claim.cluster)
            implied = others[claim.cluster]
            if implied is not None:
                under_prior = conflict.percentiles(desk.spec, claim, prior)
                under_others = conflict.percentiles(desk.spec, claim, implied)
                row["conflicts"] = conflict.told(claim, under_prior, under_others)
        rows.append(row)
    return rows


def _without_cluster(desk: Desk, cluster: str) -> Mapping[str, Array] | None:
    members = [claim.id for claim in desk.spec.claims if claim.cluster == cluster]
    try:
        found = desk.tuned(desk.without(members)).calibration
    except CalibrationError:
        return None
    return dict(zip(found.names, found.draws.reshape(len(found.names), -1), strict=True))


def _sensitivity(desk: Desk) -> list[dict[str, Any]] | None:
    calibration = desk.base.tuned.calibration
    if calibration.source == "point":
        return None
    par = draw(desk.scenario, calibration, draws=desk.draws, seed=desk.base.forecast.seed).parameters
    return sensitivity(desk.spec, par, desk.base.npv("commit"))


def _gap(desk: Desk) -> dict[str, Any]:
    found = desk.base.tuned.calibration
    par = dict(zip(found.names, found.draws.reshape(len(found.names), -1), strict=True))
    return gap_told(desk.spec.graph, "ex -> cx", par)


def gap_told(graph: Any, path: str, par: Mapping[str, Array]) -> dict[str, Any]:
    """Return association, effect and the shares of what lies between, as plain data."""
    found = gap(graph, path, par)
    whole = float(found.association.mean())
    shares = {name: float(part.mean()) / whole for name, part in found.parts.items()}
    return {
        "path": path,
        "association": interval(found.association),
        "effect": interval(found.effect),
        "share_effect": float(found.effect.mean()) / whole,
        "shares": shares,
    }


def _evidence(desk: Desk) -> dict[str, Any]:
    """Return how much of the answer rests on evidence: the payoff with and without claims."""
    scenario = desk.no_claims()
    alone = desk.payoff(scenario).npv("commit")
    with_claims = desk.base.npv("commit")
    (low, high), (p_low, p_high) = (np.quantile(values, [0.05, 0.95]) for values in (with_claims, alone))
    width, p_width = float(high - low), float(p_high - p_low)
    return {
        "npv_without_claims": interval(alone) | {"mean": float(alone.mean())},
        "npv_with_claims": interval(with_claims) | {"mean": float(with_claims.mean())},
        "interval_narrowed_by": 1 - width / p_width if p_width > 0 else 0.0,
    }
