# SPDX-License-Identifier: MIT
"""Draws that know of finished pilots: heads, months, the likelihood by integration, and draws kept by weight."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from txsim.errors import InputError
from txsim.forecast import forecast, pilot_evidence
from txsim.forecast.pilot_evidence import during, learn, log_reading, log_readings, months_of
from txsim.scenario import loads
from txsim.scenario.pilot_log import PilotReading
from txsim.simulate.engine import Outcome

FIRM = """
organisation:
  index: {ux_employee: 55, ux_customer: 60, mx: 50, cx: 60, ex: 57}
  staff:
    few: {headcount: 10, turnover_per_year: 0.2, salary_per_year: 30000}
    many: {headcount: 90, turnover_per_year: 0.2, salary_per_year: 30000}
  customers: 4000
  churn_per_month: 0.02
  arpu_per_month: 200
  contribution_margin: 0.3
drivers:
  - {name: desk, start: 2, pushes: [{node: ex, group: few, effect: {median: 8, factor: 2}, months: 3}], one_off: 1}
horizon_months: 12
evidence: {use: none}
"""
PILOT = "pilot: {months: 4, scope: 0.2, respondents: 60}\n"


def reading(**told: Any) -> PilotReading:
    return PilotReading(**({"node": "cx", "points": 4.0, "error": 1.5, "degrees": 6.0} | told))


def test_all_staff_are_their_mean_by_heads() -> None:
    """Ten heads and ninety weigh one to nine."""
    nodes = ("ex[few]", "ex[many]", "cx")
    monthly = np.arange(24.0).reshape(1, 4, 3, 2) ** 2
    outcome = Outcome(("commit",), nodes, np.zeros((1, 11, 2)), monthly, ("commit",), nodes)
    scenario = loads(FIRM)
    few, many = (monthly[0, 1:3, i].mean(axis=0) for i in (0, 1))
    np.testing.assert_allclose(during(scenario, outcome, "ex", slice(1, 3)), 0.1 * few + 0.9 * many)
    np.testing.assert_allclose(during(scenario, outcome, "ex[many]", slice(1, 3)), many)
    np.testing.assert_allclose(during(scenario, outcome, "cx", slice(0, 4)), monthly[0, :, 2].mean(axis=0))


@pytest.mark.parametrize(
    ("start", "months", "pilot", "expected"),
    [
        (0, 0, PILOT, (2, 6)),  # as the scenario's pilot
        (0, 0, "", (2, 8)),  # no pilot: six months
        (5, 3, PILOT, (5, 8)),
        (1, 30, PILOT, (1, 12)),  # within the horizon
        (40, 3, PILOT, (11, 12)),
    ],
)
def test_months_of_a_pilot(start: int, months: int, pilot: str, expected: tuple[int, int]) -> None:
    found = months_of(loads(FIRM + pilot), reading(start=start, months=months))
    assert (found.start, found.stop) == expected


@pytest.mark.parametrize("randomised", [True, False])
def test_the_likelihood_by_integration(randomised: bool) -> None:
    """Student's t about boost · (1 − spill) · effect; boost 1.15 ×/÷ 1.3 where units were chosen, spill Beta(1, 9)."""
    at = (np.arange(400) + 0.5) / 400
    spill = stats.beta(1, 9).ppf(at)
    boost = np.ones(1) if randomised else stats.lognorm(math.log(1.3) / stats.norm.ppf(0.95), scale=1.15).ppf(at)
    shown = np.outer(boost, 1 - spill).ravel()
    effects = np.array([-3.0, 0.0, 2.0, 4.0, 6.0, 8.0])
    t = stats.t(6.0, loc=0, scale=1.5)
    expected = np.log([t.pdf(4.0 - shown * each).mean() for each in effects])
    found = log_reading(reading(randomised=randomised), effects)
    np.testing.assert_allclose(found - found[2], expected - expected[2], atol=0.05)  # of 24 equally likely shares
    turned = log_reading(reading(points=-4.0, randomised=randomised), -effects)
    np.testing.assert_allclose(turned, found)
    # in units a hundred times as small nothing changes
    scaled = log_reading(reading(points=400.0, error=150.0, randomised=randomised), 100 * effects)
    np.testing.assert_allclose(scaled, found)


def test_pilots_are_weighed_together() -> None:
    """The sum over pilots of each one's own reading, at its own node and months."""
    scenario = loads(FIRM + PILOT)
    found = forecast(scenario, draws=128, trajectories=True)
    told = [
        reading(node="ex[few]", points=5.0, randomised=True),
        reading(node="cx", points=1.0, error=0.5, start=4, months=3),
        reading(node="ex", points=0.2, error=0.4),
    ]
    months = found.outcome.by_month
    inside = [
        months("commit", "ex[few]")[2:6].mean(axis=0),
        months("commit", "cx")[4:7].mean(axis=0),
        0.1 * months("commit", "ex[few]")[2:6].mean(axis=0) + 0.9 * months("commit", "ex[many]")[2:6].mean(axis=0),
    ]
    expected = sum(log_reading(one, values) for one, values in zip(told, inside, strict=True))
    drawn = found.drawn
    np.testing.assert_allclose(
        log_readings(scenario, told, drawn.quantities, drawn.parameters, 128), expected, rtol=1e-9
    )
    with pytest.raises(InputError, match="measured `ux_all`"):
        log_readings(scenario, [reading(node="ux_all")], drawn.quantities, drawn.parameters, 128)
    with pytest.raises(InputError, match="ran the driver `other`"):
        log_readings(scenario, [reading(drivers=("desk", "other"))], drawn.quantities, drawn.parameters, 128)
    assert log_readings(scenario, [reading(drivers=("desk",))], drawn.quantities, drawn.parameters, 128).shape == (128,)


def scenario_with(entries: list[PilotReading]) -> Any:
    return SimpleNamespace(pilots=None if not entries else SimpleNamespace(entries=entries))


def test_draws_are_kept_by_weight_within_their_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights of 1 to 4, as many of each, in no order: each is kept as often as its weight says."""
    given = np.concatenate(
        [np.random.default_rng(b).permutation(np.repeat([1.0, 2.0, 3.0, 4.0], 100)) for b in range(8)]
    )
    seen: list[tuple[int, int]] = []

    def weights(scenario: Any, told: Any, drawn: Any, parameters: Any, count: int) -> np.ndarray:
        seen.append((len(told), count))
        return np.log(given) / 3 * len(told)

    monkeypatch.setattr(pilot_evidence, "log_readings", weights)
    one, two, three = (reading(points=p) for p in (1.0, 2.0, 3.0))
    # Two scenarios share two pilots: each counts once.
    found = learn(
        [scenario_with([one, two]), scenario_with([]), scenario_with([two, one, three])], lambda s, n: ({}, {}), 800, 1
    )
    assert found is not None
    assert seen == [(2, 3200), (1, 3200)]
    assert (found.over, found.entries, found.kept.shape) == (4, 3, (800,))
    assert found.effective == pytest.approx((10 * 800) ** 2 / (30 * 800))
    for batch in range(8):
        mine = found.kept[batch * 100 : (batch + 1) * 100]
        assert mine.min() >= batch * 400
        assert mine.max() < (batch + 1) * 400
    # One in ten comes by a weight of 1, four in ten by 4, within what 800 taken at random would give.
    np.testing.assert_allclose(np.bincount(given[found.kept].astype(int))[1:], [80, 160, 240, 320], atol=30)
    again = learn([scenario_with([one, two]), scenario_with([three])], lambda s, n: ({}, {}), 800, 1)
    assert again is not None
    np.testing.assert_array_equal(again.kept, found.kept)
    other = learn([scenario_with([one, two]), scenario_with([three])], lambda s, n: ({}, {}), 800, 2)
    assert other is not None
    assert not np.array_equal(other.kept, found.kept)
    assert learn([scenario_with([])], lambda s, n: ({}, {}), 800, 1) is None


@pytest.mark.parametrize(
    ("few", "draws", "over"), [(0.5, 1024, 4), (0.1, 1024, 16), (0.001, 1024, 64), (0.1, 128, 16), (0.001, 16384, 16)]
)
def test_more_are_weighed_where_few_agree(monkeypatch: pytest.MonkeyPatch, few: float, draws: int, over: int) -> None:
    """Four for each that is kept, then four times as many, until 1,000 agree or as many as are kept: at most 64 for
    each, and 262,144 in all."""

    def weights(scenario: Any, told: Any, drawn: Any, parameters: Any, count: int) -> np.ndarray:
        place = np.arange(count)
        return np.where(np.floor((place + 1) * few) > np.floor(place * few), 0.0, -800.0)

    monkeypatch.setattr(pilot_evidence, "log_readings", weights)
    found = learn([scenario_with([reading()])], lambda s, n: ({}, {}), draws, 1)
    assert found is not None
    assert found.over == over
    assert found.effective == pytest.approx(draws * over * few, abs=1)
    assert found.kept.size == draws
    agree = weights(None, None, None, None, draws * over) == 0
    for batch, (here, kept) in enumerate(zip(np.split(agree, 8), np.split(found.kept, 8), strict=True)):
        assert not here.any() or agree[kept].all(), batch
