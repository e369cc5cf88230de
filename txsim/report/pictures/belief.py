# SPDX-License-Identifier: MIT
"""What was believed before and after the evidence: claims by their credibility, parameters by their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from txsim.evidence import claim_name
from txsim.language import _, by_locale, plural
from txsim.language.numbers import probability, significant
from txsim.priors.sentences import plain_number
from txsim.report.basis import Belief
from txsim.report.document import Picture, Strip
from txsim.report.pictures.forms import PERCENT, colours, height_of, in_lines, names_axis, narrow_height, tooltip
from txsim.report.reading import Result
from txsim.results.elicitation import Elicitation
from txsim.results.run import Claim


def credibility(result: Result) -> Picture | None:
    """Return prior and posterior credibility of every scored claim; ``None`` without claims."""
    claims = result.answer.claims
    if not claims:
        return None
    rows = sorted(claims, key=lambda claim: -claim.posterior_credibility)
    values = [
        {
            "claim": claim_name(claim.id),
            "design": _design(claim.design),
            "before": claim.credibility,
            "after": claim.posterior_credibility,
            "moved": _moved(claim),
        }
        for claim in rows
    ]
    fell = min(rows, key=lambda claim: claim.posterior_credibility - claim.credibility)
    if fell.posterior_credibility < fell.credibility - 0.02:
        title = _("Together the claims support each other; {claim} lost most: {before} → {after} credible").format(
            claim=claim_name(fell.id),
            before=probability(fell.credibility),
            after=probability(fell.posterior_credibility),
        )
    else:
        title = plural("{n} claim, and none lost credibility", "{n} claims, and none lost credibility", len(rows))
    colour = colours(_ROLES, field="moved")
    x: dict[str, Any] = {
        "type": "quantitative",
        "title": _("probability that the claim is sound"),
        "scale": {"domain": [0, 1]},
        "axis": {**PERCENT, "grid": True},
    }
    pointer = [
        {"field": "claim", "title": _("claim")},
        {"field": "design", "title": _("kind of study")},
        {"field": "before", "title": _("before"), "format": ".0%"},
        {"field": "after", "title": _("after"), "format": ".0%"},
    ]
    spec = {
        "data": {"values": values},
        "encoding": {
            "y": {
                "field": "claim",
                "type": "nominal",
                "sort": None,
                "title": None,
                "axis": {"grid": False, "labelLimit": 190},
            },
            "tooltip": pointer,
        },
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 3, "opacity": 0.5},
                "encoding": {"x": {**x, "field": "before"}, "x2": {"field": "after"}, "color": colour},
            },
            {
                "mark": {
                    "type": "point",
                    "size": 60,
                    "strokeWidth": 1.6,
                    "fill": "var(--paper)",
                    "stroke": "var(--muted)",
                    "opacity": 1,
                },
                "encoding": {"x": {**x, "field": "before"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                "encoding": {"x": {**x, "field": "after"}, "color": colour},
            },
        ],
    }
    return Picture(
        "credibility",
        title,
        "; ".join(
            f"{claim_name(c.id)}: {probability(c.credibility)} → {probability(c.posterior_credibility)}" for c in rows
        ),
        spec,
        20 * len(rows) + 10,
        note=_("Hollow: what we gave it before. Filled: what is left after all claims were read together."),
        legend=(("good", _("more credible than before")), ("bad", _("less credible"))),
    )


_ROLES = ("good", "neutral", "bad")


def _moved(claim: Claim) -> str:
    change = claim.posterior_credibility - claim.credibility
    return "neutral" if abs(change) < 0.015 else "good" if change > 0 else "bad"


def _design(name: str) -> str:
    return _(name.replace("_", " "))


#: Parameters that a picture has room for, letters of their meanings in lines beside them.
_MOST = 10


def parameters(believed: Sequence[Belief]) -> Picture | None:
    """Return priors and posteriors of what the evidence narrowed most, each against its own prior median."""
    moved = [
        belief for belief in believed if belief.posterior is not None and belief.prior[1] > 0 and belief.prior[0] > 0
    ]
    if not moved:
        return None
    rows = []
    for belief in moved[:_MOST]:  # in the order in which they were narrowed
        assert belief.posterior is not None  # noqa: S101 - filtered above
        middle = belief.prior[1]
        for when, (low, mid, high) in (("before", belief.prior), ("after", belief.posterior)):
            told = [significant(value) for value in belief.told((low, mid, high))]
            rows.append(
                {
                    "name": in_lines(belief.meaning),
                    "key": belief.name,
                    "when": when,
                    "low": low / middle,
                    "mid": mid / middle,
                    "high": high / middle,
                    "told": f"{told[1]} ({told[0]} … {told[2]}) {belief.unit}",
                }
            )
    note = _("Each parameter against the median of its prior; the narrower the lower bar, the more was learnt.")
    if len(moved) > _MOST:
        note += " " + _("Those narrowed most; all {n} stand in the table.").format(n=len(moved))
    learnt = [belief.meaning for belief in moved if belief.narrowed < 0.6]
    if learnt:
        title = plural(
            "The evidence narrowed {n} belief; for the rest our judgement stands alone",
            "The evidence narrowed {n} beliefs; for the rest our judgement stands alone",
            len(learnt),
        )
        note += " " + _("Narrowed: {names}.").format(names="; ".join(learnt))
    else:
        title = _("The evidence moved no belief much: the forecast rests on judgement")
    names = [str(row["name"]) for row in rows[::2]]
    y = names_axis(foot=34)
    x = {
        "type": "quantitative",
        "title": _("times the prior median, logarithmic"),
        "scale": {"type": "log", "nice": False, "padding": 8},
        "axis": {"values": [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20], "format": "~g", "grid": True},
    }
    offset = {
        "field": "when",
        "type": "nominal",
        "scale": {"domain": _slots(names), "paddingInner": 0.1, "paddingOuter": 0.25},
    }
    colour = {"condition": {"test": "datum.when === 'after'", "value": "var(--accent)"}, "value": "var(--neutral)"}
    pointer = tooltip(name=_("parameter"), key=_("key"), told=_("median (90 %)"))
    spec = {
        "data": {"values": rows},
        "encoding": {"y": y, "yOffset": offset, "color": colour, "tooltip": pointer},
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 3.5},
                "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 55, "opacity": 1, "stroke": "var(--paper)"},
                "encoding": {"x": {**x, "field": "mid"}},
            },
        ],
    }
    return Picture(
        "beliefs",
        title,
        "; ".join(f"{' '.join(str(row['name']).split())} {_(str(row['when']))}: {row['told']}" for row in rows),
        spec,
        height_of(names) + 10,
        narrow=narrow_height(names),
        note=note,
        legend=(("neutral", _("before the evidence")), ("accent", _("after"))),
    )


def _slots(names: Sequence[str]) -> dict[str, str]:
    """Return what stands in a row, from its top: before and after, on a phone below the lines of the name."""
    lines = max((name.count("\n") + 1 for name in names), default=1)
    above = [f"line {i}" for i in range(lines)]
    return {"expr": f"narrow ? {[*above, 'before', 'after']} : ['before', 'after']"}


# --- The density of a prior that follows from what experts said


def elicitation(of: Elicitation) -> Picture:
    """Return the density of the prior of one parameter; it needs one to be drawn."""
    low, high = of.density_ends or (0.0, 1.0)
    step = (high - low) / len(of.density)
    rows = [{"x": low + (i + 0.5) * step, "y": height} for i, height in enumerate(of.density)]
    x = {"field": "x", "type": "quantitative", "title": str(of.unit), "scale": {"zero": False, "nice": False}}
    y = {"field": "y", "type": "quantitative", "title": None, "axis": None}
    spec = {
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "area", "opacity": 0.3, "color": "var(--accent)", "line": {"color": "var(--accent)"}},
                "encoding": {"x": x, "y": y},
            }
        ]
    }
    title = _("{name}: what is believed").format(name=of.name)
    ends = [by_locale(plain_number(end)) for end in (low, high)]
    note = _("from {low} to {high}").format(low=ends[0], high=ends[1])
    described = f"{of.name}: {by_locale(of.prior.text)}"
    return Picture(f"elicited {of.name}", title, described, spec, 220, note=note, strips=(Strip("", of.density, ""),))
