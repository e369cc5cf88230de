# SPDX-License-Identifier: MIT
"""Limits in a run, a comparison and a grid: one choice, made by the same rule wherever it is told."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from tests.decide.firms import FIRM
from tests.report.spreadsheet import Sheets
from txsim.decide.advice import advise, advised
from txsim.decide.comparison import compare
from txsim.decide.sensitivity import analyse_sensitivity
from txsim.decide.whatif import whatif
from txsim.forecast import forecast
from txsim.forecast.labels import label_of
from txsim.pilot.analysis import analyse_pilot
from txsim.report.compose import compose
from txsim.report.figures import Figures
from txsim.report.output import report_bytes
from txsim.report.reading import result_from, result_of
from txsim.report.sections.page_one import hinges
from txsim.report.sections.sensitivity import drives
from txsim.report.sections.whatif import tried
from txsim.report.terminal import as_text
from txsim.results.page_one import FixedQuantity
from txsim.scenario import loads

DRAWS = 1024


def limited(text: str = FIRM, **limits: float) -> Any:
    stated = ", ".join(f"{name}: {value}" for name, value in limits.items())
    return loads(text + f"decision: {{{stated}}}\n")


@pytest.fixture(scope="module")
def figures() -> tuple[float, float, float]:
    """P(loss) of committing, 95 % quantile of its peak funding, and that of a horizon two years longer."""
    plain = forecast(loads(FIRM), draws=DRAWS, prior_only=True)
    assert plain.later is not None
    peaks = (plain.outcome.field("commit", "peak_funding"), plain.later.field("commit", "peak_funding"))
    now, later = (float(np.quantile(peak, 0.95)) for peak in peaks)
    return float((plain.npv("commit") < 0).mean()), now, later


def test_a_comparison_is_as_firm_as_the_run_and_names_who_is_excluded(figures: tuple[float, float, float]) -> None:
    p_loss, peak, _later = figures
    dear = FIRM.replace("one_off: 40000", "one_off: 240000").replace("median: 8", "median: 30")
    most = {"max_peak_funding": round(1.3 * peak), "max_p_loss": min(round(p_loss + 0.02, 3), 1.0)}
    scenarios = {"desk": limited(**most), "dear": limited(dear.replace("name: desk", "name: floor"), **most)}
    found = compare(scenarios, draws=DRAWS, prior_only=True, budget=10**9)
    advice = found.recommendation
    assert advice is not None
    held = {option.name: option for option in found.options}
    # Limits stand in the result whoever they exclude, and every option is held against them.
    assert (advice.max_peak_funding, advice.max_p_loss) == (most["max_peak_funding"], most["max_p_loss"])
    out = {
        name
        for name, o in held.items()
        if o.peak_funding_p95 > most["max_peak_funding"] or o.p_loss > most["max_p_loss"]
    }
    assert {each.option for each in advice.excluded} == out
    assert "dear/commit" in out
    told = next(each for each in advice.excluded if each.option == "dear/commit")
    assert told.peak_funding == held["dear/commit"].peak_funding_p95
    # What is run together keeps the limits, too.
    assert found.portfolio is not None
    assert all("dear/floor" not in each.drivers for each in found.portfolio.sets)
    assert any(not each.drivers for each in found.portfolio.sets)
    # Of those left out the one that would be chosen stands beside it, with what it breaks as its option has it.
    left_out = found.portfolio.left_out
    if held["dear/commit"].npv.mean > found.portfolio.joint.value:
        assert left_out is not None
        assert "dear/floor" in left_out.drivers
        assert left_out.joint.value > found.portfolio.joint.value
        assert left_out.peak_funding is None or left_out.peak_funding > most["max_peak_funding"]
        assert left_out.p_loss is None or left_out.p_loss > most["max_p_loss"]
        assert (left_out.peak_funding, left_out.p_loss) != (None, None)
    else:
        assert left_out is None or left_out.joint.value > found.portfolio.joint.value
    # Each scenario alone is what its run says, on the run's own points.
    for row, (name, scenario) in zip(found.scenarios, scenarios.items(), strict=True):
        run = advise(forecast(scenario, draws=DRAWS, prior_only=True))
        assert (row.name, row.option, row.state) == (name, run.option, run.state)
        if advice.best == f"{name}/{run.best}" and advice.state != "open":
            mine = {(f.name, f.side) for f in run.flips}
            assert mine <= {(f.name, f.side) for f in advice.flips}
            assert run.state != "leaning" or advice.state == "leaning"


def test_what_only_a_limit_decides_is_no_idle_input(figures: tuple[float, float, float]) -> None:
    p_loss = figures[0]
    low, high = round(max(p_loss - 0.1, 0.0), 3), round(min(p_loss + 0.1, 1.0), 3)
    answer = whatif(limited(max_p_loss=high), f"decision.max_p_loss={low},{high}", draws=DRAWS, prior_only=True)
    assert [cell.best for cell in answer.cells] == ["do_nothing", "commit"]
    result: Any = type("Result", (), {"answer": answer})()
    section = tried(result, "brief")
    assert section is not None
    assert "changes none of the figures" not in repr(section)
    # A limit that excludes nothing at either value moves nothing.
    idle = dataclasses.replace(
        answer, cells=tuple(dataclasses.replace(answer.cells[1], values=c.values) for c in answer.cells)
    )
    result = type("Result", (), {"answer": idle})()
    assert "changes none of the figures" in repr(tried(result, "brief"))


def test_a_longer_horizon_whose_funding_breaks_the_limit_is_no_lever(figures: tuple[float, float, float]) -> None:
    _p_loss, now, later = figures
    assert later > now
    free = advised(forecast(limited(max_peak_funding=round(1.01 * later)), draws=DRAWS, prior_only=True)).page_one
    tight = advised(forecast(limited(max_peak_funding=(now + later) / 2), draws=DRAWS, prior_only=True)).page_one
    assert free is not None
    assert tight is not None
    assert "horizon" in {lever.name for lever in free.levers}
    assert "horizon" not in {lever.name for lever in tight.levers}
    assert free.later == tight.later


def test_page_one_says_where_a_limit_is_reached_before_the_means_turn(figures: tuple[float, float, float]) -> None:
    p_loss = figures[0]
    most = round(p_loss + 0.03, 3)
    limited_by = advised(forecast(limited(max_p_loss=most), draws=2 * DRAWS, prior_only=True))
    plain = advised(forecast(loads(FIRM), draws=2 * DRAWS, prior_only=True))
    assert limited_by.page_one is not None
    assert plain.page_one is not None
    assert all(hinge.limit_at is None for hinge in plain.page_one.hinges)
    assert limited_by.recommendation is not None
    assert limited_by.recommendation.option == "commit"
    told = [hinge for hinge in limited_by.page_one.hinges if hinge.limit_at is not None]
    assert told
    lost = limited_by.npv("commit") < 0
    for hinge in told:
        at = float(hinge.limit_at or 0.0)
        values = limited_by.drawn.uncertain[hinge.name]
        share = np.array([lost[part].mean() for part in np.array_split(np.argsort(values), 16)])
        # By its author's unit the quantity may fall where draws rise; more often than the limit on the worse side.
        rises = share[:4].mean() < share[-4:].mean()
        worse, better = (share[-4:], share[:4]) if rises else (share[:4], share[-4:])
        assert worse.mean() > most > better.mean()
        if hinge.threshold is not None and hinge.above is hinge.limit_above:
            assert at > hinge.threshold if hinge.above else at < hinge.threshold


def test_break_evens_say_where_a_limit_turns_the_answer(figures: tuple[float, float, float]) -> None:
    """Committing pays on average far beyond where it breaks its limit: both are told, by the limit's name."""
    p_loss = figures[0]
    for most, excluded in ((round(p_loss + 0.03, 3), False), (round(p_loss - 0.03, 3), True)):
        found = forecast(limited(max_p_loss=most), draws=4 * DRAWS, prior_only=True)
        answer = analyse_sensitivity(found)
        told = [each for each in answer.parameters if each.stated is not None and each.stated.limit]
        assert told
        lost = found.npv("commit") < 0
        for each in told[:3]:
            stated = each.stated
            assert stated is not None
            assert stated.limit == "max_p_loss"
            # Near the value committing loses as often as is allowed: a twentieth of the draws on either side.
            values = found.drawn.uncertain[each.name]
            label = label_of(found.scenario, each.name)
            order = np.argsort(np.abs([label.stated(v) for v in values] - np.float64(stated.limit_at or 0.0)))
            near = lost[order[: values.size // 10]]
            assert near.mean() == pytest.approx(most, abs=4 * 0.5 / np.sqrt(near.size))
        section = repr(drives(type("Result", (), {"answer": answer})(), "brief"))  # type: ignore[arg-type]
        assert ("the limit on losses turns the answer already at" in section) is not excluded
        assert ("the limit on losses is kept only at" in section) is excluded
        assert ("As things stand committing is excluded whatever it pays" in section) is excluded
        page = advised(found).page_one
        assert page is not None
        assert {hinge.limit for hinge in page.hinges if hinge.limit_at is not None} == {"max_p_loss"}


def test_what_by_itself_keeps_no_limit_is_said_once(figures: tuple[float, float, float]) -> None:
    """Beyond the limit on peak funding whatever is known: no row and no item says so, the paragraph above does."""
    p_loss = figures[0]
    found = forecast(limited(max_p_loss=round(p_loss - 0.03, 3)), draws=DRAWS, prior_only=True)
    answer, nowhere = analyse_sensitivity(found), FixedQuantity(None, above=False)
    moved = [each if each.stated is None else dataclasses.replace(
        each, stated=dataclasses.replace(each.stated, limit_fixed=nowhere)) for each in answer.parameters]  # fmt: skip
    words = repr(drives(result_from(dataclasses.replace(answer, parameters=tuple(moved))), "brief"))
    assert words.lower().count("fixed alone, ") == 1
    assert "every limit is kept" not in words
    assert "the limit on losses is kept only at" not in words
    run = advised(found)
    assert run.page_one is not None
    assert len(run.page_one.hinges) > 1
    items = tuple(dataclasses.replace(hinge, limit_fixed=nowhere) for hinge in run.page_one.hinges)
    answer_run = result_of(run).answer
    page = dataclasses.replace(answer_run.page_one, hinges=items)
    block = hinges(dataclasses.replace(answer_run, page_one=page), Figures("EUR"))
    assert block.title.endswith("; none of these, fixed alone, brings it within the limits")
    assert "limit" not in repr(block.items)


def test_each_option_is_held_to_the_limits_of_its_own_file(figures: tuple[float, float, float]) -> None:
    p_loss, peak, _later = figures
    floor = FIRM.replace("name: desk", "name: floor").replace("one_off: 40000", "one_off: 44000")
    strict, mild = round(max(p_loss - 0.05, 0.001), 3), min(round(p_loss + 0.2, 3), 1.0)
    stated = {"a": limited(max_p_loss=strict), "b": limited(floor, max_p_loss=mild, max_peak_funding=2 * peak)}
    for names in (("a", "b"), ("b", "a")):  # whichever comes first
        found = compare({name: stated[name] for name in names}, draws=DRAWS, prior_only=True, budget=10**9)
        advice = found.recommendation
        assert advice is not None
        out = {each.option: each for each in advice.excluded}
        assert set(out) == {"a/commit"}
        assert (out["a/commit"].max_p_loss, out["a/commit"].max_peak_funding) == (strict, None)
        assert advice.best == "b/commit"
        assert (advice.max_p_loss, advice.max_peak_funding) == (None, None)
        assert "where its file allows" in str(advice.sentence)
        warned = " ".join(map(str, found.warnings))
        assert "the files state different limits, and each option is held to those of its own" in warned
        assert {(s.name, s.max_p_loss) for s in found.scenarios} == {("a", strict), ("b", mild)}
        assert found.portfolio is not None
        assert found.portfolio.drivers == ("b/floor",)
        book = Sheets(report_bytes([result_from(found)], "xlsx"))
        rows = {str(row[0].value): row for row in book.book["Comparison"].iter_rows(min_row=10)}
        kept = {name.partition(":")[0]: book.cell("Comparison", row[13].coordinate) for name, row in rows.items()
                if name.endswith("commit now")}  # fmt: skip
        assert kept == {"a": "no", "b": "yes"}
    # Files that state the same say nothing of it.
    same = compare({"a": limited(max_p_loss=mild), "b": limited(floor, max_p_loss=mild)}, draws=DRAWS, prior_only=True)
    assert "different limits" not in " ".join(map(str, same.warnings))


@pytest.mark.parametrize("cut", [0.1, 0.15, 0.2, 0.25, 0.3])
def test_a_lever_that_turns_an_answer_at_a_limit_holds_when_it_is_run(cut: float) -> None:
    """A cheaper price that lets committing in by the limit on losses still does with that price in the scenario."""

    def cheaper(share: float) -> str:
        return FIRM.replace("one_off: 40000", f"one_off: {40000 * (1 - share):g}")

    plain = forecast(loads(cheaper(cut)), draws=4 * DRAWS, prior_only=True)
    # One future fewer than lose at this price: it does not do, however it looks on fewer draws.
    most = float((plain.npv("commit") < 0).mean()) - 1 / (4 * DRAWS)
    told = advised(forecast(limited(max_p_loss=most), draws=4 * DRAWS, prior_only=True)).page_one
    assert told is not None
    lever = next(each for each in told.levers if each.name == "price")
    assert lever.turns
    again = advise(forecast(limited(cheaper(lever.size), max_p_loss=most), draws=4 * DRAWS, prior_only=True))
    assert again.option == lever.option
    assert again.p_loss[lever.option] <= most


def test_workbook_and_pilot_name_the_limit_that_excludes_committing(
    figures: tuple[float, float, float],
) -> None:
    """The peak that is held against the limit stands beside what is refused for it, and so does what it leaves."""
    pilot = "pilot: {months: 6, scope: 0.2, one_off: 3000, respondents: 40}\n"
    most = 0.9 * figures[1]
    found = advised(forecast(limited(FIRM + pilot, max_peak_funding=most), draws=DRAWS, prior_only=True))
    assert found.recommendation is not None
    peak = float(np.quantile(found.outcome.field("commit", "peak_funding"), 0.95))
    sheet = Sheets(report_bytes([result_of(found)], "xlsx")).book["Summary"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    heads = next(row for row in rows if row[0] == "option")
    commit = next(row for row in rows if row[0] == "Commit now")
    assert commit[heads.index("peak funding, 95 %")] == pytest.approx(peak)
    # By which limit stands below, so that columns are narrow enough to be read on A4.
    at = next(i for i, row in enumerate(rows) if row[0] == "Excluded by the limits set")
    refused = next(row for row in rows[at:] if row[0] == "Commit now")
    assert "of peak funding in 95 of 100" in refused[1]
    assert sum(sheet.column_dimensions[name].width for name in ("A", "B")) < 50
    means = found.recommendation.mean_npv
    answer = analyse_pilot(found, scopes=(), months=(), respondents=(), controls=())
    said = as_text(compose([result_from(answer)])).replace("\N{NO-BREAK SPACE}", " ")
    assert means["commit"] > means["pilot_then_decide"]
    told = " ".join(said.split())
    assert "Within the limits set that choice is “do nothing”; “commit now”, worth" in told
