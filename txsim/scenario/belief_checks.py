# SPDX-License-Identifier: MIT
"""Whether priors, evidence and the claims that they use fit together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from txsim.errors import InputError, did_you_mean
from txsim.evidence import Settings, selection
from txsim.priors.distributions import Distribution, support
from txsim.scenario import vocabulary
from txsim.scenario.claim_targets import speaks_of_nothing
from txsim.scenario.layers import KEY, parse_path
from txsim.scenario.models import Scenario
from txsim.scenario.yaml_reader import Path_

__all__ = ["Finding", "evidence_fits", "named_claims", "priors_fit"]


#: Path, message, hint.
Finding = tuple[Path_, str, str]


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
            message, hint = f"unknown parameter `{name[:60]}`{did_you_mean(name, names)}", f"known: {', '.join(names)}"
            if name in table:
                message, hint = f"`{name}` is drawn with each driver", f"write `{name}` in the driver"
            yield ("priors", name, KEY), message, hint
            continue
        parameter = usable[name]
        yield from _possible(("priors", name), belief.prior, parameter.low, parameter.high, parameter.unit)


def _possible(path: Path_, prior: Distribution, low: float | None, high: float | None, unit: str) -> Iterator[Finding]:
    bottom, top = support(prior)
    if (low is not None and bottom < low) or (high is not None and top > high):
        limits = f"{'' if low is None else format(low, 'g')} … {'' if high is None else format(high, 'g')}".strip()
        hint = "use a beta" if high is not None else "use a log-normal: median and factor"
        yield path, f"reaches beyond what is possible, {limits} ({unit})", hint


def evidence_fits(scenario: Scenario) -> Iterator[Finding]:
    """Check own claims, what they speak of, and which claims are used how."""
    told = "evidence" in scenario.model_fields_set or any(b.already_uses for b in scenario.beliefs.values())
    if not told:
        return  # the packaged evidence fits together
    clash = [name for name in scenario.evidence.add if name in vocabulary.claims()]
    for name in clash:
        yield (
            ("evidence", "add", name),
            f"the library has a claim `{name}` already",
            "to change it, write it under `replace`; for another claim choose another id",
        )
    try:
        claims = scenario.claims()
    except InputError as error:
        for problem in error.problems:
            yield _parsed(problem.path or "evidence"), problem.message, problem.hint
        return
    yield from speaks_of_nothing(scenario, claims)
    yield from _selected(scenario, scenario.evidence.settings())


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
            if path[:2] == ("evidence", "credibility") and problem.message.startswith("unknown"):
                path = (*path, KEY)
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
