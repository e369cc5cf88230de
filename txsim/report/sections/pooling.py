# SPDX-License-Identifier: MIT
"""Studies pooled: the pooled figure first, then the studies, then on what it rests."""

from __future__ import annotations

import math
from collections.abc import Callable

from txsim.language import N_, _, by_locale, lazy, lazy_plural
from txsim.language.numbers import number, percent
from txsim.report.document import Block, Datum, Fact, Facts, Level, Paragraph, Section, Table, Text, say
from txsim.report.figures import Figures
from txsim.report.pictures.forest import MEASURES, forest
from txsim.report.reading import Result
from txsim.results.pooling import EvidencePool, Pooled, Study

#: How a measure is read back: name and function.
_BACK: dict[str, tuple[str, Callable[[float], float]]] = {
    "correlation": (N_("correlation"), math.tanh),
    "log_odds_ratio": (N_("odds ratio"), math.exp),
    "log_hazard_ratio": (N_("hazard ratio"), math.exp),
}
_FIGURES = Figures("")
_MOST_DIGITS = 6


def pooled(result: Result, level: Level) -> Section:
    """Return what the studies say together, each of them, and on what that rests."""
    answer: EvidencePool = result.answer
    sizes = sorted(study.se for study in answer.studies)
    digits = min(max(0, 1 - math.floor(math.log10(sizes[len(sizes) // 2]))), _MOST_DIGITS)
    measure = lazy(MEASURES[answer.measure])
    text = lazy_plural("{n} study, {measure}", "{n} studies, {measure}", len(answer.studies), measure=measure)
    blocks: list[Block] = [Paragraph(str(text))]
    blocks.append(Facts(tuple(_pooled(answer, digits + 1))))
    if level == "full":
        blocks.append(forest(result))
    blocks += [_table(answer, digits), Facts(tuple(_basis(answer)))]
    return Section("pooled", _("What the studies say together"), tuple(blocks))


def _level(answer: EvidencePool) -> str:
    return by_locale(f"{100 * answer.level:g}") + " %"


def _ends(of: Pooled, answer: EvidencePool) -> tuple[float, float]:
    return of.shortest if answer.interval == "shortest" else of.central


def _span(of: Pooled, answer: EvidencePool, digits: int, back: Callable[[float], float] = float) -> Text:
    low, high = _ends(of, answer)
    if back is not float:
        middle, low, high = (Datum(number(back(float(x)), digits)) for x in (of.median, low, high))  # type: ignore[assignment]
        return say("{middle} ({level}: {low} … {high})", middle=middle, low=low, high=high, level=_level(answer))  # type: ignore[arg-type]
    plain = _FIGURES.plain
    parts = {"middle": plain(of.median, digits), "low": plain(low, digits), "high": plain(high, digits)}
    return say("{middle} ({level}: {low} … {high})", level=_level(answer), **parts)


def _pooled(answer: EvidencePool, digits: int) -> list[Fact]:
    text = _("{span}, above 0 with probability {p}")
    facts: list[Fact] = [
        (name, say(text, span=_span(of, answer, digits), p=_FIGURES.show(of.p_above_0, _probability)))
        for name, of in ((_("Mean over studies"), answer.mu), (_("New organisation"), answer.prediction))
    ]
    if answer.measure in _BACK:
        name, back = _BACK[answer.measure]
        text = _("mean {mean}, new organisation {new}")
        mean, new = _span(answer.mu, answer, 3, back), _span(answer.prediction, answer, 3, back)
        facts.append((_("As {measure}").format(measure=_(name)), say(text, mean=mean, new=new)))
    share = answer.i2.median
    said: Text = _("one study says nothing of it")
    if share is not None:
        said = say(_("about {share} of what studies vary by"), share=_FIGURES.percent(share))
    spread = say("{span}; {share}", span=_span(answer.tau, answer, digits), share=said)
    return [*facts, (_("Spread between"), spread)]


def _probability(p: float) -> str:
    if p < 0.0005:
        return by_locale(f"{p:.1e}".replace("e-0", "e-")) if p > 0 else "0"
    return _("over 0.9995") if p > 0.9995 else number(p, 3)


def _table(answer: EvidencePool, digits: int) -> Table:
    plain = _FIGURES.plain

    def cell(middle: float, ends: tuple[float, float]) -> Text:
        return (plain(middle, digits), " (", plain(ends[0], digits), " … ", plain(ends[1], digits), ")")

    def row(study: Study) -> tuple[Text, ...]:
        given = cell(study.shrunken.median, _ends(study.shrunken, answer))
        weight = _FIGURES.show(study.weight, lambda w: percent(w, 0 if 100 * w >= 0.95 else 1))
        return (study.study, cell(study.estimate, study.interval), given, weight)

    rows = [row(study) for study in answer.studies]
    for name, of in ((_("mean over studies"), answer.mu), (_("a new organisation"), answer.prediction)):
        rows.append((name, cell(of.median, _ends(of, answer)), "", ""))
    level = _level(answer)
    head = (_("study"), _("found ({0})").format(level), _("given the others ({0})").format(level), _("weight"))
    return Table("", head, tuple(rows))


def _basis(answer: EvidencePool) -> list[Fact]:
    priors, classical, factors = answer.priors, answer.classical, answer.bayes_factors
    mu = priors.mu
    prior = _("uniform (improper)")
    if mu is not None:
        normal = _("normal({mean}, {sd})")
        prior = " + ".join(
            (f"{by_locale(f'{part.weight:g}')} " if len(mu) > 1 else "")
            + normal.format(mean=by_locale(f"{part.mean:g}"), sd=by_locale(f"{part.sd:g}"))
            for part in mu
        )
    text = _("mean: {mean}; spread: {spread}")
    facts: list[Fact] = [(_("Priors"), text.format(mean=prior, spread=priors.tau))]
    if mu is not None and len(mu) > 1 and priors.mu_posterior_weights is not None:
        moved = "; ".join(
            f"{percent(part.weight)} → {percent(after, 1)}"
            for part, after in zip(mu, priors.mu_posterior_weights, strict=True)
        )
        text = _("parts of the prior, before → after: {weights}")
        facts.append((_("Weights"), text.format(weights=moved)))
    plain, p = _FIGURES.plain, classical.p_value
    text = _("REML: mean {mean} (se {se}), spread {spread}; Q {q}")
    reml = classical.reml
    mean, se, spread = (plain(value, 4) for value in (reml.mu, reml.se, reml.tau))
    said = say(text, mean=mean, se=se, spread=spread, q=plain(classical.q, 2))
    if p is not None:
        p_words: Text = _("under 0.001") if p < 0.001 else plain(p, 3)
        said = (*said, *say(_(", p {p} under no spread"), p=p_words))
    facts.append((_("Without priors"), said))
    if factors.tau_zero is not None and factors.mu_zero is not None:
        text = _("no spread against some: {tau}; mean 0 against any: {mu}")
        tau, none = (by_locale(f"{factor:.3g}") for factor in (factors.tau_zero, factors.mu_zero))
        facts.append((_("Bayes factors"), text.format(tau=tau, mu=none)))
    if answer.mu.sd is None:
        text = _("the mean has no standard deviation under these priors: its interval only")
        facts.append((_("Few studies"), text))
    if answer.taken:
        read = ", ".join(_("`{title}` as {name}").format(title=title, name=name) for title, name in answer.taken)
        facts.append((_("Columns"), read))
    if answer.ignored:
        facts.append((_("Not used"), _("columns {names}").format(names=", ".join(answer.ignored))))
    if answer.left_out:
        text = _("{names}: called as rows that sum up others, no studies")
        facts.append((_("Left out"), text.format(names=", ".join(answer.left_out))))
    if answer.empty:
        facts.append((_("Without figures"), _("rows {names}").format(names=", ".join(answer.empty))))
    text = _("each study measured its own truth, these scatter normally; quadrature, no sampling (docs/elicitation.md)")
    return [*facts, (_("Method"), text)]
