# SPDX-License-Identifier: MIT
"""The live part of the workbook: numbers with names, and formulas from them to yearly cash flow and NPV.

Each cell of a line is what was simulated, times how the line goes with each number on which it rests
(:mod:`txsim.decide.case_inputs`): in proportion, by a share of it, or by a curve of straight pieces. Nothing is raised
to a power or divided by a cell, so that none turns into an error. Years are discounted by ``discount_rate`` at the time
at which their money falls on average. Tax is a share of the year's profit, less what is written off of the one-off
cost, which goes with that cost.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from txsim.language import _, capital
from txsim.language.numbers import percent, unit_name
from txsim.report.book import Book
from txsim.report.sections.business_case import LINES
from txsim.report.sections.limits import own
from txsim.report.words import option_name
from txsim.results.cash_flow import CaseInput, CashFlow, CashFlowLine
from txsim.results.run import Run

_COSTS = ("one_off", "running")
#: A share of a line under this is rounding.
_LITTLE, _DUST = 1e-12, 1e-9
#: Digits of what a curve has for factors.
_DIGITS = 6


def write_case(book: Book, run: Run, title: str = "") -> str:
    """Write the sheets ``Inputs`` and ``Business case`` of a run, which without a business case has only the first.

    ``title``: of the run where it is one of several: names hold in its sheet alone then, so that each has its own.
    Returns where its NPV stands, as formulas of other sheets refer to it; empty without a business case.
    """
    case = run.cash_flow
    inputs = book.sheet(_("Inputs"))
    sheet = None if case is None else book.sheet(_("Business case"))
    scope = f"'{sheet.get_name()}'!" if sheet is not None and title else ""
    names = _inputs(book, inputs, run, () if case is None else case.inputs, title, scope)
    return "" if case is None else _case(book, sheet, run, case, names, title, scope)


def _names(inputs: Sequence[CaseInput]) -> dict[str, str]:
    """Return a name that a spreadsheet takes for each number."""
    names: dict[str, str] = {}
    for each in inputs:
        name = "in_" + re.sub(r"\W+", "_", str(each.name)).strip("_")
        while name in names.values():
            name += "_"
        names[str(each.name)] = name
    return names


def _inputs(book: Book, sheet: Any, run: Run, inputs: Sequence[CaseInput], title: str, scope: str) -> dict[str, str]:
    for column, width in enumerate((48, 14, 18, 14, 34, 24, 34)):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, _titled(title, _("Inputs: change what is blue")), book.title)
    heads = (_("what"), _("value"), _("unit"), _("as simulated"), _("what the value is"), _("who said it"))
    book.heads(sheet, 2, (*heads, _("name in formulas")))
    names = _names(inputs)
    rate = float(run.discount_rate)
    known = _("taken as known")
    rows = [(_("discount rate a year"), rate, "%", (known, "", "discount_rate"))]
    if run.cash_flow is not None and _taxed(run, run.cash_flow):
        rows.append((_("tax on profit"), float(run.tax_rate or 0.0), "%", (known, "", "tax_rate")))
    for each in inputs:
        share = each.unit == "%"
        value = float(each.value) / (100.0 if share else 1.0)
        unit = unit_name(each.unit) if each.unit else ""
        said = known
        if each.low is not None and each.high is not None:
            low, high = own(float(each.low), each.unit), own(float(each.high), each.unit)
            said = _("mean of a belief; with 90 % from {low} to {high}").format(low=low, high=high)
        rows.append((str(each.meaning), value, unit, (said, str(each.source), names[str(each.name)])))
    for row, (meaning, value, unit, words) in enumerate(rows, start=3):
        form, fixed = (book.share_in, book.share) if unit == "%" else book.of_number(value)
        book.cells(sheet, row, [(meaning, book.word), (value, form), (unit, book.unit), (value, fixed)])
        book.cells(sheet, row, [(text, book.word) for text in words], start=4)
        book.book.define_name(f"{scope}{words[-1]}", f"='{sheet.get_name()}'!$B${row + 1}")
    return names


def _titled(title: str, text: str) -> str:
    return f"{title}: {text}" if title else text


def _case(
    book: Book, sheet: Any, run: Run, case: CashFlow, names: Mapping[str, str], run_title: str, scope: str
) -> str:
    years = len(case.lines[0].years)
    sheet.set_column(0, 0, 48)
    sheet.set_column(1, years + 3, 14)
    title = _("Business case of “{option}”, expected values").format(option=option_name(case.option))
    sheet.write_string(0, 0, _titled(run_title, title), book.title)
    heads = [_("Initial"), *(_("Year {n}").format(n=i + 1) for i in range(years)), _("Total"), _("Present value")]
    sheet.set_column(years + 4, years + 4, 78)
    book.heads(sheet, 2, [_("line"), *heads, _("formulas of a year")])
    row = 3
    for line in case.lines[:-1]:
        label = _(LINES.get(line.name, line.name))
        sheet.write_string(row, 0, capital(label))
        values = (line.initial, *line.years)
        texts = [f"={float(v)!r}{_factor(line.name, case, names, i) if v else ''}" for i, v in enumerate(values)]
        present = _present(line, float(run.discount_rate), row + 1, _factor(line.name, case, names))
        if line.name == "tax" and _taxed(run, case):
            texts[1:], present = _taxes(run, case, names, years)
        for column, (text, value) in enumerate(zip(texts, (line.initial, *line.years), strict=True), start=1):
            sheet.write_formula(row, column, text, book.money, float(value))
        last = Book.letter(years + 1)
        sheet.write_formula(row, years + 2, f"=SUM(B{row + 1}:{last}{row + 1})", book.money, float(line.total))
        sheet.write_formula(row, years + 3, present, book.money, float(line.pv))
        if line.name != "tax":
            sheet.write_string(row, years + 4, _fit(line.name, case))
        row += 1
    net = case.lines[-1]
    sheet.write_string(row, 0, _("Net"), book.head)
    for column, value in enumerate((net.initial, *net.years, net.total), start=1):
        letter = Book.letter(column)
        sheet.write_formula(row, column, f"=SUM({letter}4:{letter}{row})", book.total, float(value))
    end = Book.letter(years + 3)
    sheet.write_formula(row, years + 3, f"=SUM({end}4:{end}{row})", book.total, float(net.pv))
    place = f"'{sheet.get_name()}'!${end}${row + 1}"
    book.book.define_name(f"{scope}net_present_value", f"={place}")
    _below(book, sheet, run, case, row, end)
    return place


def _below(book: Book, sheet: Any, run: Run, case: CashFlow, row: int, end: str) -> None:
    """Write NPV under its name, what the report says, and the return on cost."""
    npv = float(case.lines[-1].pv)
    spent = [i for i, line in enumerate(case.lines[:-1], start=4) if line.name in _COSTS]
    side = _("after tax") if run.after_tax else _("before tax")
    name = _("Net present value (NPV)") if run.tax_rate is None else f"{_('Net present value (NPV)')}, {side}"
    sheet.write_string(row + 2, 0, name, book.head)
    sheet.write_formula(row + 2, 1, "=net_present_value", book.total, npv)
    sheet.write_string(row + 3, 0, _("as simulated"))
    sheet.write_number(row + 3, 1, npv, book.money)
    sheet.write_string(row + 4, 0, _("moved by what was changed"))
    sheet.write_formula(row + 4, 1, f"=B{row + 3}-B{row + 4}", book.money, 0.0)
    if spent:
        cost = sum(float(line.pv) for line in case.lines if line.name in _COSTS)
        cells = "+".join(f"{end}{i}" for i in spent)
        sheet.write_string(row + 5, 0, _("Return on cost (ROI)"))
        sheet.write_formula(row + 5, 1, f'=IF(({cells})=0,"",B{row + 3}/-({cells}))', book.share, -npv / cost)
    text = _(
        "Expected values over {draws} futures, less doing nothing. Each line says by how much its formulas miss a "
        "simulation in which one number stands at an end of its interval of 90 %, half less or more where it is known, "
        "or at nothing; present values keep the time of year at which money falls. Several changes at once, and larger "
        "ones, are simulated again by `txsim run --set`."
    ).format(draws=f"{int(run.draws)}")
    if case.p_scale is not None:
        text += " " + _(
            "What is decided later stays as simulated: another decision is found by `txsim run --set` alone."
        )
    if _taxed(run, case):
        text += " " + _("Tax follows the rate and the profit of each year; over how long costs are written off stays.")
    sheet.merge_range(row + 7, 0, row + 7, 6, text, book.note)


def _taxed(run: Run, case: CashFlow) -> bool:
    """Whether tax is a line of the case, at a rate above 0."""
    return bool(run.tax_rate) and any(line.name == "tax" for line in case.lines)


def _taxes(run: Run, case: CashFlow, names: Mapping[str, str], years: int) -> tuple[list[str], str]:
    """Return the formulas of the tax of each year and of its present value: a share of what is taxed.

    That is all but the one-off cost, less what is written off of it: what was simulated, times what changes the cost.
    """
    rate, tax = float(run.tax_rate or 0.0), case.lines[-2]
    others = [line for line in case.lines[:-2] if line.name != "one_off"]
    first, last = 4, 1 + len(case.lines)
    own = next((i for i, line in enumerate(case.lines, start=first) if line.name == "one_off"), None)

    def taxed(column: int) -> str:
        letter = Book.letter(column)
        return f"SUM({letter}{first}:{letter}{last})" + (f"-{letter}{own}" if own is not None else "")

    texts, parts, rate_now = [], [], float(run.discount_rate)
    spent = -sum(float(line.total) for line in case.lines if line.name == "one_off")
    left = spent
    gone = float(tax.pv) / rate + sum(float(line.pv) for line in others)
    for year, taken in enumerate(tax.years):
        off = float(taken) / rate + sum(float(line.years[year]) for line in others)
        present = float(tax.pv_years[year]) / rate
        present += sum(float(line.pv_years[year]) for line in others if line.pv_years)
        time = _time(off, present, rate_now, year)
        factor = _factor("write_off", case, names, 1 + year)
        texts.append(f"=-tax_rate*({taxed(2 + year)}-({off!r}{factor}))")
        parts.append(f"{off!r}{factor}*(1+discount_rate)^(-{time!r})")
        gone -= off * (1 + rate_now) ** -time
        left -= off
    if left > _DUST * spent:  # written off after the horizon
        factor = _factor("write_off", case, names, 1 + years)
        parts.append(f"{left!r}{factor}*(1+discount_rate)^(-{_time(left, gone, rate_now, years)!r})")
    return texts, f"=-tax_rate*({taxed(years + 3)}-({'+'.join(parts)}))"


def _time(flow: float, present: float, rate: float, year: int) -> float:
    """Return when the money of a year falls on average, years from the start; its middle where there is none."""
    share = present / flow if flow else 0.0
    return round(-math.log(share) / math.log1p(rate) if rate and 0 < share < 2 else year + 0.5, 9)


def _factor(line: str, case: CashFlow, names: Mapping[str, str], column: int | None = None) -> str:
    """Return by what a column of a line is multiplied, or the line as a whole: what it goes with, as simulated."""
    text = ""
    for each in case.inputs:
        name, scale = names[str(each.name)], 100.0 if each.unit == "%" else 1.0
        base = float(each.value) / scale
        if line in each.powers:
            text += f"*({name}/{base!r})"
        elif line in each.curves:
            curve = each.curves[line]
            factors = [_weighed(line, case, row, column) for row in curve.factors]
            text += _pieces(name, [float(at) / scale for at in curve.at], factors, base)
    return text + _sum(line, case, names, column)


def _pieces(name: str, at: Sequence[float], factors: Sequence[float], base: float) -> str:
    """Return a curve of straight pieces, which is 1 where a number is as simulated and goes on straight at its ends."""
    slopes = [(after - before) / (b - a) for before, after, a, b in zip(factors, factors[1:], at, at[1:], strict=False)]
    text, middle = "", min(range(len(at)), key=lambda i: abs(at[i] - base))
    for i, slope in enumerate(slopes):
        # Each piece begins where the number, on its way from what it is, comes to it.
        nearer = i + 1 if i < middle else i
        before = (slopes[i + 1] if i + 1 < middle else 0.0) if i < middle else (slopes[i - 1] if i > middle else 0.0)
        bend = round(slope - before, _DIGITS) if abs(slope - before) >= 1 else float(f"{slope - before:.{_DIGITS}g}")
        if bend:
            point = base if nearer == middle else at[nearer]
            text += f"+({bend!r})*({'MIN' if i < middle else 'MAX'}({name},{point!r})-{point!r})"
    return f"*(1{text})" if text else ""


def _weighed(line: str, case: CashFlow, by_column: Sequence[float], column: int | None) -> float:
    """Return what holds for a column of a line, or for the line as a whole."""
    whole = next((each for each in case.lines if each.name == line), None)
    if column is not None or whole is None:  # older results have no column of what is written off after the horizon
        return float(by_column[min(column or 0, len(by_column) - 1)])
    money = [float(value) for value in (whole.initial, *whole.years)]
    if not sum(money):
        return max(map(float, by_column))
    return sum(float(each) * value for each, value in zip(by_column, money, strict=True)) / sum(money)


def _sum(line: str, case: CashFlow, names: Mapping[str, str], column: int | None = None) -> str:
    """Return by what a line that is a sum is multiplied: what each part of it adds, of one number or several.

    Of one column, or of the whole line.
    """
    ratios, left = {}, {}
    for each in case.inputs:
        if line in each.shares:
            base = float(each.value) / (100.0 if each.unit == "%" else 1.0)
            ratios[str(each.name)] = f"{names[str(each.name)]}/{base!r}"
            left[str(each.name)] = _weighed(line, case, each.shares[line], column)
    text = ""
    for part in case.parts.get(line, ()):
        share = _weighed(line, case, part.shares, column)
        text += f"+{share!r}*({'*'.join(ratios[name] for name in part.inputs)}-1)" if share else ""
        left |= {name: left[name] - share for name in part.inputs}
    for name, share in left.items():
        text += f"+{share!r}*({ratios[name]}-1)" if abs(share) > _LITTLE else ""
    return f"*(1{text})" if text else ""


def _fit(line: str, case: CashFlow) -> str:
    """Say how well the formulas of a line follow a simulation, and where a decision in between is held fixed."""
    fit = _missed(line, case)
    return fit if case.p_scale is None else _("{fit}; who scales or stops is held as simulated").format(fit=fit)


def _missed(line: str, case: CashFlow) -> str:
    """Say by how much the formulas of a line miss a simulation."""
    miss = float(case.within.get(line, 0.0))
    if not miss:
        return _("exact")
    if not any(line in by for each in case.inputs for by in (each.powers, each.shares, each.curves)):
        return _("as simulated: does not move with what is changed")
    return _("fitted, good within ±{percent}").format(percent=percent(max(miss, 0.001), 1))


def _present(line: CashFlowLine, rate: float, row: int, factor: str) -> str:
    """Return the formula of a line's present value, which is that of the months at the rate of the scenario."""
    parts, known = [f"B{row}"], float(line.initial)
    for i, (flow, present) in enumerate(zip(line.years, line.pv_years, strict=False)):
        time = _time(float(flow), float(present), rate, i)
        parts.append(f"{Book.letter(2 + i)}{row}*(1+discount_rate)^(-{time!r})")
        known += float(flow) * (1 + rate) ** -time
    rest = float(line.pv) - known
    # What is counted at the end, such as customers kept after the horizon, has no year of its own.
    if abs(rest) > 1e-6 * max(abs(float(line.pv)), 1e-9):
        parts.append(f"{rest!r}{factor}")
    return "=" + "+".join(parts)
