# SPDX-License-Identifier: MIT
"""The recommendation of one forecast: which option to take, how firmly, and what would change it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from txsim.decide.cash_flow import cash_flow
from txsim.decide.choice import recommend
from txsim.decide.pilot_rule import rules_of
from txsim.decide.policies import Policies, candidates, policies
from txsim.decide.sentences import with_sentence
from txsim.forecast import Draws, Forecast, calibration_spec
from txsim.forecast.criterion import limits_of
from txsim.forecast.labels import label_of
from txsim.inference.influence import claim_weights
from txsim.results.recommendation import Recommendation
from txsim.scenario import Scenario
from txsim.types import Array

__all__ = ["advise", "advised", "weights_of"]


def weights_of(scenario: Scenario, drawn: Draws) -> dict[str, Array]:
    """Return for each claim the weights ``(draw,)`` that turn a scenario's draws into those without it."""
    if drawn.calibration.source != "mcmc":
        return {}
    found = claim_weights(calibration_spec(scenario), drawn.calibration)
    if not found:
        return {}
    return dict(zip(found, drawn.from_posterior(np.stack(list(found.values()))), strict=True))


def advised(forecast: Forecast, *, case: bool = True) -> Forecast:
    """Return a forecast with what it recommends and, if wanted, the business case of that, which takes longer."""
    chosen = policies(forecast)
    recommendation = advise(forecast, chosen)
    flow = None
    if case:
        means = recommendation.mean_npv
        acting = max((name for name in means if name != "do_nothing"), key=means.__getitem__)
        option = acting if recommendation.option == "do_nothing" else recommendation.option
        flow = cash_flow(forecast, option, chosen)
    return replace(forecast, recommendation=recommendation, cash_flow=flow)


def advise(forecast: Forecast, chosen: Policies | None = None) -> Recommendation:
    """Return what is recommended on a forecast, by the scenario's criterion.

    Parameters
    ----------
    forecast
        Of one scenario.
    chosen
        Its policies, where they are known already.
    """
    scenario = forecast.scenario
    values = {path: forecast.worth(path) for path in forecast.options}
    if chosen is None:
        chosen = policies(forecast)
    recommendation = recommend(
        candidates(scenario, forecast.outcome, values, chosen),
        limits_of(scenario),
        parameters=forecast.drawn.uncertain,
        claim_weights=weights_of(scenario, forecast.drawn),
    )
    if chosen is not None:
        rule = rules_of(scenario, chosen).get(recommendation.option, "")
        recommendation = replace(recommendation, rule=rule)
    return with_sentence(recommendation, scenario.organisation.currency, partial(label_of, scenario))
