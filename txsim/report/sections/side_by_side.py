# SPDX-License-Identifier: MIT
"""The report of a comparison: the answer, all initiatives side by side, what separates them, the budget, assumptions.

One row for each scenario: what it costs, what committing and piloting would pay, how often it loses money and pays
back, and what to do first. Options of one scenario that begin alike need not be told apart today, so how often an
initiative is the best of all counts them together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from txsim.language import _, plural
from txsim.language.numbers import currency_name, number, unit_of
from txsim.report.basis import scenario_content
from txsim.report.document import Block, Bullets, Note, Paragraph, Section, Table, Text, Verdict
from txsim.report.figures import Figures, figures_for, figures_of
from txsim.report.pictures import alternatives
from txsim.report.reading import Result
from txsim.report.sections.assumptions import assumed
from txsim.report.sections.comparison import (
    APART,
    all_options,
    best_set,
    differences,
    figures_and_unit,
    portfolio,
    sets,
    twins,
    under_beliefs,
)
from txsim.report.sections.method import method
from txsim.report.sections.recommendation import flips_by_option, state_words
from txsim.report.words import option_name, rate, without_keys
from txsim.results.compare import ComparedOption, Comparison
from txsim.results.quantities import Distribution, Estimate
from txsim.results.run import Run


@dataclass(frozen=True)
class _Figures:
    """One option of one initiative, as a comparison or a run has it."""

    npv: Distribution
    p_loss: float
    paid_back: float | None
    pv_cost: float
    beyond: bool = False


@dataclass(frozen=True)
class _Initiative:
    title: str
    key: str
    options: Mapping[str, _Figures]
    best: float | None
    first_step: str


def comparison_report(result: Result) -> list[Section]:
    """Return the sections of a comparison's own report, nothing of it left out."""
    comparison: Comparison = result.answer
    advice = comparison.recommendation
    figures, unit = figures_and_unit(comparison)
    blocks: list[Block] = []
    if advice is not None:
        because = without_keys(advice.because) if advice.lead else ""
        if comparison.portfolio is not None:
            because = (
                f"{because} {best_set(comparison.portfolio, figures, advice, after_tax=comparison.after_tax)}".strip()
            )
        sentence = without_keys(advice.lead or advice.sentence)
        blocks.append(Verdict(advice.state, state_words(advice), sentence, because))
    blocks += [Note(_("Warning: {text}.").format(text=warning)) for warning in comparison.warnings]
    blocks += twins(comparison)
    if comparison.beliefs is not None:
        blocks += under_beliefs(comparison, comparison.beliefs, figures)
    caption = _("Present values, {unit}; each as its own run has it, on {draws} futures")
    if not comparison.as_runs:
        caption = _("Present values, {unit}; all on the same {draws} futures")
    draws = number(comparison.draws) if comparison.beliefs is None else ""
    if not draws:
        caption = _("Present values, {unit}; each under its own beliefs")
    caption += _side(after_tax=comparison.after_tax, taxed=comparison.taxed)
    if alternatives.beyond(comparison):
        by = _("{caption}; *: excluded by the limits set")
        if alternatives.by_budget(comparison):
            by = _("{caption}; *: excluded by the budget")
        caption = by.replace("{caption}", caption)  # its own places are filled later
    idle = _best_of(comparison).get("do_nothing")
    best_idle = None if idle is None else float(idle.value)
    limited = bool(comparison.p_best_within)
    blocks.append(_side_by_side(_initiatives(comparison), figures, caption, draws, best_idle, limited=limited))
    if comparison.beliefs is None and comparison.as_runs:
        blocks.append(Note(_(APART)))
    elif comparison.beliefs is None:
        text = _(
            "What a finished pilot of one of them taught is known to all here, so that a run of one alone can have "
            "other figures."
        )
        blocks.append(Note(text))
    blocks += [picture for picture in (alternatives.compared(result), alternatives.best(result)) if picture]
    sections = [Section("compared", _("The answer"), tuple(blocks))]
    apart = [*all_options(comparison, figures, unit, "full"), *differences(comparison, figures, unit, "full")]
    sections.append(Section("options", _("All options, and what separates them"), tuple(apart)))
    if comparison.portfolio is not None:
        within = [
            *portfolio(comparison.portfolio, figures, after_tax=comparison.after_tax),
            *sets(comparison.portfolio, figures),
        ]
        sections.append(Section("budget", _("Within the budget"), tuple(within)))
    if advice is not None and advice.flips:
        flip_blocks = (
            Paragraph(_("It would change:")),
            Bullets(tuple(flips_by_option(advice.flips, comparison.titles))),
        )
        sections.append(Section("changes", _("What would change it"), flip_blocks))
    return [*sections, *_assumed(result, comparison), method(comparison.draws, taxed=comparison.taxed)]


def _side(*, after_tax: bool, taxed: bool) -> str:
    """Return on which side of tax figures stand, behind a caption; nothing where no tax is stated."""
    if not taxed:
        return ""
    return f"; {_('after tax') if after_tax else _('before tax')}"


def _assumed(result: Result, comparison: Comparison) -> list[Section]:
    """Return the assumptions of every scenario, where the result holds them."""
    sections = []
    for i, each in enumerate(comparison.scenarios, 1):
        scenario = scenario_content(result, each.name)
        blocks: list[Block] = [Paragraph(each.question)] if each.question else []
        if scenario is not None:
            blocks += assumed(scenario)
        else:
            blocks.append(Note(_("This file does not hold them in a form that this version reads.")))
        title = _("Assumptions: {scenario}").format(scenario=comparison.titles[each.name])
        sections.append(Section(f"assumptions-{i}", title, tuple(blocks)))
    if not (result.content or {}).get("scenarios"):
        sections = []
        text = _(
            "This file does not hold the scenarios: `txsim compare … --out FOLDER` keeps them, then report FOLDER."
        )
        sections.append(Section("assumptions", _("Assumptions"), (Note(text),)))
    return sections


def _initiatives(comparison: Comparison) -> list[_Initiative]:
    by_scenario: dict[str, dict[str, _Figures]] = {}
    groups: dict[str, dict[str, float]] = {}
    shares_of_best = _best_of(comparison)
    for option in comparison.options:
        if option.scenario:
            of = _of(option, after_tax=comparison.after_tax, beyond=option.name in alternatives.beyond(comparison))
            by_scenario.setdefault(str(option.scenario), {})[option.option] = of
            if option.name in shares_of_best:
                share = float(shares_of_best[option.name].value)
                groups.setdefault(str(option.scenario), {})[option.begins_as or option.name] = share
    best = {scenario: sum(shares.values()) for scenario, shares in groups.items()}
    titles = comparison.titles
    initiatives = []
    for each in comparison.scenarios:
        title = titles[each.name]
        step = "" if each.option is None or each.state is None else _first_step(each.state, each.option)
        initiatives.append(_Initiative(title, each.name, by_scenario.get(each.name, {}), best.get(each.name), step))
    return initiatives


def _best_of(comparison: Comparison) -> Mapping[str, Estimate]:
    """Return in what share each option is the best, counted as the picture counts: of what limits leave, if any do."""
    return comparison.p_best_within or comparison.p_best_together


def _of(option: ComparedOption, *, after_tax: bool, beyond: bool) -> _Figures:
    back = None if option.paid_back is None else float(option.paid_back)
    return _Figures(option.worth(after_tax=after_tax), float(option.p_loss), back, float(option.pv_cost), beyond)


def _first_step(state: str, option: str) -> str:
    if state == "open":
        return _("open: no clear choice")
    template = _("clear: {option}") if state == "clear" else _("leaning: {option}")
    return template.format(option=option_name(option))


def _side_by_side(
    rows: Sequence[_Initiative],
    figures: Figures,
    caption: str,
    draws: str = "",
    idle: float | None = None,
    *,
    limited: bool = False,
) -> Table:
    """Return the initiatives, the best mean first, and doing nothing last; columns that nobody fills are left out."""
    every = [of for row in rows for of in row.options.values()]
    unit = unit_of(max((abs(v) for of in every for v in (of.npv.p05, of.npv.p95)), default=1.0), figures.currency)
    names = {
        "commit": _("commit now, average"),
        "commit_review": _("with a review, average"),
        "pilot_then_decide": _("pilot first, average"),
    }
    columns = [name for name in names if any(name in row.options for row in rows)]
    ranked = any(row.best is not None for row in rows)
    stepped = any(row.first_step for row in rows)
    head = [_("initiative"), _("key"), _("cost"), *(names[name] for name in columns), _("commit now, 90 %")]
    often = _("best of all within the limits, in 100") if limited else _("best of all in 100 (any of its options)")
    head += [_("loses in 100"), _("paid back in 100, undiscounted"), *([often] if ranked else [])]
    head += [_("first step")] if stepped else []

    def means(row: _Initiative) -> float:
        return max((float(of.npv.mean) for of in row.options.values()), default=0.0)

    cells: list[tuple[Text, ...]] = []
    for row in sorted(rows, key=means, reverse=True):
        commit = row.options["commit"]
        own = figures_for(commit.npv, figures.currency)
        line: list[Text] = [row.title, row.key, own.cell(commit.pv_cost, unit)]
        for name in columns:
            of = row.options.get(name)
            known = own if of is None else figures_for(of.npv, figures.currency)
            mean = "–" if of is None else known.cell(of.npv.mean, unit, plus=True)
            line.append((mean, "*") if of is not None and of.beyond else mean)
        line += [
            own.cell_range(commit.npv, unit),
            figures.of_hundred(commit.p_loss),
            "–" if commit.paid_back is None else figures.of_hundred(commit.paid_back),
        ]
        if ranked:
            line.append("–" if row.best is None else figures.of_hundred(row.best))
        cells.append(tuple([*line, row.first_step] if stepped else line))
    nothing: list[Text] = [_("Do nothing"), "", "0", *("0" for _name in columns), "0", "0", "–"]
    if ranked:
        nothing.append("–" if idle is None else figures.of_hundred(idle))
    cells.append(tuple([*nothing, ""] if stepped else nothing))
    words = frozenset({0, 1, len(head) - 1}) if stepped else frozenset({0, 1})
    title = _("What each initiative costs, pays and risks")
    text = caption.format(unit=unit.name, draws=draws)
    return Table(text, tuple(head), tuple(cells), words, keys=frozenset({1}), title=title)


def _terms(rows: Sequence[_Initiative], runs: Sequence[Run]) -> Table:
    """Return on what terms each run stands, so that it can be seen in what they differ."""
    head = (_("initiative"), _("currency"), _("horizon"), _("discount rate"), _("tax"), _("futures"), _("seed"))
    cells: list[tuple[Text, ...]] = []
    for row, run in zip(rows, runs, strict=True):
        kind = _("nominal") if run.rate_kind == "nominal" else _("real")
        tax = "–" if run.tax_rate is None else rate(float(run.tax_rate))
        months = plural("{n} month", "{n} months", run.horizon_months)
        year = f"{rate(run.discount_rate)}, {kind}"
        cells.append((row.title, currency_name(run.currency), months, year, tax, number(run.draws), str(run.seed)))
    return Table(_("On what terms each of them was simulated"), head, tuple(cells), frozenset({0, 1, 3}))


def runs_side_by_side(results: Sequence[Result]) -> Section:
    """Return several runs side by side, each on its own futures."""
    runs: list[Run] = [result.answer for result in results]
    grain = max(float(figures_of(run).grain) for run in runs)
    figures = Figures(runs[0].currency, grain)
    sides = {(run.after_tax, run.tax_rate is not None) for run in runs}
    rows = []
    for result, run in zip(results, runs, strict=True):
        options = {}
        for name, of in {"commit": run.options["commit"], **run.policies}.items():
            worth = of.worth(after_tax=run.after_tax)
            back = None if of.payback_month is None else float(of.payback_month.p_within_horizon)
            options[name] = _Figures(worth, float(of.p_loss.value), back, float(of.pv_cost.mean))
        advice = run.recommendation
        step = "" if advice is None else _first_step(advice.state, advice.option)
        title = result.title
        if len(sides) > 1:
            side = _("no tax stated")
            if run.tax_rate is not None:
                side = _("after tax") if run.after_tax else _("before tax")
            title = _("{title} ({side})").format(title=title, side=side)
        rows.append(_Initiative(title, str(run.source), options, None, step))
    blocks: list[Block] = []
    terms_of = {
        _("currency"): {run.currency for run in runs},
        _("horizon"): {str(run.horizon_months) for run in runs},
        _("discount rate"): {str(float(run.discount_rate)) for run in runs},
        _("tax"): {f"{run.tax_rate} {run.after_tax}" for run in runs},
    }
    differ = [name for name, values in terms_of.items() if len(values) > 1]
    if differ:
        text = _("Warning: {text}.").format(text=_("the runs differ in {what}").format(what=", ".join(differ)))
        blocks.append(Note(text))
    caption = _("Present values, {unit}; each run on its own futures")
    after_tax, taxed = sides.pop() if len(sides) == 1 else (False, False)  # else each title says it
    blocks.append(_side_by_side(rows, figures, caption + _side(after_tax=after_tax, taxed=taxed)))
    if len({run.currency for run in runs}) == 1:
        shown = [(row.title, name, of.npv, of.p_loss) for row in rows for name, of in row.options.items()]
        blocks.append(alternatives.runs_compared(shown, figures.currency, taxed=taxed, after_tax=after_tax))
    blocks.append(_terms(rows, runs))
    text = _(
        "How often one of them is better than another is told on common futures: `txsim compare` takes their scenarios."
    )
    blocks.append(Note(text))
    count = plural("{n} run side by side", "{n} runs side by side", len(runs))
    return Section("runs", count, tuple(blocks))
