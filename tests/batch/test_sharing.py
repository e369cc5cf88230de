# SPDX-License-Identifier: MIT
"""What many scenarios share in one process changes no bit and no message."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from txsim.batch.chunk_files import Parts, packed, unpacked
from txsim.batch.work import COLUMNS, CaseResult
from txsim.errors import InputError
from txsim.forecast import Draws, all_quantities, calibration_spec, forecast_from, parameters_for
from txsim.inference import calibrate
from txsim.pathways.algebra import link_matrix, slopes_matrix, spectral_radius
from txsim.priors.distributions import beta, lognormal, point
from txsim.scenario import load, loader, loads
from txsim.simulate import stability
from txsim.simulate.layout import lay_out
from txsim.simulate.points import sample_points
from txsim.simulate.quantities import COPULA, copulas
from txsim.simulate.statistics import STATISTICS, cvar, losses, mcse, p_loss, quantiles, summaries, summary, tail_means


def test_shared_points_are_those_of_one_alone() -> None:
    names, matrix = COPULA
    tied = [(tuple(f"d.{name}" for name in names), matrix)]
    quantities = {
        "d.delivery": beta(3, 4),
        "d.cost_overrun": lognormal(1.1, 1.6),
        "d.slip": point(0.5),
        "churn": lognormal(0.02, 2.0),
        "customers": point(100.0),
    }
    alone, along = sample_points(quantities, tied, 256, 3)
    shared, places = sample_points(quantities, tied, 256, 3, share=True)
    assert list(alone) == list(shared)
    assert all(np.array_equal(alone[name], shared[name]) for name in alone)
    assert np.array_equal(along, places)


def test_a_known_number_made_uncertain_changes_no_other_draw() -> None:
    quantities = {"a": lognormal(1, 2), "b": lognormal(2, 2), "z": point(1.0)}
    before, along = sample_points(quantities, [], 128, 1)
    after, places = sample_points(quantities | {"z": lognormal(1, 3)}, [], 128, 1)
    assert np.array_equal(before["a"], after["a"])
    assert np.array_equal(before["b"], after["b"])
    assert np.array_equal(along, places)


def test_many_summaries_are_those_of_each_alone() -> None:
    values = np.random.default_rng(0).standard_normal((5, 3, 1024)) ** 3
    values[1, 1] = 7.0
    values[2, 2, 5] = np.nan
    found = summaries(values)
    for i in range(5):
        for j in range(3):
            alone = summary(values[i, j])
            np.testing.assert_array_equal(found[i, j], [alone[name] for name in STATISTICS])
            np.testing.assert_array_equal(found[i, j, 2:5], quantiles(values[i, j], (0.5, 0.05, 0.95)))
    assert found[1, 1].tolist() == [7.0, 0.0, 7.0, 7.0, 7.0, 0.0]
    np.testing.assert_array_equal(tail_means(values[0]), [cvar(row) for row in values[0]])
    np.testing.assert_array_equal(losses(values[0]), [p_loss(row) for row in values[0]])
    error = losses(values[0].reshape(3, 8, -1)).std(axis=-1, ddof=1) / np.sqrt(8)
    np.testing.assert_allclose(error, [mcse(row, p_loss) for row in values[0]], rtol=1e-12)


def test_draws_that_are_no_eight_equal_batches_have_no_error_that_can_be_told() -> None:
    values = np.arange(36.0).reshape(3, 12)
    values[2] = 5.0
    found = summaries(values)
    np.testing.assert_allclose(found[:, 0], [5.5, 17.5, 5.0])
    np.testing.assert_allclose(found[:2, 1], np.sqrt((12**2 - 1) / 12))  # of twelve numbers in a row
    np.testing.assert_array_equal(found[:, 5], [np.nan, np.nan, 0.0])  # without spread there is none


def test_no_loop_that_could_explode_is_overlooked(scenarios: Path) -> None:
    network = load(scenarios / "tx_programme.yaml").network()
    rng = np.random.default_rng(2)
    betas = rng.lognormal(-1.0, 1.5, (len(network.links), 4000))
    most = rng.uniform(1.0, 1.5, 4000)
    silo = np.array([link.silo for link in network.links])
    slopes = np.where(silo[:, None], betas * most, betas).T
    whole = slopes_matrix(slopes, link_matrix(network), len(network.nodes), (4000,))
    seen = 0
    for loop in network.loops():
        bad = spectral_radius(whole[:, loop][:, :, loop]) >= 1.0
        risky = stability._could_explode(network, loop, betas, most)
        assert not np.any(bad & ~risky)
        seen += int((~risky).sum())
    assert 0 < seen < 4000 * len(network.loops())


def test_draws_at_hand_give_the_same_forecast(scenarios: Path) -> None:
    scenario = load(scenarios / "service_desk_pilot.yaml")
    calibration = calibrate(calibration_spec(scenario, prior_only=True))
    quantities = all_quantities(scenario)
    drawn, along = sample_points(quantities, copulas(scenario), 256, 1, share=True)
    draws = Draws(calibration, drawn, parameters_for(calibration, along), 1, 256, along)
    found = forecast_from(scenario, draws, quantities)
    again = lay_out(scenario, drawn, draws.parameters, 256)
    assert np.array_equal(found.scene.matrix, again.matrix)
    assert list(found.figures().verdict) == ["horizon"]


FIRM = """
organisation:
  currency: EUR
  index: {ex: 50, cx: 60}
  staff: {front: {headcount: 10}}
  customers: 100
  churn_per_month: 1 %
  arpu_per_month: 10
  contribution_margin: 30 %
drivers: [{name: a, pushes: [{node: ex, effect: 3}], one_off: 5}]
"""


@pytest.mark.parametrize("room", [0, 63, 64])
def test_what_comes_twice_is_kept_however_many_were_seen_before(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    others = {b"%d" % i: None for i in range(room)}
    monkeypatch.setattr(loader, "_FIRMS", others)
    first, second, third = (loads(FIRM) for _ in range(3))
    assert first.organisation is not second.organisation
    assert second.organisation is third.organisation
    assert len(others) <= 64


@pytest.mark.parametrize(("good", "bad"), [("headcount: 10", "headcount: ten"), ("churn_per_month: 1 %", "churn: 1 %")])
def test_a_firm_seen_before_hides_no_fault(good: str, bad: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "_FIRMS", {})
    first, second = loads(FIRM), loads(FIRM)  # what comes twice is kept
    assert first.hash == second.hash
    assert loads(FIRM).organisation is second.organisation
    messages = []
    for _ in range(3):
        with pytest.raises(InputError) as caught:
            loads(FIRM.replace(good, bad))
        messages.append(str(caught.value))
    assert len(set(messages)) == 1
    assert loads(FIRM.replace("customers: 100", "customers: 200")).organisation.customers == point(200.0)
    assert loads(FIRM.replace("customers: 100", "customers: 100.0")).hash == first.hash


def _found(key: str, rows: int) -> CaseResult:
    labels = tuple(("commit", f"m{i}", "EUR") for i in range(rows))
    values = np.arange(rows * len(COLUMNS), dtype=float).reshape(rows, -1)
    values[0, 0] = np.nan
    return CaseResult(key, labels, values, {"options": ["commit"], "verdict": "commit"}, np.ones((1, 8)))


def test_parts_return_what_they_were_given(tmp_path: Path) -> None:
    told = [
        _found("a", 3),
        CaseResult("b", (), np.empty((0, 7)), {}, np.empty((0, 0)), ({"message": "no"},)),
        _found("c", 2),
    ]
    for before, after in zip(told, unpacked(packed(told)), strict=True):
        assert (before.key, before.labels, before.facts, before.problems) == (
            *(after.key, after.labels, after.facts, after.problems),
        )
        np.testing.assert_array_equal(before.values, after.values)
        np.testing.assert_array_equal(before.npv, after.npv)
    parts = Parts(tmp_path / "parts")
    parts.add(told)
    (path,) = parts.folder.iterdir()
    content = path.read_bytes()
    for broken in (content[:-1], content[:40], b"", content[:-1] + b"!"):
        path.write_bytes(broken)
        assert "a" not in Parts(parts.folder)  # as good as missing, and removed
        assert not path.exists()
    path.write_bytes(content)
    again = Parts(parts.folder)
    assert "c" in again
    again.forget(["zzz"])
    assert not list(parts.folder.iterdir())
