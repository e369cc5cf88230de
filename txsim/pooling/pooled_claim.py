# SPDX-License-Identifier: MIT
"""A pooled figure as a claim, ready for a scenario's ``evidence.add``."""

from __future__ import annotations

import math
from typing import Any

from txsim.errors import InputError
from txsim.evidence.claims import STATISTICS, read_claims
from txsim.language import lazy
from txsim.pooling.meta_analysis import Pooled

__all__ = ["DEFAULT_TAU", "pooled_claim"]

#: Prior of the spread where none is stated, by measure: weakly informative ones of the literature (Röver et al., On
#: weakly informative prior distributions for the heterogeneity parameter, Research Synthesis Methods 12 (2021)), half
#: as wide for Fisher's z, where 0.25 already is a large spread; else half-Cauchy of the median standard error.
DEFAULT_TAU = {
    "log_odds_ratio": "half_normal(0.5)",
    "standardised_mean_difference": "half_normal(0.5)",
    "correlation": "half_normal(0.25)",
}


def pooled_claim(
    found: Pooled,
    measure: str,
    *,
    id: str,
    about: str,
    statistic: str | None = None,
    design: str = "cross_section",
    factor: float = 1.0,
    unit: str = "",
    source: str = "",
    file: str = "",
) -> dict[str, Any]:
    """Return the claim as plain data, checked by the rules of the library.

    Parameters
    ----------
    found, measure
        The meta-analysis, and what its numbers are.
    id, about, statistic, design, unit, source
        As in the library. ``statistic`` follows from the measure unless stated: a correlation, else an effect.
    factor
        What a pooled unit is in the unit of the model, for example 0.04 for stars into points of five steps.
    file
        Name of the file that was pooled.

    Returns
    -------
    dict
        ``{id: {...}}``; the standard error is that of the mean over studies, ``spread`` the estimated spread between
        them, which takes the place of the design's, for it was measured.

    Raises
    ------
    InputError
        If the pooled figure cannot be a claim: a mean not above 0 where the scale is the logarithm, unknown names.
    """
    kind = statistic or ("correlation" if measure == "correlation" else "effect")
    if kind not in STATISTICS:
        from txsim.errors import did_you_mean

        message = lazy(
            "unknown statistic `{kind}`{suggestion}; known: {statistics}",
            kind=kind,
            suggestion=did_you_mean(kind, STATISTICS),
            statistics=", ".join(STATISTICS),
        )
        raise InputError(message)
    middle, sd = found.mu.median, found.mu.sd if found.has_sd else (found.mu.central(0.9)[1] - found.mu.median) / 1.645
    spread = math.sqrt(found.tau.mean_square) if math.isfinite(found.tau.mean_square) else found.tau.median
    if kind == "correlation":
        if measure != "correlation":
            message = lazy(
                "a correlation cannot be made of the measure {measure}; use --statistic effect or another",
                measure=measure,
            )
            raise InputError(message)
        value = math.tanh(middle)
    elif measure == "log_odds_ratio":
        value = math.exp(middle) * factor
    elif measure == "correlation":
        message = lazy(
            "a pooled correlation is a claim of the statistic `correlation`; conversion to a slope is a judgement"
        )
        raise InputError(message)
    else:
        value = middle * factor
        if value <= 0:
            message = lazy(
                "the pooled {value:.4g} is not above 0, and a {kind} is scored on the logarithm; turn the sign "
                "by --factor -1 if the claim speaks of the opposite",
                value=value,
                kind=kind,
            )
            raise InputError(message)
        sd, spread = sd / abs(middle), spread / abs(middle)
    count = len(found.estimates)
    entry = {
        id: {
            "role": "scored",
            "statement": f"{count} studies pooled: {kind} of {about}, {value:.3g}.",
            "design": design,
            "statements": [
                {
                    "statistic": kind,
                    "about": about,
                    "value": float(f"{value:.6g}"),
                    "se": float(f"{sd:.4g}"),
                    "spread": float(f"{spread:.4g}"),
                    "transform": STATISTICS[kind],
                    **({"unit": unit} if unit else {}),
                    "assumptions": (
                        f"random effects, {found.tau_prior} for the spread; "
                        f"{'uniform' if found.mu_prior is None else 'normal'} prior of the mean"
                        + (f"; times {factor:g}" if factor != 1 else "")
                    ),
                }
            ],
            "sample": f"{count} studies" + (f" in {file}" if file else ""),
            "source": source or ("; ".join(found.labels[:12]) + (" …" if count > 12 else "")),
            "read": "cited",
        }
    }
    read_claims(entry)
    return entry
