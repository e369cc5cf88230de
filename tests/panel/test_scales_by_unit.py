# SPDX-License-Identifier: MIT
"""Units on another scale, answers in tens, months without a year, and percent signs that multiply nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import Workbook

from txsim.errors import InputError
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec

NAMES = [f"u{i}" for i in range(10)]
TWELVE = [f"2024-{t + 1:02d}" for t in range(12)]


def read(path: Path, **spec: Any) -> Any:
    return read_panel(path, read_spec(None, **{"ex_scale": "enps", "cx_scale": "nps", **spec}))


def panel(folder: Path, ex: Any, periods: Sequence[object] = TWELVE, repeat: int = 1) -> Path:
    """Write values ``(unit, period, repeat)`` of EX beside ordinary ones of CX."""
    rng = np.random.default_rng(3)
    cx = rng.integers(0, 11, (10, 12, repeat)) if repeat > 1 else np.round(rng.normal(10, 25, (10, 12, 1)), 1)
    values = np.asarray(ex).reshape(10, 12, repeat)
    rows = [
        f"{NAMES[i]},{periods[t]},{values[i, t, k]:g},{cx[i, t, k]:g}"
        for i in range(10)
        for t in range(12)
        for k in range(repeat)
    ]
    path = folder / "data.csv"
    path.write_text("\n".join(["unit,period,ex,cx", *rows]) + "\n", "utf-8")
    return path


def answers(seed: int = 1) -> Any:
    return np.random.default_rng(seed).choice(
        11, (10, 12, 6), p=[0.02, 0.02, 0.03, 0.05, 0.08, 0.1, 0.1, 0.2, 0.2, 0.1, 0.1]
    )


def points(seed: int = 2) -> Any:
    return np.round(np.random.default_rng(seed).normal(5, 25, (10, 12)), 1)


def test_answers_in_tens_are_asked_about(tmp_path: Path) -> None:
    path = panel(tmp_path, 10 * answers(), repeat=6)
    with pytest.raises(InputError, match="in tens"):
        read(path)
    assert read(path, ex_scale="percent")[1].series["ex"].mean == pytest.approx(10 * answers().mean())


def test_points_of_single_people_are_read(tmp_path: Path) -> None:
    nps = np.where(answers() >= 9, 100, np.where(answers() <= 6, -100, 0))
    assert read(panel(tmp_path, nps, repeat=6))[1].series["ex"].mean == pytest.approx(nps.mean())


@pytest.mark.parametrize("top", [5, 7])
def test_units_whose_answers_end_early_are_asked_about(tmp_path: Path, top: int) -> None:
    mixed = answers()
    mixed[:3] = np.random.default_rng(4).integers(1, top + 1, (3, 12, 6))
    path = panel(tmp_path, mixed, repeat=6)
    with pytest.raises(InputError, match=f"`u0`, `u1`.*between 1 and {top}"):
        read(path)
    read(path, values="answers")
    read(panel(tmp_path, answers(), repeat=6))


def test_units_written_as_means_out_of_ten_are_asked_about(tmp_path: Path) -> None:
    mixed = points()
    mixed[:3] = np.random.default_rng(4).uniform(4, 9, (3, 12)).round(2)
    with pytest.raises(InputError, match="0 … 10"):
        read(panel(tmp_path, mixed))
    read(panel(tmp_path, mixed), values="scores")
    read(panel(tmp_path, points()))


YEAR_TURN = [7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6]


def test_months_over_the_turn_of_a_year_are_asked_about(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="turn of a year"):
        read(panel(tmp_path, points(), YEAR_TURN))


@pytest.mark.parametrize(
    "periods", [range(1, 13), range(12, 0, -1), [3, 9, 1, 12, 5, 2, 8, 4, 11, 6, 10, 7], [6 + t for t in range(12)]]
)
def test_counted_periods_in_another_order_are_read(tmp_path: Path, periods: Sequence[int]) -> None:
    assert read(panel(tmp_path, points(), periods))[0].y.shape == (10, 12, 2)


@pytest.mark.parametrize(
    ("form", "percent"), [('0.00"%"', False), ("0.0\\%", False), ("0.0%", True), ('0"x"%', True), ("0.00", False)]
)
def test_a_percent_sign_in_quotes_multiplies_nothing(tmp_path: Path, form: str, percent: bool) -> None:
    values = np.random.default_rng(8).uniform(20, 80, (10, 12)).round(1)
    book = Workbook()
    sheet = book.active
    sheet.append(["unit", "period", "ex", "cx"])
    for i in range(10):
        for t in range(12):
            sheet.append([NAMES[i], TWELVE[t], values[i, t] / (100 if percent else 1), float(points()[i, t])])
            sheet.cell(sheet.max_row, 3).number_format = form
    path = tmp_path / "book.xlsx"
    book.save(path)
    assert read(path, ex_scale="percent")[1].series["ex"].mean == pytest.approx(values.mean(), abs=0.01)


@pytest.mark.parametrize("renamed", [10, 6, 3, 2])
@pytest.mark.parametrize("new", ["D{}", "Other {}", "{} (neu)"])
def test_units_that_change_their_names_together_are_asked_about(tmp_path: Path, renamed: int, new: str) -> None:
    path = panel(tmp_path, points())
    head, *rows = path.read_text("utf-8").splitlines()
    names = {name: new.format(name if "Other" not in new else 90 - i) for i, name in enumerate(NAMES[:renamed])}
    cells = [row.split(",") for row in rows]
    late = [",".join([names.get(c[0], c[0]) if c[1] > "2024-06" else c[0], *c[1:]]) for c in cells]
    path.write_text("\n".join([head, *late]) + "\n", "utf-8")
    with pytest.raises(InputError, match=r"under new names[\s\S]*merge"):
        read(path)
    assert len(read(path, merge={})[0].units) == 10 + renamed  # told that no two are the same
    assert len(read(path, merge={old: [other] for old, other in names.items()})[0].units) == 10


def test_units_that_come_and_go_now_and_then_are_units(tmp_path: Path) -> None:
    """Two end where two begin, and others end and begin at other times, as branches do."""
    path = panel(tmp_path, points())
    head, *rows = path.read_text("utf-8").splitlines()
    ends = {NAMES[0]: "2024-06", NAMES[1]: "2024-06", NAMES[4]: "2024-09"}
    begins = {NAMES[2]: "2024-06", NAMES[3]: "2024-06", NAMES[5]: "2024-03"}
    cells = [row.split(",") for row in rows]
    kept = [",".join(c) for c in cells if begins.get(c[0], "") < c[1] <= ends.get(c[0], "9")]
    path.write_text("\n".join([head, *kept]) + "\n", "utf-8")
    assert len(read(path)[0].units) == 10


@pytest.mark.parametrize("n", ["0.4", "0,73", "0.05"])
def test_rates_of_response_are_no_numbers_of_people(tmp_path: Path, n: str) -> None:
    path = panel(tmp_path, points())
    head, *rows = path.read_text("utf-8").splitlines()
    path.write_text(
        "\n".join([f"{head};n_ex".replace(",", ";"), *(f"{r};".replace(",", ";") + n for r in rows)]), "utf-8"
    )
    with pytest.raises(InputError, match="rate of response"):
        read(path)
    assert np.isnan(read(path, ignore=["n_ex"])[0].n).all()


def test_a_weighted_mean_of_all_without_respondents_is_asked_about(tmp_path: Path) -> None:
    path = panel(tmp_path, points())
    lines = path.read_text("utf-8").splitlines()
    table = np.array([[float(cell) for cell in line.split(",")[2:]] for line in lines[1:]]).reshape(10, 12, 2)
    weight = np.random.default_rng(6).uniform(20, 40, 10)
    mean = np.tensordot(weight / weight.sum(), table, 1)
    rows = [f"Company,{TWELVE[t]},{mean[t, 0]:.1f},{mean[t, 1]:.1f}" for t in range(12)]
    read(path)
    path.write_text("\n".join([*lines, *rows]) + "\n", "utf-8")
    with pytest.raises(InputError, match="`Company` lies near the mean"):
        read(path)
    assert read(path, drop_units=["Company"])[0].y.shape == (10, 12, 2)
    assert read(path, drop_units=[])[0].y.shape == (11, 12, 2)
