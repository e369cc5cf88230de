# SPDX-License-Identifier: MIT
"""Files as tables of cells: CSV, Parquet, Excel, and workbooks with one sheet per survey question."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from txsim.errors import InputError, Problem
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.numerals import read_number, tidy_name

__all__ = ["Table", "is_total", "read_tables"]

_MOST_BYTES = 500_000_000
#: Words by which the questions of well-known surveys are found in workbooks with one sheet per question.
ITEMS = {
    "ex": ("recommend my organization", "recommend my organisation", "good place to work"),
    "cx": ("needs of our customers", "customer satisfaction"),
}
_TOTALS = re.compile(
    r"^((grand |sub)?totals?|overall|all( responses| respondents| staff| units| sites| trusts| schools| branches"
    r"| hospitals| practices| agencies| departments| stores| teams)?|average|mean|sum|national( average| total)?"
    r"|government-?wide|gesamt|insgesamt|summe|.* (overall|total))$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Table:
    """A table as it was written.

    Attributes
    ----------
    name
        File, and sheet where there are several.
    columns
        Headers.
    rows
        ``(line, cells)``; lines count from 1 with the header.
    notes
        What was found out about the file as a whole.
    dropped
        ``(line, reason)`` of rows left out while reading, such as totals.
    """

    name: str
    columns: tuple[str, ...]
    rows: list[tuple[int, tuple[Any, ...]]]
    notes: tuple[str, ...] = ()
    dropped: tuple[tuple[str, int, str], ...] = field(default=())


def is_total(name: str) -> bool:
    """Whether a unit's name says that it is a sum or a mean of others."""
    return _TOTALS.match(name.strip()) is not None


def read_tables(paths: Iterable[Path], spec: LinkSpec) -> Table:
    """Return one table from one or several files, or from a folder of them.

    Raises
    ------
    InputError
        If a file is missing, empty, too large or of no known kind, or files have different columns.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() in _READERS and not p.name.startswith("."))
            if not inside:
                raise InputError(Problem("no CSV, Parquet or Excel file in this folder", file=str(path)))
            files += inside
        else:
            files.append(path)
    tables = [_one(path, spec) for path in files]
    first = tables[0]
    for other in tables[1:]:
        if other.columns != first.columns:
            raise InputError(
                Problem(
                    f"its columns ({', '.join(other.columns[:8])}) differ from those of {first.name} "
                    f"({', '.join(first.columns[:8])})",
                    file=other.name,
                )
            )
    sums = {
        m[1].lower()
        for t in tables
        for _, _, why in t.dropped
        if (m := re.match(r"`(.+) (?:overall|total)`", why.lower()))
    }
    if sums and first.columns[0] == "unit":  # `DOD Overall` in one year is `DOD` in another
        tables = [_without(table, sums) for table in tables]
        first = tables[0]
    if len(tables) == 1:
        return first
    rows = [row for table in tables for row in table.rows]
    notes = tuple(dict.fromkeys(note for table in tables for note in table.notes))
    return Table(first.name, first.columns, rows, notes, tuple(d for t in tables for d in t.dropped))


def _without(table: Table, sums: set[str]) -> Table:
    left = [row for row in table.rows if str(row[1][0]).lower() not in sums]
    gone = [(table.name, row[0], f"`{row[1][0]}` is a sum of units") for row in table.rows if row not in left]
    return Table(table.name, table.columns, left, table.notes, (*table.dropped, *gone))


def _one(path: Path, spec: LinkSpec) -> Table:
    if not path.is_file():
        raise InputError(
            Problem("there is no such file" if not path.exists() else "this is no plain file", file=str(path))
        )
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(sorted(_READERS))
        raise InputError(Problem(f"`{path.suffix}` is not known; use one of {known}", file=str(path)))
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(Problem("larger than 500 MB", file=str(path)))
    if path.stat().st_size == 0:
        raise InputError(Problem("the file is empty", file=str(path)))
    table: Table = reader(path, spec)
    if not table.rows:
        raise InputError(Problem("there is no row below the header", file=str(path)))
    return table


def _text(path: Path) -> str:
    content = path.read_bytes()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = content.decode("utf-16", "replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _csv(path: Path, spec: LinkSpec) -> Table:
    text = _text(path)
    if "\x00" in text[:4096]:
        raise InputError(Problem("this is no text, although its name says CSV", file=str(path)))
    lines = [line for line in text[:100_000].splitlines() if line.strip()][:20]
    # the usual number in a line: titles and notes hold none
    counts = {sign: sorted(line.count(sign) for line in lines)[len(lines) // 2] for sign in (",", ";", "\t", "|")}
    sign = max(counts, key=lambda s: (counts[s], s == ";"))
    notes = () if sign == "," else (f"columns are separated by {'tabs' if sign == chr(9) else sign}",)
    rows: list[tuple[int, tuple[Any, ...]]] = []
    reader = csv.reader(io.StringIO(text), delimiter=sign)
    line = 1
    try:
        for row in reader:
            if any(cell.count("\n") > 2 and cell.count(sign) > 2 for cell in row):
                raise InputError(Problem("a quotation mark that opens here is never closed", file=str(path), line=line))
            if any(cell.strip() for cell in row):
                rows.append((line, tuple(row)))
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(Problem(f"this cannot be read as CSV ({error})", file=str(path))) from None
    if not rows:
        raise InputError(Problem("the file is empty", file=str(path)))
    return _below_header(str(path), rows, notes)


def _below_header(name: str, rows: list[tuple[int, tuple[Any, ...]]], notes: tuple[str, ...] = ()) -> Table:
    """Return the table below its header: titles above are skipped, notes and headers within are dropped, and said.

    The header is the first row that is filled almost as far as the widest.
    """
    filled = [sum(str(cell).strip() != "" for cell in row) for _, row in rows[:50]]
    width = sorted(filled)[-max(1, len(filled) // 4)]  # notes with many commas may be wider than the table
    at = next(i for i, count in enumerate(filled) if count >= max(min(2, width), width - 1))
    header = tuple(str(cell).strip() for cell in rows[at][1])
    while header and not header[-1]:
        header = header[:-1]
    if at:
        notes = (*notes, f"{at} line{' was' if at == 1 else 's were'} skipped above the header")
    kept, dropped = [], []
    longer = {line for line, row in rows[at + 1 :] if any(str(cell).strip() for cell in row[len(header) :])}
    for line, row in _even(rows[at + 1 :], len(header)):
        told = [str(cell).strip() for cell in row]
        if line in longer:
            dropped.append((name, line, "more cells than the header has: a separator without quotation marks?"))
        elif [cell.lower() for cell in told] == [cell.lower() for cell in header]:
            dropped.append((name, line, "the header again"))
        elif len(header) > 2 and sum(cell != "" for cell in told) == 1:
            dropped.append((name, line, "a note, no row of the table"))
        else:
            kept.append((line, row))
    return Table(name, header, kept, notes, tuple(dropped))


def _even(rows: list[tuple[int, tuple[Any, ...]]], width: int) -> list[tuple[int, tuple[Any, ...]]]:
    return [(line, row if len(row) == width else (*row, *[""] * width)[:width]) for line, row in rows]


def _parquet(path: Path, spec: LinkSpec) -> Table:
    import pyarrow.parquet

    parquet: Any = pyarrow.parquet
    try:
        frame = parquet.read_table(path)
    except (OSError, ValueError) as error:
        raise InputError(Problem(f"this cannot be read as Parquet ({str(error)[:80]})", file=str(path))) from None
    columns = [["" if cell is None else cell for cell in column.to_pylist()] for column in frame.columns]
    rows = [(i, row) for i, row in enumerate(zip(*columns, strict=True), 2)]
    return Table(str(path), tuple(str(name) for name in frame.column_names), rows)


def _excel(path: Path, spec: LinkSpec) -> Table:
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise InputError(Problem(f"this cannot be read as Excel ({str(error)[:80]})", file=str(path))) from None
    except Exception as error:  # zipfile.BadZipFile and XML errors have no common base
        raise InputError(Problem(f"this cannot be read as Excel ({type(error).__name__})", file=str(path))) from None
    try:
        if spec.sheet and spec.sheet not in book.sheetnames:
            from txsim.errors import did_you_mean

            raise InputError(
                Problem(f"there is no sheet `{spec.sheet}`{did_you_mean(spec.sheet, book.sheetnames)}", file=str(path))
            )
        if not spec.sheet and len(book.sheetnames) > 3:
            found = _questions(path, book, spec)
            if found is not None:
                return found
        sheet = book[spec.sheet or book.sheetnames[0]]
        rows = [
            (i, tuple("" if cell is None else cell for cell in row))
            for i, row in enumerate(sheet.iter_rows(values_only=True), 1)
            if any(cell not in (None, "") for cell in row)
        ]
    finally:
        book.close()
    if not rows:
        raise InputError(Problem(f"sheet `{spec.sheet or book.sheetnames[0]}` is empty", file=str(path)))
    return _below_header(f"{path}[{sheet.title}]", rows)


def _questions(path: Path, book: Any, spec: LinkSpec) -> Table | None:
    """Read a workbook with one sheet per question: units in rows, shares of answers from best to worst, a total.

    Question numbers change from year to year, so that questions are found by their words.
    """
    wanted = {s: (spec.items[s],) if s in spec.items else ITEMS[s] for s in ("ex", "cx")}
    sheets = 0
    cells: dict[str, dict[str, tuple[int, float, float, float]]] = {"ex": {}, "cx": {}}
    year, dropped, notes = None, [], []
    for name in book.sheetnames:
        rows = [
            (i, ["" if c is None else str(c).replace("\xa0", " ").strip() for c in row])
            for i, row in enumerate(book[name].iter_rows(values_only=True), 1)
            if i <= 400
        ]
        head = next((k for k, (_, row) in enumerate(rows[:15]) if _is_shares_header(row)), None)
        if head is None:
            continue
        sheets += 1
        title = re.sub(r"\s+", " ", " ".join(row[0] for _, row in rows[:head] if row)).lower()
        if year is None:
            year_told = re.search(r"\b(19|20)\d\d\b", f"{title} {path.stem.replace('_', ' ')}")
            year = year_told.group(0) if year_told else None
        series = next((s for s in ("ex", "cx") if any(w.lower() in title for w in wanted[s])), None)
        if series is None or cells[series]:
            continue
        header = [cell.lower() for cell in rows[head][1]]
        total = next(k for k, cell in enumerate(header) if "total" in cell)
        answers = list(range(1, total))
        for line, row in rows[head + 1 :]:
            unit = tidy_name(row[0]) if row else ""
            if not unit or len(row) <= total or not row[total]:
                continue
            if _TOTALS.match(unit):
                dropped.append((f"{path}[{name}]", line, f"`{unit}` is a sum of units"))
                continue
            shares = [read_number(row[k]).value for k in answers]
            count = read_number(row[total], comma="thousands").value
            if any(share is None for share in shares) or count is None or count <= 0:
                dropped.append((f"{path}[{name}]", line, f"`{unit}`: shares or count are missing"))
                continue
            whole = [float(share or 0) for share in shares]
            if not 97 <= sum(whole) <= 103:
                dropped.append((f"{path}[{name}]", line, f"`{unit}`: shares sum to {sum(whole):g} %"))
                continue
            k = len(whole) // 2  # the better half, the worse half; a middle answer counts for neither
            positive, negative = sum(whole[:k]), sum(whole[-k:])
            cells[series][unit] = (line, positive, negative, count)
        notes.append(f"{series.upper()} is the question “{_question(title)}”, better minus worse half of the answers")
    if sheets < 3:
        return None
    if not cells["ex"] and not cells["cx"]:
        message = f"{sheets} sheets with questions, but none on EX ({wanted['ex'][0]}) or CX ({wanted['cx'][0]})"
        raise InputError(Problem(message, file=str(path), hint="name words of the questions under `items` in the spec"))
    if year is None:
        raise InputError(Problem("neither a sheet nor the file's name holds the year", file=str(path)))
    columns = (
        "unit",
        "period",
        *(f"{s}_{part}" for s in ("ex", "cx") for part in ("promoters", "detractors")),
        "n_ex",
        "n_cx",
    )
    found = []
    for unit in dict.fromkeys([*cells["ex"], *cells["cx"]]):
        ex, cx = cells["ex"].get(unit), cells["cx"].get(unit)
        line = (ex or cx or (0,))[0]
        told = [("", "") if c is None else (f"{c[1]:.6g}", f"{c[2]:.6g}") for c in (ex, cx)]
        counts = ["" if c is None else f"{c[3]:.0f}" for c in (ex, cx)]
        found.append((line, (unit, year, *told[0], *told[1], *counts)))
    return Table(str(path), columns, found, tuple(notes), tuple(dropped))


def _question(title: str) -> str:
    return re.sub(r"^.*\(\d+\w?\)", "", title).strip(" .")[:100]


def _is_shares_header(row: list[str]) -> bool:
    told = [cell.lower() for cell in row if cell]
    return (
        len(told) >= 4
        and any("total" in cell for cell in told[3:])
        and not any(re.fullmatch(r"[\d.,% ]+", c) for c in told)
    )


_READERS: dict[str, Any] = {
    ".csv": _csv,
    ".tsv": _csv,
    ".txt": _csv,
    ".parquet": _parquet,
    ".pq": _parquet,
    ".xlsx": _excel,
    ".xlsm": _excel,
}
