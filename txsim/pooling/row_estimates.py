# SPDX-License-Identifier: MIT
"""From the figures of one study's row to its estimate and standard error, by measure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from txsim.evidence.effect_sizes import (
    correlation_z,
    log_odds_ratio,
    mean_difference,
    se_from_interval,
    se_from_ratio,
    standardised_mean_difference,
)
from txsim.evidence.study_figures import MEANS
from txsim.language import lazy


def column_at_fault(figures: Mapping[str, float], needed: Sequence[str]) -> str:
    """Return the column to point at: the first that breaks its own rule, else the first."""
    for name in needed:
        value = figures[name]
        if name in ("se", "variance", "sd1", "sd2") and value <= 0:
            return name
        if name == "r" and not -1 < value < 1:
            return name
        if name == "n" and value <= 3:
            return name
        if name in ("n1", "n2") and value < 1:
            return name
        if name in ("events1", "events2") and not 0 <= value <= figures[f"n{name[-1]}"]:
            return name
    return needed[0]


def _plain(figures: Mapping[str, float]) -> tuple[float, float]:
    if "low" in figures:
        df = figures["n"] - 2 if "n" in figures else math.inf
        ends = figures["low"], figures["high"], figures.get("level", 0.95)
        return figures["estimate"], se_from_interval(figures["estimate"], *ends, df)
    se = figures["se"] if "se" in figures else figures["variance"]
    if not se > 0:
        message = (
            lazy("a standard error must be above 0, it is {value:g}", value=se)
            if "se" in figures
            else lazy("a variance must be above 0, it is {value:g}", value=se)
        )
        raise ValueError(message)
    return figures["estimate"], se if "se" in figures else math.sqrt(se)


def _ratio(figures: Mapping[str, float], key: str) -> tuple[float, float]:
    ratio = figures[key]
    if not ratio > 0:
        raise ValueError(lazy("a ratio is above 0, it is {ratio:g}", ratio=ratio))
    if "se" not in figures:
        return math.log(ratio), se_from_ratio(ratio, figures["low"], figures["high"], figures.get("level", 0.95))
    if not figures["se"] > 0:
        raise ValueError(lazy("a standard error must be above 0, it is {value:g}", value=figures["se"]))
    return math.log(ratio), figures["se"]


#: Estimate and standard error of a row's figures, by measure; a ``ValueError`` says what is impossible.
CONVERSIONS: dict[str, Callable[[Mapping[str, float]], tuple[float, float]]] = {
    "estimate": _plain,
    "correlation": lambda told: correlation_z(told["r"], told["n"]),
    "log_hazard_ratio": lambda told: _ratio(told, "hazard_ratio"),
    "log_odds_ratio": lambda told: (
        _ratio(told, "odds_ratio")
        if "odds_ratio" in told
        else log_odds_ratio(told["events1"], told["n1"], told["events2"], told["n2"])
    ),
    "mean_difference": lambda told: mean_difference(*(told[name] for name in MEANS)),
    "standardised_mean_difference": lambda told: standardised_mean_difference(*(told[name] for name in MEANS)),
}
