# SPDX-License-Identifier: MIT
"""Inputs that vary: what they are called and how their values are written, in tables and pictures alike."""

from __future__ import annotations

from txsim.language.numbers import number, percent, unit_name
from txsim.results.whatif import Varied


def axis_name(axis: Varied, *, unit: bool = False) -> str:
    """Return what an input that varies is, with its unit if wanted; its path where nobody said."""
    name = str(axis.meaning) or axis.path
    return f"{name}, {unit_name(axis.unit)}" if unit and axis.unit not in ("", "%") else name


def axis_value(text: str, axis: Varied) -> str:
    """Return one value of an input as the language in use writes it, a share always in percent."""
    plain = text.removesuffix("%").strip()
    try:
        value = float(plain)
    except ValueError:
        return text
    if text.endswith("%"):
        return percent(value / 100, _decimals(value))
    if axis.unit == "%":
        return percent(value, _decimals(100 * value))
    return number(value, _decimals(value))


def _decimals(value: float) -> int:
    """Return after how many digits a figure that somebody typed ends, four at most."""
    return min(len(f"{value:.10f}".rstrip("0").partition(".")[2]), 4)
