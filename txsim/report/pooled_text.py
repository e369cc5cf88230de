# SPDX-License-Identifier: MIT
"""What ``txsim evidence pool`` prints: the pooled figure first, then the studies, then on what it rests."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

from txsim.language import N_, _, by_locale
from txsim.report.forest import Row, axis_text, forest_line

__all__ = ["MEASURE_WORDS", "forest_rows", "pooled_text"]

#: What a measure is called on an axis, and how it is read back: name and function, where there is one.
MEASURE_WORDS: dict[str, tuple[str, str, Callable[[float], float] | None]] = {
    "estimate": (N_("estimate"), "", None),
    "correlation": (N_("Fisher's z of the correlation"), N_("correlation"), math.tanh),
    "log_odds_ratio": (N_("log odds ratio"), N_("odds ratio"), math.exp),
    "mean_difference": (N_("difference of means"), "", None),
    "standardised_mean_difference": (N_("difference in standard deviations (Hedges' g)"), "", None),
}


def _number(value: float | None, digits: int) -> str:
    if value is None:
        return "–"
    text = f"{abs(value):.{digits}f}"
    return by_locale(f"−{text}" if value < 0 and float(text) != 0 else text)


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def forest_rows(data: Mapping[str, Any], interval: str = "shortest") -> list[Row]:
    """Return the lines of a forest plot from :func:`txsim.pooling.pooled_data.as_data`."""
    reach = _score(data["level"])
    rows = []
    for study in data["studies"]:
        theta = study["shrunken"]
        rows.append(
            Row(
                _clean(study["study"]),
                study["estimate"],
                study["estimate"] - reach * study["se"],
                study["estimate"] + reach * study["se"],
                (theta["median"], *theta[interval]),
                _("study"),
                study["weight"],
            )
        )
    for label, key, kind in (
        (_("mean over studies"), "mu", "mean"),
        (_("a new organisation"), "prediction", "prediction"),
    ):
        low, high = data[key][interval]
        rows.append(Row(label, data[key]["median"], low, high, None, kind))
    return rows


def _score(level: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf((1 + level) / 2)


def pooled_text(data: Mapping[str, Any], interval: str = "shortest") -> str:
    """Return the report.

    Parameters
    ----------
    data
        What ``--json`` prints.
    interval
        ``shortest`` or ``central``.
    """
    axis, read_as, back = MEASURE_WORDS[data["measure"]]
    axis, read_as = _(axis), _(read_as)
    mu, tau, new = data["mu"], data["tau"], data["prediction"]
    level = by_locale(f"{100 * data['level']:g} %")
    sizes = [study["se"] for study in data["studies"]]
    digits = max(0, 1 - math.floor(math.log10(sorted(sizes)[len(sizes) // 2])))
    digits = min(digits, 6)

    def shown(
        part: Mapping[str, Any], function: Callable[[float], float] | None = None, places: int = digits + 1
    ) -> str:
        change = function or float
        low, high = part[interval]
        middle = _number(change(part["median"]), places)
        return f"{middle} ({level}: {_number(change(low), places)} … {_number(change(high), places)})"

    count = len(data["studies"])
    lines = [
        f"{count} {_('study') if count == 1 else _('studies')}, {axis}",
        "",
        _("Mean over studies   {0}, above 0 with probability {1}").format(shown(mu), _probability(mu["p_above_0"])),
        _("New organisation    {0}, above 0 with probability {1}").format(shown(new), _probability(new["p_above_0"])),
        _("Spread between      {0}; {1}").format(shown(tau), _spread_words(data)),
    ]
    if back is not None:
        lines.insert(
            4, _("  as {0}: mean {1}, new organisation {2}").format(read_as, shown(mu, back, 3), shown(new, back, 3))
        )
    lines += ["", *_forest(data, interval, digits, level), ""]
    lines += _basis(data)
    return "\n".join(lines)


def _probability(p: float) -> str:
    if p < 0.0005:
        return by_locale(f"{p:.1e}".replace("e-0", "e-")) if p > 0 else "0"
    return _("over 0.9995") if p > 0.9995 else by_locale(f"{p:.3f}")


def _spread_words(data: Mapping[str, Any]) -> str:
    share = data["i2"]["median"]
    return (
        _("one study says nothing of it")
        if share is None
        else _("about {0:.0f} % of what studies vary by").format(100 * share)
    )


def _forest(data: Mapping[str, Any], interval: str, digits: int, level: str) -> list[str]:
    rows = forest_rows(data, interval)
    label_width = min(max(len(row.label) for row in rows), 26)
    low, high = min(row.low for row in rows), max(row.high for row in rows)
    # A single wild interval must not press the others into one column.
    middles = sorted([row.low for row in rows] + [row.high for row in rows])
    span = middles[int(0.9 * (len(middles) - 1))] - middles[int(0.1 * (len(middles) - 1))]
    low, high = max(low, middles[0], rows[-1].low - 1.5 * span), min(high, rows[-1].high + 1.5 * span)
    low, high = min(low, 0.0) if low < 0.3 * span else low, max(high, 0.0) if high > -0.3 * span else high
    texts = []
    for row in rows:
        shrunken = "" if row.shrunken is None else _range(row.shrunken, digits)
        share = 100 * row.weight
        weight = f"{share:.0f} %" if share >= 0.95 else by_locale(f"{share:.1f} %")
        weight = weight if row.kind == "study" else ""
        texts.append((row.label[:label_width], _range((row.middle, row.low, row.high), digits), shrunken, weight))
    heads = ("", _("found ({0})").format(level), _("given the others ({0})").format(level), _("weight"))
    widths = [max(len(line[i]) for line in [heads, *texts]) for i in range(4)]
    width = max(20, 100 - sum(widths) - 8)
    width = min(width, 41)
    lines = [
        f"{heads[0]:<{widths[0]}}  {heads[1]:>{widths[1]}}  {heads[2]:>{widths[2]}}  {heads[3]:>{widths[3]}}".rstrip()
    ]
    for row, (label, found, shrunken, weight) in zip(rows, texts, strict=True):
        picture = forest_line(row, low, high, width)
        line = f"{label:<{widths[0]}}  {found:>{widths[1]}}  {shrunken:>{widths[2]}}  {weight:>{widths[3]}}  {picture}"
        if row.kind == "mean":
            lines.append("")
        lines.append(line.rstrip())
    lines.append(" " * (sum(widths) + 8) + axis_text(low, high, width))
    return lines


def _range(values: tuple[float, float, float], digits: int) -> str:
    middle, low, high = (_number(value, digits) for value in values)
    return f"{middle} ({low} … {high})"


def _basis(data: Mapping[str, Any]) -> list[str]:
    classical, factors = data["classical"], data["bayes_factors"]
    mu = data["priors"]["mu"]
    told = (
        _("uniform (improper)")
        if mu is None
        else " + ".join(
            (by_locale(f"{part['weight']:g} ") if len(mu) > 1 else "")
            + _("normal({0:g}, {1:g})").format(part["mean"], part["sd"])
            for part in mu
        )
    )
    found: list[tuple[str, str]] = [(_("Priors"), _("mean: {0}; spread: {1}").format(told, data["priors"]["tau"]))]
    if mu is not None and len(mu) > 1:
        moved = "; ".join(
            by_locale(f"{100 * part['weight']:.0f} % → {100 * after:.1f} %")
            for part, after in zip(mu, data["priors"]["mu_posterior_weights"], strict=True)
        )
        found.append((_("Weights"), _("parts of the prior, before → after: {0}").format(moved)))
    reml = classical["reml"]
    p = classical["p_value"]
    p_value = (
        ""
        if p is None
        else _(", p {0} under no spread").format(_("under 0.001") if p < 0.001 else by_locale(f"{p:.3f}"))
    )
    found.append(
        (
            _("Without priors"),
            _("REML: mean {0} (se {1:.4f}), spread {2:.4f}; Q {3:.2f}{4}").format(
                _number(reml["mu"], 4), reml["se"], reml["tau"], classical["q"], p_value
            ),
        )
    )
    if factors["tau_zero"] is not None:
        found.append(
            (
                _("Bayes factors"),
                _("no spread against some: {0:.3g}; mean 0 against any: {1:.3g}").format(
                    factors["tau_zero"], factors["mu_zero"]
                ),
            )
        )
    if data["mu"]["sd"] is None:
        found.append((_("Few studies"), _("the mean has no standard deviation under these priors: quantiles only")))
    if data.get("ignored"):
        found.append((_("Not used"), _("columns {0}").format(", ".join(data["ignored"]))))
    found.append(
        (
            _("Method"),
            _(
                "each study measured its own truth, these scatter normally; "
                "quadrature, no sampling (docs/elicitation.md, pooling)"
            ),
        )
    )
    width = max(len(name) for name, _told in found) + 2
    return [
        textwrap.fill(f"{name:<{width}}{text}", 96, subsequent_indent=" " * width, break_long_words=False)
        for name, text in found
    ]
