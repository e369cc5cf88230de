# SPDX-License-Identifier: MIT
"""What a file may say, as frozen classes: fields of a kind each, read from plain data and written back to it.

Methods and findings are called as pydantic's are, which stood here. Importing it and building its schemas took a
quarter of a warm run, and it left every value to functions of our own anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, ClassVar, Self, Union, dataclass_transform, get_args, get_origin

from txsim.scenario.record_fields import UNSET, Faulty, Field, FieldInfo, Kind, Refusal

_Loc = tuple[str | int, ...]
#: Reads a value at a place and adds to the findings; ``_BAD`` where it did.
_Reader = Callable[[Any, _Loc, list[dict[str, Any]]], Any]
_Writer = Callable[[Any, bool], Any]
_BAD: Any = object()


@dataclass_transform(kw_only_default=True, field_specifiers=(Field,))
class Record:
    """A part of a file: nothing unknown in it, nothing changed later. Raises :class:`Faulty` for what does not fit."""

    model_fields: ClassVar[dict[str, FieldInfo]] = {}
    _checks_by_place: ClassVar[dict[tuple[str, str], Any]] = {}
    _plan: ClassVar[list[tuple[FieldInfo, str, _Reader]] | None] = None
    _writers: ClassVar[list[tuple[FieldInfo, _Writer]] | None] = None

    def __init_subclass__(cls) -> None:
        """Take fields and checks from the body of the class."""
        cls.model_fields, cls._checks_by_place, cls._plan, cls._writers = {}, {}, None, None
        for name, text in cls.__annotations__.items():
            field = cls.__dict__.get(name)
            if isinstance(field, FieldInfo):
                field._named(name, text, cls.__module__)
                cls.model_fields[name] = field
                delattr(cls, name)
        for name, value in list(vars(cls).items()):
            function = getattr(value, "__func__", value)
            if name[:1] == "_" and hasattr(function, "_checks"):
                names, mode = function._checks
                for place in names or ("",):
                    cls._checks_by_place[place, mode] = function

    def __init__(self, **data: Any) -> None:
        found: list[dict[str, Any]] = []
        made = type(self)._made(data, (), found)
        if made is _BAD:
            raise Faulty(type(self).__name__, found)
        self.__dict__.update(made.__dict__)

    @classmethod
    def model_validate(cls, raw: Any) -> Self:
        """Return the record that plain data are; :class:`Faulty` with all that is wrong."""
        found: list[dict[str, Any]] = []
        made = cls._made(raw, (), found)
        if made is _BAD:
            raise Faulty(cls.__name__, found)
        return made  # type: ignore[no-any-return]

    @classmethod
    def _made(cls, raw: Any, loc: _Loc, found: list[dict[str, Any]]) -> Any:
        if isinstance(raw, cls):
            return raw
        checks = cls._checks_by_place
        if ("", "before") in checks:
            raw = _asked(lambda value: checks["", "before"](cls, value), raw, loc, found)
            if raw is _BAD or isinstance(raw, cls):
                return raw
        if not isinstance(raw, Mapping):
            return _wrong("model_type", loc, raw, found)
        before = len(found)
        values, given = cls._values(raw, loc, found)
        if len(found) > before:
            return _BAD
        made = object.__new__(cls)
        made.__dict__.update(values)
        made.__dict__["_given"] = frozenset(given)
        return _asked(checks["", "after"], made, loc, found, raw) if ("", "after") in checks else made

    @classmethod
    def _values(cls, raw: Mapping[Any, Any], loc: _Loc, found: list[dict[str, Any]]) -> tuple[dict[str, Any], set[str]]:
        """Return the value of each field, and which were stated."""
        if cls._plan is None:
            cls._plan = [(field, field.alias or name, cls._reader(field)) for name, field in cls.model_fields.items()]
        values: dict[str, Any] = {}
        given, used = set(), set()
        for field, key, read in cls._plan:
            name = field.name
            at: tuple[str, ...] = (key,)
            value = raw.get(key, UNSET)
            if value is UNSET and field.alias_path:
                at, value = field.alias_path, _along(raw, field.alias_path)
            elif value is UNSET and key != name:
                key, value = name, raw.get(name, UNSET)
            if value is not UNSET:
                given.add(name)
                used.add(at[0] if field.alias_path else key)
                values[name] = read(value, (*loc, *at), found)
            elif field.is_required():
                _wrong("missing", (*loc, key), raw, found)
            else:
                values[name] = field.get_default()
        if len(used) < len(raw):
            for key in raw:
                if key not in used:
                    _wrong("extra_forbidden" if isinstance(key, str) else "invalid_key", (*loc, key), raw[key], found)
        return values, given

    @classmethod
    def _reader(cls, field: FieldInfo) -> _Reader:
        inner = _reader(field.whole, field.max_length)
        before = cls._checks_by_place.get((field.name, "before"))
        after = cls._checks_by_place.get((field.name, "after"))
        if before is None and after is None:
            return inner

        def read(raw: Any, loc: _Loc, found: list[dict[str, Any]]) -> Any:
            value = raw if before is None else _asked(lambda v: before(cls, v), raw, loc, found)
            value = value if value is _BAD else inner(value, loc, found)
            return value if value is _BAD or after is None else _asked(lambda v: after(cls, v), value, loc, found, raw)

        return read

    @property
    def model_fields_set(self) -> frozenset[str]:
        """Names of the fields that were stated."""
        given: frozenset[str] = self.__dict__["_given"]
        return given

    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> Self:
        """Return a copy with other values of some fields, which are not checked."""
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        if update:
            copy.__dict__.update(update)
            copy.__dict__["_given"] = self.model_fields_set | set(update)
        return copy

    def model_dump(self, *, by_alias: bool = False, exclude: frozenset[str] = frozenset()) -> dict[str, Any]:
        """Return it as plain data for JSON, defaults included, by names of fields or by their keys in a file."""
        cls = type(self)
        if cls._writers is None:
            cls._writers = [(f, _writer(f.whole)) for f in cls.model_fields.values() if not f.exclude]
        data: dict[str, Any] = {}
        for field, write in cls._writers:
            value = self.__dict__[field.name]
            if field.name not in exclude and (field.exclude_if is None or not field.exclude_if(value)):
                key = (field.alias or field.name) if by_alias else field.name
                data[key] = None if value is None else write(value, by_alias)
        return data

    def __setattr__(self, name: str, value: Any) -> None:
        if name in type(self).model_fields:
            message = f"{type(self).__name__} is frozen: use model_copy(update=...)"
            raise AttributeError(message)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        message = f"{type(self).__name__} is frozen"
        raise AttributeError(message)

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return ((name, self.__dict__[name]) for name in self.model_fields)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and dict(self) == dict(other)

    def __hash__(self) -> int:
        return hash((type(self), *dict(self).values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self)})"


#: What is said of a finding to whoever makes records in Python; people who write files read `findings` instead.
_WORDS = {
    "model_type": "expected a mapping or {0}",
    "dict_type": "expected a mapping",
    "tuple_type": "expected a list",
    "string_type": "expected text",
    "float_type": "expected a number",
    "missing": "is needed and not given",
    "extra_forbidden": "unknown key",
    "invalid_key": "Keys should be strings",
    "too_long": "too many entries",
}


def _wrong(kind: str, loc: _Loc, raw: Any, found: list[dict[str, Any]], **context: Any) -> Any:
    """Add to the findings and return what stands for no value."""
    message = str(context["message"]) if kind == "refused" else _WORDS[kind]
    found.append({"type": kind, "loc": loc, "input": raw, "ctx": context, "msg": message})
    return _BAD


def _asked(check: Callable[[Any], Any], value: Any, loc: _Loc, found: list[dict[str, Any]], raw: Any = UNSET) -> Any:
    try:
        return check(value)
    except Refusal as refusal:
        return _wrong("refused", loc, value if raw is UNSET else raw, found, **refusal.context)


def _along(raw: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        raw = raw.get(key, UNSET) if isinstance(raw, Mapping) else UNSET
    return raw


def optional(annotation: Any) -> Any:
    """Return what an annotation is without ``None``; ``None`` for one that does not take it."""
    if not isinstance(annotation, UnionType) and get_origin(annotation) is not Union:
        return None
    return next(part for part in get_args(annotation) if part is not type(None))


def is_record(annotation: Any) -> bool:
    """Whether an annotation is a record."""
    return isinstance(annotation, type) and get_origin(annotation) is None and issubclass(annotation, Record)


def _reader(annotation: Any, most: int | None = None) -> _Reader:
    """Return what reads a value of a type."""
    inner = optional(annotation)
    if inner is not None:
        of = _reader(inner, most)
        return lambda raw, loc, found: None if raw is None else of(raw, loc, found)
    if is_record(annotation):
        return lambda raw, loc, found: annotation._made(raw, loc, found)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _by_kind(annotation.__metadata__[0])
    if origin is dict:
        return _mapping(_reader(args[0]), _reader(args[1]), most)
    if origin is tuple:
        return _list(_reader(args[0]), most)
    if annotation is str:
        return lambda raw, loc, found: raw if isinstance(raw, str) else _wrong("string_type", loc, raw, found)
    if annotation is float:
        return lambda raw, loc, found: (
            float(raw) if isinstance(raw, int | float) else _wrong("float_type", loc, raw, found)
        )
    return lambda raw, loc, found: raw


def _by_kind(kind: Kind) -> _Reader:
    read_value = kind.read

    def read(raw: Any, loc: _Loc, found: list[dict[str, Any]]) -> Any:
        try:
            return read_value(raw)
        except Refusal as refusal:
            return _wrong("refused", loc, raw, found, **refusal.context)

    return read


def _mapping(key_of: _Reader, value_of: _Reader, most: int | None) -> _Reader:
    def read(raw: Any, loc: _Loc, found: list[dict[str, Any]]) -> Any:
        if not isinstance(raw, Mapping):
            return _wrong("dict_type", loc, raw, found)
        if most is not None and len(raw) > most:
            return _wrong("too_long", loc, raw, found, max_length=most, actual_length=len(raw))
        before, values = len(found), {}
        for key, value in raw.items():
            known = key_of(key, (*loc, key, "[key]"), found)
            values[known] = value_of(value, (*loc, key), found)
        return _BAD if len(found) > before else values

    return read


def _list(entry: _Reader, most: int | None) -> _Reader:
    def read(raw: Any, loc: _Loc, found: list[dict[str, Any]]) -> Any:
        if not isinstance(raw, list | tuple):
            return _wrong("tuple_type", loc, raw, found)
        if most is not None and len(raw) > most:
            return _wrong("too_long", loc, raw, found, max_length=most, actual_length=len(raw))
        before = len(found)
        values = tuple(entry(value, (*loc, i), found) for i, value in enumerate(raw))
        return _BAD if len(found) > before else values

    return read


def _writer(annotation: Any) -> Callable[[Any, bool], Any]:
    """Return what writes a value of a type that is not ``None`` as plain data."""
    inner = optional(annotation)
    if inner is not None:
        return _writer(inner)
    if is_record(annotation):
        return lambda value, by_alias: value.model_dump(by_alias=by_alias)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        write = annotation.__metadata__[0].write
        return (lambda value, by_alias: value) if write is None else lambda value, by_alias: _plain(write(value))
    if origin is dict:
        of = _writer(args[1])
        return lambda value, by_alias: {
            key: None if held is None else of(held, by_alias) for key, held in value.items()
        }
    if origin is tuple:
        each = _writer(args[0])
        return lambda value, by_alias: [each(held, by_alias) for held in value]
    return lambda value, by_alias: _plain(value)


def _plain(value: Any) -> Any:
    """Return plain data as JSON has them: keys are texts, tuples lists."""
    if value is None or isinstance(value, str | int | float):  # by far the most frequent
        return value
    if isinstance(value, Mapping):
        return {key if isinstance(key, str) else _key(key): _plain(held) for key, held in value.items()}
    return [_plain(held) for held in value] if isinstance(value, list | tuple) else value


def _key(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def written_paths(of: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of what a file states, down to plain values."""
    if isinstance(of, Record):
        for field in type(of).model_fields.values():
            if field.name in of.model_fields_set and not field.exclude:
                yield from written_paths(getattr(of, field.name), f"{path}.{field.alias or field.name}")
    elif isinstance(of, Mapping):
        for key, inner in of.items():
            yield from written_paths(inner, f"{path}.{key}")
    elif isinstance(of, tuple) and any(isinstance(each, Record) for each in of):
        for i, inner in enumerate(of):
            yield from written_paths(inner, f"{path}[{i}]")
    else:
        yield path.removeprefix(".")
