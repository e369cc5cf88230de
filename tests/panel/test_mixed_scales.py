# SPDX-License-Identifier: MIT
"""Units or periods on another scale, headers that say the direction, means of a shorter scale: asked about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from txsim.errors import InputError
from txsim.panel.reader.answer_grid import of_so_many
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.header_words import runs_downward
from txsim.panel.reader.link_spec import read_spec
from txsim.panel.reader.periods import read_period
from txsim.panel.reader.vocabulary import points_of, series_of

UNITS, PERIODS = 24, 12
Form = Callable[[Any], Any]


def index(x: Any) -> Any:
    return (x + 100) / 2


def points(seed: int, mean: float = -20.0, moves: float = 15.0) -> Any:
    """Return NPS points of units that differ by 25 and move by ``moves``, within the scale."""
    rng = np.random.default_rng(seed)
    return np.clip(mean + rng.normal(0, 25, (UNITS, 1)) + rng.normal(0, moves, (UNITS, PERIODS)), -100, 100).round(1)


def write(folder: Path, ex: Any, cx: Any, head: str = "unit,period,ex,cx") -> Path:
    rows = [f"u{i},2023-{t + 1:02d},{ex[i, t]:g},{cx[i, t]:g}" for i in range(UNITS) for t in range(PERIODS)]
    path = folder / "data.csv"
    path.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return path


def read(path: Path, **spec: Any) -> Any:
    return read_panel(path, read_spec(None, **({"scale": "nps"} | spec)))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "where", [np.s_[:8, :], np.s_[9:, :], np.s_[:, :4], np.s_[:, 6:], np.s_[:, ::2]], ids=lambda where: str(where)
)
def test_units_and_periods_written_as_an_index_among_points_are_asked_about(
    tmp_path: Path, seed: int, where: Any
) -> None:
    mixed = points(seed)
    mixed[where] = index(mixed[where])
    path = write(tmp_path, mixed, points(50 + seed))
    with pytest.raises(InputError, match="index of 0 … 100"):
        read(path)
    assert read(path, values="scores")[1].series["ex"].mean == pytest.approx(mixed.mean())


def test_few_panels_of_one_scale_are_asked_about(tmp_path: Path) -> None:
    asked = 0
    for seed in range(40):
        for mean in (-40.0, 0.0, 35.0):
            rng = np.random.default_rng(900 + seed)
            moves = rng.uniform(4, 15, (UNITS, 1))  # units with many and few respondents
            season = 12 * np.sin(np.arange(PERIODS) * np.pi / 6)
            ex = np.clip(points(seed, mean, moves) + season, -100, 100)
            cx = -points(seed + 100, mean, moves)
            path = write(tmp_path, ex, cx)
            try:
                assert read(path)[1].series["cx"].mean == pytest.approx(cx.mean())
            except InputError:
                asked += 1
    assert asked <= 3  # of 120 panels, one in two hundred each


def people(seed: int, *, half: bool) -> tuple[str, Any]:
    """Return the text of a panel of NPS with numbers of answers, two units as an index if so, and its EX."""
    rng = np.random.default_rng(seed)
    n = rng.integers(12, 30, (UNITS, PERIODS, 2))
    happy = rng.uniform(0.3, 0.6, (UNITS, 1, 1))
    up = rng.binomial(n, happy)
    score = 100 * (up - rng.binomial(n - up, 0.5)) / n
    ex = score[..., 0].copy()
    if half:
        ex[:2] = index(ex[:2])
    rows = [
        f"u{i},2023-{t + 1:02d},{ex[i, t]:.1f},{score[i, t, 1]:.1f},{n[i, t, 0]},{n[i, t, 1]}"
        for i in range(UNITS)
        for t in range(PERIODS)
    ]
    return "\n".join(["unit,period,ex,cx,n_ex,n_cx", *rows]) + "\n", ex


@pytest.mark.parametrize("seed", range(3))
def test_numbers_of_answers_say_which_units_are_an_index(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "data.csv"
    text, ex = people(seed, half=True)
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"`u0`, `u1` .*index of 0 … 100"):
        read(path)
    assert read(path, values="scores")[1].series["ex"].mean == pytest.approx(ex.mean(), abs=0.05)
    text, ex = people(seed, half=False)
    path.write_text(text, "utf-8")
    assert read(path)[1].series["ex"].mean == pytest.approx(ex.mean(), abs=0.05)


@pytest.mark.parametrize("most", [4, 5, 6, 7])
@pytest.mark.parametrize("scale", ["zero_to_ten", "nps"])
def test_many_answers_that_end_below_the_top_of_the_scale_are_asked_about(
    tmp_path: Path, most: int, scale: str
) -> None:
    path = tmp_path / "data.csv"
    body = "".join(f"u{k % 4},2024-0{1 + k // 4 % 2},{1 + k % most},{k * k // 5 % 11}\n" for k in range(160))
    path.write_text("unit,period,ex,cx\n" + body, "utf-8")
    with pytest.raises(InputError, match=f"all 160 answers of EX lie between 1 and {most}"):
        read(path, scale=scale)
    read(path, scale=scale, values={"ex": "answers"})


@pytest.mark.parametrize(("top", "last", "asked"), [(5, 6, False), (7, 6, False), (5, 40, True), (7, 40, True)])
def test_answers_whose_best_is_chosen_by_nobody_end_by_themselves(
    tmp_path: Path, top: int, last: int, asked: bool
) -> None:
    """Of 40, then 6 answers the next would be about one; of 40 and 40 it would be many."""
    answers = [*[top - 2] * 40, *[top - 1] * last, *[1 + k % (top - 3) for k in range(114 - last)]]
    rows = "".join(f"u{k % 4},2024-0{1 + k // 4 % 2},{x},{1 + k % 7}\n" for k, x in enumerate(answers))
    path = tmp_path / "data.csv"
    path.write_text("unit,period,ex,cx\n" + rows, "utf-8")
    spec: dict[str, Any] = {"ex_scale": f"likert{top}", "cx_scale": "likert7", "form": "answers"}
    if asked:
        with pytest.raises(InputError) as refused:
            read(path, **spec)
        assert f"`ex_scale: {{worst: 1, best: {top - 1}}}`" in str(refused.value.problems[0].hint)
        spec["ex_scale"] = {"worst": 1, "best": top - 1}  # the cure that is named
    read(path, **spec)


def test_scores_of_so_many_people() -> None:
    n = np.array([11, 13, 17, 19, 23, 29])
    score = np.round(100 * np.array([-3, 4, 5, -8, 1, 9]) / n, 1)
    assert of_so_many(score, n, 0.05) is True
    assert of_so_many(np.round(index(score), 1), n, 0.05) is False
    assert of_so_many(np.round(score), 40 * n, 0.5) is None  # whole numbers of so many people can be anything
    # one small unit beside large ones agrees by chance at three of ten, which the others do not make more of
    few = np.array([3.0, 11, 14, 20, 25, 29, 36, 45, 52, 58] * 2)
    assert (
        of_so_many(np.append(few, np.arange(200.0) - 100), np.append(np.full(20, 30), np.full(200, 300)), 0.5) is False
    )


def test_numbers_of_people_beside_single_answers_count_none(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    rows = [f"u{k % 6},2024-0{k // 6 % 5 + 1},{k + 1},{k * 7 % 11},{k * 5 % 11}" for k in range(600)]
    path.write_text("\n".join(["Unit,Month,Employee,eNPS,NPS", *rows]), "utf-8")
    assert np.unique(read(path)[0].n).tolist() == [20.0]


@pytest.mark.parametrize("where", [np.s_[:1, :], np.s_[:4, :], np.s_[:, 7:]], ids=["one unit", "units", "months"])
def test_means_of_one_to_five_among_means_of_one_to_seven_are_asked_about(tmp_path: Path, where: Any) -> None:
    rng = np.random.default_rng(5)
    ex, cx = (5.3 + rng.normal(0, 0.3, (UNITS, 1)) + rng.normal(0, 0.2, (UNITS, PERIODS)) for _ in "ab")
    ex, cx = np.clip(ex, 1, 7).round(2), np.clip(cx, 1, 7).round(2)
    read(write(tmp_path, ex, cx), scale="likert7")
    ex[where] = (1 + (ex[where] - 1) * 4 / 6).round(2)
    path = write(tmp_path, ex, cx)
    with pytest.raises(InputError, match="1 … 5 beside one of 1 … 7"):
        read(path, scale="likert7")
    read(path, scale="likert7", values="scores")


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        ("eNPS Ø 3 Monate", True), ("EX YTD", True), ("EX change vs prior year", True), ("eNPS rolling", True),
        ("eNPS (R4Q)", True), ("eNPS 3MMA", True),
        ("eNPS, 12-month average", True), ("eNPS нарастающим итогом", True), ("Δ eNPS", True),
        ("eNPS", False), ("EX mean", False), ("Engagement in our merchandise stores", False), ("eNPS 2024", False),
    ],
)  # fmt: skip
def test_a_header_of_figures_made_of_several_periods_is_asked_about(tmp_path: Path, header: str, asked: bool) -> None:
    head = f'unit,period,"{header}",cx'
    path, spec = write(tmp_path, points(3), points(4), head), {"columns": {"ex": header}}
    if asked:
        with pytest.raises(InputError, match="several periods, or a change"):
            read(path, **spec)
        read(path, values={"ex": "scores"}, **spec)
    else:
        read(path, **spec)


@pytest.mark.parametrize("name", ["Benchmark DACH", "Markt", "Среднее по рынку", "Peers"])
def test_a_benchmark_among_units_is_asked_about(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, points(3), points(4))
    path.write_text(path.read_text("utf-8").replace("u7,", f"{name},"), "utf-8")
    with pytest.raises(InputError, match=f"`{name}`.*to compare with"):
        read(path)
    assert len(read(path, drop_units=[name])[0].units) == UNITS - 1
    assert len(read(path, drop_units=[])[0].units) == UNITS


@pytest.mark.parametrize(
    ("header", "role"),
    [("Antworten Gäste", "n_cx"), ("Ответов гостей", "n_cx"), ("NPS Gäste", "cx"), ("Mitarbeiterantworten", "n_ex"),
     ("NPS персонала", "ex")],
)  # fmt: skip
def test_both_sides_are_known_by_the_same_kinds_of_words(header: str, role: str) -> None:
    assert series_of(header) == role


def test_groups_with_their_answers_are_read_as_groups() -> None:
    words = ("Promoter (9-10)", "Passive (7–8)", "Detractor (0 to 6)")
    assert [points_of(word) for word in words] == [100.0, 0.0, -100.0]


def test_answers_near_an_end_of_the_scale_vary_less_and_are_not_asked_about(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    happy = rng.uniform(0.15, 0.95, (UNITS, 1))  # share of promoters of 40 answers, the rest detractors
    score = [200 * rng.binomial(40, np.repeat(happy, PERIODS, axis=1)) / 40 - 100 for _ in "ab"]
    read(write(tmp_path, score[0], score[1]))


def test_answers_of_all_units_that_end_at_five_from_a_date_on_are_asked_about(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    rows = []
    for i in range(6):
        for t in range(8):
            for _ in range(12):
                cx = rng.integers(1, 6) if t >= 4 else rng.choice(11, p=[0.02] * 5 + [0.1, 0.1, 0.2, 0.25, 0.15, 0.1])
                rows.append(f"u{i},2023-{t + 1:02d}-{rng.integers(1, 28):02d},{rng.integers(0, 11)},{cx}")
    path = tmp_path / "data.csv"
    path.write_text("\n".join(["unit,date,ex,cx", *rows]) + "\n", "utf-8")
    with pytest.raises(InputError, match=r"2023-05.*in CX lie between 1 and 5"):
        read(path)
    read(path, values={"cx": "answers"})


@pytest.mark.parametrize(
    ("header", "down"),
    [
        ("Kundenzufriedenheit (1 = sehr gut, 5 = mangelhaft)", True),
        ("cx_1_is_best", True),
        ("CX [best = 1]", True),
        ("Оценка (1 – отлично, 5 – плохо)", True),
        ("1 strongly agree, 5 strongly disagree", True),
        ("CX (1 = worst, 5 = best)", False),
        ("CX (5 = very satisfied)", False),
        ("CX (1-5)", None),
        ("CX 3 best of all waves", None),
    ],
)
def test_the_direction_that_a_header_says(header: str, down: bool | None) -> None:
    assert runs_downward(header, 1, 5) is down


@pytest.mark.parametrize("header", ["cx (1 = sehr gut; 5 = mangelhaft)", "cx_1_is_best"])
def test_a_header_that_says_the_scale_runs_downward_is_asked_about(tmp_path: Path, header: str) -> None:
    rng = np.random.default_rng(3)
    ex, cx = (rng.uniform(1.5, 4.5, (UNITS, PERIODS)).round(2) for _ in "ab")
    path = write(tmp_path, ex, cx, f"unit,period,ex,{header}")
    spec = {"scale": "likert5", "columns": {"cx": header}}
    with pytest.raises(InputError, match="least number is the best"):
        read(path, **spec)
    assert read(path, reverse=["cx"], **spec)[1].series["cx"].mean == pytest.approx(6 - cx.mean())
    assert read(path, reverse=[], **spec)[1].series["cx"].mean == pytest.approx(cx.mean())


def test_a_share_by_its_header_is_no_index(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    ex, cx = (rng.uniform(30, 80, (UNITS, PERIODS)).round(1) for _ in "ab")
    path = write(tmp_path, ex, cx, "unit,period,EX Top-2-Box,CX Top-2-Box")
    columns = {"ex": "EX Top-2-Box", "cx": "CX Top-2-Box"}
    with pytest.raises(InputError, match="share of favourable"):
        read(path, scale="index", columns=columns)
    assert read(path, scale="percent", columns=columns)[1].series["ex"].mean == pytest.approx(ex.mean())


def test_means_of_a_shorter_scale_are_asked_about(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    ex, cx = (rng.uniform(2.5, 4.9, (UNITS, PERIODS)).round(2) for _ in "ab")
    path = write(tmp_path, ex, cx)
    with pytest.raises(InputError, match="means of answers 1 … 5"):
        read(path, scale="likert7")
    assert read(path, scale="likert5")[1].series["ex"].mean == pytest.approx(ex.mean())
    assert read(path, scale="likert7", values="scores")[1].series["ex"].mean == pytest.approx(ex.mean())


def answers(folder: Path, ex: Callable[[int], Any], head: str = "unit,period,ex,cx") -> Path:
    """Write single answers: EX in some code of 0 … 10, CX as it is."""
    rng = np.random.default_rng(7)
    rows = [
        f"u{i},2023-{t + 1:02d},{ex(rng.integers(0, 11))},{rng.integers(0, 11)},{0.5 + (i + t) % 2}"
        for i in range(6)
        for t in range(8)
        for _ in range(10)
    ]
    path = folder / "data.csv"
    path.write_text("\n".join([f"{head},wt_final", *rows]) + "\n", "utf-8")
    return path


def group(answer: int) -> int:
    return 1 if answer >= 9 else 3 if answer <= 6 else 2


@pytest.mark.parametrize(
    ("code", "spec"),
    [
        (group, {"words": {"ex": {"1": "promoter", "2": "passive", "3": "detractor"}}}),
        (lambda a: 4 - group(a), {"values": {"ex": "codes"}}),
        (lambda a: 2 - group(a), {"values": {"ex": "codes"}}),
        (lambda a: a + 1, {"values": {"ex": "codes", "cx": "answers"}}),
    ],
)
def test_codes_of_one_series_alone_are_said_of_it(tmp_path: Path, code: Form, spec: dict[str, Any]) -> None:
    plain = read(answers(tmp_path, lambda a: a))[1].series
    path = answers(tmp_path, code)
    with pytest.raises(InputError):
        read(path)
    series = read(path, **spec)[1].series
    assert series["ex"].mean == pytest.approx(plain["ex"].mean)
    assert series["cx"].mean == pytest.approx(plain["cx"].mean)


def test_codes_with_a_minus_one_are_asked_about_with_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="between -1 and 1: codes"):
        read(answers(tmp_path, lambda a: 2 - group(a)))


def test_weights_within_a_longer_name_weigh(tmp_path: Path) -> None:
    path = answers(tmp_path, lambda a: a)
    held = [line.split(",") for line in path.read_text("utf-8").splitlines()[1:]]
    mine = [(float(w), 100.0 * (int(ex) >= 9) - 100.0 * (int(ex) <= 6)) for u, p, ex, _, w in held
            if (u, p) == ("u1", "2023-03")]  # fmt: skip
    panel, report = read(path)
    mean = sum(w * x for w, x in mine) / sum(w for w, _ in mine)
    assert 2 * panel.y[1, 2, 0] - 100 == pytest.approx(mean)
    assert any("wt_final" in str(note) for note in report.notes)


def test_rows_of_means_of_all_periods_are_left_out_and_told(tmp_path: Path) -> None:
    ex, cx = points(1), points(2)
    path = write(tmp_path, ex, cx)
    means = [f"u{i},Average,{ex[i].mean():.1f},{cx[i].mean():.1f}" for i in range(UNITS)]
    path.write_text(path.read_text("utf-8") + "\n".join(means) + "\n", "utf-8")
    panel, report = read(path)
    assert panel.y.shape == (UNITS, PERIODS, 2)
    assert any("`Average`" in str(why) and count == UNITS for why, count in report.most_refused())


def test_what_is_read_is_told_after_rows_that_stand_twice_are_taken_once(tmp_path: Path) -> None:
    ex, cx = points(1), points(2)
    path = write(tmp_path, ex, cx)
    head, *rows = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([head, *rows, *rows[:30]]) + "\n", "utf-8")
    told = read(path)[1].series["ex"]
    assert (told.count, told.mean) == (UNITS * PERIODS, pytest.approx(ex.mean()))


def test_a_mean_of_some_units_called_by_a_direction_is_asked_about(tmp_path: Path) -> None:
    ex, cx = points(1), points(2)
    path = write(tmp_path, ex, cx)
    weight = np.random.default_rng(5).uniform(20, 60, (10, PERIODS))
    best = np.argsort(ex.mean(axis=1))[-10:]
    north = [(weight * held[best]).sum(axis=0) / weight.sum(axis=0) for held in (ex, cx)]
    rows = [f"Nord,2023-{t + 1:02d},{north[0][t]:.1f},{north[1][t]:.1f}" for t in range(PERIODS)]
    path.write_text(path.read_text("utf-8") + "\n".join(rows) + "\n", "utf-8")
    with pytest.raises(InputError, match="`Nord`: units of their own, or sums"):
        read(path)
    assert read(path, drop_units=["Nord"])[0].y.shape == (UNITS, PERIODS, 2)


@pytest.mark.parametrize(
    ("cell", "same"),
    [("1-я волна", "wave 1"), ("3. Welle", "wave 3"), ("2nd wave", "wave 2"), ("Jan-Mar 2021", "Q1 2021"),
     ("Okt–Dez 2022", "Q4 2022"), ("апр-июн 23", "Q2 2023")],
)  # fmt: skip
def test_periods_of_two_months_or_ordinals(cell: str, same: str) -> None:
    assert read_period(cell) == read_period(same)


@pytest.mark.parametrize("cell", ["Feb-Apr 2021", "Jan-Dec 2021", "7/23", "FY24 P01", "M1", "FQ2 FY21"])
def test_periods_that_could_be_several_are_not_guessed(cell: str) -> None:
    assert read_period(cell) is None


@pytest.mark.parametrize(
    ("names", "stands"),
    [(["Spring 23", "Fall 23"], "YYYY-MM"), (["FY24 P01", "FY24 P02"], "YYYY-MM"),
     (["KW 28/2023", "KW 32/2023"], "2023-07")],
)  # fmt: skip
def test_the_cure_for_such_periods_names_the_file_s_own_and_nothing_untrue(
    tmp_path: Path, names: list[str], stands: str
) -> None:
    rows = [f"u{i},{name},{i * i % 17 - 8},{i * i % 13 - 6}" for i in range(8) for name in names]
    path = tmp_path / "data.csv"
    path.write_text("\n".join(["unit,period,ex,cx", *rows]) + "\n", "utf-8")
    with pytest.raises(InputError) as raised:
        read(path)
    cure = yaml.safe_load(str(raised.value.problems[0].hint).split("`")[1])
    assert cure == {"waves": {names[0]: stands}}
    assert read(path, waves={names[0]: "2023-07", names[1]: "2024-02"})[0].y.shape[0] == 8


@pytest.mark.parametrize(
    "heads",
    [("NPS Mitarbeiter", "NPS Kunden", "n MA", "n Kunden"),
     ("NPS сотрудников", "NPS клиентов", "Ответов сотрудников", "Кол-во ответов клиентов")],
)  # fmt: skip
def test_measures_and_numbers_of_answers_named_after_whom_they_are_of(tmp_path: Path, heads: tuple[str, ...]) -> None:
    rows = [
        f"u{i},2023-{t + 1:02d},{9 * i - 40 + 7 * (t % 3)},{6 * t - 20 + 9 * (i % 4)},{20 + i},{300 + t}"
        for i in range(9)
        for t in range(6)
    ]
    path = tmp_path / "data.csv"
    path.write_text("\n".join([f"unit,period,{','.join(heads)}", *rows]) + "\n", "utf-8")
    panel = read(path)[0]
    assert (panel.n[4, 2, 0], panel.n[4, 2, 1]) == (24, 302)
    assert panel.y[4, 2, 0] == pytest.approx(50 + (9 * 4 - 40 + 14) / 2)
