# SPDX-License-Identifier: MIT
"""Numbers that systems write for no answer are asked about where they could be values, and never read in silence."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from txsim.errors import InputError
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec


def read(folder: Path, values: Any, scale: str = "nps", **spec: Any) -> Any:
    rows = [f"u{k // 8},2024-{k % 8 + 1:02d},{value:g},{20 + 3 * (k % 11) + k / 10}" for k, value in enumerate(values)]
    path = folder / "data.csv"
    path.write_text("\n".join(["unit,period,ex,cx", *rows]) + "\n", "utf-8")
    return read_panel(path, read_spec(None, ex_scale=scale, cx_scale="percent", **spec))


def scores(seed: int = 1, digits: int = 1, middle: float = 14.0, sd: float = 16.0, most: float = 60.0) -> Any:
    values = np.random.default_rng(seed).normal(middle, sd, 96)
    return np.round(np.clip(values, middle - 45, most), digits)


def with_code(values: Any, code: float, places: tuple[int, ...]) -> Any:
    values = values.copy()
    values[list(places)] = code
    return values


PLACES = (3, 19, 40, 62, 63, 90)


@pytest.mark.parametrize("digits", [0, 1, 2])
@pytest.mark.parametrize("code", [66, 77, 88, 96, 97, 98, 99, -77, -88])
def test_codes_far_from_all_others_are_asked_about(tmp_path: Path, code: float, digits: int) -> None:
    values = scores(digits=digits, most=44 if abs(code) < 77 else 56)
    values[0] = 44 if abs(code) < 77 else 56
    dirty = with_code(values, code, PLACES)
    with pytest.raises(InputError) as refused:
        read(tmp_path, dirty)
    (problem,) = refused.value.problems
    assert f"is {code} in 6 rows" in str(problem.message)
    assert f"`missing: [{code}]`" in str(problem.hint)
    panel, report = read(tmp_path, dirty, missing=[code])
    assert report.series["ex"].missing == {str(code): int((dirty == code).sum())}
    assert np.isnan(panel.y[..., 0]).sum() == 6
    kept = np.delete(values, PLACES)
    assert report.series["ex"].mean == pytest.approx(kept.mean())
    assert read(tmp_path, dirty, missing=[])[1].series["ex"].mean == pytest.approx(dirty.mean())


@pytest.mark.parametrize(
    ("scale", "code", "middle"),
    [("nps", -1, 14.0), ("nps", -9, 4.0), ("nps", -7, 10.0), ("percent", 77, 62.0), ("percent", 99, 75.0)],
)
def test_codes_that_stand_again_and_again_among_others_are_asked_about(
    tmp_path: Path, scale: str, code: float, middle: float
) -> None:
    values = scores(middle=middle, most=99.9)
    dirty = with_code(values, code, PLACES)
    with pytest.raises(InputError) as refused:
        read(tmp_path, dirty, scale)
    times = int((dirty == code).sum())
    assert f"is exactly {code} in {times} rows" in str(refused.value.problems[0].message)
    assert read(tmp_path, dirty, scale, missing=[code])[1].series["ex"].missing == {
        str(code): int((dirty == code).sum())
    }


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("digits", [0, 1])
def test_values_that_happen_to_be_codes_are_values(tmp_path: Path, seed: int, digits: int) -> None:
    values = scores(seed, digits, middle=30.0, sd=30.0, most=100.0)
    values[5] = -1
    values[6], values[7] = 88, 77  # among others that reach as far
    values[8] = 96.5
    _, report = read(tmp_path, values)
    assert report.series["ex"].missing == {}
    assert report.series["ex"].mean == pytest.approx(values.mean())


def test_shares_of_few_people_repeat(tmp_path: Path) -> None:
    """Of three who answered, 0, 33, 66 or 100 of a hundred: 66 is one of four numbers that stand again and again."""
    values = np.array([0.0, 33.0, 66.0, 100.0] * 24)
    values[:40:3] = np.arange(14) * 7.0
    _, report = read(tmp_path, values, "percent")
    assert report.series["ex"].missing == {}


def of_few(seed: int, digits: int, low: int = 11, high: int = 26, rows: int = 400) -> Any:
    """Return net promoter scores of few people: 0, ±50 and ±33.3 repeat again and again."""
    rng = np.random.default_rng(seed)
    people = rng.integers(low, high, rows)
    kinds = np.array([rng.multinomial(n, (0.3, 0.3, 0.4)) for n in people])
    return np.round(100 * (kinds[:, 0] - kinds[:, 2]) / people, digits)


@pytest.mark.parametrize("digits", [0, 1])
@pytest.mark.parametrize(("code", "times"), [(-99, 18), (-98, 12), (-99, 5), (-97, 18), (99, 18)])
def test_codes_among_scores_of_few_people_are_not_values(tmp_path: Path, code: float, times: int, digits: int) -> None:
    """The scale ends a step beyond the code, and 0 stands oftener than it: it takes a hundred people all the same."""
    values = of_few(2, digits)
    low = -82.0 if abs(code) > 90 else -64.0
    values = np.clip(values, low, -low)
    values[1], values[2] = low, -low
    dirty = values.copy()
    dirty[7 :: len(values) // times][:times] = code
    with pytest.raises(InputError) as refused:
        read(tmp_path, dirty)
    assert f"`missing: [{code}]`" in str(refused.value.problems[0].hint)
    _, report = read(tmp_path, dirty, missing=[code])
    assert report.series["ex"].missing == {str(code): times}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("low", "high"), [(3, 8), (11, 26), (30, 90), (80, 400)])
@pytest.mark.parametrize("digits", [0, 1])
def test_scores_of_few_people_hold_no_codes(tmp_path: Path, seed: int, low: int, high: int, digits: int) -> None:
    _, report = read(tmp_path, of_few(seed, digits, low, high))
    assert report.series["ex"].missing == {}


def test_whoever_names_one_code_is_told_all(tmp_path: Path) -> None:
    dirty = with_code(with_code(scores(), 88, (1, 30, 31)), 77, (4, 50, 70))
    dirty[80] = -999
    with pytest.raises(InputError) as refused:
        read(tmp_path, dirty)
    hint = str(refused.value.problems[0].hint)
    assert "`missing: [-999, 77, 88]`" in hint
    assert "`missing: [-999]`" in hint
    assert read(tmp_path, dirty, missing=[-999, 77, 88])[1].series["ex"].missing == {"-999": 1, "77": 3, "88": 3}


@pytest.mark.parametrize("code", [88, 11, 55])
def test_a_code_among_answers_is_asked_about_and_its_cure_works(tmp_path: Path, code: int) -> None:
    answers = np.random.default_rng(5).integers(0, 11, 400)
    dirty = answers.copy()
    dirty[::10] = code
    path = tmp_path / "data.csv"
    rows = [f"u{k % 5},2024-{k // 5 % 8 + 1:02d},{dirty[k]},{answers[-k]}" for k in range(400)]
    path.write_text("\n".join(["unit,period,ex,cx", *rows]) + "\n", "utf-8")
    with pytest.raises(InputError) as refused:
        read_panel(path, read_spec(None, ex_scale="enps", cx_scale="nps"))
    assert f"`missing: [{code}]`" in str(refused.value.problems[0].hint)
    _, report = read_panel(path, read_spec(None, ex_scale="enps", cx_scale="nps", missing=[code]))
    kept = np.delete(answers, np.arange(0, 400, 10))
    points = np.where(kept >= 9, 100.0, np.where(kept <= 6, -100.0, 0.0))
    assert report.series["ex"].mean == pytest.approx(points.mean())


def nps_of(people: Any, seed: int = 5) -> Any:
    """Return NPS of answers, to one decimal, as many as are told for each."""
    rng = np.random.default_rng(seed)
    kinds = [rng.multinomial(n, [0.4, 0.3, 0.3]) for n in people]
    return np.array([round(100 * (up - down) / n, 1) for (up, _, down), n in zip(kinds, people, strict=True)])


def counted(folder: Path, values: Any, people: Any, **spec: Any) -> Any:
    rows = [f"u{k // 8},2024-{k % 8 + 1:02d},{x:g},{n},{20 + 3 * (k % 11)}"
            for k, (x, n) in enumerate(zip(values, people, strict=True))]  # fmt: skip
    path = folder / "counted.csv"
    path.write_text("\n".join(["unit,period,ex,n_ex,cx", *rows]) + "\n", "utf-8")
    return read_panel(path, read_spec(None, ex_scale="enps", cx_scale="percent", **spec))


def test_a_code_among_scores_is_none_that_so_many_answers_can_have(tmp_path: Path) -> None:
    """−99 beside −100 lies apart from nothing, but of 21 answers an NPS of −99 cannot be: −95.2 is next to −100."""
    people = np.random.default_rng(2).integers(18, 40, 96)
    people[[30, 41, 52]] = 21, 21, 25
    values = nps_of(people)
    values[30], values[31] = -99, -100
    panel, report = counted(tmp_path, values, people)
    assert report.series["ex"].missing == {"-99": 1}
    assert np.isnan(panel.y[3, 6, 0])
    assert panel.y[3, 7, 0] == 0.0  # −100 can be
    told = [str(line) for line in report.reading()["lines"]]
    assert "repaired: a code for a missing value, no score of so many answers (line 32, `ex`)" in told
    assert "dropped: no row" in told
    values[30], values[41] = 4.8, 50  # 1 of 21, and 10.5 of 21
    panel, report = counted(tmp_path, values, people)
    assert np.isfinite(panel.y[..., 0]).all()
    assert "repaired: no score that so many answers can have; it counts (line 43, `ex`)" in [
        str(line) for line in report.reading()["lines"]
    ]
    odd = np.round(values + 0.7, 1)  # adjusted scores, as weights make them, are none of so many answers everywhere
    odd[30] = -99
    report = counted(tmp_path, odd, people)[1]
    assert report.series["ex"].missing == {}
    assert any("scores are none that so many answers as `n_ex` says can have" in str(each) for each in report.warnings)


@pytest.mark.parametrize("end", [-100, 100])
@pytest.mark.parametrize("n", [45, 3, None])
def test_cells_filled_with_an_end_of_the_scale_are_asked_about(tmp_path: Path, end: int, n: int | None) -> None:
    """Six cells of 45 people who all answer alike, where the nearest other score is 40 points off, are none; of 3, may.

    The chance of 0.8 ** 270 that all do, times 90 ** 6 such cells, is 4e-15; of 3 people each it is above 1.
    """
    values = scores(middle=0.0, sd=20.0)
    values[np.abs(values) > 60] = 60.0
    values[0], values[1] = -60.0, 60.0
    dirty = with_code(values, end, PLACES)
    people = np.full(96, np.nan) if n is None else np.full(96, n)

    def panel(**spec: Any) -> Any:
        if n is None:
            return read(tmp_path, dirty, **spec)
        return counted(tmp_path, dirty, people, **spec)

    if n == 3:
        assert panel()[1].series["ex"].missing == {}
        return
    with pytest.raises(InputError, match=f"is {end} in 6 rows, far from all others \\(-60 … 60\\)"):
        panel()
    assert np.isnan(panel(missing=[end])[0].y[..., 0]).sum() == 6
    assert panel(missing=[])[1].series["ex"].mean == pytest.approx(dirty.mean())


def test_counts_of_people_are_no_scores_of_them(tmp_path: Path) -> None:
    """Of 21 answers an NPS is a multiple of 4.76: of 1 … 20 four are one, 5, 10, 14 and 19, and 96 cells hold 19."""
    people = np.full(96, 21)
    counts = 1.0 + np.arange(96) % 20
    with pytest.raises(InputError, match="ex may be counts of people: all are whole numbers") as caught:
        counted(tmp_path, counts, people)
    assert "77 of 96" in str(caught.value)
    counts[0] = 22  # more than answered
    assert any("77 of 96 scores are none" in str(each) for each in counted(tmp_path, counts, people)[1].warnings)


def test_letters_and_their_accents_are_one_name_however_they_are_encoded(tmp_path: Path) -> None:
    """`ü` is one character or two (Unicode NFC, NFD): half of the rows of one unit are written in each."""
    path = tmp_path / "composed.csv"
    forms = ("NFC", "NFD")
    rows = [f"{unicodedata.normalize(forms[t % 2], unit)},2024-{t + 1:02d},{10 * (t % 5) + u},{20 + 3 * t + u}"
            for u, unit in enumerate(["München", "Zürich", "Wien", "Graz"]) for t in range(12)]  # fmt: skip
    path.write_text("\n".join(["unit,period,ex,cx", *rows]) + "\n", "utf-8")
    panel, _report = read_panel(path, read_spec(None, ex_scale="percent", cx_scale="percent"))
    assert list(panel.units) == ["Graz", "München", "Wien", "Zürich"]


def test_marks_and_codes_are_told_where_they_stand_and_in_which_file(tmp_path: Path) -> None:
    """Up to three of a kind by line and column; the file too where several were read."""
    values = [f"{value:g}" for value in scores()]
    values[5], values[70], values[80] = "n/a", "n/a", "999"
    rows = [f"u{k // 8},2024-{k % 8 + 1:02d},{x},{20 + 3 * (k % 11) + k / 10}" for k, x in enumerate(values)]
    head = "unit,period,ex,cx"
    whole, first, second = (tmp_path / name for name in ("whole.csv", "first.csv", "second.csv"))
    for path, part in ((whole, rows), (first, rows[:48]), (second, rows[48:])):
        path.write_text("\n".join([head, *part]) + "\n", "utf-8")
    spec = read_spec(None, ex_scale="nps", cx_scale="percent")
    mark, code = "a mark of no answer taken as missing", "code for a missing value taken as missing"

    def repaired(*paths: Path) -> tuple[str, str]:
        lines = [str(line) for line in read_panel(list(paths), spec)[1].reading()["lines"]]
        (told,) = (line for line in lines if line.startswith("repaired: "))
        return lines[0], told

    assert repaired(whole) == (
        f"{whole}: 96 rows",
        f"repaired: {mark} (line 7, `ex`, line 72, `ex`); {code} (line 82, `ex`)",
    )
    assert repaired(first, second) == (
        f"{first}, {second}: 96 rows",
        f"repaired: {mark} (first.csv, line 7, `ex`, second.csv, line 24, `ex`); {code} (second.csv, line 34, `ex`)",
    )
    values[:4] = ["n/a"] * 4  # many are counted, and named one by one in data_report.csv
    whole.write_text("\n".join([head, *(f"u{k // 8},2024-{k % 8 + 1:02d},{x},{20 + k / 10}"
                                         for k, x in enumerate(values))]) + "\n")  # fmt: skip
    assert f"{mark} (6)" in repaired(whole)[1]


@pytest.mark.parametrize(
    "mark", ["<10", "< 5", "n<10", "n=5", "N = 4", "fewer than 10", "#DIV/0!", "#NULL!", "…", "bound"]
)
def test_scores_hidden_where_few_answered_are_missing(tmp_path: Path, mark: str) -> None:
    """Scores below 10 stand written beside `<10`, so that it is none of them; where none does it could be a bound."""
    values = np.round(scores() / 2 + 50, 1) if mark == "bound" else scores()
    cells = [("<10" if mark == "bound" else mark) if k in PLACES else f"{value:g}" for k, value in enumerate(values)]
    rows = [f"u{k // 8},2024-{k % 8 + 1:02d},{cell},{20 + 3 * (k % 11) + k / 10}" for k, cell in enumerate(cells)]
    path = tmp_path / "data.csv"
    path.write_text("\n".join(["unit,period,ex,cx", *rows]) + "\n", "utf-8")
    spec = {"ex_scale": "nps", "cx_scale": "percent"}
    if mark == "bound":
        with pytest.raises(InputError) as refused:
            read_panel(path, read_spec(None, **spec))
        assert '`words: {"<10": missing}`' in str(refused.value.problems[0].hint)
        spec["words"] = {"<10": None}
    panel, report = read_panel(path, read_spec(None, **spec))
    assert np.isnan(panel.y[..., 0]).sum() == len(PLACES)
    assert report.series["ex"].mean == pytest.approx(np.delete(values, PLACES).mean())
    assert sum(report.series["ex"].missing.values()) == len(PLACES)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"missing": ["<10"]}, '`words: {"<10": missing}`'),
        ({"words": {"a": [1, 2]}}, "a word such as `missing`"),
        ({"words": {"ex": {"k. A.": None, "a": [1]}}}, "a word such as `missing`"),
        ({"words": {"ex": None}}, "lines `name: value` were expected"),
    ],
)
def test_what_a_missing_word_is_called(said: dict[str, Any], expected: str) -> None:
    with pytest.raises(InputError) as refused:
        read_spec(None, **said)
    (problem,) = refused.value.problems
    assert expected in f"{problem.message} {problem.hint}"
