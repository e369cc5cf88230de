# SPDX-License-Identifier: MIT
"""Limits in a run, a comparison and a grid: one choice, made by the same rule wherever it is told."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from tests.decide.firms import FIRM
from txsim.decide.advice import advise, advised
from txsim.decide.comparison import compare
from txsim.decide.whatif import whatif
from txsim.forecast import forecast
from txsim.report.sections.whatif import tried
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
    limited_by = advised(forecast(limited(max_p_loss=most), draws=4 * DRAWS, prior_only=True))
    plain = advised(forecast(loads(FIRM), draws=4 * DRAWS, prior_only=True))
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
