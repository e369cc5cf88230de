# SPDX-License-Identifier: MIT
"""Sensitivity, paths, what-if, differences and portfolios against other routes to the same figures."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import factorial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from txsim.decide import evpi, evppi
from txsim.decide.comparison import compare
from txsim.decide.path_attribution import explain
from txsim.decide.policies import policies
from txsim.decide.programmes import portfolio
from txsim.decide.sensitivity import analyse_sensitivity, groups_of
from txsim.decide.waterfall import StoredResult, changed, explain_difference
from txsim.decide.whatif import parse_axis, whatif
from txsim.errors import InputError
from txsim.forecast import Forecast, forecast
from txsim.priors.catalogue import calibration_parameters
from txsim.priors.moments import median
from txsim.scenario import Scenario, load, loads

FIRM = """
title: Known
organisation:
  currency: EUR
  index: {ex: 50, cx: 60, ux_employee: 40, ux_customer: 45, mx: 50}
  staff: {front: {headcount: 100, turnover_per_year: 0.3, salary_per_year: 30000}}
  customers: 4000
  churn_per_month: 0.02
  arpu_per_month: 200
  contribution_margin: 0.3
  contacts_per_month: 1.5
  cost_per_contact: 4
drivers:
  - name: desk
    pushes: [{node: ex, effect: 8, months: 3}]
    delivery: 0.5
    cost_overrun: 1.2
    slip: 0
    one_off: 20000
    monthly: 500
horizon_months: 24
discount_rate: 0.12
evidence: {use: none}
"""


def known(text: str = FIRM, **beliefs: float) -> Scenario:
    """Return the scenario with every parameter known, at the median of its prior, so that each draw is the same."""
    told = {name: max(median(prior), 0.001) for name, prior in calibration_parameters().items()} | beliefs
    return loads(text + "priors:\n" + "".join(f"  {name}: {value:.6g}\n" for name, value in told.items()))


def worth(scenario: Scenario, option: str = "commit", **options: Any) -> float:
    return float(forecast(scenario, **{"draws": 128} | options).npv(option).mean())


# ---------------------------------------------------------------- sensitivity


def test_each_parameter_belongs_to_its_group() -> None:
    expected = {
        "experience": ("ex_cx", "tools_ex", "coordination_uplift", "replacement"),
        "lags": ("lag_tools", "lag_people", "margin_lag", "lag_of_ours"),
        "money": (
            *("churn_cx", "referral_cx", "spend_cx", "serve_cx", "digital_leave", "cx_margin", "attrition_ex"),
            "replacement_cost",
        ),
        "effect": ("a.pushes[0].effect", "b.pushes[1].effect", "a.coordination.to"),
        "execution": ("a.delivery", "a.cost_overrun", "a.slip", "b.slip"),
        "rivals": ("rival_gain", "copy", "rivals.share", "rivals.months"),
        "firm": (
            *("customers", "churn_per_month", "joins_per_month", "arpu_per_month", "revenue_per_month", "coordination"),
            *("contribution_margin", "digital_bad", "contacts_per_month", "cost_per_contact", "productivity_ex"),
            *("arpu_growth", "cost_growth", "staff.front.headcount", "index.cx", "a.one_off", "a.pushes[0].months"),
        ),
    }
    every = [name for members in expected.values() for name in members]
    mixed = {name: None for name in sorted(every)}
    found = groups_of(mixed)
    assert {name: set(members) for name, members in found.items()} == {k: set(v) for k, v in expected.items()}
    assert list(found) == list(expected)
    assert groups_of({"a.slip": None}) == {"execution": ("a.slip",)}


UNCERTAIN = (
    FIRM.replace("effect: 8", "effect: {interval: [2, 20]}")
    .replace("one_off: 20000", "one_off: {interval: [20000, 50000]}")
    .replace("    slip: 0\n", "    slip: 0\n    months: 14\n")
)


@pytest.fixture(scope="module")
def drawn() -> Forecast:
    return forecast(known(UNCERTAIN), draws=4096)


def test_figures_of_a_sensitivity_by_another_route(drawn: Forecast, plain: Callable[[Any], Any]) -> None:
    found = analyse_sensitivity(drawn, scenario_discovery=True)
    told = plain(found)
    payoff = drawn.npv("commit")
    quantities = drawn.drawn.uncertain
    assert set(quantities) == {"desk.pushes[0].effect", "desk.one_off"}
    effect, cost = quantities["desk.pushes[0].effect"], quantities["desk.one_off"]
    assert told["evpi"]["value"] == pytest.approx(np.maximum(payoff, 0).mean() - max(payoff.mean(), 0), rel=1e-9)
    by_name = {each["name"]: each for each in told["parameters"]}
    assert told["parameters"][0]["name"] == "desk.pushes[0].effect"
    spread = payoff.std()
    # Cost is paid at once and overruns by a fifth; what the effect pays does not depend on it.
    margin = payoff + 1.2 * cost
    for name, values, part in (("desk.pushes[0].effect", effect, margin), ("desk.one_off", cost, -1.2 * cost)):
        each = by_name[name]
        assert (each["p05"], each["p95"]) == pytest.approx((np.quantile(values, 0.05), np.quantile(values, 0.95)))
        known_mean = part + (payoff - part).mean()
        assert each["first_order"]["value"] == pytest.approx(part.var() / payoff.var(), abs=0.03), name
        assert each["total"]["value"] == pytest.approx(part.var() / payoff.var(), abs=0.03), name
        partly = np.maximum(known_mean, 0).mean() - max(payoff.mean(), 0)
        assert each["evppi"]["value"] == pytest.approx(partly, abs=0.01 * spread), name
        order = np.argsort(values)
        ends = np.interp(np.quantile(values, [0.05, 0.95]), values[order], known_mean[order])
        assert (each["low"]["value"], each["high"]["value"]) == pytest.approx(tuple(ends), abs=0.04 * spread), name
    best = by_name["desk.pushes[0].effect"]
    order = np.argsort(effect)
    curve = (margin - 1.2 * cost.mean())[order]
    turn = effect[order][np.flatnonzero(curve > 0)[0]]
    assert best["good_above"] is True
    assert best["break_even"]["value"] == pytest.approx(turn, rel=0.03)
    assert best["p_good"]["value"] == pytest.approx(np.mean(effect > turn), abs=0.03)
    assert by_name["desk.one_off"]["good_above"] is False or by_name["desk.one_off"]["break_even"] is None
    assert told["explained"] > 0.99
    assert (told["seed"], told["draws"], told["options"]) == (1, 4096, ["do_nothing", "commit"])
    assert (told["scenario"], told["currency"]) == ("Known", "EUR")


def test_groups_and_map_and_regions(drawn: Forecast, plain: Callable[[Any], Any]) -> None:
    told = plain(analyse_sensitivity(drawn, scenario_discovery=True))
    payoff, quantities = drawn.npv("commit"), drawn.drawn.uncertain
    effect, cost = quantities["desk.pushes[0].effect"], quantities["desk.one_off"]
    choice = np.column_stack([np.zeros_like(payoff), payoff])
    groups = {group["name"]: group for group in told["groups"]}
    assert {name: group["members"] for name, group in groups.items()} == {
        "effect": ["desk.pushes[0].effect"],
        "firm": ["desk.one_off"],
    }
    assert groups["effect"]["evppi"]["value"] == pytest.approx(evppi(choice, effect).value)
    assert [g["evppi"]["value"] for g in told["groups"]] == sorted(g["evppi"]["value"] for g in told["groups"])[::-1]
    shown = told["map"]
    assert (shown["x"], shown["y"]) == ("desk.pushes[0].effect", "desk.one_off")
    np.testing.assert_allclose(shown["at_x"], np.quantile(effect, np.linspace(0.05, 0.95, 9)))
    np.testing.assert_allclose(shown["at_y"], np.quantile(cost, np.linspace(0.05, 0.95, 9)))
    margin = (payoff + 1.2 * cost)[np.argsort(effect)]
    expected = np.interp(shown["at_x"], np.sort(effect), margin)[:, None] - 1.2 * np.array(shown["at_y"])
    np.testing.assert_allclose(shown["npv"], expected, atol=0.06 * payoff.std())
    _check_regions(told["regions"], payoff < 0, quantities)


def _check_regions(regions: Sequence[Any], event: np.ndarray, quantities: Any) -> None:
    assert regions
    for region in regions:
        here = np.ones(event.size, dtype=bool)
        for rule in region["rules"]:
            values = quantities[rule["name"]]
            here &= values > rule["value"] if rule["side"] == "above" else values <= rule["value"]
        assert region["share"] == pytest.approx(here.mean())
        assert region["density"] == pytest.approx(event[here].mean())
        assert region["coverage"] == pytest.approx((event & here).sum() / event.sum())


PILOT = "pilot: {months: 4, scope: 0.2, one_off: 3000, monthly: 100, respondents: 40, units: 5}\n"


def test_with_a_pilot_regions_are_those_in_which_piloting_loses(plain: Callable[[Any], Any]) -> None:
    found = forecast(known(UNCERTAIN + PILOT), draws=1024)
    chosen = policies(found)
    assert chosen is not None
    go = chosen.pilot.rule.chosen[:, 1]
    paid = go * found.npv("pilot_scale") + (1 - go) * found.npv("pilot_stop")
    quantities = {k: v for k, v in found.drawn.uncertain.items() if not k.startswith("pilot.")}
    told = analyse_sensitivity(found, scenario_discovery=True)
    assert {each.name for each in told.parameters} == set(quantities)
    assert told.regions
    _check_regions(plain(told)["regions"], paid < 0, quantities)
    assert np.mean((paid < 0) != (found.npv("commit") < 0)) > 0.02  # the two questions differ
    assert analyse_sensitivity(replace(found), scenario_discovery=False).regions is None


def test_what_is_known_has_no_sensitivity() -> None:
    found = analyse_sensitivity(forecast(known(), draws=128), scenario_discovery=True)
    assert (found.parameters, found.groups, found.map, found.regions) == ((), (), None, ())
    assert found.evpi.value == 0
    assert found.explained == 1.0


# ---------------------------------------------------------------- paths


OFF = {"retention": "churn_cx", "referral": "referral_cx", "spend": "spend_cx", "cost_to_serve": "serve_cx"}
OFF |= {"staff_turnover": "attrition_ex", "margin": "cx_margin"}


def _without(text: str, off: Sequence[str]) -> Scenario:
    """Return a scenario in which paths are switched off by what its file says."""
    edges = [edge for path, edge in (("ex_to_cx", "ex -> cx"), ("feedback", "cx -> ex")) if path in off]
    if "programme_cost" in off:
        text = text.replace("one_off: 20000", "one_off: 0").replace("monthly: 500", "monthly: 0")
    if edges:
        text += "edges: {" + ", ".join(f"{edge}: off" for edge in edges) + "}\n"
    return known(text, **{OFF[path]: 0.0 for path in off if path in OFF})


def test_paths_are_shared_out_as_over_all_orders_of_switching_on(plain: Callable[[Any], Any]) -> None:
    players = ("ex_to_cx", "feedback", "retention", "referral", "spend", "cost_to_serve", "staff_turnover")
    found = explain(forecast(known(), draws=128))
    told = plain(found)
    by_path = {each["path"]: each for each in told["paths"]}
    assert set(by_path) == {*players, "programme_cost"}
    table = {
        frozenset(on): worth(_without(FIRM, [name for name in players if name not in on]))
        for size in range(8)
        for on in itertools.combinations(players, size)
    }
    whole = table[frozenset(players)]
    assert told["total"]["npv"] == pytest.approx(whole, rel=1e-9)
    for name in players:
        assert by_path[name]["switched_off_npv"] == pytest.approx(table[frozenset(players) - {name}], rel=1e-9), name
        share = 0.0
        others = [other for other in players if other != name]
        for size in range(7):
            weight = factorial(size) * factorial(6 - size) / factorial(7)
            for on in itertools.combinations(others, size):
                share += weight * (table[frozenset((*on, name))] - table[frozenset(on)])
        assert by_path[name]["shapley_npv"] == pytest.approx(share, abs=1e-6 * abs(whole)), name
    cost = by_path["programme_cost"]
    assert cost["shapley_npv"] == pytest.approx(table[frozenset()])
    assert cost["switched_off_npv"] == pytest.approx(worth(_without(FIRM, ["programme_cost"])), rel=1e-9)
    assert cost["shapley_delta"] == 0
    assert told["paths"][-1]["path"] == "programme_cost"
    assert told["edges"] == {
        "ex -> cx": pytest.approx(by_path["ex_to_cx"]["shapley_npv"]),
        "cx -> ex": pytest.approx(by_path["feedback"]["shapley_npv"]),
    }
    # Customer experience moves by its path from staff alone; feedback adds to that only where it is on.
    both, alone = _change(known()), _change(_without(FIRM, ["feedback"]))
    assert told["total"]["delta"] == pytest.approx(both, rel=1e-9)
    assert by_path["ex_to_cx"]["shapley_delta"] == pytest.approx(alone + (both - alone) / 2, rel=1e-9)
    assert by_path["feedback"]["shapley_delta"] == pytest.approx((both - alone) / 2, rel=1e-9)
    assert (told["option"], told["draws"], told["seed"], told["currency"]) == ("commit", 128, 1, "EUR")


def _change(scenario: Scenario) -> float:
    return float(forecast(scenario, draws=128).outcome.field("commit", "cx").mean())


def test_a_direct_push_is_a_path_of_its_own() -> None:
    text = FIRM.replace("node: ex, effect: 8", "node: cx, effect: 8")
    found = explain(forecast(known(text), draws=128))
    by_path = {each.path: each for each in found.paths}
    assert by_path["direct"].shapley_npv == 0
    assert by_path["direct"].switched_off_npv == found.total.npv
    alone = _change(_without(text, ["ex_to_cx", "feedback"]))
    assert by_path["direct"].shapley_delta == pytest.approx(alone, rel=1e-9)


def test_more_paths_than_can_be_combined_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """From staff to customers and back again: two ways on which experience travels."""
    found = forecast(known(), draws=128)
    assert {"ex_to_cx", "feedback"} <= {path.path for path in explain(found).paths}
    monkeypatch.setattr(importlib.import_module("txsim.decide.path_attribution"), "_MOST", 1)
    words = "2 paths of experience are at work; combinations of at most 1 can be simulated: .*`edges: "
    with pytest.raises(InputError, match=words):
        explain(found)


def test_paths_of_the_margin_and_of_another_option() -> None:
    text = FIRM + PILOT + "bridge: margin\n"
    found = explain(forecast(known(text), draws=128), option="pilot_scale")
    assert found.total.npv == pytest.approx(worth(known(text), "pilot_scale"), rel=1e-9)
    by_path = {each.path: each for each in found.paths}
    assert {"margin", "ex_to_cx", "programme_cost"} <= set(by_path)
    assert not {"retention", "referral", "spend", "cost_to_serve"} & set(by_path)
    dead = worth(_without(text, ["margin"]), "pilot_scale")
    assert by_path["margin"].switched_off_npv == pytest.approx(dead, rel=1e-9)
    with pytest.raises(InputError, match="no option `pilot_scale`; there are commit"):
        explain(forecast(known(), draws=128), option="pilot_scale")


def test_the_run_off_is_carried_by_paths_too() -> None:
    text = FIRM + "terminal: runoff\n"
    found = explain(forecast(known(text), draws=128))
    assert found.total.npv == pytest.approx(worth(known(text)), rel=1e-9)
    assert found.total.npv > worth(known()) + 1000
    by_path = {each.path: each for each in found.paths}
    assert by_path["retention"].switched_off_npv == pytest.approx(worth(_without(text, ["retention"])), rel=1e-9)


# ---------------------------------------------------------------- what if


def _loader(text: str, tmp_path: Path) -> Callable[[Sequence[str]], Scenario]:
    path = tmp_path / "s.yaml"
    path.write_text(text)
    return lambda overrides: load(path, overrides=list(overrides))


def test_a_grid_of_figures_is_that_of_single_forecasts(tmp_path: Path, plain: Callable[[Any], Any]) -> None:
    text = UNCERTAIN + PILOT
    reader = _loader(text, tmp_path)
    told = plain(
        whatif(
            reader,
            ["desk.one_off=10000..50000:3", "organisation.customers=2000,6000"],
            draws=256,
            seed=5,
            prior_only=True,
        )
    )
    assert [axis["values"] for axis in told["vary"]] == [["10000", "30000", "50000"], ["2000", "6000"]]
    assert (told["seed"], told["draws"], len(told["cells"])) == (5, 256, 6)
    wanted = itertools.product(("10000", "30000", "50000"), ("2000", "6000"))
    for cell, (cost, customers) in zip(told["cells"], wanted, strict=True):
        assert cell["values"] == {"desk.one_off": cost, "organisation.customers": customers}
        single = forecast(
            reader([f"drivers[0].one_off={cost}", f"organisation.customers={customers}"]),
            draws=256,
            seed=5,
            prior_only=True,
        )
        payoff = single.npv("commit")
        assert cell["npv"]["commit"]["value"] == pytest.approx(payoff.mean(), rel=1e-9)
        error = payoff.reshape(8, -1).mean(axis=1).std(ddof=1) / np.sqrt(8)
        assert cell["npv"]["commit"]["mcse"] == pytest.approx(error, rel=1e-6)
        assert cell["p_loss"]["commit"] == pytest.approx((payoff < 0).mean())
        assert cell["npv"]["do_nothing"]["value"] == 0
        means = {name: each["value"] for name, each in cell["npv"].items()}
        if not cell["too_close"]:
            assert cell["best"] == max(means, key=lambda name: means[name])
    costs = [
        cell["npv"]["commit"]["value"] for cell in told["cells"] if cell["values"]["organisation.customers"] == "2000"
    ]
    # A dearer start of 20,000 costs its overrun of a fifth more: 24,000 in every draw.
    assert np.diff(costs) == pytest.approx([-24_000, -24_000], rel=1e-6)


def test_a_scenarios_own_seed_is_taken_unless_another_is_told(tmp_path: Path) -> None:
    reader = _loader(UNCERTAIN + "seed: 9\n", tmp_path)
    axes = ["desk.one_off=1000,2000"]
    assert [whatif(reader, axes, draws=128, prior_only=True, seed=seed).seed for seed in (None, 3)] == [9, 3]
    assert whatif(_loader(UNCERTAIN, tmp_path), axes, draws=128, prior_only=True).seed == 1


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a=2..12:6", ("2", "4", "6", "8", "10", "12")),
        ("a=0..1", ("0", "0.25", "0.5", "0.75", "1")),
        ("a=10 % .. 30 %:3", ("10 %", "20 %", "30 %")),
        ("a=-5..5:2", ("-5", "5")),
        ("a=3..1:3", ("3", "2", "1")),
        ("a=.5..1.5:3", ("0.5", "1", "1.5")),
        ("a= x , y,x", ("x", "y")),
        ("a=1e3..2e3:2", ("1000", "2000")),
    ],
)
def test_values_along_an_axis(text: str, values: tuple[str, ...]) -> None:
    found = parse_axis(text, known())
    assert (found.told, found.path, found.values) == ("a", "a", values)


@pytest.mark.parametrize(
    ("told", "path"),
    [
        ("driver.effect", "drivers[0].pushes[0].effect"),
        ("desk.effect", "drivers[0].pushes[0].effect"),
        ("desk.one_off", "drivers[0].one_off"),
        ("driver.delivery", "drivers[0].delivery"),
        ("horizon_months", "horizon_months"),
        ("organisation.customers", "organisation.customers"),
    ],
)
def test_short_names_of_a_drivers_fields(told: str, path: str) -> None:
    assert parse_axis(f"{told}=1,2", known()).path == path


SECOND = "  - {name: second, pushes: [{node: ex, effect: 1}, {node: cx, effect: 1}], one_off: 7}\n"
TWO = FIRM.replace("horizon_months", SECOND + "horizon_months")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("desk.one_of=1,2", "a driver has no `one_of`; did you mean `one_off`"),
        ("driver.effect=1,2", "there are 2 drivers; name one: desk, second"),
        (
            "second.effect=1,2",
            r"the driver has 2 pushes; name one: second.pushes\[0\].effect, second.pushes\[1\].effect",
        ),
        ("a", "expected PATH=LOW..HIGH:COUNT"),
        ("a=", "expected PATH=LOW..HIGH:COUNT"),
        ("=1,2", "expected PATH=LOW..HIGH:COUNT"),
        ("a=1..b", "expected LOW..HIGH:COUNT with numbers"),
        ("a=1,,2", "a value between two commas is missing"),
        ("a=1..2:1", "1 values; possible are 2 to 100"),
        ("a=1..2:101", "101 values; possible are 2 to 100"),
    ],
)
def test_axes_that_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_axis(text, known(TWO))


def test_of_two_drivers_the_named_one_varies() -> None:
    assert parse_axis("second.one_off=1,2", known(TWO)).path == "drivers[1].one_off"
    assert len(parse_axis("a=1..2:100", known()).values) == 100


@pytest.mark.parametrize(
    ("vary", "message"),
    [
        ([], "nothing varies"),
        (["desk.one_off=1,2", "drivers[0].one_off=3,4"], "names one path twice"),
        (["desk.one_off=1..2:21", "desk.monthly=1..2:20"], "420 combinations; possible are 400"),
    ],
)
def test_grids_that_cannot_be_simulated(tmp_path: Path, vary: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        whatif(_loader(FIRM, tmp_path), vary, draws=128, prior_only=True)


# ---------------------------------------------------------------- differences

CHANGES = {
    "drivers[0].one_off": ("one_off: 20000", "one_off: 31000"),
    "drivers[0].monthly": ("monthly: 500", "monthly: 700"),
    "horizon_months": ("horizon_months: 24", "horizon_months: 30"),
    "discount_rate": ("discount_rate: 0.12", "discount_rate: 0.08"),
    "organisation.customers": ("customers: 4000", "customers: 5000"),
    "organisation.staff.front.headcount": ("headcount: 100", "headcount: 120"),
    "drivers[0].delivery": ("delivery: 0.5", "delivery: 0.65"),
}


def _with(names: Sequence[str], text: str = FIRM) -> Scenario:
    for name in names:
        text = text.replace(*CHANGES[name])
    return known(text)


def _result(name: str, scenario: Scenario, **changes: Any) -> StoredResult:
    return replace(StoredResult(name, scenario.content, 1, 128, {}), **changes)


def test_three_changes_are_shared_out_over_all_orders(plain: Callable[[Any], Any]) -> None:
    names = list(CHANGES)[3:6]
    found = plain(explain_difference(_result("a", _with(())), _result("b", _with(names))))
    table = {frozenset(on): worth(_with(on)) for size in range(4) for on in itertools.combinations(names, size)}
    moved = {each["input"]: each["npv"] for each in found["changes"]}
    expected = dict.fromkeys(names, 0.0)
    for order in itertools.permutations(names):
        for i, name in enumerate(order):
            expected[name] += (table[frozenset(order[: i + 1])] - table[frozenset(order[:i])]) / 6
    assert moved == {name: pytest.approx(value, rel=1e-6) for name, value in expected.items()}
    assert [abs(each["npv"]) for each in found["changes"]] == sorted((abs(v) for v in moved.values()), reverse=True)
    assert found["a"]["npv"] == pytest.approx(table[frozenset()])
    assert found["b"]["npv"] == pytest.approx(table[frozenset(names)])
    assert found["total"] == pytest.approx(table[frozenset(names)] - table[frozenset()])
    assert found["random_numbers"] == pytest.approx(0, abs=1e-6)
    assert (found["a"]["name"], found["b"]["name"], found["option"]) == ("a", "b", "commit")


def test_seven_changes_sum_to_the_whole(plain: Callable[[Any], Any]) -> None:
    names = list(CHANGES)
    a, b = _with(()), _with(names)
    found = plain(explain_difference(_result("a", a), _result("b", b)))
    moved = {each["input"]: each["npv"] for each in found["changes"]}
    assert set(moved) == set(names)
    assert sum(moved.values()) == pytest.approx(worth(b) - worth(a), rel=1e-9)
    # With more than six: the mean of switching in the order told and in its reverse.
    order = [".".join(path).replace("drivers.0", "drivers[0]") for path in changed(a.content, b.content)]
    expected = dict.fromkeys(order, 0.0)
    for way in (order, order[::-1]):
        for i, name in enumerate(way):
            expected[name] += (worth(_with(way[: i + 1])) - worth(_with(way[:i]))) / 2
    assert moved == {name: pytest.approx(value, rel=1e-6) for name, value in expected.items()}


def test_a_change_tells_what_it_was_and_is(plain: Callable[[Any], Any]) -> None:
    names = ["drivers[0].one_off", "horizon_months"]
    found = plain(explain_difference(_result("a", _with(())), _result("b", _with(names))))
    told = {each["input"]: (each["before"], each["after"]) for each in found["changes"]}
    assert told["horizon_months"] == (24, 30)
    assert [_first_number(each) for each in told["drivers[0].one_off"]] == [20_000, 31_000]


def _first_number(value: Any) -> float:
    if isinstance(value, dict):
        value = next(v for v in value.values() if not isinstance(v, str))
    return float(value[0] if isinstance(value, list) else value)


def test_what_another_seed_makes_is_told_apart(plain: Callable[[Any], Any]) -> None:
    before = known(UNCERTAIN)
    # Experience earns more with more customers: what that is worth depends on the draws.
    after = known(UNCERTAIN.replace("customers: 4000", "customers: 5000"))
    first, other = worth(before, seed=1), worth(after, seed=2)
    a = _result("a", before, npv={"commit": first})
    b = _result("b", after, seed=2, npv={"commit": other})
    found = plain(explain_difference(a, b))
    same_seed = worth(after, seed=1)
    assert found["total"] == pytest.approx(other - first)
    (change,) = found["changes"]
    assert change["npv"] == pytest.approx(same_seed - first, rel=1e-6)
    assert found["random_numbers"] == pytest.approx(other - same_seed, rel=1e-6)
    assert (found["a"]["seed"], found["b"]["seed"]) == (1, 2)
    assert abs(found["random_numbers"]) > 1
    assert abs((other - worth(before, seed=2)) - (same_seed - first)) > 1
    back = plain(explain_difference(b, a))
    assert back["changes"][0]["npv"] == pytest.approx(worth(before, seed=2) - other, rel=1e-6)


def test_the_error_of_a_change_is_that_of_its_eighths_on_either_side_of_tax(plain: Callable[[Any], Any]) -> None:
    """By another route: both forecasts on the same draws, and what their eight batches differ by."""
    taxed = UNCERTAIN + "finance: {tax_rate: 0.4}\n"
    before, after = known(taxed), known(taxed.replace("customers: 4000", "customers: 5000"))
    (change,) = plain(explain_difference(_result("a", before), _result("b", after)))["changes"]
    one, other = (forecast(each, draws=128, seed=1) for each in (before, after))
    eighths = np.array([part.mean() for part in np.array_split(other.npv("commit") - one.npv("commit"), 8)])
    error = float(np.sqrt(((eighths - eighths.mean()) ** 2).sum() / 7 / 8))
    assert change["mcse"] == pytest.approx(error, rel=1e-6)
    assert change["mcse_after_tax"] == pytest.approx(0.6 * error, rel=1e-6)
    assert change["npv_after_tax"] == pytest.approx(0.6 * change["npv"], rel=1e-6)
    assert error > 1


def test_beliefs_change_as_one(plain: Callable[[Any], Any]) -> None:
    before, after = known(), known(churn_cx=0.02, ex_cx=0.4)
    found = plain(explain_difference(_result("a", before), _result("b", after)))
    (change,) = found["changes"]
    assert (change["input"], change["before"], change["after"]) == ("beliefs", None, None)
    assert change["npv"] == pytest.approx(worth(after) - worth(before), rel=1e-9)


def test_an_option_of_both_is_explained(plain: Callable[[Any], Any]) -> None:
    a, b = known(FIRM + PILOT), _with(["drivers[0].one_off"], FIRM + PILOT)
    found = plain(explain_difference(_result("a", a), _result("b", b), option="pilot_scale"))
    assert found["total"] == pytest.approx(worth(b, "pilot_scale") - worth(a, "pilot_scale"), rel=1e-9)
    assert found["total"] != pytest.approx(worth(b) - worth(a), rel=1e-3)
    with pytest.raises(InputError, match="b has no option `pilot_scale`; there is commit"):
        explain_difference(_result("a", a), _result("b", known()), option="pilot_scale")


# ---------------------------------------------------------------- portfolios


def _programme(
    name: str, effect: float, cost: float, owner: str = "shared", kind: str = "people", **beliefs: float
) -> Scenario:
    text = FIRM.replace("name: desk", f"name: {name}\n    owner: {owner}\n    kind: {kind}")
    return known(
        text.replace("effect: 8", f"effect: {effect}").replace("one_off: 20000", f"one_off: {cost}"), **beliefs
    )


def test_a_portfolio_is_the_best_of_all_sets_simulated_together(plain: Callable[[Any], Any]) -> None:
    told = {
        "one": _programme("desk", 8, 20_000, "c_level"),
        "two": _programme("counter", 5, 9_000, kind="it"),
        "three": _programme("third", 3, 4_000, "none"),
    }
    entries = compare(told, draws=128).entries

    def together(names: Sequence[str]) -> tuple[float, float]:
        if not names:
            return 0.0, 0.0
        drivers = tuple(
            told[name].drivers[0].model_copy(update={"name": f"{told[name].drivers[0].name}_{i}"})
            for i, name in enumerate(names)
        )
        found = forecast(told["one"].model_copy(update={"drivers": drivers}), draws=128)
        return float(found.npv("commit").mean()), float(found.outcome.field("commit", "pv_cost").mean())

    labels = {"one": "one/desk", "two": "two/counter", "three": "three/third"}
    sets = [on for size in range(4) for on in itertools.combinations(told, size)]
    table = {on: together(on) for on in sets}
    alone = {name: table[name,] for name in told}
    for budget in (0.0, 25_000.0, 60_000.0, 1e6):
        found = plain(portfolio(entries, budget))
        allowed = [on for on in sets if sum(alone[name][1] for name in on) <= budget]
        assert len(found["sets"]) == len(allowed)
        for row in found["sets"]:
            on = next(each for each in sets if {labels[n] for n in each} == set(row["drivers"]))
            assert row["pv_cost"] == pytest.approx(table[on][1], rel=1e-9)
            assert row["joint"]["value"] == pytest.approx(table[on][0], rel=1e-9)
            assert row["additive"] == pytest.approx(sum(alone[name][0] for name in on), rel=1e-9)
        best = max(allowed, key=lambda on: table[on][0])
        by_sum = max(allowed, key=lambda on: sum(alone[name][0] for name in on))
        assert found["drivers"] == [labels[name] for name in best]
        assert found["best_additive"] == [labels[name] for name in by_sum]
        assert found["pv_cost"] == pytest.approx(table[best][1], rel=1e-9)
        assert found["budget"] == budget
        additive = sum(alone[name][0] for name in best)
        assert found["additive"] == pytest.approx(additive, rel=1e-9)
        assert found["interaction"] == pytest.approx(table[best][0] - additive, rel=1e-6, abs=1e-9)
        second = sorted((table[on][0] for on in allowed), reverse=True)[1:2]
        if not second:
            assert (found["margin"], found["too_close"]) == (None, False)
            continue
        assert found["margin"]["value"] == pytest.approx(table[best][0] - second[0], rel=1e-9)
        next_cost = table[max((on for on in allowed if on != best), key=lambda on: table[on][0])][1]
        material = 0.05 * max(table[best][1], next_cost)  # the gap that is material by default
        assert found["too_close"] is not (found["margin"]["value"] > max(2 * found["margin"]["mcse"], material, 1e-12))
    for capacity, forbidden in (({"it": 0}, "two/counter"), ({"none": 0}, "three/third"), ({"c_level": 0}, "one/desk")):
        rows = plain(portfolio(entries, 1e6, capacity))["sets"]
        assert len(rows) == 4
        assert all(forbidden not in row["drivers"] for row in rows)
    two_at_most = plain(portfolio(entries, 1e6, {"drivers": 2}))["sets"]
    assert max(len(row["drivers"]) for row in two_at_most) == 2
    assert len(two_at_most) == 7
    # Running none is among what is compared, however few are wanted.
    assert sorted(bool(row["drivers"]) for row in plain(portfolio(entries, 1e6, most=3))["sets"]) == [
        False, True, True, True,
    ]  # fmt: skip


def test_a_portfolio_needs_one_firm_and_one_belief() -> None:
    one, doubt = _programme("desk", 8, 20_000), _programme("third", 5, 9_000, ex_cx=0.01)
    with pytest.raises(InputError, match="one organisation, horizon and belief"):
        portfolio(compare({"a": one, "b": doubt}, draws=128).entries, 1e6)
    longer = known(FIRM.replace("horizon_months: 24", "horizon_months: 30"))
    with pytest.raises(InputError, match="one organisation, horizon and belief"):
        portfolio(compare({"a": one, "b": longer}, draws=128).entries, 1e6)


def test_everything_known_leaves_nothing_to_learn() -> None:
    payoff = forecast(known(), draws=128).npv("commit")
    assert np.ptp(payoff) == 0
    assert evpi(np.column_stack([np.zeros_like(payoff), payoff])).value == 0
