# SPDX-License-Identifier: MIT
"""What the decision hangs on: values in the author's unit at which it turns, on average or by a limit."""

from __future__ import annotations

from txsim.forecast.labels import Label
from txsim.language import _, capital, verbatim
from txsim.language.numbers import significant, unit_name
from txsim.priors.sentences import implication, implied
from txsim.report.document import Datum, Hinges, Range, say
from txsim.report.figures import Figures
from txsim.report.sections.limits import by_limit, gap_sentence, never_kept
from txsim.report.words import option_name
from txsim.results.names import if_we
from txsim.results.page_one import Hinge
from txsim.results.run import Run

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
