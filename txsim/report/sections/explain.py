# SPDX-License-Identifier: MIT
"""How influence travels: the graph with widths, and what each path carries of the payoff."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence

from txsim.language import _
from txsim.language.numbers import Unit, largest_remainder, number, percent, to_grain, unit_of
from txsim.report.document import Block, Level, Note, Paragraph, Section, Table, Text, say
from txsim.report.figures import Figures, figures_of
from txsim.report.pictures import decide, graph
from txsim.report.reading import Result
from txsim.report.sections.method import basis
from txsim.report.sections.recommendation import advised
from txsim.report.words import link_words, npv_name, option_name
from txsim.results.explain import Explanation
from txsim.results.names import group_name
from txsim.scenario import Scenario

#: Paths that are named with their share.
_NAMED = 3
#: To what a change of customer experience is told, in the unit in which the scenario counts it; the result has points.
_POINT = 0.01


def travels(result: Result, level: Level, scenario: Scenario | None = None, moved: Collection[str] = ()) -> Section:
    """Return which paths carry the payoff of an option.

    ``result``: of `explain`. ``level``: how much is told. ``scenario``, ``moved``: what was explained, and the nodes
    that move at all, for the graph; without them it is left out.
    """
    answer: Explanation = result.answer
    figures = figures_of(answer)
    blocks: list[Block] = [Paragraph(_carried(answer, figures), lead=level == "full")]
    if level == "full":
        picture = graph.influence_graph(result, scenario, moved)
        blocks += [Note(_undrawn(scenario))] if picture is None else [picture]
        blocks.append(decide.paths(result))
    else:
        blocks += advised(answer.recommendation, level)
    unit, printed = decide.printed_shares(answer)
    shares = [printed[each.path] for each in answer.paths]
    moves = largest_remainder(
        [float(each.shapley_delta) * answer.per_point for each in answer.paths],
        _POINT,
        to_grain(float(answer.total.delta) * answer.per_point, _POINT),
    )
    blocks += [_table(answer, figures, unit, shares, moves)]
    blocks += [*_by_group(answer, figures, unit), *_beside(answer, figures)]
    if level == "brief":
        text = _("Shapley values: each path's part averaged over all orders of switching on; they sum to the total.")
        blocks += [Note(text), basis(answer.draws, answer.seed)]
    return Section("travels", _("How the influence travels"), tuple(blocks))


def _undrawn(scenario: Scenario | None) -> str:
    """Return why the graph is not drawn."""
    if scenario is None:
        return _(
            "The picture of the influence is left out: the result does not hold a scenario that this version can "
            "read. Run txsim explain again with --out to have it."
        )
    return _("The picture of the influence is left out: no link between experiences carries anything.")


def _carried(answer: Explanation, figures: Figures) -> Text:
    paths = [each for each in answer.paths if each.path != "programme_cost"]
    # As the table below has it, and page one: the sum of what is printed.
    printed = decide.printed_shares(answer)[1]
    gained = sum(printed[each.path] for each in paths)
    leading = [each for each in paths if each.shapley_npv > 0][:_NAMED]
    parts: dict[str, Text] = {"option": option_name(answer.option), "gained": figures.money(gained)}
    if not leading or gained <= 0:
        text = _("No path of “{option}” carries a gain on the whole: {gained} before cost.")
        if answer.total.taxed:
            text = _("No path of “{option}” carries a gain on the whole: {gained} before cost and tax.")
        return say(text, **parts)
    shares = ", ".join(f"{each.meaning} {percent(each.shapley_npv / answer.gains)}" for each in leading)
    text = _("Before cost “{option}” is worth {gained}. Shares of all gains: {shares}.")
    if answer.total.taxed:
        text = _("Before cost and tax “{option}” is worth {gained}. Shares of all gains: {shares}.")
    return say(text, shares=shares, **parts)


def _table(answer: Explanation, figures: Figures, unit: Unit, shares: Sequence[float], moves: Sequence[float]) -> Table:
    total = answer.total
    rows: list[tuple[Text, ...]] = []
    for each, share, move in zip(answer.paths, shares, moves, strict=True):
        off = each.switched_off_npv
        # Where nothing goes together with a path, what is left without it is the difference of what is printed.
        if math.isclose(off, total.npv - each.shapley_npv, rel_tol=1e-9):
            off = figures.apart(total.npv, share, unit)
        told = figures.cell(share, unit, plus=True), number(move, 2, plus=True), figures.cell(off, unit, plus=True)
        rows.append((str(each.meaning) or each.path, *told))
    moved = number(float(total.delta) * answer.per_point, 2, plus=True)
    rows.append((_("total"), figures.cell(total.npv, unit, plus=True), moved, ""))
    npv = npv_name(after_tax=False, taxed=total.taxed)
    head = (
        _("path"),
        _("carries of the {npv}").format(npv=npv),
        _("of the change of CX, {unit}").format(unit=_(answer.unit) or _("points")),
        _("{npv} if it alone is switched off").format(npv=npv),
    )
    caption = _(
        "Each path's share (Shapley value), in {unit}; the shares sum to the total, and links upstream take theirs, so "
        "that a benefit's share is not its line in the business case, which counts all that arrives as that benefit"
    ).format(unit=unit.name)
    return Table(caption, head, tuple(rows))


def _by_group(answer: Explanation, figures: Figures, unit: Unit) -> list[Block]:
    """Return what each group carries of the paths that run through several; their parts sum to the path's share."""
    meaning = {each.path: str(each.meaning) or each.path for each in answer.paths}
    links, groups = decide.printed_parts(answer)
    edges = Counter(map(decide.edge_of, links))
    named = [(link_words(link), value) for link, value in links.items() if edges[decide.edge_of(link)] > 1]
    named += [
        (f"{meaning[path]}: {group_name(group)}", value)
        for path, parts in groups.items()
        for group, value in parts.items()
        if path in meaning and len(parts) > 1
    ]
    rows: list[tuple[Text, ...]] = [(name, figures.cell(value, unit, plus=True)) for name, value in named if value]
    if not rows:
        return []
    head = (_("link or group"), _("carries, {unit}").format(unit=unit.name))
    caption = _("What each group carries of its path, by what the payoff loses without it; the parts sum to the path's")
    return [Table(caption, head, tuple(rows), more=True)]


def _beside(answer: Explanation, figures: Figures) -> list[Block]:
    """Return what no path carries, and what each segment of customers does."""
    blocks: list[Block] = []
    total = answer.total
    if total.tax and total.npv_after_tax is not None:
        text = _("Tax, which no path carries, moves it by {tax}, to {npv} after tax.")
        tax, npv = figures.money(total.tax, plus=True), figures.money(total.npv_after_tax, plus=True)
        blocks.append(Paragraph(say(text, tax=tax, npv=npv)))
    if total.capacity_freed:
        text = _("Time worth {amount} is freed besides; it is no cash, so that it is in no path.")
        blocks.append(Paragraph(say(text, amount=figures.beside(total.capacity_freed).money(total.capacity_freed))))
    segments = answer.payoff_by_segment
    if segments:
        unit = unit_of(max(map(abs, segments.values())), figures.currency)
        parts = unit.parts([*segments.values()], sum(segments.values()), figures.grain)
        rows: list[tuple[Text, ...]] = [
            (group_name(name), figures.cell(value, unit, plus=True))
            for name, value in zip(segments, parts, strict=True)
        ]
        head = (_("segment"), _("payoff, {unit}").format(unit=unit.name))
        caption = _(
            "What arrives from each segment of customers, before tax and the programme's cost, whichever links carry it"
        )
        blocks.append(Table(caption, head, tuple(rows)))
    return blocks
