# SPDX-License-Identifier: MIT
"""Laws of sections 11 to 16 of docs/model.md: benefits, tools by group, tiring, absence, segments, costs and tax."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import txsim
from tests.oracle.generate import PRIORS as RANGES
from tests.oracle.generate import as_text
from tests.oracle.generate_more import with_more
from txsim.decide.comparison import compare
from txsim.decide.path_attribution import explain
from txsim.decide.waterfall import scenario_of

OPTIONS = ("commit", "commit_stop", "pilot_scale", "pilot_stop")
PRIORS = {name: (low + high) / 2 for name, (low, high) in RANGES.items()}
Data = dict[str, Any]


def firm(**changes: Any) -> Data:
    """Return a firm with a pilot in which every quantity is a number."""
    index = {"ux_employee": 55, "ux_customer": 60, "mx": 50, "ex": 60, "cx": 66}
    staff = {
        "front": {"headcount": 200, "turnover_per_year": 0.25, "salary_per_year": 40000},
        "back": {"headcount": 90, "meets_customers": False, "turnover_per_year": 0.1, "salary_per_year": 50000},
    }
    organisation = {"index": index, "staff": staff, "contribution_margin": 0.25, "cost_growth": 0.03}
    organisation |= {"customers": 4000, "churn_per_month": 0.018, "arpu_per_month": 200.0}
    driver = {"name": "desk", "one_off": 50000, "monthly": 3000, "delivery": 0.6, "cost_overrun": 1.2, "slip": 0.7}
    driver |= {"pushes": [{"node": "ux_employee", "effect": 8, "months": 6}], "months": 20}
    data: Data = {"organisation": organisation, "drivers": [driver], "horizon_months": 36, "priors": dict(PRIORS)}
    data["pilot"] = {"months": 6, "scope": 0.2, "one_off": 9000, "monthly": 800, "reusable": 0.5}
    return data | changes


def outcome(data: Data, **options: Any) -> Any:
    return txsim.forecast(txsim.loads(as_text(data)), draws=128, trajectories=True, **options).outcome


def driver_with(**changes: Any) -> Data:
    data = firm()
    data["drivers"][0] |= changes
    return data


def same(a: Data, b: Data, rtol: float, fields: tuple[str, ...] = ("npv", "npv_other", "pv_cost", "runoff")) -> None:
    one, other = outcome(a), outcome(b)
    for option in OPTIONS:
        for name in fields:
            size = float(np.abs(one.field(option, "pv_profit")).max())
            np.testing.assert_allclose(
                one.field(option, name), other.field(option, name), rtol, rtol * size, err_msg=name
            )


# ------------------------------------------------------------------------------------------------ 11 benefits
def test_a_benefit_of_nothing_changes_nothing_to_the_last_bit() -> None:
    plain, told = outcome(firm()), outcome(driver_with(benefits=[{"monthly": 0}, {"time_saved": 0, "group": "front"}]))
    for option in OPTIONS:
        for name in ("npv", "npv_other", "pv_cost", "peak_funding", "customers_end"):
            assert (plain.field(option, name) == told.field(option, name)).all(), (option, name)


def test_cash_ends_with_its_wave_and_knows_no_overrun() -> None:
    data = driver_with(benefits=[{"monthly": 1000, "months": 3}], delivery=0.5, slip=0.0, cost_overrun=3.0)
    found = outcome(data).by_month("commit", "benefit")[:, 0]
    grown = 1.03 ** (np.arange(36) / 12)
    np.testing.assert_allclose(found[2:20], 500 * grown[2:20], rtol=1e-12)
    assert (found[20:] == 0).all()


def test_minutes_are_no_cash() -> None:
    capacity = {"time_saved": 0.05, "group": "front"}
    plain, freed = outcome(firm()), outcome(driver_with(benefits=[capacity]))
    half = outcome(driver_with(benefits=[capacity | {"realised": 0.5}]))
    for option in OPTIONS:
        assert (plain.field(option, "npv") == freed.field(option, "npv")).all()
        whole = freed.field(option, "capacity_freed")
        assert (whole > 0).all()
        np.testing.assert_allclose(half.field(option, "capacity_freed"), whole / 2, rtol=1e-12)
        np.testing.assert_allclose(half.field(option, "npv") - plain.field(option, "npv"), whole / 2, rtol=1e-8)


def test_a_saving_that_comes_all_at_once_waits_for_the_second_wave() -> None:
    benefit = {"monthly": 1000, "months": 1, "in_pilot": False, "benefit_basis": "delivered"}
    found = outcome(driver_with(benefits=[benefit], slip=0.0))
    grown = 1.03 ** (np.arange(36) / 12)
    scale = found.by_month("pilot_scale", "benefit")[:, 0]
    assert (scale[:7] == 0).all()
    np.testing.assert_allclose(scale[7:27], 1000 * grown[7:27], rtol=1e-12)
    assert (found.by_month("pilot_stop", "benefit") == 0).all()
    assert (found.by_month("commit_stop", "benefit")[7:] == 0).all()


# ------------------------------------------------------------------------------------------------ 12 tools by group
def test_equal_tools_of_all_groups_are_one_node() -> None:
    by_group = driver_with(
        pushes=[{"node": "ux_employee", "group": group, "effect": 8, "months": 6} for group in ("front", "back")]
    )
    same(firm(), by_group, 1e-9)
    stated = firm()
    stated["organisation"]["index"]["ux_employee[back]"] = 55
    same(firm(), stated, 1e-9)


def test_tools_of_one_group_leave_the_others_alone() -> None:
    found = outcome(driver_with(pushes=[{"node": "ux_employee", "group": "front", "effect": 8, "months": 6}]))
    assert (found.by_month("commit", "ux_employee[front]")[5:] > 0).all()
    assert (found.by_month("commit", "ux_employee[back]") == 0).all()


def test_the_calibration_does_not_know_of_groups() -> None:
    by_group = firm()
    by_group["organisation"]["index"]["ux_employee[back]"] = 40
    one, other = (txsim.forecast(txsim.loads(as_text(data)), draws=128) for data in (firm(), by_group))
    assert one.calibration.hash == other.calibration.hash


# ------------------------------------------------------------------------------------------------ 13 tiring
def test_what_lasts_wholly_does_not_tire() -> None:
    tires = {"half_life": 4, "lasts": 1}
    same(firm(), driver_with(pushes=[{"node": "ux_employee", "effect": 8, "months": 6, "tires": tires}]), 1e-12)


def test_a_half_life_after_the_full_effect_half_of_what_does_not_last_is_gone() -> None:
    push = {"node": "mx", "effect": 4, "months": 3, "tires": {"half_life": 6, "lasts": 0.2}}
    data = driver_with(pushes=[push], slip=0.0, months=36)
    data["edges"] = {"coordination -> mx": "off"}
    whole = driver_with(pushes=[{**push, "tires": {"half_life": 6, "lasts": 1}}], slip=0.0, months=36)

    def logit(values: np.ndarray) -> np.ndarray:
        return np.log((50 + values) / (50 - values))  # the scale on which pushes add

    tired, fresh = (outcome(d).by_month("commit", "mx")[:, 0] for d in (data, whole))
    ratio = logit(tired[2:]) / logit(fresh[2:])
    np.testing.assert_allclose(ratio, 0.2 + 0.8 * 0.5 ** (np.arange(34) / 6), rtol=1e-9)


def test_at_once_means_with_the_full_effect() -> None:
    push = {"node": "mx", "effect": 4, "months": 3, "tires": {"half_life": 0, "lasts": 0.25}}
    found = outcome(driver_with(pushes=[push], slip=0.0, months=36)).by_month("commit", "mx")[:, 0]
    weaker = outcome(driver_with(pushes=[{"node": "mx", "effect": 1, "months": 1}], slip=0.0, months=36))
    np.testing.assert_allclose(found[2:], weaker.by_month("commit", "mx")[2:, 0], rtol=1e-12)
    assert found[1] > found[2]


# ------------------------------------------------------------------------------------------------ 14 time, absence
@pytest.mark.parametrize("half_life", [5e-324, 1e-310, 1e-299, 1e-16])
def test_next_to_no_half_life_is_at_once(half_life: float) -> None:
    """A belief may draw what no file can say, and the rate of a half-life next to nothing is beyond all numbers."""

    def tiring(months: float) -> Data:
        tires = {"half_life": months, "lasts": 0.25}
        return driver_with(pushes=[{"node": "mx", "effect": 4, "months": 3, "tires": tires}])

    same(tiring(0), tiring(half_life), 1e-12)


def test_time_and_absence_that_are_not_paid_for_change_no_payoff() -> None:
    data = firm()
    data["organisation"] |= {"time_realised": 0, "absence_cover": 0}
    data["organisation"]["staff"]["front"]["absence_rate"] = 0.06
    data["priors"] |= {"time_ux": 0.03, "absence_ex": 0.006}
    same(firm(), data, 0.0, ("npv", "npv_other"))
    assert (outcome(data).field("commit", "capacity_freed") > 0).all()


def test_cover_above_a_salary_frees_nothing() -> None:
    data = firm()
    data["organisation"]["absence_cover"] = 1.5
    data["organisation"]["staff"]["front"]["absence_rate"] = 0.06
    data["priors"]["absence_ex"] = 0.006
    assert (outcome(data).field("commit", "capacity_freed") == 0).all()


def test_what_is_drawn_outside_the_sampler_moves_no_other_draw() -> None:
    data = firm()
    data["priors"] = {"time_ux": 0.03}
    data["organisation"]["time_realised"] = 0
    known = txsim.forecast(txsim.loads(as_text(data)), draws=256, prior_only=True)
    timed = txsim.forecast(txsim.loads(as_text(data | {"priors": {}})), draws=256, prior_only=True)
    assert known.calibration.hash == timed.calibration.hash
    assert "time_ux" not in timed.calibration.names
    for name, values in known.drawn.parameters.items():
        assert name == "time_ux" or (values == timed.drawn.parameters[name]).all(), name
    assert (known.npv("commit") == timed.npv("commit")).all()
    drawn = np.log(timed.drawn.parameters["time_ux"])
    assert np.median(drawn) == pytest.approx(np.log(0.03), abs=0.1)
    assert drawn.std() == pytest.approx(np.log(6) / 1.6449, rel=0.1)


# ------------------------------------------------------------------------------------------------ 15 segments
def split(parts: tuple[float, ...], **changes: Any) -> Data:
    """Return the firm with its customers in segments of these shares."""
    data = firm()
    data["organisation"] |= {"digital_bad": 0.08, "digital_interactions": 4, "arpu_growth": 0.02}
    data["organisation"]["segments"] = {
        f"s{i}": {"customers": 4000 * part, "churn_per_month": 0.018, "arpu_per_month": 200.0, **changes}
        for i, part in enumerate(parts)
    }
    data["drivers"][0]["pushes"].append({"node": "ux_customer", "effect": 4, "months": 3})
    return data


@pytest.mark.parametrize("bridge", ["customers", "margin"])
def test_parts_of_equal_figures_are_the_whole(bridge: str) -> None:
    whole = split(())
    del whole["organisation"]["segments"]
    for parts in ((0.5, 0.5), (0.1, 0.2, 0.7)):
        a, b = outcome(whole | {"bridge": bridge}), outcome(split(parts) | {"bridge": bridge})
        for option in OPTIONS:
            for name in ("customers", "churn", "revenue", "serve"):
                np.testing.assert_allclose(a.by_month(option, name), b.by_month(option, name), rtol=1e-12, err_msg=name)
            size = float(np.abs(a.field(option, "pv_profit")).max())
            for name in ("npv", "npv_other", "check_customers", "check_margin"):
                np.testing.assert_allclose(a.field(option, name), b.field(option, name), 1e-9, 1e-11 * size)


def test_a_segment_that_does_not_respond_contributes_exactly_nothing() -> None:
    data = split((0.5, 0.5))
    data["organisation"]["segments"]["s1"] |= {"responds": 0, "digital_interactions": 0}
    found = outcome(data)
    for option in OPTIONS:
        assert (found.field(option, "payoff.s1") == 0).all()
        assert (found.field(option, "runoff.s1") == 0).all()
        assert (found.field(option, "payoff.s0") != 0).all()


def test_parts_sum_to_the_customers_part_of_the_payoff() -> None:
    data = split((0.3, 0.7))
    for group in data["organisation"]["staff"].values():  # no other money but customers' and the programme's
        del group["turnover_per_year"], group["salary_per_year"]
    found = outcome(data)
    for option in OPTIONS:
        parts = found.field(option, "payoff.s0") + found.field(option, "payoff.s1")
        size = float(np.abs(found.field("do_nothing", "pv_profit")).max())
        np.testing.assert_allclose(
            parts, found.field(option, "npv") + found.field(option, "pv_cost"), 1e-9, 1e-11 * size
        )


# ------------------------------------------------------------------------------------------------ 16 costs and tax
def test_the_short_way_to_write_costs_means_the_long_one() -> None:
    long = driver_with(costs=[{"amount": 50000, "month": 0}, {"amount": 3000, "from": 0}])
    del long["drivers"][0]["one_off"], long["drivers"][0]["monthly"]
    same(firm(), long, 1e-12, ("npv", "pv_cost", "peak_funding"))
    pilot = firm()
    pilot["pilot"]["costs"] = [{"amount": 9000, "month": 0}, {"amount": 800, "from": 0}]
    del pilot["pilot"]["one_off"], pilot["pilot"]["monthly"]
    same(firm(), pilot, 1e-12, ("npv", "pv_cost", "peak_funding"))


def taxed(**changes: Any) -> Data:
    data = driver_with(costs=[{"amount": 90000, "month": 2, "kind": "capex", "life": 30}], **changes)
    return data | {"finance": {"tax_rate": 0.3}}


def test_no_tax_changes_nothing() -> None:
    data = taxed() | {"finance": {"tax_rate": 0}}
    found = outcome(data)
    for option in OPTIONS:
        assert (found.field(option, "npv") == found.field(option, "npv_after_tax")).all()
        assert np.array_equal(found.field(option, "payback"), found.field(option, "payback_after_tax"), equal_nan=True)


def whole_life(life: int, convention: str = "monthly") -> tuple[float, float]:
    """Return undiscounted tax over the whole life, and depreciation over that of capex."""
    data = driver_with(costs=[{"amount": 90000, "month": 2, "kind": "capex", "life": life}], months=6, fade=0)
    data |= {"finance": {"tax_rate": 0.3}, "horizon_months": 240, "discount_rate": 0.0, "convention": convention}
    found = outcome(data)
    paid = found.by_month("commit", "capex").sum(axis=0)[0]
    return float(found.by_month("commit", "tax").sum(axis=0)[0]), float(
        found.by_month("commit", "depreciation").sum(axis=0)[0] / paid
    )


def test_over_the_whole_life_tax_does_not_depend_on_the_life() -> None:
    taxes, depreciations = zip(*(whole_life(life) for life in (1, 12, 60, 200)), strict=True)
    np.testing.assert_allclose(taxes, taxes[0], rtol=1e-9)
    np.testing.assert_allclose(depreciations, 1.0, rtol=1e-12)


def test_relief_after_the_horizon_counts_whole_without_discounting() -> None:
    # Undiscounted, NPV after tax is the same whether the life ends before the horizon or after it.
    worth = []
    for life in (10, 100):
        data = driver_with(costs=[{"amount": 90000, "month": 2, "kind": "capex", "life": life}])
        found = outcome(data | {"finance": {"tax_rate": 0.3}, "discount_rate": 0.0})
        worth.append(found.field("commit", "npv_after_tax"))
    np.testing.assert_allclose(worth[0], worth[1], rtol=1e-9)


def test_capex_that_lives_a_month_is_opex() -> None:
    for convention in ("monthly", "annual"):
        costs = [{"amount": 90000, "month": 2}]
        opex = driver_with(costs=costs) | {"finance": {"tax_rate": 0.3}, "convention": convention}
        capex = driver_with(costs=[costs[0] | {"kind": "capex", "life": 1}])
        capex |= {"finance": {"tax_rate": 0.3}, "convention": convention}
        same(opex, capex, 1e-12, ("npv", "npv_after_tax"))


def test_a_write_off_takes_what_is_left_in_the_last_month() -> None:
    data = taxed() | {"horizon_months": 12, "finance": {"tax_rate": 0.3, "write_off": True}}
    found = outcome(data).by_month("commit", "depreciation")[:, 0]
    paid = 90000 * 1.2
    np.testing.assert_allclose(found[2:11], paid / 30, rtol=1e-12)
    np.testing.assert_allclose(found[11], paid * 21 / 30, rtol=1e-12)


def test_a_decision_after_tax_reads_figures_after_tax() -> None:
    data = taxed(benefits=[{"monthly": 9000}])
    before, after = (
        txsim.forecast(txsim.loads(as_text(each)), draws=128).summary()
        for each in (data, data | {"decision": {"after_tax": True}})
    )
    assert (before.after_tax, after.after_tax) == (False, True)
    for option in OPTIONS:
        one, other = before.options[option], after.options[option]
        assert (one.npv, one.npv_after_tax, one.pv_cost) == (other.npv, other.npv_after_tax, other.pv_cost)
        assert one.npv != one.npv_after_tax
        assert one.peak_funding == other.peak_funding
        assert other.roi == pytest.approx(one.npv_after_tax.mean / one.pv_cost.mean)
        assert other.runoff.mean == pytest.approx(0.7 * one.runoff.mean)
    assert after.verdict["horizon"].mean_npv in (0.0, *(after.options[o].npv_after_tax.mean for o in OPTIONS))


# ------------------------------------------------------------------------------------------------ together
def test_what_a_result_keeps_of_a_scenario_is_that_scenario() -> None:
    for seed in range(40):
        scenario = txsim.loads(as_text(with_more(seed)))
        assert scenario_of(json.loads(json.dumps(scenario.content))).hash == scenario.hash, seed


def test_the_parts_of_an_explanation_add_up(data: Path) -> None:
    """Of the option with two waves; what other options come to is told by the same case (tests/oracle)."""
    option = "pilot_scale"
    case = json.loads((data / "reference_case_3/7_all.json").read_text())
    told = explain(txsim.forecast(txsim.loads(json.dumps(case["scenario"])), draws=128), option=option).to_json()
    parts = {each["path"]: each["shapley_npv"] for each in told["paths"]}
    expected = case["expected"][option]
    size = 1e-9 * 1e7
    assert {"direct_benefits", "time", "absence", "programme_cost"} <= set(parts)
    assert sum(parts.values()) == pytest.approx(expected["npv"], abs=size)
    assert parts["programme_cost"] == pytest.approx(-expected["pv_cost"], abs=size)
    assert told["total"]["npv"] + told["total"]["tax"] == pytest.approx(expected["npv_after_tax"], abs=size)
    assert told["total"]["capacity_freed"] == pytest.approx(expected["capacity_freed"], rel=1e-9)
    assert told["payoff_by_segment"] == pytest.approx(expected["payoff_by_segment"], abs=size)


def test_tax_that_is_stated_differently_is_said() -> None:
    after = taxed() | {"decision": {"after_tax": True}}
    pair = {"before": txsim.loads(as_text(taxed())), "after": txsim.loads(as_text(after))}
    with pytest.raises(txsim.InputError, match="decided before tax"):
        compare(pair, draws=128)
    # On one side of tax they are the same scenario, whichever side that is.
    for side in (False, True):
        both = {name: txsim.loads(as_text(taxed() | {"decision": {"after_tax": side}})) for name in pair}
        rows = {row["name"]: row for row in compare(both, draws=128).to_json()["options"]}
        assert rows["before/commit"]["npv"] == rows["after/commit"]["npv"]
        assert rows["before/commit"]["npv_after_tax"] == rows["after/commit"]["npv_after_tax"]
