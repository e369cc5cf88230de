# SPDX-License-Identifier: MIT
"""What a scenario's workbook asks for: a row for each value of the file, and one for each belief it may hold.

A quantity may be written in several ways (docs/scenario.md). Three have cells of their own, a number, a median with its
factor, a 90 % interval; every other stands in one cell as it would in the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from txsim.forecast.settable import settable
from txsim.language import Words, lazy
from txsim.priors import packs
from txsim.priors.catalogue import Parameter
from txsim.priors.moments import describe
from txsim.priors.written_numbers import PERCENT
from txsim.scenario import Scenario, load
from txsim.scenario.editing import NOTES
from txsim.scenario.fields import range_of_kind
from txsim.scenario.findings import field_at, is_share, kind_of
from txsim.scenario.flow_style import flow
from txsim.scenario.schema import json_schema
from txsim.scenario.yaml_reader import Path_, format_path, read_text

#: Sheets that are filled in: values of the scenario, and beliefs.
INPUTS, BELIEFS = "inputs", "beliefs"
#: How a value is written: the drop-down of the column `way`.
NUMBER, FACTOR, INTERVAL, TEXT, WRITTEN = WAYS = ("number", "median and factor", "90 % interval", "text", "as written")
FAMILY = ("lognormal", "normal", "beta", "gamma", "uniform")
_QUANTITIES = {"quantity", "prior", "level", "share", "turnover", "cover", "growth", "money", "amount", "months", "lag"}


@dataclass(frozen=True)
class Cells:
    """A value as the cells of a row hold it; ``None`` for an empty cell."""

    way: str | None = None  #: One of :data:`WAYS`, or ``None`` where nothing is said.
    #: ``value``, ``factor``, ``low``, ``high``, ``family``, ``written``: A number, a text or the median; the factor of
    #: a median; both ends of a 90 % interval and its family; YAML.
    value: float | str | None = None
    factor: float | None = None
    low: float | None = None
    high: float | None = None
    family: str | None = None
    written: str | None = None

    @classmethod
    def of(cls, value: Any, *, quantity: bool) -> Cells:
        """Return the cells of what stands in a file, plain data; a quantity may be a share in percent."""
        if isinstance(value, bool):
            return cls(TEXT, flow(value))
        if isinstance(value, int | float):
            return cls(NUMBER, digits(value))
        if isinstance(value, str):
            share = PERCENT.fullmatch(value) if quantity else None
            if share:
                return cls(NUMBER, digits(float(share[1]) / 100))
            return cls(WRITTEN, written=flow(value)) if quantity or not value.strip() else cls(TEXT, value)
        if isinstance(value, Mapping) and quantity:
            rest = dict(value)
            ends, numbers = rest.pop("interval", None), [rest.get("median"), rest.get("factor")]
            if ends is None and set(rest) == {"median", "factor"} and all(map(_is_number, numbers)):
                return cls(FACTOR, digits(rest["median"]), digits(rest["factor"]))
            family, median = rest.pop("family", None), rest.pop("median", None)
            plain = not rest and isinstance(ends, list) and len(ends) == 2 and all(map(_is_number, ends))
            if plain and (median is None or _is_number(median)) and (family is None or family in FAMILY):
                assert isinstance(ends, list)  # noqa: S101 - as `plain` says
                middle = None if median is None else digits(median)
                return cls(INTERVAL, middle, low=digits(ends[0]), high=digits(ends[1]), family=family)
        return cls(WRITTEN, written=flow(value))


def digits(value: float) -> float:
    """Return a number with the 15 digits that a spreadsheet keeps of it."""
    return float(f"{value:.15g}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class Row:
    """One value that can be filled in."""

    name: str  #: Its path in the file, or the name of a parameter.
    path: Path_  #: Where it stands in the file.
    #: ``meaning``, ``unit``, ``possible``, ``now``: In words: what it is, what it is counted in, which values there may
    #: be, what holds today.
    meaning: Words
    unit: Words
    possible: Words
    cells: Cells  #: What the file says.
    now: str = ""
    choices: tuple[str, ...] = ()  #: What a drop-down offers; empty for none.
    #: ``who``, ``why``: Of a belief, as the file has it.
    who: str = ""
    why: str = ""


@dataclass(frozen=True)
class Form:
    """The rows of each sheet that is filled in, and the file that they come from."""

    rows: Mapping[str, tuple[Row, ...]]  #: By sheet.
    text: str  #: The file, line ends as they stand.
    files: tuple[str, ...] = field(default=())  #: Files that it rests on, itself left out, as they are named.


def form_of(path: Path, text: str, root: Path | None = None) -> Form:
    """Return what the workbook of a scenario asks for.

    ``root``: folder that ``extends`` may not leave; by default the file's. Raises :class:`InputError` if the file is no
    valid scenario.
    """
    scenario = load(path, root=root)
    here = settable(path, root)
    known = {place: here.parameters[name] for name, place in here.places.items()}
    whole: dict[str, Any] = scenario._places.data
    own = read_text(text, str(path)).data
    priors = own.get("priors") or {}
    data = {key: value for key, value in whole.items() if key not in ("priors", "extends")}
    if others := {key: value for key, value in priors.items() if key not in here.parameters}:  # pack, links in doubt
        data["priors"] = others
    inputs = tuple(_inputs(data, known, _names(scenario)))
    beliefs = tuple(
        _belief(name, parameter, priors.get(name), scenario)
        for name, parameter in here.parameters.items()
        if name not in here.places
    )
    files = tuple(name for name in scenario._files if name != scenario.source)
    return Form({INPUTS: inputs, BELIEFS: beliefs}, text, files)


def _names(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """Return what may stand under keys that take a name of the scenario itself."""
    staff = tuple(scenario.organisation.staff)
    nodes = tuple(dict.fromkeys([*scenario.network().nodes, *scenario.organisation.index]))
    return {"node": nodes, "group": staff, "pack": tuple(packs.names())}


def _inputs(data: Any, known: Mapping[Path_, Parameter], names: Mapping[str, tuple[str, ...]]) -> Iterator[Row]:
    kinds = json_schema()["$defs"]
    for path, value, kind, description in _leaves(data, ()):
        parameter = known.get(path) or known.get((*path, "value"))
        choices = names.get(str(path[-1]), ()) if isinstance(value, str) else ()
        if kind == "flag" or isinstance(value, bool):
            choices = ("true", "false")
        enum = _enum(kinds.get(kind), path)
        yield Row(
            format_path(path),
            path,
            lazy(parameter.meaning) if parameter else description,
            lazy(parameter.unit) if parameter else "",
            _possible(kind, kinds.get(kind), parameter),
            Cells.of(value, quantity=kind in _QUANTITIES or is_share(path)),
            choices=choices or (enum if isinstance(value, str) else ()),
        )


def _leaves(data: Any, path: Path_) -> Iterator[tuple[Path_, Any, str, str]]:
    """Give every value that has a cell, with the kind of its field and what that is."""
    known = field_at(path) if path else None
    kind = kind_of(known) if known is not None else ""
    inside = isinstance(data, Mapping) or (isinstance(data, list) and any(isinstance(item, Mapping) for item in data))
    if path and (kind in _QUANTITIES or kind == "scale" or not inside or not data):
        yield path, data, kind, (known.description or "") if known is not None else ""
        return
    for key, value in data.items() if isinstance(data, Mapping) else enumerate(data):
        yield from _leaves(value, (*path, key))


def _enum(schema: Any, path: Path_) -> tuple[str, ...]:
    """Return the words that a field takes, of its kind or its own."""
    known = field_at(path)
    own = next((m.json_schema for m in getattr(known, "metadata", ()) if getattr(m, "json_schema", None)), None)
    for place in (own, schema, *(schema or {}).get("anyOf", ())):
        if isinstance(place, Mapping) and "enum" in place:
            return tuple(str(word) for word in place["enum"])
    return ()


def _possible(kind: str, schema: Any, parameter: Parameter | None) -> Words:
    low, high = range_of_kind(kind)
    if parameter is not None:
        low, high = parameter.least, parameter.high
    elif isinstance(schema, Mapping):
        bounds: Mapping[str, Any] = next(
            (place for place in (schema, *schema.get("anyOf", ())) if "minimum" in place), {}
        )
        low, high = bounds.get("minimum", low), bounds.get("maximum", high)
    if high is not None and abs(high) >= 1e15:
        high = None
    if low is not None and abs(low) >= 1e15:
        low = None
    if low is not None and high is not None:
        return f"{low:g} … {high:g}"
    if low is not None:
        return lazy("at least {low:g}", low=low)
    return lazy("at most {high:g}", high=high) if high is not None else ""


def _belief(name: str, parameter: Parameter, entry: Any, scenario: Scenario) -> Row:
    notes = entry if isinstance(entry, Mapping) else {}
    said = entry
    if notes:
        said = {key: value for key, value in notes.items() if key not in NOTES}
        said = said["value"] if set(said) == {"value"} else said
        if isinstance(said, dict) and said.get("distribution") == "point":
            said = said["value"]
    now = scenario.priors.get(name, parameter.prior)
    return Row(
        name,
        ("priors", name),
        lazy(parameter.meaning),
        lazy(parameter.unit),
        _possible("prior", None, parameter),
        Cells() if entry is None else Cells.of(said, quantity=True),
        "" if now is None else describe(now),
        who=str(notes.get("by", "")),
        why=str(notes.get("why", "")),
    )
