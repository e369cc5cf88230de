# SPDX-License-Identifier: MIT
"""A report in a terminal: the same words and tables, fitted to the width that there is.

Nothing is cut inside a word and no line is longer than the terminal; colour is not needed. A table that does not fit
first wraps its words, and is then told in parts that repeat its first column.
"""

from __future__ import annotations

import dataclasses
import sys
import textwrap
from collections.abc import Sequence
from typing import Any

from txsim.printable import HOLDING, WIDEST, encoding_of, has_signs, readable_words, terminal_width
from txsim.report.document import (
    Block,
    Bullets,
    Card,
    Cards,
    Code,
    Document,
    Facts,
    Hinges,
    KeyFigures,
    Note,
    OwnViewPanel,
    Paragraph,
    Picture,
    Strip,
    Table,
    Text,
    Verdict,
    plain,
    unbroken,
)

_GAP = 2
_BLOCKS = "▁▂▃▄▅▆▇█"
#: The same heights where an encoding lacks one of them; single signs would not go up step by step.
_PLAIN_BLOCKS = "_.:-=+*#"
#: The state of a decision by shape.
_MARKS = {"clear": "●", "leaning": "◐", "open": "◌"}
#: Least width of a column of words that is wrapped.
_COLUMN = 14


def printable(text: str) -> str:
    """Return text on one line, without characters that would steer a terminal."""
    return "".join(c if c.isprintable() or c in HOLDING else " " for c in text)


def for_stdout(document: Document) -> str:
    """Return a document as lines of text for standard output: its width, and what its encoding has signs for."""
    encoding = encoding_of(sys.stdout)
    text = as_text(_readable(document, encoding))
    return text if has_signs(_BLOCKS, encoding) else text.translate(str.maketrans(_BLOCKS, _PLAIN_BLOCKS))


def _readable(part: Any, encoding: str) -> Any:
    """Return a part of a document in characters that an encoding has; before layout, for some of them grow."""
    if isinstance(part, str):
        return readable_words(part, encoding)
    if isinstance(part, tuple | list):
        return type(part)(_readable(inner, encoding) for inner in part)
    if dataclasses.is_dataclass(part) and not isinstance(part, type):
        inner = {field.name: _readable(getattr(part, field.name), encoding) for field in dataclasses.fields(part)}
        return dataclasses.replace(part, **inner)
    return part


def as_text(document: Document, width: int | None = None) -> str:
    """Return a document as lines of text.

    ``width``: longest line, characters; by default :func:`terminal_width`.
    """
    width = terminal_width() if width is None else width
    document = unbroken(document)
    head = " · ".join(part for part in (printable(document.title), printable(document.kicker)) if part)
    lines = _wrapped_parts(head.split(" · "), width)
    if document.subtitle:
        lines += _wrapped(printable(document.subtitle), width)
    blocks = [block for section in document.sections for block in section.blocks]
    names = [name for block in blocks if isinstance(block, Facts) for name, _text in block.items]
    indent = min(max((len(name) for name in names), default=0), width // 3) + _GAP
    before: Block | None = None
    for i, section in enumerate(document.sections):
        if i and section.title and section.blocks:
            lines += ["", *_wrapped(printable(section.title), width)]
            before = None
        for block in section.blocks:
            content = _block(block, width, indent)
            if content and not (i and before is None) and not _together(before, block):
                lines.append("")
            lines += content
            before = block
    return "\n".join(line.rstrip() for line in lines).rstrip()


def _together(before: Block | None, block: Block) -> bool:
    """Whether two blocks stand together: sentences that follow each other, and short answers; all else is set apart."""
    if isinstance(block, Paragraph | Note):
        return isinstance(before, Paragraph | Note)
    return isinstance(block, Facts) and isinstance(before, Facts)


def _block(block: Block, width: int, indent: int) -> list[str]:
    match block:
        case Paragraph(text) | Note(text):
            return _wrapped(_words(text), width)
        case Bullets(items):
            return [line for item in items for line in _wrapped(_words(item), width, "· ", "  ")]
        case Code(text):
            return [f"  {line}" for line in text.splitlines()]
        case KeyFigures(figures):
            pairs = [
                (name, f"{_words(figure)} ({_words(meaning)})" if meaning else _words(figure))
                for name, figure, meaning in figures
            ]
            return _facts(pairs, width, min(max(len(name) for name, _text in pairs), width // 3) + _GAP)
        case Facts(items):
            return _facts([(name, _words(text)) for name, text in items], width, indent)
        case Table():
            return _table(block, width)
        case Picture():
            return _picture(block, width)
        case Verdict():
            mark = _MARKS.get(block.state, "")
            lines = _wrapped(f"{mark} {printable(block.name)}".strip(), width)
            for text in (block.sentence, block.because):
                lines += _wrapped(_words(text), width)
            return lines
        case Hinges(title, items):
            lines = _wrapped(printable(title), width)
            for name, turn, key, _range in items:
                lines += _wrapped(
                    f"{_words(name).removesuffix('.')}. {_words(turn)} ({printable(key)})", width, "· ", "  "
                )
            return lines
        case Cards(cards):
            return _cards(cards, width)
        case OwnViewPanel():  # a page alone can compute
            return []


def _cards(cards: Sequence[Card], width: int) -> list[str]:
    lines: list[str] = []
    for i, card in enumerate(cards):
        lines += ([""] if i else []) + _wrapped(printable(card.title), width)
        for text in card.lines:
            lines += _wrapped(_words(text), width, "  ", "  ")
        names = max((len(name) for name, _text, _level in card.sums), default=0)
        ends = max((len(_words(text)) for _name, text, _level in card.sums), default=0)
        lines += [f"  {printable(name):<{names}}  {_words(text):>{ends}}" for name, text, _level in card.sums]
    return lines


def _words(text: Text) -> str:
    return printable(plain(text))


def _wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """Return text in lines; a word that is longer than a line, such as a path, is broken as a last resort."""
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False, break_long_words=True
    )


def _wrapped_parts(parts: Sequence[str], width: int) -> list[str]:
    """Return parts with dots between them in lines that end between parts; only one longer than a line is broken."""
    lines = [""]
    for part in parts:
        joined = f"{lines[-1]} · {part}" if lines[-1] else part
        lines[-1:] = [joined] if len(joined) <= width else [lines[-1], *_wrapped(part, width)]
    return [line for line in lines if line]


def _facts(items: Sequence[tuple[str, str]], width: int, indent: int) -> list[str]:
    lines: list[str] = []
    for name, text in items:
        if len(name) + _GAP <= indent:
            lines += _wrapped(text, width, f"{name:<{indent}}", " " * indent) or [name]
        else:
            lines += [*_wrapped(name, width), *_wrapped(text, width, " " * indent, " " * indent)]
    return lines


def _picture(picture: Picture, width: int) -> list[str]:
    if picture.bars:
        return _bars(picture, width)
    if not picture.strips:
        return _wrapped(printable(picture.description or picture.title), width)
    values = [value for strip in picture.strips for value in strip.values]
    low, high = min(0.0, *values), max(0.0, *values)
    names = max(len(strip.name) for strip in picture.strips)
    ends = max(len(strip.end) for strip in picture.strips)
    room = max(width - names - ends - 3 * _GAP, 8)
    lines = _wrapped(printable(picture.title), width)
    lines += [f"  {strip.name:>{names}}  {_strip(strip, low, high, room)}  {strip.end}" for strip in picture.strips]
    return lines + _wrapped(printable(picture.strips_note or picture.note), width)


def _bars(picture: Picture, width: int) -> list[str]:
    """Return bars on one scale that holds zero; a name that is long stands above its bar."""
    low = min(0.0, *(bar.low for bar in picture.bars))
    span = max(0.0, *(bar.high for bar in picture.bars)) - low or 1.0
    names = min(max(len(bar.name) for bar in picture.bars), width // 3)
    ends = max(len(bar.end) for bar in picture.bars)
    room = max(width - names - ends - 3 * _GAP, 8) - 1
    zero = round(-low / span * room)
    lines = _wrapped(printable(picture.title), width)
    for bar in picture.bars:
        left, right = round((bar.low - low) / span * room), round((bar.high - low) / span * room)
        drawn = "".join("█" if left <= i <= right else "│" if i == zero else " " for i in range(room + 1))
        name = _wrapped(printable(bar.name), width - _GAP if len(bar.name) > names else names) or [""]
        if len(bar.name) > names:
            lines += [" " * _GAP + line for line in name]
            name = [""]
        lines.append(f"  {name[0]:<{names}}  {drawn}  {bar.end}")
    return lines + (_wrapped(printable(picture.note), width) if picture.note else [])


def _strip(strip: Strip, low: float, high: float, room: int) -> str:
    step = -(-len(strip.values) // room)
    span = (high - low) or 1.0
    top = len(_BLOCKS) - 1
    return "".join(_BLOCKS[min(int((value - low) / span * len(_BLOCKS)), top)] for value in strip.values[::step])


def _table(table: Table, width: int) -> list[str]:
    rows = [[printable(cell) for cell in table.head], *([_words(cell) for cell in row] for row in table.rows)]
    lines = [line for text in (table.title, table.caption) if text for line in _wrapped(printable(text), width)]
    for i, part in enumerate(_parts(rows, table.words, width)):
        lines += ([""] if i else []) + _grid(rows, part, table.words, width)
    return lines


def table_text(table: Table, width: int | None = None) -> str:
    """Return a table alone for standard output, as lines no longer than ``width``, by default the terminal's."""
    shown = unbroken(_readable(table, encoding_of(sys.stdout)))
    return "\n".join(_table(shown, terminal_width() if width is None else width))


def _natural(rows: Sequence[Sequence[str]], column: int) -> int:
    return max(1, *(len(row[column]) for row in rows))


def _least(rows: Sequence[Sequence[str]], column: int, words: frozenset[int]) -> int:
    """Return the least width of a column: of words the longest word, of figures the widest, heads wrapped."""
    longest_of_head = max((len(word) for word in rows[0][column].split(" ")), default=0)
    if column in words or column == 0:
        longest = max((len(word) for row in rows for word in row[column].split(" ")), default=0)
        return min(max(longest, min(_COLUMN, _natural(rows, column))), WIDEST)
    return max(longest_of_head, max((len(row[column]) for row in rows[1:]), default=0))


def _parts(rows: Sequence[Sequence[str]], words: frozenset[int], width: int) -> list[list[int]]:
    """Return the columns of each part of a table, so that each part fits; what says what a row is begins each."""
    columns = range(len(rows[0]))
    # What a row is may stand in two columns, such as a node and its unit; no figure stands without them.
    least = [min(_least(rows, column, words), width) for column in columns]
    first = [0, 1] if words >= {0, 1} and len(columns) > 2 and least[0] + _GAP + least[1] <= width // 2 else [0]
    parts: list[list[int]] = [[*first]]
    start = used = sum(least[column] for column in first) + _GAP * (len(first) - 1)
    for column in list(columns)[len(first) :]:
        if used + _GAP + least[column] > width and len(parts[-1]) > len(first):
            parts.append([*first])
            used = start
        parts[-1].append(column)
        used += _GAP + least[column]
    return parts


def _grid(rows: Sequence[Sequence[str]], part: Sequence[int], words: frozenset[int], width: int) -> list[str]:
    widths = _widths(rows, part, words, width)
    lines = []
    for row in rows:
        cells = [textwrap.wrap(row[column], widths[i], break_on_hyphens=False) or [""] for i, column in enumerate(part)]
        for level in range(max(len(cell) for cell in cells)):
            line = []
            for i, column in enumerate(part):
                cell = cells[i][level] if level < len(cells[i]) else ""
                left = column == 0 or column in words
                line.append(cell.ljust(widths[i]) if left else cell.rjust(widths[i]))
            lines.append((" " * _GAP).join(line).rstrip())
    return lines


def _widths(rows: Sequence[Sequence[str]], part: Sequence[int], words: frozenset[int], width: int) -> list[int]:
    """Return widths of columns that fit: natural ones, shrunk where there is no room for them.

    Heads of figures are broken first, then words.
    """
    natural = [_natural(rows, column) for column in part]
    least = [min(_least(rows, column, words), natural[i]) for i, column in enumerate(part)]
    room = width - _GAP * (len(part) - 1)
    heads = [least[i] if column and column not in words else natural[i] for i, column in enumerate(part)]
    widths = _shrunk(_shrunk(natural, heads, room), least, room)
    if sum(widths) > room:  # one word is wider than the terminal: it is broken
        widest = max(range(len(part)), key=widths.__getitem__)
        widths[widest] = max(widths[widest] - (sum(widths) - room), 4)
    return widths


def _shrunk(widths: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Return widths shrunk towards the least, the widest first, until there is room for all or none can be."""
    widths = list(widths)
    while sum(widths) > room and (able := [i for i, wide in enumerate(widths) if wide > least[i]]):
        widest = max(able, key=widths.__getitem__)
        others = [widths[i] for i in able if widths[i] < widths[widest]]
        widths[widest] = max(least[widest], max(others, default=0), widths[widest] - (sum(widths) - room))
    return widths
