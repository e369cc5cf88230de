# SPDX-License-Identifier: MIT
"""What the answer rests on: beliefs and claims, what happens anyway, checks, what the author fixed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from txsim.evidence import library
from txsim.language import _, plural
from txsim.language.numbers import number, percent, significant
from txsim.report.basis import Belief
from txsim.report.document import Block, Bullets, Note, Paragraph, Section, Table, Text, say
from txsim.report.figures import Reader
from txsim.report.pictures import belief as drawn
from txsim.report.reading import Result
from txsim.report.words import basis

__all__ = ["anyway", "believed", "checks", "fixed"]


def believed(result: Result, read: Reader, beliefs: Sequence[Belief]) -> Section:
    """Return each claim with its credibility before and after, and each prior with what the evidence made of it."""
    claims = result.data["claims"]
    blocks: list[Block] = [Paragraph(_basis(result, len(claims)))]
    picture = drawn.credibility(result)
    if picture is not None:
        blocks += [picture, _claims(result, read)]
    picture = drawn.parameters(beliefs)
    if picture is not None:
        blocks.append(picture)
    if beliefs:
        blocks.append(_priors(beliefs))
    return Section("beliefs", _("What we believed, and why"), tuple(blocks))


def _basis(result: Result, claims: int) -> str:
    told = basis(result.data)
    told = told[:1].upper() + told[1:]
    if claims:
        text = plural("{n} claim was scored.", "{n} claims were scored.", claims)
        return f"{told}. {text} " + _(
            "Most of what is published about experience and money is an association, not an effect; each claim counts "
            "only as far as it is credible, and how credible that is, is weighed by all claims together."
        )
    return f"{told}."


def _claims(result: Result, read: Reader) -> Table:
    known = library()
    rows = []
    for i, claim in enumerate(result.data["claims"]):
        told = known.get(claim["id"])
        about = "; ".join(
            f"{s['about']}: {significant(float(s['value']))}" for s in claim["statements"] if "value" in s
        )
        looked = {"yes": _("in the source"), "cited": _("cited elsewhere"), "none": _("not found")}
        rows.append(
            (
                claim["id"],
                _(told.statement) if told is not None else about,
                _(claim["design"].replace("_", " ")),
                read.share(f"claims.{i}.credibility"),
                read.share(f"claims.{i}.posterior_credibility"),
                looked[told.read] if told is not None else "",
                told.source if told is not None else _("the scenario's own"),
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


def _interval(found: tuple[float, float, float]) -> str:
    return f"{significant(found[1])} ({significant(found[0])} … {significant(found[2])})"


def _priors(beliefs: Sequence[Belief]) -> Table:
    rows = [
        (
            belief.name,
            belief.meaning,
            belief.unit,
            _interval(belief.prior),
            "–" if belief.posterior is None else _interval(belief.posterior),
            (_("stated in the scenario") + ". " if belief.own else "") + belief.reason,
        )
        for belief in beliefs
    ]
    head = (_("parameter"), _("meaning"), _("unit"), _("before, median (90 %)"), _("after, median (90 %)"), _("why"))
    caption = _("Every prior, and what the evidence made of it")
    return Table(caption, head, tuple(rows), frozenset({0, 1, 2, 5}), more=True)


def anyway(result: Result, read: Reader) -> Section | None:
    """Return what happens without any driver, and what standing still costs."""
    data = result.data
    items: list[Text] = []
    nothing = data["do_nothing"]
    if nothing["customers_end"] is not None:
        text = _("If nothing is done, {customers} customers are left after {months}.")
        months = plural("{n} month", "{n} months", data["horizon_months"])
        items.append(say(text, customers=read.plain("do_nothing.customers_end.mean"), months=months))
    if nothing["pv_profit"] is not None:
        items.append(
            say(_("Their profit until then is worth {profit} today."), profit=read.money("do_nothing.pv_profit.mean"))
        )
    if data["standing_still"] is not None:
        text = _("Rivals who adopt total experience change that by {cost} (90 %: {range}): what standing still costs.")
        items.append(
            say(text, cost=read.money("standing_still.mean", plus=True), range=read.money_range("standing_still"))
        )
    if not items:
        return None
    return Section("anyway", _("What happens anyway"), (Bullets(tuple(items)),))


def checks(result: Result, read: Reader) -> Section:
    """Return diagnostics of the sampler and the two bridges against each other."""
    data = result.data
    blocks: list[Block] = []
    check = data["cross_check"]
    commit = data["options"]["commit"]
    if commit["npv_other_bridge"] is not None:
        paying = _("customers who stay, come and spend (bottom-up)")
        other = _("the margin of satisfied customers (top-down)")
        if data["bridge"] == "margin":
            paying, other = other, paying
        text = _(
            "The payoff is counted through {paying}: {npv}. Counted through "
            "{other} it would be {npv_other}. The two are "
            "never added."
        )
        blocks.append(
            Paragraph(
                say(
                    text,
                    paying=paying,
                    other=other,
                    npv=read.money("options.commit.npv.mean", plus=True),
                    npv_other=read.money("options.commit.npv_other_bridge.mean", plus=True),
                )
            )
        )
        if check is not None and check["p_within_factor_2"] is not None:
            text = _(
                "On the part of customer experience alone they lie within a "
                "factor of two in {p} of futures: they agree."
            )
            if not check["agree"]:
                text = _(
                    "On the part of customer experience alone they lie within a "
                    "factor of two in only {p} of futures: they "
                    "disagree, so neither should be trusted alone."
                )
            blocks.append(Paragraph(say(text, p=read.share("cross_check.p_within_factor_2"))))
    if commit["runoff"] is not None:
        counted = _("it is counted") if data["terminal"] == "runoff" else _("it is not counted")
        text = _("Customers kept at the horizon are worth another {runoff} afterwards (commit now); {counted}.")
        blocks.append(Paragraph(say(text, runoff=read.money("options.commit.runoff.mean", plus=True), counted=counted)))
    diagnostics = data.get("diagnostics") or {}
    if diagnostics:
        rows: list[tuple[Text, ...]] = []
        forms: dict[str, tuple[str, Any, str]] = {
            "r_hat": (_("R-hat, the worst"), lambda v: number(v, 4), _("below 1.01: the chains agree")),
            "ess_bulk": (_("effective draws of the middle, the fewest"), number, _("at least 400")),
            "ess_tail": (_("effective draws of the tails, the fewest"), number, _("at least 400")),
            "divergences": (_("divergences"), number, _("under 0.1 % of draws")),
            "divergent_share": (_("divergences, share of draws"), lambda v: percent(v, 2), _("under 0.1 %")),
        }
        for key, value in diagnostics.items():
            if not isinstance(value, int | float):
                continue
            name, form, wanted = forms.get(key, (key.replace("_", " "), lambda v: significant(v, 3), ""))
            rows.append((name, read.show(f"diagnostics.{key}", form), wanted))
        if rows:
            head = (_("check of the sampler"), _("found"), _("wanted"))
            blocks.append(Table(_("Can the draws be trusted?"), head, tuple(rows), frozenset({0, 2})))
    if data["impossible_draws"]:
        text = _("{n} draws had loops that feed themselves without end; they were replaced.")
        blocks.append(Note(say(text, n=read.plain("impossible_draws"))))
    if not blocks:
        blocks.append(Paragraph(_("All numbers were stated, so there is no sampler to check and only one bridge.")))
    return Section("checks", _("Checks"), tuple(blocks))


def fixed(result: Result) -> Section:
    """Return what is always uncertain and was given as a plain number."""
    names = result.data["fixed_by_author"]
    if not names:
        text = _("Nothing: every quantity that is always uncertain was given with its uncertainty.")
        return Section("fixed", _("What the author fixed by hand"), (Paragraph(text),))
    text = _(
        "These are always uncertain and were given as plain numbers, so the "
        "intervals above are too narrow by their share:"
    )
    return Section("fixed", _("What the author fixed by hand"), (Paragraph(text), Bullets(tuple(names))))


def rate(value: float) -> str:
    """Return a yearly rate with the digits it was given with."""
    return percent(value, 0 if abs(100 * value - round(100 * value)) < 1e-9 else 1)
