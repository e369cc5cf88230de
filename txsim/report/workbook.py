# SPDX-License-Identifier: MIT
"""A workbook for the CFO: typed numbers, and formulas that arrive at our figures by themselves.

Every formula carries the value that we computed, so that viewers which do not calculate show it too. Text is written
as text whatever it begins with.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from txsim.decide.sentences import beyond_limits
from txsim.language import _, capital
from txsim.report.basis import Belief, beliefs_of, scenario_of
from txsim.report.book import LONGEST, Book
from txsim.report.case_sheets import write_case
from txsim.report.comparison_sheets import write_comparison, write_runs
from txsim.report.compose import compose
from txsim.report.document import Document, Note, Paragraph, Table, Verdict, plain
from txsim.report.reading import Result, runs_of
from txsim.report.words import npv_name, option_name
from txsim.results.compare import Comparison
from txsim.results.names import group_name
from txsim.results.run import Option, Run

_MOST_DRAWS = 16384


def as_workbook(document: Document, results: Sequence[Result]) -> bytes:
    """Return runs, comparisons or both as an Excel workbook.

    ``document``: the report; its tables of assumptions and its first sentence are taken over. ``results``: what it is
    about: at least one run or comparison. A single run has its months, draws and beliefs, too.
    """
    runs = runs_of(results)
    stream = io.BytesIO()
    book = Book(stream, results[0].answer.currency)
    if len(runs) == 1:
        _summary(book, document, runs[0])
        write_case(book, runs[0].answer)
    elif runs:
        write_runs(book, document, runs)
    alone = [(result, compose([result])) for result in results]
    for i, (result, own) in enumerate(each for each in alone if isinstance(each[0].answer, Comparison)):
        write_comparison(book, own, result.answer, again=i > 0)
    _assumptions(book, alone)
    if len(runs) == 1:
        _in_depth(book, document, runs[0])
    book.close()
    return stream.getvalue()


def _in_depth(book: Book, document: Document, result: Result) -> None:
    """Write the months and draws of a run, and what it believes."""
    if result.draws is not None and result.draws.cumulative and result.draws.months:
        for option in result.draws.options:
            _cash_flow(book, result, option)
    if result.draws is not None and next(iter(result.draws.npv.values())).size <= _MOST_DRAWS:
        _draws(book, result)
    _priors(book, beliefs_of(result, scenario_of(result)))
    _claims(book, document)


def _summary(book: Book, document: Document, result: Result) -> None:
    sheet = book.sheet(_("Summary"))
    sheet.write_string(0, 0, document.title, book.title)
    sheet.write_string(1, 0, document.subtitle)
    lead = next((plain(block.sentence) for block in document.sections[0].blocks if isinstance(block, Verdict)), "")
    sheet.merge_range(2, 0, 2, 9, lead, book.word)
    run: Run = result.answer
    taxed = run.tax_rate is not None
    listed = {"commit": run.options["commit"], **run.policies, **run.options}
    frees = any(each.capacity_freed is not None and each.capacity_freed.mean for each in listed.values())
    advice = run.recommendation
    refused = (
        {}
        if advice is None
        else {
            each.option: "; ".join(str(why) for why in beyond_limits(each, advice, run.currency))
            for each in advice.excluded
        }
    )
    npv, other = (npv_name(after_tax=after, taxed=taxed) for after in (run.after_tax, not run.after_tax))
    heads = [
        _("option"),
        _("mean {npv}").format(npv=npv),
        _("simulation error"),
        _("median"),
        _("5 %"),
        _("95 %"),
        _("P(loss)"),
        _("worst 5 %"),
        _("ROI"),
        _("paid back, undiscounted"),
        _("cost, present value"),
        _("peak funding"),
        _("after the horizon"),
        *([_("mean {npv}").format(npv=other)] if taxed else []),
        *([_("capacity freed: no cash, in no other figure")] if frees else []),
        _("peak funding, 95 %"),
    ]
    # As narrow as heads and amounts allow: what is printed on A4 is to be read.
    largest = max(abs(value) for each in listed.values() for value in (each.npv.p05, each.npv.p95, each.pv_cost.mean))
    longest = max(len(word) for head in heads for word in head.split())
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, len(heads) - 1, max(longest + 1, len(f"-{largest:,.0f} {run.currency}") + 1))
    book.heads(sheet, 4, heads)
    # What can be chosen today, then the paths that only a policy takes.
    for i, (name, option) in enumerate(listed.items()):
        row = 5 + i
        fixed = name not in ("commit", *run.policies)
        label = _("fixed in advance: {option}").format(option=option_name(name)) if fixed else option_name(name)
        payback, runoff, worth = option.payback_month, option.runoff, option.worth(after_tax=run.after_tax)
        beside = option.npv if run.after_tax else option.npv_after_tax
        cells = (
            (capital(label), book.word),
            (worth.mean, book.money),
            (worth.mcse, book.money),
            (worth.median, book.money),
            (worth.p05, book.money),
            (worth.p95, book.money),
            (option.p_loss.value, book.share),
            (option.cvar05.value, book.money),
            (option.roi, book.share),
            (None if payback is None else payback.p_within_horizon, book.share),
            (option.pv_cost.mean, book.money),
            (option.peak_funding.mean, book.money),
            (None if runoff is None else runoff.mean, book.money),
            *([(None if beside is None else beside.mean, book.money)] if taxed else []),
            *([(None if option.capacity_freed is None else option.capacity_freed.mean, book.money)] if frees else []),
            (option.peak_funding.p95, book.money),
        )
        book.cells(sheet, row, cells)
    sheet.freeze_panes(5, 1)
    row = 6 + len(listed)
    if refused:
        sheet.write_string(row, 0, capital(_("excluded by the limits set")), book.head)
        for name, why in refused.items():
            row += 1
            sheet.write_string(row, 0, capital(option_name(name)), book.word)
            sheet.merge_range(row, 1, row, 9, why, book.word)
        row += 2
    _segments(book, sheet, row + 1, listed, taxed=taxed)


def _segments(book: Book, sheet: Any, first: int, options: Mapping[str, Option], *, taxed: bool) -> None:
    """Write from a row on what each segment of customers adds to each option; nothing without segments."""
    parts = {name: option.payoff_by_segment for name, option in options.items() if option.payoff_by_segment}
    if not parts:
        return
    caption = _("Who carries it: what each segment of customers adds to each option, before the programme's cost")
    if taxed:
        caption = _(
            "Who carries it: what each segment of customers adds to each option, before tax and the programme's cost"
        )
    sheet.write_string(first, 0, caption, book.title)
    book.heads(sheet, first + 1, [_("segment"), *(capital(option_name(name)) for name in parts)])
    segments = list(next(iter(parts.values())))
    for i, segment in enumerate(segments, start=first + 2):
        book.cells(
            sheet, i, [(group_name(segment), book.word), *((of[segment].mean, book.money) for of in parts.values())]
        )
    last = first + 2 + len(segments)
    sheet.write_string(last, 0, _("all customers"), book.word)
    for column, of in enumerate(parts.values(), start=1):
        letter = chr(ord("A") + column)
        whole = sum(each.mean for each in of.values())
        sheet.write_formula(last, column, f"=SUM({letter}{first + 3}:{letter}{last})", book.money, whole)


def _assumptions(book: Book, results: Sequence[tuple[Result, Document]]) -> None:
    """Write the terms of every result, and the assumptions of every scenario as its own report has them."""
    sheet = book.sheet(_("Assumptions"))
    sheet.set_column(0, 0, 48)
    sheet.set_column(1, 1, 40)
    sheet.set_column(2, 2, 30)
    sheet.set_column(3, 3, 50)
    sheet.write_string(0, 0, _("Assumptions"), book.title)
    row = 2
    for result, document in results:
        answer = result.answer
        if len(results) > 1:
            sheet.write_string(row, 0, document.title, book.head)
            row += 1
        if isinstance(answer, Run):
            sheet.write_string(row, 0, _("horizon, months"))
            sheet.write_number(row, 1, answer.horizon_months, book.whole)
            row += 1
        sheet.write_string(row, 0, _("currency"))
        sheet.write_string(row, 1, answer.currency)
        sheet.write_string(row + 1, 0, _("seed, draws"))
        sheet.write_string(row + 1, 1, f"{answer.seed}, {answer.draws}")
        row += 3
    sections = [
        (section, document.title)
        for _r, document in results
        for section in document.sections
        if section.id.startswith("assumptions")
    ]
    for section, title in sections:
        if len(sections) > 1:
            named = section.title if section.id != "assumptions" else f"{title}: {section.title}"
            sheet.write_string(row, 0, named, book.title)
            row += 1
        for block in section.blocks:
            if isinstance(block, Note | Paragraph):
                sheet.merge_range(row, 0, row, 3, plain(block.text), book.note)
                row += 2
            if not isinstance(block, Table):
                continue
            sheet.write_string(row, 0, block.caption, book.head)
            for cells in block.rows:
                row += 1
                book.cells(sheet, row, [(plain(cell), book.word) for cell in cells])
            row += 2


def _months(result: Result, option: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return mean one-off, mean of all else, and 5 % and 95 % quantile of the month's payoff, ``(month,)`` each."""
    assert result.draws is not None  # noqa: S101 - the caller asks only with draws
    flow = np.diff(result.draws.cumulative[option], axis=0, prepend=0.0)
    one_off = result.draws.months[option]["one_off"]
    low, high = np.quantile(flow, (0.05, 0.95), axis=1)
    return -one_off, flow.mean(axis=1) + one_off, low, high


def _runoff(result: Result, option: str) -> float:
    run: Run = result.answer
    runoff = run.options[option].runoff
    if not run.counts_runoff or runoff is None:
        return 0.0
    # It stands on the side of the decision; the sheet adds up to the NPV before tax.
    taken = (run.tax_rate or 0.0) if run.after_tax else 0.0
    return float(runoff.mean) / (1.0 - taken) if taken < 1 else 0.0


def _convention(result: Result) -> str:
    return str((result.content or {}).get("convention", "monthly"))


def _cash_flow(book: Book, result: Result, option: str) -> None:
    name = capital(option_name(option))
    named = f"{_('Months')}, {name}"
    sheet = book.sheet(named if len(named) <= LONGEST else name)
    sheet.set_column(0, 0, 48)
    one_off, rest, low, high = _months(result, option)
    run: Run = result.answer
    rate, months = run.discount_rate, len(one_off)
    annual = _convention(result) == "annual"
    sheet.write_string(0, 0, f"{_('Monthly payoff against doing nothing')}: {name}", book.title)
    heads = (
        _("month"),
        _("one-off cost, mean"),
        _("all else, mean"),
        _("payoff, mean"),
        _("5 %"),
        _("95 %"),
        _("discount factor of one-offs"),
        _("discount factor of all else"),
        _("present value"),
    )
    first = 4
    longest = max(len(word) for head in heads for word in head.split())
    sheet.set_column(1, len(heads) - 1, max(16, longest + 3))
    book.heads(sheet, first - 1, heads)
    last = first + months - 1
    total = 0.0
    for i in range(months):
        row = first + i
        e = row + 1
        start, end = (1 + rate) ** (-i / 12), (1 + rate) ** (-(i + 1) / 12)
        texts = (f"=(1+discount_rate)^(-(A{e}-1)/12)", f"=(1+discount_rate)^(-A{e}/12)")
        if annual:
            end = (1 + rate) ** -(i // 12 + 1.0)
            start = 1.0 if i == 0 else end
            year = f"=(1+discount_rate)^(-(INT((A{e}-1)/12)+1))"
            texts = ("=1" if i == 0 else year, year)
        value = one_off[i] * start + rest[i] * end
        total += value
        book.cells(sheet, row, [(i + 1, book.whole), (one_off[i], book.money), (rest[i], book.money)])
        sheet.write_formula(row, 3, f"=B{e}+C{e}", book.money, one_off[i] + rest[i])
        book.cells(sheet, row, [(low[i], book.money), (high[i], book.money)], start=4)
        sheet.write_formula(row, 6, texts[0], book.factor, start)
        sheet.write_formula(row, 7, texts[1], book.factor, end)
        sheet.write_formula(row, 8, f"=B{e}*G{e}+C{e}*H{e}", book.money, value)
    row = last + 2
    runoff = _runoff(result, option)
    ours = run.options[option].npv.mean
    sheet.write_string(row, 0, _("present value of the mean cash flow"), book.head)
    sheet.write_formula(row, 1, f"=SUM(I{first + 1}:I{last + 1})", book.total, total)
    sheet.write_string(row + 1, 0, _("worth of customers kept, after the horizon"))
    sheet.write_number(row + 1, 1, runoff, book.money)
    taxed = run.tax_rate is not None
    name = npv_name(after_tax=False, taxed=taxed)
    sheet.write_string(row + 2, 0, _("mean {npv}, computed by txsim").format(npv=name))
    sheet.write_number(row + 2, 1, ours, book.money)
    sheet.write_string(row + 3, 0, _("difference"))
    sheet.write_formula(row + 3, 1, f"=B{row + 1}+B{row + 2}-B{row + 3}", book.money, total + runoff - ours)
    sheet.merge_range(
        row + 5,
        0,
        row + 5,
        8,
        _(
            "The present value of the mean cash flow is the mean NPV. The same is not true "
            "of the ends of a range: the columns 5 % and 95 % hold "
            "for each month by itself, and discounting them does not give the 5 % and 95 % of the NPV."
        ),
        book.note,
    )
    sheet.freeze_panes(first, 1)


def _draws(book: Book, result: Result) -> None:
    """Write NPV by draw, with mean and probability of a loss as formulas."""
    assert result.draws is not None  # noqa: S101 - the caller asks only with draws
    sheet = book.sheet(_("Payoffs by future"))
    sheet.set_column(0, 10, 18)
    options = list(result.draws.npv)
    size = result.draws.npv[options[0]].size
    labels = [_("future"), _("mean"), _("P(loss)"), _("5 %"), _("95 %")]
    if result.answer.tax_rate is not None:
        labels[0] = _("future; before tax")
    for row, label in enumerate(labels):
        sheet.write_string(row, 0, label, book.head)
    for column, option in enumerate(options, start=1):
        draws = result.draws.npv[option]
        letter = chr(ord("A") + column)
        cells = f"{letter}6:{letter}{size + 5}"
        book.heads(sheet, 0, [capital(option_name(option))], start=column)
        sheet.write_formula(1, column, f"=AVERAGE({cells})", book.money, float(draws.mean()))
        sheet.write_formula(2, column, f'=COUNTIF({cells},"<0")/COUNT({cells})', book.share, float((draws < 0).mean()))
        sheet.write_formula(3, column, f"=PERCENTILE({cells},0.05)", book.money, float(np.quantile(draws, 0.05)))
        sheet.write_formula(4, column, f"=PERCENTILE({cells},0.95)", book.money, float(np.quantile(draws, 0.95)))
        sheet.write_column(5, column, draws.tolist(), book.money)
    sheet.write_column(5, 0, list(range(1, size + 1)), book.whole)
    sheet.print_area(0, 0, 44, len(options))  # a page of them says how they look; nobody reads 4,096 on paper
    sheet.freeze_panes(5, 1)


def _priors(book: Book, beliefs: Sequence[Belief]) -> None:
    if not beliefs:
        return
    sheet = book.sheet(_("Priors"))
    heads = (
        _("parameter"),
        _("meaning"),
        _("unit"),
        _("before: 5 %"),
        _("median"),
        _("95 %"),
        _("after: 5 %"),
        _("median"),
        _("95 %"),
        _("why"),
    )
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 50)
    sheet.set_column(2, 2, 24)
    sheet.set_column(9, 9, 60)
    book.heads(sheet, 0, heads)
    for row, belief in enumerate(beliefs, start=1):
        words = [(text, book.word) for text in (belief.name, belief.meaning, belief.unit)]
        numbers = [(value, book.number) for value in (*belief.prior, *(belief.posterior or ()))]
        book.cells(sheet, row, [*words, *numbers])
        book.cells(sheet, row, [(belief.reason, book.word)], start=9)
    sheet.freeze_panes(1, 1)


def _claims(book: Book, document: Document) -> None:
    for section in document.sections:
        for block in section.blocks:
            if section.id == "beliefs" and isinstance(block, Table) and len(block.head) == 7:
                sheet = book.sheet(_("Claims"))
                sheet.set_column(0, 0, 60)
                sheet.set_column(1, 4, 16)
                sheet.set_column(5, 5, 60)
                sheet.set_column(6, 6, 22)
                book.heads(sheet, 0, block.head)
                for row, cells in enumerate(block.rows, start=1):
                    values = [getattr(cell, "value", None) for cell in cells]
                    shown = [
                        (plain(cell), book.word) if value is None else (value, book.share)
                        for cell, value in zip(cells, values, strict=True)
                    ]
                    book.cells(sheet, row, shown)
                sheet.freeze_panes(1, 1)
