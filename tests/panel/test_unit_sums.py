# SPDX-License-Identifier: MIT
"""Sums of some units, as regions among branches, are no units: found by figures, asked about by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from txsim.errors import InputError
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec

TOWNS = ["Kiel", "Bonn", "Essen", "Trier", "Jena", "Celle", "Ulm", "Hof", "Gera", "Köln", "Suhl", "Worms"]
PERIODS = 6


def firm(seed: int = 3) -> dict[tuple[str, int], tuple[float, float, int, int]]:
    """Return eNPS, NPS and respondents of both by town and quarter."""
    rng = np.random.default_rng(seed)
    level = rng.normal(20, 12, (len(TOWNS), 2))
    cells = {}
    for i, town in enumerate(TOWNS):
        for t in range(PERIODS):
            ex, cx = np.round(level[i] + rng.normal(0, 9, 2), 1)
            cells[town, t] = (float(ex), float(cx), int(rng.integers(30, 90)), int(rng.integers(80, 160)))
    return cells


def total(cells: dict[Any, Any], parts: list[str], t: int, *, plain: bool = False) -> tuple[float, float, int, int]:
    held = [cells[part, t] for part in parts if (part, t) in cells]
    n = [sum(one[k] for one in held) for k in (2, 3)]
    mean = [sum(one[k] * (1 if plain else one[k + 2]) for one in held) / (len(held) if plain else n[k]) for k in (0, 1)]
    return round(mean[0], 1), round(mean[1], 1), n[0], n[1]


def read(folder: Path, cells: dict[Any, Any], *, counts: bool = True, reverse: bool = False, **spec: Any) -> Any:
    rows = []
    for (unit, t), figures in cells.items():
        row = [unit, f"{2022 + t // 4}-Q{t % 4 + 1}", *(f"{value:g}" for value in figures[: 4 if counts else 2])]
        rows.append(",".join(row))
    head = "unit,period,ex,cx" + (",n_ex,n_cx" if counts else "")
    path = folder / "data.csv"
    path.write_text("\n".join([head, *(reversed(rows) if reverse else rows)]) + "\n", "utf-8")
    return read_panel(path, read_spec(None, **{"scale": "nps", **spec}))


def with_sums(cells: dict[Any, Any], sums: dict[str, list[str]], *, plain: bool = False) -> dict[Any, Any]:
    together = dict(cells)
    for name, parts in sums.items():
        for t in range(PERIODS):
            together[name, t] = total(cells, parts, t, plain=plain)
    return together


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(
    "sums",
    [
        {"Region Nord": TOWNS[:5]},
        {"Nordica": TOWNS[:5], "Südica": TOWNS[5:]},
        {"Pair": ["Kiel", "Worms"]},
        {"A": TOWNS[:3], "B": TOWNS[3:6], "A and B": TOWNS[:6], "The firm": TOWNS},  # sums of sums
    ],
    ids=lambda sums: "+".join(sums),
)
def test_sums_of_some_units_are_no_units(
    tmp_path: Path, sums: dict[str, list[str]], plain: bool, reverse: bool
) -> None:
    cells = firm()
    panel, report = read(tmp_path, with_sums(cells, sums, plain=plain), reverse=reverse)
    assert sorted(panel.units) == sorted(TOWNS)
    refused = {str(one.reason) for one in report.refused}
    assert refused == {f"`{name}` is a sum of units" for name in sums}
    ex = [figures[0] for figures in cells.values()]
    assert report.series["ex"].count == len(ex)  # and what is told of the numbers is of those that are kept
    assert report.series["ex"].mean == pytest.approx(np.mean(ex))
    assert (report.series["ex"].low, report.series["ex"].high) == pytest.approx((min(ex), max(ex)))


def test_means_of_some_units_are_no_units_where_nobody_counted(tmp_path: Path) -> None:
    sums = {"Nordica": TOWNS[:4]}
    panel, _ = read(tmp_path, with_sums(firm(), sums, plain=True), counts=False)
    assert sorted(panel.units) == sorted(TOWNS)


def test_a_sum_is_found_where_a_part_of_it_is_hidden(tmp_path: Path) -> None:
    cells = with_sums(firm(), {"Nordica": TOWNS[:5]})
    for t in (1, 4):  # too few people to be shown, but in the sum
        del cells["Kiel", t]
    panel, _ = read(tmp_path, cells)
    assert sorted(panel.units) == sorted(TOWNS)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("counts", [False, True])
def test_branches_of_all_sizes_stay(tmp_path: Path, seed: int, counts: bool) -> None:
    cells = firm(seed)
    for t in range(PERIODS):  # as large as three others, and with scores of its own
        ex, cx, *_ = cells["Köln", t]
        cells["Köln", t] = (ex, cx, *(sum(cells[u, t][k] for u in TOWNS[:3]) for k in (2, 3)))
    panel, report = read(tmp_path, cells, counts=counts)
    assert sorted(panel.units) == sorted(TOWNS)
    assert not report.refused


def test_samples_of_one_size_are_no_sums(tmp_path: Path) -> None:
    cells = {(unit, t): (*figures[:2], 50, 50) for (unit, t), figures in firm().items()}
    for t in range(PERIODS):
        cells["Köln", t] = (*cells["Köln", t][:2], 100, 100)  # twice as many as everywhere else
    panel, _ = read(tmp_path, cells)
    assert "Köln" in panel.units


@pytest.mark.parametrize(
    "name",
    [
        *("Region Nord", "Northern Region", "Bezirk 3", "Регион Юг", "Cluster-B"),
        *("Zwischensumme Süd", "Итого по югу", "Subtotal North", "Nord gesamt"),
    ],
)
def test_regions_whose_figures_prove_nothing_are_asked_about(tmp_path: Path, name: str) -> None:
    """Weighed by people whom the file does not hold: neither a sum by its figures, nor surely none."""
    cells = with_sums(firm(), {name: TOWNS[:5]})
    with pytest.raises(InputError) as refused:
        read(tmp_path, cells, counts=False)
    (problem,) = refused.value.problems
    assert name in str(problem.message)
    assert f"`drop_units: [{name}]`" in str(problem.hint)
    panel, _ = read(tmp_path, cells, counts=False, drop_units=[name])
    assert sorted(panel.units) == sorted(TOWNS)
    panel, _ = read(tmp_path, cells, counts=False, drop_units=[])
    assert sorted(panel.units) == sorted([*TOWNS, name])


def test_where_all_units_are_regions_nothing_is_asked(tmp_path: Path) -> None:
    cells = {(f"Region {unit}", t): figures for (unit, t), figures in firm().items()}
    assert len(read(tmp_path, cells)[0].units) == len(TOWNS)


def test_a_region_smaller_than_two_branches_is_a_unit(tmp_path: Path) -> None:
    cells = firm()
    cells |= {("District Hall", t): (12.5 + t, 30.0 - t, 21, 50) for t in range(PERIODS)}
    assert "District Hall" in read(tmp_path, cells)[0].units


def test_a_district_that_no_mean_of_others_comes_near_is_a_unit(tmp_path: Path) -> None:
    """Above all others in each period: whatever the weights, no mean of others gets there."""
    cells = firm()
    best = max(ex for ex, *_ in cells.values())
    cells |= {("District of Columbia", t): (round(best + 30 + 5 * (-1) ** t, 1), 20.0 + t, 50, 90) for t in range(6)}
    assert "District of Columbia" in read(tmp_path, cells, counts=False)[0].units


def test_a_district_that_goes_its_own_way_is_a_unit(tmp_path: Path) -> None:
    """Among the levels of others, but back and forth where all others stay: no mean of them does."""
    rng = np.random.default_rng(4)
    cells = {
        (town, t): (round(12.0 + 5 * i + rng.normal(0, 0.5), 1), round(20.0 + i + rng.normal(0, 9), 1))
        for i, town in enumerate(TOWNS)
        for t in range(PERIODS)
    }
    cells |= {("District of Columbia", t): (37.0 + 4.3 * (-1) ** t, round(25 + rng.normal(0, 9), 1)) for t in range(6)}
    assert "District of Columbia" in read(tmp_path, cells, counts=False)[0].units


@pytest.mark.parametrize(
    "name",
    ["Top quartile", "Glint 75th percentile", "Bestes Quartil", "Лучший филиал", "Meilleure agence", "Média del sector",
     "Vorjahr", "Previous year", "Прошлый год", "Año anterior"],
)  # fmt: skip
def test_figures_to_compare_with_are_asked_about_by_name(tmp_path: Path, name: str) -> None:
    cells = firm() | {(name, t): (31.0 + 3 * (-1) ** t, 47.0 - t, 40, 90) for t in range(PERIODS)}
    with pytest.raises(InputError, match=name):
        read(tmp_path, cells)
    assert name in read(tmp_path, cells, drop_units=())[0].units
    assert sorted(read(tmp_path, cells, drop_units=(name,))[0].units) == sorted(TOWNS)


@pytest.mark.parametrize("name", ["Best Western", "Topeka", "Vorjohren", "Media City", "Toplice"])
def test_names_that_only_begin_like_comparisons_are_units(tmp_path: Path, name: str) -> None:
    cells = firm() | {(name, t): (31.0 + 3 * (-1) ** t, 47.0 - t, 40, 90) for t in range(PERIODS)}
    assert name in read(tmp_path, cells)[0].units


def test_the_one_unit_that_nobody_counts_is_asked_about(tmp_path: Path) -> None:
    cells = firm() | {("Cup", t): (31.0 + 3 * (-1) ** t, 47.0 - t, "", "") for t in range(PERIODS)}
    text = {key: tuple(map(str, row)) for key, row in cells.items()}
    path = tmp_path / "data.csv"
    lines = [",".join((unit, f"2022-{t + 1:02d}", *row)) for (unit, t), row in text.items()]
    path.write_text("\n".join(["unit,period,ex,cx,n_ex,n_cx", *lines]), "utf-8")
    with pytest.raises(InputError, match="`Cup`: no number of answers"):
        read_panel(path, read_spec(None, scale="nps"))
    assert "Cup" not in read_panel(path, read_spec(None, scale="nps", drop_units=["Cup"]))[0].units


@pytest.mark.parametrize("counts", [False, True])
@pytest.mark.parametrize("words", [("Store", "Region"), ("Filiale", "Gebiet")])
def test_rows_that_a_column_calls_regions_are_asked_about_unless_figures_prove_them(
    tmp_path: Path, words: tuple[str, str], counts: bool
) -> None:
    """A first column that says `Store` in each row is data, and no header again and again."""
    cells = with_sums(firm(), {"Alpha": TOWNS[:6]})
    odd = {key: (row[0] + (key[0] == "Alpha") * 4 * (-1) ** key[1], *row[1:]) for key, row in cells.items()}
    path = tmp_path / "data.csv"

    def data(held: dict[Any, Any], said: dict[str, str]) -> Any:
        rows = [",".join((said.get(unit, words[0]), unit, f"2022-{t + 1:02d}", *map(str, row[: 4 if counts else 2])))
                for (unit, t), row in held.items()]  # fmt: skip
        path.write_text("\n".join(["Type,Site,Month,ex,cx" + ",n_ex,n_cx" * counts, *rows]), "utf-8")
        return lambda **spec: sorted(read_panel(path, read_spec(None, scale="nps", **spec))[0].units)

    if counts:
        assert data(cells, {"Alpha": words[1]})() == sorted(TOWNS)
    asked = data(odd, {"Alpha": words[1]})
    with pytest.raises(InputError) as error:
        asked()
    assert f"only: {{Type: {words[0]}}}" in str(error.value)
    assert asked(only={"Type": words[0]}) == sorted(TOWNS)
    assert asked(ignore=["Type"]) == sorted([*TOWNS, "Alpha"])
    assert data(odd, {"Alpha": "Kiosk"})() == sorted([*TOWNS, "Alpha"])
