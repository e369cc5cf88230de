# SPDX-License-Identifier: MIT
"""One parameter: densities of prior and result, and what each claim alone would point to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from txsim.language import _
from txsim.language.numbers import probability
from txsim.report.document import Picture, Strip
from txsim.report.pictures.forms import interval_rows, narrow_height, tooltip
from txsim.report.reading import Result
from txsim.report.words import figure
from txsim.results.beliefs import ClaimOfParameter, PriorsShow

#: Colours of claims, in turn.
_ROLES = ("pilot_scale", "commit_stop", "pilot_stop", "good", "bad", "other")
_PRIOR, _NOW = "neutral", "accent"


def parameter(result: Result) -> Picture:
    """Return the picture of a parameter: densities, or intervals of one that is not calibrated."""
    answer: PriorsShow = result.answer
    return _intervals(answer) if answer.density is None else _densities(answer)


def _title(answer: PriorsShow) -> str:
    if answer.posterior is None:
        return _("{name}: {meaning}").format(name=answer.name, meaning=str(answer.meaning))
    text = _("{name}: from {prior} to {now}, {unit}")
    prior, now = figure(answer.prior.median), figure(answer.posterior.median)
    return text.format(name=answer.name, prior=prior, now=now, unit=str(answer.unit))


def _weight(claim: ClaimOfParameter) -> str:
    after = claim.posterior_credibility
    return f"{probability(claim.credibility)} → {'–' if after is None else probability(after)}"


def _densities(answer: PriorsShow) -> Picture:
    density = answer.density
    assert density is not None  # noqa: S101 - the caller looked
    curves = [(_("prior"), _PRIOR, density.prior, ""), (_("now"), _NOW, density.posterior, "")]
    curves += [
        (claim.id, _ROLES[i % len(_ROLES)], claim.likelihood, _weight(claim)) for i, claim in enumerate(answer.claims)
    ]
    rows = [
        {"x": float(f"{x:.6g}"), "y": round(y, 4), "name": name, "claim": i > 1}
        for i, (name, _role, heights, _end) in enumerate(curves)
        for x, y in zip(density.x, heights, strict=True)
    ]
    names = [name for name, _role, _heights, _end in curves]
    colours = [f"var(--{role})" for _name, role, _heights, _end in curves]
    x: dict[str, Any] = {
        "field": "x",
        "type": "quantitative",
        "title": str(answer.unit),
        "scale": {"type": "log" if density.axis == "log" else "linear", "nice": False, "zero": False},
        "axis": {"format": ",~g", "grid": False},
    }
    y = {"field": "y", "type": "quantitative", "title": None, "axis": None, "scale": {"domain": [0, 1.05]}}
    scale = {"domain": names, "range": colours}
    colour: dict[str, Any] = {"field": "name", "type": "nominal", "legend": None, "scale": scale}
    dash = {"condition": {"test": "datum.claim", "value": [5, 3]}, "value": [1, 0]}
    spec = {
        "data": {"values": rows},
        "layer": [
            {
                "transform": [{"filter": "!datum.claim"}],
                "mark": {"type": "area", "opacity": 0.18, "line": False},
                "encoding": {"x": x, "y": {**y, "stack": None}, "color": colour},
            },
            {
                "mark": {"type": "line", "strokeWidth": 2},
                "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dash},
            },
        ],
    }
    low, high = density.x[0], density.x[-1]
    ends = _("from {low} to {high}, logarithmic") if density.axis == "log" else _("from {low} to {high}")
    note = ends.format(low=figure(low), high=figure(high))
    if answer.claims:
        note += "; " + _("of a claim: what it alone would point to, and how credible it is before and after")
    strips = tuple(Strip(name, _blank(heights), end) for name, _role, heights, end in curves)
    legend = tuple((role, f"{name} {end}".strip()) for name, role, _heights, end in curves)
    described = "; ".join(f"{name} {end}".strip() for name, _role, _heights, end in curves)
    return Picture("parameter", _title(answer), described, spec, 300, note=note, legend=legend, strips=strips)


def _blank(values: Sequence[float]) -> tuple[float, ...]:
    """Return heights thinned to a third, each the highest of its stretch, so that a narrow peak is not lost."""
    step = 3
    return tuple(max(values[i : i + step]) for i in range(0, len(values), step))


def _intervals(answer: PriorsShow) -> Picture:
    beliefs = answer.variants or {answer.name: answer.prior}
    rows = [
        {
            "name": name,
            "low": belief.p05,
            "mid": belief.median,
            "high": belief.p95,
            "role": _NOW,
            "words": f"{figure(belief.median)} ({figure(belief.p05)} … {figure(belief.p95)})",
        }
        for name, belief in beliefs.items()
    ]
    pointer = tooltip(name=_("parameter"), words=_("median (90 %)"))
    spec = interval_rows(rows, str(answer.unit), pointer, zero=False)
    described = "; ".join(f"{row['name']}: {row['words']}" for row in rows)
    return Picture(
        "parameter",
        _title(answer),
        described,
        spec,
        40 * len(rows) + 20,
        narrow=narrow_height(str(row["name"]) for row in rows),
    )
