# SPDX-License-Identifier: MIT
"""Whether the figures can be trusted: the two bridges against each other, and the sampler."""

from __future__ import annotations

from collections.abc import Callable

from txsim.language import _, plural
from txsim.language.numbers import number, percent, significant
from txsim.report.document import Block, Datum, Facts, Level, Note, Paragraph, Section, Table, Text, say
from txsim.report.figures import Figures, figures_of
from txsim.report.reading import Result
from txsim.report.words import npv_name, option_name
from txsim.results.run import Option, Run

#: Share of futures from which on two ways to count are said to agree.
_MOST = 0.5


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
        text = _("On the part of customer experience alone they lie within a factor of two in {p} of futures.")
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
            agree = _("; on the CX part they lie within a factor of 2 in {p} of futures")
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
