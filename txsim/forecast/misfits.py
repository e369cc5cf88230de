# SPDX-License-Identifier: MIT
"""What a file states of a quantity beside what is computed with, in its unit, where a family misses it."""

from __future__ import annotations

from collections.abc import Iterator

from txsim.errors import Problem
from txsim.forecast.labels import Label
from txsim.forecast.places import place_label
from txsim.language import Message, lazy
from txsim.priors.fits import SMALL_MISS, fitting, missed_values, shown, value_at
from txsim.scenario import Scenario, warnings
from txsim.scenario.driver_remarks import stated_quantities
from txsim.scenario.findings import limits_at
from txsim.scenario.loader import locate


def remarks_on(scenario: Scenario) -> tuple[Problem, ...]:
    """Return what is possible but hardly true of a scenario, and what of it no family describes, each at its place."""
    found = list(warnings(scenario))
    for path, label, message, hint in misfits(scenario):
        what = lazy("{meaning} ({unit})", meaning=label.meaning, unit=lazy(label.unit)) if label.unit else label.meaning
        found.append(locate(scenario, path, lazy("{what}: {message}", what=what, message=message), hint))
    return tuple(found)


def misfits(scenario: Scenario) -> Iterator[tuple[tuple[str | int, ...], Label, Message, Message]]:
    """Yield place, label, what is stated beside what is fitted in its unit, and how to have it exactly."""
    for path, d in stated_quantities(scenario):
        stated = dict(d.stated)
        if not stated or missed_values(d, stated) <= SMALL_MISS:
            continue
        label = place_label(scenario, [str(part) for part in path])
        times = 100.0 if label.unit == "%" else 1.0  # a share is a fraction in a file
        message = lazy(
            "stated {said}, fitted {fitted} by a {family}",
            said=shown(times * value for value in stated.values()),
            fitted=shown(times * value_at(d, level) for level in stated),
            family=d.family,
        )
        yield path, label, message, _cure(stated, limits_at(path))


def _cure(stated: dict[float, float], limits: tuple[float, float]) -> Message:
    other = fitting(stated, *limits)
    if other is None:
        return lazy("state fewer values by probability, if these are not meant")
    levels = ", ".join(f"{level:g}: {value:g}" for level, value in stated.items())
    words = f"{{quantiles: {{{levels}}}, family: {other}}}"
    return lazy("to have them exactly write {words}", words=words)
