# SPDX-License-Identifier: MIT
"""What was understood of the way in which a file is written, where another way would mean another figure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from txsim.language import lazy
from txsim.priors.fits import from_interval
from txsim.priors.moments import mean
from txsim.scenario.belief_checks import Finding
from txsim.scenario.findings import is_share
from txsim.scenario.models import Scenario

#: Share of an interval's upper end below which its lower end is nearly 0.
_NEARLY_NOTHING = 0.02


def as_written(scenario: Scenario) -> Iterator[Finding]:
    """Yield what was understood of how a file is written: its encoding, and intervals that begin at or near 0."""
    layers = scenario._places
    if layers is None:
        return
    for _, document in layers.layers:
        if document.encoding != "utf-8":
            yield (
                (),
                lazy(
                    "`{name}` is no UTF-8 (line {line} holds other letters) and was read as {encoding}",
                    name=document.name,
                    line=document.line_beyond_ascii,
                    encoding=document.encoding,
                ),
                lazy("save it as UTF-8"),
            )
    for path, low, high in _intervals(layers.data, ()):
        if path[:2] == ("organisation", "index"):  # a level is a normal whatever its ends
            continue
        if low == 0 and high > 0:
            near = lazy(
                "[{high:g}, {high2:g}] would be a log-normal with the mean {mean:.3g}",
                high=0.01 * high,
                high2=high,
                mean=_mean(0.01 * high, high),
            )
            message = lazy(
                "the interval {low:g} … {high:g} is read as a normal with the mean {high2:g}",
                low=low,
                high=high,
                high2=high / 2,
            )
            yield (
                path,
                lazy("{message}, 5 % of it below 0; {near}", message=message, near=near),
                lazy("state `family:` to say which is meant"),
            )
        elif 0 < low < 1 < high and is_share(path):
            message = lazy(
                "the interval {low:g} … {high:g} reaches beyond 1: read as a log-normal with the median {middle:.3g}",
                low=low, high=high, middle=(low * high) ** 0.5,
            )  # fmt: skip
            yield path, message, lazy("if a share of at most 1 is meant, write both ends below 1")
        elif 0 < low < _NEARLY_NOTHING * high:
            message = lazy(
                "the interval {low:g} … {high:g} is read as a log-normal with the mean {mean:.3g}",
                low=low,
                high=high,
                mean=_mean(low, high),
            )
            near = lazy("from 0 on it would be a normal with the mean {high:g}", high=high / 2)
            yield (
                path,
                lazy("{message}; {near}", message=message, near=near),
                lazy("state `family:` to say which is meant"),
            )


def _mean(low: float, high: float) -> float:
    centre: float = mean(from_interval(low, high))
    return centre


def _intervals(data: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], float, float]]:
    """Yield path and ends of intervals that state neither a family nor a median."""
    if isinstance(data, dict):
        ends = data.get("interval")
        if isinstance(ends, list | tuple) and len(ends) == 2 and not {"family", "median"} & set(data):
            if all(isinstance(end, int | float) and not isinstance(end, bool) for end in ends):
                yield path, float(ends[0]), float(ends[1])
            return
        for key, value in data.items():
            yield from _intervals(value, (*path, key))
    elif isinstance(data, list):
        for i, value in enumerate(data):
            yield from _intervals(value, (*path, i))
