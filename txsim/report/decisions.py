# SPDX-License-Identifier: MIT
"""What the decision commands print: the answer first, then how sure, then why. Computes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from txsim.language import N_, _
from txsim.report.text import _clean, _wrapped
from txsim.report.words import money, option_name, signed

__all__ = [
    "basis_line",
    "estimate",
    "explain_text",
    "labelled",
    "shade",
    "short_name",
    "table",
]

#: In tables, where there is little room.
_SHORT = {"commit": N_("commit"), "commit_review": N_("commit, review"), "pilot_then_decide": N_("pilot, decide")}
_SHADES = "·░▒▓█"


def short_name(name: str) -> str:
    """Return what an option, or `scenario/option`, is called in a table."""
    scenario, slash, option = name.rpartition("/")
    told = _(_SHORT[option]) if option in _SHORT else option_name(option)
    return f"{scenario}: {told}" if slash else told


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


def shade(value: float, low: float, high: float) -> str:
    """Return a shade by size, with a sign for what is below 0."""
    span = max(abs(low), abs(high)) or 1.0
    mark = _SHADES[min(int(abs(value) / span * len(_SHADES)), len(_SHADES) - 1)]
    return f"{'−' if value < 0 else '+'}{mark}"


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
