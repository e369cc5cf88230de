# SPDX-License-Identifier: MIT
"""One panel as survey tools and offices export it: the same panel, or a refusal that names the cure."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from txsim.errors import InputError
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec

UNITS = ["Kraków", "Poznań", "Gdańsk", "Łódź", "Toruń", "Opole"]
QUARTERS = [(2023, 1), (2023, 2), (2023, 3), (2023, 4), (2024, 1)]
PEOPLE = 20
RNG = np.random.default_rng(11)
#: Answers 0 … 10 ``(unit, quarter, person, EX and CX)``, and the NPS of each unit and quarter.
ANSWERS = np.clip(np.round(RNG.normal(7.5, 2.0, (6, 5, PEOPLE, 2)) + RNG.normal(0, 0.6, (6, 5, 1, 2))), 0, 10).astype(
    int
)
NPS = 100.0 * ((ANSWERS >= 9).mean(axis=2) - (ANSWERS <= 6).mean(axis=2))


def people() -> Iterator[tuple[str, dt.datetime, int, int]]:
    for i, unit in enumerate(UNITS):
        for t, (year, quarter) in enumerate(QUARTERS):
            for k in range(PEOPLE):
                when = dt.datetime(year, 3 * quarter - 2 + k % 3, 1 + (7 * k + i) % 28, 9 + k % 9, k)
                yield unit, when, int(ANSWERS[i, t, k, 0]), int(ANSWERS[i, t, k, 1])


def text(rows: list[list[Any]], sign: str = ",") -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=sign, lineterminator="\r\n").writerows(rows)
    return stream.getvalue()


def qualtrics(*, groups: bool = False) -> list[list[Any]]:
    """Return the three header rows of Qualtrics and its columns of dates, people and trials."""
    names = ["StartDate", "EndDate", "Status", "Progress", "RecordedDate", "ResponseId", "Branch"]
    words = ["How likely are you to recommend us as a place to work?", "Would you recommend our products to a friend?"]
    marks = [json.dumps({"ImportId": name}) for name in (*names, "QID1", "QID2")]
    heads, labels = [*names, "Q1", "Q2"], [*names, *words]
    if groups:
        heads = [*names, "Q1_NPS_GROUP", "Q1", "Q2_NPS_GROUP", "Q2"]
        labels = [*names, f"{words[0]} - Group", words[0], f"{words[1]} - Group", words[1]]
        marks = [*marks, *marks[:2]]
    rows = [heads, labels, marks]
    for k, (unit, when, ex, cx) in enumerate(people()):
        begin, end = (str(when - dt.timedelta(minutes=m)) for m in (6, 0))
        group = ["Promoter" if a >= 9 else "Passive" if a >= 7 else "Detractor" for a in (ex, cx)]
        said = [group[0], ex, group[1], cx] if groups else [ex, cx]
        rows.append([begin, end, "IP Address", 100, end, f"R_{k}", unit, *said])
    trial = ["2024-01-01", "2024-01-01", "Survey Preview", 100, "2024-01-01", "R_x", "Test"]
    rows.append([*trial, *[0] * (len(heads) - len(trial))])
    return rows


def form(stamp: str, unit: str, ex: str, cx: str, pattern: str) -> list[list[Any]]:
    return [[stamp, unit, ex, cx], *([f"{when:{pattern}}", name, a, b] for name, when, a, b in people())]


def table(head: list[str], period: Callable[[int, int], str], number: Callable[[float], Any], *more: Any) -> list[Any]:
    rows: list[Any] = [head]
    for i, unit in enumerate(UNITS):
        for t, (year, quarter) in enumerate(QUARTERS):
            rows.append([unit, period(year, quarter), number(NPS[i, t, 0]), number(NPS[i, t, 1]), *more])
    return rows


def comma(value: float) -> str:
    return f"{value:.1f}".replace(".", ",")


ROMAN = ["I", "II", "III", "IV"]
#: File, encoding and what the spec must say besides.
EXPORTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "qualtrics": (text(qualtrics()), "utf-8-sig", {"scale": "nps"}),
    "qualtrics with groups": (text(qualtrics(groups=True)), "utf-8", {"scale": "nps"}),
    "qualtrics tsv": (text(qualtrics(), "\t"), "utf-16", {"scale": "nps"}),
    "forms en": (
        text(form("Timestamp", "Branch", "How likely are you to recommend us as an employer? (0-10)",
                  "How likely are you to recommend us to friends? (0-10)", "%Y/%m/%d %I:%M:%S %p GMT+1")),
        "utf-8", {"scale": "nps"}),
    "forms ru": (
        text(form("Отметка времени", "Филиал", "Насколько вероятно, что вы порекомендуете нас как работодателя?",
                  "Насколько вероятно, что вы порекомендуете нас друзьям?", "%d.%m.%Y %H:%M:%S")),
        "utf-8", {"scale": "nps"}),
    "forms de": (
        text(form("Zeitstempel", "Filiale", "Wie wahrscheinlich ist es, dass Sie uns als Arbeitgeber weiterempfehlen?",
                  "Wie wahrscheinlich ist es, dass Sie uns Freunden weiterempfehlen?", "%d.%m.%Y %H:%M:%S")),
        "utf-8", {"scale": "nps"}),
    "forms fr": (
        text(form("Horodateur", "Agence", "Recommanderiez-vous notre entreprise comme employeur ?",
                  "Recommanderiez-vous nos services à un proche ?", "%d/%m/%Y %H:%M:%S")),
        "utf-8", {"scale": "nps"}),
    "forms pl": (
        text(form("Sygnatura czasowa", "Oddział", "Na ile prawdopodobne jest, że polecisz nas jako pracodawcę?",
                  "Na ile prawdopodobne jest, że polecisz nas znajomym?", "%d.%m.%Y %H:%M:%S"), ";"),
        "utf-8", {"scale": "nps"}),
    "medallia": (
        text(table(["Unit Name", "Time Period", "eNPS", "NPS"], lambda y, q: f"Q{q} {y}", lambda v: f"{v:.1f}")),
        "utf-8", {}),
    "office pl": (
        text(table(["Oddział", "Kwartał", "eNPS", "NPS", "Liczba odpowiedzi"], lambda y, q: f"{ROMAN[q - 1]} kw. {y}",
                   comma, PEOPLE), ";"),
        "cp1250", {}),
    "office fr": (
        text(table(["Agence", "Trimestre", "eNPS", "NPS"], lambda y, q: f"{q}e trimestre {y}",
                   lambda v: f"{v:+.1f}\u202f%".replace(".", ",")), ";"),
        "utf-8", {}),
    "office de": (
        text(table(["Filiale", "Stichtag", "eNPS", "NPS"], lambda y, q: f"01.{3 * q - 2:02d}.{y}", comma), ";"),
        "utf-8", {}),
    "fiscal": (
        text(table(["Branch", "Fiscal Period", "eNPS", "NPS"], lambda y, q: f"FY{y % 100} Q{q}", lambda v: f"{v:.1f}")),
        "utf-8", {}),
    "words pl": (
        text([["Oddział", "Miesiąc", "eNPS", "NPS"]] + [
            [unit, f"{when:%Y-%m}", *("Promotor" if a >= 9 else "Neutralny" if a >= 7 else "Krytyk" for a in pair)]
            for unit, when, *pair in people()], ";"),
        "utf-8", {}),
    "words de": (
        text([["Filiale", "Monat", "eNPS", "NPS"]] + [
            [unit, f"{when:%m.%Y}", *("Befürworter" if a >= 9 else "Passiv Zufriedener" if a >= 7 else "Kritiker"
                                      for a in pair)]
            for unit, when, *pair in people()], ";"),
        "utf-8", {}),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_the_same_panel(tmp_path: Path, name: str) -> None:
    content, encoding, spec = EXPORTS[name]
    path = tmp_path / ("data.tsv" if "tsv" in name else "data.csv")
    path.write_bytes(content.encode(encoding))
    panel, _ = read_panel(path, read_spec(None, **spec))
    assert sorted(panel.units) == sorted(UNITS)
    found = panel.y[[list(panel.units).index(unit) for unit in UNITS]]
    if found.shape[1] > 5:  # months: their answers together make the quarter
        n = np.nan_to_num(panel.n[[list(panel.units).index(unit) for unit in UNITS]])
        found = np.add.reduceat(np.nan_to_num(found) * n, range(0, 15, 3), axis=1) / np.add.reduceat(
            n, range(0, 15, 3), axis=1
        )
    np.testing.assert_allclose(2 * found - 100, NPS, atol=0.051)  # tables show a tenth of a point


@pytest.mark.parametrize("name", [name for name, (_, _, spec) in EXPORTS.items() if spec])
def test_without_a_scale_answers_are_asked_about(tmp_path: Path, name: str) -> None:
    content, encoding, _ = EXPORTS[name]
    path = tmp_path / ("data.tsv" if "tsv" in name else "data.csv")
    path.write_bytes(content.encode(encoding))
    with pytest.raises(InputError, match=r"on which scale\?[\s\S]*enps"):
        read_panel(path, read_spec(None))
