# SPDX-License-Identifier: MIT
"""What a pilot's survey reads and how noisily: sds by hand from docs/model.md, section 7, and bills."""

from __future__ import annotations

import math

import numpy as np
import pytest

from txsim.decide.survey import noise_sd, sensors
from txsim.errors import InputError
from txsim.forecast.pilot_evidence import bills_shown
from txsim.scenario import loads
from txsim.simulate.engine import Outcome

FIRM = """
organisation:
  index: {ux_employee: 55, ux_customer: 60, mx: 50, cx: {value: 80, scale: percent}, ex: {value: 14, scale: enps}}
  staff:
    few: {headcount: 10, turnover_per_year: 0.2, salary_per_year: 30000}
    many: {headcount: 90, turnover_per_year: 0.2, salary_per_year: 30000}
  customers: 4000
  churn_per_month: 0.02
  arpu_per_month: 100
  contribution_margin: 0.3
drivers:
  - {name: desk, pushes: [{node: ex, group: few, effect: 5, months: 3}], one_off: 100}
"""


def firm(pilot: str, text: str = FIRM):
    return loads(f"{text}pilot: {{months: 6, scope: 0.2, {pilot}}}\n")


def sd(scenario, **told) -> float:
    (sensor,) = sensors(scenario)
    given = {"scope": 0.2, "respondents": 16.0, "control": False, "units": 5.0} | told
    return noise_sd(sensor, scenario.pilot, **given)


def test_all_staff_are_read_by_heads() -> None:
    """Ten people and ninety: what all staff say is a tenth of the one and nine tenths of the other."""
    (sensor,) = sensors(firm("measures: [ex]"))
    assert dict(sensor.members) == pytest.approx({"ex[few]": 0.1, "ex[many]": 0.9})
    assert sensor.population == 100
    monthly = np.zeros((1, 4, 2, 3))
    monthly[0, :, 0] = [[1.0], [2.0], [4.0], [100.0]]
    monthly[0, :, 1] = [[10.0], [20.0], [60.0], [100.0]]
    nodes = ("ex[few]", "ex[many]")
    outcome = Outcome(("commit",), nodes, np.zeros((1, 9, 3)), monthly, ("commit",), nodes)
    # Months 1 and 2: 0.1 · (2 + 4)/2 + 0.9 · (20 + 60)/2
    np.testing.assert_allclose(sensor.mean(outcome, "commit", slice(1, 3)), [36.3] * 3)


def test_one_group_is_read_alone() -> None:
    (sensor,) = sensors(firm("measures: ['ex[many]']"))
    assert dict(sensor.members) == {"ex[many]": 1.0}
    assert sensor.population == 90
    assert sensor.unit_sd == 6.0
    assert sensor.scale.unit == "eNPS points"
    (tools,) = sensors(firm("measures: [ux_employee]"))
    assert (tools.population, tools.unit_sd) == (100, 6.0)  # everybody uses tools
    (customers,) = sensors(firm("measures: [cx]"))
    assert (customers.population, customers.unit_sd) == (4000, 5.0)
    unknown = FIRM.replace("  customers: 4000\n  churn_per_month: 0.02\n  arpu_per_month: 100\n", "")
    unknown = unknown.replace("contribution_margin: 0.3", "revenue_per_month: 1000\n  contribution_margin: 0.3")
    (unbounded,) = sensors(firm("measures: [cx]", unknown + "bridge: margin\n"))
    assert unbounded.population == math.inf


def test_what_is_pushed_is_measured_unless_stated() -> None:
    assert [each.node for each in sensors(firm("respondents: 5"))] == ["ex[few]"]
    more = "{node: mx, effect: 1, months: 1}, {node: mx, effect: 1, months: 2}, {node: cx, effect: 1, months: 1}, "
    three = FIRM.replace("pushes: [", f"pushes: [{more}")
    assert [each.node for each in sensors(firm("respondents: 5", three))] == ["mx", "cx"]
    silos = FIRM.replace("pushes: [{node: ex, group: few, effect: 5, months: 3}]", "coordination: {to: 0.6, months: 3}")
    assert [each.node for each in sensors(firm("respondents: 5", silos))] == ["mx"]
    assert sensors(loads(FIRM)) == ()


def test_answers_scatter_as_their_scale_makes_them() -> None:
    def spread(measure: str) -> float:
        return sensors(firm(f"measures: [{measure}]"))[0].respondent_sd

    # 80 % favourable answers: a variance of 0.8 · 0.2 of one, in points of a hundred
    assert spread("cx") == pytest.approx(40.0)
    # eNPS 14: shares of +1, 0, −1 are .395, .35, .255: mean square .65, less .14²; one is 100 eNPS or 50 points
    assert spread("ex") == pytest.approx(50 * math.sqrt(0.395 + 0.255 - 0.14**2))
    assert spread("{node: ex, passives: 0.5}") == pytest.approx(50 * math.sqrt(0.5 - 0.14**2))
    assert spread("mx") == 25.0
    # stated in the node's own scale: 70 eNPS points are 35 of the index
    assert spread("{node: ex, respondent_sd: 70}") == pytest.approx(35.0)
    hours = FIRM.replace("mx: 50", "mx: {value: 24, scale: {worst: 48, best: 0, unit: h}}")
    (less,) = sensors(firm("measures: [{node: mx, respondent_sd: 12}]", hours))
    assert less.respondent_sd == pytest.approx(25.0)  # an sd is never negative, though less is better
    # nearly all the same answer: still some scatter
    alike = FIRM.replace("value: 80, scale: percent", "value: 99, scale: percent").replace("value: 14", "value: 98")
    assert sensors(firm("measures: [cx]", alike))[0].respondent_sd == pytest.approx(10.0)
    assert sensors(firm("measures: [ex]", alike))[0].respondent_sd == pytest.approx(50 * math.sqrt(0.05))


#: With `respondent_sd: 20` (index) and 6 points between units that keep 0.7 of their rank.
PLAIN = "measures: [{node: mx, respondent_sd: 20}]"


def test_noise_of_a_plain_pilot() -> None:
    # mx is no staff's: 5 points between units; 16 answers in each of two waves, 5 units, no control
    alone = 400 * (1 / 16 + 1 / 16) + 2 * 25 * 0.3 / 5 + 3.0**2
    assert sd(firm(PLAIN)) == pytest.approx(math.sqrt(alone))
    controlled = 400 * 4 / 16 + 2 * 25 * 0.3 * (1 / 5 + 1 / 5) + 0.7**2
    assert sd(firm(PLAIN), control=True) == pytest.approx(math.sqrt(controlled))
    other = 400 * (2 / 16 + 2 / 40) + 2 * 25 * 0.3 * (1 / 5 + 1 / 20) + 0.7**2
    assert sd(firm(PLAIN), control=True, control_respondents=40.0, control_units=20.0) == pytest.approx(
        math.sqrt(other)
    )


def test_noise_by_waves() -> None:
    # One wave compares levels: neither the units' levels nor people's moods cancel.
    one = 400 * 2 / 16 + 25 * (2 / 5) + 0.7**2
    assert sd(firm(f"{PLAIN}, waves: 1"), control=True) == pytest.approx(math.sqrt(one))
    # Four waves: the three after the first are averaged.
    four = 400 * 2 * (1 / 16 + 1 / 48) + 2 * 25 * 0.3 * (2 / 5) + 0.7**2
    assert sd(firm(f"{PLAIN}, waves: 4"), control=True) == pytest.approx(math.sqrt(four))
    # The same people: half of their variance stays and cancels.
    tied = 400 * 0.5 * 2 * (2 / 16) + 2 * 25 * 0.3 * (2 / 5) + 0.7**2
    assert sd(firm(f"{PLAIN}, wave_correlation: 0.5"), control=True) == pytest.approx(math.sqrt(tied))


def test_no_more_answer_than_are_there() -> None:
    """Of 4000 customers a fifth is in the pilot, four fifths can be controls, a tenth answers."""
    scenario = firm("measures: [{node: cx, respondent_sd: 20}], response: 0.1")
    base = 2 * 25 * 0.3 * (2 / 5) + 0.7**2
    most = sd(scenario, control=True, respondents=1e6)
    assert most == pytest.approx(math.sqrt(400 * (2 / 80 + 2 / 320) + base))
    controls = sd(scenario, control=True, respondents=50.0, control_respondents=1e6)
    assert controls == pytest.approx(math.sqrt(400 * (2 / 50 + 2 / 320) + base))
    assert sd(scenario, control=True, respondents=50.0, control_respondents=0.0) == math.inf
    assert sd(scenario, respondents=0.0) == math.inf
    # Everybody may be asked where everybody has the driver; 5 units in a fifth of the firm are 25 in all.
    whole = sd(scenario, control=True, respondents=1e6, everybody=True)
    assert whole == pytest.approx(math.sqrt(400 * 2 / 400 + 2 * 25 * 0.3 / 25 + 9))
    wide = firm("measures: [{node: cx, respondent_sd: 20, by_unit: false}], response: 0.1")
    assert sd(wide, control=True, respondents=1e6) == pytest.approx(whole)


def test_staff_units_differ_by_six_points() -> None:
    scenario = firm("measures: [{node: ex, respondent_sd: 40}]")
    assert sd(scenario, respondents=10.0, units=2.0) == pytest.approx(math.sqrt(400 * 2 / 10 + 2 * 36 * 0.3 / 2 + 9))


@pytest.mark.parametrize(("waves", "fits"), [(0, False), (1, True), (24, True), (25, False)])
def test_waves_are_one_to_twenty_four(waves: int, fits: bool) -> None:
    if fits:
        assert len(firm(f"waves: {waves}, respondents: 5").pilot.survey_steps) == waves
        return
    with pytest.raises(InputError, match="waves"):
        firm(f"waves: {waves}, respondents: 5")


def test_waves_fall_evenly_from_start_to_end() -> None:
    assert firm("waves: 3, respondents: 5").pilot.survey_steps == (0, 3, 6)
    assert firm("waves: 1, respondents: 5").pilot.survey_steps == (0,)


@pytest.mark.parametrize(("start", "fits"), [(6, True), (7, False)])
def test_a_driver_starts_before_the_decision(start: int, fits: bool) -> None:
    """The pilot runs six months and is decided a month later: month 7 is too late to be piloted."""
    text = FIRM + f"  - {{name: late, start: {start}, pushes: [{{node: cx, effect: 5, months: 3}}], one_off: 1}}\n"
    if fits:
        assert firm("respondents: 5", text).drivers[1].start == 6
        return
    with pytest.raises(InputError, match="decided in month 7"):
        firm("respondents: 5", text)


TWO = """
  - {name: second, pushes: [{node: cx, effect: 5, months: 3}], one_off: 300, monthly: 50}
"""


def test_bills_weigh_drivers_by_the_first_years_cost() -> None:
    """100 once against 300 and twelve times 50: weights 0.1 and 0.9."""
    scenario = loads(FIRM + TWO)
    told = {"desk.cost_overrun": np.array([1.0, 3.0]), "second.cost_overrun": np.array([2.0, 1.0])}
    np.testing.assert_allclose(bills_shown(scenario, told, 2), np.log([1.9, 1.2]))
    # What is known is not uncertain: 0.1 · x + 0.9 · 1.5
    known = loads(FIRM + TWO.replace("one_off: 300", "cost_overrun: 1.5, one_off: 300"))
    seen = bills_shown(known, {"desk.cost_overrun": np.array([1.0, 3.0])}, 2)
    np.testing.assert_allclose(seen, np.log([1.45, 1.65]))


def test_bills_that_tell_nothing() -> None:
    scenario = loads(FIRM + TWO)
    assert bills_shown(scenario, {}, 3) is None
    assert bills_shown(scenario, {"desk.cost_overrun": np.full(3, 1.2)}, 3) is None
    free = loads((FIRM + TWO).replace("one_off: 100", "one_off: 0").replace("one_off: 300, monthly: 50", "one_off: 0"))
    told = {"desk.cost_overrun": np.array([1.0, 3.0]), "second.cost_overrun": np.array([2.0, 1.0])}
    assert bills_shown(free, told, 2) is None  # what costs nothing has no bills
