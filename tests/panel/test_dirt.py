# SPDX-License-Identifier: MIT
"""Files as survey offices and firms write them: read right, or refused with the place; never silently misread."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from txsim.cli.main import cli
from txsim.errors import InputError
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.data_report import DataReport
from txsim.panel.reader.link_spec import read_spec
from txsim.panel.reader.panel import Panel
from txsim.panel.reader.periods import read_period
from txsim.pilot.did import difference
from txsim.pilot.pilot_file import read_pilot

UNITS = [f"Trust {name}" for name in "ABCDEFGH"]
YEARS = ["2019", "2020", "2021", "2022"]
HEAD = "unit,period,ex,cx,n_ex,n_cx"


def rows(periods: list[str], *, head: str = HEAD) -> list[str]:
    """Return lines of a clean panel: EX of unit i in period k is 55 + i + k/2, CX 65 − i + k/4."""
    return [head] + [
        f"{unit},{period},{55 + i + 0.5 * k},{65 - i + 0.25 * k},{100 + 10 * i + k},{200 + i}"
        for i, unit in enumerate(UNITS)
        for k, period in enumerate(periods)
    ]


def read(folder: Path, lines: list[str] | bytes, **spec: Any) -> tuple[Panel, DataReport]:
    path = folder / "dirty.csv"
    path.write_bytes(lines if isinstance(lines, bytes) else ("\n".join(lines) + "\n").encode())
    return read_panel(path, read_spec(None, **{"scale": "index", **spec}))


def expected(panel: Panel, *, periods: int = 4) -> None:
    assert panel.units == tuple(UNITS)
    i, k = np.arange(8)[:, None], np.arange(periods)
    np.testing.assert_allclose(panel.y[..., 0], 55 + i + 0.5 * k)
    np.testing.assert_allclose(panel.y[..., 1], 65 - i + 0.25 * k)


@pytest.mark.parametrize(
    ("periods", "months"),
    [
        (["2019/20", "2020/21", "2021/22", "2022/23"], 12),
        (["2009-10", "2010-11", "2011-12", "2012-13"], 12),
        (["2019–20", "2020–21", "2021–22", "2022–23"], 12),
        (["2019-2020", "2020-2021", "2021-2022", "2022-2023"], 12),
        (["FY2019", "FY 2020", "FY21", "FY'22"], 12),
        (["FY2019-20", "FY2020-21", "FY2021-22", "FY2022-23"], 12),
        (["AY 2019-20", "AY 2020-21", "AY 2021-22", "AY 2022-23"], 12),
        (["Wave 1 (2019)", "Wave 2 (2020)", "Wave 3 (2021)", "Wave 4 (2022)"], 12),
        (["Q1 2019", "Q2 2019", "Q3 2019", "Q4 2019"], 3),
        (["1Q19", "2Q19", "3Q19", "4Q19"], 3),
        (["Q1 2019/20", "Q2 2019/20", "Q3 2019/20", "Q4 2019/20"], 3),
        (["Q1 FY20", "Q2 FY20", "Q3 FY20", "Q4 FY20"], 3),
        (["H1 2019", "H2 2019", "H1 2020", "H2 2020"], 6),
        (["Jan-19", "Feb-19", "Mar-19", "Apr-19"], 1),
        (["janv. 2019", "févr. 2019", "mars 2019", "avr. 2019"], 1),
        (["2010-10", "2010-11", "2010-12", "2011-01"], 1),
        (["43466", "43497", "43525", "43556"], 1),
        (["01/02/2019", "01/03/2019", "01/04/2019", "01/05/2019"], 1),
        (["2019-01-01T00:00:00Z", "2019-02-01T00:00:00Z", "2019-03-01T00:00:00Z", "2019-04-01T00:00:00Z"], 1),
    ],
    ids=lambda value: str(value[0]) if isinstance(value, list) else "",
)
def test_periods_of_all_kinds(tmp_path: Path, periods: list[str], months: int) -> None:
    panel, _ = read(tmp_path, rows(periods))
    assert panel.step == months
    expected(panel)


@pytest.mark.parametrize("period", ["2019-W05", "2019.5", "19-Jan", "spring", "32/13/2019", "2019/22"])
def test_periods_that_could_be_anything_are_refused(tmp_path: Path, period: str) -> None:
    lines = rows(YEARS)
    lines[3] = lines[3].replace("2021", period)
    panel, report = read(tmp_path, lines)
    assert np.isnan(panel.y[0, 2]).all()
    assert [(touched.line, touched.value) for touched in report.refused] == [(4, period)]


def test_months_are_not_taken_for_fiscal_years() -> None:
    assert read_period("2010-11").month == 2010 * 12 + 10  # type: ignore[union-attr]
    assert read_period("2010-11", fiscal=True).kind == "year"  # type: ignore[union-attr]


TITLED = ["Staff survey 2019 to 2022,,,,,", "All rights reserved", "", *rows(YEARS), "", "* fewer than 10 answers"]


@pytest.mark.parametrize(
    "lines",
    [
        TITLED,
        [*rows(YEARS)[:10], HEAD, *rows(YEARS)[10:]],
        ["\ufeff" + HEAD, *rows(YEARS)[1:]],
        [line + ",," for line in rows(YEARS)],
        [("," if i == 0 else f"{i},") + line for i, line in enumerate(rows(YEARS))],
        ["Unit , Period,EX (%),cx,N EX,n-cx", *rows(YEARS)[1:]],
        ["Organisation,Year,eNPS,NPS,n_ex,n_cx", *rows(YEARS)[1:]],
        [*rows(YEARS), "Total,2019,58,61,1080,1628", "All trusts,2020,58,61,1080,1628"],
        [*rows(YEARS), *(f"England,{year},58,61,{1080 + 8 * k},1628" for k, year in enumerate(YEARS))],
    ],
    ids=["titles and notes", "header twice", "mark", "empty columns", "numbered rows", "spelling", "names", "totals",
         "a sum by its counts"],
)  # fmt: skip
def test_what_stands_around_the_table_is_left_out(tmp_path: Path, lines: list[str]) -> None:
    panel, _ = read(tmp_path, lines)
    expected(panel)


@pytest.mark.parametrize("code", ["cp1252", "utf-16"])
def test_encodings(tmp_path: Path, code: str) -> None:
    text = "\r\n".join(rows(YEARS)).replace("Trust A", "Zürich – Café")
    panel, _ = read(tmp_path, text.encode(code))
    assert "Zürich – Café" in panel.units


def test_lines_of_old_machines_and_decimal_commas(tmp_path: Path) -> None:
    text = "\r".join(line.replace(",", ";").replace(".", ",") for line in rows(YEARS))
    panel, _ = read(tmp_path, text.encode())
    expected(panel)


def test_suppressed_and_marked_cells(tmp_path: Path) -> None:
    lines = rows(YEARS)
    lines[1] = "Trust A,2019,*,[c],<10,"
    lines[2] = "Trust A,2020,56.5*,64.25 (r),~110,200"
    lines[3] = "Trust A,2021,>95%,suppressed,≤20,200"
    lines[4] = 'Trust A,2022,"56,5 %",65.75%,"1,110",200'
    panel, report = read(tmp_path, lines)
    np.testing.assert_allclose(panel.y[0, :, 0], [np.nan, 56.5, np.nan, 56.5])
    np.testing.assert_allclose(panel.y[0, :, 1], [np.nan, 64.25, np.nan, 65.75])
    np.testing.assert_allclose(panel.n[0, :, 0], [np.nan, 110, np.nan, 1110])
    assert not report.refused
    assert {(t.line, t.column) for t in report.repaired} >= {(3, "ex"), (3, "cx"), (3, "n_ex"), (4, "ex"), (5, "n_ex")}


def test_thousands_with_points_in_counts(tmp_path: Path) -> None:
    lines = [HEAD] + [",".join([*line.split(",")[:4], "1.250", "2.100"]) for line in rows(YEARS)[1:]]
    panel, _ = read(tmp_path, lines)
    assert np.all(panel.n[..., 0] == 1250)


def test_fractions_for_percentages(tmp_path: Path) -> None:
    plain = [line.split(",") for line in rows(YEARS)[1:]]
    small = [HEAD] + [f"{u},{p},{float(e) / 100},{float(c) / 100},{a},{b}" for u, p, e, c, a, b in plain]
    panel, report = read(tmp_path, small)
    expected(panel)
    assert any("taken for fractions" in str(warning) for warning in report.warnings)
    one = rows(YEARS)
    one[2] = "Trust A,2020,0.555,65.25,101,200"
    panel, report = read(tmp_path, one)
    assert np.isnan(panel.y[0, 1, 0])
    assert [(t.line, t.value) for t in report.refused] == [(3, "0.555")]


def test_shifted_rows_are_refused(tmp_path: Path) -> None:
    lines = rows(YEARS)
    lines[2] = "Trust A,2020,1,100,65.25,101,200"  # a thousand without quotation marks moves all that follows
    panel, report = read(tmp_path, lines)
    assert np.isnan(panel.y[0, 1]).all()
    assert report.refused[0].line == 3
    assert "more cells" in str(report.refused[0].reason)
    lines[2] = '"Trust A,2020,55.5,65.25,101,200'
    with pytest.raises(InputError, match="never closed") as caught:
        read(tmp_path, lines)
    assert caught.value.problems[0].line == 3


def test_a_mark_too_many_behind_each_unit_swallows_no_rows(tmp_path: Path) -> None:
    """Programs write a formula around a text to keep it a text; with one mark more two rows stand in one."""
    lines = rows(YEARS)
    kept = [lines[0], *('"=""' + line.replace(",", '""",', 1) for line in lines[1:])]
    panel, _report = read(tmp_path, kept)
    assert len(panel.units) == len(UNITS)
    assert np.isfinite(panel.y).all()
    with pytest.raises(InputError, match="never closed") as caught:
        read(tmp_path, [line.replace('""",', '"""",') for line in kept])
    assert caught.value.problems[0].line == 2


def test_tables_with_a_column_for_each_period(tmp_path: Path) -> None:
    def line(i: int) -> list[str]:
        return [*(f"{55 + i + 0.5 * k}" for k in range(4)), *(f"{65 - i + 0.25 * k}" for k in range(4))]

    heads = [
        [f"ex_{y}" for y in YEARS] + [f"cx_{y}" for y in YEARS],
        [f"{y} EX" for y in YEARS] + [f"{y} CX" for y in YEARS],
        [f"eNPS 2019/{20 + k}" if k == 0 else f"eNPS {2019 + k}/{20 + k}" for k in range(4)]
        + [f"NPS {2019 + k}/{20 + k}" for k in range(4)],
    ]
    for head in heads:
        panel, report = read(
            tmp_path, [",".join(["unit", *head]), *(",".join([u, *line(i)]) for i, u in enumerate(UNITS))]
        )
        expected(panel)
        assert any("turned into rows" in str(note) for note in report.notes)
    by_measure = [",".join(["unit", "measure", *YEARS])]
    long = ["unit,period,measure,value"]
    for i, unit in enumerate(UNITS):
        for name, part in (("ex", line(i)[:4]), ("cx", line(i)[4:]), ("weather", ["1"] * 4)):
            by_measure.append(",".join([unit, name, *part]))
            long += [f"{unit},{year},{name},{cell}" for year, cell in zip(YEARS, part, strict=True)]
    for lines in (by_measure, long):
        panel, report = read(tmp_path, lines)
        expected(panel)
        assert any("no measure" in str(touched.reason) for touched in report.refused)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 31), st.integers(0, 5), st.text(max_size=8)), min_size=1, max_size=4))
def test_any_dirt_is_told(tmp_path: Path, dirt: list[tuple[int, int, str]]) -> None:
    """Whatever stands in some cells: a clean refusal, or every untouched cell comes back as it was."""
    cells = [line.split(",") for line in rows(YEARS)]
    for row, column, text in dirt:
        cells[row + 1][column] = '"' + text.replace('"', "").replace("\x00", "").replace("\r", "") + '"'
    try:
        panel, _ = read(tmp_path, "\n".join(",".join(line) for line in cells).encode("utf-8", "replace"))
    except InputError:
        return
    touched = {row for row, _, _ in dirt}
    for i, unit in enumerate(UNITS):
        for k in range(4):
            if 4 * i + k in touched or unit not in panel.units or panel.step != 12:
                continue
            at = round((2019 + k) * 12 - panel.start) // 12
            value = panel.y[panel.units.index(unit), at]
            assert np.all(np.isnan(value) | np.isclose(value, [55 + i + 0.5 * k, 65 - i + 0.25 * k]))


def test_refusals_of_the_command_have_code_2(tmp_path: Path) -> None:
    for name, text in (("a.csv", "<html></html>"), ("b.csv", HEAD), ("c.csv", ""), ("d.xlsx", "no workbook")):
        path = tmp_path / name
        path.write_text(text)
        found = CliRunner().invoke(cli, ["link", str(path), "--quiet"])
        assert isinstance(found.exception, InputError | SystemExit), name
        assert found.exit_code != 0


# --- pilots

COUNT = 120
RNG = np.random.default_rng(7)
LEVEL = RNG.normal(50, 8, COUNT)
INSIDE = RNG.permutation(COUNT) < COUNT // 2
NOISE = RNG.normal(0, 2, (COUNT, 2))


def value(i: int, post: int) -> str:
    return f"{LEVEL[i] + 3 * (INSIDE[i] and post) + NOISE[i, post]:.3f}"


def pilot(folder: Path, head: str, body: list[list[Any]], **how: Any) -> Any:
    path = folder / "pilot.csv"
    path.write_text("\n".join([head, *(",".join(map(str, row)) for row in body)]) + "\n")
    return read_pilot(path, **how)


@pytest.fixture
def plain(tmp_path: Path) -> Any:
    body = [[f"u{i}", 2020 + p, int(INSIDE[i]), p, value(i, p)] for i in range(COUNT) for p in (0, 1)]
    return difference(pilot(tmp_path, "unit,period,treated,post,y", body))


def test_one_experiment_in_all_its_forms(tmp_path: Path, plain: Any) -> None:
    assert plain.figures().p05 < 3 < plain.figures().p95
    arms = np.where(INSIDE, "treatment", "control")
    forms = [
        ("unit,treated,before,after", [[f"u{i}", int(INSIDE[i]), value(i, 0), value(i, 1)] for i in range(COUNT)]),
        (
            "id,arm,age,y_pre,y_post",
            [[i, arms[i], i % 9, value(i, 0), value(i, 1)] for i in range(COUNT)],
        ),
        (
            "site,time,treatment,phase,age,outcome",
            [
                [f"u{i}", p, arms[i], ("baseline", "endline")[p], i % 9, value(i, p)]
                for i in range(COUNT)
                for p in (0, 1)
            ],
        ),
        (
            "person,cluster,treated,post,y",  # drawn within clusters
            [[i, f"c{i % 10}", int(INSIDE[i]), p, value(i, p)] for i in range(COUNT) for p in (0, 1)],
        ),
    ]
    for head, body in forms:
        found = difference(pilot(tmp_path, head, body))
        assert found.effect == pytest.approx(plain.effect, abs=1e-6), head
        assert found.treated == COUNT // 2


def test_clusters_that_were_drawn_are_the_units(tmp_path: Path) -> None:
    body = [[i, f"c{i % 12}", int(i % 12 < 6), p, value(i, p)] for i in range(COUNT) for p in (0, 1)]
    found = difference(pilot(tmp_path, "person,cluster,treated,post,y", body, randomised=True))
    assert (found.treated, found.control) == (6, 6)
    people = [[f"c{i % 12}", p, int(i % 12 < 6), p, value(i, p)] for i in range(COUNT) for p in (0, 1)]
    read_again = pilot(tmp_path, "unit,period,treated,post,y", people)
    assert difference(read_again).effect == pytest.approx(found.effect, abs=1e-6)
    assert any("single answers" in str(warning) for warning in read_again.warnings)


def test_afterwards_alone_only_where_drawn_at_random(tmp_path: Path) -> None:
    body = [[f"u{i}", int(INSIDE[i]), value(i, 1)] for i in range(COUNT)]
    found = difference(pilot(tmp_path, "unit,treated,y", body, randomised=True))
    assert found.figures().p05 < 3 < found.figures().p95
    with pytest.raises(InputError, match="no column `post`"):
        pilot(tmp_path, "unit,treated,y", body)


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        (2, "", "expected 0 or 1"),
        (3, "2", "expected 0 or 1"),
        (4, "about 5", "text"),
        (1, "soon", "no date"),
        (0, "", "no name"),
    ],
)
def test_wrong_cells_of_a_pilot_have_their_line(tmp_path: Path, column: int, cell: str, message: str) -> None:
    body: list[list[Any]] = [[f"u{i}", 2020 + p, int(INSIDE[i]), p, value(i, p)] for i in range(COUNT) for p in (0, 1)]
    body[4][column] = cell
    with pytest.raises(InputError, match=message) as caught:
        pilot(tmp_path, "unit,period,treated,post,y", body)
    assert caught.value.problems[0].line == 6


def test_a_measure_is_not_guessed_among_several(tmp_path: Path) -> None:
    body = [[f"u{i}", int(INSIDE[i]), p, 30 + i % 9, value(i, p)] for i in range(COUNT) for p in (0, 1)]
    with pytest.raises(InputError, match="several columns could be the measure: age, sales"):
        pilot(tmp_path, "unit,treated,post,age,sales", body)
    assert pilot(tmp_path, "unit,treated,post,age,sales", body, measure="sales").measure == "sales"


def test_codes_are_codes_only_where_they_cannot_be_values(tmp_path: Path) -> None:
    body = [[f"u{i}", int(i < 10), p, 97 + (i + p) % 4] for i in range(30) for p in (0, 1)]  # 99 is one of them
    assert not pilot(tmp_path, "unit,treated,post,y", body).warnings
    body[3][3] = -99
    told = [str(warning) for warning in pilot(tmp_path, "unit,treated,post,y", body).warnings]
    assert "1 value is missing and was left out: 1 × -99" in told


def test_units_that_never_move_say_nothing(tmp_path: Path) -> None:
    body = [[f"u{i}", int(i < 10), p, 5] for i in range(30) for p in (0, 1)]
    with pytest.raises(InputError, match="all control units moved alike"):
        difference(pilot(tmp_path, "unit,treated,post,y", body))
