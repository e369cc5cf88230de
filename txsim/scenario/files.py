# SPDX-License-Identifier: MIT
"""The text of a file that a person named, or what is wrong with the file as such."""

from __future__ import annotations

from pathlib import Path

from txsim.errors import InputError, Problem, nearest
from txsim.files import content_of, refuse_foreign
from txsim.language import Words, lazy
from txsim.text_encoding import CYRILLIC, decoded

#: Bytes (docs/model.md, section 9).
LARGEST_FILE = 1_000_000


def text_of(path: Path, name: str, expected: Words | None = None) -> str:
    """Return the text of a file; see :func:`text_and_encoding`."""
    return text_and_encoding(path, name, expected)[0]


def text_and_encoding(path: Path, name: str, expected: Words | None = None) -> tuple[str, str]:
    """Return the text of a file, and the encoding that it was read in.

    ``expected``: what was expected there, by default a YAML file. Raises :class:`InputError` if it is missing (with the
    nearest name in its folder), no plain file, too large or neither UTF-8 nor Cyrillic.
    """
    expected = expected or lazy("a YAML file")
    try:
        content = content_of(path, name, LARGEST_FILE, expected)
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(_missing(path, name)) from None
    refuse_foreign(content, name, expected)
    try:
        return decode(content, name), "utf-8"
    except InputError:
        if not content.startswith((b"\xff\xfe", b"\xfe\xff")):
            text, encoding = decoded(content, name)
            if encoding in CYRILLIC:
                return text, encoding
        raise


def _missing(path: Path, name: str) -> Problem:
    folder = path.parent
    if not folder.is_dir():
        return Problem(lazy("there is no such file, nor the folder {folder}", folder=folder), file=name)
    if path.is_symlink():
        return Problem(lazy("a link to {target}, which is not there", target=path.readlink()), file=name)
    others = [other.name for other in sorted(folder.iterdir()) if other.suffix in (".yaml", ".yml")]
    close = nearest(path.name, others)
    if close:
        return Problem(
            lazy("there is no such file"), file=name, hint=lazy("did you mean `{folder}`?", folder=folder / close)
        )
    known = (
        lazy("YAML files here: {others}", others=", ".join(others[:10]))
        if others
        else lazy("there is no YAML file in {folder}", folder=folder)
    )
    return Problem(lazy("there is no such file"), file=name, hint=known)


def decode(content: bytes, name: str) -> str:
    """Return the text of UTF-8 bytes, or raise :class:`InputError` naming the first byte that is not."""
    for mark, kind in ((b"\xff\xfe\x00\x00", "UTF-32"), (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16")):
        if content.startswith(mark):
            message = lazy(
                "the file is {kind} (its first byte is 0x{content:02x}), UTF-8 was expected",
                kind=kind,
                content=content[0],
            )
            raise InputError(Problem(message, name, 1, 1, hint=lazy("save it as UTF-8")))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        start = error.start + (3 if content.startswith(b"\xef\xbb\xbf") else 0)
        before = content[:start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8-sig", "replace")) + 1
        whole = content[before.rfind(b"\n") + 1 :].split(b"\n", 1)[0].decode("utf-8-sig", "replace")
        message = lazy("byte {start}, 0x{content:02x}, is not UTF-8", start=start + 1, content=content[start])
        hint = lazy("save the file as UTF-8 (it looks like Latin-1 or Windows-1252)")
        raise InputError(Problem(message, name, line, column, source=whole.rstrip("\r"), hint=hint)) from None
