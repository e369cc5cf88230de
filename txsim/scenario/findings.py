# SPDX-License-Identifier: MIT
"""What a scenario's classes find, told to a person: where it stands, what was expected, what was probably meant."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, get_args, get_origin

from txsim.errors import Problem, did_you_mean
from txsim.language import Message, Words, as_message, lazy
from txsim.priors.distributions import Distribution, point
from txsim.priors.typed_numbers import plain_number_in
from txsim.priors.written_numbers import PERCENT, QuantityError, meant_by
from txsim.scenario.beliefs import DOUBT
from txsim.scenario.fields import range_of_kind, shown, without_percent
from txsim.scenario.layers import KEY, Layers, Setting, parse_path
from txsim.scenario.models import Scenario
from txsim.scenario.record import Record, is_record, optional
from txsim.scenario.record_fields import Kind, Refusal
from txsim.scenario.scalars import Trap, read_plain
from txsim.scenario.vocabulary import parameter_table
from txsim.scenario.yaml_reader import BAD, Path_, Place, format_path
from txsim.units import Sort, sort_of

_EXPECTED = {
    "float_type": lazy("a plain number"),
    "string_type": "text",
    "dict_type": "`key: value` lines",
    "model_type": "`key: value` lines",
    "tuple_type": lazy("a list, each entry after `- `"),
}


#: Kinds of fields that hold no number.
_NO_NUMBERS = ("", "name", "text", "flag", "scale")


def problems_of(layers: Layers, errors: list[Any]) -> list[Problem]:
    """Return problems with places from findings, each once, without those told already.

    ``layers``: where values come from, and which have been complained of. ``errors``: those of
    :class:`~txsim.scenario.record_fields.Faulty`.
    """
    problems: dict[tuple[str, str | Message], Problem] = {}
    for error in errors:
        path = path_of(layers.data, error["loc"])
        if (
            any(path[: len(bad)] == bad or bad[: len(path)] == path for bad in layers.bad)
            or (layers.bad and _holds_bad(error.get("input")))
        ) and error["type"] != "extra_forbidden":
            continue
        problem = _told(layers, error, path)
        problems.setdefault((problem.path, problem.message), problem)
    return list(problems.values())


def _holds_bad(value: Any) -> bool:
    """Whether a value, or one inside of it, has been complained of."""
    if isinstance(value, dict):
        return any(map(_holds_bad, value.values()))
    return any(map(_holds_bad, value)) if isinstance(value, list | tuple) else value is BAD


def grouped_numbers(layers: Layers) -> list[Problem]:
    """Return what to ask of money and people written as `22.000`: thousands where commas part decimals, or 22."""
    problems = []
    for at, document in layers.layers:
        for inner, text in document.grouped:
            path = (*at, *inner)
            if inner[-1:] == ("factor",) or value_at(layers.data, path) != float(text):
                continue
            if is_money(path):
                whole = text.replace(".", "")
                message = lazy("`{text}`: {whole} or {number:g}?", text=text, whole=whole, number=float(text))
                problems.append(
                    layers.problem(
                        path, message, lazy("write {whole} or {other}", whole=whole, other=_with_point(text))
                    )
                )
    return problems


def sort_at(path: Path_) -> Sort:
    """Return what kind of quantity stands at a path of a scenario, or at the nearest place above it that is known."""
    if path[:1] == ("priors",) and len(path) > 1:
        known = parameter_table().get(str(path[1]))
        return Sort("share") if path[1] == DOUBT else Sort("number") if known is None else known.sort
    size = _known_to(path)
    return sort_of(str(path[size - 1]), kind_of(field_at(path[:size]))) if size else Sort("number")


def _known_to(path: Path_) -> int:
    """Return how many steps of a path lead to the last field of it, 0 where there is none."""
    return next((size for size in range(len(path), 0, -1) if field_at(path[:size]) is not None), 0)


def is_money(path: Path_) -> bool:
    """Whether money or people stand at a path of a scenario, or at the nearest place above it that is known."""
    size = _known_to(path)
    return size > 0 and kind_of(field_at(path[:size])) in ("money", "plain_money", "amount")


def is_share(path: Path_) -> bool:
    """Whether a share stands at a path of a scenario, which may be written in percent."""
    return sort_at(path).share


def limits_at(path: Path_) -> tuple[float, float]:
    """Return between which limits the quantity at a path of a scenario lies, infinite where it has none."""
    known = parameter_table().get(str(path[1])) if len(path) == 2 and path[0] == "priors" else None
    field = field_at(path)
    low, high = (known.low, known.high) if known else (None, None) if field is None else range_of_kind(kind_of(field))
    return -math.inf if low is None else low, math.inf if high is None else high


def as_file_has_it(text: str) -> str:
    """Return ``path=value`` that was typed at an option with a number as a file writes it: `22 000` as 22000.

    What is no number at all, could be read two ways, or stands where no number belongs, is returned as it is: the
    reader of files says what is wrong with it. Files themselves, and those of sweeps, hold plain numbers.
    """
    left, equals, value = text.partition("=")
    place = getattr(text, "place", None) or Place("--set", None, len(left) + 2, text[:200], max(1, len(value.strip())))
    try:
        steps = parse_path(left.strip())
    except ValueError:
        return text
    if not equals or place.line is not None or not _numeric(steps):  # a line is that of a file
        return text
    plain = plain_number_in(value)
    percent = plain is not None and plain.endswith("%")
    if plain is None or _as_read(value.strip()) or (percent and not is_share(steps)):
        return text
    return Setting(f"{left}={plain}", place)


def _as_read(text: str) -> bool:
    try:
        return isinstance(read_plain(text), int | float) or PERCENT.fullmatch(text) is not None
    except Trap:
        return False


def _numeric(path: Path_) -> bool:
    if len(path) == 2 and path[0] == "priors":
        return True
    field = field_at(path)
    return field is not None and kind_of(field) not in _NO_NUMBERS


def read_at(path: Path_, raw: Any) -> Distribution | None:
    """Return a quantity as the file reads it at a path; ``None`` where no field of one kind stands there.

    Raises :class:`QuantityError` if it cannot stand there.
    """
    field = field_at(path)
    kind = None if field is None else _kind(field)
    if kind is None:
        return None
    try:
        value = kind.read(raw)
    except Refusal as error:
        hint = _cure(error.context, path, raw)
        raise QuantityError(as_message(error.context["message"]), as_message(hint) if hint else None) from None
    return value if isinstance(value, Distribution) else point(float(value))


def _cure(refused: Mapping[str, Any], path: Path_, raw: Any) -> Words | None:
    """Return what is to be written in place of what was refused: what its key tells of it, else what is known alone."""
    hint: Words | None = refused["hint"]
    text = refused["text"]
    if not isinstance(text, str) or not text:
        return hint
    return meant_by(text, sort_at(path), without_percent(raw) if PERCENT.fullmatch(text) else "") or hint


def _with_point(text: str) -> str:
    short = text.rstrip("0").rstrip(".")
    return f"{short}.0" if "." not in short else short if len(short.split(".")[1]) < 3 else f"{short}0"


def value_at(data: Any, path: Path_) -> Any:
    """Return what stands at a path in plain data, ``None`` where nothing does."""
    for part in path:
        if isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        elif isinstance(data, dict):
            data = data.get(part)
        else:
            return None
    return data


def path_of(data: Any, loc: tuple[Any, ...]) -> Path_:
    """Return the path of a finding inside the data: without parts that only the models have."""
    path: list[str | int] = []
    for part in loc:
        if isinstance(data, dict) and (part in data or not path):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        elif isinstance(data, dict) and part is loc[-1] and part != KEY:
            path.append(part)  # what is missing
            break
        else:
            break
        path.append(part)
    return tuple(path)


def _told(layers: Layers, error: Any, path: Path_) -> Problem:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(layers, path)
    if kind == "missing":
        return layers.problem(path, lazy("`{path}` is needed and not given", path=path[-1]), _needed(path))
    if kind == "refused":
        inner = (*path, context["key"]) if context.get("key") else path
        place = inner if context.get("key") and layers.place(inner) != layers.place(path) else path
        if error["loc"][-1:] == (KEY,) or context["unknown"]:
            place = (*place, KEY)
        return layers.problem(place, context["message"], _cure(context, error["loc"], error.get("input")))
    if kind == "too_long":
        most, held = context["max_length"], context["actual_length"]
        return layers.problem(path, lazy("{held} entries; the limit is {most}", held=held, most=most))
    value = error.get("input")
    text = "nothing" if value is None else shown(value)
    expected = _EXPECTED.get(kind)
    if expected is None:
        return layers.problem(path, str(error["msg"])[:200])
    return layers.problem(
        path, lazy("expected {expected}, found {shown}", expected=expected, shown=text), _shape_hint(kind, path, value)
    )


def _shape_hint(kind: str, path: Path_, value: Any) -> Words:
    last = path[-1] if path else ""
    if kind == "tuple_type" and isinstance(value, dict):
        return lazy("begin each entry of `{last}` with `- `", last=last)
    if kind in ("model_type", "dict_type") and isinstance(value, list):
        return lazy("`{last}` holds keys, not a list: leave the `- ` out", last=last)
    return ""


def _needed(path: Path_) -> str:
    model = _model_at(path[:-1])
    field = _field(model, str(path[-1])) if model is not None else None
    return f"`{path[-1]}`: {field.description}" if field is not None and field.description else ""


def _unknown(layers: Layers, path: Path_) -> Problem:
    name, above = str(path[-1]), path[:-1]
    options = _keys(_model_at(above))
    other = _of_other_span(name, options)
    close = did_you_mean(name, options) if other is None else did_you_mean(other[0], [other[0]])
    close = _meant(name, options) or close
    place = "" if above else _whole_path(layers, name)
    close = "" if place else close
    owners = [] if close else _owners().get(name, [])
    hint: Words | None
    if place:
        hint = lazy("write `{name}`", name=place)
    elif owners:
        hint = lazy(
            "`{name}` belongs under {owners}: is the indentation right?",
            name=name,
            owners=" or ".join(f"`{owner}`" for owner in owners[:3]),
        )
    elif close:
        hint = None if other is None else other[1]
    elif above:
        hint = lazy("keys of {here}: {options}", here=format_path(above), options=", ".join(options))
    else:
        hint = lazy("keys at the top of the file: {options}", options=", ".join(options))
    return layers.problem((*path, KEY), lazy("unknown key `{name}`{close}", name=name[:60], close=close), hint)


def _whole_path(layers: Layers, name: str) -> str:
    """Return the whole path of what a report calls by a short name: a belief, or a driver; empty for another."""
    if name in parameter_table():
        return f"priors.{name}"
    drivers = layers.data.get("drivers") if isinstance(layers.data, Mapping) else None
    named = any(isinstance(each, Mapping) and each.get("name") == name for each in drivers or ())
    return f"drivers.{name}.…" if named else ""


def _of_other_span(name: str, options: list[str]) -> tuple[str, Message] | None:
    """Return the key of a month for that of a year, or back, and how a figure of one becomes that of the other."""
    stem = re.sub(r"_?(?:per_)?(?:year|month)(?:ly)?$|_?annual(?:ly)?_?", "", name)
    for span, key in (("month", f"{stem}_per_month"), ("month", "monthly"), ("year", f"{stem}_per_year")):
        if stem == name or key not in options or (key == "monthly" and stem not in ("", *_AMOUNTS)):
            continue
        if stem not in ("churn", "turnover"):
            return key, lazy("a twelfth of a year's figure") if span == "month" else lazy("twelve times a month's")
        if span == "month":  # those who stay through a year stay through each of its months
            return key, lazy("of a yearly share y write 1 − (1 − y)^(1/12): 20 % a year are 1.84 % a month")
        return key, lazy("of a monthly share m write 1 − (1 − m)^12: 2 % a month are 21.5 % a year")
    return None


#: Words for an amount, and what parts of a file call theirs.
_AMOUNTS = ("amount", "cost", "money", "monthly", "one_off", "price", "saving", "savings", "value")
_AMOUNT_KEYS = ("monthly", "amount", "one_off")


def _meant(name: str, options: list[str]) -> Message | str:
    """Return ``"; did you mean `x`?"`` for the one key that holds the word written, or that is an amount as it is."""
    held = [key for key in options if key == f"{name}s"] or [key for key in options if name in key.split("_")]
    if len(held) != 1 and name in _AMOUNTS:
        held = [key for key in _AMOUNT_KEYS if key in options][:1]
    return did_you_mean(held[0], held) if len(held) == 1 else ""


def keys_at(path: Path_) -> list[str]:
    """Return the keys that may stand under a path; none where any name may stand or nothing."""
    return _keys(_model_at(path))


def kind_of(field: Any) -> str:
    """Return the kind of a field as the JSON Schema calls it, optional or not; empty if it has none."""
    kind = _kind(field)
    return "" if kind is None else str(kind.json_schema["kind"])


def _kind(field: Any) -> Kind | None:
    parts = [*field.metadata]
    for inner in get_args(field.annotation):
        parts += getattr(inner, "__metadata__", ())
    return next((part for part in parts if isinstance(part, Kind) and part.json_schema.get("kind")), None)


def field_at(path: Path_) -> Any:
    """Return the field of a path, or ``None`` for entries with free names."""
    model = _model_at(path[:-1])
    return None if model is None else _field(model, str(path[-1]))


def _keys(model: type[Record] | None) -> list[str]:
    if model is None:
        return []
    names = [field.alias or name for name, field in model.model_fields.items() if name != "link_doubt"]
    return ["extends", *names] if model is Scenario else names


def _field(model: type[Record], name: str) -> Any:
    return next((field for known, field in model.model_fields.items() if name == (field.alias or known)), None)


def _model_at(path: Path_) -> type[Record] | None:
    """Return the model that a path leads to, or ``None``."""
    annotation: Any = Scenario
    for part in path:
        if is_record(annotation):
            field = _field(annotation, str(part))
            if field is None:
                return None
            annotation = _plain(field.annotation)
        elif get_origin(annotation) in (dict, tuple):
            args = get_args(annotation)
            annotation = _plain(args[1] if get_origin(annotation) is dict else args[0])
        else:
            return None
    return annotation if is_record(annotation) else None


def _plain(annotation: Any) -> Any:
    """Return an annotation without ``| None``."""
    inner = optional(annotation)
    return annotation if inner is None else inner


@lru_cache(maxsize=1)
def _owners() -> dict[str, list[str]]:
    """Return under which parts of a file each key stands."""
    owners: dict[str, list[str]] = {}

    def walk(model: type[Record], path: str) -> None:
        for name, field in model.model_fields.items():
            key = field.alias or name
            if name == "link_doubt":
                owners[DOUBT] = ["priors"]
                continue
            if path:
                owners.setdefault(key, []).append(path)
            inner = _plain(field.annotation)
            if get_origin(inner) in (dict, tuple):
                args = get_args(inner)
                inner = _plain(args[1] if get_origin(inner) is dict else args[0])
            if is_record(inner):
                walk(inner, f"{path}.{key}" if path else key)

    walk(Scenario, "")
    return owners
