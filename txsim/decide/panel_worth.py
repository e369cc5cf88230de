# SPDX-License-Identifier: MIT
"""What a panel is worth in money: the decision of the scenario that names it, without the data and with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from txsim.decide.advice import advise
from txsim.decide.open_choice import choice_between
from txsim.decide.option_paths import acting, option_figures
from txsim.decide.policies import Policies, offered, policies
from txsim.decide.regression import MOST_DRAWS
from txsim.decide.settlement import worth_knowing
from txsim.errors import InputError
from txsim.forecast import DEFAULT_DRAWS, Forecast, calibration_spec, forecast
from txsim.forecast.criterion import decision_limits
from txsim.language import lazy
from txsim.results.link import DIRECTIONS, Link
from txsim.results.panel_worth import Contribution, DecisionUnder, OptionWorth, PanelWorth
from txsim.results.quantities import Estimate, Interval
from txsim.results.recommendation import headline
from txsim.scenario import Scenario, locate
from txsim.scenario.beliefs import DataFile
from txsim.simulate.points import prefix
from txsim.simulate.statistics import mcse
from txsim.types import Array, Progress

#: Width beside that of before from which data and prior pull apart, rather than two samples of one belief differ.
_WIDER = 1.1


def refuse_without_money(scenario: Scenario) -> None:
    """Refuse a scenario to which no data can be worth anything in money, or nobody knows in which money.

    Raises :class:`InputError` at its place in the file, if the currency is not stated or every parameter is a known
    number.
    """
    if "currency" not in scenario.organisation.model_fields_set:
        message = lazy("the currency is not stated: what the data are worth has no unit")
        raise InputError(locate(scenario, ("organisation",), message, lazy("write `currency: EUR`, or the one it is")))
    if calibration_spec(scenario, data=False).source == "point":
        message = lazy("every parameter is a known number, so that data change nothing")
        raise InputError(locate(scenario, ("priors",), message, lazy("leave out of `priors` what the data are to say")))


def with_worth(
    link: Link,
    scenario: Scenario,
    *,
    named: bool = True,
    draws: int = DEFAULT_DRAWS,
    workers: int = 1,
    progress: Progress | None = None,
) -> Link:
    """Return what a panel says with what it is worth to the scenario that names it.

    Both forecasts are those of ``txsim run``, without `data` and with them, on the same points, so that their
    difference is paired. Where the data cannot say anything, they are worth nothing, and a warning says so.

    ``scenario``: which names the panel (:func:`txsim.panel.scenario_data.naming`). ``named``: whether its file does so
    by itself; otherwise the answer says what to write into it. ``draws``, ``workers``, ``progress``: as for
    :func:`txsim.forecast`. Raises InputError as :func:`refuse_without_money` and :func:`txsim.forecast` do;
    CalibrationError if priors, claims and data give no draws that can be trusted.
    """
    refuse_without_money(scenario)
    if not link.fit.evidence:
        message = lazy("the data cannot say anything, so that they are worth nothing in money to the scenario")
        place = locate(scenario, ("data",) if named else (), message)
        where = f"{Path(place.file).name}:{place.line}" if place.file and place.line and named else ""
        said = lazy("{where}: {message}", where=where, message=message) if where else message
        return replace(link, warnings=(*link.warnings, said))
    contributions = _contributions(link)
    # Directions back and lags are no slopes that anybody would study for money; EX → CX and CX → money are.
    slopes = [evidence.forth for evidence in link.fit.evidence]
    alone, projection = (
        forecast(each, draws=draws, workers=workers, progress=progress)
        for each in (scenario.replaced(data=None), scenario)
    )
    (before, without, _), (after, with_data, option) = (_decision(each, slopes) for each in (alone, projection))
    shared = [name for name in with_data if name in without]
    return replace(
        link,
        worth=PanelWorth(
            scenario.label,
            scenario.hash,
            scenario.organisation.currency,
            scenario.decision.after_tax,
            scenario.horizon_months,
            draws,
            projection.seed,
            option if option in shared else "commit",
            before,
            after,
            {name: _mean(with_data[name] - without[name]) for name in shared},
            contributions,
            "" if named or scenario.data is None else _line(scenario.data),
        ),
    )


def _line(data: DataFile) -> str:
    """Return the line of a scenario that names its data."""
    return f"data: {{file: {data.file}, spec: {data.spec}}}" if data.spec else f"data: {data.file}"


def _mean(values: Array) -> Estimate:
    return Estimate(float(values.mean()), mcse(values, np.mean))


def _decision(projection: Forecast, slopes: list[str]) -> tuple[DecisionUnder, dict[str, Array], str]:
    """Return the decision on a forecast, the payoff ``(draw,)`` of what does something, and the option of figures."""
    scenario = projection.scenario
    chosen = policies(projection)
    recommendation = advise(projection, chosen)
    options = offered(projection, chosen)
    payoffs = {name: options[name].payoff for name in acting(chosen, list(recommendation.mean_npv))}
    kept = prefix(projection.draws, MOST_DRAWS)
    uncertain = projection.drawn.uncertain
    choice = choice_between([options["commit"]], decision_limits(scenario), kept)
    known = worth_knowing(choice, {n: uncertain[n][kept] for n in slopes if n in uncertain})
    decision = DecisionUnder(
        projection.calibration.hash,
        {name: _paid(projection, name, chosen) for name in payoffs},
        recommendation.option,
        recommendation.state,
        recommendation.lead or recommendation.sentence,
        {doubted.name: doubted.posterior_doubt for doubted in projection.summary().links},
        {name: known.get(name, Estimate(0.0, 0.0)) for name in slopes},
    )
    return decision, payoffs, headline(recommendation)


def _paid(projection: Forecast, name: str, chosen: Policies | None) -> OptionWorth:
    """Return what an option pays as ``txsim run`` tells it; of a policy with all branches that it may take."""
    known = projection.figures().options
    option = known[name] if chosen is None or name in known else option_figures(projection, name, chosen)
    after_tax = option.npv_after_tax if projection.scenario.decision.after_tax else None
    return OptionWorth(after_tax or option.npv, option.p_loss)


def _contributions(link: Link) -> dict[str, Contribution]:
    """Return what prior and data contribute to each parameter that the data speak of."""
    if link.prior is None or link.posterior is None:
        return {}
    alone = _alone(link)
    slopes = {*DIRECTIONS, *(each.parameter for each in link.outcomes)}
    rows = {}
    for name, data in alone.items():
        if name not in link.prior or name not in link.posterior:
            continue
        prior, posterior = link.prior[name], link.posterior[name]
        # the data's own interval of the lag holds the panel's prior of it, which is no part of what they say
        width = _width_left(prior, posterior)
        share, most = 1.0 - width**2, 1.0
        if data is not None and name in slopes:
            share, most = _weight(prior, data, posterior), _WIDER
        rows[name] = Contribution(prior, data, posterior, None if width > most else share)
    return rows


def _weight(prior: Interval, data: Interval, posterior: Interval) -> float:
    """Return the share of the precision of both that comes from the data: their weight where both are normal.

    Beliefs about slopes above nought are normal in logarithms. There the data's width is that of their logarithms or,
    where their interval reaches nought, relative to the value that both come to.
    """
    before, alone = (each.p95 - each.p05 for each in (prior, data))
    if prior.p05 > 0:
        before = float(np.log(prior.p95 / prior.p05))
        relative = alone / posterior.median if posterior.median > 0 else np.inf
        alone = min(relative, float(np.log(data.p95 / data.p05)) if data.p05 > 0 else np.inf)
    before, alone = before**2, alone**2
    return float(before / (before + alone)) if before + alone > 0 else 0.0


def _width_left(prior: Interval, posterior: Interval) -> float:
    """Return how wide an interval is beside what it was, in logarithms where both lie above nought."""
    both = (prior, posterior)
    logs = min(each.p05 for each in both) > 0
    before, after = (float(np.log(each.p95 / each.p05)) if logs else each.p95 - each.p05 for each in both)
    return after / before if before > 0 else 1.0


def _alone(link: Link) -> Mapping[str, Interval | None]:
    """Return what the data alone say of each parameter that they inform, in its unit."""
    alone: dict[str, Interval | None] = {}
    for evidence in link.fit.evidence:
        if evidence.forth != DIRECTIONS[0]:
            continue
        for way, ratio in zip(DIRECTIONS, evidence.ratio, strict=True):
            settled = link.settled[way].within_sd
            alone[way] = settled and Interval(
                settled.median / ratio, settled.p05 / ratio, settled.p95 / ratio, settled.p_positive
            )
        if evidence.lag:
            alone[evidence.lag] = None if link.lag is None or link.lag.given else link.lag.months
    return alone | {each.parameter: each.settled for each in link.outcomes if each.in_calibration}
