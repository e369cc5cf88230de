# SPDX-License-Identifier: MIT
"""Pictures of decisions: what carries the payoff, what drives it, whether a pilot is worth it, which is best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from txsim.language import _
from txsim.language.numbers import Unit, amount, number, percent, probability, significant, unit_of
from txsim.report.document import Control, Picture
from txsim.report.pictures.forms import bars, heat, names_axis, position_labels
from txsim.report.reading import Result
from txsim.report.words import option_name

__all__ = ["break_even_map", "designs", "path_name", "paths", "tornado"]

_MOST = 12


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def path_name(row: Mapping[str, Any]) -> str:
    """Return what a path is called."""
    return _(str(row.get("meaning") or row["path"]))


def paths(result: Result) -> Picture:
    """Return what each path carries of the payoff (Shapley values)."""
    data = result.data
    rows = [row for row in data["paths"] if row["shapley_npv"]]
    gains = sum(row["shapley_npv"] for row in rows if row["shapley_npv"] > 0)
    largest = max((abs(row["shapley_npv"]) for row in rows), default=1.0)
    unit = unit_of(largest, data["currency"])
    ordered = sorted(rows, key=lambda row: -abs(row["shapley_npv"]))
    values = [
        {
            "name": path_name(row),
            "value": round(row["shapley_npv"] / unit.divisor, 4),
            "role": "good" if row["shapley_npv"] >= 0 else "bad",
            "label": unit.show(row["shapley_npv"], plus=True),
            "off": unit.full(row["switched_off_npv"], plus=True),
        }
        for row in ordered
    ]
    top = next((row for row in ordered if row["shapley_npv"] > 0), None)
    if top is None:
        title = _("No path carries a gain")
    else:
        title = _("{share} of the gains come through {path}").format(
            share=percent(top["shapley_npv"] / gains), path=path_name(top)
        )
    told = [
        {"field": "name", "title": _("path")},
        {"field": "label", "title": _("carries, {unit}").format(unit=unit.name)},
        {"field": "off", "title": _("payoff without it")},
    ]
    description = "; ".join(f"{row['name']}: {row['label']} {unit.name}" for row in values)
    total = _("The bars sum to the expected payoff of “{option}”: {npv}.").format(
        option=option_name(data["option"]), npv=amount(data["total"]["npv"], data["currency"], plus=True)
    )
    spec = bars(values, _("share of the net present value, {unit}").format(unit=unit.name), unit, told)
    return Picture("paths", title, description, spec, 26 * len(values) + 20, note=total)


def tornado(result: Result) -> Picture | None:
    """Return the payoff at a low and at a high value of each parameter, the others free."""
    data = result.data
    ordered = sorted(data["parameters"], key=lambda p: -abs(p["high"]["value"] - p["low"]["value"]))[:_MOST]
    if not ordered:
        return None
    currency = data["currency"]
    unit = unit_of(max(abs(p[end]["value"]) for p in ordered for end in ("low", "high")), currency)
    rows = []
    base = data["recommendation"]["mean_npv"].get("commit", 0.0) if data.get("recommendation") else 0.0
    for p in ordered:
        for end, role, at in (("low", "neutral", "p05"), ("high", "accent", "p95")):
            rows.append(
                {
                    "name": p["name"],
                    "end": round(p[end]["value"] / unit.divisor, 4),
                    "base": round(base / unit.divisor, 4),
                    "role": role,
                    "at": significant(p[at]),
                    "npv": unit.full(p[end]["value"], plus=True),
                }
            )
    top = ordered[0]
    ends = sorted((top["low"]["value"], top["high"]["value"]))
    title = _("{name} moves the payoff most: from {low} to {high}").format(
        name=top["name"], low=amount(ends[0], currency, plus=True), high=amount(ends[1], currency, plus=True)
    )
    x: dict[str, Any] = {
        "type": "quantitative",
        "title": _("expected net present value, {unit}").format(unit=unit.name),
        "axis": {"grid": True},
    }
    colour = {
        "field": "role",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": ["neutral", "accent"], "range": ["var(--neutral)", "var(--accent)"]},
    }
    told = [
        {"field": "name", "title": _("parameter")},
        {"field": "at", "title": _("at")},
        {"field": "npv", "title": _("payoff")},
    ]
    zero = {
        "data": {"values": [{}]},
        "mark": {"type": "rule", "strokeDash": [4, 3]},
        "encoding": {"x": {"datum": 0, "type": "quantitative"}},
    }
    spec = {
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "bar", "height": {"band": 0.66}},
                "encoding": {
                    "y": names_axis(),
                    "x": {**x, "field": "end"},
                    "x2": {"field": "base"},
                    "color": colour,
                    "tooltip": told,
                },
            },
            zero,
        ]
    }
    return Picture(
        "tornado",
        title,
        "; ".join(f"{row['name']} = {row['at']}: {row['npv']}" for row in rows),
        spec,
        26 * len(ordered) + 20,
        note=_("Each parameter at its 5 % and 95 % quantile while all others stay uncertain. Dashed: nothing gained."),
        legend=(("neutral", _("parameter low (5 %)")), ("accent", _("parameter high (95 %)"))),
    )


def break_even_map(result: Result) -> Picture | None:
    """Return the payoff over the two parameters that matter most."""
    told = result.data.get("map")
    if not told:
        return None
    currency = result.data["currency"]
    values = [value for line in told["npv"] for value in line]
    unit = unit_of(max(map(abs, values)), currency)
    # Lines of `npv` belong to `at_x`, columns to `at_y`.
    rows = [
        {
            "x": i,
            "y": j,
            "value": told["npv"][i][j] / unit.divisor,
            "label": unit.show(told["npv"][i][j]),
            "at": f"{told['x']} = {significant(told['at_x'][i])}, {told['y']} = {significant(told['at_y'][j])}",
        }
        for j in range(len(told["at_y"]))
        for i in range(len(told["at_x"]))
    ]
    share = sum(value >= 0 for value in values) / len(values)
    x_labels, y_labels = [significant(v) for v in told["at_x"]], [significant(v) for v in told["at_y"]]
    x = {
        "field": "x",
        "type": "ordinal",
        "title": told["x"],
        "axis": {"labelExpr": position_labels(x_labels), "labelAngle": 0, "domain": False},
    }
    y = {
        "field": "y",
        "type": "ordinal",
        "sort": "descending",
        "title": told["y"],
        "axis": {"labelExpr": position_labels(y_labels), "domain": False},
    }
    pointer = [
        {"field": "at", "title": _("at")},
        {"field": "label", "title": _("payoff, {unit}").format(unit=unit.name)},
    ]
    rises = [last > first for first, last in ((sum(told["npv"][0]), sum(told["npv"][-1])), _ends(told["npv"]))]
    title = (
        _("It pays where {x} and {y} are high together")
        if all(rises)
        else _("It pays where {x} is high and {y} is low")
        if rises[0]
        else _("It pays where {x} is low and {y} is high")
        if rises[1]
        else _("It pays where {x} and {y} are low together")
    ).format(x=told["x"], y=told["y"])
    if share in (0.0, 1.0):
        title = _("It pays for all values of {x} and {y}") if share else _("It pays for no value of {x} and {y}")
        title = title.format(x=told["x"], y=told["y"])
    return Picture(
        "map",
        title,
        _("Payoff over two parameters; it is not negative in {share} of the fields.").format(share=percent(share)),
        heat(rows, x, y, max(abs(row["value"]) for row in rows), pointer),
        30 * len(told["at_y"]),
        note=_("Expected net present value, {unit}, from the 5 % to the 95 % quantile of both.").format(unit=unit.name),
        legend=(("good", _("pays")), ("bad", _("loses"))),
    )


def _ends(table: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Return the sums of the first and of the last column."""
    return sum(row[0] for row in table), sum(row[-1] for row in table)


def designs(result: Result) -> Picture | None:
    """Return what each design of a pilot would be worth, its cost and delay included."""
    data = result.data
    rows = data["design"]
    if not rows:
        return None
    currency = data["currency"]
    unit = unit_of(max(abs(row["pilot_net"]["value"]) for row in rows), currency)
    best = data["best_design"] or max(rows, key=lambda row: row["pilot_net"]["value"])
    scopes = sorted({row["scope"] for row in rows})
    controls = sorted({bool(row["control"]) for row in rows})
    values = [
        {
            "scope": percent(row["scope"]),
            "control": "yes" if row["control"] else "no",
            "months": row["months"],
            "respondents": row["respondents"],
            "value": row["pilot_net"]["value"] / unit.divisor,
            "label": unit.show(row["pilot_net"]["value"], plus=True),
            "assurance": probability(row["assurance"]["value"]),
            "go": probability(row["false_go"]["value"]),
            "stop": probability(row["false_stop"]["value"]),
        }
        for row in rows
    ]
    if data["best_design"]:
        title = _(
            "The best pilot is worth {net}: {scope} of units, {months} months, {respondents} respondents a wave"
        ).format(
            net=amount(best["pilot_net"]["value"], currency, plus=True),
            scope=percent(best["scope"]),
            months=number(best["months"]),
            respondents=number(best["respondents"]),
        )
    else:
        title = _("No pilot is worth its cost and delay; the best of them is worth {net}").format(
            net=amount(best["pilot_net"]["value"], currency, plus=True)
        )
    axis = {"labelAngle": 0, "domain": False, "ticks": False}
    x = {"field": "respondents", "type": "ordinal", "title": _("respondents per wave"), "axis": axis}
    y = {"field": "months", "type": "ordinal", "title": _("months"), "axis": axis}
    told = [
        {"field": "months", "title": _("months")},
        {"field": "respondents", "title": _("respondents per wave")},
        {"field": "label", "title": _("worth, {unit}").format(unit=unit.name)},
        {"field": "assurance", "title": _("leads to the right decision")},
        {"field": "go", "title": _("false go")},
        {"field": "stop", "title": _("false stop")},
    ]
    spec = heat(values, x, y, max(abs(row["value"]) for row in values), told)
    scope, control = percent(best["scope"]), "yes" if best["control"] else "no"
    spec["params"] = [{"name": "scope", "value": scope}, {"name": "control", "value": control}]
    spec["transform"] = [{"filter": "datum.scope === scope && datum.control === control"}]
    choices = [
        Control(
            "one",
            "scope",
            _("Share of units"),
            tuple(
                (percent(s), _("{share} of units").format(share=percent(s)), "", percent(s) == scope) for s in scopes
            ),
        ),
        Control(
            "one",
            "control",
            _("Control group"),
            tuple(
                ("yes" if c else "no", _("with a control group") if c else _("without"), "", c == bool(best["control"]))
                for c in controls
            ),
        ),
    ]
    months = {row["months"] for row in rows}
    note = _("Worth of piloting first, {unit}, against the best of committing, reviewing and doing nothing.")
    return Picture(
        "designs",
        title,
        _design_words(best, unit),
        spec,
        40 * len(months),
        tuple(choices),
        note.format(unit=unit.name),
        (("good", _("worth it")), ("bad", _("not worth it"))),
    )


def _design_words(best: Mapping[str, Any], unit: Unit) -> str:
    return _(
        "Table of designs by months and respondents. The best: {scope} of "
        "units, {months} months, {respondents} respondents, "
        "worth {net}; it leads to the right decision with probability {p}."
    ).format(
        scope=percent(best["scope"]),
        months=number(best["months"]),
        respondents=number(best["respondents"]),
        net=unit.full(best["pilot_net"]["value"], plus=True),
        p=probability(best["assurance"]["value"]),
    )
