# SPDX-License-Identifier: MIT
"""The recommendation of one forecast: which option to take, how firmly, and what would change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from txsim.decide.choice import recommend
from txsim.decide.flips import levelled, sampled_anew
from txsim.decide.option_paths import acting, option_figures
from txsim.decide.page_one import page_one
from txsim.decide.pilot_rule import rules_of
from txsim.decide.policies import Policies, offered, policies
from txsim.decide.screening import influential
from txsim.decide.sentences import with_sentence
from txsim.decide.settlement import settlement
from txsim.errors import Problem
from txsim.forecast import Forecast
from txsim.forecast.criterion import decision_limits
from txsim.forecast.draws import weights_without_claims
from txsim.forecast.labels import label_of
from txsim.forecast.misfits import remarks_on
from txsim.forecast.plain_numbers import stated_numbers
from txsim.language import Message, lazy
from txsim.results.pilot import Design
from txsim.results.recommendation import Recommendation, Verdict, headline


def advised(forecast: Forecast, *, case: bool = True, view: bool = False) -> Forecast:
    """Return a forecast with what it recommends, what policies pay, and the business case.

    ``case``: whether to add the business case and all that stands on page one beside it, which take longer than the
    course of cumulative present value. ``view``: whether to add what a page needs to answer a reader's own view.
    """
    scenario = forecast.scenario
    chosen = policies(forecast)
    recommendation = advise(forecast, chosen)
    by_policy = {}
    if chosen is not None:
        rules = rules_of(scenario, chosen)
        by_policy = {
            name: replace(option_figures(forecast, name, chosen), rule=rules.get(name, ""))
            for name in acting(chosen, list(recommendation.mean_npv))
            if name not in forecast.options
        }
    with_advice = replace(
        forecast,
        recommendation=recommendation,
        policies=by_policy,
        stated=stated_numbers(scenario),
        warnings=tuple(_placed(remark) for remark in remarks_on(scenario)),
    )
    option = headline(recommendation)
    flow = None
    if case:
        from txsim.decide.case_inputs import with_inputs
        from txsim.decide.cash_flow import cash_flow

        flow = cash_flow(forecast, option, chosen)
    if flow is not None:
        flow = with_inputs(forecast, flow, chosen, with_advice.stated)
    page = page_one(forecast, option, recommendation, chosen, with_advice.stated, whole=case)
    whole = replace(with_advice, cash_flow=flow, page_one=page)
    if not view:
        return whole
    from txsim.decide.own_view import own_view

    return replace(whole, view=own_view(whole, chosen))


def _placed(remark: Problem) -> Message:
    """Return a remark with the key that it is about, without which nobody can follow it."""
    return lazy("`{key}`: {message}", key=remark.path, message=remark.message) if remark.path else remark.message


def verdict_of(forecast: Forecast) -> Verdict:
    """Return what :func:`advise` recommends on a forecast, policies and limits too, without what would turn it."""
    chosen = recommend(offered(forecast, policies(forecast)), decision_limits(forecast.scenario))
    return Verdict(chosen.option, chosen.mean_npv[chosen.option], chosen.too_close)


def advise(
    forecast: Forecast, chosen: Policies | None = None, designs: Sequence[Design] = (), *, claims: bool = True
) -> Recommendation:
    """Return what is recommended on a forecast, by the scenario's criterion.

    ``chosen``: its policies, where they are known already. ``designs``: pilots that were tried, of which the best is
    told where the question is open; by default the stated one. ``claims``: whether each claim is left out in turn;
    draws that were weighed cannot tell, and what they cannot tell is sampled.
    """
    scenario = forecast.scenario
    if chosen is None:
        chosen = policies(forecast)
    options, limits = offered(forecast, chosen), decision_limits(scenario)
    moves = influential(scenario, forecast.drawn)
    recommendation = recommend(
        options,
        limits,
        parameters=moves,
        claim_weights=weights_without_claims(scenario, forecast.drawn) if claims else {},
    )
    recommendation = levelled(recommendation, options, moves, limits)
    if recommendation.state == "open":
        settled = settlement(forecast, options, limits, designs)
        recommendation = replace(recommendation, settlement=settled)
    if recommendation.untested:
        recommendation = sampled_anew(recommendation, scenario, forecast.drawn)
    if chosen is not None:
        rule = rules_of(scenario, chosen).get(recommendation.option, "")
        recommendation = replace(recommendation, rule=rule)
    return with_sentence(
        recommendation,
        scenario.organisation.currency,
        partial(label_of, scenario),
        after_tax=scenario.decision.after_tax,
        taxed=scenario.finance is not None,
    )
