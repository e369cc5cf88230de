# SPDX-License-Identifier: MIT
"""One panel written in many dialects is one panel, or a refusal that names the cure; never another panel."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from babel import Locale
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from txsim.errors import InputError
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec
from txsim.panel.reader.panel import Panel

UNITS = ["Kiel", "Bonn", "Essen", "Trier", "Jena", "Celle", "Ulm", "Hof"]
MONTHS = [(2023 + (9 + k) // 12, (9 + k) % 12 + 1) for k in range(6)]  # October to March
PEOPLE = 20
RNG = np.random.default_rng(4)
#: Answers 0 … 10 ``(unit, month, person, EX and CX)``.
ANSWERS = np.clip(np.round(RNG.normal(7.6, 1.9, (8, 6, PEOPLE, 2)) + RNG.normal(0, 0.7, (8, 6, 1, 2))), 0, 10).astype(
    int
)
#: NPS of each unit and month, counted plainly.
NPS = 100.0 * ((ANSWERS >= 9).mean(axis=2) - (ANSWERS <= 6).mean(axis=2))

HEADERS = {
    "en": ["Branch", "Month", "eNPS", "NPS"],
    "ru": ["Филиал", "Месяц", "eNPS", "NPS"],
    "de": ["Filiale", "Monat", "eNPS", "NPS"],
    "fr": ["Agence", "Mois", "eNPS", "NPS"],
    "es": ["Sucursal", "Período", "eNPS", "NPS"],
}
COUNTS = {"en": "respondents", "ru": "число ответов", "de": "Anzahl", "fr": "réponses", "es": "respuestas"}
GROUPS = {
    "en": ("Detractor", "Passive", "Promoter"),
    "ru": ("Критик", "Нейтрал", "Промоутер"),
    "de": ("Kritiker", "Passiv", "Promotor"),
    "fr": ("Détracteur", "Passif", "Promoteur"),
    "es": ("Detractor", "Pasivo", "Promotor"),
}
ENDS = {
    "en": ("Not at all likely", "Extremely likely"),
    "ru": ("Точно не порекомендую", "Обязательно порекомендую"),
    "de": ("Überhaupt nicht wahrscheinlich", "Äußerst wahrscheinlich"),
    "fr": ("Pas du tout probable", "Extrêmement probable"),
    "es": ("Nada probable", "Extremadamente probable"),
}
ENCODINGS = {"en": ["utf-8"], "ru": ["cp1251", "koi8-r", "cp866"], "de": ["cp1252"], "fr": ["cp1252"], "es": ["cp1252"]}


@dataclass(frozen=True)
class Dialect:
    """How a person, a survey tool or a spreadsheet writes the panel."""

    language: str = "en"
    coding: str = "scores"
    layout: str = "rows"
    file: str = "csv"
    encoding: str = "utf-8"
    delimiter: str = ","
    comma: bool = False
    dates: str = "iso"
    minus: str = "-"


CODINGS = ["scores", "answers", "points", "groups", "ends", "out of", "percent", "fractions", "codes"]
LAYOUTS = ["rows", "wide", "by measure", "titled", "two headers", "compact", "apart", "unit sheets"]
DATES = ["iso", "names", "short", "dotted", "day", "compact"]


@st.composite
def dialects(draw: st.DrawFn) -> Dialect:
    language = draw(st.sampled_from(list(HEADERS)))
    coding = draw(st.sampled_from(CODINGS))
    layout = draw(st.sampled_from(LAYOUTS))
    file = draw(st.sampled_from(["csv", "csv", "xlsx", "sheets"]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", *ENCODINGS[language]]))
    comma = draw(st.booleans())
    delimiter = draw(st.sampled_from([";", "\t"] if comma else [",", ";", "\t", "|"]))
    minus = draw(st.sampled_from(["-", "−", "–", "("])) if encoding.startswith("utf") else "-"
    return Dialect(language, coding, layout, file, encoding, delimiter, comma, draw(st.sampled_from(DATES)), minus)


def date(d: Dialect, year: int, month: int) -> str:
    locale = Locale.parse(d.language)
    return {
        "iso": f"{year}-{month:02d}",
        "names": f"{locale.months['stand-alone']['wide'][month]} {year}",
        "short": f"{locale.months['format']['abbreviated'][month].rstrip('.')}.{year % 100}",
        "dotted": f"{month:02d}.{year}",
        "day": f"15.{month:02d}.{year}",
        "compact": f"{year}{month:02d}",
    }[d.dates]


def number(d: Dialect, value: float, digits: int = 1) -> str:
    text = f"{abs(value):.{digits}f}".rstrip("0").rstrip(".") if digits else f"{abs(value):.0f}"
    text = text.replace(".", ",") if d.comma else text
    if value >= 0 or text == "0":
        return text
    return f"({text})" if d.minus == "(" else f"{d.minus}{text}"


def cell(d: Dialect, answer: int) -> str:
    low, high = ENDS[d.language]
    group = int(answer >= 9) - int(answer <= 6)
    return {
        "answers": str(answer),
        "points": number(d, 100.0 * group, 0),
        "groups": GROUPS[d.language][group + 1],
        "ends": f"0 - {low}" if answer == 0 else f"10 - {high}" if answer == 10 else str(answer),
        "out of": f"{answer}/10",
        "codes": str(group + 2),
    }[d.coding]


def score(d: Dialect, value: float) -> Any:
    if d.coding == "percent":
        return round(value / 100, 4) if d.file != "csv" else f"{number(d, value)} %"
    return number(d, value / 100, 3) if d.coding == "fractions" else number(d, value)


def rows_of(d: Dialect) -> list[list[Any]]:
    """Return header and rows."""
    head = HEADERS[d.language]
    single = d.coding not in ("scores", "percent", "fractions")
    body: list[list[Any]] = []
    for i, unit in enumerate(UNITS):
        for k, (year, month) in enumerate(MONTHS):
            when = date(d, year, month)
            if single:
                body += [[unit, when, *(cell(d, a) for a in ANSWERS[i, k, p])] for p in range(PEOPLE)]
            else:
                body.append([unit, when, *(score(d, v) for v in NPS[i, k])])
    if d.layout == "by measure":
        return [[head[0], head[1], "question", "value"]] + [
            [unit, when, name, value] for unit, when, *both in body for name, value in zip(head[2:], both, strict=True)
        ]
    if d.layout == "wide" and not single:
        wide = [[head[0], *(f"{name} {year}-{month:02d}" for name in head[2:] for year, month in MONTHS)]]
        for i, unit in enumerate(UNITS):
            mine = body[6 * i : 6 * i + 6]
            wide.append([unit, *(row[2] for row in mine), *(row[3] for row in mine)])
        return wide
    if d.layout == "two headers" and not single:
        whens = [date(d, year, month) for year, month in MONTHS]
        above = [cell for when in whens for cell in (when, "")]
        body = [[unit, *(cell for k in range(6) for cell in body[6 * i + k][2:])] for i, unit in enumerate(UNITS)]
        return [[head[0], *above], ["", *(name for _ in whens for name in head[2:])], *body]
    if d.layout == "compact" and not single:
        outline: list[list[Any]] = [head[:1] + head[2:]]
        for i, unit in enumerate(UNITS):
            outline += [[unit, "", ""], *([row[1], *row[2:]] for row in body[6 * i : 6 * i + 6])]
        return outline
    titles: list[list[Any]] = [["Survey of staff and customers"], [], ["All rights reserved"]]
    return [*(titles if d.layout == "titled" else []), head, *body]


def write(d: Dialect, folder: Path) -> Path:
    rows = rows_of(d)
    single = d.coding not in ("scores", "percent", "fractions")
    sheets: dict[str, list[list[Any]]] = {}
    if d.file != "csv" and d.layout == "apart" and not single:
        sheets = {"Staff": [row[:3] for row in rows], "Guests": [[*row[:2], row[3]] for row in rows]}
    elif d.file != "csv" and d.layout == "unit sheets":
        sheets = {unit: [rows[0][1:], *(row[1:] for row in rows[1:] if row[0] == unit)] for unit in UNITS}
    if d.file == "csv":
        text = "\n".join(d.delimiter.join(f'"{c}"' if d.delimiter in str(c) else str(c) for c in row) for row in rows)
        path = folder / "panel.csv"
        path.write_bytes((text + "\n").encode(d.encoding))
        return path
    book = Workbook()
    halves = [rows] if d.file == "xlsx" or d.layout != "rows" else [[rows[0], *rows[1::2]], [rows[0], *rows[2::2]]]
    for at, (title, part) in enumerate((sheets or {f"Part {k + 1}": half for k, half in enumerate(halves)}).items()):
        sheet = book.active if at == 0 else book.create_sheet()
        sheet.title = title
        for row in part:
            sheet.append(row)
        if d.coding == "percent":
            for line in sheet.iter_rows():
                for one in line:
                    if isinstance(one.value, float):
                        one.number_format = "0.0%"
    path = folder / "panel.xlsx"
    stream = io.BytesIO()
    book.save(stream)
    path.write_bytes(stream.getvalue())
    return path


def check(panel: Panel) -> None:
    """The panel is that of the answers: no unit, month or value more or less."""
    assert panel.units == tuple(sorted(UNITS))
    assert (panel.start, panel.step, panel.y.shape) == (2023 * 12 + 9, 1.0, (8, 6, 2))
    order = [UNITS.index(name) for name in panel.units]
    np.testing.assert_allclose(2 * panel.y - 100, NPS[order], atol=0.051)


def read(d: Dialect, folder: Path, **spec: Any) -> Panel:
    return read_panel(write(d, folder), read_spec(None, **{"scale": "nps", **spec}))[0]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dialects())
def test_any_dialect_is_the_same_panel_or_asks(tmp_path: Path, d: Dialect) -> None:
    try:
        panel = read(d, tmp_path)
    except InputError as error:
        asked = d.coding in ("fractions", "codes") and all(problem.hint for problem in error.problems)
        if not asked:
            raise
        return
    check(panel)


@pytest.mark.parametrize("language", list(HEADERS))
@pytest.mark.parametrize("coding", CODINGS)
def test_each_coding_in_each_language(tmp_path: Path, coding: str, language: str) -> None:
    """What is asked about is read once it is answered."""
    d = Dialect(language, coding, dates="names", encoding=ENCODINGS[language][0])
    told = {"fractions": {"values": "fractions"}, "codes": {"values": "codes"}}.get(coding, {})
    if told:
        with pytest.raises(InputError, match="values"):
            read(d, tmp_path)
    check(read(d, tmp_path, **told))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dialects(), st.sampled_from(["top", "bottom", "some"]))
def test_what_is_lost_never_bends_the_panel(tmp_path: Path, d: Dialect, which: str) -> None:
    """Cells that turn unreadable, at random or by what they say: refused, or every other cell as it was."""
    d = replace(d, coding="answers", file="csv", layout="rows", encoding="utf-8")
    rows = rows_of(d)
    for at, row in enumerate(rows[1:]):
        answer = int(row[2])
        if (
            (which == "top" and answer == 10)
            or (which == "bottom" and answer <= 2)
            or (which == "some" and at % 50 == 0)
        ):
            row[2] = "as said before"
    path = tmp_path / "panel.csv"
    path.write_text("\n".join(d.delimiter.join(map(str, row)) for row in rows) + "\n", "utf-8")
    try:
        panel, report = read_panel(path, read_spec(None, scale="nps"))
    except InputError:
        assert which != "some"
        return
    assert which == "some" or report.series["ex"].related is not None
    order = [UNITS.index(name) for name in panel.units]
    np.testing.assert_allclose(2 * panel.y[..., 1] - 100, NPS[order][..., 1], atol=1e-9)
    assert np.abs(2 * panel.y[..., 0] - 100 - NPS[order][..., 0]).max() < 12


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("file", ["csv", "xlsx"])
@pytest.mark.parametrize("dates", DATES)
def test_each_layout_in_each_style_of_dates(tmp_path: Path, layout: str, file: str, dates: str) -> None:
    check(read(Dialect("de", "scores", layout, file, dates=dates, comma=True, delimiter=";"), tmp_path))


def test_dates_of_a_spreadsheet(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["unit", "period", "ex", "cx"])
    for i, unit in enumerate(UNITS):
        for k, (year, month) in enumerate(MONTHS):
            when: Any = dt.datetime(year, month, 3) if k % 2 else (dt.date(year, month, 3) - dt.date(1899, 12, 30)).days
            book.active.append([unit, when, *NPS[i, k]])
    book.save(tmp_path / "dates.xlsx")
    check(read_panel(tmp_path / "dates.xlsx", read_spec(None, scale="nps"))[0])
