# SPDX-License-Identifier: MIT
"""What the answer rests on: beliefs and claims, finished pilots, what happens anyway, draws."""

from __future__ import annotations

from collections.abc import Sequence

from txsim.evidence import claim_name, library
from txsim.language import _, capital, plural
from txsim.language.numbers import amount, number, probability, significant
from txsim.priors.catalogue import parameters
from txsim.report.basis import Belief
from txsim.report.document import Block, Bullets, Facts, Level, Paragraph, Section, Table, Text, say
from txsim.report.figures import Figures, figures_of
from txsim.report.pictures import belief as drawn
from txsim.report.reading import Result
from txsim.report.words import basis
from txsim.results.run import Pilots, Run

#: Effective draws below which a forecast that knows of pilots is rough.
FEW_DRAWS = 400


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
    kind = capital(kind)
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
    facts: list[tuple[str, Text]] = [(claim_name(claim.id), str(claim.remark)) for claim in run.claims if claim.remark]
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
    rows = []
    figures = figures_of(run)
    looked = {"yes": _("in the source"), "cited": _("cited elsewhere"), "none": _("not found"), "": ""}
    for claim in run.claims:
        about = "; ".join(f"{s['about']}: {significant(float(s['value']))}" for s in claim.statements if "value" in s)
        rows.append(
            (
                (claim_name(claim.id), ". ", str(claim.says) or about),
                _(claim.design.replace("_", " ")),
                figures.share(claim.credibility),
                figures.share(claim.posterior_credibility),
                looked[claim.read],
                claim.source or _("the scenario's own"),
                claim.id,
            )
        )
    head = (
        _("claim, and what it says"),
        _("kind of study"),
        _("credible before"),
        _("after"),
        _("number read"),
        _("source"),
        _("key"),
    )
    caption = _("Every claim that was scored, with its source")
    return Table(caption, head, tuple(rows), frozenset({0, 1, 4, 5, 6}), more=True, keys=frozenset({6}))


def _interval(quantiles: Sequence[float]) -> str:
    return f"{significant(quantiles[1])} ({significant(quantiles[0])} … {significant(quantiles[2])})"


def _priors(beliefs: Sequence[Belief]) -> Table:
    rows = [
        (
            belief.meaning or belief.name,
            belief.unit,
            _interval(belief.told(belief.prior)),
            "–" if belief.posterior is None else _interval(belief.told(belief.posterior)),
            (_("stated in the scenario") + ". " if belief.own else "") + belief.reason,
            belief.name,
        )
        for belief in beliefs
    ]
    head = (_("meaning"), _("unit"), _("before, median (90 %)"), _("after, median (90 %)"), _("why"), _("key"))
    caption = _("Every prior, and what the evidence made of it")
    return Table(caption, head, tuple(rows), frozenset({0, 1, 4, 5}), more=True, keys=frozenset({5}))


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
    drifted = max(pilots.readings, key=lambda r: r.apart, default=None)
    if drifted is not None and drifted.apart > 0:
        caveat = _(
            "pilot and control units of {node} moved apart by {points} points before the start already: that reading "
            "is no effect, and counts with as large an error"
        )
        text += "; " + caveat.format(node=drifted.node, points=number(drifted.apart, 1))
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
