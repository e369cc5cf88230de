# SPDX-License-Identifier: MIT
"""The business case of hand-made lines: what its title says of them, which years stand together, what has added up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.handmade import RUN, read
from txsim.report.document import Table, plain
from txsim.report.figures import Figures
from txsim.report.sections.business_case import business_case
from txsim.results.cash_flow import CashFlow, CashFlowLine


def case(
    lines: dict[str, tuple[float, ...]], option: str = "commit", p_scale: float | None = None, grain: float = 1e3
) -> Table:
    """Return the table of lines that say what falls at first, then in each year; of present value the plain sum."""
    lines |= {"net": tuple(map(sum, zip(*lines.values(), strict=True)))}
    rows = tuple(CashFlowLine(name, v[0], v[1:], sum(v), sum(v)) for name, v in lines.items())
    run = replace(read("run", RUN).answer, cash_flow=CashFlow(option, rows, p_scale), horizon_months=84)
    (table,) = business_case(run, Figures("EUR", grain))
    assert isinstance(table, Table)
    return table


def cells(table: Table, name: str) -> list[str]:
    (row,) = [row for row in table.rows if row[0] == name]
    return [plain(cell) for cell in row[1:]]


def test_where_adding_up_would_move_a_figure_years_have_one_digit_more() -> None:
    """By tens 820 + 20 − 510 is 330 in the first year, yet 810 + 10 − 520 is 300: 24 + 14 = 38 would be 30 in total."""
    lines = {"retention": (0.0, 824e3, 814e3), "direct_benefits": (0.0, 24e3, 14e3), "running": (0.0, -514e3, -524e3)}
    by_ten = case(lines, grain=1e4)
    assert cells(by_ten, "Direct benefits") == ["·", "24", "14", "38", "40"]
    assert cells(by_ten, "Net") == ["·", "+334", "+304", "+638", "+640"]
    # 820 + 20 − 510 = 330 and nothing has to give: by tens.
    even = {"retention": (0.0, 821e3), "direct_benefits": (0.0, 21e3), "running": (0.0, -511e3)}
    assert cells(case(even, grain=1e4), "Net") == ["·", "+330", "+330", "+330"]


@given(
    st.lists(st.tuples(st.floats(1e4, 9e5), st.floats(1e4, 9e5), st.floats(1e4, 9e5)), min_size=2, max_size=6),
    st.lists(st.floats(-9e5, -1e4), min_size=4, max_size=4),
)
def test_no_year_is_printed_far_from_what_it_is(gains: list[tuple[float, ...]], bill: list[float]) -> None:
    """Known to 10 k and in k: whatever has to give so that columns add up, no figure of a year is off by 5 k."""
    names = ("retention", "referral", "spend", "staff_turnover", "direct_benefits", "cost_to_serve")
    lines = {name: (0.0, *years) for name, years in zip(names, gains, strict=False)} | {"running": tuple(bill)}
    lines = {name: tuple(float(v) for v in values) for name, values in lines.items()}
    table = case(dict(lines), grain=1e4)
    size = {"k": 1e3, "M": 1e6}[table.head[0].split("\N{NO-BREAK SPACE}")[0]]
    labels = dict(zip((*names, "running"), ("Customers who stay", "Customers who are won by referral",
                      "Customers who buy more", "Fewer quits", "Direct benefits", "Cost to serve", "Running cost"),
                      strict=True))  # fmt: skip
    net = [sum(values) for values in zip(*lines.values(), strict=True)]
    shown = {labels[name]: values for name, values in lines.items()} | {"Net": net}
    for name, values in shown.items():
        *years, total, _pv = [figure(cell) * size for cell in cells(table, name)]
        assert sum(years) == pytest.approx(total, abs=1.0)
        for one, exact in zip((*years, total), (*values, sum(values)), strict=True):
            most = 5_001 if size == 1e3 else 10_001  # in M there is no digit more: what gives, gives a whole step
            assert abs(one - exact) <= most + 1e-6 * abs(exact)


def figure(cell: str) -> float:
    return 0.0 if cell == "·" else float(cell.replace("−", "-").replace("+", "").replace(",", ""))


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
