# SPDX-License-Identifier: MIT
"""What the options pay: the fan of cumulative payoff, the distribution of NPV, what a year is made of."""

from __future__ import annotations

import json
import math
from typing import Any

from txsim.language import _, capital, plural
from txsim.language.numbers import amount, number, of_hundred, probability, to_grain, unit_of
from txsim.report.document import Control, Picture, Strip
from txsim.report.pictures.forms import PERCENT, haloed
from txsim.report.theme import OPTION_COLOURS
from txsim.report.words import net_present_value, option_name
from txsim.results.page_one import Course
from txsim.results.run import Run

#: Size of letters in a picture that stands beside something else, and larger where it has a slide to itself.
LETTERS = "min(max(11, width / 32), 20)"
#: A share of futures below a threshold, which claims no certainty that it does not have.
_SHARE = (
    "(datum.p > 0 && datum.p < 0.005 ? '<\u00a01' : datum.p > 0.995 && datum.p < 1 - 1e-9 ? '>\u00a099' : "
    "format(100 * datum.p, '.0f')) + '\u00a0%'"
)


def payback_of(median: list[float]) -> int | None:
    """Return the first month, from 1, from which the median stays at or above 0; ``None`` if it never does."""
    month = None
    for i, value in enumerate(median):
        if value < 0:
            month = None
        elif month is None:
            month = i + 1
    return month


def shown_course(run: Run) -> Course:
    """Return what the fan shows: the course of all futures, of a policy with a pilot that of those that go on.

    Raises :class:`ValueError` if the result has no page one.
    """
    if run.page_one is None:
        message = "this result has no course"
        raise ValueError(message)
    page = run.page_one
    return page.scaled if page.option == "pilot_then_decide" and page.scaled is not None else page.course


def course_note(run: Run, unit: str, *more: str) -> str:
    """Return of which futures the course is, what else there is to say of it, and on which side of tax it lies."""
    page = run.page_one
    said = _("Cumulative present value of all futures of “{option}”, {unit}: its right edge is the NPV.")
    if page is None or shown_course(run) is not page.course:
        said = _("Cumulative present value of the futures that go on, {unit}.")
    tax = () if run.tax_rate is None else (_("After tax.") if run.after_tax else _("Before tax."),)
    return " ".join((said.format(option=option_name("" if page is None else page.option), unit=unit), *more, *tax))


def course(run: Run) -> Picture | None:
    """Return the fan of cumulative present value of the option of page one, labelled at its right edge, the NPV.

    ``None`` where months were not kept. Of a policy with a pilot it shows the futures that go on, which the title says.
    """
    page = run.page_one
    if page is None:
        return None
    fan, option = shown_course(run), page.option
    scaled = page.scaled if option == "pilot_then_decide" else None
    grain = 0.0 if run.recommendation is None else float(run.recommendation.resolution)
    months = len(fan.p50)
    unit = unit_of(max(abs(v) for level in (fan.p05, fan.p95) for v in level), run.currency)
    keys = ("p05", "p25", "p50", "p75", "p95")
    # Nothing is spent before the first month; it begins at 0.
    rows: list[dict[str, float]] = [{"month": 0, **dict.fromkeys(keys, 0.0)}]
    rows += [
        {"month": i + 1, **{key: round(getattr(fan, key)[i] / unit.divisor, 5) for key in keys}} for i in range(months)
    ]
    colour = OPTION_COLOURS.get(option, "commit")
    ends = [
        {
            "at": round(level[-1] / unit.divisor, 5),
            "words": words,
            "value": unit.show(level[-1], plus=True, grain=known),
        }
        for level, words, known in (
            (fan.p95, _("5 in 100 above"), 10 * grain),
            (fan.p50, _("middle"), grain),
            (fan.p05, _("5 in 100 below"), 10 * grain),
        )
    ]
    _apart(ends, rows)
    marks = _marks(months)
    x = {
        "field": "month",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, months * 1.38], "nice": False},
        "axis": {"values": marks, "labelExpr": _axis_words(marks[-1]), "labelOverlap": False, "domain": False},
    }
    words = "datum.value == 0 ? '0' : format(datum.value, '+,.6~g')"
    y = {
        "type": "quantitative",
        "title": None,
        "scale": {"domain": _room(ends, rows), "nice": False},
        "axis": {"tickCount": 5, "labelExpr": words},
    }
    end = {"x": {"datum": months * 1.02}, "y": {**y, "field": "label"}}
    label = {"type": "text", "align": "left", "baseline": "middle", "fontSize": {"expr": LETTERS}}
    spec = {
        "data": {"values": rows},
        "layer": [
            {
                "mark": {"type": "area", "opacity": 0.2, "color": f"var(--{colour})"},
                "encoding": {"x": x, "y": {**y, "field": "p05"}, "y2": {"field": "p95"}},
            },
            {
                "mark": {"type": "area", "opacity": 0.36, "color": f"var(--{colour})"},
                "encoding": {"x": x, "y": {**y, "field": "p25"}, "y2": {"field": "p75"}},
            },
            {
                "mark": {"type": "line", "strokeWidth": 2.4, "color": f"var(--{colour})"},
                "encoding": {"x": x, "y": {**y, "field": "p50"}},
            },
            {
                "data": {"values": [{"from": 0, "to": months}]},
                "mark": {"type": "rule", "strokeWidth": 1.2, "color": "var(--ink)"},
                "encoding": {
                    "x": {"field": "from", "type": "quantitative"},
                    "x2": {"field": "to"},
                    "y": {"datum": 0, "type": "quantitative"},
                },
            },
            *(
                part
                for field, side, look in (("words", "-", {"color": "var(--muted)"}), ("value", "", {"fontWeight": 600}))
                for part in haloed(
                    {
                        "data": {"values": ends},
                        "mark": {**label, "dy": {"expr": f"{side}0.64 * {LETTERS}"}, **look},
                        "encoding": {**end, "text": {"field": field}},
                    }
                )
            ),
        ],
    }
    title = _course_title(page.course, run, grain) if scaled is None else _scaled_title(run, scaled, grain)
    note = course_note(run, unit.name, _("Dark: half of them. Light: 90 of 100."))
    low, middle, high = (
        unit.full(level[-1], plus=True, grain=known)
        for level, known in ((fan.p05, 10 * grain), (fan.p50, grain), (fan.p95, 10 * grain))
    )
    said = _("In month {n}: 5 in 100 below {low}, middle {middle}, 5 in 100 above {high}.")
    strips = tuple(
        Strip(words, tuple(level), text)
        for words, level, text in (
            (_("5 in 100 above"), fan.p95, high),
            (_("middle"), fan.p50, middle),
            (_("5 in 100 below"), fan.p05, low),
        )
    )
    return Picture(
        "fan",
        title,
        said.format(n=months, low=low, middle=middle, high=high),
        spec,
        150,
        note=note,
        strips=strips,
        strips_note=course_note(run, unit.name),
        width=352,
    )


def _marks(months: int) -> list[int]:
    """Return the months that the axis names: the start, the end, and whole years with room before its longer name."""
    every = 12 if months <= 48 else 12 * math.ceil(months / 48)
    return [0, *(mark for mark in range(every, months, every) if months - mark >= 0.85 * every), months]


def _axis_words(last: int) -> str:
    """Return how months are named: what they are once, at the last, which has room, so that labels stand apart."""
    start, month = json.dumps(_("start")), json.dumps(_("month"))
    return f"datum.value == 0 ? {start} : datum.value == {last} ? {month} + ' ' + datum.value : '' + datum.value"


def _room(ends: list[dict[str, Any]], rows: list[dict[str, float]]) -> list[float]:
    """Return from where to where values go, so that every label at the right edge has its two lines."""
    low, high = min(row["p05"] for row in rows), max(row["p95"] for row in rows)
    line = 0.11 * ((high - low) or 1.0)
    labels = [float(end["label"]) for end in ends]
    return [min(low, min(labels) - line), max(high, max(labels) + line)]


def _apart(ends: list[dict[str, Any]], rows: list[dict[str, float]]) -> None:
    """Give each label at the right edge a place of its own, the middle one where it belongs if that is possible."""
    low = min(row["p05"] for row in rows)
    high = max(row["p95"] for row in rows)
    room = 0.24 * ((high - low) or 1.0)
    top, middle, bottom = (float(end["at"]) for end in ends)
    ends[0]["label"] = max(top, middle + room)
    ends[1]["label"] = middle
    ends[2]["label"] = min(bottom, middle - room)


def _course_title(fan: Course, run: Run, grain: float) -> str:
    end, back = fan.p50[-1], payback_of(list(fan.p50))
    months = plural("{n} month", "{n} months", run.horizon_months)
    page = run.page_one
    option = {**run.options, **run.policies}.get("" if page is None else page.option)
    if option is not None and option.payback_month is None and to_grain(end, grain) > 0:
        ahead = amount(end, run.currency, grain=grain)  # nothing is spent that could be paid back
        return _("Middle case: {amount} ahead after {months}").format(amount=ahead, months=months)
    if end >= 0 and back is not None:
        return _("Middle case: paid back after {n}, at present value").format(n=plural("{n} month", "{n} months", back))
    if to_grain(end, grain) >= 0:
        return _("Middle case: about even after {months}").format(months=months)
    return _("Middle case: still {short} short after {months}").format(
        short=amount(-end, run.currency, grain=grain), months=months
    )


def _scaled_title(run: Run, scaled: Course, grain: float) -> str:
    text = _("If scaled: {npv} on average")
    return text.format(npv=amount(scaled.mean[-1], run.currency, plus=True, grain=grain))


def npv(run: Run) -> Picture | None:
    """Return the distribution of NPV with the loss shaded; ``None`` where there is none."""
    page = run.page_one
    if page is None or page.histogram is None:
        return None
    first, histogram = page.option, page.histogram
    options = list(histogram.shares)
    width, bins = float(histogram.width), len(histogram.shares[first])
    edges = [float(histogram.start) + width * i for i in range(bins + 1)]
    unit = unit_of(max(abs(edges[0]), abs(edges[-1])), run.currency)
    rows: list[dict[str, Any]] = []
    for option, shares in histogram.shares.items():
        below = 0.0
        for i, share in enumerate(shares):
            below += share
            x0, x1 = (round(edge / unit.divisor, 6) for edge in edges[i : i + 2])
            rows.append({"option": option, "x0": x0, "x1": x1, "share": round(share, 6), "below": round(below, 6)})
    loss = (run.policies[first] if first in run.policies else run.options[first]).p_loss.value
    title = _("{option} loses money in {times} of 100 futures").format(
        option=capital(option_name(first)), times=of_hundred(loss)
    )
    unit_name = unit.name
    worth = net_present_value(after_tax=run.after_tax, taxed=run.tax_rate is not None)
    x = {"type": "quantitative", "title": _("{npv}, {unit}").format(npv=worth, unit=unit_name)}
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
                    "y": {"field": "share", "type": "quantitative", "title": _("share of futures"), "axis": PERCENT},
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
                    {"calculate": _SHARE, "as": "told"},
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
                            "baseline": "bottom",
                            "color": "var(--bad)",
                            "fontWeight": "bold",
                            "fontSize": 16,
                            "y": -6,  # above bars and the topmost figure of the axis
                        },
                        "encoding": {"x": {**x, "field": "x"}, "text": {"field": "told"}},
                    },
                ],
            },
        ],
    }
    controls = (
        Control("one", "chosen", _("Option"), tuple((each, option_name(each), each == first) for each in options)),
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
    said = _("Distribution of {npv} over {n} futures; probability of a loss {p}.").format(
        npv=worth, n=number(run.draws), p=probability(loss)
    )
    return Picture(
        "npv",
        title,
        said,
        spec,
        280,
        controls,
        _("Each bar is a share of all futures; those beyond an end are counted in its last bar."),
        (("bad", _("below the threshold")), ("good", _("above"))),
    )
