# SPDX-License-Identifier: MIT
"""The plain numbers of a scenario: what its author typed of the firm, the drivers and the pilot and is not drawn."""

from __future__ import annotations

from collections.abc import Mapping

from txsim.forecast.labels import label_of
from txsim.language import N_, lazy
from txsim.priors.distributions import is_point
from txsim.results.page_one import StatedNumber
from txsim.scenario import Scenario
from txsim.simulate.quantities import own_quantities

#: Quantities that are 0 where nobody states them.
_NOTHING = 0.0


def is_of_firm(name: str) -> bool:
    """Whether a quantity is the firm's own: no driver's, no pilot's, no rival's, and no level of an index."""
    owner, dot, _rest = name.partition(".")
    return not dot or owner in ("staff", "segments")


def stated_numbers(scenario: Scenario) -> tuple[StatedNumber, ...]:
    """Return every plain number of the firm, its drivers, pilot and rivals, in the author's unit, the firm's first.

    A number that is 0 by default and a share of 1 that nobody wrote are left out; horizon and discount rate stand last.
    """
    sources: Mapping[str, str] = scenario.organisation.sources
    numbers: list[StatedNumber] = []
    for name, value in own_quantities(scenario).items():
        if not is_point(value) or not _written(scenario, name, float(value.args[0])):
            continue
        label = label_of(scenario, name)
        key = name.removeprefix("organisation.")
        source = sources.get(key, sources.get(key.rpartition(".")[2], "") if is_of_firm(name) else "")
        numbers.append(StatedNumber(name, label.meaning, label.stated(float(value.args[0])), label.unit, source))
    numbers.sort(key=lambda each: not is_of_firm(each.name))
    said = sources.get("horizon_months", "")
    months = StatedNumber("horizon_months", lazy("horizon"), float(scenario.horizon_months), N_("months"), said)
    rate = StatedNumber("discount_rate", lazy("discount rate a year"), 100 * scenario.discount_rate, "%")
    return (*numbers, months, rate)


def _written(scenario: Scenario, name: str, value: float) -> bool:
    """Whether somebody wrote a number: it is not what an empty scenario has."""
    if name.startswith("index."):
        return scenario.baseline(name.removeprefix("index.")) is not None
    owner, dot, rest = name.partition(".")
    if name.startswith("pilot.") and rest in ("response", "wave_correlation", "chosen_below"):
        return value not in (0.0, 1.0)
    if dot and owner == "staff" and rest.endswith(".reach"):
        return value != 1.0
    return value != _NOTHING
