# SPDX-License-Identifier: MIT
"""Scenarios to start from: one commented text, with the figures of a kind of firm or of an interview in it.

Examples in the text that are switched off are lines that begin, behind their indentation, with ``#`` and a key; the
``#`` of a remark is followed by one blank.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Template
from typing import Any

import yaml

from txsim.elicit.interview import chosen
from txsim.language import Message, lazy
from txsim.language.message import Figure
from txsim.package_data import load_packaged
from txsim.priors.distributions import Distribution, is_point, quantile, rescale
from txsim.priors.fits import SMALL_MISS, fit_quantiles, fitting, missed_values
from txsim.priors.moments import median
from txsim.priors.quantity import parse_quantity
from txsim.priors.sense import impossible
from txsim.priors.typed_numbers import numbers_in
from txsim.priors.written_numbers import QuantityError, explained, outside_limits, quantity_of
from txsim.scenario.organisation import currency_of
from txsim.scenario.yaml_reader import read_text
from txsim.units import SCALES, sort_of

#: Kinds of firms; the first is the usual one.
STARTERS = ("company", "bank", "software", "distributor")
#: Figures in money, and where in a scenario each stands.
_AMOUNTS = {
    "salary": "organisation.staff.service.salary_per_year",
    "office_salary": "organisation.staff.office.salary_per_year",
    "arpu": "organisation.arpu_per_month",
    "one_off": "drivers[0].one_off",
    "monthly": "drivers[0].monthly",
    "pilot_one_off": "pilot.one_off",
    "pilot_monthly": "pilot.monthly",
}
_OFF = re.compile(r"^( *)#(?=\S|  )(.*)$")


@cache
def _figures() -> Mapping[str, Mapping[str, str]]:
    figures: Mapping[str, Mapping[str, str]] = load_packaged("txsim.scenario", "starters.yaml")
    return figures


def starter(name: str = STARTERS[0], figures: Mapping[str, str] | None = None) -> str:
    """Return the text of a scenario to start from.

    ``name``: one of :data:`STARTERS`. ``figures``: what stands in place of that firm's figures, by the keys of
    ``starters.yaml``, as YAML. Returns a scenario file; the baseline of a node that it pushes stands there, switched
    on.
    """
    text = resources.files("txsim.scenario").joinpath("starter.yaml").read_text("utf-8")
    entries = {**_figures()[name], **(figures or {})}
    own = _figures()[name]["currency"]
    if entries["currency"] != own:
        for key in _AMOUNTS:
            if key not in (figures or {}):
                plain = entries[key].partition("  #")[0].rstrip()
                entries[key] = f"{plain}   # of the starter, in {own}: write yours in {entries['currency']}"
    pushed = re.search(r"node: (\w+)", entries["push"])
    filled = Template(text).substitute(entries)
    node = pushed[1] if pushed else ""
    lines = [_on(line) if line.lstrip().startswith(f"#{node}:") else line for line in filled.splitlines()]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def other_money(figures: Mapping[str, str], name: str = STARTERS[0]) -> tuple[str, tuple[str, ...]]:
    """Return the starter's currency, and the amounts in it that stand among figures in another one; none if alike."""
    own = _figures()[name]["currency"]
    if figures.get("currency", own) == own:
        return own, ()
    return own, tuple(place for key, place in _AMOUNTS.items() if key not in figures)


def switched_on(text: str) -> str:
    """Return a text with every example in it switched on: a scenario that says all that people usually say."""
    return "\n".join(map(_on, text.splitlines())) + "\n"


def _on(line: str) -> str:
    return _OFF.sub(r"\1\2", line)


# --- Ten questions about a firm and a driver, and the figures of a starter that follow from the answers


@dataclass(frozen=True, slots=True)
class Question:
    """One question."""

    #: Figure of the starter that it gives (``starters.yaml``), or ``node`` and ``effect``, which make the push.
    key: str
    #: ``text``, ``help``: What is asked, and what ``?`` explains.
    text: Message
    help: Message
    unit: Message | None = None  #: Unit of the number, which is said back; ``None`` where a word is asked.
    percent: bool = False  #: Whether the number is a percentage.
    choices: tuple[tuple[str, Message], ...] = ()  #: Words that may be answered, and what each means.
    low: float | None = 0.0  #: Smallest number that is possible; ``None`` for any.


#: Signs and words that a question takes, and a file only with three letters.
_PLAIN = {"€": "EUR", "euro": "EUR", "euros": "EUR", "евро": "EUR"}
#: Signs that several currencies share, with those that are likeliest.
_SHARED = {"$": ("USD", "CAD", "AUD"), "£": ("GBP", "EGP"), "¥": ("JPY", "CNY"), "kr": ("SEK", "NOK", "DKK")}
#: Nodes that a driver pushes, and the scale that each is mostly measured in.
_SCALES = {"ex": "enps", "ux_employee": "likert5", "ux_customer": "index", "mx": "index", "cx": "nps"}

#: Share of customers that leave in a month at most; above it a year or those who stay are meant.
_MOST_CHURN = 0.5

QUESTIONS = (
    Question("currency", lazy("In which currency is all money?"), lazy("Three capital letters, for example EUR.")),
    Question(
        "customers",
        lazy("How many customers are there today?"),
        lazy("Those who pay: contracts, accounts or households, counted as churn and revenue are."),
        lazy("customers"),
    ),
    Question(
        "churn",
        lazy("How many of a hundred customers leave in a month?"),
        lazy("A percentage a month, not a year: 12 % a year are about 1.06 % a month."),
        lazy("% of customers a month"),
        percent=True,
    ),
    Question(
        "arpu",
        lazy("What does a customer bring in a month, as revenue?"),
        lazy("Revenue, not profit: revenue of a month by number of customers."),
        lazy("money a month for each customer"),
    ),
    Question(
        "margin",
        lazy("How much of a hundred of revenue is left after the cost that goes with it?"),
        lazy("The contribution margin: revenue less what one more customer costs, before rent and administration."),
        lazy("% of revenue"),
        percent=True,
    ),
    Question(
        "heads",
        lazy("How many people meet customers?"),
        lazy("Sales, service, delivery: heads, not full-time equivalents, if surveys count heads."),
        lazy("people"),
    ),
    Question(
        "node",
        lazy("What does the driver change directly?"),
        lazy("The one thing it moves first. What follows from that for customers is what the model computes."),
        choices=(
            ("ex", lazy("how the people who meet customers feel about their work")),
            ("ux_employee", lazy("the tools they work with")),
            ("ux_customer", lazy("your site and app")),
            ("mx", lazy("leadership and management")),
            ("cx", lazy("customers directly")),
        ),
    ),
    Question(
        "effect",
        lazy("By how much, once it works as designed?"),
        lazy("The change of the score in the unit named, in points and not in percent. Below 0 is worse."),
        lazy("points"),
        low=None,
    ),
    Question(
        "one_off",
        lazy("What does it cost once?"),
        lazy("All that is paid once to roll it out to everybody, as planned; overruns are added by the model."),
        lazy("money, once"),
    ),
    Question(
        "monthly",
        lazy("What does it cost a month?"),
        lazy("Licences, running staff and the like for everybody, as planned."),
        lazy("money a month"),
    ),
)


#: Money and people, of whom three digits behind a point may be thousands.
_GROUPED = ("customers", "heads", "arpu", "one_off", "monthly")


def unit_of(question: Question, answers: Mapping[str, str]) -> Message:
    """Return the unit of a question's number, in the currency and on the scale that were answered before."""
    currency = answers.get("currency", "EUR")
    if question.key == "effect":
        return _EFFECT_UNITS[_SCALES[answers["node"]]]
    units = {
        "arpu": lazy("{currency} a month for each customer", currency=currency),
        "one_off": lazy("{currency}, once", currency=currency),
        "monthly": lazy("{currency} a month", currency=currency),
    }
    assert question.unit is not None  # noqa: S101 - a number is asked
    return units.get(question.key, question.unit)


_EFFECT_UNITS = {
    "enps": lazy("points of eNPS, −100 … 100"),
    "nps": lazy("points of NPS, −100 … 100"),
    "likert5": lazy("points of a five-point scale, 1 … 5"),
    "index": lazy("points of an index, 0 … 100"),
}


def answer_of(question: Question, raw: str, answers: Mapping[str, str]) -> tuple[str, Message | None]:
    """Return an answer as the file has it, and what was understood.

    Raises :class:`ValueError` if it is no answer, or could be read two ways; with what was expected.
    """
    text = raw.strip()
    if question.key == "currency":
        code = currency_of(text) or _PLAIN.get(text.lower())
        if code is not None:
            return code, lazy("understood: {currency}", currency=code)
        if text in _SHARED:
            names = ", ".join(_SHARED[text])
            raise ValueError(lazy("`{sign}` is the sign of several: write {names}", sign=text, names=names))
        if not re.fullmatch("[A-Za-z]{3}", text):
            raise ValueError(lazy("expected three letters, for example EUR"))
        return text.upper(), None
    if question.choices:
        return chosen(text, [word for word, _ in question.choices]), None
    grouped = question.key in _GROUPED
    try:
        numbers = numbers_in(text, most=3, percent=question.percent, grouped=grouped)
    except ValueError as error:
        raise ValueError(explained(error, text, sort_of(question.key, "amount" if grouped else ""))) from None
    high = 100.0 if question.percent else None
    small = [f"{number:g}" for number in numbers if 0 < number < 1]
    if question.percent and small and "%" not in text and max(numbers) <= 1:
        raise ValueError(
            lazy("`{few}` can be read two ways: write {few} % or {many:g} %", few=small[0], many=100 * float(small[0]))
        )
    for number in numbers:
        if (question.low is not None and number < question.low) or (high is not None and number > high):
            raise ValueError(outside_limits(number, question.low, high))
    if len(numbers) > 1 and question.key != "effect":
        _refuse_ends(numbers, high)
    written = quantity_of(numbers, percent=question.percent)
    if len(numbers) == 3:
        family = _family_of([number / 100 if question.percent else number for number in numbers], question)
        written = f"{written.removesuffix('}')}, family: {family}}}"
    d = _read(question, written)
    if question.key == "effect":
        scale = SCALES[_SCALES[answers["node"]]]
        typed = (scale.unit, scale.points_per_unit)
        if (nonsense := impossible("index points", "", rescale(d, scale.points_per_unit), typed)) is not None:
            raise ValueError(nonsense[0])
    return written, _understood(question, d, answers)


def _refuse_ends(numbers: list[float], high: float | None) -> None:
    """Refuse an interval that ends at 0 or at all there is, with one that lies a hundredth of its width inside."""
    step = (numbers[-1] - numbers[0]) / 100
    inside = [numbers[0] + step * (numbers[0] == 0), *numbers[1:-1], numbers[-1] - step * (numbers[-1] == high)]
    if inside != numbers:
        raise ValueError(lazy("5 % lie below the lower number and 5 % above the upper one, and beyond {limit:g} is "
                              "nothing: for nearly that write {numbers}", limit=0 if numbers[0] == 0 else high,
                              numbers="; ".join(f"{float(f'{number:.3g}'):.15g}" for number in inside)))  # fmt: skip


def _family_of(numbers: list[float], question: Question) -> str:
    """Return the usual family of three quantiles, or one that has them where it has not."""
    stated = dict(zip((0.05, 0.5, 0.95), numbers, strict=True))
    usual = "beta" if question.percent else "lognormal" if numbers[0] > 0 else "normal"
    try:
        if missed_values(fit_quantiles(stated, usual)[0], stated) <= SMALL_MISS:
            return usual
    except ValueError:
        pass
    low = -math.inf if question.low is None else question.low
    other = fitting(stated, low, 1.0 if question.percent else math.inf)
    if other is None:
        raise ValueError(lazy("no family has these three; say the two ends alone"))
    return other


def _read(question: Question, written: str) -> Distribution:
    data = _data(written)
    if question.key == "effect" and isinstance(data, dict) and "interval" in data:
        data = {**data, "family": "lognormal" if data["interval"][0] > 0 else "normal"}
    try:
        d = parse_quantity(data, share=question.percent, low=question.low)
    except QuantityError as error:
        raise ValueError(error.whole()) from None
    middle = median(d)
    if question.key in ("customers", "heads") and is_point(d) and middle != round(middle):
        raise ValueError(lazy("people are counted in whole numbers: {value} is none; in thousands? write {many}",
                              value=f"{middle:.15g}", many=f"{1000 * middle:.15g}"))  # fmt: skip
    if question.key in ("customers", "arpu", "margin") and middle <= 0:
        raise ValueError(
            lazy("with 0 nothing can be won; if it is not known yet, say two numbers as far apart as you like")
        )
    if question.key == "churn" and middle > _MOST_CHURN:
        raise ValueError(lazy("{value:.3g} of a hundred leave each month: is that a year's, or those who stay? Say "
                              "what leaves in a month", value=100 * middle))  # fmt: skip
    return d


def _data(written: str) -> Any:
    """Return what the reader of scenarios makes of a quantity; its keys are probabilities there, not text."""
    return read_text(f"it: {written}\n", "answer").data["it"]


def _understood(question: Question, d: Distribution, answers: Mapping[str, str]) -> Message:
    times = 100.0 if question.percent else 1.0
    unit = unit_of(question, answers)
    if is_point(d):
        said = lazy("understood: {value} {unit}, known", value=_figure(times * median(d)), unit=unit)
    else:
        said = lazy(
            "understood: {low} … {high} {unit}, nine chances in ten; {middle} in the middle",
            low=_figure(times * quantile(d, 0.05)),
            high=_figure(times * quantile(d, 0.95)),
            middle=_figure(times * median(d)),
            unit=unit,
        )
    if question.key == "churn":
        low, high = (100 * (1 - (1 - quantile(d, p)) ** 12) for p in (0.05, 0.95))
        if is_point(d):
            return lazy("{said}; that is {value} % in a year", said=said, value=_figure(low))
        return lazy("{said}; that is {low} … {high} % in a year", said=said, low=_figure(low), high=_figure(high))
    return said


def _figure(value: float) -> Figure:
    """Return a number with three digits that count, and no more than there are."""
    digits = 0
    while digits < 6 and abs(round(value, digits) - value) > 0.005 * abs(value) + 1e-9:
        digits += 1
    return Figure(value, "number", digits=digits)


def figures_of(answers: Mapping[str, str]) -> dict[str, str]:
    """Return the figures of a starter that follow from all answers."""
    node = answers["node"]
    push = {"node": node, "effect": _data(answers["effect"]), "scale": _SCALES[node], "months": 6}
    if node in ("ex", "ux_employee"):
        push["group"] = "service"
    return {
        **{question.key: answers[question.key] for question in QUESTIONS if question.key not in ("node", "effect")},
        "driver": f"change_{node}",
        "kind": "it" if node in ("ux_employee", "ux_customer") else "people",
        "push": yaml.safe_dump(push, default_flow_style=True, sort_keys=False, width=1000).strip(),
    }
