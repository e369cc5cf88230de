# SPDX-License-Identifier: MIT
"""As many posterior draws as a forecast needs: a longer run begins as a shorter one, and is kept in its place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from txsim.forecast import calibration_spec
from txsim.inference import CalibrationSpec, Engine, calibrate, store
from txsim.inference.outside import inside, outside_draws
from txsim.inference.sampling import length_for, parts_for, stored
from txsim.inference.spec import in_pieces, prior_draws
from txsim.pathways import default_graph
from txsim.priors.catalogue import calibration_parameters
from txsim.scenario import loads


@pytest.mark.parametrize(
    ("draws", "length", "parts"),
    # At least twice as many as the forecast's, in four chains, from 8,192 to 131,072.
    [(128, 2048, 16), (4096, 2048, 16), (8192, 4096, 8), (16384, 8192, 4), (65536, 32768, 1), (2**20, 32768, 1)],
)
def test_there_are_twice_as_many_as_a_forecast_has(draws: int, length: int, parts: int) -> None:
    assert (length_for(draws), parts_for(draws)) == (length, parts)
    assert 4 * length >= min(max(2 * draws, 8192), 131_072)


def test_random_numbers_of_a_longer_run_begin_as_those_of_a_shorter_one() -> None:
    def numbers(length: int) -> np.ndarray:
        return in_pieces(np.random.default_rng(3).standard_normal, (4, length), 16)

    long = numbers(128)
    for length in (16, 32, 64):
        np.testing.assert_array_equal(numbers(length), long[:, :length])
    np.testing.assert_array_equal(numbers(16), np.random.default_rng(3).standard_normal((4, 16)))  # as it always was
    assert np.unique(long).size == long.size


def test_what_evidence_says_nothing_about_is_drawn_alike() -> None:
    told = (
        "bridge: margin\n"
        "graph: {nodes: [{name: fcr}], edges: [{source: cx, target: fcr, slope: {median: 0.2, factor: 2}, lag: 2}]}\n"
        "organisation: {revenue_per_month: 1000, index: {cx: 60, fcr: 50}}\n"
        "drivers: [{name: d, pushes: [{node: cx, effect: 1}]}]\n"
    )
    spec = calibration_spec(loads(told))
    part = inside(spec)
    short, long = (outside_draws(spec, part, (4, length), 7) for length in (2048, 8192))
    assert short
    for name, values in short.items():
        np.testing.assert_array_equal(values, long[name][:, :2048])


@pytest.fixture
def spec() -> CalibrationSpec:
    return CalibrationSpec(default_graph(), calibration_parameters(), ())


def test_without_claims_there_are_as_many_as_asked(spec: CalibrationSpec) -> None:
    usual = calibrate(spec)
    assert usual.draws.shape[1:] == (4, 2048)
    name = usual.names[0]
    np.testing.assert_array_equal(usual.parameter(name).reshape(-1), prior_draws(spec, 8192, 0)[name])
    many = calibrate(spec, serves=2**15)
    assert many.draws.shape[1:] == (4, 16384)
    other = calibrate(spec, serves=4096, part=3)
    assert other.draws.shape == usual.draws.shape
    assert not np.isin(other.parameter(name), usual.parameter(name)).any()


def kept(spec: CalibrationSpec, key: str, length: int) -> np.ndarray:
    """Keep made-up chains under a key, with what became of the claims at each length."""
    draws = np.random.default_rng(1).normal(size=(len(spec.names), 4, length))

    def told(share: float) -> dict[str, Any]:
        claim = {"id": "c", "cluster": "c", "design": "survey", "credibility": 0.5, "posterior_credibility": share}
        return {"claims": [claim | {"statements": [], "denied": False}], "links": [], "diagnostics": {"r_hat": share}}

    lengths = {str(each): told(1 / each) for each in (2048, 4096, 8192) if each <= length}

    store.write(key, {"names": list(spec.names), **told(1 / length), "lengths": lengths}, draws)
    return draws


def test_a_shorter_need_uses_a_part_of_what_is_kept(spec: CalibrationSpec) -> None:
    draws = kept(spec, "made-up-0", 8192)
    for length in (2048, 4096, 8192):
        found = stored(spec, "made-up-0", length)
        assert found is not None
        np.testing.assert_array_equal(found.draws, draws[:, :, :length])
        # What is said of claims is that of a run of this length, whatever is kept.
        assert found.claims[0].posterior_credibility == 1 / length
        assert found.diagnostics == {"r_hat": 1 / length}
    assert stored(spec, "made-up-0", 16384) is None
    for part in (1, 3):
        found = stored(spec, "made-up-0", 2048, part)
        assert found is not None
        np.testing.assert_array_equal(found.draws, draws[:, :, part * 2048 : (part + 1) * 2048])
        assert found.part == part
    assert stored(spec, "made-up-0", 2048, 4) is None


@pytest.mark.slow
def test_a_longer_run_of_the_sampler_begins_bit_for_bit_as_a_shorter_one() -> None:
    from txsim.evidence import Settings, select

    spec = CalibrationSpec(default_graph(), calibration_parameters(), select(Settings()))
    engine = Engine(spec)
    (short, few), (long, many) = (engine.sample(spec, 5, draws=n, shortest=40, tune=150) for n in (40, 160))
    for name, values in short.par.items():
        np.testing.assert_array_equal(values, long.par[name][:, :40])
    np.testing.assert_array_equal(short.sound, long.sound[:, :40])
    np.testing.assert_array_equal(few, many[:, :40])


def test_what_diverged_stays_with_its_draws() -> None:
    """A stretch of chains has those of its own draws, counted from its beginning; without places none is made up."""
    from txsim.inference.calibration import Calibration
    from txsim.inference.sampling import _part

    places = ((0, 3), (2, 2050), (3, 4095))
    whole = Calibration("h", "h-0", "mcmc", ("a",), np.zeros((1, 4, 4096)), (), {"divergences": 3}, (), 0, places)
    flags = whole.diverging()
    assert flags is not None
    assert [tuple(place) for place in np.argwhere(flags).tolist()] == list(places)
    second = _part(whole, 2048, 1).diverging()
    assert second is not None
    assert [tuple(place) for place in np.argwhere(second).tolist()] == [(2, 2), (3, 2047)]
    unknown = Calibration("h", "h-0", "mcmc", ("a",), np.zeros((1, 4, 16)), (), {"divergences": 3})
    assert unknown.diverging() is None
    none = Calibration("h", "h-0", "mcmc", ("a",), np.zeros((1, 4, 16)), (), {"divergences": 0}).diverging()
    assert none is not None
    assert not none.any()
