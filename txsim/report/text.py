# SPDX-License-Identifier: MIT
"""What `txsim run` prints: the answer first, then how sure, then why; 80 to 100 columns, no colour needed."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from txsim.report.words import OPTION_NAMES, basis, money, signed, sparkline, verdict_sentence

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
    currency = summary["currency"]
    head = " · ".join(
        part
        for part in (
            _clean(summary["scenario"]),
            _clean(organisation),
            f"{summary['horizon_months']} months",
            f"{100 * summary['discount_rate']:g} % a year {summary['rate_kind']}",
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
        shown = ", ".join(fixed[:6]) + (f" and {len(fixed) - 6} more" if len(fixed) > 6 else "")
        lines.append(_wrapped(f"You fixed by hand, so it is not counted as uncertain: {shown}."))
    lines += ["", *_table(summary), ""]
    if bands:
        lines += [*_plot(bands, currency), ""]
    lines += _why(summary)
    return "\n".join(lines)


def _table(summary: Mapping[str, Any]) -> list[str]:
    options = summary["options"]
    first = next(iter(options.values()))
    measured = first["delta"].get("cx", {}).get("measured", {})
    unit = measured.get("unit", "points")
    largest = max(abs(o["npv"][key]) for o in options.values() for key in ("p05", "p95", "mean"))
    size, letter = (1e6, "M") if largest >= 1e7 else (1e3, "k") if largest >= 1e4 else (1.0, "")
    money_unit = f"{letter} {summary['currency']}".strip()
    head = ("", f"NPV, {money_unit}", "90 %", "P(loss)", "CVaR 5 %", "ROI", "paid back", "peak", f"CX, {unit} (90 %)")
    rows = [head]
    for name, option in options.items():
        npv, delta = option["npv"], option["delta"].get("cx", {})
        cx = delta.get("measured", delta)
        within = option["payback_month"]
        digits = 1 if largest / size < 100 else 0
        rows.append(
            (
                OPTION_NAMES[name],
                f"{signed(npv['mean'] / size, digits)} ±{npv['mcse'] / size:,.{digits or 1}f}",
                f"{signed(npv['p05'] / size)} … {signed(npv['p95'] / size)}",
                f"{100 * option['p_loss']['value']:.0f} %",
                signed(option["cvar05"]["value"] / size),
                "–" if option["roi"] is None else f"{signed(100 * option['roi'])} %",
                "–" if within is None else f"{100 * within['p_within_horizon']:.0f} of 100",
                f"{option['peak_funding']['mean'] / size:,.0f}",
                f"{signed(cx['mean'], 1)} ({signed(cx['p05'], 1, plus=False)} … {signed(cx['p95'], 1, plus=False)})",
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    found = [
        "  ".join(cell.ljust(widths[i]) if i == 0 else cell.rjust(widths[i]) for i, cell in enumerate(row)).rstrip()
        for row in rows
    ]
    found.append(
        f"± Monte Carlo error · paid back: futures in which it pays back within {summary['horizon_months']} months · "
        "peak: mean peak funding"
    )
    return found


def _plot(bands: Mapping[str, Sequence[float]], currency: str) -> list[str]:
    months = len(bands["p50"])
    step = max(1, months // 48)
    low = min(min(bands["p05"]), 0.0)
    high = max(max(bands["p95"]), 0.0)
    found = [f"Cumulative payoff of commit now, {currency}, months 1 … {months} (from {money(low)} to {money(high)})"]
    for key, label in (("p95", "95 %"), ("p50", "median"), ("p05", "5 %")):
        end = money(bands[key][-1])
        found.append(f"  {label:>6}  {sparkline(list(bands[key])[::step], low, high)}  {end}")
    return found


def _why(summary: Mapping[str, Any]) -> list[str]:
    found: list[tuple[str, str]] = []
    commit, check = summary["options"]["commit"], summary["cross_check"]
    other = "margin" if summary["bridge"] == "customers" else "customers"
    if commit["npv_other_bridge"] is not None:
        told = f"`{summary['bridge']}` pays; `{other}` would say {money(commit['npv_other_bridge']['mean'])}"
        if check is not None and check["p_within_factor_2"] is not None:
            agree = "they agree" if check["agree"] else "they DISAGREE, so look at both"
            told += f"; on the CX part {agree} (within a factor of 2 with probability {check['p_within_factor_2']:.2f})"
        found.append(("Two bridges", told))
    later = next(value for key, value in summary["verdict"].items() if key != "horizon")
    told = f"at {summary['horizon_months'] + 24} months the best by mean NPV is: {OPTION_NAMES[later['option']]}"
    if commit["runoff"] is not None:
        counted = "counted" if summary["terminal"] == "runoff" else "not counted"
        told = f"customers kept are worth another {money(commit['runoff']['mean'])} ({counted}); {told}"
    found.append(("After the horizon", told))
    nothing = summary["do_nothing"]
    if nothing["customers_end"] is not None:
        told = f"{nothing['customers_end']['mean']:,.0f} customers at the end"
        if nothing["pv_profit"] is not None:
            told += f", profit worth {money(nothing['pv_profit']['mean'])} today"
        found.append(("Do nothing", told))
    if summary["standing_still"] is not None:
        told = f"rivals cost {money(-summary['standing_still']['mean'])} if nothing is done"
        found.append(("Standing still", told))
    claims = summary["claims"]
    if claims:
        moved = sorted(claims, key=lambda c: abs(c["posterior_credibility"] - c["credibility"]), reverse=True)[:3]
        told = "; ".join(
            f"{c['id']} {100 * c['credibility']:.0f} % → {100 * c['posterior_credibility']:.0f} %" for c in moved
        )
        found.append((f"{len(claims)} claims", f"credible before → after: {told}"))
    if summary["impossible_draws"]:
        found.append(("Left out", f"{summary['impossible_draws']} draws whose loops feed themselves without end"))
    seed = f"{basis(summary)}; {summary['draws']:,} draws, seed {summary['seed']}, "
    seed += f"calibration {summary['calibration']['hash'][:12]}"
    found.append(("Basis", seed))
    width = max(len(name) for name, _ in found) + 2
    return [_wrapped(f"{name:<{width}}{told}", " " * width) for name, told in found]
