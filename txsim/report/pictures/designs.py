# SPDX-License-Identifier: MIT
"""Designs of a pilot, and what each is worth."""

from __future__ import annotations

from txsim.language import _
from txsim.language.numbers import OF_ERRORS, Unit, amount, number, percent, probability, unit_of
from txsim.report.document import Control, Picture
from txsim.report.pictures.forms import heat, tooltip
from txsim.report.reading import Result
from txsim.results.pilot import Design, Pilot, preferred, worth_grain


def designs(result: Result) -> Picture | None:
    """Return what each design of a pilot would be worth, its cost and delay included."""
    answer: Pilot = result.answer
    tried, currency = answer.design, answer.currency
    if not tried:
        return None
    unit = unit_of(max(abs(each.pilot_net.value) for each in tried), currency, OF_ERRORS)
    left = [each for each in tried if each.excluded is None]
    best = answer.best_design or max(left or tried, key=preferred)
    scopes = sorted({float(each.scope) for each in tried})
    controls = sorted({each.control for each in tried})
    values = [
        {
            "scope": percent(each.scope),
            "control": "yes" if each.control else "no",
            "months": int(each.months),
            "respondents": float(each.respondents),
            "value": unit.printed(each.pilot_net.value, worth_grain(each.pilot_net)) / unit.divisor,
            "label": _net(each, unit) + ("" if each.excluded is None else "*"),
            "assurance": probability(each.assurance.value),
            "go": probability(each.false_go.value),
            "stop": probability(each.false_stop.value),
        }
        for each in tried
    ]
    worth = amount(best.pilot_net.value, currency, plus=True, grain=answer.grain(best.pilot_net))
    if answer.best_design is not None:
        title = _("The best pilot is worth {net}: {design}")
        if best.pilot_net.value <= 2.0 * best.pilot_net.mcse:
            title = _("The best pilot is worth {net}, within its simulation error: {design}")
        title = title.format(net=worth, design=_design(best))
    elif not left:
        title = _("The limits set exclude every pilot; the best of them would be worth {net}").format(net=worth)
    elif best.pilot_net.value > 0:
        title = _("No pilot pays by what it tells; as a smaller first step the best is worth {net}").format(net=worth)
    else:
        title = _("No pilot is worth its cost and delay; the best of them is worth {net}").format(net=worth)
    axis = {"labelAngle": 0, "domain": False, "ticks": False}
    x = {"field": "respondents", "type": "ordinal", "title": _("respondents per wave"), "axis": axis}
    y = {"field": "months", "type": "ordinal", "title": _("months"), "axis": axis}
    pointer = tooltip(
        months=_("months"),
        respondents=_("respondents per wave"),
        label=_("worth, {unit}").format(unit=unit.name),
        assurance=_("leads to the right decision"),
        go=_("false go"),
        stop=_("false stop"),
    )
    spec = heat(values, x, y, max(abs(each.pilot_net.value) for each in tried) / unit.divisor, pointer)
    scope, control = percent(best.scope), "yes" if best.control else "no"
    spec["params"] = [{"name": "scope", "value": scope}, {"name": "control", "value": control}]
    spec["transform"] = [{"filter": "datum.scope === scope && datum.control === control"}]
    choices = [
        Control(
            "one",
            "scope",
            _("Share of units"),
            tuple((percent(s), _("{share} of units").format(share=percent(s)), percent(s) == scope) for s in scopes),
        ),
        Control(
            "one",
            "control",
            _("Control group"),
            tuple(
                ("yes" if c else "no", _("with a control group") if c else _("without"), c == best.control)
                for c in controls
            ),
        ),
    ]
    note = _("Worth of piloting first, {unit}, against the best of committing, reviewing and doing nothing.")
    if len(left) < len(tried):
        note = _(
            "Worth of piloting first, {unit}, against the best that the limits set leave of committing, reviewing and "
            "doing nothing. *: excluded by them."
        )
    return Picture(
        "designs",
        title,
        _design_words(best, unit),
        spec,
        40 * len({int(each.months) for each in tried}),
        tuple(choices),
        note.format(unit=unit.name),
        (("good", _("worth it")), ("bad", _("not worth it"))),
    )


def _net(design: Design, unit: Unit) -> str:
    """Return what a design is worth, as in its table: to the digit of its error."""
    return unit.show(design.pilot_net.value, plus=True, grain=worth_grain(design.pilot_net))


def _design(design: Design) -> str:
    text = _("{scope} of units, {months} months, {respondents} respondents a wave")
    if not round(design.respondents):
        text = _("{scope} of units, {months} months, no survey")
    return text.format(
        scope=percent(design.scope), months=number(design.months), respondents=number(design.respondents)
    )


def _design_words(best: Design, unit: Unit) -> str:
    return _(
        "Table of designs by months and respondents. The best: {design}, worth {net}; it leads to the right decision "
        "with probability {p}."
    ).format(
        design=_design(best),
        net=f"{_net(best, unit)}\N{NO-BREAK SPACE}{unit.name}",
        p=probability(best.assurance.value),
    )
