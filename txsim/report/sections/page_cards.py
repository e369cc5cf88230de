# SPDX-License-Identifier: MIT
"""Three cards of page one: what a spreadsheet would say, the cheapest way to change the answer, who must own it."""

from __future__ import annotations

from collections.abc import Mapping

from txsim.language import N_, _, capital
from txsim.language.numbers import Unit, number, percent, to_grain, unit_of
from txsim.report.document import Card, Cards, Datum, Text, say
from txsim.report.figures import Figures
from txsim.report.words import option_name
from txsim.results.page_one import Lever
from txsim.results.run import Run

_STEPS = {
    "plan": N_("The plan as written"),
    "bills": N_("bills at their middle"),
    "late": N_("it comes late"),
    "partly": N_("not all is delivered"),
    "middle": N_("Everything at its middle"),
    "bills_mean": N_("bills on average, beside their middle"),
    "few_gain": N_("a few futures gain a lot"),
    "stop": N_("the right to stop"),
    "expected": N_("Expected value"),
}


#: What a step is where it takes away.
_FALLS = {"few_gain": N_("a few futures lose a lot")}


_LEVELS = ("plan", "middle", "expected")


#: Levers that a card has room for.
_LEVERS = 3


def cards(run: Run, figures: Figures) -> Cards:
    """Return the three cards of a run with a page one."""
    return Cards((_spreadsheet(run, figures), _cheapest(run, figures), _owners(run)))


def _spreadsheet(run: Run, figures: Figures) -> Card:
    """Return the bridge from the plan as written: steps are differences of levels as printed, so that they add up."""
    page = run.page_one
    assert page is not None  # noqa: S101 - as above
    levels = {name: float(value) for name, value in page.bridge.steps}
    unit, grain = _unit(run), figures.grain
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
        sums.append((capital(_(_STEPS[name])) if name in _LEVELS else _(words), text, name in _LEVELS))
    title = _("A spreadsheet would say {amount}").format(amount=unit.full(levels["plan"], plus=True, grain=grain))
    lines = () if page.option == "commit" else (_("The plan is to commit now."),)
    return Card(title, lines, (*sums[:-1], (f"{sums[-1][0]}, {unit.name}", *sums[-1][1:])))


def _unit(run: Run) -> Unit:
    assert run.page_one is not None  # noqa: S101 - as above
    return unit_of(max(abs(float(value)) for _name, value in run.page_one.bridge.steps), run.currency)


def _cheapest(run: Run, figures: Figures) -> Card:
    page = run.page_one
    assert page is not None  # noqa: S101 - as above
    turning = [lever for lever in page.levers if lever.turns]
    lines: list[Text] = []
    state = "clear" if run.recommendation is None else run.recommendation.state
    means = {} if run.recommendation is None else dict(run.recommendation.mean_npv)
    # The page speaks of one option: of another that then leads it is told from where it starts, once.
    means.pop(page.option, None)
    for lever in turning[:_LEVERS]:
        text = _("{term}: {gain} for “{option}”, which then leads and loses in {times} of 100.")
        if state == "open":  # it may lead already, by too little
            text = _(
                "{term}: {gain} for “{option}”, which then leads by enough to choose it and loses in {times} of 100."
            )
        line = _lever(lever, text, run, figures)
        line = say("{line} {more}", line=line, more=_("The answer is then clear.")) if lever.settles else line
        if lever.option in means:
            text = _("As things stand “{option}” pays {amount}.")
            now = say(text, option=option_name(lever.option), amount=_full(means.pop(lever.option), run, figures))
            line = say("{line} {now}", line=line, now=now)
        lines.append(line)
    if not turning:
        # What would turn it to doing nothing is nobody's wish, and is told with the decision.
        lines.append(_("No term in your hands that was tested turns it to an option that pays more."))
        texts = {False: "{term}: {gain}", True: _("{term}: {gain}. The answer is then clear.")}
        most = [_lever(lever, texts[lever.settles], run, figures) for lever in page.levers[:_LEVERS]]
        if most:
            lines.append(_("What adds most to “{option}”:").format(option=option_name(page.option)))
            lines += most
    return Card(_("The cheapest way to change it"), tuple(lines))


def _full(value: float, run: Run, figures: Figures) -> Datum:
    return figures.show(value, lambda v: _unit(run).full(v, plus=True, grain=figures.grain))


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
        gain=_full(lever.gain, run, figures),
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
