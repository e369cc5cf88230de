# SPDX-License-Identifier: MIT
"""What a report is made of: sections of paragraphs, tables and pictures, as plain values that every format lays out.

A figure in the text is a :class:`Datum`: it carries the number and the key in the result it was read from, so that
a page can be checked against its result, figure by figure.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, Literal


@dataclass(frozen=True)
class Datum:
    """One figure of a result as it is shown."""

    text: str  #: As people read it.
    value: float | None = None  #: The number itself.
    key: str = ""  #: Dotted key in the result; empty for a figure that is no single number of it.

    def __str__(self) -> str:
        return self.text


#: How much of a result is told: what a terminal shows, or all.
Level = Literal["brief", "full"]

#: Text with figures in it.
Text = str | Datum | tuple["str | Datum", ...]
#: Words that ask for something, and the short answer beside them.
Fact = tuple[str, Text]


def say(template: str, **parts: Text) -> tuple[str | Datum, ...]:
    """Fill ``{names}`` of a sentence and keep the figures in it apart from its words."""
    pieces: list[str | Datum] = []
    for literal, name, _format, _conversion in string.Formatter().parse(template):
        if literal:
            pieces.append(literal)
        if name:
            part = parts[name]
            pieces.extend(part if isinstance(part, tuple) else (part,))
    return tuple(pieces)


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

    items: tuple[Fact, ...]


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
    """A table; the first column names the row."""

    caption: str  #: What it shows.
    head: tuple[str, ...]  #: One heading a column.
    rows: tuple[tuple[Text, ...], ...]  #: Cells.
    words: frozenset[int] = frozenset({0})  #: Columns that hold words, so that they are not aligned as numbers.
    more: bool = False  #: Whether it is a detail that a page may fold away.
    #: ``sums``, ``faint``: Rows that add others up, and rows of less weight, by position.
    sums: frozenset[int] = frozenset()
    faint: frozenset[int] = frozenset()
    title: str = ""  #: Its message, where it has one beside the caption.
    keys: frozenset[int] = frozenset()  #: Columns that hold keys of files and results, which are written small.


@dataclass(frozen=True)
class Control:
    """Something a reader can change in a picture."""

    kind: str  #: ``one`` of ``choices``, or ``range``.
    signal: str  #: Parameter of the picture that it sets.
    label: str  #: What it is called.
    choices: tuple[tuple[str, str, bool], ...] = ()  #: Value, name, and whether it is on at first.
    #: ``low``, ``high``, ``step``, ``start``: Of a range.
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    start: float = 0.0
    unit: str = ""  #: Of a range, in words.


@dataclass(frozen=True)
class Picture:
    """A picture: what it says, and how it is drawn."""

    kind: str  #: Name for ``txsim plot``.
    title: str  #: Its message, a sentence.
    description: str  #: What can be seen, for those who cannot see it.
    spec: Mapping[str, Any]  #: Vega-Lite without size, title and configuration; colours as ``var(--role)``.
    height: int = 320  #: Height of the plotting area, px, at any width.
    controls: tuple[Control, ...] = ()  #: What a reader can change.
    note: str = ""  #: How to read it.
    legend: tuple[tuple[str, str], ...] = ()  #: Colour role and words of each colour that is no control.
    fluid: bool = True  #: Whether it can be drawn at any width; small multiples cannot.
    #: ``strips``, ``bars``: The same in characters, on one common scale, for terminals.
    strips: tuple[Strip, ...] = ()
    strips_note: str = ""  #: How to read ``strips``, where that is not ``note``.
    bars: tuple[Bar, ...] = ()
    width: int = 800  #: Width of the static drawing, px: 800 across a page, about half of that beside something else.
    #: Height of the plotting area on a phone, px, of a picture that is laid out otherwise there: where the signal
    #: ``narrow`` of its description is true.
    narrow: int = 0


@dataclass(frozen=True)
class Verdict:
    """The decision: its state by shape and words, the sentence, and why no more can be said or what would change it."""

    state: str
    name: str
    sentence: Text
    because: Text


@dataclass(frozen=True)
class Range:
    """A quantity on a line: its 90 % range, its middle, the value where the decision turns, and the side that pays."""

    #: ``low``, ``middle``, ``high``: Of the quantity, in its own unit.
    low: float
    middle: float
    high: float
    threshold: float | None  #: ``None`` where nothing turns in the range.
    above: bool  #: Whether it pays above the threshold; without one, throughout (``True``) or nowhere.
    ends: tuple[str, str]  #: ``low`` and ``high`` as people read them.

    def place(self, value: float) -> float:
        """Return where a value lies, 0 at the low end and 1 at the high one, held inside."""
        return min(max((value - self.low) / ((self.high - self.low) or 1.0), 0.0), 1.0)

    @property
    def good(self) -> tuple[float, float]:
        """The part of the line that pays, from and to."""
        if self.threshold is None:
            return (0.0, 1.0) if self.above else (0.0, 0.0)
        at = self.place(self.threshold)
        return (at, 1.0) if self.above else (0.0, at)


@dataclass(frozen=True)
class Hinges:
    """What a decision hangs on: a title, and for each its name with the middle, what turns it, its key, its range."""

    title: str
    items: tuple[tuple[Text, Text, str, Range], ...]


@dataclass(frozen=True)
class Card:
    """A few lines, or a small sum, in a frame of their own; a line of the sum may be a level, which is set in bold."""

    title: str
    lines: tuple[Text, ...] = ()
    sums: tuple[tuple[str, Text, bool], ...] = ()


@dataclass(frozen=True)
class Slider:
    """Something that a reader may move on a page: what it is, which part of the view, and where it stands."""

    label: str
    part: str
    index: int
    low: float
    high: float
    step: float
    value: float
    shown: str


@dataclass(frozen=True)
class SliderGroup:
    """Sliders under one heading, with a note below them."""

    title: str
    sliders: tuple[Slider, ...]
    note: str = ""


@dataclass(frozen=True)
class OwnViewPanel:
    """A reader's own view of a run, which only a page can show: it computes."""

    groups: tuple[SliderGroup, ...]  #: What can be moved.
    #: ``facts``, ``draws``: JSON and base64 of float32 numbers that its script reads (``assets/own_view.js``).
    facts: str
    draws: str
    #: ``value_name``, ``unit``: What the value is called, and the unit of money.
    value_name: str
    unit: str
    #: ``report_mean``, ``report_loss``, ``report_worst``: What the report says of each, in words.
    report_mean: str
    report_loss: str
    report_worst: str
    #: ``course``, ``limits``: What the fan shows; what is not weighed here.
    course: str
    limits: str
    #: ``far``, ``exact``: What is said where a view is too far off, before its command.
    far: str
    exact: str


@dataclass(frozen=True)
class Cards:
    """Cards side by side."""

    cards: tuple[Card, ...]


Block = (
    Paragraph | Note | Bullets | Code | KeyFigures | Facts | Table | Picture | Verdict | Hinges | Cards | OwnViewPanel
)


@dataclass(frozen=True)
class Section:
    """One question and its answer; ``sheet`` for what is laid out as one printed page."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    sheet: bool = False


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


def unbroken[Part](part: Part) -> Part:
    """Return a document, or a part of one, in which no line can end between a number and its percent sign."""
    held: Any = part
    if isinstance(held, str):
        held = re.sub(r"(?<=\d) (?=%)", "\N{NO-BREAK SPACE}", held)
    elif isinstance(held, list | tuple):
        held = tuple(map(unbroken, held))
    elif is_dataclass(held) and not isinstance(held, Code | type):
        held = replace(held, **{each.name: unbroken(getattr(held, each.name)) for each in fields(held)})
    return held  # type: ignore[no-any-return]
