# SPDX-License-Identifier: MIT
"""What a person may set in a file, by the name that reports show, and where in the file it stands.

Beliefs stand under ``priors``. Everything else that is drawn with a scenario (:func:`txsim.simulate.quantities.\
own_quantities`) is a value of its own: a driver's effect, delivery and cost, months, the firm's figures. Values are
those of the file: an effect on the scale of its push, a share as a fraction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from txsim.errors import InputError, Problem, did_you_mean
from txsim.forecast.labels import Label, label_of
from txsim.language import lazy
from txsim.priors.catalogue import Parameter
from txsim.priors.distributions import Distribution
from txsim.priors.moments import median
from txsim.scenario import Scenario, load
from txsim.scenario.beliefs import DOUBT
from txsim.scenario.fields import range_of_kind
from txsim.scenario.findings import field_at, is_money, kind_of
from txsim.scenario.layers import parse_path
from txsim.scenario.prior_setting import unknown_parameter, usable_parameters
from txsim.scenario.vocabulary import full_graph, parameter_table
from txsim.scenario.yaml_reader import Path_, format_path
from txsim.simulate.quantities import own_quantities


@dataclass(frozen=True)
class Settable:
    """What a file may be told, by name."""

    #: Beliefs of ``priors`` first, then the scenario's own quantities; with unit, meaning, limits and what holds now.
    parameters: Mapping[str, Parameter]
    places: Mapping[str, Path_]  #: Path in the file of each quantity of the scenario's own.

    def name_of(self, text: str) -> str:
        """Return the name of what a person calls by its name, its path in the file, or its label in a report.

        Raises :class:`InputError` if there is nothing of that name, with the nearest that there is.
        """
        if text in self.parameters:
            return text
        links = {edge.name: edge.slope for edge in full_graph((), ()).edges}
        if (slope := links.get(re.sub(r"\s*(?:->|→)\s*", " -> ", text.strip().casefold()))) in self.parameters:
            return str(slope)
        path = self._path(text)
        if path is not None and DOUBT in path[:2]:
            path = ("priors", DOUBT, *path[path.index(DOUBT) + 1 :])
        for name, place in self.places.items():
            words = self.parameters[name].meaning
            if place == path or words.casefold() == text.strip().casefold():
                return name
        if not self.places:
            raise InputError(unknown_parameter(text, self.parameters))
        if path is not None and (DOUBT in path[:2] or (field_at(path) is not None and not self._like(text))):
            message = lazy("`{name}` is stated, not believed: it has no uncertainty", name=text[:60])
            hint = lazy("change it in the file, or for one run by `--set {name}=…`", name=format_path(path))
            raise InputError(Problem(message, "NAME", None, 1, source=text[:100], hint=hint, width=len(text)))
        known = [*self.parameters, *(format_path(place) for place in self.places.values())]
        message = lazy("nothing here is called `{name}`{suggestion}", name=text[:60],
                       suggestion=did_you_mean(text, self._like(text) or known))  # fmt: skip
        if (whole := text.partition(".")[0]) in parameter_table():  # `delivery.shared` is a class of it
            message = lazy("`{name}` is drawn with each driver", name=whole)
            mine = [name for name in self.places if name.endswith(f".{whole}")]
            raise InputError(Problem(message, "NAME", None, 1, source=text, hint=lazy("name one of: {names}",
                                     names=", ".join(mine)), width=len(text)))  # fmt: skip
        beliefs = ", ".join(name for name in self.parameters if name not in self.places)
        hint = lazy("known: {names}; of this file: {own}", names=beliefs, own=", ".join(self.places))
        raise InputError(Problem(message, "NAME", None, 1, source=text[:100], hint=hint, width=len(text)))

    def _like(self, told: str) -> list[str]:
        """Return names with the same owner and the same last word: `app.pushes[0].effect` for `app.effect`."""
        owner, word = told.partition(".")[0], told.rpartition(".")[2]
        return [name for name in self.places if name.startswith(f"{owner}.") and name.endswith(f".{word}")]

    def _path(self, text: str) -> Path_ | None:
        """Return a path as the file counts, a driver by name or by number."""
        try:
            path = parse_path(text)
        except ValueError:
            return None
        drivers = {name.partition(".")[0]: place[1] for name, place in self.places.items() if place[0] == "drivers"}
        if len(path) > 1 and path[0] == "drivers" and path[1] in drivers:
            return (path[0], drivers[str(path[1])], *path[2:])
        return ("drivers", drivers[str(path[0])], *path[1:]) if path and path[0] in drivers else path


def settable(path: Path, root: Path | None = None) -> Settable:
    """Return what a scenario or pack may be told.

    ``path``: the file; of a pack, or of a file that is no scenario as it stands, only beliefs are known. ``root``:
    folder that ``extends`` may not leave; by default the file's.
    """
    beliefs = usable_parameters(path, root)
    try:
        scenario = load(path, root=root)
    except InputError:
        return Settable(beliefs, {})
    return settable_in(scenario, beliefs)


def settable_in(scenario: Scenario, beliefs: Mapping[str, Parameter]) -> Settable:
    """Return what a scenario that is loaded may be told, with what it says now; ``beliefs`` are those of its file."""
    parameters, places = dict(beliefs), {}
    for drawn, value in own_quantities(scenario).items():
        place = place_of(scenario, drawn)
        # One baseline may serve several nodes: it is set, and called, as a whole.
        name = f"index.{place[2]}" if place is not None and place[:2] == ("organisation", "index") else drawn
        if place is not None and name not in beliefs:
            parameters[name] = _parameter(name, place, label_of(scenario, name), _stated(scenario, place) or value)
            places[name] = place
    return Settable(parameters, places)


def place_of(scenario: Scenario, name: str) -> Path_ | None:
    """Return where a drawn quantity stands in a file, ``None`` where a file has no single place for it."""
    owner, dot, rest = name.partition(".")
    for i, driver in enumerate(scenario.drivers):
        if driver.name == owner:
            return ("drivers", i, *parse_path(rest))
    if owner == "index":
        node = rest if rest in scenario.organisation.index else rest.partition("[")[0]
        return ("organisation", "index", node, "value") if node in scenario.organisation.index else None
    if owner in ("staff", "segments"):
        return ("organisation", *parse_path(name))
    return tuple(parse_path(name)) if dot else ("organisation", name)


def _stated(scenario: Scenario, place: Path_) -> Distribution | None:
    """Return what a file says at a place, as it says it; ``None`` where it says nothing."""
    value: Any = scenario
    for part in place:
        value = value[part] if isinstance(part, int) or isinstance(value, Mapping) else getattr(value, part, None)
    return value if isinstance(value, Distribution) else None


def _parameter(name: str, place: Path_, label: Label, now: Distribution) -> Parameter:
    field = field_at(place)
    kind = "" if field is None else kind_of(field)
    low, high = range_of_kind(kind)
    unit = label.unit
    if unit == "%" and label.per_unit == 100.0:  # a share, and no level of a scale in percent
        unit = "ratio" if kind == "amount" else "share"
    # An effect that is a gain is mostly believed to be one; whoever thinks that it may harm says so.
    signed = low is None
    return Parameter(name, unit, str(label.meaning), "scenario", now, 0.0 if signed and median(now) > 0 else low, high,
                     "", variants=_packaged(name), signed=signed, grouped=is_money(place))  # fmt: skip


def _packaged(name: str) -> Mapping[str, Distribution]:
    """Return what the catalogue believes of a figure that each driver has, by reference class."""
    parameter = parameter_table().get(name.rpartition(".")[2])
    return parameter.variants if parameter is not None and parameter.role == "driver" else {}
