# SPDX-License-Identifier: MIT
"""Results of every verb made by hand, each figure another, and what a person gets of them.

:func:`terminal` and :func:`page` are the only places that know how a result becomes text; tests read what they return.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from txsim.report.compose import compose
from txsim.report.markdown import as_markdown
from txsim.report.output import report_bytes
from txsim.report.reading import Draws, Result, result_from
from txsim.results.codec import from_json

CURRENCY = "EUR"


def read(kind: str, data: Mapping[str, Any], draws: Draws | None = None) -> Result:
    """Return a result made by hand as a report reads it."""
    return result_from(from_json({**data, "kind": kind}), draws=draws)


def terminal(kind: str, data: Mapping[str, Any], width: int = 100) -> str:
    """Return what the command prints, lines wrapped as they are."""
    from txsim.report.terminal import as_text

    document = compose([read(kind, {"organisation": "Handmade Ltd", **data})], "brief")
    return as_text(document, width).replace("\N{NO-BREAK SPACE}", " ")


def page(kind: str, data: Mapping[str, Any]) -> str:
    """Return the words of the report: tables as Markdown, of pictures title and description."""
    return as_markdown(compose([read(kind, data)])).replace("\\", "").replace("\N{NO-BREAK SPACE}", " ")


def workbook(data: Mapping[str, Any], draws: Draws) -> bytes:
    """Return the workbook of a run with its draws."""
    return report_bytes([read("run", data, draws)], "xlsx")


def picture(kind: str, data: Mapping[str, Any], name: str) -> Any:
    """Return one picture of the report."""
    return next(drawn for drawn in compose([read(kind, data)]).pictures() if drawn.kind == name)


def drawn(spec: Any, key: str) -> list[dict[str, Any]]:
    """Return the rows of a picture that have a field."""
    if isinstance(spec, Mapping):
        rows = spec.get("values")
        if isinstance(rows, list) and rows and isinstance(rows[0], Mapping) and key in rows[0]:
            return [dict(row) for row in rows]
        parts: Any = spec.values()
    else:
        parts = spec if isinstance(spec, list | tuple) else ()
    return next((found for part in parts if (found := drawn(part, key))), [])


def line(text: str, *parts: str) -> str:
    """Return the one line that holds all these parts."""
    found = [row for row in text.splitlines() if all(part in row for part in parts)]
    assert len(found) == 1, (parts, found or text)
    return found[0]


def cells(row: str) -> list[str]:
    """Return the cells of a line of a table, of the terminal (two blanks between) or of Markdown."""
    if row.startswith("|"):
        return [cell.strip() for cell in row.strip("|").split("|")]
    return [cell.strip() for cell in row.split("  ") if cell.strip()]


def flat(text: str) -> str:
    """Return text without line breaks and doubled blanks."""
    return " ".join(text.split())


def of(data: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a copy with other values; dots of a path are written as two underscores."""
    found: dict[str, Any] = copy.deepcopy(dict(data))
    for path, value in changes.items():
        *way, last = path.split("__")
        place: Any = found
        for part in way:
            place = place[int(part)] if isinstance(place, list) else place[part]
        place[int(last) if isinstance(place, list) else last] = copy.deepcopy(value)
    return found


def estimate(value: float, mcse: float) -> dict[str, float]:
    return {"value": value, "mcse": mcse}


def spread(mean: float, sd: float, median: float, p05: float, p95: float, mcse: float) -> dict[str, float]:
    return {"mean": mean, "sd": sd, "median": median, "p05": p05, "p95": p95, "mcse": mcse}


def figure(median: float, p05: float, p95: float, **more: Any) -> dict[str, Any]:
    return {"median": median, "p05": p05, "p95": p95, "p_positive": 0.93, **more}


def advice(option: str = "commit", runner_up: str | None = "do_nothing", **more: Any) -> dict[str, Any]:
    return {
        "option": option, "sentence": "Do as the hand says.", "criterion": "mean_npv", "margin": 71_000.0,
        "mcse": 3_300.0, "too_close": False, "fragile": False, "flips": [], "runner_up": runner_up,
        "mean_npv": {"commit": 214_000.0, "do_nothing": 0.0, "commit_review": 143_000.0, "pilot_then_decide": 61_000.0},
        "refused": [], "state": "clear", "best": option, **more,
    }  # fmt: skip


def _option(k: int) -> dict[str, Any]:
    """Return an option whose every figure is told by its last digits: option 1 ends in 1, option 2 in 2."""

    def money(value: float) -> dict[str, float]:
        return spread(value + k, 10.0, value + 40 + k, value - 300 + k, value + 500 + k, 6.0 + k)

    return {
        "npv": money(1_200), "npv_other_bridge": money(1_900), "pv_cost": money(2_700), "peak_funding": money(3_400),
        "runoff": money(4_100), "roi": 0.60 + k / 100, "p_loss": estimate(0.20 + k / 100, 0.002),
        "cvar05": estimate(-5_600.0 - k, 9.0),
        "payback_month": {"p05": 7, "median": 9, "p95": 15, "p_within_horizon": 0.80 + k / 100, "given_payback": 8},
        "delta": {
            "cx": spread(2.1 + k, 0.5, 2.0 + k, 1.3 + k, 3.4 + k, 0.01)
            | {
                "measured": {"scale": "nps", "unit": "NPS points"}
                | spread(4.2 + k, 1.0, 4.0 + k, 2.6 + k, 6.8 + k, 0.02)
            },
            "ex[front]": spread(5.5 + k, 0.4, 5.4 + k, 4.7 + k, 6.3 + k, 0.01),
            "ux[back]": spread(0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        },
    }  # fmt: skip


RUN: dict[str, Any] = {
    "scenario": "By hand", "question": "What then?", "hash": "ab" * 32,
    "calibration": {"hash": "cd" * 32, "source": "mcmc", "data": False},
    "pilots": None, "seed": 17, "draws": 4096, "impossible_draws": 3, "horizon_months": 37, "discount_rate": 0.083,
    "rate_kind": "nominal", "currency": CURRENCY, "bridge": "customers", "terminal": "none",
    "fixed_by_author": ["drivers.a.one_off"],
    "options": {name: _option(k) for k, name in enumerate(("commit", "commit_stop", "pilot_scale", "pilot_stop"), 1)},
    "verdict": {"horizon": {"option": "commit", "mean_npv": 1_201.0, "too_close": False},
                "horizon_plus_24": {"option": "pilot_scale", "mean_npv": 9_990.0, "too_close": False}},
    "recommendation": advice(margin=7_100.0, mcse=330.0),
    "do_nothing": {"customers_end": spread(8_765, 1, 8_764, 8_000, 9_500, 1),
                   "pv_profit": spread(654_000, 1, 653_000, 600_000, 700_000, 1)},
    "standing_still": spread(-32_100, 1, -32_000, -45_600, -12_300, 1),
    "cross_check": {"customers": spread(1, 1, 1, 1, 1, 1), "margin": spread(1, 1, 1, 1, 1, 1), "ratio": 1.0,
                    "p_within_factor_2": 0.73, "agree": True},
    "claims": [{"id": "alpha-2001", "cluster": "alpha", "design": "cross_section", "credibility": 0.41,
                "posterior_credibility": 0.66, "statements": []},
               {"id": "beta-2002", "cluster": "beta", "design": "experiment", "credibility": 0.87,
                "posterior_credibility": 0.59, "statements": []}],
    "links": [], "left_out": {}, "diagnostics": {"r_hat": 1.0031, "ess_bulk": 1_234, "ess_tail": 987, "divergences": 2},
}  # fmt: skip


def design(scope: float, months: int, people: float, control: bool, worth: tuple[float, ...]) -> dict[str, Any]:
    evsi, net, right, go, stop = worth
    return {
        "scope": scope, "months": months, "respondents": people, "control": control, "evsi": estimate(evsi, 410.0),
        "pilot_net": estimate(net, 520.0), "assurance": estimate(right, 0.004), "false_go": estimate(go, 0.003),
        "false_stop": estimate(stop, 0.002), "delay_months": 4, "rule_value": estimate(evsi - 1_000.0, 390.0),
    }  # fmt: skip


STATED = design(0.2, 6, 55.0, True, (31_000.0, -12_000.0, 0.83, 0.06, 0.11))
BETTER = design(0.35, 9, 140.0, False, (47_000.0, 26_000.0, 0.91, 0.04, 0.07))
PILOT: dict[str, Any] = {
    "scenario": "By hand", "hash": "ab" * 32, "currency": CURRENCY, "seed": 17, "draws": 4096,
    "evpi": estimate(88_000.0, 1_700.0), "evsi": estimate(31_000.0, 410.0), "pilot_net": estimate(-12_000.0, 520.0),
    "commit_review": estimate(143_000.0, 900.0), "worth_it": False, "reasons": ["costs_more_than_it_tells"],
    "stated": STATED, "best_design": BETTER,
    "design": [
        design(0.5, 12, 300.0, True, (52_000.0, -73_000.0, 0.95, 0.02, 0.03)),
        STATED, BETTER,
        design(0.1, 3, 20.0, False, (9_000.0, 4_400.0, 0.71, 0.13, 0.16)),
    ],
    "capped_respondents": 43.0, "capped": {"cx": 43.0}, "paid_respondents": 43.0, "rule": "Scale if it has risen.",
    "rule_details": {"node": "ex[front]", "unit": "eNPS points", "threshold": 4.0, "rises": True,
                     "threshold_if_over_budget": None, "overrun_limit": None, "always": None, "months": 6,
                     "control": True, "by_unit": True, "p_scale": 0.64, "step": 1.0, "value": estimate(29_000.0, 400.0),
                     "evsi": estimate(31_000.0, 410.0), "false_go": estimate(0.08, 0.003),
                     "false_stop": estimate(0.1, 0.002), "unused": []},
    "recommendation": advice(),
}  # fmt: skip


def parameter(name: str, k: float, low: float, high: float, even: float | None, *, above: bool) -> dict[str, Any]:
    return {
        "name": name, "evppi": estimate(10_000.0 * k, 310.0), "first_order": estimate(k / 10, 0.01),
        "total": estimate(k / 10 + 0.05, 0.01), "low": estimate(low, 800.0), "high": estimate(high, 900.0),
        "p05": k / 100, "p95": k / 10, "break_even": None if even is None else estimate(even, 0.01),
        "good_above": above, "p_good": estimate(0.5 + k / 100, 0.01),
    }  # fmt: skip


SENSITIVITY: dict[str, Any] = {
    "scenario": "By hand", "hash": "ab" * 32, "currency": CURRENCY, "seed": 17, "draws": 4096,
    "options": ["do_nothing", "commit"], "evpi": estimate(88_000.0, 1_700.0),
    "parameters": [
        parameter("ex_cx", 4.0, -37_000.0, 95_000.0, 0.23, above=True),
        parameter("overrun", 3.0, 64_000.0, -53_000.0, 0.47, above=False),
        parameter("churn_cx", 2.0, 11_000.0, 29_000.0, None, above=True),
    ],
    "groups": [{"name": "firm", "meaning": "parameters of the firm", "members": ["ex_cx", "churn_cx"],
                "evppi": estimate(57_000.0, 620.0)}],
    "explained": 0.77,
    "map": {"x": "ex_cx", "y": "overrun", "at_x": [0.1, 0.2], "at_y": [1.5, 2.5, 3.5],
            "npv": [[11_000.0, -22_000.0, -33_000.0], [44_000.0, 55_000.0, -66_000.0]]},
    "regions": [{"rules": [{"name": "ex_cx", "side": "at_most", "value": 0.19},
                           {"name": "overrun", "side": "above", "value": 0.31}],
                 "share": 0.22, "density": 0.86, "coverage": 0.34}],
    "recommendation": advice(),
}  # fmt: skip

EXPLAIN: dict[str, Any] = {
    "scenario": "By hand", "hash": "ab" * 32, "currency": CURRENCY, "seed": 17, "draws": 4096, "option": "commit",
    "total": {"npv": 214_000.0, "delta": 3.21},
    "paths": [
        {"path": "ux->ex->cx", "meaning": "by way of staff", "shapley_npv": 270_000.0, "shapley_delta": 2.34,
         "switched_off_npv": -18_000.0},
        {"path": "ux->cx", "meaning": "straight to customers", "shapley_npv": 90_000.0, "shapley_delta": 1.12,
         "switched_off_npv": 131_000.0},
        {"path": "loop", "meaning": "the loop back", "shapley_npv": -26_000.0, "shapley_delta": -0.25,
         "switched_off_npv": 242_000.0},
        {"path": "programme_cost", "meaning": "cost of the programme", "shapley_npv": -120_000.0, "shapley_delta": 0.0,
         "switched_off_npv": 334_000.0},
    ],
    "recommendation": advice(),
}  # fmt: skip


def _compared(name: str, k: float) -> dict[str, Any]:
    scenario, _slash, option = name.rpartition("/")
    npv = spread(k, 1.0, k + 1_000, k - 20_000, k + 30_000, 1_200.0)
    return {"name": name, "scenario": scenario, "option": option, "npv": npv, "p_loss": k / 1e6 + 0.05,
            "cvar05": estimate(k - 40_000, 1.0), "peak_funding_p95": 1.0, "pv_cost": 55_000.0,
            "begins_as": f"{scenario}/commit"}  # fmt: skip


COMPARE: dict[str, Any] = {
    "currency": CURRENCY, "seed": 17, "draws": 4096,
    "scenarios": [{"name": n, "title": n.title(), "hash": n, "calibration": "c", "currency": CURRENCY,
                   "horizon_months": 36} for n in ("north", "south")],
    "options": [_compared("north/commit", 110_000.0), _compared("south/commit", 250_000.0),
                _compared("north/commit_review", 170_000.0)],
    "p_best": {"north/commit": 0.12, "south/commit": 0.61, "north/commit_review": 0.19, "do_nothing": 0.08},
    "p_best_together": {"north/commit": estimate(0.31, 0.01), "south/commit": estimate(0.61, 0.01),
                        "north/commit_review": estimate(0.31, 0.01), "do_nothing": estimate(0.08, 0.01)},
    "expected_regret": {"north/commit": 77_000.0, "south/commit": 13_000.0, "north/commit_review": 54_000.0,
                        "do_nothing": 99_000.0},
    "p_best_mcse": {}, "expected_regret_mcse": {},
    "differences": [
        {"a": "south/commit", "b": "north/commit", "mean": 140_000.0, "p05": -35_000.0, "p95": 310_000.0,
         "mcse": 2_300.0, "p_positive": 0.84},
        {"a": "north/commit", "b": "north/commit_review", "mean": -60_000.0, "p05": -190_000.0, "p95": 21_000.0,
         "mcse": 1_500.0, "p_positive": 0.27},
    ],
    "dominance": [{"a": "south/commit", "b": "north/commit", "order": 1},
                  {"a": "north/commit_review", "b": "north/commit", "order": 2}],
    "frontier": ["south/commit"], "beliefs": None, "mix": None,
    "portfolio": {"budget": 480_000.0, "drivers": ["desk", "portal"], "pv_cost": 365_000.0, "additive": 290_000.0,
                  "joint": estimate(340_000.0, 4_100.0), "interaction": 51_000.0, "best_additive": ["desk", "training"],
                  "sets": []},
    "warnings": [],
    "recommendation": advice("south/commit", "north/commit_review",
                             mean_npv={"south/commit": 250_000.0, "north/commit_review": 170_000.0}),
}  # fmt: skip

WHATIF: dict[str, Any] = {
    "scenario": "By hand", "hash": "ab" * 32, "currency": CURRENCY, "seed": 17, "draws": 4096,
    "vary": [{"path": "pilot.months", "values": ["3", "6"]}, {"path": "discount", "values": ["4 %", "8 %", "12 %"]}],
    "cells": [
        {"values": {"pilot.months": m, "discount": d}, "npv": {"do_nothing": estimate(0.0, 0.0),
         "commit": estimate(v, 700.0), "pilot_then_decide": estimate(v - 1_000, 700.0)}, "p_loss": {}, "best": best,
         "too_close": close}
        for m, d, v, best, close in (
            ("3", "4 %", 61_000.0, "commit", False), ("3", "8 %", 42_000.0, "commit_review", True),
            ("3", "12 %", -23_000.0, "do_nothing", False), ("6", "4 %", 34_000.0, "commit", False),
            ("6", "8 %", -15_000.0, "do_nothing", True), ("6", "12 %", -56_000.0, "do_nothing", False),
        )
    ],
}  # fmt: skip

DIFF: dict[str, Any] = {
    "a": {"name": "before.yaml", "npv": 100_000.0, "seed": 1, "draws": 4096},
    "b": {"name": "after.yaml", "npv": -35_000.0, "seed": 2, "draws": 4096},
    "option": "commit", "currency": CURRENCY, "total": -135_000.0,
    "changes": [
        {"input": "drivers.a.one_off", "before": 20_000, "after": 200_000, "npv": -180_000.0},
        {"input": "discount", "before": 0.08, "after": 0.04, "npv": 62_000.0},
        {"input": "horizon", "before": 36, "after": 24, "npv": -21_000.0},
    ],
    "random_numbers": 4_000.0,
}  # fmt: skip


def _believed(k: float, p: float, option: str = "commit", **more: Any) -> dict[str, Any]:
    npv = spread(k, 1.0, k, k - 41_000, k + 52_000, 1_300.0)
    return {"how": "stored", "how_in_words": "as it stands", "k_hat": None, "effective_draws": 4_000,
            "verdict": {"option": option, "mean_npv": k, "too_close": False},
            "options": {"commit": {"npv": npv, "p_loss": estimate(p, 0.01), **more.pop("commit", {})}},
                **more}  # fmt: skip


PRIORS: dict[str, Any] = {
    "scenario": "By hand", "currency": CURRENCY, "draws": 4096, "seed": 17, "packs": [], "base": _believed(214_000.0,
        0.21),
    "variants": [
        _believed(143_000.0, 0.33, "do_nothing", label="without alpha", kind="credibility", error=None,
                  posterior_credibility={}, commit={"change": {"mean": -71_000.0, "mcse": 2_600.0},
                      "change_p_loss": 0.12}),
        _believed(295_000.0, 0.14, label="at face value", kind="face_value", error=None, posterior_credibility={},
                  commit={"change": {"mean": 81_000.0, "mcse": 1_900.0}, "change_p_loss": -0.07}),
    ],
    "influence": [
        {"id": "alpha-2001", "cluster": "alpha", "change_npv": estimate(0, 0) | {"mean": -64_000.0, "mcse": 2_100.0},
         "change_p_loss": 0.093, "verdict": "do_nothing", "flips": True, "how": "weighed", "k_hat": 0.3, "error": None},
        {"id": "beta-2002", "cluster": "beta", "change_npv": {"mean": 1_700.0, "mcse": 1_500.0},
         "change_p_loss": -0.021, "verdict": "commit", "flips": False, "how": "weighed", "k_hat": 0.2, "error": None},
    ],
    "claims": [
        {"id": "alpha-2001", "statement": "s", "cluster": "alpha", "design": "d", "read": "yes", "credibility": 0.45,
         "posterior_credibility": 0.17,
         "conflicts": [{"statistic": "slope", "about": "ex_cx", "bound": None, "says": 0.62,
                        "percentile_of_prior": 0.982, "percentile_of_others": 0.93, "tail_of_prior": 0.018,
                        "tail_of_others": 0.07, "conflict": True}]},
        {"id": "beta-2002", "statement": "s", "cluster": "beta", "design": "d", "read": "yes", "credibility": 0.72,
         "posterior_credibility": 0.76,
         "conflicts": [{"statistic": "slope", "about": "cx_ex", "bound": "at_most", "says": 0.31,
                        "percentile_of_prior": 0.66, "percentile_of_others": 0.58, "tail_of_prior": 0.34,
                        "tail_of_others": 0.42, "conflict": False}]},
    ],
    "sensitivity": [{"of": "prior", "name": "ex_cx", "sensitivity": 0.27, "leans": True},
                    {"of": "claims", "name": "churn_cx", "sensitivity": 0.13, "leans": True},
                    {"of": "prior", "name": "lag_people", "sensitivity": 0.02, "leans": False}],
    "gap": {"path": "ex -> cx", "association": figure(0.44, 0.28, 0.63), "effect": figure(0.15, 0.07, 0.26),
            "share_effect": 0.34,
            "shares": {"feedback": 0.11, "common_causes": 0.19, "confounding": 0.31, "mix": 0.05}},
    "evidence": {"npv_without_claims": {"mean": 320_000.0, "p05": -96_000.0, "p95": 740_000.0},
                 "npv_with_claims": {"mean": 214_000.0, "p05": 18_000.0, "p95": 410_000.0},
                 "interval_narrowed_by": 0.53},
}  # fmt: skip

LINK: dict[str, Any] = {
    "data": {"units": 12, "periods": 7, "period_months": 3, "cells": {"ex": 80, "cx": 81, "both": 79},
             "waves_per_unit": 7, "respondents_per_cell": 40, "scales": ["enps", "nps"], "rows": 84,
             "repaired": {"percent sign removed": 5}, "refused": {"text where a number belongs": 3}, "notes": [],
             "digest": "d"},
    "settings": {"seed": 1, "lag_months": None, "period_months": 3},
    "one_period": {"ex_cx": figure(0.214, 0.103, 0.335, p_positive=0.96, unit="points per point"),
                   "cx_ex": figure(-0.052, -0.171, 0.068, p_positive=0.24, unit="points per point")},
    "settled": {"ex_cx": figure(0.61, 0.32, 0.93, p_positive=0.97, unit="points per point"),
                "cx_ex": figure(-0.13, -0.46, 0.19, p_positive=0.26, unit="points per point")},
    "lag": {"months": figure(4.4, 2.2, 8.8), "phi": figure(0.5, 0.3, 0.7), "given": False},
    "within": {"correlation": 0.37, "ex_then_cx": 0.28, "cx_then_ex": -0.09, "shocks": figure(0.1, 0.05, 0.15),
               "persistence": {"ex": figure(0.51, 0.41, 0.61), "cx": figure(0.22, 0.12, 0.32)},
               "sd": {"ex": 4.1, "cx": 2.2}},
    "between": {"observed_correlation": 0.57, "units": 12, "correlation": figure(0.6, 0.4, 0.8),
                "slope": figure(0.5, 0.3, 0.7),
                "confounding_share": figure(0.42, 0.21, 0.64)},
    "noise_share": {"ex": figure(0.33, 0.25, 0.41), "cx": figure(0.18, 0.12, 0.24)},
    "verdict": {"ex_cx": "supported", "cx_ex": "inconclusive"},
    "sensitivity": {"ex_cx": {"robustness_value": 0.29, "degrees_of_freedom": 60, "meaning": "as robust as that"},
                    "cx_ex": None},
    "independence": {"clusters": 12, "ratios": [1, 1], "factors": [1, 1]},
    "checks": [{"statistic": "a", "meaning": "spread of waves", "measured": 0.92, "p05": 0.81, "p95": 1.25, "p": 0.3,
                "unusual": False},
               {"statistic": "b", "meaning": "tails of shocks", "measured": 3.9, "p05": 2.4, "p95": 3.5, "p": 0.01,
                "unusual": True}],
    "enough": {"now": {"units": 12, "waves": 7, "respondents": 40, "width": 0.23}, "goal": "half as wide",
               "designs": [{"more": "units", "units": 48, "waves": 7, "respondents": 44, "width": 0.114},
                           {"more": "waves", "units": 12, "waves": 21, "respondents": 46, "width": 0.112}],
               "detectable": {"ex_cx": 0.196, "cx_ex": 0.214}},
    "by_kind": [], "groups": [],
    "outcomes": [{"outcome": "churn", "parameter": "churn_cx", "timing": "at once", "verdict": "supported", "why": "",
                  "one_period": figure(0.0123, 0.0045, 0.0217), "settled": figure(0.0156, 0.0067, 0.0258),
                  "in_calibration": True, "own_unit": figure(0.0039, 0.0017, 0.0065)}],
    "pilot": None,
    "prior": {"ex_cx": figure(0.35, 0.08, 0.92), "cx_ex": figure(0.16, 0.04, 0.55), "churn_cx": figure(0.0189, 0.0051,
        0.0472)},
    "posterior": {"ex_cx": figure(0.52, 0.36, 0.71), "cx_ex": figure(0.12, 0.03, 0.47),
                  "churn_cx": figure(0.0165, 0.0093, 0.0266)},
    "calibration": {"before": {"hash": "h", "source": "prior", "data": False},
                    "after": {"hash": "i", "source": "mcmc", "data": True}},
    "refused_rows": [{"file": "panel.csv", "line": 9, "column": "cx", "value": "good", "reason": "text"}],
    "repaired_rows": [], "warnings": ["Mind the gap."], "diagnostics": {"r_hat": 1.004},
}  # fmt: skip


def _npv(before: float, after: float, p_before: float, p_after: float) -> dict[str, Any]:
    return {name: {"mean": m, "median": m + 1_000, "p05": m - 31_000, "p95": m + 47_000, "p_loss": p}
            for name, m, p in (("prior", before, p_before), ("posterior", after, p_after))}  # fmt: skip


UPDATE: dict[str, Any] = {
    "scenario": "By hand", "hash": "ab" * 32, "calibration": {"hash": "cd" * 32, "source": "mcmc", "data": False},
    "node": "ex[front]", "measure": "enps", "currency": CURRENCY, "seed": 17, "draws": 4096,
    "effect": {"measured": figure(5.1, 2.2, 8.3, standard_error=1.7, degrees_of_freedom=10.4, permutation_p=0.02,
                                  change_sd=2.9),
               "predicted": figure(3.3, 1.1, 6.2), "prior": figure(4.6, 1.7, 9.4),
               "posterior": figure(5.8, 3.6, 8.9), "points": {"median": 2.55, "error": 0.9},
               "unit": "eNPS points", "basis": "units"},
    "surprise": {"tail_probability": 0.28, "bits": 1.84},
    "links": {"ex_cx": {"prior": figure(0.35, 0.08, 0.92), "posterior": figure(0.39, 0.11, 0.95)}},
    "doubt": {"ex_cx": {"prior": 0.16, "posterior": 0.12}},
    "npv": {"pilot_scale": _npv(120_000.0, 190_000.0, 0.24, 0.09), "pilot_stop": _npv(-13_000.0, -14_000.0, 0.81,
        0.83)},
    "decision": {"choice": "go", "expected_npv": {"scale": 190_000.0, "stop": -14_000.0}, "rule": None,
                 "reason": "no rule was saved; scaling is better"},
    "units": {"treated": 5, "control": 8},
    "log": {"file": "pilots.jsonl", "entry": 3, "earlier": 2, "appended": True, "used_by_run": True, "line": ""},
    "effective_draws": 2_000.0, "warnings": [], "sentence": "It rose.",
}  # fmt: skip

BACKTEST: dict[str, Any] = {
    "methods": {
        "model": {"crps": {"ex": 1.234, "cx": 2.345}, "coverage": {"50": 0.52, "80": 0.79, "90": 0.88}},
        "persistence": {"crps": {"ex": 3.456, "cx": 4.567}, "coverage": {"50": 0.44, "80": 0.71, "90": 0.83}},
    },
    "crps_ratio_to_persistence": {"ex": 0.36, "cx": 0.51}, "origins": [4, 5, 6], "horizon": 2, "unit": "index points",
    "sentence": "It would have been right.", "warnings": [],
}  # fmt: skip

BATCH: dict[str, Any] = {
    "batch": "out", "scenario": "out", "currency": CURRENCY, "failures": ["bad.yaml: broken"], "draws": 256,
    "scenarios": [
        {"scenario": "first.yaml", "option": "commit", "mean": -41_000.0, "p05": -83_000.0, "p95": 12_000.0,
            "p_loss": 0.88},
        {"scenario": "second.yaml", "option": "commit", "mean": 92_000.0, "p05": 37_000.0, "p95": 151_000.0,
            "p_loss": 0.03},
        {"scenario": "third.yaml", "option": "commit", "mean": 26_000.0, "p05": -19_000.0, "p95": 74_000.0,
            "p_loss": 0.31},
    ],
}  # fmt: skip
