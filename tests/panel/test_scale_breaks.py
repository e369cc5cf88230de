# SPDX-License-Identifier: MIT
"""A panel that is written on one scale up to some period and on another after it is asked about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from txsim.errors import InputError
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec

UNITS, PERIODS = 9, 8


def points(mean: float = 20.0, seed: int = 5, noise: float = 5.0) -> np.ndarray[Any, Any]:
    """Return NPS points of units by quarter."""
    rng = np.random.default_rng(seed)
    return np.round(mean + rng.normal(0, 10, (UNITS, 1)) + rng.normal(0, noise, (UNITS, PERIODS)), 1)


def read(folder: Path, ex: np.ndarray[Any, Any], **spec: Any) -> Any:
    cx = points(seed=6)
    rows = [
        f"U{i},{2022 + t // 4}-Q{t % 4 + 1},{ex[i, t]:.1f},{cx[i, t]:.1f}" for i in range(UNITS) for t in range(PERIODS)
    ]
    path = folder / "data.csv"
    path.write_text("\n".join(["unit,period,ex,cx", *rows]) + "\n", "utf-8")
    return read_panel(path, read_spec(None, **{"cx_scale": "nps", "ex_scale": "enps", **spec}))


def broken(ex: np.ndarray[Any, Any], at: int, form: Callable[[Any], Any], *, late: bool = False) -> Any:
    there = np.arange(PERIODS) < at
    return np.where(~there if late else there, form(ex), ex)


@pytest.mark.parametrize("at", [1, 3, 4, 7])
@pytest.mark.parametrize("late", [False, True])
def test_an_index_beside_points_is_refused_with_the_period(tmp_path: Path, at: int, late: bool) -> None:
    ex = broken(points(), at, lambda x: (x + 100) / 2, late=late)
    with pytest.raises(InputError, match=f"{2022 + at // 4}-{1 + at % 4 * 3:02d}.*index of 0 … 100"):
        read(tmp_path, ex)
    read(tmp_path, ex, values="scores")  # whoever says that they are points is believed


@pytest.mark.parametrize("mean", [40.0, -45.0])
def test_answers_turned_round_are_refused(tmp_path: Path, mean: float) -> None:
    with pytest.raises(InputError, match="other way round"):
        read(tmp_path, broken(points(mean), 4, lambda x: -x))


def test_a_jump_that_no_scale_explains_is_asked_about(tmp_path: Path) -> None:
    report = read(tmp_path, broken(points(5), 4, lambda x: x - 35))[1]
    assert any("all 9 units change EX at once from 2022-10 to 2023-01" in str(each) for each in report.warnings)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("noise", [3.0, 15.0])
def test_what_units_do_by_themselves_is_not_asked_about(tmp_path: Path, seed: int, noise: float) -> None:
    ex = points(seed=seed, noise=noise)
    trend = np.arange(PERIODS) * 3.0
    for held in (ex, ex + trend, broken(ex, 4, lambda x: x - 12)):
        assert not any("at once" in str(each) for each in read(tmp_path, held)[1].warnings)
