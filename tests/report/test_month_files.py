# SPDX-License-Identifier: MIT
"""Months are written a part at a time: the same figures, whether a forecast has kept them or not, and little memory."""

from __future__ import annotations

import csv
import importlib
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import txsim
from txsim.forecast import Forecast, forecast
from txsim.report.files import write_result, write_trajectories
from txsim.report.reading import result_of

FIRMS = ("service_desk_pilot", "rivals_adopt_tx", "b2b_three_segments", "tx_after_tax")


@pytest.fixture(scope="module", params=FIRMS)
def pair(request: pytest.FixtureRequest, scenarios: Path) -> tuple[Forecast, Forecast]:
    """A forecast without its months, and the same with them."""
    scenario = txsim.load(scenarios / f"{request.param}.yaml")
    return (
        forecast(scenario, draws=256, prior_only=True),
        forecast(scenario, draws=256, prior_only=True, trajectories=True),
    )


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of 64 draws, so that there are several."""
    monkeypatch.setattr(importlib.import_module("txsim.forecast.months"), "_PART", 1)


def test_files_hold_what_memory_would(pair: tuple[Forecast, Forecast], tmp_path: Path) -> None:
    without, kept = pair
    assert not without.has_trajectories
    write_trajectories(without, tmp_path / "months.nc")
    write_result(without, tmp_path / "out")
    with xr.open_dataset(tmp_path / "months.nc") as found:
        xr.testing.assert_identical(found.load(), kept.trajectories)
    with xr.open_dataset(tmp_path / "out" / "result.nc", group="trajectories") as found:
        assert {str(variable.dtype) for variable in found.data_vars.values()} == {"float32"}
        xr.testing.assert_identical(found.load(), kept.trajectories.astype("float32"))


def test_a_table_has_every_draw_once(pair: tuple[Forecast, Forecast], tmp_path: Path) -> None:
    texts = []
    for number, each in enumerate(pair):
        write_trajectories(each, tmp_path / f"{number}.csv")
        texts.append((tmp_path / f"{number}.csv").read_text())
    assert texts[0] == texts[1]
    rows = list(csv.reader(texts[0].splitlines()))
    at = [rows[0].index(name) for name in ("option", "draw", "month")]
    keys = [tuple(row[i] for i in at) for row in rows[1:]]
    months = pair[1].scene.plan.months
    options = pair[1].trajectories.option.to_numpy().tolist()
    assert keys == [(option, str(d), str(t)) for option in options for d in range(256) for t in range(months)]


def test_a_page_shows_the_same_means(pair: tuple[Forecast, Forecast]) -> None:
    without, kept = (result_of(each, months=True).draws for each in pair)
    assert without is not None
    assert kept is not None
    assert without.months.keys() == kept.months.keys()
    for path, fields in without.months.items():
        for name, values in fields.items():
            np.testing.assert_array_equal(values, kept.months[path][name])
            if not np.isnan(values).all():
                there = pair[1].trajectories[name].sel(option=path).mean("draw")
                np.testing.assert_allclose(values, there, rtol=1e-12, atol=1e-9)
    none = result_of(pair[0]).draws
    assert none is not None
    assert not none.months
