# SPDX-License-Identifier: MIT
"""A prior changed in a person's file: the entry in question, and not one other character.

The file is edited as text, at the places that the YAML reader knows, so that comments, order, line ends and spelling of
everything else stay. What the change was is kept in the entry: who, why, when, and what was believed before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from txsim.errors import InputError, Problem
from txsim.language import lazy
from txsim.scenario.layers import Layers
from txsim.scenario.yaml_reader import Document, read_text

__all__ = ["NOTES", "new_entry", "with_prior"]

#: What stands in a belief beside the quantity, in the order in which it is written.
NOTES = ("already_uses", "by", "why", "date", "history")
_STEP = 2


def new_entry(
    old: Any,
    quantity: Mapping[str, Any] | float,
    *,
    by: str = "",
    why: str = "",
    date: str = "",
    already_uses: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Return the entry of a changed prior, with what was believed before as the first of its ``history``.

    Parameters
    ----------
    old
        The entry as it stands in the file, plain data; ``None`` where there is none.
    quantity
        What is believed now, as people write it.
    by, why, date
        Who changed it, why and when.
    already_uses
        Ids of claims that the belief contains; those of the old entry stay where it is not stated.

    Returns
    -------
    dict
        Quantity, notes, history. A plain number becomes ``{distribution: point, value: …}``, so that it replaces what a
        file below says as a whole.
    """
    told: dict[str, Any]
    told = dict(quantity) if isinstance(quantity, Mapping) else {"distribution": "point", "value": float(quantity)}
    notes = {"by": by, "why": why, "date": date}
    earlier: list[Any] = []
    if isinstance(old, Mapping):
        if "already_uses" in old:
            told["already_uses"] = old["already_uses"]
        earlier = list(old.get("history", []))
        before = {key: value for key, value in old.items() if key not in ("history", "already_uses")}
        earlier.insert(0, before)
    elif old is not None:
        earlier.insert(0, {"value": old})
    if already_uses is not None:
        told["already_uses"] = list(already_uses)
    return told | {key: value for key, value in notes.items() if value} | ({"history": earlier} if earlier else {})


def with_prior(text: str, name: str, entry: Mapping[str, Any], file: str = "text") -> str:
    """Return the text of a scenario or pack with one prior set.

    Parameters
    ----------
    text
        The file as it is.
    name
        Name of the parameter.
    entry
        What is to stand there, see :func:`new_entry`.
    file
        Name of the file in messages.

    Raises
    ------
    InputError
        If the file is broken, or written so that this entry alone cannot be changed (shared by an anchor).
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    document = read_text(text, file)
    if document.problems:
        raise InputError(document.problems)
    if not isinstance(document.data, dict):
        raise InputError(Layers.of([document]).problem((), lazy("expected `key: value` lines")))
    changed = _Editor(document, text, newline).put(name, entry)
    _same_but_for(document, changed, name, entry, file)
    return changed


def _same_but_for(before: Document, changed: str, name: str, entry: Mapping[str, Any], file: str) -> None:
    """Refuse an edit after which the file says anything else than before, but for the entry."""
    try:
        after = read_text(changed, file)
    except InputError:
        after = None
    wanted = {**before.data, "priors": {**(before.data.get("priors") or {}), name: dict(entry)}}
    if after is None or after.problems or _plain(after.data) != _plain(wanted):
        snippet = f"priors: {{{name}: {_flow(entry)}}}"
        message = lazy("the file is written so that this entry alone cannot be changed safely; it was left as it is")
        raise InputError(Problem(message, file=file, hint=lazy("write it by hand: {snippet}", snippet=snippet)))


def _plain(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {key if not isinstance(key, float) else f"{key:g}": _plain(value) for key, value in data.items()}
    return [_plain(item) for item in data] if isinstance(data, list | tuple) else data


class _Editor:
    """Finds places in a document and writes there."""

    def __init__(self, document: Document, text: str, newline: str) -> None:
        self.document, self.text, self.newline = document, text, newline

    def put(self, name: str, entry: Mapping[str, Any]) -> str:
        root = self.document.steps(())[-1][1]
        steps = self.document.steps(("priors",))
        if len(steps) == 1:
            if _flowing(root):
                return self._into_flow(root, f"priors: {{{name}: {_flow(entry)}}}")
            return self._at_end(root, name, entry)
        key, value = steps[-1]
        self._not_shared(key, value)
        if not isinstance(value, yaml.MappingNode):
            message = lazy("expected parameters with their priors under `priors`")
            raise InputError(Layers.of([self.document]).problem(("priors",), message))
        found = next(((k, v) for k, v in value.value if k.value == name), None)
        if _flowing(value):
            if found is None:
                return self._into_flow(value, f"{name}: {_flow(entry)}")
            self._not_shared(*found)
            return self._replaced(found[1].start_mark.index, found[1].end_mark.index, _flow(entry))
        if found is None:
            last_key, last = value.value[-1]
            self._not_shared(last_key, last)
            lines = _block(name, entry, last_key.start_mark.column)
            return self._after_line(self._end(last_key, last), lines)
        self._not_shared(*found)
        return self._block_entry(*found, name, entry)

    def _not_shared(self, key: Any, node: yaml.Node) -> None:
        """Refuse an entry that is an alias or carries an anchor: a change would reach other places."""
        between = self.text[key.end_mark.index : key.end_mark.index + 200].lstrip(" \t\r\n").removeprefix(":")
        if between.lstrip(" \t\r\n").startswith(("*", "&")):
            path = ("priors",) if key.value == "priors" else ("priors", key.value)
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

    def _at_end(self, root: yaml.Node, name: str, entry: Mapping[str, Any]) -> str:
        indent = root.start_mark.column
        lines = [" " * indent + "priors:", *_block(name, entry, indent + _STEP)]
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
        words = [span for span in self._spans(self.document.steps(("priors",))[-1][1]) if span[1] > start]
        found = []
        at = start
        while (at := self.text.find("#", at, end)) >= 0:
            line_end = self.text.find("\n", at)
            line_end = len(self.text) if line_end < 0 else line_end
            begins = at == 0 or self.text[at - 1] in " \t\r\n"
            if begins and not any(first <= at < last for first, last in words):
                found.append(self.text[at:line_end].rstrip())
                at = line_end
            else:
                at += 1
        return found

    def _spans(self, node: yaml.Node) -> list[tuple[int, int]]:
        """Return where plain values stand."""
        if isinstance(node, yaml.MappingNode):
            return [span for pair in node.value for part in pair for span in self._spans(part)]
        if isinstance(node, yaml.SequenceNode):
            return [span for item in node.value for span in self._spans(item)]
        return [(int(node.start_mark.index), int(node.end_mark.index))]


def _flowing(node: yaml.Node) -> bool:
    return bool(getattr(node, "flow_style", False))


def _block(name: str, entry: Mapping[str, Any], indent: int, comments: list[str] | None = None) -> list[str]:
    """Return an entry as lines of a block; quantities and earlier beliefs on one line each."""
    outer, inner = " " * indent, " " * (indent + _STEP)
    lines = [f"{outer}{name}:", *(f"{inner}{comment}" for comment in comments or ())]
    for key, value in entry.items():
        if key == "history":
            lines.append(f"{inner}history:")
            lines += [f"{inner}  - {_flow(item)}" for item in value]
        else:
            lines.append(f"{inner}{key}: {_flow(value)}")
    return lines


def _flow(value: Any) -> str:
    """Return plain data on one line of YAML."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_flow(key) if not isinstance(key, str) else key}: {_flow(v)}" for key, v in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_flow(item) for item in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(float(value))
    if isinstance(value, str):
        if re.fullmatch(r"[a-z][a-z_]*(?:-[a-z0-9-]+)?", value) and value not in _TRAPS:
            return value
        return json.dumps(value, ensure_ascii=False)
    return "null" if value is None else json.dumps(str(value), ensure_ascii=False)


_TRAPS = ("yes", "no", "on", "off", "true", "false", "null", "y", "n", "inf", "nan")


def _number(value: float) -> str:
    """Return a number without an exponent, in its shortest form."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    text = repr(value)
    return f"{value:.17f}".rstrip("0") if "e" in text else text
