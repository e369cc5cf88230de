# SPDX-License-Identifier: MIT
"""Numbers of a pilot pass only with their scale known; what is missing or far is told by what it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from openpyxl import Workbook

import txsim
from txsim.errors import InputError
from txsim.panel.reader.link_spec import LinkSpec, read_spec
from txsim.pilot.did import difference
from txsim.pilot.far_cells import far_cells
from txsim.pilot.measurement import scale_of
from txsim.pilot.pilot_cells import _spread, cells_by_period
from txsim.pilot.pilot_file import read_pilot
from txsim.pilot.update import update
from txsim.units import SCALES, custom_scale

FIRM = """
organisation:
  index: {ux_employee: 55, cx: 60, ex: EX, mx: {value: 24, scale: {worst: 48, best: 0, unit: h}}}
  staff: {all: {headcount: 100, turnover_per_year: 0.2, salary_per_year: 30000}}
  customers: 4000
  churn_per_month: 0.02
  arpu_per_month: 200
  contribution_margin: 0.3
drivers:
  - name: desk
    start: 1
    pushes: [{node: ex, effect: {median: 8, factor: 2}, scale: index, months: 3}]
    one_off: 60000
pilot: {months: 6, scope: 0.2, one_off: 2000, respondents: 60, control: true, units: 6}
evidence: {use: none}
"""


def wave(folder: Path, value: Callable[[int, int], object], column: str = "score", units: int = 20) -> Path:
    """Write a pilot of ten periods, of which four lie before the start."""
    rows = [
        f"u{i},2024-{t:02d},{int(i < units // 2)},{int(t > 4)},{value(i, t)}"
        for i in range(units)
        for t in range(1, 11)
    ]
    path = folder / f"{column}.csv"
    path.write_text("\n".join([f"unit,period,treated,post,{column}", *rows]) + "\n")
    return path


def firm(folder: Path, ex: str = "{value: 14, scale: enps}") -> txsim.Scenario:
    path = folder / "firm.yaml"
    path.write_text(FIRM.replace("EX", ex))
    return txsim.load(path)


def asked(folder: Path, path: Path, ex: str = "{value: 14, scale: enps}", **how: object) -> str:
    """Return what `update` asks about a pilot."""
    with pytest.raises(InputError) as raised:
        update(firm(folder, ex), path, draws=128, log=False, **how)  # type: ignore[arg-type]
    return " ".join(f"{problem.message} {problem.hint or ''}" for problem in raised.value.problems)


def test_calls_are_no_enps(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    path = wave(tmp_path, lambda i, t: int(rng.gamma(2, 800)), "calls")
    assert "of `calls` lie outside the scale enps" in asked(tmp_path, path, node="ex")
    # numbers that would pass for eNPS points do not either, unless somebody says that they are some
    path = wave(tmp_path, lambda i, t: int(rng.normal(-8, 9)), "calls")
    calls = asked(tmp_path, path)
    assert "`calls` is no node's name: what does it measure?" in calls
    assert "say --node ex" in calls
    for said in ({"node": "ex"}, {"scale": "enps"}, {"spec": LinkSpec(columns={"ex": "calls"})}):
        assert update(firm(tmp_path), path, draws=128, log=False, **said).units.treated == 10  # type: ignore[arg-type]


@pytest.mark.parametrize("column", ["ex", "eNPS", "employee engagement", "Вовлечённость"])
def test_a_measure_of_one_node_is_none_of_another(tmp_path: Path, column: str) -> None:
    told = asked(tmp_path, wave(tmp_path, lambda i, t: 20 + (3 * i + 7 * t) % 11, column), node="cx")
    assert "is a measure of `ex`, not of `cx`" in told
    assert "say --node ex" in told


def test_levels_are_no_enps(tmp_path: Path) -> None:
    levels = asked(tmp_path, wave(tmp_path, lambda i, t: 1400 + 15 * i, "ex"))
    assert "200 of 200 values of `ex` lie outside" in levels


def test_levels_far_from_a_nodes_own_range_are_refused(tmp_path: Path) -> None:
    told = asked(tmp_path, wave(tmp_path, lambda i, t: 1400 + 15 * i, "mx"))
    assert "200 of 200 values of `mx` (1400 … 1685) lie far outside the range" in told
    assert "0 … 48 h" in told


@pytest.mark.parametrize("ex", ["{value: 14, scale: enps}", "55", "{value: 50, scale: percent}"])
@pytest.mark.parametrize("means", [False, True])
def test_a_scale_of_seven_is_asked_about(tmp_path: Path, ex: str, means: bool) -> None:
    path = wave(tmp_path, lambda i, t: 3 + (i * t % 31) / 10 if means else 1 + (i * t) % 7, "ex")
    assert "scale" in asked(tmp_path, path, ex)
    read = read_pilot(path, scale_of=lambda _measure: SCALES["likert7"])
    assert read.scale == "likert7"


def test_what_is_missing_is_told_by_what_stood_there(tmp_path: Path) -> None:
    odd = {(0, t): "" for t in range(1, 6)} | {(3, 2): 1000, (4, 2): 1000, (5, 2): 1000, (6, 7): -999999, (7, 7): "n/a"}
    path = wave(tmp_path, lambda i, t: odd.get((i, t), 20 + (3 * i + 7 * t) % 11))
    found = read_pilot(path, scale_of=lambda _measure: SCALES["enps"])
    told = [str(warning) for warning in found.warnings if "left out" in str(warning)]
    assert told[0] == "10 values are missing and were left out: 5 blank, 3 × 1000, 1 × -999999, 1 × n/a"


def test_a_value_outside_the_scale_is_told_with_its_line(tmp_path: Path) -> None:
    path = wave(tmp_path, lambda i, t: 200 if (i, t) == (6, 1) else 5 + (3 * i + 7 * t) % 35)
    found = read_pilot(path, scale_of=lambda _measure: SCALES["enps"])
    assert "1 value lies outside the scale enps and was left out (line 62: 200)" in map(str, found.warnings)


def test_a_cell_far_from_all_others_counts_and_is_told(tmp_path: Path) -> None:
    """Where the unit's range leaves it open, one cell of 200 among values under 40."""
    path = wave(tmp_path, lambda i, t: 200 if (i, t) == (6, 9) else 5 + (3 * i + 7 * t) % 35, "hours")
    found = read_pilot(path, scale_of=lambda _measure: custom_scale(300, 0, "h"))
    whole = difference(found)
    told = [str(each) for each in far_cells(found, whole.effect)]
    assert "`u6` has 200 in 2024-09" in told[0]
    path = wave(tmp_path, lambda i, t: "" if (i, t) == (6, 9) else 5 + (3 * i + 7 * t) % 35, "hours")
    without = difference(read_pilot(path, scale_of=lambda _measure: custom_scale(300, 0, "h")))
    assert f"{without.effect:+.2f}".replace("-", "−")[:5] in told[1]
    assert far_cells(read_pilot(path), 0.0) == []


def test_what_is_taken_for_granted_is_told(tmp_path: Path) -> None:
    scenario = firm(tmp_path, "55")
    path = wave(tmp_path, lambda i, t: (15.5 if t < 5 else 17.0) + (i * t) % 3 - (2 * i * t) % 3)
    before = np.mean([15.5 + (i * t) % 3 - (2 * i * t) % 3 for i in range(20) for t in range(1, 5)])
    told = [str(each) for each in update(scenario, path, scale="index", draws=128, log=False).warnings]
    assert any("`score` is no node's name: it is taken for `ex`" in each for each in told)
    stands = f"stands at {before:.0f} index points, but the scenario's baseline of `ex` is 55"
    assert any(stands in each for each in told)
    # On a scale of −100 … 100 the same numbers stand at half of them above the middle.
    points = firm(tmp_path, "{value: 80, scale: enps}")
    told = [str(each) for each in update(points, path, node="ex", scale="enps", draws=128, log=False).warnings]
    assert any(f"stands at {50 + before / 2:.0f} index points" in each and "is 90" in each for each in told)
    named = [str(each) for each in update(scenario, path, node="ex", scale="index", draws=128, log=False).warnings]
    assert not any("no node's name" in each for each in named)


def test_a_spec_says_how_a_pilot_is_read(tmp_path: Path) -> None:
    path = tmp_path / "pilot.csv"
    rows = "".join(
        f"{u},{t},{'yes' if u == 'a' else 'no'},{int(t > 1)},{k + t}\n" for k, u in enumerate("abc") for t in (1, 2, 3)
    )
    path.write_text("shop,wave,took part,after,mood\n" + rows)
    spec = LinkSpec(columns={"unit": "shop", "period": "wave", "treated": "took part", "post": "after"})
    found = read_pilot(path, "mood", spec=spec)
    assert found.treated.tolist() == [True, False, False]
    assert found.value.tolist() == [[1, 2, 3], [2, 3, 4], [3, 4, 5]]


def test_codes_for_yes_and_no_are_asked_about_once(tmp_path: Path) -> None:
    path = wave(tmp_path, lambda i, t: 10 + i)
    head, *rows = path.read_text().splitlines()
    coded = [",".join([unit, when, str(1 + int(inside)), *rest]) for unit, when, inside, *rest in
             (row.split(",") for row in rows)]  # fmt: skip
    path.write_text("\n".join([head, *coded]) + "\n")
    with pytest.raises(InputError) as raised:
        read_pilot(path)
    (problem,) = raised.value.problems
    assert (problem.line, problem.path) == (2, "treated")
    assert "`2`: expected 0 or 1; 100 rows say it" in str(problem.message)
    assert "write 1 for yes and 0 for no" in str(problem.hint)


def index(points: float) -> float:
    return (points + 100) / 2


def shift(path: Path, measure: str | None = None, **spec: object) -> float:
    """Return the difference in differences of a pilot's means."""
    pilot = read_pilot(path, measure, spec=read_spec(None, **spec), scale_of=lambda _: SCALES["nps"])
    change = pilot.after - pilot.before
    return float(change[pilot.treated].mean() - change[~pilot.treated].mean())


@pytest.mark.parametrize("arms", [("Pilot", "Control"), ("Пилот", "Контроль"), ("Test stores", "Control stores"),
                                  ("A", "B"), ("Pilotfilialen", "Kontrollfilialen")])  # fmt: skip
@pytest.mark.parametrize("shape", ["long", "sheets", "a column for each wave", "sheets of columns", "beside"])
def test_arms_in_any_shape_are_the_same_pilot_or_come_with_a_cure(
    tmp_path: Path, shape: str, arms: tuple[str, str]
) -> None:
    value = {
        (a, u, t): 11 * u + 4 * a + (5 * u * t + 3 * u + t * t + 2 * a * u * (t in (2, 3))) % 9 - 6 * (a or t < 4)
        for a in (0, 1) for u in range(5) for t in (1, 2, 3, 4)
    }  # fmt: skip
    # means of the last two waves less those of the first two, of five units each
    expected = sum((1 - 2 * a) * (1 if t > 2 else -1) * x / 10 for (a, _, t), x in value.items())
    when = [f"2024-0{t}" for t in (1, 2, 3, 4)]
    names = {a: [f"b{5 * a + u}" for u in range(5)] for a in (0, 1)}
    wide = {a: [["Branch", *when], *([names[a][u], *(value[a, u, t] for t in (1, 2, 3, 4))] for u in range(5))]
            for a in (0, 1)}  # fmt: skip
    long = {a: [["unit", "period", "eNPS"], *([names[a][u], when[t - 1], value[a, u, t]] for u in range(5)
                                              for t in (1, 2, 3, 4))] for a in (0, 1)}  # fmt: skip
    if shape == "sheets":
        sheets = {arm: long[a] for a, arm in enumerate(arms)}
    elif shape == "sheets of columns":
        sheets = {arm: wide[a] for a, arm in enumerate(arms)}
    elif shape == "beside":
        titles = [[arms[0], *[""] * 5, arms[1]]]
        sheets = {"all": titles + [[*one, "", *two] for one, two in zip(wide[0], wide[1], strict=True)]}
    else:
        rows = long if shape == "long" else wide
        heads = [f"eNPS {name}" if name.startswith("20") else name for name in rows[0][0]]
        sheets = {"all": [[*heads, "group"], *([*row, arms[a]] for a in (0, 1) for row in rows[a][1:])]}
    book = Workbook()
    for name, rows_of in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows_of:
            sheet.append(row)
    book.remove(book.worksheets[0])
    path = tmp_path / "pilot.xlsx"
    spec: dict[str, object] = {}
    book.save(path)
    for _ in range(2):
        try:
            shift(path, **spec)
        except InputError as error:
            hints = " ".join(str(problem.hint) for problem in error.problems)
            for cure in re.findall(r"`((?:words|start|columns): [^`]*)`", hints.replace("`columns: {ex:", "")):
                spec = yaml.safe_load(cure) | spec  # of two ways the first
    assert shift(path, **spec) == pytest.approx(expected)
    assert ("words" in spec) == (arms[0] == "A")


@pytest.mark.parametrize("arms", [("Pilot", "Control"), ("Pilot 1", "Control 1")])
def test_arms_on_sheets_are_read_on_a_measure_of_any_name(tmp_path: Path, arms: tuple[str, str]) -> None:
    book = Workbook()
    for a, arm in enumerate(arms):
        sheet = book.create_sheet(arm)
        sheet.append(["Unit", "Period", "Post", "kpi"])
        for u in range(5):
            for t in range(4):
                sheet.append([f"{arm[0]}{u}", f"2024-0{t + 1}", int(t > 1), 30 + u * t + (t > 1) * (1 - a) * 3])
    book.remove(book.worksheets[0])
    book.save(tmp_path / "pilot.xlsx")
    pilot = read_pilot(tmp_path / "pilot.xlsx")
    assert dict(zip(pilot.units, pilot.treated.tolist(), strict=True)) == {
        f"{arm[0]}{u}": not a for a, arm in enumerate(arms) for u in range(5)
    }


def test_a_sheet_of_something_else_beside_a_pilot_is_left_unread(tmp_path: Path) -> None:
    when = [f"2024-0{t}" for t in (1, 2, 3, 4)]
    book = Workbook()
    for name, marks in (("NPS", ["Treated"]), ("Absence days", [])):
        sheet = book.create_sheet(name)
        sheet.append(["Unit", *marks, *when])
        for u in range(8):
            sheet.append([f"u{u}", *[int(u < 4) for _ in marks], *(10 + u * t % 7 for t in range(4))])
    book.remove(book.worksheets[0])
    book.save(tmp_path / "pilot.xlsx")
    pilot = read_pilot(tmp_path / "pilot.xlsx", spec=read_spec(None, start="2024-03", scale="nps"))
    assert (pilot.rows, pilot.treated.sum(), pilot.late.all(axis=0).tolist()) == (32, 4, [False, False, True, True])


DAYS = ["2024-02-10", "2024-03-05", "2024-03-20", "2024-04-10"]


@pytest.mark.parametrize(
    ("periods", "start", "before"),
    [(DAYS, DAYS[2], 2), (DAYS, "2024-03", 1), ([f"{m}/1/2024" for m in range(1, 7)], "4/1/2024", 3),
     (["5-Mar-2024", "20-Mar-2024", "4-Apr-2024"], "20-Mar-2024", 1),
     ([f"2024-0{m}" for m in range(1, 7)], "Q2 2024", 3), ([f"2024-W0{k}" for k in range(1, 7)], "2024-W05", 4),
     ([f"2024-0{m}" for m in range(1, 7)], "4", None),
     (DAYS, "20.03.2024", None)],
)  # fmt: skip
def test_the_start_is_read_as_the_periods_are(
    tmp_path: Path, periods: list[str], start: str, before: int | None
) -> None:
    """Of a month that it lies in the days before it are before it; written in another way it is refused."""
    path = tmp_path / "pilot.csv"
    rows = [f"u{u},{when},{int(u < 3)},{30 + u * 3 + u * t % 5}" for u in range(6) for t, when in enumerate(periods)]
    path.write_text("\n".join(["unit,period,treated,kpi", *rows]) + "\n", "utf-8")
    if before is None:
        with pytest.raises(InputError, match="is written in another way than"):
            read_pilot(path, spec=read_spec(None, start=start))
        return
    pilot = read_pilot(path, spec=read_spec(None, start=start))
    assert pilot.late.all(axis=0).tolist() == [k >= before for k in range(len(periods))]


def test_numbers_that_fit_several_scales_are_asked_about_and_not_taken_for_the_baseline_s(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 12, (20, 11)).round(1)
    path = wave(tmp_path, lambda i, t: index(10 * (i < 10) * (t > 4) + noise[i, t]), "ex")
    said = asked(tmp_path, path)
    assert "on which scale?" in said
    assert "say --scale enps if this file is, too, else one of nps, index, percent" in said
    as_index = update(firm(tmp_path), path, scale="index", draws=128, log=False)
    as_points = wave(tmp_path, lambda i, t: 10 * (i < 10) * (t > 4) + noise[i, t], "eNPS")
    # 10 eNPS points are 5 of the index, whichever way they are written
    assert as_index.effect.points.median == pytest.approx(
        update(firm(tmp_path), as_points, draws=128, log=False).effect.points.median, abs=1e-6
    )


def test_units_of_a_pilot_on_another_scale_are_asked_about(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(0, 12, (40, 11)).round(1)
    path = wave(tmp_path, lambda i, t: noise[i, t] if i % 3 else index(noise[i, t]), "eNPS", units=40)
    assert "an index of 0 … 100 beside points of −100 … 100?" in asked(tmp_path, path)


def test_periods_with_names_of_their_own_come_with_the_line_to_write(tmp_path: Path) -> None:
    path = tmp_path / "pilot.csv"
    rows = [f"u{i},{when},{i % 2},{int(when == 'Nachher')},{i - 3 + (i * i % 5) * (when == 'Nachher')}"
            for i in range(8) for when in ("Vorher", "Nachher")]  # fmt: skip
    path.write_text("\n".join(["unit,period,treated,post,eNPS", *rows]) + "\n", "utf-8")
    said = asked(tmp_path, path)
    assert said.count("no date, month, quarter or count") == 2
    assert "`waves: {Vorher: 2024-01, Nachher: 2024-02}`" in said
    spec = LinkSpec(waves={"Vorher": "2024-01", "Nachher": "2024-02"})
    assert update(firm(tmp_path), path, spec=spec, draws=128, log=False).units.treated == 4


def test_answers_of_a_cell_are_worth_their_weights() -> None:
    """Weights 1 and 3 of single answers are worth (1 + 3)² / (1 + 9) = 1.6; a mean of four counts as four."""
    one = np.zeros(3, dtype=np.int64)
    cells = cells_by_period(
        one, ["1", "1", "2"], np.array([False, False, True]), np.array([10.0, 30.0, 40.0]), np.array([1.0, 3.0, 2.0]),
        np.array([1.0, 1.0, 4.0]), np.array([True]), LinkSpec(),
    )  # fmt: skip
    assert cells.value[0].tolist() == pytest.approx([25, 40])
    assert cells.answers[0].tolist() == pytest.approx([1.6, 4])


def test_a_cell_without_a_value_is_after_where_most_are() -> None:
    """Of three units one began: an empty cell of that period is before; of the next, in which two had, after."""
    after = np.array([[True, True], [False, True], [False, False], [False, False]])
    seen = np.array([[True, True], [True, True], [True, True], [False, False]])
    assert _spread(after, seen).tolist() == [[True, True], [False, True], [False, False], [False, True]]


@pytest.mark.parametrize("key", ["scale", "ex_scale"])
def test_a_pilot_on_a_scale_by_its_ends_is_worth_what_it_is_as_an_index(tmp_path: Path, key: str) -> None:
    """A mark of 5 … 1 is 100 / 4 = 25 index points, and less is better."""
    noise = np.random.default_rng(1).normal(0, 0.1, (20, 11)).round(3)
    marks = 3.0 - 0.2 * (np.arange(20) < 10)[:, None] * (np.arange(11) > 4) + noise
    own = update(
        firm(tmp_path, "{value: 3, scale: {worst: 5, best: 1, unit: marks}}"),
        wave(tmp_path, lambda i, t: marks[i, t], "ex"),
        spec=read_spec(None, **{key: {"worst": 5, "best": 1}}), draws=128, log=False,
    )  # fmt: skip
    change = marks[:, 5:].mean(axis=1) - marks[:, 1:5].mean(axis=1)
    by_hand = change[:10].mean() - change[10:].mean()
    assert own.effect.measured.median == pytest.approx(by_hand)
    assert own.effect.points.median == pytest.approx(-25 * by_hand)
    assert str(own.effect.unit) == "marks"
    as_index = update(
        firm(tmp_path, "{value: 50, scale: index}"),
        wave(tmp_path, lambda i, t: 25 * (5 - marks[i, t]), "ex"),
        scale="index", draws=128, log=False,
    )  # fmt: skip
    assert own.effect.points.error == pytest.approx(as_index.effect.points.error)
    assert own.effect.posterior.median == pytest.approx(as_index.effect.posterior.median)
    assert own.npv.keys() == as_index.npv.keys()
    for path, worth in own.npv.items():
        assert worth.posterior.mean == pytest.approx(as_index.npv[path].posterior.mean)
    other = scale_of(firm(tmp_path), "ex", "6 … 1")
    assert (other.unit, other.difference_to_points(-1.0)) == ("points of its own scale", 20.0)


@pytest.mark.parametrize("shares", [False, True])
@pytest.mark.parametrize("groups", [("promoters", "passives", "detractors"), tuple(map(str, range(11)))])
def test_groups_of_answers_are_the_score_that_they_make(tmp_path: Path, groups: tuple[str, ...], shares: bool) -> None:
    """A pilot's counts or shares of answers are read as the same scores of as many answers beside them."""
    rng = np.random.default_rng(4)
    counts = np.array(
        [[rng.multinomial(60 - i, np.ones(len(groups)) / len(groups)) for _ in range(10)] for i in range(20)]
    )
    n = counts.sum(-1)
    weight = np.array([1, 0, -1]) if len(groups) == 3 else np.repeat([-1, 0, 1], [7, 2, 2])
    scores = 100 * counts @ weight / n
    told = 100 * counts / n[..., None] if shares else counts
    people = "n_ex," if shares else ""
    parts = wave(tmp_path, lambda i, t: f"{n[i, t - 1]}," * shares + ",".join(map(str, told[i, t - 1])),
                 people + ",".join(f"ex_{group}" for group in groups))  # fmt: skip
    whole = wave(tmp_path, lambda i, t: f"{scores[i, t - 1]},{n[i, t - 1]}", "eNPS,n_ex")
    made, expected = (read_pilot(path, scale_of=lambda _: SCALES["enps"]) for path in (parts, whole))
    assert (made.measure, made.scale) == ("ex", "enps")
    np.testing.assert_allclose(made.value, expected.value, atol=1e-6)
    np.testing.assert_allclose(made.answers, expected.answers)
    both = wave(tmp_path, lambda i, t: f"{scores[i, t - 1]:.0f}," * (not shares) + ",".join(map(str, told[i, t - 1])),
                "eNPS," * (not shares) + ",".join(f"ex_{group}" for group in groups))  # fmt: skip
    for name in (None, "ex") if shares else (None, "ex", "eNPS"):  # the parts say the score to more digits
        np.testing.assert_allclose(read_pilot(both, name).value, expected.value, atol=1e-6)
    with pytest.raises(InputError) as refused:
        read_pilot(parts, f"ex_{groups[0]}")
    assert "--measure ex:" in str(refused.value.problems[0].hint)
    with pytest.raises(InputError, match=r"not on index[\s\S]*say --scale e?nps"):
        read_pilot(parts, scale_of=lambda _: SCALES["index"])


def test_a_post_that_marks_the_earlier_periods_is_asked_about_and_its_cure_turns_it(tmp_path: Path) -> None:
    path = wave(tmp_path, lambda i, t: 10 + i + 3 * t * (i < 10))
    turned = tmp_path / "turned.csv"
    head, *rows = path.read_text().splitlines()
    cells = [row.split(",") for row in rows]
    at = head.split(",").index("post")
    turned.write_text(
        "\n".join([head, *(",".join([*c[:at], str(1 - int(c[at])), *c[at + 1 :]]) for c in cells)]) + "\n"
    )
    with pytest.raises(InputError, match=r"after the start, and .* as before it") as raised:
        read_pilot(turned)
    assert '`words: {post: {"1": 0, "0": 1}}`' in str(raised.value.problems[0].hint)
    cured = read_pilot(turned, spec=LinkSpec(words={"post": {"1": 0, "0": 1}}))
    assert cured.late.tolist() == read_pilot(path).late.tolist()


@pytest.mark.parametrize(
    ("arm", "inside", "outside", "post", "late", "early"),
    [
        *((*arm, "post", "1", "0") for arm in [
            ("control", "0", "1"), ("Control store", "no", "yes"), ("Kontrollgruppe", "nein", "ja"),
            ("Comparison", "", "x"), ("Контрольная группа", "нет", "да"), ("Control", "Pilot", "Control"),
            ("Access control", "yes", "no"), ("Access control", "no", "yes"), ("group", "T", "C"), ("group", "B", "A"),
            ("group", "A", "B"), ("treated", "1", "2"), ("treated", "2", "1"), ("treated", "x", ""),
            ("treated", "Ja", ""), ("arm", "Light", "Control"), ("arm", "", "Control"), ("Pilotfiliale", "ja", "nein"),
            ("In pilot", "TRUE", "FALSE"), ("Takes part", "yes", "no"), ("Quality control", "x", ""),
        ]),
        *(("treated", "1", "0", *post) for post in [
            ("post", "x", ""), ("post", "", "x"), ("post", "2", "1"), ("baseline", "0", "1"), ("baseline", "", "x"),
            ("Before launch", "no", "yes"), ("До запуска", "нет", "да"), ("phase", "Follow-up", "Baseline"),
            ("phase", "live", "build"), ("Is live", "no", "yes"), ("baseline", "Follow-up", "Baseline"),
        ]),
    ],
)  # fmt: skip
def test_no_cure_turns_a_pilot(
    tmp_path: Path, arm: str, inside: str, outside: str, post: str, late: str, early: str
) -> None:
    """Every cure is followed as printed; where two are, that which its words say of the arm that took part."""
    rows = [
        (
            f"u{i}", f"2024-{t:02d}", inside if i < 5 else outside, late if t > 2 else early,
            5 * i - 9 + t % 3 + 20 * (i < 5 and t > 2),
        )
        for i in range(10) for t in (4, 1, 3, 2)
    ]  # fmt: skip
    path = tmp_path / "pilot.csv"
    path.write_text("\n".join([f"unit,period,{arm},{post},eNPS", *(",".join(map(str, row)) for row in rows)]), "utf-8")
    spec: dict[str, Any] = {}
    for _ in range(4):
        try:
            assert shift(path, **spec) == pytest.approx(20)
            return
        except InputError as error:
            hints = [str(problem.hint) for problem in error.problems if problem.hint]
        for hint in hints:
            ways = re.findall(
                r"(?:if it is `(\S+)`, )?`((?:words|columns): [^`]*)`(?: if (?:it|they) (took part|are))?", hint
            )
            said = {"yes": "took part", "no": "are"}[inside] if arm == "Access control" else ""
            (way,) = [cure for of, cure, how in ways if of in ("", inside) and how in ("", said)]
            for key, value in yaml.safe_load(way).items():
                spec[key] = {**spec.get(key, {}), **value}
    raise AssertionError(f"no cure: {hints}")


def test_a_moment_of_controls_that_is_none_is_before_the_start_by_the_cure(tmp_path: Path) -> None:
    rows = [
        f"u{i},2024-0{t},{int(i < 4)},{'n/a' if i > 3 else 'live' if t > 2 else 'not yet'},{5 * i + t}"
        for i in range(8) for t in range(1, 5)
    ]  # fmt: skip
    path = tmp_path / "pilot.csv"
    path.write_text("\n".join(["unit,period,treated,post,eNPS", *rows]), "utf-8")
    with pytest.raises(InputError) as raised:
        read_pilot(path)
    (cure,) = re.findall(r"`(words: [^`]*)`", str(raised.value.problems[0].hint))
    pilot = read_pilot(path, spec=read_spec(None, scale="nps", **yaml.safe_load(cure)))
    assert pilot.late.tolist() == [[False, False, True, True]] * 8


def test_a_third_arm_is_left_out_and_as_a_control_told(tmp_path: Path) -> None:
    arms = ["Light", "Full", "Control"]
    rise = {"Light": 4, "Full": 30, "Control": 1}
    rows = [
        f"u{i},2024-0{t},{arms[i % 3]},{t - 1},{7 * i - 50 + t * rise[arms[i % 3]]}" for i in range(12) for t in (1, 2)
    ]
    path = tmp_path / "pilot.csv"
    path.write_text("\n".join(["unit,period,arm,post,eNPS", *rows]), "utf-8")
    with pytest.raises(InputError) as raised:
        read_pilot(path)
    hint = str(raised.value.problems[0].hint)
    cures = re.findall(r"`words: [^`]*`", hint)
    assert [shift(path, **yaml.safe_load(cure.strip("`"))) for cure in cures] == pytest.approx([3, 29])
    told = {"treated": {"Light": 1, "Full": 0, "Control": 0}}
    pilot = read_pilot(path, spec=read_spec(None, words=told, scale="nps"))
    assert "`Full` count as controls, as asked for" in " ".join(map(str, pilot.warnings))


def test_counts_before_and_after_weigh_and_are_no_measure(tmp_path: Path) -> None:
    rows = [f"u{i};{'ja' if i < 4 else 'nein'};{3 * i + 1},0;{5 * i},0;{40 + i};{60 - i}" for i in range(8)]
    path = tmp_path / "pilot.csv"
    path.write_text("\n".join(["Filiale;Pilotfiliale;eNPS vorher;eNPS nachher;n vorher;n nachher", *rows]), "utf-8")
    for measure in (None, "eNPS nachher"):
        pilot = read_pilot(path, measure, scale_of=lambda _: SCALES["nps"])
        assert pilot.treated.tolist() == [True] * 4 + [False] * 4
        assert pilot.value.tolist() == [[3 * i + 1, 5 * i] for i in range(8)]
        assert pilot.answers.tolist() == [[40 + i, 60 - i] for i in range(8)]


@pytest.mark.parametrize(
    "sheets", [("Before", "After"), ("Vorher", "Nachher"), ("До", "После"), ("eNPS pre", "eNPS post")]
)
def test_sheets_of_before_and_after_are_a_pilot(tmp_path: Path, sheets: tuple[str, str]) -> None:
    book = Workbook()
    for late, name in enumerate(sheets):
        sheet = book.create_sheet(name)
        for row in [
            ["Store", "Arm", "eNPS"],
            *([f"u{i}", ("C", "T")[i < 4], 4 * i + 9 * late * (i < 4)] for i in range(8)),
        ]:
            sheet.append(row)
    book.remove(book.worksheets[0])
    book.save(tmp_path / "pilot.xlsx")
    assert shift(tmp_path / "pilot.xlsx") == pytest.approx(9)


@pytest.mark.parametrize(
    ("start", "blank"),
    [("2024-03-01", ""), ("2024-03-15", "-"), ("01.03.2024", "n/a"), ("Mar 2024", ""), ("03/01/2024", "")],
)
def test_a_column_of_starts_says_who_took_part_and_from_when(tmp_path: Path, start: str, blank: str) -> None:
    rows = [
        f"u{i},2024-0{t},{start if i < 4 else blank},{4 * i + 9 * (i < 4 and t > 2)}"
        for i in range(8)
        for t in (1, 2, 3, 4)
    ]
    path = tmp_path / "pilot.csv"
    path.write_text("\n".join(["Store,Month,Go-live,eNPS", *rows]), "utf-8")
    with pytest.raises(InputError, match=r"`columns: \{treated: Go-live\}`"):
        shift(path)
    told: dict[str, Any] = {"columns": {"treated": "Go-live"}}
    if "/" in start:
        with pytest.raises(InputError, match="`03/01/2024` and its like: day or month first"):
            shift(path, **told)
        told["period_order"] = "month_first"
    pilot = read_pilot(path, spec=LinkSpec(**told), scale_of=lambda _: SCALES["nps"])
    assert pilot.treated.tolist() == [True] * 4 + [False] * 4
    assert pilot.late.all(axis=0).tolist() == [False, False, True, True]
    assert shift(path, **told) == pytest.approx(9)


def test_units_of_neither_arm_are_asked_about(tmp_path: Path) -> None:
    rows = [
        f"u{i},{int(i < 4)},{int(i > 5)},{t},{4 * i + t * (9 if i < 4 else 50 if i < 6 else 1) - 40}"
        for i in range(10)
        for t in (0, 1)
    ]
    path = tmp_path / "pilot.csv"
    path.write_text("\n".join(["unit,pilot,control,post,eNPS", *rows]), "utf-8")
    with pytest.raises(InputError, match=r"`u4`, `u5`: which arm[\s\S]*`drop_units: \[u4, u5\]`"):
        shift(path)
    assert shift(path, drop_units=["u4", "u5"]) == pytest.approx(8)


@pytest.mark.parametrize("marks", ["001100", "000110", "110000"])
def test_waves_after_a_pilots_end_are_not_those_before_it(tmp_path: Path, marks: str) -> None:
    """They would be the baseline: 4 months after the end would hide what two within it showed."""
    others = marks if marks[0] == "1" else "001111"
    rows = [
        f"u{i},2024-0{t + 1},{int(i < 6)},{(marks if i < 6 else others)[t]},{20 + i + 5 * t * (i < 6)}"
        for i in range(12)
        for t in range(6)
    ]
    path = tmp_path / "pilot.csv"
    path.write_text("\n".join(["unit,period,treated,post,score", *rows]), encoding="utf-8")
    with pytest.raises(InputError, match="as after the start"):
        read_pilot(path)
    path.write_text(
        "\n".join(["unit,period,treated,post,score", *(row for row in rows if row.split(",")[1] < "2024-05")]),
        encoding="utf-8",
    )
    if marks == "001100":
        assert read_pilot(path).periods == ("2024-01", "2024-02", "2024-03", "2024-04")
