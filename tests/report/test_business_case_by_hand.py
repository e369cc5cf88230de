# SPDX-License-Identifier: MIT
"""The business case of hand-made lines: what its title says of them, which years stand together, what has added up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.report.handmade import RUN, read
from txsim.report.document import Table, plain
from txsim.report.figures import Figures
from txsim.report.sections.business_case import business_case
from txsim.results.cash_flow import CashFlow, CashFlowLine


def case(lines: dict[str, tuple[float, ...]], option: str = "commit", p_scale: float | None = None) -> Table:
    """Return the table of lines that say what falls at first, then in each year; of present value the plain sum."""
    lines |= {"net": tuple(map(sum, zip(*lines.values(), strict=True)))}
    rows = tuple(CashFlowLine(name, v[0], v[1:], sum(v), sum(v)) for name, v in lines.items())
    run = replace(read("run", RUN).answer, cash_flow=CashFlow(option, rows, p_scale), horizon_months=84)
    (table,) = business_case(run, Figures("EUR", 1e3))
    assert isinstance(table, Table)
    return table


def cells(table: Table, name: str) -> list[str]:
    (row,) = [row for row in table.rows if row[0] == name]
    return [plain(cell) for cell in row[1:]]


def said(table: Table) -> str:
    return table.title.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("benefits", "words"),
    [
        (120e3, "If we commit now, 120 k EUR of benefits for 100 k EUR of cost: +20 k EUR"),
        (109e3, "If we commit now, it just about earns back its cost: +9 k EUR"),
        (91e3, "If we commit now, it falls just short of earning back its cost: −9 k EUR"),
        (99.9e3, "If we commit now, it just about earns back its cost: 0 k EUR"),
        (80e3, "If we commit now, it does not earn back its cost: −20 k EUR"),
    ],
)
def test_within_a_tenth_of_its_cost_it_just_about_earns_it_back(benefits: float, words: str) -> None:
    assert said(case({"retention": (0.0, benefits), "one_off": (-70e3, 0.0), "running": (0.0, -30e3)})) == words


def test_a_pilot_says_how_often_it_stops() -> None:
    """It goes on in 30 of 100 futures: in 70 it stops."""
    table = case({"retention": (0.0, 90e3), "one_off": (-70e3, 0.0)}, "pilot_then_decide", 0.3)
    assert said(table) == "If we pilot first, 70 in 100 futures stop there: +20 k EUR"
    assert "it goes on in 30 of 100 futures" in table.caption


def test_what_has_added_up_and_which_years_stand_together() -> None:
    """Seven years in five columns: the last holds three; net so far begins with what is spent at first."""
    table = case({"retention": (0.0, 10e3, 20e3, 30e3, 40e3, 50e3, 60e3, 70e3), "one_off": (-90e3, *(7 * [0.0]))})
    assert table.head[1:] == ("Initial", "Year 1", "Year 2", "Year 3", "Year 4", "Years 5 to 7", "Total",
                              "Present value")  # fmt: skip
    assert cells(table, "Benefits")[:6] == ["·", "10", "20", "30", "40", "180"]
    assert cells(table, "Net so far") == ["−90", "−80", "−60", "−30", "+10", "+190", "", ""]
