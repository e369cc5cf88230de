# SPDX-License-Identifier: MIT
"""The answer: what to do in one sentence, the three figures behind it, and what each option pays."""

from __future__ import annotations

import re

from txsim.forecast.labels import label_of
from txsim.forecast.places import place_label
from txsim.language import _, capital, plural
from txsim.language.numbers import largest_remainder, number, percent, unit_of
from txsim.report.basis import scenario_of
from txsim.report.document import Block, Bullets, Datum, Level, Note, Paragraph, Section, Table, Text, say
from txsim.report.figures import Figures, figures_of, one_digit
from txsim.report.pictures import options, payoff
from txsim.report.reading import Result
from txsim.report.sections.recommendation import best_by_mean, flips_by_option, headline_of, of_headline
from txsim.report.words import in_unit, net_present_value, npv_name, option_name
from txsim.results.names import group_name, if_we, node_message
from txsim.results.quantities import Distribution
from txsim.results.recommendation import rivals
from txsim.results.run import Option, Run

#: Nodes that stand beside each other in a terminal's table.
_MOVED = 3


def _sentence(run: Run) -> str:
    """Return what to do; of a result that recommends nothing the best path at the horizon."""
    return best_by_mean(run) if run.recommendation is None else str(run.recommendation.sentence)


def _expected(run: Run, figures: Figures) -> Text:
    """Return what the option of page one means by itself."""
    option, paid = headline_of(run), of_headline(run)
    worth = paid.worth(after_tax=run.after_tax)
    parts: dict[str, Text] = {
        "if_we": capital(str(if_we(option))),
        "amount": figures.money(worth.mean, plus=True),
        "npv": net_present_value(after_tax=run.after_tax, taxed=run.tax_rate is not None),
    }
    beside = _beside(run, paid, figures)
    if run.calibration.source == "point":
        return (*say(_("{if_we}: {amount} of {npv}."), **parts), *beside)
    parts["range"] = figures.money_range(worth)
    parts["times"] = figures.of_hundred(paid.p_loss.value)
    text = _("{if_we}: {amount} of {npv} on average (90 %: {range}); a loss in {times} of 100 futures.")
    return (*say(text, **parts), *beside)


def _beside(run: Run, paid: Option, figures: Figures) -> tuple[str | Datum, ...]:
    """Return the mean on the other side of tax, a sentence; nothing where no tax is stated."""
    if run.tax_rate is None or paid.npv_after_tax is None:
        return ()
    text = _("Before tax it is {amount}.") if run.after_tax else _("After tax it is {amount}.")
    return (" ", *say(text, amount=figures.money(_other_side(run, paid).mean, plus=True)))


def _other_side(run: Run, option: Option) -> Distribution:
    """Return net present value on the side of tax that the decision does not read."""
    return option.npv if run.after_tax or option.npv_after_tax is None else option.npv_after_tax


def _npv_heads(run: Run, mean: str) -> list[str]:
    """Return the heads of the columns of net present value: the decision's, and where a tax is stated the other."""
    taxed = run.tax_rate is not None
    bases = (run.after_tax, not run.after_tax) if taxed else (run.after_tax,)
    return [mean.format(npv=npv_name(after_tax=after, taxed=taxed)) for after in bases]


def answer(result: Result, level: Level) -> Section | None:
    """Return the recommendation and the figures behind it in a terminal; of a page what would change it."""
    run: Run = result.answer
    figures = figures_of(run)
    if level == "brief":
        return Section(
            "answer", _("What to do"), (Paragraph(_sentence(run)), Paragraph(_expected(run, figures)), *_warned(run))
        )
    blocks = [*_reasons(run, figures), *_warned_in_words(result)]
    return Section("answer", _("What would change it"), tuple(blocks)) if blocks else None


def _warned(run: Run) -> list[Block]:
    """Return what is possible but hardly true of the scenario, as `txsim check` says it."""
    return [Note(_("warning: {0}").format(warning)) for warning in run.warnings]


def _warned_in_words(result: Result) -> list[Block]:
    """Return the same for a page: no keys, but what they mean."""
    scenario = scenario_of(result)

    def meaning(key: re.Match[str]) -> str:
        told = key[1] if scenario is None else str(label_of(scenario, key[1]).meaning)
        return group_name(key[1]) if told == key[1] else told

    def subject(key: re.Match[str]) -> str:
        path = re.findall(r"[^.\[\]]+", key[1])
        return "" if scenario is None else f"{place_label(scenario, path).meaning}: "

    bare = (re.sub(r"^`([^`]+)`: ", subject, str(warning)) for warning in result.answer.warnings)
    return [Note(_("warning: {0}").format(re.sub(r"`([^`]+)`", meaning, text))) for text in bare]


def _reasons(run: Run, figures: Figures) -> list[Block]:
    """Return what qualifies the recommendation: the margin, what would change it, the verdict later on."""
    blocks: list[Block] = []
    advice = run.recommendation
    if advice is not None:
        if not advice.too_close and advice.runner_up:
            text = _("“{option}” is ahead of “{other}” by {margin} (simulation error {mcse}).")
            ahead = advice.mean_npv[advice.option] - advice.mean_npv[advice.runner_up]
            margin, error = figures.money(ahead), one_digit(advice.mcse, run.currency, ahead)
            blocks.append(
                Paragraph(
                    say(
                        text,
                        option=option_name(advice.option),
                        other=option_name(advice.runner_up),
                        margin=margin,
                        mcse=error,
                    )
                )
            )
        if kept_out := rivals(advice):
            names = ", ".join(option_name(option) for option in kept_out)
            text = _("The limits you set exclude what would pay more: {names}.")
            if len(kept_out) > len(advice.refused):
                text = _("The limits you set exclude what would pay more, or about as much: {names}.")
            blocks.append(Paragraph(text.format(names=names)))
        if advice.fragile:
            blocks.append(Paragraph(_("It would change:")))
            blocks.append(Bullets(tuple(flips_by_option(advice.flips))))
    blocks += _longer(run, figures)
    return blocks


def _longer(run: Run, figures: Figures) -> list[Block]:
    """Return what counting two more years does, in figures."""
    page = run.page_one
    if page is None or not page.later:
        return []
    unit = unit_of(max(abs(value) for value in page.later.values()), run.currency)
    by_option = options.choices(run)
    rows: list[tuple[Text, ...]] = []
    for name, later in page.later.items():
        of = by_option.get(name)
        if of is None:
            continue
        now = of.worth(after_tax=run.after_tax).mean
        shown = (figures.cell(v, unit, plus=True) for v in (now, later, figures.apart(later, now, unit)))
        rows.append((capital(option_name(name)), *shown))
    months = run.horizon_months
    head = (_("option"), *(plural("{n} month", "{n} months", n) for n in (months, months + 24)), _("difference"))
    npv = npv_name(after_tax=run.after_tax, taxed=run.tax_rate is not None)
    caption = _("What the horizon does: mean {npv}, {unit}").format(npv=npv, unit=unit.name)
    return [Table(caption, head, tuple(rows))]


def pays(result: Result, level: Level) -> Section:
    """Return the distribution and the table of options, policies and the paths that they take."""
    run: Run = result.answer
    figures = figures_of(run)
    title = _("What each option pays, and how sure that is")
    if level == "brief":
        blocks: list[Block] = [_options(run, figures, level), *_rules(run, level), _moved_in_brief(run, figures)]
        if any(option.payback_month is not None for option in run.options.values()):
            text = _("Paid back: undiscounted. A loss is one of present value, so that a future can count in both.")
            blocks.insert(1, Note(text))
        course = payoff.course(run)
        return Section("payoff", "", (*blocks, *_carried(run), *([] if course is None else [course])))
    picture = payoff.npv(run)
    blocks = [] if picture is None else [picture]
    return Section(
        "payoff",
        title,
        (*blocks, _options(run, figures, level), *_rules(run, level), *_carried(run), _moved(run, figures)),
    )


def _rules(run: Run, level: Level) -> list[Block]:
    """Return by what rule each policy is decided later, and what the rows of its paths are."""
    said = [(name, str(of.rule)) for name, of in run.policies.items() if of.rule]
    if not said:
        return []
    blocks: list[Block] = [
        Note(_("{option}: {rule}").format(option=capital(option_name(name)), rule=rule)) for name, rule in said
    ]
    if level == "brief":
        blocks.append(Note(_("Indented: what is fixed in advance for all futures, whatever is read.")))
    return blocks


def _carried(run: Run) -> list[Block]:
    """Return who carries the payoff of the option of page one, and what it frees besides."""
    option, paid = headline_of(run), of_headline(run)
    return [*segments(run, option, paid), *freed(run, option, paid)]


def _every(run: Run) -> dict[str, Option]:
    """Return what can be chosen today, then the paths that a policy may take."""
    return {"commit": run.options["commit"], **run.policies, **run.options}


def _name(run: Run, name: str) -> str:
    """Return what an option is called; a path that only a policy takes as such."""
    if name not in ("commit", *run.policies) and run.policies:
        return _("fixed in advance: {option}").format(option=option_name(name))
    return option_name(name)


def _unit(run: Run, figures: Figures) -> tuple[float, str]:
    npv = [of for option in run.options.values() for of in (option.npv, option.npv_after_tax or option.npv)]
    return max(abs(value) for each in npv for value in (each.p05, each.p95, each.mean)), figures.currency


def _options(run: Run, figures: Figures, level: Level) -> Table:
    """Return what each option pays, costs and risks; in a terminal each column of money has its unit."""
    unit = unit_of(*_unit(run, figures))
    brief = level == "brief"
    rows: list[tuple[Text, ...]] = []
    for name, option in _every(run).items():
        worth = option.worth(after_tax=run.after_tax)
        within = None if option.payback_month is None else option.payback_month.p_within_horizon
        called = option_name(name) if name in ("commit", *run.policies) else f"  {option_name(name)}"
        rows.append(
            (
                called if brief else capital(_name(run, name)),
                figures.cell(worth.mean, unit, plus=True),
                *([figures.cell(_other_side(run, option).mean, unit, plus=True)] if run.tax_rate is not None else []),
                *([] if brief else [figures.cell(worth.median, unit, plus=True)]),
                figures.cell_range(worth, unit),
                figures.share(option.p_loss.value),
                figures.ends(worth).rough_cell(option.cvar05.value, unit, plus=True),
                figures.percent(option.roi, plus=True),
                figures.of_hundred(within) if brief else figures.share(within),
                *([] if brief else [figures.cell(option.pv_cost.mean, unit)]),
                figures.cell(float(option.peak_funding.p95), unit),
            )
        )
    if brief:
        ends, worst = (in_unit(head, unit) for head in ("90 %", _("worst 5 %")))
        heads = ("", *_npv_heads(run, in_unit("{npv}", unit)), ends, _("P(loss)"), worst, _("ROI"))
        return Table("", (*heads, _("paid back of 100"), in_unit(_("peak funding, 95 %"), unit)), tuple(rows))
    head = (
        _("option"),
        *_npv_heads(run, _("mean {npv}")),
        _("median"),
        "90 %",
        _("P(loss)"),
        _("worst 5 %"),
        _("ROI"),
        _("paid back, undiscounted"),
        _("cost"),
        _("peak funding, 95 %"),
    )
    caption = _("Options in {unit}, present values; means are told no finer than their simulation error")
    if run.after_tax:
        caption = _(
            "Options in {unit}, present values; means are told no finer than their simulation error; after tax but for "
            "the second column, cost and peak funding"
        )
    return Table(caption.format(unit=unit.name), head, tuple(rows))


def _move(option: Option, node: str, figures: Figures) -> Text:
    delta = option.delta[node]
    if delta.sd == 0 and not delta.mean:
        return "0"
    change = delta.measured or delta
    low, high = figures.plain(change.p05, 1), figures.plain(change.p95, 1)
    return (figures.plain(change.mean, 1, plus=True), " (", *figures.range(low, high), ")")


def _unit_of(run: Run, node: str) -> str:
    measured = next(iter(run.options.values())).delta[node].measured
    return _("points" if measured is None else measured.unit)


def _moved_in_brief(run: Run, figures: Figures) -> Block:
    """Return by how much customers and staff have moved at the horizon, in the scales that they are measured in."""
    first = next(iter(run.options.values())).delta
    nodes = [node for node in ("cx", *first) if node.partition("[")[0] in ("cx", "ex") and node in first]
    options = run.options.values()
    moved = [n for n in dict.fromkeys(nodes) if any(o.delta[n].sd or o.delta[n].mean for o in options)]
    if not moved:
        return Note(_("Neither customers nor staff move."))
    head = [_("moved in month {n} (90 %)").format(n=run.horizon_months)]
    if len(moved) > _MOVED:  # many groups of staff: a line each
        choices = {"commit": run.options["commit"], **run.policies}
        lines = [
            (
                str(node_message(node)),
                _unit_of(run, node),
                *(_move(option, node, figures) for option in choices.values()),
            )
            for node in moved
        ]
        heads = (head[0], _("unit"), *(option_name(name) for name in choices))
        return Table("", heads, tuple(lines), frozenset({0, 1}))
    head += [f"{node_message(node)}, {_unit_of(run, node)}" for node in moved]
    rows = [
        (option_name(name), *(_move(option, node, figures) for node in moved)) for name, option in _every(run).items()
    ]
    return Table("", tuple(head), tuple(rows))


def _moved(run: Run, figures: Figures) -> Table:
    """Return how far each node moves, in the scale that the organisation measures in."""
    nodes = next(iter(run.options.values())).delta
    rows = [
        (
            str(node_message(node)),
            _unit_of(run, node),
            *(_move(option, node, figures) for option in _every(run).values()),
        )
        for node in nodes
    ]
    head = (_("node"), _("unit"), *(option_name(option) for option in _every(run)))
    caption = _("What moves by month {months}, mean (90 %), in the scales the organisation measures in")
    return Table(caption.format(months=number(run.horizon_months)), head, tuple(rows), frozenset({0, 1}), more=True)


# --- Who carries the payoff


def segments(run: Run, option: str, paid: Option) -> list[Block]:
    """Return what each segment of customers adds to the payoff of an option, before tax and the programme's cost."""
    parts = paid.payoff_by_segment
    if not parts:
        return []
    figures = figures_of(run)
    unit = unit_of(max(abs(end) for of in parts.values() for end in (of.p05, of.p95)), run.currency)
    whole = sum(of.mean for of in parts.values())
    # A share of a sum in which parts offset each other says nothing.
    shares = whole > 0 and all(of.mean >= 0 for of in parts.values())
    ordered = sorted(parts.items(), key=lambda part: -part[1].mean)
    means = [float(of.mean) for _name, of in ordered]
    told = [percent(share) for share in largest_remainder([m / whole for m in means], 0.01, 1.0)] if shares else []
    rows: list[tuple[Text, ...]] = [
        (
            group_name(name),
            Datum(unit.show(mean, plus=True, grain=figures.grain), float(of.mean), getattr(of.mean, "key", "")),
            figures.cell_range(of, unit),
            told[i] if shares else "–",
        )
        for i, ((name, of), mean) in enumerate(zip(ordered, unit.parts(means, whole, figures.grain), strict=True))
    ]
    rows.append((_("all customers"), figures.cell(whole, unit, plus=True), "", percent(1.0) if shares else "–"))
    head = (_("segment"), _("carries on average, {unit}").format(unit=unit.name), in_unit("90 %", unit), _("share"))
    caption = _(
        "Who carries it: what each segment of customers adds to “{option}”, before tax and the programme's cost"
    )
    if run.tax_rate is None:
        caption = _("Who carries it: what each segment of customers adds to “{option}”, before the programme's cost")
    return [Table(caption.format(option=option_name(option)), head, tuple(rows))]


def freed(run: Run, option: str, paid: Option) -> list[Block]:
    """Return what working time and other capacity is freed and is not cash, told apart from all else."""
    capacity = paid.capacity_freed
    if capacity is None or not capacity.mean:
        return []
    figures = figures_of(run).beside(capacity.mean)
    text = _(
        "“{option}” frees capacity, mostly working time, worth another {amount} (90 %: {range}) at today's value. It "
        "is no cash and stands in no other figure: the scenario states what part of it becomes cash."
    )
    parts: dict[str, Text] = {
        "option": option_name(option),
        "amount": figures.money(capacity.mean),
        "range": figures.money_range(capacity, plus=False),
    }
    return [Paragraph(say(text, **parts))]
