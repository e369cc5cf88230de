# SPDX-License-Identifier: MIT
"""A report as PDF on A4, typeset by Typst: no browser, no network, the same words, tables and pictures as the page."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Sequence
from typing import Any

from txsim.report.document import (
    Block,
    Bullets,
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
    Range,
    Table,
    Text,
    Verdict,
    plain,
    unbroken,
)
from txsim.report.drawing import as_view
from txsim.report.pages import TEMPLATE, filled
from txsim.report.theme import Theme

#: Longest cell, in characters, of a column that need not wrap.
_NARROW = 22
#: Characters that a line of a table has room for, and one more column costs in gaps; where there are more, columns
#: share the width.
_LINE, _GAP = 112, 1.5
#: Characters in a line of a column that gets no more room for being longer, and most lines of a head.
_ROOM, _HEAD = 90, 3
#: Characters after which a key or a hash, which has no spaces, may go on in the next line.
_PIECE = 16
#: Width of a character of a key, which is written small, against one of words.
_SMALL = 0.82
#: Rows of a table that stand together where it begins and ends, and characters of their longest cell.
_ROWS, _LONG = 3, 200
#: Rows, and characters of a cell, of a table that stands whole.
_WHOLE, _SHORT = 6, 60
_BREAK = "\N{ZERO WIDTH SPACE}"


_SHAPES = {
    "clear": '<circle cx="10" cy="10" r="9" fill="var(--accent)"/><path d="M5.6 10.4l3 3 5.8-6.4" fill="none" '
    'stroke="var(--paper)" stroke-width="2.2"/>',
    "leaning": '<circle cx="10" cy="10" r="8.3" fill="none" stroke="var(--accent)" stroke-width="2"/>'
    '<path d="M10 1.7a8.3 8.3 0 0 0 0 16.6z" fill="var(--accent)"/>',
    "open": '<circle cx="10" cy="10" r="8.3" fill="none" stroke="var(--muted)" stroke-width="2" '
    'stroke-dasharray="3.2 2.6"/>',
}


def _breakable(text: str) -> str:
    """Return text in which keys, file names and hashes may be broken, where they would run into the next column."""
    return re.sub(rf"\S{{{_PIECE + 1},}}", lambda word: _pieces(word[0]), text)


def _words(text: Text) -> str:
    return _breakable(plain(text))


def _pieces(word: str) -> str:
    if len(word) < 2 * _PIECE and re.fullmatch(r"[^\d_./\[\]]+", word):
        return word  # a long word of a language, which is hyphenated
    parts = re.sub(r"([_./\]])(?=\w)", rf"\1{_BREAK}", word).split(_BREAK)
    return _BREAK.join(part[i : i + _PIECE] for part in parts for i in range(0, len(part), _PIECE))


def _longest(text: str) -> int:
    """Return the characters of the longest piece that is not broken; hard spaces hold together."""
    return max((len(piece) for piece in re.split(rf"[ \n{_BREAK}]", text)), default=0)


def _shares(
    head: Sequence[str], rows: Sequence[Sequence[str]], wide: Sequence[int], words: Container[int], keys: Container[int]
) -> list[float]:
    """Return by how many characters columns share the width; none where all but one fit unwrapped.

    Each column gets what its longest unbroken piece needs, and of the rest as much as it still lacks to stand in one
    line, as browsers share it out.
    """
    columns = range(len(head))
    cells = [max((len(row[i]) for row in rows), default=0) for i in columns]
    rest = sum(max(len(head[i]), cells[i]) + _GAP for i in columns if i not in wide)
    if len(wide) < 2 and rest + (_NARROW + _GAP) * len(wide) <= _LINE:
        return []
    least = [
        max(_longest(head[i]), math.ceil(len(head[i]) / _HEAD), *(_longest(row[i]) for row in rows), 1)
        if i in words or cells[i] > _NARROW
        else max(_longest(head[i]), math.ceil(len(head[i]) / _HEAD), cells[i], 1)  # a figure stands in one line
        for i in columns
    ]
    small = [_SMALL if i in keys else 1.0 for i in columns]
    low = [small[i] * least[i] + _GAP for i in columns]
    high = [small[i] * max(min(max(len(head[i]), cells[i]), _ROOM), least[i]) + _GAP for i in columns]
    left, lack = max(_LINE - sum(low), 0.0), sum(high) - sum(low)
    return [low[i] + (left * (high[i] - low[i]) / lack if lack > 0 else 0.0) for i in columns]


def _shape(state: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20">{_SHAPES[state]}</svg>'


def _line(at: Range) -> str:
    """Return the bar of a range, without words."""
    first, last = (4 + 92 * end for end in at.good)
    parts = ['<path d="M4 10H96" stroke="var(--neutral)" stroke-width="5" opacity=".4"/>']
    if last > first:
        parts.append(f'<path d="M{first:.1f} 10H{last:.1f}" stroke="var(--commit)" stroke-width="5"/>')
    if at.threshold is not None:
        turn = 4 + 92 * at.place(at.threshold)
        parts.append(f'<path d="M{turn:.1f} 1V19" stroke="var(--bad)" stroke-width="2"/>')
    parts.append(f'<circle cx="{4 + 92 * at.place(at.middle):.1f}" cy="10" r="4" fill="var(--ink)"/>')
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 20">{"".join(parts)}</svg>'


def _block(block: Block, theme: Theme) -> dict[str, Any]:
    kind = type(block).__name__
    match block:
        case Paragraph(text, lead):
            return {"kind": kind, "text": _words(text), "lead": lead}
        case Note(text):
            return {"kind": kind, "text": _words(text)}
        case OwnViewPanel():  # a page alone can compute
            return {"kind": "Note", "text": ""}
        case Bullets(items):
            return {"kind": kind, "items": [_words(item) for item in items]}
        case Code(text):
            return {"kind": kind, "text": text}
        case KeyFigures(figures):
            return {
                "kind": kind,
                "figures": [[name, _words(figure), _words(meaning)] for name, figure, meaning in figures],
            }
        case Facts(items):
            return {"kind": kind, "items": [[name, _words(text)] for name, text in items]}
        case Table():
            # A key, set small, goes on in the next line wherever that helps words beside it.
            rows = [
                [_pieces(plain(cell)) if i in block.keys else _words(cell) for i, cell in enumerate(row)]
                for row in block.rows
            ]
            wide = [
                i
                for i in sorted(block.words)
                if i < len(block.head) and max((len(row[i]) for row in rows), default=0) > _NARROW
            ]
            return {
                "kind": kind,
                "title": block.title,
                "sums": sorted(block.sums),
                "faint": sorted(block.faint),
                "keys": sorted(block.keys),
                "caption": block.caption,
                "head": list(block.head),
                "rows": rows,
                "words": sorted(block.words),
                "wide": wide,
                "shares": _shares(block.head, rows, wide, block.words, block.keys),
                "together": _together(rows),
            }
        case Verdict(state, name, sentence, because):
            return {
                "kind": kind,
                "shape": theme.fixed(_shape(state)),
                "state": state,
                "name": name,
                "sentence": _words(sentence),
                "because": _words(because),
            }
        case Hinges(title, items):
            hinges = [
                [_words(name), _words(turn), key, theme.fixed(_line(at)), *at.ends] for name, turn, key, at in items
            ]
            return {"kind": kind, "title": title, "items": hinges}
        case Cards(cards):
            return {
                "kind": kind,
                "cards": [
                    {
                        "title": card.title,
                        "lines": [_words(line) for line in card.lines],
                        "sums": [[name, _words(value), level] for name, value, level in card.sums],
                    }
                    for card in cards
                ],
            }
        case Picture():
            _view, svg = as_view(block, theme)
            return {
                "kind": kind,
                "name": block.kind,
                "title": block.title,
                "description": block.description,
                "note": block.note,
                "legend": [(theme.light[role], name) for role, name in block.legend],
                "svg": theme.fixed(svg),
            }


def _together(rows: Sequence[Sequence[str]]) -> list[int]:
    """Return at each row over how many no page ends; 0 for those that such a row holds.

    A short table stands whole; of a longer one at least :data:`_ROWS` stand on each page, unless one of them is so long
    that they might be higher than a page.
    """
    count, lengths = len(rows), [max(map(len, row), default=0) for row in rows]
    held = [1] * count
    if count <= _WHOLE and max(lengths, default=0) <= _SHORT:
        groups = [(0, count)]
    elif count < 2 * _ROWS:
        groups = [(max(count - _ROWS, 0), min(count, _ROWS))]
    else:
        groups = [(0, _ROWS), (count - _ROWS, _ROWS)]
    for first, length in groups:
        if length and max(lengths[first : first + length]) <= _LONG:
            held[first : first + length] = [length, *[0] * (length - 1)]
    return held


def as_pdf(document: Document, theme: Theme) -> bytes:
    """Return the report as PDF."""
    import typst

    document = unbroken(document)
    data = {
        "title": _breakable(document.title),
        "subtitle": _breakable(document.subtitle),
        "kicker": document.kicker,
        "language": document.language,
        "fonts": [
            *(name.strip() for name in theme.family.split(",") if name.strip() != "sans-serif"),
            "Libertinus Serif",
        ],
        **{role: theme.light[role] for role in ("ink", "muted", "line", "accent", "panel")},
        "sections": [
            {
                "title": section.title,
                "sheet": section.sheet,
                "blocks": [_block(block, theme) for block in section.blocks],
            }
            for section in document.sections
        ],
    }
    content = typst.compile(TEMPLATE, sys_inputs=filled(data), format="pdf")
    if not isinstance(content, bytes):  # pragma: no cover - typst returns a list for pictures only
        message = "typst gave no document"
        raise TypeError(message)
    return content
