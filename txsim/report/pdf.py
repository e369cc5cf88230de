# SPDX-License-Identifier: MIT
"""A report as PDF on A4, typeset by Typst: no browser, no network, the same words, tables and pictures as the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import resources
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
    Paragraph,
    Picture,
    Range,
    Table,
    Verdict,
    plain,
)
from txsim.report.drawing import as_view
from txsim.report.sliders import OwnViewPanel
from txsim.report.theme import Theme

__all__ = ["as_pdf"]

#: Longest cell, in characters, of a column that need not wrap.
_NARROW = 22
#: Characters that a line of a table has room for; where there are more, columns share the width.
_LINE = 110
#: Characters that a column of long words has at least.
_LEAST = 18


def _legend(picture: Picture, theme: Theme) -> list[tuple[str, str]]:
    pairs = list(picture.legend)
    for control in picture.controls:
        pairs += [(role, name) for _value, name, role, on in control.choices if on and role]
    return [(theme.light[role], name) for role, name in pairs]


_SHAPES = {
    "clear": '<circle cx="10" cy="10" r="9" fill="var(--accent)"/><path d="M5.6 10.4l3 3 5.8-6.4" fill="none" '
    'stroke="var(--paper)" stroke-width="2.2"/>',
    "leaning": '<circle cx="10" cy="10" r="8.3" fill="none" stroke="var(--accent)" stroke-width="2"/>'
    '<path d="M10 1.7a8.3 8.3 0 0 0 0 16.6z" fill="var(--accent)"/>',
    "open": '<circle cx="10" cy="10" r="8.3" fill="none" stroke="var(--muted)" stroke-width="2" '
    'stroke-dasharray="3.2 2.6"/>',
}


def _shares(head: Sequence[str], rows: Sequence[Sequence[str]], wide: Sequence[int]) -> list[int]:
    """Return by how many characters columns share the width; none where all but ``wide`` ones fit unwrapped."""
    cells = [max((len(row[i]) for row in rows), default=0) for i in range(len(head))]
    rest = sum(max(len(name), cells[i]) for i, name in enumerate(head) if i not in wide)
    if rest + _LEAST * len(wide) <= _LINE:
        return []
    words = [max((len(word) for word in name.split()), default=0) for name in head]
    most = [2 * _NARROW if i in wide else _NARROW for i in range(len(head))]
    return [max(word, min(cell, room)) + 2 for word, cell, room in zip(words, cells, most, strict=True)]


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
            return {"kind": kind, "text": plain(text), "lead": lead}
        case Note(text):
            return {"kind": kind, "text": plain(text)}
        case OwnViewPanel():  # a page alone can compute
            return {"kind": "Note", "text": ""}
        case Bullets(items):
            return {"kind": kind, "items": [plain(item) for item in items]}
        case Code(text):
            return {"kind": kind, "text": text}
        case KeyFigures(figures):
            return {
                "kind": kind,
                "figures": [[name, plain(figure), plain(meaning)] for name, figure, meaning in figures],
            }
        case Facts(items):
            return {"kind": kind, "items": [[name, plain(text)] for name, text in items]}
        case Table():
            rows = [[plain(cell) for cell in row] for row in block.rows]
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
                "shares": _shares(block.head, rows, wide),
            }
        case Verdict(state, name, sentence, because):
            return {
                "kind": kind,
                "shape": theme.fixed(_shape(state)),
                "state": state,
                "name": name,
                "sentence": plain(sentence),
                "because": plain(because),
            }
        case Hinges(title, items):
            hinges = [
                [plain(name), plain(turn), key, theme.fixed(_line(at)), *at.ends] for name, turn, key, at in items
            ]
            return {"kind": kind, "title": title, "items": hinges}
        case Cards(cards):
            return {
                "kind": kind,
                "cards": [
                    {
                        "title": card.title,
                        "lines": [plain(line) for line in card.lines],
                        "sums": [[name, plain(value), level] for name, value, level in card.sums],
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
                "legend": _legend(block, theme),
                "svg": theme.fixed(svg),
            }


def as_pdf(document: Document, theme: Theme) -> bytes:
    """Return the report as PDF.

    Parameters
    ----------
    document
        What it says.
    theme
        Colours and letters.
    """
    import typst

    data = {
        "title": document.title,
        "subtitle": document.subtitle,
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
    template = resources.files("txsim.report").joinpath("assets/report.typ").read_bytes()
    content = typst.compile(template, sys_inputs={"document": json.dumps(data, ensure_ascii=False)}, format="pdf")
    if not isinstance(content, bytes):  # pragma: no cover - typst returns a list for pictures only
        message = "typst gave no document"
        raise TypeError(message)
    return content
