# SPDX-License-Identifier: MIT
"""What `txsim run` prints: the answer first, then how sure, then why; 80 to 100 columns, no colour needed."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from txsim.language import _, plural
from txsim.language.numbers import currency_name, number, of_hundred, percent
from txsim.report.words import basis, money, option_name, signed, sparkline, verdict_sentence
from txsim.report.words import percent as chance

__all__ = ["run_text"]


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, 96, subsequent_indent=indent, break_long_words=False)


def _clean(text: str) -> str:
    """Keep a title on one line, without characters that would steer a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)[:200]


def run_text(summary: Mapping[str, Any], organisation: str, bands: Mapping[str, Sequence[float]] | None = None) -> str:
    """Return the report of a run.

    Parameters
    ----------
    summary
        From :meth:`txsim.forecast.Forecast.summary`.
    organisation
        Name of the organisation.
    bands
        Quantiles of cumulative payoff by month, ``p05``, ``p50`` and ``p95``, of the option `commit`.
    """
    currency = currency_name(summary["currency"])
    kind = _("nominal") if summary["rate_kind"] == "nominal" else _("real")
    rate = 100 * summary["discount_rate"]
    head = " · ".join(
        part
        for part in (
            _clean(summary["scenario"]),
            _clean(organisation),
            plural("{n} month", "{n} months", summary["horizon_months"]),
            _("{rate} a year {kind}").format(rate=percent(rate / 100, 0 if rate == round(rate) else 1), kind=kind),
            currency,
        )
        if part
    )
    lines = [head]
    if summary["question"]:
        lines.append(_wrapped(_clean(summary["question"])))
    lines += ["", _wrapped(verdict_sentence(summary))]
    if summary.get("recommendation"):
        lines.append(_wrapped(summary["recommendation"]["sentence"]))
    fixed = summary["fixed_by_author"]
    if fixed:
        shown = ", ".join(fixed[:6])
        if len(fixed) > 6:
            shown += " " + plural("and {n} more", "and {n} more", len(fixed) - 6)
        lines.append(_wrapped(_("You fixed by hand, so it is not counted as uncertain: {names}.").format(names=shown)))
    lines += ["", *_table(summary), ""]
    if bands:
        lines += [*_plot(bands, currency), ""]
    lines += _why(summary)
    return "\n".join(lines)


def _table(summary: Mapping[str, Any]) -> list[str]:
    options = summary["options"]
    largest = max(abs(o["npv"][key]) for o in options.values() for key in ("p05", "p95", "mean"))
    size, letter = (1e6, _("M")) if largest >= 1e7 else (1e3, _("k")) if largest >= 1e4 else (1.0, "")
    money_unit = f"{letter} {currency_name(summary['currency'])}".strip()
    head = (
        "",
        _("NPV, {unit}").format(unit=money_unit),
        "90 %",
        _("P(loss)"),
        "CVaR 5 %",
        _("ROI"),
        _("paid back"),
        _("peak"),
    )
    rows = [head]
    for name, option in options.items():
        npv = option["npv"]
        within = option["payback_month"]
        digits = 1 if largest / size < 100 else 0
        times = "–"
        if within is not None:
            times = _("{n} of 100").format(n=of_hundred(within["p_within_horizon"]))
        rows.append(
            (
                option_name(name),
                f"{signed(npv['mean'] / size, digits)} ±{number(npv['mcse'] / size, digits or 1)}",
                f"{signed(npv['p05'] / size)} … {signed(npv['p95'] / size)}",
                chance(option["p_loss"]["value"]),
                signed(option["cvar05"]["value"] / size),
                "–" if option["roi"] is None else f"{signed(100 * option['roi'])} %",
                times,
                number(option["peak_funding"]["mean"] / size),
            )
        )
    note = plural(
        "± Monte Carlo error · paid back: futures in which it pays back within {n} month · peak: mean peak funding",
        "± Monte Carlo error · paid back: futures in which it pays back within {n} months · peak: mean peak funding",
        summary["horizon_months"],
    )
    return [*_columns(rows), note, "", *_moved(summary)]


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows in columns, the first to the left, figures to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(widths[i]) if i == 0 else cell.rjust(widths[i]) for i, cell in enumerate(row)).rstrip()
        for row in rows
    ]


def _moved(summary: Mapping[str, Any]) -> list[str]:
    """Return by how much customers and staff have moved at the horizon, in the scales that they are measured in."""
    options = summary["options"]
    first = next(iter(options.values()))["delta"]
    nodes = [node for node in ("cx", *first) if node.partition("[")[0] in ("cx", "ex") and node in first]
    nodes = [
        node
        for node in dict.fromkeys(nodes)
        if any(o["delta"][node]["sd"] or o["delta"][node]["mean"] for o in options.values())
    ]
    if not nodes:
        return [_("Neither customers nor staff move.")]
    head = [_("moved in month {n} (90 %)").format(n=summary["horizon_months"])]
    for node in nodes[:3]:
        unit = _(first[node].get("measured", {}).get("unit", "points"))
        kind, _bracket, group = node.rstrip("]").partition("[")
        head.append(f"{kind.upper()} {group}, {unit}" if group else f"{kind.upper()}, {unit}")
    rows = [head]
    for name, option in options.items():
        row = [option_name(name)]
        for node in nodes[:3]:
            delta = option["delta"][node]
            told = delta.get("measured", delta)
            low, high = (signed(told[q], 1, plus=False) for q in ("p05", "p95"))
            row.append(f"{signed(told['mean'], 1)} ({low} … {high})")
        rows.append(row)
    return _columns(rows)


def _plot(bands: Mapping[str, Sequence[float]], currency: str) -> list[str]:
    months = len(bands["p50"])
    step = max(1, months // 48)
    low = min(min(bands["p05"]), 0.0)
    high = max(max(bands["p95"]), 0.0)
    head = _("Cumulative payoff of commit now, {currency}, months 1 … {months} (from {low} to {high})")
    found = [head.format(currency=currency, months=months, low=money(low), high=money(high))]
    for key, label in (("p95", "95 %"), ("p50", _("median")), ("p05", "5 %")):
        end = money(bands[key][-1])
        found.append(f"  {label:>7}  {sparkline(list(bands[key])[::step], low, high)}  {end}")
    return found


def _pilots(told: Mapping[str, Any]) -> str:
    """Return what finished pilots did to the forecast."""
    if not told["counted"]:
        words = _(
            "{file} stands beside the scenario but is not named in it: these figures know nothing of it; add the line"
        )
        return f"{words.format(file=told['file'])} `pilots: {told['file']}`"
    words = plural("updated with your pilot", "updated with your {n} pilots", told["counted"])
    read = "; ".join(f"{r['node']} {signed(r['points'], 1)} ± {number(r['error'], 1)}" for r in told["readings"][:3])
    text = f"{words} ({read})"
    if told["effective_draws"] < 400:
        few = _("only {n} draws agree with what was measured, so that figures are rough: more --draws help")
        text += "; " + few.format(n=number(told["effective_draws"]))
    return text


def _why(summary: Mapping[str, Any]) -> list[str]:
    found: list[tuple[str, str]] = []
    commit = summary["options"]["commit"]
    pilots = summary.get("pilots")
    if pilots is not None:
        found.append((_("Pilots"), _pilots(pilots)))
    if commit["npv_other_bridge"] is not None:
        found.append((_("Two bridges"), _bridges(summary)))
    later = next(value for key, value in summary["verdict"].items() if key != "horizon")
    told = _("at {months} months the best by mean NPV is: {option}").format(
        months=summary["horizon_months"] + 24, option=option_name(later["option"])
    )
    if commit["runoff"] is not None:
        counted = _("counted") if summary["terminal"] == "runoff" else _("not counted")
        kept = _("customers kept are worth another {amount} ({counted})")
        told = f"{kept.format(amount=money(commit['runoff']['mean']), counted=counted)}; {told}"
    found.append((_("After the horizon"), told))
    nothing = summary["do_nothing"]
    if nothing["customers_end"] is not None:
        told = _("{n} customers at the end").format(n=number(nothing["customers_end"]["mean"]))
        if nothing["pv_profit"] is not None:
            told += _(", profit worth {amount} today").format(amount=money(nothing["pv_profit"]["mean"]))
        found.append((_("Do nothing"), told))
    if summary["standing_still"] is not None:
        cost = money(-summary["standing_still"]["mean"])
        found.append((_("Standing still"), _("rivals cost {amount} if nothing is done").format(amount=cost)))
    claims = summary["claims"]
    if claims:
        moved = sorted(claims, key=lambda c: abs(c["posterior_credibility"] - c["credibility"]), reverse=True)[:3]
        told = "; ".join(f"{c['id']} {chance(c['credibility'])} → {chance(c['posterior_credibility'])}" for c in moved)
        label = plural("{n} claim", "{n} claims", len(claims))
        found.append((label, _("credible before → after: {told}").format(told=told)))
    # A claim that is used only where it is named is not missed.
    missed = {name: why for name, why in summary.get("left_out", {}).items() if "only where it is named" not in why}
    if missed:
        told = "; ".join(f"{name} ({why})" for name, why in list(missed.items())[:3])
        if len(missed) > 3:
            told += " " + plural("and {n} more", "and {n} more", len(missed) - 3)
        found.append((_("Not scored"), told))
    if summary["impossible_draws"]:
        told = plural(
            "{n} draw whose loops feed themselves without end",
            "{n} draws whose loops feed themselves without end",
            summary["impossible_draws"],
        )
        found.append((_("Left out"), told))
    seed = _("{basis}; {draws} draws, seed {seed}, calibration {hash}").format(
        basis=basis(summary),
        draws=number(summary["draws"]),
        seed=summary["seed"],
        hash=summary["calibration"]["hash"][:12],
    )
    found.append((_("Basis"), seed))
    width = max(len(name) for name, _told in found) + 2
    return [_wrapped(f"{name:<{width}}{told}", " " * width) for name, told in found]


def _bridges(summary: Mapping[str, Any]) -> str:
    check = summary["cross_check"]
    other = "margin" if summary["bridge"] == "customers" else "customers"
    amount = money(summary["options"]["commit"]["npv_other_bridge"]["mean"])
    told = _("`{bridge}` pays; `{other}` would say {amount}").format(
        bridge=summary["bridge"], other=other, amount=amount
    )
    if check is None or check["p_within_factor_2"] is None:
        return told
    agree = _("; on the CX part they agree (within a factor of 2 with probability {p})")
    if not check["agree"]:
        agree = _("; on the CX part they DISAGREE, so look at both (within a factor of 2 with probability {p})")
    return told + agree.format(p=number(check["p_within_factor_2"], 2))
