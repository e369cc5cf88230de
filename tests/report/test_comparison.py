# SPDX-License-Identifier: MIT
"""A comparison has its own report, and several runs stand side by side: nothing of them is left out."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.report.conftest import txsim
from tests.report.handmade import read
from txsim.forecast import forecast
from txsim.report.basis import scenario_of
from txsim.report.compose import compose
from txsim.report.document import Document, Note, Paragraph, Picture, Table, Verdict, plain
from txsim.report.figures import Figures
from txsim.report.output import report_bytes
from txsim.report.reading import Result, read_result, result_of
from txsim.report.sections.comparison import best_set, portfolio
from txsim.results.compare import DriverSet, ExcludedSet, Portfolio
from txsim.results.quantities import Estimate
from txsim.scenario import Scenario, load

SCENARIOS = ("back_office_first", "front_line_first", "service_desk_pilot")


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory, scenarios: Path) -> Result:
    out = tmp_path_factory.mktemp("comparison") / "out"
    files = [scenarios / f"{name}.yaml" for name in SCENARIOS]
    txsim("compare", *files, "--draws", "512", "--prior-only", "--budget", "60000", "--out", out, "--quiet")
    return read_result(out)


def _table(document: Document, section: str) -> list[dict[str, str]]:
    blocks = next(each for each in document.sections if each.id == section).blocks
    table = next(block for block in blocks if isinstance(block, Table))
    return [dict(zip(table.head, map(plain, row), strict=True)) for row in table.rows]


def test_every_scenario_and_option_is_in_the_report(compared: Result) -> None:
    document = compose([compared])
    assert isinstance(document.sections[0].blocks[0], Verdict)
    assert [row["key"] for row in _table(document, "compared")[-1:]] == [""]
    assert {row["key"] for row in _table(document, "compared")} == {*SCENARIOS, ""}
    names = {option["name"] for option in compared.answer.to_json()["options"]}
    notes = [plain(block.text) for block in document.sections[0].blocks if isinstance(block, Note)]
    assert any("by itself is as its own run tells it" in note for note in notes)
    picture = next(block for block in document.pictures() if block.kind == "compared")
    assert len(_values(picture)) == len(names)
    assert len(_table(document, "options")) == len(names)
    assumed = [section.title for section in document.sections if section.id.startswith("assumptions")]
    assert [title.partition(": ")[2] for title in assumed] == [s.title for s in compared.answer.scenarios]
    within = _table(document, "budget")
    assert len(within) == len(compared.answer.to_json()["portfolio"]["sets"])


@pytest.mark.parametrize(
    "priors",
    [
        "{attrition_ex: {median: 0.016, factor: 1.3}, replacement_cost: 0.4}",
        "{attrition_ex: {median: 0.016, factor: 1.3, by: Ada, why: our leavers, date: 2026-11-03}}",
        "{attrition_ex: {value: 0.016, by: Ada}, doubt: {ex_cx: 20 %}}",
        "{attrition_ex: {median: 0.016, factor: 1.3, already_uses: [sears-1998]}}",
    ],
)
def test_a_scenario_with_beliefs_of_its_own_keeps_its_assumptions(tmp_path: Path, scenarios: Path, priors: str) -> None:
    shutil.copytree(scenarios, tmp_path / "scenarios")
    file = tmp_path / "scenarios" / "own.yaml"
    file.write_text(f"extends: back_office_first.yaml\npriors: {priors}\n")
    stated = load(file)
    again = Scenario.of_content(json.loads(json.dumps(stated.content)))
    assert (again.hash, again.priors) == (stated.hash, stated.priors)
    found = forecast(stated, draws=128, prior_only=True)
    read = result_of(found)
    assert scenario_of(read) is not None
    sections = {section.id: section for section in compose([read]).sections}
    assert any(isinstance(block, Table) for block in sections["assumptions"].blocks)


def _values(picture: Picture) -> list[dict[str, object]]:
    found = re.findall(r'"values": (\[\{"name".*?\}\])', json.dumps(picture.spec))
    return list(json.loads(found[0]))


def test_options_that_begin_alike_are_counted_together(compared: Result) -> None:
    """Table and picture of the answer count alike: every initiative has the sum of its bars, and all are 100."""
    document = compose([compared])
    rows, titles = {row["key"]: row for row in _table(document, "compared")}, compared.answer.titles
    picture = next(block for block in document.pictures() if block.kind == "best")
    values = {" ".join(str(row["name"]).split()): float(str(row["value"])) for row in _values(picture)}
    assert not any("review" in name for name in values)
    assert sum(values.values()) == pytest.approx(1.0, abs=1e-9)
    limited = bool(compared.answer.p_best_within)
    head = "best of all within the limits, in 100" if limited else "best of all in 100 (any of its options)"
    for name in SCENARIOS:
        bars = [100 * value for each, value in values.items() if each.startswith(f"{titles[name]}:")]
        assert float(rows[name][head].strip("<>").replace("–", "0")) == pytest.approx(sum(bars), abs=1.0)


def test_what_limits_exclude_is_marked_where_it_pays(compared: Result) -> None:
    """An initiative with the best mean that may not be chosen is not read as the best: its amounts have a mark."""
    advice = compared.answer.recommendation
    out = {each.option for each in advice.excluded}
    columns = {"commit": "commit now, average", "pilot_then_decide": "pilot first, average"}
    rows = {row["key"]: row for row in _table(compose([compared]), "compared")}
    marked = {
        f"{name}/{option}"
        for name in SCENARIOS
        for option, head in columns.items()
        if rows[name].get(head, "")[-1:] == "*"
    }
    assert marked == {name for name in out if name.rpartition("/")[2] in columns}


def test_the_first_step_is_that_of_the_scenario_alone(compared: Result, scenarios: Path) -> None:
    """Found by ``run`` on the same draws, scenario by scenario."""
    for each in compared.answer.to_json()["scenarios"]:
        told = json.loads(
            txsim("run", scenarios / f"{each['name']}.yaml", "--draws", "512", "--prior-only", "--json", "--quiet")
        )
        advice = told["recommendation"]
        # A clear lead may be a leaning on other futures: what is compared is what both say of the first step.
        assert (each["state"] == "open") == (advice["state"] == "open"), each["name"]
        if each["state"] != "open":
            assert each["option"] == advice["option"]
        share = {o.option: o.paid_back for o in compared.answer.options if o.scenario == each["name"]}
        back = told["options"]["commit"]["payback_month"]["p_within_horizon"]
        assert share["commit"] == pytest.approx(back, abs=4 * (0.25 / 512) ** 0.5)


def test_what_is_not_kept_is_said(compared: Result) -> None:
    alone = read(compared.kind, compared.answer.to_json())
    text = report_bytes([alone], "md").decode()
    assert "This file does not hold the scenarios" in text
    assert "This file does not hold the scenarios" not in report_bytes([compared], "md").decode()
    for kind, start in (("pdf", b"%PDF"), ("html", b"<!doctype html>")):
        assert report_bytes([compared], kind).startswith(start)


def test_several_runs_are_all_in_the_report(tmp_path: Path, scenarios: Path) -> None:
    results = []
    for name in SCENARIOS[:2]:
        out = tmp_path / name
        txsim("run", scenarios / f"{name}.yaml", "--draws", "256", "--prior-only", "--out", out, "--quiet")
        results.append(read_result(out))
    document = compose(results)
    assert document.sections[0].id == "runs"
    assert len(_table(document, "runs")) == len(results) + 1
    ids = [section.id for section in document.sections]
    assert len(ids) == len(set(ids))
    for result in results:
        of_it = [section for section in document.sections if section.title.startswith(f"{result.title}: ")]
        assert {section.id.rpartition("-")[0] for section in of_it} >= {"page_one", "payoff", "assumptions", "fixed"}
        assert any(section.sheet for section in of_it)


def test_the_headline_keeps_to_the_budget(scenarios: Path) -> None:
    """What costs more than the budget is not recommended, however well it pays; the best set stands with the answer."""
    files = [scenarios / "back_office_first.yaml", scenarios / "front_line_first.yaml"]
    rich = ("--set", "organisation.staff.support.salary_per_year=460000", "--set", "drivers.better_work.one_off=30000")

    def told(*more: str) -> dict[str, Any]:
        few = ("--draws", "256", "--prior-only", "--json", "--quiet")
        return dict(json.loads(txsim("compare", *files, *few, *rich, *more)))

    free = told()
    costs = {option["name"]: option["pv_cost"] for option in free["options"]}
    best = free["recommendation"]["best"]
    assert costs[best] > 0
    bound = told("--budget", str(0.9 * costs[best]))
    advice = bound["recommendation"]
    assert costs[advice["best"]] <= 0.9 * costs[best]
    assert best in advice["refused"]
    text = report_bytes([read("compare", bound)], "md").decode()
    answer = text.partition("Present values")[0]
    assert "No set of drivers fits the budget of" in answer
    assert "“Better work in the back office”, costs 51 k EUR" in answer.replace("\N{NO-BREAK SPACE}", " ")
    said = f"{advice['lead']} {advice['because']}"
    assert "The budget excludes what would pay more" in said
    assert "where the budget is" in said


def test_a_best_set_says_how_far_it_is_ahead_of_the_next_and_whether_that_is_enough() -> None:
    one, none = Estimate(184_000.0, 4_000.0), Estimate(0.0, 0.0)
    both = Estimate(244_000.0, 12_000.0)
    rows = (
        DriverSet(("a/desk", "b/app"), 871_000.0, 244_000.0, both),
        DriverSet(("a/desk",), 101_000.0, 184_000.0, one),
        DriverSet((), 0.0, 0.0, none),
    )
    titles = {"a/desk": "A desk", "b/app": "An app"}

    def said(sets: tuple[DriverSet, ...], margin: Estimate, *, close: bool) -> str:
        best = sets[0]
        found = Portfolio(1.2e6, best.drivers, best.pv_cost, best.additive, best.joint, 0.0, best.drivers, sets, titles,
                          margin, close)  # fmt: skip
        return best_set(found, Figures("EUR", 1000.0), None, after_tax=False).replace("\N{NO-BREAK SPACE}", " ")

    words = said(rows, Estimate(60_123.0, 10_200.0), close=False)
    assert "the best set is “A desk”, “An app”: +240 k EUR ± 10 k EUR for 871 k EUR of cost." in words
    assert words.endswith("That is 60 k EUR (±10 k EUR) more than “A desk” for 101 k EUR of cost.")
    words = said(rows, Estimate(60_123.0, 40_000.0), close=True)
    assert "several sets pay about the same" in words
    assert words.endswith("too little to choose by.")
    assert said(rows[1:], one, close=False).endswith("That is 184 k EUR (±4 k EUR) more than running none.")
    # Millions have two digits at most: what they do not show stands in its own unit.
    dear = DriverSet(("a/desk",), 1_200_000.0, 38_000.0, Estimate(38_000.0, 2_900.0))
    words = said((dear, rows[2]), Estimate(4_200.0, 1_900.0), close=False)
    assert "the best set is “A desk”: +38 k EUR ± 3 k EUR for 1.20 M EUR of cost." in words
    assert words.endswith("That is 4 k EUR (±2 k EUR) more than running none.")
    dear = replace(dear, joint=Estimate(344_000.0, 21_000.0))
    words = said((dear, rows[2]), Estimate(344_000.0, 21_000.0), close=False)
    assert "the best set is “A desk”: +0.34 M EUR ± 20 k EUR for 1.20 M EUR of cost." in words


def test_a_budget_is_not_blamed_for_what_a_limit_excludes() -> None:
    """The desk costs 340 k of 700 k and pays: only the limit on losses keeps it out, and that is said."""
    nothing = DriverSet((), 0.0, 0.0, Estimate(0.0, 0.0))
    desk = ExcludedSet(
        ("a/desk",), 340_000.0, 97_000.0, Estimate(97_000.0, 4_000.0), p_loss=0.42, max_p_loss=0.35
    )  # fmt: skip

    def said(left_out: ExcludedSet | None, cheapest: DriverSet | None = None) -> str:
        found = Portfolio(7e5, (), 0.0, 0.0, nothing.joint, 0.0, (), (nothing,), {"a/desk": "A desk"},
                          left_out=left_out, cheapest=cheapest)  # fmt: skip
        figures = Figures("EUR", 1000.0)
        (paragraph,) = portfolio(found, figures, after_tax=False)
        assert isinstance(paragraph, Paragraph)
        told = best_set(found, figures, None, after_tax=False)
        assert ("A desk" in plain(paragraph.text)) is ("A desk" in told)
        return told.replace("\N{NO-BREAK SPACE}", " ")

    assert said(None) == "Within the budget of 700 k EUR no set of drivers is expected to pay."
    nothing_fits = DriverSet(("a/desk",), 840_000.0, 97_000.0, Estimate(97_000.0, 4_000.0))
    assert (
        said(None, nothing_fits)
        == "No set of drivers fits the budget of 700 k EUR: the cheapest, “A desk”, costs 840 k EUR."
    )
    assert said(desk) == (
        "Within the budget of 700 k EUR and the limits set no set of drivers is expected to pay. But for the limits it "
        "would be “A desk”: +97 k EUR for 340 k EUR of cost; it loses in 42 of 100 futures, and 35 are allowed."
    )
