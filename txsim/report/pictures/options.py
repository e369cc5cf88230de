# SPDX-License-Identifier: MIT
"""What each option pays, from the summary alone."""

from __future__ import annotations

from txsim.language import _
from txsim.language.numbers import amount, interval, unit_of
from txsim.report.document import Picture
from txsim.report.pictures.payoff import capital, option_colours
from txsim.report.reading import Result
from txsim.report.words import option_name

__all__ = ["intervals"]


def intervals(result: Result) -> Picture:
    """Return mean and 90 % interval of NPV of each option, from the summary alone."""
    options = result.data["options"]
    largest = max(abs(found["npv"][key]) for found in options.values() for key in ("p05", "p95"))
    unit = unit_of(largest, result.data["currency"])
    rows = [
        {
            "name": capital(option_name(option)),
            "option": option,
            **{key: round(found["npv"][key] / unit.divisor, 4) for key in ("p05", "median", "mean", "p95")},
        }
        for option, found in options.items()
    ]
    best = max(options, key=lambda option: options[option]["npv"]["mean"])
    mean = options[best]["npv"]["mean"]
    if mean > 0:
        title = _("{option} pays most on average: {amount}")
    else:
        title = _("No option is expected to pay; {option} comes nearest with {amount}")
    y = {"field": "name", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 200, "grid": False}}
    spec = {
        "data": {"values": rows},
        "encoding": {"y": y, "color": option_colours(result)},
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 1.2},
                "encoding": {"x": {"datum": 0}, "y": {}, "color": {"value": "var(--muted)"}},
            },
            {
                "mark": {"type": "bar", "height": 10, "opacity": 0.35},
                "encoding": {
                    "x": {
                        "field": "p05",
                        "type": "quantitative",
                        "title": _("net present value, {unit}").format(unit=unit.name),
                    },
                    "x2": {"field": "p95"},
                },
            },
            {
                "mark": {"type": "tick", "thickness": 2, "size": 20},
                "encoding": {"x": {"field": "median", "type": "quantitative"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1},
                "encoding": {
                    "x": {"field": "mean", "type": "quantitative"},
                    "tooltip": [
                        {"field": "name", "title": _("option")},
                        *(
                            {"field": key, "title": name, "format": f",.{unit.digits}f"}
                            for key, name in (
                                ("mean", _("mean")),
                                ("median", _("median")),
                                ("p05", "5 %"),
                                ("p95", "95 %"),
                            )
                        ),
                    ],
                },
            },
        ],
    }
    told = "; ".join(
        _("{option}: mean {mean}, 90 % {interval}").format(
            option=option_name(option),
            mean=unit.full(found["npv"]["mean"], plus=True),
            interval=interval(unit.show(found["npv"]["p05"], plus=True), unit.show(found["npv"]["p95"], plus=True)),
        )
        for option, found in options.items()
    )
    return Picture(
        "options",
        title.format(option=capital(option_name(best)), amount=amount(mean, result.data["currency"], plus=True)),
        told,
        spec,
        44 * len(rows) + 10,
        note=_("Bar: 90 % of futures. Tick: median. Dot: mean."),
    )
