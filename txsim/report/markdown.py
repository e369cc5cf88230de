# SPDX-License-Identifier: MIT
"""A report as Markdown, for wikis and pull requests: words and tables; pictures are told in words."""

from __future__ import annotations

import re

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
    Table,
    Text,
    Verdict,
    plain,
)

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def _safe(text: Text) -> str:
    """Return text that Markdown takes for nothing but text, on one line; what stands between backticks stays code."""
    parts = " ".join(plain(text).split()).split("`")
    if len(parts) % 2 == 0 or any(not code or "|" in code for code in parts[1::2]):
        parts = ["`".join(parts)]
    line = "".join(f"`{part}`" if i % 2 else _SPECIAL.sub(r"\\\1", part) for i, part in enumerate(parts))
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", re.sub(r"^([+\-=])", r"\\\1", line))


def _table(table: Table) -> list[str]:
    head = "| " + " | ".join(_safe(cell) for cell in table.head) + " |"
    rule = "|" + "|".join(":--" if i in table.words else "--:" for i in range(len(table.head))) + "|"
    rows = ["| " + " | ".join(_safe(cell) for cell in row) + " |" for row in table.rows]
    title = [f"**{_safe(table.title)}**", ""] if table.title else []
    return [*title, f"*{_safe(table.caption)}*", "", head, rule, *rows, ""]


def _block(block: Block) -> list[str]:
    match block:
        case Paragraph(text, lead):
            return [f"**{_safe(text)}**" if lead else _safe(text), ""]
        case Note(text):
            return [f"*{_safe(text)}*", ""]
        case Bullets(items):
            return [*(f"- {_safe(item)}" for item in items), ""]
        case Code(text):
            return ["```", text.replace("```", ""), "```", ""]
        case KeyFigures(figures):
            return [
                *(
                    f"- {_safe(name)}: **{_safe(figure)}**" + (f" ({_safe(meaning)})" if plain(meaning) else "")
                    for name, figure, meaning in figures
                ),
                "",
            ]
        case Facts(items):
            return [*(f"- {_safe(name)}: {_safe(text)}" if name else f"  - {_safe(text)}" for name, text in items), ""]
        case Table():
            return _table(block)
        case Verdict(_state, name, sentence, because):
            return [f"**{_safe(name)}**", "", f"**{_safe(sentence)}**", "", _safe(because), ""]
        case Hinges(title, items):
            lines = [
                f"- {_safe(name).removesuffix('.')}. {_safe(turn)} ({_safe(key)})" for name, turn, key, _range in items
            ]
            return [f"**{_safe(title)}**", "", *lines, ""]
        case OwnViewPanel():  # a page alone can compute
            return []
        case Cards(cards):
            return [line for card in cards for line in _card(card)]
        case Picture():
            said = [] if block.description == block.title else [_safe(block.description), ""]
            return [f"**{_safe(block.title)}**", "", *said]


def _card(card: Card) -> list[str]:
    sums = [f"- {_safe(name)}: {_safe(text)}" for name, text, _level in card.sums]
    return [f"**{_safe(card.title)}**", "", *(f"- {_safe(text)}" for text in card.lines), *sums, ""]


def as_markdown(document: Document) -> str:
    """Return the report as Markdown."""
    lines = [f"# {_safe(document.title)}", "", _safe(document.kicker), ""]
    if document.subtitle:
        lines += [_safe(document.subtitle), ""]
    for section in document.sections:
        lines += [f"## {_safe(section.title)}", ""]
        for block in section.blocks:
            lines += _block(block)
    return "\n".join(lines).rstrip() + "\n"
