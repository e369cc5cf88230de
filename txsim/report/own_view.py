# SPDX-License-Identifier: MIT
"""The part of a page that answers a reader's own view: what can be moved, in words, and what it is weighed from."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from txsim.evidence import claim_name, designs
from txsim.forecast.labels import Label, label_of
from txsim.language import _, capital, lazy
from txsim.language.numbers import number, of_hundred, picture_locale, significant, unit_name, unit_of
from txsim.priors.sentences import told_unit, told_value
from txsim.report.basis import scenario_of
from txsim.report.document import Document, OwnViewPanel, Section, Slider, SliderGroup
from txsim.report.reading import Result
from txsim.report.words import option_name
from txsim.results.cash_flow import CashFlow
from txsim.results.own_view import OwnView
from txsim.results.run import Run
from txsim.scenario import Scenario

#: Steps of credibilities and of the discount rate, and how far the rate can be moved.
_STEP, _RATE_STEP, _RATE_RANGE = 0.05, 0.005, 0.21
#: Fewest months that may be counted.
_FEWEST_MONTHS = 12


def with_own_view(document: Document, run: Result | None) -> Document:
    """Return a document with the reader's own view after page one; as it is where a run kept no draws for it."""
    view = None if run is None or run.draws is None else run.draws.view
    if run is None or view is None:
        return document
    section = Section("own-view", _("Your own view"), (_panel(run, view),))
    first, *rest = document.sections
    return replace(document, sections=(first, section, *rest))


def _panel(run: Result, view: OwnView) -> OwnViewPanel:
    facts = view.facts
    scenario = scenario_of(run)
    commit = next(option for option in facts["options"] if option["name"] == "commit")
    # Means and ends of ranges have the digits that page one gives them.
    advice = run.answer.recommendation
    grain = 0.0 if advice is None else float(advice.resolution or 0.0)
    unit = unit_of(max(abs(commit["worst"]), abs(commit["mean"])), run.answer.currency)
    if abs(commit["mean"]) < unit.divisor > 10 * grain > 0:  # a mean of 10 EUR is no 0.01 k EUR
        unit = unit_of(unit.divisor, run.answer.currency)
    page = run.answer.page_one
    labels = [_label(scenario, str(prior["name"])) for prior in facts["priors"]]
    shown = [
        [_stated(label, float(value)) for value in prior["medians"]]
        for prior, label in zip(facts["priors"], labels, strict=True)
    ]
    numbers = np.concatenate([part.ravel() for part in (view.sound, view.score, view.tied, view.present)])
    locale = picture_locale()
    told = {
        **facts,
        # The verdict of page one, which the view starts from.
        "state": "open" if advice is None else advice.state,
        "option": "" if advice is None else advice.option,
        "priors": [{**prior, "shown": words} for prior, words in zip(facts["priors"], shown, strict=True)],
        "unit": {
            "divisor": unit.divisor,
            "digits": unit.digits,
            "grain": 0,
            "name": unit.name,
            "mean": {"digits": unit.known_digits(grain), "grain": grain},
            "end": {"digits": unit.known_digits(10 * grain), "grain": 10 * grain},
        },
        # Where the middle case ends in the report, of all its futures; the page carries some of them.
        "middle": float(page.course.p50[-1]) if page is not None and page.option == "commit" else None,
        "words": {**_words(facts), "decimal": locale["decimal"], "thousands": locale["thousands"]},
    }
    return OwnViewPanel(
        groups=tuple(_groups(facts, labels, shown)),
        facts=json.dumps(told, ensure_ascii=False, allow_nan=False),
        draws=base64.b64encode(numbers.astype("<f4").tobytes()).decode(),
        value_name=_value_name(run.answer).format(option=option_name("commit")),
        unit=unit.name,
        report_mean=_report(unit.show(commit["mean"], plus=True, grain=grain)),
        report_loss=_report(of_hundred(commit["p_loss"])),
        report_worst=_report(unit.show(commit["worst"], plus=True, grain=10 * grain)),
        course=_("Cumulative value today of “{option}”, {unit}; dashed: the report").format(
            option=option_name("commit"), unit=unit.name
        ),
        limits=_limits(facts, run.answer.cash_flow),
        far=_("Your view is too far from the report's to be weighed here."),
        exact=_("The exact answer takes about a minute:"),
    )


def _value_name(run: Run) -> str:
    if run.tax_rate is None:
        return _("Value today, {option}")
    return _("Value today after tax, {option}") if run.after_tax else _("Value today before tax, {option}")


def _report(value: str) -> str:
    return _("report: {value}").format(value=value)


def _limits(facts: Mapping[str, Any], case: CashFlow | None) -> str:
    sentences = []
    if case is not None and case.option != "commit":
        text = _(
            "Figures and course here are of “{commit}”, which all other options are weighed against; page one speaks "
            "of “{option}”, so that its figures are others."
        )
        sentences.append(text.format(commit=option_name("commit"), option=option_name(case.option)))
    sentences += [_("Claims and priors are tested one by one in the report, not here.")]
    if len(facts["options"]) > 2:
        sentences.append(_("A pilot is decided by the report's rule."))
    if facts.get("max_peak_funding") is not None:
        sentences.append(_("Whether the limit on peak funding is kept is as in the report, not worked out anew here."))
    return " ".join(sentences)


def _label(scenario: Scenario | None, name: str) -> Label | None:
    return None if scenario is None else label_of(scenario, name)


def _stated(label: Label | None, value: float) -> str:
    """Return a value as the author counts it, without its unit, which stands beside the meaning."""
    if label is not None and label.unit == "%":
        return _percent(round(label.stated(value) / 100, 3))
    return significant(value if label is None else told_value(label.unit, label.stated(value)), 3)


def _percent(value: float) -> str:
    whole = abs(100 * value - round(100 * value)) < 1e-9
    return f"{number(100 * value, 0 if whole else 1)} %"


def _groups(facts: Mapping[str, Any], labels: list[Label | None], shown: list[list[str]]) -> list[SliderGroup]:
    def believed(label: str, part: str, index: int, value: float) -> Slider:
        return Slider(label, part, index, 0.0, 1.0, _even(value), value, _percent(value))

    groups = []
    if facts["designs"]:
        rows = [
            believed(_design(str(d["name"])), "design", i, d["credibility"]) for i, d in enumerate(facts["designs"])
        ]
        groups.append(SliderGroup(_("How far you trust each kind of evidence"), tuple(rows)))
    if facts["claims"]:
        known = [facts["clusters"][claim["cluster"]]["credibility"] for claim in facts["claims"]]
        rows = [believed(claim_name(str(c["id"])), "claim", i, known[i]) for i, c in enumerate(facts["claims"])]
        groups.append(SliderGroup(_("The claims that move it most"), tuple(rows)))
    if facts["priors"]:
        middle = (len(facts["positions"]) - 1) // 2
        rows = [
            Slider(_meaning(labels[i], str(prior["name"])), "prior", i, 0, 2 * middle, 1, middle, shown[i][middle])
            for i, prior in enumerate(facts["priors"])
        ]
        note = _("Middle of the range before evidence; its width stays.")
        groups.append(SliderGroup(_("What the answer hangs on"), tuple(rows), note))
    terms = facts["terms"]
    if not terms["movable"]:
        note = _(
            "Rate and months cannot be moved here: tax, or what is earned after the horizon, depends on them in ways "
            "that take a new run."
        )
        return [*groups, SliderGroup(_("Your terms"), (), note)]
    rate, months = float(terms["rate"]), int(terms["months"])
    low, high = max(rate - _RATE_RANGE, rate % _RATE_STEP), rate + _RATE_RANGE
    rows = [Slider(_("Discount rate a year"), "rate", 0, low, high, _RATE_STEP, rate, _percent(rate))]
    fewest = max(_FEWEST_MONTHS, int(terms["start"]) + int(terms["step"]))
    fewest = months - (months - fewest) // int(terms["step"]) * int(terms["step"])
    if fewest < months:
        rows.append(
            Slider(_("Months counted"), "months", 0, fewest, months, int(terms["step"]), months, number(months))
        )
    return [*groups, SliderGroup(_("Your terms"), tuple(rows))]


def _design(name: str) -> str:
    design = designs().get(name)
    return name if design is None else _(design.title)


def _even(value: float) -> float:
    """Return a step of a credibility on which its own value stands."""
    return _STEP if abs(value / _STEP - round(value / _STEP)) < 1e-9 else 0.01


def _meaning(label: Label | None, name: str) -> str:
    text = name if label is None else str(label.meaning)
    kind = "" if label is None or label.unit in ("%", "ratio") else label.unit
    told = told_unit(kind)
    unit = "" if not kind else f", {unit_name(kind) if told == lazy(kind) else told}"
    return f"{capital(text)}{unit}"


def _words(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "options": {option["name"]: option_name(option["name"]) for option in facts["options"]},
        "states": {
            "clear": _("Clear: {option}"),
            "leaning": _("Leaning: {option}"),
            "open": _("Open: no clear choice"),
            "ahead": _("Ahead, seen your way: {option}"),
            "unjudged": _("What leads is not told here: it takes a new run"),
        },
        "untouched": _("the report's own view"),
        "untouched_why": _(
            "Nothing is moved yet: the figures are the report's. The fan is drawn from {n} of its futures, so that its "
            "ends are a little off."
        ).format(n=number(facts["draws"])),
        "noise": _(
            "From the {n} futures in this page it cannot be told whether committing now is worth more or less, seen "
            "your way. The command tells: “Copy command”."
        ).format(n=number(facts["draws"])),
        "higher": _("Seen your way, committing now is worth {amount} {unit} more than in the report."),
        "lower": _("Seen your way, committing now is worth {amount} {unit} less than in the report."),
        "kept": _("Committing keeps the limit on losses, {limit} in 100."),
        "broken": _("Committing is beyond the limit on losses, {limit} in 100, whatever it pays."),
        "both": _("Committing is beyond the limits on losses, {limit} in 100, and on peak funding, whatever it pays."),
        "unjudged": _(
            "The choice hangs on whether these keep the limit on losses, {limit} in 100, which is not worked out here: "
            "{options}. The command tells: “Copy command”."
        ),
        "unfunded": _("Committing is beyond the limit on peak funding, whatever it pays."),
        "weighed": _("weighed · k̂ {k}, good"),
        "weighed_well": _("weighed · k̂ under 0, good"),
        "exact": _("the same futures at your terms"),
        "far": _("k̂ {k}, too far"),
        "few": _("only {n} futures count, too far"),
        "refused": _("Too far from the report to be weighed here"),
        "error": _("from {n} of the report's futures; error ±{amount} {unit}"),
        "short": _("Middle case: {amount} {unit} short (report: {base})"),
        "over": _("Middle case: {amount} {unit} ahead (report: {base})"),
        "base_short": _("{amount} short"),
        "base_over": _("{amount} ahead"),
        "pin": _("{amount} {unit} · loss {loss} in 100"),
        "was": _("was {value}"),
        "start": _("start"),
        "month": _("month {n}"),
        "above": _("5 in 100 above"),
        "middle": _("middle"),
        "below": _("5 in 100 below"),
        "rest": _("[the options of this run]"),
    }
