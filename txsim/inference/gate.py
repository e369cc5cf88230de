# SPDX-License-Identifier: MIT
"""The gate: whether draws can be trusted, and in words why not (docs/model.md, section 8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from txsim.inference.claim_arrays import Layout
from txsim.inference.mixing import mixing
from txsim.inference.resolution import Resolved
from txsim.language import Words, lazy
from txsim.types import Array

#: Put before the name of a cluster where its soundness is watched like a parameter.
_SOUNDNESS = "soundness of "


def worst(table: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return the largest R-hat and the smallest effective sample sizes of a table of them.

    What could not be worked out (NaN) is worse than any figure: Python's own `max` and `min` would drop it wherever it
    does not stand first.
    """
    rows = list(table.values())
    return {
        "r_hat": float(np.max([row["r_hat"] for row in rows])),
        "ess_bulk": float(np.min([row["ess_bulk"] for row in rows])),
        "ess_tail": float(np.min([row["ess_tail"] for row in rows])),
    }


def worst_name(table: Mapping[str, Mapping[str, float]]) -> str:
    """Return what has the largest R-hat, or the first whose R-hat could not be worked out."""
    names = list(table)
    return names[int(np.argmax([table[name]["r_hat"] for name in names]))]  # argmax takes the first NaN


def mixes(diagnostics: Mapping[str, float], *, r_hat: float = 1.01, least: float = 400) -> bool:
    """Whether chains have mixed: R-hat under 1.01 and at least 400 effective draws in the middle and in the tails.

    A figure that could not be worked out (NaN) says that they have not.
    """
    enough = all(diagnostics[name] >= least for name in ("ess_bulk", "ess_tail"))
    return bool(diagnostics["r_hat"] < r_hat) and enough


def diagnostics_of(resolution: Resolved, layout: Layout, diverging: Array) -> dict[str, Any]:
    """Return R-hat and effective sample sizes of parameters, scored quantities and soundness, and the worst of them.

    Of a doubted link that is its effective slope and the probability that it does nothing. A ratio to such a link is
    not a number in every draw: what makes it up is watched.
    """
    watched = {name: values for name, values in resolution.par.items() if np.ptp(values) > 0}
    for i, statement in enumerate(layout.statements):
        if np.isfinite(resolution.natural[..., i]).all():
            watched[f"{statement.statistic} {statement.about}"] = resolution.natural[..., i]
    clusters = {_SOUNDNESS + name: resolution.sound[..., i] for i, name in enumerate(layout.clusters)}
    clusters |= {"doubt about " + name: values for name, values in resolution.doubt.items()}
    watched |= {name: values for name, values in clusters.items() if np.ptp(values) > 1e-9}
    table = mixing(watched)
    return {
        **worst(table),
        "divergences": int(diverging.sum()),
        "divergent_share": float(diverging.mean()),
        "each": table,
    }


def passes(diagnostics: Mapping[str, Any]) -> bool:
    """Whether draws pass the gate (docs/model.md, section 8)."""
    return mixes(diagnostics) and bool(diagnostics["divergent_share"] < 0.001)


def why(diagnostics: Mapping[str, Any]) -> Words:
    """Explain a failed gate in words."""
    bad = [
        name.removeprefix(_SOUNDNESS)
        for name, row in diagnostics["each"].items()
        if name.startswith(_SOUNDNESS) and not mixes(row)
    ]
    figures = lazy(
        "R-hat {r_hat:.3f} (must be under 1.01), effective draws {bulk:.0f} in the middle and {tail:.0f} in the tails "
        "(400 needed), {divergences} divergences",
        r_hat=diagnostics["r_hat"],
        bulk=diagnostics["ess_bulk"],
        tail=diagnostics["ess_tail"],
        divergences=diagnostics["divergences"],
    )
    if len(bad) == 1:
        return lazy(
            "the claim {claim} contradicts what is believed without it, by the priors or by other claims. The sampler "
            "cannot weigh them against each other: {figures}. Lower its credibility or drop it in the scenario's "
            "`evidence`, or widen the prior of what it speaks of.",
            claim=bad[0],
            figures=figures,
        )
    if bad:
        return lazy(
            "these claims contradict each other, or what the priors say: {bad}. The sampler cannot weigh them against "
            "each other: {figures}. Lower the credibility of some or drop them in the scenario's `evidence`, or widen "
            "the priors of what they speak of.",
            bad=", ".join(bad),
            figures=figures,
        )
    return lazy(
        "the draws cannot be trusted: {figures}. Narrow the widest priors or drop the claims that you doubt.",
        figures=figures,
    )
