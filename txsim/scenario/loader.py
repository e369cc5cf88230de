# SPDX-License-Identifier: MIT
"""From a file to a :class:`~txsim.scenario.models.Scenario`: `extends`, overrides, and every problem with its place."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from txsim.errors import InputError, Problem, did_you_mean
from txsim.scenario.checks import cross_check
from txsim.scenario.models import Scenario
from txsim.scenario.yaml_reader import Document, Path_, Place, format_path, read_file, read_text

__all__ = ["load", "loads", "locate", "scenario_hash"]

_MOST_EXTENDS = 8


def load(
    path: str | os.PathLike[str], *, root: str | os.PathLike[str] | None = None, overrides: Sequence[str] = ()
) -> Scenario:
    """Read a scenario file.

    Parameters
    ----------
    path
        The YAML file.
    root
        Folder that ``extends`` may not leave; by default the folder of the file.
    overrides
        ``"path=value"`` texts, as ``--set`` takes them.

    Returns
    -------
    Scenario

    Raises
    ------
    InputError
        With every problem found, each with file, line and column.
    """
    file = Path(path)
    top = Path(root) if root is not None else file.parent
    document = _with_extends(file, top.resolve(), (), str(path))
    return _built(document, overrides, str(path))


def loads(text: str, *, name: str = "text", overrides: Sequence[str] = ()) -> Scenario:
    """Read a scenario from text; ``extends`` is not allowed here. Raises :class:`InputError`."""
    document = read_text(text, name)
    if isinstance(document.data, dict) and "extends" in document.data:
        raise InputError(_problem(document, ("extends",), "a text cannot extend a file"))
    return _built(document, overrides, name)


def scenario_hash(scenario: Scenario) -> str:
    """Return the SHA-256 of what the scenario says: equal content, equal hash, wherever it stands."""
    told = scenario.model_dump(mode="json", exclude={"title", "question"})
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def _problem(document: Document, path: Path_, message: str, hint: str = "", at_key: bool = False) -> Problem:
    """Return a problem at the place of a path, or of the nearest part of it that the file has."""
    inner = path
    place: Place | None = None
    if at_key:
        place = document.keys.get(path)
    while place is None:
        place = document.places.get(inner)
        if place is None:
            place = document.keys.get(inner)
        if place is None:
            if not inner:
                return Problem(message, path=format_path(path), hint=hint)
            inner = inner[:-1]
    return Problem(message, place.file, place.line, place.column, format_path(path), place.source, hint, place.width)


def _with_extends(file: Path, root: Path, above: tuple[Path, ...], shown: str) -> Document:
    try:
        real = file.resolve()
    except (OSError, RuntimeError, ValueError):
        raise InputError(Problem("the path cannot be followed (a circle of links?)", file=shown)) from None
    if not real.is_relative_to(root):
        raise InputError(
            Problem(f"the file lies outside of {root}", file=shown, hint="keep it inside, without links out")
        )
    document = read_file(file, shown)
    if not isinstance(document.data, dict):
        raise InputError(_problem(document, (), "expected `key: value` lines, found something else"))
    told = document.data.pop("extends", None)
    if told is None:
        return document
    if not isinstance(told, str) or not told:
        raise InputError(_problem(document, ("extends",), "expected the path of a file"))
    if Path(told).is_absolute() or "\\" in told:
        raise InputError(_problem(document, ("extends",), "expected a relative path with /"))
    target = file.parent / told
    if not target.resolve().is_relative_to(root):
        hint = "keep the files in one folder tree, or state a wider --root"
        raise InputError(_problem(document, ("extends",), f"{told} lies outside of {root}", hint))
    if target.resolve() in (*above, real):
        raise InputError(_problem(document, ("extends",), f"{told} extends this file again, a circle"))
    if len(above) + 1 >= _MOST_EXTENDS + 1:
        raise InputError(_problem(document, ("extends",), f"more than {_MOST_EXTENDS} files extend each other"))
    if not target.exists():
        near = did_you_mean(
            target.name, [p.name for p in target.parent.glob("*.y*ml")] if target.parent.is_dir() else []
        )
        raise InputError(_problem(document, ("extends",), f"there is no file {told}{near}"))
    base = _with_extends(target, root, (*above, real), os.path.normpath(target))
    merged = Document(_merged(base.data, document.data), dict(base.places), dict(base.keys))
    replaced = [path for path, value in _leaves(document.data) if not isinstance(value, dict)]
    for path in replaced:  # a list or a plain value takes the place of all that stood below it
        for known in [p for p in merged.places if p[: len(path)] == path]:
            del merged.places[known]
    merged.places.update(document.places)
    merged.keys.update(document.keys)
    return merged


def _leaves(data: Any, path: Path_ = ()) -> Iterable[tuple[Path_, Any]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _leaves(value, (*path, key if isinstance(key, str) else f"{key:g}"))
    yield path, data


_QUANTITY_KEYS = {"median", "factor", "interval", "quantiles", "distribution", "value"}


def _merged(base: Any, over: Any) -> Any:
    """Merge mappings; everything else replaces, and so does a quantity as a whole."""
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    if _QUANTITY_KEYS & set(over):
        return over
    return {**base, **{key: _merged(base.get(key), value) for key, value in over.items()}}


_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+(?:\[[a-z_][a-z0-9_]*\])?)\.?")


def _override(document: Document, text: str) -> None:
    path, equals, value = text.partition("=")
    shown = f"--set {text}"
    if not equals or not path.strip():
        raise InputError(Problem("expected path=value", file=shown, hint="for example --set drivers[0].one_off=50000"))
    steps: list[str | int] = []
    for number, word in _STEP.findall(path.strip()):
        steps.append(int(number) if number else word)
    read = read_text(value if value.strip() else "null", shown)
    node: Any = document.data
    for depth, step in enumerate(steps[:-1]):
        step = _step(node, step, steps[:depth], shown)
        steps[depth] = step
        node = node.setdefault(step, {}) if isinstance(node, dict) else node[step]
    last = _step(node, steps[-1], steps[:-1], shown)
    steps[-1] = last
    node[last] = read.data
    here = tuple(steps)
    place = Place(shown, 1, 1, "")
    for known in [p for p in document.places if p[: len(here)] == here]:
        del document.places[known]
    document.places[here] = place
    document.keys[here] = place


def _step(node: Any, step: str | int, before: Sequence[str | int], shown: str) -> str | int:
    if isinstance(node, list):
        names = {item["name"]: i for i, item in enumerate(node) if isinstance(item, dict) and "name" in item}
        if isinstance(step, int) and step < len(node):
            return step
        if step in names:
            return names[step]
        message = f"{format_path(tuple(before))} has no `{step}`{did_you_mean(str(step), names)}"
        raise InputError(Problem(message, file=shown, hint=f"known: {', '.join(names) or f'0 … {len(node) - 1}'}"))
    if not isinstance(node, dict):
        raise InputError(Problem(f"{format_path(tuple(before))} is a plain value, nothing is below it", file=shown))
    return step


def _fields(model: type[BaseModel], path: Path_) -> list[str]:
    """Return the keys that are valid at a path inside a model, as far as it can be told."""
    current: Any = model
    for part in path:
        if isinstance(part, int) or current is None:
            continue
        fields = getattr(current, "model_fields", {})
        if part not in fields:
            return []
        current = _model_in(fields[part].annotation)
    return list(getattr(current, "model_fields", {}))


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_in(inner)
        if found is not None:
            return found
    return None


_FRIENDLY = {
    "missing": "this key is needed",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "int_parsing": "expected a whole number",
    "float_type": "expected a plain number",
    "float_parsing": "expected a plain number",
    "string_type": "expected text",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "dict_type": "expected `key: value` lines",
    "model_type": "expected `key: value` lines",
    "tuple_type": "expected a list",
    "string_pattern_mismatch": "expected three capital letters such as EUR",
}


def _told(document: Document, error: Any) -> Problem:
    """Turn one finding of pydantic into a problem."""
    where = [
        part
        for part in error["loc"]
        if not (isinstance(part, str) and part.startswith(("function-", "literal[", "tuple[")))
    ]
    context = error.get("ctx", {})
    path = tuple(part for part in where if part != "[key]")
    if error["type"] == "extra_forbidden":
        name = str(where[-1])
        options = _fields(Scenario, path[:-1])
        if _is_map(path[:-1]):
            options = _fields_of_map(path[:-1])
        message = f"unknown key{did_you_mean(name, options)}"
        hint = "" if "did you mean" in message or not options else f"known: {', '.join(options)}"
        return _problem(document, path, message, hint, at_key=True)
    message = _FRIENDLY.get(error["type"], error["msg"])
    if error["type"] == "missing":
        return _problem(document, path, message)
    hint = str(context.get("hint", "")) if error["type"] == "quantity" else ""
    value = error.get("input")
    if error["type"] in _FRIENDLY and not isinstance(value, dict | list):
        message += f", found {value!r}"[:80]
    key = context.get("key") if error["type"] == "quantity" else None
    if key and (*path, key) in document.places:
        path = (*path, key)
    return _problem(document, path, message, hint)


def _is_map(path: Path_) -> bool:
    return len(path) == 3 and path[:2] in (("organisation", "staff"), ("organisation", "index"))


def _fields_of_map(path: Path_) -> list[str]:
    return _fields(Scenario, path[:2])


def _built(document: Document, overrides: Sequence[str], source: str) -> Scenario:
    if not isinstance(document.data, dict):
        raise InputError(_problem(document, (), "expected `key: value` lines, found something else"))
    for text in overrides:
        _override(document, text)
    try:
        scenario = Scenario.model_validate(document.data)
    except ValidationError as error:
        seen: set[tuple[str, str]] = set()
        problems = []
        for finding in error.errors(include_url=False):
            problem = _told(document, finding)
            if (problem.path, problem.message) not in seen:
                seen.add((problem.path, problem.message))
                problems.append(problem)
        problems.sort(key=lambda p: (p.file or "", p.line or 0, p.column or 0))
        raise InputError(problems) from None
    found = [_problem(document, path, message, hint) for path, message, hint in cross_check(scenario)]
    if found:
        found.sort(key=lambda p: (p.file or "", p.line or 0, p.column or 0))
        raise InputError(found)
    scenario._source = source
    scenario._content = document.data
    scenario._places = document
    return scenario


def locate(scenario: Scenario, path: Path_, message: str, hint: str = "") -> Problem:
    """Return a remark about a loaded scenario at its place in the file."""
    return _problem(scenario._places, path, message, hint)
