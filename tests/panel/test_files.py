# SPDX-License-Identifier: MIT
"""Files of data as a stranger may hand them in: refused in a sentence, never waited for, never read outside."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from txsim.errors import InputError
from txsim.panel.reader import sheets
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec
from txsim.text_encoding import decoded

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
        (written(tmp_path / "zip.csv", b"PK\x03\x04rest"), "a ZIP archive"),
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
        ("Köln Süd;März\nMünchen Ost;1", "cp850"), ("Filiale;Mär 24\nKöln;1", "mac_roman"), ("Orléans;août", "cp850"),
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


def _changed(book: Path, part: str, change: Callable[[bytes], bytes | None]) -> bytes:
    """Return a workbook with one of its parts changed, or without it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            content = change(old.read(name)) if part in name else old.read(name)
            if content is not None:
                new.writestr(name, content)
    return packed.getvalue()


def test_a_workbook_with_places_that_no_sheet_has_is_called_damaged(tmp_path: Path) -> None:
    """Neighbours of a row and a column beyond the last; before, a cell so far out would have filled the memory."""
    frame = pd.DataFrame([row.split(",") for row in ROWS[1:]], columns=ROWS[0].split(","))
    frame.to_excel(tmp_path / "whole.xlsx", index=False)
    places = [b"ZZZZZZ99999999", b"XFE2", b"AAAA2", b"@2"]
    rows = [b"99999999999", b"1048577", b"-1", b"1.5", b"x"]
    broken = {f"cell{i}": ("sheet1", lambda b, p=place: b.replace(b'r="A2"', b'r="%s"' % p))
              for i, place in enumerate(places)}  # fmt: skip
    broken |= {f"row{i}": ("sheet1", lambda b, r=row: b.replace(b'<row r="2"', b'<row r="%s"' % r))
               for i, row in enumerate(rows)}  # fmt: skip
    broken["lost"] = ("sheet1", lambda b: None)
    for name, (part, change) in broken.items():
        path = written(tmp_path / f"{name}.xlsx", _changed(tmp_path / "whole.xlsx", part, change))
        with pytest.raises(InputError, match="damaged or cut off"):
            read(path)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("scale: nps\nhidden: maybe\n", (2, 9, "hidden"), "'ask'"),
        ("scale: nps\nmerge: {A: 3}\n", (2, 12, "merge.A"), "a list"),
        ("scale: nps\nmissing: [1, abc]\n", (2, 14, "missing[1]"), "a number"),
        ("scale: nps\nlag_months: -4\n", (2, 13, "lag_months"), "at least 0"),
        ("# how\nscale: 7\n", (2, 8, "scale"), "expected the name of a scale"),
        ("scale: nps\ncolumns:\n  unti: Team\n", (3, 3, "columns.unti"), "unit"),
        ("scale: nps\ncolums: {}\n", (2, 1, "colums"), "did you mean `columns`"),
        ("scale: nps\ntitle: Panel\n", (2, 1, "title"), "a key of scenarios"),
        ("scale: nps\ndrivers: []\n", (2, 1, "drivers"), "a key of scenarios"),
        ("- nps\n", (1, 1, ""), "keys with values"),
        ("", (1, 1, ""), "empty"),
    ],
)
def test_each_fault_of_a_spec_has_its_place(tmp_path: Path, text: str, place: tuple[int, int, str], words: str) -> None:
    file = written(tmp_path / "spec.yaml", text)
    with pytest.raises(InputError, match=words) as caught:
        read_spec(file)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.column, problem.path) == (str(file), *place)
    assert "init" not in str(problem)


def test_keys_of_a_scenario_are_no_misspelt_keys_of_a_spec(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_spec(written(tmp_path / "spec.yaml", "titel: x\norganisation: {}\npilot: {}\nhorizon_month: 3\n"))
    assert "did you mean" not in str(caught.value)


def test_what_the_command_line_says_wrong_is_told_of_it(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_spec(written(tmp_path / "spec.yaml", "scale: nps\n"), lag_months=-1.0)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.path) == ("options", None, "lag_months")


MERGED = "\n".join([ROWS[0], *ROWS[1:9], "<<<<<<< HEAD", ROWS[9], "=======", ROWS[10], ">>>>>>> theirs", *ROWS[11:]])


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", MERGED, "a merge by Git left two versions here"),
        ("a.csv", gzip.compress("\n".join(ROWS).encode(), mtime=0), "packed by gzip"),
        ("a.csv", b"PAR1PAR1", "a Parquet file, a CSV file was expected"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or encrypted Office document"),
        ("a.xlsx", b"PAR1PAR1", "a Parquet file, an Excel workbook was expected"),
        ("a.parquet", gzip.compress(b"PAR1", mtime=0), "packed by gzip"),
        ("a.parquet", b"PK\x03\x04", "a ZIP archive or an Office document, a Parquet file was expected"),
        ("a.txt", b"%PDF-1.7", "a PDF"),
    ],
)
def test_a_file_of_another_kind_is_named_by_it(tmp_path: Path, name: str, content: bytes | str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(written(tmp_path / name, content))
