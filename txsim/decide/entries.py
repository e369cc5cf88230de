# SPDX-License-Identifier: MIT
"""Scenarios as they are simulated for a comparison, one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from txsim.decide.policies import candidates, policies_of
from txsim.forecast import Draws, simulate, worth_of
from txsim.forecast.criterion import Candidate
from txsim.scenario import Scenario
from txsim.types import Array

__all__ = ["NOTHING", "Entry", "by_option", "differing", "entry_of"]


NOTHING = "do_nothing"


@dataclass(frozen=True)
class Entry:
    """One scenario as it was simulated for the comparison.

    Attributes
    ----------
    name, scenario, drawn
        Which, and on what draws.
    options
        What can be chosen, by option; doing nothing included.
    pv_cost
        Expected present value of the cost of committing.
    delta_cx
        Deviation of customer experience ``(draw,)`` in the last month when committing; ``None`` without that node.
    """

    name: str
    scenario: Scenario
    drawn: Draws
    options: Mapping[str, Candidate]
    pv_cost: float
    delta_cx: Array | None


def entry_of(name: str, scenario: Scenario, drawn: Draws, workers: int = 1) -> Entry:
    """Simulate one scenario on its draws and work out what can be chosen."""
    scene, outcome = simulate(scenario, drawn, workers=workers)
    values = {path: worth_of(scenario, outcome, path) for path in outcome.paths}
    chosen = None if scenario.pilot is None else policies_of(scenario, scene, drawn, values)
    cx = outcome.field("commit", "cx") if "cx" in outcome.nodes else None
    cost = float(outcome.field("commit", "pv_cost").mean())
    return Entry(name, scenario, drawn, candidates(scenario, outcome, values, chosen), cost, cx)


def differing(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Tell where scenarios differ in what makes their figures comparable."""
    found = []
    first = entries[0].scenario
    looked: tuple[tuple[str, Callable[[Scenario], Any]], ...] = (
        ("another organisation", lambda s: s.organisation.model_dump(mode="json", exclude={"currency"})),
        ("another currency", lambda s: s.organisation.currency),
        ("another horizon", lambda s: s.horizon_months),
        ("another bridge", lambda s: s.bridge),
        ("another discount rate", lambda s: (s.discount_rate, s.rate_kind, s.convention)),
        ("another terminal value", lambda s: s.terminal),
    )
    for what, of in looked:
        other = [entry.name for entry in entries[1:] if of(entry.scenario) != of(first)]
        if other:
            found.append(f"{', '.join(other)} has {what} than {entries[0].name}")
    return tuple(found)


def by_option(entries: Sequence[Entry]) -> dict[str, tuple[Entry, str, Candidate]]:
    """Return every option of every scenario by ``scenario/option``, doing nothing once."""
    found: dict[str, tuple[Entry, str, Candidate]] = {}
    for entry in entries:
        for option, candidate in entry.options.items():
            if option != NOTHING:
                found[f"{entry.name}/{option}"] = (entry, option, candidate)
    found[NOTHING] = (entries[0], NOTHING, entries[0].options[NOTHING])
    return found
