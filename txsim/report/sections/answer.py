# SPDX-License-Identifier: MIT
"""The answer: what to do in one sentence, the three figures behind it, and what each option pays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from txsim.language import _, plural
from txsim.language.numbers import number, significant, unit_of
from txsim.report.document import Block, Bullets, KeyFigures, Note, Paragraph, Section, Table, Text, say
from txsim.report.figures import Reader
from txsim.report.pictures import options, payoff
from txsim.report.reading import Result
from txsim.report.words import option_name

__all__ = ["answer", "pays"]

#: The path of the simulation that stands for an option or a policy.
_PATH = {"pilot_then_decide": "pilot_scale", "commit_review": "commit"}


#: Causes that are named for each change of the recommendation.
_CAUSES = 6


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def advice(data: Mapping[str, Any]) -> str:
    """Return what is recommended: the option of the recommendation, else of the verdict at the horizon."""
    told = data.get("recommendation") or data["verdict"]["horizon"]
    return str(told["option"])


def _sentence(result: Result, read: Reader) -> Text:
    data = result.data
    best = advice(data)
    option = "commit" if best == "do_nothing" else _PATH.get(best, best)
    key = f"options.{option}"
    told = data.get("recommendation") or data["verdict"]["horizon"]
    parts: dict[str, Text] = {
        "what": option_name(best),
        "option": option_name(option),
        "mean": read.money(f"{key}.npv.mean", plus=True),
        "times": read.of_hundred(f"{key}.p_loss.value"),
    }
    if best == "do_nothing":
        text = _(
            "Recommended: {what} yet. To “{option}” would be worth {mean} on average and lose money in {times} of "
            "100 futures."
        )
    elif option == best:
        text = _("Recommended: {what}. It is worth {mean} on average and loses money in {times} of 100 futures.")
    else:
        parts["mean"] = read.money(f"recommendation.mean_npv.{best}", plus=True)
        text = _("Recommended: {what}. It is worth {mean} on average.")
    sentence = say(text, **parts)
    if told["too_close"] and told.get("margin") is not None:
        close = _("It is too close to call: {margin} ± {mcse} decide it.")
        extra = say(close, margin=read.money("recommendation.margin"), mcse=read.money("recommendation.mcse"))
        return (*sentence, " ", *extra)
    return (*sentence, " ", _("It is too close to call.")) if told["too_close"] else sentence


def answer(result: Result, read: Reader) -> Section:
    """Return the recommendation and the three figures behind it."""
    data = result.data
    best = advice(data)
    option = "commit" if best == "do_nothing" else _PATH.get(best, best)
    key = f"options.{option}"
    name = option_name(option)
    months = plural("{n} month", "{n} months", data["horizon_months"])
    figures: list[tuple[str, Text, Text]] = [
        (
            _("Expected value of “{option}”").format(option=name),
            read.money(f"{key}.npv.mean", plus=True),
            say(
                _("90 %: {range}; net present value over {months}"), range=read.money_range(f"{key}.npv"), months=months
            ),
        ),
        (
            _("Probability of a loss"),
            read.share(f"{key}.p_loss.value"),
            say(_("on average {cvar} in the worst 5 %"), cvar=read.money(f"{key}.cvar05.value", plus=True)),
        ),
    ]
    if data["options"][option]["payback_month"] is None:
        figures.append((_("Payback"), "–", _("nothing is spent")))
    else:
        figures.append(
            (
                _("Paid back within {months}").format(months=months),
                read.share(f"{key}.payback_month.p_within_horizon"),
                say(_("on average {peak} must be laid out before"), peak=read.money(f"{key}.peak_funding.mean")),
            )
        )
    blocks: list[Block] = [Paragraph(_sentence(result, read), lead=True), KeyFigures(tuple(figures))]
    blocks += _reasons(data, read)
    fixed = data["fixed_by_author"]
    if fixed:
        names = ", ".join(fixed[:6]) + (" …" if len(fixed) > 6 else "")
        blocks.append(Note(_("Fixed by hand, so not counted as uncertain: {names}.").format(names=names)))
    return Section("answer", _("What to do"), tuple(blocks))


def _reasons(data: Mapping[str, Any], read: Reader) -> list[Block]:
    """Return what qualifies the recommendation: the margin, what would change it, the verdict later on."""
    found: list[Block] = []
    told = data.get("recommendation")
    if told is not None and not told["too_close"] and told.get("margin") is not None and told.get("runner_up"):
        text = _("It is ahead of “{other}” by {margin} (Monte Carlo error {mcse}).")
        other = option_name(told["runner_up"])
        margin, error = read.money("recommendation.margin"), read.money("recommendation.mcse")
        found.append(Paragraph(say(text, other=other, margin=margin, mcse=error)))
    if told is not None and told.get("refused"):
        names = ", ".join(option_name(option) for option in told["refused"])
        found.append(Paragraph(_("The limits you set exclude what would pay more: {names}.").format(names=names)))
    if told is not None and told.get("fragile"):
        found.append(Paragraph(_("It is fragile. It would change:")))
        found.append(Bullets(tuple(flips_by_option(told["flips"]))))
    later = {key: value for key, value in data["verdict"].items() if key != "horizon"}
    for value in later.values():
        text = _("Looked at over two more years, the best by mean NPV is: {option}.")
        found.append(Paragraph(text.format(option=option_name(value["option"]))))
    return found


def flips_by_option(flips: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what would change the recommendation, a line for each option that it would become."""
    found: dict[str, list[str]] = {}
    for flip in flips:
        text = _("without the claim {name}")
        if flip["kind"] != "claim":
            text = _("with {name} at {value}")
        value = significant(float(flip["value"])) if flip.get("value") is not None else ""
        found.setdefault(str(flip["option"]), []).append(text.format(name=flip["name"], value=value))
    lines = []
    for option, causes in found.items():
        more = len(causes) - _CAUSES
        told = "; ".join(causes[:_CAUSES])
        if more > 0:
            told += " " + plural("and {n} more", "and {n} more", more)
        lines.append(_("to “{option}” {causes}").format(option=option_name(option), causes=told))
    return lines


def pays(result: Result, read: Reader) -> Section:
    """Return the fan, the distribution and the table of options."""
    blocks: list[Block] = []
    for draw in (payoff.fan, payoff.npv):
        picture = draw(result)
        if picture is not None:
            blocks.append(picture)
    blocks += [options.intervals(result), *_tables(result, read)]
    if result.draws is None:
        told = _(
            "The fan and the distribution need the draws: run the scenario with --out FOLDER and report the folder."
        )
        blocks.insert(0, Note(told))
    return Section("payoff", _("What each option pays, and how sure that is"), tuple(blocks))


def _tables(result: Result, read: Reader) -> list[Block]:
    by_option = result.data["options"]
    largest = max(abs(found["npv"][key]) for found in by_option.values() for key in ("p05", "p95", "mean"))
    unit = unit_of(largest, read.currency)
    rows = []
    for option in by_option:
        key = f"options.{option}"
        rows.append(
            (
                _capital(option_name(option)),
                (
                    read.show(f"{key}.npv.mean", lambda value: unit.show(value, plus=True, digits=max(unit.digits, 1))),
                    " ± ",
                    read.show(f"{key}.npv.mcse", lambda value: unit.show(value, digits=max(unit.digits, 1))),
                ),
                read.cell(f"{key}.npv.median", unit, plus=True),
                read.cell_range(f"{key}.npv", unit),
                read.share(f"{key}.p_loss.value"),
                read.cell(f"{key}.cvar05.value", unit, plus=True),
                read.percent(f"{key}.roi", plus=True),
                read.share(f"{key}.payback_month.p_within_horizon"),
                read.cell(f"{key}.pv_cost.mean", unit),
                read.cell(f"{key}.peak_funding.mean", unit),
            )
        )
    head = (
        _("option"),
        _("mean NPV ± error"),
        _("median"),
        "90 %",
        _("P(loss)"),
        _("worst 5 %"),
        _("ROI"),
        _("paid back"),
        _("cost"),
        _("peak funding"),
    )
    caption = _("Options in {unit}, present values; ± is the Monte Carlo error of the mean").format(unit=unit.name)
    return [Table(caption, head, tuple(rows)), _moved(result, read)]


def _moved(result: Result, read: Reader) -> Table:
    """Return how far each node moves, in the scale that the organisation measures in."""
    options = list(result.data["options"])
    nodes = next(iter(result.data["options"].values()))["delta"]
    rows = []
    for node, first in nodes.items():
        unit = first.get("measured", {}).get("unit", "points")
        cells: list[Text] = [node, _(unit)]
        for option in options:
            key = f"options.{option}.delta.{node}"
            if "measured" in first:
                key += ".measured"
            if (
                result.data["options"][option]["delta"][node]["sd"] == 0
                and not result.data["options"][option]["delta"][node]["mean"]
            ):
                cells.append("0")
                continue
            mean = read.plain(f"{key}.mean", 1, plus=True)
            span = read.range(read.plain(f"{key}.p05", 1), read.plain(f"{key}.p95", 1))
            cells.append((mean, " (", *(span if isinstance(span, tuple) else (span,)), ")"))
        rows.append(tuple(cells))
    head = (_("node"), _("unit"), *(option_name(option) for option in options))
    months = number(result.data["horizon_months"])
    caption = _("What moves by month {months}, mean (90 %), in the scales the organisation measures in").format(
        months=months
    )
    return Table(caption, head, tuple(rows), frozenset({0, 1}), more=True)
