# SPDX-License-Identifier: MIT
"""What the options pay: the fan of cumulative payoff, the distribution of NPV, what a year is made of."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from txsim.language import _, plural
from txsim.language.numbers import Unit, amount, interval, number, of_hundred, probability, unit_of
from txsim.report.document import Control, Picture
from txsim.report.reading import Result
from txsim.report.theme import OPTION_COLOURS
from txsim.report.words import option_name
from txsim.types import Array

__all__ = ["bands", "capital", "fan", "npv", "option_colours", "payback_of"]


_LEVELS = (("p05", 0.05), ("p25", 0.25), ("p50", 0.5), ("p75", 0.75), ("p95", 0.95))
_NPV_BINS = 56


def bands(cumulative: Array) -> dict[str, list[float]]:
    """Return quantiles of each month of ``(month, draw)``."""
    ordered = np.sort(cumulative, axis=1)
    last = ordered.shape[1] - 1
    return {name: ordered[:, round(q * last)].tolist() for name, q in _LEVELS}


def payback_of(median: list[float]) -> int | None:
    """Return the first month, from 1, from which the median stays at or above 0; ``None`` if it never does."""
    month = None
    for i, value in enumerate(median):
        if value < 0:
            month = None
        elif month is None:
            month = i + 1
    return month


def _first(result: Result) -> str:
    """Return the option that a picture shows first: the one recommended, else committing."""
    told = result.data.get("recommendation") or result.data["verdict"]["horizon"]
    option = {"pilot_then_decide": "pilot_scale", "commit_review": "commit"}.get(told["option"], told["option"])
    return option if option in result.data["options"] else "commit"


def _choices(result: Result, shown: set[str]) -> tuple[tuple[str, str, str, bool], ...]:
    return tuple(
        (option, option_name(option), OPTION_COLOURS.get(option, "other"), option in shown)
        for option in result.data["options"]
    )


def option_colours(result: Result) -> dict[str, Any]:
    """Return the colour channel of options."""
    options = list(result.data["options"])
    colours = [f"var(--{OPTION_COLOURS.get(option, 'other')})" for option in options]
    return {"field": "option", "type": "nominal", "scale": {"domain": options, "range": colours}, "legend": None}


def fan(result: Result) -> Picture | None:
    """Return the fan of cumulative payoff, options overlaid; ``None`` where months were not kept."""
    if result.draws is None or not result.draws.cumulative:
        return None
    first = _first(result)
    options = [option for option in result.data["options"] if option in result.draws.cumulative]
    levels = {option: bands(result.draws.cumulative[option]) for option in options}
    largest = max(abs(value) for found in levels.values() for key in ("p05", "p95") for value in found[key])
    unit = unit_of(largest, result.data["currency"])
    rows = [
        {
            "option": option,
            "name": option_name(option),
            "month": month + 1,
            **{key: round(values[month] / unit.divisor, 4) for key, values in found.items()},
        }
        for option, found in levels.items()
        for month in range(len(found["p50"]))
    ]
    months = len(levels[first]["p50"])
    paid = {option: payback_of(found["p50"]) for option, found in levels.items()}
    marks = [
        {
            "option": option,
            "month": month,
            "at": 0,
            "told": _("{option}: paid back after {n} months, in the median").format(
                option=option_name(option), n=month
            ),
        }
        for option, month in paid.items()
        if month is not None
    ]
    end = levels[first]
    title = _fan_title(first, paid[first], end, months, result.data["currency"])
    shown = {first, "pilot_scale"} & set(options)
    x = {
        "field": "month",
        "type": "quantitative",
        "title": _("month"),
        "scale": {"domain": [1, months], "nice": False},
        "axis": {"values": [1, *range(6, months + 1, 6 if months <= 60 else 12)], "format": "d"},
    }
    y = {"type": "quantitative", "title": _("cumulative payoff, {unit}").format(unit=unit.name)}
    told = [
        {"field": "name", "title": _("option")},
        {"field": "month", "title": _("month")},
        *(
            {"field": key, "title": name, "format": f",.{unit.digits}f"}
            for key, name in (("p95", "95 %"), ("p75", "75 %"), ("p50", _("median")), ("p25", "25 %"), ("p05", "5 %"))
        ),
    ]
    chosen = [{"filter": "indexof(shown, datum.option) >= 0"}]
    near = {"nearest": True, "on": "pointerover", "type": "point", "encodings": ["x"], "clear": "pointerout"}
    spec = {
        "params": [{"name": "shown", "value": sorted(shown)}],
        "layer": [
            {
                "data": {"values": rows},
                "transform": chosen,
                "encoding": {"x": x, "color": option_colours(result), "detail": {"field": "option"}},
                "layer": [
                    {
                        "mark": {"type": "area", "opacity": 0.16},
                        "encoding": {"y": {**y, "field": "p05"}, "y2": {"field": "p95"}},
                    },
                    {
                        "mark": {"type": "area", "opacity": 0.28},
                        "encoding": {"y": {**y, "field": "p25"}, "y2": {"field": "p75"}},
                    },
                    {"mark": {"type": "line", "strokeWidth": 2.5}, "encoding": {"y": {**y, "field": "p50"}}},
                    {
                        "params": [{"name": "near", "select": near}],
                        "mark": {"type": "point", "filled": True, "size": 60},
                        "encoding": {
                            "y": {**y, "field": "p50"},
                            "opacity": {"condition": {"param": "near", "empty": False, "value": 1}, "value": 0},
                            "tooltip": told,
                        },
                    },
                ],
            },
            {
                "data": {"values": [{"zero": 0}]},
                "mark": {"type": "rule", "strokeWidth": 1.2},
                "encoding": {"y": {"datum": 0, "type": "quantitative"}},
            },
            *_paid(marks, chosen, x, option_colours(result)),
        ],
    }
    return Picture(
        "fan",
        title,
        _fan_description(levels, months, unit),
        spec,
        340,
        (Control("many", "shown", _("Options to show"), _choices(result, shown)),),
        _("Line: median future. Dark band: half of all futures. Light band: 90 % of them. Diamond: paid back."),
    )


def _paid(
    marks: list[dict[str, Any]], chosen: list[dict[str, str]], x: dict[str, Any], colour: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return the layer that marks payback; none where nothing is paid back in the median."""
    if not marks:
        return []
    return [
        {
            "data": {"values": marks},
            "transform": chosen,
            "mark": {
                "type": "point",
                "shape": "diamond",
                "filled": True,
                "size": 130,
                "opacity": 1,
                "stroke": "var(--paper)",
                "strokeWidth": 1,
            },
            "encoding": {
                "x": x,
                "y": {"field": "at", "type": "quantitative"},
                "color": colour,
                "tooltip": {"field": "told", "title": _("payback")},
            },
        }
    ]


def _fan_title(option: str, month: int | None, end: dict[str, list[float]], months: int, currency: str) -> str:
    name = option_name(option)
    low, high = amount(end["p05"][-1], currency, plus=True), amount(end["p95"][-1], currency, plus=True)
    if month is not None:
        when = plural("{n} month", "{n} months", month)
        text = _("{option}: the median future has paid back after {when}; by the end 90 % lie between {low} and {high}")
        return capital(text.format(option=name, when=when, low=low, high=high))
    when = plural("{n} month", "{n} months", months)
    text = _("{option}: in the median future it is not paid back within {when}; 90 % end between {low} and {high}")
    return capital(text.format(option=name, when=when, low=low, high=high))


def capital(text: str) -> str:
    """Return text that begins a line."""
    return text[:1].upper() + text[1:]


def _fan_description(levels: dict[str, dict[str, list[float]]], months: int, unit: Unit) -> str:
    told = [
        _("{option}: median {median}, 90 % {interval}").format(
            option=option_name(option),
            median=unit.full(found["p50"][-1], plus=True),
            interval=interval(unit.show(found["p05"][-1], plus=True), unit.show(found["p95"][-1], plus=True)),
        )
        for option, found in levels.items()
    ]
    return _("Cumulative payoff by month with bands. In month {n}: {told}.").format(n=months, told="; ".join(told))


def npv(result: Result) -> Picture | None:
    """Return the distribution of NPV with the loss shaded; ``None`` where draws were not kept."""
    if result.draws is None or not result.draws.npv:
        return None
    options = [option for option in result.data["options"] if option in result.draws.npv]
    first = _first(result)
    ends = np.array([np.quantile(result.draws.npv[option], (0.001, 0.997)) for option in options])
    low, high = min(float(ends[:, 0].min()), 0.0), max(float(ends[:, 1].max()), 0.0)
    if high - low <= 0:
        return None
    width = _nice((high - low) / _NPV_BINS)
    start, stop = math.floor(low / width), math.ceil(high / width)
    edges = np.arange(start, stop + 1) * width
    unit = unit_of(max(abs(low), abs(high)), result.data["currency"])
    rows = []
    for option in options:
        draws = result.draws.npv[option]
        counts, _edges = np.histogram(np.clip(draws, edges[0], np.nextafter(edges[-1], low)), edges)
        below = np.cumsum(counts) / draws.size
        rows += [
            {
                "option": option,
                "x0": round(edges[i] / unit.divisor, 6),
                "x1": round(edges[i + 1] / unit.divisor, 6),
                "share": round(count / draws.size, 6),
                "below": round(float(below[i]), 6),
            }
            for i, count in enumerate(counts)
        ]
    loss = result.data["options"][first]["p_loss"]["value"]
    title = _("{option} loses money in {times} of 100 futures").format(
        option=capital(option_name(first)), times=of_hundred(loss)
    )
    unit_name = unit.name
    x = {"type": "quantitative", "title": _("net present value, {unit}").format(unit=unit_name)}
    colour = {"condition": {"test": "datum.x1 <= threshold + 1e-9", "value": "var(--bad)"}, "value": "var(--good)"}
    spec = {
        "data": {"values": rows},
        "params": [{"name": "chosen", "value": first}, {"name": "threshold", "value": 0}],
        "transform": [{"filter": "datum.option === chosen"}],
        "layer": [
            {
                "mark": {"type": "bar", "binSpacing": 1},
                "encoding": {
                    "x": {**x, "field": "x0", "bin": {"binned": True}},
                    "x2": {"field": "x1"},
                    "y": {
                        "field": "share",
                        "type": "quantitative",
                        "title": _("share of futures"),
                        "axis": {"format": ".0%"},
                    },
                    "color": colour,
                    "tooltip": [
                        {"field": "x0", "title": _("from"), "format": ",.1f"},
                        {"field": "x1", "title": _("to"), "format": ",.1f"},
                        {"field": "share", "title": _("share of futures"), "format": ".1%"},
                        {"field": "below", "title": _("this much or less"), "format": ".1%"},
                    ],
                },
            },
            {
                "transform": [
                    {"calculate": "datum.x1 <= threshold + 1e-9 ? datum.share : 0", "as": "counted"},
                    {"aggregate": [{"op": "sum", "field": "counted", "as": "p"}]},
                    {"calculate": "threshold", "as": "x"},
                    {"calculate": "format(datum.p, '.0%') + ' '", "as": "told"},
                ],
                "layer": [
                    {
                        "mark": {"type": "rule", "color": "var(--ink)", "strokeWidth": 1.5},
                        "encoding": {"x": {**x, "field": "x"}},
                    },
                    {
                        "mark": {
                            "type": "text",
                            "align": "right",
                            "baseline": "top",
                            "color": "var(--bad)",
                            "fontWeight": "bold",
                            "fontSize": 16,
                            "dx": -4,
                            "y": 0,
                        },
                        "encoding": {"x": {**x, "field": "x"}, "text": {"field": "told"}},
                    },
                ],
            },
        ],
    }
    controls = (
        Control("one", "chosen", _("Option"), _choices(result, {first})),
        Control(
            "range",
            "threshold",
            _("Threshold"),
            low=float(edges[0] / unit.divisor),
            high=float(edges[-1] / unit.divisor),
            step=float(width / unit.divisor),
            unit=unit_name,
        ),
    )
    told = _("Distribution of net present value over {n} futures; probability of a loss {p}.").format(
        n=number(result.draws.npv[first].size), p=probability(loss)
    )
    return Picture(
        "npv",
        title,
        told,
        spec,
        280,
        controls,
        _("Each bar is a share of all futures; those beyond an end are counted in its last bar."),
        (("bad", _("below the threshold")), ("good", _("above"))),
    )


def _nice(width: float) -> float:
    """Return a round width near this one: 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(width))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width * 0.8)
