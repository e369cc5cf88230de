# SPDX-License-Identifier: MIT
"""What a claim does: the reader's own scepticism as small multiples, influence, and association against effect."""

from __future__ import annotations

from typing import Any

from txsim.evidence import claim_name
from txsim.language import N_, _, capital
from txsim.language.numbers import amount, percent, probability, significant, unit_of
from txsim.report.document import Picture
from txsim.report.pictures.forms import bars, names_axis, narrow_height, tooltip
from txsim.report.reading import Result
from txsim.report.theme import OPTION_COLOURS
from txsim.report.words import option_name
from txsim.results.belief_comparison import PriorsCompare

_MOST = 12
_PARTS = {
    "feedback": N_("feedback: customers' mood comes back to staff"),
    "common_causes": N_("common tools: they serve both"),
    "confounding": N_("good management does both"),
    "mix": N_("staff mix"),
    "effect": N_("effect: what pushing would do"),
}
_ROLES = {
    "feedback": "commit_stop",
    "common_causes": "pilot_stop",
    "confounding": "pilot_scale",
    "mix": "other",
    "effect": "good",
}


def scepticism(result: Result) -> Picture | None:
    """Return the payoff of every option under each belief, as small multiples."""
    compared: PriorsCompare = result.answer
    cases = [(_("as believed now"), compared.base.options, compared.base.verdict.option)]
    cases += [
        (str(variant.label), variant.options, variant.verdict.option)
        for variant in compared.variants
        if variant.options is not None and variant.verdict is not None
    ]
    if len(cases) < 2:
        return None
    currency = compared.currency
    options = list(compared.base.options)
    ends = [end for _label, paid, _best in cases for o in options for end in (paid[o].npv.p05, paid[o].npv.p95)]
    unit = unit_of(max(abs(end) for end in ends), currency)
    rows = [
        {
            "belief": label,
            "name": capital(option_name(option)),
            "option": option,
            "low": round(paid[option].npv.p05 / unit.divisor, 4),
            "mid": round(paid[option].npv.mean / unit.divisor, 4),
            "high": round(paid[option].npv.p95 / unit.divisor, 4),
            "loss": probability(paid[option].p_loss.value),
            "mean": unit.full(paid[option].npv.mean, plus=True),
        }
        for label, paid, _best in cases
        for option in options
    ]
    verdicts = {best for _label, _paid, best in cases}
    if len(verdicts) == 1:
        title = _("Whoever is right, the advice stays: {option}").format(option=option_name(next(iter(verdicts))))
    else:
        title = _("The advice depends on what you believe: {options}").format(
            options=", ".join(option_name(option) for option in sorted(verdicts))
        )
    colours = [f"var(--{OPTION_COLOURS.get(option, 'other')})" for option in options]
    colour = {"field": "option", "type": "nominal", "legend": None, "scale": {"domain": options, "range": colours}}
    x: dict[str, Any] = {"type": "quantitative", "title": None, "axis": {"tickCount": 4, "grid": True}}
    pointer = tooltip(belief=_("belief"), name=_("option"), mean=_("mean"), loss=_("P(loss)"))
    columns = min(3, len(cases))
    spec = {
        "data": {"values": rows},
        "facet": {
            "field": "belief",
            "type": "nominal",
            "sort": [label for label, _paid, _best in cases],
            "title": None,
            "header": {"labelLimit": 200, "labelAnchor": "start"},
        },
        "columns": columns,
        "spacing": 18,
        "spec": {
            "width": 190,
            "height": 22 * len(options),
            "encoding": {"y": names_axis(limit=130), "color": colour, "tooltip": pointer},
            "layer": [
                {
                    "mark": {"type": "rule", "strokeWidth": 1},
                    "encoding": {
                        "x": {"datum": 0, "type": "quantitative"},
                        "y": {},
                        "color": {"value": "var(--muted)"},
                    },
                },
                {
                    "mark": {"type": "bar", "height": 8, "opacity": 0.4},
                    "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}},
                },
                {
                    "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
                    "encoding": {"x": {**x, "field": "mid"}},
                },
            ],
        },
    }
    description = _("Payoff of committing now under each belief, mean: {told}.").format(
        told="; ".join(
            f"{label} {amount(paid['commit'].npv.mean, currency, plus=True)}" for label, paid, _best in cases
        )
    )
    note = _("Net present value, {unit}. Dot: mean. Bar: 90 % of futures.").format(unit=unit.name)
    return Picture("scepticism", title, description, spec, 200, note=note, fluid=False)


def influence(result: Result) -> Picture | None:
    """Return what leaving out each claim would do to the payoff."""
    compared: PriorsCompare = result.answer
    changes = [(row, row.change_npv) for row in compared.influence or () if row.change_npv is not None]
    if not changes:
        return None
    ordered = sorted(changes, key=lambda pair: -abs(pair[1].mean))[:_MOST]
    unit = unit_of(max(abs(change.mean) for _row, change in ordered), compared.currency)
    values = [
        {
            "name": claim_name(row.id),
            "value": round(change.mean / unit.divisor, 4),
            "role": "good" if change.mean >= 0 else "bad",
            "label": unit.show(change.mean, plus=True),
            "loss": percent(row.change_p_loss or 0.0, 1, plus=True),
            "verdict": option_name(row.verdict or ""),
        }
        for row, change in ordered
    ]
    flips = [claim_name(row.id) for row, _change in changes if row.flips]
    top, most = ordered[0]
    changed = amount(most.mean, compared.currency, plus=True)
    if flips:
        title = _("The advice hangs on {claims}").format(claims=", ".join(flips[:3]) + (" …" if len(flips) > 3 else ""))
    else:
        title = _("No single claim decides; {claim} weighs most: without it the payoff changes by {amount}").format(
            claim=claim_name(top.id), amount=changed
        )
    pointer = tooltip(
        name=_("without"),
        label=_("payoff changes by, {unit}").format(unit=unit.name),
        loss=_("P(loss) changes by"),
        verdict=_("advice then"),
    )
    spec = bars(
        values,
        _("change of the expected payoff when the claim is left out, {unit}").format(unit=unit.name),
        unit,
        pointer,
    )
    return Picture(
        "influence",
        title,
        "; ".join(f"{row['name']}: {row['label']} {unit.name}" for row in values),
        spec,
        26 * len(values) + 20,
        narrow=narrow_height(str(row["name"]) for row in values),
    )


def gap(result: Result) -> Picture:
    """Return what surveys see beside what pushing would do, with what makes the difference."""
    compared: PriorsCompare = result.answer
    estimate = compared.gap
    shares = {**estimate.shares, "effect": estimate.share_effect}
    values = [
        {"name": _(_PARTS[part]), "value": shares[part], "role": _ROLES[part], "label": percent(shares[part])}
        for part in _PARTS
        if part in shares and abs(shares[part]) >= 0.01
    ]
    title = _("Of what surveys see, {share} is effect: {effect}, not {association} CX points per EX point").format(
        share=percent(estimate.share_effect),
        effect=significant(estimate.effect.median),
        association=significant(estimate.association.median),
    )
    pointer = tooltip(name=_("part"), label=_("share"))
    description = "; ".join(f"{row['name']}: {row['label']}" for row in values)
    spec = bars(values, _("share of the association between staff's and customers' experience"), None, pointer)
    note = _(
        "An association between two surveys is not yet an effect: {association} ({low} … {high}) becomes {effect}."
    )
    note = note.format(
        association=significant(estimate.association.median),
        low=significant(estimate.association.p05),
        high=significant(estimate.association.p95),
        effect=significant(estimate.effect.median),
    )
    return Picture(
        "gap",
        title,
        description,
        spec,
        30 * len(values) + 20,
        note=note,
        narrow=narrow_height(str(row["name"]) for row in values),
    )
