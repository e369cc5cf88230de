# SPDX-License-Identifier: MIT
"""Pictures of an organisation's own data: both directions of a link, a finished pilot, a backtest, a batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from txsim.language import N_, _
from txsim.language.numbers import amount, number, percent, probability, significant, unit_of
from txsim.report.document import Picture
from txsim.report.pictures.forms import bars, interval_rows
from txsim.report.reading import Result
from txsim.report.words import method_name, option_name
from txsim.retold import retold

__all__ = ["VERDICTS", "WAYS", "backtest", "batch", "links", "moved", "raw", "said", "update_effect", "update_npv"]

WAYS = {"ex_cx": "EX → CX", "cx_ex": "CX → EX"}
VERDICTS = {
    "supported": N_("supported by the data"),
    "absent": N_("absent: the data rule out an effect that matters"),
    "inconclusive": N_("inconclusive: the data allow nothing and much"),
    "cannot_say": N_("the data cannot say"),
}
_MOST = 20


def _row(name: str, found: Mapping[str, float], role: str) -> dict[str, Any]:
    return {
        "name": name,
        "low": found["p05"],
        "mid": found["median"],
        "high": found["p95"],
        "role": role,
        "told": f"{significant(found['median'])} ({significant(found['p05'])} … {significant(found['p95'])})",
    }


def _pointer() -> list[dict[str, str]]:
    return [{"field": "name", "title": _("quantity")}, {"field": "told", "title": _("median (90 %)")}]


def said(found: Mapping[str, Any] | None) -> bool:
    """Whether the data say anything of an effect."""
    return found is not None and found.get("median") is not None


def raw(data: Mapping[str, Any]) -> bool:
    """Whether a panel's effects are told in standard deviations, for want of a known scale."""
    return any((data["one_period"].get(way) or {}).get("unit") == "sd per sd" for way in WAYS)


def links(result: Result) -> Picture | None:
    """Return both directions within units, a period later; ``None`` where the data cannot say either."""
    rows = [
        _row(WAYS[way], found, "accent")
        for way, found in result.data["one_period"].items()
        if said(found) and way in WAYS
    ]
    if not rows:
        return None
    verdicts = result.data["verdict"]
    title = "; ".join(f"{WAYS[way]}: {_(VERDICTS.get(told, told))}" for way, told in verdicts.items() if way in WAYS)
    axis, note = (
        (
            _("standard deviations a period later, per standard deviation, within units"),
            _("What one sd of one is followed by in the other a period later, by the data alone; 90 % intervals."),
        )
        if raw(result.data)
        else (
            _("points a period later, per point, within units"),
            _("What one point of one is followed by in the other a period later, by the data alone; 90 % intervals."),
        )
    )
    return Picture(
        "links",
        title,
        "; ".join(f"{row['name']}: {row['told']}" for row in rows),
        interval_rows(rows, axis, _pointer()),
        44 * len(rows) + 20,
        note=note,
    )


def moved(result: Result) -> Picture | None:
    """Return how the data moved each prior; ``None`` where priors were left alone."""
    prior, posterior = result.data.get("prior") or {}, result.data.get("posterior") or {}
    names = [
        name for name in prior if name in posterior and prior[name] and posterior[name] and prior[name]["median"] > 0
    ]
    if not names or not any(said(found) for found in result.data["one_period"].values()):
        return None

    def narrowed(name: str) -> float:
        before = prior[name]["p95"] - prior[name]["p05"]
        return (posterior[name]["p95"] - posterior[name]["p05"]) / before if before else 1.0

    # What a panel speaks of comes first, moved or not; then what it moves most by way of the model.
    own = [name for name in ("ex_cx", "cx_ex", "lag_people") if name in names]
    names = [*own, *sorted((name for name in names if name not in own), key=narrowed)][:8]
    rows = []
    for name in names:
        for told, role, label in ((prior, "neutral", _("before")), (posterior, "accent", _("after"))):
            found = told[name]
            middle = prior[name]["median"]
            row = _row(f"{name}, {label}", found, role)
            rows.append({**row, **{key: row[key] / middle for key in ("low", "mid", "high")}})
    most = min(names, key=narrowed)
    title = _("Your data narrowed {name} most: to {share} of its width").format(
        name=most, share=percent(narrowed(most))
    )
    if narrowed(most) > 0.9:
        title = _("Your data hardly narrow what was believed before")
    return Picture(
        "moved",
        title,
        "; ".join(f"{row['name']}: {row['told']}" for row in rows),
        interval_rows(rows, _("times the median before"), _pointer(), zero=False),
        22 * len(rows) + 20,
        legend=(("neutral", _("before your data")), ("accent", _("after"))),
    )


def update_effect(result: Result) -> Picture:
    """Return what the pilot measured beside what was expected, in its measure; what is believed now is said below.

    The effect that is believed is in index points at full effect, the reading in the measure of the pilot: one axis
    cannot hold both.
    """
    told = result.data["effect"]
    names = (
        ("predicted", "commit_stop", _("what the pilot was expected to show")),
        ("measured", "pilot_scale", _("what it measured")),
    )
    rows = [_row(label, told[key], role) for key, role, label in names if told.get(key)]
    before, after = told["prior"], told["posterior"]
    title = _("The pilot raised what we believe of the effect to {value} points at full effect")
    if after["median"] < before["median"]:
        title = _("The pilot lowered what we believe of the effect to {value} points at full effect")
    believed = _("Believed of the effect at full strength, index points: {before} before, {after} now.").format(
        before=_row("", before, "")["told"], after=_row("", after, "")["told"]
    )
    return Picture(
        "effect",
        title.format(value=significant(after["median"])),
        "; ".join(f"{row['name']}: {row['told']} {retold(told['unit'])}" for row in rows) + f". {believed}",
        interval_rows(rows, retold(told["unit"]), _pointer()),
        40 * len(rows) + 20,
        note=_("Dots: medians. Bars: 90 % intervals.") + f" {believed}",
    )


def update_npv(result: Result) -> Picture:
    """Return the payoff of every option before and after the pilot."""
    data = result.data
    largest = max(abs(found[when][key]) for found in data["npv"].values() for when in found for key in ("p05", "p95"))
    unit = unit_of(largest, data["currency"])
    rows = []
    for option, found in data["npv"].items():
        for when, role, label in (("prior", "neutral", _("before")), ("posterior", "accent", _("after"))):
            figures = found[when]
            rows.append(
                {
                    "name": f"{option_name(option)}, {label}",
                    "low": round(figures["p05"] / unit.divisor, 4),
                    "mid": round(figures["mean"] / unit.divisor, 4),
                    "high": round(figures["p95"] / unit.divisor, 4),
                    "role": role,
                    "told": f"{unit.full(figures['mean'], plus=True)}, {_('P(loss)')} {probability(figures['p_loss'])}",
                }
            )
    scale = data["npv"].get("pilot_scale") or next(iter(data["npv"].values()))
    change = scale["posterior"]["mean"] - scale["prior"]["mean"]
    title = _("After the pilot, scaling is worth {amount} more than we thought")
    if change < 0:
        title = _("After the pilot, scaling is worth {amount} less than we thought")
    return Picture(
        "updated",
        title.format(amount=amount(abs(change), data["currency"])),
        "; ".join(f"{row['name']}: {row['told']}" for row in rows),
        interval_rows(rows, _("net present value, {unit}").format(unit=unit.name), _pointer()),
        24 * len(rows) + 20,
        note=_("Dot: mean. Bar: 90 % of futures."),
        legend=(("neutral", _("before")), ("accent", _("after"))),
    )


def backtest(result: Result) -> Picture | None:
    """Return the error of the forecasts beside simple methods."""
    methods = result.data["methods"]
    rows = []
    for way in ("ex", "cx"):
        for name, told in methods.items():
            value = told["crps"].get(way)
            if value is not None:
                role = "accent" if name == "model" else "neutral"
                label = f"{way.upper()}: {method_name(name)}"
                rows.append({"name": label, "value": value, "role": role, "label": significant(value, 3)})
    if not rows:
        return None
    title = retold(str(result.data.get("sentence") or "")) or _("Forecasts of what had already happened")
    unit = unit_of(0, "")
    unit.digits = 2
    spec = bars(rows, _("error of the forecast (CRPS), less is better"), unit, _pointer_label())
    return Picture(
        "backtest", title, "; ".join(f"{row['name']}: {row['label']}" for row in rows), spec, 26 * len(rows) + 20
    )


def _pointer_label() -> list[dict[str, str]]:
    return [{"field": "name", "title": _("method")}, {"field": "label", "title": _("error")}]


def batch(result: Result) -> Picture | None:
    """Return the scenarios of a batch that pay most."""
    found = [row for row in result.data["scenarios"] if row["option"] == "commit"] or list(result.data["scenarios"])
    if not found:
        return None
    ordered = sorted(found, key=lambda row: -row["mean"])[:_MOST]
    unit = unit_of(max(abs(row[key]) for row in ordered for key in ("p05", "p95")), result.data["currency"])
    rows = [
        {
            "name": str(row["scenario"])[:60],
            "low": round(row["p05"] / unit.divisor, 4),
            "mid": round(row["mean"] / unit.divisor, 4),
            "high": round(row["p95"] / unit.divisor, 4),
            "role": "good" if row["mean"] >= 0 else "bad",
            "told": f"{unit.full(row['mean'], plus=True)} ({unit.show(row['p05'])} … {unit.show(row['p95'])})",
        }
        for row in ordered
    ]
    pays = sum(row["mean"] > 0 for row in found)
    title = _("{n} of {all} scenarios are expected to pay when committed to now").format(
        n=number(pays), all=number(len(found))
    )
    return Picture(
        "batch",
        title,
        "; ".join(f"{row['name']}: {row['told']}" for row in rows),
        interval_rows(rows, _("net present value, {unit}").format(unit=unit.name), _pointer()),
        26 * len(rows) + 20,
        note=_("The best by mean. Dot: mean. Bar: 90 % of futures."),
    )
