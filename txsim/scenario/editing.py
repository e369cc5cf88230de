# SPDX-License-Identifier: MIT
"""A prior changed in a person's file: the entry in question, and not one other character.

The file is edited as text, at the places that the YAML reader knows, so that comments, order, line ends and spelling of
everything else stay. What the change was is kept in the entry: who, why, when, and what was believed before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from txsim.errors import InputError, Problem
from txsim.language import Words, as_message, lazy
from txsim.scenario.findings import value_at
from txsim.scenario.flow_style import flow
from txsim.scenario.layers import Layers
from txsim.scenario.scalars import TRAPS
from txsim.scenario.yaml_reader import Document, Path_, format_path, read_text

#: What stands in a belief beside the quantity, in the order in which it is written.
NOTES = ("already_uses", "by", "why", "date", "history")
_STEP = 2


@dataclass(frozen=True)
class Note:
    """Who changed a belief, why and when; it is kept with the entry."""

    by: str = ""
    why: str = ""
    date: str = ""
    #: Ids of claims that the belief contains, so that they are not scored once more; as before if not stated.
    already_uses: Sequence[str] | None = None


def new_entry(old: Any, quantity: Mapping[str, Any] | float, note: Note) -> dict[str, Any]:
    """Return the entry of a changed prior, with what was believed before as the first of its ``history``.

    ``old``: the entry as it stands in the file, plain data; ``None`` where there is none. Returns quantity, notes,
    history. A plain number becomes ``{distribution: point, value: …}``, so that it replaces what a file below says as a
    whole.
    """
    entry: dict[str, Any]
    entry = dict(quantity) if isinstance(quantity, Mapping) else {"distribution": "point", "value": float(quantity)}
    notes = {"by": note.by, "why": note.why, "date": note.date}
    if isinstance(old, Mapping):
        if "already_uses" in old:
            entry["already_uses"] = old["already_uses"]
        before = {key: value for key, value in old.items() if key not in ("history", "already_uses")}
        earlier = [before, *old.get("history", [])]
    else:
        earlier = [] if old is None else [{"value": old}]
    if note.already_uses is not None:
        entry["already_uses"] = list(note.already_uses)
    return entry | {key: value for key, value in notes.items() if value} | ({"history": earlier} if earlier else {})


def with_prior(text: str, name: str, entry: Mapping[str, Any], file: str = "text") -> str:
    """Return the text of a scenario or pack with one prior set.

    ``entry``: what is to stand there, see :func:`new_entry`. Raises :class:`InputError` if the file is broken, or
    written so that this entry alone cannot be changed (shared by an anchor).
    """
    return _edited(text, ("priors",), name, entry, file)


def with_entry(text: str, path: Sequence[str], name: str, entry: Mapping[str, Any], file: str = "text") -> str:
    """Return the text of a file with an entry more below keys of the file, which are added where they lack.

    Parameters and errors are those of :func:`with_prior`; ``path`` are the keys above the entry, none for the file's
    own level. What an entry holds is written out as a block, not on one line.
    """
    return _edited(text, tuple(path), name, entry, file, deep=True)


def with_value(
    text: str,
    path: Path_,
    quantity: Mapping[str, Any] | Sequence[Any] | str | float | None,
    note: str,
    file: str = "text",
) -> str:
    """Return the text of a scenario with one value set, and a comment above it.

    ``path``: where the value stands, or is to stand: keys, and numbers of entries of lists. ``quantity``: what is to
    stand there, as people write it: a quantity, a word, a list. ``note``: what the comment says; nothing for none.
    Raises InputError if the file is broken, has no such list entry (it may stand in the file that it extends), or is
    written so that this value alone cannot be changed.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    document = read_text(text, file)
    if document.problems:
        raise InputError(document.problems)
    whole: Any = dict(quantity) if isinstance(quantity, Mapping) else quantity
    if isinstance(quantity, int | float) and not isinstance(quantity, bool):
        whole = float(quantity)
    there = path[:-1]
    if there and isinstance(value_at(document.data, there[:-1]), dict) and path[-1] == "value":
        # `index: {ex: 30}` is short for `index: {ex: {value: 30}}`.
        parent_value = value_at(document.data, there)
        if parent_value is not None and not (
            isinstance(parent_value, dict) and {"value", "scale", "measure"} & set(parent_value)
        ):
            path, there = there, there[:-1]
    while there and not isinstance(value_at(document.data, there), dict):
        if isinstance(there[-1], int) or len(document.steps(there)) > len(there):
            message = lazy("{path} does not stand in this file", path=format_path(there))
            hint = lazy("set it in the file that this one extends, or write it out here first")
            raise InputError(Problem(message, file=file, path=format_path(path), hint=hint))
        there = there[:-1]
    if not isinstance(whole, dict) and isinstance(value_at(document.data, path), dict):
        if not isinstance(whole, float):
            message = lazy("several keys stand here: write them out, as in {{median: 2, factor: 1.5}}")
            raise InputError(Problem(message, file=file, path=format_path(path)))
        whole = {"distribution": "point", "value": whole}  # so that it replaces what a file below says as a whole
    names = tuple(str(part) for part in path[len(there) :])
    changed, at = _Editor(document, text, newline, there).value(names, whole)
    # Within braces over several lines a comment would stand in the midst of a value: it goes above them.
    braces = (key if key is not None else node for key, node in document.steps(there) if _flowing(node))
    at = min(at, *(int(node.start_mark.index) for node in braces), at)
    start = changed.rfind("\n", 0, at) + 1
    if note:
        indent = changed[start:at][: len(changed[start:at]) - len(changed[start:at].lstrip(" "))]
        line = " ".join(note.split())
        changed = f"{changed[:start]}{indent}# {line}{newline}{changed[start:]}"
    wanted = _set(document.data, path, whole)
    _same_but_for(changed, wanted, lazy("write it by hand: {snippet}", snippet=_headed(names, flow(whole))), file)
    return changed


def _set(data: Any, path: Path_, value: Any) -> Any:
    """Return plain data with a value at a path."""
    if not path:
        return value
    if isinstance(data, list):
        return [_set(item, path[1:], value) if i == path[0] else item for i, item in enumerate(data)]
    return {**(data or {}), path[0]: _set((data or {}).get(path[0]), path[1:], value)}


def _edited(
    text: str, parents: tuple[str, ...], name: str, entry: Mapping[str, Any], file: str, *, deep: bool = False
) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    document = read_text(text, file)
    if document.problems:
        raise InputError(document.problems)
    if not isinstance(document.data, dict):
        raise InputError(Layers.of([document]).problem((), lazy("expected `key: value` lines")))
    there = parents
    while there and not isinstance(value_at(document.data, there), dict):
        if len(document.steps(there)) > len(there):
            raise InputError(Layers.of([document]).problem(there, lazy("expected `key: value` lines")))
        there = there[:-1]
    wanted = _put(document.data, parents, name, entry)
    whole = (*parents[len(there) :], name)
    changed = _Editor(document, text, newline, there, deep=deep).put(whole, entry)
    _same_but_for(changed, wanted, lazy("write it by hand: {snippet}", snippet=_headed(whole, flow(entry))), file)
    return changed


def _put(data: dict[Any, Any], parents: Sequence[str], name: str, entry: Mapping[str, Any]) -> dict[Any, Any]:
    """Return plain data with an entry below keys."""
    if not parents:
        return {**data, name: dict(entry)}
    return {**data, parents[0]: _put(data.get(parents[0]) or {}, parents[1:], name, entry)}


def _same_but_for(changed: str, wanted: Mapping[Any, Any], hint: Words, file: str) -> None:
    """Refuse an edit after which the file says anything else than before, but for the entry."""
    try:
        after = read_text(changed, file)
    except InputError:
        after = None
    if after is None or after.problems or _plain(after.data) != _plain(wanted):
        message = lazy("the file is written so that this entry alone cannot be changed safely; it was left as it is")
        raise InputError(Problem(message, file=file, hint=as_message(hint)))


def _plain(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {key if not isinstance(key, float) else f"{key:g}": _plain(value) for key, value in data.items()}
    return [_plain(item) for item in data] if isinstance(data, list | tuple) else data


class _Quoting(yaml.SafeDumper):
    """Writes words in quotes that readers of YAML disagree about, such as ``y``."""


_Quoting.add_representer(
    str, lambda on, text: on.represent_scalar("tag:yaml.org,2002:str", text, style='"' if text in TRAPS else None)
)


def block_text(data: Mapping[str, Any]) -> str:
    """Return plain data as YAML in blocks, which this project's reader takes."""
    return yaml.dump(data, Dumper=_Quoting, sort_keys=False, allow_unicode=True, width=110)


class _Editor:
    """Finds places in a document and writes there."""

    def __init__(self, document: Document, text: str, newline: str, parents: Path_, *, deep: bool = False) -> None:
        self.document, self.text, self.newline, self.parents, self.deep = document, text, newline, parents, deep

    def put(self, names: tuple[str, ...], entry: Mapping[str, Any]) -> str:
        """Return the text with an entry below the parents; ``names`` are keys that lack, and the entry's own."""
        name = names[0]
        steps = self.document.steps(self.parents)
        for key, node in steps[1:]:
            self._not_shared(key, node)
        value = steps[-1][1]
        assert isinstance(value, yaml.MappingNode)  # noqa: S101 - its plain data is a mapping
        pair = next(((k, v) for k, v in value.value if k.value == name), None)
        if _flowing(value):
            if pair is None:
                return self._into_flow(value, _headed(names, flow(entry)))
            self._not_shared(*pair)
            return self._replaced(pair[1].start_mark.index, pair[1].end_mark.index, flow(entry))
        if pair is None and not self.parents:
            return self._at_end(self._lines(names, entry, value.start_mark.column))
        if pair is None:
            last_key, last = value.value[-1]
            self._not_shared(last_key, last)
            return self._after_line(self._end(last_key, last), self._lines(names, entry, last_key.start_mark.column))
        self._not_shared(*pair)
        return self._block_entry(*pair, name, entry)

    def value(self, names: tuple[str, ...], value: Any) -> tuple[str, int]:
        """Return the text with a value below the parents, and where its key stands; see :meth:`put`."""
        steps = self.document.steps(self.parents)
        for key, inner in steps[1:]:
            if key is not None:
                self._not_shared(key, inner)
        node = steps[-1][1]
        assert isinstance(node, yaml.MappingNode)  # noqa: S101 - its plain data is a mapping
        pair = next(((k, v) for k, v in node.value if k.value == names[0]), None)
        if pair is not None:
            self._not_shared(*pair)
            start = int(pair[0].start_mark.index)
            if isinstance(pair[1], yaml.MappingNode) and not _flowing(pair[1]):
                assert isinstance(value, Mapping)  # noqa: S101 - seen to by `with_value`
                return self._block_entry(*pair, names[0], value), start
            return self._replaced(pair[1].start_mark.index, self._end(*pair), flow(value)), start
        if _flowing(node):
            at = int(node.value[-1][1].end_mark.index if node.value else node.start_mark.index + 1)
            return self._into_flow(node, _headed(names, flow(value))), at
        indent = node.value[-1][0].start_mark.column if node.value else int(node.start_mark.column)
        heads = [" " * (indent + i * _STEP) + f"{name}:" for i, name in enumerate(names[:-1])]
        lines = [*heads, f"{' ' * (indent + len(heads) * _STEP)}{names[-1]}: {flow(value)}"]
        if not self.parents or not node.value:
            changed = self._at_end(lines)
        else:
            changed = self._after_line(self._end(*node.value[-1]), lines)
        return changed, changed.index(self.newline.join(lines)) + indent

    def _lines(self, names: tuple[str, ...], entry: Mapping[str, Any], indent: int) -> list[str]:
        """Return an entry as lines under the headings that lack."""
        heads = [" " * (indent + i * _STEP) + f"{name}:" for i, name in enumerate(names[:-1])]
        return [*heads, *_block(names[-1], entry, indent + len(heads) * _STEP, deep=self.deep)]

    def _not_shared(self, key: Any, node: yaml.Node) -> None:
        """Refuse an entry that is an alias or carries an anchor: a change would reach other places."""
        between = self.text[key.end_mark.index : key.end_mark.index + 200].lstrip(" \t\r\n").removeprefix(":")
        if between.lstrip(" \t\r\n").startswith(("*", "&")):
            path = self.parents if key.value in self.parents else (*self.parents, key.value)
            message = lazy("this is shared with another place by an anchor (&) or alias (*)")
            raise InputError(Layers.of([self.document]).problem(path, message, lazy("write the entry out in full")))

    def _replaced(self, start: int, end: int, new: str) -> str:
        return self.text[:start] + new + self.text[end:]

    def _into_flow(self, node: yaml.Node, new: str) -> str:
        if node.value:
            at = node.value[-1][1].end_mark.index
            return self._replaced(at, at, f", {new}")
        at = node.start_mark.index + 1
        return self._replaced(at, at, new)

    def _at_end(self, lines: list[str]) -> str:
        marker = re.search(r"^\.\.\.\s*$", self.text, re.MULTILINE)
        body, rest = (self.text[: marker.start()], self.text[marker.start() :]) if marker else (self.text, "")
        gap = "" if body.endswith("\n") else self.newline
        return body + gap + self.newline.join(lines) + self.newline + rest

    def _after_line(self, at: int, lines: list[str]) -> str:
        """Return the text with lines after the one that holds a place."""
        end = self.text.find("\n", at)
        if end < 0:
            return self.text + self.newline + self.newline.join(lines) + self.newline
        return self._replaced(end + 1, end + 1, self.newline.join(lines) + self.newline)

    def _end(self, key: yaml.Node, node: yaml.Node) -> int:
        """Return where the content of an entry ends, without the comments and blank lines after it."""
        if isinstance(node, yaml.MappingNode) and not _flowing(node) and node.value:
            return self._end(*node.value[-1])
        if isinstance(node, yaml.SequenceNode) and not _flowing(node) and node.value:
            return self._end(node.value[-1], node.value[-1])
        end = int(node.end_mark.index)
        if getattr(node, "style", None) in ("|", ">"):
            end = len(self.text[:end].rstrip())
        return max(end, int(key.end_mark.index))

    def _block_entry(self, key: yaml.Node, value: yaml.Node, name: str, entry: Mapping[str, Any]) -> str:
        """Replace an entry of a block: its comments stay, and what is not said anew."""
        indent = key.start_mark.column
        colon = self.text.index(":", key.end_mark.index) + 1
        end = self._end(key, value)
        line_end = self.text.find("\n", end)
        line_end = len(self.text) if line_end < 0 else line_end
        after = self.text[end:line_end].rstrip("\r")  # a comment behind the entry
        if isinstance(value, yaml.MappingNode) and not _flowing(value):
            key_line_end = self.text.find("\n", colon)
            behind_key = self.text[colon:key_line_end].rstrip("\r")
            comments = self._comments(key_line_end + 1, line_end)
        else:
            behind_key = after
            comments = self._comments(colon, end) if "\n" in self.text[colon:end] else []
        lines = _block(name, entry, indent, comments)
        head = self.text[key.start_mark.index : colon] + behind_key
        new = self.newline.join([head, *lines[1:]])
        return self._replaced(key.start_mark.index, line_end - (1 if self.text[:line_end].endswith("\r") else 0), new)

    def _comments(self, start: int, end: int) -> list[str]:
        """Return the comments between two places: what follows a `#` that is part of no value."""
        words = [span for span in self._spans(self.document.steps(self.parents)[-1][1]) if span[1] > start]
        comments = []
        at = start
        while (at := self.text.find("#", at, end)) >= 0:
            line_end = self.text.find("\n", at)
            line_end = len(self.text) if line_end < 0 else line_end
            begins = at == 0 or self.text[at - 1] in " \t\r\n"
            if begins and not any(first <= at < last for first, last in words):
                comments.append(self.text[at:line_end].rstrip())
                at = line_end
            else:
                at += 1
        return comments

    def _spans(self, node: yaml.Node) -> list[tuple[int, int]]:
        """Return where plain values stand."""
        if isinstance(node, yaml.MappingNode):
            return [span for pair in node.value for part in pair for span in self._spans(part)]
        if isinstance(node, yaml.SequenceNode):
            return [span for item in node.value for span in self._spans(item)]
        return [(int(node.start_mark.index), int(node.end_mark.index))]


def _flowing(node: yaml.Node) -> bool:
    return bool(getattr(node, "flow_style", False))


def _headed(names: Sequence[str], text: str) -> str:
    """Return a value on one line under its keys: ``a: {b: …}``."""
    return f"{names[0]}: {text if len(names) == 1 else '{' + _headed(names[1:], text) + '}'}"


def _block(
    name: str, entry: Mapping[str, Any], indent: int, comments: list[str] | None = None, *, deep: bool = False
) -> list[str]:
    """Return an entry as lines of a block; quantities and earlier beliefs on one line each unless it is deep."""
    outer, inner = " " * indent, " " * (indent + _STEP)
    lines = [f"{outer}{name}:", *(f"{inner}{comment}" for comment in comments or ())]
    if deep:
        written = block_text(dict(entry))
        return [*lines, *(f"{inner}{line}" for line in written.splitlines())]
    for key, value in entry.items():
        if key == "history":
            lines.append(f"{inner}history:")
            lines += [f"{inner}  - {flow(item)}" for item in value]
        else:
            lines.append(f"{inner}{key}: {flow(value)}")
    return lines
