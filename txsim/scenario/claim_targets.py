# SPDX-License-Identifier: MIT
"""Whether the graph and the parameters have what a scenario's own claims speak of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from txsim.errors import did_you_mean
from txsim.evidence import QUANTITIES, Claim
from txsim.evidence.study_values import NEEDS
from txsim.language import Message, Words, lazy
from txsim.pathways import REFERENCE_GROUPS, Network
from txsim.priors.distributions import Distribution, is_point, point, support
from txsim.priors.moments import median
from txsim.priors.sense import impossible
from txsim.priors.written_numbers import beyond_limits
from txsim.scenario import vocabulary
from txsim.scenario.yaml_reader import Path_

if TYPE_CHECKING:
    from txsim.scenario.models import Scenario

#: Median below which what is divided by it is no number any more.
_NOTHING = 1e-12
#: What the quantities of statements divide by, beside the second parameter of a ratio.
_DIVISORS = {"referral_share": ("churn_cx", "referral_cx", "spend_cx")}


def speaks_of_nothing(scenario: Scenario, claims: Mapping[str, Claim]) -> Iterator[tuple[Path_, Words, Words]]:
    """Yield path, message and hint of each statement of an own or replaced claim that speaks of what is not there."""
    try:
        network = vocabulary.network_of(scenario.full_graph(), REFERENCE_GROUPS)
    except ValueError:
        return  # told by the checks of the graph
    names = [*vocabulary.calibrated(), *scenario.edge_priors]
    for block, ids in (("add", scenario.evidence.add), ("replace", scenario.evidence.replace)):
        for name in ids:
            for i, statement in enumerate(claims[name].statements):
                message, hint = unspoken(statement.statistic, statement.about, network, names)
                if statement.about in NEEDS:
                    message, hint = _apart(claims[name], statement.about)
                if message:
                    yield ("evidence", block, name, "statements", i, "about"), message, hint


def refuse_about(about: str, scenario: Scenario) -> None:
    """Refuse what no claim of a scenario can speak of, ``ValueError`` with the nearest that one can."""
    network = vocabulary.network_of(scenario.full_graph(), REFERENCE_GROUPS)
    names = [*vocabulary.calibrated(), *scenario.edge_priors, *NEEDS]
    message, hint = unspoken("effect" if "->" in about else "parameter", about, network, names)
    if message:
        raise ValueError(lazy("{message}; {hint}", message=message, hint=hint))


def beyond_sense(claims: Mapping[str, Claim]) -> Iterator[tuple[str, int, Message, Message | None]]:
    """Yield id, place of the statement, message and hint of each effect or parameter that no firm can have.

    What is believed is judged in the same way (:func:`txsim.priors.sense.impossible`); of a study only its value is,
    for one of few people may be as unsure as it likes.
    """
    for name, claim in claims.items():
        for i, statement in enumerate(claim.statements):
            nonsense = impossible(*unit_and_meaning(statement.statistic, statement.about), point(statement.value))
            if nonsense is not None:  # what the value should have been in its place, nobody wrote who reported figures
                cure = lazy("it follows from what is reported: are `per` and its scale right?")
                yield name, i, nonsense[0], cure if statement.reported else nonsense[1]
            parameter = vocabulary.parameter_table().get(statement.about)
            if parameter is None or statement.statistic != "parameter" or nonsense is not None:
                continue
            low, high = parameter.findable
            if not low <= statement.value <= high:
                beyond = beyond_limits(statement.value, low, high, share=parameter.share)
                percent = lazy("write {share:g}, and its error as a share, too", share=statement.value / 100)
                hint = percent if parameter.share and statement.value >= 2 else beyond.hint  # 1.05 is no percent
                yield name, i, beyond.message, hint


def unit_and_meaning(statistic: str, about: str) -> tuple[str, str]:
    """Return unit and meaning of what a statement speaks of; empty where its number is no slope or parameter."""
    if statistic in ("effect", "slope") and "->" in about:
        source, target = (word_of(side) for side in about.split("->", 1))
        return f"{target} points per {source} point", ""
    parameter = vocabulary.parameter_table().get(about) if statistic == "parameter" else None
    return ("", "") if parameter is None else (parameter.unit, parameter.meaning)


def word_of(node: str) -> str:
    """Return a node's name as units have it: one word."""
    kind = node.strip().partition("[")[0]
    return kind.upper() if kind in ("ex", "cx", "mx") else kind


def divides_by_nothing(scenario: Scenario) -> Iterator[tuple[Path_, Words, Words]]:
    """Yield path, message and hint of each prior of 0 by which a claim that is scored divides."""
    own = scenario.edge_priors
    packaged = {name: each.prior for name, each in vocabulary.parameter_table().items() if each.prior is not None}
    priors = packaged | own | scenario.priors
    nothing = {name for name in (*own, *scenario.priors) if name in priors and _is_nothing(priors[name])}
    calibrated = [priors[name] for name in (*vocabulary.calibrated(), *own)]
    if not nothing or (not scenario.link_doubt and all(map(is_point, calibrated))):
        return  # where everything is known, no claim is scored
    claims: dict[str, list[str]] = {}
    abouts: dict[str, list[str]] = {}
    for claim in scenario.selection().claims:
        for statement in claim.statements:
            below: tuple[str, ...] = _DIVISORS.get(statement.about, ())
            if statement.statistic == "ratio":
                below = (statement.about.partition("/")[2].strip(),)
            if below and nothing.issuperset(below):
                claims.setdefault(below[-1], []).append(claim.id)
                abouts.setdefault(below[-1], []).append(statement.about)
    for name, ids in claims.items():
        message = lazy(
            "`{name}` is {value:g}, and the evidence speaks of {about}, which is no number then",
            name=name,
            value=median(priors[name]),
            about=", ".join(f"`{about}`" for about in dict.fromkeys(abouts[name])),
        )
        dropped = ", ".join(dict.fromkeys(ids))
        hint = lazy("leave these claims out: `evidence: {{drop: [{claims}]}}`", claims=dropped)
        link = next((edge.name for edge in scenario.full_graph().edges if edge.slope == name), None)
        if link is not None:
            hint = lazy(
                "switch the link off: `edges: {{{link}: 0}}`; or leave these claims out: "
                "`evidence: {{drop: [{claims}]}}`",
                link=link,
                claims=dropped,
            )
        edge = next((i for i, each in enumerate(scenario.graph.edges) if each.parameter == name), None)
        yield ("priors", name) if edge is None else ("graph", "edges", edge, "slope"), message, hint


def _is_nothing(prior: Distribution) -> bool:
    """Whether a belief is 0 or next to it, and not merely wide about it."""
    return abs(median(prior)) < _NOTHING and (is_point(prior) or support(prior)[0] >= 0)


def _apart(claim: Claim, name: str) -> tuple[Words, Words]:
    """Return what is wrong with a claim about a parameter that no calibration holds, and a hint."""
    if claim.needs == NEEDS[name]:
        return "", ""
    return lazy("`{name}` counts only where `{keys}` is stated", name=name, keys=NEEDS[name]), lazy(
        "add `needs: {keys}` to the claim", keys=NEEDS[name]
    )


def unspoken(statistic: str, about: str, network: Network, names: list[str]) -> tuple[Words, Words]:
    """Return what is wrong with what a statement is about, and a hint; both empty if it is there."""
    if statistic in ("parameter", "ratio"):
        for part in (part.strip() for part in about.split("/")):
            if part not in names:
                return lazy(
                    "unknown parameter `{part}`{suggestion}", part=part, suggestion=did_you_mean(part, names)
                ), lazy("known: {names}", names=", ".join(names))
        return "", ""
    if statistic == "quantity":
        if about in QUANTITIES:
            return "", ""
        return lazy(
            "unknown quantity `{about}`{suggestion}", about=about, suggestion=did_you_mean(about, QUANTITIES)
        ), lazy("known: {names}", names=", ".join(QUANTITIES))
    ends = [part.strip() for part in about.split("->")]
    nodes = list(dict.fromkeys([*(node.partition("[")[0] for node in network.nodes), *network.nodes]))
    for end in ends:
        if not network.members(end):
            hint = lazy("nodes of the reference organisation: {nodes}", nodes=", ".join(nodes))
            return lazy("the graph has no node `{end}`{suggestion}", end=end, suggestion=did_you_mean(end, nodes)), hint
    starts, goals = network.members(ends[0]), network.members(ends[1])
    if not (network.reached_from(starts) - set(starts)) & set(goals):
        return (
            lazy("the graph has no route from `{ends}` to `{ends2}`", ends=ends[0], ends2=ends[1]),
            lazy("add the edge under `graph`, or drop the claim"),
        )
    return "", ""
