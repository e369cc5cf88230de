# SPDX-License-Identifier: MIT
"""Variants laid side by side give the same bits however many of them fit at once."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import txsim


@pytest.mark.parametrize("name", ["service_desk_pilot", "b2b_three_segments", "rivals_adopt_tx"])
def test_the_same_bits_in_any_number_of_parts(name: str, scenarios: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    variation = importlib.import_module("txsim.decide.variation")
    forecast = txsim.forecast(txsim.load(scenarios / f"{name}.yaml"), draws=256, prior_only=True)
    driver = forecast.scenario.drivers[0].name
    cost, delivery = f"{driver}.one_off", forecast.drawn.quantities[f"{driver}.delivery"]
    variants = [{cost: 10000.0 * i} for i in range(4)] + [{}, {f"{driver}.delivery": delivery / 2}]
    whole = variation.vary(forecast, variants, 128)
    runs = []
    simulated = variation.run

    def counted(*args: Any, **told: Any) -> Any:
        runs.append(args)
        return simulated(*args, **told)

    monkeypatch.setattr(variation, "run", counted)
    monkeypatch.setattr(variation, "_AT_ONCE", 2 * 8 * len(forecast.scene.matrix) * 128)
    parts = variation.vary(forecast, variants, 128)
    assert len(runs) == 3
    for one, other in zip(whole, parts, strict=True):
        assert one.keys() == other.keys()
        for path in one:
            np.testing.assert_array_equal(one[path], other[path])
    assert whole[0]["commit"].mean() > whole[1]["commit"].mean() > whole[3]["commit"].mean()
