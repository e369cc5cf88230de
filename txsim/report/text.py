# SPDX-License-Identifier: MIT
"""Lines and columns of text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

__all__: list[str] = []


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, 96, subsequent_indent=indent, break_long_words=False)


def _clean(text: str) -> str:
    """Keep a title on one line, without characters that would steer a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)[:200]


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows in columns, the first to the left, figures to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(widths[i]) if i == 0 else cell.rjust(widths[i]) for i, cell in enumerate(row)).rstrip()
        for row in rows
    ]
