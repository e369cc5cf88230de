# SPDX-License-Identifier: MIT
"""Files of data as a stranger may hand them in: refused in a sentence, never waited for, never read outside."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from txsim.errors import InputError
from txsim.files import decoded
from txsim.panel.reader import sheets
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec

ROWS = ["unit,period,ex,cx", *(f"u{i},{year},{20 + i + k},{30 - i + k}" for i in range(8)
                               for k, year in enumerate(range(2019, 2023)))]  # fmt: skip


def read(path: Path, **spec: Any) -> Any:
    return read_panel(path, read_spec(None, **{"scale": "nps", **spec}))


def written(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_pipes_folders_and_pointers_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    for path, words in (
        (tmp_path / "pipe.csv", "device or a pipe"),
        (written(tmp_path / "lfs.csv", lfs), "Git LFS"),
        (written(tmp_path / "old.xls", b"\xd0\xcf\x11\xe0"), "xlsx"),
        (tmp_path / "folder.csv", "no CSV"),
        (tmp_path / "none.csv", "no such file"),
        (written(tmp_path / "zip.csv", b"PK\x03\x04rest"), "no text"),
    ):
        with pytest.raises(InputError, match=words):
            read(path)


def test_members_of_a_folder_lie_in_it(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    written(tmp_path / "secret.csv", "\n".join(ROWS))
    (inside / "x.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(InputError, match="outside the folder"):
        read(inside)


def test_damaged_parquet_and_workbooks(tmp_path: Path) -> None:
    frame = pd.DataFrame([row.split(",") for row in ROWS[1:]], columns=ROWS[0].split(","))
    frame.to_parquet(tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    for size in (len(whole) // 2, len(whole) - 3, 10):
        with pytest.raises(InputError, match="Parquet"):
            read(written(tmp_path / "cut.parquet", whole[:size]))
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    whole = (tmp_path / "a.xlsx").read_bytes()
    with pytest.raises(InputError, match="Excel"):
        read(written(tmp_path / "cut.xlsx", whole[: len(whole) // 2]))


def test_what_unpacks_to_too_much_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 5_000_000)
    monkeypatch.setattr(sheets, "_MOST_UNPACKED", 1_000_000)
    with pytest.raises(InputError, match="unpacks to"):
        read(tmp_path / "bomb.xlsx")
    monkeypatch.setattr(sheets, "_MOST_ROWS", 20)
    frame = pd.DataFrame([row.split(",") for row in ROWS[1:]], columns=ROWS[0].split(","))
    frame.to_parquet(tmp_path / "long.parquet")
    for path in (tmp_path / "long.parquet", written(tmp_path / "long.csv", "\n".join(ROWS))):
        with pytest.raises(InputError, match="more than 20 rows"):
            read(path)


def test_comments_with_line_breaks_are_left_alone(tmp_path: Path) -> None:
    lines = [ROWS[0] + ",comment", *(f'{row},"first, second\n\nand ""third"", {k}"' for k, row in enumerate(ROWS[1:]))]
    panel, report = read(written(tmp_path / "c.csv", "\n".join(lines)))
    plain, _ = read(written(tmp_path / "p.csv", "\n".join(ROWS)))
    np.testing.assert_array_equal(panel.y, plain.y)
    assert report.reading()["unused"] == ["comment"]


def test_counts_without_their_other_half_are_named(tmp_path: Path) -> None:
    rows = [
        "unit,period,ex_promoters,ex_passives,cx",
        *(f"u{i},{y},40,30,{20 + i}" for i in range(6) for y in (2020, 2021)),
    ]
    with pytest.raises(InputError, match="without `ex_detractors`"):
        read(written(tmp_path / "half.csv", "\n".join(rows)))


@pytest.mark.parametrize("cell", ["1e308", "-1e200", "inf", "9" * 30])
def test_numbers_that_cannot_be(tmp_path: Path, cell: str) -> None:
    rows = [*ROWS[:1], f"u0,2019,{cell},30", *ROWS[2:]]
    for scale in ("nps", "raw"):
        panel, report = read(written(tmp_path / "huge.csv", "\n".join(rows)), scale=scale)
        assert np.isnan(panel.y[0, 0, 0])
        assert np.isfinite(panel.y[0, 0, 1])
        assert len(report.refused) == 1


def test_long_files_are_mapped_by_the_spec(tmp_path: Path) -> None:
    rows = ["Where,When,What,Points"]
    for row in ROWS[1:]:
        unit, year, ex, cx = row.split(",")
        rows += [f"{unit},{year},Q7 staff,{ex}", f"{unit},{year},Q9 clients,{cx}"]
    columns = {"unit": "Where", "period": "When", "measure": "What", "value": "Points"}
    items = {"ex": "staff", "cx": "clients"}
    panel, _ = read(written(tmp_path / "long.csv", "\n".join(rows)), columns=columns, items=items)
    plain, _ = read(written(tmp_path / "p.csv", "\n".join(ROWS)))
    np.testing.assert_array_equal(panel.y, plain.y)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Филиал;Месяц\nКазань;1", "cp1251"), ("Филиал;Месяц\nКазань;1", "koi8-r"), ("Филиал;Месяц\nКазань;1", "cp866"),
        ("unit;treated\nA;да\nB;нет", "koi8-r"), ("Склад 01;1", "cp866"), ("Genève;févr. 2024;août", "cp1252"),
        ("año;Málaga", "cp1252"), ("26,2\xa0%", "cp1252"), ("£;°C", "cp1252"), ("Łódź;Kraków;Wrocław", "cp1250"),
        ("Казань", "utf-16"), ("Казань;1\n", "utf-16-le"), ("Казань", "utf-8-sig"),
    ],
)  # fmt: skip
def test_encodings_of_few_words(text: str, code: str) -> None:
    assert decoded(text.encode(code), "file")[0] == text


def test_a_stated_encoding_wins_or_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "\n".join(ROWS).replace("u0", "Čačak").encode("cp1250"))
    assert "Čačak" in read(path, encoding="cp1250")[0].units
    with pytest.raises(InputError, match="unknown encoding"):
        read(path, encoding="cp9999")
    with pytest.raises(InputError, match="stated as the encoding"):
        read(path, encoding="utf-8")


@pytest.mark.parametrize(
    ("spec", "cells", "words"),
    [
        ({}, ["1", "2", "3"], "codes"),
        ({}, ["0.31", "-0.2", "0.4"], "fractions"),
        ({}, ["8.1", "7.9", "8.4"], "zero_to_ten"),
        ({"scale": "index"}, ["1", "4", "9"], "scale of their own"),
        ({"scale": "likert7"}, ["0.2", "0.5", "0.9"], "fractions of the scale"),
        ({"scale": "likert5"}, ["1", "3", "0"], "missing: \\[0\\]"),
        ({"scale": "auto"}, ["31", "44", "52"], "on which scale"),
        ({"missing": [77]}, ["3/4/2024", "1", "2"], "cannot be read"),
    ],
)
def test_what_could_be_read_two_ways_is_asked(
    tmp_path: Path, spec: dict[str, Any], cells: list[str], words: str
) -> None:
    rows = [f"{row.rsplit(',', 2)[0]},{cells[k % 3]},{cells[(k + 1) % 3]}" for k, row in enumerate(ROWS[1:])]
    with pytest.raises(InputError, match=words) as caught:
        read(written(tmp_path / "a.csv", "\n".join([ROWS[0], *rows])), **spec)
    assert all(problem.hint for problem in caught.value.problems)


def test_dates_that_could_be_either_are_asked_and_answered(tmp_path: Path) -> None:
    rows = [
        ROWS[0],
        *(f"u{i},{d}/{m}/2024,{20 + i + m},{30 - i}" for i in range(8) for d, m in ((3, 4), (5, 6), (7, 8))),
    ]
    path = written(tmp_path / "a.csv", "\n".join(rows))
    with pytest.raises(InputError, match="day or month first"):
        read(path)
    assert read(path, period_order="day_first")[0].label(0) == "2024-04"
    assert read(path, period_order="month_first")[0].label(0) == "2024-03"


def test_waves_and_weeks_are_read_by_a_table(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "\n".join(ROWS).replace("2019", "Spring 19").replace("2020", "W05 2020"))
    with pytest.raises(InputError, match="waves"):
        read(path)
    panel, _ = read(path, waves={"Spring 19": "2019", "W05 2020": 2020})
    np.testing.assert_array_equal(panel.y, read(written(tmp_path / "p.csv", "\n".join(ROWS)))[0].y)


def test_words_at_the_ends_run_with_the_numbers(tmp_path: Path) -> None:
    labels = {1: "1 - Strongly agree", 2: "2 - Agree", 4: "4 - Disagree", 5: "5 - Strongly disagree"}
    rng = np.random.default_rng(2)
    answers = [
        (f"u{i}", year, rng.choice([1, 2, 4, 5])) for i in range(6) for year in (2020, 2021, 2022) for _ in range(9)
    ]
    rows = [ROWS[0], *(f"{u},{y},{labels[a]},{a}" for u, y, a in answers)]
    path = written(tmp_path / "a.csv", "\n".join(rows))
    with pytest.raises(InputError, match="runs downward"):
        read(path, scale="likert5")
    panel, _ = read(path, scale="likert5", reverse=["ex"])
    np.testing.assert_allclose(panel.y[..., 0], 100 - panel.y[..., 1])


def test_weights_of_scores_are_refused_by_name(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "\n".join([ROWS[0] + ",Weight", *(f"{row},2" for row in ROWS[1:])]))
    with pytest.raises(InputError, match="`Weight` weighs answers"):
        read(path)
    assert read(path, ignore=["Weight"])[0].y.shape == (8, 4, 2)
