# SPDX-License-Identifier: MIT
"""What the decision commands print: the answer first, then how sure, then why. Computes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from txsim.report.text import _clean, _wrapped
from txsim.report.words import OPTION_NAMES, money, signed

__all__ = [
    "compare_text",
    "diff_text",
    "explain_text",
    "pilot_text",
    "recommendation_sentence",
    "rule_sentence",
    "sensitivity_text",
    "whatif_text",
    "with_sentence",
]

_POLICIES = {"commit_review": "commit now and review", "pilot_then_decide": "pilot first, then scale or stop"}
_NAMES = {**OPTION_NAMES, **_POLICIES}
#: In tables, where there is little room.
_SHORT = {"commit": "commit", "commit_review": "commit, review", "pilot_then_decide": "pilot, decide"}
_CRITERIA = {"mean_npv": "mean NPV"}
_REASONS = {
    "nobody_changes_mind": "nobody would change their mind: the choice is the same whatever is true",
    "cannot_be_read": "it cannot be read in that time: the signal drowns in the noise of units and respondents",
    "review_is_better": "rolling out and reviewing is better: it learns as much without the delay",
    "costs_more_than_it_tells": "what it tells is worth less than its cost and its delay",
}
_SHADES = "·░▒▓█"


def option_name(name: str) -> str:
    """Return what an option, or `scenario/option`, is called."""
    scenario, slash, option = name.rpartition("/")
    told = _NAMES.get(option, option)
    return f"{scenario}: {told}" if slash else told


def _short(name: str) -> str:
    """Return what an option, or `scenario/option`, is called in a table."""
    scenario, slash, option = name.rpartition("/")
    told = _SHORT.get(option, _NAMES.get(option, option))
    return f"{scenario}: {told}" if slash else told


def recommendation_sentence(told: Mapping[str, Any], currency: str) -> str:
    """Return the recommendation in plain words: what, by what criterion, how firmly, what would change it."""
    option, means = told["option"], told["mean_npv"]
    parts = [f"Recommended by {_CRITERIA.get(told['criterion'], told['criterion'])}: {option_name(option)}"]
    if option == "do_nothing":
        parts[0] += " yet"
        if told["runner_up"] is not None:
            mean = means[told["runner_up"]]
            verb = "pay" if mean >= 0 else "lose"
            parts[0] += f"; {option_name(told['runner_up'])} is expected to {verb} {money(abs(mean))} {currency}"
    else:
        parts[0] += f", expected to pay {money(means[option])} {currency}"
        if told["runner_up"] is not None:
            parts[0] += f", {money(told['margin'])} more than {option_name(told['runner_up'])}"
    parts[0] += "."
    if told["refused"]:
        parts.append(f"The limits exclude what would pay more: {', '.join(option_name(o) for o in told['refused'])}.")
    if told["too_close"]:
        parts.append(f"Too close to call: {money(told['margin'])} ± {money(told['mcse'])} decide it.")
    if told["fragile"]:
        parts.append(f"Fragile: {_flips(told['flips'])}.")
    return " ".join(parts)


def _flips(flips: Sequence[Mapping[str, Any]]) -> str:
    found: dict[str, list[str]] = {}
    for flip in flips:
        cause = (
            f"without the claim {flip['name']}"
            if flip["kind"] == "claim"
            else f"with {flip['name']} at {flip['value']:.3g}"
        )
        found.setdefault(flip["option"], []).append(cause)
    told = []
    for option, causes in found.items():
        more = f" (and {len(causes) - 3} more)" if len(causes) > 3 else ""
        told.append(f"it would be `{option_name(option)}` {' or '.join(causes[:3])}{more}")
    return "; ".join(told)


def with_sentence(result: dict[str, Any], currency: str) -> dict[str, Any]:
    """Return plain data with the recommendation's sentence in it."""
    told = result.get("recommendation")
    if told is None:
        return result
    return {**result, "recommendation": {**told, "sentence": recommendation_sentence(told, currency)}}


def rule_sentence(rule: Mapping[str, Any]) -> str:
    """Return the decision rule in words that can be pinned to the wall."""
    months = rule["months"]
    start = f"After {months} month{'s' if months != 1 else ''}"
    limit, threshold = rule["overrun_limit"], rule["threshold"]
    if threshold is None and limit is None:
        return f"{start}, {rule['always']} whatever the survey says: no reading would change the choice."
    if threshold is None:
        bound = "unless the bills run more than" if limit >= 0 else "only if the bills run at least"
        side = "above" if limit >= 0 else "below"
        return (
            f"{start}, scale {bound} {100 * abs(limit):.0f} % {side} plan; no reading of the survey would change the "
            "choice."
        )
    where = "in pilot units" if rule["by_unit"] else "in the whole firm"
    verb = "risen" if threshold >= 0 else "fallen"
    # More than the threshold is wanted where more is better, less where less is.
    at_least = "at least" if (threshold >= 0) == rule["rises"] else "no more than"
    against = " more than in control units" if rule["control"] else ""
    sentence = (
        f"{start}, scale if {rule['node']} {where} has {verb} by {at_least} {abs(threshold):.3g} "
        f"{rule['unit']}{against}; else stop."
    )
    over = rule["threshold_if_over_budget"]
    if over is not None and abs(over - threshold) > 0.05 * max(abs(threshold), 1e-9):
        sentence += f" If the bills run a quarter above plan, ask for {over:.3g}."
    return sentence


def _estimate(told: Mapping[str, float]) -> str:
    return f"{money(told['value'])} ± {money(told['mcse'])}"


def _table(rows: Sequence[Sequence[str]], left: int = 1) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(widths[i]) if i < left else cell.rjust(widths[i]) for i, cell in enumerate(row)).rstrip()
        for row in rows
    ]


def _labelled(found: Sequence[tuple[str, str]]) -> list[str]:
    width = max(len(name) for name, _ in found) + 2
    return [_wrapped(f"{name:<{width}}{told}", " " * width) for name, told in found]


def _basis(result: Mapping[str, Any]) -> str:
    return f"{result['draws']:,} draws, seed {result['seed']}; ± is the Monte Carlo error"


def pilot_text(result: Mapping[str, Any]) -> str:
    """Return what `txsim pilot` prints."""
    currency, stated, best = result["currency"], result["stated"], result["best_design"]
    lines = [f"{_clean(result['scenario'])} · is a pilot worth it?", ""]
    net = result["pilot_net"]
    verdict = (
        f"The stated pilot is worth {money(net['value'])} {currency} more than the best choice without one."
        if result["worth_it"]
        else f"The stated pilot is not worth it: it is {money(-net['value'])} {currency} worse than the best choice "
        "without one."
    )
    if best is None:
        why = "; ".join(_REASONS[reason] for reason in result["reasons"])
        verdict += f" Nor is any other of {len(result['design'])} designs: {why}."
    elif not result["worth_it"]:
        verdict += f" Another design would be: {_design(best)}, worth {money(best['pilot_net']['value'])} {currency}."
    lines += [
        _wrapped(verdict),
        _wrapped(result["recommendation"]["sentence"]),
        "",
        _wrapped(f"Rule: {result['rule']}"),
        f"By it {100 * result['rule_details']['p_scale']:.0f} of 100 pilots end in scaling.",
    ]
    if result["capped_respondents"] is not None:
        lines.append(
            _wrapped(
                f"Only {result['capped_respondents']:.0f} people can answer a wave in pilot units, not "
                f"{stated['respondents']:.0f}; counted are those who can."
            )
        )
    head = ("pilot", "units", "months", "answers", "control", "EVSI", "net worth", "right", "false go", "false stop")
    rows: list[tuple[str, ...]] = [head]
    shown = [("stated", stated)]
    if best is not None and best != stated:
        shown.append(("best", best))
    others = sorted(result["design"], key=lambda each: -each["pilot_net"]["value"])
    shown += [("", each) for each in others if each not in (stated, best)][:5]
    for name, each in shown:
        rows.append(
            (
                name,
                f"{100 * each['scope']:.0f} %",
                str(each["months"]),
                f"{each['respondents']:.0f}",
                "yes" if each["control"] else "no",
                _estimate(each["evsi"]),
                _estimate(each["pilot_net"]),
                *(f"{100 * each[key]['value']:.0f} %" for key in ("assurance", "false_go", "false_stop")),
            )
        )
    lines += ["", *_table(rows), ""]
    lines += _labelled(
        [
            ("Perfect information", f"EVPI {_estimate(result['evpi'])} {currency} for the choice to scale or stop"),
            (
                "Designs tried",
                f"{len(result['design'])}, all in --json; right: probability of the action right in truth",
            ),
            ("Basis", _basis(result)),
        ]
    )
    return "\n".join(lines)


def _design(each: Mapping[str, Any]) -> str:
    control = "control" if each["control"] else "no control"
    size = f"{100 * each['scope']:.0f} % of units, {each['months']} months"
    return f"{size}, {each['respondents']:.0f} answers a wave, {control}"


def sensitivity_text(result: Mapping[str, Any], top: int = 10) -> str:
    """Return what `txsim sensitivity` prints."""
    currency = result["currency"]
    lines = [f"{_clean(result['scenario'])} · what drives it, and what is worth knowing?", ""]
    parameters = result["parameters"]
    if not parameters:
        lines.append("Nothing is uncertain: every figure was stated as a plain number.")
        return "\n".join([*lines, _wrapped(result["recommendation"]["sentence"])])
    # What stands out of its own Monte Carlo error.
    clear = [each for each in parameters if each["evppi"]["value"] > 2 * each["evppi"]["mcse"]]
    answer = f"Knowing everything would be worth {_estimate(result['evpi'])} {currency}"
    if clear:
        answer += f"; most of all {clear[0]['name']}, worth {money(clear[0]['evppi']['value'])} alone"
    lines += [_wrapped(answer + "."), _wrapped(result["recommendation"]["sentence"])]
    even = [each for each in clear[:top] if each["break_even"] is not None][:3]
    for each in even:
        side = ">" if each["good_above"] else "<"
        lines.append(
            _wrapped(
                f"Committing pays when {each['name']} {side} {each['break_even']['value']:.3g}; you now give that "
                f"{100 * each['p_good']['value']:.0f} %."
            )
        )
    rows = [("", "EVPPI", "first-order", "total", "NPV at 5 %", "at 95 %", "break-even", "P(good)")]
    for each in parameters[:top]:
        rows.append(
            (
                each["name"],
                _estimate(each["evppi"]),
                f"{each['first_order']['value']:.2f}",
                f"{each['total']['value']:.2f}",
                money(each["low"]["value"]),
                money(each["high"]["value"]),
                "–" if each["break_even"] is None else f"{each['break_even']['value']:.3g}",
                f"{100 * each['p_good']['value']:.0f} %",
            )
        )
    lines += ["", *_table(rows)]
    if len(parameters) > top:
        lines.append(f"and {len(parameters) - top} more in --json")
    lines += ["", f"Tornado, expected NPV of committing, {currency}, others free"]
    lines += _tornado(sorted(parameters, key=lambda p: -abs(p["high"]["value"] - p["low"]["value"]))[:8])
    groups = [("", "EVPPI together")]
    groups += [(f"{g['name']}: {g['meaning']}", _estimate(g["evppi"])) for g in result["groups"]]
    lines += ["", *_table(groups)]
    if result["map"] is not None:
        lines += ["", *_map(result["map"], currency)]
    if result["regions"] is not None:
        lines += ["", "Where it loses money:"]
        lines += [_wrapped(f"  {_region(region)}", "    ") for region in result["regions"]] or [
            "  nowhere in particular"
        ]
    lines += ["", *_labelled([("Basis", f"{_basis(result)}; indices account for {100 * result['explained']:.0f} %")])]
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


def _shade(value: float, low: float, high: float) -> str:
    """Return a shade by size, with a sign for what is below 0."""
    span = max(abs(low), abs(high)) or 1.0
    mark = _SHADES[min(int(abs(value) / span * len(_SHADES)), len(_SHADES) - 1)]
    return f"{'−' if value < 0 else '+'}{mark}"


def _map(told: Mapping[str, Any], currency: str) -> list[str]:
    table = told["npv"]
    flat = [value for row in table for value in row]
    found = [f"Expected NPV, {currency}, by {told['x']} (down) and {told['y']} (across); + pays, − loses"]
    head = ["", *(f"{y:.2g}" for y in told["at_y"])]
    rows = [head] + [
        [f"{x:.3g}", *(_shade(value, min(flat), max(flat)) for value in row)]
        for x, row in zip(told["at_x"], table, strict=True)
    ]
    return [*found, *(f"  {line}" for line in _table(rows))]


def _region(region: Mapping[str, Any]) -> str:
    sides = {"above": ">", "at_most": "≤"}
    rules = " and ".join(f"{r['name']} {sides[r['side']]} {r['value']:.3g}" for r in region["rules"])
    return (
        f"{rules}: {100 * region['density']:.0f} of 100 futures there lose, and {100 * region['coverage']:.0f} of 100 "
        f"that lose are there"
    )


def explain_text(result: Mapping[str, Any]) -> str:
    """Return what `txsim explain` prints."""
    currency, total = result["currency"], result["total"]
    lines = [f"{_clean(result['scenario'])} · which paths carry the payoff of `{option_name(result['option'])}`?", ""]
    paths = [each for each in result["paths"] if each["path"] != "programme_cost"]
    gained = sum(each["shapley_npv"] for each in paths)
    leading = [each for each in paths if each["shapley_npv"] > 0][:3]
    if leading and gained > 0:
        shares = ", ".join(f"{each['meaning']} {100 * each['shapley_npv'] / gained:.0f} %" for each in leading)
        lines.append(_wrapped(f"Before cost it is worth {money(gained)} {currency}, carried by {shares}."))
    lines += [_wrapped(result["recommendation"]["sentence"]), ""]
    rows = [("", f"share of NPV, {currency}", "of ΔCX, points", "NPV without it", "change")]
    for each in result["paths"]:
        rows.append(
            (
                each["meaning"],
                money(each["shapley_npv"]),
                signed(each["shapley_delta"], 2),
                money(each["switched_off_npv"]),
                money(each["switched_off_npv"] - total["npv"]),
            )
        )
    rows.append(("total", money(total["npv"]), signed(total["delta"], 2), "", ""))
    lines += _table(rows)
    lines += [
        "",
        *_labelled(
            [
                ("Shares", "Shapley values: each path's part averaged over all orders of switching on"),
                ("Basis", _basis(result)),
            ]
        ),
    ]
    return "\n".join(lines)


def compare_text(result: Mapping[str, Any]) -> str:
    """Return what `txsim compare` prints."""
    currencies = dict.fromkeys(each["currency"] for each in result["scenarios"])
    currency = next(iter(currencies))
    count = len(result["scenarios"])
    lines = [f"{count} scenario{'s' if count > 1 else ''} on common random numbers", ""]
    lines += [f"Warning: {text}." for text in result["warnings"]]
    told = result["recommendation"]
    if told is not None:
        lines.append(_wrapped(told["sentence"]))
    if result["beliefs"] is not None:
        beliefs = result["beliefs"]
        text = "These scenarios rest on different beliefs, so there is no single probability of being best"
        lines.append(_wrapped(text + ("." if result["mix"] else "; weigh the beliefs by --mix name=weight,….")))
        cells = {(cell["belief"], cell["action"]): cell for cell in beliefs["cells"]}
        rows = [(f"mean NPV, {currency}", *beliefs["names"])]
        rows += [
            (_short(action), *(_estimate(cells[belief, action]["npv"]) for belief in beliefs["names"]))
            for action in beliefs["actions"]
        ]
        lines += ["", *_table(rows)]
    else:
        rows = [("", f"mean NPV, {currency}", "90 %", "P(loss)", "CVaR 5 %", "P(best)", "regret", "")]
        for each in sorted(result["options"], key=lambda row: -row["npv"]["mean"]):
            npv, name = each["npv"], each["name"]
            rows.append(
                (
                    _short(name),
                    f"{money(npv['mean'])} ± {money(npv['mcse'])}",
                    f"{money(npv['p05'])} … {money(npv['p95'])}",
                    f"{100 * each['p_loss']:.0f} %",
                    money(each["cvar05"]["value"]),
                    f"{100 * result['p_best'][name]:.0f} %",
                    money(result["expected_regret"][name]),
                    "frontier" if name in result["frontier"] else "",
                )
            )
        lines += ["", *_table(rows)]
        lines.append("P(best), regret: against all options here · frontier: no option is better in both mean and CVaR")
        about = [d for d in result["differences"] if told is None or told["option"] in (d["a"], d["b"])]
        shown = sorted(about, key=lambda each: abs(each["mean"]))[:6]
        if shown:
            rows = [("difference", "mean", "90 %", "first is better in")]
            rows += [
                (
                    f"{_short(d['a'])} − {_short(d['b'])}",
                    f"{money(d['mean'])} ± {money(d['mcse'])}",
                    f"{money(d['p05'])} … {money(d['p95'])}",
                    f"{100 * d['p_positive']:.0f} %",
                )
                for d in shown
            ]
            lines += ["", *_table(rows)]
            if len(result["differences"]) > len(shown):
                lines.append(f"and {len(result['differences']) - len(shown)} more in --json")
        first = [d for d in result["dominance"] if d["order"] == 1][:4]
        lines += [f"{option_name(d['a'])} pays more than {option_name(d['b'])} at every probability." for d in first]
    if result["portfolio"] is not None:
        lines += ["", *_portfolio(result["portfolio"], currency)]
    lines += ["", *_labelled([("Basis", _basis(result))])]
    return "\n".join(lines)


def _portfolio(told: Mapping[str, Any], currency: str) -> list[str]:
    names = ", ".join(told["drivers"]) or "nothing: no set under this budget is expected to pay"
    lines = [
        _wrapped(
            f"Under a budget of {money(told['budget'])} {currency}: {names}; expected to pay "
            f"{_estimate(told['joint'])} {currency} for a cost of {money(told['pv_cost'])}."
        )
    ]
    if len(told["drivers"]) > 1:
        effect = told["interaction"]
        verb = "strengthen" if effect > 0 else "get in each other's way"
        lines.append(
            _wrapped(
                f"The sum of each alone would be {money(told['additive'])}; "
                f"together they {verb} by {money(abs(effect))}."
            )
        )
    if told["best_additive"] != told["drivers"]:
        lines.append(_wrapped(f"By the sum alone it would have been: {', '.join(told['best_additive']) or 'nothing'}."))
    return lines


def whatif_text(result: Mapping[str, Any]) -> str:
    """Return what `txsim whatif` prints: a list for one axis, a map for two."""
    currency, vary = result["currency"], result["vary"]
    lines = [f"{_clean(result['scenario'])} · what if?", ""]
    best = dict.fromkeys(cell["best"] for cell in result["cells"])
    if len(best) == 1:
        lines.append(_wrapped(f"Whatever the values: {option_name(next(iter(best)))}."))
    else:
        lines.append(_wrapped(f"The best choice depends on them: {', '.join(option_name(name) for name in best)}."))
    if len(vary) == 2:
        rows_of, columns_of = vary
        at = {(c["values"][rows_of["path"]], c["values"][columns_of["path"]]): c for c in result["cells"]}
        values = [c["npv"]["commit"]["value"] for c in result["cells"]]
        rows = [[f"{rows_of['path']} ↓  {columns_of['path']} →", *columns_of["values"]]]
        for a in rows_of["values"]:
            cells = [at[a, b] for b in columns_of["values"]]
            rows.append(
                [a]
                + [
                    f"{_shade(value, min(values), max(values))} {money(value)}"
                    for value in (c["npv"]["commit"]["value"] for c in cells)
                ]
            )
        lines += ["", f"Expected NPV of committing now, {currency}", *_table(rows)]
        rows = [[f"{rows_of['path']} ↓  {columns_of['path']} →", *columns_of["values"]]]
        for a in rows_of["values"]:
            cells = [at[a, b] for b in columns_of["values"]]
            rows.append([a, *(_short(c["best"]) + (" ?" if c["too_close"] else "") for c in cells)])
        lines += ["", "Best by the scenario's criterion (?: too close to call)", *_table(rows)]
    else:
        names = list(result["cells"][0]["npv"])
        rows = [[" · ".join(axis["path"] for axis in vary), *(_short(n) for n in names if n != "do_nothing"), "best"]]
        for cell in result["cells"]:
            told = [
                _estimate(cell["npv"][name]) if name in cell["npv"] else "–" for name in names if name != "do_nothing"
            ]
            close = " ?" if cell["too_close"] else ""
            rows.append([" · ".join(cell["values"].values()), *told, _short(cell["best"]) + close])
        lines += ["", f"Expected NPV, {currency} (?: too close to call)", *_table(rows)]
    lines += ["", *_labelled([("Basis", _basis(result))])]
    return "\n".join(lines)


def _value(told: Any) -> str:
    if isinstance(told, Mapping) and told.get("distribution") == "point":
        return f"{told['value']:g}"
    if isinstance(told, Mapping) and "distribution" in told:
        numbers = ", ".join(f"{v:.4g}" for k, v in told.items() if isinstance(v, int | float))
        return f"{told['distribution']}({numbers})"
    if told is None:
        return "–"
    return _clean(str(told))[:40]


def diff_text(result: Mapping[str, Any]) -> str:
    """Return what `txsim diff` prints: a waterfall from one result to the other."""
    a, b = result["a"], result["b"]
    lines = [f"From {_clean(a['name'])} to {_clean(b['name'])} · {option_name(result['option'])}", ""]
    total = result["total"]
    if not result["changes"]:
        lines.append("The two say the same; what differs is seed, number of draws or version.")
    else:
        first = result["changes"][0]
        told = f"The expected NPV moves by {money(total)}, most of all by {first['input']} ({money(first['npv'])})."
        lines.append(_wrapped(told))
    steps = [("first", a["npv"], "")]
    steps += [
        (
            c["input"],
            c["npv"],
            "" if c["before"] is None and c["after"] is None else f"{_value(c['before'])} → {_value(c['after'])}",
        )
        for c in result["changes"]
    ]
    if abs(result["random_numbers"]) > 0:
        steps.append(("random numbers", result["random_numbers"], "seed, draws or version"))
    level = 0.0
    levels = []
    for _, value, _ in steps:
        levels.append((level, level + value))
        level += value
    low = min(min(pair) for pair in levels)
    high = max(max(pair) for pair in levels)
    span = (max(high, 0.0) - min(low, 0.0)) or 1.0
    rows = []
    for (name, value, note), (start, end) in zip(steps, levels, strict=True):
        left, right = sorted((start, end))
        at = [round((x - min(low, 0.0)) / span * 30) for x in (left, right)]
        bar = "".join("█" if at[0] <= i <= at[1] else " " for i in range(31))
        rows.append((name, money(value), bar, note))
    at = [round((x - min(low, 0.0)) / span * 30) for x in sorted((0.0, b["npv"]))]
    rows.append(("second", money(b["npv"]), "".join("█" if at[0] <= i <= at[1] else " " for i in range(31)), ""))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines.append("")
    lines += [f"{n:<{widths[0]}}  {v:>{widths[1]}}  {bar}  {note}".rstrip() for n, v, bar, note in rows]
    return "\n".join(lines)
