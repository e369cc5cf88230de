# SPDX-License-Identifier: MIT
"""Figures and sentences as people read them. Computes nothing: everything comes from a forecast's summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["OPTION_NAMES", "basis", "figure", "money", "percent", "plain", "signed", "sparkline", "verdict_sentence"]

OPTION_NAMES = {
    "commit": "commit now",
    "commit_stop": "commit, then stop",
    "pilot_scale": "pilot, then scale",
    "pilot_stop": "pilot, then stop",
    "do_nothing": "do nothing",
}
_BLOCKS = "▁▂▃▄▅▆▇█"


def _divisor(largest: float) -> tuple[float, str]:
    for size, letter in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if abs(largest) >= 10 * size or (abs(largest) >= size and size < 1e6):
            return size, letter
    return 1.0, ""


def money(value: float) -> str:
    """Return an amount with a unit that fits it, such as ``−122 k``."""
    size, letter = _divisor(value)
    return f"{signed(value / size, 1 if abs(value / size) < 10 and letter else 0, plus=False)} {letter}".strip()


def signed(value: float, digits: int = 0, *, plus: bool = True) -> str:
    """Return a number with a true minus sign, and a plus sign if wanted."""
    text = f"{abs(value):,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        return text
    return f"−{text}" if value < 0 else (f"+{text}" if plus else text)


def basis(summary: Mapping[str, Any]) -> str:
    """Return what kind of forecast it is, in exact words."""
    return {
        "point": "calculation from stated numbers",
        "prior": "prior-based forecast, no evidence scored",
        "mcmc": "evidence-based forecast",
    }[summary["calibration"]["source"]]


def verdict_sentence(summary: Mapping[str, Any]) -> str:
    """Return what the forecast means, in one plain sentence, with what the author fixed by hand."""
    commit = summary["options"]["commit"]
    npv, currency = commit["npv"], summary["currency"]
    times = round(100 * commit["p_loss"]["value"])
    pays = "is expected to pay" if npv["mean"] >= 0 else "is expected to lose"
    sentence = f"Commit now {pays} {money(abs(npv['mean']))} {currency}"
    if summary["calibration"]["source"] != "point":
        sentence += f" (90 %: {money(npv['p05'])} … {money(npv['p95'])}) and loses money in {times} of 100 futures"
    if "recommendation" in summary:
        return sentence + "."
    best = summary["verdict"]["horizon"]
    close = "; it is too close to call" if best["too_close"] else ""
    return f"{sentence}; best by mean NPV: {OPTION_NAMES[best['option']]}{close}."


def sparkline(values: Sequence[float], low: float, high: float) -> str:
    """Return values as a row of blocks between two bounds."""
    width = high - low or 1.0
    return "".join(_BLOCKS[min(int((value - low) / width * 8), 7)] for value in values)


def figure(value: float) -> str:
    """Return a number to two or three significant digits, such as ``0.11``, ``8.2`` or ``1,250``."""
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        text = f"{value:,.0f}"
    elif abs(value) >= 10:
        text = f"{value:.3g}"
    else:
        text = f"{value:.2g}"
    return text.replace("-", "−")


def percent(share: float) -> str:
    """Return a share as a percentage that is never rounded to nothing or to everything."""
    value = 100 * share
    if 0 < abs(value) < 0.5:
        return f"{value:.1g} %".replace("-", "−")
    if 99.5 <= abs(value) < 100:
        return f"{value:.1f} %"
    return f"{value:.0f} %".replace("-", "−")


def plain(text: str) -> str:
    """Return free text on one line, without characters that would steer a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)[:2000]
