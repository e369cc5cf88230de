# SPDX-License-Identifier: MIT
"""What moved the answer from one result to another: which changed input, and by how much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from txsim.forecast.places import choice_words
from txsim.language import _
from txsim.language.numbers import number, percent, unit_name, unit_of
from txsim.priors.distributions import from_data, is_point, quantile
from txsim.priors.moments import median
from txsim.report.document import Block, Level, Note, Paragraph, Section, Table, Text, say
from txsim.report.figures import Figures, one_digit
from txsim.report.pictures import alternatives
from txsim.report.reading import Result
from txsim.report.sections.recommendation import decision_words
from txsim.report.words import npv_name, option_name
from txsim.results.diff import Change, ChangedInput, Difference

#: Share of a step below which its Monte Carlo error is not worth a word.
_SURE = 0.01
#: Parts of a block of inputs that are told.
_PARTS = 4


def changed(result: Result, level: Level) -> Section:
    """Return the steps from the first payoff to the second, and what each input was and is."""
    answer: Difference = result.answer
    figures = Figures(answer.currency)
    blocks: list[Block] = [Paragraph(_moved(answer, figures), lead=level == "full"), *_decision(answer)]
    if not answer.changes and not answer.random_numbers:
        return Section("changed", _("What moved the answer"), tuple(blocks))
    if level == "brief" and answer.titles[0] != answer.a.name:
        files = _("“{a}” is {file_a}, “{b}” is {file_b}.")
        a, b = answer.titles
        blocks.append(Note(files.format(a=a, b=b, file_a=answer.a.name, file_b=answer.b.name)))
    blocks.append(alternatives.waterfall(result))
    if answer.changes:
        # What is decided by stands first; where there is a tax, the other basis stands beside it.
        bases = (answer.after_tax, not answer.after_tax) if answer.taxed else (answer.after_tax,)
        parts = [part for change in answer.changes for part in change.parts]
        if level == "brief" and parts:  # a terminal has no room for a second basis beside what changed together
            bases = bases[:1]
        moves = [[change.worth(after_tax=after) for after in bases] for change in answer.changes]
        unit = unit_of(max(abs(value) for each in moves for value in each), figures.currency)

        def told(moved: tuple[float, float] | None) -> Text:
            if moved is None:
                return "–"
            return Figures(figures.currency, answer.grain(*moved)).cell(moved[0], unit, plus=True)

        rows: list[tuple[Text, ...]] = []
        for change, each in zip(answer.changes, moves, strict=True):
            moved = ((value, change.error(after_tax=after)) for after, value in zip(bases, each, strict=True))
            rows.append((*_row(change, level), *map(told, moved)))
            for part in change.parts:
                rows.append((*_row(part, level), *(told(part.by_itself(after_tax=after)) for after in bases)))
        heads = [
            _("moves the {npv} by, {unit}").format(npv=npv_name(after_tax=after, taxed=answer.taxed), unit=unit.name)
            for after in bases
        ]
        head = (_("input"), _("before"), _("after"), *heads)
        blocks.append(Table(_("What was changed"), head, tuple(rows), frozenset({0, 1, 2})))
        if any(part.npv is not None for part in parts):
            text = _(
                "Below “{all}”: what each change moves alone, in “{a}” as it stands; they act together, so that these "
                "do not add up. –: makes no sense without another of them."
            )
            blocks.append(
                Note(text.format(all=answer.changes[0].meaning or answer.changes[0].input, a=answer.titles[0]))
            )
        elif parts:
            blocks.append(
                Note(_("–: what each of these moves alone is not told, for they are one change to the model."))
            )
    return Section("changed", _("What moved the answer"), tuple(blocks))


def _moved(answer: Difference, figures: Figures) -> Text:
    first, second = (_("“{option}”").format(option=name) for name in answer.titles)
    parts: dict[str, Text] = {"a": first, "b": second, "option": option_name(answer.option)}
    if not answer.changes:
        text = _("Nothing changed between {a} and {b}: no input, and no figure.")
        if answer.random_numbers:
            text = _("Nothing changed between {a} and {b} but seed, number of draws or version.")
        return say(text, **parts)
    text = _("From {a} to {b} the expected {npv_name} of “{option}” moves by {total}, most of all by {input} ({npv}).")
    most = answer.changes[0]
    if len(answer.changes) == 1:
        text = _("From {a} to {b} the expected {npv_name} of “{option}” moves by {total}: {input}.")
    after = answer.after_tax
    moved, error = most.worth(after_tax=after), most.error(after_tax=after)
    total = answer.total_after_tax if after and answer.total_after_tax is not None else answer.total
    parts |= {
        "npv_name": npv_name(after_tax=after, taxed=answer.taxed),
        "total": Figures(figures.currency, answer.total_grain(after_tax=after)).money(total, plus=True),
        "npv": Figures(figures.currency, answer.grain(moved, error)).money(moved, plus=True),
    }
    named = str(most.meaning) or most.input
    if len(most.parts) == 1:  # one belief alone: what it is, and what it was and became
        named = "{} ({} → {})".format(*_row(most.parts[0]))
    if error > _SURE * abs(moved):
        parts["error"] = one_digit(error, figures.currency, moved)
        noisy = abs(moved) <= 2 * error
        more = (
            _("The simulation error of that is ± {error}: it may be nothing.")
            if noisy
            else _("The simulation error of that is ± {error}.")
        )
        text = f"{text} {more}"
    return say(text, input=named, **parts)


def _decision(answer: Difference) -> list[Block]:
    """Return what is decided on either side, whether that changed, and which change alone does it."""
    a, b = answer.a, answer.b
    if not a.state or not b.state:
        return []
    before, after = (decision_words(each.decision, each.state) for each in (a, b))
    text = _("The decision stays: {before}.")
    if before != after:
        text = _("The decision stays, how firm it is does not: {before} → {after}.")
    if answer.decision_changes:
        text = _("The decision changes: {before} → {after}.")
    named = [str(each.meaning) or each.input for each in answer.changes if each.decides]
    if named:
        text += " " + _("What alone changes it: {inputs}.").format(inputs=", ".join(named))
    elif any(each.decides is False for each in answer.changes):
        text += " " + _("No single change does that alone.")
    return [Paragraph(text.format(before=before, after=after))]


def _row(change: Change | ChangedInput, level: Level = "full") -> tuple[str, str, str]:
    key = change.input.rpartition(".")[2]
    before = str(change.before_words) or value_words(change.before, change.unit, key)
    return _named(change, level), before, str(change.after_words) or value_words(change.after, change.unit, key)


def _named(change: Change | ChangedInput, level: Level) -> str:
    """Return what an input is, in a terminal with its key, by which it can be set."""
    if not change.meaning:
        return change.input
    is_key = " " not in change.input and level == "brief"
    return f"{change.meaning} ({change.input})" if is_key else str(change.meaning)


def value_words(value: Any, unit: str = "", key: str = "") -> str:
    """Return what a scenario says of one input in words: a figure, a range, names, never plain data.

    ``value``: plain data. ``unit``: in what its figures are counted; ``%`` for shares. ``key``: last part of the path
    at which it stands.
    """
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return _figure(float(value), unit)
    if isinstance(value, Mapping) and "distribution" in value:
        return _quantity(value, unit)
    if isinstance(value, Mapping):
        parts = [
            f"{name} {value_words(part, key=name)}" for name, part in value.items() if part not in (None, "", [], {})
        ]
        return _some(parts)
    if isinstance(value, list | tuple):
        return _some([str(part["name"]) if _has_name(part) else value_words(part, unit, key) for part in value])
    return str(choice_words(" ".join(str(value).split()), key))


def _has_name(part: Any) -> bool:
    return isinstance(part, Mapping) and bool(part.get("name"))


def _some(parts: list[str]) -> str:
    if not parts:
        return "–"
    return ", ".join(parts[:_PARTS]) + (", …" if len(parts) > _PARTS else "")


def _figure(value: float, unit: str) -> str:
    if unit == "%":
        return percent(value, 0 if abs(100 * value - round(100 * value)) < 1e-9 else 1)
    # Four significant digits, without zeros at the end.
    text = number(value, 0 if abs(value) >= 1000 else len(f"{value:.4g}".partition("e")[0].partition(".")[2]))
    return f"{text} {unit_name(unit)}" if unit else text


def _quantity(value: Mapping[str, Any], unit: str) -> str:
    believed = from_data(value)
    if is_point(believed):
        return _figure(median(believed), unit)
    share = unit == "%"
    middle, low, high = (_rounded(quantile(believed, q), unit if share else "") for q in (0.5, 0.05, 0.95))
    said = _("{middle} ({low} … {high})").format(middle=middle, low=low, high=high)
    return said if share or not unit else f"{said} {unit_name(unit)}"


def _rounded(value: float, unit: str) -> str:
    """Return a figure of a belief to three digits, in the unit it is counted in."""
    return _figure(float(f"{value:.3g}"), unit)
