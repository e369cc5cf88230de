# SPDX-License-Identifier: MIT
"""Tables as survey tools and spreadsheets leave them: read rightly, or refused with the cure."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from txsim.errors import InputError
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.workbook import open_book
from txsim.pilot.pilot_file import read_pilot

UNITS, MONTHS = ("North", "South", "West"), [(2023, m) for m in range(7, 13)] + [(2024, m) for m in range(1, 7)]
SCORES = {(u, when): (10.0 + 3 * i + k, 30.0 - 2 * i + k)
          for i, u in enumerate(UNITS) for k, when in enumerate(MONTHS)}  # fmt: skip
RUSSIAN = ("январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь",
           "декабрь")  # fmt: skip


def rows_of(split: Callable[[int, int], Sequence[Any]]) -> list[list[Any]]:
    return [[u, *split(*when), *SCORES[u, when]] for u in UNITS for when in MONTHS]


def read(tmp_path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]], **spec: Any) -> Any:
    file = tmp_path / "panel.csv"
    file.write_text("\n".join(";".join(map(str, row)) for row in (header, *rows)) + "\n", "utf-8")
    return read_panel([file], LinkSpec(**spec))


def same(one: Any, other: Any) -> bool:
    return bool(
        one.units == other.units and one.start == other.start and np.array_equal(one.y, other.y, equal_nan=True)
    )


@pytest.mark.parametrize(
    ("header", "split"),
    [
        (("unit", "Year", "Month", "eNPS", "NPS"), lambda y, m: (y, m)),
        (("unit", "Month", "Year", "eNPS", "NPS"), lambda y, m: (f"{m:02d}", y)),
        (("unit", "Jahr", "Monat", "eNPS", "NPS"), lambda y, m: (y, dt.date(2000, m, 1).strftime("%B"))),
        (("филиал", "Год", "Месяц", "eNPS", "NPS"), lambda y, m: (y, RUSSIAN[m - 1])),
    ],
)
def test_a_period_in_two_columns_is_one(tmp_path: Path, header: Sequence[str], split: Any) -> None:
    plain, _ = read(tmp_path, ("unit", "period", "eNPS", "NPS"), rows_of(lambda y, m: (f"{y}-{m:02d}",)))
    panel, report = read(tmp_path, header, rows_of(split))
    assert same(plain, panel)
    assert any("put together of" in str(note) for note in report.notes)


def test_quarters_beside_years(tmp_path: Path) -> None:
    rows = [[u, y, q, 10 + i + y - 2022, 30 - i] for i, u in enumerate(UNITS) for y in (2022, 2023)
            for q in ("I", "II", "III", "IV")]  # fmt: skip
    panel, _ = read(tmp_path, ("unit", "Year", "Quarter", "eNPS", "NPS"), rows)
    whole = [[u, f"Q{('I', 'II', 'III', 'IV').index(q) + 1} {y}", *rest] for u, y, q, *rest in rows]
    plain, _ = read(tmp_path, ("unit", "period", "eNPS", "NPS"), whole)
    assert same(plain, panel)


def test_a_month_that_says_its_year_needs_no_other_column(tmp_path: Path) -> None:
    panel, report = read(tmp_path, ("unit", "Year", "Month", "eNPS", "NPS"), rows_of(lambda y, m: (y, f"{y}-{m:02d}")))
    assert not any("put together of" in str(note) for note in report.notes)
    assert panel.start == 2023 * 12 + 6


def test_names_once_above_their_rows_are_asked_about(tmp_path: Path) -> None:
    header = ("unit", "period", "eNPS", "NPS")
    full = rows_of(lambda y, m: (f"{y}-{m:02d}",))
    once = [[u if i % len(MONTHS) == 0 else "", *rest] for i, (u, *rest) in enumerate(full)]
    with pytest.raises(InputError, match="fill_down: true"):
        read(tmp_path, header, once)
    plain, _ = read(tmp_path, header, full)
    filled, report = read(tmp_path, header, once, fill_down=True)
    assert same(plain, filled)
    assert any("filled from above" in str(note) for note in report.notes)
    # the same for periods
    by_month = [[u, f"{y}-{m:02d}" if u == UNITS[0] else "", *SCORES[u, (y, m)]] for y, m in MONTHS for u in UNITS]
    with pytest.raises(InputError, match="fill_down: true"):
        read(tmp_path, header, by_month)
    assert same(plain, read(tmp_path, header, by_month, fill_down=True)[0])


def test_previews_of_a_survey_are_no_answers(tmp_path: Path) -> None:
    header = ("ResponseId", "Status", "unit", "period", "Q1", "Q2")
    questions = ("Response ID", "Response Type", "unit", "period", "How likely are you to recommend us as an employer?",
                 "How likely are you to recommend our service?")  # fmt: skip
    ids = tuple(f'{{"ImportId":"Q{i}"}}' for i in range(6))
    real = [[f"R_{u}{y}{m}{k}", "IP Address", u, f"{y}-{m:02d}", (k + m) % 11, (k * m) % 11]
            for u in UNITS for y, m in MONTHS for k in range(9)]  # fmt: skip
    tried = [["R_t1", "Survey Preview", "North", "2023-07", 0, 0], ["R_t2", "Spam", "South", "2023-08", 10, 10]]
    spec = {"scale": "zero_to_ten"}
    alone, _ = read(tmp_path, header, [questions, ids, *real], **spec)
    panel, report = read(tmp_path, header, [questions, ids, tried[0], *real, tried[1]], **spec)
    assert same(alone, panel)
    assert sum("preview" in str(touched.reason) for touched in report.refused) == 2


def test_cells_of_a_workbook_are_those_that_openpyxl_reads() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["unit", None, "“quotes” & <marks>", True, 3, -4.5, 1e-7, dt.datetime(2024, 5, 6, 7, 8)])
    sheet.append([])
    sheet["C3"], sheet["C3"].number_format = 0.326, "0.0%"
    sheet["D3"], sheet["E3"] = "=1+1", dt.date(2024, 2, 29)
    sheet["F3"], sheet["F3"].number_format = 45350.25, "[hh]:mm"
    sheet.merge_cells("A5:B7")
    sheet["A5"] = "Branch"
    written = io.BytesIO()
    book.save(written)
    plain = openpyxl.load_workbook(io.BytesIO(written.getvalue()), data_only=True).active
    assert plain is not None
    found = open_book(written.getvalue()).sheet("Sheet", lambda line, cells: None)
    for line, row in found.rows.items():
        for column, value in enumerate(row, 1):
            expected = plain.cell(line, column).value
            if (line, column) == (3, 3):
                expected = "32.6 %"  # as Excel shows it
            assert value == ("" if expected is None else expected), (line, column)
    assert found.percents == 1
    assert found.merged == [(5, 0, 7, 1)]
    assert found.formulas == [(3, 3)]


@pytest.mark.parametrize("prefix", ["", "x:"])
@pytest.mark.parametrize("space", ["http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                                   "http://purl.oclc.org/ooxml/spreadsheetml/main"])  # fmt: skip
def test_elements_of_other_spaces_are_no_cells(prefix: str, space: str) -> None:
    """Programs give the elements of a sheet any prefix, and put elements of their own beside them."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["unit", 3.5])
    written = io.BytesIO()
    book.save(written)
    p, name = prefix, f"xmlns{':' if prefix else ''}{prefix.rstrip(':')}"
    xml = f'''<?xml version="1.0"?><{p}worksheet {name}="{space}" xmlns:o="urn:other"><{p}sheetData>
      <{p}row r="1"><{p}c r="A1" t="str"><{p}f>"a"</{p}f><{p}v></{p}v></{p}c>
      <{p}c r="C1"><{p}v>2.5</{p}v><o:v>9</o:v></{p}c><o:c r="D1"><o:v>7</o:v></o:c></{p}row>
      </{p}sheetData></{p}worksheet>'''
    changed = io.BytesIO()
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(changed, "w") as new:
        for part in old.namelist():
            new.writestr(part, xml if part.endswith("sheet1.xml") else old.read(part))
    found = open_book(changed.getvalue()).sheet("Sheet", lambda line, cells: None)
    assert found.rows == {1: ["", "", 2.5]}
    assert found.formulas == []  # its value was saved: it is no text


def answers_of_people(seed: int = 8) -> list[list[Any]]:
    """Return an answer on each row: unit, period, id, EX and CX; eight of each unit and month."""
    rng = np.random.default_rng(seed)
    people = [(u, f"{y}-{m:02d}") for u in UNITS for y, m in MONTHS for _ in range(8)]
    return [[u, when, f"R_{k:05d}", *rng.integers(0, 11, 2)] for k, (u, when) in enumerate(people)]


PEOPLE = ("unit", "period", "ResponseId", "ex", "cx")


def test_one_answer_twice_counts_once_and_is_told(tmp_path: Path) -> None:
    once = answers_of_people()
    whole, _ = read(tmp_path, PEOPLE, once, scale="nps")
    for times in (1, 50, len(once)):
        panel, report = read(tmp_path, PEOPLE, [*once, *once[:times]], scale="nps")
        assert same(panel, whole)
        assert panel.n[..., 0].sum() == len(once)
        assert [(str(why), n) for why, n in report.most_refused()] == [
            ("the same answer again, by its `ResponseId`", times)
        ]
    exported = [[*row, "June"] for row in once] + [[*row, "July"] for row in once[-30:]]  # rows are not all the same
    assert same(read(tmp_path, (*PEOPLE, "exported"), exported, scale="nps")[0], whole)
    halves = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for file, rows in zip(halves, (once[:200], once[120:]), strict=True):
        file.write_text("\n".join(",".join(map(str, row)) for row in (PEOPLE, *rows)), "utf-8")
    assert same(read_panel(halves, LinkSpec(scale="nps"))[0], whole)


def test_one_answer_twice_in_a_month_counts_once_whichever_way_dates_are_written(tmp_path: Path) -> None:
    once = answers_of_people()
    for form in ("{month}/{day}/{year}", "{day}/{month}/{year}"):
        rows = [[row[0], form.format(year=row[1][:4], month=int(row[1][-2:]), day=k % 28 + 1), *row[2:]]
                for k, row in enumerate([*once, *once[:20]])]  # fmt: skip
        panel, _ = read(tmp_path, PEOPLE, rows, scale="nps")
        assert panel.n[..., 0].sum() == len(once)


def test_one_id_with_two_answers_is_asked_about(tmp_path: Path) -> None:
    once = answers_of_people()
    corrected = [*once, *([*row[:3], (row[3] + 4) % 11, row[4]] for row in once[:5])]
    with pytest.raises(InputError, match="is one a correction of the other") as refused:
        read(tmp_path, PEOPLE, corrected, scale="nps")
    assert "`ignore: [ResponseId]`" in str(refused.value.problems[0].hint)
    assert read(tmp_path, PEOPLE, corrected, scale="nps", ignore=("ResponseId",))[0].n[..., 0].sum() == len(corrected)
    for mark in ("", "E"):  # no years, though some could be
        numbered = [[*row[:2], f"{mark}{2000 + k % len(once)}", *row[3:]] for k, row in enumerate(corrected)]
        with pytest.raises(InputError, match="is one a correction of the other"):
            read(tmp_path, PEOPLE, numbered, scale="nps")
    texts = [[*row[:2], f"word {row[2]}", *row[3:]] for row in corrected]  # what several people write
    assert read(tmp_path, (*PEOPLE[:2], "Comment", "ex", "cx"), texts, scale="nps")[0].n[..., 0].sum() == len(texts)


def test_one_question_of_an_answer_on_each_row_is_no_repeat(tmp_path: Path) -> None:
    once = answers_of_people()
    apart = [*([*row[:4], ""] for row in once[:9]), *([*row[:3], "", row[4]] for row in once[:9]), *once[9:]]
    whole, split = (read(tmp_path, PEOPLE, rows, scale="nps")[0] for rows in (once, apart))
    assert np.array_equal(whole.y, split.y)
    assert np.array_equal(whole.n, split.n)


def test_one_ticket_twice_in_a_pilot_is_asked_about(tmp_path: Path) -> None:
    rows = [f"u{k % 8},{int(k % 8 < 4)},{k // 80},T{k},{30 + k * 7 % 23}" for k in range(160)]
    again = [f"{row.rsplit(',', 1)[0]},90" for row in rows[:6]]
    (tmp_path / "pilot.csv").write_text("\n".join(["unit,treated,post,ticket_id,hours", *rows, *again]), "utf-8")
    with pytest.raises(InputError, match="is one a correction of the other"):
        read_pilot(tmp_path / "pilot.csv", "hours")


def test_people_who_answer_in_several_waves_or_questions_are_none(tmp_path: Path) -> None:
    once = [[*row[:2], f"P{k // 8 // len(MONTHS)}{k % 8}", *row[3:]] for k, row in enumerate(answers_of_people())]
    panel, report = read(tmp_path, PEOPLE, [*once, *once[:60]], scale="nps")
    assert panel.n[..., 0].sum() == len(once)
    assert report.most_refused()[0][1] == 60
    questions = [[*row[:3], name, row[at]] for row in answers_of_people() for name, at in (("eNPS", 3), ("NPS", 4))]
    head = (*PEOPLE[:3], "Question", "Answer")
    whole = read(tmp_path, head, questions, scale="nps")[0]
    assert whole.n[..., 1].sum() == len(once)
    assert same(read(tmp_path, head, [*questions, *questions[:81]], scale="nps")[0], whole)


def test_a_block_of_answers_without_ids_that_stands_twice_is_asked_about(tmp_path: Path) -> None:
    head, rows = PEOPLE[:2] + PEOPLE[3:], [row[:2] + row[3:] for row in answers_of_people()]
    assert read(tmp_path, head, rows, scale="nps")[0].n[..., 0].sum() == len(rows)
    for times in (40, len(rows)):
        with pytest.raises(InputError, match=f"lines {len(rows) + 2} … {len(rows) + times + 1} are lines 2 …"):
            read(tmp_path, head, [*rows, *rows[:times]], scale="nps")


def test_rows_that_two_files_of_scores_share_count_once(tmp_path: Path) -> None:
    rows = [[u, f"{y}-{m:02d}", *SCORES[u, (y, m)], 30, 90] for u in UNITS for y, m in MONTHS]
    head = ("unit", "period", "ex", "cx", "n_ex", "n_cx")
    whole, _ = read(tmp_path, head, rows, scale="percent")
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for file, part in zip(files, (rows[:20], rows[14:]), strict=True):
        file.write_text("\n".join(",".join(map(str, row)) for row in (head, *part)), "utf-8")
    panel, report = read_panel(files, LinkSpec(scale="percent"))
    assert same(panel, whole)
    assert np.array_equal(panel.n, whole.n)
    assert [(str(why), n) for why, n in report.most_refused()] == [
        ("the same row in another file or sheet, counted once", 6)
    ]
