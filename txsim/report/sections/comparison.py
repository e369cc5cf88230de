# SPDX-License-Identifier: MIT
"""Scenarios side by side: every option on the same futures, who differs from whom, the best set under a budget."""

from __future__ import annotations

from collections.abc import Sequence

from txsim.language import N_, _, plural
from txsim.language.numbers import Unit, amount, error_grain, unit_alone, unit_of
from txsim.report.document import Block, Bullets, Level, Note, Paragraph, Section, Table, Text, say
from txsim.report.figures import Figures, figures_for, one_digit, with_error
from txsim.report.pictures import alternatives
from txsim.report.reading import Result
from txsim.report.sections.limits import beyond_limits
from txsim.report.sections.method import basis, more
from txsim.report.sections.recommendation import advised
from txsim.report.words import in_unit, npv_name, option_name, short_name
from txsim.results.compare import Beliefs, ComparedOption, Comparison, ExcludedSet, Portfolio
from txsim.results.quantities import Distribution, Estimate
from txsim.results.recommendation import Recommendation

#: Pairs, and dominated options, that a terminal has room for.
_PAIRS, _DOMINATED = 6, 4
#: What is of a run and what of the comparison.
APART = N_(
    "What an option pays, costs and risks by itself is as its own run tells it. What sets options apart is told on "
    "futures that all of them share, draw by draw: that is nearer the truth than the difference of two means of runs."
)
#: Pairs that a page has room for.
_MOST_PAIRS = 45


def compared(result: Result, level: Level) -> Section:
    """Return the scenarios side by side on the same futures, or every action under every belief."""
    comparison: Comparison = result.answer
    figures, unit = figures_and_unit(comparison)
    count = len(comparison.scenarios)
    text = plural("{n} scenario on common random numbers", "{n} scenarios on common random numbers", count)
    titles = comparison.titles
    blocks: list[Block] = []
    if level == "brief":
        named = "; ".join(f"{name} ({key})" if name != key else name for key, name in titles.items())
        blocks.append(Paragraph(f"{text}: {named}."))
    blocks += advised(comparison.recommendation, level, titles)
    if comparison.portfolio is not None and comparison.recommendation is not None:
        said = best_set(comparison.portfolio, figures, comparison.recommendation, after_tax=comparison.after_tax)
        blocks.append(Paragraph(said + _versions(comparison.portfolio)))
    blocks += [Note(_("Warning: {text}.").format(text=warning)) for warning in comparison.warnings]
    blocks += twins(comparison)
    if comparison.beliefs is not None:
        blocks += under_beliefs(comparison, comparison.beliefs, figures)
    if level == "full":
        blocks += [picture for picture in (alternatives.compared(result), alternatives.best(result)) if picture]
    if comparison.beliefs is None or level == "full":
        blocks += all_options(comparison, figures, unit, level)
    blocks += differences(comparison, figures, unit, level)
    if comparison.portfolio is not None and comparison.recommendation is None:
        blocks += portfolio(comparison.portfolio, figures, after_tax=comparison.after_tax)
    elif comparison.portfolio is not None and comparison.portfolio.drivers:
        blocks += _interplay(comparison.portfolio, figures)
    if level == "brief":
        blocks.append(basis(comparison.draws, comparison.seed))
    return Section("compared", _("Scenarios compared"), tuple(blocks))


def figures_and_unit(comparison: Comparison) -> tuple[Figures, Unit]:
    """Return how figures of a comparison are written, and the unit of its tables."""
    advice = comparison.recommendation
    figures = Figures(comparison.currency, 0.0 if advice is None else float(advice.resolution))
    npv = [option.worth(after_tax=comparison.after_tax) for option in comparison.options]
    most = max((abs(end) for each in npv for end in (each.p05, each.p95)), default=1.0)
    return figures, unit_of(most, figures.currency)


def under_beliefs(comparison: Comparison, beliefs: Beliefs, figures: Figures) -> list[Block]:
    """Return what every action is worth under every belief."""
    text = _("These scenarios rest on different beliefs, so there is no single probability of being best.")
    if not comparison.mix:
        text = _(
            "These scenarios rest on different beliefs, so there is no single probability of being best; weigh the "
            "beliefs by “--mix name=weight,name=weight”."
        )
    titles = comparison.titles
    worth = {(each.belief, each.action): each.worth(after_tax=comparison.after_tax) for each in beliefs.cells}
    unit = unit_of(max((abs(each.value) for each in worth.values()), default=1.0), figures.currency)
    cells = {key: with_error(each.value, each.mcse, figures, unit, plus=True) for key, each in worth.items()}
    # One initiative under several beliefs is named by none of the files that hold it.
    one = len({action.partition("/")[0] for action in beliefs.actions if "/" in action}) < 2
    called = {action: option_name(action.rpartition("/")[2] if one else action, titles) for action in beliefs.actions}
    rows = [
        (called[action], *(cells.get((belief, action), "–") for belief in beliefs.names)) for action in beliefs.actions
    ]
    caption = _("Mean {npv} of every action under every belief, {unit}; ± is the simulation error")
    npv = npv_name(after_tax=comparison.after_tax, taxed=comparison.taxed)
    heads = (_("packaged evidence") if name == "default" else titles.get(name, name) for name in beliefs.names)
    return [Paragraph(text), Table(caption.format(npv=npv, unit=unit.name), (_("action"), *heads), tuple(rows))]


def twins(comparison: Comparison) -> list[Note]:
    """Return which scenarios begin alike: what pays the same in every future is one option, and counted once."""
    alike: dict[tuple[str, str], list[str]] = {}
    for option in comparison.options:
        other = option.begins_as.partition("/")[0]
        if option.scenario and other != option.scenario and option.begins_as and option.option != "commit_review":
            alike.setdefault((other, str(option.scenario)), []).append(option_name(option.option))
    text = _("“{b}” pays the same as “{a}” in every future ({options}): the two are counted together, as one.")
    titles = comparison.titles
    return [
        Note(text.format(a=titles.get(a, a), b=titles.get(b, b), options=", ".join(options)))
        for (a, b), options in alike.items()
    ]


def _in_groups(comparison: Comparison) -> list[ComparedOption]:
    """Return the options, the best mean first, and behind each those that begin as it does."""
    options = sorted(comparison.options, key=lambda each: -each.worth(after_tax=comparison.after_tax).mean)
    places: dict[str, int] = {}
    for i, option in enumerate(options):
        places.setdefault(option.begins_as or option.name, i)
    return sorted(options, key=lambda option: places[option.begins_as or option.name])


def all_options(comparison: Comparison, figures: Figures, unit: Unit, level: Level) -> list[Block]:
    """Return every option of every scenario, the best mean first; what begins alike stands together."""
    titles = comparison.titles
    after = comparison.after_tax
    worth = {option.name: option.worth(after_tax=after) for option in comparison.options}
    ranked = comparison.p_best_together if comparison.p_best else {}
    rows: list[tuple[Text, ...]] = []
    advice = comparison.recommendation
    funded = level == "full" and advice is not None and advice.max_peak_funding is not None
    counted: set[str] = set()
    for option in _in_groups(comparison):
        npv = worth[option.name]
        own = figures_for(npv, figures.currency)
        called = alternatives.scoped_name(option.name, titles, short=level == "brief")
        label = alternatives.beyond_marked(option.name, called, comparison)
        cells: tuple[Text, ...] = (label, _mean(npv, unit, figures.currency))
        if comparison.taxed:
            cells += (_mean(option.worth(after_tax=not after), unit, figures.currency),)
        cells += (
            own.cell_range(npv, unit),
            figures.share(option.p_loss),
            own.rough_cell(option.cvar05.value, unit, plus=True),
            own.cell(option.pv_cost, unit),
        )
        if funded:
            cells += (own.cell(option.peak_funding_p95, unit),)
        if ranked:
            again = bool(option.begins_as) and option.begins_as in counted
            counted.add(option.begins_as)
            error = error_grain(comparison.expected_regret_mcse.get(option.name, 0.0))
            grain = error or own.grain or figures.grain
            cells += (
                "↑" if again else figures.share(ranked[option.name].value),
                Figures(figures.currency, grain).cell(comparison.expected_regret[option.name], unit),
            )
        rows.append(cells)
    bases = (after, not after) if comparison.taxed else (after,)
    head: tuple[str, ...] = (
        _("option"),
        *(
            _("mean {npv}, {unit}").format(npv=npv_name(after_tax=each, taxed=comparison.taxed), unit=unit.name)
            for each in bases
        ),
        in_unit("90 %", unit),
        _("P(loss)"),
        in_unit(_("worst 5 %"), unit),
        in_unit(_("cost"), unit),
        *([in_unit(_("peak funding, 95 %"), unit)] if funded else []),
    )
    if not ranked:
        return [Table(_("All options, each under its own beliefs"), head, tuple(rows))]
    note = _("Best in: share of futures in which nothing here pays more.")
    if any("↑" in row for row in rows):
        note += " " + _("↑ is counted with the option above, which begins alike.")
    note += " " + _(
        "Missed (regret): what it is expected to pay less than the best of each future. No option is better in both "
        "mean and worst 5 % than: {options}."
    ).format(options="; ".join(option_name(name, titles) for name in comparison.frontier))
    head += (_("best in"), in_unit(_("missed"), unit))
    caption = _("All options") if comparison.as_runs else _("All options on the same futures")
    if comparison.as_runs and level == "brief":
        note = f"{_(APART)} {note}"
    return [Table(caption, head, tuple(rows)), Note(note)]


def _mean(npv: Distribution, unit: Unit, currency: str) -> Text:
    """Return a mean and its error to the digits of the option's own error and interval, as every other place has it."""
    own = figures_for(npv, currency)
    if not own.grain:
        return with_error(npv.mean, npv.mcse, own, unit, plus=True)
    cell = own.cell(npv.mean, unit, plus=True)
    return cell if npv.mcse < own.grain / 2 else (cell, "\N{NO-BREAK SPACE}±", own.cell(npv.mcse, unit))


def differences(comparison: Comparison, figures: Figures, unit: Unit, level: Level) -> list[Block]:
    """Return differences in pairs, the smallest first, and which option dominates which."""
    blocks: list[Block] = []
    titles = comparison.titles
    pairs = list(comparison.differences)
    advice = comparison.recommendation
    if level == "brief":
        pairs = [pair for pair in pairs if advice is None or {advice.option, advice.best} & {pair.a, pair.b}]
    top_pairs = sorted(pairs, key=lambda pair: abs(pair.mean))[: _PAIRS if level == "brief" else _MOST_PAIRS]
    if top_pairs:
        named = short_name if level == "brief" else option_name
        rows: list[tuple[Text, ...]] = [
            (
                f"{named(pair.a, titles)} − {named(pair.b, titles)}",
                with_error(pair.mean, pair.mcse, figures, unit, plus=True),
                figures_for(pair, figures.currency).cell_range(pair, unit),
                say("{more} / {same} / {less}", more=shares[0], same=shares[1], less=shares[2]),
            )
            for pair in top_pairs
            for shares in [[figures.share(share) if share else "–" for share in pair.better_same_worse]]
        ]
        head = (
            _("difference"),
            _("mean, {unit}").format(unit=unit.name),
            in_unit("90 %", unit),
            _("first pays more / the same / less"),
        )
        caption = _("Differences, draw by draw") if level == "full" else ""
        if comparison.after_tax:
            caption = _("Differences after tax, draw by draw")
        blocks.append(Table(caption, head, tuple(rows), more=True))
        if comparison.as_runs and any("do_nothing" in (pair.a, pair.b) for pair in top_pairs):
            text = _("Beside doing nothing an option stands as its own run has it; “best in” counts shared futures.")
            blocks.append(Note(text))
        rest = len(comparison.differences) - len(top_pairs)
        if rest:
            blocks.append(more(rest, level))
    orders = {
        1: _("“{a}” beats “{b}” whatever one's taste for risk."),
        2: _("“{a}” is better than “{b}” for anyone who dislikes risk."),
    }
    # First what the answer and doing nothing beat: of two bad ones the better is nobody's choice.
    first = ("do_nothing", comparison.recommendation.option if comparison.recommendation else "")
    dominance = sorted(
        (each for each in comparison.dominance if each.order in orders),
        key=lambda each: (each.order, each.a not in first),
    )
    if level == "brief":
        dominance = [each for each in dominance if each.order == 1]
    told = dominance[: _DOMINATED if level == "brief" else 2 * _DOMINATED]
    if told:
        names = ((d, option_name(d.a, titles), option_name(d.b, titles)) for d in told)
        blocks.append(Bullets(tuple(orders[d.order].format(a=a, b=b) for d, a, b in names)))
    if len(told) < len(dominance):
        blocks.append(more(len(dominance) - len(told), level))
    return blocks


def portfolio(selection: Portfolio, figures: Figures, *, after_tax: bool) -> list[Block]:
    """Return the best set of drivers under a budget, as the answer tells it, and what its drivers do to each other."""
    said = best_set(selection, figures, None, after_tax=after_tax) + _versions(selection)
    return [Paragraph(said), *(_interplay(selection, figures) if selection.drivers else [])]


def _interplay(selection: Portfolio, figures: Figures) -> list[Block]:
    """Return what the drivers of the best set do to each other."""
    blocks: list[Block] = []
    if len(selection.drivers) > 1:
        text = _("The sum of each alone would be {sum}; together they get in each other's way by {effect}.")
        if selection.interaction > 0:
            text = _("The sum of each alone would be {sum}; together they strengthen each other by {effect}.")
        known = Figures(figures.currency, _grain(selection.joint, figures))
        effect = selection.interaction if selection.interaction > 0 else -selection.interaction
        blocks.append(Paragraph(say(text, sum=known.money(selection.additive), effect=known.money(effect))))
    if selection.best_additive != selection.drivers:
        others = _drivers(selection, selection.best_additive)
        blocks.append(Paragraph(_("By the sum alone it would have been: {drivers}.").format(drivers=others)))
    return blocks


def _drivers(selection: Portfolio, drivers: Sequence[str]) -> str:
    return ", ".join(_("“{option}”").format(option=selection.titles.get(name, name)) for name in drivers) or _(
        "nothing"
    )


def best_set(selection: Portfolio, figures: Figures, advice: Recommendation | None, *, after_tax: bool) -> str:
    """Return what to run together within the budget, and whether limits were asked of it, too."""
    budget = str(figures.stated(selection.budget))
    if selection.cheapest is not None:
        text = _("No set of drivers fits the budget of {budget}: the cheapest, {drivers}, costs {cost}.")
        cheapest, cost = selection.cheapest, _cost(selection.cheapest.pv_cost, figures, after_tax=after_tax)
        return text.format(budget=budget, drivers=_drivers(selection, cheapest.drivers), cost=cost)
    if not selection.drivers:
        text = _("Within the budget of {budget} no set of drivers is expected to pay.")
        if selection.left_out is not None:
            text = _("Within the budget of {budget} and the limits set no set of drivers is expected to pay.")
        return text.format(budget=budget) + _left_out(selection, figures, after_tax=after_tax)
    text = _(
        "Of what can be run together within the budget of {budget} (expected cost over the horizon, present value) the "
        "best set is {drivers}: {joint} for {cost} of cost."
    )
    if selection.too_close:
        text = _(
            "Of what can be run together within the budget of {budget} (expected cost over the horizon, present value) "
            "several sets pay about the same. Most on average pays {drivers}: {joint} for {cost} of cost."
        )
    joint = _joint(selection, figures, after_tax=after_tax, error=True)
    cost = _cost(selection.pv_cost, figures, after_tax=after_tax)
    said = text.format(budget=budget, drivers=_drivers(selection, selection.drivers), joint=joint, cost=cost)
    said += _margin(selection, figures, after_tax=after_tax)
    if advice is not None and (advice.max_p_loss is not None or advice.max_peak_funding is not None):
        said += " " + _("Sets that break the limits on loss or peak funding are left out.")
    return said + _left_out(selection, figures, after_tax=after_tax)


def _versions(selection: Portfolio) -> str:
    """Return which drivers are taken as versions of one another, and what says otherwise; empty without any."""
    if not selection.versions:
        return ""
    text = _(
        "Taken as versions of one initiative, for they are called the same, so that a set holds one of them at most: "
        "{versions}. What can be run together needs titles of its own in the files."
    )
    return " " + text.format(versions="; ".join(_drivers(selection, group) for group in selection.versions))


def _left_out(selection: Portfolio, figures: Figures, *, after_tax: bool) -> str:
    """Return the set that would be chosen but for the limits, and which it breaks; empty without one."""
    other = selection.left_out
    if other is None:
        return ""
    text = _("But for the limits it would be {drivers}: {joint} for {cost} of cost; {why}.")
    joint, cost = _joint(other, figures, after_tax=after_tax), _cost(other.pv_cost, figures, after_tax=after_tax)
    why = beyond_limits(other, figures, other.max_p_loss, other.max_peak_funding)
    return " " + text.format(drivers=_drivers(selection, other.drivers), joint=joint, cost=cost, why=why)


def _grain(of: Estimate, figures: Figures) -> float:
    """Return to which power of ten an amount is told: to the digit that its error leaves."""
    return max(error_grain(of.mcse), figures.grain)


def _joint(each: Portfolio | ExcludedSet, figures: Figures, *, after_tax: bool, error: bool = False) -> str:
    """Return what a set is expected to pay, to the digit that its error leaves, and on which side of tax that is.

    It is in the unit of its cost, which stands beside it, where that is the larger and shows all that is known of it.
    """
    of, beside, grain = each.joint, max(abs(each.joint.value), each.pv_cost), _grain(each.joint, figures)
    unit = unit_alone(beside, figures.currency)
    if unit.step(grain) > grain:
        beside, unit = of.value, unit_alone(of.value, figures.currency)
    joint = unit.full(of.value, plus=True, grain=grain)
    joint += f" ± {one_digit(of.mcse, figures.currency, beside)}" if error and of.mcse >= 1 else ""
    return _("{amount} after tax").format(amount=joint) if after_tax else joint


def _cost(value: float, figures: Figures, *, after_tax: bool) -> str:
    """Return a cost, which is before tax on either side, in words where the payoff is after it."""
    cost = str(figures.money(value))
    return _("{amount} before tax").format(amount=cost) if after_tax else cost


def _margin(selection: Portfolio, figures: Figures, *, after_tax: bool) -> str:
    """Return how far the best set is ahead of the next, with the error of that."""
    if selection.margin is None or len(selection.sets) < 2:
        return ""
    other = selection.sets[1]
    ahead = selection.margin
    margin = amount(ahead.value, figures.currency, grain=_grain(ahead, figures))
    error = one_digit(ahead.mcse, figures.currency, ahead.value)
    if not other.drivers:
        text = _("That is {margin} (±{error}) more than running none.")
        if selection.too_close:
            text = _("That is {margin} (±{error}) more than running none, too little to choose by.")
        return " " + text.format(margin=margin, error=error)
    text = _("That is {margin} (±{error}) more than {drivers} for {cost} of cost.")
    if selection.too_close:
        text = _("That is {margin} (±{error}) more than {drivers} for {cost} of cost, too little to choose by.")
    cost, drivers = _cost(other.pv_cost, figures, after_tax=after_tax), _drivers(selection, other.drivers)
    return " " + text.format(margin=margin, error=error, drivers=drivers, cost=cost)


def sets(selection: Portfolio, figures: Figures) -> list[Block]:
    """Return every set of drivers that was simulated jointly, the best first."""
    if not any(each.drivers for each in selection.sets):  # that nothing fits is said above
        return []
    unit = unit_of(max(max(abs(each.joint.value), each.pv_cost) for each in selection.sets), figures.currency)
    rows: list[tuple[Text, ...]] = []
    for each in selection.sets:
        known = Figures(figures.currency, _grain(each.joint, figures))
        joint, alone = (known.cell(value, unit, plus=True) for value in (each.joint.value, each.additive))
        cells: tuple[Text, ...] = (figures.cell(each.pv_cost, unit), joint, alone) if each.drivers else ("0", "0", "0")
        rows.append((_drivers(selection, each.drivers), *cells))
    head = (_("drivers"), _("cost"), _("together"), _("sum of each alone"))
    caption = _("Sets within the budget, simulated together; present values, {unit}").format(unit=unit.name)
    return [Table(caption, head, tuple(rows))]
