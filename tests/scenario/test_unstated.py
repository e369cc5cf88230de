# SPDX-License-Identifier: MIT
"""What holds where nobody says anything: every default by hand, and figures that follow from others."""

from __future__ import annotations

from typing import Any

import pytest

from txsim.errors import InputError
from txsim.priors.distributions import Distribution
from txsim.priors.moments import median
from txsim.scenario import Scenario, loads
from txsim.scenario.respondents import can_answer, measures_of, members_of, people_of

LEAST = """
organisation:
  index: {ex: 50, cx: 60}
  staff: {front: {headcount: 70}, office: {headcount: 30, meets_customers: false}}
  customers: 4000
  churn_per_month: 0.02
  arpu_per_month: 90
  contribution_margin: 0.3
drivers: [{name: desk, pushes: [{node: ex, effect: 5}], benefits: [{monthly: 10}], costs: [{amount: 5, month: 1}]}]
pilot: {months: 6, scope: 0.2, measures: [ex]}
rivals: {share: 0.5, months: 12}
finance: {tax_rate: 0.25}
"""


@pytest.fixture(scope="module")
def least() -> Scenario:
    return loads(LEAST)


def plain(value: Any) -> Any:
    return median(value) if isinstance(value, Distribution) else value


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("horizon_months", 36), ("discount_rate", 0.1), ("rate_kind", "nominal"), ("convention", "monthly"),
        ("bridge", "customers"), ("terminal", "none"), ("seed", None), ("edges", {}), ("link_doubt", {}),
        ("decision.criterion", "mean_npv"), ("decision.max_p_loss", None), ("decision.max_peak_funding", None),
        ("decision.material", 0.05), ("decision.after_tax", False), ("finance.write_off", False),
        ("finance.rate_basis", None), ("evidence.use", "all"), ("evidence.within_cluster_correlation", 0.8),
        ("organisation.currency", "EUR"), ("organisation.coordination", 0.0),
        ("organisation.contacts_per_month", 0.0), ("organisation.cost_per_contact", 0.0),
        ("organisation.productivity_ex", 0.0), ("organisation.arpu_growth", 0.0), ("organisation.cost_growth", 0.0),
        ("organisation.season", None), ("organisation.time_realised", None), ("organisation.absence_cover", None),
        ("organisation.staff.front.meets_customers", True), ("organisation.staff.front.reach", None),
        ("organisation.staff.front.turnover_per_year", None), ("organisation.staff.front.salary_per_year", None),
        ("drivers.0.kind", "people"), ("drivers.0.owner", "shared"), ("drivers.0.start", 0), ("drivers.0.one_off", 0.0),
        ("drivers.0.monthly", 0.0), ("drivers.0.per_head_monthly", 0.0), ("drivers.0.heads", None),
        ("drivers.0.fade", 6.0), ("drivers.0.months", None), ("drivers.0.delivery", None),
        ("drivers.0.cost_overrun", None), ("drivers.0.slip", None), ("drivers.0.one_off_kind", "opex"),
        ("drivers.0.pushes.0.months", 6.0), ("drivers.0.pushes.0.effect_basis", "designed"),
        ("drivers.0.pushes.0.tires", None), ("drivers.0.benefits.0.months", None),
        ("drivers.0.benefits.0.benefit_basis", "designed"), ("drivers.0.benefits.0.in_pilot", True),
        ("drivers.0.benefits.0.realised", None), ("drivers.0.costs.0.kind", "opex"), ("pilot.decision_months", 1),
        ("pilot.one_off", 0.0), ("pilot.monthly", 0.0), ("pilot.reusable", 0.0), ("pilot.respondents", 0.0),
        ("pilot.waves", 2), ("pilot.cost_per_response", 0.0), ("pilot.response", 1.0), ("pilot.control", False),
        ("pilot.control_respondents", None), ("pilot.units", 4), ("pilot.control_units", None),
        ("pilot.wave_correlation", 0.0), ("pilot.chosen_below", 0.0), ("pilot.measures.0.by_unit", True),
        ("pilot.measures.0.respondent_sd", None), ("pilot.measures.0.passives", 0.35), ("rivals.start", 0),
    ],
)  # fmt: skip
def test_what_holds_unless_it_is_said(least: Scenario, place: str, value: Any) -> None:
    here: Any = least
    for part in place.split("."):
        here = here[part] if isinstance(here, dict) else here[int(part)] if part.isdigit() else getattr(here, part)
    assert plain(here) == value


@pytest.mark.parametrize(
    ("months", "waves", "steps"),
    [(6, 1, (0,)), (6, 2, (0, 6)), (6, 3, (0, 3, 6)), (9, 4, (0, 3, 6, 9)), (12, 5, (0, 3, 6, 9, 12))],
)
def test_waves_fall_from_the_start_to_the_end_of_a_pilot(months: int, waves: int, steps: tuple[int, ...]) -> None:
    scenario = loads(LEAST.replace("months: 6, scope", f"months: {months}, waves: {waves}, scope"))
    assert scenario.pilot is not None
    assert scenario.pilot.survey_steps == steps


@pytest.mark.parametrize(("starts", "start", "decided"), [((0,), 0, 8), ((3, 5), 3, 11), ((5, 3), 3, 11)])
def test_a_pilot_is_counted_from_the_first_driver(starts: tuple[int, ...], start: int, decided: int) -> None:
    drivers = ", ".join(
        f"{{name: d{i}, start: {month}, pushes: [{{node: ex, effect: 5}}], one_off: 9}}"
        for i, month in enumerate(starts)
    )
    lines = [f"drivers: [{drivers}]" if line.startswith("drivers") else line for line in LEAST.splitlines()]
    scenario = loads("\n".join(lines).replace("months: 6, scope", "months: 6, decision_months: 2, scope"))
    assert (scenario.start, scenario.decision_month) == (start, decided)


# --- who is there, and who can answer


SEGMENTS = """
  segments:
    big: {customers: 300, churn_per_month: 0.01, arpu_per_month: 900}
    small: {customers: 2700, churn_per_month: 0.02, arpu_per_month: 60}
"""


def test_groups_weigh_by_their_heads(least: Scenario) -> None:
    shares = {group.name: group.share for group in least.network().groups}
    assert shares == {"front": pytest.approx(0.7), "office": pytest.approx(0.3)}
    assert members_of(least, "ex") == (("ex[front]", 70.0), ("ex[office]", 30.0))
    assert members_of(least, "cx") == (("cx", 1.0),)


@pytest.mark.parametrize(
    ("node", "people"), [("ex", 100.0), ("ex[office]", 30.0), ("ux_employee", 100.0), ("cx", 4000.0), ("mx", 4000.0)]
)
def test_whom_a_measure_can_ask(least: Scenario, node: str, people: float) -> None:
    assert people_of(least, node) == people


def test_customers_of_all_segments_can_be_asked() -> None:
    parted = loads(LEAST.replace("contribution_margin: 0.3", "contribution_margin: 0.3" + SEGMENTS.rstrip()))
    assert people_of(parted, "cx") == 3000.0


@pytest.mark.parametrize(
    ("pilot", "share", "answer"),
    [
        ("response: 0.5, measures: [ex]", 0.2, 10.0),  # half of a fifth of 100
        ("measures: [ex, cx]", 0.2, 800.0),  # of two measures that of more people
        ("measures: [{node: cx, by_unit: false}, ex]", 0.2, 4000.0),  # the firm as a whole is asked
        ("response: 0.25, measures: ['ex[front]']", 0.8, 14.0),
    ],
)
def test_how_many_can_answer_a_wave(pilot: str, share: float, answer: float) -> None:
    assert can_answer(loads(LEAST.replace("measures: [ex]", pilot)), share) == pytest.approx(answer)


def test_a_pilot_reads_the_first_two_nodes_that_are_pushed() -> None:
    two = LEAST.replace("{node: ex, effect: 5}", "{node: cx, effect: 5}, {node: ex, effect: 1}, {node: mx, effect: 1}")
    two = two.replace(", measures: [ex]", "").replace("{ex: 50, cx: 60}", "{ex: 50, cx: 60, mx: 40}")
    assert [measure.node for measure in measures_of(loads(two))] == ["cx", "ex"]


# --- scales of effects and levels


@pytest.mark.parametrize(
    ("scale", "effect", "points"),
    [("nps", 8, 4.0), ("enps", -8, -4.0), ("likert5", 0.5, 12.5), ("index", 3, 3.0),
     ("{worst: 48, best: 0, unit: h}", "{interval: [-12, -6], family: normal}", 18.75)],
)  # fmt: skip
def test_an_effect_in_index_points(scale: str, effect: Any, points: float) -> None:
    """An NPS has 200 points, a scale of 1 … 5 four; of 48 hours 9 fewer are 18.75 of a hundred points."""
    scenario = loads(LEAST.replace("effect: 5", f"effect: {effect}, scale: {scale}"))
    assert median(scenario.drivers[0].pushes[0].points) == pytest.approx(points)


@pytest.mark.parametrize(
    ("level", "index"),
    [("{value: 20, scale: nps}", 60.0), ("{value: 4, scale: likert5}", 75.0), ("55", 55.0),
     ("{value: 12, scale: {worst: 48, best: 0, unit: h}}", 75.0)],
)  # fmt: skip
def test_a_level_in_index_points(level: str, index: float) -> None:
    scenario = loads(LEAST.replace("cx: 60", f"cx: {level}"))
    baseline = scenario.baseline("cx")
    assert baseline is not None
    assert median(baseline.index) == pytest.approx(index)


def test_a_stated_kind_of_score_counts_and_not_the_scales_own() -> None:
    """An NPS moves twice as strongly as a mean score, a share of top answers as its kind says."""
    ratios = {}
    for measure in ("mean", "favourable", "nps"):
        baseline = loads(LEAST.replace("cx: 60", f"cx: {{value: 60, measure: {measure}}}")).baseline("cx")
        assert baseline is not None
        ratios[measure] = baseline.sd_ratio
    for percent in ("scale: percent", "scale: likert5, measure: favourable"):  # the unit is known
        baseline = loads(LEAST.replace("cx: 60", f"cx: {{value: 60 %, {percent}}}")).baseline("cx")
        assert baseline is not None
        assert (median(baseline.index), baseline.sd_ratio) == (60.0, ratios["favourable"])
    assert ratios["mean"] == 1.0
    assert len(set(ratios.values())) == 3


@pytest.mark.parametrize(
    ("level", "words"),
    [
        ("0.6", "write 60"),
        ("{distribution: normal, mean: 50, sd: 31}", "reaches from -0.99 to 101 index points"),
        ("{distribution: normal, mean: 95, sd: 5}", "reaches from 86.8 to 103 index points"),
        ("{distribution: normal, mean: 20, sd: 13}", "reaches from -1.38 to 41.4 index points"),
    ],
)
def test_levels_beyond_the_index_by_their_ends(level: str, words: str) -> None:
    """5 % and 95 % of a normal lie 1.645 sd away."""
    with pytest.raises(InputError) as caught:
        loads(LEAST.replace("cx: 60", f"cx: {level}"))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("effect", "words"),
    [("0.12, scale: percent", "for 12% write 12"), ("{median: 3, factor: 2}, scale: {worst: 80, best: 0, unit: h}",
     "(1 h is 1.25)")],
)  # fmt: skip
def test_an_effect_in_another_unit_is_told_in_the_one_that_is_meant(effect: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        loads(LEAST.replace("effect: 5", f"effect: {effect}"))
    assert words in str(caught.value).replace("\N{NO-BREAK SPACE}", " ").replace(" %", "%")


def test_an_effect_of_one_point_is_one_point() -> None:
    scenario = loads(LEAST.replace("effect: 5", "effect: 1, scale: percent"))
    assert median(scenario.drivers[0].pushes[0].points) == 1.0


@pytest.mark.parametrize(("at", "told"), [(0, "factor 1 of"), (2, "factor 3 of"), (11, "factor 12 of")])
def test_a_factor_of_the_season_is_counted_from_one(at: int, told: str) -> None:
    season = [1.0] * 12
    season[at] = -0.5
    with pytest.raises(InputError) as caught:
        loads(LEAST.replace("contribution_margin: 0.3", f"contribution_margin: 0.3\n  season: {season}"))
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("figures", "whole"),
    [("contacts_per_month: 2", False), ("cost_per_contact: 3", False),
     ("contacts_per_month: 2, cost_per_contact: 3", True), ("contacts_per_month: 0, cost_per_contact: 0", True)],
)  # fmt: skip
def test_contacts_and_their_cost_belong_together_in_a_segment_and_in_the_firm(figures: str, whole: bool) -> None:
    parted = SEGMENTS.rstrip().replace("arpu_per_month: 900}", f"arpu_per_month: 900, {figures}}}")
    in_firm = "\n  " + figures.replace(", ", "\n  ")
    for text in (in_firm, parted):
        scenario = LEAST.replace("contribution_margin: 0.3", "contribution_margin: 0.3" + text)
        if whole:
            loads(scenario)
            continue
        with pytest.raises(InputError, match="belong together"):
            loads(scenario)
