# SPDX-License-Identifier: MIT
"""Tables in one sheet, or in several, each with a header of its own; and parts of a panel on another scale."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from openpyxl import Workbook

from tests.panel.test_cures import HEAD, MONTHS, NPS, UNITS, answers, rows, written
from txsim.errors import InputError
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec
from txsim.panel.reader.panel import Panel
from txsim.panel.reader.vocabulary import series_of
from txsim.pilot.pilot_file import read_pilot

WHEN = [f"2024-{t + 1:02d}" for t in range(MONTHS)]
POINTS = NPS.tolist()
LONG = [[row[0], row[1]] for row in rows()]


def read(path: Path, **spec: Any) -> Panel:
    return read_panel(path, read_spec(None, **{"scale": "nps", **spec}))[0]


def same(panel: Panel) -> None:
    assert sorted(panel.units) == sorted(UNITS)
    np.testing.assert_allclose(panel.y[[panel.units.index(name) for name in UNITS]], 50 + NPS / 2, atol=1e-9)


def long(o: int, order: list[int] | None = None) -> list[list[Any]]:
    return [[*LONG[k], POINTS[k // MONTHS][k % MONTHS][o]] for k in order or range(len(LONG))]


def wide(o: int) -> list[list[Any]]:
    return [[name, *(POINTS[i][t][o] for t in range(MONTHS))] for i, name in enumerate(UNITS)]


def beside(*tables: list[list[Any]], gap: int = 1) -> list[list[Any]]:
    return [[cell for row in line for cell in (*row, *[""] * gap)] for line in zip(*tables, strict=True)]


MIXED = [int(k) for k in np.random.default_rng(2).permutation(len(LONG))]
BLANK = [["", "", ""]]
TABLES: dict[str, list[list[Any]]] = {
    "beside": beside([["unit", "period", "eNPS"], *long(0)], [["unit", "period", "NPS"], *long(1, MIXED)]),
    "beside, close": beside([["unit", "month", "EX"], *long(0)], [["unit", "month", "CX"], *long(1)], gap=0),
    "beside, in capitals": beside([["unit", "period", "EX"], *long(0)], [["UNIT", "Period", "CX"], *long(1, MIXED)]),
    "beside, titled": beside([["EX", "", ""], ["Branch", "Month", "score"], *long(0)],
                             [["CX", "", ""], ["Branch", "Month", "score"], *long(1, MIXED)]),
    "wide beside": beside([["eNPS", *[""] * MONTHS], ["unit", *WHEN], *wide(0)],
                          [["NPS", *[""] * MONTHS], ["unit", *WHEN], *wide(1)[::-1]]),
    "below": [["unit", "period", "eNPS"], *long(0), *BLANK, ["unit", "period", "NPS"], *long(1, MIXED)],
    "below, in capitals": [["unit", "period", "eNPS"], *long(0), *BLANK, ["UNIT", "Period", "NPS"], *long(1, MIXED)],
    "below, titled": [["eNPS", "", ""], ["unit", "period", "score"], *long(0), *BLANK,
                      ["NPS", "", ""], ["unit", "period", "score"], *long(1)],
    "wide below, by whom": [["Employee NPS", *[""] * MONTHS], ["Branch", *WHEN], *wide(0), [""],
                            ["Customer NPS", *[""] * MONTHS], ["Branch", *WHEN], *wide(1)],
    "wide below": [["eNPS", *[""] * MONTHS], ["unit", *WHEN], *wide(0), ["NPS", *[""] * MONTHS], ["unit", *WHEN],
                   *wide(1)],
    "units above": [["", *(cell for name in UNITS for cell in (name, ""))], ["month", *["eNPS", "NPS"] * len(UNITS)],
                    *([WHEN[t], *NPS[:, t].ravel().tolist()] for t in range(MONTHS))],
    "units before": [["month", *(f"{name} {word}" for name in UNITS for word in ("eNPS", "NPS"))],
                     *([WHEN[t], *NPS[:, t].ravel().tolist()] for t in range(MONTHS))],
    "units behind": [["month", *(f"{word} {name}" for word in ("eNPS", "NPS") for name in UNITS)],
                     *([WHEN[t], *NPS[:, t].T.ravel().tolist()] for t in range(MONTHS))],
}  # fmt: skip


@pytest.mark.parametrize("kind", TABLES)
def test_tables_in_one_file_are_one_panel(tmp_path: Path, kind: str) -> None:
    same(read(written(tmp_path, TABLES[kind][0], TABLES[kind][1:])))


def tabs(path: Path, names: tuple[str, ...], body: Callable[[int], list[list[Any]]]) -> Path:
    """Write a workbook of as many sheets."""
    book = Workbook()
    book.remove(book.active)
    for o, name in enumerate(names):
        sheet = book.create_sheet(name)
        for row in body(o):
            sheet.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize(
    "names",
    [("Employee NPS", "Customer NPS"), ("Employees", "Customers"), ("Mitarbeiter", "Kunden"), ("EX", "Customers"),
     ("Сотрудники", "Клиенты"), ("Employee survey", "Customer survey"), ("NPS (employees)", "NPS (customers)"),
     ("Mitarbeiterbefragung", "Kundenbefragung"), ("NPS сотрудников", "NPS клиентов"), ("Salariés", "Clients")],
)  # fmt: skip
def test_a_sheet_is_known_by_the_words_by_which_a_header_is(tmp_path: Path, names: tuple[str, str]) -> None:
    same(read(tabs(tmp_path / "a.xlsx", names, lambda o: [["Branch", *WHEN], *wide(o)])))


@pytest.mark.parametrize("names", [("Tab 1", "Tab 2"), ("EX", "Tab 2"), ("Employee turnover", "Loyalty")])
def test_sheets_that_do_not_say_what_they_hold_are_asked_about(tmp_path: Path, names: tuple[str, str]) -> None:
    path = tabs(tmp_path / "a.xlsx", names, lambda o: [["Branch", *WHEN], *wide(o)])
    with pytest.raises(InputError, match="says what it holds") as raised:
        read(path)
    cure = yaml.safe_load(str(raised.value.problems[0].hint).split("`")[1])
    assert cure == {"columns": dict(zip(("ex", "cx"), names, strict=True))}
    same(read(path, **cure))


@pytest.mark.parametrize("names", [("crew_employees", "crew_customers"), ("eNPS", "NPS"), ("A", "B")])
@pytest.mark.parametrize("files", [True, False])
def test_numbers_of_promoters_and_detractors_in_two_tables(tmp_path: Path, names: tuple[str, str], files: bool) -> None:
    def body(o: int) -> list[list[Any]]:
        people = [(round(1000 + 10 * row[2]), 0, round(1000 - 10 * row[2]), 2000) for row in long(o)]
        return [["Store", "Month", "Promoters", "Passives", "Detractors", "Responses"],
                *([*row[:2], *of] for row, of in zip(long(o), people, strict=True))]  # fmt: skip

    path = tmp_path / "data"
    if files:
        path.mkdir()
        for o, name in enumerate(names):
            written(path, *(lambda head, *rest: (head, rest))(*body(o))).rename(path / f"{name}.csv")
    else:
        path = tabs(tmp_path / "data.xlsx", names, body)
    said = {"columns": dict(zip(("ex", "cx"), names, strict=True))}
    panels = [read(path, **said), *([] if names[0] == "A" else [read(path)])]
    for panel in panels:
        same(panel)
        assert (panel.n == 2000).all()


@pytest.mark.parametrize("people", [False, True])
def test_numbers_of_people_count_answers_where_the_scores_are_of_so_many(tmp_path: Path, people: bool) -> None:
    """Scores are whole multiples of 100 / n; a headcount is another number."""
    rng = np.random.default_rng(3)
    n = rng.integers(20, 60, (len(UNITS), MONTHS, 2))
    score = np.round(100 * rng.integers(-9, 9, n.shape) / n, 1)
    told = n + people * rng.integers(3, 11, n.shape)
    head = [
        "Region / Branch",
        *(f"{when} {name}" for when in WHEN for name in ("eNPS", "Employees", "NPS", "Кол-во клиентов")),
    ]
    body = [[name, *np.stack([score[i], told[i]], axis=-1).ravel().tolist()] for i, name in enumerate(UNITS)]
    panel, report = read_panel(written(tmp_path, head, body), read_spec(None, scale="nps"))
    where = [panel.units.index(name) for name in UNITS]
    if not people:
        np.testing.assert_array_equal(panel.n[where], n)
        return
    assert np.isnan(panel.n).all()
    hints = [str(warning).split("`")[3] for warning in report.warnings if "count answers, or people?" in str(warning)]
    assert hints == ["columns: {n_ex: Employees}", "columns: {n_cx: Кол-во клиентов}"]


@pytest.mark.parametrize("form", ["{:g} (n={})", "{:g}, N = {}", "{:g} [n: {}]"])
def test_a_score_and_its_number_of_answers_in_one_cell_are_both_read(tmp_path: Path, form: str) -> None:
    head = ["unit", *(f"{name} {when}" for when in WHEN for name in ("eNPS", "NPS"))]
    body = [[name, *(form.format(x, 100 + i) for x in NPS[i].ravel())] for i, name in enumerate(UNITS)]
    panel = read(written(tmp_path, head, body))
    same(panel)
    assert (panel.n[panel.units.index(UNITS[3])] == 103).all()


@pytest.mark.parametrize(
    ("header", "role"),
    [("Employee N", "n_ex"), ("Sum of Employee Responses", "n_ex"), ("Teilnehmer MA", "n_ex"), ("NPS n", "n_cx"),
     ("Kundenantworten", "n_cx"), ("NPS Mitarbeitende", "ex"), ("Customer value", None), ("Staff turnover", None)],
)  # fmt: skip
def test_whose_a_column_is_and_what(header: str, role: str | None) -> None:
    assert series_of(header) == role


#: Names above and below of each column of twelve quarters of three years.
GROUPED = {
    "quarters over years": [(f"Q{q + 1}", f"{2021 + y}", 4 * y + q) for q in range(4) for y in range(3)],
    "years over quarters": [(f"{2021 + y}", f"Q{q + 1}", 4 * y + q) for y in range(3) for q in range(4)],
    "in words over years": [(f"{q + 1}. Quartal", f"{2021 + y}", 4 * y + q) for q in range(4) for y in range(3)],
}


@pytest.mark.parametrize("merged", [False, True])
@pytest.mark.parametrize("kind", GROUPED)
def test_both_rows_of_a_header_say_which_period_a_column_is_of(tmp_path: Path, kind: str, merged: bool) -> None:
    columns = GROUPED[kind]
    above = [over if merged or columns[k - 1][0] != over else "" for k, (over, _, _) in enumerate(columns)]
    for o, name in enumerate(("eNPS", "NPS")):
        body = [[name, *(POINTS[i][t][o] for _, _, t in columns)] for i, name in enumerate(UNITS)]
        (tmp_path / name).mkdir()
        path = written(tmp_path / name, ["", *above], [["Branch", *(below for _, below, _ in columns)], *body])
        path.rename(tmp_path / f"{name}.csv")
    same(read_panel([tmp_path / "eNPS.csv", tmp_path / "NPS.csv"], read_spec(None, scale="nps"))[0])


@pytest.mark.parametrize("again", ["eNPS 2024-03", "2024-03 eNPS", "eNPS März 2024", "EX 2024-03"])
def test_a_period_that_two_columns_tell_is_read_where_they_agree_alone(tmp_path: Path, again: str) -> None:
    head = ["unit", *(f"{name} {when}" for name in ("eNPS", "NPS") for when in WHEN), again]
    body = [[name, *NPS[i].T.ravel().tolist(), NPS[i, 2, 0]] for i, name in enumerate(UNITS)]
    same(read(written(tmp_path, head, body)))
    body[4][-1] += 2.5
    with pytest.raises(InputError, match=r"csv:6\n.*differ: `eNPS 2024-03`, `" + again):
        read(written(tmp_path, head, body))


@pytest.mark.parametrize(
    ("columns", "head", "asked"),
    [
        ({"ex": "2023-Q1 eNPS actual", "cx": "2023-Q1 NPS actual"}, "2023-Q{} {} actual", "`2023-Q1 eNPS actual`"),
        ({"measure": "Measure", "value": "Q1", "ex": "eNPS", "cx": "NPS"}, "Q{}", "`Q1`"),
    ],
)
def test_one_period_of_several_is_neither_offered_nor_read_alone(
    tmp_path: Path, columns: dict[str, str], head: str, asked: str
) -> None:
    if "measure" in columns:
        names = ["unit", "Measure", *(head.format(q + 1) for q in range(4))]
        body = [[name, word, *NPS[i, :4, o]] for i, name in enumerate(UNITS) for o, word in enumerate(("eNPS", "NPS"))]
    else:
        names = ["unit", *(head.format(q + 1, word) for word in ("eNPS", "NPS") for q in range(4))]
        body = [[name, *NPS[i, :4].T.ravel()] for i, name in enumerate(UNITS)]
    path = written(tmp_path, names, body)
    with pytest.raises(InputError) as refused:
        read(path)
    assert all("columns: {" not in str(problem.hint) for problem in refused.value.problems)
    with pytest.raises(InputError, match=f"{asked} is one period of several"):
        read(path, columns=columns)


def test_of_two_columns_that_could_be_one_series_none_is_offered_for_it(tmp_path: Path) -> None:
    for names, offered in ((("NPS (internal)", "NPS (external)"), False), (("Staff's view", "NPS (external)"), True)):
        path = written(tmp_path, ["unit", "period", *names], [[*row[:2], *row[2:4]] for row in rows()])
        with pytest.raises(InputError) as refused:
            read(path)
        hints = [str(problem.hint) for problem in refused.value.problems]
        assert [each.endswith("as `columns: {cx: NPS (external)}`") for each in hints] == [offered] * len(hints)


@pytest.mark.parametrize(
    ("head", "words", "offered"),
    [
        ("Country", ("Berlin", "Paris"), False), ("Which", ("", "NPS of guests", "Mood"), True),
        ("Measure", ("NPS of guests", "Mood"), True),
    ],
)  # fmt: skip
def test_words_of_a_column_are_offered_as_measures_where_they_speak_of_one(
    tmp_path: Path, head: str, words: tuple[str, ...], offered: bool
) -> None:
    body = [[*row[:2], word, row[2 + ("NPS" in word)]] for row in rows() for word in words]
    with pytest.raises(InputError) as refused:
        read(written(tmp_path, ["unit", "period", head, "Figure"], body))
    cures = answers(str(refused.value.problems[0].hint))
    there = {"measure": head, "value": "Figure", "ex": "Mood", "cx": "NPS of guests"}
    assert cures == [{"columns": there}] * offered
    if head == "Measure":
        same(read(tmp_path / "data.csv", **cures[0]))


@pytest.mark.parametrize("before", [["unit"], ["unit", "Note", "Note"]])
def test_a_first_row_of_marks_is_no_second_row_of_names(tmp_path: Path, before: list[str]) -> None:
    words = ["old", "new"][: len(before) - 1]
    body = [[row[0], *words, row[1], *(row[2:4] if k else ["*", "*"]), "", ""] for k, row in enumerate(rows())]
    head = [*before, "period", "eNPS", "NPS", "", ""]
    (tmp_path / "data.csv").write_text("\n".join(";".join(map(str, row)) for row in [head, *body]))
    np.testing.assert_array_equal(np.isnan(read(tmp_path / "data.csv").y).sum(axis=(0, 1)), [1, 1])


def test_a_measure_between_a_quarter_and_its_year(tmp_path: Path) -> None:
    head = [f"Q{t % 4 + 1} {name} {2021 + t // 4}" for name in ("eNPS", "NPS") for t in range(MONTHS)]
    same(read(written(tmp_path, ["unit", *head], [[name, *NPS[i].T.ravel()] for i, name in enumerate(UNITS)])))


@pytest.mark.parametrize("other", ["Summary", "Annual summary", "Targets", "Ziele", "Sheet9", "Small"])
def test_a_sheet_without_a_period_beside_those_that_are_called_by_theirs(tmp_path: Path, other: str) -> None:
    book = Workbook()
    book.active.title = other
    tables = {other: NPS.mean(axis=1), **{when: NPS[:, t] for t, when in enumerate(WHEN)}}
    for name, points in tables.items():
        sheet = book[name] if name == other else book.create_sheet(name)
        for row in (["Branch", "eNPS", "NPS"], *([unit, *points[i].tolist()] for i, unit in enumerate(UNITS))):
            sheet.append(row)
    path = tmp_path / "data.xlsx"
    book.save(path)
    if other in ("Sheet9", "Small"):
        with pytest.raises(InputError, match=f"but not `{other}`"):
            read(path)
        same(read(path, only={"sheet": WHEN}))
        return
    same(read(path))


def test_a_sheet_without_periods_beside_one_that_has_a_column_of_them(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "2024"
    other = book.create_sheet("Sheet9")
    for sheet, body in ((book.active, [["unit", "month", "eNPS", "NPS"], *(row[:4] for row in rows())]),
                        (other, [["unit", "eNPS", "NPS"], *([name, 40, 50] for name in UNITS)])):  # fmt: skip
        for row in body:
            sheet.append(row)
    path = tmp_path / "data.xlsx"
    book.save(path)
    for spec in ({}, {"only": {"sheet": ["2024"]}}, {"sheet": "2024"}):
        same(read(path, **spec))


@pytest.mark.parametrize(("form", "hint"), [("csv", "give all of them the same columns"), ("xlsx", "`sheet: Late`")])
def test_of_tables_that_differ_only_a_sheet_is_offered_that_is_there(tmp_path: Path, form: str, hint: str) -> None:
    early = [["unit", "month", "eNPS"], *(row[:3] for row in rows() if row[1] < "2024-07")]
    late = [["unit", "month", "eNPS", "NPS"], *(row[:4] for row in rows() if row[1] > "2024-06")]
    if form == "csv":
        path = written(tmp_path, early[0], [*early[1:], *BLANK, *late])
    else:
        book = Workbook()
        for name, body in (("Early", [*early, *BLANK, *late]), ("Late", late)):
            sheet = book.create_sheet(name)
            for row in body:
                sheet.append(row)
        path = tmp_path / "data.xlsx"
        book.save(path)
    with pytest.raises(InputError, match="several tables could be meant") as refused:
        read(path)
    assert hint in str(refused.value.problems[0].hint)
    assert ("`sheet:" in str(refused.value.problems[0].hint)) == (form == "xlsx")


def test_a_table_that_is_none_of_a_text_file_is_no_sheet(tmp_path: Path) -> None:
    path = written(tmp_path, ["unit", "unit", "period", "eNPS", "NPS"], [[f"No. {row[0]}", *row[:4]] for row in rows()])
    notes = [str(note) for note in read_panel(path, read_spec(None, scale="nps"))[1].notes]
    assert "tables not read: 1" in notes


def test_a_pilot_of_two_tables_beside_each_other(tmp_path: Path) -> None:
    """Marks of who took part stand in the first of them alone."""
    body = beside([HEAD[:3] + HEAD[4:], *(row[:3] + row[4:] for row in rows())],
                  [["unit", "period", "cx", "", ""], *([*row, "", ""] for row in long(1))])  # fmt: skip
    pilot = read_pilot(written(tmp_path, body[0], body[1:]), "cx", spec=read_spec(None, scale="nps"))
    np.testing.assert_allclose(pilot.value, NPS[..., 1])
    assert pilot.treated.tolist() == [True] * 5 + [False] * 5


@pytest.mark.parametrize("by", ["unit", "period"])
def test_files_are_named_as_sheets_are(tmp_path: Path, by: str) -> None:
    at = 0 if by == "unit" else 1
    for name in UNITS if by == "unit" else WHEN:
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            head = [["month" if by == "unit" else "unit", "eNPS", "NPS"]]
            csv.writer(file).writerows(head + [[row[1 - at], *row[2:4]] for row in rows() if row[at] == name])
    same(read(tmp_path))


def test_sheets_that_do_not_say_their_year_are_not_read_as_the_first(tmp_path: Path) -> None:
    book = Workbook()
    book.remove(book.active)
    for t, name in enumerate(("January", "February", "March")):
        sheet = book.create_sheet(name)
        for row in [["unit", "eNPS", "NPS"], *([unit, *POINTS[i][t]] for i, unit in enumerate(UNITS))]:
            sheet.append(row)
    book.save(tmp_path / "data.xlsx")
    with pytest.raises(InputError, match="none of these sheets says which period") as refused:
        read(tmp_path / "data.xlsx")
    assert "`sheet: January`" in str(refused.value.problems[0].hint)
    assert read(tmp_path / "data.xlsx", sheet="January").y.shape == (10, 1, 2)


def lost(i: int, t: int, v: float) -> float:
    return abs(v - 10)


def index_of_some(i: int, t: int, v: float) -> float:
    return round((v + 100) / 2, 2) if i >= 5 else v


ODD: dict[str, tuple[Callable[[int, int, float], float], str]] = {
    "signs": (lost, "have minus signs been lost"),
    "halves": (index_of_some, "does on another scale only: an index of 0 … 100"),
}


@pytest.mark.parametrize("kind", ODD)
def test_numbers_that_say_less_than_they_meant_are_asked_about(tmp_path: Path, kind: str) -> None:
    change, message = ODD[kind]
    path = written(tmp_path, HEAD[:4], [row[:4] for row in rows(change=change)])
    with pytest.raises(InputError, match=message):
        read(path)
    assert read(path, values="scores").y.shape == NPS.shape


@pytest.mark.parametrize("word", ["group", "Region"])
def test_groups_that_tell_towns_of_one_name_apart_are_asked_about(tmp_path: Path, word: str) -> None:
    body = [[("Ulm" if row[0] == "Jena" else row[0]), row[1], ["North", "South"][k // MONTHS % 2], *row[2:4]]
            for k, row in enumerate(rows())]  # fmt: skip
    path = written(tmp_path, ["unit", "period", word, "ex", "cx"], body)
    with pytest.raises(InputError, match="several units of one name") as refused:
        read(path)
    apart, one = answers(str(refused.value.problems[0].hint))
    assert len(read(path, **apart).units) == 10
    assert one == ({"columns": {"group": word}} if word == "group" else {"ignore": [word]})


@pytest.mark.parametrize("name", ["Others", "Другие", "Andere", "Other teams"])
def test_what_is_left_over_is_told(tmp_path: Path, name: str) -> None:
    extra = [[name, when, *row[2:4]] for when, row in zip(WHEN, rows()[::-1], strict=False)]
    path = written(tmp_path, HEAD[:4], [row[:4] for row in rows()] + extra)
    _, report = read_panel(path, read_spec(None, scale="nps"))
    assert any(f"drop_units: [{name}]" in str(warning) for warning in report.warnings)


def test_units_of_two_files_that_are_spelled_apart_get_a_cure_that_reads_them(tmp_path: Path) -> None:
    for o, name in enumerate(("ex", "cx")):
        body = [[unit.replace("Nord-Ost", "Nord Ost") if o else unit, *rest] for unit, *rest in long(o)]
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["unit", "period", "score"], *body])
    with pytest.raises(InputError, match="stand on it alone") as refused:
        read(tmp_path)
    merge, left = answers(str(refused.value.problems[0].hint))
    same(read(tmp_path, **merge))
    with pytest.raises(InputError, match="stand on it alone: `Nord Ost`") as refused:  # `Nordost` is in neither file
        read(tmp_path, merge={"Nordost": ["Nord-Ost"], "Ulm": ["Neu-Ulm"]})
    again = answers(str(refused.value.problems[0].hint))[0]
    assert again == {"merge": {"Nordost": ["Nord-Ost", "Nord Ost"], "Ulm": ["Neu-Ulm"]}}
    assert len(read(tmp_path, **again).units) == 10
    with pytest.raises(InputError, match="stand on it alone") as refused:
        read(tmp_path, **left)
    assert len(read(tmp_path, **answers(str(refused.value.problems[0].hint))[-1]).units) == 9


def test_two_files_are_put_together_by_months_in_the_order_in_which_each_has_its_dates(tmp_path: Path) -> None:
    for o, (name, form) in enumerate((("ex", "{0}/1/2024"), ("cx", "1.{0}.2024"))):
        body = [[unit, form.format(int(when[-2:])), value] for unit, when, value in long(o)]
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["unit", "period", "score"], *body])
    same(read(tmp_path))


#: Answers of one unit and month, of staff and of customers, in the order in which they came.
SAID = {("Kiel", 1): ([9, 3, 10], [8, 10]), ("Kiel", 2): ([6, 7], [2, 9, 9, 9]),
        ("Bonn", 1): ([10, 9, 0, 5], [10, 7, 6]), ("Bonn", 2): ([8, 8, 9], [9, 4])}  # fmt: skip


def exports(
    folder: Path, heads: tuple[list[str], list[str]], dates: tuple[str, str], names: tuple[str, str]
) -> list[Path]:
    paths = []
    for o, (head, date, name) in enumerate(zip(heads, dates, names, strict=True)):
        lines = [",".join(head)]
        for (unit, month), said in SAID.items():
            lines += [",".join((f"R{len(lines) + k}", unit, date.format(d=13 + k, m=month), str(worth)))
                      for k, worth in enumerate(said[o])]  # fmt: skip
        paths.append(folder / name)
        paths[-1].write_text("\n".join(lines), "utf-8")
    return paths


NET = {key: [100 * np.mean([(v >= 9) - float(v <= 6) for v in said]) for said in both] for key, both in SAID.items()}
ASKED = (["Response ID", "Site", "Date", "How likely are you to work here for long?"],
         ["Response ID", "Site", "Date", "How likely are you to buy here once more?"])  # fmt: skip
ISO = "2024-{m:02d}-{d:02d}"


@pytest.mark.parametrize(
    ("heads", "dates", "names"),
    [
        ((["Id", "Site", "Date", "eNPS"], ["Id", "Site", "Date", "NPS"]), (ISO, ISO), ("a.csv", "b.csv")),
        ((["Id", "Site", "Date", "Score"],) * 2, (ISO, "{d}.{m}.2024 17:05"), ("eNPS.csv", "NPS.csv")),
        ((["Id", "Site", "Date", "eNPS"], ["No", "Branch", "Rated at", "NPS"]),
         ("{m}/{d}/2024", "{d}/{m}/2024"), ("a.csv", "b.csv")),
        (ASKED, (ISO, ISO), ("Employee survey.csv", "Customer survey.csv")),
    ],
)  # fmt: skip
def test_answers_of_staff_and_customers_in_two_files_are_read(
    tmp_path: Path, heads: Any, dates: tuple[str, str], names: tuple[str, str]
) -> None:
    paths, spec = exports(tmp_path, heads, dates, names), {}
    if heads is ASKED:
        with pytest.raises(InputError) as error:
            read_panel(paths, read_spec(None, scale="nps"))
        spec = {"columns": {"ex": heads[0][3], "cx": heads[1][3]}}
        assert f'columns: {{ex: "{heads[0][3]}", cx: "{heads[1][3]}"}}'.replace('"', "") in str(error.value).replace(
            '"', ""
        )
    panel = read_panel(paths, read_spec(None, scale="nps", **spec))[0]
    for (unit, month), said in SAID.items():
        i = panel.units.index(unit)
        np.testing.assert_allclose(panel.y[i, month - 1], 50 + np.array(NET[unit, month]) / 2)
        np.testing.assert_array_equal(panel.n[i, month - 1], [len(one) for one in said])


def test_scores_of_parts_in_two_files_are_no_answers(tmp_path: Path) -> None:
    """Two departments and two channels of each unit: which belongs to which nobody says."""
    paths = [tmp_path / "ex.csv", tmp_path / "cx.csv"]
    for path, name, part in zip(paths, ("eNPS", "NPS"), ("Department", "Channel"), strict=True):
        lines = [f"{unit},2024-{m + 1:02d},{word},{10 * m + 3 * len(unit) + k},30" for unit in ("Kiel", "Bonne", "Ulm")
                 for m in range(9) for k, word in enumerate("ab")]  # fmt: skip
        path.write_text("\n".join([f"Site,Month,{part},{name},n", *lines]), "utf-8")
    with pytest.raises(InputError, match="has several rows in 2024-01"):
        read_panel(paths, read_spec(None, scale="nps"))


@pytest.mark.parametrize(("share", "cure"), [(1, "semicolons"), (7, "semicolons"), (0, "quotation marks")])
def test_rows_made_too_wide_by_commas_are_refused(tmp_path: Path, share: int, cure: str) -> None:
    """Whole numbers stay and others go: what is lost depends on the number, at any share. A note may go."""
    path = tmp_path / "data.csv"
    told = [f"{row[0]},{row[1]},{row[2] * 0.7:.1f},{row[3] * 0.7:.1f}" for row in rows()]
    wide = [row.replace(".", ",") if share else f"{row}, slow, but kind" for row in told]
    lines = [wide[k] if k % (share or 9) == 0 else row for k, row in enumerate(told)]
    path.write_text("\n".join(["unit,period,ex,cx", *lines]), "utf-8")
    with pytest.raises(InputError, match=cure):
        read(path)
    path.write_text("\n".join(["unit,period,ex,cx", *told, "Source: HR, CX, IT, others, and more"]), "utf-8")
    assert sorted(read(path).units) == sorted(UNITS)


@pytest.mark.parametrize("name", ["Attrition %", "Kündigungsquote", "Taux d'attrition"])
def test_a_rate_of_leaving_of_customers_or_staff_is_asked_about(tmp_path: Path, name: str) -> None:
    path = tmp_path / "data.csv"
    lines = [f"{','.join(map(str, row))},{1 + k % 5 / 10}" for k, row in enumerate(rows())]
    path.write_text("\n".join([f"{','.join(HEAD)},{name}", *lines]), "utf-8")
    with pytest.raises(InputError, match="customers who leave, or of staff"):
        read(path)
    assert "churn" in read(path, columns={"churn": name}).outcomes
    assert not read(path, ignore=[name]).outcomes


def test_churn_beside_ex_alone_is_asked_about(tmp_path: Path) -> None:
    paths = [tmp_path / "ex.csv", tmp_path / "cx.csv"]
    for beside_ex in (True, False):
        for o, path in enumerate(paths):
            more = beside_ex == (o == 0)
            lines = [",".join(map(str, row)) + ",1.5" * more for row in long(o)]
            path.write_text("\n".join([f"unit,period,{('eNPS', 'NPS')[o]}" + ",churn" * more, *lines]), "utf-8")
        if beside_ex:
            with pytest.raises(InputError, match="customers who leave, or of staff"):
                read_panel(paths, read_spec(None, scale="nps"))
        else:
            assert "churn" in read_panel(paths, read_spec(None, scale="nps"))[0].outcomes


def test_quarters_among_months_across_two_sheets_are_left_out_as_below_each_other(tmp_path: Path) -> None:
    book = Workbook()
    book.remove(book.active)
    last = [t for t in range(MONTHS) if t % 3 == 2]  # of a quarter
    for o, name in enumerate(("eNPS", "NPS")):
        sheet = book.create_sheet(name)
        names = [w for t in range(MONTHS) for w in (WHEN[t], *([f"Q{t // 3 + 1} 2024"] if t in last else []))]
        sheet.append(["Branch", *names])
        for i, unit in enumerate(UNITS):
            sheet.append([unit, *(f for t in range(MONTHS)
                                  for f in (NPS[i, t, o], *([NPS[i, t, o] / 2] if t in last else [])))])  # fmt: skip
    book.save(tmp_path / "data.xlsx")
    same(read(tmp_path / "data.xlsx"))


@pytest.mark.parametrize("year", ["FY{}", "{}"])
def test_years_that_tell_counted_periods_apart_are_no_words_to_choose_from(tmp_path: Path, year: str) -> None:
    body = [[row[0], year.format(2020 + t // 6), t % 6 + 1, *row[2:4]] for k, row in enumerate(rows())
            for t in [k % MONTHS]]  # fmt: skip
    with pytest.raises(InputError) as refused:
        read(written(tmp_path, ["unit", "FY", "Period", "eNPS", "NPS"], body))
    assert "`FY` says the year that each row is of" in str(refused.value.problems[0].hint)
    assert not answers(str(refused.value.problems[0].hint))
