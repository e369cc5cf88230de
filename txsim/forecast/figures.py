# SPDX-License-Identifier: MIT
"""The figures of a forecast that people read: what each option pays, the verdict, and what doing nothing means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from txsim.forecast.criterion import Candidate, ahead, allowed, decision_limits
from txsim.forecast.worth import has_margin, revenue_margin, tax_rate
from txsim.results.quantities import CUSTOMERS, MONEY, MONTHS, POINTS, SHARE, Distribution, Estimate, Unit
from txsim.results.recommendation import Verdict
from txsim.results.run import CrossCheck, Delta, DoNothing, Figures, Measured, Option, Payback
from txsim.simulate.engine import Outcome
from txsim.simulate.plan import RESULT_FIELDS
from txsim.simulate.points import BATCHES
from txsim.simulate.statistics import losses, mcse, p_loss, quantiles, summaries, summary, tail_means
from txsim.types import Array

if TYPE_CHECKING:
    from txsim.forecast.result import Forecast

#: Months beyond the horizon at which the verdict is looked at once more.
LATER = 24
_FACTOR = 2.0
#: Probability below which the bridges are said to disagree (docs/model.md, section 5).
_AGREE = 0.3


#: Units of what is kept draw by draw; all else is money.
_UNITS = {
    "payback": MONTHS,
    "payback_after_tax": MONTHS,
    "customers_end": CUSTOMERS,
    "customers": CUSTOMERS,
    "delta": POINTS,
    "deviation": POINTS,
    "churn": Unit("share a month"),
    "coordination": SHARE,
}


def unit_of(name: str) -> str:
    """Return the unit of a payoff or of a monthly field, ``currency`` for money."""
    return _UNITS.get(name, MONEY).name


def figures_of(forecast: Forecast) -> Figures:
    """Return the figures that a scenario's own draws decide, in the units of docs/schema.md."""
    verdict = {"horizon": _verdict(forecast, forecast.outcome)}
    if forecast.later is not None:
        verdict[f"horizon_plus_{LATER}"] = _verdict(forecast, forecast.later)
    summarised, risks = _summaries(forecast), _risks(forecast)
    options = {option: _option(forecast, option, summarised[option], risks[option]) for option in forecast.options}
    return Figures(options, verdict, _do_nothing(forecast), _standing_still(forecast), _cross_check(forecast))


def _summaries(forecast: Forecast) -> dict[str, dict[str, tuple[float, ...]]]:
    """Summaries by option and quantity, in the order of ``STATISTICS``; ``npv`` as :meth:`Forecast.npv` counts it."""
    names = ("npv", "npv_other", "pv_cost", "peak_funding", "runoff")
    places = [RESULT_FIELDS.index(name) for name in names]
    places += range(len(RESULT_FIELDS), len(RESULT_FIELDS) + len(forecast.outcome.nodes))
    paths = [forecast.outcome.paths.index(option) for option in forecast.options]
    values = forecast.outcome.result[np.ix_(paths, places)]
    values[:, 0] = [forecast.npv(option) for option in forecast.options]
    if forecast.scenario.decision.after_tax:
        values[:, names.index("runoff")] *= 1.0 - tax_rate(forecast.scenario)
    return {
        option: {name: tuple(figures) for name, figures in zip((*names, *forecast.outcome.nodes), each, strict=True)}
        for option, each in zip(forecast.options, summaries(values).tolist(), strict=True)
    }


def _risks(forecast: Forecast) -> dict[str, dict[str, Estimate]]:
    """Probability of a loss and the mean of the worst 5 %, each with its Monte Carlo error, by option."""
    values = np.stack([forecast.worth(option) for option in forecast.options])
    batches = values.reshape(len(forecast.options), BATCHES, -1)
    spread = np.ptp(values, axis=-1) > 0
    risks: dict[str, dict[str, Estimate]] = {option: {} for option in forecast.options}
    for name, statistic in (("p_loss", losses), ("cvar05", tail_means)):
        level = statistic(values)
        error = np.where(spread, statistic(batches).std(axis=-1, ddof=1) / np.sqrt(BATCHES), 0.0)
        for i, option in enumerate(forecast.options):
            risks[option][name] = Estimate(float(level[i]), float(error[i]))
    return risks


def delta_of(forecast: Forecast, node: str, distribution: Distribution) -> Delta:
    """Return how far a node is from its baseline in the last month, index points, and as it is measured."""
    mean, sd, median, p05, p95, error = (
        distribution.mean,
        distribution.sd,
        distribution.median,
        distribution.p05,
        distribution.p95,
        distribution.mcse,
    )
    points = Delta(mean, sd, median, p05, p95, error)
    baseline = forecast.scenario.baseline(node)
    if baseline is None:
        return points
    scale = baseline.scale
    mean, sd, median, p05, p95, error = (
        scale.points_to_difference(value) for value in (mean, sd, median, p05, p95, error)
    )
    if scale.points_per_unit < 0:
        sd, p05, p95, error = -sd, p95, p05, -error
    return replace(points, measured=Measured(scale.name, scale.unit, mean, sd, median, p05, p95, error))


def _option(
    forecast: Forecast, option: str, figures: Mapping[str, tuple[float, ...]], risks: Mapping[str, Estimate]
) -> Option:
    npv, cost = Distribution(*figures["npv"]), Distribution(*figures["pv_cost"])
    both = forecast.scene.plan.customers and forecast.scene.plan.margin
    runs_off = forecast.scenario.bridge == "customers" and _runs_off(forecast, option)
    after_tax = npv if forecast.scenario.finance is None else Distribution(**summary(forecast.npv_after_tax(option)))
    mean = after_tax.mean if forecast.scenario.decision.after_tax else npv.mean
    return Option(
        npv=npv,
        npv_after_tax=after_tax,
        capacity_freed=_freed(forecast, option),
        payoff_by_segment=_by_segment(forecast, option),
        npv_other_bridge=Distribution(*figures["npv_other"]) if both else None,
        pv_cost=cost,
        roi=mean / cost.mean if cost.mean > 0 else None,
        payback_month=_payback(forecast, option),
        peak_funding=Distribution(*figures["peak_funding"]),
        p_loss=risks["p_loss"],
        cvar05=risks["cvar05"],
        runoff=Distribution(*figures["runoff"]) if runs_off else None,
        delta={node: delta_of(forecast, node, Distribution(*figures[node])) for node in forecast.outcome.nodes},
    )


def _freed(forecast: Forecast, option: str) -> Distribution:
    if not forecast.scene.plan.extended:
        return Distribution(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    return Distribution(**summary(forecast.outcome.field(option, "capacity_freed")))


def _by_segment(forecast: Forecast, option: str) -> dict[str, Distribution] | None:
    """Return each segment's part of the payoff, before tax and programme cost; the margin bridge has none."""
    plan = forecast.scene.plan
    if not plan.segments or plan.pays == "margin":
        return None
    return {name: Distribution(**summary(forecast.outcome.field(option, f"payoff.{name}"))) for name in plan.segments}


def _runs_off(forecast: Forecast, option: str) -> bool:
    return bool(np.isfinite(forecast.outcome.field(option, "runoff")).all())


def _payback(forecast: Forecast, option: str) -> Payback | None:
    if not forecast.outcome.field(option, "pv_cost").mean() > 0:
        return None
    after_tax = forecast.scenario.decision.after_tax
    month = forecast.outcome.field(option, "payback_after_tax" if after_tax else "payback")
    within = np.isfinite(month)
    given = float(month[within].mean()) if within.any() else None
    return Payback(*payback_levels(month), float(within.mean()), given)


def payback_levels(months: Array) -> tuple[float | None, float | None, float | None]:
    """Return the month in which 5, 50 and 95 % of ``(draw,)`` futures have paid back; ``None`` where fewer ever do."""
    ordered = np.sort(np.where(np.isfinite(months), months, np.inf))
    first = (float(ordered[min(int(q * ordered.size), ordered.size - 1)]) for q in (0.05, 0.5, 0.95))
    low, middle, high = (month if np.isfinite(month) else None for month in first)
    return low, middle, high


def _verdict(forecast: Forecast, outcome: Outcome) -> Verdict:
    """Choose by the scenario's criterion among doing nothing, committing, and piloting before scaling."""
    limits = decision_limits(forecast.scenario)
    candidates = {"do_nothing": Candidate(np.zeros(forecast.draws), 0.0, 0.0)}
    for option in ("commit", "pilot_scale"):
        if option in forecast.options:
            worth = forecast.worth(option, outcome)
            # worked out only where it limits anything: ten thousand forecasts of a batch do not ask
            loss = 0.0 if limits.max_p_loss is None else p_loss(worth)
            peaks = outcome.field(option, "peak_funding")
            peak = 0.0 if limits.max_peak_funding is None else quantiles(peaks, (0.95,))[0]
            cost = float(outcome.field(option, "pv_cost").mean())
            candidates[option] = Candidate(worth, loss, peak, cost)
    possible = {option: candidates[option] for option in allowed(candidates, limits)}
    best = max(possible, key=lambda option: float(possible[option].payoff.mean()))
    chosen = possible[best]
    close = False
    for option, other in possible.items():
        gap = chosen.payoff - other.payoff
        material = limits.between(chosen, other)
        close |= option != best and not ahead(float(gap.mean()), mcse(gap, np.mean), material)
    return Verdict(best, float(chosen.payoff.mean()), close)


def _do_nothing(forecast: Forecast) -> DoNothing:
    value = forecast.outcome.field("do_nothing", "pv_profit")
    plan = forecast.scene.plan
    profit: Distribution | None = Distribution(**summary(value))
    if plan.pays == "margin":
        profit = (
            Distribution(**summary(value + revenue_margin(forecast.scene))) if has_margin(forecast.scenario) else None
        )
    customers = None
    if plan.customers:
        customers = Distribution(**summary(forecast.outcome.field("do_nothing", "customers_end")))
    return DoNothing(customers, profit)


def _standing_still(forecast: Forecast) -> Distribution | None:
    if forecast.scenario.rivals is None:
        return None
    with_rivals, without = (forecast.outcome.field(path, "pv_profit") for path in ("do_nothing", "no_rivals"))
    return Distribution(**summary(with_rivals - without))


def _cross_check(forecast: Forecast) -> CrossCheck | None:
    """Compare the CX part alone on both bridges (docs/model.md, section 5)."""
    if not (forecast.scene.plan.customers and forecast.scene.plan.margin):
        return None
    up, down = forecast.outcome.field("commit", "check_customers"), forecast.outcome.field("commit", "check_margin")
    both = (np.abs(down) > 0) & (np.abs(up) > 0)
    quotient = np.divide(up, down, out=np.zeros_like(up), where=both)
    agree = float(np.mean((quotient >= 1 / _FACTOR) & (quotient <= _FACTOR))) if both.any() else None
    ratio = float(up.mean() / down.mean()) if down.mean() != 0 else None
    return CrossCheck(
        Distribution(**summary(up)),
        Distribution(**summary(down)),
        ratio,
        agree,
        None if agree is None else agree >= _AGREE,
    )
