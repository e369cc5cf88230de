# SPDX-License-Identifier: MIT
"""The package against the oracle: scenarios in which all is known must give the same figures, month by month."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import txsim
from tests.oracle import generate, generate_more, model, payoff
from tests.oracle.driver import asked, surveyed

SEEDS = range(240)
MORE = range(200)
CHUNK = 40
CLOSE = 1e-9
MONTHLY = (
    "coordination",
    "customers",
    "churn",
    "revenue",
    "serve",
    "leave",
    "work",
    "margin_effect",
    "one_off",
    "running",
    "time",
    "absent",
    "benefit",
    "capacity",
    "capex",
    "depreciation",
)
#: What is added up to a profit: a difference of these is as exact as they are.
PARTS = ("revenue", "serve", "leave", "work", "margin_gain", "one_off", "running", "benefit")
#: Figures of an option here and their names among the package's results.
FIGURES = {
    "pv_cost": "pv_cost",
    "capacity_freed": "capacity_freed",
    "npv_other_bridge": "npv_other",
    "peak_funding": "peak_funding",
    "runoff": "runoff",
    "customers_end": "customers_end",
    "cx_customers": "check_customers",
    "cx_margin": "check_margin",
}


def test_the_oracle_gives_the_reference_case(data: Path) -> None:
    case = json.loads((data / "reference_case/case.json").read_text())
    firm, told = case["organisation"], dict(case["parameters"])
    execution = {name: told.pop(name) for name in ("delivery", "cost_overrun", "slip")}
    told["reach"] = told.pop("reach_support")
    staff = {name: {**group, "meets_customers": name == "front"} for name, group in firm["staff"].items()}
    driver = {key: value for key, value in case["driver"].items() if value is not None}
    data = {
        "organisation": {**firm, "staff": staff, "joins_per_month": firm["joins"]},
        "priors": {**told, "serve_cx": 0.004},
        "drivers": [{**driver, **execution}],
        **{key: case[key] for key in ("pilot", "horizon_months", "discount_rate")},
    }
    for bridge in ("customers", "margin"):
        found = payoff.solve({**data, "bridge": bridge})
        for option, figures in case["results"][bridge].items():
            for name, value in figures.items():
                expected = None if value is None else pytest.approx(value, rel=CLOSE)
                assert found["options"][option][name] == expected, (bridge, option, name)
    for option, months in case["results"]["trajectory"].items():
        for month, figures in months.items():
            for name, value in {**figures, **figures["d"]}.items():
                if name != "d":
                    expected = pytest.approx(value, rel=CLOSE, abs=1e-12)
                    assert found["paths"][option][name][int(month)] == expected, (option, month, name)


def _chunks(seeds: range) -> list[Any]:
    """Return the first seed of each chunk; one chunk is enough for the quick tests."""
    return [pytest.param(first, marks=[] if first == seeds[0] else pytest.mark.slow) for first in seeds[::CHUNK]]


@pytest.mark.parametrize("first", _chunks(SEEDS))
def test_random_scenarios(first: int) -> None:
    for seed in range(first, first + CHUNK):
        _compare(generate.scenario(seed), f"seed {seed}")


@pytest.mark.parametrize("first", _chunks(MORE))
def test_random_scenarios_with_everything(first: int) -> None:
    for seed in range(first, first + CHUNK):
        _compare(generate_more.with_more(seed), f"more, seed {seed}")


def _compare(data: dict[str, Any], where: str) -> None:
    expected = payoff.solve(data)
    text = generate.as_text(data)
    if data.get("terminal") == "runoff" and any(o["npv"] is None for o in expected["options"].values()):
        with pytest.raises(txsim.InputError, match="no finite value"):
            txsim.loads(text)
        return
    found = txsim.forecast(txsim.loads(text), draws=128, trajectories=True)
    assert found.calibration.source == "point", where
    assert set(found.outcome.paths) == {*expected["paths"], "no_rivals"}, where
    for option, path in expected["paths"].items():
        _compare_months(found, data, option, path, where)
        _compare_figures(found, option, path, expected["options"][option], where)
    _compare_summary(found.summary().to_json(), data, expected, where)


def _money(path: dict[str, list[float]]) -> float:
    """Return how much money moves on a path: what its differences are exact to."""
    return max(1.0, sum(abs(value) for name in PARTS for value in path[name]))


def _compare_months(found: Any, data: dict[str, Any], option: str, path: dict[str, list[float]], where: str) -> None:
    fields = {name: path[name] for name in (*model.nodes_of(data), *MONTHLY)}
    fields["profit"] = path[f"profit_{data['bridge']}"]
    fields["tax"] = path["tax"]
    for segment, months in path["segments"].items():
        fields |= {f"{name}.{segment}": months[name] for name in ("customers", "churn", "revenue", "serve")}
    for name, months in fields.items():
        got = found.outcome.by_month(option, name)
        assert np.array_equal(got, np.broadcast_to(got[:, :1], got.shape), equal_nan=True), (where, option, name)
        if not months:
            assert np.isnan(got).all(), (where, option, name, "has figures without what they need")
            continue
        largest = max(map(abs, months))
        if name in ("profit", "margin_effect", "tax"):
            largest = max([1.0, *(abs(value) for part in PARTS for value in path[part])])
        np.testing.assert_allclose(got[:, 0], months, CLOSE, 1e-3 * CLOSE * largest, err_msg=f"{where} {option} {name}")


def _compare_figures(
    found: Any, option: str, path: dict[str, list[float]], figures: dict[str, Any], where: str
) -> None:
    money = _money(path)
    got = {name: float(found.outcome.field(option, field)[0]) for name, field in FIGURES.items()}
    got["npv"] = float(found.npv(option)[0])
    got["npv_after_tax"] = float(found.npv_after_tax(option)[0])
    if found.scenario.decision.after_tax:
        got["runoff"] *= 1.0 - found.scenario.finance.tax_rate
    segments = figures["payoff_by_segment"] or {}
    got |= {name: float(found.outcome.field(option, f"payoff.{name}")[0]) for name in segments}
    got |= {node: float(found.outcome.field(option, node)[0]) for node in figures["delta"]}
    for name, value in {**figures, **figures["delta"], **segments}.items():
        if name not in got or (option == "do_nothing" and name in ("npv", "npv_after_tax")):
            continue
        if value is None or (name in ("cx_customers", "cx_margin") and value == 0 and np.isnan(got[name])):
            assert np.isnan(got[name]) or name == "runoff", (where, option, name)
            continue
        margin = 1e-12 if name in ("pv_cost", "customers_end", *figures["delta"]) else CLOSE * money
        assert got[name] == pytest.approx(value, rel=CLOSE, abs=margin), (where, option, name)
    after_tax = found.scenario.decision.after_tax
    month = float(found.outcome.field(option, "payback_after_tax" if after_tax else "payback")[0])
    if min(abs(np.cumsum(figures["paid_out"]))) > CLOSE * money:  # else rounding decides on which side of 0 it lies
        assert (None if np.isnan(month) else month) == figures["payback"], (where, option)


def _compare_summary(told: dict[str, Any], data: dict[str, Any], expected: dict[str, Any], where: str) -> None:
    json.dumps(told, allow_nan=False)
    money = CLOSE * max(map(_money, expected["paths"].values()))
    for option, figures in told["options"].items():
        want = expected["options"][option]
        assert (figures["runoff"] is None) == (want["runoff"] is None), (where, option)
        assert (figures["npv_other_bridge"] is None) == (want["npv_other_bridge"] is None), (where, option)
        assert (figures["roi"] is None) == (want["roi"] is None), (where, option)
        if want["roi"] is not None:
            assert figures["roi"] == pytest.approx(want["roi"], rel=CLOSE, abs=money / want["pv_cost"]), (where, option)
        assert (figures["payback_month"] is None) == (want["pv_cost"] == 0), (where, option)
        for node, value in want["delta"].items():
            if model.told_index(data, node):
                measured = model.measured(data, node, value)
                got = figures["delta"][node]["measured"]
                assert got["mean"] == pytest.approx(measured, rel=CLOSE, abs=1e-12), (where, option, node)
    for name, value in (("standing_still", told["standing_still"]), ("pv_profit", told["do_nothing"]["pv_profit"])):
        assert (value is None) == (expected[name] is None), (where, name)
        if value is not None:
            assert value["mean"] == pytest.approx(expected[name], rel=CLOSE, abs=money), (where, name)
    check, commit = told["cross_check"], expected["options"]["commit"]
    up, down = commit["cx_customers"], commit["cx_margin"]
    assert (check is None) == (commit["npv_other_bridge"] is None), where
    if check is not None and min(abs(up), abs(down)) > money:
        assert check["ratio"] == pytest.approx(up / down, rel=CLOSE, abs=money / abs(down)), where
        if min(abs(abs(up / down) - edge) for edge in (0.5, 2.0)) > 1e-6:
            assert check["agree"] is bool(check["p_within_factor_2"]) is (0.5 <= up / down <= 2), where
    later = payoff.solve(data, data["horizon_months"] + 24)
    for key, at in (("horizon", expected), ("horizon_plus_24", later)):
        best, value, close, border = payoff.verdict(data, at)
        if border > money:
            assert told["verdict"][key]["option"] == best, (where, key)
            assert told["verdict"][key]["too_close"] == close, (where, key)
            assert told["verdict"][key]["mean_npv"] == pytest.approx(value, rel=CLOSE, abs=money), (where, key)


#: What the random scenarios must contain, each in at least three of them.
FEATURES: dict[str, Callable[[dict[str, Any]], bool]] = {
    "no staff": lambda d: not d["organisation"]["staff"],
    "four groups": lambda d: len(d["organisation"]["staff"]) == 4,
    "several groups inside": lambda d: len(_inside(d)) > 1,
    "reach stated": lambda d: any("reach" in g for g in _inside(d)),
    "reach from the prior": lambda d: any("reach" not in g for g in _inside(d)),
    "nobody meets customers": lambda d: len(_inside(d)) == len(d["organisation"]["staff"]) > 0,
    "edge off": lambda d: "off" in d.get("edges", {}).values(),
    "edge re-scaled": lambda d: any(isinstance(f, float) and f > 0 for f in d.get("edges", {}).values()),
    "own node per group": lambda d: any(node.get("per_group") for node in d["graph"].get("nodes", [])),
    "own edge from coordination": lambda d: any(e["source"] == "coordination" for e in d["graph"].get("edges", [])),
    "negative slope": lambda d: any(edge["slope"] < 0 for edge in d["graph"].get("edges", [])),
    "a scale where less is better": lambda d: any(
        isinstance(p["scale"], dict) and p["scale"]["worst"] > p["scale"]["best"] for p in _pushes(d)
    ),
    **{f"effect in {name}": lambda d, n=name: any(p["scale"] == n for p in _pushes(d)) for name in generate.NAMED},
    "measure stated": lambda d: any(
        isinstance(b, dict) and "measure" in b for b in d["organisation"]["index"].values()
    ),
    "baseline left out": lambda d: any(model.told_index(d, node) is None for node in model.nodes_of(d)),
    "baselines per group": lambda d: any(name.startswith("ex[") for name in d["organisation"]["index"]),
    "several drivers": lambda d: len(d["drivers"]) > 1,
    "drivers with different starts": lambda d: len({driver["start"] for driver in d["drivers"]}) > 1,
    "driver that ends": lambda d: any("months" in driver for driver in d["drivers"]),
    "no fading": lambda d: any(driver.get("fade") == 0 for driver in d["drivers"]),
    "coordination": lambda d: any("coordination" in driver for driver in d["drivers"]),
    "delivered effect": lambda d: any(p.get("effect_basis") == "delivered" for p in _pushes(d)),
    "huge push": lambda d: any(abs(p["effect"] * model.points_per_unit(p["scale"])) > 60 for p in _pushes(d)),
    "negative effect": lambda d: any(p["effect"] * model.points_per_unit(p["scale"]) < 0 for p in _pushes(d)),
    "heads stated": lambda d: any("heads" in x and x.get("per_head_monthly", 0) > 0 for x in d["drivers"]),
    "heads summed": lambda d: any("heads" not in x and x.get("per_head_monthly", 0) > 0 for x in d["drivers"]),
    "no pilot": lambda d: "pilot" not in d,
    **{f"decision after {m}": lambda d, m=m: d.get("pilot", {}).get("decision_months") == m for m in range(4)},
    "survey": lambda d: d.get("pilot", {}).get("respondents", 0) * d.get("pilot", {}).get("cost_per_response", 0) > 0,
    "more asked than there are": lambda d: (
        d.get("pilot", {}).get("cost_per_response", 0) > 0
        and d["pilot"].get("respondents", 0) > d["pilot"]["scope"] * max(asked(d, n) for n in surveyed(d))
    ),
    "one wave": lambda d: d.get("pilot", {}).get("waves") == 1,
    "rivals": lambda d: "rivals" in d,
    "season": lambda d: "season" in d["organisation"],
    "cost to serve": lambda d: "cost_per_contact" in d["organisation"],
    "productivity": lambda d: d["organisation"].get("productivity_ex", 0) > 0 and bool(d["organisation"]["staff"]),
    **{f"{n} interactions": lambda d, n=n: d["organisation"].get("digital_interactions") == n for n in range(7)},
    "always bad": lambda d: d["organisation"].get("digital_bad") == 1,
    "everybody leaves": lambda d: d["organisation"].get("churn_per_month", 0) > 0.9,
    "joins stated": lambda d: "joins_per_month" in d["organisation"],
    "margin bridge without customers": lambda d: "customers" not in d["organisation"],
    "margin bridge with customers": lambda d: d["bridge"] == "margin" and "customers" in d["organisation"],
    "annual": lambda d: d.get("convention") == "annual",
    "run-off counts": lambda d: d.get("terminal") == "runoff" and d["bridge"] == "customers",
    "one month": lambda d: d["horizon_months"] == 1,
    "the longest horizon": lambda d: d["horizon_months"] == 240,
    "limits": lambda d: bool({"max_peak_funding", "max_p_loss"} & set(d.get("decision", {}))),
}


def _inside(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [group for group in data["organisation"]["staff"].values() if not group.get("meets_customers", True)]


def _pushes(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [push for driver in data["drivers"] for push in driver["pushes"]]


def test_random_scenarios_contain_everything() -> None:
    made = [generate.scenario(seed) for seed in SEEDS]
    seldom = [name for name, has in FEATURES.items() if sum(map(has, made)) < 3]
    assert not seldom
    for data in made[:20]:
        assert yaml.safe_load(generate.as_text(data)) == data
