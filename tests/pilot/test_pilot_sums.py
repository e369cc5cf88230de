# SPDX-License-Identifier: MIT
"""Sums of units in a pilot's file are nobody's: left out where that is sure, asked about where it is not."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from txsim.errors import InputError
from txsim.panel.reader.link_spec import read_spec
from txsim.panel.reader.unit_sums import unit_table
from txsim.pilot.pilot_file import read_pilot
from txsim.pilot.pilot_panel import Pilot

TEAMS = 16


def rows(periods: int = 4) -> list[tuple[str, int, int, int, float, int]]:
    """Return unit, period, treated, post, eNPS and answers."""
    rng = np.random.default_rng(8)
    level = rng.normal(15, 8, TEAMS)
    return [
        (
            f"Team {i + 1}", t, int(i < 8), int(2 * t >= periods),
            round(float(level[i] + rng.normal(0, 6)), 1), int(rng.integers(20, 40)),
        )
        for i in range(TEAMS) for t in range(periods)
    ]  # fmt: skip


def total(name: str, held: list[Any], treated: tuple[int, ...], periods: int = 4) -> list[Any]:
    sums = []
    for t in range(periods):
        mine = [row for row in held if row[1] == t and row[2] in treated]
        n = sum(row[5] for row in mine)
        sums.append((name, t, treated[0], int(2 * t >= periods), round(sum(r[4] * r[5] for r in mine) / n, 1), n))
    return sums


def read(folder: Path, held: list[Any], *, counts: bool = True, pair: bool = False, **spec: Any) -> Pilot:
    path = folder / "pilot.csv"
    if pair:  # before and after in columns
        at = {(row[0], row[3]): row for row in held}
        lines = ["unit,treated,enps_before,enps_after"]
        lines += [f"{u},{at[u, 0][2]},{at[u, 0][4]},{at[u, 1][4]}" for u in dict.fromkeys(row[0] for row in held)]
    else:
        lines = ["unit,period,treated,post,enps" + ",n" * counts]
        lines += [",".join(map(str, (row[0], f"2024-{row[1] + 1:02d}", *row[2:][: 3 + counts]))) for row in held]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return read_pilot(path, spec=read_spec(None, scale="enps", **spec))


@pytest.mark.parametrize(("counts", "pair"), [(True, False), (False, False), (False, True)])
@pytest.mark.parametrize("name", ["Pilot gesamt", "Pilot total", "Итого пилот", "Region West"])
def test_sums_of_one_arm_are_asked_about(tmp_path: Path, name: str, counts: bool, pair: bool) -> None:
    teams = rows(2)
    held = teams + total(name, teams, (1,), 2)
    if name == "Pilot total" or (name != "Region West" and (counts or pair)):  # beyond doubt
        pilot = read(tmp_path, held, counts=counts, pair=pair)
    else:
        with pytest.raises(InputError) as refused:
            read(tmp_path, held, counts=counts, pair=pair)
        assert f"`drop_units: [{name}]`" in str(refused.value.problems[0].hint)
        assert len(read(tmp_path, held, counts=counts, pair=pair, drop_units=[]).units) == TEAMS + 1
        pilot = read(tmp_path, held, counts=counts, pair=pair, drop_units=[name])
    plain = read(tmp_path, teams, counts=counts, pair=pair)
    assert pilot.units == plain.units
    np.testing.assert_array_equal(pilot.value, plain.value)
    assert any(name in str(warning) for warning in pilot.warnings)


def test_a_sum_by_its_figures_is_left_out_whatever_it_is_called(tmp_path: Path) -> None:
    teams = rows(12)
    held = total("Nordlicht", teams, (0, 1), 12) + total("Alpha", teams, (1,), 12) + teams
    pilot, plain = read(tmp_path, held), read(tmp_path, teams)
    assert sorted(pilot.units) == sorted(plain.units)
    assert np.nanmean(pilot.value) == pytest.approx(np.nanmean(plain.value))
    assert "2 units are left out, as sums of others or as asked for" in " ".join(map(str, pilot.warnings))


def test_a_letter_beside_an_arm_names_a_unit_and_units_cost_no_further_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def counted(*args: Any) -> Any:
        made.append(1)
        return unit_table(*args)

    monkeypatch.setattr(import_module("txsim.pilot.pilot_values"), "unit_table", counted)
    plain = rows(2)
    name = {f"Team {i + 1}": f"{('Control', 'Pilot')[i < 8]} {'ABCDEFGH'[i % 8]}" for i in range(TEAMS)}
    pilot = read(tmp_path, [(name[row[0]], *row[1:]) for row in plain])
    assert set(pilot.units) == {*name.values()}
    assert pilot.warnings == read(tmp_path, plain).warnings
    assert len(made) == 2 * 3  # of each file, not of each unit


def test_an_answer_that_stands_twice_counts_once(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    rows = [f"u{i},2024-{1 + 3 * post:02d},{post},{int(i < 4)},R{i}{post}{k},{rng.integers(0, 11)}"
            for i in range(8) for post in (0, 1) for k in range(12)]  # fmt: skip
    told = []
    for name, written in (("once", rows), ("twice", [*rows, *rows[:100]])):
        path = tmp_path / f"{name}.csv"
        path.write_text("\n".join(["unit,period,post,treated,ResponseId,ex", *written]) + "\n", "utf-8")
        told.append(read_pilot(path, spec=read_spec(None, scale="enps", values="answers")))
    assert np.array_equal(told[0].before, told[1].before)
    assert np.array_equal(told[0].after, told[1].after)
