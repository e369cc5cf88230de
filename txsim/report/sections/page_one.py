# SPDX-License-Identifier: MIT
"""Page one: the decision and its state, five figures, the business case, its course, what it hangs on, who owns it.

Everything on it speaks of one option, that of the business case, and each quantity has one value: means to the
resolution of the recommendation, ends of ranges ten times coarser.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from txsim.evidence import library
from txsim.forecast.labels import Label
from txsim.language import N_, _, plural, verbatim
from txsim.language.numbers import amount, number, percent, significant, to_grain, unit_name, unit_of
from txsim.priors.sentences import implication, implied
from txsim.report.document import (
    Block,
    Card,
    Cards,
    Datum,
    Hinges,
    KeyFigures,
    Level,
    Note,
    Range,
    Section,
    Text,
    Verdict,
    plain,
    say,
)
from txsim.report.figures import Figures
from txsim.report.pictures import options as drawn_options
from txsim.report.pictures import payoff
from txsim.report.reading import Result
from txsim.report.sections.business_case import business_case
from txsim.report.sections.grounds import precision, rate, turned_by_the_other_bridge, typed
from txsim.report.sections.parts import figures_of, one_digit
from txsim.report.words import npv_name, option_name
from txsim.results.page_one import Hinge, Lever, Stated
from txsim.results.recommendation import headline
from txsim.results.run import Option, Run

__all__ = ["STATES", "headline_of", "if_we", "of_headline", "page_one"]

STATES = {"clear": N_("Clear"), "leaning": N_("Leaning: it can still turn"), "open": N_("Open: no clear choice")}
#: An option as a condition.
_IF = {
    "commit": N_("if we commit now"),
    "commit_review": N_("if we commit now and review"),
    "pilot_then_decide": N_("if we pilot first"),
    "pilot_scale": N_("if we pilot and then scale"),
    "pilot_stop": N_("if we pilot and then stop"),
    "commit_stop": N_("if we commit and then stop"),
    "do_nothing": N_("if we do nothing"),
}
_STEPS = {
    "plan": N_("The plan as written"),
    "bills": N_("bills against plan"),
    "late": N_("it comes late"),
    "partly": N_("not all is delivered"),
    "middle": N_("Everything at its middle"),
    "few_gain": N_("a few futures gain a lot"),
    "stop": N_("the right to stop"),
    "expected": N_("Expected value"),
}
#: What a step is where it takes away.
_FALLS = {"few_gain": N_("a few futures lose a lot")}
_LEVELS = ("plan", "middle", "expected")
_PERCENT = "\N{NO-BREAK SPACE}%"
#: Levers that a card has room for, and typed numbers that the last line has.
_LEVERS, _TYPED = 3, 5


def headline_of(run: Run) -> str:
    """Return the option that page one speaks of."""
    if run.cash_flow is not None:
        return str(run.cash_flow.option)
    advice = run.recommendation
    option = run.verdict["horizon"].option if advice is None else headline(advice)
    return option if option in run.options or option in run.policies else "commit"


def of_headline(run: Run) -> Option:
    """Return the figures of that option."""
    option = headline_of(run)
    return run.policies[option] if option in run.policies else run.options[option]


def if_we(option: str) -> str:
    """Return an option as a condition, such as "if we commit now"."""
    return _(_IF[option]) if option in _IF else _("with “{option}”").format(option=option_name(option))


def page_one(result: Result, level: Level) -> Section:
    """Return page one; of a result without a business case what it says of the decision and the options."""
    run: Run = result.answer
    figures = figures_of(run)
    blocks: list[Block] = [_verdict(run), drawn_options.small(run, figures), _tiles(run, figures)]
    blocks += business_case(run, figures)
    course = payoff.course(run)
    if course is not None:
        blocks.append(course)
    if run.page_one is not None and run.page_one.bridge.steps:
        if run.page_one.hinges:
            blocks.append(_hinges(run, figures))
        blocks.append(Cards((_spreadsheet(run, figures), _cheapest(run, figures), _owners(run))))
    elif level == "full":
        text = _(
            "The business case and its course need the months: run the scenario with --out FOLDER and report that."
        )
        blocks.append(Note(text))
    blocks.append(Note(_basis(run)))
    return Section("page_one", _("What to do"), tuple(blocks), sheet=True)


def _verdict(run: Run) -> Verdict:
    advice = run.recommendation
    if advice is None:
        verdict = run.verdict["horizon"]
        npv = npv_name(after_tax=run.after_tax, taxed=run.tax_rate is not None)
        text = _("Best by mean {npv}: {option}.").format(npv=npv, option=option_name(verdict.option))
        state = "open" if verdict.too_close else "leaning"
        return Verdict(state, _(STATES[state]), text, "")
    because = [str(advice.because)] if advice.lead else []
    if advice.state == "open" and advice.settlement is None and run.page_one is not None and run.page_one.hinges:
        because.append(_("It hangs most on this: {meaning}.").format(meaning=run.page_one.hinges[0].meaning))
    if advice.state == "clear" and run.page_one is not None and run.page_one.tested:
        moved = [t for t in run.page_one.tested if {t.option_low, t.option_high} != {advice.best or advice.option}]
        if not moved:
            because.append(_("Neither does any figure of the firm a fifth lower or higher."))
    turned = plain(turned_by_the_other_bridge(run, figures_of(run)))
    because += [turned] if turned else []
    return Verdict(advice.state, _(STATES[advice.state]), str(advice.lead or advice.sentence), " ".join(because))


def _tiles(run: Run, figures: Figures) -> KeyFigures:
    option, paid = headline_of(run), of_headline(run)
    advice, page = run.recommendation, run.page_one
    worth = paid.npv_after_tax if run.after_tax and paid.npv_after_tax is not None else paid.npv
    months = plural("{n} month", "{n} months", run.horizon_months)
    condition = if_we(option)
    if worth.mcse:
        error = one_digit(worth.mcse, run.currency)
        condition = _("{if_we}; simulation error ±{error}").format(if_we=condition, error=error)
    name, other = _("Expected value"), None
    if run.tax_rate is not None and paid.npv_after_tax is not None:
        name = _("Expected value after tax") if run.after_tax else _("Expected value before tax")
        other = paid.npv if run.after_tax else paid.npv_after_tax
    note: Text = condition
    if other is not None:
        text = _("{condition}; before tax {amount}") if run.after_tax else _("{condition}; after tax {amount}")
        note = say(text, condition=condition, amount=figures.money(other.mean, plus=True))
    tiles: list[tuple[str, Text, Text]] = [(name, figures.money(worth.mean, plus=True), note)]
    meaning: Text = (
        ""
        if page is None or page.loss is None
        else say(_("a loss is {loss} on average"), loss=figures.money(-page.loss))
    )
    if advice is not None and advice.option == option and advice.p_stopped_loss and advice.pv_stopped is not None:
        text = _("in {stopped} of them it stops and has cost {cost}")
        meaning = say(text, stopped=figures.of_hundred(advice.p_stopped_loss), cost=figures.money(advice.pv_stopped))
    tiles.append(
        (_("Chance of a loss"), say(_("{times} in 100"), times=figures.of_hundred(paid.p_loss.value)), meaning)
    )
    back = paid.payback_month
    if back is None:
        tiles.append((_("Payback"), "–", _("nothing is spent")))
    else:
        within = say(
            _("before discounting; {times} in 100 pay back within {months}"),
            times=figures.of_hundred(back.p_within_horizon),
            months=months,
        )
        middle: Text = f"> {months}"
        if back.median is not None:
            middle = figures.show(back.median, lambda n: plural("{n} month", "{n} months", round(n)))
        tiles.append((_("Payback, middle case"), middle, within))
    # What is spent is told before tax on either side.
    text = (
        _("on {cost} of cost before tax at today's value") if run.after_tax else _("on {cost} of cost at today's value")
    )
    cost = say(text, cost=figures.money(paid.pv_cost.mean))
    tiles.append(
        (_("Return on cost (ROI)"), figures.percent(paid.roi, plus=True), cost if paid.roi is not None else "")
    )
    text = _("on average; cash at risk before tax {peak}") if run.after_tax else _("on average; cash at risk {peak}")
    peak = say(text, peak=figures.money(paid.peak_funding.mean))
    tiles.append((_("Worst 1 in 20"), figures.rough(paid.cvar05.value, plus=True), peak))
    return KeyFigures(tuple(tiles))


def _value(value: float, unit: str) -> str:
    """Return a value in the author's unit; of a slope what ten points more do, as the sentence about it has it."""
    effect = implied(unit, float(value))
    if effect is not None:
        number_, of_percent = effect
        return f"{significant(number_)}{_PERCENT}" if of_percent else significant(number_)
    return str(Label(verbatim(""), unit).words(float(value)))


def _hinge_name(hinge: Hinge) -> str:
    """Return what a quantity is and its middle value: of a slope as a sentence."""
    if implied(hinge.unit, float(hinge.middle)) is not None:
        return str(implication(hinge.unit, "", float(hinge.middle), 2))
    return _("{meaning}: {n}").format(meaning=_capital(str(hinge.meaning)), n=_value(hinge.middle, hinge.unit))


def _hinges(run: Run, figures: Figures) -> Hinges:
    page = run.page_one
    assert page is not None  # noqa: S101 - the caller asks only with one
    state = "open" if run.recommendation is None else run.recommendation.state
    turning = any(h.threshold is not None for h in page.hinges)
    if state == "leaning" and page.hinges[0].other != "do_nothing":
        title = _("What decides between this and “{option}”").format(option=option_name(page.hinges[0].other))
    elif turning:
        title = _("What it hangs on, {if_we}").format(if_we=if_we(page.option))
    else:
        worst = min(h.worst for h in page.hinges)
        title = (
            _("It pays across the whole range of each")
            if worst > 0
            else _("It pays nowhere in the range of any of these")
        )
    title = _("{title} (what goes together moves along)").format(title=title)
    items = []
    for hinge in page.hinges:
        items.append((_hinge_name(hinge), _turn(hinge, page.option, figures), str(hinge.name), _range(hinge)))
    return Hinges(title, tuple(items))


def _turn(hinge: Hinge, option: str, figures: Figures) -> Text:
    worst = figures.rough(hinge.worst, plus=True)
    if hinge.threshold is None:
        if hinge.chance > 0.5:
            return (*say(_("In its worse 1 in 20 still {amount}."), amount=worst), *_limited(hinge))
        return say(_("It pays at none of its likely values."))
    value, chance = _value(hinge.threshold, hinge.unit), figures.of_hundred(hinge.chance)
    if hinge.other != "do_nothing":
        text = _("Ahead from {value}: {chance} in 100.") if hinge.above else _("Ahead up to {value}: {chance} in 100.")
    elif option == "pilot_then_decide":  # committing, of which other pages speak, turns elsewhere
        text = (
            _("Piloting first pays from {value}: {chance} in 100.")
            if hinge.above
            else _("Piloting first pays up to {value}: {chance} in 100.")
        )
    else:
        text = _("Pays from {value}: {chance} in 100.") if hinge.above else _("Pays up to {value}: {chance} in 100.")
    return (*say(text, value=value, chance=chance), *_limited(hinge), *_fixed(hinge))


def _limited(hinge: Hinge) -> tuple[str, ...]:
    """Return from where on a limit of the scenario is kept, where that is reached before the means turn."""
    if hinge.limit_at is None:
        return ()
    text = (
        _("Within the limits only from {value}.") if hinge.limit_above else _("Within the limits only up to {value}.")
    )
    return (" ", text.format(value=_value(float(hinge.limit_at), hinge.unit)))


def _fixed(hinge: Hinge) -> tuple[str, ...]:
    """Return where it turns if this quantity alone is fixed, where that is another value."""
    fixed = hinge.fixed
    if fixed is None:
        return ()
    if fixed.threshold is None:
        text = (
            _("Fixed at any likely value, all else as believed: ahead throughout.")
            if fixed.above
            else _("Fixed at any likely value, all else as believed: behind throughout.")
        )
        return (" ", text)
    text = (
        _("Fixed at a value, all else as believed: from {value}.")
        if fixed.above
        else _("Fixed at a value, all else as believed: up to {value}.")
    )
    return (" ", text.format(value=_value(fixed.threshold, hinge.unit)))


def _range(hinge: Hinge) -> Range:
    ends = (_value(hinge.low, hinge.unit), _value(hinge.high, hinge.unit))
    short = tuple(end if end.endswith("%") else end.removesuffix(f" {unit_name(hinge.unit)}") for end in ends)
    above = hinge.above if hinge.threshold is not None else hinge.chance > 0.5
    threshold = None if hinge.threshold is None else float(hinge.threshold)
    return Range(float(hinge.low), float(hinge.middle), float(hinge.high), threshold, above, (short[0], short[1]))


def _spreadsheet(run: Run, figures: Figures) -> Card:
    """Return the bridge from the plan as written: steps are differences of levels as printed, so that they add up."""
    page = run.page_one
    assert page is not None  # noqa: S101 - as above
    levels = {name: float(value) for name, value in page.bridge.steps}
    largest = max(abs(value) for value in levels.values())
    unit, grain = unit_of(largest, run.currency), figures.grain
    running = level = 0.0
    words = ""
    sums: list[tuple[str, Text, bool]] = []
    for name, value in page.bridge.steps:
        if name in _LEVELS:
            running, text = float(value), figures.cell(value, unit, plus=True)
            level = to_grain(running, grain)
        else:
            running += float(value)
            step = to_grain(running, grain) - level
            words = _FALLS.get(name, _STEPS[name]) if step < 0 else _STEPS[name]
            level = to_grain(running, grain)
            text = Datum(unit.show(step, plus=True, grain=grain))
        sums.append((_capital(_(_STEPS[name])) if name in _LEVELS else _(words), text, name in _LEVELS))
    title = _("A spreadsheet would say {amount}").format(
        amount=amount(levels["plan"], run.currency, plus=True, grain=grain)
    )
    lines = () if page.option == "commit" else (_("The plan is to commit now."),)
    return Card(title, lines, (*sums[:-1], (f"{sums[-1][0]}, {unit.name}", *sums[-1][1:])))


def _cheapest(run: Run, figures: Figures) -> Card:
    page = run.page_one
    assert page is not None  # noqa: S101 - as above
    turning = [lever for lever in page.levers if lever.turns]
    lines: list[Text] = []
    for lever in turning[:_LEVERS]:
        text = _("{term}: {gain} for “{option}”, which then leads.")
        if not lines:
            text = _("{term}: {gain} for “{option}”, which then leads and loses in {times} of 100.")
        lines.append(_lever(lever, text, run, figures))
    if not turning:
        lines.append(_("No single term that was tested turns it."))
        texts = {False: "{term}: {gain}", True: _("{term}: {gain}. The answer is then clear.")}
        most = [_lever(lever, texts[lever.settles], run, figures) for lever in page.levers[:_LEVERS]]
        if most:
            lines.append(_("What adds most to “{option}”:").format(option=option_name(page.option)))
            lines += most
    return Card(_("The cheapest way to change it"), tuple(lines))


def _lever(lever: Lever, text: str, run: Run, figures: Figures) -> Text:
    size = percent(lever.size)
    terms: Mapping[str, str] = {
        "cap": _("Cap the overrun at {size} in the contract").format(size=size)
        if lever.size
        else _("A price cap at plan: no overrun"),
        "price": _("{size} off the one-off price").format(size=size),
        "running": _("{size} off the running cost").format(size=size),
        "on_time": _("No delay"),
        "owner": _("One owner on the board for all of it"),
        "horizon": _("Count {n} months more").format(n=number(lever.size)),
    }
    return say(
        text,
        term=terms[lever.name],
        gain=figures.money(lever.gain, plus=True),
        option=option_name(lever.option),
        times=figures.of_hundred(lever.p_loss),
    )


def _owners(run: Run) -> Card:
    page = run.page_one
    assert page is not None  # noqa: S101 - as above
    advice = run.recommendation
    if advice is not None and advice.state != "open" and advice.option == "do_nothing":
        return Card(_("Who must own it"), (_("Nobody yet: nothing is begun."),))
    lines = tuple(f"{duty.who}: {str(duty.what).removesuffix('.')}." for duty in page.duties)
    return Card(_("Who must own it"), lines)


def _stated(each: Stated, currency: str) -> str:
    """Return a typed number with its unit and who said it."""
    meaning, value = str(each.meaning), typed(each, currency)
    unit = f" {unit_name(each.unit)}" if each.unit else ""
    text = f"{value}" if value.endswith(meaning) else f"{meaning} {value}"
    if unit and value.endswith(unit) and meaning.startswith(unit.strip()):  # 620 people in …, said once
        text = value.removesuffix(unit) + f" {meaning}"
    return f"{text} ({each.source})" if each.source else text


def _basis(run: Run) -> str:
    parts = []
    if run.source:
        parts.append(_("{file}, version {hash}").format(file=Path(run.source).name, hash=run.hash[:7]))
    if run.claims:
        known = library()
        read = sum(claim.id in known and known[claim.id].read == "yes" for claim in run.claims)
        parts.append(_("evidence: {n} claims, {read} read in the source").format(n=len(run.claims), read=read))
    elif run.calibration.source == "point":
        parts.append(_("all numbers stated, no evidence"))
    else:
        parts.append(_("no evidence scored"))
    parts.append(_("{draws} futures, seed {seed}").format(draws=number(run.draws), seed=str(int(run.seed))))
    if run.precision is not None:
        parts.append(precision(run))
    if run.stated:
        listed = ", ".join(_stated(each, run.currency) for each in _weightiest(run))
        more = len(run.stated) - _TYPED
        text = _("typed by hand, not estimated: {typed}").format(typed=listed)
        parts.append(text + (" " + plural("and {n} more", "and {n} more", more) if more > 0 else ""))
    if run.page_one is not None and run.page_one.tested and run.recommendation is not None:
        parts.append(_tested(run))
    parts.append(_("present values at {rate} a year").format(rate=rate(run.discount_rate)))
    if run.tax_rate is not None:
        text = _("after tax of {rate}") if run.after_tax else _("before tax; the tax stated is {rate}")
        parts.append(text.format(rate=rate(float(run.tax_rate))))
    if run.source:
        parts.append(_("repeat with: {command}").format(command=f"txsim run {Path(run.source).name} --brief"))
    return " · ".join(parts)


def _weightiest(run: Run) -> list[Stated]:
    """Return the typed numbers that move the result most, where that was tested, else the first."""
    page = run.page_one
    moves = {} if page is None else {str(t.name): abs(t.high[page.option] - t.low[page.option]) for t in page.tested}
    return sorted(run.stated, key=lambda each: -moves.get(str(each.name), 0.0))[:_TYPED]


def _tested(run: Run) -> str:
    page, advice = run.page_one, run.recommendation
    if page is None or advice is None:  # pragma: no cover - the caller asks only with both
        return ""
    best = advice.best or advice.option
    moved = sum({t.option_low, t.option_high} != {best} for t in page.tested)
    if not moved:
        return _("figures of the firm, each tested at ±20 %: none changes the best option")
    text = _("{all} figures of the firm, each tested at ±20 %: {n} of them change the best option")
    return text.format(n=moved, all=len(page.tested))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
