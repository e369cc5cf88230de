# SPDX-License-Identifier: MIT
"""Page one: the decision and its state, five figures, the business case, its course, what it hangs on, who owns it.

Everything on it speaks of one option, that of the business case, and each quantity has one value: means to the
resolution of the recommendation, ends of ranges ten times coarser.
"""

from __future__ import annotations

from pathlib import Path

from txsim.forecast.labels import Label
from txsim.language import _, capital, plural, verbatim
from txsim.language.message import money_beside
from txsim.language.numbers import number, significant, unit_name, unit_of
from txsim.priors.sentences import implication, implied
from txsim.report.document import (
    Block,
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
from txsim.report.figures import Figures, figures_of, one_digit
from txsim.report.pictures import options as drawn_options
from txsim.report.pictures import payoff
from txsim.report.reading import Result
from txsim.report.sections.beliefs import precision
from txsim.report.sections.business_case import business_case
from txsim.report.sections.checks import turned_by_the_other_bridge
from txsim.report.sections.limits import by_limit, gap_sentence, never_kept
from txsim.report.sections.method import command_of
from txsim.report.sections.page_cards import cards
from txsim.report.sections.recommendation import STATES, best_by_mean, headline_of, of_headline, state_words
from txsim.report.words import option_name, rate, typed, without_keys
from txsim.results.names import if_we
from txsim.results.page_one import Hinge, StatedNumber
from txsim.results.run import Run

#: Typed numbers that the last line has room for.
_TYPED = 5


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
            blocks.append(hinges(run, figures))
        blocks.append(cards(run, figures))
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
        state = "open" if run.verdict["horizon"].too_close else "leaning"
        return Verdict(state, _(STATES[state]), best_by_mean(run), "")
    because = [without_keys(advice.because)] if advice.lead else []
    because += [] if run.page_one is None else [without_keys(reason) for reason in run.page_one.because]
    turned = plain(turned_by_the_other_bridge(run, figures_of(run)))
    because += [turned] if turned else []
    return Verdict(advice.state, state_words(advice), without_keys(advice.lead or advice.sentence), " ".join(because))


def _tiles(run: Run, figures: Figures) -> KeyFigures:
    option, paid = headline_of(run), of_headline(run)
    advice, page = run.recommendation, run.page_one
    worth = paid.worth(after_tax=run.after_tax)
    months = plural("{n} month", "{n} months", run.horizon_months)
    condition = str(if_we(option))
    if round(worth.mcse):  # an error below one of its currency is no news
        error = one_digit(worth.mcse, run.currency, worth.mean)
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
    limit = None if advice is None else advice.max_peak_funding
    if limit is None:
        text = _("on average; peak funding {peak} on average, up to {most} in 95 of 100")
        if run.after_tax:
            text = _("on average; peak funding before tax {peak} on average, up to {most} in 95 of 100")
    else:
        text = _("on average; peak funding {peak} on average, up to {most} in 95 of 100, where {limit} are allowed")
        if run.after_tax:
            text = _(
                "on average; peak funding before tax {peak} on average, up to {most} in 95 of 100, where {limit} are "
                "allowed"
            )
    funded = paid.peak_funding.p95
    most, allowed = money_beside(float(funded), limit, figures.grain, run.currency)
    told = figures.show(funded, lambda _value: str(most))
    peak = say(text, peak=figures.money(paid.peak_funding.mean), most=told, limit=str(allowed))
    worst: Text = figures.rough(paid.cvar05.value, plus=True)
    unit = unit_of(max(abs(worth.p05), abs(worth.p95)), run.currency)
    if unit.divisor == 1 and 0 < figures.grain < 100:  # as all figures of so small a page
        worst = say("{amount} {unit}", amount=figures.rough_cell(paid.cvar05.value, unit, plus=True), unit=unit.name)
    tiles.append((_("Worst 1 in 20"), worst, peak))
    return KeyFigures(tuple(tiles))


def _stated(each: StatedNumber) -> str:
    """Return a typed number with its unit and who said it."""
    meaning, value = str(each.meaning), typed(each)
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
        read = sum(claim.read == "yes" for claim in run.claims)
        text = _("evidence: {n} claims, {read} read in the source")
        if not any(claim.read for claim in run.claims):  # a result of an earlier version does not say
            text = _("evidence: {n} claims")
        parts.append(text.format(n=len(run.claims), read=read))
    elif run.calibration.source == "point":
        parts.append(_("all numbers stated, no evidence"))
    else:
        parts.append(_("no evidence scored"))
    parts.append(_("{draws} futures, seed {seed}").format(draws=number(run.draws), seed=str(int(run.seed))))
    if run.precision is not None:
        parts.append(precision(run))
    if run.stated:
        listed = "; ".join(_stated(each) for each in _weightiest(run))
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
        parts.append(_("repeat with: {command}").format(command=command_of(run, Path(run.source).name, "--brief")))
    return " · ".join(parts)


def _weightiest(run: Run) -> list[StatedNumber]:
    """Return the typed numbers that move the result most, where that was tested, else the first."""
    page = run.page_one
    moves = {} if page is None else {str(t.name): abs(t.high[page.option] - t.low[page.option]) for t in page.tested}
    return sorted(run.stated, key=lambda each: -moves.get(str(each.name), 0.0))[:_TYPED]


def _tested(run: Run) -> str:
    page, advice = run.page_one, run.recommendation
    if page is None or advice is None:  # pragma: no cover - the caller asks only with both
        return ""
    moved = sum(test.turns(advice.best or advice.option) for test in page.tested)
    if not moved:
        return _("figures of the firm, each tested at ±20 %: none changes the best option")
    text = _("{all} figures of the firm, each tested at ±20 %: {n} of them change the best option")
    return text.format(n=moved, all=len(page.tested))


# --- What it hangs on


_PERCENT = "\N{NO-BREAK SPACE}%"


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
    return _("{meaning}: in the middle {n}").format(
        meaning=capital(str(hinge.meaning)), n=_value(hinge.middle, hinge.unit)
    )


def hinges(run: Run, figures: Figures) -> Hinges:
    """Return what it hangs on, each with its range and where it turns."""
    page = run.page_one
    assert page is not None  # noqa: S101 - the caller asks only with one
    state = "open" if run.recommendation is None else run.recommendation.state
    turning = any(h.threshold is not None or h.limit_at is not None for h in page.hinges)
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
    title = _("{title} (what goes together moves along: bills, delay and delivery)").format(title=title)
    advice = run.recommendation
    beyond = advice is not None and page.option in {each.option for each in advice.excluded}
    nowhere = beyond and len(page.hinges) > 1 and all(map(never_kept, page.hinges))
    if nowhere:  # said once, not of each
        title = _("{title}; none of these, fixed alone, brings it within the limits").format(title=title)
    items = []
    for hinge in page.hinges:
        pays = hinge.threshold is not None or hinge.chance > 0.5  # else no limit matters
        limited = _limited(hinge, beyond=beyond) if pays and not nowhere else ()
        items.append(
            (_hinge_name(hinge), (*_turn(hinge, page.option, figures), *limited), str(hinge.name), _range(hinge))
        )
    return Hinges(title, tuple(items))


def _turn(hinge: Hinge, option: str, figures: Figures) -> tuple[str | Datum, ...]:
    worst = figures.rough(hinge.worst, plus=True)
    if hinge.threshold is None:
        if hinge.chance > 0.5:
            return say(_("In its worse 1 in 20 still {amount}."), amount=worst)
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
    gap = gap_sentence(_value(end, hinge.unit) for end in hinge.gap)
    return (*say(text, value=value, chance=chance), *gap, *_fixed(hinge))


def _limited(hinge: Hinge, *, beyond: bool) -> tuple[str, ...]:
    """Return where a limit of the scenario turns the answer, where that is reached before the means turn."""
    words = by_limit(hinge, beyond=beyond)
    if beyond and never_kept(hinge):
        words = _("fixed alone, no likely value brings the option within the limits")
    return (" ", capital(words).removesuffix(".") + ".") if words else ()


def _fixed(hinge: Hinge) -> tuple[str, ...]:
    """Return where it turns if this quantity alone is fixed, where that is another value."""
    fixed = hinge.fixed
    if fixed is None:
        return ()
    if fixed.threshold is None:
        text = _("Fixed alone, no likely value puts the option ahead.")
        return (" ", _("Fixed alone, any likely value leaves the option ahead.") if fixed.above else text)
    text = _("Fixed alone: from {value}.") if fixed.above else _("Fixed alone: up to {value}.")
    return (" ", text.format(value=_value(fixed.threshold, hinge.unit)).replace("..", "."))


def _range(hinge: Hinge) -> Range:
    ends = (_value(hinge.low, hinge.unit), _value(hinge.high, hinge.unit))
    short = tuple(end if end.endswith("%") else end.removesuffix(f" {unit_name(hinge.unit)}") for end in ends)
    above = hinge.above if hinge.threshold is not None else hinge.chance > 0.5
    threshold = None if hinge.threshold is None else float(hinge.threshold)
    if hinge.limit_at is not None and (threshold is None or hinge.limit_above is above):
        threshold, above = float(hinge.limit_at), hinge.limit_above
    return Range(float(hinge.low), float(hinge.middle), float(hinge.high), threshold, above, (short[0], short[1]))
