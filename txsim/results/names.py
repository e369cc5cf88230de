# SPDX-License-Identifier: MIT
"""What options and nodes are called, wherever a person reads of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from txsim.language import N_, Message, lazy, verbatim


@dataclass(frozen=True, slots=True)
class OptionWords:
    """An option in the places of a sentence."""

    #: ``name``, ``short``: What it is called, and the same where there is little room.
    name: str
    #: ``doing``, ``begins_doing``: What it is to take it, in the middle of a sentence and at its beginning.
    doing: str
    condition: str  #: If it is taken.
    short: str = ""
    begins: str = ""  #: The name at the beginning of a sentence.
    begins_doing: str = ""


OPTIONS = {
    "commit": OptionWords(
        N_("commit now"), N_("committing now"), N_("if we commit now"),
        short=N_("commit"), begins=N_("Commit now"), begins_doing=N_("Committing now"),
    ),
    "commit_stop": OptionWords(
        N_("commit, then stop"), N_("committing, then stopping"), N_("if we commit and then stop")
    ),
    "pilot_scale": OptionWords(
        N_("pilot, then scale"), N_("piloting, then scaling"), N_("if we pilot and then scale")
    ),
    "pilot_stop": OptionWords(N_("pilot, then stop"), N_("piloting, then stopping"), N_("if we pilot and then stop")),
    "pilot_then_decide": OptionWords(
        N_("pilot first, then scale or stop"), N_("piloting first"), N_("if we pilot first"),
        short=N_("pilot, decide"), begins=N_("Pilot first, then scale or stop"), begins_doing=N_("Piloting first"),
    ),
    "commit_review": OptionWords(
        N_("commit now and review"), N_("committing now with a review"), N_("if we commit now and review"),
        short=N_("commit, review"), begins=N_("Commit now and review"), begins_doing=N_("Committing now with a review"),
    ),
    "do_nothing": OptionWords(
        N_("do nothing"), N_("waiting"), N_("if we do nothing"),
        begins=N_("Do nothing yet"), begins_doing=N_("Waiting"),
    ),
}  # fmt: skip

#: Nodes whose names say little; all others are EX, CX and the like, and a group.
NODE_NAMES = {
    "ux_employee": N_("usability of staff's tools"),
    "ux_customer": N_("usability of customers' channels"),
    "mx": N_("seamlessness of journeys (MX)"),
}


def option_message(option: str, titles: Mapping[str, str] | None = None, *, short: bool = False) -> Message:
    """Return what an option, or ``scenario/option``, is called; scenarios by their titles where these are given.

    >>> str(option_message("desk/commit"))
    'desk: commit now'
    """
    scenario, slash, last = option.rpartition("/")
    words = OPTIONS.get(last)
    name = verbatim(last) if words is None else lazy((short and words.short) or words.name)
    return lazy("{scenario}: {option}", scenario=(titles or {}).get(scenario, scenario), option=name) if slash else name


def option_first(option: str, titles: Mapping[str, str] | None = None) -> Message:
    """Return the same at the beginning of a sentence; of ``scenario/option`` that is the scenario."""
    words = OPTIONS.get(option)
    return lazy(words.begins) if words is not None and words.begins else option_message(option, titles)


def doing(option: str, titles: Mapping[str, str] | None = None, *, first: bool = False) -> Message:
    """Return what it is to take an option, or ``scenario/option``, within a sentence or at its beginning.

    >>> str(doing("pilot_then_decide")), str(doing("pilot_then_decide", first=True))
    ('piloting first', 'Piloting first')
    """
    scenario, slash, last = option.rpartition("/")
    words = OPTIONS.get(last)
    name = verbatim(last) if words is None else lazy((first and words.begins_doing) or words.doing)
    return (
        lazy("{option} in “{scenario}”", scenario=(titles or {}).get(scenario, scenario), option=name)
        if slash
        else name
    )


def if_we(option: str) -> Message:
    """Return an option as a condition.

    >>> str(if_we("pilot_then_decide"))
    'if we pilot first'
    """
    return (
        lazy(OPTIONS[option].condition) if option in OPTIONS else lazy("with “{option}”", option=option_message(option))
    )


def npv_message(*, after_tax: bool, taxed: bool) -> Message:
    """Return what a net present value is called: where a tax is stated always with whether it is taken off."""
    if not taxed:
        return lazy("NPV")
    return lazy("NPV after tax") if after_tax else lazy("NPV before tax")


def group_name(key: str) -> str:
    """Return what a staff group or a segment of customers is called, by its key.

    >>> group_name("front_line")
    'front line'
    """
    return key.replace("_", " ")


def node_message(node: str) -> Message:
    """Return what a node is called.

    >>> str(node_message("ex[front_line]")), str(node_message("cx"))
    ('EX (front line)', 'CX')
    """
    kind, _bracket, group = node.rstrip("]").partition("[")
    name = lazy(NODE_NAMES[kind]) if kind in NODE_NAMES else verbatim(kind.upper() if len(kind) < 3 else kind)
    return lazy("{node} ({group})", node=name, group=group_name(group)) if group else name


def distinct_titles(titles: Mapping[str, str]) -> dict[str, str]:
    """Return what scenarios are called, by name: their titles, but for those that share one or have none."""
    given = list(titles.values())
    return {name: title if title and given.count(title) == 1 else name for name, title in titles.items()}
