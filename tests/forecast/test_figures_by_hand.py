# SPDX-License-Identifier: MIT
"""Figures of a forecast worked out from its draws and from what the scenario says, one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from txsim.forecast import Forecast, forecast
from txsim.forecast import months as by_months
from txsim.forecast.causal_graph import causal_graph, link_strengths
from txsim.forecast.draws import posterior_keys
from txsim.forecast.figures import delta_of
from txsim.forecast.inference_data import _log_prior
from txsim.forecast.labels import label_of
from txsim.forecast.months import each_month, mean_months
from txsim.forecast.pilot_evidence import bills_shown, log_bills
from txsim.forecast.plain_numbers import stated_numbers
from txsim.forecast.settable import settable_in
from txsim.forecast.worth import has_margin
from txsim.inference import Calibration, CalibrationSpec
from txsim.pathways import default_graph
from txsim.priors.catalogue import calibration_parameters
from txsim.priors.distributions import lognormal
from txsim.priors.moments import median
from txsim.results.quantities import Distribution
from txsim.scenario import Scenario, loads

FIRM = """
organisation:
  currency: EUR
  index: {ex: 50, cx: {value: 20, scale: nps}}
  staff: {front: {headcount: 60, salary_per_year: 36000, turnover_per_year: 0.2}}
  customers: 4000
  churn_per_month: 0.02
  arpu_per_month: 90
  contribution_margin: 0.3
  sources: {churn_per_month: finance}
drivers:
  - {name: desk, one_off: 20000, monthly: 900,
     pushes: [{node: ex, effect: {interval: [2, 12]}, scale: enps, months: 3}]}
pilot: {months: 4, scope: 0.2, one_off: 900}
finance: {tax_rate: 0.3}
horizon_months: 26
"""
FEW: Any = {"draws": 512, "prior_only": True}
CAPEX = "one_off_kind: capex, one_off_life: 30, one_off: 9000"


def changed(*pairs: str, text: str = FIRM) -> Scenario:
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return loads(text)


@pytest.fixture(scope="module")
def run() -> Forecast:
    return forecast(loads(FIRM), trajectories=True, **FEW)


# --- months


@pytest.mark.parametrize("kept", [True, False])
def test_months_in_parts_are_the_months(run: Forecast, kept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_months, "draws_at_once", lambda _: 128)
    other = run if kept else forecast(loads(FIRM), **FEW)
    fields = run.scene.plan.monthly_fields()
    seen: dict[str, list[Any]] = {}
    for path, first, part in each_month(other):
        assert part.shape == (26, len(fields), 128)
        assert first == 128 * len(seen.setdefault(path, []))
        seen[path].append(part)
    assert set(seen) == {"do_nothing", "commit", "commit_stop", "pilot_scale", "pilot_stop"}
    for path, parts in seen.items():
        whole = np.concatenate(parts, axis=2)
        for i, name in enumerate(fields):
            np.testing.assert_array_equal(whole[:, i], run.outcome.by_month(path, name))
    means = mean_months(other, ("customers", "payoff"))["commit"]
    np.testing.assert_allclose(
        means["payoff"], np.asarray(run.trajectories["payoff"].sel(option="commit").mean("draw"))
    )


# --- money


def test_what_customers_are_worth_later_is_taxed_as_all_else_is() -> None:
    plain = forecast(changed("horizon_months: 26", "horizon_months: 26\nterminal: runoff"), **FEW)
    outcome = plain.outcome
    npv, after, later = (outcome.field("commit", name) for name in ("npv", "npv_after_tax", "runoff"))
    assert np.ptp(later) > 0
    np.testing.assert_allclose(plain.npv("commit"), npv + later)
    np.testing.assert_allclose(plain.npv_after_tax("commit"), after + 0.7 * later)
    before = plain.figures().options["commit"]
    assert before.runoff is not None
    assert before.runoff.mean == pytest.approx(later.mean())
    decided = changed("horizon_months: 26", "horizon_months: 26\nterminal: runoff\ndecision: {after_tax: true}")
    figures = forecast(decided, **FEW).figures().options["commit"]
    assert figures.runoff is not None
    assert figures.runoff.mean == pytest.approx(0.7 * later.mean())


@pytest.mark.parametrize("after_tax", [False, True])
def test_return_risk_and_payback_are_those_of_the_side_of_tax_that_decides(after_tax: bool) -> None:
    more = "horizon_months: 60\ndecision: {after_tax: true}" if after_tax else "horizon_months: 60"
    # what is written off brings tax at another time than it is paid
    decided = forecast(changed("horizon_months: 26", more, "one_off: 20000", CAPEX), **FEW)
    figures, outcome = decided.figures().options["commit"], decided.outcome
    worth = decided.npv_after_tax("commit") if after_tax else decided.npv("commit")
    cost = outcome.field("commit", "pv_cost")
    assert figures.roi == pytest.approx(worth.mean() / cost.mean())
    assert figures.p_loss.value == pytest.approx((worth < 0).mean())
    eighths = (worth < 0).reshape(8, -1).mean(axis=1)
    assert figures.p_loss.mcse == pytest.approx(eighths.std(ddof=1) / np.sqrt(8))
    worst = np.sort(worth)
    count = 0.05 * worst.size
    tail = (worst[: int(count)].sum() + (count - int(count)) * worst[int(count)]) / count
    assert figures.cvar05.value == pytest.approx(tail)
    back = outcome.field("commit", "payback_after_tax" if after_tax else "payback")
    told, ordered = figures.payback_month, np.sort(np.where(np.isfinite(back), back, np.inf))
    assert told is not None
    levels = [ordered[int(q * back.size)] for q in (0.05, 0.5, 0.95)]
    assert [told.p05, told.median, told.p95] == [x if np.isfinite(x) else None for x in levels]
    assert told.p_within_horizon == pytest.approx(np.isfinite(back).mean())
    assert told.given_payback == pytest.approx(back[np.isfinite(back)].mean())
    before, after = (outcome.field("commit", name) for name in ("payback", "payback_after_tax"))
    assert not np.array_equal(before, after, equal_nan=True)


def test_profit_of_doing_nothing_on_the_margin_bridge_by_hand() -> None:
    """30 % of a revenue that grows by 12 % a year and has its season, month by month, each discounted at its end."""
    season = [0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.5, 1.3, 1.0, 0.7, 0.5]
    text = FIRM.replace(
        "  contribution_margin: 0.3", f"  contribution_margin: 0.3\n  arpu_growth: 0.12\n  season: {season}"
    )
    text = text.replace(", salary_per_year: 36000, turnover_per_year: 0.2", "").replace("horizon_months: 26",
                        "horizon_months: 26\nbridge: margin")  # fmt: skip
    profit = forecast(loads(text), **FEW).figures().do_nothing.pv_profit
    expected = sum(0.3 * 4000 * 90 * season[t % 12] * 1.12 ** (t / 12) * 1.1 ** (-(t + 1) / 12) for t in range(26))
    assert profit is not None
    assert (profit.mean, profit.p05, profit.p95) == pytest.approx((expected, expected, expected))


SEGMENT = "{customers: 100, churn_per_month: 0.01, arpu_per_month: 9"


@pytest.mark.parametrize(
    ("firm", "one", "other", "has"),
    [("0.3", "", "", True), ("", ", contribution_margin: 0.3", ", contribution_margin: 0.2", True),
     ("", ", contribution_margin: 0.3", "", False), ("", "", "", False)],
)  # fmt: skip
def test_all_revenue_has_a_margin_or_none_is_told(firm: str, one: str, other: str, has: bool) -> None:
    margin = f"  contribution_margin: {firm}\n" if firm else ""
    segments = f"  segments:\n    a: {SEGMENT}{one}}}\n    b: {SEGMENT}{other}}}"
    text = FIRM.replace("  contribution_margin: 0.3", margin + segments)
    assert has_margin(loads(text.replace("horizon_months: 26", "horizon_months: 26\nbridge: margin"))) is has


CHEAP = (
    "one_off: 20000, monthly: 900",
    "one_off: 90, monthly: 5",
    "pilot: {months: 4, scope: 0.2, one_off: 900}\n",
    "",
)


def test_peaks_are_limited_at_their_95_percent() -> None:
    peaks = forecast(changed(*CHEAP), **FEW).outcome.field("commit", "peak_funding")
    middle, high = np.quantile(peaks, [0.5, 0.95])
    assert middle < high
    for most, within in ((float(high) * 1.001, True), (float(high + middle) / 2, False)):
        limited = changed("horizon_months: 26", f"horizon_months: 26\ndecision: {{max_peak_funding: {most}}}", *CHEAP)
        verdict = forecast(limited, **FEW).figures().verdict["horizon"].option
        assert (verdict == "commit") is within


def test_the_verdict_two_years_later_is_that_of_a_longer_horizon() -> None:
    later = forecast(changed(*CHEAP), **FEW).figures().verdict
    longer = forecast(changed("horizon_months: 26", "horizon_months: 50", *CHEAP), **FEW).figures().verdict["horizon"]
    assert longer.option == later["horizon_plus_24"].option == "commit"
    assert later["horizon_plus_24"].mean_npv == pytest.approx(longer.mean_npv)
    assert longer.mean_npv > later["horizon"].mean_npv > 0


def test_a_fall_on_a_scale_where_less_is_better_keeps_its_order() -> None:
    """Of 48 hours an index point is 0.48 less: 5 … 15 points are 2.4 … 7.2 hours less, the most first."""
    slow = forecast(
        changed("ex: 50", "ex: {value: 24, scale: {worst: 48, best: 0, unit: h}}", ", scale: enps", ""), **FEW
    )
    told = delta_of(slow, "ex[front]", Distribution(10.0, 3.0, 9.0, 5.0, 15.0, 0.1)).measured
    assert told is not None
    assert (told.mean, told.sd, told.median, told.p05, told.p95, told.mcse) == pytest.approx(
        (-4.8, 1.44, -4.32, -7.2, -2.4, 0.048)
    )
    assert told.unit == "h"


def test_a_summary_says_tax_and_who_decides(run: Forecast) -> None:
    told = run.summary()
    assert (told.tax_rate, told.after_tax, told.discount_rate, told.horizon_months) == (0.3, False, 0.1, 26)
    assert told.pilots is None


# --- finished pilots


def test_what_pilots_did_is_counted_and_how_many_draws_agree() -> None:
    entry = "{node: ex, points: 1.0, error: 0.8, degrees: 9, months: 4}"
    text = f"horizon_months: 26\npilots: {{entries: [{entry}, {entry.replace('9', '7')}, {entry}]}}"
    told = forecast(changed("horizon_months: 26", text), **FEW).summary().pilots
    assert told is not None
    assert told.counted == 2  # one stands there twice
    assert [reading.points for reading in told.readings] == [1.0, 1.0, 1.0]
    assert told.effective_draws is not None
    assert told.effective_draws > 400
    assert told.effective_draws % 1 != 0.0  # of more draws than are kept, weighed


def test_the_prior_of_a_doubted_link_has_the_chance_of_its_state() -> None:
    prior = lognormal(0.3, 3.0)
    spec = CalibrationSpec(default_graph(), calibration_parameters() | {"ex_cx": prior}, (), doubt={"ex_cx": 0.2})
    par = {name: np.full((1, 2), median(each)) for name, each in spec.priors.items()}
    par |= {"ex_cx": np.array([[0.5, 0.0]]), "link[ex_cx]": np.array([[1.0, 0.0]])}
    logs = _log_prior(spec, par)
    np.testing.assert_allclose(logs["link[ex_cx]"], np.log([[0.8, 0.2]]))
    density = stats.lognorm.logpdf(0.5, np.log(3) / 1.6449, scale=0.3)
    np.testing.assert_allclose(logs["ex_cx"], [[density, 0.0]], atol=1e-3)


def test_bills_weigh_drivers_by_a_year_of_their_cost() -> None:
    """1,000 once and 12 × 500 a month of one, 3,000 once of the other: seven tenths and three."""
    text = FIRM.replace("one_off: 20000, monthly: 900", "one_off: 1000, monthly: 500").replace(
        "pilot:", "  - {name: other, pushes: [{node: ex, effect: 1}], one_off: 3000}\npilot:"
    )
    scenario = loads(text)
    one, two = np.array([1.0, 1.5, 2.0]), np.array([1.0, 0.8, 1.2])
    shown = bills_shown(scenario, {"desk.cost_overrun": one, "other.cost_overrun": two}, 3)
    assert shown is not None
    np.testing.assert_allclose(np.exp(shown), 0.7 * one + 0.3 * two)
    assert bills_shown(scenario, {}, 3) is None


def test_bills_are_normal_about_the_log_of_the_overrun() -> None:
    """Bills of 20 % over plan, each 10 % of them as far as one sd."""
    truth = np.log([1.0, 1.2, 1.5])
    expected = stats.norm.logpdf(np.log(1.2), truth, 0.1)
    got = log_bills(0.2, truth)
    np.testing.assert_allclose(got - got[1], expected - expected[1])


# --- links, labels, numbers


def test_strengths_are_medians_in_force_with_share_and_factor() -> None:
    scenario = changed("finance: {tax_rate: 0.3}", "edges: {ex -> cx: 0.5}\npriors: {ex_cx: 0.4, silo_mx: 7}")
    told = {(each.source, each.target): each for each in link_strengths(scenario, **FEW)}
    assert told["ex[front]", "cx"].median == pytest.approx(0.2)
    assert told["coordination", "mx"].median == pytest.approx(0.07)  # coordination of a hundred points, too
    assert told["ex[front]", "cx"].doubt is None


def test_a_link_in_doubt_is_as_strong_as_where_it_is_in_force() -> None:
    """Of a log-normal the median, not its mean; nothing of the fifth of the draws in which it does nothing."""
    doubted = "priors: {ex_cx: {median: 0.4, factor: 3}, doubt: {ex_cx: 0.2}}"
    told = link_strengths(changed("finance: {tax_rate: 0.3}", doubted), prior_only=True, draws=4096)
    (link,) = (each for each in told if each.edge == "ex -> cx")
    assert link.median == pytest.approx(0.4, rel=0.06)
    assert link.prior_doubt == 0.2
    assert link.doubt == pytest.approx(0.2, abs=0.03)
    assert link.doubt != 0.2  # of so many draws


def test_a_graph_says_what_is_believed_and_how_it_is_scaled() -> None:
    graph = causal_graph(changed("finance: {tax_rate: 0.3}", "edges: {ex -> cx: 0.5}\npriors: {ex_cx: 0.4}"))
    (link,) = (each for each in graph.links if (each.source, each.target) == ("ex[front]", "cx"))
    assert (link.factor, link.edge, link.slope) == (0.5, "ex -> cx", "ex_cx")
    assert link.belief.startswith("0.4")
    assert all(each.factor == 1.0 for each in graph.links if each.edge != "ex -> cx")


@pytest.mark.parametrize(
    ("name", "value", "stated", "unit"),
    [
        ("desk.pushes[0].effect", 4.0, 4.0, "eNPS points"),  # drawn as it is written
        ("desk.pushes[0].months", 3.0, 3.0, "months"), ("desk.delivery", 0.6, 60.0, "%"),
        ("desk.cost_overrun", 1.3, 130.0, "%"), ("desk.slip", 2.0, 2.0, "months"), ("desk.one_off", 9.0, 9.0, "EUR"),
        ("desk.monthly", 9.0, 9.0, "EUR"), ("desk.fade", 6.0, 6.0, "months"), ("index.cx", 60.0, 20.0, "NPS points"),
        ("index.ex[front]", 55.0, 55.0, "points"), ("pilot.scope", 0.2, 20.0, "%"),
        ("pilot.reusable", 0.4, 40.0, "%"), ("pilot.response", 0.4, 40.0, "%"), ("pilot.one_off", 7.0, 7.0, "EUR"),
        ("pilot.respondents", 7.0, 7.0, "people"), ("pilot.cost_per_response", 7.0, 7.0, "EUR"),
        ("rivals.share", 0.5, 50.0, "%"), ("rivals.months", 5.0, 5.0, "months"),
        ("staff.front.salary_per_year", 9.0, 9.0, "EUR"), ("staff.front.turnover_per_year", 0.2, 20.0, "%"),
        ("staff.front.headcount", 9.0, 9.0, "people"), ("staff.front.absence_rate", 0.06, 6.0, "%"),
        ("churn_per_month", 0.02, 2.0, "%"), ("customers", 9.0, 9.0, "customers"), ("joins_per_month", 9.0, 9.0,
        "customers"), ("arpu_per_month", 9.0, 9.0, "EUR"), ("revenue_per_month", 9.0, 9.0, "EUR"),
        ("contribution_margin", 0.3, 30.0, "%"), ("digital_bad", 0.1, 10.0, "%"), ("cost_per_contact", 9.0, 9.0, "EUR"),
        ("contacts_per_month", 2.0, 2.0, ""), ("productivity_ex", 0.2, 0.2, "pp"), ("arpu_growth", 0.03, 3.0, "%"),
        ("cost_growth", 0.03, 3.0, "%"), ("time_realised", 0.3, 30.0, "%"), ("absence_cover", 0.5, 0.5, ""),
        ("coordination", 0.5, 0.5, ""), ("segments.big.arpu_per_month", 9.0, 9.0, "EUR"),
        ("segments.big.churn_per_month", 0.02, 2.0, "%"), ("segments.big.customers", 9.0, 9.0, "customers"),
    ],
)  # fmt: skip
def test_quantities_as_their_author_counts_them(name: str, value: float, stated: float, unit: str) -> None:
    label = label_of(loads(FIRM), name)
    if name.endswith(".effect"):
        value *= 0.5  # draws hold index points, of which an eNPS has half as many
    assert label.unit == unit
    assert label.stated(value) == pytest.approx(stated)


def test_numbers_that_were_typed_the_firms_first() -> None:
    told = stated_numbers(changed("interval: [2, 12]", "median: 6, factor: 1.5"))
    by_name = {each.name: each for each in told}
    first = [each.name for each in told if each.name in ("churn_per_month", "desk.one_off", "pilot.scope")]
    assert first[0] == "churn_per_month"
    assert (by_name["churn_per_month"].value, by_name["churn_per_month"].unit) == (2.0, "%")
    assert by_name["churn_per_month"].source == "finance"
    assert by_name["index.cx"].value == pytest.approx(20.0)
    assert (by_name["discount_rate"].value, by_name["discount_rate"].unit) == (10.0, "%")
    assert (by_name["horizon_months"].value, by_name["horizon_months"].unit) == (26.0, "months")
    assert (by_name["pilot.scope"].value, by_name["desk.monthly"].value) == (20.0, 900.0)
    assert [each.name for each in told[-2:]] == ["horizon_months", "discount_rate"]
    assert "desk.pushes[0].effect" not in by_name


def test_what_may_be_set_has_its_unit_and_whether_it_may_harm() -> None:
    scenario = changed("one_off: 20000", "cost_overrun: {median: 1.2, factor: 1.3}, delivery: 0.6, one_off: 20000")
    known = settable_in(scenario, {}).parameters
    assert (known["desk.cost_overrun"].unit, known["desk.delivery"].unit) == ("ratio", "share")
    assert known["churn_per_month"].unit == "share"
    effect = known["desk.pushes[0].effect"]
    assert effect.signed
    assert effect.low == 0.0  # a gain, unless somebody says so
    worse = settable_in(changed("interval: [2, 12]", "interval: [-12, -2]"), {}).parameters["desk.pushes[0].effect"]
    assert worse.low is None
    assert effect.prior is not None
    assert median(effect.prior) == pytest.approx(np.sqrt(24), rel=1e-3)


def test_draws_of_a_calibration_are_ordered_by_what_a_point_of_staff_is_worth() -> None:
    """Ten months of 1.8 % who stay and come, and what they spend, by what EX does to CX; and who stays of staff."""
    values = {"churn_cx": 0.02, "referral_cx": 0.01, "spend_cx": 0.004, "ex_cx": 0.3, "attrition_ex": 0.03,
              "replacement_cost": 0.6}  # fmt: skip
    table = np.array(list(values.values()))[:, None, None] * np.array([[1.0, 2.0]])
    (key,) = posterior_keys(Calibration("h", "k-0", "mcmc", tuple(values), table, (), {}))
    one = 0.3 * (10 * 0.018 * 0.03 + 0.004) + 0.15 * 0.03 * 0.6
    np.testing.assert_allclose(key, [[one, 4 * one]])
