# SPDX-License-Identifier: MIT
"""One document out of several: what a file extends, what it says itself, and what ``--set`` changes last.

Mappings merge, lists and plain values replace; a quantity replaces another one whole, and ``null`` takes back what
stood there. The layers are kept, so that a message can show the line that a value really comes from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import yaml

from txsim.errors import InputError, Problem, did_you_mean, message_of
from txsim.language import Words, as_message, lazy
from txsim.scenario.yaml_reader import Document, Path_, Place, format_path, read_text

#: At the end of a path: the key is meant, not its value.
KEY = "[key]"

_QUANTITY = {"median", "factor", "interval", "quantiles", "distribution"}
_STEP = re.compile(r"((?:[^.\[\]]|\[(?![0-9]+\])[^\[\]]*\])+)|\[([0-9]{1,6})\]")


@dataclass(frozen=True, slots=True)
class Layers:
    """Documents from the one that wins to the one at the bottom, and their data as one."""

    data: Any  #: Merged plain data.
    #: Documents with the path they stand at: ``()`` for files, deeper for ``--set``.
    layers: tuple[tuple[Path_, Document], ...]
    #: ``problems``, ``bad``: What was found wrong with single values, and where.
    problems: tuple[Problem, ...]
    bad: frozenset[Path_]

    @classmethod
    def of(cls, documents: Sequence[Document]) -> Layers:
        """Merge documents, the one that wins first."""
        data = None
        for document in reversed(documents):
            said = document.data
            data = (
                _taken_back(said) if data is None and document.nulls else said if data is None else _merged(data, said)
            )
        problems = tuple(problem for document in documents for problem in document.problems)
        bad = frozenset().union(*(document.bad for document in documents))
        return cls(data, tuple(((), document) for document in documents), problems, bad)

    def under(self, document: Document) -> Layers:
        """Return the layers with a document at the bottom: it says what no other says."""
        return Layers(
            _merged(_taken_back(document.data), self.data),
            (*self.layers, ((), document)),
            (*self.problems, *document.problems),
            self.bad | document.bad,
        )

    def over(self, document: Document, path: Path_ = ()) -> Layers:
        """Return the layers with a document on top, at a path: what it says wins."""
        content = document.data
        for part in reversed(path):
            content = {part: content}
        bad = frozenset((*path, *inner) for inner in document.bad)
        layers = ((path, document), *self.layers)
        return Layers(_merged(self.data, content), layers, (*document.problems, *self.problems), self.bad | bad)

    def without(self, path: Path_) -> Layers:
        """Return the layers with nothing at a path."""
        return replace(self, data=_dropped(self.data, path))

    def place(self, path: Path_, *, at_key: bool = False) -> Place | None:
        """Return where a value comes from, or the innermost part of its path that stands anywhere."""
        for length in range(len(path), -1, -1):
            within: Place | None = None
            for at, document in self.layers:
                if path[: len(at)] != at or length < len(at):
                    if within is None and 0 < length < len(at) and at[:length] == path[:length]:
                        within = document.place(*document.steps(())[-1])  # what is set below it makes it what it is
                    continue
                inner = path[len(at) : length]
                steps = document.steps(inner)
                reached = len(steps) - 1
                if reached < len(inner) and steps and _goes_on(steps[-1][1]):
                    continue  # this layer says nothing of it: one below does
                if steps:
                    return document.place(*steps[-1], at_key=at_key and reached + len(at) == len(path))
            if within is not None:
                return within
        return None

    def file_of(self, path: Path_) -> str | None:
        """Return the file that says a value, beside which lies what it names; ``None`` where a setting says it."""
        files = []
        for at, document in self.layers:
            if not isinstance(document, _Told):
                files.append((at, document))
            elif path[: len(at)] == at:
                return None
        place = replace(self, layers=tuple(files)).place(path)
        return None if place is None else place.file

    def problem(self, path: Path_, message: Words, hint: Words | None = None) -> Problem:
        """Return a problem at the place of a value, or of its key if the path ends with :data:`KEY`."""
        at_key = path[-1:] == (KEY,)
        path = path[:-1] if at_key else path
        place = self.place(path, at_key=at_key)
        if place is None:
            return Problem(as_message(message), path=format_path(path), hint=as_message(hint) if hint else None)
        return place.problem(path, message, hint)


def _dropped(data: Any, path: Path_) -> Any:
    if not isinstance(data, dict) or path[0] not in data:
        return data
    if len(path) > 1:
        return {**data, path[0]: _dropped(data[path[0]], path[1:])}
    return {key: value for key, value in data.items() if key != path[0]}


def _goes_on(node: yaml.Node) -> bool:
    """Whether a layer below may still say something under this node: a mapping that is no quantity."""
    if not isinstance(node, yaml.MappingNode):
        return False
    return not any(isinstance(key, yaml.ScalarNode) and key.value in _QUANTITY for key, _ in node.value)


def _taken_back(data: Any) -> Any:
    """Return data without what is null: taken back, as if it were not written."""
    if isinstance(data, dict):
        return {key: _taken_back(value) for key, value in data.items() if value is not None}
    if isinstance(data, list):
        return [_taken_back(item) if isinstance(item, dict | list) else item for item in data]
    return data


def _merged(base: Any, over: Any) -> Any:
    """Return both as one: mappings merge, everything else replaces; a quantity replaces whole."""
    if not (isinstance(base, dict) and isinstance(over, dict)) or _QUANTITY & set(over):
        return _taken_back(over)
    mapping = dict(base)
    for key, value in over.items():
        if value is None:
            mapping.pop(key, None)
        else:
            mapping[key] = _merged(base.get(key), value)
    return mapping


#: What is said to a path that is none.
PATH_HINT = lazy("names are joined by dots, entries of a list are [0], [1] or their name")


def parse_path(text: str) -> Path_:
    """Return the steps of a path such as ``drivers[0].one_off`` or ``organisation.index.ex[front_line]``.

    Raises :class:`ValueError` if it is none.
    """
    steps: list[str | int] = []
    end = 0
    for match in _STEP.finditer(text):
        between = text[end : match.start()]
        word, number = match.groups()
        if between != ("" if number is not None or not steps else ".") or (number is not None and not steps):
            break
        steps.append(int(number) if number is not None else word)
        end = match.end()
    if end != len(text) or not steps or len(steps) > 32:
        raise ValueError(lazy("expected a path such as drivers[0].one_off"))
    return tuple(steps)


class Setting(str):
    """``path=value``, as ``--set`` takes it, that was written somewhere else: a sweep's value, ``--vary``.

    ``text``: ``path=value``. ``place``: where a person finds it; ``None`` for ``--set`` itself.
    """

    __slots__ = ("place",)
    place: Place | None

    def __new__(cls, text: str, place: Place | None = None) -> Setting:
        """Make a text with its place."""
        setting = super().__new__(cls, text)
        setting.place = place
        return setting

    @classmethod
    def of(cls, text: str, option: str) -> Setting:
        """Return ``path=value`` of another option than ``--set``."""
        at = text.find("=") + 1
        return cls(text, Place(option, None, at + 1, text[:200], max(1, len(text) - at)))

    def __getnewargs__(self) -> tuple[str]:  # what copies and other processes make it of; the place follows
        return (str(self),)


@dataclass(frozen=True, slots=True)
class _Told(Document):
    """What one ``--set`` says; its places lie in the text of the option, or where it was written."""

    option: str = ""
    before: int = 0
    written: Place | None = None

    def place(self, key: yaml.Node | None, node: yaml.Node, *, at_key: bool = False) -> Place:
        """Return the place inside ``path=value``; the key of the value itself is the last name of the path."""
        if self.written is not None:
            return self.written
        if at_key and key is None:
            left = self.option.partition("=")[0]
            *_, last = _STEP.finditer(left)
            name = next(group for group in (1, 2) if last[group] is not None)
            return Place("--set", None, last.start(name) + 1, self.option, len(last[name].rstrip()))
        inside = Document.place(self, key, node, at_key=at_key)
        if inside.line != 1 or inside.column is None:
            return Place("--set", None, None)
        return Place("--set", None, inside.column + self.before, self.option, inside.width)


def override(layers: Layers, text: str) -> Layers:
    """Return the layers with one ``path=value`` on top; problems with a :class:`Setting` have its place.

    Raises :class:`InputError` if it cannot be read, or its path leads nowhere.
    """
    left, equals, value = text.partition("=")
    written = getattr(text, "place", None)

    def wrong(message: Words, hint: Words | None = None, column: int = 1, width: int = 1) -> NoReturn:
        said, meant = as_message(message), as_message(hint) if hint else None
        raise InputError(placed(Problem(said, "--set", None, column, left.strip(), text[:200], meant, width))) from None

    def placed(problem: Problem) -> Problem:
        if written is None:
            return problem
        at = {"file": written.file, "line": written.line, "column": written.column, "source": written.source}
        return replace(problem, **at, width=written.width)

    if not equals or not left.strip():
        wrong(lazy("expected path=value"), lazy("for example --set drivers[0].one_off=50000"))
    if not value.strip():
        wrong(
            lazy("nothing is written after ="), lazy("give a value; null takes back what the file says"), len(text) + 1
        )
    try:
        steps = parse_path(left.strip())
    except ValueError as error:
        wrong(message_of(error), PATH_HINT)
    if steps[0] == "extends":
        wrong(lazy("a file extends another in the file only"), "", 1, len(left))
    before = len(left) + 1
    try:
        read = read_text(value, "--set", under=steps)
    except InputError as error:
        moved = [
            placed(
                replace(problem, line=None, column=(problem.column or 1) + before, path=left.strip(), source=text[:200])
            )
            for problem in error.problems
        ]
        raise InputError(moved) from None
    data, path = _put(layers.data, steps, _taken_back(read.data), wrong)
    document = _Told(
        "--set",
        read.data,
        grouped=read.grouped,
        _root=read._root,
        _text=read._text,
        option=text[:200],
        before=before,
        written=written,
    )
    problems = tuple(
        placed(
            replace(
                problem,
                line=None,
                column=(problem.column or 1) + before,
                path=format_path((*path, *([problem.path] if problem.path else []))),
                source=text[:200],
            )
        )
        for problem in read.problems
    )
    below = tuple(problem for problem in layers.problems if not _under(problem.path, format_path(path)))
    bad = {inner for inner in layers.bad if inner[: len(path)] != path} | {(*path, *inner) for inner in read.bad}
    return Layers(data, ((path, document), *layers.layers), (*below, *problems), frozenset(bad))


#: Parts that a file names: what is set of one is set of one that is there, a slip of the pen makes no new one.
_PARTS = {("organisation", "staff"), ("organisation", "segments")}


def _under(path: str, top: str) -> bool:
    return path == top or path.startswith((f"{top}.", f"{top}["))


def _put(data: Any, steps: Path_, value: Any, wrong: Callable[..., NoReturn]) -> tuple[Any, Path_]:
    """Return a copy of the data with the value at a path, and the path with names of entries as positions."""
    real: list[str | int] = []

    def inside(node: Any, rest: Path_) -> Any:
        if not rest:
            return value
        step = rest[0]
        if isinstance(node, list):
            names = {item["name"]: i for i, item in enumerate(node) if isinstance(item, Mapping) and "name" in item}
            names = {name: i for name, i in names.items() if isinstance(name, str)}
            at = step if isinstance(step, int) else names.get(step)
            if at is None and isinstance(step, str) and step.isdecimal():
                at = int(step)  # as a result lists it: drivers.0.monthly
            if at is None or not 0 <= at < len(node):
                label = format_path((*real, step)) if isinstance(step, int) else str(step)
                options = ", ".join(names) or f"[0] … [{len(node) - 1}]" if node else lazy("nothing, the list is empty")
                close = did_you_mean(str(step), names)
                wrong(
                    lazy(
                        "`{format_path}` has no entry `{shown}`{close}",
                        format_path=format_path(tuple(real)),
                        shown=label,
                        close=close,
                    ),
                    lazy("it has {options}", options=options),
                )
            real.append(at)
            changed = inside(node[at], rest[1:])
            return [*node[:at], changed, *node[at + 1 :]]
        if node is not None and not isinstance(node, dict):
            place: Words = format_path(tuple(real)) or lazy("the file")
            wrong(
                lazy("`{shown}` is a plain value, {node}: nothing is below it", shown=place, node=str(node)[:40]),
                lazy("set `{shown}` itself", shown=place),
            )
        if isinstance(step, int):
            label = format_path(tuple(real))
            wrong(
                lazy("`{shown}` is no list: [{step}] is not in it", shown=label, step=step),
                lazy("names are joined by dots"),
            )
        mapping = {} if node is None else dict(node)
        outer, bracket, inner = str(step).partition("[")
        if bracket and step not in mapping and isinstance(mapping.get(outer), list):
            entry = inner.rstrip("]")[:40]
            wrong(
                lazy("`{name}` is a list, and `[{entry}]` is no place in it", name=outer, entry=entry),
                lazy(
                    "write {name}[0] for its first entry, or {name}.{entry} for one of that name",
                    name=outer,
                    entry=entry,
                )
                if entry[:1].isalpha() and "." not in entry
                else lazy("write {name}[0] for its first entry; it has {count}", name=outer, count=len(mapping[outer])),
            )
        if tuple(real) in _PARTS and len(rest) > 1 and mapping and step not in mapping:
            wrong(
                lazy(
                    "`{format_path}` has no entry `{shown}`{close}",
                    format_path=format_path(tuple(real)),
                    shown=str(step)[:60],
                    close=did_you_mean(str(step), map(str, mapping)),
                ),
                lazy("it has {options}", options=", ".join(map(str, mapping))),
            )
        real.append(step)
        changed = inside(mapping.get(step), rest[1:])
        mapping.pop(step, None) if changed is None else mapping.__setitem__(step, changed)
        return mapping

    return inside(data, steps), tuple(real)
