# SPDX-License-Identifier: MIT
"""Simulation-based calibration of the evidence model, a small one: benchmarks/sbc_evidence.py has the large one."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
RUNS = 30


@pytest.fixture(scope="module")
def sbc() -> ModuleType:
    place = importlib.util.spec_from_file_location("sbc_evidence", ROOT / "benchmarks/sbc_evidence.py")
    assert place is not None
    assert place.loader is not None
    module = importlib.util.module_from_spec(place)
    sys.modules["sbc_evidence"] = module
    place.loader.exec_module(module)
    return module


def test_ranks_are_uniform_and_soundness_is_true(sbc: ModuleType) -> None:
    found = sbc.calibrate_by_simulation(RUNS, 7, draws=300, tune=300)
    ranks = found["ranks"]
    assert ranks.shape == (RUNS, len(found["names"]))
    # Mean and spread of ranks, by parameter: what a wrong sign, scale or weight would move. False alarm below 1e-3.
    position = (ranks + 0.5) / (sbc.RANKED + 1)
    z = (position.mean(axis=0) - 0.5) * math.sqrt(12 * RUNS)
    assert np.abs(z).max() < 4.5, dict(zip(found["names"], z.round(1), strict=True))
    band = sbc.band(RUNS, 1 - 1e-3 / len(found["names"]), repeats=40_000)
    gaps = {name: sbc.uniformity(column)[1] for name, column in zip(found["names"], ranks.T, strict=True)}
    assert max(gaps.values()) < band, gaps
    # Clusters are sound as often as they are believed to be.
    believed, drawn = found["believed"], found["drawn"]
    error = math.sqrt((believed * (1 - believed)).sum())
    assert abs((drawn - believed).sum()) < 4.5 * error
    # And belief is not blind: those that are sound are believed more.
    assert believed[drawn == 1].mean() > believed[drawn == 0].mean() + 0.2


def test_with_links_in_doubt_too(sbc: ModuleType) -> None:
    """Ranks of effective slopes, ties at 0 broken at random; links are in force as often as they are believed to be."""
    found = sbc.calibrate_by_simulation(16, 9, draws=300, tune=300, spec=sbc.doubted())
    position = (found["ranks"] + 0.5) / (sbc.RANKED + 1)
    z = (position.mean(axis=0) - 0.5) * math.sqrt(12 * 16)
    assert np.abs(z).max() < 4.5, dict(zip(found["names"], z.round(1), strict=True))
    held, force = found["held"], found["force"]
    assert abs((force - held).sum()) < 4.5 * math.sqrt((held * (1 - held)).sum())
    assert held[force == 1].mean() > held[force == 0].mean()


def test_a_wrong_model_would_be_seen(sbc: ModuleType) -> None:
    """The test has teeth: ranks of draws that are too narrow, or shifted, leave the band."""
    rng = np.random.default_rng(1)
    truth = rng.standard_normal((200, 1))
    for scale, shift in ((0.5, 0.0), (1.0, 0.5)):
        draws = shift + scale * rng.standard_normal((200, sbc.RANKED))
        ranks = (draws < truth).sum(axis=1)
        assert sbc.uniformity(ranks)[1] > sbc.band(200, 0.999)
    ranks = (rng.standard_normal((200, sbc.RANKED)) < truth).sum(axis=1)
    p, gap = sbc.uniformity(ranks)
    assert gap < sbc.band(200, 0.999)
    assert p > 1e-4
