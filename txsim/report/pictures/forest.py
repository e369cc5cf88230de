# SPDX-License-Identifier: MIT
"""A forest plot: estimates of studies with their intervals, what was pooled, and what a new organisation may expect."""

from __future__ import annotations

from typing import Any

from txsim.language import N_, _, lazy_plural
from txsim.language.numbers import number
from txsim.report.document import Picture
from txsim.report.pictures.forms import ZERO, names_axis, tooltip
from txsim.report.reading import Result
from txsim.report.words import figure
from txsim.results.pooling import EvidencePool, Pooled

#: What is pooled, by measure.
MEASURES = {
    "estimate": N_("estimate"),
    "correlation": N_("Fisher's z of the correlation"),
    "log_odds_ratio": N_("log odds ratio"),
    "log_hazard_ratio": N_("log hazard ratio"),
    "mean_difference": N_("difference of means"),
    "standardised_mean_difference": N_("difference in standard deviations (Hedges' g)"),
}

_STUDY, _POOLED, _SHRUNKEN = "muted", "accent", "neutral"


def forest(result: Result) -> Picture:
    """Return the forest plot of a meta-analysis."""
    pooled: EvidencePool = result.answer
    level = number(100 * pooled.level, 0 if pooled.level * 100 == round(pooled.level * 100) else 1)
    rows = [
        {
            "name": study.study,
            "mid": study.estimate,
            "low": study.interval[0],
            "high": study.interval[1],
            "size": 30 + 400 * study.weight,
            "s_mid": study.shrunken.median,
            "s_low": _ends(study.shrunken, pooled)[0],
            "s_high": _ends(study.shrunken, pooled)[1],
            "words": _words(study.estimate, study.interval),
            "given": _words(study.shrunken.median, _ends(study.shrunken, pooled)),
        }
        for study in pooled.studies
    ]
    totals = [
        {"name": name, "mid": of.median, "low": ends[0], "high": ends[1], "words": _words(of.median, ends)}
        for name, of in ((_("mean over studies"), pooled.mu), (_("a new organisation"), pooled.prediction))
        for ends in (_ends(of, pooled),)
    ]
    names = [str(row["name"]) for row in (*rows, *totals)]
    y = {**names_axis(limit=240), "scale": {"domain": names}}
    x: dict[str, Any] = {"type": "quantitative", "title": _(MEASURES[pooled.measure]), "axis": {"grid": True}}
    pointer = tooltip(
        name=_("study"),
        words=_("found ({level} %)").format(level=level),
        given=_("given the others ({level} %)").format(level=level),
    )
    mean = _words(pooled.mu.median, _ends(pooled.mu, pooled))
    title = lazy_plural("Mean over {n} study: {mean}", "Mean over {n} studies: {mean}", len(rows), mean=mean)
    spec = {
        "layer": [
            {
                "data": {"values": rows},
                "encoding": {"y": y, "tooltip": pointer},
                "layer": [
                    _rule({**x, "field": "low"}, "high", _STUDY, 1.6),
                    _rule({**x, "field": "s_low"}, "s_high", _SHRUNKEN, 3, offset=8),
                    {
                        "mark": {"type": "point", "shape": "diamond", "filled": True, "size": 46, "yOffset": 8},
                        "encoding": {"x": {**x, "field": "s_mid"}, "color": {"value": f"var(--{_SHRUNKEN})"}},
                    },
                    {
                        "mark": {"type": "point", "shape": "square", "filled": True, "opacity": 1},
                        "encoding": {
                            "x": {**x, "field": "mid"},
                            "color": {"value": f"var(--{_STUDY})"},
                            "size": {"field": "size", "type": "quantitative", "scale": None, "legend": None},
                        },
                    },
                ],
            },
            {
                "data": {"values": totals},
                "encoding": {"y": y, "tooltip": pointer[:2]},
                "layer": [
                    _rule({**x, "field": "low"}, "high", _POOLED, 4),
                    {
                        "mark": {"type": "point", "shape": "diamond", "filled": True, "size": 160, "opacity": 1},
                        "encoding": {"x": {**x, "field": "mid"}, "color": {"value": f"var(--{_POOLED})"}},
                    },
                ],
            },
            ZERO,
        ]
    }  # fmt: skip
    described = "; ".join(f"{row['name']}: {row['words']}" for row in (*rows, *totals))
    legend = ((_STUDY, _("as found")), (_SHRUNKEN, _("once the others are known")), (_POOLED, _("pooled")))
    note = _("Intervals of {level} %; the larger a square, the more its study weighs in the mean.").format(level=level)
    return Picture("forest", str(title), described, spec, 26 * len(names) + 20, note=note, legend=legend)


def _rule(x: dict[str, Any], end: str, role: str, width: float, offset: int = 0) -> dict[str, Any]:
    return {
        "mark": {"type": "rule", "strokeWidth": width, "yOffset": offset, "y2Offset": offset},
        "encoding": {"x": x, "x2": {"field": end}, "color": {"value": f"var(--{role})"}},
    }


def _ends(of: Pooled, pooled: EvidencePool) -> tuple[float, float]:
    return of.shortest if pooled.interval == "shortest" else of.central


def _words(middle: float, ends: tuple[float, float]) -> str:
    return f"{figure(middle)} ({figure(ends[0])} … {figure(ends[1])})"
