# SPDX-License-Identifier: MIT
"""What the commands print that lay alternatives side by side: compare, what if, and what moved the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from txsim.language import _, by_locale
from txsim.report.text import _clean, _wrapped
from txsim.report.words import money, option_name

__all__ = ["diff_text"]


def _value(told: Any) -> str:
    if isinstance(told, Mapping) and told.get("distribution") == "point":
        return by_locale(f"{told['value']:g}")
    if isinstance(told, Mapping) and "distribution" in told:
        numbers = ", ".join(by_locale(f"{v:.4g}") for k, v in told.items() if isinstance(v, int | float))
        return f"{told['distribution']}({numbers})"
    if told is None:
        return "–"
    return _clean(str(told))[:40]


def diff_text(result: Mapping[str, Any]) -> str:
    """Return what `txsim diff` prints: a waterfall from one result to the other."""
    a, b = result["a"], result["b"]
    lines = [_("From {0} to {1} · {2}").format(_clean(a["name"]), _clean(b["name"]), option_name(result["option"])), ""]
    total = result["total"]
    if not result["changes"]:
        lines.append(_("The two say the same; what differs is seed, number of draws or version."))
    else:
        first = result["changes"][0]
        told = _("The expected NPV moves by {0}, most of all by {1} ({2}).").format(
            money(total), first["input"], money(first["npv"])
        )
        lines.append(_wrapped(told))
    steps = [(_("first"), a["npv"], "")]
    steps += [
        (
            c["input"],
            c["npv"],
            "" if c["before"] is None and c["after"] is None else f"{_value(c['before'])} → {_value(c['after'])}",
        )
        for c in result["changes"]
    ]
    if abs(result["random_numbers"]) > 0:
        steps.append((_("random numbers"), result["random_numbers"], _("seed, draws or version")))
    level = 0.0
    levels = []
    for _name, value, _note in steps:
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
    rows.append((_("second"), money(b["npv"]), "".join("█" if at[0] <= i <= at[1] else " " for i in range(31)), ""))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines.append("")
    lines += [f"{n:<{widths[0]}}  {v:>{widths[1]}}  {bar}  {note}".rstrip() for n, v, bar, note in rows]
    return "\n".join(lines)
