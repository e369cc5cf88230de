# SPDX-License-Identifier: MIT
"""What a report is made of: sections of paragraphs, tables and pictures, as plain values that every format lays out.

A figure in the text is a :class:`Datum`: it carries the number and the key in the result it was read from, so that
a page can be checked against its result, figure by figure.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = [
    "Bar",
    "Bullets",
    "Code",
    "Control",
    "Datum",
    "Document",
    "Facts",
    "KeyFigures",
    "Level",
    "Note",
    "Paragraph",
    "Picture",
    "Section",
    "Strip",
    "Table",
    "Text",
    "plain",
    "say",
]


@dataclass(frozen=True)
class Datum:
    """One figure of a result as it is shown.

    Attributes
    ----------
    text
        As people read it.
    value
        The number itself.
    key
        Dotted key in the result; empty for a figure that is no single number of it.
    """

    text: str
    value: float | None = None
    key: str = ""

    def __str__(self) -> str:
        return self.text


#: How much of a result is told: what a terminal shows, or all.
Level = Literal["brief", "full"]

#: Text with figures in it.
Text = str | Datum | tuple["str | Datum", ...]


def say(template: str, **parts: Text) -> tuple[str | Datum, ...]:
    """Fill ``{names}`` of a sentence and keep the figures in it apart from its words."""
    found: list[str | Datum] = []
    for literal, name, _format, _conversion in string.Formatter().parse(template):
        if literal:
            found.append(literal)
        if name:
            part = parts[name]
            found.extend(part if isinstance(part, tuple) else (part,))
    return tuple(found)


def plain(text: Text) -> str:
    """Return text without the marks of its figures."""
    return "".join(str(part) for part in text) if isinstance(text, tuple) else str(text)


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; ``lead`` for the one that a section begins with."""

    text: Text
    lead: bool = False


@dataclass(frozen=True)
class Note:
    """A remark that qualifies what stands before it."""

    text: Text


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[Text, ...]


@dataclass(frozen=True)
class Code:
    """Something to type."""

    text: str


@dataclass(frozen=True)
class KeyFigures:
    """A few figures in large letters: name, figure, and what it means."""

    figures: tuple[tuple[str, Text, Text], ...]


@dataclass(frozen=True)
class Facts:
    """Short answers beside the words that ask for them, such as ``Standing still: rivals cost 43 k EUR``."""

    items: tuple[tuple[str, Text], ...]


@dataclass(frozen=True)
class Strip:
    """One row of a picture where only characters can be drawn: name, values, and what stands behind the last."""

    name: str
    values: tuple[float, ...]
    end: str


@dataclass(frozen=True)
class Bar:
    """One bar of a picture where only characters can be drawn: name, where it reaches, and what stands behind it."""

    name: str
    low: float
    high: float
    end: str


@dataclass(frozen=True)
class Table:
    """A table; the first column names the row.

    Attributes
    ----------
    caption
        What it shows.
    head
        One heading a column.
    rows
        Cells.
    words
        Columns that hold words, so that they are not aligned as numbers.
    more
        Whether it is a detail that a page may fold away.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Text, ...], ...]
    words: frozenset[int] = frozenset({0})
    more: bool = False


@dataclass(frozen=True)
class Control:
    """Something a reader can change in a picture.

    Attributes
    ----------
    kind
        ``many`` or ``one`` of ``choices``, or ``range``.
    signal
        Parameter of the picture that it sets.
    label
        What it is called.
    choices
        Value, name, role of its colour, and whether it is on at first.
    low, high, step, start
        Of a range.
    unit
        Of a range, in words.
    """

    kind: str
    signal: str
    label: str
    choices: tuple[tuple[str, str, str, bool], ...] = ()
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    start: float = 0.0
    unit: str = ""


@dataclass(frozen=True)
class Picture:
    """A picture: what it says, and how it is drawn.

    Attributes
    ----------
    kind
        Name for ``txsim plot``.
    title
        Its message, a sentence.
    description
        What can be seen, for those who cannot see it.
    spec
        Vega-Lite without size, title and configuration; colours as ``var(--role)``.
    height
        Height of the plotting area, px, at any width.
    controls
        What a reader can change.
    note
        How to read it.
    legend
        Colour role and words of each colour that is no control.
    fluid
        Whether it can be drawn at any width; small multiples cannot.
    strips, bars
        The same in characters, on one common scale, for terminals.
    """

    kind: str
    title: str
    description: str
    spec: Mapping[str, Any]
    height: int = 320
    controls: tuple[Control, ...] = ()
    note: str = ""
    legend: tuple[tuple[str, str], ...] = ()
    fluid: bool = True
    strips: tuple[Strip, ...] = ()
    bars: tuple[Bar, ...] = ()


Block = Paragraph | Note | Bullets | Code | KeyFigures | Facts | Table | Picture


@dataclass(frozen=True)
class Section:
    """One question and its answer."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A whole report."""

    title: str
    subtitle: str
    kicker: str
    language: str
    sections: Sequence[Section] = field(default_factory=tuple)

    def pictures(self) -> list[Picture]:
        """Return all pictures in the order of the text."""
        return [block for section in self.sections for block in section.blocks if isinstance(block, Picture)]
