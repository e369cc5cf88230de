# SPDX-License-Identifier: MIT
"""Every parameter with what was believed before, what is believed now, and how much of that is evidence."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from txsim.desk.claim_effects import interval
from txsim.forecast import calibration_spec
from txsim.inference import Calibration
from txsim.priors.catalogue import parameters
from txsim.priors.distributions import Distribution, describe, from_scores, is_point, median, quantile, support
from txsim.scenario import Scenario
from txsim.types import Array

__all__ = ["believed", "listing", "narrowed", "prior_told"]


def prior_told(d: Distribution) -> dict[str, Any]:
    """Return median, 90 % interval and words of a prior, as plain data."""
    return {"median": median(d), "p05": quantile(d, 0.05), "p95": quantile(d, 0.95), "words": describe(d)}


def narrowed(prior: Distribution, draws: Array) -> float:
    """Return by what share evidence narrows a belief: 1 − sd after / sd before.

    Logarithms are compared where nothing bounds it above. Below 0 the claims make it wider.
    """
    if is_point(prior):
        return 0.0
    before = from_scores(prior, np.linspace(-3.0, 3.0, 601))
    weight = np.exp(-0.5 * np.linspace(-3.0, 3.0, 601) ** 2)
    after = draws.reshape(-1)
    if support(prior) == (0.0, math.inf) and after.min() > 0:
        before, after = np.log(before), np.log(after)
    middle = np.average(before, weights=weight)
    spread = math.sqrt(np.average((before - middle) ** 2, weights=weight))
    return float(1.0 - after.std() / spread)


def believed(scenario: Scenario, name: str) -> dict[str, Any]:
    """Return where the belief about a parameter comes from: ``source``, ``by``, ``date``, ``why`` and ``evidence``."""
    known = parameters()
    belief = scenario.beliefs.get(name)
    if belief is None:
        if name in known:
            entry = known[name]
            return {"source": "catalogue", "by": "", "date": "", "why": entry.reason, "evidence": list(entry.evidence)}
        return {"source": "graph of the scenario", "by": "", "date": "", "why": "", "evidence": []}
    layers = scenario._places
    place = layers.place(("priors", name)) if layers is not None else None
    source = place.file if place is not None and place.file else "scenario"
    if place is not None and place.line is not None and not source.startswith("pack "):
        source = f"{source}:{place.line}"
    return {
        "source": source,
        "by": belief.by,
        "date": belief.date,
        "why": belief.why,
        "evidence": list(belief.already_uses),
    }


def listing(scenario: Scenario, calibration: Calibration) -> dict[str, Any]:
    """Return every parameter as plain data (docs/schema.md).

    Parameters
    ----------
    scenario
        Whose beliefs; see :func:`txsim.scenario.load_beliefs` for the packaged ones.
    calibration
        Draws under them.
    """
    spec = calibration_spec(scenario)
    known = parameters()
    rows: list[dict[str, Any]] = []
    for name, prior in spec.priors.items():
        entry = known.get(name)
        draws = calibration.parameter(name)
        rows.append(
            {
                "name": name,
                "unit": entry.unit if entry else "points per point",
                "meaning": entry.meaning if entry else "an edge that the scenario adds",
                "role": "calibration",
                "prior": prior_told(prior),
                "posterior": interval(draws),
                "narrowed_by": narrowed(prior, draws),
                **believed(scenario, name),
            }
        )
    for name, entry in known.items():
        if entry.role == "calibration":
            continue
        told = {entry.role: scenario.priors.get(name, entry.prior)} if entry.prior is not None else entry.variants
        for variant, distribution in told.items():
            if distribution is None:
                continue
            shown = name if entry.prior is not None else f"{name}.{variant}"
            rows.append(
                {
                    "name": shown,
                    "unit": entry.unit,
                    "meaning": entry.meaning,
                    "role": entry.role,
                    "prior": prior_told(distribution),
                    "posterior": None,
                    "narrowed_by": None,
                    **believed(scenario, name),
                }
            )
    moved = [row["narrowed_by"] for row in rows if row["narrowed_by"] is not None]
    return {
        "scenario": scenario.title or scenario.source or "packaged beliefs",
        "packs": list(scenario.packs),
        "calibration": {"hash": calibration.hash, "source": calibration.source},
        "claims_scored": len(spec.claims),
        "narrowed_by_a_tenth": sum(value > 0.1 for value in moved),
        "parameters": rows,
    }
