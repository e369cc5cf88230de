# SPDX-License-Identifier: MIT
"""What is wrong with the structure of a YAML file, in the words of a person rather than of libyaml."""

from __future__ import annotations

import re
from typing import Any

import yaml

from txsim.errors import InputError, Problem
from txsim.files import refuse_conflict
from txsim.language import Message, lazy

HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")


_TAB = re.compile(r"^ *\t", re.MULTILINE)


def _at(text: str, offset: int) -> tuple[int, int, str]:
    before = text[:offset].splitlines() or [""]
    if text[:offset].endswith("\n"):
        before.append("")
    return len(before), len(before[-1]) + 1, (text[offset - len(before[-1]) :].splitlines() or [""])[0]


def check_characters(text: str, name: str) -> None:
    """Refuse signs that a person cannot see, tabs as indentation, and half characters."""
    hidden = HIDDEN.search(text)
    if hidden:
        line, column, _ = _at(text, hidden.start())
        message = lazy("an invisible character, U+{ord:04X}", ord=ord(hidden[0]))
        raise InputError(
            Problem(message, name, line, column, hint=lazy("delete it; it can make a line look like another"))
        )
    if "\t" in text:
        tab = _TAB.search(text)
        if tab:
            line, column, source = _at(text, text.index("\t", tab.start()))
            message = lazy("a tab; YAML is indented by spaces")
            raise InputError(Problem(message, name, line, column, source=source, hint=lazy("write two spaces instead")))
    refuse_conflict(text, name)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        line, column, _ = _at(text, error.start)
        raise InputError(Problem(lazy("half a character (a lone surrogate)"), name, line, column)) from None


#: What libyaml says, and what that means to a person.
_SYNTAX = (
    (
        "mapping values are not allowed",
        lazy("a `:` cannot stand here"),
        lazy("indent the line like its neighbours; put a text with `: ` in quotes"),
    ),
    (
        "did not find expected key",
        lazy("this line does not fit its neighbours"),
        lazy("indent all keys of one block alike"),
    ),
    ("could not find expected ':'", lazy("a `:` is missing after a key"), lazy("write `key: value`")),
    (
        "did not find expected '-'",
        lazy("this line does not fit its neighbours"),
        lazy("begin each entry of the list with `- ` at one depth"),
    ),
    ("cannot start any token", lazy("no value can begin with this sign"), lazy("put the text in quotes")),
    (
        "',' or ']'",
        lazy("a list that was opened by `[` does not end here"),
        lazy("write `,` between entries and `]` at the end"),
    ),
    (
        "',' or '}'",
        lazy("a group that was opened by `{` does not end here"),
        lazy("write `,` between entries and `}` at the end"),
    ),
    ("found unexpected end of stream", lazy("a text in quotes does not end"), lazy("close the quotes")),
    (
        "found undefined alias",
        lazy("an alias (*name) without its anchor (&name)"),
        lazy("share parts of files by `extends`"),
    ),
    (
        "did not find expected node content",
        lazy("a value cannot begin here"),
        lazy("close what was opened by `[` or `{`, or put the text in quotes"),
    ),
    ("expected a single document", lazy("a second document (---) begins"), lazy("one file holds one scenario")),
    ("unknown escape character", lazy("a backslash in double quotes means something else"), lazy("use single quotes")),
    ("undefined tag handle", lazy("a `!` begins a tag; tags are not allowed"), lazy("put the text in quotes")),
)


#: What is told where it was opened, and what a bracket in a name may be told as.
_UNENDED = ("',' or ']'", "',' or '}'", "found unexpected end of stream")


_BRACKETS = ("',' or ']'", "',' or '}'", "mapping values are not allowed", "")


def broken(error: yaml.YAMLError, text: str, name: str) -> Problem:
    """Return what libyaml found wrong, at the place where a person would look for it."""
    lines = text.splitlines()
    problem, context = str(getattr(error, "problem", None) or error), str(getattr(error, "context", ""))
    message: Message | None = None
    hint: Message | None = None
    known = next((entry for entry in _SYNTAX if entry[0] in f"{context} {problem}"), None)
    said = "" if known is None else known[0]
    if known is not None:
        _said, message, hint = known
    mark: Any
    mark, begun = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if begun is not None and (mark is None or said in _UNENDED):
        mark = begun  # what was opened and never closed is found where it was opened
    if mark is None:
        return Problem(message or lazy("this is not YAML"), file=name, hint=hint)
    source = lines[mark.line] if mark.line < len(lines) else ""
    group = re.search(r"\b([a-z_]+)\[([a-z0-9_]+)\]", source)
    if group and said in _BRACKETS:
        message = lazy("`{group}` holds brackets, which mean a list here", group=group[0])
        hint = lazy(
            'write "{group}" in quotes, or {group2} and a `group: {group3}` beside it',
            group=group[0],
            group2=group[1],
            group3=group[2],
        )
    return Problem(
        message or lazy("this is not YAML from here on"), name, mark.line + 1, mark.column + 1, source=source, hint=hint
    )
