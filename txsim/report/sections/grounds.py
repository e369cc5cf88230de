# SPDX-License-Identifier: MIT
"""What the answer rests on: beliefs and claims, what happens anyway, checks, what the author fixed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from txsim.evidence import library
from txsim.forecast.labels import label_of
from txsim.language import _, plural
from txsim.language.numbers import amount, number, percent, probability, significant, unit_name, unit_of
from txsim.priors.catalogue import parameters
from txsim.report.basis import Belief, scenario_of
from txsim.report.document import Block, Bullets, Datum, Facts, Level, Note, Paragraph, Section, Table, Text, say
from txsim.report.figures import Figures
from txsim.report.pictures import belief as drawn
from txsim.report.reading import Result
from txsim.report.sections.parts import figures_of
from txsim.report.words import basis, npv_name, option_name
from txsim.results.page_one import Stated
from txsim.results.run import Option, Pilots, Run

__all__ = ["anyway", "believed", "checks", "fixed", "learnt", "rests_on", "turned_by_the_other_bridge", "typed"]

#: Effective draws below which a forecast that knows of pilots is rough.
FEW_DRAWS = 400
#: Share of futures from which on two ways to count are said to agree.
_MOST = 0.5


def believed(result: Result, level: Level, beliefs: Sequence[Belief] = ()) -> Section:
    """Return each claim with its credibility before and after, and each prior with what the evidence made of it."""
    run: Run = result.answer
    title = _("What we believed, and why")
    if level == "brief":
        return Section("beliefs", "", (Facts((*_credible(run), *_doubted(run), *_missed(run))),))
    blocks: list[Block] = [Paragraph(_basis(run))]
    if doubted := _doubted(run):
        blocks.append(Facts(tuple(doubted)))
    picture = drawn.credibility(result)
    if picture is not None:
        blocks += [picture, _claims(run)]
    picture = drawn.parameters(beliefs)
    if picture is not None:
        blocks.append(picture)
    if beliefs:
        blocks.append(_priors(beliefs))
    return Section("beliefs", title, tuple(blocks))


def _basis(run: Run) -> str:
    kind = basis(run.calibration)
    kind = kind[:1].upper() + kind[1:]
    if run.claims:
        text = plural("{n} claim was scored.", "{n} claims were scored.", len(run.claims))
        return f"{kind}. {text} " + _(
            "Most of what is published about experience and money is an association, not an effect; each claim counts "
            "only as far as it is credible, and how credible that is, is weighed by all claims together."
        )
    return f"{kind}."


def _credible(run: Run) -> list[tuple[str, Text]]:
    """Return the claims whose credibility the others moved most."""
    if not run.claims:
        return []
    moved = sorted(run.claims, key=lambda c: abs(c.posterior_credibility - c.credibility), reverse=True)[:3]
    listed = "; ".join(f"{c.id} {probability(c.credibility)} → {probability(c.posterior_credibility)}" for c in moved)
    label = plural("{n} claim", "{n} claims", len(run.claims))
    return [(label, _("credible before → after: {claims}").format(claims=listed))]


def _doubted(run: Run) -> list[tuple[str, Text]]:
    """Return how far links are in doubt, before and after, and what a study of harm is told."""
    facts: list[tuple[str, Text]] = [(claim.id, str(claim.remark)) for claim in run.claims if claim.remark]
    for link in run.links:
        words = _("{0} that it does nothing ({1} before the evidence)")
        known = parameters().get(link.name)
        name = link.name if known is None else f"{_(known.meaning)} ({link.name})"
        facts.append((name, words.format(probability(link.posterior_doubt), probability(link.doubt))))
    return facts


def _missed(run: Run) -> list[tuple[str, Text]]:
    """Return claims that are not scored; one that is used only where it is named is not missed."""
    on_request = {claim.id for claim in library().values() if claim.on_request}
    missed = {name: str(why) for name, why in run.left_out.items() if name not in on_request}
    if not missed:
        return []
    listed = "; ".join(f"{name} ({why})" for name, why in list(missed.items())[:3])
    if len(missed) > 3:
        listed += " " + plural("and {n} more", "and {n} more", len(missed) - 3)
    return [(_("Not scored"), listed)]


def _claims(run: Run) -> Table:
    known = library()
    rows = []
    figures = figures_of(run)
    for claim in run.claims:
        entry = known.get(claim.id)
        about = "; ".join(f"{s['about']}: {significant(float(s['value']))}" for s in claim.statements if "value" in s)
        looked = {"yes": _("in the source"), "cited": _("cited elsewhere"), "none": _("not found")}
        rows.append(
            (
                claim.id,
                _(entry.statement) if entry is not None else about,
                _(claim.design.replace("_", " ")),
                figures.share(claim.credibility),
                figures.share(claim.posterior_credibility),
                looked[entry.read] if entry is not None else "",
                entry.source if entry is not None else _("the scenario's own"),
            )
        )
    head = (
        _("claim"),
        _("what it says"),
        _("kind of study"),
        _("credible before"),
        _("after"),
        _("number read"),
        _("source"),
    )
    caption = _("Every claim that was scored, with its source")
    return Table(caption, head, tuple(rows), frozenset({0, 1, 2, 5, 6}), more=True)


def _interval(quantiles: Sequence[float]) -> str:
    return f"{significant(quantiles[1])} ({significant(quantiles[0])} … {significant(quantiles[2])})"


def _priors(beliefs: Sequence[Belief]) -> Table:
    rows = [
        (
            belief.name,
            belief.meaning,
            belief.unit,
            _interval(belief.told(belief.prior)),
            "–" if belief.posterior is None else _interval(belief.told(belief.posterior)),
            (_("stated in the scenario") + ". " if belief.own else "") + belief.reason,
        )
        for belief in beliefs
    ]
    head = (_("parameter"), _("meaning"), _("unit"), _("before, median (90 %)"), _("after, median (90 %)"), _("why"))
    caption = _("Every prior, and what the evidence made of it")
    return Table(caption, head, tuple(rows), frozenset({0, 1, 2, 5}), more=True)


def anyway(result: Result, level: Level) -> Section | None:
    """Return what happens without any driver, and what standing still costs."""
    run: Run = result.answer
    figures = Figures(run.currency)  # levels of the firm have digits of their own
    nothing = run.do_nothing
    if level == "brief":
        return Section("anyway", "", (Facts(tuple(_anyway_in_brief(run))),))
    items: list[Text] = []
    if nothing.customers_end is not None:
        text = _("If nothing is done, {customers} customers are left after {months}.")
        months = plural("{n} month", "{n} months", run.horizon_months)
        items.append(say(text, customers=figures.plain(nothing.customers_end.mean), months=months))
    if nothing.pv_profit is not None:
        text = _("Their profit until then is worth {profit} today.")
        if run.tax_rate is not None:
            text = _("Their profit until then is worth {profit} today, before tax.")
        items.append(say(text, profit=figures.money(nothing.pv_profit.mean)))
    if run.standing_still is not None:
        text = _("Rivals who adopt total experience change that by {cost} (90 %: {range}): what standing still costs.")
        cost = figures.money(run.standing_still.mean, plus=True)
        items.append(say(text, cost=cost, range=figures.money_range(run.standing_still)))
    if not items:
        return None
    return Section("anyway", _("What happens anyway"), (Bullets(tuple(items)),))


def _anyway_in_brief(run: Run) -> list[tuple[str, Text]]:
    nothing, figures = run.do_nothing, Figures(run.currency)  # levels of the firm have digits of their own
    facts: list[tuple[str, Text]] = []
    if nothing.customers_end is not None:
        customers = figures.plain(nothing.customers_end.mean)
        if nothing.pv_profit is None:
            facts.append((_("Do nothing"), say(_("{n} customers at the end"), n=customers)))
        else:
            text = _("{n} customers at the end, profit worth {amount} today")
            if run.tax_rate is not None:
                text = _("{n} customers at the end, profit worth {amount} today, before tax")
            amount = figures.money(nothing.pv_profit.mean)
            facts.append((_("Do nothing"), say(text, n=customers, amount=amount)))
    if run.standing_still is not None:
        cost = figures.money(-run.standing_still.mean)
        facts.append((_("Standing still"), say(_("rivals cost {amount} if nothing is done"), amount=cost)))
    return facts


def checks(result: Result, level: Level) -> Section:
    """Return diagnostics of the sampler and the two bridges against each other."""
    run: Run = result.answer
    figures = figures_of(run)
    if level == "brief":
        return Section("checks", "", (Facts(tuple(_checks_in_brief(run, figures))),))
    blocks: list[Block] = [*_bridges(run, figures)]
    runoff = run.options["commit"].runoff
    if runoff is not None:
        counted = _("it is counted") if run.terminal == "runoff" else _("it is not counted")
        text = _("Customers kept at the horizon are worth another {runoff} afterwards (commit now); {counted}.")
        if run.tax_rate is not None:
            text = _(
                "Customers kept at the horizon are worth another {runoff} {side} afterwards (commit now); {counted}."
            )
        side = _("after tax") if run.after_tax else _("before tax")
        blocks.append(Paragraph(say(text, runoff=figures.money(runoff.mean, plus=True), counted=counted, side=side)))
    sampler = _sampler(run, figures)
    if sampler is not None:
        blocks.append(sampler)
    if run.impossible_draws:
        text = _("{n} draws had loops that feed themselves without end; they were replaced.")
        blocks.append(Note(say(text, n=figures.plain(run.impossible_draws))))
    if not blocks:
        blocks.append(Paragraph(_("All numbers were stated, so there is no sampler to check and only one bridge.")))
    return Section("checks", _("Checks"), tuple(blocks))


def _bridges(run: Run, figures: Figures) -> list[Block]:
    commit, check = run.options["commit"], run.cross_check
    if commit.npv_other_bridge is None:
        return []
    paying = _("customers who stay, come and spend (bottom-up)")
    other = _("the margin of satisfied customers (top-down)")
    if run.bridge == "margin":
        paying, other = other, paying
    text = _(
        "The payoff is counted through {paying}: {npv}. Counted through {other} it would be {npv_other}. The two are "
        "never added."
    )
    if run.tax_rate is not None:
        text = _(
            "Before tax the payoff of “commit now”, counted through {paying}, is {npv}. Counted through {other} it "
            "would be {npv_other}. The two are never added."
        )
    npv, npv_other = (figures.money(of.mean, plus=True) for of in (commit.npv, commit.npv_other_bridge))
    blocks: list[Block] = [Paragraph(say(text, paying=paying, other=other, npv=npv, npv_other=npv_other))]
    if check is not None and check.p_within_factor_2 is not None:
        text = _(
            "On the part of customer experience alone they lie within a factor of two in {p} of futures: they agree."
        )
        if check.p_within_factor_2 < _MOST:
            text = _(
                "On the part of customer experience alone they lie within a factor of two in {p} of futures, and "
                "further apart in most: look at both."
            )
        if not check.agree:
            text = _(
                "On the part of customer experience alone they lie within a factor of two in only {p} of futures: they "
                "disagree, so neither should be trusted alone."
            )
        blocks.append(Paragraph(say(text, p=figures.share(check.p_within_factor_2))))
    if _opposite(commit):
        blocks.append(Paragraph(_("One is a gain and the other a loss: what pays rests on which of them is believed.")))
    return blocks


def _opposite(commit: Option) -> bool:
    """Whether one bridge says that committing gains and the other that it loses."""
    return commit.npv_other_bridge is not None and commit.npv.mean * commit.npv_other_bridge.mean < 0


def turned_by_the_other_bridge(run: Run, figures: Figures) -> Text:
    """Return that committing pays on one bridge and loses on the other; nothing where both have one sign."""
    commit = run.options["commit"]
    if commit.npv_other_bridge is None or not _opposite(commit):
        return ""
    text = _("Counted top-down through the margin, committing would come to {amount}: the sign turns.")
    if run.bridge == "margin":
        text = _("Counted bottom-up through customers, committing would come to {amount}: the sign turns.")
    if run.tax_rate is not None:
        text = _("Counted top-down through the margin, committing would come to {amount} before tax: the sign turns.")
        if run.bridge == "margin":
            text = _(
                "Counted bottom-up through customers, committing would come to {amount} before tax: the sign turns."
            )
    return say(text, amount=figures.money(commit.npv_other_bridge.mean, plus=True))


def _checks_in_brief(run: Run, figures: Figures) -> list[tuple[str, Text]]:
    facts: list[tuple[str, Text]] = []
    commit, check = run.options["commit"], run.cross_check
    if commit.npv_other_bridge is not None:
        names = {"customers": _("customers who stay (bottom-up)"), "margin": _("margin (top-down)")}
        other = "margin" if run.bridge == "customers" else "customers"
        text = _("counted through {bridge}; {other} would say {amount} of “commit now”, not {counted}")
        if run.tax_rate is not None:
            text = _("counted through {bridge}; {other} would say {amount} of “commit now” before tax, not {counted}")
        amount, here = (figures.money(of.mean, plus=True) for of in (commit.npv_other_bridge, commit.npv))
        if str(amount) == str(here):
            text = _("counted through {bridge}; {other} would say the same of “commit now”: {amount}")
            if run.tax_rate is not None:
                text = _("counted through {bridge}; {other} would say the same of “commit now” before tax: {amount}")
        said: tuple[str | Datum, ...] = say(
            text, bridge=names[run.bridge], other=names[other], amount=amount, counted=here
        )
        if check is not None and check.p_within_factor_2 is not None:
            agree = _("; on the CX part they agree (within a factor of 2 with probability {p})")
            if check.p_within_factor_2 < _MOST:
                agree = _(
                    "; on the CX part they lie further apart than a factor of 2 in most futures (within it in {p})"
                )
            if not check.agree:
                agree = _("; on the CX part they DISAGREE, so look at both (within a factor of 2 with probability {p})")
            said = (*said, *say(agree, p=figures.share(check.p_within_factor_2)))
        if _opposite(commit):
            said = (*said, _("; one is a gain and the other a loss: what pays rests on which of them is believed"))
        facts.append((_("Two bridges"), said))
    later = [verdict for horizon, verdict in run.verdict.items() if horizon != "horizon"]
    for verdict in later:
        text = _("at {months} months the best by mean {npv} is: {option}")
        advice = run.recommendation
        if advice is not None and (advice.max_p_loss is not None or advice.max_peak_funding is not None):
            text = _("at {months} months the best by mean {npv} within the limits is: {option}")
        npv = npv_name(after_tax=run.after_tax, taxed=run.tax_rate is not None)
        said = say(text, months=str(run.horizon_months + 24), option=option_name(verdict.option), npv=npv)
        if commit.runoff is not None:
            counted = _("counted") if run.terminal == "runoff" else _("not counted")
            kept = _("customers kept after “commit now” are worth another {amount} ({counted})")
            said = (*say(kept, amount=figures.money(commit.runoff.mean), counted=counted), "; ", *said)
        facts.append((_("After the horizon"), said))
    if run.impossible_draws:
        text = plural(
            "{n} draw whose loops feed themselves without end",
            "{n} draws whose loops feed themselves without end",
            run.impossible_draws,
        )
        facts.append((_("Left out"), text))
    return facts


def _sampler(run: Run, figures: Figures) -> Table | None:
    forms: dict[str, tuple[str, Callable[[float], str], str]] = {
        "r_hat": (_("R-hat, the worst"), lambda v: number(v, 4), _("below 1.01: the chains agree")),
        "ess_bulk": (_("effective draws of the middle, the fewest"), number, _("at least 400")),
        "ess_tail": (_("effective draws of the tails, the fewest"), number, _("at least 400")),
        "divergences": (_("divergences"), number, _("under 0.1 % of draws")),
        "divergent_share": (_("divergences, share of draws"), lambda v: percent(v, 2), _("under 0.1 %")),
    }
    rows: list[tuple[Text, ...]] = []
    for key, value in run.diagnostics.items():
        if isinstance(value, int | float):
            name, form, wanted = forms.get(key, (key.replace("_", " "), lambda v: significant(v, 3), ""))
            rows.append((name, figures.show(value, form), wanted))
    if not rows:
        return None
    head = (_("check of the sampler"), _("found"), _("wanted"))
    return Table(_("Can the draws be trusted?"), head, tuple(rows), frozenset({0, 2}))


def learnt(result: Result, level: Level) -> Section | None:
    """Return what finished pilots did to the forecast; only a terminal says so apart from the rest."""
    run: Run = result.answer
    if run.pilots is None or level != "brief":
        return None
    return Section("pilots", "", (Facts(((_("Pilots"), _pilots(run.pilots)),)),))


def _pilots(pilots: Pilots) -> str:
    if not pilots.counted:
        words = _(
            "{file} stands beside the scenario but is not named in it: these figures know nothing of it; add the line"
        )
        return f"{words.format(file=pilots.file)} `pilots: {pilots.file}`"
    words = plural("updated with your pilot", "updated with your {n} pilots", pilots.counted)
    read = "; ".join(f"{r.node} {number(r.points, 1, plus=True)} ± {number(r.error, 1)}" for r in pilots.readings[:3])
    text = f"{words} ({read})"
    if pilots.effective_draws is not None and pilots.effective_draws < FEW_DRAWS:
        few = _("only {n} draws agree with what was measured, so that figures are rough: more draws would help")
        text += "; " + few.format(n=number(pilots.effective_draws))
    return text


def rests_on(result: Result, level: Level) -> Section | None:
    """Return what kind of forecast it is and what makes it again, in one line."""
    run: Run = result.answer
    if level != "brief":
        return None
    text = _("{basis}; {draws} draws, seed {seed}, calibration {hash}")
    draws, seed = number(run.draws), str(int(run.seed))
    line = text.format(basis=basis(run.calibration), draws=draws, seed=seed, hash=run.calibration.hash[:12])
    facts = [(_("Basis"), line), *([(_("Precision"), precision(run))] if run.precision is not None else [])]
    return Section("basis", "", (Facts(tuple(facts)),))


def precision(run: Run) -> str:
    """Return what the precision that was asked for took; empty where none was."""
    if run.precision is None:
        return ""
    parts = {
        "asked": amount(run.precision.asked, run.currency),
        "reached": amount(run.precision.reached, run.currency),
        "draws": number(run.draws),
    }
    if run.precision.met:
        return _("± of every option is at most {reached}, under the {asked} asked for; that took {draws} draws").format(
            **parts
        )
    return _("± is still {reached} with {draws} draws, over the {asked} asked for").format(**parts)


def fixed(result: Result) -> Section:
    """Return every plain number that the author typed, and what the firm's own do a fifth lower and higher."""
    run: Run = result.answer
    title = _("What the author fixed by hand")
    blocks: list[Block] = []
    if run.stated:
        text = plural(
            "{n} plain number was typed and is taken for certain; all stand in the table below.",
            "{n} plain numbers were typed and are taken for certain; all stand in the table below.",
            len(run.stated),
        )
        blocks.append(Paragraph(text))
    if run.fixed_by_author:
        text = _(
            "Of these and of what is believed the following are always uncertain and were given as plain numbers, so "
            "the intervals above are too narrow by their share:"
        )
        blocks += [Paragraph(text), Bullets(tuple(_fixed_name(result, name) for name in run.fixed_by_author))]
    else:
        blocks.append(Paragraph(_("Every quantity that is always uncertain was given with its uncertainty.")))
    if run.stated:
        blocks.append(_stated(run))
    return Section("fixed", title, tuple(blocks))


def _fixed_name(result: Result, name: str) -> str:
    """Return what a quantity is, its key behind, where the result says so or holds its scenario."""
    key = name.removeprefix("organisation.").removeprefix("priors.")
    meaning = next((str(each.meaning) for each in result.answer.stated if str(each.name) == key), "")
    scenario = scenario_of(result)
    if not meaning and scenario is not None:
        meaning = str(label_of(scenario, key).meaning)
    return f"{meaning} ({name})" if meaning not in ("", key) else name


def _stated(run: Run) -> Table:
    """Return typed numbers with who said them; of the firm's, what the option of page one pays at ±20 %."""
    page = run.page_one
    figures = figures_of(run)
    tested = {} if page is None else {str(each.name): each for each in page.tested}
    ends = [side[page.option] for each in tested.values() for side in (each.low, each.high)] if page is not None else []
    unit = unit_of(max(map(abs, ends), default=1.0), run.currency)
    npv = npv_name(after_tax=run.after_tax, taxed=run.tax_rate is not None)
    rows: list[tuple[Text, ...]] = []
    for each in run.stated:
        cells: tuple[Text, ...] = (str(each.meaning), typed(each, run.currency), each.source or "–", str(each.name))
        if page is not None:
            test = tested.get(str(each.name))
            if test is None:
                cells += ("", "", "")
            else:
                best = " / ".join(dict.fromkeys(option_name(o) for o in (test.option_low, test.option_high)))
                cells += (
                    figures.cell(test.low[page.option], unit, plus=True),
                    figures.cell(test.high[page.option], unit, plus=True),
                    best,
                )
        rows.append(cells)
    head: tuple[str, ...] = (_("typed number"), _("value"), _("who said it"), _("key"))
    if page is not None:
        columns = (_("{npv} at {change}, {unit}").format(npv=npv, change=c, unit=unit.name) for c in ("−20 %", "+20 %"))
        head += (*columns, _("best option then"))
    caption = _("Plain numbers, which the figures take for certain")
    if page is not None:
        caption = _("Plain numbers, which the figures take for certain; {npv} of “{option}” at ±20 % of the firm's own")
        caption = caption.format(npv=npv, option=option_name(page.option))
    return Table(caption, head, tuple(rows), frozenset({0, 2, 3, 6}), more=True, keys=frozenset({3}))


def typed(each: Stated, currency: str) -> str:
    """Return a typed number with its unit, with the digits that it was given with."""
    value = float(each.value)
    if each.unit == "%":
        return percent(value / 100, 0 if abs(value - round(value)) < 1e-9 else 1)
    digits = 0 if abs(value - round(value)) < 1e-9 else 1 if abs(value) >= 1 else 2
    unit = unit_name(each.unit) if each.unit else ""
    return f"{number(value, digits)} {unit}".strip()


def rate(value: float) -> str:
    """Return a yearly rate with the digits it was given with."""
    return percent(value, 0 if abs(100 * value - round(100 * value)) < 1e-9 else 1)
