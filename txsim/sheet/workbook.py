# SPDX-License-Identifier: MIT
"""The workbook that people fill in: a sheet of values, a sheet of beliefs, and the file itself, to the last byte."""

from __future__ import annotations

import base64
import hashlib
import io
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from txsim.language import N_, _
from txsim.sheet.form import BELIEFS, FAMILY, INPUTS, WAYS, Form, Row

#: Columns of a sheet, from A, with the width of each; those from `way` to `why` are filled in.
COLUMNS = (
    ("name", N_("name"), 38),
    ("meaning", N_("what it is"), 52),
    ("unit", N_("unit"), 16),
    ("possible", N_("possible"), 14),
    ("now", N_("holds today"), 24),
    ("way", N_("how it is said"), 18),
    ("value", N_("number, text or median"), 20),
    ("factor", N_("factor"), 10),
    ("low", N_("5 %"), 12),
    ("high", N_("95 %"), 12),
    ("family", N_("family"), 12),
    ("written", N_("as written in the file"), 30),
    ("who", N_("who says so"), 20),
    ("why", N_("why"), 40),
)
#: Line of the first row under the heading.
FIRST = 2
#: Sheet that carries the file: its digest, the digests of the files that it rests on, and its bytes in pieces.
ORIGIN = "origin"
#: Characters of a piece; a cell holds 32,767.
PIECE = 30_000
#: Letters of a drop-down that Excel takes.
_LONGEST_LIST = 255
_TITLES = {INPUTS: N_("Values of the scenario"), BELIEFS: N_("Beliefs; an empty row leaves what holds today")}


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def origin_of(content: bytes, files: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """Return the lines of the sheet that carries a file: a word, and what it stands for.

    ``files``: those that it rests on, by name relative to it.
    """
    packed = base64.b64encode(zlib.compress(content, 9)).decode()
    lines = [("sha256", digest(content))]
    lines += [(f"rests on {name}", digest(inner)) for name, inner in files.items()]
    return lines + [("piece", packed[i : i + PIECE]) for i in range(0, len(packed), PIECE)]


def workbook_of(form: Form, content: bytes, files: Mapping[str, bytes], name: str) -> bytes:
    """Return the workbook of a scenario.

    ``files``: those that it rests on, by name relative to it. ``name``: name of the file, for the heading.
    """
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": name, "comments": "txsim sheet"})
    looks = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "told": book.add_format({"font_color": "#555555", "text_wrap": True, "valign": "top"}),
        "filled": book.add_format({"bg_color": "#FFF9E5", "text_wrap": True, "valign": "top"}),
    }
    for sheet_name, rows in form.rows.items():
        _sheet(book.add_worksheet(sheet_name), rows, looks, _(_TITLES[sheet_name]))
    carried = book.add_worksheet(ORIGIN)
    for i, line in enumerate(origin_of(content, files)):
        for j, text in enumerate(line):
            carried.write_string(i, j, text)
    carried.hide()
    book.close()
    return stream.getvalue()


def _sheet(sheet: Any, rows: tuple[Row, ...], looks: Mapping[str, Any], title: str) -> None:
    keys = [key for key, _title, _width in COLUMNS]
    way = keys.index("way")
    for j, (_key, head, width) in enumerate(COLUMNS):
        sheet.set_column(j, j, width)
        sheet.write_string(0, j, _(head), looks["head"])
    sheet.write_comment(0, 0, title)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(rows), len(keys) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    for i, row in enumerate(rows, FIRST - 1):
        said = {"name": row.name, "meaning": str(row.meaning), "unit": str(row.unit), "possible": str(row.possible)}
        filled = {**row.cells.__dict__, "who": row.who, "why": row.why}
        for j, key in enumerate(keys):
            value = said.get(key, row.now if key == "now" else None) if j < way else filled[key]
            look = looks["told" if j < way else "filled"]
            if value is None or value == "":
                sheet.write_blank(i, j, None, look)
            elif isinstance(value, str):
                sheet.write_string(i, j, value[:32_767], look)
            else:
                sheet.write_number(i, j, value, look)
        if row.choices and len(",".join(row.choices)) <= _LONGEST_LIST:
            # What is not in the list is asked about, not refused: a node may be named with its group.
            choice = {"validate": "list", "source": list(row.choices), "error_type": "warning"}
            sheet.data_validation(i, keys.index("value"), i, keys.index("value"), choice)
    last = len(rows) + FIRST - 2
    if rows:
        sheet.data_validation(FIRST - 1, way, last, way, {"validate": "list", "source": list(WAYS)})
        family = keys.index("family")
        sheet.data_validation(FIRST - 1, family, last, family, {"validate": "list", "source": list(FAMILY)})


def file_contents(names: tuple[str, ...], beside: Path) -> dict[str, bytes]:
    """Return the bytes of files by their path relative to a folder."""
    import os

    return {Path(os.path.relpath(name, beside)).as_posix(): Path(name).read_bytes() for name in names}
