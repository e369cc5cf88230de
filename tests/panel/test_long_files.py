# SPDX-License-Identifier: MIT
"""Exports as they come: comments with line breaks and commas, long files mapped by a spec, lists that are cut."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from txsim.errors import InputError
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.names import some_names
from txsim.panel.reader.periods import read_period

LONG = {"unit": "Facility ID", "period": "Year", "measure": "Measure ID", "value": "Top-box Percentage"}


def table(rows: list[list[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def with_comments(comment: str) -> str:
    """Return a panel of six units and periods in which one unit comments; the other cells are numbers."""
    rows: list[list[object]] = [["unit", "period", "ex", "cx", "comment"]]
    rows += [
        [f"u{i}", f"2024-{t:02d}", 10 + 3 * i + t, 20 + i + 2 * t, comment if i == 3 else "fine"]
        for i in range(6)
        for t in range(1, 7)
    ]
    return table(rows)


@pytest.mark.parametrize(
    "comment",
    [
        "Dear team,\nwe were late, again, and the food, as ever, was cold,\nplease, fix, this\nand that",
        'He said "no",\nagain, and, again, and\n"yes", never',
        "one, 2, 3, four, five\nsix, 7, 8, nine, ten",
        "\n,,,,\n,,,,\n",
    ],
)
def test_comments_may_hold_line_breaks_and_commas(tmp_path: Path, comment: str) -> None:
    path = tmp_path / "panel.csv"
    path.write_text(with_comments(comment))
    panel, report = read_panel(path, LinkSpec(scale="index"))
    assert panel.counts()["cells"] == {"ex": 36, "cx": 36, "both": 36}
    assert panel.y[3, :, 0].tolist() == [20, 21, 22, 23, 24, 25]
    assert report.reading()["unused"] == ["comment"]


@pytest.mark.parametrize("at", ["u1,2024-01", "u5,2024-05"])
def test_a_quotation_mark_that_is_never_closed_is_named(tmp_path: Path, at: str) -> None:
    path = tmp_path / "panel.csv"
    text = with_comments("late,\nagain")
    path.write_text(text.replace(at, f'"{at}', 1))
    line = 1 + text[: text.index(at)].count("\n")
    with pytest.raises(InputError, match="never closed") as raised:
        read_panel(path, LinkSpec(scale="index"))
    assert raised.value.problems[0].line == line


def hospitals(folder: Path) -> Path:
    """Write a public long file: one row for each measure, with words and footnotes that differ between measures."""
    rows: list[list[object]] = [
        ["Facility ID", "Year", "Measure ID", "Measure Name", "Top-box Percentage", "Number of Completed Surveys",
         "Footnote"]
    ]  # fmt: skip
    rows += [
        [
            f"{i:05d}",
            year,
            measure,
            f"Words, of {measure}",
            50 + 2 * i + k * (year - 2014),
            100 + 10 * i,
            "" if k else "5",
        ]
        for i in range(8)
        for year in range(2015, 2020)
        for k, measure in enumerate(("H_STAFF", "H_RECMND", "H_CLEAN"))
    ]
    path = folder / "long.csv"
    path.write_text(table(rows))
    return path


def test_rows_of_a_long_file_are_mapped_by_the_spec(tmp_path: Path) -> None:
    path = hospitals(tmp_path)
    spec = LinkSpec(columns={**LONG, "ex": "H_STAFF", "cx": "h_recmnd"}, scale="percent")
    panel, report = read_panel(path, spec)
    assert panel.counts()["cells"] == {"ex": 40, "cx": 40, "both": 40}
    assert panel.y[2, :, 0].tolist() == [54.0] * 5
    assert panel.y[2, :, 1].tolist() == [55, 56, 57, 58, 59]
    assert panel.n[2, 0].tolist() == [120, 120]
    assert np.isfinite(panel.variance).all()
    assert any("is no measure that is read" in str(reason) for reason, _ in report.most_refused())
    by_words = LinkSpec(columns=LONG, items={"ex": "H_STAFF", "cx": "H_RECMND"}, scale="percent")
    np.testing.assert_array_equal(read_panel(path, by_words)[0].y, panel.y)
    counted = LinkSpec(columns={**spec.columns, "n_ex": "Number of Completed Surveys"}, scale="percent")
    np.testing.assert_array_equal(read_panel(path, counted)[0].n, panel.n)


def test_a_measure_that_is_not_there_is_named(tmp_path: Path) -> None:
    spec = LinkSpec(columns={**LONG, "ex": "H_STAF", "cx": "H_RECMND"}, scale="percent")
    with pytest.raises(InputError, match="called `H_STAF` for `ex`; did you mean `H_STAFF`") as raised:
        read_panel(hospitals(tmp_path), spec)
    assert "H_CLEAN, H_RECMND, H_STAFF" in str(raised.value.problems[0].hint)


def test_month_and_year_with_an_underscore() -> None:
    assert read_period("07_2015") == read_period("2015_07") == read_period("2015-07")


def test_lists_say_how_many_more_there_are(tmp_path: Path) -> None:
    assert str(some_names("abc", 3)) == "a, b, c"
    assert str(some_names([*"ab", "", *"cde"], 3, marked=True)) == "`a`, `b`, `c` and 2 more"
    path = tmp_path / "wide.csv"
    path.write_text(table([[f"column {k}" for k in range(40)], *([list(range(40))] * 3)]))
    with pytest.raises(InputError) as raised:
        read_panel(path, LinkSpec(scale="index"))
    assert "column 11 and 28 more" in str(raised.value.problems[0].hint)
