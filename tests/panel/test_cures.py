# SPDX-License-Identifier: MIT
"""What is asked about a file is asked at every door, and the answer that it names, followed to the letter, reads it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from openpyxl import Workbook

from tests.command import txsim
from txsim.errors import InputError
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec
from txsim.pilot.pilot_file import read_pilot
from txsim.units import SCALES

UNITS = ["Leeds", "Nord-Ost", "Orel", "Berlin 2", "Springfield", "Königsberg", "Essen", "Jena", "Ulm", "Trier"]
MONTHS = 12
RNG = np.random.default_rng(8)
LEVEL = RNG.normal(10, 6, (10, 1, 2)) + np.cumsum(RNG.normal(0, 5, (10, MONTHS, 2)), axis=1)
#: NPS of 40 people in each unit and month, EX and CX.
NPS = np.round(np.clip(LEVEL, -60, 75) / 2.5) * 2.5
Row = list[Any]


def rows(
    name: Callable[[int, int], str] = lambda i, t: UNITS[i], change: Callable[..., float] | None = None
) -> list[Row]:
    """Return a row for each unit and month: unit, period, EX, CX; of a pilot, which began in July, treated and post."""
    return [[name(i, t), f"2024-{t + 1:02d}", *(v if change is None else change(i, t, v) for v in NPS[i, t].tolist()),
             int(i < 5), int(t >= 6)] for i in range(10) for t in range(MONTHS)]  # fmt: skip


def renamed(old: str, new: str, when: Callable[[int], bool]) -> list[Row]:
    return rows(lambda i, t: new if UNITS[i] == old and when(t) else UNITS[i])


def beside(name: str) -> list[Row]:
    """Return the panel with one more unit whose scores are nobody's here."""
    own = np.random.default_rng(1).normal(20, 5, (MONTHS, 2)).round(1)
    return rows() + [[name, f"2024-{t + 1:02d}", *own[t].tolist(), 0, int(t >= 6)] for t in range(MONTHS)]


def two_springfields() -> list[Row]:
    """Return the panel with the sixth unit called as the fifth, and a column of regions that tells them apart."""
    return [[*row[:2], ["IL", "MO", "OH"][k // MONTHS % 3], *row[2:]]
            for k, row in enumerate(rows(lambda i, t: "Springfield" if i == 5 else UNITS[i]))]  # fmt: skip


HEAD = ["unit", "period", "ex", "cx", "treated", "post"]
WITH_REGION = [*HEAD[:2], "Region", *HEAD[2:]]
LATE, EVEN, ONCE = (lambda t: t > 7), (lambda t: t % 2 == 0), (lambda t: t == 4)
NOT_THERE = np.where((np.arange(10)[:, None, None] == 2) & (np.arange(MONTHS)[:, None] >= 7), np.nan, NPS)

#: What is wrong → header, rows, and what is asked.
ASKED: dict[str, tuple[list[str], list[Row], str]] = {
    **{f"{old} {new} {k}": (HEAD, renamed(old, new, when), "nearly alike")
       for k, when in enumerate((LATE, EVEN, ONCE)) for old, new in (
           ("Nord-Ost", "Nord Ost"), ("Nord-Ost", "Nord–Ost"), ("Leeds", "Leeds."), ("Leeds", "Leads"),
           ("Berlin 2", "Berlin-02"), ("Berlin 2", "Berlin II"), ("Springfield", "Springfeild"), ("Jena", "Jena (new)"),
           ("Königsberg", "Konigsberg"), ("Ulm", "Filiale Ulm"), ("Trier", "Trier, DE"))},
    **{name: (HEAD, beside(name), "a unit of its own, or figures of others")
       for name in ("Competitor", "Main rival", "Wettbewerber 1", "Конкурент А", "Acme (competitor)", "Industry (avg.)",
                    "Branchendurchschnitt", "Market leader", "Global norm", "Concurrents", "Competencia", "n, Rival")},
    **{name: (HEAD, beside(name), "named as a forecast, plan or target") for name in ("Target", "План", "Ziel 2024")},
    "two of one name": (WITH_REGION, two_springfields(), "several units of one name"),
    "finer": (["Region", "City", *HEAD[1:]], [["NS"[UNITS.index(row[0]) % 2], *row] for row in rows()],
              "different values for the same unit|several rows for one unit"),
    "high": (HEAD, rows(change=lambda i, t, v: 93 + v / 20), "NPS points, or an index or a share"),
}  # fmt: skip


def written(folder: Path, head: list[str], body: list[Row]) -> Path:
    path = folder / "data.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *body])
    return path


def answers(hint: str) -> list[dict[str, Any]]:
    """Return the lines of a spec that a hint names."""
    said = [yaml.safe_load(part) for part in hint.split("`")[1::2] if ": " in part]
    return [one for one in said if isinstance(one, dict)]


@pytest.mark.parametrize("what", ASKED)
def test_what_is_asked_is_asked_at_both_doors_and_the_answer_reads_the_file(tmp_path: Path, what: str) -> None:
    head, body, message = ASKED[what]
    path = written(tmp_path, head, body)
    with pytest.raises(InputError, match=message) as refused:
        read_panel(path, read_spec(None, scale="nps"))
    with pytest.raises(InputError, match=message):
        read_pilot(path, "cx", spec=read_spec(None, scale="nps"))
    cures = answers(str(refused.value.problems[0].hint))
    assert cures
    for k, cure in enumerate(cures):
        spec = read_spec(None, **{"scale": "nps", "ignore": [], **cure})
        panel, _ = read_panel(path, spec) if "ignore" not in cure else (None, None)
        if panel is None:  # two units as one are two values for one cell
            with pytest.raises(InputError, match="different values"):
                read_panel(path, spec)
        elif k == 0 and what != "high":  # the first answer is the true one
            places = [panel.units.index(name) for name in panel.units]
            got = panel.y[places]
            apart = np.abs(got[:, None] - (50 + NPS / 2)[None]).max(axis=(2, 3))
            assert got.shape == NPS.shape
            assert apart.min(axis=1).max() < 1e-9
            assert len(set(apart.argmin(axis=1).tolist())) == len(UNITS)
        measure = read_pilot(path, "cx", spec=spec) if panel is not None and k == 0 and what != "high" else None
        assert measure is None or len(measure.units) == len(UNITS)


def test_what_is_answered_of_one_name_does_not_answer_for_another(tmp_path: Path) -> None:
    names = {"Nord-Ost": "Nord Ost", "Jena": "Jena (new)"}
    path = written(tmp_path, HEAD, rows(lambda i, t: names.get(UNITS[i], UNITS[i]) if t > 5 else UNITS[i]))
    with pytest.raises(InputError, match=r"nearly alike.*Jena") as refused:
        read_panel(path, read_spec(None, scale="nps", merge={"Nord-Ost": ["Nord Ost"]}))
    one, different = answers(str(refused.value.problems[0].hint))
    assert one == {"merge": {"Nord-Ost": ["Nord Ost"], "Jena": ["Jena (new)"]}}
    assert len(read_panel(path, read_spec(None, scale="nps", **one))[0].units) == 10
    assert len(read_panel(path, read_spec(None, scale="nps", **different))[0].units) == 11


def test_two_values_for_one_cell_are_asked_about_whatever_is_merged(tmp_path: Path) -> None:
    body = renamed("Nord-Ost", "Nord Ost", LATE) + [
        [*row[:2], row[2] + 5, *row[3:]] for row in rows() if row[0] == "Ulm"
    ]
    path = written(tmp_path, HEAD, body)
    with pytest.raises(InputError, match="different values"):
        read_panel(path, read_spec(None, scale="nps", merge={"Nord-Ost": ["Nord Ost"]}))


def test_units_that_lead_their_own_lives_are_not_asked_about(tmp_path: Path) -> None:
    for names in ([f"Branch {i + 1}" for i in range(10)], [f"Team {letter}" for letter in "ABCDEFGHIJ"]):
        body = [
            row for row in rows(lambda i, t, names=names: names[i]) if (row[1] < "2024-07") == (row[0] in names[:5])
        ]
        panel, _ = read_panel(written(tmp_path, HEAD, body), read_spec(None, scale="nps", merge={}))
        assert len(panel.units) == 10
        with pytest.raises(InputError, match="5 units end"):
            read_panel(tmp_path / "data.csv", read_spec(None, scale="nps"))


@pytest.mark.parametrize("n", ["0", ""])
def test_a_nought_of_nobody_is_no_score(tmp_path: Path, n: str) -> None:
    body = [[*row[:4], *("40", "40"), *row[4:]] for row in rows()]
    for k, row in enumerate(body):
        if np.isnan(NOT_THERE[k // MONTHS, k % MONTHS, 0]):
            row[2:6] = [0, 0, n, n]
    path = written(tmp_path, ["unit", "period", "ex", "cx", "n_ex", "n_cx", "treated", "post"], body)
    panel, _ = read_panel(path, read_spec(None, scale="nps"))
    order = [panel.units.index(name) for name in UNITS]
    np.testing.assert_allclose(panel.y[order], 50 + NOT_THERE / 2)
    pilot = read_pilot(path, "cx", spec=read_spec(None, scale="nps"))
    np.testing.assert_allclose(pilot.value, NOT_THERE[..., 1])


def test_noughts_on_end_are_asked_about(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD, rows(change=lambda i, t, v: 0.0 if i == 2 and t >= 7 else v + 0.3))
    with pytest.raises(InputError, match="EX and CX of `Orel`: exactly 0 in 5 periods on end, from 2024-08") as refused:
        read_panel(path, read_spec(None, scale="nps"))
    first, second = answers(str(refused.value.problems[0].hint))
    left_out, _ = read_panel(path, read_spec(None, scale="nps", **first))
    kept, _ = read_panel(path, read_spec(None, scale="nps", **second))
    place = kept.units.index("Orel")
    assert np.isnan(left_out.y[place, 7:]).all()
    assert (kept.y[place, 7:] == 50).all()


#: Number format, what is stored for a score, and whether the panel is then read as it is shown; asked otherwise.
FORMATS = [
    ("0.0;(0.0)", 1.0, True), ("0.0;[Red]0.0", 1.0, True), ("+0.0;-0.0;0.0", 1.0, True), ('"NPS "0.0', 1.0, True),
    ("#,##0.0_);(#,##0.0)", 1.0, True), ('_(* #,##0.0_);_(* (#,##0.0);_(* "-"??_);_(@_)', 1.0, True),
    ('"▲"0.0;"▼"0.0;0.0', 1.0, True), ("0.0%", 0.01, True), ('0.0"%"', 1.0, True), ("[>50]0;0.0", 1.0, True),
    ("-0.0;0.0", -1.0, False), ('"-"0.0;0.0', -1.0, False), ("(0.0);0.0", -1.0, False), ("0.0;0.0", 1.0, False),
    ("0.0,", 1000.0, False), ("0.0,,", 1e6, False), (";;;", 1.0, False), ('0.0;"n/a"', 1.0, False),
]  # fmt: skip


@pytest.mark.parametrize(("form", "stored", "read"), FORMATS)
def test_a_number_is_read_as_excel_shows_it_or_asked_about(
    tmp_path: Path, form: str, stored: float, read: bool
) -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(HEAD)
    for k, (unit, when, ex, cx, *rest) in enumerate(rows(), 2):
        sheet.append([unit, when, ex, cx * stored, *rest])
        sheet.cell(k, 4).number_format = form
    book.save(tmp_path / "data.xlsx")
    spec = read_spec(None, scale="nps")
    if not read:
        with pytest.raises(InputError, match="cells of `cx` cannot be read") as refused:
            read_panel(tmp_path / "data.xlsx", spec)
        assert "the number format General" in str(refused.value.problems[0].hint)
        with pytest.raises(InputError, match="Excel shows as another"):
            read_pilot(tmp_path / "data.xlsx", "cx", spec=spec)
        return
    panel, _ = read_panel(tmp_path / "data.xlsx", spec)
    np.testing.assert_allclose(panel.y[[panel.units.index(name) for name in UNITS]], 50 + NPS / 2, atol=1e-9)


@pytest.mark.parametrize("what", ["Nord-Ost Nord Ost 1", "Competitor", "two of one name", "high"])
def test_every_command_asks(firm: Path, what: str) -> None:
    head, body, message = ASKED[what]
    data, scenario = written(firm, head, body), firm / "asked.yaml"
    text = (firm / "service_desk_pilot.yaml").read_text("utf-8")
    scenario.write_text(f"{text}\ndata: {{file: data.csv, spec: nps.yaml}}\n", "utf-8")
    (firm / "nps.yaml").write_text("scale: nps\n", "utf-8")
    for command in (["link", data, "--scale", "nps"], ["backtest", data, "--scale", "nps"], ["run", scenario],
                    ["check", scenario], ["update", firm / "service_desk_pilot.yaml", data, "--measure", "cx",
                                          "--node", "cx", "--scale", "nps"]):  # fmt: skip
        done = txsim(*command)
        assert done.returncode == 2, command
        assert message in " ".join(done.stderr.split()), command


def in_blocks(kind: str) -> list[Row]:
    """Return the panel with halves of its rows beside each other: of years, of units, or with each year above."""
    value = NPS.tolist()
    half = range(MONTHS // 2)
    late = MONTHS // 2
    if kind == "header twice":
        head = ["unit", "month", "eNPS", "NPS"]
        return [[*head, "", *head], *(
            [u, f"2023-{t + 1:02d}", *value[i][t], "", u, f"2023-{t + 7:02d}", *value[i][t + late]]
            for i, u in enumerate(UNITS) for t in half)]  # fmt: skip
    if kind == "units beside units":
        head = ["unit", "month", "eNPS", "NPS"]
        return [head * 2, *([UNITS[i], f"2023-{t + 1:02d}", *value[i][t], UNITS[i + 5], f"2023-{t + 1:02d}",
                             *value[i + 5][t]] for i in range(5) for t in range(MONTHS))]  # fmt: skip
    if kind == "regions above":
        return [["North", "", "", "", "South", "", "", ""], *in_blocks("units beside units")]
    body = [[u, t + 1, *value[i][t], *value[i][t + late]] for i, u in enumerate(UNITS) for t in half]
    if kind == "years above all":
        head = ["unit", "month", "eNPS", "NPS"]
        return [["2022", "", "", "", "2023", "", "", ""], head * 2, *([*r[:4], *r[:2], *r[4:]] for r in body)]
    if kind == "years above measures":
        return [["", "", "2022", "", "2023", ""], ["unit", "month", "eNPS", "NPS", "eNPS", "NPS"], *body]
    return [["unit", "month", "eNPS 2022", "NPS 2022", "eNPS 2023", "NPS 2023"], *body]


@pytest.mark.parametrize("kind", ["header twice", "units beside units", "regions above", "years above all",
                                  "years above measures", "years behind"])  # fmt: skip
def test_blocks_beside_each_other_are_read_as_blocks_below_each_other(tmp_path: Path, kind: str) -> None:
    body = in_blocks(kind)
    panel, report = read_panel(written(tmp_path, body[0], body[1:]), read_spec(None, scale="nps"))
    got = panel.y[[panel.units.index(name) for name in UNITS]]
    if "years" in kind:
        assert panel.label(0) == "2022-01"
        assert np.isnan(got[:, 6:12]).all()
        got = got[:, [*range(6), *range(12, 18)]]
    np.testing.assert_allclose(got, 50 + NPS / 2)
    assert any("2 blocks of the same columns" in str(note) for note in report.notes)


@pytest.mark.parametrize("head", [["Employee NPS", "Customer NPS"], ["Employee 2023 NPS", "Customer 2023 NPS"]])
def test_two_measures_of_one_word_are_no_blocks(tmp_path: Path, head: list[str]) -> None:
    path = written(tmp_path, ["unit", "period", *head], [row[:4] for row in rows()])
    panel, _ = read_panel(path, read_spec(None, scale="nps", columns={"ex": head[0], "cx": head[1]}))
    np.testing.assert_allclose(panel.y[[panel.units.index(name) for name in UNITS]], 50 + NPS / 2)


#: Names of two sheets, blocks or words of a column, and what the second holds: other scores of all units.
KINDS = {"channels": ("Phone", "Web"), "versions": ("v1", "v2 final"), "plan": ("Actual", "Plan")}


@pytest.mark.parametrize("layout", ["sheet", "Channel", "block", "file"])
@pytest.mark.parametrize("kind", KINDS)
def test_two_panels_in_one_file_are_asked_about_and_each_answer_reads_what_it_says(
    tmp_path: Path, kind: str, layout: str
) -> None:
    first, second = KINDS[kind]
    other = np.round(NPS[::-1] * 0.9 + 3.3, 1)
    there = {name: [[u, f"2024-{t + 1:02d}", *map(float, of[i, t]), int(i < 5), int(t >= 6)]
                    for i, u in enumerate(UNITS) for t in range(MONTHS)]
             for name, of in ((first, NPS), (second, other))}  # fmt: skip
    path = tmp_path / "data.xlsx"
    if layout == "sheet":
        book = Workbook()
        book.remove(book.active)
        for name, body in there.items():
            sheet = book.create_sheet(name)
            for row in [HEAD, *body]:
                sheet.append(row)
        book.save(path)
    elif layout == "file":
        path = tmp_path / "both"
        path.mkdir()
        for name, body in there.items():
            written(path, HEAD, body).rename(path / f"{name}.csv")
    elif layout == "block":
        beside = [[*a, *b] for a, b in zip(*there.values(), strict=True)]
        path = written(tmp_path, [first, *[""] * 5, second, *[""] * 5], [HEAD * 2, *beside])
    else:
        body = [[*row[:2], name, *row[2:]] for name, held in there.items() for row in held]
        path = written(tmp_path, [*HEAD[:2], layout, *HEAD[2:]], body)
    message = "were these measured" if kind == "plan" else "give different values for the same unit"
    with pytest.raises(InputError, match=message) as refused:
        read_panel(path, read_spec(None, scale="nps", missing=[]))
    cures = answers(str(refused.value.problems[0].hint))
    alone, both = cures
    with pytest.raises(InputError, match="measured" if kind == "plan" else "one of each kind") as refused:
        read_pilot(path, "cx", spec=read_spec(None, scale="nps"))
    assert answers(str(refused.value.problems[0].hint)) == cures
    pilot = read_pilot(path, "cx", spec=read_spec(None, scale="nps", **alone))
    np.testing.assert_allclose(pilot.value, NPS[..., 1])
    assert alone == {"only": {layout: first}}
    panel, _ = read_panel(path, read_spec(None, scale="nps", missing=[], **alone))
    np.testing.assert_allclose(panel.y[[panel.units.index(name) for name in UNITS]], 50 + NPS / 2)
    if kind == "plan":  # what all count for is then asked
        with pytest.raises(InputError, match="different values"):
            read_panel(path, read_spec(None, scale="nps", missing=[], **both))
        return
    assert both == {"columns": {"apart": layout}}
    panel, _ = read_panel(path, read_spec(None, scale="nps", missing=[], **both))
    for name, of in ((first, NPS), (second, other)):
        places = [panel.units.index(f"{unit} ({name})") for unit in UNITS]
        np.testing.assert_allclose(panel.y[places], 50 + of / 2)
    assert len(read_pilot(path, "cx", spec=read_spec(None, scale="nps", **both)).units) == 2 * len(UNITS)


def test_sheets_of_regions_with_one_name_on_both_are_told_apart(tmp_path: Path) -> None:
    book = Workbook()
    book.remove(book.active)
    body = rows(lambda i, t: "Springfield" if i == 5 else UNITS[i])
    for name, held in (("IL", body[: 5 * MONTHS]), ("MO", body[5 * MONTHS :])):
        sheet = book.create_sheet(name)
        for row in [HEAD, *held]:
            sheet.append(row)
    book.save(tmp_path / "data.xlsx")
    with pytest.raises(InputError, match="several units of one name") as refused:
        read_panel(tmp_path / "data.xlsx", read_spec(None, scale="nps"))
    cure = answers(str(refused.value.problems[0].hint))[0]
    panel, _ = read_panel(tmp_path / "data.xlsx", read_spec(None, scale="nps", **cure))
    names = ["Springfield (IL)" if name == "Springfield" else "Springfield (MO)" if i == 5 else name
             for i, name in enumerate(UNITS)]  # fmt: skip
    np.testing.assert_allclose(panel.y[[panel.units.index(name) for name in names]], 50 + NPS / 2)


@pytest.mark.parametrize("key", ["scale", "ex_scale"])
@pytest.mark.parametrize(("worst", "best"), [(5, 1), (0, 10), (1, 6), (48, 0), (0, 1), (-100, 100)])
def test_a_scale_stated_by_its_ends(tmp_path: Path, worst: float, best: float, key: str) -> None:
    index = 50 + NPS / 2
    body = rows(change=lambda i, t, v: worst + (50 + v / 2) * (best - worst) / 100)
    path = written(tmp_path, HEAD, body)
    ends = {"worst": worst, "best": best}
    told = {"scale": ends} if key == "scale" else {"ex_scale": ends, "cx_scale": ends}
    panel, _ = read_panel(path, read_spec(None, **told))
    np.testing.assert_allclose(panel.y[[panel.units.index(name) for name in UNITS]], index, atol=1e-9)
    assert panel.scales[1] == ("zero_to_ten" if best == 10 else f"{worst} … {best}")
    if key == "scale":
        pilot = read_pilot(path, "cx", spec=read_spec(None, **told))
        assert SCALES[pilot.scale].points_per_unit == 100 / (best - worst)
        np.testing.assert_allclose(pilot.value, worst + index[..., 1] * (best - worst) / 100)


def test_answers_and_words_on_a_scale_whose_least_number_is_the_best(tmp_path: Path) -> None:
    answers_of = np.random.default_rng(4).integers(1, 6, (10, MONTHS, 30, 2))
    answers_of[0, 0, :2, 0] = 5, 1  # as words
    body = [[u, f"2024-{t + 1:02d}", ex, cx] for i, u in enumerate(UNITS) for t in range(MONTHS)
            for ex, cx in answers_of[i, t].tolist()]  # fmt: skip
    body[0][2], body[1][2] = "strongly disagree", "strongly agree"
    path = written(tmp_path, HEAD[:4], body)
    panel, _ = read_panel(path, read_spec(None, scale={"worst": 5, "best": 1}))
    want = 100 * (5 - answers_of.mean(axis=2)) / 4
    np.testing.assert_allclose(panel.y[[panel.units.index(name) for name in UNITS]], want)
    assert panel.n[0].tolist() == [[30.0, 30.0]] * MONTHS


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"scale": {"worst": 5}}, "`best` of the scale is missing"),
        ({"ex_scale": {"worst": 5, "best": 5}}, "must differ"),
        ({"scale": {"worst": 5, "bst": 1}}, "did you mean `best`"),
        ({"scale": {"worst": "a", "best": 1}}, "expected a number"),
        ({"scale": {"worst": 5, "best": 1}, "reverse": ["ex"]}, "would turn it back"),
        ({"scale": ["nps"]}, "expected the name of a scale"),
    ],
)
def test_ends_that_are_none_are_refused(told: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_spec(None, **told)


def test_a_scenario_takes_data_on_a_scale_by_its_ends(firm: Path) -> None:
    body = rows(change=lambda i, t, v: 5 - (50 + v / 2) / 25)
    written(firm, HEAD, body)
    scenario = firm / "asked.yaml"
    text = (firm / "service_desk_pilot.yaml").read_text("utf-8")
    scenario.write_text(f"{text}\ndata: {{file: data.csv, spec: ends.yaml}}\n", "utf-8")
    (firm / "ends.yaml").write_text("scale: {worst: 5, best: 1}\n", "utf-8")
    done = txsim("check", scenario)  # the others read as it does, and sample
    assert done.returncode == 0, done.stderr
    assert "120 scores on 5 … 1, 2.25 … 3.15, mean 2.713" in done.stdout


def _turned(i: int, t: int, v: float) -> float:
    return -(v + 35) if t >= 9 else v + 35


def _later(words: tuple[str, ...]) -> list[list[object]]:
    return [[*row[:4], words[sum(row[1] > when for when in ("2024-06", "2024-10"))], *row[4:]] for row in rows()]


def _carried() -> list[list[object]]:
    body = rows()
    return [[*row[:2], *body[k - max(k % MONTHS - 9, 0)][2:4], *row[4:]] for k, row in enumerate(body)]


OF_PANELS = {
    "breaks": (HEAD, rows(change=_turned), "answers that run the other way round", {"values": "scores"}),
    "last periods": ([*HEAD[:4], "status", *HEAD[4:]], _later(("found", "found", "guess")), "were these measured",
                     {"only": {"status": "found"}}),
    "carried on": (HEAD, _carried(), "all 10 units have the same change of CX from 2024-10", {"values": "scores"}),
    "noughts": (HEAD, rows(change=lambda i, t, v: 0.0 if i == 2 and t >= 7 else v + 0.3),
                "CX of `Orel`: exactly 0 in 5 periods on end, from 2024-08 to 2024-12", {"missing": [0]}),
}  # fmt: skip


@pytest.mark.parametrize("what", OF_PANELS)
def test_a_pilot_is_asked_what_a_panel_is_asked(tmp_path: Path, what: str) -> None:
    head, body, message, cure = OF_PANELS[what]
    path = written(tmp_path, head, body)
    with pytest.raises(InputError, match=message):
        read_pilot(path, "cx", spec=read_spec(None, scale="nps", drop_units=[]))
    told = read_spec(None, scale="nps", drop_units=[], **cure)
    assert read_pilot(path, "cx", spec=told).value.shape == (10, 10 if what == "last periods" else 12)


def test_the_phases_of_a_pilot_are_no_forecasts(tmp_path: Path) -> None:
    path = written(tmp_path, [*HEAD[:4], "phase", *HEAD[4:]], _later(("before", "rollout", "steady")))
    assert read_pilot(path, "cx", spec=read_spec(None, scale="nps")).value.shape == (10, 12)
