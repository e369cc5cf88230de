# SPDX-License-Identifier: MIT
"""The work itself: scenarios and a calibration in, figures out. What runs on every worker, near or far.

A scenario's figures depend on nothing but the scenario, the calibration and the settings: not on the worker, not on the
other scenarios of the chunk.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np

from txsim.batch.work_plan import fault_of, problems_of
from txsim.errors import StoreError
from txsim.forecast import Draws, Forecast, all_quantities, draw, forecast_from, outside_parameters, parameters_for
from txsim.inference import Calibration
from txsim.printable import well_formed
from txsim.scenario import Scenario
from txsim.simulate.points import sample_points
from txsim.simulate.quantities import copulas
from txsim.simulate.statistics import STATISTICS
from txsim.types import Array

#: Numbers of one row of results.
COLUMNS = ("value", *STATISTICS)
#: Most numbers held for each draw of a scenario at a time, measured on the shipped scenarios.
_NUMBERS_PER_DRAW = 500
_row_of = attrgetter("mean", *STATISTICS)
#: Option, metric, unit.
Label = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Task:
    """Some scenarios of one calibration."""

    number: int  #: Which chunk this is.
    calibration: str  #: Key of the calibration.
    #: ``keys``, ``scenarios``, ``seeds``: One entry each per scenario.
    keys: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    seeds: tuple[int, ...]
    #: ``draws``, ``keep_draws``: As in :class:`~txsim.batch.work_plan.Settings`.
    draws: int
    keep_draws: bool


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came out for one key."""

    key: str  #: Which one.
    labels: tuple[Label, ...]  #: Option, metric and unit of each row.
    values: Array  #: ``(row, column)``, columns as :data:`COLUMNS`; NaN where there is no such figure.
    facts: dict[str, Any]  #: What is said once for a scenario: the verdict, the currency, draws that were impossible.
    npv: Array  #: ``(option, draw)`` where draws are kept, else empty.
    #: Why there are no figures, each with ``message, file, line, column, path, hint``; empty for success.
    problems: tuple[dict[str, Any], ...] = ()
    #: Kind of the failure, see :class:`~txsim.batch.work_plan.Failure`; what is not ``simulation`` may go well another
    #: time.
    kind: str = "simulation"
    traceback: str = ""  #: Of a fault, under ``TXSIM_DEBUG``.


def bytes_in_flight(draws: int) -> int:
    """Return about how many bytes one scenario takes while it is simulated: what the kernel reads, writes and sorts."""
    return 8 * draws * _NUMBERS_PER_DRAW


def simulate(task: Task, calibration: Calibration) -> list[CaseResult]:
    """Simulate the scenarios of a task, one after the other."""
    parameters: dict[tuple[int, ...], tuple[Any, dict[str, Array]]] = {}
    results = []
    for key, scenario, seed in zip(task.keys, task.scenarios, task.seeds, strict=True):
        quantities = all_quantities(scenario)
        try:
            if scenario.pilots is None:
                drawn, along = sample_points(quantities, copulas(scenario), task.draws, seed, share=True)
                space = (len(quantities), seed)
                if space not in parameters:
                    if len(parameters) >= 4:  # structures come in runs, and each set of draws is large
                        parameters.clear()
                    parameters[space] = (along, parameters_for(calibration, along))
                own = outside_parameters(scenario, calibration, task.draws, seed)
                draws = Draws(calibration, drawn, parameters[space][1] | own, seed, task.draws, along)
            else:  # what its pilots measured is its own
                draws = draw(scenario, calibration, draws=task.draws, seed=seed)
            made = forecast_from(scenario, draws, quantities)
            labels, values, facts = _flat(made)
        except StoreError:
            raise
        except Exception as error:  # one scenario stops no other
            kind, known, trace = fault_of(error, well_formed(scenario.source))
            kind = "simulation" if kind == "input" else kind
            nothing = np.empty((0, len(COLUMNS)))
            results.append(CaseResult(key, (), nothing, {}, np.empty((0, 0)), problems_of(known), kind, trace))
            continue
        npv = np.stack([made.npv(option) for option in made.options]) if task.keep_draws else np.empty((0, 0))
        results.append(CaseResult(key, labels, values, facts, npv))
    return results


def _flat(made: Forecast) -> tuple[tuple[Label, ...], Array, dict[str, Any]]:
    """Return the figures of a forecast as rows, and what is said once."""
    figures = made.figures()
    money = made.scenario.organisation.currency
    labels: list[Label] = []
    rows: list[tuple[float, ...]] = []
    nan = math.nan

    def distribution(option: str, metric: str, unit: str, summary: Any) -> None:
        if summary is not None:
            labels.append((option, metric, unit))
            rows.append(_row_of(summary))

    def number(option: str, metric: str, unit: str, value: float | None, mcse: float = nan) -> None:
        if value is not None:
            labels.append((option, metric, unit))
            rows.append((value, nan, nan, nan, nan, nan, mcse))

    for option, outcome in figures.options.items():
        for metric in ("npv", "npv_other_bridge", "pv_cost", "peak_funding", "runoff"):
            distribution(option, metric, money, getattr(outcome, metric))
        if made.scene.plan.extended:
            distribution(option, "npv_after_tax", money, outcome.npv_after_tax)
            distribution(option, "capacity_freed", money, outcome.capacity_freed)
            for segment, part in (outcome.payoff_by_segment or {}).items():
                distribution(option, f"payoff_by_segment.{segment}", money, part)
        number(option, "roi", "ratio", outcome.roi)
        for metric, unit, risk in (("p_loss", "share", outcome.p_loss), ("cvar05", money, outcome.cvar05)):
            number(option, metric, unit, risk.value, risk.mcse)
        payback = outcome.payback_month
        if payback is not None:
            middle, low, high = (
                nan if month is None else month for month in (payback.median, payback.p05, payback.p95)
            )
            labels.append((option, "payback_month", "month"))
            rows.append((middle, nan, nan, middle, low, high, nan))
            number(option, "payback_month.p_within_horizon", "share", payback.p_within_horizon)
            number(option, "payback_month.given_payback", "month", payback.given_payback)
        for node, points in outcome.delta.items():
            distribution(option, f"delta.{node}", "index points", points)
            measured = points.measured
            if measured is not None and measured.scale not in ("index", "percent"):
                distribution(option, f"measured.{node}", measured.unit, measured)
    for metric, unit in (("customers_end", "customers"), ("pv_profit", money)):
        distribution("do_nothing", metric, unit, getattr(figures.do_nothing, metric))
    distribution("do_nothing", "standing_still", money, figures.standing_still)
    check = figures.cross_check
    if check is not None:
        for name in ("customers", "margin"):
            distribution("commit", f"cross_check.{name}", money, getattr(check, name))
        number("commit", "cross_check.ratio", "ratio", check.ratio)
        number("commit", "cross_check.p_within_factor_2", "share", check.p_within_factor_2)
    verdict = figures.verdict["horizon"]
    facts = {
        "verdict": verdict.option,
        "mean_npv": verdict.mean_npv,
        "too_close": verdict.too_close,
        "impossible_draws": made.scene.impossible,
        "options": list(made.options),
        "currency": money,
        "horizon_months": made.scenario.horizon_months,
        "discount_rate": made.scenario.discount_rate,
        "bridge": made.scenario.bridge,
    }
    return tuple(labels), np.array(rows, dtype=np.float64), facts
