# SPDX-License-Identifier: MIT
"""Why, and what to do about it: what carries the payoff, what drives it, whether a pilot is worth it, which is best."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from txsim.language import N_, _
from txsim.language.numbers import significant, unit_of
from txsim.report.document import Block, Bullets, Paragraph, Section, Table, Text, say
from txsim.report.figures import Reader
from txsim.report.pictures import alternatives, claims, decide, graph
from txsim.report.reading import Result
from txsim.scenario import Scenario

__all__ = ["beliefs_tried", "changed", "drives", "pilot", "travels", "tried"]

_REASONS = {
    "nobody_changes_mind": N_("Nobody would change their mind: the choice is the same whatever is true."),
    "cannot_be_read": N_("It cannot be read in that time: the signal drowns in the noise of units and respondents."),
    "review_is_better": N_("Rolling out and reviewing is better: it learns as much without the delay."),
    "costs_more_than_it_tells": N_("What it tells is worth less than its cost and its delay."),
}
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


def drives(result: Result) -> Section:
    """Return the tornado, break-even values and what it is worth to know."""
    read = Reader(result.data, "sensitivity:")
    blocks: list[Block] = [
        Paragraph(
            say(
                _("To know everything before choosing would be worth {evpi} (expected value of perfect information)."),
                evpi=read.money("evpi.value"),
            )
        )
    ]
    for draw in (decide.tornado, decide.break_even_map):
        picture = draw(result)
        if picture is not None:
            blocks.append(picture)
    unit = unit_of(max((abs(p["evppi"]["value"]) for p in result.data["parameters"]), default=1.0), read.currency)
    rows = []
    for i, parameter in enumerate(result.data["parameters"][:_SHOWN]):
        key = f"parameters.{i}"
        even: Text = _("none in reach")
        if parameter["break_even"] is not None:
            sign = "> " if parameter.get("good_above", True) else "< "
            even = (sign, read.show(f"{key}.break_even.value", significant))
        rows.append(
            (
                parameter["name"],
                even,
                read.share(f"{key}.p_good.value"),
                read.cell(f"{key}.evppi.value", unit),
                read.percent(f"{key}.first_order.value"),
                read.percent(f"{key}.total.value"),
            )
        )
    head = (
        _("parameter"),
        _("pays if"),
        _("you give that"),
        _("worth knowing, {unit}").format(unit=unit.name),
        _("share of the variance alone"),
        _("with all interactions"),
    )
    blocks.append(Table(_("Break-even values, and what it is worth to know each parameter"), head, tuple(rows)))
    groups = result.data.get("groups") or []
    if groups:
        told = tuple(
            (
                _(str(group.get("meaning") or group["name"])),
                read.cell(f"groups.{i}.evppi.value", unit),
                ", ".join(group["members"]),
            )
            for i, group in enumerate(groups)
        )
        group_head = (_("group"), _("worth knowing, {unit}").format(unit=unit.name), _("parameters"))
        blocks.append(
            Table(
                _("What it is worth to know a group of parameters together"),
                group_head,
                told,
                frozenset({0, 2}),
                more=True,
            )
        )
    regions = result.data.get("regions") or []
    if regions:
        from txsim.report.decisions import region_sentence

        items = tuple(region_sentence(region) for region in regions)
        blocks += [Paragraph(_("Where it loses money:")), Bullets(items)]
    return Section("drives", _("What drives the answer"), tuple(blocks))


def pilot(result: Result) -> Section:
    """Return whether a pilot is worth it, which one, and by what rule to read it."""
    data = result.data
    read = Reader(data, "pilot:")
    text = _("The stated pilot is worth {net}, its cost and its delay counted: run it.")
    if not data["worth_it"]:
        text = _("The stated pilot is worth {net}, its cost and its delay counted: do not run it for what it tells.")
    blocks: list[Block] = [Paragraph(say(text, net=read.money("pilot_net.value", plus=True)), lead=True)]
    reasons = [_(_REASONS[reason]) if reason in _REASONS else str(reason) for reason in data.get("reasons") or []]
    if reasons:
        blocks.append(Bullets(tuple(reasons)))
    text = _(
        "What it tells is worth {evsi} (expected value of sample "
        "information); to know everything would be worth {evpi}."
    )
    blocks.append(Paragraph(say(text, evsi=read.money("evsi.value"), evpi=read.money("evpi.value"))))
    if data.get("stated"):
        text = _(
            "As stated it leads to the right decision with probability "
            "{right}; a false go has {go}, a false stop {stop}."
        )
        blocks.append(
            Paragraph(
                say(
                    text,
                    right=read.share("stated.assurance.value"),
                    go=read.share("stated.false_go.value"),
                    stop=read.share("stated.false_stop.value"),
                )
            )
        )
    if data.get("rule"):
        blocks += [
            Paragraph(_("The decision rule, to be pinned to the wall before the data are seen:")),
            Paragraph(_rule(data), lead=True),
        ]
    picture = decide.designs(result)
    if picture is not None:
        blocks += [picture, _designs(result, read)]
    return Section("pilot", _("Is a pilot worth it?"), tuple(blocks))


def _rule(data: Mapping[str, Any]) -> str:
    from txsim.report.decisions import rule_sentence

    details = data.get("rule_details")
    return rule_sentence(details) if details else str(data["rule"])


def _designs(result: Result, read: Reader) -> Table:
    data = result.data
    order = sorted(range(len(data["design"])), key=lambda i: -data["design"][i]["pilot_net"]["value"])[:_SHOWN]
    unit = unit_of(max(abs(row["pilot_net"]["value"]) for row in data["design"]), read.currency)
    rows = []
    for i in order:
        key = f"design.{i}"
        design = data["design"][i]
        rows.append(
            (
                read.percent(f"{key}.scope"),
                read.plain(f"{key}.months"),
                read.plain(f"{key}.respondents"),
                _("yes") if design["control"] else _("no"),
                read.cell(f"{key}.pilot_net.value", unit, plus=True),
                read.cell(f"{key}.evsi.value", unit),
                read.share(f"{key}.assurance.value"),
                read.share(f"{key}.false_go.value"),
                read.share(f"{key}.false_stop.value"),
            )
        )
    head = (
        _("share of units"),
        _("months"),
        _("respondents per wave"),
        _("control group"),
        _("worth, {unit}").format(unit=unit.name),
        _("of that, information"),
        _("right decision"),
        _("false go"),
        _("false stop"),
    )
    return Table(_("The best designs"), head, tuple(rows), frozenset({0}), more=True)


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


def tried(result: Result) -> Section | None:
    """Return a grid of inputs tried."""
    picture = alternatives.whatif(result)
    return None if picture is None else Section("whatif", _("What if"), (picture,))


def changed(result: Result) -> Section:
    """Return which changed input moved the payoff by how much."""
    blocks: list[Block] = []
    picture = alternatives.waterfall(result)
    if picture is not None:
        blocks.append(picture)
    rows = tuple(
        (str(change["input"]), _value(change["before"]), _value(change["after"])) for change in result.data["changes"]
    )
    if rows:
        blocks.append(Table(_("What was changed"), (_("input"), _("before"), _("after")), rows, frozenset({0, 1, 2})))
    return Section("changed", _("What moved the answer"), tuple(blocks))


def _value(raw: Any) -> str:
    return (
        "–"
        if raw is None
        else significant(float(raw), 4)
        if isinstance(raw, int | float) and not isinstance(raw, bool)
        else str(raw)
    )
