# SPDX-License-Identifier: MIT
"""What would settle an open question: what is most worth knowing, and whether a pilot pays (docs/model.md, section 7).

A quantity is worth knowing by what it adds to the choice between committing and doing nothing, as ``txsim sensitivity``
has it: that choice does not depend on how a pilot was designed, and what would be known need not be piloted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from txsim.decide.entries import Entry
from txsim.decide.open_choice import OpenChoice, choice_between
from txsim.decide.ranking import mean_estimate
from txsim.decide.regression import MOST_DRAWS
from txsim.decide.screening import influential
from txsim.forecast import Forecast
from txsim.forecast.criterion import Candidate, Limits, allowed
from txsim.forecast.labels import label_of
from txsim.priors.moments import median
from txsim.results.pilot import Design, preferred
from txsim.results.quantities import Estimate
from txsim.results.recommendation import Knowing, Piloting, Settlement
from txsim.scenario import Pilot, Scenario
from txsim.simulate.points import BATCHES, prefix, stable_order
from txsim.simulate.statistics import quantiles
from txsim.types import Array

#: Quantities that are looked at, as many as page one names; others explain less of the payoff.
_MOST = 3
#: Bins of equally many draws by which quantities are ranked.
_BINS = 32


def ranked(quantities: Mapping[str, Array], figure: Array) -> list[str]:
    """Return the names of quantities, ``(draw,)`` each, by how much of a figure's variance each explains by itself."""
    shares = {name: _explained(values, figure) for name, values in quantities.items()}
    return sorted(shares, key=lambda name: (shares[name], name), reverse=True)


def _explained(values: Array, figure: Array) -> float:
    """Return the share of a figure's variance that lies between bins of a quantity, less what chance puts there."""
    size = values.size // _BINS
    if size < 2:
        return 0.0
    ordered = figure[stable_order(values)][: size * _BINS].reshape(_BINS, size)
    between = float(ordered.mean(axis=1).var(ddof=1) - ordered.var(axis=1, ddof=1).mean() / size)
    return between / max(float(figure.var()), 1e-300)


def worth_knowing(choice: OpenChoice, quantities: Mapping[str, Array]) -> dict[str, Estimate]:
    """Return what knowing each quantity is worth to a choice.

    ``choice``: between committing, to one or one of several, and doing nothing, with the limits that bind it.
    ``quantities``: draws ``(draw,)`` of what would be known, by name. Returns expected value of partial perfect
    information by name, the largest first.
    """
    worth = {name: choice.evppi(values) for name, values in quantities.items()}
    return dict(sorted(worth.items(), key=lambda item: (-item[1].value, item[0])))


def settlement(
    forecast: Forecast, options: Mapping[str, Candidate], limits: Limits, designs: Sequence[Design] = ()
) -> Settlement:
    """Return what would settle the question that a forecast leaves open.

    ``options``: what can be chosen today, by name. ``designs``: pilots that were tried; by default the stated one alone
    is looked at.
    """
    kept = prefix(forecast.draws, MOST_DRAWS)
    # A pilot's own uncertainties do not touch what committing pays.
    moves = influential(forecast.scenario, forecast.drawn)
    uncertain = {name: values[kept] for name, values in moves.items() if not name.startswith("pilot.")}
    likely = ranked(uncertain, options["commit"].payoff[kept])[:_MOST]
    worth = worth_knowing(choice_between([options["commit"]], limits, kept), {name: uncertain[name] for name in likely})
    quantities = tuple(_knowing(forecast.scenario, name, uncertain[name], worth[name]) for name in worth)
    return Settlement(quantities, _best_of(designs) if designs else _stated(forecast, options, limits))


def settlement_of_several(options: Mapping[str, tuple[Entry, str, Candidate]], limits: Limits) -> Settlement:
    """Return what would settle the question that a comparison leaves open: which of several, if any.

    ``options``: scenario, option and figures of each by ``scenario/option``, and doing nothing.
    """
    committing = [name for name in options if options[name][1] == "commit"]
    quantities: tuple[Knowing, ...] = ()
    if committing:
        entries = {options[name][0].name: options[name][0] for name in committing}
        kept = prefix(next(iter(entries.values())).drawn.count, MOST_DRAWS)
        choice = np.column_stack([options[name][2].payoff[kept] for name in committing])
        owners: dict[str, Entry] = {}
        for entry in entries.values():
            for name in influential(entry.scenario, entry.drawn):
                if not name.startswith("pilot."):
                    owners.setdefault(name, entry)
        uncertain = {name: entry.drawn.uncertain[name][kept] for name, entry in owners.items()}
        # What tells options apart is worth knowing: what moves one of them against the one that pays best.
        every = np.column_stack([np.zeros(choice.shape[0]), choice])
        best = every[:, [int(every.mean(axis=0).argmax())]]
        apart = [figure for figure in (every - best).T if figure.any()]
        near = sorted(apart, key=lambda figure: abs(float(figure.mean())) / max(float(figure.std()), 1e-300))[:_MOST]
        likely = dict.fromkeys(name for figure in near for name in ranked(uncertain, figure)[:_MOST])
        opened = choice_between([options[name][2] for name in committing], limits, kept)
        worth = worth_knowing(opened, {name: uncertain[name] for name in likely})
        quantities = tuple(
            _knowing(owners[name].scenario, name, uncertain[name], worth[name]) for name in list(worth)[:_MOST]
        )
    within = allowed({name: figures for name, (_entry, _option, figures) in options.items()}, limits)
    return Settlement(quantities, _best_stated(options, within))


def _best_stated(options: Mapping[str, tuple[Entry, str, Candidate]], within: Sequence[str]) -> Piloting | None:
    """Return what the best of the stated pilots is worth against the best option without one, within the limits."""
    without = [options[name][2].payoff for name in within if options[name][1] != "pilot_then_decide"]
    piloted = [options[name] for name in within if options[name][1] == "pilot_then_decide"]
    if not piloted:
        return None
    instead = max(without, key=lambda payoff: float(payoff.mean()))
    entry, _option, best = max(piloted, key=lambda each: float(each[2].payoff.mean()))
    pilot = entry.scenario.pilot
    if pilot is None:
        return None
    return _as_stated(pilot, best, instead, len(piloted), entry.name)


def _knowing(scenario: Scenario, name: str, values: Array, worth: Estimate) -> Knowing:
    label = label_of(scenario, name)
    low, high = sorted(label.stated(end) for end in quantiles(values, (0.05, 0.95)))
    return Knowing(name, worth, label.meaning, label.unit, low, high)


def _best_of(designs: Sequence[Design]) -> Piloting | None:
    designs = [each for each in designs if each.excluded is None]
    if not designs:
        return None
    # What settles a question tells something: only where no such design pays is a smaller first step named instead.
    telling = [each for each in designs if each.pays_by_reading]
    best = max(telling or designs, key=preferred)
    return Piloting(best.months, best.scope, best.respondents, best.pilot_net, best.rule_value, len(designs))


def _stated(forecast: Forecast, options: Mapping[str, Candidate], limits: Limits) -> Piloting | None:
    """Return what running the stated pilot is worth against the best option without one, within the limits."""
    within = allowed(options, limits)
    pilot = forecast.scenario.pilot
    if pilot is None or "pilot_then_decide" not in within:
        return None
    piloted = options["pilot_then_decide"]
    instead = max(
        (options[name].payoff for name in within if name != "pilot_then_decide"),
        key=lambda payoff: float(payoff.mean()),
    )
    return _as_stated(pilot, piloted, instead, 1)


def _as_stated(pilot: Pilot, piloted: Candidate, instead: Array, tried: int, scenario: str = "") -> Piloting:
    net, told = mean_estimate(piloted.payoff - instead, BATCHES), piloted.rule_value or Estimate(0.0, 0.0)
    return Piloting(pilot.months, median(pilot.scope), median(pilot.respondents), net, told, tried, scenario)
