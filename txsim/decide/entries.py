# SPDX-License-Identifier: MIT
"""Scenarios as they are simulated for a comparison, one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from txsim.decide.option_paths import Spread, branches, spread_of
from txsim.decide.policies import candidates, policies_of
from txsim.errors import InputError, Problem
from txsim.forecast import Draws, simulate, worth_of
from txsim.forecast.criterion import Candidate
from txsim.forecast.places import place_label
from txsim.language import N_, Message, joined, lazy, lazy_plural, verbatim
from txsim.results.names import distinct_titles
from txsim.scenario import Scenario

NOTHING = "do_nothing"
#: Keys that are named at most.
_KEYS = 6
#: What makes figures comparable; the currency is asked of all before (:func:`one_currency`).
_COMPARABLE: dict[str, Callable[[Scenario], Any]] = {
    "organisation": lambda s: s.organisation.model_dump(exclude=frozenset({"currency"})),
    "horizon": lambda s: s.horizon_months,
    "bridge": lambda s: s.bridge,
    "discount": lambda s: (s.discount_rate, s.rate_kind, s.convention),
    "terminal": lambda s: s.terminal,
    "tax": lambda s: (s.finance, s.decision.after_tax),
}
#: What a scenario has where it differs in that.
_OTHERWISE = {
    "organisation": N_("another organisation ({keys})"),
    "horizon": N_("another horizon ({months} months, not {first})"),
    "bridge": N_("another bridge"),
    "discount": N_("another discount rate"),
    "terminal": N_("another terminal value"),
    "tax": N_("another tax"),
}


@dataclass(frozen=True)
class Entry:
    """One scenario as it was simulated for the comparison."""

    #: ``name``, ``scenario``, ``drawn``: Which, and on what draws.
    name: str
    scenario: Scenario
    drawn: Draws
    options: Mapping[str, Candidate]  #: What can be chosen, by option; doing nothing included.
    pv_cost: float  #: Expected present value of the cost of committing.
    spreads: Mapping[str, Spread] = field(default_factory=dict)  #: Of policies, over all futures of both their paths.
    run: Entry | None = None  #: The same on the draws of the scenario's own run; ``None`` where these are they.

    @property
    def alone(self) -> Entry:
        """What the scenario's run tells, where that is on other draws; else this."""
        return self.run or self


def entry_of(name: str, scenario: Scenario, drawn: Draws, workers: int = 1) -> Entry:
    """Simulate one scenario on its draws and work out what can be chosen."""
    scene, outcome = simulate(scenario, drawn, workers=workers)
    values = {path: worth_of(scenario, outcome, path) for path in outcome.paths}
    chosen = None if scenario.pilot is None else policies_of(scenario, scene, drawn, values)
    cost = float(outcome.field("commit", "pv_cost").mean())
    options = candidates(scenario, outcome, values, chosen)
    spreads = {}
    if chosen is not None:
        policies = [option for option in options if option not in (NOTHING, *outcome.paths)]
        spreads = {option: spread_of(scenario, outcome, branches(option, chosen)) for option in policies}
    return Entry(name, scenario, drawn, options, cost, spreads)


def decided_after_tax(entries: Sequence[Entry]) -> bool:
    """Whether what options pay is after tax, which it is of all scenarios or of none (:func:`same_side`)."""
    return bool(entries[0].scenario.decision.after_tax)


def same_side(scenarios: Mapping[str, Scenario]) -> None:
    """Refuse scenarios of which some are decided after tax and others before it: their differences mean nothing.

    Raises :class:`InputError`: one problem for each scenario that is not decided after tax beside one that is.
    """
    titles = distinct_titles({name: scenario.title for name, scenario in scenarios.items()})
    after = [name for name, scenario in scenarios.items() if scenario.decision.after_tax]
    problems = []
    for name, scenario in scenarios.items():
        if not after or name in after:
            continue
        both = {"name": titles[name], "other": titles[after[0]]}
        if scenario.finance is None:
            words = N_("“{name}” states no tax and “{other}” is decided after tax: their figures cannot be compared")
            hint = N_("state `finance.tax_rate` there, or compare all before tax by `--set decision.after_tax=false`")
        else:
            words = N_("“{name}” is decided before tax and “{other}” after it: their figures cannot be compared")
            hint = N_("compare all on one side by `--set decision.after_tax=false`, or `=true`")
        path = "finance" if scenario.finance is None else "decision.after_tax"
        problems.append(Problem(lazy(words, **both), file=scenario.source or name, path=path, hint=lazy(hint)))
    if problems:
        raise InputError(problems)


def differing(entries: Sequence[Entry]) -> tuple[Message, ...]:
    """Tell where scenarios differ in what makes their figures comparable."""
    messages = []
    titles = titles_of(entries)
    first = entries[0].scenario
    for what, of in _COMPARABLE.items():
        other = [entry for entry in entries[1:] if of(entry.scenario) != of(first)]
        alike: dict[int | None, list[str]] = {}  # horizons are told by their months
        for entry in other:
            months = entry.scenario.horizon_months if what == "horizon" else None
            alike.setdefault(months, []).append(titles[entry.name])
        for months, names in alike.items():
            keys = _keys(entries) if what == "organisation" else ""
            phrase = lazy(_OTHERWISE[what], keys=keys, months=months, first=first.horizon_months)
            messages.append(_differs(phrase, names, titles[entries[0].name]))
    return tuple(messages)


def horizons_apart(entries: Sequence[Entry]) -> tuple[Message, ...]:
    """Say what it means where scenarios count over different times; empty where all count over one."""
    if len({entry.scenario.horizon_months for entry in entries}) == 1:
        return ()
    words = N_("what is best here counts more months of some than of others; one horizon: `--set horizon_months=…`")
    return (lazy(words),)


def _keys(entries: Sequence[Entry]) -> Message:
    """Return in what of the organisation scenarios differ from the first, a few of it."""
    first, *others = (_COMPARABLE["organisation"](entry.scenario) for entry in entries)
    # A key that a firm does not state may be absent from its content, of the first as of any other.
    stated = dict.fromkeys(key for organisation in (first, *others) for key in organisation)
    keys = [key for key in stated if any(other.get(key) != first.get(key) for other in others)]
    meanings = [place_label(entries[0].scenario, ("organisation", key)).meaning for key in keys[:_KEYS]]
    return joined("; ", [*meanings, verbatim("…")] if len(keys) > _KEYS else meanings)


def _differs(what: Message, names: Sequence[str], first: str) -> Message:
    named = joined(", ", [lazy("“{name}”", name=name) for name in names])
    return lazy_plural(
        "{names} has {what} than “{first}”",
        "{names} have {what} than “{first}”",
        len(names),
        names=named,
        what=what,
        first=first,
    )


def one_currency(scenarios: Mapping[str, Scenario]) -> None:
    """Refuse scenarios whose money is not in one currency: their amounts can be neither ranked nor added.

    Raises :class:`InputError` if two of them count in different currencies; no rate is guessed.
    """
    (first, scenario), *others = scenarios.items()
    money = scenario.organisation.currency
    for name, other in others:
        if other.organisation.currency != money:
            message = lazy(
                "“{name}” counts in {currency}, “{first}” in {money}: amounts of two currencies cannot be compared",
                name=name,
                currency=other.organisation.currency,
                first=first,
                money=money,
            )
            hint = lazy(
                "write all amounts of one of the files in the other's currency, at a rate that you state, and then its "
                "`organisation.currency`"
            )
            source = None if other.source is None else str(other.source)
            raise InputError(Problem(message, file=source, path="organisation.currency", hint=hint))


def titles_of(entries: Sequence[Entry]) -> dict[str, str]:
    """Return what scenarios are called, by name: their titles, but for those that share one or have none."""
    return distinct_titles({entry.name: entry.scenario.title for entry in entries})


def by_option(entries: Sequence[Entry]) -> dict[str, tuple[Entry, str, Candidate]]:
    """Return every option of every scenario by ``scenario/option``, doing nothing once."""
    options: dict[str, tuple[Entry, str, Candidate]] = {}
    for entry in entries:
        for option, candidate in entry.options.items():
            if option != NOTHING:
                options[f"{entry.name}/{option}"] = (entry, option, candidate)
    options[NOTHING] = (entries[0], NOTHING, entries[0].options[NOTHING])
    return options
