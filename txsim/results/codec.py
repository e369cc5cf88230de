# SPDX-License-Identifier: MIT
"""Results to JSON and back.

The JSON of a result is one object: ``kind``, the fields of its type (docs/schema.md promises their names), ``units``
(dotted key, ``*`` for any name or number, to the unit) and, where it says something in words, ``messages``: the words
stand in English under their own key, and ``messages`` holds code and parameters under the same dotted key, so that the
result can be read in another language. What does not exist is null, never NaN.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from txsim.errors import InputError, Problem
from txsim.language import Message, lazy
from txsim.printable import well_formed
from txsim.results.quantities import MONEY, Unit

#: Module and type of each kind of result; imported when one is read.
KINDS = {
    "backtest": ("txsim.results.backtest", "Backtest"),
    "batch": ("txsim.results.batch", "Batch"),
    "batch plan": ("txsim.results.batch", "BatchPlan"),
    "batch run": ("txsim.results.batch", "BatchRun"),
    "batch table": ("txsim.results.batch", "BatchTable"),
    "check": ("txsim.results.check", "Check"),
    "compare": ("txsim.results.compare", "Comparison"),
    "diff": ("txsim.results.diff", "Difference"),
    "evidence check": ("txsim.results.evidence", "EvidenceCheck"),
    "evidence list": ("txsim.results.evidence", "EvidenceList"),
    "evidence pool": ("txsim.results.pooling", "EvidencePool"),
    "evidence show": ("txsim.results.evidence", "EvidenceShow"),
    "explain": ("txsim.results.explain", "Explanation"),
    "graph": ("txsim.results.graph", "CausalGraph"),
    "link": ("txsim.results.link", "Link"),
    "pilot": ("txsim.results.pilot", "Pilot"),
    "priors check": ("txsim.results.beliefs", "PriorsCheck"),
    "priors compare": ("txsim.results.belief_comparison", "PriorsCompare"),
    "priors diff": ("txsim.results.belief_changes", "PriorsDiff"),
    "priors elicit": ("txsim.results.elicitation", "PriorsElicit"),
    "priors list": ("txsim.results.beliefs", "PriorsList"),
    "priors packs": ("txsim.results.beliefs", "PriorsPacks"),
    "priors set": ("txsim.results.belief_changes", "PriorsSet"),
    "priors show": ("txsim.results.beliefs", "PriorsShow"),
    "run": ("txsim.results.run", "Run"),
    "sensitivity": ("txsim.results.sensitivity", "Sensitivity"),
    "update": ("txsim.results.update", "Update"),
    "whatif": ("txsim.results.whatif", "WhatIf"),
}


class Result:
    """What a verb answers; each is a frozen dataclass of its own."""

    kind: ClassVar[str]  #: Name of the verb, as JSON and reports know it.

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain data, ready for ``json.dumps``."""
        messages: dict[str, Any] = {}
        data = {"kind": self.kind, **_encoded(self, "", messages)}
        currency = getattr(self, "currency", "")
        # A result that counts units of its own has the units of its figures under another key.
        data["figure_units" if "units" in data else "units"] = {
            key: currency if currency and unit == MONEY.name else unit for key, unit in units_of(self.__class__).items()
        }
        if messages:
            data["messages"] = messages
        return data


def plain(value: Any) -> Any:
    """Return a part of a result as plain data: its messages in English, what does not exist null."""
    return _encoded(value, "", {})


def _encoded(value: Any, key: str, messages: dict[str, Any]) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return well_formed(value)  # names of files may hold what is no text
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Message):
        messages[key] = _encoded(value.to_json(), "", {})
        return well_formed(value.english())
    if isinstance(value, Mapping):
        return {str(name): _encoded(inner, _inside(key, str(name)), messages) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_encoded(inner, _inside(key, str(i)), messages) for i, inner in enumerate(value)]
    if dataclasses.is_dataclass(value):
        return {
            f.name: _encoded(getattr(value, f.name), _inside(key, f.name), messages)
            for f in dataclasses.fields(value)
            if not f.metadata.get("internal")
        }
    if hasattr(value, "item"):  # a number of numpy
        return _encoded(value.item(), key, messages)
    raise TypeError(lazy("{key}: a {name} has no place in a result", key=key, name=type(value).__name__))


def _inside(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def units_of(cls: type[Any]) -> dict[str, str]:
    """Return the units of a result's figures by dotted key, with ``*`` for any name or number."""
    units: dict[str, str] = {}
    _collect(cls, "", None, units)
    return units


@cache
def _hints(cls: Any) -> dict[str, Any]:
    """Return the types of a class's fields, looked up once: a distribution stands in a result forty times."""
    return typing.get_type_hints(cls, include_extras=True)


def _collect(hint: Any, key: str, unit: Unit | None, units: dict[str, str]) -> None:
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        inner, *marks = typing.get_args(hint)
        _collect(inner, key, next((mark for mark in marks if isinstance(mark, Unit)), unit), units)
    elif origin in (typing.Union, types.UnionType):
        for part in typing.get_args(hint):
            _collect(part, key, unit, units)
    elif dataclasses.is_dataclass(hint) and hint is not Message:
        if unit is not None:
            units[key] = unit.name
        hints = _hints(typing.cast("typing.Hashable", hint))
        for f in dataclasses.fields(hint):
            if not f.metadata.get("internal"):
                _collect(hints[f.name], _inside(key, f.name), None, units)
    elif origin is not None and isinstance(origin, type):
        inner_hints = typing.get_args(hint)
        if issubclass(origin, Mapping):
            _collect(inner_hints[1], _inside(key, "*"), unit, units)
        elif issubclass(origin, tuple | list):
            _collect(inner_hints[0], _inside(key, "*"), unit, units)
    elif unit is not None and hint is not type(None):
        units[key] = unit.name


def from_json(data: Any, file: str = "") -> Result:
    """Return the result that :meth:`Result.to_json` wrote.

    Raises :class:`InputError` if it is no result of a known kind, or a field is missing or of another type.
    """
    from pydantic import ValidationError

    name = data.get("kind") if isinstance(data, dict) else None
    if name not in KINDS:
        known = ", ".join(sorted(KINDS))
        message = lazy("is not a result of txsim (a JSON object whose `kind` is one of: {known})", known=known)
        raise InputError(Problem(message, file=file or None))
    try:
        result: Result = _adapter(name).validate_python(_with_messages(data, file))
    except ValidationError as error:
        raise InputError(
            [
                Problem(
                    lazy("this part is not as txsim writes it"), file=file or None, path=".".join(map(str, e["loc"]))
                )
                for e in error.errors()[:10]
            ]
        ) from error
    return result


@cache
def _adapter(name: str) -> Any:
    import importlib

    from pydantic import TypeAdapter

    module, cls = KINDS[name]
    return TypeAdapter(getattr(importlib.import_module(module), cls))


def _with_messages(data: dict[str, Any], file: str) -> dict[str, Any]:
    """Return data in which texts that have a code are messages again."""
    messages = data.get("messages")
    if not isinstance(messages, dict):
        return data
    import copy

    whole = copy.deepcopy({key: value for key, value in data.items() if key != "messages"})
    for key, code in messages.items():
        try:
            _put(whole, key, code)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            message = lazy("this part is not as txsim writes it")
            raise InputError(Problem(message, file=file or None, path=f"messages.{key}"[:200])) from None
    return whole


def _put(whole: Any, key: str, code: Any) -> None:
    """Put a message where its dotted key says; names may hold dots, so the longest that exists is taken."""
    at, rest = whole, key
    while True:
        if isinstance(at, list):
            head, _dot, rest = rest.partition(".")
            place: Any = int(head)
        else:
            names = [name for name in at if rest == name or rest.startswith(f"{name}.")]
            if not names:
                return
            place = max(names, key=len)
            rest = rest[len(place) + 1 :]
        if not rest:
            at[place] = Message.from_json(code)
            return
        at = at[place]
