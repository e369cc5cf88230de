# SPDX-License-Identifier: MIT
"""Files that a person named: to read a plain one, no larger than allowed, in any encoding; to write one by its name."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from txsim.cachedir import check_folder
from txsim.errors import InputError, Problem, did_you_mean, reason_of
from txsim.language import Message, Words, lazy

_AS_TEXT = lazy("save a table as CSV; of studies `txsim evidence add --from` makes a file of claims")
#: What a file is that begins so, and how it becomes what was expected.
_FOREIGN: tuple[tuple[bytes, Message, Message | None], ...] = (
    (b"version https://git-lfs", lazy("a pointer of Git LFS"), lazy("fetch the file itself: git lfs pull")),
    (b"\x1f\x8b", lazy("a file packed by gzip"), lazy("unpack it first")),
    (b"\x28\xb5\x2f\xfd", lazy("a file packed by zstd"), lazy("unpack it first")),
    (b"BZh", lazy("a file packed by bzip2"), lazy("unpack it first")),
    (b"\xfd7zXZ", lazy("a file packed by xz"), lazy("unpack it first")),
    (b"7z\xbc\xaf", lazy("an archive of 7-Zip"), lazy("unpack it first")),
    (b"PK\x03\x04", lazy("a ZIP archive or an Office document"), _AS_TEXT),
    (b"\xd0\xcf\x11\xe0", lazy("an old or encrypted Office document"), _AS_TEXT),
    (b"PAR1", lazy("a Parquet file"), None),
    (b"%PDF", lazy("a PDF"), None),
    (b"\x89PNG", lazy("a picture"), None),
    (b"\xff\xd8\xff", lazy("a picture"), None),
    (b"SQLite format 3", lazy("a database"), None),
    (b"\x89HDF", lazy("an HDF5 file, such as result.nc"), None),
)
#: Where Git could not merge two versions of a file.
_CONFLICT = re.compile("^<{7} .*$", re.MULTILINE)


def refuse_foreign(content: bytes, name: str, expected: Words, mine: tuple[bytes, ...] = ()) -> None:
    """Refuse a file that is of another kind by its first bytes.

    ``content``, ``name``, ``expected``: as of :func:`content_of`. ``mine``: first bytes of the kind that is expected.
    Raises :class:`InputError` which says of which kind it is.
    """
    for mark, kind, hint in _FOREIGN:
        if content.startswith(mark) and mark not in mine:
            message = lazy("this is {kind}, {expected} was expected", kind=kind, expected=expected)
            raise InputError(Problem(message, file=name, hint=hint))


def refuse_conflict(text: str, name: str) -> None:
    """Refuse a text in which Git left two versions side by side, at the first such place."""
    found = _CONFLICT.search(text) if "<<<<<<< " in text else None
    if found:
        line = text.count("\n", 0, found.start()) + 1
        hint = lazy("keep one of the two versions, and delete the lines of <<<<<<<, ======= and >>>>>>>")
        raise InputError(Problem(lazy("a merge by Git left two versions here"), name, line, 1, source=found[0],
                                 hint=hint, width=len(found[0])))  # fmt: skip


def content_of(path: Path, name: str, largest: int, expected: Words) -> bytes:
    """Return the bytes of a file.

    ``largest``: bytes that it may have. Raises InputError if it is a folder, a device, a pipe, too large or cannot be
    read; FileNotFoundError, NotADirectoryError if it is missing: the caller knows what else is there.
    """
    try:
        # Without waiting: a pipe that nobody writes to would hold us for ever.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            kind = os.fstat(handle)
            if stat.S_ISDIR(kind.st_mode):
                raise InputError(
                    Problem(lazy("this is a folder, {expected} was expected", expected=expected), file=name)
                )
            if not stat.S_ISREG(kind.st_mode):
                raise InputError(
                    Problem(lazy("this is a device or a pipe, {expected} was expected", expected=expected), file=name)
                )
            if kind.st_size > largest:
                raise InputError(
                    Problem(
                        lazy(
                            "the file has {size:,} bytes, the limit is {largest:,}", size=kind.st_size, largest=largest
                        ),
                        file=name,
                    )
                )
            parts, size = [], 0
            while size <= largest:  # it may grow, or not tell its size
                part = os.read(handle, min(largest + 1 - size, 1 << 24))
                if not part:
                    break
                parts.append(part)
                size += len(part)
        finally:
            os.close(handle)
        if size > largest:
            raise InputError(
                Problem(
                    lazy("the file has {size:,} bytes, the limit is {largest:,}", size=size, largest=largest), file=name
                )
            )
    except (FileNotFoundError, NotADirectoryError, InputError):
        raise
    except IsADirectoryError:
        raise InputError(
            Problem(lazy("this is a folder, {expected} was expected", expected=expected), file=name)
        ) from None
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) in (errno.ENXIO, errno.ENODEV, errno.EOPNOTSUPP):  # such as a socket
            raise InputError(
                Problem(lazy("this is a device or a pipe, {expected} was expected", expected=expected), file=name)
            ) from None
        raise InputError(
            Problem(lazy("the file cannot be read ({reason})", reason=reason_of(error)), file=name)
        ) from None
    return b"".join(parts)


def json_of(path: Path, name: str, largest: int, expected: Words) -> Any:
    """Return what a file of JSON says.

    ``path``, ``name``, ``largest``, ``expected``: as of :func:`content_of`. Raises InputError as :func:`content_of`
    does; if the file is empty, no text, no JSON, cut off, or nested too deep; FileNotFoundError, NotADirectoryError if
    it is missing.
    """
    content = content_of(path, name, largest, expected)
    if not content.strip():
        raise InputError(Problem(lazy("the file is empty, {expected} was expected", expected=expected), file=name))
    refuse_foreign(content, name, expected)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        message = lazy("this is no text in UTF-8, {expected} was expected", expected=expected)
        raise InputError(Problem(message, file=name)) from None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
            message = lazy("the JSON of this file does not end: it looks cut off")
            raise InputError(Problem(message, file=name, line=error.lineno)) from None
        source = text.splitlines()[error.lineno - 1] if error.lineno <= len(text.splitlines()) else ""
        message = lazy("this is no JSON, {expected} was expected", expected=expected)
        raise InputError(Problem(message, name, error.lineno, error.colno, source=source)) from None
    except RecursionError:
        message = lazy("the JSON of this file is nested too deep, {expected} was expected", expected=expected)
        raise InputError(Problem(message, file=name)) from None
    except ValueError:  # Python converts no whole number of thousands of digits
        message = lazy("a number in this file has too many digits, {expected} was expected", expected=expected)
        raise InputError(Problem(message, file=name)) from None


#: The line by which Excel is told what parts cells.
_PARTED = re.compile(r'"?sep=(.?)"?', re.IGNORECASE)


def parted_by(text: str) -> str:
    r"""Return what parts the cells of a table of studies: ``;``, a tab or ``,``, by its header; comments are none.

    >>> parted_by("# by Ada; 2026\nstudy,estimate,se"), parted_by("sep=;\nstudy;estimate,se")
    (',', ';')
    """
    header = next((line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")), "")
    said = _PARTED.fullmatch(header.strip())
    return said[1] if said and said[1] else max((";", "\t", ","), key=header.count)


def csv_rows(text: str, name: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """Return the rows of a CSV text that hold anything, each with its last line; cells have no blanks around them.

    Raises :class:`InputError` if a cell does not end.
    """
    reader = csv.reader(io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n")), delimiter=delimiter)
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells) and (rows or not _PARTED.fullmatch(delimiter.join(row).strip())):
                rows.append((reader.line_num, cells))
    except csv.Error:
        raise InputError(csv_fault(name, reader.line_num)) from None
    return rows


def csv_fault(name: str, line: int) -> Problem:
    """Return what is wrong where Python's reader of CSV gives up: a cell that does not end, mostly for a quote."""
    message = lazy("a cell of this CSV file does not end, or holds more than {most:,} characters", most=131_072)
    return Problem(message, name, line, hint=lazy("is a quote opened here and never closed?"))


def inside(path: Path, root: Path) -> bool:
    """Whether a file lies in a folder or below it, links followed."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def format_of(file: Path, formats: Sequence[str]) -> str:
    """Return the format that a file name asks for by its ending.

    Raises :class:`InputError` if it is none of them, or a file stands in the place of a folder above it.
    """
    check_folder(file)
    ending = file.suffix.lower().lstrip(".")
    ending = {"htm": "html", "markdown": "md"}.get(ending, ending)
    if ending not in formats:
        wanted = ", ".join(f".{name}" for name in formats)
        raise InputError(
            Problem(
                lazy(
                    "`.{ending}` is not known{suggestion}; use {wanted}",
                    ending=ending,
                    suggestion=did_you_mean(ending, formats),
                    wanted=wanted,
                ),
                file=str(file),
            )
        )
    return ending
