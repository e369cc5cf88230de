# SPDX-License-Identifier: MIT
"""Portfolios: the best set of the drivers of several scenarios under a budget, simulated jointly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from txsim.decide.entries import Entry, differing, titles_of
from txsim.decide.portfolio import Selection, best_sets
from txsim.decide.ranking import mean_estimate
from txsim.errors import InputError, message_of
from txsim.forecast import common_order, draw, learn_together, simulate, worth_of
from txsim.forecast.criterion import Candidate, Limits, ahead, decision_limits
from txsim.language import lazy
from txsim.results.compare import DriverSet, ExcludedSet, Portfolio
from txsim.scenario import Driver, Scenario
from txsim.simulate.points import BATCHES
from txsim.simulate.statistics import quantiles
from txsim.types import Array


def _alone(scenario: Scenario, drivers: tuple[Driver, ...]) -> Scenario:
    return scenario.replaced(drivers=drivers, pilot=None)


def _titles(offered: Mapping[str, tuple[str, Driver]], entries: Sequence[Entry]) -> dict[str, str]:
    """Return what drivers are called, by ``scenario/driver``: with their scenario where two share a title."""
    titles = {label: driver.title or driver.name for label, driver in offered.values()}
    scenarios, given = titles_of(entries), list(titles.values())
    return {
        label: title if given.count(title) == 1 else f"{title} ({scenarios[label.partition('/')[0]]})"
        for label, title in titles.items()
    }


def _versions(offered: Mapping[str, tuple[str, Driver]], entries: Sequence[Entry]) -> tuple[tuple[str, ...], ...]:
    """Return the drivers that are versions of one another: called the same, and in no file together.

    What readers see says so: two initiatives may share a name that stands in files alone.
    """
    groups: dict[str, list[str]] = {}
    for name, (_, driver) in offered.items():
        groups.setdefault((driver.title or driver.name).casefold(), []).append(name)
    together = [[driver for _, driver in offered.values() if driver in e.scenario.drivers] for e in entries]
    return tuple(
        tuple(group)
        for group in groups.values()
        if len(group) > 1 and all(sum(offered[n][1] in file for n in group) < 2 for file in together)
    )


def portfolio(
    entries: Sequence[Entry],
    budget: float,
    capacity: Mapping[str, float] | None = None,
    *,
    most: int = 50,
    workers: int = 1,
) -> Portfolio:
    """Return the best set of the scenarios' drivers whose expected cost stays within a budget, and within the limits.

    ``entries``: of one comparison; one organisation, horizon and belief. ``budget``: most that the expected present
    value of the programmes' cost may be, in the currency. ``capacity``: most drivers of a kind (``it``, ``people``), of
    an owner (``c_level``, ``shared``, ``none``), or in all (``drivers``). ``most``: sets that are simulated jointly.
    ``workers``: threads of the kernel. Raises InputError if the scenarios do not share organisation, horizon and
    belief, or there are more than 20 different drivers.
    """
    first = entries[0]
    problems = list(differing(entries))
    if len({entry.drawn.calibration.hash for entry in entries}) > 1:
        problems.append(lazy("the scenarios rest on different beliefs"))
    if problems:
        raise InputError(lazy("a portfolio needs one organisation, horizon and belief: {problem}", problem=problems[0]))
    offered: dict[str, tuple[str, Driver]] = {}
    for entry in entries:
        for driver in entry.scenario.drivers:
            if any(known == driver for _, known in offered.values()):
                continue  # the same driver in two files is one candidate
            name, i = driver.name, 2
            while name in offered:
                name, i = f"{driver.name[:36]}_{i}", i + 1
            offered[name] = (f"{entry.name}/{driver.name}", driver)
    drivers = [driver.model_copy(update={"name": name}) for name, (_, driver) in offered.items()]
    labels = [label for label, _ in offered.values()]
    limits: list[tuple[Array, float]] = []
    for key, room in (capacity or {}).items():
        use = np.array([1.0 if key in ("drivers", driver.kind, driver.owner) else 0.0 for driver in drivers])
        limits.append((use, room))
    versions = _versions(offered, entries)
    limits += [(np.array([float(name in group) for name in offered]), 1.0) for group in versions]
    order = common_order([_alone(first.scenario, tuple(drivers)), *(entry.scenario for entry in entries)])

    made = first.drawn.calibration
    learned = learn_together(
        (entry.scenario for entry in entries), made, draws=first.drawn.count, seed=first.drawn.seed, order=order
    )

    # Of the drivers of one file together its run tells what they pay, by itself as everywhere else.
    files = {
        frozenset(driver.name for driver in drivers if offered[driver.name][0].partition("/")[0] == entry.name): entry
        for entry in entries
    }
    whole = {
        members: entry.alone.options["commit"] for members, entry in files.items()
        if len(members) == len(entry.scenario.drivers)
    }  # fmt: skip
    stated = {entry.name: decision_limits(entry.scenario) for entry in entries}

    def limited(members: tuple[Driver, ...]) -> Limits:
        """Return the strictest limits of the files that the members come from."""
        mine = [stated[offered[driver.name][0].partition("/")[0]] for driver in members] or [*stated.values()]
        losses = [each.max_p_loss for each in mine if each.max_p_loss is not None]
        peaks = [each.max_peak_funding for each in mine if each.max_peak_funding is not None]
        return Limits(min(losses, default=None), min(peaks, default=None), max(each.material for each in mine))

    def jointly(members: tuple[Driver, ...]) -> Candidate:
        if not members:
            return Candidate(np.zeros(first.drawn.count), 0.0, 0.0)
        scenario = _alone(first.scenario, members)
        drawn = draw(
            scenario,
            first.drawn.calibration,
            draws=first.drawn.count,
            seed=first.drawn.seed,
            order=order,
            learned=learned,
        )
        _, outcome = simulate(scenario, drawn, paths=("commit",), workers=workers)
        worth = worth_of(scenario, outcome, "commit")
        return Candidate(
            worth,
            float((worth < 0).mean()),
            quantiles(outcome.field("commit", "peak_funding"), (0.95,))[0],
            float(outcome.field("commit", "pv_cost").mean()),
        )

    def told(members: tuple[Driver, ...], joint: Candidate) -> Candidate:
        """Return what a set pays and costs by itself."""
        return whole.get(frozenset(driver.name for driver in members), joint)

    single = [told((driver,), jointly((driver,))) for driver in drivers]
    value = np.array([float(each.payoff.mean()) for each in single])
    cost = np.array([each.pv_cost for each in single])
    try:
        sets = best_sets(value, cost, budget, limits=limits, most=most)
    except ValueError as error:
        raise InputError(message_of(error)) from None
    if not any(not chosen.members for chosen in sets):  # running none keeps every limit
        sets = (*sets, Selection((), 0.0, 0.0))
    ranked, beyond = [], []
    for chosen in sets:
        members = tuple(drivers[i] for i in chosen.members)
        together = jointly(members)
        alone = told(members, together)
        if not members or limited(members).allow(alone):
            ranked.append((alone.payoff, chosen, alone.pv_cost, together.payoff, members))
        else:
            beyond.append((alone, chosen, limited(members)))
    ranked.sort(key=lambda each: -float(each[0].mean()))

    def named(members: tuple[int, ...]) -> tuple[str, ...]:
        return tuple(labels[i] for i in members)

    rows = tuple(
        DriverSet(named(chosen.members), paid, chosen.value, mean_estimate(alone, BATCHES))
        for alone, chosen, paid, _together, _members in ranked
    )
    best = rows[0]
    left_out = None
    if beyond:
        passed, chosen, most_allowed = max(beyond, key=lambda each: float(each[0].payoff.mean()))
        pays = mean_estimate(passed.payoff, BATCHES)
        if pays.value > best.joint.value:
            broken = most_allowed.broken("", replace(passed, limits=most_allowed))
            left_out = ExcludedSet(
                named(chosen.members),
                passed.pv_cost,
                chosen.value,
                pays,
                p_loss=broken.p_loss,
                peak_funding=broken.peak_funding,
                max_p_loss=broken.max_p_loss,
                max_peak_funding=broken.max_peak_funding,
            )
    cheap, cheapest = int(cost.argmin()), None
    if cost[cheap] > budget:
        cheapest = DriverSet(named((cheap,)), cost[cheap], value[cheap], mean_estimate(single[cheap].payoff, BATCHES))
    margin, close = None, False
    if len(ranked) > 1:
        # Beside running none a set stands by itself; beside another, on the same futures.
        first_set, second_set = ranked[0], ranked[1]
        both = first_set[4] and second_set[4]
        margin = mean_estimate(first_set[3] - second_set[3] if both else first_set[0] - second_set[0], BATCHES)
        share = max(limited(ranked[i][4]).material for i in (0, 1))
        material = share * max(best.pv_cost, rows[1].pv_cost)
        close = not ahead(margin.value, margin.mcse, material)
    return Portfolio(
        budget=budget,
        drivers=best.drivers,
        pv_cost=best.pv_cost,
        additive=best.additive,
        joint=best.joint,
        interaction=best.joint.value - best.additive,
        best_additive=named(sets[0].members),
        sets=rows,
        titles=_titles(offered, entries),
        margin=margin,
        too_close=close,
        left_out=left_out,
        versions=tuple(tuple(offered[name][0] for name in group) for group in versions),
        cheapest=cheapest,
    )
