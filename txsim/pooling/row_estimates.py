# SPDX-License-Identifier: MIT
"""From the figures of one study's row to its estimate and standard error, by measure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from txsim.evidence.effect_sizes import (
    correlation_z,
    log_odds_ratio,
    mean_difference,
    se_from_interval,
    se_from_ratio,
    standardised_mean_difference,
)
from txsim.evidence.study_figures import COUNTS, MEANS
from txsim.language import lazy
from txsim.pooling.classical import classical

#: What a row is called that sums up the others: of a forest plot, of its subgroups, of a spreadsheet.
_SUMMARY = re.compile(
    r"(?:(?:grand |sub-?|sous-)?totals?|overall|pooled|summary|combined|meta-?analysis|(?:weighted )?(?:average|mean)"
    r"|(?:random|fixed|common|mixed)[- ]effects?|[rfc]e(?= model)|total g[ée]n[ée]ral|ensemble|moyenne|effet global"
    r"|gesamt(?:effekt|ergebnis|schätzung|summe|wert)?|insgesamt|summe|mittelwert|durchschnitt|meta-?analyse"
    r"|(?:modell mit )?(?:zufälligen?|festen?) effekten?|итого|всего|в целом|(?:общий )?итог|среднее|мета-?анализ"
    r"|общ(?:ий эффект|ая оценка)|(?:сводн|объедин[её]нн)(?:ый|ая|ое)"
    r"|модель (?:со? )?(?:случайн|фиксирован)\w+ эффект\w+)"
    r"(?: (?:effects?|estimates?|results?|models?|size|mean|average|[oh]r|rr|s?md|r|i2|i²|for all studies|random|fixed"
    r"|schätzung|эффект|оценка|результат))*(?:\s*[(\[:,;=–—-].*)?"
    r"|(?:sub-?total|sous-total|zwischen(?:summe|ergebnis)|teil(?:summe|ergebnis)|итого|подытог|промежуточный итог)"
    r"\b.*|\D+[ :–—-](?:sub-?total|total|zwischensumme|gesamt|итого)"
    r"|heterogeneity\b.*|tests? (?:for|of) .*|prediction interval.*"
)
#: How near a row lies to what the others give together: in standard errors, and as a share of theirs.
_SAME_MEAN, _SAME_ERROR = 0.06, 0.03


def names_summary(name: str) -> bool:
    """Whether a row's name says that it sums up others: `Random effects model (I² = 34 %)`, `Итого`, `Subtotal`."""
    return _SUMMARY.fullmatch(" ".join(name.casefold().replace("_", " ").strip(" *:.").split())) is not None


def summing_up(estimates: Sequence[float], se: Sequence[float], counts: Sequence[Mapping[str, float]]) -> Iterator[int]:
    """Yield which rows are what all others give together: pooled as is usual, or people and events added up.

    ``counts``: what each row counts, by its key. A mean of random effects is compared by each usual spread.
    """
    y, s = np.asarray(estimates, float), np.asarray(se, float)
    if len(y) < 3:
        return
    w = 1 / s**2
    weight, mean = w.sum() - w, ((w * y).sum() - w * y) / (w.sum() - w)
    q = np.maximum((w * y**2).sum() - w * y**2 - weight * mean**2, 0)
    spread = np.maximum(q - len(y) + 2, 0) / (weight - ((w**2).sum() - w**2) / weight)  # DerSimonian and Laird 1986
    keys = [key for key in COUNTS if all(key in row for row in counts)]
    totals = {key: sum(row[key] for row in counts) for key in keys}
    for i in range(len(y)):
        if len(keys) + len(y) > 4 and keys and all(2 * counts[i][key] == totals[key] > 0 for key in keys):
            yield i
        elif s[i] ** 2 * weight[i] > 0.9 and s[i] < 2 * math.sqrt(1 / weight[i] + spread[i] / (len(y) - 1)):
            rest = classical(np.delete(y, i), np.delete(s, i))
            if any(
                abs(y[i] - told.mu) < _SAME_MEAN * told.se and abs(s[i] / told.se - 1) < _SAME_ERROR
                for told in (rest.common, rest.dersimonian_laird, rest.paule_mandel, rest.reml, rest.ml)
            ):
                yield i


def column_at_fault(figures: Mapping[str, float], needed: Sequence[str]) -> str:
    """Return the column to point at: the first that breaks its own rule, else the first."""
    for name in needed:
        value = figures[name]
        if name in ("se", "se_log", "se_ratio", "variance", "sd1", "sd2") and value <= 0:
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
    if "low" in figures:
        return math.log(ratio), se_from_ratio(ratio, figures["low"], figures["high"], figures.get("level", 0.95))
    said = next(figures[name] for name in ("se_log", "se_ratio", "se") if name in figures)
    if not said > 0:
        raise ValueError(lazy("a standard error must be above 0, it is {value:g}", value=said))
    return math.log(ratio), said / ratio if "se_ratio" in figures else said  # of a logarithm: the error over the ratio


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
