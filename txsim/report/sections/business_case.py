# SPDX-License-Identifier: MIT
"""The business case: expected benefits by line, costs and net, by year and as present values, adding up as printed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from txsim.decide.path_attribution import PATH_NAMES
from txsim.language import N_, _, capital
from txsim.language.numbers import Unit, amount, largest_remainder, of_hundred, unit_of
from txsim.report.document import Block, Datum, Table, Text
from txsim.report.figures import Figures
from txsim.report.words import rate
from txsim.results.cash_flow import CashFlow, CashFlowLine
from txsim.results.names import if_we
from txsim.results.run import Run

#: What each line is called; benefits as paths are.
LINES = PATH_NAMES | {
    "one_off": N_("one-off cost"),
    "running": N_("running cost"),
    "runoff": N_("customers kept after the horizon"),
    "tax": N_("tax"),
    "net": N_("net"),
}
#: Years that stand in columns of their own.
_YEARS = 5


#: Lines that are no benefits.
_COSTS = ("one_off", "running", "tax", "net")


def business_case(run: Run, figures: Figures) -> list[Block]:
    """Return the table of an option: benefits, costs, net and what has added up, each column adding up as printed."""
    case = run.cash_flow
    if case is None:
        return []
    largest = max(abs(value) for line in case.lines for value in (line.total, line.pv, *line.years))
    unit = unit_of(largest, run.currency)
    lines = [_folded(line) for line in case.lines]
    years = len(lines[0].years)
    caption = _("expected, {unit}, less doing nothing; present value at {rate} a year")
    if case.p_scale is not None:
        caption = _(
            "expected, {unit}, less doing nothing; present value at {rate} a year; it goes on in {times} of 100 futures"
        )
    if run.tax_rate is not None:
        caption = f"{caption}; {_('after tax') if run.after_tax else _('before tax')}"
    times = "" if case.p_scale is None else of_hundred(case.p_scale)
    caption = caption.format(unit=unit.name, rate=rate(run.discount_rate), times=times)
    grain = figures.grain or 10.0**-unit.digits * unit.divisor
    lines, small = _without_small(lines, grain)
    if small:
        text = _("{caption}; too small for a line of its own, counted with the largest benefit: {lines}")
        names = ", ".join(_(LINES.get(name, name)) for name in small)
        caption = text.format(caption=caption, lines=names)
    rows, sums, faint, moved = _rows(lines, unit, grain)
    if moved:
        text = _("{caption}; rounded so that all adds up, exact totals stand in the workbook")
        caption = text.format(caption=caption)
    for line in case.lines:
        if line.name == "tax" and abs(line.beyond) >= 0.5 * grain:
            text = _("{caption}; {amount} of relief from tax comes after month {n}: in the present value, in no year")
            if line.beyond < 0:
                text = _("{caption}; {amount} of tax comes after month {n}: in the present value, in no year")
            told = amount(abs(line.beyond), run.currency, grain=grain)
            caption = text.format(caption=caption, amount=told, n=run.horizon_months)
    head = (unit.name, _("Initial"), *_heads(years, run.horizon_months), _("Total"), _("Present value"))
    pv = printed_column(case.lines[:-1], [line.pv for line in case.lines[:-1]], grain)
    by_line = [(line.name, value) for line, value in zip(case.lines, pv, strict=False)]
    benefits = sum(value for name, value in by_line if name not in _COSTS)
    tax = -sum(value for name, value in by_line if name == "tax")
    return [Table(caption, head, rows, sums=sums, faint=faint, title=_title(case, run, figures.grain, benefits, tax))]


def _title(case: CashFlow, run: Run, grain: float, benefits: float, tax: float) -> str:
    """Return the message, with benefits and tax as the table has them, so that what it names adds up.

    In the state of an open question it is a condition, so that no option is called the answer.
    """
    net = case.lines[-1].pv
    npv = amount(net, run.currency, plus=True, grain=grain)
    cost = -sum(line.pv for line in case.lines if line.name in ("one_off", "running"))
    if case.option == "pilot_then_decide" and case.p_scale is not None:
        text = _("If we pilot first, {times} in 100 futures stop there: {npv}")
        return text.format(times=of_hundred(1 - case.p_scale), npv=npv)
    condition = capital(str(if_we(case.option)))
    if abs(net) < 0.1 * cost:
        if net < -0.5 * grain:
            text = _("{if_we}, it falls just short of earning back its cost: {npv}")
            return text.format(if_we=condition, npv=npv)
        return _("{if_we}, it just about earns back its cost: {npv}").format(if_we=condition, npv=npv)
    if net < 0:
        return _("{if_we}, it does not earn back its cost: {npv}").format(if_we=condition, npv=npv)
    text = _("{if_we}, {benefits} of benefits for {cost} of cost: {npv}")
    if tax > 0:
        text = _("{if_we}, {benefits} of benefits for {cost} of cost and {tax} of tax: {npv}")
    elif tax < 0:
        text = _("{if_we}, {benefits} of benefits and {tax} of tax saved for {cost} of cost: {npv}")
    told = {"benefits": benefits, "cost": cost, "tax": abs(tax)}
    amounts = {name: amount(value, run.currency, grain=grain) for name, value in told.items()}
    return text.format(if_we=condition, npv=npv, **amounts)


def _heads(years: int, months: int) -> list[str]:
    heads = [_("Year {n}").format(n=i + 1) for i in range(years)]
    if months > 12 * _YEARS:
        heads[-1] = _("Years {first} to {last}").format(first=_YEARS, last=-(-months // 12))
    return heads


def _folded(line: CashFlowLine) -> CashFlowLine:
    """Return a line with all years after the fourth in one."""
    if len(line.years) <= _YEARS:
        return line
    return CashFlowLine(
        line.name, line.initial, (*line.years[: _YEARS - 1], sum(line.years[_YEARS - 1 :])), line.total, line.pv
    )


def _without_small(lines: Sequence[CashFlowLine], grain: float) -> tuple[list[CashFlowLine], list[str]]:
    """Return lines without benefits that would print as nothing in every year, and what those are called.

    They are counted with the largest benefit: a line of dots with a present value of one grain would be worth more
    today than in total.
    """
    kept, benefits = lines[:-1], [i for i, line in enumerate(lines[:-1]) if line.name not in _COSTS]
    columns = [printed_column(kept, [of(line) for line in kept], grain) for of in _columns(_years_of(kept))]
    largest = max(benefits, key=lambda i: (any(column[i] for column in columns), abs(lines[i].total)), default=-1)
    small = [i for i in benefits if i != largest and not any(column[i] for column in columns)]
    if not small:
        return list(lines), []
    together = [lines[i] for i in (largest, *small)]
    years = tuple(map(sum, zip(*(line.years for line in together), strict=True)))
    initial, total, pv = (sum(getattr(line, key) for line in together) for key in ("initial", "total", "pv"))
    merged = CashFlowLine(lines[largest].name, initial, years, total, pv)
    rest = [merged if i == largest else line for i, line in enumerate(lines) if i not in small]
    # Columns are rounded to their sums: without the small ones another line may print as nothing.
    last, more = _without_small(rest, grain)
    return last, [*(lines[i].name for i in small), *more]


def _rows(
    lines: Sequence[CashFlowLine], unit: Unit, grain: float
) -> tuple[tuple[tuple[Text, ...], ...], frozenset[int], frozenset[int], bool]:
    """Return the cells, the rows that are sums, those of less weight, and whether adding up moves a printed figure.

    Each column adds up to its net as printed; each total is the sum of the cells before it. Where that would move a
    figure by more than half a grain of tens, years and totals have the digit that the unit leaves room for; present
    values stay with the headline's.
    """
    lines, finer = lines[:-1], grain / 10
    columns, totals = _by_year(lines, grain)
    grains = [grain] * (len(columns) + 2)
    if finer > 0.99 * 10.0**-unit.digits * unit.divisor and _moved(lines, columns, totals, grain):
        columns, totals = _by_year(lines, finer)
        grains = [*[finer] * (len(columns) + 1), grain]
    # What is discounted is not printed as more than the sum it is discounted from.
    limits = [
        abs(total) if abs(line.pv) <= abs(line.total) else math.inf for line, total in zip(lines, totals, strict=True)
    ]
    whole = [*columns, totals, printed_column(lines, [line.pv for line in lines], grain, limits)]
    rows: list[tuple[Text, ...]] = []
    sums, faint = set(), set()

    def add(name: str, values: Sequence[float], *, plus: bool = False) -> None:
        cells = (_cell(value, unit, of, plus=plus) for value, of in zip(values, grains, strict=False))
        rows.append((name, *cells))

    parts = (
        ("benefits", [i for i, line in enumerate(lines) if line.name not in _COSTS]),
        ("costs", [i for i, line in enumerate(lines) if line.name in ("one_off", "running")]),
        ("", [i for i, line in enumerate(lines) if line.name == "tax"]),
    )
    for name, members in parts:
        # A line of nothing is no line where there is no other: what they come to says so.
        for i in members if name != "benefits" or any(column[j] for column in whole for j in members) else ():
            add(capital(_(LINES.get(lines[i].name, lines[i].name))), [column[i] for column in whole])
        if name and members:
            sums.add(len(rows))
            add(_("Benefits") if name == "benefits" else _("Costs"), [sum(c[i] for i in members) for c in whole])
    net = [sum(column) for column in whole]
    sums.add(len(rows))
    add(capital(_(LINES["net"])), net, plus=True)
    faint.add(len(rows))
    so_far = np.cumsum(net[:-2]).tolist()
    rows.append((_("Net so far"), *(_cell(value, unit, grains[0], plus=True) for value in so_far), "", ""))
    moved = _moved(lines, columns, totals, grains[0])
    return tuple(rows), frozenset(sums), frozenset(faint), moved


def _by_year(lines: Sequence[CashFlowLine], grain: float) -> tuple[list[list[float]], list[float]]:
    """Return the columns at first and of each year as printed, and their sums by line."""
    columns = [printed_column(lines, [of(line) for line in lines], grain) for of in _columns(_years_of(lines))]
    return columns, [sum(parts) for parts in zip(*columns, strict=True)]


def _moved(
    lines: Sequence[CashFlowLine], columns: Sequence[Sequence[float]], totals: Sequence[float], grain: float
) -> bool:
    """Return whether a figure is printed more than half a grain from what it is, so that all add up."""
    exact = [[of(line) for line in lines] for of in _columns(_years_of(lines))]
    printed, exact = [*columns, totals], [*exact, [line.total for line in lines]]
    pairs = [pair for one, other in zip(printed, exact, strict=True) for pair in zip(one, other, strict=True)]
    pairs += [(sum(one), sum(other)) for one, other in zip(printed, exact, strict=True)]
    return any(abs(one - other) > 0.5001 * grain for one, other in pairs)


def printed_column(
    lines: Sequence[CashFlowLine], values: Sequence[float], grain: float, limits: Sequence[float] | None = None
) -> list[float]:
    """Return what stands in a column, multiples of a grain that add up to its rounded sum.

    What is spent is rounded by itself, so that an even bill is even in every year and the cost is that of every other
    page; benefits, where there are any, take up the rest. ``limits`` is how large each may be at most, if that can be.
    """
    kinds = [1 if line.name in ("one_off", "running") else 2 if line.name == "tax" else 0 for line in lines]
    printed = [0.0] * len(lines)
    left = _rounded(sum(values), grain)
    last = 0 if any(v for v, kind in zip(values, kinds, strict=True) if kind == 0) else 2
    for kind in sorted({1, 2, 0}, key=lambda each: (each == last, each != 1)):
        members = [i for i, each in enumerate(kinds) if each == kind and values[i]]
        if not members:
            continue
        share = left if kind == last else _rounded(sum(values[i] for i in members), grain)
        left -= share
        for i in [i for i in members if lines[i].name == "one_off" and math.isclose(values[i], lines[i].initial)]:
            # What is spent at first and never again is one figure in every column: the others take up the rest.
            printed[i] = _rounded(values[i], grain)
            share -= printed[i]
            members.remove(i)
        within = None if limits is None else [limits[i] for i in members]
        parts = largest_remainder([values[i] for i in members], grain, share, within)
        for i, part in zip(members, parts, strict=True):
            printed[i] = part
    return printed


def _rounded(value: float, grain: float) -> float:
    return round(value / grain) * grain


def _years_of(lines: Sequence[CashFlowLine]) -> int:
    return max((len(line.years) for line in lines), default=1)


def _columns(years: int) -> list[Callable[[CashFlowLine], float]]:
    """Return what stands in each column but the total and the present value: at first, each year."""

    def year(i: int) -> Callable[[CashFlowLine], float]:
        return lambda line: line.years[i]

    return [lambda line: line.initial, *(year(i) for i in range(years))]


def _cell(value: float, unit: Unit, grain: float, *, plus: bool = False) -> Text:
    return Datum("·") if abs(value) < grain / 2 else Datum(unit.show(value, plus=plus, grain=grain))
