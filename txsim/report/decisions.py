# SPDX-License-Identifier: MIT
"""What the decision commands print: the answer first, then how sure, then why. Computes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from txsim.language import N_, _, by_locale, plural
from txsim.language.numbers import of_hundred
from txsim.report.text import _clean, _wrapped
from txsim.report.words import money, option_name, percent, signed

__all__ = [
    "basis_line",
    "estimate",
    "explain_text",
    "labelled",
    "pilot_text",
    "region_sentence",
    "rule_sentence",
    "sensitivity_text",
    "shade",
    "short_name",
    "table",
]

#: In tables, where there is little room.
_SHORT = {"commit": N_("commit"), "commit_review": N_("commit, review"), "pilot_then_decide": N_("pilot, decide")}
_CRITERIA = {"mean_npv": N_("mean NPV")}
_REASONS = {
    "nobody_changes_mind": N_("nobody would change their mind: the choice is the same whatever is true"),
    "cannot_be_read": N_("it cannot be read in that time: the signal drowns in the noise of units and respondents"),
    "review_is_better": N_("rolling out and reviewing is better: it learns as much without the delay"),
    "costs_more_than_it_tells": N_("what it tells is worth less than its cost and its delay"),
}
_SHADES = "·░▒▓█"


def short_name(name: str) -> str:
    """Return what an option, or `scenario/option`, is called in a table."""
    scenario, slash, option = name.rpartition("/")
    told = _(_SHORT[option]) if option in _SHORT else option_name(option)
    return f"{scenario}: {told}" if slash else told


def rule_sentence(rule: Mapping[str, Any]) -> str:
    """Return the decision rule in words that can be pinned to the wall."""
    months = rule["months"]
    start = plural("After {n} month", "After {n} months", months)
    limit, threshold = rule["overrun_limit"], rule["threshold"]
    if threshold is None and limit is None:
        return _("{0}, {1} whatever the survey says: no reading would change the choice.").format(start, rule["always"])
    if threshold is None:
        bound = _("unless the bills run more than") if limit >= 0 else _("only if the bills run at least")
        side = _("above") if limit >= 0 else _("below")
        return _("{0}, scale {1} {2:.0f} % {3} plan; no reading of the survey would change the choice.").format(
            start, bound, 100 * abs(limit), side
        )
    where = _("in pilot units") if rule["by_unit"] else _("in the whole firm")
    verb = _("risen") if threshold >= 0 else _("fallen")
    # More than the threshold is wanted where more is better, less where less is.
    at_least = _("at least") if (threshold >= 0) == rule["rises"] else _("no more than")
    against = _(" more than in control units") if rule["control"] else ""
    sentence = _("{0}, scale if {1} {2} has {3} by {4} {5:.3g} {6}{7}; else stop.").format(
        start, rule["node"], where, verb, at_least, abs(threshold), _(rule["unit"]), against
    )
    over = rule["threshold_if_over_budget"]
    if over is not None and abs(over - threshold) > 0.05 * max(abs(threshold), 1e-9):
        sentence += _(" If the bills run a quarter above plan, ask for {0:.3g}.").format(over)
    return sentence


def estimate(told: Mapping[str, Any]) -> str:
    """Return a figure with its Monte Carlo error, where that can be told."""
    return money(told["value"]) + ("" if told["mcse"] is None else f" ± {money(told['mcse'])}")


def table(rows: Sequence[Sequence[str]], left: int = 1) -> list[str]:
    """Return rows in columns; the first ``left`` begin at the left, the others end at the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(widths[i]) if i < left else cell.rjust(widths[i]) for i, cell in enumerate(row)).rstrip()
        for row in rows
    ]


def labelled(found: Sequence[tuple[str, str]]) -> list[str]:
    """Return lines that begin with a name, aligned and wrapped."""
    width = max(len(name) for name, _told in found) + 2
    return [_wrapped(f"{name:<{width}}{told}", " " * width) for name, told in found]


def basis_line(result: Mapping[str, Any]) -> str:
    """Return what the figures rest on."""
    return _("{0:,} draws, seed {1}; ± is the Monte Carlo error").format(result["draws"], result["seed"])


def pilot_text(result: Mapping[str, Any]) -> str:
    """Return what `txsim pilot` prints."""
    currency, stated, best = result["currency"], result["stated"], result["best_design"]
    lines = [_("{0} · is a pilot worth it?").format(_clean(result["scenario"])), ""]
    net = result["pilot_net"]
    verdict = (
        _("The stated pilot is worth {0} {1} more than the best choice without one.").format(
            money(net["value"]), currency
        )
        if result["worth_it"]
        else _("The stated pilot is not worth it: it is {0} {1} worse than the best choice without one.").format(
            money(-net["value"]), currency
        )
    )
    if best is None:
        why = "; ".join(_(_REASONS[reason]) for reason in result["reasons"])
        verdict += _(" Nor is any other of {0} designs: {1}.").format(len(result["design"]), why)
    elif not result["worth_it"]:
        verdict += _(" Another design would be: {0}, worth {1} {2}.").format(
            _design(best), money(best["pilot_net"]["value"]), currency
        )
    lines += [
        _wrapped(verdict),
        _wrapped(result["recommendation"]["sentence"]),
        "",
        _wrapped(_("Rule: {0}").format(result["rule"])),
        _("By it {0} of 100 pilots end in scaling.").format(of_hundred(result["rule_details"]["p_scale"])),
    ]
    if result["capped_respondents"] is not None:
        lines.append(
            _wrapped(
                _(
                    "Only {0:.0f} people can answer a wave in pilot units, not {1:.0f}; counted are those who can."
                ).format(result["capped_respondents"], stated["respondents"])
            )
        )
    head = (
        _("pilot"),
        _("units"),
        _("months"),
        _("answers"),
        _("control"),
        _("EVSI"),
        _("net worth"),
        _("right"),
        _("false go"),
        _("false stop"),
    )
    rows: list[tuple[str, ...]] = [head]
    shown = [(_("stated"), stated)]
    if best is not None and best != stated:
        shown.append((_("best"), best))
    others = sorted(result["design"], key=lambda each: -each["pilot_net"]["value"])
    shown += [("", each) for each in others if each not in (stated, best)][:5]
    for name, each in shown:
        rows.append(
            (
                name,
                f"{100 * each['scope']:.0f} %",
                str(each["months"]),
                f"{each['respondents']:.0f}",
                _("yes") if each["control"] else _("no"),
                estimate(each["evsi"]),
                estimate(each["pilot_net"]),
                *(percent(each[key]["value"]) for key in ("assurance", "false_go", "false_stop")),
            )
        )
    lines += ["", *table(rows), ""]
    lines += labelled(
        [
            (
                _("Perfect information"),
                _("EVPI {0} {1} for the choice to scale or stop").format(estimate(result["evpi"]), currency),
            ),
            (
                _("Designs tried"),
                _("{0}, all in --json; right: probability of the action right in truth").format(len(result["design"])),
            ),
            (_("Basis"), basis_line(result)),
        ]
    )
    return "\n".join(lines)


def _design(each: Mapping[str, Any]) -> str:
    control = _("control") if each["control"] else _("no control")
    size = _("{0:.0f} % of units, {1} months").format(100 * each["scope"], each["months"])
    return _("{0}, {1:.0f} answers a wave, {2}").format(size, each["respondents"], control)


def sensitivity_text(result: Mapping[str, Any], top: int = 10) -> str:
    """Return what `txsim sensitivity` prints."""
    currency = result["currency"]
    lines = [_("{0} · what drives it, and what is worth knowing?").format(_clean(result["scenario"])), ""]
    parameters = result["parameters"]
    if not parameters:
        lines.append(_("Nothing is uncertain: every figure was stated as a plain number."))
        return "\n".join([*lines, _wrapped(result["recommendation"]["sentence"])])
    # What stands out of its own Monte Carlo error.
    clear = [each for each in parameters if each["evppi"]["value"] > 2 * (each["evppi"]["mcse"] or 0.0)]
    answer = _("Knowing everything would be worth {0} {1}").format(estimate(result["evpi"]), currency)
    if clear:
        answer += _("; most of all {0}, worth {1} alone").format(clear[0]["name"], money(clear[0]["evppi"]["value"]))
    lines += [_wrapped(answer + "."), _wrapped(result["recommendation"]["sentence"])]
    even = [each for each in clear[:top] if each["break_even"] is not None][:3]
    for each in even:
        side = ">" if each["good_above"] else "<"
        lines.append(
            _wrapped(
                _("Committing pays when {0} {1} {2:.3g}; you now give that {3}.").format(
                    each["name"], side, each["break_even"]["value"], percent(each["p_good"]["value"])
                )
            )
        )
    rows = [
        ("", _("EVPPI"), _("first-order"), _("total"), _("NPV at 5 %"), _("at 95 %"), _("break-even"), _("P(good)"))
    ]
    for each in parameters[:top]:
        rows.append(
            (
                each["name"],
                estimate(each["evppi"]),
                by_locale(f"{each['first_order']['value']:.2f}"),
                by_locale(f"{each['total']['value']:.2f}"),
                money(each["low"]["value"]),
                money(each["high"]["value"]),
                "–" if each["break_even"] is None else by_locale(f"{each['break_even']['value']:.3g}"),
                percent(each["p_good"]["value"]),
            )
        )
    lines += ["", *table(rows)]
    if len(parameters) > top:
        lines.append(_("and {0} more in --json").format(len(parameters) - top))
    lines += ["", _("Tornado, expected NPV of committing, {0}, others free").format(currency)]
    lines += _tornado(sorted(parameters, key=lambda p: -abs(p["high"]["value"] - p["low"]["value"]))[:8])
    groups = [("", _("EVPPI together"))]
    groups += [(f"{g['name']}: {_(g['meaning'])}", estimate(g["evppi"])) for g in result["groups"]]
    lines += ["", *table(groups)]
    if result["map"] is not None:
        lines += ["", *_map(result["map"], currency)]
    if result["regions"] is not None:
        lines += ["", _("Where it loses money:")]
        lines += [_wrapped(f"  {region_sentence(region)}", "    ") for region in result["regions"]] or [
            _("  nowhere in particular")
        ]
    lines += [
        "",
        *labelled(
            [
                (
                    _("Basis"),
                    _("{0}; indices account for {1:.0f} %").format(basis_line(result), 100 * result["explained"]),
                )
            ]
        ),
    ]
    return "\n".join(lines)


def _tornado(parameters: Sequence[Mapping[str, Any]], width: int = 40) -> list[str]:
    ends = [each[key]["value"] for each in parameters for key in ("low", "high")]
    low, high = min([*ends, 0.0]), max([*ends, 0.0])
    span = (high - low) or 1.0
    zero = round((0.0 - low) / span * width)
    found = []
    size = max(len(each["name"]) for each in parameters)
    for each in parameters:
        a, b = sorted((each["low"]["value"], each["high"]["value"]))
        left, right = round((a - low) / span * width), round((b - low) / span * width)
        bar = "".join("█" if left <= i <= right else "│" if i == zero else " " for i in range(width + 1))
        found.append(f"  {each['name']:<{size}}  {bar}  {money(each['low']['value'])} … {money(each['high']['value'])}")
    return found


def shade(value: float, low: float, high: float) -> str:
    """Return a shade by size, with a sign for what is below 0."""
    span = max(abs(low), abs(high)) or 1.0
    mark = _SHADES[min(int(abs(value) / span * len(_SHADES)), len(_SHADES) - 1)]
    return f"{'−' if value < 0 else '+'}{mark}"


def _map(told: Mapping[str, Any], currency: str) -> list[str]:
    values = told["npv"]
    flat = [value for row in values for value in row]
    found = [
        _("Expected NPV, {0}, by {1} (down) and {2} (across); + pays, − loses").format(currency, told["x"], told["y"])
    ]
    head = ["", *(by_locale(f"{y:.2g}") for y in told["at_y"])]
    rows = [head] + [
        [by_locale(f"{x:.3g}"), *(shade(value, min(flat), max(flat)) for value in row)]
        for x, row in zip(told["at_x"], values, strict=True)
    ]
    return [*found, *(f"  {line}" for line in table(rows))]


def region_sentence(region: Mapping[str, Any]) -> str:
    """Return where it loses money, in a sentence."""
    sides = {"above": ">", "at_most": "≤"}
    rules = _(" and ").join(f"{r['name']} {sides[r['side']]} {r['value']:.3g}" for r in region["rules"])
    return _("{0}: {1} of 100 futures there lose, and {2} of 100 that lose are there").format(
        rules, of_hundred(region["density"]), of_hundred(region["coverage"])
    )


def explain_text(result: Mapping[str, Any]) -> str:
    """Return what `txsim explain` prints."""
    currency, total = result["currency"], result["total"]
    lines = [
        _("{0} · which paths carry the payoff of `{1}`?").format(
            _clean(result["scenario"]), option_name(result["option"])
        ),
        "",
    ]
    paths = [each for each in result["paths"] if each["path"] != "programme_cost"]
    gained = sum(each["shapley_npv"] for each in paths)
    leading = [each for each in paths if each["shapley_npv"] > 0][:3]
    if leading and gained > 0:
        shares = ", ".join(f"{_(each['meaning'])} {100 * each['shapley_npv'] / gained:.0f} %" for each in leading)
        lines.append(
            _wrapped(_("Before cost it is worth {0} {1}, carried by {2}.").format(money(gained), currency, shares))
        )
    lines += [_wrapped(result["recommendation"]["sentence"]), ""]
    rows = [("", _("share of NPV, {0}").format(currency), _("of ΔCX, points"), _("NPV without it"), _("change"))]
    for each in result["paths"]:
        rows.append(
            (
                _(each["meaning"]),
                money(each["shapley_npv"]),
                signed(each["shapley_delta"], 2),
                money(each["switched_off_npv"]),
                money(each["switched_off_npv"] - total["npv"]),
            )
        )
    rows.append((_("total"), money(total["npv"]), signed(total["delta"], 2), "", ""))
    lines += table(rows)
    lines += [
        "",
        *labelled(
            [
                (_("Shares"), _("Shapley values: each path's part averaged over all orders of switching on")),
                (_("Basis"), basis_line(result)),
            ]
        ),
    ]
    return "\n".join(lines)
