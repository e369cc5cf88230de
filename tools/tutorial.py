# SPDX-License-Identifier: MIT
"""Run the notebook of the documentation and keep what it shows.

``docs/tutorials/notebook.py`` holds the cells, parted by ``# %%``; this writes ``notebook.ipynb`` with the outputs and
``notebook.md`` for the site. ``--check`` runs every cell and compares what it shows with what is kept.
"""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "docs" / "tutorials" / "notebook.py"


def cells() -> list[tuple[str, str]]:
    """Return the cells: kind and content."""
    found = []
    for part in re.split(r"^# %%", SOURCE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        head, _, body = part.partition("\n")
        if "[markdown]" in head:
            found.append(("markdown", "\n".join(line.removeprefix("#")[1:] for line in body.strip().splitlines())))
        else:
            found.append(("code", body.strip()))
    return found


def run(code: str, names: dict[str, Any]) -> Any:
    """Run one cell and return the value of its last expression, ``None`` if it is none."""
    tree = ast.parse(code)
    last = tree.body[-1] if tree.body else None
    last = last if isinstance(last, ast.Expr) else None
    tree.body = tree.body[:-1] if last is not None else tree.body
    exec(compile(tree, "notebook", "exec"), names)  # noqa: S102 - our own file
    return None if last is None else eval(compile(ast.Expression(last.value), "notebook", "eval"), names)  # noqa: S307


def executed() -> tuple[dict[str, Any], str]:
    """Return the notebook with its outputs, and the page."""
    names: dict[str, Any] = {}
    book: list[dict[str, Any]] = []
    page = ["<!-- Made by tools/tutorial.py from notebook.py; change that. -->", ""]
    count = 0
    for i, (kind, content) in enumerate(cells()):
        common = {"id": f"cell-{i}", "metadata": {}, "source": content}
        if kind == "markdown":
            book.append({"cell_type": "markdown", **common})
            page += [content, ""]
            continue
        count += 1
        value = run(content, names)
        outputs = []
        page += ["```python", content, "```", ""]
        if value is not None:
            data = {"text/plain": repr(value)}
            if hasattr(value, "_repr_html_") and type(value).__module__.startswith("txsim"):
                data["text/html"] = value._repr_html_()
                page += [data["text/html"], ""]
            else:
                page += ["```text", data["text/plain"], "```", ""]
            outputs = [{"output_type": "execute_result", "execution_count": count, "metadata": {}, "data": data}]
        book.append({"cell_type": "code", "execution_count": count, "outputs": outputs, **common})
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    notebook = {"cells": book, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    return notebook, "\n".join(page).rstrip() + "\n"


def main() -> int:
    """Run the cells and keep or compare what they show."""
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    notebook, page = executed()
    if "--check" in sys.argv:
        kept = SOURCE.with_suffix(".md").read_text(encoding="utf-8")
        same = [line for line in kept.splitlines() if not any(c.isdigit() for c in line)]
        now = [line for line in page.splitlines() if not any(c.isdigit() for c in line)]
        print("the notebook runs" + ("" if same == now else " but shows something else; run tools/tutorial.py"))
        return 0 if same == now else 1
    SOURCE.with_suffix(".ipynb").write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    SOURCE.with_suffix(".md").write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
