# SPDX-License-Identifier: MIT
"""Figures and sentences as people read them. Computes nothing: everything comes from a forecast's summary."""

from __future__ import annotations

from collections.abc import Mapping

from txsim.language import N_, Message, Words, _, by_locale, capital
from txsim.language.numbers import Unit, number, percent, unit_name
from txsim.results.names import node_message, npv_message, option_message
from txsim.results.page_one import StatedNumber
from txsim.results.run import CalibrationNote
from txsim.results.whatif import Varied

_BASIS = {
    "point": N_("calculation from stated numbers"),
    "prior": N_("forecast by beliefs alone, no evidence counted"),
    "mcmc": N_("evidence-based forecast"),
    "data": N_("forecast updated with your data"),
}
_METHODS = {
    "model": N_("model"),
    "persistence": N_("persistence"),
    "unit_means": N_("means of units"),
    "regression": N_("regression"),
}
#: What a statement of a claim speaks of.
_STATISTICS = {
    "effect": N_("effect"),
    "slope": N_("slope"),
    "correlation": N_("correlation"),
    "parameter": N_("parameter"),
    "ratio": N_("ratio"),
    "quantity": N_("quantity"),
}


def statistic_name(statistic: str, about: str) -> str:
    """Return what a statement of a claim speaks of, such as ``correlation (ex → cx)``."""
    name = _(_STATISTICS[statistic]) if statistic in _STATISTICS else statistic
    return f"{name} ({about.replace(' -> ', ' → ')})"


def option_name(option: str, titles: Mapping[str, str] | None = None, *, short: bool = False) -> str:
    """Return what an option, or ``scenario/option``, is called in the language in use."""
    return str(option_message(option, titles, short=short))


def short_name(option: str, titles: Mapping[str, str] | None = None) -> str:
    """Return the same where there is little room."""
    return option_name(option, titles, short=True)


def link_words(link: str) -> str:
    """Return a link ``source -> target`` in words, such as ``EX (front line) → CX``."""
    return " → ".join(str(node_message(end)) for end in link.split(" -> "))


def in_unit(head: str, unit: Unit) -> str:
    """Return the head of a column of money with its unit, which a table that is told in parts has in each of them."""
    return f"{head}, {unit.name}"


def npv_name(*, after_tax: bool, taxed: bool) -> str:
    """Return what a net present value is called, in the language in use."""
    return str(npv_message(after_tax=after_tax, taxed=taxed))


def net_present_value(*, after_tax: bool, taxed: bool) -> str:
    """Return the same in full, for axes and notes."""
    if not taxed:
        return _("net present value")
    return _("net present value after tax") if after_tax else _("net present value before tax")


def basis(calibration: CalibrationNote) -> str:
    """Return what kind of forecast it is, in exact words."""
    return _(_BASIS["data" if calibration.data else calibration.source])


def method_name(method: str) -> str:
    """Return what a method of forecasting a panel is called."""
    return _(_METHODS.get(method, method.replace("_", " ")))


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
    return by_locale(text).replace("-", "−")


def without_keys(words: Words) -> str:
    """Return words for a board: without the keys and commands that stand in brackets behind what they belong to."""
    return words.worded(keys=False) if isinstance(words, Message) else words


def worded(words: Words) -> str:
    """Return words of a result in the language in use."""
    return str(words)


def sentence(text: str) -> str:
    """Return a text as a sentence: a capital first, a full stop at the end."""
    return capital(text) + ("" if text.endswith(".") else ".")


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


def typed(each: StatedNumber) -> str:
    """Return a typed number with its unit, with the digits that it was given with."""
    value = float(each.value)
    if each.unit == "%":
        return percent(value / 100, 0 if abs(value - round(value)) < 1e-9 else 1)
    digits = 0 if abs(value - round(value)) < 1e-9 else 1 if abs(value) >= 1 else 2
    unit = unit_name(each.unit) if each.unit else ""
    return f"{number(value, digits)} {unit}".strip()


def rate(value: float) -> str:
    """Return a yearly rate with the digits it was given with."""
    return percent(value, 0 if abs(100 * value - round(100 * value)) < 1e-9 else 1)
