# SPDX-License-Identifier: MIT
"""Figures and sentences as people read them. Computes nothing: everything comes from a forecast's summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["OPTION_NAMES", "basis", "money", "signed", "sparkline", "verdict_sentence"]

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
    if summary["calibration"].get("data"):
        return "forecast updated with your data"
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
    best = summary["verdict"]["horizon"]
    advice = OPTION_NAMES[best["option"]]
    close = "; it is too close to call" if best["too_close"] else ""
    if summary["calibration"]["source"] == "point":
        return f"Commit now {pays} {money(abs(npv['mean']))} {currency}; best by mean NPV: {advice}{close}."
    return (
        f"Commit now {pays} {money(abs(npv['mean']))} {currency} (90 %: {money(npv['p05'])} … {money(npv['p95'])}) and "
        f"loses money in {times} of 100 futures; best by mean NPV: {advice}{close}."
    )


def sparkline(values: Sequence[float], low: float, high: float) -> str:
    """Return values as a row of blocks between two bounds."""
    width = high - low or 1.0
    return "".join(_BLOCKS[min(int((value - low) / width * 8), 7)] for value in values)
