# SPDX-License-Identifier: MIT
"""Why, and what to do about it: what carries the payoff, what drives it, whether a pilot is worth it, which is best."""

from __future__ import annotations

from collections.abc import Collection

from txsim.language import _
from txsim.language.numbers import significant, unit_of
from txsim.report.document import Block, Section, Table
from txsim.report.figures import Reader
from txsim.report.pictures import claims, decide, graph
from txsim.report.reading import Result
from txsim.scenario import Scenario

__all__ = ["beliefs_tried", "travels"]

_SHOWN = 14


def travels(result: Result, scenario: Scenario | None, moved: Collection[str]) -> Section:
    """Return how influence travels: the graph with widths, and what each path carries."""
    blocks: list[Block] = []
    picture = graph.influence_graph(result, scenario, moved)
    if picture is not None:
        blocks.append(picture)
    blocks.append(decide.paths(result))
    read = Reader(result.data, "explain:")
    unit = unit_of(max((abs(row["shapley_npv"]) for row in result.data["paths"]), default=1.0), read.currency)
    rows = tuple(
        (
            decide.path_name(row),
            read.cell(f"paths.{i}.shapley_npv", unit, plus=True),
            read.plain(f"paths.{i}.shapley_delta", 2, plus=True),
            read.cell(f"paths.{i}.switched_off_npv", unit, plus=True),
        )
        for i, row in enumerate(result.data["paths"])
    )
    head = (
        _("path"),
        _("carries of the payoff"),
        _("of the change of CX, points"),
        _("payoff if it alone is switched off"),
    )
    caption = _("Each path's share (Shapley value); the shares sum to the total; in {unit}").format(unit=unit.name)
    blocks.append(Table(caption, head, rows))
    return Section("travels", _("How the influence travels"), tuple(blocks))


def beliefs_tried(result: Result) -> tuple[Block, ...]:
    """Return what believing otherwise does to the answer: scepticism, influence, association against effect."""
    blocks: list[Block] = []
    for draw in (claims.scepticism, claims.influence, claims.gap):
        picture = draw(result)
        if picture is not None:
            blocks.append(picture)
    rows = []
    for claim in result.data.get("claims") or []:
        for conflict in claim.get("conflicts") or []:
            if not conflict.get("conflict"):
                continue
            from txsim.language.numbers import percent

            rows.append(
                (
                    claim["id"],
                    str(conflict["about"]),
                    significant(float(conflict["says"])),
                    percent(
                        conflict["percentile_of_prior"] / 100
                        if conflict["percentile_of_prior"] > 1
                        else conflict["percentile_of_prior"],
                        1,
                    ),
                    percent(
                        conflict["percentile_of_others"] / 100
                        if conflict["percentile_of_others"] > 1
                        else conflict["percentile_of_others"],
                        1,
                    ),
                )
            )
    if rows:
        head = (_("claim"), _("about"), _("says"), _("place in what the prior implies"), _("in what the others imply"))
        blocks.append(
            Table(_("Claims in conflict with the prior or with the others"), head, tuple(rows), frozenset({0, 1}))
        )
    return tuple(blocks)
