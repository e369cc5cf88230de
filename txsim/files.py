# SPDX-License-Identifier: MIT
"""Opening a file that a person named: a plain file, no larger than allowed, inside its folder, in whatever encoding."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from txsim.errors import InputError, Problem

__all__ = ["ENCODINGS", "content_of", "decoded", "inside"]

#: Encodings that files of surveys come in beside Unicode; the first of equals is named.
ENCODINGS = ("cp1252", "cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic", "cp1250", "mac_roman")
_MARKS = ((b"\xff\xfe\x00\x00", "utf-32"), (b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
#: Bytes from which an encoding is told; more say no more.
_SAMPLE = 65_536


def content_of(path: Path, name: str, largest: int, expected: str) -> bytes:
    """Return the bytes of a file.

    Parameters
    ----------
    path
        The file.
    name
        Its name in messages.
    largest
        Bytes that it may have.
    expected
        What was expected there, as `a YAML file`.

    Raises
    ------
    InputError
        If it is a folder, a device, a pipe, too large or cannot be read.
    FileNotFoundError, NotADirectoryError
        If it is missing: the caller knows what else is there.
    """
    try:
        # Without waiting: a pipe that nobody writes to would hold us for ever.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            kind = os.fstat(handle)
            if stat.S_ISDIR(kind.st_mode):
                raise InputError(Problem(f"this is a folder, {expected} was expected", file=name))
            if not stat.S_ISREG(kind.st_mode):
                raise InputError(Problem(f"this is a device or a pipe, {expected} was expected", file=name))
            if kind.st_size > largest:
                raise InputError(Problem(f"the file has {kind.st_size:,} bytes, the limit is {largest:,}", file=name))
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
            raise InputError(Problem(f"the file has {size:,} bytes, the limit is {largest:,}", file=name))
    except (FileNotFoundError, NotADirectoryError, InputError):
        raise
    except IsADirectoryError:
        raise InputError(Problem(f"this is a folder, {expected} was expected", file=name)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(Problem(f"the file cannot be read ({reason})", file=name)) from None
    return b"".join(parts)


def inside(path: Path, root: Path) -> bool:
    """Whether a file lies in a folder or below it, links followed."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def decoded(content: bytes, name: str, encoding: str = "") -> tuple[str, str]:
    """Return the text of bytes and the encoding that they were read in.

    Parameters
    ----------
    content
        The bytes.
    name
        Name of the file in messages.
    encoding
        The encoding, where a person says it.

    Raises
    ------
    InputError
        If the stated encoding is not known or does not fit, or none that is known does.
    """
    if encoding:
        try:
            return content.decode(encoding).lstrip("\ufeff"), encoding
        except LookupError:
            known = ", ".join(("utf-8", "utf-16", *ENCODINGS))
            raise InputError(
                Problem(f"unknown encoding `{encoding}`", file=name, hint=f"known: {known}")
            ) from None
        except UnicodeDecodeError as error:
            message = f"byte {error.start + 1} is not {encoding}, which was stated as the encoding"
            raise InputError(Problem(message, file=name)) from None
    for mark, code in _MARKS:
        if content.startswith(mark):
            try:
                return content.decode(code), code.removesuffix("-sig")
            except UnicodeDecodeError as error:
                message = f"byte {error.start + 1} is not {code.removesuffix('-sig')}, by which the file begins"
                raise InputError(Problem(message, file=name)) from None
    head = content[:4096]
    zeros = head.count(0)
    if zeros and len(head) / 4 < zeros <= len(head) / 1.8:  # two bytes for each sign, without a mark
        code = "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
        try:
            return content.decode(code), code
        except UnicodeDecodeError:
            pass
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        code = _guessed(content)
    if not code:
        hint = "save it as UTF-8, or say `encoding:` in the spec"
        raise InputError(Problem("the encoding of the file cannot be told", file=name, hint=hint))
    return content.decode(code, "replace"), code


def _guessed(content: bytes) -> str:
    """Return the encoding whose letters make words, by charset-normalizer; empty if none does."""
    from charset_normalizer import from_bytes

    lines = [line for line in content.splitlines() if not line.isascii()]
    sample = b"\n".join(lines)[:_SAMPLE]
    if 0 < len(sample) < 400:  # few words are told better when they are many
        sample = b"\n".join([sample] * (400 // len(sample) + 1))
    best = from_bytes(sample, cp_isolation=list(ENCODINGS)).best()
    if best is None:
        return ""
    told = str(best)
    for code in ENCODINGS:  # of encodings that read the same, the usual one
        try:
            if sample.decode(code) == told:
                return code
        except UnicodeDecodeError:
            continue
    return best.encoding
