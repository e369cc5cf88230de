# SPDX-License-Identifier: MIT
"""Seven known cases of sections 11 to 16 of docs/model.md, worked out by others: the package and the oracle, 1e-9."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import txsim
from tests.oracle import payoff

CASES = (
    "1_benefits",
    "2_tools_per_group",
    "3_tires",
    "4_time_and_absence",
    "5_segments",
    "6_costs_and_tax",
    "7_all",
)
#: What is a difference of large sums is as exact as they are: revenue of a month, and of the horizon.
MONTH, HORIZON = 1e6, 1e7
OF_MONTH = ("profit", "margin_effect", "tax", "payoff")


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest, data: Path) -> dict[str, Any]:
    return json.loads((data / f"reference_case_3/{request.param}.json").read_text())


def close(value: float | None, told: float | None, where: object, size: float = 1.0) -> None:
    if value is not None and np.isnan(value):
        value = None
    assert value == (None if told is None else pytest.approx(told, rel=1e-9, abs=1e-9 * size)), where


def months_of(told: dict[str, Any]) -> list[tuple[int, str, float]]:
    """Return what a case tells by month, as month, name and value."""
    found = []
    for month, fields in told["months"].items():
        plain = {name: value for name, value in fields.items() if name not in ("d", "segments", "cost")}
        by_segment = {
            f"{name}.{segment}": value
            for segment, figures in fields.get("segments", {}).items()
            for name, value in figures.items()
        }
        found += [(int(month), name, value) for name, value in (plain | fields["d"] | by_segment).items()]
    return found


def test_the_package(case: dict[str, Any]) -> None:
    scenario = txsim.loads(json.dumps(case["scenario"]))
    forecast = txsim.forecast(scenario, draws=128, trajectories=True)
    assert forecast.calibration.source == "point"
    outcome, summary = forecast.outcome, forecast.summary()
    kept = 1.0 - (scenario.finance.tax_rate if scenario.decision.after_tax else 0.0)
    for option, told in case["expected"].items():

        def field(name: str, option: str = option) -> float:
            return float(outcome.field(option, name)[0])

        where = (case["case"], option)
        for name in ("pv_cost", "capacity_freed", "peak_funding", "customers_end"):
            close(field(name), told[name], (*where, name))
        if option != "do_nothing":
            close(field("npv"), told["npv"], where, HORIZON)
            close(field("npv_after_tax"), told["npv_after_tax"], where, HORIZON)
            figures = summary.options[option]
            close(figures.npv.mean, told["npv"], where, HORIZON)
            close(figures.npv_after_tax.mean, told["npv_after_tax"], where, HORIZON)
            close(figures.roi, told["roi"], where, HORIZON / told["pv_cost"])
            assert figures.payback_month.median == told["payback"], where
            assert set(figures.payoff_by_segment or {}) == set(told["payoff_by_segment"] or {})
        close(kept * field("runoff"), told["runoff"], where, HORIZON)
        for name, value in (told["payoff_by_segment"] or {}).items():
            close(field(f"payoff.{name}"), value, (*where, name), HORIZON)
            close(field(f"runoff.{name}"), told["runoff_by_segment"][name], (*where, name), HORIZON)
        for month, name, value in months_of(told):
            by_month = outcome.by_month(option, name)[:, 0]
            found = np.diff(by_month, prepend=0.0) if name == "payoff" else by_month
            close(float(found[month]), value, (*where, month, name), MONTH if name in OF_MONTH else 1.0)


def test_the_oracle(case: dict[str, Any]) -> None:
    data = case["scenario"]
    solved = payoff.solve(data)
    for option, told in case["expected"].items():
        figures, path, where = solved["options"][option], solved["paths"][option], (case["case"], option)
        for name in ("npv", "npv_after_tax", "runoff"):
            close(figures[name], told[name], (*where, name), HORIZON)
        for name in ("pv_cost", "capacity_freed", "peak_funding", "customers_end", "payback"):
            close(figures[name], told[name], (*where, name))
        tax = payoff.taxes(data, path, figures["payoff"], data["horizon_months"])
        close(tax["life"], told["tax_whole_life"], where, HORIZON)
        close(sum(tax["all"]), told["depreciation_whole_life"], where)
        for name, value in (told["payoff_by_segment"] or {}).items():
            close(figures["payoff_by_segment"][name], value, (*where, name), HORIZON)
        for month, name, value in months_of(told):
            if "." in name:
                kind, segment = name.split(".")
                found = path["segments"][segment][kind]
            else:
                key = f"profit_{data['bridge']}" if name == "profit" else name
                found = figures["payoff"] if name == "payoff" else path[key]
            close(found[month], value, (*where, month, name), MONTH if name in OF_MONTH else 1.0)
