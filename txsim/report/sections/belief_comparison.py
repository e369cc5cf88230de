# SPDX-License-Identifier: MIT
"""What believing otherwise does to the answer: the payoff under each belief, and what each claim does to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from txsim.language import N_, _, plural
from txsim.language.numbers import Unit, number, unit_of
from txsim.report.document import Block, Bullets, Datum, Facts, Level, Note, Paragraph, Section, Table, Text, say
from txsim.report.figures import Figures
from txsim.report.pictures import claims as drawn
from txsim.report.reading import Result
from txsim.report.sections.parameters import gap_facts, packs_named
from txsim.report.words import figure, in_unit, option_name
from txsim.results.belief_comparison import ClaimStanding, ClaimUnder, Conflict, OptionUnder, PriorsCompare, Variant
from txsim.results.recommendation import Verdict

#: How draws were got.
_HOW = {
    "weighed": N_("weighed"),
    "resampled": N_("resampled"),
    "exact": N_("exact"),
    "stored": N_("stored"),
    "same": N_("same"),
}
#: Credibility that the others moved by so much is told.
_MOVED = 0.01
#: And of another belief, by so much against the scenario's own; at most so many claims.
_MOVED_BY_BELIEF, _MOST_MOVED = 0.03, 3


def compared(result: Result, level: Level) -> Section:
    """Return what beliefs and claims do to committing now."""
    answer: PriorsCompare = result.answer
    if level == "full":
        return Section("beliefs", _("What we believed, and why"), tried(result))
    figures = Figures(answer.currency)
    blocks: list[Block] = [Paragraph(_("What beliefs and claims do to committing now."))]
    if answer.packs:
        blocks.append(Facts(tuple(packs_named(answer.packs))))
    blocks += [_payoffs(answer, figures), *_remarks(answer, figures)]
    if answer.influence:
        blocks += _influence(answer, figures)
        if answer.base.verdict.too_close:
            blocks.append(Paragraph(_("As it stands it is too close to call, so that little flips it.")))
    blocks += [*_standing(answer, figures), *_leans(answer, figures)]
    blocks += [Facts(tuple(gap_facts(answer.gap))), Paragraph(_rests(answer, figures))]
    return Section("beliefs", "", tuple(blocks))


def beside_run(result: Result) -> Section:
    """Return what was tried beside a run: the payoff under each, and what each changes about claims."""
    answer: PriorsCompare = result.answer
    figures = Figures(answer.currency)
    lead = Paragraph(_("What committing now pays with a value changed, on the same random numbers."))
    return Section("tried", _("Tried"), (lead, _payoffs(answer, figures), *_remarks(answer, figures)))


def tried(result: Result) -> tuple[Block, ...]:
    """Return what believing otherwise does to the answer: scepticism, influence, association against effect."""
    answer: PriorsCompare = result.answer
    figures = Figures(answer.currency)
    pictures = (drawn.scepticism(result), drawn.influence(result), drawn.gap(result))
    blocks: list[Block] = [picture for picture in pictures if picture is not None]
    touched = list(_touched(answer, figures))
    if touched:
        blocks.append(Facts(tuple(touched)))
    rows = tuple(
        (
            claim.id,
            conflict.about,
            figures.significant(conflict.says),
            figures.percent(conflict.percentile_of_prior, 1),
            figures.percent(conflict.percentile_of_others, 1),
        )
        for claim in answer.claims
        for conflict in claim.conflicts or ()
        if conflict.conflict
    )
    if rows:
        head = (_("claim"), _("about"), _("says"), _("place in what the prior implies"), _("in what the others imply"))
        caption = _("Claims in conflict with the prior or with the others")
        blocks.append(Table(caption, head, rows, frozenset({0, 1})))
    blocks.append(Note(_rests(answer, figures)))
    return tuple(blocks)


# --- the payoff under each belief


def _payoffs(answer: PriorsCompare, figures: Figures) -> Table:
    base = (_("as the scenario says"), answer.base.options, answer.base.verdict, answer.base.how)
    others = [
        (str(v.label), v.options, v.verdict, v.how or "")
        for v in answer.variants
        if v.options is not None and v.verdict is not None
    ]
    cases = [base, *others]
    unit = _unit([options["commit"] for _label, options, _best, _how in cases], answer.currency)
    rows = tuple(
        (label, *_payoff(options, unit, figures), _best(best), _(_HOW.get(how, how)))
        for label, options, best, how in cases
    )
    head = (
        _("belief"),
        _("NPV, {unit}").format(unit=unit.name),
        in_unit("90 %", unit),
        _("P(loss)"),
        in_unit(_("change"), unit),
        _("best"),
        _("draws"),
    )
    return Table("", head, rows, frozenset({0, 5, 6}))


def _best(verdict: Verdict) -> str:
    return _("open") if verdict.too_close else option_name(verdict.option)


def _unit(options: Sequence[OptionUnder], currency: str) -> Unit:
    return unit_of(max(max(abs(of.npv.p05), abs(of.npv.p95)) for of in options), currency)


def _payoff(options: Mapping[str, OptionUnder], unit: Unit, figures: Figures) -> tuple[Text, ...]:
    digits = unit.digits + (unit.divisor > 1)  # one more than usual, for Monte Carlo errors are small
    commit = options["commit"]
    npv, change = commit.npv, commit.change
    moved: Text = ""
    if change is not None:
        error = figures.cell(change.mcse, unit, digits=digits)
        moved = (figures.cell(change.mean, unit, plus=True, digits=digits), " ±", error)
    return (
        (figures.cell(npv.mean, unit, plus=True, digits=digits), " ±", figures.cell(npv.mcse, unit, digits=digits)),
        (figures.cell(npv.p05, unit, plus=True), " … ", figures.cell(npv.p95, unit, plus=True)),
        figures.share(commit.p_loss.value),
        moved,
    )


def _remarks(answer: PriorsCompare, figures: Figures) -> list[Block]:
    """Return what a row of the table does not say: claims that a belief touches, errors, and how draws were got."""
    facts = list(_touched(answer, figures))
    facts += [
        (str(variant.label), say(_("no trustworthy draws: {why}"), why=str(variant.error)))
        for variant in answer.variants
        if variant.error is not None
    ]
    weighed = list(dict.fromkeys(str(v.how_in_words) for v in answer.variants if v.how == "weighed"))
    if weighed:
        several = _("stored draws weighed anew, k̂ under 0.7 in each")
        facts.append((_("Weighed"), weighed[0] if len(weighed) == 1 else several))
    if any(variant.how == "resampled" for variant in answer.variants):
        facts.append((_("Resampled"), _("sampled anew, the gate passed")))
    return [Facts(tuple(facts))] if facts else []


def _touched(answer: PriorsCompare, figures: Figures) -> Iterator[tuple[str, Text]]:
    """Yield for each belief the claims whose credibility it changes, that it drops or adds."""
    for variant in answer.variants:
        if variant.kind == "no_claims" or not variant.touched:
            continue
        moved = [claim for claim in variant.touched if claim.before is not None and claim.after]
        silent = [claim for claim in variant.touched if claim.before and claim.after == 0]
        dropped = [claim for claim in variant.touched if claim.after is None]
        added = [claim for claim in variant.touched if claim.before is None]
        parts: list[Text] = []
        if moved:
            parts.append(say(_("credible before → then: {claims}"), claims=_listed(moved, figures)))
        if silent:
            each = [say(_("{claim} (was {before})"), claim=c.id, before=figures.share(c.before)) for c in silent]
            parts.append(say(_("drops at credibility 0: {claims}"), claims=_joined(each, ", ")))
        if dropped:
            names = "; ".join(f"{c.id} ({c.reason})" if str(c.reason) else c.id for c in dropped)
            parts.append(say(_("no longer scored: {claims}"), claims=names))
        if added:
            parts.append(say(_("scored, too: {claims}"), claims=_listed(added, figures)))
        parts += _moved_along(answer, variant, figures)
        yield str(variant.label), _joined(parts, "; ")


def _moved_along(answer: PriorsCompare, variant: Variant, figures: Figures) -> list[Text]:
    """Return the claims that a belief does not touch and that are believed otherwise for it, after all evidence."""
    own = {claim.id: claim.posterior_credibility for claim in answer.claims}
    after = variant.posterior_credibility or {}
    touched = {claim.id for claim in variant.touched}
    moved = [
        (name, before, after[name])
        for name, before in own.items()
        if before is not None
        and name in after
        and name not in touched
        and abs(after[name] - before) >= _MOVED_BY_BELIEF
    ]
    moved.sort(key=lambda row: -abs(row[2] - row[1]))
    each: list[Text] = [
        (name, " ", figures.share(before), " → ", figures.share(then)) for name, before, then in moved[:_MOST_MOVED]
    ]
    return [say(_("after all evidence {claims}"), claims=_joined(each, ", "))] if each else []


def _listed(claims: Sequence[ClaimUnder], figures: Figures) -> Text:
    each: list[Text] = []
    for claim in claims:
        if claim.before is None:
            each.append((claim.id, " ", figures.share(claim.after)))
        else:
            each.append((claim.id, " ", figures.share(claim.before), " → ", figures.share(claim.after)))
    return _joined(each, ", ")


def _joined(parts: Sequence[Text], separator: str) -> Text:
    whole: list[str | Datum] = []
    for i, part in enumerate(parts):
        whole += [separator] if i else []
        whole += part if isinstance(part, tuple) else (part,)
    return tuple(whole)


# --- claim by claim


def _influence(answer: PriorsCompare, figures: Figures) -> list[Block]:
    """Return what leaving out a claim changes; claims that change nothing beyond noise are counted, not listed."""
    rows: list[tuple[Text, ...]] = []
    still = 0
    changes = [row.change_npv for row in answer.influence or () if row.change_npv is not None]
    unit = unit_of(max((abs(change.mean) for change in changes), default=0.0), answer.currency)
    digits = int(unit.divisor > 1)  # errors are small
    for row in answer.influence or ():
        if row.change_npv is not None and not row.flips and abs(row.change_npv.mean) <= 2 * row.change_npv.mcse:
            still += 1
            continue
        if row.error is not None or row.change_npv is None:
            rows.append((row.id, "–", "–", _("no trustworthy draws without it")))
            continue
        change = row.change_npv
        best = _("{option}: it flips").format(option=option_name(row.verdict or "")) if row.flips else _("the same")
        error = figures.cell(change.mcse, unit, digits=digits)
        moved = (figures.cell(change.mean, unit, plus=True, digits=digits), " ±", error)
        points = figures.show(row.change_p_loss, lambda v: _("{points} pp").format(points=_signed(v)))
        rows.append((row.id, moved, points, best))
    head = (
        _("without the claim"),
        _("NPV changes by, {unit}").format(unit=unit.name),
        _("P(loss)"),
        _("the best would be"),
    )
    caption = _("Leaving out one claim at a time, the strongest first")
    blocks: list[Block] = [Table(caption, head, tuple(rows), frozenset({0, 1, 3}))] if rows else []
    if still and rows:
        text = plural("Without {n} other the NPV moves by less than the noise.",
                      "Without any one of {n} others it moves by less than the noise.", still)  # fmt: skip
        blocks.append(Paragraph(text))
    elif still:
        blocks.append(Paragraph(_("Leaving out any one claim moves the NPV by less than the noise.")))
    return blocks


def _signed(share: float) -> str:
    return number(100 * share, 1, plus=True)


def _standing(answer: PriorsCompare, figures: Figures) -> list[Block]:
    """Return where claims stand that conflict with others or that others moved; of the rest how many there are."""
    claims = [claim for claim in answer.claims if _worth_telling(claim, every=not answer.variants)]
    if not answer.claims:
        return []
    claims.sort(key=lambda c: -abs((c.posterior_credibility or 0.0) - c.credibility))
    rest = len(answer.claims) - len(claims)
    blocks: list[Block] = []
    if claims:
        blocks.append(Paragraph(_("How far claims are believed")))
        blocks.append(Bullets(tuple(_sentence(claim, figures) for claim in claims)))
    if rest and not answer.variants and any(claim.conflicts is not None for claim in answer.claims):
        text = plural("{n} other claim is in no conflict.", "{n} other claims are in no conflict.", rest)
        blocks.append(Paragraph(text))
    return blocks


def _worth_telling(claim: ClaimStanding, *, every: bool) -> bool:
    """Whether a claim is in conflict or, where no other belief is asked about, was moved by the others."""
    if any(conflict.conflict for conflict in claim.conflicts or ()):
        return True
    after = claim.posterior_credibility
    return every and after is not None and abs(after - claim.credibility) >= _MOVED


def _sentence(claim: ClaimStanding, figures: Figures) -> Text:
    """Return where a claim sits and how far it is believed."""
    parts: list[Text] = [_place(conflict, figures) for conflict in claim.conflicts or ()]
    if claim.posterior_credibility is not None:
        after, before = figures.share(claim.posterior_credibility), figures.share(claim.credibility)
        parts.append(say(_("we now give it {after}, from {before}"), after=after, before=before))
    return say("{id}: {told}", id=claim.id, told=_joined(parts, "; "))


def _place(conflict: Conflict, figures: Figures) -> Text:
    value = figures.show(conflict.says, figure)
    if conflict.bound is None:
        text = _("{value} for {about} sits at the {place} percentile of what the other claims imply")
        place = figures.show(conflict.percentile_of_others, _ordinal)
        said = say(text, value=value, about=conflict.about, place=place)
        if conflict.tail_of_prior < 0.05:
            of_prior = figures.show(conflict.percentile_of_prior, _ordinal)
            said = (*said, *say(_(" ({place} of the prior)"), place=of_prior))
    else:
        text = _("at least {value} for {about} holds with {chance} by the others")
        if conflict.bound == "at_most":
            text = _("at most {value} for {about} holds with {chance} by the others")
        chance = figures.share(conflict.percentile_of_others)
        said = say(text, value=value, about=conflict.about, chance=chance)
    return (*said, _(", a conflict")) if conflict.conflict else said


def _ordinal(share: float) -> str:
    value = 100 * share
    if 1 <= value <= 99:
        whole = round(value)
        last = 0 if 10 <= whole % 100 <= 20 else whole % 10
        form = {1: _("{0}st"), 2: _("{0}nd"), 3: _("{0}rd")}.get(last, _("{0}th"))
        return form.format(whole)
    return _("{0:.1f}th").format(value)


def _leans(answer: PriorsCompare, figures: Figures) -> list[Block]:
    if answer.sensitivity is None:
        return []
    text = _("What the answer leans on (power-scaling sensitivity of the NPV, above 0.05)")
    leaning = [row for row in answer.sensitivity if row.leans]
    if not leaning:
        return [Paragraph(text), Bullets((_("nothing by itself: no single prior or claim moves it much"),))]
    names = {"prior": _("the prior of {name}"), "claims": _("the claims of {name}")}
    items = tuple(
        say("{value}  {what}", value=figures.plain(row.sensitivity, 2), what=names[row.of].format(name=row.name))
        for row in leaning
    )
    return [Paragraph(text), Bullets(items)]


def _rests(answer: PriorsCompare, figures: Figures) -> Text:
    """Return how much of the answer rests on evidence."""
    rests = answer.evidence
    alone, by = rests.npv_without_claims, rests.interval_narrowed_by
    text = _(
        "How much rests on evidence: by priors alone the NPV would be {alone} on average (90 %: {alone_range}); claims "
        "bring it to {mean} ({range}) and narrow that interval by {share}."
    )
    if by < 0:
        text = _(
            "How much rests on evidence: by priors alone the NPV would be {alone} on average (90 %: {alone_range}); "
            "claims bring it to {mean} ({range}) and widen that interval by {share}."
        )
    held = rests.npv_with_claims
    amounts = (alone.mean, alone.p05, alone.p95, held.mean, held.p05, held.p95)
    alone_mean, alone_low, alone_high, mean, low, high = figures.moneys(amounts, plus=True)
    return say(
        text,
        alone=alone_mean,
        alone_range=figures.range(alone_low, alone_high),
        mean=mean,
        range=figures.range(low, high),
        share=figures.percent(by if by >= 0 else -by),
    )
