# SPDX-License-Identifier: MIT
"""Whether priors, evidence and the claims that they use fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from txsim.errors import InputError, did_you_mean
from txsim.evidence import Claim, Settings, selection
from txsim.language import Message, Words, lazy
from txsim.pathways import COORDINATION
from txsim.priors.catalogue import Parameter
from txsim.priors.distributions import Distribution, quantile, support
from txsim.priors.sense import doubtful, impossible
from txsim.priors.written_numbers import as_percent, beyond_limits
from txsim.scenario import vocabulary
from txsim.scenario.beliefs import DOUBT
from txsim.scenario.claim_targets import beyond_sense, divides_by_nothing, speaks_of_nothing, word_of
from txsim.scenario.layers import KEY, parse_path
from txsim.scenario.models import Scenario
from txsim.scenario.yaml_reader import Path_

#: Links that may be in doubt in one belief; each doubles the states that are summed out.
MOST_DOUBTED = 4
#: Path, message, hint.
Finding = tuple[Path_, str | Message, str | Message | None]


def priors_fit(scenario: Scenario) -> Iterator[Finding]:
    """Check that each stated prior is of a known parameter, and possible for it."""
    own = scenario.edge_priors
    table = vocabulary.parameter_table()
    usable = {name: parameter for name, parameter in table.items() if parameter.role != "driver"}
    for name, belief in scenario.beliefs.items():
        if name in own:
            continue
        if name not in usable:
            names = [*usable, *own]
            message: Words
            hint: Words
            message, hint = (
                lazy("unknown parameter `{name}`{suggestion}", name=name[:60], suggestion=did_you_mean(name, names)),
                lazy("known: {names}", names=", ".join(names)),
            )
            if (whole := name.partition(".")[0]) in table:  # `delivery.shared` is a class of it
                message, hint = (
                    lazy("`{name}` is drawn with each driver", name=whole),
                    lazy("write `{name}` in the driver", name=whole),
                )
            yield ("priors", name, KEY), message, hint
            continue
        parameter = usable[name]
        yield from _possible(("priors", name), belief.prior, parameter.least, parameter.high, parameter.unit)
        if (nonsense := impossible(parameter.unit, parameter.meaning, belief.prior)) is not None:
            yield ("priors", name), *nonsense
    yield from _own_edges(scenario)


def _own_edges(scenario: Scenario) -> Iterator[Finding]:
    """Check the slopes of edges that the scenario adds, at the edge or at what `priors` says of it instead."""
    for i, edge in enumerate(scenario.graph.edges):
        path: Path_ = ("graph", "edges", i, "slope")
        if edge.source == COORDINATION:
            continue
        unit, meaning = f"{word_of(edge.target)} points per {word_of(edge.source)} point", edge.why
        stated = scenario.beliefs.get(edge.parameter)
        prior = edge.slope
        if stated is not None:
            path, prior = ("priors", edge.parameter), stated.prior
        if (nonsense := impossible(unit, meaning, prior)) is not None:
            yield path, *nonsense


def outside_the_packaged(scenario: Scenario) -> Iterator[Finding]:
    """Ask about beliefs and programmes' own figures that lie wholly outside what the catalogue believes."""
    table = vocabulary.parameter_table()
    stated: list[tuple[Path_, Parameter, Distribution]] = [
        (("priors", name), table[name], belief.prior) for name, belief in scenario.beliefs.items() if name in table
    ]
    for i, driver in enumerate(scenario.drivers):
        for name in ("delivery", "cost_overrun"):
            value: Distribution | None = getattr(driver, name)
            # A ratio below 1 is remarked on as one, with how an overrun is written.
            if value is not None and (name == "delivery" or quantile(value, 0.95) >= 1):
                stated.append((("drivers", i, name), table[name], value))
    for path, parameter, belief in stated:
        doubt = doubtful(parameter, belief)
        if doubt is not None:
            yield path, doubt, lazy("is the unit meant? it is {unit}", unit=lazy(parameter.unit))


def doubt_fits(scenario: Scenario) -> Iterator[Finding]:
    """Check that what is in doubt are links of the graph, few enough, and that each may still do something."""
    where = ("priors", DOUBT)
    try:
        edges = scenario.full_graph().edges
    except ValueError:
        return  # told by the checks of the graph
    links = {edge.slope: edge.name for edge in edges}
    slopes = {name: slope for slope, name in links.items()}
    for name, share in scenario.link_doubt.items():
        if name not in links:
            hint: Words = lazy("known: {links}", links=", ".join(links))
            if name in slopes:
                hint = lazy("write {slopes}, the name of its slope", slopes=slopes[name])
            elif name in vocabulary.parameter_table():
                hint = lazy("`{name}` is no link of the graph; {hint}", name=name, hint=hint)
            yield (
                (*where, name, KEY),
                lazy("there is no link `{name}`{suggestion}", name=name[:60], suggestion=did_you_mean(name, links)),
                hint,
            )
        elif share == 1:
            message = lazy("a link that does nothing for certain is not in doubt")
            yield (*where, name), message, lazy("switch it off: `edges: {{{links}: off}}`", links=links[name])
    if len(scenario.link_doubt) > MOST_DOUBTED:
        message = lazy("{number} links are in doubt, the limit is {most_doubted}",
                       number=len(scenario.link_doubt), most_doubted=MOST_DOUBTED)  # fmt: skip
        yield where, message, lazy("keep those whose absence would change the decision")


def _possible(path: Path_, prior: Distribution, low: float | None, high: float | None, unit: str) -> Iterator[Finding]:
    bottom, top = support(prior)
    if (low is not None and bottom < low) or (high is not None and top > high):
        limits = f"{'' if low is None else format(low, 'g')} … {'' if high is None else format(high, 'g')}".strip()
        most = quantile(prior, 0.95)
        hint = lazy("use a beta") if high is not None else lazy("use a log-normal: median and factor")
        ends = tuple(f"{quantile(prior, level):.3g}" for level in (0.05, 0.95))
        percent = high == 1 < most <= 100
        if percent and not 1 < float(ends[0]) < float(ends[1]):
            hint = as_percent(float(f"{most:.4g}"))
        elif percent or (high == 1 and prior.family == "lognormal"):
            text = ", ".join(f"{end} %" if percent else end for end in ends)
            hint = lazy("write {text}", text=f"{{interval: [{text}]}}")
        if (middle := quantile(prior, 0.5)) < 0:
            hint = beyond_limits(middle, bottom if low is None else low, top, share=False).hint or hint
        yield path, lazy("reaches beyond what is possible, {limits} ({unit})", limits=limits, unit=unit), hint


def evidence_fits(scenario: Scenario) -> Iterator[Finding]:
    """Check own claims, what they speak of, and which claims are used how."""
    yield from _used(scenario)
    try:
        yield from divides_by_nothing(scenario)
    except (InputError, ValueError):
        return  # told by what is wrong with the claims or the graph


def _used(scenario: Scenario) -> Iterator[Finding]:
    has_evidence = "evidence" in scenario.model_fields_set or any(b.already_uses for b in scenario.beliefs.values())
    if not has_evidence:
        return  # the packaged evidence fits together
    clash = [name for name in scenario.evidence.add if name in vocabulary.claims()]
    for name in clash:
        yield (
            ("evidence", "add", name),
            lazy("the library has a claim `{name}` already", name=name),
            lazy("to change it, write it under `replace`; for another claim choose another id"),
        )
    try:
        claims = scenario.claims()
    except InputError as error:
        for problem in error.problems:
            yield _parsed(problem.path or "evidence"), problem.message, problem.hint
        return
    yield from speaks_of_nothing(scenario, claims)
    for key, names in (("add", scenario.evidence.add), ("replace", scenario.evidence.replace)):
        for name, i, message, hint in beyond_sense({name: claims[name] for name in names}):
            yield ("evidence", key, name, "statements", i), message, hint
    yield from _counted_twice(scenario, claims)
    yield from _selected(scenario, scenario.evidence.settings())


def _counted_twice(scenario: Scenario, claims: Mapping[str, Claim]) -> Iterator[Finding]:
    """Refuse studies of the own firm beside its panel, or beside each other: the same people would count twice."""
    settings = scenario.evidence
    own = [
        (key, name)
        for key, names in (("add", settings.add), ("replace", settings.replace))
        for name in names
        if claims[name].where == "own_firm" and claims[name].role == "scored" and name not in settings.drop
    ]
    for i, (key, name) in enumerate(own):
        if scenario.data is not None:
            message = lazy(
                "`{name}` is a study of your own firm, and `data` is your firm's panel: they count twice", name=name
            )
            hint = lazy("leave `data` out, or the claim: put it under `evidence.drop`")
            yield ("evidence", key, name), message, hint
        for _, earlier in own[:i]:
            common = _abouts(claims[name]) & _abouts(claims[earlier])
            cluster = claims[name].cluster
            if common and (cluster is None or cluster != claims[earlier].cluster):
                message = lazy(
                    "`{name}` and `{other}` are both studies of your own firm about {about}: the same people would "
                    "count twice",
                    name=name,
                    other=earlier,
                    about=", ".join(sorted(common)),
                )
                hint = lazy(
                    "keep one and put the other under `evidence.drop`; or, if both are to count, give both the same "
                    "`cluster:`, then they are sound or not together and their errors go together"
                )
                yield ("evidence", key, name), message, hint


def _abouts(claim: Claim) -> set[str]:
    return {str(statement.about) for statement in claim.statements}


def named_claims(scenario: Scenario) -> Iterator[Finding]:
    """Check the names of claims alone, where a credibility is in doubt."""
    if "evidence" in scenario.model_fields_set and not (scenario.evidence.add or scenario.evidence.replace):
        yield from _selected(scenario, replace(scenario.evidence.settings(), credibility={}))


def _selected(scenario: Scenario, settings: Settings) -> Iterator[Finding]:
    used = dict.fromkeys(name for belief in scenario.beliefs.values() for name in belief.already_uses)
    try:
        selection(settings, used, scenario.claims())
    except InputError as error:
        for problem in error.problems:
            path = _parsed(problem.path or "evidence")
            if path[:2] == ("evidence", "already_uses"):
                path = _already(scenario, path)
            if path[:2] == ("evidence", "credibility") and 0 <= settings.credibility.get(str(path[-1]), -1) <= 1:
                path = (*path, KEY)  # the number can be, so it is the name that cannot
            yield path, problem.message, problem.hint


def _parsed(path: str) -> Path_:
    try:
        return parse_path(path)
    except ValueError:
        return ("evidence",)


def _already(scenario: Scenario, path: Path_) -> Path_:
    """Return where the n-th distinct claim of all `already_uses` stands."""
    names: dict[str, Path_] = {}
    for name, belief in scenario.beliefs.items():
        for i, claim in enumerate(belief.already_uses):
            names.setdefault(claim, ("priors", name, "already_uses", i))
    places = list(names.values())
    last = path[-1]
    return places[last] if isinstance(last, int) and last < len(places) else ("priors",)
