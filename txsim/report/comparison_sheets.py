# SPDX-License-Identifier: MIT
"""Sheets of a comparison: options with limits that can be moved, differences, sets under a budget, beliefs weighed.

What a spreadsheet can work out is a formula: return on cost, whether an option keeps within the limits, which of those
pays most on average, what drivers do to each other, means under a mixture of beliefs. What sets options apart, and how
often one is the best, needs the futures and is a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from txsim.language import _, capital
from txsim.report.book import Book
from txsim.report.case_sheets import write_case
from txsim.report.document import Document, Note, Verdict, plain
from txsim.report.pictures.alternatives import scoped_name
from txsim.report.pictures.options import choices
from txsim.report.reading import Result
from txsim.report.words import npv_name, option_name
from txsim.results.compare import Beliefs, ComparedOption, Comparison, Portfolio
from txsim.results.run import Run

#: Names of what can be moved, and the letter of the column of options that a limit is held against.
_LIMITS = {"budget": "B", "most_p_loss": "G", "most_peak_funding": "I"}
#: Rows of the first limit and of the first option, from 1.
_LIMITS_AT, _FIRST = 5, 10
#: Columns of options that are printed; those behind them serve formulas.
_PRINTED = 14


def _limits_of(comparison: Comparison) -> dict[str, float | None]:
    """Return the limits by which the comparison was made, by name; ``None`` for no limit."""
    advice, portfolio = comparison.recommendation, comparison.portfolio
    budget = None if portfolio is None else portfolio.budget
    if advice is None:
        return {"budget": budget, "most_p_loss": None, "most_peak_funding": None}
    return {
        "budget": advice.max_pv_cost if budget is None else budget,
        "most_p_loss": advice.max_p_loss,
        "most_peak_funding": advice.max_peak_funding,
    }


def _own_limits(comparison: Comparison) -> dict[str, tuple[Any, Any]]:
    """Return by scenario what it allows for losses and for peak funding, where files differ in that; else nothing."""
    stated = {each.name: (each.max_p_loss, each.max_peak_funding) for each in comparison.scenarios}
    return stated if len(set(stated.values())) > 1 else {}


def _within(option: ComparedOption, comparison: Comparison) -> bool:
    held = {"budget": _cost(option), "most_p_loss": option.p_loss, "most_peak_funding": option.peak_funding_p95}
    own = zip(held, (None, *_own_limits(comparison).get(str(option.scenario), ())), strict=False)
    stated = [*_limits_of(comparison).items(), *own]
    return all(most is None or float(held[name]) <= float(most) for name, most in stated)


def _cost(option: ComparedOption) -> float:
    return 0.0 if option.scenario is None else float(option.pv_cost)


def write_comparison(book: Book, document: Document, comparison: Comparison, *, again: bool = False) -> None:
    """Write all sheets of a comparison but its assumptions, which stand with those of runs.

    ``again``: whether the book holds another comparison: names of limits hold in these sheets alone then.
    """
    sheet = book.sheet(_("Comparison"))
    _options(book, sheet, document, comparison)
    _differences(book, comparison)
    using = [sheet]
    if comparison.portfolio is not None and comparison.portfolio.sets:
        using.append(_sets(book, comparison.portfolio))
    for scope in [f"'{each.get_name()}'!" for each in using] if again else [""]:
        for row, name in enumerate(_LIMITS, start=_LIMITS_AT):
            book.book.define_name(f"{scope}{name}", f"='{sheet.get_name()}'!$B${row}")
    if comparison.beliefs is not None:
        _beliefs(book, comparison, comparison.beliefs)


def _head(book: Book, sheet: Any, document: Document, columns: int) -> None:
    """Write title, question and the answer in its own words over the first three rows."""
    sheet.write_string(0, 0, document.title, book.title)
    sheet.write_string(1, 0, document.subtitle)
    verdict = next((b for section in document.sections for b in section.blocks if isinstance(b, Verdict)), None)
    if verdict is None:
        return
    lead = f"{verdict.name}. {plain(verdict.sentence)} {plain(verdict.because)}".strip()
    sheet.merge_range(2, 0, 2, columns - 1, lead, book.word)


def _notes(book: Book, sheet: Any, row: int, columns: int, texts: Sequence[str]) -> None:
    for i, text in enumerate(texts):
        sheet.merge_range(row + i, 0, row + i, columns - 1, text, book.note)


def _options(book: Book, sheet: Any, document: Document, comparison: Comparison) -> None:
    """Write every option with the limits."""
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 16, 12)
    after = comparison.after_tax
    heads = [
        _("option"),
        _("cost, present value"),
        _("mean {npv}").format(npv=npv_name(after_tax=after, taxed=comparison.taxed)),
        _("simulation error"),
        _("5 %"),
        _("95 %"),
        _("P(loss)"),
        _("worst 5 %"),
        _("peak funding, 95 %"),
        _("paid back, undiscounted"),
        _("ROI"),
        _("best in"),
        _("missed against the best of each future"),
        _("within the limits"),
        _("its mean, if so"),
        *([_("its own limit on losses"), _("its own limit on peak funding")] if _own_limits(comparison) else []),
    ]
    _head(book, sheet, document, _PRINTED)
    options = sorted(comparison.options, key=lambda option: -option.worth(after_tax=after).mean)
    last = _FIRST + len(options) - 1
    _limits(book, sheet, comparison)
    book.heads(sheet, _FIRST - 2, heads)
    ranked: Mapping[str, Any] = comparison.p_best_together if comparison.p_best else {}
    for row, option in enumerate(options, start=_FIRST):
        _option(book, sheet, row, option, comparison)
        if option.name in ranked:
            regret = comparison.expected_regret[option.name]
            book.cells(sheet, row - 1, [(ranked[option.name].value, book.share), (regret, book.money)], start=11)
    notes = [_("Warning: {text}.").format(text=warning) for warning in comparison.warnings]
    if ranked:
        _most(book, sheet, last, comparison)
        notes += [
            _(
                "Best in: share of futures in which nothing here pays more. Options that begin alike are counted "
                "together."
            ),
            _(
                "A mean alone does not decide: whether it is ahead by more than noise, and what would turn it, stands "
                "in the first lines, for the limits of the comparison."
            ),
        ]
    alike = [plain(b.text) for s in document.sections if s.id == "compared" for b in s.blocks if isinstance(b, Note)]
    notes += [text for text in alike if text not in notes]
    _notes(book, sheet, last + 4, _PRINTED, notes)
    sheet.freeze_panes(_FIRST - 1, 1)
    sheet.print_area(0, 0, last + 3 + len(notes), _PRINTED - 1)


def _limits(book: Book, sheet: Any, comparison: Comparison) -> None:
    """Write the limits by which the comparison was made; an empty cell is no limit."""
    limits = _limits_of(comparison)
    sheet.write_string(3, 0, _("Limits: change what is blue; an empty cell is no limit"), book.head)
    rows = (
        ("budget", _("budget: highest cost, present value"), book.number_in),
        ("most_p_loss", _("highest probability of a loss"), book.share_in),
        ("most_peak_funding", _("highest peak funding, 95 %"), book.number_in),
    )
    for row, (name, label, form) in enumerate(rows, start=_LIMITS_AT - 1):
        value = limits[name]
        sheet.write_string(row, 0, label, book.word)
        if value is None:
            sheet.write_blank(row, 1, None, form)
        else:
            sheet.write_number(row, 1, float(value), form)
        sheet.write_string(row, 2, name, book.note)


def _option(book: Book, sheet: Any, row: int, option: ComparedOption, comparison: Comparison) -> None:
    """Write an option into a row, counted from 1."""
    worth, cost = option.worth(after_tax=comparison.after_tax), _cost(option)
    values = (
        (scoped_name(option.name, comparison.titles), book.word),
        (cost, book.money),
        (worth.mean, book.money),
        (worth.mcse, book.money),
        (worth.p05, book.money),
        (worth.p95, book.money),
        (option.p_loss, book.share),
        (option.cvar05.value, book.money),
        (option.peak_funding_p95, book.money),
        (option.paid_back, book.share),
    )
    book.cells(sheet, row - 1, values)
    sheet.write_formula(
        row - 1, 10, f'=IF(B{row}>0,C{row}/B{row},"")', book.share, float(worth.mean) / cost if cost > 0 else ""
    )
    within, held = _within(option, comparison), [*_LIMITS.items()]
    own = _own_limits(comparison).get(str(option.scenario))
    if own is not None:
        book.cells(sheet, row - 1, zip(own, (book.share_in, book.number_in), strict=True), start=15)
        held += [(f"P{row}", _LIMITS["most_p_loss"]), (f"Q{row}", _LIMITS["most_peak_funding"])]
    tests = ",".join(f'OR({limit}="",{letter}{row}<={limit})' for limit, letter in held)
    yes, no = _("yes"), _("no")
    sheet.write_formula(row - 1, 13, f'=IF(AND({tests}),"{yes}","{no}")', book.word, yes if within else no)
    mean = float(worth.mean) if within else ""
    sheet.write_formula(row - 1, 14, f'=IF(N{row}="{yes}",C{row},"")', book.money, mean)


def _most(book: Book, sheet: Any, last: int, comparison: Comparison) -> None:
    """Write under the options which of those within the limits pays most on average."""
    after = comparison.after_tax
    within = [option for option in comparison.options if _within(option, comparison)]
    best = max(within, key=lambda option: option.worth(after_tax=after).mean, default=None)
    label = "" if best is None else scoped_name(best.name, comparison.titles)
    mean = 0.0 if best is None else float(best.worth(after_tax=after).mean)
    area = f"O{_FIRST}:O{last}"
    sheet.write_string(last + 1, 0, _("Within the limits this pays most on average:"), book.head)
    found = f'=IF(COUNT({area})=0,"",INDEX(A{_FIRST}:A{last},MATCH(MAX({area}),{area},0)))'
    sheet.write_formula(last + 1, 1, found, book.book.add_format({"bold": True}), label)
    sheet.write_string(last + 2, 0, _("its mean"))
    sheet.write_formula(last + 2, 1, f'=IF(COUNT({area})=0,"",MAX({area}))', book.total, mean)


def _differences(book: Book, comparison: Comparison) -> None:
    """Write all pairs, which are told draw by draw on futures that all share."""
    if not comparison.differences:
        return
    sheet = book.sheet(_("Differences"))
    sheet.set_column(0, 1, 44)
    sheet.set_column(2, 8, 15)
    titles = comparison.titles
    sheet.write_string(0, 0, _("What separates the options: the first less the second, draw by draw"), book.title)
    heads = (
        _("first"),
        _("second"),
        _("mean difference"),
        _("simulation error"),
        _("5 %"),
        _("95 %"),
        _("first pays more in"),
        _("the same in"),
        _("first pays less in"),
    )
    book.heads(sheet, 2, heads)
    for row, pair in enumerate(sorted(comparison.differences, key=lambda each: abs(each.mean)), start=3):
        words = [(scoped_name(name, titles), book.word) for name in (pair.a, pair.b)]
        amounts = [(value, book.money) for value in (pair.mean, pair.mcse, pair.p05, pair.p95)]
        shares = [(share, book.share) for share in pair.better_same_worse]
        book.cells(sheet, row, [*words, *amounts, *shares])
    sheet.freeze_panes(3, 2)


def _sets(book: Book, portfolio: Portfolio) -> Any:
    """Write the sets of drivers that were simulated together, and which the budget has room for; return the sheet."""
    sheet = book.sheet(_("Within the budget"))
    sheet.set_column(0, 0, 60)
    sheet.set_column(1, 6, 16)
    sheet.write_string(0, 0, _("Sets within the budget, simulated together; present values"), book.title)
    heads = (
        _("drivers"),
        _("cost"),
        _("together"),
        _("simulation error"),
        _("sum of each alone"),
        _("what they do to each other"),
        _("within the budget"),
    )
    book.heads(sheet, 2, heads)
    first, last = 4, 3 + len(portfolio.sets)
    labels = [", ".join(portfolio.titles.get(n, n) for n in each.drivers) or _("nothing") for each in portfolio.sets]
    for row, (label, each) in enumerate(zip(labels, portfolio.sets, strict=True), start=first):
        joint = float(each.joint.value)
        amounts = [(value, book.money) for value in (each.pv_cost, joint, each.joint.mcse, each.additive)]
        book.cells(sheet, row - 1, [(label, book.word), *amounts])
        sheet.write_formula(row - 1, 5, f"=C{row}-E{row}", book.money, joint - float(each.additive))
        fits = float(each.pv_cost) <= float(portfolio.budget)
        sheet.write_formula(
            row - 1, 6, f'=IF(OR(budget="",B{row}<=budget),C{row},"")', book.money, joint if fits else ""
        )
    area = f"G{first}:G{last}"
    sheet.write_string(last + 1, 0, _("Within the budget this set pays most on average:"), book.head)
    found = f'=IF(COUNT({area})=0,"",INDEX(A{first}:A{last},MATCH(MAX({area}),{area},0)))'
    best = max(range(len(labels)), key=lambda i: float(portfolio.sets[i].joint.value))
    sheet.write_formula(last + 1, 1, found, book.book.add_format({"bold": True}), labels[best])
    text = _(
        "The budget stands in the first sheet. Only these sets were simulated together, for the budget of the "
        "comparison; another may have room for better ones: `txsim compare … --budget`."
    )
    _notes(book, sheet, last + 3, len(heads), [text])
    return sheet


def _beliefs(book: Book, comparison: Comparison, beliefs: Beliefs) -> None:
    """Write what every action is worth under every belief, and its mean under weights that can be changed."""
    sheet = book.sheet(_("Beliefs"))
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 1 + len(beliefs.names), 18)
    titles = comparison.titles
    npv = npv_name(after_tax=comparison.after_tax, taxed=comparison.taxed)
    sheet.write_string(0, 0, _("Mean {npv} of every action under every belief").format(npv=npv), book.title)
    named = [_("packaged evidence") if name == "default" else titles.get(name, name) for name in beliefs.names]
    book.heads(sheet, 2, (_("action"), *named, _("weighed")))
    end = book.letter(len(beliefs.names))
    sheet.write_string(3, 0, _("weight: change what is blue"))
    weights = [None if not comparison.mix else float(comparison.mix.get(name, 0.0)) for name in beliefs.names]
    for column, weight in enumerate(weights, start=1):
        if weight is None:
            sheet.write_blank(3, column, None, book.broken_in)
        else:
            sheet.write_number(3, column, weight, book.broken_in)
    worth = {(cell.belief, cell.action): cell.worth(after_tax=comparison.after_tax) for cell in beliefs.cells}
    for row, action in enumerate(beliefs.actions, start=5):
        known = [worth.get((name, action)) for name in beliefs.names]
        amounts = [(None if each is None else each.value, book.money) for each in known]
        book.cells(sheet, row - 1, [(scoped_name(action, titles), book.word), *amounts])
        total = sum(weight or 0.0 for weight in weights)
        mean: float | str = ""
        if total and all(each is not None for each in known):
            mean = sum((w or 0.0) * float(each.value) for w, each in zip(weights, known, strict=True) if each) / total
        area = f"$B$4:${end}$4"
        text = f'=IF(SUM({area})=0,"",SUMPRODUCT({area},B{row}:{end}{row})/SUM({area}))'
        sheet.write_formula(row - 1, 1 + len(beliefs.names), text, book.money, mean)
    sheet.freeze_panes(4, 1)


def write_runs(book: Book, document: Document, results: Sequence[Result]) -> None:
    """Write several runs side by side, then the inputs and the business case of each, from which its NPV comes."""
    sheet = book.sheet(_("Side by side"))
    sheet.set_column(0, 1, 34)
    sheet.set_column(2, 11, 13)
    heads = (
        _("run"),
        _("option"),
        _("cost, present value"),
        _("mean NPV, as decided by"),
        _("simulation error"),
        _("5 %"),
        _("95 %"),
        _("P(loss)"),
        _("worst 5 %"),
        _("paid back, undiscounted"),
        _("ROI"),
        _("NPV by its business case"),
    )
    sheet.write_string(0, 0, document.title, book.title)
    book.heads(sheet, 2, heads)
    row = 3
    for result in results:
        run: Run = result.answer
        place = write_case(book, run, result.title)
        for name, option in choices(run).items():
            label = option_name(name)
            words = [(text, book.word) for text in (result.title, capital(label))]
            if option is None:
                book.cells(sheet, row, [*words, (0, book.money), (0, book.money)])
                row += 1
                continue
            worth, back = option.worth(after_tax=run.after_tax), option.payback_month
            values = (
                (option.pv_cost.mean, book.money),
                (worth.mean, book.money),
                (worth.mcse, book.money),
                (worth.p05, book.money),
                (worth.p95, book.money),
                (option.p_loss.value, book.share),
                (option.cvar05.value, book.money),
                (None if back is None else back.p_within_horizon, book.share),
                (option.roi, book.share),
            )
            book.cells(sheet, row, [*words, *values])
            if place and run.cash_flow is not None and run.cash_flow.option == name:
                sheet.write_formula(row, 11, f"={place}", book.total, float(run.cash_flow.lines[-1].pv))
            row += 1
    notes = [plain(b.text) for s in document.sections if s.id == "runs" for b in s.blocks if isinstance(b, Note)]
    text = _(
        "The last column follows the inputs of the run, which stand in a sheet of their own; the others are as "
        "simulated."
    )
    _notes(book, sheet, row + 1, len(heads), [*notes, text])
    sheet.freeze_panes(3, 2)
