# SPDX-License-Identifier: MIT
"""YAML as people mean it: plain data with the place of every value, and the traps of YAML caught.

Scalars are read by our own few rules, not by YAML 1.1's: ``no`` is not false, ``1e3`` is not text that looks like a
number, ``1:30`` is not ninety. Whatever could be misread is an error that says what to write instead.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from txsim.errors import InputError, Problem, nearest

__all__ = ["LARGEST_FILE", "Document", "Place", "format_path", "read_file", "read_text"]

LARGEST_FILE = 1_000_000
_DEEPEST = 32
_MOST_NODES = 50_000
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]\d+)?\Z")
_LOOSE_EXPONENT = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)[eE]\d+\Z")
_ODD_NUMBER = re.compile(r"[-+]?(?:0[xob][0-9a-fA-F_]+|0\d+|\d[\d_]*_[\d_]*(?:\.\d*)?|\d+(?::\d+)+)\Z")
_YES_NO = {"yes", "no", "on", "off", "y", "n"}
_INFINITE = re.compile(r"[-+]?\.(?:inf|nan)\Z", re.IGNORECASE)
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: file, line and column counted from 1, the line itself and the width of the value."""

    file: str
    line: int
    column: int
    source: str
    width: int = 1


@dataclass
class Document:
    """Plain data and the place of every value and key.

    Attributes
    ----------
    data
        Dicts, lists, strings, numbers, booleans and ``None``.
    places
        Place of each value by its path, for example ``("drivers", 0, "one_off")``.
    keys
        Place of each key by the path of its value.
    """

    data: Any
    places: dict[Path_, Place] = field(default_factory=dict)
    keys: dict[Path_, Place] = field(default_factory=dict)


def format_path(path: Path_) -> str:
    """Return a path as people write it, ``drivers[0].one_off``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else str(part))
    return text


def read_file(path: Path, shown: str | None = None) -> Document:
    """Read one YAML file.

    Parameters
    ----------
    path
        The file.
    shown
        Its name in messages; by default the path as given.

    Returns
    -------
    Document

    Raises
    ------
    InputError
        If it is missing, too large, not UTF-8 text or not the YAML that is allowed here.
    """
    name = shown or str(path)
    try:
        if path.is_dir():
            raise InputError(Problem("this is a folder, a YAML file was expected", file=name))
        if path.stat().st_size > LARGEST_FILE:
            size = path.stat().st_size
            raise InputError(Problem(f"the file has {size:,} bytes, the limit is {LARGEST_FILE:,}", file=name))
        content = path.read_bytes()
    except FileNotFoundError:
        others = [p.name for p in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        close = nearest(path.name, others)
        hint = f"did you mean `{path.parent / close}`?" if close else ""
        raise InputError(Problem("there is no such file", file=name, hint=hint)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(Problem(f"the file cannot be read ({reason})", file=name)) from error
    return read_text(decode(content, name), name)


def decode(content: bytes, name: str) -> str:
    """Return the text of UTF-8 bytes, or raise :class:`InputError` naming the first byte that is not."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError(Problem("the file is UTF-16; save it as UTF-8", file=name, line=1, column=1))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - before.rfind(b"\n")
        message = f"byte 0x{content[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise InputError(Problem(message, file=name, line=line, column=column)) from None


def read_text(text: str, name: str = "text") -> Document:
    """Read YAML text; see :func:`read_file`."""
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        indent = line[: len(line) - len(line.lstrip())]
        if "\t" in indent:
            column = indent.index("\t") + 1
            message = "a tab; YAML is indented by spaces"
            raise InputError(Problem(message, name, number, column, source=line, hint="write two spaces instead"))
        hidden = _HIDDEN.search(line)
        if hidden:
            message = f"an invisible character U+{ord(hidden[0]):04X}"
            raise InputError(Problem(message, name, number, hidden.start() + 1, source=""))
    try:
        _survey(text, name, lines)
        root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        row, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        source = lines[row - 1] if row <= len(lines) else ""
        message = " ".join(part for part in (error.problem, error.context) if part)
        hint = "check the indentation and the colons of this line and the one above"
        raise InputError(Problem(message, name, row, column, source=source, hint=hint)) from None
    except yaml.YAMLError as error:
        raise InputError(Problem(str(error).splitlines()[0], file=name)) from None
    if root is None:
        raise InputError(Problem("the file is empty", name, 1, 1))
    reader = _Reader(name, lines)
    document = Document(None, reader.places, reader.keys)
    document.data = reader.value(root, ())
    if reader.problems:
        raise InputError(reader.problems)
    return document


def _survey(text: str, name: str, lines: list[str]) -> None:
    """Refuse what would blow up before anything is built: deep nesting, aliases, several documents."""
    depth = documents = 0
    events: Any = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for count, event in enumerate(events):
        message = ""
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            depth += 1
            message = f"nested deeper than {_DEEPEST} levels" if depth > _DEEPEST else ""
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            message = "aliases (*name) are not allowed; use `extends` to share parts"
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            message = "a second document (---) begins; one file holds one scenario" if documents > 1 else ""
        if not message and getattr(event, "tag", None):
            message = f"tags ({event.tag}) are not allowed"
        if count > _MOST_NODES:
            message = f"more than {_MOST_NODES:,} values"
        if message:
            mark = event.start_mark
            source = lines[mark.line] if mark.line < len(lines) else ""
            raise InputError(Problem(message, name, mark.line + 1, mark.column + 1, source=source))


class _Reader:
    """Turns composed nodes into plain data, noting places and every problem."""

    def __init__(self, name: str, lines: list[str]) -> None:
        self.name, self.lines = name, lines
        self.places: dict[Path_, Place] = {}
        self.keys: dict[Path_, Place] = {}
        self.problems: list[Problem] = []

    def place(self, node: yaml.Node) -> Place:
        mark, end = node.start_mark, node.end_mark
        source = self.lines[mark.line] if mark.line < len(self.lines) else ""
        width = end.column - mark.column if end.line == mark.line else len(source) - mark.column
        return Place(self.name, mark.line + 1, mark.column + 1, source, max(1, width))

    def complain(self, node: yaml.Node, path: Path_, message: str, hint: str = "") -> None:
        at = self.place(node)
        self.problems.append(
            Problem(message, at.file, at.line, at.column, format_path(path), at.source, hint, at.width)
        )

    def value(self, node: yaml.Node, path: Path_) -> Any:
        self.places[path] = self.place(node)
        if isinstance(node, yaml.MappingNode):
            return dict(self.pairs(node, path))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        return self.scalar(node, path) if isinstance(node, yaml.ScalarNode) else None

    def pairs(self, node: yaml.MappingNode, path: Path_) -> Iterator[tuple[Any, Any]]:
        seen: dict[Any, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.complain(key_node, path, "a key must be a plain word")
                continue
            plain = not key_node.style
            key: Any = key_node.value
            if key == "<<" and plain:
                self.complain(key_node, path, "merge keys (<<) are not allowed", "use `extends` to share parts")
                continue
            if plain and _NUMBER.match(key) and len(key) < 30:
                key = float(key)  # probabilities of quantiles
            inner = (*path, key if isinstance(key, str) else f"{key:g}")
            if key in seen:
                self.complain(key_node, inner, f"the key `{key_node.value}` stands twice, first in line {seen[key]}")
                continue
            seen[key] = key_node.start_mark.line + 1
            self.keys[inner] = self.place(key_node)
            yield key, self.value(value_node, inner)

    def scalar(self, node: yaml.ScalarNode, path: Path_) -> Any:
        text = node.value
        if node.style:  # quoted or a block: text, whatever it looks like
            return text
        if text in ("", "null", "~"):
            return None
        if text in ("true", "false"):
            return text == "true"
        if (len(text) > 1 and (text[0].isdigit() or text[0] in "+-.") and _NUMBER.match(text)) or text.isdigit():
            return self.number(node, path, text)
        if text.lower() in _YES_NO and not (text == "off" and path[:1] == ("edges",)):
            self.complain(
                node,
                path,
                f"`{text}` could mean true, false or a word",
                "write true or false, or put the word in quotes",
            )
        elif text.lower() in ("true", "false", "null") or _INFINITE.match(text):
            self.complain(node, path, f"`{text}` is not allowed here", "write true, false, null or a finite number")
        elif _LOOSE_EXPONENT.match(text):
            mantissa, power = re.split("[eE]", text)
            self.complain(
                node,
                path,
                f"YAML reads `{text}` as text, not as a number",
                f"write {mantissa}e+{power} or the number in full",
            )
        elif _ODD_NUMBER.match(text):
            plain = text.replace("_", "")
            hint = (
                f"write {plain}"
                if plain.lstrip("+-").isdigit() and not plain.startswith("0")
                else "write a plain number"
            )
            self.complain(node, path, f"`{text}` is read differently by different programs", hint)
        return text

    def number(self, node: yaml.ScalarNode, path: Path_, text: str) -> Any:
        if len(text) > 40:
            self.complain(node, path, f"a number of {len(text):,} digits", "numbers are at most 1e15")
            return 0
        if re.match(r"[-+]?0\d", text):
            self.complain(node, path, f"`{text}` begins with 0 and is read differently by different programs")
            return 0
        found: int | float = int(text) if re.match(r"[-+]?\d+\Z", text) else float(text)
        if not math.isfinite(found) or abs(found) > 1e15:
            self.complain(node, path, f"{text} is too large", "numbers are at most 1e15")
        return found
