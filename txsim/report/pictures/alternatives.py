# SPDX-License-Identifier: MIT
"""Pictures of alternatives: scenarios compared, the best of them, a grid of inputs, what moved the answer."""

from __future__ import annotations

from typing import Any

from txsim.decide.choice import FIRST_STEP
from txsim.language import _, plural
from txsim.language.numbers import Unit, amount, of_hundred, probability, unit_of
from txsim.report.document import Bar, Picture
from txsim.report.pictures.forms import bars, heat, interval_rows, position_labels
from txsim.report.reading import Result
from txsim.report.theme import OPTION_COLOURS
from txsim.report.words import option_name, short_name
from txsim.results.compare import Comparison
from txsim.results.diff import Difference
from txsim.results.whatif import WhatIf

__all__ = ["best", "compared", "scoped_name", "waterfall", "whatif"]


def scoped_name(name: str, *, short: bool = False) -> str:
    """Return what an option, or ``scenario/option``, is called where a line begins, in few words if ``short``."""
    told = short_name(name) if short else option_name(name)
    return told if "/" in name else told[:1].upper() + told[1:]


def compared(result: Result) -> Picture:
    """Return mean and 90 % interval of every scenario's options."""
    comparison: Comparison = result.answer
    currency = comparison.currency
    options = sorted(comparison.options, key=lambda option: -option.npv.mean)
    unit = unit_of(max(abs(end) for option in options for end in (option.npv.p05, option.npv.p95)), currency)
    values = [
        {
            "name": scoped_name(option.name, short=True),
            "low": round(option.npv.p05 / unit.divisor, 4),
            "mid": round(option.npv.mean / unit.divisor, 4),
            "high": round(option.npv.p95 / unit.divisor, 4),
            "role": "commit" if i == 0 else "neutral",
            "loss": probability(option.p_loss),
            "told": f"{unit.show(option.npv.p05)} … {unit.show(option.npv.p95)}",
            "mean": unit.full(option.npv.mean, plus=True),
        }
        for i, option in enumerate(options)
    ]
    told = [
        {"field": "name", "title": _("option")},
        {"field": "mean", "title": _("mean")},
        {"field": "told", "title": "90 %"},
        {"field": "loss", "title": _("P(loss)")},
    ]
    advice = comparison.recommendation
    if advice is not None and advice.state == "open":
        title = _("On average no option is clearly ahead")
    else:
        title = _("{option} pays most on average: {amount}").format(
            option=scoped_name(options[0].name), amount=amount(options[0].npv.mean, currency, plus=True)
        )
    return Picture(
        "compared",
        title,
        "; ".join(f"{row['name']}: {row['mean']} ({row['told']})" for row in values),
        interval_rows(values, _("net present value, {unit}").format(unit=unit.name), told),
        26 * len(values) + 20,
        note=_("Dot: mean. Bar: 90 % of futures, the same futures for all."),
    )


def best(result: Result) -> Picture | None:
    """Return in how many futures each first step is the best: options that begin alike are counted together."""
    comparison: Comparison = result.answer
    if not comparison.p_best:
        return None
    shares: dict[tuple[str, str], tuple[str, float]] = {}
    for name, share in comparison.p_best.items():
        scenario, _slash, option = name.rpartition("/")
        step = scenario, FIRST_STEP.get(option, option)
        first, known = shares.get(step, (name, 0.0))
        # A group is called by the option that it begins with, if that can be chosen.
        shares[step] = (name if option == step[1] else first, known + float(share))
    ordered = sorted(shares.values(), key=lambda pair: -pair[1])
    values = [
        {
            "name": scoped_name(name, short=True),
            "value": float(share),
            "role": "accent" if i == 0 else "neutral",
            "label": probability(share),
        }
        for i, (name, share) in enumerate(ordered)
    ]
    top, share = ordered[0]
    title = _("{option} is best in {times} of 100 futures").format(option=scoped_name(top), times=of_hundred(share))
    told = [{"field": "name", "title": _("option")}, {"field": "label", "title": _("best in")}]
    spec = bars(values, _("share of futures in which it is the best"), None, told)
    return Picture(
        "best",
        title,
        "; ".join(f"{row['name']}: {row['label']}" for row in values),
        spec,
        26 * len(values) + 20,
        note=_("Options that begin alike, with a review or without, are counted together."),
    )


def whatif(result: Result) -> Picture | None:
    """Return the payoff over a grid of two inputs as a map, over one as a line for each option."""
    answer: WhatIf = result.answer
    if len(answer.vary) > 2 or not answer.cells:
        return None
    unit = unit_of(max(abs(npv.value) for cell in answer.cells for npv in cell.npv.values()), answer.currency)
    best = [max((npv.value for name, npv in cell.npv.items() if name != "do_nothing"), default=0.0)
            for cell in answer.cells]  # fmt: skip
    pays = sum(value > 0 for value in best)
    title = plural("It pays in {n} of the cases tried", "It pays in {n} of the cases tried", pays)
    if len(answer.vary) == 1:
        return _line(answer, unit, title)
    down, across = answer.vary
    rows = [
        {
            "x": cell.values[across.path],
            "y": cell.values[down.path],
            "value": value / unit.divisor,
            "label": unit.show(value, plus=True),
            "best": option_name(cell.best),
        }
        for cell, value in zip(answer.cells, best, strict=True)
    ]
    axis = {"labelAngle": 0, "domain": False, "ticks": False}
    x = {"field": "x", "type": "ordinal", "sort": list(across.values), "title": across.path, "axis": axis}
    y = {"field": "y", "type": "ordinal", "sort": list(down.values), "title": down.path, "axis": axis}
    told = [
        {"field": "y", "title": down.path},
        {"field": "x", "title": across.path},
        {"field": "label", "title": _("payoff, {unit}").format(unit=unit.name)},
        {"field": "best", "title": _("best by mean NPV")},
    ]
    return Picture(
        "whatif",
        title,
        "; ".join(f"{row['y']} {row['x']}: {row['label']} {unit.name} ({row['best']})" for row in rows),
        heat(rows, x, y, max(map(abs, best)) / unit.divisor, told),
        42 * len(down.values),
        note=_("Expected net present value of the best option that does something, {unit}.").format(unit=unit.name),
        legend=(("good", _("pays")), ("bad", _("loses"))),
    )


def _line(answer: WhatIf, unit: Unit, title: str) -> Picture:
    """Return the payoff of each option over one input."""
    (varied,) = answer.vary
    names = list(dict.fromkeys(name for cell in answer.cells for name in cell.npv))
    rows = [
        {
            "x": cell.values[varied.path],
            "option": name,
            "name": option_name(name),
            "value": cell.npv[name].value / unit.divisor,
            "label": unit.full(cell.npv[name].value, plus=True),
            "best": option_name(cell.best),
        }
        for cell in answer.cells
        for name in names
        if name in cell.npv
    ]
    x = {"field": "x", "type": "ordinal", "sort": list(varied.values), "title": varied.path, "axis": {"labelAngle": 0}}
    y = {
        "field": "value",
        "type": "quantitative",
        "title": _("expected net present value, {unit}").format(unit=unit.name),
        "axis": {"grid": True},
    }
    roles = [OPTION_COLOURS.get(name, "other") for name in names]
    colour = {
        "field": "option",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": names, "range": [f"var(--{role})" for role in roles]},
    }
    told = [
        {"field": "x", "title": varied.path},
        {"field": "name", "title": _("option")},
        {"field": "label", "title": _("payoff")},
        {"field": "best", "title": _("best by mean NPV")},
    ]
    spec = {
        "layer": [
            {
                "data": {"values": rows},
                "encoding": {"x": x, "y": y, "color": colour, "tooltip": told},
                "mark": {"type": "line", "point": {"size": 60}, "strokeWidth": 2.5},
            }
        ]
    }
    return Picture(
        "whatif",
        title,
        "; ".join(f"{row['x']}: {row['name']} {row['label']}" for row in rows),
        spec,
        260,
        legend=tuple((role, option_name(name)) for role, name in zip(roles, names, strict=True)),
    )


def waterfall(result: Result) -> Picture:
    """Return which changed input moved the payoff by how much, from one result to another."""
    answer: Difference = result.answer
    steps = [(str(change.meaning) or change.input, float(change.npv)) for change in answer.changes]
    if answer.random_numbers:
        steps.append((_("other random numbers"), float(answer.random_numbers)))
    a, b, currency = float(answer.a.npv), float(answer.b.npv), answer.currency
    at = a
    rows: list[dict[str, Any]] = [{"name": answer.a.name, "low": 0.0, "high": a, "role": "neutral", "value": a}]
    for name, step in steps:
        rows.append({"name": name, "low": at, "high": at + step, "role": "good" if step >= 0 else "bad", "value": step})
        at += step
    rows.append({"name": answer.b.name, "low": 0.0, "high": b, "role": "neutral", "value": b})
    unit = unit_of(max(max(abs(row["low"]), abs(row["high"])) for row in rows), currency)
    values = [
        {
            **row,
            "row": i,
            "low": row["low"] / unit.divisor,
            "high": row["high"] / unit.divisor,
            "label": unit.show(row["value"], plus=True),
        }
        for i, row in enumerate(rows)
    ]
    largest = max(steps, key=lambda step: abs(step[1]), default=None)
    title = _("Nothing that was changed moved the payoff")
    if largest is not None and largest[1]:
        title = _("{input} moved the payoff most: by {amount}").format(
            input=largest[0], amount=amount(largest[1], currency, plus=True)
        )
    names = [str(row["name"]) for row in rows]
    roles = ["neutral", "good", "bad"]
    y = {
        "field": "row",
        "type": "ordinal",
        "title": None,
        "axis": {"labelExpr": position_labels(names), "labelLimit": 260, "domain": False, "ticks": False},
    }
    x: dict[str, Any] = {
        "type": "quantitative",
        "title": _("net present value, {unit}").format(unit=unit.name),
        "axis": {"grid": True},
    }
    colour = {
        "field": "role",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": roles, "range": [f"var(--{r})" for r in roles]},
    }
    spec = {
        "data": {"values": values},
        "encoding": {
            "y": y,
            "tooltip": [{"field": "name", "title": _("input")}, {"field": "label", "title": _("moves by")}],
        },
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.66}},
                "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "color": colour},
            },
            {
                "transform": [{"calculate": "max(datum.low, datum.high)", "as": "end"}],
                "mark": {"type": "text", "align": "left", "dx": 5, "color": "var(--ink)"},
                "encoding": {"x": {**x, "field": "end"}, "text": {"field": "label"}},
            },
        ],
    }
    return Picture(
        "waterfall",
        title,
        "; ".join(f"{row['name']}: {row['label']} {unit.name}" for row in values),
        spec,
        30 * len(rows) + 20,
        bars=tuple(
            Bar(
                row["name"],
                min(row["low"], row["high"]),
                max(row["low"], row["high"]),
                unit.full(row["value"], plus=True),
            )
            for row in rows
        ),
    )
