# SPDX-License-Identifier: MIT
"""From months to a business case: expected benefits by line and costs, by year and as present values.

What customers bring is split among retention, referral, spend, cost to serve and digital leavers by Shapley values of
each month, from every combination of them switched off on the same draws (docs/model.md, section 7).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from txsim.decide.option_paths import paths_taken
from txsim.decide.policies import Policies
from txsim.decide.shares import coalitions, shapley
from txsim.decide.switches import paths_of
from txsim.forecast import Forecast
from txsim.results.cash_flow import CashFlow, CashFlowLine
from txsim.simulate.engine import Outcome, run
from txsim.simulate.layout import Scene
from txsim.simulate.points import prefix
from txsim.types import Array

#: Lines that together are what customers bring; what they are worth after the horizon goes with them.
CUSTOMER_LINES = ("retention", "referral", "spend", "digital_leavers", "cost_to_serve", "margin", "runoff")
#: Draws on which the split among what customers bring rests at most; its sum rests on all.
_SPLIT_DRAWS = 2**11
#: A line under this share of the largest is rounding.
_ROUNDING = 1e-11
_FIELDS = ("profit", "one_off", "running", "leave", "work", "benefit", "time", "absent", "tax")


def cash_flow(forecast: Forecast, option: str, chosen: Policies | None = None) -> CashFlow:
    """Return the business case of an option or policy.

    ``option``: one of ``forecast.options``, ``pilot_then_decide`` or ``commit_review``. ``chosen``: the policies, where
    ``option`` is one.
    """
    weights = paths_taken(forecast, option, chosen)
    months = _months(forecast.scene, weights)
    plan = forecast.scene.plan
    lines = _lines(months)
    lines = _customers(forecast, weights, lines.pop("customers")) | lines
    rest = np.asarray(plan.discount_rest)
    # What is left over when large sums are subtracted is no benefit, and no line of its own.
    dust = _ROUNDING * max(float(np.abs(values).max()) for values in (*months.values(), *lines.values()))
    benefits = [_line(name, value, rest) for name, value in lines.items() if np.any(np.abs(value) > dust)]
    if forecast.scenario.counts_runoff:
        kept = sum(float((w * forecast.outcome.field(path, "runoff")).mean()) for path, w in weights.items())
        years = len(benefits[0].years) if benefits else -(-plan.months // 12)
        if abs(kept) > dust:
            benefits.append(CashFlowLine("runoff", 0.0, (0.0,) * years, 0.0, kept, beyond=kept))
    benefits.sort(key=lambda line: -abs(line.pv))
    one_off = _one_off(-months["one_off"], np.asarray(plan.discount_one_off))
    spent = [one_off, _line("running", -months["running"], rest)]
    if forecast.scenario.decision.after_tax:
        spent.append(_tax(forecast, weights, -months["tax"], rest))
    spent = [line for line in spent if line.total or line.pv]
    net = _sum([*benefits, *spent], -(-plan.months // 12))
    p_scale = None
    if option not in forecast.options:
        p_scale = float(weights[next(p for p in ("pilot_scale", "commit") if p in weights)].mean())
    return CashFlow(option, (*benefits, *spent, net), p_scale)


def _expected(outcome: Outcome, weights: Mapping[str, Array], fields: Sequence[str]) -> dict[str, Array]:
    """Return what is expected ``(month,)`` of each field, less doing nothing."""
    means: dict[str, Array] = {}
    for field in fields:
        nothing = outcome.by_month("do_nothing", field)
        each = [((outcome.by_month(path, field) - nothing) * weight).mean(axis=1) for path, weight in weights.items()]
        means[field] = np.sum(each, axis=0)
    return means


def _months(scene: Scene, weights: Mapping[str, Array]) -> dict[str, Array]:
    paths = ("do_nothing", *weights)
    outcome = run(scene.plan, scene.matrix, paths=paths, monthly=(paths, _FIELDS))
    return _expected(outcome, weights, _FIELDS)


def _lines(months: Mapping[str, Array]) -> dict[str, Array]:
    """Return what benefits are made of ``(month,)``, with all that customers bring in one."""
    staff = {
        "staff_turnover": -months["leave"],
        "productivity": months["work"] - months["time"] - months["absent"],
        "time": months["time"],
        "absence": months["absent"],
    }
    costs = months["one_off"] + months["running"]
    customers = months["profit"] + costs - sum(staff.values()) - months["benefit"]
    return {"customers": customers, **staff, "direct_benefits": months["benefit"]}


def columns_of(scene: Scene, weights: Mapping[str, Array]) -> dict[str, Array]:
    """Return what stands in each line of a business case ``(column,)``, what customers bring in one, ``customers``.

    Undiscounted; the first column is the one-off cost of the first month, then follow the years.

    ``weights``: with what probability ``(draw,)`` each path is taken.
    """
    months = _months(scene, weights)
    spent = {"one_off": -months["one_off"], "running": -months["running"], "tax": -months["tax"]}
    columns = {name: np.array([0.0, *_years(values)]) for name, values in (_lines(months) | spent).items()}
    first = float(spent["one_off"][0])
    columns["one_off"][:2] += first, -first
    return columns


def _customers(forecast: Forecast, weights: Mapping[str, Array], whole: Array) -> dict[str, Array]:
    """Split what customers bring ``(month,)`` among what makes them bring it."""
    switches = paths_of(forecast).customers
    names = list(switches)
    if not names:
        return {"margin" if forecast.scene.plan.pays == "margin" else "retention": whole}
    if len(names) == 1:
        return {names[0]: whole}
    kept = prefix(forecast.draws, _SPLIT_DRAWS)
    matrix = np.ascontiguousarray(forecast.scene.matrix[:, kept])
    few = {path: weight[kept] for path, weight in weights.items()}
    paths = ("do_nothing", *few)
    worth = []
    for members in coalitions(len(names)):
        off = matrix.copy()
        for name, on in zip(names, members, strict=True):
            if not on:
                for row, value in switches[name]:
                    off[row] = value
        outcome = run(forecast.scene.plan, off, paths=paths, monthly=(paths, ("profit",)))
        worth.append(_expected(outcome, few, ("profit",))["profit"])
    parts = shapley(np.stack(worth))
    # The sum rests on all draws: what the split's own draws miss is shared out by size.
    size = np.abs(parts).sum(axis=0)
    share = np.divide(np.abs(parts), size, out=np.full_like(parts, 1 / len(names)), where=size > 0)
    parts = parts + share * (whole - parts.sum(axis=0))
    return dict(zip(names, parts, strict=True))


def _tax(forecast: Forecast, weights: Mapping[str, Array], months: Array, discount: Array) -> CashFlowLine:
    """Return the line of tax; its present value is what the net present value loses to it, the runoff's included."""
    taken = [w * (forecast.npv_after_tax(path) - forecast.npv(path)) for path, w in weights.items()]
    line = _line("tax", months, discount)
    pv = float(np.sum(taken, axis=0).mean())
    beyond = pv - line.pv
    return replace(line, pv=pv, beyond=beyond if abs(beyond) > _ROUNDING * abs(pv) else 0.0)


def _years(values: Array) -> tuple[float, ...]:
    return tuple(float(values[start : start + 12].sum()) for start in range(0, values.size, 12))


def _line(name: str, values: Array, discount: Array) -> CashFlowLine:
    present = _years(values * discount)
    return CashFlowLine(name, 0.0, _years(values), float(values.sum()), float(values @ discount), present)


def _one_off(values: Array, discount: Array) -> CashFlowLine:
    later = values.copy()
    later[0] = 0.0
    total, present = float(values.sum()), _years(later * discount)
    return CashFlowLine("one_off", float(values[0]), _years(later), total, float(values @ discount), present)


def _sum(lines: Sequence[CashFlowLine], years: int) -> CashFlowLine:
    by_year = tuple(float(sum(line.years[i] for line in lines)) for i in range(years))
    initial, total, pv, beyond = (
        float(sum(getattr(line, name) for line in lines)) for name in ("initial", "total", "pv", "beyond")
    )
    return CashFlowLine("net", initial, by_year, total, pv, beyond=beyond)
