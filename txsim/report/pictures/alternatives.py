# SPDX-License-Identifier: MIT
"""Pictures of alternatives: scenarios compared, the best of them, a grid of inputs, what moved the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from txsim.language import _, capital
from txsim.language.numbers import amount, of_hundred, probability, unit_of
from txsim.report.document import Bar, Picture, plain
from txsim.report.figures import figures_for
from txsim.report.pictures.forms import (
    BELOW,
    at_row,
    bars,
    colours,
    flat,
    height_of,
    in_lines,
    interval_rows,
    narrow_height,
    positions_axis,
    tooltip,
)
from txsim.report.reading import Result
from txsim.report.words import net_present_value, option_name, short_name
from txsim.results.compare import Comparison
from txsim.results.diff import Difference
from txsim.results.quantities import Distribution


def scoped_name(name: str, titles: Mapping[str, str] | None = None, *, short: bool = False) -> str:
    """Return what an option, or ``scenario/option``, is called where a line begins, in few words if ``short``."""
    label = short_name(name, titles) if short else option_name(name, titles)
    return label if "/" in name else capital(label)


def compared(result: Result) -> Picture:
    """Return mean and 90 % interval of every scenario's options."""
    comparison: Comparison = result.answer
    currency = comparison.currency
    worth = {option.name: option.worth(after_tax=comparison.after_tax) for option in comparison.options}
    options = sorted(comparison.options, key=lambda option: -worth[option.name].mean)
    out = beyond(comparison)
    first = next((option.name for option in options if option.name not in out), options[0].name)
    believed_apart = comparison.beliefs is not None and comparison.recommendation is None
    if _is_open(comparison):
        title = _("On average no option is clearly ahead")
        if first != options[0].name:
            title = _("Within the limits no option is clearly ahead on average")
            if by_budget(comparison):
                title = _("Within the budget no option is clearly ahead on average")
    elif first == "do_nothing":
        title = _("On average nothing pays more than doing nothing")
        if first != options[0].name:
            title = _("Within the limits nothing pays more on average than doing nothing")
            if by_budget(comparison):
                title = _("Within the budget nothing pays more on average than doing nothing")
    elif believed_apart:  # what one belief promises is ahead of nothing that another one says
        title = _("What each option pays on average under its own beliefs")
    else:
        title = _("{option} pays most on average: {amount}")
        if first != options[0].name:
            title = _("Within the limits {option} pays most on average: {amount}")
            if by_budget(comparison):
                title = _("Within the budget {option} pays most on average: {amount}")
        title = title.format(
            option=_quoted(first, comparison),
            amount=figures_for(worth[first], currency).money(worth[first].mean, plus=True),
        )
    note = _("Dot: mean. Bar: 90 % of futures, the same futures for all.")
    if comparison.as_runs:
        note = _("Dot: mean. Bar: 90 % of futures, each option's as its own run has them.")
    rows = [(row_name(each.name, comparison), worth[each.name], each.p_loss) for each in options]
    leads = None if _is_open(comparison) or believed_apart else [each.name for each in options].index(first)
    npv = net_present_value(after_tax=comparison.after_tax, taxed=comparison.taxed)
    return _intervals("compared", title, rows, leads, npv, currency, note)


def runs_compared(
    worth: Sequence[tuple[str, str, Distribution, float]], currency: str, *, taxed: bool, after_tax: bool
) -> Picture:
    """Return mean and 90 % interval of options of several runs, each on its own futures.

    ``worth``: title of the run, option, its net present value and its probability of a loss. ``taxed``, ``after_tax``:
    whether a tax is stated, and on which side of it the values are.
    """
    ordered = sorted(worth, key=lambda each: -each[2].mean)
    rows = [(f"{title}: {short_name(option)}", npv, loss) for title, option, npv, loss in ordered]
    title = _("What each of them pays, and how far apart that may be")
    note = _("Dot: mean. Bar: 90 % of futures, each run's own.")
    return _intervals("runs", title, rows, None, net_present_value(after_tax=after_tax, taxed=taxed), currency, note)


def _intervals(
    kind: str,
    title: str,
    rows: Sequence[tuple[str, Distribution, float]],
    leads: int | None,
    npv: str,
    currency: str,
    note: str,
) -> Picture:
    """Return mean and 90 % of named options with their probabilities of a loss; one may lead, and has a colour."""
    unit = unit_of(max(abs(end) for _name, of, _loss in rows for end in (of.p05, of.p95)), currency)
    values = [
        {
            "name": in_lines(name),
            "low": round(of.p05 / unit.divisor, 4),
            "mid": round(of.mean / unit.divisor, 4),
            "high": round(of.p95 / unit.divisor, 4),
            "role": "commit" if place == leads else "neutral",
            "loss": probability(loss),
            "told": plain(own.cell_range(of, unit)),
            "mean": f"{own.cell(of.mean, unit, plus=True)}\N{NO-BREAK SPACE}{unit.name}",
        }
        for place, (name, of, loss) in enumerate(rows)
        for own in (figures_for(of, currency),)
    ]
    pointer = tooltip(name=_("option"), mean=_("mean"), told="90 %", loss=_("P(loss)"))
    names = [str(row["name"]) for row in values]
    return Picture(
        kind,
        title,
        "; ".join(f"{flat(row)}: {row['mean']} ({row['told']})" for row in values),
        interval_rows(values, _("{npv}, {unit}").format(npv=npv, unit=unit.name), pointer),
        height_of(names) + 20,
        narrow=narrow_height(names),
        note=note,
    )


def ranked(comparison: Comparison, *, within: bool = False) -> list[tuple[str, float]]:
    """Return in what share of futures each first step is the best, most often first; what begins alike counts once.

    Of all options or, if wanted, of those within the limits alone; then empty where none is excluded.
    """
    together = comparison.p_best_within if within else comparison.p_best_together
    mean = {option.name: option.worth(after_tax=comparison.after_tax).mean for option in comparison.options}
    begins = {option.name: option.begins_as for option in comparison.options}
    shares: dict[str, tuple[str, float]] = {}
    # What begins alike is told under the one that pays most, as the table of all options has it.
    for name in sorted(together, key=lambda name: -mean.get(name, 0.0)):
        shares.setdefault(begins.get(name) or name, (name, float(together[name].value)))
    return sorted(shares.values(), key=lambda pair: -pair[1])


def best(result: Result) -> Picture | None:
    """Return in how many futures each first step is the best: options that begin alike are counted together."""
    comparison: Comparison = result.answer
    if not comparison.p_best:
        return None
    # Title and bars count alike: where limits exclude something, among what they leave.
    inside = ranked(comparison, within=True)
    ordered = inside or ranked(comparison)
    if len(ordered) < 2:  # one bar of all futures
        return None
    top, share = ordered[0]
    values = [
        {
            "name": in_lines(row_name(name, comparison)),
            "value": float(share),
            "role": "accent" if name == top and not _is_open(comparison) else "neutral",
            "label": probability(share),
        }
        for name, share in ordered
    ]
    title = _("{option} is best in {times} of 100 futures")
    if inside:
        title = _("Of what is within the limits {option} is most often the best: in {times} of 100 futures")
        if by_budget(comparison):
            title = _("Of what is within the budget {option} is most often the best: in {times} of 100 futures")
    if _is_open(comparison):
        title = _("No option is best in more than {times} of 100 futures")
    title = title.format(option=_quoted(top, comparison), times=of_hundred(share))
    pointer = tooltip(name=_("option"), label=_("best in"))
    spec = bars(values, _("share of futures in which it is the best"), None, pointer)
    note = _("Options that begin alike are counted together.")
    if inside:
        note += " " + _("What is excluded is not counted here; the tables count every option.")
    return Picture(
        "best",
        title,
        "; ".join(f"{flat(row)}: {row['label']}" for row in values),
        spec,
        height_of(str(row["name"]) for row in values) + 20,
        narrow=narrow_height(str(row["name"]) for row in values),
        note=note,
    )


def _quoted(name: str, comparison: Comparison) -> str:
    """Return what an option is called within a sentence."""
    return _("“{option}”").format(option=scoped_name(name, comparison.titles))


def beyond(comparison: Comparison) -> frozenset[str]:
    """Return the options that a limit, such as the budget, excludes: none is drawn as first."""
    advice = comparison.recommendation
    return frozenset() if advice is None else frozenset((*advice.refused, *(each.option for each in advice.excluded)))


def row_name(name: str, comparison: Comparison) -> str:
    """Return what the row or bar of an option is called in a picture of all."""
    return beyond_marked(name, scoped_name(name, comparison.titles, short=True), comparison)


def beyond_marked(name: str, label: str, comparison: Comparison) -> str:
    """Return what an option is called, marked where a limit or the budget excludes it."""
    if name not in beyond(comparison):
        return label
    if by_budget(comparison, name):
        return _("{option} (beyond the budget)").format(option=label)
    return _("{option} (beyond the limits)").format(option=label)


def by_budget(comparison: Comparison, name: str = "") -> bool:
    """Whether it is the budget alone that excludes an option, or by default all that are excluded."""
    advice = comparison.recommendation
    broken = [] if advice is None else [each for each in advice.excluded if each.option == name or not name]
    return bool(broken) and all(each.p_loss is None and each.peak_funding is None for each in broken)


def _is_open(comparison: Comparison) -> bool:
    """Whether no option leads: then none is drawn as if it did."""
    return comparison.recommendation is not None and comparison.recommendation.state == "open"


def waterfall(result: Result) -> Picture:
    """Return which changed input moved the payoff by how much, from one result to another."""
    answer: Difference = result.answer
    after = answer.after_tax
    moves = [(change, change.worth(after_tax=after)) for change in answer.changes]
    steps = [
        (str(change.meaning) or change.input, value, answer.grain(value, change.error(after_tax=after)))
        for change, value in moves
    ]
    other = answer.random_numbers_after_tax if after else answer.random_numbers
    if other:
        steps.append((_("other random numbers"), float(other), answer.total_grain(after_tax=after)))
    a, b, currency = answer.a.worth(after_tax=after), answer.b.worth(after_tax=after), answer.currency
    at = a
    rows: list[dict[str, Any]] = [{"name": answer.titles[0], "low": 0.0, "high": a, "role": "neutral"}]
    for name, step, _grain in steps:
        rows.append({"name": name, "low": at, "high": at + step, "role": "good" if step >= 0 else "bad"})
        at += step
    rows.append({"name": answer.titles[1], "low": 0.0, "high": b, "role": "neutral"})
    labels = [(a, answer.a.resolution), *(step[1:] for step in steps), (b, answer.b.resolution)]
    unit = unit_of(max(max(abs(row["low"]), abs(row["high"])) for row in rows), currency)
    values = [
        {
            **row,
            "row": i,
            "low": row["low"] / unit.divisor,
            "high": row["high"] / unit.divisor,
            "value": value,
            "label": unit.show(value, plus=True, grain=grain),
        }
        for i, (row, (value, grain)) in enumerate(zip(rows, labels, strict=True))
    ]
    largest = max(steps, key=lambda step: abs(step[1]), default=None)
    title = _("Nothing that was changed moved the payoff")
    if largest is not None and largest[1]:
        words = _("{input} moved the payoff most: by {amount}")
        if len(steps) == 1:
            words = _("{input} moved the payoff by {amount}")
        title = words.format(
            input=capital(largest[0]), amount=amount(largest[1], currency, plus=True, grain=largest[2])
        )
    names = [str(row["name"]) for row in rows]
    npv = net_present_value(after_tax=answer.after_tax, taxed=answer.taxed)
    roles = ["neutral", "good", "bad"]
    y = positions_axis("row", names)
    x: dict[str, Any] = {
        "type": "quantitative",
        "title": _("{npv}, {unit}").format(npv=npv, unit=unit.name),
        "axis": {"grid": True},
    }
    colour = colours(roles)
    spec = {
        "data": {"values": values},
        "encoding": {"y": y, "tooltip": tooltip(name=_("input"), label=_("moves by"))},
        "layer": [
            {
                "mark": {"type": "bar", **at_row(0.66)},
                "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "color": colour},
            },
            {
                "transform": [{"calculate": "max(datum.low, datum.high)", "as": "end"}],
                "mark": {"type": "text", "align": "left", "dx": 5, "yOffset": BELOW, "color": "var(--ink)"},
                "encoding": {"x": {**x, "field": "end"}, "text": {"field": "label"}},
            },
        ],
    }
    return Picture(
        "waterfall",
        title,
        "; ".join(f"{row['name']}: {row['label']} {unit.name}" for row in values),
        spec,
        height_of((in_lines(name) for name in names), 30) + 20,
        narrow=narrow_height(in_lines(name) for name in names),
        bars=tuple(
            Bar(
                row["name"],
                min(row["low"], row["high"]),
                max(row["low"], row["high"]),
                unit.full(value, plus=True, grain=grain),
            )
            for row, (value, grain) in zip(rows, labels, strict=True)
        ),
    )
