# SPDX-License-Identifier: MIT
"""Draw the floors of the house into docs/architecture.md: from import-linter's contract, and from docstrings.

Run it after adding a room or a floor: ``.venv/bin/python tools/floors.py``. ``--check`` changes nothing and ends with 1
if the page is out of date.
"""

from __future__ import annotations

import argparse
import ast
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- floors: made by tools/floors.py -->\n", "<!-- end of floors -->\n"
#: Inner width of the picture, characters.
WIDTH = 76


def floors() -> list[list[str]]:
    """Return the rooms of each floor, the top first, as the contract names them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(each for each in contracts if each["name"].startswith("floors"))["layers"]
    return [[room.strip().removeprefix("txsim.") for room in layer.split("|")] for layer in layers]


def sentence(room: str) -> str:
    """Return what a room is for: the first line of its docstring."""
    place = ROOT / "txsim" / room
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    told = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
    return told.partition("\n")[0]


def picture() -> str:
    """Return the floors as a picture and the rooms as a table, in Markdown."""
    lines = ["```text", "┌" + "─" * WIDTH + "┐"]
    for i, rooms in enumerate(floors()):
        if i:
            lines.append("├" + "─" * WIDTH + "┤")
        lines.append("│ " + "   ".join(rooms).ljust(WIDTH - 1) + "│")
    lines += ["└" + "─" * WIDTH + "┘", "```", "", "| room | what it is for |", "|---|---|"]
    for rooms in floors():
        lines += [f"| `{room}` | {sentence(room).replace('|', chr(92) + '|')} |" for room in rooms]
    return "\n".join(lines) + "\n"


def drawn(page: str) -> str:
    """Return a page with the floors as they are now."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + picture() + END + rest.partition(END)[2]


def main() -> int:
    """Write the page, or with ``--check`` compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; end with 1 if the page is out of date")
    page = PAGE.read_text("utf-8")
    if parser.parse_args().check:
        return int(drawn(page) != page)
    PAGE.write_text(drawn(page), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
