# SPDX-License-Identifier: MIT
"""A report as PDF on A4, typeset by Typst: no browser, no network, the same words, tables and pictures as the page."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from txsim.report.document import (
    Block,
    Bullets,
    Code,
    Document,
    Facts,
    KeyFigures,
    Note,
    Paragraph,
    Picture,
    Table,
    plain,
)
from txsim.report.drawing import as_view
from txsim.report.theme import Theme

__all__ = ["as_pdf"]

#: Longest cell, in characters, of a column that need not wrap.
_NARROW = 22


def _legend(picture: Picture, theme: Theme) -> list[tuple[str, str]]:
    pairs = list(picture.legend)
    for control in picture.controls:
        pairs += [(role, name) for _value, name, role, on in control.choices if on and role]
    return [(theme.light[role], name) for role, name in pairs]


def _block(block: Block, theme: Theme) -> dict[str, Any]:
    kind = type(block).__name__
    match block:
        case Paragraph(text, lead):
            return {"kind": kind, "text": plain(text), "lead": lead}
        case Note(text):
            return {"kind": kind, "text": plain(text)}
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
                "caption": block.caption,
                "head": list(block.head),
                "rows": rows,
                "words": sorted(block.words),
                "wide": wide,
            }
        case Picture():
            _view, svg = as_view(block, theme)
            return {
                "kind": kind,
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

    told = {
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
            {"title": section.title, "blocks": [_block(block, theme) for block in section.blocks]}
            for section in document.sections
        ],
    }
    template = resources.files("txsim.report").joinpath("assets/report.typ").read_bytes()
    content = typst.compile(template, sys_inputs={"document": json.dumps(told, ensure_ascii=False)}, format="pdf")
    if not isinstance(content, bytes):  # pragma: no cover - typst returns a list for pictures only
        message = "typst gave no document"
        raise TypeError(message)
    return content
