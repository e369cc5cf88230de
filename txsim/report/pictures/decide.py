# SPDX-License-Identifier: MIT
"""Pictures of decisions: what carries the payoff, what drives it, whether a pilot is worth it, which is best."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from txsim.forecast.labels import Label
from txsim.language import _, plural, verbatim
from txsim.language.numbers import OF_ERRORS, Unit, error_grain, largest_remainder, percent, significant, unit_of
from txsim.report.document import Bar, Picture
from txsim.report.figures import figures_of
from txsim.report.pictures.forms import (
    at_row,
    bars,
    colours,
    flat,
    heat,
    height_of,
    in_lines,
    names_axis,
    narrow_height,
    position_labels,
    title_lines,
    tooltip,
)
from txsim.report.reading import Result
from txsim.report.words import net_present_value, option_name
from txsim.results.explain import Explanation
from txsim.results.quantities import Estimate
from txsim.results.sensitivity import Axis, Driving, PayoffMap, Sensitivity

_MOST = 12
#: Cells beside each other that a phone has room for.
_NARROW_CELLS = 6
#: Bars that a terminal has room for.
_BARS = 8


def printed_shares(answer: Explanation) -> tuple[Unit, dict[str, float]]:
    """Return in which unit what paths carry is printed, and what is printed, by path, to the digits of page one.

    Shares add up to the total as that is printed; cost is rounded by itself, as in the business case, so that what
    remains before cost is one figure wherever it stands.
    """
    values = {each.path: float(each.shapley_npv) for each in answer.paths}
    unit = unit_of(max(map(abs, values.values()), default=1.0), answer.currency)
    grain = unit.step(figures_of(answer).grain)
    cost = {name: round(value / grain) * grain for name, value in values.items() if name == "programme_cost"}
    rest = {name: value for name, value in values.items() if name not in cost}
    whole = round(float(answer.total.npv) / grain) * grain - sum(cost.values())
    printed = dict(zip(rest, largest_remainder([*rest.values()], grain, whole), strict=True)) if rest else {}
    return unit, {name: (cost | printed)[name] for name in values}


def printed_parts(answer: Explanation) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Return what links, and of each path its groups, carry as printed: parts add up to their path as that is."""
    unit, shares = printed_shares(answer)
    grain = figures_of(answer).grain

    def parts_of(values: Mapping[str, float]) -> dict[str, float]:
        whole = sum(values.values())
        near = min(answer.paths, key=lambda each: abs(each.shapley_npv - whole))
        known = math.isclose(near.shapley_npv, whole, rel_tol=1e-6, abs_tol=1e-9)
        return dict(
            zip(values, unit.parts([*values.values()], shares[near.path] if known else whole, grain), strict=True)
        )

    edges: dict[str, dict[str, float]] = {}
    for link, value in (answer.links or {}).items():
        edges.setdefault(edge_of(link), {})[link] = value
    links = {link: value for edge in edges.values() for link, value in parts_of(edge).items()}
    return links, {path: parts_of(groups) for path, groups in (answer.groups or {}).items()}


def edge_of(link: str) -> str:
    """Return the edge that a link of single groups belongs to."""
    return re.sub(r"\[[^]]*\]", "", link)


def paths(result: Result) -> Picture:
    """Return what each path carries of the payoff (Shapley values)."""
    answer: Explanation = result.answer
    ordered = sorted((each for each in answer.paths if each.shapley_npv), key=lambda each: -abs(each.shapley_npv))
    unit, printed = printed_shares(answer)
    figures = figures_of(answer)
    values = [
        {
            "name": in_lines(str(each.meaning) or each.path),
            "value": round(each.shapley_npv / unit.divisor, 4),
            "role": "good" if each.shapley_npv >= 0 else "bad",
            "label": str(figures.cell(printed[each.path], unit, plus=True)),
            "off": unit.full(each.switched_off_npv, plus=True, grain=figures.grain),
        }
        for each in ordered
    ]
    top = next((each for each in ordered if each.shapley_npv > 0), None)
    title = _("No path carries a gain")
    if top is not None:
        title = _("{share} of all gains come through: {path}").format(
            share=percent(top.shapley_npv / answer.gains), path=str(top.meaning) or top.path
        )
    pointer = tooltip(name=_("path"), label=_("carries, {unit}").format(unit=unit.name), off=_("payoff without it"))
    description = "; ".join(f"{flat(row)}: {row['label']} {unit.name}" for row in values)
    text = _("The bars sum to the expected payoff of “{option}”: {npv}.")
    if answer.total.taxed:
        text = _("The bars sum to the expected payoff of “{option}” before tax: {npv}.")
    total = text.format(option=option_name(answer.option), npv=str(figures.money(answer.total.npv, plus=True)))
    npv = net_present_value(after_tax=False, taxed=answer.total.taxed)
    spec = bars(values, _("share of the {npv}, {unit}").format(npv=npv, unit=unit.name), unit, pointer)
    names = [str(row["name"]) for row in values]
    high, narrow = height_of(names) + 20, narrow_height(names)
    return Picture("paths", title, description, spec, high, note=total, narrow=narrow)


def tornado(result: Result) -> Picture | None:
    """Return the payoff at a low and at a high value of each parameter, the others free."""
    answer: Sensitivity = result.answer
    told_apart = [each for each in answer.parameters if not each.within_noise]
    ordered = sorted(told_apart, key=lambda each: -abs(each.high.value - each.low.value))[:_MOST]
    if not ordered:
        return None
    currency = answer.currency
    unit = unit_of(max(abs(end.value) for each in ordered for end in (each.low, each.high)), currency, OF_ERRORS)
    rows = []
    base = 0.0 if answer.recommendation is None else answer.recommendation.mean_npv.get("commit", 0.0)
    for each in ordered:
        for end, role, at in ((each.low, "neutral", each.p05), (each.high, "accent", each.p95)):
            rows.append(
                {
                    "name": in_lines(_parameter(each)),
                    "end": round(end.value / unit.divisor, 4),
                    "base": round(base / unit.divisor, 4),
                    "role": role,
                    "at": _stated_end(each, at),
                    "npv": _end(end, unit),
                }
            )
    npv = net_present_value(after_tax=answer.after_tax, taxed=answer.taxed)
    top = ordered[0]
    ends = [_end(end, unit) for end in _sides(top)]
    title = _("What moves the payoff most: {name}, from {low} to {high}").format(
        name=_parameter(top), low=ends[0], high=ends[1]
    )
    x: dict[str, Any] = {
        "type": "quantitative",
        "title": _("expected {npv}, {unit}").format(npv=npv, unit=unit.name),
        "axis": {"grid": True},
    }
    colour = colours(["neutral", "accent"])
    pointer = tooltip(name=_("parameter"), at=_("at"), npv=_("payoff"))
    zero = {
        "data": {"values": [{}]},
        "mark": {"type": "rule", "strokeDash": [4, 3]},
        "encoding": {"x": {"datum": 0, "type": "quantitative"}},
    }
    spec = {
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "bar", **at_row(0.66)},
                "encoding": {
                    "y": names_axis(),
                    "x": {**x, "field": "end"},
                    "x2": {"field": "base"},
                    "color": colour,
                    "tooltip": pointer,
                },
            },
            zero,
        ]
    }
    return Picture(
        "tornado",
        title,
        "; ".join(f"{flat(row)} = {row['at']}: {row['npv']}" for row in rows),
        spec,
        height_of(in_lines(_parameter(each)) for each in ordered) + 20,
        narrow=narrow_height(in_lines(_parameter(each)) for each in ordered),
        note=_(
            "Each parameter at both ends of its 90 % range; all others stay uncertain, and what goes together with it "
            "moves along."
        )
        + _left_out(answer),
        legend=(("neutral", _("parameter low (5 %)")), ("accent", _("parameter high (95 %)"))),
        bars=tuple(_bar(each, unit) for each in ordered[:_BARS]),
    )


def _left_out(answer: Sensitivity) -> str:
    """Return how many parameters are not drawn because these draws cannot tell what they do from nothing."""
    count = sum(each.within_noise for each in answer.parameters)
    if not count:
        return ""
    text = plural("{n} more is within the simulation error.", "{n} more are within the simulation error.", count)
    return f" {text}"


def _bar(each: Driving, unit: Unit) -> Bar:
    low, high = _sides(each)
    told = f"{unit.show(low.value, plus=True, grain=error_grain(low.mcse))} … {_end(high, unit)}"
    return Bar(_parameter(each), low.value, high.value, told)


def _sides(each: Driving) -> list[Estimate]:
    """Return the payoff at both ends of a parameter, the smaller first."""
    return sorted((each.low, each.high), key=lambda end: end.value)


def _end(end: Estimate, unit: Unit) -> str:
    """Return the payoff at an end of a parameter to the digit of its error, as the table beside the picture has it."""
    return unit.full(end.value, plus=True, grain=error_grain(end.mcse))


def _known(*parameters: Driving) -> float:
    """Return to which power of ten the payoff at the ends of parameters is told: the digit of the largest error."""
    return max((error_grain(end.mcse) for each in parameters for end in (each.low, each.high)), default=0.0)


def _parameter(each: Driving) -> str:
    """Return what a parameter is called: what it means, and by its key alone only where nobody said."""
    return str(each.meaning) or each.name


def _stated_end(each: Driving, at: float) -> str:
    """Return an end of a parameter's range in the author's unit."""
    if each.stated is None:
        return significant(at)
    rises = (at == each.p05) == (each.p05 <= each.p95)
    # On a scale on which less is better, what is low inside is high as it is stated.
    ends = (each.stated.p05, each.stated.p95)
    if each.good_above != each.stated.good_above:
        ends = ends[::-1]
    return str(Label(verbatim(""), each.stated.unit).words(ends[0] if rises else ends[1]))


def _ticks(labels: list[str]) -> tuple[list[str], str]:
    """Return the labels of an axis without the unit that they share, and what its title says of that unit.

    Nine labels with a unit of two words lie over each other.
    """
    apart = [re.fullmatch(r"([−+\-\d.,\u2009\u202f\u00a0 ]*\d)\s+(.*\w.*)", label) for label in labels]
    numbers, units = [found[1] for found in apart if found], {found[2] for found in apart if found}
    if len(numbers) < len(labels) or len(units) != 1:
        return labels, ""
    return numbers, f", {units.pop()}"


def break_even_map(result: Result) -> Picture | None:
    """Return the payoff over the two parameters that matter most."""
    answer: Sensitivity = result.answer
    grid = answer.map
    if grid is None:
        return None
    table = grid.worth
    values = [value for line in table for value in line]
    unit = unit_of(max(map(abs, values)), answer.currency)
    x_name, x_labels = _side(grid.x, grid.at_x, grid.stated_x)
    y_name, y_labels = _side(grid.y, grid.at_y, grid.stated_y)
    known = _known(*(each for each in answer.parameters if each.name in (grid.x, grid.y)))
    # Lines of the table belong to `at_x`, columns to `at_y`.
    rows = [
        {
            "x": i,
            "y": j,
            "value": unit.printed(table[i][j], known) / unit.divisor,
            "label": unit.show(table[i][j], grain=known),
            "at": f"{x_name} = {x_labels[i]}, {y_name} = {y_labels[j]}",
        }
        for j in range(len(grid.at_y))
        for i in range(len(grid.at_x))
    ]
    share = sum(value >= 0 for value in values) / len(values)
    # A scale on which less is better runs from high to low inside; it is drawn from low to high.
    x_order, y_order = _order(grid.stated_x, len(grid.at_x)), _order(grid.stated_y, len(grid.at_y))
    x, y = _map_axis("x", x_name, x_labels, x_order), _map_axis("y", y_name, y_labels, y_order[::-1])
    pointer = tooltip(at=_("at"), label=_("payoff, {unit}").format(unit=unit.name))
    first, last = sum(table[x_order[0]]), sum(table[x_order[-1]])
    lowest, highest = (sum(row[j] for row in table) for j in (y_order[0], y_order[-1]))
    rises = (last > first, highest > lowest)
    titles = {
        (True, True): _("It pays most where both are high: {x}; {y}"),
        (True, False): _("It pays most where the first is high and the second low: {x}; {y}"),
        (False, True): _("It pays most where the first is low and the second high: {x}; {y}"),
        (False, False): _("It pays most where both are low: {x}; {y}"),
    }
    title = titles[rises]
    if share in (0.0, 1.0):
        title = _("It pays for all values of {x} and {y}") if share else _("It pays for no value of {x} and {y}")
    return Picture(
        "map",
        title.format(x=x_name, y=y_name),
        _("Payoff over two parameters; it is not negative in {share} of the fields.").format(share=percent(share)),
        {**heat(rows, x, y, max(map(abs, values)) / unit.divisor, pointer), "transform": _thinned(grid)},
        30 * len(grid.at_y),
        narrow=30 * len(grid.at_y),
        note=_("Expected {npv}, {unit}, over the 90 % range of both.").format(
            npv=net_present_value(after_tax=answer.after_tax, taxed=answer.taxed), unit=unit.name
        ),
        legend=(("good", _("pays")), ("bad", _("loses"))),
    )


def _map_axis(field: str, name: str, labels: list[str], order: list[int]) -> dict[str, Any]:
    ticks, unit = _ticks(labels)
    axis = {"labelExpr": position_labels(ticks), "labelAngle": 0, "domain": False}
    return {"field": field, "type": "ordinal", "sort": order, "title": title_lines(name + unit), "axis": axis}


def _thinned(grid: PayoffMap) -> list[dict[str, Any]]:
    """Return what shows every other row and column on a phone, its ends among them, where there are many."""
    many = [axis for axis, at in (("x", grid.at_x), ("y", grid.at_y)) if len(at) > _NARROW_CELLS and len(at) % 2]
    return [{"filter": f"!narrow || datum.{axis} % 2 === 0"} for axis in many]


def _side(name: str, at: Sequence[float], stated: Axis | None) -> tuple[str, list[str]]:
    """Return what a side of a map is called, and its labels, in the author's unit where that is known."""
    if stated is None:
        return name, [significant(value) for value in at]
    return str(stated.meaning), [str(Label(verbatim(""), stated.unit).words(value)) for value in stated.at]


def _order(stated: Axis | None, count: int) -> list[int]:
    """Return the positions of a side from the low end to the high end as it is stated."""
    falls = stated is not None and count > 1 and stated.at[0] > stated.at[-1]
    return list(range(count))[::-1] if falls else list(range(count))
