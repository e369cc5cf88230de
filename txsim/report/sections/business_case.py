# SPDX-License-Identifier: MIT
"""The business case: expected benefits by line, costs and net, by year and as present values, adding up as printed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from txsim.language import N_, _
from txsim.language.numbers import Unit, amount, unit_of
from txsim.report.document import Block, Datum, Note, Table, Text
from txsim.report.sections.grounds import rate
from txsim.report.words import option_name
from txsim.results.cash_flow import CashFlow, CashFlowLine
from txsim.results.run import Run

__all__ = ["LINES", "business_case", "largest_remainder"]

#: What each line is called.
LINES = {
    "retention": N_("customers who stay"),
    "referral": N_("customers who are won by referral"),
    "spend": N_("customers who buy more"),
    "digital_leavers": N_("fewer who leave over bad digital experiences"),
    "cost_to_serve": N_("cost to serve"),
    "margin": N_("margin of satisfied customers"),
    "staff_turnover": N_("fewer quits"),
    "productivity": N_("productivity"),
    "time": N_("working time saved"),
    "absence": N_("less absence"),
    "direct_benefits": N_("direct benefits"),
    "one_off": N_("one-off cost"),
    "running": N_("running cost"),
    "runoff": N_("customers kept after the horizon"),
    "net": N_("net"),
}
#: Years that stand in columns of their own.
_YEARS = 5


def business_case(run: Run) -> list[Block]:
    """Return the table of an option, with what it does not say in a note."""
    case = run.cash_flow
    if case is None:
        return []
    largest = max(abs(value) for line in case.lines for value in (line.total, line.pv, *line.years))
    unit = unit_of(largest, run.currency)
    lines = [_folded(line) for line in case.lines]
    years = len(lines[0].years)
    head = (_("expected, {unit}").format(unit=unit.name), _("at first"), *_heads(years, run.horizon_months))
    table = Table(_title(case, run), (*head, _("total"), _("present value")), tuple(_rows(lines, unit)))
    notes = [_("Means over all futures, less doing nothing; present values at {rate} a year add up to the NPV.")]
    if case.p_scale is not None:
        notes.append(_("Futures in which it stops are counted in."))
    text = " ".join(notes).format(rate=rate(run.discount_rate))
    return [table, Note(text)]


def _title(case: CashFlow, run: Run) -> str:
    npv = amount(case.lines[-1].pv, run.currency, plus=True)
    name = option_name(case.option)
    if case.lines[-1].pv >= 0:
        return _("“{option}” is worth {npv}: what it brings and what it costs").format(option=name, npv=npv)
    return _("“{option}” does not earn back its cost: {npv}").format(option=name, npv=npv)


def _heads(years: int, months: int) -> list[str]:
    heads = [_("year {n}").format(n=i + 1) for i in range(years)]
    if months > 12 * _YEARS:
        heads[-1] = _("years {first} to {last}").format(first=_YEARS, last=-(-months // 12))
    return heads


def _folded(line: CashFlowLine) -> CashFlowLine:
    """Return a line with all years after the fourth in one."""
    if len(line.years) <= _YEARS:
        return line
    return CashFlowLine(
        line.name, line.initial, (*line.years[: _YEARS - 1], sum(line.years[_YEARS - 1 :])), line.total, line.pv
    )


def _rows(lines: Sequence[CashFlowLine], unit: Unit) -> list[tuple[Text, ...]]:
    """Return the cells: each column adds up to its last as printed, each total is the sum of the cells before it."""
    grain = 10.0**-unit.digits * unit.divisor
    columns = [
        largest_remainder([values(line) for line in lines[:-1]], grain) for values in _columns(len(lines[0].years))
    ]
    totals = [sum(column[i] for column in columns[:-1]) for i in range(len(lines) - 1)]
    whole = [*columns[:-1], totals, columns[-1]]
    rows: list[tuple[Text, ...]] = []
    for i, line in enumerate(lines[:-1]):
        rows.append((_(LINES.get(line.name, line.name)), *(_cell(column[i], unit) for column in whole)))
    rows.append((_(LINES["net"]), *(_cell(sum(column), unit, plus=True) for column in whole)))
    return rows


def _columns(years: int) -> list[Callable[[CashFlowLine], float]]:
    """Return what stands in each column but the total: at first, each year, present value."""

    def year(i: int) -> Callable[[CashFlowLine], float]:
        return lambda line: line.years[i]

    return [lambda line: line.initial, *(year(i) for i in range(years)), lambda line: line.pv]


def _cell(value: float, unit: Unit, *, plus: bool = False) -> Text:
    return Datum("·") if value == 0 else Datum(unit.show(value, plus=plus))


def largest_remainder(values: Sequence[float], grain: float) -> list[float]:
    """Round values to multiples of a grain so that they add up to their rounded sum.

    >>> largest_remainder([1.4, 1.4, 1.4], 1.0)
    [2.0, 1.0, 1.0]
    """
    steps = [value / grain for value in values]
    down = [math.floor(step) for step in steps]
    missing = round(sum(steps)) - sum(down)
    order = sorted(range(len(values)), key=lambda i: (down[i] - steps[i], i))
    for i in order[: max(missing, 0)]:
        down[i] += 1
    return [step * grain for step in down]
