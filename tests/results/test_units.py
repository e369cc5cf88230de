# SPDX-License-Identifier: MIT
"""A figure has one unit wherever a result holds it, and which one its name says: written down by hand, by name."""

from __future__ import annotations

import importlib

import pytest

from txsim.results.codec import KINDS, units_of

#: Names of figures by their unit, in whatever result they stand.
BY_NAME = {
    "currency": """additive asked beyond budget capacity_freed change change_npv commit_review cvar05 edges evpi
        evppi evsi expected_regret expected_regret_mcse gain groups initial interaction joint later links loss margin
        material
        max_peak_funding max_pv_cost mcse_after_tax mean_npv npv npv_after_tax npv_other_bridge npv_with_claims
        npv_without_claims p25 p50 p75 payoff_by_segment peak_funding peak_funding_p95 pilot_net pv pv_cost pv_profit
        pv_stopped pv_years random_numbers random_numbers_after_tax reached resolution rule_value runoff scale
        scale_resolution shapley_npv standing_still start stop stop_resolution swing switched_off_npv tax
        total_after_tax worst years""",
    "share, 0 to 1": """above absurd absurd_mass adds after assurance below chance change_p_loss confounding_share
        coverage credibility credibility_default data_share density discount_rate doubt explained false_go false_stop
        first_order i2 impossible interval_narrowed_by least_share level max_p_loss misfit mu_posterior_weights
        narrowed_by noise_share outside over_0_9 overrun_limit p p_above_0 p_best p_best_mcse p_best_together
        p_best_within p_good p_loss p_equal p_positive p_scale p_stopped_loss p_within_factor_2 p_within_horizon
        paid_back percentile_of_others percentile_of_prior permutation_p phi posterior_credibility posterior_doubt
        robustness_value scope share share_effect share_of_respondents tail_of_others tail_of_prior tail_probability
        tax_rate weight""",
    "months": "delay_months given_payback horizon_months lag_months months period_months",
    "count": """agreeing calibrations cells claims claims_scored clusters computed conversions count counted
        degrees_of_freedom distinct draws earlier entry failures horizon impossible_draws kept missing
        narrowed_by_a_tenth null periods refused repaired respondents respondents_per_cell rows sampled scenarios scored
        to_sample trimmed units verified waves waves_per_unit workers""",
    "ratio": """crps_ratio_range crps_ratio_to_best crps_ratio_to_persistence exaggeration factor factors
        median_ratio mu_zero mu_zero_minimum powers ratio ratios roi tau_zero tau_zero_minimum within""",
    "index points": "apart delta error points shapley_delta",
    "correlation": "correlation cx_then_ex ex_then_cx observed_correlation persistence shocks",
    "within-unit sd per sd": "detectable within_sd",
    "points per point; units of the file where a scale is not known": "slope",
    "points per point; sd per sd where a scale is not known": "alone",
    "as `unit` beside it says": """association at break_even catalogue change_sd crps density_ends effect gap gap_stated
        level_stated limit_at limit_gap mean_effective middle now pooled_quantiles predicted quantiles says
        standard_error stated step threshold threshold_if_over_budget variants x""",
    "scales of the file": "own_unit",
    "customers": "customers_end",
    "bits": "bits",
    "bytes": "memory",
    "seconds": "seconds",
    "as the parameter of that name": "data settled",
    "index points; the file's own unit where a scale is not known": "reach",
}  # fmt: skip
#: Names that mean one thing here and another there, by what stands before them.
MONEY, SHARE, OWN, POINTS, MONTHS, COUNT = (
    "currency",
    "share, 0 to 1",
    "as `unit` beside it says",
    "index points",
    "months",
    "count",
)
BY_PLACE = {
    MONEY: """scenarios.mean scenarios.p05 scenarios.p95 differences.mcse differences.mean differences.p05
        differences.p95 recommendation.mcse changes.mcse parts.mcse posterior.mean posterior.median posterior.p05
        posterior.p95
        prior.mean prior.median prior.p05 prior.p95 course.mean course.p05 course.p95 scaled.mean scaled.p05 scaled.p95
        tested.high tested.low sensitivity.parameters.high sensitivity.parameters.low cross_check.customers lines.total
        diff.total rule_details.value stated_rule_details.value histogram.width""",
    SHARE: """parameters.total touched.before doubt.before doubt.posterior doubt.prior gap.shares histogram.shares
        leaving.control leaving.treated i2.median""",
    OWN: """hinges.high hinges.low bounds.high bounds.low bounds.p05 bounds.p95 set.before link.pilot.ex link.pilot.cx
        measured.mcse measured.mean measured.median measured.p05 measured.p95 measured.sd at_counts.median at_counts.p05
        at_counts.p95 one_period.median one_period.p05 one_period.p95 link.settled.median link.settled.p05
        link.settled.p95 outcomes.median outcomes.p05 outcomes.p95 quantities.p05 quantities.p95 stated.p05 stated.p95
        parameters.posterior show.posterior parameters.prior show.prior list.parameters.prior parameters.p05
        parameters.p95 parameters.a.median parameters.a.p05 parameters.a.p95
        parameters.b.median parameters.b.p05 parameters.b.p95 parameters.prior.median parameters.prior.p05
        parameters.prior.p95 says.value curves.at map.stated_x.at map.stated_y.at statements.value
        stated.value inputs.value inputs.low inputs.high believed.prior believed.posterior""",
    POINTS: """delta.mcse delta.mean delta.median delta.p05 delta.p95 delta.sd points.median effect.posterior
        effect.prior""",
    MONTHS: "payback_month.median payback_month.p05 payback_month.p95",
    COUNT: "pilot.control units.control units.treated",
    "ratio": "inputs.shares parts.shares before_start.farther",
    "within-unit sd per sd": "now.width designs.width",
    "index points; the file's own unit where a scale is not known": "unit_lines.ex unit_lines.cx within.sd",
    "as the parameter of that name": """link.posterior link.prior contributions.posterior contributions.prior
        outcomes.one_period""",
    "points per point": "links.posterior links.prior",
    "points per point; sd per sd where a scale is not known": "by_kind.one_period groups.one_period",
}  # fmt: skip


def figures() -> dict[str, str]:
    """Return the unit of each figure of each kind of result by its key, the kind first, without ``*``."""
    found = {}
    for kind, (module, cls) in KINDS.items():
        for key, unit in units_of(getattr(importlib.import_module(module), cls)).items():
            found[".".join([kind.split()[-1], *(part for part in key.split(".") if part != "*")])] = unit
    return found


def test_a_name_has_one_unit_in_whatever_result_it_stands() -> None:
    unit_of = {name: unit for unit, names in BY_NAME.items() for name in names.split()}
    place_of = {place: unit for unit, places in BY_PLACE.items() for place in places.split()}
    wrong, unknown = {}, {}
    for key, unit in figures().items():
        parts = key.split(".")
        ends = (".".join(parts[-n:]) for n in (4, 3, 2))
        expected = next((place_of[end] for end in ends if end in place_of), unit_of.get(parts[-1]))
        if expected is None:
            unknown[key] = unit
        elif unit != expected:
            wrong[key] = unit, expected
    assert not wrong
    assert not unknown, "say by hand in which unit these are"


@pytest.mark.parametrize("name", ["npv", "p_loss", "p_positive", "pv_cost", "evppi", "draws"])
def test_what_many_results_hold_is_looked_at_in_all_of_them(name: str) -> None:
    assert sum(key.endswith(f".{name}") for key in figures()) > 5
