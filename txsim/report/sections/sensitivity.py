# SPDX-License-Identifier: MIT
"""What drives the answer: break-even values, what is worth knowing, and where money is lost."""

from __future__ import annotations

import math

from txsim.language import _
from txsim.language.numbers import Unit, error_grain, number, significant, unit_of
from txsim.report.document import Block, Bullets, Level, Note, Paragraph, Section, Table, Text, say
from txsim.report.figures import Figures, estimate, with_error
from txsim.report.pictures import decide
from txsim.report.reading import Result
from txsim.report.sections.limits import about, beyond_limits, by_limit, gap_sentence, kept_where, never_kept, own
from txsim.report.sections.method import basis, more
from txsim.report.sections.recommendation import advised
from txsim.report.words import in_unit, npv_name, option_name
from txsim.results.quantities import Estimate
from txsim.results.recommendation import Excluded
from txsim.results.sensitivity import Bound, Driving, Region, Sensitivity

#: Parameters that are listed.
_LISTED = {"brief": 8, "full": 14}
#: Share of the payoff's variance below which it is said that total indices do not see all of it.
_WHOLE = 0.97
#: Break-even values that are told in a sentence.
_TOLD = 3


def drives(result: Result, level: Level) -> Section:
    """Return what moves the payoff, from where on it pays, and what each parameter is worth knowing."""
    answer: Sensitivity = result.answer
    figures = Figures(answer.currency)
    title = _("What drives the answer")
    if not answer.parameters:
        text = _("Nothing is uncertain: every figure was stated as a plain number.")
        return Section("drives", title, (Paragraph(text), *advised(answer.recommendation, level)))
    blocks: list[Block] = [Paragraph(_worth(answer, figures, level), lead=level == "full")]
    if _limited(answer):
        text = _(
            "The limits set bind in that: without more knowledge the best choice within them is taken, and with it "
            "committing where what is then known keeps them."
        )
        blocks.append(Paragraph(text))
    if level == "brief":
        blocks += advised(answer.recommendation, level)
    blocks += _beyond(answer, figures, level)
    beyond = _excluded(answer) is not None
    told = [each for each in _clear(answer) if _turn(each) is not None or by_limit(each.stated, beyond=beyond)]
    blocks += [Paragraph(_pays(each, figures, beyond=beyond)) for each in told[:_TOLD]]
    for draw in (decide.tornado, decide.break_even_map):
        picture = draw(result) if level == "full" or draw is decide.tornado else None
        blocks += [] if picture is None else [picture]
    unit = unit_of(max(abs(each.evppi.value) for each in answer.parameters), figures.currency)
    blocks.append(_parameters(answer, figures, unit, level))
    listed = _listed(answer, level)
    worths = (*(each.evppi for each in listed), *(group.evppi for group in answer.groups))
    if any(each.within_noise for each in listed) or any(map(_unseen, worths)):
        blocks.append(Note(_noise(answer)))
    if any(_less_with_others(each) for each in listed):
        text = _("Where quantities go together, the share with others leaves out what the others tell of one already.")
        blocks.append(Note(text))
    rest = len(answer.parameters) - len(listed)
    if rest > 0:
        blocks.append(more(rest, level))
    blocks += _groups(answer, figures, unit, level)
    blocks += _regions(answer, level)
    if level == "brief":
        text = _("These shares account for {share} of the payoff's spread (variance).")
        blocks.append(Note(say(text, share=figures.percent(answer.explained))))
    if answer.explained < _WHOLE:
        blocks.append(
            Note(
                _(
                    "The regression behind the total indices misses the rest: an input that matters in both "
                    "directions, or only together with several others, has too low a total, so a low one does not "
                    "prove that it is harmless."
                )
            )
        )
    if level == "brief":
        blocks.append(basis(answer.draws, answer.seed))
    return Section("drives", title, tuple(blocks))


def _clear(answer: Sensitivity) -> list[Driving]:
    """Return the parameters whose worth, and what they do to the payoff, stand out of their Monte Carlo errors."""
    return [each for each in answer.parameters if not each.evppi.within_noise and not each.within_noise]


def _rounded(worth: Estimate, figures: Figures) -> Text:
    """Return what something is worth to the digits of its error."""
    return Figures(figures.currency, error_grain(worth.mcse)).money(worth.value)


def _worth(answer: Sensitivity, figures: Figures, level: Level) -> Text:
    worth = estimate if level == "brief" else _rounded  # in the largest letters: no error, which the table below has
    text = _("To know everything before choosing would be worth {evpi} for the choice between {options}.")
    options = _(" and ").join(_("“{option}”").format(option=option_name(name)) for name in answer.options)
    sentence = say(text, evpi=worth(answer.evpi, figures), options=options)
    if answer.evpi.within_noise and answer.evpi.value > 0:
        return (*sentence, " ", _("That is within the simulation error: these draws cannot tell it from nothing."))
    clear = _clear(answer)
    if not clear:
        return sentence
    most = _(
        "Most of it lies in one thing: to know the {parameter}, and by it what goes together with it, would be worth "
        "{evppi}."
    )
    if clear[0].evppi.value < 0.5 * answer.evpi.value:
        most = _(
            "The one thing most worth knowing is the {parameter}: to know it, and by it what goes together with it, "
            "would be worth {evppi}."
        )
    named = say(most, parameter=_named(clear[0], level), evppi=worth(clear[0].evppi, figures))
    return (*sentence, " ", *named)


def _limited(answer: Sensitivity) -> bool:
    advice = answer.recommendation
    return advice is not None and (advice.max_p_loss is not None or advice.max_peak_funding is not None)


def _meaning(of: Driving | Bound) -> str:
    return str(of.meaning) or of.name


def _less_with_others(each: Driving) -> bool:
    """Whether a quantity has less of the variance with others than alone, beyond error: it goes together with one."""
    return each.first_order.value - each.total.value > 2.0 * (each.first_order.mcse + each.total.mcse)


def _listed(answer: Sensitivity, level: Level) -> list[Driving]:
    """Return the parameters that stand in the table: the first ones, and every link in doubt."""
    first, rest = answer.parameters[: _LISTED[level]], answer.parameters[_LISTED[level] :]
    return [*first, *(each for each in rest if each.name.startswith("link["))]


def _unseen(worth: Estimate) -> bool:
    """Whether something cannot be told from being worth nothing: within its Monte Carlo error, where it has one."""
    return worth.within_noise and (worth.value != 0 or worth.mcse > 0)


def _worth_of(worth: Estimate, figures: Figures, unit: Unit) -> Text:
    return "~" if _unseen(worth) else with_error(worth.value, worth.mcse, figures, unit)


def _noise(answer: Sensitivity) -> str:
    text = _(
        "~: within twice the simulation error of {draws} draws, so that they cannot tell it from nothing; a run with "
        "more draws can."
    )
    return text.format(draws=number(answer.draws))


def _turn(each: Driving) -> tuple[str, bool] | None:
    """Return from where on committing pays, in the author's unit where that is known, and whether above it.

    ``None`` where nothing in reach turns it, or what these draws say of the parameter is within their noise.
    """
    if each.within_noise:
        return None
    if each.stated is not None and each.stated.break_even is not None:
        return own(each.stated.break_even, each.stated.unit), each.stated.good_above
    if each.break_even is not None:
        return significant(each.break_even.value), each.good_above
    return None


def _excluded(answer: Sensitivity) -> Excluded | None:
    """Return by what committing is excluded as things stand; ``None`` where it keeps all limits."""
    advice = answer.recommendation
    return None if advice is None else next((each for each in advice.excluded if each.option == "commit"), None)


def _beyond(answer: Sensitivity, figures: Figures, level: Level) -> list[Block]:
    """Say that committing is beyond a limit as things stand, so that what it pays does not decide."""
    broken, advice = _excluded(answer), answer.recommendation
    if broken is None or advice is None:
        return []
    why = beyond_limits(broken, figures, advice.max_p_loss, advice.max_peak_funding)
    if not why:
        return []
    said = _("As things stand committing is excluded whatever it pays: {why}.").format(why=why)
    listed = [each for each in _listed(answer, level) if not each.within_noise]
    never = [each for each in listed if never_kept(each.stated)]
    if len(never) > 1 and len(never) == len(listed):
        said += " " + _("None of the quantities below, fixed alone, brings it within the limits.")
    elif never:
        text = _("Fixed alone, none of these brings committing within the limits: {meanings}.")
        said += " " + text.format(meanings="; ".join(_meaning(each) for each in never))
    return [Paragraph(said)]


def _pays(each: Driving, figures: Figures, *, beyond: bool) -> Text:
    limited = by_limit(each.stated, beyond=beyond)
    if _turn(each) is None and limited:
        text = _("Committing pays at any likely value of the {meaning}, yet {limited}.")
        return say(text, meaning=_meaning(each), limited=limited)
    said = _pays_on_average(each, figures)
    return say("{said} {more}", said=said, more=_("Yet {limited}.").format(limited=limited)) if limited else said


def _pays_on_average(each: Driving, figures: Figures) -> Text:
    value, above = _turn(each) or ("", True)
    if each.name.startswith("link["):
        text = _("Committing pays where it does nothing: {meaning}; as you believe now the chance is {p}.")
        if above:
            text = _("Committing pays where it is in force: {meaning}; as you believe now the chance is {p}.")
        return say(text, meaning=_meaning(each), p=figures.share(each.p_good.value))
    text = _("Committing pays with the {meaning} at {value} or less; as you believe now the chance of that is {p}.")
    if above:
        text = _("Committing pays with the {meaning} at {value} or more; as you believe now the chance of that is {p}.")
    p = figures.share(each.p_good.value)
    sentence = say(text, meaning=_meaning(each), value=value, p=p)
    if each.stated is not None:
        sentence += gap_sentence(own(float(end), each.stated.unit) for end in each.stated.gap)
    alone = _fixed(each)
    if not alone:
        return sentence
    text = _("That counts what goes together with it and moves along; if it alone is fixed, committing pays {where}.")
    return (*sentence, " ", text.format(where=alone))


def _fixed(each: Driving) -> str:
    """Return where committing pays if this parameter alone is fixed; empty where that is no other value."""
    return "" if each.stated is None else kept_where(each.stated.fixed, each.stated)


def _named(each: Driving, level: Level) -> str:
    """Return what a parameter is, in a terminal with its key, by which it can be set."""
    keyed = level == "brief" and each.meaning and str(each.meaning) != each.name
    return f"{each.meaning} ({each.name})" if keyed else _meaning(each)


def _parameters(answer: Sensitivity, figures: Figures, unit: Unit, level: Level) -> Table:
    ends = [end.value for each in answer.parameters for end in (each.low, each.high)]
    money = unit_of(max(map(abs, ends)), figures.currency)
    listed = _listed(answer, level)
    rows: list[tuple[Text, ...]] = []
    for each in listed:
        turn = _turn(each)
        even = _("any likely value") if each.p_good.value > 0.5 else _("no likely value")
        if each.within_noise:
            even = "~"
        if turn is not None:
            even = ("≥ " if turn[1] else "≤ ") + turn[0]
            if each.name.startswith("link["):  # in force or not: no value lies between
                even = _("the link is in force") if turn[1] else _("the link does nothing")
            elif each.stated is not None:
                even += about(each.stated.gap, each.stated.unit)
        alone = "" if each.within_noise else _fixed(each)
        if alone:
            even = _("{even}; fixed alone {where}").format(even=even, where=alone)
        limited = "" if each.within_noise else by_limit(each.stated, beyond=_excluded(answer) is not None)
        if limited:
            even = f"{even}; {limited}"
        cells: tuple[Text, ...] = (
            _named(each, level),
            _worth_of(each.evppi, figures, unit),
            even,
            "~" if each.within_noise else figures.share(each.p_good.value),
        )
        if level == "full":
            cells += tuple(with_error(end.value, end.mcse, figures, money, plus=True) for end in (each.low, each.high))
        cells += (_share(each.first_order, figures), _share(each.total, figures))
        rows.append(cells)
    head: tuple[str, ...] = (
        _("parameter"),
        _("worth knowing, {unit}").format(unit=unit.name),
        _("pays if"),
        _("chance of that"),
    )
    if level == "full":
        npv = npv_name(after_tax=answer.after_tax, taxed=answer.taxed)
        head += (_("{npv} at its 5 %, {unit}").format(npv=npv, unit=money.name), in_unit(_("at its 95 %"), money))
    head += (_("share of the spread alone"), _("with others"))
    caption = _(
        "Break-even values (what goes together with a quantity moves along, as bills, delay and delivery of a driver "
        "do), and what it is worth to know each; ± is the simulation error"
    )
    if any(_fixed(each) for each in listed if not each.within_noise):
        caption = _("{caption}; fixed alone: all else stays as believed").format(caption=caption)
    return Table(caption, head, tuple(rows), frozenset({0, 2}))


def _share(of: Estimate, figures: Figures) -> Text:
    """Return a share of variance with its Monte Carlo error, where that is to be seen."""
    error = figures.percent(of.mcse)
    share = figures.percent(of.value)
    return share if math.isnan(of.mcse) or of.mcse < 0.005 else (share, " ± ", error)


def _groups(answer: Sensitivity, figures: Figures, unit: Unit, level: Level) -> list[Block]:
    if not answer.groups:
        return []
    rows: list[tuple[Text, ...]] = []
    meanings = {each.name: _meaning(each) for each in answer.parameters}
    for group in answer.groups:
        cells: tuple[Text, ...] = (str(group.meaning) or group.name, _worth_of(group.evppi, figures, unit))
        members = "; ".join(meanings.get(name, name) for name in group.members)
        rows.append(cells if level == "brief" else (*cells, members))
    head: tuple[str, ...] = (_("group"), _("worth knowing, {unit}").format(unit=unit.name))
    if level == "full":
        head += (_("parameters"),)
    caption = _("What it is worth to know a group of parameters together")
    return [Table(caption, head, tuple(rows), frozenset({0, 2}), more=True)]


def _regions(answer: Sensitivity, level: Level) -> list[Block]:
    if answer.regions is None:
        return []
    if not answer.regions:
        return [Paragraph(_("It loses money nowhere in particular."))]
    return [Paragraph(_("Where it loses money:")), Bullets(tuple(_region(region, level) for region in answer.regions))]


def _region(region: Region, level: Level) -> Text:
    figures = Figures("")
    text = _("{rules}: {density} of 100 futures there lose, and {coverage} of 100 that lose are there")
    by_name: dict[str, list[Bound]] = {}
    for bound in region.rules:
        by_name.setdefault(bound.name, []).append(bound)
    rules = _(" and ").join(_bounds(bounds, level) for bounds in by_name.values())
    density, coverage = figures.of_hundred(region.density), figures.of_hundred(region.coverage)
    return say(text, rules=rules, density=density, coverage=coverage)


def _bounds(bounds: list[Bound], level: Level) -> str:
    """Return the rules about one parameter: on one side of a value, or between two."""
    sides = sorted((_side(bound) for bound in bounds), key=lambda side: side[1])
    meaning, name = _meaning(bounds[0]), bounds[0].name
    where = f"{meaning} {sides[0][0]} {sides[0][2]}"
    if len(sides) == 2 and {side[0] for side in sides} == {">", "≤"}:
        text = _("{meaning} above {low}, up to {high}")
        where = text.format(meaning=meaning, low=sides[0][2], high=sides[1][2])
    return where + (f" ({name})" if level == "brief" and meaning != name else "")


def _side(bound: Bound) -> tuple[str, float, str]:
    """Return on which side of which value, and the value in words."""
    value, shown, side = bound.value, significant(bound.value), bound.side
    if bound.stated is not None and bound.stated_side is not None:
        value, shown, side = bound.stated, own(bound.stated, bound.unit), bound.stated_side
    return (">" if side == "above" else "≤"), float(value), shown
