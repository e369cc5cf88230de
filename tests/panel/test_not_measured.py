# SPDX-License-Identifier: MIT
"""Rows that nobody measured: forecasts and plans beside results, values carried on, zeros for no answer."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.panel.test_values_read import read
from txsim.errors import InputError
from txsim.panel.reader.link_spec import LinkSpec, read_spec
from txsim.panel.reader.missing_codes import zeros_expected
from txsim.pilot.pilot_file import read_pilot

HEAD = "unit,period,ex,cx"


def measured(units: int = 8, periods: int = 6, seed: int = 3) -> dict[tuple[int, int], tuple[float, float]]:
    rng = np.random.default_rng(seed)
    return {(i, t): (round(rng.normal(5, 20), 1), round(rng.normal(15, 20), 1))
            for i in range(units) for t in range(periods)}  # fmt: skip


def lines(cells: dict[tuple[int, int], tuple[float, float]], behind: str = "") -> list[str]:
    return [f"u{i},2024-{t + 1:02d},{ex},{cx}{behind}" for (i, t), (ex, cx) in cells.items()]


@pytest.mark.parametrize(
    "word", ["Forecast", "Prognose", "прогноз", "Plan", "Ziel", "budget", "Prévision", "FC 2+10", "FC2", "Erwartung"]
)
def test_rows_that_say_they_are_forecasts_are_asked_about(tmp_path: Path, word: str) -> None:
    cells = measured()
    later = {key: (ex + 9, cx) for key, (ex, cx) in measured(8, 8).items() if key[1] >= 6}
    rows = lines(cells, ",Ist") + lines(later, f",{word}")
    with pytest.raises(InputError, match=f"column `Stand` says `{re.escape(word)}` in 16 of 64 rows") as refused:
        read(tmp_path, f"{HEAD},Stand", rows, scale="nps")
    assert "only: {Stand: Ist}" in str(refused.value.problems[0].hint)
    panel, report = read(tmp_path, f"{HEAD},Stand", rows, scale="nps", only={"Stand": "Ist"})
    assert panel.y.shape == (8, 6, 2)
    assert np.allclose(panel.y[0, 0], [(100 + value) / 2 for value in cells[0, 0]])
    assert {str(t.reason) for t in report.refused} == {"not among the rows asked for by `only`"}
    whole, _ = read(tmp_path, f"{HEAD},Stand", rows, scale="nps", ignore=["Stand"])
    assert whole.y.shape == (8, 8, 2)


def test_letters_are_asked_about_beside_the_one_for_what_was_found(tmp_path: Path) -> None:
    cells = measured()
    rows = [f"{line},{'AP'[k % 6 == 5]}" for k, line in enumerate(lines(cells))]
    with pytest.raises(InputError, match="column `Kind` says `P` in 8 of 48 rows"):
        read(tmp_path, f"{HEAD},Kind", rows, scale="nps")
    named = [line.replace(",A", ",X") for line in rows]  # P beside X may be a place
    assert read(tmp_path, f"{HEAD},Kind", named, scale="nps")[0].y.shape == (8, 6, 2)


def test_what_only_asks_for_must_be_there(tmp_path: Path) -> None:
    rows = lines(measured(), ",Ist")
    with pytest.raises(InputError, match="no row of `Stand` says `iist`"):
        read(tmp_path, f"{HEAD},Stand", rows, scale="nps", only={"Stand": "Iist"})
    with pytest.raises(InputError, match="no column `Stan` for `only`; did you mean `Stand`"):
        read(tmp_path, f"{HEAD},Stand", rows, scale="nps", only={"Stan": "Ist"})


@pytest.mark.parametrize("change", [0.0, 2.5])
def test_values_carried_on_are_asked_about(tmp_path: Path, change: float) -> None:
    """Of units that moved by themselves until then, all move alike in the last two periods."""
    cells = measured()
    for i in range(8):
        for t in (6, 7):
            cells[i, t] = (round(cells[i, 5][0] + change * (t - 5), 1), measured(8, 8, seed=5)[i, t][1])
    with pytest.raises(InputError, match="all 8 units have the same change of EX from 2024-06 to 2024-07, and in 1 mo"):
        read(tmp_path, HEAD, lines(cells), scale="nps")
    panel, _ = read(tmp_path, HEAD, lines(cells), scale="nps", values={"ex": "scores"})  # the cure
    assert panel.y.shape == (8, 8, 2)


def test_a_few_units_that_stand_still_are_no_forecast(tmp_path: Path) -> None:
    """Of three coarse scores all may stay as they were by chance."""
    cells = {key: (round(ex, -1), round(cx, -1)) for key, (ex, cx) in measured(3, 6).items()}
    for i in range(3):
        cells[i, 3] = cells[i, 2]
    panel, _ = read(tmp_path, HEAD, lines(cells), scale="nps")
    assert panel.y.shape == (3, 6, 2)


@pytest.mark.parametrize(("now", "later"), [("IST", "ZX 2+10"), ("A", "K"), ("000", "001"), ("", "e"), ("ACT", "v2")])
def test_a_word_that_the_last_periods_alone_have_is_asked_about(tmp_path: Path, now: str, later: str) -> None:
    """Whatever the word: it covers all rows of the last periods, and no other row."""
    after = {key: cell for key, cell in measured(8, 8).items() if key[1] >= 6}
    rows = lines(measured(), f",{now}") + lines(after, f",{later}")
    with pytest.raises(InputError, match="in all 16 rows of the last 2 periods and in no other") as refused:
        read(tmp_path, f"{HEAD},Stand", rows, scale="nps")
    hint = str(refused.value.problems[0].hint)
    said = yaml.safe_load(hint.split("`")[1])["only"]  # as printed
    assert said == {"Stand": now}
    panel, _ = read(tmp_path, f"{HEAD},Stand", rows, scale="nps", only=said)
    assert panel.y.shape == (8, 6, 2)


@pytest.mark.parametrize(
    ("name", "words"),
    [("Bericht", ["Bericht 2024"] * 6 + ["Bericht 2025"] * 2), ("GJ", ["GJ23/24"] * 6 + ["GJ24/25"] * 2),
     ("Halbjahr", ["1"] * 4 + ["2"] * 4), ("Kanal", ["a", "b"] * 4), ("Kanal", list("abaaaabb")),
     ("tool", ["x"] * 3 + ["y"] * 5)],
)  # fmt: skip
def test_columns_that_count_time_or_come_and_go_are_no_forecasts(tmp_path: Path, name: str, words: list[str]) -> None:
    rows = [f"u{i},2024-{t + 1:02d},{ex},{cx},{words[t]}" for (i, t), (ex, cx) in measured(8, 8).items()]
    panel, _ = read(tmp_path, f"{HEAD},{name}", rows, scale="nps")
    assert panel.y.shape == (8, 8, 2)


@pytest.mark.parametrize("name", ["{} Plan", "Forecast {}", "{} (F)", "{}_Budget", "{} FC"])
def test_units_named_as_forecasts_of_others_are_left_out_not_merged(tmp_path: Path, name: str) -> None:
    towns = [f"Town {chr(65 + i)}" for i in range(8)]
    rows = [f"{town if t < 6 else name.format(town)},2024-{t + 1:02d},{ex},{cx}"
            for (i, t), (ex, cx) in measured(8, 8).items() for town in [towns[i]]]  # fmt: skip
    for merge in ({}, {towns[0]: [name.format(towns[0])]}):
        with pytest.raises(InputError, match="8 units are named as forecasts, plans or targets") as refused:
            read(tmp_path, HEAD, rows, scale="nps", merge=merge)
    said = yaml.safe_load(str(refused.value.problems[0].hint).split("`")[1])["drop_units"]
    assert read(tmp_path, HEAD, rows, scale="nps", drop_units=said)[0].y.shape == (8, 6, 2)
    with pytest.raises(InputError, match="1 unit is named"):
        read(tmp_path, HEAD, rows, scale="nps", drop_units=said[1:])
    whole, _ = read(tmp_path, HEAD, rows, scale="nps", drop_units=[], merge={})
    assert whole.y.shape == (16, 8, 2)


@pytest.mark.parametrize("mark", [" (F)", "e", " Plan", " (Forecast)"])
def test_periods_named_as_forecasts_are_asked_about(tmp_path: Path, mark: str) -> None:
    rows = [f"u{i},2024-{t + 1:02d}{mark if t > 5 else ''},{ex},{cx}" for (i, t), (ex, cx) in measured(8, 8).items()]
    with pytest.raises(InputError, match="are named as forecasts, plans or targets") as refused:
        read(tmp_path, HEAD, rows, scale="nps")
    assert "`2024-07`" in str(refused.value.problems[0].hint)
    waves = {f"2024-{t:02d}{mark}": f"2024-{t:02d}" for t in (7, 8)}
    _, report = read(tmp_path, HEAD, rows, scale="nps", waves=waves)
    assert any("read as measured, as `waves` says" in str(warning) for warning in report.warnings)


def test_one_line_of_a_renaming_does_not_settle_the_others(tmp_path: Path) -> None:
    rows = [f"\"{'000' if t < 3 else ''}{i + 1}\",2024-{t + 1:02d},{ex},{cx}"
            for (i, t), (ex, cx) in measured(8, 6).items()]  # fmt: skip
    with pytest.raises(InputError, match="nearly alike") as refused:
        read(tmp_path, HEAD, rows, scale="nps", merge={"1": ["0001"]})
    said = yaml.safe_load(str(refused.value.problems[0].hint).split("`")[1])["merge"]  # quotes where they belong
    assert len(said) == 8
    assert read(tmp_path, HEAD, rows, scale="nps", merge=said)[0].y.shape == (8, 6, 2)


@pytest.mark.parametrize("code", [999, -999, 9999])
def test_codes_are_taken_out_before_zeros_are_judged(tmp_path: Path, code: int) -> None:
    rng = np.random.default_rng(7)
    rows = []
    for i in range(45):
        for t in range(16):
            people = rng.integers(8, 41, 2)
            ex, cx = (round(100 * float(rng.choice([-1, 0, 1], n, p=[0.4, 0.3, 0.3]).mean()), 1) for n in people)
            rows.append(f"u{i},2024-{t + 1:02d},{code if rng.random() < 0.04 else ex},{cx}")
    rows = [row.replace("2024-13", "2025-01").replace("2024-14", "2025-02").replace("2024-15", "2025-03")
            .replace("2024-16", "2025-04") for row in rows]  # fmt: skip
    panel, _ = read(tmp_path, HEAD, rows, scale="nps")
    zeros = sum(float(row.split(",")[2]) == 0 for row in rows)
    assert (panel.y[..., 0] == 50).sum() == zeros > 20
    assert np.isnan(panel.y[..., 0]).sum() == sum(row.split(",")[2] == str(code) for row in rows)


# --- pilots


def pilot(path: Path) -> list[str]:
    rng = np.random.default_rng(9)
    rows = [[f"H{i}", f"2024-{t + 1:02d}", str(int(i < 4)), str(int(t > 2)), f"{rng.normal(5, 12):.1f}"]
            for i in range(12) for t in range(6)]  # fmt: skip
    path.write_text("\n".join(["unit,period,treated,post,ex", *map(",".join, rows)]) + "\n", "utf-8")
    return path.read_text("utf-8").splitlines()


def test_a_unit_that_leaves_the_pilot_is_asked_about(tmp_path: Path) -> None:
    file = tmp_path / "pilot.csv"
    rows = pilot(file)
    spec = read_spec(None, scale="enps")
    whole = read_pilot(file, spec=spec)
    left = [row.replace("2024-06,1,1", "2024-06,0,1") if row.startswith("H2,") else row for row in rows]
    file.write_text("\n".join(left), "utf-8")
    with pytest.raises(InputError, match="`treated` marks `H2` as treated and later, after the start, as not") as asked:
        read_pilot(file, spec=spec)
    (last,) = (k for k, row in enumerate(left, 1) if row.startswith("H2,2024-06"))
    assert asked.value.problems[0].line == last
    # marked from the start on alone: the same pilot
    late = [row.replace(",1,0,", ",0,0,") for row in rows]
    file.write_text("\n".join(late), "utf-8")
    assert np.array_equal(read_pilot(file, spec=spec).treated, whole.treated)


def test_rows_that_stand_twice_in_a_pilot_count_once_and_are_told(tmp_path: Path) -> None:
    file = tmp_path / "pilot.csv"
    rows = pilot(file)
    spec = read_spec(None, scale="enps")
    whole = read_pilot(file, spec=spec)
    file.write_text("\n".join(rows + [row for row in rows if row.startswith("H1,")]), "utf-8")
    twice = read_pilot(file, spec=spec)
    assert np.array_equal(twice.value, whole.value)
    told = [str(line) for line in twice.reading["lines"]]
    assert any("72 scores" in line for line in told)
    assert any("the same row twice, counted once (6)" in line for line in told)


# --- zeros


def scores_of(seed: int, people: tuple[int, int] = (11, 26)) -> np.ndarray:
    """Return 400 net promoter scores of so many people, by their definition."""
    rng = np.random.default_rng(seed)
    count = rng.integers(*people, 400)
    said = [rng.multinomial(n, rng.dirichlet((6, 5, 7))) for n in count]
    return np.array([100 * (up - down) / n for (up, _, down), n in zip(said, count, strict=True)]).round(1)


def test_zeros_in_place_of_blanks_are_asked_about(tmp_path: Path) -> None:
    ex, cx = scores_of(1), scores_of(2)
    ex[::9] = 0.0
    rows = [f"u{i // 20},{2023 + i % 20 // 12}-{i % 20 % 12 + 1:02d},{ex[i]},{cx[i]}" for i in range(400)]
    with pytest.raises(InputError, match=r"EX is exactly 0 in \d+ rows, \S+ times as often as scores beside 0 explain"):
        read(tmp_path, HEAD, rows, scale="nps")
    panel, _ = read(tmp_path, HEAD, rows, scale="nps", missing=[])
    assert np.isfinite(panel.y).all()


@pytest.mark.parametrize("people", [(4, 9), (11, 26), (20, 21), (40, 90), (400, 900)])
def test_zeros_of_few_people_are_values(people: tuple[int, int]) -> None:
    """Of n people every n-th step is 0: frequent where few answer, and expected so."""
    counts = np.array([[(scores == 0).sum(), zeros_expected(scores)] for seed in range(20)
                       if (scores := scores_of(seed, people)).any()])  # fmt: skip
    found, expected = counts.sum(axis=0)
    assert found < 1.35 * expected + 4 * np.sqrt(expected) + 3
    if people[1] < 50:
        assert found > 0.6 * expected


@pytest.mark.parametrize("index", [True, False])
def test_an_index_of_all_units_under_nps_is_known_by_its_numbers_of_answers(tmp_path: Path, index: bool) -> None:
    """Of 11 to 25 people no NPS is 46.2, but an index is, (promoters − detractors) / people being whole there."""
    rng = np.random.default_rng(5)
    rows = []
    for i in range(6):
        for t in range(8):
            n = rng.integers(11, 26, 2)
            points = [100 * (up - down) / k for k in n for up, _, down in [rng.multinomial(k, (0.35, 0.3, 0.35))]]
            told = [(value + 100) / 2 if index else value for value in points]
            rows.append(f"u{i},2024-{t + 1:02d},{told[0]:.1f},{points[1]:.1f},{n[0]},{n[1]}")
    if index:
        with pytest.raises(InputError, match=r"holds no scores that so many people can have on nps.*an index"):
            read(tmp_path, f"{HEAD},n_ex,n_cx", rows, scale="nps")
    panel, _ = read(tmp_path, f"{HEAD},n_ex,n_cx", rows, scale="nps", **({"ex_scale": "index"} if index else {}))
    assert np.isfinite(panel.y).all()


def test_the_cure_of_a_pilots_header_can_be_followed(tmp_path: Path) -> None:
    file = tmp_path / "pilot.csv"
    rows = pilot(file)
    file.write_text("\n".join([rows[0].replace(",ex", ",eNPS change vs plan"), *rows[1:]]), "utf-8")
    with pytest.raises(InputError, match="says `change`") as asked:
        read_pilot(file, spec=read_spec(None, scale="enps"))
    assert "`values: scores`" in str(asked.value.problems[0].hint)
    assert read_pilot(file, spec=read_spec(None, scale="enps", values="scores")).units


def test_ordinary_panels_are_not_asked_about() -> None:
    """Twenty panels of the benchmark `false_alarms`, each of people who answer a known scale."""
    path = Path(__file__).parents[2] / "benchmarks" / "false_alarms.py"
    assert not runpy.run_path(str(path))["alarms"](20, 5)


def test_a_pilot_unit_that_begins_after_the_start_is_asked_about(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    rows = ["unit,period,ex,treated,post"]
    for i in range(8):
        for t in range(6):
            on = i < 4 and (t >= 3 if i else t >= 5)
            rows.append(f"u{i},2024-{t + 1:02d},{rng.normal(5, 20):.1f},{int(on or 0 < i < 4)},{int(t >= 3)}")
    path = tmp_path / "pilot.csv"
    path.write_text("\n".join(rows))
    with pytest.raises(InputError, match="marks `u0` as not treated after the start and later as treated") as refused:
        read_pilot(path, spec=LinkSpec(scale="enps"))
    assert "write post 0 until it began, and 1 in `treated` in all its rows" in str(refused.value.problems[0].hint)


@pytest.mark.parametrize(("rows", "asked"), [(1, False), (4, True)])
def test_a_score_of_nobody_is_told_or_asked_about(tmp_path: Path, rows: int, asked: bool) -> None:
    """Nought answers give no score; beside a nought they say that nobody was asked."""
    text = [
        f"u{i},2024-{t + 1:02d},{50 + (5 * i * (t + 1) + 3 * t * t) % 13},{40 + (7 * i + 2 * t * t) % 11},{n}"
        for i in range(8)
        for t in range(6)
        for n in [0 if 6 * i + t < rows else 30]
    ]
    text += [f"u{i},2024-07,0,{41 + i},0" for i in range(8)]
    if asked:
        with pytest.raises(InputError, match="`n_ex` is 0 in 4 rows that bear a score of EX") as refused:
            read(tmp_path, f"{HEAD},n_ex", text, scale="index")
        assert refused.value.problems[0].line == 2
        return
    panel, report = read(tmp_path, f"{HEAD},n_ex", text, scale="index")
    assert int(np.isfinite(panel.y[:, :, 0]).sum()) == 47
    assert [(t.line, str(t.reason)) for t in report.refused] == [(2, "a score of 0 answers")]
