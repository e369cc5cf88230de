# SPDX-License-Identifier: MIT
"""Files as they leave survey tools and spreadsheets, each read as it is meant (`tests/data/cases`)."""

from __future__ import annotations

import csv
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import txsim
from txsim.errors import InputError
from txsim.panel.likelihood.outcomes import read_outcomes
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.data_report import DataReport
from txsim.panel.reader.link_spec import read_spec
from txsim.panel.reader.panel import Panel
from txsim.pilot.did import difference
from txsim.pilot.pilot_file import read_pilot
from txsim.scenario import warnings
from txsim.units import SCALES

CASES = Path(__file__).resolve().parents[1] / "data" / "cases"


def read(name: str, spec: str = "", **told: Any) -> tuple[Panel, DataReport]:
    """Return a case as read; on the scale NPS unless told."""
    if spec:
        return read_panel(CASES / spec.partition(":")[0], read_spec(CASES / spec.partition(":")[2]))
    return read_panel(CASES / name, read_spec(None, **{"scale": "nps", **told}))


def same(one: Panel, other: Panel, atol: float = 1e-9) -> None:
    """Two readings are one panel."""
    assert one.units == other.units
    assert (one.start, one.step) == (other.start, other.step)
    np.testing.assert_allclose(one.y, other.y, atol=atol)


def told(report: DataReport) -> str:
    return "\n".join(map(str, [*report.reading()["lines"], *report.warnings]))


# --- answers, scores and codes


def test_answers_by_row_are_the_scores_by_unit() -> None:
    rows, report = read("nps_answers_rows.csv")
    scores, _ = read("nps_scores_agg.csv")
    same(rows, scores, 1e-6)
    assert np.all(rows.n == 40)
    assert "answers 0…10 became NPS points" in told(report)
    np.testing.assert_allclose(rows.outcomes["churn"], scores.outcomes["churn"])


def test_churn_effect_of_answers_is_that_of_scores() -> None:
    spec = read_spec(None, scale="nps")
    found = []
    for name in ("nps_answers_rows.csv", "nps_scores_agg.csv"):
        (outcome,) = read_outcomes(read_panel(CASES / name, spec)[0], spec)
        found.append(float(np.median(outcome.draws(np.random.default_rng(1))[1])))
    assert found[0] == pytest.approx(found[1], rel=0.15)
    assert found[0] == pytest.approx(0.043, rel=0.2)


PLAIN = ["nps_plain.csv", "nps_pm100.csv", "nps_groups.csv", "nps_all_labels.csv", "nps_endpoint_labels.csv"]


def by_hand(name: str, weighted: bool = False) -> dict[tuple[str, str, str], float]:
    """Return NPS by unit, month and series, counted with nothing but a dictionary."""
    total: dict[tuple[str, str, str], float] = defaultdict(float)
    points: dict[tuple[str, str, str], float] = defaultdict(float)
    with (CASES / name).open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            weight = float(row["weight"]) if weighted else 1.0
            for series in ("ex", "cx"):
                answer = float(row[series])
                if answer == -99:
                    continue
                key = (row["unit"], row["date"][:7], series)
                total[key] += weight
                points[key] += weight * (100 if answer > 8 else -100 if answer < 7 else 0)
    return {key: points[key] / total[key] for key in total}


def check_by_hand(panel: Panel, truth: dict[tuple[str, str, str], float]) -> None:
    assert len(truth) == int(np.isfinite(panel.y).sum())
    for (unit, month, series), value in truth.items():
        at = round((int(month[:4]) * 12 + int(month[5:]) - 1 - panel.start) / panel.step)
        read_as = 2 * panel.y[panel.units.index(unit), at, ("ex", "cx").index(series)] - 100
        assert read_as == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("name", PLAIN)
def test_one_survey_in_all_its_codings(name: str) -> None:
    panel, _ = read(name)
    check_by_hand(panel, by_hand("nps_plain.csv"))


def test_rows_by_respondent_and_question_are_turned() -> None:
    panel, report = read("answers_long.csv")
    check_by_hand(panel, by_hand("nps_plain.csv"))
    assert "one row for each respondent and question" in told(report)


def test_codes_inside_the_scale_are_missing_and_counted() -> None:
    panel, report = read("nps_m99.csv")
    check_by_hand(panel, by_hand("nps_m99.csv"))
    text = (CASES / "nps_m99.csv").read_text().splitlines()[1:]
    counts = [sum(line.split(",")[k] == "-99" for line in text) for k in (2, 3)]
    assert [report.series[s].missing["-99"] for s in ("ex", "cx")] == counts


def test_weights_are_used() -> None:
    panel, report = read("nps_weight.csv")
    check_by_hand(panel, by_hand("nps_weight.csv", weighted=True))
    assert "weighted by `weight`" in told(report)
    plain, _ = read("nps_plain.csv")
    assert np.all(panel.n <= plain.n + 1e-9)  # an effective number of answers is no larger than the number


def test_three_ways_to_write_agreement() -> None:
    numbers, _ = read("likert_num.csv", scale="likert5")
    for name in ("likert_words.csv", "likert_numwords.csv"):
        same(read(name, scale="likert5")[0], numbers)
    same(read("likert_words.csv", scale="auto")[0], numbers)


# --- workbooks


WORKBOOKS = ["cover_sheet.xlsx", "merged_units.xlsx", "two_headers.xlsx", "serial_time.xlsx"]


@pytest.mark.parametrize("name", WORKBOOKS)
def test_shapes_of_workbooks(name: str) -> None:
    panel, _ = read(name)
    same(panel, read("cover_sheet.xlsx")[0])
    assert np.isfinite(panel.y).sum() == 2 * 64
    kiel = panel.units.index("Kiel")
    np.testing.assert_allclose(2 * panel.y[kiel, :2] - 100, [[20.2, 32.3], [22.8, 28.4]])


def test_percent_cells_are_read_as_they_are_shown() -> None:
    panel, _ = read("percent_nps.xlsx")
    kiel = panel.units.index("Kiel")
    np.testing.assert_allclose(2 * panel.y[kiel, 0] - 100, [-4.8, 32.3])


def test_sheets_that_are_not_read_are_named() -> None:
    assert "sheets not read: Read me" in told(read("cover_sheet.xlsx")[1])


def test_formulas_without_saved_values_are_said() -> None:
    with pytest.raises(InputError, match="formula without a saved"):
        read("formulas.xlsx")


def test_two_header_rows_count_respondents() -> None:
    panel, _ = read("two_headers.xlsx")
    assert panel.n[panel.units.index("Kiel"), 0].tolist() == [78, 47]


def test_three_header_rows() -> None:
    panel, _ = read("", "qualtrics3.csv:qualtrics.yaml")
    plain, _ = read("nps_plain.csv")
    np.testing.assert_allclose(panel.y[..., ::-1], plain.y)  # there the customers' question comes first


# --- languages and encodings


RUSSIAN = ["ru_mon_full.csv", "ru_mon_g.csv", "ru_mon_short.csv", "cp1251_units.csv", "utf8_ru_headers.csv"]


@pytest.mark.parametrize("name", RUSSIAN)
def test_one_panel_in_russian(name: str) -> None:
    panel, report = read(name)
    same(panel, read("ru_dot.csv")[0])
    assert "Казань" in panel.units
    assert panel.y.shape == (8, 12, 2)
    if "cp1251" in name:
        assert "cp1251" in told(report)


def test_russian_headers_by_the_spec() -> None:
    panel, _ = read("", "cp1251_headers.csv:ru_spec.yaml")
    same(panel, read("cp1251_headers.csv")[0])
    same(panel, read("ru_dot.csv")[0])


@pytest.mark.parametrize("name", ["q_ru.csv", "q_rom.csv", "q_de.csv", "q_fr.csv", "q_en.csv"])
def test_quarters(name: str) -> None:
    panel, _ = read(name)
    assert (panel.start, panel.step, panel.y.shape) == (2024 * 12, 3.0, (8, 4, 2))
    assert np.isfinite(panel.y).all()


@pytest.mark.parametrize("name", ["months_de.csv", "months_es.csv", "months_fr.csv", "tz.csv"])
def test_months(name: str) -> None:
    panel, _ = read(name)
    assert (panel.start, panel.step, panel.y.shape) == (2024 * 12, 1.0, (8, 12, 2))
    assert np.isfinite(panel.y).all()


def test_gaps_and_years_among_months() -> None:
    gap, _ = read("gap.csv")
    assert gap.y.shape[1] == 12
    assert np.isfinite(gap.y).sum() == 2 * 64
    yearly, _ = read("yearly_ex.csv")
    assert np.isfinite(yearly.y).sum(axis=(0, 1)).tolist() == [32, 384]


def test_a_unit_that_ends_where_another_begins_is_asked_about() -> None:
    with pytest.raises(InputError, match="nearly alike"):
        read("renamed.csv")
    panel, report = read("renamed.csv", merge={})
    assert any("`Kiel` ends" in str(warning) and "merge" in str(warning) for warning in report.warnings)
    merged, again = read("renamed.csv", merge={"Kiel-Nord": ["Kiel"]})
    assert len(merged.units) == len(panel.units) - 1
    assert not any("ends in" in str(warning) for warning in again.warnings)


# --- pilots


PILOTS = sorted(path.name for path in CASES.glob("pilot_*.csv"))


@pytest.mark.parametrize("name", PILOTS)
def test_one_pilot_in_all_its_codings(name: str) -> None:
    found = difference(read_pilot(CASES / name, scale_of=lambda _measure: SCALES["enps"]))
    assert found.effect == pytest.approx(22.42, abs=0.01)
    assert (found.treated, found.control) == (6, 6)


def test_a_pilot_of_answers_needs_no_more_words_than_one_of_scores() -> None:
    pilot = read_pilot(CASES / "pilot_answers_0_10.csv", scale_of=lambda _measure: SCALES["enps"])
    assert pilot.reading is not None
    assert any("answers 0…10 became NPS points" in str(line) for line in pilot.reading["lines"])


# --- scenario files


@pytest.fixture
def folder(tmp_path: Path, scenarios: Path) -> Path:
    shutil.copytree(scenarios / "organisations", tmp_path / "organisations")
    for path in (CASES / "yaml").iterdir():
        shutil.copy(path, tmp_path)
    return tmp_path


def test_thousands_are_asked_about(folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        txsim.load(folder / "dots.yaml")
    assert [(p.line, p.path) for p in caught.value.problems] == [(12, "drivers[0].one_off"), (13, "drivers[0].monthly")]
    assert "22000 or 22?" in str(caught.value.problems[0].message)
    with pytest.raises(InputError, match="22000 or 22"):
        txsim.load(folder / "ruble.yaml", overrides=["drivers[0].one_off=22.000"])
    assert txsim.load(folder / "ruble.yaml", overrides=["drivers[0].one_off=22.0"]).drivers[0].one_off.args[0] == 22


@pytest.mark.parametrize(("name", "words"), [("int0.yaml", "a normal with the mean 15"), ("int1.yaml", "mean 7.79")])
def test_intervals_near_zero_say_family_and_mean(folder: Path, name: str, words: str) -> None:
    (remark,) = warnings(txsim.load(folder / name))
    assert words in str(remark.message)
    assert "family" in str(remark.hint)


def test_cyrillic_and_roubles(folder: Path) -> None:
    scenario = txsim.load(folder / "cp1251.yaml")
    assert scenario.drivers[0].title == "Служба поддержки в день обращения"
    assert any("cp1251" in str(remark.message) for remark in warnings(scenario))
    assert txsim.load(folder / "ruble.yaml").organisation.currency == "RUB"


def test_all_faults_of_a_scenario_are_told_at_once(folder: Path) -> None:
    text = (folder / "ruble.yaml").read_text("utf-8")
    text = text.replace("group: front_line", "group: front_lin").replace("{median: 9, factor: 1.8}", "4..12")
    (folder / "wrong.yaml").write_text(text.replace("22000", "2e"), "utf-8")
    with pytest.raises(InputError) as caught:
        txsim.load(folder / "wrong.yaml")
    messages = "\n".join(f"{p.message} {p.hint}" for p in caught.value.problems)
    for words in ("did you mean `front_line`", "{interval: [4, 12]}", "'2e'"):
        assert words in messages


def test_brackets_in_a_flow_mapping_have_a_cure(folder: Path) -> None:
    text = (folder / "ruble.yaml").read_text("utf-8").replace("node: ex, group: front_line", "node: ex[front_line]")
    (folder / "wrong.yaml").write_text(text, "utf-8")
    with pytest.raises(InputError, match="in quotes, or ex and a `group: front_line`"):
        txsim.load(folder / "wrong.yaml")
