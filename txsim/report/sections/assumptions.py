# SPDX-License-Identifier: MIT
"""Every input of a scenario: what it is, its value with unit, who said it or by what rule it was taken."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from txsim.forecast.labels import Label, label_of
from txsim.forecast.places import choice_words
from txsim.language import N_, _, capital, plural
from txsim.language.numbers import currency_name, number, percent, significant, unit_name
from txsim.priors.catalogue import parameters
from txsim.priors.distributions import Distribution, from_data, is_point, quantile
from txsim.priors.moments import median
from txsim.report.document import Block, Paragraph, Section, Table, Text
from txsim.report.words import rate, typed
from txsim.results.names import group_name, node_message
from txsim.results.page_one import StatedNumber
from txsim.results.run import Run
from txsim.scenario import Scenario
from txsim.scenario.findings import field_at
from txsim.scenario.yaml_reader import Path_
from txsim.simulate.quantities import own_quantities

#: What inputs that are no quantities are called, by key.
_KEYS = {
    "kind": N_("how it is counted"),
    "class": N_("kind of project, the reference class of its bills"),
    "horizon_months": N_("horizon, months"),
    "discount_rate": N_("discount rate a year"),
    "owner": N_("who answers for it"),
    "start": N_("month in which it starts"),
    "months": N_("months that it lasts"),
    "effect_basis": N_("what the effect counts"),
    "benefit_basis": N_("what the benefit counts"),
    "group": N_("staff group"),
    "in_pilot": N_("earned in the pilot already"),
    "month": N_("month in which it is paid"),
    "from": N_("first month in which it is paid"),
    "life": N_("months over which it is written off"),
    "one_off_kind": N_("how the one-off cost is booked"),
    "one_off_life": N_("months over which the one-off cost is written off"),
    "decision_months": N_("months from the end of the pilot to the decision"),
    "waves": N_("waves of the survey"),
    "control": N_("a control group is asked too"),
    "units": N_("units in the pilot"),
    "control_units": N_("units in the control group"),
    "measures": N_("what the survey reads"),
    "by_unit": N_("read in each unit, not in the firm as a whole alone"),
    "respondent_sd": N_("standard deviation of single answers"),
    "passives": N_("answers that count neither for nor against, share"),
    "digital_interactions": N_("digital interactions of a customer a month"),
    "season": N_("factors of revenue by month of the year"),
    "meets_customers": N_("meets customers"),
    "share": N_("share"),
    "tax_rate": N_("tax on profit"),
    "rate_basis": N_("the discount rate is a rate"),
    "write_off": N_("what is not written off at the horizon is, in its last month"),
    "rate_kind": N_("kind of the discount rate and of all money"),
    "convention": N_("how it is discounted"),
    "bridge": N_("what pays"),
    "terminal": N_("value after the horizon"),
    "criterion": N_("by what an option is chosen"),
    "material": N_("gap that is too small to choose by, share of cost"),
    "max_p_loss": N_("highest acceptable probability of a loss"),
    "max_peak_funding": N_("highest acceptable peak funding"),
    "after_tax": N_("the decision reads figures after tax"),
    "edges": N_("factor on this edge"),
}
_DOUBT = N_("probability that this link does nothing")
#: Parts of a scenario that are told elsewhere on the page, or are no inputs.
_ELSEWHERE = ("title", "question", "priors", "evidence", "graph", "data", "pilots", "seed", "extends")
_SHARES = ("tax_rate", "material", "max_p_loss", "doubt", "discount_rate", "passives")
_PARTS = {
    "organisation": N_("The organisation as it stands"),
    "drivers": N_("What management would do"),
    "pilot": N_("The pilot"),
    "rivals": N_("Rivals"),
    "frame": N_("Money, tax and by what is chosen"),
}

Row = tuple[Text, Text, Text, Text]


def assumptions(scenario: Scenario | None, run: Run) -> Section:
    """Return every input with its value, and who said it."""
    months = plural("{n} month", "{n} months", run.horizon_months)
    kind = _("nominal, with inflation") if run.rate_kind == "nominal" else _("real, without inflation")
    text = _("Horizon {months}; discount rate {rate} a year, {kind}; money in {currency}. {tax}")
    sentence = text.format(
        months=months,
        rate=rate(run.discount_rate),
        kind=kind,
        currency=currency_name(run.currency),
        tax=_tax(run, scenario),
    )
    blocks: list[Block] = [Paragraph(sentence)]
    return Section("assumptions", _("Assumptions"), (*blocks, *([] if scenario is None else assumed(scenario))))


def assumed(scenario: Scenario) -> list[Block]:
    """Return every input of a scenario in tables, part by part."""
    head = (_("what"), _("value"), _("who said it, or by what rule"), _("key"))
    words, keys = frozenset(range(len(head))), frozenset({len(head) - 1})
    blocks: list[Block] = []
    for part, rows in inputs(scenario).items():
        title = _(_PARTS[part])
        if part == "organisation" and scenario.organisation.name:
            title = f"{title}: {scenario.organisation.name}"
        if rows:
            blocks.append(Table(title, head, tuple(rows), words, more=True, keys=keys))
    return blocks


def _tax(run: Run, scenario: Scenario | None) -> str:
    """Return on which side of tax the page speaks."""
    if run.tax_rate is None:
        return _("All figures are before tax; no tax is stated.")
    share = rate(float(run.tax_rate))
    if run.after_tax:
        text = _(
            "The decision and every net present value without another word are after tax of {rate}; costs and peak "
            "funding, and what paths and segments carry, are before tax."
        )
    else:
        text = _(
            "The decision reads figures before tax; net present values after tax of {rate} stand beside them and say "
            "so."
        )
    basis = None if scenario is None or scenario.finance is None else scenario.finance.rate_basis
    sentence = text.format(rate=share)
    return (
        sentence
        if basis is None
        else sentence + " " + _("The discount rate is a rate {basis}.").format(basis=str(choice_words(basis)))
    )


def inputs(scenario: Scenario) -> dict[str, list[Row]]:
    """Return every input of a scenario by part of the page: what it is, value, source or rule, and key."""
    rows: dict[str, list[Row]] = {part: [] for part in _PARTS}
    own, covered = own_quantities(scenario), set()
    stated = dict(_leaves(scenario.content))
    sources: Mapping[str, str] = scenario.organisation.sources
    for name, value in own.items():
        place = _place(scenario, name)
        written = stated.get(place)
        if place in covered:
            continue  # one baseline that stands for several groups
        covered.add(place)
        if written is None and _of_driver(name) is None:
            continue  # what nobody wrote and no driver is assumed to have
        if is_point(value) and float(value.args[0]) == 0.0 and not name.startswith("index."):
            continue
        label = label_of(
            scenario, place.removeprefix("organisation.").removesuffix(".value") if "index." in place else name
        )
        source = sources.get(name) or _by_key(sources, name) or _rule(scenario, name, place, written, value)
        rows[_part(place)].append((capital(str(label.meaning)), _value(label, value), source, place))
    for place, entry in stated.items():
        top = place.partition(".")[0].partition("[")[0]
        if place in covered or top in _ELSEWHERE or _in_label(place) or entry in (None, "", [], {}):
            continue
        if entry is False and _at_default(place, entry):
            continue
        rows[_part(place)].append(_plain(scenario, place, entry, sources))
    rows["drivers"].sort(key=lambda row: int(str(row[3]).removeprefix("drivers[").partition("]")[0]))
    for slope, share in scenario.link_doubt.items():
        what = capital(f"{_(_DOUBT)}: {_link_words(slope)}")
        rows["frame"].append(
            (what, percent(float(share)), sources.get(slope, _("the author")), f"priors.doubt.{slope}")
        )
    return rows


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what a scenario states by its path, a distribution or list of plain values as one."""
    if isinstance(value, Mapping) and "distribution" not in value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        for i, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{i}]")
    else:
        yield path, value


def _of_driver(name: str) -> int | None:
    """Return at which dot the key of a driver's own execution begins; ``None`` for another quantity."""
    return name.find(".") if name.endswith((".delivery", ".cost_overrun", ".slip")) else None


def _place(scenario: Scenario, name: str) -> str:
    """Return where a quantity stands in the file."""
    owner, dot, rest = name.partition(".")
    for i, driver in enumerate(scenario.drivers):
        if dot and driver.name == owner:
            return f"drivers[{i}].{rest}"
    if owner in ("pilot", "rivals"):
        return name
    if owner == "index":
        node = rest if rest in scenario.organisation.index else rest.partition("[")[0]
        return f"organisation.index.{node}.value"
    return f"organisation.{name}"


def _part(place: str) -> str:
    top = place.partition(".")[0].partition("[")[0]
    return top if top in _PARTS else "frame"


def _in_label(place: str) -> bool:
    """Whether an input is told with another: names, the scale with the unit, when a cost falls with the cost."""
    head, _dot, last = place.rpartition(".")
    named = last in ("name", "title", "node", "group", "scale", "measure", "currency") or ".sources." in place
    return named or ("costs[" in head and last in ("month", "from", "months", "kind", "life"))


def _by_key(sources: Mapping[str, str], name: str) -> str:
    """Return who said a figure of the firm, by the last part of its key as well; of a driver only by its whole key."""
    last = name.rpartition(".")[2]
    return sources.get(last, "") if "." not in name or name.startswith(("staff.", "segments.", "index.")) else ""


def _value(label: Label, value: Distribution) -> str:
    """Return a typed number with the digits it was given with, else the median and where 90 % of it lies."""
    if is_point(value):
        return typed(StatedNumber("", label.meaning, label.stated(float(value.args[0])), label.unit))
    low, middle, high = (label.stated(quantile(value, q)) for q in (0.05, 0.5, 0.95))
    # The unit stands behind the middle alone; a share has its sign everywhere.
    unit = f" {unit_name(label.unit)}" if label.unit and label.unit != "%" else ""
    ends = (str(label.words(end)).removesuffix(unit) for end in sorted((low, high)))
    return _("{middle} ({low} … {high})").format(middle=label.words(middle), low=next(ends), high=next(ends))


def _at_default(place: str, value: Any) -> bool:
    """Whether an input is what it is when nobody states it."""
    path: Path_ = tuple(int(part) if part.isdecimal() else part for part in re.findall(r"[^.\[\]]+", place))
    field = field_at(path)
    default = None if field is None or field.is_required() else field.get_default()
    return default is not None and bool(value == default)


def _author(scenario: Scenario, place: str, value: Any) -> str:
    """Return whether the author stated an input, by what stands in the file, or left it at its default."""
    said = place in (scenario.written or ()) or not _at_default(place, value)
    return _("the author") if said else _("the default value")


def _rule(scenario: Scenario, name: str, place: str, written: Any, value: Distribution) -> str:
    """Return by what rule a quantity was taken that nobody stated, else that the author stated it."""
    if written is not None:
        return _author(scenario, place, value)
    owner, _dot, key = name.partition(".")
    driver = next(driver for driver in scenario.drivers if driver.name == owner)
    if key == "delivery":
        return _("default of who answers for it: {owner}").format(owner=choice_words(driver.owner))
    if key == "cost_overrun":
        return _("default of its kind: {kind}").format(kind=choice_words(driver.kind))
    ramps = [median(push.months) for push in driver.pushes]
    if driver.coordination is not None:
        ramps.append(median(driver.coordination.months))
    text = _(
        "default: 0.15 of the longest ramp of the driver, {ramp} months, is {slip} months, known to a factor of "
        "{factor}"
    )
    factor = quantile(value, 0.95) / median(value)
    return text.format(
        ramp=significant(max(ramps, default=0.0)), slip=significant(median(value)), factor=significant(factor)
    )


def _plain(scenario: Scenario, place: str, value: Any, sources: Mapping[str, str]) -> Row:
    """Return an input that is no quantity: a word, a whole number, yes or no."""
    head, _dot, last = place.rpartition(".")
    key = last.partition("[")[0]
    if place.startswith("edges."):
        head, key = "", "edges"
    if key == "kind" and re.fullmatch(r"drivers\[\d+\]", head):
        key = "class"
    what = _(_KEYS[key]) if key in _KEYS else key
    if isinstance(value, Mapping):  # uncertain, and yet no quantity that is drawn
        value = from_data(value)
    words = _word(key, value, scenario)
    owner = _owner(scenario, head)
    label = f"{owner}: {what}" if owner else capital(what)
    return label, words, sources.get(place.removeprefix("organisation."), "") or _author(scenario, place, value), place


def _owner(scenario: Scenario, head: str) -> str:
    """Return whose input it is: the driver's title with the item, the group or segment."""
    if head.startswith("drivers["):
        index, _bracket, rest = head.removeprefix("drivers[").partition("]")
        driver = scenario.drivers[int(index)]
        title = driver.title or driver.name
        part, _bracket, number_ = rest.removeprefix(".").rstrip("]").partition("[")
        if part in ("benefits", "costs", "pushes") and number_.isdecimal():
            item = getattr(driver, part)[int(number_)]
            named = node_message(item.target) if part == "pushes" else item.name or int(number_) + 1
            return f"{title}, {named}"
        return str(title)
    parts = head.split(".")
    return group_name(parts[-1]) if len(parts) > 2 else ""


def _word(key: str, value: Any, scenario: Scenario) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Distribution):
        if is_point(value):
            return _word(key, float(value.args[0]), scenario)
        form = percent if key in _SHARES else significant
        low, middle, high = (form(quantile(value, q)) for q in (0.05, 0.5, 0.95))
        return _("{middle} ({low} … {high})").format(middle=middle, low=low, high=high)
    if isinstance(value, str):
        return str(choice_words(value, key))
    if isinstance(value, list):
        return ", ".join(_word(key, each, scenario) for each in value)
    if isinstance(value, int | float):
        if key in _SHARES:
            return percent(float(value), 0 if abs(100 * value - round(100 * value)) < 1e-9 else 1)
        if key == "max_peak_funding":
            return f"{number(float(value))} {currency_name(scenario.organisation.currency)}"
        return number(float(value), 0 if float(value).is_integer() else 2)
    return str(value)


def _link_words(slope: str) -> str:
    known = parameters().get(slope)
    return f"{_(known.meaning)} ({slope})" if known is not None else slope
