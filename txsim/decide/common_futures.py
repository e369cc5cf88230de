# SPDX-License-Identifier: MIT
"""Options of several scenarios on futures that all share: who is best, what sets them apart, and which to take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from txsim.decide.choice import recommend
from txsim.decide.entries import NOTHING, Entry, by_option, decided_after_tax, titles_of
from txsim.decide.flips import levelled
from txsim.decide.ranking import Difference, difference, dominates, expected_regret, frontier, mean_estimate, p_best
from txsim.decide.screening import influential
from txsim.decide.sentences import limits_told, with_sentence
from txsim.decide.settlement import settlement_of_several
from txsim.forecast.criterion import FIRST_STEP, Candidate, Limits, ahead, allowed, decision_limits, same_payoff
from txsim.forecast.draws import weights_without_claims
from txsim.forecast.labels import Label, label_of
from txsim.language import N_, Message, joined, lazy
from txsim.language.numbers import grain_of
from txsim.results.compare import ComparedOption, Comparison, Dominance, PairDifference
from txsim.results.quantities import Estimate
from txsim.results.recommendation import Recommendation, State, headline
from txsim.scenario import Scenario
from txsim.simulate.points import BATCHES
from txsim.types import Array

#: Of more options than this only the best one of each scenario is set against the others in pairs.
_ALL_PAIRS = 20
#: What an option is judged by that is its own run's.
_JUDGED_BY = ("p_loss", "peak_funding", "pv_cost", "p_stopped_loss", "pv_stopped", "paid_back")


def side_by_side(
    entries: tuple[Entry, ...], budget: float | None, alone: Sequence[Recommendation], shared: Mapping[str, Any]
) -> Comparison:
    """Return scenarios of one belief side by side.

    ``entries``: on the futures that all share, each with its run. ``budget``: highest expected present value of cost;
    ``None`` for no limit. ``shared``: the fields that need no futures in common; each option by itself among them, as
    its run tells it.
    """
    flat = _judged(entries)
    names = list(flat)
    table = np.column_stack([flat[name][2].payoff for name in names])
    best = p_best(table, batches=BATCHES)
    regret = expected_regret(table, batches=BATCHES)
    steps = _steps(flat)
    limits = limits_in_common(entries, budget)
    within = allowed({name: each[2] for name, each in flat.items()}, limits)
    inside = [i for i, name in enumerate(names) if name in within]
    options = tuple(replace(option, begins_as=_first_of(option.name, steps)) for option in shared["options"])
    worth = {option.name: option.worth(after_tax=shared["after_tax"]) for option in options}
    means = [npv.mean for npv in worth.values()]
    tails = [option.cvar05.value for option in options]
    # An efficient frontier of mean against what happens in the worst 5 %.
    efficient = tuple(names[i] for i in frontier(np.asarray(means), tails))
    paired = names
    if len(names) > _ALL_PAIRS:
        leaders = []
        for entry in entries:
            mine = [name for name in names if flat[name][0] is entry and name != NOTHING]
            leaders.append(max(mine, key=lambda name: float(means[names.index(name)])))
        paired = [*leaders, NOTHING]
    column = {name: table[:, i] for i, name in enumerate(names)}
    pairs = [(a, b) for i, a in enumerate(paired) for b in paired[i + 1 :]]
    # Beside doing nothing, which pays nothing in any future, an option stands by itself: as its run has it.
    by_itself = {name: _alone(*flat[name]).payoff for name in paired}
    told = {option.name: option for option in options}
    differences = tuple(
        PairDifference(a, b, **vars(difference(column[a], column[b], batches=BATCHES)))
        if NOTHING not in (a, b)
        else _beside_nothing(told, a, b, difference(by_itself[a], by_itself[b], batches=BATCHES), shared["after_tax"])
        for a, b in pairs
    )
    sorted_columns = {name: np.sort(column[name]) for name in paired}
    dominance = []
    for a, b in pairs:
        for x, y in ((a, b), (b, a)):
            order = dominates(sorted_columns[x], sorted_columns[y])
            # Who dislikes risk is promised no higher mean where none is told from chance.
            if order == 1 or (order == 2 and _ahead(limits, flat[x][2], flat[y][2])):
                dominance.append(Dominance(x, y, order))
    grains = {name: grain_of(npv.mcse, npv.p05, npv.p95) for name, npv in worth.items()}
    return Comparison(
        **{**shared, "options": options},
        p_best={name: each.value for name, each in zip(names, best, strict=True)},
        p_best_mcse={name: each.mcse for name, each in zip(names, best, strict=True)},
        p_best_together=_together(steps, table, names),
        p_best_within={}
        if len(inside) == len(names)
        else _together(steps, table[:, inside], [names[i] for i in inside]),
        expected_regret={name: each.value for name, each in zip(names, regret, strict=True)},
        expected_regret_mcse={name: each.mcse for name, each in zip(names, regret, strict=True)},
        differences=differences,
        dominance=tuple(dominance),
        frontier=efficient,
        beliefs=None,
        mix={},
        recommendation=_recommended(entries, flat, steps, limits, alone, grains),
    )


def _judged(entries: Sequence[Entry]) -> dict[str, tuple[Entry, str, Candidate]]:
    """Return every option with its payoff on the futures that all share, and what it is judged by as its run has it."""
    apart = len({decision_limits(entry.scenario) for entry in entries}) > 1
    judged = {}
    for name, (entry, option, candidate) in by_option(entries).items():
        by_itself = _alone(entry, option, candidate)
        own: dict[str, Any] = {key: getattr(by_itself, key) for key in _JUDGED_BY}
        limits = decision_limits(entry.scenario) if apart and option != NOTHING else None
        judged[name] = entry, option, replace(candidate, limits=limits, **own)
    return judged


def limits_in_common(entries: Sequence[Entry], budget: float | None) -> Limits:
    """Return what limits all options: what every file states alike, and a budget."""
    stated = [decision_limits(entry.scenario) for entry in entries]
    first = stated[0]
    return Limits(
        first.max_p_loss if len({each.max_p_loss for each in stated}) == 1 else None,
        first.max_peak_funding if len({each.max_peak_funding for each in stated}) == 1 else None,
        max(each.material for each in stated),
        budget,
    )


def limits_apart(entries: Sequence[Entry]) -> tuple[Message, ...]:
    """Tell that files state different limits, and that each option is held to its own."""
    titles, money = titles_of(entries), entries[0].scenario.organisation.currency
    stated = {entry.name: decision_limits(entry.scenario) for entry in entries}
    if len({(each.max_p_loss, each.max_peak_funding) for each in stated.values()}) == 1:
        return ()
    alike: dict[tuple[float | None, float | None], list[Message]] = {}
    for name, limits in stated.items():
        alike.setdefault((limits.max_p_loss, limits.max_peak_funding), []).append(lazy("“{name}”", name=titles[name]))
    rows = []
    for (losses, funding), names in alike.items():
        told = [*limits_told(losses, funding, money)] or [lazy("no limit")]
        rows.append(lazy("{names}: {limits}", names=joined(", ", names), limits=joined(", ", told)))
    words = N_("the files state different limits, and each option is held to those of its own ({limits})")
    return (lazy(words, limits=joined("; ", rows)),)


def _alone(entry: Entry, option: str, candidate: Candidate) -> Candidate:
    """Return an option as the run of its scenario has it."""
    return entry.alone.options.get(option, candidate)


def _beside_nothing(
    told: Mapping[str, ComparedOption], a: str, b: str, gap: Difference, after_tax: bool
) -> PairDifference:
    """Return what an option pays beside doing nothing, in the range that is told of it.

    Payoffs of a policy are means over what its pilot may read; its range and losses hold that chance, too.
    """
    option = told[b if a == NOTHING else a]
    worth = option.worth(after_tax=after_tax)
    gains = gap.p_positive
    if worth.p05 < worth.p95:
        gains = option.p_loss if a == NOTHING else 1.0 - option.p_loss - gap.p_equal
    low, high = (-worth.p95, -worth.p05) if a == NOTHING else (worth.p05, worth.p95)
    return PairDifference(a, b, gap.mean, low, high, gap.mcse, gains, gap.p_equal)


def _ahead(limits: Limits, one: Candidate, other: Candidate) -> bool:
    """Whether an option pays more than another by what is material and by more than chance."""
    gap = difference(one.payoff, other.payoff, batches=BATCHES)
    return ahead(float(gap.mean), float(gap.mcse), limits.between(one, other))


def _steps(flat: Mapping[str, tuple[Entry, str, Candidate]]) -> dict[str, str]:
    """Return by option what it begins with: committing with a review begins as committing does.

    What pays the same in every future in two files is one thing to begin with; doing nothing stays itself.
    """
    own = {
        name: NOTHING if option == NOTHING else f"{entry.name}/{FIRST_STEP.get(option, option)}"
        for name, (entry, option, _candidate) in flat.items()
    }
    acting = [name for name in flat if own[name] != NOTHING]
    for i, name in enumerate(acting):
        entry, _option, candidate = flat[name]
        for other in acting[:i]:
            one, step = flat[other], own[name]
            if one[0] is not entry and step != own[other] and same_payoff(candidate.payoff, one[2].payoff):
                own = {each: own[other] if begins == step else begins for each, begins in own.items()}
    return own


def _first_of(name: str, steps: Mapping[str, str]) -> str:
    """Return the option named first among those that begin as one does."""
    return next(each for each, step in steps.items() if step == steps[name])


def _together(steps: Mapping[str, str], table: Array, names: Sequence[str]) -> dict[str, Estimate]:
    """Return by option the probability that the best of a future begins as it does."""
    by_step: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        by_step.setdefault(steps[name], []).append(i)
    best = p_best(np.column_stack([table[:, places].max(axis=1) for places in by_step.values()]), batches=BATCHES)
    return {names[i]: each for places, each in zip(by_step.values(), best, strict=True) for i in places}


def _as_run(
    recommendation: Recommendation,
    entries: Sequence[Entry],
    flat: Mapping[str, tuple[Entry, str, Candidate]],
    steps: Mapping[str, str],
    alone: Sequence[Recommendation],
) -> Recommendation:
    """Return a recommendation that turns among its scenario's own options, and to nothing, as that scenario's run."""
    entry, option, _candidate = flat[recommendation.best]
    if recommendation.state == "open":
        return recommendation
    of_scenario = {each.name: own for own, each in zip(alone, entries, strict=True)}
    if option == NOTHING:  # as of each scenario that waits by itself
        runs = {name: own for name, own in of_scenario.items() if own.state != "open" and own.best == NOTHING}
    else:
        own = of_scenario[entry.name]
        begins = "" if own.best == NOTHING else steps[f"{entry.name}/{own.best}"]
        runs = {entry.name: own} if own.state != "open" and begins == steps[recommendation.best] else {}
    named = {
        (name, each): NOTHING if each == NOTHING else f"{name}/{each}"
        for name, own in runs.items()
        for each in own.mean_npv
    }
    if not runs:
        return recommendation
    unaffordable = {each.option for each in recommendation.excluded if each.pv_cost is not None}
    ours = [replace(flip, option=named[name, flip.option]) for name, own in runs.items() for flip in own.flips]
    kept = [flip for flip in ours if flip.option not in unaffordable]
    known = {(flip.name, flip.side) for flip in kept}
    others = [
        flip
        for flip in recommendation.flips
        if (flip.option not in named.values() or flip.limit == "max_pv_cost") and (flip.name, flip.side) not in known
    ]
    flips = (*kept, *others)
    # Sampled without them were its own options: beside those of others weights alone tell, or cannot.
    apart = alone[0].untested if len(entries) == 1 else recommendation.untested
    untested = tuple(name for name in apart if name not in {flip.name for flip in kept})
    state: State = "leaning" if flips else "clear"
    return replace(recommendation, flips=flips, fragile=bool(flips), state=state, untested=untested)


def _label(entries: Sequence[Entry]) -> Callable[[str], Label]:
    """Return what says how a quantity is told, of the first scenario that has it."""
    owners: dict[str, Scenario] = {}
    for entry in entries:
        for name in entry.drawn.uncertain:
            owners.setdefault(name, entry.scenario)
    return lambda name: label_of(owners.get(name, entries[0].scenario), name)


def _recommended(
    entries: Sequence[Entry],
    flat: Mapping[str, tuple[Entry, str, Candidate]],
    steps: Mapping[str, str],
    limits: Limits,
    alone: Sequence[Recommendation],
    grains: Mapping[str, float],
) -> Recommendation:
    """Return what is recommended of all options; under a budget, of those whose expected cost is within it.

    What turns it among the options of one scenario is what turns the run of that scenario; what an option pays by
    itself is what its run says, to the digit (``grains``). What sets options apart is told on the futures that all
    share.
    """
    parameters: dict[str, Array] = {}
    for entry in entries:
        moves = influential(entry.scenario, entry.drawn)
        parameters |= {name: values for name, values in moves.items() if name not in parameters}
    ordered = {NOTHING: flat[NOTHING][2]} | {name: each[2] for name, each in flat.items()}
    weights = weights_without_claims(entries[0].scenario, entries[0].drawn)
    recommendation = recommend(ordered, limits, parameters=parameters, claim_weights=weights, steps=steps)
    recommendation = levelled(recommendation, ordered, parameters, limits)
    recommendation = _as_run(recommendation, entries, flat, steps, alone)
    if recommendation.state == "open":
        settled = settlement_of_several(flat, limits)
        recommendation = replace(recommendation, settlement=settled)
    together = recommendation.mean_npv
    means = {name: float(_alone(*flat[name]).payoff.mean()) for name in together}
    kept_out = tuple(replace(each, resolution=grains[each.option]) for each in recommendation.excluded)
    recommendation = replace(recommendation, resolution=grains[headline(recommendation)], excluded=kept_out)
    if recommendation.runner_up == NOTHING:
        margin = mean_estimate(_alone(*flat[recommendation.best]).payoff, BATCHES)
        recommendation = replace(recommendation, margin=margin.value, mcse=margin.mcse)
    return with_sentence(
        replace(recommendation, mean_npv=means),
        entries[0].scenario.organisation.currency,
        _label(entries),
        after_tax=decided_after_tax(entries),
        taxed=any(entry.scenario.finance is not None for entry in entries),
        titles=titles_of(entries),
        together=together,
    )
