# SPDX-License-Identifier: MIT
"""A small table in HTML, for what notebooks show of a scenario, a forecast or a comparison; everything is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

__all__ = ["html_table"]

_CELL = "padding:3px 12px 3px 0;border-bottom:1px solid #8884"


def html_table(title: str, note: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table that looks right on a light and on a dark page.

    Parameters
    ----------
    title, note
        Above the table; the note in small letters.
    head
        Headings; empty for none.
    rows
        Cells; the first of each names the row.
    """
    lines = [f'<div style="font-family:sans-serif"><div style="font-weight:600">{escape(title)}</div>']
    if note:
        lines.append(f'<div style="opacity:.75;font-size:90%;max-width:60em">{escape(note)}</div>')
    lines.append('<table style="border-collapse:collapse;font-variant-numeric:tabular-nums">')
    if head:
        cells = "".join(f'<th style="{_CELL};text-align:{_side(i)}">{escape(cell)}</th>' for i, cell in enumerate(head))
        lines.append(f"<thead><tr>{cells}</tr></thead>")
    lines.append("<tbody>")
    for row in rows:
        cells = "".join(f'<td style="{_CELL};text-align:{_side(i)}">{escape(cell)}</td>' for i, cell in enumerate(row))
        lines.append(f"<tr>{cells}</tr>")
    return "\n".join([*lines, "</tbody></table></div>"])


def _side(column: int) -> str:
    return "left" if column == 0 else "right"
