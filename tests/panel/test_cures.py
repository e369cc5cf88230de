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
    "high": (HEAD, rows(change=lambda i, t, v: 85 + v / 10), "NPS points, or an index or a share"),
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
