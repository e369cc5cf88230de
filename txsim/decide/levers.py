# SPDX-License-Identifier: MIT
"""Terms in the author's hands, such as a price or who owns it, and what each does to the answer on the same futures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from txsim.decide.choice import recommend
from txsim.decide.option_paths import expected, paths_taken
from txsim.decide.policies import Policies, candidates, offered, policies_of
from txsim.decide.screening import influential
from txsim.decide.terms import Terms
from txsim.decide.variation import peak_funding, vary
from txsim.forecast import Forecast
from txsim.forecast.criterion import FIRST_STEP
from txsim.forecast.draws import weights_without_claims
from txsim.forecast.figures import LATER
from txsim.priors.catalogue import delivery_prior
from txsim.priors.distributions import quantile
from txsim.results.page_one import Lever
from txsim.results.recommendation import Recommendation
from txsim.simulate.statistics import weighted_quantiles
from txsim.types import Array

#: Draws on which other terms are simulated at most.
_LEVER_DRAWS = 2**11
#: A price falls by this in the simulation; what other cuts do is in proportion.
_CUT = 0.1
#: The largest cut that is somebody's to ask for.
_MOST_CUT = 0.5
#: What each cut of a price is of.
_PRICES = {"price": ("one_off",), "running": ("monthly", "per_head_monthly")}
_CAPS = (0.1, 0.0)


def levers(
    forecast: Forecast, option: str, recommendation: Recommendation, chosen: Policies | None, later: Mapping[str, float]
) -> tuple[Lever, ...]:
    """Return the terms in the author's hands that make it pay more, and what each does to the answer.

    ``forecast``: of one scenario. ``option``: of which a lever tells that turns nothing. ``recommendation``: what is
    recommended as things stand. ``chosen``: the policies of the scenario, which keep their rule. ``later``: what
    options are expected to pay 24 months after the horizon; empty where that was not looked at. Returns the cheapest
    first that turns the answer, then what makes it clear, then by what they add.
    """
    scenario, drawn = forecast.scenario, forecast.drawn.quantities
    terms = Terms(forecast, recommendation, chosen, _LEVER_DRAWS)

    def of(key: str) -> dict[str, Array]:
        names = [f"{driver.name}.{key}" for driver in scenario.drivers]
        return {name: drawn[name] for name in names if name in drawn}

    variants: list[tuple[Any, float, dict[str, Array | float]]] = [
        ("cap", cap, {name: np.minimum(values, 1.0 + cap) for name, values in of("cost_overrun").items()})
        for cap in _CAPS
    ]

    def cheaper(lever: str, share: float) -> dict[str, Array | float]:
        cut: dict[str, Array | float] = {}
        for driver in scenario.drivers:
            for key in _PRICES[lever]:
                value = getattr(driver, key)
                if value is not None:
                    name = f"{driver.name}.{key}"
                    cut[name] = (1.0 - share) * drawn.get(name, value.args[0])
            for i, cost in enumerate(driver.costs):
                if (cost.month is not None) == (lever == "price"):
                    name = f"{driver.name}.costs[{i}].amount"
                    cut[name] = (1.0 - share) * drawn.get(name, cost.amount.args[0])
        return cut

    variants += [(lever, _CUT, cheaper(lever, _CUT)) for lever in _PRICES]
    variants.append(("on_time", 0.0, {name: 0.0 for name in of("slip")}))
    owner: dict[str, Array | float] = {}
    for driver in scenario.drivers:
        name = f"{driver.name}.delivery"
        if driver.owner != "c_level" and driver.delivery is None and name in drawn:
            owner[name] = _as_owned(drawn[name])
    variants.append(("owner", 0.0, owner))
    variants = [each for each in variants if each[2]]
    worths = vary(forecast, [each[2] for each in variants], _LEVER_DRAWS)
    peaks: list[dict[str, Array] | None] = [None] * len(variants)
    if terms.limits.max_peak_funding is not None:
        # A peak is convex in prices: between none and the largest cut a straight line is never below it.
        deepest = [cheaper(lever, _MOST_CUT) if lever in _PRICES else variant for lever, _size, variant in variants]
        peaks = [*vary(forecast, deepest, _LEVER_DRAWS, peak_funding)]
    found = [
        _lever(terms, lever, size, option, worth, peak)
        for (lever, size, _variant), worth, peak in zip(variants, worths, peaks, strict=True)
    ]
    # Whether the answer is then clear, on as many draws as it rests on itself: with fewer it would hang on less.
    asked = [i for i, lever in enumerate(found) if lever.turns or recommendation.state == "leaning"]
    if asked:
        sized = [cheaper(found[i].name, found[i].size) if found[i].name in _PRICES else variants[i][2] for i in asked]
        whole = vary(forecast, sized, forecast.draws)
        funds: list[dict[str, Array] | None] = [None] * len(asked)
        if terms.limits.max_peak_funding is not None:
            funds = [*vary(forecast, sized, forecast.draws, peak_funding)]
        for i, worth, funding, variant in zip(asked, whole, funds, sized, strict=True):
            found[i] = replace(found[i], settles=_settles(terms, found[i], worth, funding, variant))
    if forecast.later is not None:
        found.append(_longer(terms, option, later))
    # Of two caps the looser one that turns the answer or makes it clear, else the tighter one, which does most.
    caps = [lever for lever in found if lever.name == "cap"]
    keep = next((lever for lever in caps if lever.turns or lever.settles), caps[-1] if caps else None)
    found = [lever for lever in found if lever.name != "cap" or lever is keep]
    least = 2 * recommendation.mcse
    # What turns the answer to doing nothing, such as a horizon whose funding breaks a limit, is nobody's lever.
    found = [lever for lever in found if lever.gain > least and not (lever.turns and lever.option == "do_nothing")]
    return tuple(sorted(found, key=lambda lever: (not lever.turns, _price(lever), not lever.settles, -lever.gain)))


def _settles(
    terms: Terms,
    lever: Lever,
    worth: Mapping[str, Array],
    peaks: Mapping[str, Array] | None,
    variant: Mapping[str, Array | float],
) -> bool:
    """Whether the answer is clear under other terms: nothing that is tested of it turns it."""
    forecast, now = terms.forecast, terms.recommendation
    chosen, drawn = terms.chosen, forecast.drawn
    values, options = forecast.worths(), {}
    for name, candidate in offered(forecast, chosen).items():
        options[name] = candidate
        if name in terms.options:
            taken = paths_taken(forecast, name, chosen)
            lost = expected({path: (worth[path] < 0).astype(np.float64) for path in taken}, taken)
            moved = replace(
                candidate,
                payoff=candidate.payoff + expected(worth, taken) - expected(values, taken),
                lost=lost,
                p_loss=float(lost.mean()),
            )
            if peaks is not None:
                spent = np.concatenate([peaks[path] for path in taken])
                most = weighted_quantiles(spent, np.concatenate(list(taken.values())), (0.95,))[0]
                by_path = tuple((peaks[path], weight) for path, weight in taken.items())
                moved = replace(moved, peak_funding=most, peaks=by_path)
            options[name] = moved
    parameters = influential(forecast.scenario, drawn) | {
        name: np.broadcast_to(np.asarray(value, float), forecast.draws)
        for name, value in variant.items()
        if name in drawn.uncertain
    }
    weights = weights_without_claims(forecast.scenario, drawn)
    judged = recommend(options, terms.limits, parameters=parameters, claim_weights=weights)
    by_sampling = {flip.name for flip in now.flips if flip.kind == "claim"} & {*judged.untested}
    then = lever.option if lever.turns else now.option
    return judged.state == "clear" and FIRST_STEP[judged.option] == FIRST_STEP[then] and not by_sampling


def _longer(terms: Terms, option: str, later: Mapping[str, float]) -> Lever:
    """Return what counting two more years does: the answer is chosen anew there, with the rule that is best there."""
    forecast, now = terms.forecast, terms.recommendation
    assert forecast.later is not None  # noqa: S101 - the caller asks only with one
    scenario, drawn = forecast.scenario, forecast.drawn
    worth = {path: forecast.worth(path, forecast.later) for path in forecast.options}
    anew = None if terms.chosen is None else policies_of(scenario, forecast.scene, drawn, worth)
    options = candidates(scenario, forecast.later, worth, anew)
    leans = now.state == "leaning"
    judged = recommend(
        options,
        terms.limits,
        parameters=influential(scenario, drawn),
        claim_weights=weights_without_claims(scenario, drawn),
    )
    apart = FIRST_STEP[judged.option] != FIRST_STEP[now.option]
    turns = judged.state != "open" and (now.state == "open" or apart)
    by_sampling = {flip.name for flip in now.flips if flip.kind == "claim"} & {*judged.untested}
    settles = (turns or (leans and not apart)) and judged.state == "clear" and not by_sampling
    told = judged.option if turns or option not in options else option
    gain = later.get(told, float(options[told].payoff.mean())) - now.mean_npv[told]
    return Lever("horizon", float(LATER), gain, judged.option, turns, options[told].p_loss, settles)


def _price(lever: Lever) -> float:
    """Return how much is asked for by a lever that turns the answer; 0 for those that do not."""
    return abs(lever.gain) if lever.turns else 0.0


def _as_owned(values: Array) -> Array:
    """Return delivery as a board member who owns it has it, future by future at the same rank."""
    owned = delivery_prior("c_level")
    ranks = (np.argsort(np.argsort(values, kind="stable"), kind="stable") + 0.5) / values.size
    at = np.linspace(0.0005, 0.9995, 400)
    return np.interp(ranks, at, [quantile(owned, float(q)) for q in at])


def _lever(
    terms: Terms, name: Any, size: float, option: str, worth: Mapping[str, Array], peaks: Mapping[str, Array] | None
) -> Lever:
    deepest = _CUT / _MOST_CUT if name in _PRICES else 1.0
    judged = terms.under(worth, peaks, peak_scale=deepest)
    if name in _PRICES:
        # Costs are linear in prices: the smallest cut of full five per cent that turns the answer, else the simulated.
        for steps in range(1, round(_MOST_CUT / 0.05) + 1):
            tried = terms.under(worth, peaks, 0.05 * steps / _CUT, 0.05 * steps / _MOST_CUT)
            if terms.turns(tried)[1]:
                size, judged = 0.05 * steps, tried
                break
    best, turns = terms.turns(judged)
    # What is told of a lever is told of one option: of the one that then leads, else of the one of page one.
    told = best if turns else option
    gain = judged.means[told] - terms.recommendation.mean_npv[told]
    return Lever(name, size, gain, best, turns, judged.p_loss[told])
