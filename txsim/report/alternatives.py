# SPDX-License-Identifier: MIT
"""What the commands print that lay alternatives side by side: compare, what if, and what moved the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from txsim.language import _, by_locale
from txsim.report.decisions import basis_line, estimate, labelled, shade, short_name, table
from txsim.report.text import _clean, _wrapped
from txsim.report.words import money, option_name

__all__ = ["diff_text", "whatif_text"]


def whatif_text(result: Mapping[str, Any]) -> str:
    """Return what `txsim whatif` prints: a list for one axis, a map for two."""
    currency, vary = result["currency"], result["vary"]
    lines = [_("{0} · what if?").format(_clean(result["scenario"])), ""]
    best = dict.fromkeys(cell["best"] for cell in result["cells"])
    if len(best) == 1:
        lines.append(_wrapped(_("Whatever the values: {0}.").format(option_name(next(iter(best))))))
    else:
        lines.append(
            _wrapped(_("The best choice depends on them: {0}.").format(", ".join(option_name(name) for name in best)))
        )
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
                    f"{shade(value, min(values), max(values))} {money(value)}"
                    for value in (c["npv"]["commit"]["value"] for c in cells)
                ]
            )
        lines += ["", _("Expected NPV of committing now, {0}").format(currency), *table(rows)]
        rows = [[f"{rows_of['path']} ↓  {columns_of['path']} →", *columns_of["values"]]]
        for a in rows_of["values"]:
            cells = [at[a, b] for b in columns_of["values"]]
            rows.append([a, *(short_name(c["best"]) + (" ?" if c["too_close"] else "") for c in cells)])
        lines += ["", _("Best by the scenario's criterion (?: too close to call)"), *table(rows)]
    else:
        names = list(result["cells"][0]["npv"])
        rows = [
            [" · ".join(axis["path"] for axis in vary), *(short_name(n) for n in names if n != "do_nothing"), _("best")]
        ]
        for cell in result["cells"]:
            told = [
                estimate(cell["npv"][name]) if name in cell["npv"] else "–" for name in names if name != "do_nothing"
            ]
            close = " ?" if cell["too_close"] else ""
            rows.append([" · ".join(cell["values"].values()), *told, short_name(cell["best"]) + close])
        lines += ["", _("Expected NPV, {0} (?: too close to call)").format(currency), *table(rows)]
    lines += ["", *labelled([(_("Basis"), basis_line(result))])]
    return "\n".join(lines)


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
