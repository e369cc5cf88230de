# SPDX-License-Identifier: MIT
"""The answer: what to do in one sentence, the three figures behind it, and what each option pays."""

from __future__ import annotations

from collections.abc import Sequence

from txsim.language import _, plural
from txsim.language.numbers import number, unit_of
from txsim.report.document import (
    Block,
    Bullets,
    KeyFigures,
    Level,
    Note,
    Paragraph,
    Picture,
    Section,
    Strip,
    Table,
    Text,
    say,
)
from txsim.report.figures import Figures
from txsim.report.pictures import options, payoff
from txsim.report.reading import Result
from txsim.report.sections.business_case import business_case
from txsim.report.sections.parts import digits_of, flips_by_option
from txsim.report.words import option_name
from txsim.results.recommendation import Recommendation, Verdict
from txsim.results.run import Option, Run

__all__ = ["answer", "pays"]

#: The path of the simulation that stands for an option or a policy.
_PATH = {"pilot_then_decide": "pilot_scale", "commit_review": "commit"}
#: Nodes whose move a terminal has room for.
_MOVED = 3


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _advice(run: Run) -> Recommendation | Verdict:
    """Return what is recommended: by all options and policies, else among the paths at the horizon."""
    return run.recommendation or run.verdict["horizon"]


def _path(run: Run) -> str:
    """Return the path that stands for what is recommended; committing where nothing is to be done."""
    best = _advice(run).option
    return "commit" if best == "do_nothing" else _PATH.get(best, best)


def _sentence(run: Run) -> str:
    """Return what to do; of a result that recommends nothing the best path at the horizon."""
    if run.recommendation is not None:
        return str(run.recommendation.sentence)
    verdict = run.verdict["horizon"]
    if verdict.too_close:
        return _("Best by mean NPV: {option}; it is too close to call.").format(option=option_name(verdict.option))
    return _("Best by mean NPV: {option}.").format(option=option_name(verdict.option))


def _expected(run: Run, figures: Figures) -> Text:
    """Return what committing means by itself."""
    commit = run.options["commit"]
    gains = commit.npv.mean >= 0
    parts: dict[str, Text] = {"amount": figures.money(commit.npv.mean if gains else -commit.npv.mean)}
    if run.calibration.source == "point":
        text = _("Commit now is expected to pay {amount}.") if gains else _("Commit now is expected to lose {amount}.")
        return say(text, **parts)
    parts["range"] = figures.money_range(commit.npv)
    parts["times"] = figures.of_hundred(commit.p_loss.value)
    if gains:
        text = _("Commit now is expected to pay {amount} (90 %: {range}) and loses money in {times} of 100 futures.")
    else:
        text = _("Commit now is expected to lose {amount} (90 %: {range}) and loses money in {times} of 100 futures.")
    return say(text, **parts)


def answer(result: Result, level: Level) -> Section:
    """Return the recommendation and the figures behind it."""
    run: Run = result.answer
    figures = Figures(run.currency)
    fixed = _fixed(run.fixed_by_author)
    if level == "brief":
        blocks: list[Block] = [Paragraph(_expected(run, figures))]
        blocks.append(Paragraph(_sentence(run)))
        return Section("answer", _("What to do"), (*blocks, *fixed))
    blocks = [Paragraph(_sentence(run), lead=True), _key_figures(run, figures), *business_case(run)]
    return Section("answer", _("What to do"), (*blocks, *_reasons(run, figures), *fixed))


def _fixed(names: Sequence[str]) -> list[Block]:
    if not names:
        return []
    listed = ", ".join(names[:6])
    if len(names) > 6:
        listed += " " + plural("and {n} more", "and {n} more", len(names) - 6)
    return [Note(_("You fixed by hand, so it is not counted as uncertain: {names}.").format(names=listed))]


def _key_figures(run: Run, figures: Figures) -> KeyFigures:
    path = _path(run)
    paid = run.options[path]
    months = plural("{n} month", "{n} months", run.horizon_months)
    within = _("90 %: {range}; net present value over {months}")
    shown: list[tuple[str, Text, Text]] = [
        (
            _("Expected value of “{option}”").format(option=option_name(path)),
            figures.money(paid.npv.mean, plus=True),
            say(within, range=figures.money_range(paid.npv), months=months),
        ),
        (
            _("Probability of a loss"),
            figures.share(paid.p_loss.value),
            say(_("on average {cvar} in the worst 5 %"), cvar=figures.money(paid.cvar05.value, plus=True)),
        ),
    ]
    if paid.payback_month is None:
        shown.append((_("Payback"), "–", _("nothing is spent")))
    else:
        peak = say(_("on average {peak} must be laid out before"), peak=figures.money(paid.peak_funding.mean))
        name = _("Paid back within {months}").format(months=months)
        shown.append((name, figures.share(paid.payback_month.p_within_horizon), peak))
    return KeyFigures(tuple(shown))


def _reasons(run: Run, figures: Figures) -> list[Block]:
    """Return what qualifies the recommendation: the margin, what would change it, the verdict later on."""
    blocks: list[Block] = []
    advice = run.recommendation
    if advice is not None:
        if not advice.too_close and advice.runner_up:
            text = _("It is ahead of “{other}” by {margin} (Monte Carlo error {mcse}).")
            margin, error = figures.money(advice.margin), figures.money(advice.mcse)
            blocks.append(Paragraph(say(text, other=option_name(advice.runner_up), margin=margin, mcse=error)))
        if advice.refused:
            names = ", ".join(option_name(option) for option in advice.refused)
            blocks.append(Paragraph(_("The limits you set exclude what would pay more: {names}.").format(names=names)))
        if advice.fragile:
            blocks.append(Paragraph(_("It would change:")))
            blocks.append(Bullets(tuple(flips_by_option(advice.flips))))
    for horizon, verdict in run.verdict.items():
        if horizon != "horizon":
            text = _("Looked at over two more years, the best by mean NPV is: {option}.")
            blocks.append(Paragraph(text.format(option=option_name(verdict.option))))
    return blocks


def pays(result: Result, level: Level) -> Section:
    """Return the fan, the distribution and the table of options."""
    run: Run = result.answer
    figures = Figures(run.currency)
    title = _("What each option pays, and how sure that is")
    if level == "brief":
        blocks: list[Block] = [_options_in_brief(run, figures), _moved_in_brief(run, figures)]
        strips = _strips(result)
        return Section("payoff", "", (*blocks, *([] if strips is None else [strips])))
    blocks = []
    for draw in (payoff.fan, payoff.npv):
        picture = draw(result)
        if picture is not None:
            blocks.append(picture)
    blocks += [options.intervals(result), _options(run, figures), _moved(run, figures)]
    if result.draws is None:
        text = _(
            "The fan and the distribution need the draws: run the scenario with --out FOLDER and report the folder."
        )
        blocks.insert(0, Note(text))
    return Section("payoff", title, tuple(blocks))


def _unit(run: Run, figures: Figures) -> tuple[float, str]:
    npv = [option.npv for option in run.options.values()]
    return max(abs(value) for each in npv for value in (each.p05, each.p95, each.mean)), figures.currency


def _digits(run: Run, divisor: float) -> int:
    return digits_of((option.npv.mcse for option in run.options.values()), divisor)


def _options_in_brief(run: Run, figures: Figures) -> Table:
    unit = unit_of(*_unit(run, figures))
    digits = _digits(run, unit.divisor)
    rows: list[tuple[Text, ...]] = []
    for name, option in run.options.items():
        within = option.payback_month
        error = figures.cell(option.npv.mcse, unit, digits=digits)
        rows.append(
            (
                option_name(name),
                (figures.cell(option.npv.mean, unit, plus=True, digits=digits), " ±", error),
                figures.cell_range(option.npv, unit),
                figures.share(option.p_loss.value),
                figures.cell(option.cvar05.value, unit, plus=True),
                figures.percent(option.roi, plus=True),
                "–" if within is None else figures.of_hundred(within.p_within_horizon),
                figures.cell(option.peak_funding.mean, unit),
            )
        )
    head = (
        "",
        _("NPV, {unit}").format(unit=unit.name),
        "90 %",
        _("P(loss)"),
        _("worst 5 %"),
        _("ROI"),
        _("paid back of 100"),
        _("peak"),
    )
    return Table("", head, tuple(rows))


def _options(run: Run, figures: Figures) -> Table:
    unit = unit_of(*_unit(run, figures))
    digits = _digits(run, unit.divisor)
    rows: list[tuple[Text, ...]] = []
    for name, option in run.options.items():
        within = option.payback_month
        error = figures.cell(option.npv.mcse, unit, digits=digits)
        rows.append(
            (
                _capital(option_name(name)),
                (figures.cell(option.npv.mean, unit, plus=True, digits=digits), " ± ", error),
                figures.cell(option.npv.median, unit, plus=True),
                figures.cell_range(option.npv, unit),
                figures.share(option.p_loss.value),
                figures.cell(option.cvar05.value, unit, plus=True),
                figures.percent(option.roi, plus=True),
                figures.share(None if within is None else within.p_within_horizon),
                figures.cell(option.pv_cost.mean, unit),
                figures.cell(option.peak_funding.mean, unit),
            )
        )
    head = (
        _("option"),
        _("mean NPV ± error"),
        _("median"),
        "90 %",
        _("P(loss)"),
        _("worst 5 %"),
        _("ROI"),
        _("paid back"),
        _("cost"),
        _("peak funding"),
    )
    caption = _("Options in {unit}, present values; ± is the Monte Carlo error of the mean").format(unit=unit.name)
    return Table(caption, head, tuple(rows))


def _move(option: Option, node: str, figures: Figures) -> Text:
    delta = option.delta[node]
    if delta.sd == 0 and not delta.mean:
        return "0"
    shown = delta.measured or delta
    low, high = figures.plain(shown.p05, 1), figures.plain(shown.p95, 1)
    return (figures.plain(shown.mean, 1, plus=True), " (", *figures.range(low, high), ")")


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
    for node in moved[:_MOVED]:
        kind, _bracket, group = node.rstrip("]").partition("[")
        head.append(" ".join(part for part in (kind.upper(), group) if part) + f", {_unit_of(run, node)}")
    rows = [
        (option_name(name), *(_move(option, node, figures) for node in moved[:_MOVED]))
        for name, option in run.options.items()
    ]
    return Table("", tuple(head), tuple(rows))


def _moved(run: Run, figures: Figures) -> Table:
    """Return how far each node moves, in the scale that the organisation measures in."""
    nodes = next(iter(run.options.values())).delta
    rows = [
        (node, _unit_of(run, node), *(_move(option, node, figures) for option in run.options.values()))
        for node in nodes
    ]
    head = (_("node"), _("unit"), *(option_name(option) for option in run.options))
    caption = _("What moves by month {months}, mean (90 %), in the scales the organisation measures in")
    return Table(caption.format(months=number(run.horizon_months)), head, tuple(rows), frozenset({0, 1}), more=True)


def _strips(result: Result) -> Picture | None:
    """Return the fan of committing in characters."""
    cumulative = None if result.draws is None else result.draws.cumulative.get("commit")
    if cumulative is None:
        return None
    run: Run = result.answer
    levels = payoff.bands(cumulative)
    figures = Figures(run.currency)
    strips = tuple(
        Strip(name, tuple(levels[key]), str(figures.money(levels[key][-1])))
        for key, name in (("p95", "95 %"), ("p50", _("median")), ("p05", "5 %"))
    )
    title = _("Cumulative payoff of commit now, months 1 … {months}").format(months=run.horizon_months)
    return Picture("fan", title, "", {}, strips=strips)
