# SPDX-License-Identifier: MIT
"""What each option pays, from the summary alone."""

from __future__ import annotations

from typing import Any

from txsim.language import _, capital
from txsim.language.numbers import of_hundred, unit_of
from txsim.report.document import Picture
from txsim.report.figures import Figures
from txsim.report.pictures.payoff import LETTERS
from txsim.report.theme import OPTION_COLOURS
from txsim.report.words import net_present_value, option_name, short_name
from txsim.results.run import Option, Run

_WIDTH = 300


def choices(run: Run) -> dict[str, Option | None]:
    """Return every option that can be chosen today, the best mean first; doing nothing has no figures of its own."""
    options: dict[str, Option | None] = {"do_nothing": None, "commit": run.options["commit"], **run.policies}
    means = {name: 0.0 if of is None else of.worth(after_tax=run.after_tax).mean for name, of in options.items()}
    return dict(sorted(options.items(), key=lambda each: -means[each[0]]))


def small(run: Run, figures: Figures) -> Picture:
    """Return mean and 90 % interval of every option that can be chosen today, doing nothing too, in a narrow column."""
    options = choices(run)
    worth = [of.worth(after_tax=run.after_tax) for of in options.values() if of is not None]
    unit = unit_of(max((abs(end) for npv in worth for end in (npv.p05, npv.p95)), default=0.0), run.currency)
    rows = []
    for name, of in options.items():
        row: dict[str, Any] = {"option": name, "name": capital(short_name(name)), "mean": 0.0, "low": 0.0, "high": 0.0}
        row["told"], row["loses"] = "0", ""
        if of is not None:
            npv = of.worth(after_tax=run.after_tax)
            row |= {
                key: round(value / unit.divisor, 5)
                for key, value in (("mean", npv.mean), ("low", npv.p05), ("high", npv.p95))
            }
            row["told"] = str(figures.cell(npv.mean, unit, plus=True))
            row["loses"] = _("loses in {times} of 100").format(times=of_hundred(of.p_loss.value))
        rows.append(row)
    colours = [f"var(--{OPTION_COLOURS.get(name, 'other')})" for name in options]
    colour = {
        "field": "option",
        "type": "nominal",
        "scale": {"domain": list(options), "range": colours},
        "legend": None,
    }
    shapes = ["diamond" if name.startswith("pilot") else "circle" for name in options]
    shape = {"field": "option", "type": "nominal", "scale": {"domain": list(options), "range": shapes}, "legend": None}
    x = {"type": "quantitative", "title": None, "axis": None, "scale": {"nice": False, "padding": 10}}
    y = {"field": "name", "type": "nominal", "sort": None, "title": None, "axis": None}
    text = {"type": "text", "baseline": "middle", "dy": {"expr": f"-1.15 * {LETTERS}"}, "fontSize": {"expr": LETTERS}}
    spec = {
        "data": {"values": rows},
        "encoding": {"y": y},
        "layer": [
            {
                "mark": {"type": "tick", "orient": "vertical", "size": 15, "thickness": 1.2, "yOffset": 4},
                "encoding": {"x": {**x, "datum": 0}, "color": {"value": "var(--muted)"}},
            },
            {
                "mark": {"type": "bar", "height": 5, "opacity": 0.38, "yOffset": 4},
                "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "color": colour},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 85, "opacity": 1, "yOffset": 4},
                "encoding": {"x": {**x, "field": "mean"}, "color": colour, "shape": shape},
            },
            {
                "mark": {**text, "align": "left", "fontWeight": 600},
                "encoding": {"x": {"value": 0}, "text": {"field": "name"}},
            },
            {
                "mark": {**text, "align": "right", "fontWeight": 600},
                "encoding": {"x": {"value": {"expr": "width * 0.64"}}, "text": {"field": "told"}},
            },
            {
                "mark": {**text, "align": "right", "color": "var(--muted)"},
                "encoding": {"x": {"value": "width"}, "text": {"field": "loses"}},
            },
        ],
    }
    said = "; ".join(
        _("{option}: mean {mean}, 90 % {interval}").format(
            option=option_name(name),
            mean=str(figures.money(of.worth(after_tax=run.after_tax).mean, plus=True)),
            interval="".join(str(part) for part in figures.money_range(of.worth(after_tax=run.after_tax))),
        )
        for name, of in options.items()
        if of is not None
    )
    return Picture(
        "options",
        capital(
            _("{npv}, {unit}").format(
                npv=net_present_value(after_tax=run.after_tax, taxed=run.tax_rate is not None), unit=unit.name
            )
        ),
        said,
        spec,
        36 * len(rows),
        note=_("Dot: average. Bar: 90 of 100 futures."),
        width=_WIDTH,
    )
