# SPDX-License-Identifier: MIT
"""A pooled figure as a claim, ready for a scenario's ``evidence.add``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from txsim.errors import InputError, Problem, did_you_mean
from txsim.evidence.claim_types import STATISTICS
from txsim.evidence.claims import read_claims
from txsim.evidence.study_figures import NotConverted
from txsim.evidence.study_values import NEEDS, Converted, converted
from txsim.language import as_message, lazy
from txsim.pooling.meta_analysis import Pooled
from txsim.priors.distributions import Z95

#: Prior of the spread where none is stated, by measure: weakly informative ones of the literature (Röver et al., On
#: weakly informative prior distributions for the heterogeneity parameter, Research Synthesis Methods 12 (2021)), half
#: as wide for Fisher's z, where 0.25 already is a large spread; else half-Cauchy of the median standard error.
DEFAULT_TAU = {
    "log_odds_ratio": "half_normal(0.5)",
    "log_hazard_ratio": "half_normal(0.5)",
    "standardised_mean_difference": "half_normal(0.5)",
    "correlation": "half_normal(0.25)",
}


def pooled_claim(
    posterior: Pooled,
    measure: str,
    *,
    id: str,
    about: str,
    design: str,
    where: str,
    statistic: str | None = None,
    conversion: Mapping[str, Any] | None = None,
    factor: float = 1.0,
    source: str = "",
    file: str = "",
) -> dict[str, Any]:
    """Return the claim as plain data, checked by the rules of the library.

    Parameters
    ----------
    id, about, design, where, statistic, source
        As in the library. ``statistic`` follows from the measure unless stated: a correlation, else an effect.
    conversion
        How a pooled number becomes what the claim speaks of: ``unit, per, per_unit, event, base`` as in
        :mod:`txsim.evidence.study_values`.
    factor
        By what the pooled numbers are multiplied before that: what a standard deviation is, for example.

    Returns
    -------
    dict
        ``{id: {...}}``. The standard error is that of the mean over studies, ``spread`` the estimated spread between
        them, which takes the place of the design's, for it was measured. **One study is one study**: its own standard
        error, and no spread, so that the design's holds and no prior of a spread is added to it.

    Raises
    ------
    InputError
        If the pooled figure cannot be a claim: no conversion that leads there, unknown names.
    """
    kind = statistic or ("correlation" if measure == "correlation" else "effect")
    if kind not in STATISTICS:
        message = lazy(
            "unknown statistic `{kind}`{suggestion}; known: {statistics}",
            kind=kind,
            suggestion=did_you_mean(kind, STATISTICS),
            statistics=", ".join(STATISTICS),
        )
        raise InputError(message)
    count = len(posterior.estimates)
    middle, sd, tau = _moments(posterior)
    try:
        if kind == measure == "correlation" and not conversion:
            result = Converted(math.tanh(middle), sd, "atanh", (), abs(middle) < 1.96 * sd)
        else:
            result = converted(kind, about, _as_reported(measure, middle, sd, factor, conversion or {}))
    except NotConverted as error:
        hint = as_message(error.hint) if error.hint else None
        raise InputError(Problem(as_message(error.message), path=error.key, hint=hint)) from None
    # Conversions are linear in the estimate, or nearly so over its error: what they do to one, they do to the spread.
    value, se, spread = result.value, result.se, tau * result.se / sd
    if result.transform == "natural":
        if abs(value) >= 2 * se:
            spread = spread / abs(value)
        else:  # a spread relative to what may be nothing says nothing
            se, spread = math.hypot(se, spread), 0.0
    statement = {"statistic": kind, "about": about, "value": float(f"{value:.6g}"), "se": float(f"{se:.4g}")}
    how = [f"random effects, {posterior.tau_prior} for the spread; "
           f"{'uniform' if posterior.mu_prior is None else 'normal'} prior of the mean"]  # fmt: skip
    if count == 1:
        how = ["one study: its own error; the spread between organisations is that of its design"]
    else:
        statement["spread"] = float(f"{spread:.4g}")
    how += [f"times {factor:g}"] if factor != 1 else []
    how += [step.english() for step in result.steps]
    studies = f"{count} studies pooled" if count > 1 else "One study"
    entry = {
        id: {
            "role": "scored",
            "where": where,
            "statement": f"{studies}: {kind} of {about}, {value:.3g}.",
            "design": design,
            "statements": [{**statement, "transform": result.transform, "assumptions": "; ".join(how)}],
            "sample": (f"{count} studies" if count > 1 else "1 study") + (f" in {file}" if file else ""),
            "source": source or ("; ".join(posterior.labels[:12]) + (" …" if count > 12 else "")),
            "read": "cited",
            **({"null": True} if result.null else {}),
            **({"needs": NEEDS[about]} if about in NEEDS else {}),
        }
    }
    read_claims(entry)
    return entry


def _moments(posterior: Pooled) -> tuple[float, float, float]:
    """Return the mean over studies, its standard deviation and the spread; of one study its own, and no spread."""
    if len(posterior.estimates) == 1:
        return float(posterior.estimates[0]), float(posterior.se[0]), 0.0
    middle = posterior.mu.median
    sd = posterior.mu.sd if posterior.has_sd else (posterior.mu.central(0.9)[1] - middle) / Z95
    square = posterior.tau.mean_square
    return middle, sd, math.sqrt(square) if math.isfinite(square) else posterior.tau.median


def _as_reported(
    measure: str, middle: float, sd: float, factor: float, conversion: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a pooled number as a study would print it."""
    if measure == "correlation":
        return {"r": math.tanh(middle), "n": 4, **conversion}  # refused: it can be a correlation only
    if measure == "log_odds_ratio":
        return {"odds_ratio": math.exp(middle), "se": sd, **conversion}
    if measure == "log_hazard_ratio":
        return {"hazard_ratio": math.exp(middle), "se": sd, **conversion}
    if measure == "standardised_mean_difference" and factor == 1.0:
        message = lazy("a difference in standard deviations needs what a standard deviation is")
        hint = lazy("`--factor 18 --unit index`, for example: 18 points of an index; or pool mean_difference")
        raise InputError(Problem(message, path="factor", hint=hint))
    return {"estimate": middle * factor, "se": sd * abs(factor), **conversion}
