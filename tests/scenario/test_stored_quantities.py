# SPDX-License-Identifier: MIT
"""What a result holds of a scenario is read back: every way to write a quantity, under every kind of key."""

from __future__ import annotations

import json

import pytest

from txsim.scenario import Scenario, loads
from txsim.scenario.record_fields import Faulty

FIRM = """
organisation:
  index: {{ex: 55, cx: 60}}
  contribution_margin: 0.25
  staff:
    desk: {{headcount: {amount}, turnover_per_year: {turnover}, salary_per_year: {money}}}
  customers: {amount}
  arpu_per_month: {money}
  churn_per_month: {share}
drivers:
  - name: rota
    pushes: [{{node: ex, effect: {quantity}, months: {months}}}]
    one_off: {money}
    benefits: [{{name: planning, time_saved: {share}, group: desk, realised: {share}}}]
pilot: {{months: 6, scope: {share}, respondents: 60, response: {share}, reusable: {share}}}
priors:
  ex_cx: {quantity}
"""
#: The middle of each kind of quantity; no form below comes near what is impossible for it.
MIDDLE = {"share": 0.004, "turnover": 0.2, "money": 12000.0, "amount": 300.0, "months": 6.0, "quantity": 0.3}
FORMS = {
    "known": "{m}",
    "factor": "{{median: {m}, factor: 1.5}}",
    "narrow factor": "{{distribution: lognormal, median: {m}, factor: 1.2}}",
    "interval": "{{interval: [{l}, {h}]}}",
    "interval with a median": "{{interval: [{l}, {h}], median: {m}}}",
    "normal": "{{distribution: normal, mean: {m}, sd: {s}}}",
    "uniform": "{{distribution: uniform, low: {l}, high: {h}}}",
    "triangular": "{{distribution: triangular, low: {l}, mode: {m}, high: {h}}}",
    "gamma": "{{distribution: gamma, shape: 40, rate: {rate}}}",
    "quantiles": "{{quantiles: {{0.05: {l}, 0.5: {m}, 0.95: {h}}}}}",
    "spline": "{{quantiles: {{0.05: {l}, 0.25: {q}, 0.5: {m}, 0.95: {h}}}, family: spline}}",
    "mixture": "{{distribution: lognormal_mixture, weights: [0.3, 0.7], medians: [{l}, {h}], factors: [1.1, 1.2]}}",
}


def _written(form: str) -> str:
    def of(middle: float) -> str:
        ends = {"l": 0.7 * middle, "q": 0.9 * middle, "h": 1.4 * middle, "s": 0.1 * middle, "rate": 40 / middle}
        return FORMS[form].format(m=middle, **ends)

    return FIRM.format(**{kind: of(middle) for kind, middle in MIDDLE.items()})


@pytest.mark.parametrize("form", FORMS)
def test_what_a_result_holds_is_read_back(form: str) -> None:
    scenario = loads(_written(form))
    kept = Scenario.of_content(json.loads(json.dumps(scenario.content)))
    assert kept.content == scenario.content
    assert kept.hash == scenario.hash
    assert kept.drivers == scenario.drivers


def test_a_distribution_of_another_version_is_refused_where_it_stands() -> None:
    content = json.loads(json.dumps(loads(_written("factor")).content))
    content["drivers"][0]["benefits"][0]["time_saved"] = {"distribution": "cauchy", "at": 0.1}
    with pytest.raises(Faulty) as caught:
        Scenario.of_content(content)
    assert caught.value.findings[0]["loc"] == ("drivers", 0, "benefits", 0, "time_saved")
