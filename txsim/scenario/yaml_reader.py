# SPDX-License-Identifier: MIT
"""YAML as people mean it: plain data, the place of every value, and the traps of YAML caught.

libyaml finds the structure; words become values by :mod:`txsim.scenario.scalars`. Everything that is wrong is
collected, so that a person mends a file once, not once for every mistake; only a broken structure ends the reading.
A document keeps libyaml's nodes, and the place of a value is looked up when a message needs it, not before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from txsim.errors import InputError, Problem
from txsim.language import Message, Words, as_message, lazy
from txsim.scenario.files import text_and_encoding
from txsim.scenario.scalars import Trap, read_plain
from txsim.scenario.yaml_faults import HIDDEN, broken, check_characters

#: Nesting (docs/model.md, section 9), and what aliases may unfold to.
_DEEPEST = 32
_MOST_VALUES = 10_000
#: A point before three digits, which parts thousands where commas part decimals.
_GROUPED = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_NUMBER_KEY = re.compile(r"[0-9]*\.?[0-9]+")

Path_ = tuple[str | int, ...]


class _Bad:
    """Stands for a value that has been complained of already."""

    def __repr__(self) -> str:
        return str(lazy("(a value that cannot be read)"))


#: In place of each value that has been complained of, so that the rest can be checked.
BAD = _Bad()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: file, line and column counted from 1, the line itself and the width of the value."""

    file: str
    line: int | None
    column: int | None
    source: str = ""
    width: int = 1

    def problem(self, path: Path_, message: Words, hint: Words | None = None) -> Problem:
        """Return a problem that stands here, with the path of the value."""
        told, meant = as_message(message), as_message(hint) if hint else None
        return Problem(told, self.file, self.line, self.column, format_path(path), self.source, meant, self.width)


@dataclass(frozen=True, slots=True)
class Document:
    """Plain data, and where each value stands."""

    name: str  #: Name of the file, as shown.
    data: Any  #: Dicts, lists, strings, numbers, booleans and ``None``; :data:`BAD` where a problem was found.
    problems: tuple[Problem, ...] = ()  #: What was found wrong with single values.
    bad: frozenset[Path_] = frozenset()  #: Paths of the values in question.
    nulls: bool = False  #: Whether it takes anything back by ``null``.
    encoding: str = "utf-8"  #: Encoding of its file.
    #: Paths of numbers such as `22.000`, whose point may part thousands, and how they are written.
    grouped: tuple[tuple[Path_, str], ...] = ()
    _root: yaml.Node | None = None
    _text: str = ""
    _lines: list[str] = field(default_factory=list)

    @property
    def line_beyond_ascii(self) -> int:
        """The first line with a character that is not ASCII, which its encoding decides; 0 if there is none."""
        return next((i for i, line in enumerate(self._text.splitlines(), 1) if not line.isascii()), 0)

    def steps(self, path: Path_) -> list[tuple[yaml.Node | None, yaml.Node]]:
        """Return key and value node of each step along a path, the root first, as far as the document goes."""
        if self._root is None:
            return []
        pairs: list[tuple[yaml.Node | None, yaml.Node]] = [(None, self._root)]
        for part in path:
            node = pairs[-1][1]
            if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                pairs.append((None, node.value[part]))
            elif isinstance(node, yaml.MappingNode):
                for key, value in node.value:
                    if isinstance(key, yaml.ScalarNode) and part in (key.value, _key(key.value)):
                        pairs.append((key, value))
                        break
                else:
                    return pairs
            else:
                return pairs
        return pairs

    def place(self, key: yaml.Node | None, node: yaml.Node, *, at_key: bool = False) -> Place:
        """Return the place of a value, of its key where the value is a block below it or where asked."""
        block = isinstance(node, yaml.CollectionNode) and not node.flow_style
        target = key if key is not None and (at_key or block) else node
        mark, end = target.start_mark, target.end_mark
        if not self._lines:
            self._lines.extend(self._text.splitlines())
        source = self._lines[mark.line] if mark.line < len(self._lines) else ""
        width = end.column - mark.column if end.line == mark.line else len(source) - mark.column
        return Place(self.name, mark.line + 1, mark.column + 1, source, max(1, width))


def _key(text: str) -> Words:
    """Return the part of a path that a key makes; numbers (probabilities of quantiles) in their shortest form."""
    return f"{float(text):g}" if len(text) < 30 and _NUMBER_KEY.fullmatch(text) else text


def _key_of(node: yaml.Node) -> Words | None:
    """Return the part of a path that a key's node makes; ``None`` if it is no plain word."""
    return _key(node.value) if isinstance(node, yaml.ScalarNode) else None


def format_path(path: Path_) -> str:
    """Return a path as people write it, ``drivers[0].one_off``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else str(part))
    return text if len(text) <= 200 else f"{text[:200]}…"


def read_file(path: Path, file_name: str | None = None, *, empty: Words | None = None) -> Document:
    """Read one YAML file; its name in messages is the path as given unless stated, ``empty`` a hint if it is.

    Raises :class:`InputError` if it is missing, no plain file, too large, not UTF-8 text or not YAML.
    """
    name = file_name or str(path)
    text, encoding = text_and_encoding(path, name)
    return read_text(text, name, encoding, empty=empty)


class _Composer(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # libyaml where there is one
    """libyaml's tree of nodes, with tags only where the file states one."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        return ""

    def descend_resolver(self, node: Any, index: Any) -> None:
        pass

    def ascend_resolver(self) -> None:
        pass


def read_text(
    text: str, name: str = "text", encoding: str = "utf-8", under: Path_ = (), *, empty: Words | None = None
) -> Document:
    """Read YAML text, with the encoding that its file was in; see :func:`read_file`.

    ``under`` is where in a scenario it stands, of text that is no whole file: there a word may be one of the format.
    ``empty`` is what to write first, said of a file that holds nothing.
    """
    check_characters(text, name)
    root = None
    try:
        # Building a tree recurses in C: what could be deep or huge is looked through first, event by event.
        if len(text) > 200_000 or sum(text.count(sign) for sign in ("[", "{", "- ", "? ")) > 400:
            _survey(text, name)
        composer = _Composer(text)
        try:
            root = composer.get_single_node()
        finally:
            composer.dispose()
    except yaml.YAMLError as error:
        raise InputError(broken(error, text, name)) from None
    if root is None:
        raise InputError(
            Problem(lazy("the file is empty"), name, 1, 1, hint=None if empty is None else as_message(empty))
        )
    reader = _Reader(Document(name, None, _root=root, _text=text), under)
    data = reader.value(root)
    problems, bad = tuple(reader.problems), frozenset(reader.bad)
    return Document(name, data, problems, bad, reader.nulls, encoding, tuple(reader.grouped), root, text)


def _survey(text: str, name: str) -> None:
    """Refuse what is nested too deep or holds too much, before a tree is built."""
    depth = values = 0
    for event in yaml.parse(text, Loader=_Composer):
        message: Message | None = None
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            depth += 1
            message = lazy("nested deeper than {deepest} levels", deepest=_DEEPEST) if depth > _DEEPEST else None
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.ScalarEvent):
            values += 1
            message = (
                lazy("more than {most_values:,} values", most_values=_MOST_VALUES)
                if values > 2 * _MOST_VALUES
                else None
            )
        if message:
            mark: Any = event.start_mark
            source = text.splitlines()[mark.line]
            raise InputError(Problem(message, name, mark.line + 1, mark.column + 1, source=source))


class _Reader:
    """Turns nodes into plain data, noting every problem and going on."""

    def __init__(self, document: Document, under: Path_ = ()) -> None:
        self.document, self.under = document, under
        self.problems: list[Problem] = []
        self.bad: set[Path_] = set()
        self._trail: list[str | int] = []
        self._count = 0
        self.nulls = False
        self.grouped: list[tuple[Path_, str]] = []

    def complain(self, node: yaml.Node, message: Words, hint: Words | None = None) -> _Bad:
        path = tuple(self._trail)
        self.bad.add(path)
        self.problems.append(self.document.place(None, node).problem(path, message, hint))
        return BAD

    def value(self, node: yaml.Node) -> Any:
        self._count += 1
        if self._count > _MOST_VALUES:
            at = self.document.place(None, node)
            message = lazy(
                "more than {most_values:,} values, each alias counted as often as it is used", most_values=_MOST_VALUES
            )
            raise InputError(
                Problem(message, at.file, at.line, at.column, format_path(tuple(self._trail[:8])), at.source)
            )
        if node.tag:
            return self.complain(
                node, lazy("tags ({tag}) are not allowed", tag=node.tag[:40]), lazy("write the value alone")
            )
        if node.__class__ is yaml.ScalarNode:
            return self._scalar(node)
        if len(self._trail) >= _DEEPEST:
            return self.complain(node, lazy("nested deeper than {deepest} levels", deepest=_DEEPEST))
        if node.__class__ is yaml.MappingNode:
            return self._mapping(node)
        items = []
        for i, item in enumerate(node.value):
            self._trail.append(i)
            items.append(self.value(item))
            self._trail.pop()
        return items

    def _mapping(self, node: yaml.MappingNode) -> dict[Any, Any]:
        mapping: dict[Any, Any] = {}
        probabilities = bool(self._trail) and self._trail[-1] == "quantiles"
        for key_node, value_node in node.value:
            text = key_node.value
            if key_node.__class__ is not yaml.ScalarNode or key_node.tag or not text:
                self.complain(key_node, lazy("a key must be a plain word"))
                continue
            if text == "<<" and not key_node.style:
                self.complain(
                    key_node, lazy("merge keys (<<) are not allowed"), lazy("share parts of files by `extends`")
                )
                continue
            number = probabilities and len(text) < 30 and _NUMBER_KEY.fullmatch(text)
            key: str | float = float(text) if number else text
            self._trail.append(f"{key:g}" if number else text)
            if key in mapping:
                first = next(k for k, _ in node.value if k.value == text or (number and _key_of(k) == _key(text)))
                self.complain(
                    key_node,
                    lazy(
                        "the key `{text}` stands twice, first in line {line}",
                        text=text[:60],
                        line=first.start_mark.line + 1,
                    ),
                )
                self.value(value_node)
            else:
                mapping[key] = self.value(value_node)
            self._trail.pop()
        return mapping

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        text: str = node.value
        if node.style:  # quoted or a block: text, whatever it looks like
            if node.style == '"' and HIDDEN.search(text):
                return self.complain(node, lazy("an invisible character, written as an escape"), lazy("leave it out"))
            return text
        if not text:
            hint = lazy("give a value, or leave the key out; null takes back what an extended file says")
            if self._trail and str(self._trail[-1]).isdecimal():  # `{factor: 1,5}`
                hint = lazy("a comma parts entries here: for decimals write a point, as in 1.5")
            return self.complain(node, lazy("nothing is written here"), hint)
        try:
            value = read_plain(text)
        except Trap as trap:
            place = (*self.under, *self._trail)
            if len(place) == 2 and place[0] == "edges":  # the one place where `off` is a word of the format
                return text if text == "off" else self.complain(node, trap.message, lazy("write off, or a factor"))
            return self.complain(node, trap.message, trap.hint)
        self.nulls = self.nulls or value is None
        if value.__class__ is float and _GROUPED.fullmatch(text):
            self.grouped.append((tuple(self._trail), text))
        return value
