# SPDX-License-Identifier: MIT
"""What options and nodes are called, wherever a person reads of them."""

from __future__ import annotations

from collections.abc import Mapping

from txsim.language import N_, Message, lazy, verbatim

OPTION_NAMES = {
    "commit": N_("commit now"),
    "commit_stop": N_("commit, then stop"),
    "pilot_scale": N_("pilot, then scale"),
    "pilot_stop": N_("pilot, then stop"),
    "pilot_then_decide": N_("pilot first, then scale or stop"),
    "commit_review": N_("commit now and review"),
    "do_nothing": N_("do nothing"),
}
#: The same as what somebody does, in the middle of a sentence.
_DOING = {
    "commit": N_("committing now"),
    "commit_stop": N_("committing, then stopping"),
    "pilot_scale": N_("piloting, then scaling"),
    "pilot_stop": N_("piloting, then stopping"),
    "pilot_then_decide": N_("piloting first"),
    "commit_review": N_("committing now with a review"),
    "do_nothing": N_("waiting"),
}

#: Nodes whose names say little; all others are EX, CX and the like, and a group.
NODE_NAMES = {
    "ux_employee": N_("usability of staff's tools"),
    "ux_customer": N_("usability of customers' channels"),
    "mx": N_("seamlessness of journeys (MX)"),
}


def option_message(option: str, titles: Mapping[str, str] | None = None) -> Message:
    """Return what an option, or ``scenario/option``, is called; scenarios by their titles where these are given.

    >>> str(option_message("desk/commit"))
    'desk: commit now'
    """
    scenario, slash, last = option.rpartition("/")
    name = lazy(OPTION_NAMES[last]) if last in OPTION_NAMES else verbatim(last)
    return lazy("{scenario}: {option}", scenario=(titles or {}).get(scenario, scenario), option=name) if slash else name


def doing(option: str, titles: Mapping[str, str] | None = None) -> Message:
    """Return what it is to take an option, or ``scenario/option``, in the middle of a sentence.

    >>> str(doing("pilot_then_decide"))
    'piloting first'
    """
    scenario, slash, last = option.rpartition("/")
    name = lazy(_DOING[last]) if last in _DOING else verbatim(last)
    return placed(name, (titles or {}).get(scenario, scenario)) if slash else name


def placed(name: Message, scenario: str) -> Message:
    """Return what it is to take an option of a scenario, by its title."""
    return lazy("{option} in “{scenario}”", scenario=scenario, option=name)


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
    ('EX front line', 'CX')
    """
    kind, _bracket, group = node.rstrip("]").partition("[")
    name = lazy(NODE_NAMES[kind]) if kind in NODE_NAMES else verbatim(kind.upper() if len(kind) < 3 else kind)
    return lazy("{node} {group}", node=name, group=group_name(group)) if group else name


def distinct_titles(titles: Mapping[str, str]) -> dict[str, str]:
    """Return what scenarios are called, by name: their titles, but for those that share one or have none."""
    given = list(titles.values())
    return {name: title if title and given.count(title) == 1 else name for name, title in titles.items()}
